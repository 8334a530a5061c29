//! The journal: what a person entered, durable at once, until it is folded into a change.
//!
//! Invariant: a row is gone only in the transaction that appends the change which holds its value.

use std::collections::HashSet;

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{ActorId, DocumentId};
use ancu_shared::record::value::{Cell, OperationId, Scalar};
use rusqlite::Connection;

use super::bytes;
use super::changes::{read_scalar, write_scalar};
use crate::fault::{Fault, Outcome};

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// What was put.
    pub value: Scalar,
    /// When, by the device's clock.
    pub at: UtcMillis,
}

/// Puts an entry, replacing an older one of its key.
pub fn put(connection: &Connection, document: DocumentId, key: &str, value: &Scalar, at: UtcMillis) -> Outcome<()> {
    connection
        .prepare_cached(
            "INSERT INTO journal (document, key, value, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (document, key) DO UPDATE SET value = excluded.value, at = excluded.at",
        )?
        .execute((document.as_bytes(), key, write_scalar(value)?, at.0))?;
    Ok(())
}

/// A record's entries, oldest first.
pub fn entries(connection: &Connection, document: DocumentId) -> Outcome<Vec<Entry>> {
    let mut statement =
        connection.prepare_cached("SELECT key, value, at FROM journal WHERE document = ?1 ORDER BY position")?;
    let rows = statement
        .query_map([document.as_bytes()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, UtcMillis(row.get(2)?)))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    rows.into_iter()
        .map(|(key, value, at)| {
            let value = read_scalar(&value).map_err(|error| Fault::Broken(format!("journal: {error}")))?;
            Ok(Entry { key, value, at })
        })
        .collect()
}

/// Takes a record's entries away; the caller appends the change that holds them in the same transaction.
pub fn clear(connection: &Connection, document: DocumentId) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM journal WHERE document = ?1")?.execute([document.as_bytes()])?;
    Ok(())
}

/// Records that have entries.
pub fn documents(connection: &Connection) -> Outcome<Vec<DocumentId>> {
    let mut statement =
        connection.prepare_cached("SELECT document FROM journal GROUP BY document ORDER BY min(position)")?;
    let found =
        statement.query_map([], |row| bytes(row, 0).map(DocumentId::from_bytes))?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Lays entries over cells, as they will be once folded: an entry replaces every live value of its key.
pub fn overlay(cells: &mut Vec<Cell>, entries: Vec<Entry>, actor: ActorId) {
    let next = cells.iter().map(|cell| cell.operation.counter).max().unwrap_or(0) + 1;
    let entered: HashSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    cells.retain(|cell| !entered.contains(cell.key.as_str()));
    for entry in entries {
        let operation = OperationId { counter: next, actor };
        cells.push(Cell { key: entry.key, operation, value: entry.value, at: entry.at });
    }
}
