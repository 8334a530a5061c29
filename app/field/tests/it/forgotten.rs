//! A PIN that nobody remembers: the store is set aside, the device enrolled anew, the store put back or its work taken out.

use ancu_field::Engine;
use ancu_field::api::Command;
use ancu_field::status::{DeviceStatus, Phase};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::Verdict;
use ancu_shared::role::Role;
use ancu_shared::view::{InspectionState, MissingReason, Supplementing};
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::damaged::{device, notes};
use crate::office::{Device, PIN, engine_at, template};

const NEW_PIN: &str = "480913";
const PRICE: &str = "unsent work stays locked";

fn asked(engine: &Engine, command: Command) -> Result<DeviceStatus, Problem> {
    let status = engine.dispatch(command)?;
    Ok(serde_json::from_value(status).expect("a status"))
}

fn put(engine: &Engine, consequence: &str) -> Result<DeviceStatus, Problem> {
    asked(engine, Command::SetAside { consequence: consequence.into() })
}

fn take(engine: &Engine, name: &str, pin: &str) -> Result<DeviceStatus, Problem> {
    asked(engine, Command::TakeUnsent { name: name.into(), pin: pin.into() })
}

fn enrol(engine: &Engine, city: &City, person: &str, code: &str) -> DeviceStatus {
    let link = city.link(person, Role::CommuneDataOfficer, code);
    let enrol = Command::Enrol { link, pin: NEW_PIN.into(), device_name: "Máy An".into(), person_name: None };
    asked(engine, enrol).expect("enrolled")
}

/// A device with unsent work that is set aside; its folder, the engine on it, the store's name, the record.
fn forgotten(city: &City) -> (tempfile::TempDir, Engine, String, DocumentId) {
    let (device, inspection) = device(city);
    let known = device.engine.status().expect("status").unsent;
    let Device { folder, engine, .. } = device;
    assert_eq!(put(&engine, PRICE).expect_err("unlocked").known_code(), ErrorCode::AlreadyEnrolled);
    engine.lock().expect("lock");
    let locked = engine.status().expect("status");
    assert_eq!(locked.last_known.map(|known| known.unsent), Some(known), "the numbers are known without the key");
    let refused = put(&engine, "xóa hết").expect_err("nobody typed the price");
    assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some("consequence")));
    assert_eq!(engine.status().expect("status").phase, Phase::Locked, "nothing was moved");

    let status = put(&engine, " VIEC chưa gửi  bị khóa lại ").expect("set aside");
    assert_eq!((status.phase, status.safe_to_wipe), (Phase::Fresh, false), "what is unsent is on this device only");
    let [store] = &status.set_aside[..] else { panic!("one store: {status:?}") };
    assert_eq!(store.last_known.map(|known| known.unsent), Some(known));
    assert_eq!((store.name.as_str(), store.taken), ("set-aside-2026-11-21", None));
    assert!(!folder.path().join("main.db").exists() && folder.path().join(&store.name).join("main.db").exists());
    assert_eq!(put(&engine, PRICE).expect_err("nothing is here").known_code(), ErrorCode::NotEnrolled);
    (folder, engine, store.name.clone(), inspection)
}

#[test]
fn a_store_that_is_put_back_opens_with_its_pin_and_sends_what_it_held() {
    let city = City::new(&template());
    let (folder, engine, name, inspection) = forgotten(&city);
    for stranger in ["../elsewhere", "set-aside-2026-11-20"] {
        let refused = asked(&engine, Command::PutBack { name: stranger.into() }).expect_err(stranger);
        assert_eq!(refused.known_code(), ErrorCode::NotFound);
    }
    let status = asked(&engine, Command::PutBack { name }).expect("put back");
    assert_eq!((status.phase, status.set_aside.len()), (Phase::Locked, 0));
    drop(engine);
    let engine = engine_at(folder.path(), &city, NOON, 900);
    engine.unlock(PIN).expect("the old PIN");
    engine.exchange_wait().expect("exchange");
    let status = engine.status().expect("status");
    assert!(status.safe_to_wipe, "{status:?}");
    assert_eq!(notes(&city, inspection, 901).len(), 3, "nothing is lost");
    assert_eq!(city.state().photos.len(), 1);
}

#[test]
fn work_of_a_store_that_was_set_aside_goes_out_of_the_new_one_when_its_pin_comes_back_to_mind() {
    let city = City::new(&template());
    let (folder, engine, name, inspection) = forgotten(&city);
    assert_eq!(take(&engine, &name, PIN).expect_err("not enrolled").known_code(), ErrorCode::NotEnrolled);
    let status = enrol(&engine, &city, "An", "ANEW-0001");
    assert_eq!((status.phase, status.set_aside.len(), status.safe_to_wipe), (Phase::Ready, 1, false));
    engine.exchange_wait().expect("exchange");
    let status = engine.status().expect("status");
    assert!(status.unsent.is_safe_to_wipe() && !status.safe_to_wipe, "the other store is not sent: {status:?}");
    let refused = asked(&engine, Command::PutBack { name: name.clone() }).expect_err("another is in use");
    assert_eq!(refused.known_code(), ErrorCode::AlreadyEnrolled);

    assert_eq!(take(&engine, &name, NEW_PIN).expect_err("the other PIN").known_code(), ErrorCode::PinWrong);
    assert_eq!(engine.status().expect("status").set_aside[0].pin_attempts_left, 9, "tries are counted");
    let status = take(&engine, &name, PIN).expect("taken");
    let taken = status.set_aside[0].taken.expect("noted");
    assert!(taken.whole && taken.envelopes >= 2 && taken.photos == 1, "{taken:?}");
    assert!(!status.safe_to_wipe && status.unsent.photos == 1, "{status:?}");
    // Once more gives nothing new, and what was taken is still told.
    let status = take(&engine, &name, PIN).expect("again");
    let again = status.set_aside[0].taken.map(|again| (again.envelopes, again.photos, again.whole));
    assert_eq!(again, Some((taken.envelopes, 1, true)));
    engine.exchange_wait().expect("exchange");
    let status = engine.status().expect("status");
    assert!(status.safe_to_wipe && status.exchange.problem.is_none(), "{status:?}");
    let view = engine.dispatch(Command::InspectionOpen { id: inspection }).expect("it is here too");
    assert_eq!(view["summary"]["progress"]["answered"], 3, "{view}");
    assert!(folder.path().join(&name).join("main.db").exists(), "nothing is deleted");
    drop(engine);
    assert_eq!(notes(&city, inspection, 901).len(), 3);
    assert_eq!(city.state().photos.len(), 1);
}

#[test]
fn ten_wrong_tries_before_it_was_set_aside_keep_nobody_with_the_pin_from_its_work_after_a_new_code() {
    let city = City::new(&template());
    let (device, inspection) = device(&city);
    let Device { folder, engine, .. } = device;
    engine.lock().expect("lock");
    for _ in 0..10 {
        engine.unlock(NEW_PIN).expect_err("a wrong PIN");
    }
    let status = put(&engine, PRICE).expect("set aside");
    let name = status.set_aside[0].name.clone();
    assert_eq!(status.set_aside[0].pin_attempts_left, 0);
    enrol(&engine, &city, "An", "ANEW-0001");
    assert_eq!(engine.status().expect("status").set_aside[0].pin_attempts_left, 10, "the new code gave them back");
    for _ in 0..10 {
        take(&engine, &name, NEW_PIN).expect_err("a wrong PIN");
    }
    let shut = take(&engine, &name, PIN).expect_err("ten wrong ones again");
    assert_eq!(shut.known_code(), ErrorCode::PinLocked, "the limit holds");
    // Another code of An's, and the right PIN.
    engine.lock().expect("lock");
    put(&engine, PRICE).expect("set aside");
    enrol(&engine, &city, "An", "ANEW-0002");
    let taken = take(&engine, &name, PIN).expect("taken");
    assert!(taken.unsent.photos == 1, "{taken:?}");
    engine.exchange_wait().expect("exchange");
    drop((engine, folder));
    assert_eq!(notes(&city, inspection, 901).len(), 3);
}

#[test]
fn another_persons_code_gives_no_tries_back() {
    let city = City::new(&template());
    let (device, _) = device(&city);
    device.engine.lock().expect("lock");
    for _ in 0..10 {
        device.engine.unlock(NEW_PIN).expect_err("a wrong PIN");
    }
    put(&device.engine, PRICE).expect("set aside");
    let status = enrol(&device.engine, &city, "Bình", "OTHER-0001");
    assert_eq!(status.set_aside[0].pin_attempts_left, 0);
}

#[test]
fn another_person_gets_nothing_out_of_a_store_that_was_set_aside() {
    let city = City::new(&template());
    let (_folder, engine, name, _) = forgotten(&city);
    enrol(&engine, &city, "Bình", "OTHER-0001");
    let refused = take(&engine, &name, PIN).expect_err("not theirs");
    assert_eq!(refused.known_code(), ErrorCode::Forbidden);
    assert_eq!(engine.status().expect("status").set_aside[0].pin_attempts_left, 10, "no try was made");
}

/// A new store of An beside the one that was set aside, after Bình completed and signed the visit that An's unsent work is
/// in; the set-aside store's name. `exchanged`: the new one knew of that before the work was taken.
fn taken_after_a_seal(city: &City, exchanged: bool) -> (Device, Device, DocumentId) {
    let (an, inspection) = device(city);
    an.engine.lock().expect("lock");
    let name = put(&an.engine, PRICE).expect("set aside").set_aside[0].name.clone();
    let binh = Device::officer(city, "Bình", 77);
    binh.verdict(inspection, "ESC-02", Verdict::Fail, "cửa khóa");
    binh.tell::<Value>(json!({
        "command": "finding", "inspection": inspection, "item": "ESC-02", "severity": "critical",
        "remedy": "Mở lối thoát", "deadline": "2026-12-20",
    }));
    binh.finish(inspection);
    binh.sync();
    enrol(&an.engine, city, "An", "ANEW-0001");
    if exchanged {
        an.sync();
        assert_eq!(an.open(inspection).summary.state, InspectionState::Completed);
    }
    let taken = take(&an.engine, &name, PIN).expect("taken").set_aside[0].taken.expect("noted");
    assert!(taken.whole && taken.envelopes >= 1, "{taken:?}");
    [&an, &an].into_iter().for_each(Device::sync);
    (an, binh, inspection)
}

#[test]
fn work_taken_out_after_a_colleague_signed_waits_as_a_draft_of_who_said_it() {
    for exchanged in [true, false] {
        let city = City::new(&template());
        let (an, binh, inspection) = taken_after_a_seal(&city, exchanged);
        let view = an.open(inspection);
        assert_eq!((view.summary.state, view.supplementing), (InspectionState::Completed, Supplementing::Own));
        let [late] = &view.late[..] else { panic!("one draft: {:?}", view.late) };
        let said: Vec<_> = late.items.iter().map(|it| (it.code.as_str(), it.note.as_str())).collect();
        assert_eq!(said, [("ESC-02", "trong gói"), ("ESC-03", "trong nhật ký")], "{exchanged}");
        assert_eq!((late.own, late.photos, an.today().late.len()), (true, 1, 1));
        assert_eq!(
            (view.summary.progress.failed, an.unsent().quarantined),
            (1, 0),
            "the signed record says what it said"
        );
        binh.sync();
        let [told] = &binh.open(inspection).late[..] else { panic!("a colleague is told") };
        assert_eq!((told.own, told.by.person_name.as_str(), told.items.len()), (false, "An", 2));

        // What differs is chosen; then the rest is signed like any supplement.
        assert_eq!(an.finish_check(inspection).missing[0].reason, MissingReason::Clash);
        an.verdict(inspection, "ESC-02", Verdict::Fail, "cửa khóa, đúng vậy");
        an.finish(inspection);
        [&an, &binh].into_iter().for_each(Device::sync);
        for device in [&an, &binh] {
            let stands = device.item(inspection, "ESC-03").statements.remove(0);
            assert_eq!((stands.note.as_str(), stands.by.person_name.as_str()), ("trong nhật ký", "An"));
            assert_eq!((device.item(inspection, "ESC-02").photos.len(), device.open(inspection).late.len()), (1, 0));
        }
        assert!(an.engine.status().expect("status").safe_to_wipe);
    }
}

#[test]
fn a_correction_that_was_begun_in_the_new_store_keeps_its_later_word() {
    let city = City::new(&template());
    let (an, inspection) = device(&city);
    an.engine.lock().expect("lock");
    let name = put(&an.engine, PRICE).expect("set aside").set_aside[0].name.clone();
    let binh = Device::officer(&city, "Bình", 77);
    binh.verdict(inspection, "ESC-02", Verdict::Pass, "đã xem");
    binh.finish(inspection);
    binh.sync();
    enrol(&an.engine, &city, "An", "ANEW-0001");
    an.engine.lock().expect("lock");
    let later = Device::reopened(an, NOON.plus_millis(60_000), NEW_PIN);
    later.sync();
    later.supplement(inspection);
    later.verdict(inspection, "ESC-02", Verdict::Fail, "nghĩ lại");
    take(&later.engine, &name, PIN).expect("taken");
    [&later, &later].into_iter().for_each(Device::sync);
    let [late] = &later.open(inspection).late[..] else { panic!("one draft") };
    let said: Vec<_> = late.items.iter().map(|it| (it.code.as_str(), it.note.as_str())).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.contains(&("ESC-02", "nghĩ lại")) && said.contains(&("ESC-03", "trong nhật ký")), "{said:?}");
    assert_eq!(later.today().late.len(), 1, "one draft at a record");
}

#[test]
fn a_store_with_nothing_unsent_in_it_does_not_keep_the_device_from_being_wiped() {
    let city = City::new(&template());
    let (device, inspection) = device(&city);
    device.sync();
    assert!(device.engine.status().expect("status").safe_to_wipe);
    device.engine.lock().expect("lock");
    let status = put(&device.engine, PRICE).expect("set aside");
    assert!(status.safe_to_wipe && status.set_aside[0].safe_to_wipe, "{status:?}");
    let status = enrol(&device.engine, &city, "An", "ANEW-0001");
    assert!(status.set_aside[0].safe_to_wipe, "{status:?}");
    device.sync();
    assert!(device.engine.status().expect("status").safe_to_wipe, "the one in use is all that counts");

    // A draft of a note is nowhere else: the next store that is set aside with one is told of, and gives it out again.
    let binh = Device::officer(&city, "Bình", 77);
    binh.verdict(inspection, "ESC-01", Verdict::Pass, "của Bình");
    binh.sync();
    device.sync();
    device.tell::<Value>(json!({
        "command": "answer", "inspection": inspection, "item": "ESC-01", "note": "của An", "over": "đã gửi",
        "answer": { "kind": "verdict", "value": "pass" },
    }));
    device.engine.lock().expect("lock");
    let status = put(&device.engine, PRICE).expect("set aside");
    let [last, first] = &status.set_aside[..] else { panic!("two stores: {status:?}") };
    assert_eq!((last.safe_to_wipe, first.safe_to_wipe, status.safe_to_wipe), (false, true, false));
    assert!(last.last_known.is_some_and(|known| known.unsent.is_nothing()), "{status:?}");
    let name = last.name.clone();
    enrol(&device.engine, &city, "An", "ANEW-0002");
    device.sync();
    let status = take(&device.engine, &name, NEW_PIN).expect("taken");
    let waiting: Vec<_> = status.note_drafts.iter().map(|draft| (draft.inspection, draft.item.as_str())).collect();
    assert_eq!(waiting, [(inspection, "ESC-01")]);
    assert!(status.set_aside.iter().all(|store| store.safe_to_wipe) && !status.safe_to_wipe, "{status:?}");
}

#[test]
fn an_exchange_with_nothing_new_leaves_the_word_as_it_is() {
    use std::os::unix::fs::MetadataExt as _;
    let city = City::new(&template());
    let (device, _) = device(&city);
    device.sync();
    assert!(device.engine.status().expect("status").safe_to_wipe);
    // A word that is written anew is another file.
    let word = device.folder.path().join("last-known.json");
    std::fs::hard_link(&word, device.folder.path().join("the-same.json")).expect("a second name");
    device.sync();
    assert_eq!(std::fs::metadata(&word).expect("there").nlink(), 2);
}

#[test]
fn a_process_that_dies_after_a_write_leaves_no_word_that_all_was_sent() {
    let city = City::new(&template());
    let (device, inspection) = device(&city);
    device.sync();
    assert!(device.engine.status().expect("status").safe_to_wipe);
    // The word after a write cannot be written, nor can the one before it.
    let word = device.folder.path().join("last-known.json");
    std::fs::create_dir(device.folder.path().join("last-known.json.new")).expect("in the way");
    device.verdict(inspection, "ESC-03", Verdict::Fail, "mới");
    assert!(!word.exists(), "a word that is wrong is taken away");
    let Device { folder, engine, .. } = device;
    drop(engine);
    let engine = engine_at(folder.path(), &city, NOON, 900);
    let status = put(&engine, PRICE).expect("set aside");
    assert_eq!((status.safe_to_wipe, status.set_aside[0].last_known), (false, None), "nothing is known of it");
}
