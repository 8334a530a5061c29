//! Rows of measures against premises.
//!
//! Invariant: a row is what the cells say; what depends on the day is worked out when it is read.

use ancu_shared::id::DocumentId;
use ancu_shared::view::MeasureSummary;
use rusqlite::Connection;

use crate::fault::{Fault, Outcome};

/// Replaces the rows of premises.
pub fn save<'a>(
    connection: &Connection,
    facility: DocumentId,
    measures: impl Iterator<Item = &'a MeasureSummary>,
) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM measure_index WHERE facility = ?1")?.execute([facility.as_bytes()])?;
    for measure in measures {
        connection
            .prepare_cached(
                "INSERT INTO measure_index (measure, facility, state, until, begun_at, summary)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(rusqlite::params![
                measure.id.as_bytes(),
                facility.as_bytes(),
                measure.state.code(),
                measure.until.map(|until| until.to_string()),
                measure.begun_at.0,
                serde_json::to_string(measure).map_err(|error| Fault::Broken(error.to_string()))?,
            ])?;
    }
    Ok(())
}

fn read(connection: &Connection, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Outcome<Vec<MeasureSummary>> {
    let mut statement = connection.prepare_cached(sql)?;
    let texts =
        statement.query_map(values, |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    // A row that an older version wrote and that reads no more is left out; the next change brings it back.
    Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
}

/// What stops these premises, as it was noted.
pub fn stops(connection: &Connection, facility: DocumentId) -> Outcome<Vec<MeasureSummary>> {
    read(
        connection,
        "SELECT summary FROM measure_index WHERE facility = ?1 AND state IN ('in_force', 'resumption_asked')
         ORDER BY begun_at, measure",
        &[facility.as_bytes()],
    )
}

/// Measures that are not over, everywhere: those with a term first, the earliest end first.
pub fn open(connection: &Connection, limit: u64) -> Outcome<Vec<MeasureSummary>> {
    read(
        connection,
        "SELECT summary FROM measure_index
         WHERE state NOT IN ('resumed', 'paid', 'enforced', 'cancelled', 'declined', 'waived')
         ORDER BY until IS NULL, until, begun_at, measure LIMIT ?1",
        &[&(limit as i64)],
    )
}
