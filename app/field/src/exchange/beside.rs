//! What a seal does not cover, where the seal is in a record that says more: a colleague signed without having heard it.
//!
//! Invariant: a sealed record consists here of what its seal covers and what a supervisor let in after it, as at the server,
//! which takes the rest out when it admits the seal. Others' work goes out of the copy: their devices say it again in
//! supplements. Own work is held from then on, and carried like any that came late ([`super::late`]).

use ancu_shared::document::covered;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, EnvelopeId};
use ancu_shared::sync::admission::Cause;
use ancu_shared::sync::wire::{PushVerdict, Why};

use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::history::{self, Logged};
use crate::store::{changes, directory, heard, outbox};

impl Open {
    /// The server admitted an envelope, as is known now: if it seals a record first, what the seal does not cover is put
    /// beside it. `true`: something went out of the record. Part of the caller's transaction.
    pub(crate) fn put_beside(&self, document: DocumentId, admitted: &EnvelopeId) -> Outcome<bool> {
        let main = &self.store.main;
        let Some(record) = changes::find(main, document)? else { return Ok(false) };
        // Mostly nothing is sealed yet, or one officer wrote all of it.
        if !changes::is_sealed(main, document)? || !history::is_of_many(main, document)? {
            return Ok(false);
        }
        let log = history::log(main, document, record.kind)?;
        let Some(seal) = log.iter().find(|it| it.envelope == Some(*admitted) && it.change.is_seal()) else {
            return Ok(false);
        };
        for other in log.iter().filter(|it| it.change.is_seal() && it.change.hash != seal.change.hash) {
            if self.is_admitted(other)? {
                // Somebody's seal stood before, and this one was let in.
                return Ok(false);
            }
        }
        let named: Vec<_> = log.iter().map(|it| (it.envelope, &it.change)).collect();
        let beside = covered::beside(&named, &seal.change.hash);
        let mut gone = Vec::new();
        let now = self.clock.now();
        for (place, logged) in log.into_iter().enumerate().filter(|(place, _)| beside.contains(place)) {
            // A feed that holds both had the seal first: this was let in.
            if logged.envelope.as_ref().is_some_and(|envelope| self.came_again.contains(envelope)) {
                continue;
            }
            tracing::info!(%document, place, "a change is beside the seal");
            match &logged.envelope {
                Some(envelope) if !outbox::is_own(main, envelope)? => heard::forget(main, envelope)?,
                Some(envelope) if self.is_admitted(&logged)? => outbox::receipt(main, envelope, &held(), now)?,
                // Not sent yet, or its answer was lost: the server says so when it is asked.
                _ => {}
            }
            if directory::epoch_of(main, &logged.change.actor, &self.me.key)?.is_none() {
                gone.push(logged);
            }
        }
        if gone.is_empty() {
            return Ok(!beside.is_empty());
        }
        history::remove(main, document, record.kind, &gone)?;
        Ok(true)
    }

    /// Whether the server has a change in the record, as far as is known here.
    fn is_admitted(&self, logged: &Logged) -> Outcome<bool> {
        let envelope = logged.envelope.as_ref();
        envelope.map_or(Ok(false), |envelope| Ok(!outbox::is_not_taken(&self.store.main, envelope)?))
    }
}

/// What the server says of such an envelope when it is asked.
fn held() -> PushVerdict {
    let refusal = Cause::BesideSeal.plainly();
    let why = Some(Why { cause: refusal.cause.code().to_owned(), vi: refusal.words.vi });
    PushVerdict::Quarantined { code: ErrorCode::RecordSealed, reason: refusal.words.en, why }
}
