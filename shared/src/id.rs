//! Identifiers: opaque, typed, never reused.
//!
//! Invariant: two things of different kinds cannot be confused, because their ids have different types. This module knows
//! how ids are written (UUID text or hexadecimal for people, raw bytes on the wire), not who hands them out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::{Clock, RandomSource};

/// An identifier that could not be read: not a UUID, or not hexadecimal of the right length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}: {text:?}")]
pub struct InvalidId {
    /// What was expected, for example `document id`.
    pub what: &'static str,
    /// What was given, cut to 80 characters.
    pub text: String,
}

impl InvalidId {
    fn new(what: &'static str, text: &str) -> Self {
        Self { what, text: text.chars().take(80).collect() }
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id: UUIDv7 (RFC 9562 §5.7) of the clock's instant and the source's randomness.
            pub fn generate(clock: &dyn Clock, random: &mut dyn RandomSource) -> Self {
                Self(new_uuid_v7(clock, random))
            }

            /// The sixteen bytes, as on the wire.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// From the sixteen bytes on the wire.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text).map(Self).map_err(|_| InvalidId::new($what, text))
            }
        }
    };
}

uuid_id!(
    /// One record: one Automerge document.
    DocumentId, "document id"
);
uuid_id!(
    /// One version of an administrative or police unit; never its official code, because codes are reused.
    UnitId, "unit id"
);
uuid_id!(
    /// A person with an account.
    PersonId, "person id"
);
uuid_id!(
    /// An enrolled device, or the server's own signing place for a browser user.
    DeviceId, "device id"
);

/// A UUIDv7 from given time and randomness.
pub fn new_uuid_v7(clock: &dyn Clock, random: &mut dyn RandomSource) -> Uuid {
    let mut bytes = [0_u8; 10];
    random.fill(&mut bytes);
    let millis = u64::try_from(clock.now().0).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ts_rs::TS, utoipa::ToSchema)]
        #[ts(type = "string")]
        #[schema(value_type = String)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The bytes, as on the wire.
            pub fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// From bytes of exactly the right length.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, InvalidId> {
                bytes.try_into().map(Self).map_err(|_| InvalidId::new($what, &hex::encode(bytes)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let mut bytes = [0_u8; $len];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidId::new($what, text))?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serde_bytes::Bytes::new(&self.0).serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;
                impl<'de> serde::de::Visitor<'de> for Either {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<$name, E> {
                        $name::from_slice(bytes).map_err(E::custom)
                    }
                }
                // What stands inside a tagged enum is buffered by serde and then calls itself human-readable, whatever it
                // came from: so the reader takes what it meets.
                if deserializer.is_human_readable() {
                    deserializer.deserialize_any(Either)
                } else {
                    deserializer.deserialize_bytes(Either)
                }
            }
        }
    };
}

byte_id!(
    /// SHA-256 of an Automerge change chunk: the change's own hash.
    ChangeHash, 32, "change hash"
);
byte_id!(
    /// SHA-256 of an encoded envelope: its name on the wire and in receipts.
    EnvelopeId, 32, "envelope id"
);
byte_id!(
    /// SHA-256 of a photo's bytes: its address everywhere.
    PhotoHash, 32, "photo hash"
);
byte_id!(
    /// SHA-256 of what a device's context says ([`crate::sync::wire::Context::tag`]).
    ContextTag, 32, "context tag"
);
byte_id!(
    /// SHA-256 of a courier's file ([`crate::courier`]): its name.
    BundleId, 32, "bundle id"
);
byte_id!(
    /// X25519 public key that courier's files are encrypted to.
    CourierKey, 32, "courier key"
);
byte_id!(
    /// Ed25519 public key of one (person, device) pair.
    AuthorKey, 32, "author key"
);
byte_id!(
    /// Automerge actor of one author in one epoch.
    ActorId, 16, "actor id"
);

impl ActorId {
    /// The actor of an author in an epoch: the first 16 bytes of SHA-256 over a tag, the public key and the epoch (big-endian).
    ///
    /// The epoch rises on reinstall, restore or clone, because two different changes with one (actor, sequence) poison a
    /// document.
    pub fn derive(author: &AuthorKey, epoch: u32) -> Self {
        let digest = Sha256::new()
            .chain_update(b"ancu-actor-v1")
            .chain_update(author.0)
            .chain_update(epoch.to_be_bytes())
            .finalize();
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(bytes)
    }
}

impl PhotoHash {
    /// The address of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{FixedClock, SeededRandom, UtcMillis};

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let mut random = SeededRandom::new(7);
        let early = DocumentId::generate(&FixedClock(UtcMillis(1_000)), &mut random);
        let late = DocumentId::generate(&FixedClock(UtcMillis(2_000)), &mut random);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!(early.0.get_version_num(), 7);
    }

    #[test]
    fn an_actor_depends_on_author_and_epoch() {
        let one = AuthorKey([1; 32]);
        assert_eq!(ActorId::derive(&one, 0), ActorId::derive(&one, 0));
        assert_ne!(ActorId::derive(&one, 0), ActorId::derive(&one, 1));
        assert_ne!(ActorId::derive(&one, 0), ActorId::derive(&AuthorKey([2; 32]), 0));
    }

    #[test]
    fn hashes_are_hex_for_people_and_bytes_on_the_wire() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        enum Tagged {
            One { hashes: Vec<PhotoHash> },
        }
        let hash = PhotoHash::of(b"ancu");
        let json = serde_json::to_string(&hash).expect("json");
        assert_eq!(json.len(), 66);
        let mut cbor = Vec::new();
        ciborium::into_writer(&hash, &mut cbor).expect("cbor");
        assert_eq!(cbor.len(), 34);
        assert_eq!(ciborium::from_reader::<PhotoHash, _>(&cbor[..]).expect("read"), hash);
        assert!("zz".parse::<PhotoHash>().is_err());
        // Inside a tagged enum, in both encodings.
        let tagged = Tagged::One { hashes: vec![hash] };
        let mut cbor = Vec::new();
        ciborium::into_writer(&tagged, &mut cbor).expect("cbor");
        assert_eq!(ciborium::from_reader::<Tagged, _>(&cbor[..]).expect("read"), tagged);
        let json = serde_json::to_string(&tagged).expect("json");
        assert_eq!(serde_json::from_str::<Tagged>(&json).expect("read"), tagged);
    }
}
