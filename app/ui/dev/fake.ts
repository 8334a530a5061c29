/**
 * An engine that isn't one: answers in memory, for drawing screens in `npm run dev` (`?fake=officer`, `citizen`, `fresh`
 * or `locked`). Never part of a build; the tests use the real engine.
 */
import premises from '../../../sync-server/data/demo/khuong_dinh.json';
import checklist from '../../../sync-server/data/templates/mini_apartment-draft-1.json';
import type { Transport } from '../src/lib/platform/field';
import type {
  Answer,
  Attribution,
  Declaration,
  DeviceStatus,
  DwellingView,
  FacilityClass,
  FacilitySummary,
  FindingDetail,
  InspectionSummary,
  InspectionView,
  ItemView,
  MissingItem,
  PhotoView,
  Problem,
  Progress,
  Template,
} from '../src/lib/types';

const template = checklist as unknown as Template;
const scene = new URLSearchParams(location.search).get('fake') ?? 'officer';
const MINUTE = 60_000;
const DAY = 86_400_000;
const now = Date.now();

const by = (name: string, device: string, ago: number): Attribution => ({
  person: name,
  person_name: name,
  device,
  device_name: device,
  held_by_server: false,
  at: now - ago,
});
const me = (): Attribution => by('Nguyễn Thị Lan', 'Máy của Lan', 0);
const colleague = by('Trần Văn Hùng', 'Máy của Hùng', 42 * MINUTE);
const reviewer: Attribution = { ...by('Lê Minh Đức', '', 3 * 60 * MINUTE), held_by_server: true };

const UNIT = 'Phường Khương Đình';

const facilities: FacilitySummary[] = premises.premises.map((each, index) => ({
  id: `facility-${index}`,
  name: each.name,
  class: each.class as FacilityClass,
  address: each.address,
  unit: 'unit',
  unit_name: UNIT,
  latitude: each.latitude,
  longitude: each.longitude,
  storeys: each.storeys,
  distance_m: null,
  last_inspected_at: index % 3 === 0 ? null : now - (20 + index * 7) * DAY,
  failed_checks: index % 3 === 0 ? null : index % 5,
  open_inspection: null,
  declarations_waiting: index === 1 ? 1 : 0,
  unsent: false,
}));

let counter = 1;
const operation = (): { counter: number; actor: string } => ({ counter: counter++, actor: 'a1' });

interface Record_ {
  summary: InspectionSummary;
  items: Map<string, ItemView>;
  view: Omit<InspectionView, 'summary' | 'items' | 'groups'>;
}
const records = new Map<string, Record_>();

function itemOf(record: Record_, code: string): ItemView {
  let item = record.items.get(code);
  if (!item) {
    item = { code, statements: [], superseded: [], finding: null, photos: [], comments: [] };
    record.items.set(code, item);
  }
  return item;
}

function progressOf(record: Record_, codes: string[]): Progress {
  const items = codes.map((code) => record.items.get(code));
  return {
    answered: items.filter((item) => item?.statements[0]?.answer).length,
    total: codes.length,
    failed: items.filter((item) => item?.statements[0]?.answer?.value === 'fail').length,
    clashes: items.filter((item) => (item?.statements.length ?? 0) > 1).length,
    photos: items.reduce((sum, item) => sum + (item?.photos.length ?? 0), 0),
  };
}

function viewOf(record: Record_): InspectionView {
  const all = template.groups.flatMap((group) => group.items.map((item) => item.code));
  record.summary.progress = progressOf(record, all);
  return {
    ...record.view,
    summary: { ...record.summary },
    items: [...record.items.values()].map((item) => ({ ...item })),
    groups: template.groups.map((group) => ({
      code: group.code,
      progress: progressOf(
        record,
        group.items.map((item) => item.code),
      ),
    })),
  };
}

function start(facility: FacilitySummary, state: InspectionSummary['state'], began: number): Record_ {
  const record: Record_ = {
    summary: {
      id: `inspection-${records.size}`,
      facility: facility.id,
      facility_name: facility.name,
      facility_address: facility.address,
      unit: facility.unit,
      unit_name: facility.unit_name,
      template: { code: template.code, version: template.version },
      state,
      started_at: began,
      sealed_at: state === 'in_progress' ? null : began + 3 * 60 * MINUTE,
      officers: ['Nguyễn Thị Lan', 'Trần Văn Hùng'],
      progress: { answered: 0, total: 0, failed: 0, clashes: 0, photos: 0 },
      gravest: state === 'in_progress' ? 'critical' : 'major',
      words: null,
      late_answers: 0,
      unsent: state === 'in_progress',
    },
    items: new Map(),
    view: {
      open_supplement: null,
      newest_sealed: null,
      position: null,
      seals: [],
      decisions: [],
      comments: [],
      late: [],
      also_open: [],
    },
  };
  records.set(record.summary.id, record);
  if (state === 'in_progress') facility.open_inspection = record.summary.id;
  return record;
}

function picture(hash: string, photo: Partial<PhotoView>): PhotoView {
  return {
    hash,
    bytes: 412_331,
    width: 2048,
    height: 1536,
    original_sha256: hash,
    taken_at: now - 20 * MINUTE,
    place: { latitude: 20.99213, longitude: 105.81842, accuracy_m: 6, source: 'device' },
    at: now - 19 * MINUTE,
    by: 'me',
    removed: false,
    author: by('Nguyễn Thị Lan', 'Máy của Lan', 19 * MINUTE),
    verified: false,
    present: true,
    ...photo,
  };
}

function fill(record: Record_, share: number): void {
  const all = template.groups.flatMap((group) => group.items);
  all.slice(0, Math.round(all.length * share)).forEach((item, index) => {
    const view = itemOf(record, item.code);
    const answer: Answer | null =
      item.input.type === 'verdict'
        ? { kind: 'verdict', value: index % 9 === 4 ? 'fail' : index % 7 === 3 ? 'not_applicable' : 'pass' }
        : item.input.type === 'number'
          ? { kind: 'number', value: 2.4 }
          : item.input.type === 'text'
            ? { kind: 'text', value: 'Số 214/GPXD, 12/03/2019, UBND quận Thanh Xuân' }
            : null;
    if (answer) {
      view.statements = [
        {
          operation: operation(),
          answer,
          note: '',
          by: index % 2 ? colleague : by('Nguyễn Thị Lan', 'Máy của Lan', 9 * MINUTE),
          chosen_by: null,
          supplement: false,
        },
      ];
    }
  });
}

const [first, second, third] = facilities;
if (first && second && third) {
  const open = start(first, 'in_progress', now - 90 * MINUTE);
  fill(open, 0.32);
  const clash = itemOf(open, 'REC-02');
  clash.statements = [
    {
      operation: operation(),
      answer: { kind: 'verdict', value: 'pass' },
      note: '',
      by: by('Nguyễn Thị Lan', 'Máy của Lan', 12 * MINUTE),
      chosen_by: null,
      supplement: false,
    },
    {
      operation: operation(),
      answer: { kind: 'verdict', value: 'fail' },
      note: 'Phiếu lập năm 2022, chưa cập nhật tầng 6.',
      by: colleague,
      chosen_by: null,
      supplement: false,
    },
  ];
  const failed = itemOf(open, 'REC-03');
  failed.statements = [
    {
      operation: operation(),
      answer: { kind: 'verdict', value: 'fail' },
      note: 'Tầng 4 và tầng 5 chưa niêm yết nội quy.',
      by: by('Nguyễn Thị Lan', 'Máy của Lan', 5 * MINUTE),
      chosen_by: null,
      supplement: false,
    },
  ];
  failed.photos = [picture('a1', { verified: true }), picture('b2', {}), picture('c3', {})];
  const returned = start(second, 'returned', now - 2 * DAY);
  fill(returned, 1);
  returned.summary.words = 'Ảnh ở lối thoát nạn bị mờ, cần chụp lại; đo lại chiều rộng thang.';
  returned.view.decisions = [{ decision: 'returned', words: returned.summary.words, by: reviewer }];
  itemOf(returned, 'ESC-01').comments = [{ words: 'Ảnh quá tối, không thấy cửa. Chụp lại giúp.', by: reviewer }];
  returned.view.seals = [{ by: by('Nguyễn Thị Lan', 'Máy của Lan', 2 * DAY), valid: true }];
  const done = start(third, 'approved', now - 40 * DAY);
  fill(done, 1);
  done.view.decisions = [{ decision: 'approved', words: 'Đầy đủ.', by: reviewer }];
}

let dwelling: DwellingView | null = null;
const sample: Declaration = {
  address: '112 ngách 58/23 Khương Trung',
  apartment_code: 'P.402',
  head_name: 'Phạm Thu Hà',
  head_phone: '0912 345 678',
  house_template: 'mini_apartment',
  storeys: 7,
  apartments: 18,
  exits: 'Cửa chính tầng 1; ban công tầng 2 sang nhà số 39; cửa tum lên mái.',
  residents: 4,
  elderly: 1,
  children_under_6: 1,
  need_help: 1,
  help_note: 'Mẹ tôi ở tầng 4, đi xe lăn.',
};
const declared: DwellingView = {
  id: 'dwelling-0',
  residents: 'residents-0',
  facility: 'facility-1',
  state: 'submitted',
  declaration: sample,
  words: null,
  remarks: [
    {
      field: 'storeys',
      weight: 'unusual',
      words: {
        vi: 'Hồ sơ cơ sở ghi 6 tầng, bản khai ghi 7.',
        en: "The premises' record says 6 storeys, the declaration 7.",
      },
    },
  ],
  by: by('Phạm Thu Hà', 'Điện thoại của Hà', 5 * 60 * MINUTE),
  unsent: false,
};

const status: DeviceStatus = {
  phase: scene === 'fresh' ? 'fresh' : scene === 'locked' ? 'locked' : 'ready',
  person_name: scene === 'citizen' ? 'Phạm Thu Hà' : 'Nguyễn Thị Lan',
  role: scene === 'citizen' ? 'household_head' : 'commune_data_officer',
  unit_name: UNIT,
  device_name: 'Máy của Lan',
  server: 'https://127.0.0.1:8443',
  app_version: '0.1.0',
  pin_attempts_left: 10,
  citizen: scene === 'citizen',
  home: scene === 'citizen' ? { facility: 'facility-1', place: '112 ngách 58/23 Khương Trung' } : null,
  unsent: { records: 3, answers: 41, photos: 14, photo_bytes: 5_420_000, waiting: 0, quarantined: 0 },
  oldest_unsent: now - 4 * 60 * MINUTE,
  last_exchange_at: now - 3 * 60 * MINUTE,
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
  loading: scene === 'loading' ? { facilities: 1_240, records: 3_105 } : null,
  safe_to_wipe: false,
  clock_offset_ms: 0,
};

function refuse(code: string, title: string, title_en: string): never {
  const problem = { type: `urn:ancu:problem:${code}`, status: 422, code, title, title_en } as Problem;
  throw problem;
}

const plain = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D').toLowerCase();

function recordOf(id: unknown): Record_ {
  const record = records.get(String(id));
  if (!record) refuse('not_found', 'Không tìm thấy.', 'Not found.');
  return record;
}

function missingOf(record: Record_): MissingItem[] {
  return template.groups.flatMap((group) =>
    group.items
      .filter((item) => item.required && !record.items.get(item.code)?.statements[0]?.answer)
      .map((item) => ({ item: item.code, group: group.code, reason: 'answer' as const })),
  );
}

const noParts = {
  house_number: '',
  alley: '',
  sub_lane: '',
  lane: '',
  street: '',
  residential_group: '',
  ward: '',
  district: '',
};

const drawing = (seed: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300"><rect width="400" height="300" fill="#8a9a94"/><path d="M0 300V180l120-40v160zM400 300V150l-130-30v180z" fill="#5f6f6b"/><rect x="150" y="110" width="100" height="190" fill="#3c4947"/><rect x="185" y="150" width="40" height="110" fill="#c9b78f"/><text x="12" y="286" font-family="sans-serif" font-size="13" fill="#fff">14:32 21/11/2026 · 20,99213; 105,81842 ±6 m · Nguyễn Thị Lan · ${seed}</text></svg>`;

/** One of the engine's rules, to draw what it says. */
function odd(field: string, most: number, value: unknown): unknown[] {
  const words = { vi: `Không thể quá ${most}. Hãy kiểm tra lại.`, en: `It cannot be more than ${most}. Check it.` };
  return Number(value) > most ? [{ field, weight: 'impossible', words }] : [];
}

/** What a command was given; the fake believes it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- drawn screens only, and the real engine checks
type Arguments = Record<string, any>;

const commands: Record<string, (given: Arguments) => unknown> = {
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
          'Liên kết ghi danh không đọc được. Hãy xin mã QR hoặc liên kết mới.',
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
  qr_read: () => ({ text: 'ancu://enrol?s=https://ancu.example:8443&f=x&c=ABCDEFGH' }),
  today: () => ({
    in_progress: [...records.values()]
      .filter((each) => each.summary.state === 'in_progress')
      .map((each) => viewOf(each).summary),
    returned: [...records.values()]
      .filter((each) => each.summary.state === 'returned')
      .map((each) => viewOf(each).summary),
    late: [...records.values()]
      .filter((each) => each.summary.state === 'approved')
      .map((each) => ({
        inspection: viewOf(each).summary,
        answers: 2,
        photos: 1,
        sealed_by: colleague.person_name,
        sealed_at: now - 37 * DAY,
      })),
    clashes: commands['clashes']?.({} as Arguments),
    declarations: declared.state === 'submitted' ? [declared] : [],
    due: facilities.filter((each) => !each.open_inspection).slice(0, 20),
    counts: { facilities: facilities.length, inspected: 39 },
  }),
  facility_list: ({ query, class: only, limit }) => {
    const wanted = plain(String(query))
      .split(/[\s/,]+/)
      .filter((word) => word !== '');
    const found = facilities.filter(
      (each) =>
        (!only || each.class === only) && wanted.every((word) => plain(`${each.name} ${each.address}`).includes(word)),
    );
    return { items: found.slice(0, Number(limit)), total: found.length, next: null };
  },
  facility_sheet: ({ id }) => {
    const index = facilities.findIndex((each) => each.id === id);
    const summary = facilities[index];
    const source = premises.premises[index];
    if (!summary || !source) refuse('not_found', 'Không tìm thấy.', 'Not found.');
    return {
      summary,
      address_parts: { ...noParts, ...source },
      fields: Object.entries(source).map(([key, value]) => ({
        key: `h/${key}`,
        values: [{ operation: operation(), value, by: by('Trần Văn Hùng', 'Máy của Hùng', 30 * DAY) }],
      })),
      inspections: [...records.values()]
        .filter((each) => each.summary.facility === id)
        .map((each) => viewOf(each).summary),
      dwellings: id === declared.facility ? [declared] : [],
      changes_since_last: id === 'facility-1' ? [{ item: 'REC-03', before: 'pass', after: 'fail' }] : [],
    };
  },
  facility_create: ({ fields }) => {
    const made = fields as unknown as { name: string; class: FacilityClass; address: string; storeys: number | null };
    facilities.unshift({
      ...(facilities[0] as FacilitySummary),
      id: `facility-${facilities.length}`,
      name: made.name,
      class: made.class,
      address: made.address,
      storeys: made.storeys,
      last_inspected_at: null,
      failed_checks: null,
      open_inspection: null,
      unsent: true,
    });
    premises.premises.unshift({ ...(premises.premises[0] as (typeof premises.premises)[number]), ...(made as object) });
    return commands['facility_sheet']?.({ id: facilities[0]?.id } as unknown as Arguments);
  },
  facility_edit: ({ id }) => commands['facility_sheet']?.({ id } as Arguments),
  facility_duplicates: ({ fields }) => {
    const { address } = fields as unknown as { address: string };
    return facilities.filter((each) => plain(each.address).startsWith(plain(address).slice(0, 8))).slice(0, 2);
  },
  address_parse: ({ text }) => {
    const found = /^(\S+)(?: ngách (\d+\/\d+))?(?: ngõ (\d+))? (.*)$/.exec(String(text));
    return {
      house_number: found?.[1] ?? '',
      alley: '',
      sub_lane: found?.[2]?.split('/')[1] ?? '',
      lane: found?.[2]?.split('/')[0] ?? found?.[3] ?? '',
      street: found?.[4] ?? String(text),
      residential_group: '',
      ward: UNIT,
      district: '',
    };
  },
  inspection_start: ({ facility }) => {
    const found = facilities.find((each) => each.id === facility);
    if (!found) refuse('not_found', 'Không tìm thấy.', 'Not found.');
    return viewOf(start(found, 'in_progress', Date.now()));
  },
  inspection_open: ({ id }) => viewOf(recordOf(id)),
  answer: ({ inspection, item, answer, note }) => {
    const record = recordOf(inspection);
    const view = itemOf(record, String(item));
    if (record.summary.state === 'returned') record.view.open_supplement = 'supplement';
    view.statements = [
      {
        operation: operation(),
        answer: answer as Answer | null,
        note: String(note),
        by: { ...me(), at: Date.now() },
        chosen_by: null,
        supplement: false,
      },
    ];
    const whole = viewOf(record);
    return { item: { ...view }, groups: whole.groups, progress: whole.summary.progress };
  },
  finding: ({ inspection, item, severity, remedy, deadline }) => {
    const view = itemOf(recordOf(inspection), String(item));
    view.finding = { severity, remedy, deadline, at: Date.now(), by: 'me' } as FindingDetail;
    const whole = viewOf(recordOf(inspection));
    return { item: { ...view }, groups: whole.groups, progress: whole.summary.progress };
  },
  photo_add: ({ inspection, item }) => {
    const view = itemOf(recordOf(inspection), String(item));
    view.photos = [...view.photos, picture(`n${counter++}`, { at: Date.now() })];
    return { ...view };
  },
  photo_remove: ({ inspection, item, hash }) => {
    const view = itemOf(recordOf(inspection), String(item));
    view.photos = view.photos.filter((each) => each.hash !== hash);
    return { ...view };
  },
  photo_read: ({ hash }) => ({
    data_base64: btoa(unescape(encodeURIComponent(drawing(String(hash))))),
    media_type: 'image/svg+xml',
  }),
  position_set: ({ inspection, position }) => {
    const record = recordOf(inspection);
    record.view.position = position as unknown as InspectionView['position'];
    return viewOf(record);
  },
  section_leave: () => null,
  inspection_missing: ({ id }) => missingOf(recordOf(id)),
  finish_check: ({ id }) => ({
    missing: missingOf(recordOf(id)),
    colleagues: [{ name: colleague.person_name, heard_at: colleague.at }],
    exchanged_at: status.last_exchange_at,
    apart: false,
  }),
  inspection_finish: ({ id }) => {
    const record = recordOf(id);
    record.summary.state = 'completed';
    record.summary.sealed_at = Date.now();
    return viewOf(record);
  },
  template: () => template,
  clashes: () =>
    [...records.values()].flatMap((record) =>
      [...record.items.values()]
        .filter((item) => item.statements.length > 1)
        .map((item) => ({
          document: record.summary.id,
          kind: 'inspection',
          title: record.summary.facility_name,
          key: `i/${item.code}`,
          values: item.statements.map((each) => ({ ...each, value: null })),
        })),
    ),
  clash_settle: ({ document, key, operation: chosen }) => {
    const item = itemOf(recordOf(document), String(key).slice(2));
    const wanted = chosen as unknown as { counter: number };
    item.statements = item.statements.filter((each) => each.operation.counter === wanted.counter);
    return null;
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
  invite: () => ({
    link: 'ancu://enrol?s=https://ancu.example:8443&f=Q0FGRQ&i=aW52aXRhdGlvbg',
    qr_svg:
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 7 7" shape-rendering="crispEdges"><path d="M0 0h3v3h-3zM4 0h1v1h-1zM0 4h1v1h-1zM4 4h3v3h-3zM2 5h1v2h-1z"/></svg>',
    expires_at: now + DAY,
  }),
  declaration_decide: ({ decision, words }) => {
    declared.state = decision === 'approved' ? 'verified' : 'needs_fix';
    declared.words = String(words) || null;
    return declared;
  },
  facility_check: ({ fields }) => odd('basements', 10, fields['basements']),
  declaration: () => dwelling,
  declaration_check: ({ declaration }) => [
    ...odd('residents', 500, declaration.residents),
    ...(Number(declaration.residents) > 10 && Number(declaration.residents) <= 500
      ? [
          {
            field: 'residents',
            weight: 'unusual',
            words: {
              vi: `Một căn có ${declaration.residents} người. Có đúng vậy không?`,
              en: `${declaration.residents} people in one home. Is that right?`,
            },
          },
        ]
      : []),
  ],
  declaration_save: ({ declaration }) => {
    dwelling = {
      ...declared,
      remarks: [],
      state: 'draft',
      declaration: declaration as unknown as Declaration,
      unsent: true,
    };
    return dwelling;
  },
  declaration_submit: () => {
    if (dwelling) dwelling = { ...dwelling, state: 'submitted', by: { ...dwelling.by, at: Date.now() } };
    return dwelling;
  },
};

export const fake: Transport = async ({ command, ...given }) => {
  // Slow enough to see what a person sees.
  await new Promise((resolve) => setTimeout(resolve, 120));
  const job = commands[command];
  if (!job) refuse('request_malformed', `Lệnh lạ: ${command}.`, `Unknown command: ${command}.`);
  return structuredClone(job(given as Arguments));
};
