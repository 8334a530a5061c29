//! The sheet of questions, row by row.
//!
//! Invariant: an [`Entry`] stands after the group that holds it; what is disabled or empty leaves no trace.

use std::collections::{BTreeMap, BTreeSet};

use super::choices::Choices;
use super::entry::{Entry, EntryKind, Form};
use super::fault::{Fault, Place};
use super::header::{Cell, Columns, Row};
use super::kind::{FILES, From, Kind, Source};
use super::parameters::{self, Parameters};
use super::reference::{is_name, mentions};
use super::workbook::Grid;
use super::{Findings, rules};

/// A truth value as authors write it.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "true()" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "false()" => Some(false),
        _ => None,
    }
}

/// Reads the sheet.
pub(super) fn read(grid: &Grid, settings: &Columns, choices: Choices, findings: &mut Findings) -> Option<Form> {
    let tidy = settings.setting("clean_text_values").and_then(yes_or_no).unwrap_or(true);
    let sheet = Columns::survey(grid, tidy, findings);
    if !sheet.has("type") {
        findings.add(Place::sheet("survey"), Fault::ColumnMissing { heading: "type".to_owned() });
        return None;
    }
    let name = settings.setting("name").unwrap_or("data").to_owned();
    if !is_name(&name) {
        findings.add(Place::cell("settings", 2, "name"), Fault::BadName { name: name.clone() });
    }
    let mut reader =
        Reader { sheet: &sheet, form_name: &name, choices: &choices, findings, entries: Vec::new(), open: Vec::new() };
    reader.open.push(Open { entry: None, kind: String::new(), row: 0, names: BTreeSet::new() });
    let mut repeats = BTreeSet::new();
    let mut triggers = Vec::new();
    for row in &sheet.rows {
        reader.row(row, &mut repeats, &mut triggers);
    }
    let left_open: Vec<(usize, String, Option<usize>)> =
        reader.open.drain(1..).map(|open| (open.row, open.kind, open.entry)).collect();
    let entries = reader.entries;
    for (row, kind, entry) in left_open {
        let name = entry.map(|at| entries[at].name.clone()).unwrap_or_default();
        findings.add(Place::row("survey", row), Fault::BeginWithoutEnd { kind, name });
    }
    for (place, name) in triggers {
        let is_question = |entry: &Entry| entry.name == name && matches!(entry.kind, EntryKind::Question(_));
        if !entries.iter().any(is_question) {
            findings.add(place, Fault::UnknownReference { name });
        }
    }
    check_mentions(&sheet, settings, &choices, &entries, findings);
    let definition = rules::build(&name, &entries, &choices, settings, findings)?;
    let setting = |name: &str| settings.setting(name).map(str::to_owned);
    Some(Form {
        id: setting("id_string"),
        title: setting("title"),
        version: setting("version"),
        default_language: setting("default_language"),
        settings: settings
            .rows
            .iter()
            .flat_map(|row| &row.cells)
            .map(|cell| (cell.words.join("::"), cell.text.clone()))
            .collect(),
        name,
        entries,
        choices,
        definition,
    })
}

/// A group that is not closed yet.
struct Open {
    entry: Option<usize>,
    kind: String,
    row: usize,
    names: BTreeSet<String>,
}

struct Reader<'a> {
    sheet: &'a Columns,
    form_name: &'a str,
    choices: &'a Choices,
    findings: &'a mut Findings,
    entries: Vec<Entry>,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn row(&mut self, row: &Row, repeats: &mut BTreeSet<String>, triggers: &mut Vec<(Place, String)>) {
        if row.text(&["disabled"]).and_then(yes_or_no) == Some(true) {
            return;
        }
        let Some(written) = row.text(&["type"]) else {
            if row.has("name") || row.has("label") {
                self.fault(row, &["type"], Fault::NoType);
            }
            return;
        };
        // A setting in the wrong sheet, as forms of old had them.
        if matches!(written, "form_title" | "set_form_title" | "form_id" | "set_form_id" | "prefix") {
            return;
        }
        if let Some(kind) = container(written, "end") {
            match self.open.last() {
                Some(open) if self.open.len() > 1 && open.kind == kind => {
                    self.open.pop();
                }
                _ => self.fault(row, &["type"], Fault::EndWithoutBegin { kind: kind.to_owned() }),
            }
            return;
        }
        let begins = container(written, "begin");
        let Some(name) = self.name(row, written) else { return };
        if let Some(kind) = begins {
            self.begin(row, kind, written, name, repeats);
            return;
        }
        if let Some(cell) = row.cell(&["trigger"]) {
            let place = self.place(row, &["trigger"]);
            match mentions(&cell.text).filter(|mentions| !mentions.is_empty()) {
                Some(mentions) => {
                    triggers.extend(mentions.into_iter().map(|mention| (place.clone(), mention.name)));
                }
                None => self.findings.add(place, Fault::BadReference),
            }
        }
        let Some(kind) = Kind::select(written).or_else(|| Kind::named(written)) else {
            let fault = match Kind::select(&format!("{written} x")) {
                Some(_) => Fault::NoList,
                None if written == "include" => Fault::IncludeMissing { name },
                None => Fault::UnknownType { kind: written.to_owned() },
            };
            self.fault(row, &["type"], fault);
            return;
        };
        let bare = matches!(written, "select one" | "select all that apply" | "rank" | "select1" | "select_one");
        if bare {
            self.fault(row, &["type"], Fault::NoList);
        }
        self.question(row, kind, name);
    }

    /// The row's name; none, with its fault, if it has none that can be used.
    fn name(&mut self, row: &Row, written: &str) -> Option<String> {
        let name = match row.text(&["name"]) {
            Some(name) => name.to_owned(),
            None if written == "note" => format!("generated_note_name_{}", row.number),
            None if written == "audit" => "audit".to_owned(),
            None => {
                self.fault(row, &["name"], Fault::NoName);
                return None;
            }
        };
        if written == "audit" {
            if name != "audit" {
                self.fault(row, &["name"], Fault::AuditName);
            }
            return Some(name);
        }
        if !is_name(&name) {
            self.fault(row, &["name"], Fault::BadName { name });
            return None;
        }
        if name == "meta" {
            self.fault(row, &["name"], Fault::ReservedName { name });
            return None;
        }
        if self.open.last_mut().is_some_and(|open| !open.names.insert(name.clone())) {
            self.fault(row, &["name"], Fault::NameTwice { name });
            return None;
        }
        Some(name)
    }

    fn begin(&mut self, row: &Row, kind: &str, written: &str, name: String, repeats: &mut BTreeSet<String>) {
        let entry_kind = match kind {
            "repeat" => EntryKind::Repeat,
            "loop" => {
                let list = written.rsplit(' ').next().unwrap_or_default().to_owned();
                match self.choices.lists.get(&list) {
                    Some(choices) => {
                        for choice in choices.iter().filter(|choice| !is_name(&choice.name)) {
                            self.fault(row, &["type"], Fault::BadName { name: choice.name.clone() });
                        }
                    }
                    None if written.split(' ').count() < 3 => self.fault(row, &["type"], Fault::NoList),
                    None => self.fault(row, &["type"], Fault::UnknownList { list: list.clone() }),
                }
                EntryKind::Loop(list)
            }
            _ => EntryKind::Group,
        };
        if entry_kind == EntryKind::Repeat {
            if name == self.form_name {
                self.fault(row, &["name"], Fault::RepeatNamedAsForm { name: name.clone() });
            } else if !repeats.insert(name.clone()) {
                self.fault(row, &["name"], Fault::RepeatNameTwice { name: name.clone() });
            }
        }
        self.media(row, &name, false);
        let entry = self.add(row, entry_kind, name, Parameters::new());
        self.open.push(Open { entry: Some(entry), kind: kind.to_owned(), row: row.number, names: BTreeSet::new() });
    }

    fn question(&mut self, row: &Row, kind: Kind, name: String) {
        let place = self.place(row, &["parameters"]);
        let raw = row.text(&["parameters"]).unwrap_or_default();
        let parameters = parameters::check(raw, Some(&kind), &place, self.findings);
        if kind == Kind::Calculate && row.text(&["bind", "calculate"]).is_none() && !has_dynamic_default(row) {
            self.fault(row, &["bind", "calculate"], Fault::NoCalculation);
        }
        if kind == Kind::Background("background-geopoint".to_owned()) {
            if row.text(&["trigger"]).is_none() {
                self.fault(row, &["trigger"], Fault::TriggerMissing);
            }
            if row.text(&["bind", "calculate"]).is_some() {
                self.fault(row, &["bind", "calculate"], Fault::CalculationNotAllowed);
            }
        }
        if let Some(source) = kind.source() {
            self.source(row, &kind, source);
        }
        let computed = row.text(&["bind", "calculate"]).is_some() || row.has("trigger");
        let shown = kind.is_shown();
        self.media(row, &name, shown && !computed);
        let other = kind.source().is_some_and(|source| source.or_other);
        self.add(row, EntryKind::Question(kind), name.clone(), parameters);
        if other {
            self.add_other(row, &name);
        }
    }

    /// What there is to read, to see and to hear.
    fn media(&mut self, row: &Row, name: &str, must_be_labelled: bool) {
        let readable = ["label", "hint", "media"].iter().any(|word| row.has(word));
        if must_be_labelled && !readable {
            self.fault(row, &["label"], Fault::NoLabel { name: name.to_owned() });
        }
        let kinds: BTreeSet<&str> =
            row.beginning("media").filter_map(|cell| cell.words.get(1).map(String::as_str)).collect();
        for kind in &kinds {
            if !matches!(*kind, "image" | "big-image" | "audio" | "video") {
                self.fault(row, &["media", kind], Fault::UnknownMedia { kind: (*kind).to_owned() });
            }
        }
        if kinds.contains("big-image") && !kinds.contains("image") {
            self.fault(row, &["media", "big-image"], Fault::BigImageAlone);
        }
    }

    fn source(&mut self, row: &Row, kind: &Kind, source: &Source) {
        let list = source.list.clone();
        let known = self.choices.lists.get(&list);
        match source.from {
            From::Choices if known.is_none() => {
                self.fault(row, &["type"], Fault::UnknownList { list: list.clone() });
            }
            From::ExternalChoices if !self.choices.external.contains_key(&list) => {
                self.fault(row, &["type"], Fault::UnknownExternalList { list: list.clone() });
            }
            From::File => {
                let extensions = FILES.iter().filter(|extension| list.ends_with(*extension)).count();
                if extensions != 1 || list.matches('.').count() != 1 {
                    self.fault(row, &["type"], Fault::FileExtension { file: list.clone() });
                }
            }
            From::Answers if matches!(kind, Kind::SelectMultiple(_)) => {
                self.fault(row, &["type"], Fault::UnknownList { list: list.clone() });
            }
            _ => {}
        }
        if matches!(kind, Kind::SelectMultiple(_))
            && let Some(choice) = known.and_then(|choices| choices.iter().find(|choice| choice.name.contains(' ')))
        {
            self.fault(row, &["type"], Fault::ChoiceWithSpace { name: choice.name.clone(), list: list.clone() });
        }
        if source.or_other {
            if row.text(&["choice_filter"]).is_some() {
                self.fault(row, &["choice_filter"], Fault::OtherWithFilter);
            } else if known.is_none() {
                self.fault(row, &["type"], Fault::UnknownList { list });
            }
        }
    }

    /// «Other, namely …», asked when «other» is chosen.
    fn add_other(&mut self, row: &Row, name: &str) {
        let cell = |words: &[&str], text: String| Cell { words: owned(words), heading: "type".to_owned(), text };
        let cells = vec![
            cell(&["label"], "Specify other.".to_owned()),
            cell(&["bind", "relevant"], format!("selected(../{name}, 'other')")),
        ];
        let row = Row { number: row.number, cells };
        self.add(&row, EntryKind::Question(Kind::Text), format!("{name}_other"), Parameters::new());
    }

    fn add(&mut self, row: &Row, kind: EntryKind, name: String, parameters: Parameters) -> usize {
        let parent = self.open.last().and_then(|open| open.entry);
        self.entries.push(Entry { row: row.number, parent, name, kind, parameters, cells: row.clone() });
        self.entries.len() - 1
    }

    /// A cell's place, by the heading that the author gave it.
    fn place(&self, row: &Row, words: &[&str]) -> Place {
        let here = row.cell(words).map(|cell| cell.heading.clone());
        let there = || self.sheet.headings.iter().find(|(known, _)| known == words).map(|(_, heading)| heading.clone());
        let column = here.or_else(there).or_else(|| words.last().map(|word| (*word).to_owned()));
        Place { sheet: Some("survey".to_owned()), row: Some(row.number), column }
    }

    fn fault(&mut self, row: &Row, words: &[&str], fault: Fault) {
        let place = self.place(row, words);
        self.findings.add(place, fault);
    }
}

pub(super) fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// «begin group», «end_repeat», «begin loop over list»: the container's proper name.
fn container(written: &str, which: &str) -> Option<&'static str> {
    let rest = written.strip_prefix(which)?.strip_prefix([' ', '_', '\t'])?;
    let (name, proper) =
        [("looped group", "repeat"), ("lgroup", "repeat"), ("group", "group"), ("repeat", "repeat"), ("loop", "loop")]
            .into_iter()
            .find(|(name, _)| {
                rest.strip_prefix(name).is_some_and(|after| after.is_empty() || after.starts_with(' '))
            })?;
    let list = rest[name.len()..].trim_start();
    let list = list.strip_prefix("over ").unwrap_or(list);
    let fits = list.is_empty() || (which == "begin" && !list.contains(char::is_whitespace));
    fits.then_some(proper)
}

/// A default that is a formula.
pub(super) fn has_dynamic_default(row: &Row) -> bool {
    row.text(&["default"]).is_some_and(|text| text.contains("${") || text.contains('('))
}

/// Every `${…}` of every cell names one question or group.
fn check_mentions(sheet: &Columns, settings: &Columns, choices: &Choices, entries: &[Entry], findings: &mut Findings) {
    let mut names: BTreeMap<&str, usize> = BTreeMap::from([("instanceID", 1)]);
    for entry in entries.iter().filter(|entry| entry.name != "audit") {
        *names.entry(&entry.name).or_default() += 1;
    }
    let mut check = |place: Place, text: &str| {
        let Some(mentions) = mentions(text) else {
            findings.add(place, Fault::BadReference);
            return;
        };
        for mention in mentions {
            match names.get(mention.name.as_str()) {
                Some(1) => {}
                Some(_) => findings.add(place.clone(), Fault::AmbiguousReference { name: mention.name }),
                None => findings.add(place.clone(), Fault::UnknownReference { name: mention.name }),
            }
        }
    };
    for columns in [settings, sheet] {
        for row in &columns.rows {
            for cell in &row.cells {
                let first = cell.words.first().map(String::as_str);
                if columns.sheet == "survey" && matches!(first, Some("type" | "name" | "trigger")) {
                    continue;
                }
                check(Place::cell(&columns.sheet, row.number, &cell.heading), &cell.text);
            }
        }
    }
    for (place, text) in &choices.texts {
        check(place.clone(), text);
    }
}
