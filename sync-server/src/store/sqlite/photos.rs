//! Photos and uploads in SQLite; the bytes are files.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{DeviceId, DocumentId, PersonId, PhotoHash};
use rusqlite::{OptionalExtension as _, Row, params};

use super::SqliteTransaction;
use super::column::{code, count, id, instant, maybe_instant};
use crate::store::rows::{UploadKind, UploadRow};
use crate::store::{Photos, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

const UPLOAD: &str = "SELECT id, hash, length, device, created_at, expires_at, finished_at, kind FROM upload";

fn upload(row: &Row<'_>) -> rusqlite::Result<UploadRow> {
    Ok(UploadRow {
        id: row.get(0)?,
        hash: id(row, 1)?,
        length: count(row, 2)?,
        device: id(row, 3)?,
        created_at: instant(row, 4)?,
        expires_at: instant(row, 5)?,
        finished_at: maybe_instant(row, 6)?,
        kind: code(row, 7, UploadKind::from_code)?,
    })
}

impl Photos for SqliteTransaction<'_> {
    fn put_photo(&self, hash: &PhotoHash, bytes: u64, courier: Option<DeviceId>, at: UtcMillis) -> Result<()> {
        self.connection.execute(
            "INSERT OR IGNORE INTO photo (hash, bytes, received_at, courier) VALUES (?1, ?2, ?3, ?4)",
            params![
                &hash.as_bytes()[..],
                i64::try_from(bytes).unwrap_or(i64::MAX),
                at.0,
                courier.as_ref().map(|id| &id.as_bytes()[..])
            ],
        )?;
        if let Some(device) = courier {
            self.connection.execute(
                "INSERT OR IGNORE INTO photo_sender (hash, device) VALUES (?1, ?2)",
                params![&hash.as_bytes()[..], &device.as_bytes()[..]],
            )?;
        }
        Ok(())
    }

    fn forget_photo(&self, hash: &PhotoHash) -> Result<()> {
        self.connection.execute("DELETE FROM photo WHERE hash = ?1", [&hash.as_bytes()[..]])?;
        Ok(())
    }

    fn has_photo(&self, hash: &PhotoHash) -> Result<bool> {
        let mut statement = self.connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM photo WHERE hash = ?1)")?;
        Ok(statement.query_row([&hash.as_bytes()[..]], |row| row.get(0))?)
    }

    fn sent_photo(&self, hash: &PhotoHash, person: PersonId) -> Result<bool> {
        let mut statement = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM photo_sender JOIN device ON device.id = photo_sender.device
             WHERE photo_sender.hash = ?1 AND device.person = ?2)",
        )?;
        Ok(statement.query_row(params![&hash.as_bytes()[..], &person.as_bytes()[..]], |row| row.get(0))?)
    }

    fn put_photo_reference(&self, hash: &PhotoHash, document: DocumentId) -> Result<()> {
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO photo_reference (hash, document) VALUES (?1, ?2)")?
            .execute(params![&hash.as_bytes()[..], &document.as_bytes()[..]])?;
        Ok(())
    }

    fn photo_documents(&self, hash: &PhotoHash) -> Result<Vec<DocumentId>> {
        let rows = self
            .connection
            .prepare_cached("SELECT document FROM photo_reference WHERE hash = ?1")?
            .query_map([&hash.as_bytes()[..]], |row| id(row, 0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn photo_hashes(&self) -> Result<Vec<PhotoHash>> {
        let rows = self
            .connection
            .prepare("SELECT hash FROM photo")?
            .query_map([], |row| id(row, 0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn photo_totals(&self) -> Result<(u64, u64)> {
        Ok(self.connection.query_row("SELECT count(*), coalesce(sum(bytes), 0) FROM photo", [], |row| {
            Ok((count(row, 0)?, count(row, 1)?))
        })?)
    }

    fn add_upload(&self, row: &UploadRow) -> Result<()> {
        self.connection.execute(
            "INSERT INTO upload (id, hash, length, device, created_at, expires_at, finished_at, kind)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                row.id,
                &row.hash.as_bytes()[..],
                row.length as i64,
                &row.device.as_bytes()[..],
                row.created_at.0,
                row.expires_at.0,
                row.finished_at.map(|at| at.0),
                row.kind.code()
            ],
        )?;
        Ok(())
    }

    fn upload(&self, id: &str) -> Result<Option<UploadRow>> {
        let mut statement = self.connection.prepare_cached(&format!("{UPLOAD} WHERE id = ?1"))?;
        Ok(statement.query_row([id], upload).optional()?)
    }

    fn uploads_of(&self, device: DeviceId) -> Result<Vec<UploadRow>> {
        let rows = self
            .connection
            .prepare_cached(&format!("{UPLOAD} WHERE device = ?1 AND finished_at IS NULL ORDER BY created_at"))?
            .query_map([&device.as_bytes()[..]], upload)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn finish_upload(&self, id: &str, at: UtcMillis) -> Result<()> {
        self.connection.execute("UPDATE upload SET finished_at = ?2 WHERE id = ?1", params![id, at.0])?;
        Ok(())
    }

    fn remove_upload(&self, id: &str) -> Result<()> {
        self.connection.execute("DELETE FROM upload WHERE id = ?1", [id])?;
        Ok(())
    }

    fn expired_uploads(&self, now: UtcMillis, limit: u64) -> Result<Vec<UploadRow>> {
        let rows = self
            .connection
            .prepare_cached(&format!("{UPLOAD} WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2"))?
            .query_map(params![now.0, limit as i64], upload)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }
}
