//! HTTP: routes, who may call them, bodies in and out.
//!
//! Invariants: handlers extract, call one service, and map; every answer that is not a success is `problem+json` with a
//! closed code; every body is bounded; a panic is caught, logged and answered. No SQL here.

pub mod api;
pub mod arriving;
pub mod check;
pub mod console;
pub mod extract;
pub mod health;
pub mod problem;
pub mod routes;
pub mod sync;
pub mod uploads;

use ancu_shared::error::ErrorCode;
use ancu_shared::sync::wire;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;

use crate::service::App;
use problem::Failure;
use routes::{Routes, Rule};

/// Everything that is served, and the list of routes.
pub fn router(app: &App) -> (Router, Vec<Rule>) {
    let (plain, mut rules) = Routes::new(app)
        .merge(sync::routes(app))
        .merge(uploads::routes(app))
        .merge(health::routes(app))
        .merge(check::routes(app))
        .into_parts();
    let (api, api_rules) = api::routes(app).into_parts();
    rules.extend(api_rules);
    let api = api.layer(CompressionLayer::new());
    let router = Router::new()
        .merge(plain)
        .merge(api)
        .method_not_allowed_fallback(|| async { Failure::from(ErrorCode::MethodNotAllowed) });
    let router = match &app.config.ui {
        Some(folder) => router.fallback_service(console::files(folder)),
        None => router.fallback(|| async { Failure::from(ErrorCode::NotFound) }),
    };
    let router = router
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn(harden))
        .layer(TraceLayer::new_for_http())
        .layer(middleware::from_fn_with_state(app.config.traffic, arriving::watch))
        .with_state(std::sync::Arc::clone(app));
    (router, rules)
}

/// Headers that keep a browser from doing what the console never needs.
async fn harden(request: Request, next: Next) -> Response {
    const HEADERS: [(&str, &str); 5] = [
        (
            "content-security-policy",
            "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; \
             connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
    ];
    let mut response = next.run(request).await;
    if response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == wire::MEDIA_TYPE) {
        // No browser shows such a message; on a weak signal every byte is waited for.
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        return response;
    }
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
