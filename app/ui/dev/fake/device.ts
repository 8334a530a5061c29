/** The device itself: who it belongs to, its lock and its exchange. */
import { sent } from '../../src/lib/catalogue/samples';
import type { DeviceStatus } from '../../src/lib/types';
import { sample } from './home';
import { MINUTE, now, refuse, scene, UNIT, type Commands } from './people';

export const status: DeviceStatus = {
  ...structuredClone(sent),
  phase: scene === 'fresh' ? 'fresh' : scene === 'locked' ? 'locked' : 'ready',
  person_name: scene === 'citizen' ? 'Phạm Thu Hà' : 'Nguyễn Thị Lan',
  role: scene === 'citizen' ? 'household_head' : scene === 'ended' ? null : 'commune_data_officer',
  writes_in: scene === 'ended' || scene === 'citizen' ? [] : ['unit'],
  ended: scene === 'ended' ? '2026-11-21' : null,
  unit_name: UNIT,
  device_name: 'Máy của Lan',
  server: 'https://127.0.0.1:8443',
  citizen: scene === 'citizen',
  home: scene === 'citizen' ? { facility: 'facility-1', place: '112 ngách 58/23 Khương Trung', declared: false } : null,
  unsent:
    scene === 'drafts'
      ? { records: 0, answers: 0, photos: 0, photo_bytes: 0, waiting: 0, quarantined: 1 }
      : { records: 3, answers: 41, photos: 14, photo_bytes: 5_420_000, waiting: 0, quarantined: 0 },
  oldest_unsent: now - 4 * 60 * MINUTE,
  last_exchange_at: now - 3 * 60 * MINUTE,
  loading: scene === 'loading' ? { facilities: 1_240, records: 3_105 } : null,
  safe_to_wipe: false,
  last_known: {
    at: now - 50 * MINUTE,
    unsent: { records: 3, answers: 41, photos: 14, photo_bytes: 5_420_000, waiting: 0, quarantined: 0 },
    safe_to_wipe: false,
  },
  room: scene === 'full' ? 'full' : 'enough',
  free_bytes: scene === 'full' ? 12_000 : 12_000_000_000,
  clock_offset_ms: scene === 'clock' ? 3 * 365 * 24 * 60 * MINUTE : 0,
};

export const deviceCommands: Commands = {
  status: () => ({ ...status }),
  enrol_preview: ({ link }) =>
    String(link).startsWith('ancu://enrol?')
      ? {
          server: 'https://ancu.example:8443',
          fingerprint: 'Q0FGRTAxMjM0NTY3ODlhYmNkZWY',
          citizen: String(link).includes('i='),
          place: String(link).includes('i=') ? sample.address : null,
        }
      : refuse(
          'link_invalid',
          'Liên kết đăng ký máy không đọc được. Hãy xin mã QR hoặc liên kết mới.',
          'The enrolment link cannot be read. Ask for a new QR code or link.',
        ),
  enrol: () => Object.assign(status, { phase: 'ready' }),
  unlock: ({ pin }) => {
    if (pin !== '482915') {
      status.pin_attempts_left = (status.pin_attempts_left ?? 10) - 1;
      refuse('pin_wrong', 'Mã PIN không đúng.', 'The PIN is wrong.');
    }
    return Object.assign(status, { phase: 'ready', pin_attempts_left: 10 });
  },
  lock: () => Object.assign(status, { phase: 'locked' }),
  set_aside: () =>
    Object.assign(status, {
      phase: 'fresh',
      set_aside: [
        {
          name: 'set-aside-2026-11-22',
          at: now,
          last_known: status.last_known,
          pin_attempts_left: 7,
          taken: null,
          safe_to_wipe: false,
        },
      ],
    }),
  put_back: () => Object.assign(status, { phase: 'locked', set_aside: [] }),
  take_unsent: ({ pin }) => {
    if (pin !== '482915') refuse('pin_wrong', 'Mã PIN không đúng.', 'The PIN is wrong.');
    const [store] = status.set_aside;
    if (store) Object.assign(store, { taken: { at: now, envelopes: 6, photos: 14, whole: true }, safe_to_wipe: true });
    return status;
  },
  qr_read: () => ({ text: 'ancu://enrol?s=https://ancu.example:8443&f=x&c=ABCDEFGH' }),
  courier_export: () => {
    const written = {
      bundle: 'ab'.repeat(32),
      bytes: 4,
      envelopes: 3,
      photos: 2,
      receipt: false,
      left_out: 0,
      at: Date.now(),
      problem: null,
    };
    status.courier.exported = { at: Date.now(), envelopes: 3, photos: 2 };
    return { ...written, file: 'ancu-20261122-0912-1f3a.ancu' };
  },
  courier_read: () => ({ data_base64: 'QU5DVQ==', total: 4 }),
  courier_take_piece: ({ offset }) => {
    const cargo = {
      bundle: 'cd'.repeat(32),
      bytes: Number(offset) + 1,
      taken_at: Date.now(),
      ended_at: null,
      refused: null,
    };
    status.courier.cargo.unshift(cargo);
    return { taken: 'cargo', bundle: cargo.bundle, bytes: cargo.bytes };
  },
  exchange: () => {
    Object.assign(status.exchange, {
      running: true,
      step: 'photos',
      done: 5,
      total: 14,
      bytes_done: 2_100_000,
      bytes_total: 5_420_000,
    });
    setTimeout(() => {
      Object.assign(status.exchange, { running: false, step: null });
      Object.assign(status, {
        unsent: { records: 0, answers: 0, photos: 0, photo_bytes: 0, waiting: 0, quarantined: 0 },
        safe_to_wipe: true,
        last_exchange_at: Date.now(),
      });
    }, 3000);
    return null;
  },
  quarantine: () => [],
};
