//! What people and networks get wrong: each a coded sentence in both languages, nothing lost, nothing stuck.

use std::io::Write as _;
use std::sync::Arc;

use ancu_field::ambient::SystemRandom;
use ancu_field::api::{Command, dispatch};
use ancu_field::engine::Engine;
use ancu_shared::clock::{FixedClock, UtcMillis};
use serde_json::{Value, json};
use tests::device::{Device, PIN, Refused};
use tests::photo;
use tests::server::Server;
use tests::story::{begin, free_mini_apartment, text, verdicts};

/// The code, after seeing that both languages say something.
fn code(refused: &Refused) -> &str {
    let (vi, en) = (text(&refused.problem["title"]), text(&refused.problem["title_en"]));
    assert!(vi.len() > 8 && en.len() > 8 && vi != en, "{refused:?}");
    refused.code()
}

fn enrolled(server: &Server) -> Device {
    let device = Device::new("Máy thử");
    device.enrol(&server.link("canbo1"));
    device.sync();
    device
}

fn begun(device: &Device) -> (String, String) {
    let (inspection, template) = begin(device, text(&free_mini_apartment(device)["id"]));
    (inspection, verdicts(&template).swap_remove(0))
}

#[test]
fn codes_work_once_and_only_the_right_ones() {
    let server = Server::start();
    let link = server.link("canbo1");
    let (head, code_text) = link.split_once("&c=").expect("a link with a code");
    let device = Device::new("Máy thử");

    for (wrong, expected) in [
        (format!("{head}&c=AAAA-2222-BBBB"), "code_unknown"),
        ("ancu://enrol?s=https://127.0.0.1".to_owned(), "link_invalid"),
        ("https://example.org/".to_owned(), "link_invalid"),
        (String::new(), "link_invalid"),
        ("ă".repeat(3000), "link_invalid"),
    ] {
        let refused = device.try_enrol(&wrong, PIN).expect_err("a bad link");
        assert_eq!(code(&refused), expected, "{wrong:.40}");
    }
    for pin in ["", "1234", "123456", "111111", "abcdef", "12345678901234"] {
        let refused = device.try_enrol(&link, pin).expect_err("a bad PIN");
        assert_eq!(code(&refused), "pin_invalid", "{pin}");
    }
    // None of this used the code up.
    device.enrol(&link);
    assert!(!code_text.is_empty());
    let again = device.try_enrol(&link, PIN).expect_err("this device is enrolled");
    assert_eq!(code(&again), "already_enrolled");
    let other = Device::new("Máy khác").try_enrol(&link, PIN).expect_err("the code was used");
    assert_eq!(code(&other), "code_used");
}

#[test]
fn ten_wrong_pins_lock_and_lose_nothing() {
    let server = Server::start();
    let device = enrolled(&server);
    let (inspection, item) = begun(&device);
    device.call(json!({
        "command": "answer", "inspection": inspection, "item": item, "answer": { "kind": "verdict", "value": "pass" }, "note": "",
    }));
    for left in (0..10).rev() {
        let refused =
            device.run("135790", &["call", &json!({ "command": "today" }).to_string()]).expect_err("a wrong PIN");
        assert_eq!(code(&refused), if left == 0 { "pin_locked" } else { "pin_wrong" }, "{left} left: {refused:?}");
    }
    let refused = device.try_call(&json!({ "command": "today" })).expect_err("the right PIN comes too late");
    assert_eq!(code(&refused), "pin_locked");

    // A new code from the administrator opens the same store with its data.
    device.enrol(&server.console_link("canbo1"));
    let view = device.call(json!({ "command": "inspection_open", "id": inspection }));
    assert_eq!(view["summary"]["progress"]["answered"], 1, "the answer from before the lock is there");
}

#[test]
fn another_servers_certificate_is_refused_before_anything_is_sent() {
    let (ours, theirs) = (Server::start(), Server::start());
    let link = ours.link("canbo1").replace(&ours.url(), &theirs.url());
    let refused = Device::new("Máy thử").try_enrol(&link, PIN).expect_err("a foreign certificate");
    assert_eq!(code(&refused), "certificate_foreign");
    assert!(!theirs.log().contains("/sync/v1/enrol"), "the code was sent to a stranger:\n{}", theirs.log());

    // The code was not used up; and where one is sent, it is seen.
    Device::new("Máy thử").enrol(&ours.link("canbo1"));
    assert!(ours.log().contains("/sync/v1/enrol"), "{}", ours.log());
}

#[test]
fn files_that_are_no_photos_are_refused_and_the_record_goes_on() {
    let server = Server::start();
    let device = enrolled(&server);
    let (inspection, item) = begun(&device);
    let folder = tempfile::tempdir().expect("a folder");
    let whole = photo::camera_jpeg(1600, 1200, 5, 1, None);
    // A PNG that claims 60,000 × 60,000 pixels in a few bytes.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bomb.extend_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60, 8, 2, 0, 0, 0]);
    bomb.extend_from_slice(&png_checksum(&bomb[12..]).to_be_bytes());
    let data = [&b"IDAT"[..], &[0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]].concat();
    bomb.extend_from_slice(&8_u32.to_be_bytes());
    bomb.extend_from_slice(&data);
    bomb.extend_from_slice(&png_checksum(&data).to_be_bytes());
    bomb.extend_from_slice(b"\0\0\0\0IEND\xAE\x42\x60\x82");
    for (name, bytes, expected) in [
        ("cut.jpg", &whole[..whole.len() / 2], "photo_unreadable"),
        ("words.jpg", &b"day khong phai la anh"[..], "photo_unreadable"),
        ("empty.jpg", &b""[..], "photo_unreadable"),
        ("bomb.png", &bomb[..], "photo_too_large"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("a file");
        let refused = device.run(PIN, &["photo", &inspection, &item, &file.to_string_lossy()]).expect_err(name);
        assert_eq!(code(&refused), expected, "{name}");
    }
    // 300 MB that begin like a photo; the file has a hole, so the test writes little.
    let huge = folder.path().join("huge.jpg");
    let mut file = std::fs::File::create(&huge).expect("a file");
    file.write_all(&whole).expect("its beginning");
    file.set_len(300 * 1024 * 1024).expect("its length");
    let refused = device.run(PIN, &["photo", &inspection, &item, &huge.to_string_lossy()]).expect_err("300 MB");
    assert_eq!(code(&refused), "photo_too_large");
    let refused = device.run(PIN, &["photo", &inspection, &item, "/nonexistent/anh.jpg"]).expect_err("no file");
    assert!(!code(&refused).is_empty());

    let good = folder.path().join("good.jpg");
    std::fs::write(&good, &whole).expect("a file");
    device.run(PIN, &["photo", &inspection, &item, &good.to_string_lossy()]).expect("a good photo after bad ones");
    let status = device.sync();
    assert_eq!(status["unsent"]["photos"], 0, "{status}");
}

/// The checksum of a PNG chunk (ISO 3309), bit by bit.
fn png_checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

#[test]
fn an_unknown_template_version_and_wrong_answers_are_named() {
    let server = Server::start();
    let device = enrolled(&server);
    let (inspection, item) = begun(&device);
    let listed = device.call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 1 }));
    let facility = &listed["items"][0]["id"];
    for (command, expected) in [
        (
            json!({ "command": "inspection_start", "facility": facility, "template": { "code": "mini_apartment", "version": "99" } }),
            "template_unknown",
        ),
        (json!({ "command": "template", "code": "nonesuch", "version": "1" }), "template_unknown"),
        (
            json!({ "command": "answer", "inspection": inspection, "item": item, "answer": { "kind": "number", "value": 3 }, "note": "" }),
            "answer_invalid",
        ),
        (json!({ "command": "inspection_open", "id": "0192f0c0-0000-7000-8000-000000000000" }), "not_found"),
        (json!({ "command": "facility_sheet", "id": "0192f0c0-0000-7000-8000-000000000000" }), "not_found"),
        (json!({ "command": "no_such_command" }), "request_malformed"),
        (json!({ "command": "inspection_open" }), "request_malformed"),
        (json!([]), "request_malformed"),
    ] {
        let refused = device.try_call(&command).expect_err("a refusal");
        assert_eq!(code(&refused), expected, "{command}");
    }
}

/// A device whose clock is years off enrols, works and exchanges; the difference is told, the record keeps the device's word.
#[test]
fn a_clock_that_is_years_off_stops_nothing() {
    let server = Server::start();
    let clocks = [("canbo1", UtcMillis(915_148_800_000), 60), ("canbo2", UtcMillis(4_102_444_800_000), 61)];
    for (username, at, premises) in clocks {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Engine::open(folder.path(), Arc::new(FixedClock(at)), Box::new(SystemRandom)).expect("an engine");
        let call = |command: Value| {
            let told = command.to_string();
            let command: Command = serde_json::from_value(command).expect("a command");
            dispatch(&engine, command).unwrap_or_else(|problem| panic!("{username} {told}: {problem:?}"))
        };
        call(json!({ "command": "enrol", "link": server.link(username), "pin": PIN, "device_name": "Máy sai giờ" }));
        call(json!({ "command": "exchange_wait" }));
        let status = call(json!({ "command": "status" }));
        let offset = status["clock_offset_ms"].as_i64().expect("a difference");
        assert!(offset.abs() > 365 * 86_400_000, "{status}");
        let listed = call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 100 }));
        assert_eq!(listed["total"], premises);
        let made = call(json!({ "command": "facility_create", "fields": {
            "name": format!("Nhà trọ {username}"), "class": "mini_apartment", "address": "Số 7 ngõ 29 Khương Hạ",
        } }));
        call(json!({ "command": "exchange" }));
        let status = call(json!({ "command": "exchange_wait" }));
        assert_eq!(status["unsent"]["records"], 0, "{status}");
        assert_eq!(status["unsent"]["quarantined"], 0, "{status}");
        let id = text(&made["summary"]["id"]);
        let sheet = server.console(username).get(&format!("/api/v1/facilities/{id}"));
        assert_eq!(sheet["summary"]["name"], format!("Nhà trọ {username}"));
    }
}
