/** The sheet of premises, and a finding with what followed. */
import { HOUR, NOW, uuid, by, MINH, HOA, operation } from './ground.mjs';

export function sheet(known, id) {
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
        decided: null,
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
        apart: [],
      },
    ],
    risk: {
      score: 53,
      level: 'high',
      reasons: [
        {
          id: 'critical_open',
          points: 36,
          words: {
            vi: 'tồn tại nguy hiểm tính mạng chưa khắc phục: 2',
            en: 'findings of danger to life that are not remedied: 2',
          },
        },
        { id: 'storeys', points: 10, words: { vi: 'nhà 7 tầng', en: '7 storeys' } },
        { id: 'class', points: 7, words: { vi: 'chung cư mini', en: 'a mini-apartment building' } },
      ],
      unknown: ['basements'],
      version: '2026-11',
      verified: false,
      note: { vi: 'Điểm và ngưỡng là đề xuất ban đầu.', en: 'Points and limits are a first proposal.' },
    },
    changes_since_last: [
      { item: questions[3].code, before: 'fail', after: 'pass' },
      { item: questions[9].code, before: 'pass', after: 'fail' },
      { item: questions[20].code, before: null, after: 'fail' },
    ],
  };
}

/** A finding with what followed: promised, said to be remedied, and seen differently by two who were apart. */
export function following(known, inspection) {
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
