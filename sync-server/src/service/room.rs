//! Whether the server can take anything in: its store answers, its disk has room and its clock is right. And a start without room.
//!
//! Invariants: anybody may ask, so it costs little: a file that is written and thrown away, never synced, one at a time. Only
//! where the last commit failed is another one tried. A server that began without room reads and writes nothing, and does what a
//! start does as soon as there is room.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ancu_shared::error::ErrorCode;

use super::{App, Outcome, Refused, behind, life, photos};
use crate::clock::SystemRandom;
use crate::config::Config;
use crate::store::{Store, StoreError};

/// So much room must there be: a commit needs a few pages, and a photo's piece as much.
const LEAST_ROOM: usize = 64 * 1024;
/// So much must there be to begin with: the log and its index are made first.
const ROOM_TO_BEGIN: usize = 1024 * 1024;

/// Looks whether anything can be read, written and made durable.
pub async fn look(app: &App) -> Outcome<()> {
    recover(app).await?;
    behind::check(app).await?;
    let epoch: Outcome<_> = app.store.read(|transaction| Ok(transaction.setting("epoch")?)).await;
    epoch?;
    {
        let _turn = app.room.lock().await;
        let service = Arc::clone(app);
        let tried = tokio::task::spawn_blocking(move || try_room(&service.config, LEAST_ROOM));
        let tried = tried.await.map_err(|error| Refused::from(StoreError::Panicked(error.to_string())))?;
        tried.map_err(|error| photos::io_refused(&error))?;
    }
    if app.store.last_commit_failed() {
        let now = app.now().0.to_be_bytes();
        app.store.write(move |transaction| Ok::<_, Refused>(transaction.put_setting("looked", &now)?)).await?;
    }
    app.sessions.write_down(app).await
}

fn try_room(config: &Config, bytes: usize) -> io::Result<()> {
    let file = config.uploads().join("room");
    let written = std::fs::File::create(&file).and_then(|mut file| file.write_all(&vec![0; bytes]));
    // Gone again whether it was written or not.
    written.and(std::fs::remove_file(&file))
}

/// Whether there is no room to begin with. What else may be wrong with the disk is told by whoever needs it.
pub fn is_lacking(config: &Config) -> bool {
    let full = |error: io::Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    try_room(config, ROOM_TO_BEGIN).is_err_and(full)
}

/// What a server that began without room does once there is some: all that a start does.
pub async fn recover(app: &App) -> Outcome<()> {
    if app.store.takes_in() {
        return Ok(());
    }
    let _turn = app.room.lock().await;
    if app.store.takes_in() {
        return Ok(());
    }
    let service = Arc::clone(app);
    let lacking = tokio::task::spawn_blocking(move || is_lacking(&service.config)).await;
    if lacking.unwrap_or(true) {
        return Err(ErrorCode::ServerDiskFull.into());
    }
    app.store.let_go().await;
    match begin(app).await {
        Ok(store) => app.store.go_on_with(&store),
        Err(error) => {
            // Read on as before; the next one who asks tries again.
            app.store.go_on_with(&Store::look(&app.config.database())?);
            return Err(error.into());
        }
    }
    tracing::warn!("there is room again: the server takes in what comes");
    app.bring_up_projections().await?;
    photos::miss_lost(app).await?;
    app.sessions.write_down(app).await
}

async fn begin(app: &App) -> Result<Store, StoreError> {
    let database = app.config.database();
    let opened = tokio::task::spawn_blocking(move || Store::open(&database)).await;
    let store = opened.unwrap_or_else(|panic| Err(StoreError::Panicked(panic.to_string())))?;
    if app.lost_its_log.load(Ordering::Relaxed) {
        super::mark_restored(&store).await?;
    }
    life::begin(&store, &mut SystemRandom, app.now()).await?;
    if let Err(error) = crate::unclean::opened(&app.config) {
        tracing::error!(%error, "marking the store as open");
    }
    Ok(store)
}
