/** Days as people here write them, dd/mm/yyyy, and as records hold them, `YYYY-MM-DD`; and when a visit was. */
import type { InspectionSummary } from './types';

/** When a visit was begun, put right where the clock that says so is known to have been off: what it counts for everywhere. */
export const begunAt = (visit: Pick<InspectionSummary, 'started_at' | 'started_clock_ms'>): number =>
  visit.started_at - (visit.started_clock_ms ?? 0);

/** The same of when it was signed. */
export const signedAt = (visit: Pick<InspectionSummary, 'sealed_at' | 'sealed_clock_ms'>): number | null =>
  visit.sealed_at === null ? null : visit.sealed_at - (visit.sealed_clock_ms ?? 0);

/** 8:5, 0805, 8h05, 8 → 08:05; nothing for what is no time of day. */
export function timeOfDay(text: string): string | undefined {
  const parts = /^\s*(\d{1,2})(?:\s*[:.hg]?\s*(\d{1,2}))?\s*[hg]?\s*$/i.exec(text);
  const [hour, minute] = [Number(parts?.[1]), Number(parts?.[2] ?? 0)];
  if (!parts || hour > 23 || minute > 59) return undefined;
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

/** 2026-12-02 → 02/12/2026; empty for what is no day. */
export function fromIso(iso: string): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : '';
}

/** 2/12/2026 → 2026-12-02; empty for what is no day of the calendar. */
export function toIso(text: string): string {
  const parts = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/.exec(text);
  if (!parts) return '';
  const iso = `${parts[3]}-${parts[2]?.padStart(2, '0')}-${parts[1]?.padStart(2, '0')}`;
  const day = new Date(`${iso}T00:00:00Z`);
  // 31/02 would roll over into March.
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(iso) ? iso : '';
}
