/** What only an administrator is answered: accounts, devices, what was done. */
import { HOUR, NOW, uuid, page } from './ground.mjs';

const QR =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 25 25"><path d="M2 2h7v7H2zM16 2h7v7h-7zM2 16h7v7H2zM11 3h2v4h-2zM12 11h5v2h-5zM3 12h5v2H3zM18 12h4v3h-4zM11 17h3v5h-3zM17 18h5v3h-5z"/></svg>';
const post = (role, unit_name) => ({ role, unit: uuid(7), unit_name, valid_from: '2025-07-01', valid_to: null });
export const REVIEWER = {
  person: uuid(22),
  name: 'Thiếu tá Lê Quang Vinh',
  username: 'duyet1',
  posts: [post('area_team_reviewer', 'Đội Chữa cháy và CNCH khu vực số 3')],
  begins: null,
};
export const ADMIN = {
  person: uuid(23),
  name: 'Vũ Hải Yến',
  username: 'quantri',
  posts: [post('sys_admin', 'Thành phố Hà Nội')],
  begins: null,
};

/** Where roles are held, as far as these units go. */
const HELD = { commune_data_officer: ['ward'], pc07_manager: ['city'] };

/** Units as the server gives them: by words of the name, or of the caller's scope only. */
function units(query, all) {
  const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase();
  const words = plain(query.get('q') ?? '').split(' ');
  const found = all
    .filter((unit) => query.get('scope') !== 'mine' || unit.kind === 'ward')
    .filter((unit) => !query.get('role') || (HELD[query.get('role')] ?? [unit.kind]).includes(unit.kind))
    .filter((unit) => words.every((word) => plain(unit.full_name).includes(word)));
  return page(found);
}

/** Answers to the administrator's calls, and about units. */
export function administration() {
  return {
    'GET devices': () => [
      {
        id: uuid(41),
        name: 'Điện thoại Minh',
        person: uuid(15),
        person_name: 'Nguyễn Đức Minh',
        app_version: '0.1.0',
        last_exchange_at: NOW - 0.2 * HOUR,
        told_at: NOW - 0.2 * HOUR,
        unsent_envelopes: 0,
        unsent_photos: 0,
        oldest_unsent: null,
        clock_offset_ms: 0,
        held: 0,
        revoked_at: null,
        closed_at: null,
      },
      {
        id: uuid(42),
        name: 'Máy tính bảng Hòa',
        person: uuid(14),
        person_name: 'Trần Thị Hòa',
        app_version: '0.1.0',
        last_exchange_at: NOW - 52 * HOUR,
        told_at: NOW - 52 * HOUR,
        unsent_envelopes: 3,
        unsent_photos: 14,
        oldest_unsent: NOW - 60 * HOUR,
        clock_offset_ms: 0,
        held: 0,
        revoked_at: null,
        closed_at: null,
      },
      {
        id: uuid(43),
        name: 'Điện thoại cũ',
        person: uuid(14),
        person_name: 'Trần Thị Hòa',
        app_version: '0.1.0',
        last_exchange_at: NOW - 900 * HOUR,
        told_at: NOW - 900 * HOUR,
        unsent_envelopes: 0,
        unsent_photos: 0,
        oldest_unsent: null,
        clock_offset_ms: 0,
        held: 0,
        revoked_at: NOW - 800 * HOUR,
        closed_at: null,
      },
      {
        id: uuid(44),
        name: 'Điện thoại chủ hộ',
        person: uuid(24),
        person_name: 'Đỗ Thị Mai',
        app_version: '0.1.0',
        last_exchange_at: NOW - 2 * HOUR,
        told_at: NOW - 2 * HOUR,
        unsent_envelopes: 0,
        unsent_photos: 0,
        oldest_unsent: null,
        clock_offset_ms: 100_000_000_000 - NOW,
        held: 0,
        revoked_at: null,
        closed_at: null,
      },
      {
        id: uuid(45),
        name: 'Máy mới đăng ký',
        person: uuid(24),
        person_name: 'Đỗ Thị Mai',
        app_version: '',
        last_exchange_at: null,
        told_at: null,
        unsent_envelopes: null,
        unsent_photos: null,
        oldest_unsent: null,
        clock_offset_ms: null,
        held: 0,
        revoked_at: null,
        closed_at: null,
      },
    ],
    'POST devices/:id/revoke': () => ({}),
    'GET users': () =>
      page([
        {
          id: uuid(15),
          username: 'canbo1',
          name: 'Nguyễn Đức Minh',
          posts: [post('commune_data_officer', 'Phường Khương Đình')],
          devices: 1,
          disabled_at: null,
        },
        {
          id: uuid(14),
          username: 'canbo2',
          name: 'Trần Thị Hòa',
          posts: [post('commune_data_officer', 'Phường Khương Đình')],
          devices: 1,
          disabled_at: null,
        },
        {
          id: uuid(22),
          username: 'duyet1',
          name: 'Thiếu tá Lê Quang Vinh',
          posts: REVIEWER.posts,
          devices: 0,
          disabled_at: null,
        },
        { id: uuid(23), username: 'quantri', name: 'Vũ Hải Yến', posts: ADMIN.posts, devices: 0, disabled_at: null },
      ]),
    'POST users': (_, body) => ({
      id: uuid(99),
      username: body.username,
      name: body.name,
      posts: [],
      password: 'mua-thu-ha-noi-42',
    }),
    'POST users/:id/close': () => ({}),
    'POST users/:id/enrolment-codes': () => ({
      link: 'ancu://enrol?s=https%3A%2F%2F10.0.0.5%3A8443&f=3f9a51c0d2&c=K7QX-M2PA-9RTW',
      qr_svg: QR,
      code: 'K7QX-M2PA-9RTW',
      expires_at: NOW + 24 * HOUR,
    }),
    'GET audit': () =>
      page(
        ['session.opened', 'inspection.decided', 'envelope.admitted', 'device.enrolled', 'account.added'].map(
          (action, index) => ({
            sequence: 50 - index,
            at: NOW - index * 3 * HOUR,
            actor_name: index === 4 ? '' : 'Thiếu tá Lê Quang Vinh',
            action,
            device_name: '',
            subject: uuid(2000 + index),
            unit_name: 'Phường Khương Đình',
            details: index === 1 ? { decision: 'returned', comments: 2 } : {},
            names: { person: '', device: '', kind: null, premises: '', units: [], reason_vi: '', reason: '' },
          }),
        ),
      ),
    'GET units': (_, __, query) =>
      units(query, [
        {
          id: uuid(7),
          code: '00364',
          name: 'Khương Đình',
          full_name: 'Phường Khương Đình',
          kind: 'ward',
          parent: uuid(1),
          parent_name: 'Thành phố Hà Nội',
          valid_from: '2025-07-01',
          valid_to: null,
          predecessors: [{ name: 'Phường Hạ Đình' }, { name: 'Phường Khương Đình' }, { name: 'Phường Khương Trung' }],
        },
        {
          id: uuid(8),
          code: '00352',
          name: 'Khương Thượng',
          full_name: 'Phường Kim Liên',
          kind: 'ward',
          parent: uuid(1),
          parent_name: 'Thành phố Hà Nội',
          valid_from: '2025-07-01',
          valid_to: null,
          predecessors: [],
        },
        {
          id: uuid(1),
          code: '01',
          name: 'Hà Nội',
          full_name: 'Thành phố Hà Nội',
          kind: 'city',
          parent: null,
          parent_name: '',
          predecessors: [],
          valid_from: null,
          valid_to: null,
        },
      ]),
  };
}
