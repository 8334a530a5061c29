//! The sheets «choices» and «`external_choices`».

use std::collections::{BTreeMap, BTreeSet};

use super::fault::{Fault, Place};
use super::header::{Columns, Row};
use super::workbook::Workbook;
use super::{Findings, survey};

/// A choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub name: String,
    /// What is read, by language; the form's default language has no name.
    pub labels: BTreeMap<String, String>,
    /// What is seen and heard: kind, language, file.
    pub media: Vec<(String, String, String)>,
    /// Its other columns: what choice filters ask for.
    pub columns: BTreeMap<String, String>,
}

impl Choice {
    fn read(name: &str, row: &Row) -> Self {
        let mut choice = Self { name: name.to_owned(), ..Self::default() };
        for cell in &row.cells {
            match cell.words[0].as_str() {
                "label" => {
                    let language = cell.words.get(1).cloned().unwrap_or_default();
                    choice.labels.insert(language, cell.text.clone());
                }
                "media" => {
                    let word = |at: usize| cell.words.get(at).cloned().unwrap_or_default();
                    choice.media.push((word(1), word(2), cell.text.clone()));
                }
                "list name" | "name" => {}
                _ => {
                    choice.columns.insert(cell.heading.clone(), cell.text.clone());
                }
            }
        }
        choice
    }
}

/// The lists of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The choices of each list, in order.
    pub lists: BTreeMap<String, Vec<Choice>>,
    /// The choices of each list of the sheet «`external_choices`», in order.
    pub external: BTreeMap<String, Vec<Choice>>,
    /// Cells in which `${…}` may stand: place and text.
    pub(super) texts: Vec<(Place, String)>,
}

impl Choices {
    pub(super) fn read(workbook: &Workbook, settings: &Columns, findings: &mut Findings) -> Self {
        let sheet = Columns::list("choices", workbook.sheet("choices"), findings);
        let mut choices = Self::default();
        let filled = sheet.rows.iter().any(|row| !row.cells.is_empty());
        if filled && !sheet.has("name") {
            findings.add(Place::sheet("choices"), Fault::ColumnMissing { heading: "name".to_owned() });
        }
        let twice_allowed = settings.setting("allow_choice_duplicates").and_then(survey::yes_or_no) == Some(true);
        let mut seen = BTreeSet::new();
        for row in &sheet.rows {
            let Some(list) = row.text(&["list name"]) else { continue };
            let Some(name) = row.text(&["name"]) else {
                let column = sheet.headings.iter().find(|(words, _)| words == &["name"]);
                let column = column.map_or("name", |(_, heading)| heading);
                findings.add(Place::cell("choices", row.number, column), Fault::ChoiceWithoutName);
                continue;
            };
            let known = choices.lists.entry(list.to_owned()).or_default();
            if !seen.insert((list, name)) && !twice_allowed {
                let fault = Fault::ChoiceTwice { name: name.to_owned(), list: list.to_owned() };
                findings.add(Place::cell("choices", row.number, "name"), fault);
                continue;
            }
            let texts = row.cells.iter().filter(|cell| matches!(cell.words[0].as_str(), "label" | "media"));
            choices
                .texts
                .extend(texts.map(|cell| (Place::cell("choices", row.number, &cell.heading), cell.text.clone())));
            known.push(Choice::read(name, row));
        }
        let external = Columns::list("external_choices", workbook.sheet("external_choices"), findings);
        for row in &external.rows {
            let Some(list) = row.text(&["list name"]) else { continue };
            let known = choices.external.entry(list.to_owned()).or_default();
            known.extend(row.text(&["name"]).map(|name| Choice::read(name, row)));
        }
        choices
    }
}
