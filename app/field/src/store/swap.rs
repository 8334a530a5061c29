//! Puts a store that was made anew in the place of a damaged one.
//!
//! Invariants: wherever it is broken off, the next opening finishes it; the damaged files are moved aside (`damaged-0`,
//! `damaged-1`, …), never deleted: somebody with better tools may read more.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{MAIN, PHOTOS, private};
use crate::fault::{Fault, Outcome};

pub(super) const BESIDE: &str = "anew";
/// How the folders of damaged files begin.
pub(super) const ASIDE: &str = "damaged-";
/// Says that the new store is whole, and where the damaged one goes.
const READY: &str = "ready";
/// A copy of the damaged records' file, to be worked on.
const TORN: &str = "torn.db";

/// An empty folder for the new store.
pub fn begin(folder: &Path) -> Outcome<PathBuf> {
    let beside = folder.join(BESIDE);
    if beside.exists() {
        std::fs::remove_dir_all(&beside)?;
    }
    private::make_folder(&beside)?;
    Ok(beside)
}

/// Copies the records' file, with its log, for a last reading that may write; `None` if it is gone.
pub fn copy_records(folder: &Path) -> Outcome<Option<PathBuf>> {
    if !folder.join(MAIN).exists() {
        return Ok(None);
    }
    let copy = folder.join(BESIDE).join(TORN);
    for suffix in ["", "-wal"] {
        let (from, to) = (folder.join(format!("{MAIN}{suffix}")), copy.with_file_name(format!("{TORN}{suffix}")));
        if from.exists() {
            std::fs::copy(from, to)?;
        }
    }
    Ok(Some(copy))
}

/// Takes the new store into use. It must be closed.
pub fn commit(folder: &Path) -> Outcome<()> {
    let beside = folder.join(BESIDE);
    for name in [MAIN, PHOTOS] {
        if beside.join(format!("{name}-wal")).exists() {
            return Err(Fault::Broken(format!("{name} was made anew and is not closed")));
        }
    }
    let aside = (0..10_000).map(|number| format!("{ASIDE}{number}")).find(|name| !folder.join(name).exists());
    let mut ready = private::create(&beside.join(READY))?;
    ready.write_all(aside.unwrap_or_default().as_bytes())?;
    ready.sync_all()?;
    finish(folder)
}

/// Finishes what [`commit`] began, if it was broken off.
pub fn finish(folder: &Path) -> Outcome<()> {
    let beside = folder.join(BESIDE);
    let aside = match std::fs::read_to_string(beside.join(READY)) {
        Ok(name) if !name.is_empty() => folder.join(name),
        // Not ready: what was begun there is begun anew when it is asked for again.
        _ => return Ok(()),
    };
    private::make_folder(&aside)?;
    for name in [MAIN, PHOTOS] {
        if !beside.join(name).exists() {
            continue; // in its place already
        }
        for suffix in ["-shm", "-wal", ""] {
            let file = format!("{name}{suffix}");
            match std::fs::rename(folder.join(&file), aside.join(&file)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        std::fs::rename(beside.join(name), folder.join(name))?;
    }
    std::fs::remove_dir_all(&beside)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_that_is_broken_off_anywhere_is_finished_by_the_next_opening() {
        for moved in 0..=4 {
            let folder = tempfile::tempdir().expect("folder");
            let at = |name: &str| folder.path().join(name);
            for name in [MAIN, PHOTOS, "main.db-wal"] {
                std::fs::write(at(name), "old").expect("write");
            }
            let beside = begin(folder.path()).expect("begin");
            for name in [MAIN, PHOTOS] {
                std::fs::write(beside.join(name), "new").expect("write");
            }
            // As far as a process came before it died.
            std::fs::write(beside.join(READY), "damaged-0").expect("write");
            std::fs::create_dir_all(at("damaged-0")).expect("folder");
            let steps = [
                ("main.db-wal", "damaged-0/main.db-wal"),
                (MAIN, "damaged-0/main.db"),
                ("anew/main.db", MAIN),
                (PHOTOS, "damaged-0/photos.db"),
            ];
            for (from, to) in &steps[..moved] {
                std::fs::rename(at(from), at(to)).expect("rename");
            }
            for _ in 0..2 {
                finish(folder.path()).expect("finish");
                for (name, content) in [(MAIN, "new"), (PHOTOS, "new"), ("damaged-0/main.db", "old")] {
                    assert_eq!(std::fs::read_to_string(at(name)).expect(name), content, "{name} after {moved}");
                }
                assert!(!at("main.db-wal").exists() && !at("anew").exists());
            }
        }
    }

    #[test]
    fn what_is_not_ready_is_not_taken_into_use() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join(MAIN), "old").expect("write");
        let beside = begin(folder.path()).expect("begin");
        std::fs::write(beside.join(MAIN), "half").expect("write");
        finish(folder.path()).expect("finish");
        assert_eq!(std::fs::read_to_string(folder.path().join(MAIN)).expect("read"), "old");
    }
}
