//! Handing premises over to another unit.

use std::sync::Arc;

use ancu_shared::id::DocumentId;
use axum::Extension;
use axum::extract::State;
use serde::Deserialize;

use super::{ID, malformed};
use crate::http::extract::{Json, Named};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::handover::{self, HandOvers};
use crate::service::{App, Outcome};

/// To whom, and why.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewHandOver {
    /// The unit that looks after the premises from now on.
    unit: String,
    /// Why, for who reads it later; at most 500 characters.
    reason: String,
}

/// Where premises lay before, and the units that the caller may hand them over to.
#[utoipa::path(get, path = "/api/v1/facilities/{id}/hand-overs", tag = "facilities", params(("id" = String, Path)),
    responses((status = 200, body = HandOvers)))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<DocumentId>,
) -> Answer<Json<HandOvers>> {
    let service = Arc::clone(&app);
    let found: Outcome<_> =
        app.store.read(move |transaction| handover::of_facility(&service, transaction, &caller, id)).await;
    Ok(Json(found?))
}

/// Hand premises over to another unit, with all that belongs to them. What officers of the former unit made before they heard of
/// it still arrives.
#[utoipa::path(post, path = "/api/v1/facilities/{id}/hand-overs", tag = "facilities", params(("id" = String, Path)),
    request_body = NewHandOver,
    responses((status = 200, body = HandOvers), (status = 422, description = "No unit that may be given them, or no reason")))]
pub(super) async fn make(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<DocumentId>,
    Json(new): Json<NewHandOver>,
) -> Answer<Json<HandOvers>> {
    let unit = new.unit.parse().map_err(|_| malformed("unit", ID))?;
    Ok(Json(handover::hand_over(&app, caller, id, unit, new.reason).await?))
}
