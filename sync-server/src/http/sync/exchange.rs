//! Context, push, pull.

use std::sync::Arc;

use ancu_shared::sync::wire::{Context, PullRequest, PushAnswer, PushRequest};
use axum::Extension;
use axum::extract::State;

use crate::http::extract::{Cbor, Packed};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::{App, Outcome, behind, context as contexts, devices, pull as pulls, push as pushes};
use crate::store::rows::DeviceRow;

/// `GET /sync/v1/context`
pub(super) async fn context(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Extension(device): Extension<DeviceRow>,
) -> Answer<Cbor<Context>> {
    let service = Arc::clone(&app);
    let context: Outcome<Context> =
        app.store.read(move |transaction| contexts::context(&service, transaction, &caller, device.id)).await;
    Ok(Cbor(context?))
}

/// `POST /sync/v1/push`
pub(super) async fn push(
    State(app): State<App>,
    Extension(device): Extension<DeviceRow>,
    Cbor(request): Cbor<PushRequest>,
) -> Answer<Cbor<PushAnswer>> {
    behind::check_with(&app, device.id, Some(request.device.clock)).await?;
    Ok(Cbor(pushes::push(&app, device.id, request).await?))
}

/// `POST /sync/v1/pull`
pub(super) async fn pull(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Extension(device): Extension<DeviceRow>,
    Cbor(mut request): Cbor<PullRequest>,
) -> Answer<Packed> {
    let report = request.device.take();
    behind::check_with(&app, device.id, report.as_ref().map(|report| report.clock)).await?;
    // At once: the page is read while the writer is busy.
    let (answer, ()) = tokio::join!(pulls::pull(&app, caller, request), devices::heard(&app, &device, report));
    let answer = answer?;
    Packed::of(&app, answer).await
}
