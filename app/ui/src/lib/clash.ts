/** Clashes as they are named: by their question, or by the field that they are at. */
import { m, words } from '$lib/i18n.svelte';
import { fieldLabel, fieldValue, kindLabel } from '$lib/labels';
import type { Clash, Saying, Statement } from '$lib/types';

/** The question that a clash is at: an answer, a finding or a photo of it. */
export const codeOf = (clash: Clash): string | undefined => /^[ipf]\/([^/]+)/.exec(clash.key)?.[1];

/** Whether it is where something is: told by its latitude, and one value. */
export const isPlace = (key: string): boolean => key === 'h/latitude';

export function clashTitle(clash: Clash): string {
  const code = codeOf(clash);
  if (code !== undefined) return [code, clash.question ? words(clash.question.title) : ''].filter(Boolean).join(' · ');
  // A place is one value, not two numbers.
  if (isPlace(clash.key)) return clash.kind === 'facility' ? m.clash_house() : m.clash_place();
  if (clash.key === 's/decision') return clash.subject_kind === 'dwelling' ? m.clash_declaration() : m.clash_decision();
  return fieldLabel(clash.key) ?? kindLabel(clash.kind);
}

/** Its sides; a field's values are words, as where the field is shown, and an answer is no more than the answer. */
export function sidesOf(clash: Clash): Saying[] {
  const said = ({ key }: Clash, value: Saying['value']): Saying['value'] =>
    key.startsWith('i/') ? null : fieldLabel(key) === null || isPlace(key) ? value : fieldValue(key, value);
  return clash.values.map((side) => ({ ...side, value: said(clash, side.value) }));
}

/** Whether a side of it is signed by nobody: it came apart from the seal, or was let in after it. */
export const isHalfSigned = (clash: Clash): boolean => clash.values.some((side) => side.unsigned === true);

/** The statements of a question, each with whether anybody signed it. */
export const marked = (statements: Statement[], clash: Clash | undefined): Statement[] =>
  statements.map((each) => ({
    ...each,
    unsigned:
      each.unsigned ||
      (clash?.values.some(
        ({ operation, unsigned }) =>
          unsigned && operation.counter === each.operation.counter && operation.actor === each.operation.actor,
      ) ??
        false),
  }));

/** How such a clash is settled: between signed parts, or of own late work with what is signed. */
export function clashHint(clash: Clash): string {
  if (!clash.settlement) return m.clash_late();
  if (isHalfSigned(clash) && clash.settlement === 'open') return m.clash_half_signed();
  return clash.settlement === 'unsigned' ? m.clash_unsigned() : m.clash_signed();
}

/** Clashes between signed parts, or of own late work with them, at one question. */
export const clashesAt = (clashes: Clash[] | undefined, code: string): Clash[] =>
  (clashes ?? []).filter((clash) => codeOf(clash) === code);
