//! Clashes: both values side by side; one choice settles it, and the choice is itself a change that names whose it was.
//! What was not chosen stays in the history of its key.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::OperationId;
use ancu_shared::record::{RecordKind, choice};
use ancu_shared::view::build::{self, Live};
use ancu_shared::view::{Clash, HistoryEntry};

use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::store::changes::{self, Record};
use crate::store::history;

impl Open {
    /// Everything with two live values, in records that can still be written.
    pub(crate) fn clashes(&mut self) -> Outcome<Vec<Clash>> {
        let mut found = Vec::new();
        for id in changes::clashing(&self.store.main)? {
            let Some(record) = changes::find(&self.store.main, id)? else { continue };
            let cells = self.cells_now(id)?;
            let title = self.title(&record)?;
            found.extend(build::clashes(id, record.kind, &title, &cells, &self.people));
        }
        Ok(found)
    }

    /// What people call a record: the name of its premises.
    pub(crate) fn title(&self, record: &Record) -> Outcome<String> {
        let mut record = record.clone();
        if record.facility.is_none() {
            record = self.stands_for(record)?;
        }
        let premises = if record.kind == RecordKind::Facility { Some(record.id) } else { record.facility };
        let Some(premises) = premises else { return Ok(String::new()) };
        let cells = changes::cells(&self.store.main, premises)?;
        Ok(Live::of(&cells).text(field::NAME).unwrap_or_default().to_owned())
    }

    /// Settles a clash with one of its values, in the name of who settles it.
    pub(crate) fn clash_settle(&mut self, document: DocumentId, key: &str, operation: OperationId) -> Outcome<()> {
        let record = changes::find(&self.store.main, document)?.ok_or(ErrorCode::NotFound)?;
        let parsed = Key::parse(key).map_err(|_| Fault::from(ErrorCode::NotFound))?;
        if changes::is_sealed(&self.store.main, document)? {
            return Err(ErrorCode::RecordSealed.into());
        }
        self.may_write(record.kind, record.unit)?;
        self.atomically(|open| {
            open.fold(&record)?;
            let live = changes::cells_at(&open.store.main, document, key)?;
            let chosen = live.iter().find(|cell| cell.operation == operation).ok_or(ErrorCode::Conflict)?;
            let value = choice::choose(&parsed, operation, &chosen.value, open.person(), open.now());
            open.write(&record, &[(parsed, value)])
        })
    }

    /// Everything that was said at a key of a record, newest first; of an inspection with its supplements.
    pub(crate) fn history(&mut self, document: DocumentId, key: &str) -> Outcome<Vec<HistoryEntry>> {
        let record = changes::find(&self.store.main, document)?.ok_or(ErrorCode::NotFound)?;
        let root = self.stands_for(record)?;
        let supplements = match root.kind {
            RecordKind::Inspection => changes::children(&self.store.main, root.id, RecordKind::Inspection)?,
            _ => Vec::new(),
        };
        let mut entries = Vec::new();
        for part in std::iter::once(&root).chain(&supplements) {
            let log = history::log(&self.store.main, part.id, part.kind)?;
            let changes: Vec<_> = log.into_iter().map(|logged| logged.change).collect();
            entries.extend(build::history(key, &changes, part.id != root.id, &self.people));
        }
        // The newest supplement first; what was said in one record keeps its order.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.supplement));
        Ok(entries)
    }
}
