//! Keeps projections: rows for lists, searches and numbers, made anew from cells for what was touched.
//!
//! Invariant: a projection is what [`rebuild`] would make; nothing else writes projection rows.

mod answers;

use std::collections::{BTreeMap, BTreeSet};

use ancu_shared::id::DocumentId;
use ancu_shared::record::facility::field;
use ancu_shared::record::{RecordKind, address, search};
use ancu_shared::view::InspectionSummary;
use ancu_shared::view::build::{self, FacilityParts, Live};

use super::Service;
use super::begun::Begun;
use super::findings::remediation_of;
use super::touched::{Changed, Touched};
use super::views::{InspectionRecord, StoreAuthors, dwelling_view, facility_inspections, supplements};
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
        work.note(transaction, &row)?;
    }
    work.run(service, transaction, fresh)
}

/// Rises whenever the rows that this module makes of the same cells change: 2 = search keys that know announcing words, 3 =
/// late answers count for what is gravest, 4 = findings, words without an answer.
const VERSION: u32 = 4;
/// The setting that says which version made the rows.
const SETTING: &str = "projection_version";

/// Whether an older version of this program made the rows.
pub fn is_behind(transaction: &dyn Transaction) -> Result<bool, StoreError> {
    let made_by = transaction.setting(SETTING)?.and_then(|bytes| <[u8; 4]>::try_from(&bytes[..]).ok());
    Ok(made_by.is_none_or(|bytes| u32::from_be_bytes(bytes) < VERSION))
}

/// Makes every projection anew and notes by which version. Returns how many records were read.
pub fn bring_up(service: &Service, transaction: &dyn Transaction) -> Result<usize, StoreError> {
    let records = rebuild(service, transaction)?;
    transaction.put_setting(SETTING, &VERSION.to_be_bytes())?;
    Ok(records)
}

/// Makes every projection anew. Returns how many records were read.
pub fn rebuild(service: &Service, transaction: &dyn Transaction) -> Result<usize, StoreError> {
    let mut documents = 0;
    for kind in RecordKind::ALL {
        let ids = transaction.documents_of_kind(kind)?;
        documents += ids.len();
        refresh(service, transaction, Touched::all(ids))?;
    }
    Ok(documents)
}

/// What is to be made anew; premises last, because their rows count the others.
#[derive(Default)]
struct Work {
    inspections: BTreeSet<DocumentId>,
    dwellings: BTreeSet<DocumentId>,
    facilities: BTreeSet<DocumentId>,
}

impl Work {
    fn note(&mut self, transaction: &dyn Transaction, row: &DocumentRow) -> Result<(), StoreError> {
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
                    self.note(transaction, &subject)?;
                }
            }
            RecordKind::Remediation => {
                // One whose inspection is not here yet is read when that comes.
                if let Some((subject, RecordKind::Inspection)) = row.subject
                    && let Some(subject) = transaction.document(subject)?
                {
                    self.note(transaction, &subject)?;
                }
            }
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
                    self.note(transaction, &dwelling)?;
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
                self.facilities.extend(inspection(service, transaction, row, fresh.remove(&id), &authors)?);
            }
        }
        for id in self.dwellings {
            if let Some(row) = transaction.document(id)? {
                dwelling(transaction, &row)?;
            }
        }
        for id in self.facilities {
            if let Some(row) = transaction.document(id)?.filter(|row| row.kind == RecordKind::Facility) {
                facility(transaction, &row)?;
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
    let inspections = facility_inspections(transaction, row)?;
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
