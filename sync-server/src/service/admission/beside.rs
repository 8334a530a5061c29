//! What was admitted before a seal came that does not cover it: its officer had not exchanged when the colleague signed.
//!
//! Invariants: a sealed record consists of what its seal covers, in whatever order the envelopes came; what it does not cover
//! is kept as if it had come after the seal, for its author to put into a supplement, and is never lost.

use std::collections::HashSet;

use ancu_shared::document::covered;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{DocumentId, EnvelopeId};
use ancu_shared::sync::admission::Cause;

use super::Intake;
use crate::service::begun::Begun;
use crate::service::facts::changes_of;
use crate::store::StoreError;

impl Intake<'_> {
    /// The first seal of a record was admitted just now: what it does not cover goes out of the record and the feed again.
    pub(super) fn put_beside(&mut self, document: DocumentId, seal: &CheckedChange) -> Result<(), StoreError> {
        let transaction = self.transaction;
        // Mostly one officer wrote all of it.
        if !transaction.changed_by_others(document, &seal.actor)? {
            return Ok(());
        }
        let (mut log, mut seen) = (Vec::new(), HashSet::new());
        for body in transaction.envelopes_of(document)? {
            let changes = changes_of(document, &body)?;
            let new = changes.into_iter().filter(|change| seen.insert(change.hash));
            log.extend(new.map(|change| (Some(EnvelopeId::of(&body)), change)));
        }
        let named: Vec<_> = log.iter().map(|(envelope, change)| (*envelope, change)).collect();
        let beside = covered::beside(&named, &seal.hash);
        if beside.is_empty() {
            return Ok(());
        }
        // In the order in which they can be let in again.
        let mut gone: Vec<EnvelopeId> = beside.iter().filter_map(|place| named[*place].0).collect();
        gone.dedup();
        let refusal = Cause::BesideSeal.plainly();
        for id in &gone {
            let row = transaction.withdraw_envelope(document, id)?;
            let changes = changes_of(document, &row.body)?;
            let envelope = Envelope::decode(&row.body).map_err(|error| StoreError::Damaged(error.to_string()))?;
            self.keep_apart((*id, &row.body, Some((&envelope, &changes))), &refusal, row.courier, row.received_at)?;
        }
        let stays = log.iter().filter(|(envelope, _)| !envelope.is_some_and(|id| gone.contains(&id)));
        let stays = Begun::of(stays.map(|(_, change)| change));
        transaction.remove_cells(document)?;
        transaction.put_cells(document, &stays.cells, &stays.values)?;
        self.known.forget_templates(document);
        self.touched.noted(document);
        Ok(())
    }
}
