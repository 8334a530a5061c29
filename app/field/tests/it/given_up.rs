//! A visit that is given up before anybody signed it: it counts nowhere, nothing in it is lost, and what a colleague said
//! apart keeps it open.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::given_up::GivenUpReason;
use ancu_shared::record::register::Verdict;
use ancu_shared::view::{FacilitySheet, InspectionState, InspectionView};
use serde_json::{Value, json};

use crate::city::City;
use crate::office::{Device, template};

fn give_up(device: &Device, visit: DocumentId) -> InspectionView {
    device.tell(json!({ "command": "inspection_give_up", "id": visit, "reason": "by_mistake" }))
}

fn take_up(device: &Device, visit: DocumentId) -> InspectionView {
    device.tell(json!({ "command": "inspection_take_up", "id": visit }))
}

fn sheet(device: &Device, facility: DocumentId) -> FacilitySheet {
    device.tell(json!({ "command": "facility_sheet", "id": facility }))
}

fn due(device: &Device) -> u64 {
    device.today().counts.due
}

fn answer(visit: DocumentId) -> Value {
    json!({ "command": "answer", "inspection": visit, "item": "ESC-01", "answer": { "kind": "verdict", "value": "pass" }, "note": "" })
}

/// Two officers who both know of a visit in which An answered something.
fn begun(city: &City) -> (Device, Device, DocumentId, DocumentId) {
    let (an, binh) = (Device::officer(city, "An", 1), Device::officer(city, "Bình", 2));
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    let visit = an.inspect(facility);
    an.verdict(visit, "ESC-01", Verdict::Fail, "nhầm nhà");
    [&an, &binh].into_iter().for_each(Device::sync);
    (an, binh, facility, visit)
}

#[test]
fn a_visit_that_is_given_up_counts_nowhere_and_stays_readable() {
    let city = City::new(&template());
    let (an, binh, facility, visit) = begun(&city);
    assert_eq!((due(&an), an.today().in_progress.len()), (0, 1));
    let other = json!({ "command": "inspection_give_up", "id": visit, "reason": "other", "words": "  " });
    assert_eq!(an.refused(other), ErrorCode::FieldInvalid, "another reason says which");
    for _ in 0..2 {
        assert_eq!(give_up(&an, visit).summary.state, InspectionState::Cancelled);
    }
    [&an, &binh].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(visit);
        let told = view.given_up.expect("it is told");
        assert_eq!((told.reason, told.by.person_name.as_str(), told.holds), (GivenUpReason::ByMistake, "An", true));
        assert_eq!(device.item(visit, "ESC-01").statements[0].note, "nhầm nhà", "nothing is deleted");
        let sheet = sheet(device, facility);
        assert_eq!((sheet.summary.open_inspection, sheet.summary.last_inspected_at), (None, None));
        assert_eq!((sheet.inspections.len(), sheet.inspections[0].state), (1, InspectionState::Cancelled));
        let today = device.today();
        assert_eq!(
            (today.in_progress.len(), today.counts.due, today.counts.inspected, today.counts.findings),
            (0, 1, 0, 0)
        );
        let settled = json!({ "command": "inspection_finish", "id": visit });
        assert_eq!(
            (device.refused(answer(visit)), device.refused(settled)),
            (ErrorCode::VisitGivenUp, ErrorCode::VisitGivenUp)
        );
    }
    // The next visit of the day is another one, for everybody.
    let (next, beside) = (an.inspect(facility), binh.inspect(facility));
    assert_eq!((next == visit, next == beside), (false, true));
    assert_eq!(an.open(next).also_open, []);
    // It can be taken up again, by anybody who may write there.
    assert_eq!(take_up(&binh, visit).summary.state, InspectionState::InProgress);
    binh.verdict(visit, "ESC-02", Verdict::Pass, "");
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!((an.open(visit).given_up, an.open(visit).also_open.len()), (None, 1));
    assert_eq!((an.unsent().quarantined, binh.unsent().quarantined), (0, 0));
}

#[test]
fn what_a_colleague_said_apart_keeps_the_visit_open() {
    let city = City::new(&template());
    let (an, binh, _, visit) = begun(&city);
    binh.verdict(visit, "ESC-02", Verdict::Fail, "đang ở đây");
    give_up(&an, visit);
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(visit);
        assert_eq!(view.summary.state, InspectionState::InProgress);
        assert_eq!(view.given_up.map(|it| it.holds), Some(false), "and why is told");
        assert_eq!(device.today().in_progress.len(), 1);
        device.verdict(visit, "ESC-03", Verdict::Pass, "");
    }
    // Whoever has read all of it may give it up.
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(give_up(&an, visit).summary.state, InspectionState::Cancelled);
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!(binh.open(visit).summary.state, InspectionState::Cancelled);
}

#[test]
fn what_is_signed_is_not_given_up_and_a_signature_made_apart_stands() {
    let city = City::new(&template());
    let (an, binh, facility, visit) = begun(&city);
    binh.pass_required(visit);
    binh.finish(visit);
    give_up(&an, visit);
    [&binh, &an, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(visit);
        assert_eq!((view.summary.state, view.given_up, view.late.len()), (InspectionState::Completed, None, 0));
        assert!(sheet(device, facility).summary.last_inspected_at.is_some());
        assert_eq!((device.unsent().quarantined, device.today().late.len()), (0, 0), "nothing is stuck");
    }
    let again = json!({ "command": "inspection_give_up", "id": visit, "reason": "no_entry" });
    assert_eq!(an.refused(again), ErrorCode::RecordSealed);
}

#[test]
fn a_colleague_who_signs_apart_is_told_of_who_gave_the_visit_up() {
    let city = City::new(&template());
    let (an, binh, _, visit) = begun(&city);
    let given_up =
        json!({ "command": "inspection_give_up", "id": visit, "reason": "no_entry", "words": "không ai mở cửa" });
    an.tell::<Value>(given_up);
    binh.pass_required(visit);
    binh.finish(visit);
    [&an, &binh, &an, &binh].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(visit);
        assert_eq!((view.summary.state, view.given_up), (InspectionState::Completed, None));
        let told: Vec<_> = view.remarks.iter().filter(|it| it.field == "given_up").collect();
        assert_eq!(told.len(), 1);
        assert!(told[0].words.vi.contains("An đã bỏ") && told[0].words.vi.contains("không ai mở cửa"), "{told:?}");
    }
    let again = an.ask::<Value>(json!({ "command": "inspection_take_up", "id": visit })).expect_err("sealed");
    assert!(again.vi.contains("không cần mở lại"), "{again:?}");
}

#[test]
fn giving_up_that_comes_after_the_seal_is_told_to_everybody_and_waits_for_nobody() {
    let city = City::new(&template());
    let (an, binh, _, visit) = begun(&city);
    binh.pass_required(visit);
    binh.finish(visit);
    let given_up =
        json!({ "command": "inspection_give_up", "id": visit, "reason": "no_entry", "words": "không ai mở cửa" });
    an.tell::<Value>(given_up);
    [&binh, &an, &an, &binh].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(visit);
        assert_eq!((view.summary.state, view.given_up, view.late.len()), (InspectionState::Completed, None, 0));
        let told: Vec<_> = view.remarks.iter().filter(|it| it.field == "given_up").collect();
        assert_eq!(told.len(), 1, "{told:?}");
        for words in ["An đã bỏ", "không ai mở cửa", "chữ ký vẫn có hiệu lực"] {
            assert!(told[0].words.vi.contains(words), "no “{words}” in {told:?}");
        }
        let [event] = &view.given_up_log[..] else { panic!("one event: {:?}", view.given_up_log) };
        assert_eq!(
            (event.reason, event.late, event.by.person_name.as_str()),
            (Some(GivenUpReason::NoEntry), true, "An")
        );
        assert_eq!((device.unsent().quarantined, device.today().late.len()), (0, 0), "nothing waits to be signed");
    }
}

#[test]
fn giving_up_and_taking_up_stay_in_the_course_of_the_record() {
    let city = City::new(&template());
    let (an, binh, _, visit) = begun(&city);
    give_up(&an, visit);
    [&an, &binh].into_iter().for_each(Device::sync);
    take_up(&binh, visit);
    [&binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let course = device.open(visit).given_up_log;
        let told: Vec<_> = course.iter().map(|it| (it.reason, it.by.person_name.as_str(), it.late)).collect();
        assert_eq!(told, [(Some(GivenUpReason::ByMistake), "An", false), (None, "Bình", false)]);
    }
}
