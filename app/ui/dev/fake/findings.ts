/** Findings in the drawn world: one that is overdue, one promised, one said to be remedied, one done. */
import type { FindingEventView, FindingStep, FindingSummary, FindingView, StepNote } from '../../src/lib/types';
import { facilities } from './facilities';
import { crowded, many } from './many';
import { by, colleague, DAY, me, now, refuse, template, type Commands } from './people';
import { picture } from './records';

const iso = (at: number): string => new Date(at + 7 * 3_600_000).toISOString().slice(0, 10);
const items = template.groups.flatMap((group) => group.items).filter((item) => !item.survey);
const home = facilities[1];

/** Two officers noted a promise each, apart. */
const twice = [
  { until: iso(now + 12 * DAY), name: 'Phạm Thu Hà', officer: 'Trần Văn Hùng', at: now - 2 * DAY },
  { until: iso(now + 20 * DAY), name: 'Phạm Văn Nam', officer: 'Nguyễn Thị Lan', at: now - DAY },
];
const drawn: [code: string, state: FindingSummary['state'], days: number, extra?: Partial<FindingSummary>][] = [
  ['ESC-09', 'open', -6],
  ['ESC-08', 'reported_done', 2],
  ['EMG-01', 'commitment_signed', 12, { promised: iso(now + 12 * DAY), apart: true, promises: twice }],
  ['REC-03', 'open', 40, { apart: true }],
  ['REC-02', 'verified_done', 0],
];

const findings: FindingView[] = drawn.map(([code, state, days, extra]) => {
  const item = items.find((each) => each.code === code) ?? items[0];
  const summary: FindingSummary = {
    inspection: 'inspection-past',
    item: code,
    question: item?.title ?? null,
    citations: item?.citations ?? [],
    facility: home?.id ?? '',
    facility_name: home?.name ?? '',
    facility_address: home?.address ?? '',
    unit: 'unit',
    unit_name: '',
    severity: item?.severity ?? 'major',
    remedy: item?.remedy.vi ?? '',
    found_at: now - 30 * DAY,
    officer: colleague.person_name,
    deadline: iso(now + days * DAY),
    promised: null,
    promises: [],
    state,
    apart: false,
    means: null,
    steps: 0,
    superseded: false,
    days_left: state === 'verified_done' ? null : days,
    overdue: state !== 'verified_done' && days < 0,
    unsent: code === 'ESC-08',
    ...extra,
  };
  const step = (id: string, name: FindingStep, more: Partial<FindingEventView>): FindingEventView => ({
    id,
    step: name,
    words: '',
    name: '',
    until: null,
    seen: null,
    visit: null,
    means: null,
    photos: [],
    apart: false,
    by: by('Trần Văn Hùng', 'Máy của Hùng', 9 * DAY),
    ...more,
  });
  const events: FindingEventView[] =
    state === 'open' && !summary.apart
      ? []
      : [
          step('1', 'committed', {
            name: 'Phạm Thu Hà',
            words: 'Tôi sẽ dọn xong trong tháng này.',
            until: iso(now + days * DAY),
          }),
        ];
  if (state === 'reported_done' || state === 'verified_done' || summary.apart)
    events.push(
      step('2', 'reported', {
        name: 'Phạm Thu Hà',
        words: 'Đã dọn hết xe ở hành lang tầng 1.',
        photos: [picture('f1', { verified: true }), picture('f2', {})],
      }),
    );
  if (state === 'verified_done' || summary.apart)
    events.push(step('3', 'verified', { seen: 'on_site', apart: summary.apart }));
  if (summary.apart)
    events.push(step('4', 'rejected', { seen: 'by_photo', words: 'Ảnh chụp tầng khác.', apart: true, by: me() }));
  summary.steps = events.length;
  return {
    summary,
    note: 'Cửa tầng 1 khóa bằng xích.',
    by: colleague,
    photos: [picture('e1', { verified: true })],
    events,
    remarks: [],
    allowed: allowed(summary),
    visits: [
      {
        inspection: 'inspection-older',
        at: now - 380 * DAY,
        answer: { kind: 'verdict', value: 'pass' },
        note: '',
        finding: false,
      },
    ],
  };
});

function allowed({ state, overdue, apart }: FindingSummary): FindingStep[] {
  const steps: Record<FindingSummary['state'], FindingStep[]> = {
    open: ['committed', 'reported', 'verified'],
    escalated: ['committed', 'reported', 'verified'],
    commitment_signed: ['started', 'reported', 'verified'],
    in_remediation: ['reported', 'verified'],
    reported_done: ['verified', 'rejected'],
    verified_done: [],
  };
  return [...steps[state], ...(apart ? (['rejected'] as const) : []), ...(overdue ? (['escalated'] as const) : [])];
}

const found = (item: unknown): FindingView =>
  findings.find((each) => each.summary.item === item) ?? refuse('not_found', 'Không tìm thấy.', 'Not found.');

let on: string | null = null;
const plan = (facility: unknown): unknown => ({
  facility,
  today: iso(now),
  on,
  proposals: [5, 10, 20].map((days) => ({
    working_days: days,
    on: iso(now + (days / 5) * 7 * DAY),
    passed_over:
      days === 20
        ? [
            {
              date: '2027-01-01',
              name: { vi: 'Tết Dương lịch', en: "New Year's Day" },
              basis: 'law',
              substitute: false,
            },
          ]
        : [],
    certain: days !== 20,
  })),
  findings: [],
});

const all = (): FindingSummary[] => {
  const drawnOnes = findings.map((each) => each.summary);
  return many ? crowded(drawnOnes) : drawnOnes;
};
const dangerFirst = (each: FindingSummary): number => (each.severity === 'critical' ? 0 : 1);

export const findingsDue = (): FindingSummary[] =>
  all()
    .filter((each) => (each.days_left ?? 99) < 8)
    .sort((one, other) => dangerFirst(one) - dangerFirst(other));

export const findingCommands: Commands = {
  findings: ({ facility }) => all().filter((each) => facility === undefined || each.facility === facility),
  finding_open: ({ item }) => found(item),
  finding_photo: () => picture('n1', { at: Date.now() }),
  finding_step: ({ item, note }) => {
    const view = found(item);
    const given = note as StepNote;
    if (given.step === 'committed' && !given.name)
      refuse(
        'field_invalid',
        'Hãy ghi tên người đại diện cam kết.',
        'Write the name of the representative who commits.',
      );
    const states = {
      committed: 'commitment_signed',
      started: 'in_remediation',
      reported: 'reported_done',
      verified: 'verified_done',
      rejected: 'open',
      escalated: 'escalated',
    } as const;
    view.summary.state = states[given.step];
    view.summary.apart = false;
    view.events.push({
      id: String(view.events.length + 10),
      step: given.step,
      words: given.words ?? '',
      name: given.name ?? '',
      until: given.until ?? null,
      seen: given.seen ?? null,
      visit: null,
      means: given.means ?? null,
      photos: (given.photos ?? []).map((hash) => picture(hash, {})),
      apart: false,
      by: { ...me(), at: Date.now() },
    });
    view.allowed = allowed(view.summary);
    return view;
  },
  reinspection_plan: ({ facility }) => plan(facility),
  reinspection_set: ({ facility, on: day }) => {
    on = day as string | null;
    return plan(facility);
  },
};
