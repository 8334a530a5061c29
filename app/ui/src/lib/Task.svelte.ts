/** One asynchronous job of a screen: running, done with a value, or failed with a problem. */
import { problemOf } from './platform/field';
import type { Problem } from './types';

export class Task<T> {
  value = $state.raw<T>();
  problem = $state.raw<Problem>();
  running = $state(false);
  #run = 0;

  /** Runs it; a later run makes an earlier one's answer void. Gives the value, or nothing when it failed. */
  async run(job: () => Promise<T>): Promise<T | undefined> {
    this.#run += 1;
    const mine = this.#run;
    this.running = true;
    try {
      const value = await job();
      if (mine !== this.#run) return undefined;
      this.value = value;
      this.problem = undefined;
      return value;
    } catch (thrown) {
      if (mine === this.#run) this.problem = problemOf(thrown);
      return undefined;
    } finally {
      if (mine === this.#run) this.running = false;
    }
  }
}
