//! Photos: what the server lacks, what it gives out, and the keeping of finished uploads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DeviceId, PhotoHash};
use ancu_shared::sync::mark::StoreMark;
use ancu_shared::sync::wire::{MAX_OFFERED_PHOTOS, PhotoOffer, PhotoOfferAnswer};
use ancu_shared::view::PhotoSize;
use serde_json::json;

use super::access::Caller;
use super::{App, Outcome, Refused, Service, life, mark};
use crate::blobs::Kept;
use crate::store::rows::{AuditEntry, UploadRow};
use crate::store::{StoreError, Transaction};

/// The largest photo, in bytes.
pub const MAX_PHOTO_BYTES: u64 = 64 * 1024 * 1024;
/// How many expired uploads are looked up at one time.
const EXPIRED_AT_ONCE: u64 = 500;
/// Long edge of a thumbnail, in pixels.
const THUMBNAIL_EDGE: u32 = 320;

/// Which of these photos the server lacks, as far as it is the caller's to know.
pub async fn offer(app: &App, caller: Caller, offer: PhotoOffer) -> Outcome<PhotoOfferAnswer> {
    if offer.hashes.len() > MAX_OFFERED_PHOTOS {
        let limit = json!({ "limit": MAX_OFFERED_PHOTOS });
        return Err(Problem::new(ErrorCode::TooLarge).at("hashes").with(limit).into());
    }
    let service = Arc::clone(app);
    app.store
        .read(move |transaction| {
            let mark = Some(mark::now(&service, transaction)?);
            let mut answer = PhotoOfferAnswer { mark, ..PhotoOfferAnswer::default() };
            for hash in offer.hashes {
                let held = caller.may_have_receipt(&service, transaction, &hash)?;
                if held { answer.held.push(hash) } else { answer.missing.push(hash) }
            }
            Ok(answer)
        })
        .await
}

/// Whether a photo is held, as far as it is the caller's to know.
pub async fn held(app: &App, caller: Caller, hash: PhotoHash) -> Outcome<bool> {
    let service = Arc::clone(app);
    app.store.read(move |transaction| Ok(caller.may_have_receipt(&service, transaction, &hash)?)).await
}

/// Verifies a finished upload and keeps it; durable when this returns. The file is gone then, kept or not.
pub async fn keep(app: &App, file: &Path, hash: PhotoHash, device: Option<DeviceId>) -> Outcome<()> {
    let (blobs, path) = (app.blobs.clone(), file.to_owned());
    let kept = tokio::task::spawn_blocking(move || {
        let bytes = std::fs::metadata(&path)?.len();
        let kept = blobs.keep(&path, &hash)?;
        if kept == Kept::Mismatch {
            std::fs::remove_file(&path)?;
        }
        Ok::<_, std::io::Error>((kept, bytes))
    })
    .await
    .map_err(|error| Refused::from(StoreError::Panicked(error.to_string())))?;
    let (kept, bytes) = kept.map_err(|error| io_refused(&error))?;
    if kept == Kept::Mismatch {
        return Err(ErrorCode::PhotoHashMismatch.into());
    }
    let service = Arc::clone(app);
    app.store.write(move |transaction| Ok(note_kept(&service, transaction, hash, bytes, device)?)).await
}

/// Writes down that a photo's bytes were verified and are durable at their address.
pub fn note_kept(
    service: &Service,
    transaction: &dyn Transaction,
    hash: PhotoHash,
    bytes: u64,
    device: Option<DeviceId>,
) -> Result<(), StoreError> {
    let now = service.now();
    transaction.put_photo(&hash, bytes, device, now)?;
    if let Some(device) = device {
        transaction.note_photo(device)?;
    }
    let (subject, details) = (hash.to_string(), json!({ "bytes": bytes }));
    transaction.audit(&AuditEntry { unit: None, person: None, device, action: "photo.kept", subject, details }, now)
}

/// The point of the history that a receipt for a photo or a courier's file stands on.
pub async fn receipt_mark(app: &App) -> Outcome<StoreMark> {
    let service = Arc::clone(app);
    app.store.read(move |transaction| Ok(mark::now(&service, transaction)?)).await
}

/// Looks for the files of all photos that are held. Those that are gone are held no more, and another life begins, so that
/// devices offer theirs again; how many. Beside a server at work: what arrives meanwhile is looked at once more before it is missed.
pub async fn miss_lost(app: &App) -> Result<u64, StoreError> {
    let known = app.store.read(|transaction| transaction.photo_hashes()).await?;
    let blobs = app.blobs.clone();
    // Not within the transaction: the disk may be slow, and readers are few.
    let looked = tokio::task::spawn_blocking(move || {
        known.into_iter().filter(|hash| !blobs.path(hash).is_file()).collect::<Vec<_>>()
    });
    let mut lost = looked.await.map_err(|error| StoreError::Panicked(error.to_string()))?;
    if lost.is_empty() {
        return Ok(0);
    }
    let service = Arc::clone(app);
    let count = app
        .store
        .write(move |transaction| {
            lost.retain(|hash| !service.blobs.path(hash).is_file());
            if lost.is_empty() {
                return Ok(0);
            }
            for hash in &lost {
                transaction.forget_photo(hash)?;
                let (subject, details) = (hash.to_string(), json!({}));
                let entry =
                    AuditEntry { unit: None, person: None, device: None, action: "photo.lost", subject, details };
                transaction.audit(&entry, service.now())?;
            }
            life::begin_another(&service, transaction, life::Cause::PhotosLost, None)?;
            Ok::<_, StoreError>(lost.len() as u64)
        })
        .await?;
    if count > 0 {
        tracing::error!(lost = count, "photos that were received have no file: devices are asked for them");
    }
    Ok(count)
}

/// Forgets uploads whose time is over, with the bytes that came; how many.
pub async fn forget_expired(app: &App) -> Outcome<u64> {
    let mut forgotten = 0;
    loop {
        let now = app.now();
        let expired: Outcome<Vec<UploadRow>> =
            app.store.read(move |transaction| Ok(transaction.expired_uploads(now, EXPIRED_AT_ONCE)?)).await;
        let expired = expired?;
        for upload in &expired {
            // Whoever still sends it is told to stop first.
            let _turn = app.uploads.take(&upload.id).await;
            forget_upload(app, upload).await?;
        }
        forgotten += expired.len() as u64;
        if (expired.len() as u64) < EXPIRED_AT_ONCE {
            return Ok(forgotten);
        }
    }
}

/// Forgets an upload and the bytes that came. The caller has its turn.
pub async fn forget_upload(app: &App, upload: &UploadRow) -> Outcome<()> {
    if let Err(error) = tokio::fs::remove_file(upload_file(app, upload)).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(io_refused(&error));
    }
    // The file first: what is in the list is looked after again, what is not would lie about for ever.
    let id = upload.id.clone();
    app.store.write(move |transaction| Ok(transaction.remove_upload(&id)?)).await
}

/// The unfinished file of an upload. Its id is ours (letters, digits, `-`, `_`), so it names no other place.
pub fn upload_file(app: &App, upload: &UploadRow) -> PathBuf {
    app.config.uploads().join(&upload.id)
}

/// A photo's picture, if a record that the caller may see names it and its bytes are here.
pub async fn read(app: &App, caller: Caller, hash: PhotoHash, size: PhotoSize) -> Outcome<Option<Vec<u8>>> {
    let service = Arc::clone(app);
    let visible = app
        .store
        .read(move |transaction| {
            Ok::<_, Refused>(caller.may_see_photo(&service, transaction, &hash)? && transaction.has_photo(&hash)?)
        })
        .await?;
    if visible { picture(app, hash, size).await.map(Some) } else { Ok(None) }
}

/// The picture of a photo that is here; whether the caller may see it was asked before.
pub async fn picture(app: &App, hash: PhotoHash, size: PhotoSize) -> Outcome<Vec<u8>> {
    let blobs = app.blobs.clone();
    let _turn = match size {
        PhotoSize::Thumbnail => app.thumbnails.acquire().await.ok(),
        PhotoSize::Full => None,
    };
    let read = tokio::task::spawn_blocking(move || match size {
        PhotoSize::Full => blobs.read(&hash),
        PhotoSize::Thumbnail => std::fs::read(blobs.thumbnail_path(&hash)).or_else(|_| {
            let full = blobs.read(&hash)?;
            let Some(small) = thumbnail(&full) else { return Ok(full) };
            // One that finds no room is made anew the next time: it is shown all the same.
            if let Err(error) = blobs.keep_thumbnail(&hash, &small) {
                tracing::warn!(%error, "keeping a thumbnail");
            }
            Ok(small)
        }),
    })
    .await
    .map_err(|error| Refused::from(StoreError::Panicked(error.to_string())))?;
    read.map_err(|error| io_refused(&error))
}

/// A small JPEG of a photo; `None` when it is no picture that we can read (then the photo itself has to do).
fn thumbnail(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = image::Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(20_000), Some(20_000));
    limits.max_alloc = Some(512 * 1024 * 1024);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    let small = picture.thumbnail(THUMBNAIL_EDGE, THUMBNAIL_EDGE).to_rgb8();
    let mut encoded = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut encoded, 80);
    small.write_with_encoder(encoder).ok()?;
    Some(encoded)
}

/// What a failing file is to the caller.
pub fn io_refused(error: &std::io::Error) -> Refused {
    tracing::error!(%error, "files");
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorCode::ServerDiskFull.into(),
        _ => ErrorCode::Internal.into(),
    }
}
