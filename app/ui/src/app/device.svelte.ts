/** The device's status as the engine tells it, asked again often while something moves. */
import { call, problemOf } from '$lib/platform/field';
import type { DeviceStatus, Problem } from '$lib/types';

let status = $state.raw<DeviceStatus>();
let problem = $state.raw<Problem>();
/** Counts finished exchanges, steps of the first loading, and what was written by whatever window: screens that show records
 *  load again when it rises. */
let arrivals = $state(0);
let timer: ReturnType<typeof setTimeout> | undefined;

function take(next: DeviceStatus): void {
  const finished = status?.exchange.running === true && !next.exchange.running;
  const heard = status !== undefined && status.last_exchange_at !== next.last_exchange_at;
  // The first loading fills the lists while it goes on.
  const more = status !== undefined && status.loading?.records !== next.loading?.records;
  // Whatever was written here or in another window: lists show it without being asked.
  const written = status?.revision != null && next.revision !== null && status.revision !== next.revision;
  status = next;
  problem = undefined;
  if (finished || heard || more || written) arrivals += 1;
}

function plan(): void {
  clearTimeout(timer);
  const moving = status?.exchange.running === true;
  timer = setTimeout(() => void device.refresh(), moving ? 400 : 4000);
}

export const device = {
  get status(): DeviceStatus | undefined {
    return status;
  },
  get problem(): Problem | undefined {
    return problem;
  },
  get arrivals(): number {
    return arrivals;
  },
  /** Asks the engine how things stand. */
  async refresh(): Promise<void> {
    try {
      take(await call('status'));
    } catch (thrown) {
      problem = problemOf(thrown);
    }
    plan();
  },
  /** Takes over a status that another command gave. */
  take(next: DeviceStatus): void {
    take(next);
    plan();
  },
  /** Begins an exchange; the status tells how it goes. */
  async exchange(): Promise<void> {
    await call('exchange');
    await device.refresh();
  },
  async lock(): Promise<void> {
    await call('lock');
    location.hash = '/';
    await device.refresh();
  },
};
