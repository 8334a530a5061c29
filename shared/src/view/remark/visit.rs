//! Whether what a visit says of days and places can be: deadlines that had passed, places far from the premises.
//!
//! Invariant: nothing here keeps a visit from being finished. An officer may have good reasons, and a phone's position is
//! sometimes wrong by itself; who signs and who reviews are told.

use jiff::civil::Date;

use super::{Remark, unusual};
use crate::clock::UtcMillis;
use crate::record::facility::field;
use crate::record::register::{Answer, Position};
use crate::view::ItemView;
use crate::view::build::facility::distance_m;

/// Hà Nội since 2008, coarsely: south, north, west, east. No unit's border is nearer to its edge than a kilometre.
const CITY: (f64, f64, f64, f64) = (20.55, 21.40, 105.27, 106.04);
/// Farther from the premises than this one is not at them, in metres. A large compound is half as long.
const NEAR_M: f64 = 500.0;

/// What is odd about a visit's deadlines and places. `premises`: where they are (degrees north, degrees east), if that is
/// known; `by`: when it was or would be signed.
pub fn remarks(
    items: &[ItemView],
    position: Option<&Position>,
    premises: Option<(f64, f64)>,
    by: Option<UtcMillis>,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut answered = Vec::new();
    for item in items {
        let said = item.statements.first();
        if let Some(Answer::Geo(place)) = said.and_then(|said| said.answer.as_ref()) {
            answered.push(*place);
            remarks.extend(place_remark(&format!("i/{}", item.code), place, premises));
        }
        let Some(finding) = &item.finding else { continue };
        // A clock that was years off says nothing of the day on which this was written.
        let off = said.and_then(|said| said.by.clock_off_ms).unwrap_or(0);
        let written = finding.at.plus_millis(off.saturating_neg()).hanoi_date();
        if let Some(deadline) = finding.deadline {
            let key = format!("f/{}/detail", item.code);
            let signed = by.map(|at| at.plus_millis(off.saturating_neg()).hanoi_date());
            remarks.extend(deadline_remark(&key, deadline, written, signed));
        }
    }
    if let Some(position) = position.filter(|position| !answered.contains(position)) {
        remarks.extend(place_remark("position", position, premises));
    }
    remarks
}

/// What is odd about the place that a form gives for premises.
pub fn premises(latitude: Option<f64>, longitude: Option<f64>) -> Option<Remark> {
    let (north, east) = latitude.zip(longitude)?;
    (!in_city((north, east))).then(|| outside(field::LATITUDE))
}

fn deadline_remark(key: &str, deadline: Date, written: Date, signed: Option<Date>) -> Option<Remark> {
    let day = deadline.strftime("%d/%m/%Y");
    if deadline < written {
        return Some(unusual(
            key,
            format!("Hạn khắc phục {day} đã qua từ trước ngày ghi. Hãy kiểm tra lại."),
            format!("The deadline {day} had passed before it was written. Check it."),
        ));
    }
    signed.filter(|signed| deadline < *signed).map(|_| {
        unusual(
            key,
            format!("Hạn khắc phục {day} đã qua khi ký. Hãy kiểm tra lại."),
            format!("The deadline {day} had passed when this was signed. Check it."),
        )
    })
}

fn place_remark(key: &str, place: &Position, premises: Option<(f64, f64)>) -> Option<Remark> {
    let here = (place.latitude, place.longitude);
    if !in_city(here) {
        return Some(outside(key));
    }
    let metres = distance_m(premises?, here) - place.accuracy_m.unwrap_or(0.0);
    (metres > NEAR_M).then(|| {
        let (vi, en) = distance(metres);
        unusual(
            key,
            format!("Vị trí cách điểm đã ghi của cơ sở {vi}. Hãy kiểm tra lại."),
            format!("The place is {en} from where the premises' record has them. Check it."),
        )
    })
}

fn in_city((north, east): (f64, f64)) -> bool {
    let (south_edge, north_edge, west_edge, east_edge) = CITY;
    (south_edge..=north_edge).contains(&north) && (west_edge..=east_edge).contains(&east)
}

fn outside(key: &str) -> Remark {
    unusual(
        key,
        "Vị trí nằm ngoài thành phố Hà Nội. Hãy kiểm tra lại.".into(),
        "The place lies outside the city of Hà Nội. Check it.".into(),
    )
}

/// "620 m", "1,2 km" and the same with a point.
fn distance(metres: f64) -> (String, String) {
    if metres < 1_000.0 {
        let text = format!("{:.0} m", (metres / 10.0).round() * 10.0);
        return (text.clone(), text);
    }
    let text = format!("{:.1} km", metres / 1_000.0);
    (text.replace('.', ","), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PersonId;
    use crate::record::register::{FindingDetail, PositionSource, Severity};

    const NOON: UtcMillis = UtcMillis(1_795_285_800_000); // 22/11/2026 in Hà Nội

    fn at(latitude: f64, longitude: f64, accuracy_m: Option<f64>) -> Position {
        Position { latitude, longitude, accuracy_m, source: PositionSource::Device }
    }

    fn said(position: &Position, premises: Option<(f64, f64)>) -> Vec<String> {
        remarks(&[], Some(position), premises, None).into_iter().map(|it| it.words.vi).collect()
    }

    #[test]
    fn a_place_far_away_is_said_and_one_at_the_door_is_not() {
        let premises = Some((20.9931, 105.8128));
        assert_eq!(said(&at(20.9933, 105.8131, Some(12.0)), premises), [""; 0]);
        assert_eq!(said(&at(20.9933, 105.8131, None), None), [""; 0]);
        let saigon = said(&at(10.7769, 106.7009, Some(8.0)), premises);
        assert_eq!(saigon, ["Vị trí nằm ngoài thành phố Hà Nội. Hãy kiểm tra lại."]);
        assert_eq!(said(&at(0.0, 0.0, None), None).len(), 1);
        let away = said(&at(21.0031, 105.8128, Some(10.0)), premises);
        assert_eq!(away, ["Vị trí cách điểm đã ghi của cơ sở 1,1 km. Hãy kiểm tra lại."]);
        assert_eq!(said(&at(21.0031, 105.8128, Some(900.0)), premises), [""; 0], "it may be at the door");
    }

    #[test]
    fn the_city_reaches_from_ba_vi_to_gia_lam() {
        for (north, east) in [(21.06, 105.36), (21.02, 105.96), (21.33, 105.85), (20.60, 105.74)] {
            assert!(in_city((north, east)), "{north} {east}");
        }
        for (north, east) in [(20.86, 106.68), (21.59, 105.84), (20.25, 105.97)] {
            assert!(!in_city((north, east)), "{north} {east} is Hải Phòng, Thái Nguyên or Ninh Bình");
        }
    }

    #[test]
    fn a_deadline_that_has_passed_is_said() {
        let finding = |deadline: &str| FindingDetail {
            severity: Severity::Major,
            remedy: "Tháo khóa".into(),
            deadline: Some(deadline.parse().expect("a day")),
            at: NOON,
            by: PersonId::from_bytes([1; 16]),
            origin: None,
        };
        let item = |deadline: &str| ItemView {
            code: "ESC-01".into(),
            statements: Vec::new(),
            superseded: Vec::new(),
            finding: Some(finding(deadline)),
            photos: Vec::new(),
            comments: Vec::new(),
        };
        let said = |deadline: &str, by| remarks(&[item(deadline)], None, None, by);
        let past = said("2020-01-31", None);
        assert_eq!(past[0].field, "f/ESC-01/detail");
        assert!(past[0].words.vi.contains("31/01/2020 đã qua từ trước ngày ghi"), "{past:?}");
        assert_eq!(said("2026-11-22", None), [], "today is early enough");
        assert_eq!(said("2026-12-01", Some(NOON)), []);
        let late = said("2026-12-01", Some(NOON.plus_millis(20 * 86_400_000)));
        assert!(late[0].words.en.contains("when this was signed"), "{late:?}");
    }
}
