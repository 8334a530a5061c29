//! The ledger of devices.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DeviceId;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use crate::http::extract::{Json, Named};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::admin::{self, DeviceView};
use crate::service::{App, Outcome, devices};

/// Enrolled devices with what they have not sent yet.
#[utoipa::path(get, path = "/api/v1/devices", tag = "administration", responses((status = 200, body = [DeviceView])))]
pub(super) async fn list(State(app): State<App>) -> Answer<Json<Vec<DeviceView>>> {
    let ledger: Outcome<_> = app.store.read(admin::devices).await;
    Ok(Json(ledger?))
}

/// Take a device's access away.
#[utoipa::path(post, path = "/api/v1/devices/{id}/revoke", tag = "administration", params(("id" = String, Path)),
    responses((status = 204, description = "Revoked"), (status = 404, description = "No such device, or revoked before")))]
pub(super) async fn revoke(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<DeviceId>,
) -> Answer<StatusCode> {
    if devices::revoke(&app, Some(caller.id()), id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ErrorCode::NotFound.into())
    }
}
