/**
 * Free text that keeps itself while it is written.
 *
 * Invariant: from the first key until the engine says that the text is durable the draft is `open`, and the screen says
 * that it is being saved; what the last second holds is the most that a dead battery can take.
 */

/** How long words stand unsaved at most while somebody goes on writing. */
export const AT_MOST_MS = 1_000;

/** Sends the text; gives nothing where there is nothing to be saved. `now`: the page goes away, nothing may be waited for. */
export type Keep = (now: boolean) => Promise<unknown> | undefined;

export class Draft {
  /** Something was written that is not known to be saved. */
  open = $state(false);
  readonly #keep: Keep;
  #dirty = false;
  #sent = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  /** A key was pressed. `pause`: what is half written means something else, so it is saved when nothing more comes. */
  touch(pause?: number): void {
    this.#dirty = true;
    this.open = true;
    if (pause !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#timer ??= setTimeout(() => this.flush(), pause ?? AT_MOST_MS);
  }

  /** Saves what was written. When the page goes away, what is still on its way is said again. */
  flush(now = false): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#dirty && !(now && this.open)) return;
    this.#dirty = false;
    const saving = this.#keep(now);
    this.#sent += 1;
    const mine = this.#sent;
    const settle = (): void => {
      if (mine === this.#sent && !this.#dirty) this.open = false;
    };
    if (saving) void saving.finally(settle);
    else settle();
  }

  /** What was written went with something else. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dirty = false;
    this.#sent += 1;
    this.open = false;
  }
}
