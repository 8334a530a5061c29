/** Records of inspections with everything that a record can have. */
import { HOUR, NOW, uuid, hash, MINH, HOA, DUYET, operation } from './ground.mjs';

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
export function decided(decision, text, hours, comments = []) {
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
              attended: 0,
            },
          ]
        : [],
    also_open: [],
    conclusion: { conclusion: 'unsafe_remediable', words: 'Mở ngay cửa tầng 5.', by: MINH(88.2), unsigned: false },
    attendance: [
      {
        id: uuid(3001),
        part: summary.id,
        role: 'representative',
        name: 'Phạm Thu Hương',
        position: 'Chủ nhà',
        words: 'Nhất trí.',
        hand: {
          strokes: [
            [120, 300, 190, 150, 260, 310, 330, 170, 400, 300, 470, 200, 560, 280, 700, 230],
            [100, 350, 780, 330],
          ],
          times: [0, 900],
          on: '',
        },
        unsigned: null,
        covers: true,
        open: false,
        by: MINH(88.1),
      },
    ],
    purpose: 'periodic',
    given_up_log: [],
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
