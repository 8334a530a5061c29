/**
 * A record laid out along its template: sections with their items, each with its question where it is known.
 *
 * Invariant: nothing that the record holds is left out. Items that the template does not know (or all of them, when the
 * template cannot be had) come in a last section without a name.
 */
import type { Attribution, Group, InspectionView, Item, ItemView, Progress, Statement, Template } from '$lib/types';

export interface Entry {
  code: string;
  question: Item | undefined;
  /** `undefined`: not answered, and nothing else is known of it. */
  view: ItemView | undefined;
}

export interface Section {
  code: string;
  group: Group | undefined;
  progress: Progress | undefined;
  entries: Entry[];
}

/** What of a record is shown. */
export type Show = 'all' | 'attention' | 'failed' | 'photos' | 'comments';

/** The statement shown first. */
export const shown = (entry: Entry): Statement | undefined => entry.view?.statements[0];

/** Whether the answer fails its item, as the domain judges: a verdict of "fail", or a number past its threshold. */
export const failed = (entry: Entry): boolean => {
  const answer = shown(entry)?.answer;
  if (answer?.kind === 'verdict') return answer.value === 'fail';
  const input = entry.question?.input;
  if (answer?.kind !== 'number' || input?.type !== 'number' || !input.threshold) return false;
  const { comparison, value } = input.threshold;
  return comparison === 'at_least' ? answer.value < value : answer.value > value;
};

export const clashing = (entry: Entry): boolean => (entry.view?.statements.length ?? 0) > 1;

const TESTS: Record<Show, (entry: Entry, drafted: boolean) => boolean> = {
  all: () => true,
  attention: (entry, drafted) =>
    drafted ||
    failed(entry) ||
    clashing(entry) ||
    (entry.view?.comments.length ?? 0) > 0 ||
    (entry.view?.superseded.length ?? 0) > 0,
  failed,
  photos: (entry) => (entry.view?.photos.length ?? 0) > 0,
  comments: (entry, drafted) => drafted || (entry.view?.comments.length ?? 0) > 0,
};

/** Whether an item belongs to what is shown; `drafted`: words for it are being written. */
export const belongs = (show: Show, entry: Entry, drafted: boolean): boolean => TESTS[show](entry, drafted);

/** The record along its template. */
export function sections(view: InspectionView, template: Template | null): Section[] {
  const items = new Map(view.items.map((item) => [item.code, item]));
  const progress = new Map(view.groups.map((group) => [group.code, group.progress]));
  const laid: Section[] = (template?.groups ?? []).map((group) => ({
    code: group.code,
    group,
    progress: progress.get(group.code),
    entries: group.items.map((question) => {
      const item = items.get(question.code);
      items.delete(question.code);
      return { code: question.code, question, view: item };
    }),
  }));
  if (items.size > 0) {
    const entries = [...items.values()].map((item) => ({ code: item.code, question: undefined, view: item }));
    laid.push({ code: '', group: undefined, progress: undefined, entries });
  }
  return laid;
}

/** Names of everybody who wrote something in the record, by person. */
export function people(view: InspectionView): Map<string, string> {
  const names = new Map<string, string>();
  const add = (by: Attribution) => {
    if (by.person !== null) names.set(by.person, by.person_name);
  };
  for (const item of view.items) {
    for (const statement of [...item.statements, ...item.superseded]) add(statement.by);
    for (const photo of item.photos) add(photo.author);
    for (const comment of item.comments) add(comment.by);
  }
  for (const each of [...view.seals, ...view.decisions, ...view.comments]) add(each.by);
  return names;
}
