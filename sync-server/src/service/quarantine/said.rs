//! What a refused envelope says, for whoever decides on it: at which question, what, and when; and what letting it in would do.
//!
//! Invariant: it is read from the envelope's own bytes and nothing else is told of another unit's records. What cannot be read
//! says nothing here: the reason does.

use std::sync::Arc;

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::guard::Operation;
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::names;
use ancu_shared::record::register::{Answer, ItemAnswer, PhotoDetail, Register as _};
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::admission::{self, CheckedEnvelope};
use ancu_shared::template::{Item, Template, TemplateRef, Words};
use serde::Serialize;

use super::super::Service;
use super::super::access::Caller;
use super::aside::Judged;
use super::is_approved;
use crate::store::rows::{DocumentRow, QuarantineRow};
use crate::store::{StoreError, Transaction};

/// How many of its statements are told: who lets it in cannot take that back, so all that a visit says. The rest is counted.
const MOST_SAYINGS: usize = 200;
/// How many of its photos are shown; the rest is counted.
const MOST_PHOTOS: usize = 24;

/// One thing that a refused envelope says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RefusedSaying {
    /// The question's code, where it is at one.
    pub item: Option<String>,
    /// Where, in words: the question with its title, or the field.
    pub place: Words,
    /// What, in few words.
    pub value: Words,
    /// What was written beside it: the note of an answer, the words of a decision or of giving up; empty if none.
    pub note: String,
    /// When it was written, by its author's device.
    pub at: UtcMillis,
}

/// A photo that a refused envelope names, and that may be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RefusedPhoto {
    /// Its address in this envelope.
    pub hash: PhotoHash,
    /// Where, in words: the question with its title.
    pub place: Words,
    /// Pixels across, as its author says.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// The record that it is about, where the console has a page of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AboutRecord {
    /// `inspection` or `facility`.
    pub kind: RecordKind,
    /// Its id.
    pub id: DocumentId,
}

/// What letting it in does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseEffect {
    /// It becomes part of the record, as if it had been admitted when it came.
    Joins,
    /// The record is signed: it is shown beside what is signed, and counts from then on.
    AfterSeal,
    /// The record is approved: it cannot be let in, only an officer's supplement brings it.
    Approved,
    /// As the records stand it would be refused even so: it cannot be let in.
    Never,
    /// The caller has no post that reads the record: neither told nor the caller's to decide.
    Withheld,
    /// It cannot be read, or is not of whom it names: it can never be let in.
    Unreadable,
}

/// What is known of a refused envelope beside its row.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) says: Vec<RefusedSaying>,
    pub(super) more: u64,
    pub(super) photos: Vec<RefusedPhoto>,
    pub(super) photos_more: u64,
    pub(super) photos_absent: u64,
    pub(super) about: Option<AboutRecord>,
    pub(super) release: ReleaseEffect,
}

impl Said {
    /// Nothing that the caller may or can read.
    pub(super) fn nothing(release: ReleaseEffect) -> Self {
        let (says, photos) = (Vec::new(), Vec::new());
        Self { says, more: 0, photos, photos_more: 0, photos_absent: 0, about: None, release }
    }
}

/// Reads a refused envelope, and what letting it in would do. Whether the caller may read it was asked before.
pub(super) fn read(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    row: &QuarantineRow,
    judged: &Judged,
) -> Result<Said, StoreError> {
    let Some(checked) = &judged.checked else { return Ok(Said::nothing(ReleaseEffect::Never)) };
    let record = record_of(transaction, checked)?;
    let template = match record.as_ref() {
        Some(record) => transaction.inspection(root(record))?.map(|inspection| inspection.summary.template),
        None => named_template(checked).map_or_else(|| begun_with(transaction, checked), |named| Ok(Some(named)))?,
    };
    let template = template.map(|reference| service.template(transaction, &reference)).transpose()?.flatten();
    let (says, more) = sayings(checked, template.as_ref());
    let (mut photos, mut photos_more, mut photos_absent) = (Vec::new(), 0, 0);
    for (key, photo) in named_photos(checked) {
        let PhotoDetail { hash, width, height, .. } = photo;
        if !may_be_seen(service, transaction, caller, row, &hash)? {
            photos_absent += 1;
        } else if photos.len() == MOST_PHOTOS {
            photos_more += 1;
        } else {
            let parsed = Key::parse(&key).ok();
            let item = parsed.as_ref().and_then(item_of).zip(template.as_ref());
            let item = item.and_then(|(code, template)| template.item(code));
            let place = names::place(&key, item.map(|item| &item.title));
            photos.push(RefusedPhoto { hash, place, width, height });
        }
    }
    let sealed = record.as_ref().filter(|record| record.kind == RecordKind::Inspection).is_some_and(|it| it.sealed);
    let release = if judged.refusal.is_some() || row.set_aside {
        ReleaseEffect::Never
    } else if is_approved(transaction, row)? {
        ReleaseEffect::Approved
    } else if sealed {
        ReleaseEffect::AfterSeal
    } else {
        ReleaseEffect::Joins
    };
    let about = record.as_ref().and_then(about);
    Ok(Said { says, more, photos, photos_more, photos_absent, about, release })
}

/// Whether a photo that a refused envelope names may be looked at by who reads the envelope: a device of its author sent it, or the
/// caller sees it in a record. Naming another's photo, whose hash somebody came to know, shows nothing.
fn may_be_seen(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    row: &QuarantineRow,
    hash: &PhotoHash,
) -> Result<bool, StoreError> {
    if !transaction.has_photo(hash)? {
        return Ok(false);
    }
    let author = row.author.map(|key| transaction.author(&key)).transpose()?.flatten();
    let sent = author.map(|author| transaction.sent_photo(hash, author.person)).transpose()?;
    Ok(sent.unwrap_or_default() || caller.may_see_photo(service, transaction, hash)?)
}

/// The same of one photo; `row` with its bytes.
pub(super) fn shows(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    row: &QuarantineRow,
    hash: &PhotoHash,
) -> Result<bool, StoreError> {
    let Ok(checked) = admission::check_envelope(&row.body) else { return Ok(false) };
    let named = named_photos(&checked).iter().any(|(_, named)| named.hash == *hash);
    Ok(named && may_be_seen(service, transaction, caller, row, hash)?)
}

/// The photos that it adds, each once, with their keys: those that the key and its value name alike.
fn named_photos(checked: &CheckedEnvelope) -> Vec<(String, PhotoDetail)> {
    let mut named: Vec<(String, PhotoDetail)> = Vec::new();
    for (operation, _) in operations(checked) {
        if let Ok(Key::Photo(_, hash)) = Key::parse(&operation.key)
            && let Some(Ok(photo)) = operation.put.as_ref().map(PhotoDetail::from_scalar)
            && photo.hash == hash
            && !photo.removed
            && named.iter().all(|(_, known)| known.hash != hash)
        {
            named.push((operation.key.clone(), photo));
        }
    }
    named
}

/// The record that it is about: its own, or the one that it begins by naming. Of another unit nothing is told.
fn record_of(transaction: &dyn Transaction, checked: &CheckedEnvelope) -> Result<Option<DocumentRow>, StoreError> {
    let envelope = &checked.envelope;
    let own = transaction.document(envelope.document)?;
    let found = match own {
        Some(own) if own.kind == RecordKind::Inspection || own.kind == RecordKind::Facility => Some(own),
        Some(own) => {
            own.subject.map(|(id, _)| id).or(own.facility).map(|id| transaction.document(id)).transpose()?.flatten()
        }
        None => {
            let named = [field::SUPPLEMENT_OF, field::SUBJECT, field::FACILITY]
                .into_iter()
                .find_map(|name| header(checked, name)?.parse::<DocumentId>().ok());
            named.map(|id| transaction.document(id)).transpose()?.flatten()
        }
    };
    let Some(row) = found else { return Ok(None) };
    let told = row.unit == envelope.unit || transaction.was_in(row.id, envelope.unit)?;
    Ok(told.then_some(row))
}

fn root(record: &DocumentRow) -> DocumentId {
    record.supplement_of.unwrap_or(record.id)
}

fn about(record: &DocumentRow) -> Option<AboutRecord> {
    match record.kind {
        RecordKind::Inspection => Some(AboutRecord { kind: record.kind, id: root(record) }),
        RecordKind::Facility => Some(AboutRecord { kind: record.kind, id: record.id }),
        _ => None,
    }
}

fn operations(checked: &CheckedEnvelope) -> impl Iterator<Item = (&Operation, UtcMillis)> {
    checked.changes.iter().flat_map(|change| change.operations.iter().map(|operation| (operation, change.at)))
}

fn header<'c>(checked: &'c CheckedEnvelope, name: &str) -> Option<&'c str> {
    let key = Key::Header(name.to_owned()).to_string();
    operations(checked).find_map(|(operation, _)| operation.put.as_ref().filter(|_| operation.key == key)?.as_text())
}

fn named_template(checked: &CheckedEnvelope) -> Option<TemplateRef> {
    let (code, version) = (header(checked, field::TEMPLATE)?, header(checked, field::TEMPLATE_VERSION)?);
    Some(TemplateRef { code: code.to_owned(), version: version.to_owned() })
}

/// The checklist of a record whose beginning is held too, so that its questions have their titles.
fn begun_with(transaction: &dyn Transaction, checked: &CheckedEnvelope) -> Result<Option<TemplateRef>, StoreError> {
    let first = transaction.quarantine_of(checked.envelope.document, 1)?.pop();
    Ok(first.and_then(|row| admission::check_envelope(&row.body).ok()).and_then(|begun| named_template(&begun)))
}

/// What people said in it: answers, findings, photos, words, decisions before fields; the first of them, and how many more.
fn sayings(checked: &CheckedEnvelope, template: Option<&Arc<Template>>) -> (Vec<RefusedSaying>, u64) {
    let mut said: Vec<(bool, RefusedSaying)> = Vec::new();
    for (operation, at) in operations(checked) {
        let Some(value) = &operation.put else { continue };
        let Ok(key) = Key::parse(&operation.key) else { continue };
        if matches!(&key, Key::Header(name) if is_bookkeeping(name)) {
            continue;
        }
        let code = item_of(&key);
        let item = code.zip(template).and_then(|(code, template)| template.item(code));
        said.push((
            matches!(key, Key::Header(_)),
            RefusedSaying {
                item: code.filter(|code| *code != "_").map(str::to_owned),
                place: names::place(&operation.key, item.map(|item| &item.title)),
                value: value_of(&operation.key, value, item),
                note: names::beside(&operation.key, value),
                at,
            },
        ));
    }
    said.sort_by_key(|(is_field, _)| *is_field);
    let more = said.len().saturating_sub(MOST_SAYINGS) as u64;
    (said.into_iter().take(MOST_SAYINGS).map(|(_, saying)| saying).collect(), more)
}

/// Fields that say nothing to a person: what a record needs to be one.
fn is_bookkeeping(name: &str) -> bool {
    [
        field::SCHEMA,
        field::FACILITY,
        field::TEMPLATE,
        field::TEMPLATE_VERSION,
        field::VISIT_NUMBER,
        field::STARTED_AT,
        field::STARTED_RUNNING,
        field::CLOCK_OFF,
        field::RULE_SET,
        field::SUPPLEMENT_OF,
        field::SUBJECT,
        field::SUBJECT_KIND,
        field::DWELLING,
        field::CARRIES,
        field::SIGNED_APART,
        field::SIGNED_WITHOUT,
    ]
    .contains(&name)
}

fn item_of(key: &Key) -> Option<&str> {
    match key {
        Key::Item(code) | Key::Photo(code, _) | Key::Finding(code, _) | Key::Event(code, _) | Key::Thread(code, _) => {
            Some(code)
        }
        _ => None,
    }
}

/// A value in few words; an option by its label.
fn value_of(key: &str, value: &Scalar, item: Option<&Item>) -> Words {
    let option = |code: &str| {
        let options = item.map(|item| item.input.options()).unwrap_or_default();
        options.iter().find(|option| option.code == code).map(|option| option.label.clone())
    };
    match ItemAnswer::from_scalar(value).ok().and_then(|said| said.answer) {
        Some(Answer::Choice(code)) => option(&code),
        Some(Answer::Choices(codes)) => codes.iter().map(|code| option(code)).collect::<Option<Vec<_>>>().map(listed),
        None if PhotoDetail::from_scalar(value).is_ok_and(|photo| !photo.removed) => {
            Some(Words { vi: "một ảnh".into(), en: "a photo".into() })
        }
        _ => None,
    }
    .unwrap_or_else(|| names::value(key, value))
}

fn listed(labels: Vec<Words>) -> Words {
    let (vi, en): (Vec<_>, Vec<_>) = labels.into_iter().map(|label| (label.vi, label.en)).unzip();
    Words { vi: vi.join(", "), en: en.join(", ") }
}
