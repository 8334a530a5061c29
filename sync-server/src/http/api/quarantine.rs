//! Quarantine.

use std::sync::Arc;

use ancu_shared::view::Page;
use axum::Extension;
use axum::extract::State;

use super::Paging;
use crate::http::extract::{Json, Named, Params};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::quarantine::{self, QuarantineView};
use crate::service::{App, Outcome};

/// Refused envelopes, open ones first. An administrator is told that something is held, of whom and since when; what it says and
/// which record it is about are for those who look after that unit's records.
#[utoipa::path(get, path = "/api/v1/quarantine", tag = "quarantine",
    params(("cursor" = Option<String>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<QuarantineView>)))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<QuarantineView>>> {
    let slice = paging.slice()?;
    let service = Arc::clone(&app);
    let page: Outcome<_> =
        app.store.read(move |transaction| quarantine::list(&service, transaction, &caller, slice)).await;
    Ok(Json(page?))
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
