//! Records that were handed over: where they lie now, and what is told of those that left.
//!
//! Invariants: a record's unit is one of this device's, so that own work on it goes on naming a unit in which its author has a post;
//! what was heard can be put together again, whatever unit it names.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{DocumentId, UnitId};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::bytes;
use crate::fault::Outcome;

/// So long it is told that premises left, in milliseconds.
const TOLD_MILLIS: i64 = 30 * 24 * 3_600_000;
/// How many of them are told of.
const MOST_TOLD: u64 = 20;

/// Premises that another unit looks after now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Departed {
    /// The premises.
    pub document: DocumentId,
    /// What they were called here.
    pub name: String,
    /// The full name of the unit that has them.
    pub unit_name: String,
    /// When this device heard of it.
    pub at: UtcMillis,
}

/// Whether a record lies where this device knows it to lie: in this unit.
pub fn lies_in(main: &Connection, document: DocumentId, unit: UnitId) -> Outcome<bool> {
    let mut statement =
        main.prepare_cached("SELECT 1 FROM document WHERE id = ?1 AND unit = ?2 AND left_for IS NULL")?;
    Ok(statement.exists((document.as_bytes(), unit.as_bytes()))?)
}

/// A record lies in this unit, which is one of this device's.
pub fn lie_in(main: &Connection, document: DocumentId, unit: UnitId) -> Outcome<()> {
    main.prepare_cached(
        "UPDATE heard SET unit = (SELECT unit FROM document WHERE id = ?1)
         WHERE unit IS NULL AND id IN (SELECT envelope FROM change WHERE document = ?1)",
    )?
    .execute([document.as_bytes()])?;
    main.prepare_cached("UPDATE document SET unit = ?2, left_for = NULL WHERE id = ?1")?
        .execute((document.as_bytes(), unit.as_bytes()))?;
    main.prepare_cached("DELETE FROM departed WHERE document = ?1")?.execute([document.as_bytes()])?;
    Ok(())
}

/// A record lies in a unit that is none of this device's. Whether that is news.
pub fn leave_for(main: &Connection, document: DocumentId, unit: UnitId) -> Outcome<bool> {
    let changed = main
        .prepare_cached("UPDATE document SET left_for = ?2 WHERE id = ?1 AND left_for IS NOT ?2")?
        .execute((document.as_bytes(), unit.as_bytes()))?;
    Ok(changed > 0)
}

/// Records that left for other units and are here still, each with where it lies.
pub fn leaving(main: &Connection) -> Outcome<Vec<(DocumentId, UnitId)>> {
    let mut statement = main.prepare_cached("SELECT id, left_for FROM document WHERE left_for IS NOT NULL")?;
    let read =
        |row: &rusqlite::Row<'_>| Ok((DocumentId::from_bytes(bytes(row, 0)?), UnitId::from_bytes(bytes(row, 1)?)));
    let found = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// A server that was put back says anew what lies elsewhere.
pub fn forget(main: &Connection) -> Outcome<()> {
    main.execute("UPDATE document SET left_for = NULL WHERE left_for IS NOT NULL", [])?;
    Ok(())
}

/// Premises left.
pub fn note_departed(main: &Connection, departed: &Departed) -> Outcome<()> {
    main.prepare_cached("INSERT OR REPLACE INTO departed (document, name, unit_name, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute((departed.document.as_bytes(), &departed.name, &departed.unit_name, departed.at.0))?;
    Ok(())
}

/// The premises that left lately, the latest first.
pub fn departed(main: &Connection, now: UtcMillis) -> Outcome<Vec<Departed>> {
    let mut statement = main.prepare_cached(&format!(
        "SELECT document, name, unit_name, at FROM departed WHERE at > ?1 ORDER BY at DESC, document LIMIT {MOST_TOLD}"
    ))?;
    let found = statement
        .query_map([now.0 - TOLD_MILLIS], |row| {
            Ok(Departed {
                document: DocumentId::from_bytes(bytes(row, 0)?),
                name: row.get(1)?,
                unit_name: row.get(2)?,
                at: UtcMillis(row.get(3)?),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}
