/** The posts that an administrator gives, and when they begin. */
import { dayFromNow } from '$lib/format';
import type { HeldPost } from '$lib/platform/web/types';
import type { Role } from '$lib/types';

/** Household heads enrol by an officer's invitation. */
export const ROLES: readonly Role[] = [
  'commune_data_officer',
  'area_team_officer',
  'area_team_reviewer',
  'pc07_manager',
  'sys_admin',
];

/** The first day of the next post, where none is held today. */
export function begins(posts: readonly HeldPost[]): string | null {
  const today = dayFromNow(0);
  const held = (post: HeldPost) =>
    (post.valid_from === null || post.valid_from <= today) && (post.valid_to === null || today < post.valid_to);
  if (posts.some(held)) return null;
  // One that was ended before it began never begins.
  const days = posts.flatMap(({ valid_from: from, valid_to: to }) =>
    from !== null && from > today && (to === null || from < to) ? [from] : [],
  );
  return days.sort()[0] ?? null;
}

/** Whether a post can still be ended: it is held, or will be. */
export function endable({ valid_from: from, valid_to: to }: HeldPost): boolean {
  return to === null || (to > dayFromNow(0) && (from === null || from < to));
}

/** The later posts of the same role and unit, which end with one. */
export function endedWith(post: HeldPost, posts: readonly HeldPost[]): HeldPost[] {
  return posts.filter(
    (other) =>
      other.role === post.role &&
      other.unit === post.unit &&
      (other.valid_from ?? '') > (post.valid_from ?? '') &&
      endable(other),
  );
}

/** The day before a day, both `YYYY-MM-DD`. */
export function dayBefore(day: string): string {
  return dayFromNow(-1, Date.parse(`${day}T12:00:00+07:00`));
}
