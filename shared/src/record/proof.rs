//! The proof of a signed record that is printed on it as a code: its seal, short enough for a QR code.
//!
//! Invariants: whoever reads the code can verify the signature without asking anybody, and who has the record can tell whether
//! it is that record; the code has one spelling. It says nothing of what was found: that is asked of the server by who holds the
//! paper, because nobody else can know the signature.
//!
//! Bytes: version 1 (u8), document (16), instant (i64 big-endian), person (16), author's key (32), signature (64), number of
//! heads (u8), heads (32 each). Text: base64url without padding. Only a record's first seal, which knows of nothing before it,
//! is printed; supplements are told by the server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::register::SealStatement;
use super::seal;
use crate::clock::UtcMillis;
use crate::id::{AuthorKey, ChangeHash, DocumentId, PersonId};

/// The most heads that a code has room for.
pub const MOST_HEADS: usize = 8;
/// The part of an address before the code: `https://SERVER/kiem-tra/CODE`.
pub const PATH: &str = "/kiem-tra/";
const VERSION: u8 = 1;
/// Bytes before the heads.
const FIXED: usize = 1 + 16 + 8 + 16 + 32 + 64 + 1;

/// A seal with the record that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The record.
    pub document: DocumentId,
    /// Its seal.
    pub seal: SealStatement,
}

/// Why a code is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not of the form: another code, or a damaged one.
    #[error("not the code of a record")]
    Malformed,
    /// A newer program's.
    #[error("the code of a newer program")]
    Newer,
    /// The signature is not that of the key, or not on this.
    #[error("the signature does not hold")]
    Forged,
}

impl Proof {
    /// The code; `None` where a seal has more heads than fit, or says what it knew.
    pub fn to_code(&self) -> Option<String> {
        let SealStatement { heads, author, signature, at, by, known } = &self.seal;
        if known.is_some() || heads.len() > MOST_HEADS {
            return None;
        }
        let mut bytes = Vec::with_capacity(FIXED + 32 * heads.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(self.document.as_bytes());
        bytes.extend_from_slice(&at.0.to_be_bytes());
        bytes.extend_from_slice(by.as_bytes());
        bytes.extend_from_slice(author.as_bytes());
        let mut written = [0; 64];
        hex::decode_to_slice(signature, &mut written).ok()?;
        bytes.extend_from_slice(&written);
        bytes.push(heads.len() as u8);
        for head in heads {
            bytes.extend_from_slice(head.as_bytes());
        }
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads a code, alone or at the end of an address, and verifies its signature.
    pub fn from_code(text: &str) -> Result<Self, ProofError> {
        let text = text.trim();
        let code = text.rsplit_once(PATH).map_or(text, |(_, code)| code);
        if code.len() > 4 * (FIXED + 32 * MOST_HEADS) / 3 + 4 {
            return Err(ProofError::Malformed);
        }
        let bytes = URL_SAFE_NO_PAD.decode(code).map_err(|_| ProofError::Malformed)?;
        match bytes.first() {
            Some(&VERSION) => {}
            Some(&newer) if newer > VERSION && bytes.len() > FIXED => return Err(ProofError::Newer),
            _ => return Err(ProofError::Malformed),
        }
        let proof = Self::read(&bytes).ok_or(ProofError::Malformed)?;
        if seal::verify(proof.document, &proof.seal) { Ok(proof) } else { Err(ProofError::Forged) }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.get(1..)?;
        let document = DocumentId::from_bytes(take(&mut rest)?);
        let at = UtcMillis(i64::from_be_bytes(take(&mut rest)?));
        let by = PersonId::from_bytes(take(&mut rest)?);
        let author = AuthorKey(take(&mut rest)?);
        let signature = hex::encode(take::<64>(&mut rest)?);
        let [count] = take(&mut rest)?;
        let heads = (0..count).map(|_| take(&mut rest).map(ChangeHash)).collect::<Option<Vec<_>>>()?;
        let whole = rest.is_empty() && heads.len() <= MOST_HEADS && !heads.is_empty();
        whole.then_some(Self { document, seal: SealStatement { heads, author, signature, at, by, known: None } })
    }
}

/// Takes so many bytes off the beginning.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::AuthorSecret;
    use crate::clock::SeededRandom;
    use crate::record::register::Known;

    fn proof(heads: usize) -> Proof {
        let document = DocumentId::from_bytes([7; 16]);
        let author = AuthorSecret::generate(&mut SeededRandom::new(5));
        let heads = (0..heads).map(|n| ChangeHash([n as u8; 32])).collect();
        Proof {
            document,
            seal: seal::seal(document, heads, &author, UtcMillis(1_795_000_000_000), PersonId::from_bytes([2; 16])),
        }
    }

    #[test]
    fn a_code_reads_back_alone_and_in_its_address() {
        for heads in [1, 2, MOST_HEADS] {
            let proof = proof(heads);
            let code = proof.to_code().expect("a code");
            assert_eq!(Proof::from_code(&code).as_ref(), Ok(&proof));
            assert_eq!(Proof::from_code(&format!(" https://ancu.example{PATH}{code}\n")).as_ref(), Ok(&proof));
        }
        assert_eq!(proof(MOST_HEADS + 1).to_code(), None);
        let mut knowing = proof(1);
        knowing.seal.known = Some(Known::default());
        assert_eq!(knowing.to_code(), None);
        assert!(proof(1).to_code().is_some_and(|code| code.len() < 240), "a code for paper");
    }

    #[test]
    fn every_changed_byte_is_found_and_nothing_else_is_a_code() {
        let bytes = URL_SAFE_NO_PAD.decode(proof(2).to_code().expect("a code")).expect("bytes");
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert!(Proof::from_code(&URL_SAFE_NO_PAD.encode(changed)).is_err(), "byte {place}");
        }
        for end in 0..bytes.len() {
            assert_eq!(Proof::from_code(&URL_SAFE_NO_PAD.encode(&bytes[..end])), Err(ProofError::Malformed), "{end}");
        }
        let mut newer = bytes.clone();
        newer[0] = 2;
        assert_eq!(Proof::from_code(&URL_SAFE_NO_PAD.encode(newer)), Err(ProofError::Newer));
        let mut forged = bytes;
        forged[20] ^= 1;
        assert_eq!(Proof::from_code(&URL_SAFE_NO_PAD.encode(forged)), Err(ProofError::Forged), "another time");
        for stranger in ["", "https://example.vn", "ANCU", &"A".repeat(5_000), "ự"] {
            assert_eq!(Proof::from_code(stranger), Err(ProofError::Malformed), "{stranger:.20}");
        }
    }
}
