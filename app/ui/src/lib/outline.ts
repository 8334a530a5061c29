/**
 * A template as it is asked now: every repetition with sections and questions of its own, texts with what they quote; as
 * `ancu_shared::template::outline` does it for the record and for paper.
 */
import type { Container, FormState, Group, Item, Template, Words } from './types';

/** A row of what is asked: a section, or the place where one more repetition may be added. */
export type Row =
  | { kind: 'section'; group: Group; /** The repetition that begins with it, and may be taken out. */ begins?: string }
  | { kind: 'add'; place: string; title: Words };

/** The repetitions around a place, and which it is of each. */
type Chosen = readonly { name: string; at: number }[];

const end = (chosen: Chosen): string => chosen.map(({ name }) => `.${name}`).join('');

function lineOf(template: Template, within: string | undefined): Container[] {
  const line: Container[] = [];
  const outline = template.outline ?? [];
  let code = within;
  while (code !== undefined && line.length < outline.length) {
    const container = outline.find((each) => each.code === code);
    if (!container) break;
    line.unshift(container);
    code = container.within;
  }
  return line;
}

const repeatsOf = (template: Template, group: Group): Container[] =>
  lineOf(template, group.within).filter((container) => container.repeat);

const isFree = (container: Container): boolean =>
  container.repeat !== undefined && container.repeat.count === undefined;

/** Whether a code says of a repetition whether it is there. */
export function isRepetition(template: Template | null | undefined, code: string): boolean {
  const base = code.split('.')[0] ?? '';
  return base !== code && (template?.outline ?? []).some((each) => each.code === base && isFree(each));
}

/** A question's code without the repetition that it is asked in: what its author called it. */
export const ownCode = (template: Template | null | undefined, code: string): string =>
  (template?.outline ? code.split('.')[0] : code) ?? code;

/** The question of a code; in a repetition, that of all of them. */
export function questionOf(template: Template | null | undefined, code: string): Item | undefined {
  const items = (template?.groups ?? []).flatMap((group) => group.items);
  return items.find((item) => item.code === code) ?? items.find((item) => item.code === ownCode(template, code));
}

function titleOf(template: Template, form: FormState, group: Group, chosen: Chosen): Words {
  if (group.within === undefined) return form.headings?.[group.code] ?? group.title;
  const titles: Words[] = [];
  let depth = 0;
  for (const container of lineOf(template, group.within)) {
    depth += container.repeat ? 1 : 0;
    const around = chosen.slice(0, depth);
    const { vi, en } = form.headings?.[container.code + end(around)] ?? container.title ?? { vi: '', en: '' };
    const at = container.repeat ? around.at(-1)?.at : undefined;
    if (at !== undefined) titles.push({ vi: `${vi} ${at}`.trim(), en: `${en} ${at}`.trim() });
    else if (vi !== '' || en !== '') titles.push({ vi, en });
  }
  if (titles.length === 0) return group.title;
  return { vi: titles.map(({ vi }) => vi).join(' › '), en: titles.map(({ en }) => en).join(' › ') };
}

function asked(item: Item, code: string, form: FormState): Item {
  const texts = form.texts?.[code];
  const suggestion = form.suggestions?.[code] ?? item.suggestion;
  if (!texts) return code === item.code && suggestion === item.suggestion ? item : { ...item, code, suggestion };
  const rules = item.rules && {
    ...item.rules,
    constraint_message: texts.constraint_message ?? item.rules.constraint_message,
    required_message: texts.required_message ?? item.rules.required_message,
  };
  const input = item.input;
  const labelled = texts.options;
  return {
    ...item,
    code,
    suggestion,
    rules,
    title: texts.title ?? item.title,
    hint: texts.hint ?? item.hint,
    input:
      labelled && 'options' in input
        ? { ...input, options: input.options.map((each) => ({ ...each, label: labelled[each.code] ?? each.label })) }
        : input,
  };
}

/** What is asked, in order. */
export function rows(template: Template, form: FormState | null | undefined): Row[] {
  if (!form || !(template.outline || form.texts || form.headings || form.suggestions))
    return template.groups.map((group) => ({ kind: 'section', group }));
  const made: Row[] = [];
  const grow = (run: readonly Group[], chosen: Chosen): void => {
    let rest = run;
    while (rest[0]) {
      const [first] = rest;
      const repeat = repeatsOf(template, first)[chosen.length];
      if (!repeat) {
        const group = {
          ...first,
          code: first.code + end(chosen),
          title: titleOf(template, form, first, chosen),
          items: first.items.map((item) => asked(item, item.code + end(chosen), form)),
        };
        made.push({ kind: 'section', group });
        rest = rest.slice(1);
        continue;
      }
      const other = rest.findIndex((group) => repeatsOf(template, group)[chosen.length]?.code !== repeat.code);
      const these = other === -1 ? rest : rest.slice(0, other);
      rest = rest.slice(these.length);
      const place = repeat.code + end(chosen);
      const there = form.repetitions?.[place];
      there?.forEach((name, index) => {
        const from = made.length;
        grow(these, [...chosen, { name, at: index + 1 }]);
        const begun = made[from];
        if (isFree(repeat) && begun?.kind === 'section') made[from] = { ...begun, begins: `${place}.${name}` };
      });
      if (there && isFree(repeat))
        made.push({ kind: 'add', place, title: form.headings?.[place] ?? repeat.title ?? { vi: '', en: '' } });
    }
  };
  grow(template.groups, []);
  return made;
}

/** The template as it is asked now. */
export function grown(template: Template, form: FormState | null | undefined): Template {
  if (!form || !(template.outline || form.texts || form.headings || form.suggestions)) return template;
  return { ...template, groups: rows(template, form).flatMap((row) => (row.kind === 'section' ? [row.group] : [])) };
}
