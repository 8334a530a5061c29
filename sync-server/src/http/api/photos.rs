//! Photos of records that the caller may see.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::PhotoHash;
use ancu_shared::view::PhotoSize;
use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::no_choice;
use super::openapi::Binary;
use crate::http::extract::{Named, Params};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::{App, photos};

/// Which picture.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhotoParams {
    size: Option<String>,
}

/// A photo's picture. The address is the content's hash, so it may be kept for ever.
#[utoipa::path(get, path = "/api/v1/photos/{hash}", tag = "inspections",
    params(("hash" = String, Path), ("size" = Option<String>, Query, description = "thumbnail or full")),
    responses((status = 200, content_type = "image/jpeg", body = inline(Binary))))]
pub(super) async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(hash): Named<PhotoHash>,
    Params(params): Params<PhotoParams>,
) -> Answer<Response> {
    let size = match params.size.as_deref() {
        None | Some("" | "full") => PhotoSize::Full,
        Some("thumbnail") => PhotoSize::Thumbnail,
        Some(_) => return Err(no_choice("size", &["full", "thumbnail"])),
    };
    let bytes = photos::read(&app, caller, hash, size).await?.ok_or(ErrorCode::NotFound)?;
    let headers =
        [(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, max-age=31536000, immutable")];
    Ok((headers, bytes).into_response())
}
