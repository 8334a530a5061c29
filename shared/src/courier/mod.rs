//! The courier's file: what a device could not send, in one file that anybody may carry to the server.
//!
//! Invariants: only the server reads what is in a bundle (HPKE, RFC 9180, to its courier key); the bundle's maker signs its
//! manifest, and every envelope in it is believed by its own signature alone, never because of who brought it; reading and
//! writing take a bounded amount of memory however large the file is; a length that a file claims is never reserved before
//! its bytes came. Nothing is called sent because of a file: the origin counts what a [`receipt`] or the server itself says.
//!
//! What this module does not know: files, devices, stores. It reads and writes what it is handed.

pub mod bundle;
pub mod frames;
pub mod receipt;
#[cfg(test)]
mod tests;

use std::io;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem as _, Serializable as _};
use zeroize::Zeroizing;

use crate::clock::RandomSource;
use crate::error::{ErrorCode, Problem};
use crate::id::CourierKey;

pub use bundle::{BundleReader, BundleWriter, Item, Manifest};
pub use frames::{Seen, inspect};
pub use receipt::{Receipt, SignedReceipt};

type Kem = X25519HkdfSha256;
type Kdf = HkdfSha256;
type Aead = ChaCha20Poly1305;

/// The format's version.
pub const VERSION: u16 = 1;
/// The largest bundle, in bytes.
pub const MAX_BUNDLE_BYTES: u64 = 8 * 1024 * 1024 * 1024;
/// The largest file with a receipt, in bytes.
pub const MAX_RECEIPT_BYTES: u64 = 16 * 1024 * 1024;
/// The most envelopes, certificates and photos in one bundle, of each.
pub const MAX_ITEMS: u64 = 50_000;
/// The largest photo in a bundle, in bytes.
pub const MAX_PHOTO_BYTES: u32 = 64 * 1024 * 1024;
/// How files of this kind are named: `.ancu`.
pub const EXTENSION: &str = "ancu";

/// What a file says it is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A device's unsent work, for the server.
    Bundle,
    /// The server's word on one, for the device that it came from.
    Receipt,
}

impl FileKind {
    const BUNDLE: &[u8; 6] = b"ANCUCB";
    const RECEIPT: &[u8; 6] = b"ANCUCR";

    /// The kind of a file that begins with these eight bytes, if its version is known.
    pub fn of(head: [u8; 8]) -> Result<Self, CourierError> {
        let (name, version) = head.split_at(6);
        let kind = match name {
            name if name == Self::BUNDLE => Self::Bundle,
            name if name == Self::RECEIPT => Self::Receipt,
            _ => return Err(CourierError::NotOurs),
        };
        match u16::from_be_bytes([version[0], version[1]]) {
            VERSION => Ok(kind),
            newer => Err(CourierError::Newer(newer)),
        }
    }

    /// The eight bytes that a file of this kind begins with.
    pub fn head(self) -> [u8; 8] {
        let mut head = [0; 8];
        head[..6].copy_from_slice(match self {
            Self::Bundle => Self::BUNDLE,
            Self::Receipt => Self::RECEIPT,
        });
        head[6..].copy_from_slice(&VERSION.to_be_bytes());
        head
    }
}

/// Why a courier's file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// It does not begin as one.
    #[error("not a courier's file")]
    NotOurs,
    /// A newer program made it.
    #[error("version {0} is unknown")]
    Newer(u16),
    /// It is for another server, or another server's word.
    #[error("of another server")]
    Foreign,
    /// Cut, changed, or never whole.
    #[error("damaged: {0}")]
    Damaged(&'static str),
    /// Beyond a limit.
    #[error("more than {0}")]
    TooLarge(u64),
    /// A receipt for another device's work.
    #[error("the receipt is another device's")]
    NotMine,
    /// The manifest is not its author's.
    #[error("the signature is not the author's")]
    BadSignature,
    /// Reading or writing failed.
    #[error(transparent)]
    Io(io::Error),
}

impl CourierError {
    /// The code that people see.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotOurs => ErrorCode::CourierUnknown,
            Self::Newer(_) => ErrorCode::CourierNewer,
            Self::Foreign => ErrorCode::CourierForeign,
            Self::Damaged(_) => ErrorCode::CourierDamaged,
            Self::TooLarge(_) => ErrorCode::TooLarge,
            Self::NotMine => ErrorCode::CourierReceiptForeign,
            Self::BadSignature => ErrorCode::SignatureInvalid,
            Self::Io(error) if is_full(error) => ErrorCode::DiskFull,
            Self::Io(_) => ErrorCode::FileUnusable,
        }
    }
}

/// Whether a failure says that there is no room.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl From<io::Error> for CourierError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Damaged("it ends too early") } else { Self::Io(error) }
    }
}

impl From<CourierError> for Problem {
    fn from(error: CourierError) -> Self {
        let problem = Self::new(error.code());
        match error {
            CourierError::TooLarge(limit) => problem.with(serde_json::json!({ "limit": limit })),
            CourierError::Newer(version) => problem.with(serde_json::json!({ "version": version })),
            _ => problem,
        }
    }
}

/// The secret half of a server's courier key. It never leaves the server.
pub struct CourierSecret(<Kem as hpke::Kem>::PrivateKey);

impl CourierSecret {
    /// A new secret's bytes, from a cryptographically secure source.
    pub fn generate(random: &mut dyn RandomSource) -> Zeroizing<[u8; 32]> {
        let mut seed = Zeroizing::new([0_u8; 32]);
        random.fill(seed.as_mut());
        let (secret, _) = Kem::derive_keypair(seed.as_ref());
        let mut bytes = Zeroizing::new([0_u8; 32]);
        secret.write_exact(bytes.as_mut());
        bytes
    }

    /// The secret of these bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        <Kem as hpke::Kem>::PrivateKey::from_bytes(bytes).ok().map(Self)
    }

    /// The public half.
    pub fn public(&self) -> CourierKey {
        let mut bytes = [0_u8; 32];
        Kem::sk_to_pk(&self.0).write_exact(&mut bytes);
        CourierKey(bytes)
    }
}

impl std::fmt::Debug for CourierSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CourierSecret({})", self.public())
    }
}

/// Our source of randomness in the cryptography's terms.
struct Dice<'a>(&'a mut dyn RandomSource);

impl hpke::rand_core::RngCore for Dice<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        self.0.fill(buffer);
    }
}

// Whoever hands in a source for keys hands in a secure one: the contract of `RandomSource`.
impl hpke::rand_core::CryptoRng for Dice<'_> {}
