//! Checklist templates: data that the server ships and devices download; never code.
//!
//! Invariant: a record names the (code, version) it began with and is read, finished and shown with that version. This
//! module knows the questions; [`check`] judges answers against them.

pub mod check;

use serde::{Deserialize, Serialize};

use crate::record::register::Severity;

/// Names one version of a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
pub struct TemplateRef {
    /// For example `mini_apartment`.
    pub code: String,
    /// For example `draft-1`.
    pub version: String,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct Words {
    /// Vietnamese, NFC.
    pub vi: String,
    /// English.
    pub en: String,
}

/// A checklist: groups of items, with the texts in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Template {
    /// Shape of this file: 1.
    pub schema: u32,
    /// Its name.
    pub code: String,
    /// Its version.
    pub version: String,
    /// What it is for.
    pub title: Words,
    /// A warning shown wherever the template is used (a draft says so); empty if none.
    pub notice: Words,
    /// Sections, in order.
    pub groups: Vec<Group>,
    /// Laws and standards that items cite.
    pub citations: Vec<Citation>,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Group {
    /// For example `ESC`.
    pub code: String,
    /// Its heading.
    pub title: Words,
    /// Questions, in order: checks and survey items.
    pub items: Vec<Item>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Item {
    /// Key of the answer: `i/<code>`.
    pub code: String,
    /// Whether it is a check (counts for the conclusion) or a survey item.
    pub survey: bool,
    /// The question.
    pub title: Words,
    /// What may be answered.
    pub input: Input,
    /// How grave a failure is.
    pub severity: Severity,
    /// When a photo must be taken.
    pub photo: PhotoRule,
    /// Whether the record can't be finished without an answer.
    pub required: bool,
    /// What to do about a failure.
    pub remedy: Words,
    /// Ids of [`Template::citations`].
    pub citations: Vec<String>,
}

/// What may be answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Input {
    /// Đạt / Không đạt / Không áp dụng
    Verdict,
    /// A number in a unit.
    Number {
        /// For people: "m", "kg", "lối".
        unit: Words,
        /// Smallest sane value.
        min: Option<f64>,
        /// Greatest sane value.
        max: Option<f64>,
        /// Whether fractions make no sense.
        whole: bool,
        /// Below or above which the item counts as failed, where a source gives one.
        threshold: Option<Threshold>,
    },
    /// One of some options.
    Choice {
        /// The options, in order.
        options: Vec<Choice>,
    },
    /// Free text.
    Text,
    /// A day.
    Date,
    /// A place, with an accuracy limit in metres.
    Geo {
        /// Worse accuracy needs a reason (the note).
        max_accuracy_m: f64,
    },
}

/// A limit on a number with its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Threshold {
    /// `>=` or `<=`.
    pub comparison: Comparison,
    /// In the input's unit.
    pub value: f64,
    /// Whether the source was verified.
    pub verified: bool,
}

/// Which side of a limit is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Good when not below.
    AtLeast,
    /// Good when not above.
    AtMost,
}

/// One option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Choice {
    /// What is stored.
    pub code: String,
    /// What is shown.
    pub label: Words,
}

/// When a photo must be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum PhotoRule {
    /// Always.
    Always,
    /// When the check failed.
    OnFail,
    /// Never asked for.
    Optional,
}

/// A law, decree, standard or instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Citation {
    /// For example `L55-14`.
    pub id: String,
    /// The document.
    pub document: String,
    /// Where in it.
    pub locator: String,
    /// What it says, in short.
    pub gist: Words,
    /// First day in force.
    pub valid_from: Option<String>,
    /// Last day in force.
    pub valid_to: Option<String>,
    /// Whether the source was read.
    pub verified: bool,
}

impl Template {
    /// Its name and version.
    pub fn reference(&self) -> TemplateRef {
        TemplateRef { code: self.code.clone(), version: self.version.clone() }
    }

    /// All questions, in order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.groups.iter().flat_map(|group| &group.items)
    }

    /// The question of a code.
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items().find(|item| item.code == code)
    }
}

#[cfg(test)]
mod tests;
