//! What keeps an inspection from being finished.

use super::inspections::{finding, photo, view, with};
use super::*;
use crate::record::register::{FindingDetail, Position, PositionSource};
use crate::template::check;
use crate::view::MissingReason::{
    Accuracy, Answer as NoAnswer, Clash, Finding, FindingWithoutDeadline, FindingWithoutRemedy, Photo,
};

#[test]
fn what_is_missing_is_listed_in_order() {
    let geo = |accuracy_m, note: &str| {
        let place = Position { latitude: 20.99, longitude: 105.81, accuracy_m, source: PositionSource::Device };
        answer(12, 1, "ACC-11", Some(Answer::Geo(place)), note)
    };
    let part_told = |counter, remedy: &str, deadline| {
        let (at, by) = (UtcMillis(counter as i64 * 1000), person(1));
        let detail = FindingDetail { severity: Severity::Major, remedy: remedy.into(), deadline, at, by, origin: None };
        put(counter, 1, "f/ESC-01/detail", detail.to_scalar())
    };
    for (name, cells, expected) in [
        ("nothing answered", vec![], vec![("ESC-02", NoAnswer), ("ESC-01", NoAnswer)]),
        (
            "failed without words and photo",
            vec![verdict(10, 1, "ESC-02", Verdict::Fail), verdict(11, 1, "ESC-01", Verdict::Fail)],
            vec![("ESC-02", Photo), ("ESC-02", Finding), ("ESC-01", Finding)],
        ),
        (
            "failed and told",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Fail),
                finding(11, 1, "ESC-02", Severity::Major),
                photo(12, 1, "ESC-02", 1, false),
                verdict(13, 1, "ESC-01", Verdict::NotApplicable),
            ],
            vec![],
        ),
        (
            "told in part",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                verdict(11, 1, "ESC-01", Verdict::Fail),
                part_told(12, "Mở lối thoát", None),
            ],
            vec![("ESC-01", FindingWithoutDeadline)],
        ),
        (
            "told nothing but how grave",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                verdict(11, 1, "ESC-01", Verdict::Fail),
                part_told(12, " ", None),
            ],
            vec![("ESC-01", FindingWithoutRemedy), ("ESC-01", FindingWithoutDeadline)],
        ),
        (
            "two answers",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                verdict(10, 2, "ESC-02", Verdict::NotApplicable),
                verdict(11, 1, "ESC-01", Verdict::Pass),
            ],
            vec![("ESC-02", Clash)],
        ),
        (
            "taken back against an answer",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                answer(11, 2, "ESC-02", None, ""),
                verdict(11, 1, "ESC-01", Verdict::Pass),
            ],
            vec![("ESC-02", NoAnswer), ("ESC-02", Clash)],
        ),
        (
            "a vague position",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                verdict(11, 1, "ESC-01", Verdict::Pass),
                geo(Some(80.0), " "),
            ],
            vec![("ACC-11", Accuracy)],
        ),
        (
            "a vague position with its reason",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                verdict(11, 1, "ESC-01", Verdict::Pass),
                geo(Some(80.0), "Trong ngõ hẹp"),
            ],
            vec![],
        ),
        (
            "a pin set by hand",
            vec![verdict(10, 1, "ESC-02", Verdict::Pass), verdict(11, 1, "ESC-01", Verdict::Pass), geo(None, "")],
            vec![],
        ),
    ] {
        let view = view(&with(cells), &[], &[]);
        let missing = check::missing(&template(), &view.items, None);
        let found: Vec<_> = missing.iter().map(|it| (it.item.as_deref().unwrap_or(""), it.reason)).collect();
        assert_eq!(found, expected, "{name}");
        assert!(missing.iter().all(|it| it.group.is_some()));
    }
}
