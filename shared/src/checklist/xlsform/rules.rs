//! From cells to rules that can be evaluated.
//!
//! Invariant: `${question}` becomes the path that the reference converter writes: relative inside a common repeat, so that a
//! rule reads its own repetition, absolute otherwise and inside `indexed-repeat()`.

use std::collections::BTreeMap;

use super::Findings;
use super::choices::Choices;
use super::entry::{Entry, EntryKind};
use super::fault::{Fault, Place};
use super::header::Columns;
use super::kind::{From, Kind};
use super::reference::{Mention, inside_repeat, is_in_indexed_repeat, masked, mentions, replaced};
use crate::checklist::expression::Expression;
use crate::checklist::form::{Definition, DefinitionBuilder, DefinitionError, ItemId, ItemKind, Rules, Table};

/// The form's rules; None, with their faults, if they cannot be used.
pub(super) fn build(
    form: &str,
    entries: &[Entry],
    choices: &Choices,
    settings: &Columns,
    findings: &mut Findings,
) -> Option<Definition> {
    let before = findings.0.len();
    let scope = Scope::new(form, entries);
    let mut plan =
        Plan { builder: DefinitionBuilder::new(form), entries, choices, parts: Vec::new(), below: Vec::new() };
    plan.below = vec![Vec::new(); entries.len()];
    let mut outermost = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let mut rule = |words: &[&str], stands_at: Option<usize>| scope.rule(entry, words, stands_at, findings);
        let rules = Rules {
            relevant: rule(&["bind", "relevant"], Some(at)),
            calculate: rule(&["bind", "calculate"], Some(at)),
            constraint: rule(&["bind", "constraint"], Some(at)),
            required: rule(&["bind", "required"], Some(at)),
            read_only: rule(&["bind", "readonly"], Some(at)),
            offered: rule(&["choice_filter"], Some(at)).and_then(|_| scope.offered(entry, at)),
        };
        let rules = match &entry.kind {
            // There is nothing to answer.
            EntryKind::Question(Kind::Note) if rules.read_only.is_none() => {
                Rules { read_only: Expression::parse("true()").ok(), ..rules }
            }
            _ => rules,
        };
        let kind = match &entry.kind {
            EntryKind::Repeat => ItemKind::Repeat { count: rule(&["control", "jr:count"], entry.parent) },
            EntryKind::Group | EntryKind::Loop(_) => ItemKind::Group,
            EntryKind::Question(_) => ItemKind::Question,
        };
        plan.parts.push((kind, rules));
        match entry.parent {
            Some(parent) => plan.below[parent].push(at),
            None => outermost.push(at),
        }
    }
    let root = plan.builder.root();
    if let Err((row, error)) = plan.add(&outermost, root) {
        findings.add(Place::row("survey", row), Fault::Definition { error });
        return None;
    }
    let mut builder = plan.builder;
    if let Some(text) = settings.setting("instance_name") {
        scope.expression(text, None, &Place::cell("settings", 2, "instance_name"), findings);
    }
    for (id, list) in &choices.lists {
        builder.add_table(table(id, list));
    }
    if findings.0.len() > before {
        return None;
    }
    let built = match builder.clone().build() {
        // The reference converter takes choices that are filtered by one another.
        Err(DefinitionError::Cycle(_)) => builder.offering_all().build(),
        built => built,
    };
    match built {
        Ok(definition) => Some(definition),
        Err(error) => {
            findings.add(Place::sheet("survey"), Fault::Definition { error });
            None
        }
    }
}

/// The items of a form while they are put together.
struct Plan<'a> {
    builder: DefinitionBuilder,
    entries: &'a [Entry],
    choices: &'a Choices,
    parts: Vec<(ItemKind, Rules)>,
    below: Vec<Vec<usize>>,
}

impl Plan<'_> {
    /// Adds entries to a group, and all that they hold; a loop holds its entries once for each choice.
    fn add(&mut self, entries: &[usize], group: ItemId) -> Result<(), (usize, DefinitionError)> {
        for at in entries.iter().copied() {
            let entry = &self.entries[at];
            let wrong = |error| (entry.row, error);
            let (kind, rules) = self.parts[at].clone();
            let item = self.builder.add(group, &entry.name, kind, initial(entry), rules).map_err(wrong)?;
            let below = std::mem::take(&mut self.below[at]);
            if let EntryKind::Loop(list) = &entry.kind {
                for choice in self.choices.lists.get(list).into_iter().flatten() {
                    let added = self.builder.add(item, &choice.name, ItemKind::Group, "", Rules::default());
                    self.add(&below, added.map_err(wrong)?)?;
                }
            } else {
                self.add(&below, item)?;
            }
            self.below[at] = below;
        }
        Ok(())
    }
}

/// The answer a question begins with, unless a formula gives it.
fn initial(entry: &Entry) -> &str {
    match &entry.kind {
        EntryKind::Question(kind) if !matches!(kind, Kind::Calculate) => {
            entry.text(&["default"]).filter(|text| !text.contains("${") && !text.contains('(')).unwrap_or_default()
        }
        _ => "",
    }
}

fn table(id: &str, list: &[super::Choice]) -> Table {
    let mut columns = vec!["name".to_owned(), "label".to_owned()];
    for choice in list {
        for column in choice.columns.keys() {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
    }
    let cell = |choice: &super::Choice, column: &str| match column {
        "name" => choice.name.clone(),
        "label" => choice.labels.values().next().cloned().unwrap_or_default(),
        other => choice.columns.get(other).cloned().unwrap_or_default(),
    };
    let rows = list.iter().map(|choice| columns.iter().map(|column| cell(choice, column)).collect()).collect();
    Table { id: id.to_owned(), columns, rows }
}

/// The form's names, for `${…}`.
pub(super) struct Scope<'a> {
    form: &'a str,
    entries: &'a [Entry],
    named: BTreeMap<&'a str, usize>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(form: &'a str, entries: &'a [Entry]) -> Self {
        let named = entries.iter().enumerate().map(|(at, entry)| (entry.name.as_str(), at)).collect();
        Self { form, entries, named }
    }

    fn rule(
        &self,
        entry: &Entry,
        words: &[&str],
        stands_at: Option<usize>,
        findings: &mut Findings,
    ) -> Option<Expression> {
        let cell = entry.cells.cell(words)?;
        let text = match (words[0], cell.text.as_str()) {
            ("bind", "yes" | "Yes" | "YES" | "true" | "True" | "TRUE") => "true()",
            ("bind", "no" | "No" | "NO" | "false" | "False" | "FALSE") => "false()",
            (_, text) => text,
        };
        self.expression(text, stands_at, &Place::cell("survey", entry.row, &cell.heading), findings)
    }

    fn expression(
        &self,
        text: &str,
        stands_at: Option<usize>,
        place: &Place,
        findings: &mut Findings,
    ) -> Option<Expression> {
        // A malformed mention has been told already.
        let mentions = mentions(text)?;
        if let Err(error) = Expression::parse(&masked(text, &mentions)) {
            findings.add(place.clone(), Fault::Expression { error });
            return None;
        }
        let written = replaced(text, &mentions, |mention| {
            let absolute = is_in_indexed_repeat(&text[..mention.span.start]);
            self.path(mention, if absolute { None } else { stands_at })
        });
        match Expression::parse(&written) {
            Ok(expression) => {
                for error in expression.wrong_calls() {
                    findings.add(place.clone(), Fault::Call { error });
                }
                Some(expression)
            }
            Err(error) => {
                findings.add(place.clone(), Fault::Expression { error });
                None
            }
        }
    }

    /// A formula as XPath, standing at an entry.
    pub(super) fn written(&self, text: &str, stands_at: Option<usize>) -> String {
        let text = match text {
            "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" => "true()",
            "no" | "No" | "NO" | "false" | "False" | "FALSE" => "false()",
            other => other,
        };
        let mentions = mentions(text).unwrap_or_default();
        replaced(text, &mentions, |mention| {
            let absolute = is_in_indexed_repeat(&text[..mention.span.start]);
            format!(" {} ", self.path(mention, if absolute { None } else { stands_at }))
        })
    }

    /// The nodes of the choices that a filter lets through.
    fn offered(&self, entry: &Entry, at: usize) -> Option<Expression> {
        let EntryKind::Question(kind) = &entry.kind else { return None };
        // The other sources are files, which come with no form.
        let source = kind.source().filter(|source| source.from == From::Choices)?;
        let filter = self.filter(entry.text(&["choice_filter"])?, at);
        Expression::parse(&format!("instance('{}')/root/item{filter}/name", source.list)).ok()
    }

    /// `[…]`: inside it, a relative path starts from the question and not from the choice.
    pub(super) fn filter(&self, text: &str, stands_at: usize) -> String {
        let found = mentions(text).unwrap_or_default();
        let written = replaced(text, &found, |mention| {
            let path = self.path(mention, Some(stands_at));
            if path.starts_with('.') { format!(" current()/{path} ") } else { format!(" {path} ") }
        });
        format!("[{written}]")
    }

    /// The entry of a name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.named.get(name).copied()
    }

    /// The path of a mention; relative to an entry if both stand in one repeat.
    pub(super) fn path(&self, mention: &Mention, stands_at: Option<usize>) -> String {
        let Some(&target) = self.named.get(mention.name.as_str()) else {
            return format!("/{}/meta/{}", self.form, mention.name);
        };
        let to = self.line(target);
        let absolute =
            to.iter().fold(format!("/{}", self.form), |path, at| format!("{path}/{}", self.entries[*at].name));
        if mention.last_saved {
            return format!("instance('__last-saved'){absolute}");
        }
        let from = stands_at.map(|at| self.line(at)).unwrap_or_default();
        let is_repeat = |at: &usize| self.entries[*at].kind == EntryKind::Repeat;
        inside_repeat(&from, &to, is_repeat, |at| &self.entries[*at].name).unwrap_or(absolute)
    }

    /// The entries from the outermost down to one.
    fn line(&self, at: usize) -> Vec<usize> {
        let mut line: Vec<usize> = std::iter::successors(Some(at), |at| self.entries[*at].parent).collect();
        line.reverse();
        line
    }
}
