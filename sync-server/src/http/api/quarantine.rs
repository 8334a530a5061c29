//! Quarantine.

use std::sync::Arc;

use ancu_shared::error::ErrorCode;
use ancu_shared::id::PhotoHash;
use ancu_shared::view::Page;
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::openapi::Binary;
use super::photos::{PhotoParams, picture};
use super::{ID, Paging, optional};
use crate::http::extract::{Json, Named, Params};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::quarantine::{self, Asidable, QuarantineView, SetAside};
use crate::service::{App, Outcome};

/// Which are listed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParams {
    device: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Refused envelopes, open ones first. An administrator is told that something is held, of whom and since when; what it says and
/// which record it is about are for those who look after that unit's records. What can never be let in is set aside
/// (`may_set_aside`).
#[utoipa::path(get, path = "/api/v1/quarantine", tag = "quarantine",
    params(("device" = Option<String>, Query, description = "only what this device brought"),
        ("cursor" = Option<String>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<QuarantineView>)))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<ListParams>,
) -> Answer<Json<Page<QuarantineView>>> {
    let ListParams { device, cursor, limit } = params;
    let (device, slice) = (optional(device.as_ref(), "device", ID)?, Paging { cursor, limit }.slice()?);
    let service = Arc::clone(&app);
    let page: Outcome<_> =
        app.store.read(move |transaction| quarantine::list(&service, transaction, &caller, device, slice)).await;
    Ok(Json(page?))
}

/// A photo's picture that a refused envelope adds, for those who read what the envelope says. Only what a device of its author sent,
/// or what the caller sees in a record.
#[utoipa::path(get, path = "/api/v1/quarantine/{id}/photos/{hash}", tag = "quarantine",
    params(("id" = i64, Path), ("hash" = String, Path),
        ("size" = Option<String>, Query, description = "thumbnail or full")),
    responses((status = 200, content_type = "image/jpeg", body = inline(Binary))))]
pub(super) async fn photo(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<(String, String)>, PathRejection>,
    Params(params): Params<PhotoParams>,
) -> Answer<Response> {
    let Path((id, hash)) = path.map_err(|_| ErrorCode::NotFound)?;
    let id: i64 = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let hash: PhotoHash = hash.parse().map_err(|_| ErrorCode::NotFound)?;
    // Who may look is asked each time: what is settled may be another's tomorrow.
    picture(quarantine::photo(&app, caller, id, hash, params.size()?).await?, "private, no-store")
}

/// Let a refused envelope in.
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/release", tag = "quarantine", params(("id" = i64, Path)),
    responses((status = 200, body = QuarantineView), (status = 409, description = "It cannot be admitted even so: `release_impossible`, with the reason in words")))]
pub(super) async fn release(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<i64>,
) -> Answer<Json<QuarantineView>> {
    Ok(Json(quarantine::release(&app, caller, id).await?))
}

/// How much is set aside.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Extent {
    /// What is named.
    #[default]
    One,
    /// All that the same device brought.
    Device,
}

/// What is set aside.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AsideParams {
    #[serde(default)]
    extent: Extent,
}

/// How many would be set aside with this one if all of its device were; 0 where this one is not the caller's to set aside.
#[utoipa::path(get, path = "/api/v1/quarantine/{id}/set-aside", tag = "quarantine", params(("id" = i64, Path)),
    responses((status = 200, body = Asidable)))]
pub(super) async fn to_set_aside(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<i64>,
) -> Answer<Json<Asidable>> {
    Ok(Json(quarantine::to_set_aside(&app, caller, id).await?))
}

/// Set aside what can never be let in: what cannot be read, a reviewer of its unit or an administrator; what a release would refuse,
/// a reviewer of the unit that it names; of a unit that the server does not have, an administrator. With `extent=device` all of it
/// that the same device brought and the caller may set aside. It counts no more as held; what came is kept for a while
/// (`[quarantine] released_days`), its SHA-256 for good. It is not let in: one that comes again is judged and held anew.
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/set-aside", tag = "quarantine",
    params(("id" = i64, Path), ("extent" = Option<String>, Query, description = "one (default), or device: all that the same device brought")),
    responses((status = 200, body = SetAside)))]
pub(super) async fn set_aside(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<i64>,
    Params(params): Params<AsideParams>,
) -> Answer<Json<SetAside>> {
    Ok(Json(quarantine::set_aside(&app, caller, id, params.extent == Extent::Device).await?))
}
