//! A template as a form that can be evaluated.
//!
//! Invariant: `${question}` means what XLSForm means by it: the answer in one's own repetition, where both stand in one,
//! otherwise the answer, or all of them. What the app shows with answers in it is a calculation of its own, whose name begins
//! with `~`.

use std::collections::BTreeMap;

use super::{RuleError, texts};
use crate::checklist::expression::Expression;
use crate::checklist::form::{Definition, DefinitionBuilder, ItemId, ItemKind, Rules as FormRules, Table};
use crate::checklist::xlsform::{inside_repeat, is_in_indexed_repeat, mentions, replaced};
use crate::template::outline::Container;
use crate::template::{Group, Item, Lookup, Template, Words};

/// The element around all groups, as most forms call it.
pub(in crate::template) const ROOT: &str = "data";

/// The template as a form.
pub fn definition(template: &Template) -> Result<Definition, RuleError> {
    let mut plan =
        Plan { template, names: names(template)?, builder: DefinitionBuilder::new(ROOT), containers: BTreeMap::new() };
    for Lookup { id, columns, rows } in &template.tables {
        plan.builder.add_table(Table { id: id.clone(), columns: columns.clone(), rows: rows.clone() });
    }
    for group in &template.groups {
        plan.section(group)?;
    }
    for container in &template.outline {
        plan.container(&container.code)?;
    }
    Ok(plan.builder.build()?)
}

/// An element on the way from the form to a place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    name: String,
    repeats: bool,
}

type Line = Vec<Step>;

fn step(name: &str) -> Step {
    Step { name: name.to_owned(), repeats: false }
}

fn container_line(template: &Template, within: Option<&str>) -> Line {
    let around = template.line(within).into_iter();
    around.map(|it| Step { name: it.code.clone(), repeats: it.repeat.is_some() }).collect()
}

/// Whether a section is an element: its questions are asked together.
fn is_element(template: &Template, group: &Group) -> bool {
    group.relevant.is_some() || template.outline.is_empty()
}

/// Where the questions of a section stand.
fn section_line(template: &Template, group: &Group) -> Line {
    let mut line = container_line(template, group.within.as_deref());
    line.extend(is_element(template, group).then(|| step(&group.code)));
    line
}

/// Every name that a formula may mention, and where it stands.
fn names(template: &Template) -> Result<BTreeMap<&str, Line>, RuleError> {
    let mut names = BTreeMap::new();
    for container in &template.outline {
        if let Some(unknown) = template.nowhere(container.within.as_deref()) {
            return Err(RuleError::UnknownReference { item: container.code.clone(), name: unknown.to_owned() });
        }
        let line = container_line(template, Some(&container.code));
        no_point(&container.code, &line)?;
        if names.insert(container.code.as_str(), line).is_some() {
            return Err(RuleError::NameTwice { name: container.code.clone() });
        }
    }
    for group in &template.groups {
        if let Some(unknown) = template.nowhere(group.within.as_deref()) {
            return Err(RuleError::UnknownReference { item: group.code.clone(), name: unknown.to_owned() });
        }
        let line = section_line(template, group);
        for item in &group.items {
            no_point(&item.code, &line)?;
            let own = line.iter().cloned().chain([step(&item.code)]).collect();
            if names.insert(item.code.as_str(), own).is_some() {
                return Err(RuleError::NameTwice { name: item.code.clone() });
            }
        }
    }
    Ok(names)
}

/// A repetition's name follows a point.
fn no_point(code: &str, around: &[Step]) -> Result<(), RuleError> {
    let wrong = code.contains('.') && around.iter().any(|step| step.repeats);
    if wrong { Err(RuleError::PointInName { name: code.to_owned() }) } else { Ok(()) }
}

struct Plan<'t> {
    template: &'t Template,
    names: BTreeMap<&'t str, Line>,
    builder: DefinitionBuilder,
    containers: BTreeMap<&'t str, ItemId>,
}

impl<'t> Plan<'t> {
    fn container(&mut self, code: &str) -> Result<ItemId, RuleError> {
        let template = self.template;
        let mut place = self.builder.root();
        for container in template.line(Some(code)) {
            place = match self.containers.get(container.code.as_str()) {
                Some(known) => *known,
                None => self.add_container(place, container)?,
            };
        }
        Ok(place)
    }

    fn add_container(&mut self, around: ItemId, container: &'t Container) -> Result<ItemId, RuleError> {
        let code = container.code.as_str();
        let own = container_line(self.template, Some(code));
        let kind = match &container.repeat {
            None => ItemKind::Group,
            Some(repeat) => {
                // The number of repetitions is evaluated at the group around them.
                let count = repeat.count.as_ref().map(|count| self.formula(code, count, &own[..own.len() - 1]));
                ItemKind::Repeat { count: count.transpose()? }
            }
        };
        let relevant = container.relevant.as_ref().map(|text| self.formula(code, text, &own)).transpose()?;
        let place = self.builder.add(around, code, kind, "", FormRules { relevant, ..FormRules::default() })?;
        self.containers.insert(code, place);
        self.words(place, texts::HEADING, "", code, &container.title, &own)?;
        Ok(place)
    }

    fn section(&mut self, group: &'t Group) -> Result<(), RuleError> {
        let around = match &group.within {
            Some(within) => self.container(within)?,
            None => self.builder.root(),
        };
        let line = section_line(self.template, group);
        let place = if is_element(self.template, group) {
            let relevant = group.relevant.as_ref().map(|text| self.formula(&group.code, text, &line)).transpose()?;
            let rules = FormRules { relevant, ..FormRules::default() };
            self.builder.add(around, &group.code, ItemKind::Group, "", rules)?
        } else {
            around
        };
        if group.within.is_none() {
            self.words(place, texts::HEADING, "", &group.code, &group.title, &line)?;
        }
        for item in &group.items {
            let own: Line = line.iter().cloned().chain([step(&item.code)]).collect();
            self.item(place, item, &own)?;
        }
        Ok(())
    }

    fn item(&mut self, place: ItemId, item: &Item, own: &[Step]) -> Result<(), RuleError> {
        let rules = &item.rules;
        let rule = |text: Option<&String>| text.map(|text| self.formula(&item.code, text, own)).transpose();
        let rules = FormRules {
            relevant: rule(rules.relevant.as_ref())?,
            calculate: rule(rules.calculate.as_ref())?,
            constraint: rule(rules.constraint.as_ref())?,
            required: rule(rules.required.as_ref())?,
            read_only: rule(rules.read_only.as_ref())?,
            offered: rules.offered.as_ref().map(|text| self.filter(item, text, own)).transpose()?,
        };
        if rules.offered.is_some() {
            self.builder.add_table(options(item));
        }
        self.builder.add(place, &item.code, ItemKind::Question, "", rules)?;
        if let Some(text) = &item.rules.default {
            let calculate = Some(self.formula(&item.code, text, own)?);
            let rules = FormRules { calculate, ..FormRules::default() };
            let name = texts::node(texts::DEFAULT, "", "", &item.code);
            self.builder.add(place, &name, ItemKind::Question, "", rules)?;
        }
        for (slot, option, words) in texts::of(item) {
            self.words(place, slot, option, &item.code, words, own)?;
        }
        Ok(())
    }

    /// A text that quotes answers, in both languages.
    fn words(
        &mut self,
        place: ItemId,
        slot: &str,
        option: &str,
        code: &str,
        words: &Words,
        own: &[Step],
    ) -> Result<(), RuleError> {
        for (language, text) in [(texts::VI, &words.vi), (texts::EN, &words.en)] {
            if !text.contains("${") {
                continue;
            }
            let calculate = Some(self.formula(code, &texts::formula(text), own)?);
            let name = texts::node(slot, language, option, code);
            let rules = FormRules { calculate, ..FormRules::default() };
            self.builder.add(place, &name, ItemKind::Question, "", rules)?;
        }
        Ok(())
    }

    /// The path of a mention, from a place.
    fn path(&self, target: &str, own: &[Step]) -> String {
        let to = self.names.get(target).map_or(&[][..], Vec::as_slice);
        let inside = inside_repeat(own, to, |step| step.repeats, |step| &step.name);
        inside.unwrap_or_else(|| to.iter().fold(format!("/{ROOT}"), |path, step| format!("{path}/{}", step.name)))
    }

    fn formula(&self, item: &str, text: &str, own: &[Step]) -> Result<Expression, RuleError> {
        self.parsed(item, text, |before, name| self.path(name, if is_in_indexed_repeat(before) { &[] } else { own }))
    }

    /// The nodes of the options that a filter lets through. Inside it, a relative path starts from the option.
    fn filter(&self, item: &Item, text: &str, own: &[Step]) -> Result<Expression, RuleError> {
        let text = format!("instance('{}')/root/item[{text}]/name", table(item));
        self.parsed(&item.code, &text, |_, name| {
            let path = self.path(name, own);
            if path.starts_with('.') { format!("current()/{path}") } else { path }
        })
    }

    fn parsed(&self, item: &str, text: &str, path: impl Fn(&str, &str) -> String) -> Result<Expression, RuleError> {
        let mentions = mentions(text).unwrap_or_default();
        if let Some(unknown) = mentions.iter().find(|mention| !self.names.contains_key(mention.name.as_str())) {
            return Err(RuleError::UnknownReference { item: item.to_owned(), name: unknown.name.clone() });
        }
        let written =
            replaced(text, &mentions, |mention| format!(" {} ", path(&text[..mention.span.start], &mention.name)));
        Expression::parse(&written).map_err(|error| RuleError::Expression { item: item.to_owned(), error })
    }
}

/// What a question's table of options is called.
fn table(item: &Item) -> String {
    format!("options of {}", item.code)
}

/// A question's options as a table.
fn options(item: &Item) -> Table {
    let options = item.input.options();
    let mut columns = vec!["name".to_owned(), "label".to_owned()];
    for column in options.iter().flat_map(|option| option.columns.keys()) {
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    let rows = options.iter().map(|option| {
        let cell = |column: &String| match column.as_str() {
            "name" => option.code.clone(),
            "label" => option.label.vi.clone(),
            other => option.columns.get(other).cloned().unwrap_or_default(),
        };
        columns.iter().map(cell).collect()
    });
    Table { id: table(item), rows: rows.collect(), columns }
}
