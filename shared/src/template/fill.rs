//! A template's rules over the answers given so far: what is asked, what must be answered, what contradicts, what follows.
//!
//! Invariant: what it says follows from the template, the answers and the day of the visit alone, so device and server say
//! the same, today and in ten years: `now()` and `today()` are the beginning of the visit, and nothing is random. Answers
//! that are not asked for are kept and read by nobody. It evaluates again only what an answer touches
//! ([`crate::checklist::form`]).
//!
//! What it does not do: it stores nothing; calculated answers are never part of a record.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Input, Item, Template, TemplateRef};
use crate::checklist::expression::{Expression, FormFacts, NodeId, ParseError};
use crate::checklist::form::{
    Definition, DefinitionBuilder, DefinitionError, ItemKind, Rules as FormRules, Sheet, SheetError, Surroundings,
};
use crate::checklist::xlsform::{mentions, replaced};
use crate::clock::{RandomSource, UtcMillis};
use crate::id::DocumentId;
use crate::record::measured::Vertex;
use crate::record::register::{Answer, Verdict};
use crate::view::ItemView;

/// The element around all groups.
const ROOT: &str = "data";

/// What the rules say of one inspection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FormState {
    /// Codes of questions that are not asked.
    pub hidden: Vec<String>,
    /// Codes of questions that must be answered because of other answers.
    pub required: Vec<String>,
    /// Codes of questions whose answer does not satisfy its rule.
    pub invalid: Vec<String>,
    /// Calculated answers by code, as text.
    pub values: BTreeMap<String, String>,
    /// Whether the rules could not be evaluated: then everything is asked.
    pub broken: bool,
}

/// Why a template's rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuleError {
    /// A formula that cannot be read.
    #[error("{item}: {error}")]
    Expression {
        /// Whose.
        item: String,
        /// Why.
        error: ParseError,
    },
    /// `${…}` of nothing.
    #[error("{item}: there is no question «{name}»")]
    UnknownReference {
        /// Whose.
        item: String,
        /// What was meant.
        name: String,
    },
    /// Rules that wait for one another, or too many.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// They take too much work.
    #[error(transparent)]
    Sheet(#[from] SheetError),
}

/// One filled template, kept between answers.
#[derive(Debug)]
pub struct Fill {
    sheet: Sheet,
    nodes: BTreeMap<String, NodeId>,
    labels: Labels,
    now: UtcMillis,
}

impl Fill {
    /// An empty one; `now` is the beginning of the visit.
    pub fn new(template: &Template, now: UtcMillis) -> Result<Self, RuleError> {
        let definition = Arc::new(definition(template)?);
        let labels = Labels::of(template);
        let (sheet, _) = surrounded(&labels, now, |surroundings| Sheet::start(definition, surroundings))?;
        let nodes = template.groups.iter().flat_map(|group| group.items.iter().map(move |item| (group, item)));
        let nodes = nodes.filter_map(|(group, item)| {
            Some((item.code.clone(), sheet.node_at(&format!("/{ROOT}/{}/{}", group.code, item.code))?))
        });
        Ok(Self { nodes: nodes.collect(), sheet, labels, now })
    }

    /// Takes over what is answered now, and says how many rules that evaluated.
    pub fn take(&mut self, template: &Template, items: &[ItemView]) -> Result<usize, RuleError> {
        let seen: BTreeMap<&str, &ItemView> = items.iter().map(|item| (item.code.as_str(), item)).collect();
        let mut evaluated = 0;
        for item in template.items().filter(|item| item.rules.calculate.is_none()) {
            let Some(node) = self.nodes.get(&item.code) else { continue };
            let text = seen.get(item.code.as_str()).map(|view| text_of(item, view)).unwrap_or_default();
            let sheet = &mut self.sheet;
            if sheet.tree().hidden_text(*node) != text {
                let answered = |surroundings: &mut Surroundings<'_>| sheet.answer(*node, &text, surroundings);
                evaluated += surrounded(&self.labels, self.now, answered)?.evaluated;
            }
        }
        Ok(evaluated)
    }

    /// What the rules say now.
    pub fn state(&self, template: &Template) -> FormState {
        let mut state = FormState::default();
        for item in template.items() {
            let Some(node) = self.nodes.get(&item.code).copied() else { continue };
            let (code, said) = (|| item.code.clone(), self.sheet.state(node));
            if !self.sheet.is_relevant(node) {
                state.hidden.push(code());
                continue;
            }
            if said.required {
                state.required.push(code());
            }
            if !said.valid {
                state.invalid.push(code());
            }
            if item.rules.calculate.is_some() {
                state.values.insert(code(), self.sheet.text(node));
            }
        }
        state
    }
}

/// The last filled template, kept where one inspection is answered after the other.
#[derive(Debug, Default)]
pub struct Kept(RefCell<Option<(DocumentId, TemplateRef, Fill)>>);

impl Kept {
    /// What the rules say of an inspection; `None` if its template has none.
    pub fn state(
        &self,
        inspection: DocumentId,
        template: &Template,
        items: &[ItemView],
        begun: UtcMillis,
    ) -> Option<FormState> {
        if !template.has_rules() {
            return None;
        }
        let mut kept = self.0.borrow_mut();
        let reference = template.reference();
        let fits = |(id, of, fill): &(DocumentId, TemplateRef, Fill)| {
            *id == inspection && *of == reference && fill.now == begun
        };
        let fill = kept.take().filter(fits).map_or_else(|| Fill::new(template, begun), |(_, _, fill)| Ok(fill));
        let taken = fill.and_then(|mut fill| fill.take(template, items).map(|_| fill));
        let Ok(fill) = taken else { return Some(FormState { broken: true, ..FormState::default() }) };
        let state = fill.state(template);
        *kept = Some((inspection, reference, fill));
        Some(state)
    }
}

/// The template as a form that can be evaluated.
pub fn definition(template: &Template) -> Result<Definition, RuleError> {
    let paths = template.groups.iter().flat_map(|group| {
        group.items.iter().map(move |item| (item.code.as_str(), format!("/{ROOT}/{}/{}", group.code, item.code)))
    });
    let paths: BTreeMap<&str, String> = paths.collect();
    let rule = |item: &str, text: Option<&String>| text.map(|text| expression(item, text, &paths)).transpose();
    let mut builder = DefinitionBuilder::new(ROOT);
    for group in &template.groups {
        let relevant = rule(&group.code, group.relevant.as_ref())?;
        let rules = FormRules { relevant, ..FormRules::default() };
        let place = builder.add(builder.root(), &group.code, ItemKind::Group, "", rules)?;
        for item in &group.items {
            let rules = &item.rules;
            let rules = FormRules {
                relevant: rule(&item.code, rules.relevant.as_ref())?,
                calculate: rule(&item.code, rules.calculate.as_ref())?,
                constraint: rule(&item.code, rules.constraint.as_ref())?,
                required: rule(&item.code, rules.required.as_ref())?,
                read_only: None,
                offered: None,
            };
            builder.add(place, &item.code, ItemKind::Question, "", rules)?;
        }
    }
    Ok(builder.build()?)
}

fn expression(item: &str, text: &str, paths: &BTreeMap<&str, String>) -> Result<Expression, RuleError> {
    let mentions = mentions(text).unwrap_or_default();
    if let Some(unknown) = mentions.iter().find(|mention| !paths.contains_key(mention.name.as_str())) {
        return Err(RuleError::UnknownReference { item: item.to_owned(), name: unknown.name.clone() });
    }
    let written = replaced(text, &mentions, |mention| paths[mention.name.as_str()].clone());
    Expression::parse(&written).map_err(|error| RuleError::Expression { item: item.to_owned(), error })
}

/// An answer as formulas read it.
fn text_of(item: &Item, view: &ItemView) -> String {
    if item.input == Input::Photo {
        return view.photos.first().map(|photo| photo.detail.hash.to_string()).unwrap_or_default();
    }
    match view.statements.first().and_then(|statement| statement.answer.as_ref()) {
        None => String::new(),
        Some(Answer::Verdict(Verdict::Pass)) => "pass".to_owned(),
        Some(Answer::Verdict(Verdict::Fail)) => "fail".to_owned(),
        Some(Answer::Verdict(Verdict::NotApplicable)) => "not_applicable".to_owned(),
        Some(Answer::Number(number)) => number.to_string(),
        Some(Answer::Text(text) | Answer::Choice(text)) => text.clone(),
        Some(Answer::Date(day)) => day.to_string(),
        Some(Answer::Choices(codes)) => codes.join(" "),
        Some(Answer::Geo(place)) => corner(&Vertex(place.latitude, place.longitude, place.accuracy_m)),
        Some(Answer::Time(time)) => format!("{time}:00.000+07:00"),
        Some(Answer::Moment(at)) => {
            format!("{}+07:00", at.plus_millis(7 * 3_600_000).to_rfc3339().trim_end_matches('Z'))
        }
        Some(Answer::Trace(line)) => corners(line),
        Some(Answer::Shape(line)) => {
            // A closed line ends where it began.
            let closed: Vec<Vertex> = line.iter().chain(line.first()).copied().collect();
            corners(&closed)
        }
    }
}

/// A place as formulas read it: latitude, longitude, altitude and accuracy, each with a fraction as ODK writes them.
fn corner(Vertex(latitude, longitude, accuracy): &Vertex) -> String {
    format!("{latitude:?} {longitude:?} 0.0 {:?}", accuracy.unwrap_or_default())
}

/// A line as formulas read it.
fn corners(line: &[Vertex]) -> String {
    line.iter().map(corner).collect::<Vec<_>>().join(";")
}

fn surrounded<T>(
    labels: &Labels,
    now: UtcMillis,
    job: impl FnOnce(&mut Surroundings<'_>) -> Result<T, SheetError>,
) -> Result<T, RuleError> {
    let zone = TimeZone::fixed(Offset::constant(7));
    let mut surroundings = Surroundings { now, zone: &zone, language: "vi", facts: labels, random: &mut Nothing };
    Ok(job(&mut surroundings)?)
}

/// Options' labels, for `jr:choice-name`.
#[derive(Debug)]
struct Labels(BTreeMap<(String, String), String>);

impl Labels {
    fn of(template: &Template) -> Self {
        let mut labels = BTreeMap::new();
        for item in template.items() {
            let options = item.input.options().iter();
            labels.extend(options.map(|it| ((item.code.clone(), it.code.clone()), it.label.vi.clone())));
        }
        Self(labels)
    }
}

impl FormFacts for Labels {
    fn instance(&self, _id: &str) -> Option<NodeId> {
        None
    }
    fn choice_label(&self, value: &str, question: &str) -> Option<String> {
        let code = question.trim().rsplit('/').next().unwrap_or_default();
        self.0.get(&(code.to_owned(), value.to_owned())).cloned()
    }
    fn text(&self, _id: &str) -> Option<String> {
        None
    }
    fn property(&self, _name: &str) -> Option<String> {
        None
    }
    fn version(&self) -> Option<String> {
        None
    }
}

/// Formulas that draw lots are not let in; this is what they would draw.
struct Nothing;

impl RandomSource for Nothing {
    fn fill(&mut self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

#[cfg(test)]
mod tests;
