//! What a record consists of that begins with an envelope, made ready before the writer's turn comes.
//!
//! Invariant: says exactly what the writer would make of the same changes; where the record is there already when its turn
//! comes, it is not used.

use ancu_shared::document::cells;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::Cell;
use ancu_shared::sync::admission::CheckedEnvelope;
use ancu_shared::view::build::{self, Live, SummaryDraft};

use super::Service;

/// A record that begins.
#[derive(Debug)]
pub struct Begun {
    /// Its live cells, in the order of the store.
    pub cells: Vec<Cell>,
    /// The value of each, as it is stored.
    pub values: Vec<String>,
    /// Of an inspection: its row, but for who it names.
    pub draft: Option<Box<SummaryDraft>>,
}

impl Begun {
    /// What these changes begin.
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a CheckedChange>) -> Self {
        let cells = cells::begun(changes);
        let values = cells.iter().map(|cell| cell.value.to_json()).collect();
        Self { cells, values, draft: None }
    }

    /// The same with the row of its list, if this envelope may begin a record. CPU only: nothing is asked of the store.
    pub fn drawn(service: &Service, checked: &CheckedEnvelope) -> Option<Self> {
        if !checked.changes.first()?.dependencies.is_empty() {
            return None;
        }
        let mut begun = Self::of(&checked.changes);
        let envelope = &checked.envelope;
        // What is sealed at once is told of in other rows too: the writer reads it whole.
        if envelope.kind == RecordKind::Inspection
            && !begun.cells.iter().any(|cell| cell.key.starts_with("g/"))
            && let Some(reference) = Live::of(&begun.cells).template()
            && let Some(template) = service.known_template(&reference)
        {
            let draft = build::inspection_draft(envelope.document, envelope.unit, &begun.cells, &template);
            begun.draft = Some(Box::new(draft));
        }
        Some(begun)
    }
}
