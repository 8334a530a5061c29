//! What people see of findings: as in a list, and followed to their end.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::remark::Remark;
use super::{Attribution, PhotoView};
use crate::clock::UtcMillis;
use crate::id::{DocumentId, UnitId};
use crate::record::register::{Answer, Severity};
use crate::record::remediation::{FindingState, FindingStep, Means, Seen};
use crate::template::Words;

/// A promise to have something done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct PromiseView {
    /// By which day.
    #[ts(type = "string")]
    pub until: Date,
    /// Who of the premises promised.
    pub name: String,
    /// Who noted it, by name.
    pub officer: String,
    /// When.
    pub at: UtcMillis,
}

/// A finding in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FindingSummary {
    /// The inspection that found it (the original, not a supplement).
    pub inspection: DocumentId,
    /// Item code of its template.
    pub item: String,
    /// The question; `None` where the template isn't here.
    pub question: Option<Words>,
    /// What laws and standards are cited, as the template names them.
    pub citations: Vec<String>,
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
    /// How grave.
    pub severity: Severity,
    /// What must be done.
    pub remedy: String,
    /// The same in both languages, where it is the template's own words, unchanged. The record keeps what was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub remedy_words: Option<Words>,
    /// When the inspection was made; where its device's clock is known to have been off, by the server's clock as far as that is
    /// known.
    pub found_at: UtcMillis,
    /// Who wrote it, by name.
    pub officer: String,
    /// The last day: the officer's; without one, the day that was promised.
    #[ts(type = "string | null")]
    pub deadline: Option<Date>,
    /// The officer's day as it is written, where it counts as another one: the clock that gave it was far off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub deadline_written: Option<Date>,
    /// By which day the premises promised to have it done; of promises that were made apart the earlier day.
    #[ts(type = "string | null")]
    pub promised: Option<Date>,
    /// The promises that stand, the earliest day first; more than one where they were noted apart, until somebody who knew
    /// all of them notes another.
    #[serde(default)]
    pub promises: Vec<PromiseView>,
    /// Where it stands.
    pub state: FindingState,
    /// Whether steps that were noted apart say different things, be it the day that was promised.
    pub apart: bool,
    /// What was proposed last when the deadline had passed.
    pub means: Option<Means>,
    /// Steps that were noted.
    pub steps: u32,
    /// Whether a later inspection of the same premises found the same: that one is followed.
    #[serde(default)]
    pub superseded: bool,
    /// Days from the asker's day to the deadline, negative once it has passed; `None` without a deadline, or once it is remedied.
    #[serde(default)]
    pub days_left: Option<i32>,
    /// Whether the deadline has passed and it is not remedied.
    #[serde(default)]
    pub overdue: bool,
    /// Device only: whether something of it was not yet receipted.
    #[serde(default)]
    pub unsent: bool,
}

impl FindingSummary {
    /// Whether something is still to happen.
    pub fn is_open(&self) -> bool {
        !self.superseded && !self.state.is_closed()
    }

    /// The same, with what depends on the day.
    pub fn on(mut self, today: Date) -> Self {
        let open = self.is_open();
        self.days_left =
            self.deadline.filter(|_| open).map(|deadline| today.until(deadline).map_or(0, |it| it.get_days()));
        self.overdue = self.days_left.is_some_and(|days| days < 0);
        self
    }
}

/// A step that a finding was followed by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FindingEventView {
    /// Which one.
    #[ts(type = "string")]
    pub id: Uuid,
    /// What happened.
    pub step: FindingStep,
    /// The words.
    pub words: String,
    /// Who of the premises said it.
    pub name: String,
    /// By which day they promised.
    #[ts(type = "string | null")]
    pub until: Option<Date>,
    /// How an officer saw it.
    pub seen: Option<Seen>,
    /// At which later inspection.
    pub visit: Option<DocumentId>,
    /// What was proposed.
    pub means: Option<Means>,
    /// Evidence.
    pub photos: Vec<PhotoView>,
    /// Whether it was noted without knowing of another step that says something else, and nobody settled that yet.
    pub apart: bool,
    /// Who noted it, on which device, when.
    pub by: Attribution,
}

/// What an inspection of the same premises said at the same item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct ItemVisit {
    /// The inspection.
    pub inspection: DocumentId,
    /// When it was made.
    pub at: UtcMillis,
    /// What was answered.
    pub answer: Option<Answer>,
    /// The note.
    pub note: String,
    /// Whether it was a finding.
    pub finding: bool,
}

/// A finding with everything that followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FindingView {
    /// As in a list.
    pub summary: FindingSummary,
    /// The officer's note at the question.
    pub note: String,
    /// Who wrote it.
    pub by: Attribution,
    /// Photos of the inspection at the question.
    pub photos: Vec<PhotoView>,
    /// What followed, oldest first.
    pub events: Vec<FindingEventView>,
    /// The steps that may be noted now.
    pub allowed: Vec<FindingStep>,
    /// What other inspections of the premises said at the same question, newest first.
    pub visits: Vec<ItemVisit>,
    /// What is odd about days that were promised; a field is the step's key.
    #[serde(default)]
    pub remarks: Vec<Remark>,
}
