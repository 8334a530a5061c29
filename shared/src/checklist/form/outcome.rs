//! What a sheet is evaluated in, and what it answers with.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use thiserror::Error;

use crate::checklist::expression::{EvaluationError, FormFacts, NodeId};
use crate::clock::{RandomSource, UtcMillis};

/// What a sheet is evaluated in.
pub struct Surroundings<'a> {
    /// The present.
    pub now: UtcMillis,
    /// Where dates without a time zone are.
    pub zone: &'a TimeZone,
    /// The language of month and day names: a BCP 47 tag.
    pub language: &'a str,
    /// Labels, texts and what the device knows of itself. Its instances are not asked: the form's tables are.
    pub facts: &'a dyn FormFacts,
    /// Where `random()`, `uuid()` and `randomize()` draw from.
    pub random: &'a mut dyn RandomSource,
}

/// Which rule of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Whether it is asked.
    Relevant,
    /// Its answer.
    Calculate,
    /// What an answer must satisfy.
    Constraint,
    /// Whether it must be answered.
    Required,
    /// Whether it can be changed.
    ReadOnly,
    /// Which choices it offers.
    Offered,
    /// How often it stands there.
    Count,
}

/// A rule that has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub node: NodeId,
    /// Which rule.
    pub rule: Rule,
    /// Why.
    pub error: EvaluationError,
}

/// What a change did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Nodes whose answer, relevance or existence changed, in the order of making.
    pub changed: BTreeSet<NodeId>,
    /// How many rules were evaluated.
    pub evaluated: usize,
    /// Rules that have no value.
    pub problems: Vec<Problem>,
}

/// What a sheet refuses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SheetError {
    /// The node is no question of this sheet.
    #[error("there is no such question")]
    NotAQuestion,
    /// The answer is calculated.
    #[error("{0}: the answer is calculated")]
    Calculated(String),
    /// The node or the item is no repeat, or its number is calculated.
    #[error("there is no such repetition")]
    NotARepetition,
    /// More than [`super::limits::REPETITIONS`] or [`super::limits::NODES`].
    #[error("{0}: too many repetitions")]
    TooManyRepetitions(String),
    /// One change asks for more than [`super::limits::WORK`].
    #[error("the form's rules take too much work")]
    TooMuchWork,
}

/// What the checks say of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The answer satisfies its constraint, or there is none.
    pub valid: bool,
    /// It must be answered.
    pub required: bool,
    /// Its answer cannot be changed.
    pub read_only: bool,
}
