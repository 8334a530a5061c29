//! What people see of records: read models, made by pure functions from cells, the same on device and server.
//!
//! Invariant: a view is derived and never the only place of a fact. Both the console's JSON API and the app's window speak
//! these types; the UI's TypeScript is generated from them.

pub mod build;
mod dwelling;
mod finding;
mod inspection;
mod measure;
pub mod remark;
mod review;

pub use dwelling::{Declaration, DeclarationState, DwellingView};
pub use finding::{FindingEventView, FindingSummary, FindingView, ItemVisit, PromiseView};
pub use inspection::{
    AttendeeView, ConclusionView, FindingSaid, GivenUpEvent, GivenUpView, GroupProgress, InspectionState,
    InspectionSummary, InspectionView, ItemChange, ItemView, LateItem, LateWork, MissingItem, MissingReason,
    OtherVisit, Progress, SealView, Supplementing,
};
pub use measure::{
    ActView, FineView, GroundView, MeasureEventView, MeasureProposal, MeasureSummary, MeasureView, MeasuresView,
    StopBrief,
};
pub use review::{CommentView, DecisionView, ReplyView, WordsAnswer};

use serde::{Deserialize, Serialize};

use crate::author::AuthorIdentity;
use crate::clock::{Running, UtcMillis};
use crate::id::{ActorId, DeviceId, DocumentId, PersonId, PhotoHash, UnitId};
use crate::record::RecordKind;
use crate::record::address::AddressParts;
use crate::record::facility::FacilityClass;
use crate::record::measured::Measured;
use crate::record::register::{Answer, Decision, FindingDetail, PhotoDetail};
use crate::record::value::{OperationId, Scalar};
use crate::template::Item;

/// Who wrote a value, on which device, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
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

    /// When the device of an actor was enrolled, by its server's clock; `None` where nobody knows, or where the server itself
    /// writes in a person's name: its clock is the one that all others are held against.
    fn enrolled_at(&self, _actor: ActorId) -> Option<UtcMillis> {
        None
    }

    /// Whether an offset that an actor says it knew of its clock, writing at a time, was measured against a server's clock that
    /// ran ahead.
    fn is_withdrawn(&self, _actor: ActorId, _written: UtcMillis, _offset_ms: i64) -> bool {
        false
    }
}

/// One live statement about an item. Two of them are a clash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Statement {
    /// Which put; names the choice when a clash is settled.
    pub operation: OperationId,
    /// What was answered; `None` = taken back.
    pub answer: Option<Answer>,
    /// The note.
    pub note: String,
    /// How a number came about, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub measured: Option<Measured>,
    /// The device's running clock when it was answered, where it told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub running: Option<Running>,
    /// Who said it, where, when.
    pub by: Attribution,
    /// Who chose it when two had answered differently, and when.
    pub chosen_by: Option<Attribution>,
    /// Whether it stands in a supplement.
    pub supplement: bool,
    /// Whether that supplement is not signed: it is shown where it is written, and counts nowhere.
    #[serde(default)]
    pub unsigned: bool,
}

/// What became of a statement.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
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
    /// Device only: whether this device took it, so that it is here to send. Of another's photo no receipt comes.
    #[serde(default)]
    pub own: bool,
    /// Whether it stands in a supplement that is not signed.
    #[serde(default)]
    pub unsigned: bool,
}

/// Premises in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
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
    /// When the last sealed inspection was begun; where its device's clock is known to have been off, by the server's clock as
    /// far as that is known.
    pub last_inspected_at: Option<UtcMillis>,
    /// Failed checks of the last sealed inspection.
    pub failed_checks: Option<u32>,
    /// The inspection being made.
    pub open_inspection: Option<DocumentId>,
    /// Declarations that nobody confirmed yet.
    pub declarations_waiting: u32,
    /// What stops their operation, the gravest first; filled in when the list is asked for, because terms end with the day.
    #[serde(default)]
    pub stops: Vec<StopBrief>,
    /// Device only: whether something of it was not yet receipted.
    pub unsent: bool,
}

/// A field of a record with its author; several live values are a clash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FieldView {
    /// Key, for example `h/name`.
    pub key: String,
    /// Live values, the one shown first.
    pub values: Vec<FieldValue>,
}

/// One live value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FieldValue {
    /// Which put.
    pub operation: OperationId,
    /// What was put.
    pub value: Scalar,
    /// Who, where, when.
    pub by: Attribution,
}

/// Premises with everything known of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
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
    /// How high the risk is, with its reasons; absent where the findings are not at hand.
    #[serde(default)]
    pub risk: Option<crate::risk::RiskView>,
}
/// Two or more live values at one key, to be settled by one tap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Clash {
    /// The record.
    pub document: DocumentId,
    /// What it is.
    pub kind: RecordKind,
    /// What it is about: the premises' name.
    pub title: String,
    /// Key, for example `i/ESC-01`.
    pub key: String,
    /// Of a review: what kind of record it decides on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub subject_kind: Option<RecordKind>,
    /// The question that the key is about, where the record's template is at hand.
    #[serde(default)]
    pub question: Option<Item>,
    /// The values, the one shown first.
    pub values: Vec<Saying>,
    /// Of one between signed parts of an inspection, which only another signed part settles: how far that is. `None`: a clash
    /// in one record, settled by one choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub settlement: Option<Settlement>,
}

/// How far a clash between signed parts is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Nobody chose.
    Open,
    /// What was chosen stands in a supplement that is not signed yet.
    Unsigned,
}

/// A value that was put at a key: one side of a clash, or an entry of the key's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Saying {
    /// Which put.
    pub operation: OperationId,
    /// What was put.
    pub value: Scalar,
    /// The answer, where the key is an item's; `None` = taken back.
    pub answer: Option<Answer>,
    /// Its note.
    pub note: String,
    /// How a number came about, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub measured: Option<Measured>,
    /// What follows from a failed check, where the key is that.
    #[serde(default)]
    pub finding: Option<FindingDetail>,
    /// The photo, where the key is one; it may be one that was taken away.
    #[serde(default)]
    pub photo: Option<PhotoDetail>,
    /// What was decided, where the key is a review's decision; its words are the note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub decision: Option<Decision>,
    /// Who said it, where, when.
    pub by: Attribution,
    /// Who chose it to settle a clash, and when.
    pub chosen_by: Option<Attribution>,
    /// Of a clash between parts of an inspection: whether no signature covers it, because it was let into the record after it
    /// was sealed, or stands in a supplement that is not signed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub unsigned: bool,
}

/// A part of a long list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
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
