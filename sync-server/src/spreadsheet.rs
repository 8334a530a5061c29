//! A workbook written as .xlsx (ECMA-376): what spreadsheet programs open.
//!
//! Invariant: the same workbook gives the same bytes; what is written is read back by [`crate::workbook`] as it was. Cells are
//! texts in the file itself, so that nothing is taken for a date or a formula.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use ancu_shared::checklist::xlsform::xform::escape;
use ancu_shared::checklist::xlsform::{Grid, Workbook};
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const TYPES: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// Writes a workbook.
pub fn xlsx(workbook: &Workbook) -> Result<Vec<u8>, ZipError> {
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, content: &str| {
        file.start_file(name, SimpleFileOptions::default())?;
        file.write_all(content.as_bytes()).map_err(ZipError::Io)
    };
    let numbers = || 1..=workbook.sheets.len();
    let mut types = format!(
        "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" \
         ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{TYPES}.sheet.main+xml\"/>"
    );
    let mut sheets = format!("{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>");
    let mut relations = format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">");
    for (number, grid) in numbers().zip(&workbook.sheets) {
        let name = escape(&grid.name);
        _ = write!(
            types,
            "<Override PartName=\"/xl/worksheets/sheet{number}.xml\" ContentType=\"{TYPES}.worksheet+xml\"/>"
        );
        _ = write!(sheets, "<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>");
        _ = write!(
            relations,
            "<Relationship Id=\"rId{number}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        );
    }
    put("[Content_Types].xml", &format!("{types}</Types>"))?;
    put(
        "_rels/.rels",
        &format!(
            "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" \
             Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    )?;
    put("xl/workbook.xml", &format!("{sheets}</sheets></workbook>"))?;
    put("xl/_rels/workbook.xml.rels", &format!("{relations}</Relationships>"))?;
    for (number, grid) in numbers().zip(&workbook.sheets) {
        put(&format!("xl/worksheets/sheet{number}.xml"), &sheet(grid))?;
    }
    Ok(file.finish()?.into_inner())
}

fn sheet(grid: &Grid) -> String {
    let mut out = format!("{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetData>");
    for (row, cells) in (1_usize..).zip(&grid.rows) {
        _ = write!(out, "<row r=\"{row}\">");
        for (column, text) in cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            let (column, text) = (letters(column), escape(text));
            _ = write!(out, "<c r=\"{column}{row}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>");
        }
        out.push_str("</row>");
    }
    out.push_str("</sheetData></worksheet>");
    out
}

/// A column's name: A, B, … Z, AA, …
fn letters(column: usize) -> String {
    let (mut left, mut name) = (column + 1, Vec::new());
    while left > 0 {
        name.push(b'A' + ((left - 1) % 26) as u8);
        left = (left - 1) / 26;
    }
    name.reverse();
    name.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_letters() {
        let names: Vec<_> = [0, 25, 26, 51, 52, 701, 702].into_iter().map(letters).collect();
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut workbook = Workbook::new();
        let survey = workbook.add_sheet("survey");
        for (row, column, text) in
            [(0, 0, "type"), (0, 30, "hồ sơ"), (1, 0, "<a> & \"b\"\ndòng hai"), (3, 1, "= 1 + 1"), (3, 2, "2026-11-22")]
        {
            workbook.put(survey, row, column, text).expect("room");
        }
        let choices = workbook.add_sheet("choices");
        workbook.put(choices, 0, 0, "name").expect("room");
        let file = xlsx(&workbook).expect("a file");
        assert_eq!(crate::workbook::open(&file).expect("a workbook").sheets, workbook.sheets);
        assert_eq!(xlsx(&workbook).expect("a file"), file);
    }
}
