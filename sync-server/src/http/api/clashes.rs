//! Values that clash.

use std::sync::Arc;

use ancu_shared::view::{Clash, Page};
use axum::Extension;
use axum::extract::State;

use super::Paging;
use crate::http::extract::{Json, Params};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::{App, Outcome, console};

/// Clashes in the caller's scope.
#[utoipa::path(get, path = "/api/v1/clashes", tag = "overview",
    params(("cursor" = Option<String>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<Clash>)))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<Clash>>> {
    let slice = paging.slice()?;
    let service = Arc::clone(&app);
    let page: Outcome<_> =
        app.store.read(move |transaction| console::clashes(&service, transaction, &caller, slice)).await;
    Ok(Json(page?))
}
