/**
 * One inspection as it is being worked on. Every answer goes to the engine at once, one after the other, and is called
 * saved only when the engine says that it is durable.
 */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { call, problemOf } from '$lib/platform/field';
import { clashesAt, codeOf } from '$lib/clash';
import { photoBase64, unfitPhoto } from '$lib/files';
import type {
  Answer,
  Answered,
  FindingDetail,
  FormState,
  HistoryEntry,
  InspectionView,
  Item,
  ItemView,
  Mark,
  Measured,
  OperationId,
  Position,
  Problem,
  Statement,
  Template,
} from '$lib/types';
import { device } from '../device.svelte';
import { Draft, type Keep } from './draft.svelte';
import { nothing, said } from './said';
import { grown, rows, type Row } from '$lib/outline';
import { templateOf } from './templates';

export type Save =
  | { phase: 'saving'; photo?: boolean }
  | { phase: 'saved'; at: number }
  | { phase: 'kept'; at: number }
  | { phase: 'failed'; photo?: boolean; problem: Problem; again: () => void };

/** What is to be written at a question; what is not given stays as it stands when it is written. */
interface Wish {
  answer?: Answer | null | undefined;
  /** How the number was found; `null` takes back what was said of that. */
  measured?: Measured | null | undefined;
  note?: string | undefined;
  /** The note that this one was begun on: a colleague's newer one is not written over. */
  over?: string | undefined;
}

export class Work {
  readonly id: string;
  view = $state.raw<InspectionView>();
  /** The template as it was written: before repetitions, and without what texts quote. */
  checklist = $state.raw<Template>();
  problem = $state.raw<Problem>();
  /** The sections where anything keeps the record from being sealed; unknown before it was asked. */
  lacking = $state.raw<ReadonlySet<string>>();
  readonly saves = new SvelteMap<string, Save>();
  readonly #items = new SvelteMap<string, ItemView>();
  /** Texts that are open on the screen, by question. */
  readonly #drafts = new SvelteSet<{ item: string; draft: Draft }>();
  /** What is on its way, by question; a note that could not be saved stays here until it is. */
  readonly #asked = new SvelteMap<string, Wish>();
  /** What came from elsewhere at a question while something was being written there, until it was looked at. */
  readonly met = new SvelteMap<string, Statement>();
  /** Notes that were not written over a colleague's newer ones, by question: they wait on the device for a choice. */
  readonly kept = new SvelteMap<string, string>();
  #queue: Promise<unknown> = Promise.resolve();
  #looking = false;

  constructor(id: string) {
    this.id = id;
  }

  /** Opens the record, after what is being saved: an older view must not cover a newer answer. */
  load(): Promise<void> {
    const next = this.#queue.then(() => this.#open());
    this.#queue = next;
    return next;
  }

  /** Looks again whether it was written to elsewhere. Where that fails, what is shown stays: the next thing done says why. */
  look(): Promise<void> {
    if (!this.view || this.#looking) return Promise.resolve();
    this.#looking = true;
    const next = this.#queue.then(async () => {
      // Who asks from now on wants to see what came after this.
      this.#looking = false;
      const view = await call('inspection_open', { id: this.id }).catch(() => undefined);
      if (!view) return;
      await this.#readKept().catch(() => undefined);
      this.#take(view);
    });
    this.#queue = next;
    return next;
  }

  /** What was kept as a draft, by whatever window. */
  async #readKept(): Promise<void> {
    const drafts = await call('note_drafts', { inspection: this.id });
    const codes = drafts.map(({ item }) => item);
    for (const code of this.kept.keys()) if (!codes.includes(code)) this.kept.delete(code);
    for (const { item, words } of drafts) this.kept.set(item, words);
  }

  /** Everything that was said at a question, newest first. */
  history(code: string): Promise<HistoryEntry[]> {
    return call('history', { document: this.id, key: `i/${code}` });
  }

  async #open(): Promise<void> {
    try {
      const view = await call('inspection_open', { id: this.id });
      this.checklist = await templateOf(view.summary.template);
      await this.#readKept();
      this.#take(view);
      this.problem = undefined;
    } catch (thrown) {
      this.problem = problemOf(thrown);
    }
  }

  #take(view: InspectionView): void {
    for (const { code, statements } of view.items) {
      // Two that stand side by side are shown as that.
      const [now, second] = statements;
      if (now && !second && this.#writing(code) && said(now) !== said(this.item(code).statements[0]))
        this.met.set(code, now);
    }
    this.view = view;
    this.#items.clear();
    for (const item of view.items) this.#items.set(item.code, item);
  }

  #writing(code: string): boolean {
    return this.#asked.has(code) || [...this.#drafts].some((each) => each.item === code && each.draft.open);
  }

  item(code: string): ItemView {
    return this.#items.get(code) ?? nothing(code);
  }

  /** What the template's rules say; `null` if it has none. */
  get form(): FormState | null {
    return this.view?.form ?? null;
  }

  /** What is asked now, in order, with the places where a repetition may be added. */
  readonly rows = $derived.by((): Row[] => (this.checklist ? rows(this.checklist, this.form) : []));

  /** The template as it is asked now. */
  readonly template = $derived.by(() => this.checklist && grown(this.checklist, this.form));

  /** Adds a repetition behind the others at a place; gives its code. */
  async addRepetition(place: string): Promise<string> {
    this.flush();
    await this.#queue;
    const added = await call('repetition_add', { inspection: this.id, place });
    this.#took(added);
    return added.item.code;
  }

  /** Takes a repetition out: what was said in it is kept, and asked for no more. */
  async removeRepetition(repetition: string): Promise<string> {
    this.flush();
    await this.#queue;
    this.#took(await call('repetition_remove', { inspection: this.id, repetition }));
    return repetition;
  }

  question(code: string): Item | undefined {
    return this.template?.groups.flatMap((group) => group.items).find((item) => item.code === code);
  }

  /** Own work that came after a colleague's seal waits here, to be signed or given up. */
  get late(): boolean {
    return this.view?.late.some((late) => late.own) ?? false;
  }

  /** Questions where own late work differs from what is signed: one of the two is chosen before anything is signed. */
  get unchosen(): string[] {
    const late = this.view?.apart.filter((clash) => !clash.settlement).map(codeOf) ?? [];
    return [...new SvelteSet(late)].filter((code) => code !== undefined);
  }

  /** Whether whoever holds this device may write in the record's unit at all. */
  get mayWrite(): boolean {
    return device.mayWriteIn(this.view?.summary.unit);
  }

  /** Open while it is made, and again when it was returned or has an own supplement: answers then go in there. */
  get editable(): boolean {
    if (!this.mayWrite) return false;
    const state = this.view?.summary.state;
    return state === 'in_progress' || state === 'returned' || this.view?.supplementing === 'own' || this.late;
  }

  /** Whether a supplement may be begun, or written on. */
  get maySupplement(): boolean {
    return this.view !== undefined && this.view.supplementing !== 'no';
  }

  /** An own supplement that was begun and says nothing yet. */
  get blank(): boolean {
    return this.view?.supplementing === 'own' && !this.late;
  }

  /** Begins a supplement to what is sealed; from now on answers go in there. */
  async beginSupplement(): Promise<true> {
    await this.#queue;
    await call('supplement_begin', { id: this.id });
    await this.load();
    return true;
  }

  /** Asks in which sections anything is lacking. */
  async askLacking(): Promise<void> {
    if (!this.editable) return;
    await this.#queue;
    // Where it cannot be asked no section is called whole.
    const missing = await call('inspection_missing', { id: this.id }).catch(() => undefined);
    this.lacking = missing && new SvelteSet(missing.map((each) => each.group ?? ''));
  }

  /** How the newest entry at a question fares; what is still being written is not saved. */
  saveOf(item: string): Save | undefined {
    const writing = [...this.#drafts].some((each) => each.item === item && each.draft.open);
    const save = this.saves.get(item);
    return writing && save?.phase !== 'failed' ? { phase: 'saving' } : save;
  }

  /** A text at a question that saves itself while it is written; `close` it when its box goes. */
  draft(item: string, keep: Keep): { draft: Draft; close: () => void } {
    const draft = new Draft(keep);
    const entry = { item, draft };
    this.#drafts.add(entry);
    return {
      draft,
      close: () => {
        draft.flush();
        this.#drafts.delete(entry);
      },
    };
  }

  /** Saves every text that is being written. `now`: the page goes away. */
  flush(now = false): void {
    for (const { draft } of this.#drafts) draft.flush(now);
  }

  /** The note that stands at a question, or the one on its way there. */
  noteOf(item: string): string {
    return this.#asked.get(item)?.note ?? this.item(item).statements[0]?.note ?? '';
  }

  /** Saves every text that is being written; done when all of it is saved, or cannot be. */
  async settled(): Promise<void> {
    this.flush();
    await this.#queue;
  }

  /** Answers a question. Without a note the one that stands by then stays; without `measured` what was said of how the
   *  number was found stays beside the same number. */
  answer(item: string, { now = false, ...wish }: Wish & { now?: boolean }): Promise<void> {
    return this.#write(item, wish, now);
  }

  /** Writes a note beside the answer that stands by then; begun `over` another one than a colleague's newer, it is kept as a
   *  draft instead. */
  note(item: string, note: string, now = false, over?: string): Promise<void> {
    return this.#write(item, { note, over }, now);
  }

  /** A draft is given up: the note that stands is to stand. */
  async giveUp(item: string): Promise<void> {
    await this.#save(item, async () => {
      await call('note_draft_drop', { inspection: this.id, item });
      this.kept.delete(item);
    });
  }

  #write(item: string, { answer, measured, note, over }: Wish, now: boolean): Promise<void> {
    const before = this.#asked.get(item);
    const wish: Wish = {
      answer,
      measured,
      ...(note === undefined ? before && { note: before.note, over: before.over } : { note, over }),
    };
    // Where nothing may be waited for, what is on its way is said again.
    if (now && answer === undefined) [wish.answer, wish.measured] = [before?.answer, before?.measured];
    this.#asked.set(item, wish);
    return this.#save(
      item,
      async () => {
        if (!now) await this.#meet(item);
        const stands = this.item(item).statements[0];
        const next = wish.answer === undefined ? (stands?.answer ?? null) : wish.answer;
        const words = wish.note ?? stands?.note ?? '';
        const told = { inspection: this.id, item };
        const found = wish.measured === undefined ? {} : { measured: wish.measured };
        const begun = wish.note === undefined || wish.over === undefined ? {} : { over: wish.over };
        const saved = await call('answer', { ...told, answer: next, note: words, ...found, ...begun });
        this.#took(saved);
        if (this.#asked.get(item) === wish) this.#asked.delete(item);
        if (saved.kept) {
          this.met.delete(item);
          this.kept.set(item, words);
          // A verdict that was pressed counts all the same, with the note that stands.
          const stood = saved.item.statements[0]?.note ?? '';
          if (wish.answer === undefined) return 'kept';
          this.#took(await call('answer', { ...told, answer: wish.answer, note: stood, ...found }));
        } else if (wish.note !== undefined && this.kept.delete(item)) await call('note_draft_drop', told);
        // The first answer to a returned record opens its supplement; the first in an own one makes it say something.
        const opens = this.view?.summary.state === 'returned' && this.view.open_supplement === null;
        if (opens || this.blank) await this.#open();
        return 'saved';
      },
      { now },
    ).finally(() => {
      if (this.#asked.get(item) === wish && wish.note === undefined) this.#asked.delete(item);
    });
  }

  /** Looks at what stands before it is written over: an exchange may have brought it since the screen was filled. */
  async #meet(item: string): Promise<void> {
    const view = await call('inspection_open', { id: this.id });
    const stands = view.items.find((each) => each.code === item)?.statements[0];
    if (said(stands) !== said(this.item(item).statements[0])) this.#take(view);
  }

  finding(item: string, detail: Pick<FindingDetail, 'severity' | 'remedy' | 'deadline'>, now = false): Promise<void> {
    return this.#save(
      item,
      async () => {
        this.#took(await call('finding', { inspection: this.id, item, ...detail }));
        // What is said anew settles what two had written apart: nothing is left to choose.
        if (clashesAt([...(this.view?.unsettled ?? []), ...(this.view?.apart ?? [])], item).length > 0)
          await this.#open();
      },
      { now },
    );
  }

  /** Whether a photo may be begun at a question; says why where it may not, before a camera opens. */
  beginPhoto(item: string): boolean {
    const problem = device.photoRefused;
    // Once there is room nothing is to be done again: no picture was taken.
    if (problem) void this.#refuse(item, problem, () => this.beginPhoto(item) && this.saves.delete(item));
    return problem === undefined;
  }

  addPhoto(item: string, file: File, from_camera: boolean): Promise<void> {
    const problem = unfitPhoto(file);
    if (problem) return this.#refuse(item, problem);
    return this.#save(
      item,
      async () => {
        const data_base64 = await photoBase64(file);
        this.#items.set(
          item,
          await call('photo_add', { inspection: this.id, item, file_name: file.name, data_base64, from_camera }),
        );
      },
      { photo: true },
    );
  }

  removePhoto(item: string, hash: string): Promise<void> {
    return this.#save(item, async () => {
      this.#items.set(item, await call('photo_remove', { inspection: this.id, item, hash }));
    });
  }

  /** Keeps what is drawn on a photo; who draws is told where it is refused. */
  async markPhoto(item: string, hash: string, marks: Mark[]): Promise<void> {
    this.#items.set(item, await call('photo_mark', { inspection: this.id, item, hash, marks }));
  }

  settle(item: string, operation: OperationId, supplement: boolean, key = `i/${item}`): Promise<void> {
    return this.#save(item, async () => {
      const document = supplement ? (this.view?.open_supplement ?? this.id) : this.id;
      await call('clash_settle', { document, key, operation });
      await this.#open();
    });
  }

  setPosition(position: Position): Promise<void> {
    return this.#save('position', async () => {
      await call('position_set', { inspection: this.id, position });
      if (this.view) this.view = { ...this.view, position };
    });
  }

  /** The officer leaves the section: its answers become one change. */
  async leave(): Promise<void> {
    this.flush();
    if (!this.editable) return;
    await this.#queue;
    // What is in the journal is durable already; the next exchange folds it too.
    await call('section_leave', { inspection: this.id }).catch(() => undefined);
    // What waits in an own supplement is listed on the overview.
    if (this.view?.supplementing === 'own') await this.load();
  }

  #took(saved: Answered): void {
    this.#items.set(saved.item.code, saved.item);
    if (this.view) {
      this.view = {
        ...this.view,
        groups: saved.groups,
        form: saved.form,
        summary: { ...this.view.summary, progress: saved.progress, unsent: true },
      };
    }
  }

  /** Says at once that a photo is not taken, and again after what is being saved, which must not cover it. */
  #refuse(item: string, problem: Problem, again?: () => void): Promise<void> {
    const say = (): void => void this.saves.set(item, { phase: 'failed', photo: true, problem, again: again ?? say });
    say();
    const next = this.#queue.then(say);
    this.#queue = next;
    return next;
  }

  #save(
    item: string,
    job: () => Promise<'saved' | 'kept' | void>,
    how: { photo?: boolean; now?: boolean } = {},
  ): Promise<void> {
    const photo = how.photo ?? false;
    const run = async (): Promise<void> => {
      this.saves.set(item, { phase: 'saving', photo });
      try {
        const phase = (await job()) ?? 'saved';
        this.saves.set(item, { phase, at: Date.now() });
      } catch (thrown) {
        const problem = problemOf(thrown);
        // Locked by another window meanwhile: it is saved when the device is open again.
        if (problem.code === 'locked') device.afterUnlocking(() => this.#save(item, job, { photo }));
        this.saves.set(item, { phase: 'failed', photo, problem, again: () => void this.#save(item, job, { photo }) });
        // A colleague's seal arrived meanwhile: the screen is to say so, and what may be done about it.
        if (problem.code === 'record_sealed') await this.#open();
      }
    };
    // A page that goes away runs nothing that waits for an answer.
    const next = how.now ? run() : this.#queue.then(run);
    this.#queue = how.now ? Promise.all([this.#queue, next]) : next;
    return next;
  }
}
