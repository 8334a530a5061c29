//! A clock that is wrong: the device says so, colleagues see it at what was written by it, and nothing is stopped.

use ancu_shared::clock::ClockSpan;
use ancu_shared::clock::withdrawn::WithdrawnSpan;
use ancu_shared::id::DeviceId;
use ancu_shared::record::register::Verdict;
use ancu_shared::sync::wire::DeviceClock;
use ancu_shared::view::{FacilitySheet, FindingView, InspectionView};
use serde_json::json;

use crate::city::{City, NOON};
use crate::follow::found;
use crate::office::{Device, template};

const HOUR: i64 = 3_600_000;
const THREE_YEARS: i64 = 3 * 365 * 24 * HOUR;

#[test]
fn the_device_says_how_far_its_clock_is_off_and_that_it_was_set_back() {
    let city = City::new(&template());
    let ahead = Device::officer_at(&city, "An", 1, NOON.plus_millis(THREE_YEARS));
    let status = ahead.engine.status().expect("status");
    assert_eq!((status.clock_offset_ms, status.clock_set_back_ms), (Some(-THREE_YEARS), None));
    // Set right: until the next exchange only that it was set back is certain.
    let ahead = ahead.reopen_at(NOON.plus_millis(HOUR));
    let status = ahead.engine.status().expect("status");
    assert_eq!(status.clock_set_back_ms, Some(THREE_YEARS - HOUR));
    ahead.sync();
    let status = ahead.engine.status().expect("status");
    assert_eq!((status.clock_offset_ms, status.clock_set_back_ms), (Some(-HOUR), None));
}

#[test]
fn a_colleagues_answers_bear_the_mark_of_the_clock_that_timed_them() {
    let city = City::new(&template());
    let (an, binh) =
        (Device::officer(&city, "An", 1), Device::officer_at(&city, "Bình", 2, NOON.plus_millis(-THREE_YEARS)));
    let facility = an.premises("Nhà trọ Hoa Sen", "112 ngách 58/24 phố Khương Hạ");
    let inspection = an.inspect(facility);
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    an.sync();
    binh.sync();
    binh.verdict(inspection, "ESC-02", Verdict::Fail, "Cửa bị khóa");
    let span = ClockSpan { from: NOON, until: NOON.plus_millis(HOUR), offset_ms: -THREE_YEARS };
    city.state().clocks = vec![DeviceClock { device: DeviceId::from_bytes([2; 16]), spans: vec![span] }];
    binh.sync();
    an.sync();
    for device in [&an, &binh] {
        assert_eq!(device.item(inspection, "ESC-02").statements[0].by.clock_off_ms, Some(-THREE_YEARS));
        assert_eq!(device.item(inspection, "ESC-01").statements[0].by.clock_off_ms, None);
        assert_eq!(device.open(inspection).summary.started_clock_ms, None);
    }
    let an = an.crash();
    assert_eq!(an.item(inspection, "ESC-02").statements[0].by.clock_off_ms, Some(-THREE_YEARS), "it is kept");
}

#[test]
fn a_visit_of_a_clock_set_back_bears_it_although_the_clock_was_put_right_before_the_exchange() {
    const TEN_YEARS: i64 = 3_652 * 24 * HOUR;
    let city = City::new(&template());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer(&city, "Bình", 2));
    let facility = an.premises("Nhà trọ Hoa Sen", "112 ngách 58/24 phố Khương Hạ");
    an.sync();
    let an = an.reopen_at(NOON.plus_millis(-TEN_YEARS));
    let begun: InspectionView = an.tell(json!({ "command": "inspection_start", "facility": facility }));
    let inspection = begun.summary.id;
    an.pass_required(inspection);
    an.finish(inspection);
    let an = an.reopen_at(NOON.plus_millis(HOUR));
    an.sync();
    binh.sync();
    for view in [begun, an.open(inspection), binh.open(inspection)] {
        assert_eq!(view.summary.started_clock_ms, Some(-TEN_YEARS));
        let remark = &view.remarks[0];
        assert_eq!(remark.field, "clock");
        assert!(remark.words.vi.contains("đồng hồ của máy chậm 10 năm"), "{}", remark.words.vi);
        assert!(remark.words.vi.contains("Không có quy định nào cho ngày này"), "{}", remark.words.vi);
    }
    let sheet: FacilitySheet = binh.tell(json!({ "command": "facility_sheet", "id": facility }));
    assert_eq!(sheet.summary.last_inspected_at, Some(NOON), "not before the server was last heard");
    // And so does whoever follows a finding of a later visit.
    let later = found(&binh, facility);
    let finding: FindingView = binh.tell(json!({ "command": "finding_open", "inspection": later, "item": "ESC-02" }));
    assert_eq!(finding.visits.iter().map(|visit| visit.at).collect::<Vec<_>>(), [NOON], "the day that it counts for");
}

#[test]
fn what_a_servers_clock_that_ran_ahead_said_of_a_device_is_forgotten_once_it_is_taken_back() {
    const AHEAD: i64 = 400 * 24 * HOUR;
    let city = City::new(&template());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer(&city, "Bình", 2));
    let facility = an.premises("Nhà trọ Hoa Sen", "112 ngách 58/24 phố Khương Hạ");
    let span = ClockSpan::begin(NOON.plus_millis(AHEAD), -AHEAD);
    city.state().clock = NOON.plus_millis(AHEAD);
    an.sync();
    let inspection = an.inspect(facility);
    an.pass_required(inspection);
    an.finish(inspection);
    city.state().clocks = vec![DeviceClock { device: DeviceId::from_bytes([1; 16]), spans: vec![span] }];
    an.sync();
    binh.sync();
    for device in [&an, &binh] {
        assert_eq!(device.open(inspection).summary.started_clock_ms, Some(-AHEAD), "as everybody had to think");
    }
    {
        let mut state = city.state();
        (state.clock, state.clocks) = (NOON, Vec::new());
        state.withdrawn = vec![WithdrawnSpan { device: DeviceId::from_bytes([1; 16]), span, at: NOON }];
    }
    for device in [&an, &binh] {
        device.sync();
        let view = device.open(inspection);
        assert_eq!((view.summary.started_clock_ms, view.summary.sealed_clock_ms), (None, None));
        assert!(view.remarks.iter().all(|remark| remark.field != "clock"), "{:?}", view.remarks);
        let sheet: FacilitySheet = device.tell(json!({ "command": "facility_sheet", "id": facility }));
        assert_eq!(sheet.summary.last_inspected_at, Some(NOON));
    }
    let next = an.premises("Nhà trọ Hoa Mai", "12 phố Khương Hạ");
    let next = an.inspect(next);
    assert_eq!(an.open(next).summary.started_clock_ms, None, "nor is it written anew");
}
