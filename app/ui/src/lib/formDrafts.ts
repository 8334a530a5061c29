/** Forms of premises that wait to be gone on with: what they are called, and the way there. */
import { m } from './i18n.svelte';
import type { FacilityDraftPlace } from './types';

export const formDraftHref = (draft: FacilityDraftPlace): string =>
  draft.facility === null ? '#/facilities/new' : `#/facilities/${draft.facility}/edit`;

/** The form, and of which premises it is, as far as anybody named them. */
export function formDraftName(draft: FacilityDraftPlace): string {
  const form = draft.facility === null ? m.facility_new_title() : m.facility_edit_title();
  return draft.name === '' ? form : `${form}: ${draft.name}`;
}
