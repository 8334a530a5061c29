//! Authors that the server holds for browser users.
//!
//! Invariant: the certificate says that the server holds the key; there is at most one such author a person.

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::{FixedClock, UtcMillis};
use ancu_shared::document::Document;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, DeviceId, DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::sync::wire::PushVerdict;

use super::Service;
use super::admission::{Incoming, Intake};
use super::certify::{NewAuthor, certify};
use crate::store::rows::PersonRow;
use crate::store::{StoreError, Transaction};

/// A person's author at the server, ready to sign.
pub struct HeldAuthor {
    secret: AuthorSecret,
    epoch: u32,
}

/// The name of the server as a device: people see it beside what they wrote in a browser.
const DEVICE_NAME: &str = "Trình duyệt (máy chủ ký)";

impl HeldAuthor {
    /// A person's author, made and certified if there is none yet.
    pub fn of(
        service: &Service,
        transaction: &dyn Transaction,
        person: &PersonRow,
        now: UtcMillis,
    ) -> Result<Self, StoreError> {
        if let Some((seed, epoch)) = transaction.held_author(person.id)?.and_then(|row| row.held) {
            return Ok(Self { secret: AuthorSecret::from_seed(&seed), epoch });
        }
        let (secret, device) = service
            .with_random(|random| (AuthorSecret::generate(random), DeviceId::generate(&FixedClock(now), random)));
        let new = NewAuthor {
            key: secret.public(),
            person,
            device,
            device_name: DEVICE_NAME,
            token_hash: None,
            seed: Some(*secret.seed()),
        };
        certify(service, transaction, new, now)?;
        Ok(Self { secret, epoch: 0 })
    }

    /// The secret, to sign seals and invitations.
    pub fn secret(&self) -> &AuthorSecret {
        &self.secret
    }

    /// The Automerge actor.
    pub fn actor(&self) -> ActorId {
        ActorId::derive(&self.secret.public(), self.epoch)
    }

    /// A record as this author writes it: all of its admitted changes.
    pub fn open(&self, transaction: &dyn Transaction, document: DocumentId) -> Result<Document, StoreError> {
        let damaged = |reason: String| StoreError::Damaged(format!("record {document}: {reason}"));
        let mut changes = Vec::new();
        for body in transaction.envelopes_of(document)? {
            let envelope = Envelope::decode(&body).map_err(|error| damaged(error.to_string()))?;
            changes.extend(envelope.changes);
        }
        Document::load(None, changes.iter().map(|bytes| bytes.as_slice()), self.actor())
            .map_err(|error| damaged(error.to_string()))
    }

    /// Puts changes into an envelope and takes it in by the way that every envelope goes.
    pub fn submit(
        &self,
        intake: &mut Intake<'_>,
        document: DocumentId,
        kind: RecordKind,
        unit: UnitId,
        changes: Vec<CheckedChange>,
        now: UtcMillis,
    ) -> Result<PushVerdict, StoreError> {
        let changes = changes.into_iter().map(|change| (change.hash, change.bytes)).collect();
        let envelope = Envelope::seal(document, kind, unit, &self.secret, self.epoch, changes);
        intake.take(&mut Incoming::check(envelope.encode()), None, now)
    }
}
