//! Notes that wait for their writer's choice: a colleague's newer note stands where they were to be written.
//!
//! Invariant: a draft is gone only when its writer gave it up or its words were written; it goes to nobody.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::DocumentId;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::fault::Outcome;

/// A note that was not written into the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct NoteDraft {
    /// The item's code.
    pub item: String,
    /// The words.
    pub words: String,
    /// When they were kept, by the device's clock.
    pub at: UtcMillis,
}

/// Keeps words at an item, in place of older ones.
pub fn keep(connection: &Connection, inspection: DocumentId, draft: &NoteDraft) -> Outcome<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO note_draft (inspection, item, words, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute((inspection.as_bytes(), &draft.item, &draft.words, draft.at.0))?;
    Ok(())
}

/// Lets go of the words at an item, whatever they are, or only where they are these.
pub fn drop(connection: &Connection, inspection: DocumentId, item: &str, words: Option<&str>) -> Outcome<()> {
    connection
        .prepare_cached("DELETE FROM note_draft WHERE inspection = ?1 AND item = ?2 AND words = coalesce(?3, words)")?
        .execute((inspection.as_bytes(), item, words))?;
    Ok(())
}

/// The drafts of an inspection.
pub fn of(connection: &Connection, inspection: DocumentId) -> Outcome<Vec<NoteDraft>> {
    let mut statement =
        connection.prepare_cached("SELECT item, words, at FROM note_draft WHERE inspection = ?1 ORDER BY item")?;
    let found = statement.query_map([inspection.as_bytes()], |row| {
        Ok(NoteDraft { item: row.get(0)?, words: row.get(1)?, at: UtcMillis(row.get(2)?) })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The inspections with drafts.
pub fn waiting(connection: &Connection) -> Outcome<Vec<DocumentId>> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT inspection FROM note_draft ORDER BY inspection")?;
    let found = statement.query_map([], |row| super::bytes(row, 0).map(DocumentId::from_bytes))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Takes the drafts of another store over; `false`: at an item that has one here already the other stays where it is.
pub fn take_over(from: &Connection, into: &Connection) -> Outcome<bool> {
    let mut every = true;
    for inspection in waiting(from)? {
        let here = of(into, inspection)?;
        for draft in of(from, inspection)? {
            match here.iter().find(|own| own.item == draft.item) {
                None => keep(into, inspection, &draft)?,
                Some(own) => every &= own.words == draft.words,
            }
        }
    }
    Ok(every)
}

/// Whether any waits: a device that is wiped takes it along.
pub fn is_any(connection: &Connection) -> Outcome<bool> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM note_draft)", [], |row| row.get(0))?)
}
