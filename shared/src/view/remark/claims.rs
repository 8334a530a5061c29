//! What a record says of its own beginning that does not agree with itself, or that this program knows nothing of: two days
//! for one visit, a beginning that was written at another time, an unknown law, a checklist that is not at hand.
//!
//! Invariant: nothing here is refused: who reads the record is told, in words that say what was seen and no more.

use jiff::civil::Date;

use super::{Remark, unusual};
use crate::clock::UtcMillis;
use crate::record::given_up::GivenUpReason;
use crate::template::TemplateRef;
use crate::view::Attribution;

/// Where a remark on the day of a visit stands.
pub const VISIT_DAY: &str = "visit_day";
/// Where a remark on the time of a beginning stands.
pub const BEGUN: &str = "started_at";
/// Where a remark on the law stands.
pub const RULE_SET: &str = "rule_set";
/// Where a remark on the checklist stands.
pub const TEMPLATE: &str = "template";

/// Where a remark on giving the visit up stands.
pub const GIVEN_UP: &str = "given_up";

/// From this difference on a beginning was not written when it says, in milliseconds.
const HALF_A_DAY: u64 = 12 * 3_600_000;

/// Two days for one visit: the one that names it, and the one on which it was begun. Midnight may lie between them.
pub fn visit_day(named: Date, begun: UtcMillis) -> Option<Remark> {
    let begun = begun.hanoi_date();
    let apart = named.until(begun).map_or(i32::MAX, |span| span.get_days()).unsigned_abs();
    let [named, begun] = [named, begun].map(|day| day.strftime("%d/%m/%Y").to_string());
    (apart > 1).then(|| {
        unusual(
            VISIT_DAY,
            format!(
                "Lượt kiểm tra được đặt tên theo ngày {named} nhưng ghi bắt đầu ngày {begun}. Hãy hỏi cán bộ đã kiểm tra vào ngày nào."
            ),
            format!(
                "The visit is named by the day {named} but says that it began on {begun}. Ask the officer for the true day."
            ),
        )
    })
}

/// A beginning that was written at another time than it says.
pub fn begun(said: UtcMillis, written: UtcMillis) -> Option<Remark> {
    let [said_on, written_on] = [said, written].map(|at| at.hanoi_date().strftime("%d/%m/%Y").to_string());
    (said.since(written).unsigned_abs() >= HALF_A_DAY).then(|| {
        unusual(
            BEGUN,
            format!(
                "Biên bản ghi bắt đầu ngày {said_on}, nhưng chính máy đó viết điều này ngày {written_on}. Hãy hỏi cán bộ đã kiểm tra vào ngày nào."
            ),
            format!(
                "The record says that it began on {said_on}, but the same device wrote that on {written_on}. Ask the officer for the true day."
            ),
        )
    })
}

/// A visit that somebody gave up and somebody signed all the same; `place`: the how-manieth who did, each at a field of its own.
pub fn given_up(place: usize, reason: GivenUpReason, said: &str, by: &Attribution) -> Remark {
    let (vi, en) = match reason {
        GivenUpReason::ByMistake => ("bắt đầu nhầm", "begun by mistake"),
        GivenUpReason::AnotherVisit => ("làm tiếp ở lần khác", "gone on with in another visit"),
        GivenUpReason::NoEntry => ("không vào được cơ sở", "nobody let the officers in"),
        GivenUpReason::Other => ("lý do khác", "another reason"),
    };
    let words = if said.is_empty() { String::new() } else { format!(": “{said}”") };
    let (name, at) = (&by.person_name, by.at.hanoi_text());
    let field = if place == 0 { GIVEN_UP.to_owned() } else { format!("{GIVEN_UP}/{place}") };
    unusual(
        &field,
        format!(
            "{name} đã bỏ lần kiểm tra này lúc {at} ({vi}{words}), nhưng biên bản đã được ký và chữ ký vẫn có hiệu lực. Hãy hỏi cả hai người xem việc kiểm tra diễn ra thế nào."
        ),
        format!(
            "{name} gave this inspection up at {at} ({en}{words}), but the record was signed and the signature stands. Ask both how the visit went."
        ),
    )
}

/// A law that this program does not know.
pub fn rule_set(named: &str) -> Remark {
    unusual(
        RULE_SET,
        format!(
            "Biên bản ghi áp dụng quy định “{named}” mà chương trình này không biết. Ở đây dùng quy định của ngày kiểm tra; hãy đối chiếu."
        ),
        format!(
            "The record names the law “{named}”, which this program does not know. The law of the day is shown here; compare them."
        ),
    )
}

/// A checklist that is not at hand: nothing that was answered could be held against it.
pub fn template(named: &TemplateRef) -> Remark {
    let TemplateRef { code, version } = named;
    unusual(
        TEMPLATE,
        format!(
            "Không có bảng kiểm “{code}” phiên bản “{version}” ở đây, nên chưa đối chiếu được câu trả lời nào và không biết còn thiếu mục nào."
        ),
        format!(
            "The checklist “{code}”, version “{version}”, is not here: no answer could be checked, and nobody knows what is missing."
        ),
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const NOON: UtcMillis = UtcMillis(1_795_250_000_000); // 21/11/2026 in Hà Nội

    #[test]
    fn a_visit_has_one_day() {
        assert_eq!(visit_day(date(2026, 11, 21), NOON), None);
        assert_eq!(visit_day(date(2026, 11, 20), NOON), None, "midnight lay between");
        let apart = visit_day(date(2030, 1, 1), NOON).expect("remarked").words;
        assert!(apart.vi.contains("01/01/2030") && apart.vi.contains("21/11/2026"), "{}", apart.vi);
        assert!(visit_day(Date::MAX, NOON).is_some() && visit_day(Date::MIN, NOON).is_some());
    }

    #[test]
    fn a_beginning_is_written_when_it_is_made() {
        assert_eq!(begun(NOON, NOON.plus_millis(3_600_000)), None);
        let claimed = begun(NOON.plus_millis(4 * 365 * 86_400_000), NOON).expect("remarked").words;
        assert!(claimed.en.contains("began on 20/11/2030") && claimed.en.contains("on 21/11/2026"), "{}", claimed.en);
    }
}
