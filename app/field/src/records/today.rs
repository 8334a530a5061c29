//! The first screen: what is being made, what came back, what clashes, what was declared, what is due.

use std::collections::HashSet;

use ancu_shared::id::DocumentId;
use ancu_shared::view::{
    Clash, DwellingView, FacilitySummary, FindingSummary, InspectionState, InspectionSummary, MeasureSummary,
};
use serde::{Deserialize, Serialize};

use super::late::LateDraft;
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::{findings, index};

/// How many premises are named as due.
const MOST_DUE: u64 = 20;

/// What the first screen shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Today {
    /// Inspections being made, newest first.
    pub in_progress: Vec<InspectionSummary>,
    /// Inspections that a reviewer sent back, without those in `late`.
    pub returned: Vec<InspectionSummary>,
    /// Own work that came after a colleague's seal, and corrections: to be signed as a supplement, or given up.
    pub late: Vec<LateDraft>,
    /// Values to be settled.
    pub clashes: Vec<Clash>,
    /// Declarations that wait for an officer.
    pub declarations: Vec<DwellingView>,
    /// Findings whose deadline has passed or comes within a week: dangers to life first, then the earliest; at most 20.
    pub findings: Vec<FindingSummary>,
    /// Stops whose term is past or ends within a week, resumptions that are asked for, steps noted apart.
    pub measures: Vec<MeasureSummary>,
    /// Premises without an open inspection, never or longest ago inspected first, at most 20.
    pub due: Vec<FacilitySummary>,
    /// How many there are of what is not listed whole.
    pub counts: Counts,
}

/// How much there is, where the first screen shows only its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Counts {
    /// All premises.
    #[ts(type = "number")]
    pub facilities: u64,
    /// Premises with a finished inspection.
    #[ts(type = "number")]
    pub inspected: u64,
    /// Findings whose deadline has passed or comes within a week.
    #[ts(type = "number")]
    pub findings: u64,
    /// Those of them whose deadline has passed.
    #[ts(type = "number")]
    #[serde(default)]
    pub overdue: u64,
    /// Premises without an open inspection.
    #[ts(type = "number")]
    #[serde(default)]
    pub due: u64,
}

impl Open {
    pub(crate) fn today_view(&mut self) -> Outcome<Today> {
        let (facilities, inspected) = index::counts(&self.store.main)?;
        let (mut due, all_due) = index::due(&self.store.main, 0, MOST_DUE)?;
        self.mark_now(&mut due)?;
        let (due_findings, findings) = self.findings_due()?;
        let (_, overdue) = findings::due(&self.store.main, self.today(), 0)?;
        let late = self.late_drafts()?;
        // What waits for one's signature is asked for as that, and stands once: signing it is the next act whatever else is said.
        let unsigned: HashSet<DocumentId> = late.iter().map(|draft| draft.inspection.id).collect();
        let elsewhere = |mut listed: Vec<InspectionSummary>| {
            listed.retain(|summary| !unsigned.contains(&summary.id));
            listed
        };
        Ok(Today {
            in_progress: elsewhere(self.inspections_in(InspectionState::InProgress)?),
            returned: elsewhere(self.inspections_in(InspectionState::Returned)?),
            late,
            clashes: self.clashes()?,
            declarations: self.declarations_waiting()?,
            findings: due_findings,
            measures: self.measures_due()?,
            due,
            counts: Counts { facilities, inspected, findings, overdue, due: all_due },
        })
    }
}
