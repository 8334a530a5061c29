//! The migration runner: embedded, numbered, checksummed, forward-only.
//!
//! Invariants: each migration runs once, in one transaction with its row of the ledger; a migration that differs from the
//! one that ran, or a store with more migrations than this program knows, is refused before anything is written.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::fault::{Fault, Outcome};

/// The records' file.
pub const MAIN: &[&str] = &[
    include_str!("../../../../migrations/device/main/0001_records.sql"),
    include_str!("../../../../migrations/device/main/0002_search.sql"),
    include_str!("../../../../migrations/device/main/0003_heard.sql"),
    include_str!("../../../../migrations/device/main/0004_clocks_declarations.sql"),
    include_str!("../../../../migrations/device/main/0005_courier.sql"),
    include_str!("../../../../migrations/device/main/0006_findings.sql"),
    include_str!("../../../../migrations/device/main/0007_parts_apart.sql"),
    include_str!("../../../../migrations/device/main/0008_quarantine_words.sql"),
    include_str!("../../../../migrations/device/main/0009_note_drafts.sql"),
    include_str!("../../../../migrations/device/main/0010_facility_drafts.sql"),
    include_str!("../../../../migrations/device/main/0011_handed_over.sql"),
    include_str!("../../../../migrations/device/main/0012_rest.sql"),
    include_str!("../../../../migrations/device/main/0013_measures.sql"),
];
/// The photos' file.
pub const PHOTOS: &[&str] = &[include_str!("../../../../migrations/device/photos/0001_photos.sql")];

/// Brings a file up to the last of these migrations.
pub fn run(connection: &mut Connection, migrations: &[&str], now: UtcMillis) -> Outcome<()> {
    let known: i64 = connection.query_row(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'migration'",
        [],
        |row| row.get(0),
    )?;
    let ran: Vec<String> = if known == 0 {
        Vec::new()
    } else {
        let mut statement = connection.prepare("SELECT sha256 FROM migration ORDER BY number")?;
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    if ran.len() > migrations.len() {
        return Err(ErrorCode::StoreNewer.into());
    }
    for (number, (sql, ran)) in migrations.iter().zip(&ran).enumerate() {
        if checksum(sql) != *ran {
            return Err(Fault::Broken(format!("migration {} is not the one that ran", number + 1)));
        }
    }
    for (number, sql) in migrations.iter().enumerate().skip(ran.len()) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(
            "CREATE TABLE IF NOT EXISTS migration
             (number INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        )?;
        transaction.execute_batch(sql)?;
        transaction.execute(
            "INSERT INTO migration (number, sha256, at) VALUES (?1, ?2, ?3)",
            (number as i64 + 1, checksum(sql), now.0),
        )?;
        transaction.commit()?;
    }
    Ok(())
}

fn checksum(sql: &str) -> String {
    hex::encode(Sha256::digest(sql))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "CREATE TABLE one (a INTEGER) STRICT";
    const TWO: &str = "CREATE TABLE two (a INTEGER) STRICT";

    #[test]
    fn migrations_run_once_and_a_newer_store_is_refused() {
        let mut connection = Connection::open_in_memory().expect("open");
        run(&mut connection, &[ONE], UtcMillis(1)).expect("first");
        run(&mut connection, &[ONE, TWO], UtcMillis(2)).expect("second");
        run(&mut connection, &[ONE, TWO], UtcMillis(3)).expect("nothing to do");
        let newer = run(&mut connection, &[ONE], UtcMillis(4)).expect_err("newer");
        assert_eq!(newer.code(), ErrorCode::StoreNewer);
        assert!(run(&mut connection, &[TWO, ONE], UtcMillis(5)).is_err());
    }

    #[test]
    fn a_migration_that_fails_leaves_nothing() {
        let mut connection = Connection::open_in_memory().expect("open");
        run(&mut connection, &["CREATE TABLE one (a INTEGER) STRICT; nonsense"], UtcMillis(1)).expect_err("fails");
        run(&mut connection, &[ONE], UtcMillis(1)).expect("as if nothing had been");
    }

    #[test]
    fn premises_of_an_older_store_stay() {
        let mut connection = Connection::open_in_memory().expect("open");
        run(&mut connection, &MAIN[..1], UtcMillis(1)).expect("the first version");
        connection
            .execute_batch(
                "INSERT INTO document (id, kind, unit) VALUES (x'01', 'facility', x'02');
                 INSERT INTO facility_index (document, class, unit, name_key, search, latitude, longitude, summary)
                 VALUES (x'01', 'hotel', x'02', 'a', ' a', 21.0, 105.8, '{}')",
            )
            .expect("its rows");
        run(&mut connection, MAIN, UtcMillis(2)).expect("this version");
        let kept: (String, String) = connection
            .query_row("SELECT name_key, summary FROM facility_index", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("the row");
        assert_eq!(kept, ("a".into(), "{}".into()));
        let searchable: i64 =
            connection.query_row("SELECT count(*) FROM facility_word", [], |row| row.get(0)).expect("the index");
        assert_eq!(searchable, 0);
    }

    #[test]
    fn the_embedded_ones_run() {
        for migrations in [MAIN, PHOTOS] {
            run(&mut Connection::open_in_memory().expect("open"), migrations, UtcMillis(1)).expect("run");
        }
    }
}
