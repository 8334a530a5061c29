//! Courier's files, brought by an administrator.

use ancu_shared::courier::MAX_BUNDLE_BYTES;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::BundleId;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use tokio::io::AsyncWriteExt as _;

use super::openapi::Binary;
use crate::http::extract::{Json, Named};
use crate::http::problem::{Answer, Failure};
use crate::service::App;
use crate::service::access::Caller;
use crate::service::courier::{self, Carrier, Imported, Scratch};
use crate::service::photos::io_refused;

/// Take a courier's file in: the body is the file.
#[utoipa::path(post, path = "/api/v1/courier", tag = "courier",
    request_body(content = inline(Binary), content_type = "application/octet-stream"),
    responses((status = 200, body = Imported), (status = 409, description = "Made by a newer program, or empty: `courier_newer`, `courier_empty`"),
        (status = 422, description = "Not a file for this server, or damaged: `courier_unknown`, `courier_foreign`, `courier_damaged`, `file_unusable`")))]
pub(super) async fn import(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Answer<Json<Imported>> {
    let file = Scratch::new(&app);
    receive(&file, request).await?;
    let carrier = Carrier { device: None, person: Some(caller.id()) };
    Ok(Json(courier::import(&app, file.path(), carrier).await?))
}

/// The server's word on a courier's file, for the device that it came from.
#[utoipa::path(get, path = "/api/v1/courier/{bundle}/receipt", tag = "courier", params(("bundle" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = inline(Binary))))]
pub(super) async fn receipt(State(app): State<App>, Named(bundle): Named<BundleId>) -> Answer<Response> {
    let receipt = courier::receipt(&app, bundle, None).await?.ok_or(ErrorCode::NotFound)?;
    let name = format!("attachment; filename=\"bien-nhan-{}.ancu\"", &bundle.to_string()[..12]);
    let mut response = ([(header::CONTENT_TYPE, "application/octet-stream")], receipt).into_response();
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

async fn receive(file: &Scratch, request: Request) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::from(io_refused(&error));
    let opened = tokio::fs::OpenOptions::new().create_new(true).write(true).open(file.path()).await.map_err(failed)?;
    let mut writer = tokio::io::BufWriter::with_capacity(256 * 1024, opened);
    let (mut body, mut received) = (request.into_body(), 0_u64);
    while let Some(frame) = body.frame().await {
        // Broken off, or too slow.
        let frame = frame.map_err(|_| ErrorCode::RequestMalformed)?;
        let Ok(data) = frame.into_data() else { continue };
        received += data.len() as u64;
        if received > MAX_BUNDLE_BYTES {
            let limit = serde_json::json!({ "limit": MAX_BUNDLE_BYTES });
            return Err(Problem::new(ErrorCode::TooLarge).with(limit).into());
        }
        writer.write_all(&data).await.map_err(failed)?;
    }
    writer.flush().await.map_err(failed)
}
