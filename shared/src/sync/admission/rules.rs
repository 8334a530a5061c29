//! Who may write what: statements, kind and unit, rights, ownership, reviews, seals.
//!
//! Invariant: what a supervisor may forgive is asked only if nothing was released; schema, statements, kind, unit, the shape
//! of a seal and what a review is bound to are asked always. What is said ([`content`]) is asked last. [`Case::on_arrival`] asks nothing of history, so that it can speak
//! of changes that still wait for others.

mod content;

pub(super) use self::content::{fit, named};
use super::{AuthorFacts, CheckedEnvelope, DocumentFacts, Facts, Refusal};
use crate::document::guard::CheckedChange;
use crate::document::position::put_value_in;
use crate::document::statement::{validate_links, validate_operations};
use crate::envelope::Envelope;
use crate::error::ErrorCode;
use crate::id::{ChangeHash, DocumentId, PersonId};
use crate::record::RecordKind;
use crate::record::choice;
use crate::record::facility::{field, state};
use crate::record::key::Key;
use crate::record::register::{DecisionStatement, Known, Register, SealStatement};
use crate::record::remediation::remediation_id;
use crate::record::seal;
use crate::record::value::Scalar;
use crate::record::visit::{self, Visit};
use crate::role::Role;
use crate::template::TemplateRef;
use crate::view::build::review_id;

type Outcome = Result<(), Refusal>;

/// UUID version of ids that follow from what a record is of.
const DERIVED: usize = 8;
/// UUID version of ids that follow from when a record was begun.
const TIMED: usize = 7;

/// What all rules look at.
pub(super) struct Case<'a, F> {
    envelope: &'a Envelope,
    said_by: Option<PersonId>,
    /// The checklist that every answer was found to fit.
    fits: Option<&'a TemplateRef>,
    changes: &'a [CheckedChange],
    existing: Option<DocumentFacts>,
    author: AuthorFacts,
    facts: &'a F,
    released: bool,
}

/// The case of an envelope's new changes, or why there is none: nobody knows the author.
pub(super) fn open<'a, F: Facts>(
    checked: &'a CheckedEnvelope,
    changes: &'a [CheckedChange],
    facts: &'a F,
    released: bool,
) -> Result<Result<Case<'a, F>, Refusal>, F::Error> {
    let (envelope, said_by, fits) = (&checked.envelope, checked.said_by, checked.fits.as_ref());
    let Some(author) = facts.author(&envelope.author)? else {
        let reason = "the author's key was never certified here";
        return Ok(Err(Refusal::new(ErrorCode::AuthorUnknown, reason)));
    };
    let existing = facts.document(envelope.document)?;
    Ok(Ok(Case { envelope, said_by, fits, changes, existing, author, facts, released }))
}

fn refuse(code: ErrorCode, reason: impl Into<String>) -> Outcome {
    Err(Refusal::new(code, reason))
}

/// Whether a record's id is one that its kind has, and a visit's id is that of what its beginnings say. Needs no store:
/// devices ask it of what they make and of what they pull.
///
/// The ids of reviews and visits are derived (version 8) and cannot be taken by others; all else has ids of version 7.
pub fn check_identity(document: DocumentId, kind: RecordKind, changes: &[CheckedChange]) -> Outcome {
    let mismatch = |reason: String| refuse(ErrorCode::RecordMismatch, reason);
    let version = document.0.get_version_num();
    let fits = match kind {
        RecordKind::Review | RecordKind::Remediation => version == DERIVED,
        RecordKind::Inspection => matches!(version, DERIVED | TIMED),
        RecordKind::Facility | RecordKind::Dwelling | RecordKind::Residents => version == TIMED,
    };
    if !fits {
        return mismatch(format!("a {} does not have an id of version {version}", kind.code()));
    }
    let visit = kind == RecordKind::Inspection && version == DERIVED;
    for change in changes {
        if kind == RecordKind::Remediation && change.dependencies.is_empty() && followed(change) != Some(document) {
            return mismatch("the record's id is not that of the inspection whose findings it follows".into());
        }
        let says = |name: &str| {
            let key = header_key(name);
            change.operations.iter().any(|operation| operation.key == key)
        };
        let first = change.dependencies.is_empty();
        if kind == RecordKind::Inspection && !first && visit::BOUND.into_iter().any(says) {
            return mismatch("which visit it is, is said where an inspection begins".into());
        }
        if [field::CARRIES, field::SIGNED_APART, field::SIGNED_WITHOUT].into_iter().any(says)
            && (kind != RecordKind::Inspection || visit)
        {
            return mismatch("only a supplement carries what came after a seal".into());
        }
        if kind != RecordKind::Inspection || !first {
            continue;
        }
        if visit && says(field::SUPPLEMENT_OF) {
            return mismatch("a visit is no supplement".into());
        }
        if visit && Visit::of_beginning(change).is_none_or(|visit| visit.id() != document) {
            return mismatch("the inspection's id is not that of its visit".into());
        }
        if !visit && !says(field::SUPPLEMENT_OF) {
            return mismatch("an inspection that is no supplement has the id of its visit".into());
        }
    }
    Ok(())
}

/// The id that a beginning of a remediation must have, if it names its inspection once.
fn followed(change: &CheckedChange) -> Option<DocumentId> {
    let key = header_key(field::SUBJECT);
    let mut named = puts(change).filter(|(name, _)| *name == key);
    let subject = named.next().filter(|_| named.next().is_none())?.1.as_text()?;
    Some(remediation_id(subject.parse().ok()?))
}

impl<F: Facts> Case<'_, F> {
    /// What can be said before all that the changes build on is there.
    pub(super) fn on_arrival(&self) -> Result<Outcome, F::Error> {
        let stands = content::schema(self.changes).and_then(|()| self.record()).and_then(|()| self.statements());
        if let Err(refusal) = stands {
            return Ok(Err(refusal));
        }
        if self.released {
            return Ok(Ok(()));
        }
        if self.author.revoked {
            return Ok(refuse(ErrorCode::DeviceRevoked, "the author's device was revoked"));
        }
        let right = self.right(|role| role.may_write(self.envelope.kind), self.envelope.kind)?;
        Ok(right.and_then(|()| content::header(self.envelope.kind, self.changes)))
    }

    /// What needs the record as it is before these changes.
    pub(super) fn in_place(&self) -> Result<Outcome, F::Error> {
        if let Err(refusal) = self.seals()? {
            return Ok(Err(refusal));
        }
        if let Err(refusal) = self.beginning().and_then(|()| self.named_links()) {
            return Ok(Err(refusal));
        }
        if let Err(refusal) = self.targets()? {
            return Ok(Err(refusal));
        }
        if let Err(refusal) = self.choices()? {
            return Ok(Err(refusal));
        }
        match self.envelope.kind {
            RecordKind::Review => self.review(),
            RecordKind::Remediation => self.remediation(),
            RecordKind::Dwelling | RecordKind::Residents if !self.released => match self.owner()? {
                Ok(()) => self.one_home(),
                refused => Ok(refused),
            },
            RecordKind::Inspection if !self.released => self.answers(),
            _ => Ok(Ok(())),
        }
    }

    /// The id is one of the kind, and kind and unit never change once a record exists.
    fn record(&self) -> Outcome {
        check_identity(self.envelope.document, self.envelope.kind, self.changes)?;
        match &self.existing {
            Some(record) if record.kind != self.envelope.kind => {
                refuse(ErrorCode::RecordMismatch, format!("the record is of kind {}", record.kind.code()))
            }
            Some(record) if record.unit != self.envelope.unit => {
                refuse(ErrorCode::RecordMismatch, format!("the record belongs to unit {}", record.unit))
            }
            _ => Ok(()),
        }
    }

    /// Every change says only what its author may say, and a first change names its schema.
    fn statements(&self) -> Outcome {
        let (schema, apart) = (header_key(field::SCHEMA), header_key(field::SIGNED_APART));
        let read = self.said_by == Some(self.author.person);
        for change in self.changes {
            let statements = || validate_operations(self.envelope.kind, &change.operations, self.author.person);
            let said = if read { Ok(()) } else { statements() };
            said.and_then(|()| validate_links(self.envelope.kind, &change.operations, change.dependencies.is_empty()))
                .map_err(|error| Refusal::new(ErrorCode::ChangeInvalid, error.to_string()))?;
            if change.dependencies.is_empty()
                && !puts(change).any(|(key, value)| key == schema && value.as_int().is_some())
            {
                return refuse(ErrorCode::ChangeInvalid, "the first change of a record puts h/schema");
            }
            let seals = puts(change).filter(|(key, _)| *key == apart);
            let mut seals = seals.filter_map(|(_, put)| SealStatement::from_scalar(put).ok());
            if seals.any(|seal| seal.author != self.envelope.author) {
                return refuse(ErrorCode::ChangeInvalid, "a seal made apart is another author's");
            }
        }
        Ok(())
    }

    /// A record begins once: a second beginning could name other links. Officers may begin one visit apart, and reviewers
    /// their one review: what these are of is bound by their ids.
    fn beginning(&self) -> Outcome {
        let begun = self.existing.is_some() && self.envelope.document.0.get_version_num() != DERIVED;
        if begun && self.changes.iter().any(|change| change.dependencies.is_empty()) {
            return refuse(ErrorCode::RecordMismatch, "the record was begun before");
        }
        Ok(())
    }

    /// The links that a record is nothing without. They stand in its first change, so ask only where it begins.
    fn named_links(&self) -> Outcome {
        let needed = match self.envelope.kind {
            RecordKind::Dwelling | RecordKind::Remediation => field::FACILITY,
            RecordKind::Residents => field::DWELLING,
            RecordKind::Facility | RecordKind::Inspection | RecordKind::Review => return Ok(()),
        };
        if self.existing.is_none() && self.header(needed).next().is_none() {
            return refuse(ErrorCode::ChangeInvalid, format!("a {} names its {needed}", self.envelope.kind.code()));
        }
        Ok(())
    }

    /// What a record names is of the kind that belongs there and lies in the same unit.
    fn targets(&self) -> Result<Outcome, F::Error> {
        let mismatch = |reason: &str| Ok(refuse(ErrorCode::RecordMismatch, reason));
        let unit = self.envelope.unit;
        for target in self.linked(field::FACILITY) {
            // Premises may be unknown: they were quarantined, or came to a server that lost them since.
            let Some(record) = self.facts.document(target)? else { continue };
            if record.kind != RecordKind::Facility || record.unit != unit {
                return mismatch("what is named as premises is none of this unit");
            }
        }
        for target in self.linked(field::SUPPLEMENT_OF) {
            let original =
                self.facts.document(target)?.filter(|it| it.kind == RecordKind::Inspection && it.unit == unit);
            match original {
                None => return mismatch("what is supplemented is no inspection of this unit"),
                Some(original) if original.supplement_of.is_some() => {
                    return mismatch("what is supplemented is itself a supplement");
                }
                Some(original) if !original.sealed => return mismatch("what is supplemented is not sealed"),
                Some(_) => {}
            }
        }
        for target in self.linked(field::DWELLING) {
            let home = self.facts.document(target)?.filter(|it| it.kind == RecordKind::Dwelling && it.unit == unit);
            if home.is_none() {
                return mismatch("what is named as the home is no dwelling of this unit");
            }
        }
        Ok(Ok(()))
    }

    /// Who settles a clash says what was said, and by whom.
    fn choices(&self) -> Result<Outcome, F::Error> {
        for operation in self.changes.iter().flat_map(|change| &change.operations) {
            let Some(choice) = &operation.put else { continue };
            let Some(origin) = choice::origin(choice) else { continue };
            let own = put_value_in(self.changes, &origin.operation);
            let chosen = match own {
                Some(own) => Some(own),
                None => self.facts.put_value(self.envelope.document, &origin.operation)?,
            };
            if !chosen.is_some_and(|chosen| choice::repeats(&operation.key, choice, &origin, &chosen)) {
                let reason = format!("the choice at {} does not say what was chosen", operation.key);
                return Ok(refuse(ErrorCode::ChangeInvalid, reason));
            }
        }
        Ok(Ok(()))
    }

    /// The records that the new changes name in a link.
    fn linked(&self, name: &str) -> impl Iterator<Item = DocumentId> {
        self.header(name).filter_map(|value| value.as_text()?.parse().ok())
    }

    /// A seal signs exactly what its change builds on; nothing follows a seal.
    fn seals(&self) -> Result<Outcome, F::Error> {
        let mut sealed = self.existing.is_some_and(|record| record.sealed);
        for (index, change) in self.changes.iter().enumerate() {
            if sealed && !self.released {
                return Ok(refuse(ErrorCode::RecordSealed, "a seal was admitted before this change"));
            }
            for (key, value) in puts(change) {
                let Ok(Key::Seal(actor)) = Key::parse(key) else { continue };
                if actor != change.actor {
                    return Ok(refuse(ErrorCode::ChangeInvalid, "a seal under another actor's key"));
                }
                let own = match index.checked_sub(1) {
                    Some(before) => Some(self.changes[before].hash),
                    None => self.facts.last_change(self.envelope.document, &actor)?.map(|last| last.hash),
                };
                if let Err(reason) = self.seal(change, value, own) {
                    return Ok(refuse(ErrorCode::ChangeInvalid, reason));
                }
                sealed = true;
            }
        }
        Ok(Ok(()))
    }

    fn seal(&self, change: &CheckedChange, value: &Scalar, own: Option<ChangeHash>) -> Result<(), String> {
        let statement =
            SealStatement::from_scalar(value).map_err(|error| format!("the seal cannot be read: {error}"))?;
        if statement.author != self.envelope.author || statement.by != self.author.person {
            return Err("the seal is another author's".into());
        }
        if !statement.known.as_ref().is_none_or(Known::is_well_formed) {
            return Err("what the seal says was known is not sorted, or too long".into());
        }
        if !seal::verify(self.envelope.document, &statement) {
            return Err("the seal's signature does not hold".into());
        }
        // Automerge names the author's own last change as a dependency even where a head covers it.
        let expected = |hash: &ChangeHash| statement.heads.contains(hash) || Some(*hash) == own;
        let covered = change.dependencies.iter().all(expected);
        let all = statement.heads.iter().all(|head| change.dependencies.contains(head));
        if statement.heads.is_empty() || !covered || !all {
            return Err("the sealed heads are not what the seal builds on".into());
        }
        Ok(())
    }

    /// Household heads write what they own, where they were invited to.
    fn owner(&self) -> Result<Outcome, F::Error> {
        let forbidden = |reason: &str| Ok(refuse(ErrorCode::WriteForbidden, reason));
        if self.existing.is_some_and(|record| record.owner != self.author.person) {
            return forbidden("the record is another person's");
        }
        let Some(home) = self.author.home else { return forbidden("the author has no home by invitation") };
        if home.unit != self.envelope.unit {
            return forbidden("not the unit of the invitation");
        }
        let facility = home.facility.to_string();
        if self.header(field::FACILITY).any(|value| value.as_text() != Some(facility.as_str())) {
            return forbidden("not the premises of the invitation");
        }
        for dwelling in self.linked(field::DWELLING) {
            if self.facts.document(dwelling)?.is_some_and(|record| record.owner != self.author.person) {
                return forbidden("the home is another person's");
            }
        }
        Ok(Ok(()))
    }

    /// A review is bound to its subject by its id, lies in the subject's unit, and is written by who may review that kind.
    fn review(&self) -> Result<Outcome, F::Error> {
        let mismatch = |reason: &str| Ok(refuse(ErrorCode::RecordMismatch, reason));
        let before = self.existing.and_then(|record| record.subject);
        let mut subject = before;
        for value in self.header(field::SUBJECT) {
            let named = value.as_text().and_then(|text| text.parse::<DocumentId>().ok());
            if named.is_none() || (subject.is_some() && subject != named) {
                return mismatch("a review's subject never changes");
            }
            subject = named;
        }
        let Some(subject) = subject else { return mismatch("the review names no subject") };
        if review_id(subject) != self.envelope.document {
            return mismatch("the review's id is not that of its subject");
        }
        let Some(record) = self.facts.document(subject)? else {
            return mismatch("the record under review is not known");
        };
        if record.unit != self.envelope.unit {
            return mismatch("the review lies in another unit than its subject");
        }
        if self.header(field::SUBJECT_KIND).any(|value| value.as_text() != Some(record.kind.code())) {
            return mismatch("the subject is of another kind");
        }
        for change in self.changes {
            for (key, value) in puts(change).filter(|(key, _)| *key == state_key(state::DECISION)) {
                // A newer version's decision is kept unread.
                let Ok(decision) = DecisionStatement::from_scalar(value) else { continue };
                let part = if decision.on == subject { Some(record) } else { self.supplement(decision.on, subject)? };
                let Some(part) = part else {
                    return mismatch(&format!("{key} decides on a record that is not under review"));
                };
                // Before it is submitted a declaration is nobody's business but its head's. Asked always: once it is
                // submitted, a supervisor can let the decision in.
                if part.kind == RecordKind::Dwelling && !self.facts.is_submitted(decision.on)? {
                    let reason = format!("{key} decides on a declaration that was not submitted");
                    return Ok(refuse(ErrorCode::DeclarationUnsubmitted, reason));
                }
                if let Some(capacity) = decision.capacity.as_ref().filter(|_| !self.released) {
                    let named = |role: Role| role == capacity.role && role.may_review(record.kind);
                    if let Err(refusal) = self.right(named, record.kind)? {
                        return Ok(Err(refusal));
                    }
                }
                if part.kind == RecordKind::Inspection && !part.sealed {
                    return mismatch(&format!("{key} decides on an inspection that is not finished"));
                }
            }
        }
        if self.released { Ok(Ok(())) } else { self.right(|role| role.may_review(record.kind), record.kind) }
    }

    /// Findings are followed in the unit of their inspection. The inspection may be unknown yet: it waits for something, or is
    /// held for a supervisor; the id binds both.
    fn remediation(&self) -> Result<Outcome, F::Error> {
        for subject in self.linked(field::SUBJECT) {
            let Some(record) = self.facts.document(subject)? else { continue };
            let original = record.kind == RecordKind::Inspection && record.supplement_of.is_none();
            if !original || record.unit != self.envelope.unit {
                let reason = "what is followed is no inspection of this unit";
                return Ok(refuse(ErrorCode::RecordMismatch, reason));
            }
        }
        Ok(Ok(()))
    }

    fn supplement(&self, record: DocumentId, of: DocumentId) -> Result<Option<DocumentFacts>, F::Error> {
        let record = self.facts.document(record)?;
        Ok(record.filter(|record| record.supplement_of == Some(of) && record.unit == self.envelope.unit))
    }

    fn right(&self, allows: impl Fn(Role) -> bool, kind: RecordKind) -> Result<Outcome, F::Error> {
        let held = self.facts.holds(self.author.person, self.envelope.unit, &allows)?;
        let reason = || format!("no post allowed this for a {} in that unit on that day", kind.code());
        Ok(if held { Ok(()) } else { refuse(ErrorCode::WriteForbidden, reason()) })
    }

    /// Everything that the changes put at a header field.
    fn header(&self, name: &str) -> impl Iterator<Item = &Scalar> {
        let wanted = header_key(name);
        self.changes.iter().flat_map(puts).filter(move |(key, _)| *key == wanted).map(|(_, value)| value)
    }
}

fn header_key(name: &str) -> String {
    Key::Header(name.to_owned()).to_string()
}

fn state_key(name: &str) -> String {
    Key::State(name.to_owned()).to_string()
}

/// The puts of a change.
fn puts(change: &CheckedChange) -> impl Iterator<Item = (&str, &Scalar)> {
    change.operations.iter().filter_map(|operation| Some((operation.key.as_str(), operation.put.as_ref()?)))
}
