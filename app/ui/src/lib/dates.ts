/** Days as people here write them, dd/mm/yyyy, and as records hold them, `YYYY-MM-DD`. */

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
