//! Whether the last server of a folder ended without closing its store, and whether the log of what it wrote last is gone.
//!
//! Invariant: a store whose log was taken away is never taken for whole. What stands in its file alone is an older picture,
//! as a backup is: it begins another life, and devices offer again what it lacks. A kill alone leaves the log, and loses
//! nothing.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::server::LOCK;

fn mark_file(data: &Path) -> PathBuf {
    data.join("server.open")
}

/// Whether the log is missing that an unclean end leaves.
pub fn lost_its_log(config: &Config) -> bool {
    let database = config.database();
    let log = database.with_file_name("server.db-wal");
    mark_file(&config.data).exists() && database.exists() && !log.exists()
}

/// A server opened the store.
pub fn opened(config: &Config) -> io::Result<()> {
    File::create(mark_file(&config.data))?.sync_all()
}

/// The store was closed in peace: its log may be gone.
pub fn closed(config: &Config) {
    match std::fs::remove_file(mark_file(&config.data)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "the next start will ask devices for what they have");
        }
        _ => {}
    }
}

/// A command has opened the store beside no server: it takes in the log when it ends, and nothing of it is lost by that.
pub fn opened_by_command(config: &Config) {
    let lock = File::options().write(true).open(config.data.join(LOCK));
    if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
        closed(config);
    }
}
