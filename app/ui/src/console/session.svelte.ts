/**
 * Who is logged in, and what that lets them see.
 *
 * Invariant: what is hidden here is only courtesy; the server refuses by itself whatever a post does not allow.
 */
import * as api from '$lib/platform/web/api';
import { problemFrom } from '$lib/platform/web/problem';
import { onSessionExpired } from '$lib/platform/web/transport';
import type { Me } from '$lib/platform/web/types';
import type { Problem, Role } from '$lib/types';

/** What a screen asks of who opens it. */
export type Right = 'any' | 'records' | 'admin' | 'either';

const REVIEWERS: readonly Role[] = ['area_team_reviewer', 'pc07_manager'];
const READERS: readonly Role[] = [...REVIEWERS, 'commune_data_officer', 'area_team_officer'];

class Session {
  me = $state.raw<Me | null>(null);
  /** Whether it is known by now if somebody is logged in. */
  known = $state(false);
  /** Whether the session ended under way. */
  expired = $state(false);
  /** Why it is not known: the server cannot be reached. */
  problem = $state.raw<Problem | null>(null);

  readonly readsRecords = $derived(this.#holds(READERS));
  readonly reviews = $derived(this.#holds(REVIEWERS));
  readonly administers = $derived(this.#holds(['sys_admin']));

  /** Asks the server who is logged in. */
  async find(): Promise<void> {
    this.problem = null;
    try {
      this.me = await api.me();
      this.known = true;
    } catch (thrown) {
      const problem = problemFrom(thrown);
      if (problem.code === 'login_required') this.known = true;
      else this.problem = problem;
    }
  }

  async logIn(username: string, password: string): Promise<void> {
    this.me = await api.logIn(username, password);
    this.expired = false;
  }

  /** Whether whoever the page is shown to is who calls are made for: another tab may have logged in as somebody else. */
  async same(): Promise<boolean> {
    const now = await api.me();
    if (now.person === this.me?.person) return true;
    this.me = now;
    return false;
  }

  async logOut(): Promise<void> {
    await api.logOut();
    this.me = null;
    this.expired = false;
  }

  /** Shows the login as soon as any call finds the session ended; answers how to stop. */
  watch(): () => void {
    return onSessionExpired(() => {
      if (this.me !== null) this.expired = true;
      this.me = null;
    });
  }

  /** Whether the screens that ask for this right are shown. */
  allows(right: Right): boolean {
    if (right === 'records') return this.readsRecords;
    if (right === 'admin') return this.administers;
    if (right === 'either') return this.reviews || this.administers;
    return true;
  }

  #holds(roles: readonly Role[]): boolean {
    return this.me?.posts.some((post) => roles.includes(post.role)) ?? false;
  }
}

export const session = new Session();
