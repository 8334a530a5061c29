/**
 * Finds units in force today by part of their name, accents or not: the one search behind every choice of a unit.
 *
 * Invariant: it asks after a pause in typing, and what is shown belongs to what was asked last.
 */
import { dayFromNow } from '$lib/format';
import * as api from '$lib/platform/web/api';
import type { UnitEntry } from '$lib/platform/web/types';
import type { Page, Role } from '$lib/types';

import { Load } from './load.svelte';

const PAUSE_MS = 200;

export class UnitSearch {
  readonly found = new Load<Page<UnitEntry>>();
  readonly #scope: 'mine' | undefined;

  /** Of all units, or only of the reader's scope. */
  constructor(scope?: 'mine') {
    this.#scope = scope;
  }

  /** Asks for part of a name once nothing more is typed; `role`: only where it may be held. Answers how to stop. */
  soon(text: string, role?: Role): () => void {
    const waiting = setTimeout(() => void this.ask(text.trim(), 50, role), PAUSE_MS);
    return () => clearTimeout(waiting);
  }

  /** Asks at once; an empty name asks for every unit. */
  ask(q: string, limit: number, role?: Role): Promise<void> {
    const scope = this.#scope;
    return this.found.run((signal) =>
      api.units(
        {
          day: dayFromNow(0),
          limit,
          ...(q === '' ? {} : { q }),
          ...(scope ? { scope } : {}),
          ...(role ? { role } : {}),
        },
        signal,
      ),
    );
  }

  stop(): void {
    this.found.stop();
  }
}
