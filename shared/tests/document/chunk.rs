//! Raw change chunks with every field at the writer's will: honest ones, and those that only an attacker makes.

use ancu_shared::id::{ActorId, ChangeHash};
use sha2::{Digest, Sha256};

/// A change chunk in its parts.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    pub(crate) kind: u8,
    pub(crate) dependencies: Vec<ChangeHash>,
    pub(crate) actor: Vec<u8>,
    pub(crate) sequence: u64,
    pub(crate) start_op: u64,
    pub(crate) time: i64,
    pub(crate) message: Vec<u8>,
    pub(crate) other_actors: Vec<Vec<u8>>,
    /// (specification, content), as written.
    pub(crate) columns: Vec<(u64, Vec<u8>)>,
    pub(crate) extra: Vec<u8>,
}

/// Column specifications.
pub(crate) const KEY: u64 = 21;
pub(crate) const INSERT: u64 = 52;
pub(crate) const ACTION: u64 = 66;
pub(crate) const META: u64 = 86;
pub(crate) const VALUE: u64 = 87;
pub(crate) const PRED_COUNT: u64 = 112;
pub(crate) const PRED_ACTOR: u64 = 113;
pub(crate) const PRED_COUNTER: u64 = 115;

impl Chunk {
    /// One put of one text, as Automerge writes it.
    pub(crate) fn put(actor: ActorId, key: &str, text: &str) -> Self {
        let mut name = vec![0x7f]; // one literal
        uleb(&mut name, key.len() as u64);
        name.extend_from_slice(key.as_bytes());
        let mut meta = vec![0x7f];
        uleb(&mut meta, (text.len() as u64) << 4 | 6);
        let mut columns = vec![
            (KEY, name),
            (INSERT, vec![1]),
            (ACTION, vec![0x7f, 1]),
            (META, meta),
            (VALUE, text.as_bytes().to_vec()),
            (PRED_COUNT, vec![0x7f, 0]),
        ];
        columns.retain(|(_, content)| !content.is_empty());
        Self {
            kind: 1,
            dependencies: vec![],
            actor: actor.as_bytes().to_vec(),
            sequence: 1,
            start_op: 1,
            time: 1_795_285_800_000,
            message: vec![],
            other_actors: vec![],
            columns,
            extra: vec![],
        }
    }

    /// The same with another content of one column (none = without it).
    pub(crate) fn with(mut self, specification: u64, content: &[u8]) -> Self {
        self.columns.retain(|(known, _)| *known != specification);
        if !content.is_empty() {
            self.columns.push((specification, content.to_vec()));
            self.columns.sort_by_key(|(known, _)| *known);
        }
        self
    }

    /// The chunk with its true length and checksum.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        uleb(&mut body, self.dependencies.len() as u64);
        for dependency in &self.dependencies {
            body.extend_from_slice(dependency.as_bytes());
        }
        let part = |body: &mut Vec<u8>, content: &[u8]| {
            uleb(body, content.len() as u64);
            body.extend_from_slice(content);
        };
        part(&mut body, &self.actor);
        uleb(&mut body, self.sequence);
        uleb(&mut body, self.start_op);
        sleb(&mut body, self.time);
        part(&mut body, &self.message);
        uleb(&mut body, self.other_actors.len() as u64);
        for actor in &self.other_actors {
            part(&mut body, actor);
        }
        uleb(&mut body, self.columns.len() as u64);
        for (specification, content) in &self.columns {
            uleb(&mut body, *specification);
            uleb(&mut body, content.len() as u64);
        }
        for (_, content) in &self.columns {
            body.extend_from_slice(content);
        }
        body.extend_from_slice(&self.extra);
        wrap(self.kind, &body)
    }
}

/// Puts a body into a chunk with its true length and checksum.
pub(crate) fn wrap(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut head = vec![kind];
    uleb(&mut head, body.len() as u64);
    let hash = Sha256::new().chain_update(&head).chain_update(body).finalize();
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &head, body].concat()
}

/// The body of a chunk that [`wrap`] made.
pub(crate) fn body(chunk: &[u8]) -> &[u8] {
    let length = chunk[9..].iter().position(|byte| byte & 0x80 == 0).expect("a length") + 1;
    &chunk[9 + length..]
}

pub(crate) fn uleb(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn sleb(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}
