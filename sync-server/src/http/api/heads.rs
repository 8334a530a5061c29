//! Household heads, who have no login: their list at a premises, and another code for one of them.

use std::sync::Arc;

use ancu_shared::id::{DocumentId, PersonId};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use super::users;
use crate::http::extract::{Json, Named};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::heads::{self, HouseholdHead};
use crate::service::{App, Outcome};

/// The household heads who enrolled at a premises, the first enrolled first.
#[utoipa::path(get, path = "/api/v1/facilities/{id}/household-heads", tag = "facilities",
    params(("id" = String, Path)), responses((status = 200, body = [HouseholdHead])))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<DocumentId>,
) -> Answer<Json<Vec<HouseholdHead>>> {
    let service = Arc::clone(&app);
    let found: Outcome<_> =
        app.store.read(move |transaction| heads::of_facility(&service, transaction, &caller, id)).await;
    Ok(Json(found?))
}

/// Make a one-time enrolment code for a household head: another phone, or one that wrong PINs locked. It is the same person
/// who comes back; an invitation would make another.
#[utoipa::path(post, path = "/api/v1/household-heads/{id}/enrolment-codes", tag = "facilities",
    params(("id" = String, Path)), responses((status = 201, body = users::EnrolmentCode)))]
pub(super) async fn renew(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<PersonId>,
) -> Answer<Response> {
    users::shown(heads::renew(&app, Some(caller), id).await?)
}
