//! The store's life: its certifying key, and the epoch that cursors name.
//!
//! Invariant: a store that was restored from a backup begins another life: cursors of the life before start over, and no
//! author that the server holds goes on in an epoch that the lost future may have used.

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::RandomSource;
use ancu_shared::courier::CourierSecret;

use crate::clock::random_text;
use crate::store::{Store, StoreError};

/// What a life consists of.
pub struct Life {
    /// The server's certifying key.
    pub certifier: AuthorSecret,
    /// The cursors' epoch.
    pub epoch: String,
    /// What courier's files are opened with. It stays the same in a restored store: files that are on their way still open.
    pub courier: CourierSecret,
}

/// Takes up the store's life, or begins one.
pub async fn begin(store: &Store, random: &mut dyn RandomSource) -> Result<Life, StoreError> {
    let fresh_seed = AuthorSecret::generate(random).seed();
    let fresh_courier = CourierSecret::generate(random);
    let fresh_epoch = random_text(random, 10).to_ascii_lowercase();
    let mut epochs = vec![0_u8; 4 * 4096];
    random.fill(&mut epochs);
    let (seed, courier, epoch) = store
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
            let epoch = match transaction.setting("epoch")? {
                Some(epoch) if !restored => epoch,
                _ => {
                    let mut next = epochs.chunks_exact(4).cycle();
                    transaction.renew_held_epochs(&mut || {
                        let bytes = next.next().and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
                        bytes.map_or(1, u32::from_be_bytes) | 0x8000_0000
                    })?;
                    transaction.put_setting("epoch", fresh_epoch.as_bytes())?;
                    transaction.put_setting("restored", &[0])?;
                    fresh_epoch.into_bytes()
                }
            };
            Ok::<_, StoreError>((seed, courier, epoch))
        })
        .await?;
    let seed = <[u8; 32]>::try_from(&seed[..]).map_err(|_| StoreError::Damaged("the certifying key".into()))?;
    let epoch = String::from_utf8(epoch).map_err(|_| StoreError::Damaged("the store's epoch".into()))?;
    let courier = <[u8; 32]>::try_from(&courier[..]).ok().and_then(|bytes| CourierSecret::from_bytes(&bytes));
    let courier = courier.ok_or_else(|| StoreError::Damaged("the courier key".into()))?;
    Ok(Life { certifier: AuthorSecret::from_seed(&seed), epoch, courier })
}
