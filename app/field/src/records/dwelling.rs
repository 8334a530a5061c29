//! Homes: declared by their head, confirmed by an officer, invited at the door.
//!
//! Invariants: home and people are two records, so that access to the people's can be cut; the head writes both, an officer
//! writes only a review of the home. What is declared stays in the journal of the head's device until it is submitted:
//! before that the records say that they were begun and nothing else, so that nobody is sent what its head has not decided
//! to tell, not even in a history. The price: a device that is lost before takes the unsubmitted words with it.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::link::EnrolLink;
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{field, state as states};
use ancu_shared::record::fields::{self, Form};
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{Decision, DecisionStatement, Declared, Register as _};
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::wire::{EnrolGrant, Home, Invitation, SignedInvitation};
use ancu_shared::view::build::{self, DwellingParts, Live};
use ancu_shared::view::remark;
use ancu_shared::view::{Declaration, DeclarationState, DwellingView};
use serde::{Deserialize, Serialize};

use super::{header, line, state, tidy};
use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::store::changes::{self, Record};
use crate::store::{index, outbox, profile};

/// How long an invitation may be used, in milliseconds.
const INVITATION_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// An invitation, ready to be shown at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Invited {
    /// The link.
    pub link: String,
    /// The link as a QR code, SVG.
    pub qr_svg: String,
    /// Until when it may be used.
    pub expires_at: UtcMillis,
}

impl Open {
    pub(crate) fn dwelling_view(&mut self, record: &Record) -> Outcome<DwellingView> {
        let cells = self.cells_now(record.id)?;
        let people = changes::children(&self.store.main, record.id, RecordKind::Residents)?.into_iter().next();
        let residents = people.map(|people| Ok::<_, Fault>((people.id, self.cells_now(people.id)?))).transpose()?;
        let review = self.cells_now(build::review_id(record.id))?;
        let mut unsent = outbox::is_unsent(&self.store.main, record.id)?;
        if let Some((id, _)) = &residents {
            unsent = unsent || outbox::is_unsent(&self.store.main, *id)?;
        }
        // A head's device does not hold the premises' record: there the declaration is judged by itself.
        let facility = Live::of(&cells).document(field::FACILITY);
        let premises = facility.map(|facility| self.cells_now(facility)).transpose()?.unwrap_or_default();
        let parts = DwellingParts {
            id: record.id,
            cells: &cells,
            residents: residents.as_ref().map(|(id, cells)| (*id, cells.as_slice())),
            review: (!review.is_empty()).then_some(review.as_slice()),
            premises: (!premises.is_empty()).then_some(premises.as_slice()),
            own: self.context.home.is_some(),
            unsent,
        };
        Ok(build::dwelling(&parts, &self.people))
    }

    /// What a declaration says on this device, for a decision to name.
    fn declared(&mut self, record: &Record) -> Outcome<Declared> {
        let home = self.cells_now(record.id)?;
        let people = changes::children(&self.store.main, record.id, RecordKind::Residents)?.into_iter().next();
        let people = people.map(|people| self.cells_now(people.id)).transpose()?;
        Ok(build::declared(&home, people.as_deref()))
    }

    /// Declarations that wait for an officer, by the premises' rows: what was confirmed long ago is not looked at.
    pub(crate) fn declarations_waiting(&mut self) -> Outcome<Vec<DwellingView>> {
        let mut records = changes::homeless(&self.store.main)?;
        for facility in index::declared(&self.store.main)? {
            records.extend(changes::of_facility(&self.store.main, facility, RecordKind::Dwelling)?);
        }
        let mut waiting = Vec::new();
        for record in records {
            let view = self.dwelling_view(&record)?;
            if view.state == DeclarationState::Submitted {
                waiting.push(view);
            }
        }
        waiting.sort_by_key(|view| view.id);
        Ok(waiting)
    }

    fn home(&self) -> Outcome<Home> {
        Ok(self.context.home.clone().ok_or_else(|| {
            Problem::new(ErrorCode::Forbidden).said(
                "Chỉ chủ hộ khai được, trên máy đã đăng ký bằng lời mời của cán bộ. Cán bộ mời chủ hộ, và xác nhận \
                          bản khai sau khi chủ hộ gửi.",
                "Only the head of a household declares, on a device that was enrolled by an officer's invitation. An \
                          officer invites the head, and confirms the declaration once it is submitted.",
            )
        })?)
    }

    fn own_dwelling(&self) -> Outcome<Option<Record>> {
        Ok(changes::of_kind(&self.store.main, RecordKind::Dwelling)?.into_iter().next())
    }

    /// The head's declaration, if one was begun.
    pub(crate) fn declaration(&mut self) -> Outcome<Option<DwellingView>> {
        self.home()?;
        self.own_dwelling()?.map(|record| self.dwelling_view(&record)).transpose()
    }

    /// Saves the declaration as it stands: durable, not yet submitted.
    pub(crate) fn declaration_save(&mut self, declaration: &Declaration) -> Outcome<DwellingView> {
        let home = self.home()?;
        let (house, people) = declaration_puts(declaration)?;
        let dwelling = self.atomically(|open| {
            let dwelling = open.own_dwelling()?.map_or_else(|| open.begin_dwelling(&home), Ok)?;
            let residents = changes::children(&open.store.main, dwelling.id, RecordKind::Residents)?.into_iter().next();
            let residents = residents.map_or_else(|| open.begin_residents(&home, &dwelling), Ok)?;
            open.enter_new(&dwelling, &house)?;
            open.enter_new(&residents, &people)?;
            // Being mended, it is a draft again until it is submitted.
            open.enter_new(&dwelling, &[state(states::STATE, states::DRAFT)])?;
            Ok(dwelling)
        })?;
        self.dwelling_view(&dwelling)
    }

    /// Enters what differs from what is there.
    fn enter_new(&mut self, record: &Record, puts: &[(Key, Scalar)]) -> Outcome<()> {
        let cells = self.cells_now(record.id)?;
        let live = Live::of(&cells);
        let new: Vec<_> = puts
            .iter()
            .filter(|(key, value)| match live.winner(&key.to_string()) {
                Some(cell) => cell.value != *value,
                None => !value.is_tombstone(),
            })
            .cloned()
            .collect();
        self.enter(record, &new)
    }

    fn begin_dwelling(&mut self, home: &Home) -> Outcome<Record> {
        let id = self.new_id();
        let puts = vec![
            header(field::FACILITY, home.facility.to_string()),
            header(field::STARTED_AT, self.now().0),
            state(states::STATE, states::DRAFT),
        ];
        self.begin(id, RecordKind::Dwelling, home.unit, puts)
    }

    fn begin_residents(&mut self, home: &Home, dwelling: &Record) -> Outcome<Record> {
        let id = self.new_id();
        let puts = vec![
            header(field::DWELLING, dwelling.id.to_string()),
            header(field::FACILITY, home.facility.to_string()),
            header(field::STARTED_AT, self.now().0),
        ];
        self.begin(id, RecordKind::Residents, home.unit, puts)
    }

    /// Submits the declaration.
    pub(crate) fn declaration_submit(&mut self) -> Outcome<DwellingView> {
        self.home()?;
        let Some(dwelling) = self.own_dwelling()? else {
            let mut nothing = Problem::new(ErrorCode::NotFound);
            "Chưa có bản khai nào được lưu trên máy này. Hãy khai và lưu trước, rồi gửi.".clone_into(&mut nothing.vi);
            "No declaration is saved on this device yet. Fill one in and save it, then submit."
                .clone_into(&mut nothing.en);
            return Err(nothing.into());
        };
        let view = self.dwelling_view(&dwelling)?;
        if view.state == DeclarationState::Submitted && !view.being_written {
            return Ok(view); // a second tap
        }
        let declared = view.declaration;
        let mut remarks = remark::lacking(&declared);
        remarks.extend(remark::declared(&declared, None));
        if let Some(wrong) = remark::first_impossible(&remarks) {
            return Err(Problem::field(&wrong.field, &wrong.words.vi, &wrong.words.en).into());
        }
        let people = changes::children(&self.store.main, dwelling.id, RecordKind::Residents)?;
        self.atomically(|open| {
            // One change each, with the last words only; the people's first, so that a home that counts as submitted has
            // them.
            for record in &people {
                open.fold(record)?;
            }
            let cells = changes::cells(&open.store.main, dwelling.id)?;
            if Live::of(&cells).state(states::STATE) == Some(states::SUBMITTED) {
                // To say the same again changes nothing in a document: who stands by what was returned submits it anew.
                open.enter(&dwelling, &[state(states::STATE, states::DRAFT)])?;
                open.fold(&dwelling)?;
            }
            open.enter(&dwelling, &[state(states::STATE, states::SUBMITTED)])?;
            open.fold(&dwelling)
        })?;
        self.dwelling_view(&dwelling)
    }

    /// An officer confirms a declaration, or asks for a correction.
    pub(crate) fn declaration_decide(
        &mut self,
        dwelling: DocumentId,
        decision: Decision,
        words: &str,
    ) -> Outcome<DwellingView> {
        let record = self.record(dwelling, RecordKind::Dwelling)?;
        let may = self.context.posts.iter().any(|post| post.role.may_review(RecordKind::Dwelling));
        if !may {
            return Err(ErrorCode::Forbidden.into());
        }
        let words = tidy("words", words, 2_000)?;
        if decision == Decision::Returned && words.is_empty() {
            return Err(Problem::field("words", "Hãy viết cần sửa gì.", "Write what is to be corrected.").into());
        }
        let declared = self.dwelling_view(&record)?;
        // A second tap; other words are said, whoever confirmed it before.
        let said = declared.decided.as_ref().is_some_and(|it| words.is_empty() || it.words == words);
        if (declared.state, decision) == (DeclarationState::Verified, Decision::Approved) && said {
            return Ok(declared);
        }
        // By what the head wrote: one whose clock is behind submits again and still looks as if it were being mended.
        if Live::of(&self.cells_now(record.id)?).state(states::STATE) != Some(states::SUBMITTED) {
            return Err(not_waiting(declared.state).into());
        }
        // After what was declared, whatever this device's clock says: a decision counts for what was written before it.
        let declared_at = declared.by.at;
        let at = self.now().max(declared_at);
        let said = Some(self.declared(&record)?);
        let by = self.person();
        let (capacity, seen) = (None, None);
        let statement = DecisionStatement { decision, words, on: dwelling, at, by, capacity, seen, declared: said };
        let decided = (Key::State(states::DECISION.into()), statement.to_scalar());
        let id = build::review_id(dwelling);
        self.atomically(|open| {
            if let Some(review) = changes::find(&open.store.main, id)? {
                open.may_write(RecordKind::Review, review.unit)?;
                return open.write(&review, &[decided]);
            }
            let subject = header(field::SUBJECT, dwelling.to_string());
            let kind = header(field::SUBJECT_KIND, RecordKind::Dwelling.code());
            open.begin(id, RecordKind::Review, record.unit, vec![subject, kind, decided]).map(|_| ())
        })?;
        self.dwelling_view(&record)
    }

    /// Invites the head of a home in these premises. Needs no network.
    pub(crate) fn invite(&mut self, facility: DocumentId) -> Outcome<Invited> {
        let record = self.record(facility, RecordKind::Facility)?;
        self.may_write(RecordKind::Facility, record.unit)?;
        let cells = self.cells_now(facility)?;
        let live = Live::of(&cells);
        let place: Vec<_> = [live.text(field::NAME), live.text(field::ADDRESS)].into_iter().flatten().collect();
        let offset = profile::marks(&self.store.main)?.clock_offset_millis.unwrap_or(0);
        let expires_at = self.now().plus_millis(offset).plus_millis(INVITATION_MILLIS);
        let invitation = Invitation {
            nonce: self.random_bytes(),
            facility,
            unit: record.unit,
            place: place.join(", "),
            expires_at,
            author: self.me.key,
        };
        let grant = EnrolGrant::Invitation { invitation: SignedInvitation::issue(&invitation, &self.secret) };
        let link = EnrolLink {
            server: self.identity.server.clone(),
            fingerprint: self.identity.fingerprint,
            grant,
            citizen: true,
        };
        let link = link.to_text();
        Ok(Invited { qr_svg: qr_svg(&link)?, link, expires_at })
    }
}

/// Why nothing can be decided on a declaration that does not wait for an officer.
fn not_waiting(state: DeclarationState) -> Problem {
    let mut problem = Problem::new(ErrorCode::Conflict).with(serde_json::json!({ "state": state }));
    let (vi, en) = match state {
        DeclarationState::Draft => (
            "Chủ hộ chưa gửi bản khai này. Hãy đợi chủ hộ gửi rồi trao đổi dữ liệu.",
            "The head of the home has not submitted this declaration. Wait for it, then exchange.",
        ),
        DeclarationState::NeedsFix => (
            "Bản khai này đã được trả lại để sửa. Hãy đợi chủ hộ gửi lại.",
            "This declaration was returned for a correction. Wait until its head submits it again.",
        ),
        DeclarationState::Verified => ("Bản khai này đã được xác nhận.", "This declaration is confirmed already."),
        // It waits: whoever asks may decide.
        DeclarationState::Submitted => return problem,
    };
    vi.clone_into(&mut problem.vi);
    en.clone_into(&mut problem.en);
    problem
}

/// A text as a QR code, SVG, dark on white.
pub(crate) fn qr_svg(text: &str) -> Outcome<String> {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::L)
        .map_err(|error| Fault::Broken(format!("QR code: {error}")))?;
    Ok(code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(240, 240).build())
}

type Puts = Vec<(Key, Scalar)>;

/// What a declaration says, as values of the home's record and of the people's.
fn declaration_puts(declaration: &Declaration) -> Result<(Puts, Puts), Problem> {
    let text = |kind: RecordKind, name: &'static str, text: &str| -> Result<(Key, Scalar), Problem> {
        let text = match fields::header(kind, name) {
            Some(Form::Lines(most)) => tidy(name, text, most)?,
            Some(Form::Line(most)) => line(name, text, most)?,
            _ => text.trim().to_owned(),
        };
        Ok(header(name, if text.is_empty() { Scalar::Null } else { Scalar::Text(text) }))
    };
    let count =
        |name: &'static str, count: Option<u32>| header(name, count.map_or(Scalar::Null, |it| i64::from(it).into()));
    let home = |name, said: &str| text(RecordKind::Dwelling, name, said);
    let of_people = |name, said: &str| text(RecordKind::Residents, name, said);
    let house = vec![
        home(field::ADDRESS, &declaration.address)?,
        home(field::APARTMENT_CODE, &declaration.apartment_code)?,
        home(field::HOUSE_TEMPLATE, declaration.house_template.as_deref().unwrap_or_default())?,
        count(field::STOREYS, declaration.storeys),
        count(field::APARTMENTS, declaration.apartments),
        home(field::EXITS, &declaration.exits)?,
    ];
    let people = vec![
        of_people(field::HEAD_NAME, &declaration.head_name)?,
        of_people(field::HEAD_PHONE, &declaration.head_phone)?,
        count(field::RESIDENTS, declaration.residents),
        count(field::ELDERLY, declaration.elderly),
        count(field::CHILDREN_UNDER_6, declaration.children_under_6),
        count(field::NEED_HELP, declaration.need_help),
        of_people(field::HELP_NOTE, &declaration.help_note)?,
    ];
    for (kind, puts) in [(RecordKind::Dwelling, &house), (RecordKind::Residents, &people)] {
        for (key, value) in puts {
            fields::can_be_kept(kind, &key.to_string(), value)?;
        }
    }
    Ok((house, people))
}
