/** From when to when a post or a unit is in force, in words. The end is the first day no longer. */
import { day } from '$lib/format';
import { m } from '$lib/i18n.svelte';

export function validity({ valid_from, valid_to }: { valid_from: string | null; valid_to: string | null }): string {
  if (valid_from !== null && valid_to !== null) {
    // Ended on its first day, or before it.
    if (valid_to <= valid_from) return m.console_units_never({ from: day(valid_from) });
    return m.console_units_from_to({ from: day(valid_from), until: day(valid_to) });
  }
  if (valid_from !== null) return m.console_units_since({ day: day(valid_from) });
  return valid_to === null ? m.console_units_always() : m.console_units_until({ day: day(valid_to) });
}
