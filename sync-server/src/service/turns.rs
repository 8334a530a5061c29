//! One PATCH at a time per upload; a newer one displaces an older, whose connection is dead by then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

type Lock = Arc<tokio::sync::Mutex<()>>;

/// Who is at work on which upload.
#[derive(Debug, Default)]
pub struct Turns {
    uploads: Arc<Mutex<HashMap<String, (Lock, CancellationToken)>>>,
}

/// A turn at one upload; ends when dropped.
#[derive(Debug)]
pub struct Turn {
    id: String,
    cancelled: CancellationToken,
    uploads: Arc<Mutex<HashMap<String, (Lock, CancellationToken)>>>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Takes the turn, displacing who has it.
    pub async fn take(&self, id: &str) -> Turn {
        let cancelled = CancellationToken::new();
        let lock = {
            let mut uploads = self.uploads.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let entry = uploads.entry(id.to_owned()).or_default();
            entry.1.cancel();
            entry.1 = cancelled.clone();
            Arc::clone(&entry.0)
        };
        let guard = Some(lock.lock_owned().await);
        Turn { id: id.to_owned(), cancelled, uploads: Arc::clone(&self.uploads), guard }
    }
}

impl Turn {
    /// Returns when another took the turn.
    pub async fn displaced(&self) {
        self.cancelled.cancelled().await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.guard = None;
        let mut uploads = self.uploads.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Nobody else holds or awaits the lock: only the map does.
        if uploads.get(&self.id).is_some_and(|(lock, _)| Arc::strong_count(lock) == 1) {
            uploads.remove(&self.id);
        }
    }
}
