//! A small server in memory and the people who write to it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::UtcMillis;
use ancu_shared::document::cells::apply_operation;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::document::position::{LastChange, put_key_in, put_value_in};
use ancu_shared::document::{Document, LocalChange};
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, AuthorKey, ChangeHash, DocumentId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{field, state};
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{Answer, ItemAnswer, Register, Verdict as Answered};
use ancu_shared::record::seal;
use ancu_shared::record::value::{Cell, OperationId, Scalar};
use ancu_shared::record::visit::Visit;
use ancu_shared::role::Role;
use ancu_shared::sync::admission::{
    AuthorFacts, CheckedEnvelope, DocumentFacts, Facts, HomeFacts, Refusal, Verdict, check_envelope, judge,
};
use ancu_shared::template::{Template, TemplateRef};
use ancu_shared::view::build::Live;

pub(crate) const WARD: UnitId = UnitId::from_bytes([1; 16]);
pub(crate) const OTHER_WARD: UnitId = UnitId::from_bytes([2; 16]);
pub(crate) const PREMISES: DocumentId = record_id(50);

/// An id as devices make them: version 7.
pub(crate) const fn record_id(number: u8) -> DocumentId {
    let mut bytes = [number; 16];
    bytes[6] = 0x70 | (number & 0x0f);
    bytes[8] = 0x80 | (number & 0x3f);
    DocumentId::from_bytes(bytes)
}

/// The visit that most tests are about: [`VISIT`], written down in its parts.
pub(crate) fn visit(number: u32) -> Visit {
    Visit { facility: PREMISES, template: "test".into(), day: jiff::civil::date(2026, 11, 21), number }
}

/// The id of `visit(1)`.
pub(crate) const VISIT: DocumentId = DocumentId::from_bytes([
    0x7f, 0x43, 0xeb, 0xa3, 0xb4, 0x1f, 0x88, 0xc1, 0xb0, 0x89, 0xcc, 0x02, 0x6c, 0x26, 0x57, 0xab,
]);

/// Somebody with a device, and one document open on it.
pub(crate) struct Writer {
    pub(crate) secret: AuthorSecret,
    pub(crate) person: PersonId,
    pub(crate) document: Document,
    pub(crate) id: DocumentId,
    pub(crate) kind: RecordKind,
    pub(crate) unit: UnitId,
    /// Changes not yet in an envelope.
    pub(crate) unsent: Vec<LocalChange>,
    time: i64,
}

impl Writer {
    pub(crate) fn new(number: u8, kind: RecordKind, id: DocumentId) -> Self {
        let secret = AuthorSecret::from_seed(&[number; 32]);
        let document = Document::new(ActorId::derive(&secret.public(), 0));
        let person = PersonId::from_bytes([number; 16]);
        Self { secret, person, document, id, kind, unit: WARD, unsent: vec![], time: i64::from(number) * 1_000 }
    }

    /// Puts and commits as one change.
    pub(crate) fn write(&mut self, puts: &[(&str, Scalar)]) -> LocalChange {
        for (key, value) in puts {
            self.document.put(&Key::parse(key).expect("a key"), value).expect("put");
        }
        self.time += 1;
        let change = self.document.commit(UtcMillis(self.time)).expect("commit").expect("something to write");
        self.unsent.push(change.clone());
        change
    }

    /// The first change of a record, with more puts.
    pub(crate) fn create(&mut self, puts: &[(&str, Scalar)]) -> LocalChange {
        let schema = (&*format!("h/{}", field::SCHEMA), Scalar::Int(1));
        self.write(&[&[schema], puts].concat())
    }

    /// The first change of a visit's inspection.
    pub(crate) fn begin(&mut self, visit: &Visit) -> LocalChange {
        let header: Vec<_> = visit.header().into_iter().map(|(key, value)| (key.to_string(), value)).collect();
        let mut puts: Vec<_> = header.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        puts.extend([("h/started_at", Scalar::Int(self.time)), ("s/state", Scalar::from("in_progress"))]);
        self.create(&puts)
    }

    /// A visit's inspection of this writer's, begun.
    pub(crate) fn at_visit(number: u8, visit: &Visit) -> Self {
        let mut writer = Self::new(number, RecordKind::Inspection, visit.id());
        writer.begin(visit);
        writer
    }

    pub(crate) fn answer(&self, note: &str) -> Scalar {
        let answer = Some(Answer::Verdict(Answered::Fail));
        ItemAnswer::new(answer, note.into(), UtcMillis(self.time), self.person).to_scalar()
    }

    /// Seals the heads as they stand.
    pub(crate) fn finish(&mut self) -> LocalChange {
        let heads = self.document.heads().expect("heads");
        let statement = seal::seal(self.id, heads, &self.secret, UtcMillis(self.time), self.person);
        let key = Key::Seal(ActorId::derive(&self.secret.public(), 0)).to_string();
        let completed = format!("s/{}", state::STATE);
        self.write(&[(&key, statement.to_scalar()), (&completed, Scalar::from("completed"))])
    }

    /// Envelope of everything unsent.
    pub(crate) fn envelope(&mut self) -> Vec<u8> {
        let changes = std::mem::take(&mut self.unsent);
        self.envelope_of(&changes)
    }

    pub(crate) fn envelope_of(&self, changes: &[LocalChange]) -> Vec<u8> {
        let changes = changes.iter().map(|change| (change.hash, change.bytes.clone())).collect();
        Envelope::seal(self.id, self.kind, self.unit, &self.secret, 0, changes).encode()
    }

    /// Envelope of these raw bytes, signed whatever they are.
    pub(crate) fn envelope_of_bytes(&self, changes: Vec<(ChangeHash, Vec<u8>)>) -> Vec<u8> {
        Envelope::seal(self.id, self.kind, self.unit, &self.secret, 0, changes).encode()
    }
}

#[derive(Clone)]
struct Record {
    facts: DocumentFacts,
    log: Vec<CheckedChange>,
    cells: BTreeMap<String, Vec<Cell>>,
}

/// What the server holds.
#[derive(Clone, Default)]
pub(crate) struct Server {
    pub(crate) authors: HashMap<AuthorKey, AuthorFacts>,
    pub(crate) posts: HashMap<PersonId, (Role, UnitId)>,
    records: HashMap<DocumentId, Record>,
    /// Records, each with a unit that it lay in before it was handed over.
    pub(crate) moved: HashSet<(DocumentId, UnitId)>,
    /// The checklists that it has.
    pub(crate) templates: Vec<Arc<Template>>,
}

impl Server {
    /// Knows a writer and gives the post.
    pub(crate) fn enrol(&mut self, writer: &Writer, role: Role) {
        let home = role.is_citizen().then_some(HomeFacts { facility: PREMISES, unit: WARD });
        self.authors.insert(writer.secret.public(), AuthorFacts { person: writer.person, revoked: false, home });
        self.posts.insert(writer.person, (role, WARD));
    }

    /// Checks, judges and, if it may, admits.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Verdict {
        let checked = match check_envelope(bytes) {
            Ok(checked) => checked,
            Err(refusal) => return Verdict::Quarantine(refusal),
        };
        let Ok(verdict) = judge(&checked, self);
        if let Verdict::Admit { known, .. } = verdict {
            self.admit(&checked, known);
        }
        verdict
    }

    /// A record lies in another unit from now on.
    pub(crate) fn hand_over(&mut self, document: DocumentId, to: UnitId) {
        let facts = &mut self.records.get_mut(&document).expect("a record").facts;
        self.moved.insert((document, facts.unit));
        facts.unit = to;
    }

    pub(crate) fn admit(&mut self, checked: &CheckedEnvelope, known: usize) {
        let envelope = &checked.envelope;
        let owner = self.authors[&envelope.author].person;
        let record = self.records.entry(envelope.document).or_insert_with(|| Record {
            facts: DocumentFacts {
                kind: envelope.kind,
                unit: envelope.unit,
                owner,
                sealed: false,
                supplement_of: None,
                subject: None,
            },
            log: vec![],
            cells: BTreeMap::new(),
        });
        for change in &checked.changes[known..] {
            for operation in &change.operations {
                apply_operation(record.cells.entry(operation.key.clone()).or_default(), operation, change.at);
                record.facts.sealed |= operation.key.starts_with("g/");
                let id = || operation.put.as_ref().and_then(Scalar::as_text).and_then(|text| text.parse().ok());
                match operation.key.as_str() {
                    "h/subject" => record.facts.subject = id(),
                    "h/supplement_of" => record.facts.supplement_of = record.facts.supplement_of.or_else(id),
                    _ => {}
                }
            }
            record.log.push(change.clone());
        }
    }

    pub(crate) fn log(&self, document: DocumentId) -> &[CheckedChange] {
        self.records.get(&document).map_or(&[], |record| &record.log)
    }

    pub(crate) fn cells(&self, document: DocumentId) -> Vec<Cell> {
        self.records.get(&document).map_or(vec![], |record| record.cells.values().flatten().cloned().collect())
    }
}

impl Facts for Server {
    type Error = Infallible;

    fn author(&self, key: &AuthorKey) -> Result<Option<AuthorFacts>, Infallible> {
        Ok(self.authors.get(key).cloned())
    }

    fn document(&self, document: DocumentId) -> Result<Option<DocumentFacts>, Infallible> {
        Ok(self.records.get(&document).map(|record| record.facts))
    }

    fn was_in(&self, document: DocumentId, unit: UnitId) -> Result<bool, Infallible> {
        Ok(self.moved.contains(&(document, unit)))
    }

    fn change_max_op(&self, document: DocumentId, hash: &ChangeHash) -> Result<Option<u64>, Infallible> {
        Ok(self.log(document).iter().find(|change| change.hash == *hash).map(|change| change.max_op))
    }

    fn last_change(&self, document: DocumentId, actor: &ActorId) -> Result<Option<LastChange>, Infallible> {
        let last = self.log(document).iter().rev().find(|change| change.actor == *actor);
        Ok(last.map(|change| LastChange { hash: change.hash, sequence: change.sequence, max_op: change.max_op }))
    }

    fn put_key(&self, document: DocumentId, put: &OperationId) -> Result<Option<String>, Infallible> {
        Ok(put_key_in(self.log(document), put))
    }

    fn put_value(&self, document: DocumentId, put: &OperationId) -> Result<Option<Scalar>, Infallible> {
        Ok(put_value_in(self.log(document), put))
    }

    fn is_submitted(&self, dwelling: DocumentId) -> Result<bool, Infallible> {
        let says = |cell: &Cell| cell.key == "s/state" && cell.value.as_text() == Some("submitted");
        Ok(self.cells(dwelling).iter().any(says))
    }

    fn templates(&self, inspection: DocumentId) -> Result<Vec<TemplateRef>, Infallible> {
        Ok(Live::of(&self.cells(inspection)).templates())
    }

    fn template(&self, reference: &TemplateRef) -> Result<Option<Arc<Template>>, Infallible> {
        Ok(self.templates.iter().find(|template| template.reference() == *reference).cloned())
    }

    fn owned(&self, person: PersonId, kind: RecordKind) -> Result<Option<DocumentId>, Infallible> {
        let own = |record: &&Record| record.facts.owner == person && record.facts.kind == kind;
        Ok(self.records.iter().find(|(_, record)| own(record)).map(|(id, _)| *id))
    }

    fn holds(&self, person: PersonId, unit: UnitId, allows: &dyn Fn(Role) -> bool) -> Result<bool, Infallible> {
        Ok(self.posts.get(&person).is_some_and(|(role, place)| *place == unit && allows(*role)))
    }
}

/// The refusal of a verdict.
pub(crate) fn refusal(verdict: Verdict) -> Refusal {
    match verdict {
        Verdict::Quarantine(refusal) => refusal,
        other => panic!("expected a quarantine, got {other:?}"),
    }
}
