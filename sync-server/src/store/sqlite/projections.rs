//! Projections in SQLite: what lists, searches and numbers are answered from.

use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::record::search::Query;
use ancu_shared::view::build::Visits;
use ancu_shared::view::{FacilitySummary, InspectionState, InspectionSummary};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};

use super::SqliteTransaction;
use super::column::{code, count, id, json, maybe_id, maybe_instant, name_of, named, places};
use crate::store::rows::{Counts, DwellingRow, FacilityQuery, FacilityRow, InspectionQuery, InspectionRow, Slice};
use crate::store::{Projections, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

const FACILITY: &str = "SELECT document, unit, class, name, address, search, latitude, longitude, storeys,
    last_inspected_at, failed_checks, open_inspection, declarations_waiting FROM facility";

fn facility(row: &Row<'_>) -> rusqlite::Result<FacilityRow> {
    Ok(FacilityRow {
        summary: FacilitySummary {
            id: id(row, 0)?,
            unit: id(row, 1)?,
            unit_name: String::new(),
            class: code(row, 2, FacilityClass::from_code)?,
            name: row.get(3)?,
            address: row.get(4)?,
            latitude: row.get(6)?,
            longitude: row.get(7)?,
            storeys: row.get(8)?,
            distance_m: None,
            last_inspected_at: maybe_instant(row, 9)?,
            failed_checks: row.get(10)?,
            open_inspection: maybe_id(row, 11)?,
            declarations_waiting: row.get(12)?,
            stops: Vec::new(),
            unsent: false,
        },
        search: row.get(5)?,
    })
}

fn inspection(row: &Row<'_>) -> rusqlite::Result<InspectionRow> {
    Ok(InspectionRow { summary: json(row, 0)?, danger: row.get(1)? })
}

fn shown(summary: &InspectionSummary) -> Result<String> {
    serde_json::to_string(summary).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn dwelling(row: &Row<'_>) -> rusqlite::Result<DwellingRow> {
    Ok(DwellingRow {
        document: id(row, 0)?,
        unit: id(row, 1)?,
        facility: maybe_id(row, 2)?,
        state: code(row, 3, named)?,
        residents: maybe_id(row, 4)?,
    })
}

fn blob(bytes: &[u8; 16]) -> Value {
    Value::Blob(bytes.to_vec())
}

/// `search_score(query, key)` in SQL: how well premises answer, NULL = not at all. The rule is the domain's, so that a device
/// finds the same in the same order.
pub(super) fn add_search_score(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("search_score", 2, flags, |call| {
        let query = call.get_or_create_aux(0, |query| query.as_str().map(Query::of))?;
        // NULL: an inspection of premises that aren't here.
        let key = call.get_raw(1).as_str_or_null()?;
        Ok(key.and_then(|key| query.score(key)))
    })
}

impl SqliteTransaction<'_> {
    /// A part of a list, and how long the list is: two statements with the same values.
    pub(super) fn page<T>(
        &self,
        counted: &str,
        listed: &str,
        values: &[Value],
        slice: Slice,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<(Vec<T>, u64)> {
        let mut counted = self.connection.prepare_cached(counted)?;
        let total = counted.query_row(params_from_iter(values), |row| count(row, 0))?;
        let rows = self
            .connection
            .prepare_cached(&format!("{listed} LIMIT {} OFFSET {}", slice.limit, slice.offset))?
            .query_map(params_from_iter(values), read)?
            .collect::<rusqlite::Result<_>>()?;
        Ok((rows, total))
    }
}

impl Projections for SqliteTransaction<'_> {
    fn put_facility(&self, row: &FacilityRow) -> Result<()> {
        let summary = &row.summary;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO facility (document, unit, class, name, address, search, latitude, longitude,
                     storeys, last_inspected_at, failed_checks, open_inspection, declarations_waiting)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                &summary.id.as_bytes()[..],
                &summary.unit.as_bytes()[..],
                summary.class.code(),
                summary.name,
                summary.address,
                row.search,
                summary.latitude,
                summary.longitude,
                summary.storeys,
                summary.last_inspected_at.map(|at| at.0),
                summary.failed_checks,
                summary.open_inspection.as_ref().map(|id| &id.as_bytes()[..]),
                summary.declarations_waiting,
            ])?;
        Ok(())
    }

    fn recount_facility(&self, id: DocumentId, visits: &Visits) -> Result<bool> {
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE facility SET last_inspected_at = ?2, failed_checks = ?3, open_inspection = ?4 WHERE document = ?1",
            )?
            .execute(params![
                &id.as_bytes()[..],
                visits.last_inspected_at.map(|at| at.0),
                visits.failed_checks,
                visits.open.as_ref().map(|id| &id.as_bytes()[..]),
            ])?;
        Ok(changed > 0)
    }

    fn facility(&self, id: DocumentId) -> Result<Option<FacilityRow>> {
        let mut statement = self.connection.prepare_cached(&format!("{FACILITY} WHERE document = ?1"))?;
        Ok(statement.query_row([&id.as_bytes()[..]], facility).optional()?)
    }

    fn facilities(&self, query: &FacilityQuery, slice: Slice) -> Result<(Vec<FacilityRow>, u64)> {
        let mut filter = format!("WHERE unit IN {}", places(query.units.len()));
        let mut values: Vec<Value> = query.units.iter().map(|unit| blob(unit.as_bytes())).collect();
        let mut order = "search, document".to_owned();
        if !query.words.is_empty() {
            let words = values.len() + 1;
            filter = format!("{filter} AND search_score(?{words}, search) IS NOT NULL");
            order = format!("search_score(?{words}, search) DESC, last_inspected_at DESC, {order}");
            values.push(Value::Text(query.words.to_string()));
        }
        if let Some(class) = query.class {
            filter.push_str(" AND class = ?");
            values.push(Value::Text(class.code().to_owned()));
        }
        if query.declarations_waiting {
            filter.push_str(" AND declarations_waiting > 0");
        }
        let counted = format!("SELECT count(*) FROM facility {filter}");
        let listed = format!("{FACILITY} {filter} ORDER BY {order}");
        self.page(&counted, &listed, &values, slice, facility)
    }

    fn amend_inspection(&self, summary: &InspectionSummary) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE inspection SET summary = ?2 WHERE document = ?1")?
            .execute(params![&summary.id.as_bytes()[..], shown(summary)?])?;
        Ok(())
    }

    fn inspections_apart(&self, units: &[UnitId], limit: u64) -> Result<Vec<DocumentId>> {
        let sql = format!(
            "SELECT document FROM inspection WHERE json_extract(summary, '$.apart') > 0 AND unit IN {}
             ORDER BY document DESC LIMIT {limit}",
            places(units.len())
        );
        let ids = params_from_iter(units.iter().map(|unit| unit.as_bytes().to_vec()));
        Ok(self.connection.prepare(&sql)?.query_map(ids, |row| id(row, 0))?.collect::<rusqlite::Result<_>>()?)
    }

    fn put_inspection(&self, row: &InspectionRow) -> Result<()> {
        let summary = &row.summary;
        self.connection
            .prepare_cached(
                "INSERT INTO inspection (document, unit, facility, state, started_at, sealed_at, danger, summary)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (document) DO UPDATE SET unit = excluded.unit, facility = excluded.facility,
                     state = excluded.state, started_at = excluded.started_at, sealed_at = excluded.sealed_at,
                     danger = excluded.danger, summary = excluded.summary",
            )?
            .execute(params![
                &summary.id.as_bytes()[..],
                &summary.unit.as_bytes()[..],
                &summary.facility.as_bytes()[..],
                name_of(summary.state),
                // What lists are ordered by: not what a wrong clock says.
                summary.begun().0,
                summary.signed().map(|at| at.0),
                row.danger,
                shown(summary)?,
            ])?;
        Ok(())
    }

    fn inspection(&self, id: DocumentId) -> Result<Option<InspectionRow>> {
        let mut statement =
            self.connection.prepare_cached("SELECT summary, danger FROM inspection WHERE document = ?1")?;
        Ok(statement.query_row([&id.as_bytes()[..]], inspection).optional()?)
    }

    fn inspections(&self, query: &InspectionQuery, slice: Slice) -> Result<(Vec<InspectionRow>, u64)> {
        let mut filter = format!("WHERE i.unit IN {}", places(query.units.len()));
        let mut values: Vec<Value> = query.units.iter().map(|unit| blob(unit.as_bytes())).collect();
        if !query.states.is_empty() {
            filter.push_str(" AND i.state IN ");
            filter.push_str(&places(query.states.len()));
            values.extend(query.states.iter().map(|state| Value::Text(name_of(*state))));
        }
        if let Some(facility) = query.facility {
            filter.push_str(" AND i.facility = ?");
            values.push(blob(facility.as_bytes()));
        }
        if !query.words.is_empty() {
            filter.push_str(" AND search_score(?, f.search) IS NOT NULL");
            values.push(Value::Text(query.words.to_string()));
        }
        let from = "FROM inspection i LEFT JOIN facility f ON f.document = i.facility";
        let order = if query.by_danger {
            "i.danger DESC, coalesce(i.sealed_at, i.started_at), i.document"
        } else {
            "coalesce(i.sealed_at, i.started_at) DESC, i.document"
        };
        let counted = format!("SELECT count(*) {from} {filter}");
        let listed = format!("SELECT i.summary, i.danger {from} {filter} ORDER BY {order}");
        self.page(&counted, &listed, &values, slice, inspection)
    }

    fn inspections_of(&self, facility: DocumentId, unit: UnitId) -> Result<Vec<InspectionSummary>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT summary, danger FROM inspection WHERE facility = ?1 AND unit = ?2
             ORDER BY coalesce(sealed_at, started_at) DESC, document",
        )?;
        let rows = statement.query_map(params![&facility.as_bytes()[..], &unit.as_bytes()[..]], inspection)?;
        Ok(rows.map(|row| row.map(|row| row.summary)).collect::<rusqlite::Result<_>>()?)
    }

    fn put_dwelling(&self, row: &DwellingRow) -> Result<()> {
        self.connection.execute(
            "INSERT OR REPLACE INTO dwelling (document, unit, facility, state, residents) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                &row.document.as_bytes()[..],
                &row.unit.as_bytes()[..],
                row.facility.as_ref().map(|id| &id.as_bytes()[..]),
                name_of(row.state),
                row.residents.as_ref().map(|id| &id.as_bytes()[..]),
            ],
        )?;
        Ok(())
    }

    fn dwelling(&self, id: DocumentId) -> Result<Option<DwellingRow>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT document, unit, facility, state, residents FROM dwelling WHERE document = ?1")?;
        Ok(statement.query_row([&id.as_bytes()[..]], dwelling).optional()?)
    }

    fn dwellings_of(&self, facility: DocumentId) -> Result<Vec<DwellingRow>> {
        let rows = self
            .connection
            .prepare_cached(
                "SELECT document, unit, facility, state, residents FROM dwelling WHERE facility = ?1 ORDER BY document",
            )?
            .query_map([&facility.as_bytes()[..]], dwelling)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn counts(&self, units: &[UnitId]) -> Result<Counts> {
        let places = places(units.len());
        let number = |sql: String| -> Result<u64> {
            let ids = params_from_iter(units.iter().map(|unit| blob(unit.as_bytes())));
            Ok(self.connection.query_row(&sql, ids, |row| count(row, 0))?)
        };
        let inspections = |state: InspectionState| {
            number(format!("SELECT count(*) FROM inspection WHERE unit IN {places} AND state = '{}'", name_of(state)))
        };
        Ok(Counts {
            waiting: inspections(InspectionState::Completed)? + inspections(InspectionState::Supplemented)?,
            returned: inspections(InspectionState::Returned)?,
            approved: inspections(InspectionState::Approved)?,
            in_progress: inspections(InspectionState::InProgress)?,
            facilities: number(format!("SELECT count(*) FROM facility WHERE unit IN {places}"))?,
            inspected_facilities: number(format!(
                "SELECT count(*) FROM facility WHERE unit IN {places} AND last_inspected_at IS NOT NULL"
            ))?,
            declarations_waiting: number(format!(
                "SELECT count(*) FROM dwelling WHERE unit IN {places} AND state = 'submitted'"
            ))?,
            quarantined: number(format!(
                "SELECT count(*) FROM quarantine WHERE unit IN {places} AND released_at IS NULL"
            ))?,
        })
    }

    fn documents_of_kind(&self, kind: RecordKind) -> Result<Vec<DocumentId>> {
        let rows = self
            .connection
            .prepare("SELECT id FROM document WHERE kind = ?1 ORDER BY created_at, id")?
            .query_map([kind.code()], |row| id(row, 0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }
    fn documents_after(&self, kind: RecordKind, after: DocumentId, limit: u64) -> Result<Vec<DocumentId>> {
        let rows = self
            .connection
            .prepare_cached("SELECT id FROM document WHERE kind = ?1 AND id > ?2 ORDER BY id LIMIT ?3")?
            .query_map(params![kind.code(), &after.as_bytes()[..], i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                id(row, 0)
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }
}
