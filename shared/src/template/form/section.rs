//! Groups of a form as sections of a checklist: a run of questions in one group is a section, whatever it stands in.
//!
//! Invariant: every question keeps its place in the order of the form; what a group hides, its sections hide.

use std::collections::BTreeSet;

use super::read::words;
use super::rule::formula;
use crate::checklist::xlsform::{Finding, Form};
use crate::template::{Group, Item, Words};

/// Sections while they are made.
pub(super) struct Sections<'a> {
    form: &'a Form,
    title: Words,
    made: Vec<(Option<usize>, Group)>,
    codes: BTreeSet<String>,
}

impl<'a> Sections<'a> {
    /// `title`: what questions outside every group stand under.
    pub(super) fn new(form: &'a Form, title: Words) -> Self {
        Self { form, title, made: Vec::new(), codes: BTreeSet::new() }
    }

    /// Adds a question that stands in a group, or outside all of them.
    pub(super) fn add(&mut self, parent: Option<usize>, item: Item, findings: &mut Vec<Finding>) {
        if self.made.last().is_none_or(|(of, _)| *of != parent) {
            let group = self.begin(parent, findings);
            self.made.push((parent, group));
        }
        if let Some((_, group)) = self.made.last_mut() {
            group.items.push(item);
        }
    }

    pub(super) fn finish(self) -> Vec<Group> {
        self.made.into_iter().map(|(_, group)| group).collect()
    }

    fn begin(&mut self, parent: Option<usize>, findings: &mut Vec<Finding>) -> Group {
        let entries = &self.form.entries;
        let mut line: Vec<usize> = std::iter::successors(parent, |at| entries[*at].parent).collect();
        line.reverse();
        let mut titles: Vec<Words> = Vec::new();
        let mut rules: Vec<String> = Vec::new();
        for at in line {
            let entry = &entries[at];
            titles.extend(words(self.form, entry, &["label"]).filter(|title| !title.is_empty()));
            rules.extend(formula(entry, &["bind", "relevant"], findings));
        }
        let joined =
            |of: fn(&Words) -> &String| titles.iter().map(|it| of(it).as_str()).collect::<Vec<_>>().join(" › ");
        let title = if titles.is_empty() {
            self.title.clone()
        } else {
            Words { vi: joined(|title| &title.vi), en: joined(|title| &title.en) }
        };
        let relevant = match rules.len() {
            0 => None,
            1 => rules.pop(),
            _ => Some(rules.iter().map(|rule| format!("({rule})")).collect::<Vec<_>>().join(" and ")),
        };
        let name = parent.map_or(self.form.name.as_str(), |at| entries[at].name.as_str());
        // A group that another one interrupts goes on under a name of its own.
        let names = std::iter::once(name.to_owned()).chain((2_u32..).map(|number| format!("{name}-{number}")));
        let code = names.into_iter().find(|name| !self.codes.contains(name)).unwrap_or_default();
        self.codes.insert(code.clone());
        Group { code, title, relevant, items: Vec::new() }
    }
}
