//! Devices: taking access away.

use std::sync::Arc;

use ancu_shared::id::{DeviceId, PersonId};
use serde_json::json;

use super::{App, Outcome};
use crate::store::rows::AuditEntry;

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
