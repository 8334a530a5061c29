//! A form that was read: its entries as their author wrote them, its lists, its rules.

use std::collections::BTreeMap;

use super::choices::Choices;
use super::fault::Place;
use super::header::{Cell, Row};
use super::kind::Kind;
use super::parameters::Parameters;
use super::survey::owned;
use crate::checklist::form::Definition;

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// It holds entries.
    Group,
    /// It holds entries and stands there any number of times.
    Repeat,
    /// It holds entries and stands there once for each choice of a list.
    Loop(String),
    /// It is asked, or at least answered.
    Question(Kind),
}

/// A question or a group as the author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its row in the sheet, from 1.
    pub row: usize,
    /// The entry that holds it; none for the outermost ones.
    pub parent: Option<usize>,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its parameters.
    pub parameters: Parameters,
    pub(super) cells: Row,
}

impl Entry {
    /// The text under a heading, given by its words: `["bind", "relevant"]`, `["hint", "Tiếng Việt (vi)"]`.
    pub fn text(&self, words: &[&str]) -> Option<&str> {
        self.cells.text(words)
    }

    /// The cell under a heading, as its author called it.
    pub(crate) fn place(&self, words: &[&str]) -> Place {
        let starts = |cell: &&Cell| cell.words.starts_with(&owned(words));
        let heading = self.cells.cells.iter().find(starts).map(|cell| cell.heading.as_str());
        Place::cell("survey", self.row, heading.or(words.last().copied()).unwrap_or_default())
    }

    /// Whether something is to be seen or heard with it.
    pub(crate) fn has_media(&self) -> bool {
        self.cells.has("media")
    }

    /// Everything that stands in its row.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.cells.cells.iter().map(|cell| cell.text.as_str())
    }

    /// A text in every language it is written in; the form's default language has no name.
    pub fn languages(&self, words: &[&str]) -> BTreeMap<String, String> {
        let cells = self.cells.cells.iter().filter(|cell| cell.words.starts_with(&owned(words)));
        let named = cells.filter(|cell| cell.words.len() <= words.len() + 1);
        named.map(|cell| (cell.words.get(words.len()).cloned().unwrap_or_default(), cell.text.clone())).collect()
    }
}

/// A form that can be used.
#[derive(Debug, Clone)]
pub struct Form {
    /// The name of its outermost element.
    pub name: String,
    /// Its identifier; the file's name stands in for it if it has none.
    pub id: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The language of what has no language.
    pub default_language: Option<String>,
    /// Its questions and groups in order.
    pub entries: Vec<Entry>,
    /// Its lists.
    pub choices: Choices,
    /// Its rules, ready to be evaluated.
    pub definition: Definition,
    /// The other settings, by name.
    pub settings: BTreeMap<String, String>,
}
