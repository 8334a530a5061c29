/** Measures against premises as words: what one is, where it stands, until when. */
import { day, number } from './format';
import { m, words } from './i18n.svelte';
import type { ActView, FineView, Instrument, MeasureState, MeasureStep, MeasureSummary, StopBrief } from './types';

export type Tone = 'plain' | 'accent' | 'amber' | 'danger' | 'verified';

/** In the order in which they are offered. */
export const instruments: readonly Instrument[] = [
  'temporary_suspension',
  'suspension',
  'timed_suspension',
  'stop_directive19',
  'sanction',
];

export function instrumentLabel(code: Instrument): string {
  return {
    temporary_suspension: m.measure_temporary_suspension,
    suspension: m.measure_suspension,
    timed_suspension: m.measure_timed_suspension,
    stop_directive19: m.measure_stop_directive19,
    sanction: m.measure_sanction,
  }[code]();
}

export function measureStateLabel(code: MeasureState): string {
  return {
    in_force: m.measure_state_in_force,
    resumption_asked: m.measure_state_resumption_asked,
    appealed: m.measure_state_appealed,
    decision_issued: m.measure_state_decision_issued,
    served: m.measure_state_served,
    explanation_period: m.measure_state_explanation_period,
    violation_recorded: m.measure_state_violation_recorded,
    proposed: m.measure_state_proposed,
    resumed: m.measure_state_resumed,
    paid: m.measure_state_paid,
    enforced: m.measure_state_enforced,
    cancelled: m.measure_state_cancelled,
    declined: m.measure_state_declined,
    waived: m.measure_state_waived,
  }[code]();
}

export function measureStepLabel(code: MeasureStep): string {
  return {
    proposed: m.measure_step_proposed,
    waived: m.measure_step_waived,
    declined: m.measure_step_declined,
    violation_recorded: m.measure_step_violation_recorded,
    explaining: m.measure_step_explaining,
    decided: m.measure_step_decided,
    served: m.measure_step_served,
    appealed: m.measure_step_appealed,
    paid: m.measure_step_paid,
    enforced: m.measure_step_enforced,
    disobeyed: m.measure_step_disobeyed,
    resumption_asked: m.measure_step_resumption_asked,
    resumption_refused: m.measure_step_resumption_refused,
    resumed: m.measure_step_resumed,
    cancelled: m.measure_step_cancelled,
  }[code]();
}

export const isStop = (instrument: Instrument): boolean => instrument !== 'sanction';

/** Whether it is under the fire law: then it names its grounds. */
export const isFireLaw = (instrument: Instrument): boolean =>
  instrument === 'temporary_suspension' || instrument === 'suspension';

/** Whether a decision on it names its last day. */
export const hasTerm = (instrument: Instrument): boolean =>
  instrument === 'temporary_suspension' || instrument === 'timed_suspension';

const CLOSED: readonly MeasureState[] = ['resumed', 'paid', 'enforced', 'cancelled', 'declined', 'waived'];

/** Whether something is still to happen. */
export const isOpen = (measure: MeasureSummary): boolean => !CLOSED.includes(measure.state) && !measure.ended;

/** Whether the premises, or a part of them, may not operate. */
export const isStopped = (measure: MeasureSummary): boolean =>
  (measure.state === 'in_force' || measure.state === 'resumption_asked') && !measure.ended;

/** A term that ends within so many days is near. */
const NEAR_DAYS = 7;

/** Until when it holds, and how pressing that is; nothing where it has no term. */
export function termWords(measure: MeasureSummary): { word: string; tone: Tone } | null {
  const days = measure.days_left ?? null;
  if (days === null) return null;
  if (days < 0) return { word: m.measure_over({ days: number(-days) }), tone: 'danger' };
  if (days === 0) return { word: m.measure_last_day(), tone: 'amber' };
  return { word: m.measure_days_left({ days: number(days) }), tone: days <= NEAR_DAYS ? 'amber' : 'plain' };
}

/** That premises may not operate, in a line. */
export function stopWords(stop: StopBrief): string {
  const what = instrumentLabel(stop.instrument);
  if (stop.term_over) return m.stop_over({ what });
  if (stop.until === null) return stop.whole ? m.stop_now({ what }) : m.stop_part({ what });
  const until = day(stop.until);
  return stop.whole ? m.stop_until({ what, day: until }) : m.stop_part_until({ what, day: until });
}

/** What a fine may be: of individuals, and of organisations. */
export const fineWords = (fine: FineView): string =>
  m.measure_fine({
    least: number(fine.least),
    most: number(fine.most),
    organisation_least: number(fine.organisation_least),
    organisation_most: number(fine.organisation_most),
  });

/** Where a fine stands. */
export const fineLaw = (fine: FineView): string =>
  fine.article === '' ? fine.document : m.measure_fine_law({ article: fine.article, document: fine.document });

/** An act by its code; one of a newer list by the code alone. */
export function actWords(code: string, acts: readonly ActView[]): string {
  const known = acts.find((each) => each.code === code);
  return known ? words(known.words) : code;
}
