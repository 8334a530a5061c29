/** What the stand-in answers to each call. */
import { administration } from './administration.mjs';
import { HOUR, NOW, hash, page, MINH, HOA, operation, UNIT } from './ground.mjs';
import { following, sheet } from './premises.mjs';
import { decided, record } from './record.mjs';

/** Answers to every call, by path; a test may replace some. */
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
      clock: null,
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
    'GET facilities/:id/household-heads': () => [],
    'GET facilities/:id/measures': (id) => ({
      facility: id,
      today: '2026-11-23',
      measures: [],
      proposals: [],
      may_write: false,
      grounds: [],
      grounds_article: { vi: '', en: '' },
      acts: [],
      most_days: 30,
      most_days_verified: false,
      note: { vi: '', en: '' },
    }),
    'GET measures': () => page([]),
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
          envelope: hash(51),
          document: known.inspections[0].id,
          kind: 'inspection',
          ...UNIT,
          author_name: 'Nguyễn Đức Minh',
          device_name: 'Điện thoại Minh',
          device_owner: 'Nguyễn Đức Minh',
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
          photos: [],
          photos_more: 0,
          photos_absent: 0,
          about: { kind: 'inspection', id: known.inspections[0].id },
          release: 'after_seal',
          received_at: NOW - 30 * HOUR,
          released_at: null,
          carried_by: null,
          carried: null,
          set_aside: false,
          may_set_aside: false,
        },
        {
          id: 2,
          envelope: hash(52),
          document: known.inspections[1].id,
          kind: 'inspection',
          ...UNIT,
          author_name: 'Trần Thị Hòa',
          device_name: 'Máy tính bảng Hòa',
          device_owner: 'Trần Thị Hòa',
          code: 'record_sealed',
          title: 'Biên bản đã ký và khóa. Hãy lập biên bản bổ sung.',
          title_en: 'The record is sealed. Make a supplement.',
          cause: 'after_seal',
          reason_vi: 'Nội dung này đến sau khi biên bản đã ký và khóa.',
          reason: 'This came after the record was sealed.',
          premises: known.inspections[1].facility_name,
          says: [],
          says_more: 0,
          photos: [],
          photos_more: 0,
          photos_absent: 0,
          about: { kind: 'inspection', id: known.inspections[1].id },
          release: 'approved',
          received_at: NOW - 50 * HOUR,
          released_at: NOW - 3 * HOUR,
          carried_by: null,
          carried: null,
          set_aside: false,
          may_set_aside: false,
        },
      ]),
    'POST quarantine/:id/release': () => ({}),
    'GET quarantine/:id/set-aside': () => ({ count: 1 }),
    'POST quarantine/:id/set-aside': () => ({}),
    ...administration(),
  };
}
