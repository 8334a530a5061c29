//! Words for codes of closed lists, Vietnamese first.

use ancu_shared::record::register::{Answer, Severity, Verdict};
use ancu_shared::view::{DeclarationState, InspectionState, MissingReason};

/// Where an inspection stands.
pub(super) fn state(state: InspectionState) -> (&'static str, &'static str) {
    match state {
        InspectionState::InProgress => ("Đang kiểm tra", "in progress"),
        InspectionState::Completed => ("Chờ duyệt", "awaiting review"),
        InspectionState::Returned => ("Trả lại bổ sung", "returned"),
        InspectionState::Supplemented => ("Đã bổ sung", "supplemented"),
        InspectionState::Approved => ("Đã duyệt", "approved"),
    }
}

/// Where a declaration stands.
pub(super) fn declaration(state: DeclarationState) -> &'static str {
    match state {
        DeclarationState::Draft => "Đang khai · draft",
        DeclarationState::Submitted => "Chờ xác nhận · awaiting confirmation",
        DeclarationState::NeedsFix => "Cần sửa · needs a correction",
        DeclarationState::Verified => "Đã xác nhận · confirmed",
    }
}

/// What keeps an inspection from being finished.
pub(super) fn missing(reason: MissingReason) -> &'static str {
    match reason {
        MissingReason::Answer => "chưa trả lời · no answer",
        MissingReason::Photo => "thiếu ảnh · no photo",
        MissingReason::Finding => {
            "thiếu mức độ, biện pháp hoặc hạn khắc phục · severity, remedy or deadline is missing"
        }
        MissingReason::FindingWithoutRemedy => "thiếu biện pháp khắc phục · the remedy is missing",
        MissingReason::FindingWithoutDeadline => "thiếu hạn khắc phục · the deadline is missing",
        MissingReason::Clash => "mâu thuẫn, chưa chọn · a clash, not settled",
        MissingReason::Accuracy => "tọa độ chưa đủ chính xác · the position is not accurate enough",
        MissingReason::Constraint => "câu trả lời chưa hợp lý · the answer does not fit",
        MissingReason::Words => "chưa trả lời ý kiến của người duyệt · the reviewer's words have no answer yet",
        MissingReason::Nothing => "biên bản bổ sung chưa có gì · the supplement says nothing yet",
    }
}

/// How grave.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Ghi nhận · for the record",
        Severity::Minor => "Nhắc nhở · minor",
        Severity::Major => "Nghiêm trọng · major",
        Severity::Critical => "Nguy hiểm tính mạng · danger to life",
    }
}

/// What was answered; `None`: it was taken back.
pub(super) fn answer(answer: Option<&Answer>) -> String {
    match answer {
        None => "rút lại · taken back".to_owned(),
        Some(Answer::Verdict(Verdict::Pass)) => "đạt · pass".to_owned(),
        Some(Answer::Verdict(Verdict::Fail)) => "không đạt · fail".to_owned(),
        Some(Answer::Verdict(Verdict::NotApplicable)) => "không áp dụng · not applicable".to_owned(),
        Some(Answer::Number(number)) => number.to_string(),
        Some(Answer::Text(text) | Answer::Choice(text)) => text.clone(),
        Some(Answer::Date(day)) => day.to_string(),
        Some(Answer::Choices(codes)) => codes.join(", "),
        Some(Answer::Geo(place)) => format!("{}, {}", place.latitude, place.longitude),
    }
}
