//! Puts changes that were made here into envelopes.
//!
//! Invariant: an envelope is stored before it is sent, is of one author and epoch, and is never cut again.

use std::collections::HashMap;

use ancu_shared::author::AuthorCertificate;
use ancu_shared::clock::UtcMillis;
use ancu_shared::envelope::{Envelope, MAX_CHANGES};
use ancu_shared::error::Problem;
use ancu_shared::id::{ActorId, ChangeHash, DocumentId, EnvelopeId};
use ancu_shared::sync::session::Outgoing;
use ancu_shared::sync::wire::{PushOutcome, PushVerdict};
use serde_bytes::ByteBuf;

use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::store::{changes, directory, heard, history, outbox};

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
        // As it was written here: own work builds on what others made, and what others made on own. A restored server judges a
        // supplement before the seal that it is about as if there were none.
        let mut envelopes = self.lacking()?;
        envelopes.extend(outbox::unsent(&self.store.main)?);
        envelopes.sort_by_key(|(place, _)| *place);
        Ok((envelopes.into_iter().map(|(_, envelope)| envelope).collect(), unfolded))
    }

    /// Others' envelopes that a restored server may lack, each with the place of its last change.
    fn lacking(&self) -> Outcome<Vec<(i64, Outgoing<EnvelopeId>)>> {
        let main = &self.store.main;
        let mut whole = Vec::new();
        for (place, envelope) in heard::lacking(main)? {
            if heard::encoded(main, &envelope.id)?.is_some() {
                whole.push((place, envelope));
            } else {
                heard::settle(main, &envelope.id)?;
            }
        }
        Ok(whole)
    }

    /// The bytes of these envelopes, and the certificates of others who made some of them.
    pub(crate) fn parcel(&self, envelopes: &[EnvelopeId]) -> Outcome<(Vec<ByteBuf>, Vec<AuthorCertificate>)> {
        let main = &self.store.main;
        let (mut bodies, mut authors) = (Vec::new(), Vec::new());
        for id in envelopes {
            if let Some(own) = outbox::encoded(main, id)? {
                bodies.push(ByteBuf::from(own));
            } else if let Some(others) = heard::encoded(main, id)? {
                bodies.push(ByteBuf::from(others));
                let certificate = heard::certificate(main, id)?;
                authors.extend(certificate.filter(|it| !authors.contains(it)));
            }
        }
        Ok((bodies, authors))
    }

    /// Stores the server's word on an envelope.
    pub(crate) fn note_outcome(&mut self, outcome: &PushOutcome, at: UtcMillis) -> Outcome<()> {
        let (main, envelope) = (&self.store.main, &outcome.envelope);
        let admitted = match outcome.verdict {
            PushVerdict::Accepted => true,
            // Its answer was lost: what came meanwhile came before it.
            PushVerdict::AlreadyKnown => outbox::is_not_taken(main, envelope)?,
            _ => false,
        };
        if !matches!(outcome.verdict, PushVerdict::Waiting { .. } | PushVerdict::Refused { .. }) {
            heard::settle(main, envelope)?;
        }
        outbox::receipt(main, envelope, &outcome.verdict, at)?;
        match history::document_of(main, envelope)?.filter(|_| admitted) {
            Some(document) if self.put_beside(document, envelope)? => self.reindex([document]),
            _ => Ok(()),
        }
    }

    /// Puts everything that is not in an envelope yet into envelopes.
    pub(crate) fn cut(&mut self) -> Outcome<()> {
        let mut runs: Vec<Run> = Vec::new();
        // The run that a next change of the same actor to the same record may join.
        let mut open: HashMap<(DocumentId, ActorId), usize> = HashMap::new();
        for change in outbox::uncut(&self.store.main)? {
            let of = (change.document, change.actor);
            let run = open.get(&of).map(|place| &mut runs[*place]).filter(|run| {
                run.changes.len() < MAX_CHANGES
                    && run.changes.iter().map(|change| change.bytes.len()).sum::<usize>() + change.bytes.len()
                        <= CUT_BYTES
            });
            if let Some(run) = run {
                run.changes.push(change);
            } else {
                open.insert(of, runs.len());
                runs.push(Run { document: change.document, actor: change.actor, changes: vec![change] });
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
