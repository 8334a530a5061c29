//! The closed list of what can be asked of the engine, each with what it gives.
//!
//! Invariant: a command is data: it says what is wanted, never how. What this module does not know: the engine.

use ancu_shared::id::{BundleId, DocumentId, PhotoHash};
use ancu_shared::measures::MeasureNote;
use ancu_shared::record::attendance::{AttendeeRole, Conclusion, Unsigned};
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::record::given_up::GivenUpReason;
use ancu_shared::record::marks::Mark;
use ancu_shared::record::measured::Measured;
use ancu_shared::record::register::{Answer, Decision, Position, Severity};
use ancu_shared::record::value::OperationId;
use ancu_shared::template::TemplateRef;
use ancu_shared::view::{Declaration, PhotoSize};
use serde::{Deserialize, Serialize};

use crate::records::attendance::Drawn;
use crate::records::facility::{Fields, Place};
use crate::records::finding::StepNote;

/// What can be asked of the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// → `DeviceStatus`
    Status,
    /// → `EnrolPreview`
    EnrolPreview {
        /// The link's text.
        link: String,
    },
    /// → `DeviceStatus`; needs the network.
    Enrol {
        /// The link's text.
        link: String,
        /// The PIN to be.
        pin: String,
        /// The device's name.
        device_name: String,
        /// The holder's name (household heads).
        #[serde(default)]
        #[ts(optional)]
        person_name: Option<String>,
    },
    /// → `DeviceStatus`
    Unlock {
        /// The PIN.
        pin: String,
    },
    /// → `DeviceStatus`
    Lock,
    /// → `DeviceStatus`: the locked store, whose PIN nobody remembers, is set aside; nothing is deleted.
    SetAside {
        /// What it costs, typed: `unsent work stays locked`, or the same in Vietnamese.
        consequence: String,
    },
    /// → `DeviceStatus`: a store that was set aside is the device's again, locked.
    PutBack {
        /// Its name, of `DeviceStatus.set_aside`.
        name: String,
    },
    /// → `DeviceStatus`: unsent work of a store that was set aside goes out with this one's.
    TakeUnsent {
        /// Its name, of `DeviceStatus.set_aside`.
        name: String,
        /// Its PIN.
        pin: String,
    },
    /// → `{text}`: the text of a QR code in a picture.
    QrRead {
        /// The picture's file.
        image_base64: String,
    },
    /// → `Today`
    Today,
    /// → `Page<FacilitySummary>`
    FacilityList {
        /// Words, in any order, with or without diacritics.
        #[serde(default)]
        query: String,
        /// Only this class.
        #[serde(default)]
        #[ts(optional)]
        class: Option<FacilityClass>,
        /// Nearest to this place first.
        #[serde(default)]
        #[ts(optional)]
        near: Option<Place>,
        /// How many to pass over.
        #[serde(default)]
        #[ts(type = "number", optional = nullable)]
        offset: Option<u64>,
        /// How many to give, at most 500.
        #[serde(default)]
        #[ts(type = "number", optional = nullable)]
        limit: Option<u64>,
    },
    /// → `Page<FacilitySummary>`: premises without an open inspection, never or longest ago inspected first.
    FacilitiesDue {
        /// How many to pass over.
        #[serde(default)]
        #[ts(type = "number", optional = nullable)]
        offset: Option<u64>,
        /// How many to give, at most 500.
        #[serde(default)]
        #[ts(type = "number", optional = nullable)]
        limit: Option<u64>,
    },
    /// → `FacilitySheet`
    FacilitySheet {
        /// The premises.
        id: DocumentId,
    },
    /// → `FacilitySheet`
    FacilityCreate {
        /// Name → value; `unit` names another unit than one's own.
        fields: Fields,
        /// Whether these are what the form says: then its draft goes.
        #[serde(default)]
        #[ts(optional, as = "Option<bool>")]
        draft: bool,
    },
    /// → `FacilitySheet`
    FacilityEdit {
        /// The premises.
        id: DocumentId,
        /// Name → new value; null takes it away.
        fields: Fields,
        /// As for creating.
        #[serde(default)]
        #[ts(optional, as = "Option<bool>")]
        draft: bool,
    },
    /// → `FacilityDraft` or null: the form of premises that was being written.
    FacilityDraft {
        /// The premises; none: new ones.
        #[serde(default)]
        #[ts(optional)]
        facility: Option<DocumentId>,
    },
    /// → null: the form is kept on this device as it was typed, until it is saved.
    FacilityDraftKeep {
        /// As above.
        #[serde(default)]
        #[ts(optional)]
        facility: Option<DocumentId>,
        /// What was typed; nothing: the draft is given up.
        fields: Fields,
    },
    /// → `FacilitySummary[]`
    FacilityDuplicates {
        /// As for creating.
        fields: Fields,
    },
    /// → `Remark[]`: what is odd about the numbers of a form; nothing is written.
    FacilityCheck {
        /// As for creating.
        fields: Fields,
    },
    /// → `AddressParts`
    AddressParse {
        /// An address in any order.
        text: String,
    },
    /// → `InspectionView`
    InspectionStart {
        /// The premises.
        facility: DocumentId,
        /// Another template than the one of their class.
        #[serde(default)]
        #[ts(optional)]
        template: Option<TemplateRef>,
        /// `periodic` (default), `unscheduled` or `reinspection`.
        #[serde(default)]
        #[ts(optional)]
        purpose: Option<String>,
        /// Why another checklist than the proposed one is taken.
        #[serde(default)]
        #[ts(optional, as = "Option<String>")]
        reason: String,
    },
    /// → `InspectionPlan`: what an inspection would be made with today.
    InspectionPlan {
        /// The premises.
        facility: DocumentId,
    },
    /// → `InspectionView`
    InspectionOpen {
        /// The inspection.
        id: DocumentId,
    },
    /// → `Answered`; on a returned inspection this begins the supplement, on one that is sealed otherwise `SupplementBegin` does.
    Answer {
        /// The inspection.
        inspection: DocumentId,
        /// The item's code.
        item: String,
        /// The answer; null takes it back.
        answer: Option<Answer>,
        /// How a number was found; null: nothing is known of it. Left out, what stands beside the same number stays.
        #[serde(default, deserialize_with = "said")]
        #[ts(optional, type = "Measured | null")]
        measured: Option<Option<Measured>>,
        /// The note.
        #[serde(default)]
        note: String,
        /// The note that this one was begun on. Where a colleague's newer one stands by now, nothing is written, and the note is
        /// kept as a draft (`Answered.kept`).
        #[serde(default)]
        #[ts(optional)]
        over: Option<String>,
    },
    /// → `Answered`: another storey, another room, behind those that are there; the item's code names it.
    RepetitionAdd {
        /// The inspection.
        inspection: DocumentId,
        /// Where: a repeat, in a repetition of another one with its name (`storey`, `room.k3f9a2`).
        place: String,
    },
    /// → `Answered`: what was said in it is kept, and asked for no more.
    RepetitionRemove {
        /// The inspection.
        inspection: DocumentId,
        /// Which: `storey.k3f9a2`.
        repetition: String,
    },
    /// → `NoteDraft[]`: notes that were not written over a colleague's newer ones.
    NoteDrafts {
        /// The inspection.
        inspection: DocumentId,
    },
    /// → `NoteDraft[]`: those that are left when this one is given up.
    NoteDraftDrop {
        /// The inspection.
        inspection: DocumentId,
        /// The item's code.
        item: String,
    },
    /// → `Answered`
    Finding {
        /// The inspection.
        inspection: DocumentId,
        /// The item's code.
        item: String,
        /// How grave.
        severity: Severity,
        /// What must be done.
        remedy: String,
        /// Last day to have it done.
        #[serde(default)]
        #[ts(type = "string | null")]
        deadline: Option<jiff::civil::Date>,
    },
    /// → `InspectionView`: a reply to a reviewer's words, where what was found stays as it is.
    Reply {
        /// The inspection.
        inspection: DocumentId,
        /// The item's code; `_` = the whole record.
        item: String,
        /// The words; none takes the reply back.
        #[serde(default)]
        words: String,
    },
    /// → `FindingSummary[]`: all of premises, or the open ones everywhere, the earliest deadline first.
    Findings {
        /// The premises.
        #[serde(default)]
        #[ts(optional)]
        facility: Option<DocumentId>,
        /// Only those whose deadline has passed.
        #[serde(default)]
        #[ts(optional, as = "Option<bool>")]
        overdue: bool,
    },
    /// → `FindingView`
    FindingOpen {
        /// The inspection that found it.
        inspection: DocumentId,
        /// The item's code.
        item: String,
    },
    /// → `PhotoView`: evidence, which a step names afterwards.
    FindingPhoto {
        /// The inspection that found it.
        inspection: DocumentId,
        /// The item's code.
        item: String,
        /// The file's name, for messages only.
        #[serde(default)]
        #[ts(optional, as = "Option<String>")]
        file_name: String,
        /// The file.
        data_base64: String,
    },
    /// → `FindingView`: what happened to it.
    FindingStep {
        /// The inspection that found it.
        inspection: DocumentId,
        /// The item's code.
        item: String,
        /// What is noted.
        note: StepNote,
    },
    /// → `MeasuresView`: stops of operation and sanctions of premises, and what the rules suggest.
    Measures {
        /// The premises.
        facility: DocumentId,
    },
    /// → `MeasureSummary[]`: those that are not over, everywhere; the earliest end of a term first.
    MeasureList,
    /// → `MeasuresView`: a step of a measure, or where none is named the beginning of one.
    MeasureNote {
        /// The premises.
        facility: DocumentId,
        /// Which measure.
        #[serde(default)]
        #[ts(optional, type = "string")]
        measure: Option<uuid::Uuid>,
        /// What is noted.
        note: MeasureNote,
    },
    /// → `ReinspectionPlan`
    ReinspectionPlan {
        /// The premises.
        facility: DocumentId,
    },
    /// → `ReinspectionPlan`, with the day set or taken away.
    ReinspectionSet {
        /// The premises.
        facility: DocumentId,
        /// The day.
        #[ts(type = "string | null")]
        on: Option<jiff::civil::Date>,
    },
    /// → `ItemView`
    PhotoAdd {
        /// The inspection.
        inspection: DocumentId,
        /// The item's code.
        item: String,
        /// The file's name, for messages only.
        #[serde(default)]
        file_name: String,
        /// The file.
        data_base64: String,
        /// Whether the camera took it just now: else its stamp tells no time and place but the file's own.
        #[serde(default)]
        #[ts(optional, as = "Option<bool>")]
        from_camera: bool,
    },
    /// → `ItemView`, with these marks in place of those that were drawn.
    PhotoMark {
        /// The inspection.
        inspection: DocumentId,
        /// The item's code.
        item: String,
        /// The photo.
        hash: PhotoHash,
        /// All of them.
        marks: Vec<Mark>,
    },
    /// → `ItemView`
    PhotoRemove {
        /// The inspection.
        inspection: DocumentId,
        /// The item's code.
        item: String,
        /// The photo.
        hash: PhotoHash,
    },
    /// → `{data_base64, media_type}`
    PhotoRead {
        /// The photo.
        hash: PhotoHash,
        /// Which picture.
        size: PhotoSize,
    },
    /// → `InspectionView`
    PositionSet {
        /// The inspection.
        inspection: DocumentId,
        /// Where it is made.
        position: Position,
    },
    /// → null: the journal becomes a change.
    SectionLeave {
        /// The inspection.
        inspection: DocumentId,
    },
    /// → `InspectionView`: somebody who attended, with their signature or why there is none. What was noted of them before is
    /// replaced.
    Attend {
        /// The inspection.
        inspection: DocumentId,
        /// Which of those who attended; none: another one.
        #[serde(default)]
        #[ts(optional, type = "string")]
        attendee: Option<uuid::Uuid>,
        /// As what.
        role: AttendeeRole,
        /// Full name.
        #[serde(default)]
        name: String,
        /// Position.
        #[serde(default)]
        position: String,
        /// Opinion, or why they do not sign.
        #[serde(default)]
        words: String,
        /// What they drew.
        #[serde(default)]
        #[ts(optional)]
        drawn: Option<Drawn>,
        /// Why they do not sign.
        #[serde(default)]
        #[ts(optional)]
        unsigned: Option<Unsigned>,
    },
    /// → `InspectionView`: somebody who attended is taken away again.
    AttendRemove {
        /// The inspection.
        inspection: DocumentId,
        /// Which of those who attended.
        #[ts(type = "string")]
        attendee: uuid::Uuid,
    },
    /// → `InspectionView`: what the inspection comes to.
    Conclude {
        /// The inspection.
        inspection: DocumentId,
        /// The conclusion; null takes it back.
        conclusion: Option<Conclusion>,
        /// The same in words.
        #[serde(default)]
        words: String,
    },
    /// → `MissingItem[]`
    InspectionMissing {
        /// The inspection.
        id: DocumentId,
    },
    /// → `FinishCheck`: what an officer should know before signing.
    FinishCheck {
        /// The inspection.
        id: DocumentId,
    },
    /// → `InspectionView`: a supplement to a sealed inspection is begun, or the one that is open is given.
    SupplementBegin {
        /// The inspection.
        id: DocumentId,
    },
    /// → `InspectionView`: a visit that nobody signed is given up; nothing in it is deleted.
    InspectionGiveUp {
        /// The inspection.
        id: DocumentId,
        /// Why.
        reason: GivenUpReason,
        /// The same in words; needed where the reason is `other`.
        #[serde(default)]
        words: String,
    },
    /// → `InspectionView`: a visit that was given up is gone on with.
    InspectionTakeUp {
        /// The inspection.
        id: DocumentId,
    },
    /// → `InspectionView`: own work that came after a colleague's seal, or a supplement that was begun, is given up.
    LateDiscard {
        /// The inspection.
        id: DocumentId,
    },
    /// → `InspectionView`, sealed.
    InspectionFinish {
        /// The inspection.
        id: DocumentId,
        /// The sealed parts that the signer was shown (`FinishCheck.sealed_parts`); where another came meanwhile, `conflict`.
        #[serde(default)]
        #[ts(optional)]
        seen: Option<Vec<DocumentId>>,
        /// How many changes of others the signer was shown the record with (`FinishCheck.heard`); where that changed, `conflict`.
        #[serde(default)]
        #[ts(optional, type = "number")]
        heard: Option<u64>,
    },
    /// → `Paper`: the record as PDF, made here.
    Print {
        /// The inspection.
        id: DocumentId,
        /// Where to; an existing file is not overwritten.
        #[serde(default)]
        #[ts(optional)]
        file: Option<String>,
        /// Or in which folder, under a name of its own; without either its bytes are the answer.
        #[serde(default)]
        #[ts(optional)]
        folder: Option<String>,
    },
    /// → `Checked`: the code on a record that was printed.
    CheckCode {
        /// The code, alone or in its address.
        code: String,
    },
    /// → `Template`
    Template {
        /// Its name.
        code: String,
        /// Its version.
        version: String,
    },
    /// → `Clash[]`
    Clashes,
    /// → `Clash[]`: those that are left.
    ClashSettle {
        /// The record.
        document: DocumentId,
        /// The key.
        key: String,
        /// The value that is to stand.
        operation: OperationId,
    },
    /// → `HistoryEntry[]`, newest first: everything that was said at a key, with what was not chosen.
    History {
        /// The record.
        document: DocumentId,
        /// The key, for example `i/ESC-01`.
        key: String,
    },
    /// → `DeviceStatus`: begins in the background.
    Exchange,
    /// → `DeviceStatus`, at the end.
    ExchangeWait,
    /// → `QuarantinedItem[]`
    Quarantine,
    /// → `Invited`
    Invite {
        /// The premises.
        facility: DocumentId,
    },
    /// → `DwellingView`
    DeclarationDecide {
        /// The home.
        dwelling: DocumentId,
        /// Confirmed, or to be corrected.
        decision: Decision,
        /// Words to the head.
        #[serde(default)]
        words: String,
    },
    /// → `DwellingView` or null
    Declaration,
    /// → `Remark[]`: what is odd about the numbers of a declaration; nothing is written.
    DeclarationCheck {
        /// As it stands in the form.
        declaration: Declaration,
    },
    /// → `DwellingView`
    DeclarationSave {
        /// All of it, as it stands.
        declaration: Declaration,
    },
    /// → `DwellingView`
    DeclarationSubmit,
    /// → `Written`: all that has no receipt, in a file for the server. Nothing is called sent by that.
    CourierExport {
        /// Where to; it must end in `.ancu`, and an existing file is not overwritten.
        #[serde(default)]
        #[ts(optional)]
        file: Option<String>,
        /// Or in which folder, under a name of its own; without either, in the engine's own, for `courier_read`.
        #[serde(default)]
        #[ts(optional)]
        folder: Option<String>,
    },
    /// → `FilePiece`: a piece of a file in the engine's own folder.
    CourierRead {
        /// Its name.
        file: String,
        /// From where on.
        #[ts(type = "number")]
        offset: u64,
    },
    /// → `Taken`: a colleague's file, or the server's word on one's own.
    CourierTake {
        /// Where it is.
        file: String,
    },
    /// → `Taken`: the same, piece by piece.
    CourierTakePiece {
        /// Where the piece begins; 0 begins another file.
        #[ts(type = "number")]
        offset: u64,
        /// The piece, at most 4 MiB.
        data_base64: String,
        /// Whether it is the last one.
        last: bool,
    },
    /// → `NearStatus`: waits for colleagues nearby from now on, for a quarter of an hour.
    NearWait,
    /// → `NearStatus`: waits for nobody any more.
    NearStop,
    /// → `NearStatus`
    NearStatus,
    /// → `NearFound[]`: the devices that wait nearby; takes three seconds.
    NearFind,
    /// → `NearMet`: exchanges with a colleague who waits.
    NearMeet {
        /// The colleague's code, or the address under which they were found.
        whom: String,
    },
    /// → `Written`: the server's word on a colleague's file that was carried here, as a file for that colleague.
    CourierHandBack {
        /// That file.
        bundle: BundleId,
        /// As for `courier_export`.
        #[serde(default)]
        #[ts(optional)]
        file: Option<String>,
        /// As for `courier_export`.
        #[serde(default)]
        #[ts(optional)]
        folder: Option<String>,
    },
}

/// A member that was given, were it null.
fn said<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(given: D) -> Result<Option<T>, D::Error> {
    T::deserialize(given).map(Some)
}

/// The text of a QR code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct QrText {
    /// The text.
    pub text: String,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Picture {
    /// Its bytes.
    pub data_base64: String,
    /// `image/jpeg`
    pub media_type: String,
}
