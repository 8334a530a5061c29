//! Reading a store beside which there is no room.
//!
//! SQLite wants room even to read: the index of its log is a file. Where that cannot be made, a store whose log is empty is read as the
//! file stands, and one that has a log with the index in memory, by one connection that has the file for itself.
//!
//! Invariant: nothing is written, and no log is taken in: what a kill left stays as it is for the next server that has room.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{READERS, migrate, projections};
use crate::store::StoreError;

/// How the readers of a store open it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Beside a writer of this process.
    Usual,
    /// Beside whoever else has it open: the index of the log is there, or can be made.
    Beside,
    /// As the file stands: there is no log.
    AsItStands,
    /// Alone, with the index of the log in memory.
    Alone,
}

impl Way {
    /// How many may read at one time.
    pub(super) fn readers(self) -> usize {
        if self == Self::Alone { 1 } else { READERS }
    }
}

/// Finds a way to read a store, and the first connection that goes it.
pub(super) fn find(file: &Path) -> Result<(Way, Connection), StoreError> {
    let mut problem = StoreError::Full;
    for way in [Way::Beside, Way::AsItStands, Way::Alone] {
        if way == Way::AsItStands && has_log(file) {
            continue;
        }
        let tried = connect(file, way).and_then(|connection| migrate::check(&connection).map(|()| connection));
        match tried {
            Ok(connection) => return Ok((way, connection)),
            // Another program's, or damaged: no other way would tell anything else.
            Err(error @ (StoreError::Newer { .. } | StoreError::ForeignMigration(_) | StoreError::Damaged(_))) => {
                return Err(error);
            }
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

/// Opens a connection for looking only.
pub(super) fn connect(file: &Path, way: Way) -> Result<Connection, StoreError> {
    let path = file.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let uri = if way == Way::AsItStands { format!("file:{path}?immutable=1") } else { format!("file:{path}") };
    // Who has the file alone locks it, and that needs leave to write.
    let access = if way == Way::Alone { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let flags = access | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(128);
    if way == Way::Alone {
        connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
    }
    projections::add_search_score(&connection)?;
    connection.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA query_only = ON; PRAGMA cache_size = -8000;")?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

fn has_log(file: &Path) -> bool {
    std::fs::metadata(file.with_extension("db-wal")).is_ok_and(|log| log.len() > 0)
}
