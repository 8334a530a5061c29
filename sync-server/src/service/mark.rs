//! Marks: the point of the store's history that an answer stands on, and what it means when a device names one that is not here.
//!
//! The history is the audit log: every envelope and photo that is receipted has its row there, in the same transaction. So a
//! store that is put back from an older copy, by whatever means, lacks rows that devices have marks of, or has others in their
//! places.
//!
//! Invariant: only this server reads or makes a mark, so nobody can make it begin another life; and a mark tells nobody how
//! much the server has.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::sync::mark::{MAX_MARKS, StoreMark};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};

use super::{Outcome, Service, life};
use crate::store::{StoreError, Transaction};

/// What is sealed is for this and nothing else.
const PURPOSE: &[u8] = b"ancu-mark-v1";
/// Bytes of the nonce before what is sealed.
const NONCE: usize = 24;

/// A point of the store's history: the last row of the audit log, in a life of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Point {
    row: u64,
    hash: [u8; 8],
    life: String,
}

impl Point {
    fn last(transaction: &dyn Transaction) -> Result<Self, StoreError> {
        let (row, hash) = transaction.audit_last()?.unwrap_or_default();
        Ok(Self { row, hash: beginning(hash), life: life::current(transaction)? })
    }

    fn seal(&self, service: &Service) -> StoreMark {
        let mut nonce = [0; NONCE];
        service.with_random(|random| random.fill(&mut nonce));
        let point = [&self.row.to_be_bytes()[..], &self.hash, self.life.as_bytes()].concat();
        let sealed = cipher(service)
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: &point, aad: PURPOSE })
            .expect("so few bytes are always sealed");
        StoreMark([&nonce[..], &sealed].concat())
    }

    /// What this server sealed; `None`: somebody else's bytes.
    fn open(service: &Service, mark: &StoreMark) -> Option<Self> {
        let (nonce, sealed) = mark.0.split_first_chunk::<NONCE>()?;
        let point = cipher(service).decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: PURPOSE }).ok()?;
        let (row, rest) = point.split_first_chunk::<8>()?;
        let (hash, life) = rest.split_first_chunk::<8>()?;
        Some(Self { row: u64::from_be_bytes(*row), hash: *hash, life: String::from_utf8(life.to_vec()).ok()? })
    }

    /// Whether it is in this store's history.
    fn is_known(&self, transaction: &dyn Transaction) -> Result<bool, StoreError> {
        if self.life != life::current(transaction)? {
            // Of a life before: what was lost with it is known. A life that is not known is one that this copy never lived.
            return life::is_past(transaction, &self.life);
        }
        Ok(self.row == 0 || transaction.audit_hash(self.row)?.is_some_and(|hash| beginning(hash) == self.hash))
    }
}

fn beginning(hash: [u8; 32]) -> [u8; 8] {
    *hash.first_chunk().expect("32 bytes have 8 first ones")
}

fn cipher(service: &Service) -> XChaCha20Poly1305 {
    // Every copy of the store has the same key, so that it reads what a lost future of it has sealed.
    let key = Sha256::new().chain_update(b"ancu-mark-key-v1").chain_update(&service.certifier.seed()[..]).finalize();
    XChaCha20Poly1305::new(&key)
}

/// Refuses more marks than a device holds.
pub fn check_number(marks: &[StoreMark]) -> Outcome<()> {
    if marks.len() > MAX_MARKS {
        let limit = serde_json::json!({ "limit": MAX_MARKS });
        return Err(Problem::new(ErrorCode::TooLarge).at("marks").with(limit).into());
    }
    Ok(())
}

/// Whether a device holds receipts of what this store never had: it was put back from an older copy.
pub fn was_put_back(service: &Service, transaction: &dyn Transaction, marks: &[StoreMark]) -> Result<bool, StoreError> {
    for point in marks.iter().filter_map(|mark| Point::open(service, mark)) {
        if !point.is_known(transaction)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The mark of an answer.
pub fn now(service: &Service, transaction: &dyn Transaction) -> Result<StoreMark, StoreError> {
    Ok(Point::last(transaction)?.seal(service))
}

/// The same for a request that told marks; `None`: the one that it told is the last point still.
pub fn after(
    service: &Service,
    transaction: &dyn Transaction,
    told: &[StoreMark],
) -> Result<Option<StoreMark>, StoreError> {
    let last = Point::last(transaction)?;
    let is_told = matches!(told, [only] if Point::open(service, only).as_ref() == Some(&last));
    Ok((!is_told).then(|| last.seal(service)))
}
