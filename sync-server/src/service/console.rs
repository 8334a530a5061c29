//! What the console reads: numbers, lists, records, clashes.
//!
//! Invariant: every answer holds only what the caller may see on that day; lists come from projections.

use std::collections::BTreeSet;

use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::record::key::Key;
use ancu_shared::record::search::Query;
use ancu_shared::role::Role;
use ancu_shared::template::{Template, TemplateRef};
use ancu_shared::view::{
    Clash, FacilitySheet, FacilitySummary, HistoryEntry, InspectionState, InspectionSummary, InspectionView, Page,
    build,
};

use super::access::Caller;
use super::clocks::{self, ClockApart};
use super::facts::changes_of;
use super::views::{
    InspectionRecord, StoreAuthors, dwelling_view, facility_sheet, name_facility, name_inspection, original_of,
    supplements, template_of,
};
use super::{Outcome, Service};
use crate::store::Transaction;
use crate::store::rows::{Counts, FacilityQuery, InspectionQuery, Slice};

/// Clashing keys that are looked through for one answer.
const MOST_CLASHES: u64 = 2_000;

/// What is asked of the list of inspections.
#[derive(Debug, Clone, Default)]
pub struct InspectionFilter {
    /// In these states; empty = any.
    pub states: Vec<InspectionState>,
    /// In this unit (and those below it) only.
    pub unit: Option<UnitId>,
    /// Of this premises only.
    pub facility: Option<DocumentId>,
    /// Words of the premises' name or address.
    pub words: String,
    /// The gravest first, of equal gravity the oldest; else the newest first.
    pub by_danger: bool,
}

/// What is asked of the list of premises.
#[derive(Debug, Clone, Default)]
pub struct FacilityFilter {
    /// In this unit (and those below it) only.
    pub unit: Option<UnitId>,
    /// Of this class only.
    pub class: Option<FacilityClass>,
    /// Words of the name or address.
    pub words: String,
    /// Only where a declaration waits for an officer.
    pub declarations_waiting: bool,
}

/// The units whose records the caller reads, narrowed to one.
pub(super) fn units(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    narrowed: Option<UnitId>,
) -> Outcome<Vec<UnitId>> {
    let directory = service.directory(transaction)?;
    let office = caller.office(&directory);
    let wanted: Option<BTreeSet<UnitId>> = narrowed.map(|unit| directory.scope(unit, caller.now.hanoi_date()));
    Ok(office.into_iter().filter(|unit| wanted.as_ref().is_none_or(|wanted| wanted.contains(unit))).collect())
}

/// Numbers of the caller's scope; for administrators how many devices there are, and what their clocks say of ours.
pub fn dashboard(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
) -> Outcome<(Counts, u64, Option<ClockApart>)> {
    let mut counts = transaction.counts(&units(service, transaction, caller, None)?)?;
    if !caller.holds(&[Role::SysAdmin]) {
        return Ok((counts, 0, None));
    }
    counts.quarantined = transaction.quarantine_load(None)?.all.envelopes;
    Ok((counts, transaction.devices()?.len() as u64, clocks::read(transaction, service.now())?))
}

/// Inspections.
pub fn inspections(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    filter: &InspectionFilter,
    slice: Slice,
) -> Outcome<Page<InspectionSummary>> {
    let query = InspectionQuery {
        units: units(service, transaction, caller, filter.unit)?,
        states: filter.states.clone(),
        facility: filter.facility,
        words: Query::of(&filter.words),
        by_danger: filter.by_danger,
    };
    let (rows, total) = transaction.inspections(&query, slice)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(name_inspection(service, transaction, row)?);
    }
    Ok(page(items, total, slice))
}

/// One inspection with its supplements; asked for by the original's id or a supplement's.
pub fn inspection(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    id: DocumentId,
) -> Outcome<InspectionView> {
    let row = caller.find(service, transaction, id, RecordKind::Inspection)?.ok_or(ErrorCode::NotFound)?;
    let row = original_of(transaction, &row)?;
    let record = InspectionRecord::load(service, transaction, row)?;
    Ok(record.view(transaction, &StoreAuthors::new(transaction)))
}

/// Everything that was said at a question of an inspection, with what was not chosen when a clash was settled; the newest
/// first, its supplements before it.
pub fn item_history(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    id: DocumentId,
    item: &str,
) -> Outcome<Vec<HistoryEntry>> {
    let row = caller.find(service, transaction, id, RecordKind::Inspection)?.ok_or(ErrorCode::NotFound)?;
    let row = original_of(transaction, &row)?;
    let key = Key::Item(item.to_owned()).to_string();
    let authors = StoreAuthors::new(transaction);
    let mut entries = Vec::new();
    for part in supplements(transaction, &row)?.into_iter().rev().chain([row.id]) {
        let mut changes = Vec::new();
        for body in transaction.envelopes_of(part)? {
            changes.append(&mut changes_of(part, &body)?);
        }
        entries.append(&mut build::history(&key, &changes, part != row.id, &authors));
    }
    Ok(entries)
}

/// Premises.
pub fn facilities(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    filter: &FacilityFilter,
    slice: Slice,
) -> Outcome<Page<FacilitySummary>> {
    let query = FacilityQuery {
        units: units(service, transaction, caller, filter.unit)?,
        words: Query::of(&filter.words),
        class: filter.class,
        declarations_waiting: filter.declarations_waiting,
    };
    let (rows, total) = transaction.facilities(&query, slice)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(name_facility(service, transaction, row.summary)?);
    }
    Ok(page(items, total, slice))
}

/// One premises with everything known of it.
pub fn facility(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    id: DocumentId,
) -> Outcome<FacilitySheet> {
    let row = caller.find(service, transaction, id, RecordKind::Facility)?.ok_or(ErrorCode::NotFound)?;
    Ok(facility_sheet(service, transaction, &row)?)
}

/// Values that clash.
pub fn clashes(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    slice: Slice,
) -> Outcome<Page<Clash>> {
    let units = units(service, transaction, caller, None)?;
    let (keys, _) = transaction.clashes(&units, Slice { offset: 0, limit: MOST_CLASHES })?;
    let authors = StoreAuthors::new(transaction);
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for (document, _) in keys {
        if !seen.insert(document) {
            continue;
        }
        let Some(row) = transaction.document(document)? else { continue };
        // A review is named by what it decides on: a home, by its head.
        let subject = row.subject.filter(|_| row.kind == RecordKind::Review);
        let subject = subject.map(|(id, _)| transaction.document(id)).transpose()?.flatten();
        let about = subject.filter(|subject| subject.unit == row.unit).unwrap_or_else(|| row.clone());
        let named = if about.kind == RecordKind::Facility { Some(about.id) } else { about.facility };
        let title = match named {
            Some(facility) => transaction.facility(facility)?.filter(|found| found.summary.unit == row.unit),
            None => None,
        };
        let mut title = title.map(|facility| facility.summary.name).unwrap_or_default();
        if about.kind == RecordKind::Dwelling {
            let head = dwelling_view(transaction, &about, true, &authors)?.declaration.head_name;
            let parts = [head, title].into_iter().filter(|part| !part.is_empty());
            title = parts.collect::<Vec<_>>().join(" · ");
        }
        let cells = transaction.cells(document)?;
        let template = match row.kind {
            RecordKind::Inspection => template_of(service, transaction, &cells)?,
            _ => None,
        };
        // What is equal on both sides, or sealed, is no clash: the view's builder says so.
        found.extend(build::clashes(document, row.kind, &title, template.as_deref(), &cells, &authors));
    }
    for inspection in transaction.inspections_apart(&units, MOST_CLASHES)? {
        let Some(row) = transaction.document(inspection)? else { continue };
        found.extend(InspectionRecord::load(service, transaction, row)?.view(transaction, &authors).apart);
    }
    let total = found.len() as u64;
    let items = found.into_iter().skip(slice.offset as usize).take(slice.limit as usize).collect();
    Ok(page(items, total, slice))
}

/// A template; any that the server has, because records name theirs.
pub fn template(service: &Service, transaction: &dyn Transaction, code: &str, version: &str) -> Outcome<Template> {
    let reference = TemplateRef { code: code.to_owned(), version: version.to_owned() };
    let template = service.template(transaction, &reference)?.ok_or(ErrorCode::NotFound)?;
    Ok((*template).clone())
}

/// A page with the cursor of the next.
pub fn page<T>(items: Vec<T>, total: u64, slice: Slice) -> Page<T> {
    let end = slice.offset + items.len() as u64;
    let next = (end < total && !items.is_empty()).then(|| end.to_string());
    Page { items, total, next }
}
