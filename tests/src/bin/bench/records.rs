//! Records as devices make them, without a device: whole inspections by a client of the protocol, ready to be pushed.

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::Document;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, DocumentId, PhotoHash, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{
    Answer, ItemAnswer, PhotoDetail, Position, PositionSource, Register as _, Verdict,
};
use ancu_shared::record::value::Scalar;
use ancu_shared::record::visit;
use ancu_shared::sync::wire::TemplateOffer;
use ancu_shared::template::{Input, Template};
use sha2::{Digest as _, Sha256};
use tests::peer::Peer;
use tests::server::Server;

/// Answers in an inspection.
pub(crate) const ANSWERS: usize = 120;
/// Envelopes in a push: about as many bytes as a device puts into one.
pub(crate) const PUSH: usize = 40;
/// Words that officers leave at a question, so that not all are alike.
pub(crate) const NOTES: [&str; 7] =
    ["", "", "", "Cửa thoát hiểm bị khóa", "Thiếu 2 bình chữa cháy tầng 3", "Đã khắc phục tại chỗ", "Dây điện cũ"];

/// Somebody who makes inspections.
pub(crate) struct Officer {
    /// The client.
    pub(crate) peer: Peer,
    unit: UnitId,
    now: UtcMillis,
    template: Template,
    /// Answers given after an inspection was pushed: each at an instant of its own.
    later: i64,
}

/// An inspection and how to go on with it.
pub(crate) struct Visit {
    /// Its id.
    pub(crate) id: DocumentId,
    /// The record as it stands.
    pub(crate) document: Document,
    /// Its whole history under one signature.
    pub(crate) envelope: Vec<u8>,
}

impl Officer {
    /// Enrols one.
    pub(crate) fn enrol(server: &Server, username: &str, seed: u64) -> Self {
        let peer = Peer::enrol(server, &server.console_link(username), seed).expect("an enrolled peer");
        let context = &peer.enrolled.context;
        let (unit, now) = (context.scope[0], context.clock);
        let mini = |offer: &&TemplateOffer| offer.code == "mini_apartment" && offer.current;
        let offer = context.templates.iter().find(mini).expect("the template of mini-apartments");
        let path = format!("/sync/v1/templates/{}", offer.sha256);
        let body = peer.request(reqwest::Method::GET, &path).send().and_then(reqwest::blocking::Response::bytes);
        let template = serde_json::from_slice(&body.expect("the template")).expect("a template");
        Self { peer, unit, now, template, later: 0 }
    }

    /// New premises.
    pub(crate) fn premises(&mut self, number: usize) -> (DocumentId, Vec<u8>) {
        let puts = [
            ("h/schema", Scalar::Int(1)),
            ("h/name", Scalar::from(format!("Chung cư mini số {number}"))),
            ("h/class", Scalar::from("mini_apartment")),
            ("h/address", Scalar::from(format!("Số {} ngõ {} phố Khương Hạ", number % 211 + 1, number / 211 + 1))),
            ("h/street", Scalar::from("Khương Hạ")),
        ];
        self.peer.record(RecordKind::Facility, self.unit, self.now, &puts)
    }

    /// A whole inspection: begun, then one change a section as it is left, [`ANSWERS`] answers in all.
    pub(crate) fn inspection(&mut self, facility: DocumentId, number: usize) -> Visit {
        let named =
            visit::Visit { facility, template: self.template.code.clone(), day: self.now.hanoi_date(), number: 1 };
        let id = named.id();
        let mut document = Document::new(self.actor());
        let began = self.now.plus_millis(number as i64 * 1_000);
        let text = |name: &str, value: &str| (Key::Header(name.to_owned()), Scalar::from(value));
        let mut beginning = named.header();
        beginning.extend([
            (Key::Header(field::SCHEMA.into()), Scalar::Int(1)),
            text(field::TEMPLATE_VERSION, &self.template.version),
            text(field::PURPOSE, "periodic"),
            (Key::Header(field::STARTED_AT.into()), Scalar::Int(began.0)),
            (Key::State("state".into()), Scalar::from("in_progress")),
        ]);
        let mut changes = vec![commit(&mut document, &beginning, began)];
        let mut left = ANSWERS;
        for group in &self.template.groups {
            let mut puts = Vec::new();
            for item in group.items.iter().take(left) {
                let at = began.plus_millis((ANSWERS - left + puts.len()) as i64 * 9_000);
                puts.push(self.answer(&item.code, &item.input, number + left + puts.len(), at));
            }
            left -= puts.len();
            if !puts.is_empty() {
                let at = began.plus_millis((ANSWERS - left) as i64 * 9_000);
                changes.push(commit(&mut document, &puts, at));
            }
        }
        assert_eq!(left, 0, "the template has fewer than {ANSWERS} questions");
        let envelope = self.envelope(id, changes);
        Visit { id, document, envelope }
    }

    /// An inspection of nothing but photos, all at one question.
    pub(crate) fn photographed(&mut self, facility: DocumentId, number: usize, photos: usize) -> (DocumentId, Vec<u8>) {
        let named =
            visit::Visit { facility, template: self.template.code.clone(), day: self.now.hanoi_date(), number: 1 };
        let id = named.id();
        let mut document = Document::new(self.actor());
        let at = self.now.plus_millis(number as i64 * 1_000);
        let mut beginning = named.header();
        beginning.extend([
            (Key::Header(field::SCHEMA.into()), Scalar::Int(1)),
            (Key::Header(field::TEMPLATE_VERSION.into()), Scalar::from(self.template.version.as_str())),
            (Key::Header(field::STARTED_AT.into()), Scalar::Int(at.0)),
            (Key::State("state".into()), Scalar::from("in_progress")),
        ]);
        let item = self.template.items().next().expect("a question").code.clone();
        let named: Vec<_> = (0..photos)
            .map(|photo| {
                let hash = PhotoHash(Sha256::digest(format!("{number}/{photo}")).into());
                let detail = PhotoDetail {
                    hash,
                    bytes: 400_000,
                    width: 2048,
                    height: 1536,
                    original_sha256: hash.to_string(),
                    taken_at: None,
                    place: None,
                    at,
                    by: self.peer.enrolled.context.person,
                    removed: false,
                    marks: Vec::new(),
                    origin: None,
                };
                (Key::Photo(item.clone(), hash), detail.to_scalar())
            })
            .collect();
        let changes = vec![commit(&mut document, &beginning, at), commit(&mut document, &named, at)];
        (id, self.envelope(id, changes))
    }

    /// One more answer to an inspection, in an envelope of its own.
    pub(crate) fn one_more(&mut self, visit: &mut Visit, number: usize) -> Vec<u8> {
        let items: Vec<_> = self.template.items().filter(|item| !item.survey).collect();
        let item = items[number % items.len()].clone();
        self.later += 1;
        let at = self.now.plus_millis(100_000_000 + self.later);
        let put = self.answer(&item.code, &item.input, number, at);
        let change = commit(&mut visit.document, &[put], at);
        self.envelope(visit.id, vec![change])
    }

    fn answer(&self, code: &str, input: &Input, number: usize, at: UtcMillis) -> (Key, Scalar) {
        let answer = match input {
            Input::Verdict => {
                Answer::Verdict([Verdict::Pass, Verdict::Pass, Verdict::Fail, Verdict::NotApplicable][number % 4])
            }
            Input::Number { min, max, .. } => {
                let least = min.unwrap_or(0.0).ceil();
                Answer::Number((least + (number % 50) as f64).min(max.unwrap_or(f64::MAX).floor()))
            }
            Input::Choice { options, .. } => Answer::Choice(options[number % options.len()].code.clone()),
            Input::Choices { options } => Answer::Choices(vec![options[number % options.len()].code.clone()]),
            Input::Date => Answer::Date(at.hanoi_date()),
            Input::Geo { .. } => Answer::Geo(Position {
                latitude: 20.99 + (number % 50) as f64 / 1e4,
                longitude: 105.81,
                accuracy_m: Some(8.0),
                source: PositionSource::Device,
            }),
            _ => Answer::Text(format!("Ghi nhận {}", number % 50)),
        };
        let note = NOTES[number % NOTES.len()].into();
        let answer = ItemAnswer::new(Some(answer), note, at, self.peer.enrolled.context.person);
        (Key::Item(code.to_owned()), answer.to_scalar())
    }

    fn actor(&self) -> ActorId {
        ActorId::derive(&self.peer.secret.public(), 0)
    }

    fn envelope(&self, id: DocumentId, changes: Vec<Change>) -> Vec<u8> {
        Envelope::seal(id, RecordKind::Inspection, self.unit, &self.peer.secret, 0, changes).encode()
    }
}

type Change = (ancu_shared::id::ChangeHash, Vec<u8>);

fn commit(document: &mut Document, puts: &[(Key, Scalar)], at: UtcMillis) -> Change {
    for (key, value) in puts {
        document.put(key, value).expect("a value that a record may hold");
    }
    let change = document.commit(at).expect("a change").expect("something to write");
    (change.hash, change.bytes)
}
