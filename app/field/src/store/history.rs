//! Where changes stand in a record's log: what the shared check of positions asks, and taking own changes out again.
//!
//! Invariant: what is in the log stands where it claims to, so that a record can always be loaded.

use std::cell::RefCell;

use ancu_shared::document::guard::{CheckedChange, check_change};
use ancu_shared::document::position::{self, History, LastChange, PositionError, put_key_in};
use ancu_shared::id::{ActorId, AuthorKey, ChangeHash, DocumentId, EnvelopeId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::OperationId;
use rusqlite::{Connection, OptionalExtension as _};

use super::{bytes, changes, rest};
use crate::fault::{Fault, Outcome};

/// Checks these changes, oldest first, against the log and each other. The inner error names the first that does not stand.
pub fn place(
    connection: &Connection,
    document: DocumentId,
    kind: RecordKind,
    new: &[CheckedChange],
) -> Outcome<Result<(), PositionError>> {
    if !new.is_empty() {
        rest::bring_back(connection, document)?;
    }
    let mut past = Past { connection, document, kind, before: Vec::new(), failed: RefCell::new(None) };
    for change in new {
        let stands = position::check(change, &past);
        if let Some(fault) = past.failed.take() {
            return Err(fault);
        }
        if let Err(error) = stands {
            return Ok(Err(error));
        }
        past.before.push(change);
    }
    Ok(Ok(()))
}

/// The log and what comes before the change in question.
struct Past<'a> {
    connection: &'a Connection,
    document: DocumentId,
    kind: RecordKind,
    before: Vec<&'a CheckedChange>,
    /// The first failure of the store. The answer is "not known" then, and the outcome is not used.
    failed: RefCell<Option<Fault>>,
}

impl Past<'_> {
    fn ask<T>(&self, answer: Outcome<Option<T>>) -> Option<T> {
        answer.unwrap_or_else(|fault| {
            self.failed.borrow_mut().get_or_insert(fault);
            None
        })
    }
}

impl History for Past<'_> {
    fn max_op(&self, hash: &ChangeHash) -> Option<u64> {
        let before = self.before.iter().find(|change| change.hash == *hash).map(|change| change.max_op);
        before.or_else(|| self.ask(max_op(self.connection, self.document, hash)))
    }

    fn last_change(&self, actor: &ActorId) -> Option<LastChange> {
        let before = self.before.iter().rev().find(|change| change.actor == *actor);
        before
            .map(|change| LastChange { hash: change.hash, sequence: change.sequence, max_op: change.max_op })
            .or_else(|| self.ask(last_change(self.connection, self.document, actor)))
    }

    fn put_key(&self, put: &OperationId) -> Option<String> {
        put_key_in(self.before.iter().copied(), put)
            .or_else(|| self.ask(put_key(self.connection, self.document, self.kind, put)))
    }

    fn is_put_of(&self, put: &OperationId, key: &str) -> bool {
        match put_key_in(self.before.iter().copied(), put) {
            Some(found) => found == key,
            None => {
                self.ask(is_live(self.connection, self.document, key, put).map(Some)) == Some(true)
                    || self.put_key(put).as_deref() == Some(key)
            }
        }
    }
}

fn max_op(connection: &Connection, document: DocumentId, hash: &ChangeHash) -> Outcome<Option<u64>> {
    Ok(connection
        .prepare_cached("SELECT max_op FROM change WHERE document = ?1 AND hash = ?2")?
        .query_row((document.as_bytes(), hash.as_bytes()), |row| row.get::<_, i64>(0))
        .optional()?
        .map(|counter| counter as u64))
}

fn last_change(connection: &Connection, document: DocumentId, actor: &ActorId) -> Outcome<Option<LastChange>> {
    Ok(connection
        .prepare_cached(
            "SELECT hash, sequence, max_op FROM change WHERE document = ?1 AND actor = ?2
             ORDER BY sequence DESC LIMIT 1",
        )?
        .query_row((document.as_bytes(), actor.as_bytes()), |row| {
            Ok(LastChange {
                hash: ChangeHash(bytes(row, 0)?),
                sequence: row.get::<_, i64>(1)? as u64,
                max_op: row.get::<_, i64>(2)? as u64,
            })
        })
        .optional()?)
}

/// Whether this put of this key is live: found at once, where the key of a put takes looking through the record.
fn is_live(connection: &Connection, document: DocumentId, key: &str, put: &OperationId) -> Outcome<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM cell WHERE document = ?1 AND key = ?2 AND counter = ?3 AND actor = ?4")?
        .exists((document.as_bytes(), key, put.counter as i64, put.actor.as_bytes()))?)
}

/// The key of a put, live or replaced.
fn put_key(
    connection: &Connection,
    document: DocumentId,
    kind: RecordKind,
    put: &OperationId,
) -> Outcome<Option<String>> {
    let place = (document.as_bytes(), put.actor.as_bytes(), put.counter as i64);
    let live: Option<String> = connection
        .prepare_cached("SELECT key FROM cell WHERE document = ?1 AND actor = ?2 AND counter = ?3")?
        .query_row(place, |row| row.get(0))
        .optional()?;
    if live.is_some() {
        return Ok(live);
    }
    let change: Option<Vec<u8>> = connection
        .prepare_cached(
            "SELECT bytes FROM change WHERE document = ?1 AND actor = ?2 AND start_op <= ?3 AND max_op >= ?3",
        )?
        .query_row(place, |row| row.get(0))
        .optional()?;
    change.map_or(Ok(None), |encoded| Ok(put_key_in([&read(&encoded, kind)?], put)))
}

/// Whether more than one actor changed a record.
pub fn is_of_many(connection: &Connection, document: DocumentId) -> Outcome<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT (SELECT min(actor) FROM change WHERE document = ?1)
             IS NOT (SELECT max(actor) FROM change WHERE document = ?1)",
    )?;
    Ok(statement.query_row([document.as_bytes()], |row| row.get(0))?)
}

/// How many changes in a record are not this author's.
pub fn of_others(connection: &Connection, document: DocumentId, author: &AuthorKey) -> Outcome<u64> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM change
         WHERE document = ?1 AND actor NOT IN (SELECT actor FROM actor WHERE author = ?2)",
    )?;
    Ok(statement.query_row((document.as_bytes(), author.as_bytes()), |row| row.get::<_, i64>(0))? as u64)
}

/// The record of an envelope's changes that are in the log.
pub fn document_of(connection: &Connection, envelope: &EnvelopeId) -> Outcome<Option<DocumentId>> {
    let mut statement = connection.prepare_cached("SELECT document FROM change WHERE envelope = ?1 LIMIT 1")?;
    let read = |row: &rusqlite::Row<'_>| bytes(row, 0).map(DocumentId::from_bytes);
    Ok(statement.query_row([envelope.as_bytes()], read).optional()?)
}

/// The envelope that holds a change.
pub fn envelope_of(connection: &Connection, document: DocumentId, change: &ChangeHash) -> Outcome<Option<EnvelopeId>> {
    let mut statement = connection
        .prepare_cached("SELECT envelope FROM change WHERE document = ?1 AND hash = ?2 AND envelope IS NOT NULL")?;
    let read = |row: &rusqlite::Row<'_>| bytes(row, 0).map(EnvelopeId);
    Ok(statement.query_row((document.as_bytes(), change.as_bytes()), read).optional()?)
}

/// A change of a record's log.
#[derive(Debug)]
pub struct Logged {
    position: i64,
    /// The envelope that holds it, if one does.
    pub envelope: Option<EnvelopeId>,
    /// What it says.
    pub change: CheckedChange,
}

/// A record's log, in its order.
pub fn log(connection: &Connection, document: DocumentId, kind: RecordKind) -> Outcome<Vec<Logged>> {
    let mut statement = connection
        .prepare_cached("SELECT position, envelope, bytes FROM change WHERE document = ?1 ORDER BY position")?;
    let rows = statement
        .query_map([document.as_bytes()], |row| {
            let enveloped = row.get_ref(1)? != rusqlite::types::ValueRef::Null;
            let envelope = if enveloped { Some(EnvelopeId(bytes(row, 1)?)) } else { None };
            Ok((row.get(0)?, envelope, row.get::<_, Vec<u8>>(2)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    if rows.first().is_some_and(|(_, _, encoded)| encoded.is_empty())
        && let Some(away) = rest::changes_of(connection, document)?
    {
        let log = rows.into_iter().zip(away);
        return Ok(log.map(|((position, envelope, _), change)| Logged { position, envelope, change }).collect());
    }
    rows.into_iter()
        .map(|(position, envelope, encoded)| Ok(Logged { position, envelope, change: read(&encoded, kind)? }))
        .collect()
}

/// Takes own changes out of the log, withdraws their envelopes, and makes the cells again from what is left. `state`: what
/// becomes of the envelopes, `rewritten` or `carried`.
pub fn take_out(
    connection: &Connection,
    document: DocumentId,
    kind: RecordKind,
    gone: &[Logged],
    state: &str,
) -> Outcome<()> {
    for envelope in gone.iter().filter_map(|logged| logged.envelope) {
        connection
            .prepare_cached(
                "UPDATE outbox SET state = ?2, receipt_at = NULL, code = NULL, reason = NULL WHERE id = ?1",
            )?
            .execute((envelope.as_bytes(), state))?;
    }
    remove(connection, document, kind, gone)
}

/// Takes changes out of the log, and makes the cells again from what is left.
pub fn remove(connection: &Connection, document: DocumentId, kind: RecordKind, gone: &[Logged]) -> Outcome<()> {
    rest::bring_back(connection, document)?;
    for logged in gone {
        connection.prepare_cached("DELETE FROM change WHERE position = ?1")?.execute([logged.position])?;
    }
    connection.prepare_cached("DELETE FROM cell WHERE document = ?1")?.execute([document.as_bytes()])?;
    for logged in log(connection, document, kind)? {
        changes::apply(connection, document, &logged.change.operations, logged.change.at)?;
    }
    Ok(())
}

fn read(encoded: &[u8], kind: RecordKind) -> Outcome<CheckedChange> {
    check_change(encoded, kind).map_err(|error| Fault::Document(error.to_string()))
}
