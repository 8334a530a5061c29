//! Records as devices write them: real documents, real envelopes.

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::{FixedClock, UtcMillis};
use ancu_shared::document::Document;
use ancu_shared::document::guard::{self, CheckedChange};
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, DocumentId, PersonId, PhotoHash, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::choice;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{
    Answer, Decision, DecisionStatement, FindingDetail, ItemAnswer, Known, PhotoDetail, Register as _, Severity,
    Verdict,
};
use ancu_shared::record::seal;
use ancu_shared::record::value::{Cell, Scalar};
use ancu_shared::record::visit::Visit;
use ancu_shared::view::build::review_id;
use ancu_sync_server::clock::SystemRandom;

use super::{START, TestDevice};

/// A record open on one device.
pub(crate) struct Record {
    pub(crate) id: DocumentId,
    pub(crate) kind: RecordKind,
    pub(crate) unit: UnitId,
    document: Document,
    secret: AuthorSecret,
    person: PersonId,
    at: UtcMillis,
}

pub(crate) fn header(name: &str, value: impl Into<Scalar>) -> (Key, Scalar) {
    (Key::Header(name.into()), value.into())
}

/// A visit of premises on the day of the tests.
pub(crate) fn visit_of(facility: DocumentId, number: u32) -> Visit {
    Visit { facility, template: "test".into(), day: UtcMillis(START).hanoi_date(), number }
}

fn rand_number() -> u32 {
    let mut bytes = [0; 4];
    ancu_shared::clock::RandomSource::fill(&mut SystemRandom, &mut bytes);
    u32::from_be_bytes(bytes).max(1)
}

/// A photo's metadata at an item.
pub(crate) fn photo_at(item: &str, hash: PhotoHash, by: PersonId) -> (Key, Scalar) {
    let detail = PhotoDetail {
        hash,
        bytes: 5,
        width: 1,
        height: 1,
        original_sha256: "00".repeat(32),
        taken_at: None,
        place: None,
        at: UtcMillis(START),
        by,
        removed: false,
        marks: Vec::new(),
        origin: None,
    };
    (Key::Photo(item.into(), hash), detail.to_scalar())
}

impl Record {
    /// A record that is not there yet.
    pub(crate) fn new(device: &TestDevice, kind: RecordKind, unit: UnitId) -> Self {
        let id = DocumentId::generate(&FixedClock(UtcMillis(START)), &mut SystemRandom);
        Self::at(device, id, kind, unit)
    }

    /// A record of a given id, empty.
    pub(crate) fn at(device: &TestDevice, id: DocumentId, kind: RecordKind, unit: UnitId) -> Self {
        let secret = AuthorSecret::from_seed(&device.secret.seed());
        let actor = ActorId::derive(&secret.public(), 0);
        Self { id, kind, unit, document: Document::new(actor), secret, person: device.person(), at: UtcMillis(START) }
    }

    /// A record of others' envelopes.
    pub(crate) fn open(device: &TestDevice, envelopes: &[Vec<u8>], id: DocumentId) -> Self {
        let envelopes: Vec<_> = envelopes.iter().map(|bytes| Envelope::decode(bytes).expect("envelope")).collect();
        let first = envelopes.iter().find(|envelope| envelope.document == id).expect("record");
        let mut record = Self::at(device, id, first.kind, first.unit);
        for envelope in envelopes.iter().filter(|envelope| envelope.document == id) {
            let changes: Vec<CheckedChange> = envelope
                .changes
                .iter()
                .map(|bytes| guard::check_change(bytes, envelope.kind).expect("change"))
                .collect();
            record.document.apply(&changes).expect("apply");
        }
        record
    }

    /// Goes on under the name of another unit.
    pub(crate) fn named(self, unit: UnitId) -> Self {
        Self { unit, ..self }
    }

    /// Goes on by another clock.
    pub(crate) fn by_clock(&mut self, at: UtcMillis) {
        self.at = at;
    }

    /// Writes values as one envelope.
    pub(crate) fn write(&mut self, puts: &[(Key, Scalar)]) -> Vec<u8> {
        self.at = self.at.plus_millis(1_000);
        let changes = self.document.write_all(puts.iter().map(|(key, value)| (key, value)), self.at).expect("write");
        assert!(!changes.is_empty(), "something is written");
        self.envelope(changes)
    }

    pub(crate) fn envelope(&self, changes: Vec<CheckedChange>) -> Vec<u8> {
        let changes = changes.into_iter().map(|change| (change.hash, change.bytes)).collect();
        Envelope::seal(self.id, self.kind, self.unit, &self.secret, 0, changes).encode()
    }

    /// The first envelope of a premises.
    pub(crate) fn facility(device: &TestDevice, unit: UnitId, name: &str) -> (Self, Vec<u8>) {
        let mut record = Self::new(device, RecordKind::Facility, unit);
        let envelope = record.write(&[
            header("schema", 1),
            header("name", name),
            header("class", "mini_apartment"),
            header("address", "Số 112 ngách 58 Khương Hạ"),
        ]);
        (record, envelope)
    }

    /// The first envelope of an inspection: of a visit that no other test makes.
    pub(crate) fn inspection(device: &TestDevice, unit: UnitId, facility: DocumentId) -> (Self, Vec<u8>) {
        Self::visit(device, unit, &visit_of(facility, rand_number()))
    }

    /// The first envelope of this visit's inspection.
    pub(crate) fn visit(device: &TestDevice, unit: UnitId, visit: &Visit) -> (Self, Vec<u8>) {
        Self::visit_by_clock(device, unit, visit, UtcMillis(START))
    }

    /// The same, begun when the device's clock says this.
    pub(crate) fn visit_by_clock(
        device: &TestDevice,
        unit: UnitId,
        visit: &Visit,
        clock: UtcMillis,
    ) -> (Self, Vec<u8>) {
        let mut record = Self::at(device, visit.id(), RecordKind::Inspection, unit);
        record.by_clock(clock);
        let mut puts = vec![header("schema", 1)];
        puts.extend(visit.header());
        puts.extend([
            header("template_version", "1"),
            header("started_at", clock.0),
            (Key::State("state".into()), "in_progress".into()),
        ]);
        let envelope = record.write(&puts);
        (record, envelope)
    }

    /// The first envelope of a supplement to an inspection of these premises, begun when the device's clock says this.
    pub(crate) fn supplement(
        device: &TestDevice,
        of: &Self,
        facility: DocumentId,
        clock: UtcMillis,
    ) -> (Self, Vec<u8>) {
        let mut record = Self::new(device, RecordKind::Inspection, of.unit);
        record.by_clock(clock);
        let envelope = record.write(&[
            header("schema", 1),
            header("supplement_of", of.id.to_string()),
            header("facility", facility.to_string()),
            header("template", "test"),
            header("template_version", "1"),
            header("started_at", START),
            (Key::State("state".into()), "in_progress".into()),
        ]);
        (record, envelope)
    }

    /// The first envelope of a declaration.
    pub(crate) fn dwelling(device: &TestDevice, unit: UnitId, facility: DocumentId) -> (Self, Vec<u8>) {
        let mut record = Self::new(device, RecordKind::Dwelling, unit);
        let envelope = record.write(&[
            header("schema", 1),
            header("facility", facility.to_string()),
            header("address", "Phòng 302"),
            (Key::State("state".into()), "submitted".into()),
        ]);
        (record, envelope)
    }

    pub(crate) fn answer(&mut self, item: &str, verdict: Verdict) -> Vec<u8> {
        let answer = ItemAnswer::new(Some(Answer::Verdict(verdict)), String::new(), self.at, self.person);
        self.write(&[(Key::Item(item.into()), answer.to_scalar())])
    }

    /// Writes what follows from a failed check.
    pub(crate) fn find(&mut self, item: &str, deadline: jiff::civil::Date) -> Vec<u8> {
        let detail = FindingDetail {
            severity: Severity::Critical,
            remedy: "Tháo khóa".into(),
            deadline: Some(deadline),
            at: self.at,
            by: self.person,
            origin: None,
        };
        self.write(&[(Key::Finding(item.into(), "detail".into()), detail.to_scalar())])
    }

    /// Settles a clash at an item with the live answer of this verdict.
    pub(crate) fn choose(&mut self, item: &str, verdict: Verdict) -> Vec<u8> {
        let key = Key::Item(item.into());
        let cells = self.document.cells().expect("cells");
        let said = |cell: &&Cell| {
            cell.key == key.to_string()
                && ItemAnswer::from_scalar(&cell.value).is_ok_and(|it| it.answer == Some(Answer::Verdict(verdict)))
        };
        let chosen = cells.iter().find(said).expect("such an answer");
        let value = choice::choose(&key, chosen.operation, &chosen.value, self.person, self.at.plus_millis(500));
        self.write(&[(key, value)])
    }

    /// What it shows.
    pub(crate) fn cells(&mut self) -> Vec<Cell> {
        self.document.cells().expect("cells")
    }

    /// Seals the record.
    pub(crate) fn seal(&mut self) -> Vec<u8> {
        self.seal_knowing(None)
    }

    /// Seals the record, saying what was known.
    pub(crate) fn seal_knowing(&mut self, known: Option<Known>) -> Vec<u8> {
        let heads = self.document.heads().expect("heads");
        let statement = seal::seal_knowing(self.id, heads, &self.secret, self.at, self.person, known);
        let actor = ActorId::derive(&self.secret.public(), 0);
        self.write(&[
            (Key::Seal(actor), statement.to_scalar()),
            (Key::State("state".into()), Scalar::from("completed")),
        ])
    }

    /// Seals with a signature that is not over these heads.
    pub(crate) fn seal_falsely(&mut self) -> Vec<u8> {
        let mut heads = self.document.heads().expect("heads");
        heads[0].0[0] ^= 1;
        let statement = seal::seal(self.id, heads, &self.secret, self.at, self.person);
        let actor = ActorId::derive(&self.secret.public(), 0);
        self.write(&[
            (Key::Seal(actor), statement.to_scalar()),
            (Key::State("state".into()), Scalar::from("completed")),
        ])
    }
}

/// A review's first envelope.
pub(crate) fn review(
    device: &TestDevice,
    unit: UnitId,
    subject: (DocumentId, RecordKind),
    decision: Decision,
) -> Vec<u8> {
    let mut record = Record::at(device, review_id(subject.0), RecordKind::Review, unit);
    let statement = DecisionStatement {
        decision,
        words: "Đã xem".into(),
        on: subject.0,
        at: UtcMillis(START + 60_000),
        by: device.person(),
        capacity: None,
        seen: None,
        declared: None,
    };
    record.write(&[
        header("schema", 1),
        header("subject", subject.0.to_string()),
        header("subject_kind", subject.1.code()),
        (Key::State("decision".into()), statement.to_scalar()),
    ])
}
