//! Single values of the store: who this device is, the server's context, marks of the exchange.

use ancu_shared::author::{AuthorCertificate, AuthorIdentity, AuthorSecret};
use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{ActorId, AuthorKey, BundleId, UnitId};
use ancu_shared::role::Role;
use ancu_shared::sync::mark::{self, StoreMark};
use ancu_shared::sync::wire::Context;
use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::fault::{Fault, Outcome};

/// Who this device is, as enrolment made it. Never leaves the encrypted store.
#[derive(Clone, Serialize, Deserialize, ZeroizeOnDrop)]
pub struct Identity {
    /// Seed of the author's secret key.
    pub seed: [u8; 32],
    /// The author's epoch; rises when a store was restored or cloned.
    #[zeroize(skip)]
    pub epoch: u32,
    /// Bearer token.
    pub token: String,
    /// `https://host[:port]`
    pub server: String,
    /// SHA-256 of the server's CA certificate.
    pub fingerprint: [u8; 32],
    /// The server's certifying key.
    #[zeroize(skip)]
    pub certifier: AuthorKey,
    /// The author's certificate.
    #[zeroize(skip)]
    pub certificate: AuthorCertificate,
    /// The device's name.
    pub device_name: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({} at {})", self.device_name, self.server)
    }
}

impl Identity {
    /// The author's secret.
    pub fn secret(&self) -> AuthorSecret {
        AuthorSecret::from_seed(&self.seed)
    }

    /// The Automerge actor of this author and epoch.
    pub fn actor(&self) -> ActorId {
        ActorId::derive(&self.secret().public(), self.epoch)
    }

    /// The certified identity.
    pub fn certified(&self) -> Outcome<AuthorIdentity> {
        self.certificate
            .verified(&self.certifier)
            .ok_or_else(|| Fault::Broken("the own certificate does not hold".into()))
    }
}

/// Marks of the exchange.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Marks {
    /// When the last exchange ended well, by this device's clock.
    pub last_exchange_at: Option<UtcMillis>,
    /// The server's clock minus this device's, at the last answer.
    pub clock_offset_millis: Option<i64>,
    /// Whether the server took the device's access away.
    pub revoked: bool,
    /// Whether the server did not know the device at the last exchange: a backup from before its enrolment was restored.
    #[serde(default)]
    pub unknown: bool,
    /// The life of the server's store that all receipts are of: the epoch of its cursors.
    #[serde(default)]
    pub life: Option<String>,
    /// Points of the server's history that the receipts here stand on, the last exchange's first: told in the next one, so that a
    /// server that was put back from an older copy notices.
    #[serde(default)]
    pub held: Vec<StoreMark>,
    /// Units whose feeds were read to their end once. `None`: in a store that an older version made, or before the first.
    #[serde(default)]
    pub loaded: Option<Vec<UnitId>>,
    /// When it was last looked for what rests, by this device's clock.
    #[serde(default)]
    pub put_away_at: Option<UtcMillis>,
    /// What was saved out of a damaged store, where this one replaced one.
    #[serde(default)]
    pub salvaged: Option<super::salvage::Salvaged>,
}

impl Marks {
    /// Whether something of this scope was never read to its end: what is listed is not all there is.
    pub fn is_loading(&self, scope: &[UnitId]) -> bool {
        match &self.loaded {
            Some(loaded) => scope.iter().any(|unit| !loaded.contains(unit)),
            None => self.last_exchange_at.is_none(),
        }
    }
}

/// Stores the identity.
pub fn save_identity(connection: &Connection, identity: &Identity) -> Outcome<()> {
    save(connection, "identity", identity)
}

/// The identity; `None` in a store whose enrolment did not come about.
pub fn identity(connection: &Connection) -> Outcome<Option<Identity>> {
    load(connection, "identity")
}

/// Stores the context.
pub fn save_context(connection: &Connection, context: &Context) -> Outcome<()> {
    save(connection, "context", context)
}

/// The server's last context.
pub fn context(connection: &Connection) -> Outcome<Option<Context>> {
    load(connection, "context")
}

/// Stores the marks.
pub fn save_marks(connection: &Connection, marks: &Marks) -> Outcome<()> {
    save(connection, "marks", marks)
}

impl Marks {
    /// Why the server takes nothing from this device, as it said last.
    pub fn turned_away(&self) -> Option<ErrorCode> {
        let revoked = self.revoked.then_some(ErrorCode::DeviceRevoked);
        revoked.or_else(|| self.unknown.then_some(ErrorCode::DeviceUnknown))
    }
}

/// The marks of the exchange.
pub fn marks(connection: &Connection) -> Outcome<Marks> {
    Ok(load(connection, "marks")?.unwrap_or_default())
}

/// How many of its own files a device knows again.
const MAX_EXPORTS: usize = 200;

/// The files that were exported here, the latest last.
pub fn exports(connection: &Connection) -> Outcome<Vec<BundleId>> {
    Ok(load(connection, "exports")?.unwrap_or_default())
}

/// Notes a file that was exported here.
pub fn note_export(connection: &Connection, bundle: BundleId) -> Outcome<()> {
    let mut known = exports(connection)?;
    known.push(bundle);
    known.drain(..known.len().saturating_sub(MAX_EXPORTS));
    save(connection, "exports", &known)
}

/// Keeps the mark that a receipt came with.
pub fn hold_mark(connection: &Connection, mark: Option<StoreMark>) -> Outcome<()> {
    let Some(mark) = mark else { return Ok(()) };
    let mut marks = marks(connection)?;
    mark::hold(&mut marks.held, mark);
    save_marks(connection, &marks)
}

/// Keeps the mark of an answer to a request that told marks, in their place.
pub fn stand_on(connection: &Connection, told: &[StoreMark], mark: Option<StoreMark>) -> Outcome<()> {
    if mark.is_none() {
        return Ok(());
    }
    let mut marks = marks(connection)?;
    mark::stand_on(&mut marks.held, told, mark);
    save_marks(connection, &marks)
}

fn save<T: Serialize>(connection: &Connection, name: &str, value: &T) -> Outcome<()> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).map_err(|error| Fault::Broken(error.to_string()))?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO profile (name, value) VALUES (?1, ?2)")?
        .execute((name, &bytes))?;
    bytes.zeroize();
    Ok(())
}

fn load<T: DeserializeOwned>(connection: &Connection, name: &str) -> Outcome<Option<T>> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached("SELECT value FROM profile WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    bytes
        .map(|bytes| ciborium::from_reader(&bytes[..]).map_err(|_| ancu_shared::error::ErrorCode::StoreDamaged.into()))
        .transpose()
}

/// The role and unit that a person mainly acts in on a day: the post for field work if there is one.
pub fn main_post(context: &Context, day: jiff::civil::Date) -> Option<(Role, UnitId)> {
    let held = || context.posts.iter().filter(|post| post.holds_on(day));
    held()
        .find(|post| post.role.may_write(ancu_shared::record::RecordKind::Inspection))
        .or_else(|| held().next())
        .map(|post| (post.role, post.unit))
}
