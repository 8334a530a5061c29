//! Measures against premises: stops of their operation, sanctions.

use std::sync::Arc;

use ancu_shared::id::DocumentId;
use ancu_shared::measures::MeasureNote;
use ancu_shared::record::measure::Instrument;
use ancu_shared::view::{MeasureSummary, MeasuresView, Page};
use axum::Extension;
use axum::extract::State;
use serde::Deserialize;
use uuid::Uuid;

use super::{ID, Paging, no_choice, optional, words};
use crate::http::extract::{Json, Named, Params};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::measures::{self, MeasureFilter, Which};
use crate::service::{App, Outcome};

/// What may be asked of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParams {
    q: Option<String>,
    state: Option<String>,
    instrument: Option<String>,
    unit: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Measures in the caller's scope: those that are open first, the earliest end of a term first.
#[utoipa::path(get, path = "/api/v1/measures", tag = "measures",
    params(("q" = Option<String>, Query),
        ("state" = Option<String>, Query, description = "open (default), stopped, due, over, proposed, closed or all"),
        ("instrument" = Option<String>, Query), ("unit" = Option<String>, Query),
        ("cursor" = Option<String>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<MeasureSummary>)))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<ListParams>,
) -> Answer<Json<Page<MeasureSummary>>> {
    let which = match params.state.as_deref().filter(|state| !state.is_empty()) {
        None => Which::default(),
        Some(code) => Which::from_code(code).ok_or_else(|| no_choice("state", &Which::CODES))?,
    };
    let instrument = match params.instrument.as_deref().filter(|code| !code.is_empty()) {
        None => None,
        Some(code) => {
            let known = Instrument::ALL.into_iter().find(|instrument| instrument.code() == code);
            Some(known.ok_or_else(|| no_choice("instrument", &Instrument::ALL.map(Instrument::code)))?)
        }
    };
    let filter = MeasureFilter {
        which,
        instrument,
        unit: optional(params.unit.as_ref(), "unit", ID)?,
        words: words(params.q, "q")?,
    };
    let slice = Paging { cursor: params.cursor, limit: params.limit }.slice()?;
    let service = Arc::clone(&app);
    let page: Outcome<_> =
        app.store.read(move |transaction| measures::list(&service, transaction, &caller, &filter, slice)).await;
    Ok(Json(page?))
}

/// All measures against one premises, and what the rules suggest.
#[utoipa::path(get, path = "/api/v1/facilities/{id}/measures", tag = "measures", params(("id" = String, Path)),
    responses((status = 200, body = MeasuresView)))]
pub(super) async fn of_facility(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<DocumentId>,
) -> Answer<Json<MeasuresView>> {
    let service = Arc::clone(&app);
    let view: Outcome<_> =
        app.store.read(move |transaction| measures::of_facility(&service, transaction, &caller, id)).await;
    Ok(Json(view?))
}

/// A step.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MeasureBody {
    /// Of which measure; without it one begins.
    #[serde(default)]
    measure: Option<Uuid>,
    /// What is noted.
    note: MeasureNote,
}

/// Notes a step: of a measure, or the beginning of one.
#[utoipa::path(post, path = "/api/v1/facilities/{id}/measures", tag = "measures", params(("id" = String, Path)),
    request_body = MeasureBody, responses((status = 200, body = MeasuresView)))]
pub(super) async fn note(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<DocumentId>,
    Json(new): Json<MeasureBody>,
) -> Answer<Json<MeasuresView>> {
    Ok(Json(measures::note(&app, caller, id, new.measure, new.note).await?))
}
