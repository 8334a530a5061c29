//! A workbook as text: sheets of rows of cells.
//!
//! Invariant: as many cells as [`limits`] allow, or a named error. Numbers, dates and truth values are written by whoever
//! opens the file, as the reference converter writes them.

use thiserror::Error;

use super::limits;

/// A workbook that is too much.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WorkbookError {
    /// Rows.
    #[error("the sheet «{0}» has more than {limit} rows", limit = limits::ROWS)]
    TooManyRows(String),
    /// Columns.
    #[error("the sheet «{0}» has more than {limit} columns", limit = limits::COLUMNS)]
    TooManyColumns(String),
    /// Text.
    #[error("the workbook holds more than {limit} bytes of text", limit = limits::BYTES)]
    TooMuchText,
}

/// A sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grid {
    /// As the file names it.
    pub name: String,
    /// Rows of cells; the first row holds the headings. Rows may be shorter than others.
    pub rows: Vec<Vec<String>>,
}

impl Grid {
    /// Reads a table written as CSV (RFC 4180).
    pub fn from_csv(name: &str, text: &str) -> Result<Self, WorkbookError> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_sheet(name);
        for (row, record) in records(text.trim_start_matches('\u{feff}')).iter().enumerate() {
            for (column, cell) in record.iter().enumerate() {
                workbook.put(sheet, row, column, cell)?;
            }
        }
        Ok(workbook.sheets.remove(sheet))
    }
}

/// A workbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workbook {
    /// Its sheets, in order.
    pub sheets: Vec<Grid>,
    text: usize,
}

impl Workbook {
    /// Without sheets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a sheet, and gives its place.
    pub fn add_sheet(&mut self, name: &str) -> usize {
        self.sheets.push(Grid { name: name.to_owned(), rows: Vec::new() });
        self.sheets.len() - 1
    }

    /// Puts text into a cell; row and column count from 0. Empty text leaves no trace.
    pub fn put(&mut self, sheet: usize, row: usize, column: usize, text: &str) -> Result<(), WorkbookError> {
        // A no-break space looks like a space, and authors type it as one.
        let text = text.trim().replace('\u{a0}', " ");
        let Some(grid) = self.sheets.get_mut(sheet) else { return Ok(()) };
        if text.is_empty() {
            return Ok(());
        }
        if row >= limits::ROWS {
            return Err(WorkbookError::TooManyRows(grid.name.clone()));
        }
        if column >= limits::COLUMNS {
            return Err(WorkbookError::TooManyColumns(grid.name.clone()));
        }
        self.text += text.len() + size_of::<String>();
        if self.text > limits::BYTES {
            return Err(WorkbookError::TooMuchText);
        }
        if grid.rows.len() <= row {
            grid.rows.resize(row + 1, Vec::new());
        }
        let cells = &mut grid.rows[row];
        if cells.len() <= column {
            self.text += (column - cells.len()) * size_of::<String>();
            cells.resize(column + 1, String::new());
        }
        cells[column] = text;
        Ok(())
    }

    /// The sheet of a name, whatever its letters' case.
    pub fn sheet(&self, name: &str) -> Option<&Grid> {
        self.sheets.iter().find(|sheet| sheet.name.to_lowercase() == name)
    }

    /// The questions: the sheet «survey», or the only sheet there is.
    pub(super) fn survey(&self) -> Option<&Grid> {
        let only = match &self.sheets[..] {
            [only] => Some(only),
            _ => None,
        };
        self.sheet("survey").or(only).filter(|sheet| !sheet.rows.is_empty())
    }

    /// Reads a workbook written as CSV (RFC 4180): a sheet's name stands in the first column, its rows begin in the second.
    pub fn from_csv(text: &str) -> Result<Self, WorkbookError> {
        let mut workbook = Self::new();
        let mut sheet = None;
        for record in records(text.trim_start_matches('\u{feff}')) {
            let name = record.first().map(|name| name.trim()).unwrap_or_default();
            if !name.is_empty() {
                let known = workbook.sheets.iter().position(|sheet| sheet.name == name);
                sheet = Some(known.unwrap_or_else(|| workbook.add_sheet(name)));
            }
            let Some(sheet) = sheet else { continue };
            let row = workbook.sheets[sheet].rows.len();
            for (column, cell) in record.iter().skip(1).enumerate() {
                workbook.put(sheet, row, column, cell)?;
            }
        }
        Ok(workbook)
    }
}

/// The records of a CSV text; a quotation may hold commas, line ends and doubled quotation marks.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted && rest.peek() == Some(&'\n') => {}
            '\n' | '\r' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        records.push(record);
    }
    records
}
