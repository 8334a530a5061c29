//! The store's contract: what every back end must do, as small traits over one transaction.
//!
//! Invariants: a [`Transaction`] sees its own writes and nothing of others' unfinished ones; what one job wrote is durable
//! when its result is handed out, or not there at all; look-ups give `Option`; no method decides who may do something.

use std::collections::BTreeMap;

use ancu_shared::archive::ChangeEntry;
use ancu_shared::clock::withdrawn::WithdrawnSpan;
use ancu_shared::clock::{ClockSpan, UtcMillis};
use ancu_shared::document::guard::{CheckedChange, Operation};
use ancu_shared::document::position::LastChange;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{
    ActorId, AuthorKey, BundleId, ChangeHash, DeviceId, DocumentId, EnvelopeId, PersonId, PhotoHash, UnitId,
};
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::{Cell, OperationId};
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::DeviceReport;
use ancu_shared::unit::{Coverage, Succession, Unit, UnitDirectory};
use ancu_shared::view::build::Visits;
use ancu_shared::view::{FindingSummary, InspectionSummary, MeasureSummary};
use jiff::civil::Date;

use super::StoreError;
use super::rows::{
    Archived, AuditEntry, AuditRow, AuthorRow, BundleRow, CodeState, Counts, DeviceRow, DocumentRow, DwellingRow,
    EnvelopeRow, FacilityQuery, FacilityRow, FindingQuery, HandOverRow, HeldBrief, HeldLoad, InspectionQuery,
    InspectionRow, MeasureQuery, PersonRow, QuarantineLoad, QuarantineRow, ReleaseRow, Slice, TemplateRow, UploadRow,
    WaitingLoad, WaitingRow,
};

type Result<T> = std::result::Result<T, StoreError>;

/// A unit of work.
pub trait Transaction:
    Reference
    + Accounts
    + Devices
    + Records
    + Archives
    + HandOvers
    + Held
    + Photos
    + Bundles
    + Projections
    + Findings
    + Measures
    + Ledger
{
}

/// Settings, units and templates.
pub trait Reference {
    /// A setting.
    fn setting(&self, key: &str) -> Result<Option<Vec<u8>>>;
    /// Sets it.
    fn put_setting(&self, key: &str, value: &[u8]) -> Result<()>;
    /// All units with dates, successions and coverages.
    fn directory(&self) -> Result<UnitDirectory>;
    /// Inserts or replaces units.
    fn put_units(&self, units: &[Unit]) -> Result<()>;
    /// Inserts or replaces edges of the succession.
    fn put_successions(&self, edges: &[Succession]) -> Result<()>;
    /// Inserts or replaces what area teams answer for.
    fn put_coverages(&self, coverages: &[Coverage]) -> Result<()>;
    /// All templates, without their bodies.
    fn templates(&self) -> Result<Vec<TemplateRow>>;
    /// A template's file.
    fn template_body(&self, code: &str, version: &str) -> Result<Option<Vec<u8>>>;
    /// Inserts a template; where it is current, others of its code no longer are. `false` if that version is there already.
    fn put_template(&self, template: &TemplateRow, body: &[u8], at: UtcMillis) -> Result<bool>;
    /// Makes a version the one for new inspections everywhere: no unit has another one any more.
    fn release_template(&self, code: &str, version: &str) -> Result<()>;
    /// Makes a version the one for new inspections of a unit and what lies below it.
    fn release_template_to(&self, release: &ReleaseRow, at: UtcMillis) -> Result<()>;
    /// The units that have a version of their own.
    fn template_releases(&self) -> Result<Vec<ReleaseRow>>;
}

/// People, logins, posts, sessions, codes.
pub trait Accounts {
    /// A person.
    fn person(&self, id: PersonId) -> Result<Option<PersonRow>>;
    /// The person of a login name.
    fn person_by_username(&self, username: &str) -> Result<Option<PersonRow>>;
    /// People with a login, by name, and how many there are.
    fn accounts(&self, slice: Slice) -> Result<(Vec<PersonRow>, u64)>;
    /// Household heads, the first enrolled first: of a premises, or all.
    fn household_heads(&self, facility: Option<DocumentId>) -> Result<Vec<PersonRow>>;
    /// Inserts or replaces a person.
    fn put_person(&self, person: &PersonRow) -> Result<()>;
    /// A person's posts, past and present.
    fn posts(&self, person: PersonId) -> Result<Vec<Post>>;
    /// The posts of one role of people whose account is open, past and present.
    fn posts_of(&self, role: Role) -> Result<Vec<Post>>;
    /// Adds a post.
    fn add_post(&self, person: PersonId, post: &Post) -> Result<()>;
    /// Opens a session.
    fn put_session(&self, token_hash: &[u8; 32], person: PersonId, now: UtcMillis, expires: UtcMillis) -> Result<()>;
    /// Whose session it is, if it has not expired.
    fn session(&self, token_hash: &[u8; 32], now: UtcMillis) -> Result<Option<PersonId>>;
    /// Closes a session, and all that have expired.
    fn end_session(&self, token_hash: &[u8; 32], now: UtcMillis) -> Result<()>;
    /// Keeps a one-time code's hash.
    fn put_code(&self, code_hash: &[u8; 32], person: PersonId, now: UtcMillis, expires: UtcMillis) -> Result<()>;
    /// Tries a code; a good one is used up by this author.
    fn take_code(&self, code_hash: &[u8; 32], author: &AuthorKey, now: UtcMillis) -> Result<CodeState>;
    /// The author that used a code up.
    fn code_used_by(&self, code_hash: &[u8; 32]) -> Result<Option<AuthorKey>>;
    /// Uses up an invitation's nonce; `false` if it was used before.
    fn take_invitation(
        &self,
        nonce: &[u8; 16],
        author: AuthorKey,
        facility: DocumentId,
        person: PersonId,
        now: UtcMillis,
    ) -> Result<bool>;
    /// The person that came into being by an invitation.
    fn invited_person(&self, nonce: &[u8; 16]) -> Result<Option<PersonId>>;
    /// Closes all sessions of a person.
    fn end_sessions_of(&self, person: PersonId) -> Result<()>;
    /// Ends the posts of a person that are held on a day (of one role and unit, where these are given); how many.
    fn end_posts(&self, person: PersonId, only: Option<(Role, UnitId)>, day: Date) -> Result<usize>;
}

/// Devices and authors.
pub trait Devices {
    /// Inserts a device.
    fn add_device(&self, device: &DeviceRow) -> Result<()>;
    /// The device of a token.
    fn device_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<DeviceRow>>;
    /// A device.
    fn device(&self, id: DeviceId) -> Result<Option<DeviceRow>>;
    /// Enrolled devices (the server's own left out), the one longest unheard of last.
    fn devices(&self) -> Result<Vec<DeviceRow>>;
    /// A person's devices, as [`Self::devices`].
    fn devices_of(&self, person: PersonId) -> Result<Vec<DeviceRow>>;
    /// Gives a device another token.
    fn renew_token(&self, id: DeviceId, token_hash: &[u8; 32]) -> Result<()>;
    /// Takes a device's access away; `false` if there is none such or it was revoked before.
    fn revoke_device(&self, id: DeviceId, at: UtcMillis) -> Result<bool>;
    /// Notes an exchange and, where it did, what the device told of itself.
    fn note_exchange(&self, id: DeviceId, report: Option<&DeviceReport>, at: UtcMillis) -> Result<()>;
    /// Notes how far a device's clock is from ours (its own minus ours): into its last span, or as a new one.
    fn note_clock(&self, id: DeviceId, offset_ms: i64, at: UtcMillis) -> Result<()>;
    /// What was noted of a device's clock, oldest first; only the newest, at most so many.
    fn clock_spans(&self, id: DeviceId, limit: usize) -> Result<Vec<ClockSpan>>;
    /// Takes back what was noted of clocks at times that are still to come, and what was noted of others beside it with the same
    /// difference: our own clock was wrong then. How many spans of devices stopped counting.
    fn withdraw_clocks(&self, now: UtcMillis) -> Result<usize>;
    /// What was taken back, the newest first, at most so many; of one device, where one is given.
    fn withdrawn_clocks(&self, device: Option<DeviceId>, limit: usize) -> Result<Vec<WithdrawnSpan>>;
    /// Notes that a photo of a device arrived: one less that it has not sent.
    fn note_photo(&self, id: DeviceId) -> Result<()>;
    /// Inserts an author.
    fn add_author(&self, author: &AuthorRow) -> Result<()>;
    /// An author.
    fn author(&self, key: &AuthorKey) -> Result<Option<AuthorRow>>;
    /// The key of a device's author.
    fn author_of_device(&self, device: DeviceId) -> Result<Option<AuthorKey>>;
    /// The author that the server holds for a person.
    fn held_author(&self, person: PersonId) -> Result<Option<AuthorRow>>;
    /// Gives all held authors new epochs: a backup was taken into use.
    fn renew_held_epochs(&self, epoch: &mut dyn FnMut() -> u32) -> Result<()>;
    /// Notes which author an actor is.
    fn put_actor(&self, actor: ActorId, author: &AuthorKey) -> Result<()>;
    /// The author of an actor.
    fn author_of_actor(&self, actor: &ActorId) -> Result<Option<AuthorRow>>;
}

/// The log of envelopes and its index.
pub trait Records {
    /// A record.
    fn document(&self, id: DocumentId) -> Result<Option<DocumentRow>>;
    /// Inserts or replaces a record's row.
    fn put_document(&self, document: &DocumentRow) -> Result<()>;
    /// Records of a kind that name these premises.
    fn documents_of_facility(&self, facility: DocumentId) -> Result<Vec<DocumentRow>>;
    /// The supplements of an inspection, oldest first.
    fn supplements_of(&self, original: DocumentId) -> Result<Vec<DocumentId>>;
    /// Records of a kind that a person created, oldest first, no more than so many.
    fn documents_of_owner(&self, owner: PersonId, kind: RecordKind, limit: u64) -> Result<Vec<DocumentRow>>;
    /// The record of a kind that a person created first.
    fn first_of_owner(&self, owner: PersonId, kind: RecordKind) -> Result<Option<DocumentId>>;
    /// Whether an envelope was admitted.
    fn has_envelope(&self, id: &EnvelopeId) -> Result<bool>;
    /// Of which record an admitted envelope is, and who signed it.
    fn envelope_origin(&self, id: &EnvelopeId) -> Result<Option<(DocumentId, AuthorKey)>>;
    /// Appends to the unit's feed with the next number of its counter row, which is given back.
    fn append_envelope(&self, envelope: &EnvelopeRow) -> Result<u64>;
    /// Takes an admitted envelope of a record and its changes out of feed and log again; the live puts are left to the caller.
    /// Its number is not given again.
    fn withdraw_envelope(&self, document: DocumentId, id: &EnvelopeId) -> Result<EnvelopeRow>;
    /// The last number given in a unit's feed.
    fn feed_end(&self, unit: UnitId) -> Result<u64>;
    /// Envelopes of a feed after a number, oldest first, of at most about so many bytes (at least one): number, author, body.
    /// With an owner, only those of the owner's records and of reviews of these. With a device, those that it made and brought
    /// itself have their id in the body's place.
    fn feed(
        &self,
        unit: UnitId,
        after: u64,
        owner: Option<PersonId>,
        by_name: Option<DeviceId>,
        bytes: usize,
    ) -> Result<Vec<(u64, AuthorKey, Vec<u8>)>>;
    /// Bodies of a record's envelopes, in the order of admission.
    fn envelopes_of(&self, document: DocumentId) -> Result<Vec<Vec<u8>>>;
    /// The greatest operation counter of a known change.
    fn change(&self, document: DocumentId, hash: &ChangeHash) -> Result<Option<u64>>;
    /// Inserts changes.
    fn add_changes(&self, document: DocumentId, envelope: &EnvelopeId, changes: &[CheckedChange]) -> Result<()>;
    /// Whether a record holds changes of another actor than this.
    fn changed_by_others(&self, document: DocumentId, actor: &ActorId) -> Result<bool>;
    /// The last change of an actor in a record.
    fn last_change(&self, document: DocumentId, actor: &ActorId) -> Result<Option<LastChange>>;
    /// The key of a live put.
    fn live_key(&self, document: DocumentId, put: &OperationId) -> Result<Option<String>>;
    /// Whether this put of this key is live.
    fn is_live(&self, document: DocumentId, key: &str, put: &OperationId) -> Result<bool>;
    /// The envelope that holds the actor's change in which this operation is.
    fn envelope_with(&self, document: DocumentId, operation: &OperationId) -> Result<Option<Vec<u8>>>;
    /// All live puts of a record, by key.
    fn cells(&self, document: DocumentId) -> Result<Vec<Cell>>;
    /// The live puts of a record at one key.
    fn cells_at(&self, document: DocumentId, key: &str) -> Result<Vec<Cell>>;
    /// The live puts of a record at one item: its answer, its finding, its photos.
    fn item_cells(&self, document: DocumentId, item: &str) -> Result<Vec<Cell>>;
    /// Applies one operation to the live puts of its key, as `ancu_shared::document::cells::apply_operation` does: it takes
    /// away the puts that it replaces and adds its own.
    fn apply_operation(&self, document: DocumentId, operation: &Operation, at: UtcMillis) -> Result<()>;
    /// Writes the live cells of a record that has none, the value of each as `Scalar::to_json` writes it.
    fn put_cells(&self, document: DocumentId, cells: &[Cell], values: &[String]) -> Result<()>;
    /// Removes all live puts of a record, to be written anew.
    fn remove_cells(&self, document: DocumentId) -> Result<()>;
    /// Keys with more than one live put in records of these units.
    fn clashes(&self, units: &[UnitId], slice: Slice) -> Result<(Vec<(DocumentId, String)>, u64)>;
}

/// Records that rest: their envelopes in one archive.
///
/// A folded record reads like any other by [`Records`], and in feeds. Appending to it or withdrawing from it unfolds it first.
pub trait Archives {
    /// Of the next so many records after an id, those that are neither folded nor unfoldable, of which nothing was admitted from an
    /// instant on, in which nothing clashes, and whose envelopes have no more bytes than an archive holds; and the last record that was
    /// looked at, if any.
    fn resting(&self, after: DocumentId, from: UtcMillis, look: u64) -> Result<(Vec<DocumentId>, Option<DocumentId>)>;
    /// The index of a record's changes, in no order.
    fn change_entries(&self, document: DocumentId) -> Result<Vec<ChangeEntry>>;
    /// Lets an archive take the place of exactly these envelopes, all that the record has, and of its index. `false`: the record has
    /// others by now, and nothing is done.
    fn fold(&self, document: DocumentId, packed: &[u8], envelopes: &[EnvelopeId], at: UtcMillis) -> Result<bool>;
    /// Gives a record its envelopes and its index back, if it is folded.
    fn unfold(&self, document: DocumentId) -> Result<()>;
    /// Notes why a record is not folded.
    fn put_unfoldable(&self, document: DocumentId, reason: &str, at: UtcMillis) -> Result<()>;
    /// Records that are not folded and why, in the order of ids.
    fn unfoldable(&self) -> Result<Vec<(DocumentId, String)>>;
    /// Forgets why records are not folded, so that it is tried again.
    fn forget_unfoldable(&self) -> Result<()>;
    /// How much is folded.
    fn archived(&self) -> Result<Archived>;
}

/// Records that lie in another unit than they did.
pub trait HandOvers {
    /// Premises of a unit and all that belongs to them there: visits and their supplements, what is followed and decided, homes and
    /// who lives in them.
    fn belongings(&self, facility: DocumentId) -> Result<Vec<DocumentId>>;
    /// Lets a record lie in another unit: its envelopes leave the feed for the other one, in which they keep their order, and both
    /// feeds tell of it, the other one before them. What is held of it goes with it.
    fn move_document(&self, document: DocumentId, to: UnitId) -> Result<()>;
    /// A feed tells, once, that a record lies in another unit.
    fn note_move(&self, unit: UnitId, document: DocumentId, now: UnitId) -> Result<()>;
    /// The records that a feed tells of after a number, oldest first, at most so many: number, record, where it lies now. With an
    /// owner, only the owner's.
    fn moves(
        &self,
        unit: UnitId,
        after: u64,
        owner: Option<PersonId>,
        limit: u64,
    ) -> Result<Vec<(u64, DocumentId, UnitId)>>;
    /// Whether a record, or what it belongs to, was moved to a unit, or lay there before it was moved: who is in that unit may have
    /// begun the same visit there.
    fn was_in(&self, document: DocumentId, unit: UnitId) -> Result<bool>;
    /// The household heads of premises live in another unit now.
    fn move_heads(&self, facility: DocumentId, from: UnitId, to: UnitId) -> Result<()>;
    /// Notes that premises were handed over.
    fn put_hand_over(&self, row: &HandOverRow) -> Result<()>;
    /// When premises were handed over, newest first.
    fn hand_overs(&self, facility: DocumentId) -> Result<Vec<HandOverRow>>;
}

/// Envelopes that are not admitted: they wait for others, or are in quarantine.
pub trait Held {
    /// Keeps an envelope that waits for these changes; one that is there already waits for these from now on.
    fn put_waiting(&self, waiting: &WaitingRow, missing: &[ChangeHash]) -> Result<()>;
    /// An envelope that waits.
    fn waiting(&self, id: &EnvelopeId) -> Result<Option<WaitingRow>>;
    /// What waits in a record.
    fn waiting_in(&self, document: DocumentId) -> Result<WaitingLoad>;
    /// What waits of what a device brought.
    fn waiting_from(&self, courier: DeviceId) -> Result<WaitingLoad>;
    /// Whether anything waits for changes of any record.
    fn is_anything_waiting(&self) -> Result<bool>;
    /// Whether something waits for a change of this record.
    fn is_awaited(&self, document: DocumentId) -> Result<bool>;
    /// Notes that a change of a record arrived. Returns the envelopes that wait for nothing more, oldest first.
    fn arrived(&self, document: DocumentId, change: &ChangeHash) -> Result<Vec<EnvelopeId>>;
    /// Ends a wait.
    fn remove_waiting(&self, id: &EnvelopeId) -> Result<()>;
    /// Keeps a refused envelope; one that is there already is left as it is, but for one that was set aside: it is held anew.
    fn put_quarantine(&self, row: &QuarantineRow) -> Result<()>;
    /// A refused envelope with what came.
    fn quarantined(&self, id: i64) -> Result<Option<QuarantineRow>>;
    /// A refused envelope that was not released, by its name; without what came.
    fn quarantined_as(&self, envelope: &EnvelopeId) -> Result<Option<QuarantineRow>>;
    /// Whether anything that is held awaits a record.
    fn is_quarantine_awaiting(&self) -> Result<bool>;
    /// What is held until something of a record arrives, with what came, oldest first; at most so many.
    fn quarantine_awaiting(&self, record: DocumentId, limit: u64) -> Result<Vec<QuarantineRow>>;
    /// What is held already is held for another reason now: its code, its words and what it awaits are replaced.
    fn hold_otherwise(&self, row: &QuarantineRow) -> Result<()>;
    /// Whether a supervisor released this envelope.
    fn was_released(&self, envelope: &EnvelopeId) -> Result<bool>;
    /// Refused envelopes without what came, open ones first, newest first; `units`: those that claim these units, `None` = all;
    /// `courier`: those that this device brought.
    fn quarantine(
        &self,
        units: Option<&[UnitId]>,
        courier: Option<DeviceId>,
        slice: Slice,
    ) -> Result<(Vec<QuarantineRow>, u64)>;
    /// What was refused with a code, is not settled and bears a time that lies so many milliseconds or more before something that was
    /// recorded earlier: its id, and the latest time that was recorded before it, oldest first. Times after `now` count for nothing.
    fn quarantined_early(&self, code: ErrorCode, by: i64, now: UtcMillis) -> Result<Vec<(i64, UtcMillis)>>;
    /// What was refused of a record and is not settled, with what came, oldest first; at most so many.
    fn quarantine_of(&self, document: DocumentId, limit: u64) -> Result<Vec<QuarantineRow>>;
    /// What a device brought that nobody settled, oldest first.
    fn quarantined_from(&self, courier: DeviceId) -> Result<Vec<HeldBrief>>;
    /// How much nobody settled of what each device brought that brought any.
    fn quarantine_loads(&self) -> Result<BTreeMap<DeviceId, HeldLoad>>;
    /// What is kept of refused envelopes that nobody settled: of what a device brought (of the server's own, without one), and
    /// in all.
    fn quarantine_load(&self, courier: Option<DeviceId>) -> Result<QuarantineLoad>;
    /// Lets go of the bytes of the envelopes that were settled first, before an instant; at most so many. What was released and
    /// still waits keeps them. How many.
    fn forget_settled(&self, before: UtcMillis, limit: u64) -> Result<usize>;
    /// Marks one as set aside: settled, and not let in.
    fn set_aside(&self, id: i64, by: PersonId, at: UtcMillis) -> Result<()>;
    /// Marks one as released.
    fn release(&self, id: i64, by: PersonId, at: UtcMillis) -> Result<()>;
    /// Marks one as settled by its author's supplement.
    fn carry(&self, id: i64, supplement: DocumentId, by: PersonId, at: UtcMillis) -> Result<()>;
}

/// Photos and uploads.
pub trait Photos {
    /// Notes that a photo's bytes were verified and are durable, and who sent them.
    fn put_photo(&self, hash: &PhotoHash, bytes: u64, courier: Option<DeviceId>, at: UtcMillis) -> Result<()>;
    /// Forgets that a photo is held: its bytes are gone.
    fn forget_photo(&self, hash: &PhotoHash) -> Result<()>;
    /// Whether a photo is held.
    fn has_photo(&self, hash: &PhotoHash) -> Result<bool>;
    /// Whether a device of this person sent a photo's bytes, whole and verified.
    fn sent_photo(&self, hash: &PhotoHash, person: PersonId) -> Result<bool>;
    /// Notes that a record names a photo.
    fn put_photo_reference(&self, hash: &PhotoHash, document: DocumentId) -> Result<()>;
    /// Records that name a photo.
    fn photo_documents(&self, hash: &PhotoHash) -> Result<Vec<DocumentId>>;
    /// Every photo that is held.
    fn photo_hashes(&self) -> Result<Vec<PhotoHash>>;
    /// How many photos are held, and their bytes.
    fn photo_totals(&self) -> Result<(u64, u64)>;
    /// Begins an upload.
    fn add_upload(&self, upload: &UploadRow) -> Result<()>;
    /// An upload.
    fn upload(&self, id: &str) -> Result<Option<UploadRow>>;
    /// A device's unfinished uploads, oldest first.
    fn uploads_of(&self, device: DeviceId) -> Result<Vec<UploadRow>>;
    /// Notes that an upload's bytes were verified and kept.
    fn finish_upload(&self, id: &str, at: UtcMillis) -> Result<()>;
    /// Forgets an upload.
    fn remove_upload(&self, id: &str) -> Result<()>;
    /// Uploads that are to be forgotten, finished or not; at most so many.
    fn expired_uploads(&self, now: UtcMillis, limit: u64) -> Result<Vec<UploadRow>>;
}

/// Courier's files that were imported.
pub trait Bundles {
    /// Notes one; one that was imported again gets its newer receipt.
    fn put_bundle(&self, bundle: &BundleRow) -> Result<()>;
    /// One of them.
    fn bundle(&self, id: &BundleId) -> Result<Option<BundleRow>>;
}

/// What lists and searches are answered from.
pub trait Projections {
    /// Inserts or replaces a premises' row.
    fn put_facility(&self, row: &FacilityRow) -> Result<()>;
    /// Replaces what a premises' row says of their inspections. `false`: they have no row.
    fn recount_facility(&self, id: DocumentId, visits: &Visits) -> Result<bool>;
    /// A premises' row.
    fn facility(&self, id: DocumentId) -> Result<Option<FacilityRow>>;
    /// Premises by name, and how many there are.
    fn facilities(&self, query: &FacilityQuery, slice: Slice) -> Result<(Vec<FacilityRow>, u64)>;
    /// Inspections of these units whose signed parts clash; at most so many.
    fn inspections_apart(&self, units: &[UnitId], limit: u64) -> Result<Vec<DocumentId>>;
    /// Inserts or replaces an inspection's row.
    fn put_inspection(&self, row: &InspectionRow) -> Result<()>;
    /// Replaces what is shown of an inspection that stays in its place in every list.
    fn amend_inspection(&self, summary: &InspectionSummary) -> Result<()>;
    /// An inspection's row.
    fn inspection(&self, id: DocumentId) -> Result<Option<InspectionRow>>;
    /// Inspections, and how many there are.
    fn inspections(&self, query: &InspectionQuery, slice: Slice) -> Result<(Vec<InspectionRow>, u64)>;
    /// Inspections of premises that belong to the same unit, those sealed or begun last first.
    fn inspections_of(&self, facility: DocumentId, unit: UnitId) -> Result<Vec<InspectionSummary>>;
    /// Inserts or replaces a declaration's row.
    fn put_dwelling(&self, row: &DwellingRow) -> Result<()>;
    /// A declaration's row.
    fn dwelling(&self, id: DocumentId) -> Result<Option<DwellingRow>>;
    /// Declarations in a premises.
    fn dwellings_of(&self, facility: DocumentId) -> Result<Vec<DwellingRow>>;
    /// Numbers of these units.
    fn counts(&self, units: &[UnitId]) -> Result<Counts>;
    /// Records of a kind, oldest first.
    fn documents_of_kind(&self, kind: RecordKind) -> Result<Vec<DocumentId>>;
    /// Records of a kind after an id, by id, at most so many.
    fn documents_after(&self, kind: RecordKind, after: DocumentId, limit: u64) -> Result<Vec<DocumentId>>;
}

/// Findings of sealed inspections.
pub trait Findings {
    /// Replaces the rows of an inspection.
    fn put_findings(&self, inspection: DocumentId, findings: &[FindingSummary]) -> Result<()>;
    /// One finding.
    fn finding(&self, inspection: DocumentId, item: &str) -> Result<Option<FindingSummary>>;
    /// Findings: the open ones first, by their deadlines, of one day the gravest first; and how many there are.
    fn findings(&self, query: &FindingQuery, slice: Slice) -> Result<(Vec<FindingSummary>, u64)>;
}

/// Measures against premises.
pub trait Measures {
    /// Replaces the rows of premises.
    fn put_measures(&self, facility: DocumentId, measures: &[MeasureSummary]) -> Result<()>;
    /// What stops premises of a unit, as it was noted.
    fn stops_of(&self, facility: DocumentId, unit: UnitId) -> Result<Vec<MeasureSummary>>;
    /// Measures: those that are open first, by the ends of their terms; and how many there are.
    fn measures(&self, query: &MeasureQuery, slice: Slice) -> Result<(Vec<MeasureSummary>, u64)>;
}

/// The audit chain.
pub trait Ledger {
    /// Appends a row to its unit's chain.
    fn audit(&self, entry: &AuditEntry, at: UtcMillis) -> Result<()>;
    /// Rows before an id (from the newest, without one), newest first; `units`: of these chains, `None` = all.
    fn audit_before(&self, before: Option<i64>, units: Option<&[UnitId]>, limit: u64) -> Result<Vec<AuditRow>>;
    /// Every action that was ever recorded, once.
    fn audit_actions(&self) -> Result<Vec<String>>;
    /// Rows of these actions before an id, newest first; and how many there are of them in all.
    fn audit_of(&self, actions: &[String], before: Option<i64>, limit: u64) -> Result<(Vec<AuditRow>, u64)>;
    /// Every row of every chain, in order of chain and number.
    fn audit_chains(&self, row: &mut dyn FnMut(AuditRow)) -> Result<()>;
    /// How many rows were ever written, as the store counts them apart from the rows; `None`: its count is gone.
    fn audit_written(&self) -> Result<Option<u64>>;
    /// The last row that was written to any chain: its id, and its hash.
    fn audit_last(&self) -> Result<Option<(u64, [u8; 32])>>;
    /// The hash of a row.
    fn audit_hash(&self, id: u64) -> Result<Option<[u8; 32]>>;
}
