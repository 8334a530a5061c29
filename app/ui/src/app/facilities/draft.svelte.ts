/**
 * The form of premises while it is written: kept on the device, in its encrypted store, until it is saved or given up.
 *
 * Invariant: what was typed is offered again whatever became of the page; it goes to nobody before it is saved.
 */
import { call } from '$lib/platform/field';
import { Task } from '$lib/Task.svelte';
import type { FacilitySheet, Fields } from '$lib/types';
import { device } from '../device.svelte';
import { Draft } from '../inspection/draft.svelte';

/** What is on its way to the store: who opens a form anew waits for it. */
let underway: Promise<unknown> = Promise.resolve();

/** The form of a record as it stands. */
export function recorded(sheet: FacilitySheet): Fields {
  const fields = sheet.fields.map(({ key, values }) => [key.replace(/^h\//, ''), values[0]?.value ?? null] as const);
  const { name, class: kind, address, latitude, longitude } = sheet.summary;
  return { ...Object.fromEntries(fields), ...sheet.address_parts, name, class: kind, address, latitude, longitude };
}

export class FormDraft {
  /** When that was kept which the form was opened with; null where nothing was. */
  at = $state<number | null>(null);
  readonly keeping = new Task<null>();
  readonly #facility: string | undefined;
  readonly #draft: Draft;
  /** What was typed, and the same as text: only what is new is kept again. */
  #typed: Fields = {};
  #said = '{}';
  #over = false;

  constructor(facility: string | undefined) {
    this.#facility = facility;
    this.#draft = new Draft(() => (this.#over ? undefined : this.#keep(this.#typed)));
  }

  /** What waits; nothing, where nothing does. */
  async find(): Promise<Fields | undefined> {
    await underway;
    const kept = await call('facility_draft', this.#named());
    this.at = kept?.at ?? null;
    return kept?.fields;
  }

  /** What the form said when it was opened. */
  begin(typed: Fields): void {
    this.#said = JSON.stringify(typed);
    this.#typed = typed;
  }

  /** What it says by now. */
  type(typed: Fields): void {
    const said = JSON.stringify(typed);
    if (said === this.#said) return;
    this.#said = said;
    this.#typed = typed;
    this.#draft.touch();
  }

  /** Keeps what is not kept yet. `now`: the page goes away. */
  flush(now = false): void {
    this.#draft.flush(now);
  }

  /** The same, until it is known. */
  settled(): Promise<unknown> {
    this.flush();
    return underway;
  }

  /** The form is being saved: nothing more is kept, unless that fails. */
  async rest(): Promise<void> {
    this.#over = true;
    this.#draft.drop();
    await underway;
  }

  /** The form was saved, or not. */
  saved(well: boolean): void {
    this.#over = well;
    if (!well) this.#draft.touch();
  }

  #named(): { facility?: string } {
    return this.#facility === undefined ? {} : { facility: this.#facility };
  }

  #keep(fields: Fields): Promise<unknown> {
    const keeping = this.keeping
      .run(() => call('facility_draft_keep', { ...this.#named(), fields }))
      .then(() => {
        if (this.keeping.problem?.code !== 'locked') return;
        this.keeping.problem = undefined;
        device.afterUnlocking(() => this.#keep(fields));
      });
    underway = keeping;
    return keeping;
  }
}
