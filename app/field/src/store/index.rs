//! Projections for lists and searches: premises and inspections with their summaries.
//!
//! Invariants: never the only place of a fact; the caller makes a row again whenever a record behind it changes. A search
//! reads `facility_word` and `facility_search` and then only the summaries that it shows: each page costs its decryption.

use std::cmp::Ordering;

use ancu_shared::geometry::distance_m;
use ancu_shared::id::DocumentId;
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::record::search::{self, Query};
use ancu_shared::text::fold;
use ancu_shared::view::{FacilitySummary, InspectionState, InspectionSummary};
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::fault::{Fault, Outcome};

/// A place: degrees north, degrees east.
pub type Degrees = (f64, f64);

/// Writes the rows of premises: `key` is what a search looks in, `address_key` an address in its parts.
pub fn save_facility(connection: &Connection, summary: &FacilitySummary, key: &str, address_key: &str) -> Outcome<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO facility_index
             (document, class, unit, name_key, last_inspected_at, has_open, summary)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(rusqlite::params![
            summary.id.as_bytes(),
            summary.class.code(),
            summary.unit.as_bytes(),
            fold(&summary.name),
            summary.last_inspected_at.map(|at| at.0),
            summary.open_inspection.is_some(),
            written(summary)?,
        ])?;
    let before: Option<String> = connection
        .prepare_cached("SELECT key FROM facility_search WHERE document = ?1")?
        .query_row([summary.id.as_bytes()], |row| row.get(0))
        .optional()?;
    let number: i64 = connection
        .prepare_cached(
            "INSERT INTO facility_search
             (document, class, name_key, address_key, latitude, longitude, last_inspected_at, key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (document) DO UPDATE SET class = excluded.class, name_key = excluded.name_key,
             address_key = excluded.address_key, latitude = excluded.latitude, longitude = excluded.longitude,
             last_inspected_at = excluded.last_inspected_at, key = excluded.key RETURNING number",
        )?
        .query_row(
            rusqlite::params![
                summary.id.as_bytes(),
                summary.class.code(),
                fold(&summary.name),
                address_key,
                summary.latitude,
                summary.longitude,
                summary.last_inspected_at.map(|at| at.0),
                key,
            ],
            |row| row.get(0),
        )?;
    // Most changes of a record leave its words as they are.
    if before.as_deref() == Some(key) {
        return Ok(());
    }
    let letters = search::letters(key);
    let (words, announcing) = letters.rsplit_once('\n').unwrap_or((letters.as_str(), ""));
    connection
        .prepare_cached("INSERT OR REPLACE INTO facility_word (rowid, words, announcing) VALUES (?1, ?2, ?3)")?
        .execute((number, words, announcing))?;
    Ok(())
}

/// Writes what the row of premises says of their inspections; all else stays as it is.
pub fn recount_facility(connection: &Connection, summary: &FacilitySummary) -> Outcome<()> {
    let (document, last) = (summary.id.as_bytes(), summary.last_inspected_at.map(|at| at.0));
    connection
        .prepare_cached(
            "UPDATE facility_index SET last_inspected_at = ?2, has_open = ?3, summary = ?4 WHERE document = ?1",
        )?
        .execute((document, last, summary.open_inspection.is_some(), written(summary)?))?;
    connection
        .prepare_cached(
            "UPDATE facility_search SET last_inspected_at = ?2 WHERE document = ?1 AND last_inspected_at IS NOT ?2",
        )?
        .execute((document, last))?;
    Ok(())
}

fn written(summary: &FacilitySummary) -> Outcome<String> {
    serde_json::to_string(summary).map_err(|error| Fault::Broken(error.to_string()))
}

/// Inspections whose signed parts clash.
pub fn apart(connection: &Connection) -> Outcome<Vec<DocumentId>> {
    let mut statement = connection.prepare_cached(
        "SELECT document FROM inspection_index WHERE json_extract(summary, '$.apart') > 0 ORDER BY document",
    )?;
    let found = statement.query_map([], |row| super::bytes(row, 0).map(DocumentId::from_bytes))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Whether there are premises and none of them can be searched yet: the store was made by an older version.
pub fn is_unsearchable(connection: &Connection) -> Outcome<bool> {
    Ok(connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM facility_index) AND NOT EXISTS (SELECT 1 FROM facility_search)",
        [],
        |row| row.get(0),
    )?)
}

/// What is asked of the list of premises.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The words.
    pub query: Query,
    /// Only these premises.
    pub class: Option<FacilityClass>,
    /// Nearest to this place first, of equally good hits.
    pub near: Option<Degrees>,
}

/// A page of premises and how many there are: the best hits first; of equal ones the nearest, or else those inspected last.
pub fn page_of_facilities(
    connection: &Connection,
    search: &Search,
    offset: u64,
    limit: u64,
) -> Outcome<(Vec<FacilitySummary>, u64)> {
    if search.query.is_empty() && search.near.is_none() {
        return page_by_name(connection, search.class, offset, limit);
    }
    let mut hits = hits(connection, search)?;
    let total = hits.len() as u64;
    let end = usize::try_from(offset.saturating_add(limit)).unwrap_or(usize::MAX).min(hits.len());
    if 0 < end && end < hits.len() {
        // Only what is shown has to be sorted.
        hits.select_nth_unstable_by(end - 1, Hit::order);
    }
    hits.truncate(end);
    hits.sort_unstable_by(Hit::order);
    let shown = hits.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
    let mut page = summaries(connection, shown.iter().map(|hit| hit.number))?;
    for summary in &mut page {
        summary.distance_m =
            search.near.zip(summary.latitude.zip(summary.longitude)).map(|(from, to)| distance_m(from, to));
    }
    Ok((page, total))
}

fn page_by_name(
    connection: &Connection,
    class: Option<FacilityClass>,
    offset: u64,
    limit: u64,
) -> Outcome<(Vec<FacilitySummary>, u64)> {
    let only = if class.is_some() { "WHERE class = ?1" } else { "WHERE ?1 IS NULL" };
    let code = class.map(FacilityClass::code);
    let total: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM facility_search {only}"))?
        .query_row([code], |row| row.get(0))?;
    let sql = format!("SELECT number FROM facility_search {only} ORDER BY name_key, number LIMIT ?2 OFFSET ?3");
    let mut statement = connection.prepare_cached(&sql)?;
    let numbers = statement
        .query_map((code, limit as i64, offset as i64), |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    Ok((summaries(connection, numbers)?, total.max(0) as u64))
}

/// A found row, as little of it as ordering needs.
struct Hit {
    number: i64,
    score: u32,
    metres: f64,
    last_inspected_at: Option<i64>,
    name_key: String,
}

impl Hit {
    fn read(row: &Row<'_>, search: &Search) -> rusqlite::Result<Option<Self>> {
        let Some(score) = search.query.score(row.get_ref(1)?.as_str()?) else { return Ok(None) };
        let place = row.get::<_, Option<f64>>(2)?.zip(row.get::<_, Option<f64>>(3)?);
        Ok(Some(Self {
            number: row.get(0)?,
            score,
            metres: search.near.zip(place).map_or(f64::INFINITY, |(from, to)| distance_m(from, to)),
            last_inspected_at: row.get(4)?,
            name_key: row.get(5)?,
        }))
    }

    fn order(one: &Self, other: &Self) -> Ordering {
        (other.score.cmp(&one.score))
            .then_with(|| one.metres.total_cmp(&other.metres))
            .then_with(|| other.last_inspected_at.cmp(&one.last_inspected_at))
            .then_with(|| one.name_key.cmp(&other.name_key))
            .then_with(|| one.number.cmp(&other.number))
    }
}

const HIT: &str = "s.number, s.key, s.latitude, s.longitude, s.last_inspected_at, s.name_key";

/// Everything that answers: the index of words narrows, the domain's rule decides.
fn hits(connection: &Connection, search: &Search) -> Outcome<Vec<Hit>> {
    if search.query.is_wordless() {
        return Ok(Vec::new());
    }
    let code = search.class.map(FacilityClass::code);
    let mut statement = if search.query.is_empty() {
        connection.prepare_cached(&format!(
            "SELECT {HIT} FROM facility_search s WHERE ?1 IS NULL AND (?2 IS NULL OR s.class = ?2)"
        ))?
    } else {
        // The words decide where to begin, whatever else is asked.
        connection.prepare_cached(&format!(
            "SELECT {HIT} FROM facility_word w CROSS JOIN facility_search s ON s.number = w.rowid
             WHERE w.facility_word MATCH ?1 AND (?2 IS NULL OR s.class = ?2)"
        ))?
    };
    let wanted = (!search.query.is_empty()).then(|| match_of(&search.query));
    let mut rows = statement.query((wanted, code))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(Hit::read(row, search)?);
    }
    Ok(found)
}

/// The query for the index of words. Words are letters, digits and strokes: nothing that would have to be escaped.
fn match_of(query: &Query) -> String {
    let announcing = query.is_only_announcing();
    let has = |word: &str| {
        if announcing {
            format!("(({{words}} : \"{word}\" *) OR ({{announcing}} : \"{word}\"))")
        } else {
            format!("({{words}} : \"{word}\" *)")
        }
    };
    let readings = query.needed().map(|words| {
        let all = words.into_iter().map(has).collect::<Vec<_>>().join(" AND ");
        format!("({all})")
    });
    readings.collect::<Vec<_>>().join(" OR ")
}

/// Premises of this folded name, of this address in its parts, or within a box of degrees around a place. Empty texts are
/// nobody's.
pub fn alike(
    connection: &Connection,
    name_key: &str,
    address_key: &str,
    around: Option<(Degrees, Degrees)>,
) -> Outcome<Vec<FacilitySummary>> {
    let mut numbers = std::collections::BTreeSet::new();
    let mut add = |sql: &str, values: &[&dyn rusqlite::ToSql]| -> Outcome<()> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            numbers.insert(row.get::<_, i64>(0)?);
        }
        Ok(())
    };
    if !name_key.is_empty() {
        add("SELECT number FROM facility_search WHERE name_key = ?1", &[&name_key])?;
    }
    if !address_key.is_empty() {
        add("SELECT number FROM facility_search WHERE address_key = ?1", &[&address_key])?;
    }
    if let Some((from, to)) = around {
        add(
            "SELECT number FROM facility_search WHERE latitude BETWEEN ?1 AND ?2 AND longitude BETWEEN ?3 AND ?4",
            &[&from.0, &to.0, &from.1, &to.1],
        )?;
    }
    summaries(connection, numbers)
}

/// The summaries of these rows, in this order.
fn summaries(connection: &Connection, numbers: impl IntoIterator<Item = i64>) -> Outcome<Vec<FacilitySummary>> {
    let mut statement = connection.prepare_cached(
        "SELECT i.summary FROM facility_search s JOIN facility_index i ON i.document = s.document WHERE s.number = ?1",
    )?;
    let mut found = Vec::new();
    for number in numbers {
        let text: Option<String> = statement.query_row([number], |row| row.get(0)).optional()?;
        // A row that an older version wrote and that reads no more is left out; rebuilding brings it back.
        found.extend(text.and_then(|text| serde_json::from_str::<FacilitySummary>(&text).ok()));
    }
    Ok(found)
}

/// A page of premises without an open inspection, never or longest ago inspected first, and how many there are.
pub fn due(connection: &Connection, offset: u64, limit: u64) -> Outcome<(Vec<FacilitySummary>, u64)> {
    let mut statement = connection.prepare_cached(
        "SELECT summary FROM facility_index WHERE has_open = 0
         ORDER BY last_inspected_at, name_key, document LIMIT ?1 OFFSET ?2",
    )?;
    let texts = statement
        .query_map((limit as i64, offset as i64), |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let all: i64 = connection
        .prepare_cached("SELECT count(*) FROM facility_index WHERE has_open = 0")?
        .query_row([], |row| row.get(0))?;
    Ok((texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect(), all.max(0) as u64))
}

/// Premises in which a declaration waits for an officer.
pub fn declared(connection: &Connection) -> Outcome<Vec<DocumentId>> {
    let mut statement = connection.prepare_cached(
        "SELECT document FROM facility_index WHERE json_extract(summary, '$.declarations_waiting') > 0 ORDER BY document",
    )?;
    let found = statement
        .query_map([], |row| Ok(DocumentId::from_bytes(super::bytes(row, 0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// How many premises there are, and how many of them were inspected.
pub fn counts(connection: &Connection) -> Outcome<(u64, u64)> {
    Ok(connection.query_row("SELECT count(*), count(last_inspected_at) FROM facility_index", [], |row| {
        Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64))
    })?)
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

/// Inspections in a state, in no order.
pub fn inspections_in(connection: &Connection, state: InspectionState) -> Outcome<Vec<InspectionSummary>> {
    let mut statement = connection.prepare_cached("SELECT summary FROM inspection_index WHERE state = ?1")?;
    let texts = statement
        .query_map([state_code(state)], |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // Ids of visits say nothing of time.
    let mut found: Vec<InspectionSummary> = texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    found.sort_by_key(|summary| std::cmp::Reverse((summary.begun(), summary.id)));
    Ok(found)
}

/// The summary of premises as it was projected.
pub fn facility(connection: &Connection, id: DocumentId) -> Outcome<Option<FacilitySummary>> {
    let text: Option<String> = connection
        .prepare_cached("SELECT summary FROM facility_index WHERE document = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| Fault::Broken(error.to_string()))).transpose()
}

/// The summary of an inspection as it was projected.
pub fn inspection(connection: &Connection, id: DocumentId) -> Outcome<Option<InspectionSummary>> {
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
        InspectionState::Cancelled => "cancelled",
    }
}
