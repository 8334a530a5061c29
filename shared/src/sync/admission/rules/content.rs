//! Whether what is said can be said: fields of their types and ranges, answers that fit the questions of the checklist, one
//! home of one head.
//!
//! Invariants: the rules are those by which a device refuses to save ([`fields`], [`check::check_answer`]), so an honest
//! device is never refused; a supervisor may forgive all of it, but for what a newer program wrote. Where the store does not
//! have a checklist, its answers are not judged. Who chooses what somebody said before repeats it, and answers for the
//! choice only.

use std::sync::Arc;

use super::{Case, Cause, Facts, Outcome, Refusal, header_key, puts};
use crate::document::guard::CheckedChange;
use crate::document::statement::FINDING_DETAIL;
use crate::error::Problem;
use crate::id::DocumentId;
use crate::record::RecordKind;
use crate::record::facility::field;
use crate::record::fields;
use crate::record::names::{self, plain};
use crate::record::register::{FindingDetail, ItemAnswer, PhotoDetail, Register as _};
use crate::record::value::Scalar;
use crate::template::outline::{self, Asked};
use crate::template::{Item, Template, TemplateRef, Words, check};
use crate::view::build::WHOLE_RECORD;
use crate::view::build::review::REPLY;

/// Nobody reads what a newer program wrote before this one is as new.
pub(super) fn schema(changes: &[CheckedChange]) -> Outcome {
    let key = header_key(field::SCHEMA);
    let mut said = changes.iter().flat_map(puts).filter(|(name, _)| *name == key);
    match said.find_map(|(_, value)| value.as_int().filter(|version| *version > fields::SCHEMA)) {
        Some(version) => Err(Cause::Newer.said(&[plain(version.to_string()), plain(fields::SCHEMA.to_string())])),
        None => Ok(()),
    }
}

/// Every field holds what its form would take.
pub(super) fn header(kind: RecordKind, changes: &[CheckedChange]) -> Outcome {
    held(kind, changes, fields::check)
}

/// Every field that speaks of time says what can be: this is asked of what a supervisor lets in, too.
pub(super) fn times(kind: RecordKind, changes: &[CheckedChange]) -> Outcome {
    held(kind, changes, fields::check_time)
}

fn held(
    kind: RecordKind,
    changes: &[CheckedChange],
    check: fn(RecordKind, &str, &Scalar) -> Result<(), Problem>,
) -> Outcome {
    for (key, value) in changes.iter().flat_map(puts) {
        check(kind, key, value).map_err(|problem| Refusal::value(Cause::Field, key, value, None, said(problem)))?;
    }
    Ok(())
}

fn said(problem: Problem) -> Words {
    Words { vi: problem.vi, en: problem.en }
}

/// The checklist that a beginning names, if these changes are one.
pub(in crate::sync::admission) fn named(changes: &[CheckedChange]) -> Option<TemplateRef> {
    let first = changes.first().filter(|change| change.dependencies.is_empty())?;
    let text = |name: &str| {
        let key = header_key(name);
        puts(first).find(|(said, _)| *said == key)?.1.as_text().map(str::to_owned)
    };
    Some(TemplateRef { code: text(field::TEMPLATE)?, version: text(field::TEMPLATE_VERSION)? })
}

/// Whether every answer is one to a question of one of these checklists, and every finding, photo and reply at one.
pub(in crate::sync::admission) fn fit(changes: &[CheckedChange], checklists: &[Arc<Template>]) -> Outcome {
    for (key, value) in changes.iter().flat_map(puts) {
        judge_put(key, value, checklists)?;
    }
    Ok(())
}

fn judge_put(key: &str, value: &Scalar, checklists: &[Arc<Template>]) -> Outcome {
    let (letter, rest) = key.split_once('/').unwrap_or_default();
    // A tombstone, or a newer version's: that is kept unread.
    let chosen = |origin: Option<bool>| origin.unwrap_or(true);
    match letter {
        "i" => {
            let Ok(said) = ItemAnswer::from_scalar(value) else { return Ok(()) };
            if said.origin.is_some() {
                return Ok(());
            }
            first_that_fits(checklists, |template| {
                let item = match template.known(rest) {
                    Ok(Asked::Repetition(container)) => {
                        let unfit = |problem| {
                            let words = self::said(problem);
                            Refusal::value(Cause::AnswerUnfit, key, value, Some(&container.title), words)
                        };
                        return outline::check_place(rest, said.answer.as_ref()).map_err(unfit);
                    }
                    _ => asked(template, key, rest)?,
                };
                let fits = said.answer.as_ref().map_or(Ok(()), |answer| check::check_answer(item, answer));
                let unfit =
                    |problem| Refusal::value(Cause::AnswerUnfit, key, value, Some(&item.title), self::said(problem));
                let measured = || {
                    let said = said.measured.clone().map(|it| it.checked(item, said.answer.as_ref()).map(|_| ()));
                    said.unwrap_or(Ok(()))
                };
                fits.and_then(|()| measured()).map_err(unfit)
            })
        }
        "f" => {
            let Some((code, name)) = rest.split_once('/') else { return Ok(()) };
            // A reviewer's words may be on the record as a whole, and so is the reply to them.
            if code == WHOLE_RECORD && name.starts_with(REPLY) {
                return Ok(());
            }
            if name != FINDING_DETAIL {
                return first_that_fits(checklists, |template| asked(template, key, code).map(|_| ()));
            }
            let origin = FindingDetail::from_scalar(value).ok().map(|detail| detail.origin.is_some());
            if chosen(origin) {
                return Ok(());
            }
            first_that_fits(checklists, |template| {
                let item = asked(template, key, code)?;
                if check::can_fail(item) {
                    Ok(())
                } else {
                    Err(Cause::NeverFails.said(&[names::place(key, Some(&item.title))]))
                }
            })
        }
        "p" => {
            let Some((code, _)) = rest.split_once('/') else { return Ok(()) };
            let origin = PhotoDetail::from_scalar(value).ok().map(|detail| detail.origin.is_some());
            if chosen(origin) {
                return Ok(());
            }
            first_that_fits(checklists, |template| asked(template, key, code).map(|_| ()))
        }
        _ => Ok(()),
    }
}

/// The question that a key stands at.
fn asked<'t>(template: &'t Template, key: &str, code: &str) -> Result<&'t Item, Refusal> {
    let unknown = |_| Cause::QuestionUnknown.said(&[names::place(key, None), template.title.clone()]);
    template.asked(code).map_err(unknown)
}

/// Officers who begin a visit apart may have different versions: what fits one of them fits.
fn first_that_fits<E>(checklists: &[Arc<Template>], fits: impl Fn(&Template) -> Result<(), E>) -> Result<(), E> {
    let mut refused = None;
    for template in checklists {
        match fits(template) {
            Ok(()) => return Ok(()),
            Err(reason) => {
                refused.get_or_insert(reason);
            }
        }
    }
    refused.map_or(Ok(()), Err)
}

impl<F: Facts> Case<'_, F> {
    /// Answers fit the checklist that the inspection was begun with; of a supplement, the one of what it supplements.
    pub(super) fn answers(&self) -> Result<Outcome, F::Error> {
        if self.envelope.kind != RecordKind::Inspection {
            return Ok(Ok(()));
        }
        let speaks = |key: &str| ["i/", "f/", "p/"].iter().any(|letter| key.starts_with(letter));
        let begun = named(self.changes);
        let again = self.existing.is_some() && begun.is_some();
        if !again && !self.changes.iter().flat_map(puts).any(|(key, _)| speaks(key)) {
            return Ok(Ok(()));
        }
        let original = self.original();
        let checklists = match (original, &begun, self.existing.is_some()) {
            (Some(original), ..) => self.facts.templates(original)?,
            (None, Some(begun), false) => vec![begun.clone()],
            (None, begun, _) => {
                let mut known = self.facts.templates(self.envelope.document)?;
                if let Some(begun) = begun.as_ref().filter(|begun| !known.contains(begun))
                    && self.facts.template(begun)?.is_none()
                    && self.knows_any(&known)?
                {
                    // Devices have their checklists from here: who begins with one that nobody has would only take the checks
                    // of the first beginning away.
                    return Ok(Err(Cause::ChecklistNobodys.said(&[plain(begun.version.clone())])));
                }
                known.extend(begun.iter().filter(|begun| !known.contains(begun)).cloned().collect::<Vec<_>>());
                known
            }
        };
        // Read by this one before the store was asked.
        if self.fits.is_some_and(|fits| checklists.contains(fits)) {
            return Ok(Ok(()));
        }
        let mut found = Vec::with_capacity(checklists.len());
        for reference in &checklists {
            match self.facts.template(reference)? {
                Some(template) => found.push(template),
                None => return Ok(Ok(())),
            }
        }
        Ok(fit(self.changes, &found))
    }

    /// Whether the store has one of these checklists.
    fn knows_any(&self, references: &[TemplateRef]) -> Result<bool, F::Error> {
        for reference in references {
            if self.facts.template(reference)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the record supplements, if it is a supplement.
    fn original(&self) -> Option<DocumentId> {
        match self.existing {
            Some(record) => record.supplement_of,
            None => self.linked(field::SUPPLEMENT_OF).next(),
        }
    }

    /// A head declares the home of the invitation, and its people: the first of each that is admitted is the one.
    pub(super) fn one_home(&self) -> Result<Outcome, F::Error> {
        if self.existing.is_some() {
            return Ok(Ok(()));
        }
        let kind = self.envelope.kind;
        Ok(match self.facts.owned(self.author.person, kind)? {
            Some(first) if first != self.envelope.document => Err(Cause::SecondHome.of(kind)),
            _ => Ok(()),
        })
    }
}
