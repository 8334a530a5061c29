/** What a template's rules say of one inspection, and what an answer means to its question. */
import type { Answer, FormState, Group, Item, Template } from './types';

/** Whether the answer fails its item, as the domain judges: "fail", a shortcoming, or a number past its threshold. */
export function fails(item: Item | undefined, answer: Answer | null | undefined): boolean {
  if (answer?.kind === 'verdict') return answer.value === 'fail';
  const input = item?.input;
  if (answer?.kind === 'choice') return input?.type === 'choice' && (input.failing ?? []).includes(answer.value);
  if (answer?.kind !== 'number' || input?.type !== 'number' || !input.threshold) return false;
  const { comparison, value } = input.threshold;
  return comparison === 'at_least' ? answer.value < value : answer.value > value;
}

/** Whether a person gives the answer: notes are read, and formulas make their own. */
export function isAnswered(item: Item): boolean {
  return !item.rules?.calculate && !['note', 'calculated', 'photo'].includes(item.input.type);
}

/** The questions of a section that are to be seen now. */
export function seen(group: Group, form: FormState | null | undefined): Item[] {
  return group.items.filter((item) => item.input.type !== 'calculated' && !form?.hidden.includes(item.code));
}

/** The sections that have anything to be seen. */
export function sectionsSeen(template: Template, form: FormState | null | undefined): Group[] {
  return template.groups.filter((group) => seen(group, form).length > 0);
}
