//! What the exchange asks of a way to the server. `http` is the real one; tests bring their own.

use ancu_shared::id::{BundleId, PhotoHash};
use ancu_shared::sync::mark::StoreMark;
use ancu_shared::sync::session::Failure;
use ancu_shared::sync::wire::{
    Context, EnrolAnswer, EnrolRequest, EnvelopeOffer, EnvelopeOfferAnswer, PhotoOffer, PhotoOfferAnswer, PullAnswer,
    PullRequest, PushAnswer, PushRequest,
};

/// The server as an enrolment link names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `https://host[:port]`
    pub server: String,
    /// SHA-256 of its CA certificate.
    pub fingerprint: [u8; 32],
    /// Bearer token; none before enrolment.
    pub token: Option<String>,
}

/// Makes ways to servers.
pub trait Connect: Send + Sync {
    /// A way to this server. Nothing is sent yet.
    fn connect(&self, address: &Address) -> Result<Box<dyn Transport>, Failure>;
}

/// How an upload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upload {
    /// The server verified the hash; the point of its history that this stands on, if it said that.
    Receipted(Option<StoreMark>),
    /// A piece was taken; the upload goes on at this address.
    GoesOn {
        /// Where to go on, also after a break.
        url: String,
        /// Bytes taken in all.
        offset: u64,
    },
}

/// A way to the server: one call, one answer. Blocking.
pub trait Transport: Send {
    /// `POST enrol`
    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolAnswer, Failure>;
    /// `GET context`
    fn context(&self) -> Result<Context, Failure>;
    /// `GET templates/<sha256>`: the file's bytes.
    fn template(&self, sha256: &str) -> Result<Vec<u8>, Failure>;
    /// `POST push`
    fn push(&self, request: &PushRequest) -> Result<PushAnswer, Failure>;
    /// `POST pull`
    fn pull(&self, request: &PullRequest) -> Result<PullAnswer, Failure>;
    /// `POST offer`: what became of envelopes that went out in a courier's file.
    fn offer_envelopes(&self, request: &EnvelopeOffer) -> Result<EnvelopeOfferAnswer, Failure>;
    /// `POST photos/offer`
    fn offer_photos(&self, request: &PhotoOffer) -> Result<PhotoOfferAnswer, Failure>;
    /// `GET photos/<hash>`: the picture's bytes.
    fn photo(&self, hash: &PhotoHash) -> Result<Vec<u8>, Failure>;
    /// Begins an upload, or finds where one that broke off goes on.
    fn begin_upload(&self, hash: &PhotoHash, bytes: u64, url: Option<&str>) -> Result<Upload, Failure>;
    /// How fast bytes went to the server lately, in bytes a second; `None`: not known.
    fn pace(&self) -> Option<u64> {
        None
    }
    /// The same for a colleague's file.
    fn begin_cargo(&self, bundle: &BundleId, bytes: u64, url: Option<&str>) -> Result<Upload, Failure>;
    /// `GET courier/<bundle>`: the server's word on a file, as a file.
    fn cargo_receipt(&self, bundle: &BundleId) -> Result<Vec<u8>, Failure>;
    /// Sends a piece of an upload.
    fn send_piece(&self, url: &str, offset: u64, piece: &[u8]) -> Result<Upload, Failure>;
}
