//! Puts changes that were made here into envelopes.
//!
//! Invariant: an envelope is stored before it is sent, is of one author and epoch, and is never cut again.

use ancu_shared::envelope::{Envelope, MAX_CHANGES};
use ancu_shared::id::{ChangeHash, DocumentId, EnvelopeId};

use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::store::{changes, outbox};

/// Bytes of changes in one envelope: one change always fits, and a weak signal gets an envelope through.
const CUT_BYTES: usize = 256 * 1024;

impl Open {
    /// Puts everything that is not in an envelope yet into envelopes.
    pub(crate) fn cut(&mut self) -> Outcome<()> {
        let mut runs: Vec<(DocumentId, Vec<outbox::Uncut>)> = Vec::new();
        for change in outbox::uncut(&self.store.main)? {
            let run = runs.iter_mut().rfind(|(document, run)| {
                let bytes: usize = run.iter().map(|change| change.bytes.len()).sum();
                *document == change.document && run.len() < MAX_CHANGES && bytes + change.bytes.len() <= CUT_BYTES
            });
            match run {
                Some((_, run)) => run.push(change),
                None => runs.push((change.document, vec![change])),
            }
        }
        // Runs are in the order of their first changes, so what builds on another record comes after it.
        self.atomically(|open| runs.into_iter().try_for_each(|(document, run)| open.seal_run(document, run)))
    }

    fn seal_run(&mut self, document: DocumentId, run: Vec<outbox::Uncut>) -> Outcome<()> {
        let record = changes::find(&self.store.main, document)?
            .ok_or_else(|| Fault::Broken("a change without a record".into()))?;
        let positions: Vec<i64> = run.iter().map(|change| change.position).collect();
        let changes: Vec<(ChangeHash, Vec<u8>)> = run.into_iter().map(|change| (change.hash, change.bytes)).collect();
        let envelope =
            Envelope::seal(document, record.kind, record.unit, &self.secret, self.identity.epoch, changes).encode();
        outbox::insert(&self.store.main, EnvelopeId::of(&envelope), document, &envelope, &positions, self.now())
    }
}
