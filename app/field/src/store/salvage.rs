//! What can still be read of a damaged store, of the work that the server has not receipted.
//!
//! Invariant: nothing that is read here is believed: an envelope must hold by itself (form, guard, signature), a picture must
//! have its hash.

use ancu_shared::clock::UtcMillis;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{DocumentId, EnvelopeId, PhotoHash};
use ancu_shared::sync::admission::check_envelope;
use ancu_shared::view::PhotoSize;
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use super::{Store, bytes, changes, outbox, pictures};
use crate::fault::Outcome;

/// What was saved out of a damaged store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct Salvaged {
    /// When.
    pub at: UtcMillis,
    /// Pieces of work that were not sent and are kept.
    #[ts(type = "number")]
    pub envelopes: u64,
    /// Photos that were not sent and are kept.
    #[ts(type = "number")]
    pub photos: u64,
    /// Whether everything that was not sent could be read. Otherwise some of it may be lost.
    pub whole: bool,
}

/// Takes unsent envelopes out of a damaged store into a new one.
pub fn envelopes(torn: &Connection, into: &Store, now: UtcMillis) -> Outcome<(u64, bool)> {
    let sql = "SELECT position, id, bytes FROM outbox WHERE +state IN ('unsent', 'waiting', 'quarantined')";
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, EnvelopeId(bytes(row, 1)?), row.get::<_, Vec<u8>>(2)?));
    let (mut found, mut whole) = both_ways(torn, sql, "position", read);
    // What builds on another was made after it.
    found.sort_unstable_by_key(|(position, ..)| *position);
    found.dedup_by_key(|(position, ..)| *position);
    let mut kept = 0;
    for (_, id, encoded) in found {
        let (true, Ok(checked)) = (EnvelopeId::of(&encoded) == id, check_envelope(&encoded)) else {
            whole = false;
            continue;
        };
        if outbox::is_own(&into.main, &id)? {
            continue; // taken before
        }
        let Envelope { document, kind, unit, .. } = checked.envelope;
        changes::insert_record(&into.main, document, kind, unit, true)?;
        outbox::insert(&into.main, id, document, &encoded, &[], now)?;
        kept += 1;
    }
    Ok((kept, whole))
}

/// Takes unsent photos out of a damaged store into a new one.
pub fn photos(torn: &Store, into: &Store, now: UtcMillis) -> Outcome<(u64, bool)> {
    let sql = "SELECT hash, document, item FROM photo WHERE own = 1 AND receipt_at IS NULL";
    let read = |row: &Row<'_>| {
        let document = DocumentId::from_bytes(bytes(row, 1)?);
        Ok((PhotoHash(bytes(row, 0)?), document, row.get::<_, String>(2)?))
    };
    let (found, mut whole) = both_ways(&torn.main, sql, "hash", read);
    let mut kept = 0;
    for (hash, document, item) in found {
        let picture = pictures::read(&torn.photos, &hash, PhotoSize::Full).ok().flatten();
        let Some(picture) = picture.filter(|picture| PhotoHash::of(picture) == hash) else {
            whole = false;
            continue;
        };
        if pictures::is_here(&into.photos, &hash)? {
            continue;
        }
        let Ok(thumbnail) = crate::photos::thumbnail(&picture) else {
            whole = false;
            continue;
        };
        pictures::keep(&into.photos, &hash, &picture, &thumbnail, now)?;
        pictures::note(&into.main, &hash, document, &item, picture.len() as u64, true, now)?;
        kept += 1;
    }
    Ok((kept, whole))
}

/// Rows as far as they can be read, from both ends of a table: one torn page does not hide what lies behind it. `false`: a
/// page could not be read.
fn both_ways<T>(
    torn: &Connection,
    sql: &str,
    order: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> (Vec<T>, bool) {
    let mut found = Vec::new();
    for direction in ["ASC", "DESC"] {
        let from = found.len();
        let mut through = || -> rusqlite::Result<()> {
            let mut statement = torn.prepare(&format!("{sql} ORDER BY {order} {direction}"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(())
        };
        match through() {
            Ok(()) if from == 0 => return (found, true),
            Ok(()) => break,
            Err(error) => tracing::warn!(%error, direction, "a damaged store cannot be read to the end"),
        }
    }
    (found, false)
}
