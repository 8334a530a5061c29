//! The server's word on a bundle, to be carried back to the device that it came from.
//!
//! ```text
//! "ANCUCR" version(u16) CBOR of {body: bytes, signature, server}
//! ```
//! The signature is the server's certifying key's, over `ancu-courier-receipt-v1` and the body: CBOR of a [`Receipt`]. `server`
//! is that key: it is believed in nothing, and tells a damaged receipt from another server's.

use std::io::Read;

use serde::{Deserialize, Serialize};

use super::{CourierError, FileKind, MAX_RECEIPT_BYTES};
use crate::author::{AuthorSecret, Signature, verify};
use crate::clock::UtcMillis;
use crate::id::{AuthorKey, BundleId, PhotoHash};
use crate::sync::mark::StoreMark;
use crate::sync::wire::{PushOutcome, decode, encode};

const TAG: &[u8] = b"ancu-courier-receipt-v1";

/// What became of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The bundle.
    pub bundle: BundleId,
    /// Who made it.
    pub author: AuthorKey,
    /// The life of the server's store: the epoch of its cursors. What it receipted in another life counts no more.
    pub life: String,
    /// When the server said this.
    pub at: UtcMillis,
    /// What became of each envelope.
    pub outcomes: Vec<PushOutcome>,
    /// Photos that are verified and durable at the server.
    pub photos: Vec<PhotoHash>,
    /// Photos whose bytes were not those of their address, or found no room.
    pub photos_refused: u64,
    /// The point of the server's history that it stands on. A server of before says none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<StoreMark>,
}

/// A [`Receipt`] under the server's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipt {
    /// CBOR of the receipt, exactly the bytes that were signed.
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
    /// The server's signature over the tag and these bytes.
    signature: Signature,
    /// The key that it was signed with. A server of before does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server: Option<AuthorKey>,
}

impl Receipt {
    /// The file of a receipt, signed with the server's certifying key.
    pub fn seal(&self, server: &AuthorSecret) -> Vec<u8> {
        let body = encode(self);
        let signature = server.sign(&[TAG, &body].concat());
        [&FileKind::Receipt.head()[..], &encode(&SignedReceipt { body, signature, server: Some(server.public()) })]
            .concat()
    }

    /// Reads a file: whole, and this server's word on this author's work.
    pub fn open(reader: &mut impl Read, server: &AuthorKey, author: &AuthorKey) -> Result<Self, CourierError> {
        let mut file = Vec::new();
        reader.take(MAX_RECEIPT_BYTES + 1).read_to_end(&mut file)?;
        if file.len() as u64 > MAX_RECEIPT_BYTES {
            return Err(CourierError::TooLarge(MAX_RECEIPT_BYTES));
        }
        let (head, rest) = file.split_first_chunk::<8>().ok_or(CourierError::NotOurs)?;
        if FileKind::of(*head)? != FileKind::Receipt {
            return Err(CourierError::NotOurs);
        }
        let damaged = |_| CourierError::Damaged("the receipt cannot be read");
        let told: SignedReceipt = decode(rest).map_err(damaged)?;
        let signed = [TAG, &told.body].concat();
        if !verify(server, &signed, &told.signature) {
            // Another server's is whole under that server's key; what is whole under none was changed on its way.
            let foreign = told.server.is_some_and(|other| verify(&other, &signed, &told.signature));
            return Err(if foreign {
                CourierError::Foreign
            } else {
                CourierError::Damaged("its signature does not hold")
            });
        }
        let receipt: Self = decode(&told.body).map_err(damaged)?;
        if receipt.author == *author { Ok(receipt) } else { Err(CourierError::NotMine) }
    }
}
