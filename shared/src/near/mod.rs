//! Two devices of one server that meet over a local network, without the server: who may read what, the messages, the order.
//!
//! Invariants: whoever is met proves the key that the connection is made with, a certificate of the same server for it, and a
//! [`Pass`] that the server signed; nothing is named or sent but of units that both passes name; what goes over are ordinary
//! envelopes, which count as sent only by the server's own word. No clock, socket, file or random source.
//!
//! The order: both say [`Hello`]; then they take turns ([`Turn`]), the caller first, until both had nothing more to say. Each
//! message is a frame: its length (u32, big-endian, at most [`MAX_FRAME_BYTES`]) and its CBOR.

mod link;
mod pass;

pub use link::{MAX_ADDRESSES, NearLink, is_local};
pub use pass::{PASS_MILLIS, Pass, SignedPass};

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::author::{AuthorCertificate, AuthorIdentity};
use crate::clock::UtcMillis;
use crate::error::ErrorCode;
use crate::id::{AuthorKey, ChangeHash, DocumentId, EnvelopeId, UnitId};
use crate::sync::wire;

/// The longest message, in bytes.
pub const MAX_FRAME_BYTES: usize = 8 * 1024 * 1024;
/// The longest first message: nobody is known yet.
pub const MAX_HELLO_BYTES: usize = 64 * 1024;
/// Envelopes that are named, or brought, in one turn.
pub const MAX_IN_TURN: usize = 4_096;
/// About so many bytes of envelopes a turn brings; one envelope always.
pub const TURN_BYTES: usize = 1024 * 1024;
/// Turns of a meeting, of both together.
pub const MAX_TURNS: u32 = 512;
/// What the messages are of.
pub const VERSION: u32 = 1;

/// Who calls, or answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`].
    pub v: u32,
    /// The server's certificate of the key that the connection is made with.
    pub certificate: AuthorCertificate,
    /// What the server lets its holder read.
    pub pass: SignedPass,
}

/// What one says in a turn.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Turn {
    /// Envelopes that the server may lack and that are here, each once in a meeting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<EnvelopeId>,
    /// Envelopes that the other offered and that are not here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wants: Vec<EnvelopeId>,
    /// Changes that brought envelopes build on and that are not here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<Lack>,
    /// Envelopes that the other wanted, or whose changes it lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub envelopes: Vec<ByteBuf>,
    /// The certificates of their authors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<AuthorCertificate>,
    /// Whether more of what was asked for is to come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

impl Turn {
    /// Whether nothing is said: when both say nothing, the meeting is over.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Changes of a record that are not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lack {
    /// The record.
    pub document: DocumentId,
    /// The changes.
    pub changes: Vec<ChangeHash>,
}

/// Whoever was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Who, and on which device.
    pub identity: AuthorIdentity,
    /// The units that both may read.
    pub units: BTreeSet<UnitId>,
}

/// Checks whoever is met: `key` is the one that the connection proved, `mine` one's own pass, `now` the server's time as well as
/// it is known.
pub fn check(
    hello: &Hello,
    server: &AuthorKey,
    key: &AuthorKey,
    mine: &Pass,
    now: UtcMillis,
) -> Result<Colleague, ErrorCode> {
    if hello.v != VERSION {
        return Err(ErrorCode::NearNewer);
    }
    let identity = hello.certificate.verified(server).ok_or(ErrorCode::NearForeign)?;
    let pass = hello.pass.verified(server).ok_or(ErrorCode::NearForeign)?;
    if identity.key != *key || pass.author != *key || identity.held_by_server {
        return Err(ErrorCode::NearForeign);
    }
    for pass in [mine, &pass] {
        if !pass.holds_at(now) {
            return Err(ErrorCode::NearPassExpired);
        }
    }
    let units: BTreeSet<_> = mine.units.iter().filter(|unit| pass.units.contains(unit)).copied().collect();
    if units.is_empty() { Err(ErrorCode::NearNothingShared) } else { Ok(Colleague { identity, units }) }
}

/// Takes turns: what is to be said next, and whether it is over. What is in the store is asked of the driver.
#[derive(Debug)]
pub struct Turns {
    offers: VecDeque<EnvelopeId>,
    /// Asked for by the other and not sent yet.
    due: VecDeque<EnvelopeId>,
    /// Everything that was asked for: nothing is sent twice.
    asked: BTreeSet<EnvelopeId>,
    wants: Vec<EnvelopeId>,
    lacks: Vec<Lack>,
    /// Changes that were asked for: what the other does not have either is not asked for again.
    missed: BTreeSet<ChangeHash>,
    said_nothing: bool,
    count: u32,
}

/// What becomes of the meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is one's turn: say this.
    Say(Turn),
    /// It is over: nothing more is said.
    Over,
}

impl Turns {
    /// The turns of one side, which has these to offer.
    pub fn new(offers: Vec<EnvelopeId>) -> Self {
        Self {
            offers: offers.into(),
            due: VecDeque::new(),
            asked: BTreeSet::new(),
            wants: Vec::new(),
            lacks: Vec::new(),
            missed: BTreeSet::new(),
            said_nothing: false,
            count: 0,
        }
    }

    /// The other said this; its envelopes were taken in. `known`: whether an envelope is here; `holding`: the envelopes that hold
    /// changes; `lacks`: what is not here of what the brought ones build on.
    pub fn heard(
        &mut self,
        turn: &Turn,
        known: impl Fn(&EnvelopeId) -> bool,
        holding: impl Fn(&Lack) -> Vec<EnvelopeId>,
        lacks: Vec<Lack>,
    ) -> Result<(), ErrorCode> {
        self.count += 1;
        let named = turn.lacks.iter().map(|lack| lack.changes.len()).sum::<usize>();
        let many =
            [turn.offers.len(), turn.wants.len(), turn.lacks.len(), named, turn.envelopes.len(), turn.authors.len()];
        if self.count > MAX_TURNS || many.into_iter().any(|many| many > MAX_IN_TURN) {
            return Err(ErrorCode::TooLarge);
        }
        self.wants.extend(turn.offers.iter().filter(|id| !known(id)));
        for Lack { document, mut changes } in lacks {
            changes.retain(|change| self.missed.insert(*change));
            if !changes.is_empty() {
                self.lacks.push(Lack { document, changes });
            }
        }
        let held = turn.lacks.iter().flat_map(holding);
        for id in turn.wants.iter().copied().chain(held) {
            if self.asked.insert(id) {
                self.due.push_back(id);
            }
        }
        Ok(())
    }

    /// What to say. `parcel` gives an envelope and its author's certificate, if it may be sent. After silence on both sides it is
    /// over; `other_silent`: whether the other said nothing last.
    pub fn next(
        &mut self,
        other_silent: bool,
        mut parcel: impl FnMut(&EnvelopeId) -> Option<(Vec<u8>, Option<AuthorCertificate>)>,
    ) -> Next {
        if other_silent && self.said_nothing {
            return Next::Over;
        }
        let offers = self.offers.drain(..self.offers.len().min(MAX_IN_TURN)).collect();
        let wants = self.wants.drain(..self.wants.len().min(MAX_IN_TURN)).collect();
        let mut turn = Turn { offers, wants, lacks: std::mem::take(&mut self.lacks), ..Turn::default() };
        let mut size = 0;
        while size < TURN_BYTES
            && turn.envelopes.len() < MAX_IN_TURN
            && let Some(id) = self.due.pop_front()
        {
            let Some((bytes, author)) = parcel(&id) else { continue };
            size += bytes.len();
            turn.envelopes.push(ByteBuf::from(bytes));
            turn.authors.extend(author.filter(|author| !turn.authors.contains(author)));
        }
        turn.more = !(self.offers.is_empty() && self.wants.is_empty() && self.due.is_empty());
        self.said_nothing = turn.is_empty();
        Next::Say(turn)
    }
}

/// Reads a message of at most so many bytes.
pub fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8], most: usize) -> Result<T, ErrorCode> {
    if bytes.len() > most {
        return Err(ErrorCode::TooLarge);
    }
    wire::decode(bytes).map_err(|_| ErrorCode::NearUnreadable)
}

#[cfg(test)]
mod tests;
