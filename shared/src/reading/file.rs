//! What is said of a file that a person named and that cannot be used: one set of words for every program.
//!
//! What it doesn't do: open anything. Each program has one place that does (`files.rs`), and asks what the file is before it
//! opens it: a pipe is waited for at its opening, and a device may have no end.

use std::io::ErrorKind;

use serde_json::json;

use crate::error::{ErrorCode, Problem};

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

impl Unusable {
    /// Why, where the system said so.
    pub fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::NotFound => Self::Missing,
            ErrorKind::IsADirectory => Self::Folder,
            ErrorKind::NotADirectory => Self::NoFolder,
            ErrorKind::InvalidInput => Self::NoFile,
            ErrorKind::PermissionDenied => Self::NoRight,
            _ => Self::Unreadable,
        }
    }

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
    pub fn problem(self, file: &str) -> Problem {
        let (vi, en) = self.words();
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
        let known = kinds.into_iter().chain(further).map(Unusable::of);
        for why in known.chain([Unusable::TooLarge(32 * 1024 * 1024), Unusable::TooLarge(64 * 1024)]) {
            let problem = why.problem("/dev/zero");
            assert_eq!(problem.known_code(), ErrorCode::FileUnusable);
            assert!(problem.vi.starts_with("/dev/zero: ") && problem.vi.contains("; hãy "), "{}", problem.vi);
            assert!(problem.en.starts_with("/dev/zero: ") && problem.en.contains("; "), "{}", problem.en);
        }
        assert!(Unusable::TooLarge(32 * 1024 * 1024).problem("x").vi.contains("32 MB"));
    }
}
