//! Who attended an inspection and signed it by hand, or would not; and the officers' conclusion.
//!
//! Invariants: a hand is drawn under what its owner was shown. It names the hash of that content ([`content_hash`]) and of
//! what is noted of its owner, opinion and all ([`Attendee::hash_on`]), and the officer's seal covers both; so where anything was changed between the two, everybody who reads the record is told. A hand is
//! no proof of identity: it stands under the seal of the officer before whom it was drawn (inspection_record.json: signature
//! images, or the reason of refusal and a witness).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::facility::{field, state};
use super::key::Key;
use super::register::Severity;
use super::value::{Cell, Scalar};
use crate::clock::UtcMillis;
use crate::id::PersonId;
use crate::view::build::late::is_content;

/// The longest name or position, in characters.
pub const MAX_NAME_CHARS: usize = 120;
/// The longest opinion or reason, in characters.
pub const MAX_WORDS_CHARS: usize = 1_000;
/// The most people whom one part of a record names.
pub const MOST_ATTENDEES: usize = 40;
/// How wide the box is that hands are drawn in, in its own units.
pub const BOX_WIDTH: u16 = 900;
/// How high it is.
pub const BOX_HEIGHT: u16 = 450;
/// The most strokes of a hand.
pub const MOST_STROKES: usize = 80;
/// The most points of all its strokes together.
pub const MOST_POINTS: usize = 1_200;

/// As what somebody attended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AttendeeRole {
    /// Of the inspecting authority.
    Inspector,
    /// For the premises.
    Representative,
    /// Who saw it: a neighbour, the head of the residential group.
    Witness,
}

/// Why somebody who is named did not sign.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Unsigned {
    /// They would not.
    Refused,
    /// They were not there.
    Absent,
    /// They cannot: hurt, or unable to write.
    Unable,
}

/// `a/<uuid>` of an inspection: somebody who attended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Attendee {
    /// As what.
    pub role: AttendeeRole,
    /// Full name, NFC; may be empty only of a representative who was absent.
    pub name: String,
    /// Position or what they are to the premises, NFC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub position: String,
    /// What the representative says of the record; why somebody did not sign. NFC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Their signature; absent where they did not sign (yet).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hand: Option<Hand>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub unsigned: Option<Unsigned>,
    /// When it was noted, by the device's clock.
    pub at: UtcMillis,
    /// By which officer.
    pub by: PersonId,
}

/// A signature drawn on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Hand {
    /// Each stroke as x, y, x, y, …: units of a box [`BOX_WIDTH`] wide and [`BOX_HEIGHT`] high, from its upper left.
    pub strokes: Vec<Vec<u16>>,
    /// When each stroke began, in milliseconds after the first.
    pub times: Vec<u32>,
    /// SHA-256, hexadecimal, of what was shown when it was drawn ([`Attendee::hash_on`]).
    pub on: String,
}

impl Hand {
    /// Whether there is something drawn, within the box and the limits.
    pub fn is_well_formed(&self) -> bool {
        let points: usize = self.strokes.iter().map(|stroke| stroke.len() / 2).sum();
        let drawn = |stroke: &Vec<u16>| {
            !stroke.is_empty()
                && stroke.len().is_multiple_of(2)
                && stroke.chunks(2).all(|point| point[0] <= BOX_WIDTH && point[1] <= BOX_HEIGHT)
        };
        !self.strokes.is_empty()
            && self.strokes.len() <= MOST_STROKES
            && points <= MOST_POINTS
            && self.strokes.iter().all(drawn)
            && self.times.len() == self.strokes.len()
            && self.times.is_sorted()
            && self.on.len() == 64
            && self.on.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    }
}

impl Attendee {
    /// The key that one stands at.
    pub const fn key(id: Uuid) -> Key {
        Key::Attendee(id)
    }

    /// What their hand is on, where the record says what `content` is the hash of: SHA-256, hexadecimal, over `"ancu-hand-v1"`,
    /// that hash, the role's code, name, position and words, each after its length (u32, big-endian).
    pub fn hash_on(&self, content: &str) -> String {
        let role = match self.role {
            AttendeeRole::Inspector => "inspector",
            AttendeeRole::Representative => "representative",
            AttendeeRole::Witness => "witness",
        };
        let mut hash = Sha256::new_with_prefix(b"ancu-hand-v1");
        for text in [content, role, &self.name, &self.position, &self.words] {
            hash.update((text.len() as u32).to_be_bytes());
            hash.update(text.as_bytes());
        }
        hex::encode(hash.finalize())
    }

    /// What it cannot be without, or with: a member of the register.
    pub fn lacking(&self) -> Option<&'static str> {
        let absent = self.role == AttendeeRole::Representative && self.unsigned == Some(Unsigned::Absent);
        if self.name.trim().is_empty() && !absent {
            return Some("name");
        }
        if self.unsigned.is_some() && self.words.trim().is_empty() {
            return Some("words");
        }
        match (&self.hand, self.unsigned) {
            (Some(_), Some(_)) => Some("unsigned"),
            (Some(hand), None) if !hand.is_well_formed() => Some("hand"),
            _ => None,
        }
    }
}

/// What an inspection comes to (inspection_record.json, conclusions).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Đảm bảo an toàn
    Safe,
    /// Cơ bản đảm bảo, có tồn tại nhỏ
    SafeWithMinor,
    /// Không đảm bảo, khắc phục có thời hạn
    UnsafeRemediable,
    /// Không đảm bảo, đề nghị tạm đình chỉ hoặc đình chỉ
    UnsafeSerious,
    /// Đã dừng hoạt động
    NotOperating,
    /// Không tiếp cận được, không hợp tác
    NoAccess,
}

impl Conclusion {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Safe,
        Self::SafeWithMinor,
        Self::UnsafeRemediable,
        Self::UnsafeSerious,
        Self::NotOperating,
        Self::NoAccess,
    ];

    /// What the checks lead to; the officer decides.
    pub const fn proposed(gravest: Option<Severity>) -> Self {
        match gravest {
            None | Some(Severity::Info) => Self::Safe,
            Some(Severity::Minor) => Self::SafeWithMinor,
            Some(Severity::Major) => Self::UnsafeRemediable,
            Some(Severity::Critical) => Self::UnsafeSerious,
        }
    }

    /// Whether it says that the premises are safe; `None` where they were not judged.
    pub const fn is_safe(self) -> Option<bool> {
        match self {
            Self::Safe | Self::SafeWithMinor => Some(true),
            Self::UnsafeRemediable | Self::UnsafeSerious => Some(false),
            Self::NotOperating | Self::NoAccess => None,
        }
    }
}

/// `s/conclusion` of an inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct ConclusionStatement {
    /// What it comes to.
    pub conclusion: Conclusion,
    /// The same in words, NFC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// When it was said, by the device's clock.
    pub at: UtcMillis,
    /// By which officer.
    pub by: PersonId,
}

impl ConclusionStatement {
    /// The key that it stands at.
    pub fn key() -> Key {
        Key::State(state::CONCLUSION.to_owned())
    }
}

/// Whether a hand is under what a key holds: what people said of the premises, and which visit it is.
fn is_signed_by_hand(key: &Key) -> bool {
    match key {
        Key::Attendee(_) => false,
        Key::Header(name) => {
            is_content(key)
                || [field::FACILITY, field::TEMPLATE, field::VISIT_DAY, field::SUPPLEMENT_OF].contains(&name.as_str())
        }
        key => is_content(key),
    }
}

/// The hash of what a part of a record says, who attended apart: SHA-256, hexadecimal, over `"ancu-content-v1"` and, in the
/// order of the keys, each key that people fill with the value it shows. Key and value are preceded by their lengths (u32,
/// big-endian); a value is its JSON. It is the same on every device that has the same changes.
pub fn content_hash<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> String {
    let mut shown: BTreeMap<&str, &Cell> = BTreeMap::new();
    for cell in cells.into_iter().filter(|cell| Key::parse(&cell.key).is_ok_and(|key| is_signed_by_hand(&key))) {
        let first = shown.entry(&cell.key).or_insert(cell);
        if cell.operation > first.operation {
            *first = cell;
        }
    }
    let mut hash = Sha256::new_with_prefix(b"ancu-content-v1");
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u32).to_be_bytes());
        hash.update(bytes);
    };
    for (key, cell) in shown.into_iter().filter(|(_, cell)| !matches!(cell.value, Scalar::Null)) {
        add(key.as_bytes());
        add(cell.value.to_json().as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ActorId;
    use crate::record::value::OperationId;

    fn put(counter: u64, key: &str, value: Scalar) -> Cell {
        let operation = OperationId { counter, actor: ActorId([1; 16]) };
        Cell { key: key.into(), operation, value, at: UtcMillis(counter as i64) }
    }

    fn hand() -> Hand {
        Hand { strokes: vec![vec![10, 20, 30, 40], vec![900, 300]], times: vec![0, 450], on: "ab".repeat(32) }
    }

    fn attendee() -> Attendee {
        Attendee {
            role: AttendeeRole::Representative,
            name: "Nguyễn Thị Hoa".into(),
            position: String::new(),
            words: String::new(),
            hand: Some(hand()),
            unsigned: None,
            at: UtcMillis(1),
            by: PersonId::from_bytes([1; 16]),
        }
    }

    #[test]
    fn who_did_not_sign_says_why_and_who_signed_drew_something() {
        assert_eq!(attendee().lacking(), None);
        let said = |change: fn(&mut Attendee)| {
            let mut it = attendee();
            change(&mut it);
            it.lacking()
        };
        assert_eq!(said(|it| it.name.clear()), Some("name"));
        assert_eq!(said(|it| it.unsigned = Some(Unsigned::Refused)), Some("words"));
        let refuse =
            |it: &mut Attendee| (it.words, it.unsigned) = ("Không nhất trí mục ESC-01".into(), Some(Unsigned::Refused));
        assert_eq!(said(refuse), Some("unsigned"), "signed and refused");
        assert_eq!(
            said(|it| (it.hand, it.words, it.unsigned, it.name) =
                (None, "Đi vắng".into(), Some(Unsigned::Absent), String::new())),
            None
        );
        assert_eq!(
            said(|it| (it.hand, it.words, it.unsigned, it.name) =
                (None, "Đi vắng".into(), Some(Unsigned::Unable), String::new())),
            Some("name")
        );
        let drawn = |change: fn(&mut Hand)| {
            let mut it = hand();
            change(&mut it);
            it.is_well_formed()
        };
        assert!(drawn(|_| ()));
        assert!(!drawn(|it| it.strokes.clear()));
        assert!(!drawn(|it| it.strokes[0].push(1)), "half a point");
        assert!(!drawn(|it| it.strokes[0][0] = BOX_WIDTH + 1), "beside the box");
        assert!(!drawn(|it| it.times = vec![5, 1]), "back in time");
        assert!(!drawn(|it| it.times.truncate(1)));
        assert!(!drawn(|it| it.on = "AB".repeat(32)), "one hash, one spelling");
        assert!(!drawn(|it| (it.strokes, it.times) = (vec![vec![1, 1]; MOST_STROKES + 1], vec![0; MOST_STROKES + 1])));
    }

    #[test]
    fn a_hand_is_on_the_opinion_too() {
        let signed = attendee().hash_on("x");
        assert_eq!(attendee().hash_on("x"), signed);
        assert_ne!(attendee().hash_on("y"), signed);
        let changes: [fn(&mut Attendee); 4] = [
            |it| it.words = "Nhất trí".into(),
            |it| it.name.push('g'),
            |it| it.position = "Chủ nhà".into(),
            |it| it.role = AttendeeRole::Witness,
        ];
        for change in changes {
            let mut other = attendee();
            change(&mut other);
            assert_ne!(other.hash_on("x"), signed);
        }
    }

    #[test]
    fn a_hash_is_of_what_is_said_and_not_of_how_it_came() {
        let cells = [
            put(1, "h/facility", "x".into()),
            put(2, "i/A", "one".into()),
            put(3, "s/conclusion", "safe".into()),
            put(4, "h/latitude", 20.9.into()),
        ];
        let said = content_hash(&cells);
        let mut turned = cells.to_vec();
        turned.reverse();
        assert_eq!(content_hash(&turned), said, "in any order");
        let with = |more: Cell| content_hash(&[&cells[..], &[more]].concat());
        assert_eq!(with(put(9, "a/018f0000-0000-7000-8000-000000000001", "hand".into())), said, "who attends is apart");
        assert_eq!(with(put(9, "h/clock_off_ms", Scalar::Int(4))), said, "the program's own");
        assert_eq!(with(put(9, "i/B", Scalar::Null)), said, "nothing is said there");
        assert_eq!(with(put(1, "i/A", "earlier".into())), said, "not shown");
        for (key, value) in [("i/A", "two"), ("i/B", "one"), ("s/conclusion", "unsafe"), ("f/A/detail", "x")] {
            assert_ne!(with(put(9, key, value.into())), said, "{key}");
        }
    }
}
