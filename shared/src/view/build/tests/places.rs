//! Where something is, said by people apart: one statement in four fields.

use super::super::*;
use super::inspections::{finding, sealed, view, with};
use super::*;
use crate::record::RecordKind;
use crate::record::facility::field;
use crate::record::key::Key;
use crate::view::Clash;

/// A place that somebody put, latitude first.
fn at(counter: u64, by: u8, latitude: f64, longitude: f64, metres: f64) -> [Cell; 4] {
    [
        put(counter, by, "h/latitude", latitude),
        put(counter + 1, by, "h/longitude", longitude),
        put(counter + 2, by, "h/accuracy_m", metres),
        put(counter + 3, by, "h/position_source", "device"),
    ]
}

fn clashing(kind: RecordKind, cells: &[Cell]) -> Vec<Clash> {
    clashes(INSPECTION, kind, "", None, cells, &Everybody)
}

fn sides(clash: &Clash) -> Vec<(f64, f64, Option<f64>, &str)> {
    let side = |answer: &Option<Answer>| match answer {
        Some(Answer::Geo(place)) => (place.latitude, place.longitude, place.accuracy_m),
        other => panic!("{other:?}"),
    };
    let name = |place: (f64, f64, Option<f64>), name| (place.0, place.1, place.2, name);
    clash.values.iter().map(|it| name(side(&it.answer), it.by.person_name.as_str())).collect()
}

#[test]
fn two_who_stood_apart_said_two_places_and_not_six_numbers() {
    let far = with(at(10, 1, 20.992, 105.8137, 8.0).into_iter().chain(at(12, 2, 20.995, 105.816, 12.0)));
    let found = clashing(RecordKind::Inspection, &far);
    let [clash] = &found[..] else { panic!("{found:?}") };
    assert_eq!(clash.key, "h/latitude");
    assert_eq!(
        sides(clash),
        [(20.995, 105.816, Some(12.0), "Person 2"), (20.992, 105.8137, Some(8.0), "Person 1")],
        "each side as one phone measured it"
    );
    // Two metres are what phones err by.
    let near = with(at(10, 1, 20.992, 105.8137, 8.0).into_iter().chain(at(12, 2, 20.99201, 105.81371, 12.0)));
    assert_eq!(clashing(RecordKind::Inspection, &near), []);
    assert_eq!(clashing(RecordKind::Facility, &near), []);
}

#[test]
fn the_next_house_in_a_row_is_another_place_for_premises_and_not_for_a_visit() {
    let row = with(at(10, 1, 20.992, 105.8137, 8.0).into_iter().chain(at(12, 2, 20.9923, 105.8137, 8.0)));
    assert_eq!(clashing(RecordKind::Facility, &row).len(), 1);
    assert_eq!(clashing(RecordKind::Inspection, &row), []);
}

#[test]
fn one_side_is_chosen_whole() {
    let cells = with(at(10, 1, 20.992, 105.8137, 8.0).into_iter().chain(at(12, 2, 20.995, 105.816, 12.0)));
    let live = Live::of(&cells);
    for cell in cells.iter().filter(|it| it.operation.actor == actor(1) && it.key.starts_with("h/l")) {
        let puts = place::chosen(&live, cell.operation).expect("a side");
        let header = |name: &str| Key::Header(name.to_owned());
        let whole = [
            (header(field::LATITUDE), Scalar::Number(20.992)),
            (header(field::LONGITUDE), Scalar::Number(105.8137)),
            (header(field::ACCURACY_M), Scalar::Number(8.0)),
            (header(field::POSITION_SOURCE), Scalar::from("device")),
        ];
        assert_eq!(puts, whole, "by its {}", cell.key);
    }
    assert_eq!(place::chosen(&live, OperationId { counter: 77, actor: actor(1) }), None);
}

#[test]
fn what_was_not_put_again_because_it_is_the_same_stands_in_both() {
    // The second moved north only: the longitude was put by the first, and nobody put another.
    let cells = with([
        put(10, 1, "h/latitude", 20.992),
        put(15, 2, "h/latitude", 20.996),
        put(11, 3, "h/longitude", 105.8137),
        put(12, 3, "h/accuracy_m", 8.0),
        put(13, 3, "h/position_source", "device"),
    ]);
    let chosen = place::chosen(&Live::of(&cells), OperationId { counter: 15, actor: actor(2) }).expect("a side");
    let said: Vec<_> = chosen.into_iter().map(|(_, value)| value).collect();
    let whole = [20.996, 105.8137, 8.0].map(Scalar::Number).into_iter().chain([Scalar::from("device")]);
    assert_eq!(said, whole.collect::<Vec<_>>(), "and is chosen with it");
    let found = clashing(RecordKind::Inspection, &cells);
    let [clash] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        sides(clash).iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(),
        [(20.996, 105.8137), (20.992, 105.8137)]
    );
}

#[test]
fn what_is_written_of_a_failed_check_apart_stands_twice_and_the_gravest_is_shown() {
    let both = [
        verdict(10, 1, "ESC-02", Verdict::Fail),
        finding(11, 1, "ESC-02", Severity::Critical),
        finding(12, 2, "ESC-02", Severity::Minor),
    ];
    let cells = with(both.clone());
    let seen = view(&cells, &[], &[]);
    let shown = |view: &InspectionView| view.items[0].finding.as_ref().map(|it| it.severity);
    assert_eq!(shown(&seen), Some(Severity::Critical), "until it is settled the worst counts");
    assert_eq!(seen.unsettled.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["f/ESC-02/detail"]);
    assert_eq!(seen.apart, []);
    // Signed so by an earlier program, both stand, and whoever reads is told.
    let cells = with(both.into_iter().chain([sealed(20, 1, INSPECTION)]));
    let seen = view(&cells, &[], &[]);
    assert_eq!((shown(&seen), seen.summary.gravest), (Some(Severity::Critical), Some(Severity::Critical)));
    assert_eq!(seen.apart.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["f/ESC-02/detail"]);
    assert_eq!(seen.unsettled, []);
}

#[test]
fn places_signed_apart_in_one_part_are_both_told() {
    let places = at(10, 1, 20.992, 105.8137, 8.0).into_iter().chain(at(12, 2, 20.995, 105.816, 12.0));
    let seen = view(&with(places.chain([sealed(20, 1, INSPECTION)])), &[], &[]);
    let [clash] = &seen.apart[..] else { panic!("{:?}", seen.apart) };
    assert_eq!(sides(clash).iter().map(|it| it.3).collect::<Vec<_>>(), ["Person 2", "Person 1"]);
    assert_eq!(seen.position.map(|it| (it.latitude, it.longitude)), Some((20.995, 105.816)), "one phone's");
}
