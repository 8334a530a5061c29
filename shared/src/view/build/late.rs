//! Work that came after an inspection was sealed: what of it waits, where, and whose it is.
//!
//! Invariant: late work is never laid over a sealed record before its author has signed it, but on the author's own device,
//! where it is finished or given up; and it is never silent: everybody who reads the record is told that it waits. A
//! supplement that was given up is shown nowhere; its changes stay in the log.

use std::collections::{BTreeMap, BTreeSet};

use super::live::Live;
use crate::clock::UtcMillis;
use crate::document::guard::CheckedChange;
use crate::id::{DocumentId, PersonId};
use crate::record::facility::{field, state};
use crate::record::register::{ItemAnswer, Register};
use crate::record::value::{Cell, Scalar};
use crate::view::{Attribution, Authors, LateItem, LateWork};

/// A supplement and its cells.
pub type Supplement = (DocumentId, Vec<Cell>);

/// Parts supplements into those that are read with their inspection and the late work that waits. `reader`: the person of
/// this device, who goes on with own late work here; `None` at the server.
pub fn split(
    supplements: Vec<Supplement>,
    reader: Option<PersonId>,
    authors: &dyn Authors,
) -> (Vec<Supplement>, Vec<LateWork>) {
    let (mut read, mut late) = (Vec::new(), Vec::new());
    for (id, cells) in supplements {
        if is_discarded(&cells) {
            continue;
        }
        let waiting = draft(id, &cells, reader, authors);
        if waiting.as_ref().is_none_or(|waiting| waiting.own) {
            read.push((id, cells));
        }
        late.extend(waiting);
    }
    (read, late)
}

/// Whether a supplement was given up before it was sealed.
pub fn is_discarded(cells: &[Cell]) -> bool {
    let live = Live::of(cells);
    !is_sealed(&live) && live.state(state::STATE) == Some(state::DISCARDED)
}

/// The late work in a supplement that carries some and is not sealed.
fn draft(id: DocumentId, cells: &[Cell], reader: Option<PersonId>, authors: &dyn Authors) -> Option<LateWork> {
    let live = Live::of(cells);
    let carries = live.winner(&format!("h/{}", field::CARRIES))?;
    if is_sealed(&live) {
        return None;
    }
    let puts = live.cells().map(|cell| (cell.key.as_str(), Some(&cell.value)));
    let (items, photos, at) = contents(puts, carries.at);
    let by = authors.attribution(carries.operation.actor, at);
    let own = reader.is_some() && by.person == reader;
    Some(LateWork { supplement: Some(id), code: None, own, by, items, photos })
}

/// The late work in changes that the server keeps apart for a reason of this code; `None` where nobody said anything in
/// them. `by`: their author, who may be no author of this record yet.
pub fn held(code: &str, changes: &[CheckedChange], by: impl FnOnce(UtcMillis) -> Attribution) -> Option<LateWork> {
    let operations = || changes.iter().flat_map(|change| &change.operations);
    if !operations().any(|operation| operation.key.starts_with(['i', 'p', 'f'])) {
        return None;
    }
    let puts = operations().map(|operation| (operation.key.as_str(), operation.put.as_ref()));
    let (items, photos, at) = contents(puts, changes.iter().map(|change| change.at).max()?);
    Some(LateWork { supplement: None, code: Some(code.to_owned()), own: false, by: by(at), items, photos })
}

/// Items with their last statements in the order of answering, the number of photos, and when the last of it was said.
fn contents<'a>(
    puts: impl Iterator<Item = (&'a str, Option<&'a Scalar>)>,
    otherwise: UtcMillis,
) -> (Vec<LateItem>, u32, UtcMillis) {
    let (mut items, mut photos) = (BTreeMap::new(), BTreeSet::new());
    for (key, value) in puts {
        if let Some(code) = key.strip_prefix("i/") {
            match value.and_then(|value| ItemAnswer::from_scalar(value).ok()) {
                Some(ItemAnswer { answer, note, at, .. }) => {
                    items.insert(code, LateItem { code: code.to_owned(), answer, note, at });
                }
                None => drop(items.remove(code)),
            }
        } else if key.starts_with("p/") {
            photos.insert(key);
        }
    }
    let mut items: Vec<_> = items.into_values().collect();
    items.sort_by(|one, other| (one.at, &one.code).cmp(&(other.at, &other.code)));
    let at = items.last().map_or(otherwise, |item| item.at);
    (items, photos.len() as u32, at)
}

fn is_sealed(live: &Live<'_>) -> bool {
    live.under("g/").next().is_some()
}
