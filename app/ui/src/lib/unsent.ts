/** What has not reached the server, in words: "Còn 3 hồ sơ, 14 ảnh chưa gửi". Empty when all did. */
import { m } from './i18n.svelte';
import type { Unsent } from './types';

export function unsentWords(unsent: Unsent, citizen = false): string {
  // A head makes one declaration, though it is kept as two records.
  if (citizen) return unsent.records + unsent.answers > 0 ? m.sync_unsent_declaration() : '';
  const parts: string[] = [];
  if (unsent.records > 0) parts.push(m.count_records({ count: unsent.records }));
  else if (unsent.answers > 0) parts.push(m.count_answers({ count: unsent.answers }));
  if (unsent.photos > 0) parts.push(m.count_photos({ count: unsent.photos }));
  return parts.length === 0 ? '' : m.sync_unsent({ what: parts.join(', ') });
}
