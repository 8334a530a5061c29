//! Records of units in which this device's person has no post any more, or that were handed over to such a unit: they leave the
//! device.
//!
//! Invariant: nothing leaves that the server may lack. Own work that has no receipt or is held back stays, with the records
//! that it is read by, and so does what only this device knows: an entry in the journal, a draft, an envelope that a restored
//! server may have lost. What left comes again from the beginning of its feed once there is a post again.

use std::collections::{BTreeMap, BTreeSet};

use ancu_shared::id::{DocumentId, EnvelopeId, PhotoHash, UnitId};
use ancu_shared::record::RecordKind;
use rusqlite::Connection;

use super::bytes;
use crate::fault::Outcome;

/// What a record hangs on.
struct Known {
    outside: bool,
    kept: bool,
    facility: Option<DocumentId>,
    parent: Option<DocumentId>,
}

/// Own work that the server has in doubt, or never had, and what else is nowhere but here.
const NOWHERE_ELSE: &str = "SELECT document FROM journal
     UNION SELECT document FROM change WHERE envelope IS NULL
     UNION SELECT document FROM outbox WHERE state IN ('unsent', 'waiting', 'quarantined')
     UNION SELECT document FROM photo WHERE own = 1 AND receipt_at IS NULL
     UNION SELECT inspection FROM note_draft
     UNION SELECT facility FROM facility_draft WHERE length(facility) > 0
     UNION SELECT document FROM heard WHERE lacking = 1";

/// The rows of a record that name it, those that others refer to last.
const ROWS: [&str; 10] = [
    "DELETE FROM facility_word WHERE rowid IN (SELECT number FROM facility_search WHERE document = ?1)",
    "DELETE FROM facility_search WHERE document = ?1",
    "DELETE FROM facility_index WHERE document = ?1",
    "DELETE FROM inspection_index WHERE document = ?1",
    "DELETE FROM finding_index WHERE inspection = ?1",
    "DELETE FROM parked WHERE document = ?1",
    "DELETE FROM cell WHERE document = ?1",
    "DELETE FROM archive WHERE document = ?1",
    "DELETE FROM outbox WHERE document = ?1",
    "DELETE FROM change WHERE document = ?1",
];

/// Whether records are here of other units than these.
pub fn is_any(main: &Connection, scope: &[UnitId]) -> Outcome<bool> {
    let mut statement = main.prepare_cached("SELECT DISTINCT coalesce(left_for, unit) FROM document")?;
    let units = statement.query_map([], |row| bytes(row, 0).map(UnitId::from_bytes))?;
    for unit in units {
        if !scope.contains(&unit?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Own envelopes that the server holds back, of records of other units than these.
pub fn held_back(main: &Connection, scope: &[UnitId]) -> Outcome<Vec<EnvelopeId>> {
    let mut statement = main.prepare_cached(
        "SELECT o.id, coalesce(d.left_for, d.unit) FROM outbox o JOIN document d ON d.id = o.document
         WHERE o.state = 'quarantined' ORDER BY o.position",
    )?;
    let read = |row: &rusqlite::Row<'_>| Ok((EnvelopeId(bytes(row, 0)?), UnitId::from_bytes(bytes(row, 1)?)));
    let found = statement.query_map([], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(found.into_iter().filter(|(_, unit)| !scope.contains(unit)).map(|(id, _)| id).collect())
}

/// Takes the records of other units than these off the device, but those that have to stay; how many left. Part of the caller's
/// transaction.
pub fn leave(main: &Connection, photos: &Connection, scope: &[UnitId]) -> Outcome<usize> {
    let known = known(main, scope)?;
    let staying = staying(main, &known)?;
    let leaving: BTreeSet<DocumentId> =
        known.iter().filter(|(id, it)| it.outside && !staying.contains(id)).map(|(id, _)| *id).collect();
    if leaving.is_empty() {
        return Ok(0);
    }
    // Pictures first: where the records stay after all, theirs are fetched again.
    for (hash, document) in of_documents(main, "SELECT hash, document FROM photo")? {
        if leaving.contains(&document) {
            photos.prepare_cached("DELETE FROM picture WHERE hash = ?1")?.execute([PhotoHash(hash).as_bytes()])?;
            main.prepare_cached("DELETE FROM photo WHERE hash = ?1")?.execute([hash])?;
        }
    }
    for (id, document) in of_documents(main, "SELECT id, document FROM heard")? {
        if leaving.contains(&document) {
            main.prepare_cached("DELETE FROM heard WHERE id = ?1")?.execute([EnvelopeId(id).as_bytes()])?;
        }
    }
    for document in &leaving {
        for rows in ROWS {
            main.prepare_cached(rows)?.execute([document.as_bytes()])?;
        }
        main.prepare_cached("DELETE FROM document WHERE id = ?1")?.execute([document.as_bytes()])?;
    }
    // Whoever gets a post there again reads its feed from the beginning.
    let places = main
        .prepare_cached("SELECT unit FROM cursor")?
        .query_map([], |row| bytes(row, 0).map(UnitId::from_bytes))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for unit in places.iter().filter(|unit| !scope.contains(unit)) {
        main.prepare_cached("DELETE FROM cursor WHERE unit = ?1")?.execute([unit.as_bytes()])?;
    }
    Ok(leaving.len())
}

/// Every record, and whether it is of another unit. What a head declares of the own home is the head's.
fn known(main: &Connection, scope: &[UnitId]) -> Outcome<BTreeMap<DocumentId, Known>> {
    let heads = [RecordKind::Dwelling.code(), RecordKind::Residents.code()];
    let mut statement =
        main.prepare_cached("SELECT id, coalesce(left_for, unit), own, kind, facility, parent FROM document")?;
    let found = statement
        .query_map([], |row| {
            let link = |column| -> rusqlite::Result<Option<DocumentId>> {
                let is_null = row.get_ref(column)? == rusqlite::types::ValueRef::Null;
                if is_null { Ok(None) } else { bytes(row, column).map(|it| Some(DocumentId::from_bytes(it))) }
            };
            let unit = UnitId::from_bytes(bytes(row, 1)?);
            let (own, kind): (bool, String) = (row.get(2)?, row.get(3)?);
            let (outside, kept) = (!scope.contains(&unit), own && heads.contains(&kind.as_str()));
            let known = Known { outside, kept, facility: link(4)?, parent: link(5)? };
            Ok((DocumentId::from_bytes(bytes(row, 0)?), known))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// What has to stay: the whole of each record with something that is nowhere else, and its premises, so that it can be read.
fn staying(main: &Connection, known: &BTreeMap<DocumentId, Known>) -> Outcome<BTreeSet<DocumentId>> {
    let mut statement = main.prepare_cached(NOWHERE_ELSE)?;
    let mut needed = statement
        .query_map([], |row| bytes(row, 0).map(DocumentId::from_bytes))?
        .collect::<rusqlite::Result<BTreeSet<_>>>()?;
    needed.extend(known.iter().filter(|(_, it)| it.kept).map(|(id, _)| *id));
    let roots: BTreeSet<DocumentId> = needed.iter().map(|id| root(known, *id)).collect();
    let mut staying: BTreeSet<DocumentId> =
        known.keys().copied().filter(|id| needed.contains(id) || roots.contains(&root(known, *id))).collect();
    let premises: Vec<_> = staying.iter().filter_map(|id| known.get(id)?.facility).collect();
    staying.extend(premises);
    Ok(staying)
}

/// What a record belongs to in the end: itself, the inspection that it supplements or follows, the home.
fn root(known: &BTreeMap<DocumentId, Known>, id: DocumentId) -> DocumentId {
    let parent = |id: &DocumentId| known.get(id).and_then(|it| it.parent);
    // A circle of records ends where it began.
    std::iter::successors(Some(id), parent).take(8).last().unwrap_or(id)
}

/// Names, and the records that they are of.
fn of_documents(main: &Connection, sql: &str) -> Outcome<Vec<([u8; 32], DocumentId)>> {
    let mut statement = main.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| Ok((bytes(row, 0)?, DocumentId::from_bytes(bytes(row, 1)?)));
    let found = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}
