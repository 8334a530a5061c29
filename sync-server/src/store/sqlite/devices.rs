//! Devices and authors in SQLite.

use ancu_shared::author::AuthorCertificate;
use ancu_shared::clock::withdrawn::WithdrawnSpan;
use ancu_shared::clock::{CLOCKS_AGREE_MS, ClockSpan, UtcMillis};
use ancu_shared::id::{ActorId, AuthorKey, DeviceId, PersonId};
use ancu_shared::sync::wire::{self, DeviceReport};
use rusqlite::{OptionalExtension as _, Row, params};

use super::SqliteTransaction;
use super::column::{count, id, instant, maybe_id, maybe_instant};
use crate::store::rows::{AuthorRow, DeviceRow, ToldRow};
use crate::store::{Devices, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

const DEVICE: &str = "SELECT id, person, name, token_hash, enrolled_at, revoked_at, app_version, last_exchange_at,
    told_at, clock_offset_ms, unsent_envelopes, unsent_photos, oldest_unsent FROM device";

fn device(row: &Row<'_>) -> rusqlite::Result<DeviceRow> {
    Ok(DeviceRow {
        id: id(row, 0)?,
        person: id(row, 1)?,
        name: row.get(2)?,
        token_hash: maybe_id(row, 3)?,
        enrolled_at: instant(row, 4)?,
        revoked_at: maybe_instant(row, 5)?,
        app_version: row.get(6)?,
        last_exchange_at: maybe_instant(row, 7)?,
        told: maybe_instant(row, 8)?.map(|at| told(row, at)).transpose()?,
    })
}

fn told(row: &Row<'_>, at: UtcMillis) -> rusqlite::Result<ToldRow> {
    Ok(ToldRow {
        at,
        clock_offset_ms: row.get(9)?,
        unsent_envelopes: count(row, 10)?,
        unsent_photos: count(row, 11)?,
        oldest_unsent: maybe_instant(row, 12)?,
    })
}

const AUTHOR: &str =
    "SELECT author.key, author.person, author.device, author.certificate, author.certified_at, author.seed, author.epoch
     FROM author";

fn author(row: &Row<'_>) -> rusqlite::Result<AuthorRow> {
    let certificate: AuthorCertificate = wire::decode(row.get_ref(3)?.as_blob()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Blob, Box::new(error)))?;
    Ok(AuthorRow {
        key: id(row, 0)?,
        person: id(row, 1)?,
        device: id(row, 2)?,
        certificate,
        certified_at: instant(row, 4)?,
        held: maybe_id::<[u8; 32]>(row, 5)?.map(|seed| Ok::<_, rusqlite::Error>((seed, row.get(6)?))).transpose()?,
    })
}

impl Devices for SqliteTransaction<'_> {
    fn add_device(&self, device: &DeviceRow) -> Result<()> {
        self.connection.execute(
            "INSERT INTO device (id, person, name, token_hash, enrolled_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                &device.id.as_bytes()[..],
                &device.person.as_bytes()[..],
                device.name,
                device.token_hash.as_ref().map(|hash| &hash[..]),
                device.enrolled_at.0,
            ],
        )?;
        Ok(())
    }

    fn device_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<DeviceRow>> {
        let mut statement = self.connection.prepare_cached(&format!("{DEVICE} WHERE token_hash = ?1"))?;
        Ok(statement.query_row([&token_hash[..]], device).optional()?)
    }

    fn device(&self, id: DeviceId) -> Result<Option<DeviceRow>> {
        let mut statement = self.connection.prepare_cached(&format!("{DEVICE} WHERE id = ?1"))?;
        Ok(statement.query_row([&id.as_bytes()[..]], device).optional()?)
    }

    fn devices(&self) -> Result<Vec<DeviceRow>> {
        let rows = self
            .connection
            .prepare_cached(&format!(
                "{DEVICE} WHERE token_hash IS NOT NULL ORDER BY coalesce(last_exchange_at, enrolled_at) DESC"
            ))?
            .query_map([], device)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn devices_of(&self, person: PersonId) -> Result<Vec<DeviceRow>> {
        let rows = self
            .connection
            .prepare_cached(&format!(
                "{DEVICE} WHERE person = ?1 AND token_hash IS NOT NULL
                 ORDER BY coalesce(last_exchange_at, enrolled_at) DESC"
            ))?
            .query_map([&person.as_bytes()[..]], device)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn renew_token(&self, id: DeviceId, token_hash: &[u8; 32]) -> Result<()> {
        self.connection
            .execute("UPDATE device SET token_hash = ?2 WHERE id = ?1", params![&id.as_bytes()[..], &token_hash[..]])?;
        Ok(())
    }

    fn revoke_device(&self, id: DeviceId, at: UtcMillis) -> Result<bool> {
        let changed = self.connection.execute(
            "UPDATE device SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL AND token_hash IS NOT NULL",
            params![&id.as_bytes()[..], at.0],
        )?;
        Ok(changed == 1)
    }

    fn note_exchange(&self, id: DeviceId, report: Option<&DeviceReport>, at: UtcMillis) -> Result<()> {
        match report {
            None => self
                .connection
                .execute("UPDATE device SET last_exchange_at = ?2 WHERE id = ?1", params![&id.as_bytes()[..], at.0])?,
            Some(report) => self.connection.execute(
                "UPDATE device SET last_exchange_at = ?2, told_at = ?2, app_version = ?3, clock_offset_ms = ?4,
                     unsent_envelopes = ?5, unsent_photos = ?6, oldest_unsent = ?7 WHERE id = ?1",
                params![
                    &id.as_bytes()[..],
                    at.0,
                    report.app_version.chars().take(40).collect::<String>(),
                    report.clock.since(at),
                    i64::try_from(report.unsent_envelopes).unwrap_or(i64::MAX),
                    i64::try_from(report.unsent_photos).unwrap_or(i64::MAX),
                    report.oldest_unsent.map(|at| at.0),
                ],
            )?,
        };
        Ok(())
    }

    fn note_clock(&self, id: DeviceId, offset_ms: i64, at: UtcMillis) -> Result<()> {
        let mut span = self.clock_spans(id, 1)?.pop().unwrap_or_else(|| ClockSpan::begin(at, offset_ms));
        if !span.extend(at, offset_ms) {
            // Two pushes of one millisecond are one instant: the primary key must differ.
            span = ClockSpan::begin(at.max(span.until.plus_millis(1)), offset_ms);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO device_clock (device, since, until, offset_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (device, since) DO UPDATE SET until = excluded.until, offset_ms = excluded.offset_ms",
            )?
            .execute(params![&id.as_bytes()[..], span.from.0, span.until.0, span.offset_ms])?;
        Ok(())
    }

    fn clock_spans(&self, id: DeviceId, limit: usize) -> Result<Vec<ClockSpan>> {
        let mut spans: Vec<_> = self
            .connection
            .prepare_cached(
                "SELECT since, until, offset_ms FROM device_clock WHERE device = ?1 ORDER BY since DESC LIMIT ?2",
            )?
            .query_map(params![&id.as_bytes()[..], i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(ClockSpan { from: instant(row, 0)?, until: instant(row, 1)?, offset_ms: row.get(2)? })
            })?
            .collect::<rusqlite::Result<_>>()?;
        spans.reverse();
        Ok(spans)
    }

    fn withdraw_clocks(&self, now: UtcMillis) -> Result<usize> {
        let steady = CLOCKS_AGREE_MS.cast_signed();
        // Who exchanged last before those hours was measured by the same clock all the same.
        let withdrawn = self.connection.execute(
            "INSERT OR IGNORE INTO device_clock_withdrawn (device, since, until, offset_ms, withdrawn_at)
             SELECT device, since, until, offset_ms, ?1 FROM device_clock AS it WHERE until > ?1 OR EXISTS (
                 SELECT 1 FROM device_clock AS late WHERE late.until > ?1 AND late.since <= it.until
                     AND abs(late.offset_ms) >= ?2 AND abs(late.offset_ms - it.offset_ms) < ?2)",
            [now.0, steady],
        )?;
        // The latest that a device told by its own clock: where that is still to come, its clock was ahead too, by at least as much.
        let ahead: Vec<(Vec<u8>, i64)> = self
            .connection
            .prepare(
                "SELECT device, max(until + offset_ms) FROM device_clock_withdrawn WHERE withdrawn_at = ?1
                 GROUP BY device HAVING max(until + offset_ms) - ?1 >= ?2",
            )?
            .query_map([now.0, steady], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        self.connection.execute(
            "DELETE FROM device_clock WHERE (device, since) IN
                 (SELECT device, since FROM device_clock_withdrawn WHERE withdrawn_at = ?1)",
            [now.0],
        )?;
        for (device, told) in ahead {
            self.connection.execute(
                "INSERT OR IGNORE INTO device_clock (device, since, until, offset_ms) VALUES (?1, ?2, ?2, ?3)",
                params![device, now.0, told.saturating_sub(now.0)],
            )?;
        }
        self.connection.execute(
            "INSERT OR IGNORE INTO device_clock_withdrawn (device, since, until, offset_ms, withdrawn_at)
             SELECT id, enrolled_at, enrolled_at, 0, ?1 FROM device WHERE enrolled_at > ?1",
            [now.0],
        )?;
        // What a device told of itself then is not known of it any more.
        self.connection.execute("UPDATE device SET told_at = NULL WHERE told_at > ?1", [now.0])?;
        self.connection.execute("UPDATE device SET last_exchange_at = ?1 WHERE last_exchange_at > ?1", [now.0])?;
        Ok(withdrawn)
    }

    fn withdrawn_clocks(&self, device: Option<DeviceId>, limit: usize) -> Result<Vec<WithdrawnSpan>> {
        let rows = self
            .connection
            .prepare_cached(
                "SELECT device, since, until, offset_ms, withdrawn_at FROM device_clock_withdrawn
                 WHERE ?1 IS NULL OR device = ?1 ORDER BY withdrawn_at DESC, device, since LIMIT ?2",
            )?
            .query_map(
                params![device.map(|id| id.as_bytes().to_vec()), i64::try_from(limit).unwrap_or(i64::MAX)],
                |row| {
                    let span = ClockSpan { from: instant(row, 1)?, until: instant(row, 2)?, offset_ms: row.get(3)? };
                    Ok(WithdrawnSpan { device: id(row, 0)?, span, at: instant(row, 4)? })
                },
            )?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn note_photo(&self, id: DeviceId) -> Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE device SET unsent_photos = max(unsent_photos - 1, 0), oldest_unsent =
                     CASE WHEN unsent_envelopes = 0 AND unsent_photos <= 1 THEN NULL ELSE oldest_unsent END
                 WHERE id = ?1",
            )?
            .execute([&id.as_bytes()[..]])?;
        Ok(())
    }

    fn add_author(&self, author: &AuthorRow) -> Result<()> {
        self.connection.execute(
            "INSERT INTO author (key, person, device, certificate, certified_at, seed, epoch)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                &author.key.as_bytes()[..],
                &author.person.as_bytes()[..],
                &author.device.as_bytes()[..],
                wire::encode(&author.certificate),
                author.certified_at.0,
                author.held.as_ref().map(|(seed, _)| &seed[..]),
                author.held.as_ref().map_or(0, |(_, epoch)| *epoch),
            ],
        )?;
        Ok(())
    }

    fn author(&self, key: &AuthorKey) -> Result<Option<AuthorRow>> {
        let mut statement = self.connection.prepare_cached(&format!("{AUTHOR} WHERE key = ?1"))?;
        Ok(statement.query_row([&key.as_bytes()[..]], author).optional()?)
    }

    fn author_of_device(&self, device: DeviceId) -> Result<Option<AuthorKey>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT key FROM author WHERE device = ?1 ORDER BY certified_at DESC LIMIT 1")?;
        Ok(statement.query_row([&device.as_bytes()[..]], |row| id(row, 0)).optional()?)
    }

    fn held_author(&self, person: PersonId) -> Result<Option<AuthorRow>> {
        let mut statement =
            self.connection.prepare_cached(&format!("{AUTHOR} WHERE person = ?1 AND seed IS NOT NULL"))?;
        Ok(statement.query_row([&person.as_bytes()[..]], author).optional()?)
    }

    fn renew_held_epochs(&self, epoch: &mut dyn FnMut() -> u32) -> Result<()> {
        let keys: Vec<AuthorKey> = self
            .connection
            .prepare("SELECT key FROM author WHERE seed IS NOT NULL")?
            .query_map([], |row| id(row, 0))?
            .collect::<rusqlite::Result<_>>()?;
        for key in keys {
            self.connection
                .execute("UPDATE author SET epoch = ?2 WHERE key = ?1", params![&key.as_bytes()[..], epoch()])?;
        }
        Ok(())
    }

    fn put_actor(&self, actor: ActorId, author: &AuthorKey) -> Result<()> {
        let mut statement =
            self.connection.prepare_cached("INSERT OR IGNORE INTO actor (actor, author) VALUES (?1, ?2)")?;
        statement.execute(params![&actor.as_bytes()[..], &author.as_bytes()[..]])?;
        Ok(())
    }

    fn author_of_actor(&self, actor: &ActorId) -> Result<Option<AuthorRow>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{AUTHOR} JOIN actor ON actor.author = author.key WHERE actor.actor = ?1"))?;
        Ok(statement.query_row([&actor.as_bytes()[..]], author).optional()?)
    }
}
