//! What the demonstration's officers did in the past weeks: when, where, what they found. Decided here, written elsewhere.
//!
//! Invariant: visits begin in working hours of working days before today; the same day gives the same answers.

use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::{Answer, Decision, Position, PositionSource, Severity, Verdict};
use ancu_shared::template::{Input, Item, PhotoRule, Template};
use jiff::civil::{Date, Weekday};

pub(super) const MINUTE: i64 = 60_000;
pub(super) const DAY: i64 = 86_400_000;

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Not finished yet.
    Open,
    /// Finished, nobody has decided.
    Waiting,
    /// Decided by the reviewer on the next working day.
    Decided(Decision),
}

/// One visit of the demonstration.
pub(super) struct Sitting {
    /// Working days before today.
    back: u32,
    /// Hour and minute in Hà Nội.
    clock: (i64, i64),
    /// Which of the two officers.
    pub(super) officer: usize,
    /// One failure in so many checks.
    one_in: usize,
    pub(super) ending: Ending,
}

const fn sitting(back: u32, clock: (i64, i64), officer: usize, one_in: usize, ending: Ending) -> Sitting {
    Sitting { back, clock, officer, one_in, ending }
}

const APPROVED: Ending = Ending::Decided(Decision::Approved);
const RETURNED: Ending = Ending::Decided(Decision::Returned);

/// The past weeks, newest first.
pub(super) const PAST: [Sitting; 15] = [
    sitting(1, (15, 50), 1, 17, Ending::Open),
    sitting(1, (14, 10), 0, 11, Ending::Waiting),
    sitting(1, (9, 5), 1, 31, Ending::Waiting),
    sitting(2, (15, 20), 1, 7, Ending::Waiting),
    sitting(2, (8, 40), 0, 43, Ending::Waiting),
    sitting(3, (10, 15), 0, 19, Ending::Waiting),
    sitting(4, (14, 30), 1, 15, RETURNED),
    sitting(5, (8, 20), 0, 37, APPROVED),
    sitting(5, (15, 45), 1, 13, RETURNED),
    sitting(7, (9, 30), 0, 47, APPROVED),
    sitting(8, (13, 50), 1, 29, APPROVED),
    sitting(11, (8, 15), 0, 41, APPROVED),
    sitting(14, (10, 5), 1, 23, APPROVED),
    sitting(19, (14, 0), 0, 53, APPROVED),
    sitting(24, (9, 20), 1, 33, APPROVED),
];

/// A visit's place.
#[derive(Debug, Clone, Copy)]
pub(super) struct House {
    pub(super) id: DocumentId,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) storeys: f64,
    pub(super) apartments: f64,
    pub(super) residents: f64,
}

/// What is measured or counted in such houses: least, step, and how many steps.
const MEASURED: [(&str, f64, f64, usize); 20] = [
    ("ACC-01", 1.8, 0.1, 28),
    ("ACC-02", 3.5, 0.1, 11),
    ("ACC-03", 20.0, 5.0, 25),
    ("ESC-01", 1.0, 1.0, 2),
    ("ESC-03", 1.0, 1.0, 2),
    ("ESC-04", 0.8, 0.05, 7),
    ("ESC-05", 0.8, 0.05, 9),
    ("ESC-06", 1.9, 0.05, 7),
    ("ESC-07", 1.0, 0.05, 9),
    ("ESC-16", 8.0, 1.0, 16),
    ("ESC-17", 6.0, 0.5, 24),
    ("EMG-09", 0.0, 1.0, 4),
    ("EVC-01", 8.0, 1.0, 32),
    ("GAS-01", 12.0, 12.0, 4),
    ("GAS-03", 1.0, 0.1, 16),
    ("EXT-01", 6.0, 1.0, 12),
    ("WAT-01", 60.0, 10.0, 25),
    ("WAT-03", 2.0, 0.5, 16),
    ("FOR-05", 50.0, 10.0, 16),
    ("DRL-03", 2.0, 1.0, 5),
];

/// What the officer measures or counts.
fn measured(item: &str, house: House, chance: &mut SeededRandom) -> Option<f64> {
    let found = match item {
        "CON-01" => house.storeys,
        "CON-02" => house.storeys * 3.3,
        "MGT-01" => house.apartments,
        "MGT-02" => house.residents,
        _ => {
            let (_, least, step, steps) = MEASURED.into_iter().find(|(code, ..)| *code == item)?;
            least + step * chance.below(steps) as f64
        }
    };
    Some((found * 100.0).round() / 100.0)
}

/// A question as it was answered.
pub(super) struct Answered {
    pub(super) item: String,
    pub(super) answer: Answer,
    pub(super) note: &'static str,
    pub(super) at: UtcMillis,
    /// Severity, remedy and last day, where the check failed.
    pub(super) finding: Option<(Severity, String, Date)>,
    pub(super) photo: bool,
}

/// A visit as it went: its groups of questions in order.
pub(super) struct Visit {
    pub(super) house: House,
    pub(super) sitting: &'static Sitting,
    pub(super) began: UtcMillis,
    pub(super) ended: UtcMillis,
    pub(super) groups: Vec<Vec<Answered>>,
}

impl Visit {
    /// The visit of a house, as it went.
    pub(super) fn plan(
        sitting: &'static Sitting,
        house: House,
        template: &Template,
        now: UtcMillis,
        seed: u64,
    ) -> Self {
        let (hour, minute) = sitting.clock;
        let began = midnight(working_day(now.hanoi_date(), sitting.back)).plus_millis((hour * 60 + minute) * MINUTE);
        let mut chance = SeededRandom::new(seed);
        let mut at = began.plus_millis(3 * MINUTE);
        let mut groups = Vec::new();
        let open = sitting.ending == Ending::Open;
        for group in template.groups.iter().take(if open { template.groups.len() / 2 } else { usize::MAX }) {
            let answered = group.items.iter().filter_map(|item| {
                // A question takes a quarter of a minute, a photo half a minute more.
                at = at.plus_millis(9_000 + chance.below(14_000) as i64);
                let answered = answer(item, house, sitting.one_in, &mut chance, at)?;
                if answered.photo {
                    at = at.plus_millis(20_000 + chance.below(20_000) as i64);
                }
                Some(answered)
            });
            groups.push(answered.collect());
        }
        Self { house, sitting, began, ended: at.plus_millis(4 * MINUTE), groups }
    }

    /// When the reviewer decided: on the next working day's morning.
    pub(super) fn decided(&self) -> UtcMillis {
        let mut day = self.began.hanoi_date().tomorrow().unwrap_or(Date::MAX);
        while !works(day) {
            day = day.tomorrow().unwrap_or(Date::MAX);
        }
        midnight(day).plus_millis((8 * 60 + 35) * MINUTE + self.began.0.rem_euclid(47) * MINUTE)
    }
}

fn answer(item: &Item, house: House, one_in: usize, chance: &mut SeededRandom, at: UtcMillis) -> Option<Answered> {
    let fails = chance.below(one_in) == 0;
    let answer = match &item.input {
        Input::Verdict if fails => Answer::Verdict(Verdict::Fail),
        Input::Verdict if chance.below(17) == 0 => Answer::Verdict(Verdict::NotApplicable),
        Input::Verdict => Answer::Verdict(Verdict::Pass),
        Input::Number { min, max, .. } => {
            let measured = measured(&item.code, house, chance).or(*min).unwrap_or(1.0);
            Answer::Number(measured.max(min.unwrap_or(measured)).min(max.unwrap_or(measured)))
        }
        Input::Choice { options, .. } => Answer::Choice(options.get(chance.below(options.len()))?.code.clone()),
        Input::Date => Answer::Date(at.plus_millis(-90 * DAY).hanoi_date()),
        Input::Geo { .. } => Answer::Geo(house.position()),
        // The demonstration's checklists ask none of these.
        Input::Choices { .. }
        | Input::Rank { .. }
        | Input::Time
        | Input::Moment
        | Input::Trace
        | Input::Shape
        | Input::Photo
        | Input::Note
        | Input::Calculated => return None,
        Input::Text if item.code == "EMG-02" => Answer::Text("Ô 0,6 × 0,7 m, mở được từ bên trong.".into()),
        Input::Text => Answer::Text("Chủ nhà giữ bản chính, đã xem tại chỗ.".into()),
    };
    let failed = answer == Answer::Verdict(Verdict::Fail);
    let finding = failed.then(|| {
        let days = if item.severity == Severity::Critical { 7 } else { 30 };
        let remedy =
            if item.remedy.vi.is_empty() { "Khắc phục theo quy định.".into() } else { item.remedy.vi.clone() };
        (item.severity, remedy, at.plus_millis(days * DAY).hanoi_date())
    });
    let photo = match item.photo {
        PhotoRule::Always => answer != Answer::Verdict(Verdict::NotApplicable),
        PhotoRule::OnFail => failed,
        PhotoRule::Optional | PhotoRule::Suggested => false,
    };
    let note = if failed { note(&item.code) } else { "" };
    Some(Answered { item: item.code.clone(), answer, note, at, finding, photo })
}

impl House {
    /// Where the officer's device said that it was.
    pub(super) fn position(self) -> Position {
        let (latitude, longitude) = (self.latitude, self.longitude);
        Position { latitude, longitude, accuracy_m: Some(5.0), source: PositionSource::Device }
    }
}

/// What an officer writes at a failed check of a group.
fn note(item: &str) -> &'static str {
    match item.split('-').next().unwrap_or_default() {
        "ACC" => "Biển số nhà bị cây và bạt che, khó nhìn từ đầu ngõ.",
        "CON" => "Khe hở quanh ống kỹ thuật tầng 1 chưa chèn kín.",
        "ESC" => "Tầng 2 để tủ giày và xe đạp, lối đi còn khoảng 0,6 m.",
        "EMG" => "Cửa lên mái khóa bằng ổ khóa ngoài, không có chìa tại chỗ.",
        "ELE" => "Dây đi nổi không ống gen, ổ cắm nối chồng tại tầng 1.",
        "HEA" => "Bàn thờ và bếp đặt sát vách gỗ, chưa có tấm ngăn.",
        "EVC" => "Hai xe điện sạc cạnh chân thang bộ, không có người trông.",
        "GAS" => "Dây dẫn gas cũ, chưa có van ngắt tự động.",
        "ALM" => "Nút ấn tầng 3 không phát tín hiệu khi thử.",
        "EXT" => "Hai bình tầng 2 kim đồng hồ ở vạch đỏ, tem kiểm tra quá hạn.",
        "WAT" => "Tủ họng nước tầng 2 thiếu lăng phun.",
        "LGT" => "Đèn chiếu sáng sự cố tầng 4 không sáng khi thử.",
        "SMK" => "Cửa buồng thang bị chèn mở, không tự đóng.",
        "STO" => "Vách ngăn với khu kinh doanh tầng 1 bằng nhựa, chưa ngăn cháy.",
        "PWR" => "Khóa vân tay cửa chính không mở được khi ngắt điện.",
        _ => "Chưa xuất trình được hồ sơ tại thời điểm kiểm tra.",
    }
}

fn works(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The day so many working days before another.
fn working_day(today: Date, back: u32) -> Date {
    let (mut day, mut left) = (today, back);
    while left > 0 {
        day = day.yesterday().unwrap_or(Date::MIN);
        left -= u32::from(works(day));
    }
    day
}

/// Midnight in Hà Nội (UTC+7).
fn midnight(day: Date) -> UtcMillis {
    let utc = day.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_millisecond());
    UtcMillis(utc - 7 * 60 * MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn visits_are_in_working_hours_of_days_gone_by() {
        let house = House {
            id: DocumentId::from_bytes([1; 16]),
            latitude: 20.99,
            longitude: 105.81,
            storeys: 7.0,
            apartments: 21.0,
            residents: 48.0,
        };
        let template: Template =
            serde_json::from_slice(include_bytes!("../../data/templates/mini_apartment-draft-1.json"))
                .expect("template");
        // A Sunday, and a Monday before dawn.
        for now in [midnight(date(2026, 11, 22)), midnight(date(2026, 11, 23)).plus_millis(5 * 60 * MINUTE)] {
            for (number, sitting) in PAST.iter().enumerate() {
                let visit = Visit::plan(sitting, house, &template, now, number as u64);
                assert!(works(visit.began.hanoi_date()) && visit.ended < now);
                let hours = |at: UtcMillis| (at.0 + 7 * 60 * MINUTE).rem_euclid(DAY) / (60 * MINUTE);
                assert!((8..17).contains(&hours(visit.began)) && hours(visit.ended) < 18, "{:?}", visit.ended);
                assert!(matches!(sitting.ending, Ending::Decided(_)) <= (visit.decided() < now));
                let photos = visit.groups.iter().flatten().filter(|answered| answered.photo).count();
                assert!(sitting.ending == Ending::Open || photos > 20, "{photos} photos");
            }
        }
    }

    #[test]
    fn the_working_day_before_a_monday_is_a_friday() {
        assert_eq!(working_day(date(2026, 11, 23), 1), date(2026, 11, 20));
        assert_eq!(working_day(date(2026, 11, 22), 5), date(2026, 11, 16));
    }
}
