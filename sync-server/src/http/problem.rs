//! Errors over HTTP: RFC 9457 `problem+json` with a closed code, everywhere.

use ancu_shared::error::{ErrorCode, Problem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::service::Refused;
use crate::store::StoreError;

/// A refusal as a response.
#[derive(Debug)]
pub struct Failure(pub Box<Problem>);

/// What handlers give.
pub type Answer<T = Response> = Result<T, Failure>;

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self(Box::new(code.into()))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self(refused.0)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(Box::new(error.into()))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A problem holds texts and JSON only: it always serialises.
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after(self.0.known_code()) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        response
    }
}

/// When it is worth another try, in seconds: clients don't come back sooner.
fn retry_after(code: ErrorCode) -> Option<&'static str> {
    match code {
        // Tries are counted by the minute; a disk has room as soon as somebody made some.
        ErrorCode::TooManyRequests | ErrorCode::ServerDiskFull | ErrorCode::ServerClockBehind => Some("60"),
        ErrorCode::Unavailable => Some("5"),          // stopping or starting
        ErrorCode::ServerStoreDamaged => Some("300"), // somebody has to come
        _ => None,
    }
}

/// What a caught panic is to the caller.
pub fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(panic = text, "a handler panicked");
    Failure::from(ErrorCode::Internal).into_response()
}
