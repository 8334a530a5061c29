//! `/uploads`: photos and courier's files by resumable upload, tus 1.0 (core, creation, checksum, termination, expiration).
//!
//! Invariants: the offset is the length of the file on disk, nothing else; an offset at the end is told only after the bytes
//! were verified against the announced SHA-256 and are durable, and `Ancu-Receipt` says so; a mismatch discards the upload.
//! A finished upload is remembered until it expires: who lost the last answer asks again.

mod checksum;
pub mod headers;

use std::io::SeekFrom;
use std::sync::Arc;
use std::time::Duration;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{BundleId, PhotoHash};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use self::checksum::Checksum;
use self::headers::{Creation, Piece, TUS_RESUMABLE, UPLOAD_LENGTH, UPLOAD_OFFSET, VERSION, speaks_tus};
use super::extract::Named;
use super::problem::{Answer, Failure};
use super::routes::{Access, Routes};
use crate::clock::random_token;
use crate::service::access::Caller;
use crate::service::courier::{self, Carrier};
use crate::service::photos::{self, MAX_PHOTO_BYTES, io_refused, upload_file};
use crate::service::turns::Turn;
use crate::service::{App, Outcome};
use crate::store::rows::{DeviceRow, UploadKind, UploadRow};

/// A device's unfinished uploads of photos at one time; one more displaces the oldest.
const MOST_UPLOADS: usize = 64;
/// The same of courier's files, which may be large.
const MOST_BUNDLES: usize = 2;
/// The longest pause between two pieces of one PATCH.
const PATIENCE: Duration = Duration::from_mins(1);

const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");
const RECEIPT: HeaderName = HeaderName::from_static("ancu-receipt");
const MARK: HeaderName = HeaderName::from_static("ancu-mark");

/// `/uploads*`
pub fn routes(app: &App) -> Routes {
    Routes::new(app)
        .route(Method::OPTIONS, "/uploads", Access::Public, options)
        .route(Method::POST, "/uploads", Access::Device, create)
        .route(Method::HEAD, "/uploads/{id}", Access::Device, head)
        .carrying(Method::PATCH, "/uploads/{id}", Access::Device, patch)
        .route(Method::DELETE, "/uploads/{id}", Access::Device, terminate)
        .carrying(Method::POST, "/uploads/{id}", Access::Device, overridden)
        .answering(speak)
}

/// Every answer but that to OPTIONS names the protocol's version, a refusal too; who speaks another one is told ours.
async fn speak(request: Request, next: Next) -> Response {
    let options = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    if !options {
        response.headers_mut().insert(TUS_RESUMABLE, HeaderValue::from_static(VERSION));
    }
    if response.status() == StatusCode::PRECONDITION_FAILED {
        response.headers_mut().insert(HeaderName::from_static("tus-version"), HeaderValue::from_static(VERSION));
    }
    response
}

/// For callers whose network lets only GET and POST through.
async fn overridden(
    app: State<App>,
    caller: Extension<Caller>,
    device: Extension<DeviceRow>,
    id: Named<String>,
    request: Request,
) -> Answer<Response> {
    let method = request.headers().get(METHOD_OVERRIDE).map(|value| value.as_bytes().to_ascii_uppercase());
    match method.as_deref() {
        Some(b"PATCH") => patch(app, device, id, request).await,
        Some(b"DELETE") => terminate(app, device, id, request.headers().clone()).await,
        Some(b"HEAD") => head(app, caller, device, id, request.headers().clone()).await,
        _ => Err(ErrorCode::MethodNotAllowed.into()),
    }
}

async fn options() -> Response {
    let headers = [
        ("tus-version", VERSION.to_owned()),
        ("tus-extension", "creation,checksum,termination,expiration".to_owned()),
        ("tus-checksum-algorithm", checksum::ALGORITHMS.to_owned()),
        ("tus-max-size", MAX_PHOTO_BYTES.to_string()),
    ];
    let mut response = StatusCode::NO_CONTENT.into_response();
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Extension(device): Extension<DeviceRow>,
    headers: HeaderMap,
) -> Answer<Response> {
    let Creation { kind, length, hash } = Creation::of(&headers)?;
    let most = match kind {
        UploadKind::Photo => MOST_UPLOADS,
        UploadKind::Bundle => MOST_BUNDLES,
    };
    if is_held(&app, caller.clone(), kind, hash).await? {
        return Ok(tus(
            StatusCode::CREATED,
            Some(length),
            &[(header::LOCATION, format!("/uploads/held-{hash}")), (RECEIPT, hash.to_string()), mark(&app).await?],
        ));
    }
    let service = Arc::clone(&app);
    let begun: Outcome<(UploadRow, Option<UploadRow>)> = app
        .store
        .write(move |transaction| {
            let mut open = transaction.uploads_of(device.id)?;
            open.retain(|upload| upload.kind == kind);
            if let Some(known) = open.iter().find(|upload| upload.hash == hash && upload.length == length) {
                return Ok((known.clone(), None));
            }
            // The oldest gives way: a device is never stuck behind uploads that it forgot.
            let displaced = (open.len() >= most).then(|| open.swap_remove(0));
            if let Some(displaced) = &displaced {
                transaction.remove_upload(&displaced.id)?;
            }
            let id = service.with_random(random_token);
            let now = service.now();
            let expires_at = now.plus_millis(i64::from(service.config.upload_hours) * 3_600_000);
            let upload =
                UploadRow { id, kind, hash, length, device: device.id, created_at: now, expires_at, finished_at: None };
            transaction.add_upload(&upload)?;
            Ok((upload, displaced))
        })
        .await;
    let (upload, displaced) = begun?;
    if let Some(displaced) = displaced
        && let Err(error) = tokio::fs::remove_file(upload_file(&app, &displaced)).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(io_refused(&error).into());
    }
    let file = upload_file(&app, &upload);
    let offset = match tokio::fs::OpenOptions::new().create(true).append(true).open(&file).await {
        Ok(file) => file.metadata().await.map_err(|error| io_refused(&error))?.len(),
        Err(error) => return Err(io_refused(&error).into()),
    };
    let location = format!("/uploads/{}", upload.id);
    if offset == length {
        // Its last byte came, but the server stopped before it could say so.
        let _turn = app.uploads.take(&upload.id).await;
        // Or a PATCH that was still at work has finished it while we waited.
        if !is_held(&app, caller, kind, hash).await? {
            finish(&app, &upload).await?;
        }
        let receipt = (RECEIPT, upload.hash.to_string());
        let headers = [(header::LOCATION, location), receipt, mark(&app).await?];
        return Ok(tus(StatusCode::CREATED, Some(offset), &headers));
    }
    Ok(tus(StatusCode::CREATED, Some(offset), &[(header::LOCATION, location), expires(&upload)]))
}

async fn head(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Extension(device): Extension<DeviceRow>,
    Named(id): Named<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    speaks_tus(&headers, false)?;
    if let Some(hash) = id.strip_prefix("held-").and_then(|hash| hash.parse::<PhotoHash>().ok()) {
        if !photos::held(&app, caller, hash).await? {
            return Err(ErrorCode::NotFound.into());
        }
        let length = tokio::fs::metadata(app.blobs.path(&hash)).await.map_err(|error| io_refused(&error))?.len();
        return Ok(tus(
            StatusCode::OK,
            Some(length),
            &[(UPLOAD_LENGTH, length.to_string()), (RECEIPT, hash.to_string()), mark(&app).await?],
        ));
    }
    let upload = find(&app, &device, id).await?;
    let length = (UPLOAD_LENGTH, upload.length.to_string());
    let offset = offset(&app, &upload).await?;
    if offset < upload.length {
        return Ok(tus(StatusCode::OK, Some(offset), &[length, expires(&upload)]));
    }
    // To the caller an offset at the end is success. If the server stopped before it had verified the bytes, it does so now.
    let _turn = app.uploads.take(&upload.id).await;
    let upload = find(&app, &device, upload.id).await?;
    if upload.finished_at.is_none() {
        finish(&app, &upload).await?;
    }
    let headers = [length, (RECEIPT, upload.hash.to_string()), mark(&app).await?];
    Ok(tus(StatusCode::OK, Some(upload.length), &headers))
}

async fn patch(
    State(app): State<App>,
    Extension(device): Extension<DeviceRow>,
    Named(id): Named<String>,
    request: Request,
) -> Answer<Response> {
    let piece = Piece::of(request.headers())?;
    if id.starts_with("held-") {
        // Nothing is to be sent: asking for the offset tells that all of it is here.
        return Err(ErrorCode::OffsetConflict.into());
    }
    let upload = find(&app, &device, id).await?;
    // In a task of its own: what a caller has sent is written and verified to the end even if its connection dies meanwhile,
    // and nobody else gets the turn before the last byte is in the file.
    let work = tokio::spawn(async move { carry_on(&app, device, upload, piece, request).await });
    work.await.unwrap_or_else(|error| {
        tracing::error!(%error, "an upload");
        Err(ErrorCode::Internal.into())
    })
}

async fn carry_on(app: &App, device: DeviceRow, upload: UploadRow, piece: Piece, request: Request) -> Answer<Response> {
    // A second PATCH of one upload means that the first one's connection is dead: it gives way.
    let turn = app.uploads.take(&upload.id).await;
    // The upload may have been finished while we waited.
    let upload = find(app, &device, upload.id).await?;
    let at = offset(app, &upload).await?;
    if piece.from != at {
        return Err(Problem::new(ErrorCode::OffsetConflict).with(serde_json::json!({ "offset": at })).into());
    }
    if upload.finished_at.is_none() {
        let reached = receive(app, &upload, at, piece.checksum, request, &turn).await?;
        if reached < upload.length {
            return Ok(tus(StatusCode::NO_CONTENT, Some(reached), &[expires(&upload)]));
        }
        finish(app, &upload).await?;
    }
    let reached = upload.length;
    let headers = [(RECEIPT, upload.hash.to_string()), mark(app).await?];
    Ok(tus(StatusCode::NO_CONTENT, Some(reached), &headers))
}

/// The point of the server's history that a receipt stands on.
async fn mark(app: &App) -> Outcome<(HeaderName, String)> {
    Ok((MARK, photos::receipt_mark(app).await?.to_text()))
}

/// Verifies and keeps an upload whose last byte has come; one with other bytes than announced is discarded.
async fn finish(app: &App, upload: &UploadRow) -> Outcome<()> {
    let file = upload_file(app, upload);
    let kept = match upload.kind {
        UploadKind::Photo => photos::keep(app, &file, upload.hash, Some(upload.device)).await,
        UploadKind::Bundle => {
            let carrier = Carrier { device: Some(upload.device), person: None };
            courier::arrived(app, &file, BundleId(upload.hash.0), carrier).await
        }
    };
    if kept.as_ref().is_err_and(|refused| is_final(refused.0.known_code())) {
        photos::forget_upload(app, upload).await?;
    }
    kept?;
    if upload.kind == UploadKind::Bundle {
        // All of it is in the store now; its name stays in the list until it expires.
        tokio::fs::remove_file(&file).await.map_err(|error| io_refused(&error))?;
    }
    let (id, now) = (upload.id.clone(), app.now());
    app.store.write(move |transaction| Ok(transaction.finish_upload(&id, now)?)).await
}

/// Whether trying once more with the same bytes would end alike.
fn is_final(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::PhotoHashMismatch
            | ErrorCode::CourierUnknown
            | ErrorCode::CourierNewer
            | ErrorCode::CourierForeign
            | ErrorCode::CourierDamaged
            | ErrorCode::SignatureInvalid
            | ErrorCode::AuthorUnknown
            | ErrorCode::TooLarge
    )
}

/// Whether what an upload announces is here, as far as it is the caller's to know.
async fn is_held(app: &App, caller: Caller, kind: UploadKind, hash: PhotoHash) -> Outcome<bool> {
    match kind {
        UploadKind::Photo => photos::held(app, caller, hash).await,
        UploadKind::Bundle => courier::is_known(app, caller, BundleId(hash.0)).await,
    }
}

async fn terminate(
    State(app): State<App>,
    Extension(device): Extension<DeviceRow>,
    Named(id): Named<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    speaks_tus(&headers, false)?;
    let upload = find(&app, &device, id).await?;
    let _turn = app.uploads.take(&upload.id).await;
    photos::forget_upload(&app, &upload).await?;
    Ok(tus(StatusCode::NO_CONTENT, None, &[]))
}

/// Appends the body to the file. What came before a cut stays, and the device goes on from there; under a checksum that
/// could not be compared, or does not hold, nothing of the piece stays.
async fn receive(
    app: &App,
    upload: &UploadRow,
    at: u64,
    mut checksum: Option<Checksum>,
    request: Request,
    turn: &Turn,
) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| Failure::from(io_refused(&error));
    // At its place, not at the end: a piece of a PATCH that was cut off may still be on its way to the disk, and then it
    // writes the same bytes there a second time.
    let mut open = tokio::fs::OpenOptions::new();
    let mut file =
        open.create(true).truncate(false).write(true).open(upload_file(app, upload)).await.map_err(failed)?;
    file.seek(SeekFrom::Start(at)).await.map_err(failed)?;
    let mut writer = tokio::io::BufWriter::with_capacity(256 * 1024, file);
    let (mut body, mut reached) = (request.into_body(), at);
    let ended = loop {
        let frame = tokio::select! {
            frame = tokio::time::timeout(PATIENCE, body.frame()) => frame,
            () = turn.displaced() => break Err(ErrorCode::OffsetConflict),
        };
        let frame = match frame {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => break Ok(reached),
            Ok(Some(Err(_))) | Err(_) => break Err(ErrorCode::RequestMalformed),
        };
        let Ok(data) = frame.into_data() else { continue };
        if reached + data.len() as u64 > upload.length {
            writer.flush().await.map_err(failed)?;
            let limit = serde_json::json!({ "limit": upload.length });
            return Err(Problem::new(ErrorCode::TooLarge).with(limit).into());
        }
        writer.write_all(&data).await.map_err(failed)?;
        if let Some(checksum) = &mut checksum {
            checksum.update(&data);
        }
        reached += data.len() as u64;
    };
    writer.flush().await.map_err(failed)?;
    let Some(checksum) = checksum else { return ended.map_err(Failure::from) };
    let ended = ended.and_then(|reached| checksum.holds().then_some(reached).ok_or(ErrorCode::ChecksumMismatch));
    if ended.is_err() {
        writer.get_mut().set_len(at).await.map_err(failed)?;
    }
    ended.map_err(Failure::from)
}

async fn find(app: &App, device: &DeviceRow, id: String) -> Result<UploadRow, Failure> {
    let (device, now) = (device.id, app.now());
    let upload: Outcome<_> = app.store.read(move |transaction| Ok(transaction.upload(&id)?)).await;
    upload?
        .filter(|upload| upload.device == device && upload.expires_at > now)
        .ok_or_else(|| ErrorCode::NotFound.into())
}

async fn offset(app: &App, upload: &UploadRow) -> Result<u64, Failure> {
    if upload.finished_at.is_some() {
        return Ok(upload.length);
    }
    match tokio::fs::metadata(upload_file(app, upload)).await {
        Ok(file) => Ok(file.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(io_refused(&error).into()),
    }
}

/// When an unfinished upload is forgotten.
fn expires(upload: &UploadRow) -> (HeaderName, String) {
    let at = jiff::Timestamp::from_millisecond(upload.expires_at.0).unwrap_or_default();
    let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at);
    (UPLOAD_EXPIRES, text.unwrap_or_default())
}

fn tus(status: StatusCode, offset: Option<u64>, headers: &[(HeaderName, String)]) -> Response {
    let mut response = status.into_response();
    let fixed = [(header::CACHE_CONTROL, "no-store".to_owned())];
    let offset = offset.map(|offset| (UPLOAD_OFFSET, offset.to_string()));
    for (name, value) in fixed.into_iter().chain(offset).chain(headers.iter().cloned()) {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
