//! What is said where a command is refused or fails: a code, what to do in Vietnamese, the same in English, and the cause.
//!
//! Invariant: whatever ends a command has a code of the closed list and words in both languages; causes follow them as the
//! system worded them.

use std::io;

use ancu_shared::error::{ErrorCode, Problem};
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::service::StartError;
use crate::store::StoreError;
use crate::tls::TlsError;

/// Exit status of a command line that cannot be read.
pub const EXIT_STATUS: u8 = 2;

/// A refusal with its own words.
pub(crate) fn refusal(code: ErrorCode, vi: impl Into<String>, en: impl Into<String>) -> anyhow::Error {
    let mut problem = Problem::new(code);
    (problem.vi, problem.en) = (vi.into(), en.into());
    anyhow::Error::new(problem)
}

/// That a file, or what the program brings along, is not of the right form.
pub(crate) fn unreadable(what: impl std::fmt::Display, cause: &dyn std::fmt::Display) -> anyhow::Error {
    let code = ErrorCode::FileInvalid;
    refusal(code, format!("{what}: {}", code.vi()), format!("{what}: {}\n{cause}", code.en()))
}

/// Why a command ended, for who called it.
pub fn told(error: &anyhow::Error) -> String {
    if let Some(problem) = error.chain().find_map(|cause| cause.downcast_ref::<Problem>()) {
        // The code's own words are for who holds a phone.
        let plain = problem.known_code() == ErrorCode::ServerDiskFull && problem.vi == ErrorCode::ServerDiskFull.vi();
        return if plain { full() } else { lines(problem) };
    }
    match error.chain().find_map(|cause| cause.downcast_ref::<StartError>()) {
        // These say themselves what to do, in both languages.
        Some(start @ StartError::Listen { .. }) => format!("{} [listen]: {start}", code_of(error).code()),
        Some(
            start @ (StartError::Busy(_)
            | StartError::PortTaken(_)
            | StartError::NoStore(_)
            | StartError::Emptied { .. }),
        ) => format!("{}: {start}", code_of(error).code()),
        _ if code_of(error) == ErrorCode::ServerDiskFull => format!("{}\n{error:#}", full()),
        _ => format!("{}\n{error:#}", lines(&Problem::new(code_of(error)))),
    }
}

/// That a disk is full, to who looks after the server.
fn full() -> String {
    let code = ErrorCode::ServerDiskFull.code();
    format!(
        "{code}: Lệnh này chưa làm xong vì ổ đĩa đã đầy. {}\nThis was not done: the disk is full. {}",
        FULL.0, FULL.1
    )
}

/// What to do about a full disk, in both languages.
pub(crate) const FULL: (&str, &str) = (
    "Hãy giải phóng chỗ trên ổ đĩa đó hoặc mở rộng ổ, rồi chạy lại; đừng xóa gì trong thư mục dữ liệu của máy chủ. Không mất gì: máy \
     chủ vẫn cho xem, tự nhận tiếp khi có chỗ, và các máy giữ những gì chưa gửi.",
    "Free space on that disk or enlarge it, then run this again; delete nothing in the server's data folder. Nothing is lost: the \
     server goes on showing records, takes things in by itself once there is room, and devices keep what they have not sent.",
);

/// Why a command line cannot be read.
pub fn unread(error: &clap::Error) -> String {
    let named = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let (argument, value) = (named(ContextKind::InvalidArg), named(ContextKind::InvalidValue));
    let vi = match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("Thiếu: {argument}. Hãy thêm vào."),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "Thiếu lệnh. Hãy chọn một lệnh trong danh sách dưới đây.".to_owned()
        }
        ErrorKind::InvalidSubcommand => format!("Không có lệnh “{}”.", named(ContextKind::InvalidSubcommand)),
        ErrorKind::UnknownArgument => format!("Không có tham số “{argument}”."),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument}: thiếu giá trị."),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("{argument}: giá trị “{value}” không hợp lệ.")
        }
        ErrorKind::ArgumentConflict => {
            format!("{argument} không dùng được cùng tham số khác đã cho, hoặc được cho hai lần.")
        }
        _ => "Dòng lệnh không đọc được.".to_owned(),
    };
    let code = ErrorCode::RequestMalformed.code();
    // The library's own words name the argument, its right form and where help is.
    let en = error.render().to_string();
    format!(
        "{code}: {vi} Xem: ancu-server --help, ancu-server <COMMAND> --help\nThe command line cannot be read. {}",
        en.trim_end()
    )
}

fn lines(problem: &Problem) -> String {
    let place = problem.field.as_ref().map_or_else(String::new, |field| format!(" [{field}]"));
    format!("{}{place}: {}\n{}", problem.code, problem.vi, problem.en)
}

/// The code of what ended a command.
pub(super) fn code_of(error: &anyhow::Error) -> ErrorCode {
    error.chain().find_map(code_of_cause).unwrap_or(ErrorCode::Internal)
}

fn code_of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<ErrorCode> {
    if let Some(start) = cause.downcast_ref::<StartError>() {
        return Some(match start {
            StartError::Store(error) => code_of_store(error),
            StartError::Tls(error) => code_of_certificate(error),
            StartError::Io { reason, .. } => code_of_io(reason),
            StartError::PortTaken(_) => ErrorCode::AddressTaken,
            StartError::Listen { .. } => ErrorCode::ConfigurationInvalid,
            StartError::Busy(_) => ErrorCode::StoreBusy,
            StartError::NoStore(_) | StartError::Emptied { .. } => ErrorCode::StoreMissing,
        });
    }
    let store = cause.downcast_ref::<StoreError>().map(code_of_store);
    let certificate = || cause.downcast_ref::<TlsError>().map(code_of_certificate);
    store.or_else(certificate).or_else(|| cause.downcast_ref::<io::Error>().map(code_of_io))
}

fn code_of_store(error: &StoreError) -> ErrorCode {
    match error {
        StoreError::Newer { .. } => ErrorCode::StoreNewer,
        StoreError::ForeignMigration(_) => ErrorCode::FileInvalid,
        StoreError::Full => ErrorCode::ServerDiskFull,
        StoreError::Damaged(_) => ErrorCode::ServerStoreDamaged,
        StoreError::Closed | StoreError::TakenBack => ErrorCode::Unavailable,
        StoreError::Database(_) | StoreError::Panicked(_) => ErrorCode::Internal,
    }
}

fn code_of_certificate(error: &TlsError) -> ErrorCode {
    match error {
        TlsError::File { source, .. } => code_of_io(source),
        TlsError::Unusable { .. } => ErrorCode::ConfigurationInvalid,
        TlsError::Making(_) => ErrorCode::Internal,
    }
}

fn code_of_io(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::ServerDiskFull,
        io::ErrorKind::AddrNotAvailable => ErrorCode::ConfigurationInvalid,
        _ => ErrorCode::FileUnusable,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn whatever_ends_a_command_has_a_code_and_both_languages() {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let folder = std::path::PathBuf::from("/srv/ancu");
        for (error, code) in [
            (anyhow::Error::new(missing()).context("reading units.csv"), "file_unusable: Không mở"),
            (anyhow::Error::new(full).context("copying photos"), "server_disk_full: Lệnh này chưa làm xong"),
            (anyhow::Error::new(StartError::Busy(folder.clone())), "store_busy: "),
            (anyhow::Error::new(StartError::NoStore(folder)), "store_missing: "),
            (anyhow::Error::new(StartError::from(StoreError::Full)).context("opening the store"), "server_disk_full: "),
            (anyhow::Error::new(StoreError::Newer { found: 99, known: 18 }), "store_newer: Dữ liệu"),
            (anyhow::anyhow!("a fault of ours"), "internal: Có lỗi"),
            (refusal(ErrorCode::NotFound, "Không có.", "There is none."), "not_found: Không có.\nThere is none."),
        ] {
            let said = told(&error);
            assert!(said.starts_with(code), "{said}");
            // Both languages: the sentence of the code on two lines, or a start's own words.
            assert!(said.contains(".\n") || said.contains(" / "), "{said}");
        }
        let cause = anyhow::Result::<(), _>::Err(missing()).context("reading units.csv");
        let said = told(&cause.expect_err("it is missing"));
        assert!(said.lines().last().is_some_and(|line| line.starts_with("reading units.csv: ")), "{said}");
    }
}
