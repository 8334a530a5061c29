//! XLSForm: a checklist as its authors write it, in a workbook.
//!
//! Invariants: reading ends with a [`Form`] or with faults that name sheet, row and column, never with a panic; a form that
//! is read can be evaluated: every expression parses, calls functions that exist, refers to questions that exist, and no
//! rules go round in a circle. Accepts and rejects what the reference converter (pyxform with ODK Validate) does.
//!
//! What it does not do: it opens no file and knows no file format but CSV; cells come as text ([`Workbook`]).

mod choices;
mod entry;
mod fault;
mod header;
mod kind;
mod parameters;
mod reference;
mod rules;
mod survey;
mod workbook;
pub mod xform;

#[cfg(test)]
mod tests;

pub use choices::{Choice, Choices};
pub use entry::{Entry, EntryKind, Form};
pub use fault::{Fault, Place};
pub use kind::{From as SourceFrom, Kind, Source};
pub use workbook::{Grid, Workbook, WorkbookError};

use header::Columns;
pub(crate) use reference::{inside_repeat, is_in_indexed_repeat, mentions, replaced};

/// How large a workbook may be. Real forms stay far below.
pub mod limits {
    /// Rows of a sheet.
    pub const ROWS: usize = 100_000;
    /// Columns of a sheet.
    pub const COLUMNS: usize = 1_000;
    /// Bytes of all cells together.
    pub const BYTES: usize = 32 * 1024 * 1024;
    /// Faults after which reading stops.
    pub const FAULTS: usize = 200;
}

/// What was found wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

/// Reads a form.
pub fn read(workbook: &Workbook) -> Result<Form, Vec<Finding>> {
    let mut findings = Findings::default();
    let settings = Columns::settings(workbook.sheet("settings"), &mut findings);
    let choices = Choices::read(workbook, &settings, &mut findings);
    let form = if let Some(sheet) = workbook.survey() {
        survey::read(sheet, &settings, choices, &mut findings)
    } else {
        findings.add(Place::default(), Fault::NoSurvey);
        None
    };
    match form {
        Some(form) if findings.0.is_empty() => Ok(form),
        _ => Err(findings.0),
    }
}

/// Findings while they are collected.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, place: Place, fault: Fault) {
        let finding = Finding { place, fault };
        if self.0.len() < limits::FAULTS && !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }
}
