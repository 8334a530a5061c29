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

/// Reads a regular file of at most so many bytes.
pub fn read(name: &Path, most: u64) -> Result<Vec<u8>, Problem> {
    let (opened, _) = open(name, most)?;
    file::read(name, most, opened)
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
    fn a_file_is_read_and_what_only_looks_like_one_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, b"12345").expect("write");
        assert_eq!(read(&file, 5).expect("it fits"), b"12345");
        let why = |name: &Path, most| read(name, most).expect_err("refused").vi;
        assert!(why(&file, 4).contains("lớn hơn"));
        assert!(why(folder.path(), 5).contains("đây là thư mục"));
        assert!(why(Path::new("/dev/zero"), 5).contains("thiết bị hoặc ống dẫn"));
        assert!(why(&folder.path().join("none"), 5).contains("không có tệp này"));
        assert!(check_folder(&file.join("below")).expect_err("below a file").vi.contains("không phải thư mục"));
    }
}
