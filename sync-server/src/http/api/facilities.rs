//! Premises.

use std::sync::Arc;

use ancu_shared::id::DocumentId;
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::view::{FacilitySheet, FacilitySummary, Page};
use axum::Extension;
use axum::extract::State;
use serde::Deserialize;

use super::{ID, Paging, no_choice, optional, words};
use crate::http::extract::{Json, Named, Params};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::console::{self, FacilityFilter};
use crate::service::{App, Outcome};

/// What may be asked of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParams {
    q: Option<String>,
    class: Option<String>,
    unit: Option<String>,
    declarations: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Premises in the caller's scope.
#[utoipa::path(get, path = "/api/v1/facilities", tag = "facilities",
    params(("q" = Option<String>, Query), ("class" = Option<String>, Query), ("unit" = Option<String>, Query),
        ("declarations" = Option<String>, Query, description = "waiting: only where a declaration waits for an officer"),
        ("cursor" = Option<String>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<FacilitySummary>)))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<ListParams>,
) -> Answer<Json<Page<FacilitySummary>>> {
    let class = match params.class.as_deref().filter(|class| !class.is_empty()) {
        None => None,
        Some(class) => {
            let codes = || no_choice("class", &FacilityClass::ALL.map(FacilityClass::code));
            Some(FacilityClass::from_code(class).ok_or_else(codes)?)
        }
    };
    let declarations_waiting = match params.declarations.as_deref() {
        None | Some("") => false,
        Some("waiting") => true,
        Some(_) => return Err(no_choice("declarations", &["waiting"])),
    };
    let filter = FacilityFilter {
        unit: optional(params.unit.as_ref(), "unit", ID)?,
        class,
        words: words(params.q, "q")?,
        declarations_waiting,
    };
    let slice = Paging { cursor: params.cursor, limit: params.limit }.slice()?;
    let service = Arc::clone(&app);
    let page: Outcome<_> =
        app.store.read(move |transaction| console::facilities(&service, transaction, &caller, &filter, slice)).await;
    Ok(Json(page?))
}

/// One premises with everything known of it.
#[utoipa::path(get, path = "/api/v1/facilities/{id}", tag = "facilities", params(("id" = String, Path)),
    responses((status = 200, body = FacilitySheet)))]
pub(super) async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<DocumentId>,
) -> Answer<Json<FacilitySheet>> {
    let service = Arc::clone(&app);
    let sheet: Outcome<_> =
        app.store.read(move |transaction| console::facility(&service, transaction, &caller, id)).await;
    Ok(Json(sheet?))
}
