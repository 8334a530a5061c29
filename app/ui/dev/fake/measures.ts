/** Measures in the drawn world: none yet, and what may be noted. */
import type { MeasuresView } from '../../src/lib/types';
import { now, refuse, type Commands } from './people';

const empty = (facility: string): MeasuresView => ({
  facility,
  today: new Date(now + 7 * 3_600_000).toISOString().slice(0, 10),
  measures: [],
  proposals: [],
  may_write: true,
  grounds: [
    {
      ground: 'direct_risk',
      words: { vi: 'a) Nguy cơ trực tiếp phát sinh cháy, nổ', en: 'a) Direct risk of fire or explosion' },
    },
  ],
  grounds_article: { vi: 'Điều 17 Nghị định 136/2020/NĐ-CP', en: 'Article 17 of Decree 136/2020' },
  acts: [],
  most_days: 30,
  most_days_verified: false,
  note: { vi: 'Người có thẩm quyền quyết định.', en: 'Who is competent decides.' },
});

export const measureCommands: Commands = {
  measures: ({ facility }) => empty(String(facility)),
  measure_list: () => [],
  measure_note: () => refuse('field_invalid', 'Hãy ghi lý do.', 'Write the reason.'),
};
