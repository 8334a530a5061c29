//! What cannot be read: there is nothing in it to decide on, so a reviewer of its unit or an administrator sets it aside.
//!
//! Invariant: that lets nothing in and is nobody's word on what it may have said; what comes again is held anew.

use std::sync::Arc;

use ancu_shared::error::ErrorCode;
use ancu_shared::sync::admission;
use serde::Serialize;
use serde_json::json;

use super::{Desk, QuarantineView, audit, view};
use crate::service::access::Caller;
use crate::service::{App, Outcome};
use crate::store::rows::QuarantineRow;
use crate::store::{StoreError, Transaction};

/// What was set aside.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SetAside {
    /// How many, just now; 0 where it was set aside before.
    pub count: u64,
    /// The one that was named.
    pub envelope: QuarantineView,
}

/// Whether it is this desk's to set aside, or was; `row` with its bytes, which one that is set aside need not have any more.
pub(super) fn is_for(desk: &Desk<'_>, transaction: &dyn Transaction, row: &QuarantineRow) -> Result<bool, StoreError> {
    let unreadable = row.set_aside || (row.released_at.is_none() && admission::check_envelope(&row.body).is_err());
    Ok(unreadable && (desk.administers || desk.reads(transaction, row)?))
}

/// How many unreadable ones this desk could set aside of what the same device brought, with this one.
pub(super) fn of_device(
    desk: &Desk<'_>,
    transaction: &dyn Transaction,
    row: &QuarantineRow,
) -> Result<u64, StoreError> {
    if row.released_at.is_some() {
        return Ok(0);
    }
    let Some(courier) = row.courier else { return Ok(1) };
    if let Some(known) = desk.unread.borrow().get(&courier) {
        return Ok(*known);
    }
    let unread = transaction.quarantined_unread(courier)?;
    let count = unread.iter().filter(|(_, unit)| desk.is_told_of(*unit)).count().max(1) as u64;
    desk.unread.borrow_mut().insert(courier, count);
    Ok(count)
}

/// Sets one aside, or all of its device that the caller may; what was settled stays as it is.
pub async fn set_aside(app: &App, caller: Caller, id: i64, all_of_device: bool) -> Outcome<SetAside> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let desk = Desk::of(&service, transaction, &caller)?;
            let row = transaction.quarantined(id)?.filter(|row| desk.knows_of(row)).ok_or(ErrorCode::NotFound)?;
            if !is_for(&desk, transaction, &row)? {
                return Err(ErrorCode::Forbidden.into());
            }
            let mut ids = vec![id];
            if let Some(courier) = row.courier.filter(|_| all_of_device) {
                ids.extend(transaction.quarantined_unread(courier)?.into_iter().map(|(other, _)| other));
                ids.dedup();
            }
            let now = service.now();
            let (mut count, mut bytes) = (0, 0);
            for one in ids {
                // A newer program may read what an older one could not: that is judged by what it says.
                let Some(held) = transaction.quarantined(one)? else { continue };
                if held.released_at.is_none() && is_for(&desk, transaction, &held)? {
                    transaction.set_aside(one, caller.id(), now)?;
                    (count, bytes) = (count + 1, bytes + held.body.len());
                }
            }
            if count > 0 {
                let details =
                    json!({ "code": row.code.code(), "bytes": bytes, "count": count, "brought_by": row.courier });
                audit(transaction, &caller, &row, "quarantine.set_aside", details, now)?;
            }
            let row = transaction.quarantined(id)?.ok_or(ErrorCode::NotFound)?;
            Ok(SetAside { count, envelope: view(&service, transaction, &desk, row)? })
        })
        .await
}
