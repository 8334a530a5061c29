/** The device's place: read several times while it improves, and averaged by accuracy. */
import type { Position } from './types';

/** Good enough to stop early, in metres. */
const GOOD_M = 8;
const PATIENCE_MS = 12_000;

/** Finds the place; `onbetter` hears each improvement in metres. Rejects when none is to be had. */
export function locate(onbetter?: (accuracy: number) => void): Promise<Position> {
  return new Promise((resolve, reject) => {
    if (!('geolocation' in navigator)) {
      reject(new Error('no receiver'));
      return;
    }
    let weight = 0;
    let latitude = 0;
    let longitude = 0;
    let best = Infinity;
    const finish = (): void => {
      clearTimeout(timer);
      navigator.geolocation.clearWatch(watch);
      if (weight === 0) reject(new Error('no position'));
      else
        resolve({
          latitude: Number((latitude / weight).toFixed(6)),
          longitude: Number((longitude / weight).toFixed(6)),
          accuracy_m: Math.max(1, Math.round(best)),
          source: 'device',
        });
    };
    const timer = setTimeout(finish, PATIENCE_MS);
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
        if (best <= GOOD_M) finish();
      },
      () => finish(),
      { enableHighAccuracy: true, maximumAge: 5_000, timeout: PATIENCE_MS },
    );
  });
}
