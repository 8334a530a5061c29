//! Sending by file: what is unsent goes out in one, files of colleagues are carried, receipts come back.
//!
//! Invariants: a file counts for nothing: what is in it stays unsent until the server's word on it is here, by an exchange
//! or by a receipt that the server signed; an existing file is never overwritten; a file is found whole before anything of it
//! is believed; files of any size pass through a little memory, and the store is not locked while they are copied.

mod carry;
mod export;

use std::io;
use std::path::{Path, PathBuf};

use ancu_shared::courier::{EXTENSION, is_full};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::BundleId;
use serde::{Deserialize, Serialize};

use crate::fault::Outcome;
use crate::store::Store;
use crate::store::courier::{self as rows, Cargo, ExportedUnsent};

pub use carry::Taken;
pub(crate) use carry::cargo_file;
pub use export::{FilePiece, Written};

/// The most bytes in one piece of a file that a window reads or hands in.
pub const MAX_PIECE_BYTES: usize = 4 * 1024 * 1024;

/// How sending by file stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct CourierStatus {
    /// Whether there is a key to make such files with: the server hands it out with the first exchange.
    pub ready: bool,
    /// What of the unsent is in such a file. It has no receipt.
    pub exported: Option<ExportedUnsent>,
    /// Files of colleagues that are, or were, carried here, newest first.
    pub cargo: Vec<Cargo>,
}

impl CourierStatus {
    /// As the store has it.
    pub(crate) fn of(store: &Store, ready: bool) -> Outcome<Self> {
        Ok(Self { ready, exported: rows::exported(&store.main)?, cargo: rows::cargo(&store.main)? })
    }
}

/// A file of a person's that cannot be used as asked.
pub(crate) fn unusable(file: &Path, error: &io::Error) -> Problem {
    tracing::warn!(%error, file = %file.display(), "a file cannot be used");
    if is_full(error) {
        return no_room();
    }
    Problem::new(ErrorCode::FileUnusable).with(serde_json::json!({ "file": file.display().to_string() }))
}

/// That a file found no room: nothing of it was kept.
fn no_room() -> Problem {
    Problem::new(ErrorCode::DiskFull).said(
        "Không đủ chỗ để ghi tệp nên chưa có tệp nào được ghi; mọi thứ trên máy vẫn còn nguyên. Hãy giải phóng bộ nhớ, hoặc \
         ghi ra nơi khác còn chỗ (thẻ nhớ, ổ USB), rồi làm lại.",
        "There is no room for the file, so none was written; everything on this device is as it was. Free some space, or \
         write to another place that has room (a memory card, a USB drive), then do it again.",
    )
}

/// That the device's own store found no room to prepare a file: another place for the file helps nothing.
fn no_own_room() -> Problem {
    Problem::new(ErrorCode::DiskFull).said(
        "Bộ nhớ của chính máy này đã đầy nên chưa chuẩn bị được tệp; chưa có tệp nào được ghi, mọi thứ trên máy vẫn còn nguyên. \
         Ghi ra nơi khác không giúp được: hãy xóa bớt tệp ngoài An Cư trên máy này (cần khoảng 1 MB), rồi làm lại.",
        "This device's own storage is full, so the file could not be prepared; none was written, and everything on this device \
         is as it was. Another place for the file does not help: delete files of other programs on this device (about 1 MB is \
         needed), then do it again.",
    )
}

/// A refusal to write a file, in the words for files where the disk is full.
fn of_file(problem: Problem) -> Problem {
    if problem.known_code() == ErrorCode::DiskFull { no_room() } else { problem }
}

/// Refuses a file of so many bytes where less is free.
fn check_room(free: u64, needed: u64) -> Result<(), Problem> {
    if free >= needed {
        return Ok(());
    }
    Err(no_room().with(serde_json::json!({ "free_bytes": free, "needed_bytes": needed })))
}

/// Makes a file that is not there yet, whole or not at all: it has its name only once its bytes are durable.
pub(crate) fn write_new(
    file: &Path,
    write: impl FnOnce(std::fs::File) -> Result<std::fs::File, Problem>,
) -> Result<(), Problem> {
    let failed = |error: io::Error| unusable(file, &error);
    if file.exists() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let unfinished = file.with_extension(format!("{EXTENSION}-part"));
    // What an export that was killed left there is of no use.
    let made = std::fs::File::create(&unfinished).map_err(failed)?;
    let written = write(made).and_then(|made| {
        made.sync_all().map_err(failed)?;
        std::fs::rename(&unfinished, file).map_err(failed)
    });
    if written.is_err() {
        // What is half written is of no use to anybody.
        let _gone = std::fs::remove_file(&unfinished);
    }
    written
}

/// That a file is to have another name.
fn misnamed(file: &Path) -> Problem {
    let better = file.with_extension(EXTENSION).display().to_string();
    Problem::new(ErrorCode::FileUnusable).at("file").said(
        &format!("Tên tệp phải có đuôi .{EXTENSION}, ví dụ: {better}. Chưa có tệp nào được ghi."),
        &format!("The file's name must end in .{EXTENSION}, for example: {better}. No file was written."),
    )
}

/// The place of a file: where it was asked for, or under a name of its own in a folder, made if need be.
fn place(file: Option<&Path>, folder: PathBuf, name: &str) -> Result<PathBuf, Problem> {
    if let Some(file) = file {
        return if file.extension().is_some_and(|it| it == EXTENSION) {
            Ok(file.to_owned())
        } else {
            Err(misnamed(file))
        };
    }
    std::fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
    Ok(folder.join(format!("{name}.{EXTENSION}")))
}

fn short(bundle: &BundleId) -> String {
    bundle.to_string()[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_disk_that_fills_up_under_a_file_leaves_nothing_of_it() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("viec.ancu");
        let refused = write_new(&file, |mut made| {
            made.write_all(&[7; 4096]).expect("room for some of it");
            Err(unusable(&file, &io::ErrorKind::StorageFull.into()))
        });
        let refused = refused.expect_err("no room");
        assert_eq!(refused.known_code(), ErrorCode::DiskFull);
        assert!(refused.vi.contains("chưa có tệp nào được ghi"), "{refused:?}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("list").count(), 0, "nothing is left");
    }
}
