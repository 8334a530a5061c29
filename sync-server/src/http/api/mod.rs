//! `/api/v1`: JSON for the console and integrators. Cookie session; described at `/api/openapi.json`.

mod clashes;
mod courier;
mod devices;
mod facilities;
mod findings;
mod handover;
mod heads;
mod inspections;
mod measures;
mod openapi;
mod overview;
mod photos;
mod quarantine;
mod session;
mod users;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::record::search;
use axum::http::Method;
use serde::Deserialize;

use super::problem::Failure;
use super::routes::{ADMINISTRATORS, Access, HEAD_ENROLLERS, READERS, REVIEWERS, Routes, STAFF, SUPERVISORS};
use crate::service::App;
use crate::store::rows::Slice;

/// `/api/*`
pub fn routes(app: &App) -> Routes {
    let routes = Routes::new(app)
        .route(Method::POST, "/api/v1/session", Access::Login, session::open)
        .route(Method::DELETE, "/api/v1/session", Access::SignedIn, session::close)
        .route(Method::GET, "/api/v1/me", Access::SignedIn, session::me)
        .route(Method::GET, "/api/v1/dashboard", STAFF, overview::dashboard)
        .route(Method::GET, "/api/v1/inspections", READERS, inspections::list)
        .route(Method::GET, "/api/v1/inspections/{id}", READERS, inspections::read)
        .route(Method::GET, "/api/v1/inspections/{id}/items/{item}/history", READERS, inspections::item_history)
        .route(Method::GET, "/api/v1/inspections/{id}/paper", READERS, inspections::paper)
        .route(Method::POST, "/api/v1/inspections/{id}/decision", REVIEWERS, inspections::decide)
        .route(Method::GET, "/api/v1/templates/{code}/{version}", READERS, inspections::template)
        .route(Method::GET, "/api/v1/facilities", READERS, facilities::list)
        .route(Method::GET, "/api/v1/facilities/{id}", READERS, facilities::read)
        .route(Method::GET, "/api/v1/facilities/{id}/hand-overs", READERS, handover::list)
        .route(Method::POST, "/api/v1/facilities/{id}/hand-overs", REVIEWERS, handover::make)
        .route(Method::GET, "/api/v1/facilities/{id}/household-heads", READERS, heads::list)
        .route(Method::POST, "/api/v1/household-heads/{id}/enrolment-codes", HEAD_ENROLLERS, heads::renew)
        .route(Method::GET, "/api/v1/findings", READERS, findings::list)
        .route(Method::GET, "/api/v1/inspections/{id}/findings/{item}", READERS, findings::read)
        .route(Method::GET, "/api/v1/measures", READERS, measures::list)
        .route(Method::GET, "/api/v1/facilities/{id}/measures", READERS, measures::of_facility)
        .route(Method::POST, "/api/v1/facilities/{id}/measures", READERS, measures::note)
        .route(Method::GET, "/api/v1/photos/{hash}", READERS, photos::read)
        .route(Method::GET, "/api/v1/clashes", READERS, clashes::list)
        .route(Method::GET, "/api/v1/quarantine", SUPERVISORS, quarantine::list)
        .route(Method::GET, "/api/v1/quarantine/{id}/photos/{hash}", REVIEWERS, quarantine::photo)
        .route(Method::POST, "/api/v1/quarantine/{id}/release", REVIEWERS, quarantine::release)
        .route(Method::GET, "/api/v1/quarantine/{id}/set-aside", SUPERVISORS, quarantine::to_set_aside)
        .route(Method::POST, "/api/v1/quarantine/{id}/set-aside", SUPERVISORS, quarantine::set_aside)
        .route(Method::GET, "/api/v1/users", ADMINISTRATORS, users::list)
        .route(Method::POST, "/api/v1/users", ADMINISTRATORS, users::add)
        .route(Method::POST, "/api/v1/users/{id}/posts", ADMINISTRATORS, users::give_post)
        .route(Method::POST, "/api/v1/users/{id}/posts/end", ADMINISTRATORS, users::end_post)
        .route(Method::POST, "/api/v1/users/{id}/password", ADMINISTRATORS, users::reset_password)
        .route(Method::POST, "/api/v1/users/{id}/close", ADMINISTRATORS, users::close)
        .route(Method::POST, "/api/v1/users/{id}/enrolment-codes", ADMINISTRATORS, users::invite)
        .route(Method::GET, "/api/v1/devices", ADMINISTRATORS, devices::list)
        .route(Method::POST, "/api/v1/devices/{id}/revoke", ADMINISTRATORS, devices::revoke)
        .carrying(Method::POST, "/api/v1/courier", ADMINISTRATORS, courier::import)
        .route(Method::GET, "/api/v1/courier/{bundle}/receipt", ADMINISTRATORS, courier::receipt)
        .route(Method::GET, "/api/v1/audit", ADMINISTRATORS, overview::audit)
        .route(Method::GET, "/api/v1/units", STAFF, overview::units);
    let description = openapi::serve(routes.rules());
    routes.route(Method::GET, "/api/openapi.json", Access::Public, description)
}

/// Items of a page, if nothing is asked for.
const PAGE: u64 = 50;
/// Items of a page, at most.
const MOST: u64 = 200;

/// `cursor` and `limit` of a list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paging {
    cursor: Option<String>,
    limit: Option<String>,
}

impl Paging {
    fn limit(&self) -> Result<u64, Failure> {
        match self.limit.as_deref().filter(|text| !text.is_empty()) {
            None => Ok(PAGE),
            Some(text) => text
                .parse::<u64>()
                .ok()
                .filter(|limit| (1..=MOST).contains(limit))
                .ok_or_else(|| malformed("limit", &format!("1–{MOST}"))),
        }
    }

    fn slice(&self) -> Result<Slice, Failure> {
        let offset = match self.cursor.as_deref().filter(|text| !text.is_empty()) {
            None => 0,
            Some(text) => text.parse::<u32>().map_err(|_| Problem::new(ErrorCode::CursorInvalid).at("cursor"))?,
        };
        Ok(Slice { offset: u64::from(offset), limit: self.limit()? })
    }
}

/// A parameter that is not of the form that it should have.
fn malformed(field: &str, form: &str) -> Failure {
    Problem::field(
        field,
        &format!("Giá trị không đọc được. Dạng đúng: {form}."),
        &format!("This cannot be read. The right form: {form}."),
    )
    .into()
}

/// A parameter that is none of the choices.
fn no_choice(field: &str, choices: &[&str]) -> Failure {
    let choices = choices.join(", ");
    Problem::field(field, &format!("Hãy chọn một trong: {choices}."), &format!("Choose one of: {choices}.")).into()
}

/// An optional parameter; an empty one counts as none.
fn optional<T: std::str::FromStr>(text: Option<&String>, field: &str, form: &str) -> Result<Option<T>, Failure> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| malformed(field, form)),
    }
}

/// Words to search for, as they were typed; not more than anybody types.
fn words(text: Option<String>, field: &str) -> Result<String, Failure> {
    let text = text.unwrap_or_default();
    search::check_words(field, &text)?;
    Ok(text)
}

/// How an id is written.
const ID: &str = "0192f0c0-0000-7000-8000-000000000000";
/// How a day is written.
const DAY: &str = "YYYY-MM-DD, 2026-12-31";
