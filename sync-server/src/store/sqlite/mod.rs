//! The embedded back end: SQLite in WAL mode with `synchronous=FULL`, one writer thread, a few read connections.
//!
//! Invariant: only the writer thread writes; read connections are `query_only`. What it doesn't do: know what a row means.

mod accounts;
mod audit;
mod column;
mod courier;
mod devices;
mod findings;
mod held;
mod migrate;
mod photos;
mod projections;
mod records;
mod reference;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{StoreError, Transaction};
use writer::Writer;

/// Read connections kept open; a job over this number waits for its turn.
const READERS: usize = 4;

/// One open database.
#[derive(Clone)]
pub(super) struct Sqlite {
    inner: Arc<Inner>,
}

struct Inner {
    file: PathBuf,
    writer: Writer,
    idle: Mutex<Vec<Connection>>,
    turns: tokio::sync::Semaphore,
}

/// One transaction on one connection.
pub(super) struct SqliteTransaction<'c> {
    connection: &'c Connection,
}

impl Transaction for SqliteTransaction<'_> {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
        // The index of the log grows before the log does, and says in its own way that there is no room.
        let no_room = error.sqlite_error().is_some_and(|it| it.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::Full,
            _ if no_room => Self::Full,
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error.to_string()),
            _ if matches!(error, rusqlite::Error::FromSqlConversionFailure(..)) => Self::Damaged(error.to_string()),
            _ => Self::Database(error.to_string()),
        }
    }
}

fn connect(file: &Path, read_only: bool) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(Duration::from_secs(20))?;
    connection.set_prepared_statement_cache_capacity(128);
    projections::add_search_score(&connection)?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")?;
    if read_only {
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8000;")?;
    } else {
        // The writer meets the same pages of its indexes again and again. Fewer, larger checkpoints write each of them once.
        connection.execute_batch("PRAGMA cache_size = -64000; PRAGMA wal_autocheckpoint = 16000;")?;
    }
    Ok(connection)
}

impl Sqlite {
    pub(super) fn open(file: &Path) -> Result<Self, StoreError> {
        let connection = connect(file, false)?;
        let _: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        let applied = migrate::migrate(&connection)?;
        if !applied.is_empty() {
            tracing::info!(?applied, "migrated the store");
        }
        Ok(Self {
            inner: Arc::new(Inner {
                file: file.to_owned(),
                writer: Writer::start(connection),
                idle: Mutex::new(Vec::new()),
                turns: tokio::sync::Semaphore::new(READERS),
            }),
        })
    }

    pub(super) fn setting_of(file: &Path, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        use rusqlite::OptionalExtension as _;
        // Immutable: a look leaves no log beside the file, and needs none.
        let path = file.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)?;
        Ok(connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()?)
    }

    pub(super) async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        self.inner.writer.run(job).await
    }

    pub(super) fn last_commit_failed(&self) -> bool {
        self.inner.writer.last_commit_failed()
    }

    pub(super) async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let _turn = self.inner.turns.acquire().await.map_err(|_| StoreError::Closed)?;
        let done = tokio::task::spawn_blocking(move || inner.read_now(job)).await;
        done.unwrap_or_else(|panic| Err(StoreError::Panicked(panic.to_string()).into()))
    }

    pub(super) async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let (file, to) = (self.inner.file.clone(), to.to_owned());
        let copy = move || {
            let source = connect(&file, true)?;
            let mut target = Connection::open(&to)?;
            let backup = rusqlite::backup::Backup::new(&source, &mut target)?;
            // All pages in one step: a consistent picture, and writers are not held up in WAL mode.
            while backup.step(-1)? != rusqlite::backup::StepResult::Done {}
            drop(backup);
            // The copy is another life of the store as soon as it is taken into use: see service::life.
            target.execute(
                "INSERT INTO meta (key, value) VALUES ('restored', x'01') ON CONFLICT (key) DO UPDATE SET value = x'01'",
                [],
            )?;
            target.close().map_err(|(_, error)| error)?;
            Ok(())
        };
        tokio::task::spawn_blocking(copy).await.unwrap_or_else(|panic| Err(StoreError::Panicked(panic.to_string())))
    }

    pub(super) async fn check(&self) -> Result<Vec<String>, StoreError> {
        let file = self.inner.file.clone();
        let check = move || {
            let connection = connect(&file, true)?;
            let mut lines: Vec<String> = connection
                .prepare("PRAGMA integrity_check")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            lines.retain(|line| line != "ok");
            Ok(lines)
        };
        tokio::task::spawn_blocking(check).await.unwrap_or_else(|panic| Err(StoreError::Panicked(panic.to_string())))
    }

    pub(super) fn close(&self) {
        self.inner.writer.close();
    }
}

impl Inner {
    fn read_now<T, E: From<StoreError>>(&self, job: impl FnOnce(&dyn Transaction) -> Result<T, E>) -> Result<T, E> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.file, true)?,
        };
        let result = (|| {
            connection.execute_batch("BEGIN DEFERRED").map_err(StoreError::from)?;
            let result = job(&SqliteTransaction { connection: &connection });
            connection.execute_batch("ROLLBACK").map_err(StoreError::from)?;
            result
        })();
        // A connection whose job panicked is never given back: it may be inside a transaction.
        if connection.is_autocommit()
            && let Ok(mut idle) = self.idle.lock()
        {
            idle.push(connection);
        }
        result
    }
}
