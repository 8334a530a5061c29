/** Content for the catalogue of components. */
import type { Attribution, DeviceStatus, Problem, Statement } from '$lib/types';

const AT = Date.UTC(2026, 10, 21, 7, 32);

export const attribution: Attribution = {
  person: null,
  person_name: 'Nguyễn Thị Lan',
  device: null,
  device_name: 'Máy của Lan',
  held_by_server: false,
  at: AT,
};

export const sides: Statement[] = [
  {
    operation: { counter: 7, actor: 'a' },
    answer: { kind: 'verdict', value: 'pass' },
    note: '',
    by: attribution,
    chosen_by: null,
    supplement: false,
    unsigned: false,
  },
  {
    operation: { counter: 7, actor: 'b' },
    answer: { kind: 'verdict', value: 'fail' },
    note: 'Cửa tầng 5 bị khóa ngoài.',
    by: { ...attribution, person_name: 'Trần Văn Hùng', device_name: 'Máy của Hùng' },
    chosen_by: null,
    supplement: false,
    unsigned: false,
  },
];

export const problem: Problem = {
  type: 'urn:ancu:problem:disk_full',
  status: 507,
  code: 'disk_full',
  title: 'Bộ nhớ đã đầy. Câu trả lời chưa được lưu. Hãy giải phóng bộ nhớ rồi thử lại; dữ liệu đã lưu vẫn an toàn.',
  title_en: 'The storage is full. This was not saved. Free some space and try again; what was saved is safe.',
};

/** A device on which all is sent. The development's fake device begins with it too. */
export const sent: DeviceStatus = {
  phase: 'ready',
  person_name: attribution.person_name,
  role: 'commune_data_officer',
  unit_name: 'Phường Khương Đình',
  writes_in: ['unit'],
  device_name: attribution.device_name,
  server: null,
  app_version: '0.1.0',
  pin_attempts_left: 10,
  citizen: false,
  home: null,
  unsent: { records: 0, answers: 0, photos: 0, photo_bytes: 0, waiting: 0, quarantined: 0 },
  unsent_known: true,
  oldest_unsent: null,
  last_exchange_at: AT,
  exchange: {
    running: false,
    step: null,
    done: 0,
    total: 0,
    bytes_done: 0,
    bytes_total: 0,
    problem: null,
    next_try_at: null,
  },
  loading: null,
  safe_to_wipe: true,
  salvaged: null,
  departed: [],
  of_colleagues: 0,
  begins: null,
  ended: null,
  note_drafts: [],
  facility_drafts: [],
  set_aside: [],
  last_known: null,
  room: 'enough',
  free_bytes: 12_000_000_000,
  revision: 1,
  clock_offset_ms: 0,
  clock_set_back_ms: null,
  courier: { ready: true, exported: null, cargo: [] },
};

/** Everything sent, something unsent, an exchange running, all sent but a draft and what is held back. */
export const statuses: DeviceStatus[] = [
  sent,
  { ...sent, unsent: { ...sent.unsent, records: 3, photos: 14 }, safe_to_wipe: false },
  { ...sent, exchange: { ...sent.exchange, running: true } },
  {
    ...sent,
    unsent: { ...sent.unsent, quarantined: 2 },
    note_drafts: [{ inspection: 'a', item: 'ESC-08', question: null, premises: '37 ngách 29/70 Khương Hạ' }],
    safe_to_wipe: false,
  },
];

/** Something square for the QR frame. */
export const drawing =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 7 7" shape-rendering="crispEdges"><path d="M0 0h3v3h-3zM4 0h1v1h-1zM0 4h1v1h-1zM4 4h3v3h-3zM2 5h1v2h-1z"/></svg>';
