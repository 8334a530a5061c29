//! Findings for the console: lists by what is still to happen, and one finding with everything that followed.
//!
//! Invariant: as everywhere, only what the caller may see on that day; a record that follows findings counts in the unit of
//! its inspection only.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::remediation::remediation_id;
use ancu_shared::record::search::Query;
use ancu_shared::record::value::Cell;
use ancu_shared::view::{FindingSummary, FindingView, Page, build};

use super::access::Caller;
use super::console::{page, units};
use super::views::{InspectionRecord, StoreAuthors, original_of};
use super::{Outcome, Service};
use crate::store::rows::{DocumentRow, FindingQuery, FindingsIn, Slice};
use crate::store::{StoreError, Transaction};

/// The most other visits that one finding's history tells.
const MOST_VISITS: usize = 20;

/// Which findings are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// Something is still to happen.
    #[default]
    Open,
    /// The deadline has passed.
    Overdue,
    /// The premises say that it is remedied; an officer is to look.
    Reported,
    /// Remedied, or found again later.
    Closed,
    /// Any.
    All,
}

impl Which {
    /// The choices, as they are written.
    pub const CODES: [&str; 5] = ["open", "overdue", "reported", "closed", "all"];

    /// The choice of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [Self::Open, Self::Overdue, Self::Reported, Self::Closed, Self::All];
        Self::CODES.into_iter().zip(all).find(|(known, _)| *known == code).map(|(_, which)| which)
    }
}

/// What is asked of the list of findings.
#[derive(Debug, Clone, Default)]
pub struct FindingFilter {
    /// Which.
    pub which: Which,
    /// In this unit (and those below it) only.
    pub unit: Option<UnitId>,
    /// Of this premises only.
    pub facility: Option<DocumentId>,
    /// Words of the premises' name or address.
    pub words: String,
}

/// Findings: the earliest deadline first, of one day the gravest.
pub fn list(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    filter: &FindingFilter,
    slice: Slice,
) -> Outcome<Page<FindingSummary>> {
    let query = FindingQuery {
        units: units(service, transaction, caller, filter.unit)?,
        which: match filter.which {
            Which::Open => FindingsIn::Open,
            Which::Overdue => FindingsIn::Overdue(caller.now.hanoi_date()),
            Which::Reported => FindingsIn::Reported,
            Which::Closed => FindingsIn::Closed,
            Which::All => FindingsIn::All,
        },
        facility: filter.facility,
        words: Query::of(&filter.words),
    };
    let (rows, total) = transaction.findings(&query, slice)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(named(service, transaction, caller, row)?);
    }
    Ok(page(items, total, slice))
}

/// One finding, asked for by its inspection and item.
pub fn read(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    inspection: DocumentId,
    item: &str,
) -> Outcome<FindingView> {
    let row = caller.find(service, transaction, inspection, RecordKind::Inspection)?.ok_or(ErrorCode::NotFound)?;
    let row = original_of(transaction, &row)?;
    let remediation = remediation_of(transaction, &row)?;
    let premises = match row.facility {
        Some(facility) => transaction.document(facility)?.filter(|it| it.unit == row.unit),
        None => None,
    };
    let id = row.id;
    let authors = StoreAuthors::new(transaction);
    let record = InspectionRecord::load(service, transaction, row)?;
    let today = caller.now.hanoi_date();
    let found = record.finding(transaction, remediation.as_deref(), item, today, &authors);
    let mut view = found.ok_or(ErrorCode::NotFound)?;
    if let Some(known) = transaction.finding(id, item)? {
        view.summary.superseded = known.superseded;
    }
    view.summary = named(service, transaction, caller, view.summary)?;
    if let Some(premises) = premises {
        let mut others = transaction.inspections_of(premises.id, premises.unit)?;
        others.retain(|other| other.id != id && other.sealed_at.is_some());
        others.sort_by_key(|other| std::cmp::Reverse((other.begun(), other.id)));
        for other in others.into_iter().take(MOST_VISITS) {
            let Some(row) = transaction.document(other.id)? else { continue };
            let other = InspectionRecord::load(service, transaction, row)?.view(transaction, &authors);
            view.visits.extend(build::item_visit(&other, item));
        }
    }
    Ok(view)
}

/// The cells of the record that follows an inspection's findings.
pub fn remediation_of(
    transaction: &dyn Transaction,
    inspection: &DocumentRow,
) -> Result<Option<Vec<Cell>>, StoreError> {
    let id = remediation_id(inspection.id);
    let fits = |row: &DocumentRow| row.kind == RecordKind::Remediation && row.unit == inspection.unit;
    let known = transaction.document(id)?.is_some_and(|row| fits(&row));
    Ok(if known { Some(transaction.cells(id)?) } else { None })
}

/// Fills in names and what depends on the day.
fn named(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    finding: FindingSummary,
) -> Outcome<FindingSummary> {
    let mut finding = finding.on(caller.now.hanoi_date());
    let directory = service.directory(transaction)?;
    if let Some(unit) = directory.get(finding.unit) {
        finding.unit_name.clone_from(&unit.full_name);
    }
    if let Some(facility) = transaction.facility(finding.facility)?
        && facility.summary.unit == finding.unit
    {
        (finding.facility_name, finding.facility_address) = (facility.summary.name, facility.summary.address);
    }
    Ok(finding)
}
