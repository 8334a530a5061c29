//! A reviewer's decision on an inspection, made in a browser.
//!
//! Invariant: a decision is a real change to the subject's review record, signed by the reviewer's own server-held author
//! and taken in by the way that every envelope goes; nothing is decided that moved on meanwhile.

use std::sync::Arc;

use ancu_shared::clock::{FixedClock, UtcMillis};
use ancu_shared::document::Document;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, PersonId, UnitId, new_uuid_v7};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{field, state};
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{Capacity, Decision, DecisionStatement, Register as _, ThreadMessage};
use ancu_shared::record::value::Scalar;
use ancu_shared::role::Post;
use ancu_shared::sync::wire::PushVerdict;
use ancu_shared::template::Template;
use ancu_shared::text::free::{self, Shape};
use ancu_shared::unit::UnitDirectory;
use ancu_shared::view::build::review_id;
use ancu_shared::view::{InspectionState, InspectionView};
use serde_json::json;

use super::access::Caller;
use super::admission::Intake;
use super::held::HeldAuthor;
use super::views::{InspectionRecord, StoreAuthors};
use super::{App, Outcome, Service};
use crate::store::rows::{AuditEntry, DocumentRow};
use crate::store::{StoreError, Transaction};

/// The longest words, in characters.
const LONGEST_WORDS: usize = 4_000;
/// The most questions with words in one decision.
const MOST_COMMENTS: usize = 200;

/// In place of a question's code: the whole record.
const WHOLE_RECORD: &str = "_";

/// What is decided.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// Approved or returned.
    pub decision: Decision,
    /// The newest sealed part that the reviewer saw.
    pub on: DocumentId,
    /// Every sealed part that the reviewer saw; `None` where the asker did not say.
    pub seen: Option<Vec<DocumentId>>,
    /// Words to the officers.
    pub words: String,
    /// Words at questions: item code (`_` = the whole record) and words.
    pub comments: Vec<(String, String)>,
    /// Questions with words that have no signed answer, as the reviewer was told: an approval closes these, and no others.
    pub unanswered: Vec<String>,
}

/// Decides on an inspection and gives it as it stands then.
pub async fn decide(app: &App, caller: Caller, inspection: DocumentId, new: NewDecision) -> Outcome<InspectionView> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let now = service.now();
            decide_now(&service, transaction, &caller, inspection, &new, now)?;
            let row = transaction.document(inspection)?.ok_or(ErrorCode::NotFound)?;
            let record = InspectionRecord::load(&service, transaction, row)?;
            Ok(record.view(transaction, &StoreAuthors::new(transaction)))
        })
        .await
}

/// The same inside a transaction, at a given instant.
pub fn decide_now(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    inspection: DocumentId,
    new: &NewDecision,
    now: UtcMillis,
) -> Outcome<()> {
    let row = caller.find(service, transaction, inspection, RecordKind::Inspection)?.ok_or(ErrorCode::NotFound)?;
    let directory = service.directory(transaction)?;
    if !caller.units(&directory, |role| role.may_review(RecordKind::Inspection)).contains(&row.unit) {
        return Err(ErrorCode::Forbidden.into());
    }
    let state = transaction.inspection(inspection)?.map(|row| row.summary.state).ok_or(ErrorCode::NotFound)?;
    let record = InspectionRecord::load(service, transaction, row.clone())?;
    let view = record.view(transaction, &StoreAuthors::new(transaction));
    // Returned, and signed since by somebody who left words without an answer, or had not read them: the reviewer may go on knowingly, or the
    // record would wait for ever for an officer who has left.
    let partly = state == InspectionState::Returned && !view.unseen.is_empty();
    if !partly && !matches!(state, InspectionState::Completed | InspectionState::Supplemented) {
        return Err(not_waiting(state, &view).into());
    }
    let words = checked_words(&new.words, "words")?;
    if new.decision == Decision::Returned && words.is_empty() && !says_anything(&new.comments) {
        return Err(Problem::field(
            "words",
            "Khi trả lại, hãy ghi cần bổ sung gì.",
            "When returning, say what is to be supplemented.",
        )
        .into());
    }
    if new.comments.len() > MOST_COMMENTS {
        return Err(Problem::new(ErrorCode::TooLarge).at("comments").into());
    }
    known_questions(record.template(), &new.comments)?;
    let newest = view.newest_sealed;
    // What was signed apart may arrive last and stand before the newest.
    let missed = new.seen.as_ref().is_some_and(|seen| view.sealed_parts.iter().any(|part| !seen.contains(part)));
    if newest != Some(new.on) || missed {
        // Something was sealed that the reviewer has not seen.
        return Err(Problem::new(ErrorCode::Conflict).at("on").with(json!({ "newest_sealed": newest })).into());
    }
    let open: Vec<_> = view.items.iter().filter(|item| item.comments.iter().any(|words| words.open)).collect();
    if new.decision == Decision::Approved && open.iter().any(|item| !new.unanswered.contains(&item.code)) {
        let open: Vec<_> = open.iter().map(|item| &item.code).collect();
        return Err(Problem::new(ErrorCode::Conflict).at("unanswered").with(json!({ "unanswered": open })).into());
    }
    if new.decision == Decision::Approved && !view.apart.is_empty() {
        // Nobody approves what is not settled: as two answers keep a record from being signed.
        let keys: Vec<_> = view.apart.iter().map(|clash| &clash.key).collect();
        return Err(Problem::new(ErrorCode::ClashUnsettled).with(json!({ "clashes": keys })).into());
    }
    let capacity = capacity(caller, &directory, row.unit);
    let statement = DecisionStatement {
        decision: new.decision,
        words,
        on: new.on,
        seen: Some(view.sealed_parts.clone()),
        at: now,
        by: caller.id(),
        capacity,
        declared: None,
    };
    write(service, transaction, caller, &row, &statement, &new.comments, now)?;
    transaction.audit(
        &AuditEntry {
            unit: Some(row.unit),
            person: Some(caller.id()),
            device: None,
            action: "inspection.decided",
            subject: inspection.to_string(),
            details: json!({ "decision": new.decision, "on": new.on, "comments": new.comments.len() }),
        },
        now,
    )?;
    Ok(())
}

/// That a record does not wait for a decision: what it is instead, and who decided when.
fn not_waiting(state: InspectionState, view: &InspectionView) -> Problem {
    let (vi, en) = match state {
        InspectionState::Approved => ("đã được duyệt", "is approved"),
        InspectionState::Returned => ("đã được trả lại để bổ sung", "was returned and waits for a supplement"),
        InspectionState::Cancelled => ("đã bỏ, không có kiểm tra nào", "was given up: no inspection was made"),
        InspectionState::InProgress | InspectionState::Completed | InspectionState::Supplemented => {
            ("đang làm, chưa ký và khóa", "is being made and not signed")
        }
    };
    let decided = matches!(state, InspectionState::Approved | InspectionState::Returned);
    let last = view.decisions.iter().filter(|_| decided).max_by_key(|decision| decision.by.at);
    let (by_vi, by_en) = last.map_or_else(Default::default, |decision| {
        let (name, at) = (&decision.by.person_name, decision.by.at.hanoi_text());
        (format!(" ({name}, {at})"), format!(" ({name}, {at})"))
    });
    let mut problem = Problem::new(ErrorCode::Conflict).with(json!({
        "state": state, "decided_by": last.map(|it| &it.by.person_name), "decided_at": last.map(|it| it.by.at),
    }));
    problem.vi = format!("Biên bản này {vi}{by_vi} nên chưa có gì để quyết định. Hãy tải lại để xem.");
    problem.en = format!("This record {en}{by_en}, so there is nothing to decide on. Load it again to see.");
    problem
}

/// The post by which the caller reviews records of a unit today.
fn capacity(caller: &Caller, directory: &UnitDirectory, unit: UnitId) -> Option<Capacity> {
    let day = caller.now.hanoi_date();
    let may = |post: &&Post| post.holds_on(day) && post.role.may_review(RecordKind::Inspection);
    let post = caller.posts.iter().filter(may).find(|post| directory.scope(post.unit, day).contains(&unit))?;
    let unit_name = directory.get(post.unit).map(|unit| unit.full_name.clone()).unwrap_or_default();
    Some(Capacity { role: post.role, unit_name })
}

/// Whether there are words at any question.
fn says_anything(comments: &[(String, String)]) -> bool {
    comments.iter().any(|(_, words)| !words.trim().is_empty())
}

/// Every question with words is one of the checklist: words at another would be shown to nobody. Where the server lacks the
/// checklist there is nothing to look it up in.
fn known_questions(template: Option<&Template>, comments: &[(String, String)]) -> Result<(), Problem> {
    let Some(template) = template else { return Ok(()) };
    for (item, _) in comments.iter().filter(|(item, _)| item != WHOLE_RECORD) {
        template.asked(item)?;
    }
    Ok(())
}

fn write(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    subject: &DocumentRow,
    statement: &DecisionStatement,
    comments: &[(String, String)],
    now: UtcMillis,
) -> Outcome<()> {
    let author = HeldAuthor::of(service, transaction, &caller.person, now)?;
    let id = review_id(subject.id);
    let mut document = author.open(transaction, id)?;
    let mut puts = Vec::new();
    if transaction.document(id)?.is_none() {
        puts.push((Key::Header(field::SCHEMA.into()), Scalar::Int(1)));
        puts.push((Key::Header(field::SUBJECT.into()), Scalar::Text(subject.id.to_string())));
        puts.push((Key::Header(field::SUBJECT_KIND.into()), Scalar::from(subject.kind.code())));
    }
    for (item, words) in comments {
        puts.push(comment(service, item, words, caller.id(), now)?);
    }
    puts.push((Key::State(state::DECISION.into()), statement.to_scalar()));
    let changes = commit(&mut document, &puts, now)?;
    let mut intake = Intake::new(service, transaction);
    let verdict = author.submit(&mut intake, id, RecordKind::Review, subject.unit, changes, now)?;
    intake.finish()?;
    match verdict {
        PushVerdict::Accepted | PushVerdict::AlreadyKnown => Ok(()),
        PushVerdict::Waiting { .. } => Err(ErrorCode::Conflict.into()),
        PushVerdict::Quarantined { code, reason, .. } | PushVerdict::Refused { code, reason } => {
            tracing::warn!(%reason, "a decision was refused by admission");
            Err(code.into())
        }
    }
}

/// Puts everything in one sitting.
pub(crate) fn commit(
    document: &mut Document,
    puts: &[(Key, Scalar)],
    at: UtcMillis,
) -> Result<Vec<CheckedChange>, StoreError> {
    document
        .write_all(puts.iter().map(|(key, value)| (key, value)), at)
        .map_err(|error| StoreError::Damaged(error.to_string()))
}

fn comment(service: &Service, item: &str, words: &str, by: PersonId, now: UtcMillis) -> Outcome<(Key, Scalar)> {
    let words = checked_words(words, "comments")?;
    if words.is_empty() {
        return Err(Problem::field("comments", "Lời nhắn để trống.", "The words are empty.").into());
    }
    let id = service.with_random(|random| new_uuid_v7(&FixedClock(now), random));
    let key = Key::parse(&Key::Thread(item.to_owned(), id).to_string())
        .map_err(|_| Problem::field("comments", "Không có câu hỏi này.", "There is no such question."))?;
    Ok((key, ThreadMessage { words, at: now, by }.to_scalar()))
}

fn checked_words(words: &str, field: &str) -> Outcome<String> {
    Ok(free::tidy(field, words, Shape::Lines, LONGEST_WORDS)?)
}
