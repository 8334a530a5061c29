/**
 * A record laid out along its template: sections with their items, each with its question where it is known.
 *
 * Invariant: nothing that the record holds is left out. Items that the template does not know (or all of them, when the
 * template cannot be had) come in a last section without a name.
 */
import { clashesAt } from '$lib/clash';
import { fails } from '$lib/form';
import { lateAt, type LateAnswer } from '$lib/late';
import { grown, isRepetition, ownCode, questionOf } from '$lib/outline';
import type { Clash, Group, InspectionView, Item, ItemView, Progress, Statement, Template } from '$lib/types';

export interface Entry {
  code: string;
  /** What its author called it, whatever repetition it is asked in. */
  called: string;
  question: Item | undefined;
  /** What its formula says, where nobody answers it. */
  calculated: string | undefined;
  /** `undefined`: not answered, and nothing else is known of it. */
  view: ItemView | undefined;
  /** What somebody answered after the seal. */
  late: LateAnswer[];
  /** Where signed parts clash here. */
  apart: Clash[];
}

export interface Section {
  code: string;
  group: Group | undefined;
  /** Its questions are the template's, and asked no more: what stands there was said in a repetition that was taken out. */
  gone: boolean;
  progress: Progress | undefined;
  entries: Entry[];
}

/** What of a record is shown. */
export type Show = 'all' | 'attention' | 'failed' | 'photos' | 'comments';

/** The statement shown first. */
export const shown = (entry: Entry): Statement | undefined => entry.view?.statements[0];

/** Whether the answer fails its item, as the domain judges. */
export const failed = (entry: Entry): boolean => fails(entry.question, shown(entry)?.answer);

export const clashing = (entry: Entry): boolean => (entry.view?.statements.length ?? 0) > 1 || entry.apart.length > 0;

const TESTS: Record<Show, (entry: Entry, drafted: boolean) => boolean> = {
  all: () => true,
  attention: (entry, drafted) =>
    drafted ||
    failed(entry) ||
    entry.late.length > 0 ||
    clashing(entry) ||
    (entry.view?.comments.length ?? 0) > 0 ||
    (entry.view?.superseded.length ?? 0) > 0,
  // A failure that came late is one until it is settled.
  failed: (entry) => failed(entry) || entry.late.some((late) => late.item.failed),
  photos: (entry) => (entry.view?.photos.length ?? 0) > 0,
  comments: (entry, drafted) => drafted || (entry.view?.comments.length ?? 0) > 0,
};

/** What of a record an address asks for: all of it, where it names nothing that there is. */
export const showOf = (named: string): Show => (Object.hasOwn(TESTS, named) ? (named as Show) : 'all');

/** Whether an item belongs to what is shown; `drafted`: words for it are being written. */
export const belongs = (show: Show, entry: Entry, drafted: boolean): boolean => TESTS[show](entry, drafted);

/** The record along its template. */
export function sections(view: InspectionView, template: Template | null): Section[] {
  const items = new Map(view.items.map((item) => [item.code, item]));
  const progress = new Map(view.groups.map((group) => [group.code, group.progress]));
  // What the rules do not ask is left out, unless somebody answered it.
  const hidden = new Set(view.form?.hidden ?? []);
  const isShown = (question: Item): boolean =>
    question.input.type !== 'calculated' && (!hidden.has(question.code) || items.has(question.code));
  const laid: Section[] = (template ? grown(template, view.form).groups : []).map((group) => ({
    code: group.code,
    group,
    gone: false,
    progress: progress.get(group.code),
    entries: group.items.filter(isShown).map((question) => {
      const item = items.get(question.code);
      items.delete(question.code);
      return {
        code: question.code,
        called: ownCode(template, question.code),
        question,
        calculated: question.rules?.calculate ? (view.form?.values[question.code] ?? '') : undefined,
        view: item,
        late: lateAt(view, question.code),
        apart: clashesAt(view.apart, question.code),
      };
    }),
  }));
  const known = new Set(laid.flatMap((section) => section.entries.map((entry) => entry.code)));
  // That a repetition is there shows in its sections.
  for (const code of [...items.keys()]) if (isRepetition(template, code)) items.delete(code);
  const codes = new Set([...items.keys(), ...view.late.flatMap((late) => late.items.map((item) => item.code))]);
  const others = [...codes]
    .filter((code) => !known.has(code))
    .map((code) => ({
      code,
      called: ownCode(template, code),
      question: questionOf(template, code),
      calculated: undefined,
      view: items.get(code),
      late: lateAt(view, code),
      apart: clashesAt(view.apart, code),
    }));
  for (const gone of [true, false]) {
    const entries = others.filter((entry) => (entry.question !== undefined) === gone);
    if (entries.length === 0) continue;
    laid.push({ code: gone ? '-' : '', group: undefined, gone, progress: undefined, entries });
  }
  return laid;
}
