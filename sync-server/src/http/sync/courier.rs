//! What was sent by courier: what of it need not be pushed, and the word on a file. The file itself comes by `/uploads`.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::BundleId;
use ancu_shared::sync::wire::{EnvelopeOffer, EnvelopeOfferAnswer};
use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::http::extract::{Cbor, Named};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::{App, courier};

/// `POST /sync/v1/offer`
pub(super) async fn offer(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Cbor(offer): Cbor<EnvelopeOffer>,
) -> Answer<Cbor<EnvelopeOfferAnswer>> {
    Ok(Cbor(courier::offer(&app, caller, offer).await?))
}

/// `GET /sync/v1/courier/{bundle}`
pub(super) async fn receipt(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(bundle): Named<BundleId>,
) -> Answer<Response> {
    let receipt = courier::receipt(&app, bundle, Some(caller)).await?.ok_or(ErrorCode::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], receipt).into_response())
}
