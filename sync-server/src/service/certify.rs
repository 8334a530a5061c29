//! A new author: a device's row and the certificate of its key, written together.
//!
//! Invariant: no author without a device, and both say the same of it.

use ancu_shared::author::{AuthorCertificate, AuthorIdentity};
use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{AuthorKey, DeviceId};

use super::Service;
use crate::store::rows::{AuthorRow, DeviceRow, PersonRow};
use crate::store::{StoreError, Transaction};

/// What is new.
pub struct NewAuthor<'a> {
    /// The public key.
    pub key: AuthorKey,
    /// Whose it is.
    pub person: &'a PersonRow,
    /// On which device.
    pub device: DeviceId,
    /// That device's name.
    pub device_name: &'a str,
    /// SHA-256 of the device's token; the server's own places have none.
    pub token_hash: Option<[u8; 32]>,
    /// The secret's seed, where the server signs for a browser user.
    pub seed: Option<[u8; 32]>,
}

/// Enters the device and certifies its author.
pub fn certify(
    service: &Service,
    transaction: &dyn Transaction,
    new: NewAuthor<'_>,
    now: UtcMillis,
) -> Result<AuthorCertificate, StoreError> {
    let identity = AuthorIdentity {
        key: new.key,
        person: new.person.id,
        person_name: new.person.name.clone(),
        device: new.device,
        device_name: new.device_name.to_owned(),
        held_by_server: new.seed.is_some(),
        certified_at: now,
    };
    transaction.add_device(&device_row(&identity, new.token_hash))?;
    let certificate = AuthorCertificate::issue(&identity, &service.certifier);
    transaction.add_author(&AuthorRow {
        key: new.key,
        person: new.person.id,
        device: new.device,
        certificate: certificate.clone(),
        certified_at: now,
        held: new.seed.map(|seed| (seed, 0)),
    })?;
    Ok(certificate)
}

/// The row of a device that exchanged nothing yet.
pub fn device_row(identity: &AuthorIdentity, token_hash: Option<[u8; 32]>) -> DeviceRow {
    DeviceRow {
        id: identity.device,
        person: identity.person,
        name: identity.device_name.clone(),
        token_hash,
        enrolled_at: identity.certified_at,
        revoked_at: None,
        app_version: String::new(),
        last_exchange_at: None,
        told: None,
    }
}
