//! What one item of an inspection adds to the numbers in its row: for whoever changes a row without reading the record.
//!
//! Invariant: the numbers of an inspection without supplements, review and late work are the sums of its items' (and the
//! gravest of them), as long as no rule of its template makes one item depend on another.

use super::inspection::PhotoPresence;
use super::joined::{Joined, Nobody};
use crate::id::DocumentId;
use crate::record::register::Severity;
use crate::record::value::Cell;
use crate::template::{Template, check};
use crate::view::Progress;

/// What an item adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// To what is told of the progress; the total is the whole template's.
    pub progress: Progress,
    /// To the gravest failed check.
    pub gravest: Option<Severity>,
}

/// What these cells of one item add. `None`: the template has rules, and no item can be counted alone.
pub fn tally(template: &Template, code: &str, cells: &[Cell]) -> Option<Tally> {
    if template.has_rules() {
        return None;
    }
    let record = Joined::new(DocumentId::from_bytes([0; 16]), cells, &[], (None, &[]));
    let view = [record.item(code, template.item(code), &|_| PhotoPresence::default(), &Nobody)];
    let (progress, gravest) = (check::progress(template, &view, None), check::gravest(template, &view, None));
    Some(Tally { progress, gravest })
}
