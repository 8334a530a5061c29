/**
 * A declaration while it is written: kept on the device, in its encrypted store, letter by letter. It leaves the device
 * when its head submits it.
 *
 * Invariant: what was typed is there again whatever became of the page.
 */
import { call } from '$lib/platform/field';
import { Task } from '$lib/Task.svelte';
import type { Declaration, DwellingView } from '$lib/types';
import { device } from '../device.svelte';
import { Draft } from '../inspection/draft.svelte';

/** What is on its way to the store: who reads the declaration waits for it. */
let underway: Promise<unknown> = Promise.resolve();

/** The declaration as the device has it, with all that was typed. */
export async function declaration(): Promise<DwellingView | null> {
  await underway;
  return call('declaration');
}

/** Of people who need no help no note is told. */
export function told(declaration: Declaration): Declaration {
  return { ...declaration, help_note: declaration.need_help ? declaration.help_note : '' };
}

export class Keeping {
  readonly task = new Task<DwellingView>();
  readonly #draft = new Draft(() => this.#keep());
  #typed: Declaration | undefined;
  #said = '';

  /** What the form said when it was opened. */
  begin(typed: Declaration): void {
    this.#said = JSON.stringify(told(typed));
  }

  /** What it says by now. */
  type(typed: Declaration): void {
    const said = JSON.stringify(told(typed));
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

  /** Keeps it as it stands, and says whether that is done. */
  async save(typed: Declaration): Promise<boolean> {
    this.#draft.drop();
    await underway;
    this.#typed = typed;
    this.#said = JSON.stringify(told(typed));
    await this.#keep();
    return this.task.problem === undefined;
  }

  #keep(): Promise<unknown> | undefined {
    const typed = this.#typed;
    if (typed === undefined) return undefined;
    const keeping = this.task
      .run(() => call('declaration_save', { declaration: told(typed) }))
      .then(() => {
        if (this.task.problem?.code !== 'locked') return;
        this.task.problem = undefined;
        device.afterUnlocking(() => call('declaration_save', { declaration: told(typed) }));
      });
    underway = keeping;
    return keeping;
  }
}
