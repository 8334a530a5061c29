//! The messages of `/sync/v1`, as CBOR maps; bodies are compressed with zstd. See `docs/protocol.md`.
//!
//! Invariant: every message is bounded (see the constants); unknown fields are ignored, so that a newer peer may add some.

mod enrol;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::enrol::{
    Context, EnrolAnswer, EnrolGrant, EnrolRequest, Home, Invitation, MAX_DEVICE_NAME_CHARS, MAX_PERSON_NAME_CHARS,
    MAX_WITHDRAWN, SignedInvitation, TemplateOffer, device_name, person_name,
};
use crate::author::AuthorCertificate;
use crate::clock::{ClockSpan, UtcMillis};
use crate::error::ErrorCode;
use crate::id::{ChangeHash, ContextTag, DeviceId, DocumentId, EnvelopeId, PhotoHash, UnitId};
use crate::sync::mark::{MAX_MARKS, StoreMark};

/// The largest body, after decompression, in bytes.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// The largest body on the wire, in bytes.
pub const MAX_COMPRESSED_BYTES: usize = 8 * 1024 * 1024;
/// The largest request to enrol, on the wire and after decompression: it comes from anybody.
pub const MAX_ENROL_BYTES: usize = 16 * 1024;
/// The most envelopes in one push.
pub const MAX_PUSH_ENVELOPES: usize = 2_000;
/// The most units in one pull.
pub const MAX_PULL_UNITS: usize = 256;
/// About how many bytes of envelopes one pull answer carries.
pub const PULL_PAGE_BYTES: usize = 8 * 1024 * 1024;
/// The least that a device may ask for in one pull answer.
pub const LEAST_PULL_BYTES: usize = 32 * 1024;
/// The most template files that one pull asks for.
pub const MAX_PULL_TEMPLATES: usize = 64;
/// The most spans of a device's clock that are told: who sets a clock so often has no clock.
pub const MAX_CLOCK_SPANS: usize = 64;
/// The most photos in one offer.
pub const MAX_OFFERED_PHOTOS: usize = 2_000;
/// Media type of request and answer bodies.
pub const MEDIA_TYPE: &str = "application/vnd.ancu.sync+cbor+zstd";

/// A place in a unit's feed: `v1:<epoch>:<sequence>`. Opaque to devices.
///
/// The epoch names one life of the server's store; a restored server takes a new one, and devices then start over and offer
/// again what it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The store's life, 1 to 40 characters of `[0-9a-z]`.
    pub epoch: String,
    /// The last sequence number that was seen; 0 = nothing.
    pub sequence: u64,
}

/// Text that is not a cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct InvalidCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1:{}:{}", self.epoch, self.sequence)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (epoch, sequence) = text.strip_prefix("v1:").and_then(|rest| rest.split_once(':')).ok_or(InvalidCursor)?;
        let known = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase();
        if epoch.is_empty() || epoch.len() > 40 || !epoch.bytes().all(known) || sequence.len() > 20 {
            return Err(InvalidCursor);
        }
        if !sequence.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidCursor);
        }
        Ok(Self { epoch: epoch.to_owned(), sequence: sequence.parse().map_err(|_| InvalidCursor)? })
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// `POST /sync/v1/push`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PushRequest {
    /// Encoded envelopes ([`crate::envelope::Envelope::encode`]), most urgent first; at most [`MAX_PUSH_ENVELOPES`].
    #[serde(deserialize_with = "list::<_, _, MAX_PUSH_ENVELOPES>")]
    pub envelopes: Vec<serde_bytes::ByteBuf>,
    /// What the device tells of itself, for the console's ledger.
    pub device: DeviceReport,
    /// Certificates of others whose envelopes are among these: a server that was restored from a backup takes authors back
    /// whom it certified itself. Absent when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list::<_, _, MAX_PUSH_ENVELOPES>")]
    pub authors: Vec<AuthorCertificate>,
    /// Points of the server's history that the device has receipts of: where the server lacks one, it was put back from an
    /// older copy. Absent when none.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list::<_, _, MAX_MARKS>")]
    pub marks: Vec<StoreMark>,
}

/// What a device tells of itself in every exchange.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeviceReport {
    /// Version of the app.
    pub app_version: String,
    /// The device's clock when it sent this.
    pub clock: UtcMillis,
    /// Envelopes not yet receipted, this push's included.
    pub unsent_envelopes: u64,
    /// Photos not yet receipted.
    pub unsent_photos: u64,
    /// When the oldest of these was made.
    pub oldest_unsent: Option<UtcMillis>,
}

/// Answer to a push: one outcome per envelope, in the request's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushAnswer {
    /// What became of each.
    pub outcomes: Vec<PushOutcome>,
    /// The server's clock.
    pub clock: UtcMillis,
    /// The point of the server's history that this answer stands on. Absent where the one that the request told still is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<StoreMark>,
}

/// What became of one envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushOutcome {
    /// SHA-256 of the bytes that came.
    pub envelope: EnvelopeId,
    /// What became of it.
    pub verdict: PushVerdict,
}

/// What became of one envelope. `Accepted`, `AlreadyKnown`, `Waiting` and `Quarantined` are durable when they are said;
/// `Refused` is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum PushVerdict {
    /// Admitted, projected, in its unit's feed.
    Accepted,
    /// Was admitted before.
    AlreadyKnown,
    /// Kept until the changes that it builds on arrive.
    Waiting {
        /// What it builds on and the server lacks.
        missing: Vec<ChangeHash>,
    },
    /// Kept, with the reason, for a supervisor to see and release.
    Quarantined {
        /// Why.
        code: ErrorCode,
        /// Why exactly, in English.
        reason: String,
        /// The same in Vietnamese, with its closed code; absent where an older server said it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Why>,
    },
    /// Not kept, because there is no room: the device keeps it and offers it again.
    Refused {
        /// Why.
        code: ErrorCode,
        /// More, in English, for who looks into it.
        reason: String,
    },
}

/// Why exactly an envelope was not admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The cause, as a closed code of the server ([`super::admission::Cause`]).
    pub cause: String,
    /// Its words in Vietnamese.
    pub vi: String,
}

/// `POST /sync/v1/pull`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PullRequest {
    /// Where the device stands in each unit's feed; units left out start at the beginning. Units outside the device's scope
    /// are answered with `gone`.
    #[serde(deserialize_with = "list::<_, _, MAX_PULL_UNITS>")]
    pub cursors: Vec<UnitCursor>,
    /// What the device's context says, by its tag: where the server's says something else, the answer brings it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<ContextTag>,
    /// Whether the device reads brief envelopes ([`super::brief`]). Absent when not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub brief: bool,
    /// About how many bytes of envelopes the answer should carry at most: a device on a weak signal asks for little, so that
    /// a page comes whole before the connection dies. Absent: as many as the server likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<u32>,
    /// SHA-256 of template files that the device lacks, hexadecimal: the answer brings as many of them as there is room for, so
    /// that a first exchange need not ask for each. Absent when none.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list::<_, _, MAX_PULL_TEMPLATES>")]
    pub templates: Vec<String>,
    /// What the device tells of itself in an exchange in which it pushes nothing. Absent in others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceReport>,
    /// Whether envelopes that this device made and brought itself may come as their names only ([`named`]): it has them. Absent
    /// when not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_by_name: bool,
    /// Points of the server's history that the device has receipts of: where the server lacks one, it was put back from an
    /// older copy. Absent when none.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list::<_, _, MAX_MARKS>")]
    pub marks: Vec<StoreMark>,
}

/// The name of an envelope that comes by its name only: no envelope is as short as that.
pub fn named(envelope: &[u8]) -> Option<EnvelopeId> {
    envelope.try_into().ok().map(EnvelopeId)
}

/// A unit and a place in its feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitCursor {
    /// The unit.
    pub unit: UnitId,
    /// After this; `None` = from the beginning.
    pub cursor: Option<Cursor>,
}

/// Answer to a pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullAnswer {
    /// One part per unit in the device's scope.
    pub units: Vec<UnitPage>,
    /// Units that the device asked for and may not see (any more).
    pub gone: Vec<UnitId>,
    /// Certificates of the authors of these envelopes, each once.
    pub authors: Vec<AuthorCertificate>,
    /// The server's clock.
    pub clock: UtcMillis,
    /// The device's context, where the request's tag is not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// Of the devices that these authors write on, those whose clocks were off, with all that the server saw of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<DeviceClock>,
    /// Files of templates that the request asked for, byte for byte. What is not here is to be had by `GET templates`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<serde_bytes::ByteBuf>,
    /// The point of the server's history that this answer stands on. Absent where the one that the request told still is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<StoreMark>,
}

/// What the server saw of a device's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceClock {
    /// The device.
    pub device: DeviceId,
    /// Its spans, oldest first, at most [`MAX_CLOCK_SPANS`]: the newest.
    pub spans: Vec<ClockSpan>,
}

/// A page of one unit's feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitPage {
    /// The unit.
    pub unit: UnitId,
    /// Encoded envelopes, in feed order; brief where the device asked for these.
    pub envelopes: Vec<serde_bytes::ByteBuf>,
    /// Where the device stands after applying these.
    pub cursor: Cursor,
    /// Records that were handed over from this unit or to it since the device's cursor, each as it lies now. Absent when none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// Whether more is waiting.
    pub more: bool,
    /// Whether the device's cursor was of another epoch: everything is sent from the beginning, and the device offers again
    /// what the server lacks.
    pub restarted: bool,
}

/// A record that was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The record.
    pub document: DocumentId,
    /// Where it lies now.
    pub unit: UnitId,
    /// That unit's full name.
    pub unit_name: String,
}

/// `POST /sync/v1/photos/offer`: which of these does the server lack?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PhotoOffer {
    /// Photos that the device has; at most [`MAX_OFFERED_PHOTOS`].
    #[serde(deserialize_with = "list::<_, _, MAX_OFFERED_PHOTOS>")]
    pub hashes: Vec<PhotoHash>,
}

/// Answer to an offer of photos.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PhotoOfferAnswer {
    /// To be uploaded.
    pub missing: Vec<PhotoHash>,
    /// Verified and durable at the server: a receipt for each.
    pub held: Vec<PhotoHash>,
    /// The point of the server's history that these receipts stand on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<StoreMark>,
}

/// `POST /sync/v1/offer`: what became of these envelopes, which went out in a courier's file?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EnvelopeOffer {
    /// Envelopes that the device has; at most [`MAX_PUSH_ENVELOPES`].
    #[serde(deserialize_with = "list::<_, _, MAX_PUSH_ENVELOPES>")]
    pub envelopes: Vec<EnvelopeId>,
}

/// Answer to an offer of envelopes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EnvelopeOfferAnswer {
    /// What the server settled: admitted, or in quarantine. What is not named is to be pushed.
    pub outcomes: Vec<PushOutcome>,
    /// The point of the server's history that these stand on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<StoreMark>,
}

/// Reads a list of a request. One more than allowed is kept, so that whoever acts on it sees that it is too long; the rest is
/// passed over: sixteen million empty elements fit into a body and would take a hundred times its size.
fn list<'de, D, T, const MOST: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct List<T, const MOST: usize>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MOST: usize> serde::de::Visitor<'de> for List<T, MOST> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MOST}")
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
            let mut kept = Vec::new();
            while kept.len() <= MOST {
                match elements.next_element()? {
                    Some(element) => kept.push(element),
                    None => return Ok(kept),
                }
            }
            while elements.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            Ok(kept)
        }
    }

    deserializer.deserialize_seq(List::<T, MOST>(std::marker::PhantomData))
}

/// Encodes a message: CBOR. (Compression is the transport's.)
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(message, &mut bytes).expect("a message serialises");
    bytes
}

/// Bytes that are not the message that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the message expected: {0}")]
pub struct InvalidMessage(pub String);

/// Decodes a message of at most [`MAX_BODY_BYTES`], with nothing after its end.
pub fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, InvalidMessage> {
    if bytes.len() > MAX_BODY_BYTES {
        return Err(InvalidMessage(format!("{} bytes", bytes.len())));
    }
    let mut rest = bytes;
    let message = ciborium::de::from_reader_with_recursion_limit(&mut rest, 32)
        .map_err(|error| InvalidMessage(error.to_string()))?;
    if rest.is_empty() { Ok(message) } else { Err(InvalidMessage(format!("{} bytes after the end", rest.len()))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_have_one_spelling() {
        let cursor: Cursor = "v1:01jd:42".parse().expect("cursor");
        assert_eq!(cursor.to_string(), "v1:01jd:42");
        for bad in
            ["", "v1", "v2:a:1", "v1::1", "v1:A:1", "v1:a:-1", "v1:a:+1", "v1:a:1:2", "v1:a:99999999999999999999"]
        {
            assert_eq!(bad.parse::<Cursor>(), Err(InvalidCursor), "{bad}");
        }
    }

    #[test]
    fn messages_read_back_and_tails_are_refused() {
        let request = PullRequest {
            cursors: vec![UnitCursor { unit: UnitId::from_bytes([1; 16]), cursor: "v1:a:3".parse().ok() }],
            context: None,
            brief: false,
            room: None,
            templates: vec![],
            device: None,
            own_by_name: false,
            marks: vec![StoreMark(vec![1, 2])],
        };
        let mut bytes = encode(&request);
        assert_eq!(decode::<PullRequest>(&bytes).as_ref(), Ok(&request));
        bytes.push(0);
        assert!(decode::<PullRequest>(&bytes).is_err());
    }
}
