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
    picture(photos::read(&app, caller, hash, params.size()?).await?, "private, max-age=31536000, immutable")
}

impl PhotoParams {
    pub(super) fn size(&self) -> Answer<PhotoSize> {
        match self.size.as_deref() {
            None | Some("" | "full") => Ok(PhotoSize::Full),
            Some("thumbnail") => Ok(PhotoSize::Thumbnail),
            Some(_) => Err(no_choice("size", &["full", "thumbnail"])),
        }
    }
}

/// A picture, kept by the browser for as long as this says.
pub(super) fn picture(bytes: Option<Vec<u8>>, kept: &'static str) -> Answer<Response> {
    let bytes = bytes.ok_or(ErrorCode::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, kept)], bytes).into_response())
}
