//! Formulas of a form: whether the app can evaluate them, and evaluates the same in ten years.

use std::collections::BTreeMap;

use crate::checklist::expression::{Expression, ReferenceStep};
use crate::checklist::xlsform::{Entry, EntryKind, Fault, Finding, Form, mentions, replaced};
use crate::template::Lookup;
use crate::template::fill::ROOT;

/// Functions that say something else each time, or read what a checklist has not.
const NOT_HERE: [&str; 7] = ["random", "uuid", "once", "randomize", "jr:itext", "property", "version"];
/// What stands for an answer while paths are looked for.
const STANDS_FOR: &str = "answer-of";
/// Where formulas stand in a row.
const COLUMNS: [&[&str]; 8] = [
    &["bind", "relevant"],
    &["bind", "constraint"],
    &["bind", "required"],
    &["bind", "readonly"],
    &["bind", "calculate"],
    &["control", "jr:count"],
    &["choice_filter"],
    &["default"],
];

/// What formulas of a form may read.
pub(super) struct Formulas {
    /// Whether groups are kept as they stand in one another, so that a path leads where its author meant it to.
    pub(super) outlined: bool,
    /// Whether a path from the top does.
    absolute: bool,
    tables: BTreeMap<String, Lookup>,
}

impl Formulas {
    pub(super) fn new(form: &Form, tables: BTreeMap<String, Lookup>) -> Self {
        let repeats = form.entries.iter().any(|entry| entry.kind == EntryKind::Repeat);
        let follows = |entry: &Entry| COLUMNS.iter().filter_map(|words| entry.text(words)).any(follows_a_path);
        let mut own = form.entries.iter().filter(|entry| namely(form, entry).is_none());
        let outlined = repeats || own.any(follows);
        Self { outlined, absolute: form.name == ROOT, tables }
    }

    pub(super) fn tables(&self) -> &BTreeMap<String, Lookup> {
        &self.tables
    }

    /// Takes a formula over, or says what is wrong with it.
    pub(super) fn formula(&self, entry: &Entry, words: &[&str], findings: &mut Vec<Finding>) -> Option<String> {
        let text = entry.text(words)?;
        match self.fault(text, text, None) {
            None => Some(text.to_owned()),
            Some(fault) => {
                findings.push(Finding { place: entry.place(words), fault });
                None
            }
        }
    }

    /// Takes a filter of options over that have these columns, or says what is wrong with it.
    pub(super) fn filter(&self, entry: &Entry, columns: &[String], findings: &mut Vec<Finding>) -> Option<String> {
        let words = &["choice_filter"];
        let text = entry.text(words)?;
        match self.fault(text, &format!("instance('{STANDS_FOR}')/root/item[{text}]"), Some(columns)) {
            None => Some(text.to_owned()),
            Some(fault) => {
                findings.push(Finding { place: entry.place(words), fault });
                None
            }
        }
    }

    fn fault(&self, text: &str, whole: &str, columns: Option<&[String]>) -> Option<Fault> {
        let mentioned = mentions(text)?;
        if mentioned.iter().any(|mention| mention.last_saved) {
            return Some(Fault::NotShown { what: "${last-saved#…}".to_owned() });
        }
        let Some(expression) = parsed(whole) else { return Some(Fault::PathInRule) };
        let calls = expression.calls();
        if let Some(call) = calls.iter().find(|call| NOT_HERE.contains(&call.as_str())) {
            return Some(Fault::NotShown { what: format!("{call}()") });
        }
        for reference in expression.references() {
            let fits = match &reference.instance {
                Some(id) if id == STANDS_FOR => match (&reference.steps[..], columns) {
                    ([_, _, ReferenceStep::Child(column), ..], Some(columns)) if !columns.contains(column) => {
                        return Some(Fault::ColumnMissing { heading: column.clone() });
                    }
                    _ => true,
                },
                Some(id) if !self.tables.contains_key(id) => return Some(Fault::TableMissing { table: id.clone() }),
                Some(_) => true,
                None => self.leads(&reference.steps, reference.absolute),
            };
            if !fits {
                return Some(Fault::PathInRule);
            }
        }
        super::tables::pulled_from(text)
            .into_iter()
            .map(|id| id.strip_suffix(".csv").unwrap_or(&id).to_owned())
            .find(|id| !self.tables.contains_key(id))
            .map(|table| Fault::TableMissing { table })
    }

    fn leads(&self, steps: &[ReferenceStep], absolute: bool) -> bool {
        let known = |step: &ReferenceStep| matches!(step, ReferenceStep::Up | ReferenceStep::Child(_));
        match (steps, absolute) {
            ([], false) => true,
            ([ReferenceStep::Child(name)], true) if name == STANDS_FOR => true,
            (_, false) => self.outlined && steps.iter().all(known),
            ([ReferenceStep::Child(name), rest @ ..], true) => {
                (name == STANDS_FOR || name == ROOT && self.absolute) && self.outlined && rest.iter().all(known)
            }
            _ => false,
        }
    }
}

/// Of «Other, namely …», which the reader of forms adds and which names its question by a path: that question.
pub(super) fn namely<'f>(form: &Form, entry: &'f Entry) -> Option<&'f str> {
    let of = entry.name.strip_suffix("_other")?;
    let is_added = entry.text(&["bind", "relevant"]) == Some(&format!("selected(../{of}, 'other')"))
        && form.entries.iter().any(|other| other.name == of && other.row == entry.row);
    is_added.then_some(of)
}

fn parsed(text: &str) -> Option<Expression> {
    Expression::parse(&replaced(text, &mentions(text)?, |_| format!("/{STANDS_FOR}"))).ok()
}

/// Whether a formula goes from one element to another other than by `${…}`.
fn follows_a_path(text: &str) -> bool {
    let references = parsed(text).map(|expression| expression.references()).unwrap_or_default();
    references.iter().filter(|reference| reference.instance.is_none()).any(|reference| match &reference.steps[..] {
        [] => reference.absolute,
        [ReferenceStep::Child(name)] if reference.absolute => name != STANDS_FOR,
        // A column of a choice, in its filter.
        [ReferenceStep::Child(_)] => false,
        _ => true,
    })
}

/// The limits that a constraint says and nothing else: `. >= 0 and . <= 20`.
pub(super) fn limits_of(constraint: &str) -> Option<(Option<f64>, Option<f64>)> {
    let (mut min, mut max) = (None, None);
    for part in constraint.split(" and ") {
        let rest = part.trim().strip_prefix('.')?.trim_start();
        let (limit, number) = match rest.get(..2)? {
            ">=" => (&mut min, &rest[2..]),
            "<=" => (&mut max, &rest[2..]),
            _ => return None,
        };
        let number = number.trim().parse::<f64>().ok().filter(|number| number.is_finite())?;
        if limit.replace(number).is_some() {
            return None;
        }
    }
    Some((min, max))
}
