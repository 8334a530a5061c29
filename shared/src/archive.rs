//! Archives: the whole history of a record that rests, in one small piece. The server packs its envelopes, a device its changes
//! (what makes envelopes of them again is kept beside them there).
//!
//! An archive replaces what can be worked out of it and nothing else: all comes back byte for byte, with its signatures, so the
//! evidence stays evidence and a reader who never saw the record gets what was signed. [`prove`] and [`prove_changes`] say whether an
//! archive may take the place of what it was made of.
//!
//! Invariants: unpacking gives the very bytes that were packed, in their order, or an error; it never takes more memory
//! than [`MAX_BYTES`] and the packed bytes. No Automerge code sees anything that the guard did not pass.
//!
//! What this module does not know: where archives are kept, which records rest.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

use crate::document::guard::{self, CheckedChange};
use crate::document::{Document, cells};
use crate::envelope::Envelope;
use crate::id::{ActorId, ChangeHash, EnvelopeId};
use crate::record::RecordKind;
use crate::record::value::Cell;
use crate::sync::brief::{self, brief_after, expand_after};

/// The most bytes that the history of an archive may have. A larger record is left as it is.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// What an archive begins with.
const VERSION: u8 = 1;
/// Packed once, and then there for years: some milliseconds are well spent.
const LEVEL: i32 = 12;

/// Why bytes are no archive, or an archive is not what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// More than [`MAX_BYTES`].
    #[error("the record's envelopes have more than {MAX_BYTES} bytes")]
    TooLarge,
    /// Made by a newer program.
    #[error("an archive of version {0}, which this program does not know")]
    Newer(u8),
    /// Not as [`pack`] writes them.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// What comes out is not what was put in.
    #[error("the archive does not give back what it was made of")]
    Different,
    /// The index of the record is not what its envelopes say.
    #[error("{0} of the record are not what its envelopes say")]
    Index(&'static str),
    /// What the document shows, or what it ends in, is not what the envelopes say.
    #[error("the document reads differently: {0}")]
    Document(String),
}

/// Packs the envelopes of a record, in the order of their admission.
pub fn pack(envelopes: &[Vec<u8>]) -> Result<Vec<u8>, ArchiveError> {
    if envelopes.iter().map(Vec::len).sum::<usize>() > MAX_BYTES {
        return Err(ArchiveError::TooLarge);
    }
    let mut before = None;
    let brief: Vec<ByteBuf> = envelopes.iter().map(|body| ByteBuf::from(brief_after(body, &mut before))).collect();
    wrap(&brief)
}

/// The envelopes of an archive.
pub fn unpack(packed: &[u8]) -> Result<Vec<Vec<u8>>, ArchiveError> {
    let brief: Vec<ByteBuf> = unwrap(packed)?;
    let mut before = None;
    Ok(brief.iter().map(|body| expand_after(body, &mut before)).collect())
}

/// Whose changes, and which of these made each, with the change made brief.
type Changes = (Vec<ByteBuf>, Vec<(u32, ByteBuf)>);

/// Packs the changes of a record, each with who made it, in an order in which they can be applied.
pub fn pack_changes(changes: &[(ActorId, Vec<u8>)]) -> Result<Vec<u8>, ArchiveError> {
    if changes.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > MAX_BYTES {
        return Err(ArchiveError::TooLarge);
    }
    let (mut actors, mut before, mut short): (Vec<ActorId>, _, Vec<_>) = (Vec::new(), None, Vec::new());
    for (actor, bytes) in changes {
        let place = actors.iter().position(|known| known == actor).unwrap_or_else(|| {
            actors.push(*actor);
            actors.len() - 1
        });
        short.push((place as u32, ByteBuf::from(brief::change_after(bytes, actor, &mut before))));
    }
    let actors = actors.iter().map(|actor| ByteBuf::from(actor.as_bytes().to_vec())).collect();
    let all: Changes = (actors, short);
    wrap(&all)
}

/// The changes of an archive, in their order.
pub fn unpack_changes(packed: &[u8]) -> Result<Vec<Vec<u8>>, ArchiveError> {
    let (actors, short): Changes = unwrap(packed)?;
    let actors: Vec<ActorId> =
        actors.iter().map(|actor| ActorId::from_slice(actor).map_err(damaged)).collect::<Result<_, _>>()?;
    let mut before = None;
    let lengthened = short.iter().map(|(place, bytes)| {
        let actor = actors.get(*place as usize).ok_or_else(|| ArchiveError::Damaged("nobody's change".to_owned()))?;
        brief::whole_change_after(bytes, actor, &mut before)
            .ok_or_else(|| ArchiveError::Damaged("a change that cannot be read".to_owned()))
    });
    lengthened.collect()
}

fn wrap(content: &impl Serialize) -> Result<Vec<u8>, ArchiveError> {
    let mut plain = Vec::new();
    ciborium::into_writer(content, &mut plain).map_err(damaged)?;
    let mut compressor = zstd::bulk::Compressor::new(LEVEL).map_err(damaged)?;
    // A bit that flips is found, whatever it says.
    compressor.include_checksum(true).map_err(damaged)?;
    let mut packed = vec![VERSION];
    packed.extend(compressor.compress(&plain).map_err(damaged)?);
    Ok(packed)
}

fn unwrap<T: DeserializeOwned>(packed: &[u8]) -> Result<T, ArchiveError> {
    let packed = match packed.split_first() {
        Some((&VERSION, packed)) => packed,
        Some((version, _)) => return Err(ArchiveError::Newer(*version)),
        None => return Err(ArchiveError::Damaged("empty".to_owned())),
    };
    // What is made brief loses more than what lists it adds.
    let plain = zstd::bulk::decompress(packed, MAX_BYTES + 64 * 1024).map_err(damaged)?;
    let mut rest = &plain[..];
    let content = ciborium::de::from_reader_with_recursion_limit(&mut rest, 8).map_err(damaged)?;
    if !rest.is_empty() {
        return Err(ArchiveError::Damaged("bytes after its end".to_owned()));
    }
    Ok(content)
}

fn damaged(error: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Damaged(error.to_string())
}

/// What a record's envelopes say.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Its changes, each once, in the order of admission, with the envelope that brought it first.
    pub changes: Vec<(EnvelopeId, CheckedChange)>,
    /// Its live cells, by key and operation.
    pub cells: Vec<Cell>,
}

impl Log {
    /// Reads envelopes in the order of their admission.
    pub fn read(envelopes: &[Vec<u8>]) -> Result<Self, ArchiveError> {
        let (mut changes, mut seen) = (Vec::new(), HashSet::new());
        for body in envelopes {
            let id = EnvelopeId::of(body);
            let envelope = Envelope::decode(body).map_err(damaged)?;
            for bytes in &envelope.changes {
                let change = guard::check_change(bytes, envelope.kind).map_err(damaged)?;
                if seen.insert(change.hash) {
                    changes.push((id, change));
                }
            }
        }
        let cells = cells::begun(changes.iter().map(|(_, change)| change));
        Ok(Self { changes, cells })
    }
}

/// A change as a store's index has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeEntry {
    /// Its name.
    pub hash: ChangeHash,
    /// Who made it.
    pub actor: ActorId,
    /// Its number among its actor's.
    pub sequence: u64,
    /// The counter of its last operation.
    pub max_op: u64,
    /// The envelope that brought it first.
    pub envelope: EnvelopeId,
}

impl ChangeEntry {
    /// The entry of a change.
    pub fn of(envelope: EnvelopeId, change: &CheckedChange) -> Self {
        Self { hash: change.hash, actor: change.actor, sequence: change.sequence, max_op: change.max_op, envelope }
    }
}

/// Whether an archive may take the place of a record's envelopes and of its index: it gives back every byte, the index of changes and
/// the cells follow from it, and Automerge, which loads the document anew, ends in the same heads and shows the same cells.
pub fn prove(
    packed: &[u8],
    envelopes: &[Vec<u8>],
    mut index: Vec<ChangeEntry>,
    shown: &[Cell],
) -> Result<(), ArchiveError> {
    let back = unpack(packed)?;
    if back != envelopes {
        return Err(ArchiveError::Different);
    }
    let log = Log::read(&back)?;
    let mut said: Vec<_> = log.changes.iter().map(|(envelope, change)| ChangeEntry::of(*envelope, change)).collect();
    said.sort_unstable();
    index.sort_unstable();
    if said != index {
        return Err(ArchiveError::Index("changes"));
    }
    if log.cells != shown {
        return Err(ArchiveError::Index("cells"));
    }
    let changes: Vec<_> = log.changes.iter().map(|(_, change)| change).collect();
    reads_as(&changes, shown)
}

/// Whether an archive may take the place of a record's changes and cells, as [`prove`] says it of envelopes.
pub fn prove_changes(
    packed: &[u8],
    changes: &[(ActorId, Vec<u8>)],
    kind: RecordKind,
    shown: &[Cell],
) -> Result<(), ArchiveError> {
    let back = unpack_changes(packed)?;
    if !back.iter().eq(changes.iter().map(|(_, bytes)| bytes)) {
        return Err(ArchiveError::Different);
    }
    let read = back.iter().map(|bytes| guard::check_change(bytes, kind).map_err(damaged));
    let read = read.collect::<Result<Vec<_>, _>>()?;
    if cells::begun(&read) != shown {
        return Err(ArchiveError::Index("cells"));
    }
    reads_as(&read.iter().collect::<Vec<_>>(), shown)
}

/// Whether Automerge ends in the heads of these changes and shows these cells.
fn reads_as(changes: &[&CheckedChange], shown: &[Cell]) -> Result<(), ArchiveError> {
    let unread = |error: crate::document::DocumentError| ArchiveError::Document(error.to_string());
    let bytes = changes.iter().map(|change| &change.bytes[..]);
    let mut document = Document::load(None, bytes, ActorId([0; 16])).map_err(unread)?;
    if !document.heads().map_err(unread)?.into_iter().eq(heads(changes)) {
        return Err(ArchiveError::Document("its heads".to_owned()));
    }
    if document.cells().map_err(unread)? != shown {
        return Err(ArchiveError::Document("its cells".to_owned()));
    }
    Ok(())
}

/// The changes that no other builds on.
fn heads(changes: &[&CheckedChange]) -> BTreeSet<ChangeHash> {
    let mut heads: BTreeSet<_> = changes.iter().map(|change| change.hash).collect();
    for dependency in changes.iter().flat_map(|change| &change.dependencies) {
        heads.remove(dependency);
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::AuthorSecret;
    use crate::clock::{SeededRandom, UtcMillis};
    use crate::id::{DocumentId, UnitId};
    use crate::record::key::Key;
    use crate::record::value::Scalar;

    /// A record that two officers wrote, in turns and apart: envelopes, in an order in which they may be admitted.
    fn record(edits: usize, seed: u64) -> Vec<Vec<u8>> {
        let mut random = SeededRandom::new(seed);
        let secrets = [AuthorSecret::generate(&mut random), AuthorSecret::generate(&mut random)];
        let actors = secrets.each_ref().map(|secret| ActorId::derive(&secret.public(), 0));
        let mut documents = actors.map(Document::new);
        let (mut log, mut heard) = (Vec::new(), [0, 0]);
        for edit in 0..edits {
            let who = random.below(2);
            if random.below(3) > 0 {
                let news: Vec<CheckedChange> = Vec::clone(&log)[heard[who]..].to_vec();
                documents[who].apply(&news).expect("what the other wrote");
                heard[who] = log.len();
            }
            let key = Key::Item(format!("A-{}", random.below(9)));
            documents[who].put(&key, &Scalar::from(format!("lần {edit}").as_str())).expect("a put");
            let change = documents[who].commit(UtcMillis(edit as i64)).expect("a commit").expect("a change");
            log.push(change);
        }
        let (document, unit) = (DocumentId::from_bytes([5; 16]), UnitId::from_bytes([6; 16]));
        let sealed = log.iter().map(|change| {
            let who = usize::from(change.actor == actors[1]);
            let changes = vec![(change.hash, change.bytes.clone())];
            Envelope::seal(document, RecordKind::Inspection, unit, &secrets[who], 0, changes).encode()
        });
        sealed.collect()
    }

    fn index(log: &Log) -> Vec<ChangeEntry> {
        log.changes.iter().rev().map(|(envelope, change)| ChangeEntry::of(*envelope, change)).collect()
    }

    #[test]
    fn an_archive_gives_back_every_envelope_and_proves_itself() {
        for seed in 0..20 {
            let envelopes = record(40, seed);
            let packed = pack(&envelopes).expect("an archive");
            assert_eq!(unpack(&packed).expect("its envelopes"), envelopes);
            let log = Log::read(&envelopes).expect("a log");
            prove(&packed, &envelopes, index(&log), &log.cells).expect("proved");
        }
    }

    #[test]
    fn what_is_not_the_records_own_is_not_proved() {
        let envelopes = record(12, 1);
        let packed = pack(&envelopes).expect("an archive");
        let log = Log::read(&envelopes).expect("a log");
        let proved =
            |packed: &[u8], index, cells: &[Cell]| prove(packed, &envelopes, index, cells).expect_err("a fault");
        let other = pack(&envelopes[..11]).expect("an archive");
        assert_eq!(proved(&other, index(&log), &log.cells), ArchiveError::Different);
        assert_eq!(proved(&packed, index(&log)[1..].to_vec(), &log.cells), ArchiveError::Index("changes"));
        assert_eq!(proved(&packed, index(&log), &log.cells[1..]), ArchiveError::Index("cells"));
        let mut cells = log.cells.clone();
        cells[0].value = Scalar::from("khác");
        assert_eq!(proved(&packed, index(&log), &cells), ArchiveError::Index("cells"));
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_other_envelopes() {
        let envelopes = record(12, 2);
        let packed = pack(&envelopes).expect("an archive");
        assert_eq!(unpack(&[]), Err(ArchiveError::Damaged("empty".to_owned())));
        assert_eq!(unpack(&[2, 0]), Err(ArchiveError::Newer(2)));
        let mut random = SeededRandom::new(3);
        for _ in 0..2_000 {
            let mut bytes = packed.clone();
            let place = 1 + random.below(bytes.len() - 1);
            bytes[place] ^= 1 << random.below(8);
            // Bits that say nothing may change.
            assert!(unpack(&bytes).is_err() || unpack(&bytes).as_ref() == Ok(&envelopes), "{place}");
            assert!(unpack(&bytes[..place]).is_err());
        }
        // A small thing that claims to be a large one.
        let mut bomb = vec![VERSION];
        bomb.extend(zstd::bulk::compress(&vec![0_u8; 64 * 1024 * 1024], 3).expect("zstd"));
        assert!(unpack(&bomb).is_err());
    }

    #[test]
    fn changes_come_back_and_are_proved_like_envelopes() {
        for seed in 0..20 {
            let log = Log::read(&record(40, seed)).expect("a log");
            let changes: Vec<_> = log.changes.iter().map(|(_, change)| (change.actor, change.bytes.clone())).collect();
            let packed = pack_changes(&changes).expect("an archive");
            assert!(unpack_changes(&packed).expect("its changes").iter().eq(changes.iter().map(|(_, bytes)| bytes)));
            let proved = |packed: &[u8], cells: &[Cell]| prove_changes(packed, &changes, RecordKind::Inspection, cells);
            proved(&packed, &log.cells).expect("proved");
            assert_eq!(proved(&packed, &log.cells[1..]), Err(ArchiveError::Index("cells")));
            let other = pack_changes(&changes[..39]).expect("an archive");
            assert_eq!(proved(&other, &log.cells), Err(ArchiveError::Different));
            assert!(unpack_changes(&pack(&record(3, seed)).expect("of envelopes")).is_err());
        }
    }

    #[test]
    fn a_thousand_edits_by_two_cost_little_more_than_their_signatures() {
        let envelopes = record(1_000, 4);
        let packed = pack(&envelopes).expect("an archive").len();
        let bytes: usize = envelopes.iter().map(Vec::len).sum();
        assert!(packed < 1_000 * (64 + 64) && packed * 3 < bytes, "{packed} of {bytes}");
    }
}
