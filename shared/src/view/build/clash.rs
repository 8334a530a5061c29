//! Clashes: two people said different things at one key while apart.
//!
//! Invariant: saying the same twice is no clash; who and when do not count as a difference. Nothing is a clash in a sealed
//! record, because nothing can be settled there: its view still shows both values.

use super::live::Live;
use crate::id::DocumentId;
use crate::record::RecordKind;
use crate::record::facility::{field, state};
use crate::record::register::{DecisionStatement, FindingDetail, ItemAnswer, PhotoDetail, Register, SealStatement};
use crate::record::value::{Cell, Scalar};
use crate::view::{Authors, Clash, ClashValue};

/// The clashes of a record, in the order of keys. `title` is what people call it: the name of the premises.
pub fn clashes(
    document: DocumentId,
    kind: RecordKind,
    title: &str,
    cells: &[Cell],
    authors: &dyn Authors,
) -> Vec<Clash> {
    let live = Live::of(cells);
    if live.under("g/").any(|(_, seals)| seals.iter().any(|seal| SealStatement::from_scalar(&seal.value).is_ok())) {
        return Vec::new();
    }
    live.under("")
        .filter(|(key, _)| settled_by_people(key))
        .filter_map(|(key, cells)| {
            let different = different(cells);
            (different.len() > 1).then(|| Clash {
                document,
                kind,
                title: title.to_owned(),
                key: key.to_owned(),
                values: different.into_iter().map(|cell| value(key, cell, authors)).collect(),
            })
        })
        .collect()
}

/// Whether a choice at this key is a person's: the program's own bookkeeping is not.
fn settled_by_people(key: &str) -> bool {
    !["h", "s"].into_iter().any(|letter| {
        [field::SCHEMA, field::STARTED_AT, state::STATE]
            .into_iter()
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

/// What a put says, without who and when.
#[derive(PartialEq)]
enum Said {
    Unreadable,
    Value(Scalar),
    Json(Result<serde_json::Value, ()>),
}

impl Said {
    fn of(key: &str, value: &Scalar) -> Self {
        if value.is_tombstone() {
            return Self::Value(Scalar::Null);
        }
        match key.split('/').next() {
            Some("i") => Self::register::<ItemAnswer>(value, &["t", "b"]),
            Some("f") => Self::register::<FindingDetail>(value, &["at", "by"]),
            Some("p") => Self::register::<PhotoDetail>(value, &["at", "by"]),
            Some("s") if key.ends_with(state::DECISION) => Self::register::<DecisionStatement>(value, &["at", "by"]),
            _ => Self::Value(value.clone()),
        }
    }

    fn register<R: Register>(value: &Scalar, who_and_when: &[&str]) -> Self {
        let Ok(register) = R::from_scalar(value) else { return Self::Unreadable };
        let mut json = serde_json::to_value(register).map_err(|_| ());
        if let Ok(serde_json::Value::Object(fields)) = &mut json {
            fields.retain(|name, _| !who_and_when.contains(&name.as_str()));
        }
        Self::Json(json)
    }
}

fn value(key: &str, cell: &Cell, authors: &dyn Authors) -> ClashValue {
    let register = key.starts_with("i/").then(|| ItemAnswer::from_scalar(&cell.value).ok()).flatten();
    let at = register.as_ref().map_or(cell.at, |register| register.at);
    let (answer, note) = register.map_or((None, String::new()), |register| (register.answer, register.note));
    ClashValue {
        operation: cell.operation,
        value: cell.value.clone(),
        answer,
        note,
        by: authors.attribution(cell.operation.actor, at),
    }
}
