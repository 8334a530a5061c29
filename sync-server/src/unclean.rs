//! Whether the last server of a folder ended without closing its store, and whether the log of what it wrote last is gone; and whether a
//! store is gone that was here.
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

/// Whether the folder has a store that was opened once.
pub fn has_store(config: &Config) -> bool {
    std::fs::metadata(config.database()).is_ok_and(|file| file.len() > 0)
}

/// What says that a server kept its store in this folder, though the store is not there or has no bytes. `None`: the folder
/// is new, or its store is there.
///
/// A store that was opened once is never without bytes: SQLite writes its first page at once.
pub fn emptied(config: &Config) -> Option<PathBuf> {
    if has_store(config) {
        return None;
    }
    // Written only once the store was open. Certificates are no sign: they are made before it, and may be brought along.
    let signs = [config.url_file(), mark_file(&config.data)];
    signs.into_iter().find(|sign| sign.exists()).or_else(|| {
        let photos = files_in(&config.blobs()).into_iter().flat_map(|folder| files_in(&folder));
        photos.chain(files_in(&config.uploads())).find(|file| file.is_file())
    })
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).map_or_else(|_| Vec::new(), |entries| entries.flatten().map(|it| it.path()).collect())
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
