/** What has not reached the server, in words: "Còn 3 hồ sơ, 14 ảnh chưa gửi". Empty when all did. */
import { moment } from './format';
import { m } from './i18n.svelte';
import type { DeviceStatus, LastKnown, Unsent } from './types';

export function unsentWords(unsent: Unsent, citizen = false): string {
  // A head makes one declaration, though it is kept as two records.
  if (citizen) return unsent.records + unsent.answers > 0 ? m.sync_unsent_declaration() : '';
  const parts: string[] = [];
  if (unsent.records > 0) parts.push(m.count_records({ count: unsent.records }));
  else if (unsent.answers > 0) parts.push(m.count_answers({ count: unsent.answers }));
  if (unsent.photos > 0) parts.push(m.count_photos({ count: unsent.photos }));
  return parts.length === 0 ? '' : m.sync_unsent({ what: parts.join(', ') });
}

/** What keeps "all sent" from being the whole truth: notes and forms that are only drafts here, what came from colleagues nearby,
 * and what the server holds back. */
export function sentButWords(status: DeviceStatus): string {
  const { quarantined } = status.unsent;
  const drafts = status.note_drafts.length;
  const forms = status.facility_drafts.length;
  const parts: string[] = [];
  if (drafts > 0) parts.push(m.sync_but_drafts({ count: drafts }));
  if (forms > 0) parts.push(m.sync_but_forms({ count: forms }));
  if (status.of_colleagues > 0) parts.push(m.sync_but_colleagues({ count: status.of_colleagues }));
  if (quarantined > 0) parts.push(m.sync_but_held({ count: quarantined }));
  return parts.join(', ');
}

/** What a locked store said of its unsent work when it was open last. */
export function lastKnownWords(known: LastKnown | null): string {
  if (!known) return m.aside_known_not();
  const when = moment(known.at);
  const what = unsentWords(known.unsent);
  const said = what.charAt(0).toLocaleLowerCase('vi') + what.slice(1);
  if (what !== '') return m.aside_known({ when, what: said });
  if (known.safe_to_wipe) return m.aside_known_sent({ when });
  const held = known.unsent.quarantined;
  return held > 0 ? m.aside_known_held({ when, count: held }) : m.aside_known_rest({ when });
}
