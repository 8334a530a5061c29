//! `GET /sync/v1/templates/{sha256}`: a template's file, byte for byte.

use ancu_shared::error::ErrorCode;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::http::extract::Named;
use crate::http::problem::{Answer, Failure};
use crate::service::App;

/// Gives a template out.
pub(super) async fn read(State(app): State<App>, Named(sha256): Named<String>) -> Answer<Response> {
    let body: Result<Option<Vec<u8>>, Failure> = app
        .store
        .read(move |transaction| {
            let known = transaction.templates()?.into_iter().find(|template| template.sha256 == sha256);
            Ok(match known {
                Some(template) => transaction.template_body(&template.code, &template.version)?,
                None => None,
            })
        })
        .await;
    let body = body?.ok_or(ErrorCode::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
