//! Courier's files in SQLite.

use ancu_shared::id::BundleId;
use rusqlite::{OptionalExtension as _, params};

use super::SqliteTransaction;
use super::column::{count, id, instant, maybe_id};
use crate::store::rows::BundleRow;
use crate::store::{Bundles, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

impl Bundles for SqliteTransaction<'_> {
    fn put_bundle(&self, row: &BundleRow) -> Result<()> {
        self.connection.execute(
            "INSERT INTO bundle (id, author, carrier, imported_at, bytes, receipt) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET receipt = excluded.receipt, carrier = coalesce(carrier, excluded.carrier)",
            params![
                &row.id.as_bytes()[..],
                &row.author.as_bytes()[..],
                row.carrier.as_ref().map(|id| &id.as_bytes()[..]),
                row.imported_at.0,
                row.bytes as i64,
                row.receipt,
            ],
        )?;
        Ok(())
    }

    fn bundle(&self, bundle: &BundleId) -> Result<Option<BundleRow>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, author, carrier, imported_at, bytes, receipt FROM bundle WHERE id = ?1")?;
        let found = statement.query_row([&bundle.as_bytes()[..]], |row| {
            Ok(BundleRow {
                id: id(row, 0)?,
                author: id(row, 1)?,
                carrier: maybe_id(row, 2)?,
                imported_at: instant(row, 3)?,
                bytes: count(row, 4)?,
                receipt: row.get(5)?,
            })
        });
        Ok(found.optional()?)
    }
}
