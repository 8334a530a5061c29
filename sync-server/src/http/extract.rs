//! What handlers take: bodies and parameters, bounded, with coded problems instead of the framework's own texts.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::reading;
use ancu_shared::sync::wire;
use ancu_shared::text::free;
use axum::body::{Body, HttpBody as _};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};
use std::io::{Read as _, Write};

use super::problem::Failure;
use crate::service::App;

/// The largest JSON body, in bytes.
pub const MAX_JSON_BYTES: usize = 256 * 1024;
/// The largest window that a compressed body may ask for: 2^23 bytes.
const MAX_WINDOW_LOG: u32 = 23;
/// An answer of so many bytes is a large one.
const LARGE_BYTES: usize = 64 * 1024;

/// A request with its small body in memory.
pub async fn whole(request: Request) -> Result<Request, Failure> {
    let (parts, body) = request.into_parts();
    let bytes = read(body, MAX_JSON_BYTES).await?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Reads a body of at most so many bytes. How long it may take: [`super::arriving`].
pub async fn body(request: Request, limit: usize) -> Result<Bytes, Failure> {
    read(request.into_body(), limit).await
}

async fn read(body: Body, limit: usize) -> Result<Bytes, Failure> {
    let too_large = || Failure::from(Problem::new(ErrorCode::TooLarge).with(serde_json::json!({ "limit": limit })));
    // Told beforehand: not one byte of it is waited for.
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let mut body = Limited::new(body, limit);
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    bytes.extend_from_slice(&data);
                }
            }
            Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
                return Err(too_large());
            }
            // Broken off, or too slow ([`super::arriving`]).
            Err(_) => return Err(ErrorCode::RequestMalformed.into()),
        }
    }
    Ok(bytes.freeze())
}

/// Whether a body is of the kind that is read here, where the caller says of which kind it is.
fn spoken(request: &Request, expected: &str) -> Result<(), Failure> {
    let Some(said) = request.headers().get(header::CONTENT_TYPE) else { return Ok(()) };
    let said = String::from_utf8_lossy(said.as_bytes());
    let essence = said.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    let expected = serde_json::json!({ "expected": expected });
    Err(Problem::new(ErrorCode::MediaTypeWrong).at("content-type").with(expected).into())
}

/// A message of `/sync/v1`: CBOR under zstd.
#[derive(Debug)]
pub struct Cbor<T>(pub T);

impl<T: DeserializeOwned + Send + 'static> FromRequest<App> for Cbor<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        spoken(&request, wire::MEDIA_TYPE)?;
        let compressed = body(request, wire::MAX_COMPRESSED_BYTES).await?;
        // Inflating and reading megabytes does not belong on the threads that serve everybody, nor many of it at one time.
        let read = app.reading.run(move || message(&compressed, wire::MAX_BODY_BYTES));
        Ok(Self(read.await??))
    }
}

/// A small message of whoever may call: nothing is known of the sender yet, so it costs next to nothing.
#[derive(Debug)]
pub struct Small<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Small<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        spoken(&request, wire::MEDIA_TYPE)?;
        let compressed = body(request, wire::MAX_ENROL_BYTES).await?;
        message(&compressed, wire::MAX_ENROL_BYTES).map(Self)
    }
}

fn message<T: DeserializeOwned>(compressed: &[u8], limit: usize) -> Result<T, Failure> {
    let plain = inflate(compressed, limit)?;
    wire::decode(&plain).map_err(|error| {
        tracing::debug!(%error, "a sync message");
        ErrorCode::RequestMalformed.into()
    })
}

fn inflate(compressed: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let malformed = |_| Failure::from(ErrorCode::RequestMalformed);
    let mut decoder = zstd::stream::read::Decoder::with_buffer(compressed).map_err(malformed)?;
    decoder.window_log_max(MAX_WINDOW_LOG).map_err(malformed)?;
    let mut plain = Vec::new();
    decoder.take(limit as u64 + 1).read_to_end(&mut plain).map_err(malformed)?;
    if plain.len() > limit {
        return Err(Problem::new(ErrorCode::TooLarge).with(serde_json::json!({ "limit": limit })).into());
    }
    Ok(plain)
}

impl<T: Serialize> IntoResponse for Cbor<T> {
    fn into_response(self) -> Response {
        compressed(&self.0).into_response()
    }
}

/// A message ready to be sent.
#[derive(Debug)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// Makes a message of any size ready, in its turn on a thread for such work.
    pub async fn of<T: Serialize + Send + 'static>(app: &App, message: T) -> Result<Self, Failure> {
        app.reading.run(move || compressed(&message)).await?
    }
}

impl IntoResponse for Packed {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(wire::MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

fn compressed<T: Serialize>(message: &T) -> Result<Packed, Failure> {
    let plain = wire::encode(message);
    // What is large is made small with more care: a weak signal carries it for longer than a core works on it.
    let level = if plain.len() < LARGE_BYTES { 3 } else { 9 };
    zstd::stream::encode_all(&plain[..], level).map(Packed).map_err(|error| {
        tracing::error!(%error, "compressing an answer");
        ErrorCode::Internal.into()
    })
}

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        spoken(&request, "application/json")?;
        let bytes = body(request, MAX_JSON_BYTES).await?;
        Ok(Self(reading::read(&bytes)?))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(1_024);
        let mut writer = serde_json::Serializer::with_formatter(&mut body, Shown);
        if let Err(error) = self.0.serialize(&mut writer) {
            tracing::error!(%error, "writing an answer");
            return Failure::from(ErrorCode::Internal).into_response();
        }
        let mut response = body.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// Writes JSON for a screen: texts that came from elsewhere as they may be shown ([`free::shown`]).
struct Shown;

impl Formatter for Shown {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> std::io::Result<()> {
        match free::shown(fragment) {
            Some(shown) => writer.write_all(shown.as_bytes()),
            None => writer.write_all(fragment.as_bytes()),
        }
    }

    fn write_char_escape<W: Write + ?Sized>(&mut self, writer: &mut W, escape: CharEscape) -> std::io::Result<()> {
        match escape {
            CharEscape::AsciiControl(_) | CharEscape::Backspace | CharEscape::FormFeed => {
                writer.write_all("\u{fffd}".as_bytes())
            }
            other => CompactFormatter.write_char_escape(writer, other),
        }
    }
}

/// Parameters of the query: each text, each once, none that is not known.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query: Result<Query<Vec<(String, String)>>, QueryRejection> = Query::from_request_parts(parts, state).await;
        let Query(pairs) = query.map_err(|_| Problem::new(ErrorCode::RequestMalformed).at("query"))?;
        let mut named = serde_json::Map::new();
        for (name, text) in pairs {
            if named.insert(name.clone(), text.into()).is_some() {
                return Err(Problem::field(
                    name,
                    "Tham số này được ghi hai lần. Hãy chỉ ghi một lần.",
                    "This parameter stands there twice. Write it once.",
                )
                .into());
            }
        }
        Ok(Self(reading::read_parameters(named)?))
    }
}

/// An id or hash in the path; one that cannot be read names nothing that is here.
#[derive(Debug)]
pub struct Named<T>(pub T);

impl<T: std::str::FromStr, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path: Result<Path<String>, _> = Path::from_request_parts(parts, state).await;
        let text = path.map_err(|_| Failure::from(ErrorCode::NotFound))?.0;
        text.parse().map(Self).map_err(|_| ErrorCode::NotFound.into())
    }
}
