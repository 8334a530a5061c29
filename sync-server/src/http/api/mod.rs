//! `/api/v1`: JSON for the console and integrators. Cookie session; described at `/api/openapi.json`.

mod clashes;
mod courier;
mod devices;
mod facilities;
mod inspections;
mod openapi;
mod overview;
mod photos;
mod quarantine;
mod session;
mod users;

use ancu_shared::error::{ErrorCode, Problem};
use axum::http::Method;
use serde::Deserialize;

use super::problem::Failure;
use super::routes::{ADMINISTRATORS, Access, READERS, REVIEWERS, Routes, STAFF, SUPERVISORS};
use crate::service::App;
use crate::store::rows::Slice;

/// `/api/*`
pub fn routes(app: &App) -> Routes {
    Routes::new(app)
        .route(Method::GET, "/api/openapi.json", Access::Public, openapi::read)
        .route(Method::POST, "/api/v1/session", Access::Login, session::open)
        .route(Method::DELETE, "/api/v1/session", Access::SignedIn, session::close)
        .route(Method::GET, "/api/v1/me", Access::SignedIn, session::me)
        .route(Method::GET, "/api/v1/dashboard", STAFF, overview::dashboard)
        .route(Method::GET, "/api/v1/inspections", READERS, inspections::list)
        .route(Method::GET, "/api/v1/inspections/{id}", READERS, inspections::read)
        .route(Method::GET, "/api/v1/inspections/{id}/items/{item}/history", READERS, inspections::item_history)
        .route(Method::POST, "/api/v1/inspections/{id}/decision", REVIEWERS, inspections::decide)
        .route(Method::GET, "/api/v1/templates/{code}/{version}", READERS, inspections::template)
        .route(Method::GET, "/api/v1/facilities", READERS, facilities::list)
        .route(Method::GET, "/api/v1/facilities/{id}", READERS, facilities::read)
        .route(Method::GET, "/api/v1/photos/{hash}", READERS, photos::read)
        .route(Method::GET, "/api/v1/clashes", READERS, clashes::list)
        .route(Method::GET, "/api/v1/quarantine", SUPERVISORS, quarantine::list)
        .route(Method::POST, "/api/v1/quarantine/{id}/release", SUPERVISORS, quarantine::release)
        .route(Method::GET, "/api/v1/users", ADMINISTRATORS, users::list)
        .route(Method::POST, "/api/v1/users", ADMINISTRATORS, users::add)
        .route(Method::POST, "/api/v1/users/{id}/enrolment-codes", ADMINISTRATORS, users::invite)
        .route(Method::GET, "/api/v1/devices", ADMINISTRATORS, devices::list)
        .route(Method::POST, "/api/v1/devices/{id}/revoke", ADMINISTRATORS, devices::revoke)
        .route(Method::POST, "/api/v1/courier", ADMINISTRATORS, courier::import)
        .route(Method::GET, "/api/v1/courier/{bundle}/receipt", ADMINISTRATORS, courier::receipt)
        .route(Method::GET, "/api/v1/audit", ADMINISTRATORS, overview::audit)
        .route(Method::GET, "/api/v1/units", STAFF, overview::units)
}

/// Items of a page, if nothing is asked for.
const PAGE: u64 = 50;
/// Items of a page, at most.
const MOST: u64 = 200;

/// `cursor` and `limit` of a list.
#[derive(Debug, Clone, Default, Deserialize)]
struct Paging {
    cursor: Option<String>,
    limit: Option<String>,
}

impl Paging {
    fn limit(&self) -> Result<u64, Failure> {
        match self.limit.as_deref().filter(|text| !text.is_empty()) {
            None => Ok(PAGE),
            Some(text) => Ok(text.parse::<u64>().map_err(|_| unreadable("limit"))?.clamp(1, MOST)),
        }
    }

    fn slice(&self) -> Result<Slice, Failure> {
        let offset = match self.cursor.as_deref().filter(|text| !text.is_empty()) {
            None => 0,
            Some(text) => text.parse::<u32>().map_err(|_| Failure::from(ErrorCode::CursorInvalid))?,
        };
        Ok(Slice { offset: u64::from(offset), limit: self.limit()? })
    }
}

/// A parameter that is not what it should be.
fn unreadable(field: &str) -> Failure {
    Problem::new(ErrorCode::FieldInvalid).at(field).into()
}

/// An optional parameter; an empty one counts as none.
fn optional<T: std::str::FromStr>(text: Option<&String>, field: &str) -> Result<Option<T>, Failure> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| unreadable(field)),
    }
}
