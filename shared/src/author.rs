//! Authors: the Ed25519 key of one (person, device) pair, and the server's certificate for it.
//!
//! Invariant: the secret key never leaves the device that made it; the server certifies the public half. A browser user's
//! key is held by the server, and the certificate says so.

use ed25519_dalek::{Signer, Verifier};
use serde::{Deserialize, Serialize};

use crate::clock::{RandomSource, UtcMillis};
use crate::id::{AuthorKey, DeviceId, PersonId};

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signature(pub [u8; 64]);

impl Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_bytes::Bytes::new(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
        let bytes: [u8; 64] =
            bytes.as_slice().try_into().map_err(|_| serde::de::Error::custom("a signature has 64 bytes"))?;
        Ok(Self(bytes))
    }
}

/// The secret half of an author. Zeroed when dropped.
pub struct AuthorSecret(ed25519_dalek::SigningKey);

impl AuthorSecret {
    /// A new secret from a cryptographically secure source.
    pub fn generate(random: &mut dyn RandomSource) -> Self {
        let mut seed = zeroize::Zeroizing::new([0_u8; 32]);
        random.fill(seed.as_mut());
        Self::from_seed(&seed)
    }

    /// The secret that this seed is (RFC 8032 §5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, to be kept in an encrypted store only.
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public(&self) -> AuthorKey {
        AuthorKey(self.0.verifying_key().to_bytes())
    }

    /// Signs bytes. Every caller puts a tag of its own first, so that one signature cannot stand for another.
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        Signature(self.0.sign(bytes).to_bytes())
    }
}

impl std::fmt::Debug for AuthorSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthorSecret({})", self.public())
    }
}

/// Whether a signature is this author's over these bytes (strict: no malleable forms).
pub fn verify(author: &AuthorKey, bytes: &[u8], signature: &Signature) -> bool {
    let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(&author.0) else { return false };
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    !key.is_weak() && key.verify(bytes, &signature).is_ok()
}

/// Who an author is, as the server certifies it and as devices show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct AuthorIdentity {
    /// Public key.
    pub key: AuthorKey,
    /// Whose it is.
    pub person: PersonId,
    /// That person's name.
    pub person_name: String,
    /// On which device it was made.
    pub device: DeviceId,
    /// That device's name, as its owner gave it.
    pub device_name: String,
    /// Whether the server holds the secret half (browser users).
    pub held_by_server: bool,
    /// When it was certified.
    pub certified_at: UtcMillis,
}

impl AuthorIdentity {
    /// When the device was enrolled, by the server's clock: nothing on it was written before. `None` where the server itself
    /// holds the secret.
    pub fn enrolled_at(&self) -> Option<UtcMillis> {
        (!self.held_by_server).then_some(self.certified_at)
    }
}

/// An [`AuthorIdentity`] under the server's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorCertificate {
    /// CBOR of the [`AuthorIdentity`], exactly the bytes that were signed.
    #[serde(with = "serde_bytes")]
    pub identity: Vec<u8>,
    /// The server's signature over `"ancu-certificate-v1"` and these bytes.
    pub signature: Signature,
}

const CERTIFICATE_TAG: &[u8] = b"ancu-certificate-v1";

impl AuthorCertificate {
    /// Certifies an identity with the server's key.
    pub fn issue(identity: &AuthorIdentity, server: &AuthorSecret) -> Self {
        let mut bytes = Vec::new();
        ciborium::into_writer(identity, &mut bytes).expect("an identity serialises");
        let signature = server.sign(&[CERTIFICATE_TAG, &bytes].concat());
        Self { identity: bytes, signature }
    }

    /// The identity, if the certificate is this server's.
    pub fn verified(&self, server: &AuthorKey) -> Option<AuthorIdentity> {
        verify(server, &[CERTIFICATE_TAG, &self.identity].concat(), &self.signature)
            .then(|| ciborium::from_reader(&self.identity[..]).ok())
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededRandom;

    #[test]
    fn a_certificate_names_its_author_and_no_other_server_can_make_it() {
        let mut random = SeededRandom::new(1);
        let (server, stranger) = (AuthorSecret::generate(&mut random), AuthorSecret::generate(&mut random));
        let identity = AuthorIdentity {
            key: AuthorSecret::generate(&mut random).public(),
            person: PersonId::from_bytes([1; 16]),
            person_name: "Nguyễn Văn An".into(),
            device: DeviceId::from_bytes([2; 16]),
            device_name: "Điện thoại".into(),
            held_by_server: false,
            certified_at: UtcMillis(1),
        };
        let certificate = AuthorCertificate::issue(&identity, &server);
        assert_eq!(certificate.verified(&server.public()), Some(identity));
        assert_eq!(certificate.verified(&stranger.public()), None);
        let mut forged = certificate.clone();
        forged.identity[20] ^= 1;
        assert_eq!(forged.verified(&server.public()), None);
    }
}
