//! What the device knows of others: authors, templates, places in feeds, envelopes that wait.
//!
//! Invariant: an author is known only by a certificate that the enrolled server signed.

use std::collections::HashMap;

use ancu_shared::author::{AuthorCertificate, AuthorIdentity};
use ancu_shared::clock::ClockSpan;
use ancu_shared::id::{ActorId, AuthorKey, DeviceId, DocumentId, EnvelopeId, UnitId};
use ancu_shared::sync::wire::{Cursor, DeviceClock, TemplateOffer, UnitCursor};
use ancu_shared::template::Template;
use rusqlite::{Connection, OptionalExtension as _};

use super::bytes;
use crate::fault::{Fault, Outcome};

/// Keeps a certificate if this server signed it.
pub fn keep_author(connection: &Connection, certificate: &AuthorCertificate, certifier: &AuthorKey) -> Outcome<bool> {
    let Some(identity) = certificate.verified(certifier) else { return Ok(false) };
    let mut encoded = Vec::new();
    ciborium::into_writer(certificate, &mut encoded).map_err(|error| Fault::Broken(error.to_string()))?;
    connection
        // One that is known already is not written: a full disk keeps nobody from reading.
        .prepare_cached(
            "INSERT INTO author (key, certificate) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET certificate = excluded.certificate WHERE certificate <> excluded.certificate",
        )?
        .execute((identity.key.as_bytes(), encoded))?;
    Ok(true)
}

/// Whether an author is known.
pub fn knows_author(connection: &Connection, key: &AuthorKey) -> Outcome<bool> {
    Ok(connection.prepare_cached("SELECT 1 FROM author WHERE key = ?1")?.exists([key.as_bytes()])?)
}

/// Notes which author and epoch an actor is.
pub fn keep_actor(connection: &Connection, author: &AuthorKey, epoch: u32) -> Outcome<()> {
    connection
        .prepare_cached("INSERT INTO actor (actor, author, epoch) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute((ActorId::derive(author, epoch).as_bytes(), author.as_bytes(), epoch))?;
    Ok(())
}

/// The epoch in which this author is an actor; `None` = another author's, or not known.
pub fn epoch_of(connection: &Connection, actor: &ActorId, author: &AuthorKey) -> Outcome<Option<u32>> {
    Ok(connection
        .prepare_cached("SELECT epoch FROM actor WHERE actor = ?1 AND author = ?2")?
        .query_row((actor.as_bytes(), author.as_bytes()), |row| row.get(0))
        .optional()?)
}

/// The highest epoch that is known of an author.
pub fn highest_epoch(connection: &Connection, author: &AuthorKey) -> Outcome<u32> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(epoch), 0) FROM actor WHERE author = ?1")?
        .query_row([author.as_bytes()], |row| row.get(0))?)
}

/// Everybody known, by actor.
pub fn authors(connection: &Connection, certifier: &AuthorKey) -> Outcome<HashMap<ActorId, AuthorIdentity>> {
    let mut statement =
        connection.prepare_cached("SELECT a.actor, c.certificate FROM actor a JOIN author c ON c.key = a.author")?;
    let rows = statement
        .query_map([], |row| Ok((ActorId(bytes(row, 0)?), row.get::<_, Vec<u8>>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(rows
        .into_iter()
        .filter_map(|(actor, certificate)| {
            let certificate: AuthorCertificate = ciborium::from_reader(&certificate[..]).ok()?;
            Some((actor, certificate.verified(certifier)?))
        })
        .collect())
}

/// Keeps what the server saw of a device's clock, in place of what it had told before.
pub fn keep_clock(connection: &Connection, clock: &DeviceClock) -> Outcome<()> {
    let mut encoded = Vec::new();
    ciborium::into_writer(&clock.spans, &mut encoded).map_err(|error| Fault::Broken(error.to_string()))?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO device_clock (device, spans) VALUES (?1, ?2)")?
        .execute((clock.device.as_bytes(), encoded))?;
    Ok(())
}

/// What the server saw of one device's clock; nothing where it never was off.
pub fn clock(connection: &Connection, device: DeviceId) -> Outcome<Vec<ClockSpan>> {
    let known: Option<Vec<u8>> = connection
        .prepare_cached("SELECT spans FROM device_clock WHERE device = ?1")?
        .query_row([device.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(known.and_then(|spans| ciborium::from_reader(&spans[..]).ok()).unwrap_or_default())
}

/// What the server saw of the clocks that were off.
pub fn clocks(connection: &Connection) -> Outcome<HashMap<DeviceId, Vec<ClockSpan>>> {
    let mut statement = connection.prepare_cached("SELECT device, spans FROM device_clock")?;
    let rows = statement
        .query_map([], |row| Ok((DeviceId::from_bytes(bytes(row, 0)?), row.get::<_, Vec<u8>>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(rows.into_iter().filter_map(|(device, spans)| Some((device, ciborium::from_reader(&spans[..]).ok()?))).collect())
}

/// Takes over the server's list of templates and says which files are missing here.
pub fn offer_templates(connection: &Connection, offers: &[TemplateOffer]) -> Outcome<Vec<String>> {
    connection.execute("UPDATE template SET current = 0", [])?;
    for offer in offers {
        // A version whose file changed (a draft that was corrected) is fetched anew; the older file gives way.
        connection.execute(
            "DELETE FROM template WHERE code = ?1 AND version = ?2 AND sha256 <> ?3",
            (&offer.code, &offer.version, &offer.sha256),
        )?;
        connection.execute(
            "INSERT INTO template (sha256, code, version, current) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (sha256) DO UPDATE SET current = excluded.current",
            (&offer.sha256, &offer.code, &offer.version, offer.current),
        )?;
    }
    missing_templates(connection)
}

/// Whether the server ever said which templates it has.
pub fn is_offered(connection: &Connection) -> Outcome<bool> {
    Ok(connection.prepare_cached("SELECT 1 FROM template LIMIT 1")?.exists([])?)
}

/// The template files that are offered and not here.
pub fn missing_templates(connection: &Connection) -> Outcome<Vec<String>> {
    let mut statement =
        connection.prepare_cached("SELECT sha256 FROM template WHERE body IS NULL ORDER BY current DESC")?;
    let missing = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(missing)
}

/// Keeps a template file.
pub fn keep_template(connection: &Connection, sha256: &str, body: &[u8]) -> Outcome<()> {
    connection.execute("UPDATE template SET body = ?2 WHERE sha256 = ?1", (sha256, body))?;
    Ok(())
}

/// A template's file.
pub fn template(connection: &Connection, code: &str, version: &str) -> Outcome<Option<Template>> {
    let body: Option<Vec<u8>> = connection
        .prepare_cached("SELECT body FROM template WHERE code = ?1 AND version = ?2")?
        .query_row([code, version], |row| row.get(0))
        .optional()?
        .flatten();
    Ok(body.and_then(|body| Template::read(&body).ok()))
}

/// Code and version of the templates that new inspections should use and whose files are here.
pub fn current_templates(connection: &Connection) -> Outcome<Vec<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT code, version FROM template WHERE current = 1 AND body IS NOT NULL ORDER BY code, version DESC",
    )?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Where the device stands in these units' feeds.
pub fn cursors(connection: &Connection, scope: &[UnitId]) -> Outcome<Vec<UnitCursor>> {
    scope
        .iter()
        .map(|unit| {
            let text: Option<String> = connection
                .prepare_cached("SELECT text FROM cursor WHERE unit = ?1")?
                .query_row([unit.as_bytes()], |row| row.get(0))
                .optional()?;
            Ok(UnitCursor { unit: *unit, cursor: text.and_then(|text| text.parse().ok()) })
        })
        .collect()
}

/// Keeps a place in a feed.
pub fn save_cursor(connection: &Connection, unit: UnitId, cursor: &Cursor) -> Outcome<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO cursor (unit, text) VALUES (?1, ?2)")?
        .execute((unit.as_bytes(), cursor.to_string()))?;
    Ok(())
}

/// Puts an envelope aside, with the reason.
pub fn park(
    connection: &Connection,
    id: &EnvelopeId,
    document: DocumentId,
    encoded: &[u8],
    reason: &str,
) -> Outcome<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO parked (id, document, bytes, reason) VALUES (?1, ?2, ?3, ?4)")?
        .execute((id.as_bytes(), document.as_bytes(), encoded, reason))?;
    Ok(())
}

/// Takes the envelopes of a record that were put aside.
pub fn take_parked(connection: &Connection, document: DocumentId) -> Outcome<Vec<Vec<u8>>> {
    let found = connection
        .prepare_cached("SELECT bytes FROM parked WHERE document = ?1")?
        .query_map([document.as_bytes()], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    if !found.is_empty() {
        connection.prepare_cached("DELETE FROM parked WHERE document = ?1")?.execute([document.as_bytes()])?;
    }
    Ok(found)
}
