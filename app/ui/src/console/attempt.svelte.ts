/** One thing that a key starts: running, done, or refused with a problem that is told above that key. */
import { say } from '$lib/i18n.svelte';
import { UNANSWERED, problemFrom } from '$lib/platform/web/problem';
import type { Problem } from '$lib/types';

export class Attempt {
  problem = $state.raw<Problem>();
  running = $state(false);
  /** Whether it is not known if what was sent arrived: it is looked at before it is sent again. */
  readonly unsure = $derived(this.problem?.code === UNANSWERED);

  /** What was refused at a field of a form: it stands there until it is tried again. */
  at(field: string): string | undefined {
    return this.problem?.field === field && !this.unsure ? say(this.problem) : undefined;
  }

  /** A form was changed: what was refused at a field of it may be right now. */
  changed(): void {
    if (this.problem?.field !== undefined && !this.unsure) this.problem = undefined;
  }

  /** Does it, unless it is being done; whether it was done. */
  async run(job: () => Promise<unknown>): Promise<boolean> {
    if (this.running) return false;
    this.running = true;
    this.problem = undefined;
    try {
      await job();
    } catch (thrown) {
      this.problem = problemFrom(thrown);
    }
    this.running = false;
    return this.problem === undefined;
  }
}
