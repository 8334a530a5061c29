//! Devices: heard of, and taking access away.

use std::sync::Arc;

use ancu_shared::id::{DeviceId, PersonId};
use ancu_shared::sync::wire::DeviceReport;
use serde_json::json;

use super::{App, Outcome};
use crate::store::rows::{AuditEntry, DeviceRow};

/// Takes a device's access away; `false` if there is none such or it was revoked before. What it has not sent stays on it.
pub async fn revoke(app: &App, by: Option<PersonId>, device: DeviceId) -> Outcome<bool> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let now = service.now();
            let revoked = transaction.revoke_device(device, now)?;
            if revoked {
                transaction.audit(
                    &AuditEntry {
                        unit: None,
                        person: by,
                        device: None,
                        action: "device.revoked",
                        subject: device.to_string(),
                        details: json!({}),
                    },
                    now,
                )?;
            }
            Ok(revoked)
        })
        .await
}

/// A device that pulls is heard of, though it tells nothing of itself, at least this often.
const HEARD_OF_MILLIS: i64 = 60_000;

/// Notes that a device exchanges without pushing: with what it tells of itself, or that it was heard of at all. Whether it
/// can be noted or not, the exchange goes on: a ledger is no reason to keep anything from a device.
pub async fn heard(app: &App, device: &DeviceRow, report: Option<DeviceReport>) {
    let now = app.now();
    let lately = device.last_exchange_at.is_some_and(|last| (0..HEARD_OF_MILLIS).contains(&now.since(last)));
    if report.is_none() && lately {
        return;
    }
    let id = device.id;
    let noted: Outcome<()> = app
        .store
        .write(move |transaction| {
            if let Some(report) = &report {
                transaction.note_clock(id, report.clock.since(now), now)?;
            }
            Ok(transaction.note_exchange(id, report.as_ref(), now)?)
        })
        .await;
    if let Err(refused) = noted {
        tracing::warn!(problem = %refused.0, "an exchange could not be noted");
    }
}
