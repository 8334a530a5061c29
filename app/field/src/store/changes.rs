//! Documents, their changes and their cells: append, upsert, read. No Automerge document is loaded here.
//!
//! Invariant: the cells of a record are exactly what its changes say; both are written in one transaction.

use std::sync::LazyLock;

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::cells::begun;
use ancu_shared::document::guard::Operation;
use ancu_shared::id::{ActorId, ChangeHash, DocumentId, EnvelopeId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::{Cell, OperationId, Scalar};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql};

use super::{bytes, rest};
use crate::fault::{Fault, Outcome};

/// A record as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its id.
    pub id: DocumentId,
    /// What it is.
    pub kind: RecordKind,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// Whether it was begun here.
    pub own: bool,
    /// Why it cannot be read here.
    pub flagged: Option<String>,
    /// The premises it is about.
    pub facility: Option<DocumentId>,
    /// The record it supplements, decides on or belongs to.
    pub parent: Option<DocumentId>,
}

const RECORD: &str = "id, kind, unit, own, flagged, facility, parent";

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let kind: String = row.get(1)?;
    let link = |column| -> rusqlite::Result<Option<DocumentId>> {
        if row.get_ref(column)? == rusqlite::types::ValueRef::Null {
            return Ok(None);
        }
        bytes(row, column).map(|bytes| Some(DocumentId::from_bytes(bytes)))
    };
    Ok(Record {
        id: DocumentId::from_bytes(bytes(row, 0)?),
        kind: RecordKind::from_code(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
        unit: UnitId::from_bytes(bytes(row, 2)?),
        own: row.get(3)?,
        flagged: row.get(4)?,
        facility: link(5)?,
        parent: link(6)?,
    })
}

/// The record of an id.
pub fn find(connection: &Connection, id: DocumentId) -> Outcome<Option<Record>> {
    Ok(connection
        .prepare_cached(&format!("SELECT {RECORD} FROM document WHERE id = ?1"))?
        .query_row([id.as_bytes()], record)
        .optional()?)
}

/// Records of a kind about these premises, oldest first.
pub fn of_facility(connection: &Connection, facility: DocumentId, kind: RecordKind) -> Outcome<Vec<Record>> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {RECORD} FROM document WHERE facility = ?1 AND kind = ?2 ORDER BY id"))?;
    let found = statement.query_map((facility.as_bytes(), kind.code()), record)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Records of a kind that refer to this one, oldest first.
pub fn children(connection: &Connection, parent: DocumentId, kind: RecordKind) -> Outcome<Vec<Record>> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {RECORD} FROM document WHERE parent = ?1 AND kind = ?2 ORDER BY id"))?;
    let found = statement.query_map((parent.as_bytes(), kind.code()), record)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Supplements that carry what came after a seal and are not sealed themselves, oldest first; everybody's.
pub fn carrying(connection: &Connection) -> Outcome<Vec<Record>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {RECORD} FROM document WHERE kind = 'inspection' AND parent IS NOT NULL
         AND EXISTS (SELECT 1 FROM cell WHERE document = id AND key = 'h/carries')
         AND NOT EXISTS (SELECT 1 FROM cell WHERE document = id AND key >= 'g/' AND key < 'g0') ORDER BY id"
    ))?;
    let found = statement.query_map([], record)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// All records of a kind, newest first.
pub fn of_kind(connection: &Connection, kind: RecordKind) -> Outcome<Vec<Record>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {RECORD} FROM document WHERE kind = ?1 ORDER BY id DESC"))?;
    let found = statement.query_map([kind.code()], record)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Homes whose premises are not here, oldest first.
pub fn homeless(connection: &Connection) -> Outcome<Vec<Record>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {RECORD} FROM document WHERE kind = 'dwelling' AND NOT EXISTS
         (SELECT 1 FROM document AS premises WHERE premises.id = document.facility AND premises.kind = 'facility')
         ORDER BY id"
    ))?;
    let found = statement.query_map([], record)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// How many records are here.
pub fn count(connection: &Connection) -> Outcome<u64> {
    let count: i64 = connection.prepare_cached("SELECT count(*) FROM document")?.query_row([], |row| row.get(0))?;
    Ok(count.max(0) as u64)
}

/// Adds a record, or leaves it as it is.
pub fn insert_record(
    connection: &Connection,
    id: DocumentId,
    kind: RecordKind,
    unit: UnitId,
    own: bool,
) -> Outcome<()> {
    connection
        .prepare_cached("INSERT INTO document (id, kind, unit, own) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")?
        .execute((id.as_bytes(), kind.code(), unit.as_bytes(), own))?;
    Ok(())
}

/// Notes why a record cannot be read here.
pub fn flag(connection: &Connection, id: DocumentId, reason: &str) -> Outcome<()> {
    connection.prepare_cached("UPDATE document SET flagged = ?2 WHERE id = ?1")?.execute((id.as_bytes(), reason))?;
    Ok(())
}

/// Stores what a record's header refers to, and whether some key has two live values.
pub fn save_links(
    connection: &Connection,
    id: DocumentId,
    facility: Option<DocumentId>,
    parent: Option<DocumentId>,
    clashing: bool,
) -> Outcome<()> {
    connection
        .prepare_cached(
            "UPDATE document SET facility = coalesce(?2, facility), parent = coalesce(?3, parent), clashing = ?4
             WHERE id = ?1",
        )?
        .execute((
            id.as_bytes(),
            facility.as_ref().map(DocumentId::as_bytes),
            parent.as_ref().map(DocumentId::as_bytes),
            clashing,
        ))?;
    Ok(())
}

/// A change to be appended.
#[derive(Debug)]
pub struct NewChange<'a> {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who made it.
    pub actor: ActorId,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its number among its actor's changes to this record.
    pub sequence: u64,
    /// The writer's clock.
    pub at: UtcMillis,
    /// Counter of its first operation.
    pub start_op: u64,
    /// Counter of its last operation.
    pub max_op: u64,
    /// Its operations.
    pub operations: &'a [Operation],
    /// The envelope it came in; `None` for a change made here.
    pub envelope: Option<EnvelopeId>,
}

/// Appends a change and brings the cells up to it. `false`: it was here already.
pub fn append(connection: &Connection, document: DocumentId, change: &NewChange<'_>) -> Outcome<bool> {
    rest::bring_back(connection, document)?;
    if !insert(connection, document, change)? {
        return Ok(false);
    }
    apply(connection, document, change.operations, change.at)?;
    note_changed(connection, document, change.at)?;
    Ok(true)
}

/// Appends the changes of a record that is not here yet, with the cells that they make together: what one change puts and a
/// later one replaces is never written.
pub fn begin(
    connection: &Connection,
    document: DocumentId,
    changes: &[NewChange<'_>],
    cells: &[Cell],
    values: &[String],
) -> Outcome<()> {
    for change in changes {
        insert(connection, document, change)?;
    }
    put_cells(connection, document, cells, values)?;
    let newest = changes.iter().map(|change| change.at).max();
    newest.map_or(Ok(()), |at| note_changed(connection, document, at))
}

/// Writes the cells of a record that has none, each with its value as it is kept.
pub fn put_cells(connection: &Connection, document: DocumentId, cells: &[Cell], values: &[String]) -> Outcome<()> {
    for (some, values) in cells.chunks(ROWS_AT_ONCE).zip(values.chunks(ROWS_AT_ONCE)) {
        let mut statement = connection.prepare_cached(&INSERTS[some.len() - 1])?;
        let mut next = 0;
        let mut bind = |value: &dyn ToSql| {
            next += 1;
            statement.raw_bind_parameter(next, value)
        };
        for (cell, value) in some.iter().zip(values) {
            bind(document.as_bytes())?;
            bind(&cell.key)?;
            bind(&(cell.operation.counter as i64))?;
            bind(cell.operation.actor.as_bytes())?;
            bind(value)?;
            bind(&cell.at.0)?;
        }
        statement.raw_execute()?;
    }
    Ok(())
}

/// Cells written by one statement: half the cost of as many statements.
const ROWS_AT_ONCE: usize = 16;

/// Inserts so many cells. A failure fails the whole page, which is taken back as one: without "or fail" each statement of many
/// rows would keep a journal of its own.
static INSERTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let into = "INSERT OR FAIL INTO cell (document, key, counter, actor, value, at) VALUES";
    (1..=ROWS_AT_ONCE).map(|rows| format!("{into} {}", vec!["(?, ?, ?, ?, ?, ?)"; rows].join(", "))).collect()
});

fn note_changed(connection: &Connection, document: DocumentId, at: UtcMillis) -> Outcome<()> {
    connection
        .prepare_cached("UPDATE document SET changed_at = max(changed_at, ?2) WHERE id = ?1")?
        .execute((document.as_bytes(), at.0))?;
    Ok(())
}

fn insert(connection: &Connection, document: DocumentId, change: &NewChange<'_>) -> Outcome<bool> {
    let added = connection
        .prepare_cached(
            "INSERT INTO change (document, hash, actor, bytes, envelope, start_op, max_op, sequence)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (document, hash) DO NOTHING",
        )?
        .execute((
            document.as_bytes(),
            change.hash.as_bytes(),
            change.actor.as_bytes(),
            change.bytes,
            change.envelope.as_ref().map(EnvelopeId::as_bytes),
            change.start_op as i64,
            change.max_op as i64,
            change.sequence as i64,
        ))?;
    Ok(added > 0)
}

/// Brings the cells up to a change's operations.
pub fn apply(connection: &Connection, document: DocumentId, operations: &[Operation], at: UtcMillis) -> Outcome<()> {
    // As `ancu_shared::document::cells::apply_operation` does with cells in memory.
    for operation in operations {
        for gone in &operation.replaces {
            connection
                .prepare_cached("DELETE FROM cell WHERE document = ?1 AND key = ?2 AND counter = ?3 AND actor = ?4")?
                .execute((document.as_bytes(), &operation.key, gone.counter as i64, gone.actor.as_bytes()))?;
        }
        if let Some(value) = &operation.put {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO cell (document, key, counter, actor, value, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute((
                    document.as_bytes(),
                    &operation.key,
                    operation.id.counter as i64,
                    operation.id.actor.as_bytes(),
                    write_scalar(value)?,
                    at.0,
                ))?;
        }
    }
    Ok(())
}

/// Whether a change is here.
pub fn has_change(connection: &Connection, document: DocumentId, hash: &ChangeHash) -> Outcome<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM change WHERE document = ?1 AND hash = ?2")?
        .exists((document.as_bytes(), hash.as_bytes()))?)
}

/// All changes of a record, in an order in which they can be applied.
pub fn all_bytes(connection: &Connection, document: DocumentId) -> Outcome<Vec<Vec<u8>>> {
    let mut statement = connection.prepare_cached("SELECT bytes FROM change WHERE document = ?1 ORDER BY position")?;
    let found: Vec<Vec<u8>> =
        statement.query_map([document.as_bytes()], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    if found.first().is_some_and(Vec::is_empty)
        && let Some(log) = rest::changes_of(connection, document)?
    {
        return Ok(log.into_iter().map(|change| change.bytes).collect());
    }
    Ok(found)
}

/// The live cells of a record that is put away; none of one that is not.
fn cells_away(connection: &Connection, document: DocumentId) -> Outcome<Vec<Cell>> {
    Ok(rest::changes_of(connection, document)?.map(|log| begun(&log)).unwrap_or_default())
}

/// The live cells of a record.
pub fn cells(connection: &Connection, document: DocumentId) -> Outcome<Vec<Cell>> {
    let mut statement = connection.prepare_cached(
        "SELECT key, counter, actor, value, at FROM cell WHERE document = ?1 ORDER BY key, counter, actor",
    )?;
    let found: Vec<Cell> = statement.query_map([document.as_bytes()], cell)?.collect::<rusqlite::Result<_>>()?;
    if found.is_empty() { cells_away(connection, document) } else { Ok(found) }
}

/// The live cells of one key.
pub fn cells_at(connection: &Connection, document: DocumentId, key: &str) -> Outcome<Vec<Cell>> {
    let mut statement = connection
        .prepare_cached("SELECT key, counter, actor, value, at FROM cell WHERE document = ?1 AND key = ?2")?;
    let mut found: Vec<Cell> =
        statement.query_map((document.as_bytes(), key), cell)?.collect::<rusqlite::Result<_>>()?;
    if found.is_empty() {
        found = cells_away(connection, document)?;
        found.retain(|cell| cell.key == key);
    }
    Ok(found)
}

/// Whether a seal is among a record's cells.
pub fn is_sealed(connection: &Connection, document: DocumentId) -> Outcome<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM cell WHERE document = ?1 AND key >= 'g/' AND key < 'g0'")?
        .exists([document.as_bytes()])?
        || rest::is_away(connection, document)?)
}

/// Records with a key that has two live values or more.
pub fn clashing(connection: &Connection) -> Outcome<Vec<DocumentId>> {
    let mut statement = connection.prepare_cached("SELECT id FROM document WHERE clashing = 1 ORDER BY id")?;
    let found =
        statement.query_map([], |row| bytes(row, 0).map(DocumentId::from_bytes))?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

fn cell(row: &Row<'_>) -> rusqlite::Result<Cell> {
    let value: String = row.get(3)?;
    Ok(Cell {
        key: row.get(0)?,
        operation: OperationId { counter: row.get::<_, i64>(1)? as u64, actor: ActorId(bytes(row, 2)?) },
        value: read_scalar(&value)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, error.into()))?,
        at: UtcMillis(row.get(4)?),
    })
}

/// A scalar as it is kept: JSON. Whole and fractional numbers stay apart (`2` and `2.0`).
pub fn write_scalar(scalar: &Scalar) -> Outcome<String> {
    serde_json::to_string(scalar).map_err(|error| Fault::Broken(error.to_string()))
}

/// Reads what [`write_scalar`] wrote.
pub fn read_scalar(text: &str) -> Result<Scalar, serde_json::Error> {
    Scalar::from_json(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scalar_reads_back_as_it_was() {
        for scalar in [
            Scalar::Null,
            Scalar::Bool(true),
            Scalar::Int(2),
            Scalar::Number(2.0),
            Scalar::Number(20.991_234_567_890_1),
            Scalar::Number(-1.5e300),
            Scalar::Int(i64::MIN),
            Scalar::from("Số 112, ngách 58/24 \"Khương Hạ\""),
        ] {
            assert_eq!(read_scalar(&write_scalar(&scalar).expect("write")).expect("read"), scalar);
        }
    }
}
