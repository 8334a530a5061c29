//! The row of an inspection that has just begun, drawn before anybody is looked up: whoever writes many rows in one
//! transaction has that much done beforehand.
//!
//! Invariant: named, it is what [`super::inspection_summary`] makes of an inspection of which nothing else is known: no
//! supplement, no review, nothing late.

use super::inspection::{InspectionParts, PhotoPresence};
use super::joined::{Joined, Nobody, names};
use crate::clock::UtcMillis;
use crate::id::{ActorId, DocumentId, UnitId};
use crate::record::value::Cell;
use crate::template::Template;
use crate::view::{Authors, InspectionSummary};

/// A row without what its people are asked for.
#[derive(Debug, Clone)]
pub struct SummaryDraft {
    summary: InspectionSummary,
    workers: Vec<(UtcMillis, ActorId)>,
    began: Option<ActorId>,
}

/// Draws the row of an inspection that consists of these cells.
pub fn inspection_draft(id: DocumentId, unit: UnitId, cells: &[Cell], template: &Template) -> SummaryDraft {
    let parts = InspectionParts {
        id,
        unit,
        unit_name: "",
        cells,
        supplements: Vec::new(),
        writing: None,
        review: None,
        decided: &[],
        facility: None,
        template: Some(template),
        kept: None,
        photos: &|_| PhotoPresence::default(),
        late: &[],
        cosigned: &[],
        given_up: &[],
        of_facility: &[],
        unsent: false,
    };
    let record = Joined::of(&parts);
    let began = record.original().beginning().map(|cell| cell.operation.actor);
    SummaryDraft { summary: super::inspection_summary(&parts, &Nobody), workers: record.workers(&[]), began }
}

impl SummaryDraft {
    /// The row.
    pub fn named(mut self, authors: &dyn Authors) -> InspectionSummary {
        let started_at = self.summary.started_at;
        self.summary.officers = names(self.workers, authors);
        let seen = self.began.and_then(|actor| authors.attribution(actor, started_at).clock_off_ms);
        // What the device knew itself stands in the record.
        self.summary.started_clock_ms = seen.or(self.summary.started_clock_ms);
        self.summary
    }
}
