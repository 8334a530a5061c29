//! Who may write what: statements, kind and unit, rights, ownership, reviews, seals.
//!
//! Invariant: what a supervisor may forgive is asked only if nothing was released; schema, statements, kind, unit, the shape
//! of a seal and what a review is bound to are asked always, and so are times that cannot be. What is said ([`content`]) is asked last. [`Case::on_arrival`] asks nothing of history, so that it can speak
//! of changes that still wait for others.

mod content;

pub(super) use self::content::{fit, named};
use super::{AuthorFacts, Cause, CheckedEnvelope, DocumentFacts, Facts, Refusal, detail};
use crate::document::guard::CheckedChange;
use crate::document::position::put_value_in;
use crate::document::statement::{BEGUN_WITH, validate_links, validate_operations};
use crate::envelope::Envelope;
use crate::id::{ChangeHash, DocumentId, PersonId, UnitId};
use crate::record::RecordKind;
use crate::record::choice;
use crate::record::facility::{field, state};
use crate::record::key::Key;
use crate::record::measure::enforcement_id;
use crate::record::names;
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
    /// Where the record lies, or comes to lie: where that is not the unit that the envelope names, it was handed over since.
    place: UnitId,
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
        return Ok(Err(Cause::NeverCertified.plainly()));
    };
    let existing = facts.document(envelope.document)?;
    let place = existing.map_or(envelope.unit, |record| record.unit);
    let mut case = Case { envelope, said_by, fits, changes, existing, author, facts, released, place };
    if case.existing.is_none() {
        case.place = case.place_of_new()?;
    }
    Ok(Ok(case))
}

fn refuse(cause: Cause) -> Outcome {
    Err(cause.plainly())
}

/// Whether a record's id is one that its kind has, and a visit's id is that of what its beginnings say. Needs no store:
/// devices ask it of what they make and of what they pull.
///
/// The ids of reviews and visits are derived (version 8) and cannot be taken by others; all else has ids of version 7.
pub fn check_identity(document: DocumentId, kind: RecordKind, changes: &[CheckedChange]) -> Outcome {
    let version = document.0.get_version_num();
    let fits = match kind {
        RecordKind::Review | RecordKind::Remediation | RecordKind::Enforcement => version == DERIVED,
        RecordKind::Inspection => matches!(version, DERIVED | TIMED),
        RecordKind::Facility | RecordKind::Dwelling | RecordKind::Residents => version == TIMED,
    };
    if !fits {
        return Err(Cause::IdOfKind.of(kind));
    }
    let visit = kind == RecordKind::Inspection && version == DERIVED;
    for change in changes {
        if change.dependencies.is_empty() && !is_derived(document, kind, change) {
            return refuse(Cause::IdOfFollowed);
        }
        let says = |name: &&str| {
            let key = header_key(name);
            change.operations.iter().any(|operation| operation.key == key)
        };
        let first = change.dependencies.is_empty();
        if kind == RecordKind::Inspection
            && !first
            && let Some(again) = visit::BOUND.iter().chain(&BEGUN_WITH).find(|name| says(name))
        {
            return Err(Cause::SaidOnce.said(&[names::header(again)]));
        }
        let carrying = [field::CARRIES, field::SIGNED_APART, field::SIGNED_WITHOUT, field::GIVEN_UP_APART];
        if (kind != RecordKind::Inspection || visit)
            && let Some(name) = carrying.iter().find(|name| says(name))
        {
            return Err(Cause::OnlySupplement.at(&header_key(name)));
        }
        let given_up = format!("s/{}", state::GIVEN_UP);
        if !visit && change.operations.iter().any(|operation| operation.key == given_up) {
            return Err(Cause::OnlyVisit.at(&given_up));
        }
        if kind != RecordKind::Inspection || !first {
            continue;
        }
        if visit && says(&field::SUPPLEMENT_OF) {
            return refuse(Cause::VisitSupplements);
        }
        if visit && Visit::of_beginning(change).is_none_or(|visit| visit.id() != document) {
            return refuse(Cause::IdOfVisit);
        }
        if !visit && !says(&field::SUPPLEMENT_OF) {
            return refuse(Cause::NeitherVisit);
        }
    }
    Ok(())
}

/// Whether a beginning names, once, the record that its own id follows from: of findings that are followed their inspection, of
/// measures their premises. Ids of other kinds follow from nothing here.
fn is_derived(document: DocumentId, kind: RecordKind, change: &CheckedChange) -> bool {
    let (link, id): (_, fn(DocumentId) -> DocumentId) = match kind {
        RecordKind::Remediation => (field::SUBJECT, remediation_id),
        RecordKind::Enforcement => (field::FACILITY, enforcement_id),
        _ => return true,
    };
    let key = header_key(link);
    let mut named = puts(change).filter(|(name, _)| *name == key);
    let first = named.next().filter(|_| named.next().is_none());
    first.and_then(|(_, value)| value.as_text()?.parse().ok()).map(id) == Some(document)
}

impl<F: Facts> Case<'_, F> {
    /// Where the record lies, or comes to lie.
    pub(super) fn place(&self) -> UnitId {
        self.place
    }

    /// Where a record that begins comes to lie: with what it belongs to, which may have been handed over while its author was
    /// offline; else where it says.
    fn place_of_new(&self) -> Result<UnitId, F::Error> {
        for name in [field::FACILITY, field::SUPPLEMENT_OF, field::DWELLING, field::SUBJECT] {
            for target in self.linked(name) {
                let Some(record) = self.facts.document(target)? else { continue };
                if record.unit == self.envelope.unit {
                    return Ok(record.unit);
                }
                if self.facts.was_in(target, self.envelope.unit)? {
                    return Ok(record.unit);
                }
            }
        }
        Ok(self.envelope.unit)
    }

    /// Whether a record lies in the unit that the envelope names, or did before it was handed over.
    fn is_here(&self, id: DocumentId, record: &DocumentFacts) -> Result<bool, F::Error> {
        Ok(record.unit == self.envelope.unit || self.facts.was_in(id, self.envelope.unit)?)
    }

    /// What can be said before all that the changes build on is there.
    pub(super) fn on_arrival(&self) -> Result<Outcome, F::Error> {
        let stands = match content::schema(self.changes) {
            Ok(()) => self.record()?.and_then(|()| self.statements()),
            refused => refused,
        };
        if let Err(refusal) = stands {
            return Ok(Err(refusal));
        }
        if self.released {
            return Ok(content::times(self.envelope.kind, self.changes));
        }
        if self.author.revoked {
            return Ok(refuse(Cause::Revoked));
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

    /// The id is one of the kind, the kind never changes once a record exists, and the unit is the record's or one that it was
    /// handed over from.
    fn record(&self) -> Result<Outcome, F::Error> {
        if let Err(refusal) = check_identity(self.envelope.document, self.envelope.kind, self.changes) {
            return Ok(Err(refusal));
        }
        Ok(match &self.existing {
            Some(record) if record.kind != self.envelope.kind => Err(Cause::OtherKind.of(record.kind)),
            Some(record) if !self.is_here(self.envelope.document, record)? => {
                Err(Cause::OtherUnit.plainly().until(self.envelope.document))
            }
            _ => Ok(()),
        })
    }

    /// Every change says only what its author may say, and a first change names its schema.
    fn statements(&self) -> Outcome {
        let (schema, apart) = (header_key(field::SCHEMA), header_key(field::SIGNED_APART));
        let read = self.said_by == Some(self.author.person);
        for change in self.changes {
            let statements = || validate_operations(self.envelope.kind, &change.operations, self.author.person);
            let said = if read { Ok(()) } else { statements() };
            said.and_then(|()| validate_links(self.envelope.kind, &change.operations, change.dependencies.is_empty()))
                .map_err(Refusal::from)?;
            if change.dependencies.is_empty()
                && !puts(change).any(|(key, value)| key == schema && value.as_int().is_some())
            {
                return refuse(Cause::NoSchema);
            }
            let seals = puts(change).filter(|(key, _)| *key == apart);
            let mut seals = seals.filter_map(|(_, put)| SealStatement::from_scalar(put).ok());
            if seals.any(|seal| seal.author != self.envelope.author) {
                return refuse(Cause::SealForeign);
            }
        }
        Ok(())
    }

    /// A record begins once: a second beginning could name other links. Officers may begin one visit apart, and reviewers
    /// their one review: what these are of is bound by their ids.
    fn beginning(&self) -> Outcome {
        let begun = self.existing.is_some() && self.envelope.document.0.get_version_num() != DERIVED;
        if begun && self.changes.iter().any(|change| change.dependencies.is_empty()) {
            return refuse(Cause::BegunBefore);
        }
        Ok(())
    }

    /// The links that a record is nothing without, and the name of premises. They stand where it begins, so ask only there.
    fn named_links(&self) -> Outcome {
        let needed = match self.envelope.kind {
            RecordKind::Dwelling | RecordKind::Remediation | RecordKind::Enforcement => field::FACILITY,
            RecordKind::Residents => field::DWELLING,
            RecordKind::Facility if !self.released => field::NAME,
            RecordKind::Facility | RecordKind::Inspection | RecordKind::Review => return Ok(()),
        };
        if self.existing.is_none() && self.header(needed).all(Scalar::is_tombstone) {
            return Err(Cause::LinkMissing.said(&[names::header(needed)]));
        }
        Ok(())
    }

    /// What a record names is of the kind that belongs there and lies in the same unit.
    fn targets(&self) -> Result<Outcome, F::Error> {
        let mismatch = |cause| Ok(refuse(cause));
        for target in self.linked(field::FACILITY) {
            // Premises may be unknown: they were quarantined, or came to a server that lost them since.
            let Some(record) = self.facts.document(target)? else { continue };
            if record.kind != RecordKind::Facility || !self.is_here(target, &record)? {
                return Ok(Err(Cause::PremisesForeign.plainly().until(target)));
            }
        }
        for target in self.linked(field::SUPPLEMENT_OF) {
            match self.of_kind(target, RecordKind::Inspection)? {
                None => return Ok(Err(Cause::SupplementsNothing.plainly().until(target))),
                Some(original) if original.supplement_of.is_some() => {
                    return mismatch(Cause::SupplementsSupplement);
                }
                Some(original) if !original.sealed => {
                    return Ok(Err(Cause::SupplementsOpen.plainly().until(target)));
                }
                Some(_) => {}
            }
        }
        for target in self.linked(field::DWELLING) {
            if self.of_kind(target, RecordKind::Dwelling)?.is_none() {
                return Ok(Err(Cause::HomeForeign.plainly().until(target)));
            }
        }
        Ok(Ok(()))
    }

    /// A record of this kind that lies where the envelope says.
    fn of_kind(&self, id: DocumentId, kind: RecordKind) -> Result<Option<DocumentFacts>, F::Error> {
        let Some(record) = self.facts.document(id)?.filter(|it| it.kind == kind) else { return Ok(None) };
        Ok(self.is_here(id, &record)?.then_some(record))
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
                return Ok(Err(Cause::ChoiceUntrue.at(&operation.key)));
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
                return Ok(refuse(Cause::AfterSeal));
            }
            for (key, value) in puts(change) {
                let Ok(Key::Seal(actor)) = Key::parse(key) else { continue };
                if actor != change.actor {
                    return Ok(refuse(Cause::SealForeign));
                }
                let own = match index.checked_sub(1) {
                    Some(before) => Some(self.changes[before].hash),
                    None => self.facts.last_change(self.envelope.document, &actor)?.map(|last| last.hash),
                };
                if let Err(refusal) = self.seal(change, value, own) {
                    return Ok(Err(refusal));
                }
                sealed = true;
            }
        }
        Ok(Ok(()))
    }

    fn seal(&self, change: &CheckedChange, value: &Scalar, own: Option<ChangeHash>) -> Outcome {
        let broken = |vi, en| Err(Cause::SealBroken.said(&[detail::words(vi, en)]));
        let Ok(statement) = SealStatement::from_scalar(value) else {
            return broken("không đọc được", "it cannot be read");
        };
        if statement.author != self.envelope.author || statement.by != self.author.person {
            return refuse(Cause::SealForeign);
        }
        if !statement.known.as_ref().is_none_or(Known::is_well_formed) {
            return broken(
                "phần ghi những gì người ký đã biết không đúng dạng",
                "what it says was known is not sorted, or too long",
            );
        }
        if !seal::verify(self.envelope.document, &statement) {
            return broken("chữ ký không phải cho những lời này", "the signature is not over these words");
        }
        // Automerge names the author's own last change as a dependency even where a head covers it.
        let expected = |hash: &ChangeHash| statement.heads.contains(hash) || Some(*hash) == own;
        let covered = change.dependencies.iter().all(expected);
        let all = statement.heads.iter().all(|head| change.dependencies.contains(head));
        if statement.heads.is_empty() || !covered || !all {
            return broken(
                "nội dung được khóa không phải nội dung nó nối tiếp",
                "the sealed heads are not what it builds on",
            );
        }
        Ok(())
    }

    /// Household heads write what they own, where they were invited to.
    fn owner(&self) -> Result<Outcome, F::Error> {
        let forbidden = |cause| Ok(refuse(cause));
        if self.existing.is_some_and(|record| record.owner != self.author.person) {
            return forbidden(Cause::NotOwner);
        }
        let Some(home) = self.author.home else { return forbidden(Cause::NotInvited) };
        if home.unit != self.envelope.unit && !self.facts.was_in(home.facility, self.envelope.unit)? {
            return forbidden(Cause::InvitedElsewhere);
        }
        let facility = home.facility.to_string();
        if self.header(field::FACILITY).any(|value| value.as_text() != Some(facility.as_str())) {
            return forbidden(Cause::InvitedElsewhere);
        }
        for dwelling in self.linked(field::DWELLING) {
            if self.facts.document(dwelling)?.is_some_and(|record| record.owner != self.author.person) {
                return forbidden(Cause::NotOwner);
            }
        }
        Ok(Ok(()))
    }

    /// A review is bound to its subject by its id, lies in the subject's unit, and is written by who may review that kind.
    fn review(&self) -> Result<Outcome, F::Error> {
        let mismatch = |cause| Ok(refuse(cause));
        let before = self.existing.and_then(|record| record.subject);
        let mut subject = before;
        for value in self.header(field::SUBJECT) {
            let named = value.as_text().and_then(|text| text.parse::<DocumentId>().ok());
            if named.is_none() || (subject.is_some() && subject != named) {
                return mismatch(Cause::SubjectWrong);
            }
            subject = named;
        }
        let Some(subject) = subject else { return mismatch(Cause::SubjectWrong) };
        if review_id(subject) != self.envelope.document {
            return mismatch(Cause::IdOfSubject);
        }
        let Some(record) = self.facts.document(subject)? else {
            return Ok(Err(Cause::SubjectForeign.plainly().until(subject)));
        };
        if !self.is_here(subject, &record)? {
            return mismatch(Cause::SubjectForeign);
        }
        if self.header(field::SUBJECT_KIND).any(|value| value.as_text() != Some(record.kind.code())) {
            return Ok(Err(Cause::SubjectKind.of(record.kind)));
        }
        for change in self.changes {
            for (_, value) in puts(change).filter(|(key, _)| *key == state_key(state::DECISION)) {
                // A newer version's decision is kept unread.
                let Ok(decision) = DecisionStatement::from_scalar(value) else { continue };
                let part = if decision.on == subject { Some(record) } else { self.supplement(decision.on, subject)? };
                let Some(part) = part else {
                    return Ok(Err(Cause::DecidesElsewhere.plainly().until(decision.on)));
                };
                // Before it is submitted a declaration is nobody's business but its head's. Asked always: once it is
                // submitted, a supervisor can let the decision in.
                if part.kind == RecordKind::Dwelling && !self.facts.is_submitted(decision.on)? {
                    return Ok(refuse(Cause::DecidesDraft));
                }
                if let Some(capacity) = decision.capacity.as_ref().filter(|_| !self.released) {
                    let named = |role: Role| role == capacity.role && role.may_review(record.kind);
                    if let Err(refusal) = self.right(named, record.kind)? {
                        return Ok(Err(refusal));
                    }
                }
                if part.kind == RecordKind::Inspection && !part.sealed {
                    return Ok(Err(Cause::DecidesOpen.plainly().until(decision.on)));
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
            if !original || !self.is_here(subject, &record)? {
                return Ok(refuse(Cause::FollowsNothing));
            }
        }
        Ok(Ok(()))
    }

    fn supplement(&self, record: DocumentId, of: DocumentId) -> Result<Option<DocumentFacts>, F::Error> {
        let Some(found) = self.facts.document(record)?.filter(|found| found.supplement_of == Some(of)) else {
            return Ok(None);
        };
        Ok(self.is_here(record, &found)?.then_some(found))
    }

    /// A post in the unit that the envelope names, or, where the record was handed over, in the one that has it now.
    fn right(&self, allows: impl Fn(Role) -> bool, kind: RecordKind) -> Result<Outcome, F::Error> {
        let (person, named) = (self.author.person, self.envelope.unit);
        let held = self.facts.holds(person, named, &allows)?
            || (self.place != named && self.facts.holds(person, self.place, &allows)?);
        Ok(if held { Ok(()) } else { Err(Cause::NoPost.of(kind)) })
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
