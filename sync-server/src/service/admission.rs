//! Taking an envelope in: judged and written in the writer's transaction.
//!
//! Invariants: what is admitted is stored, indexed, numbered in its unit's feed, put into cells and audited in one
//! transaction; what waits is judged again as soon as what it lacks arrives; what is refused is kept with its reason. The
//! projections of what was touched are refreshed before the transaction ends.

mod apart;
mod beside;
mod carried;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use ancu_shared::clock::{UtcMillis, ahead_of_arrival};
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ChangeHash, DeviceId, DocumentId, EnvelopeId, UnitId};
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::admission::{self, CheckedEnvelope, Refusal, Verdict};
use ancu_shared::sync::wire::{MAX_CLOCK_SPANS, PushVerdict};
use serde_json::json;

use super::begun::Begun;
use super::facts::StoreFacts;
use super::known::Known;
use super::touched::Touched;
use super::{Service, project};
use crate::store::rows::{AuditEntry, DocumentRow, EnvelopeRow, QuarantineRow, WaitingLoad, WaitingRow};
use crate::store::{StoreError, Transaction};

/// The most that may wait in one record: all of it may be judged in one transaction when one change arrives.
const MOST_WAITING_IN_RECORD: WaitingLoad = WaitingLoad { envelopes: 512, bytes: 16 * 1024 * 1024 };
/// The most that may wait of what one device brought.
const MOST_WAITING_FROM_DEVICE: WaitingLoad = WaitingLoad { envelopes: 2_048, bytes: 64 * 1024 * 1024 };
/// The most missing changes that are noted for one envelope; it is judged again when these are there.
const MOST_AWAITED: usize = 64;

/// An envelope on its way in, checked as far as that needs no store.
pub struct Incoming {
    /// SHA-256 of the bytes that came.
    pub id: EnvelopeId,
    /// The bytes.
    pub body: Vec<u8>,
    /// What they are, or why they are nothing.
    pub checked: Result<Box<CheckedEnvelope>, Refusal>,
    /// What begins with it, where that was made ready.
    begun: Option<Begun>,
}

impl Incoming {
    /// Checks bytes; CPU only, so call it outside of the writer.
    pub fn check(body: Vec<u8>) -> Self {
        let checked = admission::check_envelope(&body).map(|mut checked| {
            checked.read_statements();
            Box::new(checked)
        });
        Self { id: EnvelopeId::of(&body), checked, body, begun: None }
    }

    /// Makes ready what the writer would else have to make, and it is one for all. CPU only.
    pub fn prepare(mut self, service: &Service) -> Self {
        if let Ok(checked) = &mut self.checked {
            checked.read_answers(|reference| service.known_template(reference));
            self.begun = Begun::drawn(service, checked);
        }
        self
    }
}

/// Takes envelopes in, all in one transaction.
pub struct Intake<'t> {
    service: &'t Service,
    transaction: &'t dyn Transaction,
    known: Known,
    touched: Touched,
    /// Admitted changes that others may have waited for.
    arrived: VecDeque<(DocumentId, ChangeHash)>,
    /// The latest time that each device's admitted changes bear, where it lies after their arrival, and that arrival.
    ahead: BTreeMap<DeviceId, (UtcMillis, UtcMillis)>,
    /// Records that held work awaits and of which something was admitted, and when.
    awaited: BTreeMap<DocumentId, UtcMillis>,
    /// Whether anything held awaits a record; `None`: not asked yet.
    holds: Option<bool>,
    /// Whether anything waits in any record; `None`: not asked yet. Mostly nothing does, and then nothing is looked for.
    waits: Option<bool>,
}

impl<'t> Intake<'t> {
    /// An intake of this transaction.
    pub fn new(service: &'t Service, transaction: &'t dyn Transaction) -> Self {
        Self {
            service,
            transaction,
            known: Known::default(),
            touched: Touched::default(),
            arrived: VecDeque::new(),
            ahead: BTreeMap::new(),
            awaited: BTreeMap::new(),
            holds: None,
            waits: None,
        }
    }

    /// Decides on one envelope and does what was decided.
    pub fn take(
        &mut self,
        incoming: &mut Incoming,
        courier: Option<DeviceId>,
        received_at: UtcMillis,
    ) -> Result<PushVerdict, StoreError> {
        let begun = incoming.begun.take();
        if self.transaction.has_envelope(&incoming.id)? {
            return Ok(PushVerdict::AlreadyKnown);
        }
        let checked = match &incoming.checked {
            Ok(checked) => checked,
            Err(refusal) => return self.quarantine(incoming, refusal, courier, received_at),
        };
        match admission::judge(checked, &self.facts(received_at)?)? {
            Verdict::AlreadyKnown => Ok(PushVerdict::AlreadyKnown),
            Verdict::Admit { known, unit } => {
                self.admit(checked, (known, unit), begun, &incoming.body, courier, received_at)?;
                self.end_quarantine(checked, received_at)?;
                self.retry()?;
                Ok(PushVerdict::Accepted)
            }
            Verdict::Waiting { missing } => {
                let row = WaitingRow {
                    id: incoming.id,
                    document: checked.envelope.document,
                    courier,
                    received_at,
                    body: incoming.body.clone(),
                };
                self.wait(&row, &missing, true)?;
                Ok(PushVerdict::Waiting { missing })
            }
            Verdict::Quarantine(refusal) => self.quarantine(incoming, &refusal, courier, received_at),
        }
    }

    /// Lets a quarantined envelope in on a supervisor's word.
    pub fn release(&mut self, row: &QuarantineRow) -> Result<Verdict, StoreError> {
        let checked = match admission::check_envelope(&row.body) {
            Ok(checked) => checked,
            Err(refusal) => return Ok(Verdict::Quarantine(refusal)),
        };
        let verdict = admission::judge_released(&checked, &self.facts(row.received_at)?)?;
        match &verdict {
            Verdict::Admit { known, unit } => {
                self.admit(&checked, (*known, *unit), None, &row.body, row.courier, row.received_at)?;
                self.retry()?;
            }
            Verdict::Waiting { missing } => {
                let waiting = WaitingRow {
                    id: row.envelope,
                    document: checked.envelope.document,
                    courier: row.courier,
                    received_at: row.received_at,
                    body: row.body.clone(),
                };
                self.wait(&waiting, missing, false)?;
            }
            Verdict::AlreadyKnown | Verdict::Quarantine(_) => {}
        }
        Ok(verdict)
    }

    /// Why a release would not let a quarantined envelope in, now or once what it waits for is here; nothing is done.
    pub fn refused_still(
        &self,
        checked: &CheckedEnvelope,
        received_at: UtcMillis,
    ) -> Result<Option<Refusal>, StoreError> {
        Ok(match admission::judge_released(checked, &self.facts(received_at)?)? {
            Verdict::Quarantine(refusal) => Some(refusal),
            Verdict::Admit { .. } | Verdict::AlreadyKnown | Verdict::Waiting { .. } => None,
        })
    }

    /// What was held of a record is settled without it: who reads the record is not told any more that it is held.
    pub fn settled(&mut self, document: DocumentId) {
        self.touched.noted(document);
    }

    /// Records lie in another unit now: what is told of them is made anew, and what was held because it named that unit is judged
    /// again.
    pub fn handed_over(&mut self, records: &[DocumentId], at: UtcMillis) -> Result<(), StoreError> {
        let holds = self.transaction.is_quarantine_awaiting()?;
        for record in records {
            self.touched.noted(*record);
            if holds {
                self.awaited.insert(*record, at);
            }
        }
        Ok(())
    }

    /// Judges a quarantined envelope once more, as if it arrived when its row says; lets it in where it is in order.
    pub fn judge_quarantined(&mut self, row: &QuarantineRow, now: UtcMillis) -> Result<Verdict, StoreError> {
        let checked = match admission::check_envelope(&row.body) {
            Ok(checked) => checked,
            Err(refusal) => return Ok(Verdict::Quarantine(refusal)),
        };
        let verdict = admission::judge(&checked, &self.facts(row.received_at)?)?;
        if let Verdict::Admit { known, unit } = &verdict {
            self.admit(&checked, (*known, *unit), None, &row.body, row.courier, row.received_at)?;
            self.end_quarantine(&checked, now)?;
            self.retry()?;
        }
        Ok(verdict)
    }

    /// Brings projections up to what was taken in. Call it once, at the end.
    pub fn finish(mut self) -> Result<(), StoreError> {
        // Once all is there that came with it: a record begins in one envelope and is signed in another.
        while let Some((record, at)) = self.awaited.pop_first() {
            self.judge_awaiting(record, at)?;
            self.retry()?;
        }
        // Before the projections: they say what a visit counts for.
        for (device, (written, arrived)) in &self.ahead {
            let spans = self.transaction.clock_spans(*device, MAX_CLOCK_SPANS)?;
            if let Some(offset) = ahead_of_arrival(&spans, *written, *arrived) {
                self.transaction.note_clock(*device, offset, *arrived)?;
            }
        }
        project::refresh(self.service, self.transaction, self.touched)
    }

    fn facts(&self, received_at: UtcMillis) -> Result<StoreFacts<'_>, StoreError> {
        let directory = Arc::clone(self.known.directory(self.service, self.transaction)?);
        Ok(StoreFacts {
            service: self.service,
            transaction: self.transaction,
            known: &self.known,
            directory,
            received_at,
        })
    }

    fn admit(
        &mut self,
        checked: &CheckedEnvelope,
        (known, unit): (usize, UnitId),
        mut begun: Option<Begun>,
        body: &[u8],
        courier: Option<DeviceId>,
        received_at: UtcMillis,
    ) -> Result<(), StoreError> {
        let transaction = self.transaction;
        let envelope = &checked.envelope;
        let author = self
            .known
            .author(transaction, &envelope.author)?
            .ok_or_else(|| StoreError::Damaged("an admitted envelope without its author".into()))?;
        let author = &author.row;
        let sequence = transaction.append_envelope(&EnvelopeRow {
            id: checked.id,
            unit,
            document: envelope.document,
            author: envelope.author,
            courier,
            received_at,
            body: body.to_vec(),
        })?;
        if unit != envelope.unit {
            // Its device is in the unit that it names, and is to hear where its work went.
            transaction.note_move(envelope.unit, envelope.document, unit)?;
            begun = begun.map(|begun| Begun { draft: None, ..begun });
        }
        let waits = match self.waits {
            Some(known) => known,
            None => *self.waits.insert(transaction.is_anything_waiting()?),
        };
        if waits {
            transaction.remove_waiting(&checked.id)?;
        }
        self.known.keep_actor(transaction, envelope)?;
        let existing = self.known.take_record(transaction, envelope.document)?;
        let mut row = existing.clone().unwrap_or(DocumentRow {
            id: envelope.document,
            kind: envelope.kind,
            unit,
            owner: author.person,
            subject: None,
            facility: None,
            supplement_of: None,
            sealed: false,
            created_at: received_at,
        });
        let new = &checked.changes[known..];
        let written = new.iter().map(|change| change.at).max().filter(|at| *at > received_at);
        if let Some(written) = written.filter(|_| author.held.is_none()) {
            let latest = self.ahead.entry(author.device).or_insert((written, received_at));
            *latest = (*latest).max((written, received_at));
        }
        let awaited = waits && transaction.is_awaited(envelope.document)?;
        transaction.add_changes(envelope.document, &checked.id, new)?;
        for change in new {
            self.note(envelope, change, &mut row)?;
            if awaited {
                self.arrived.push_back((envelope.document, change.hash));
            }
        }
        if existing.is_none() {
            // Nothing is there to be replaced: only what is left in the end is written.
            let begun = begun.filter(|_| known == 0).unwrap_or_else(|| Begun::of(new));
            transaction.put_cells(envelope.document, &begun.cells, &begun.values)?;
            self.touched.begun(envelope.document, begun);
        } else {
            self.touched.changing(transaction, envelope.document, new)?;
            for (change, operation) in
                new.iter().flat_map(|change| change.operations.iter().map(move |operation| (change, operation)))
            {
                transaction.apply_operation(envelope.document, operation, change.at)?;
            }
        }
        if existing.as_ref() != Some(&row) {
            transaction.put_document(&row)?;
        }
        let sealed = existing.is_some_and(|before| !before.sealed && row.sealed);
        if let Some(seal) = new.iter().find(|change| sealed && change.is_seal()) {
            self.put_beside(envelope.document, seal)?;
        }
        let holds = match self.holds {
            Some(known) => known,
            None => *self.holds.insert(transaction.is_quarantine_awaiting()?),
        };
        if holds {
            self.awaited.insert(envelope.document, received_at);
        }
        transaction.audit(
            &AuditEntry {
                unit: Some(unit),
                person: Some(author.person),
                device: Some(author.device),
                action: "envelope.admitted",
                subject: envelope.document.to_string(),
                details: json!({
                    "envelope": checked.id, "kind": envelope.kind, "sequence": sequence,
                    "changes": checked.changes.len() - known,
                }),
            },
            received_at,
        )?;
        Ok(())
    }

    /// Notes what a change says of its record as a whole.
    fn note(&self, envelope: &Envelope, change: &CheckedChange, row: &mut DocumentRow) -> Result<(), StoreError> {
        for operation in &change.operations {
            let Some(value) = &operation.put else { continue };
            // Most of what comes are answers, and they say nothing of the record as a whole.
            if operation.key.starts_with("i/") {
                continue;
            }
            match Key::parse(&operation.key) {
                Ok(Key::Header(name)) if name == field::CARRIES => self.carry(envelope, value, row)?,
                Ok(Key::Header(name)) => {
                    if name == field::TEMPLATE_VERSION {
                        self.known.forget_templates(envelope.document);
                    }
                    note_header(row, &name, value, self.transaction)?;
                }
                Ok(Key::Seal(_)) => row.sealed = true,
                Ok(Key::Photo(_, hash)) => self.transaction.put_photo_reference(&hash, envelope.document)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps an envelope until what it lacks arrives, as long as there is room. Where there is none the answer is the same:
    /// without a receipt its device keeps it and offers it again.
    fn wait(&mut self, row: &WaitingRow, missing: &[ChangeHash], bounded: bool) -> Result<(), StoreError> {
        let fits = |load: WaitingLoad, limit: WaitingLoad| {
            load.envelopes < limit.envelopes && load.bytes + row.body.len() as u64 <= limit.bytes
        };
        if bounded && self.transaction.waiting(&row.id)?.is_none() {
            let of_device = row.courier.map(|courier| self.transaction.waiting_from(courier)).transpose()?;
            let room = fits(self.transaction.waiting_in(row.document)?, MOST_WAITING_IN_RECORD)
                && of_device.is_none_or(|load| fits(load, MOST_WAITING_FROM_DEVICE));
            if !room {
                tracing::warn!(document = %row.document, "too much waits: an envelope is left with its device");
                return Ok(());
            }
        }
        self.waits = Some(true);
        self.transaction.put_waiting(row, &missing[..missing.len().min(MOST_AWAITED)])
    }

    /// What waited for what has arrived may stand now. Each waiting envelope is judged once all that it lacked is there, and
    /// what that admits is an arrival in its turn.
    fn retry(&mut self) -> Result<(), StoreError> {
        while let Some((document, change)) = self.arrived.pop_front() {
            for id in self.transaction.arrived(document, &change)? {
                let Some(row) = self.transaction.waiting(&id)? else { continue };
                self.judge_again(row)?;
            }
        }
        Ok(())
    }

    fn judge_again(&mut self, row: WaitingRow) -> Result<(), StoreError> {
        // A supervisor's word on it holds after the wait, too.
        let released = self.transaction.was_released(&row.id)?;
        let incoming = Incoming::check(row.body);
        let facts = self.facts(row.received_at)?;
        let verdict = match &incoming.checked {
            Ok(checked) if released => admission::judge_released(checked, &facts)?,
            Ok(checked) => admission::judge(checked, &facts)?,
            Err(refusal) => Verdict::Quarantine(refusal.clone()),
        };
        if let Verdict::Waiting { missing } = &verdict {
            let row = WaitingRow { body: incoming.body, ..row };
            return self.wait(&row, missing, false);
        }
        self.transaction.remove_waiting(&row.id)?;
        match (verdict, &incoming.checked) {
            (Verdict::Admit { known, unit }, Ok(checked)) => {
                self.admit(checked, (known, unit), None, &incoming.body, row.courier, row.received_at)?;
            }
            (Verdict::Quarantine(refusal), _) => {
                self.quarantine(&incoming, &refusal, row.courier, row.received_at)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// What the record's row repeats of its header. The first word stands: what a record belongs to never changes.
fn note_header(
    row: &mut DocumentRow,
    name: &str,
    value: &Scalar,
    transaction: &dyn Transaction,
) -> Result<(), StoreError> {
    let Some(named) = value.as_text().and_then(|text| text.parse::<DocumentId>().ok()) else { return Ok(()) };
    match name {
        field::FACILITY => row.facility = row.facility.or(Some(named)),
        field::SUPPLEMENT_OF => row.supplement_of = row.supplement_of.or(Some(named)),
        field::SUBJECT if row.subject.is_none() => {
            row.subject = transaction.document(named)?.map(|subject| (named, subject.kind));
        }
        _ => {}
    }
    Ok(())
}
