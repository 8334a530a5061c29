//! What people see of records: read models, made by pure functions from cells, the same on device and server.
//!
//! Invariant: a view is derived and never the only place of a fact. Both the console's JSON API and the app's window speak
//! these types; the UI's TypeScript is generated from them.

pub mod build;
pub mod remark;

use serde::{Deserialize, Serialize};

use crate::author::AuthorIdentity;
use crate::clock::UtcMillis;
use crate::id::{ActorId, DeviceId, DocumentId, PersonId, PhotoHash, UnitId};
use crate::record::RecordKind;
use crate::record::address::AddressParts;
use crate::record::facility::FacilityClass;
use crate::record::register::{Answer, Decision, FindingDetail, PhotoDetail, Position, Verdict};
use crate::record::value::{OperationId, Scalar};
use crate::template::TemplateRef;

/// Who wrote a value, on which device, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Attribution {
    /// Whose; `None` when the author's certificate is not here (yet).
    pub person: Option<PersonId>,
    /// That person's name, or `?`.
    pub person_name: String,
    /// On which device.
    pub device: Option<DeviceId>,
    /// That device's name, or `?`.
    pub device_name: String,
    /// Whether the server signed for a browser user.
    pub held_by_server: bool,
    /// The writer's clock.
    pub at: UtcMillis,
    /// How far that clock was from the server's, in milliseconds, positive where it was ahead; absent where it agreed or
    /// nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub clock_off_ms: Option<i64>,
}

impl Attribution {
    /// What a certified identity says of a value's author; `?` where nobody is known.
    pub fn of(identity: Option<&AuthorIdentity>, at: UtcMillis) -> Self {
        let name =
            |name: fn(&AuthorIdentity) -> &String| identity.map_or_else(|| "?".to_owned(), |it| name(it).clone());
        Self {
            person: identity.map(|it| it.person),
            person_name: name(|it| &it.person_name),
            device: identity.map(|it| it.device),
            device_name: name(|it| &it.device_name),
            held_by_server: identity.is_some_and(|it| it.held_by_server),
            at,
            clock_off_ms: None,
        }
    }
}

/// Finds who an actor is.
pub trait Authors {
    /// The person and device behind an actor; `at` is set to what is given.
    fn attribution(&self, actor: ActorId, at: UtcMillis) -> Attribution;
}

/// One live statement about an item. Two of them are a clash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Statement {
    /// Which put; names the choice when a clash is settled.
    pub operation: OperationId,
    /// What was answered; `None` = taken back.
    pub answer: Option<Answer>,
    /// The note.
    pub note: String,
    /// Who said it, where, when.
    pub by: Attribution,
    /// Who chose it when two had answered differently, and when.
    pub chosen_by: Option<Attribution>,
    /// Whether it stands in a supplement.
    pub supplement: bool,
}

/// What became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It stands.
    Standing,
    /// Somebody who knew it said something else since.
    Replaced,
    /// It was chosen when a clash was settled, and stands as that choice.
    Chosen,
    /// Another was chosen when a clash was settled.
    PassedOver,
}

/// Something that was once said at a key; the history of the key holds all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct HistoryEntry {
    /// What was said, by whom.
    #[serde(flatten)]
    #[ts(flatten)]
    pub saying: Saying,
    /// What became of it.
    pub fate: Fate,
    /// Whether it stands in a supplement.
    pub supplement: bool,
}

/// A photo at an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct PhotoView {
    /// Hash, size, place, time.
    #[serde(flatten)]
    #[ts(flatten)]
    pub detail: PhotoDetail,
    /// Who added it.
    pub author: Attribution,
    /// Whether its bytes were verified at the server (device: a receipt is held).
    pub verified: bool,
    /// Whether its bytes are here.
    pub present: bool,
}

/// A reviewer's words at a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct CommentView {
    /// The words.
    pub words: String,
    /// Who and when.
    pub by: Attribution,
}

/// One item of an inspection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct ItemView {
    /// Item code of the template.
    pub code: String,
    /// Live statements, the one shown first; more than one is a clash.
    pub statements: Vec<Statement>,
    /// Statements of the sealed record that a supplement replaced.
    pub superseded: Vec<Statement>,
    /// The finding, when the check failed and it was written.
    pub finding: Option<FindingDetail>,
    /// Photos that were not taken away.
    pub photos: Vec<PhotoView>,
    /// A reviewer's words here, oldest first.
    pub comments: Vec<CommentView>,
}

/// Where an inspection stands (state_machines.json, inspection_record).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum InspectionState {
    /// Being made.
    InProgress,
    /// Sealed, awaiting review.
    Completed,
    /// Sent back with words.
    Returned,
    /// Sealed, returned or approved, and a sealed supplement followed, which is to be decided on.
    Supplemented,
    /// Approved.
    Approved,
}

/// How much of an inspection is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct GroupProgress {
    /// Group code of the template.
    pub code: String,
    /// Its progress.
    pub progress: Progress,
}

/// An inspection in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
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
    /// How much is answered.
    pub progress: Progress,
    /// Gravest failed check, late answers that wait among them: until they are settled, the worst counts.
    pub gravest: Option<crate::record::register::Severity>,
    /// The reviewer's last words, when returned.
    pub words: Option<String>,
    /// How far the clock was off by which `started_at` was written; absent where it agreed or nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub started_clock_ms: Option<i64>,
    /// Answers that came after the seal and wait, held apart or in a supplement that is not signed. Those that say the same
    /// as the record are not counted.
    #[serde(default)]
    pub late_answers: u32,
    /// Of these, answers that fail their check.
    #[serde(default)]
    pub late_failed: u32,
    /// When it was approved, if something was sealed since and is to be decided on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub approved_before: Option<UtcMillis>,
    /// Device only: whether something of it was not yet receipted.
    pub unsent: bool,
}

/// Another inspection that is being made at the same premises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct OtherVisit {
    /// The record.
    pub id: DocumentId,
    /// When it was begun.
    pub started_at: UtcMillis,
    /// Who is in it, by name.
    pub officers: Vec<String>,
}

/// Work of one officer on an inspection that came after its seal and waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
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
    /// Its answers that say the same as the record.
    #[serde(default)]
    pub same: u32,
    /// When its author sealed their own version apart, if so.
    #[serde(default)]
    pub signed_at: Option<UtcMillis>,
}

/// An answer that came after the seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct SealView {
    /// Who sealed it, when.
    pub by: Attribution,
    /// Whether the signature holds.
    pub valid: bool,
    /// Whether it is on the signer's own version of the record, which said the same: two who finished apart.
    #[serde(default)]
    pub apart: bool,
}

/// The decision on a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct DecisionView {
    /// What was decided.
    pub decision: Decision,
    /// The reviewer's words.
    pub words: String,
    /// Who and when.
    pub by: Attribution,
}

/// One inspection with its supplements, as one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct InspectionView {
    /// As in a list.
    pub summary: InspectionSummary,
    /// The open supplement, where one is being made: answers go there.
    pub open_supplement: Option<DocumentId>,
    /// The newest sealed part: the inspection, or a supplement. A decision says that it is on this one, and counts only as
    /// long as it is. `None` while nothing is sealed.
    pub newest_sealed: Option<DocumentId>,
    /// Items that have anything to show, by the template's order.
    pub items: Vec<ItemView>,
    /// Progress by section.
    pub groups: Vec<GroupProgress>,
    /// Where the inspection was made.
    pub position: Option<Position>,
    /// Seals, oldest first.
    pub seals: Vec<SealView>,
    /// Decisions, newest last.
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
    /// The law that it is made under: what it was begun with, or that of the visit's day.
    #[serde(default)]
    pub regime: Option<crate::regime::RegimeView>,
    /// Why another checklist than the one of these premises was taken; empty if it was not.
    #[serde(default)]
    pub template_reason: String,
    /// What is odd about its deadlines and places; a field is the record's key, or `position`.
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
    /// A failed check without severity, remedy and deadline.
    Finding,
    /// Two answers, not settled.
    Clash,
    /// A position whose accuracy is past the limit, without a reason in the note.
    Accuracy,
    /// An answer that does not satisfy the rule of its question.
    Constraint,
    /// The words with which a reviewer returned the record: nothing was said to them yet.
    Words,
}

/// Premises in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct FacilitySummary {
    /// The record.
    pub id: DocumentId,
    /// Name.
    pub name: String,
    /// What it is.
    pub class: FacilityClass,
    /// Address as written.
    pub address: String,
    /// The unit.
    pub unit: UnitId,
    /// The unit's full name.
    pub unit_name: String,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Storeys above ground.
    pub storeys: Option<u32>,
    /// Metres from where was asked; `None` without a place.
    pub distance_m: Option<f64>,
    /// When the last sealed inspection was begun.
    pub last_inspected_at: Option<UtcMillis>,
    /// Failed checks of the last sealed inspection.
    pub failed_checks: Option<u32>,
    /// The inspection being made.
    pub open_inspection: Option<DocumentId>,
    /// Declarations that nobody confirmed yet.
    pub declarations_waiting: u32,
    /// Device only: whether something of it was not yet receipted.
    pub unsent: bool,
}

/// A field of a record with its author; several live values are a clash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct FieldView {
    /// Key, for example `h/name`.
    pub key: String,
    /// Live values, the one shown first.
    pub values: Vec<FieldValue>,
}

/// One live value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct FieldValue {
    /// Which put.
    pub operation: OperationId,
    /// What was put.
    pub value: Scalar,
    /// Who, where, when.
    pub by: Attribution,
}

/// Premises with everything known of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct FacilitySheet {
    /// As in a list.
    pub summary: FacilitySummary,
    /// The address in parts.
    pub address_parts: AddressParts,
    /// Every header field with its authors.
    pub fields: Vec<FieldView>,
    /// Inspections, newest first.
    pub inspections: Vec<InspectionSummary>,
    /// Homes declared here.
    pub dwellings: Vec<DwellingView>,
    /// Items that differ from the inspection before: what changed since the last visit.
    pub changes_since_last: Vec<ItemChange>,
}

/// How an item differs between two inspections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct ItemChange {
    /// The item.
    pub item: String,
    /// Its verdict before.
    pub before: Option<Verdict>,
    /// Its verdict now.
    pub after: Option<Verdict>,
}

/// Where a declaration stands (state_machines.json, household_declaration).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum DeclarationState {
    /// Being written.
    Draft,
    /// Sent, awaiting an officer.
    Submitted,
    /// An officer asks for a correction.
    NeedsFix,
    /// Confirmed by an officer.
    Verified,
}

/// A home and its people, as its head declared them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct DwellingView {
    /// The dwelling record.
    pub id: DocumentId,
    /// The people's record, if the reader may see it.
    pub residents: Option<DocumentId>,
    /// The premises it is in.
    pub facility: DocumentId,
    /// Where it stands.
    pub state: DeclarationState,
    /// What was declared.
    pub declaration: Declaration,
    /// The officer's words, when a correction is asked for.
    pub words: Option<String>,
    /// What is odd about its numbers, by themselves and beside the premises' record where the reader has that.
    pub remarks: Vec<remark::Remark>,
    /// Who declared it, and when it last changed.
    pub by: Attribution,
    /// Device only: whether something of it was not yet receipted.
    pub unsent: bool,
}

/// What a household head declares.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct Declaration {
    /// Address as the head writes it.
    pub address: String,
    /// Apartment or room, empty for a whole house.
    pub apartment_code: String,
    /// The head's name.
    pub head_name: String,
    /// The head's telephone.
    pub head_phone: String,
    /// Code of the template house type.
    pub house_template: Option<String>,
    /// Storeys above ground.
    pub storeys: Option<u32>,
    /// Apartments in the house.
    pub apartments: Option<u32>,
    /// Ways out, in words.
    pub exits: String,
    /// People who live here.
    pub residents: Option<u32>,
    /// Of these over 60.
    pub elderly: Option<u32>,
    /// Of these under 6.
    pub children_under_6: Option<u32>,
    /// Of these unable to get out alone.
    pub need_help: Option<u32>,
    /// Which floor, what help.
    pub help_note: String,
}

/// Two or more live values at one key, to be settled by one tap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Clash {
    /// The record.
    pub document: DocumentId,
    /// What it is.
    pub kind: RecordKind,
    /// What it is about: the premises' name.
    pub title: String,
    /// Key, for example `i/ESC-01`.
    pub key: String,
    /// The values, the one shown first.
    pub values: Vec<Saying>,
}

/// A value that was put at a key: one side of a clash, or an entry of the key's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Saying {
    /// Which put.
    pub operation: OperationId,
    /// What was put.
    pub value: Scalar,
    /// The answer, where the key is an item's; `None` = taken back.
    pub answer: Option<Answer>,
    /// Its note.
    pub note: String,
    /// Who said it, where, when.
    pub by: Attribution,
    /// Who chose it to settle a clash, and when.
    pub chosen_by: Option<Attribution>,
}

/// A part of a long list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// How many there are in all.
    #[ts(type = "number")]
    pub total: u64,
    /// Where to go on; `None` at the end.
    pub next: Option<String>,
}

/// Address of a photo's picture in a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum PhotoSize {
    /// Long edge 320 px.
    Thumbnail,
    /// As kept.
    Full,
}

/// Names a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct PhotoRequest {
    /// Its address.
    pub hash: PhotoHash,
    /// Which picture.
    pub size: PhotoSize,
}
