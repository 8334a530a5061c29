//! The migration runner: embedded, checksummed, forward-only.
//!
//! Invariant: a migration that has landed is never edited (its SHA-256 is kept in the database and compared); a database of
//! a newer program is refused with a plain sentence and not touched. Order is the list's; a number is a name that is never
//! given twice: 0014 and 0015 were drafts that never landed, and stay unused.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::store::StoreError;

/// Name and text of every migration, in order.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_foundation", include_str!("../../../../migrations/server-sqlite/0001_foundation.sql")),
    ("0002_records", include_str!("../../../../migrations/server-sqlite/0002_records.sql")),
    ("0003_projections", include_str!("../../../../migrations/server-sqlite/0003_projections.sql")),
    ("0004_audit", include_str!("../../../../migrations/server-sqlite/0004_audit.sql")),
    ("0005_photo_senders", include_str!("../../../../migrations/server-sqlite/0005_photo_senders.sql")),
    ("0006_enrolment_again", include_str!("../../../../migrations/server-sqlite/0006_enrolment_again.sql")),
    ("0007_waiting_for", include_str!("../../../../migrations/server-sqlite/0007_waiting_for.sql")),
    ("0008_late_work", include_str!("../../../../migrations/server-sqlite/0008_late_work.sql")),
    ("0009_queue_order", include_str!("../../../../migrations/server-sqlite/0009_queue_order.sql")),
    ("0010_upload_ends", include_str!("../../../../migrations/server-sqlite/0010_upload_ends.sql")),
    ("0011_quarantine_load", include_str!("../../../../migrations/server-sqlite/0011_quarantine_load.sql")),
    ("0012_device_clocks", include_str!("../../../../migrations/server-sqlite/0012_device_clocks.sql")),
    ("0013_template_release", include_str!("../../../../migrations/server-sqlite/0013_template_release.sql")),
    ("0016_courier", include_str!("../../../../migrations/server-sqlite/0016_courier.sql")),
    ("0017_findings", include_str!("../../../../migrations/server-sqlite/0017_findings.sql")),
    ("0018_device_told", include_str!("../../../../migrations/server-sqlite/0018_device_told.sql")),
    ("0019_parts_apart", include_str!("../../../../migrations/server-sqlite/0019_parts_apart.sql")),
    ("0020_quarantine_words", include_str!("../../../../migrations/server-sqlite/0020_quarantine_words.sql")),
    ("0021_clocks_withdrawn", include_str!("../../../../migrations/server-sqlite/0021_clocks_withdrawn.sql")),
    ("0022_set_aside", include_str!("../../../../migrations/server-sqlite/0022_set_aside.sql")),
    ("0023_quarantine_lists", include_str!("../../../../migrations/server-sqlite/0023_quarantine_lists.sql")),
    ("0024_household_heads", include_str!("../../../../migrations/server-sqlite/0024_household_heads.sql")),
    ("0025_audit_actions", include_str!("../../../../migrations/server-sqlite/0025_audit_actions.sql")),
    ("0026_quarantine_awaits", include_str!("../../../../migrations/server-sqlite/0026_quarantine_awaits.sql")),
    ("0027_hand_over", include_str!("../../../../migrations/server-sqlite/0027_hand_over.sql")),
    ("0028_author_device", include_str!("../../../../migrations/server-sqlite/0028_author_device.sql")),
    ("0029_archive", include_str!("../../../../migrations/server-sqlite/0029_archive.sql")),
    ("0030_measures", include_str!("../../../../migrations/server-sqlite/0030_measures.sql")),
];

/// Brings the database up to this program's version. Returns the names of what was applied now.
pub(super) fn migrate(connection: &Connection) -> Result<Vec<&'static str>, StoreError> {
    // One writer at a time from the first look on: a server and a command may start together.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let done = bring_up(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

/// Whether a database that is only read is of this program's version. One of an older version has to be brought up first, and that
/// needs room.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    if known(connection)? < MIGRATIONS.len() { Err(StoreError::Full) } else { Ok(()) }
}

fn bring_up(connection: &Connection) -> Result<Vec<&'static str>, StoreError> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (
             number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL
         ) STRICT",
    )?;
    let applied = known(connection)?;
    let mut done = Vec::new();
    for (index, (name, text)) in MIGRATIONS.iter().enumerate().skip(applied) {
        connection.execute_batch(text)?;
        connection.execute(
            "INSERT INTO migration (number, name, checksum) VALUES (?1, ?2, ?3)",
            (index as i64 + 1, name, checksum_of(text)),
        )?;
        done.push(*name);
    }
    Ok(done)
}

/// How many of this program's migrations the database has; it has no others.
fn known(connection: &Connection) -> Result<usize, StoreError> {
    let applied: Vec<(String, String)> = connection
        .prepare("SELECT name, checksum FROM migration ORDER BY number")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    if applied.len() > MIGRATIONS.len() {
        return Err(StoreError::Newer { found: applied.len(), known: MIGRATIONS.len() });
    }
    for ((name, checksum), (known, text)) in applied.iter().zip(MIGRATIONS) {
        if name != known || *checksum != checksum_of(text) {
            return Err(StoreError::ForeignMigration(name.clone()));
        }
    }
    Ok(applied.len())
}

fn checksum_of(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Connection {
        Connection::open_in_memory().expect("open")
    }

    #[test]
    fn migrating_twice_changes_nothing() {
        let connection = memory();
        assert_eq!(migrate(&connection).expect("first").len(), MIGRATIONS.len());
        assert!(migrate(&connection).expect("second").is_empty());
    }

    #[test]
    fn a_newer_database_is_refused_untouched() {
        let connection = memory();
        migrate(&connection).expect("first");
        connection.execute("INSERT INTO migration VALUES (99, '0099_future', 'x')", []).expect("insert");
        let error = migrate(&connection).expect_err("newer");
        assert!(matches!(error, StoreError::Newer { .. }), "{error}");
        assert!(error.to_string().contains("newer version"));
    }

    #[test]
    fn an_edited_migration_is_refused() {
        let connection = memory();
        migrate(&connection).expect("first");
        connection.execute("UPDATE migration SET checksum = 'other' WHERE number = 2", []).expect("update");
        assert!(matches!(migrate(&connection), Err(StoreError::ForeignMigration(name)) if name == "0002_records"));
    }
}
