//! Groups of a form as sections of a checklist: a run of questions in one group is a section, whatever it stands in.
//!
//! Invariant: every question keeps its place in the order of the form; what a group hides, its sections hide. Where formulas
//! or repetitions need to know what stands in what, the groups come along as the template's outline.

use std::collections::BTreeSet;

use super::read::{has_room, words};
use super::rule::Formulas;
use crate::checklist::xlsform::{EntryKind, Fault, Finding, Form};
use crate::template::outline::{Container, Repeat, WITHIN};
use crate::template::{Group, Item, Words};

/// Sections while they are made.
pub(super) struct Sections<'a> {
    form: &'a Form,
    formulas: &'a Formulas,
    title: Words,
    made: Vec<(Option<usize>, Group)>,
    codes: BTreeSet<String>,
    outline: Vec<(usize, Container)>,
}

impl<'a> Sections<'a> {
    /// `title`: what questions outside every group stand under.
    pub(super) fn new(form: &'a Form, formulas: &'a Formulas, title: Words) -> Self {
        Self { form, formulas, title, made: Vec::new(), codes: BTreeSet::new(), outline: Vec::new() }
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

    pub(super) fn finish(self) -> (Vec<Group>, Vec<Container>) {
        let outline = self.outline.into_iter().map(|(_, container)| container).collect();
        (self.made.into_iter().map(|(_, group)| group).collect(), outline)
    }

    /// The groups from the outermost down to one.
    fn line(&self, parent: Option<usize>) -> Vec<usize> {
        let mut line: Vec<usize> = std::iter::successors(parent, |at| self.form.entries[*at].parent).collect();
        line.reverse();
        line
    }

    fn begin(&mut self, parent: Option<usize>, findings: &mut Vec<Finding>) -> Group {
        let line = self.line(parent);
        let mut titles: Vec<Words> = Vec::new();
        let mut rules: Vec<String> = Vec::new();
        for at in line.iter().copied() {
            let entry = &self.form.entries[at];
            titles.extend(words(self.form, entry, &["label"]).filter(|title| !title.is_empty()));
            if self.formulas.outlined {
                self.enclose(at, findings);
            } else {
                rules.extend(self.formulas.formula(entry, &["bind", "relevant"], findings));
            }
        }
        let joined =
            |of: fn(&Words) -> &String| titles.iter().map(|it| of(it).as_str()).collect::<Vec<_>>().join(WITHIN);
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
        let name = parent.map_or(self.form.name.as_str(), |at| self.form.entries[at].name.as_str());
        // A group that another one interrupts goes on under a name of its own.
        let names = std::iter::once(name.to_owned()).chain((2_u32..).map(|number| format!("{name}-{number}")));
        let code = names.into_iter().find(|name| !self.codes.contains(name)).unwrap_or_default();
        self.codes.insert(code.clone());
        let within = parent.filter(|_| self.formulas.outlined).map(|at| self.form.entries[at].name.clone());
        Group { code, title, relevant, within, items: Vec::new() }
    }

    /// Takes a group into the outline.
    fn enclose(&mut self, at: usize, findings: &mut Vec<Finding>) {
        if self.outline.iter().any(|(known, _)| *known == at) {
            return;
        }
        let entry = &self.form.entries[at];
        if self.outline.iter().any(|(_, known)| known.code == entry.name) {
            let fault = Fault::NameInTwoGroups { name: entry.name.clone() };
            findings.push(Finding { place: entry.place(&["name"]), fault });
        }
        findings.extend(has_room(self.form, entry).filter(|_| entry.kind == EntryKind::Repeat));
        let repeat = (entry.kind == EntryKind::Repeat)
            .then(|| Repeat { count: self.formulas.formula(entry, &["control", "jr:count"], findings) });
        let container = Container {
            code: entry.name.clone(),
            within: entry.parent.map(|parent| self.form.entries[parent].name.clone()),
            title: words(self.form, entry, &["label"]).unwrap_or_default(),
            relevant: self.formulas.formula(entry, &["bind", "relevant"], findings),
            repeat,
        };
        self.outline.push((at, container));
    }
}
