//! What admission asks, answered from the store.

use std::sync::Arc;

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::guard;
use ancu_shared::document::position::{self, LastChange};
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, AuthorKey, ChangeHash, DocumentId, PersonId, UnitId};
use ancu_shared::record::value::OperationId;
use ancu_shared::role::Role;
use ancu_shared::sync::admission::{AuthorFacts, DocumentFacts, Facts, HomeFacts};
use ancu_shared::unit::UnitDirectory;

use crate::store::{StoreError, Transaction};

/// The store as admission sees it, on the day that an envelope came.
pub struct StoreFacts<'t> {
    /// The writer's transaction.
    pub transaction: &'t dyn Transaction,
    /// All units.
    pub directory: Arc<UnitDirectory>,
    /// When the envelope came, by our clock.
    pub received_at: UtcMillis,
}

impl Facts for StoreFacts<'_> {
    type Error = StoreError;

    fn author(&self, key: &AuthorKey) -> Result<Option<AuthorFacts>, StoreError> {
        let Some(author) = self.transaction.author(key)? else { return Ok(None) };
        let revoked = self.transaction.device(author.device)?.is_some_and(|device| device.revoked_at.is_some());
        let home = self.transaction.person(author.person)?.and_then(|person| person.home);
        let home = home.map(|home| HomeFacts { facility: home.facility, unit: home.unit });
        Ok(Some(AuthorFacts { person: author.person, revoked, home }))
    }

    fn document(&self, document: DocumentId) -> Result<Option<DocumentFacts>, StoreError> {
        Ok(self.transaction.document(document)?.map(|row| DocumentFacts {
            kind: row.kind,
            unit: row.unit,
            owner: row.owner,
            sealed: row.sealed,
            supplement_of: row.supplement_of,
            subject: row.subject.map(|(subject, _)| subject),
        }))
    }

    fn change_max_op(&self, document: DocumentId, hash: &ChangeHash) -> Result<Option<u64>, StoreError> {
        self.transaction.change(document, hash)
    }

    fn last_change(&self, document: DocumentId, actor: &ActorId) -> Result<Option<LastChange>, StoreError> {
        self.transaction.last_change(document, actor)
    }

    fn put_key(&self, document: DocumentId, put: &OperationId) -> Result<Option<String>, StoreError> {
        if let Some(key) = self.transaction.live_key(document, put)? {
            return Ok(Some(key));
        }
        // A put that was replaced meanwhile: its envelope still has it.
        let Some(body) = self.transaction.envelope_with(document, put)? else { return Ok(None) };
        let damaged = |reason: String| StoreError::Damaged(format!("an envelope of {document}: {reason}"));
        let envelope = Envelope::decode(&body).map_err(|error| damaged(error.to_string()))?;
        for bytes in &envelope.changes {
            let change = guard::check_change(bytes, envelope.kind).map_err(|error| damaged(error.to_string()))?;
            if let Some(key) = position::put_key_in(std::iter::once(&change), put) {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    fn holds(&self, person: PersonId, unit: UnitId, allows: &dyn Fn(Role) -> bool) -> Result<bool, StoreError> {
        let posts = self.transaction.posts(person)?;
        Ok(self.directory.scope_of_posts(&posts, self.received_at.hanoi_date(), allows).contains(&unit))
    }
}
