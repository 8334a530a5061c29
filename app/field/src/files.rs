//! Files and folders that people name: how this program looks at them and opens them. What can be used, and what is said where not,
//! is decided in `ancu_shared::reading::file`.

use std::fs::File;
use std::io;
use std::path::Path;

use ancu_shared::error::Problem;
use ancu_shared::reading::file::{self, Found};

/// Opens a regular file of at most so many bytes; its size.
pub fn open(name: &Path, most: u64) -> Result<(File, u64), Problem> {
    file::open(name, most, look(name), || File::open(name))
}

/// Refuses what is there and is no folder.
pub fn check_folder(name: &Path) -> Result<(), Problem> {
    file::check_folder(name, look(name))
}

fn look(name: &Path) -> io::Result<Found> {
    std::fs::metadata(name).map(Found::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_refused_without_waiting_for_who_writes_into_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo is there").success());
        assert!(open(&pipe, 5).expect_err("refused").vi.contains("thiết bị hoặc ống dẫn"));
        assert!(check_folder(&pipe).expect_err("refused").vi.contains("không phải thư mục"));
        assert!(check_folder(folder.path()).is_ok() && check_folder(&folder.path().join("new")).is_ok());
    }
}
