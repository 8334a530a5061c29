//! Entries in an inspection: answers, findings, photos, the position. Each is a durable journal row before the call returns.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::marks::{self, Mark};
use ancu_shared::record::measured::Measured;
use ancu_shared::record::promise::latest_day;
use ancu_shared::record::register::{
    Answer, FindingDetail, ItemAnswer, PhotoDetail, Position, PositionSource, Register as _, Severity, ThreadMessage,
    Verdict,
};
use ancu_shared::record::value::Scalar;
use ancu_shared::template::check;
use ancu_shared::template::fill::FormState;
use ancu_shared::view::build::{WHOLE_RECORD, reply_key};
use ancu_shared::view::{GroupProgress, InspectionView, ItemView, Progress, Statement};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{header, tidy};
use crate::engine::Open;
use crate::fault::Outcome;
use crate::photos::Reduced;
use crate::store::drafts::{self, NoteDraft};
use crate::store::{pictures, profile};

/// The longest note, in characters.
const MAX_NOTE_CHARS: usize = 2_000;

/// What is said to who would draw on a photo of somebody else.
const FOREIGN_PHOTO: (&str, &str) = (
    "Chỉ người chụp mới vẽ được lên ảnh này. Hãy chụp một ảnh khác và vẽ lên đó.",
    "Only who took this photo draws on it. Take another photo and draw on that.",
);
/// What is said of a photo that a seal covers.
const SIGNED_PHOTO: (&str, &str) = (
    "Ảnh này thuộc phần đã ký và khóa nên giữ nguyên. Nếu ảnh sai, hãy ghi rõ trong ghi chú của biên bản bổ sung và thêm ảnh \
     đúng.",
    "This photo is part of what was signed and stays as it is. If it is wrong, say so in the note of the supplement and add the right one.",
);

/// What an entry changed, for the screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Answered {
    /// The item as it is now.
    pub item: ItemView,
    /// Progress by section.
    pub groups: Vec<GroupProgress>,
    /// Progress of the whole.
    pub progress: Progress,
    /// What the template's rules say now; `None` if it has none.
    #[serde(default)]
    pub form: Option<FormState>,
    /// Whether nothing was written, because a colleague's newer note stands: the words wait as a draft.
    #[serde(default)]
    pub kept: bool,
}

/// How a number was found, as whoever answers says it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Measuring {
    /// Not said: what stands beside the same number stays.
    #[default]
    Unsaid,
    /// This; `None`: nothing is known of it.
    Said(Option<Measured>),
}

impl Open {
    /// Answers an item, or takes the answer back. Where its note was begun `over` another one than a colleague's that stands by
    /// now, nothing is written: the note is kept as a draft.
    pub(crate) fn answer_over(
        &mut self,
        inspection: DocumentId,
        code: &str,
        answer: Option<Answer>,
        measuring: Measuring,
        note: &str,
        over: Option<&str>,
    ) -> Outcome<Answered> {
        let Some(over) = over else { return self.answer(inspection, code, answer, measuring, note) };
        let words = tidy("note", note, MAX_NOTE_CHARS)?;
        let view = self.inspection_view(inspection)?;
        let standing = view.items.iter().find(|item| item.code == code).and_then(|item| item.statements.first());
        let waits = drafts::of(&self.store.main, view.summary.id)?.iter().any(|draft| draft.item == code);
        let newer = standing.is_some_and(|said| {
            let theirs = said.by.person.is_some_and(|person| person != self.person());
            // A verdict of one's own leaves a colleague's words, under one's own name: the draft waits all the same.
            let chosen = !waits && (!theirs || said.note == over.trim());
            !said.note.is_empty() && said.note != words && !chosen
        });
        if !newer {
            return self.answer(inspection, code, answer, measuring, note);
        }
        let draft = NoteDraft { item: code.to_owned(), words, at: self.now() };
        drafts::keep(&self.store.main, view.summary.id, &draft)?;
        Ok(Answered { kept: true, ..self.answered(inspection, code)? })
    }

    /// The notes of an inspection that wait for their writer's choice.
    pub(crate) fn note_drafts(&self, inspection: DocumentId) -> Outcome<Vec<NoteDraft>> {
        let root = self.inspection_root(inspection)?;
        drafts::of(&self.store.main, root.id)
    }

    /// Gives a draft up; gives those that are left.
    pub(crate) fn note_draft_drop(&mut self, inspection: DocumentId, code: &str) -> Outcome<Vec<NoteDraft>> {
        let root = self.inspection_root(inspection)?;
        drafts::drop(&self.store.main, root.id, code, None)?;
        drafts::of(&self.store.main, root.id)
    }

    /// Answers an item, or takes the answer back.
    pub(crate) fn answer(
        &mut self,
        inspection: DocumentId,
        code: &str,
        answer: Option<Answer>,
        measuring: Measuring,
        note: &str,
    ) -> Outcome<Answered> {
        let root = self.inspection_root(inspection)?;
        let template = self.inspection_template(&root)?;
        let item = template.asked(code)?;
        let answer = answer.map(|answer| match answer {
            Answer::Text(text) => Ok(Answer::Text(tidy(code, &text, check::MAX_TEXT_CHARS)?)),
            other => Ok::<_, Problem>(other),
        });
        let answer = answer.transpose()?;
        if let Some(answer) = &answer {
            check::check_answer(item, answer)?;
        }
        let note = tidy("note", note, MAX_NOTE_CHARS)?;
        let measured = match measuring {
            Measuring::Said(measured) => {
                measured.map(|measured| measured.checked(item, answer.as_ref())).transpose()?
            }
            Measuring::Unsaid => self.found_before(inspection, code, answer.as_ref())?,
        };
        let statement = ItemAnswer {
            measured,
            running: self.running(),
            ..ItemAnswer::new(answer, note, self.now(), self.person())
        };
        self.atomically(|open| {
            let record = open.writable(inspection)?;
            // What waited as a draft is written.
            drafts::drop(&open.store.main, root.id, code, Some(&statement.note))?;
            open.enter(&record, &[(Key::Item(code.to_owned()), statement.to_scalar())])
        })?;
        self.answered(inspection, code)
    }

    /// How the number was found that stands at an item, if it is this one.
    fn found_before(
        &mut self,
        inspection: DocumentId,
        code: &str,
        answer: Option<&Answer>,
    ) -> Outcome<Option<Measured>> {
        if !matches!(answer, Some(Answer::Number(_))) {
            return Ok(None);
        }
        let view = self.inspection_view(inspection)?;
        let standing = view.items.into_iter().find(|item| item.code == code);
        let same = standing.into_iter().flat_map(|item| item.statements).find(|said| said.answer.as_ref() == answer);
        Ok(same.and_then(|said| said.measured))
    }

    /// Replies to a reviewer's words at an item (`_`: on the whole record) where what was found stays as it is; without words
    /// the reply is taken back.
    pub(crate) fn reply(&mut self, inspection: DocumentId, code: &str, words: &str) -> Outcome<InspectionView> {
        let view = self.inspection_view(inspection)?;
        let asked = match code {
            WHOLE_RECORD => !view.decisions.is_empty(),
            _ => view.items.iter().any(|item| item.code == code && !item.comments.is_empty()),
        };
        if !asked {
            let problem = Problem::new(ErrorCode::NotFound).at(code).said(
                "Người duyệt chưa có ý kiến nào ở đây để trả lời. Hãy xem các ý kiến trong biên bản.",
                "The reviewer has said nothing here that could be replied to. Look at the words in the record.",
            );
            return Err(problem.into());
        }
        let words = tidy("words", words, MAX_NOTE_CHARS)?;
        let reply = if words.is_empty() {
            Scalar::Null
        } else {
            ThreadMessage { words, at: self.now(), by: self.person() }.to_scalar()
        };
        self.atomically(|open| {
            let record = open.writable(inspection)?;
            open.enter(&record, &[(reply_key(code, open.person()), reply)])
        })?;
        self.inspection_view(inspection)
    }

    /// Writes what follows from a failed check.
    pub(crate) fn finding(
        &mut self,
        inspection: DocumentId,
        code: &str,
        severity: Severity,
        remedy: &str,
        deadline: Option<Date>,
    ) -> Outcome<Answered> {
        self.known_item(inspection, code)?;
        self.goes_on(&self.inspection_root(inspection)?)?;
        let remedy = tidy("remedy", remedy, MAX_NOTE_CHARS)?;
        if remedy.is_empty() {
            return Err(Problem::field("remedy", "Hãy viết biện pháp khắc phục.", "Write what must be done.").into());
        }
        if let Some(deadline) = deadline {
            self.check_deadline(inspection, deadline)?;
        }
        self.check_failed(inspection, code)?;
        let detail = FindingDetail { severity, remedy, deadline, at: self.now(), by: self.person(), origin: None };
        self.atomically(|open| {
            let record = open.writable(inspection)?;
            open.enter(&record, &[(Key::Finding(code.to_owned(), "detail".to_owned()), detail.to_scalar())])
        })?;
        self.answered(inspection, code)
    }

    /// Refuses a finding where no check failed: it would be shown nowhere.
    fn check_failed(&mut self, inspection: DocumentId, code: &str) -> Outcome<()> {
        let root = self.inspection_root(inspection)?;
        let template = self.inspection_template(&root)?;
        let view = self.inspection_view(inspection)?;
        let failures = check::failures(&template, &view.items, view.form.as_ref());
        let fails = |said: &Statement| said.answer == Some(Answer::Verdict(Verdict::Fail));
        // Of two answers that clash, one may be the other officer's.
        let said = view.items.iter().find(|item| item.code == code);
        if failures.iter().any(|(failed, _)| failed == code) || said.is_some_and(|it| it.statements.iter().any(fails)) {
            return Ok(());
        }
        Err(Problem::field(
            "item",
            "Chỉ ghi tồn tại ở mục không đạt. Hãy trả lời mục này là không đạt trước, rồi ghi tồn tại.",
            "A finding stands at a failed check only. Answer this question with a fail first, then write the finding.",
        )
        .into())
    }

    /// Refuses a deadline that nobody can meet: one before the day of the inspection.
    fn check_deadline(&mut self, inspection: DocumentId, deadline: Date) -> Outcome<()> {
        // Where clocks differ, the earliest day counts: a wrong clock refuses nothing that can be met.
        let offset = profile::marks(&self.store.main)?.clock_offset_millis.unwrap_or(0);
        let started_at = self.inspection_view(inspection)?.summary.begun();
        let days =
            [started_at, self.now(), self.now().plus_millis(offset)].map(ancu_shared::clock::UtcMillis::hanoi_date);
        match days.into_iter().min().filter(|day| deadline < *day) {
            None => self.check_term("deadline", deadline, started_at.hanoi_date()),
            Some(day) => {
                let day = day.strftime("%d/%m/%Y");
                Err(Problem::field(
                    "deadline",
                    &format!("Hạn khắc phục trước ngày kiểm tra ({day}) thì không làm kịp. Hãy chọn ngày khác."),
                    &format!("A deadline before the day of the inspection ({day}) cannot be met. Choose another day."),
                )
                .into())
            }
        }
    }

    /// Refuses a day that lies too far ahead of a day and of today. Where clocks differ, the latest day counts.
    pub(crate) fn check_term(&self, field: &str, day: Date, from: Date) -> Outcome<()> {
        let today = self.today().max(self.context.clock.hanoi_date());
        let latest = latest_day(from.max(today));
        if day <= latest {
            return Ok(());
        }
        let latest = latest.strftime("%d/%m/%Y");
        Err(Problem::field(
            field,
            &format!("Ngày này quá xa. Hãy chọn một ngày không sau {latest}."),
            &format!("The day lies too far ahead. Choose one not after {latest}."),
        )
        .into())
    }

    /// Whether the template asks this; otherwise `item_unknown`.
    pub(crate) fn known_item(&mut self, inspection: DocumentId, code: &str) -> Outcome<()> {
        let root = self.inspection_root(inspection)?;
        let template = self.inspection_template(&root)?;
        template.asked(code)?;
        Ok(())
    }

    /// Adds a reduced photo at an item: the picture first, then the record that names it.
    pub(crate) fn photo_add(&mut self, inspection: DocumentId, code: &str, photo: &Reduced) -> Outcome<Answered> {
        let now = self.now();
        self.photo_fits(photo)?;
        // Refused before the picture is kept, if the record takes nothing.
        self.atomically(|open| open.writable(inspection).map(|_| ()))?;
        let detail = self.keep_photo(photo, now)?;
        self.atomically(|open| {
            let record = open.writable(inspection)?;
            pictures::note(&open.store.main, &photo.hash, record.id, code, detail.bytes, true, now)?;
            open.enter(&record, &[(Key::Photo(code.to_owned(), photo.hash), detail.to_scalar())])
        })?;
        self.answered(inspection, code)
    }

    /// Takes a photo away from the record; its bytes stay. One that is signed stays: it is evidence.
    pub(crate) fn photo_remove(&mut self, inspection: DocumentId, code: &str, hash: PhotoHash) -> Outcome<Answered> {
        let detail = self.photo_at(inspection, code, hash)?;
        let removed = PhotoDetail { removed: true, at: self.now(), by: self.person(), origin: None, ..detail };
        self.photo_say(inspection, code, &removed)?;
        self.answered(inspection, code)
    }

    /// Draws on a photo, in place of what was drawn on it; its bytes stay as they are. Only who took it draws on it, so that it
    /// stays theirs.
    pub(crate) fn photo_mark(
        &mut self,
        inspection: DocumentId,
        code: &str,
        hash: PhotoHash,
        drawn: Vec<Mark>,
    ) -> Outcome<Answered> {
        let detail = self.photo_at(inspection, code, hash)?;
        if detail.by != self.person() {
            let (vi, en) = FOREIGN_PHOTO;
            return Err(Problem::new(ErrorCode::Forbidden).at("hash").said(vi, en).into());
        }
        let marked = PhotoDetail { marks: marks::tidy(drawn)?, origin: None, ..detail.clone() };
        if marked.marks != detail.marks {
            self.photo_say(inspection, code, &marked)?;
        }
        self.answered(inspection, code)
    }

    fn photo_at(&mut self, inspection: DocumentId, code: &str, hash: PhotoHash) -> Outcome<PhotoDetail> {
        let view = self.inspection_view(inspection)?;
        let at = view.items.iter().find(|item| item.code == code);
        let photo = at.and_then(|item| item.photos.iter().find(|photo| photo.detail.hash == hash));
        Ok(photo.map(|photo| photo.detail.clone()).ok_or(ErrorCode::NotFound)?)
    }

    /// Says something else of a photo that no signature covers.
    fn photo_say(&mut self, inspection: DocumentId, code: &str, detail: &PhotoDetail) -> Outcome<()> {
        self.atomically(|open| {
            let record = open.writable(inspection)?;
            let key = Key::Photo(code.to_owned(), detail.hash);
            let named = key.to_string();
            if record.parent.is_some() && !open.cells_now(record.id)?.iter().any(|cell| cell.key == named) {
                let (vi, en) = SIGNED_PHOTO;
                return Err(Problem::new(ErrorCode::RecordSealed).at("hash").said(vi, en).into());
            }
            open.enter(&record, &[(key, detail.to_scalar())])
        })
    }

    /// Notes where the inspection is made.
    pub(crate) fn position_set(&mut self, inspection: DocumentId, position: &Position) -> Outcome<InspectionView> {
        let puts = position_puts(position)?;
        self.atomically(|open| {
            let record = open.writable(inspection)?;
            open.enter(&record, &puts)
        })?;
        self.inspection_view(inspection)
    }

    /// Folds the journal of an inspection and its open supplement: the officer left a section.
    pub(crate) fn section_leave(&mut self, inspection: DocumentId) -> Outcome<()> {
        let root = self.inspection_root(inspection)?;
        let children =
            crate::store::changes::children(&self.store.main, root.id, ancu_shared::record::RecordKind::Inspection)?;
        self.atomically(|open| {
            for record in std::iter::once(&root).chain(&children) {
                open.fold(record)?;
            }
            Ok(())
        })
    }
}

/// A position as header fields.
pub(crate) fn position_puts(position: &Position) -> Result<Vec<(Key, Scalar)>, Problem> {
    let sane = (-90.0..=90.0).contains(&position.latitude)
        && (-180.0..=180.0).contains(&position.longitude)
        && position.accuracy_m.is_none_or(|metres| metres.is_finite() && metres >= 0.0);
    if !sane {
        return Err(Problem::field(
            "position",
            "Tọa độ không hợp lệ: vĩ độ từ -90 đến 90, kinh độ từ -180 đến 180, sai số từ 0 mét. Hãy lấy lại vị trí hoặc \
             nhập lại.",
            "The position is not valid: latitude from -90 to 90, longitude from -180 to 180, accuracy from 0 metres. Take \
             it again or enter it anew.",
        ));
    }
    let source = match position.source {
        PositionSource::Device => "device",
        PositionSource::Photo => "photo",
        PositionSource::Manual => "manual",
    };
    Ok(vec![
        header(field::LATITUDE, position.latitude),
        header(field::LONGITUDE, position.longitude),
        header(field::ACCURACY_M, position.accuracy_m.map_or(Scalar::Null, Scalar::Number)),
        header(field::POSITION_SOURCE, source),
    ])
}
