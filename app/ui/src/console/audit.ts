/** What an entry of the audit is about, in words. What has none stays with the raw values, under their fold. */
import { bytes, moment, number } from '$lib/format';
import { locale, m } from '$lib/i18n.svelte';
import { decisionLabel, kindLabel, roleLabel } from '$lib/labels';
import type { AuditEntry } from '$lib/platform/web/types';
import type { Role } from '$lib/types';

import { ROLES } from './admin/posts';
import { validity } from './admin/validity';

type Line = [label: string, value: string];
type Details = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const isRole = (code: unknown): code is Role => ROLES.some((role) => role === code);

const COUNTS: Record<string, () => string> = {
  changes: m.console_audit_changes,
  comments: m.console_audit_comments,
  count: m.console_audit_count,
  envelopes: m.console_audit_envelopes,
  photos: m.console_audit_photos,
  photos_refused: m.console_audit_photos_refused,
  clocks_withdrawn: m.console_audit_clocks,
  units: m.console_audit_units,
};
const TIMES: Record<string, () => string> = {
  dated: m.console_audit_dated,
  seen: m.console_audit_seen,
};
const OUTCOMES: Record<string, () => string> = {
  admitted: m.console_audit_admitted,
  waiting: m.console_audit_waiting,
};
const CAUSES: Record<string, () => string> = {
  restored: m.console_audit_cause_restored,
  put_back: m.console_audit_cause_put_back,
  photos_lost: m.console_audit_cause_photos_lost,
};

const isRefusedLogin = (action: string) => action === 'session.refused' || action === 'session.throttled';

/** Who did it: a person, the server itself, or somebody who did not prove who they are. */
export function actor(entry: AuditEntry): string {
  if (isRefusedLogin(entry.action)) return m.console_audit_nobody();
  // A device brings photos by itself, whoever took them.
  if (entry.action === 'photo.kept' && entry.names.person !== '')
    return m.console_audit_their_device({ name: entry.names.person });
  return entry.actor_name || m.console_audit_system();
}

/** Where it was done: a photo is of no unit's chain, so of its record's premises or unit. */
export function placeOf({ action, unit_name: unit, names }: AuditEntry): string {
  return unit || (action.startsWith('photo.') ? names.premises || names.units.join(', ') : '');
}

function detailsOf(entry: AuditEntry): Details {
  return typeof entry.details === 'object' && entry.details !== null ? (entry.details as Details) : {};
}

/** Whose account or device, and which. */
function who({ action, names }: AuditEntry, details: Details): Line[] {
  const account = isRefusedLogin(action) && text(details['username']) === '' ? m.console_audit_no_account() : '';
  return [
    [m.console_audit_person(), names.device === '' ? names.person : ''],
    [m.console_users_username(), text(details['username']) || account],
    [m.console_audit_state(), details['closed'] === true ? m.console_audit_closed() : ''],
    [m.console_audit_from(), text(details['from']) !== '' && isRefusedLogin(action) ? text(details['from']) : ''],
  ];
}

/** The post that was given or ended. */
function post(details: Details): Line[] {
  const { role, from, to } = details;
  if (!isRole(role)) return [];
  return [
    [m.console_users_role(), roleLabel(role)],
    [m.console_audit_days(), validity({ valid_from: text(from) || null, valid_to: text(to) || null })],
  ];
}

/** The lines of an entry. */
export function inWords(entry: AuditEntry): Line[] {
  const { names, action } = entry;
  const details = detailsOf(entry);
  const { decision, outcome, cause, bytes: size } = details;
  const device = names.device || entry.device_name;
  const lines: Line[] = [
    ...who(entry, details),
    ...post(details),
    [m.console_users_unit(), names.units.join(', ')],
    [m.console_audit_record(), names.kind === null ? '' : kindLabel(names.kind)],
    [m.console_audit_premises(), names.premises],
    [m.console_audit_template(), action.startsWith('template.') ? entry.subject : ''],
    [m.console_audit_device(), names.device !== '' && names.person !== '' ? `${device} · ${names.person}` : device],
    [
      m.console_audit_decision(),
      decision === 'approved' || decision === 'returned' ? decisionLabel(decision, names.kind ?? undefined) : '',
    ],
    [m.console_audit_outcome(), OUTCOMES[text(outcome)]?.() ?? ''],
    [m.console_audit_reason(), locale.current === 'en' ? names.reason : names.reason_vi],
    [m.console_audit_reason(), action === 'store.life_begun' ? (CAUSES[text(cause)]?.() ?? '') : ''],
    [m.console_audit_size(), typeof size === 'number' ? bytes(size) : ''],
  ];
  for (const [name, value] of Object.entries(details)) {
    if (typeof value !== 'number') continue;
    const [count, at] = [COUNTS[name], TIMES[name]];
    if (count) lines.push([count(), number(value)]);
    else if (at) lines.push([at(), moment(value)]);
  }
  return lines.filter(([, value]) => value !== '');
}

/** What was recorded, letter by letter: what the chain is checked against. */
export function asRecorded(entry: AuditEntry): Line[] {
  const more = Object.entries(detailsOf(entry)).map(([name, value]): Line => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const lines: Line[] = [['action', entry.action], ['subject', entry.subject], ...more];
  return lines.filter(([, value]) => value !== '');
}
