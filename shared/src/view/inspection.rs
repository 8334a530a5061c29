//! What people see of an inspection: its items, where it stands, what came late, what is missing.

use serde::{Deserialize, Serialize};

use uuid::Uuid;

use super::{Attribution, Clash, CommentView, DecisionView, PhotoView, Statement, remark};
use crate::clock::{Running, UtcMillis};
use crate::id::{DocumentId, UnitId};
use crate::record::attendance::{AttendeeRole, Conclusion, Hand, Unsigned};
use crate::record::given_up::GivenUpReason;
use crate::record::register::{Answer, FindingDetail, Position, Verdict};
use crate::template::TemplateRef;

/// One item of an inspection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct ItemView {
    /// Item code of the template.
    pub code: String,
    /// Live statements, the one shown first; more than one is a clash. Between signed parts what fails its check comes first.
    pub statements: Vec<Statement>,
    /// Statements of sealed parts that a later part replaced, and those that say the same as one that stands.
    pub superseded: Vec<Statement>,
    /// The finding, when the check failed and it was written.
    pub finding: Option<FindingDetail>,
    /// Whose that finding is.
    #[serde(default)]
    pub finding_said: Option<FindingSaid>,
    /// Photos that were not taken away.
    pub photos: Vec<PhotoView>,
    /// A reviewer's words here, oldest first.
    pub comments: Vec<CommentView>,
}

/// Who wrote what follows from a failed check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FindingSaid {
    /// Who, where, when.
    pub by: Attribution,
    /// Who chose it to settle a clash, and when.
    pub chosen_by: Option<Attribution>,
    /// Whether it stands in a supplement that is not signed.
    pub unsigned: bool,
    /// Whether something else is written of the same check, and nobody chose yet.
    pub clashes: bool,
}

/// Somebody who attended an inspection, as one part of it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct AttendeeView {
    /// Which of those who attended.
    pub id: Uuid,
    /// The part that names them: the inspection, or a supplement.
    pub part: DocumentId,
    /// As what they attended.
    pub role: AttendeeRole,
    /// Full name; may be empty of a representative who was absent.
    pub name: String,
    /// Position; may be empty.
    pub position: String,
    /// Opinion, or why they did not sign; may be empty.
    pub words: String,
    /// Their signature.
    pub hand: Option<Hand>,
    /// Why there is none.
    pub unsigned: Option<Unsigned>,
    /// Whether the signature is on what its part says; otherwise something was changed after it was drawn.
    pub covers: bool,
    /// Whether its part is not sealed.
    pub open: bool,
    /// The officer who noted it, and when.
    pub by: Attribution,
}

/// What an inspection comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct ConclusionView {
    /// The conclusion.
    pub conclusion: Conclusion,
    /// The same in words; may be empty.
    pub words: String,
    /// Who said so, and when.
    pub by: Attribution,
    /// Whether it stands in a supplement that is not sealed.
    pub unsigned: bool,
}

/// Where an inspection stands (state_machines.json, inspection_record).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InspectionState {
    /// Being made.
    InProgress,
    /// Sealed, awaiting review.
    Completed,
    /// Sent back with words, not all of which have a signed answer.
    Returned,
    /// Sealed, returned and every word answered, or approved; a sealed supplement followed, which is to be decided on.
    Supplemented,
    /// Approved.
    Approved,
    /// Given up before anybody signed it: no inspection was made.
    Cancelled,
}

impl InspectionState {
    /// Whether an inspection was made: somebody signed it.
    pub const fn is_made(self) -> bool {
        !matches!(self, Self::InProgress | Self::Cancelled)
    }
}

/// That a visit was given up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct GivenUpView {
    /// Why.
    pub reason: GivenUpReason,
    /// The same in words; may be empty.
    pub words: String,
    /// Who gave it up, and when.
    pub by: Attribution,
    /// Whether it holds: not where a colleague's work came that whoever gave it up had not read.
    pub holds: bool,
}

/// That somebody gave a visit up, or took it up again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct GivenUpEvent {
    /// Why; `None`: it was taken up again.
    pub reason: Option<GivenUpReason>,
    /// The same in words; may be empty.
    pub words: String,
    /// Who, and when.
    pub by: Attribution,
    /// Whether it came after the record was sealed: the seal stands against it.
    pub late: bool,
}

/// How much of an inspection is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Progress {
    /// Items answered.
    pub answered: u32,
    /// Items there are.
    pub total: u32,
    /// Checks that failed.
    pub failed: u32,
    /// Items with two answers.
    pub clashes: u32,
    /// Photos.
    pub photos: u32,
}

/// Progress of one section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct GroupProgress {
    /// Group code of the template.
    pub code: String,
    /// Its progress.
    pub progress: Progress,
}

/// An inspection in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct InspectionSummary {
    /// The record.
    pub id: DocumentId,
    /// The premises.
    pub facility: DocumentId,
    /// Their name.
    pub facility_name: String,
    /// Their address.
    pub facility_address: String,
    /// The unit.
    pub unit: UnitId,
    /// The unit's full name.
    pub unit_name: String,
    /// The template's name and version.
    pub template: TemplateRef,
    /// Where it stands.
    pub state: InspectionState,
    /// When it was begun.
    pub started_at: UtcMillis,
    /// When it was sealed.
    pub sealed_at: Option<UtcMillis>,
    /// Who worked on it, by name.
    pub officers: Vec<String>,
    /// How much of the record is answered: without own late work, so that everybody reads the same.
    pub progress: Progress,
    /// Gravest failed check, late answers that wait among them: until they are settled, the worst counts.
    pub gravest: Option<crate::record::register::Severity>,
    /// What it came to, as the last sealed part says; while it is being made, what it says now.
    #[serde(default)]
    pub conclusion: Option<Conclusion>,
    /// The reviewer's last words, when returned.
    pub words: Option<String>,
    /// How far the clock was off by which `started_at` was written, as exchanges showed or the device itself knew; absent
    /// where it agreed or nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub started_clock_ms: Option<i64>,
    /// The same of `sealed_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub sealed_clock_ms: Option<i64>,
    /// Answers that came after the seal and wait, held apart or in a supplement that is not signed. Those that say the same
    /// as the record are not counted.
    #[serde(default)]
    pub late_answers: u32,
    /// Of these, the reader's own, to be signed here (devices only).
    #[serde(default)]
    pub own_late: u32,
    /// Checks that fail in them and do not fail in the record: with the record's failed checks, each check counts once.
    #[serde(default)]
    pub late_failed: u32,
    /// Words at questions that wait for a signed answer.
    #[serde(default)]
    pub unanswered: u32,
    /// Clashes between signed parts that no signed part settled.
    #[serde(default)]
    pub apart: u32,
    /// When it was approved, if something was sealed since and is to be decided on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub approved_before: Option<UtcMillis>,
    /// Device only: whether something of it was not yet receipted.
    pub unsent: bool,
}

impl InspectionSummary {
    /// When it was begun, put right where the clock that says so is known to have been off: what it counts for.
    pub fn begun(&self) -> UtcMillis {
        put_right(self.started_at, self.started_clock_ms)
    }

    /// The same of when it was sealed.
    pub fn signed(&self) -> Option<UtcMillis> {
        self.sealed_at.map(|at| put_right(at, self.sealed_clock_ms))
    }
}

fn put_right(at: UtcMillis, off: Option<i64>) -> UtcMillis {
    at.plus_millis(off.unwrap_or(0).saturating_neg())
}

/// Another inspection that is being made at the same premises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct OtherVisit {
    /// The record.
    pub id: DocumentId,
    /// When it was begun.
    pub started_at: UtcMillis,
    /// Who is in it, by name.
    pub officers: Vec<String>,
}

/// Work of one officer on an inspection that came after its seal and waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct LateWork {
    /// The supplement that it waits in, to be signed by its author; `None` while the server keeps it apart.
    pub supplement: Option<DocumentId>,
    /// Why it is kept apart, as a code; `None` in a supplement.
    pub code: Option<String>,
    /// Device only: whether it is its reader's own, to be finished or given up here.
    pub own: bool,
    /// Whose, on which device; when the last of it was said.
    pub by: Attribution,
    /// Its answers that say something else than the record, in the order in which they were given.
    pub items: Vec<LateItem>,
    /// Its photos.
    pub photos: u32,
    /// Whom it names as having attended.
    #[serde(default)]
    pub attended: u32,
    /// Its answers that say the same as the record.
    #[serde(default)]
    pub same: u32,
    /// When its author sealed their own version apart, if so.
    #[serde(default)]
    pub signed_at: Option<UtcMillis>,
    /// Whether its author began it as a correction, knowing of the seal; otherwise it came late.
    #[serde(default)]
    pub correction: bool,
    /// Whether it is said in the supplement that a reviewer's words called for, in which everybody writes who was asked; of each
    /// of them it is one piece of work.
    #[serde(default)]
    pub asked: bool,
}

/// An answer that came after the seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct LateItem {
    /// Item code of the template.
    pub code: String,
    /// What was answered; `None` = taken back.
    pub answer: Option<Answer>,
    /// The note.
    pub note: String,
    /// When it was said.
    pub at: UtcMillis,
    /// What its officer wrote of a failed check.
    #[serde(default)]
    pub finding: Option<FindingDetail>,
    /// Whether it fails its check.
    #[serde(default)]
    pub failed: bool,
    /// How grave that is.
    #[serde(default)]
    pub severity: Option<crate::record::register::Severity>,
}

/// A seal on a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct SealView {
    /// Who sealed it, when.
    pub by: Attribution,
    /// Whether the signature holds.
    pub valid: bool,
    /// Whether it is on the signer's own version of the record, which said the same: two who finished apart.
    #[serde(default)]
    pub apart: bool,
    /// Of one made apart: questions at which the record says or shows something that was not in the signed version. `None`:
    /// nobody compared.
    #[serde(default)]
    pub without: Option<Vec<String>>,
}

/// What its reader may do about a supplement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Supplementing {
    /// Nothing: it is not sealed, or its reader has no right to write there, or reads it in the console.
    #[default]
    No,
    /// Begin one.
    MayBegin,
    /// Write in the one that a reviewer's words called for; it is everybody's who was asked.
    Open,
    /// Write in their own, sign it or give it up.
    Own,
}

/// One inspection with its supplements, as one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct InspectionView {
    /// As in a list.
    pub summary: InspectionSummary,
    /// Device only: the open supplement that its reader's entries go to. What it says is shown as unsigned and changes no number.
    pub open_supplement: Option<DocumentId>,
    /// Device only: what its reader may do about a supplement.
    #[serde(default)]
    pub supplementing: Supplementing,
    /// The newest sealed part: the inspection, or a supplement. A decision says that it is on this one, and counts only as
    /// long as it is. `None` while nothing is sealed.
    pub newest_sealed: Option<DocumentId>,
    /// The part that the last decision is on.
    #[serde(default)]
    pub decided_on: Option<DocumentId>,
    /// The sealed parts in the one order in which everybody reads them.
    #[serde(default)]
    pub sealed_parts: Vec<DocumentId>,
    /// Sealed parts that whoever decided last did not have.
    #[serde(default)]
    pub unseen: Vec<DocumentId>,
    /// Clashes between signed parts whose authors did not know of each other; until a signed part settles them, the worst
    /// counts.
    #[serde(default)]
    pub apart: Vec<Clash>,
    /// Before the seal: what people write of failed checks, and where it was made, as far as these clash. Answers that do are at
    /// their items.
    #[serde(default)]
    pub unsettled: Vec<Clash>,
    /// Items that have anything to show, by the template's order.
    pub items: Vec<ItemView>,
    /// Progress by section.
    pub groups: Vec<GroupProgress>,
    /// Where the inspection was made.
    pub position: Option<Position>,
    /// The running clock of the device that began it: what an answer's (`Statement.running`) is reckoned from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub begun_running: Option<Running>,
    /// Who attended, of each part in the order of its sealing: officers, the premises' representatives, witnesses.
    #[serde(default)]
    pub attendance: Vec<AttendeeView>,
    /// What it comes to, by the last part that says so.
    #[serde(default)]
    pub conclusion: Option<ConclusionView>,
    /// Seals, oldest first.
    pub seals: Vec<SealView>,
    /// Every decision that was ever made on it, newest last.
    pub decisions: Vec<DecisionView>,
    /// Words on the whole record.
    pub comments: Vec<CommentView>,
    /// What came after the seal and waits.
    pub late: Vec<LateWork>,
    /// While it is being made: other inspections that are being made at the same premises.
    pub also_open: Vec<OtherVisit>,
    /// What the template's rules say; `None` if it has none.
    #[serde(default)]
    pub form: Option<crate::template::fill::FormState>,
    /// What the visit is for: `periodic`, `unscheduled` or `reinspection`.
    #[serde(default)]
    pub purpose: Option<String>,
    /// The law that it is made under: what it was begun with, or that of the visit's day.
    #[serde(default)]
    pub regime: Option<crate::regime::RegimeView>,
    /// Why another checklist than the one of these premises was taken; empty if it was not.
    #[serde(default)]
    pub template_reason: String,
    /// That the visit was given up; `None` where nobody did, or it was taken up again.
    #[serde(default)]
    pub given_up: Option<GivenUpView>,
    /// Who gave the visit up and who took it up again, as they knew of each other; what came after the seal last. It stays when
    /// somebody signs.
    #[serde(default)]
    pub given_up_log: Vec<GivenUpEvent>,
    /// What is odd about its days, deadlines and places; a field is the record's key, `position`, or `clock` (of the how-manieth
    /// supplement `clock/1`), `clock_set`, or `given_up` (of the second who gave it up `given_up/1`).
    #[serde(default)]
    pub remarks: Vec<remark::Remark>,
}

/// Something that keeps an inspection from being finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct MissingItem {
    /// The item to jump to; `None` = the whole record.
    pub item: Option<String>,
    /// Its group.
    pub group: Option<String>,
    /// What is missing.
    pub reason: MissingReason,
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum MissingReason {
    /// No answer.
    Answer,
    /// A photo that the rule asks for.
    Photo,
    /// A failed check of which nothing more was written.
    Finding,
    /// A finding without what must be done.
    FindingWithoutRemedy,
    /// A finding without the day by which it must be done.
    FindingWithoutDeadline,
    /// Two answers, not settled.
    Clash,
    /// A signature by hand on what was changed since.
    Hand,
    /// A position whose accuracy is past the limit, without a reason in the note.
    Accuracy,
    /// An answer that does not satisfy the rule of its question.
    Constraint,
    /// The words with which a reviewer returned the record: nothing is said to any of them yet.
    Words,
    /// A supplement that says nothing yet.
    Nothing,
}

/// How an item differs between two inspections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct ItemChange {
    /// The item.
    pub item: String,
    /// Its verdict before.
    pub before: Option<Verdict>,
    /// Its verdict now.
    pub after: Option<Verdict>,
}
