//! What an intake changed, as far as projections ask.
//!
//! Invariant: what is kept of a record never says less than what changed in it; a record that was changed in more than its
//! answers is made anew from all its cells.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use ancu_shared::document::guard::CheckedChange;
use ancu_shared::id::{ActorId, DocumentId};
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Cell;

use super::begun::Begun;
use crate::store::{StoreError, Transaction};

/// More items than this, and reading the whole record costs no more.
const FEW_ITEMS: usize = 8;

/// What changed, record by record.
#[derive(Debug, Default)]
pub struct Touched {
    records: BTreeMap<DocumentId, Changed>,
}

/// What changed in a record.
#[derive(Debug)]
pub enum Changed {
    /// Anything. With what it consists of, where it begins and that is at hand.
    Whole(Option<Begun>),
    /// Nothing but what one actor says at some items.
    Answers(Answers),
}

/// What an actor said at some items of a record.
#[derive(Debug)]
pub struct Answers {
    /// Who said it.
    pub actor: ActorId,
    /// The cells of each of these items as they were before.
    pub before: BTreeMap<String, Vec<Cell>>,
}

impl Touched {
    /// Records of which nothing is known but that they are to be looked at.
    pub fn all(documents: impl IntoIterator<Item = DocumentId>) -> Self {
        Self { records: documents.into_iter().map(|document| (document, Changed::Whole(None))).collect() }
    }

    /// A record began.
    pub fn begun(&mut self, document: DocumentId, begun: Begun) {
        self.records.insert(document, Changed::Whole(Some(begun)));
    }

    /// Something that is told of a record changed, but not its cells.
    pub fn noted(&mut self, document: DocumentId) {
        let changed = self.records.entry(document).or_insert(Changed::Whole(None));
        if matches!(changed, Changed::Answers(_)) {
            *changed = Changed::Whole(None);
        }
    }

    /// These changes are about to be applied to a record that is there.
    pub fn changing(
        &mut self,
        transaction: &dyn Transaction,
        document: DocumentId,
        changes: &[CheckedChange],
    ) -> Result<(), StoreError> {
        let changed = match (self.records.remove(&document), answered(changes)) {
            (None, Some((actor, items))) => {
                let mut answers = Answers { actor, before: BTreeMap::new() };
                answers.add(transaction, document, items)?;
                Changed::Answers(answers)
            }
            (Some(Changed::Answers(mut answers)), Some((actor, items)))
                if answers.actor == actor && answers.before.len() + items.len() <= FEW_ITEMS =>
            {
                answers.add(transaction, document, items)?;
                Changed::Answers(answers)
            }
            _ => Changed::Whole(None),
        };
        self.records.insert(document, changed);
        Ok(())
    }

    /// What changed, by record.
    pub fn into_records(self) -> BTreeMap<DocumentId, Changed> {
        self.records
    }
}

impl Answers {
    fn add(
        &mut self,
        transaction: &dyn Transaction,
        document: DocumentId,
        items: BTreeSet<String>,
    ) -> Result<(), StoreError> {
        for item in items {
            if let Entry::Vacant(before) = self.before.entry(item) {
                let cells = transaction.item_cells(document, before.key())?;
                before.insert(cells);
            }
        }
        Ok(())
    }
}

/// Who answered which items, if these changes do nothing else and answer few.
fn answered(changes: &[CheckedChange]) -> Option<(ActorId, BTreeSet<String>)> {
    let actor = changes.first()?.actor;
    let mut items = BTreeSet::new();
    for operation in changes.iter().flat_map(|change| &change.operations) {
        match Key::parse(&operation.key).ok()? {
            Key::Item(item) | Key::Finding(item, _) | Key::Photo(item, _) => items.insert(item),
            _ => return None,
        };
    }
    (items.len() <= FEW_ITEMS).then_some((actor, items))
}
