//! What is not admitted: kept apart with its reason, and with the name of the premises that it is about.
//!
//! Invariant: what was not signed by whom it names is nobody's word; it is filed under the unit of who brought it.

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::envelope::Envelope;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DeviceId, DocumentId, EnvelopeId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::sync::admission::{self, CheckedEnvelope, Refusal, Verdict};
use ancu_shared::sync::wire::{PushVerdict, Why};
use serde_json::json;

use super::{Incoming, Intake};
use crate::service::quarantine;
use crate::store::StoreError;
use crate::store::rows::{AuditEntry, DocumentRow, QuarantineRow};

/// An envelope that was signed by whom it names, and what it says.
type Said<'a> = (&'a Envelope, &'a [CheckedChange]);

/// The most that is judged again because something of one record arrived.
const MOST_JUDGED_AGAIN: u64 = 64;

impl Intake<'_> {
    /// Keeps an envelope that cannot be admitted, with the reason, where there is room for it.
    pub(super) fn quarantine(
        &mut self,
        incoming: &Incoming,
        refusal: &Refusal,
        courier: Option<DeviceId>,
        received_at: UtcMillis,
    ) -> Result<PushVerdict, StoreError> {
        let [vi, reason] = words(refusal);
        let why = Some(Why { cause: refusal.cause.code().to_owned(), vi });
        if self.transaction.quarantined_as(&incoming.id)?.is_none() {
            if !refusal.detail.is_empty() {
                let cause = refusal.cause.code();
                tracing::info!(envelope = %incoming.id, cause, detail = refusal.detail, "an envelope is held");
            }
            let body = quarantine::kept(&incoming.body);
            if !quarantine::has_room(self.service, self.transaction, courier, body.len())? {
                return Ok(PushVerdict::Refused { code: ErrorCode::QuarantineFull, reason });
            }
            let said = incoming.checked.as_ref().ok().map(|checked| (&checked.envelope, checked.changes.as_slice()));
            self.keep_apart((incoming.id, body, said), refusal, courier, received_at)?;
        }
        Ok(PushVerdict::Quarantined { code: refusal.code, reason, why })
    }

    /// Puts into quarantine what came, and what of it can be read and was signed by whom it names.
    pub(super) fn keep_apart(
        &mut self,
        (id, body, said): (EnvelopeId, &[u8], Option<Said<'_>>),
        refusal: &Refusal,
        courier: Option<DeviceId>,
        received_at: UtcMillis,
    ) -> Result<(), StoreError> {
        let [vi, reason] = words(refusal);
        // What was not signed by whom it names is nobody's word: it is filed under the unit of who brought it.
        let envelope = said.map(|(envelope, _)| envelope);
        // Who reads the record is to know that something of it is held.
        if let Some(envelope) = envelope {
            self.touched.noted(envelope.document);
        }
        let unit = match envelope {
            Some(envelope) => Some(self.unit_of(envelope)?),
            None => self.unit_of_courier(courier, received_at)?,
        };
        self.holds = self.holds.map(|holds| holds || refusal.awaits.is_some());
        self.transaction.put_quarantine(&QuarantineRow {
            id: 0,
            envelope: id,
            document: envelope.map(|envelope| envelope.document),
            kind: envelope.map(|envelope| envelope.kind),
            unit,
            author: envelope.map(|envelope| envelope.author),
            courier,
            code: refusal.code,
            reason,
            why: Some(Why { cause: refusal.cause.code().to_owned(), vi }),
            awaits: refusal.awaits,
            premises: said.map_or_else(|| Ok(String::new()), |(envelope, changes)| self.premises(envelope, changes))?,
            received_at,
            released_at: None,
            carried_by: None,
            set_aside: false,
            body: body.to_vec(),
        })?;
        self.transaction.audit(
            &AuditEntry {
                unit,
                person: None,
                device: courier,
                action: "envelope.quarantined",
                subject: id.to_string(),
                // Without the reason: it names what the record says, and administrators read the audit.
                details: json!({ "code": refusal.code.code(), "cause": refusal.cause.code() }),
            },
            received_at,
        )
    }

    /// Where an envelope belongs: in the unit that it names, or, where its record was handed over from there, in the one that has
    /// it now.
    fn unit_of(&self, envelope: &Envelope) -> Result<UnitId, StoreError> {
        let (named, record) = (envelope.unit, envelope.document);
        let moved = self.transaction.was_in(record, named)?;
        let row = if moved { self.transaction.document(record)? } else { None };
        Ok(row.map_or(named, |row| row.unit))
    }

    /// What the premises are called that an envelope is about: of its record, of what it names, or as it names them itself.
    fn premises(&self, envelope: &Envelope, changes: &[CheckedChange]) -> Result<String, StoreError> {
        let said = |name: &str| {
            let key = Key::Header(name.to_owned()).to_string();
            let mut puts =
                changes.iter().flat_map(|change| &change.operations).filter(move |operation| operation.key == key);
            puts.find_map(|operation| Some(operation.put.as_ref()?.as_text()?.to_owned()))
        };
        let of = |row: DocumentRow| match row.kind {
            RecordKind::Facility => Some(row.id),
            _ => row.facility,
        };
        let mut facility = self.transaction.document(envelope.document)?.and_then(of);
        for name in [field::FACILITY, field::SUPPLEMENT_OF, field::SUBJECT, field::DWELLING] {
            let named = said(name).and_then(|id| id.parse::<DocumentId>().ok());
            if let (None, Some(named)) = (facility, named) {
                facility = self.transaction.document(named)?.and_then(of);
            }
        }
        // Of another unit nothing is told.
        let row = facility.map(|id| self.transaction.facility(id)).transpose()?.flatten();
        let unit = self.unit_of(envelope)?;
        let row = row.filter(|row| row.summary.unit == unit);
        let named = row.map(|row| row.summary.name);
        let own = || said(field::NAME).filter(|_| envelope.kind == RecordKind::Facility);
        Ok(named.or_else(own).unwrap_or_default().chars().take(200).collect())
    }

    /// Where the person of a device works.
    fn unit_of_courier(&self, courier: Option<DeviceId>, at: UtcMillis) -> Result<Option<UnitId>, StoreError> {
        let Some(device) = courier.map(|courier| self.transaction.device(courier)).transpose()?.flatten() else {
            return Ok(None);
        };
        let posts = self.transaction.posts(device.person)?;
        Ok(posts.iter().find(|post| post.holds_on(at.hanoi_date())).map(|post| post.unit))
    }

    /// Judges once more what was held until something of a record arrives: what would be let in, came it now, is let in.
    pub(super) fn judge_awaiting(&mut self, record: DocumentId, now: UtcMillis) -> Result<(), StoreError> {
        for mut row in self.transaction.quarantine_awaiting(record, MOST_JUDGED_AGAIN)? {
            let Ok(checked) = admission::check_envelope(&row.body) else { continue };
            match admission::judge(&checked, &self.facts(row.received_at)?)? {
                Verdict::Admit { known, unit } => {
                    self.admit(&checked, (known, unit), None, &row.body, row.courier, row.received_at)?;
                    self.end_quarantine(&checked, now)?;
                    self.transaction.audit(
                        &AuditEntry {
                            unit: row.unit,
                            person: None,
                            device: None,
                            action: "quarantine.judged_anew",
                            subject: row.envelope.to_string(),
                            details: json!({ "code": row.code.code(), "awaited": record }),
                        },
                        now,
                    )?;
                }
                Verdict::Quarantine(refusal)
                    if row.why.as_ref().is_none_or(|why| why.cause != refusal.cause.code()) =>
                {
                    let [vi, reason] = words(&refusal);
                    row.why = Some(Why { cause: refusal.cause.code().to_owned(), vi });
                    (row.code, row.reason, row.awaits) = (refusal.code, reason, refusal.awaits.or(row.awaits));
                    self.transaction.hold_otherwise(&row)?;
                }
                Verdict::Quarantine(_) | Verdict::Waiting { .. } | Verdict::AlreadyKnown => {}
            }
        }
        Ok(())
    }

    /// An envelope that was refused before and is admitted now needs no supervisor any more.
    pub(super) fn end_quarantine(&self, checked: &CheckedEnvelope, at: UtcMillis) -> Result<(), StoreError> {
        if let Some(row) = self.transaction.quarantined_as(&checked.id)?
            && let Some(author) = self.transaction.author(&checked.envelope.author)?
        {
            self.transaction.release(row.id, author.person, at)?;
        }
        Ok(())
    }
}

/// What is said of a refusal, in Vietnamese and English, as long as it may be.
fn words(refusal: &Refusal) -> [String; 2] {
    [&refusal.words.vi, &refusal.words.en].map(|words| words.chars().take(800).collect())
}
