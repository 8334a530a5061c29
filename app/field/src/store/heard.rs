//! Envelopes of others, kept so that they can be offered to a server that lost them.
//!
//! Invariant: what is put together again is, byte for byte, what was heard: its id says so, or it isn't offered. The changes
//! themselves stand in the record's log and are not kept twice.

use ancu_shared::author::{AuthorCertificate, Signature};
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{AuthorKey, ChangeHash, DocumentId, EnvelopeId, UnitId};
use ancu_shared::sync::session::Outgoing;
use rusqlite::{Connection, OptionalExtension as _};

use super::{bytes, changes, history, rest};
use crate::fault::{Fault, Outcome};

/// Remembers an envelope that a pull brought: the server has it.
pub fn note(connection: &Connection, id: &EnvelopeId, envelope: &Envelope) -> Outcome<()> {
    let row = (
        id.as_bytes(),
        envelope.document.as_bytes(),
        envelope.author.as_bytes(),
        envelope.epoch,
        &envelope.signature.0[..],
        envelope.unit.as_bytes(),
    );
    connection
        .prepare_cached(
            "INSERT INTO heard (id, document, author, epoch, signature, unit)
             VALUES (?1, ?2, ?3, ?4, ?5, NULLIF(?6, (SELECT unit FROM document WHERE id = ?2)))
             ON CONFLICT (id) DO UPDATE SET lacking = 0",
        )?
        .execute(row)?;
    Ok(())
}

/// It is not here any more: where the feed brings it again, it is news.
pub fn forget(connection: &Connection, id: &EnvelopeId) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM heard WHERE id = ?1")?.execute([id.as_bytes()])?;
    Ok(())
}

/// The server may lack all of them.
pub fn doubt_all(connection: &Connection) -> Outcome<()> {
    rest::bring_all_back(connection)?;
    connection.execute("UPDATE heard SET lacking = 1", [])?;
    Ok(())
}

/// The server may lack this one.
pub fn doubt(connection: &Connection, id: &EnvelopeId) -> Outcome<()> {
    if let Some(document) = history::document_of(connection, id)? {
        rest::bring_back(connection, document)?;
    }
    connection.prepare_cached("UPDATE heard SET lacking = 1 WHERE id = ?1")?.execute([id.as_bytes()])?;
    Ok(())
}

/// Whether an envelope of another is here.
pub fn is_here(connection: &Connection, id: &EnvelopeId) -> Outcome<bool> {
    Ok(connection.prepare_cached("SELECT 1 FROM heard WHERE id = ?1")?.exists([id.as_bytes()])?)
}

/// How many the server may lack.
pub fn count_lacking(connection: &Connection) -> Outcome<u64> {
    let many: i64 =
        connection.prepare_cached("SELECT count(*) FROM heard WHERE lacking = 1")?.query_row([], |row| row.get(0))?;
    Ok(many.max(0).unsigned_abs())
}

/// The server keeps this one now.
pub fn settle(connection: &Connection, id: &EnvelopeId) -> Outcome<()> {
    connection.prepare_cached("UPDATE heard SET lacking = 0 WHERE id = ?1")?.execute([id.as_bytes()])?;
    Ok(())
}

/// Whether there are any that the server may lack.
pub fn is_any_lacking(connection: &Connection) -> Outcome<bool> {
    Ok(connection.prepare_cached("SELECT 1 FROM heard WHERE lacking = 1 LIMIT 1")?.exists([])?)
}

/// Those that the server may lack, in an order in which they can be applied: each with the place of its last change.
pub fn lacking(connection: &Connection) -> Outcome<Vec<(i64, Outgoing<EnvelopeId>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT h.id, sum(length(c.bytes)), max(c.position) FROM heard h JOIN change c ON c.envelope = h.id
         WHERE h.lacking = 1 GROUP BY h.id ORDER BY max(c.position)",
    )?;
    let found = statement
        .query_map([], |row| {
            Ok((row.get(2)?, Outgoing { id: EnvelopeId(bytes(row, 0)?), bytes: row.get::<_, i64>(1)? as u64 }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// An envelope as it was heard; `None` = it isn't one of these, or cannot be put together again.
pub fn encoded(connection: &Connection, id: &EnvelopeId) -> Outcome<Option<Vec<u8>>> {
    let kept = connection
        .prepare_cached("SELECT document, author, epoch, signature, unit FROM heard WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| {
            let document = DocumentId::from_bytes(bytes(row, 0)?);
            let signature = Signature(bytes(row, 3)?);
            let unit: Option<Vec<u8>> = row.get(4)?;
            let unit = unit.and_then(|unit| unit.try_into().ok()).map(UnitId::from_bytes);
            Ok((document, AuthorKey(bytes(row, 1)?), row.get::<_, u32>(2)?, signature, unit))
        })
        .optional()?;
    let Some((document, author, epoch, signature, unit)) = kept else { return Ok(None) };
    let Some(record) = changes::find(connection, document)? else { return Ok(None) };
    let mut changes = connection
        .prepare_cached("SELECT hash, bytes FROM change WHERE envelope = ?1 ORDER BY sequence")?
        .query_map([id.as_bytes()], |row| Ok((ChangeHash(bytes(row, 0)?), row.get::<_, Vec<u8>>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    if changes.first().is_some_and(|(_, bytes)| bytes.is_empty()) {
        let mut away = rest::changes_of(connection, document)?.unwrap_or_default();
        for (hash, bytes) in &mut changes {
            if let Some(change) = away.iter_mut().find(|change| change.hash == *hash) {
                *bytes = std::mem::take(&mut change.bytes);
            }
        }
    }
    let changes = changes.into_iter().map(|(_, bytes)| serde_bytes::ByteBuf::from(bytes)).collect();
    let unit = unit.unwrap_or(record.unit);
    let envelope = Envelope { v: 1, document, kind: record.kind, unit, author, epoch, changes, signature };
    let encoded = envelope.encode();
    // Of an envelope whose first changes came in another one before, a part is missing here.
    Ok((EnvelopeId::of(&encoded) == *id).then_some(encoded))
}

/// The author's certificate of an envelope.
pub fn certificate(connection: &Connection, id: &EnvelopeId) -> Outcome<Option<AuthorCertificate>> {
    let encoded: Option<Vec<u8>> = connection
        .prepare_cached("SELECT a.certificate FROM heard h JOIN author a ON a.key = h.author WHERE h.id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    encoded
        .map(|encoded| ciborium::from_reader(&encoded[..]).map_err(|error| Fault::Broken(error.to_string())))
        .transpose()
}
