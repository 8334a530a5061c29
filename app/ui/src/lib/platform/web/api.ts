/**
 * The console's JSON API (`/api/v1`), one function a call.
 *
 * Invariant: names and shapes are those of `/api/openapi.json`; nothing is cached and nothing is retried here, so what a
 * screen shows is what the server said last.
 */
import type {
  Clash,
  FacilitySheet,
  FacilitySummary,
  FindingSummary,
  FindingView,
  HistoryEntry,
  InspectionSummary,
  InspectionView,
  MeasureNote,
  MeasureSummary,
  MeasuresView,
  Page,
  PhotoSize,
  Role,
  Template,
} from '$lib/types';

import { address, request } from './transport';
import type {
  AuditEntry,
  AuditKind,
  CreatedUser,
  Dashboard,
  DecisionRequest,
  DeviceEntry,
  EndedPost,
  EnrolmentCode,
  FacilityQuery,
  FindingQuery,
  HandOvers,
  HouseholdHead,
  Imported,
  InspectionQuery,
  Me,
  MeasureQuery,
  NewPost,
  NewUser,
  QuarantinedEnvelope,
  UnitEntry,
  UserEntry,
} from './types';

const ROOT = '/api/v1';
const at = (...parts: string[]) => [ROOT, ...parts.map(encodeURIComponent)].join('/');

export const logIn = (username: string, password: string) =>
  request<Me>(at('session'), { method: 'POST', body: { username, password } });
export const logOut = () => request<void>(at('session'), { method: 'DELETE' });
export const me = () => request<Me>(at('me'));

/** Refused while the server takes nothing in, with the reason. */
export const ready = (signal?: AbortSignal) => request<unknown>('/health/ready', withSignal(signal));
export const dashboard = (signal?: AbortSignal) => request<Dashboard>(at('dashboard'), withSignal(signal));

export const inspections = ({ state, ...query }: InspectionQuery, signal?: AbortSignal) =>
  request<Page<InspectionSummary>>(at('inspections'), {
    query: { ...query, state: state?.join(',') },
    ...withSignal(signal),
  });
export const inspection = (id: string, signal?: AbortSignal) =>
  request<InspectionView>(at('inspections', id), withSignal(signal));
export const itemHistory = (id: string, item: string, signal?: AbortSignal) =>
  request<HistoryEntry[]>(at('inspections', id, 'items', item, 'history'), withSignal(signal));
export const decide = (id: string, decision: DecisionRequest) =>
  request<InspectionView>(at('inspections', id, 'decision'), { method: 'POST', body: decision });
export const template = (code: string, version: string, signal?: AbortSignal) =>
  request<Template>(at('templates', code, version), withSignal(signal));

export const facilities = (query: FacilityQuery, signal?: AbortSignal) =>
  request<Page<FacilitySummary>>(at('facilities'), { query: { ...query }, ...withSignal(signal) });
export const facility = (id: string, signal?: AbortSignal) =>
  request<FacilitySheet>(at('facilities', id), withSignal(signal));
export const handOvers = (facility: string, signal?: AbortSignal) =>
  request<HandOvers>(at('facilities', facility, 'hand-overs'), withSignal(signal));
export const handOver = (facility: string, unit: string, reason: string) =>
  request<HandOvers>(at('facilities', facility, 'hand-overs'), { method: 'POST', body: { unit, reason } });
export const householdHeads = (facility: string, signal?: AbortSignal) =>
  request<HouseholdHead[]>(at('facilities', facility, 'household-heads'), withSignal(signal));
/** A code by which the same head comes back; an invitation would make another person. */
export const householdHeadCode = (head: string) =>
  request<EnrolmentCode>(at('household-heads', head, 'enrolment-codes'), { method: 'POST' });
export const findings = (query: FindingQuery, signal?: AbortSignal) =>
  request<Page<FindingSummary>>(at('findings'), { query: { ...query }, ...withSignal(signal) });
export const finding = (inspection: string, item: string, signal?: AbortSignal) =>
  request<FindingView>(at('inspections', inspection, 'findings', item), withSignal(signal));
export const measures = (query: MeasureQuery, signal?: AbortSignal) =>
  request<Page<MeasureSummary>>(at('measures'), { query: { ...query }, ...withSignal(signal) });
export const measuresOf = (facility: string, signal?: AbortSignal) =>
  request<MeasuresView>(at('facilities', facility, 'measures'), withSignal(signal));
/** `measure`: which it goes on with; without one it begins. */
export const noteMeasure = (facility: string, measure: string | null, note: MeasureNote) =>
  request<MeasuresView>(at('facilities', facility, 'measures'), { method: 'POST', body: { measure, note } });
export const clashes = (cursor?: string, signal?: AbortSignal) =>
  request<Page<Clash>>(at('clashes'), { query: { cursor }, ...withSignal(signal) });

/** `device`: only what this device brought. */
export const quarantine = (query: { device?: string; cursor?: string | undefined }, signal?: AbortSignal) =>
  request<Page<QuarantinedEnvelope>>(at('quarantine'), { query, ...withSignal(signal) });
export const release = (id: number) =>
  request<QuarantinedEnvelope>(at('quarantine', String(id), 'release'), { method: 'POST' });
/** How many would be set aside with one, if all that its device brought were. */
export const toSetAside = (id: number, signal?: AbortSignal) =>
  request<{ count: number }>(at('quarantine', String(id), 'set-aside'), withSignal(signal));
export const setAside = (id: number, allOfDevice: boolean) =>
  request<{ count: number; envelope: QuarantinedEnvelope }>(at('quarantine', String(id), 'set-aside'), {
    method: 'POST',
    query: { extent: allOfDevice ? 'device' : 'one' },
  });

export const devices = (signal?: AbortSignal) => request<DeviceEntry[]>(at('devices'), withSignal(signal));
/** Takes a courier's file in. */
export const importCourier = (file: Blob) => request<Imported>(at('courier'), { method: 'POST', file });
/** Where the server's word on it is, for the device that it came from. */
export const courierReceipt = (bundle: string) => at('courier', bundle, 'receipt');
export const revoke = (id: string) => request<void>(at('devices', id, 'revoke'), { method: 'POST' });

export const users = (cursor?: string, signal?: AbortSignal) =>
  request<Page<UserEntry>>(at('users'), { query: { cursor }, ...withSignal(signal) });
export const createUser = (user: NewUser) => request<CreatedUser>(at('users'), { method: 'POST', body: user });
export const givePost = (user: string, post: NewPost) =>
  request<UserEntry>(at('users', user, 'posts'), { method: 'POST', body: post });
export const endPost = (user: string, post: EndedPost) =>
  request<UserEntry>(at('users', user, 'posts', 'end'), { method: 'POST', body: post });
export const resetPassword = (user: string) =>
  request<{ password: string }>(at('users', user, 'password'), { method: 'POST' });
export const closeUser = (user: string) => request<UserEntry>(at('users', user, 'close'), { method: 'POST' });
export const enrolmentCode = (user: string) =>
  request<EnrolmentCode>(at('users', user, 'enrolment-codes'), { method: 'POST' });

/** `kind`: only actions of this kind. */
export const audit = (query: { kind?: AuditKind; cursor?: string | undefined }, signal?: AbortSignal) =>
  request<Page<AuditEntry>>(at('audit'), { query, ...withSignal(signal) });
/** `scope: 'mine'`: only units whose records the caller reads; `role`: only units where it may be held. */
export const units = (
  query: { day?: string; q?: string; scope?: 'mine'; role?: Role; cursor?: string; limit?: number },
  signal?: AbortSignal,
) => request<Page<UnitEntry>>(at('units'), { query, ...withSignal(signal) });

/** Where the picture of a photo is that a refused envelope adds, and where a record's is, for `<img src>`. */
export const heldPhotoAddress = (id: number, hash: string, size: PhotoSize) =>
  address(at('quarantine', String(id), 'photos', hash), { size });
/** Where a record's PDF is. */
export const paperAddress = (inspection: string) => address(at('inspections', inspection, 'paper'));
export const photoAddress = (hash: string, size: PhotoSize) => address(at('photos', hash), { size });

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
