//! Whether an envelope's changes stand where they claim to in the document's history.
//!
//! Invariant: the rules are those of [`crate::document::position`], which every device checks too; this module only joins
//! the store's facts with the envelope's own earlier changes.

use std::cell::RefCell;

use super::{Cause, CheckedEnvelope, Facts, Verdict, detail};
use crate::document::guard::CheckedChange;
use crate::document::position::{self, History, LastChange, PositionError};
use crate::id::{ActorId, ChangeHash, DocumentId};
use crate::record::value::OperationId;

/// Checks all changes from the `known`-th on. The inner error is the verdict when one does not stand.
pub(super) fn check<F: Facts>(
    checked: &CheckedEnvelope,
    known: usize,
    facts: &F,
) -> Result<Result<(), Verdict>, F::Error> {
    let document = checked.envelope.document;
    let (mut history, new) = (Joined::new(document, facts), &checked.changes[known..]);
    let mut missing: Vec<ChangeHash> = Vec::new();
    for change in new {
        let outcome = position::check(change, &history);
        if let Some(error) = history.failed.take() {
            return Err(error);
        }
        match outcome {
            Err(PositionError::Missing(hashes)) => missing.extend(hashes),
            Err(error) if missing.is_empty() || matches!(error, PositionError::Taken(_)) => {
                let refusal = match error {
                    // The signature holds, so the device itself signed both.
                    PositionError::Taken(_) => Cause::CopiedStore.plainly(),
                    other => Cause::OutOfPlace.said(&[detail::position(&other)]).because(&other),
                };
                return Ok(Err(Verdict::Quarantine(refusal)));
            }
            // It stands; or it is behind a change that waits, and nothing more can be said yet.
            Ok(()) | Err(_) => {}
        }
        history.before.push(change);
    }
    if missing.is_empty() {
        return Ok(Ok(()));
    }
    missing.sort_unstable();
    missing.dedup();
    Ok(Err(Verdict::Waiting { missing }))
}

/// The store's history and the envelope's changes before the one in question.
struct Joined<'a, F: Facts> {
    document: DocumentId,
    facts: &'a F,
    before: Vec<&'a CheckedChange>,
    /// The first failure of the store. History answers "not known" then, and the outcome is not used.
    failed: RefCell<Option<F::Error>>,
}

impl<'a, F: Facts> Joined<'a, F> {
    fn new(document: DocumentId, facts: &'a F) -> Self {
        Self { document, facts, before: Vec::new(), failed: RefCell::new(None) }
    }

    fn ask<T>(&self, answer: Result<Option<T>, F::Error>) -> Option<T> {
        answer.unwrap_or_else(|error| {
            self.failed.borrow_mut().get_or_insert(error);
            None
        })
    }
}

impl<F: Facts> History for Joined<'_, F> {
    fn max_op(&self, hash: &ChangeHash) -> Option<u64> {
        let own = self.before.iter().find(|change| change.hash == *hash).map(|change| change.max_op);
        own.or_else(|| self.ask(self.facts.change_max_op(self.document, hash)))
    }

    fn last_change(&self, actor: &ActorId) -> Option<LastChange> {
        let own = self.before.iter().rev().find(|change| change.actor == *actor);
        own.map(|change| LastChange { hash: change.hash, sequence: change.sequence, max_op: change.max_op })
            .or_else(|| self.ask(self.facts.last_change(self.document, actor)))
    }

    fn put_key(&self, put: &OperationId) -> Option<String> {
        position::put_key_in(self.before.iter().copied(), put)
            .or_else(|| self.ask(self.facts.put_key(self.document, put)))
    }

    fn is_put_of(&self, put: &OperationId, key: &str) -> bool {
        match position::put_key_in(self.before.iter().copied(), put) {
            Some(found) => found == key,
            None => self.ask(self.facts.is_put_of(self.document, put, key).map(Some)).unwrap_or(false),
        }
    }
}
