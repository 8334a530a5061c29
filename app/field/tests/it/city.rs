//! A city's server in memory, behind the engine's transport: the shared admission decides, feeds and receipts are real,
//! faults are switched on by the tests. What the real server does besides is tested with the real server.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use ancu_field::exchange::transport::{Address, Connect, Transport, Upload};
use ancu_shared::author::{AuthorCertificate, AuthorIdentity, AuthorSecret};
use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::document::position::{LastChange, put_key_in, put_value_in};
use ancu_shared::document::{Document, cells};
use ancu_shared::envelope::Envelope;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{
    ActorId, AuthorKey, BundleId, ChangeHash, DeviceId, DocumentId, EnvelopeId, PersonId, PhotoHash, UnitId,
};
use ancu_shared::link::EnrolLink;
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{Decision, DecisionStatement, Register as _, ThreadMessage};
use ancu_shared::record::value::{OperationId, Scalar};
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::admission::{
    AuthorFacts, CheckedEnvelope, DocumentFacts, Facts, HomeFacts, Verdict, check_envelope, judge,
};
use ancu_shared::sync::brief;
use ancu_shared::sync::session::Failure;
use ancu_shared::sync::wire::{
    Context, Cursor, DeviceClock, EnrolAnswer, EnrolGrant, EnrolRequest, EnvelopeOffer, EnvelopeOfferAnswer, Home,
    PhotoOffer, PhotoOfferAnswer, PullAnswer, PullRequest, PushAnswer, PushOutcome, PushRequest, PushVerdict,
    TemplateOffer, UnitPage,
};
use ancu_shared::template::{Template, TemplateRef};
use ancu_shared::unit::{Unit, UnitKind};
use ancu_shared::view::build::{Live, review_id};
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};

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
            waiting: Vec::new(),
            uploads: BTreeMap::new(),
            photos: BTreeMap::new(),
            template: serde_json::to_vec(template).expect("template"),
            pushes: 0,
            down: false,
            lose_next_answer: false,
            clocks: Vec::new(),
            pieces_left: None,
            fail_to_keep: false,
            panic_once: false,
            pieces: 0,
            garbage: None,
            meanwhile: None,
            revoked: false,
        })))
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
        EnrolLink { server: "https://city.test".into(), fingerprint: [5; 32], grant }.to_text()
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
        self.state().feed.len()
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

    fn context(&self, account: usize) -> Context {
        let account = &self.people[account];
        Context {
            person: account.person,
            person_name: account.name.clone(),
            device: DeviceId::from_bytes([1; 16]),
            posts: vec![Post { role: account.role, unit: ward(), valid_from: None, valid_to: None }],
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
            scope: vec![ward()],
            home: account.home.clone(),
            templates: vec![TemplateOffer {
                code: "mini_apartment".into(),
                version: "test-1".into(),
                sha256: hex::encode(Sha256::digest(&self.template)),
                current: true,
            }],
            max_photo_bytes: 64 * 1024 * 1024,
            courier: None,
            clock: NOON,
        }
    }

    fn take(&mut self, checked: CheckedEnvelope, bytes: &[u8]) -> PushVerdict {
        let Ok(verdict) = judge(&checked, self);
        match verdict {
            Verdict::Admit { known } => {
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
    }
}

impl Facts for State {
    type Error = std::convert::Infallible;

    fn author(&self, key: &AuthorKey) -> Result<Option<AuthorFacts>, Self::Error> {
        Ok(self.authors.get(key).map(|(account, _)| {
            let account = &self.people[*account];
            let home = account.home.as_ref().map(|home| HomeFacts { facility: home.facility, unit: home.unit });
            AuthorFacts { person: account.person, revoked: false, home }
        }))
    }

    fn document(&self, document: DocumentId) -> Result<Option<DocumentFacts>, Self::Error> {
        Ok(self.records.get(&document).and_then(|record| record.facts))
    }

    fn change_max_op(&self, document: DocumentId, hash: &ChangeHash) -> Result<Option<u64>, Self::Error> {
        let changes = self.records.get(&document).map(|record| record.changes.as_slice()).unwrap_or_default();
        Ok(changes.iter().find(|change| change.hash == *hash).map(|change| change.max_op))
    }

    fn last_change(&self, document: DocumentId, actor: &ActorId) -> Result<Option<LastChange>, Self::Error> {
        let changes = self.records.get(&document).map(|record| record.changes.as_slice()).unwrap_or_default();
        let last = changes.iter().filter(|change| change.actor == *actor).max_by_key(|change| change.sequence);
        Ok(last.map(|change| LastChange { hash: change.hash, sequence: change.sequence, max_op: change.max_op }))
    }

    fn put_key(&self, document: DocumentId, put: &OperationId) -> Result<Option<String>, Self::Error> {
        Ok(self.records.get(&document).and_then(|record| put_key_in(&record.changes, put)))
    }

    fn put_value(&self, document: DocumentId, put: &OperationId) -> Result<Option<Scalar>, Self::Error> {
        Ok(self.records.get(&document).and_then(|record| put_value_in(&record.changes, put)))
    }

    fn is_submitted(&self, dwelling: DocumentId) -> Result<bool, Self::Error> {
        let changes = self.records.get(&dwelling).map(|record| record.changes.as_slice()).unwrap_or_default();
        let mut states = changes.iter().flat_map(|change| &change.operations).filter(|it| it.key == "s/state");
        Ok(states.any(|state| state.put.as_ref().and_then(Scalar::as_text) == Some("submitted")))
    }

    fn templates(&self, inspection: DocumentId) -> Result<Vec<TemplateRef>, Self::Error> {
        let changes = self.records.get(&inspection).map(|record| record.changes.as_slice()).unwrap_or_default();
        Ok(Live::of(&cells::begun(changes)).templates())
    }

    fn template(&self, reference: &TemplateRef) -> Result<Option<Arc<Template>>, Self::Error> {
        let template = Template::read(&self.template).expect("template");
        Ok((template.reference() == *reference).then(|| Arc::new(template)))
    }

    fn owned(&self, person: PersonId, kind: RecordKind) -> Result<Option<DocumentId>, Self::Error> {
        let own = |facts: &DocumentFacts| facts.owner == person && facts.kind == kind;
        Ok(self.records.iter().find(|(_, record)| record.facts.as_ref().is_some_and(own)).map(|(id, _)| *id))
    }

    fn holds(&self, person: PersonId, unit: UnitId, allows: &dyn Fn(Role) -> bool) -> Result<bool, Self::Error> {
        let account = self.people.iter().find(|account| account.person == person);
        Ok(unit == ward() && account.is_some_and(|account| allows(account.role)))
    }
}

impl Connect for City {
    fn connect(&self, address: &Address) -> Result<Box<dyn Transport>, Failure> {
        assert_eq!(address.fingerprint, [5; 32]);
        Ok(Box::new(Line { city: self.clone(), token: address.token.clone() }))
    }
}

struct Line {
    city: City,
    token: Option<String>,
}

impl Line {
    fn up(&self) -> Result<MutexGuard<'_, State>, Failure> {
        let state = self.city.state();
        if state.down { Err(Failure::new(ErrorCode::ServerUnreachable)) } else { Ok(state) }
    }

    fn account(&self, state: &State) -> Result<usize, Failure> {
        if state.revoked {
            return Err(Failure::new(ErrorCode::DeviceRevoked));
        }
        let token = self.token.as_ref().ok_or_else(|| Failure::new(ErrorCode::LoginRequired))?;
        state.tokens.get(token).copied().ok_or_else(|| Failure::new(ErrorCode::LoginRequired))
    }
}

impl Transport for Line {
    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolAnswer, Failure> {
        let mut state = self.up()?;
        let signed = EnrolRequest::signed_bytes(&request.author, &request.grant);
        assert!(ancu_shared::author::verify(&request.author, &signed, &request.proof), "proof of possession");
        let (account, once) = match &request.grant {
            EnrolGrant::Code { code } => {
                let account = state.accounts.get(code).copied();
                (account.ok_or_else(|| Failure::new(ErrorCode::CodeUnknown))?, code.clone().into_bytes())
            }
            EnrolGrant::Invitation { invitation } => {
                let invited = invitation.verified().expect("signed");
                assert!(state.authors.contains_key(&invited.author), "by an officer of ours");
                assert!(invited.expires_at > NOON, "in time by the server's clock");
                let known = state.authors.get(&request.author).map(|(account, _)| *account);
                let person = PersonId::from_bytes([state.people.len() as u8 + 100; 16]);
                let home = Home { facility: invited.facility, unit: invited.unit, place: invited.place };
                let name = request.person_name.clone().expect("a head has a name");
                let account = known.unwrap_or_else(|| {
                    state.people.push(Account { person, name, role: Role::HouseholdHead, home: Some(home) });
                    state.people.len() - 1
                });
                (account, invited.nonce.to_vec())
            }
        };
        // Who asks again is answered again; nobody else.
        if *state.used.entry(once).or_insert(request.author) != request.author {
            return Err(Failure::new(ErrorCode::CodeUsed));
        }
        let known = state.authors.get(&request.author).map(|(_, certificate)| certificate.clone());
        let certificate = known.unwrap_or_else(|| state.certify(account, request.author, &request.device_name, false));
        let token = format!("token-{}", state.random.next_u64());
        state.tokens.insert(token.clone(), account);
        let server = state.certifier.public();
        if std::mem::take(&mut state.lose_next_answer) {
            return Err(Failure::new(ErrorCode::ServerUnreachable));
        }
        Ok(EnrolAnswer { token, certificate, server, context: state.context(account) })
    }

    fn context(&self) -> Result<Context, Failure> {
        let state = self.up()?;
        let account = self.account(&state)?;
        Ok(state.context(account))
    }

    fn template(&self, sha256: &str) -> Result<Vec<u8>, Failure> {
        let state = self.up()?;
        assert_eq!(sha256, hex::encode(Sha256::digest(&state.template)));
        Ok(state.template.clone())
    }

    fn push(&self, request: &PushRequest) -> Result<PushAnswer, Failure> {
        let mut state = self.up()?;
        self.account(&state)?;
        state.pushes += 1;
        let mut outcomes = Vec::new();
        for bytes in &request.envelopes {
            let verdict = match check_envelope(bytes) {
                Ok(checked) => state.take(checked, bytes),
                Err(refusal) => refusal.verdict(),
            };
            outcomes.push(PushOutcome { envelope: EnvelopeId::of(bytes), verdict });
        }
        if std::mem::take(&mut state.lose_next_answer) {
            return Err(Failure::new(ErrorCode::ServerUnreachable));
        }
        Ok(PushAnswer { outcomes, clock: NOON, mark: None })
    }

    fn offer_envelopes(&self, request: &EnvelopeOffer) -> Result<EnvelopeOfferAnswer, Failure> {
        let state = self.up()?;
        self.account(&state)?;
        let held = |id: &EnvelopeId| state.feed.iter().any(|(_, known, ..)| known == id);
        let known = request.envelopes.iter().filter(|id| held(id));
        let outcome = |id: &EnvelopeId| PushOutcome { envelope: *id, verdict: PushVerdict::AlreadyKnown };
        Ok(EnvelopeOfferAnswer { outcomes: known.map(outcome).collect(), mark: None })
    }

    fn begin_cargo(&self, _: &BundleId, _: u64, _: Option<&str>) -> Result<Upload, Failure> {
        // Only the real server opens a courier's file.
        Err(Failure::new(ErrorCode::NotFound))
    }

    fn cargo_receipt(&self, _: &BundleId) -> Result<Vec<u8>, Failure> {
        Err(Failure::new(ErrorCode::NotFound))
    }

    fn pull(&self, request: &PullRequest) -> Result<PullAnswer, Failure> {
        let panics = std::mem::take(&mut self.up()?.panic_once);
        assert!(!panics, "the test wants a panic here");
        let meanwhile = self.up()?.meanwhile.take();
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
        let state = self.up()?;
        let account = self.account(&state)?;
        let context = state.context(account);
        let me = &state.people[account];
        let epoch = format!("e{}", state.epoch);
        let (mut units, mut wanted) = (Vec::new(), BTreeSet::new());
        for asked in &request.cursors {
            let known = asked.cursor.as_ref();
            let restarted = known.is_some_and(|cursor| cursor.epoch != epoch);
            let from = known.filter(|cursor| cursor.epoch == epoch).map_or(0, |cursor| cursor.sequence) as usize;
            let page: Vec<_> = state.feed.iter().skip(from).take(3).collect();
            let mut envelopes = Vec::new();
            for (_, _, bytes, author) in &page {
                let envelope = Envelope::decode(bytes).expect("stored");
                let facts = state.records[&envelope.document].facts.expect("known");
                let subject = facts.subject.and_then(|id| state.records.get(&id)).and_then(|record| record.facts);
                let own = facts.owner == me.person || subject.is_some_and(|subject| subject.owner == me.person);
                // Whoever made it and still stands somewhere in this feed has it, or will ask for it in full.
                let by_name =
                    request.own_by_name && known.is_some() && !restarted && state.authors[author].0 == account;
                if by_name {
                    envelopes.push(ByteBuf::from(EnvelopeId::of(bytes).0));
                    wanted.insert(*author);
                } else if me.home.is_none() || own {
                    envelopes.push(ByteBuf::from(if request.brief { brief::brief(bytes) } else { bytes.clone() }));
                    wanted.insert(*author);
                }
            }
            envelopes.extend(state.garbage.clone().map(ByteBuf::from));
            let cursor = Cursor { epoch: epoch.clone(), sequence: (from + page.len()) as u64 };
            let more = from + page.len() < state.feed.len();
            units.push(UnitPage { unit: asked.unit, envelopes, cursor, more, restarted });
        }
        let authors = wanted.iter().map(|key| state.authors[key].1.clone()).collect();
        let context = Some(context).filter(|context| request.context.is_some_and(|tag| tag != context.tag()));
        Ok(PullAnswer {
            units,
            gone: vec![],
            authors,
            clock: NOON,
            context,
            clocks: state.clocks.clone(),
            templates: vec![],
            mark: None,
        })
    }

    fn offer_photos(&self, request: &PhotoOffer) -> Result<PhotoOfferAnswer, Failure> {
        let state = self.up()?;
        let (held, missing) = request.hashes.iter().partition(|hash| state.photos.contains_key(hash));
        Ok(PhotoOfferAnswer { missing, held, mark: None })
    }

    fn photo(&self, hash: &PhotoHash) -> Result<Vec<u8>, Failure> {
        self.up()?.photos.get(hash).cloned().ok_or_else(|| Failure::new(ErrorCode::NotFound))
    }

    fn begin_upload(&self, hash: &PhotoHash, bytes: u64, url: Option<&str>) -> Result<Upload, Failure> {
        let mut state = self.up()?;
        assert!(bytes > 0);
        if let Some((url, (_, held))) = url.and_then(|url| state.uploads.get_key_value(url)) {
            return Ok(Upload::GoesOn { url: url.clone(), offset: held.len() as u64 });
        }
        let url = format!("/uploads/{}", state.uploads.len());
        state.uploads.insert(url.clone(), (*hash, Vec::new()));
        Ok(Upload::GoesOn { url, offset: 0 })
    }

    fn send_piece(&self, url: &str, offset: u64, piece: &[u8]) -> Result<Upload, Failure> {
        let mut state = self.up()?;
        if let Some(left) = &mut state.pieces_left {
            if *left == 0 {
                return Err(Failure::new(ErrorCode::ServerUnreachable));
            }
            *left -= 1;
        }
        state.pieces += 1;
        let (hash, mut bytes) = state.uploads.remove(url).ok_or_else(|| Failure::new(ErrorCode::NotFound))?;
        assert_eq!(bytes.len() as u64, offset);
        bytes.extend_from_slice(piece);
        if PhotoHash::of(&bytes) == hash && std::mem::take(&mut state.fail_to_keep) {
            state.uploads.insert(url.to_owned(), (hash, bytes));
            return Err(Failure::new(ErrorCode::Unavailable));
        }
        if PhotoHash::of(&bytes) == hash {
            state.photos.insert(hash, bytes);
            return Ok(Upload::Receipted(None));
        }
        let offset = bytes.len() as u64;
        state.uploads.insert(url.to_owned(), (hash, bytes));
        Ok(Upload::GoesOn { url: url.to_owned(), offset })
    }
}
