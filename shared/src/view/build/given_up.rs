//! The course of giving a visit up: who gave it up and why, who took it up again, and what of it came after the seal.
//!
//! Invariant: nothing that was admitted, carried or is held is left out; what came after the seal changes nothing in the record
//! and is told beside it.

use super::live::Live;
use crate::clock::UtcMillis;
use crate::document::guard::CheckedChange;
use crate::id::ActorId;
use crate::record::facility::field;
use crate::record::given_up::GivenUp;
use crate::record::register::Register as _;
use crate::record::value::{Cell, Scalar};
use crate::view::{Attribution, Authors, GivenUpEvent};

/// What changes of a visit, all of them in any order, say of giving it up: who knew what comes first, whatever the clocks say.
/// `late`: whether they came after the seal and are no part of the record; `by`: who an actor is, at a time.
pub fn told(
    changes: &[CheckedChange],
    late: bool,
    by: impl Fn(ActorId, UtcMillis) -> Attribution,
) -> Vec<GivenUpEvent> {
    let key = GivenUp::key().to_string();
    let mut puts: Vec<_> = changes
        .iter()
        .flat_map(|change| change.operations.iter().map(move |operation| (operation, change.at)))
        .filter(|(operation, _)| operation.key == key)
        .collect();
    puts.sort_by_key(|(operation, _)| operation.id);
    puts.into_iter()
        .filter_map(|(operation, at)| {
            event(operation.put.as_ref()?, late, |said| by(operation.id.actor, said.unwrap_or(at)))
        })
        .collect()
}

/// Whether anybody gave a visit up, by its cells: only then its log says more of it.
pub fn was_given_up(cells: &[Cell]) -> bool {
    let key = GivenUp::key().to_string();
    cells.iter().any(|cell| cell.key == key)
}

/// That the author of a supplement had given the visit up before hearing of the seal.
pub(super) fn apart(cells: &[Cell], authors: &dyn Authors) -> Option<GivenUpEvent> {
    let live = Live::of(cells);
    let cell = live.winner(&format!("h/{}", field::GIVEN_UP_APART)).filter(|cell| !cell.value.is_tombstone())?;
    event(&cell.value, true, |said| authors.attribution(cell.operation.actor, said.unwrap_or(cell.at)))
}

fn event(put: &Scalar, late: bool, by: impl FnOnce(Option<UtcMillis>) -> Attribution) -> Option<GivenUpEvent> {
    if put.is_tombstone() {
        return Some(GivenUpEvent { reason: None, words: String::new(), by: by(None), late });
    }
    let GivenUp { reason, words, at, .. } = GivenUp::from_scalar(put).ok()?;
    Some(GivenUpEvent { reason: Some(reason), words, by: by(Some(at)), late })
}

/// What the record says of it in its own order, then what came late, by its time; each once: what is held may have been carried too.
pub(super) fn course(events: &[GivenUpEvent]) -> Vec<GivenUpEvent> {
    let mut course: Vec<GivenUpEvent> = Vec::new();
    for event in events {
        let same = |known: &GivenUpEvent| {
            (known.reason, known.by.person, known.by.at) == (event.reason, event.by.person, event.by.at)
        };
        match course.iter_mut().find(|known| same(known)) {
            // Let into the record on a reviewer's word: it came late all the same.
            Some(known) => known.late |= event.late,
            None => course.push(event.clone()),
        }
    }
    course.sort_by_key(|event| event.late.then_some(event.by.at));
    course
}
