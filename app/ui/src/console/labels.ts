/** Words for what only the console shows: kinds of units, sources of positions, values of fields. */
import { coordinates, number } from '$lib/format';
import { m } from '$lib/i18n.svelte';
import { classLabel, isClass } from '$lib/labels';
import type { Position, PositionSource, Scalar } from '$lib/types';

/** A checklist's version in words: `draft-1` is a draft that has not come into force. */
export function versionLabel(version: string): string {
  const draft = /^draft-(\d+)$/.exec(version);
  return draft ? m.console_template_draft({ number: draft[1] ?? '' }) : m.console_template_version({ version });
}

const UNITS: Record<string, () => string> = {
  city: m.console_unit_city,
  urban_district: m.console_unit_urban_district,
  rural_district: m.console_unit_rural_district,
  town: m.console_unit_town,
  ward: m.console_unit_ward,
  commune: m.console_unit_commune,
  township: m.console_unit_township,
  area_team: m.console_unit_area_team,
};
const SOURCES: Record<PositionSource, () => string> = {
  device: m.console_source_device,
  photo: m.console_source_photo,
  manual: m.console_source_manual,
};
/** What the audit records. */
const ACTIONS: Record<string, () => string> = {
  'session.opened': m.console_action_session_opened,
  'session.refused': m.console_action_session_refused,
  'session.throttled': m.console_action_session_throttled,
  'author.taken_back': m.console_action_author_taken_back,
  'account.added': m.console_action_account_added,
  'account.post_given': m.console_action_account_post_given,
  'account.posts_ended': m.console_action_account_posts_ended,
  'account.disabled': m.console_action_account_disabled,
  'clock.accepted': m.console_action_clock_accepted,
  'quarantine.judged_anew': m.console_action_quarantine_judged_anew,
  'account.password': m.console_action_account_password,
  'account.enrolment_code': m.console_action_account_enrolment_code,
  'device.enrolled': m.console_action_device_enrolled,
  'device.revoked': m.console_action_device_revoked,
  'envelope.admitted': m.console_action_envelope_admitted,
  'envelope.quarantined': m.console_action_envelope_quarantined,
  'quarantine.released': m.console_action_quarantine_released,
  'quarantine.set_aside': m.console_action_quarantine_set_aside,
  'courier.imported': m.console_action_courier_imported,
  'facility.handed_over': m.console_action_facility_handed_over,
  'measure.noted': m.console_action_measure_noted,
  'records.folded': m.console_action_records_folded,
  'inspection.decided': m.console_action_inspection_decided,
  'photo.kept': m.console_action_photo_kept,
  'photo.lost': m.console_action_photo_lost,
  'store.life_begun': m.console_action_store_life_begun,
  'template.imported': m.console_action_template_imported,
  'template.released': m.console_action_template_released,
  'units.imported': m.console_action_units_imported,
};
/** Fields of premises that the field app never shows by name. */
const FIELDS: Record<string, () => string> = {
  'h/accuracy_m': m.console_field_accuracy_m,
  'h/position_source': m.console_field_position_source,
  's/operation': m.console_field_operation,
};
/** Fields that only programs read. */
export const SILENT_FIELDS: ReadonlySet<string> = new Set(['h/schema']);

/** A kind of unit; a newer server's kind is shown as its code. */
export const unitKindLabel = (kind: string): string => UNITS[kind]?.() ?? kind;

/** A recorded action; a newer server's action is shown as its code. */
export const actionLabel = (action: string): string => ACTIONS[action]?.() ?? action;

/** The name of a premises' field where the shared words have none; the key itself when nothing has. */
export const ownFieldLabel = (key: string): string => FIELDS[key]?.() ?? key;

/** A place with how it is known. */
export function placeText(place: Position): string {
  const how =
    place.accuracy_m === null
      ? SOURCES[place.source]()
      : m.console_record_accuracy({ metres: number(place.accuracy_m, 0) });
  return `${coordinates(place.latitude, place.longitude)} (${how})`;
}

const isSource = (code: Scalar): code is PositionSource => typeof code === 'string' && code in SOURCES;

/** One value of a premises' field. */
export function fieldText(key: string, value: Scalar): string {
  if (value === null || value === '') return '–';
  if (key === 'h/class' && isClass(value)) return classLabel(value);
  if (key === 'h/position_source' && isSource(value)) return SOURCES[value]();
  if (typeof value === 'number') return number(value, /latitude|longitude/.test(key) ? 5 : 3);
  if (typeof value === 'boolean') return value ? m.console_yes() : m.console_none();
  return value;
}
