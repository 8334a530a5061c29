//! What can go wrong inside the engine, and the closed code that crosses the boundary for it.
//!
//! Invariant: the cause is logged where it is turned into a code, and never shown.

use ancu_shared::error::{ErrorCode, Problem};

/// A failure inside the engine.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Already in the words that cross the boundary.
    #[error(transparent)]
    Problem(Box<Problem>),
    /// The store refused.
    #[error("the store: {0}")]
    Store(#[from] rusqlite::Error),
    /// A file could not be read or written.
    #[error("a file: {0}")]
    File(#[from] std::io::Error),
    /// A record could not be loaded or changed.
    #[error("a record: {0}")]
    Document(String),
    /// Something that must not be.
    #[error("{0}")]
    Broken(String),
}

/// What the engine's inner parts return.
pub type Outcome<T> = Result<T, Fault>;

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<ErrorCode> for Fault {
    fn from(code: ErrorCode) -> Self {
        Problem::new(code).into()
    }
}

impl From<ancu_shared::document::DocumentError> for Fault {
    fn from(error: ancu_shared::document::DocumentError) -> Self {
        Self::Document(error.to_string())
    }
}

impl Fault {
    /// The code that names this failure to a person.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Problem(problem) => problem.known_code(),
            Self::Store(error) => code_of_store(error),
            Self::File(error) => code_of_file(error),
            Self::Document(_) => ErrorCode::RecordUnreadable,
            Self::Broken(_) => ErrorCode::Internal,
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Problem(problem) => *problem,
            other => {
                tracing::error!(cause = %other, "the engine failed");
                Self::new(other.code())
            }
        }
    }
}

fn code_of_store(error: &rusqlite::Error) -> ErrorCode {
    use rusqlite::ErrorCode as Sqlite;
    // Opening grows a file that SQLite keeps beside the store: where that finds no room, nothing is damaged.
    if error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
        return ErrorCode::DiskFull;
    }
    match error.sqlite_error_code() {
        Some(Sqlite::DiskFull) => ErrorCode::DiskFull,
        Some(Sqlite::DatabaseCorrupt | Sqlite::NotADatabase | Sqlite::SystemIoFailure) => ErrorCode::StoreDamaged,
        Some(Sqlite::DatabaseBusy | Sqlite::DatabaseLocked) => ErrorCode::StoreBusy,
        _ => ErrorCode::Internal,
    }
}

fn code_of_file(error: &std::io::Error) -> ErrorCode {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
        _ => ErrorCode::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_as_such() {
        for full in [rusqlite::ffi::SQLITE_FULL, rusqlite::ffi::SQLITE_IOERR_SHMSIZE] {
            let full = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(full), None);
            assert_eq!(Fault::from(full).code(), ErrorCode::DiskFull);
        }
        let file = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(Fault::from(file).code(), ErrorCode::DiskFull);
        let damaged = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB), None);
        assert_eq!(Problem::from(Fault::from(damaged)).known_code(), ErrorCode::StoreDamaged);
    }
}
