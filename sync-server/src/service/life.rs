//! The store's life: its certifying key, and the epoch that cursors name.
//!
//! Invariant: a store that was restored from a backup, or put back from any older copy, begins another life: cursors of the
//! life before start over. No author that the server holds goes on in an epoch that a lost future may have used: nobody knows
//! of one before a device tells, so each start gives them new ones.

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::{RandomSource, UtcMillis};
use ancu_shared::courier::CourierSecret;
use ancu_shared::id::DeviceId;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Service;
use crate::clock::random_text;
use crate::store::rows::AuditEntry;
use crate::store::{Store, StoreError, Transaction};

/// The setting that names the present life.
const EPOCH: &str = "epoch";
/// The settings that name the lives before it, a space between two; and when and why it began, where it is not the first.
const PAST: &str = "past_epochs";
const BEGUN: &str = "life_begun";

/// Why a life of the store began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A backup was taken into use, or the log of what was written last is gone.
    Restored,
    /// A device has receipts of what is not here: an older copy of the folder was put back.
    PutBack,
    /// Photos that were held have no file any more.
    PhotosLost,
}

/// When and why a life began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// When the server noticed.
    pub at: UtcMillis,
    /// Why.
    pub cause: Cause,
}

/// What a life consists of, but for its name, which is read in each transaction.
pub struct Life {
    /// The server's certifying key.
    pub certifier: AuthorSecret,
    /// What courier's files are opened with. It stays the same in a restored store: files that are on their way still open.
    pub courier: CourierSecret,
}

/// Takes up the store's life, or begins one.
pub async fn begin(store: &Store, random: &mut dyn RandomSource, now: UtcMillis) -> Result<Life, StoreError> {
    let fresh_seed = AuthorSecret::generate(random).seed();
    let fresh_courier = CourierSecret::generate(random);
    let mut chance = Chance::draw(random);
    let (seed, courier) = store
        .write(move |transaction| {
            let seed = if let Some(seed) = transaction.setting("certifying_seed")? {
                seed
            } else {
                transaction.put_setting("certifying_seed", &fresh_seed[..])?;
                fresh_seed.to_vec()
            };
            let courier = if let Some(courier) = transaction.setting("courier_secret")? {
                courier
            } else {
                transaction.put_setting("courier_secret", &fresh_courier[..])?;
                fresh_courier.to_vec()
            };
            let restored = transaction.setting("restored")?.is_some_and(|flag| flag == [1]);
            if transaction.setting(EPOCH)?.is_none() {
                transaction.put_setting(EPOCH, chance.epoch.as_bytes())?;
            } else if restored {
                enter(transaction, &chance.epoch, &Begun { at: now, cause: Cause::Restored })?;
            }
            if restored {
                transaction.put_setting("restored", &[0])?;
            }
            chance.renew_held(transaction)?;
            Ok::<_, StoreError>((seed, courier))
        })
        .await?;
    Life::of(&seed, &courier)
}

/// The life of a store that is only read. One that never began has nothing to read.
pub async fn known(store: &Store) -> Result<Life, StoreError> {
    let keys = store.read(|transaction| {
        let keys = transaction.setting("certifying_seed")?.zip(transaction.setting("courier_secret")?);
        keys.ok_or(StoreError::Full)
    });
    let (seed, courier) = keys.await?;
    Life::of(&seed, &courier)
}

impl Life {
    fn of(seed: &[u8], courier: &[u8]) -> Result<Self, StoreError> {
        let seed = <[u8; 32]>::try_from(seed).map_err(|_| StoreError::Damaged("the certifying key".into()))?;
        let courier = <[u8; 32]>::try_from(courier).ok().and_then(|bytes| CourierSecret::from_bytes(&bytes));
        let courier = courier.ok_or_else(|| StoreError::Damaged("the courier key".into()))?;
        Ok(Self { certifier: AuthorSecret::from_seed(&seed), courier })
    }
}

/// Begins another life in a running server, and writes that down; `device`: the one that told of it.
pub fn begin_another(
    service: &Service,
    transaction: &dyn Transaction,
    cause: Cause,
    device: Option<DeviceId>,
) -> Result<(), StoreError> {
    let mut chance = service.with_random(|random| Chance::draw(random));
    let (now, before) = (service.now(), current(transaction)?);
    enter(transaction, &chance.epoch, &Begun { at: now, cause })?;
    chance.renew_held(transaction)?;
    tracing::error!(?cause, %before, now = %chance.epoch, "another life of the store begins: devices offer again what it lacks");
    let (subject, details) = (chance.epoch, json!({ "before": before, "cause": cause }));
    transaction
        .audit(&AuditEntry { unit: None, person: None, device, action: "store.life_begun", subject, details }, now)
}

/// The name of the store's present life, for cursors.
pub fn current(transaction: &dyn Transaction) -> Result<String, StoreError> {
    text(transaction, EPOCH)?.ok_or_else(|| StoreError::Damaged("the store's epoch".into()))
}

/// Whether a life is one that this store lived before.
pub fn is_past(transaction: &dyn Transaction, life: &str) -> Result<bool, StoreError> {
    Ok(text(transaction, PAST)?.is_some_and(|past| past.split(' ').any(|known| known == life)))
}

/// When and why the present life began; `None`: it is the first.
pub fn begun(transaction: &dyn Transaction) -> Result<Option<Begun>, StoreError> {
    Ok(transaction.setting(BEGUN)?.and_then(|begun| serde_json::from_slice(&begun).ok()))
}

fn text(transaction: &dyn Transaction, key: &str) -> Result<Option<String>, StoreError> {
    let text = transaction.setting(key)?.map(String::from_utf8).transpose();
    text.map_err(|_| StoreError::Damaged("the store's epoch".into()))
}

fn enter(transaction: &dyn Transaction, epoch: &str, begun: &Begun) -> Result<(), StoreError> {
    let past =
        [text(transaction, PAST)?, text(transaction, EPOCH)?].into_iter().flatten().collect::<Vec<_>>().join(" ");
    transaction.put_setting(PAST, past.as_bytes())?;
    transaction.put_setting(EPOCH, epoch.as_bytes())?;
    transaction.put_setting(BEGUN, &serde_json::to_vec(begun).expect("two members"))
}

/// What is drawn before the transaction: it has no random source.
struct Chance {
    epoch: String,
    held: Vec<u8>,
}

impl Chance {
    fn draw(random: &mut dyn RandomSource) -> Self {
        let mut held = vec![0_u8; 4 * 4096];
        random.fill(&mut held);
        Self { epoch: random_text(random, 10).to_ascii_lowercase(), held }
    }

    fn renew_held(&mut self, transaction: &dyn Transaction) -> Result<(), StoreError> {
        let mut next = self.held.chunks_exact(4).cycle();
        transaction.renew_held_epochs(&mut || {
            let bytes = next.next().and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
            bytes.map_or(1, u32::from_be_bytes) | 0x8000_0000
        })
    }
}
