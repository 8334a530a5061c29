//! Files of spreadsheets, opened: their cells as text, for the reader of forms in `ancu_shared::checklist::xlsform`.
//!
//! Invariant: the bytes say what a file is, not its name; a damaged, huge or hostile file ends in a named error. Values are
//! written as the reference converter writes them: whole numbers without a point, `TRUE`, `2026-11-21 00:00:00`.

use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ancu_shared::checklist::xlsform::{Workbook, WorkbookError};
use calamine::{Data, DataRef, ExcelDateTime, Reader as _, Xls, Xlsx};
use thiserror::Error;

/// Bytes of a file.
pub(crate) const LARGEST_FILE: usize = 32 * 1024 * 1024;
/// Bytes of everything in a packed file, unpacked.
const LARGEST_UNPACKED: u64 = 256 * 1024 * 1024;

/// Why a file cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// More than the largest form anybody made.
    #[error("the file is larger than {} MiB, or becomes so when unpacked", LARGEST_FILE / 1024 / 1024)]
    TooLarge,
    /// Neither .xlsx nor .xls nor text.
    #[error("the file is no workbook (.xlsx, .xls) and no text (.csv)")]
    Unknown,
    /// A workbook that cannot be read.
    #[error("the workbook is damaged: {0}")]
    Damaged(String),
    /// Too many rows, columns or letters.
    #[error(transparent)]
    Limit(#[from] WorkbookError),
}

/// Opens a workbook.
pub fn open(bytes: &[u8]) -> Result<Workbook, OpenError> {
    if bytes.len() > LARGEST_FILE {
        return Err(OpenError::TooLarge);
    }
    // The library reads what hostile hands made; what it does not expect must not end the program.
    let read = catch_unwind(AssertUnwindSafe(|| match bytes {
        [b'P', b'K', ..] => xlsx(bytes),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => xls(bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(Workbook::from_csv(text)?),
            _ => Err(OpenError::Unknown),
        },
    }));
    read.unwrap_or_else(|_| Err(OpenError::Damaged("its structure contradicts itself".to_owned())))
}

fn damaged(error: impl std::fmt::Display) -> OpenError {
    OpenError::Damaged(error.to_string())
}

fn xlsx(bytes: &[u8]) -> Result<Workbook, OpenError> {
    check_unpacked(bytes)?;
    let mut file: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut workbook = Workbook::new();
    for name in file.sheet_names() {
        let sheet = workbook.add_sheet(&name);
        // Cell by cell: a range would take memory for every cell between the first and the last.
        let Ok(mut cells) = file.worksheet_cells_reader(&name) else { continue };
        while let Some(cell) = cells.next_cell().map_err(damaged)? {
            let (row, column) = cell.get_position();
            let text = match cell.get_value() {
                DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
                DataRef::SharedString(text) => (*text).to_owned(),
                DataRef::Int(number) => number.to_string(),
                DataRef::Float(number) => float(*number),
                DataRef::Bool(truth) => boolean(*truth),
                DataRef::DateTime(moment) => date_time(moment),
                _ => continue,
            };
            workbook.put(sheet, row as usize, column as usize, &text)?;
        }
    }
    Ok(workbook)
}

fn xls(bytes: &[u8]) -> Result<Workbook, OpenError> {
    let mut file: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut workbook = Workbook::new();
    for name in file.sheet_names() {
        let sheet = workbook.add_sheet(&name);
        let range = file.worksheet_range(&name).map_err(damaged)?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let text = match value {
                Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
                Data::Int(number) => number.to_string(),
                Data::Float(number) => float(*number),
                Data::Bool(truth) => boolean(*truth),
                Data::DateTime(moment) => date_time(moment),
                _ => continue,
            };
            workbook.put(sheet, first_row as usize + row, first_column as usize + column, &text)?;
        }
    }
    Ok(workbook)
}

/// Unpacks everything into nothing, to see how much it is: what a packed file says of itself may be a lie.
fn check_unpacked(bytes: &[u8]) -> Result<(), OpenError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut left = LARGEST_UNPACKED;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(damaged)?;
        let unpacked = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink()).map_err(damaged)?;
        left = left.checked_sub(unpacked).ok_or(OpenError::TooLarge)?;
    }
    Ok(())
}

fn float(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e16 { format!("{number:.0}") } else { number.to_string() }
}

fn boolean(truth: bool) -> String {
    if truth { "TRUE" } else { "FALSE" }.to_owned()
}

fn date_time(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if moment.as_f64() < 1.0 { time } else { format!("{year:04}-{month:02}-{day:02} {time}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(result: Result<Workbook, OpenError>) -> String {
        match result {
            Ok(workbook) => workbook.sheets.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>().join(","),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_bytes_say_what_a_file_is() {
        let csv = "survey,,\n,type,name\n,text,\"a, \"\"b\"\"\nc\"\nchoices,,\n,list_name,name\n";
        let workbook = open(csv.as_bytes()).expect("a CSV file");
        assert_eq!(workbook.sheets[0].rows[1], ["text", "a, \"b\"\nc"]);
        assert_eq!(workbook.sheets[1].rows, [["list_name", "name"]]);
        assert_eq!(name(open(&[0xFF, 0xFE, 0, 0])), "the file is no workbook (.xlsx, .xls) and no text (.csv)");
        assert!(name(open(b"PK\x03\x04 and nothing more")).starts_with("the workbook is damaged"));
        assert!(name(open(b"\xD0\xCF\x11\xE0 and nothing more")).starts_with("the workbook is damaged"));
        assert!(name(open(&vec![b'a'; LARGEST_FILE + 1])).starts_with("the file is larger"));
        assert_eq!(name(open(b"")), "");
    }

    #[test]
    fn numbers_and_moments_as_the_reference_writes_them() {
        assert_eq!([float(3.0), float(0.5), float(-2.0)], ["3", "0.5", "-2"]);
        let moment = |days| date_time(&ExcelDateTime::new(days, calamine::ExcelDateTimeType::DateTime, false));
        assert_eq!([moment(46347.0), moment(0.25)], ["2026-11-21 00:00:00", "06:00:00"]);
    }
}
