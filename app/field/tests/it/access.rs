//! Who may open the device: links, PINs, one process at a time.

use ancu_field::Engine;
use ancu_field::api::Command;
use ancu_field::status::Phase;
use ancu_shared::error::ErrorCode;
use ancu_shared::link::EnrolLink;
use ancu_shared::record::register::Verdict;
use ancu_shared::role::Role;
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::office::{Device, PIN, engine_at, template};

fn enrol(link: &str, pin: &str) -> Value {
    json!({ "command": "enrol", "link": link, "pin": pin, "device_name": "Máy thử" })
}

#[test]
fn a_wrong_link_code_or_pin_enrols_nothing() {
    let city = City::new(&template());
    let device = Device::fresh(&city, 1, NOON);
    let link = city.link("An", Role::CommuneDataOfficer, "OFFICER-0001");
    assert_eq!(device.refused(json!({ "command": "today" })), ErrorCode::NotEnrolled);
    assert_eq!(device.refused(enrol("ancu://enrol?s=x", PIN)), ErrorCode::LinkInvalid);
    assert_eq!(device.refused(enrol(&link, "123456")), ErrorCode::PinInvalid);
    let unknown = link.replace("OFFICER-0001", "OFFICER-9999");
    assert_eq!(device.refused(enrol(&unknown, PIN)), ErrorCode::CodeUnknown);
    city.state().down = true;
    assert_eq!(device.refused(enrol(&link, PIN)), ErrorCode::ServerUnreachable);
    city.state().down = false;
    assert_eq!(device.engine.status().expect("status").phase, Phase::Fresh);
    device.tell::<Value>(enrol(&link, PIN));
    assert_eq!(device.refused(enrol(&link, PIN)), ErrorCode::AlreadyEnrolled);
    let second = Device::fresh(&city, 2, NOON);
    assert_eq!(second.refused(enrol(&link, PIN)), ErrorCode::CodeUsed);
}

#[test]
fn while_locked_nothing_is_told() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    device.premises("Nhà trọ", "12 phố Khương Trung");
    device.tell::<Value>(json!({ "command": "lock" }));
    for command in ["today", "clashes", "exchange", "exchange_wait", "quarantine", "declaration"] {
        assert_eq!(device.refused(json!({ "command": command })), ErrorCode::Locked, "{command}");
    }
    let status = device.engine.status().expect("status");
    assert_eq!((status.phase, status.person_name, status.safe_to_wipe), (Phase::Locked, None, false));
    let kept = std::fs::read_to_string(device.folder.path().join("keyring.json")).expect("keyring");
    assert!(!kept.contains("An") || !kept.contains("Máy"), "the keyring names nobody");
    device.tell::<Value>(json!({ "command": "unlock", "pin": PIN }));
}

#[test]
fn ten_wrong_pins_lock_until_a_new_code_and_keep_the_work() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let inspection = device.inspect(device.premises("Nhà trọ", "12 phố Khương Trung"));
    device.verdict(inspection, "ESC-01", Verdict::Pass, "");
    device.tell::<Value>(json!({ "command": "lock" }));
    let wrong = json!({ "command": "unlock", "pin": "270915" });
    for left in (1..10).rev() {
        let problem = device.ask::<Value>(wrong.clone()).expect_err("wrong");
        assert_eq!(problem.known_code(), ErrorCode::PinWrong);
        assert_eq!(problem.details.expect("details")["attempts_left"], left);
    }
    assert_eq!(device.refused(wrong), ErrorCode::PinLocked);
    assert_eq!(device.refused(json!({ "command": "unlock", "pin": PIN })), ErrorCode::PinLocked);
    assert_eq!(device.engine.status().expect("status").phase, Phase::PinLocked);
    let foreign = city.link("Bình", Role::CommuneDataOfficer, "OTHERS-CODE");
    assert_eq!(device.refused(enrol(&foreign, PIN)), ErrorCode::CodeForeign, "another person's code opens nothing");
    let status = device.engine.status().expect("status");
    assert_eq!((status.phase, status.pin_attempts_left), (Phase::PinLocked, Some(0)), "and gives no tries");
    let link = city.link("An", Role::CommuneDataOfficer, "OFFICER-AGAIN");
    let refused = device.ask::<Value>(enrol(&link, "270916")).expect_err("another PIN opens nothing");
    assert_eq!(refused.known_code(), ErrorCode::PinWrong);
    assert!(
        refused.vi.contains("chỉ mở được bằng mã PIN cũ") && refused.en.contains("the old PIN only"),
        "{refused:?}"
    );
    device.tell::<Value>(json!({ "command": "unlock", "pin": PIN }));
    assert_eq!(device.open(inspection).summary.progress.answered, 1);
    device.sync();
    assert!(device.engine.status().expect("status").safe_to_wipe);
    device.verdict(inspection, "ESC-02", Verdict::Pass, "");
    device.sync();
    assert_eq!(device.unsent().quarantined, 0);
}

#[test]
fn anybodys_server_gives_no_tries_back() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    device.tell::<Value>(json!({ "command": "lock" }));
    for _ in 0..10 {
        device.refused(json!({ "command": "unlock", "pin": "270915" }));
    }
    // The finder of the phone runs a server: the link is in order and pins that server's own certificate.
    let link = city.link("An", Role::CommuneDataOfficer, "THE-FINDERS");
    let mut link = EnrolLink::parse(&link).expect("link");
    link.fingerprint = [6; 32];
    assert_eq!(device.refused(enrol(&link.to_text(), PIN)), ErrorCode::CertificateForeign);
    let status = device.engine.status().expect("status");
    assert_eq!((status.phase, status.pin_attempts_left), (Phase::PinLocked, Some(0)));
    // Behind the right certificate, another certifier names the same person: not the one who enrolled this device.
    city.change_certifier();
    let link = city.link("An", Role::CommuneDataOfficer, "OTHER-CERTIFIER");
    assert_eq!(device.refused(enrol(&link, PIN)), ErrorCode::CodeForeign);
    assert_eq!(device.engine.status().expect("status").phase, Phase::PinLocked);
}

#[test]
fn an_enrolment_whose_answer_was_lost_is_asked_for_again() {
    let city = City::new(&template());
    let Device { folder, engine, .. } = Device::fresh(&city, 1, NOON);
    let link = city.link("An", Role::CommuneDataOfficer, "OFFICER-0001");
    let ask = |engine: &Engine| {
        engine.dispatch(serde_json::from_value::<Command>(enrol(&link, PIN)).expect("command")).map(|_| ())
    };
    city.state().lose_next_answer = true;
    assert_eq!(ask(&engine).expect_err("lost").known_code(), ErrorCode::ServerUnreachable);
    assert_eq!(engine.status().expect("status").phase, Phase::Fresh);
    // The app was killed meanwhile; nothing of its memory is left.
    drop(engine);
    let engine = engine_at(folder.path(), &city, NOON, 2);
    ask(&engine).expect("the same author asks again");
    assert_eq!(engine.status().expect("status").phase, Phase::Ready);
    assert_eq!(city.devices(), 1, "no second device was certified");
    assert!(!folder.path().join("enrolment.json").exists(), "the secret is in the store now");
    let other = Device::fresh(&city, 3, NOON);
    assert_eq!(other.refused(enrol(&link, PIN)), ErrorCode::CodeUsed, "for anybody else the code is used");
}

#[test]
fn one_engine_a_folder() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let clock = std::sync::Arc::new(ancu_shared::clock::FixedClock(NOON));
    let random = Box::new(ancu_shared::clock::SeededRandom::new(3));
    let second = Engine::open(device.folder.path(), clock, random).expect_err("taken");
    assert_eq!(second.known_code(), ErrorCode::StoreBusy);
    let Device { folder, engine, .. } = device;
    drop(engine);
    let again = engine_at(folder.path(), &city, NOON, 4);
    again.dispatch(Command::Unlock { pin: PIN.into() }).expect("free again");
}

#[test]
fn a_revoked_device_keeps_its_work_and_takes_a_new_code() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let inspection = device.inspect(device.premises("Nhà trọ", "12 phố Khương Trung"));
    device.verdict(inspection, "ESC-01", Verdict::Pass, "");
    city.state().revoked = true;
    assert_eq!(device.try_sync().map(|it| it.known_code()), Some(ErrorCode::DeviceRevoked));
    assert_eq!(device.open(inspection).summary.progress.answered, 1);
    let told =
        |device: &Device| device.engine.status().expect("status").exchange.problem.map(|problem| problem.known_code());
    assert_eq!(told(&device), Some(ErrorCode::DeviceRevoked));
    let device = device.crash();
    assert_eq!(told(&device), Some(ErrorCode::DeviceRevoked), "it is not forgotten when the program begins anew");
    city.state().revoked = false;
    let link = city.link("An", Role::CommuneDataOfficer, "OFFICER-AGAIN");
    device.tell::<Value>(enrol(&link, PIN));
    device.sync();
    assert_eq!(told(&device), None);
    assert!(device.engine.status().expect("status").safe_to_wipe);
}

#[cfg(unix)]
#[test]
fn the_folder_is_its_owners_alone_and_one_that_was_open_is_closed_again() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    let city = City::new(&template());
    let Device { folder, engine, .. } = Device::officer(&city, "An", 1);
    drop(engine);
    let modes = || {
        let files = std::fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("an entry").path());
        let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        (mode(folder.path()), files.map(|file| (mode(&file), file)).collect::<Vec<_>>())
    };
    let (_, files) = modes();
    assert!(files.len() >= 4 && files.iter().all(|(mode, _)| *mode == 0o600), "{files:?}");
    // As an earlier version left it.
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("opened");
    for (_, file) in files {
        std::fs::set_permissions(file, Permissions::from_mode(0o644)).expect("opened");
    }
    let engine = engine_at(folder.path(), &city, NOON, 2);
    engine.unlock(PIN).expect("unlocked");
    let (around, files) = modes();
    assert_eq!(around, 0o700);
    assert!(files.iter().any(|(_, file)| file.ends_with("main.db-wal")), "{files:?}");
    assert!(files.iter().all(|(mode, _)| *mode == 0o600), "{files:?}");
}
