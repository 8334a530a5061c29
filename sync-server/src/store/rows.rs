//! What the store holds, as rows: plain data between the services and the back ends; what lists are made of in `lists`.

mod lists;

use ancu_shared::author::AuthorCertificate;
use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{AuthorKey, BundleId, DeviceId, DocumentId, EnvelopeId, PersonId, PhotoHash, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::sync::wire::{Home, Why};

pub use lists::{
    Counts, DwellingRow, FacilityQuery, FacilityRow, FindingQuery, FindingsIn, InspectionQuery, InspectionRow,
    MeasureQuery, MeasuresIn, Slice,
};

/// A person, with or without a login.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// Key.
    pub id: PersonId,
    /// Name, NFC.
    pub name: String,
    /// Login name; household heads have none.
    pub username: Option<String>,
    /// argon2id PHC text.
    pub password_hash: Option<String>,
    /// A household head's premises.
    pub home: Option<Home>,
    /// When the account was made.
    pub created_at: UtcMillis,
    /// When the account was closed.
    pub disabled_at: Option<UtcMillis>,
}

/// A one-time code's state when it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeState {
    /// Never handed out.
    Unknown,
    /// Used before.
    Used,
    /// Past its time.
    Expired,
    /// Good, and used up by this try.
    Granted(PersonId),
}

/// An enrolled device, or the server's own signing place of a browser user.
#[derive(Debug, Clone)]
pub struct DeviceRow {
    /// Key.
    pub id: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// As its owner named it.
    pub name: String,
    /// SHA-256 of its bearer token; `None` for the server's own.
    pub token_hash: Option<[u8; 32]>,
    /// When it was enrolled.
    pub enrolled_at: UtcMillis,
    /// When its access was taken away.
    pub revoked_at: Option<UtcMillis>,
    /// As it last said.
    pub app_version: String,
    /// When it last pushed or pulled.
    pub last_exchange_at: Option<UtcMillis>,
    /// What it said of itself; `None`: nothing yet.
    pub told: Option<ToldRow>,
}

/// What a device last said of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldRow {
    /// When.
    pub at: UtcMillis,
    /// Its clock minus ours.
    pub clock_offset_ms: i64,
    /// Envelopes that it had not sent, less those that came since.
    pub unsent_envelopes: u64,
    /// Photos that it had not sent, less those that came since.
    pub unsent_photos: u64,
    /// When the oldest of these was made.
    pub oldest_unsent: Option<UtcMillis>,
}

/// An author with its certificate.
#[derive(Debug, Clone)]
pub struct AuthorRow {
    /// Public key.
    pub key: AuthorKey,
    /// Whose.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
    /// Under the server's signature.
    pub certificate: AuthorCertificate,
    /// When it was certified.
    pub certified_at: UtcMillis,
    /// Where the server signs for a browser user: its secret seed and present epoch.
    pub held: Option<([u8; 32], u32)>,
}

/// Premises that were handed over.
#[derive(Debug, Clone)]
pub struct HandOverRow {
    /// The premises.
    pub facility: DocumentId,
    /// Where they lay.
    pub from: UnitId,
    /// Where they lie since.
    pub to: UnitId,
    /// Who did it.
    pub person: PersonId,
    /// Why.
    pub reason: String,
    /// When.
    pub at: UtcMillis,
}

/// A template file.
#[derive(Debug, Clone)]
pub struct TemplateRow {
    /// For example `mini_apartment`.
    pub code: String,
    /// For example `draft-1`.
    pub version: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Whether new inspections should use it.
    pub current: bool,
}

/// A template's version that a unit has instead of the current one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRow {
    /// For example `mini_apartment`.
    pub code: String,
    /// For example `2`.
    pub version: String,
    /// The unit; it stands for what lies below it.
    pub unit: UnitId,
}

/// What is known of a record without its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Key.
    pub id: DocumentId,
    /// What it is.
    pub kind: RecordKind,
    /// Where it belongs.
    pub unit: UnitId,
    /// The person whose envelope created it; for household heads' records, the only one who may write and (of households) read.
    pub owner: PersonId,
    /// Review: the record decided on, and its kind.
    pub subject: Option<(DocumentId, RecordKind)>,
    /// Inspection and dwelling: the premises.
    pub facility: Option<DocumentId>,
    /// Inspection: the sealed inspection that it supplements.
    pub supplement_of: Option<DocumentId>,
    /// Whether a seal was admitted.
    pub sealed: bool,
    /// When its first envelope was admitted.
    pub created_at: UtcMillis,
}

/// What archives hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Archived {
    /// Records.
    pub records: u64,
    /// Bytes of their archives.
    pub packed: u64,
    /// Bytes of the envelopes in them.
    pub bytes: u64,
}

/// An admitted envelope.
#[derive(Debug, Clone)]
pub struct EnvelopeRow {
    /// Key.
    pub id: EnvelopeId,
    /// Whose feed.
    pub unit: UnitId,
    /// Of which record.
    pub document: DocumentId,
    /// Who signed.
    pub author: AuthorKey,
    /// Which device carried it.
    pub courier: Option<DeviceId>,
    /// When it came.
    pub received_at: UtcMillis,
    /// The encoding.
    pub body: Vec<u8>,
}

/// An envelope that waits for what it builds on.
#[derive(Debug, Clone)]
pub struct WaitingRow {
    /// Key.
    pub id: EnvelopeId,
    /// Of which record.
    pub document: DocumentId,
    /// Which device carried it.
    pub courier: Option<DeviceId>,
    /// When it came.
    pub received_at: UtcMillis,
    /// The encoding.
    pub body: Vec<u8>,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WaitingLoad {
    /// Envelopes.
    pub envelopes: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A refused envelope. What could not be read of it is `None`.
#[derive(Debug, Clone)]
pub struct QuarantineRow {
    /// Key in the list.
    pub id: i64,
    /// SHA-256 of what came.
    pub envelope: EnvelopeId,
    /// Of which record.
    pub document: Option<DocumentId>,
    /// What it claims to be.
    pub kind: Option<RecordKind>,
    /// Where it claims to belong.
    pub unit: Option<UnitId>,
    /// Who claims to have signed.
    pub author: Option<AuthorKey>,
    /// Which device carried it.
    pub courier: Option<DeviceId>,
    /// Why.
    pub code: ErrorCode,
    /// Why exactly, in English.
    pub reason: String,
    /// The same in Vietnamese, with its closed code; `None` where an older server refused it.
    pub why: Option<Why>,
    /// The record whose arrival or seal may put it in order; it is judged again when something of that arrives.
    pub awaits: Option<DocumentId>,
    /// What the premises were called that it is about; empty where nobody knows.
    pub premises: String,
    /// When it came.
    pub received_at: UtcMillis,
    /// When it was settled: a supervisor let it in, its author's supplement carried it, or it was set aside.
    pub released_at: Option<UtcMillis>,
    /// The supplement that carried it.
    pub carried_by: Option<DocumentId>,
    /// Whether it was set aside, and not let in.
    pub set_aside: bool,
    /// What came; empty where rows are listed or looked up by name.
    pub body: Vec<u8>,
}

/// A refused envelope that nobody settled, in brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldBrief {
    /// Key in the list.
    pub id: i64,
    /// Where it is filed.
    pub unit: Option<UnitId>,
    /// Whether it could be read when it came.
    pub was_read: bool,
}

/// How much is kept of refused envelopes that nobody settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldLoad {
    /// Envelopes.
    pub envelopes: u64,
    /// Bytes kept of them.
    pub bytes: u64,
}

/// The load of quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuarantineLoad {
    /// Of what one device brought.
    pub courier: HeldLoad,
    /// Of everything.
    pub all: HeldLoad,
}

/// A courier's file that was imported.
#[derive(Debug, Clone)]
pub struct BundleRow {
    /// SHA-256 of the file.
    pub id: BundleId,
    /// Whose device made it.
    pub author: AuthorKey,
    /// Which device brought it first; none: an administrator did.
    pub carrier: Option<DeviceId>,
    /// When.
    pub imported_at: UtcMillis,
    /// Its size.
    pub bytes: u64,
    /// CBOR of what became of it.
    pub receipt: Vec<u8>,
}

/// What an upload is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadKind {
    /// A photo.
    Photo,
    /// A courier's file.
    Bundle,
}

impl UploadKind {
    /// Its name in the store and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Bundle => "courier",
        }
    }

    /// The kind of a name.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Photo, Self::Bundle].into_iter().find(|kind| kind.code() == code)
    }
}

/// An upload: unfinished, or finished and remembered until it expires.
#[derive(Debug, Clone)]
pub struct UploadRow {
    /// Name in its URL.
    pub id: String,
    /// What it is of.
    pub kind: UploadKind,
    /// What its bytes must hash to.
    pub hash: PhotoHash,
    /// Bytes in all.
    pub length: u64,
    /// Who sends it.
    pub device: DeviceId,
    /// When it began.
    pub created_at: UtcMillis,
    /// When it is forgotten, finished or not.
    pub expires_at: UtcMillis,
    /// When its bytes were verified and kept.
    pub finished_at: Option<UtcMillis>,
}

/// An action to be recorded.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    /// Whose chain; `None` for what belongs to no unit.
    pub unit: Option<UnitId>,
    /// Who did it; `None` = the server's own command line.
    pub person: Option<PersonId>,
    /// With which device.
    pub device: Option<DeviceId>,
    /// For example `envelope.admitted`.
    pub action: &'static str,
    /// What it was done to.
    pub subject: String,
    /// More.
    pub details: serde_json::Value,
}

/// A recorded action.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Order over all chains.
    pub id: i64,
    /// Whose chain; the nil id for what belongs to no unit.
    pub unit: UnitId,
    /// Place in its chain, from 1.
    pub number: i64,
    /// When.
    pub at: UtcMillis,
    /// Who.
    pub person: Option<PersonId>,
    /// With which device.
    pub device: Option<DeviceId>,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// More, as JSON text.
    pub details: String,
    /// Hash of the row before in its chain; zeros for the first.
    pub previous: [u8; 32],
    /// SHA-256 over the previous hash and this row.
    pub hash: [u8; 32],
}
