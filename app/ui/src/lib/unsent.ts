/** What has not reached the server, in words: "3 biên bản, 14 ảnh". Empty when all did. */
import { m } from './i18n.svelte';
import type { Unsent } from './types';

export function unsentWords(unsent: Unsent, citizen = false): string {
  const parts: string[] = [];
  if (unsent.records > 0)
    parts.push(citizen ? m.count_files({ count: unsent.records }) : m.count_records({ count: unsent.records }));
  else if (unsent.answers > 0) parts.push(m.count_answers({ count: unsent.answers }));
  if (unsent.photos > 0) parts.push(m.count_photos({ count: unsent.photos }));
  return parts.join(', ');
}
