//! Photos for devices: which are lacking, and the bytes of those in scope.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::PhotoHash;
use ancu_shared::sync::wire::{PhotoOffer, PhotoOfferAnswer};
use ancu_shared::view::PhotoSize;
use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::http::extract::{Cbor, Named};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::{App, photos};

/// `POST /sync/v1/photos/offer`
pub(super) async fn offer(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Cbor(offer): Cbor<PhotoOffer>,
) -> Answer<Cbor<PhotoOfferAnswer>> {
    Ok(Cbor(photos::offer(&app, caller, offer).await?))
}

/// `GET /sync/v1/photos/{hash}`
pub(super) async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(hash): Named<PhotoHash>,
) -> Answer<Response> {
    let bytes = photos::read(&app, caller, hash, PhotoSize::Full).await?.ok_or(ErrorCode::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], bytes).into_response())
}
