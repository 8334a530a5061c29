//! A city's server in memory, behind the engine's transport: the shared admission decides, feeds and receipts are real,
//! faults are switched on by the tests. What the real server does besides is tested with the real server.

mod facts;
mod line;

use ancu_shared::author::{AuthorCertificate, AuthorIdentity, AuthorSecret};
use ancu_shared::clock::withdrawn::WithdrawnSpan;
use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::document::{Document, covered};
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, AuthorKey, ChangeHash, DeviceId, DocumentId, EnvelopeId, PersonId, PhotoHash, UnitId};
use ancu_shared::link::EnrolLink;
use ancu_shared::near::{Pass, SignedPass};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::Register as _;
use ancu_shared::record::register::{Decision, DecisionStatement, ThreadMessage};
use ancu_shared::record::value::Scalar;
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::admission::{CheckedEnvelope, DocumentFacts, Verdict, check_envelope, judge};
use ancu_shared::sync::wire::{Context, DeviceClock, EnrolGrant, Home, PushVerdict, TemplateOffer};
use ancu_shared::template::Template;
use ancu_shared::unit::{Unit, UnitKind};
use ancu_shared::view::build::review_id;
use sha2::Digest as _;
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

/// The server's clock.
pub(crate) const NOON: UtcMillis = UtcMillis(1_795_250_000_000);

/// The only ward.
pub(crate) fn ward() -> UnitId {
    UnitId::from_bytes([7; 16])
}

struct Account {
    person: PersonId,
    name: String,
    role: Role,
    home: Option<Home>,
}

#[derive(Default)]
struct Record {
    facts: Option<DocumentFacts>,
    changes: Vec<CheckedChange>,
}

/// Faults and everything that the server keeps.
pub(crate) struct State {
    /// Nobody's post is in force now.
    pub(crate) off_duty: bool,
    certifier: AuthorSecret,
    random: SeededRandom,
    epoch: u32,
    accounts: HashMap<String, usize>,
    used: BTreeMap<Vec<u8>, AuthorKey>,
    people: Vec<Account>,
    tokens: HashMap<String, usize>,
    authors: BTreeMap<AuthorKey, (usize, AuthorCertificate)>,
    records: BTreeMap<DocumentId, Record>,
    feed: Vec<(UnitId, EnvelopeId, Vec<u8>, AuthorKey)>,
    /// Places in the feed of what a seal that came later does not cover: it is not there any more.
    withdrawn_places: BTreeSet<usize>,
    waiting: Vec<CheckedEnvelope>,
    uploads: BTreeMap<String, (PhotoHash, Vec<u8>)>,
    /// Photos that are verified.
    pub(crate) photos: BTreeMap<PhotoHash, Vec<u8>>,
    template: Vec<u8>,
    /// How many pushes came.
    pub(crate) pushes: u32,
    /// Nobody answers.
    pub(crate) down: bool,
    /// The next push or enrolment is taken, and its answer is lost.
    pub(crate) lose_next_answer: bool,
    /// What is told of devices' clocks with every page.
    pub(crate) clocks: Vec<DeviceClock>,
    /// The server's clock, as it tells it.
    pub(crate) clock: UtcMillis,
    /// What of that the server takes back.
    pub(crate) withdrawn: Vec<WithdrawnSpan>,
    /// Uploads break off after this many pieces.
    pub(crate) pieces_left: Option<u32>,
    /// The server has all bytes of the next photo and cannot finish it.
    pub(crate) fail_to_keep: bool,
    /// The way to the server panics once.
    pub(crate) panic_once: bool,
    /// How many pieces came.
    pub(crate) pieces: u32,
    /// Bytes that are put into every feed.
    pub(crate) garbage: Option<Vec<u8>>,
    /// What happens elsewhere while the next pull is under way.
    pub(crate) meanwhile: Option<Box<dyn FnOnce() + Send>>,
    /// The access of every device is taken away.
    pub(crate) revoked: bool,
}

/// The server.
#[derive(Clone)]
pub(crate) struct City(Arc<Mutex<State>>);

impl City {
    /// A city with one ward and one template.
    pub(crate) fn new(template: &Template) -> Self {
        let mut random = SeededRandom::new(99);
        Self(Arc::new(Mutex::new(State {
            certifier: AuthorSecret::generate(&mut random),
            random,
            epoch: 1,
            accounts: HashMap::new(),
            used: BTreeMap::new(),
            people: Vec::new(),
            tokens: HashMap::new(),
            authors: BTreeMap::new(),
            records: BTreeMap::new(),
            feed: Vec::new(),
            withdrawn_places: BTreeSet::new(),
            waiting: Vec::new(),
            uploads: BTreeMap::new(),
            photos: BTreeMap::new(),
            template: serde_json::to_vec(template).expect("template"),
            pushes: 0,
            down: false,
            lose_next_answer: false,
            clocks: Vec::new(),
            clock: NOON,
            withdrawn: Vec::new(),
            pieces_left: None,
            fail_to_keep: false,
            panic_once: false,
            pieces: 0,
            garbage: None,
            meanwhile: None,
            revoked: false,
            off_duty: false,
        })))
    }

    /// Another city, with a server key of its own.
    pub(crate) fn elsewhere(template: &Template) -> Self {
        let city = Self::new(template);
        city.state().certifier = AuthorSecret::from_seed(&[77; 32]);
        city
    }

    /// What the server keeps, and its faults.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics with it")
    }

    /// An account, and a link for a device of it.
    pub(crate) fn link(&self, name: &str, role: Role, code: &str) -> String {
        let mut state = self.state();
        let known = state.people.iter().position(|account| account.name == name);
        let account = known.unwrap_or_else(|| {
            let person = PersonId::from_bytes([state.people.len() as u8 + 1; 16]);
            state.people.push(Account { person, name: name.to_owned(), role, home: None });
            state.people.len() - 1
        });
        state.accounts.insert(code.to_owned(), account);
        let grant = EnrolGrant::Code { code: code.to_owned() };
        EnrolLink { server: "https://city.test".into(), fingerprint: [5; 32], grant, citizen: false }.to_text()
    }

    /// A backup of this very moment is taken into use.
    pub(crate) fn begin_another_life(&self) {
        self.state().epoch += 1;
    }

    /// The server loses everything but its people: a restored backup from the beginning.
    pub(crate) fn lose_everything(&self) {
        let mut state = self.state();
        state.epoch += 1;
        state.records.clear();
        state.feed.clear();
        state.withdrawn_places.clear();
        state.waiting.clear();
        state.photos.clear();
        state.uploads.clear();
    }

    /// The server makes itself a new certifying key.
    pub(crate) fn change_certifier(&self) {
        self.state().certifier = AuthorSecret::from_seed(&[201; 32]);
    }

    /// Author keys that were certified.
    pub(crate) fn devices(&self) -> usize {
        self.state().authors.len()
    }

    /// Envelopes in the feed.
    pub(crate) fn admitted(&self) -> usize {
        self.state().standing().count()
    }

    /// A reviewer at the console decides, with words at an item.
    pub(crate) fn decide(&self, inspection: DocumentId, on: DocumentId, decision: Decision, words: &str, item: &str) {
        self.decide_at(inspection, on, decision, words, &[item]);
    }

    /// The same with words at several items.
    pub(crate) fn decide_at(
        &self,
        inspection: DocumentId,
        on: DocumentId,
        decision: Decision,
        words: &str,
        items: &[&str],
    ) {
        let mut state = self.state();
        let person = PersonId::from_bytes([200; 16]);
        let secret = AuthorSecret::from_seed(&[200; 32]);
        if !state.authors.contains_key(&secret.public()) {
            let name = "Trần Thị Duyệt".to_owned();
            state.people.push(Account { person, name, role: Role::AreaTeamReviewer, home: None });
            let account = state.people.len() - 1;
            state.certify(account, secret.public(), "Trình duyệt", true);
        }
        let id = review_id(inspection);
        let actor = ActorId::derive(&secret.public(), 0);
        let log: Vec<Vec<u8>> = state
            .records
            .get(&id)
            .map(|record| record.changes.iter().map(|change| change.bytes.clone()).collect())
            .unwrap_or_default();
        let mut review = Document::load(None, log.iter().map(Vec::as_slice), actor).expect("review");
        // No two decisions of one person at one instant.
        let at = NOON.plus_millis(log.len() as i64);
        let statement = DecisionStatement {
            decision,
            words: words.into(),
            on,
            at,
            by: person,
            capacity: None,
            seen: None,
            declared: None,
        };
        let message = ThreadMessage { words: words.into(), at, by: person };
        let thread = uuid::Builder::from_random_bytes([log.len() as u8; 16]).into_uuid();
        let mut puts = vec![
            (Key::Header("schema".into()), Scalar::Int(1)),
            (Key::Header("subject".into()), Scalar::from(inspection.to_string())),
            (Key::Header("subject_kind".into()), Scalar::from("inspection")),
            (Key::State("decision".into()), statement.to_scalar()),
        ];
        puts.extend(items.iter().map(|item| (Key::Thread((*item).to_owned(), thread), message.to_scalar())));
        let made = review.write_all(puts.iter().map(|(key, value)| (key, value)), NOON).expect("write");
        let changes = made.into_iter().map(|change| (change.hash, change.bytes)).collect();
        let bytes = Envelope::seal(id, RecordKind::Review, ward(), &secret, 0, changes).encode();
        let verdict = state.take(check_envelope(&bytes).expect("sound"), &bytes);
        assert_eq!(verdict, PushVerdict::Accepted);
    }
}

impl State {
    fn certify(&mut self, account: usize, key: AuthorKey, device_name: &str, held: bool) -> AuthorCertificate {
        let device = DeviceId::from_bytes([self.authors.len() as u8 + 1; 16]);
        let identity = AuthorIdentity {
            key,
            person: self.people[account].person,
            person_name: self.people[account].name.clone(),
            device,
            device_name: device_name.to_owned(),
            held_by_server: held,
            certified_at: NOON,
        };
        let certificate = AuthorCertificate::issue(&identity, &self.certifier);
        self.authors.insert(key, (account, certificate.clone()));
        certificate
    }

    /// What the account's newest device may read, for colleagues nearby.
    fn pass(&self, account: usize) -> Option<SignedPass> {
        let person = &self.people[account];
        let key = *self.authors.iter().find(|(_, (of, _))| *of == account && !person.role.is_citizen())?.0;
        let pass = Pass::of_week(key, person.person, vec![ward()], self.clock);
        Some(SignedPass::issue(&pass, &self.certifier))
    }

    fn context(&self, number: usize) -> Context {
        let account = &self.people[number];
        let valid_to = self.off_duty.then(|| NOON.hanoi_date());
        let posts = vec![Post { role: account.role, unit: ward(), valid_from: None, valid_to }];
        Context {
            person: account.person,
            person_name: account.name.clone(),
            device: DeviceId::from_bytes([1; 16]),
            posts,
            units: vec![Unit {
                id: ward(),
                code: "00364".into(),
                name: "Khương Đình".into(),
                full_name: "Phường Khương Đình".into(),
                kind: UnitKind::Ward,
                parent: None,
                valid_from: None,
                valid_to: None,
            }],
            scope: if self.off_duty { vec![] } else { vec![ward()] },
            home: account.home.clone(),
            templates: vec![TemplateOffer {
                code: "mini_apartment".into(),
                version: "test-1".into(),
                sha256: hex::encode(Sha256::digest(&self.template)),
                current: true,
            }],
            max_photo_bytes: 64 * 1024 * 1024,
            courier: None,
            withdrawn: self.withdrawn.clone(),
            pass: self.pass(number),
            clock: self.clock,
        }
    }

    fn take(&mut self, checked: CheckedEnvelope, bytes: &[u8]) -> PushVerdict {
        let Ok(verdict) = judge(&checked, self);
        match verdict {
            Verdict::Admit { known, .. } => {
                self.admit(&checked, known, bytes);
                for waiting in std::mem::take(&mut self.waiting) {
                    let bytes = waiting.envelope.encode();
                    self.take(waiting, &bytes);
                }
                PushVerdict::Accepted
            }
            Verdict::AlreadyKnown => PushVerdict::AlreadyKnown,
            Verdict::Waiting { missing } => {
                self.waiting.push(checked);
                PushVerdict::Waiting { missing }
            }
            Verdict::Quarantine(refusal) => refusal.verdict(),
        }
    }

    fn admit(&mut self, checked: &CheckedEnvelope, known: usize, bytes: &[u8]) {
        let envelope = &checked.envelope;
        let owner = self.people[self.authors[&envelope.author].0].person;
        let record = self.records.entry(envelope.document).or_default();
        let sealed_before = record.facts.is_some_and(|facts| facts.sealed);
        record.facts.get_or_insert(DocumentFacts {
            kind: envelope.kind,
            unit: envelope.unit,
            owner,
            sealed: false,
            supplement_of: None,
            subject: None,
        });
        for change in &checked.changes[known..] {
            for operation in &change.operations {
                let id = || operation.put.as_ref().and_then(Scalar::as_text).and_then(|text| text.parse().ok());
                let facts = record.facts.as_mut().expect("just put");
                facts.sealed |= operation.key.starts_with("g/");
                match operation.key.as_str() {
                    "h/supplement_of" => facts.supplement_of = id(),
                    "h/subject" => facts.subject = id(),
                    _ => {}
                }
            }
            record.changes.push(change.clone());
        }
        self.feed.push((envelope.unit, checked.id, bytes.to_vec(), envelope.author));
        let seal = checked.changes[known..].iter().find(|change| change.is_seal());
        if let Some(seal) = seal.filter(|_| !sealed_before) {
            self.put_beside(envelope.document, &seal.hash);
        }
    }

    /// What a seal does not cover goes out of the record and the feed again.
    fn put_beside(&mut self, document: DocumentId, seal: &ChangeHash) {
        let stands = |place: &usize| !self.withdrawn_places.contains(place);
        let mut log = Vec::new();
        for (place, (_, id, bytes, _)) in self.feed.iter().enumerate().filter(|(place, _)| stands(place)) {
            let checked = check_envelope(bytes).expect("sound");
            if checked.envelope.document == document {
                log.extend(checked.changes.into_iter().map(|change| (place, *id, change)));
            }
        }
        let named: Vec<_> = log.iter().map(|(_, id, change)| (Some(*id), change)).collect();
        for beside in covered::beside(&named, seal) {
            let (place, _, change) = &log[beside];
            self.withdrawn_places.insert(*place);
            let record = self.records.get_mut(&document).expect("sealed");
            record.changes.retain(|known| known.hash != change.hash);
        }
    }

    /// What stands in the feed.
    fn standing(&self) -> impl Iterator<Item = (usize, &(UnitId, EnvelopeId, Vec<u8>, AuthorKey))> {
        self.feed.iter().enumerate().filter(|(place, _)| !self.withdrawn_places.contains(place))
    }
}
