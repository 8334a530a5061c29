//! What was held only because the server's clock was behind: judged once more by the latest day that the server knew then.
//!
//! Invariant: nothing is forgiven: right, ownership and seal are judged as for anything that arrives, on a day on which it may have
//! arrived. What arrived on a right day is never judged by another: a post that is given later lets nothing in from before.

use std::sync::Arc;

use ancu_shared::error::ErrorCode;
use ancu_shared::sync::admission::Verdict;
use serde_json::json;

use super::is_approved;
use crate::service::admission::Intake;
use crate::service::{App, Outcome, behind};
use crate::store::rows::AuditEntry;

/// Lets in what is in order on the day that it arrived; how many.
pub async fn let_in(app: &App) -> Outcome<usize> {
    if behind::behind(app).is_some() {
        return Ok(0);
    }
    let now = app.now();
    let held: Outcome<Vec<_>> = app
        .store
        .read(move |transaction| {
            Ok(transaction.quarantined_early(ErrorCode::WriteForbidden, behind::BOUND_MILLIS, now)?)
        })
        .await;
    let mut let_in = 0;
    // In the order in which they came: one may build on another.
    for (id, seen) in held? {
        let service = Arc::clone(app);
        let done: Outcome<bool> = app
            .store
            .write(move |transaction| {
                let Some(mut row) = transaction.quarantined(id)?.filter(|row| row.released_at.is_none()) else {
                    return Ok(false);
                };
                // Nothing gets in behind a reviewer's back.
                if is_approved(transaction, &row)? {
                    return Ok(false);
                }
                let arrived = std::mem::replace(&mut row.received_at, seen);
                let mut intake = Intake::new(&service, transaction);
                let verdict = intake.judge_quarantined(&row, now)?;
                intake.finish()?;
                if !matches!(verdict, Verdict::Admit { .. }) {
                    return Ok(false);
                }
                let entry = AuditEntry {
                    unit: row.unit,
                    person: None,
                    device: None,
                    action: "quarantine.judged_anew",
                    subject: row.envelope.to_string(),
                    details: json!({ "code": row.code.code(), "dated": arrived, "seen": seen }),
                };
                transaction.audit(&entry, now)?;
                Ok(true)
            })
            .await;
        let_in += usize::from(done?);
    }
    Ok(let_in)
}
