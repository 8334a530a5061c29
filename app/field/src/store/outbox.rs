//! The outbox: envelopes made here, with what the server said of each.
//!
//! Invariant: an envelope is stored before it is sent, and its bytes never change; it counts as receipted only by the
//! server's word about its id.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{ActorId, ChangeHash, DocumentId, EnvelopeId};
use ancu_shared::record::RecordKind;
use ancu_shared::sync::session::Outgoing;
use ancu_shared::sync::wire::PushVerdict;
use rusqlite::{Connection, OptionalExtension as _};

use super::bytes;
use crate::fault::Outcome;

/// A change that is not in an envelope yet.
#[derive(Debug)]
pub struct Uncut {
    /// Place in the log.
    pub position: i64,
    /// Its record.
    pub document: DocumentId,
    /// As whom it was written.
    pub actor: ActorId,
    /// Its hash.
    pub hash: ChangeHash,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Changes made here that no envelope holds, in the order in which they were made.
pub fn uncut(connection: &Connection) -> Outcome<Vec<Uncut>> {
    let mut statement = connection.prepare_cached(
        "SELECT position, document, hash, bytes, actor FROM change WHERE envelope IS NULL ORDER BY position",
    )?;
    let found = statement
        .query_map([], |row| {
            Ok(Uncut {
                position: row.get(0)?,
                document: DocumentId::from_bytes(bytes(row, 1)?),
                hash: ChangeHash(bytes(row, 2)?),
                bytes: row.get(3)?,
                actor: ActorId(bytes(row, 4)?),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Stores an envelope and marks its changes as being in it.
pub fn insert(
    connection: &Connection,
    id: EnvelopeId,
    document: DocumentId,
    encoded: &[u8],
    positions: &[i64],
    made_at: UtcMillis,
) -> Outcome<()> {
    connection
        .prepare_cached("INSERT INTO outbox (id, document, bytes, made_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute((id.as_bytes(), document.as_bytes(), encoded, made_at.0))?;
    for position in positions {
        connection
            .prepare_cached("UPDATE change SET envelope = ?2 WHERE position = ?1")?
            .execute((position, id.as_bytes()))?;
    }
    Ok(())
}

/// What is to be sent: without a receipt, or waiting at the server for what it builds on. In the order of making, each with the
/// place of the last change that was made by then.
pub fn unsent(connection: &Connection) -> Outcome<Vec<(i64, Outgoing<EnvelopeId>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, length(bytes),
                coalesce((SELECT max(c.position) FROM change c WHERE c.envelope = outbox.id), 0)
         FROM outbox WHERE state IN ('unsent', 'waiting') ORDER BY position",
    )?;
    let mut last: i64 = 0;
    let found = statement
        .query_map([], |row| {
            // One cut may end several records: none of its envelopes was there for anybody to build on before.
            last = last.max(row.get(2)?);
            Ok((last, Outgoing { id: EnvelopeId(bytes(row, 0)?), bytes: row.get::<_, i64>(1)? as u64 }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// The bytes of an envelope that was made here.
pub fn encoded(connection: &Connection, id: &EnvelopeId) -> Outcome<Option<Vec<u8>>> {
    Ok(connection
        .prepare_cached("SELECT bytes FROM outbox WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Stores the server's word.
pub fn receipt(connection: &Connection, id: &EnvelopeId, verdict: &PushVerdict, at: UtcMillis) -> Outcome<()> {
    let (state, code, reason, why) = match verdict {
        PushVerdict::Accepted | PushVerdict::AlreadyKnown => ("accepted", None, None, None),
        PushVerdict::Waiting { .. } => ("waiting", None, None, None),
        PushVerdict::Quarantined { code, reason, why } => {
            ("quarantined", Some(code.code()), Some(reason.as_str()), why.as_ref())
        }
        // Still to be sent, and its author is to know why it was not taken.
        PushVerdict::Refused { code, reason } => ("unsent", Some(code.code()), Some(reason.as_str()), None),
    };
    let (cause, reason_vi) = (why.map(|why| why.cause.as_str()), why.map(|why| why.vi.as_str()));
    connection
        .prepare_cached(
            "UPDATE outbox SET state = ?2, receipt_at = ?3, code = ?4, reason = ?5, cause = ?6, reason_vi = ?7
             WHERE id = ?1 AND state <> 'rewritten' AND (state <> 'carried' OR ?2 = 'accepted')",
        )?
        .execute((id.as_bytes(), state, at.0, code, reason, cause, reason_vi))?;
    Ok(())
}

/// The records whose envelopes were made here last and that the server admitted.
pub fn lately_taken(connection: &Connection, most: usize) -> Outcome<Vec<DocumentId>> {
    let mut statement = connection.prepare_cached(
        "SELECT document FROM outbox WHERE state = 'accepted' GROUP BY document ORDER BY max(position) DESC LIMIT ?1",
    )?;
    let found = statement
        .query_map([i64::try_from(most).unwrap_or(i64::MAX)], |row| bytes(row, 0).map(DocumentId::from_bytes))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Whether an envelope was made here.
pub fn is_own(connection: &Connection, id: &EnvelopeId) -> Outcome<bool> {
    Ok(connection.prepare_cached("SELECT 1 FROM outbox WHERE id = ?1")?.exists([id.as_bytes()])?)
}

/// Whether an envelope was made here, its changes are in the log, and the server admitted it.
pub fn is_settled(connection: &Connection, id: &EnvelopeId) -> Outcome<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM outbox WHERE id = ?1 AND state = 'accepted'
             AND EXISTS (SELECT 1 FROM change WHERE envelope = ?1)",
        )?
        .exists([id.as_bytes()])?)
}

/// Whether an envelope was made here and the server has not admitted it.
pub fn is_not_taken(connection: &Connection, id: &EnvelopeId) -> Outcome<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM outbox WHERE id = ?1 AND state <> 'accepted'")?
        .exists([id.as_bytes()])?)
}

/// Whether what an envelope says waits in a supplement, because it came after a seal.
pub fn is_carried(connection: &Connection, id: &EnvelopeId) -> Outcome<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM outbox WHERE id = ?1 AND state = 'carried'")?
        .exists([id.as_bytes()])?)
}

/// Whether the server has an envelope and did not admit it.
pub fn is_held(connection: &Connection, id: &EnvelopeId) -> Outcome<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM outbox WHERE id = ?1 AND state IN ('waiting', 'quarantined')")?
        .exists([id.as_bytes()])?)
}

/// What went out from here for a record without being in its log: work of a store that was set aside. Of it what the server
/// has and did not admit, in the order of sending.
pub fn taken_and_held(connection: &Connection, document: DocumentId) -> Outcome<Vec<(EnvelopeId, Vec<u8>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, bytes FROM outbox AS taken WHERE document = ?1 AND state IN ('waiting', 'quarantined')
         AND NOT EXISTS (SELECT 1 FROM change WHERE change.document = ?1 AND change.envelope = taken.id)
         ORDER BY position",
    )?;
    let read = |row: &rusqlite::Row<'_>| Ok((EnvelopeId(bytes(row, 0)?), row.get(1)?));
    let found = statement.query_map([document.as_bytes()], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Notes that what an envelope says waits in a supplement.
pub fn note_carried(connection: &Connection, id: &EnvelopeId) -> Outcome<()> {
    connection
        .prepare_cached(
            "UPDATE outbox SET state = 'carried', receipt_at = NULL, code = NULL, reason = NULL WHERE id = ?1",
        )?
        .execute([id.as_bytes()])?;
    Ok(())
}

/// Sealed records with work made here that was never sent, or that the server has and did not admit.
pub fn beside_seals(connection: &Connection) -> Outcome<Vec<DocumentId>> {
    let mut statement = connection.prepare_cached(
        "SELECT document FROM (SELECT document FROM journal
         UNION SELECT document FROM change WHERE envelope IS NULL
         UNION SELECT document FROM outbox WHERE state IN ('waiting', 'quarantined')) AS work
         WHERE EXISTS (SELECT 1 FROM cell WHERE cell.document = work.document AND key >= 'g/' AND key < 'g0')
            OR EXISTS (SELECT 1 FROM archive WHERE archive.document = work.document)
         ORDER BY document",
    )?;
    let found =
        statement.query_map([], |row| bytes(row, 0).map(DocumentId::from_bytes))?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Forgets all receipts: the server may have lost what it receipted. What a pull brings is receipted by that.
pub fn forget_receipts(connection: &Connection) -> Outcome<()> {
    connection.execute(
        "UPDATE outbox SET state = 'unsent', receipt_at = NULL, code = NULL, reason = NULL, cause = NULL,
             reason_vi = NULL
         WHERE state NOT IN ('rewritten', 'carried')",
        [],
    )?;
    connection.execute("UPDATE photo SET receipt_at = NULL, upload_url = NULL WHERE own = 1", [])?;
    Ok(())
}

/// Whether something of a record was not yet taken by the server.
pub fn is_unsent(connection: &Connection, document: DocumentId) -> Outcome<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM journal WHERE document = ?1)
             OR EXISTS (SELECT 1 FROM change WHERE envelope IS NULL AND document = ?1)
             OR EXISTS (SELECT 1 FROM outbox WHERE document = ?1 AND state IN ('unsent', 'waiting'))
             OR EXISTS (SELECT 1 FROM photo WHERE document = ?1 AND own = 1 AND receipt_at IS NULL)",
        )?
        .exists([document.as_bytes()])?)
}

/// What the server keeps aside, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
pub struct QuarantinedItem {
    /// The record.
    pub document: DocumentId,
    /// What it is.
    pub kind: RecordKind,
    /// The envelope.
    pub envelope: EnvelopeId,
    /// Why, as a code; of a newer server perhaps unknown here.
    pub code: String,
    /// The code's sentence in Vietnamese.
    pub title: String,
    /// The code's sentence in English.
    pub title_en: String,
    /// What the premises are called that it is about; empty where that is not known here.
    pub premises: String,
    /// Why exactly, as a closed code; `None` where an older server refused it.
    pub cause: Option<String>,
    /// Why exactly, in Vietnamese: the place and the value by name; empty where an older server refused it.
    pub reason_vi: String,
    /// Why exactly, in English.
    pub reason: String,
    /// When the server said so.
    pub at: UtcMillis,
}

/// Envelopes in quarantine, and those that found no room in it, newest first.
pub fn quarantined(connection: &Connection) -> Outcome<Vec<QuarantinedItem>> {
    let mut statement = connection.prepare_cached(
        "SELECT o.id, o.document, d.kind, coalesce(o.code, ''), coalesce(o.reason, ''), coalesce(o.receipt_at, 0),
             o.cause, coalesce(o.reason_vi, '')
         FROM outbox o JOIN document d ON d.id = o.document
         WHERE o.state = 'quarantined' OR (o.state = 'unsent' AND o.code IS NOT NULL) ORDER BY o.position DESC",
    )?;
    let found = statement
        .query_map([], |row| {
            let (kind, code): (String, String) = (row.get(2)?, row.get(3)?);
            let known =
                ErrorCode::ALL.iter().copied().find(|known| known.code() == code).unwrap_or(ErrorCode::Internal);
            Ok(QuarantinedItem {
                envelope: EnvelopeId(bytes(row, 0)?),
                document: DocumentId::from_bytes(bytes(row, 1)?),
                kind: RecordKind::from_code(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
                code,
                title: known.vi().into(),
                title_en: known.en().into(),
                premises: String::new(),
                cause: row.get(6)?,
                reason_vi: row.get(7)?,
                reason: row.get(4)?,
                at: UtcMillis(row.get(5)?),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// What was made here and has no receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, ts_rs::TS)]
pub struct Unsent {
    /// Records with something unsent.
    #[ts(type = "number")]
    pub records: u64,
    /// Answers in the journal or in changes that no receipt covers.
    #[ts(type = "number")]
    pub answers: u64,
    /// Photos.
    #[ts(type = "number")]
    pub photos: u64,
    /// Their bytes.
    #[ts(type = "number")]
    pub photo_bytes: u64,
    /// Envelopes that wait at the server for what they build on.
    #[ts(type = "number")]
    pub waiting: u64,
    /// Envelopes that the server keeps aside.
    #[ts(type = "number")]
    pub quarantined: u64,
}

impl Unsent {
    /// Whether everything made here is at the server, admitted or kept aside.
    pub fn is_nothing(&self) -> bool {
        self.records == 0 && self.answers == 0 && self.photos == 0 && self.waiting == 0
    }

    /// Whether nothing would be lost with this device: what is kept aside may never be admitted.
    pub fn is_safe_to_wipe(&self) -> bool {
        self.is_nothing() && self.quarantined == 0
    }
}

/// Counts what was made here and has no receipt.
pub fn count_unsent(connection: &Connection) -> Outcome<Unsent> {
    let number = |sql: &str| -> rusqlite::Result<u64> {
        connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0)).map(|count| count.max(0) as u64)
    };
    Ok(Unsent {
        records: number(
            "SELECT count(*) FROM (SELECT document FROM journal
             UNION SELECT document FROM change WHERE envelope IS NULL
             UNION SELECT document FROM outbox WHERE state IN ('unsent', 'waiting')
             UNION SELECT document FROM photo WHERE own = 1 AND receipt_at IS NULL)",
        )?,
        // The live answers of the journal, and those that a change without a receipt wrote.
        answers: number(
            "SELECT count(*) FROM (
             SELECT document, key FROM journal WHERE key LIKE 'i/%'
             UNION SELECT c.document, c.key FROM change h
             JOIN cell c ON c.document = h.document AND c.actor = h.actor AND c.counter BETWEEN h.start_op AND h.max_op
             WHERE h.envelope IS NULL AND c.key LIKE 'i/%'
             UNION SELECT c.document, c.key FROM outbox o JOIN change h ON h.envelope = o.id
             JOIN cell c ON c.document = h.document AND c.actor = h.actor AND c.counter BETWEEN h.start_op AND h.max_op
             WHERE o.state IN ('unsent', 'waiting') AND c.key LIKE 'i/%')",
        )?,
        photos: number("SELECT count(*) FROM photo WHERE own = 1 AND receipt_at IS NULL")?,
        photo_bytes: number("SELECT coalesce(sum(bytes), 0) FROM photo WHERE own = 1 AND receipt_at IS NULL")?,
        waiting: number("SELECT count(*) FROM outbox WHERE state = 'waiting'")?,
        quarantined: number("SELECT count(*) FROM outbox WHERE state = 'quarantined'")?,
    })
}

/// Envelopes and photos that were made here and have no receipt: what each push tells of, so nothing is counted one by one.
pub fn count_for_report(connection: &Connection) -> Outcome<(u64, u64)> {
    let mut statement = connection.prepare_cached(
        "SELECT (SELECT count(*) FROM outbox WHERE state IN ('unsent', 'waiting')),
         (SELECT count(*) FROM photo WHERE own = 1 AND receipt_at IS NULL)",
    )?;
    let count = |row: &rusqlite::Row<'_>, column| row.get::<_, i64>(column).map(|count| count.max(0) as u64);
    Ok(statement.query_row([], |row| Ok((count(row, 0)?, count(row, 1)?)))?)
}

/// When the oldest unsent work was made.
pub fn oldest_unsent(connection: &Connection) -> Outcome<Option<UtcMillis>> {
    let at: Option<i64> = connection.query_row(
        "SELECT min(at) FROM (SELECT min(at) AS at FROM journal
         UNION ALL SELECT min(made_at) FROM outbox WHERE state IN ('unsent', 'waiting')
         UNION ALL SELECT min(added_at) FROM photo WHERE own = 1 AND receipt_at IS NULL)",
        [],
        |row| row.get(0),
    )?;
    Ok(at.map(UtcMillis))
}
