//! Files and folders that a person named: whether they can be used, and what is said where not, by one rule for every program.
//!
//! Invariant: nothing is opened before it is known to be a regular file: opening a pipe waits for who writes into it, and reading
//! a device may have no end.
//!
//! What it doesn't do: look or open. The programs hand in what they found (their `files.rs`) and how they open it.

use std::fs::Metadata;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use serde_json::json;

use crate::error::{ErrorCode, Problem};

/// What stands under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A regular file of so many bytes.
    File(u64),
    /// A folder.
    Folder,
    /// A device, a pipe or a socket.
    Other,
}

impl From<Metadata> for Found {
    fn from(about: Metadata) -> Self {
        match about.is_dir() {
            true => Self::Folder,
            false if about.is_file() => Self::File(about.len()),
            false => Self::Other,
        }
    }
}

/// Opens a regular file of at most so many bytes, in the program's way, and no other; its size.
pub fn open<F>(
    file: &Path,
    most: u64,
    found: io::Result<Found>,
    open: impl FnOnce() -> io::Result<F>,
) -> Result<(F, u64), Problem> {
    let usable = || match found? {
        Found::Folder => Err(Unusable::Folder),
        Found::Other => Err(Unusable::NoFile),
        Found::File(size) if size > most => Err(Unusable::TooLarge(most)),
        Found::File(size) => Ok((open()?, size)),
    };
    usable().map_err(|why| why.problem(file))
}

/// All of an opened file, which may have grown since it was looked at: at most so many bytes.
pub fn read(file: &Path, most: u64, opened: impl Read) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    match opened.take(most.saturating_add(1)).read_to_end(&mut bytes) {
        Err(error) => Err(Unusable::from(error).problem(file)),
        Ok(size) if size as u64 > most => Err(Unusable::TooLarge(most).problem(file)),
        Ok(_) => Ok(bytes),
    }
}

/// Refuses what stands in a folder's place and is none. Where nothing stands, one can be made.
pub fn check_folder(folder: &Path, found: io::Result<Found>) -> Result<(), Problem> {
    match found {
        Ok(Found::Folder) => Ok(()),
        Ok(_) => Err(Unusable::NoFolder.problem(folder)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Unusable::from(error).problem(folder)),
    }
}

/// Why a file that was named cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// There is none.
    Missing,
    /// It is a folder.
    Folder,
    /// It is no folder, where one is asked for.
    NoFolder,
    /// It is a device, a pipe or a socket.
    NoFile,
    /// There is no right to read it.
    NoRight,
    /// It has more bytes than this.
    TooLarge(u64),
    /// It cannot be opened or read for another reason.
    Unreadable,
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Missing,
            ErrorKind::IsADirectory => Self::Folder,
            ErrorKind::NotADirectory => Self::NoFolder,
            ErrorKind::InvalidInput => Self::NoFile,
            ErrorKind::PermissionDenied => Self::NoRight,
            _ => Self::Unreadable,
        }
    }
}

impl Unusable {
    /// The words, with what to do.
    fn words(self) -> (String, String) {
        let (vi, en) = match self {
            Self::Missing => ("không có tệp này; hãy kiểm tra lại tên", "there is no such file; look at the name"),
            Self::Folder => (
                "đây là thư mục, không phải tệp; hãy chọn một tệp trong đó",
                "this is a folder, not a file; choose a file in it",
            ),
            Self::NoFolder => (
                "đây không phải thư mục; hãy chọn một thư mục, hoặc tên chưa có",
                "this is no folder; choose one, or a name that is not there yet",
            ),
            Self::NoFile => (
                "đây là thiết bị hoặc ống dẫn, không phải tệp; hãy chép nội dung ra một tệp rồi chọn tệp đó",
                "this is a device or a pipe, not a file; put its content into a file and choose that",
            ),
            Self::NoRight => (
                "không có quyền đọc; hãy cấp quyền, hoặc chép sang chỗ đọc được",
                "there is no right to read it; give it, or copy it to where it can be read",
            ),
            Self::TooLarge(most) => {
                return (
                    format!("tệp lớn hơn {}; hãy chọn đúng tệp", size(most)),
                    format!("the file is larger than {}; choose the right one", size(most)),
                );
            }
            Self::Unreadable => (
                "không mở hoặc đọc được; hãy kiểm tra ổ đĩa rồi thử lại",
                "it cannot be opened or read; check the disk and try again",
            ),
        };
        (vi.to_owned(), en.to_owned())
    }

    /// That this file cannot be used.
    pub fn problem(self, file: &Path) -> Problem {
        let ((vi, en), file) = (self.words(), file.display().to_string());
        let mut problem = Problem::new(ErrorCode::FileUnusable);
        (problem.vi, problem.en) = (format!("{file}: {vi}."), format!("{file}: {en}."));
        problem.with(json!({ "file": file }))
    }
}

fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes >= MIB { format!("{} MB", bytes / MIB) } else { format!("{} KB", bytes / 1024) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_wrong_with_a_file_is_said_with_what_to_do() {
        let kinds = [ErrorKind::NotFound, ErrorKind::IsADirectory, ErrorKind::NotADirectory, ErrorKind::InvalidInput];
        let further = [ErrorKind::PermissionDenied, ErrorKind::Other];
        let known = kinds.into_iter().chain(further).map(|kind| Unusable::from(io::Error::from(kind)));
        for why in known.chain([Unusable::TooLarge(32 * 1024 * 1024), Unusable::TooLarge(64 * 1024)]) {
            let problem = why.problem(Path::new("/dev/zero"));
            assert_eq!(problem.known_code(), ErrorCode::FileUnusable);
            assert!(problem.vi.starts_with("/dev/zero: ") && problem.vi.contains("; hãy "), "{}", problem.vi);
            assert!(problem.en.starts_with("/dev/zero: ") && problem.en.contains("; "), "{}", problem.en);
        }
        assert!(Unusable::TooLarge(32 * 1024 * 1024).problem(Path::new("x")).vi.contains("32 MB"));
    }

    #[test]
    fn nothing_but_a_regular_file_within_its_limit_is_opened() {
        let asked = |found, opened: bool, words: &str| {
            let mut tried = false;
            let answer = open(Path::new("x"), 5, found, || {
                tried = true;
                Ok(())
            });
            assert_eq!(tried, opened, "{words}");
            match answer {
                Ok(((), size)) => assert_eq!((size, words), (5, "")),
                Err(problem) => assert!(!words.is_empty() && problem.vi.contains(words), "{}", problem.vi),
            }
        };
        asked(Ok(Found::File(5)), true, "");
        asked(Ok(Found::File(6)), false, "lớn hơn");
        asked(Ok(Found::Folder), false, "đây là thư mục");
        asked(Ok(Found::Other), false, "thiết bị hoặc ống dẫn");
        asked(Err(ErrorKind::NotFound.into()), false, "không có tệp này");
        let refused = open(Path::new("x"), 5, Ok(Found::File(5)), || Err::<(), _>(ErrorKind::PermissionDenied.into()));
        assert!(refused.expect_err("no right").vi.contains("không có quyền đọc"));
    }

    #[test]
    fn a_file_that_grew_is_not_read_beyond_its_limit() {
        assert_eq!(read(Path::new("x"), 5, &b"12345"[..]).expect("it fits"), b"12345");
        assert!(read(Path::new("x"), 5, io::repeat(b'1')).expect_err("no end").vi.contains("lớn hơn"));
    }

    #[test]
    fn a_folder_may_be_there_or_not_but_nothing_else_in_its_place() {
        let check = |found| check_folder(Path::new("x"), found).map_err(|problem| problem.vi);
        assert!(check(Ok(Found::Folder)).is_ok() && check(Err(ErrorKind::NotFound.into())).is_ok());
        for found in [Ok(Found::File(0)), Ok(Found::Other), Err(ErrorKind::NotADirectory.into())] {
            assert!(check(found).expect_err("no folder").contains("không phải thư mục"));
        }
    }
}
