//! A device that speaks `/sync/v1`.

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::UtcMillis;
use ancu_shared::error::Problem;
use ancu_shared::id::{DocumentId, EnvelopeId, PersonId, PhotoHash, UnitId};
use ancu_shared::sync::wire::{
    self, Context, DeviceReport, EnrolAnswer, EnrolGrant, EnrolRequest, EnvelopeOffer, EnvelopeOfferAnswer, Invitation,
    PhotoOffer, PhotoOfferAnswer, PullAnswer, PullRequest, PushAnswer, PushRequest, PushVerdict, SignedInvitation,
};
use ancu_sync_server::clock::SystemRandom;
use reqwest::{Client, Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{HOUR, START, TestServer, problem};

pub(crate) struct TestDevice {
    pub(crate) secret: AuthorSecret,
    pub(crate) token: String,
    pub(crate) context: Context,
    client: Client,
    url: String,
}

/// Encodes and compresses a message.
pub(crate) fn packed<T: Serialize>(message: &T) -> Vec<u8> {
    zstd::stream::encode_all(&wire::encode(message)[..], 3).expect("zstd")
}

pub(crate) async fn unpacked<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    if !response.status().is_success() {
        return Err(problem(response).await);
    }
    assert_eq!(response.headers()["content-type"], wire::MEDIA_TYPE);
    let bytes = response.bytes().await.expect("body");
    Ok(wire::decode(&zstd::stream::decode_all(&bytes[..]).expect("zstd")).expect("cbor"))
}

impl TestDevice {
    /// Makes a key and enrols with a grant.
    pub(crate) async fn enrol(server: &TestServer, grant: EnrolGrant, name: Option<&str>) -> Result<Self, Problem> {
        let secret = AuthorSecret::generate(&mut SystemRandom);
        let answer = Self::try_enrol(server, &secret, grant, name).await?;
        assert!(answer.certificate.verified(&answer.server).is_some_and(|identity| identity.key == secret.public()));
        Ok(Self {
            secret,
            token: answer.token,
            context: answer.context,
            client: server.client.clone(),
            url: server.url(""),
        })
    }

    pub(crate) async fn try_enrol(
        server: &TestServer,
        secret: &AuthorSecret,
        grant: EnrolGrant,
        name: Option<&str>,
    ) -> Result<EnrolAnswer, Problem> {
        let request = EnrolRequest {
            author: secret.public(),
            proof: secret.sign(&EnrolRequest::signed_bytes(&secret.public(), &grant)),
            grant,
            device_name: "Điện thoại".into(),
            person_name: name.map(str::to_owned),
            certificate: None,
        };
        let sent = server.client.post(server.url("/sync/v1/enrol")).body(packed(&request)).send();
        unpacked(sent.await.expect("send")).await
    }

    /// An invitation to a premises, as this officer's device makes it.
    pub(crate) fn invitation(&self, server: &TestServer, facility: DocumentId, unit: UnitId) -> Invitation {
        let mut nonce = [0; 16];
        ancu_shared::clock::RandomSource::fill(&mut SystemRandom, &mut nonce);
        Invitation {
            nonce,
            facility,
            unit,
            place: "Nhà trọ Hoa Sen".into(),
            expires_at: server.now().plus_millis(24 * HOUR),
            author: self.secret.public(),
        }
    }

    /// Enrols a household head by an invitation of this officer.
    pub(crate) async fn invite(&self, server: &TestServer, facility: DocumentId, unit: UnitId) -> Self {
        let invitation = SignedInvitation::issue(&self.invitation(server, facility, unit), &self.secret);
        Self::enrol(server, EnrolGrant::Invitation { invitation }, Some("Đỗ Thị Mai")).await.expect("invited")
    }

    /// Goes on with a server at another address.
    pub(crate) fn follow(&mut self, server: &TestServer) {
        self.call(&server.url(""), server.client.clone());
    }

    /// Goes on with whatever answers there.
    pub(crate) fn call(&mut self, url: &str, client: Client) {
        (self.url, self.client) = (url.to_owned(), client);
    }

    pub(crate) fn person(&self) -> PersonId {
        self.context.person
    }

    pub(crate) async fn raw(&self, method: Method, path: &str, body: Vec<u8>) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.body(body).send().await.expect("send")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    pub(crate) async fn push(&self, envelopes: &[Vec<u8>]) -> Result<PushAnswer, Problem> {
        self.push_by_clock(envelopes, UtcMillis(START)).await
    }

    /// Pushes while the device's clock says this.
    pub(crate) async fn push_by_clock(&self, envelopes: &[Vec<u8>], clock: UtcMillis) -> Result<PushAnswer, Problem> {
        let device = DeviceReport { app_version: "test".into(), unsent_photos: 3, clock, ..DeviceReport::default() };
        let request = PushRequest {
            envelopes: envelopes.iter().map(|bytes| serde_bytes::ByteBuf::from(bytes.clone())).collect(),
            device,
            authors: Vec::new(),
            marks: Vec::new(),
        };
        unpacked(self.raw(Method::POST, "/sync/v1/push", packed(&request)).await).await
    }

    /// Pushes what must be admitted, all of it.
    pub(crate) async fn admitted(&self, envelopes: &[Vec<u8>]) {
        self.admitted_by_clock(envelopes, UtcMillis(START)).await;
    }

    /// The same, while the device's clock says this.
    pub(crate) async fn admitted_by_clock(&self, envelopes: &[Vec<u8>], clock: UtcMillis) {
        let answer = self.push_by_clock(envelopes, clock).await.expect("push");
        assert!(answer.outcomes.iter().all(|it| it.verdict == PushVerdict::Accepted), "{:?}", answer.outcomes);
    }

    /// Pushes one envelope.
    pub(crate) async fn send(&self, envelope: &[u8]) -> PushVerdict {
        let answer = self.push(&[envelope.to_vec()]).await.expect("push");
        answer.outcomes[0].verdict.clone()
    }

    pub(crate) async fn pull(&self, request: &PullRequest) -> Result<PullAnswer, Problem> {
        unpacked(self.raw(Method::POST, "/sync/v1/pull", packed(request)).await).await
    }

    /// Everything from the beginning, page by page.
    pub(crate) async fn pull_all(&self) -> Vec<Vec<u8>> {
        let mut request = PullRequest::default();
        let mut envelopes = Vec::new();
        loop {
            let answer = self.pull(&request).await.expect("pull");
            let more = answer.units.iter().any(|page| page.more);
            request.cursors = answer
                .units
                .iter()
                .map(|page| wire::UnitCursor { unit: page.unit, cursor: Some(page.cursor.clone()) })
                .collect();
            envelopes
                .extend(answer.units.into_iter().flat_map(|page| page.envelopes).map(serde_bytes::ByteBuf::into_vec));
            if !more {
                return envelopes;
            }
        }
    }

    pub(crate) async fn context(&self) -> Result<Context, Problem> {
        unpacked(self.raw(Method::GET, "/sync/v1/context", Vec::new()).await).await
    }

    /// Of which of these envelopes the server says what became.
    pub(crate) async fn told_of(&self, envelopes: &[EnvelopeId]) -> Vec<EnvelopeId> {
        let offer = EnvelopeOffer { envelopes: envelopes.to_vec() };
        let answer =
            unpacked::<EnvelopeOfferAnswer>(self.raw(Method::POST, "/sync/v1/offer", packed(&offer)).await).await;
        answer.expect("offer").outcomes.into_iter().map(|outcome| outcome.envelope).collect()
    }

    /// Which of these photos the server says that it has.
    pub(crate) async fn offer(&self, hashes: &[PhotoHash]) -> PhotoOfferAnswer {
        let offer = PhotoOffer { hashes: hashes.to_vec() };
        unpacked(self.raw(Method::POST, "/sync/v1/photos/offer", packed(&offer)).await).await.expect("offer")
    }

    /// Uploads a photo whole; the receipt.
    pub(crate) async fn upload(&self, bytes: &[u8]) -> PhotoHash {
        let hash = PhotoHash::of(bytes);
        let created = self.create_upload(bytes.len(), &hash.to_string()).await;
        assert_eq!(created.status(), 201);
        let location = created.headers()["location"].to_str().expect("location").to_owned();
        let done = self.patch_upload(&location, 0, bytes.to_vec()).await;
        assert_eq!(done.status(), 204);
        assert_eq!(done.headers()["ancu-receipt"], hash.to_string().as_str());
        hash
    }

    pub(crate) async fn create_upload(&self, length: usize, hash: &str) -> Response {
        use base64::Engine as _;
        let hash = base64::engine::general_purpose::STANDARD.encode(hash);
        self.request(Method::POST, "/uploads")
            .header("tus-resumable", "1.0.0")
            .header("upload-length", length)
            .header("upload-metadata", format!("sha256 {hash}"))
            .send()
            .await
            .expect("create")
    }

    pub(crate) async fn patch_upload(&self, location: &str, offset: usize, bytes: Vec<u8>) -> Response {
        self.request(Method::PATCH, location)
            .header("tus-resumable", "1.0.0")
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", offset)
            .body(bytes)
            .send()
            .await
            .expect("patch")
    }
}
