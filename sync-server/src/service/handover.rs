//! Handing premises over: another unit looks after them from now on, with all that belongs to them.
//!
//! Invariants: nothing of the records changes but where they lie; what an officer of the former unit made before they heard of it
//! still arrives and is theirs (`ancu_shared::sync::admission`); the former feed tells devices of it, the new one brings all
//! of it; who handed over, when and why is kept.

use std::sync::Arc;

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::role::Role;
use ancu_shared::text::free::{self, Shape};
use ancu_shared::unit::UnitDirectory;
use serde::Serialize;
use serde_json::json;

use super::access::Caller;
use super::admission::Intake;
use super::{App, Outcome, Service};
use crate::store::Transaction;
use crate::store::rows::{AuditEntry, HandOverRow};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// Premises' way through the units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct HandOvers {
    /// When they were handed over, newest first.
    pub past: Vec<HandOver>,
    /// The units that the caller may hand them over to; empty: to none.
    pub to: Vec<Receiver>,
}

/// One hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct HandOver {
    /// The full name of the unit where they lay.
    pub from: String,
    /// The full name of the unit where they lie since.
    pub to: String,
    /// Who did it.
    pub person_name: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: UtcMillis,
}

/// A unit that may be given premises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Receiver {
    /// The unit.
    pub id: UnitId,
    /// Its full name.
    pub full_name: String,
}

/// Where premises lay, and where the caller may hand them over to.
pub fn of_facility(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    facility: DocumentId,
) -> Outcome<HandOvers> {
    let row = caller.find(service, transaction, facility, RecordKind::Facility)?.ok_or(ErrorCode::NotFound)?;
    let directory = service.directory(transaction)?;
    let name = |unit: UnitId| directory.get(unit).map(|unit| unit.full_name.clone()).unwrap_or_default();
    let mut past = Vec::new();
    for row in transaction.hand_overs(row.id)? {
        past.push(HandOver {
            from: name(row.from),
            to: name(row.to),
            person_name: transaction.person(row.person)?.map(|person| person.name).unwrap_or_default(),
            reason: row.reason,
            at: row.at,
        });
    }
    let mut to: Vec<_> =
        receivers(&directory, caller, row.unit).into_iter().map(|id| Receiver { id, full_name: name(id) }).collect();
    to.sort_by(|one, other| one.full_name.cmp(&other.full_name));
    Ok(HandOvers { past, to })
}

/// The units that a caller may hand premises of a unit over to.
fn receivers(directory: &UnitDirectory, caller: &Caller, from: UnitId) -> Vec<UnitId> {
    let own = caller.units(directory, Role::may_hand_over);
    if !own.contains(&from) {
        return Vec::new();
    }
    let day = caller.now.hanoi_date();
    let takes = |id: &UnitId| directory.get(*id).is_some_and(|unit| unit.kind.is_commune() && unit.in_force(day));
    own.into_iter().filter(|id| *id != from && takes(id)).collect()
}

/// Hands premises over to another unit.
pub async fn hand_over(
    app: &App,
    caller: Caller,
    facility: DocumentId,
    to: UnitId,
    reason: String,
) -> Outcome<HandOvers> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            hand_over_now(&service, transaction, &caller, facility, to, &reason)?;
            of_facility(&service, transaction, &caller, facility)
        })
        .await
}

/// The same inside a transaction.
pub fn hand_over_now(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    facility: DocumentId,
    to: UnitId,
    reason: &str,
) -> Outcome<()> {
    let now = service.now();
    let row = caller.find(service, transaction, facility, RecordKind::Facility)?.ok_or(ErrorCode::NotFound)?;
    let directory = service.directory(transaction)?;
    if !caller.units(&directory, Role::may_hand_over).contains(&row.unit) {
        return Err(ErrorCode::Forbidden.into());
    }
    if row.unit == to {
        return Err(Problem::field(
            "unit",
            "Cơ sở đã thuộc đơn vị này. Hãy chọn đơn vị khác.",
            "The premises are this unit's already. Choose another.",
        )
        .into());
    }
    if !receivers(&directory, caller, row.unit).contains(&to) {
        return Err(Problem::field(
            "unit",
            "Chỉ chuyển được cho phường, xã đang hoạt động trong địa bàn của bạn.",
            "Premises can be handed over only to a commune that is in force and in your area.",
        )
        .into());
    }
    let reason = free::tidy("reason", reason, Shape::Lines, LONGEST_REASON)?;
    if reason.is_empty() {
        return Err(Problem::field("reason", "Hãy ghi lý do chuyển.", "Say why they are handed over.").into());
    }
    let records = transaction.belongings(facility)?;
    for record in &records {
        transaction.move_document(*record, to)?;
    }
    transaction.move_heads(facility, row.unit, to)?;
    let made = HandOverRow { facility, from: row.unit, to, person: caller.id(), reason, at: now };
    transaction.put_hand_over(&made)?;
    let details = json!({ "units": [row.unit, to], "records": records.len() });
    for unit in [row.unit, to] {
        let (action, subject, details) = ("facility.handed_over", facility.to_string(), details.clone());
        transaction.audit(
            &AuditEntry {
                unit: Some(unit),
                person: Some(caller.id()),
                device: caller.device,
                action,
                subject,
                details,
            },
            now,
        )?;
    }
    let mut intake = Intake::new(service, transaction);
    intake.handed_over(&records, now)?;
    Ok(intake.finish()?)
}
