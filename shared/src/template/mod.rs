//! Checklist templates: data that the server ships and devices download; never code.
//!
//! Invariant: a record names the (code, version) it began with and is read, finished and shown with that version. This
//! module knows the questions; [`check`] judges answers against them, [`fill`] evaluates the rules between them, [`form`]
//! makes a template of an XLSForm and an XLSForm of a template.

pub mod check;
pub mod fill;
pub mod form;
pub mod outline;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, Problem};
use crate::record::register::{Answer, Severity};
use outline::{Asked, Container};

/// The newest shape of a template's file that this program reads.
pub const NEWEST_SCHEMA: u32 = 4;

/// Names one version of a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct TemplateRef {
    /// For example `mini_apartment`.
    pub code: String,
    /// For example `draft-1`.
    pub version: String,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Words {
    /// Vietnamese, NFC.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.vi.is_empty() && self.en.is_empty()
    }
}

/// A checklist: groups of items, with the texts in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Template {
    /// Shape of this file: 1, or a later one where it has rules or questions that the one before did not know.
    pub schema: u32,
    /// Its name.
    pub code: String,
    /// Its version.
    pub version: String,
    /// What it is for.
    pub title: Words,
    /// A warning shown wherever the template is used (a draft says so); empty if none.
    pub notice: Words,
    /// Whether what it finds is advice: a shortcoming shows its remedy, but nothing must follow from it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub advisory: bool,
    /// Sections, in order.
    pub groups: Vec<Group>,
    /// The groups that hold sections, where rules or repetitions need them; each after the one that it stands in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Container>>")]
    pub outline: Vec<Container>,
    /// What formulas look up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Lookup>>")]
    pub tables: Vec<Lookup>,
    /// Laws and standards that items cite.
    pub citations: Vec<Citation>,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Group {
    /// For example `ESC`.
    pub code: String,
    /// Its heading.
    pub title: Words,
    /// Whether it is asked at all: a formula over `${item}`s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub relevant: Option<String>,
    /// The group of [`Template::outline`] that its questions stand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub within: Option<String>,
    /// Questions, in order: checks and survey items.
    pub items: Vec<Item>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Item {
    /// Key of the answer: `i/<code>`.
    pub code: String,
    /// Whether it is a check (counts for the conclusion) or a survey item.
    pub survey: bool,
    /// The question.
    pub title: Words,
    /// How to answer it; empty if nothing more is to be said.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    #[ts(optional, as = "Option<Words>")]
    pub hint: Words,
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
    /// What its being asked, its answer and other answers have to do with one another.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    #[ts(optional, as = "Option<Rules>")]
    pub rules: Rules,
    /// The answer that is offered first. Nobody has given it before somebody takes it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub suggestion: Option<Answer>,
}

/// Rules between questions, as formulas of XLSForm: XPath with `${item}` for an answer and `.` for one's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Rules {
    /// Whether it is asked at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub relevant: Option<String>,
    /// What an answer must satisfy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub constraint: Option<String>,
    /// What is said of one that does not.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    #[ts(optional, as = "Option<Words>")]
    pub constraint_message: Words,
    /// Whether it must be answered, where that depends on other answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub required: Option<String>,
    /// What is said while it is not answered.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    #[ts(optional, as = "Option<Words>")]
    pub required_message: Words,
    /// Its answer, which nobody gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub calculate: Option<String>,
    /// Which of its options are offered: a formula over `${item}`s and the option's columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub offered: Option<String>,
    /// The answer that is offered first, where it follows from others: a formula.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub default: Option<String>,
    /// Whether its answer can no longer be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub read_only: Option<String>,
}

impl Rules {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What may be answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
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
        /// How far apart the values of a scale are, counted from `min`; `None`: any number between the limits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        step: Option<f64>,
        /// Below or above which the item counts as failed, where a source gives one.
        threshold: Option<Threshold>,
    },
    /// One of some options.
    Choice {
        /// The options, in order.
        options: Vec<Choice>,
        /// Codes of those that are shortcomings.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(optional, as = "Option<Vec<String>>")]
        failing: Vec<String>,
    },
    /// Any number of some options.
    Choices {
        /// The options, in order.
        options: Vec<Choice>,
    },
    /// All of the options, in the order that is answered.
    Rank {
        /// The options, in the order in which they are offered.
        options: Vec<Choice>,
    },
    /// A photo is the answer.
    Photo,
    /// Words to be read; nothing to answer.
    Note,
    /// Nobody sees it: a formula that others read.
    Calculated,
    /// Free text.
    Text,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time.
    Moment,
    /// A place, with an accuracy limit in metres.
    Geo {
        /// Worse accuracy needs a reason (the note).
        max_accuracy_m: f64,
    },
    /// A line, walked or drawn.
    Trace,
    /// A closed line, walked or drawn.
    Shape,
}

impl Input {
    /// The options to choose from, in order; none where nothing is chosen.
    pub fn options(&self) -> &[Choice] {
        match self {
            Self::Choice { options, .. } | Self::Choices { options } | Self::Rank { options } => options,
            _ => &[],
        }
    }
}

/// A limit on a number with its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Threshold {
    /// `>=` or `<=`.
    pub comparison: Comparison,
    /// In the input's unit.
    pub value: f64,
    /// Whether the source was verified.
    pub verified: bool,
}

/// Which side of a limit is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Good when not below.
    AtLeast,
    /// Good when not above.
    AtMost,
}

/// One option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Choice {
    /// What is stored.
    pub code: String,
    /// What is shown.
    pub label: Words,
    /// What formulas know of it besides, by column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(optional, as = "Option<BTreeMap<String, String>>")]
    pub columns: BTreeMap<String, String>,
}

/// A table that formulas look things up in: `instance()`, `pulldata()`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Lookup {
    /// What formulas call it.
    pub id: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, each as long as the columns.
    pub rows: Vec<Vec<String>>,
}

/// When a photo must be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PhotoRule {
    /// Always.
    Always,
    /// When the check failed.
    OnFail,
    /// Asked for, but never needed.
    Suggested,
    /// Never asked for.
    Optional,
}

/// A law, decree, standard or instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
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
    /// Reads a template's file; what a newer program wrote is refused rather than half understood.
    pub fn read(file: &[u8]) -> Result<Self, serde_json::Error> {
        let template: Self = serde_json::from_slice(file)?;
        if (1..=NEWEST_SCHEMA).contains(&template.schema) {
            Ok(template)
        } else {
            let told = format!("its schema {} is not known to this program", template.schema);
            Err(serde::de::Error::custom(told))
        }
    }

    /// Its name and version.
    pub fn reference(&self) -> TemplateRef {
        TemplateRef { code: self.code.clone(), version: self.version.clone() }
    }

    /// All questions, in order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.groups.iter().flat_map(|group| &group.items)
    }

    /// Whether any answer has to do with another.
    pub fn has_rules(&self) -> bool {
        let quotes = |words: &Words| words.vi.contains("${") || words.en.contains("${");
        let quoting = |item: &Item| {
            let options = item.input.options().iter().map(|option| &option.label);
            [&item.title, &item.hint].into_iter().chain(options).any(quotes)
        };
        !self.outline.is_empty()
            || self.groups.iter().any(|group| group.relevant.is_some() || quotes(&group.title))
            || self.items().any(|item| !item.rules.is_empty() || quoting(item))
    }

    /// The question of a code; otherwise `item_unknown`, which names the code and those that there are.
    pub fn asked(&self, code: &str) -> Result<&Item, Problem> {
        self.item(code).ok_or_else(|| self.unasked(code))
    }

    /// What stands at a code; otherwise `item_unknown`, as above.
    pub fn known(&self, code: &str) -> Result<Asked<'_>, Problem> {
        self.at(code).ok_or_else(|| self.unasked(code))
    }

    fn unasked(&self, code: &str) -> Problem {
        let mut problem = Problem::new(ErrorCode::ItemUnknown).at(code);
        problem.vi = format!("Mẫu {} không có câu hỏi “{code}”. Xem lại mã trong danh sách câu hỏi.", self.code);
        problem.en = format!("The checklist {} has no question “{code}”. See the list of its questions.", self.code);
        let items: Vec<_> = self.items().map(|item| item.code.as_str()).collect();
        problem.with(serde_json::json!({
            "template": self.code, "version": self.version, "item": code, "items": items,
        }))
    }
}

#[cfg(test)]
mod tests;
