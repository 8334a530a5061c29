//! The embedded back end: SQLite in WAL mode with `synchronous=FULL`, one writer thread, a few read connections.
//!
//! Invariant: only the writer thread writes; read connections are `query_only`. Where there is no room there is no writer, and what would
//! be written is answered so, until the store is opened again. What it doesn't do: know what a row means.

mod accounts;
mod archives;
mod audit;
mod column;
mod courier;
mod devices;
mod findings;
mod hand_overs;
mod held;
mod measures;
mod migrate;
mod photos;
mod projections;
mod reading;
mod records;
mod reference;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{StoreError, Transaction};
use reading::Way;
use writer::Writer;

/// Read connections kept open; a job over this number waits for its turn.
const READERS: usize = 4;

/// One open database.
#[derive(Clone)]
pub(super) struct Sqlite {
    /// Another one once there is room again.
    inner: Arc<RwLock<Arc<Inner>>>,
}

struct Inner {
    file: PathBuf,
    /// `None`: it is only read.
    writer: Option<Writer>,
    way: Way,
    idle: Mutex<Vec<Connection>>,
    turns: tokio::sync::Semaphore,
}

/// One transaction on one connection.
pub(super) struct SqliteTransaction<'c> {
    connection: &'c Connection,
    last_folded: archives::LastFolded,
}

impl<'c> SqliteTransaction<'c> {
    fn on(connection: &'c Connection) -> Self {
        Self { connection, last_folded: archives::LastFolded::default() }
    }
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
        Ok(Self::of(file, Some(Writer::start(connection)), Way::Usual, Vec::new()))
    }

    /// Opens a store beside which there is no room, to read it.
    pub(super) fn look(file: &Path) -> Result<Self, StoreError> {
        let (way, connection) = reading::find(file)?;
        Ok(Self::of(file, None, way, vec![connection]))
    }

    fn of(file: &Path, writer: Option<Writer>, way: Way, idle: Vec<Connection>) -> Self {
        let turns = tokio::sync::Semaphore::new(way.readers());
        let inner = Inner { file: file.to_owned(), writer, way, idle: Mutex::new(idle), turns };
        Self { inner: Arc::new(RwLock::new(Arc::new(inner))) }
    }

    fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn takes_in(&self) -> bool {
        self.inner().writer.is_some()
    }

    /// Lets go of a store that is only read, once nobody reads it any more: whoever asks meanwhile is told to come again.
    pub(super) async fn let_go(&self) {
        let inner = self.inner();
        let all = u32::try_from(inner.way.readers()).unwrap_or(1);
        if let Ok(turns) = inner.turns.acquire_many(all).await {
            inner.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
            inner.turns.close();
            drop(turns);
        }
    }

    /// Goes on with what another opened.
    pub(super) fn go_on_with(&self, other: &Self) {
        *self.inner.write().unwrap_or_else(PoisonError::into_inner) = other.inner();
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
        match &self.inner().writer {
            Some(writer) => writer.run(job).await,
            None => Err(StoreError::Full.into()),
        }
    }

    pub(super) fn last_commit_failed(&self) -> bool {
        self.inner().writer.as_ref().is_some_and(Writer::last_commit_failed)
    }

    pub(super) async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        let inner = self.inner();
        let _turn = inner.turns.acquire().await.map_err(|_| StoreError::Closed)?;
        let reader = Arc::clone(&inner);
        let done = tokio::task::spawn_blocking(move || reader.read_now(job)).await;
        done.unwrap_or_else(|panic| Err(StoreError::Panicked(panic.to_string()).into()))
    }

    /// Runs a job on a connection that is in no transaction: its own beside a writer, in its turn where there is none.
    async fn on_connection<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = self.inner();
        let _turn = if inner.writer.is_some() {
            None
        } else {
            Some(inner.turns.acquire().await.map_err(|_| StoreError::Closed)?)
        };
        let reader = Arc::clone(&inner);
        let run = move || {
            let kept = if reader.writer.is_some() { None } else { reader.kept() };
            let connection = kept.map_or_else(|| reader.connect(), Ok)?;
            let done = job(&connection);
            if reader.writer.is_none() {
                reader.keep(connection);
            }
            done
        };
        tokio::task::spawn_blocking(run).await.unwrap_or_else(|panic| Err(StoreError::Panicked(panic.to_string())))
    }

    pub(super) async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let to = to.to_owned();
        let copy = move |source: &Connection| {
            let mut target = Connection::open(&to)?;
            let backup = rusqlite::backup::Backup::new(source, &mut target)?;
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
        self.on_connection(copy).await
    }

    pub(super) async fn check(&self) -> Result<Vec<String>, StoreError> {
        let check = |connection: &Connection| {
            let mut lines: Vec<String> = connection
                .prepare("PRAGMA integrity_check")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            lines.retain(|line| line != "ok");
            Ok(lines)
        };
        self.on_connection(check).await
    }

    pub(super) fn close(&self) {
        if let Some(writer) = &self.inner().writer {
            writer.close();
        }
    }
}

impl Inner {
    fn read_now<T, E: From<StoreError>>(&self, job: impl FnOnce(&dyn Transaction) -> Result<T, E>) -> Result<T, E> {
        let connection = self.kept().map_or_else(|| self.connect(), Ok)?;
        let result = (|| {
            connection.execute_batch("BEGIN DEFERRED").map_err(StoreError::from)?;
            let result = job(&SqliteTransaction::on(&connection));
            connection.execute_batch("ROLLBACK").map_err(StoreError::from)?;
            result
        })();
        self.keep(connection);
        result
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        if self.way == Way::Usual { connect(&self.file, true) } else { reading::connect(&self.file, self.way) }
    }

    fn kept(&self) -> Option<Connection> {
        self.idle.lock().ok().and_then(|mut idle| idle.pop())
    }

    /// A connection whose job panicked is never kept: it may be inside a transaction.
    fn keep(&self, connection: Connection) {
        if connection.is_autocommit()
            && let Ok(mut idle) = self.idle.lock()
        {
            idle.push(connection);
        }
    }
}
