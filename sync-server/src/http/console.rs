//! The console's files: the built pages, and the one page behind all of the console's own addresses.
//!
//! Invariant: an address is served as found only where a file stands or the console has a screen; any other is a coded
//! problem, and for a person in a browser the console's own "not found". What this module does not know: what a screen shows.

use std::path::Path;

use ancu_shared::error::ErrorCode;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

use super::problem::Failure;

/// First parts of the console's addresses, and whether an id may follow (`app/ui/src/console/screens.ts`).
const SCREENS: &[(&str, bool)] = &[
    ("inspections", true),
    ("facilities", true),
    ("findings", true),
    ("measures", false),
    ("clashes", false),
    ("quarantine", false),
    ("users", false),
    ("devices", false),
    ("units", false),
    ("audit", false),
];
/// Where the interfaces stand: no page of the console is there.
const INTERFACES: [&str; 5] = ["api", "sync", "uploads", "health", "kiem-tra"];
const PAGE: &str = "/index.html";

/// Serves the files of a folder.
pub fn files(folder: &Path) -> Router {
    // A file of an older build is gone; the first page in its place would be kept for a year.
    let built = ServeDir::new(folder.join("assets")).precompressed_gzip();
    Router::new()
        .nest_service("/assets", built)
        .fallback_service(ServeDir::new(folder).precompressed_gzip())
        .layer(middleware::from_fn(answer))
        .layer(CompressionLayer::new())
}

/// The parts of a path.
fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty()).collect()
}

/// Whether the console has a screen at this path.
fn is_screen(path: &str) -> bool {
    let known = |first: &str, one: bool| SCREENS.iter().any(|(name, about_one)| *name == first && (*about_one || !one));
    match parts(path)[..] {
        [] => true,
        [first] => known(first, false),
        [first, _] => known(first, true),
        _ => false,
    }
}

async fn answer(mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if parts(&path).first().is_some_and(|first| INTERFACES.contains(first)) {
        return Failure::from(ErrorCode::NotFound).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Failure::from(ErrorCode::MethodNotAllowed).into_response();
    }
    let hashed = path.starts_with("/assets/");
    if is_screen(&path) {
        *request.uri_mut() = Uri::from_static(PAGE);
    }
    let accepted = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let person = !hashed && accepted.is_some_and(|accept| accept.contains("text/html"));
    let mut page = Request::new(axum::body::Body::empty());
    *page.method_mut() = request.method().clone();
    *page.uri_mut() = Uri::from_static(PAGE);
    let (again, mut found) = (next.clone(), next.run(request).await);
    if !found.status().is_client_error() && !found.status().is_server_error() {
        let cache = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        found.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        return found;
    }
    if person {
        // The console itself says that it has no such page, and leads on.
        let mut page = again.run(page).await;
        if page.status().is_success() {
            *page.status_mut() = StatusCode::NOT_FOUND;
            page.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return page;
        }
    }
    Failure::from(ErrorCode::NotFound).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_screens_are_those_of_the_console() {
        let source = include_str!("../../../app/ui/src/console/screens.ts");
        let listed = source.split_once("SCREENS").and_then(|(_, rest)| rest.split_once("};")).expect("the list").0;
        let theirs: Vec<_> = listed
            .lines()
            .filter_map(|line| line.trim().split_once(": { list:"))
            .map(|(name, rest)| (name.trim_matches('\''), rest.contains(" one:")))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        assert_eq!(theirs, SCREENS);
        for (path, expected) in [
            ("/", true),
            ("/inspections", true),
            ("/inspections/", true),
            ("/inspections/0192", true),
            ("/inspections/0192/more", false),
            ("/audit/0192", false),
            ("/khong-co", false),
            ("/../inspections", false),
        ] {
            assert_eq!(is_screen(path), expected, "{path}");
        }
    }
}
