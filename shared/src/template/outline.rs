//! Groups that hold sections, and groups that are there several times: storeys, rooms, extinguishers.
//!
//! Invariants: what is said in one repetition is kept under the question's code and the repetition's name (`height.k3f9a2`,
//! inside another `width.k3f9a2.x8d2p1`), so two officers who add one each have two, and what both say of one is compared. A
//! repetition whose number nobody calculates is there while a register of its own says so (`storey.k3f9a2`: its place); the
//! first, `1`, is there until it is taken out. What was said in one that is taken out is kept, and read by nobody.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fill::FormState;
use super::{Group, Item, Template, Words};
use crate::error::{ErrorCode, Problem};
use crate::record::register::Answer;
use crate::view::ItemView;

/// How many repetitions there may be at one place.
pub const MAX_REPETITIONS: usize = 200;
/// The repetition that is there from the start.
pub const FIRST: &str = "1";
/// Characters of a repetition's name.
pub const NAME_CHARS: usize = 6;
/// What stands between the titles of groups inside one another.
pub(super) const WITHIN: &str = " › ";

/// A group of a form, as far as rules and repetitions need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Container {
    /// Its name; no question and no other group has it.
    pub code: String,
    /// The group that it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub within: Option<String>,
    /// Its heading; empty if it has none.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    #[ts(optional, as = "Option<Words>")]
    pub title: Words,
    /// Whether it is asked at all: a formula.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub relevant: Option<String>,
    /// That it is there several times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub repeat: Option<Repeat>,
}

/// That a group is there several times.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Repeat {
    /// How often: a formula. Without it the officer adds and takes out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub count: Option<String>,
}

/// What stands at a code.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'t> {
    /// A question; in a repetition, the question of all of them.
    Question(&'t Item),
    /// Whether a repetition is there: the answer is its place, from 1.
    Repetition(&'t Container),
}

impl Template {
    /// A group by its name.
    pub fn container(&self, code: &str) -> Option<&Container> {
        self.outline.iter().find(|container| container.code == code)
    }

    /// A group that is named and is not there.
    pub(super) fn nowhere<'w>(&self, within: Option<&'w str>) -> Option<&'w str> {
        within.filter(|code| self.container(code).is_none())
    }

    /// The groups around a place, the outermost first.
    pub(super) fn line(&self, within: Option<&str>) -> Vec<&Container> {
        let first = within.and_then(|code| self.container(code));
        let up = |container: &&Container| container.within.as_deref().and_then(|code| self.container(code));
        // A template whose groups stand in one another ends here.
        let mut line: Vec<_> = std::iter::successors(first, up).take(self.outline.len()).collect();
        line.reverse();
        line
    }

    /// The groups around a place that are there several times, the outermost first.
    pub(super) fn repeats(&self, within: Option<&str>) -> Vec<&Container> {
        self.line(within).into_iter().filter(|container| container.repeat.is_some()).collect()
    }

    /// The question of a code.
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items().find(|item| item.code == code).or_else(|| {
            let (base, depth) = named(code)?;
            let mut groups = self.groups.iter().filter(|group| self.repeats(group.within.as_deref()).len() == depth);
            groups.find_map(|group| group.items.iter().find(|item| item.code == base))
        })
    }

    /// A question's code without the repetition that it is asked in: what its author called it.
    pub fn own_code<'c>(&self, code: &'c str) -> &'c str {
        if self.outline.is_empty() { code } else { code.split('.').next().unwrap_or(code) }
    }

    /// What stands at a code; `None`: nothing.
    pub fn at(&self, code: &str) -> Option<Asked<'_>> {
        let repetition = || {
            let (base, depth) = named(code)?;
            let container = self.container(base)?;
            let is_free = container.repeat.as_ref().is_some_and(|repeat| repeat.count.is_none());
            (is_free && self.repeats(Some(base)).len() == depth).then_some(Asked::Repetition(container))
        };
        self.item(code).map(Asked::Question).or_else(repetition)
    }

    /// The template as it is asked now: every repetition with sections and questions of its own, texts with what they quote.
    pub fn grown(&self, form: Option<&FormState>) -> Cow<'_, Self> {
        let Some(form) = form else { return Cow::Borrowed(self) };
        if self.outline.is_empty() && form.texts.is_empty() && form.headings.is_empty() && form.suggestions.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut groups = Vec::new();
        self.grow(&self.groups, form, &mut Vec::new(), &mut groups);
        Cow::Owned(Self { groups, ..self.clone() })
    }

    /// Adds a run of sections; `chosen`: by repeat around them, the repetition and its place.
    fn grow(&self, run: &[Group], form: &FormState, chosen: &mut Vec<(String, usize)>, grown: &mut Vec<Group>) {
        let mut rest = run;
        while let Some(first) = rest.first() {
            let Some(repeat) = self.repeats(first.within.as_deref()).get(chosen.len()).copied() else {
                grown.push(self.copy(first, form, chosen));
                rest = &rest[1..];
                continue;
            };
            let same = |group: &&Group| {
                self.repeats(group.within.as_deref()).get(chosen.len()).is_some_and(|other| other.code == repeat.code)
            };
            let (these, others) = rest.split_at(rest.iter().take_while(same).count());
            rest = others;
            let there = form.repetitions.get(&format!("{}{}", repeat.code, suffix(chosen)));
            for (at, name) in there.into_iter().flatten().enumerate() {
                chosen.push((name.clone(), at + 1));
                self.grow(these, form, chosen, grown);
                chosen.pop();
            }
        }
    }

    fn copy(&self, group: &Group, form: &FormState, chosen: &[(String, usize)]) -> Group {
        let end = suffix(chosen);
        let code = format!("{}{end}", group.code);
        let title = match group.within.as_deref() {
            Some(within) => self.heading(within, form, chosen).unwrap_or_else(|| group.title.clone()),
            None => form.headings.get(&code).unwrap_or(&group.title).clone(),
        };
        let items = group.items.iter().map(|item| {
            let mut item = Item { code: format!("{}{end}", item.code), ..item.clone() };
            if let Some(answer) = form.suggestions.get(&item.code) {
                item.suggestion = Some(answer.clone());
            }
            if let Some(texts) = form.texts.get(&item.code) {
                texts.put_into(&mut item);
            }
            item
        });
        Group { code, title, items: items.collect(), ..group.clone() }
    }

    /// The titles of the groups around a section, each repetition with its place.
    fn heading(&self, within: &str, form: &FormState, chosen: &[(String, usize)]) -> Option<Words> {
        let mut depth = 0;
        let mut titles: Vec<Words> = Vec::new();
        for container in self.line(Some(within)) {
            depth += usize::from(container.repeat.is_some());
            let around = chosen.get(..depth)?;
            let said = form.headings.get(&format!("{}{}", container.code, suffix(around)));
            let title = said.unwrap_or(&container.title);
            match (&container.repeat, around.last()) {
                (Some(_), Some((_, place))) => titles.push(Words {
                    vi: format!("{} {place}", title.vi).trim().to_owned(),
                    en: format!("{} {place}", title.en).trim().to_owned(),
                }),
                _ if title.is_empty() => {}
                _ => titles.push(title.clone()),
            }
        }
        let joined =
            |of: fn(&Words) -> &String| titles.iter().map(|title| of(title).as_str()).collect::<Vec<_>>().join(WITHIN);
        (!titles.is_empty()).then(|| Words { vi: joined(|title| &title.vi), en: joined(|title| &title.en) })
    }
}

/// The name of what is repeated, and inside how many repetitions.
fn named(code: &str) -> Option<(&str, usize)> {
    let (base, names) = code.split_once('.')?;
    let is_name = |name: &str| {
        (1..=8).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let mut depth = 0;
    for name in names.split('.') {
        if !is_name(name) {
            return None;
        }
        depth += 1;
    }
    Some((base, depth))
}

fn suffix(chosen: &[(String, usize)]) -> String {
    chosen.iter().fold(String::new(), |end, (name, _)| end + "." + name)
}

/// The repetitions of free repeats that officers spoke of: by repeat with what it stands in (`storey`, `room.k3f9a2`), names
/// in their order, and those that are taken out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    there: BTreeMap<String, Vec<(u32, String)>>,
    out: BTreeMap<String, Vec<String>>,
}

impl Spoken {
    pub(super) fn of(template: &Template, items: &[ItemView]) -> Self {
        let mut spoken = Self::default();
        if template.outline.iter().all(|container| container.repeat.is_none()) {
            return spoken;
        }
        for view in items {
            let Some((place, name)) = view.code.rsplit_once('.') else { continue };
            if !matches!(template.at(&view.code), Some(Asked::Repetition(_))) {
                continue;
            }
            // Where one adds and another takes out, it is there: nothing is lost.
            let at = view.statements.iter().find_map(|said| match said.answer {
                Some(Answer::Number(at)) => Some(at.clamp(1.0, f64::from(u32::MAX)) as u32),
                _ => None,
            });
            match at {
                Some(at) => spoken.there.entry(place.to_owned()).or_default().push((at, name.to_owned())),
                None if view.statements.is_empty() => {}
                None => spoken.out.entry(place.to_owned()).or_default().push(name.to_owned()),
            }
        }
        for (place, there) in &mut spoken.there {
            let said = |name: &str| there.iter().any(|(_, known)| known == name);
            if !said(FIRST) && !spoken.out.get(place).is_some_and(|out| out.iter().any(|name| name == FIRST)) {
                there.push((1, FIRST.to_owned()));
            }
            // Of two at one place, the first that was there comes first.
            there.sort_by(|one, next| (one.0, one.1 != FIRST, &one.1).cmp(&(next.0, next.1 != FIRST, &next.1)));
            there.truncate(MAX_REPETITIONS);
        }
        spoken
    }

    /// The names at a place, in order.
    pub(super) fn at(&self, place: &str) -> Vec<String> {
        if let Some(there) = self.there.get(place) {
            return there.iter().map(|(_, name)| name.clone()).collect();
        }
        let is_out = self.out.get(place).is_some_and(|out| out.iter().any(|name| name == FIRST));
        if is_out { Vec::new() } else { vec![FIRST.to_owned()] }
    }
}

/// Whether an answer says that a repetition is there, or that it is not.
pub fn check_place(code: &str, answer: Option<&Answer>) -> Result<(), Problem> {
    match answer {
        None => Ok(()),
        Some(Answer::Number(at)) if at.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(at) => Ok(()),
        Some(_) => {
            let mut problem = Problem::new(ErrorCode::AnswerInvalid).at(code);
            problem.vi = format!("{code}: thứ tự của phần lặp là số nguyên từ 1.");
            problem.en = format!("{code}: the place of a repetition is a whole number from 1.");
            Err(problem)
        }
    }
}

/// The place behind the last repetition: what the next one says of itself. `None`: there are as many as there may be.
pub fn next_place(items: &[ItemView], form: &FormState, place: &str) -> Option<u32> {
    let there = form.repetitions.get(place).map_or(0, Vec::len);
    let said = items.iter().filter(|view| view.code.rsplit_once('.').is_some_and(|(of, _)| of == place));
    let places = said.flat_map(|view| &view.statements).filter_map(|said| match said.answer {
        Some(Answer::Number(at)) => Some(at as u32),
        _ => None,
    });
    let last = places.max().unwrap_or(1).max(there as u32);
    (there < MAX_REPETITIONS).then_some(last + 1)
}
