//! Settings, units and templates in SQLite.

use ancu_shared::clock::UtcMillis;
use ancu_shared::text;
use ancu_shared::unit::{Coverage, Succession, Unit, UnitDirectory};
use rusqlite::{OptionalExtension as _, params};

use super::SqliteTransaction;
use super::column::{code, day, day_text, id, maybe_id, name_of, named};
use crate::store::rows::{ReleaseRow, TemplateRow};
use crate::store::{Reference, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

impl Reference for SqliteTransaction<'_> {
    fn setting(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    fn put_setting(&self, key: &str, value: &[u8]) -> Result<()> {
        self.connection.execute(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            params![key, value],
        )?;
        Ok(())
    }

    fn directory(&self) -> Result<UnitDirectory> {
        let units = self
            .connection
            .prepare("SELECT id, code, name, full_name, kind, parent, valid_from, valid_to FROM unit")?
            .query_map([], |row| {
                Ok(Unit {
                    id: id(row, 0)?,
                    code: row.get(1)?,
                    name: row.get(2)?,
                    full_name: row.get(3)?,
                    kind: code(row, 4, named)?,
                    parent: maybe_id(row, 5)?,
                    valid_from: day(row, 6)?,
                    valid_to: day(row, 7)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        let successions = self
            .connection
            .prepare("SELECT date, from_unit, to_unit, area, population, basis FROM unit_succession")?
            .query_map([], |row| {
                Ok(Succession {
                    date: code(row, 0, |text| text.parse().ok())?,
                    from: id(row, 1)?,
                    to: id(row, 2)?,
                    area: code(row, 3, named)?,
                    population: code(row, 4, named)?,
                    basis: row.get(5)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        let coverages = self
            .connection
            .prepare("SELECT team, unit, valid_from, valid_to FROM unit_coverage")?
            .query_map([], |row| {
                Ok(Coverage { team: id(row, 0)?, unit: id(row, 1)?, valid_from: day(row, 2)?, valid_to: day(row, 3)? })
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(UnitDirectory::new(units, successions, coverages))
    }

    fn put_units(&self, units: &[Unit]) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "INSERT OR REPLACE INTO unit (id, code, name, full_name, kind, parent, valid_from, valid_to, search)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for unit in units {
            statement.execute(params![
                &unit.id.as_bytes()[..],
                unit.code,
                unit.name,
                unit.full_name,
                name_of(unit.kind),
                unit.parent.as_ref().map(|parent| &parent.as_bytes()[..]),
                day_text(unit.valid_from),
                day_text(unit.valid_to),
                text::fold(&unit.full_name),
            ])?;
        }
        self.bump_directory()
    }

    fn put_successions(&self, edges: &[Succession]) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "INSERT OR REPLACE INTO unit_succession (date, from_unit, to_unit, area, population, basis)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for edge in edges {
            statement.execute(params![
                edge.date.to_string(),
                &edge.from.as_bytes()[..],
                &edge.to.as_bytes()[..],
                name_of(edge.area),
                name_of(edge.population),
                edge.basis,
            ])?;
        }
        self.bump_directory()
    }

    fn put_coverages(&self, coverages: &[Coverage]) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "INSERT OR REPLACE INTO unit_coverage (team, unit, valid_from, valid_to) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for coverage in coverages {
            statement.execute(params![
                &coverage.team.as_bytes()[..],
                &coverage.unit.as_bytes()[..],
                day_text(coverage.valid_from),
                day_text(coverage.valid_to),
            ])?;
        }
        self.bump_directory()
    }

    fn templates(&self) -> Result<Vec<TemplateRow>> {
        let rows = self
            .connection
            .prepare_cached("SELECT code, version, sha256, current FROM template ORDER BY code, version")?
            .query_map([], |row| {
                Ok(TemplateRow { code: row.get(0)?, version: row.get(1)?, sha256: row.get(2)?, current: row.get(3)? })
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn template_body(&self, code: &str, version: &str) -> Result<Option<Vec<u8>>> {
        let mut statement =
            self.connection.prepare_cached("SELECT body FROM template WHERE code = ?1 AND version = ?2")?;
        Ok(statement.query_row([code, version], |row| row.get(0)).optional()?)
    }

    fn put_template(&self, template: &TemplateRow, body: &[u8], at: UtcMillis) -> Result<bool> {
        let added = self.connection.execute(
            "INSERT OR IGNORE INTO template (code, version, sha256, current, body, imported_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![template.code, template.version, template.sha256, template.current, body, at.0],
        )?;
        if added == 1 && template.current {
            self.connection.execute(
                "UPDATE template SET current = 0 WHERE code = ?1 AND version <> ?2",
                params![template.code, template.version],
            )?;
        }
        Ok(added == 1)
    }

    fn release_template(&self, code: &str, version: &str) -> Result<()> {
        self.connection
            .execute("UPDATE template SET current = (version = ?2) WHERE code = ?1", params![code, version])?;
        self.connection.execute("DELETE FROM template_release WHERE code = ?1", [code])?;
        Ok(())
    }

    fn release_template_to(&self, release: &ReleaseRow, at: UtcMillis) -> Result<()> {
        self.connection.execute(
            "INSERT OR REPLACE INTO template_release (code, unit, version, released_at) VALUES (?1, ?2, ?3, ?4)",
            params![release.code, &release.unit.as_bytes()[..], release.version, at.0],
        )?;
        Ok(())
    }

    fn template_releases(&self) -> Result<Vec<ReleaseRow>> {
        let rows = self
            .connection
            .prepare_cached("SELECT code, version, unit FROM template_release ORDER BY code, version, unit")?
            .query_map([], |row| Ok(ReleaseRow { code: row.get(0)?, version: row.get(1)?, unit: id(row, 2)? }))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }
}

impl SqliteTransaction<'_> {
    /// Readers keep the directory in memory; this tells them that theirs is old. Random, so that a version that was rolled
    /// back is never met again with other content.
    fn bump_directory(&self) -> Result<()> {
        self.connection.execute(
            "INSERT INTO meta (key, value) VALUES ('directory_version', randomblob(8))
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [],
        )?;
        Ok(())
    }
}
