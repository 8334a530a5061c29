//! Clashes: two people said different things at one key while apart.
//!
//! Invariant: saying the same twice is no clash; who and when do not count as a difference. Nothing is a clash in a sealed
//! record, because nothing can be settled there; how the signed parts of an inspection clash, [`super::apart`] says.

use super::live::Live;
use super::place::{self, PLACE, is_place};
use super::review::REPLY;
use crate::clock::UtcMillis;
use crate::document::statement::BEGUN_WITH;
use crate::id::DocumentId;
use crate::record::RecordKind;
use crate::record::choice::{self, Origin, Said};
use crate::record::facility::{field, state};
use crate::record::given_up;
use crate::record::key::Key;
use crate::record::register::{
    Answer, DecisionStatement, FindingDetail, ItemAnswer, PhotoDetail, Position, Register, SealStatement, ThreadMessage,
};
use crate::record::value::{Cell, OperationId, Scalar};
use crate::template::outline::Asked;
use crate::template::{Item, Template};
use crate::view::{Attribution, Authors, Clash, Saying};

/// The clashes of a record, in the order of keys. `title` is what people call it: the name of the premises; `template`: what
/// it asks, where that is at hand.
pub fn clashes(
    document: DocumentId,
    kind: RecordKind,
    title: &str,
    template: Option<&Template>,
    cells: &[Cell],
    authors: &dyn Authors,
) -> Vec<Clash> {
    let live = Live::of(cells);
    if live.under("g/").any(|(_, seals)| seals.iter().any(|seal| SealStatement::from_scalar(&seal.value).is_ok())) {
        return Vec::new();
    }
    if given_up::standing(cells).is_some_and(|it| it.holds) {
        // Nobody goes on with it.
        return Vec::new();
    }
    let clash = |key: &str, values: Vec<Saying>| Clash {
        document,
        kind,
        title: title.to_owned(),
        key: key.to_owned(),
        subject_kind: live.text(field::SUBJECT_KIND).and_then(RecordKind::from_code),
        question: question(key, template),
        values,
        settlement: None,
    };
    let places = live.under("h/").filter_map(|(key, _)| {
        let first = key.strip_prefix("h/") == Some(PLACE[0]);
        let apart = if first { place::apart(&live, kind) } else { Vec::new() };
        let values = apart.into_iter().map(|(cell, place)| saying_place(key, cell, place, authors));
        Some(clash(key, values.collect())).filter(|it| it.values.len() > 1)
    });
    // Where one adds a repetition that another one takes out, it is there: nobody is asked.
    let repetition = |key: &str| {
        let code = key.strip_prefix("i/").filter(|_| template.is_some_and(|it| !it.outline.is_empty()));
        code.and_then(|code| template?.at(code)).is_some_and(|at| matches!(at, Asked::Repetition(_)))
    };
    let others = live
        .under("")
        .filter(|(key, _)| settled_by_people(key) && !key.strip_prefix("h/").is_some_and(is_place) && !repetition(key));
    let others = others.filter_map(|(key, cells)| {
        let values = different(cells).into_iter();
        let values = values.map(|cell| saying(key, cell.operation, &cell.value, cell.at, authors));
        Some(clash(key, values.collect())).filter(|it| it.values.len() > 1)
    });
    let mut found: Vec<_> = places.chain(others).collect();
    found.sort_by(|one, other| one.key.cmp(&other.key));
    found
}

/// What somebody says of a place, all of it.
pub(super) fn saying_place(key: &str, cell: &Cell, place: Position, authors: &dyn Authors) -> Saying {
    Saying { answer: Some(Answer::Geo(place)), ..saying(key, cell.operation, &cell.value, cell.at, authors) }
}

/// The question that a key is about.
pub(super) fn question(key: &str, template: Option<&Template>) -> Option<Item> {
    match Key::parse(key).ok()? {
        Key::Item(code) | Key::Photo(code, _) | Key::Finding(code, _) => template?.item(&code).cloned(),
        _ => None,
    }
}

/// Whether a choice at this key is a person's: the program's own bookkeeping is not, nor how two beginnings of one visit
/// differ (the view takes the earliest start and the newest version of the template). Who attended and what it comes to is said
/// at the end and shown to whoever signs it.
fn settled_by_people(key: &str) -> bool {
    !key.starts_with("a/")
        && !["h", "s"].into_iter().any(|letter| {
            [field::SCHEMA, field::CLOCK_OFF, state::STATE, state::GIVEN_UP, state::CONCLUSION]
                .into_iter()
                .chain(BEGUN_WITH)
                .any(|name| key.strip_prefix(letter).and_then(|rest| rest.strip_prefix('/')) == Some(name))
        })
}

/// Of a key's puts, those that say different things; of equal ones the first. Where there are several, unreadable ones are
/// left out.
pub(super) fn different<'a>(cells: &[&'a Cell]) -> Vec<&'a Cell> {
    if let [only] = cells {
        // Nearly every key: nothing to compare, so nothing to read.
        return vec![*only];
    }
    let mut kept: Vec<(&Cell, Said)> = Vec::new();
    for cell in cells {
        let said = Said::of(&cell.key, &cell.value);
        if said != Said::Unreadable && kept.iter().all(|(_, before)| *before != said) {
            kept.push((cell, said));
        }
    }
    kept.into_iter().map(|(cell, _)| cell).collect()
}

/// What a put at a key says, and who said it. `at`: when its change was made.
pub(super) fn saying(
    key: &str,
    operation: OperationId,
    value: &Scalar,
    at: UtcMillis,
    authors: &dyn Authors,
) -> Saying {
    let register = key.starts_with("i/").then(|| ItemAnswer::from_scalar(value).ok()).flatten();
    let decided = (key.strip_prefix("s/") == Some(state::DECISION)).then(|| DecisionStatement::from_scalar(value).ok());
    let decided = decided.flatten();
    let at = register.as_ref().map(|register| register.at).or(decided.as_ref().map(|it| it.at)).unwrap_or(at);
    let said = register.map(|register| (register.answer, register.note, register.measured));
    let (answer, note, measured) = said.unwrap_or_default();
    let decision = decided.as_ref().map(|it| it.decision);
    let replied = Key::parse(key).is_ok_and(|key| matches!(key, Key::Finding(_, name) if name.starts_with(REPLY)));
    let reply = replied.then(|| ThreadMessage::from_scalar(value).ok()).flatten();
    let note = decided.map(|it| it.words).or(reply.map(|it| it.words)).unwrap_or(note);
    let (by, chosen_by) = attributed(operation, at, choice::origin(value), authors);
    let finding = key.starts_with("f/").then(|| FindingDetail::from_scalar(value).ok()).flatten();
    let photo = key.starts_with("p/").then(|| PhotoDetail::from_scalar(value).ok()).flatten();
    let value = value.clone();
    Saying { operation, value, answer, note, measured, finding, photo, decision, by, chosen_by, unsigned: false }
}

/// Who said what a put says and when, and who chose it to settle a clash, if somebody did.
pub(super) fn attributed(
    put: OperationId,
    at: UtcMillis,
    origin: Option<Origin>,
    authors: &dyn Authors,
) -> (Attribution, Option<Attribution>) {
    let own = authors.attribution(put.actor, at);
    match origin {
        Some(first) => (authors.attribution(first.actor, first.at), Some(own)),
        None => (own, None),
    }
}
