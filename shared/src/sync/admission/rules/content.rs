//! Whether what is said can be said: fields of their types and ranges, answers that fit the questions of the checklist, one
//! home of one head.
//!
//! Invariants: the rules are those by which a device refuses to save ([`fields`], [`check::check_answer`]), so an honest
//! device is never refused; a supervisor may forgive all of it, but for what a newer program wrote. Where the store does not
//! have a checklist, its answers are not judged. Who chooses what somebody said before repeats it, and answers for the
//! choice only.

use std::sync::Arc;

use super::{Case, Facts, Outcome, Refusal, header_key, puts, refuse};
use crate::document::guard::CheckedChange;
use crate::document::statement::FINDING_DETAIL;
use crate::error::{ErrorCode, Problem};
use crate::id::DocumentId;
use crate::record::RecordKind;
use crate::record::facility::field;
use crate::record::fields;
use crate::record::register::{FindingDetail, ItemAnswer, Register as _};
use crate::record::value::Scalar;
use crate::template::{Template, TemplateRef, check};

/// Nobody reads what a newer program wrote before this one is as new.
pub(super) fn schema(changes: &[CheckedChange]) -> Outcome {
    let key = header_key(field::SCHEMA);
    let mut said = changes.iter().flat_map(puts).filter(|(name, _)| *name == key);
    match said.find_map(|(_, value)| value.as_int().filter(|version| *version > fields::SCHEMA)) {
        Some(version) => {
            let reason = format!("the record is of schema {version}; this server reads up to {}", fields::SCHEMA);
            refuse(ErrorCode::RecordNewer, reason)
        }
        None => Ok(()),
    }
}

/// Every field holds what its form would take.
pub(super) fn header(kind: RecordKind, changes: &[CheckedChange]) -> Outcome {
    for (key, value) in changes.iter().flat_map(puts) {
        fields::check(kind, key, value)
            .map_err(|problem| Refusal::new(ErrorCode::FieldInvalid, format!("{key}: {}", problem.en)))?;
    }
    Ok(())
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

/// Whether every answer is one to a question of one of these checklists, and every finding at one.
pub(in crate::sync::admission) fn fit(changes: &[CheckedChange], checklists: &[Arc<Template>]) -> Outcome {
    for (key, value) in changes.iter().flat_map(puts) {
        judge_put(key, value, checklists)
            .map_err(|(code, problem)| Refusal::new(code, format!("{key}: {}", problem.en)))?;
    }
    Ok(())
}

fn judge_put(key: &str, value: &Scalar, checklists: &[Arc<Template>]) -> Result<(), (ErrorCode, Problem)> {
    if let Some(code) = key.strip_prefix("i/") {
        // A tombstone, or a newer version's: that is kept unread.
        let Ok(said) = ItemAnswer::from_scalar(value) else { return Ok(()) };
        if said.origin.is_some() {
            return Ok(());
        }
        let fits = |template: &Template| {
            let item = template.asked(code).map_err(|problem| (ErrorCode::ItemUnknown, problem))?;
            let fits = said.answer.as_ref().map_or(Ok(()), |answer| check::check_answer(item, answer));
            fits.map_err(|problem| (ErrorCode::AnswerInvalid, problem))
        };
        return first_that_fits(checklists, fits);
    }
    let detail =
        key.strip_prefix("f/").and_then(|rest| rest.split_once('/')).filter(|(_, name)| *name == FINDING_DETAIL);
    let Some((code, _)) = detail else { return Ok(()) };
    let asked =
        |template: &Template| template.asked(code).map(|_| ()).map_err(|problem| (ErrorCode::ItemUnknown, problem));
    match first_that_fits(checklists, asked) {
        Err(refused) if FindingDetail::from_scalar(value).is_ok_and(|detail| detail.origin.is_none()) => Err(refused),
        _ => Ok(()),
    }
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
        let version = header_key(field::TEMPLATE_VERSION);
        let said = |change: &CheckedChange| puts(change).any(|(key, _)| key == version);
        let renamed = self.changes.iter().any(|change| !change.dependencies.is_empty() && said(change));
        let speaks = |key: &str| key.starts_with("i/") || key.starts_with("f/");
        if !renamed && !self.changes.iter().flat_map(puts).any(|(key, _)| speaks(key)) {
            return Ok(Ok(()));
        }
        let begun = named(self.changes);
        let original = self.original();
        let checklists = match (original, &begun, self.existing.is_some()) {
            (Some(original), ..) => self.facts.templates(original)?,
            (None, Some(begun), false) => vec![begun.clone()],
            (None, begun, _) => {
                let mut known = self.facts.templates(self.envelope.document)?;
                known.extend(begun.iter().filter(|begun| !known.contains(begun)).cloned().collect::<Vec<_>>());
                known
            }
        };
        if renamed {
            let mut later = self.changes.iter().filter(|change| !change.dependencies.is_empty()).flat_map(puts);
            let known = |value: &Scalar| checklists.iter().any(|known| value.as_text() == Some(&known.version));
            if later.any(|(key, value)| key == version && !known(value)) {
                let reason = "the version of the checklist is said where an inspection begins";
                return Ok(refuse(ErrorCode::RecordMismatch, reason));
            }
        }
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
            Some(first) if first != self.envelope.document => {
                refuse(ErrorCode::HomeSecond, format!("the head's {} is {first}", kind.code()))
            }
            _ => Ok(()),
        })
    }
}
