//! Projections for lists and searches: premises and inspections with their summaries.
//!
//! Invariant: never the only place of a fact; the caller makes a row again whenever a record behind it changes.

use ancu_shared::id::DocumentId;
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::text::fold;
use ancu_shared::view::{FacilitySummary, InspectionState, InspectionSummary};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::bytes;
use crate::fault::{Fault, Outcome};

/// Writes the row of premises; `search` is the folded text that is searched.
pub fn save_facility(connection: &Connection, summary: &FacilitySummary, search: &str) -> Outcome<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO facility_index
             (document, class, unit, name_key, search, latitude, longitude, last_inspected_at, has_open, summary)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(rusqlite::params![
            summary.id.as_bytes(),
            summary.class.code(),
            summary.unit.as_bytes(),
            fold(&summary.name),
            search,
            summary.latitude,
            summary.longitude,
            summary.last_inspected_at.map(|at| at.0),
            summary.open_inspection.is_some(),
            serde_json::to_string(summary).map_err(|error| Fault::Broken(error.to_string()))?,
        ])?;
    Ok(())
}

/// What is asked of the list of premises.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Folded words; every one must begin a word of the searched text.
    pub words: Vec<String>,
    /// Only these premises.
    pub class: Option<FacilityClass>,
}

/// A found row: the summary as it was projected.
pub fn find_facilities(connection: &Connection, search: &Search) -> Outcome<Vec<FacilitySummary>> {
    let (condition, values) = condition(search);
    read_summaries(
        connection,
        &format!("SELECT summary FROM facility_index{condition} ORDER BY name_key, document"),
        values,
    )
}

/// A page in the order of names.
pub fn page_of_facilities(
    connection: &Connection,
    search: &Search,
    offset: u64,
    limit: u64,
) -> Outcome<(Vec<FacilitySummary>, u64)> {
    let (condition, mut values) = condition(search);
    let total: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM facility_index{condition}"))?
        .query_row(rusqlite::params_from_iter(values.iter()), |row| row.get(0))?;
    values.push(Value::Integer(limit as i64));
    values.push(Value::Integer(offset as i64));
    let sql = format!("SELECT summary FROM facility_index{condition} ORDER BY name_key, document LIMIT ? OFFSET ?");
    Ok((read_summaries(connection, &sql, values)?, total.max(0) as u64))
}

fn condition(search: &Search) -> (String, Vec<Value>) {
    let mut parts = Vec::new();
    let mut values = Vec::new();
    for word in &search.words {
        parts.push("search LIKE ? ESCAPE '\\'");
        let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        values.push(Value::Text(format!("% {escaped}%")));
    }
    if let Some(class) = search.class {
        parts.push("class = ?");
        values.push(Value::Text(class.code().into()));
    }
    let condition = if parts.is_empty() { String::new() } else { format!(" WHERE {}", parts.join(" AND ")) };
    (condition, values)
}

/// Premises without an open inspection, never or longest ago inspected first.
pub fn due(connection: &Connection, limit: u64) -> Outcome<Vec<FacilitySummary>> {
    read_summaries(
        connection,
        "SELECT summary FROM facility_index WHERE has_open = 0 ORDER BY last_inspected_at, name_key LIMIT ?",
        vec![Value::Integer(limit as i64)],
    )
}

/// How many premises there are, and how many of them were inspected.
pub fn counts(connection: &Connection) -> Outcome<(u64, u64)> {
    Ok(connection.query_row("SELECT count(*), count(last_inspected_at) FROM facility_index", [], |row| {
        Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64))
    })?)
}

fn read_summaries(connection: &Connection, sql: &str, values: Vec<Value>) -> Outcome<Vec<FacilitySummary>> {
    let mut statement = connection.prepare_cached(sql)?;
    let texts = statement
        .query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // A row that an older version wrote and that reads no more is left out; rebuilding brings it back.
    Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
}

/// Writes the row of an inspection.
pub fn save_inspection(connection: &Connection, summary: &InspectionSummary) -> Outcome<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO inspection_index (document, state, summary) VALUES (?1, ?2, ?3)")?
        .execute((
            summary.id.as_bytes(),
            state_code(summary.state),
            serde_json::to_string(summary).map_err(|error| Fault::Broken(error.to_string()))?,
        ))?;
    Ok(())
}

/// Inspections in a state, newest first.
pub fn inspections_in(connection: &Connection, state: InspectionState) -> Outcome<Vec<DocumentId>> {
    let mut statement =
        connection.prepare_cached("SELECT document FROM inspection_index WHERE state = ?1 ORDER BY document DESC")?;
    let found = statement
        .query_map([state_code(state)], |row| bytes(row, 0).map(DocumentId::from_bytes))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// The summary of an inspection as it was projected.
pub fn inspection(connection: &Connection, id: DocumentId) -> Outcome<Option<InspectionSummary>> {
    use rusqlite::OptionalExtension as _;
    let text: Option<String> = connection
        .prepare_cached("SELECT summary FROM inspection_index WHERE document = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

const fn state_code(state: InspectionState) -> &'static str {
    match state {
        InspectionState::InProgress => "in_progress",
        InspectionState::Completed => "completed",
        InspectionState::Returned => "returned",
        InspectionState::Supplemented => "supplemented",
        InspectionState::Approved => "approved",
    }
}
