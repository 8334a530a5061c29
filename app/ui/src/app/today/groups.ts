/** The groups of the first screen that have a list of their own, by the last part of its address. */
import { m } from '$lib/i18n.svelte';
import { deadlineBand, type DeadlineBand } from '$lib/findings';
import type { FindingSummary, InspectionSummary } from '$lib/types';

const titles = {
  'in-progress': m.today_in_progress,
  findings: m.today_findings,
  measures: m.measures_due,
  returned: m.today_returned,
  late: m.today_late,
  declarations: m.today_declarations,
  due: m.today_due,
};
export type GroupName = keyof typeof titles;

export const isGroup = (name: string | undefined): name is GroupName => name !== undefined && name in titles;

export const groupTitle = (name: GroupName): string => titles[name]();

export const groupAddress = (name: GroupName): string => `#/today/${name}`;

/** Whether the person works at it: what one is at oneself comes before what colleagues are at. */
export const isOwn = (inspection: InspectionSummary, person: string | null): boolean =>
  person !== null && inspection.officers.includes(person);

/** One's own first; else as they stood. */
export function ownFirst(inspections: InspectionSummary[], person: string | null): InspectionSummary[] {
  return [...inspections.filter((each) => isOwn(each, person)), ...inspections.filter((each) => !isOwn(each, person))];
}

/** Findings by how pressing their deadline is; within a band dangers to life first, else as they stood. */
export function byBand(findings: FindingSummary[]): { band: DeadlineBand; findings: FindingSummary[] }[] {
  const bands: DeadlineBand[] = ['overdue', 'near', 'later', 'none'];
  return bands
    .map((band) => {
      const all = findings.filter((each) => deadlineBand(each) === band);
      const grave = all.filter((each) => each.severity === 'critical');
      return { band, findings: [...grave, ...all.filter((each) => each.severity !== 'critical')] };
    })
    .filter((each) => each.findings.length > 0);
}
