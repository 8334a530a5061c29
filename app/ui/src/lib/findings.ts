/** Findings as words: where one stands, until when, what was noted. */
import { m, words } from './i18n.svelte';
import type { FindingState, FindingStep, FindingSummary, Means, Seen } from './types';

export type Tone = 'plain' | 'accent' | 'amber' | 'danger' | 'verified';

export function findingStateLabel(code: FindingState): string {
  return {
    open: m.finding_state_open,
    commitment_signed: m.finding_state_commitment_signed,
    in_remediation: m.finding_state_in_remediation,
    reported_done: m.finding_state_reported_done,
    verified_done: m.finding_state_verified_done,
    escalated: m.finding_state_escalated,
  }[code]();
}

export function findingStepLabel(code: FindingStep): string {
  return {
    committed: m.finding_step_committed,
    started: m.finding_step_started,
    reported: m.finding_step_reported,
    verified: m.finding_step_verified,
    rejected: m.finding_step_rejected,
    escalated: m.finding_step_escalated,
  }[code]();
}

export function meansLabel(code: Means): string {
  return {
    recommendation: m.finding_means_recommendation,
    sanction: m.finding_means_sanction,
    suspension: m.finding_means_suspension,
  }[code]();
}

export function seenLabel(code: Seen): string {
  return { on_site: m.finding_seen_on_site, by_photo: m.finding_seen_by_photo }[code]();
}

/** Whether something is still to happen. */
export function isOpen(finding: FindingSummary): boolean {
  return !finding.superseded && finding.state !== 'verified_done';
}

/** How many days ahead a deadline is near. */
const NEAR_DAYS = 7;

export type DeadlineBand = 'overdue' | 'near' | 'later' | 'none';

/** How pressing a deadline is. */
export function deadlineBand(finding: FindingSummary): DeadlineBand {
  const days = finding.days_left ?? null;
  if (days === null) return 'none';
  return days < 0 ? 'overdue' : days <= NEAR_DAYS ? 'near' : 'later';
}

export function deadlineBandLabel(band: DeadlineBand): string {
  return {
    overdue: m.findings_overdue,
    near: m.findings_near,
    later: m.findings_later,
    none: m.findings_no_deadline,
  }[band]();
}

/** Until when, in words and in the tone of how pressing it is; red only where life is in danger and the day has passed. */
export function deadlineWords(finding: FindingSummary): { word: string; tone: Tone } {
  const days = finding.days_left ?? null;
  if (days === null) return { word: m.finding_no_deadline(), tone: 'plain' };
  if (days < 0)
    return {
      word: m.finding_overdue({ count: -days }),
      tone: finding.severity === 'critical' ? 'danger' : 'amber',
    };
  if (days === 0) return { word: m.finding_due_today(), tone: 'amber' };
  return { word: m.finding_left({ count: days }), tone: days <= NEAR_DAYS ? 'amber' : 'plain' };
}

/** What must be done, in the reader's language where it is the template's own words; the record keeps what was signed. */
export function remedyOf(finding: Pick<FindingSummary, 'remedy' | 'remedy_words'>): string {
  return finding.remedy_words ? words(finding.remedy_words) : finding.remedy;
}
