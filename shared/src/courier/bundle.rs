//! What is in a bundle: a signed manifest, certificates, envelopes, photos, one after the other.
//!
//! ```text
//! { kind(u8) length(u32) body(length) } …
//! ```
//! Kind 1 is the manifest and comes first; 2 a certificate (CBOR), of whoever made an envelope in it; 3 an envelope, as it
//! was made; 4 a photo: its SHA-256 and its bytes. Other kinds are passed over, so that a later version may add some.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::frames::{FrameReader, FrameWriter, Seen};
use super::{CourierError, CourierSecret, MAX_ITEMS, MAX_PHOTO_BYTES};
use crate::author::{AuthorCertificate, AuthorSecret, Signature, verify};
use crate::clock::{RandomSource, UtcMillis};
use crate::envelope::MAX_ENVELOPE_BYTES;
use crate::id::{AuthorKey, CourierKey, PhotoHash};
use crate::sync::wire::{DeviceReport, decode, encode};

const MANIFEST: u8 = 1;
const CERTIFICATE: u8 = 2;
const ENVELOPE: u8 = 3;
const PHOTO: u8 = 4;

const MAX_MANIFEST_BYTES: u32 = 64 * 1024;
const MAX_CERTIFICATE_BYTES: u32 = 16 * 1024;
const HASH_BYTES: u32 = 32;
const TAG: &[u8] = b"ancu-courier-v1";

/// Who made a bundle, and what its device said of itself then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The author whose device made it.
    pub author: AuthorKey,
    /// When, by the device's clock.
    pub made_at: UtcMillis,
    /// What the device tells of itself.
    pub device: DeviceReport,
    /// How many envelopes are in it.
    pub envelopes: u64,
    /// How many photos are in it.
    pub photos: u64,
}

/// A [`Manifest`] under its author's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SignedManifest {
    /// CBOR of the manifest, exactly the bytes that were signed.
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
    /// Over the tag, the header's two keys, and these bytes: it is of this one bundle.
    signature: Signature,
}

fn signed(keys: &[u8; 64], body: &[u8]) -> Vec<u8> {
    [TAG, &keys[..], body].concat()
}

/// Makes a bundle.
pub struct BundleWriter<W> {
    frames: FrameWriter<W>,
    recipient: CourierKey,
}

impl<W: Write> BundleWriter<W> {
    /// Begins a bundle to a server.
    pub fn begin(
        writer: W,
        recipient: CourierKey,
        author: &AuthorSecret,
        manifest: &Manifest,
        random: &mut dyn RandomSource,
    ) -> Result<Self, CourierError> {
        let (frames, keys) = FrameWriter::begin(writer, &recipient, random)?;
        let body = encode(manifest);
        let signature = author.sign(&signed(&keys, &body));
        let mut bundle = Self { frames, recipient };
        bundle.item(MANIFEST, &encode(&SignedManifest { body, signature }))?;
        Ok(bundle)
    }

    /// Adds whoever made some of the envelopes.
    pub fn certificate(&mut self, certificate: &AuthorCertificate) -> Result<(), CourierError> {
        self.item(CERTIFICATE, &encode(certificate))
    }

    /// Adds an envelope, as it was made.
    pub fn envelope(&mut self, encoded: &[u8]) -> Result<(), CourierError> {
        self.item(ENVELOPE, encoded)
    }

    /// Adds a photo.
    pub fn photo(&mut self, hash: &PhotoHash, bytes: &[u8]) -> Result<(), CourierError> {
        self.begin_item(PHOTO, bytes.len() as u64 + u64::from(HASH_BYTES))?;
        self.frames.write(hash.as_bytes())?;
        self.frames.write(bytes)
    }

    /// Ends it; where it was written, and its name.
    pub fn finish(self) -> Result<(W, Seen), CourierError> {
        self.frames.finish(self.recipient)
    }

    pub(super) fn item(&mut self, kind: u8, body: &[u8]) -> Result<(), CourierError> {
        self.begin_item(kind, body.len() as u64)?;
        self.frames.write(body)
    }

    pub(super) fn begin_item(&mut self, kind: u8, length: u64) -> Result<(), CourierError> {
        let length = u32::try_from(length).map_err(|_| CourierError::TooLarge(u64::from(u32::MAX)))?;
        self.frames.write(&[kind])?;
        self.frames.write(&length.to_be_bytes())
    }
}

/// A part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Whoever made some of the envelopes.
    Certificate(AuthorCertificate),
    /// An envelope's bytes; what they are is for admission to say.
    Envelope(Vec<u8>),
    /// A photo; its bytes come by [`BundleReader::photo`], and are passed over otherwise.
    Photo {
        /// Its address, as the bundle claims it.
        hash: PhotoHash,
        /// Its size.
        bytes: u64,
    },
}

/// Reads a bundle.
pub struct BundleReader<R> {
    frames: FrameReader<R>,
    manifest: Manifest,
    /// What is left of the item that is being read.
    rest: u64,
    seen: [u64; 3],
}

impl<R: Read> BundleReader<R> {
    /// Opens a bundle with the server's key and believes its manifest's signature, or nothing.
    pub fn open(reader: R, secret: &CourierSecret) -> Result<Self, CourierError> {
        let (mut frames, keys) = FrameReader::open(reader, secret)?;
        let damaged = |_| CourierError::Damaged("its manifest cannot be read");
        let mut head = [0; 5];
        frames.exact(&mut head)?;
        let [kind, a, b, c, d] = head;
        let length = u32::from_be_bytes([a, b, c, d]);
        if kind != MANIFEST || length > MAX_MANIFEST_BYTES {
            return Err(CourierError::Damaged("it has no manifest"));
        }
        let mut body = vec![0; length as usize];
        frames.exact(&mut body)?;
        let told: SignedManifest = decode(&body).map_err(damaged)?;
        let manifest: Manifest = decode(&told.body).map_err(damaged)?;
        if !verify(&manifest.author, &signed(&keys, &told.body), &told.signature) {
            return Err(CourierError::BadSignature);
        }
        Ok(Self { frames, manifest, rest: 0, seen: [0; 3] })
    }

    /// Who made it.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The next part; `None` at the end.
    #[expect(clippy::should_implement_trait, reason = "it can fail, and borrows nothing of an iterator")]
    pub fn next(&mut self) -> Result<Option<Item>, CourierError> {
        loop {
            self.pass_over()?;
            let first = match self.frames.some(1)? {
                [kind] => *kind,
                _ => return Ok(None),
            };
            let mut length = [0; 4];
            self.frames.exact(&mut length)?;
            let length = u32::from_be_bytes(length);
            match first {
                CERTIFICATE => {
                    self.count(0)?;
                    let body = self.body(length, MAX_CERTIFICATE_BYTES)?;
                    let certificate = decode(&body);
                    let certificate = certificate.map_err(|_| CourierError::Damaged("a certificate cannot be read"))?;
                    return Ok(Some(Item::Certificate(certificate)));
                }
                ENVELOPE => {
                    self.count(1)?;
                    return Ok(Some(Item::Envelope(self.body(length, MAX_ENVELOPE_BYTES as u32)?)));
                }
                PHOTO => {
                    self.count(2)?;
                    let bytes =
                        length.checked_sub(HASH_BYTES).ok_or(CourierError::Damaged("a photo without a name"))?;
                    if bytes > MAX_PHOTO_BYTES {
                        return Err(CourierError::TooLarge(u64::from(MAX_PHOTO_BYTES)));
                    }
                    let mut hash = [0; 32];
                    self.frames.exact(&mut hash)?;
                    self.rest = u64::from(bytes);
                    return Ok(Some(Item::Photo { hash: PhotoHash(hash), bytes: self.rest }));
                }
                _ => self.rest = u64::from(length),
            }
        }
    }

    /// Writes the photo that [`Self::next`] told of; the address that its bytes really have.
    pub fn photo(&mut self, writer: &mut impl Write) -> Result<PhotoHash, CourierError> {
        let mut hasher = Sha256::new();
        while self.rest > 0 {
            let some = self.frames.some(usize::try_from(self.rest).unwrap_or(usize::MAX))?;
            if some.is_empty() {
                return Err(CourierError::Damaged("its message ends too early"));
            }
            writer.write_all(some)?;
            hasher.update(some);
            self.rest -= some.len() as u64;
        }
        Ok(PhotoHash(hasher.finalize().into()))
    }

    fn pass_over(&mut self) -> Result<(), CourierError> {
        self.photo(&mut std::io::sink()).map(drop)
    }

    fn count(&mut self, kind: usize) -> Result<(), CourierError> {
        self.seen[kind] += 1;
        if self.seen[kind] > MAX_ITEMS { Err(CourierError::TooLarge(MAX_ITEMS)) } else { Ok(()) }
    }

    /// A body of at most so many bytes, as it comes: what a length claims is not reserved.
    fn body(&mut self, length: u32, most: u32) -> Result<Vec<u8>, CourierError> {
        if length > most {
            return Err(CourierError::TooLarge(u64::from(most)));
        }
        let (length, mut body) = (length as usize, Vec::new());
        while body.len() < length {
            let some = self.frames.some(length - body.len())?;
            if some.is_empty() {
                return Err(CourierError::Damaged("its message ends too early"));
            }
            body.extend_from_slice(some);
        }
        Ok(body)
    }
}
