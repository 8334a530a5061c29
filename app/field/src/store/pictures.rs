//! Photos: metadata and receipts in the records' file, pictures in the photos' file.
//!
//! Invariant: a picture is stored before a record names it, and is freed by nothing but its receipt.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::sync::session::Outgoing;
use ancu_shared::view::PhotoSize;
use rusqlite::{Connection, OptionalExtension as _};

use super::bytes;
use crate::fault::Outcome;

/// Keeps a picture and its thumbnail.
pub fn keep(photos: &Connection, hash: &PhotoHash, full: &[u8], thumbnail: &[u8], at: UtcMillis) -> Outcome<()> {
    photos
        .prepare_cached(
            "INSERT INTO picture (hash, full, thumbnail, kept_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute((hash.as_bytes(), full, thumbnail, at.0))?;
    Ok(())
}

/// A picture's bytes (JPEG).
pub fn read(photos: &Connection, hash: &PhotoHash, size: PhotoSize) -> Outcome<Option<Vec<u8>>> {
    let sql = match size {
        PhotoSize::Full => "SELECT full FROM picture WHERE hash = ?1",
        PhotoSize::Thumbnail => "SELECT thumbnail FROM picture WHERE hash = ?1",
    };
    Ok(photos.prepare_cached(sql)?.query_row([hash.as_bytes()], |row| row.get(0)).optional()?)
}

/// Whether the picture is here.
pub fn is_here(photos: &Connection, hash: &PhotoHash) -> Outcome<bool> {
    Ok(photos.prepare_cached("SELECT 1 FROM picture WHERE hash = ?1")?.exists([hash.as_bytes()])?)
}

/// Notes a photo that a record names.
pub fn note(
    main: &Connection,
    hash: &PhotoHash,
    document: DocumentId,
    item: &str,
    size: u64,
    own: bool,
    at: UtcMillis,
) -> Outcome<()> {
    main.prepare_cached(
        "INSERT INTO photo (hash, document, item, bytes, own, added_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (hash) DO UPDATE SET own = max(own, excluded.own)",
    )?
    .execute((hash.as_bytes(), document.as_bytes(), item, size as i64, own, at.0))?;
    Ok(())
}

/// Notes that another record names a photo now.
pub fn move_to(main: &Connection, hash: &PhotoHash, document: DocumentId) -> Outcome<()> {
    main.prepare_cached("UPDATE photo SET document = ?2 WHERE hash = ?1")?
        .execute((hash.as_bytes(), document.as_bytes()))?;
    Ok(())
}

/// Whether the server verified the bytes.
pub fn is_receipted(main: &Connection, hash: &PhotoHash) -> Outcome<bool> {
    Ok(main
        .prepare_cached("SELECT 1 FROM photo WHERE hash = ?1 AND receipt_at IS NOT NULL")?
        .exists([hash.as_bytes()])?)
}

/// Whether this device took the photo: it is this device's to send.
pub fn is_own(main: &Connection, hash: &PhotoHash) -> Outcome<bool> {
    Ok(main.prepare_cached("SELECT 1 FROM photo WHERE hash = ?1 AND own = 1")?.exists([hash.as_bytes()])?)
}

/// Own photos without a receipt, oldest first.
pub fn unsent(main: &Connection) -> Outcome<Vec<Outgoing<PhotoHash>>> {
    let mut statement = main
        .prepare_cached("SELECT hash, bytes FROM photo WHERE own = 1 AND receipt_at IS NULL ORDER BY added_at, hash")?;
    let found = statement
        .query_map([], |row| Ok(Outgoing { id: PhotoHash(bytes(row, 0)?), bytes: row.get::<_, i64>(1)? as u64 }))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Stores a receipt.
pub fn receipt(main: &Connection, hash: &PhotoHash, at: UtcMillis) -> Outcome<()> {
    main.prepare_cached("UPDATE photo SET receipt_at = ?2, upload_url = NULL WHERE hash = ?1")?
        .execute((hash.as_bytes(), at.0))?;
    Ok(())
}

/// Where an upload that broke off goes on.
pub fn upload_url(main: &Connection, hash: &PhotoHash) -> Outcome<Option<String>> {
    Ok(main
        .prepare_cached("SELECT upload_url FROM photo WHERE hash = ?1")?
        .query_row([hash.as_bytes()], |row| row.get(0))
        .optional()?
        .flatten())
}

/// Remembers where an upload goes on.
pub fn save_upload_url(main: &Connection, hash: &PhotoHash, url: Option<&str>) -> Outcome<()> {
    main.prepare_cached("UPDATE photo SET upload_url = ?2 WHERE hash = ?1")?.execute((hash.as_bytes(), url))?;
    Ok(())
}

/// Whether a record here names the photo.
pub fn is_named(main: &Connection, hash: &PhotoHash) -> Outcome<bool> {
    Ok(main.prepare_cached("SELECT 1 FROM photo WHERE hash = ?1")?.exists([hash.as_bytes()])?)
}
