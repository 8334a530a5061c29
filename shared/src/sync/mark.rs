//! The server's mark: a point of its history that only it can read.
//!
//! Invariant: whoever holds a receipt holds a mark of the same instant or a later one, and tells it in the next exchange. A
//! server that does not find that point in its history was put back from an older copy, whoever did that and however.

use serde::{Deserialize, Serialize};

/// The longest mark that is kept, in bytes.
pub const MAX_MARK_BYTES: usize = 128;
/// The most marks that are held, and told in one request.
pub const MAX_MARKS: usize = 64;

/// A point of the server's history, sealed by the server; opaque to everybody else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreMark(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl StoreMark {
    /// As a header carries it: hexadecimal.
    pub fn to_text(&self) -> String {
        hex::encode(&self.0)
    }

    /// Reads what [`Self::to_text`] wrote; `None`: it is none, or too long for one.
    pub fn from_text(text: &str) -> Option<Self> {
        if text.len() > 2 * MAX_MARK_BYTES {
            return None;
        }
        hex::decode(text).ok().map(Self)
    }
}

/// Adds a mark to those that are held. Where there is no room, it takes the place of the newest: what the older ones prove is
/// not told by any other.
pub fn hold(held: &mut Vec<StoreMark>, mark: StoreMark) {
    if mark.0.len() > MAX_MARK_BYTES || held.contains(&mark) {
        return;
    }
    held.truncate(MAX_MARKS - 1);
    held.push(mark);
}

/// An answer to a request that told marks: the server found these in its history, so that its own stands for them all.
pub fn stand_on(held: &mut Vec<StoreMark>, told: &[StoreMark], mark: Option<StoreMark>) {
    let Some(mark) = mark else { return };
    held.retain(|known| !told.contains(known));
    hold(held, mark);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(number: u8) -> StoreMark {
        StoreMark(vec![number; 8])
    }

    #[test]
    fn an_answer_stands_for_what_was_told_and_for_nothing_else() {
        let mut held = vec![mark(1), mark(2)];
        let told = held.clone();
        hold(&mut held, mark(3));
        stand_on(&mut held, &told, Some(mark(9)));
        assert_eq!(held, [mark(3), mark(9)], "what came meanwhile is told the next time");
        stand_on(&mut held, &[mark(3), mark(9)], None);
        assert_eq!(held, [mark(3), mark(9)], "a server of before says nothing, and takes nothing");
    }

    #[test]
    fn the_number_of_marks_has_a_bound_and_the_oldest_stay() {
        let mut held = Vec::new();
        (0..200).for_each(|number| hold(&mut held, mark(number)));
        assert_eq!((held.len(), &held[0], &held[MAX_MARKS - 1]), (MAX_MARKS, &mark(0), &mark(199)));
        hold(&mut held, StoreMark(vec![0; MAX_MARK_BYTES + 1]));
        assert!(!held.iter().any(|mark| mark.0.len() > MAX_MARK_BYTES));
    }

    #[test]
    fn a_mark_has_one_text() {
        assert_eq!(StoreMark::from_text(&mark(7).to_text()), Some(mark(7)));
        for no in ["x", "abc", &"00".repeat(MAX_MARK_BYTES + 1)] {
            assert_eq!(StoreMark::from_text(no), None, "{no}");
        }
    }
}
