//! Words for codes of closed lists, Vietnamese first.

use ancu_field::status::Phase;
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{FacilityClass, field};
use ancu_shared::record::given_up::GivenUpReason;
use ancu_shared::record::measured::{Measured, Vertex};
use ancu_shared::record::register::{Answer, Decision, Severity, Verdict};
use ancu_shared::record::remediation::{FindingState, FindingStep};
use ancu_shared::view::{DeclarationState, InspectionState, MissingReason};

/// Where an inspection stands.
pub(super) fn state(state: InspectionState) -> (&'static str, &'static str) {
    match state {
        InspectionState::InProgress => ("Đang kiểm tra", "in progress"),
        InspectionState::Completed => ("Chờ duyệt", "awaiting review"),
        InspectionState::Returned => ("Trả lại bổ sung", "returned"),
        InspectionState::Supplemented => ("Đã bổ sung", "supplemented"),
        InspectionState::Approved => ("Đã duyệt", "approved"),
        InspectionState::Cancelled => ("Đã bỏ", "given up"),
    }
}

/// Why a visit was given up.
pub(super) fn given_up(reason: GivenUpReason) -> &'static str {
    match reason {
        GivenUpReason::ByMistake => "bắt đầu nhầm · begun by mistake",
        GivenUpReason::AnotherVisit => "làm tiếp ở lần khác · gone on with in another visit",
        GivenUpReason::NoEntry => "không vào được cơ sở · nobody let the officers in",
        GivenUpReason::Other => "lý do khác · another reason",
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

/// What was decided on a record of a kind.
pub(super) fn decision(decision: Decision, on: Option<RecordKind>) -> &'static str {
    match (decision, on) {
        (Decision::Approved, Some(RecordKind::Dwelling)) => "Đã xác nhận · confirmed",
        (Decision::Returned, Some(RecordKind::Dwelling)) => "Cần sửa · needs a correction",
        (Decision::Approved, _) => "Đã duyệt · approved",
        (Decision::Returned, _) => "Trả lại bổ sung · returned",
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
        MissingReason::Hand => "chữ ký tay có trước khi nội dung được sửa · a signature from before a change",
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
        Some(Answer::Time(time)) => time.to_string(),
        Some(Answer::Moment(at)) => at.hanoi_text(),
        Some(Answer::Trace(line) | Answer::Shape(line)) => line_of(line),
        Some(Answer::Geo(place)) => format!("{}, {}", place.latitude, place.longitude),
    }
}

/// A line, corner by corner.
pub(super) fn line_of(line: &[Vertex]) -> String {
    line.iter().map(|Vertex(north, east, _)| format!("{north}, {east}")).collect::<Vec<_>>().join("; ")
}

/// How a number was found.
pub(super) fn found(measured: &Measured) -> String {
    let words = measured.method.words();
    let parts = [
        Some(format!("{} · {}", words.vi, words.en)),
        (!measured.instrument.is_empty()).then(|| measured.instrument.clone()),
        (!measured.line.is_empty()).then(|| line_of(&measured.line)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// How the device stands.
pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Fresh => "chưa đăng ký · not enrolled",
        Phase::Locked => "đang khóa, chờ mã PIN · locked, waits for the PIN",
        Phase::Ready => "đang mở · open",
        Phase::PinLocked => "bị khóa vì sai mã PIN nhiều lần · shut after too many wrong PINs",
    }
}

/// What premises are.
pub(super) fn class(class: FacilityClass) -> &'static str {
    match class {
        FacilityClass::MiniApartment => "Chung cư mini · mini apartments",
        FacilityClass::BoardingHouse => "Nhà trọ · boarding house",
        FacilityClass::HouseWithBusiness => "Nhà ở kết hợp kinh doanh · house with a business",
        FacilityClass::DetachedHouse => "Nhà ở riêng lẻ · detached house",
        FacilityClass::CollectiveHousing => "Nhà tập thể · collective housing",
        FacilityClass::Other => "Loại khác · other",
    }
}

/// What a record is.
pub(super) fn kind(kind: RecordKind) -> (&'static str, &'static str) {
    match kind {
        RecordKind::Facility => ("Cơ sở", "premises"),
        RecordKind::Inspection => ("Biên bản", "inspection"),
        RecordKind::Review => ("Ý kiến duyệt", "review"),
        RecordKind::Remediation => ("Theo dõi tồn tại", "follow-up of findings"),
        RecordKind::Enforcement => ("Biện pháp xử lý", "measures"),
        RecordKind::Dwelling => ("Bản khai", "declaration"),
        RecordKind::Residents => ("Người ở", "residents"),
    }
}

/// Where a finding stands.
pub(super) fn finding_state(state: FindingState) -> &'static str {
    match state {
        FindingState::Open => "Chưa khắc phục · open",
        FindingState::CommitmentSigned => "Đã cam kết · promised",
        FindingState::InRemediation => "Đang khắc phục · being remedied",
        FindingState::ReportedDone => "Chờ xác nhận · reported done",
        FindingState::VerifiedDone => "Đã khắc phục · remedied",
        FindingState::Escalated => "Đã đề nghị biện pháp · a means was proposed",
    }
}

/// A step of a finding: what happened, and the verb that notes it.
pub(super) fn step(step: FindingStep) -> (&'static str, &'static str) {
    match step {
        FindingStep::Committed => ("Cam kết khắc phục · promised", "commit"),
        FindingStep::Started => ("Bắt đầu khắc phục · begun", "begin"),
        FindingStep::Reported => ("Báo đã khắc phục · reported done", "remedy"),
        FindingStep::Verified => ("Xác nhận đã khắc phục · seen to be remedied", "verify"),
        FindingStep::Rejected => ("Chưa chấp nhận · not accepted", "reject"),
        FindingStep::Escalated => ("Đề nghị biện pháp · a means proposed", "escalate"),
    }
}

/// A field of premises; its name on the command line follows it where people are told of it. `None`: not theirs to read.
pub(super) fn facility_field(name: &str) -> Option<&'static str> {
    Some(match name {
        field::NAME => "Tên",
        field::CLASS => "Loại hình",
        field::ADDRESS => "Địa chỉ",
        field::HOUSE_NUMBER => "Số nhà",
        field::LANE => "Ngõ",
        field::SUB_LANE => "Ngách",
        field::ALLEY => "Hẻm",
        field::STREET => "Đường, phố",
        field::RESIDENTIAL_GROUP => "Tổ dân phố",
        field::LATITUDE => "Vĩ độ",
        field::LONGITUDE => "Kinh độ",
        field::ACCURACY_M => "Sai số (m)",
        field::POSITION_SOURCE => "Nguồn tọa độ",
        field::STOREYS => "Số tầng",
        field::BASEMENTS => "Số tầng hầm",
        field::APARTMENTS => "Số căn hộ",
        field::RESIDENTS => "Số người ở",
        field::HEAD_NAME => "Người đứng đầu",
        field::HEAD_PHONE => "Số điện thoại",
        field::NOTE => "Ghi chú",
        field::REINSPECT_ON => "Ngày phúc tra",
        _ => return None,
    })
}
