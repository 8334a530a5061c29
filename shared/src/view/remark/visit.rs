//! Whether what a visit says of days and places can be: deadlines that had passed, places far from the premises,
//! photos of another day or place.
//!
//! Invariant: nothing here keeps a visit from being finished. An officer may have good reasons, and a phone's position is
//! sometimes wrong by itself; who signs and who reviews are told.

use jiff::civil::Date;

use super::dating::lasting;
use super::{Remark, unusual};
use crate::clock::UtcMillis;
use crate::geometry::distance_m;
use crate::record::facility::field;
use crate::record::promise::{LONGEST_TERM_YEARS, counted, latest_day};
use crate::record::register::{Answer, Position};
use crate::template::Words;
use crate::view::{ItemView, PhotoView};

/// Hà Nội since 2008, coarsely: south, north, west, east. No unit's border is nearer to its edge than a kilometre.
const CITY: (f64, f64, f64, f64) = (20.55, 21.40, 105.27, 106.04);
/// Farther from the premises than this one is not at them, in metres. A large compound is half as long.
const NEAR_M: f64 = 500.0;
/// What is said of a place that is not in the city.
const OUTSIDE: (&str, &str) = ("nằm ngoài thành phố Hà Nội", "lies outside the city of Hà Nội");
/// A photo that was taken longer ago than this, or later, was not taken at the visit, in milliseconds.
const A_DAY_MS: u64 = 86_400_000;

/// What is odd about a visit's deadlines and places. `premises`: where they are (degrees north, degrees east), if that is
/// known; `by`: when it was or would be signed; `off`: how far the clock was off by which an item's finding was written.
pub fn remarks(
    items: &[ItemView],
    position: Option<&Position>,
    premises: Option<(f64, f64)>,
    by: Option<UtcMillis>,
    off: &dyn Fn(&ItemView) -> Option<i64>,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut answered = Vec::new();
    for item in items {
        let said = item.statements.first();
        if let Some(Answer::Geo(place)) = said.and_then(|said| said.answer.as_ref()) {
            answered.push(*place);
            remarks.extend(place_remark(&format!("i/{}", item.code), place, premises));
        }
        remarks.extend(photo_remarks(item, premises));
        let Some(finding) = &item.finding else { continue };
        // A clock that was years off says nothing of the day on which this was written.
        let known = off(item).or_else(|| said.and_then(|said| said.by.clock_off_ms));
        let off = known.unwrap_or(0);
        let written = finding.at.plus_millis(off.saturating_neg()).hanoi_date();
        if let Some(deadline) = finding.deadline {
            let key = format!("f/{}/detail", item.code);
            let signed = by.map(|at| at.plus_millis(off.saturating_neg()).hanoi_date());
            let counts = counted(deadline, finding.at, known);
            remarks.extend(if counts == deadline {
                deadline_remark(&key, deadline, written, signed)
            } else {
                Some(counted_anew(&key, deadline, counts, off))
            });
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

/// What is odd about a day that was promised on a day.
pub fn promise(key: &str, until: Date, noted: Date) -> Option<Remark> {
    let day = until.strftime("%d/%m/%Y");
    (until > latest_day(noted)).then(|| {
        unusual(
            key,
            format!("Ngày cam kết {day} cách ngày ghi hơn {LONGEST_TERM_YEARS} năm. Hãy kiểm tra lại."),
            format!("The promised day {day} is more than {LONGEST_TERM_YEARS} years after it was noted. Check it."),
        )
    })
}

/// What is odd about a day that was promised where another is the last one.
pub fn promise_after(key: &str, until: Date, deadline: Date) -> Option<Remark> {
    let [day, last] = [until, deadline].map(|day| day.strftime("%d/%m/%Y"));
    (until > deadline).then(|| {
        unusual(
            key,
            format!("Ngày cam kết {day} muộn hơn hạn khắc phục {last}. Hạn vẫn giữ nguyên."),
            format!("The promised day {day} is later than the deadline {last}. The deadline stands."),
        )
    })
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
    if deadline > latest_day(written) {
        return Some(unusual(
            key,
            format!("Hạn khắc phục {day} cách ngày ghi hơn {LONGEST_TERM_YEARS} năm. Hãy kiểm tra lại."),
            format!("The deadline {day} is more than {LONGEST_TERM_YEARS} years after it was written. Check it."),
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

/// A deadline that a clock gave which was far off ([`counted`]).
pub fn counted_anew(key: &str, deadline: Date, counts: Date, off: i64) -> Remark {
    let [day, counts] = [deadline, counts].map(|day| day.strftime("%d/%m/%Y").to_string());
    let Words { vi, en } = lasting(off);
    let (way_vi, way_en) = if off < 0 { ("chậm", "behind") } else { ("nhanh", "ahead") };
    unusual(
        key,
        format!(
            "Hạn khắc phục {day} ghi khi đồng hồ của máy {way_vi} {vi}; được tính là {counts}, cùng số ngày kể từ ngày ghi thật. Hãy ghi lại hạn đúng trong biên bản bổ sung."
        ),
        format!(
            "The deadline {day} was written by a clock {en} {way_en}; it counts as {counts}, as many days from the true day of writing. Write the right day in a supplement."
        ),
    )
}

fn place_remark(key: &str, place: &Position, premises: Option<(f64, f64)>) -> Option<Remark> {
    let Words { vi, en } = far(place, premises)?;
    Some(unusual(key, format!("Vị trí {vi}. Hãy kiểm tra lại."), format!("The place {en}. Check it.")))
}

/// How a place is not at the premises.
fn far(place: &Position, premises: Option<(f64, f64)>) -> Option<Words> {
    let here = (place.latitude, place.longitude);
    if !in_city(here) {
        return Some(Words { vi: OUTSIDE.0.into(), en: OUTSIDE.1.into() });
    }
    let metres = distance_m(premises?, here) - place.accuracy_m.unwrap_or(0.0);
    (metres > NEAR_M).then(|| {
        let (vi, en) = distance(metres);
        Words {
            vi: format!("cách điểm đã ghi của cơ sở {vi}"),
            en: format!("is {en} from where the premises' record has them"),
        }
    })
}

/// What is odd about when and where the photos of an item were taken, as their cameras wrote it: one remark a photo, and
/// the same words once.
fn photo_remarks(item: &ItemView, premises: Option<(f64, f64)>) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = Vec::new();
    for photo in &item.photos {
        let detail = &photo.detail;
        let place = detail.place.as_ref().and_then(|place| far(place, premises));
        let time = detail.taken_at.filter(|taken| !is_of_its_day(*taken, photo));
        let (mut vi, mut en) = (Vec::new(), Vec::new());
        if let Some(taken) = time {
            let [taken, added] = [taken, detail.at].map(|at| at.hanoi_date().strftime("%d/%m/%Y").to_string());
            vi.push(format!("chụp ngày {taken}, thêm vào ngày {added}"));
            en.push(format!("was taken on {taken} and added on {added}"));
        }
        if let Some(place) = place {
            vi.push(format!("có vị trí {}", place.vi));
            en.push(format!("bears a place that {}", place.en));
        }
        if vi.is_empty() {
            continue;
        }
        let words = Words {
            vi: format!("Ảnh {}. Hãy kiểm tra lại.", vi.join("; ")),
            en: format!("A photo {}. Check it.", en.join(" and ")),
        };
        if remarks.iter().all(|remark| remark.words != words) {
            remarks.push(unusual(&format!("p/{}/{}", item.code, detail.hash), words.vi, words.en));
        }
    }
    remarks
}

/// Whether a photo was taken about when it was added. Camera and record may go by one clock, which may have been off, or by
/// two.
fn is_of_its_day(taken: UtcMillis, photo: &PhotoView) -> bool {
    let off = photo.author.clock_off_ms.unwrap_or(0);
    let added = [photo.detail.at, photo.detail.at.plus_millis(off.saturating_neg())];
    added.into_iter().any(|added| added.since(taken).unsigned_abs() <= A_DAY_MS)
}

fn in_city((north, east): (f64, f64)) -> bool {
    let (south_edge, north_edge, west_edge, east_edge) = CITY;
    (south_edge..=north_edge).contains(&north) && (west_edge..=east_edge).contains(&east)
}

fn outside(key: &str) -> Remark {
    unusual(key, format!("Vị trí {}. Hãy kiểm tra lại.", OUTSIDE.0), format!("The place {}. Check it.", OUTSIDE.1))
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
    use crate::id::{PersonId, PhotoHash};
    use crate::record::register::{FindingDetail, PositionSource, Severity};

    const NOON: UtcMillis = UtcMillis(1_795_285_800_000); // 22/11/2026 in Hà Nội

    fn at(latitude: f64, longitude: f64, accuracy_m: Option<f64>) -> Position {
        Position { latitude, longitude, accuracy_m, source: PositionSource::Device }
    }

    fn said(position: &Position, premises: Option<(f64, f64)>) -> Vec<String> {
        remarks(&[], Some(position), premises, None, &|_| None).into_iter().map(|it| it.words.vi).collect()
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
    fn a_photo_of_another_day_or_place_is_said() {
        const DAY: i64 = 86_400_000;
        let premises = Some((20.9931, 105.8128));
        let photo = |number: u8, taken: Option<i64>, place: Option<Position>, off: Option<i64>| {
            let mut photo: PhotoView = serde_json::from_value(serde_json::json!({
                "hash": PhotoHash::of(&[number]), "bytes": 1, "width": 1, "height": 1, "original_sha256": "",
                "taken_at": taken.map(|ago| NOON.0 - ago), "place": place, "at": NOON.0, "by": PersonId::from_bytes([1; 16]),
                "author": {
                    "person": null, "person_name": "?", "device": null, "device_name": "?", "held_by_server": false,
                    "at": NOON.0,
                },
                "verified": true, "present": true,
            }))
            .expect("a photo");
            photo.author.clock_off_ms = off;
            photo
        };
        let said = |photos: Vec<PhotoView>| {
            let (statements, superseded, comments) = (Vec::new(), Vec::new(), Vec::new());
            let item = ItemView {
                code: "ESC-01".into(),
                statements,
                superseded,
                finding: None,
                finding_said: None,
                photos,
                comments,
            };
            remarks(&[item], None, premises, None, &|_| None)
        };
        let door = at(20.9933, 105.8131, Some(12.0));
        assert_eq!(said(vec![photo(1, Some(3_600_000), Some(door), None), photo(2, None, None, None)]), []);
        let italy = at(43.4675, 11.8851, None);
        let both = said(vec![photo(1, Some(6_605 * DAY), Some(italy), None)]);
        assert_eq!(both.len(), 1, "one remark a photo: {both:?}");
        assert_eq!(both[0].field, format!("p/ESC-01/{}", PhotoHash::of(&[1])));
        assert!(
            both[0].words.vi.starts_with("Ảnh chụp ngày 22/10/2008, thêm vào ngày 22/11/2026; có vị trí nằm ngoài")
        );
        assert!(both[0].words.en.contains("taken on 22/10/2008 and added on 22/11/2026 and bears a place that lies"));
        let away = said(vec![photo(1, None, Some(at(21.0031, 105.8128, None)), None)]);
        assert_eq!(away[0].words.vi, "Ảnh có vị trí cách điểm đã ghi của cơ sở 1,1 km. Hãy kiểm tra lại.");
        assert_eq!(said(vec![photo(1, Some(-3 * DAY), None, None)]).len(), 1, "taken after it was added");
        let twice = vec![photo(1, Some(9 * DAY), None, None), photo(2, Some(9 * DAY), None, None)];
        assert_eq!(said(twice).len(), 1, "the same words once");
        // The record's clock was ten days behind; the camera's was right, or the same.
        assert_eq!(
            said(vec![photo(1, Some(-10 * DAY), None, Some(-10 * DAY)), photo(2, Some(0), None, Some(-10 * DAY))]),
            []
        );
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
            finding_said: None,
            photos: Vec::new(),
            comments: Vec::new(),
        };
        let said = |deadline: &str, by| remarks(&[item(deadline)], None, None, by, &|_| None);
        let past = said("2020-01-31", None);
        assert_eq!(past[0].field, "f/ESC-01/detail");
        assert!(past[0].words.vi.contains("31/01/2020 đã qua từ trước ngày ghi"), "{past:?}");
        let far = said("9999-12-31", None);
        assert!(far[0].words.vi.contains("31/12/9999 cách ngày ghi hơn 5 năm"), "{far:?}");
        assert_eq!(said("2031-11-22", None), []);
        assert_eq!(said("2026-11-22", None), [], "today is early enough");
        assert_eq!(said("2026-12-01", Some(NOON)), []);
        let late = said("2026-12-01", Some(NOON.plus_millis(20 * 86_400_000)));
        assert!(late[0].words.en.contains("when this was signed"), "{late:?}");
    }
}
