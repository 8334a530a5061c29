/** Where an officer goes on in an inspection: one tap from its overview to what is to be done next. */
import { isAnswered, seen } from '$lib/form';
import type { InspectionView, Template } from '$lib/types';
import type { Work } from './work.svelte';

export interface Onward {
  /** `begin`: nothing is answered yet; `go_on`: something is left; `words`: the reviewer asked; `choose`: own
   * late work differs from what is signed; `finish`: all is there. */
  kind: 'begin' | 'go_on' | 'words' | 'choose' | 'finish';
  href: string;
}

export function onward(work: Work, view: InspectionView, template: Template): Onward {
  const root = `#/inspections/${view.summary.id}`;
  const at = (group: string, code: string | undefined): string =>
    `${root}/s/${group}${code === undefined ? '' : `?item=${code}`}`;

  if (view.summary.state === 'returned')
    for (const group of template.groups)
      for (const item of group.items) {
        const { comments } = work.item(item.code);
        if (comments.some((each) => each.open && each.answered === null))
          return { kind: 'words', href: at(group.code, item.code) };
      }
  const unchosen = work.unchosen;
  for (const group of template.groups) {
    const first = group.items.find((item) => unchosen.includes(item.code));
    if (first && work.editable) return { kind: 'choose', href: at(group.code, first.code) };
  }
  // The rest was signed without what nobody had to answer: a supplement is signed, not filled.
  if (view.open_supplement !== null) return { kind: 'finish', href: `${root}/finish` };
  for (const { code, progress } of view.groups) {
    if (progress.answered >= progress.total) continue;
    const section = template.groups.find((group) => group.code === code);
    const items = section ? seen(section, work.form) : [];
    const first = items.find(
      (item) => isAnswered(item) && (work.item(item.code).statements[0]?.answer ?? null) === null,
    );
    // At the beginning of a section its head is worth seeing.
    const skip = first === items[0] ? undefined : first?.code;
    return { kind: view.summary.progress.answered === 0 ? 'begin' : 'go_on', href: at(code, skip) };
  }
  return { kind: 'finish', href: `${root}/finish` };
}
