/**
 * Something fetched for a screen: loading, refused, or here.
 *
 * Invariant: the newest request wins; what an older one answers is dropped. While something is fetched again the data
 * shown before stay, so nothing jumps.
 */
import type { Page, Problem } from '$lib/types';
import { problemFrom } from '$lib/platform/web/problem';

/** One thing. */
export class Load<T> {
  data = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  loading = $state(false);
  #running: AbortController | null = null;

  async run(fetch: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#running?.abort();
    const controller = new AbortController();
    this.#running = controller;
    this.loading = true;
    try {
      const data = await fetch(controller.signal);
      if (controller.signal.aborted) return;
      this.data = data;
      this.problem = null;
    } catch (thrown) {
      if (controller.signal.aborted) return;
      this.problem = problemFrom(thrown);
    }
    this.loading = false;
  }

  stop(): void {
    this.#running?.abort();
  }
}

/** A long list, taken page by page. */
export class ListLoad<T> {
  items = $state.raw<T[]>([]);
  total = $state(0);
  next = $state<string | null>(null);
  loaded = $state(false);
  loading = $state(false);
  problem = $state.raw<Problem | null>(null);
  #running: AbortController | null = null;
  #fetch: ((cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>) | null = null;

  /** Starts the list anew. */
  async run(fetch: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>): Promise<void> {
    this.#fetch = fetch;
    await this.#take(undefined);
  }

  /** Takes the next page. */
  async more(): Promise<void> {
    if (this.next !== null && !this.loading) await this.#take(this.next);
  }

  /** Fetches the list again from its beginning. */
  async again(): Promise<void> {
    await this.#take(undefined);
  }

  stop(): void {
    this.#running?.abort();
  }

  async #take(cursor: string | undefined): Promise<void> {
    if (!this.#fetch) return;
    this.#running?.abort();
    const controller = new AbortController();
    this.#running = controller;
    this.loading = true;
    try {
      const page = await this.#fetch(cursor, controller.signal);
      if (controller.signal.aborted) return;
      this.items = cursor === undefined ? page.items : [...this.items, ...page.items];
      this.total = page.total;
      this.next = page.next;
      this.loaded = true;
      this.problem = null;
    } catch (thrown) {
      if (controller.signal.aborted) return;
      this.problem = problemFrom(thrown);
    }
    this.loading = false;
  }
}
