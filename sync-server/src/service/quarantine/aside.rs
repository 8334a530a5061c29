//! What can never be let in: there is nothing to decide on, so it is set aside by who answers for it, and makes room.
//!
//! Invariant: that lets nothing in and is nobody's word on what it says; what comes again is held anew. What cannot be read
//! either a reviewer of its unit or an administrator sets aside; what can be read a reviewer of the unit that it names, once a
//! release would be refused; of a unit that the server does not have an administrator.

use std::sync::Arc;

use ancu_shared::error::ErrorCode;
use ancu_shared::id::UnitId;
use ancu_shared::sync::admission::{self, CheckedEnvelope, Refusal};
use serde::Serialize;
use serde_json::json;

use super::{Desk, QuarantineView, audit, view};
use crate::service::access::Caller;
use crate::service::admission::Intake;
use crate::service::{App, Outcome, Service};
use crate::store::rows::QuarantineRow;
use crate::store::{StoreError, Transaction};

/// What was set aside.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SetAside {
    /// How many, just now; 0 where it was settled before.
    pub count: u64,
    /// The one that was named.
    pub envelope: QuarantineView,
}

/// What would be set aside with one.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Asidable {
    /// How many of what the same device brought, with this one; 0 where this one is not the caller's to set aside.
    pub count: u64,
}

/// What admission says of a refused envelope today.
#[derive(Debug)]
pub(super) struct Judged {
    /// What it is, where it can be read.
    pub(super) checked: Option<CheckedEnvelope>,
    /// Why a release would be refused, where it can be read and is not settled.
    pub(super) refusal: Option<Refusal>,
}

impl Judged {
    /// Judges one; `row` with its bytes.
    pub(super) fn of(
        service: &Service,
        transaction: &dyn Transaction,
        row: &QuarantineRow,
    ) -> Result<Self, StoreError> {
        let checked = admission::check_envelope(&row.body).ok();
        let refusal = match &checked {
            Some(checked) if row.released_at.is_none() => {
                Intake::new(service, transaction).refused_still(checked, row.received_at)?
            }
            _ => None,
        };
        Ok(Self { checked, refusal })
    }
}

/// Why one is set aside; the graver word first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ground {
    /// As the records stand nothing lets it in.
    Hopeless,
    /// It waits for a unit that the server does not have, or for a newer server. Only who looked at such a one gives it up: it
    /// never goes along with others.
    Awaits,
}

impl Desk<'_> {
    /// Whether something is filed under a unit that the server does not have, so that it has no reviewer.
    fn is_nobodys(&self, unit: Option<UnitId>) -> bool {
        self.administers && unit.is_some_and(|unit| self.directory.get(unit).is_none())
    }

    /// Whether one may be this desk's to set aside, by what is known without reading it.
    fn may_concern(&self, unit: Option<UnitId>, was_read: bool) -> bool {
        let own = unit.is_some_and(|unit| self.units.contains(&unit));
        own || self.is_nobodys(unit) || (!was_read && self.administers)
    }
}

/// Whether one has to be read at this desk, to be told of or to be set aside.
pub(super) fn concerns(desk: &Desk<'_>, row: &QuarantineRow) -> bool {
    desk.may_concern(row.unit, row.document.is_some())
}

/// Why it is this desk's to set aside, if it is.
pub(super) fn ground(desk: &Desk<'_>, row: &QuarantineRow, judged: &Judged) -> Option<Ground> {
    if row.released_at.is_some() || !concerns(desk, row) {
        return None;
    }
    let newer = |refusal: &Refusal| refusal.code == ErrorCode::RecordNewer;
    match (&judged.checked, &judged.refusal) {
        (Some(_), Some(refusal)) if newer(refusal) => Some(Ground::Awaits),
        (None, _) | (Some(_), Some(_)) => Some(Ground::Hopeless),
        (Some(_), None) => desk.is_nobodys(row.unit).then_some(Ground::Awaits),
    }
}

/// The ground of one, with what is held of the same device and goes with it: nothing that is left to be decided on, and nothing
/// that waits, unless this one does.
fn with_device(
    service: &Service,
    transaction: &dyn Transaction,
    desk: &Desk<'_>,
    row: &QuarantineRow,
    mut each: impl FnMut(&QuarantineRow) -> Result<(), StoreError>,
) -> Result<Option<Ground>, StoreError> {
    let Some(named) = ground(desk, row, &Judged::of(service, transaction, row)?) else { return Ok(None) };
    each(row)?;
    let held = row.courier.map(|courier| transaction.quarantined_from(courier)).transpose()?.unwrap_or_default();
    for brief in held {
        if brief.id == row.id || !desk.may_concern(brief.unit, brief.was_read) {
            continue;
        }
        let Some(other) = transaction.quarantined(brief.id)? else { continue };
        // Judged by what it is today: a newer program may read what an older one could not.
        if ground(desk, &other, &Judged::of(service, transaction, &other)?).is_some_and(|ground| ground <= named) {
            each(&other)?;
        }
    }
    Ok(Some(named))
}

/// How many would go with one if all of its device were set aside.
pub async fn to_set_aside(app: &App, caller: Caller, id: i64) -> Outcome<Asidable> {
    let service = Arc::clone(app);
    app.store
        .read(move |transaction| {
            let desk = Desk::of(&service, transaction, &caller)?;
            let row = transaction.quarantined(id)?.filter(|row| desk.knows_of(row)).ok_or(ErrorCode::NotFound)?;
            let mut count = 0;
            with_device(&service, transaction, &desk, &row, |_| {
                count += 1;
                Ok(())
            })?;
            Ok(Asidable { count })
        })
        .await
}

/// Sets one aside, or all of its device that the caller may; what was settled stays as it is.
pub async fn set_aside(app: &App, caller: Caller, id: i64, all_of_device: bool) -> Outcome<SetAside> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let desk = Desk::of(&service, transaction, &caller)?;
            let row = transaction.quarantined(id)?.filter(|row| desk.knows_of(row)).ok_or(ErrorCode::NotFound)?;
            if row.set_aside && concerns(&desk, &row) {
                return Ok(SetAside { count: 0, envelope: view(&service, transaction, &desk, row)? });
            }
            let (now, mut intake) = (service.now(), Intake::new(&service, transaction));
            let (mut count, mut bytes) = (0, 0);
            let mut put_aside = |held: &QuarantineRow| {
                transaction.set_aside(held.id, caller.id(), now)?;
                (count, bytes) = (count + 1, bytes + held.body.len());
                // Who reads the record was told that something of it is held.
                held.document.into_iter().for_each(|document| intake.settled(document));
                Ok(())
            };
            if all_of_device {
                let ground = with_device(&service, transaction, &desk, &row, &mut put_aside)?;
                ground.ok_or(ErrorCode::Forbidden)?;
            } else {
                let judged = Judged::of(&service, transaction, &row)?;
                ground(&desk, &row, &judged).ok_or(ErrorCode::Forbidden)?;
                put_aside(&row)?;
            }
            intake.finish()?;
            let cause = row.why.as_ref().map(|why| why.cause.as_str());
            let details = json!({
                "code": row.code.code(), "cause": cause, "bytes": bytes, "count": count, "brought_by": row.courier,
            });
            audit(transaction, &caller, &row, "quarantine.set_aside", details, now)?;
            let row = transaction.quarantined(id)?.ok_or(ErrorCode::NotFound)?;
            Ok(SetAside { count, envelope: view(&service, transaction, &desk, row)? })
        })
        .await
}
