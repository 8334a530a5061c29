//! What administrators see of the audit chain: each row as it was written, and beside it the names of what it is about.
//!
//! Invariant: names of premises only for who reads their records; of what is held back, only for who reads that too.

use std::collections::BTreeMap;

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DeviceId, DocumentId, EnvelopeId, PersonId, PhotoHash, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::unit::UnitDirectory;
use ancu_shared::view::Page;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::access::Caller;
use super::quarantine;
use super::{Outcome, Service};
use crate::store::rows::AuditRow;
use crate::store::{StoreError, Transaction};

/// Kinds of recorded actions, as the audit is narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum AuditKind {
    /// Log-ins, also those that were refused.
    Session,
    /// Accounts, their posts, passwords and invitations.
    Account,
    /// Devices and the keys that they sign with.
    Device,
    /// What was admitted to records, and decisions on them.
    Record,
    /// Photos that arrived or were lost.
    Photo,
    /// What was held back, and what became of it.
    Held,
    /// The rest: checklists, units, couriers' files, the store itself.
    Other,
}

impl AuditKind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] =
        [Self::Session, Self::Account, Self::Device, Self::Record, Self::Photo, Self::Held, Self::Other];

    /// How an address names it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Account => "account",
            Self::Device => "device",
            Self::Record => "record",
            Self::Photo => "photo",
            Self::Held => "held",
            Self::Other => "other",
        }
    }

    /// The kind of an action. One that has no other is `Other`, so that each is found under one.
    fn of(action: &str) -> Self {
        match action.split('.').next().unwrap_or_default() {
            "session" => Self::Session,
            "account" => Self::Account,
            "device" | "author" => Self::Device,
            "envelope" if action == "envelope.quarantined" => Self::Held,
            "envelope" | "inspection" | "facility" | "measure" => Self::Record,
            "photo" => Self::Photo,
            "quarantine" => Self::Held,
            _ => Self::Other,
        }
    }
}

/// A recorded action.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditView {
    /// Order over all chains.
    pub sequence: i64,
    /// When.
    pub at: UtcMillis,
    /// Who, by name; empty = the server's own command line, or somebody who did not prove who they are.
    pub actor_name: String,
    /// With which device, by name; empty = with none.
    pub device_name: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Whose chain, by name.
    pub unit_name: String,
    /// More; what, depends on the action.
    pub details: Value,
    /// What the subject and the details name, in words.
    pub names: AuditNames,
}

/// Names of what a recorded action is about, as they are today; empty where there is none, or the caller may not be told.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct AuditNames {
    /// The person that it was done to, or whose device it was done to.
    pub person: String,
    /// The device that it was done to, or that something came from.
    pub device: String,
    /// The kind of the record.
    pub kind: Option<RecordKind>,
    /// The premises of the record.
    pub premises: String,
    /// The units that the details name.
    pub units: Vec<String>,
    /// The words of the error code that the details name, in Vietnamese.
    pub reason_vi: String,
    /// The same in English.
    pub reason: String,
}

/// Recorded actions, of one kind or of all, newest first; `before` = the cursor.
pub fn list(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    kind: Option<AuditKind>,
    before: Option<i64>,
    limit: u64,
) -> Outcome<Page<AuditView>> {
    let directory = service.directory(transaction)?;
    let (rows, total) = if let Some(kind) = kind {
        let mut actions = transaction.audit_actions()?;
        actions.retain(|action| AuditKind::of(action) == kind);
        transaction.audit_of(&actions, before, limit)?
    } else {
        let last = transaction.audit_last()?;
        (transaction.audit_before(before, None, limit)?, last.map_or(0, |(number, _)| number))
    };
    let full = rows.len() as u64 == limit;
    let next = rows.last().filter(|row| full && row.id > 1).map(|row| row.id.to_string());
    let mut reader = Reader { service, transaction, caller, directory: &directory, people: BTreeMap::new() };
    let items = rows.into_iter().map(|row| reader.view(row)).collect::<Outcome<_>>()?;
    Ok(Page { items, total, next })
}

struct Reader<'r> {
    service: &'r Service,
    transaction: &'r dyn Transaction,
    caller: &'r Caller,
    directory: &'r UnitDirectory,
    people: BTreeMap<PersonId, String>,
}

impl Reader<'_> {
    fn view(&mut self, row: AuditRow) -> Outcome<AuditView> {
        let details = told(serde_json::from_str(&row.details).unwrap_or_default());
        let names = self.names(&row, &details)?;
        Ok(AuditView {
            sequence: row.id,
            at: row.at,
            actor_name: row.person.map_or_else(|| Ok(String::new()), |person| self.person(person))?,
            device_name: row
                .device
                .map(|id| self.transaction.device(id))
                .transpose()?
                .flatten()
                .map_or_else(String::new, |it| it.name),
            unit_name: self.unit(row.unit),
            action: row.action,
            subject: row.subject,
            details,
            names,
        })
    }

    fn person(&mut self, id: PersonId) -> Result<String, StoreError> {
        if let Some(known) = self.people.get(&id) {
            return Ok(known.clone());
        }
        let name = self.transaction.person(id)?.map(|person| person.name).unwrap_or_default();
        self.people.insert(id, name.clone());
        Ok(name)
    }

    fn unit(&self, id: UnitId) -> String {
        self.directory.get(id).map(|unit| unit.full_name.clone()).unwrap_or_default()
    }

    fn names(&mut self, row: &AuditRow, details: &Value) -> Outcome<AuditNames> {
        let mut names = AuditNames::default();
        let units = named::<Vec<UnitId>>(details, "units").unwrap_or_default().into_iter();
        names.units = units.chain(named::<UnitId>(details, "unit")).map(|unit| self.unit(unit)).collect();
        if let Some(code) = named::<ErrorCode>(details, "code") {
            (names.reason_vi, names.reason) = (code.vi().to_owned(), code.en().to_owned());
        }
        match row.action.split('.').next().unwrap_or_default() {
            "account" | "session" => {
                if let Ok(person) = row.subject.parse() {
                    names.person = self.person(person)?;
                }
            }
            "device" | "author" => self.name_device(row.subject.parse().ok(), &mut names)?,
            "courier" => self.name_device(named(details, "origin"), &mut names)?,
            "envelope" if row.action == "envelope.quarantined" => self.name_held(row, &mut names)?,
            "quarantine" => self.name_held(row, &mut names)?,
            "envelope" | "inspection" | "facility" | "measure" => self.name_record(row, details, &mut names)?,
            "photo" => self.name_photo(row, &mut names)?,
            _ => {}
        }
        Ok(names)
    }

    fn name_device(&mut self, device: Option<DeviceId>, names: &mut AuditNames) -> Result<(), StoreError> {
        if let Some(device) = device.map(|id| self.transaction.device(id)).transpose()?.flatten() {
            names.person = self.person(device.person)?;
            names.device = device.name;
        }
        Ok(())
    }

    /// What is held back is told of like the records that it is about.
    fn name_held(&self, row: &AuditRow, names: &mut AuditNames) -> Outcome<()> {
        let Ok(envelope) = row.subject.parse::<EnvelopeId>() else { return Ok(()) };
        if let Some((kind, premises)) = quarantine::about(self.service, self.transaction, self.caller, &envelope)? {
            (names.kind, names.premises) = (kind, premises);
        }
        Ok(())
    }

    fn name_record(&self, row: &AuditRow, details: &Value, names: &mut AuditNames) -> Result<(), StoreError> {
        let of_action = match row.action.as_str() {
            "inspection.decided" => Some(RecordKind::Inspection),
            "facility.handed_over" | "measure.noted" => Some(RecordKind::Facility),
            _ => None,
        };
        names.kind = named(details, "kind").or(of_action);
        let Ok(id) = row.subject.parse::<DocumentId>() else { return Ok(()) };
        names.premises = self.premises(id)?.unwrap_or_default();
        Ok(())
    }

    /// Whose device brought a photo, of which unit the records are that name it, and of which premises if the caller reads them. It comes
    /// before its record may, so nothing of it stands in the row.
    fn name_photo(&mut self, row: &AuditRow, names: &mut AuditNames) -> Result<(), StoreError> {
        self.name_device(row.device, names)?;
        let Ok(hash) = row.subject.parse::<PhotoHash>() else { return Ok(()) };
        let records = self.transaction.photo_documents(&hash)?;
        if let Some(record) = records.first().map(|id| self.transaction.document(*id)).transpose()?.flatten() {
            names.units = vec![self.unit(record.unit)];
        }
        for record in records {
            if let Some(premises) = self.premises(record)? {
                names.premises = premises;
                break;
            }
        }
        Ok(())
    }

    /// What the premises of a record are called; `None`: there are none, or the caller may not be told.
    fn premises(&self, id: DocumentId) -> Result<Option<String>, StoreError> {
        let Some(record) = self.transaction.document(id)? else { return Ok(None) };
        let premises = if record.kind == RecordKind::Facility { Some(id) } else { record.facility };
        let Some(premises) = premises.map(|id| self.transaction.document(id)).transpose()?.flatten() else {
            return Ok(None);
        };
        let reads = |record| self.caller.may_read(self.transaction, self.directory, record);
        if reads(&record)? && reads(&premises)? {
            return Ok(self.transaction.facility(premises.id)?.map(|facility| facility.summary.name));
        }
        Ok(None)
    }
}

/// What a detail says, where it says that.
fn named<T: DeserializeOwned>(details: &Value, name: &str) -> Option<T> {
    details.get(name).and_then(|value| serde_json::from_value(value.clone()).ok())
}

/// Details without the reason for which an earlier server held an envelope: it names what the record says.
fn told(mut details: Value) -> Value {
    if let Some(details) = details.as_object_mut() {
        details.remove("reason");
    }
    details
}
