/** The device's place: read several times while it improves, and averaged by accuracy. */
import type { Position } from './types';

/** Good enough to stop early, in metres. */
const GOOD_M = 8;
const PATIENCE_MS = 12_000;

/** A search that goes on until it is good enough, or somebody has seen enough. */
export interface Locating {
  /** The place. Rejects when none is to be had, or when the search was given up. */
  place: Promise<Position>;
  /** Takes what is known now; without effect before the first reading. */
  takeNow: () => void;
  /** Gives the search up. */
  cancel: () => void;
}

/** Finds the place; `onbetter` hears each improvement in metres. `fresh`: what was read before one came here does not count. */
export function locate(onbetter?: (accuracy: number) => void, { good = GOOD_M, fresh = false } = {}): Locating {
  let weight = 0;
  let latitude = 0;
  let longitude = 0;
  let best = Infinity;
  let settle: (position: Position | null) => void = () => {};

  const place = new Promise<Position>((resolve, reject) => {
    if (!('geolocation' in navigator)) {
      reject(new Error('no receiver'));
      return;
    }
    settle = (position) => {
      clearTimeout(timer);
      navigator.geolocation.clearWatch(watch);
      if (position) resolve(position);
      else reject(new Error('no position'));
    };
    const timer = setTimeout(() => settle(average()), PATIENCE_MS);
    const watch = navigator.geolocation.watchPosition(
      ({ coords }) => {
        // A reading counts by the inverse square of its error.
        const share = 1 / Math.max(1, coords.accuracy) ** 2;
        weight += share;
        latitude += coords.latitude * share;
        longitude += coords.longitude * share;
        if (coords.accuracy < best) {
          best = coords.accuracy;
          onbetter?.(best);
        }
        if (best <= good) settle(average());
      },
      () => settle(average()),
      { enableHighAccuracy: true, maximumAge: fresh ? 0 : 5_000, timeout: PATIENCE_MS },
    );
  });

  /** What the readings so far say together. */
  function average(): Position | null {
    if (weight === 0) return null;
    return {
      latitude: Number((latitude / weight).toFixed(6)),
      longitude: Number((longitude / weight).toFixed(6)),
      accuracy_m: Math.max(1, Math.round(best)),
      source: 'device',
    };
  }

  return {
    place,
    takeNow: () => {
      const position = average();
      if (position) settle(position);
    },
    cancel: () => settle(null),
  };
}
