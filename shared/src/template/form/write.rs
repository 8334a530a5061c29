//! A template as an XLSForm: sheets «survey», «choices», «settings» and «ancu_citations».

use std::collections::BTreeMap;

use super::{CITATIONS, ENGLISH, VERDICTS, VIETNAMESE, limits, tables};
use crate::checklist::xlsform::{Workbook, WorkbookError};
use crate::record::register::{Answer, Severity};
use crate::template::outline::Container;
use crate::template::{Choice, Comparison, Group, Input, Item, PhotoRule, Template, Threshold, Words};

/// Writes a template.
pub fn write(template: &Template) -> Result<Workbook, WorkbookError> {
    let mut workbook = Workbook::new();
    let mut survey = Table::of(&SURVEY.map(|heading| heading.replace("vi*", VIETNAMESE).replace("en*", ENGLISH)));
    let mut lists = Lists::default();
    let mut open: Vec<&Container> = Vec::new();
    for group in &template.groups {
        let line = template.line(group.within.as_deref());
        let stay = open.iter().zip(&line).take_while(|(open, next)| open.code == next.code).count();
        close(&mut survey, &mut open, stay);
        for container in line.into_iter().skip(stay) {
            enclose(&mut survey, container);
            open.push(container);
        }
        let is_element = template.outline.is_empty() || group.relevant.is_some();
        if is_element {
            begin(&mut survey, group);
        }
        for item in &group.items {
            question(&mut survey, &mut lists, item);
        }
        if is_element {
            survey.row(&[("type", "end_group".to_owned())]);
        }
    }
    close(&mut survey, &mut open, 0);
    survey.put_into(&mut workbook, "survey")?;
    lists.table().put_into(&mut workbook, "choices")?;
    settings(template).put_into(&mut workbook, "settings")?;
    tables::write(&template.tables, &mut workbook)?;
    if !template.citations.is_empty() {
        citations(template).put_into(&mut workbook, CITATIONS)?;
    }
    Ok(workbook)
}

/// `vi*` and `en*` stand for the languages.
const SURVEY: [&str; 32] = [
    "type",
    "name",
    "label::vi*",
    "label::en*",
    "hint::vi*",
    "hint::en*",
    "relevant",
    "required",
    "required_message::vi*",
    "required_message::en*",
    "constraint",
    "constraint_message::vi*",
    "constraint_message::en*",
    "calculation",
    "repeat_count",
    "read_only",
    "choice_filter",
    "default",
    "parameters",
    "ancu_survey",
    "ancu_severity",
    "ancu_photo",
    "ancu_remedy_vi",
    "ancu_remedy_en",
    "ancu_citations",
    "ancu_min",
    "ancu_max",
    "ancu_unit_vi",
    "ancu_unit_en",
    "ancu_threshold",
    "ancu_threshold_verified",
    "ancu_failing",
];

/// A sheet while it is written: cells by heading.
struct Table {
    headings: Vec<String>,
    rows: Vec<BTreeMap<usize, String>>,
}

impl Table {
    fn of(headings: &[impl ToString]) -> Self {
        Self { headings: headings.iter().map(ToString::to_string).collect(), rows: Vec::new() }
    }

    fn row(&mut self, cells: &[(&str, String)]) {
        let place = |heading: &str| self.headings.iter().position(|known| known == heading);
        let cells = cells.iter().filter(|(_, text)| !text.is_empty());
        let row = cells.filter_map(|(heading, text)| Some((place(heading)?, text.clone()))).collect();
        self.rows.push(row);
    }

    /// Columns in which nothing stands are left out.
    fn put_into(&self, workbook: &mut Workbook, name: &str) -> Result<(), WorkbookError> {
        let sheet = workbook.add_sheet(name);
        let used: Vec<usize> =
            (0..self.headings.len()).filter(|at| self.rows.iter().any(|row| row.contains_key(at))).collect();
        for (column, at) in used.iter().enumerate() {
            workbook.put(sheet, 0, column, &self.headings[*at])?;
            for (row, cells) in self.rows.iter().enumerate() {
                workbook.put(sheet, row + 1, column, cells.get(at).map_or("", String::as_str))?;
            }
        }
        Ok(())
    }
}

/// A text under its two headings.
fn texts<'a>(headings: [&'a str; 2], words: &Words) -> [(&'a str, String); 2] {
    [(headings[0], words.vi.clone()), (headings[1], words.en.clone())]
}

const LABEL: [&str; 2] = ["label::Tiếng Việt (vi)", "label::English (en)"];
const HINT: [&str; 2] = ["hint::Tiếng Việt (vi)", "hint::English (en)"];
const REQUIRED: [&str; 2] = ["required_message::Tiếng Việt (vi)", "required_message::English (en)"];
const CONSTRAINT: [&str; 2] = ["constraint_message::Tiếng Việt (vi)", "constraint_message::English (en)"];

fn begin(survey: &mut Table, group: &Group) {
    let mut cells = vec![("type", "begin_group".to_owned()), ("name", group.code.clone())];
    cells.extend(texts(LABEL, &group.title));
    cells.push(("relevant", group.relevant.clone().unwrap_or_default()));
    survey.row(&cells);
}

fn enclose(survey: &mut Table, container: &Container) {
    let kind = if container.repeat.is_some() { "begin_repeat" } else { "begin_group" };
    let count = container.repeat.as_ref().and_then(|repeat| repeat.count.clone());
    let mut cells = vec![("type", kind.to_owned()), ("name", container.code.clone())];
    cells.extend(texts(LABEL, &container.title));
    cells.push(("relevant", container.relevant.clone().unwrap_or_default()));
    cells.push(("repeat_count", count.unwrap_or_default()));
    survey.row(&cells);
}

/// Ends groups until so many are open.
fn close(survey: &mut Table, open: &mut Vec<&Container>, stay: usize) {
    for container in open.drain(stay..).rev() {
        let kind = if container.repeat.is_some() { "end_repeat" } else { "end_group" };
        survey.row(&[("type", kind.to_owned())]);
    }
}

fn question(survey: &mut Table, lists: &mut Lists, item: &Item) {
    let (kind, parameters) = kind(lists, item);
    let rules = &item.rules;
    let yes_or_no = |truth: bool| if truth { "yes" } else { "no" }.to_owned();
    let mut cells = vec![("type", kind), ("name", item.code.clone()), ("parameters", parameters)];
    cells.extend(texts(LABEL, &item.title));
    cells.extend(texts(HINT, &item.hint));
    cells.extend(texts(REQUIRED, &rules.required_message));
    cells.extend(texts(CONSTRAINT, &rules.constraint_message));
    let always = if item.required { "yes" } else { "" };
    cells.extend([
        ("relevant", rules.relevant.clone().unwrap_or_default()),
        ("required", rules.required.clone().unwrap_or_else(|| always.to_owned())),
        ("calculation", rules.calculate.clone().unwrap_or_default()),
        ("read_only", rules.read_only.clone().unwrap_or_default()),
        ("choice_filter", rules.offered.clone().unwrap_or_default()),
        ("default", rules.default.clone().or_else(|| item.suggestion.as_ref().map(default)).unwrap_or_default()),
        ("ancu_survey", yes_or_no(item.survey)),
        ("ancu_severity", severity(item.severity).to_owned()),
        ("ancu_photo", photo(item.photo).to_owned()),
        ("ancu_citations", item.citations.join(" ")),
    ]);
    cells.extend(texts(["ancu_remedy_vi", "ancu_remedy_en"], &item.remedy));
    let mut constraint = rules.constraint.clone().unwrap_or_default();
    match &item.input {
        Input::Number { unit, min, max, step, threshold, .. } => {
            let number = |number: &Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
            if step.is_none() {
                cells.extend([("ancu_min", number(min)), ("ancu_max", number(max))]);
            }
            cells.extend(texts(["ancu_unit_vi", "ancu_unit_en"], unit));
            if let Some(Threshold { comparison, value, verified }) = threshold {
                let sign = if *comparison == Comparison::AtLeast { ">=" } else { "<=" };
                cells.extend([
                    ("ancu_threshold", format!("{sign} {value}")),
                    ("ancu_threshold_verified", yes_or_no(*verified)),
                ]);
            }
            if constraint.is_empty() && step.is_none() {
                constraint = limits(*min, *max);
            }
        }
        Input::Choice { failing, .. } => cells.push(("ancu_failing", failing.join(" "))),
        _ => {}
    }
    cells.push(("constraint", constraint));
    survey.row(&cells);
}

/// The type of a question, and its parameters.
fn kind(lists: &mut Lists, item: &Item) -> (String, String) {
    let kind = match &item.input {
        Input::Verdict => {
            lists.verdicts = true;
            format!("select_one {VERDICTS}")
        }
        Input::Number { min, max, step: Some(step), .. } => {
            let (start, end) = (min.unwrap_or(1.0), max.unwrap_or(10.0));
            return ("range".to_owned(), format!("start={start} end={end} step={step}"));
        }
        Input::Number { whole: true, .. } => "integer".to_owned(),
        Input::Number { whole: false, .. } => "decimal".to_owned(),
        Input::Choice { options, .. } => format!("select_one {}", lists.name_of(&item.code, options)),
        Input::Choices { options } => format!("select_multiple {}", lists.name_of(&item.code, options)),
        Input::Rank { options } => format!("rank {}", lists.name_of(&item.code, options)),
        Input::Time => "time".to_owned(),
        Input::Moment => "dateTime".to_owned(),
        Input::Trace => "geotrace".to_owned(),
        Input::Shape => "geoshape".to_owned(),
        Input::Photo => "image".to_owned(),
        Input::Note => "note".to_owned(),
        Input::Calculated => "calculate".to_owned(),
        Input::Text => "text".to_owned(),
        Input::Date => "date".to_owned(),
        Input::Geo { max_accuracy_m } => {
            return ("geopoint".to_owned(), format!("warning-accuracy={max_accuracy_m}"));
        }
    };
    (kind, String::new())
}

fn default(answer: &Answer) -> String {
    match answer {
        Answer::Number(number) => number.to_string(),
        Answer::Text(text) | Answer::Choice(text) => text.clone(),
        Answer::Date(day) => day.to_string(),
        Answer::Choices(codes) => codes.join(" "),
        Answer::Time(time) => time.to_string(),
        // Nobody suggests a verdict, an instant or a place.
        Answer::Verdict(_) | Answer::Geo(_) | Answer::Moment(_) | Answer::Trace(_) | Answer::Shape(_) => String::new(),
    }
}

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Minor => "minor",
        Severity::Major => "major",
        Severity::Critical => "critical",
    }
}

pub(super) fn photo(photo: PhotoRule) -> &'static str {
    match photo {
        PhotoRule::Always => "always",
        PhotoRule::OnFail => "on_fail",
        PhotoRule::Suggested => "suggested",
        PhotoRule::Optional => "optional",
    }
}

/// Lists of choices; equal ones are one list.
#[derive(Default)]
struct Lists {
    verdicts: bool,
    named: Vec<(String, Vec<Choice>)>,
}

impl Lists {
    fn name_of(&mut self, item: &str, options: &[Choice]) -> String {
        if let Some((name, _)) = self.named.iter().find(|(_, known)| known == options) {
            return name.clone();
        }
        self.named.push((item.to_owned(), options.to_vec()));
        item.to_owned()
    }

    fn table(&self) -> Table {
        let mut headings: Vec<&str> = vec!["list_name", "name", LABEL[0], LABEL[1]];
        for column in self.named.iter().flat_map(|(_, options)| options).flat_map(|option| option.columns.keys()) {
            if !headings.contains(&column.as_str()) {
                headings.push(column);
            }
        }
        let mut table = Table::of(&headings);
        let none = BTreeMap::new();
        let mut row = |list: &str, code: &str, label: &Words, columns: &BTreeMap<String, String>| {
            let mut cells = vec![("list_name", list.to_owned()), ("name", code.to_owned())];
            cells.extend(texts(LABEL, label));
            let own = columns.iter().filter(|(column, _)| !matches!(column.as_str(), "list_name" | "name" | "label"));
            cells.extend(own.map(|(column, cell)| (column.as_str(), cell.clone())));
            table.row(&cells);
        };
        if self.verdicts {
            for (code, vi, en) in [
                ("pass", "Đạt", "Pass"),
                ("fail", "Không đạt", "Fail"),
                ("not_applicable", "Không áp dụng", "Not applicable"),
            ] {
                row(VERDICTS, code, &Words { vi: vi.to_owned(), en: en.to_owned() }, &none);
            }
        }
        for (name, options) in &self.named {
            for option in options {
                row(name, &option.code, &option.label, &option.columns);
            }
        }
        table
    }
}

fn settings(template: &Template) -> Table {
    let mut table = Table::of(&[
        "form_title",
        "form_id",
        "version",
        "default_language",
        "clean_text_values",
        "ancu_title_en",
        "ancu_notice_vi",
        "ancu_notice_en",
        "ancu_advisory",
    ]);
    let mut cells = vec![
        ("form_title", template.title.vi.clone()),
        ("form_id", template.code.clone()),
        ("version", template.version.clone()),
        ("default_language", VIETNAMESE.to_owned()),
        ("clean_text_values", "no".to_owned()),
        ("ancu_title_en", template.title.en.clone()),
        ("ancu_advisory", if template.advisory { "yes" } else { "" }.to_owned()),
    ];
    cells.extend(texts(["ancu_notice_vi", "ancu_notice_en"], &template.notice));
    table.row(&cells);
    table
}

fn citations(template: &Template) -> Table {
    let mut table =
        Table::of(&["id", "document", "locator", "gist_vi", "gist_en", "valid_from", "valid_to", "verified"]);
    for citation in &template.citations {
        let mut cells = vec![
            ("id", citation.id.clone()),
            ("document", citation.document.clone()),
            ("locator", citation.locator.clone()),
            ("valid_from", citation.valid_from.clone().unwrap_or_default()),
            ("valid_to", citation.valid_to.clone().unwrap_or_default()),
            ("verified", if citation.verified { "yes" } else { "no" }.to_owned()),
        ];
        cells.extend(texts(["gist_vi", "gist_en"], &citation.gist));
        table.row(&cells);
    }
    table
}
