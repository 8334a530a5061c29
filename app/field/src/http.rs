//! The way to the server over HTTPS.
//!
//! Invariants: the only root of trust is the certificate whose SHA-256 the enrolment link names, found among those that the
//! server presents; name and validity are then checked as usual. Nothing is sent to anybody else. Redirects are not
//! followed, and an answer that isn't of our media types is a stranger's (a Wi-Fi login page).

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::PhotoHash;
use ancu_shared::sync::session::Failure;
use ancu_shared::sync::wire::{
    self, Context, EnrolAnswer, EnrolRequest, MAX_BODY_BYTES, MEDIA_TYPE, PhotoOffer, PhotoOfferAnswer, PullAnswer,
    PullRequest, PushAnswer, PushRequest,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::exchange::transport::{Address, Connect, Transport, Upload};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// A batch or a piece on a 2G signal still gets through; a dead line is given up.
const CALL_TIMEOUT: Duration = Duration::from_mins(2);
const TUS_VERSION: &str = "1.0.0";

/// Makes HTTPS connections to pinned servers.
#[derive(Debug, Clone, Copy, Default)]
pub struct HttpsConnect;

impl Connect for HttpsConnect {
    fn connect(&self, address: &Address) -> Result<Box<dyn Transport>, Failure> {
        let tls = tls(address.fingerprint).map_err(|error| ours(&error))?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .user_agent(concat!("ancu-field/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .build()
            .map_err(|error| ours(&error))?;
        Ok(Box::new(Https { client, address: address.clone() }))
    }
}

fn ours(error: &dyn std::error::Error) -> Failure {
    tracing::error!(%error, "the connection could not be prepared");
    Failure::new(ErrorCode::Internal)
}

fn tls(fingerprint: [u8; 32]) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pinned = Pinned { fingerprint, provider: Arc::clone(&provider) };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous() // the name of rustls's door for own verifiers; ours is stricter than the usual one
        .with_custom_certificate_verifier(Arc::new(pinned))
        .with_no_client_auth())
}

/// Trusts one certificate by its fingerprint, as the only root.
#[derive(Debug)]
struct Pinned {
    fingerprint: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let root = std::iter::once(end_entity)
            .chain(intermediates)
            .find(|certificate| Sha256::digest(certificate)[..] == self.fingerprint)
            .ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        let mut roots = RootCertStore::empty();
        roots.add(root.clone().into_owned())?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        // The pin already says whose certificate it is: a phone whose clock is years off must still reach its server. So a
        // time outside a certificate's own is moved to its edge; chain, key usage and name are checked in full all the same.
        let mut at = now;
        for _ in 0..3 {
            match verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at) {
                Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => at = not_after,
                Err(Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) => {
                    at = not_before;
                }
                other => return other,
            }
        }
        Err(Error::InvalidCertificate(CertificateError::Expired))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// One client of one server.
struct Https {
    client: Client,
    address: Address,
}

impl Https {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.address.server));
        match &self.address.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A call with a message, answered by a message.
    fn call<Question: Serialize, Answer: DeserializeOwned>(
        &self,
        path: &str,
        question: &Question,
    ) -> Result<Answer, Failure> {
        let body = zstd::encode_all(&wire::encode(question)[..], 3).map_err(|error| ours(&error))?;
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, MEDIA_TYPE).body(body);
        message(send(request)?)
    }

    fn get(&self, path: &str) -> Result<Response, Failure> {
        send(self.request(Method::GET, path))
    }

    /// An upload's address: what the server said, under its own origin only.
    fn upload_address<'u>(&self, url: &'u str) -> Option<&'u str> {
        let path = url.strip_prefix(self.address.server.as_str()).unwrap_or(url);
        path.starts_with('/').then_some(path)
    }
}

impl Transport for Https {
    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolAnswer, Failure> {
        self.call("/sync/v1/enrol", request)
    }

    fn context(&self) -> Result<Context, Failure> {
        message(self.get("/sync/v1/context")?)
    }

    fn template(&self, sha256: &str) -> Result<Vec<u8>, Failure> {
        bytes(self.get(&format!("/sync/v1/templates/{sha256}"))?)
    }

    fn push(&self, request: &PushRequest) -> Result<PushAnswer, Failure> {
        self.call("/sync/v1/push", request)
    }

    fn pull(&self, request: &PullRequest) -> Result<PullAnswer, Failure> {
        self.call("/sync/v1/pull", request)
    }

    fn offer_photos(&self, request: &PhotoOffer) -> Result<PhotoOfferAnswer, Failure> {
        self.call("/sync/v1/photos/offer", request)
    }

    fn photo(&self, hash: &PhotoHash) -> Result<Vec<u8>, Failure> {
        let picture = bytes(self.get(&format!("/sync/v1/photos/{hash}"))?)?;
        if PhotoHash::of(&picture) == *hash { Ok(picture) } else { Err(Failure::new(ErrorCode::PhotoHashMismatch)) }
    }

    fn begin_upload(&self, hash: &PhotoHash, size: u64, url: Option<&str>) -> Result<Upload, Failure> {
        if let Some(path) = url.and_then(|url| self.upload_address(url)) {
            let asked = send(self.request(Method::HEAD, path).header("Tus-Resumable", TUS_VERSION));
            match asked {
                Ok(response) => return Ok(upload(&response, path, hash)),
                // The server gave up waiting for the rest: begin anew.
                Err(failure) if failure.problem.known_code() == ErrorCode::NotFound => {}
                Err(failure) => return Err(failure),
            }
        }
        let request = self
            .request(Method::POST, "/uploads")
            .header("Tus-Resumable", TUS_VERSION)
            .header("Upload-Length", size)
            .header("Upload-Metadata", format!("sha256 {}", STANDARD.encode(hash.to_string())));
        let response = send(request)?;
        let place = header(&response, LOCATION.as_str());
        let path = place.as_deref().and_then(|url| self.upload_address(url));
        match (upload(&response, path.unwrap_or_default(), hash), path) {
            (Upload::Receipted, _) => Ok(Upload::Receipted),
            (going_on, Some(_)) => Ok(going_on),
            (_, None) => Err(Failure::new(ErrorCode::AnswerForeign)),
        }
    }

    fn send_piece(&self, url: &str, offset: u64, piece: &[u8]) -> Result<Upload, Failure> {
        let request = self
            .request(Method::PATCH, url)
            .header("Tus-Resumable", TUS_VERSION)
            .header("Upload-Offset", offset)
            .header(CONTENT_TYPE, "application/offset+octet-stream")
            .body(piece.to_vec());
        let response = send(request)?;
        let named = header(&response, "Ancu-Receipt");
        match (named, header(&response, "Upload-Offset").and_then(|text| text.parse().ok())) {
            (Some(_), _) => Ok(Upload::Receipted),
            (None, Some(offset)) => Ok(Upload::GoesOn { url: url.to_owned(), offset }),
            (None, None) => Err(Failure::new(ErrorCode::AnswerForeign)),
        }
    }
}

/// How an upload stands, by the headers of an answer.
fn upload(response: &Response, path: &str, hash: &PhotoHash) -> Upload {
    if header(response, "Ancu-Receipt").is_some_and(|named| named == hash.to_string()) {
        return Upload::Receipted;
    }
    let offset = header(response, "Upload-Offset").and_then(|text| text.parse().ok()).unwrap_or(0);
    Upload::GoesOn { url: path.to_owned(), offset }
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Sends a request; an answer that is not a success becomes the problem that it tells.
fn send(request: RequestBuilder) -> Result<Response, Failure> {
    let response = request.send().map_err(|error| unreachable(&error))?;
    if response.status().is_success() {
        return Ok(response);
    }
    let retry_after_millis = header(&response, RETRY_AFTER.as_str())
        .and_then(|text| text.parse::<u64>().ok())
        .map(|seconds| seconds.saturating_mul(1_000));
    Err(Failure { problem: problem(response), retry_after_millis })
}

fn problem(response: Response) -> Problem {
    let told =
        header(&response, CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("application/problem+json"));
    let status = response.status();
    if told
        && let Ok(body) = limited(response)
        && let Ok(problem) = serde_json::from_slice(&body)
    {
        return problem;
    }
    // Not our server's way of saying no: a proxy, a login page, or a server in trouble.
    let code = match status.as_u16() {
        429 => ErrorCode::TooManyRequests,
        502..=504 => ErrorCode::Unavailable,
        404 => ErrorCode::NotFound,
        413 => ErrorCode::TooLarge,
        _ => ErrorCode::AnswerForeign,
    };
    Problem::new(code)
}

/// Why no answer came.
fn unreachable(error: &reqwest::Error) -> Failure {
    let foreign = has_foreign_certificate(error);
    tracing::info!(%error, foreign, "no answer");
    Failure::new(if foreign { ErrorCode::CertificateForeign } else { ErrorCode::ServerUnreachable })
}

/// Whether a refused certificate is at the bottom of it. An I/O error hides what it wraps from `source`, and may wrap another.
fn has_foreign_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(tls) = error.downcast_ref::<Error>() {
        return matches!(tls, Error::InvalidCertificate(_));
    }
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.is_some_and(|inner| has_foreign_certificate(inner)) || error.source().is_some_and(has_foreign_certificate)
}

/// The body of an answer, at most [`MAX_BODY_BYTES`]; more is a stranger's.
fn limited(response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let read = response.take(MAX_BODY_BYTES as u64 + 1).read_to_end(&mut body);
    match read {
        Err(_) => Err(Failure::new(ErrorCode::ServerUnreachable)),
        Ok(_) if body.len() > MAX_BODY_BYTES => Err(Failure::new(ErrorCode::AnswerForeign)),
        Ok(_) => Ok(body),
    }
}

fn bytes(response: Response) -> Result<Vec<u8>, Failure> {
    let page = header(&response, CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("text/html"));
    if page { Err(Failure::new(ErrorCode::AnswerForeign)) } else { limited(response) }
}

fn message<Answer: DeserializeOwned>(response: Response) -> Result<Answer, Failure> {
    let foreign = || Failure::new(ErrorCode::AnswerForeign);
    if header(&response, CONTENT_TYPE.as_str()).as_deref() != Some(MEDIA_TYPE) {
        return Err(foreign());
    }
    let packed = limited(response)?;
    let mut plain = Vec::new();
    let decoder = zstd::Decoder::new(&packed[..]).map_err(|_| foreign())?;
    decoder.take(MAX_BODY_BYTES as u64 + 1).read_to_end(&mut plain).map_err(|_| foreign())?;
    wire::decode(&plain).map_err(|error| {
        tracing::warn!(%error, "an answer cannot be read");
        foreign()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn https() -> Https {
        let address = Address { server: "https://127.0.0.1:8443".into(), fingerprint: [0; 32], token: None };
        let tls = tls(address.fingerprint).expect("tls");
        Https { client: Client::builder().tls_backend_preconfigured(tls).build().expect("client"), address }
    }

    #[test]
    fn an_upload_never_leaves_the_server() {
        let https = https();
        for (url, path) in [
            ("/uploads/1", Some("/uploads/1")),
            ("https://127.0.0.1:8443/uploads/1", Some("/uploads/1")),
            ("https://127.0.0.1:84431/uploads/1", None),
            ("https://example.org/uploads/1", None),
            ("uploads/1", None),
        ] {
            assert_eq!(https.upload_address(url), path, "{url}");
        }
    }

    #[test]
    fn nobody_there_is_said_as_such() {
        // Port 1 on the own machine: nothing listens there.
        let address = Address { server: "https://127.0.0.1:1".into(), fingerprint: [0; 32], token: None };
        let transport = HttpsConnect.connect(&address).expect("connect");
        let failure = transport.context().expect_err("nobody");
        assert_eq!(failure.problem.known_code(), ErrorCode::ServerUnreachable);
    }
}
