//! Files and folders that people name: looked at before they are opened, and read up to a limit only.
//!
//! Invariant: a pipe, a device or a folder in a file's place is refused at once: opening a pipe waits for who writes into it,
//! and reading a device may have no end.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use ancu_shared::error::Problem;
use ancu_shared::reading::file::Unusable;

/// Opens a regular file of at most so many bytes; its size.
pub fn open(file: &Path, most: u64) -> Result<(File, u64), Problem> {
    look(file, most).and_then(|size| Ok((File::open(file).map_err(|error| unusable(&error))?, size))).map_err(|why| {
        tracing::debug!(?why, file = %file.display(), "a file that was named is not used");
        why.problem(&file.display().to_string())
    })
}

/// Reads a regular file of at most so many bytes.
pub fn read(file: &Path, most: u64) -> Result<Vec<u8>, Problem> {
    let (opened, _) = open(file, most)?;
    let mut bytes = Vec::new();
    // It may have grown since it was looked at.
    let read = opened.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| unusable(&error));
    let read = read.and_then(|size| if size as u64 > most { Err(Unusable::TooLarge(most)) } else { Ok(bytes) });
    read.map_err(|why| why.problem(&file.display().to_string()))
}

/// Refuses what is there and is no folder.
pub fn check_folder(folder: &Path) -> Result<(), Problem> {
    let is = |about: Metadata| if about.is_dir() { Ok(()) } else { Err(Unusable::NoFolder) };
    let looked = match std::fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        about => about.map_err(|error| unusable(&error)).and_then(is),
    };
    looked.map_err(|why| why.problem(&folder.display().to_string()))
}

/// Looks at a file; its size.
fn look(file: &Path, most: u64) -> Result<u64, Unusable> {
    let about = std::fs::metadata(file).map_err(|error| unusable(&error))?;
    match about.len() {
        _ if about.is_dir() => Err(Unusable::Folder),
        _ if !about.is_file() => Err(Unusable::NoFile),
        size if size > most => Err(Unusable::TooLarge(most)),
        size => Ok(size),
    }
}

fn unusable(error: &io::Error) -> Unusable {
    Unusable::of(error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_regular_file_within_its_limit_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, pipe) = (folder.path().join("file"), folder.path().join("pipe"));
        std::fs::write(&file, b"12345").expect("write");
        assert_eq!(read(&file, 5).expect("it fits"), b"12345");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo is there").success());
        let why = |file: &Path, most| read(file, most).expect_err("refused").vi;
        assert!(why(&file, 4).contains("lớn hơn"));
        assert!(why(folder.path(), 5).contains("đây là thư mục"));
        assert!(why(&pipe, 5).contains("thiết bị hoặc ống dẫn"));
        assert!(why(Path::new("/dev/zero"), 5).contains("thiết bị hoặc ống dẫn"));
        assert!(why(&folder.path().join("none"), 5).contains("không có tệp này"));
        assert!(check_folder(folder.path()).is_ok() && check_folder(&folder.path().join("new")).is_ok());
        assert!(check_folder(&file).expect_err("a file").vi.contains("không phải thư mục"));
        assert!(check_folder(&file.join("below")).expect_err("below a file").vi.contains("không phải thư mục"));
    }
}
