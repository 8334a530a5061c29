//! Keeps projections: rows for lists, searches and numbers, made anew from cells for what was touched.
//!
//! Invariant: a projection is what [`rebuild`] would make; nothing else writes projection rows.

use std::collections::BTreeSet;

use ancu_shared::id::DocumentId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::address;
use ancu_shared::record::facility::field;
use ancu_shared::view::InspectionSummary;
use ancu_shared::view::build::{self, FacilityParts, Live};

use super::Service;
use super::views::{InspectionRecord, StoreAuthors, dwelling_view, facility_inspections};
use crate::store::rows::{DocumentRow, DwellingRow, FacilityRow, InspectionRow};
use crate::store::{StoreError, Transaction};

/// Refreshes what depends on these records.
pub fn refresh(
    service: &Service,
    transaction: &dyn Transaction,
    touched: BTreeSet<DocumentId>,
) -> Result<(), StoreError> {
    let mut work = Work::default();
    for document in touched {
        if let Some(row) = transaction.document(document)? {
            work.note(transaction, &row)?;
        }
    }
    work.run(service, transaction)
}

/// Makes every projection anew. Returns how many records were read.
pub fn rebuild(service: &Service, transaction: &dyn Transaction) -> Result<usize, StoreError> {
    let mut documents = 0;
    for kind in RecordKind::ALL {
        let ids = transaction.documents_of_kind(kind)?;
        documents += ids.len();
        refresh(service, transaction, ids.into_iter().collect())?;
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
                self.facilities.extend(original.facility);
            }
            RecordKind::Review => {
                let Some((subject, kind)) = row.subject else { return Ok(()) };
                if matches!(kind, RecordKind::Inspection | RecordKind::Dwelling)
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

    fn run(self, service: &Service, transaction: &dyn Transaction) -> Result<(), StoreError> {
        for id in self.inspections {
            if let Some(row) = transaction.document(id)? {
                inspection(service, transaction, row)?;
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

fn inspection(service: &Service, transaction: &dyn Transaction, row: DocumentRow) -> Result<(), StoreError> {
    let authors = StoreAuthors::new(transaction);
    let record = InspectionRecord::load(service, transaction, row)?;
    let mut summary = record.summary(&authors);
    // Names of premises and units are filled in when the row is read: they change without the inspection.
    summary.facility_name.clear();
    summary.facility_address.clear();
    summary.unit_name.clear();
    transaction.put_inspection(&InspectionRow { danger: danger(&summary), summary })
}

/// For the order of the review queue: the gravest failure first, then their number, then clashes.
fn danger(summary: &InspectionSummary) -> i64 {
    let gravest = summary.gravest.map_or(0, |severity| severity as i64 + 1);
    gravest * 1_000_000 + i64::from(summary.progress.failed) * 1_000 + i64::from(summary.progress.clashes)
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
    let search = address::search_key(&parts, &summary.address, &summary.name);
    transaction.put_facility(&FacilityRow { summary, search })
}
