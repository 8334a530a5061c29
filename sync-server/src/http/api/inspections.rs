//! Inspections: the queue, one record, the decision on it, and its template.

use std::sync::Arc;

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::reading;
use ancu_shared::record::register::Decision;
use ancu_shared::template::Template;
use ancu_shared::view::{HistoryEntry, InspectionSummary, InspectionView, Page};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::openapi::Binary;
use super::{ID, Paging, no_choice, optional, words};
use crate::http::extract::{Json, Named, Params};
use crate::http::problem::{Answer, Failure};
use crate::service::access::Caller;
use crate::service::console::{self, InspectionFilter};
use crate::service::decision::{self, NewDecision};
use crate::service::{App, Outcome, paper};

/// What may be asked of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParams {
    state: Option<String>,
    unit: Option<String>,
    facility: Option<String>,
    q: Option<String>,
    order: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

impl ListParams {
    fn filter(&self) -> Result<InspectionFilter, Failure> {
        let states = self.state.as_deref().unwrap_or_default().split(',').filter(|state| !state.is_empty());
        let states = states.map(|state| reading::choice(state).map_err(|choices| no_choice("state", choices)));
        Ok(InspectionFilter {
            states: states.collect::<Result<_, Failure>>()?,
            unit: optional(self.unit.as_ref(), "unit", ID)?,
            facility: optional(self.facility.as_ref(), "facility", ID)?,
            words: words(self.q.clone(), "q")?,
            by_danger: match self.order.as_deref() {
                None | Some("" | "newest") => false,
                Some("danger") => true,
                Some(_) => return Err(no_choice("order", &["newest", "danger"])),
            },
        })
    }
}

/// Inspections in the caller's scope.
#[utoipa::path(get, path = "/api/v1/inspections", tag = "inspections",
    params(("state" = Option<String>, Query, description = "Any of in_progress, completed, returned, supplemented, approved; comma between"),
        ("unit" = Option<String>, Query), ("facility" = Option<String>, Query), ("q" = Option<String>, Query),
        ("order" = Option<String>, Query, description = "danger or newest"), ("cursor" = Option<String>, Query),
        ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<InspectionSummary>)))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<ListParams>,
) -> Answer<Json<Page<InspectionSummary>>> {
    let filter = params.filter()?;
    let slice = Paging { cursor: params.cursor, limit: params.limit }.slice()?;
    let service = Arc::clone(&app);
    let page: Outcome<_> =
        app.store.read(move |transaction| console::inspections(&service, transaction, &caller, &filter, slice)).await;
    Ok(Json(page?))
}

/// One inspection with its supplements, photos, authors and decisions.
#[utoipa::path(get, path = "/api/v1/inspections/{id}", tag = "inspections", params(("id" = String, Path)),
    responses((status = 200, body = InspectionView)))]
pub(super) async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<DocumentId>,
) -> Answer<Json<InspectionView>> {
    let service = Arc::clone(&app);
    let view: Outcome<_> =
        app.store.read(move |transaction| console::inspection(&service, transaction, &caller, id)).await;
    Ok(Json(view?))
}

/// Everything that was said at one question, newest first, with what was not chosen when a clash was settled.
#[utoipa::path(get, path = "/api/v1/inspections/{id}/items/{item}/history", tag = "inspections",
    params(("id" = String, Path), ("item" = String, Path, description = "The question's code")),
    responses((status = 200, body = [HistoryEntry])))]
pub(super) async fn item_history(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Answer<Json<Vec<HistoryEntry>>> {
    let Path((id, item)) = path.map_err(|_| Failure::from(ErrorCode::NotFound))?;
    let id: DocumentId = id.parse().map_err(|_| Failure::from(ErrorCode::NotFound))?;
    let service = Arc::clone(&app);
    let entries: Outcome<_> =
        app.store.read(move |transaction| console::item_history(&service, transaction, &caller, id, &item)).await;
    Ok(Json(entries?))
}

/// One inspection as PDF/A-2b: the record as it is printed, with a code that anybody can check.
#[utoipa::path(get, path = "/api/v1/inspections/{id}/paper", tag = "inspections", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/pdf", body = inline(Binary)),
        (status = 413, description = "More photos or answers than a document takes: `too_large`")))]
pub(super) async fn paper(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<DocumentId>,
) -> Answer<Response> {
    let (name, pdf) = paper::paper(&app, caller, id).await?;
    let named = format!("attachment; filename=\"{name}\"");
    let kind = "application/pdf".to_owned();
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, named),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, pdf).into_response())
}

/// A decision on an inspection.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct DecisionBody {
    /// `approved` or `returned`.
    decision: Decision,
    /// `newest_sealed` of the inspection as the reviewer saw it.
    on: DocumentId,
    /// `sealed_parts` of the inspection as the reviewer saw it: what was sealed since, in whatever order it is read, is a
    /// conflict.
    #[serde(default)]
    seen: Option<Vec<DocumentId>>,
    /// Words to the officers.
    #[serde(default)]
    words: String,
    /// Words at questions.
    #[serde(default)]
    comments: Vec<CommentBody>,
    /// To approve: codes of the questions whose words have no signed answer, as the reviewer was told.
    #[serde(default)]
    unanswered: Vec<String>,
}

/// Words at a question.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct CommentBody {
    /// The question's code; `_` stands for the whole record.
    item: String,
    /// The words.
    words: String,
}

/// Approve an inspection, or return it with words.
#[utoipa::path(post, path = "/api/v1/inspections/{id}/decision", tag = "inspections", params(("id" = String, Path)),
    request_body = DecisionBody,
    responses((status = 200, body = InspectionView),
        (status = 409, description = "Somebody decided or changed it meanwhile, or words have no answer that were not named: `conflict`; approved while signed parts clash: `clash_unsettled`"),
        (status = 422, description = "Returned without words, or words at a question that the checklist lacks: `item_unknown`")))]
pub(super) async fn decide(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<DocumentId>,
    Json(body): Json<DecisionBody>,
) -> Answer<Json<InspectionView>> {
    let comments = body.comments.into_iter().map(|comment| (comment.item, comment.words)).collect();
    let (on, seen, unanswered) = (body.on, body.seen, body.unanswered);
    let new = NewDecision { decision: body.decision, on, seen, words: body.words, comments, unanswered };
    Ok(Json(decision::decide(&app, caller, id, new).await?))
}

/// A template's version.
#[utoipa::path(get, path = "/api/v1/templates/{code}/{version}", tag = "inspections",
    params(("code" = String, Path), ("version" = String, Path)),
    responses((status = 200, body = Template)))]
pub(super) async fn template(
    State(app): State<App>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Answer<Json<Template>> {
    let Path((code, version)) = path.map_err(|_| Failure::from(ErrorCode::NotFound))?;
    let service = Arc::clone(&app);
    let template: Outcome<_> =
        app.store.read(move |transaction| console::template(&service, transaction, &code, &version)).await;
    Ok(Json(template?))
}
