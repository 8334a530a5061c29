//! The guard: raw bytes to a [`CheckedChange`], or a reason why not. Everything that needs no history.
//!
//! Invariant: Automerge meets only bytes that [`super::scan`] has passed, and what it reads is held against our own reading:
//! same hash, same header, same bytes when written again. So a change has one spelling, and a later `save` of a document
//! made of checked changes loads again. The same guard stands on the server, on the device before it applies, and on the
//! device after it commits.
//!
//! What this module does not know: history ([`super::position`]), persons and statements ([`super::statement`]).

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Change, ScalarValue, legacy};
use unicode_normalization::is_nfc;

use super::scan::{self, Scanned};
use crate::clock::UtcMillis;
use crate::id::{ActorId, ChangeHash};
use crate::record::RecordKind;
use crate::record::key::Key;
use crate::record::value::{MAX_STRING_BYTES, OperationId, Scalar};

pub use super::scan::{MAX_ACTORS, MAX_CHANGE_BYTES, MAX_COUNTER, MAX_DEPENDENCIES, MAX_OPERATIONS, MAX_PREDECESSORS};

/// Why bytes are not a change that a record may hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// Longer than [`MAX_CHANGE_BYTES`].
    #[error("the change has {0} bytes, more than {MAX_CHANGE_BYTES}")]
    TooLarge(usize),
    /// Not a plain change: a document, a deflated change, a bundle, or unknown.
    #[error("chunk type {0} is not a plain change")]
    ChunkType(u8),
    /// The checksum is not the content's.
    #[error("the checksum is wrong")]
    Checksum,
    /// The bytes do not have the form of a flat change.
    #[error("form: {0}")]
    Form(&'static str),
    /// More rows than [`MAX_OPERATIONS`] (or [`MAX_PREDECESSORS`]).
    #[error("more than {MAX_OPERATIONS} operations")]
    TooManyOperations,
    /// A counter beyond [`MAX_COUNTER`], or a predecessor that is not before its operation.
    #[error("an operation counter is out of range")]
    Counter,
    /// Automerge cannot read it, or reads something else than we do.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// The content is fine but not written as Automerge writes it.
    #[error("not in the canonical encoding")]
    NotCanonical,
    /// An operation that flat records do not have.
    #[error("operation {index}: {reason}")]
    Operation {
        /// Which, from 0.
        index: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A key outside the grammar.
    #[error("key outside the grammar: {0:?}")]
    Key(String),
    /// A key that records of this kind do not have.
    #[error("key {key:?} is not allowed in {}", kind.code())]
    KeyNotAllowed {
        /// The key.
        key: String,
        /// The record's kind.
        kind: RecordKind,
    },
    /// A value of the wrong type, size or form.
    #[error("value at {key:?}: {reason}")]
    Value {
        /// Where.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A statement of a time, day or place that cannot be ([`crate::record::fields`]).
    #[error("value at {key:?}: {member} is {value}, which cannot be")]
    Impossible {
        /// Where.
        key: String,
        /// Which member of the register.
        member: &'static str,
        /// What it says.
        value: String,
        /// Whether it is a place.
        place: bool,
    },
    /// A statement in another person's name.
    #[error("the statement at {0:?} is in another person's name")]
    Person(String),
}

/// One operation of a change: a put, or the removal of puts.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Key of the grammar in [`crate::record::key`].
    pub key: String,
    /// Its own id.
    pub id: OperationId,
    /// What it puts; `None` = it only removes.
    pub put: Option<Scalar>,
    /// The puts that it takes the place of.
    pub replaces: Vec<OperationId>,
}

/// A change that passed the guard.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedChange {
    /// SHA-256 of the chunk: its name.
    pub hash: ChangeHash,
    /// The raw, uncompressed chunk.
    pub bytes: Vec<u8>,
    /// Who made it.
    pub actor: ActorId,
    /// The how-manieth change of its actor in this document, from 1.
    pub sequence: u64,
    /// Counter of its first operation.
    pub start_op: u64,
    /// Counter of its last operation.
    pub max_op: u64,
    /// The changes it builds on, as the chunk names them.
    pub dependencies: Vec<ChangeHash>,
    /// The writer's clock, UTC milliseconds. Any year: it orders nothing.
    pub at: UtcMillis,
    /// What it does, in order.
    pub operations: Vec<Operation>,
}

impl Operation {
    /// Whether it seals the record.
    pub fn is_seal(&self) -> bool {
        self.key.starts_with("g/")
    }
}

impl CheckedChange {
    /// Whether it seals the record.
    pub fn is_seal(&self) -> bool {
        self.operations.iter().any(Operation::is_seal)
    }
}

/// Checks a raw change for a record of this kind: bytes, grammar of keys, types of values.
pub fn check_change(bytes: &[u8], kind: RecordKind) -> Result<CheckedChange, GuardError> {
    let change = check_form(bytes)?;
    check_keys(&change.operations, kind)?;
    Ok(change)
}

/// Whether a record of this kind may hold these keys.
pub(super) fn check_keys(operations: &[Operation], kind: RecordKind) -> Result<(), GuardError> {
    for operation in operations {
        let key = Key::parse(&operation.key).map_err(|error| GuardError::Key(error.0))?;
        if !key.allowed_in(kind) {
            return Err(GuardError::KeyNotAllowed { key: operation.key.clone(), kind });
        }
    }
    Ok(())
}

/// Everything about a change that holds in records of every kind.
pub(super) fn check_form(bytes: &[u8]) -> Result<CheckedChange, GuardError> {
    let scanned = scan::scan(bytes)?;
    // Automerge is not hardened against hostile bytes; the scan closes every panic that we know, this those that we don't.
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(bytes, &scanned)))
        .map_err(|_| GuardError::Unreadable("Automerge panicked".into()))??;
    let mut operations = Vec::with_capacity(decoded.len());
    for (index, operation) in decoded.into_iter().enumerate() {
        let id = OperationId { counter: scanned.start_op + index as u64, actor: scanned.actor };
        operations.push(flat(operation, index, id)?);
    }
    Ok(CheckedChange {
        hash: scanned.hash,
        bytes: bytes.to_vec(),
        actor: scanned.actor,
        sequence: scanned.sequence,
        start_op: scanned.start_op,
        max_op: scanned.start_op + scanned.operations - 1,
        dependencies: scanned.dependencies,
        at: scanned.at,
        operations,
    })
}

/// Reads with Automerge, and holds its reading against the scan's.
fn decode(bytes: &[u8], scanned: &Scanned) -> Result<Vec<legacy::Op>, GuardError> {
    let change = Change::try_from(bytes).map_err(|error| GuardError::Unreadable(error.to_string()))?;
    let same = change.hash().0 == scanned.hash.0
        && change.actor_id().to_bytes() == scanned.actor.as_bytes()
        && change.seq() == scanned.sequence
        && change.start_op().get() == scanned.start_op
        && change.timestamp() == scanned.at.0
        && change.len() as u64 == scanned.operations
        && change.deps().iter().map(|hash| hash.0).eq(scanned.dependencies.iter().map(|hash| hash.0))
        && change
            .other_actor_ids()
            .iter()
            .map(automerge::ActorId::to_bytes)
            .eq(scanned.other_actors.iter().map(|actor| &actor.as_bytes()[..]));
    if !same {
        return Err(GuardError::Unreadable("two readings differ".into()));
    }
    let expanded = change.decode();
    let again = Change::from(expanded.clone());
    if again.raw_bytes() != bytes {
        return Err(GuardError::NotCanonical);
    }
    Ok(expanded.operations)
}

/// An Automerge operation as one of ours: a put of a scalar, or a delete, at a root key.
fn flat(operation: legacy::Op, index: usize, id: OperationId) -> Result<Operation, GuardError> {
    let wrong = |reason| GuardError::Operation { index, reason };
    if operation.obj != legacy::ObjectId::Root {
        return Err(wrong("not at the root"));
    }
    if operation.insert {
        return Err(wrong("an insertion"));
    }
    let legacy::Key::Map(key) = &operation.key else { return Err(wrong("not a map key")) };
    Key::parse(key).map_err(|error| GuardError::Key(error.0))?;
    let put = match operation.action {
        legacy::OpType::Put(value) => Some(scalar(key, value)?),
        legacy::OpType::Delete => None,
        _ => return Err(wrong("neither put nor delete")),
    };
    let mut replaces = Vec::with_capacity(operation.pred.len());
    for pred in operation.pred.iter() {
        let actor = ActorId::from_slice(pred.actor().to_bytes()).map_err(|_| wrong("an actor has 16 bytes"))?;
        let pred = OperationId { counter: pred.counter(), actor };
        if pred.counter == 0 || pred.counter >= id.counter {
            return Err(GuardError::Counter);
        }
        if replaces.contains(&pred) {
            return Err(wrong("a predecessor is named twice"));
        }
        replaces.push(pred);
    }
    if put.is_none() && replaces.is_empty() {
        return Err(wrong("a delete of nothing"));
    }
    Ok(Operation { key: key.to_string(), id, put, replaces })
}

/// An Automerge value as one of ours.
pub(super) fn scalar(key: &str, value: ScalarValue) -> Result<Scalar, GuardError> {
    let value = match value {
        ScalarValue::Null => Scalar::Null,
        ScalarValue::Boolean(truth) => Scalar::Bool(truth),
        ScalarValue::Int(whole) => Scalar::Int(whole),
        ScalarValue::F64(number) => Scalar::Number(number),
        ScalarValue::Str(text) => Scalar::Text(text.into()),
        _ => {
            let reason = "not text, number, truth or nothing".into();
            return Err(GuardError::Value { key: key.to_owned(), reason });
        }
    };
    check_scalar(key, &value)?;
    Ok(value)
}

/// Whether a record may hold this value at all: finite, NFC, within its length.
pub(super) fn check_scalar(key: &str, value: &Scalar) -> Result<(), GuardError> {
    let wrong = |reason: &str| Err(GuardError::Value { key: key.to_owned(), reason: reason.to_owned() });
    match value {
        Scalar::Number(number) if !number.is_finite() => wrong("not a finite number"),
        Scalar::Text(text) if text.len() > MAX_STRING_BYTES => wrong("the text is too long"),
        Scalar::Text(text) if !is_nfc(text) => wrong("the text is not in NFC"),
        _ => Ok(()),
    }
}
