//! Findings in SQLite.
//!
//! That a later inspection of the same premises found the same is asked when rows are read: neither record changes by it.

use ancu_shared::id::DocumentId;
use ancu_shared::view::FindingSummary;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, Row, params};

use super::SqliteTransaction;
use super::column::{day_text, json, places};
use crate::store::rows::{FindingQuery, FindingsIn, Slice};
use crate::store::{Findings, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

const SUPERSEDED: &str = "EXISTS (SELECT 1 FROM finding later WHERE later.facility = n.facility AND later.unit = n.unit
    AND later.item = n.item AND (later.found_at, later.inspection) > (n.found_at, n.inspection))";

fn finding(row: &Row<'_>) -> rusqlite::Result<FindingSummary> {
    Ok(FindingSummary { superseded: row.get(1)?, ..json(row, 0)? })
}

impl Findings for SqliteTransaction<'_> {
    fn put_findings(&self, inspection: DocumentId, findings: &[FindingSummary]) -> Result<()> {
        self.connection
            .prepare_cached("DELETE FROM finding WHERE inspection = ?1")?
            .execute([&inspection.as_bytes()[..]])?;
        for finding in findings {
            let shown = serde_json::to_string(finding).map_err(|error| StoreError::Damaged(error.to_string()))?;
            self.connection
                .prepare_cached(
                    "INSERT INTO finding (inspection, item, unit, facility, state, deadline, severity, found_at, summary)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![
                    &inspection.as_bytes()[..],
                    finding.item,
                    &finding.unit.as_bytes()[..],
                    &finding.facility.as_bytes()[..],
                    finding.state.code(),
                    day_text(finding.deadline),
                    finding.severity as i64,
                    finding.found_at.0,
                    shown,
                ])?;
        }
        Ok(())
    }

    fn finding(&self, inspection: DocumentId, item: &str) -> Result<Option<FindingSummary>> {
        let sql = format!("SELECT n.summary, {SUPERSEDED} FROM finding n WHERE n.inspection = ?1 AND n.item = ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row(params![&inspection.as_bytes()[..], item], finding).optional()?)
    }

    fn findings(&self, query: &FindingQuery, slice: Slice) -> Result<(Vec<FindingSummary>, u64)> {
        let mut filter = format!("WHERE n.unit IN {}", places(query.units.len()));
        let mut values: Vec<Value> = query.units.iter().map(|unit| Value::Blob(unit.as_bytes().to_vec())).collect();
        let open = format!("n.state <> 'verified_done' AND NOT {SUPERSEDED}");
        let which = match query.which {
            FindingsIn::All => String::new(),
            FindingsIn::Open => format!(" AND {open}"),
            FindingsIn::Closed => format!(" AND NOT ({open})"),
            FindingsIn::Reported => format!(" AND n.state = 'reported_done' AND {open}"),
            FindingsIn::Overdue(today) => {
                values.push(Value::Text(today.to_string()));
                format!(" AND {open} AND n.deadline < ?")
            }
        };
        filter.push_str(&which);
        if let Some(facility) = query.facility {
            filter.push_str(" AND n.facility = ?");
            values.push(Value::Blob(facility.as_bytes().to_vec()));
        }
        if !query.words.is_empty() {
            filter.push_str(" AND search_score(?, f.search) IS NOT NULL");
            values.push(Value::Text(query.words.to_string()));
        }
        let from = "FROM finding n LEFT JOIN facility f ON f.document = n.facility AND f.unit = n.unit";
        let order = format!("({open}) DESC, n.deadline IS NULL, n.deadline, n.severity DESC, n.inspection, n.item");
        let counted = format!("SELECT count(*) {from} {filter}");
        let listed = format!("SELECT n.summary, {SUPERSEDED} {from} {filter} ORDER BY {order}");
        self.page(&counted, &listed, &values, slice, finding)
    }
}
