//! Measures against premises in SQLite.

use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::view::MeasureSummary;
use rusqlite::types::Value;
use rusqlite::{Row, params};

use super::SqliteTransaction;
use super::column::{day_text, json, places};
use crate::store::rows::{MeasureQuery, MeasuresIn, Slice};
use crate::store::{Measures, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

/// What is over by a step.
const CLOSED: &str = "('resumed', 'paid', 'enforced', 'cancelled', 'declined', 'waived')";
/// What stops premises.
const STOPPED: &str = "n.state IN ('in_force', 'resumption_asked')";
/// What ends when its term does.
const BY_ITSELF: &str = "n.instrument = 'timed_suspension'";

fn measure(row: &Row<'_>) -> rusqlite::Result<MeasureSummary> {
    json(row, 0)
}

impl Measures for SqliteTransaction<'_> {
    fn put_measures(&self, facility: DocumentId, measures: &[MeasureSummary]) -> Result<()> {
        self.connection
            .prepare_cached("DELETE FROM measure WHERE facility = ?1")?
            .execute([&facility.as_bytes()[..]])?;
        for measure in measures {
            let shown = serde_json::to_string(measure).map_err(|error| StoreError::Damaged(error.to_string()))?;
            self.connection
                .prepare_cached(
                    "INSERT INTO measure (measure, facility, unit, instrument, state, until, begun_at, summary)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    &measure.id.as_bytes()[..],
                    &facility.as_bytes()[..],
                    &measure.unit.as_bytes()[..],
                    measure.instrument.code(),
                    measure.state.code(),
                    day_text(measure.until),
                    measure.begun_at.0,
                    shown,
                ])?;
        }
        Ok(())
    }

    fn stops_of(&self, facility: DocumentId, unit: UnitId) -> Result<Vec<MeasureSummary>> {
        let sql = format!(
            "SELECT n.summary FROM measure n WHERE n.facility = ?1 AND n.unit = ?2 AND {STOPPED} ORDER BY n.begun_at, n.measure"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![&facility.as_bytes()[..], &unit.as_bytes()[..]], measure)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn measures(&self, query: &MeasureQuery, slice: Slice) -> Result<(Vec<MeasureSummary>, u64)> {
        let mut filter = format!("WHERE n.unit IN {}", places(query.units.len()));
        let mut values: Vec<Value> = query.units.iter().map(|unit| Value::Blob(unit.as_bytes().to_vec())).collect();
        let mut today = || values.push(Value::Text(query.today.to_string()));
        let ended = format!("({BY_ITSELF} AND {STOPPED} AND n.until < ?)");
        let which = match query.which {
            MeasuresIn::All => String::new(),
            MeasuresIn::Proposed => " AND n.state = 'proposed'".to_owned(),
            MeasuresIn::Open => {
                today();
                format!(" AND n.state NOT IN {CLOSED} AND NOT ifnull({ended}, 0)")
            }
            MeasuresIn::Closed => {
                today();
                format!(" AND (n.state IN {CLOSED} OR ifnull({ended}, 0))")
            }
            MeasuresIn::Stopped => {
                today();
                format!(" AND {STOPPED} AND NOT ifnull({ended}, 0)")
            }
            MeasuresIn::Due(day) => {
                today();
                values.push(Value::Text(day.to_string()));
                format!(" AND {STOPPED} AND n.until >= ? AND n.until <= ?")
            }
            MeasuresIn::Over => {
                today();
                format!(" AND {STOPPED} AND NOT {BY_ITSELF} AND n.until < ?")
            }
        };
        filter.push_str(&which);
        if let Some(instrument) = query.instrument {
            filter.push_str(" AND n.instrument = ?");
            values.push(Value::Text(instrument.code().to_owned()));
        }
        if !query.words.is_empty() {
            filter.push_str(" AND search_score(?, f.search) IS NOT NULL");
            values.push(Value::Text(query.words.to_string()));
        }
        let from = "FROM measure n LEFT JOIN facility f ON f.document = n.facility AND f.unit = n.unit";
        let counted = format!("SELECT count(*) {from} {filter}");
        let listed = format!(
            "SELECT n.summary {from} {filter} ORDER BY n.state IN {CLOSED}, n.until IS NULL, n.until, n.begun_at DESC, n.measure"
        );
        self.page(&counted, &listed, &values, slice, measure)
    }
}
