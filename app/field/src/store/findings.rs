//! Projection of findings: which there are, where each stands, until when.
//!
//! Invariant: never the only place of a fact; rows of an inspection are replaced together. That a later inspection of the
//! same premises found the same again is asked when rows are read, because neither record changes by it.

use ancu_shared::id::DocumentId;
use ancu_shared::record::register::Severity;
use ancu_shared::view::FindingSummary;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::fault::{Fault, Outcome};

/// The mark that says that rows were made for all that is in the store, with the template's words.
const MARK: &str = "findings_indexed_with_words";

const SUPERSEDED: &str = "EXISTS (SELECT 1 FROM finding_index AS later WHERE later.facility = f.facility
    AND later.item = f.item AND (later.found_at, later.inspection) > (f.found_at, f.inspection))";

/// Whether the store was made by a version that did not follow findings, or told less of them.
pub fn is_unmade(connection: &Connection) -> Outcome<bool> {
    let mark: Option<i64> =
        connection.query_row("SELECT 1 FROM profile WHERE name = ?1", [MARK], |row| row.get(0)).optional()?;
    Ok(mark.is_none())
}

/// Notes that all rows are made.
pub fn mark_made(connection: &Connection) -> Outcome<()> {
    connection.execute("INSERT INTO profile (name, value) VALUES (?1, x'01') ON CONFLICT DO NOTHING", [MARK])?;
    Ok(())
}

/// Replaces the rows of an inspection.
pub fn save(connection: &Connection, inspection: DocumentId, findings: &[FindingSummary]) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM finding_index WHERE inspection = ?1")?.execute([inspection.as_bytes()])?;
    for finding in findings {
        connection
            .prepare_cached(
                "INSERT INTO finding_index (inspection, item, facility, state, deadline, severity, found_at, summary)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(rusqlite::params![
                inspection.as_bytes(),
                finding.item,
                finding.facility.as_bytes(),
                finding.state.code(),
                finding.deadline.map(|deadline| deadline.to_string()),
                finding.severity as i64,
                finding.found_at.0,
                serde_json::to_string(finding).map_err(|error| Fault::Broken(error.to_string()))?,
            ])?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<(String, bool)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn summaries(rows: Vec<(String, bool)>) -> Outcome<Vec<FindingSummary>> {
    let summary = |(text, superseded): (String, bool)| {
        let summary: FindingSummary = serde_json::from_str(&text).map_err(|error| Fault::Broken(error.to_string()))?;
        Ok(FindingSummary { superseded, ..summary })
    };
    rows.into_iter().map(summary).collect()
}

/// All findings of premises: those that are open first, by their deadlines; then the others, the newest first.
pub fn of_facility(connection: &Connection, facility: DocumentId) -> Outcome<Vec<FindingSummary>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT f.summary, {SUPERSEDED} AS superseded FROM finding_index AS f WHERE f.facility = ?1
         ORDER BY superseded OR f.state = 'verified_done', CASE WHEN superseded OR f.state = 'verified_done'
             THEN -f.found_at END, f.deadline IS NULL, f.deadline, f.severity DESC, f.found_at, f.item"
    ))?;
    let rows = statement.query_map([facility.as_bytes()], read)?.collect::<rusqlite::Result<_>>()?;
    summaries(rows)
}

/// One finding.
pub fn one(connection: &Connection, inspection: DocumentId, item: &str) -> Outcome<Option<FindingSummary>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT f.summary, {SUPERSEDED} FROM finding_index AS f WHERE f.inspection = ?1 AND f.item = ?2"
    ))?;
    let row = statement.query_row((inspection.as_bytes(), item), read).optional()?;
    Ok(summaries(row.into_iter().collect())?.pop())
}

/// Open findings everywhere by their deadlines; with `before`, only those whose deadline is earlier. At most so many.
pub fn open(connection: &Connection, before: Option<Date>, limit: u64) -> Outcome<Vec<FindingSummary>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT f.summary, 0 FROM finding_index AS f WHERE f.state <> 'verified_done' AND NOT {SUPERSEDED}
         AND (?1 IS NULL OR f.deadline < ?1)
         ORDER BY f.deadline IS NULL, f.deadline, f.severity DESC, f.inspection, f.item LIMIT ?2"
    ))?;
    let before = before.map(|day| day.to_string());
    let rows = statement.query_map((before, limit as i64), read)?.collect::<rusqlite::Result<_>>()?;
    summaries(rows)
}

/// Open findings whose deadline is earlier than `before`: dangers to life first, then by deadline; at most so many, and how
/// many there are.
pub fn due(connection: &Connection, before: Date, limit: u64) -> Outcome<(Vec<FindingSummary>, u64)> {
    let due = format!("f.state <> 'verified_done' AND NOT {SUPERSEDED} AND f.deadline < ?1");
    let before = before.to_string();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT f.summary, 0 FROM finding_index AS f WHERE {due}
         ORDER BY f.severity = ?2 DESC, f.deadline, f.severity DESC, f.inspection, f.item LIMIT ?3"
    ))?;
    let given = (&before, Severity::Critical as i64, limit as i64);
    let rows = statement.query_map(given, read)?.collect::<rusqlite::Result<_>>()?;
    let mut count = connection.prepare_cached(&format!("SELECT count(*) FROM finding_index AS f WHERE {due}"))?;
    let all: i64 = count.query_row([&before], |row| row.get(0))?;
    Ok((summaries(rows)?, all as u64))
}
