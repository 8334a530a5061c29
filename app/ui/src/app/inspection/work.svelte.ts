/**
 * One inspection as it is being worked on. Every answer goes to the engine at once, one after the other, and is called
 * saved only when the engine says that it is durable.
 */
import { SvelteMap } from 'svelte/reactivity';
import { call, problemOf } from '$lib/platform/field';
import { base64 } from '$lib/files';
import type {
  Answer,
  Answered,
  FindingDetail,
  FormState,
  HistoryEntry,
  InspectionView,
  Item,
  ItemView,
  OperationId,
  Position,
  Problem,
  Template,
} from '$lib/types';
import { templateOf } from './templates';

export type Save =
  | { phase: 'saving'; photo?: boolean }
  | { phase: 'saved'; at: number }
  | { phase: 'failed'; photo?: boolean; problem: Problem; again: () => void };

const nothing = (code: string): ItemView => ({
  code,
  statements: [],
  superseded: [],
  finding: null,
  photos: [],
  comments: [],
});

export class Work {
  readonly id: string;
  view = $state.raw<InspectionView>();
  template = $state.raw<Template>();
  problem = $state.raw<Problem>();
  readonly saves = new SvelteMap<string, Save>();
  readonly #items = new SvelteMap<string, ItemView>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(id: string) {
    this.id = id;
  }

  /** Opens the record, after what is being saved: an older view must not cover a newer answer. */
  load(): Promise<void> {
    const next = this.#queue.then(() => this.#open());
    this.#queue = next;
    return next;
  }

  /** Everything that was said at a question, newest first. */
  history(code: string): Promise<HistoryEntry[]> {
    return call('history', { document: this.id, key: `i/${code}` });
  }

  async #open(): Promise<void> {
    try {
      const view = await call('inspection_open', { id: this.id });
      this.template = await templateOf(view.summary.template);
      this.#take(view);
      this.problem = undefined;
    } catch (thrown) {
      this.problem = problemOf(thrown);
    }
  }

  #take(view: InspectionView): void {
    this.view = view;
    this.#items.clear();
    for (const item of view.items) this.#items.set(item.code, item);
  }

  item(code: string): ItemView {
    return this.#items.get(code) ?? nothing(code);
  }

  /** What the template's rules say; `null` if it has none. */
  get form(): FormState | null {
    return this.view?.form ?? null;
  }

  question(code: string): Item | undefined {
    return this.template?.groups.flatMap((group) => group.items).find((item) => item.code === code);
  }

  /** Own work that came after a colleague's seal waits here, to be signed or given up. */
  get late(): boolean {
    return this.view?.late.some((late) => late.own) ?? false;
  }

  /** Open while it is made, and again when it was returned or own work came late: answers then go into a supplement. */
  get editable(): boolean {
    return this.view?.summary.state === 'in_progress' || this.view?.summary.state === 'returned' || this.late;
  }

  answer(item: string, answer: Answer | null, note: string): Promise<void> {
    return this.#save(item, async () => {
      this.#took(await call('answer', { inspection: this.id, item, answer, note }));
      // The first answer to a returned record opens its supplement.
      if (this.view?.summary.state === 'returned' && this.view.open_supplement === null) await this.#open();
    });
  }

  finding(item: string, detail: Pick<FindingDetail, 'severity' | 'remedy' | 'deadline'>): Promise<void> {
    return this.#save(item, async () => {
      this.#took(await call('finding', { inspection: this.id, item, ...detail }));
    });
  }

  addPhoto(item: string, file: File): Promise<void> {
    return this.#save(
      item,
      async () => {
        const data_base64 = await base64(file);
        this.#items.set(
          item,
          await call('photo_add', { inspection: this.id, item, file_name: file.name, data_base64 }),
        );
      },
      true,
    );
  }

  removePhoto(item: string, hash: string): Promise<void> {
    return this.#save(item, async () => {
      this.#items.set(item, await call('photo_remove', { inspection: this.id, item, hash }));
    });
  }

  settle(item: string, operation: OperationId, supplement: boolean): Promise<void> {
    return this.#save(item, async () => {
      const document = supplement ? (this.view?.open_supplement ?? this.id) : this.id;
      await call('clash_settle', { document, key: `i/${item}`, operation });
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
    if (!this.editable) return;
    await this.#queue;
    // What is in the journal is durable already; the next exchange folds it too.
    await call('section_leave', { inspection: this.id }).catch(() => undefined);
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

  #save(item: string, job: () => Promise<void>, photo = false): Promise<void> {
    const run = async (): Promise<void> => {
      this.saves.set(item, { phase: 'saving', photo });
      try {
        await job();
        this.saves.set(item, { phase: 'saved', at: Date.now() });
      } catch (thrown) {
        this.saves.set(item, {
          phase: 'failed',
          photo,
          problem: problemOf(thrown),
          again: () => void this.#save(item, job, photo),
        });
      }
    };
    const next = this.#queue.then(run);
    this.#queue = next;
    return next;
  }
}
