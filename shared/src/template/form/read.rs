//! A template made of an XLSForm.
//!
//! Invariant: an item is made of its row alone; what the row asks for and the app does not have is told, never left out.

mod input;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::rule::{Formulas, namely};
use super::section::Sections;
use super::tables::{self, Files, is_table};
use super::write::{photo, severity};
use super::{CITATIONS, schema_of};
use crate::checklist::xlsform::{Entry, EntryKind, Fault, Finding, Form, Kind, Place, Workbook, mentions};
use crate::record::key::{Key, MAX_ITEM_CHARS};
use crate::record::register::Severity;
use crate::template::fill;
use crate::template::outline::NAME_CHARS;
use crate::template::{Citation, Input, Item, PhotoRule, Rules, Template, Words};
use input::numbers;

/// What the app writes where XLSForm has words of its own.
const NAMELY: [&str; 2] = ["Nêu rõ", "Please specify"];

/// What stands beside a form.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// What stands in for settings that a form lacks; empty where nothing does.
    pub code: String,
    /// Likewise.
    pub version: String,
    /// The files that it reads.
    pub files: Files,
}

/// Makes a template of a form that was read from a workbook.
pub fn read(form: &Form, workbook: &Workbook, beside: &Beside) -> Result<Template, Vec<Finding>> {
    let mut findings = Vec::new();
    let setting = |name: &str| form.settings.get(name).map(String::as_str).unwrap_or_default();
    let or = |own: &Option<String>, other: &str| own.clone().unwrap_or_else(|| other.to_owned());
    let (code, version) = (or(&form.id, &beside.code), or(&form.version, &beside.version));
    let title_vi = or(&form.title, &code);
    let title_en = Some(setting("ancu_title_en")).filter(|title| !title.is_empty()).unwrap_or(&title_vi).to_owned();
    let title = Words { vi: title_vi, en: title_en };
    for (name, value) in [("form_title", &title.vi), ("form_id", &code), ("version", &version)] {
        if value.is_empty() {
            findings.push(Finding {
                place: Place::cell("settings", 2, name),
                fault: Fault::NoSetting { name: name.into() },
            });
        }
    }
    if !code.is_empty() && Key::parse(&format!("i/{code}")).is_err() {
        let fault = Fault::NameTooFar { name: code.clone() };
        findings.push(Finding { place: Place::cell("settings", 2, "form_id"), fault });
    }
    let citations = citations(workbook, &mut findings);
    let formulas = Formulas::new(form, tables::known(form, workbook, &beside.files));
    let read = Reader { form, citations: &citations, mentioned: mentioned(form), formulas: &formulas, beside };
    let mut sections = Sections::new(form, &formulas, title.clone());
    let groups = form.entries.iter().filter(|entry| !matches!(entry.kind, EntryKind::Question(_)));
    let mut names: BTreeSet<String> = groups.filter(|_| formulas.outlined).map(|entry| entry.name.clone()).collect();
    for entry in &form.entries {
        let found = read.entry(entry, &mut findings);
        let Some(item) = found else { continue };
        if !names.insert(item.code.clone()) {
            let fault = Fault::NameInTwoGroups { name: item.code.clone() };
            findings.push(Finding { place: entry.place(&["name"]), fault });
        }
        sections.add(entry.parent, item, &mut findings);
    }
    let (groups, outline) = sections.finish();
    let mut template = Template {
        schema: 1,
        code,
        version,
        title,
        notice: Words { vi: setting("ancu_notice_vi").to_owned(), en: setting("ancu_notice_en").to_owned() },
        advisory: setting("ancu_advisory") == "yes",
        groups,
        outline,
        tables: Vec::new(),
        citations,
    };
    template.tables = tables::read_by(written(&template), formulas.tables());
    template.schema = schema_of(&template);
    if template.items().next().is_none() && findings.is_empty() {
        findings.push(Finding { place: Place::sheet("survey"), fault: Fault::NoQuestions });
    }
    if findings.is_empty()
        && let Err(error) = fill::Fill::new(&template, crate::clock::UtcMillis(0))
    {
        let fault = Fault::RulesUnusable { told: error.to_string() };
        findings.push(Finding { place: Place::sheet("survey"), fault });
    }
    if findings.is_empty() { Ok(template) } else { Err(findings) }
}

/// Every formula of a template.
fn written(template: &Template) -> impl Iterator<Item = &String> {
    let groups = template.groups.iter().filter_map(|group| group.relevant.as_ref());
    let outline = template.outline.iter().flat_map(|container| {
        let count = container.repeat.as_ref().and_then(|repeat| repeat.count.as_ref());
        [container.relevant.as_ref(), count].into_iter().flatten()
    });
    let items = template.items().flat_map(|item| {
        let Rules { relevant, constraint, required, calculate, offered, default, read_only, .. } = &item.rules;
        [relevant, constraint, required, calculate, offered, default, read_only].into_iter().flatten()
    });
    groups.chain(outline).chain(items)
}

/// Names that a formula reads.
fn mentioned(form: &Form) -> BTreeSet<String> {
    let texts = form.entries.iter().flat_map(Entry::texts);
    texts.filter_map(mentions).flatten().map(|mention| mention.name).collect()
}

/// A text in both languages: that of the other where it stands in one only.
pub(super) fn words(form: &Form, entry: &Entry, of: &[&str]) -> Option<Words> {
    both(form, &entry.languages(of))
}

fn both(form: &Form, texts: &BTreeMap<String, String>) -> Option<Words> {
    let default = form.default_language.as_deref().unwrap_or_default();
    let in_language = |tag: &str, names: [&str; 3]| {
        let is = |name: &str| {
            let name = if name.is_empty() { default } else { name }.to_lowercase();
            name.contains(&format!("({tag})")) || names.iter().any(|known| name.starts_with(known))
        };
        texts.iter().find(|(name, _)| is(name)).map(|(_, text)| text.clone())
    };
    let any = || texts.get("").or_else(|| texts.get(default)).or_else(|| texts.values().next()).cloned();
    let vi = in_language("vi", ["tiếng việt", "vietnamese", "viet"]);
    let en = in_language("en", ["english", "tiếng anh", "eng"]);
    Some(Words { vi: vi.or_else(any)?, en: en.or_else(any)? })
}

/// What is wrong with the name of a repeat, or of a question in one: a repetition's name has no room behind it.
pub(super) fn has_room(form: &Form, entry: &Entry) -> Option<Finding> {
    let around = std::iter::successors(entry.parent, |at| form.entries[*at].parent);
    let repeats = around.map(|at| &form.entries[at]).chain([entry]).filter(|it| it.kind == EntryKind::Repeat).count();
    let room = format!("i/{}{}", entry.name, format!(".{}", "a".repeat(NAME_CHARS)).repeat(repeats));
    let most = MAX_ITEM_CHARS.saturating_sub(repeats * (NAME_CHARS + 1));
    let fault = Fault::PointInName { name: entry.name.clone(), most };
    let wrong = repeats > 0 && (entry.name.contains('.') || Key::parse(&room).is_err());
    wrong.then(|| Finding { place: entry.place(&["name"]), fault })
}

struct Reader<'a> {
    form: &'a Form,
    citations: &'a [Citation],
    mentioned: BTreeSet<String>,
    formulas: &'a Formulas,
    beside: &'a Beside,
}

impl Reader<'_> {
    /// The question of a row; none for what is no question, or with a finding for what the app has not.
    fn entry(&self, entry: &Entry, findings: &mut Vec<Finding>) -> Option<Item> {
        let mut refuse = |words: &[&str], what: &str| {
            findings.push(Finding { place: entry.place(words), fault: Fault::NotShown { what: what.to_owned() } });
        };
        if is_table(entry) {
            return None;
        }
        for (column, what) in [(&["trigger"][..], "trigger"), (&["bind", "entities:saveto"], "save_to")] {
            if entry.text(column).is_some() {
                refuse(column, what);
            }
        }
        if entry.has_media() {
            refuse(&["media"], "media");
        }
        for column in
            [&["label"][..], &["hint"], &["guidance_hint"], &["bind", "jr:constraintMsg"], &["bind", "jr:requiredMsg"]]
        {
            let quoted = |text: &String| mentions(text).unwrap_or_default().iter().any(|mention| mention.last_saved);
            if entry.languages(column).values().any(quoted) {
                refuse(column, "${last-saved#…}");
            }
        }
        let kind = match &entry.kind {
            EntryKind::Group | EntryKind::Repeat => return None,
            EntryKind::Loop(_) => {
                refuse(&["type"], "loop");
                return None;
            }
            EntryKind::Question(kind) => kind,
        };
        if Key::parse(&format!("i/{}", entry.name)).is_err() {
            findings
                .push(Finding { place: entry.place(&["name"]), fault: Fault::NameTooFar { name: entry.name.clone() } });
            return None;
        }
        findings.extend(has_room(self.form, entry));
        self.question(entry, kind, findings)
    }

    fn question(&self, entry: &Entry, kind: &Kind, findings: &mut Vec<Finding>) -> Option<Item> {
        let mut rules = Rules {
            relevant: self.relevant(entry, findings),
            constraint: self.formulas.formula(entry, &["bind", "constraint"], findings),
            constraint_message: words(self.form, entry, &["bind", "jr:constraintMsg"]).unwrap_or_default(),
            required: None,
            required_message: words(self.form, entry, &["bind", "jr:requiredMsg"]).unwrap_or_default(),
            calculate: self.formulas.formula(entry, &["bind", "calculate"], findings),
            offered: None,
            default: None,
            read_only: None,
        };
        let mut required = false;
        match entry.text(&["bind", "required"]) {
            Some("yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "true()") => required = true,
            None | Some("no" | "No" | "NO" | "false" | "False" | "FALSE" | "false()") => {}
            Some(_) => rules.required = self.formulas.formula(entry, &["bind", "required"], findings),
        }
        let mut input = self.input(entry, kind, &mut rules, findings)?;
        match entry.text(&["bind", "readonly"]) {
            None | Some("no" | "No" | "NO" | "false" | "False" | "FALSE" | "false()") => {}
            Some("yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "true()") => {
                match entry.text(&["default"]) {
                    _ if rules.calculate.is_some() => {}
                    None => input = Input::Note,
                    // What begins with an answer that nobody changes always has this one.
                    Some(text) if !text.contains(['\'', '(', '$']) => rules.calculate = Some(format!("'{text}'")),
                    Some(_) => {
                        let fault = Fault::NotShown { what: "read_only".to_owned() };
                        findings.push(Finding { place: entry.place(&["bind", "readonly"]), fault });
                    }
                }
            }
            Some(_) => rules.read_only = self.formulas.formula(entry, &["bind", "readonly"], findings),
        }
        if kind.source().is_some() {
            let options = input.options().iter().flat_map(|option| option.columns.keys().cloned());
            let columns: Vec<String> = ["name".to_owned(), "label".to_owned()].into_iter().chain(options).collect();
            rules.offered = self.formulas.filter(entry, &columns, findings);
        }
        if matches!(input, Input::Number { .. }) {
            numbers(entry, &mut input, &mut rules, findings);
        }
        let is_verdict = input == Input::Verdict;
        let own = |column: &str| entry.text(&[column]);
        let survey = own("ancu_survey").map_or(!is_verdict, |text| text == "yes");
        let graveness = [Severity::Info, Severity::Minor, Severity::Major, Severity::Critical];
        let photos = [PhotoRule::Always, PhotoRule::OnFail, PhotoRule::Suggested, PhotoRule::Optional];
        let plain = if is_verdict { Severity::Minor } else { Severity::Info };
        let mut hint = words(self.form, entry, &["hint"]).unwrap_or_default();
        if let Some(more) = words(self.form, entry, &["guidance_hint"]) {
            hint = Words { vi: format!("{}\n{}", hint.vi, more.vi), en: format!("{}\n{}", hint.en, more.en) };
            hint = Words { vi: hint.vi.trim().to_owned(), en: hint.en.trim().to_owned() };
        }
        let mut item = Item {
            code: entry.name.clone(),
            survey,
            title: self.title(entry, kind),
            hint,
            input,
            severity: one_of(entry, "ancu_severity", &graveness, severity, findings).unwrap_or(plain),
            photo: one_of(entry, "ancu_photo", &photos, photo, findings).unwrap_or(PhotoRule::Optional),
            required,
            remedy: Words {
                vi: own("ancu_remedy_vi").unwrap_or_default().to_owned(),
                en: own("ancu_remedy_en").unwrap_or_default().to_owned(),
            },
            citations: self.cited(entry, findings),
            rules,
            suggestion: None,
        };
        if item.rules.calculate.is_none() {
            self.suggest(entry, &mut item, findings);
        }
        Some(item)
    }

    fn relevant(&self, entry: &Entry, findings: &mut Vec<Finding>) -> Option<String> {
        if let Some(of) = namely(self.form, entry) {
            return Some(format!("selected(${{{of}}}, 'other')"));
        }
        self.formulas.formula(entry, &["bind", "relevant"], findings)
    }

    fn title(&self, entry: &Entry, kind: &Kind) -> Words {
        if namely(self.form, entry).is_some() {
            return Words { vi: NAMELY[0].to_owned(), en: NAMELY[1].to_owned() };
        }
        let title = words(self.form, entry, &["label"]).or_else(|| words(self.form, entry, &["hint"]));
        let unseen = || Words { vi: entry.name.clone(), en: entry.name.clone() };
        title.unwrap_or_else(|| if kind.is_shown() { Words::default() } else { unseen() })
    }

    fn cited(&self, entry: &Entry, findings: &mut Vec<Finding>) -> Vec<String> {
        let ids: Vec<String> =
            entry.text(&["ancu_citations"]).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        for id in ids.iter().filter(|id| !self.citations.iter().any(|citation| citation.id == **id)) {
            let fault = Fault::CellValue { value: id.clone() };
            findings.push(Finding { place: entry.place(&["ancu_citations"]), fault });
        }
        ids
    }
}

/// A word of a column of our own.
fn one_of<T: Copy>(
    entry: &Entry,
    column: &str,
    known: &[T],
    name: fn(T) -> &'static str,
    findings: &mut Vec<Finding>,
) -> Option<T> {
    let text = entry.text(&[column])?;
    let found = known.iter().copied().find(|each| name(*each) == text);
    if found.is_none() {
        findings.push(Finding { place: entry.place(&[column]), fault: Fault::CellValue { value: text.to_owned() } });
    }
    found
}

fn citations(workbook: &Workbook, findings: &mut Vec<Finding>) -> Vec<Citation> {
    let Some(sheet) = workbook.sheet(CITATIONS) else { return Vec::new() };
    let mut rows = sheet.rows.iter().enumerate();
    let Some((_, headings)) = rows.next() else { return Vec::new() };
    let mut citations: Vec<Citation> = Vec::new();
    for (at, row) in rows.filter(|(_, row)| row.iter().any(|cell| !cell.is_empty())) {
        let cell = |name: &str| {
            let column = headings.iter().position(|heading| heading == name);
            column.and_then(|column| row.get(column)).cloned().unwrap_or_default()
        };
        let day = |name: &str| Some(cell(name)).filter(|day| !day.is_empty());
        for name in ["valid_from", "valid_to"] {
            if let Some(value) = day(name).filter(|day| day.parse::<Date>().is_err()) {
                findings
                    .push(Finding { place: Place::cell(CITATIONS, at + 1, name), fault: Fault::CellValue { value } });
            }
        }
        if cell("id").is_empty() || citations.iter().any(|known| known.id == cell("id")) {
            let fault = Fault::CellValue { value: cell("id") };
            findings.push(Finding { place: Place::cell(CITATIONS, at + 1, "id"), fault });
        }
        citations.push(Citation {
            id: cell("id"),
            document: cell("document"),
            locator: cell("locator"),
            gist: Words { vi: cell("gist_vi"), en: cell("gist_en") },
            valid_from: day("valid_from"),
            valid_to: day("valid_to"),
            verified: cell("verified") == "yes",
        });
    }
    citations
}
