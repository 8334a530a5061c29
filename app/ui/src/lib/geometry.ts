/** Lengths and areas of lines on the ground, on the same sphere as the engine reckons with: `shared/src/geometry.rs`. */
import type { Input, Vertex } from './types';

/** The Earth's mean radius, metres. */
const RADIUS_M = 6_371_009;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres between two corners. */
export function distanceM(from: Vertex, to: Vertex): number {
  const [north, east] = [radians(to[0] - from[0]) / 2, radians(to[1] - from[1]) / 2];
  const chord = Math.sin(north) ** 2 + Math.cos(radians(from[0])) * Math.cos(radians(to[0])) * Math.sin(east) ** 2;
  return 2 * RADIUS_M * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** Metres along a line. */
export function lengthM(line: readonly Vertex[]): number {
  return line.slice(1).reduce((sum, to, index) => sum + distanceM(line[index] as Vertex, to), 0);
}

/** Square metres inside a ring, its last corner joined to its first; 0 for fewer than three. */
export function areaM2(ring: readonly Vertex[]): number {
  if (ring.length < 3) return 0;
  const strips = ring.map((from, index) => {
    const to = ring[(index + 1) % ring.length] as Vertex;
    return radians(to[1] - from[1]) * (2 + Math.sin(radians(from[0])) + Math.sin(radians(to[0])));
  });
  return Math.abs((strips.reduce((sum, each) => sum + each, 0) * RADIUS_M ** 2) / 2);
}

/** What a line measures of a question. */
export interface Quantity {
  kind: 'length' | 'area';
  /** So many metres, or square metres, are one of the question's unit. */
  per: number;
  /** The fewest corners that say anything. */
  fewest: number;
}

const units: Record<string, Quantity> = {
  m: { kind: 'length', per: 1, fewest: 2 },
  km: { kind: 'length', per: 1_000, fewest: 2 },
  'm²': { kind: 'area', per: 1, fewest: 3 },
  m2: { kind: 'area', per: 1, fewest: 3 },
  ha: { kind: 'area', per: 10_000, fewest: 3 },
};

/** What a line can measure of a question; nothing where it is about something else. */
export function quantityOf(input: Input): Quantity | undefined {
  return input.type === 'number' ? units[input.unit.vi.trim()] : undefined;
}

/** What a line measures, in the question's unit. */
export function taken(line: readonly Vertex[], { kind, per }: Quantity): number {
  return (kind === 'length' ? lengthM(line) : areaM2(line)) / per;
}

/** The worst radius of confidence along a line, metres; nothing where no corner has one. */
export function worstM(line: readonly Vertex[]): number | undefined {
  const radii = line.map(([, , accuracy]) => accuracy).filter((each) => each !== null);
  return radii.length === 0 ? undefined : Math.max(...radii);
}
