//! What formulas of a form look things up in: its lists, and the files beside it.

use std::collections::{BTreeMap, BTreeSet};

use crate::checklist::expression::Expression;
use crate::checklist::xlsform::{Choice, Entry, EntryKind, Form, Grid, Kind, SourceFrom, Workbook, mentions, replaced};
use crate::template::Lookup;

/// The sheet of tables that came as files: name, then the cells of a row; a table's first row are its columns.
const SHEET: &str = "ancu_tables";
/// Columns that choices have anyway.
const NAME: &str = "name";
const LABEL: &str = "label";

/// Files beside a form, by their names.
pub type Files = BTreeMap<String, Lookup>;

/// Why a file beside a form is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Neither .csv nor .geojson.
    #[error("a table is a .csv or a .geojson file")]
    Unknown,
    /// Not as its name says.
    #[error("{0}")]
    Damaged(String),
}

/// Reads a file that stands beside a form: `.csv` with its columns in the first row, or `.geojson`, of which each feature is
/// a row with its properties and its place.
pub fn table(name: &str, bytes: &[u8]) -> Result<Lookup, FileError> {
    let damaged = |told: &dyn std::fmt::Display| FileError::Damaged(told.to_string());
    let (id, extension) = name.rsplit_once('.').ok_or(FileError::Unknown)?;
    let text = std::str::from_utf8(bytes).map_err(|error| damaged(&error))?;
    match extension.to_lowercase().as_str() {
        "csv" => {
            let mut rows = Grid::from_csv(id, text).map_err(|error| damaged(&error))?.rows.into_iter();
            let columns = rows.next().unwrap_or_default();
            let filled = rows.filter(|row| row.iter().any(|cell| !cell.is_empty()));
            let fitted = filled.map(|mut row| {
                row.resize(columns.len(), String::new());
                row
            });
            Ok(Lookup { id: id.to_owned(), rows: fitted.collect(), columns })
        }
        "geojson" => features(id, text).map_err(|error| damaged(&error)),
        _ => Err(FileError::Unknown),
    }
}

fn features(id: &str, text: &str) -> Result<Lookup, serde_json::Error> {
    let file: serde_json::Value = serde_json::from_str(text)?;
    let features = file.get("features").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let cell = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    };
    let mut columns = vec!["id".to_owned(), "title".to_owned(), "geometry".to_owned()];
    let properties = |feature: &serde_json::Value| feature.get("properties").and_then(|it| it.as_object()).cloned();
    for name in features.iter().filter_map(properties).flat_map(|known| known.keys().cloned().collect::<Vec<_>>()) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    let rows = features.iter().map(|feature| {
        let own = properties(feature).unwrap_or_default();
        let said = |column: &String| match column.as_str() {
            "geometry" => feature.get("geometry").map(geometry).unwrap_or_default(),
            "id" => own.get("id").or_else(|| feature.get("id")).map(cell).unwrap_or_default(),
            other => own.get(other).map(cell).unwrap_or_default(),
        };
        columns.iter().map(said).collect()
    });
    Ok(Lookup { id: id.to_owned(), rows: rows.collect(), columns })
}

/// A place or a line as formulas read it.
fn geometry(geometry: &serde_json::Value) -> String {
    let corner = |place: &serde_json::Value| {
        let (longitude, latitude) = (place.get(0)?.as_f64()?, place.get(1)?.as_f64()?);
        Some(format!("{latitude} {longitude} 0 0"))
    };
    let Some(coordinates) = geometry.get("coordinates") else { return String::new() };
    let line = match geometry.get("type").and_then(|it| it.as_str()) {
        Some("Point") => return corner(coordinates).unwrap_or_default(),
        Some("Polygon") => coordinates.get(0),
        _ => Some(coordinates),
    };
    let corners = line.and_then(|line| line.as_array()).into_iter().flatten();
    corners.filter_map(corner).collect::<Vec<_>>().join(";")
}

/// The files that a form reads.
pub fn files(form: &Form) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in &form.entries {
        let EntryKind::Question(kind) = &entry.kind else { continue };
        names.extend(kind.source().filter(|it| it.from == SourceFrom::File).map(|source| source.list.clone()));
        if *kind == Kind::ExternalTable {
            let extension = if entry.text(&["type"]).unwrap_or_default().starts_with("xml") { "xml" } else { "csv" };
            names.insert(format!("{}.{extension}", entry.name));
        }
        let pulled = entry.texts().flat_map(pulled_from);
        names.extend(pulled.map(|id| format!("{}.csv", id.strip_suffix(".csv").unwrap_or(&id))));
    }
    names
}

/// What `pulldata()` in a formula reads.
pub(super) fn pulled_from(text: &str) -> Vec<String> {
    let calls = text.match_indices("pulldata").filter_map(|(at, call)| {
        let rest = text[at + call.len()..].trim_start().strip_prefix('(')?.trim_start();
        let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
        rest[1..].split(quote).next().map(str::to_owned)
    });
    calls.collect()
}

/// A list as a table.
pub(super) fn of_list(id: &str, list: &[Choice]) -> Lookup {
    let mut columns = vec![NAME.to_owned(), LABEL.to_owned()];
    for column in list.iter().flat_map(|choice| choice.columns.keys()) {
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    let cell = |choice: &Choice, column: &str| match column {
        NAME => choice.name.clone(),
        LABEL => choice.labels.values().next().cloned().unwrap_or_default(),
        other => choice.columns.get(other).cloned().unwrap_or_default(),
    };
    let rows = list.iter().map(|choice| columns.iter().map(|column| cell(choice, column)).collect()).collect();
    Lookup { id: id.to_owned(), columns, rows }
}

/// Every table that a form's formulas could read, by what they call it.
pub(super) fn known(form: &Form, workbook: &Workbook, files: &Files) -> BTreeMap<String, Lookup> {
    let lists = form.choices.lists.iter().map(|(id, list)| (id.clone(), of_list(id, list)));
    let files = files.values().map(|table| (table.id.clone(), table.clone()));
    lists.chain(files).chain(written(workbook)).collect()
}

/// The tables that a form of our own brought along.
fn written(workbook: &Workbook) -> BTreeMap<String, Lookup> {
    let mut tables: BTreeMap<String, Lookup> = BTreeMap::new();
    for row in workbook.sheet(SHEET).map(|sheet| sheet.rows.iter()).into_iter().flatten() {
        let Some((id, cells)) = row.split_first() else { continue };
        if let Some(table) = tables.get_mut(id) {
            let mut cells = cells.to_vec();
            cells.resize(table.columns.len(), String::new());
            table.rows.push(cells);
        } else {
            tables.insert(id.clone(), Lookup { id: id.clone(), columns: cells.to_vec(), rows: Vec::new() });
        }
    }
    tables
}

/// Writes tables into a workbook of our own.
pub(super) fn write(
    tables: &[Lookup],
    workbook: &mut Workbook,
) -> Result<(), crate::checklist::xlsform::WorkbookError> {
    if tables.is_empty() {
        return Ok(());
    }
    let sheet = workbook.add_sheet(SHEET);
    let rows = tables.iter().flat_map(|table| {
        std::iter::once(&table.columns).chain(&table.rows).map(move |cells| (table.id.as_str(), cells))
    });
    for (row, (id, cells)) in rows.enumerate() {
        workbook.put(sheet, row, 0, id)?;
        for (column, cell) in cells.iter().enumerate() {
            workbook.put(sheet, row, column + 1, cell)?;
        }
    }
    Ok(())
}

/// The tables that formulas read, of all that they could.
pub(super) fn read_by<'f>(formulas: impl Iterator<Item = &'f String>, known: &BTreeMap<String, Lookup>) -> Vec<Lookup> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for text in formulas {
        ids.extend(pulled_from(text).into_iter().map(|id| id.strip_suffix(".csv").unwrap_or(&id).to_owned()));
        let written = replaced(text, &mentions(text).unwrap_or_default(), |_| "/a".to_owned());
        let read = Expression::parse(&written).map(|expression| expression.references()).unwrap_or_default();
        ids.extend(read.into_iter().filter_map(|reference| reference.instance));
    }
    ids.iter().filter_map(|id| known.get(id)).cloned().collect()
}

/// Whether the reference converter makes an entry of a table and no question.
pub(super) fn is_table(entry: &Entry) -> bool {
    matches!(&entry.kind, EntryKind::Question(Kind::ExternalTable))
}
