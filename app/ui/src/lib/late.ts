/** What came after a record's seal, as its readers meet it: by item, by how much, who signed. */
import { moment } from './format';
import { m } from './i18n.svelte';
import type { InspectionView, LateItem, LateWork, SealView } from './types';

/** A late answer and the work that it is part of. */
export interface LateAnswer {
  work: LateWork;
  item: LateItem;
}

/** The late answers to an item. */
export function lateAt(view: InspectionView | null | undefined, code: string): LateAnswer[] {
  return (view?.late ?? []).flatMap((work) =>
    work.items.filter((item) => item.code === code).map((item) => ({ work, item })),
  );
}

/** How much came late: „2 câu trả lời, 1 ảnh“; where it is neither, what is new is the place. */
export function lateCount(answers: number, photos: number): string {
  const parts = [
    answers > 0 ? m.late_answers({ count: answers }) : '',
    photos > 0 ? m.late_photos({ count: photos }) : '',
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : m.late_place();
}

/** How much of somebody's work came late and says something new, or else that it says the same. */
export function lateWhat(late: LateWork): string {
  const attended = late.attended > 0 ? [m.late_attended({ count: late.attended })] : [];
  const said = late.items.length > 0 || late.photos > 0;
  if (!said && late.same > 0 && late.attended === 0) return m.late_same({ count: late.same });
  if (!said && late.attended > 0) return attended.join('');
  return [lateCount(late.items.length, late.photos), ...attended].join(', ');
}

/** Whether late work says anything that the record does not. */
export const isNews = (late: LateWork): boolean =>
  late.items.length > 0 || late.photos > 0 || late.attended > 0 || late.same === 0;

/** Whether it is held back for something else than that it came after a seal: its author's post ended, the device was revoked. */
export const isHeld = (late: LateWork): boolean =>
  late.supplement === null && late.code !== null && late.code !== 'record_sealed';

/** The seal that closed the record: not one on a version of one's own. */
export const closing = (seals: SealView[]): SealView | undefined => seals.find((seal) => !seal.apart);

/** Who signed and when: „Ký bởi An: biên bản 14:05; Bình: bổ sung 14:20“. */
export const signers = (seals: SealView[]): string => m.signed_by({ who: signed(seals) });

/** „An lúc 14:05“; where several seals stand, what each is on: „An: biên bản 14:05; bổ sung 14:20; Bình: bản riêng 14:07“. */
export function signed(seals: SealView[]): string {
  const closes = closing(seals);
  if (seals.length < 2)
    return seals.map((seal) => m.signed_who({ name: seal.by.person_name, when: moment(seal.by.at) })).join(', ');
  let last = '';
  return seals
    .map((seal) => {
      const when = moment(seal.by.at);
      const what =
        seal === closes
          ? m.signed_record({ when })
          : seal.apart
            ? m.signed_own({ when })
            : m.signed_supplement({ when });
      const name = seal.by.person_name;
      const first = name !== last;
      last = name;
      return first ? m.signed_part({ name, what }) : what;
    })
    .join('; ');
}
