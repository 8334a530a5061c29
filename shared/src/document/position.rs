//! Where a change stands in its document's history: dependencies, sequence, counters, predecessors.
//!
//! Invariant: a change has exactly the place that an honest device would have given it. Automerge itself accepts gaps,
//! repeated operation ids and counters near the end of their range, and breaks on them later; so both the server and every
//! device check here first.

use super::guard::CheckedChange;
use crate::id::{ActorId, ChangeHash};
use crate::record::value::{OperationId, Scalar};

/// The last change of one actor in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastChange {
    /// Its hash.
    pub hash: ChangeHash,
    /// Its sequence number.
    pub sequence: u64,
    /// Its last operation's counter.
    pub max_op: u64,
}

/// What is known of a document's history.
pub trait History {
    /// The counter of the last operation of a known change; `None` = the change is not known in this document.
    fn max_op(&self, change: &ChangeHash) -> Option<u64>;
    /// The last known change of an actor in this document.
    fn last_change(&self, actor: &ActorId) -> Option<LastChange>;
    /// The key of a known **put** (live or replaced) of this document; `None` = no such put.
    fn put_key(&self, put: &OperationId) -> Option<String>;
    /// Whether a known put, live or replaced, is one of this key: what [`check`] asks. Where that is quicker to say than which
    /// key a put has, say it here.
    fn is_put_of(&self, put: &OperationId, key: &str) -> bool {
        self.put_key(put).as_deref() == Some(key)
    }
}

/// Why a change cannot stand where it claims to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PositionError {
    /// It builds on changes that are not known yet.
    #[error("{} dependencies are not known", .0.len())]
    Missing(Vec<ChangeHash>),
    /// Another change of this actor has that place.
    #[error("the actor already has another change {0}")]
    Taken(u64),
    /// Changes of this actor between the last known one and this are lacking, though its dependencies are known.
    #[error("sequence {found} follows {last}")]
    Gap {
        /// The last known.
        last: u64,
        /// What the change says.
        found: u64,
    },
    /// The change does not depend on its actor's change before it.
    #[error("the change does not build on the actor's last one")]
    NotAfterOwn,
    /// The first operation's counter is not one more than the greatest before it.
    #[error("operations begin at {found}, not {expected}")]
    Start {
        /// What history asks for.
        expected: u64,
        /// What the change says.
        found: u64,
    },
    /// A predecessor is no put of the same key.
    #[error("an operation at {0:?} replaces something that is no value of that key")]
    Predecessor(String),
}

/// Checks a change against what is known before it.
pub fn check(change: &CheckedChange, history: &dyn History) -> Result<(), PositionError> {
    let mut missing = Vec::new();
    let mut before = 0;
    let last = history.last_change(&change.actor);
    for dependency in &change.dependencies {
        // Most changes build on their actor's last one, which is known by now.
        let known = last.filter(|last| last.hash == *dependency).map(|last| last.max_op);
        match known.or_else(|| history.max_op(dependency)) {
            Some(max_op) => before = before.max(max_op),
            None => missing.push(*dependency),
        }
    }
    let last_sequence = last.map_or(0, |last| last.sequence);
    if change.sequence <= last_sequence {
        return Err(PositionError::Taken(change.sequence));
    }
    if !missing.is_empty() {
        return Err(PositionError::Missing(missing));
    }
    if change.sequence != last_sequence + 1 {
        return Err(PositionError::Gap { last: last_sequence, found: change.sequence });
    }
    // Automerge always names the own last change, covered by another dependency or not. Without it operation ids could
    // be given twice.
    if last.is_some_and(|last| !change.dependencies.contains(&last.hash)) {
        return Err(PositionError::NotAfterOwn);
    }
    if change.start_op != before + 1 {
        return Err(PositionError::Start { expected: before + 1, found: change.start_op });
    }
    for operation in &change.operations {
        for put in &operation.replaces {
            let stands = match put_key_in([change], put) {
                Some(key) => key == operation.key,
                None => history.is_put_of(put, &operation.key),
            };
            if !stands {
                return Err(PositionError::Predecessor(operation.key.clone()));
            }
        }
    }
    Ok(())
}

/// The key of a put among these changes.
pub fn put_key_in<'a>(changes: impl IntoIterator<Item = &'a CheckedChange>, put: &OperationId) -> Option<String> {
    let change = changes
        .into_iter()
        .find(|change| change.actor == put.actor && (change.start_op..=change.max_op).contains(&put.counter))?;
    let operation = change.operations.get(usize::try_from(put.counter - change.start_op).ok()?)?;
    operation.put.is_some().then(|| operation.key.clone())
}

/// What a put among these changes said.
pub fn put_value_in<'a>(changes: impl IntoIterator<Item = &'a CheckedChange>, put: &OperationId) -> Option<Scalar> {
    let mut operations = changes.into_iter().flat_map(|change| &change.operations);
    operations.find(|operation| operation.id == *put).and_then(|operation| operation.put.clone())
}
