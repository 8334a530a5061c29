//! What was not admitted, in SQLite: envelopes that wait for others, and those in quarantine.

use std::collections::{BTreeMap, HashMap};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{ChangeHash, DeviceId, DocumentId, EnvelopeId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::sync::wire::Why;
use rusqlite::{OptionalExtension as _, Row, params, params_from_iter};

use super::SqliteTransaction;
use super::column::{code, count, id, instant, maybe_code, maybe_id, maybe_instant, places};
use crate::store::rows::{HeldBrief, HeldLoad, QuarantineLoad, QuarantineRow, Slice, WaitingLoad, WaitingRow};
use crate::store::{Held, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

fn waiting(row: &Row<'_>) -> rusqlite::Result<WaitingRow> {
    Ok(WaitingRow {
        id: id(row, 0)?,
        document: id(row, 1)?,
        courier: maybe_id(row, 2)?,
        received_at: instant(row, 3)?,
        body: row.get(4)?,
    })
}

/// Without what came: a list of a hundred rows would be a hundred megabytes.
fn load(row: &Row<'_>) -> rusqlite::Result<WaitingLoad> {
    Ok(WaitingLoad { envelopes: count(row, 0)?, bytes: count(row, 1)? })
}

const QUARANTINE: &str = "SELECT id, envelope, document, kind, unit, author, courier, code, reason, received_at,
    released_at, carried_by, x'', cause, reason_vi, premises, set_aside, awaits FROM quarantine";
const QUARANTINE_WHOLE: &str = "SELECT id, envelope, document, kind, unit, author, courier, code, reason, received_at,
    released_at, carried_by, body, cause, reason_vi, premises, set_aside, awaits FROM quarantine";

fn quarantined(row: &Row<'_>) -> rusqlite::Result<QuarantineRow> {
    Ok(QuarantineRow {
        id: row.get(0)?,
        envelope: id(row, 1)?,
        document: maybe_id(row, 2)?,
        kind: maybe_code(row, 3, RecordKind::from_code)?,
        unit: maybe_id(row, 4)?,
        author: maybe_id(row, 5)?,
        courier: maybe_id(row, 6)?,
        code: code(row, 7, |text| ErrorCode::ALL.iter().copied().find(|code| code.code() == text))?,
        reason: row.get(8)?,
        why: row.get::<_, Option<String>>(13)?.zip(row.get(14)?).map(|(cause, vi)| Why { cause, vi }),
        premises: row.get::<_, Option<String>>(15)?.unwrap_or_default(),
        received_at: instant(row, 9)?,
        released_at: maybe_instant(row, 10)?,
        carried_by: maybe_id(row, 11)?,
        set_aside: row.get(16)?,
        awaits: maybe_id(row, 17)?,
        body: row.get(12)?,
    })
}

impl Held for SqliteTransaction<'_> {
    fn put_waiting(&self, row: &WaitingRow, missing: &[ChangeHash]) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT OR IGNORE INTO waiting (envelope, document, courier, received_at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                &row.id.as_bytes()[..],
                &row.document.as_bytes()[..],
                row.courier.as_ref().map(|id| &id.as_bytes()[..]),
                row.received_at.0,
                row.body,
            ])?;
        self.connection
            .prepare_cached("DELETE FROM waiting_for WHERE envelope = ?1")?
            .execute([&row.id.as_bytes()[..]])?;
        let mut insert = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO waiting_for (document, change, envelope) VALUES (?1, ?2, ?3)")?;
        for change in missing {
            insert.execute(params![&row.document.as_bytes()[..], &change.as_bytes()[..], &row.id.as_bytes()[..]])?;
        }
        Ok(())
    }

    fn waiting(&self, id: &EnvelopeId) -> Result<Option<WaitingRow>> {
        Ok(self
            .connection
            .prepare_cached("SELECT envelope, document, courier, received_at, body FROM waiting WHERE envelope = ?1")?
            .query_row([&id.as_bytes()[..]], waiting)
            .optional()?)
    }

    fn waiting_in(&self, document: DocumentId) -> Result<WaitingLoad> {
        Ok(self
            .connection
            .prepare_cached("SELECT count(*), coalesce(sum(length(body)), 0) FROM waiting WHERE document = ?1")?
            .query_row([&document.as_bytes()[..]], load)?)
    }

    fn waiting_from(&self, courier: DeviceId) -> Result<WaitingLoad> {
        Ok(self
            .connection
            .prepare_cached("SELECT count(*), coalesce(sum(length(body)), 0) FROM waiting WHERE courier = ?1")?
            .query_row([&courier.as_bytes()[..]], load)?)
    }

    fn is_anything_waiting(&self) -> Result<bool> {
        let anything = "SELECT EXISTS (SELECT 1 FROM waiting) OR EXISTS (SELECT 1 FROM waiting_for)";
        Ok(self.connection.prepare_cached(anything)?.query_row([], |row| row.get(0))?)
    }

    fn is_awaited(&self, document: DocumentId) -> Result<bool> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM waiting_for WHERE document = ?1")?;
        Ok(statement.exists([&document.as_bytes()[..]])?)
    }

    fn arrived(&self, document: DocumentId, change: &ChangeHash) -> Result<Vec<EnvelopeId>> {
        let key = params![&document.as_bytes()[..], &change.as_bytes()[..]];
        // Nothing else of this envelope is missing: then it waits no more.
        let ready = self
            .connection
            .prepare_cached(
                "SELECT waiting.envelope FROM waiting_for AS this JOIN waiting ON waiting.envelope = this.envelope
                 WHERE this.document = ?1 AND this.change = ?2 AND NOT EXISTS (
                     SELECT 1 FROM waiting_for AS other
                     WHERE other.envelope = this.envelope AND other.change <> this.change)
                 ORDER BY waiting.received_at, waiting.rowid",
            )?
            .query_map(key, |row| id(row, 0))?
            .collect::<rusqlite::Result<_>>()?;
        self.connection.prepare_cached("DELETE FROM waiting_for WHERE document = ?1 AND change = ?2")?.execute(key)?;
        Ok(ready)
    }

    fn remove_waiting(&self, id: &EnvelopeId) -> Result<()> {
        for statement in ["DELETE FROM waiting_for WHERE envelope = ?1", "DELETE FROM waiting WHERE envelope = ?1"] {
            self.connection.prepare_cached(statement)?.execute([&id.as_bytes()[..]])?;
        }
        Ok(())
    }

    fn put_quarantine(&self, row: &QuarantineRow) -> Result<()> {
        self.connection
            .prepare_cached("DELETE FROM quarantine WHERE envelope = ?1 AND set_aside")?
            .execute([&row.envelope.as_bytes()[..]])?;
        self.connection.execute(
            "INSERT OR IGNORE INTO quarantine
                 (envelope, document, kind, unit, author, courier, code, reason, received_at, body, cause, reason_vi,
                  premises, awaits)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                &row.envelope.as_bytes()[..],
                row.document.as_ref().map(|id| &id.as_bytes()[..]),
                row.kind.map(RecordKind::code),
                row.unit.as_ref().map(|id| &id.as_bytes()[..]),
                row.author.as_ref().map(|id| &id.as_bytes()[..]),
                row.courier.as_ref().map(|id| &id.as_bytes()[..]),
                row.code.code(),
                row.reason,
                row.received_at.0,
                row.body,
                row.why.as_ref().map(|why| why.cause.as_str()),
                row.why.as_ref().map(|why| why.vi.as_str()),
                Some(&row.premises).filter(|name| !name.is_empty()),
                row.awaits.as_ref().map(|id| &id.as_bytes()[..]),
            ],
        )?;
        Ok(())
    }

    fn quarantined(&self, id: i64) -> Result<Option<QuarantineRow>> {
        let mut statement = self.connection.prepare_cached(&format!("{QUARANTINE_WHOLE} WHERE id = ?1"))?;
        Ok(statement.query_row([id], quarantined).optional()?)
    }

    fn quarantined_as(&self, envelope: &EnvelopeId) -> Result<Option<QuarantineRow>> {
        let mut statement =
            self.connection.prepare_cached(&format!("{QUARANTINE} WHERE envelope = ?1 AND released_at IS NULL"))?;
        Ok(statement.query_row([&envelope.as_bytes()[..]], quarantined).optional()?)
    }

    fn is_quarantine_awaiting(&self) -> Result<bool> {
        let sql = "SELECT 1 FROM quarantine WHERE released_at IS NULL AND awaits IS NOT NULL";
        Ok(self.connection.prepare_cached(sql)?.exists([])?)
    }

    fn quarantine_awaiting(&self, record: DocumentId, limit: u64) -> Result<Vec<QuarantineRow>> {
        let sql = format!("{QUARANTINE_WHOLE} WHERE released_at IS NULL AND awaits = ?1 ORDER BY id LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![&record.as_bytes()[..], limit as i64], quarantined)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn hold_otherwise(&self, row: &QuarantineRow) -> Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE quarantine SET code = ?2, reason = ?3, cause = ?4, reason_vi = ?5, awaits = ?6 WHERE id = ?1",
            )?
            .execute(params![
                row.id,
                row.code.code(),
                row.reason,
                row.why.as_ref().map(|why| why.cause.as_str()),
                row.why.as_ref().map(|why| why.vi.as_str()),
                row.awaits.as_ref().map(|id| &id.as_bytes()[..]),
            ])?;
        Ok(())
    }

    fn was_released(&self, envelope: &EnvelopeId) -> Result<bool> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT 1 FROM quarantine
                 WHERE envelope = ?1 AND released_at IS NOT NULL AND carried_by IS NULL AND NOT set_aside",
            )?
            .exists([&envelope.as_bytes()[..]])?)
    }

    fn quarantine(
        &self,
        units: Option<&[UnitId]>,
        courier: Option<DeviceId>,
        slice: Slice,
    ) -> Result<(Vec<QuarantineRow>, u64)> {
        let mut conditions = vec!["TRUE".to_owned()];
        conditions.extend(units.map(|units| format!("unit IN {}", places(units.len()))));
        conditions.extend(courier.map(|_| "courier = ?".to_owned()));
        let filter = conditions.join(" AND ");
        let units = units.into_iter().flatten().map(UnitId::as_bytes);
        let ids: Vec<&[u8; 16]> = units.chain(courier.iter().map(DeviceId::as_bytes)).collect();
        let bound = || params_from_iter(ids.iter().map(|id| &id[..]));
        let sql = format!("SELECT count(*) FROM quarantine INDEXED BY quarantine_listed WHERE {filter}");
        let total = self.connection.query_row(&sql, bound(), |row| count(row, 0))?;
        // The page is found in the index alone: of what is not shown nothing is read.
        let sql = format!(
            "{QUARANTINE} WHERE id IN (
                 SELECT id FROM quarantine INDEXED BY quarantine_listed WHERE {filter}
                 ORDER BY released_at IS NOT NULL, id DESC LIMIT {} OFFSET {})
             ORDER BY released_at IS NOT NULL, id DESC",
            slice.limit, slice.offset
        );
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map(bound(), quarantined)?.collect::<rusqlite::Result<_>>()?;
        Ok((rows, total))
    }

    fn quarantined_early(&self, code: ErrorCode, by: i64, now: UtcMillis) -> Result<Vec<(i64, UtcMillis)>> {
        let mut open: HashMap<String, i64> = self
            .connection
            .prepare("SELECT id, envelope FROM quarantine WHERE code = ?1 AND released_at IS NULL")?
            .query_map([code.code()], |row| Ok((id::<EnvelopeId>(row, 1)?.to_string(), row.get(0)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut found = Vec::new();
        if open.is_empty() {
            return Ok(found);
        }
        let mut latest = 0;
        let mut statement = self.connection.prepare("SELECT at, action, subject FROM audit ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(0)?;
            if row.get_ref(1)?.as_str().is_ok_and(|action| action == "envelope.quarantined") && at + by <= latest {
                let subject: String = row.get(2)?;
                found.extend(open.remove(&subject).map(|id| (id, UtcMillis(latest))));
            }
            if at <= now.0 {
                latest = latest.max(at);
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    fn quarantine_of(&self, document: DocumentId, limit: u64) -> Result<Vec<QuarantineRow>> {
        let rows = self
            .connection
            .prepare_cached(&format!(
                // A bound limit would have the statement planned anew each time.
                "{QUARANTINE_WHOLE} WHERE document = ?1 AND released_at IS NULL ORDER BY id LIMIT {limit}"
            ))?
            .query_map([&document.as_bytes()[..]], quarantined)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn carry(&self, id: i64, supplement: DocumentId, by: PersonId, at: UtcMillis) -> Result<()> {
        self.connection.execute(
            "UPDATE quarantine SET released_at = ?2, released_by = ?3, carried_by = ?4 WHERE id = ?1",
            params![id, at.0, &by.as_bytes()[..], &supplement.as_bytes()[..]],
        )?;
        Ok(())
    }

    fn quarantined_from(&self, courier: DeviceId) -> Result<Vec<HeldBrief>> {
        let sql = "SELECT id, unit, document IS NOT NULL FROM quarantine
             WHERE courier = ?1 AND released_at IS NULL ORDER BY id";
        let brief = |row: &Row<'_>| Ok(HeldBrief { id: row.get(0)?, unit: maybe_id(row, 1)?, was_read: row.get(2)? });
        Ok(self
            .connection
            .prepare_cached(sql)?
            .query_map([&courier.as_bytes()[..]], brief)?
            .collect::<rusqlite::Result<_>>()?)
    }

    fn quarantine_loads(&self) -> Result<BTreeMap<DeviceId, HeldLoad>> {
        let sql = "SELECT courier, envelopes, bytes FROM quarantine_load WHERE envelopes > 0 AND courier <> x''";
        let held = |row: &Row<'_>| Ok((id(row, 0)?, HeldLoad { envelopes: count(row, 1)?, bytes: count(row, 2)? }));
        Ok(self.connection.prepare_cached(sql)?.query_map([], held)?.collect::<rusqlite::Result<_>>()?)
    }

    fn quarantine_load(&self, courier: Option<DeviceId>) -> Result<QuarantineLoad> {
        let held = |row: &Row<'_>| Ok(HeldLoad { envelopes: count(row, 0)?, bytes: count(row, 1)? });
        let own = self
            .connection
            .prepare_cached("SELECT envelopes, bytes FROM quarantine_load WHERE courier = ?1")?
            .query_row([courier.as_ref().map_or(&[][..], |id| &id.as_bytes()[..])], held)
            .optional()?;
        let all = self
            .connection
            .prepare_cached("SELECT coalesce(sum(envelopes), 0), coalesce(sum(bytes), 0) FROM quarantine_load")?
            .query_row([], held)?;
        Ok(QuarantineLoad { courier: own.unwrap_or_default(), all })
    }

    fn forget_settled(&self, before: UtcMillis, limit: u64) -> Result<usize> {
        Ok(self
            .connection
            .prepare_cached(
                "UPDATE quarantine SET body = x'' WHERE id IN (
                     SELECT id FROM quarantine
                     WHERE released_at IS NOT NULL AND length(body) > 0 AND released_at < ?1
                         AND envelope NOT IN (SELECT envelope FROM waiting)
                     ORDER BY released_at LIMIT ?2)",
            )?
            .execute(params![before.0, i64::try_from(limit).unwrap_or(i64::MAX)])?)
    }

    fn set_aside(&self, id: i64, by: PersonId, at: UtcMillis) -> Result<()> {
        self.connection.execute(
            "UPDATE quarantine SET released_at = ?2, released_by = ?3, set_aside = 1 WHERE id = ?1",
            params![id, at.0, &by.as_bytes()[..]],
        )?;
        Ok(())
    }

    fn release(&self, id: i64, by: PersonId, at: UtcMillis) -> Result<()> {
        self.connection.execute(
            "UPDATE quarantine SET released_at = ?2, released_by = ?3 WHERE id = ?1",
            params![id, at.0, &by.as_bytes()[..]],
        )?;
        Ok(())
    }
}
