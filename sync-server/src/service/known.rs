//! What one intake asks the store again and again, asked once: authors, their posts, what those posts cover.
//!
//! Invariant: lives as long as one job of the writer, in which nobody else writes and the intake writes none of this but
//! actors, once each, and what inspections begin with, which it then has forgotten here; so it never grows old.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, AuthorKey, DocumentId, PersonId, UnitId};
use ancu_shared::record::facility::field;
use ancu_shared::role::Role;
use ancu_shared::sync::admission::{AuthorFacts, HomeFacts};
use ancu_shared::template::TemplateRef;
use ancu_shared::unit::UnitDirectory;
use ancu_shared::view::build::Live;
use jiff::civil::Date;

use super::Service;
use crate::store::rows::{AuthorRow, DocumentRow};
use crate::store::{StoreError, Transaction};

/// An author, and what admission asks of it.
#[derive(Debug, Clone)]
pub struct KnownAuthor {
    /// As stored.
    pub row: AuthorRow,
    /// As admission asks.
    pub facts: AuthorFacts,
}

/// What was asked.
#[derive(Debug, Default)]
pub struct Known {
    directory: OnceCell<Arc<UnitDirectory>>,
    authors: RefCell<HashMap<AuthorKey, Option<Rc<KnownAuthor>>>>,
    roles: RefCell<HashMap<(PersonId, UnitId, Date), Vec<Role>>>,
    actors: RefCell<HashSet<ActorId>>,
    /// The record that an envelope was judged by last, as it is stored.
    record: RefCell<Option<(DocumentId, Option<DocumentRow>)>>,
    /// The checklists that inspections were begun with.
    templates: RefCell<HashMap<DocumentId, Vec<TemplateRef>>>,
}

impl Known {
    /// All units.
    pub fn directory(
        &self,
        service: &Service,
        transaction: &dyn Transaction,
    ) -> Result<&Arc<UnitDirectory>, StoreError> {
        if let Some(known) = self.directory.get() {
            return Ok(known);
        }
        let directory = service.directory(transaction)?;
        Ok(self.directory.get_or_init(|| directory))
    }

    /// The author of a key.
    pub fn author(
        &self,
        transaction: &dyn Transaction,
        key: &AuthorKey,
    ) -> Result<Option<Rc<KnownAuthor>>, StoreError> {
        if let Some(known) = self.authors.borrow().get(key) {
            return Ok(known.clone());
        }
        let found = transaction.author(key)?.map(|row| asked(transaction, row)).transpose()?.map(Rc::new);
        self.authors.borrow_mut().insert(*key, found.clone());
        Ok(found)
    }

    /// Notes which author the envelope's actor is, once.
    pub fn keep_actor(&self, transaction: &dyn Transaction, envelope: &Envelope) -> Result<(), StoreError> {
        let actor = envelope.actor();
        if self.actors.borrow_mut().insert(actor) {
            transaction.put_actor(actor, &envelope.author)?;
        }
        Ok(())
    }

    /// Notes a record that was asked for.
    pub fn note_record(&self, document: DocumentId, row: Option<DocumentRow>) {
        *self.record.borrow_mut() = Some((document, row));
    }

    /// A record as it is stored: what was noted when its envelope was judged just now, or else asked for. Whoever writes it
    /// next makes that grow old, so it is handed out once.
    pub fn take_record(
        &self,
        transaction: &dyn Transaction,
        document: DocumentId,
    ) -> Result<Option<DocumentRow>, StoreError> {
        match self.record.borrow_mut().take() {
            Some((noted, row)) if noted == document => Ok(row),
            _ => transaction.document(document),
        }
    }

    /// The versions of the checklist that an inspection's beginnings name.
    pub fn templates(
        &self,
        transaction: &dyn Transaction,
        inspection: DocumentId,
    ) -> Result<Vec<TemplateRef>, StoreError> {
        if let Some(known) = self.templates.borrow().get(&inspection) {
            return Ok(known.clone());
        }
        let mut cells = Vec::new();
        for name in [field::TEMPLATE, field::TEMPLATE_VERSION, field::STARTED_AT] {
            cells.append(&mut transaction.cells_at(inspection, &format!("h/{name}"))?);
        }
        let named = Live::of(&cells).templates();
        self.templates.borrow_mut().insert(inspection, named.clone());
        Ok(named)
    }

    /// An inspection is begun, or begun apart: what it names is asked anew.
    pub fn forget_templates(&self, inspection: DocumentId) {
        self.templates.borrow_mut().remove(&inspection);
    }

    /// The roles by which a person may act in a unit on a day.
    pub fn holds(
        &self,
        transaction: &dyn Transaction,
        directory: &UnitDirectory,
        (person, unit, day): (PersonId, UnitId, Date),
        allows: &dyn Fn(Role) -> bool,
    ) -> Result<bool, StoreError> {
        if let Some(roles) = self.roles.borrow().get(&(person, unit, day)) {
            return Ok(roles.iter().copied().any(allows));
        }
        let posts = transaction.posts(person)?;
        let covers = |role: &Role| directory.scope_of_posts(&posts, day, |one| one == *role).contains(&unit);
        let roles: Vec<Role> = posts.iter().map(|post| post.role).filter(covers).collect();
        let held = roles.iter().copied().any(allows);
        self.roles.borrow_mut().insert((person, unit, day), roles);
        Ok(held)
    }
}

fn asked(transaction: &dyn Transaction, row: AuthorRow) -> Result<KnownAuthor, StoreError> {
    let revoked = transaction.device(row.device)?.is_some_and(|device| device.revoked_at.is_some());
    let home = transaction.person(row.person)?.and_then(|person| person.home);
    let home = home.map(|home| HomeFacts { facility: home.facility, unit: home.unit });
    Ok(KnownAuthor { facts: AuthorFacts { person: row.person, revoked, home }, row })
}
