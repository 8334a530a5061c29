//! Headings: what a column is, whatever its author called it.
//!
//! Invariant: a cell is found by the words of its heading (`bind`, `relevant`; `label`, `Tiếng Việt (vi)`); a heading nobody
//! knows stays as it is written, because a choice filter may name it.

use super::fault::{Fault, Place};
use super::workbook::Grid;
use super::{Findings, limits};

/// A cell under its heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// The heading's words.
    pub(super) words: Vec<String>,
    /// The heading as it is written.
    pub(super) heading: String,
    /// What stands there.
    pub(super) text: String,
}

/// A row of a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// From 1; the headings are row 1.
    pub(super) number: usize,
    /// Cells that hold something.
    pub(super) cells: Vec<Cell>,
}

impl Row {
    /// The cell of exactly these words.
    pub(super) fn cell(&self, words: &[&str]) -> Option<&Cell> {
        self.cells.iter().rfind(|cell| cell.words == words)
    }

    /// Its text.
    pub(super) fn text(&self, words: &[&str]) -> Option<&str> {
        self.cell(words).map(|cell| cell.text.as_str())
    }

    /// The cells whose heading begins with a word: a label in every language.
    pub(super) fn beginning<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a Cell> {
        self.cells.iter().filter(move |cell| cell.words.first().is_some_and(|first| first == word))
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.beginning(word).next().is_some()
    }
}

/// A sheet with its headings understood.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub(super) sheet: String,
    /// Every heading: its words, and itself.
    pub(super) headings: Vec<(Vec<String>, String)>,
    pub(super) rows: Vec<Row>,
}

/// So many empty rows, or columns, end a sheet: what stands further out are notes and leftovers.
const EMPTY_ROWS: usize = 60;
const EMPTY_COLUMNS: usize = 20;

/// Headings and what they mean.
type Aliases = &'static [(&'static str, &'static [&'static str])];

const SURVEY: Aliases = &[
    ("read_only", &["bind", "readonly"]),
    ("readonly", &["bind", "readonly"]),
    ("relevant", &["bind", "relevant"]),
    ("relevance", &["bind", "relevant"]),
    ("caption", &["label"]),
    ("appearance", &["control", "appearance"]),
    ("required", &["bind", "required"]),
    ("constraint", &["bind", "constraint"]),
    ("constraining_message", &["bind", "jr:constraintMsg"]),
    ("constraint_message", &["bind", "jr:constraintMsg"]),
    ("calculation", &["bind", "calculate"]),
    ("calculate", &["bind", "calculate"]),
    ("command", &["type"]),
    ("tag", &["name"]),
    ("value", &["name"]),
    ("image", &["media", "image"]),
    ("big-image", &["media", "big-image"]),
    ("audio", &["media", "audio"]),
    ("video", &["media", "video"]),
    ("count", &["control", "jr:count"]),
    ("repeat_count", &["control", "jr:count"]),
    ("jr:count", &["control", "jr:count"]),
    ("autoplay", &["control", "autoplay"]),
    ("rows", &["control", "rows"]),
    ("noapperrorstring", &["bind", "jr:noAppErrorString"]),
    ("no_app_error_string", &["bind", "jr:noAppErrorString"]),
    ("requiredmsg", &["bind", "jr:requiredMsg"]),
    ("required_message", &["bind", "jr:requiredMsg"]),
    ("body", &["control"]),
    ("compact_tag", &["instance", "odk:tag"]),
    ("save_to", &["bind", "entities:saveto"]),
];

const SURVEY_COLUMNS: &[&str] = &[
    "bind",
    "choice_filter",
    "choices",
    "control",
    "default",
    "guidance_hint",
    "hint",
    "instance",
    "itemset",
    "label",
    "list_name",
    "media",
    "name",
    "parameters",
    "query",
    "trigger",
    "type",
];

const LIST: Aliases = &[
    ("caption", &["label"]),
    ("list_name", &["list name"]),
    ("value", &["name"]),
    ("image", &["media", "image"]),
    ("big-image", &["media", "big-image"]),
    ("audio", &["media", "audio"]),
    ("video", &["media", "video"]),
];

const LIST_COLUMNS: &[&str] = &["label", "media", "name"];

const SETTINGS: Aliases = &[
    ("form_title", &["title"]),
    ("set_form_title", &["title"]),
    ("form_id", &["id_string"]),
    ("set_form_id", &["id_string"]),
];

const SETTINGS_COLUMNS: &[&str] = &[
    "allow_choice_duplicates",
    "auto_delete",
    "auto_send",
    "clean_text_values",
    "default_language",
    "id_string",
    "instance_name",
    "instance_xmlns",
    "name",
    "namespaces",
    "public_key",
    "style",
    "submission_url",
    "title",
    "version",
];

impl Columns {
    /// The sheet of questions. White space inside cells is one space unless the settings say otherwise.
    pub(super) fn survey(grid: &Grid, tidy: bool, findings: &mut Findings) -> Self {
        Self::read("survey", grid, SURVEY, SURVEY_COLUMNS, tidy, findings)
    }

    /// A sheet of choices.
    pub(super) fn list(sheet: &str, grid: Option<&Grid>, findings: &mut Findings) -> Self {
        grid.map(|grid| Self::read(sheet, grid, LIST, LIST_COLUMNS, false, findings)).unwrap_or_default()
    }

    /// The sheet of settings.
    pub(super) fn settings(grid: Option<&Grid>, findings: &mut Findings) -> Self {
        grid.map(|grid| Self::read("settings", grid, SETTINGS, SETTINGS_COLUMNS, false, findings)).unwrap_or_default()
    }

    /// A setting.
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        self.rows.first().and_then(|row| row.text(&[name]))
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.headings.iter().any(|(words, _)| words.first().is_some_and(|first| first == word))
    }

    fn read(sheet: &str, grid: &Grid, aliases: Aliases, known: &[&str], tidy: bool, findings: &mut Findings) -> Self {
        let written = headings(sheet, grid, findings);
        let doubled = written.iter().flatten().any(|heading| heading.contains("::"));
        let mut headings: Vec<(Vec<String>, String)> = Vec::new();
        let mut words_of: Vec<Option<Vec<String>>> = Vec::new();
        for heading in &written {
            let Some(heading) = heading else {
                words_of.push(None);
                continue;
            };
            let words = understand(heading, doubled, aliases, known);
            let other = headings.iter().find(|(other, _)| *other == words);
            // The plain heading itself is no second name of anything.
            if let Some((_, other)) = other
                && words != [heading.clone()]
            {
                let (heading, other) = (heading.clone(), other.clone());
                findings.add(Place::cell(sheet, 1, &heading.clone()), Fault::ColumnAlias { heading, other });
            }
            headings.push((words.clone(), heading.clone()));
            words_of.push(Some(words));
        }
        let mut rows = Vec::new();
        let mut empty = 0;
        for (at, cells) in grid.rows.iter().enumerate().skip(1).take(limits::ROWS) {
            let mut row = Row { number: at + 1, cells: Vec::new() };
            for ((words, heading), text) in words_of.iter().zip(&written).zip(cells) {
                if let (Some(words), Some(heading)) = (words, heading)
                    && !text.is_empty()
                {
                    row.cells.push(Cell { words: words.clone(), heading: heading.clone(), text: clean(text, tidy) });
                }
            }
            empty = if row.cells.is_empty() { empty + 1 } else { 0 };
            if empty > EMPTY_ROWS {
                break;
            }
            rows.push(row);
        }
        Self { sheet: sheet.to_owned(), headings, rows }
    }
}

/// The headings; one that stands there twice is a fault.
fn headings(sheet: &str, grid: &Grid, findings: &mut Findings) -> Vec<Option<String>> {
    let mut headings: Vec<Option<String>> = Vec::new();
    let mut empty = 0;
    for heading in grid.rows.first().into_iter().flatten() {
        let heading = single_spaces(heading);
        empty = if heading.is_empty() { empty + 1 } else { 0 };
        if empty > EMPTY_COLUMNS {
            break;
        }
        if heading.is_empty() {
            headings.push(None);
            continue;
        }
        if headings.iter().flatten().any(|other| *other == heading) {
            findings.add(Place::cell(sheet, 1, &heading), Fault::ColumnTwice { heading });
            headings.push(None);
            continue;
        }
        headings.push(Some(heading));
    }
    headings
}

/// A heading's words, the first one by its proper name.
fn understand(heading: &str, doubled: bool, aliases: Aliases, known: &[&str]) -> Vec<String> {
    let meaning = |word: &str| aliases.iter().find(|(alias, _)| *alias == word).map(|(_, words)| *words);
    let snake = snake_case(heading);
    for word in [heading, snake.as_str()] {
        if known.contains(&word) && meaning(word).is_none() {
            return vec![word.to_owned()];
        }
    }
    let mut words: Vec<String> = if doubled {
        heading.split("::").map(|word| word.trim().to_owned()).collect()
    } else {
        heading.split(':').map(|word| word.trim().to_owned()).collect()
    };
    // `jr:count` is one word even where a single colon separates words.
    if let Some(at) = words.iter().position(|word| word == "jr")
        && !doubled
        && at + 1 < words.len()
    {
        let name = words.remove(at + 1);
        words[at] = format!("jr:{name}");
    }
    let first = snake_case(&words[0]);
    if let Some(meaning) = meaning(&first) {
        words.splice(0..1, meaning.iter().map(|word| (*word).to_owned()));
    } else if known.contains(&first.as_str()) {
        words[0] = first;
    }
    words
}

fn snake_case(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}

fn single_spaces(text: &str) -> String {
    let mut single = String::with_capacity(text.len());
    for character in text.trim().chars() {
        if character != ' ' || !single.ends_with(' ') {
            single.push(character);
        }
    }
    single
}

/// Quotation marks of a word processor become those of a formula.
fn clean(text: &str, tidy: bool) -> String {
    let text = if tidy { single_spaces(text) } else { text.to_owned() };
    text.replace(['\u{2018}', '\u{2019}'], "'").replace(['\u{201c}', '\u{201d}'], "\"")
}
