//! The engine's commands, as the window, the bridge and the command line send them: one closed list, one dispatch.
//!
//! Invariant: a command that returns has made durable whatever it entered. JSON in, JSON out, [`Problem`] otherwise.

use std::path::{Path, PathBuf};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{BundleId, DocumentId, PhotoHash};
use ancu_shared::record::address;
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::record::register::{Answer, Decision, Position, Severity};
use ancu_shared::record::value::OperationId;
use ancu_shared::template::TemplateRef;
use ancu_shared::view::{Declaration, PhotoSize, remark};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::courier::{FilePiece, MAX_PIECE_BYTES};
use crate::engine::{Engine, Open};
use crate::enrol::{self, Enrolment};
use crate::fault::Fault;
use crate::photos::{self, Circumstances};
use crate::records::answer::Answered;
use crate::records::facility::{Fields, Place, facility_remarks};
use crate::store::{outbox, pictures};

/// Free space that must be left after a photo, in bytes: answers must still fit.
const SPARE_BYTES: u64 = 16 * 1024 * 1024;

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
    /// → `FacilitySheet`
    FacilitySheet {
        /// The premises.
        id: DocumentId,
    },
    /// → `FacilitySheet`
    FacilityCreate {
        /// Name → value; `unit` names another unit than one's own.
        fields: Fields,
    },
    /// → `FacilitySheet`
    FacilityEdit {
        /// The premises.
        id: DocumentId,
        /// Name → new value; null takes it away.
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
        /// `periodic` (default) or `unscheduled`.
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
    /// → `Answered`; on a returned inspection this begins the supplement.
    Answer {
        /// The inspection.
        inspection: DocumentId,
        /// The item's code.
        item: String,
        /// The answer; null takes it back.
        answer: Option<Answer>,
        /// The note.
        #[serde(default)]
        note: String,
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
    /// → `InspectionView`: own work that came after a colleague's seal is given up.
    LateDiscard {
        /// The inspection.
        id: DocumentId,
    },
    /// → `InspectionView`, sealed.
    InspectionFinish {
        /// The inspection.
        id: DocumentId,
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

fn told(value: impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(value).map_err(|error| Fault::Broken(error.to_string()).into())
}

/// Does what is asked.
pub fn dispatch(engine: &Engine, command: Command) -> Result<Value, Problem> {
    match command {
        Command::Status => told(engine.status()?),
        Command::EnrolPreview { link } => told(enrol::preview(&link)?),
        Command::Enrol { link, pin, device_name, person_name } => {
            engine.enrol(&Enrolment { link, pin, device_name, person_name })?;
            told(engine.status()?)
        }
        Command::Unlock { pin } => {
            engine.unlock(&pin)?;
            told(engine.status()?)
        }
        Command::Lock => {
            engine.lock()?;
            told(engine.status()?)
        }
        Command::QrRead { image_base64 } => told(QrText { text: photos::read_qr(&file(&image_base64)?)? }),
        Command::Exchange => {
            engine.exchange()?;
            told(engine.status()?)
        }
        Command::ExchangeWait => {
            engine.exchange_wait()?;
            told(engine.status()?)
        }
        Command::PhotoAdd { inspection, item, file_name, data_base64 } => {
            tracing::debug!(file_name, "a photo is added");
            told(engine.photo_add(inspection, &item, &file(&data_base64)?)?.item)
        }
        Command::PhotoRead { hash, size } => {
            let picture = engine.photo_read(&hash, size)?;
            told(Picture { data_base64: STANDARD.encode(picture), media_type: "image/jpeg".into() })
        }
        courier @ (Command::CourierExport { .. }
        | Command::CourierRead { .. }
        | Command::CourierTake { .. }
        | Command::CourierTakePiece { .. }
        | Command::CourierHandBack { .. }) => by_courier(engine, courier),
        reading @ (Command::Today
        | Command::FacilityList { .. }
        | Command::FacilitySheet { .. }
        | Command::FacilityDuplicates { .. }
        | Command::FacilityCheck { .. }
        | Command::AddressParse { .. }
        | Command::InspectionPlan { .. }
        | Command::InspectionOpen { .. }
        | Command::InspectionMissing { .. }
        | Command::FinishCheck { .. }
        | Command::Template { .. }
        | Command::Clashes
        | Command::History { .. }
        | Command::Quarantine
        | Command::Invite { .. }
        | Command::Declaration
        | Command::DeclarationCheck { .. }) => read(engine, reading),
        writing => write(engine, writing),
    }
}

fn by_courier(engine: &Engine, command: Command) -> Result<Value, Problem> {
    let path = |text: Option<String>| text.map(PathBuf::from);
    match command {
        Command::CourierExport { file, folder } => {
            told(engine.courier_export(path(file).as_deref(), path(folder).as_deref())?)
        }
        Command::CourierRead { file, offset } => {
            let (piece, total) = engine.courier_read(&file, offset)?;
            told(FilePiece { data_base64: STANDARD.encode(piece), total })
        }
        Command::CourierTake { file } => told(engine.courier_take(Path::new(&file))?),
        Command::CourierTakePiece { offset, data_base64, last } => {
            if data_base64.len() > MAX_PIECE_BYTES * 2 {
                return Err(ErrorCode::TooLarge.into());
            }
            let piece = STANDARD.decode(data_base64).map_err(|_| Problem::new(ErrorCode::RequestMalformed))?;
            told(engine.courier_take_piece(offset, &piece, last)?)
        }
        Command::CourierHandBack { bundle, file, folder } => {
            told(engine.courier_hand_back(&bundle, path(file).as_deref(), path(folder).as_deref())?)
        }
        other => Err(misrouted(&other)),
    }
}

fn read(engine: &Engine, command: Command) -> Result<Value, Problem> {
    match command {
        Command::Today => told(engine.work(Open::today_view)?),
        Command::FacilityList { query, class, near, offset, limit } => {
            let (offset, limit) = (offset.unwrap_or(0), limit.unwrap_or(50));
            told(engine.work(|open| open.facility_list(&query, class, near, offset, limit))?)
        }
        Command::FacilitySheet { id } => told(engine.work(|open| open.facility_sheet(id))?),
        Command::FacilityDuplicates { fields } => told(engine.work(|open| open.facility_duplicates(&fields))?),
        Command::FacilityCheck { fields } => told(facility_remarks(&fields)),
        Command::AddressParse { text } => told(address::parse(&text)),
        Command::InspectionPlan { facility } => told(engine.work(|open| open.inspection_plan(facility))?),
        Command::InspectionOpen { id } => told(engine.work(|open| open.inspection_view(id))?),
        Command::InspectionMissing { id } => told(engine.work(|open| open.inspection_missing(id))?),
        Command::FinishCheck { id } => told(engine.work(|open| open.finish_check(id))?),
        Command::Template { code, version } => {
            told(&*engine.work(|open| open.template_here(&TemplateRef { code, version }))?)
        }
        Command::Clashes => told(engine.work(Open::clashes)?),
        Command::History { document, key } => told(engine.work(|open| open.history(document, &key))?),
        Command::Quarantine => told(engine.work(|open| outbox::quarantined(&open.store.main))?),
        Command::Invite { facility } => told(engine.work(|open| open.invite(facility))?),
        Command::Declaration => told(engine.work(Open::declaration)?),
        Command::DeclarationCheck { declaration } => told(remark::declared(&declaration, None)),
        other => Err(misrouted(&other)),
    }
}

fn write(engine: &Engine, command: Command) -> Result<Value, Problem> {
    match command {
        Command::FacilityCreate { fields } => told(engine.write(|open| open.facility_create(fields))?),
        Command::FacilityEdit { id, fields } => told(engine.write(|open| open.facility_edit(id, fields))?),
        Command::InspectionStart { facility, template, purpose, reason } => {
            told(engine.write(|open| open.inspection_start(facility, template, purpose, &reason))?)
        }
        Command::Answer { inspection, item, answer, note } => {
            told(engine.write(|open| open.answer(inspection, &item, answer, &note))?)
        }
        Command::Finding { inspection, item, severity, remedy, deadline } => {
            told(engine.write(|open| open.finding(inspection, &item, severity, &remedy, deadline))?)
        }
        Command::PhotoRemove { inspection, item, hash } => {
            told(engine.write(|open| open.photo_remove(inspection, &item, hash))?.item)
        }
        Command::PositionSet { inspection, position } => {
            told(engine.write(|open| open.position_set(inspection, &position))?)
        }
        Command::SectionLeave { inspection } => told(engine.write(|open| open.section_leave(inspection))?),
        Command::LateDiscard { id } => told(engine.write(|open| open.late_discard(id))?),
        Command::InspectionFinish { id } => told(engine.write(|open| open.inspection_finish(id))?),
        Command::ClashSettle { document, key, operation } => {
            engine.write(|open| open.clash_settle(document, &key, operation))?;
            told(engine.work(Open::clashes)?)
        }
        Command::DeclarationDecide { dwelling, decision, words } => {
            told(engine.write(|open| open.declaration_decide(dwelling, decision, &words))?)
        }
        Command::DeclarationSave { declaration } => told(engine.write(|open| open.declaration_save(&declaration))?),
        Command::DeclarationSubmit => told(engine.write(Open::declaration_submit)?),
        other => Err(misrouted(&other)),
    }
}

fn misrouted(command: &Command) -> Problem {
    Fault::Broken(format!("a command went astray: {command:?}")).into()
}

fn file(base64: &str) -> Result<Vec<u8>, Problem> {
    photos::check_size(base64.len() as u64 / 4 * 3)?;
    STANDARD.decode(base64.trim()).map_err(|_| Problem::new(ErrorCode::PhotoUnreadable))
}

impl Engine {
    /// Adds a photo's file at an item. The picture is worked on without the store's lock.
    pub fn photo_add(&self, inspection: DocumentId, item: &str, file: &[u8]) -> Result<Answered, Problem> {
        let circumstances = self.work(|open| {
            open.known_item(inspection, item)?;
            let position = open.inspection_view(inspection)?.position;
            let author = open.me.person_name.clone();
            Ok(Circumstances { now: open.now(), author, position })
        })?;
        let reduced = photos::reduce(file, &circumstances)?;
        self.write(|open| {
            let needed = (reduced.full.len() + reduced.thumbnail.len()) as u64 * 2 + SPARE_BYTES;
            let free = open.store.free_bytes()?;
            if free < needed {
                let details = json!({ "free_bytes": free, "needed_bytes": needed });
                return Err(Problem::new(ErrorCode::DiskFull).with(details).into());
            }
            open.photo_add(inspection, item, &reduced)
        })
    }

    /// A photo's picture: from the store, or else from the server, if a record here names it.
    pub fn photo_read(&self, hash: &PhotoHash, size: PhotoSize) -> Result<Vec<u8>, Problem> {
        let kept = self.work(|open| pictures::read(&open.store.photos, hash, size))?;
        match kept {
            Some(picture) => Ok(picture),
            None => self.fetch_photo(hash, size),
        }
    }

    /// Runs a command and gives its JSON; what fails is a [`Problem`].
    pub fn dispatch(&self, command: Command) -> Result<Value, Problem> {
        dispatch(self, command)
    }

    /// The device's clock, for what is shown beside its numbers.
    pub fn now(&self) -> UtcMillis {
        self.inner.clock.now()
    }
}
