//! Admission: what the server takes, and what it quarantines and why.
//!
//! Pure decisions in two steps: [`check_envelope`] needs only the bytes (CPU only: do it outside of the writer), [`judge`]
//! needs [`Facts`] of the store, inside the transaction that will write.
//!
//! Invariants: an envelope is admitted whole or not at all; what cannot be admitted is quarantined with its reason, never
//! dropped; form and position are never forgiven, because they would break the document for everybody; right, ownership,
//! seal and content (fields, answers that fit no question) can be forgiven by a supervisor ([`judge_released`]), but for times
//! and places that cannot be ([`crate::record::fields`]): they would break screens. Clocks decide nothing: a change of any year
//! that a working clock can show is admitted.
//!
//! What this module does not know: SQL, HTTP, where templates come from.

mod detail;
mod position;
mod reason;
mod rules;

pub use self::reason::{Cause, Refusal};
pub use self::rules::check_identity;

use std::sync::Arc;

use crate::document::guard::{self, CheckedChange};
use crate::document::position::LastChange;
use crate::document::statement::validate_operations;
use crate::envelope::{Envelope, EnvelopeError, MAX_ENVELOPE_BYTES};
use crate::id::{ActorId, AuthorKey, ChangeHash, DocumentId, EnvelopeId, PersonId, UnitId};
use crate::record::RecordKind;
use crate::record::names::plain;
use crate::record::register::{ItemAnswer, Register as _};
use crate::record::value::{OperationId, Scalar};
use crate::role::Role;
use crate::template::{Template, TemplateRef};

/// An envelope whose bytes, changes and signature are in order.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedEnvelope {
    /// SHA-256 of its bytes.
    pub id: EnvelopeId,
    /// What it says.
    pub envelope: Envelope,
    /// Its changes, oldest first.
    pub changes: Vec<CheckedChange>,
    /// In whose name every statement is, where they were read and are in order ([`CheckedEnvelope::read_statements`]).
    pub said_by: Option<PersonId>,
    /// The checklist that every answer fits, where that was looked at ([`CheckedEnvelope::read_answers`]).
    pub fits: Option<TemplateRef>,
}

impl CheckedEnvelope {
    /// Reads the statements before the store is asked whose key it is, so that [`judge`] need not do it in the transaction.
    pub fn read_statements(&mut self) {
        let answers = self.changes.iter().flat_map(|change| &change.operations).filter(|it| it.key.starts_with("i/"));
        let mut named = answers.filter_map(|answer| Some(ItemAnswer::from_scalar(answer.put.as_ref()?).ok()?.by));
        let in_order = |person: &PersonId| {
            let kind = self.envelope.kind;
            self.changes.iter().all(|change| validate_operations(kind, &change.operations, *person).is_ok())
        };
        self.said_by = named.next().filter(in_order);
    }

    /// Holds the answers of an inspection that begins against its checklist, if that is at hand, so that [`judge`] need not.
    pub fn read_answers(&mut self, template: impl Fn(&TemplateRef) -> Option<Arc<Template>>) {
        let named = rules::named(&self.changes);
        let fits = |named: &TemplateRef| template(named).is_some_and(|it| rules::fit(&self.changes, &[it]).is_ok());
        self.fits = named.filter(fits);
    }
}

/// What is to become of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// To be stored, projected and numbered in its unit's feed.
    Admit {
        /// How many of its first changes the store has already, from another envelope: they must not be applied again.
        /// 0 but for a device that cut its log anew.
        known: usize,
        /// The unit that its record lies in, or comes to lie in: mostly the one that it names; another where the record, or what
        /// it belongs to, was handed over since.
        unit: UnitId,
    },
    /// All its changes were admitted before: nothing to store.
    AlreadyKnown,
    /// To be kept until these changes arrive, then judged again.
    Waiting {
        /// What it builds on and the store lacks.
        missing: Vec<ChangeHash>,
    },
    /// To be kept apart, with the reason.
    Quarantine(Refusal),
}

/// What the server knows of an author key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorFacts {
    /// Whose key it is.
    pub person: PersonId,
    /// Whether the key's device was revoked.
    pub revoked: bool,
    /// For a household head: the premises of the invitation.
    pub home: Option<HomeFacts>,
}

/// The premises that a household head was invited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HomeFacts {
    /// The premises' record.
    pub facility: DocumentId,
    /// Its unit.
    pub unit: UnitId,
}

/// What the server knows of a record that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentFacts {
    /// What it is.
    pub kind: RecordKind,
    /// Where it belongs.
    pub unit: UnitId,
    /// The person whose envelope created it.
    pub owner: PersonId,
    /// Whether a seal was admitted.
    pub sealed: bool,
    /// `h/supplement_of` of an inspection.
    pub supplement_of: Option<DocumentId>,
    /// `h/subject` of a review.
    pub subject: Option<DocumentId>,
}

/// What [`judge`] asks the store. A failing store is an error of its own, never "not known".
pub trait Facts {
    /// How the store fails.
    type Error;

    /// The author of a key.
    fn author(&self, key: &AuthorKey) -> Result<Option<AuthorFacts>, Self::Error>;

    /// A record.
    fn document(&self, document: DocumentId) -> Result<Option<DocumentFacts>, Self::Error>;

    /// Whether a record that lies elsewhere now once lay in this unit: it was handed over since. Asked only where an envelope
    /// names another unit than the record's.
    fn was_in(&self, document: DocumentId, unit: UnitId) -> Result<bool, Self::Error>;

    /// The counter of the last operation of a change **admitted to this document**; `None` = not admitted.
    fn change_max_op(&self, document: DocumentId, hash: &ChangeHash) -> Result<Option<u64>, Self::Error>;

    /// The last admitted change of an actor in this document.
    fn last_change(&self, document: DocumentId, actor: &ActorId) -> Result<Option<LastChange>, Self::Error>;

    /// The key of an admitted put of this document, **live or replaced**. Look into the live cells first; otherwise take the
    /// change of that actor whose counters contain it, through [`guard::check_change`] and
    /// [`crate::document::position::put_key_in`].
    fn put_key(&self, document: DocumentId, put: &OperationId) -> Result<Option<String>, Self::Error>;

    /// Whether an admitted put of this document, live or replaced, is one of this key: the same as [`Facts::put_key`], where a
    /// store can say it without looking through the record.
    fn is_put_of(&self, document: DocumentId, put: &OperationId, key: &str) -> Result<bool, Self::Error> {
        Ok(self.put_key(document, put)?.as_deref() == Some(key))
    }

    /// What an admitted put of this document said, **live or replaced**. Asked only for what a choice says that it chose.
    fn put_value(&self, document: DocumentId, put: &OperationId) -> Result<Option<Scalar>, Self::Error>;

    /// Whether the head of a home ever submitted its declaration: a put of `s/state` that says so was admitted, **live or
    /// replaced**. Asked only for decisions on homes.
    fn is_submitted(&self, dwelling: DocumentId) -> Result<bool, Self::Error>;

    /// The versions of the checklist that an inspection's beginnings name.
    fn templates(&self, inspection: DocumentId) -> Result<Vec<TemplateRef>, Self::Error>;

    /// A version of a checklist; `None` = the store does not have it, and what is answered is not judged by it.
    fn template(&self, reference: &TemplateRef) -> Result<Option<Arc<Template>>, Self::Error>;

    /// The record of a kind that a person created first. Asked only where a household head begins one.
    fn owned(&self, person: PersonId, kind: RecordKind) -> Result<Option<DocumentId>, Self::Error>;

    /// Whether, on the day that the envelope came (server's clock, Hà Nội), the person holds a post of a role that `allows`
    /// and whose scope contains the unit ([`crate::unit::UnitDirectory::scope_of_posts`]).
    fn holds(&self, person: PersonId, unit: UnitId, allows: &dyn Fn(Role) -> bool) -> Result<bool, Self::Error>;
}

/// Checks everything about an encoded envelope that needs no store: encoding, every change, actor, sequence, signature.
pub fn check_envelope(bytes: &[u8]) -> Result<CheckedEnvelope, Refusal> {
    let envelope = Envelope::decode(bytes).map_err(|error| match error {
        EnvelopeError::TooLarge(bytes) => {
            Cause::EnvelopeLarge.said(&[plain(bytes.to_string()), plain(MAX_ENVELOPE_BYTES.to_string())])
        }
        other => Cause::EnvelopeForm.said(&[detail::envelope(&other)]).because(&other),
    })?;
    // One envelope, one id: a second spelling of the same content would be a second id.
    if envelope.encode() != bytes {
        let again = detail::words("viết khác cách mà An Cư viết", "it is not spelt as An Cư spells it");
        return Err(Cause::EnvelopeForm.said(&[again]));
    }
    let actor = envelope.actor();
    let mut changes: Vec<CheckedChange> = Vec::with_capacity(envelope.changes.len());
    for (index, bytes) in envelope.changes.iter().enumerate() {
        let refuse = |vi, en| Cause::ChangeForm.said(&[plain((index + 1).to_string()), detail::words(vi, en)]);
        let change = guard::check_change(bytes, envelope.kind).map_err(|error| reason::change_form(index, &error))?;
        if change.actor != actor {
            return Err(refuse("do máy khác làm ra", "another device made it than the one that signed"));
        }
        if changes.last().is_some_and(|before| change.sequence != before.sequence + 1) {
            return Err(refuse("không nối tiếp thay đổi trước đó", "it does not follow the one before it"));
        }
        changes.push(change);
    }
    let hashes: Vec<_> = changes.iter().map(|change| change.hash).collect();
    envelope.verify(&hashes).map_err(|_| Cause::Signature.plainly())?;
    Ok(CheckedEnvelope { id: EnvelopeId::of(bytes), envelope, changes, said_by: None, fits: None })
}

/// Decides on an envelope.
pub fn judge<F: Facts>(checked: &CheckedEnvelope, facts: &F) -> Result<Verdict, F::Error> {
    decide(checked, facts, false)
}

/// Decides on an envelope that a supervisor has released from quarantine: right, revocation, ownership, seal and content are
/// no longer asked; form and position still are, and whether a newer program wrote it.
pub fn judge_released<F: Facts>(checked: &CheckedEnvelope, facts: &F) -> Result<Verdict, F::Error> {
    decide(checked, facts, true)
}

fn decide<F: Facts>(checked: &CheckedEnvelope, facts: &F, released: bool) -> Result<Verdict, F::Error> {
    let document = checked.envelope.document;
    let mut known = 0;
    for change in &checked.changes {
        if facts.change_max_op(document, &change.hash)?.is_none() {
            break;
        }
        known += 1;
    }
    let new = &checked.changes[known..];
    if new.is_empty() {
        return Ok(Verdict::AlreadyKnown);
    }
    let case = match rules::open(checked, new, facts, released)? {
        Ok(case) => case,
        Err(refusal) => return Ok(Verdict::Quarantine(refusal)),
    };
    if let Err(refusal) = case.on_arrival()? {
        return Ok(Verdict::Quarantine(refusal));
    }
    if let Err(verdict) = position::check(checked, known, facts)? {
        return Ok(verdict);
    }
    Ok(match case.in_place()? {
        Ok(()) => Verdict::Admit { known, unit: case.place() },
        Err(refusal) => Verdict::Quarantine(refusal),
    })
}
