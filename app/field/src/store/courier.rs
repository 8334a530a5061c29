//! What went out in courier's files, and the files of colleagues that are carried here.
//!
//! Invariant: what was exported stays unsent until the server says otherwise.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{BundleId, EnvelopeId, PhotoHash};
use rusqlite::Connection;

use super::bytes;
use crate::fault::Outcome;

/// What of the unsent went out in a courier's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
pub struct ExportedUnsent {
    /// When last.
    pub at: UtcMillis,
    /// Envelopes that are in such a file and have no receipt.
    #[ts(type = "number")]
    pub envelopes: u64,
    /// Photos likewise.
    #[ts(type = "number")]
    pub photos: u64,
}

/// A colleague's file that is, or was, carried here.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
pub struct Cargo {
    /// Its SHA-256: its name.
    pub bundle: BundleId,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
    /// When it was taken.
    pub taken_at: UtcMillis,
    /// When the server took it, or refused it for good; null: it is still to be delivered.
    pub ended_at: Option<UtcMillis>,
    /// Why the server refused it, as a code.
    pub refused: Option<String>,
}

/// Notes what went out in a file.
pub fn mark_exported(main: &Connection, envelopes: &[EnvelopeId], photos: &[PhotoHash], at: UtcMillis) -> Outcome<()> {
    let mut of_envelope = main.prepare_cached("UPDATE outbox SET exported_at = ?2 WHERE id = ?1")?;
    for envelope in envelopes {
        of_envelope.execute((envelope.as_bytes(), at.0))?;
    }
    let mut of_photo = main.prepare_cached("UPDATE photo SET exported_at = ?2 WHERE hash = ?1")?;
    for photo in photos {
        of_photo.execute((photo.as_bytes(), at.0))?;
    }
    Ok(())
}

/// Own envelopes that went out in a file and have no receipt, in the order of making.
pub fn exported_envelopes(main: &Connection) -> Outcome<Vec<EnvelopeId>> {
    let mut statement = main.prepare_cached(
        "SELECT id FROM outbox WHERE state IN ('unsent', 'waiting') AND exported_at IS NOT NULL ORDER BY position",
    )?;
    let found = statement.query_map([], |row| bytes(row, 0).map(EnvelopeId))?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// What of the unsent went out in a file.
pub fn exported(main: &Connection) -> Outcome<Option<ExportedUnsent>> {
    let count = |sql: &str| -> rusqlite::Result<(u64, Option<i64>)> {
        main.prepare_cached(sql)?.query_row([], |row| Ok((row.get::<_, i64>(0)?.max(0) as u64, row.get(1)?)))
    };
    let (envelopes, newest) = count(
        "SELECT count(*), max(exported_at) FROM outbox
         WHERE state IN ('unsent', 'waiting') AND exported_at IS NOT NULL",
    )?;
    let (photos, newest_photo) = count(
        "SELECT count(*), max(exported_at) FROM photo
         WHERE own = 1 AND receipt_at IS NULL AND exported_at IS NOT NULL",
    )?;
    Ok(newest.max(newest_photo).map(|at| ExportedUnsent { at: UtcMillis(at), envelopes, photos }))
}

/// Notes a file that is carried from now on. One that was refused before is offered once more.
pub fn take(main: &Connection, bundle: &BundleId, size: u64, at: UtcMillis) -> Outcome<()> {
    main.prepare_cached(
        "INSERT INTO cargo (bundle, bytes, taken_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (bundle) DO UPDATE SET ended_at = NULL, refused = NULL, upload_url = NULL WHERE receipt IS NULL",
    )?
    .execute((bundle.as_bytes(), size as i64, at.0))?;
    Ok(())
}

/// All files that are or were carried, newest first.
pub fn cargo(main: &Connection) -> Outcome<Vec<Cargo>> {
    let mut statement = main.prepare_cached(
        "SELECT bundle, bytes, taken_at, ended_at, refused FROM cargo ORDER BY taken_at DESC, bundle LIMIT 100",
    )?;
    let found = statement
        .query_map([], |row| {
            Ok(Cargo {
                bundle: BundleId(bytes(row, 0)?),
                bytes: row.get::<_, i64>(1)?.max(0) as u64,
                taken_at: UtcMillis(row.get(2)?),
                ended_at: row.get::<_, Option<i64>>(3)?.map(UtcMillis),
                refused: row.get(4)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Files that are still to be delivered, those taken first before others: name, size, where its upload goes on.
pub fn undelivered(main: &Connection) -> Outcome<Vec<(BundleId, u64, Option<String>)>> {
    let mut statement = main.prepare_cached(
        "SELECT bundle, bytes, upload_url FROM cargo WHERE ended_at IS NULL ORDER BY taken_at, bundle",
    )?;
    let found = statement
        .query_map([], |row| Ok((BundleId(bytes(row, 0)?), row.get::<_, i64>(1)?.max(0) as u64, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Whether a file is still to be delivered.
pub fn is_carrying(main: &Connection) -> Outcome<bool> {
    Ok(main.prepare_cached("SELECT 1 FROM cargo WHERE ended_at IS NULL")?.exists([])?)
}

/// Remembers where an upload goes on.
pub fn save_upload_url(main: &Connection, bundle: &BundleId, url: Option<&str>) -> Outcome<()> {
    main.prepare_cached("UPDATE cargo SET upload_url = ?2 WHERE bundle = ?1")?.execute((bundle.as_bytes(), url))?;
    Ok(())
}

/// The server has it, and said this of it.
pub fn delivered(main: &Connection, bundle: &BundleId, receipt: Option<&[u8]>, at: UtcMillis) -> Outcome<()> {
    main.prepare_cached("UPDATE cargo SET ended_at = ?2, receipt = ?3, upload_url = NULL WHERE bundle = ?1")?
        .execute((bundle.as_bytes(), at.0, receipt))?;
    Ok(())
}

/// The server will never take it.
pub fn refused(main: &Connection, bundle: &BundleId, code: ErrorCode, at: UtcMillis) -> Outcome<()> {
    main.prepare_cached("UPDATE cargo SET ended_at = ?2, refused = ?3, upload_url = NULL WHERE bundle = ?1")?
        .execute((bundle.as_bytes(), at.0, code.code()))?;
    Ok(())
}

/// A code that was stored; one that this program does not know says no more than that there is nothing.
fn known(code: &str) -> ErrorCode {
    ErrorCode::ALL.iter().copied().find(|known| known.code() == code).unwrap_or(ErrorCode::NotFound)
}

/// The server's word on a file that was carried here; otherwise why there is none.
pub fn receipt_of(main: &Connection, bundle: &BundleId) -> Outcome<Vec<u8>> {
    use rusqlite::OptionalExtension as _;
    let found: Option<(Option<Vec<u8>>, Option<String>)> = main
        .prepare_cached("SELECT receipt, refused FROM cargo WHERE bundle = ?1")?
        .query_row([bundle.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        Some((Some(receipt), _)) => Ok(receipt),
        // The server refused it and will say nothing else.
        Some((None, Some(code))) => Err(known(&code).into()),
        Some((None, None)) => Err(ErrorCode::CourierUndelivered.into()),
        None => Err(ErrorCode::NotFound.into()),
    }
}
