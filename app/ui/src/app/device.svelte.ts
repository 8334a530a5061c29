/** The device's status as the engine tells it, asked again often while something moves. */
import { call, problemOf } from '$lib/platform/field';
import { inWindow } from '$lib/platform/where';
import { photoNoRoom, type DeviceStatus, type Problem } from '$lib/types';
import { lookEverywhere, onLook, saveEverywhere } from './windows';

/** How often is asked. The app's own window is the only one; beside a bridge's windows others may lock the device. */
const IDLE_MS = inWindow ? 4_000 : 1_000;

let status = $state.raw<DeviceStatus>();
let problem = $state.raw<Problem>();
/** Counts finished exchanges, steps of the first loading, and what was written by whatever window: screens that show records
 *  load again when it rises. */
let arrivals = $state(0);
/** What could not be saved because the device was locked meanwhile: it is saved when it is open again. */
const waiting: (() => Promise<unknown>)[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

function take(next: DeviceStatus): void {
  const finished = status?.exchange.running === true && !next.exchange.running;
  const heard = status !== undefined && status.last_exchange_at !== next.last_exchange_at;
  // The first loading fills the lists while it goes on.
  const more = status !== undefined && status.loading?.records !== next.loading?.records;
  // Whatever was written here or in another window: lists show it without being asked.
  const written = status?.revision != null && next.revision !== null && status.revision !== next.revision;
  const opened = next.phase === 'ready' && status?.phase !== 'ready';
  // Another person's device now: what was written on the former one belongs nowhere here.
  if (next.phase === 'fresh') waiting.length = 0;
  status = next;
  problem = undefined;
  if (opened && waiting.length > 0) void saveWaiting();
  if (finished || heard || more || written) arrivals += 1;
}

async function saveWaiting(): Promise<void> {
  for (const job of waiting.splice(0)) await job();
  await device.refresh();
}

function plan(): void {
  clearTimeout(timer);
  const moving = status?.exchange.running === true;
  timer = setTimeout(() => void device.refresh(), moving ? 400 : IDLE_MS);
}

/** Why the server takes nothing from this device any more, as it said last. */
export const turnedAway = (status: DeviceStatus): 'device_revoked' | 'device_unknown' | undefined => {
  const code = status.exchange.problem?.code;
  return code === 'device_revoked' || code === 'device_unknown' ? code : undefined;
};

export const device = {
  get status(): DeviceStatus | undefined {
    return status;
  },
  get problem(): Problem | undefined {
    return problem;
  },
  /** Whether its holder may write anywhere today, by a post or at the home that is theirs: else the engine refuses it all. */
  get mayWork(): boolean {
    return status !== undefined && (status.citizen || status.writes_in.length > 0);
  },
  /** The same of the premises and visits of a unit. */
  mayWriteIn(unit: string | undefined): boolean {
    return unit !== undefined && status !== undefined && status.writes_in.includes(unit);
  },
  /** Why no photo can be begun now; undefined where there is room for one. Asked before a camera opens: nobody takes a picture
   *  that is refused afterwards. */
  get photoRefused(): Problem | undefined {
    if (status === undefined || status.room === 'enough') return undefined;
    return { ...photoNoRoom, details: { free_bytes: status.free_bytes } };
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
    const changed = status?.phase !== next.phase;
    take(next);
    plan();
    if (changed) lookEverywhere();
  },
  /** Does a job when the device is open again. */
  afterUnlocking(job: () => Promise<unknown>): void {
    waiting.push(job);
    void device.refresh();
  },
  /** Begins an exchange; the status tells how it goes. */
  async exchange(): Promise<void> {
    await call('exchange');
    await device.refresh();
  },
  async lock(): Promise<void> {
    // What is being written in any window is saved first.
    await saveEverywhere();
    await call('lock');
    lookEverywhere();
    location.hash = '/';
    await device.refresh();
  },
};

onLook(() => void device.refresh());
