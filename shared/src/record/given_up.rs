//! A visit that is given up before anybody signed it: by whom, why, and knowing of what.
//!
//! Invariants: nothing is taken away by it; it holds only for what its author knew. What somebody said in the visit that its
//! author had not read keeps the visit open, however the two arrive, and a signature stands over it.

use serde::{Deserialize, Serialize};

use super::key::Key;
use super::register::Register as _;
use super::value::{Cell, OperationId};
use crate::clock::UtcMillis;
use crate::id::PersonId;
use crate::record::facility::state;
use crate::view::build::late::is_content;

/// The longest words beside a reason, in characters.
pub const MAX_WORDS_CHARS: usize = 500;

/// Why a visit is given up.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GivenUpReason {
    /// It was begun by mistake: at the wrong premises, or by a tap.
    ByMistake,
    /// The work goes on in another visit.
    AnotherVisit,
    /// Nobody let the officers in.
    NoEntry,
    /// Another reason: the words say which.
    Other,
}

/// `s/given_up` of a visit; null takes it up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct GivenUp {
    /// Why.
    pub reason: GivenUpReason,
    /// The same in words, NFC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Of everybody else who wrote in it, the last put that was known: sorted by actor, one of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<OperationId>,
    /// When, by the device's clock.
    pub at: UtcMillis,
    /// By whom.
    pub by: PersonId,
}

impl GivenUp {
    /// The key that it stands at.
    pub fn key() -> Key {
        Key::State(state::GIVEN_UP.to_owned())
    }

    /// What of a record its author knows: the last put of everybody else.
    pub fn seen_in(cells: &[Cell], author: crate::id::ActorId) -> Vec<OperationId> {
        let mut seen: Vec<OperationId> = Vec::new();
        for cell in cells.iter().filter(|cell| cell.operation.actor != author) {
            match seen.iter_mut().find(|known| known.actor == cell.operation.actor) {
                Some(known) => known.counter = known.counter.max(cell.operation.counter),
                None => seen.push(cell.operation),
            }
        }
        seen.sort_by_key(|known| known.actor);
        seen
    }

    /// What it cannot be without.
    pub fn lacking(&self) -> Option<&'static str> {
        (self.reason == GivenUpReason::Other && self.words.is_empty()).then_some("words")
    }

    /// Whether its author knew a put when writing it at `here`.
    fn knew(&self, here: OperationId, put: OperationId) -> bool {
        if put.actor == here.actor {
            return put.counter < here.counter;
        }
        self.seen.iter().any(|known| known.actor == put.actor && put.counter <= known.counter)
    }
}

/// What became of giving a visit up.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing<'a> {
    /// The put.
    pub cell: &'a Cell,
    /// What it says.
    pub statement: GivenUp,
    /// Whether it holds: not where somebody said something in the visit that its author had not read, nor where somebody who
    /// had not heard of it took up again what had been given up before.
    pub holds: bool,
}

/// Whether an unsigned visit was given up, by its cells in any order. `None`: nobody gave it up, or it was taken up again, or
/// it is signed.
pub fn standing(cells: &[Cell]) -> Option<Standing<'_>> {
    if is_signed(cells) { None } else { told(cells) }
}

/// Whether somebody signed the visit.
pub fn is_signed(cells: &[Cell]) -> bool {
    cells.iter().any(|cell| cell.key.starts_with("g/"))
}

/// That a visit was given up, also where somebody signed it who had not heard of that: there it holds no more, and is told.
pub fn told(cells: &[Cell]) -> Option<Standing<'_>> {
    let key = GivenUp::key().to_string();
    let mut puts: Vec<&Cell> = cells.iter().filter(|cell| cell.key == key).collect();
    puts.sort_by_key(|cell| std::cmp::Reverse(cell.operation));
    let read: Vec<(&Cell, GivenUp)> =
        puts.iter().filter_map(|cell| Some((*cell, GivenUp::from_scalar(&cell.value).ok()?))).collect();
    let said = |cell: &&Cell| Key::parse(&cell.key).is_ok_and(|key| is_content(&key));
    let known = |put: OperationId| read.iter().any(|(cell, statement)| statement.knew(cell.operation, put));
    let holds = !is_signed(cells)
        && puts.iter().all(|cell| !cell.value.is_tombstone())
        && cells.iter().filter(said).all(|cell| known(cell.operation));
    let (cell, statement) = read.into_iter().next()?;
    Some(Standing { cell, statement, holds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ActorId;
    use crate::record::value::Scalar;

    const AN: ActorId = ActorId([1; 16]);
    const BINH: ActorId = ActorId([2; 16]);

    fn put(counter: u64, actor: ActorId, key: &str, value: Scalar) -> Cell {
        Cell { key: key.into(), operation: OperationId { counter, actor }, value, at: UtcMillis(counter as i64) }
    }

    fn gives_up(counter: u64, actor: ActorId, known: &[Cell]) -> Cell {
        let (reason, words, by) = (GivenUpReason::ByMistake, String::new(), PersonId::from_bytes([3; 16]));
        let seen = GivenUp::seen_in(known, actor);
        let statement = GivenUp { reason, words, seen, at: UtcMillis(9), by };
        put(counter, actor, "s/given_up", statement.to_scalar())
    }

    fn holds(cells: &[Cell]) -> Option<bool> {
        standing(cells).map(|it| it.holds)
    }

    #[test]
    fn what_its_author_had_not_read_keeps_a_visit_open() {
        let begun =
            [put(1, AN, "h/facility", "x".into()), put(2, AN, "i/A", "own".into()), put(3, BINH, "i/B", "b".into())];
        assert_eq!(holds(&begun), None);
        let given_up = [&begun[..], &[gives_up(4, AN, &begun)]].concat();
        assert_eq!(holds(&given_up), Some(true));
        // Made apart: a counter says nothing of who knew whom.
        for counter in [1, 4, 40] {
            let apart = [&given_up[..], &[put(counter, ActorId([7; 16]), "i/C", "c".into())]].concat();
            assert_eq!(holds(&apart), Some(false), "{counter}");
        }
        let more = [&given_up[..], &[put(5, BINH, "h/latitude", 20.9.into())]].concat();
        assert_eq!(holds(&more), Some(false), "a place is said by somebody who is there");
        let begun_apart = [&given_up[..], &[put(1, ActorId([7; 16]), "h/started_at", 5.into())]].concat();
        assert_eq!(holds(&begun_apart), Some(true), "a second beginning says nothing");
        let signed = [&given_up[..], &[put(6, BINH, "g/02", "seal".into())]].concat();
        assert_eq!(holds(&signed), None, "a signature stands over it");
        assert_eq!(told(&signed).map(|it| it.holds), Some(false), "and its words are told");
    }

    #[test]
    fn of_two_that_gave_it_up_apart_each_answers_for_what_they_knew() {
        let begun = [put(2, AN, "i/A", "own".into()), put(3, BINH, "i/B", "b".into())];
        let both = [&begun[..], &[gives_up(4, AN, &begun[..1]), gives_up(5, BINH, &begun[1..])]].concat();
        assert_eq!(holds(&both), Some(true));
        assert_eq!(holds(&both[..3]), Some(false), "An alone had not read what Bình said");
        let taken_up = [&both[..], &[put(6, AN, "s/given_up", Scalar::Null)]].concat();
        assert_eq!(holds(&taken_up), Some(false), "one of them took it up again");
        assert_eq!(holds(&[&begun[..], &[put(6, AN, "s/given_up", Scalar::Null)]].concat()), None);
    }
}
