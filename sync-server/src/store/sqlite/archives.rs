//! Folded records in SQLite: an archive in the place of bodies, changes and cells.
//!
//! Invariant: a record has either an archive, or bodies with rows of changes and cells, never some of both.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use ancu_shared::archive::{self, ArchiveError, ChangeEntry, Log};
use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{DocumentId, EnvelopeId};
use rusqlite::{OptionalExtension as _, params};

use super::SqliteTransaction;
use super::column::{count, id, instant};
use super::records::BEGINNINGS;
use crate::store::rows::Archived;
use crate::store::{Archives, Records as _, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

/// A folded record, read.
pub(super) struct Folded {
    document: DocumentId,
    /// Its envelopes in the order of admission.
    pub(super) envelopes: Vec<(EnvelopeId, Vec<u8>)>,
    log: OnceCell<Log>,
}

/// The folded record that was read last: whoever reads one asks for it several times.
pub(super) type LastFolded = RefCell<Option<Rc<Folded>>>;

impl Folded {
    /// What its envelopes say.
    pub(super) fn log(&self) -> Result<&Log> {
        if let Some(log) = self.log.get() {
            return Ok(log);
        }
        let bodies: Vec<Vec<u8>> = self.envelopes.iter().map(|(_, body)| body.clone()).collect();
        let log = Log::read(&bodies).map_err(|error| damaged(self.document, &error))?;
        Ok(self.log.get_or_init(|| log))
    }

    /// The bytes of one of its envelopes.
    pub(super) fn body(&self, envelope: &EnvelopeId) -> Result<Vec<u8>> {
        let found = self.envelopes.iter().find(|(known, _)| known == envelope).map(|(_, body)| body.clone());
        found.ok_or_else(|| StoreError::Damaged(format!("the archive of {} lacks {envelope}", self.document)))
    }
}

fn damaged(document: DocumentId, error: &ArchiveError) -> StoreError {
    StoreError::Damaged(format!("the archive of {document}: {error}"))
}

impl SqliteTransaction<'_> {
    /// A record that is folded, read; `None`: it is not.
    pub(super) fn folded(&self, document: DocumentId) -> Result<Option<Rc<Folded>>> {
        if let Some(last) = self.last_folded.borrow().as_ref().filter(|last| last.document == document) {
            return Ok(Some(Rc::clone(last)));
        }
        let packed: Option<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT packed FROM archive WHERE document = ?1")?
            .query_row([&document.as_bytes()[..]], |row| row.get(0))
            .optional()?;
        let Some(packed) = packed else { return Ok(None) };
        let bodies = archive::unpack(&packed).map_err(|error| damaged(document, &error))?;
        let envelopes = bodies.into_iter().map(|body| (EnvelopeId::of(&body), body)).collect();
        let folded = Rc::new(Folded { document, envelopes, log: OnceCell::new() });
        self.last_folded.replace(Some(Rc::clone(&folded)));
        Ok(Some(folded))
    }

    /// What a folded record's envelopes say, for who finds no row of it; `None`: it is not folded.
    pub(super) fn in_log<T>(
        &self,
        document: DocumentId,
        find: impl FnOnce(&Folded, &Log) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        match self.folded(document)? {
            Some(folded) => find(&folded, folded.log()?),
            None => Ok(None),
        }
    }

    fn envelope_ids(&self, document: DocumentId) -> Result<Vec<EnvelopeId>> {
        let rows = self
            .connection
            .prepare_cached("SELECT id FROM envelope WHERE document = ?1 ORDER BY sequence")?
            .query_map([&document.as_bytes()[..]], |row| id(row, 0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }
}

impl Archives for SqliteTransaction<'_> {
    fn resting(&self, after: DocumentId, from: UtcMillis, look: u64) -> Result<(Vec<DocumentId>, Option<DocumentId>)> {
        // Of a record without an envelope there is nothing to fold.
        let mut statement = self.connection.prepare_cached(
            "SELECT d.id,
                    EXISTS (SELECT 1 FROM archive a WHERE a.document = d.id)
                        OR EXISTS (SELECT 1 FROM unfoldable u WHERE u.document = d.id),
                    coalesce((SELECT e.received_at FROM envelope e WHERE e.document = d.id ORDER BY e.sequence DESC LIMIT 1),
                             ?2)
             FROM document d WHERE d.id > ?1 ORDER BY d.id LIMIT ?3",
        )?;
        let mut rows = statement.query(params![&after.as_bytes()[..], from.0, look as i64])?;
        let (mut found, mut last) = (Vec::new(), None);
        while let Some(row) = rows.next()? {
            let document: DocumentId = id(row, 0)?;
            last = Some(document);
            let done: bool = row.get(1)?;
            if !done && instant(row, 2)? < from {
                found.push(document);
            }
        }
        // What clashes is looked for among the rows of cells.
        let mut fits = self.connection.prepare_cached(&format!(
            "SELECT (SELECT sum(length(body)) FROM envelope WHERE document = ?1) <= ?2
                AND NOT EXISTS (SELECT 1 FROM cell WHERE document = ?1 AND key NOT IN {BEGINNINGS}
                                GROUP BY key HAVING count(*) > 1)"
        ))?;
        let mut resting = Vec::new();
        for document in found {
            if fits.query_row(params![&document.as_bytes()[..], archive::MAX_BYTES as i64], |row| row.get(0))? {
                resting.push(document);
            }
        }
        Ok((resting, last))
    }

    fn change_entries(&self, document: DocumentId) -> Result<Vec<ChangeEntry>> {
        let rows: Vec<ChangeEntry> = self
            .connection
            .prepare_cached("SELECT hash, actor, sequence, max_op, envelope FROM change WHERE document = ?1")?
            .query_map([&document.as_bytes()[..]], |row| {
                Ok(ChangeEntry {
                    hash: id(row, 0)?,
                    actor: id(row, 1)?,
                    sequence: count(row, 2)?,
                    max_op: count(row, 3)?,
                    envelope: id(row, 4)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        if !rows.is_empty() {
            return Ok(rows);
        }
        let entries = self.in_log(document, |_, log| {
            Ok(Some(log.changes.iter().map(|(envelope, change)| ChangeEntry::of(*envelope, change)).collect()))
        })?;
        Ok(entries.unwrap_or_default())
    }

    fn fold(&self, document: DocumentId, packed: &[u8], envelopes: &[EnvelopeId], at: UtcMillis) -> Result<bool> {
        // Another program at the same store may have been first.
        if self.envelope_ids(document)? != envelopes || self.folded(document)?.is_some() {
            return Ok(false);
        }
        let record = document.as_bytes();
        self.connection
            .prepare_cached(
                "INSERT INTO archive (document, packed, bytes, folded_at)
                 SELECT ?1, ?2, sum(length(body)), ?3 FROM envelope WHERE document = ?1",
            )?
            .execute(params![&record[..], packed, at.0])?;
        for gone in [
            "UPDATE envelope SET body = x'' WHERE document = ?1",
            "DELETE FROM change WHERE document = ?1",
            "DELETE FROM cell WHERE document = ?1",
        ] {
            self.connection.prepare_cached(gone)?.execute([&record[..]])?;
        }
        Ok(true)
    }

    fn unfold(&self, document: DocumentId) -> Result<()> {
        let Some(folded) = self.folded(document)? else { return Ok(()) };
        self.last_folded.replace(None);
        let gone = self
            .connection
            .prepare_cached("DELETE FROM archive WHERE document = ?1")?
            .execute([&document.as_bytes()[..]])?;
        if gone == 0 {
            return Ok(());
        }
        let log = folded.log()?;
        for (envelope, body) in &folded.envelopes {
            self.connection
                .prepare_cached("UPDATE envelope SET body = ?2 WHERE id = ?1")?
                .execute(params![&envelope.as_bytes()[..], body])?;
            let brought = log.changes.iter().filter(|(by, _)| by == envelope);
            let brought: Vec<_> = brought.map(|(_, change)| change.clone()).collect();
            self.add_changes(document, envelope, &brought)?;
        }
        let values: Vec<String> = log.cells.iter().map(|cell| cell.value.to_json()).collect();
        self.put_cells(document, &log.cells, &values)
    }

    fn put_unfoldable(&self, document: DocumentId, reason: &str, at: UtcMillis) -> Result<()> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO unfoldable (document, reason, at) VALUES (?1, ?2, ?3)")?
            .execute(params![&document.as_bytes()[..], reason, at.0])?;
        Ok(())
    }

    fn unfoldable(&self) -> Result<Vec<(DocumentId, String)>> {
        let rows = self
            .connection
            .prepare_cached("SELECT document, reason FROM unfoldable ORDER BY document")?
            .query_map([], |row| Ok((id(row, 0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn forget_unfoldable(&self) -> Result<()> {
        self.connection.prepare_cached("DELETE FROM unfoldable")?.execute([])?;
        Ok(())
    }

    fn archived(&self) -> Result<Archived> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*), coalesce(sum(length(packed)), 0), coalesce(sum(bytes), 0) FROM archive",
        )?;
        Ok(statement.query_row([], |row| {
            Ok(Archived { records: count(row, 0)?, packed: count(row, 1)?, bytes: count(row, 2)? })
        })?)
    }
}
