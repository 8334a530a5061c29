//! The store: a transaction as the unit of work, a contract in small traits, hand-written back ends.
//!
//! Invariants: handlers and services hold no SQL; one writer at a time; a write's result is handed out only after its
//! commit is durable; a job that panics is rolled back and named, and the writer goes on.

pub mod contract;
pub mod rows;
pub mod sqlite;

use std::path::Path;

pub use contract::{
    Accounts, Archives, Bundles, Devices, Findings, HandOvers, Held, Ledger, Measures, Photos, Projections, Records,
    Reference, Transaction,
};

use ancu_shared::error::{ErrorCode, Problem};

/// Why the store could not do something.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database is of a newer program.
    #[error(
        "the database was made by a newer version of ancu-server ({found} migrations, this program knows {known}); update this program"
    )]
    Newer {
        /// Migrations in the database.
        found: usize,
        /// Migrations this program has.
        known: usize,
    },
    /// A migration in the database differs from this program's of that name.
    #[error("the database's migration {0} is not this program's: it is another program's database, or was edited")]
    ForeignMigration(String),
    /// No space left.
    #[error("no space left for the database")]
    Full,
    /// What is stored cannot be read. Said to who runs the server, in both languages.
    #[error(
        "the database is damaged ({0}); stop the server, look with `ancu-server doctor`, put a backup in its place: devices \
         keep what they sent and offer again what the backup lacks / cơ sở dữ liệu của máy chủ bị hỏng; hãy dừng máy chủ, \
         kiểm tra bằng `ancu-server doctor`, rồi thay bằng bản sao lưu: các máy vẫn giữ dữ liệu đã gửi và sẽ gửi lại phần \
         còn thiếu"
    )]
    Damaged(String),
    /// A fault of the database.
    #[error("database: {0}")]
    Database(String),
    /// The database ended a transaction by itself, for another job's sake.
    #[error("the database took the transaction back")]
    TakenBack,
    /// A job panicked and was rolled back.
    #[error("a job panicked: {0}")]
    Panicked(String),
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "store");
        Self::new(match error {
            StoreError::Full => ErrorCode::ServerDiskFull,
            StoreError::Closed | StoreError::TakenBack => ErrorCode::Unavailable,
            StoreError::Damaged(_) => ErrorCode::ServerStoreDamaged,
            _ => ErrorCode::Internal,
        })
    }
}

/// The store that handlers and services hold; cheap to clone.
#[derive(Clone)]
pub struct Store {
    backend: sqlite::Sqlite,
}

impl Store {
    /// Opens (and creates, and migrates) the embedded store.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        Ok(Self { backend: sqlite::Sqlite::open(file)? })
    }

    /// Opens a store beside which there is no room: it is read, and whatever would be written is answered with [`StoreError::Full`].
    pub fn look(file: &Path) -> Result<Self, StoreError> {
        Ok(Self { backend: sqlite::Sqlite::look(file)? })
    }

    /// Whether it takes anything in, or is only read.
    pub fn takes_in(&self) -> bool {
        self.backend.takes_in()
    }

    /// Lets go of a store that was only read, so that it can be opened again. Until it goes on, whoever asks is told to come again.
    pub async fn let_go(&self) {
        self.backend.let_go().await;
    }

    /// Everybody who holds this store goes on with what another opened.
    pub fn go_on_with(&self, other: &Self) {
        self.backend.go_on_with(&other.backend);
    }

    /// A setting of a store that is not opened: the file stays as it is, whatever it is.
    pub fn setting_of(file: &Path, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        sqlite::Sqlite::setting_of(file, key)
    }

    /// Runs a job in a read transaction of its own: a consistent picture of one instant.
    pub async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        self.backend.read(job).await
    }

    /// Runs a job in the writer's transaction: all of it is durable when this returns `Ok`, none of it on `Err`.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        self.backend.write(job).await
    }

    /// Whether the last attempt to make something durable failed. One that is never tried again stays the last.
    pub fn last_commit_failed(&self) -> bool {
        self.backend.last_commit_failed()
    }

    /// Copies the whole database, consistent, while others read and write.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        self.backend.backup(to).await
    }

    /// The database's own check of its file; empty = sound.
    pub async fn check(&self) -> Result<Vec<String>, StoreError> {
        self.backend.check().await
    }

    /// Ends the writer after what is queued.
    pub fn close(&self) {
        self.backend.close();
    }
}
