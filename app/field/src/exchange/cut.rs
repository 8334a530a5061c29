//! Puts changes that were made here into envelopes.
//!
//! Invariant: an envelope is stored before it is sent, is of one author and epoch, and is never cut again.

use ancu_shared::envelope::{Envelope, MAX_CHANGES};
use ancu_shared::error::Problem;
use ancu_shared::id::{ActorId, ChangeHash, DocumentId, EnvelopeId};
use ancu_shared::sync::session::Outgoing;

use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::store::{changes, directory, outbox};

/// Bytes of changes in one envelope: one change always fits, and a weak signal gets an envelope through.
const CUT_BYTES: usize = 256 * 1024;

/// Changes of one actor to one record.
struct Run {
    document: DocumentId,
    actor: ActorId,
    changes: Vec<outbox::Uncut>,
}

impl Open {
    /// Folds, cuts, and lists what has no receipt. A journal that cannot be folded stays and is told of; it stops nothing
    /// else.
    pub(crate) fn outbox(&mut self) -> Outcome<(Vec<Outgoing<EnvelopeId>>, Option<Problem>)> {
        let unfolded = self.fold_all().err().map(Problem::from);
        self.cut()?;
        Ok((outbox::unsent(&self.store.main)?, unfolded))
    }

    /// Puts everything that is not in an envelope yet into envelopes.
    pub(crate) fn cut(&mut self) -> Outcome<()> {
        let mut runs: Vec<Run> = Vec::new();
        for change in outbox::uncut(&self.store.main)? {
            let run = runs.iter_mut().rfind(|run| {
                let bytes: usize = run.changes.iter().map(|change| change.bytes.len()).sum();
                (run.document, run.actor) == (change.document, change.actor)
                    && run.changes.len() < MAX_CHANGES
                    && bytes + change.bytes.len() <= CUT_BYTES
            });
            match run {
                Some(run) => run.changes.push(change),
                None => runs.push(Run { document: change.document, actor: change.actor, changes: vec![change] }),
            }
        }
        // Runs are in the order of their first changes, so what builds on another record comes after it.
        self.atomically(|open| runs.into_iter().try_for_each(|run| open.seal_run(run)))
    }

    fn seal_run(&mut self, run: Run) -> Outcome<()> {
        let document = run.document;
        let record = changes::find(&self.store.main, document)?
            .ok_or_else(|| Fault::Broken("a change without a record".into()))?;
        // Changes from before a new epoch go out under theirs.
        let epoch = directory::epoch_of(&self.store.main, &run.actor, &self.me.key)?.unwrap_or(self.identity.epoch);
        let run = run.changes;
        let positions: Vec<i64> = run.iter().map(|change| change.position).collect();
        let changes: Vec<(ChangeHash, Vec<u8>)> = run.into_iter().map(|change| (change.hash, change.bytes)).collect();
        let envelope = Envelope::seal(document, record.kind, record.unit, &self.secret, epoch, changes).encode();
        outbox::insert(&self.store.main, EnvelopeId::of(&envelope), document, &envelope, &positions, self.now())
    }
}
