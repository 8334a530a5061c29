//! A template made of an XLSForm.
//!
//! Invariant: an item is made of its row alone; what the row asks for and the app does not have is told, never left out.

mod input;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::rule::formula;
use super::section::Sections;
use super::write::{photo, severity};
use super::{CITATIONS, schema_of};
use crate::checklist::xlsform::{Entry, EntryKind, Fault, Finding, Form, Kind, Place, Workbook, mentions};
use crate::record::key::Key;
use crate::record::register::Severity;
use crate::template::fill;
use crate::template::{Citation, Input, Item, PhotoRule, Rules, Template, Words};
use input::numbers;

/// What the app writes where XLSForm has words of its own.
const NAMELY: [&str; 2] = ["Nêu rõ", "Please specify"];

/// Makes a template of a form that was read from a workbook.
pub fn read(form: &Form, workbook: &Workbook) -> Result<Template, Vec<Finding>> {
    let mut findings = Vec::new();
    let setting = |name: &str| form.settings.get(name).map(String::as_str).unwrap_or_default();
    let title_vi = form.title.clone().unwrap_or_default();
    let title_en = Some(setting("ancu_title_en")).filter(|title| !title.is_empty()).unwrap_or(&title_vi).to_owned();
    let title = Words { vi: title_vi, en: title_en };
    let (code, version) = (form.id.clone().unwrap_or_default(), form.version.clone().unwrap_or_default());
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
    let read = Reader { form, citations: &citations, mentioned: mentioned(form) };
    let mut sections = Sections::new(form, title.clone());
    let mut names = BTreeSet::new();
    for entry in &form.entries {
        let found = read.entry(entry, &mut findings);
        let Some(item) = found else { continue };
        if !names.insert(item.code.clone()) {
            let fault = Fault::NameInTwoGroups { name: item.code.clone() };
            findings.push(Finding { place: entry.place(&["name"]), fault });
        }
        sections.add(entry.parent, item, &mut findings);
    }
    let mut template = Template {
        schema: 1,
        code,
        version,
        title,
        notice: Words { vi: setting("ancu_notice_vi").to_owned(), en: setting("ancu_notice_en").to_owned() },
        advisory: setting("ancu_advisory") == "yes",
        groups: sections.finish(),
        citations,
    };
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

struct Reader<'a> {
    form: &'a Form,
    citations: &'a [Citation],
    mentioned: BTreeSet<String>,
}

impl Reader<'_> {
    /// The question of a row; none for what is no question, or with a finding for what the app has not.
    fn entry(&self, entry: &Entry, findings: &mut Vec<Finding>) -> Option<Item> {
        let mut refuse = |words: &[&str], what: &str| {
            findings.push(Finding { place: entry.place(words), fault: Fault::NotShown { what: what.to_owned() } });
        };
        for (column, what) in [
            (&["choice_filter"][..], "choice_filter"),
            (&["trigger"], "trigger"),
            (&["bind", "entities:saveto"], "save_to"),
        ] {
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
            if entry.languages(column).values().any(|text| text.contains("${")) {
                refuse(column, "${…}");
            }
        }
        let kind = match &entry.kind {
            EntryKind::Group => return None,
            EntryKind::Repeat => {
                refuse(&["type"], "repeat");
                return None;
            }
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
        self.question(entry, kind, findings)
    }

    fn question(&self, entry: &Entry, kind: &Kind, findings: &mut Vec<Finding>) -> Option<Item> {
        let mut rules = Rules {
            relevant: self.relevant(entry, findings),
            constraint: formula(entry, &["bind", "constraint"], findings),
            constraint_message: words(self.form, entry, &["bind", "jr:constraintMsg"]).unwrap_or_default(),
            required: None,
            required_message: words(self.form, entry, &["bind", "jr:requiredMsg"]).unwrap_or_default(),
            calculate: formula(entry, &["bind", "calculate"], findings),
        };
        let mut required = false;
        match entry.text(&["bind", "required"]) {
            Some("yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "true()") => required = true,
            None | Some("no" | "No" | "NO" | "false" | "False" | "FALSE" | "false()") => {}
            Some(_) => rules.required = formula(entry, &["bind", "required"], findings),
        }
        let mut input = self.input(entry, kind, &mut rules, findings)?;
        match entry.text(&["bind", "readonly"]) {
            None | Some("no" | "No" | "NO" | "false" | "False" | "FALSE" | "false()") => {}
            Some("yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "true()") => {
                if rules.calculate.is_none() && entry.text(&["default"]).is_none() {
                    input = Input::Note;
                } else if rules.calculate.is_none() {
                    let fault = Fault::NotShown { what: "read_only".to_owned() };
                    findings.push(Finding { place: entry.place(&["bind", "readonly"]), fault });
                }
            }
            Some(_) => {
                let fault = Fault::NotShown { what: "read_only".to_owned() };
                findings.push(Finding { place: entry.place(&["bind", "readonly"]), fault });
            }
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
        let suggestion = Self::suggestion(entry, &input, findings);
        let mut hint = words(self.form, entry, &["hint"]).unwrap_or_default();
        if let Some(more) = words(self.form, entry, &["guidance_hint"]) {
            hint = Words { vi: format!("{}\n{}", hint.vi, more.vi), en: format!("{}\n{}", hint.en, more.en) };
            hint = Words { vi: hint.vi.trim().to_owned(), en: hint.en.trim().to_owned() };
        }
        Some(Item {
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
            suggestion,
        })
    }

    /// «Other, namely …», which the reader of forms adds, says its question by a path.
    fn is_namely(&self, entry: &Entry) -> bool {
        let Some(of) = entry.name.strip_suffix("_other") else { return false };
        entry.text(&["bind", "relevant"]) == Some(&format!("selected(../{of}, 'other')"))
            && self.form.entries.iter().any(|other| other.name == of && other.row == entry.row)
    }

    fn relevant(&self, entry: &Entry, findings: &mut Vec<Finding>) -> Option<String> {
        if self.is_namely(entry) {
            return entry.name.strip_suffix("_other").map(|of| format!("selected(${{{of}}}, 'other')"));
        }
        formula(entry, &["bind", "relevant"], findings)
    }

    fn title(&self, entry: &Entry, kind: &Kind) -> Words {
        if self.is_namely(entry) {
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
