//! What people see of a review: every decision on a record, the words with which it was returned, and what was said to them.

use serde::{Deserialize, Serialize};

use super::Attribution;
use crate::record::register::{Capacity, Decision};

/// A reviewer's words at a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct CommentView {
    /// The question's code; `_` = the whole record.
    #[serde(default)]
    pub item: String,
    /// The words.
    pub words: String,
    /// Who and when.
    pub by: Attribution,
    /// Whether they wait for a signed answer.
    #[serde(default)]
    pub open: bool,
    /// What was said to them since: what was signed first, otherwise what is being written.
    #[serde(default)]
    pub answered: Option<WordsAnswer>,
    /// Officers' replies in words, oldest first.
    #[serde(default)]
    pub replies: Vec<ReplyView>,
}

/// That something was said to a reviewer's words: a new answer, note, finding or photo at the question, or a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct WordsAnswer {
    /// Who said it, when.
    pub by: Attribution,
    /// Whether it is signed. What is not is no answer yet.
    pub signed: bool,
}

/// An officer's reply to a reviewer's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct ReplyView {
    /// The words.
    pub words: String,
    /// Who and when.
    pub by: Attribution,
    /// Whether it is signed.
    pub signed: bool,
}

/// A decision on a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct DecisionView {
    /// What was decided.
    pub decision: Decision,
    /// The reviewer's words on the whole.
    pub words: String,
    /// Who and when.
    pub by: Attribution,
    /// In which capacity, where that was said.
    #[serde(default)]
    pub capacity: Option<Capacity>,
    /// The words at questions that came with it, and what was said to each.
    #[serde(default)]
    pub comments: Vec<CommentView>,
    /// Officers' replies to the words on the whole.
    #[serde(default)]
    pub replies: Vec<ReplyView>,
}
