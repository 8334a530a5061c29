//! Damaged files of real programs: the server's database cut, overwritten, torn, without its log; the device's without its.
//! It is said in both languages, nothing panics, and the exchange brings back what it can.

use std::path::Path;

use ancu_shared::clock::SeededRandom;
use reqwest::Method;
use serde_json::{Value, json};
use tests::device::{Device, PIN};
use tests::server::Server;
use tests::story::{begin, free_mini_apartment, text, verdicts};

/// A device that has sent three answers of an inspection; its id and the questions.
fn sent(server: &Server, name: &str) -> (Device, String, Vec<String>) {
    let device = Device::new(name);
    device.enrol(&server.link("canbo1"));
    device.sync();
    let (inspection, template) = begin(&device, text(&free_mini_apartment(&device)["id"]));
    let checks = verdicts(&template);
    for item in &checks[..3] {
        answer(&device, &inspection, item);
    }
    let status = device.sync();
    assert_eq!(status["safe_to_wipe"], true, "{status}");
    (device, inspection, checks)
}

fn answer(device: &Device, inspection: &str, item: &str) {
    device.call(json!({
        "command": "answer", "inspection": inspection, "item": item,
        "answer": { "kind": "verdict", "value": "pass" }, "note": "",
    }));
}

fn answered(server: &Server, inspection: &str) -> Value {
    server.console("duyet1").get(&format!("/api/v1/inspections/{inspection}"))["summary"]["progress"]["answered"]
        .clone()
}

/// A device's id as the console lists it.
fn listed(server: &Server, name: &str) -> Value {
    let devices = server.console("quantri").get("/api/v1/devices");
    let devices = devices.as_array().or_else(|| devices["items"].as_array()).expect("a list");
    let device = devices.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{name}: {devices:?}"));
    device["id"].clone()
}

/// What happens to a file's bytes.
type Damage = fn(&mut Vec<u8>);

/// Changes the bytes of a file.
fn change(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(file).expect("the file");
    change(&mut bytes);
    std::fs::write(file, bytes).expect("the file");
}

#[test]
fn a_damaged_server_says_so_and_a_backup_and_the_devices_make_it_whole() {
    let mut server = Server::start();
    let backup = tempfile::tempdir().expect("a folder");
    server.command(&["backup", &backup.path().join("copy").to_string_lossy()]).expect("a backup");
    let (device, inspection, checks) = sent(&server, "Máy thường");
    assert_eq!(answered(&server, &inspection), 3);
    let known = listed(&server, "Máy thường");
    assert!(server.stop().success());
    let database = server.folder().join("server.db");
    let whole = std::fs::read(&database).expect("the database");
    let damages: [(&str, Damage); 3] = [
        ("cut in half", |bytes| bytes.truncate(bytes.len() / 2)),
        ("header of zeros", |bytes| bytes[..100].fill(0)),
        ("noise", |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 0x5a)),
    ];
    for (name, damage) in damages {
        change(&database, damage);
        let said = server.command(&["doctor"]).expect_err(name);
        assert!(said.contains("the database is damaged"), "{name}: {said}");
        assert!(said.contains("cơ sở dữ liệu của máy chủ bị hỏng"), "{name}: {said}");
        assert!(!said.contains("panicked"), "{name}: {said}");
        std::fs::write(&database, &whole).expect("the database");
    }

    // The backup from before is taken into use. The device had its receipts, and brings back what is missing.
    for log in ["server.db-wal", "server.db-shm"] {
        // After a stop in peace there may be none.
        let _ = std::fs::remove_file(server.folder().join(log));
    }
    std::fs::copy(backup.path().join("copy/server.db"), &database).expect("the backup");
    server.up();
    // The backup is from before its enrolment: it needs a code of the restored server.
    let refused = device.run(PIN, &["sync"]).expect_err("it does not know the device");
    assert_eq!(refused.code(), "device_unknown", "{refused:?}");
    for words in
        ["không biết máy này", "mã đăng ký mới", "mọi thứ vẫn ở trên máy", "Chưa biết máy chủ còn giữ những gì"]
    {
        assert!(text(&refused.problem["title"]).contains(words), "{refused:?}");
    }
    let status = device.call(json!({ "command": "status" }));
    assert_eq!(status["exchange"]["problem"]["code"], "device_unknown", "it is told until it is enrolled again");
    assert_eq!(status["safe_to_wipe"], false, "{status}");
    device.enrol(&server.console_link("canbo1"));
    // The same author on the same device, by its first certificate: no record is from before its enrolment.
    assert_eq!(listed(&server, "Máy thường"), known);
    let status = device.sync();
    assert_eq!(status["safe_to_wipe"], true, "{status}");
    assert_eq!(answered(&server, &inspection), 3);
    answer(&device, &inspection, &checks[3]);
    device.sync();
    assert_eq!(answered(&server, &inspection), 4);
}

#[test]
fn torn_pages_under_a_running_server_are_problems_and_no_panics() {
    let mut server = Server::start();
    let (device, inspection, checks) = sent(&server, "Máy kiên nhẫn");
    assert!(server.stop().success());
    let database = server.folder().join("server.db");
    let whole = std::fs::read(&database).expect("the database");
    let mut random = SeededRandom::new(5);
    let (mut refused, mut served) = (0, 0);
    for round in 0..6 {
        // Half of all pages, not the first: it opens, and then it is torn wherever it is looked at.
        change(&database, |bytes| {
            for page in bytes.chunks_mut(4096).skip(1) {
                if random.below(2) == 0 {
                    page.reverse();
                }
            }
        });
        // It may see that as it starts; then it must say so.
        match server.command(&["doctor"]) {
            Ok(said) => panic!("round {round}: half of it is torn, and the doctor says: {said}"),
            Err(said) => assert!(said.contains("damaged") || said.contains("FAULT"), "round {round}: {said}"),
        }
        if server.try_up() {
            served += 1;
            answer(&device, &inspection, &checks[4 + round]);
            let said = device.run(PIN, &["sync"]).expect_err("an exchange with a torn server");
            let code = said.code().to_owned();
            let status = device.call(json!({ "command": "status" }));
            assert_ne!(status["safe_to_wipe"], true, "round {round}: {status}");
            refused += u32::from(code == "server_store_damaged");
            server.kill();
        }
        assert!(!server.log().contains("panicked"), "round {round}: {}", server.log());
        for log in ["server.db-wal", "server.db-shm", "server.open"] {
            // It may not have come so far.
            let _ = std::fs::remove_file(server.folder().join(log));
        }
        std::fs::write(&database, &whole).expect("the database");
    }
    println!("{served} of 6 torn databases were served, {refused} exchanges were told that it is damaged");
    server.up();
    let status = device.sync();
    assert_eq!(status["safe_to_wipe"], true, "{status}");
    assert_eq!(answered(&server, &inspection), 3 + served);
    assert!(server.console("duyet1").request(Method::GET, "/health/ready").send().is_ok());
}

#[test]
fn a_server_that_lost_its_log_asks_the_devices_for_what_was_in_it() {
    let mut server = Server::start();
    let (device, inspection, _) = sent(&server, "Máy có biên nhận");
    server.kill();
    for log in ["server.db-wal", "server.db-shm"] {
        std::fs::remove_file(server.folder().join(log)).expect("a kill leaves the log");
    }
    server.up();
    assert!(server.log().contains("the database's log is gone"), "it is told to who runs it");
    if let Err(refused) = device.run(PIN, &["sync"]) {
        // Its enrolment was in the log too.
        assert_eq!(refused.code(), "device_unknown", "{refused:?}");
        device.enrol(&server.console_link("canbo1"));
        device.sync();
    }
    assert_eq!(answered(&server, &inspection), 3, "receipts were in doubt, and the work was offered again");
    assert_eq!(device.call(json!({ "command": "status" }))["safe_to_wipe"], true);
}

#[test]
fn a_kill_and_a_command_are_no_lost_log() {
    let mut server = Server::start();
    let (device, inspection, _) = sent(&server, "Máy yên tâm");
    server.kill();
    server.command(&["doctor"]).expect("the doctor takes the log in");
    server.up();
    assert!(!server.log().contains("the database's log is gone"), "{}", server.log());
    assert_eq!(device.sync()["safe_to_wipe"], true);
    assert_eq!(answered(&server, &inspection), 3);
}

#[test]
fn a_device_that_lost_its_log_gets_back_what_it_sent_and_goes_on() {
    let server = Server::start();
    let device = Device::new("Máy bị dọn rác");
    device.enrol(&server.link("canbo1"));
    device.sync();
    let bridge = device.bridge();
    let fields = json!({ "name": "Nhà trọ mới", "class": "mini_apartment", "address": "Số 7 ngõ 29 Khương Hạ" });
    let facility = bridge.call(&json!({ "command": "facility_create", "fields": fields }));
    let begun = bridge.call(&json!({ "command": "inspection_start", "facility": facility["summary"]["id"] }));
    let inspection = text(&begun["summary"]["id"]).to_owned();
    let of = &begun["summary"]["template"];
    let template = bridge.call(&json!({ "command": "template", "code": of["code"], "version": of["version"] }));
    let checks = verdicts(&serde_json::from_value(template).expect("a template"));
    let say = |item: &str| {
        bridge.call(&json!({
            "command": "answer", "inspection": inspection, "item": item,
            "answer": { "kind": "verdict", "value": "pass" }, "note": "",
        }))
    };
    say(&checks[0]);
    say(&checks[1]);
    bridge.call(&json!({ "command": "exchange_wait" }));
    say(&checks[2]);
    bridge.kill();
    for log in ["main.db-wal", "main.db-shm", "photos.db-wal", "photos.db-shm"] {
        std::fs::remove_file(device.folder().join(log)).expect("a kill leaves the log");
    }
    // An older picture of itself, or a torn one: then it is enrolled anew.
    let status = match device.run(PIN, &["sync"]) {
        Ok(status) => status,
        Err(refused) => {
            assert_eq!(refused.code(), "store_damaged", "{refused:?}");
            device.enrol(&server.console_link("canbo1"));
            device.sync()
        }
    };
    assert!(status["exchange"]["problem"].is_null(), "{status}");
    let view = device.call(json!({ "command": "inspection_open", "id": inspection }));
    let back = view["summary"]["progress"]["answered"].as_u64().expect("a count");
    assert!(back >= 2, "what was receipted is back: {back}");
    answer(&device, &inspection, &checks[5]);
    assert_eq!(device.sync()["safe_to_wipe"], true);
    assert_eq!(answered(&server, &inspection).as_u64(), Some(back + 1));
}
