//! A reduced photo that a record is about to name, whichever record that is.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::record::register::PhotoDetail;

use crate::engine::Open;
use crate::fault::Outcome;
use crate::photos::Reduced;
use crate::store::pictures;

impl Open {
    /// Whether the server would take a photo of this size; otherwise `photo_too_large`.
    pub(super) fn photo_fits(&self, photo: &Reduced) -> Outcome<()> {
        if photo.full.len() as u64 > self.context.max_photo_bytes {
            return Err(ErrorCode::PhotoTooLarge.into());
        }
        Ok(())
    }

    /// Keeps the picture, durable before any record names it, and says what the record is to say of it.
    pub(super) fn keep_photo(&mut self, photo: &Reduced, now: UtcMillis) -> Outcome<PhotoDetail> {
        pictures::keep(&self.store.photos, &photo.hash, &photo.full, &photo.thumbnail, now)?;
        Ok(PhotoDetail {
            hash: photo.hash,
            bytes: photo.full.len() as u64,
            width: photo.width,
            height: photo.height,
            original_sha256: photo.original_sha256.clone(),
            taken_at: photo.taken_at,
            place: photo.place,
            at: now,
            by: self.person(),
            removed: false,
            marks: Vec::new(),
            origin: None,
        })
    }
}
