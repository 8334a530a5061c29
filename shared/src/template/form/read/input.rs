//! What a question asks for: its kind, its choices, the limits of a number, the answer that it begins with.

use std::collections::BTreeMap;

use super::super::rule::limits_of;
use super::super::{DEFAULT_ACCURACY_M, VERDICTS, limits};
use super::{Reader, both};
use crate::checklist::expression::Expression;
use crate::checklist::xlsform::{Entry, Fault, Finding, Kind, Source, SourceFrom};
use crate::template::fill::answer_of;
use crate::template::{Choice, Comparison, Input, Item, Rules, Threshold, Words};

/// Texts that the app writes where XLSForm has words of its own.
const OTHER: [&str; 2] = ["Khác", "Other"];
const READ: [&str; 2] = ["Đã đọc", "Read"];

impl Reader<'_> {
    /// What is asked for; none with a finding for what the app has not.
    pub(super) fn input(
        &self,
        entry: &Entry,
        kind: &Kind,
        rules: &mut Rules,
        findings: &mut Vec<Finding>,
    ) -> Option<Input> {
        let number =
            |whole| Input::Number { unit: Words::default(), min: None, max: None, whole, step: None, threshold: None };
        let refuse = |findings: &mut Vec<Finding>, what: &str| {
            findings.push(Finding { place: entry.place(&["type"]), fault: Fault::NotShown { what: what.to_owned() } });
            None
        };
        Some(match kind {
            Kind::Text => Input::Text,
            Kind::Integer => number(true),
            Kind::Decimal => number(false),
            Kind::Date => Input::Date,
            Kind::Time => Input::Time,
            Kind::DateTime => Input::Moment,
            Kind::Geotrace => Input::Trace,
            Kind::Geoshape => Input::Shape,
            Kind::Range => scale(entry),
            Kind::Image => Input::Photo,
            Kind::Note if rules.calculate.is_some() => Input::Text,
            Kind::Note => Input::Note,
            Kind::Geopoint => {
                let limit = entry.parameters.get("warning-accuracy").and_then(|limit| limit.parse().ok());
                Input::Geo { max_accuracy_m: limit.unwrap_or(DEFAULT_ACCURACY_M) }
            }
            Kind::Acknowledge => {
                let label = Words { vi: READ[0].to_owned(), en: READ[1].to_owned() };
                Input::Choice {
                    options: vec![Choice { code: "OK".to_owned(), label, columns: BTreeMap::new() }],
                    failing: Vec::new(),
                }
            }
            Kind::SelectOne(source) if source.from != SourceFrom::Answers => {
                let options = self.options(entry, source, findings)?;
                let codes: Vec<&str> = options.iter().map(|option| option.code.as_str()).collect();
                let filtered = entry.text(&["choice_filter"]).is_some();
                if source.list == VERDICTS && !filtered && codes == ["pass", "fail", "not_applicable"] {
                    Input::Verdict
                } else {
                    let failing: Vec<String> = entry
                        .text(&["ancu_failing"])
                        .unwrap_or_default()
                        .split_whitespace()
                        .map(str::to_owned)
                        .collect();
                    if let Some(code) = failing.iter().find(|code| !codes.contains(&code.as_str())) {
                        let fault = Fault::CellValue { value: code.clone() };
                        findings.push(Finding { place: entry.place(&["ancu_failing"]), fault });
                    }
                    Input::Choice { options, failing }
                }
            }
            Kind::SelectMultiple(source) if source.from != SourceFrom::Answers => {
                Input::Choices { options: self.options(entry, source, findings)? }
            }
            Kind::Rank(source) if source.from != SourceFrom::Answers => {
                Input::Rank { options: self.options(entry, source, findings)? }
            }
            Kind::Calculate => Input::Calculated,
            Kind::Hidden => {
                let value = entry.text(&["default"]).unwrap_or_default();
                if rules.calculate.is_none() && !value.contains('\'') {
                    rules.calculate = Some(format!("'{value}'"));
                }
                Input::Calculated
            }
            // What the app notes down by itself, and nobody reads.
            Kind::Metadata(name) => match name.as_str() {
                _ if !self.mentioned.contains(&entry.name) => return None,
                "today" => {
                    rules.calculate = Some("today()".to_owned());
                    Input::Calculated
                }
                "start" => {
                    rules.calculate = Some("now()".to_owned());
                    Input::Calculated
                }
                other => return refuse(findings, other),
            },
            Kind::Background(name) if name == "audit" => return None,
            _ => return refuse(findings, entry.text(&["type"]).unwrap_or_default()),
        })
    }

    /// A question's options; what formulas know of them comes along where one chooses among them.
    fn options(&self, entry: &Entry, source: &Source, findings: &mut Vec<Finding>) -> Option<Vec<Choice>> {
        let lists = match source.from {
            SourceFrom::File => return self.of_file(entry, source, findings),
            SourceFrom::ExternalChoices => &self.form.choices.external,
            SourceFrom::Choices | SourceFrom::Answers => &self.form.choices.lists,
        };
        let filtered = entry.text(&["choice_filter"]).is_some();
        let mut options: Vec<Choice> = lists
            .get(&source.list)
            .into_iter()
            .flatten()
            .map(|choice| {
                let plain = || Words { vi: choice.name.clone(), en: choice.name.clone() };
                let label = both(self.form, &choice.labels).unwrap_or_else(plain);
                let columns = if filtered { choice.columns.clone() } else { BTreeMap::new() };
                Choice { code: choice.name.clone(), label, columns }
            })
            .collect();
        if source.or_other && !options.iter().any(|option| option.code == "other") {
            let label = Words { vi: OTHER[0].to_owned(), en: OTHER[1].to_owned() };
            options.push(Choice { code: "other".to_owned(), label, columns: BTreeMap::new() });
        }
        Some(options)
    }

    /// The rows of a file as options.
    fn of_file(&self, entry: &Entry, source: &Source, findings: &mut Vec<Finding>) -> Option<Vec<Choice>> {
        let Some(table) = self.beside.files.get(&source.list) else {
            let fault = Fault::TableMissing { table: source.list.clone() };
            findings.push(Finding { place: entry.place(&["type"]), fault });
            return None;
        };
        let [code, label] = if source.list.ends_with(".geojson") { ["id", "title"] } else { ["name", "label"] };
        let mut column = |parameter: &str, usual: &str| {
            let name = entry.parameters.get(parameter).map_or(usual, String::as_str);
            let found = table.columns.iter().position(|column| column == name);
            if found.is_none() {
                let fault = Fault::TableMissing { table: format!("{}: {name}", source.list) };
                findings.push(Finding { place: entry.place(&["parameters"]), fault });
            }
            found
        };
        let (code, label) = (column("value", code), column("label", label));
        let (code, label) = (code?, label?);
        let filtered = entry.text(&["choice_filter"]).is_some();
        let rows = table.rows.iter().filter(|row| !row[code].is_empty());
        let options = rows.map(|row| {
            let cells = table.columns.iter().cloned().zip(row.iter().cloned()).filter(|(_, cell)| !cell.is_empty());
            Choice {
                code: row[code].clone(),
                label: Words { vi: row[label].clone(), en: row[label].clone() },
                columns: cells.filter(|(column, _)| filtered && !matches!(column.as_str(), "name" | "label")).collect(),
            }
        });
        Some(options.collect())
    }

    /// The answer that a question begins with: one that may be given, or a formula that makes one.
    pub(super) fn suggest(&self, entry: &Entry, item: &mut Item, findings: &mut Vec<Finding>) {
        let words = &["default"];
        let Some(text) = entry.text(words).filter(|_| item.input != Input::Calculated) else { return };
        if is_formula(text) {
            item.rules.default = self.formulas.formula(entry, words, findings);
            return;
        }
        item.suggestion = answer_of(item, text);
        if item.suggestion.is_none() {
            findings.push(Finding { place: entry.place(words), fault: Fault::CellValue { value: text.to_owned() } });
        }
    }
}

/// Whether a default reads answers or calls functions; «Nhà (cũ)» does neither.
fn is_formula(text: &str) -> bool {
    let known = |it: Expression| !it.calls().is_empty() && it.wrong_calls().is_empty();
    text.contains("${") || Expression::parse(text).is_ok_and(known)
}

/// A scale's limits and step, as they stand when nothing is said of them: 1, 10 and 1.
fn scale(entry: &Entry) -> Input {
    let number = |name: &str| entry.parameters.get(name).and_then(|text| text.parse::<f64>().ok());
    let (start, end) = (number("start").unwrap_or(1.0), number("end").unwrap_or(10.0));
    let step = number("step").unwrap_or(1.0).abs();
    let whole = [start, end, step].iter().all(|number| number.fract() == 0.0);
    let (min, max) = (Some(start.min(end)), Some(start.max(end)));
    Input::Number { unit: Words::default(), min, max, whole, step: Some(step), threshold: None }
}

/// Limits, unit and threshold of a number.
pub(super) fn numbers(entry: &Entry, input: &mut Input, rules: &mut Rules, findings: &mut Vec<Finding>) {
    let Input::Number { unit, min, max, step, threshold, .. } = input else { return };
    let mut number = |column: &str, text: &str| {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            let fault = Fault::CellValue { value: text.to_owned() };
            findings.push(Finding { place: entry.place(&[column]), fault });
        }
        number
    };
    if step.is_none() {
        *min = entry.text(&["ancu_min"]).and_then(|text| number("ancu_min", text));
        *max = entry.text(&["ancu_max"]).and_then(|text| number("ancu_max", text));
    }
    let text = |column: &str| entry.text(&[column]).unwrap_or_default().to_owned();
    *unit = Words { vi: text("ancu_unit_vi"), en: text("ancu_unit_en") };
    if let Some(text) = entry.text(&["ancu_threshold"]) {
        let (sign, value) = text.split_at_checked(2).unwrap_or((text, ""));
        let comparison = match sign {
            ">=" => Some(Comparison::AtLeast),
            "<=" => Some(Comparison::AtMost),
            _ => number("ancu_threshold", text).and(None),
        };
        let value = comparison.and_then(|comparison| Some((comparison, number("ancu_threshold", value)?)));
        let verified = entry.text(&["ancu_threshold_verified"]) == Some("yes");
        *threshold = value.map(|(comparison, value)| Threshold { comparison, value, verified });
    }
    let Some(constraint) = rules.constraint.clone().filter(|_| step.is_none()) else { return };
    if min.is_some() || max.is_some() {
        if constraint == limits(*min, *max) && rules.constraint_message.is_empty() {
            rules.constraint = None;
        }
    } else if rules.constraint_message.is_empty()
        && let Some((least, most)) = limits_of(&constraint)
    {
        (*min, *max, rules.constraint) = (least, most, None);
    }
}
