//! A clock that is wrong: the device says so, colleagues see it at what was written by it, and nothing is stopped.

use ancu_shared::clock::ClockSpan;
use ancu_shared::id::DeviceId;
use ancu_shared::record::register::Verdict;
use ancu_shared::sync::wire::DeviceClock;

use crate::city::{City, NOON};
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
