//! What is odd about the day that a visit bears: a clock that was known to be off, a day before its device was enrolled or
//! after the server had it, a day of which this program knows no law.
//!
//! Invariant: nothing here changes a day or keeps anybody from anything. Who signs and who decides are told, in words that
//! say what was seen and no more.

use super::{Remark, Weight};
use crate::clock::{Running, UtcMillis, is_clock_off};
use crate::id::ActorId;
use crate::regime::rulebook;
use crate::template::Words;
use crate::view::ItemView;

/// Where a remark on the clock stands: [`FIELD`], of the how-manieth supplement `clock/1`.
pub const FIELD: &str = "clock";
/// Where a remark stands on a clock that was set during the visit; on a further time `clock_set/1`.
const SET: &str = "clock_set";
/// From this difference on a day may be another one, in milliseconds.
const HALF_A_DAY: u64 = 12 * 3_600_000;

/// What shows that a day is not to be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The clock was off by this, negative where it was behind: known to the device as it wrote, or seen at an exchange.
    Off(i64),
    /// The device was enrolled only then.
    BeforeEnrolment(UtcMillis),
    /// The server had it already then.
    AfterArrival(UtcMillis),
}

/// When something was written, and what is known of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dating {
    /// The time that it bears.
    pub at: UtcMillis,
    /// What speaks against it.
    pub evidence: Option<Evidence>,
    /// Whether a law of that day is known.
    pub lawful: bool,
}

/// What is odd about the day of an inspection (`place` 0) or its how-manieth supplement.
pub fn remark(place: usize, dating: &Dating) -> Option<Remark> {
    let day = day(dating.at);
    let (vi_what, en_what) =
        if place == 0 { ("Biên bản", "The record") } else { ("Biên bản bổ sung", "A supplement") };
    // A few minutes leave the day as it is.
    let small = |evidence| matches!(evidence, Evidence::Off(off) if off.unsigned_abs() < HALF_A_DAY);
    let minor = dating.lawful && dating.evidence.is_some_and(small);
    let (mut vi, mut en) = match dating.evidence {
        Some(Evidence::Off(off)) => {
            let Words { vi: span_vi, en: span_en } = lasting(off);
            let (way_vi, way_en) = if off < 0 { ("chậm", "behind") } else { ("nhanh", "ahead") };
            let (part_vi, part_en) = if minor { ("giờ", "the time") } else { ("ngày giờ", "the day") };
            (
                format!(
                    "{vi_what} ghi ngày {day}; khi đó đồng hồ của máy {way_vi} {span_vi}, nên {part_vi} có thể không đúng."
                ),
                format!(
                    "{en_what} bears the day {day}; the device's clock was {span_en} {way_en} then, so {part_en} may be wrong."
                ),
            )
        }
        Some(Evidence::BeforeEnrolment(enrolled)) => {
            let enrolled = self::day(enrolled);
            (
                format!(
                    "{vi_what} ghi ngày {day}, trước khi máy này được đăng ký ({enrolled}), nên ngày giờ có thể không đúng."
                ),
                format!(
                    "{en_what} bears the day {day}, before its device was enrolled ({enrolled}), so the day may be wrong."
                ),
            )
        }
        Some(Evidence::AfterArrival(arrived)) => {
            let arrived = self::day(arrived);
            (
                format!(
                    "{vi_what} ghi ngày {day}, sau khi máy chủ đã nhận ({arrived}), nên ngày giờ có thể không đúng."
                ),
                format!("{en_what} bears the day {day}, after the server had it ({arrived}), so the day may be wrong."),
            )
        }
        None if dating.lawful => return None,
        None => (format!("{vi_what} ghi ngày {day}."), format!("{en_what} bears the day {day}.")),
    };
    if !dating.lawful {
        let oldest = rulebook().regimes.first().map(|regime| regime.valid_from.strftime("%d/%m/%Y").to_string());
        let oldest = oldest.unwrap_or_default();
        vi = format!("{vi} Không có quy định nào cho ngày này: quy định cũ nhất có hiệu lực từ {oldest}.");
        en = format!("{en} No law is known for that day: the oldest is in force from {oldest}.");
    }
    if !minor {
        vi.push_str(" Hãy hỏi cán bộ đã kiểm tra vào ngày nào.");
        en.push_str(" Ask the officer for the true day of the visit.");
    }
    let field = if place == 0 { FIELD.to_owned() } else { format!("{FIELD}/{place}") };
    Some(Remark { field, weight: Weight::Unusual, words: Words { vi, en } })
}

/// What a device's running clock and its calendar said at one moment.
pub type Reading = (ActorId, Running, UtcMillis);

/// That a device's clock was set during the visit: between its beginning and an answer, or between two answers, the calendar moved otherwise than the clock that runs
/// since the device was switched on, and that nobody can set.
pub fn clock_set(begun: Option<Reading>, items: &[ItemView]) -> Vec<Remark> {
    let statements = items.iter().flat_map(|item| item.statements.iter().chain(&item.superseded));
    // What somebody chose in a clash bears the time of its first author.
    let own = statements.filter(|said| said.chosen_by.is_none());
    let read = own.filter_map(|said| Some((said.operation.actor, said.running?, said.by.at)));
    let mut readings: Vec<Reading> = begun.into_iter().chain(read).collect();
    readings.sort_unstable();
    let jumps = readings.windows(2).filter_map(|pair| {
        let ((one, earlier, before), (other, later, after)) = (pair[0], pair[1]);
        let passed = later.since(earlier).filter(|_| one == other)?;
        let set = after.since(before).saturating_sub(passed);
        is_clock_off(set).then_some((before, after, set))
    });
    jumps
        .enumerate()
        .map(|(place, (before, after, set))| {
            let Words { vi: span_vi, en: span_en } = lasting(set);
            let (way_vi, way_en) = if set < 0 { ("lùi", "back") } else { ("tới", "ahead") };
            let (before, after) = (before.hanoi_text(), after.hanoi_text());
            Remark {
                field: if place == 0 { SET.to_owned() } else { format!("{SET}/{place}") },
                weight: Weight::Unusual,
                words: Words {
                    vi: format!(
                        "Trong lúc kiểm tra, đồng hồ của máy bị chỉnh {way_vi} {span_vi}: giữa lúc ghi {before} và lần ghi \
                         tiếp theo {after}. Hãy hỏi cán bộ giờ nào đúng."
                    ),
                    en: format!(
                        "During the visit the device's clock was set {span_en} {way_en}: between what bears {before} and \
                         what was written next, which bears {after}. Ask the officer which time is right."
                    ),
                },
            }
        })
        .collect()
}

/// What a server sees besides: that a day lies after the one on which it had the record.
pub fn arrived(at: UtcMillis, arrived: UtcMillis, lawful: bool) -> Option<Remark> {
    let ahead = arrived < at && is_clock_off(at.since(arrived));
    let evidence = ahead.then_some(Evidence::AfterArrival(arrived))?;
    remark(0, &Dating { at, evidence: Some(evidence), lawful })
}

fn day(at: UtcMillis) -> String {
    at.hanoi_date().strftime("%d/%m/%Y").to_string()
}

/// A difference of clocks in the largest unit that fits.
pub fn lasting(millis: i64) -> Words {
    const UNITS: [(u64, &str, &str); 4] = [
        (365 * 86_400_000, "năm", "year"),
        (86_400_000, "ngày", "day"),
        (3_600_000, "giờ", "hour"),
        (60_000, "phút", "minute"),
    ];
    let millis = millis.unsigned_abs();
    let (unit, vi, en) = UNITS.into_iter().find(|(unit, ..)| millis >= *unit).unwrap_or(UNITS[3]);
    let count = (millis + unit / 2) / unit;
    let plural = if count == 1 { "" } else { "s" };
    Words { vi: format!("{count} {vi}"), en: format!("{count} {en}{plural}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: UtcMillis = UtcMillis(1_795_250_000_000); // 21/11/2026 in Hà Nội
    const YEAR: i64 = 365 * 86_400_000;

    fn said(at: UtcMillis, evidence: Option<Evidence>, lawful: bool) -> Option<Words> {
        remark(0, &Dating { at, evidence, lawful }).map(|it| it.words)
    }

    #[test]
    fn a_day_that_nothing_speaks_against_draws_no_remark() {
        assert_eq!(said(NOON, None, true), None);
        assert_eq!(arrived(NOON, NOON.plus_millis(-60_000), true), None, "clocks agree within a few minutes");
        assert_eq!(arrived(NOON, NOON.plus_millis(YEAR), true), None, "it was sent late");
    }

    #[test]
    fn what_was_seen_is_said_and_that_no_law_is_known() {
        let ten = NOON.plus_millis(-10 * YEAR);
        let behind = said(ten, Some(Evidence::Off(-10 * YEAR)), false).expect("remarked");
        assert!(
            behind.vi.starts_with("Biên bản ghi ngày 23/11/2016; khi đó đồng hồ của máy chậm 10 năm"),
            "{}",
            behind.vi
        );
        assert!(behind.vi.contains("Không có quy định nào cho ngày này") && behind.vi.contains("10/01/2021"));
        assert!(behind.en.contains("10 years behind") && behind.en.contains("No law is known"), "{}", behind.en);
        let minutes = said(NOON, Some(Evidence::Off(6 * 60_000)), true).expect("remarked");
        assert!(minutes.vi.contains("nhanh 6 phút, nên giờ có thể không đúng"), "{}", minutes.vi);
        assert!(minutes.en.contains("6 minutes ahead then, so the time may"), "{}", minutes.en);
        let before = said(ten, Some(Evidence::BeforeEnrolment(NOON)), true).expect("remarked");
        assert!(before.vi.contains("23/11/2016, trước khi máy này được đăng ký (21/11/2026)"), "{}", before.vi);
        let after = arrived(NOON, ten, true).expect("remarked").words;
        assert!(after.vi.contains("21/11/2026, sau khi máy chủ đã nhận (23/11/2016)"), "{}", after.vi);
        assert!(
            said(ten, None, false).expect("remarked").vi.starts_with("Biên bản ghi ngày 23/11/2016. Không có quy định")
        );
    }

    #[test]
    fn supplements_have_remarks_of_their_own() {
        let dating = Dating { at: NOON, evidence: Some(Evidence::Off(-YEAR)), lawful: true };
        let (first, second) = (remark(0, &dating).expect("one"), remark(2, &dating).expect("another"));
        assert_eq!((first.field.as_str(), second.field.as_str()), ("clock", "clock/2"));
        assert!(second.words.vi.starts_with("Biên bản bổ sung"), "{}", second.words.vi);
        assert!(second.words.en.contains("1 year behind then, so the day may be wrong"), "{}", second.words.en);
    }
}
