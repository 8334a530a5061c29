//! The audit chain in SQLite.
//!
//! Invariant: `hash` = SHA-256 over the previous hash of the chain and every column of the row, each with its length, so
//! that no two rows hash alike and a row can be neither changed, moved nor left out without breaking the chain.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::UnitId;
use rusqlite::{OptionalExtension as _, Row, params, params_from_iter};
use sha2::{Digest, Sha256};

use super::SqliteTransaction;
use super::column::{count, id, instant, maybe_id, places};
use crate::store::rows::{AuditEntry, AuditRow};
use crate::store::{Ledger, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

const AUDIT: &str = "SELECT id, unit, number, at, person, device, action, subject, details, previous, hash FROM audit";

fn audit(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        id: row.get(0)?,
        unit: id(row, 1)?,
        number: row.get(2)?,
        at: instant(row, 3)?,
        person: maybe_id(row, 4)?,
        device: maybe_id(row, 5)?,
        action: row.get(6)?,
        subject: row.get(7)?,
        details: row.get(8)?,
        previous: id(row, 9)?,
        hash: id(row, 10)?,
    })
}

impl AuditRow {
    /// What the row's hash must be.
    pub fn expected_hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        part(b"ancu-audit-v1");
        part(&self.previous);
        part(self.unit.as_bytes());
        part(&self.number.to_be_bytes());
        part(&self.at.0.to_be_bytes());
        part(self.person.as_ref().map_or(&[][..], |id| &id.as_bytes()[..]));
        part(self.device.as_ref().map_or(&[][..], |id| &id.as_bytes()[..]));
        part(self.action.as_bytes());
        part(self.subject.as_bytes());
        part(self.details.as_bytes());
        hasher.finalize().into()
    }
}

impl Ledger for SqliteTransaction<'_> {
    fn audit(&self, entry: &AuditEntry, at: UtcMillis) -> Result<()> {
        let unit = entry.unit.unwrap_or(UnitId::from_bytes([0; 16]));
        let last: Option<(i64, [u8; 32])> = self
            .connection
            .prepare_cached("SELECT number, hash FROM audit WHERE unit = ?1 ORDER BY number DESC LIMIT 1")?
            .query_row([&unit.as_bytes()[..]], |row| Ok((row.get(0)?, id(row, 1)?)))
            .optional()?;
        let (number, previous) = last.map_or((1, [0; 32]), |(number, hash)| (number + 1, hash));
        let mut row = AuditRow {
            id: 0,
            unit,
            number,
            at,
            person: entry.person,
            device: entry.device,
            action: entry.action.to_owned(),
            subject: entry.subject.clone(),
            details: entry.details.to_string(),
            previous,
            hash: [0; 32],
        };
        row.hash = row.expected_hash();
        self.connection
            .prepare_cached(
                "INSERT INTO audit (unit, number, at, person, device, action, subject, details, previous, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                &unit.as_bytes()[..],
                row.number,
                row.at.0,
                row.person.as_ref().map(|id| &id.as_bytes()[..]),
                row.device.as_ref().map(|id| &id.as_bytes()[..]),
                row.action,
                row.subject,
                row.details,
                &row.previous[..],
                &row.hash[..],
            ])?;
        Ok(())
    }

    fn audit_before(&self, before: Option<i64>, units: Option<&[UnitId]>, limit: u64) -> Result<Vec<AuditRow>> {
        let filter = units.map_or_else(String::new, |units| format!("AND unit IN {}", places(units.len())));
        let ids = params_from_iter(units.into_iter().flatten().map(|unit| unit.as_bytes().to_vec()));
        let rows = self
            .connection
            .prepare(&format!(
                "{AUDIT} WHERE id < {} {filter} ORDER BY id DESC LIMIT {limit}",
                before.unwrap_or(i64::MAX)
            ))?
            .query_map(ids, audit)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn audit_actions(&self) -> Result<Vec<String>> {
        // From one action to the next in the index: a chain has few actions and many rows.
        let mut statement = self.connection.prepare_cached(
            "WITH RECURSIVE known (action) AS (
                 SELECT min(action) FROM audit
                 UNION ALL
                 SELECT (SELECT min(action) FROM audit WHERE audit.action > known.action) FROM known
                 WHERE known.action IS NOT NULL
             )
             SELECT action FROM known WHERE action IS NOT NULL",
        )?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    fn audit_of(&self, actions: &[String], before: Option<i64>, limit: u64) -> Result<(Vec<AuditRow>, u64)> {
        if actions.is_empty() {
            return Ok((Vec::new(), 0));
        }
        let (of_these, before) = (places(actions.len()), before.unwrap_or(i64::MAX));
        let total = format!("SELECT count(*) FROM audit WHERE action IN {of_these}");
        let total = self.connection.query_row(&total, params_from_iter(actions), |row| count(row, 0))?;
        // Each action's newest from the index, then the newest of these.
        let newest = format!(
            "SELECT * FROM (SELECT id FROM audit WHERE action = ? AND id < {before} ORDER BY id DESC LIMIT {limit})"
        );
        let newest = vec![newest; actions.len()].join(" UNION ALL ");
        let rows = self
            .connection
            .prepare(&format!("{AUDIT} WHERE id IN ({newest}) ORDER BY id DESC LIMIT {limit}"))?
            .query_map(params_from_iter(actions), audit)?
            .collect::<rusqlite::Result<_>>()?;
        Ok((rows, total))
    }

    fn audit_chains(&self, row: &mut dyn FnMut(AuditRow)) -> Result<()> {
        let mut statement = self.connection.prepare(&format!("{AUDIT} ORDER BY unit, number"))?;
        for found in statement.query_map([], audit)? {
            row(found?);
        }
        Ok(())
    }

    fn audit_written(&self) -> Result<Option<u64>> {
        // Ids are handed out without gaps (a transaction that is taken back gives its ids back) and never twice.
        let mut statement = self.connection.prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")?;
        Ok(statement.query_row([], |row| count(row, 0)).optional()?)
    }

    fn audit_last(&self) -> Result<Option<(u64, [u8; 32])>> {
        let mut statement = self.connection.prepare_cached("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")?;
        Ok(statement.query_row([], |row| Ok((count(row, 0)?, id(row, 1)?))).optional()?)
    }

    fn audit_hash(&self, number: u64) -> Result<Option<[u8; 32]>> {
        let mut statement = self.connection.prepare_cached("SELECT hash FROM audit WHERE id = ?1")?;
        Ok(statement.query_row([i64::try_from(number).unwrap_or(i64::MAX)], |row| id(row, 0)).optional()?)
    }
}
