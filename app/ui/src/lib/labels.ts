/** Closed codes of the domain as words. */
import { coordinates, date, day, number, span, time } from './format';
import { areaM2, lengthM, worstM } from './geometry';
import { m, words } from './i18n.svelte';
import {
  facilityClasses,
  type AttendeeRole,
  type Choice,
  type Conclusion,
  type RiskLevel,
  type Running,
  type Unsigned,
  type Answer,
  type Decision,
  type Scalar,
  type DeclarationState,
  type Step,
  type FacilityClass,
  type Fate,
  type GivenUpReason,
  type InspectionState,
  type Input,
  type Item,
  type Measured,
  type Method,
  type MissingReason,
  type RecordKind,
  type Role,
  type Severity,
  type Verdict,
} from './types';

export function classLabel(code: FacilityClass): string {
  return {
    mini_apartment: m.class_mini_apartment,
    boarding_house: m.class_boarding_house,
    house_with_business: m.class_house_with_business,
    detached_house: m.class_detached_house,
    collective_housing: m.class_collective_housing,
    other: m.class_other,
  }[code]();
}

export function roleLabel(code: Role): string {
  return {
    commune_data_officer: m.role_commune_data_officer,
    area_team_officer: m.role_area_team_officer,
    area_team_reviewer: m.role_area_team_reviewer,
    pc07_manager: m.role_pc07_manager,
    household_head: m.role_household_head,
    sys_admin: m.role_sys_admin,
  }[code]();
}

export function kindLabel(code: RecordKind): string {
  return {
    facility: m.kind_facility,
    inspection: m.kind_inspection,
    review: m.kind_review,
    remediation: m.kind_remediation,
    enforcement: m.kind_enforcement,
    dwelling: m.kind_dwelling,
    residents: m.kind_residents,
  }[code]();
}

export function attendeeRoleLabel(code: AttendeeRole): string {
  return {
    inspector: m.attend_role_inspector,
    representative: m.attend_role_representative,
    witness: m.attend_role_witness,
  }[code]();
}

export function unsignedLabel(code: Unsigned): string {
  return { refused: m.attend_refused, absent: m.attend_absent, unable: m.attend_unable }[code]();
}

export function riskLabel(code: RiskLevel): string {
  return { low: m.risk_low, medium: m.risk_medium, high: m.risk_high, very_high: m.risk_very_high }[code]();
}

export function conclusionLabel(code: Conclusion): string {
  return {
    safe: m.conclusion_safe,
    safe_with_minor: m.conclusion_safe_with_minor,
    unsafe_remediable: m.conclusion_unsafe_remediable,
    unsafe_serious: m.conclusion_unsafe_serious,
    not_operating: m.conclusion_not_operating,
    no_access: m.conclusion_no_access,
  }[code]();
}

export function severityLabel(code: Severity): string {
  return {
    critical: m.severity_critical,
    major: m.severity_major,
    minor: m.severity_minor,
    info: m.severity_info,
  }[code]();
}

export function missingLabel(code: MissingReason): string {
  return {
    answer: m.missing_answer,
    hand: m.missing_hand,
    photo: m.missing_photo,
    finding: m.missing_finding,
    finding_without_remedy: m.missing_finding_remedy,
    finding_without_deadline: m.missing_finding_deadline,
    clash: m.missing_clash,
    accuracy: m.missing_accuracy,
    constraint: m.missing_constraint,
    words: m.missing_words,
    nothing: m.missing_nothing,
  }[code]();
}

export function stepLabel(code: Step, citizen = false): string {
  return {
    context: m.exchange_step_context,
    push: citizen ? m.exchange_step_push_home : m.exchange_step_push,
    pull: citizen ? m.exchange_step_pull_home : m.exchange_step_pull,
    photos: m.exchange_step_photos,
  }[code]();
}

export function fateLabel(code: Fate): string {
  return {
    standing: m.fate_standing,
    replaced: m.fate_replaced,
    chosen: m.fate_chosen,
    passed_over: m.fate_passed_over,
  }[code]();
}

export function verdictLabel(code: Verdict): string {
  return { pass: m.verdict_pass, fail: m.verdict_fail, not_applicable: m.verdict_not_applicable }[code]();
}

export function stateLabel(code: InspectionState): string {
  return {
    in_progress: m.state_in_progress,
    completed: m.state_completed,
    returned: m.state_returned,
    supplemented: m.state_supplemented,
    approved: m.state_approved,
    cancelled: m.state_cancelled,
  }[code]();
}

export function givenUpLabel(code: GivenUpReason): string {
  return {
    by_mistake: m.give_up_by_mistake,
    another_visit: m.give_up_another_visit,
    no_entry: m.give_up_no_entry,
    other: m.give_up_other,
  }[code]();
}

export function declarationLabel(code: DeclarationState): string {
  return {
    draft: m.declaration_draft,
    submitted: m.declaration_submitted,
    needs_fix: m.declaration_needs_fix,
    verified: m.declaration_verified,
  }[code]();
}

const fieldLabels: Record<string, () => string> = {
  name: m.facility_name,
  class: m.facility_class,
  address: m.facility_address,
  house_number: m.facility_house_number,
  alley: m.facility_alley,
  sub_lane: m.facility_sub_lane,
  lane: m.facility_lane,
  street: m.facility_street,
  residential_group: m.facility_residential_group,
  latitude: m.position_latitude,
  longitude: m.position_longitude,
  storeys: m.facility_storeys,
  basements: m.facility_basements,
  apartments: m.facility_apartments,
  residents: m.facility_residents,
  head_name: m.facility_who,
  head_phone: m.facility_head_phone,
  note: m.facility_note,
  reinspect_on: m.facility_reinspect_on,
};

/** A header field `h/<field>` or `<field>` as words; `null` for those that only programs read. */
export function fieldLabel(key: string): string | null {
  return fieldLabels[key.replace(/^h\//, '')]?.() ?? null;
}

/** A value of a header field of premises as words. */
export function fieldValue(key: string, value: Scalar): string {
  if (key === 'h/class' && isClass(value)) return classLabel(value);
  if (key === 'h/reinspect_on' && typeof value === 'string') return day(value);
  if (typeof value === 'number') return number(value, 6);
  return value === null || value === '' ? m.facility_unknown() : String(value);
}

export const isClass = (value: Scalar): value is FacilityClass => facilityClasses.some((code) => code === value);

/** An officer's decision as words; `of`: on what. */
export function decisionLabel(code: Decision, of: RecordKind | undefined): string {
  if (of === 'dwelling') return code === 'approved' ? m.declaration_verified() : m.declaration_needs_fix();
  return code === 'approved' ? m.decision_approved() : m.decision_returned();
}

/** An answer as one line of text. */
export function answerText(answer: Answer | null, item?: Item): string {
  if (answer === null) return m.answer_none();
  switch (answer.kind) {
    case 'verdict':
      return verdictLabel(answer.value);
    case 'number':
      return `${number(answer.value)} ${item?.input.type === 'number' ? words(item.input.unit) : ''}`.trim();
    case 'text':
      return answer.value;
    case 'date':
      return day(answer.value);
    case 'choice':
      return optionLabel(item, answer.value);
    case 'choices': {
      const labels = answer.value.map((code) => optionLabel(item, code));
      // An order is said as one.
      return item?.input.type === 'rank'
        ? labels.map((label, index) => `${index + 1}. ${label}`).join(' → ')
        : labels.join(', ');
    }
    case 'time':
      return answer.value;
    case 'moment':
      return `${time(answer.value)} · ${date(answer.value)}`;
    case 'trace':
      return m.answer_trace({ points: answer.value.length, length: `${number(lengthM(answer.value), 0)} m` });
    case 'shape':
      return m.answer_shape({ points: answer.value.length, area: `${number(areaM2(answer.value), 0)} m²` });
    case 'geo': {
      const { latitude, longitude, accuracy_m } = answer.value;
      const accuracy = accuracy_m === null ? '' : ` (± ${number(accuracy_m, 0)} m)`;
      return coordinates(latitude, longitude) + accuracy;
    }
  }
}

/** What there is to choose from, or to put in order. */
export function optionsOf(input: Input): Choice[] {
  return input.type === 'choice' || input.type === 'choices' || input.type === 'rank' ? input.options : [];
}

function optionLabel(item: Item | undefined, code: string): string {
  const found = item && optionsOf(item.input).find((each) => each.code === code);
  return found ? words(found.label) : code;
}

/** By what method a number was found. */
export function methodLabel(code: Method): string {
  return {
    tape: m.method_tape,
    laser: m.method_laser,
    instrument: m.method_instrument,
    counted: m.method_counted,
    document: m.method_document,
    declared: m.method_declared,
    estimated: m.method_estimated,
    map: m.method_map,
    walked: m.method_walked,
  }[code]();
}

/** How a number was found as one line: the method, the instrument, how sure its line is. */
export function measuredText({ method, instrument, line }: Measured): string {
  const worst = line && worstM(line);
  const parts = [
    methodLabel(method),
    instrument,
    line && m.measured_points({ points: line.length }),
    worst === undefined ? undefined : m.measured_accuracy({ accuracy: distanceExact(worst) }),
  ];
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

const distanceExact = (metres: number): string => `${number(metres, 0)} m`;

/** How long after a visit's beginning something was said, by a clock that nobody can set; nothing where the device was
 *  switched off between, or told neither. */
export function sinceBegun(begun: Running | undefined, said: Running | undefined): string | undefined {
  if (!begun || !said || begun[0] !== said[0] || said[1] < begun[1]) return undefined;
  return m.answer_since_begun({ after: span(said[1] - begun[1]) });
}
