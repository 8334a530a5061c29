/**
 * What a reviewer is about to send on one record: words on the whole, and words at questions.
 *
 * Invariant: the words survive a reload, a login that ran out and a wrong click; they go away only when they were sent or
 * are thrown away on purpose. They are kept in this tab only, for the person who wrote them, and never leave it before
 * "send".
 */
import { SvelteMap } from 'svelte/reactivity';

import type { DecisionRequest } from '$lib/platform/web/types';

interface Kept {
  words: string;
  comments: [string, string][];
}

export class ReviewDraft {
  words = $state('');
  readonly comments = new SvelteMap<string, string>();
  readonly #key: string;

  /** The draft of one person on one record: nobody else sees or sends these words. */
  constructor(person: string, inspection: string) {
    this.#key = `ancu.review.${person}.${inspection}`;
    const kept = sessionStorage.getItem(this.#key);
    if (kept === null) return;
    const { words, comments } = JSON.parse(kept) as Kept;
    this.words = words;
    for (const [item, text] of comments) this.comments.set(item, text);
  }

  /** Comments that say something. */
  get written(): { item: string; words: string }[] {
    return [...this.comments]
      .map(([item, words]) => ({ item, words: words.trim().normalize('NFC') }))
      .filter((comment) => comment.words !== '');
  }

  get empty(): boolean {
    return this.words.trim() === '' && this.written.length === 0;
  }

  /** Words at questions that were thrown away since the page was opened: they can be taken back. */
  readonly dropped = new SvelteMap<string, string>();

  /** Throws away the words at a question. */
  drop(item: string): void {
    const words = this.comments.get(item) ?? '';
    if (words.trim() !== '') this.dropped.set(item, words);
    this.comments.delete(item);
    this.keep();
  }

  /** Takes back what was thrown away at a question. */
  takeBack(item: string): void {
    const words = this.dropped.get(item);
    this.dropped.delete(item);
    if (words === undefined) return;
    this.comments.set(item, words);
    this.keep();
  }

  /** Keeps what stands here for this tab. */
  keep(): void {
    if (this.words === '' && this.comments.size === 0) sessionStorage.removeItem(this.#key);
    else sessionStorage.setItem(this.#key, JSON.stringify({ words: this.words, comments: [...this.comments] }));
  }

  clear(): void {
    this.words = '';
    this.comments.clear();
    this.dropped.clear();
    sessionStorage.removeItem(this.#key);
  }

  /**
   * As the server wants it; `on`: the newest sealed part of the record as it was read; `unanswered`: the questions whose
   * words have no answer, as the reviewer was told.
   */
  request(
    decision: DecisionRequest['decision'],
    { on, seen }: Pick<DecisionRequest, 'on' | 'seen'>,
    unanswered: string[],
  ): DecisionRequest {
    return { on, seen, decision, words: this.words.trim().normalize('NFC'), comments: this.written, unanswered };
  }
}
