//! A little room that is kept in good days, for the way out of a full device: what is to be exported must first be put into
//! envelopes, and the store needs room for that.
//!
//! Invariant: nothing is in it; that it is missing, or shorter, fails nothing.

use std::io::Write as _;
use std::path::Path;

use super::private;
use crate::api::SPARE_BYTES;

/// The file, beside the store.
pub(super) const NAME: &str = "reserve";
const BYTES: u64 = 1024 * 1024;
const BLOCK: [u8; 4096] = [0; 4096];

/// Keeps the room, where there is plenty.
pub(crate) fn keep(folder: &Path) {
    let whole = std::fs::metadata(folder.join(NAME)).is_ok_and(|it| it.len() >= BYTES);
    if !whole && fs4::available_space(folder).is_ok_and(|free| free > SPARE_BYTES) {
        take(folder);
    }
}

/// Gives the room to who needs it, until that is done: `None` where there is none. What is left then is kept again.
pub(crate) fn give(folder: &Path) -> Option<Given<'_>> {
    std::fs::remove_file(folder.join(NAME)).ok().map(|()| Given(folder))
}

/// The room is given.
#[must_use]
pub(crate) struct Given<'a>(&'a Path);

impl Drop for Given<'_> {
    fn drop(&mut self) {
        take(self.0);
    }
}

/// Takes as much as there is, up to all of it.
fn take(folder: &Path) {
    let Ok(mut file) = private::create(&folder.join(NAME)) else { return };
    for _ in 0..BYTES / BLOCK.len() as u64 {
        if file.write_all(&BLOCK).is_err() {
            return;
        }
    }
}
