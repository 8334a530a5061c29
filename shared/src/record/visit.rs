//! Visits: an inspection is named by where, when and by which template it is made, so that officers who begin it apart
//! write one record.
//!
//! Invariant: the id of an inspection follows from what its beginnings say ([`Visit::id`]); every beginning says all of it,
//! and nothing later says any of it again. Supplements are no visits: their ids are UUIDv7 and they name what they
//! supplement.
//!
//! The day is the civil day in Hà Nội by the clock of the device that begins; the number counts the visits of that day
//! that are sealed as far as that device knows, from 1. Devices whose clocks say different days make two records: which of
//! them is right nobody can know, so both stand and are shown beside each other.

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::facility::field;
use super::key::Key;
use super::value::Scalar;
use crate::document::guard::CheckedChange;
use crate::id::DocumentId;

/// Header fields that only the beginning of an inspection says.
pub const BOUND: [&str; 3] = [field::TEMPLATE, field::VISIT_DAY, field::VISIT_NUMBER];

/// One visit of premises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The premises.
    pub facility: DocumentId,
    /// Template code. Its version is no part of the id: two officers may have different ones.
    pub template: String,
    /// The day in Hà Nội.
    pub day: Date,
    /// Which visit of that day, from 1.
    pub number: u32,
}

impl Visit {
    /// The inspection's id: UUIDv8 of the first 16 bytes of SHA-256 over `ancu-visit-v1`, the premises' id, the day as ISO
    /// text (10 bytes), the number (u32 big-endian) and the template's code.
    pub fn id(&self) -> DocumentId {
        let digest = Sha256::new()
            .chain_update(b"ancu-visit-v1")
            .chain_update(self.facility.as_bytes())
            .chain_update(self.day.to_string())
            .chain_update(self.number.to_be_bytes())
            .chain_update(&self.template)
            .finalize();
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&digest[..16]);
        DocumentId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The header fields of the inspection's first change that say which visit it is.
    pub fn header(&self) -> Vec<(Key, Scalar)> {
        [
            (field::FACILITY, Scalar::from(self.facility.to_string())),
            (field::TEMPLATE, Scalar::from(self.template.as_str())),
            (field::VISIT_DAY, Scalar::from(self.day.to_string())),
            (field::VISIT_NUMBER, Scalar::Int(i64::from(self.number))),
        ]
        .into_iter()
        .map(|(name, value)| (Key::Header(name.to_owned()), value))
        .collect()
    }

    /// The visit that a beginning names; `None` where it does not say all of it, or says something twice.
    pub fn of_beginning(change: &CheckedChange) -> Option<Self> {
        let one = |name: &str| {
            let key = Key::Header(name.to_owned()).to_string();
            let mut puts = change.operations.iter().filter(|operation| operation.key == key);
            puts.next().filter(|_| puts.next().is_none())?.put.as_ref()
        };
        Some(Self {
            facility: one(field::FACILITY)?.as_text()?.parse().ok()?,
            template: one(field::TEMPLATE)?.as_text()?.to_owned(),
            day: one(field::VISIT_DAY)?.as_text().and_then(day)?,
            number: one(field::VISIT_NUMBER)?.as_int().and_then(number)?,
        })
    }
}

/// A day in its one spelling: years of four digits, so that every text has the same length.
pub fn day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (text.len() == 10 && day.to_string() == text).then_some(day)
}

/// A visit's number.
pub fn number(whole: i64) -> Option<u32> {
    u32::try_from(whole).ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit() -> Visit {
        Visit {
            facility: DocumentId::from_bytes([9; 16]),
            template: "mini_apartment".into(),
            day: jiff::civil::date(2026, 11, 21),
            number: 1,
        }
    }

    #[test]
    fn the_id_is_everybodys_and_each_part_changes_it() {
        // Written down so that no later version gives another id.
        assert_eq!(visit().id().to_string(), "acaa19d7-321a-8202-9808-e4b124140157");
        assert_eq!(visit().id().0.get_version_num(), 8);
        let others = [
            Visit { facility: DocumentId::from_bytes([8; 16]), ..visit() },
            Visit { template: "boarding_house".into(), ..visit() },
            Visit { day: jiff::civil::date(2026, 11, 22), ..visit() },
            Visit { number: 2, ..visit() },
        ];
        assert!(others.iter().all(|other| other.id() != visit().id()));
    }

    #[test]
    fn days_and_numbers_have_one_spelling() {
        assert_eq!(day("2026-11-21"), Some(visit().day));
        for other in ["20261121", "2026-11-21T00:00", "+002026-11-21", "-000001-01-01", "21.11.2026", ""] {
            assert_eq!(day(other), None, "{other}");
        }
        assert_eq!((number(1), number(0), number(-1), number(i64::MAX)), (Some(1), None, None, None));
    }
}
