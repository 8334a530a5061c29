import type { Declaration } from '$lib/types';

/** The steps of a declaration, counted from 1, and which fields of each are judged. */
export const STEPS = 5;

const FIELDS: Record<number, readonly string[]> = {
  1: ['address', 'apartment_code', 'head_name', 'head_phone', 'storeys', 'apartments'],
  2: ['storeys'],
  3: ['exits'],
  4: ['residents', 'elderly', 'children_under_6', 'need_help', 'help_note'],
};

/** The step that an address names; the first without a name, `null` where there is none of that name. */
export function stepNamed(name: string | undefined): number | null {
  if (name === undefined) return 1;
  const step = Number(name);
  return /^\d$/.test(name) && step >= 1 && step <= STEPS ? step : null;
}

/** The fields that are judged before a step is left; the last looks at all of them. */
export function fieldsOf(step: number): readonly string[] {
  return FIELDS[step] ?? Object.values(FIELDS).flat();
}

/** What is asked for and not there, in the order of the steps; without what is `needed` nothing is sent. */
export function missingOf(
  declaration: Declaration,
): { field: 'head_phone' | 'storeys' | 'exits' | 'residents' | 'help_note'; needed: boolean }[] {
  return [
    { field: 'head_phone' as const, needed: false, there: declaration.head_phone.trim() !== '' },
    { field: 'storeys' as const, needed: true, there: declaration.storeys !== null },
    { field: 'exits' as const, needed: true, there: declaration.exits.trim() !== '' },
    { field: 'residents' as const, needed: true, there: declaration.residents !== null },
    {
      field: 'help_note' as const,
      needed: false,
      there: !declaration.need_help || declaration.help_note.trim() !== '',
    },
  ]
    .filter((each) => !each.there)
    .map(({ field, needed }) => ({ field, needed }));
}

/** The step where a field is mended. */
export function stepOf(field: string): number {
  return [1, 3].find((step) => FIELDS[step]?.includes(field)) ?? 4;
}
