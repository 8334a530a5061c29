//! Envelopes: the atom of exchange. A run of one author's changes to one document, under that author's signature.
//!
//! Invariant: an envelope is made once, stored, and never cut again: it is admitted whole or quarantined whole, and its id
//! (the SHA-256 of its encoding) names it in every receipt. Anyone may carry it; only the signature is believed.
//!
//! What this module does not know: whether the author may write there. That is admission ([`crate::sync::admission`]).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::author::{self, AuthorSecret, Signature};
use crate::id::{ActorId, AuthorKey, ChangeHash, DocumentId, EnvelopeId, UnitId};
use crate::record::RecordKind;

/// The most changes in one envelope.
pub const MAX_CHANGES: usize = 256;
/// The largest encoded envelope, in bytes.
pub const MAX_ENVELOPE_BYTES: usize = 1024 * 1024;

/// A run of changes, oldest first, as they travel and as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Format version: 1.
    pub v: u8,
    /// The record.
    pub document: DocumentId,
    /// What the record is.
    pub kind: RecordKind,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// Who made all of these changes.
    pub author: AuthorKey,
    /// The author's epoch: with the key it gives the Automerge actor.
    pub epoch: u32,
    /// Raw, uncompressed Automerge change chunks, oldest first, of consecutive sequence numbers.
    pub changes: Vec<serde_bytes::ByteBuf>,
    /// The author's signature over [`Envelope::signed_bytes`].
    pub signature: Signature,
}

/// Why bytes are not an envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Longer than [`MAX_ENVELOPE_BYTES`].
    #[error("the envelope has {0} bytes, more than {MAX_ENVELOPE_BYTES}")]
    TooLarge(usize),
    /// Not CBOR of an envelope, or with bytes after its end.
    #[error("not an envelope: {0}")]
    Malformed(String),
    /// A version this program doesn't know.
    #[error("envelope version {0} is unknown")]
    UnknownVersion(u8),
    /// No change, or more than [`MAX_CHANGES`].
    #[error("an envelope holds 1 to {MAX_CHANGES} changes, not {0}")]
    ChangeCount(usize),
    /// The signature is not the author's over this content.
    #[error("the signature is not the author's")]
    BadSignature,
}

impl Envelope {
    /// Puts an author's run of changes (oldest first, with their hashes) into an envelope.
    pub fn seal(
        document: DocumentId,
        kind: RecordKind,
        unit: UnitId,
        secret: &AuthorSecret,
        epoch: u32,
        changes: Vec<(ChangeHash, Vec<u8>)>,
    ) -> Self {
        let (hashes, bytes): (Vec<_>, Vec<_>) =
            changes.into_iter().map(|(hash, bytes)| (hash, serde_bytes::ByteBuf::from(bytes))).unzip();
        let author = secret.public();
        let signature = secret.sign(&signed_bytes(document, kind, unit, &author, epoch, &hashes));
        Self { v: 1, document, kind, unit, author, epoch, changes: bytes, signature }
    }

    /// The Automerge actor that all changes must have.
    pub fn actor(&self) -> ActorId {
        ActorId::derive(&self.author, self.epoch)
    }

    /// The bytes that the author signs, given the changes' own hashes.
    pub fn signed_bytes(&self, hashes: &[ChangeHash]) -> Vec<u8> {
        signed_bytes(self.document, self.kind, self.unit, &self.author, self.epoch, hashes)
    }

    /// Whether the signature is the author's, given the changes' own hashes (computed, never claimed).
    pub fn verify(&self, hashes: &[ChangeHash]) -> Result<(), EnvelopeError> {
        author::verify(&self.author, &self.signed_bytes(hashes), &self.signature)
            .then_some(())
            .ok_or(EnvelopeError::BadSignature)
    }

    /// The encoding that travels and is kept: CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(self, &mut bytes).expect("an envelope serialises");
        bytes
    }

    /// Reads an encoding within the limits. Checks shape, version and counts; not the signature, not the changes.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(EnvelopeError::TooLarge(bytes.len()));
        }
        let mut rest = bytes;
        let envelope: Self = ciborium::de::from_reader_with_recursion_limit(&mut rest, 8)
            .map_err(|error| EnvelopeError::Malformed(error.to_string()))?;
        if !rest.is_empty() {
            return Err(EnvelopeError::Malformed(format!("{} bytes after the end", rest.len())));
        }
        if envelope.v != 1 {
            return Err(EnvelopeError::UnknownVersion(envelope.v));
        }
        if envelope.changes.is_empty() || envelope.changes.len() > MAX_CHANGES {
            return Err(EnvelopeError::ChangeCount(envelope.changes.len()));
        }
        Ok(envelope)
    }
}

impl EnvelopeId {
    /// The name of an encoded envelope.
    pub fn of(encoded: &[u8]) -> Self {
        Self(Sha256::digest(encoded).into())
    }
}

/// `"ancu-envelope-v1"`, document, kind (length byte and code), unit, author, epoch (u32 big-endian), count (u32
/// big-endian), hashes.
fn signed_bytes(
    document: DocumentId,
    kind: RecordKind,
    unit: UnitId,
    author: &AuthorKey,
    epoch: u32,
    hashes: &[ChangeHash],
) -> Vec<u8> {
    let code = kind.code().as_bytes();
    let mut bytes = b"ancu-envelope-v1".to_vec();
    bytes.extend_from_slice(document.as_bytes());
    bytes.push(code.len() as u8);
    bytes.extend_from_slice(code);
    bytes.extend_from_slice(unit.as_bytes());
    bytes.extend_from_slice(author.as_bytes());
    bytes.extend_from_slice(&epoch.to_be_bytes());
    bytes.extend_from_slice(&(hashes.len() as u32).to_be_bytes());
    for hash in hashes {
        bytes.extend_from_slice(hash.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededRandom;

    fn sample() -> (Envelope, Vec<ChangeHash>) {
        let secret = AuthorSecret::generate(&mut SeededRandom::new(1));
        let hashes = vec![ChangeHash([1; 32]), ChangeHash([2; 32])];
        let envelope = Envelope::seal(
            DocumentId::from_bytes([5; 16]),
            RecordKind::Inspection,
            UnitId::from_bytes([6; 16]),
            &secret,
            0,
            hashes.iter().map(|hash| (*hash, vec![1, 2, 3])).collect(),
        );
        (envelope, hashes)
    }

    #[test]
    fn an_envelope_reads_back_and_its_signature_covers_everything() {
        let (envelope, hashes) = sample();
        let read = Envelope::decode(&envelope.encode()).expect("decode");
        assert_eq!(read, envelope);
        assert_eq!(read.verify(&hashes), Ok(()));
        let changed = [
            Envelope { unit: UnitId::from_bytes([7; 16]), ..envelope.clone() },
            Envelope { kind: RecordKind::Facility, ..envelope.clone() },
            Envelope { document: DocumentId::from_bytes([7; 16]), ..envelope.clone() },
            Envelope { epoch: 1, ..envelope.clone() },
            Envelope { author: AuthorSecret::from_seed(&[9; 32]).public(), ..envelope.clone() },
        ];
        for forged in changed {
            assert_eq!(forged.verify(&hashes), Err(EnvelopeError::BadSignature));
        }
        assert_eq!(envelope.verify(&hashes[..1]), Err(EnvelopeError::BadSignature));
    }

    #[test]
    fn garbage_is_named_and_bounded() {
        let (envelope, _) = sample();
        assert!(matches!(Envelope::decode(b"nonsense"), Err(EnvelopeError::Malformed(_))));
        let mut long = envelope.encode();
        long.push(0);
        assert!(matches!(Envelope::decode(&long), Err(EnvelopeError::Malformed(_))));
        assert!(matches!(Envelope::decode(&vec![0; MAX_ENVELOPE_BYTES + 1]), Err(EnvelopeError::TooLarge(_))));
        let future = Envelope { v: 9, ..envelope.clone() };
        assert_eq!(Envelope::decode(&future.encode()), Err(EnvelopeError::UnknownVersion(9)));
        let empty = Envelope { changes: vec![], ..envelope };
        assert_eq!(Envelope::decode(&empty.encode()), Err(EnvelopeError::ChangeCount(0)));
    }
}
