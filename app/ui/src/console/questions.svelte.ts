/**
 * The questions that inspections ask, fetched when somebody wants to read one: first the record, for its template's name,
 * then that template, once.
 *
 * Invariant: a question that cannot be had is `undefined`, never an error on the screen: its code still says which it is.
 */
import { SvelteMap } from 'svelte/reactivity';

import * as api from '$lib/platform/web/api';
import type { Item, Template } from '$lib/types';

export class Questions {
  readonly #templates = new SvelteMap<string, Template>();
  readonly #wanted: Record<string, true> = {};

  /** The question of a code in an inspection, when it is here. */
  of(inspection: string, code: string): Item | undefined {
    return this.#templates
      .get(inspection)
      ?.groups.flatMap((group) => group.items)
      .find((item) => item.code === code);
  }

  /** Fetches the questions of an inspection, unless that was begun already. */
  want(inspection: string): void {
    if (this.#wanted[inspection]) return;
    this.#wanted[inspection] = true;
    void this.#take(inspection);
  }

  async #take(inspection: string): Promise<void> {
    try {
      const { code, version } = (await api.inspection(inspection)).summary.template;
      this.#templates.set(inspection, await api.template(code, version));
    } catch {
      delete this.#wanted[inspection];
    }
  }
}
