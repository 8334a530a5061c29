//! What is wrong with what cannot be read, or does not stand where it claims to, in closed words of both languages.
//!
//! Invariant: nothing that a library says of an error is shown to people; that is kept for the log ([`super::Refusal::detail`]).

use crate::document::guard::{GuardError, MAX_CHANGE_BYTES, MAX_OPERATIONS};
use crate::document::position::PositionError;
use crate::envelope::{EnvelopeError, MAX_CHANGES};
use crate::record::names;
use crate::template::Words;

/// Words of both languages.
pub(super) fn words(vi: impl Into<String>, en: impl Into<String>) -> Words {
    Words { vi: vi.into(), en: en.into() }
}

/// Why bytes are not an envelope.
pub(super) fn envelope(error: &EnvelopeError) -> Words {
    match error {
        EnvelopeError::UnknownVersion(version) => words(
            format!("gói viết theo phiên bản {version} mà máy chủ này chưa biết"),
            format!("it is of version {version}, which this server does not know"),
        ),
        EnvelopeError::ChangeCount(count) => words(
            format!("gói có {count} thay đổi, trong khi một gói có từ 1 đến {MAX_CHANGES}"),
            format!("it has {count} changes, while an envelope has 1 to {MAX_CHANGES}"),
        ),
        EnvelopeError::Malformed(_) | EnvelopeError::TooLarge(_) | EnvelopeError::BadSignature => words(
            "đây không phải gói của An Cư, hoặc gói đã bị cắt hay hỏng trên đường đi",
            "it is none of An Cư's, or was cut or damaged on its way",
        ),
    }
}

/// Why bytes are not a change.
pub(super) fn change(error: &GuardError) -> Words {
    match error {
        GuardError::TooLarge(bytes) => words(
            format!("dài {bytes} byte, quá mức {MAX_CHANGE_BYTES} byte"),
            format!("it has {bytes} bytes, more than {MAX_CHANGE_BYTES}"),
        ),
        GuardError::TooManyOperations => words(
            format!("ghi hơn {MAX_OPERATIONS} nội dung cùng lúc"),
            format!("it says more than {MAX_OPERATIONS} things at once"),
        ),
        GuardError::Checksum => words(
            "mã kiểm tra không khớp, nội dung đã hỏng hoặc bị sửa",
            "its checksum is wrong, so it was damaged or altered",
        ),
        GuardError::Key(_) => words("ghi vào một mục không có trong hồ sơ", "it writes at a place that no record has"),
        GuardError::KeyNotAllowed { key, kind } => {
            let (place, kind) = (names::place(key, None), names::kind(*kind));
            words(
                format!("ghi {}, mà {} không có", place.vi, kind.vi),
                format!("it writes the {}, which is none of {}", place.en, kind.en),
            )
        }
        GuardError::Value { key, .. } | GuardError::Impossible { key, .. } | GuardError::Person(key) => {
            let place = names::place(key, None);
            words(format!("nội dung của {} không đúng dạng", place.vi), format!("the {} is malformed", place.en))
        }
        GuardError::ChunkType(_)
        | GuardError::Form(_)
        | GuardError::Counter
        | GuardError::Unreadable(_)
        | GuardError::NotCanonical
        | GuardError::Operation { .. } => {
            words("không viết theo cách mà An Cư viết", "it is not written as An Cư writes")
        }
    }
}

/// Why a change does not stand where it claims to.
pub(super) fn position(error: &PositionError) -> Words {
    match error {
        PositionError::Missing(_) | PositionError::Gap { .. } => {
            words("thiếu những thay đổi trước đó của cùng máy", "earlier changes of the same device are lacking")
        }
        PositionError::Taken(_) | PositionError::NotAfterOwn => words(
            "không nối tiếp thay đổi trước đó của chính máy ấy",
            "it does not build on the same device's change before it",
        ),
        PositionError::Start { .. } => {
            words("số thứ tự không nối tiếp những gì đã có", "its numbers do not follow what is there")
        }
        PositionError::Predecessor(_) => {
            words("thay thế một nội dung chưa từng được ghi ở mục ấy", "it replaces what was never said at that place")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check_envelope;

    #[test]
    fn garbage_is_refused_in_words_and_what_a_library_says_is_kept_apart() {
        for bytes in [&b"not an envelope at all"[..], b"\xa1\x61v\x09", b""] {
            let refusal = check_envelope(bytes).expect_err("garbage");
            assert!(refusal.words.vi.contains("không phải gói của An Cư"), "{}", refusal.words.vi);
            assert!(refusal.words.en.contains("none of An Cư's"), "{}", refusal.words.en);
            for foreign in ["Syntax", "Semantic", "Io(", "detail", "chi tiết", "("] {
                assert!(!format!("{:?}", refusal.words).contains(foreign), "{:?}", refusal.words);
            }
            assert!(!refusal.detail.is_empty());
        }
    }
}
