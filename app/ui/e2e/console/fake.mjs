/**
 * A stand-in for the server's JSON API inside the browser, for states that a real server can't be brought to at will
 * (empty lists, refusals, no answer at all) and for looking at screens while nothing is built. Never in the build.
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEMPLATE = new URL('../../../../sync-server/data/templates/mini_apartment-draft-1.json', import.meta.url);
const DEMO = new URL('../../../../sync-server/data/demo/khuong_dinh.json', import.meta.url);
const DIST = process.env.ANCU_UI_DIST ?? fileURLToPath(new URL('../../dist/', import.meta.url));
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const HOUR = 3_600_000;
const NOW = Date.now();

const uuid = (n) => `018f0000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const hash = (n) => String(n).padStart(2, '0').repeat(32);
const page = (items) => ({ items, total: items.length, next: null });
const by = (name, device, hoursAgo, server = false) => ({
  person: uuid(name.length),
  person_name: name,
  device: uuid(900),
  device_name: device,
  held_by_server: server,
  at: NOW - hoursAgo * HOUR,
});
const MINH = (h) => by('Nguyễn Đức Minh', 'Điện thoại Minh', h);
const HOA = (h) => by('Trần Thị Hòa', 'Máy tính bảng Hòa', h);
const DUYET = (h) => by('Thiếu tá Lê Quang Vinh', 'máy chủ', h, true);
const operation = (counter) => ({ counter, actor: 'ab'.repeat(16) });

const UNIT = { unit: uuid(7), unit_name: 'Phường Khương Đình' };

/** Everything that the stand-in knows. */
export async function world() {
  const template = JSON.parse(await readFile(TEMPLATE, 'utf8'));
  const { premises } = JSON.parse(await readFile(DEMO, 'utf8'));
  const facilities = premises.map((each, index) => ({
    id: uuid(1000 + index),
    name: each.name,
    class: each.class,
    address: each.address,
    ...UNIT,
    latitude: each.latitude,
    longitude: each.longitude,
    storeys: each.storeys ?? null,
    distance_m: null,
    last_inspected_at: index % 3 === 0 ? NOW - (index * 70 + 30) * HOUR : null,
    failed_checks: index % 3 === 0 ? (index * 5) % 11 : null,
    open_inspection: index % 7 === 1 ? uuid(1) : null,
    declarations_waiting: index % 9 === 4 ? 1 : 0,
    unsent: false,
  }));
  const gravest = ['critical', 'critical', 'major', 'major', 'minor', null];
  const inspections = gravest.map((severity, index) => ({
    id: uuid(2000 + index),
    facility: facilities[index].id,
    facility_name: facilities[index].name,
    facility_address: facilities[index].address,
    ...UNIT,
    template: { code: template.code, version: template.version },
    state: index === 2 ? 'supplemented' : 'completed',
    started_at: NOW - (90 - index * 14) * HOUR,
    sealed_at: NOW - (88 - index * 14) * HOUR,
    officers: index % 2 === 0 ? ['Nguyễn Đức Minh', 'Trần Thị Hòa'] : ['Nguyễn Đức Minh'],
    progress: {
      answered: 127,
      total: 127,
      failed: [9, 6, 4, 3, 1, 0][index],
      clashes: index === 0 ? 1 : 0,
      photos: 14 - index,
    },
    gravest: severity,
    words: null,
    late_answers: index === 0 ? 12 : 0,
    late_failed: index === 0 ? 2 : 0,
    own_late: 0,
    unanswered: 0,
    apart: 0,
    ...(index === 2 ? { approved_before: NOW - 40 * HOUR } : {}),
    unsent: false,
  }));
  const day = (days) => new Date(NOW + (days * 24 + 7) * HOUR).toISOString().slice(0, 10);
  const questions = template.groups.flatMap((group) => group.items);
  const findings = [
    ['ESC-09', 'open', -6, false],
    ['ESC-08', 'reported_done', 2, true],
    ['EMG-01', 'commitment_signed', 12, false],
    ['REC-03', 'open', 40, false],
  ].map(([code, state, days, apart], index) => {
    const item = questions.find((each) => each.code === code) ?? questions[index];
    return {
      inspection: inspections[index].id,
      item: item.code,
      question: item.title,
      citations: item.citations,
      facility: facilities[index].id,
      facility_name: facilities[index].name,
      facility_address: facilities[index].address,
      ...UNIT,
      severity: item.severity,
      remedy: item.remedy.vi,
      found_at: NOW - (30 + index) * 24 * HOUR,
      officer: 'Nguyễn Đức Minh',
      deadline: day(days),
      promised: null,
      promises: [],
      state,
      apart,
      means: null,
      steps: 2,
      superseded: false,
      days_left: days,
      overdue: days < 0,
      unsent: false,
    };
  });
  return { template, facilities, inspections, premises, findings };
}

function answer(question, index) {
  switch (question.input.type) {
    case 'verdict':
      return { kind: 'verdict', value: index % 13 === 5 ? 'fail' : index % 7 === 3 ? 'not_applicable' : 'pass' };
    case 'number':
      return { kind: 'number', value: question.input.whole ? (index % 5) + 1 : 1.2 };
    case 'choice':
      return { kind: 'choice', value: question.input.options[0].code };
    case 'date':
      return { kind: 'date', value: '2026-10-02' };
    case 'geo':
      return { kind: 'geo', value: { latitude: 20.99312, longitude: 105.81277, accuracy_m: 4, source: 'device' } };
    default:
      return { kind: 'text', value: 'Có người trực 24/24' };
  }
}

function photo(n) {
  return {
    hash: hash(n),
    bytes: 412_300,
    width: 2048,
    height: 1536,
    original_sha256: hash(n + 40),
    taken_at: NOW - 89 * HOUR,
    place: { latitude: 20.99312, longitude: 105.81277, accuracy_m: 5, source: 'photo' },
    at: NOW - 89 * HOUR,
    by: uuid(15),
    author: MINH(89),
    verified: n % 4 !== 3,
    present: n % 4 !== 3,
  };
}

/** A reviewer's words at a question, and who answered them, if somebody did. */
function words(item, text, hours, answered, replies = []) {
  return {
    item,
    words: text,
    by: DUYET(hours),
    open: !answered,
    answered: answered ? { by: answered, signed: true } : null,
    replies,
  };
}

const CAPACITY = { role: 'area_team_reviewer', unit_name: 'Đội Chữa cháy và CNCH khu vực số 3' };

/** A decision as the record tells it. */
function decided(decision, text, hours, comments = []) {
  return { decision, words: text, by: DUYET(hours), capacity: CAPACITY, comments, replies: [] };
}

/** One record with everything a record can have. */
export function record(known, summary) {
  const questions = known.template.groups.flatMap((group) => group.items);
  const items = questions
    .filter((_, index) => index % 31 !== 30)
    .map((question, index) => {
      const given = answer(question, index);
      const fails = given.kind === 'verdict' && given.value === 'fail';
      const statements = [
        {
          operation: operation(index + 1),
          answer: given,
          note: fails ? 'Cửa tầng 1 bị khóa bằng ổ khóa ngoài, không có chìa để trong.' : '',
          by: index % 2 === 0 ? MINH(89) : HOA(88.5),
          chosen_by: index === 2 ? HOA(88) : null,
          supplement: index === 18,
        },
      ];
      if (index === 5) {
        statements.push({
          ...statements[0],
          operation: operation(500),
          answer: { kind: 'verdict', value: 'pass' },
          note: '',
          by: MINH(88.2),
        });
      }
      return {
        code: question.code,
        statements,
        superseded:
          index === 18
            ? [
                {
                  ...statements[0],
                  operation: operation(600),
                  answer: { kind: 'verdict', value: 'pass' },
                  note: '',
                  supplement: false,
                  by: MINH(95),
                },
              ]
            : [],
        finding: fails
          ? {
              severity: index === 5 ? 'critical' : 'major',
              remedy: question.remedy.vi,
              deadline: '2026-12-05',
              at: NOW - 89 * HOUR,
              by: uuid(15),
            }
          : null,
        photos: fails ? [photo(index % 3), photo((index % 3) + 1)] : [],
        comments:
          index === 18
            ? [
                words(
                  question.code,
                  'Chụp thêm ảnh cửa thoát nạn từ phía trong và ghi rõ bề rộng.',
                  60,
                  statements[0].by,
                ),
              ]
            : [],
      };
    });
  return {
    summary,
    open_supplement: null,
    newest_sealed: summary.id,
    decided_on: null,
    sealed_parts: [],
    unseen: [],
    apart: [],
    // A colleague signed apart and differs in some answers: the server keeps them apart until a supplement carries them.
    late:
      summary.late_answers > 0
        ? [
            {
              supplement: null,
              code: 'record_sealed',
              own: false,
              by: HOA(20),
              photos: 1,
              same: 114,
              signed_at: HOA(87.5).at,
              items: questions
                .filter((question) => question.input.type === 'verdict')
                .slice(0, 12)
                .map((question, index) => ({
                  code: question.code,
                  answer: { kind: 'verdict', value: index % 6 === 4 ? 'fail' : 'not_applicable' },
                  note: index % 6 === 4 ? 'Cửa tầng 5 bị khóa ngoài.' : '',
                  at: HOA(88).at,
                  finding: null,
                  failed: index % 6 === 4,
                  severity: index % 6 === 4 ? 'critical' : null,
                })),
            },
          ]
        : [],
    also_open: [],
    remarks: [],
    items,
    groups: known.template.groups.map((group) => ({
      code: group.code,
      progress: {
        answered: group.items.length,
        total: group.items.length,
        failed: items.filter((item) => item.finding && group.items.some((question) => question.code === item.code))
          .length,
        clashes: 0,
        photos: 0,
      },
    })),
    position: { latitude: 20.99312, longitude: 105.81277, accuracy_m: 4, source: 'device' },
    seals: [
      { by: MINH(88), valid: true, apart: false, without: null },
      ...(summary.late_answers > 0 ? [] : [{ by: HOA(87.8), valid: true, apart: true, without: ['ESC-03'] }]),
    ],
    decisions: summary.approved_before
      ? [decided('approved', '', 40)]
      : [
          decided(
            'returned',
            'Bổ sung ảnh lối thoát nạn thứ hai.',
            60,
            items.flatMap((item) => item.comments),
          ),
        ],
    comments: [],
  };
}

/** A record that was returned twice: one officer answered, the words for the other wait. */
export function partly(known) {
  const view = record(known, { ...known.inspections[3], state: 'returned', unanswered: 1, words: 'Ảnh vẫn tối.' });
  const [one, two, three] = view.items;
  const reply = (text, by) => ({ words: text, by, signed: true });
  const kept = 'Đã kiểm tra, giữ nguyên vì cửa mở ra ngoài.';
  one.comments = [
    words(one.code, 'Chụp lại cửa tầng 1, ảnh quá tối.', 60, MINH(50)),
    words(one.code, 'Ảnh vẫn tối, chụp ban ngày.', 30, MINH(20)),
  ];
  two.comments = [words(two.code, 'Cửa này có mở vào trong không?', 60, HOA(48), [reply(kept, HOA(48))])];
  three.comments = [words(three.code, 'Đo lại bề rộng thang tầng 5.', 30)];
  for (const item of view.items.slice(3)) item.comments = [];
  view.decisions = [
    decided('returned', 'Chưa đủ ảnh.', 60, [one.comments[0], two.comments[0]]),
    decided('returned', 'Ảnh vẫn tối.', 30, [one.comments[1], three.comments[0]]),
  ];
  view.late = [];
  view.decided_on = known.inspections[3].id;
  view.newest_sealed = uuid(2900);
  view.sealed_parts = [view.decided_on, view.newest_sealed];
  view.unseen = [view.newest_sealed];
  return view;
}

/** A record whose first question two signed, neither knowing of the other: the worst stands first. */
export function apart(known) {
  const view = record(known, { ...known.inspections[3], apart: 1 });
  const [item] = view.items;
  const question = known.template.groups.flatMap((group) => group.items).find((each) => each.code === item.code);
  const said = (verdict, note, by, number) => ({
    operation: operation(number),
    answer: { kind: 'verdict', value: verdict },
    note,
    by,
    chosen_by: null,
    supplement: true,
  });
  item.statements = [
    said('fail', 'Cửa thoát nạn bị khóa ngoài.', HOA(30), 801),
    said('pass', 'Đã mở khóa cửa.', MINH(28), 801),
  ];
  const values = item.statements.map((each) => ({ ...each, value: '', finding: null, photo: null }));
  view.apart = [
    {
      document: view.summary.id,
      kind: 'inspection',
      title: view.summary.facility_name,
      key: `i/${item.code}`,
      question,
      values,
      settlement: 'open',
    },
  ];
  view.late = [];
  view.sealed_parts = [view.summary.id, uuid(2901), uuid(2902)];
  view.newest_sealed = uuid(2902);
  return view;
}

function sheet(known, id) {
  const index = known.facilities.findIndex((each) => each.id === id);
  const facility = known.facilities[index];
  const fields = Object.entries(known.premises[index]).map(([name, value], at) => ({
    key: `h/${name}`,
    values: [{ operation: operation(at), value, by: at % 3 === 0 ? HOA(500) : MINH(700) }],
  }));
  fields[0].values.push({ operation: operation(99), value: `${facility.name} (cơ sở 2)`, by: HOA(20) });
  const questions = known.template.groups
    .flatMap((group) => group.items)
    .filter((item) => item.input.type === 'verdict');
  return {
    summary: facility,
    address_parts: {},
    fields,
    inspections: known.inspections.slice(0, 3),
    dwellings: [
      {
        id: uuid(3000),
        residents: uuid(3001),
        facility: id,
        state: 'submitted',
        declaration: {
          address: facility.address,
          apartment_code: '302',
          head_name: 'Phạm Thu Hương',
          head_phone: '0900000000',
          house_template: null,
          storeys: 6,
          apartments: 18,
          exits: 'Một thang bộ, một cửa ra mái',
          residents: 4,
          elderly: 1,
          children_under_6: 1,
          need_help: 1,
          help_note: 'Tầng 3, bà đi lại bằng xe lăn',
        },
        words: null,
        remarks: [
          {
            field: 'storeys',
            weight: 'unusual',
            words: {
              vi: 'Hồ sơ cơ sở ghi 7 tầng, bản khai ghi 6.',
              en: "The premises' record says 7 storeys, the declaration 6.",
            },
          },
        ],
        by: by('Phạm Thu Hương', 'Điện thoại', 12),
        unsent: false,
        being_written: false,
      },
    ],
    changes_since_last: [
      { item: questions[3].code, before: 'fail', after: 'pass' },
      { item: questions[9].code, before: 'pass', after: 'fail' },
      { item: questions[20].code, before: null, after: 'fail' },
    ],
  };
}

const post = (role, unit_name) => ({ role, unit: uuid(7), unit_name, valid_from: '2025-07-01', valid_to: null });
export const REVIEWER = {
  person: uuid(22),
  name: 'Thiếu tá Lê Quang Vinh',
  username: 'duyet1',
  posts: [post('area_team_reviewer', 'Đội Chữa cháy và CNCH khu vực số 3')],
};
export const ADMIN = {
  person: uuid(23),
  name: 'Vũ Hải Yến',
  username: 'quantri',
  posts: [post('sys_admin', 'Thành phố Hà Nội')],
};

const QR =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 25 25"><path d="M2 2h7v7H2zM16 2h7v7h-7zM2 16h7v7H2zM11 3h2v4h-2zM12 11h5v2h-5zM3 12h5v2H3zM18 12h4v3h-4zM11 17h3v5h-3zM17 18h5v3h-5z"/></svg>';
const picture = (name) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="#8d8a80"/><rect x="210" y="90" width="220" height="390" fill="#4c4a45"/><rect x="230" y="110" width="180" height="370" fill="#b98d4c"/><circle cx="390" cy="300" r="9" fill="#222"/><text x="20" y="460" font-size="22" fill="#fff">${name.slice(0, 6)}</text></svg>`;

/** Answers to every call, by path; a test may replace some. */
/** A finding with what followed: promised, said to be remedied, and seen differently by two who were apart. */
function following(known, inspection) {
  const summary = known.findings.find((each) => each.inspection === inspection) ?? known.findings[0];
  const step = (id, name, by, more = {}) => ({
    id: uuid(id),
    step: name,
    words: '',
    name: '',
    until: null,
    seen: null,
    visit: null,
    means: null,
    photos: [],
    apart: false,
    by,
    ...more,
  });
  return {
    summary,
    note: 'Cửa tầng 1 khóa bằng xích.',
    by: MINH(400),
    photos: [],
    events: [
      step(1, 'committed', MINH(390), { name: 'Phạm Thu Hà', words: 'Xong trong tháng này.', until: '2026-12-31' }),
      step(2, 'reported', MINH(90), { name: 'Phạm Thu Hà', words: 'Đã tháo xích.' }),
      step(3, 'verified', MINH(40), { seen: 'on_site', apart: summary.apart }),
      step(4, 'rejected', HOA(39), { seen: 'by_photo', words: 'Ảnh chụp tầng khác.', apart: summary.apart }),
    ],
    allowed: ['verified', 'rejected'],
    visits: [
      {
        inspection: uuid(2001),
        at: NOW - 9000 * HOUR,
        answer: { kind: 'verdict', value: 'pass' },
        note: '',
        finding: false,
      },
    ],
  };
}

export function answers(known, me) {
  return {
    'GET me': () => me,
    'DELETE session': () => undefined,
    'GET dashboard': () => ({
      waiting: 6,
      returned: 3,
      approved: 21,
      in_progress: 4,
      facilities: 60,
      inspected_facilities: 37,
      declarations_waiting: 5,
      quarantined: 2,
      devices: 9,
    }),
    'GET inspections': () => page(known.inspections),
    'GET inspections/:id': (id) =>
      record(known, known.inspections.find((each) => each.id === id) ?? known.inspections[0]),
    'GET inspections/:id/items/:item/history': () => {
      const { items } = record(known, known.inspections[0]);
      const [statement] = items.find((each) => each.statements[0].chosen_by).statements;
      const said = { ...statement, value: '', chosen_by: null };
      return [
        { ...said, chosen_by: statement.chosen_by, fate: 'standing' },
        { ...said, operation: operation(700), fate: 'chosen' },
        {
          ...said,
          operation: operation(701),
          answer: { kind: 'verdict', value: 'fail' },
          note: 'Thang sắt đã gỉ, lung lay ở tầng 3.',
          by: HOA(88.5),
          fate: 'passed_over',
        },
      ];
    },
    'POST inspections/:id/decision': (id, body) => {
      const view = record(known, { ...known.inspections[0], state: body.decision });
      view.decisions.push(decided(body.decision, body.words, 0));
      view.decided_on = view.newest_sealed;
      return view;
    },
    'GET templates/:code/:version': () => known.template,
    'GET facilities': (_, __, query) => {
      const waiting = query.get('declarations') === 'waiting';
      return page(known.facilities.slice(0, 14).filter((each) => !waiting || each.declarations_waiting > 0));
    },
    'GET facilities/:id': (id) => sheet(known, id),
    'GET findings': (_, __, query) => {
      const overdue = query.get('state') === 'overdue';
      return page(known.findings.filter((each) => !overdue || each.overdue));
    },
    'GET inspections/:id/findings/:item': (id) => following(known, id),
    'GET clashes': () =>
      page([
        {
          document: known.inspections[0].id,
          kind: 'inspection',
          title: known.inspections[0].facility_name,
          key: 'i/ESC-03',
          question: known.template.groups.flatMap((group) => group.items).find((item) => item.code === 'ESC-03'),
          values: [
            {
              operation: operation(1),
              value: '',
              answer: { kind: 'verdict', value: 'fail' },
              note: 'Cửa khóa ngoài',
              by: MINH(5),
            },
            { operation: operation(2), value: '', answer: { kind: 'verdict', value: 'pass' }, note: '', by: HOA(4) },
          ],
        },
        {
          document: known.facilities[0].id,
          kind: 'facility',
          title: known.facilities[0].name,
          key: 'h/storeys',
          question: null,
          values: [
            { operation: operation(1), value: 6, answer: null, note: '', by: MINH(25) },
            { operation: operation(2), value: 7, answer: null, note: '', by: HOA(24) },
          ],
        },
      ]),
    'GET quarantine': () =>
      page([
        {
          id: 1,
          document: known.inspections[0].id,
          kind: 'inspection',
          ...UNIT,
          author_name: 'Nguyễn Đức Minh',
          device_name: 'Điện thoại Minh',
          code: 'write_forbidden',
          title: 'Tác giả không có quyền ghi loại hồ sơ này ở đơn vị này.',
          title_en: 'The author has no right to write this kind of record in this unit.',
          cause: 'no_post',
          reason_vi: 'Vào ngày gói đến, tác giả không giữ chức vụ nào được ghi biên bản kiểm tra ở đơn vị này.',
          reason: 'On the day that it came the author held no post that may write this (inspection) in this unit.',
          premises: known.inspections[0].facility_name,
          says: [
            {
              item: 'ESC-08',
              place: {
                vi: 'mục ESC-08 “Hành lang, cầu thang không để xe, đồ đạc, tủ giày, hàng hóa”',
                en: 'question ESC-08 “No vehicles or goods in corridors and on stairs”',
              },
              value: { vi: 'Không đạt', en: 'Fail' },
              note: 'Hai xe máy ở chân cầu thang',
              at: NOW - 31 * HOUR,
            },
          ],
          says_more: 2,
          about: { kind: 'inspection', id: known.inspections[0].id },
          release: 'after_seal',
          received_at: NOW - 30 * HOUR,
          released_at: null,
          carried_by: null,
        },
        {
          id: 2,
          document: known.inspections[1].id,
          kind: 'inspection',
          ...UNIT,
          author_name: 'Trần Thị Hòa',
          device_name: 'Máy tính bảng Hòa',
          code: 'record_sealed',
          title: 'Biên bản đã ký và khóa. Hãy lập biên bản bổ sung.',
          title_en: 'The record is sealed. Make a supplement.',
          cause: 'after_seal',
          reason_vi: 'Nội dung này đến sau khi biên bản đã ký và khóa.',
          reason: 'This came after the record was sealed.',
          premises: known.inspections[1].facility_name,
          says: [],
          says_more: 0,
          about: { kind: 'inspection', id: known.inspections[1].id },
          release: 'approved',
          received_at: NOW - 50 * HOUR,
          released_at: NOW - 3 * HOUR,
          carried_by: null,
        },
      ]),
    'POST quarantine/:id/release': () => ({}),
    'GET devices': () => [
      {
        id: uuid(41),
        name: 'Điện thoại Minh',
        person_name: 'Nguyễn Đức Minh',
        app_version: '0.1.0',
        last_exchange_at: NOW - 0.2 * HOUR,
        told_at: NOW - 0.2 * HOUR,
        unsent_envelopes: 0,
        unsent_photos: 0,
        oldest_unsent: null,
        clock_offset_ms: 0,
        revoked_at: null,
      },
      {
        id: uuid(42),
        name: 'Máy tính bảng Hòa',
        person_name: 'Trần Thị Hòa',
        app_version: '0.1.0',
        last_exchange_at: NOW - 52 * HOUR,
        told_at: NOW - 52 * HOUR,
        unsent_envelopes: 3,
        unsent_photos: 14,
        oldest_unsent: NOW - 60 * HOUR,
        clock_offset_ms: 0,
        revoked_at: null,
      },
      {
        id: uuid(43),
        name: 'Điện thoại cũ',
        person_name: 'Trần Thị Hòa',
        app_version: '0.1.0',
        last_exchange_at: NOW - 900 * HOUR,
        told_at: NOW - 900 * HOUR,
        unsent_envelopes: 0,
        unsent_photos: 0,
        oldest_unsent: null,
        clock_offset_ms: 0,
        revoked_at: NOW - 800 * HOUR,
      },
      {
        id: uuid(44),
        name: 'Điện thoại chủ hộ',
        person_name: 'Đỗ Thị Mai',
        app_version: '0.1.0',
        last_exchange_at: NOW - 2 * HOUR,
        told_at: NOW - 2 * HOUR,
        unsent_envelopes: 0,
        unsent_photos: 0,
        oldest_unsent: null,
        clock_offset_ms: 100_000_000_000 - NOW,
        revoked_at: null,
      },
      {
        id: uuid(45),
        name: 'Máy mới đăng ký',
        person_name: 'Đỗ Thị Mai',
        app_version: '',
        last_exchange_at: null,
        told_at: null,
        unsent_envelopes: null,
        unsent_photos: null,
        oldest_unsent: null,
        clock_offset_ms: null,
        revoked_at: null,
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
    'POST users/:id/enrolment-codes': () => ({
      link: 'ancu://enrol?s=https%3A%2F%2F10.0.0.5%3A8443&f=3f9a51c0d2&c=K7QX-M2PA-9RTW',
      qr_svg: QR,
      code: 'K7QX-M2PA-9RTW',
      expires_at: NOW + 24 * HOUR,
    }),
    'GET audit': () =>
      page(
        ['session.login', 'inspection.returned', 'envelope.admitted', 'device.enrolled', 'user.created'].map(
          (action, index) => ({
            sequence: 50 - index,
            at: NOW - index * 3 * HOUR,
            actor_name: index === 4 ? '' : 'Thiếu tá Lê Quang Vinh',
            action,
            subject: uuid(2000 + index),
            unit_name: 'Phường Khương Đình',
            details: index === 1 ? { words: 12 } : {},
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

/** Units as the server gives them: by words of the name, or of the caller's scope only. */
function units(query, all) {
  const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase();
  const words = plain(query.get('q') ?? '').split(' ');
  const found = all
    .filter((unit) => query.get('scope') !== 'mine' || unit.kind === 'ward')
    .filter((unit) => words.every((word) => plain(unit.full_name).includes(word)));
  return page(found);
}

/** The answer to a call, with the path's parameters. */
function find(table, method, path) {
  for (const [pattern, handler] of Object.entries(table)) {
    const [verb, route] = pattern.split(' ');
    const wanted = route.split('/');
    const parts = path.split('/');
    if (verb !== method || wanted.length !== parts.length) continue;
    if (wanted.every((word, index) => word.startsWith(':') || word === parts[index])) {
      return { handler, id: parts[1] ?? '' };
    }
  }
  return null;
}

/** A refusal to be answered by a handler. */
export const refusal = (status, code, title, title_en) => ({
  refused: true,
  status,
  problem: { type: `urn:ancu:problem:${code}`, status, code, title, title_en },
});

/** Answers the page's calls to the API from a table. */
export async function serve(browserPage, table) {
  await browserPage.route('**/api/v1/**', async (route) => {
    const url = new URL(route.request().url());
    const path = url.pathname.replace('/api/v1/', '');
    if (path.startsWith('photos/')) {
      return route.fulfill({ contentType: 'image/svg+xml', body: picture(path.slice(7)) });
    }
    const found = find(table, route.request().method(), path);
    const body = found?.handler(found.id, route.request().postDataJSON(), url.searchParams);
    if (!found)
      return route.fulfill({
        status: 404,
        contentType: 'application/problem+json',
        body: JSON.stringify(refusal(404, 'not_found', 'Không tìm thấy.', 'Not found.').problem),
      });
    if (body?.refused)
      return route.fulfill({
        status: body.status,
        contentType: 'application/problem+json',
        body: JSON.stringify(body.problem),
      });
    if (body === undefined) return route.fulfill({ status: 204 });
    return route.fulfill({ contentType: 'application/json', body: JSON.stringify(body) });
  });
}

/** The built pages on a port of this machine, as the server gives them: unknown paths are the page itself. */
export async function pages(folder = DIST) {
  const server = createServer((request, response) => {
    const wanted = join(folder, new URL(request.url, 'http://x').pathname);
    const file = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(folder, 'index.html');
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${server.address().port}`, end: () => server.close() };
}
