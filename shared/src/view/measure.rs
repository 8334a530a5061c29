//! What people see of measures against premises: stops, sanctions, and what the rules suggest.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Attribution;
use crate::clock::UtcMillis;
use crate::id::{DocumentId, UnitId};
use crate::record::measure::{Ground, Instrument, MeasureState, MeasureStep, Scope};
use crate::template::Words;

/// A measure in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct MeasureSummary {
    /// Which one.
    #[ts(type = "string")]
    pub id: Uuid,
    /// The premises.
    pub facility: DocumentId,
    /// Their name.
    pub facility_name: String,
    /// Their address.
    pub facility_address: String,
    /// The unit.
    pub unit: UnitId,
    /// The unit's full name.
    pub unit_name: String,
    /// What it is now.
    pub instrument: Instrument,
    /// Where it stands.
    pub state: MeasureState,
    /// Whether steps that were noted apart lead to different states.
    pub apart: bool,
    /// Stop: whether the premises were found operating in spite of it.
    pub disobeyed: bool,
    /// Stop: how much of the premises.
    pub scope: Option<Scope>,
    /// Which part.
    pub part: String,
    /// Why it may be stopped.
    pub grounds: Vec<Ground>,
    /// Codes of the acts.
    pub acts: Vec<String>,
    /// Why it was proposed, or not.
    pub words: String,
    /// Number of the last decision, or of the violation record where there is none.
    pub number: String,
    /// Its day.
    #[ts(type = "string | null")]
    pub on: Option<Date>,
    /// Who signed it.
    pub issuer: String,
    /// The first day on which the decision holds.
    #[ts(type = "string | null")]
    pub from: Option<Date>,
    /// The last day of its term.
    #[ts(type = "string | null")]
    pub until: Option<Date>,
    /// The fine, in VND.
    #[ts(type = "number | null")]
    pub amount_vnd: Option<u64>,
    /// At which inspection it was found.
    pub inspection: Option<DocumentId>,
    /// Item codes of its findings.
    pub items: Vec<String>,
    /// When it was begun, by the device's clock.
    pub begun_at: UtcMillis,
    /// By whom, by name.
    pub officer: String,
    /// Steps that were noted.
    pub steps: u32,
    /// Days from the asker's day to the end of its term, negative once that is past; `None` where it has none, or is over.
    #[serde(default)]
    pub days_left: Option<i32>,
    /// Whether its term is past and nobody decided yet: the premises are to be looked at.
    #[serde(default)]
    pub term_over: bool,
    /// Whether it ended by itself when its term did.
    #[serde(default)]
    pub ended: bool,
    /// Device only: whether something of it was not yet receipted.
    #[serde(default)]
    pub unsent: bool,
}

impl MeasureSummary {
    /// The same, with what depends on the day.
    pub fn on_day(mut self, today: Date) -> Self {
        let left = self.until.filter(|_| self.state.is_stopped());
        let left = left.map(|until| today.until(until).map_or(0, |span| span.get_days()));
        let over = left.is_some_and(|days| days < 0);
        self.ended = over && self.instrument.ends_by_itself();
        self.term_over = over && !self.ended;
        self.days_left = left.filter(|_| !self.ended);
        self
    }

    /// Whether something is still to happen.
    pub fn is_open(&self) -> bool {
        !self.state.is_closed() && !self.ended
    }

    /// Whether the premises, or a part of them, may not operate.
    pub fn is_stopped(&self) -> bool {
        self.state.is_stopped() && !self.ended
    }

    /// What a list of premises says of it, where it stops them.
    pub fn stop(&self) -> Option<StopBrief> {
        self.is_stopped().then(|| StopBrief {
            instrument: self.instrument,
            whole: self.scope != Some(Scope::Part),
            until: self.until,
            term_over: self.term_over,
            disobeyed: self.disobeyed,
        })
    }
}

/// That premises may not operate, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct StopBrief {
    /// Under what.
    pub instrument: Instrument,
    /// All of them, or a part.
    pub whole: bool,
    /// The last day of its term.
    #[ts(type = "string | null")]
    pub until: Option<Date>,
    /// Whether that is past and nobody decided yet.
    pub term_over: bool,
    /// Whether they were found operating in spite of it.
    pub disobeyed: bool,
}

/// A step of a measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct MeasureEventView {
    /// Which one.
    #[ts(type = "string")]
    pub id: Uuid,
    /// What happened.
    pub step: MeasureStep,
    /// Which measure, where the step says.
    pub instrument: Option<Instrument>,
    /// Why it may be stopped.
    pub grounds: Vec<Ground>,
    /// Codes of the acts.
    pub acts: Vec<String>,
    /// How much of the premises.
    pub scope: Option<Scope>,
    /// Which part.
    pub part: String,
    /// Why, what was seen or decided.
    pub words: String,
    /// The paper's number.
    pub number: String,
    /// The paper's day, or when it happened.
    #[ts(type = "string | null")]
    pub on: Option<Date>,
    /// Who signed it, or asks.
    pub issuer: String,
    /// The first day.
    #[ts(type = "string | null")]
    pub from: Option<Date>,
    /// The last day.
    #[ts(type = "string | null")]
    pub until: Option<Date>,
    /// The fine, in VND.
    #[ts(type = "number | null")]
    pub amount_vnd: Option<u64>,
    /// At which inspection it was found.
    pub inspection: Option<DocumentId>,
    /// Item codes of its findings.
    pub items: Vec<String>,
    /// Whether it is one of last steps, noted apart, that lead to different states.
    pub apart: bool,
    /// Who noted it.
    pub by: Attribution,
}

/// A measure with everything that followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct MeasureView {
    /// As in a list.
    pub summary: MeasureSummary,
    /// Its steps, in order.
    pub events: Vec<MeasureEventView>,
    /// The steps that the asker may note next.
    pub allowed: Vec<MeasureStep>,
    /// Whether its term is longer than the longest known, which no source that was read confirms.
    pub long: bool,
}

/// What a fine may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FineView {
    /// Under which document.
    pub document: String,
    /// Article and clause, where they were read.
    pub article: String,
    /// Of an individual or household, in VND.
    #[ts(type = "number")]
    pub least: u64,
    /// The same.
    #[ts(type = "number")]
    pub most: u64,
    /// Of an organisation, in VND.
    #[ts(type = "number")]
    pub organisation_least: u64,
    /// The same.
    #[ts(type = "number")]
    pub organisation_most: u64,
    /// Where it is for a part of the act only.
    pub only: Option<Words>,
    /// Whether the document's dates are confirmed.
    pub verified: bool,
}

/// An act that is fined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct ActView {
    /// Its code.
    pub code: String,
    /// In words.
    pub words: Words,
    /// The fine on the day of the act; `None` where no source that was read names one.
    pub fine: Option<FineView>,
    /// What else follows.
    pub additional: Option<Words>,
}

/// What the rules suggest. Nothing follows by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct MeasureProposal {
    /// Which measure.
    pub instrument: Instrument,
    /// Of a temporary suspension whose term is past: which one is to be decided on.
    #[ts(type = "string | null")]
    pub of: Option<Uuid>,
    /// Under which ground.
    pub grounds: Vec<Ground>,
    /// Why.
    pub reasons: Vec<Words>,
    /// Item codes of the findings.
    pub items: Vec<String>,
    /// Acts that they may be.
    pub acts: Vec<ActView>,
    /// The inspection of the newest finding.
    pub inspection: Option<DocumentId>,
}

/// A ground with its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct GroundView {
    /// Which.
    pub ground: Ground,
    /// In the law's words.
    pub words: Words,
}

/// All measures against premises, and what may be noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct MeasuresView {
    /// The premises.
    pub facility: DocumentId,
    /// The asker's day.
    #[ts(type = "string")]
    pub today: Date,
    /// Those that are open first, then the newest.
    pub measures: Vec<MeasureView>,
    /// What the rules suggest.
    pub proposals: Vec<MeasureProposal>,
    /// Whether the asker may note something.
    pub may_write: bool,
    /// Grounds to choose from.
    pub grounds: Vec<GroundView>,
    /// Where they stand.
    pub grounds_article: Words,
    /// All acts, with the fines of the asker's day.
    pub acts: Vec<ActView>,
    /// The longest term of a temporary suspension, in days.
    pub most_days: u32,
    /// Whether a source that was read confirms that.
    pub most_days_verified: bool,
    /// What is to be known of these rules.
    pub note: Words,
}
