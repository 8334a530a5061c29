//! What a seal covers of a record's log: everything that its change builds on, however far back.
//!
//! Invariant: whoever has the same log and the same seal comes to the same answer, in whatever order the log came.

use std::collections::HashMap;

use super::guard::CheckedChange;
use crate::id::{ChangeHash, EnvelopeId};

/// The places in a log of what this seal does not cover, ascending. Each change with the envelope that brought it, if one did.
///
/// An envelope of which something is covered is covered whole: devices take envelopes in whole, so no honest seal cuts one.
pub fn beside(log: &[(Option<EnvelopeId>, &CheckedChange)], seal: &ChangeHash) -> Vec<usize> {
    let places: HashMap<&ChangeHash, usize> =
        log.iter().enumerate().map(|(place, (_, change))| (&change.hash, place)).collect();
    let mut mates: HashMap<&EnvelopeId, Vec<usize>> = HashMap::new();
    for (place, (envelope, _)) in log.iter().enumerate() {
        if let Some(envelope) = envelope {
            mates.entry(envelope).or_default().push(place);
        }
    }
    let mut covered = vec![false; log.len()];
    let mut next: Vec<usize> = places.get(seal).copied().into_iter().collect();
    while let Some(place) = next.pop() {
        if std::mem::replace(&mut covered[place], true) {
            continue;
        }
        let (envelope, change) = &log[place];
        next.extend(change.dependencies.iter().filter_map(|hash| places.get(hash)));
        next.extend(envelope.iter().filter_map(|envelope| mates.get(envelope)).flatten());
    }
    (0..log.len()).filter(|place| !covered[*place]).collect()
}
