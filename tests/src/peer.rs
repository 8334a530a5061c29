//! A client of `/sync/v1` written against `docs/protocol.md`, for what no honest device does.

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::{FixedClock, SeededRandom, UtcMillis};
use ancu_shared::document::Document;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, DocumentId, UnitId};
use ancu_shared::link::EnrolLink;
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::wire::{
    self, EnrolAnswer, EnrolRequest, PullAnswer, PullRequest, PushAnswer, PushRequest, PushVerdict,
};
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::console::{self, Refused};
use crate::server::Server;

/// An author key, a device token and a client.
#[derive(Debug)]
pub struct Peer {
    client: Client,
    url: String,
    /// The author.
    pub secret: AuthorSecret,
    /// What the enrolment answered.
    pub enrolled: EnrolAnswer,
    random: SeededRandom,
}

impl Peer {
    /// Enrols with a link, by hand.
    pub fn enrol(server: &Server, link: &str, seed: u64) -> Result<Self, Refused> {
        let link = EnrolLink::parse(link).expect("a link");
        let mut random = SeededRandom::new(seed);
        let secret = AuthorSecret::generate(&mut random);
        let author = secret.public();
        let proof = secret.sign(&EnrolRequest::signed_bytes(&author, &link.grant));
        let request = EnrolRequest {
            grant: link.grant,
            author,
            proof,
            device_name: "Máy lạ".into(),
            person_name: Some("Người lạ".into()),
            certificate: None,
        };
        let client = console::client(server);
        let url = server.url();
        let asked = client.post(format!("{url}/sync/v1/enrol")).header("Content-Type", wire::MEDIA_TYPE);
        let enrolled: EnrolAnswer = message(asked.body(pack(&request)))?;
        Ok(Self { client, url, secret, enrolled, random })
    }

    /// A request with the device's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.enrolled.token)
    }

    /// A call of the protocol; either outcome.
    pub fn call<Q: Serialize, A: DeserializeOwned>(&self, path: &str, request: &Q) -> Result<A, Refused> {
        message(self.request(Method::POST, path).header("Content-Type", wire::MEDIA_TYPE).body(pack(request)))
    }

    /// A call of the protocol to a server that may die meanwhile: `None` without a whole answer.
    pub fn attempt<Q: Serialize, A: DeserializeOwned>(&self, path: &str, request: &Q) -> Option<Result<A, Refused>> {
        let request = self.request(Method::POST, path).header("Content-Type", wire::MEDIA_TYPE).body(pack(request));
        let response = request.send().ok()?;
        let status = response.status();
        let bytes = response.bytes().ok()?;
        Some(read(status, &bytes))
    }

    /// Pulls one page.
    pub fn pull(&self, request: &PullRequest) -> PullAnswer {
        self.call("/sync/v1/pull", request).unwrap_or_else(|refused| panic!("pull: {refused:?}"))
    }

    /// Pushes envelopes; the verdicts in their order.
    pub fn push(&self, envelopes: &[Vec<u8>]) -> Vec<PushVerdict> {
        let envelopes = envelopes.iter().map(|bytes| serde_bytes::ByteBuf::from(bytes.clone())).collect();
        let request = PushRequest { envelopes, ..PushRequest::default() };
        let answer: PushAnswer =
            self.call("/sync/v1/push", &request).unwrap_or_else(|refused| panic!("push: {refused:?}"));
        answer.outcomes.into_iter().map(|outcome| outcome.verdict).collect()
    }

    /// The id of a record begun at an instant.
    pub fn new_id(&mut self, at: UtcMillis) -> DocumentId {
        DocumentId::generate(&FixedClock(at), &mut self.random)
    }

    /// A new record in a signed envelope: whatever is asked for, allowed or not.
    pub fn record(
        &mut self,
        kind: RecordKind,
        unit: UnitId,
        at: UtcMillis,
        puts: &[(&str, Scalar)],
    ) -> (DocumentId, Vec<u8>) {
        let id = self.new_id(at);
        let mut document = Document::new(ActorId::derive(&self.secret.public(), 0));
        for (key, value) in puts {
            let key = Key::parse(key).expect("a key of the grammar");
            document.put(&key, value).expect("a value that a record may hold");
        }
        let change = document.commit(at).expect("a change").expect("something to write");
        let envelope = Envelope::seal(id, kind, unit, &self.secret, 0, vec![(change.hash, change.bytes)]);
        (id, envelope.encode())
    }
}

/// A message as it travels: CBOR under zstd.
pub fn pack<Q: Serialize>(request: &Q) -> Vec<u8> {
    zstd::encode_all(&wire::encode(request)[..], 3).expect("zstd")
}

fn message<A: DeserializeOwned>(request: RequestBuilder) -> Result<A, Refused> {
    let response = request.send().expect("an answer");
    let status = response.status();
    read(status, &response.bytes().expect("the body"))
}

fn read<A: DeserializeOwned>(status: StatusCode, bytes: &[u8]) -> Result<A, Refused> {
    if !status.is_success() {
        let problem = serde_json::from_slice(bytes).unwrap_or(Value::Null);
        return Err(Refused { status, problem });
    }
    let plain = zstd::decode_all(bytes).expect("zstd");
    Ok(wire::decode(&plain).expect("the message that was expected"))
}
