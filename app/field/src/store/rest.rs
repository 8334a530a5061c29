//! Inspections that rest: signed, at the server, and quiet for long. Their changes are in one small piece, without rows of cells.
//!
//! Invariants: a piece takes the place of bytes and cells only once it proved to be them ([`archive::prove_changes`]); whoever reads
//! the record reads the same; whoever adds to it or takes something out finds it as it was before. What may be nowhere else is never
//! put away: nothing unsent, nothing that a restored server may lack.

use ancu_shared::archive;
use ancu_shared::clock::UtcMillis;
use ancu_shared::document::cells;
use ancu_shared::document::guard::{CheckedChange, check_change};
use ancu_shared::id::{ActorId, DocumentId};
use ancu_shared::record::RecordKind;
use rusqlite::{Connection, OptionalExtension as _};

use super::{bytes, changes};
use crate::fault::{Fault, Outcome};

/// The only kind that is put away: the largest, and the one that is finished some day.
const KIND: RecordKind = RecordKind::Inspection;

/// What may be put away, of which nothing was written from an instant (`?1`) on.
const RESTS: &str =
    "d.kind = 'inspection' AND d.changed_at < ?1 AND d.flagged IS NULL AND d.clashing = 0 AND d.left_for IS NULL
     AND NOT EXISTS (SELECT 1 FROM archive WHERE document = d.id)
     AND EXISTS (SELECT 1 FROM cell WHERE document = d.id AND key >= 'g/' AND key < 'g0')
     AND NOT EXISTS (SELECT 1 FROM journal WHERE document = d.id)
     AND NOT EXISTS (SELECT 1 FROM change WHERE document = d.id AND envelope IS NULL)
     AND NOT EXISTS (SELECT 1 FROM outbox WHERE document = d.id AND state IN ('unsent', 'waiting', 'quarantined'))
     AND NOT EXISTS (SELECT 1 FROM parked WHERE document = d.id)
     AND d.id NOT IN (SELECT document FROM heard WHERE lacking = 1)";

/// Inspections that may be put away: those quiet for longest, at most so many.
pub fn resting(connection: &Connection, from: UtcMillis, most: usize) -> Outcome<Vec<DocumentId>> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT d.id FROM document d WHERE {RESTS} ORDER BY d.changed_at LIMIT ?2"))?;
    let read = |row: &rusqlite::Row<'_>| bytes(row, 0).map(DocumentId::from_bytes);
    let found = statement.query_map((from.0, most as i64), read)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Whether an inspection may be put away still.
pub fn rests(connection: &Connection, document: DocumentId, from: UtcMillis) -> Outcome<bool> {
    Ok(connection
        .prepare_cached(&format!("SELECT 1 FROM document d WHERE {RESTS} AND d.id = ?2"))?
        .exists((from.0, document.as_bytes()))?)
}

/// Puts an inspection away. An error leaves it as it is, once the caller's transaction is taken back.
pub fn put_away(connection: &Connection, document: DocumentId) -> Outcome<()> {
    let broken = |error: archive::ArchiveError| Fault::Document(error.to_string());
    let log = connection
        .prepare_cached("SELECT actor, bytes FROM change WHERE document = ?1 ORDER BY position")?
        .query_map([document.as_bytes()], |row| Ok((ActorId(bytes(row, 0)?), row.get::<_, Vec<u8>>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let packed = archive::pack_changes(&log).map_err(broken)?;
    archive::prove_changes(&packed, &log, KIND, &changes::cells(connection, document)?).map_err(broken)?;
    connection
        .prepare_cached("INSERT INTO archive (document, packed) VALUES (?1, ?2)")?
        .execute((document.as_bytes(), packed))?;
    connection.prepare_cached("UPDATE change SET bytes = x'' WHERE document = ?1")?.execute([document.as_bytes()])?;
    connection.prepare_cached("DELETE FROM cell WHERE document = ?1")?.execute([document.as_bytes()])?;
    Ok(())
}

/// Whether a record is put away.
pub fn is_away(connection: &Connection, document: DocumentId) -> Outcome<bool> {
    Ok(connection.prepare_cached("SELECT 1 FROM archive WHERE document = ?1")?.exists([document.as_bytes()])?)
}

/// The changes of a record that is put away, in their order; `None`: it is not.
pub fn changes_of(connection: &Connection, document: DocumentId) -> Outcome<Option<Vec<CheckedChange>>> {
    let packed: Option<Vec<u8>> = connection
        .prepare_cached("SELECT packed FROM archive WHERE document = ?1")?
        .query_row([document.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(packed) = packed else { return Ok(None) };
    let log = archive::unpack_changes(&packed).map_err(|error| Fault::Document(error.to_string()))?;
    let read = |bytes: &Vec<u8>| check_change(bytes, KIND).map_err(|error| Fault::Document(error.to_string()));
    log.iter().map(read).collect::<Outcome<_>>().map(Some)
}

/// A record has its changes and cells again, if it was put away.
pub fn bring_back(connection: &Connection, document: DocumentId) -> Outcome<()> {
    let Some(log) = changes_of(connection, document)? else { return Ok(()) };
    for change in &log {
        connection.prepare_cached("UPDATE change SET bytes = ?3 WHERE document = ?1 AND hash = ?2")?.execute((
            document.as_bytes(),
            change.hash.as_bytes(),
            &change.bytes,
        ))?;
    }
    let cells = cells::begun(&log);
    let values: Vec<String> = cells.iter().map(|cell| cell.value.to_json()).collect();
    changes::put_cells(connection, document, &cells, &values)?;
    connection.prepare_cached("DELETE FROM archive WHERE document = ?1")?.execute([document.as_bytes()])?;
    Ok(())
}

/// All of them, where the server may lack any.
pub fn bring_all_back(connection: &Connection) -> Outcome<()> {
    let mut statement = connection.prepare_cached("SELECT document FROM archive")?;
    let away = statement
        .query_map([], |row| bytes(row, 0).map(DocumentId::from_bytes))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    away.into_iter().try_for_each(|document| bring_back(connection, document))
}
