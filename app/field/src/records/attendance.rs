//! Who attended an inspection, their signatures drawn by hand, and the conclusion.
//!
//! Invariant: a hand names the content that it was drawn on as it stands here at that moment, journal and all: what is changed
//! afterwards keeps the record from being sealed until it is drawn anew or taken away.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::record::attendance::{
    Attendee, AttendeeRole, BOX_HEIGHT, BOX_WIDTH, Conclusion, ConclusionStatement, Hand, MAX_NAME_CHARS,
    MAX_WORDS_CHARS, MOST_ATTENDEES, MOST_POINTS, MOST_STROKES, Unsigned, content_hash,
};
use ancu_shared::record::register::Register as _;
use ancu_shared::record::value::Scalar;
use ancu_shared::view::{AttendeeView, InspectionView};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{line, tidy};
use crate::engine::Open;
use crate::fault::Outcome;

/// A signature as a screen gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Drawn {
    /// Each stroke as x, y, x, y, …: units of a box 900 wide and 450 high, from its upper left.
    pub strokes: Vec<Vec<u16>>,
    /// When each stroke began, in milliseconds after the first.
    pub times: Vec<u32>,
}

/// What is noted of somebody who attends.
#[derive(Debug, Clone)]
pub(crate) struct Attending {
    pub(crate) role: AttendeeRole,
    pub(crate) name: String,
    pub(crate) position: String,
    pub(crate) words: String,
    pub(crate) drawn: Option<Drawn>,
    pub(crate) unsigned: Option<Unsigned>,
}

impl Open {
    /// Notes somebody who attended, with their signature or why there is none; `attendee`: whose note it replaces. A signature
    /// that was drawn before stays where nothing is drawn now and nothing else changes.
    pub(crate) fn attend(
        &mut self,
        inspection: DocumentId,
        attendee: Option<Uuid>,
        said: Attending,
    ) -> Outcome<InspectionView> {
        let view = self.inspection_view(inspection)?;
        let known = attendee.map(|id| view.attendance.iter().find(|it| it.id == id && it.open).ok_or_else(nobody));
        let known = known.transpose()?;
        if known.is_none() && view.attendance.iter().filter(|it| it.open).count() >= MOST_ATTENDEES {
            let (vi, en) = (
                format!("Một biên bản ghi tối đa {MOST_ATTENDEES} người."),
                format!("A record names {MOST_ATTENDEES} people at most."),
            );
            return Err(Problem::field("attendee", &vi, &en).into());
        }
        let name = line("name", &said.name, MAX_NAME_CHARS)?;
        let position = line("position", &said.position, MAX_NAME_CHARS)?;
        let words = tidy("words", &said.words, MAX_WORDS_CHARS)?;
        // Another person's, or under other words: it is not theirs any more.
        let same = |it: &&AttendeeView| (&it.name, &it.position, &it.words) == (&name, &position, &words);
        let kept = known.filter(|it| it.role == said.role && said.unsigned.is_none()).filter(same);
        let kept = kept.and_then(|it| it.hand.clone());
        let (role, unsigned) = (said.role, said.unsigned);
        let id = attendee.unwrap_or_else(|| self.new_id().0);
        self.atomically(|open| {
            let record = open.writable(inspection)?;
            let (at, by) = (open.now(), open.person());
            let mut attendee = Attendee { role, name, position, words, hand: kept, unsigned, at, by };
            if let Some(Drawn { strokes, times }) = said.drawn {
                let on = attendee.hash_on(&content_hash(&open.cells_now(record.id)?));
                attendee.hand = Some(Hand { strokes, times, on });
            }
            if let Some(member) = attendee.lacking() {
                return Err(lacking(member).into());
            }
            open.enter(&record, &[(Attendee::key(id), attendee.to_scalar())])
        })?;
        self.inspection_view(inspection)
    }

    /// Takes somebody away again who was noted; once more changes nothing.
    pub(crate) fn attend_remove(&mut self, inspection: DocumentId, attendee: Uuid) -> Outcome<InspectionView> {
        let view = self.inspection_view(inspection)?;
        if view.attendance.iter().any(|it| it.id == attendee && !it.open) {
            return Err(Problem::new(ErrorCode::RecordSealed).at("attendee").into());
        }
        if view.attendance.iter().any(|it| it.id == attendee) {
            self.atomically(|open| {
                let record = open.writable(inspection)?;
                open.enter(&record, &[(Attendee::key(attendee), Scalar::Null)])
            })?;
        }
        self.inspection_view(inspection)
    }

    /// Says what the inspection comes to, or takes that back.
    pub(crate) fn conclude(
        &mut self,
        inspection: DocumentId,
        conclusion: Option<Conclusion>,
        words: &str,
    ) -> Outcome<InspectionView> {
        let words = tidy("words", words, MAX_WORDS_CHARS)?;
        let view = self.inspection_view(inspection)?;
        let standing = view.conclusion.as_ref().filter(|it| it.unsigned);
        if standing.map(|it| (Some(it.conclusion), it.words.as_str())) == Some((conclusion, words.as_str())) {
            // Said again, a hand that is on it would be on something else.
            return Ok(view);
        }
        self.atomically(|open| {
            let record = open.writable(inspection)?;
            let (at, by) = (open.now(), open.person());
            let said = conclusion.map(|conclusion| ConclusionStatement { conclusion, words, at, by }.to_scalar());
            open.enter(&record, &[(ConclusionStatement::key(), said.unwrap_or(Scalar::Null))])
        })?;
        self.inspection_view(inspection)
    }
}

/// Whether somebody's hand is on what was changed since.
pub(super) fn drawn_before(view: &InspectionView) -> bool {
    view.attendance.iter().any(|it| it.open && it.hand.is_some() && !it.covers)
}

fn nobody() -> Problem {
    Problem::new(ErrorCode::NotFound).at("attendee").said(
        "Không có người này trong phần biên bản đang lập. Hãy mở lại biên bản để xem.",
        "Nobody of that name is in the part of the record that is being made. Open the record again to see.",
    )
}

fn lacking(member: &'static str) -> Problem {
    let (vi, en) = match member {
        "name" => ("Hãy ghi họ và tên.".to_owned(), "Write the full name.".to_owned()),
        "words" => ("Hãy ghi lý do không ký.".to_owned(), "Write why they do not sign.".to_owned()),
        "unsigned" => (
            "Đã ký thì không ghi lý do không ký. Hãy bỏ một trong hai.".to_owned(),
            "Who signed has no reason for not signing. Take one of the two away.".to_owned(),
        ),
        _ => (
            format!(
                "Chữ ký chưa đọc được: cần ít nhất một nét, tối đa {MOST_STROKES} nét và {MOST_POINTS} điểm, trong khung {BOX_WIDTH} × {BOX_HEIGHT}. Hãy ký lại."
            ),
            format!(
                "The signature cannot be read: at least one stroke, at most {MOST_STROKES} strokes and {MOST_POINTS} points, within {BOX_WIDTH} × {BOX_HEIGHT}. Draw it again."
            ),
        ),
    };
    Problem::field(member, &vi, &en)
}
