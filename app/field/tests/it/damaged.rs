//! Damaged stores: cut, flipped, emptied, gone. It is said in words, nothing panics, and enrolling anew brings back what the
//! server has and sends what can still be read.

use std::path::Path;

use ancu_field::api::Command;
use ancu_field::status::{DeviceStatus, Phase};
use ancu_shared::clock::SeededRandom;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::Verdict;
use ancu_shared::role::Role;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::office::{Device, PIN, engine_at, template};
use crate::photos::picture;

/// A device with sent and unsent work: two answers there, one here in an envelope that never got an answer, one in the
/// journal, and a photo.
pub(crate) fn device(city: &City) -> (Device, DocumentId) {
    let device = Device::officer(city, "An", 1);
    let inspection = device.inspect(device.premises("Nhà trọ Hoa Sen", "12 phố Khương Trung"));
    device.verdict(inspection, "ESC-01", Verdict::Pass, "đã gửi");
    device.sync();
    device.verdict(inspection, "ESC-02", Verdict::Pass, "trong gói");
    city.state().down = true;
    assert_eq!(device.try_sync().expect("no network").known_code(), ErrorCode::ServerUnreachable);
    city.state().down = false;
    device.verdict(inspection, "ESC-03", Verdict::Pass, "trong nhật ký");
    let data_base64 = STANDARD.encode(picture(640, 480, ImageFormat::Jpeg));
    device.tell::<Value>(json!({
        "command": "photo_add", "inspection": inspection, "item": "ESC-02", "file_name": "anh.jpg",
        "data_base64": data_base64,
    }));
    (device, inspection)
}

/// Enrols the device's folder anew; how it stands then.
fn anew(city: &City, folder: &Path, seed: u64) -> Result<(ancu_field::Engine, DeviceStatus), ErrorCode> {
    let engine = engine_at(folder, city, NOON, seed);
    let link = city.link("An", Role::CommuneDataOfficer, &format!("ANEW-{seed:04}"));
    let enrol = Command::Enrol { link, pin: PIN.into(), device_name: "Máy An".into(), person_name: None };
    engine.dispatch(enrol).map_err(|problem| problem.known_code())?;
    let status = engine.status().map_err(|problem| problem.known_code())?;
    Ok((engine, status))
}

/// The notes that stand in an inspection at the server, as a new device reads them.
pub(crate) fn notes(city: &City, inspection: DocumentId, seed: u64) -> Vec<String> {
    let reader = Device::officer(city, &format!("Bình {seed}"), seed);
    let view = reader.open(inspection);
    view.items.iter().flat_map(|item| &item.statements).map(|statement| statement.note.clone()).collect()
}

/// A damage, by its name.
fn damage(name: &str, folder: &Path) {
    let main = folder.join("main.db");
    let mut bytes = std::fs::read(&main).expect("read");
    match name {
        "cut in half" => bytes.truncate(bytes.len() / 2),
        "cut within a page" => bytes.truncate(bytes.len() - 1_777),
        "emptied" => bytes.clear(),
        "header of zeros" => bytes[..100].fill(0),
        "noise" => bytes.iter_mut().for_each(|byte| *byte ^= 0x5a),
        "gone" => return std::fs::remove_file(&main).expect("remove"),
        other => panic!("no damage is called {other}"),
    }
    std::fs::write(&main, bytes).expect("write");
}

#[test]
fn a_damaged_store_is_said_and_enrolling_anew_brings_back_what_was_sent() {
    let all = ["cut in half", "cut within a page", "emptied", "header of zeros", "noise", "gone"];
    for (seed, name) in (100..).step_by(10).zip(all) {
        let city = City::new(&template());
        let (device, inspection) = device(&city);
        let Device { folder, engine, .. } = device;
        drop(engine);
        damage(name, folder.path());
        let engine = engine_at(folder.path(), &city, NOON, seed);
        // Half a page at the end is found when it is read; the rest at once.
        match engine.unlock(PIN) {
            Ok(()) => assert_eq!(name, "cut within a page"),
            Err(refused) => {
                assert_eq!(refused.known_code(), ErrorCode::StoreDamaged, "{name}");
                assert!(refused.vi.contains("đăng ký lại") && refused.en.contains("enrol this same device anew"));
            }
        }
        drop(engine);

        let (engine, status) = anew(&city, folder.path(), seed + 1).unwrap_or_else(|code| panic!("{name}: {code:?}"));
        assert_eq!(status.phase, Phase::Ready, "{name}");
        assert!(!status.salvaged.expect(name).whole, "{name}: what cannot be read is not said to be whole");
        engine.exchange_wait().expect(name);
        let status = engine.status().expect(name);
        assert!(status.exchange.problem.is_none() && status.safe_to_wipe, "{name}: {status:?}");
        drop(engine);
        assert!(notes(&city, inspection, seed + 2).contains(&"đã gửi".to_owned()), "{name}");
        assert!(folder.path().join("damaged-0").is_dir(), "{name}: the damaged files are kept");
    }
}

#[test]
fn flipped_bytes_anywhere_never_panic_and_what_can_be_read_is_sent() {
    let (mut saved, mut cut) = (0, 0);
    for seed in 0..24 {
        let city = City::new(&template());
        let (device, inspection) = device(&city);
        let Device { folder, engine, .. } = device;
        drop(engine);
        let mut random = SeededRandom::new(seed);
        let file = folder.path().join(if seed % 4 == 3 { "photos.db" } else { "main.db" });
        let mut bytes = std::fs::read(&file).expect("read");
        // One page, not the first: it says how to read the others.
        let page = 4096 * (1 + random.below(bytes.len() / 4096 - 1));
        bytes[page + random.below(4096)] ^= 1 << random.below(8);
        std::fs::write(&file, bytes).expect("write");

        let (engine, status) = match anew(&city, folder.path(), 1_000 + seed) {
            Ok(anew) => anew,
            // The byte is in a page that nothing stands on.
            Err(ErrorCode::AlreadyEnrolled) => {
                let engine = engine_at(folder.path(), &city, NOON, 2_000 + seed);
                engine.unlock(PIN).expect("sound");
                let status = engine.status().expect("status");
                (engine, status)
            }
            Err(code) => panic!("seed {seed}: {code:?}"),
        };
        let whole = status.salvaged.is_none_or(|salvaged| salvaged.whole);
        engine.exchange_wait().expect("exchange");
        let after = engine.status().expect("status");
        assert!(after.exchange.problem.is_none() && after.safe_to_wipe, "seed {seed}: {after:?}");
        drop(engine);
        let notes = notes(&city, inspection, 3_000 + seed);
        assert!(notes.contains(&"đã gửi".to_owned()), "seed {seed}: {notes:?}");
        let all = notes.len() == 3 && city.state().photos.len() == 1;
        assert!(all || !whole, "seed {seed}: said to be whole, and there are {notes:?}");
        saved += u32::from(all);
        cut += u32::from(notes.contains(&"trong gói".to_owned()));
    }
    // What was in an envelope proves itself; what was not needs pages of its record to be folded with.
    assert!(cut >= 20 && saved >= 4, "of 24 stores with one torn page {cut} kept their envelope, {saved} everything");
}

#[test]
fn a_foreign_code_does_not_replace_a_damaged_store() {
    let city = City::new(&template());
    let (device, _) = device(&city);
    let Device { folder, engine, .. } = device;
    drop(engine);
    damage("cut in half", folder.path());
    let before = std::fs::read(folder.path().join("main.db")).expect("read");
    let engine = engine_at(folder.path(), &city, NOON, 7);
    let enrol = |link: String, pin: &str| {
        let enrol = Command::Enrol { link, pin: pin.into(), device_name: "Máy An".into(), person_name: None };
        engine.dispatch(enrol).expect_err("foreign").known_code()
    };
    let others = city.link("Kẻ lạ", Role::CommuneDataOfficer, "STRANGER-1");
    assert_eq!(enrol(others, PIN), ErrorCode::CodeForeign);
    let own = city.link("An", Role::CommuneDataOfficer, "ANEW-0001");
    assert_eq!(enrol(own, "270915"), ErrorCode::PinWrong);
    assert_eq!(std::fs::read(folder.path().join("main.db")).expect("read"), before, "nothing was touched");
}
