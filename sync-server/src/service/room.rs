//! Whether the server can take anything in: its store answers, and its disk has room.
//!
//! Invariant: anybody may ask, so it costs little: a file that is written and thrown away, never synced, one at a time. Only
//! where the last commit failed is another one tried.

use std::io::Write as _;

use super::{App, Outcome, Refused, photos};
use crate::store::StoreError;

/// So much room must there be: a commit needs a few pages, and a photo's piece as much.
const LEAST_ROOM: usize = 64 * 1024;

/// Looks whether anything can be read, written and made durable.
pub async fn look(app: &App) -> Outcome<()> {
    let epoch: Outcome<_> = app.store.read(|transaction| Ok(transaction.setting("epoch")?)).await;
    epoch?;
    let file = app.config.uploads().join("room");
    {
        let _turn = app.room.lock().await;
        let tried = tokio::task::spawn_blocking(move || {
            let written = std::fs::File::create(&file).and_then(|mut file| file.write_all(&vec![0; LEAST_ROOM]));
            // Gone again whether it was written or not.
            written.and(std::fs::remove_file(&file))
        });
        let tried = tried.await.map_err(|error| Refused::from(StoreError::Panicked(error.to_string())))?;
        tried.map_err(|error| photos::io_refused(&error))?;
    }
    if app.store.last_commit_failed() {
        let now = app.now().0.to_be_bytes();
        app.store.write(move |transaction| Ok::<_, Refused>(transaction.put_setting("looked", &now)?)).await?;
    }
    Ok(())
}
