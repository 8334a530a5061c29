//! Sealing: finishing an inspection signs the document's heads.
//!
//! Invariant: after a seal was admitted, nothing more is added to the record; corrections are a supplement, a record of its
//! own that refers to it (`h/supplement_of`). The seal of a supplement signs too what its author's device had of the
//! inspection: the supplement replaces and answers that, and nothing else.

use super::register::{Known, SealStatement};
use super::value::OperationId;
use crate::author::{self, AuthorSecret, Signature};
use crate::clock::UtcMillis;
use crate::id::{ChangeHash, DocumentId, PersonId};

/// The most parts, and the most decisions, that a seal names as known.
pub const MOST_KNOWN: usize = 256;

impl Known {
    /// What is known, in the one order in which it is signed. Of more than can be named, what comes last in it.
    pub fn of(parts: impl IntoIterator<Item = DocumentId>, decisions: impl IntoIterator<Item = OperationId>) -> Self {
        fn sorted<T: Ord>(names: impl IntoIterator<Item = T>) -> Vec<T> {
            let mut names: Vec<T> = names.into_iter().collect();
            names.sort_unstable();
            names.dedup();
            let more = names.len().saturating_sub(MOST_KNOWN);
            names.split_off(more)
        }
        Self { parts: sorted(parts), decisions: sorted(decisions) }
    }

    /// Whether both lists are sorted, name nothing twice and are no longer than they may be.
    pub fn is_well_formed(&self) -> bool {
        let bounded = self.parts.len() <= MOST_KNOWN && self.decisions.len() <= MOST_KNOWN;
        bounded
            && self.parts.is_sorted_by(|one, next| one < next)
            && self.decisions.is_sorted_by(|one, next| one < next)
    }
}

/// The bytes that a seal signs: `"ancu-seal-v1"`, the document id, the instant (i64 big-endian), the person, and the sorted
/// heads. Where it says what was known: `"ancu-seal-v2"`, the same with the number of heads (u32) before them, and then the
/// number of parts (u32), their ids, the number of decisions (u32), and the counter (u64) and actor of each.
pub fn sealed_bytes(
    document: DocumentId,
    at: UtcMillis,
    by: PersonId,
    heads: &[ChangeHash],
    known: Option<&Known>,
) -> Vec<u8> {
    let tag: &[u8] = if known.is_some() { b"ancu-seal-v2" } else { b"ancu-seal-v1" };
    let mut bytes = tag.to_vec();
    bytes.extend_from_slice(document.as_bytes());
    bytes.extend_from_slice(&at.0.to_be_bytes());
    bytes.extend_from_slice(by.as_bytes());
    if known.is_some() {
        bytes.extend_from_slice(&(heads.len() as u32).to_be_bytes());
    }
    for head in heads {
        bytes.extend_from_slice(head.as_bytes());
    }
    if let Some(known) = known {
        bytes.extend_from_slice(&(known.parts.len() as u32).to_be_bytes());
        for part in &known.parts {
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes.extend_from_slice(&(known.decisions.len() as u32).to_be_bytes());
        for decision in &known.decisions {
            bytes.extend_from_slice(&decision.counter.to_be_bytes());
            bytes.extend_from_slice(decision.actor.as_bytes());
        }
    }
    bytes
}

/// Seals these heads.
pub fn seal(
    document: DocumentId,
    heads: Vec<ChangeHash>,
    author: &AuthorSecret,
    at: UtcMillis,
    by: PersonId,
) -> SealStatement {
    seal_knowing(document, heads, author, at, by, None)
}

/// Seals these heads, saying what was known.
pub fn seal_knowing(
    document: DocumentId,
    mut heads: Vec<ChangeHash>,
    author: &AuthorSecret,
    at: UtcMillis,
    by: PersonId,
    known: Option<Known>,
) -> SealStatement {
    heads.sort_unstable();
    let signature = author.sign(&sealed_bytes(document, at, by, &heads, known.as_ref()));
    SealStatement { signature: hex::encode(signature.0), heads, author: author.public(), at, by, known }
}

/// Whether a seal's signature is its author's over its heads and over what it says was known.
pub fn verify(document: DocumentId, statement: &SealStatement) -> bool {
    let mut signature = [0_u8; 64];
    let known = statement.known.as_ref();
    hex::decode_to_slice(&statement.signature, &mut signature).is_ok()
        && statement.heads.is_sorted()
        && known.is_none_or(Known::is_well_formed)
        && author::verify(
            &statement.author,
            &sealed_bytes(document, statement.at, statement.by, &statement.heads, known),
            &Signature(signature),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededRandom;
    use crate::id::ActorId;
    use crate::record::register::Register as _;

    const DOCUMENT: DocumentId = DocumentId::from_bytes([1; 16]);

    fn sealed(heads: Vec<ChangeHash>, known: Option<Known>) -> SealStatement {
        let author = AuthorSecret::generate(&mut SeededRandom::new(3));
        seal_knowing(DOCUMENT, heads, &author, UtcMillis(7), PersonId::from_bytes([2; 16]), known)
    }

    fn part(n: u8) -> DocumentId {
        DocumentId::from_bytes([n; 16])
    }

    fn decision(counter: u64) -> OperationId {
        OperationId { counter, actor: ActorId([6; 16]) }
    }

    #[test]
    fn a_seal_holds_for_its_document_and_heads_only() {
        let statement = sealed(vec![ChangeHash([9; 32]), ChangeHash([4; 32])], None);
        assert!(verify(DOCUMENT, &statement));
        assert!(!verify(part(8), &statement));
        let mut moved = statement.clone();
        moved.heads.pop();
        assert!(!verify(DOCUMENT, &moved));
        let mut later = statement;
        later.at = UtcMillis(8);
        assert!(!verify(DOCUMENT, &later));
    }

    #[test]
    fn what_was_known_is_under_the_signature() {
        let heads = vec![ChangeHash([9; 32])];
        let known = Known::of([part(5), part(3), part(5)], [decision(2), decision(1)]);
        let statement = sealed(heads.clone(), Some(known.clone()));
        assert!(verify(DOCUMENT, &statement));
        let said = |known| SealStatement { known, ..statement.clone() };
        assert!(!verify(DOCUMENT, &said(None)), "stripped");
        assert!(!verify(DOCUMENT, &said(Some(Known::default()))), "emptied");
        let less = Known { parts: vec![part(3)], ..known.clone() };
        assert!(!verify(DOCUMENT, &said(Some(less))));
        let other = Known { decisions: vec![decision(1)], ..known };
        assert!(!verify(DOCUMENT, &said(Some(other))));
        let old = sealed(heads, None);
        assert!(!verify(DOCUMENT, &SealStatement { known: Some(Known::default()), ..old.clone() }), "added");
        assert_ne!(old.signature, sealed(old.heads.clone(), Some(Known::default())).signature);
    }

    #[test]
    fn an_old_seal_reads_and_writes_as_it_did() {
        let old = sealed(vec![ChangeHash([9; 32])], None);
        let text = old.to_scalar();
        assert!(text.as_text().is_some_and(|text| !text.contains("\"k\"")), "{text:?}");
        assert_eq!(SealStatement::from_scalar(&text).as_ref(), Ok(&old));
        let known = sealed(old.heads, Some(Known::of([part(3)], [decision(1)])));
        assert_eq!(SealStatement::from_scalar(&known.to_scalar()), Ok(known));
    }

    #[test]
    fn lists_out_of_order_or_too_long_do_not_hold_though_signed() {
        let signed = |parts, decisions| verify(DOCUMENT, &sealed(vec![], Some(Known { parts, decisions })));
        assert!(signed(vec![part(1), part(2)], vec![decision(1), decision(2)]));
        assert!(!signed(vec![part(2), part(1)], vec![]));
        assert!(!signed(vec![part(1), part(1)], vec![]));
        assert!(!signed(vec![], vec![decision(2), decision(1)]));
        let many = |most: u64| (0..most).map(decision).collect::<Vec<_>>();
        assert!(signed(vec![], many(MOST_KNOWN as u64)));
        assert!(!signed(vec![], many(MOST_KNOWN as u64 + 1)));
        let cut = Known::of([], many(MOST_KNOWN as u64 + 1));
        assert!(cut.is_well_formed() && cut.decisions.last() == Some(&decision(MOST_KNOWN as u64)));
    }

    proptest::proptest! {
        /// No two claims are signed by the same bytes, wherever one list ends and the next begins.
        #[test]
        fn different_claims_are_different_bytes(one in claim(), other in claim()) {
            let bytes = |(heads, known): &Claim| sealed_bytes(DOCUMENT, UtcMillis(7), PersonId::from_bytes([2; 16]), heads, known.as_ref());
            proptest::prop_assert_eq!(one == other, bytes(&one) == bytes(&other));
        }
    }

    type Claim = (Vec<ChangeHash>, Option<Known>);

    /// Few and small names, so that lists often look alike.
    fn claim() -> impl proptest::strategy::Strategy<Value = Claim> {
        use proptest::collection::vec;
        use proptest::prelude::*;
        let heads = vec((0_u8..2).prop_map(|it| ChangeHash([it; 32])), 0..3);
        let parts = vec((0_u8..2).prop_map(part), 0..3);
        let decisions = vec((0_u64..2).prop_map(|it| OperationId { counter: it, actor: ActorId([0; 16]) }), 0..3);
        let known = proptest::option::of((parts, decisions).prop_map(|(parts, decisions)| Known { parts, decisions }));
        (heads, known)
    }
}
