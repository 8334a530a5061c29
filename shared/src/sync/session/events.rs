//! What happens to an exchange and what it asks its driver to do.

use crate::error::{ErrorCode, Problem};
use crate::id::{EnvelopeId, PhotoHash};
use crate::sync::wire::PushOutcome;

/// Why a call did not bring what was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What to show.
    pub problem: Problem,
    /// What the server asked for by `Retry-After`, in milliseconds.
    pub retry_after_millis: Option<u64>,
}

impl Failure {
    /// A failure with only a code.
    pub fn new(code: ErrorCode) -> Self {
        Self { problem: Problem::new(code), retry_after_millis: None }
    }
}

/// An envelope or a photo that the server lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing<Id> {
    /// Its name.
    pub id: Id,
    /// Its size.
    pub bytes: u64,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The exchange begins.
    Begin,
    /// A context is stored; these template files (SHA-256, hexadecimal) are not here yet.
    ContextStored {
        /// Files to fetch.
        missing_templates: Vec<String>,
    },
    /// A template file came and is stored, or could not be had.
    TemplateDone {
        /// Why not, if so.
        failure: Option<Failure>,
    },
    /// Envelopes without a receipt, in the order in which they were made.
    Outbox(Vec<Outgoing<EnvelopeId>>),
    /// The server's answer to a push.
    Pushed(Vec<PushOutcome>),
    /// A push did not get its answer.
    PushFailed(Failure),
    /// A page of every feed came and is stored.
    PageStored {
        /// Whether any feed has more.
        more: bool,
        /// Whether it left something that is to go out in this exchange: the server began a new life and may lack it, or
        /// own work was written again.
        written: bool,
        /// Template files that are not here yet: the page brought another context.
        missing_templates: Vec<String>,
    },
    /// Photos without a receipt.
    Photos(Vec<Outgoing<PhotoHash>>),
    /// The server's answer to an offer.
    PhotosOffered {
        /// It wants these.
        missing: Vec<PhotoHash>,
    },
    /// A photo's bytes are verified there and the receipt is stored.
    PhotoSent(PhotoHash),
    /// A photo could not be sent now.
    PhotoFailed(PhotoHash, Failure),
    /// Any other call failed.
    Failed(Failure),
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Get the context and store it, unless this device has one: what changed since comes with the pull, and an exchange
    /// with nothing new is one call → [`Event::ContextStored`] or [`Event::Failed`].
    FetchContext,
    /// Get a template file, check its hash, store it → [`Event::TemplateDone`].
    FetchTemplate(String),
    /// Fold the journal, put what is not yet in an envelope into envelopes, list those without a receipt →
    /// [`Event::Outbox`] or [`Event::Failed`].
    ListOutbox,
    /// Send these envelopes, in this order → [`Event::Pushed`] or [`Event::PushFailed`].
    Push(Vec<EnvelopeId>),
    /// Store these receipts. No event.
    SaveOutcomes(Vec<PushOutcome>),
    /// Pull one page of every feed and store it → [`Event::PageStored`] or [`Event::Failed`].
    Pull,
    /// List photos without a receipt → [`Event::Photos`] or [`Event::Failed`].
    ListPhotos,
    /// Ask which of these the server lacks; store receipts for the others → [`Event::PhotosOffered`] or [`Event::Failed`].
    OfferPhotos(Vec<PhotoHash>),
    /// Send a photo, going on where the last try ended → [`Event::PhotoSent`] or [`Event::PhotoFailed`].
    SendPhoto(PhotoHash),
    /// The exchange is over. Nothing follows.
    Finish(Ending),
}

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// Everything that could be exchanged was; `problem` names the last item that could not.
    Done {
        /// A photo or template that did not go.
        problem: Option<Problem>,
    },
    /// It broke off; what was sent and stored until then stands.
    BrokenOff(Failure),
}

/// Where the exchange is, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Context and templates.
    Context,
    /// Own envelopes.
    Push,
    /// Feeds.
    Pull,
    /// Photos.
    Photos,
}

/// How far the exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, ts_rs::TS)]
pub struct Count {
    /// Items done in this step.
    pub done: u32,
    /// Items in this step; 0 = not known.
    pub total: u32,
    /// Bytes done in this step.
    #[ts(type = "number")]
    pub bytes_done: u64,
    /// Bytes in this step; 0 = not known.
    #[ts(type = "number")]
    pub bytes_total: u64,
}
