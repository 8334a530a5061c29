//! Measures against premises: stops of their operation and sanctions, each from the proposal to its end.
//!
//! Invariants: one record holds all measures of premises; its id follows from theirs ([`enforcement_id`]), so that everybody
//! writes the same one. A measure is a chain of steps (`m/<measure>/<uuid>`) that are only ever added; a step names the steps its
//! author knew, so what was noted apart is known as such and no clock decides about it ([`Standing`]). Nothing follows by itself:
//! a person with the power to do so decided, elsewhere, and this is where it is noted, with number, day and issuer.
//!
//! The instruments are distinct: temporary suspension and suspension (fire law), suspension for a term (additional penalty), the
//! stop of Directive 19, the sanction itself. Source: domain pack, README §1.1, `state_machines.json` (`facility_operation`, `sanction`).
//! What is past its term is no step: it follows from the day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::told::Told;
use crate::clock::UtcMillis;
use crate::id::{DocumentId, PersonId};

/// The longest reason or description, in characters.
pub const MAX_WORDS_CHARS: usize = 2_000;
/// The longest number of a paper, name or issuer, in characters.
pub const MAX_NAME_CHARS: usize = 160;
/// The most acts or findings that one step names.
pub const MOST_NAMED: usize = 60;
/// More than any fine, in VND.
pub const MOST_VND: u64 = 100_000_000_000;

/// The record of the measures against premises: UUIDv8 of the first 16 bytes of SHA-256 over `ancu-enforcement-v1` and the
/// premises' id.
pub fn enforcement_id(facility: DocumentId) -> DocumentId {
    let digest = Sha256::new().chain_update(b"ancu-enforcement-v1").chain_update(facility.as_bytes()).finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    DocumentId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// Which measure.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// Tạm đình chỉ hoạt động
    TemporarySuspension,
    /// Đình chỉ hoạt động
    Suspension,
    /// Đình chỉ hoạt động có thời hạn (hình thức xử phạt bổ sung)
    TimedSuspension,
    /// Dừng hoạt động theo Chỉ thị 19
    StopDirective19,
    /// Xử phạt vi phạm hành chính
    Sanction,
}

impl Instrument {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::TemporarySuspension, Self::Suspension, Self::TimedSuspension, Self::StopDirective19, Self::Sanction];

    /// The code, as stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TemporarySuspension => "temporary_suspension",
            Self::Suspension => "suspension",
            Self::TimedSuspension => "timed_suspension",
            Self::StopDirective19 => "stop_directive19",
            Self::Sanction => "sanction",
        }
    }

    /// Whether it stops the premises' operation.
    pub const fn is_stop(self) -> bool {
        !matches!(self, Self::Sanction)
    }

    /// Whether a decision on it names its last day.
    pub const fn has_term(self) -> bool {
        matches!(self, Self::TemporarySuspension | Self::TimedSuspension)
    }

    /// Whether it ends when its term does; the others end by a decision only.
    pub const fn ends_by_itself(self) -> bool {
        matches!(self, Self::TimedSuspension)
    }
}

/// Why operation is to be stopped under the fire law (Article 17 of Decree 136/2020; `state_machines.json`, `case_list`).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// a) Nguy cơ trực tiếp phát sinh cháy, nổ
    DirectRisk,
    /// b) Vi phạm nghiêm trọng đã yêu cầu khắc phục bằng văn bản mà không thực hiện
    NotRemedied,
    /// c) Vi phạm đặc biệt nghiêm trọng
    EspeciallyGrave,
}

/// How much of the premises it is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of them.
    Whole,
    /// An area, an installation or an activity, named in words.
    Part,
}

/// What happened to a measure.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MeasureStep {
    /// An officer proposes it, and says why. Begins a measure.
    Proposed,
    /// An officer does not propose what the rules suggest, and says why. Begins a measure that is over.
    Waived,
    /// Who is competent will not have it, and says why.
    Declined,
    /// Sanction: the violation record was made.
    ViolationRecorded,
    /// Sanction: the offender asked to explain; until when.
    Explaining,
    /// Who is competent decided. Again where the term is extended, or a temporary suspension becomes a suspension.
    Decided,
    /// The decision was handed over.
    Served,
    /// The decision is appealed against.
    Appealed,
    /// Sanction: the fine is paid.
    Paid,
    /// Sanction: it was enforced.
    Enforced,
    /// Stop: the premises were found operating in spite of it.
    Disobeyed,
    /// Stop: the premises ask to resume.
    ResumptionAsked,
    /// Stop: they may not yet, and why.
    ResumptionRefused,
    /// Stop: they may. By a decision; of the stop of Directive 19, by a confirmation that all is done.
    Resumed,
    /// The decision was withdrawn, or noted by mistake, and why.
    Cancelled,
}

impl MeasureStep {
    /// Every step.
    pub const ALL: [Self; 15] = [
        Self::Proposed,
        Self::Waived,
        Self::Declined,
        Self::ViolationRecorded,
        Self::Explaining,
        Self::Decided,
        Self::Served,
        Self::Appealed,
        Self::Paid,
        Self::Enforced,
        Self::Disobeyed,
        Self::ResumptionAsked,
        Self::ResumptionRefused,
        Self::Resumed,
        Self::Cancelled,
    ];

    /// Whether a measure begins with it.
    pub const fn begins(self) -> bool {
        matches!(self, Self::Proposed | Self::Waived)
    }
}

/// `m/<measure>/<uuid>`: one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct MeasureEvent {
    /// What happened.
    pub step: MeasureStep,
    /// Proposed, waived, decided: which measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<Instrument>,
    /// Of a stop under the fire law: why it may be stopped, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grounds: Vec<Ground>,
    /// Of a sanction: codes of the acts (`shared/data/measures.json`), sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<String>,
    /// Of a stop: how much of the premises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Which part; NFC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// Why, what was seen or decided; NFC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// The paper's number; NFC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub number: String,
    /// The paper's day, or the day on which it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "string | null")]
    pub on: Option<Date>,
    /// Who signed it: office and person; NFC. Of a request, who asks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub issuer: String,
    /// Decided: the first day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "string | null")]
    pub from: Option<Date>,
    /// Decided: the last day of its term. Explaining: the last day to explain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "string | null")]
    pub until: Option<Date>,
    /// Sanction: the fine that is proposed or was decided, in VND.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub amount_vnd: Option<u64>,
    /// At which inspection it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspection: Option<DocumentId>,
    /// Item codes of the findings that it is for, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// The last steps of this measure that its author knew, sorted; none at the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(type = "string[]")]
    pub after: Vec<Uuid>,
    /// The device's clock.
    pub at: UtcMillis,
    /// Who noted it.
    pub by: PersonId,
}

impl MeasureEvent {
    /// A step with nothing but its sort, time and author.
    pub fn new(step: MeasureStep, at: UtcMillis, by: PersonId) -> Self {
        Self {
            step,
            instrument: None,
            grounds: Vec::new(),
            acts: Vec::new(),
            scope: None,
            part: String::new(),
            words: String::new(),
            number: String::new(),
            on: None,
            issuer: String::new(),
            from: None,
            until: None,
            amount_vnd: None,
            inspection: None,
            items: Vec::new(),
            after: Vec::new(),
            at,
            by,
        }
    }

    /// What a step of this sort cannot be without, or with: a member. `instrument`: of the measure that it is of.
    pub fn lacking(&self, instrument: Instrument) -> Option<&'static str> {
        use MeasureStep::{
            Appealed, Cancelled, Decided, Declined, Disobeyed, Enforced, Explaining, Paid, Proposed, Resumed,
            ResumptionAsked, ResumptionRefused, Served, ViolationRecorded, Waived,
        };
        let fire_law = matches!(instrument, Instrument::TemporarySuspension | Instrument::Suspension);
        let needs = |there: bool, name: &'static str| (!there).then_some(name);
        let reason = || needs(!self.words.trim().is_empty(), "words");
        let paper = || {
            needs(!self.number.trim().is_empty(), "number")
                .or_else(|| needs(self.on.is_some(), "on"))
                .or_else(|| needs(!self.issuer.trim().is_empty(), "issuer"))
        };
        let what = || {
            let scope = match self.scope {
                None if instrument.is_stop() => Some("scope"),
                Some(Scope::Part) if self.part.trim().is_empty() => Some("part"),
                _ => None,
            };
            scope
                .or_else(|| needs(!fire_law || !self.grounds.is_empty(), "grounds"))
                .or_else(|| needs(instrument.is_stop() || !self.acts.is_empty(), "acts"))
        };
        let lacking = match self.step {
            Proposed => needs(self.instrument.is_some(), "instrument").or_else(reason).or_else(what),
            Waived => needs(self.instrument.is_some(), "instrument").or_else(reason),
            Declined | Appealed | Enforced | Disobeyed | ResumptionRefused | Cancelled => reason(),
            ViolationRecorded => {
                needs(!self.number.trim().is_empty(), "number").or_else(|| needs(self.on.is_some(), "on"))
            }
            Explaining => needs(self.until.is_some(), "until"),
            Decided => paper()
                .or_else(what)
                .or_else(|| needs(!instrument.has_term() || self.until.is_some(), "until"))
                .or_else(|| needs(instrument.is_stop() || self.amount_vnd.is_some(), "amount_vnd")),
            Served | Paid => needs(self.on.is_some(), "on"),
            ResumptionAsked => needs(!self.issuer.trim().is_empty(), "issuer"),
            Resumed if fire_law => paper(),
            Resumed => needs(self.on.is_some(), "on").or_else(reason),
        };
        let backwards = self.until.zip(self.from.or(self.on)).is_some_and(|(until, from)| until < from);
        lacking.or_else(|| backwards.then_some("until")).or_else(|| {
            let many = self.acts.len() > MOST_NAMED || self.items.len() > MOST_NAMED;
            let much = self.amount_vnd.is_some_and(|amount| amount > MOST_VND);
            many.then_some("acts").or_else(|| much.then_some("amount_vnd"))
        })
    }

    /// The days that it names.
    pub(super) fn days(&self) -> impl Iterator<Item = (&'static str, Told)> {
        [("on", self.on), ("from", self.from), ("until", self.until)]
            .into_iter()
            .filter_map(|(name, day)| Some((name, Told::Day(day?))))
    }
}

/// Where a measure stands. In order: of steps noted apart the one that asks for more attention counts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MeasureState {
    /// Stop: it holds.
    InForce,
    /// Stop: it holds, and the premises ask to resume.
    ResumptionAsked,
    /// Sanction: the decision is appealed against.
    Appealed,
    /// Sanction: decided.
    DecisionIssued,
    /// Sanction: the decision was handed over.
    Served,
    /// Sanction: the offender explains.
    ExplanationPeriod,
    /// Sanction: the violation record was made.
    ViolationRecorded,
    /// It is proposed.
    Proposed,
    /// Stop: the premises may operate again.
    Resumed,
    /// Sanction: the fine is paid.
    Paid,
    /// Sanction: it was enforced.
    Enforced,
    /// Decided and withdrawn.
    Cancelled,
    /// Who is competent would not have it.
    Declined,
    /// The officer did not propose it.
    Waived,
}

impl MeasureState {
    /// The code, as stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::ResumptionAsked => "resumption_asked",
            Self::Appealed => "appealed",
            Self::DecisionIssued => "decision_issued",
            Self::Served => "served",
            Self::ExplanationPeriod => "explanation_period",
            Self::ViolationRecorded => "violation_recorded",
            Self::Proposed => "proposed",
            Self::Resumed => "resumed",
            Self::Paid => "paid",
            Self::Enforced => "enforced",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
            Self::Waived => "waived",
        }
    }

    /// Whether nothing more is to happen.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Resumed | Self::Paid | Self::Enforced | Self::Cancelled | Self::Declined | Self::Waived)
    }

    /// Whether the premises, or a part of them, may not operate.
    pub const fn is_stopped(self) -> bool {
        matches!(self, Self::InForce | Self::ResumptionAsked)
    }

    /// What a step of a measure leads to.
    pub const fn after(step: MeasureStep, instrument: Instrument) -> Self {
        match (step, instrument.is_stop()) {
            (MeasureStep::Proposed, _) => Self::Proposed,
            (MeasureStep::Waived, _) => Self::Waived,
            (MeasureStep::Declined, _) => Self::Declined,
            (MeasureStep::Cancelled, _) => Self::Cancelled,
            (MeasureStep::Resumed, _) => Self::Resumed,
            (MeasureStep::ResumptionAsked, _) => Self::ResumptionAsked,
            (_, true) => Self::InForce,
            (MeasureStep::ViolationRecorded, false) => Self::ViolationRecorded,
            (MeasureStep::Explaining, false) => Self::ExplanationPeriod,
            (MeasureStep::Served, false) => Self::Served,
            (MeasureStep::Appealed, false) => Self::Appealed,
            (MeasureStep::Paid, false) => Self::Paid,
            (MeasureStep::Enforced, false) => Self::Enforced,
            (MeasureStep::Decided | MeasureStep::Disobeyed | MeasureStep::ResumptionRefused, false) => {
                Self::DecisionIssued
            }
        }
    }
}

/// How a measure stands after all its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which it is now: a temporary suspension may have become a suspension.
    pub instrument: Instrument,
    /// Where it stands.
    pub state: MeasureState,
    /// Whether steps that were noted apart lead to different states.
    pub apart: bool,
    /// The last steps, sorted: what the next one comes after.
    pub last: Vec<Uuid>,
    /// Whether it was found to be disobeyed.
    pub disobeyed: bool,
}

impl Standing {
    /// How a measure stands after these steps, each after those that it builds on. `None` where none begins it.
    pub fn of(events: &[(Uuid, &MeasureEvent)]) -> Option<Self> {
        let instrument = events.iter().rev().find_map(|(_, event)| event.instrument)?;
        let known: BTreeSet<Uuid> = events.iter().flat_map(|(_, event)| event.after.iter().copied()).collect();
        let heads: BTreeMap<Uuid, MeasureStep> =
            events.iter().filter(|(id, _)| !known.contains(id)).map(|(id, event)| (*id, event.step)).collect();
        let states: BTreeSet<MeasureState> =
            heads.values().map(|step| MeasureState::after(*step, instrument)).collect();
        Some(Self {
            instrument,
            // Steps that name each other in a circle are forged: what is left is the first of them all.
            state: states.first().copied().unwrap_or(MeasureState::Proposed),
            apart: states.len() > 1,
            last: heads.into_keys().collect(),
            disobeyed: events.iter().any(|(_, event)| event.step == MeasureStep::Disobeyed),
        })
    }

    /// The steps that may follow.
    pub fn allowed(&self) -> Vec<MeasureStep> {
        use MeasureState as State;
        use MeasureStep as Step;
        let mut steps = match self.state {
            State::Proposed if self.instrument.is_stop() => vec![Step::Decided, Step::Declined],
            State::Proposed => vec![Step::ViolationRecorded, Step::Declined],
            State::ViolationRecorded => vec![Step::Explaining, Step::Decided, Step::Declined],
            State::ExplanationPeriod => vec![Step::Decided, Step::Declined],
            State::InForce if self.instrument.ends_by_itself() => vec![Step::Served, Step::Disobeyed],
            State::InForce if self.instrument == Instrument::StopDirective19 => {
                vec![Step::Resumed, Step::ResumptionAsked, Step::Disobeyed]
            }
            State::InForce => vec![Step::ResumptionAsked, Step::Resumed, Step::Decided, Step::Served, Step::Disobeyed],
            State::ResumptionAsked => vec![Step::Resumed, Step::ResumptionRefused, Step::Disobeyed],
            State::DecisionIssued => vec![Step::Served, Step::Paid, Step::Appealed],
            State::Served => vec![Step::Paid, Step::Enforced, Step::Appealed],
            State::Appealed => vec![Step::Decided, Step::Paid, Step::Enforced],
            State::Resumed | State::Paid | State::Enforced | State::Cancelled | State::Declined | State::Waived => {
                Vec::new()
            }
        };
        if matches!(
            self.state,
            State::InForce | State::ResumptionAsked | State::DecisionIssued | State::Served | State::Appealed
        ) {
            steps.push(Step::Cancelled);
        }
        steps
    }
}

#[cfg(test)]
mod tests;
