//! A record's live puts, grouped by key, the one shown first.
//!
//! Invariants: the order in which cells came in never shows. What only a beginning says is read from the first one: a second
//! beginning of the same visit, made apart or to mislead, changes nothing of what the first one fixed.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::clock::UtcMillis;
use crate::id::DocumentId;
use crate::record::facility::field;
use crate::record::register::Register;
use crate::record::value::{Cell, Scalar};
use crate::template::TemplateRef;

/// A record's cells by key; in each key the value shown comes first.
#[derive(Debug, Clone, Default)]
pub struct Live<'a> {
    keys: BTreeMap<&'a str, Vec<&'a Cell>>,
}

impl<'a> Live<'a> {
    /// Groups cells; they may come in any order.
    pub fn of(cells: &'a [Cell]) -> Self {
        let mut keys: BTreeMap<&str, Vec<&Cell>> = BTreeMap::new();
        for cell in cells {
            keys.entry(&cell.key).or_default().push(cell);
        }
        for values in keys.values_mut() {
            values.sort_unstable_by_key(|cell| std::cmp::Reverse(cell.operation));
        }
        Self { keys }
    }

    /// Live puts of a key, the one shown first.
    pub fn at(&self, key: &str) -> &[&'a Cell] {
        self.keys.get(key).map_or(&[], Vec::as_slice)
    }

    /// The put that is shown at a key.
    pub fn winner(&self, key: &str) -> Option<&'a Cell> {
        self.at(key).first().copied()
    }

    /// Keys with this beginning and their puts, in the order of the keys.
    pub fn under<'b>(&'b self, prefix: &'b str) -> impl Iterator<Item = (&'a str, &'b [&'a Cell])> + 'b {
        self.keys
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(key, values)| (*key, values.as_slice()))
    }

    /// All puts.
    pub fn cells(&self) -> impl Iterator<Item = &'a Cell> {
        self.keys.values().flatten().copied()
    }

    /// The first register of a key that can be read, with its put.
    pub fn register<R: Register>(&self, key: &str) -> Option<(&'a Cell, R)> {
        registers(self.at(key)).next()
    }

    /// The value shown of a header field; a tombstone is `None`.
    pub fn field(&self, name: &str) -> Option<&'a Scalar> {
        self.winner(&format!("h/{name}")).map(|cell| &cell.value).filter(|value| !value.is_tombstone())
    }

    /// A header field that holds text.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.field(name).and_then(Scalar::as_text)
    }

    /// A header field that holds a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.field(name).and_then(Scalar::as_number)
    }

    /// A header field that holds a whole number.
    pub fn whole(&self, name: &str) -> Option<i64> {
        self.field(name).and_then(Scalar::as_int)
    }

    /// A header field that holds a count.
    pub fn count(&self, name: &str) -> Option<u32> {
        self.whole(name).and_then(|whole| u32::try_from(whole).ok())
    }

    /// A header field that names a record.
    pub fn document(&self, name: &str) -> Option<DocumentId> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// A state field that holds text.
    pub fn state(&self, name: &str) -> Option<&'a str> {
        self.winner(&format!("s/{name}")).and_then(|cell| cell.value.as_text())
    }

    /// The template that an inspection is made by: the one that it was begun with first.
    pub fn template(&self) -> Option<TemplateRef> {
        self.templates().into_iter().next()
    }

    /// The versions of the template that an inspection was begun with, that of the first beginning first. Whoever has not got
    /// one takes the next: a version that nobody has made of a visit one that asks nothing.
    pub fn templates(&self) -> Vec<TemplateRef> {
        let Some(code) = self.text(field::TEMPLATE) else { return Vec::new() };
        let mut versions: Vec<&str> = Vec::new();
        for version in self.begun_with(field::TEMPLATE_VERSION).into_iter().filter_map(|cell| cell.value.as_text()) {
            if !versions.contains(&version) {
                versions.push(version);
            }
        }
        versions.into_iter().map(|version| TemplateRef { code: code.to_owned(), version: version.to_owned() }).collect()
    }

    /// What the first beginning says in a header field that only a beginning says.
    pub fn first_text(&self, name: &str) -> Option<&'a str> {
        self.begun_with(name).first().and_then(|cell| cell.value.as_text())
    }

    /// The puts of a header field that only a beginning says, that of the first beginning first.
    fn begun_with(&self, name: &str) -> Vec<&'a Cell> {
        let starts = self.at(&format!("h/{}", field::STARTED_AT));
        let begun_at = |cell: &Cell| {
            let own = starts.iter().filter(|start| start.operation.actor == cell.operation.actor);
            own.filter_map(|start| start.value.as_int()).min()
        };
        let mut puts = self.at(&format!("h/{name}")).to_vec();
        puts.sort_by_key(|cell| (begun_at(cell).is_none(), begun_at(cell), cell.operation));
        puts
    }

    /// When a record was begun: of several beginnings the earliest.
    pub fn started_at(&self) -> Option<UtcMillis> {
        self.beginning().and_then(|cell| cell.value.as_int()).map(UtcMillis)
    }

    /// The put that says when a record was begun.
    pub fn beginning(&self) -> Option<&'a Cell> {
        let starts = self.at(&format!("h/{}", field::STARTED_AT));
        let starts = starts.iter().copied().filter(|cell| cell.value.as_int().is_some());
        starts.min_by_key(|cell| (cell.value.as_int(), cell.operation))
    }
}

/// Where premises are, as their record says: degrees north, degrees east.
pub fn place(premises: &Live<'_>) -> Option<(f64, f64)> {
    super::place::position(premises).map(|it| (it.latitude, it.longitude))
}

/// The registers among these puts that can be read, in the same order.
pub(super) fn registers<'a, R: Register>(cells: &[&'a Cell]) -> impl Iterator<Item = (&'a Cell, R)> {
    cells.iter().filter_map(|cell| R::from_scalar(&cell.value).ok().map(|register| (*cell, register)))
}
