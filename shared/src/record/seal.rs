//! Sealing: finishing an inspection signs the document's heads.
//!
//! Invariant: after a seal was admitted, nothing more is added to the record; corrections are a supplement, a record of its
//! own that refers to it (`h/supplement_of`).

use super::register::SealStatement;
use crate::author::{self, AuthorSecret, Signature};
use crate::clock::UtcMillis;
use crate::id::{ChangeHash, DocumentId, PersonId};

/// The bytes that a seal signs: `"ancu-seal-v1"`, the document id, the instant (i64 big-endian), the person, and the sorted
/// heads.
pub fn sealed_bytes(document: DocumentId, at: UtcMillis, by: PersonId, heads: &[ChangeHash]) -> Vec<u8> {
    let mut bytes = b"ancu-seal-v1".to_vec();
    bytes.extend_from_slice(document.as_bytes());
    bytes.extend_from_slice(&at.0.to_be_bytes());
    bytes.extend_from_slice(by.as_bytes());
    for head in heads {
        bytes.extend_from_slice(head.as_bytes());
    }
    bytes
}

/// Seals these heads.
pub fn seal(
    document: DocumentId,
    mut heads: Vec<ChangeHash>,
    author: &AuthorSecret,
    at: UtcMillis,
    by: PersonId,
) -> SealStatement {
    heads.sort_unstable();
    let signature = author.sign(&sealed_bytes(document, at, by, &heads));
    SealStatement { signature: hex::encode(signature.0), heads, author: author.public(), at, by }
}

/// Whether a seal's signature is its author's over its heads.
pub fn verify(document: DocumentId, statement: &SealStatement) -> bool {
    let mut signature = [0_u8; 64];
    hex::decode_to_slice(&statement.signature, &mut signature).is_ok()
        && statement.heads.is_sorted()
        && author::verify(
            &statement.author,
            &sealed_bytes(document, statement.at, statement.by, &statement.heads),
            &Signature(signature),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededRandom;

    #[test]
    fn a_seal_holds_for_its_document_and_heads_only() {
        let author = AuthorSecret::generate(&mut SeededRandom::new(3));
        let (document, by) = (DocumentId::from_bytes([1; 16]), PersonId::from_bytes([2; 16]));
        let statement = seal(document, vec![ChangeHash([9; 32]), ChangeHash([4; 32])], &author, UtcMillis(7), by);
        assert!(verify(document, &statement));
        assert!(!verify(DocumentId::from_bytes([8; 16]), &statement));
        let mut moved = statement.clone();
        moved.heads.pop();
        assert!(!verify(document, &moved));
        let mut later = statement;
        later.at = UtcMillis(8);
        assert!(!verify(document, &later));
    }
}
