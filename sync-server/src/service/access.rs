//! Who acts, and what they may see.
//!
//! Invariant: a right is a post held on the day, in Hà Nội; a household head sees own records and nothing else. Every
//! reading service asks here.

use std::collections::BTreeSet;

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{DeviceId, DocumentId, EnvelopeId, PersonId, PhotoHash, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::role::{Post, Role};
use ancu_shared::unit::UnitDirectory;

use super::Service;
use crate::store::rows::{DocumentRow, PersonRow};
use crate::store::{StoreError, Transaction};

/// Who acts.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The person.
    pub person: PersonRow,
    /// All posts, past and present.
    pub posts: Vec<Post>,
    /// The device, where it is one.
    pub device: Option<DeviceId>,
    /// The instant that rights are asked for.
    pub now: UtcMillis,
}

impl Caller {
    /// The caller of a person.
    pub fn load(
        transaction: &dyn Transaction,
        person: PersonId,
        device: Option<DeviceId>,
        now: UtcMillis,
    ) -> Result<Option<Self>, StoreError> {
        let Some(person) = transaction.person(person)? else { return Ok(None) };
        let posts = transaction.posts(person.id)?;
        Ok(Some(Self { person, posts, device, now }))
    }

    /// The person's id.
    pub fn id(&self) -> PersonId {
        self.person.id
    }

    /// Whether one of these roles is held today.
    pub fn holds(&self, roles: &[Role]) -> bool {
        let day = self.now.hanoi_date();
        self.posts.iter().any(|post| post.holds_on(day) && roles.contains(&post.role))
    }

    /// The units where the caller holds a role that `allows`.
    pub fn units(&self, directory: &UnitDirectory, allows: impl Fn(Role) -> bool) -> BTreeSet<UnitId> {
        directory.scope_of_posts(&self.posts, self.now.hanoi_date(), allows)
    }

    /// The units whose records the caller reads by office (not as a household head).
    pub fn office(&self, directory: &UnitDirectory) -> BTreeSet<UnitId> {
        self.units(directory, |role| !role.is_citizen() && role.may_read(RecordKind::Facility))
    }

    /// A household head's own unit.
    pub fn home_unit(&self) -> Option<UnitId> {
        let day = self.now.hanoi_date();
        let head = self.posts.iter().any(|post| post.role == Role::HouseholdHead && post.holds_on(day));
        self.person.home.as_ref().filter(|_| head).map(|home| home.unit)
    }

    /// Whether the caller may see a record.
    pub fn may_read(
        &self,
        transaction: &dyn Transaction,
        directory: &UnitDirectory,
        document: &DocumentRow,
    ) -> Result<bool, StoreError> {
        let by_office = self.units(directory, |role| !role.is_citizen() && role.may_read(document.kind));
        if by_office.contains(&document.unit) {
            return Ok(true);
        }
        if self.home_unit() != Some(document.unit) {
            return Ok(false);
        }
        if is_own(document, self.id()) {
            return Ok(true);
        }
        match document.subject {
            Some((subject, _)) => Ok(transaction.document(subject)?.is_some_and(|row| is_own(&row, self.id()))),
            None => Ok(false),
        }
    }

    /// Whether a record that the caller may see names this photo. A household head sees only photos that came from own
    /// devices: otherwise naming another's hash in an own record would show it.
    pub fn may_see_photo(
        &self,
        service: &Service,
        transaction: &dyn Transaction,
        hash: &PhotoHash,
    ) -> Result<bool, StoreError> {
        let directory = service.directory(transaction)?;
        let office = self.office(&directory);
        let sent = transaction.sent_photo(hash, self.id())?;
        for document in transaction.photo_documents(hash)? {
            if let Some(row) = transaction.document(document)?
                && self.may_read(transaction, &directory, &row)?
                && (office.contains(&row.unit) || sent)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the caller may be told that a photo is held: it is, and the caller sent it or may see it. Anybody else is
    /// answered as if it were not there.
    pub fn may_have_receipt(
        &self,
        service: &Service,
        transaction: &dyn Transaction,
        hash: &PhotoHash,
    ) -> Result<bool, StoreError> {
        Ok(transaction.has_photo(hash)?
            && (transaction.sent_photo(hash, self.id())? || self.may_see_photo(service, transaction, hash)?))
    }

    /// Whether the caller may be told what became of an envelope. A household head is told of own ones and of those of own
    /// records; of all others as if nobody knew them.
    pub fn may_hear_of(
        &self,
        service: &Service,
        transaction: &dyn Transaction,
        envelope: &EnvelopeId,
    ) -> Result<bool, StoreError> {
        if self.home_unit().is_none() {
            return Ok(true);
        }
        let held = || {
            let row = transaction.quarantined_as(envelope)?;
            Ok::<_, StoreError>(row.map(|row| (row.document, row.author)))
        };
        let admitted = transaction.envelope_origin(envelope)?.map(|(document, author)| (Some(document), Some(author)));
        let Some((document, author)) = admitted.map_or_else(held, |found| Ok(Some(found)))? else { return Ok(true) };
        if let Some(author) = author
            && transaction.author(&author)?.is_some_and(|author| author.person == self.id())
        {
            return Ok(true);
        }
        let row = document.map(|document| transaction.document(document)).transpose()?.flatten();
        let directory = service.directory(transaction)?;
        row.map_or(Ok(false), |row| self.may_read(transaction, &directory, &row))
    }

    /// A record of this kind that the caller may see.
    pub fn find(
        &self,
        service: &Service,
        transaction: &dyn Transaction,
        document: DocumentId,
        kind: RecordKind,
    ) -> Result<Option<DocumentRow>, StoreError> {
        let Some(row) = transaction.document(document)?.filter(|row| row.kind == kind) else { return Ok(None) };
        let directory = service.directory(transaction)?;
        Ok(self.may_read(transaction, &directory, &row)?.then_some(row))
    }
}

/// Whether a record is a household head's own.
fn is_own(document: &DocumentRow, person: PersonId) -> bool {
    matches!(document.kind, RecordKind::Dwelling | RecordKind::Residents) && document.owner == person
}
