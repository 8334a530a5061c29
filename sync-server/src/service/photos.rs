//! Photos: what the server lacks, what it gives out, and the keeping of finished uploads.

use std::path::Path;
use std::sync::Arc;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DeviceId, PhotoHash};
use ancu_shared::sync::wire::{MAX_OFFERED_PHOTOS, PhotoOffer, PhotoOfferAnswer};
use ancu_shared::view::PhotoSize;
use serde_json::json;

use super::access::Caller;
use super::{App, Outcome, Refused};
use crate::blobs::Kept;
use crate::store::StoreError;
use crate::store::rows::AuditEntry;

/// The largest photo, in bytes.
pub const MAX_PHOTO_BYTES: u64 = 64 * 1024 * 1024;
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
            let mut answer = PhotoOfferAnswer::default();
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
    app.store
        .write(move |transaction| {
            let now = service.now();
            transaction.put_photo(&hash, bytes, device, now)?;
            if let Some(device) = device {
                transaction.note_photo(device)?;
            }
            transaction.audit(
                &AuditEntry {
                    unit: None,
                    person: None,
                    device,
                    action: "photo.kept",
                    subject: hash.to_string(),
                    details: json!({ "bytes": bytes }),
                },
                now,
            )?;
            Ok(())
        })
        .await
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
    if !visible {
        return Ok(None);
    }
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
            blobs.keep_thumbnail(&hash, &small)?;
            Ok(small)
        }),
    })
    .await
    .map_err(|error| Refused::from(StoreError::Panicked(error.to_string())))?;
    match read {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) => Err(io_refused(&error)),
    }
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
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull.into(),
        _ => ErrorCode::Internal.into(),
    }
}
