//! The exchange over HTTP: requests, answers, problems, resumable uploads, over a line that carries them.
//!
//! Invariant: an answer that isn't of our media types is a stranger's (a Wi-Fi login page). What it doesn't know: how a
//! request reaches the server ([`tls`]).

pub mod tls;

use std::io::Read;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{BundleId, PhotoHash};
use ancu_shared::sync::mark::StoreMark;
use ancu_shared::sync::session::Failure;
use ancu_shared::sync::wire::{
    self, Context, EnrolAnswer, EnrolRequest, EnvelopeOffer, EnvelopeOfferAnswer, MAX_BODY_BYTES, MEDIA_TYPE,
    PhotoOffer, PhotoOfferAnswer, PullAnswer, PullRequest, PushAnswer, PushRequest,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::exchange::transport::{Address, Transport, Upload};

pub use tls::HttpsConnect;

const TUS_VERSION: &str = "1.0.0";
const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");

/// What carries requests to one server and brings its answers: TLS in the app, a simulated network in tests.
pub trait Line: Send {
    /// Carries a request. A failure says that no answer came; an answer that says no is an answer.
    fn carry(&self, request: Request) -> Result<Reply, Failure>;
    /// How fast bytes went lately, in bytes a second; `None`: not known.
    fn pace(&self) -> Option<u64> {
        None
    }
}

/// A request to the server.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, from `/` on.
    pub path: String,
    /// The headers, with the token.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
}

impl Request {
    fn header(mut self, name: HeaderName, value: &str) -> Result<Self, Failure> {
        self.headers.insert(name, HeaderValue::from_str(value).map_err(|error| ours(&error))?);
        Ok(self)
    }

    fn body(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }
}

/// The server's answer. Its body may still break off.
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as it comes.
    pub body: Box<dyn Read + Send>,
}

/// The way to a server over a line.
pub fn over(line: Box<dyn Line>, address: &Address) -> Box<dyn Transport> {
    Box::new(Http { line, address: address.clone() })
}

fn ours(error: &dyn std::error::Error) -> Failure {
    tracing::error!(%error, "the connection could not be prepared");
    Failure::new(ErrorCode::Internal)
}

struct Http {
    line: Box<dyn Line>,
    address: Address,
}

impl Http {
    fn request(&self, method: Method, path: &str) -> Result<Request, Failure> {
        let request = Request { method, path: path.to_owned(), headers: HeaderMap::new(), body: None };
        match &self.address.token {
            Some(token) => request.header(AUTHORIZATION, &format!("Bearer {token}")),
            None => Ok(request),
        }
    }

    /// Sends a request; an answer that is not a success becomes the problem that it tells.
    fn send(&self, request: Request) -> Result<Reply, Failure> {
        let reply = self.line.carry(request)?;
        if reply.status.is_success() {
            return Ok(reply);
        }
        let retry_after_millis = header(&reply, RETRY_AFTER.as_str())
            .and_then(|text| text.parse::<u64>().ok())
            .map(|seconds| seconds.saturating_mul(1_000));
        Err(Failure { problem: problem(reply), retry_after_millis })
    }

    /// A call with a message, answered by a message.
    fn call<Question: Serialize, Answer: DeserializeOwned>(
        &self,
        path: &str,
        question: &Question,
    ) -> Result<Answer, Failure> {
        let body = zstd::encode_all(&wire::encode(question)[..], 3).map_err(|error| ours(&error))?;
        let request = self.request(Method::POST, path)?.header(CONTENT_TYPE, MEDIA_TYPE)?.body(body);
        message(self.send(request)?)
    }

    fn get(&self, path: &str) -> Result<Reply, Failure> {
        self.send(self.request(Method::GET, path)?)
    }

    /// An upload's address: what the server said, under its own origin only.
    fn upload_address<'u>(&self, url: &'u str) -> Option<&'u str> {
        let path = url.strip_prefix(self.address.server.as_str()).unwrap_or(url);
        path.starts_with('/').then_some(path)
    }
}

impl Transport for Http {
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

    fn offer_envelopes(&self, request: &EnvelopeOffer) -> Result<EnvelopeOfferAnswer, Failure> {
        self.call("/sync/v1/offer", request)
    }

    fn offer_photos(&self, request: &PhotoOffer) -> Result<PhotoOfferAnswer, Failure> {
        self.call("/sync/v1/photos/offer", request)
    }

    fn photo(&self, hash: &PhotoHash) -> Result<Vec<u8>, Failure> {
        let picture = bytes(self.get(&format!("/sync/v1/photos/{hash}"))?)?;
        if PhotoHash::of(&picture) == *hash { Ok(picture) } else { Err(Failure::new(ErrorCode::PhotoHashMismatch)) }
    }

    fn begin_upload(&self, hash: &PhotoHash, size: u64, url: Option<&str>) -> Result<Upload, Failure> {
        self.begin(hash, None, size, url)
    }

    fn begin_cargo(&self, bundle: &BundleId, bytes: u64, url: Option<&str>) -> Result<Upload, Failure> {
        self.begin(&PhotoHash(bundle.0), Some("courier"), bytes, url)
    }

    fn cargo_receipt(&self, bundle: &BundleId) -> Result<Vec<u8>, Failure> {
        bytes(self.get(&format!("/sync/v1/courier/{bundle}"))?)
    }

    fn send_piece(&self, url: &str, offset: u64, piece: &[u8]) -> Result<Upload, Failure> {
        let request = self
            .request(Method::PATCH, url)?
            .header(TUS_RESUMABLE, TUS_VERSION)?
            .header(UPLOAD_OFFSET, &offset.to_string())?
            .header(CONTENT_TYPE, "application/offset+octet-stream")?
            .body(piece.to_vec());
        let response = self.send(request)?;
        let named = header(&response, "Ancu-Receipt");
        match (named, header(&response, "Upload-Offset").and_then(|text| text.parse().ok())) {
            (Some(_), _) => Ok(Upload::Receipted(mark(&response))),
            (None, Some(offset)) => Ok(Upload::GoesOn { url: url.to_owned(), offset }),
            (None, None) => Err(Failure::new(ErrorCode::AnswerForeign)),
        }
    }

    fn pace(&self) -> Option<u64> {
        self.line.pace()
    }
}

impl Http {
    /// Begins an upload, or finds where it goes on; what it is of, where that is no photo.
    fn begin(&self, hash: &PhotoHash, kind: Option<&str>, size: u64, url: Option<&str>) -> Result<Upload, Failure> {
        if let Some(path) = url.and_then(|url| self.upload_address(url)) {
            let asked = self.send(self.request(Method::HEAD, path)?.header(TUS_RESUMABLE, TUS_VERSION)?);
            match asked {
                Ok(response) => return Ok(upload(&response, path, hash)),
                // The server gave up waiting for the rest: begin anew.
                Err(failure) if failure.problem.known_code() == ErrorCode::NotFound => {}
                Err(failure) => return Err(failure),
            }
        }
        let named = format!("sha256 {}", STANDARD.encode(hash.to_string()));
        let metadata = match kind {
            Some(kind) => format!("{named},kind {}", STANDARD.encode(kind)),
            None => named,
        };
        let request = self
            .request(Method::POST, "/uploads")?
            .header(TUS_RESUMABLE, TUS_VERSION)?
            .header(UPLOAD_LENGTH, &size.to_string())?
            .header(UPLOAD_METADATA, &metadata)?;
        let response = self.send(request)?;
        let place = header(&response, LOCATION.as_str());
        let path = place.as_deref().and_then(|url| self.upload_address(url));
        match (upload(&response, path.unwrap_or_default(), hash), path) {
            (receipted @ Upload::Receipted(_), _) => Ok(receipted),
            (going_on, Some(_)) => Ok(going_on),
            (_, None) => Err(Failure::new(ErrorCode::AnswerForeign)),
        }
    }
}

/// How an upload stands, by the headers of an answer.
fn upload(response: &Reply, path: &str, hash: &PhotoHash) -> Upload {
    if header(response, "Ancu-Receipt").is_some_and(|named| named == hash.to_string()) {
        return Upload::Receipted(mark(response));
    }
    let offset = header(response, "Upload-Offset").and_then(|text| text.parse().ok()).unwrap_or(0);
    Upload::GoesOn { url: path.to_owned(), offset }
}

/// The point of the server's history that a receipt stands on.
fn mark(response: &Reply) -> Option<StoreMark> {
    StoreMark::from_text(&header(response, "Ancu-Mark")?)
}

fn header(response: &Reply, name: &str) -> Option<String> {
    response.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn problem(response: Reply) -> Problem {
    let told =
        header(&response, CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("application/problem+json"));
    let status = response.status;
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

/// The body of an answer, at most [`MAX_BODY_BYTES`]; more is a stranger's.
fn limited(response: Reply) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let read = response.body.take(MAX_BODY_BYTES as u64 + 1).read_to_end(&mut body);
    match read {
        Err(_) => Err(Failure::new(ErrorCode::ServerUnreachable)),
        Ok(_) if body.len() > MAX_BODY_BYTES => Err(Failure::new(ErrorCode::AnswerForeign)),
        Ok(_) => Ok(body),
    }
}

fn bytes(response: Reply) -> Result<Vec<u8>, Failure> {
    let page = header(&response, CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("text/html"));
    if page { Err(Failure::new(ErrorCode::AnswerForeign)) } else { limited(response) }
}

fn message<Answer: DeserializeOwned>(response: Reply) -> Result<Answer, Failure> {
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

    /// A line that leads nowhere.
    struct Nowhere;

    impl Line for Nowhere {
        fn carry(&self, _: Request) -> Result<Reply, Failure> {
            Err(Failure::new(ErrorCode::ServerUnreachable))
        }
    }

    #[test]
    fn an_upload_never_leaves_the_server() {
        let address = Address { server: "https://127.0.0.1:8443".into(), fingerprint: [0; 32], token: None };
        let http = Http { line: Box::new(Nowhere), address };
        for (url, path) in [
            ("/uploads/1", Some("/uploads/1")),
            ("https://127.0.0.1:8443/uploads/1", Some("/uploads/1")),
            ("https://127.0.0.1:84431/uploads/1", None),
            ("https://example.org/uploads/1", None),
            ("uploads/1", None),
        ] {
            assert_eq!(http.upload_address(url), path, "{url}");
        }
    }
}
