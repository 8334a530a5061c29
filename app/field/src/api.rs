//! The engine's commands, as the window, the bridge and the command line send them: one closed list ([`Command`]), one
//! dispatch.
//!
//! Invariant: a command that returns has made durable whatever it entered. JSON in, JSON out, [`Problem`] otherwise.

mod command;

use std::path::{Path, PathBuf};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::address;
use ancu_shared::record::search;
use ancu_shared::template::TemplateRef;
use ancu_shared::text::free;
use ancu_shared::view::{PhotoSize, PhotoView, remark};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};

use crate::courier::{FilePiece, MAX_PIECE_BYTES};
use crate::engine::{Engine, Open};
use crate::enrol::{self, Enrolment};
use crate::fault::Fault;
use crate::photos::{self, Circumstances};
use crate::records::answer::{Answered, Measuring};
use crate::records::attendance::Attending;
use crate::records::facility::facility_remarks;
use crate::store::pictures;

pub use command::{Command, Picture, QrText};

/// Free space that must be left after a photo, in bytes: answers must still fit.
pub(crate) const SPARE_BYTES: u64 = 16 * MB;
const MB: u64 = 1024 * 1024;

fn told(value: impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(value).map_err(|error| Fault::Broken(error.to_string()).into())
}

/// Does what is asked. Texts of others are given as they may be shown ([`free::show`]).
pub fn dispatch(engine: &Engine, command: Command) -> Result<Value, Problem> {
    let mut told = act(engine, command)?;
    free::show(&mut told);
    Ok(told)
}

fn act(engine: &Engine, command: Command) -> Result<Value, Problem> {
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
        Command::SetAside { consequence } => {
            engine.set_aside(&consequence)?;
            told(engine.status()?)
        }
        Command::PutBack { name } => {
            engine.put_back(&name)?;
            told(engine.status()?)
        }
        Command::TakeUnsent { name, pin } => {
            engine.take_unsent(&name, &pin)?;
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
        Command::PhotoAdd { inspection, item, file_name, data_base64, from_camera } => {
            tracing::debug!(file_name, "a photo is added");
            told(engine.photo_add(inspection, &item, &file(&data_base64)?, from_camera)?.item)
        }
        Command::FindingPhoto { inspection, item, file_name, data_base64 } => {
            tracing::debug!(file_name, "evidence is added");
            told(engine.finding_photo(inspection, &item, &file(&data_base64)?)?)
        }
        Command::PhotoRead { hash, size } => {
            let picture = engine.photo_read(&hash, size)?;
            told(Picture { data_base64: STANDARD.encode(picture), media_type: "image/jpeg".into() })
        }
        Command::NearWait => told(engine.near_wait()?),
        Command::NearStop => told(engine.near_stop()?),
        Command::NearStatus => told(engine.near_status()?),
        Command::NearFind => told(engine.near_find()?),
        Command::NearMeet { whom } => told(engine.near_meet(&whom)?),
        courier @ (Command::CourierExport { .. }
        | Command::CourierRead { .. }
        | Command::CourierTake { .. }
        | Command::CourierTakePiece { .. }
        | Command::CourierHandBack { .. }) => by_courier(engine, courier),
        reading @ (Command::Today
        | Command::FacilityList { .. }
        | Command::FacilitiesDue { .. }
        | Command::NoteDrafts { .. }
        | Command::NoteDraftDrop { .. }
        | Command::FacilityDraft { .. }
        | Command::FacilityDraftKeep { .. }
        | Command::FacilitySheet { .. }
        | Command::FacilityDuplicates { .. }
        | Command::FacilityCheck { .. }
        | Command::AddressParse { .. }
        | Command::InspectionPlan { .. }
        | Command::InspectionOpen { .. }
        | Command::Findings { .. }
        | Command::FindingOpen { .. }
        | Command::ReinspectionPlan { .. }
        | Command::Measures { .. }
        | Command::MeasureList
        | Command::InspectionMissing { .. }
        | Command::FinishCheck { .. }
        | Command::Print { .. }
        | Command::CheckCode { .. }
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
            search::check_words("query", &query)?;
            let (offset, limit) = (offset.unwrap_or(0), limit.unwrap_or(50));
            told(engine.work(|open| open.facility_list(&query, class, near, offset, limit))?)
        }
        Command::FacilitiesDue { offset, limit } => {
            told(engine.work(|open| open.facilities_due(offset.unwrap_or(0), limit.unwrap_or(50)))?)
        }
        // A draft concerns nobody else: no exchange follows.
        Command::NoteDrafts { inspection } => told(engine.work(|open| open.note_drafts(inspection))?),
        Command::NoteDraftDrop { inspection, item } => {
            told(engine.work(|open| open.note_draft_drop(inspection, &item))?)
        }
        Command::FacilityDraft { facility } => told(engine.work(|open| open.facility_draft(facility))?),
        Command::FacilityDraftKeep { facility, fields } => {
            told(engine.keep(|open| open.facility_draft_keep(facility, &fields))?)
        }
        Command::FacilitySheet { id } => told(engine.work(|open| open.facility_sheet(id))?),
        Command::FacilityDuplicates { fields } => told(engine.work(|open| open.facility_duplicates(&fields))?),
        Command::FacilityCheck { fields } => told(facility_remarks(&fields)),
        Command::AddressParse { text } => told(address::parse(&text)),
        Command::Findings { facility, overdue } => told(engine.work(|open| open.finding_list(facility, overdue))?),
        Command::FindingOpen { inspection, item } => told(engine.work(|open| open.finding_view(inspection, &item))?),
        Command::Measures { facility } => told(engine.work(|open| open.measures(facility))?),
        Command::MeasureList => told(engine.work(Open::measure_list)?),
        Command::ReinspectionPlan { facility } => told(engine.work(|open| open.reinspection_plan(facility))?),
        Command::InspectionPlan { facility } => told(engine.work(|open| open.inspection_plan(facility))?),
        Command::InspectionOpen { id } => told(engine.work(|open| open.inspection_view(id))?),
        Command::InspectionMissing { id } => told(engine.work(|open| open.inspection_missing(id))?),
        Command::Print { id, file, folder } => {
            let path = |text: Option<String>| text.map(PathBuf::from);
            told(engine.print(id, path(file).as_deref(), path(folder).as_deref())?)
        }
        Command::CheckCode { code } => told(engine.check_code(&code)?),
        Command::FinishCheck { id } => told(engine.work(|open| open.finish_check(id))?),
        Command::Template { code, version } => {
            told(&*engine.work(|open| open.template_here(&TemplateRef { code, version }))?)
        }
        Command::Clashes => told(engine.work(Open::clashes)?),
        Command::History { document, key } => told(engine.work(|open| open.history(document, &key))?),
        Command::Quarantine => told(engine.work(Open::held_back)?),
        Command::Invite { facility } => told(engine.work(|open| open.invite(facility))?),
        Command::Declaration => told(engine.work(Open::declaration)?),
        Command::DeclarationCheck { declaration } => told(remark::declared(&declaration, None)),
        other => Err(misrouted(&other)),
    }
}

fn write(engine: &Engine, command: Command) -> Result<Value, Problem> {
    match command {
        Command::FacilityCreate { fields, draft } => told(engine.write(|open| open.facility_create(fields, draft))?),
        Command::FacilityEdit { id, fields, draft } => {
            told(engine.write(|open| open.facility_edit(id, fields, draft))?)
        }
        Command::InspectionStart { facility, template, purpose, reason } => {
            told(engine.write(|open| open.inspection_start(facility, template, purpose, &reason))?)
        }
        Command::Answer { inspection, item, answer, measured, note, over } => {
            let measuring = measured.map_or(Measuring::Unsaid, Measuring::Said);
            told(engine.write(|open| open.answer_over(inspection, &item, answer, measuring, &note, over.as_deref()))?)
        }
        Command::RepetitionAdd { inspection, place } => {
            told(engine.write(|open| open.repetition_add(inspection, &place))?)
        }
        Command::RepetitionRemove { inspection, repetition } => {
            told(engine.write(|open| open.repetition_remove(inspection, &repetition))?)
        }
        Command::Finding { inspection, item, severity, remedy, deadline } => {
            told(engine.write(|open| open.finding(inspection, &item, severity, &remedy, deadline))?)
        }
        Command::Reply { inspection, item, words } => told(engine.write(|open| open.reply(inspection, &item, &words))?),
        Command::FindingStep { inspection, item, note } => {
            told(engine.write(|open| open.finding_step(inspection, &item, note))?)
        }
        Command::MeasureNote { facility, measure, note } => {
            told(engine.write(|open| open.measure_note(facility, measure, note))?)
        }
        Command::ReinspectionSet { facility, on } => told(engine.write(|open| open.reinspection_set(facility, on))?),
        Command::PhotoMark { inspection, item, hash, marks } => {
            told(engine.write(|open| open.photo_mark(inspection, &item, hash, marks))?.item)
        }
        Command::PhotoRemove { inspection, item, hash } => {
            told(engine.write(|open| open.photo_remove(inspection, &item, hash))?.item)
        }
        Command::PositionSet { inspection, position } => {
            told(engine.write(|open| open.position_set(inspection, &position))?)
        }
        Command::Attend { inspection, attendee, role, name, position, words, drawn, unsigned } => {
            let said = Attending { role, name, position, words, drawn, unsigned };
            told(engine.write(|open| open.attend(inspection, attendee, said))?)
        }
        Command::AttendRemove { inspection, attendee } => {
            told(engine.write(|open| open.attend_remove(inspection, attendee))?)
        }
        Command::Conclude { inspection, conclusion, words } => {
            told(engine.write(|open| open.conclude(inspection, conclusion, &words))?)
        }
        Command::SectionLeave { inspection } => told(engine.write(|open| open.section_leave(inspection))?),
        Command::SupplementBegin { id } => told(engine.write(|open| open.supplement_begin(id))?),
        Command::InspectionGiveUp { id, reason, words } => {
            told(engine.write(|open| open.inspection_give_up(id, reason, &words))?)
        }
        Command::InspectionTakeUp { id } => told(engine.write(|open| open.inspection_take_up(id))?),
        Command::LateDiscard { id } => told(engine.write(|open| open.late_discard(id))?),
        Command::InspectionFinish { id, seen, heard } => {
            told(engine.write(|open| open.inspection_finish(id, seen.as_deref(), heard))?)
        }
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

/// That there is no room for another photo, as it is said before one is taken.
pub fn no_room_for_photo() -> Problem {
    Problem::new(ErrorCode::DiskFull).said(
        "Bộ nhớ máy không còn đủ chỗ cho một ảnh nữa nên máy ảnh không mở: câu trả lời vẫn ghi được, dữ liệu đã lưu vẫn an toàn. \
         Hãy xóa bớt ảnh, video hoặc ứng dụng khác trên máy, đừng xóa An Cư, rồi chụp lại.",
        "The device has no room for another photo, so the camera does not open: answers are still saved, and what was saved is \
         safe. Delete photos, videos or other apps on the device, not An Cư, then take it again.",
    )
}

impl Open {
    /// Whether a photo fits beside what must still be written.
    fn room_for(&self, photo: &photos::Reduced) -> Result<(), Problem> {
        let needed = (photo.full.len() + photo.thumbnail.len()) as u64 * 2 + SPARE_BYTES;
        let free = self.store.free_bytes().map_err(Problem::from)?;
        if free >= needed {
            return Ok(());
        }
        // What is lacking is counted up, what is there down: nobody frees what is said and is refused once more.
        let (needed_mb, free_mb) = (needed.div_ceil(MB), free / MB);
        let details = json!({ "free_bytes": free, "needed_bytes": needed });
        Err(Problem::new(ErrorCode::DiskFull).with(details).said(
            &format!(
                "Chưa thêm được ảnh vì bộ nhớ máy không đủ chỗ: cần {needed_mb} MB trống, còn {free_mb} MB. Ảnh chưa được lưu \
                 trong An Cư; dữ liệu đã lưu vẫn an toàn. Hãy xóa bớt tệp ngoài An Cư rồi thêm lại ảnh."
            ),
            &format!(
                "The photo was not added, because there is too little room: {needed_mb} MB free are needed, {free_mb} MB are. \
                 The photo is not in An Cư yet; what was saved is safe. Delete files of other apps, then add the photo again."
            ),
        ))
    }
}

impl Engine {
    /// Adds a photo's file at an item. The picture is worked on without the store's lock. `from_camera`: it was taken just now.
    pub fn photo_add(
        &self,
        inspection: DocumentId,
        item: &str,
        file: &[u8],
        from_camera: bool,
    ) -> Result<Answered, Problem> {
        let circumstances = self.work(|open| {
            open.known_item(inspection, item)?;
            let position = open.inspection_view(inspection)?.position;
            let author = open.me.person_name.clone();
            Ok(Circumstances { now: open.now(), author, from_camera, position })
        })?;
        let reduced = photos::reduce(file, &circumstances)?;
        self.write(|open| {
            open.room_for(&reduced)?;
            open.photo_add(inspection, item, &reduced)
        })
    }

    /// Adds a photo's file as evidence that a finding is remedied.
    pub fn finding_photo(&self, inspection: DocumentId, item: &str, file: &[u8]) -> Result<PhotoView, Problem> {
        let circumstances = self.work(|open| {
            open.finding_view(inspection, item)?;
            let author = open.me.person_name.clone();
            Ok(Circumstances { now: open.now(), author, from_camera: false, position: None })
        })?;
        let reduced = photos::reduce(file, &circumstances)?;
        self.write(|open| {
            open.room_for(&reduced)?;
            open.finding_photo(inspection, item, &reduced)
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
