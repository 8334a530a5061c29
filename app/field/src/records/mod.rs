//! Records on the device: reading them with the journal laid over, writing them as changes, keeping projections.
//!
//! Invariants: whatever a call entered is durable when it returns; a change, its cells, the journal rows that it holds and
//! the projections behind it are one transaction; what the guard or the validator would refuse at the server is refused
//! here, before it is written.

pub mod answer;
pub mod attendance;
pub mod clash;
mod dated;
pub mod dwelling;
pub mod facility;
pub mod finding;
pub mod finish;
pub mod form;
mod give_up;
pub mod holdings;
pub mod inspection;
pub mod late;
pub mod measure;
mod picture;
pub mod plan;
mod repetition;
mod supplement;
/// A value that the rules for every writer refuse, in their words.
fn refused(key: &Key, error: GuardError) -> Problem {
    tracing::warn!(%error, "a value was refused before it was kept");
    let words = Refusal::from(error).words;
    Problem::field(key.to_string(), &words.vi, &words.en)
}

#[cfg(test)]
mod tests;
pub mod today;

use std::collections::{BTreeMap, BTreeSet};

use ancu_shared::document::guard::GuardError;
use ancu_shared::document::{Document, DocumentError, LocalChange, validate_operations, validate_put};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::fields;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::{Cell, Scalar};
use ancu_shared::sync::admission::{Refusal, check_identity};
use ancu_shared::text::free::{self, Shape};
use ancu_shared::view::build::Live;

use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::store::changes::{self, NewChange, Record};
use crate::store::journal;

/// The most steps from a record to what it stands for: from a review to a supplement to its inspection.
const LONGEST_WAY: usize = 2;

/// A value for a header field.
pub(crate) fn header(name: &str, value: impl Into<Scalar>) -> (Key, Scalar) {
    (Key::Header(name.into()), value.into())
}

/// A value for a state field.
pub(crate) fn state(name: &str, value: impl Into<Scalar>) -> (Key, Scalar) {
    (Key::State(name.into()), value.into())
}

/// A text of one line as it is kept ([`free::tidy`]).
pub(crate) fn line(field: &str, text: &str, most: usize) -> Result<String, Problem> {
    free::tidy(field, text, Shape::Line, most)
}

/// A text of several lines as it is kept ([`free::tidy`]).
pub(crate) fn tidy(field: &str, text: &str, most: usize) -> Result<String, Problem> {
    free::tidy(field, text, Shape::Lines, most)
}

impl Open {
    /// Runs the work in one transaction of the records' file.
    pub(crate) fn atomically<T>(&mut self, work: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if !self.store.main.is_autocommit() {
            // A panic broke off the transaction before this one.
            self.store.main.execute_batch("ROLLBACK")?;
        }
        self.store.main.execute_batch("BEGIN IMMEDIATE")?;
        let result = work(self).and_then(|done| {
            self.store.main.execute_batch("COMMIT")?;
            Ok(done)
        });
        // A full disk may have rolled back already.
        if result.is_err() && !self.store.main.is_autocommit() {
            self.store.main.execute_batch("ROLLBACK")?;
        }
        result
    }

    /// Runs a part of a transaction that is undone alone when it fails.
    pub(crate) fn nested<T>(&mut self, work: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.store.main.execute_batch("SAVEPOINT part")?;
        let result = work(self);
        // A full disk may have ended the whole transaction already.
        if !self.store.main.is_autocommit() {
            let end = if result.is_ok() { "RELEASE part" } else { "ROLLBACK TO part; RELEASE part" };
            self.store.main.execute_batch(end)?;
        }
        result
    }

    /// The record of an id and of one of these kinds; `not_found` otherwise.
    pub(crate) fn record(&self, id: DocumentId, kind: RecordKind) -> Outcome<Record> {
        match changes::find(&self.store.main, id)? {
            Some(record) if record.kind == kind => Ok(record),
            _ => Err(ErrorCode::NotFound.into()),
        }
    }

    /// A record's live cells with the journal laid over.
    pub(crate) fn cells_now(&self, id: DocumentId) -> Outcome<Vec<Cell>> {
        let mut cells = changes::cells(&self.store.main, id)?;
        let entries = journal::entries(&self.store.main, id)?;
        if !entries.is_empty() {
            journal::overlay(&mut cells, entries, self.actor());
        }
        Ok(cells)
    }

    /// Whether this person may write records of this kind here. The server judges again, on its own day.
    pub(crate) fn may_write(&self, kind: RecordKind, unit: UnitId) -> Result<(), Problem> {
        let days = [self.today(), self.context.clock.hanoi_date()];
        let held = |role: ancu_shared::role::Role| role.may_write(kind);
        let may = self.context.posts.iter().any(|post| held(post.role) && days.iter().any(|day| post.holds_on(*day)));
        let here =
            self.context.scope.contains(&unit) || self.context.home.as_ref().is_some_and(|home| home.unit == unit);
        if may && here { Ok(()) } else { Err(ErrorCode::Forbidden.into()) }
    }

    /// Begins a record with these values. Part of the caller's transaction.
    pub(crate) fn begin(
        &mut self,
        id: DocumentId,
        kind: RecordKind,
        unit: UnitId,
        puts: Vec<(Key, Scalar)>,
    ) -> Outcome<Record> {
        self.may_write(kind, unit)?;
        changes::insert_record(&self.store.main, id, kind, unit, true)?;
        let record = self.record(id, kind)?;
        let mut all = vec![header(field::SCHEMA, fields::SCHEMA)];
        all.extend(puts);
        self.write(&record, &all)?;
        Ok(record)
    }

    /// Writes values as a change. Part of the caller's transaction; the journal must be folded before.
    pub(crate) fn write(&mut self, record: &Record, puts: &[(Key, Scalar)]) -> Outcome<()> {
        if puts.is_empty() {
            return Ok(());
        }
        let clock = self.clock_told(record)?.filter(|(key, _)| puts.iter().all(|(put, _)| put != key));
        let puts: Vec<_> = puts.iter().cloned().chain(clock).collect();
        for (key, value) in &puts {
            validate_put(key, value, self.person()).map_err(|error| refused(key, error))?;
            fields::check(record.kind, &key.to_string(), value)?;
        }
        let mut document = self.load(record.id)?;
        let made = document.write_all(puts.iter().map(|(key, value)| (key, value)), self.now())?;
        self.keep(record, &made)
    }

    /// The record as an Automerge document.
    pub(crate) fn load(&self, id: DocumentId) -> Outcome<Document> {
        let log = changes::all_bytes(&self.store.main, id)?;
        let loaded = Document::load(None, log.iter().map(Vec::as_slice), self.actor());
        loaded.map_err(|error: DocumentError| {
            tracing::error!(document = %id, %error, "a record cannot be loaded");
            ErrorCode::RecordUnreadable.into()
        })
    }

    /// Appends changes made here and brings cells, links and projections up to them.
    pub(crate) fn keep(&mut self, record: &Record, made: &[LocalChange]) -> Outcome<()> {
        check_identity(record.id, record.kind, made).map_err(|refusal| Fault::Document(refusal.to_string()))?;
        for change in made {
            validate_operations(record.kind, &change.operations, self.person())
                .map_err(|error| Fault::Document(error.to_string()))?;
            let new = NewChange {
                hash: change.hash,
                actor: change.actor,
                sequence: change.sequence,
                bytes: &change.bytes,
                at: change.at,
                start_op: change.start_op,
                max_op: change.max_op,
                operations: &change.operations,
                envelope: None,
            };
            changes::append(&self.store.main, record.id, &new)?;
        }
        self.link(record.id, record.kind)?;
        self.reindex([record.id])
    }

    /// Folds a record's journal into a change. Part of the caller's transaction.
    pub(crate) fn fold(&mut self, record: &Record) -> Outcome<()> {
        let entries = journal::entries(&self.store.main, record.id)?;
        if entries.is_empty() {
            return Ok(());
        }
        let puts = entries
            .into_iter()
            .map(|entry| Ok((Key::parse(&entry.key).map_err(|error| Fault::Broken(error.to_string()))?, entry.value)))
            .collect::<Outcome<Vec<_>>>()?;
        journal::clear(&self.store.main, record.id)?;
        self.write(record, &puts)
    }

    /// Folds every record's journal, each in its own transaction: one that cannot be folded keeps its entries and does not
    /// stop the others; a record that cannot be read is flagged. A declaration that is being written stays where it is
    /// ([`dwelling`]).
    pub(crate) fn fold_all(&mut self) -> Outcome<()> {
        self.fold_those(|record| !is_home(record.kind))
    }

    /// The same for these records.
    pub(crate) fn fold_those(&mut self, which: impl Fn(&Record) -> bool) -> Outcome<()> {
        let mut failed = None;
        for id in journal::documents(&self.store.main)? {
            if changes::find(&self.store.main, id)?.is_some_and(|record| !which(&record)) {
                continue;
            }
            let folded = self.atomically(|open| {
                let record = changes::find(&open.store.main, id)?
                    .ok_or_else(|| Fault::Broken("a journal without a record".into()))?;
                open.fold(&record)
            });
            if let Err(fault) = folded {
                tracing::warn!(document = %id, %fault, "a journal could not be folded yet");
                if fault.code() == ErrorCode::RecordUnreadable {
                    changes::flag(&self.store.main, id, &fault.to_string())?;
                } else {
                    failed = Some(fault);
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Puts entries into the journal: durable when the caller's transaction is.
    pub(crate) fn enter(&mut self, record: &Record, puts: &[(Key, Scalar)]) -> Outcome<()> {
        let now = self.now();
        for (key, value) in puts {
            validate_put(key, value, self.person()).map_err(|error| refused(key, error))?;
            fields::check_time(record.kind, &key.to_string(), value)?;
            if !key.allowed_in(record.kind) {
                return Err(Problem::new(ErrorCode::FieldInvalid).at(key.to_string()).into());
            }
            journal::put(&self.store.main, record.id, &key.to_string(), value, now)?;
        }
        Ok(())
    }

    /// Stores what a record's header refers to, and whether something clashes.
    pub(crate) fn link(&mut self, id: DocumentId, kind: RecordKind) -> Outcome<()> {
        let cells = changes::cells(&self.store.main, id)?;
        self.link_by(id, kind, &cells)
    }

    /// The same, where the cells are at hand.
    pub(crate) fn link_by(&mut self, id: DocumentId, kind: RecordKind, cells: &[Cell]) -> Outcome<()> {
        // In the order of keys: two live values of one stand side by side.
        let clashing = cells.windows(2).any(|pair| pair[0].key == pair[1].key);
        let live = Live::of(cells);
        let parent = match kind {
            RecordKind::Facility | RecordKind::Dwelling | RecordKind::Enforcement => None,
            RecordKind::Inspection => live.document(field::SUPPLEMENT_OF),
            RecordKind::Review | RecordKind::Remediation => live.document(field::SUBJECT),
            RecordKind::Residents => live.document(field::DWELLING),
        };
        changes::save_links(&self.store.main, id, live.document(field::FACILITY), parent, clashing)
    }

    /// What a record stands for: a review for its subject, a supplement for what it supplements, people for their home.
    /// Links are others' words and may run in a circle: only steps that make sense are taken, and only so many.
    pub(crate) fn stands_for(&self, mut record: Record) -> Outcome<Record> {
        for _ in 0..LONGEST_WAY {
            let Some(parent) = record.parent else { break };
            match changes::find(&self.store.main, parent)? {
                Some(found) if leads(record.kind, found.kind) => record = found,
                _ => break,
            }
        }
        Ok(record)
    }

    /// Makes the projections behind these records again.
    pub(crate) fn reindex(&mut self, touched: impl IntoIterator<Item = DocumentId>) -> Outcome<()> {
        self.reindex_at_hand(touched.into_iter().map(|id| (id, None)).collect())
    }

    /// The same, where the cells of some of them are at hand.
    pub(crate) fn reindex_at_hand(&mut self, touched: Touched) -> Outcome<()> {
        let (mut inspections, mut facilities, mut visited) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        for (id, cells) in touched {
            let Some(record) = changes::find(&self.store.main, id)? else { continue };
            let record = self.stands_for(record)?;
            match record.kind {
                RecordKind::Facility => {
                    // Their rows name them.
                    for about in changes::of_facility(&self.store.main, record.id, RecordKind::Inspection)? {
                        if about.parent.is_none() {
                            inspections.entry(about.id).or_insert((about, None));
                        }
                    }
                    facilities.insert(record.id);
                }
                RecordKind::Inspection if record.parent.is_none() => {
                    visited.extend(record.facility);
                    let cells = cells.filter(|_| record.id == id);
                    let known = inspections.entry(record.id).or_insert((record, None));
                    known.1 = known.1.take().or(cells);
                }
                RecordKind::Enforcement => {
                    if let Some(facility) = record.facility {
                        self.index_measures(facility, record.unit)?;
                    }
                }
                _ => facilities.extend(record.facility),
            }
        }
        for (root, cells) in inspections.into_values() {
            self.index_inspection(root, cells)?;
        }
        for id in facilities.union(&visited) {
            if facilities.contains(id) { self.index_facility(*id)? } else { self.recount_facility(*id)? }
        }
        Ok(())
    }
}

/// Records whose projections are to be made again. With the live cells of those that just began, in the order of the store.
pub(crate) type Touched = BTreeMap<DocumentId, Option<Vec<Cell>>>;

/// Whether records of a kind are what a head declares.
pub(crate) const fn is_home(kind: RecordKind) -> bool {
    matches!(kind, RecordKind::Dwelling | RecordKind::Residents)
}

/// Whether a record of one kind can stand for one of the other.
fn leads(from: RecordKind, to: RecordKind) -> bool {
    match from {
        RecordKind::Facility | RecordKind::Dwelling | RecordKind::Enforcement => false,
        RecordKind::Inspection | RecordKind::Remediation => to == RecordKind::Inspection,
        RecordKind::Review => to != RecordKind::Review,
        RecordKind::Residents => to == RecordKind::Dwelling,
    }
}
