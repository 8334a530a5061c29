/** Inspections as the engine keeps them, three of them begun. */
import type {
  Answer,
  FacilitySummary,
  InspectionSummary,
  InspectionView,
  ItemView,
  MissingItem,
  PhotoView,
  Progress,
} from '../../src/lib/types';
import { facilities } from './facilities';
import { by, colleague, DAY, MINUTE, now, operation, refuse, regime, reviewer, scene, template } from './people';

export interface Record_ {
  summary: InspectionSummary;
  items: Map<string, ItemView>;
  view: Omit<InspectionView, 'summary' | 'items' | 'groups'>;
}
export const records = new Map<string, Record_>();

export function itemOf(record: Record_, code: string): ItemView {
  let item = record.items.get(code);
  if (!item) {
    item = { code, statements: [], superseded: [], finding: null, finding_said: null, photos: [], comments: [] };
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

export function viewOf(record: Record_): InspectionView {
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

/** What a visit's remarks look like. */
const odd: InspectionView['remarks'] = [
  {
    field: 'f/ESC-01/detail',
    weight: 'unusual',
    words: {
      vi: 'Hạn khắc phục 31/01/2020 đã qua từ trước ngày ghi. Hãy kiểm tra lại.',
      en: 'The deadline 31/01/2020 had passed before it was written. Check it.',
    },
  },
  {
    field: 'position',
    weight: 'unusual',
    words: {
      vi: 'Vị trí nằm ngoài thành phố Hà Nội. Hãy kiểm tra lại.',
      en: 'The place lies outside the city of Hà Nội. Check it.',
    },
  },
];

export function start(facility: FacilitySummary, state: InspectionSummary['state'], began: number): Record_ {
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
      conclusion: null,
      words: null,
      late_answers: 0,
      late_failed: 0,
      own_late: 0,
      unanswered: 0,
      apart: 0,
      unsent: state === 'in_progress',
    },
    items: new Map(),
    view: {
      open_supplement: null,
      attendance: [],
      conclusion: null,
      purpose: 'periodic',
      supplementing: state === 'approved' || state === 'completed' ? 'may_begin' : 'no',
      newest_sealed: null,
      decided_on: null,
      sealed_parts: [],
      unseen: [],
      apart: [],
      unsettled: [],
      position: null,
      seals: [],
      decisions: [],
      comments: [],
      late: [],
      also_open: [],
      remarks: scene === 'clock' ? odd : [],
      form: null,
      regime,
      template_reason: '',
      given_up: null,
      given_up_log: [],
    },
  };
  records.set(record.summary.id, record);
  if (state === 'in_progress') facility.open_inspection = record.summary.id;
  return record;
}

export function picture(hash: string, photo: Partial<PhotoView>): PhotoView {
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
    unsigned: false,
    own: true,
    ...photo,
  };
}

export function fill(record: Record_, share: number): void {
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
          unsigned: false,
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
      unsigned: false,
    },
    {
      operation: operation(),
      answer: { kind: 'verdict', value: 'fail' },
      note: 'Phiếu lập năm 2022, chưa cập nhật tầng 6.',
      by: colleague,
      chosen_by: null,
      supplement: false,
      unsigned: false,
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
      unsigned: false,
    },
  ];
  failed.photos = [
    picture('a1', { verified: true }),
    picture('b2', {}),
    picture('c3', { own: false, author: colleague }),
  ];
  const returned = start(second, 'returned', now - 2 * DAY);
  fill(returned, 1);
  returned.summary.words = 'Ảnh ở lối thoát nạn bị mờ, cần chụp lại; đo lại chiều rộng thang.';
  const asked = {
    item: 'ESC-01',
    words: 'Ảnh quá tối, không thấy cửa. Chụp lại giúp.',
    by: reviewer,
    open: true,
    answered: null,
    replies: [],
  };
  itemOf(returned, 'ESC-01').comments = [asked];
  const capacity = { role: 'area_team_reviewer' as const, unit_name: 'Đội Cảnh sát PCCC khu vực số 3' };
  returned.view.decisions = [
    { decision: 'returned', words: returned.summary.words, by: reviewer, capacity, comments: [asked], replies: [] },
  ];
  returned.summary.unanswered = 1;
  returned.view.seals = [
    { by: by('Nguyễn Thị Lan', 'Máy của Lan', 2 * DAY), valid: true, apart: false, without: null },
  ];
  const done = start(third, 'approved', now - 40 * DAY);
  fill(done, 1);
  done.view.decisions = [{ decision: 'approved', words: 'Đầy đủ.', by: reviewer, capacity, comments: [], replies: [] }];
}

export function recordOf(id: unknown): Record_ {
  const record = records.get(String(id));
  if (!record) refuse('not_found', 'Không tìm thấy.', 'Not found.');
  return record;
}

export function missingOf(record: Record_): MissingItem[] {
  return template.groups.flatMap((group) =>
    group.items
      .filter((item) => item.required && !record.items.get(item.code)?.statements[0]?.answer)
      .map((item) => ({ item: item.code, group: group.code, reason: 'answer' as const })),
  );
}

export const drawing = (seed: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300"><rect width="400" height="300" fill="#8a9a94"/><path d="M0 300V180l120-40v160zM400 300V150l-130-30v180z" fill="#5f6f6b"/><rect x="150" y="110" width="100" height="190" fill="#3c4947"/><rect x="185" y="150" width="40" height="110" fill="#c9b78f"/><text x="12" y="286" font-family="sans-serif" font-size="13" fill="#fff">14:32 21/11/2026 · 20,99213; 105,81842 ±6 m · Nguyễn Thị Lan · ${seed}</text></svg>`;
