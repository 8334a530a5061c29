//! Findings.

use std::sync::Arc;

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::view::{FindingSummary, FindingView, Page};
use axum::Extension;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::{ID, Paging, no_choice, optional, words};
use crate::http::extract::{Json, Params};
use crate::http::problem::{Answer, Failure};
use crate::service::access::Caller;
use crate::service::findings::{self, FindingFilter, Which};
use crate::service::{App, Outcome};

/// What may be asked of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParams {
    q: Option<String>,
    state: Option<String>,
    unit: Option<String>,
    facility: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Findings in the caller's scope, the earliest deadline first.
#[utoipa::path(get, path = "/api/v1/findings", tag = "findings",
    params(("q" = Option<String>, Query),
        ("state" = Option<String>, Query, description = "open (default), overdue, reported, closed or all"),
        ("unit" = Option<String>, Query), ("facility" = Option<String>, Query),
        ("cursor" = Option<String>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<FindingSummary>)))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<ListParams>,
) -> Answer<Json<Page<FindingSummary>>> {
    let which = match params.state.as_deref().filter(|state| !state.is_empty()) {
        None => Which::default(),
        Some(code) => Which::from_code(code).ok_or_else(|| no_choice("state", &Which::CODES))?,
    };
    let filter = FindingFilter {
        which,
        unit: optional(params.unit.as_ref(), "unit", ID)?,
        facility: optional(params.facility.as_ref(), "facility", ID)?,
        words: words(params.q, "q")?,
    };
    let slice = Paging { cursor: params.cursor, limit: params.limit }.slice()?;
    let service = Arc::clone(&app);
    let page: Outcome<_> =
        app.store.read(move |transaction| findings::list(&service, transaction, &caller, &filter, slice)).await;
    Ok(Json(page?))
}

/// One finding with everything that followed.
#[utoipa::path(get, path = "/api/v1/inspections/{id}/findings/{item}", tag = "findings",
    params(("id" = String, Path), ("item" = String, Path)),
    responses((status = 200, body = FindingView)))]
pub(super) async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Answer<Json<FindingView>> {
    let Path((id, item)) = path.map_err(|_| Failure::from(ErrorCode::NotFound))?;
    let id: DocumentId = id.parse().map_err(|_| Failure::from(ErrorCode::NotFound))?;
    let service = Arc::clone(&app);
    let view: Outcome<_> =
        app.store.read(move |transaction| findings::read(&service, transaction, &caller, id, &item)).await;
    Ok(Json(view?))
}
