//! The log of envelopes and its index in SQLite: records, their changes, their live cells.

use std::sync::LazyLock;

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::guard::{CheckedChange, Operation};
use ancu_shared::document::position::LastChange;
use ancu_shared::id::{ActorId, AuthorKey, ChangeHash, DeviceId, DocumentId, EnvelopeId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::{Cell, OperationId, Scalar};
use rusqlite::{OptionalExtension as _, Row, ToSql, params, params_from_iter};

use super::SqliteTransaction;
use super::column::{code, count, damaged, id, instant, maybe_code, maybe_id, places};
use crate::store::rows::{DocumentRow, EnvelopeRow, Slice};
use crate::store::{Archives as _, Records, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

const DOCUMENT: &str =
    "SELECT id, kind, unit, owner, subject, subject_kind, facility, supplement_of, sealed, created_at FROM document";

fn document(row: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    Ok(DocumentRow {
        id: id(row, 0)?,
        kind: code(row, 1, RecordKind::from_code)?,
        unit: id(row, 2)?,
        owner: id(row, 3)?,
        subject: maybe_id(row, 4)?.zip(maybe_code(row, 5, RecordKind::from_code)?),
        facility: maybe_id(row, 6)?,
        supplement_of: maybe_id(row, 7)?,
        sealed: row.get(8)?,
        created_at: instant(row, 9)?,
    })
}

fn cell(row: &Row<'_>) -> rusqlite::Result<Cell> {
    Ok(Cell {
        key: row.get(0)?,
        operation: OperationId { counter: count(row, 1)?, actor: id(row, 2)? },
        value: Scalar::from_json(row.get_ref(3)?.as_str()?).map_err(|error| damaged(3, &error.to_string()))?,
        at: instant(row, 4)?,
    })
}

fn envelope(row: &Row<'_>) -> rusqlite::Result<EnvelopeRow> {
    Ok(EnvelopeRow {
        id: id(row, 0)?,
        unit: id(row, 1)?,
        document: id(row, 2)?,
        author: id(row, 3)?,
        courier: maybe_id(row, 4)?,
        received_at: instant(row, 5)?,
        body: row.get(6)?,
    })
}

const CELL: &str = "SELECT key, counter, actor, value, at FROM cell";

/// A visit that two began apart has two live values of what its beginnings say at these keys: nobody is to settle them.
pub(super) const BEGINNINGS: &str =
    "('h/schema', 'h/facility', 'h/template', 'h/template_version', 'h/visit_day', 'h/visit_number',
     'h/purpose', 'h/started_at', 'h/rule_set', 'h/template_reason', 's/state')";

/// Rows written by one statement: half the cost of as many statements.
const ROWS_AT_ONCE: usize = 16;

/// A statement's text for each number of rows that it may insert.
type Inserts = LazyLock<Vec<String>>;

/// Inserts of rows of six columns. A failure fails the whole job, which is taken back as one: without "or fail" each statement
/// of many rows would keep a journal of its own.
fn inserts(into: &str) -> Vec<String> {
    (1..=ROWS_AT_ONCE)
        .map(|rows| format!("INSERT OR FAIL INTO {into} VALUES {}", vec!["(?, ?, ?, ?, ?, ?)"; rows].join(", ")))
        .collect()
}

/// Inserts so many cells.
fn insert_cells(rows: usize) -> &'static str {
    static TEXTS: Inserts = LazyLock::new(|| inserts("cell (document, key, counter, actor, value, at)"));
    &TEXTS[rows - 1]
}

/// Inserts so many changes.
fn insert_changes(rows: usize) -> &'static str {
    static TEXTS: Inserts = LazyLock::new(|| inserts("change (document, hash, actor, sequence, max_op, envelope)"));
    &TEXTS[rows - 1]
}

/// Record, counter, actor.
fn operation_params(document: DocumentId, operation: &OperationId) -> impl rusqlite::Params {
    (
        document.as_bytes().to_vec(),
        i64::try_from(operation.counter).unwrap_or(i64::MAX),
        operation.actor.as_bytes().to_vec(),
    )
}

impl SqliteTransaction<'_> {
    /// The bytes of an envelope of a folded record.
    fn archived_body(&self, document: DocumentId, envelope: &EnvelopeId) -> Result<Vec<u8>> {
        match self.folded(document)? {
            Some(folded) => folded.body(envelope),
            None => Err(StoreError::Damaged(format!("an envelope of {document} without its bytes"))),
        }
    }

    /// Rows of cells; where there are none, those of a folded record.
    fn or_folded(&self, document: DocumentId, rows: Vec<Cell>, wanted: impl Fn(&str) -> bool) -> Result<Vec<Cell>> {
        if !rows.is_empty() {
            return Ok(rows);
        }
        let cells = self.in_log(document, |_, log| {
            Ok(Some(log.cells.iter().filter(|cell| wanted(&cell.key)).cloned().collect()))
        })?;
        Ok(cells.unwrap_or_default())
    }
}

impl Records for SqliteTransaction<'_> {
    fn document(&self, id: DocumentId) -> Result<Option<DocumentRow>> {
        let mut statement = self.connection.prepare_cached(&format!("{DOCUMENT} WHERE id = ?1"))?;
        Ok(statement.query_row([&id.as_bytes()[..]], document).optional()?)
    }

    fn put_document(&self, row: &DocumentRow) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO document
                 (id, kind, unit, owner, subject, subject_kind, facility, supplement_of, sealed, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO UPDATE SET subject = excluded.subject, subject_kind = excluded.subject_kind,
                 facility = excluded.facility, supplement_of = excluded.supplement_of, sealed = excluded.sealed",
        )?;
        statement.execute(params![
            &row.id.as_bytes()[..],
            row.kind.code(),
            &row.unit.as_bytes()[..],
            &row.owner.as_bytes()[..],
            row.subject.as_ref().map(|(id, _)| &id.as_bytes()[..]),
            row.subject.map(|(_, kind)| kind.code()),
            row.facility.as_ref().map(|id| &id.as_bytes()[..]),
            row.supplement_of.as_ref().map(|id| &id.as_bytes()[..]),
            row.sealed,
            row.created_at.0,
        ])?;
        Ok(())
    }

    fn documents_of_facility(&self, facility: DocumentId) -> Result<Vec<DocumentRow>> {
        let rows = self
            .connection
            .prepare_cached(&format!("{DOCUMENT} WHERE facility = ?1 ORDER BY created_at, id"))?
            .query_map([&facility.as_bytes()[..]], document)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn supplements_of(&self, original: DocumentId) -> Result<Vec<DocumentId>> {
        // UUIDv7: the order of ids is the order of making.
        let rows = self
            .connection
            .prepare_cached("SELECT id FROM document WHERE supplement_of = ?1 ORDER BY id")?
            .query_map([&original.as_bytes()[..]], |row| id(row, 0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn documents_of_owner(&self, owner: PersonId, kind: RecordKind, limit: u64) -> Result<Vec<DocumentRow>> {
        let rows = self
            .connection
            .prepare_cached(&format!("{DOCUMENT} WHERE owner = ?1 AND kind = ?2 ORDER BY created_at, id LIMIT ?3"))?
            .query_map((&owner.as_bytes()[..], kind.code(), limit as i64), document)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn first_of_owner(&self, owner: PersonId, kind: RecordKind) -> Result<Option<DocumentId>> {
        Ok(self.documents_of_owner(owner, kind, 1)?.first().map(|row| row.id))
    }

    fn has_envelope(&self, id: &EnvelopeId) -> Result<bool> {
        let mut statement = self.connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM envelope WHERE id = ?1)")?;
        Ok(statement.query_row([&id.as_bytes()[..]], |row| row.get(0))?)
    }

    fn envelope_origin(&self, envelope: &EnvelopeId) -> Result<Option<(DocumentId, AuthorKey)>> {
        let mut statement = self.connection.prepare_cached("SELECT document, author FROM envelope WHERE id = ?1")?;
        Ok(statement.query_row([&envelope.as_bytes()[..]], |row| Ok((id(row, 0)?, id(row, 1)?))).optional()?)
    }

    fn append_envelope(&self, envelope: &EnvelopeRow) -> Result<u64> {
        self.unfold(envelope.document)?;
        let sequence = self.next_numbers(envelope.unit, 1)?;
        self.connection
            .prepare_cached(
                "INSERT INTO envelope (id, unit, sequence, document, author, courier, received_at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                &envelope.id.as_bytes()[..],
                &envelope.unit.as_bytes()[..],
                sequence,
                &envelope.document.as_bytes()[..],
                &envelope.author.as_bytes()[..],
                envelope.courier.as_ref().map(|id| &id.as_bytes()[..]),
                envelope.received_at.0,
                envelope.body,
            ])?;
        Ok(sequence as u64)
    }

    fn withdraw_envelope(&self, document: DocumentId, id: &EnvelopeId) -> Result<EnvelopeRow> {
        self.unfold(document)?;
        self.connection
            .prepare_cached("DELETE FROM change WHERE document = ?1 AND envelope = ?2")?
            .execute([&document.as_bytes()[..], &id.as_bytes()[..]])?;
        // An earlier stay in quarantine is over, and must not stand in the way of another.
        self.connection
            .prepare_cached("DELETE FROM quarantine WHERE envelope = ?1 AND released_at IS NOT NULL")?
            .execute([&id.as_bytes()[..]])?;
        let mut statement = self.connection.prepare_cached(
            "DELETE FROM envelope WHERE id = ?1 RETURNING id, unit, document, author, courier, received_at, body",
        )?;
        Ok(statement.query_row([&id.as_bytes()[..]], envelope)?)
    }

    fn feed_end(&self, unit: UnitId) -> Result<u64> {
        let mut statement = self.connection.prepare_cached("SELECT last FROM unit_feed WHERE unit = ?1")?;
        Ok(statement.query_row([&unit.as_bytes()[..]], |row| count(row, 0)).optional()?.unwrap_or(0))
    }

    fn feed(
        &self,
        unit: UnitId,
        after: u64,
        owner: Option<PersonId>,
        by_name: Option<DeviceId>,
        bytes: usize,
    ) -> Result<Vec<(u64, AuthorKey, Vec<u8>)>> {
        // Where the name does, the body is not even read.
        let mut statement = self.connection.prepare_cached(if owner.is_some() {
            "SELECT e.sequence, e.author,
                    CASE WHEN e.courier = ?4 AND e.author IN (SELECT key FROM author WHERE device = ?4)
                         THEN e.id ELSE e.body END, e.document, e.id
             FROM envelope e JOIN document d ON d.id = e.document
             LEFT JOIN document s ON s.id = d.subject
             WHERE e.unit = ?1 AND e.sequence > ?2
               AND ((d.owner = ?3 AND d.kind IN ('dwelling', 'residents'))
                    OR (d.kind = 'review' AND s.owner = ?3 AND s.kind IN ('dwelling', 'residents'))) ORDER BY e.sequence"
        } else {
            "SELECT sequence, author,
                    CASE WHEN courier = ?4 AND author IN (SELECT key FROM author WHERE device = ?4)
                         THEN id ELSE body END, document, id
             FROM envelope WHERE unit = ?1 AND sequence > ?2 AND ?3 IS NULL ORDER BY sequence"
        })?;
        let mut rows = statement.query(params![
            &unit.as_bytes()[..],
            i64::try_from(after).unwrap_or(i64::MAX),
            owner.as_ref().map(|id| &id.as_bytes()[..]),
            by_name.as_ref().map(|id| &id.as_bytes()[..]),
        ])?;
        let (mut page, mut size) = (Vec::new(), 0_usize);
        while let Some(row) = rows.next()? {
            let mut body: Vec<u8> = row.get(2)?;
            if body.is_empty() {
                body = self.archived_body(id(row, 3)?, &id(row, 4)?)?;
            }
            size += body.len();
            if !page.is_empty() && size > bytes {
                break;
            }
            page.push((count(row, 0)?, id(row, 1)?, body));
        }
        Ok(page)
    }

    fn envelopes_of(&self, document: DocumentId) -> Result<Vec<Vec<u8>>> {
        let rows: Vec<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT body FROM envelope WHERE document = ?1 ORDER BY sequence")?
            .query_map([&document.as_bytes()[..]], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        if rows.first().is_some_and(Vec::is_empty)
            && let Some(folded) = self.folded(document)?
        {
            return Ok(folded.envelopes.iter().map(|(_, body)| body.clone()).collect());
        }
        Ok(rows)
    }

    fn change(&self, document: DocumentId, hash: &ChangeHash) -> Result<Option<u64>> {
        let mut statement =
            self.connection.prepare_cached("SELECT max_op FROM change WHERE document = ?1 AND hash = ?2")?;
        let found = statement
            .query_row(params![&document.as_bytes()[..], &hash.as_bytes()[..]], |row| count(row, 0))
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
        let named = |change: &&CheckedChange| change.hash == *hash;
        self.in_log(document, |_, log| Ok(log.changes.iter().map(|(_, change)| change).find(named).map(|it| it.max_op)))
    }

    fn add_changes(&self, document: DocumentId, envelope: &EnvelopeId, changes: &[CheckedChange]) -> Result<()> {
        for some in changes.chunks(ROWS_AT_ONCE) {
            let mut statement = self.connection.prepare_cached(insert_changes(some.len()))?;
            let mut next = 0;
            let mut bind = |value: &dyn ToSql| {
                next += 1;
                statement.raw_bind_parameter(next, value)
            };
            for change in some {
                bind(&&document.as_bytes()[..])?;
                bind(&&change.hash.as_bytes()[..])?;
                bind(&&change.actor.as_bytes()[..])?;
                bind(&(change.sequence as i64))?;
                bind(&(change.max_op as i64))?;
                bind(&&envelope.as_bytes()[..])?;
            }
            statement.raw_execute()?;
        }
        Ok(())
    }

    fn changed_by_others(&self, document: DocumentId, actor: &ActorId) -> Result<bool> {
        // Found in the index of places, at one of its two ends.
        let mut statement = self.connection.prepare_cached(
            "SELECT (SELECT actor FROM change WHERE document = ?1 ORDER BY actor LIMIT 1) IS NOT ?2
                 OR (SELECT actor FROM change WHERE document = ?1 ORDER BY actor DESC LIMIT 1) IS NOT ?2",
        )?;
        let others = statement.query_row(params![&document.as_bytes()[..], &actor.as_bytes()[..]], |row| row.get(0))?;
        // Of a record without rows it is said too.
        let folded = if others {
            self.in_log(document, |_, log| Ok(Some(log.changes.iter().any(|(_, change)| change.actor != *actor))))?
        } else {
            None
        };
        Ok(folded.unwrap_or(others))
    }

    fn last_change(&self, document: DocumentId, actor: &ActorId) -> Result<Option<LastChange>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT hash, sequence, max_op FROM change WHERE document = ?1 AND actor = ?2
             ORDER BY sequence DESC LIMIT 1",
        )?;
        let found = statement
            .query_row(params![&document.as_bytes()[..], &actor.as_bytes()[..]], |row| {
                Ok(LastChange { hash: id(row, 0)?, sequence: count(row, 1)?, max_op: count(row, 2)? })
            })
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
        self.in_log(document, |_, log| {
            let own = log.changes.iter().map(|(_, change)| change).filter(|change| change.actor == *actor);
            let last = own.max_by_key(|change| change.sequence);
            Ok(last.map(|it| LastChange { hash: it.hash, sequence: it.sequence, max_op: it.max_op }))
        })
    }

    fn live_key(&self, document: DocumentId, put: &OperationId) -> Result<Option<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT key FROM cell WHERE document = ?1 AND counter = ?2 AND actor = ?3")?;
        let found = statement.query_row(operation_params(document, put), |row| row.get(0)).optional()?;
        if found.is_some() {
            return Ok(found);
        }
        self.in_log(document, |_, log| {
            Ok(log.cells.iter().find(|cell| cell.operation == *put).map(|cell| cell.key.clone()))
        })
    }

    fn is_live(&self, document: DocumentId, key: &str, put: &OperationId) -> Result<bool> {
        let mut statement = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM cell WHERE document = ?1 AND key = ?2 AND counter = ?3 AND actor = ?4)",
        )?;
        let place = params![
            &document.as_bytes()[..],
            key,
            i64::try_from(put.counter).unwrap_or(i64::MAX),
            &put.actor.as_bytes()[..],
        ];
        if statement.query_row(place, |row| row.get(0))? {
            return Ok(true);
        }
        let found = self.in_log(document, |_, log| {
            Ok(log.cells.iter().find(|cell| cell.operation == *put && cell.key == key).map(|_| ()))
        })?;
        Ok(found.is_some())
    }

    fn envelope_with(&self, document: DocumentId, operation: &OperationId) -> Result<Option<Vec<u8>>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT envelope.body FROM change JOIN envelope ON envelope.id = change.envelope
             WHERE change.document = ?1 AND change.max_op >= ?2 AND change.actor = ?3
             ORDER BY change.sequence LIMIT 1",
        )?;
        let found = statement.query_row(operation_params(document, operation), |row| row.get(0)).optional()?;
        if found.is_some() {
            return Ok(found);
        }
        self.in_log(document, |folded, log| {
            let own = log.changes.iter().filter(|(_, change)| change.actor == operation.actor);
            let holds = own.filter(|(_, change)| change.max_op >= operation.counter);
            let first = holds.min_by_key(|(_, change)| change.sequence);
            first.map(|(envelope, _)| folded.body(envelope)).transpose()
        })
    }

    fn cells(&self, document: DocumentId) -> Result<Vec<Cell>> {
        let rows = self
            .connection
            .prepare_cached(&format!("{CELL} WHERE document = ?1 ORDER BY key, counter, actor"))?
            .query_map([&document.as_bytes()[..]], cell)?
            .collect::<rusqlite::Result<_>>()?;
        self.or_folded(document, rows, |_| true)
    }

    fn cells_at(&self, document: DocumentId, key: &str) -> Result<Vec<Cell>> {
        let rows = self
            .connection
            .prepare_cached(&format!("{CELL} WHERE document = ?1 AND key = ?2 ORDER BY counter, actor"))?
            .query_map(params![&document.as_bytes()[..], key], cell)?
            .collect::<rusqlite::Result<_>>()?;
        self.or_folded(document, rows, |known| known == key)
    }

    fn item_cells(&self, document: DocumentId, item: &str) -> Result<Vec<Cell>> {
        // '0' is the sign after '/': all keys below one.
        let rows = self
            .connection
            .prepare_cached(&format!(
                "{CELL} WHERE document = ?1 AND key = 'i/' || ?2
                 UNION ALL {CELL} WHERE document = ?1 AND key > 'f/' || ?2 || '/' AND key < 'f/' || ?2 || '0'
                 UNION ALL {CELL} WHERE document = ?1 AND key > 'p/' || ?2 || '/' AND key < 'p/' || ?2 || '0'"
            ))?
            .query_map(params![&document.as_bytes()[..], item], cell)?
            .collect::<rusqlite::Result<_>>()?;
        let of_item = |key: &str| match key.split_at_checked(2) {
            Some(("i/", rest)) => rest == item,
            Some(("f/" | "p/", rest)) => rest.strip_prefix(item).is_some_and(|rest| rest.starts_with('/')),
            _ => false,
        };
        self.or_folded(document, rows, of_item)
    }

    fn apply_operation(&self, document: DocumentId, operation: &Operation, at: UtcMillis) -> Result<()> {
        for replaced in &operation.replaces {
            self.connection
                .prepare_cached("DELETE FROM cell WHERE document = ?1 AND key = ?2 AND counter = ?3 AND actor = ?4")?
                .execute(params![
                    &document.as_bytes()[..],
                    operation.key,
                    i64::try_from(replaced.counter).unwrap_or(i64::MAX),
                    &replaced.actor.as_bytes()[..],
                ])?;
        }
        if let Some(value) = &operation.put {
            self.connection
                .prepare_cached(
                    "INSERT INTO cell (document, key, counter, actor, value, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    &document.as_bytes()[..],
                    operation.key,
                    operation.id.counter as i64,
                    &operation.id.actor.as_bytes()[..],
                    value.to_json(),
                    at.0,
                ])?;
        }
        Ok(())
    }

    fn put_cells(&self, document: DocumentId, cells: &[Cell], values: &[String]) -> Result<()> {
        for (some, values) in cells.chunks(ROWS_AT_ONCE).zip(values.chunks(ROWS_AT_ONCE)) {
            let mut statement = self.connection.prepare_cached(insert_cells(some.len()))?;
            let mut next = 0;
            let mut bind = |value: &dyn ToSql| {
                next += 1;
                statement.raw_bind_parameter(next, value)
            };
            for (cell, value) in some.iter().zip(values) {
                bind(&&document.as_bytes()[..])?;
                bind(&cell.key)?;
                bind(&(cell.operation.counter as i64))?;
                bind(&&cell.operation.actor.as_bytes()[..])?;
                bind(value)?;
                bind(&cell.at.0)?;
            }
            statement.raw_execute()?;
        }
        Ok(())
    }

    fn remove_cells(&self, document: DocumentId) -> Result<()> {
        self.connection.prepare_cached("DELETE FROM cell WHERE document = ?1")?.execute([&document.as_bytes()[..]])?;
        Ok(())
    }

    fn clashes(&self, units: &[UnitId], slice: Slice) -> Result<(Vec<(DocumentId, String)>, u64)> {
        let from = format!(
            "FROM cell JOIN document ON document.id = cell.document WHERE document.unit IN {}
               AND cell.key NOT IN {BEGINNINGS} GROUP BY cell.document, cell.key HAVING count(*) > 1",
            places(units.len())
        );
        let ids = || params_from_iter(units.iter().map(|unit| unit.as_bytes().to_vec()));
        let total = self
            .connection
            .query_row(&format!("SELECT count(*) FROM (SELECT 1 {from})"), ids(), |row| count(row, 0))?;
        let rows = self
            .connection
            .prepare(&format!(
                "SELECT cell.document, cell.key {from} ORDER BY max(cell.at) DESC LIMIT {} OFFSET {}",
                slice.limit, slice.offset
            ))?
            .query_map(ids(), |row| Ok((id(row, 0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok((rows, total))
    }
}
