//! Templates and XLSForms: one made of the other.
//!
//! Invariants: a form is taken whole or not at all: whatever the app could not show, ask or evaluate is a finding with
//! sheet, row and column. A template that is written and read again is the same template. Nothing is translated or made up:
//! a text that stands in one language stands in both.
//!
//! Columns of our own begin with `ancu_`, so that other programs of that family pass over them.

mod read;
mod rule;
mod section;
mod tables;
mod write;

#[cfg(test)]
mod tests;

pub use read::{Beside, read};
pub use tables::{FileError, Files, files, table};
pub use write::write;

use super::{Input, Item, PhotoRule, Template, Words};

/// The list of choices that makes a `select_one` a check.
const VERDICTS: &str = "ancu_verdict";
/// The sheet of laws and standards.
const CITATIONS: &str = "ancu_citations";
/// How the two languages are called in headings.
const VIETNAMESE: &str = "Tiếng Việt (vi)";
const ENGLISH: &str = "English (en)";
/// Metres; what ODK Collect warns at.
const DEFAULT_ACCURACY_M: f64 = 100.0;

/// The oldest shape of file that says all of a template.
fn schema_of(template: &Template) -> u32 {
    let newest = |input: &Input| match input {
        Input::Rank { .. } | Input::Time | Input::Moment | Input::Trace | Input::Shape => true,
        Input::Number { step, .. } => step.is_some(),
        _ => false,
    };
    let quotes = |words: &Words| words.vi.contains("${") || words.en.contains("${");
    let looks_up = |item: &Item| {
        let options = item.input.options();
        item.rules.offered.is_some()
            || item.rules.read_only.is_some()
            || item.rules.default.is_some()
            || [&item.title, &item.hint].into_iter().any(quotes)
            || options.iter().any(|option| !option.columns.is_empty() || quotes(&option.label))
    };
    if !template.outline.is_empty()
        || !template.tables.is_empty()
        || template.groups.iter().any(|group| quotes(&group.title))
        || template.items().any(looks_up)
    {
        return 4;
    }
    if template.items().any(|item| newest(&item.input)) {
        return 3;
    }
    let new_input = |input: &Input| match input {
        Input::Choices { .. } | Input::Photo | Input::Note | Input::Calculated => true,
        Input::Choice { failing, .. } => !failing.is_empty(),
        _ => false,
    };
    let new = template.advisory
        || template.has_rules()
        || template.items().any(|item| {
            new_input(&item.input)
                || item.suggestion.is_some()
                || !item.hint.is_empty()
                || item.photo == PhotoRule::Suggested
        });
    if new { 2 } else { 1 }
}

/// The limits of a number as a formula.
fn limits(min: Option<f64>, max: Option<f64>) -> String {
    let parts = [min.map(|min| format!(". >= {min}")), max.map(|max| format!(". <= {max}"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}
