//! What cannot be read and names no unit: no reviewer decides on it, so an administrator sets it aside.
//!
//! Invariant: that lets nothing in and is nobody's word on what it may have said; what comes again is held anew.

use std::sync::Arc;

use ancu_shared::error::ErrorCode;
use ancu_shared::sync::admission;
use serde_json::json;

use super::{Desk, QuarantineView, audit, view};
use crate::service::access::Caller;
use crate::service::{App, Outcome};
use crate::store::rows::QuarantineRow;

/// Whether it is this desk's to set aside; `row` with its bytes.
pub(super) fn is_for(desk: &Desk<'_>, row: &QuarantineRow) -> bool {
    let nobodys = row.unit.is_none() && row.document.is_none();
    desk.administers && nobodys && admission::check_envelope(&row.body).is_err()
}

/// Sets one aside; what was settled stays as it is.
pub async fn set_aside(app: &App, caller: Caller, id: i64) -> Outcome<QuarantineView> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let desk = Desk::of(&service, transaction, &caller)?;
            let row = transaction.quarantined(id)?.filter(|row| desk.knows_of(row)).ok_or(ErrorCode::NotFound)?;
            if !is_for(&desk, &row) {
                return Err(ErrorCode::Forbidden.into());
            }
            if row.released_at.is_none() {
                let now = service.now();
                transaction.set_aside(id, caller.id(), now)?;
                let details = json!({ "code": row.code.code(), "bytes": row.body.len() });
                audit(transaction, &caller, &row, "quarantine.set_aside", details, now)?;
            }
            let row = transaction.quarantined(id)?.ok_or(ErrorCode::NotFound)?;
            Ok(view(&service, transaction, &desk, row)?)
        })
        .await
}
