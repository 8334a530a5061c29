//! Enrolment, invitations, and the context in which a device works.
//!
//! Invariant: what is signed here is signed over the bytes that are sent, never over something put together again.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::encode;
use crate::author::{AuthorCertificate, Signature};
use crate::clock::UtcMillis;
use crate::clock::withdrawn::WithdrawnSpan;
use crate::error::Problem;
use crate::id::{AuthorKey, ContextTag, CourierKey, DeviceId, DocumentId, PersonId, UnitId};
use crate::near::SignedPass;
use crate::role::Post;
use crate::text::free::{self, Shape};
use crate::text::nfc;
use crate::unit::Unit;

/// The longest name of a device, in characters.
pub const MAX_DEVICE_NAME_CHARS: usize = 80;
/// The longest name of a household head, in characters.
pub const MAX_PERSON_NAME_CHARS: usize = 120;

/// The device's name as it is kept.
pub fn device_name(text: &str) -> Result<String, Problem> {
    let name = named("device_name", text, MAX_DEVICE_NAME_CHARS, ["Tên máy", "The device’s name"])?;
    if name.is_empty() {
        return Err(Problem::field("device_name", "Hãy đặt tên cho máy.", "Give the device a name."));
    }
    Ok(name)
}

/// The name of a household head as it is kept; empty where none was given.
pub fn person_name(text: &str) -> Result<String, Problem> {
    named("person_name", text, MAX_PERSON_NAME_CHARS, ["Họ và tên", "The name"])
}

fn named(field: &str, text: &str, most: usize, [vi, en]: [&str; 2]) -> Result<String, Problem> {
    let count = nfc(text.trim()).chars().count();
    if count > most {
        return Err(Problem::field(
            field,
            &format!("{vi} dài {count} ký tự; nhiều nhất là {most}. Hãy viết ngắn lại."),
            &format!("{en} has {count} characters; at most {most} are kept. Make it shorter."),
        ));
    }
    free::tidy(field, text, Shape::Line, most)
}

/// `POST /sync/v1/enrol`: the only call without a device token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The right to enrol.
    pub grant: EnrolGrant,
    /// The author key that the device made.
    pub author: AuthorKey,
    /// The author's signature over `"ancu-enrol-v1"`, its key, and the code or the invitation's bytes: proof of possession.
    pub proof: Signature,
    /// The device's name, as its owner gives it; 1 to 80 characters.
    pub device_name: String,
    /// The holder's name (household heads; officers have one already); 1 to 120 characters.
    pub person_name: Option<String>,
    /// The author's certificate from before, where this server gave one: a server that was restored from a backup of before
    /// takes the author back by it, with the day of its enrolment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<AuthorCertificate>,
}

/// What gives the right to enrol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "grant", rename_all = "snake_case")]
pub enum EnrolGrant {
    /// A one-time code that an administrator handed out.
    Code {
        /// The code.
        code: String,
    },
    /// An officer's signed invitation, shown as a QR at the door.
    Invitation {
        /// The signed invitation.
        invitation: SignedInvitation,
    },
}

impl EnrolRequest {
    /// The bytes that [`EnrolRequest::proof`] signs.
    pub fn signed_bytes(author: &AuthorKey, grant: &EnrolGrant) -> Vec<u8> {
        let mut bytes = b"ancu-enrol-v1".to_vec();
        bytes.extend_from_slice(author.as_bytes());
        match grant {
            EnrolGrant::Code { code } => bytes.extend_from_slice(code.as_bytes()),
            EnrolGrant::Invitation { invitation } => bytes.extend_from_slice(&invitation.body),
        }
        bytes
    }
}

/// Answer to an enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The device's bearer token for every later call.
    pub token: String,
    /// The certificate of the author key.
    pub certificate: AuthorCertificate,
    /// The server's certifying key.
    pub server: AuthorKey,
    /// What the device needs to start.
    pub context: Context,
}

/// An invitation of one household head to one home, made by an officer without a signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// One use only.
    pub nonce: [u8; 16],
    /// The premises that the home is in.
    pub facility: DocumentId,
    /// Its unit.
    pub unit: UnitId,
    /// The premises' name and address, to show before enrolling.
    pub place: String,
    /// Until when it may be used.
    pub expires_at: UtcMillis,
    /// The officer's author key.
    pub author: AuthorKey,
}

/// An [`Invitation`] under its officer's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedInvitation {
    /// CBOR of the [`Invitation`], exactly the bytes that were signed.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
    /// The officer's signature over `"ancu-invitation-v1"` and these bytes.
    pub signature: Signature,
}

impl SignedInvitation {
    /// Signs an invitation.
    pub fn issue(invitation: &Invitation, officer: &crate::author::AuthorSecret) -> Self {
        let mut body = Vec::new();
        ciborium::into_writer(invitation, &mut body).expect("an invitation serialises");
        let signature = officer.sign(&[b"ancu-invitation-v1", &body[..]].concat());
        Self { body, signature }
    }

    /// Reads the invitation without believing it.
    pub fn read(&self) -> Option<Invitation> {
        ciborium::from_reader(&self.body[..]).ok()
    }

    /// The invitation, if its named author signed it. Whether that author may invite there is the server's to say.
    pub fn verified(&self) -> Option<Invitation> {
        let invitation = self.read()?;
        let bytes = [b"ancu-invitation-v1", &self.body[..]].concat();
        crate::author::verify(&invitation.author, &bytes, &self.signature).then_some(invitation)
    }
}

/// How many withdrawn spans are told of.
pub const MAX_WITHDRAWN: usize = 512;

/// `GET /sync/v1/context`: who the device is and what it needs besides records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub person_name: String,
    /// The device.
    pub device: DeviceId,
    /// The person's posts, past and present.
    pub posts: Vec<Post>,
    /// Units in scope, and those above them for their names.
    pub units: Vec<Unit>,
    /// Units whose feeds the device pulls.
    pub scope: Vec<UnitId>,
    /// For a household head: the home's premises.
    pub home: Option<Home>,
    /// Templates on offer: fetch those that are not here by `GET /sync/v1/templates/<sha256>`.
    pub templates: Vec<TemplateOffer>,
    /// Largest photo that the server takes, in bytes.
    pub max_photo_bytes: u64,
    /// The server's clock.
    pub clock: UtcMillis,
    /// What courier's files are encrypted to ([`crate::courier`]). A server from before there were any has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub courier: Option<CourierKey>,
    /// What the server measured of devices' clocks while its own ran ahead, the newest first, at most [`MAX_WITHDRAWN`]: it counts
    /// no more. Absent when none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<WithdrawnSpan>,
    /// By what colleagues' devices know what this one may read, where there is no server ([`crate::near`]). An officer's; a server
    /// from before there were any has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<SignedPass>,
}

impl Context {
    /// What the context says, in 32 bytes: SHA-256 of its encoding with the clock at 0.
    pub fn tag(&self) -> ContextTag {
        ContextTag(Sha256::digest(encode(&Self { clock: UtcMillis(0), ..self.clone() })).into())
    }
}

/// The premises that a household head was invited to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The premises' record.
    pub facility: DocumentId,
    /// Its unit.
    pub unit: UnitId,
    /// Its name and address, as the officer's invitation gave them.
    pub place: String,
}

/// A template file that the server ships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateOffer {
    /// For example `mini_apartment`.
    pub code: String,
    /// For example `draft-1`.
    pub version: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Whether new inspections should use it.
    pub current: bool,
}
