//! The device's store: two SQLCipher files under one random key, records and photos.
//!
//! Invariants: WAL and `synchronous=FULL`, so that what a call returned as saved survives a power cut; one process at a time
//! (`engine.lock`); a file made by a newer version is refused, never touched. SQL stands in this folder and nowhere else in
//! the crate.

pub mod aside;
pub mod changes;
pub mod courier;
pub mod directory;
pub mod drafts;
pub mod findings;
pub mod forms;
pub mod heard;
pub mod history;
pub mod index;
pub mod journal;
pub mod measures;
pub mod migrations;
pub mod moves;
pub mod outbox;
pub mod outside;
pub mod pictures;
pub(crate) mod private;
pub mod profile;
pub(crate) mod reserve;
pub mod rest;
pub mod salvage;
pub mod swap;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::fault::{Fault, Outcome};
use crate::keyring::{self, StoreKey};

const MAIN: &str = "main.db";
const PHOTOS: &str = "photos.db";
const LOCK: &str = "engine.lock";
/// How the names of everything in the folder begin that holds or guards data.
const OURS: [&str; 11] = [
    MAIN,
    PHOTOS,
    LOCK,
    keyring::FILE,
    keyring::ENROLMENT,
    swap::BESIDE,
    swap::ASIDE,
    aside::ASIDE,
    aside::MOVING,
    aside::LAST_KNOWN,
    reserve::NAME,
];
/// Decrypted pages of the records' file that are kept in memory, at most.
const CACHE_KIB: i64 = 16 * 1024;

/// The right to use a data folder: held by one process at a time, given back when it ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder, making it if need be; `file_unusable` where it can be neither made nor written to.
    pub fn take(folder: &Path) -> Outcome<Self> {
        let opened = private::make_folder(folder).and_then(|()| private::touch(&folder.join(LOCK)));
        let file = opened.map_err(|error| cannot_be_used(folder, error))?;
        match file.try_lock() {
            Ok(()) => {
                private::close_all(folder, &OURS);
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => Err(ErrorCode::StoreBusy.into()),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

/// That a data folder cannot be used. A disk that is full is another matter, and says so.
fn cannot_be_used(folder: &Path, error: std::io::Error) -> Fault {
    let fault = Fault::from(error);
    if fault.code() == ErrorCode::DiskFull {
        return fault;
    }
    let name = folder.display().to_string();
    tracing::debug!(cause = %fault, folder = %name, "the data folder cannot be used");
    let words = Problem {
        vi: format!("{name}: không tạo hoặc không ghi được thư mục này; hãy chọn thư mục khác, hoặc cấp quyền ghi."),
        en: format!(
            "{name}: this folder cannot be made or written to; choose another one, or give the right to write."
        ),
        ..Problem::new(ErrorCode::FileUnusable)
    };
    words.with(serde_json::json!({ "file": name })).into()
}

/// The open store.
pub struct Store {
    /// Records.
    pub main: Connection,
    /// Photos and thumbnails.
    pub photos: Connection,
    folder: PathBuf,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.folder.display())
    }
}

impl Store {
    /// Whether this folder has a store.
    pub fn exists(folder: &Path) -> bool {
        folder.join(MAIN).exists()
    }

    /// Opens the store, makes it if it isn't there, and brings it up to this version.
    pub fn open(folder: &Path, key: &StoreKey, now: UtcMillis) -> Outcome<Self> {
        let mut main = connect(&folder.join(MAIN), key)?;
        migrations::run(&mut main, migrations::MAIN, now)?;
        // The pages that a search reads stay decrypted in memory: a person types the next letter.
        main.pragma_update(None, "cache_size", -CACHE_KIB)?;
        let mut photos = connect(&folder.join(PHOTOS), key)?;
        migrations::run(&mut photos, migrations::PHOTOS, now)?;
        Ok(Self { main, photos, folder: folder.to_owned() })
    }

    /// Opens what can be opened of a damaged store: a copy of the records' file, and the photos where they lie.
    pub fn open_torn(records: &Path, folder: &Path, key: &StoreKey) -> Outcome<Self> {
        let main = connect(records, key)?;
        let photos = folder.join(PHOTOS);
        let photos = if photos.exists() { connect(&photos, key).ok() } else { None };
        // Without the photos' file there is one without photos.
        let photos = photos.map_or_else(Connection::open_in_memory, Ok)?;
        Ok(Self { main, photos, folder: folder.to_owned() })
    }

    /// Whether a page of the files cannot be read or does not fit the others, or bytes that were not sent yet are gone.
    pub fn is_damaged(&self) -> bool {
        let torn = [&self.main, &self.photos].into_iter().any(|file| {
            let said = file.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
            !said.is_ok_and(|said| said == "ok")
        });
        let unsent = || pictures::unsent(&self.main).unwrap_or_default();
        torn || unsent().iter().any(|photo| !pictures::is_here(&self.photos, &photo.id).is_ok_and(|here| here))
    }

    /// Takes the store's files away: only for an enrolment that did not come about.
    pub fn remove(folder: &Path) -> Outcome<()> {
        for name in [MAIN, PHOTOS] {
            for suffix in ["", "-wal", "-shm"] {
                match std::fs::remove_file(folder.join(format!("{name}{suffix}"))) {
                    Ok(()) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    /// Lets the records' file grow to so many pages at most, as long as it is open; `None`: as far as the disk allows.
    pub fn limit(&self, pages: Option<u32>) -> Outcome<()> {
        // SQLite's own limit; it never goes below what the file has already.
        let most = pages.map_or(i64::from(u32::MAX) - 1, i64::from);
        self.main.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))?;
        Ok(())
    }

    /// Rises with whatever is written as long as the store is open.
    pub fn revision(&self) -> u64 {
        self.main.total_changes()
    }

    /// Free bytes where the store is.
    pub fn free_bytes(&self) -> Outcome<u64> {
        Ok(fs4::available_space(&self.folder)?)
    }
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Index {
    /// The index of its log lies beside it, as others need it who open it too.
    Beside,
    /// The index is in memory, and the file is this connection's alone.
    InMemory,
}

/// Opens a file. Where the disk has no room for what SQLite keeps beside it, it is opened without: records can be read then,
/// and what writes says that the disk is full.
fn connect(path: &Path, key: &StoreKey) -> Outcome<Connection> {
    match connect_with(path, key, Index::Beside) {
        Err(full) if full.code() == ErrorCode::DiskFull => connect_with(path, key, Index::InMemory),
        other => other,
    }
}

fn connect_with(path: &Path, key: &StoreKey, index: Index) -> Outcome<Connection> {
    // Made closed; SQLite gives the log the file's own mode. One that is there is left alone: closing it once more would
    // drop the locks that another connection of this process holds on it.
    if !path.exists() {
        private::touch(path)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // A raw key: SQLCipher derives nothing, the PIN was stretched by the keyring.
    let literal = Zeroizing::new(format!("x'{}'", hex::encode(key.as_slice())));
    connection.pragma_update(None, "key", literal.as_str())?;
    connection.pragma_update(None, "temp_store", "MEMORY")?; // nothing unencrypted on disk
    if index == Index::InMemory {
        // The folder is locked: nobody else opens it.
        connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
    }
    // A page that is not in memory is read, decrypted and authenticated.
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0)).map_err(|error| {
        match error.sqlite_error_code() {
            // The keyring's authenticated wrapping was right, so the file is at fault.
            Some(rusqlite::ErrorCode::NotADatabase) => Fault::from(ErrorCode::StoreDamaged),
            _ => error.into(),
        }
    })?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Sixteen or thirty-two bytes out of a column.
pub(crate) fn bytes<const N: usize>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<[u8; N]> {
    let found = row.get_ref(column)?.as_blob()?;
    found
        .try_into()
        .map_err(|_| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Blob, "length".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path, key: u8) -> Outcome<Store> {
        Store::open(folder, &Zeroizing::new([key; 32]), UtcMillis(1))
    }

    #[test]
    fn the_files_are_encrypted_and_open_with_their_key_only() {
        let folder = tempfile::tempdir().expect("folder");
        let store = open(folder.path(), 1).expect("open");
        store.main.execute("INSERT INTO profile VALUES ('word', 'Khương Đình')", []).expect_err("text is no blob");
        store.main.execute("INSERT INTO profile VALUES ('word', x'4b68756f6e67')", []).expect("insert");
        drop(store);
        for name in [MAIN, PHOTOS] {
            let raw = std::fs::read(folder.path().join(name)).expect("read");
            assert!(!raw.windows(15).any(|part| part == b"SQLite format 3"), "{name}");
            assert!(!raw.windows(6).any(|part| part == b"Khuong"), "{name}");
        }
        assert_eq!(open(folder.path(), 2).expect_err("foreign key").code(), ErrorCode::StoreDamaged);
        assert!(open(folder.path(), 1).is_ok());
    }

    #[test]
    fn what_is_committed_is_durable() {
        let folder = tempfile::tempdir().expect("folder");
        let store = open(folder.path(), 1).expect("open");
        let mode: String = store.main.query_row("PRAGMA journal_mode", [], |row| row.get(0)).expect("mode");
        let full: i64 = store.main.query_row("PRAGMA synchronous", [], |row| row.get(0)).expect("synchronous");
        assert_eq!((mode.as_str(), full), ("wal", 2));
    }

    #[test]
    fn a_folder_belongs_to_one_at_a_time() {
        let folder = tempfile::tempdir().expect("folder");
        let first = FolderLock::take(folder.path()).expect("first");
        assert_eq!(FolderLock::take(folder.path()).expect_err("second").code(), ErrorCode::StoreBusy);
        drop(first);
        assert!(FolderLock::take(folder.path()).is_ok());
    }
}
