//! Authors taken back: a store that was restored from a backup does not know whom it certified since.
//!
//! Invariant: only what this server's own key certified, and never over what is known: a revoked device stays revoked. The
//! device itself gets no token by this; it asks for one with a new code. A person whom the store lost too comes back by name
//! alone, without any post: such work waits in quarantine for a supervisor's word.

use ancu_shared::author::AuthorCertificate;
use ancu_shared::clock::UtcMillis;
use serde_json::json;

use super::Service;
use super::certify::device_row;
use crate::store::rows::{AuditEntry, AuthorRow, PersonRow};
use crate::store::{StoreError, Transaction};

/// Takes back the authors of these certificates, where they are not known.
pub fn take_back(
    service: &Service,
    transaction: &dyn Transaction,
    certificates: &[AuthorCertificate],
    now: UtcMillis,
) -> Result<(), StoreError> {
    for certificate in certificates {
        let Some(identity) = certificate.verified(&service.certifier.public()) else { continue };
        if transaction.author(&identity.key)?.is_some() {
            continue;
        }
        if transaction.person(identity.person)?.is_none() {
            transaction.put_person(&PersonRow {
                id: identity.person,
                name: identity.person_name.clone(),
                username: None,
                password_hash: None,
                home: None,
                created_at: identity.certified_at,
                disabled_at: None,
            })?;
        }
        if transaction.device(identity.device)?.is_none() {
            transaction.add_device(&device_row(&identity, None))?;
        }
        transaction.add_author(&AuthorRow {
            key: identity.key,
            person: identity.person,
            device: identity.device,
            certificate: certificate.clone(),
            certified_at: identity.certified_at,
            held: None,
        })?;
        transaction.audit(
            &AuditEntry {
                unit: None,
                person: Some(identity.person),
                device: Some(identity.device),
                action: "author.taken_back",
                subject: identity.device.to_string(),
                details: json!({ "author": identity.key }),
            },
            now,
        )?;
    }
    Ok(())
}
