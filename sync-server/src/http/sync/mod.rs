//! `/sync/v1`: what devices call. CBOR under zstd; see `docs/protocol.md`.

mod courier;
mod enrol;
mod exchange;
mod photos;
mod templates;

use axum::http::Method;

use super::routes::{Access, Routes};
use crate::service::App;

/// `/sync/v1/*`
pub fn routes(app: &App) -> Routes {
    Routes::new(app)
        .carrying(Method::POST, "/sync/v1/enrol", Access::Public, enrol::enrol)
        .route(Method::GET, "/sync/v1/context", Access::Device, exchange::context)
        .carrying(Method::POST, "/sync/v1/push", Access::Device, exchange::push)
        .carrying(Method::POST, "/sync/v1/pull", Access::Device, exchange::pull)
        .carrying(Method::POST, "/sync/v1/offer", Access::Device, courier::offer)
        .route(Method::GET, "/sync/v1/courier/{bundle}", Access::Device, courier::receipt)
        .route(Method::GET, "/sync/v1/templates/{sha256}", Access::Device, templates::read)
        .carrying(Method::POST, "/sync/v1/photos/offer", Access::Device, photos::offer)
        .route(Method::GET, "/sync/v1/photos/{hash}", Access::Device, photos::read)
}
