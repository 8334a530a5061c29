/** One thing that a key starts: running, done, or refused with a problem that is told above that key. */
import { UNANSWERED, problemFrom } from '$lib/platform/web/problem';
import type { Problem } from '$lib/types';

export class Attempt {
  problem = $state.raw<Problem>();
  running = $state(false);
  /** Whether it is not known if what was sent arrived: it is looked at before it is sent again. */
  readonly unsure = $derived(this.problem?.code === UNANSWERED);

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
