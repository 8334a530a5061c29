//! Premises: as in a list, and the sheet with everything known of them.
//!
//! Invariant: an unknown class reads as "other" and a missing field as empty; premises are never left out for it.

use super::live::Live;
use super::place::{self, is_place};
use crate::clock::UtcMillis;
use crate::geometry::distance_m;
use crate::id::{DocumentId, UnitId};
use crate::record::RecordKind;
use crate::record::address::{self, AddressParts};
use crate::record::facility::{FacilityClass, field};
use crate::record::value::Cell;
use crate::view::{
    Authors, DeclarationState, DwellingView, FacilitySheet, FacilitySummary, FieldValue, FieldView, InspectionState,
    InspectionSummary, ItemChange,
};

/// What a premises' summary is made of.
pub struct FacilityParts<'a> {
    /// The record.
    pub id: DocumentId,
    /// Its unit.
    pub unit: UnitId,
    /// The unit's full name.
    pub unit_name: &'a str,
    /// Its cells.
    pub cells: &'a [Cell],
    /// Its inspections, in any order.
    pub inspections: &'a [InspectionSummary],
    /// Homes declared there.
    pub dwellings: &'a [DwellingView],
    /// Where the asker is: degrees north, degrees east.
    pub near: Option<(f64, f64)>,
    /// Device only: whether something of it was not yet receipted.
    pub unsent: bool,
}

/// What the summary of premises says of their inspections: all that another inspection changes in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visits {
    /// When the newest that was made was begun.
    pub last_inspected_at: Option<UtcMillis>,
    /// How many checks failed in it.
    pub failed_checks: Option<u32>,
    /// The newest that is being made.
    pub open: Option<DocumentId>,
}

impl Visits {
    /// Of these inspections, in any order.
    pub fn of(inspections: &[InspectionSummary]) -> Self {
        let newest = |wanted: fn(InspectionState) -> bool| {
            inspections.iter().filter(|it| wanted(it.state)).max_by_key(|it| (it.begun(), it.id))
        };
        let last = newest(InspectionState::is_made);
        Self {
            last_inspected_at: last.map(InspectionSummary::begun),
            failed_checks: last.map(|it| it.progress.failed),
            open: newest(|state| state == InspectionState::InProgress).map(|it| it.id),
        }
    }
}

/// The premises as in a list.
pub fn facility_summary(parts: &FacilityParts<'_>) -> FacilitySummary {
    let live = Live::of(parts.cells);
    let (latitude, longitude) = super::live::place(&live).unzip();
    let visits = Visits::of(parts.inspections);
    FacilitySummary {
        id: parts.id,
        name: live.text(field::NAME).unwrap_or_default().to_owned(),
        class: live.text(field::CLASS).and_then(FacilityClass::from_code).unwrap_or(FacilityClass::Other),
        address: address(&live),
        unit: parts.unit,
        unit_name: parts.unit_name.to_owned(),
        latitude,
        longitude,
        storeys: live.count(field::STOREYS),
        distance_m: parts.near.zip(latitude.zip(longitude)).map(|(from, to)| distance_m(from, to)),
        last_inspected_at: visits.last_inspected_at,
        failed_checks: visits.failed_checks,
        open_inspection: visits.open,
        declarations_waiting: parts
            .dwellings
            .iter()
            .filter(|dwelling| dwelling.state == DeclarationState::Submitted)
            .count() as u32,
        stops: Vec::new(),
        unsent: parts.unsent,
    }
}

/// The premises with everything known of them; `changes` is what [`super::changes_since`] found between its two newest
/// inspections.
pub fn facility_sheet(parts: &FacilityParts<'_>, changes: Vec<ItemChange>, authors: &dyn Authors) -> FacilitySheet {
    let live = Live::of(parts.cells);
    let mut inspections = parts.inspections.to_vec();
    inspections.sort_by_key(|it| std::cmp::Reverse((it.begun(), it.id)));
    FacilitySheet {
        summary: facility_summary(parts),
        address_parts: address_parts(&live),
        fields: fields(parts.cells, authors),
        inspections,
        dwellings: parts.dwellings.to_vec(),
        changes_since_last: changes,
        risk: None,
    }
}

/// Every header field with its live values and their authors, by key. Equal values of two people count once, and of a place what
/// lies near.
pub fn fields(cells: &[Cell], authors: &dyn Authors) -> Vec<FieldView> {
    let live = Live::of(cells);
    let places = place::apart(&live, RecordKind::Facility);
    let near = |key: &str, cell: &Cell| match &places[..] {
        [(shown, _)] => cell.operation.actor != shown.operation.actor && key.strip_prefix("h/").is_some_and(is_place),
        _ => false,
    };
    live.under("h/")
        .map(|(key, cells)| FieldView {
            key: key.to_owned(),
            values: super::clash::different(cells)
                .into_iter()
                .enumerate()
                .filter(|(place, cell)| *place == 0 || !near(key, cell))
                .map(|(_, cell)| FieldValue {
                    operation: cell.operation,
                    value: cell.value.clone(),
                    by: authors.attribution(cell.operation.actor, cell.at),
                })
                .collect(),
        })
        .collect()
}

/// The address as a person wrote it; composed from its parts where nobody did.
pub(super) fn address(live: &Live<'_>) -> String {
    live.text(field::ADDRESS).map_or_else(|| address::format(&written_parts(live)), str::to_owned)
}

/// The address in parts: the fields that were filled in; the written address read where none was.
fn address_parts(live: &Live<'_>) -> AddressParts {
    let written = written_parts(live);
    if written != AddressParts::default() {
        return written;
    }
    live.text(field::ADDRESS).map(address::parse).unwrap_or_default()
}

fn written_parts(live: &Live<'_>) -> AddressParts {
    let part = |name| live.text(name).unwrap_or_default().to_owned();
    AddressParts {
        house_number: part(field::HOUSE_NUMBER),
        alley: part(field::ALLEY),
        sub_lane: part(field::SUB_LANE),
        lane: part(field::LANE),
        street: part(field::STREET),
        residential_group: part(field::RESIDENTIAL_GROUP),
        ..AddressParts::default()
    }
}
