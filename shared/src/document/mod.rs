//! Documents: the only place that knows Automerge.
//!
//! A [`Document`] is one record as an Automerge document of flat scalar puts. What it makes is a [`LocalChange`] with raw
//! bytes and decoded operations; what it takes is a [`guard::CheckedChange`].
//!
//! Invariants: one commit is one change, uncompressed, whose time is UTC milliseconds; nothing reaches Automerge that the
//! guard has not passed; no panic of Automerge leaves this module (the document is then unusable and says so); a document
//! never holds a change whose dependencies it lacks. The change log is the truth: a snapshot is only a shortcut.
//!
//! What this module does not know: where bytes are kept, who may write.

pub mod cells;
pub mod covered;
mod foreign;
pub mod guard;
pub mod position;
mod scan;
pub mod statement;

use std::collections::HashMap;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, Change, ROOT, ReadDoc};

use crate::clock::UtcMillis;
use crate::id::{ActorId, ChangeHash};
use crate::record::key::Key;
use crate::record::value::{Cell, OperationId, Scalar};
use foreign::{damaged, from_automerge, guarded, to_automerge, value_bytes};
use guard::{CheckedChange, GuardError, MAX_CHANGE_BYTES, MAX_DEPENDENCIES, MAX_OPERATIONS};
use position::{History, LastChange, PositionError};

pub use statement::{validate_operations, validate_put};

/// A change that this device made: it passed the same guard as a foreign one.
pub type LocalChange = CheckedChange;

/// Room for a change's head (dependencies, actors, columns) beside its keys and values.
const HEAD_BYTES: usize = 52 * MAX_DEPENDENCIES;
/// Most that one operation takes beside its key and value.
const OPERATION_BYTES: usize = 48;

/// Why a document cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Snapshot or changes are damaged, or do not fit together.
    #[error("the document is damaged: {0}")]
    Damaged(String),
    /// Changes that others build on are lacking.
    #[error("{} changes are missing", .0.len())]
    Missing(Vec<ChangeHash>),
    /// A change or value that records may not hold.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The commit has no room left: commit, and put again.
    #[error("the change is full")]
    CommitFull,
    /// More concurrent heads than a change may name.
    #[error("the document has {0} heads")]
    TooManyHeads(usize),
    /// Automerge failed or panicked before: load the document again.
    #[error("the document is unusable: {0}")]
    Unusable(String),
}

/// One record as an Automerge document.
#[derive(Debug)]
pub struct Document {
    inner: Box<AutoCommit>,
    actor: ActorId,
    /// Puts since the last commit, in order, each key once.
    pending: Vec<(String, Scalar)>,
    pending_bytes: usize,
    /// Known changes with their last counters, and the last change of each actor.
    changes: HashMap<ChangeHash, u64>,
    last: HashMap<ActorId, LastChange>,
    /// Keys of all puts; read when changes are first applied.
    puts: Option<HashMap<OperationId, String>>,
    broken: Option<String>,
}

impl Document {
    /// An empty document that this actor writes.
    pub fn new(actor: ActorId) -> Self {
        Self {
            inner: Box::new(AutoCommit::new().with_actor(automerge::ActorId::from(&actor.as_bytes()[..]))),
            actor,
            pending: Vec::new(),
            pending_bytes: 0,
            changes: HashMap::new(),
            last: HashMap::new(),
            puts: None,
            broken: None,
        }
    }

    /// A document of its snapshot, if there is one, and raw changes of its log (in any order; known ones are skipped).
    pub fn load<'a>(
        snapshot: Option<&[u8]>,
        changes: impl IntoIterator<Item = &'a [u8]>,
        actor: ActorId,
    ) -> Result<Self, DocumentError> {
        let mut document = Self::new(actor);
        if let Some(snapshot) = snapshot {
            document.open(snapshot)?;
        }
        let mut waiting = Vec::new();
        for bytes in changes {
            waiting.push(guard::check_form(bytes)?);
        }
        // A log is in causal order, so this is one round; another order takes more.
        loop {
            let before = waiting.len();
            let (ready, rest) = document.split_ready(waiting);
            document.apply(&ready)?;
            waiting = rest;
            if waiting.is_empty() {
                return Ok(document);
            }
            if waiting.len() == before {
                return Err(DocumentError::Missing(document.lacking(&waiting)));
            }
        }
    }

    fn open(&mut self, snapshot: &[u8]) -> Result<(), DocumentError> {
        // Automerge may ask for gigabytes on damaged bytes before it looks at the checksum; so we look first.
        scan::chunk(snapshot, 0).map_err(|error| DocumentError::Damaged(error.to_string()))?;
        let inner = guarded(|| AutoCommit::load(snapshot))?.map_err(damaged)?;
        *self.inner = inner.with_actor(automerge::ActorId::from(&self.actor.as_bytes()[..]));
        let inner = &mut self.inner;
        let known = guarded(|| {
            let changes = inner.get_changes_meta(&[]);
            changes
                .iter()
                .map(|change| (change.hash.0, change.actor.to_bytes().to_vec(), change.seq, change.max_op))
                .collect::<Vec<_>>()
        })?;
        for (hash, actor, sequence, max_op) in known {
            let actor = ActorId::from_slice(&actor).map_err(damaged)?;
            self.note(ChangeHash(hash), actor, sequence, max_op);
        }
        Ok(())
    }

    fn note(&mut self, hash: ChangeHash, actor: ActorId, sequence: u64, max_op: u64) {
        self.changes.insert(hash, max_op);
        let last = self.last.entry(actor).or_insert(LastChange { hash, sequence, max_op });
        if last.sequence < sequence {
            *last = LastChange { hash, sequence, max_op };
        }
    }

    /// Splits changes into those whose dependencies are there (or among the ready ones before them) and the rest.
    fn split_ready(&self, changes: Vec<CheckedChange>) -> (Vec<CheckedChange>, Vec<CheckedChange>) {
        let mut ready: Vec<CheckedChange> = Vec::with_capacity(changes.len());
        let mut hashes = std::collections::HashSet::new();
        let mut rest = Vec::new();
        for change in changes {
            let known = |hash: &ChangeHash| self.changes.contains_key(hash) || hashes.contains(hash);
            if change.dependencies.iter().all(known) {
                hashes.insert(change.hash);
                ready.push(change);
            } else {
                rest.push(change);
            }
        }
        (ready, rest)
    }

    fn lacking(&self, changes: &[CheckedChange]) -> Vec<ChangeHash> {
        let offered: std::collections::HashSet<_> = changes.iter().map(|change| change.hash).collect();
        let mut lacking: Vec<_> = changes
            .iter()
            .flat_map(|change| &change.dependencies)
            .filter(|hash| !self.changes.contains_key(hash) && !offered.contains(hash))
            .copied()
            .collect();
        lacking.sort_unstable();
        lacking.dedup();
        lacking
    }

    /// Applies changes in causal order; known ones are skipped. All or none, unless Automerge itself fails.
    pub fn apply(&mut self, changes: &[CheckedChange]) -> Result<(), DocumentError> {
        self.usable()?;
        let new = self.check_positions(changes)?;
        if new.is_empty() {
            return Ok(());
        }
        let inner = &mut self.inner;
        let applied = guarded(|| {
            let changes: Result<Vec<_>, _> =
                new.iter().map(|change| Change::try_from(&change.bytes[..]).map_err(damaged)).collect();
            inner.apply_changes(changes?).map_err(damaged)
        });
        match applied {
            Ok(Ok(())) => {}
            Ok(Err(error)) | Err(error) => {
                self.broken = Some(error.to_string());
                return Err(error);
            }
        }
        for change in new {
            self.note(change.hash, change.actor, change.sequence, change.max_op);
            self.note_puts(&change.operations);
        }
        Ok(())
    }

    /// The changes that are new here, each checked in its place.
    fn check_positions<'a>(&mut self, changes: &'a [CheckedChange]) -> Result<Vec<&'a CheckedChange>, DocumentError> {
        if changes.iter().any(|change| !self.changes.contains_key(&change.hash)) && self.puts.is_none() {
            self.read_puts()?;
        }
        let mut history = Ahead { document: self, new: Vec::new() };
        for change in changes {
            if history.max_op(&change.hash).is_some() {
                continue;
            }
            position::check(change, &history).map_err(|error| match error {
                PositionError::Missing(missing) => DocumentError::Missing(missing),
                other => DocumentError::Damaged(other.to_string()),
            })?;
            history.new.push(change);
        }
        Ok(history.new)
    }

    fn read_puts(&mut self) -> Result<(), DocumentError> {
        let inner = &mut self.inner;
        let changes = guarded(|| inner.get_changes(&[]))?;
        self.puts = Some(HashMap::new());
        for change in changes {
            let change = guard::check_form(change.raw_bytes())?;
            self.note_puts(&change.operations);
        }
        Ok(())
    }

    fn note_puts(&mut self, operations: &[guard::Operation]) {
        if let Some(puts) = &mut self.puts {
            for operation in operations.iter().filter(|operation| operation.put.is_some()) {
                puts.insert(operation.id, operation.key.clone());
            }
        }
    }

    /// Puts a value, to be in the next commit. `false`: it is already the only live value, nothing is to be written.
    pub fn put(&mut self, key: &Key, value: &Scalar) -> Result<bool, DocumentError> {
        self.usable()?;
        let key = key.to_string();
        guard::check_scalar(&key, value)?;
        let size = value_bytes(value);
        if let Some(index) = self.pending.iter().position(|(known, _)| *known == key) {
            let (_, known) = &mut self.pending[index];
            if known == value {
                return Ok(false);
            }
            let bytes = self.pending_bytes - value_bytes(known) + size;
            if bytes > MAX_CHANGE_BYTES - HEAD_BYTES {
                return Err(DocumentError::CommitFull);
            }
            *known = value.clone();
            self.pending_bytes = bytes;
            return Ok(true);
        }
        let live = self.live(&key)?;
        if live.len() == 1 && live[0].1 == *value {
            return Ok(false);
        }
        let bytes = self.pending_bytes + key.len() + size + OPERATION_BYTES * (1 + live.len());
        // Each live value may cost a delete of its own.
        if bytes > MAX_CHANGE_BYTES - HEAD_BYTES || self.pending.len() as u64 >= MAX_OPERATIONS / 2 {
            return Err(DocumentError::CommitFull);
        }
        self.pending_bytes = bytes;
        self.pending.push((key, value.clone()));
        Ok(true)
    }

    /// Writes all puts since the last commit as one change. `None`: there was nothing to write.
    pub fn commit(&mut self, at: UtcMillis) -> Result<Option<LocalChange>, DocumentError> {
        self.usable()?;
        if self.pending.is_empty() {
            return Ok(None);
        }
        let heads = self.heads()?.len();
        if heads > MAX_DEPENDENCIES - 1 {
            return Err(DocumentError::TooManyHeads(heads));
        }
        let written = self.write(at);
        match written {
            Ok(change) => {
                self.pending.clear();
                self.pending_bytes = 0;
                if let Some(change) = &change {
                    self.note(change.hash, change.actor, change.sequence, change.max_op);
                    self.note_puts(&change.operations);
                }
                Ok(change)
            }
            Err(error) => {
                self.broken = Some(error.to_string());
                Err(error)
            }
        }
    }

    fn write(&mut self, at: UtcMillis) -> Result<Option<LocalChange>, DocumentError> {
        let (inner, pending) = (&mut self.inner, &self.pending);
        let change = guarded(|| {
            for (key, value) in pending {
                inner.put(ROOT, key.as_str(), to_automerge(value)).map_err(damaged)?;
            }
            if inner.commit_with(CommitOptions::default().with_time(at.0)).is_none() {
                return Ok::<_, DocumentError>(None);
            }
            Ok(inner.get_last_local_change())
        })??;
        change.map(|change| guard::check_form(change.raw_bytes()).map_err(DocumentError::Guard)).transpose()
    }

    /// Puts and commits all of these, in as few changes as their sizes allow.
    pub fn write_all<'a>(
        &mut self,
        puts: impl IntoIterator<Item = (&'a Key, &'a Scalar)>,
        at: UtcMillis,
    ) -> Result<Vec<LocalChange>, DocumentError> {
        let mut changes = Vec::new();
        for (key, value) in puts {
            if self.put(key, value) == Err(DocumentError::CommitFull) {
                changes.extend(self.commit(at)?);
                self.put(key, value)?;
            }
        }
        changes.extend(self.commit(at)?);
        Ok(changes)
    }

    /// The document's heads, sorted. Puts that are not committed do not count.
    pub fn heads(&mut self) -> Result<Vec<ChangeHash>, DocumentError> {
        self.usable()?;
        let inner = &mut self.inner;
        let mut heads: Vec<_> = guarded(|| inner.get_heads())?.into_iter().map(|hash| ChangeHash(hash.0)).collect();
        heads.sort_unstable();
        Ok(heads)
    }

    /// Automerge's own reading of all live puts, sorted by key and operation. For tests and the nightly comparison; the
    /// stores keep cells by [`cells::apply_operation`].
    pub fn cells(&mut self) -> Result<Vec<Cell>, DocumentError> {
        self.usable()?;
        let inner = &mut self.inner;
        let times: HashMap<ActorId, Vec<(u64, u64, i64)>> = guarded(|| {
            let mut times: HashMap<ActorId, Vec<_>> = HashMap::new();
            for change in inner.get_changes_meta(&[]) {
                let actor = ActorId::from_slice(change.actor.to_bytes()).map_err(damaged)?;
                times.entry(actor).or_default().push((change.start_op, change.max_op, change.timestamp));
            }
            Ok::<_, DocumentError>(times)
        })??;
        let keys: Vec<String> = guarded(|| inner.keys(ROOT).collect())?;
        let mut cells = Vec::new();
        for key in keys {
            for (operation, value) in self.live(&key)? {
                let at = times
                    .get(&operation.actor)
                    .and_then(|changes| {
                        changes.iter().find(|(start, end, _)| (*start..=*end).contains(&operation.counter))
                    })
                    .ok_or_else(|| DocumentError::Damaged(format!("a value at {key:?} belongs to no change")))?;
                cells.push(Cell { key: key.clone(), operation, value, at: UtcMillis(at.2) });
            }
        }
        cells.sort_by(|a, b| (&a.key, a.operation).cmp(&(&b.key, b.operation)));
        Ok(cells)
    }

    /// Live puts of one key, as Automerge has them, ascending.
    fn live(&mut self, key: &str) -> Result<Vec<(OperationId, Scalar)>, DocumentError> {
        let inner = &self.inner;
        let mut live = guarded(|| {
            let values = inner.get_all(ROOT, key).map_err(damaged)?;
            values.into_iter().map(|(value, id)| from_automerge(key, value, id)).collect::<Result<Vec<_>, _>>()
        })??;
        live.sort_by_key(|(id, _)| *id);
        Ok(live)
    }

    /// An uncompressed snapshot, proved by loading it again. An error means: keep the snapshot and log you have.
    pub fn save(&mut self) -> Result<Vec<u8>, DocumentError> {
        let heads = self.heads()?;
        let expected = self.cells()?;
        let inner = &mut self.inner;
        let bytes = guarded(|| inner.save_nocompress())?;
        let mut again = Self::new(self.actor);
        again.open(&bytes)?;
        if again.heads()? != heads || again.cells()? != expected {
            return Err(DocumentError::Damaged("the snapshot reads differently".into()));
        }
        Ok(bytes)
    }

    fn usable(&self) -> Result<(), DocumentError> {
        self.broken.as_ref().map_or(Ok(()), |reason| Err(DocumentError::Unusable(reason.clone())))
    }
}

/// A document and changes about to be applied to it.
struct Ahead<'a, 'b> {
    document: &'b Document,
    new: Vec<&'a CheckedChange>,
}

impl History for Ahead<'_, '_> {
    fn max_op(&self, hash: &ChangeHash) -> Option<u64> {
        let known = self.document.changes.get(hash).copied();
        known.or_else(|| self.new.iter().find(|change| change.hash == *hash).map(|change| change.max_op))
    }

    fn last_change(&self, actor: &ActorId) -> Option<LastChange> {
        let new = self.new.iter().rev().find(|change| change.actor == *actor);
        new.map(|change| LastChange { hash: change.hash, sequence: change.sequence, max_op: change.max_op })
            .or_else(|| self.document.last.get(actor).copied())
    }

    fn put_key(&self, put: &OperationId) -> Option<String> {
        let known = self.document.puts.as_ref().and_then(|puts| puts.get(put)).cloned();
        known.or_else(|| position::put_key_in(self.new.iter().copied(), put))
    }
}
