/**
 * What the engine finds odd about the numbers in a form: what cannot be holds the form up, what is rare is asked about
 * once and then believed.
 *
 * Invariant: the rules and their words are the engine's; nothing is judged here.
 */
import { SvelteSet } from 'svelte/reactivity';
import type { Remark } from '$lib/types';

/** Long enough for a second tap on "+". */
const PAUSE_MS = 250;

export class Remarks {
  /** What was found last. */
  list = $state.raw<Remark[]>([]);
  /** Rare numbers that a person was asked about and pressed on. */
  readonly #believed = new SvelteSet<string>();
  /** Those that are being asked about. */
  readonly #asked = new SvelteSet<string>();
  readonly #judge: () => Promise<Remark[]>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #run = 0;

  constructor(judge: () => Promise<Remark[]>) {
    this.#judge = judge;
  }

  /** The remark at a field. */
  at(field: string): Remark | undefined {
    return this.list.find((remark) => remark.field === field);
  }

  /** Whether the next press of "go on" says that rare numbers are right. */
  asking(fields: readonly string[]): boolean {
    const here = this.#here(fields);
    return (
      here.some((remark) => this.#asked.has(key(remark)) && !this.#believed.has(key(remark))) &&
      !here.some((remark) => remark.weight === 'impossible')
    );
  }

  /** Asks again after a pause; gives what stops it. */
  soon(): () => void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), PAUSE_MS);
    return () => clearTimeout(this.#timer);
  }

  /** Whether the form may go on from these fields. */
  async pass(fields: readonly string[]): Promise<boolean> {
    clearTimeout(this.#timer);
    await this.#ask();
    const here = this.#here(fields);
    if (here.some((remark) => remark.weight === 'impossible')) return false;
    let open = false;
    for (const remark of here) {
      if (this.#believed.has(key(remark))) continue;
      if (this.#asked.has(key(remark))) this.#believed.add(key(remark));
      else {
        this.#asked.add(key(remark));
        open = true;
      }
    }
    return !open;
  }

  #here(fields: readonly string[]): Remark[] {
    return this.list.filter((remark) => fields.includes(remark.field));
  }

  async #ask(): Promise<void> {
    this.#run += 1;
    const mine = this.#run;
    // Where it cannot be asked the engine still refuses what cannot be, when it is sent.
    const found = await this.#judge().catch(() => []);
    if (mine === this.#run) this.list = found;
  }
}

/** The words name the number, so another number is another remark. */
function key(remark: Remark): string {
  return `${remark.field} ${remark.words.vi}`;
}
