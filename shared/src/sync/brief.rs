//! Envelopes without what their reader works out: how a pull carries them to a device that asks for it.
//!
//! A change names its actor, the changes it builds on and the beginning of its own hash. Nothing compresses hashes, and in an
//! envelope nearly all of them follow from the change before: a first exchange takes half the bytes without them.
//!
//! Invariants: [`expand`] gives back the very bytes that [`brief`] was given; neither of them judges: what is no envelope
//! stays as it is, and the guard says what is wrong with it.

use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};

use crate::envelope::Envelope;
use crate::id::ActorId;

/// What every Automerge chunk begins with.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// The type of a plain change.
const CHANGE: u8 = 1;
/// Bytes of a chunk before its type: magic and checksum.
const BEFORE_TYPE: usize = 8;
const HASH_BYTES: usize = 32;
const ACTOR_BYTES: usize = 16;

/// The chunk follows as it is.
const WHOLE: u8 = 0;
/// It builds on the change before it in the envelope and on nothing else.
const NEXT: u8 = 1;
/// What it builds on follows as the chunk says it.
const LISTED: u8 = 2;

/// An envelope in its canonical encoding, made brief.
pub fn brief(envelope: &[u8]) -> Vec<u8> {
    brief_after(envelope, &mut None)
}

/// The encoded envelope that was made brief.
pub fn expand(brief: &[u8]) -> Vec<u8> {
    expand_after(brief, &mut None)
}

/// The hash of the change before, where envelopes follow one another.
pub(crate) type Before = Option<[u8; HASH_BYTES]>;

/// [`brief`] of an envelope that comes after another of its record, whose last change is `before`; then its own is.
pub(crate) fn brief_after(envelope: &[u8], before: &mut Before) -> Vec<u8> {
    let Ok(mut envelope) = Envelope::decode(envelope) else { return envelope.to_vec() };
    let actor = envelope.actor();
    for chunk in &mut envelope.changes {
        *chunk = ByteBuf::from(change_after(chunk, &actor, before));
    }
    envelope.encode()
}

/// The envelope that [`brief_after`] was given.
pub(crate) fn expand_after(brief: &[u8], before: &mut Before) -> Vec<u8> {
    let Ok(mut envelope) = Envelope::decode(brief) else { return brief.to_vec() };
    let actor = envelope.actor();
    for change in &mut envelope.changes {
        if let Some(chunk) = lengthened(change, &actor, before.as_ref()) {
            *change = ByteBuf::from(chunk);
        }
        *before = hash(change);
    }
    envelope.encode()
}

/// A change made brief that comes after another of its record; `before` is the hash of that, and then of this one.
pub(crate) fn change_after(chunk: &[u8], actor: &ActorId, before: &mut Before) -> Vec<u8> {
    let short = shortened(chunk, actor, before.as_ref());
    *before = hash(chunk);
    short
}

/// The change that [`change_after`] was given; `None`: these bytes are none that it gives.
pub(crate) fn whole_change_after(short: &[u8], actor: &ActorId, before: &mut Before) -> Option<Vec<u8>> {
    let chunk = lengthened(short, actor, before.as_ref())?;
    *before = hash(&chunk);
    Some(chunk)
}

/// The hash of a chunk: of all from its type on.
fn hash(chunk: &[u8]) -> Option<[u8; HASH_BYTES]> {
    chunk.get(BEFORE_TYPE..).map(|hashed| Sha256::digest(hashed).into())
}

fn shortened(chunk: &[u8], actor: &ActorId, before: Option<&[u8; HASH_BYTES]>) -> Vec<u8> {
    let short = parts(chunk).and_then(|(dependencies, rest)| {
        let next = before.is_some_and(|before| dependencies.first() == Some(&1) && &dependencies[1..] == before);
        let short = if next { [&[NEXT], rest].concat() } else { [&[LISTED], dependencies, rest].concat() };
        // Whatever a chunk is like, it comes back as it was.
        (lengthened(&short, actor, before)? == chunk).then_some(short)
    });
    short.unwrap_or_else(|| [&[WHOLE], chunk].concat())
}

/// What a chunk says it builds on, and all that comes after its actor.
fn parts(chunk: &[u8]) -> Option<(&[u8], &[u8])> {
    let (kind, content) = chunk.get(BEFORE_TYPE..)?.split_first()?;
    let (_, content) = number(content)?;
    let (dependencies, rest) = listed(content)?;
    let (length, rest) = number(rest)?;
    let rest = rest.get(usize::try_from(length).ok()?..)?;
    (*kind == CHANGE).then_some((dependencies, rest))
}

fn lengthened(short: &[u8], actor: &ActorId, before: Option<&[u8; HASH_BYTES]>) -> Option<Vec<u8>> {
    let (form, rest) = short.split_first()?;
    let mut content = Vec::with_capacity(rest.len() + 2 * HASH_BYTES);
    let rest = match *form {
        WHOLE => return Some(rest.to_vec()),
        NEXT => {
            content.push(1);
            content.extend_from_slice(before?);
            rest
        }
        LISTED => {
            let (dependencies, rest) = listed(rest)?;
            content.extend_from_slice(dependencies);
            rest
        }
        _ => return None,
    };
    content.push(ACTOR_BYTES as u8);
    content.extend_from_slice(actor.as_bytes());
    content.extend_from_slice(rest);
    let mut hashed = vec![CHANGE];
    put_number(&mut hashed, content.len() as u64);
    hashed.append(&mut content);
    let checksum: [u8; HASH_BYTES] = Sha256::digest(&hashed).into();
    Some([&MAGIC[..], &checksum[..MAGIC.len()], &hashed].concat())
}

/// A count and so many hashes, and what comes after them.
fn listed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = number(bytes)?;
    let hashes = usize::try_from(count).ok()?.checked_mul(HASH_BYTES)?;
    let end = (bytes.len() - rest.len()).checked_add(hashes)?;
    bytes.split_at_checked(end)
}

/// An unsigned LEB128 number and what comes after it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let end = bytes.iter().take(9).position(|byte| byte & 0x80 == 0)?;
    let value = bytes[..=end].iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f));
    Some((value, &bytes[end + 1..]))
}

fn put_number(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::AuthorSecret;
    use crate::clock::{SeededRandom, UtcMillis};
    use crate::document::Document;
    use crate::id::{ChangeHash, DocumentId, UnitId};
    use crate::record::RecordKind;
    use crate::record::key::Key;
    use crate::record::value::Scalar;

    fn sealed(secret: &AuthorSecret, changes: Vec<(ChangeHash, Vec<u8>)>) -> Vec<u8> {
        let (document, unit) = (DocumentId::from_bytes([5; 16]), UnitId::from_bytes([6; 16]));
        Envelope::seal(document, RecordKind::Inspection, unit, secret, 0, changes).encode()
    }

    /// Changes of one author, each after the one before.
    fn run(secret: &AuthorSecret, changes: usize) -> Vec<(ChangeHash, Vec<u8>)> {
        let mut document = Document::new(ActorId::derive(&secret.public(), 0));
        let made = (0..changes).map(|number| {
            document.put(&Key::Item(format!("A-{number}")), &Scalar::from("đạt")).expect("a put");
            let change = document.commit(UtcMillis(7)).expect("a commit").expect("a change");
            (change.hash, change.bytes)
        });
        made.collect()
    }

    #[test]
    fn a_run_comes_back_byte_for_byte_and_names_no_hash_but_the_first_ones() {
        let secret = AuthorSecret::generate(&mut SeededRandom::new(1));
        let changes = run(&secret, 12);
        let (whole, tail) = (sealed(&secret, changes.clone()), sealed(&secret, changes[4..].to_vec()));
        for envelope in [&whole, &tail] {
            assert_eq!(expand(&brief(envelope)), *envelope);
        }
        let names = |bytes: &[u8], hash: &ChangeHash| bytes.windows(HASH_BYTES).any(|some| some == hash.as_bytes());
        assert!(changes.iter().all(|(hash, _)| !names(&brief(&whole), hash)));
        assert!(names(&brief(&tail), &changes[3].0), "what it builds on is elsewhere");
        // Checksum, magic, length, actor and hash of each.
        assert!(brief(&whole).len() + 12 * 55 < whole.len(), "{} of {}", brief(&whole).len(), whole.len());
    }

    #[test]
    fn changes_of_any_bytes_come_back() {
        let secret = AuthorSecret::generate(&mut SeededRandom::new(1));
        let mut random = SeededRandom::new(2);
        let good = run(&secret, 3);
        let other = run(&AuthorSecret::generate(&mut random), 2);
        let mut kinds = vec![good[0].1.clone(), other[1].1.clone(), Vec::new(), vec![1], MAGIC.to_vec()];
        for round in 0..2_000_usize {
            let mut bytes = good[round % 3].1.clone();
            let place = random.next_u64() as usize % bytes.len();
            bytes[place] ^= 1 << (round % 8);
            bytes.truncate(bytes.len() - usize::from(round.is_multiple_of(5)) * (place / 2));
            kinds.push(bytes);
        }
        for three in kinds.windows(3) {
            let envelope = sealed(&secret, three.iter().map(|bytes| (ChangeHash([0; 32]), bytes.clone())).collect());
            assert_eq!(expand(&brief(&envelope)), envelope);
        }
    }

    #[test]
    fn what_was_never_brief_stays_as_it_is() {
        let secret = AuthorSecret::generate(&mut SeededRandom::new(1));
        let envelope = sealed(&secret, run(&secret, 3));
        assert_eq!(expand(&envelope), envelope);
        for noise in [&b"noise"[..], &[], &[0xa0]] {
            assert_eq!((brief(noise), expand(noise)), (noise.to_vec(), noise.to_vec()));
        }
    }
}
