//! A template's rules over the answers given so far: what is asked, what must be answered, what contradicts, what follows.
//!
//! Invariant: what it says follows from the template, the answers and the day of the visit alone, so device and server say
//! the same, today and in ten years: `now()` and `today()` are the beginning of the visit, and nothing is random. Answers
//! that are not asked for are kept and read by nobody. It evaluates again only what an answer touches
//! ([`crate::checklist::form`]).
//!
//! What it does not do: it stores nothing; calculated answers are never part of a record.

mod answers;
mod definition;
pub mod texts;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::outline::{Container, Spoken};
use super::{Item, Template, TemplateRef, Words};
use crate::checklist::expression::{FormFacts, NodeId, ParseError};
use crate::checklist::form::{DefinitionError, ItemKind, Sheet, SheetError, Surroundings};
use crate::clock::{RandomSource, UtcMillis};
use crate::id::DocumentId;
use crate::record::register::Answer;
use crate::view::ItemView;
pub(super) use answers::answer_of;
use answers::text_of;
pub(super) use definition::ROOT;
pub use definition::definition;
use texts::Texts;

/// What the rules say of one inspection.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FormState {
    /// Codes of questions that are not asked.
    pub hidden: Vec<String>,
    /// Codes of questions that must be answered because of other answers.
    pub required: Vec<String>,
    /// Codes of questions whose answer does not satisfy its rule.
    pub invalid: Vec<String>,
    /// Calculated answers by code, as text.
    pub values: BTreeMap<String, String>,
    /// Codes of questions whose answer can no longer be changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub read_only: Vec<String>,
    /// By question that does not always offer all its options: those that it offers, in the template's order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(optional, as = "Option<BTreeMap<String, Vec<String>>>")]
    pub offered: BTreeMap<String, Vec<String>>,
    /// By question: its texts with the answers that they quote.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(optional, as = "Option<BTreeMap<String, Texts>>")]
    pub texts: BTreeMap<String, Texts>,
    /// By question whose first offered answer follows from others: that answer. Nobody has given it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(optional, as = "Option<BTreeMap<String, Answer>>")]
    pub suggestions: BTreeMap<String, Answer>,
    /// By section or group: its heading with the answers that it quotes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(optional, as = "Option<BTreeMap<String, Words>>")]
    pub headings: BTreeMap<String, Words>,
    /// By repeat, in a repetition of another one with its name (`storey`, `room.k3f9a2`): the names of those that are there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(optional, as = "Option<BTreeMap<String, Vec<String>>>")]
    pub repetitions: BTreeMap<String, Vec<String>>,
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
    /// Two questions or groups of one name.
    #[error("the name «{name}» stands twice")]
    NameTwice {
        /// Which.
        name: String,
    },
    /// The name of a repeat, or of a question in one, behind which a repetition's could not be told.
    #[error("«{name}»: names of repeats and inside them have no «.»")]
    PointInName {
        /// Which.
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
    /// Every element that is there, in the order of the form.
    elements: Vec<Element>,
    /// By place (`storey`, `room.k3f9a2`): the names of the repetitions that officers added, as the sheet has them.
    laid: BTreeMap<String, Vec<String>>,
    labels: Labels,
    now: UtcMillis,
}

/// Where something of the template stands in the sheet.
#[derive(Debug)]
struct Element {
    node: NodeId,
    /// Its name in the form.
    name: String,
    /// The repetitions around it: `.k3f9a2`.
    end: String,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Question,
    Group,
    Repetition,
}

impl Fill {
    /// An empty one; `now` is the beginning of the visit. Its formulas speak Vietnamese, in whatever language the screen is.
    pub fn new(template: &Template, now: UtcMillis) -> Result<Self, RuleError> {
        Self::speaking(template, now, "vi")
    }

    /// Likewise, in another language (a BCP 47 tag).
    pub fn speaking(template: &Template, now: UtcMillis, language: &'static str) -> Result<Self, RuleError> {
        let definition = Arc::new(definition(template)?);
        let labels = Labels::of(template, language);
        let (sheet, _) = surrounded(&labels, now, |surroundings| Sheet::start(definition, surroundings))?;
        let mut fill = Self { sheet, elements: Vec::new(), laid: BTreeMap::new(), labels, now };
        fill.find();
        Ok(fill)
    }

    /// Takes over what is answered now, and says how many rules that evaluated.
    pub fn take(&mut self, template: &Template, items: &[ItemView]) -> Result<usize, RuleError> {
        let seen: BTreeMap<&str, &ItemView> = items.iter().map(|item| (item.code.as_str(), item)).collect();
        let asked: BTreeMap<&str, &Item> = template.items().map(|item| (item.code.as_str(), item)).collect();
        let spoken = Spoken::of(template, items);
        let mut evaluated = 0;
        // Repetitions stand in repetitions, and one's answers count another's: what one round adds may ask for more.
        for _ in 0..=2 * template.outline.len() {
            evaluated += self.answers(&asked, &seen)?;
            let (again, more) = self.lay(template, &spoken)?;
            evaluated += more;
            if !again {
                break;
            }
        }
        Ok(evaluated)
    }

    fn answers(&mut self, asked: &BTreeMap<&str, &Item>, seen: &BTreeMap<&str, &ItemView>) -> Result<usize, RuleError> {
        let mut evaluated = 0;
        for element in self.elements.iter().filter(|element| element.what == What::Question) {
            let Some(item) = asked.get(element.name.as_str()).filter(|item| item.rules.calculate.is_none()) else {
                continue;
            };
            // What an answer before this one took out.
            if self.sheet.item_at(element.node).is_none() {
                continue;
            }
            let view = match element.end.as_str() {
                "" => seen.get(element.name.as_str()),
                end => seen.get(format!("{}{end}", element.name).as_str()),
            };
            let text = view.map(|view| text_of(item, view)).unwrap_or_default();
            if self.sheet.given(element.node) != text {
                let sheet = &mut self.sheet;
                let answered = |surroundings: &mut Surroundings<'_>| sheet.answer(element.node, &text, surroundings);
                evaluated += surrounded(&self.labels, self.now, answered)?.evaluated;
            }
        }
        Ok(evaluated)
    }

    /// Makes the repetitions those that officers spoke of. Whether any came or went, calculated ones too.
    fn lay(&mut self, template: &Template, spoken: &Spoken) -> Result<(bool, usize), RuleError> {
        if template.outline.iter().all(|container| container.repeat.is_none()) {
            return Ok((false, 0));
        }
        let before = std::mem::take(&mut self.elements);
        self.find();
        let nodes = |elements: &[Element]| elements.iter().map(|element| element.node).collect::<Vec<_>>();
        let mut changed = nodes(&before) != nodes(&self.elements);
        let mut evaluated = 0;
        for (group, repeat, place) in self.places(template) {
            // It went with the repetition that it stood in.
            if self.sheet.item_at(group).is_none() {
                continue;
            }
            let wanted = spoken.at(&place);
            let nodes = self.sheet.tree().children_named(group, &repeat).to_vec();
            if nodes.len() == wanted.len() && self.laid.get(&place) == Some(&wanted) {
                continue;
            }
            changed = true;
            // Which is which is only a name: each is answered again with what was said under it.
            let Some(item) = self.sheet.definition().find_named(&repeat) else { continue };
            let sheet = &mut self.sheet;
            for node in nodes.iter().skip(wanted.len()) {
                let removed = |around: &mut Surroundings<'_>| sheet.remove_repetition(*node, around);
                evaluated += surrounded(&self.labels, self.now, removed)?.evaluated;
            }
            for _ in nodes.len()..wanted.len() {
                let added = |around: &mut Surroundings<'_>| sheet.add_repetition(group, item, around);
                evaluated += surrounded(&self.labels, self.now, added)?.1.evaluated;
            }
            self.laid.insert(place, wanted);
        }
        if changed {
            self.find();
        }
        Ok((changed, evaluated))
    }

    /// Where officers add and take out: the group's node, the repeat's name, the place.
    fn places(&self, template: &Template) -> Vec<(NodeId, String, String)> {
        let mut places = Vec::new();
        let free = |container: &&Container| container.repeat.as_ref().is_some_and(|repeat| repeat.count.is_none());
        for container in template.outline.iter().filter(free) {
            let place = |end: &str| format!("{}{end}", container.code);
            let Some(around) = container.within.as_deref() else {
                let form = self.sheet.node_at(&format!("/{ROOT}"));
                places.extend(form.map(|form| (form, container.code.clone(), place(""))));
                continue;
            };
            let groups = self.elements.iter().filter(|it| it.what != What::Question && it.name == around);
            places.extend(groups.map(|group| (group.node, container.code.clone(), place(&group.end))));
        }
        places
    }

    /// Finds every element that is there.
    fn find(&mut self) {
        let mut elements = Vec::new();
        if let Some(form) = self.sheet.node_at(&format!("/{ROOT}")) {
            self.below(form, "", &mut elements);
        }
        self.elements = elements;
    }

    fn below(&self, group: NodeId, end: &str, elements: &mut Vec<Element>) {
        let tree = self.sheet.tree();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for node in tree.children(group).iter().copied() {
            let Some(item) = self.sheet.item_at(node) else { continue };
            let (name, mut end) = (item.name.clone(), end.to_owned());
            let what = match &item.kind {
                ItemKind::Question => What::Question,
                ItemKind::Group => What::Group,
                ItemKind::Repeat { count } => {
                    let place = places.entry(&item.name).or_default();
                    *place += 1;
                    let calculated = || place.to_string();
                    let laid = self.laid.get(&format!("{name}{end}")).filter(|_| count.is_none());
                    let called = laid.and_then(|laid| laid.get(*place - 1)).cloned().unwrap_or_else(calculated);
                    end = format!("{end}.{called}");
                    What::Repetition
                }
            };
            elements.push(Element { node, name, end: end.clone(), what });
            if what != What::Question {
                self.below(node, &end, elements);
            }
        }
    }

    /// What the rules say now.
    pub fn state(&self, template: &Template) -> FormState {
        let asked: BTreeMap<&str, &Item> = template.items().map(|item| (item.code.as_str(), item)).collect();
        let mut state = FormState::default();
        for place in self.places(template).into_iter().filter(|(group, ..)| self.sheet.is_relevant(*group)) {
            state.repetitions.insert(place.2, Vec::new());
        }
        for Element { node, name, end, what } in &self.elements {
            let is_relevant = self.sheet.is_relevant(*node);
            if *what == What::Repetition {
                let (place, called) = end.rsplit_once('.').map_or(("", ""), |(around, called)| (around, called));
                if is_relevant {
                    state.repetitions.entry(format!("{name}{place}")).or_default().push(called.to_owned());
                }
                continue;
            }
            if name.starts_with('~') {
                if is_relevant {
                    texts::note(&mut state, template, (name, end), &self.sheet.text(*node));
                }
                continue;
            }
            let Some(item) = asked.get(name.as_str()) else { continue };
            let (code, said) = (|| format!("{name}{end}"), self.sheet.state(*node));
            if !is_relevant {
                state.hidden.push(code());
                continue;
            }
            if said.required {
                state.required.push(code());
            }
            let mut unoffered = false;
            if let Some(offered) = self.sheet.offered(*node) {
                let given = self.sheet.given(*node);
                unoffered = !offered.contains(&given) && given.split_whitespace().any(|it| !offered.contains(it));
                let options = item.input.options().iter().filter(|option| offered.contains(&option.code));
                state.offered.insert(code(), options.map(|option| option.code.clone()).collect());
            }
            if !said.valid || unoffered {
                state.invalid.push(code());
            }
            if said.read_only {
                state.read_only.push(code());
            }
            if item.rules.calculate.is_some() {
                state.values.insert(code(), self.sheet.text(*node));
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

fn surrounded<T>(
    labels: &Labels,
    now: UtcMillis,
    job: impl FnOnce(&mut Surroundings<'_>) -> Result<T, SheetError>,
) -> Result<T, RuleError> {
    let zone = TimeZone::fixed(Offset::constant(7));
    let mut surroundings =
        Surroundings { now, zone: &zone, language: labels.language, facts: labels, random: &mut Nothing };
    Ok(job(&mut surroundings)?)
}

/// Options' labels, for `jr:choice-name`.
#[derive(Debug)]
struct Labels {
    language: &'static str,
    /// By question and option.
    known: BTreeMap<(String, String), String>,
}

impl Labels {
    fn of(template: &Template, language: &'static str) -> Self {
        let mut known = BTreeMap::new();
        for item in template.items() {
            let told = |words: &Words| if language == "en" { words.en.clone() } else { words.vi.clone() };
            let options = item.input.options().iter();
            known.extend(options.map(|it| ((item.code.clone(), it.code.clone()), told(&it.label))));
        }
        Self { language, known }
    }
}

impl FormFacts for Labels {
    fn instance(&self, _id: &str) -> Option<NodeId> {
        None
    }
    fn choice_label(&self, value: &str, question: &str) -> Option<String> {
        let code = question.trim().rsplit('/').next().unwrap_or_default();
        self.known.get(&(code.to_owned(), value.to_owned())).cloned()
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
