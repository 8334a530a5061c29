//! Texts that quote answers: «Tầng ${storey} có mấy lối?».
//!
//! Invariant: which texts may quote is said here once; each that does is a calculation beside its question.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FormState, answer_of};
use crate::checklist::xlsform::mentions;
use crate::template::{Input, Item, Template, Words};

pub(super) const VI: &str = "vi";
pub(super) const EN: &str = "en";
pub(super) const HEADING: &str = "heading";
const TITLE: &str = "title";
const HINT: &str = "hint";
const CONSTRAINT: &str = "constraint";
const REQUIRED: &str = "required";
const OPTION: &str = "option";
pub(super) const DEFAULT: &str = "default";

/// A question's texts with the answers that they quote; those that quote nothing are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Texts {
    /// The question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub title: Option<Words>,
    /// How to answer it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hint: Option<Words>,
    /// What is said of an answer that does not satisfy its rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub constraint_message: Option<Words>,
    /// What is said while it is not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub required_message: Option<Words>,
    /// Labels of options by their codes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(optional, as = "Option<BTreeMap<String, Words>>")]
    pub options: BTreeMap<String, Words>,
}

impl Texts {
    /// Puts them in the place of the question's own.
    pub(in crate::template) fn put_into(&self, item: &mut Item) {
        for (said, own) in [
            (&self.title, &mut item.title),
            (&self.hint, &mut item.hint),
            (&self.constraint_message, &mut item.rules.constraint_message),
            (&self.required_message, &mut item.rules.required_message),
        ] {
            if let Some(said) = said {
                own.clone_from(said);
            }
        }
        if let Input::Choice { options, .. } | Input::Choices { options } | Input::Rank { options } = &mut item.input {
            for option in options {
                if let Some(said) = self.options.get(&option.code) {
                    option.label.clone_from(said);
                }
            }
        }
    }
}

/// All that may quote: slot, option, text.
pub(super) fn of(item: &Item) -> impl Iterator<Item = (&'static str, &str, &Words)> {
    let own = [
        (TITLE, &item.title),
        (HINT, &item.hint),
        (CONSTRAINT, &item.rules.constraint_message),
        (REQUIRED, &item.rules.required_message),
    ];
    let options = item.input.options().iter().map(|option| (OPTION, option.code.as_str(), &option.label));
    own.into_iter().map(|(slot, words)| (slot, "", words)).chain(options)
}

/// The name of a text's calculation. No question's begins with `~`.
pub(super) fn node(slot: &str, language: &str, option: &str, code: &str) -> String {
    format!("~{slot}~{language}~{code}~{option}")
}

/// A text as the formula that makes it.
pub(super) fn formula(text: &str) -> String {
    let mut parts = Vec::new();
    let mut from = 0;
    for mention in mentions(text).unwrap_or_default() {
        literal(&text[from..mention.span.start], &mut parts);
        parts.push(text[mention.span.clone()].to_owned());
        from = mention.span.end;
    }
    literal(&text[from..], &mut parts);
    format!("concat({})", parts.join(", "))
}

/// A text in quotation marks; one with both kinds of them in several pieces.
fn literal(text: &str, parts: &mut Vec<String>) {
    for piece in text.split_inclusive('\'').filter(|piece| !piece.is_empty()) {
        match piece.strip_suffix('\'') {
            Some("") => parts.push("\"'\"".to_owned()),
            Some(before) => parts.extend([format!("'{before}'"), "\"'\"".to_owned()]),
            None => parts.push(format!("'{piece}'")),
        }
    }
}

/// Notes what a calculation made; `end`: the repetition that it stands in.
pub(super) fn note(state: &mut FormState, template: &Template, (name, end): (&str, &str), text: &str) {
    let mut parts = name.split('~').skip(1);
    let mut next = || parts.next().unwrap_or_default();
    let (slot, language, code, option) = (next(), next(), next(), next());
    let key = format!("{code}{end}");
    if slot == DEFAULT {
        let answer = template.item(&key).and_then(|item| answer_of(item, text));
        state.suggestions.extend(answer.map(|answer| (key, answer)));
        return;
    }
    let words = if slot == HEADING {
        let section = || template.groups.iter().find(|group| group.code == code).map(|group| &group.title);
        let own = template.container(code).map(|container| &container.title).or_else(section);
        state.headings.entry(key).or_insert_with(|| own.cloned().unwrap_or_default())
    } else {
        let Some(item) = template.item(&key) else { return };
        let texts = state.texts.entry(key).or_default();
        let (said, own) = match slot {
            TITLE => (&mut texts.title, &item.title),
            HINT => (&mut texts.hint, &item.hint),
            CONSTRAINT => (&mut texts.constraint_message, &item.rules.constraint_message),
            REQUIRED => (&mut texts.required_message, &item.rules.required_message),
            _ => {
                let label = item.input.options().iter().find(|known| known.code == option).map(|it| it.label.clone());
                let said = texts.options.entry(option.to_owned()).or_insert_with(|| label.unwrap_or_default());
                return write(said, language, text);
            }
        };
        said.get_or_insert_with(|| own.clone())
    };
    write(words, language, text);
}

fn write(words: &mut Words, language: &str, text: &str) {
    let place = if language == VI { &mut words.vi } else { &mut words.en };
    text.clone_into(place);
}
