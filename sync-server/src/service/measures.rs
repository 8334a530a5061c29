//! Measures against premises for the console: lists by what is still to happen, those of one premises, and steps that who
//! decides notes in a browser.
//!
//! Invariant: as everywhere, only what the caller may see on that day; a step that is noted here is a real change, signed by the
//! caller's own server-held author and taken in by the way that every envelope goes.

use std::sync::Arc;

use ancu_shared::clock::{FixedClock, UtcMillis};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, UnitId, new_uuid_v7};
use ancu_shared::measures::{self, Facts, MeasureNote};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{FacilityClass, field};
use ancu_shared::record::fields;
use ancu_shared::record::key::Key;
use ancu_shared::record::measure::{Instrument, enforcement_id};
use ancu_shared::record::register::Register as _;
use ancu_shared::record::search::Query;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::wire::PushVerdict;
use ancu_shared::view::build::{self, MeasureParts};
use ancu_shared::view::{FacilitySummary, MeasureSummary, MeasureView, MeasuresView, Page};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::access::Caller;
use super::admission::Intake;
use super::console::{page, units};
use super::decision::commit;
use super::held::HeldAuthor;
use super::views::{StoreAuthors, findings_of};
use super::{App, Outcome, Service};
use crate::store::rows::{AuditEntry, DocumentRow, MeasureQuery, MeasuresIn, Slice};
use crate::store::{StoreError, Transaction};

/// A term that ends within so many days is due.
const DAYS_AHEAD: i64 = 7;

/// Which measures are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// Something is still to happen.
    #[default]
    Open,
    /// The premises may not operate.
    Stopped,
    /// Their term ends within a week.
    Due,
    /// Their term is past and nobody decided.
    Over,
    /// Proposed, and not decided.
    Proposed,
    /// Nothing is to happen any more.
    Closed,
    /// Any.
    All,
}

impl Which {
    /// The choices, as they are written.
    pub const CODES: [&str; 7] = ["open", "stopped", "due", "over", "proposed", "closed", "all"];

    /// The choice of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [Self::Open, Self::Stopped, Self::Due, Self::Over, Self::Proposed, Self::Closed, Self::All];
        Self::CODES.into_iter().zip(all).find(|(known, _)| *known == code).map(|(_, which)| which)
    }
}

/// What is asked of the list of measures.
#[derive(Debug, Clone, Default)]
pub struct MeasureFilter {
    /// Which.
    pub which: Which,
    /// Of this sort only.
    pub instrument: Option<Instrument>,
    /// In this unit (and those below it) only.
    pub unit: Option<UnitId>,
    /// Words of the premises' name or address.
    pub words: String,
}

/// Measures: those that are open first, the earliest end of a term first.
pub fn list(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    filter: &MeasureFilter,
    slice: Slice,
) -> Outcome<Page<MeasureSummary>> {
    let today = caller.now.hanoi_date();
    let query = MeasureQuery {
        units: units(service, transaction, caller, filter.unit)?,
        which: match filter.which {
            Which::Open => MeasuresIn::Open,
            Which::Stopped => MeasuresIn::Stopped,
            Which::Due => MeasuresIn::Due(today.saturating_add(DAYS_AHEAD.days())),
            Which::Over => MeasuresIn::Over,
            Which::Proposed => MeasuresIn::Proposed,
            Which::Closed => MeasuresIn::Closed,
            Which::All => MeasuresIn::All,
        },
        today,
        instrument: filter.instrument,
        words: Query::of(&filter.words),
    };
    let (rows, total) = transaction.measures(&query, slice)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(named(service, transaction, row, today)?);
    }
    Ok(page(items, total, slice))
}

/// All measures against premises, and what the rules suggest.
pub fn of_facility(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    facility: DocumentId,
) -> Outcome<MeasuresView> {
    let row = caller.find(service, transaction, facility, RecordKind::Facility)?.ok_or(ErrorCode::NotFound)?;
    let today = caller.now.hanoi_date();
    let mut views = noted(transaction, &row, today)?;
    let may_write = may_write(service, transaction, caller, row.unit)?;
    for view in &mut views {
        view.summary = named(service, transaction, view.summary.clone(), today)?;
        if !may_write {
            view.allowed.clear();
        }
    }
    let findings = findings_of(transaction, &row, today)?;
    let inspections = transaction.inspections_of(row.id, row.unit)?;
    let class = transaction.facility(row.id)?.map_or(FacilityClass::Other, |premises| premises.summary.class);
    let facts = Facts { class, findings: &findings, inspections: &inspections, measures: &views, today };
    Ok(measures::overview(facility, &facts, views.clone(), may_write))
}

fn may_write(service: &Service, transaction: &dyn Transaction, caller: &Caller, unit: UnitId) -> Outcome<bool> {
    let directory = service.directory(transaction)?;
    Ok(caller.units(&directory, |role| role.may_write(RecordKind::Enforcement)).contains(&unit))
}

/// Measures without the names of what they belong to.
fn noted(transaction: &dyn Transaction, premises: &DocumentRow, today: Date) -> Result<Vec<MeasureView>, StoreError> {
    let id = enforcement_id(premises.id);
    let fits = |row: &DocumentRow| row.kind == RecordKind::Enforcement && row.unit == premises.unit;
    if !transaction.document(id)?.is_some_and(|row| fits(&row)) {
        return Ok(Vec::new());
    }
    let cells = transaction.cells(id)?;
    let parts = MeasureParts {
        facility: premises.id,
        facility_name: "",
        facility_address: "",
        unit: premises.unit,
        unit_name: "",
        cells: &cells,
    };
    Ok(build::measures(&parts, today, &StoreAuthors::new(transaction)))
}

/// Makes the rows of the measures that a record holds.
pub fn project(service: &Service, transaction: &dyn Transaction, enforcement: &DocumentRow) -> Result<(), StoreError> {
    let Some(facility) = enforcement.facility else { return Ok(()) };
    let cells = transaction.cells(enforcement.id)?;
    let parts = MeasureParts {
        facility,
        facility_name: "",
        facility_address: "",
        unit: enforcement.unit,
        unit_name: "",
        cells: &cells,
    };
    let views = build::measures(&parts, service.now().hanoi_date(), &StoreAuthors::new(transaction));
    transaction.put_measures(facility, &views.into_iter().map(|view| view.summary).collect::<Vec<_>>())
}

/// Fills in what stops premises on a day.
pub fn mark_stops(
    transaction: &dyn Transaction,
    premises: &mut FacilitySummary,
    today: Date,
) -> Result<(), StoreError> {
    let noted = transaction.stops_of(premises.id, premises.unit)?;
    premises.stops = noted.into_iter().filter_map(|measure| measure.on_day(today).stop()).collect();
    premises.stops.sort_by_key(|stop| (!stop.whole, stop.until));
    Ok(())
}

/// Fills in names and what depends on the day.
fn named(
    service: &Service,
    transaction: &dyn Transaction,
    measure: MeasureSummary,
    today: Date,
) -> Outcome<MeasureSummary> {
    let mut measure = measure.on_day(today);
    let directory = service.directory(transaction)?;
    if let Some(unit) = directory.get(measure.unit) {
        measure.unit_name.clone_from(&unit.full_name);
    }
    if let Some(facility) = transaction.facility(measure.facility)?
        && facility.summary.unit == measure.unit
    {
        (measure.facility_name, measure.facility_address) = (facility.summary.name, facility.summary.address);
    }
    Ok(measure)
}

/// Notes a step, and gives the measures as they stand then.
pub async fn note(
    app: &App,
    caller: Caller,
    facility: DocumentId,
    measure: Option<Uuid>,
    note: MeasureNote,
) -> Outcome<MeasuresView> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let now = service.now();
            note_now(&service, transaction, &caller, facility, (measure, note), now)?;
            of_facility(&service, transaction, &caller, facility)
        })
        .await
}

/// The same inside a transaction, at a given instant.
pub fn note_now(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    facility: DocumentId,
    (measure, note): (Option<Uuid>, MeasureNote),
    now: UtcMillis,
) -> Outcome<()> {
    let row = caller.find(service, transaction, facility, RecordKind::Facility)?.ok_or(ErrorCode::NotFound)?;
    if !may_write(service, transaction, caller, row.unit)? {
        return Err(ErrorCode::Forbidden.into());
    }
    if let Some(inspection) = note.inspection {
        let known = caller.find(service, transaction, inspection, RecordKind::Inspection)?;
        if known.and_then(|inspection| inspection.facility) != Some(facility) {
            return Err(Problem::new(ErrorCode::NotFound).at("inspection").into());
        }
    }
    let id = enforcement_id(facility);
    let begun = transaction.document(id)?.is_some();
    let standing = match measure {
        None => None,
        Some(measure) => {
            let cells = if begun { transaction.cells(id)? } else { Vec::new() };
            let standing = build::measure_standing(&cells, measure);
            Some(standing.ok_or_else(|| Problem::new(ErrorCode::NotFound).at("measure"))?)
        }
    };
    let event = measures::step(note, standing.as_ref(), now, caller.id())?;
    let fresh = || service.with_random(|random| new_uuid_v7(&FixedClock(now), random));
    let (measure, step) = (measure.unwrap_or_else(fresh), fresh());
    let key = Key::Measure(measure, step);
    let mut puts = Vec::new();
    if !begun {
        puts.push((Key::Header(field::SCHEMA.into()), Scalar::Int(fields::SCHEMA)));
        puts.push((Key::Header(field::FACILITY.into()), Scalar::Text(facility.to_string())));
    }
    puts.push((key, event.to_scalar()));
    let author = HeldAuthor::of(service, transaction, &caller.person, now)?;
    let mut document = author.open(transaction, id)?;
    let changes = commit(&mut document, &puts, now)?;
    let mut intake = Intake::new(service, transaction);
    let verdict = author.submit(&mut intake, id, RecordKind::Enforcement, row.unit, changes, now)?;
    intake.finish()?;
    match verdict {
        PushVerdict::Accepted | PushVerdict::AlreadyKnown => {}
        PushVerdict::Waiting { .. } => return Err(ErrorCode::Conflict.into()),
        PushVerdict::Quarantined { code, reason, .. } | PushVerdict::Refused { code, reason } => {
            tracing::warn!(%reason, "a measure was refused by admission");
            return Err(code.into());
        }
    }
    transaction.audit(
        &AuditEntry {
            unit: Some(row.unit),
            person: Some(caller.id()),
            device: None,
            action: "measure.noted",
            subject: facility.to_string(),
            details: json!({ "measure": measure, "step": event.step, "instrument": event.instrument, "number": event.number }),
        },
        now,
    )?;
    Ok(())
}
