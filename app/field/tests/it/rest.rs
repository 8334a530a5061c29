//! Signed inspections that rest are put away: they read as before, and whatever comes finds them as they were.

use ancu_shared::record::register::{Decision, Verdict};
use ancu_shared::view::{InspectionState, InspectionView};
use serde_json::json;

use crate::city::NOON;
use crate::exchange::{signed_by_an, two_officers};
use crate::office::Device;

const DAY: i64 = 24 * 3_600_000;

fn away(device: &Device) -> usize {
    device.engine.put_away(0).expect("put away")
}

/// What a device shows of an inspection, its premises and its lists.
fn shown(device: &Device, inspection: ancu_shared::id::DocumentId) -> (InspectionView, serde_json::Value, String) {
    let view = device.open(inspection);
    let sheet = device.tell(json!({ "command": "facility_sheet", "id": view.summary.facility }));
    (view, sheet, format!("{:?}", device.today()))
}

#[test]
fn what_rests_is_read_as_before_and_goes_on_as_before() {
    let (city, an, binh, inspection) = signed_by_an(NOON);
    let before = [shown(&an, inspection), shown(&binh, inspection)];
    assert_eq!((away(&an), away(&binh)), (1, 1));
    assert_eq!((away(&an), away(&binh)), (0, 0), "once");
    assert_eq!([shown(&an, inspection), shown(&binh, inspection)], before);
    let (an, binh) = (an.crash(), binh.crash());
    assert_eq!([shown(&an, inspection), shown(&binh, inspection)], before);
    assert!(an.engine.status().expect("status").safe_to_wipe);

    // A decision, then a supplement, then what a third device sees of it all.
    city.decide_at(inspection, inspection, Decision::Returned, "Đo lại", &[]);
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!(binh.open(inspection).summary.state, InspectionState::Returned);
    an.verdict(inspection, "ESC-01", Verdict::Fail, "");
    an.verdict(inspection, "ESC-01", Verdict::Pass, "đã đo lại");
    an.finish(inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    let both = [an.open(inspection), binh.open(inspection)];
    assert_eq!(both[0].items, both[1].items);
    // A decision takes nothing out of it: only the supplement is left to be put away.
    let binh = binh.reopen_at(NOON.plus_millis(60_000));
    assert_eq!(away(&binh), 1);
    assert_eq!(binh.open(inspection), both[1]);
    let chi = Device::officer(&city, "Chi", 3);
    assert_eq!(chi.open(inspection).items, both[1].items);
}

#[test]
fn what_was_said_before_the_seal_was_heard_of_comes_to_one_that_is_put_away() {
    let (_city, an, binh, inspection) = two_officers();
    binh.verdict(inspection, "ESC-03", Verdict::Pass, "xem lại");
    an.pass_required(inspection);
    an.finish(inspection);
    an.sync();
    assert_eq!(away(&an), 1);
    binh.sync();
    assert_eq!(away(&binh), 1, "its own late answer is in a supplement, not in the record");
    an.sync();
    let late = &an.open(inspection).late;
    assert!(late.iter().any(|late| late.items.iter().any(|item| item.code == "ESC-03")), "{late:?}");
    binh.finish(inspection);
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(an.open(inspection).items, binh.open(inspection).items);
}

#[test]
fn a_server_that_lost_everything_is_given_what_was_put_away() {
    let (city, an, binh, inspection) = signed_by_an(NOON);
    let admitted = city.admitted();
    assert_eq!((away(&an), away(&binh)), (1, 1));
    drop(an);
    city.lose_everything();
    binh.sync();
    assert_eq!(city.admitted(), admitted, "An's device is gone");
    let chi = Device::officer(&city, "Chi", 3);
    assert_eq!(chi.open(inspection).items, binh.open(inspection).items);
    assert_eq!(away(&binh), 1);
}

#[test]
fn what_is_unsent_or_unsigned_is_not_put_away_and_a_month_is_waited_for() {
    let (_city, an, _binh, inspection) = two_officers();
    assert_eq!(away(&an), 0, "nobody signed");
    an.pass_required(inspection);
    an.finish(inspection);
    assert_eq!(away(&an), 0, "nothing is at the server yet");
    an.sync();
    let an = an.reopen_at(NOON.plus_millis(29 * DAY));
    an.sync();
    assert_eq!(an.engine.put_away(30).expect("put away"), 0);
    let an = an.reopen_at(NOON.plus_millis(31 * DAY));
    an.sync();
    assert_eq!(away(&an), 0, "the exchange did it by itself");
}
