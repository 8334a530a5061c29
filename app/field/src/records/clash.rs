//! Clashes: both values side by side; one choice settles it, and the choice is itself a change that names whose it was.
//! What was not chosen stays in the history of its key.

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::guard::Operation;
use ancu_shared::document::position::put_value_in;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::{Cell, OperationId, Scalar};
use ancu_shared::record::{RecordKind, choice};
use ancu_shared::view::build::{self, Live};
use ancu_shared::view::{Authors as _, Clash, HistoryEntry};

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
            let template = match record.kind {
                RecordKind::Inspection => self.inspection_root(id).and_then(|it| self.inspection_template(&it)).ok(),
                _ => None,
            };
            found.extend(build::clashes(id, record.kind, &title, template.as_deref(), &cells, &self.people));
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
            let Some(chosen) = live.iter().find(|cell| cell.operation == operation) else {
                // A second tap: what was asked for is done.
                let settled = open.settled_so(&record, &parsed, &live, operation)?;
                return if settled { Ok(()) } else { Err(ErrorCode::Conflict.into()) };
            };
            let value = choice::choose(&parsed, operation, &chosen.value, open.person(), open.now());
            open.write(&record, &[(parsed, value)])
        })
    }

    /// Whether the one live value at a key is this person's own choice of that put.
    fn settled_so(&self, record: &Record, key: &Key, live: &[Cell], chosen: OperationId) -> Outcome<bool> {
        let [cell] = live else { return Ok(false) };
        if self.people.attribution(cell.operation.actor, cell.at).person != Some(self.person()) {
            return Ok(false);
        }
        if let Some(origin) = choice::origin(&cell.value) {
            return Ok(origin.operation == chosen);
        }
        // A plain value or a decision names no origin: it is a choice of the put if it replaced it and says the same.
        let log = history::log(&self.store.main, record.id, record.kind)?;
        let Some(put) = put_value_in(log.iter().map(|logged| &logged.change), &chosen) else { return Ok(false) };
        let said = |value: &Scalar| choice::choose(key, chosen, value, self.person(), UtcMillis(0));
        let at_key = |operation: &Operation| operation.id == chosen && operation.key == key.to_string();
        let here = log.iter().flat_map(|logged| &logged.change.operations).any(at_key);
        Ok(here && said(&put) == said(&cell.value))
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
