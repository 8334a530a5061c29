//! The history of one key: everything that was ever said there, from the changes themselves. With an answer goes what was
//! written of the failed check: both are one item's.
//!
//! Invariant: nothing that was admitted is left out, and what became of each follows from the changes alone: a value that
//! was not chosen when a clash was settled stays here with its author, device and time.

use super::clash::saying;
use crate::document::guard::CheckedChange;
use crate::record::choice;
use crate::record::key::Key;
use crate::view::{Authors, Fate, HistoryEntry};

/// What was said at a key of one record, newest first. `changes`: all of the record's, in any order; `supplement`: whether
/// the record is one.
pub fn history(key: &str, changes: &[CheckedChange], supplement: bool, authors: &dyn Authors) -> Vec<HistoryEntry> {
    let finding = match Key::parse(key) {
        Ok(Key::Item(item)) => Some(Key::Finding(item, "detail".to_owned()).to_string()),
        _ => None,
    };
    let asked = |at: &str| at == key || finding.as_deref() == Some(at);
    let here = || {
        changes.iter().flat_map(|change| {
            change
                .operations
                .iter()
                .filter(|operation| asked(&operation.key))
                .map(move |operation| (operation, change.at))
        })
    };
    let fate = |of| {
        here().filter(|(operation, _)| operation.replaces.contains(&of)).fold(Fate::Standing, |fate, (operation, _)| {
            // Two may have settled one clash apart: what one of them passed over and the other chose was chosen.
            match operation.put.as_ref().and_then(choice::origin) {
                Some(origin) if origin.operation == of => Fate::Chosen,
                Some(_) if fate != Fate::Chosen => Fate::PassedOver,
                None if fate == Fate::Standing => Fate::Replaced,
                _ => fate,
            }
        })
    };
    let mut entries: Vec<_> = here()
        .filter_map(|(operation, at)| {
            let saying = saying(&operation.key, operation.id, operation.put.as_ref()?, at, authors);
            Some(HistoryEntry { saying, fate: fate(operation.id), supplement })
        })
        .collect();
    entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.saying.operation));
    entries
}
