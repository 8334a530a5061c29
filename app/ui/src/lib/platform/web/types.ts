/**
 * Shapes that only the console's API speaks. What devices see too (inspections, premises, templates) is generated from
 * the Rust domain into `$lib/types`.
 *
 * Instants are UTC milliseconds, days are `YYYY-MM-DD` in Hà Nội.
 */
import type { FacilityClass, InspectionState, Instrument, RecordKind, Role, Words } from '$lib/types';

/** A role held at a unit for a time. */
export interface HeldPost {
  role: Role;
  unit: string;
  unit_name: string;
  valid_from: string | null;
  valid_to: string | null;
}

/** Who is logged in. */
export interface Me {
  person: string;
  name: string;
  username: string;
  /** Those held today. */
  posts: HeldPost[];
  /** Where none is held today, the day on which the next begins. */
  begins: string | null;
}

/** The caller's scope in numbers. */
export interface Dashboard {
  waiting: number;
  returned: number;
  approved: number;
  in_progress: number;
  facilities: number;
  inspected_facilities: number;
  declarations_waiting: number;
  quarantined: number;
  devices: number;
  /** That people's devices agree on another time than the server's clock (administrators). */
  clock: { ahead_ms: number; people: number } | null;
}

/** Which inspections, in which order. */
export interface InspectionQuery {
  state?: InspectionState[];
  unit?: string;
  facility?: string;
  q?: string;
  order?: 'danger' | 'newest';
  cursor?: string;
  limit?: number;
}

/** Which premises. */
export interface FacilityQuery {
  q?: string;
  class?: FacilityClass | '';
  /** `waiting`: only where a declaration waits for an officer. */
  declarations?: 'waiting' | '';
  unit?: string;
  cursor?: string;
  limit?: number;
}

/** Which findings. */
export interface MeasureQuery {
  state?: 'open' | 'stopped' | 'due' | 'over' | 'proposed' | 'closed' | 'all';
  instrument?: Instrument | '';
  unit?: string;
  q?: string;
  cursor?: string;
  limit?: number;
}

export interface FindingQuery {
  state?: 'open' | 'overdue' | 'reported' | 'closed' | 'all';
  unit?: string;
  facility?: string;
  q?: string;
  cursor?: string;
  limit?: number;
}

/** What a reviewer sends. */
export interface DecisionRequest {
  /** The newest sealed part that the reviewer saw; anything newer is a conflict. */
  on: string;
  /** Every sealed part that the reviewer saw. */
  seen: string[];
  decision: 'approved' | 'returned';
  words: string;
  comments: { item: string; words: string }[];
  /** Questions whose words have no answer, as the reviewer was told. */
  unanswered: string[];
}

/** A photo that a refused envelope adds. */
export interface RefusedPhoto {
  hash: string;
  place: Words;
  width: number;
  height: number;
}

/** One thing that a refused envelope says. */
export interface RefusedSaying {
  /** The question's code, where it is at one. */
  item: string | null;
  /** Where: the question with its title, or the field. */
  place: Words;
  value: Words;
  note: string;
  at: number;
}

/** An envelope that was not admitted; what could not be read of it is `null`. */
export interface QuarantinedEnvelope {
  id: number;
  /** SHA-256 of what came. */
  envelope: string;
  document: string | null;
  kind: RecordKind | null;
  unit: string | null;
  unit_name: string;
  /** Who signed it; null where nobody is known. */
  author_name: string | null;
  /** The device that brought it, and whose it is; null where an administrator imported it. */
  device_name: string | null;
  device_owner: string | null;
  /** The closed code of the refusal, with its words. */
  code: string;
  title: string;
  title_en: string;
  /** Why exactly: a closed code, and its words, which name the place and the value. */
  cause: string | null;
  reason_vi: string;
  reason: string;
  /** What the premises were called that it is about; empty where nobody knows. */
  premises: string;
  /** What it says, the first of it; empty where it cannot be read. */
  says: RefusedSaying[];
  says_more: number;
  /** The photos that it adds and that may be looked at, the first of them; how many more, and how many are not here. */
  photos: RefusedPhoto[];
  photos_more: number;
  photos_absent: number;
  /** The record that it is about, where it is here. */
  about: { kind: RecordKind; id: string } | null;
  /**
   * What letting it in would do; `withheld`: what it says is not for this account, nor is the decision; `never` and
   * `unreadable`: it cannot be let in.
   */
  release: 'joins' | 'after_seal' | 'approved' | 'never' | 'withheld' | 'unreadable';
  received_at: number;
  released_at: number | null;
  /** The supplement of its author that carried it. */
  carried_by: string | null;
  /** What became of it in the supplement that carried it. */
  carried: 'unsigned' | 'signed' | 'given_up' | null;
  /** Whether it was set aside, and not let in. */
  set_aside: boolean;
  /** Whether this account may set it aside. */
  may_set_aside: boolean;
}

/** A device as the server last heard of it. */
export interface DeviceEntry {
  id: string;
  name: string;
  person: string;
  person_name: string;
  app_version: string;
  last_exchange_at: number | null;
  /** When it last told of its clock and of what it had not sent; null: never, and then these are null. */
  told_at: number | null;
  /** How far its clock is from the server's; positive: ahead. */
  clock_offset_ms: number | null;
  unsent_envelopes: number | null;
  unsent_photos: number | null;
  oldest_unsent: number | null;
  /** How many envelopes that it sent are held back, and nobody settled. */
  held: number;
  revoked_at: number | null;
  /** When its person's account was closed: it is turned away too. */
  closed_at: number | null;
}

/** What became of a courier's file. */
export interface Imported {
  /** The file's SHA-256: its name. */
  bundle: string;
  person_name: string;
  device_name: string;
  /** Envelopes that are admitted, now or before; of these, those that were here before. */
  admitted: number;
  known: number;
  /** Those that wait for what they build on, that are held back, that found no room. */
  waiting: number;
  quarantined: number;
  refused: number;
  /** Photos that are verified and durable, now or before; those whose bytes were not those of their name. */
  photos: number;
  photos_refused: number;
}

/** An account. */
export interface UserEntry {
  id: string;
  username: string;
  name: string;
  posts: HeldPost[];
  devices: number;
  disabled_at: number | null;
}

/** A new account with its first post. */
export interface NewUser {
  username: string;
  name: string;
  role: Role;
  unit: string;
  valid_from?: string;
}

/** Another post of an account; without a first day it begins today. */
export interface NewPost {
  role: Role;
  unit: string;
  valid_from?: string;
  valid_to?: string;
}

/** A post to be ended: the first day no longer held. */
export interface EndedPost {
  role: Role;
  unit: string;
  valid_to: string;
}

/** A new account; the password is shown once. */
export type CreatedUser = UserEntry & { password?: string };

/** Premises' way through the units. */
export interface HandOvers {
  /** When they were handed over, newest first. */
  past: { from: string; to: string; person_name: string; reason: string; at: number }[];
  /** The units that the reader may hand them over to. */
  to: { id: string; full_name: string }[];
}

/** A household head who enrolled at a premises by an officer's invitation. */
export interface HouseholdHead {
  id: string;
  name: string;
  enrolled_at: number;
  /** Null: no phone of theirs ever exchanged. */
  last_exchange_at: number | null;
  may_renew: boolean;
}

/** A one-time code that makes a device a person's; shown once. */
export interface EnrolmentCode {
  link: string;
  qr_svg: string;
  code: string;
  expires_at: number;
}

/** Kinds of recorded actions, as the audit is narrowed to. */
export type AuditKind = 'session' | 'account' | 'device' | 'record' | 'photo' | 'held' | 'other';

/** One thing that somebody did. */
export interface AuditEntry {
  sequence: number;
  at: number;
  actor_name: string;
  device_name: string;
  action: string;
  subject: string;
  unit_name: string;
  details: unknown;
  names: AuditNames;
}

/** What an entry is about by name; empty where there is none, or where the reader may not be told. */
export interface AuditNames {
  person: string;
  device: string;
  kind: RecordKind | null;
  premises: string;
  units: string[];
  reason_vi: string;
  reason: string;
}

/** A version of a unit with what it came from. */
export interface UnitEntry {
  id: string;
  /** Official code; reused over time, so never a key. Empty for police units. */
  code: string;
  name: string;
  full_name: string;
  kind: string;
  parent: string | null;
  valid_from: string | null;
  valid_to: string | null;
  parent_name: string;
  predecessors: { name: string; basis: string; date: string }[];
}
