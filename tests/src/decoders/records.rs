//! Changes and envelopes.

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::UtcMillis;
use ancu_shared::document::Document;
use ancu_shared::document::guard::check_change;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, ChangeHash, DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::admission::check_envelope;
use ancu_shared::sync::brief as short;
use sha2::{Digest as _, Sha256};

/// The author of every honest input.
pub(super) fn secret() -> AuthorSecret {
    AuthorSecret::from_seed(&[7; 32])
}

/// Three changes of premises: made, changed, a value taken away.
fn made() -> Vec<(ChangeHash, Vec<u8>)> {
    let mut document = Document::new(ActorId::derive(&secret().public(), 0));
    let sittings = [
        vec![
            ("h/schema", Scalar::Int(1)),
            ("h/name", Scalar::from("Nhà trọ Hoa Sen")),
            ("h/latitude", Scalar::Number(20.99)),
        ],
        vec![("h/name", Scalar::from("Hoa Sen")), ("h/storeys", Scalar::Int(6)), ("h/note", Scalar::Bool(true))],
        vec![("h/storeys", Scalar::Null)],
    ];
    let mut made = Vec::new();
    for (number, puts) in (0..).zip(sittings) {
        for (key, value) in puts {
            document.put(&Key::parse(key).expect("a key"), &value).expect("a value");
        }
        let change = document.commit(UtcMillis(1_795_285_800_000 + number)).expect("a change").expect("something");
        made.push((change.hash, change.bytes));
    }
    made
}

pub(super) fn changes() -> Vec<Vec<u8>> {
    made().into_iter().map(|(_, bytes)| bytes).collect()
}

/// The same content under a checksum that holds: past the outer form, into the guard.
fn under_checksum(chunk: &[u8]) -> Vec<u8> {
    // Magic and checksum are 8 bytes; from the type byte on it is what the hash is over.
    let Some((outer, hashed)) = chunk.split_at_checked(8) else { return chunk.to_vec() };
    [&outer[..4], &Sha256::digest(hashed)[..4], hashed].concat()
}

/// What is let in is what came, its operations numbered upwards.
pub(super) fn guard(bytes: &[u8]) -> bool {
    let judge = |bytes: &[u8]| {
        let Ok(change) = check_change(bytes, RecordKind::Facility) else { return false };
        assert_eq!(change.bytes, bytes, "what is let in is what came");
        assert!(change.max_op + 1 >= change.start_op, "operations are numbered upwards");
        true
    };
    judge(bytes) | judge(&under_checksum(bytes))
}

/// What passed the guard can be applied, read and saved, in any company. Whether a change came into a document.
pub(super) fn apply(bytes: &[u8]) -> bool {
    let honest = changes();
    let mut document = Document::new(ActorId([9; 16]));
    let mut applied = false;
    for (number, bytes) in [&honest[0], &under_checksum(bytes), &honest[1], &honest[2]].into_iter().enumerate() {
        if let Ok(change) = check_change(bytes, RecordKind::Facility) {
            // It may not fit what is there: that is said, and the document goes on.
            applied |= document.apply(&[change]).is_ok() && number == 1;
        }
    }
    if document.cells().is_ok() {
        let saved = document.save().expect("what can be read can be saved");
        let mut again = Document::load(Some(&saved), std::iter::empty(), ActorId([8; 16])).expect("it loads");
        assert_eq!(again.heads(), document.heads());
    }
    applied
}

pub(super) fn honest_envelope() -> Vec<u8> {
    let (document, unit) = (DocumentId::from_bytes([5; 16]), UnitId::from_bytes([6; 16]));
    Envelope::seal(document, RecordKind::Facility, unit, &secret(), 0, made()).encode()
}

pub(super) fn envelopes() -> Vec<Vec<u8>> {
    vec![honest_envelope()]
}

/// An envelope that holds is spelt in one way, and a signature holds for what was signed.
pub(super) fn envelope(bytes: &[u8]) -> bool {
    let Ok(checked) = check_envelope(bytes) else { return false };
    assert_eq!(checked.envelope.encode(), bytes);
    assert_eq!(bytes, honest_envelope(), "a signature holds for what was signed");
    true
}

pub(super) fn briefs() -> Vec<Vec<u8>> {
    vec![short::brief(&honest_envelope())]
}

/// A brief envelope grows by what follows from it at most. Whether it is one that holds.
pub(super) fn brief(bytes: &[u8]) -> bool {
    let whole = short::expand(bytes);
    // A change gives back its magic, checksum, actor and one hash: no more, however often it is said.
    assert!(whole.len() <= bytes.len() * 80 + 256, "{} of {}", whole.len(), bytes.len());
    check_envelope(&whole).is_ok()
}
