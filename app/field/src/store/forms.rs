//! Forms of premises that are being written: what was typed and is in no record yet.
//!
//! Invariant: a draft is gone only when it was saved or its writer gave it up; it goes to nobody.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::DocumentId;
use rusqlite::{Connection, OptionalExtension as _};

use crate::fault::Outcome;

/// A form as it was typed: the JSON of its fields, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Of which premises; none: new ones.
    pub facility: Option<DocumentId>,
    /// The fields.
    pub fields: String,
    /// When they were kept, by the device's clock.
    pub at: UtcMillis,
}

fn id(facility: Option<&DocumentId>) -> &[u8] {
    facility.map_or(&[], |id| id.as_bytes())
}

/// Keeps a form, in place of an older one of the same premises.
pub fn keep(connection: &Connection, form: &Form) -> Outcome<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO facility_draft (facility, fields, at) VALUES (?1, ?2, ?3)")?
        .execute((id(form.facility.as_ref()), &form.fields, form.at.0))?;
    Ok(())
}

/// Lets go of a form.
pub fn drop(connection: &Connection, facility: Option<DocumentId>) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM facility_draft WHERE facility = ?1")?.execute([id(facility.as_ref())])?;
    Ok(())
}

/// The form of these premises.
pub fn of(connection: &Connection, facility: Option<DocumentId>) -> Outcome<Option<Form>> {
    let found = connection
        .prepare_cached("SELECT fields, at FROM facility_draft WHERE facility = ?1")?
        .query_row([id(facility.as_ref())], |row| {
            Ok(Form { facility, fields: row.get(0)?, at: UtcMillis(row.get(1)?) })
        })
        .optional()?;
    Ok(found)
}

/// All of them, the latest first.
pub fn all(connection: &Connection) -> Outcome<Vec<Form>> {
    let mut statement =
        connection.prepare_cached("SELECT facility, fields, at FROM facility_draft ORDER BY at DESC, facility")?;
    let found = statement.query_map([], |row| {
        let facility = match row.get_ref(0)?.as_blob()? {
            [] => None,
            _ => Some(DocumentId::from_bytes(super::bytes(row, 0)?)),
        };
        Ok(Form { facility, fields: row.get(1)?, at: UtcMillis(row.get(2)?) })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Takes the forms of another store over; `false`: where one of the same premises is here already the other stays where it is.
pub fn take_over(from: &Connection, into: &Connection) -> Outcome<bool> {
    let mut every = true;
    for form in all(from)? {
        match of(into, form.facility)? {
            None => keep(into, &form)?,
            Some(own) => every &= own.fields == form.fields,
        }
    }
    Ok(every)
}
