//! `POST /sync/v1/enrol`: the only call of a device without a token.

use std::net::SocketAddr;

use ancu_shared::sync::wire::{EnrolAnswer, EnrolRequest};
use axum::extract::{ConnectInfo, State};

use crate::http::extract::{Cbor, Small};
use crate::http::problem::Answer;
use crate::service::{App, enrol as service};

/// Enrols a device.
pub(super) async fn enrol(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Small(request): Small<EnrolRequest>,
) -> Answer<Cbor<EnrolAnswer>> {
    Ok(Cbor(service::enrol(&app, request, address.ip()).await?))
}
