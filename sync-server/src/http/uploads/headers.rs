//! What the headers of tus say: read as one, or refused by the name of the header.

use ancu_shared::courier::MAX_BUNDLE_BYTES;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::PhotoHash;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::checksum::Checksum;
use crate::http::problem::Failure;
use crate::service::photos::MAX_PHOTO_BYTES;
use crate::store::rows::UploadKind;

pub(super) const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
/// The version of the protocol that is spoken here.
pub(super) const VERSION: &str = "1.0.0";

/// What is to be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// A photo, or a courier's file.
    pub kind: UploadKind,
    /// Bytes of all of it.
    pub length: u64,
    /// What they must come to.
    pub hash: PhotoHash,
}

impl Creation {
    /// What a request announces.
    ///
    /// # Errors
    /// `request_malformed` naming the header or its part; `too_large`, with the limit, for more than its kind may have.
    pub fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        speaks_tus(headers, true)?;
        let length = number(headers, &UPLOAD_LENGTH)?;
        let kind = kind(headers).ok_or_else(|| malformed("kind"))?;
        let limit = match kind {
            UploadKind::Photo => MAX_PHOTO_BYTES,
            UploadKind::Bundle => MAX_BUNDLE_BYTES,
        };
        if length > limit {
            let limit = serde_json::json!({ "limit": limit });
            return Err(Problem::new(ErrorCode::TooLarge).at("upload-length").with(limit).into());
        }
        let hash = announced(headers, "sha256").and_then(plain).and_then(|hash| hash.parse().ok());
        Ok(Self { kind, length, hash: hash.ok_or_else(|| malformed("sha256"))? })
    }
}

/// A piece of it: where it begins, and what it must come to where that is said.
#[derive(Debug)]
pub struct Piece {
    /// Bytes before it.
    pub from: u64,
    /// Over its bytes.
    pub checksum: Option<Checksum>,
}

impl Piece {
    /// What a request announces.
    ///
    /// # Errors
    /// `request_malformed` naming the header.
    pub fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        speaks_tus(headers, true)?;
        if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/offset+octet-stream") {
            return Err(with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type"));
        }
        Ok(Self { from: number(headers, &UPLOAD_OFFSET)?, checksum: Checksum::of(headers)? })
    }
}

/// Refuses another version of the protocol; where nothing is written, none at all is fine.
pub(super) fn speaks_tus(headers: &HeaderMap, must: bool) -> Result<(), Failure> {
    match headers.get(&TUS_RESUMABLE) {
        Some(version) if version == VERSION => Ok(()),
        None if !must => Ok(()),
        _ => Err(with_status(StatusCode::PRECONDITION_FAILED, "tus-resumable")),
    }
}

fn malformed(place: &str) -> Failure {
    Problem::new(ErrorCode::RequestMalformed).at(place).into()
}

/// A header that is not acceptable, under the status that tus wants for it.
fn with_status(status: StatusCode, header: &str) -> Failure {
    let mut problem = Problem::new(ErrorCode::RequestMalformed).at(header);
    problem.status = status.as_u16();
    problem.into()
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Failure> {
    let text = headers.get(name).and_then(|value| value.to_str().ok());
    text.and_then(|text| text.parse().ok()).ok_or_else(|| malformed(name.as_str()))
}

/// `kind` of `Upload-Metadata`; without one, a photo.
fn kind(headers: &HeaderMap) -> Option<UploadKind> {
    match announced(headers, "kind") {
        Some(kind) => UploadKind::from_code(&plain(kind)?),
        None => Some(UploadKind::Photo),
    }
}

/// A value of `Upload-Metadata`, as it stands there.
fn announced<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let metadata = headers.get(UPLOAD_METADATA)?.to_str().ok()?;
    let mut pairs = metadata.split(',').filter_map(|pair| pair.trim().split_once(' '));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.trim())
}

/// A text that stands in base64.
fn plain(base64: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}
