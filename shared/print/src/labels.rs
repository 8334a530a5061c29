//! The document's own words. It is an official Vietnamese form: its language is Vietnamese.

use ancu_shared::record::attendance::{AttendeeRole, Unsigned};

/// What stands over a signature.
pub(crate) const fn role(role: AttendeeRole) -> &'static str {
    match role {
        AttendeeRole::Inspector => "NGƯỜI KIỂM TRA",
        AttendeeRole::Representative => "ĐẠI DIỆN CƠ SỞ",
        AttendeeRole::Witness => "NGƯỜI CHỨNG KIẾN",
    }
}

pub(crate) const fn unsigned(why: Unsigned) -> &'static str {
    match why {
        Unsigned::Refused => "Từ chối ký",
        Unsigned::Absent => "Vắng mặt",
        Unsigned::Unable => "Không thể ký",
    }
}

pub(crate) fn purpose(purpose: &str) -> &'static str {
    match purpose {
        "unscheduled" => "Kiểm tra đột xuất",
        "reinspection" => "Kiểm tra lại",
        _ => "Kiểm tra định kỳ",
    }
}
