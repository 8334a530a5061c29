//! Quarantine: what was refused, and a supervisor's word on it.
//!
//! Invariants: a release forgives right, ownership and seal, never form or position; what cannot be admitted even then stays.
//! What a held envelope says is business like the record that it is about: it is read and let in by those who look after that
//! unit's records. An administrator sees that something is held, of whom and since when, and nothing of what it says. What can
//! never be let in is set aside ([`aside`]): that lets nothing in.

mod aside;
pub mod misdated;
mod said;

use std::collections::BTreeSet;
use std::sync::Arc;

use ancu_shared::clock::UtcMillis;
use ancu_shared::envelope::MAX_ENVELOPE_BYTES;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DeviceId, DocumentId, EnvelopeId, PhotoHash, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::role::Role;
use ancu_shared::sync::admission::Verdict;
use ancu_shared::sync::wire::Why;
use ancu_shared::unit::UnitDirectory;
use ancu_shared::view::build::late;
use ancu_shared::view::{InspectionState, Page, PhotoSize};
use serde::Serialize;
use serde_json::json;

use self::aside::Judged;
pub use self::aside::{Asidable, SetAside, set_aside, to_set_aside};
use self::said::{AboutRecord, RefusedPhoto, RefusedSaying, ReleaseEffect, Said};
use super::access::Caller;
use super::admission::Intake;
use super::console::page;
use super::{App, Outcome, Service, photos};
use crate::store::rows::{AuditEntry, HeldLoad, QuarantineRow, Slice};
use crate::store::{StoreError, Transaction};

/// How much is kept of what is too large to be an envelope.
const BEGINNING_BYTES: usize = 4 * 1024;

/// A refused envelope as people see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct QuarantineView {
    /// Names it in the list.
    pub id: i64,
    /// SHA-256 of what came.
    pub envelope: EnvelopeId,
    /// Of which record.
    pub document: Option<DocumentId>,
    /// What it claims to be.
    pub kind: Option<RecordKind>,
    /// Where it claims to belong.
    pub unit: Option<UnitId>,
    /// That unit's full name.
    pub unit_name: String,
    /// Who signed it, by name; `None` where nobody is known: of what cannot be read, or is not of whom it names.
    pub author_name: Option<String>,
    /// The device that brought it; `None` where an administrator did, in a courier's file.
    pub device_name: Option<String>,
    /// Whose that device is, by name.
    pub device_owner: Option<String>,
    /// Why, as a code.
    pub code: ErrorCode,
    /// The code's words in Vietnamese.
    pub title: &'static str,
    /// The code's words in English.
    pub title_en: &'static str,
    /// Why exactly, as a closed code; `None` where an older server refused it.
    pub cause: Option<String>,
    /// Why exactly, in Vietnamese: the place and the value by name. The code's words where an older server refused it.
    pub reason_vi: String,
    /// Why exactly, in English.
    pub reason: String,
    /// What the premises were called that it is about; empty where nobody knows.
    pub premises: String,
    /// What it says, the first 200 of it; empty where it cannot be read, or not by the caller (`release` = `withheld`).
    pub says: Vec<RefusedSaying>,
    /// How much more it says.
    pub says_more: u64,
    /// The photos that it adds and that may be looked at, at `/api/v1/quarantine/{id}/photos/{hash}`; the first of them.
    pub photos: Vec<RefusedPhoto>,
    /// How many more of these there are.
    pub photos_more: u64,
    /// How many it adds that cannot be looked at: they are not here, or its author never sent them.
    pub photos_absent: u64,
    /// The record that it is about, where it is here.
    pub about: Option<AboutRecord>,
    /// What letting it in would do.
    pub release: ReleaseEffect,
    /// When it came.
    pub received_at: UtcMillis,
    /// When it was settled: a supervisor let it in, its author's supplement carried it, or it was set aside.
    pub released_at: Option<UtcMillis>,
    /// The supplement that carried it.
    pub carried_by: Option<DocumentId>,
    /// What became of it in that supplement.
    pub carried: Option<Carried>,
    /// Whether it was set aside, and not let in.
    pub set_aside: bool,
    /// Whether the caller may set it aside, at `/api/v1/quarantine/{id}/set-aside`.
    pub may_set_aside: bool,
}

/// What becomes of held work in the supplement that carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Carried {
    /// Its author has not signed the supplement yet: it is no part of the record.
    Unsigned,
    /// Its author signed it.
    Signed,
    /// Its author gave it up.
    GivenUp,
}

/// What became of what a supplement carries.
fn carried(transaction: &dyn Transaction, supplement: DocumentId) -> Result<Carried, StoreError> {
    if transaction.document(supplement)?.is_some_and(|row| row.sealed) {
        return Ok(Carried::Signed);
    }
    let given_up = late::is_discarded(&transaction.cells(supplement)?);
    Ok(if given_up { Carried::GivenUp } else { Carried::Unsigned })
}

/// What the caller may have to do with quarantine.
struct Desk<'c> {
    caller: &'c Caller,
    /// The units whose records the caller reads, of every kind, and decides on.
    units: BTreeSet<UnitId>,
    /// Whether the caller also sees that something is held elsewhere.
    administers: bool,
    /// All units.
    directory: Arc<UnitDirectory>,
}

impl<'c> Desk<'c> {
    fn of(service: &Service, transaction: &dyn Transaction, caller: &'c Caller) -> Outcome<Self> {
        let directory = service.directory(transaction)?;
        let units = caller.units(&directory, |role| {
            role.may_review(RecordKind::Inspection) && RecordKind::ALL.into_iter().all(|kind| role.may_read(kind))
        });
        Ok(Self { caller, units, administers: caller.holds(&[Role::SysAdmin]), directory })
    }

    /// Whether the caller is told of a row at all.
    fn knows_of(&self, row: &QuarantineRow) -> bool {
        self.is_told_of(row.unit)
    }

    /// Whether the caller is told of what is filed under a unit, or under none.
    fn is_told_of(&self, unit: Option<UnitId>) -> bool {
        self.administers || unit.is_some_and(|unit| self.units.contains(&unit))
    }

    /// Whether the caller reads what a row says, and may let it in: its unit, and that of the record that it is about, which a
    /// forged one need not name, are the caller's.
    fn reads(&self, transaction: &dyn Transaction, row: &QuarantineRow) -> Result<bool, StoreError> {
        if !row.unit.is_some_and(|unit| self.units.contains(&unit)) {
            return Ok(false);
        }
        let record = row.document.map(|id| transaction.document(id)).transpose()?.flatten();
        Ok(record.is_none_or(|record| self.units.contains(&record.unit)))
    }
}

/// Refused envelopes, open ones first, newest first; those that a device brought, where one is named.
pub fn list(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    device: Option<DeviceId>,
    slice: Slice,
) -> Outcome<Page<QuarantineView>> {
    let desk = Desk::of(service, transaction, caller)?;
    let units: Option<Vec<UnitId>> = (!desk.administers).then(|| desk.units.iter().copied().collect());
    let (rows, total) = transaction.quarantine(units.as_deref(), device, slice)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(view(service, transaction, &desk, row)?);
    }
    Ok(page(items, total, slice))
}

fn view(
    service: &Service,
    transaction: &dyn Transaction,
    desk: &Desk<'_>,
    mut row: QuarantineRow,
) -> Result<QuarantineView, StoreError> {
    let reads = desk.reads(transaction, &row)?;
    let judged = if aside::concerns(desk, &row) {
        if row.body.is_empty() {
            // Rows of a list come without what came: a page of them at once would be large.
            row = transaction.quarantined(row.id)?.unwrap_or(row);
        }
        Some(Judged::of(service, transaction, &row)?)
    } else {
        None
    };
    let may_set_aside = judged.as_ref().is_some_and(|judged| aside::ground(desk, &row, judged).is_some());
    let said = match &judged {
        _ if row.set_aside && row.document.is_none() => Said::nothing(ReleaseEffect::Unreadable),
        Some(judged) if judged.checked.is_none() && row.released_at.is_none() => {
            Said::nothing(ReleaseEffect::Unreadable)
        }
        Some(judged) if reads => said::read(service, transaction, desk.caller, &row, judged)?,
        Some(judged) if judged.refusal.is_some() => Said::nothing(ReleaseEffect::Never),
        _ => Said::nothing(ReleaseEffect::Withheld),
    };
    let carried = row.carried_by.map(|supplement| carried(transaction, supplement)).transpose()?;
    if !reads {
        row = withheld(row);
    }
    let author = match &row.author {
        Some(key) => transaction.author(key)?,
        None => None,
    };
    let person = match author {
        Some(author) => transaction.person(author.person)?,
        None => None,
    };
    let device = match row.courier {
        Some(device) => transaction.device(device)?,
        None => None,
    };
    let owner = device.as_ref().map(|device| transaction.person(device.person)).transpose()?.flatten();
    let unit_name = row.unit.and_then(|unit| desk.directory.get(unit)).map(|unit| unit.full_name.clone());
    Ok(QuarantineView {
        id: row.id,
        envelope: row.envelope,
        document: row.document,
        kind: row.kind,
        unit: row.unit,
        unit_name: unit_name.unwrap_or_default(),
        author_name: person.map(|person| person.name),
        device_name: device.map(|device| device.name),
        device_owner: owner.map(|person| person.name),
        code: row.code,
        title: row.code.vi(),
        title_en: row.code.en(),
        cause: row.why.as_ref().map(|why| why.cause.clone()),
        reason_vi: row.why.map_or_else(|| row.code.vi().to_owned(), |why| why.vi),
        reason: row.reason,
        premises: row.premises,
        says: said.says,
        says_more: said.more,
        photos: said.photos,
        photos_more: said.photos_more,
        photos_absent: said.photos_absent,
        about: said.about,
        release: said.release,
        received_at: row.received_at,
        released_at: row.released_at,
        carried_by: row.carried_by,
        carried,
        set_aside: row.set_aside,
        may_set_aside,
    })
}

/// What a refused envelope is about, for whoever reads it: the kind of its record and what its premises were called.
pub fn about(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    envelope: &EnvelopeId,
) -> Outcome<Option<(Option<RecordKind>, String)>> {
    let desk = Desk::of(service, transaction, caller)?;
    let Some(row) = transaction.quarantined_as(envelope)? else { return Ok(None) };
    Ok(desk.reads(transaction, &row)?.then_some((row.kind, row.premises)))
}

/// A photo's picture that a refused envelope adds, for whoever reads the envelope. Anybody else is answered as if there were none.
pub async fn photo(app: &App, caller: Caller, id: i64, hash: PhotoHash, size: PhotoSize) -> Outcome<Option<Vec<u8>>> {
    let service = Arc::clone(app);
    let shown: Outcome<bool> = app
        .store
        .read(move |transaction| {
            let desk = Desk::of(&service, transaction, &caller)?;
            let Some(row) = transaction.quarantined(id)? else { return Ok(false) };
            Ok(desk.reads(transaction, &row)? && said::shows(&service, transaction, &caller, &row, &hash)?)
        })
        .await;
    if shown? { photos::picture(app, hash, size).await.map(Some) } else { Ok(None) }
}

/// A row without all that tells of a record: the exact reason names places and values.
fn withheld(row: QuarantineRow) -> QuarantineRow {
    let why = row.why.map(|why| Why { cause: why.cause, vi: row.code.vi().to_owned() });
    QuarantineRow {
        document: None,
        awaits: None,
        kind: None,
        reason: row.code.en().to_owned(),
        why,
        premises: String::new(),
        carried_by: None,
        body: Vec::new(),
        ..row
    }
}

/// What is kept of what came: all of it, or the beginning of what is too large to be an envelope. Its name is the SHA-256 of
/// the whole, and what is too large can never be let in.
pub fn kept(body: &[u8]) -> &[u8] {
    if body.len() > MAX_ENVELOPE_BYTES { &body[..BEGINNING_BYTES] } else { body }
}

/// Whether there is room for another refused envelope of so many bytes. What finds none stays on its device.
pub fn has_room(
    service: &Service,
    transaction: &dyn Transaction,
    courier: Option<DeviceId>,
    bytes: usize,
) -> Result<bool, StoreError> {
    let limits = &service.config.quarantine;
    let load = transaction.quarantine_load(courier)?;
    let fits = |held: HeldLoad, envelopes: u64, most: u64| {
        held.envelopes < envelopes && held.bytes.saturating_add(bytes as u64) <= most
    };
    let own = courier.is_none() || fits(load.courier, limits.device_envelopes, limits.device_bytes);
    let room = own && fits(load.all, limits.envelopes, limits.bytes);
    if !room {
        tracing::warn!(courier = courier.map(tracing::field::display), "quarantine is full: an envelope is not kept");
    }
    Ok(room)
}

/// Lets go of the bytes of envelopes that were settled long enough ago; their rows stay. How many.
pub async fn forget_settled(app: &App) -> Outcome<usize> {
    /// In one transaction, so that other writers get their turn.
    const BATCH: u64 = 200;
    let before = app.now().plus_millis(-i64::from(app.config.quarantine.released_days) * 86_400_000);
    let mut forgotten = 0;
    loop {
        let batch: Outcome<usize> =
            app.store.write(move |transaction| Ok(transaction.forget_settled(before, BATCH)?)).await;
        match batch? {
            0 => return Ok(forgotten),
            some => forgotten += some,
        }
    }
}

/// What is said of what would change an approved record.
const APPROVED: (&str, &str) = (
    "Không thể cho qua: biên bản đã được duyệt. Nội dung này chỉ vào được bằng một biên bản bổ sung của cán bộ, rồi biên bản \
     được duyệt lại.",
    "This cannot be released: the record is approved. What it says can only come in by an officer's supplement, on which the \
     record is decided again.",
);

/// Whether it would change an inspection that is approved: nothing gets in behind the reviewer's back.
fn is_approved(transaction: &dyn Transaction, row: &QuarantineRow) -> Result<bool, StoreError> {
    if row.kind != Some(RecordKind::Inspection) {
        return Ok(false);
    }
    let Some(record) = row.document.map(|id| transaction.document(id)).transpose()?.flatten() else { return Ok(false) };
    let inspection = transaction.inspection(record.supplement_of.unwrap_or(record.id))?;
    Ok(inspection.is_some_and(|it| it.summary.state == InspectionState::Approved))
}

/// Records what the caller did about a refused envelope.
fn audit(
    transaction: &dyn Transaction,
    caller: &Caller,
    row: &QuarantineRow,
    action: &'static str,
    details: serde_json::Value,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let (unit, person, subject) = (row.unit, Some(caller.id()), row.envelope.to_string());
    transaction.audit(&AuditEntry { unit, person, device: None, action, subject, details }, now)
}

/// Lets a refused envelope in.
pub async fn release(app: &App, caller: Caller, id: i64) -> Outcome<QuarantineView> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let desk = Desk::of(&service, transaction, &caller)?;
            let row = transaction.quarantined(id)?.filter(|row| desk.knows_of(row)).ok_or(ErrorCode::NotFound)?;
            if !desk.reads(transaction, &row)? {
                return Err(ErrorCode::Forbidden.into());
            }
            if row.released_at.is_some() {
                return Ok(view(&service, transaction, &desk, row)?);
            }
            if is_approved(transaction, &row)? {
                let mut problem = Problem::new(ErrorCode::ReleaseImpossible);
                (problem.vi, problem.en) = (APPROVED.0.to_owned(), APPROVED.1.to_owned());
                return Err(problem.into());
            }
            let now = service.now();
            let mut intake = Intake::new(&service, transaction);
            let verdict = intake.release(&row)?;
            intake.finish()?;
            let outcome = match verdict {
                Verdict::Admit { .. } | Verdict::AlreadyKnown => "admitted",
                Verdict::Waiting { .. } => "waiting",
                Verdict::Quarantine(refusal) => {
                    // Nothing changed meanwhile: this is never let in, and whoever asked is told why.
                    let details = json!({ "code": refusal.code.code(), "cause": refusal.cause.code() });
                    let mut problem = Problem::new(ErrorCode::ReleaseImpossible).with(details);
                    problem.vi = format!("Không thể cho qua. {}", refusal.words.vi);
                    problem.en = format!("This cannot be released. {}", refusal.words.en);
                    return Err(problem.into());
                }
            };
            transaction.release(id, caller.id(), now)?;
            let details = json!({ "code": row.code.code(), "outcome": outcome });
            audit(transaction, &caller, &row, "quarantine.released", details, now)?;
            let row = transaction.quarantined(id)?.ok_or(ErrorCode::NotFound)?;
            Ok(view(&service, transaction, &desk, row)?)
        })
        .await
}
