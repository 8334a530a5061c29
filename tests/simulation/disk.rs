//! Disks that lose power: a folder as it is found afterwards.
//!
//! What SQLite committed is in its write-ahead log, in order. So the log, cut anywhere after what was acknowledged before, is
//! a state in which a crash may leave a store: between two transactions, or in the middle of a write that then does not count.

use std::path::{Path, PathBuf};

use ancu_shared::clock::SeededRandom;

/// Header of a write-ahead log, and of each frame in it.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const PAGE: usize = 4096;

/// Files beside a database that are written between two of its commits: the keyrings of a device.
const BESIDE: [&str; 2] = ["keyring.json", "enrolment.json"];

/// A store's files at one instant.
#[derive(Debug)]
pub(crate) struct Files {
    database: Vec<u8>,
    log: Vec<u8>,
    beside: [Option<Vec<u8>>; 2],
}

impl Files {
    /// The files of a database that nobody writes to at the moment.
    pub(crate) fn of(database: &Path) -> Self {
        let read = |path: &Path| std::fs::read(path).unwrap_or_default();
        let beside = BESIDE.map(|name| std::fs::read(database.with_file_name(name)).ok());
        Self { database: read(database), log: read(&log_of(database)), beside }
    }

    /// How much of the log a crash leaves that came between `self` and now: anywhere between the two, or all of it where the
    /// log was folded into the database meanwhile.
    fn cut(&self, now: &Self, random: &mut SeededRandom) -> usize {
        let same = self.log.iter().zip(&now.log).take_while(|(before, after)| before == after).count();
        let grown = same >= LOG_HEADER || self.log.is_empty();
        if !grown || self.database != now.database || now.log.len() <= LOG_HEADER {
            return now.log.len();
        }
        let frame = FRAME_HEADER + PAGE;
        let from = LOG_HEADER + same.saturating_sub(LOG_HEADER) / frame * frame;
        from + random.below(now.log.len().saturating_sub(from) + 1)
    }
}

fn log_of(database: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", database.display()))
}

/// Copies a folder as a crash leaves it; `database`: the file in it that may have lost what was written since `before`.
/// Whether nothing was lost.
pub(crate) fn crash(from: &Path, to: &Path, database: &str, before: &Files, random: &mut SeededRandom) -> bool {
    let now = Files::of(&from.join(database));
    // Half of the crashes come when everything is on the disk and the answer is not out yet.
    let cut = if random.below(2) == 0 { now.log.len() } else { before.cut(&now, random) };
    copy(from, to);
    if cut < now.log.len() {
        std::fs::write(log_of(&to.join(database)), &now.log[..cut]).expect("a log that was cut");
        // They were written after what is lost now: each commit was on the disk before the next step.
        for (name, before) in BESIDE.iter().zip(&before.beside) {
            let file = to.join(name);
            match before {
                Some(bytes) => std::fs::write(file, bytes).expect("a file as it was"),
                None if file.exists() => std::fs::remove_file(file).expect("a file that is not there yet"),
                None => {}
            }
        }
    }
    cut == now.log.len()
}

/// Copies a folder but for what belongs to a running process.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().expect("a type").is_dir() {
            copy(&source, &target);
        } else if !name.ends_with("-shm") && name != "engine.lock" {
            std::fs::copy(&source, &target).expect("a file");
        }
    }
}
