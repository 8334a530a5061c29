//! What the server lets a device's holder read, signed, for colleagues who cannot ask it.

use serde::{Deserialize, Serialize};

use crate::author::{AuthorSecret, Signature, verify};
use crate::clock::UtcMillis;
use crate::id::{AuthorKey, PersonId, UnitId};

/// So long a pass holds, in milliseconds: four weeks. It is made anew each week.
pub const PASS_MILLIS: i64 = 4 * WEEK;
const WEEK: i64 = 7 * 24 * 3_600_000;
const TAG: &[u8] = b"ancu-pass-v1";

/// Whose key may read which units' feeds, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// The device's author key.
    pub author: AuthorKey,
    /// Whose it is.
    pub person: PersonId,
    /// The units whose feeds it pulls.
    pub units: Vec<UnitId>,
    /// From when on, by the server's clock.
    pub from: UtcMillis,
    /// Until when.
    pub until: UtcMillis,
}

impl Pass {
    /// The pass of this week: the same all week long, so that it is no news at each exchange.
    pub fn of_week(author: AuthorKey, person: PersonId, units: Vec<UnitId>, now: UtcMillis) -> Self {
        let from = UtcMillis(now.0 - now.0.rem_euclid(WEEK));
        Self { author, person, units, from, until: from.plus_millis(PASS_MILLIS) }
    }

    /// Whether it holds. A clock that is behind, by however much, takes it for what it is: before its time it holds, too.
    pub fn holds_at(&self, now: UtcMillis) -> bool {
        now < self.until
    }
}

/// A [`Pass`] under the server's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPass {
    /// CBOR of the [`Pass`], exactly the bytes that were signed.
    #[serde(with = "serde_bytes")]
    pub pass: Vec<u8>,
    /// The server's signature over `"ancu-pass-v1"` and these bytes.
    pub signature: Signature,
}

impl SignedPass {
    /// Signs a pass with the server's key.
    pub fn issue(pass: &Pass, server: &AuthorSecret) -> Self {
        let mut bytes = Vec::new();
        ciborium::into_writer(pass, &mut bytes).expect("a pass serialises");
        let signature = server.sign(&[TAG, &bytes].concat());
        Self { pass: bytes, signature }
    }

    /// The pass, if it is this server's.
    pub fn verified(&self, server: &AuthorKey) -> Option<Pass> {
        let holds = verify(server, &[TAG, &self.pass].concat(), &self.signature);
        holds.then(|| ciborium::from_reader(&self.pass[..]).ok()).flatten()
    }
}
