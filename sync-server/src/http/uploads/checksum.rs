//! The checksum extension of tus: `Upload-Checksum: <algorithm> <base64>` over the bytes of one PATCH.
//!
//! It protects a piece on its way; the photo as a whole is verified by its SHA-256 in any case.

use ancu_shared::error::{ErrorCode, Problem};
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::http::problem::Failure;

/// What `Tus-Checksum-Algorithm` says.
pub(super) const ALGORITHMS: &str = "sha1,sha256";
const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");

#[derive(Debug)]
enum Running {
    Sha1(Sha1),
    Sha256(Sha256),
}

/// A checksum under way, and what it must come to.
#[derive(Debug)]
pub struct Checksum {
    running: Running,
    announced: Vec<u8>,
}

impl Checksum {
    /// The checksum that a request announces, if it does.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, Failure> {
        let Some(value) = headers.get(UPLOAD_CHECKSUM) else { return Ok(None) };
        let named = value.to_str().ok().and_then(|text| text.trim().split_once(' '));
        let read = named.and_then(|(algorithm, sum)| {
            let (running, length) = match algorithm {
                "sha1" => (Running::Sha1(Sha1::new()), 20),
                "sha256" => (Running::Sha256(Sha256::new()), 32),
                _ => return None,
            };
            let announced = STANDARD.decode(sum.trim()).ok().filter(|sum| sum.len() == length)?;
            Some(Self { running, announced })
        });
        read.map(Some).ok_or_else(|| Problem::new(ErrorCode::RequestMalformed).at("upload-checksum").into())
    }

    /// Takes in the next bytes.
    pub(super) fn update(&mut self, data: &[u8]) {
        match &mut self.running {
            Running::Sha1(sum) => sum.update(data),
            Running::Sha256(sum) => sum.update(data),
        }
    }

    /// Whether the bytes are those announced.
    pub(super) fn holds(self) -> bool {
        match self.running {
            Running::Sha1(sum) => sum.finalize()[..] == self.announced[..],
            Running::Sha256(sum) => sum.finalize()[..] == self.announced[..],
        }
    }
}
