//! A server that was restored from a backup: what it lost comes back, from whoever has it, whatever a device knew of it.

use ancu_field::api::Command;
use ancu_shared::error::ErrorCode;
use ancu_shared::record::register::{Decision, Verdict};
use ancu_shared::role::Role;
use ancu_shared::view::InspectionState;

use crate::city::{City, NOON};
use crate::exchange::two_officers;
use crate::office::{Device, PIN, template};

/// Breaks the network when the next pull begins.
fn no_pull(city: &City) {
    let broken = city.clone();
    city.state().meanwhile = Some(Box::new(move || broken.state().down = true));
}

#[test]
fn work_is_offered_again_by_a_device_that_never_read_a_feed() {
    let city = City::new(&template());
    let device = Device::fresh(&city, 1, NOON);
    let link = city.link("An", Role::CommuneDataOfficer, "OFFICER-1");
    let enrol = Command::Enrol { link, pin: PIN.into(), device_name: "Máy An".into(), person_name: None };
    device.engine.dispatch(enrol).expect("enrol");
    device.premises("Nhà trọ Hoa Sen", "12 phố Khương Trung");
    no_pull(&city);
    assert_eq!(device.try_sync().expect("a broken network").known_code(), ErrorCode::ServerUnreachable);
    assert!(device.unsent().is_nothing(), "the push had its answer");
    city.lose_everything();
    city.state().down = false;
    device.sync();
    assert_eq!(city.admitted(), 1);
}

#[test]
fn what_others_made_is_offered_again_too() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    let inspection = an.inspect(an.premises("Nhà trọ Hoa Sen", "12 phố Khương Trung"));
    an.pass_required(inspection);
    an.finish(inspection);
    an.sync();
    city.decide(inspection, inspection, Decision::Returned, "Đo lại chiều rộng", "ESC-W");
    let binh = Device::officer(&city, "Bình", 2);
    let admitted = city.admitted();
    drop(an);
    city.lose_everything();
    binh.sync();
    assert_eq!(city.admitted(), admitted, "An's device is gone, and the decision was made in a browser");
    assert!(binh.engine.status().expect("status").safe_to_wipe);
    let chi = Device::officer(&city, "Chi", 3);
    assert_eq!(chi.open(inspection).summary.state, binh.open(inspection).summary.state);
}

#[test]
fn what_the_server_still_has_is_not_sent_again() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    an.premises("Nhà trọ Hoa Sen", "12 phố Khương Trung");
    an.sync();
    city.begin_another_life();
    let pushes = city.state().pushes;
    an.sync();
    assert_eq!(city.state().pushes, pushes, "the feeds said that all is there");
    assert!(an.unsent().is_nothing());
}

#[test]
fn others_work_that_the_server_lacks_makes_a_device_precious() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    an.premises("Nhà trọ Hoa Sen", "12 phố Khương Trung");
    an.sync();
    let binh = Device::officer(&city, "Bình", 2);
    assert!(binh.engine.status().expect("status").safe_to_wipe);
    city.lose_everything();
    city.state().lose_next_answer = true;
    assert_eq!(binh.try_sync().expect("a lost answer").known_code(), ErrorCode::ServerUnreachable);
    assert!(!binh.engine.status().expect("status").safe_to_wipe);
    binh.sync();
    assert!(binh.engine.status().expect("status").safe_to_wipe);
}

#[test]
fn who_comes_first_after_a_restore_brings_what_colleagues_built_on_it_in_its_order() {
    let (city, an, binh, inspection) = two_officers();
    an.pass_required(inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    binh.verdict(inspection, "ESC-02", Verdict::NotApplicable, "nhà một tầng");
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    an.finish(inspection);
    an.sync();
    city.decide(inspection, inspection, Decision::Returned, "Xem lại cửa", "ESC-01");
    an.sync();
    an.verdict(inspection, "ESC-01", Verdict::NotApplicable, "không có cửa");
    an.finish(inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!(binh.open(inspection).summary.state, InspectionState::Supplemented);
    city.lose_everything();
    // The seal builds on what Bình wrote, and the supplement on the seal: Bình alone is here to bring them.
    binh.sync();
    let chi = Device::officer(&city, "Chi", 3);
    chi.sync();
    let view = chi.open(inspection);
    assert_eq!((view.summary.state, view.seals.len()), (InspectionState::Supplemented, 2));
    assert_eq!(binh.unsent().quarantined, 0);
    assert!(binh.unsent().is_safe_to_wipe());
}
