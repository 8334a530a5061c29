//! Keeps projections: rows for lists, searches and numbers, made anew from cells for what was touched.
//!
//! Invariant: a projection is what [`make_anew`] would make; nothing else writes projection rows. Making all of them anew goes in
//! portions, each a transaction of its own: others write and read between two, every row is whole, and what was cut short goes on
//! where it stood.

mod answers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ancu_shared::id::DocumentId;
use ancu_shared::record::facility::field;
use ancu_shared::record::{RecordKind, address, search};
use ancu_shared::view::InspectionSummary;
use ancu_shared::view::build::{self, FacilityParts, Live, Visits};

use super::begun::Begun;
use super::findings::remediation_of;
use super::touched::{Changed, Touched};
use super::views::{InspectionRecord, StoreAuthors, dwelling_view, supplements};
use super::{App, Service};
use crate::store::rows::{DocumentRow, DwellingRow, FacilityRow, InspectionRow};
use crate::store::{StoreError, Transaction};

/// Refreshes what depends on these records.
pub fn refresh(service: &Service, transaction: &dyn Transaction, touched: Touched) -> Result<(), StoreError> {
    let (mut work, mut fresh) = (Work::default(), BTreeMap::new());
    for (document, changed) in touched.into_records() {
        let Some(row) = transaction.document(document)? else { continue };
        match changed {
            Changed::Answers(answers) if answers::amend(service, transaction, &row, &answers)? => continue,
            Changed::Whole(Some(begun)) => {
                fresh.insert(document, begun);
            }
            Changed::Answers(_) | Changed::Whole(None) => {}
        }
        work.note(service, transaction, &row)?;
    }
    work.run(service, transaction, fresh)
}

/// Rises whenever the rows that this module makes of the same cells change: 2 = search keys that know announcing words, 3 =
/// late answers count for what is gravest, 4 = findings, words without an answer, 5 = remedies in the template's words.
const VERSION: u32 = 5;
/// The setting that says which version made the rows.
const SETTING: &str = "projection_version";
/// The setting that says how far making all rows anew is: by which version, of which of [`MADE`], after which record. Empty: it
/// is done.
const PROGRESS: &str = "projection_progress";
/// The kinds of records that have rows; premises after those that their rows count.
const MADE: [RecordKind; 4] =
    [RecordKind::Inspection, RecordKind::Dwelling, RecordKind::Facility, RecordKind::Enforcement];
/// Records of one portion.
const PORTION: u64 = 100;
/// Between two portions: another process that writes the same store asks again each 100 ms, and would never find it free.
const PAUSE: Duration = Duration::from_millis(110);

/// Whether an older version of this program made the rows.
pub fn is_behind(transaction: &dyn Transaction) -> Result<bool, StoreError> {
    let made_by = transaction.setting(SETTING)?.and_then(|bytes| <[u8; 4]>::try_from(&bytes[..]).ok());
    Ok(made_by.is_none_or(|bytes| u32::from_be_bytes(bytes) < VERSION))
}

/// Has every projection made anew from the beginning, by [`make_anew`].
pub fn begin_anew(transaction: &dyn Transaction) -> Result<(), StoreError> {
    Progress::default().write(transaction)
}

/// Makes every projection anew, where that was begun or an older version made them. Returns how many records were read.
pub async fn make_anew(app: &App) -> Result<usize, StoreError> {
    let is_due = |transaction: &dyn Transaction| Ok::<_, StoreError>(Progress::of(transaction)?.is_some());
    if !app.store.read(is_due).await? {
        return Ok(0);
    }
    let mut records = 0;
    loop {
        let service = Arc::clone(app);
        match app.store.write(move |transaction| portion(&service, transaction)).await? {
            Some(more) => {
                records += more;
                if more as u64 == PORTION {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            None => return Ok(records),
        }
    }
}

/// Makes the next rows anew; how many records were read, `None`: all is done. Whoever else is at it goes on from here.
pub fn portion(service: &Service, transaction: &dyn Transaction) -> Result<Option<usize>, StoreError> {
    let Some(mut progress) = Progress::of(transaction)? else { return Ok(None) };
    while let Some(kind) = MADE.get(usize::from(progress.kind)) {
        let ids = transaction.documents_after(*kind, progress.after, PORTION)?;
        if let Some(last) = ids.last() {
            progress.after = *last;
            let read = ids.len();
            refresh(service, transaction, Touched::all(ids))?;
            progress.write(transaction)?;
            return Ok(Some(read));
        }
        progress = Progress { kind: progress.kind + 1, ..Progress::default() };
    }
    transaction.put_setting(PROGRESS, &[])?;
    transaction.put_setting(SETTING, &VERSION.to_be_bytes())?;
    Ok(None)
}

/// How far making all rows anew is.
#[derive(Debug, Clone, Copy)]
struct Progress {
    kind: u8,
    after: DocumentId,
}

impl Default for Progress {
    fn default() -> Self {
        Self { kind: 0, after: DocumentId::from_bytes([0; 16]) }
    }
}

impl Progress {
    /// `None`: nothing is to be made anew.
    fn of(transaction: &dyn Transaction) -> Result<Option<Self>, StoreError> {
        let written = transaction.setting(PROGRESS)?.filter(|bytes| !bytes.is_empty());
        let begun = written.is_some() || is_behind(transaction)?;
        let read = written.and_then(|bytes| {
            let (version, rest) = bytes.split_first_chunk::<4>()?;
            let (kind, after) = rest.split_first()?;
            let after = DocumentId::from_bytes(after.try_into().ok()?);
            // What another version made is made again.
            (u32::from_be_bytes(*version) == VERSION).then_some(Self { kind: *kind, after })
        });
        Ok(begun.then(|| read.unwrap_or_default()))
    }

    fn write(self, transaction: &dyn Transaction) -> Result<(), StoreError> {
        let bytes = [&VERSION.to_be_bytes()[..], &[self.kind], self.after.as_bytes()].concat();
        transaction.put_setting(PROGRESS, &bytes)
    }
}

/// What is to be made anew; premises last, because their rows count the others.
#[derive(Default)]
struct Work {
    inspections: BTreeSet<DocumentId>,
    dwellings: BTreeSet<DocumentId>,
    facilities: BTreeSet<DocumentId>,
    /// Premises of which only the inspections changed.
    visited: BTreeSet<DocumentId>,
}

impl Work {
    fn note(&mut self, service: &Service, transaction: &dyn Transaction, row: &DocumentRow) -> Result<(), StoreError> {
        match row.kind {
            RecordKind::Facility => {
                self.facilities.insert(row.id);
            }
            RecordKind::Inspection => {
                let original = super::views::original_of(transaction, row)?;
                self.inspections.insert(original.id);
            }
            RecordKind::Review => {
                let Some((subject, kind)) = row.subject else { return Ok(()) };
                if matches!(kind, RecordKind::Inspection | RecordKind::Dwelling)
                    && let Some(subject) = transaction.document(subject)?
                {
                    self.note(service, transaction, &subject)?;
                }
            }
            RecordKind::Remediation => {
                // One whose inspection is not here yet is read when that comes.
                if let Some((subject, RecordKind::Inspection)) = row.subject
                    && let Some(subject) = transaction.document(subject)?
                {
                    self.note(service, transaction, &subject)?;
                }
            }
            RecordKind::Enforcement => super::measures::project(service, transaction, row)?,
            RecordKind::Dwelling => {
                self.dwellings.insert(row.id);
                self.facilities.extend(row.facility);
            }
            RecordKind::Residents => {
                let cells = transaction.cells(row.id)?;
                let dwelling = Live::of(&cells).document(field::DWELLING);
                if let Some(dwelling) = dwelling
                    && let Some(dwelling) = transaction.document(dwelling)?
                    && dwelling.kind == RecordKind::Dwelling
                    && dwelling.owner == row.owner
                {
                    self.note(service, transaction, &dwelling)?;
                }
            }
        }
        Ok(())
    }

    fn run(
        mut self,
        service: &Service,
        transaction: &dyn Transaction,
        mut fresh: BTreeMap<DocumentId, Begun>,
    ) -> Result<(), StoreError> {
        let authors = StoreAuthors::new(transaction);
        for id in self.inspections {
            if let Some(row) = transaction.document(id)? {
                self.visited.extend(inspection(service, transaction, row, fresh.remove(&id), &authors)?);
            }
        }
        for id in self.dwellings {
            if let Some(row) = transaction.document(id)? {
                dwelling(transaction, &row)?;
            }
        }
        for id in self.facilities.union(&self.visited) {
            if let Some(row) = transaction.document(*id)?.filter(|row| row.kind == RecordKind::Facility) {
                let recounted = !self.facilities.contains(id)
                    && transaction
                        .recount_facility(*id, &Visits::of(&transaction.inspections_of(row.id, row.unit)?))?;
                if !recounted {
                    facility(transaction, &row)?;
                }
            }
        }
        Ok(())
    }
}

/// Makes the row of an inspection. The premises, where what their row says of it may be another now.
fn inspection(
    service: &Service,
    transaction: &dyn Transaction,
    row: DocumentRow,
    begun: Option<Begun>,
    authors: &StoreAuthors<'_>,
) -> Result<Option<DocumentId>, StoreError> {
    let premises = row.facility;
    let before = transaction.inspection(row.id)?.map(|known| at_premises(&known.summary));
    let (cells, draft) = begun.map_or((None, None), |begun| (Some(begun.cells), begun.draft));
    let mut summary = match draft {
        // Nothing else is known of it: then what was drawn beforehand is the row.
        Some(draft) if !is_told_of(transaction, &row)? => draft.named(authors),
        _ => InspectionRecord::load_for_list(service, transaction, row, cells)?.summary(authors),
    };
    // Names of premises and units are filled in when the row is read: they change without the inspection.
    summary.facility_name.clear();
    summary.facility_address.clear();
    summary.unit_name.clear();
    let after = at_premises(&summary);
    findings(service, transaction, &summary, before.is_some(), authors)?;
    transaction.put_inspection(&InspectionRow { danger: danger(&summary), summary })?;
    Ok(premises.filter(|_| before != Some(after)))
}

/// Makes the rows of what an inspection found. There is nothing before it is sealed, nor where nothing failed.
fn findings(
    service: &Service,
    transaction: &dyn Transaction,
    summary: &InspectionSummary,
    known: bool,
    authors: &StoreAuthors<'_>,
) -> Result<(), StoreError> {
    let failed = summary.sealed_at.is_some() && summary.progress.failed > 0;
    let row = if failed { transaction.document(summary.id)? } else { None };
    let Some(row) = row else {
        return if known && summary.sealed_at.is_some() { transaction.put_findings(summary.id, &[]) } else { Ok(()) };
    };
    let remediation = remediation_of(transaction, &row)?;
    let record = InspectionRecord::load_for_list(service, transaction, row, None)?;
    transaction.put_findings(summary.id, &record.findings(remediation.as_deref(), authors))
}

/// Whether another record, or something that is held, says something of an inspection.
fn is_told_of(transaction: &dyn Transaction, row: &DocumentRow) -> Result<bool, StoreError> {
    Ok(!supplements(transaction, row)?.is_empty()
        || transaction.document(build::review_id(row.id))?.is_some()
        || !transaction.quarantine_of(row.id, 1)?.is_empty())
}

/// What the row of premises says of an inspection ([`build::facility_summary`]): while it is made, its answers change nothing.
fn at_premises(summary: &InspectionSummary) -> impl PartialEq + use<> {
    let failed = summary.state.is_made().then_some(summary.progress.failed);
    (summary.facility, summary.state, summary.begun(), summary.sealed_at, failed)
}

/// For the order of the review queue, "oldest danger first": the gravest failure only. How many failed must not push an
/// equally grave record behind newer ones, or it would never be reached.
fn danger(summary: &InspectionSummary) -> i64 {
    summary.gravest.map_or(0, |severity| severity as i64 + 1)
}

fn dwelling(transaction: &dyn Transaction, row: &DocumentRow) -> Result<(), StoreError> {
    let authors = StoreAuthors::new(transaction);
    let view = dwelling_view(transaction, row, true, &authors)?;
    transaction.put_dwelling(&DwellingRow {
        document: row.id,
        unit: row.unit,
        facility: row.facility,
        state: view.state,
        residents: view.residents,
    })
}

fn facility(transaction: &dyn Transaction, row: &DocumentRow) -> Result<(), StoreError> {
    let cells = transaction.cells(row.id)?;
    let inspections = transaction.inspections_of(row.id, row.unit)?;
    let mut summary = build::facility_summary(&FacilityParts {
        id: row.id,
        unit: row.unit,
        unit_name: "",
        cells: &cells,
        inspections: &inspections,
        dwellings: &[],
        near: None,
        unsent: false,
    });
    let waiting = transaction.dwellings_of(row.id)?;
    summary.declarations_waiting = waiting
        .iter()
        .filter(|home| home.unit == row.unit && home.state == ancu_shared::view::DeclarationState::Submitted)
        .count() as u32;
    let parts = address::parse(&summary.address);
    let search = search::key(&parts, &summary.address, &summary.name);
    transaction.put_facility(&FacilityRow { summary, search })
}
