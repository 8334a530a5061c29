//! The grammar of keys: which root keys a record of each kind may hold.
//!
//! `h/<field>` header · `i/<item>` one register per checklist item · `p/<item>/<photo>` a photo's metadata ·
//! `f/<item>/<field>` a finding · `g/<actor>` a seal · `r/<group>/<uuid>/<field>` repeats · `s/<field>` state ·
//! `t/<item>/<uuid>` words of a review at a question · `e/<item>/<uuid>` a step that a finding was followed by ·
//! `a/<uuid>` somebody who attended · `m/<measure>/<uuid>` a step of a measure against premises.

use std::fmt;

use uuid::Uuid;

use super::RecordKind;
use crate::id::{ActorId, PhotoHash};

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 160;
/// The longest code of a question, with the repetition that it is asked in.
pub const MAX_ITEM_CHARS: usize = 48;

/// A parsed key; displays as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `h/<field>`
    Header(String),
    /// `i/<item>`
    Item(String),
    /// `p/<item>/<photo>`
    Photo(String, PhotoHash),
    /// `f/<item>/<field>`
    Finding(String, String),
    /// `g/<actor>`
    Seal(ActorId),
    /// `r/<group>/<uuid>/<field>`
    Repeat(String, Uuid, String),
    /// `s/<field>`
    State(String),
    /// `t/<item>/<uuid>`; the item `_` stands for the whole record.
    Thread(String, Uuid),
    /// `e/<item>/<uuid>`
    Event(String, Uuid),
    /// `a/<uuid>`
    Attendee(Uuid),
    /// `m/<measure>/<uuid>`
    Measure(Uuid, Uuid),
}

/// A key outside the grammar, or not allowed in records of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key not allowed: {0:?}")]
pub struct InvalidKey(pub String);

fn is_field(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 48
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_item(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_ITEM_CHARS
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'.')
}

fn uuid(text: &str) -> Option<Uuid> {
    // Only the hyphenated lower-case form: one value, one key.
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().to_string() == text).then_some(id)
}

impl Key {
    /// Reads a key; every key has exactly one spelling.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        Self::read(text).ok_or_else(|| InvalidKey(text.chars().take(80).collect()))
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_KEY_BYTES {
            return None;
        }
        let mut parts = text.split('/');
        let letter = parts.next()?;
        let (one, two, three) = (parts.next()?, parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        match (letter, two, three) {
            ("h", None, None) if is_field(one) => Some(Self::Header(one.into())),
            ("s", None, None) if is_field(one) => Some(Self::State(one.into())),
            ("i", None, None) if is_item(one) => Some(Self::Item(one.into())),
            ("g", None, None) => one.parse::<ActorId>().ok().filter(|actor| actor.to_string() == one).map(Self::Seal),
            ("a", None, None) => uuid(one).map(Self::Attendee),
            ("p", Some(photo), None) if is_item(one) => photo
                .parse::<PhotoHash>()
                .ok()
                .filter(|hash| hash.to_string() == photo)
                .map(|hash| Self::Photo(one.into(), hash)),
            ("f", Some(field), None) if is_item(one) && is_field(field) => {
                Some(Self::Finding(one.into(), field.into()))
            }
            ("t", Some(id), None) if is_item(one) => Some(Self::Thread(one.into(), uuid(id)?)),
            ("e", Some(id), None) if is_item(one) => Some(Self::Event(one.into(), uuid(id)?)),
            ("m", Some(id), None) => Some(Self::Measure(uuid(one)?, uuid(id)?)),
            ("r", Some(id), Some(field)) if is_field(one) && is_field(field) => {
                Some(Self::Repeat(one.into(), uuid(id)?, field.into()))
            }
            _ => None,
        }
    }

    /// Whether records of this kind may hold this key.
    pub fn allowed_in(&self, kind: RecordKind) -> bool {
        use RecordKind::{Dwelling, Enforcement, Facility, Inspection, Remediation, Residents, Review};
        match self {
            Self::Header(_) | Self::State(_) => true,
            Self::Item(_) => matches!(kind, Inspection | Dwelling),
            Self::Photo(..) => matches!(kind, Inspection | Dwelling | Facility | Remediation),
            Self::Finding(..) | Self::Seal(_) | Self::Attendee(_) => matches!(kind, Inspection),
            Self::Repeat(..) => matches!(kind, Facility | Dwelling | Residents),
            Self::Thread(..) => matches!(kind, Review),
            Self::Event(..) => matches!(kind, Remediation),
            Self::Measure(..) => matches!(kind, Enforcement),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(field) => write!(f, "h/{field}"),
            Self::Item(item) => write!(f, "i/{item}"),
            Self::Photo(item, photo) => write!(f, "p/{item}/{photo}"),
            Self::Finding(item, field) => write!(f, "f/{item}/{field}"),
            Self::Seal(actor) => write!(f, "g/{actor}"),
            Self::Repeat(group, id, field) => write!(f, "r/{group}/{id}/{field}"),
            Self::State(field) => write!(f, "s/{field}"),
            Self::Thread(item, id) => write!(f, "t/{item}/{id}"),
            Self::Event(item, id) => write!(f, "e/{item}/{id}"),
            Self::Attendee(id) => write!(f, "a/{id}"),
            Self::Measure(measure, id) => write!(f, "m/{measure}/{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_strangers_are_refused() {
        let photo = "p/ESC-01/".to_owned() + &"ab".repeat(32);
        for good in [
            "h/name",
            "i/ESC-01",
            photo.as_str(),
            "f/ESC-01/detail",
            "g/00112233445566778899aabbccddeeff",
            "r/person/018f0000-0000-7000-8000-000000000001/floor",
            "s/state",
            "t/_/018f0000-0000-7000-8000-000000000001",
            "e/ESC-01/018f0000-0000-7000-8000-000000000001",
            "a/018f0000-0000-7000-8000-000000000001",
            "m/018f0000-0000-7000-8000-000000000001/018f0000-0000-7000-8000-000000000002",
        ] {
            assert_eq!(Key::parse(good).map(|key| key.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "h", "h/", "h/Name", "i/ESC 01", "i/a/b", "x/y", "h/tên", "g/zz", "p/ESC-01/ab", "s/a/b/c/d"] {
            assert!(Key::parse(bad).is_err(), "{bad}");
        }
        // Upper-case hexadecimal would be a second spelling of one key.
        assert!(Key::parse("g/00112233445566778899AABBCCDDEEFF").is_err());
        assert!(!Key::Item("ESC-01".into()).allowed_in(RecordKind::Review));
        let only_there = RecordKind::ALL.map(|kind| Key::Event("ESC-01".into(), Uuid::nil()).allowed_in(kind));
        assert_eq!(only_there.iter().filter(|allowed| **allowed).count(), 1);
    }
}
