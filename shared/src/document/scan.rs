//! Reads the outside of a raw Automerge change chunk without Automerge, and refuses whatever a flat record never has.
//!
//! Format: the Automerge binary document format, "change chunks" and "column encodings".
//! Invariant: time and memory are bounded by the bytes given, never by a number that stands in them. What passes has one
//! chunk of type 1, its true checksum, only the eight columns of flat puts and deletes, and no more rows than
//! [`MAX_OPERATIONS`]; Automerge's own reader then meets no input that makes it panic or allocate without end.
//!
//! What this module does not know: keys, values and history. Those are [`super::guard`] and [`super::position`].

use sha2::{Digest, Sha256};

use super::guard::GuardError;
use crate::clock::UtcMillis;
use crate::id::{ActorId, ChangeHash};

/// The largest change, in bytes.
pub const MAX_CHANGE_BYTES: usize = 64 * 1024;
/// The most operations in one change.
pub const MAX_OPERATIONS: u64 = 4_096;
/// The most predecessors that the operations of one change name together.
pub const MAX_PREDECESSORS: u64 = 16_384;
/// The most dependencies of one change.
pub const MAX_DEPENDENCIES: usize = 256;
/// The most other actors that one change names.
pub const MAX_ACTORS: usize = 256;
/// The greatest operation counter: a quarter of what Automerge can count, reached by no honest record.
pub const MAX_COUNTER: u64 = 1 << 30;
/// The instants that a date can be written for: the years -9999 to 9999.
const INSTANTS: std::ops::RangeInclusive<i64> = -377_705_023_201_000..=253_402_207_200_999;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE_CHUNK: u8 = 1;
const ACTOR_BYTES: u64 = 16;

/// Column specifications (id << 4 | type) of flat operations, ascending.
mod column {
    pub(super) const KEY: u64 = 21;
    pub(super) const INSERT: u64 = 52;
    pub(super) const ACTION: u64 = 66;
    pub(super) const VALUE_META: u64 = 86;
    pub(super) const VALUE: u64 = 87;
    pub(super) const PRED_COUNT: u64 = 112;
    pub(super) const PRED_ACTOR: u64 = 113;
    pub(super) const PRED_COUNTER: u64 = 115;
    /// The bit of a deflated column.
    pub(super) const DEFLATED: u64 = 8;
    pub(super) const ALL: [u64; 8] = [KEY, INSERT, ACTION, VALUE_META, VALUE, PRED_COUNT, PRED_ACTOR, PRED_COUNTER];
}

const PUT: u64 = 1;
const DELETE: u64 = 3;

/// The outside of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scanned {
    pub(super) hash: ChangeHash,
    pub(super) dependencies: Vec<ChangeHash>,
    pub(super) actor: ActorId,
    pub(super) other_actors: Vec<ActorId>,
    pub(super) sequence: u64,
    pub(super) start_op: u64,
    pub(super) at: UtcMillis,
    pub(super) operations: u64,
}

/// Scans one change chunk that fills `bytes` exactly.
pub(super) fn scan(bytes: &[u8]) -> Result<Scanned, GuardError> {
    if bytes.len() > MAX_CHANGE_BYTES {
        return Err(GuardError::TooLarge(bytes.len()));
    }
    let (hash, body) = chunk(bytes, CHANGE_CHUNK)?;
    let mut input = Input(body);
    let count = input.count(MAX_DEPENDENCIES, "too many dependencies")?;
    let mut dependencies = Vec::with_capacity(count);
    for _ in 0..count {
        dependencies.push(ChangeHash(input.array()?));
    }
    let mut unique = dependencies.clone();
    unique.sort_unstable();
    if unique.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(GuardError::Form("a dependency is named twice"));
    }
    let actor = input.actor()?;
    let sequence = input.uleb()?;
    let start_op = input.uleb()?;
    let at = UtcMillis(input.sleb()?);
    if sequence == 0 || start_op == 0 {
        return Err(GuardError::Form("sequence and operation numbers begin at 1"));
    }
    if !INSTANTS.contains(&at.0) {
        return Err(GuardError::Form("the time is no date"));
    }
    if input.uleb()? != 0 {
        return Err(GuardError::Form("a change carries no message"));
    }
    let count = input.count(MAX_ACTORS, "too many actors")?;
    let mut other_actors: Vec<ActorId> = Vec::with_capacity(count);
    for _ in 0..count {
        let other = input.actor()?;
        if other == actor || other_actors.last().is_some_and(|last| *last >= other) {
            return Err(GuardError::Form("other actors are sorted and named once"));
        }
        other_actors.push(other);
    }
    let operations = columns(&mut input, 1 + other_actors.len() as u64)?;
    if !input.0.is_empty() {
        return Err(GuardError::Form("bytes after the columns"));
    }
    if start_op > MAX_COUNTER || start_op + operations > MAX_COUNTER {
        return Err(GuardError::Counter);
    }
    Ok(Scanned { hash, dependencies, actor, other_actors, sequence, start_op, at, operations })
}

/// Opens one chunk of a type that fills `bytes` exactly, and checks its checksum: its hash, and what is inside.
pub(super) fn chunk(bytes: &[u8], kind: u8) -> Result<(ChangeHash, &[u8]), GuardError> {
    let mut input = Input(bytes);
    if input.array()? != MAGIC {
        return Err(GuardError::Form("not an Automerge chunk"));
    }
    let checksum: [u8; 4] = input.array()?;
    let head = input.0;
    let found = input.byte()?;
    if found != kind {
        return Err(GuardError::ChunkType(found));
    }
    let length = input.uleb()?;
    if length != input.0.len() as u64 {
        return Err(GuardError::Form("the length is not the chunk's"));
    }
    // The hash covers type, length and content, as written (the one spelling of the length is enforced by `uleb`).
    let hash: [u8; 32] = Sha256::digest(head).into();
    if hash[..4] != checksum {
        return Err(GuardError::Checksum);
    }
    Ok((ChangeHash(hash), input.0))
}

/// Checks the columns; the number of operations.
fn columns(input: &mut Input<'_>, actors: u64) -> Result<u64, GuardError> {
    let count = input.count(column::ALL.len(), "too many columns")?;
    let mut lengths = Vec::with_capacity(count);
    for _ in 0..count {
        let (spec, length) = (input.uleb()?, input.uleb()?);
        if spec & column::DEFLATED != 0 {
            return Err(GuardError::Form("a column is deflated"));
        }
        if !column::ALL.contains(&spec) {
            return Err(GuardError::Form("a column that flat records do not have"));
        }
        if length == 0 || lengths.last().is_some_and(|(last, _)| *last >= spec) {
            return Err(GuardError::Form("columns are sorted, named once and not empty"));
        }
        lengths.push((spec, length));
    }
    let mut found: [&[u8]; 8] = [&[]; 8];
    for (spec, length) in lengths {
        let index = column::ALL.iter().position(|known| *known == spec).expect("checked above");
        found[index] = input.take(length)?;
    }
    let [key, insert, action, meta, value, pred_count, pred_actor, pred_counter] = found;

    let rows = runs(action, MAX_OPERATIONS, Input::uleb, |action, _| match action {
        PUT | DELETE => Ok(()),
        _ => Err(GuardError::Form("an operation that is neither put nor delete")),
    })?;
    if rows == 0 {
        return Err(GuardError::Form("a change has at least one operation"));
    }
    let keys = runs(key, MAX_OPERATIONS, Input::text, |_, _| Ok(()))?;
    let mut value_bytes = 0_u64;
    let values = runs(meta, MAX_OPERATIONS, Input::uleb, |meta, times| {
        // Both factors are below 2^60 and 2^13: the product is checked, the sum saturates past any true length.
        let length = (meta >> 4).checked_mul(times).ok_or(GuardError::Form("a value's length"))?;
        value_bytes = value_bytes.saturating_add(length);
        Ok(())
    })?;
    let mut predecessors = 0_u64;
    let groups = runs(pred_count, MAX_OPERATIONS, Input::uleb, |count, times| {
        predecessors = predecessors.saturating_add(count.saturating_mul(times));
        if predecessors > MAX_PREDECESSORS { Err(GuardError::Form("too many predecessors")) } else { Ok(()) }
    })?;
    if keys != rows || values != rows || groups != rows || falses(insert)? != rows {
        return Err(GuardError::Form("columns of different lengths"));
    }
    if value_bytes != value.len() as u64 {
        return Err(GuardError::Form("values of another length than said"));
    }
    let pred_actors = runs(pred_actor, MAX_PREDECESSORS, Input::uleb, |index, _| {
        if index < actors { Ok(()) } else { Err(GuardError::Form("a predecessor of an unnamed actor")) }
    })?;
    let pred_counters = runs(pred_counter, MAX_PREDECESSORS, Input::sleb, |_, _| Ok(()))?;
    if pred_actors != predecessors || pred_counters != predecessors {
        return Err(GuardError::Form("predecessors of another number than said"));
    }
    Ok(rows)
}

/// Counts the rows of a run-length column without nulls, handing each value and how often it stands there to `each`.
fn runs<'a, T>(
    column: &'a [u8],
    most: u64,
    value: impl Fn(&mut Input<'a>) -> Result<T, GuardError>,
    mut each: impl FnMut(T, u64) -> Result<(), GuardError>,
) -> Result<u64, GuardError> {
    let (mut input, mut rows) = (Input(column), 0_u64);
    while !input.0.is_empty() {
        let run = input.sleb()?;
        let length = run.unsigned_abs();
        rows = rows.saturating_add(length);
        if rows > most {
            return Err(GuardError::TooManyOperations);
        }
        match run {
            0 => return Err(GuardError::Form("an empty cell in a column that has none")),
            1.. => each(value(&mut input)?, length)?,
            // Literal values: each takes at least one byte, so the loop ends with the column.
            _ => {
                for _ in 0..length {
                    each(value(&mut input)?, 1)?;
                }
            }
        }
    }
    Ok(rows)
}

/// Counts the rows of a boolean column that is false throughout: one run.
fn falses(column: &[u8]) -> Result<u64, GuardError> {
    let mut input = Input(column);
    let rows = input.uleb()?;
    if input.0.is_empty() { Ok(rows) } else { Err(GuardError::Form("an insertion")) }
}

/// What is left to read.
#[derive(Clone, Copy)]
struct Input<'a>(&'a [u8]);

const SHORT: GuardError = GuardError::Form("the bytes end too early");

impl<'a> Input<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], GuardError> {
        let length = usize::try_from(length).map_err(|_| SHORT)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, GuardError> {
        let (first, rest) = self.0.split_first().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*first)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], GuardError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn actor(&mut self) -> Result<ActorId, GuardError> {
        if self.uleb()? != ACTOR_BYTES {
            return Err(GuardError::Form("an actor has 16 bytes"));
        }
        Ok(ActorId(self.array()?))
    }

    fn text(&mut self) -> Result<&'a [u8], GuardError> {
        let length = self.uleb()?;
        self.take(length)
    }

    fn count(&mut self, most: usize, error: &'static str) -> Result<usize, GuardError> {
        usize::try_from(self.uleb()?).ok().filter(|count| *count <= most).ok_or(GuardError::Form(error))
    }

    /// Unsigned LEB128 in its shortest spelling.
    fn uleb(&mut self) -> Result<u64, GuardError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let low = u64::from(byte & 0x7f);
            if shift == 63 && low > 1 {
                return Err(GuardError::Form("a number of more than 64 bits"));
            }
            value |= low << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 {
                    Err(GuardError::Form("a number in a longer spelling than needed"))
                } else {
                    Ok(value)
                };
            }
        }
        Err(GuardError::Form("a number of more than 64 bits"))
    }

    /// Signed LEB128.
    fn sleb(&mut self) -> Result<i64, GuardError> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(GuardError::Form("a number of more than 64 bits"));
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if byte & 0x40 != 0 && shift < 57 {
                    value |= -1 << (shift + 7);
                }
                return Ok(value);
            }
        }
        Err(GuardError::Form("a number of more than 64 bits"))
    }
}
