//! The server's side: authors who push, upload and remember each word of the server; a reader who pulls every feed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use ancu_shared::clock::{RandomSource as _, SeededRandom, UtcMillis};
use ancu_shared::document::Document;
use ancu_shared::document::guard::check_change;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, AuthorKey, DocumentId, EnvelopeId, PhotoHash, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::wire::{PullRequest, PushAnswer, PushRequest, PushVerdict, UnitCursor};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use reqwest::blocking::Response;
use serde_bytes::ByteBuf;

use super::Summary;
use super::officer::Officer;
use crate::peer::Peer;
use crate::server::Server;

/// Who pushes at once.
const AUTHORS: usize = 3;
/// Changes of one record; then another is begun.
const EDITS: usize = 150;
/// Of what the server gave its word on before, how many it is asked about again after each kill.
const ASKED_AGAIN: usize = 6;

/// Everybody at the server but the officer.
#[derive(Debug)]
pub(super) struct Town {
    pub(super) authors: Vec<Author>,
    reader: Peer,
    reading: Reading,
    rounds: u64,
}

/// An author and their own book.
#[derive(Debug)]
pub(super) struct Author {
    peer: Peer,
    random: SeededRandom,
    unit: UnitId,
    now: UtcMillis,
    record: Option<(DocumentId, Document, usize)>,
    number: u64,
    /// Envelopes by the last word on them.
    accepted: BTreeMap<EnvelopeId, Vec<u8>>,
    quarantined: BTreeMap<EnvelopeId, Vec<u8>>,
    /// Sent, in this order, and no word came.
    unheard: Vec<Vec<u8>>,
    receipted: BTreeMap<PhotoHash, u64>,
    unheard_photo: Option<Vec<u8>>,
}

/// What the feeds brought.
#[derive(Debug, Default)]
struct Reading {
    cursors: BTreeMap<UnitId, ancu_shared::sync::wire::Cursor>,
    envelopes: HashSet<EnvelopeId>,
    /// Envelopes of none of the authors: their marks and places, the photos that they name.
    marks: HashMap<String, (String, String)>,
    base: bool,
    /// What a new server has: nobody here made it.
    seeded: HashSet<EnvelopeId>,
}

impl Town {
    pub(super) fn enrol(server: &Server, random: &mut SeededRandom) -> Self {
        let peer = |seed| Peer::enrol(server, &server.console_link("canbo2"), seed).expect("an enrolled peer");
        let authors = (0..AUTHORS).map(|_| Author::new(peer(random.next_u64()), random.next_u64())).collect();
        let mut town = Self { authors, reader: peer(random.next_u64()), reading: Reading::default(), rounds: 0 };
        town.reading.base = true;
        town.reading.go_on(&town.reader, &|_| true).expect("the feeds of a new server");
        town.reading.base = false;
        town
    }

    /// After a kill and a start: every word that the server gave holds, and nothing is there that nobody sent.
    pub(super) fn check(&mut self, server: &Server, officer: &Officer, summary: &mut Summary) -> Result<(), String> {
        self.rounds += 1;
        for author in &mut self.authors {
            author.ask_again(ASKED_AGAIN, summary)?;
        }
        self.read(officer)?;
        self.photos(server, officer, |number| number)?;
        summary.envelopes = self.authors.iter().map(|it| (it.accepted.len() + it.quarantined.len()) as u64).sum();
        summary.receipts = self.authors.iter().map(|it| it.receipted.len() as u64).sum();
        if self.rounds.is_multiple_of(50) { sound(server) } else { Ok(()) }
    }

    /// In the end, all of it once more, from the beginning.
    pub(super) fn finish(&mut self, server: &Server, officer: &Officer, summary: &mut Summary) -> Result<(), String> {
        for author in &mut self.authors {
            author.ask_again(usize::MAX, summary)?;
        }
        self.read(officer)?;
        let seeded = self.reading.seeded.clone();
        let read = std::mem::replace(&mut self.reading, Reading { seeded, ..Reading::default() });
        self.read(officer)?;
        if let Some(lost) = read.envelopes.difference(&self.reading.envelopes).next() {
            return Err(format!("lost: envelope {lost} was in the feed once"));
        }
        self.photos(server, officer, |_| usize::MAX)?;
        sound(server)
    }

    fn read(&mut self, officer: &Officer) -> Result<(), String> {
        let keys: BTreeSet<AuthorKey> = self.authors.iter().map(|author| author.peer.secret.public()).collect();
        let of_others = |envelope: &Envelope| !keys.contains(&envelope.author);
        self.reading.go_on(&self.reader, &of_others)?;
        for author in &self.authors {
            for id in author.accepted.keys() {
                if !self.reading.envelopes.contains(id) {
                    return Err(format!("lost: envelope {id} was accepted and is in no feed"));
                }
            }
        }
        for (mark, place) in &self.reading.marks {
            let Some(entered) = officer.marks.get(mark) else { return Err(format!("invented: {mark} at {place:?}")) };
            let key =
                if entered.finding { format!("f/{}/detail", entered.item) } else { format!("i/{}", entered.item) };
            if *place != (entered.inspection.clone(), key) {
                return Err(format!("{mark} was entered at {entered:?} and is at {place:?}"));
            }
        }
        match officer.sent.iter().find(|mark| !self.reading.marks.contains_key(*mark)) {
            Some(mark) => Err(format!("lost: the device said that {mark} is at the server")),
            None => Ok(()),
        }
    }

    /// The bytes of receipted photos, as files. The newest ones of each author, and of the officer.
    fn photos(&self, server: &Server, officer: &Officer, most: impl Fn(usize) -> usize) -> Result<(), String> {
        let newest = |author: &Author| {
            let mut all: Vec<_> = author.receipted.iter().map(|(hash, number)| (*number, hash.to_string())).collect();
            all.sort_unstable();
            all.into_iter().rev().take(most(20)).map(|(_, hash)| hash).collect::<Vec<_>>()
        };
        let hashes = self.authors.iter().flat_map(newest).chain(officer.sent_photos.iter().cloned());
        for hash in hashes {
            let file = server.folder().join("blobs").join(&hash[..2]).join(&hash);
            let bytes = std::fs::read(&file).map_err(|error| format!("lost: photo {hash} was receipted: {error}"))?;
            if PhotoHash::of(&bytes).to_string() != hash {
                return Err(format!("photo {hash} was receipted and has other bytes"));
            }
        }
        Ok(())
    }
}

fn sound(server: &Server) -> Result<(), String> {
    for command in ["verify-audit", "doctor"] {
        server.command(&[command]).map_err(|said| format!("{command}: {said}"))?;
    }
    Ok(())
}

impl Reading {
    /// Reads the feeds on to their ends.
    fn go_on(&mut self, reader: &Peer, of_others: &dyn Fn(&Envelope) -> bool) -> Result<(), String> {
        loop {
            let cursors =
                self.cursors.iter().map(|(unit, cursor)| UnitCursor { unit: *unit, cursor: Some(cursor.clone()) });
            let answer = reader.pull(&PullRequest { cursors: cursors.collect(), ..PullRequest::default() });
            for page in &answer.units {
                let before = self.cursors.get(&page.unit).map_or(0, |cursor| cursor.sequence);
                if page.restarted || page.cursor.sequence != before + page.envelopes.len() as u64 {
                    let cursor = &page.cursor;
                    return Err(format!(
                        "a feed with a hole: {} after {before}, then {cursor:?}",
                        page.envelopes.len()
                    ));
                }
                for bytes in &page.envelopes {
                    self.take(bytes, of_others)?;
                }
                self.cursors.insert(page.unit, page.cursor.clone());
            }
            if !answer.units.iter().any(|page| page.more) {
                return Ok(());
            }
        }
    }

    fn take(&mut self, bytes: &[u8], of_others: &dyn Fn(&Envelope) -> bool) -> Result<(), String> {
        let id = EnvelopeId::of(bytes);
        if !self.envelopes.insert(id) {
            return Err(format!("envelope {id} is in a feed twice"));
        }
        let envelope = Envelope::decode(bytes).map_err(|error| format!("envelope {id}: {error}"))?;
        if self.base {
            self.seeded.insert(id);
        }
        if self.seeded.contains(&id) || !of_others(&envelope) {
            return Ok(());
        }
        for change in &envelope.changes {
            let change = check_change(change, envelope.kind).map_err(|error| format!("envelope {id}: {error}"))?;
            for operation in &change.operations {
                let words = operation.put.as_ref().and_then(Scalar::as_text).unwrap_or_default();
                if operation.key.starts_with("i/") || operation.key.starts_with("f/") {
                    let number = words.split('#').nth(1).ok_or_else(|| format!("invented: {words} in {id}"))?;
                    let place = (envelope.document.to_string(), operation.key.clone());
                    self.marks.insert(format!("#{number}#"), place);
                }
            }
        }
        Ok(())
    }
}

impl Author {
    fn new(peer: Peer, seed: u64) -> Self {
        let context = &peer.enrolled.context;
        let (unit, now) = (context.scope[0], context.clock);
        Self {
            peer,
            random: SeededRandom::new(seed),
            unit,
            now,
            record: None,
            number: 0,
            accepted: BTreeMap::new(),
            quarantined: BTreeMap::new(),
            unheard: Vec::new(),
            receipted: BTreeMap::new(),
            unheard_photo: None,
        }
    }

    /// Pushes and uploads until the server is gone or everybody is to stop; each word of it is told.
    pub(super) fn work(&mut self, stop: &AtomicBool, told: &mpsc::Sender<()>) -> Result<(), String> {
        while !stop.load(Ordering::SeqCst) {
            let done = if self.unheard_photo.is_some() || self.random.below(6) == 0 {
                self.upload()?
            } else {
                let count = 1 + self.random.below(6);
                self.unheard = (0..count).map(|_| self.envelope()).collect();
                self.push()?
            };
            match done {
                None => return Ok(()),
                // Who waits for words may have heard enough.
                Some(()) => drop(told.send(())),
            }
        }
        Ok(())
    }

    /// The next envelope: one more change of the record, or now and then one whose signature is broken.
    fn envelope(&mut self) -> Vec<u8> {
        self.number += 1;
        let at = self.now.plus_millis(self.number as i64);
        if self.random.below(8) == 0 {
            let puts = [("h/schema", Scalar::Int(1)), ("h/name", Scalar::from(format!("Giả mạo {}", self.number)))];
            let (_, mut forged) = self.peer.record(RecordKind::Facility, self.unit, at, &puts);
            // The signature stands last.
            if let Some(last) = forged.last_mut() {
                *last ^= 1;
            }
            return forged;
        }
        let secret = &self.peer.secret;
        let (id, mut document, edits) = match self.record.take() {
            Some(record) if record.2 < EDITS => record,
            _ => {
                let document = Document::new(ActorId::derive(&secret.public(), 0));
                (self.peer.new_id(at), document, 0)
            }
        };
        let secret = &self.peer.secret;
        let mut puts = vec![("h/name", Scalar::from(format!("Nhà số {}", self.number)))];
        if edits == 0 {
            puts.push(("h/schema", Scalar::Int(1)));
            puts.push(("h/class", Scalar::from("mini_apartment")));
            puts.push(("h/address", Scalar::from("Số 9 phố Khương Hạ")));
        }
        for (key, value) in puts {
            document.put(&Key::parse(key).expect("a key"), &value).expect("a value that a record may hold");
        }
        let change = document.commit(at).expect("a change").expect("something to write");
        let envelope =
            Envelope::seal(id, RecordKind::Facility, self.unit, secret, 0, vec![(change.hash, change.bytes)]).encode();
        self.record = Some((id, document, edits + 1));
        envelope
    }

    /// Pushes what no word came on. `None`: the server is gone.
    fn push(&mut self) -> Result<Option<()>, String> {
        let envelopes = self.unheard.iter().map(|bytes| ByteBuf::from(bytes.clone())).collect();
        let request = PushRequest { envelopes, ..PushRequest::default() };
        let answer = match self.peer.attempt::<_, PushAnswer>("/sync/v1/push", &request) {
            None => return Ok(None),
            Some(Err(refused)) if refused.status == 503 => return Ok(None),
            Some(answer) => answer.map_err(|refused| format!("push: {refused:?}"))?,
        };
        if answer.outcomes.len() != self.unheard.len() {
            return Err(format!("{} words on {} envelopes", answer.outcomes.len(), self.unheard.len()));
        }
        for (bytes, outcome) in std::mem::take(&mut self.unheard).into_iter().zip(answer.outcomes) {
            let id = EnvelopeId::of(&bytes);
            if outcome.envelope != id {
                return Err(format!("the word on {id} is on {}", outcome.envelope));
            }
            match outcome.verdict {
                PushVerdict::Accepted | PushVerdict::AlreadyKnown => drop(self.accepted.insert(id, bytes)),
                PushVerdict::Quarantined { .. } => drop(self.quarantined.insert(id, bytes)),
                other => return Err(format!("envelope {id}: {other:?}")),
            }
        }
        Ok(Some(()))
    }

    /// Asks about what no word came on, and again about what the server gave its word on: it must say the same.
    fn ask_again(&mut self, most: usize, summary: &mut Summary) -> Result<(), String> {
        let (accepted, quarantined) = (self.accepted.len(), self.quarantined.len());
        let unheard = self.unheard.len();
        if unheard > 0 && self.push()?.is_none() {
            return Err("the server that was started again does not answer".into());
        }
        summary.unheard += unheard as u64;
        if self.accepted.len() + self.quarantined.len() != accepted + quarantined + unheard {
            return Err("an envelope was judged twice".into());
        }
        let mut asked: Vec<(bool, Vec<u8>)> = Vec::new();
        for (is_accepted, kept) in [(true, &self.accepted), (false, &self.quarantined)] {
            let from = if kept.len() > most { self.random.below(kept.len() - most) } else { 0 };
            asked.extend(kept.values().skip(from).take(most).map(|bytes| (is_accepted, bytes.clone())));
        }
        for some in asked.chunks(200) {
            let words = self.peer.push(&some.iter().map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>());
            for ((is_accepted, bytes), word) in some.iter().zip(words) {
                let id = EnvelopeId::of(bytes);
                match (is_accepted, &word) {
                    (true, PushVerdict::AlreadyKnown) | (false, PushVerdict::Quarantined { .. }) => {}
                    (true, _) => return Err(format!("lost: envelope {id} was accepted, and now: {word:?}")),
                    (false, _) => return Err(format!("envelope {id} was kept aside, and now: {word:?}")),
                }
            }
        }
        Ok(())
    }

    /// Uploads a photo, or goes on with the one that was cut. `None`: the server is gone.
    fn upload(&mut self) -> Result<Option<()>, String> {
        let bytes = self.unheard_photo.take().unwrap_or_else(|| {
            let mut bytes = vec![0; 1 + self.random.below(200_000)];
            self.random.fill(&mut bytes);
            bytes
        });
        self.unheard_photo = Some(bytes.clone());
        let hash = PhotoHash::of(&bytes);
        let created = self
            .peer
            .request(Method::POST, "/uploads")
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Length", bytes.len())
            .header("Upload-Metadata", format!("sha256 {}", STANDARD.encode(hash.to_string())))
            .send();
        let Ok(created) = created else { return Ok(None) };
        let mut offset: usize = told(&created, "Upload-Offset").unwrap_or(0);
        if !created.status().is_success() {
            return gone(&created);
        }
        let location = told::<String>(&created, "Location");
        let mut receipt = told::<String>(&created, "Ancu-Receipt");
        while receipt.is_none() {
            let location = location.as_deref().ok_or("an upload without a place")?;
            let end = bytes.len().min(offset + 1 + self.random.below(120_000));
            let sent = self
                .peer
                .request(Method::PATCH, location)
                .header("Tus-Resumable", "1.0.0")
                .header("Content-Type", "application/offset+octet-stream")
                .header("Upload-Offset", offset)
                .body(bytes[offset..end].to_vec())
                .send();
            let Ok(sent) = sent else { return Ok(None) };
            if !sent.status().is_success() {
                return gone(&sent);
            }
            receipt = told(&sent, "Ancu-Receipt");
            offset = told(&sent, "Upload-Offset").ok_or("a piece without an offset")?;
        }
        if receipt.as_deref() != Some(hash.to_string().as_str()) {
            return Err(format!("a receipt for {receipt:?} where {hash} was sent"));
        }
        self.unheard_photo = None;
        self.number += 1;
        self.receipted.insert(hash, self.number);
        Ok(Some(()))
    }
}

/// A refusal: of a server that is about to die it is none.
fn gone(response: &Response) -> Result<Option<()>, String> {
    if response.status() == 503 { Ok(None) } else { Err(format!("an upload: {}", response.status())) }
}

fn told<T: std::str::FromStr>(response: &Response, name: &str) -> Option<T> {
    response.headers().get(name)?.to_str().ok()?.parse().ok()
}
