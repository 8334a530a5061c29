//! Records that lie in another unit than they did, in SQLite.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{DocumentId, PersonId, UnitId};
use rusqlite::params;

use super::SqliteTransaction;
use super::column::{count, id};
use crate::store::rows::HandOverRow;
use crate::store::{HandOvers, Records as _, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

impl SqliteTransaction<'_> {
    /// Gives the next numbers of a unit's feed; the first of them.
    pub(super) fn next_numbers(&self, unit: UnitId, many: usize) -> Result<i64> {
        let last: i64 = self
            .connection
            .prepare_cached(
                "INSERT INTO unit_feed (unit, last) VALUES (?1, ?2)
                 ON CONFLICT (unit) DO UPDATE SET last = last + ?2 RETURNING last",
            )?
            .query_row(params![&unit.as_bytes()[..], many as i64], |row| row.get(0))?;
        Ok(last + 1 - many as i64)
    }

    /// A feed tells anew where a record lies.
    fn tell_move(&self, unit: UnitId, document: DocumentId, now: UnitId) -> Result<()> {
        let number = self.next_numbers(unit, 1)?;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO feed_move (unit, sequence, document, now) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![&unit.as_bytes()[..], number, &document.as_bytes()[..], &now.as_bytes()[..]])?;
        Ok(())
    }
}

impl HandOvers for SqliteTransaction<'_> {
    fn belongings(&self, facility: DocumentId) -> Result<Vec<DocumentId>> {
        // What lives in a home is written by its head, and is of that home alone.
        let mut statement = self.connection.prepare_cached(
            "WITH RECURSIVE part (id, unit) AS (
                 SELECT id, unit FROM document WHERE id = ?1
                 UNION SELECT d.id, d.unit FROM part p JOIN document d
                     ON (d.facility = p.id OR d.subject = p.id OR d.supplement_of = p.id) AND d.unit = p.unit
             )
             SELECT id FROM part
             UNION
             SELECT r.id FROM part p JOIN document d ON d.id = p.id AND d.kind = 'dwelling'
                 JOIN document r ON r.owner = d.owner AND r.kind = 'residents' AND r.unit = d.unit
             ORDER BY 1",
        )?;
        let rows =
            statement.query_map([&facility.as_bytes()[..]], |row| id(row, 0))?.collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn move_document(&self, document: DocumentId, to: UnitId) -> Result<()> {
        let Some(row) = self.document(document)?.filter(|row| row.unit != to) else { return Ok(()) };
        let (record, place) = (document.as_bytes(), to.as_bytes());
        self.tell_move(row.unit, document, to)?;
        self.tell_move(to, document, to)?;
        // Where else it lay, who has not read of it yet goes straight to where it is.
        self.connection
            .prepare_cached("UPDATE feed_move SET now = ?2 WHERE document = ?1")?
            .execute(params![&record[..], &place[..]])?;
        let envelopes = self
            .connection
            .prepare_cached("SELECT id FROM envelope WHERE document = ?1 ORDER BY sequence")?
            .query_map([&record[..]], |row| row.get::<_, Vec<u8>>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let first = self.next_numbers(to, envelopes.len())?;
        for (number, envelope) in (first..).zip(envelopes) {
            self.connection
                .prepare_cached("UPDATE envelope SET unit = ?2, sequence = ?3 WHERE id = ?1")?
                .execute(params![envelope, &place[..], number])?;
        }
        for moved in [
            "UPDATE document SET unit = ?2 WHERE id = ?1 AND unit = ?3",
            "UPDATE quarantine SET unit = ?2 WHERE document = ?1 AND unit = ?3 AND released_at IS NULL",
        ] {
            self.connection.prepare_cached(moved)?.execute(params![
                &record[..],
                &place[..],
                &row.unit.as_bytes()[..]
            ])?;
        }
        Ok(())
    }

    fn note_move(&self, unit: UnitId, document: DocumentId, now: UnitId) -> Result<()> {
        let told = self
            .connection
            .prepare_cached("SELECT 1 FROM feed_move WHERE document = ?1 AND unit = ?2")?
            .exists(params![&document.as_bytes()[..], &unit.as_bytes()[..]])?;
        if told { Ok(()) } else { self.tell_move(unit, document, now) }
    }

    fn moves(
        &self,
        unit: UnitId,
        after: u64,
        owner: Option<PersonId>,
        limit: u64,
    ) -> Result<Vec<(u64, DocumentId, UnitId)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT m.sequence, m.document, m.now FROM feed_move m JOIN document d ON d.id = m.document
             LEFT JOIN document s ON s.id = d.subject
             WHERE m.unit = ?1 AND m.sequence > ?2
               AND (?3 IS NULL OR (d.owner = ?3 AND d.kind IN ('dwelling', 'residents'))
                    OR (d.kind = 'review' AND s.owner = ?3 AND s.kind IN ('dwelling', 'residents')))
             ORDER BY m.sequence LIMIT ?4",
        )?;
        let rows = statement
            .query_map(
                params![
                    &unit.as_bytes()[..],
                    i64::try_from(after).unwrap_or(i64::MAX),
                    owner.as_ref().map(|id| &id.as_bytes()[..]),
                    limit as i64,
                ],
                |row| Ok((count(row, 0)?, id(row, 1)?, id(row, 2)?)),
            )?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn was_in(&self, document: DocumentId, unit: UnitId) -> Result<bool> {
        let mut statement = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM feed_move WHERE unit = ?2 AND document IN (
                     SELECT ?1 UNION ALL SELECT facility FROM document WHERE id = ?1
                     UNION ALL SELECT supplement_of FROM document WHERE id = ?1
                     UNION ALL SELECT subject FROM document WHERE id = ?1
                     UNION ALL SELECT s.facility FROM document d JOIN document s ON s.id = d.subject WHERE d.id = ?1))",
        )?;
        Ok(statement.query_row(params![&document.as_bytes()[..], &unit.as_bytes()[..]], |row| row.get(0))?)
    }

    fn move_heads(&self, facility: DocumentId, from: UnitId, to: UnitId) -> Result<()> {
        for moved in [
            "UPDATE post SET unit = ?3 WHERE role = 'household_head' AND unit = ?2
                 AND person IN (SELECT id FROM person WHERE home_facility = ?1)",
            "UPDATE person SET home_unit = ?3 WHERE home_facility = ?1 AND home_unit = ?2",
        ] {
            self.connection.prepare_cached(moved)?.execute(params![
                &facility.as_bytes()[..],
                &from.as_bytes()[..],
                &to.as_bytes()[..],
            ])?;
        }
        Ok(())
    }

    fn put_hand_over(&self, row: &HandOverRow) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO hand_over (facility, from_unit, to_unit, person, reason, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                &row.facility.as_bytes()[..],
                &row.from.as_bytes()[..],
                &row.to.as_bytes()[..],
                &row.person.as_bytes()[..],
                row.reason,
                row.at.0,
            ])?;
        Ok(())
    }

    fn hand_overs(&self, facility: DocumentId) -> Result<Vec<HandOverRow>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT facility, from_unit, to_unit, person, reason, at FROM hand_over WHERE facility = ?1 ORDER BY id DESC",
        )?;
        let rows = statement
            .query_map([&facility.as_bytes()[..]], |row| {
                Ok(HandOverRow {
                    facility: id(row, 0)?,
                    from: id(row, 1)?,
                    to: id(row, 2)?,
                    person: id(row, 3)?,
                    reason: row.get(4)?,
                    at: UtcMillis(row.get(5)?),
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }
}
