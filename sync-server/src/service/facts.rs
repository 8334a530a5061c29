//! What admission asks, answered from the store.

use std::sync::Arc;

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::guard::{self, CheckedChange};
use ancu_shared::document::position::{self, LastChange};
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, AuthorKey, ChangeHash, DocumentId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::state;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::{OperationId, Scalar};
use ancu_shared::role::Role;
use ancu_shared::sync::admission::{AuthorFacts, DocumentFacts, Facts};
use ancu_shared::template::{Template, TemplateRef};
use ancu_shared::unit::UnitDirectory;

use super::Service;
use super::known::Known;
use crate::store::{StoreError, Transaction};

/// The store as admission sees it, on the day that an envelope came.
pub struct StoreFacts<'t> {
    /// Keeps the checklists that were read.
    pub service: &'t Service,
    /// The writer's transaction.
    pub transaction: &'t dyn Transaction,
    /// What was asked before.
    pub known: &'t Known,
    /// All units.
    pub directory: Arc<UnitDirectory>,
    /// When the envelope came, by our clock.
    pub received_at: UtcMillis,
}

impl StoreFacts<'_> {
    /// The changes of the envelope that holds this operation; none if there is none.
    fn changes_with(&self, document: DocumentId, operation: &OperationId) -> Result<Vec<CheckedChange>, StoreError> {
        self.transaction.envelope_with(document, operation)?.map_or(Ok(Vec::new()), |body| changes_of(document, &body))
    }
}

/// The changes of an envelope of ours.
pub fn changes_of(document: DocumentId, body: &[u8]) -> Result<Vec<CheckedChange>, StoreError> {
    let damaged = |reason: String| StoreError::Damaged(format!("an envelope of {document}: {reason}"));
    let envelope = Envelope::decode(body).map_err(|error| damaged(error.to_string()))?;
    let check = |bytes: &_| guard::check_change(bytes, envelope.kind).map_err(|error| damaged(error.to_string()));
    envelope.changes.iter().map(|bytes| check(bytes)).collect()
}

impl Facts for StoreFacts<'_> {
    type Error = StoreError;

    fn author(&self, key: &AuthorKey) -> Result<Option<AuthorFacts>, StoreError> {
        Ok(self.known.author(self.transaction, key)?.map(|author| author.facts.clone()))
    }

    fn document(&self, document: DocumentId) -> Result<Option<DocumentFacts>, StoreError> {
        let row = self.transaction.document(document)?;
        let facts = row.as_ref().map(|row| DocumentFacts {
            kind: row.kind,
            unit: row.unit,
            owner: row.owner,
            sealed: row.sealed,
            supplement_of: row.supplement_of,
            subject: row.subject.map(|(subject, _)| subject),
        });
        self.known.note_record(document, row);
        Ok(facts)
    }

    fn was_in(&self, document: DocumentId, unit: UnitId) -> Result<bool, StoreError> {
        self.transaction.was_in(document, unit)
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
        Ok(position::put_key_in(&self.changes_with(document, put)?, put))
    }

    fn is_put_of(&self, document: DocumentId, put: &OperationId, key: &str) -> Result<bool, StoreError> {
        // A key's place is found at once; which key a put has takes looking through all of them.
        Ok(self.transaction.is_live(document, key, put)? || self.put_key(document, put)?.as_deref() == Some(key))
    }

    fn put_value(&self, document: DocumentId, put: &OperationId) -> Result<Option<Scalar>, StoreError> {
        Ok(position::put_value_in(&self.changes_with(document, put)?, put))
    }

    fn is_submitted(&self, dwelling: DocumentId) -> Result<bool, StoreError> {
        let key = Key::State(state::STATE.to_owned()).to_string();
        let says = |value: &Scalar| value.as_text() == Some(state::SUBMITTED);
        if self.transaction.cells_at(dwelling, &key)?.iter().any(|cell| says(&cell.value)) {
            return Ok(true);
        }
        // It may be mended by a program that says so before it submits again; a decision on what was submitted still counts.
        for body in self.transaction.envelopes_of(dwelling)? {
            let changes = changes_of(dwelling, &body)?;
            let mut operations = changes.iter().flat_map(|change| &change.operations);
            if operations.any(|operation| operation.key == key && operation.put.as_ref().is_some_and(says)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn templates(&self, inspection: DocumentId) -> Result<Vec<TemplateRef>, StoreError> {
        self.known.templates(self.transaction, inspection)
    }

    fn template(&self, reference: &TemplateRef) -> Result<Option<Arc<Template>>, StoreError> {
        self.service.template(self.transaction, reference)
    }

    fn owned(&self, person: PersonId, kind: RecordKind) -> Result<Option<DocumentId>, StoreError> {
        self.transaction.first_of_owner(person, kind)
    }

    fn holds(&self, person: PersonId, unit: UnitId, allows: &dyn Fn(Role) -> bool) -> Result<bool, StoreError> {
        let day = self.received_at.hanoi_date();
        self.known.holds(self.transaction, &self.directory, (person, unit, day), allows)
    }
}
