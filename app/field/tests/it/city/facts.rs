//! What admission asks, answered from memory.

use ancu_shared::document::cells;
use ancu_shared::document::position::{LastChange, put_key_in, put_value_in};
use ancu_shared::id::{ActorId, AuthorKey, ChangeHash, DocumentId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::{OperationId, Scalar};
use ancu_shared::role::Role;
use ancu_shared::sync::admission::{AuthorFacts, DocumentFacts, Facts, HomeFacts};
use ancu_shared::template::{Template, TemplateRef};
use ancu_shared::view::build::Live;
use std::sync::Arc;

use super::{State, ward};

impl Facts for State {
    type Error = std::convert::Infallible;

    fn author(&self, key: &AuthorKey) -> Result<Option<AuthorFacts>, Self::Error> {
        Ok(self.authors.get(key).map(|(account, _)| {
            let account = &self.people[*account];
            let home = account.home.as_ref().map(|home| HomeFacts { facility: home.facility, unit: home.unit });
            AuthorFacts { person: account.person, revoked: false, home }
        }))
    }

    fn document(&self, document: DocumentId) -> Result<Option<DocumentFacts>, Self::Error> {
        Ok(self.records.get(&document).and_then(|record| record.facts))
    }

    fn was_in(&self, _: DocumentId, _: UnitId) -> Result<bool, Self::Error> {
        Ok(false)
    }

    fn change_max_op(&self, document: DocumentId, hash: &ChangeHash) -> Result<Option<u64>, Self::Error> {
        let changes = self.records.get(&document).map(|record| record.changes.as_slice()).unwrap_or_default();
        Ok(changes.iter().find(|change| change.hash == *hash).map(|change| change.max_op))
    }

    fn last_change(&self, document: DocumentId, actor: &ActorId) -> Result<Option<LastChange>, Self::Error> {
        let changes = self.records.get(&document).map(|record| record.changes.as_slice()).unwrap_or_default();
        let last = changes.iter().filter(|change| change.actor == *actor).max_by_key(|change| change.sequence);
        Ok(last.map(|change| LastChange { hash: change.hash, sequence: change.sequence, max_op: change.max_op }))
    }

    fn put_key(&self, document: DocumentId, put: &OperationId) -> Result<Option<String>, Self::Error> {
        Ok(self.records.get(&document).and_then(|record| put_key_in(&record.changes, put)))
    }

    fn put_value(&self, document: DocumentId, put: &OperationId) -> Result<Option<Scalar>, Self::Error> {
        Ok(self.records.get(&document).and_then(|record| put_value_in(&record.changes, put)))
    }

    fn is_submitted(&self, dwelling: DocumentId) -> Result<bool, Self::Error> {
        let changes = self.records.get(&dwelling).map(|record| record.changes.as_slice()).unwrap_or_default();
        let mut states = changes.iter().flat_map(|change| &change.operations).filter(|it| it.key == "s/state");
        Ok(states.any(|state| state.put.as_ref().and_then(Scalar::as_text) == Some("submitted")))
    }

    fn templates(&self, inspection: DocumentId) -> Result<Vec<TemplateRef>, Self::Error> {
        let changes = self.records.get(&inspection).map(|record| record.changes.as_slice()).unwrap_or_default();
        Ok(Live::of(&cells::begun(changes)).templates())
    }

    fn template(&self, reference: &TemplateRef) -> Result<Option<Arc<Template>>, Self::Error> {
        let template = Template::read(&self.template).expect("template");
        Ok((template.reference() == *reference).then(|| Arc::new(template)))
    }

    fn owned(&self, person: PersonId, kind: RecordKind) -> Result<Option<DocumentId>, Self::Error> {
        let own = |facts: &DocumentFacts| facts.owner == person && facts.kind == kind;
        Ok(self.records.iter().find(|(_, record)| record.facts.as_ref().is_some_and(own)).map(|(id, _)| *id))
    }

    fn holds(&self, person: PersonId, unit: UnitId, allows: &dyn Fn(Role) -> bool) -> Result<bool, Self::Error> {
        let account = self.people.iter().find(|account| account.person == person);
        Ok(unit == ward() && account.is_some_and(|account| allows(account.role)))
    }
}
