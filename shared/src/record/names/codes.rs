//! What closed codes are called: states, classes of premises, types of house, reasons, steps.
//!
//! Invariant: the words are those that the screens use for the same code; a code of a newer version has none here.

use crate::record::attendance::Conclusion;
use crate::record::facility::{CORRECTION, FacilityClass, field, state};
use crate::record::given_up::GivenUpReason;
use crate::record::measure::{Instrument, MeasureStep};
use crate::record::register::{Decision, Severity};
use crate::record::remediation::FindingStep;
use crate::template::Words;

use super::words;

/// What a code at a key of text is called; `None`: the text is no closed code there, or none that is known.
pub(super) fn at(key: &str, code: &str) -> Option<Words> {
    let (vi, en) = match key.split_once('/')? {
        ("h", field::CLASS) => class(FacilityClass::from_code(code)?),
        ("h", field::HOUSE_TEMPLATE) => house(code)?,
        ("h", field::POSITION_SOURCE) => match code {
            "device" => ("máy định vị", "the device"),
            "photo" => ("ảnh chụp", "a photo"),
            "manual" => ("đặt bằng tay", "set by hand"),
            _ => return None,
        },
        ("h", field::PURPOSE) => match code {
            "periodic" => ("kiểm tra định kỳ", "periodic inspection"),
            "unscheduled" => ("kiểm tra đột xuất", "unscheduled inspection"),
            "reinspection" => ("kiểm tra lại", "re-inspection"),
            CORRECTION => ("đính chính biên bản đã khóa", "correction of a locked record"),
            _ => return None,
        },
        ("s", state::STATE) => match code {
            "in_progress" => ("đang kiểm tra", "in progress"),
            "completed" => ("ký và khóa", "signed and locked"),
            state::DRAFT => ("đang khai", "being written"),
            state::SUBMITTED => ("gửi, chờ xác nhận", "sent, to be confirmed"),
            state::DISCARDED => ("bỏ biên bản bổ sung", "supplement given up"),
            _ => return None,
        },
        _ => return None,
    };
    Some(words(vi, en))
}

/// What a conclusion is called (inspection_record.json).
pub fn conclusion(conclusion: Conclusion) -> Words {
    let (vi, en) = match conclusion {
        Conclusion::Safe => ("Đảm bảo an toàn phòng cháy và chữa cháy", "Safe"),
        Conclusion::SafeWithMinor => ("Cơ bản đảm bảo an toàn, có tồn tại nhỏ", "Safe, with minor findings"),
        Conclusion::UnsafeRemediable => {
            ("Không đảm bảo an toàn, phải khắc phục có thời hạn", "Not safe, to be remedied by a deadline")
        }
        Conclusion::UnsafeSerious => {
            ("Không đảm bảo an toàn, đề nghị tạm đình chỉ hoặc đình chỉ hoạt động", "Not safe, suspension is proposed")
        }
        Conclusion::NotOperating => ("Đã dừng hoạt động", "Not operating"),
        Conclusion::NoAccess => ("Không tiếp cận được hoặc không hợp tác", "No access, or no cooperation"),
    };
    words(vi, en)
}

/// What a class of premises is called, in Vietnamese and English.
pub const fn class(class: FacilityClass) -> (&'static str, &'static str) {
    match class {
        FacilityClass::MiniApartment => ("Chung cư mini", "Mini-apartment"),
        FacilityClass::BoardingHouse => ("Nhà trọ", "Boarding house"),
        FacilityClass::HouseWithBusiness => ("Nhà ở kết hợp kinh doanh", "House with business"),
        FacilityClass::DetachedHouse => ("Nhà ở riêng lẻ", "Detached house"),
        FacilityClass::CollectiveHousing => ("Nhà tập thể", "Collective housing"),
        FacilityClass::Other => ("Loại khác", "Other"),
    }
}

fn house(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "tube_row" => ("Nhà ống liền kề (2–5 tầng, một mặt thoáng)", "Tube row house"),
        "tube_two_front" => ("Nhà ống hai mặt thoáng", "Tube house, two fronts"),
        "corner_street" => ("Nhà phố góc", "Corner street house"),
        "shop_house" => ("Nhà phố kết hợp kinh doanh tầng 1", "Shop house"),
        "level4" => ("Nhà cấp 4", "Single-storey house"),
        "villa" => ("Biệt thự", "Villa"),
        "collective_old" => ("Nhà tập thể cũ", "Old collective block"),
        "mini_apartment" => ("Chung cư mini", "Mini-apartment"),
        "apartment_unit" => ("Căn hộ chung cư", "Apartment unit"),
        "boarding_rows" => ("Dãy trọ cấp 4", "Boarding row, one storey"),
        "boarding_multi" => ("Nhà trọ nhiều tầng", "Multi-storey boarding house"),
        "loft_sleepbox" => ("Nhà chia phòng nhỏ, gác xép, sleep box", "Partitioned/sleep-box house"),
        "workshop_house" => ("Nhà ở kết hợp xưởng/kho", "House with workshop/store"),
        "alley_deep" => ("Nhà trong ngõ sâu", "House deep in a lane"),
        "other" => ("Khác", "Other"),
        _ => return None,
    })
}

/// How grave a failed check is, in a word.
pub fn severity(severity: Severity) -> Words {
    let (vi, en) = match severity {
        Severity::Info => ("ghi nhận", "information"),
        Severity::Minor => ("nhẹ", "minor"),
        Severity::Major => ("nặng", "major"),
        Severity::Critical => ("nghiêm trọng", "critical"),
    };
    words(vi, en)
}

/// Why a visit was given up.
pub(super) fn given_up(reason: GivenUpReason) -> Words {
    let (vi, en) = match reason {
        GivenUpReason::ByMistake => ("Bắt đầu nhầm", "Begun by mistake"),
        GivenUpReason::AnotherVisit => ("Làm tiếp ở lần kiểm tra khác", "The work goes on in another visit"),
        GivenUpReason::NoEntry => ("Không vào được cơ sở", "Nobody let the officers in"),
        GivenUpReason::Other => ("Lý do khác", "Another reason"),
    };
    words(vi, en)
}

/// What was decided.
pub(super) fn decision(decision: Decision) -> Words {
    match decision {
        Decision::Approved => words("Duyệt", "Approved"),
        Decision::Returned => words("Trả lại bổ sung", "Returned"),
    }
}

/// What happened to a finding.
pub(super) fn step(step: FindingStep) -> Words {
    let (vi, en) = match step {
        FindingStep::Committed => ("Cam kết khắc phục", "Committed to remedy it"),
        FindingStep::Started => ("Bắt đầu khắc phục", "Work begun"),
        FindingStep::Reported => ("Báo đã khắc phục", "Reported as remedied"),
        FindingStep::Verified => ("Xác nhận đã khắc phục", "Confirmed as remedied"),
        FindingStep::Rejected => ("Chưa chấp nhận", "Not accepted"),
        FindingStep::Escalated => ("Đề nghị biện pháp", "A means was proposed"),
    };
    words(vi, en)
}

/// What a measure is called (README §1.1 of the domain pack).
pub fn instrument(instrument: Instrument) -> Words {
    let (vi, en) = match instrument {
        Instrument::TemporarySuspension => ("Tạm đình chỉ hoạt động", "Temporary suspension of operation"),
        Instrument::Suspension => ("Đình chỉ hoạt động", "Suspension of operation"),
        Instrument::TimedSuspension => {
            ("Đình chỉ hoạt động có thời hạn (xử phạt bổ sung)", "Suspension for a term (additional penalty)")
        }
        Instrument::StopDirective19 => ("Dừng hoạt động theo Chỉ thị 19", "Stop of operation under Directive 19"),
        Instrument::Sanction => ("Xử phạt vi phạm hành chính", "Administrative sanction"),
    };
    words(vi, en)
}

/// What happened to a measure.
pub fn measure_step(step: MeasureStep) -> Words {
    let (vi, en) = match step {
        MeasureStep::Proposed => ("Đề nghị", "Proposed"),
        MeasureStep::Waived => ("Không đề nghị", "Not proposed"),
        MeasureStep::Declined => ("Không áp dụng", "Declined"),
        MeasureStep::ViolationRecorded => ("Lập biên bản vi phạm hành chính", "Violation record made"),
        MeasureStep::Explaining => ("Chờ giải trình", "Explanation awaited"),
        MeasureStep::Decided => ("Ra quyết định", "Decided"),
        MeasureStep::Served => ("Giao quyết định", "Decision handed over"),
        MeasureStep::Appealed => ("Khiếu nại", "Appealed against"),
        MeasureStep::Paid => ("Đã nộp phạt", "Fine paid"),
        MeasureStep::Enforced => ("Cưỡng chế thi hành", "Enforced"),
        MeasureStep::Disobeyed => ("Phát hiện không chấp hành", "Found to be disobeyed"),
        MeasureStep::ResumptionAsked => ("Đề nghị phục hồi hoạt động", "Resumption asked for"),
        MeasureStep::ResumptionRefused => ("Chưa cho phục hồi", "Resumption refused"),
        MeasureStep::Resumed => ("Cho phục hồi hoạt động", "Operation resumed"),
        MeasureStep::Cancelled => ("Hủy bỏ", "Cancelled"),
    };
    words(vi, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RecordKind;
    use crate::record::facility::HOUSE_TEMPLATES;
    use crate::record::fields::{self, Form};

    #[test]
    fn every_code_that_a_field_takes_has_words() {
        assert!(HOUSE_TEMPLATES.iter().all(|code| at("h/house_template", code).is_some()));
        assert!(FacilityClass::ALL.iter().all(|class| at("h/class", class.code()).is_some()));
        for kind in RecordKind::ALL {
            if let Some(Form::OneOf(codes)) = fields::state(kind, state::STATE) {
                assert!(codes.iter().all(|code| at("s/state", code).is_some()), "{kind:?}");
            }
            for name in [field::PURPOSE, field::POSITION_SOURCE] {
                if let Some(Form::OneOf(codes)) = fields::header(kind, name) {
                    assert!(codes.iter().all(|code| at(&format!("h/{name}"), code).is_some()), "{kind:?} {name}");
                }
            }
        }
        assert_eq!(at("h/class", "of_a_newer_version"), None);
        assert_eq!(at("h/name", "other"), None);
    }
}
