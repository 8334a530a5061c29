//! The command line as a script sees it: what is printed where, and the exit status.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::city::City;
use crate::office::{Device, template};

fn run(data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ancu-field"));
    command.env_remove("ANCU_PIN").env("ANCU_DATA_DIR", data).args(words);
    command.output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn exit_status_and_streams_say_how_it_went() {
    let folder = tempfile::tempdir().expect("folder");
    for (words, status) in [
        (&["status"][..], 0),
        (&["--help"], 0),
        (&["answer", "--help"], 0),
        (&["--version"], 0),
        (&["today"], 1),
        (&["--pin", "123456", "today"], 1),
        (&[], 2),
        (&["anwser"], 2),
        (&["answer"], 2),
        (&["today", "--nonsense"], 2),
        (&["premises", "--limit", "many"], 2),
    ] {
        let output = run(folder.path(), words);
        assert_eq!(output.status.code(), Some(status), "{words:?}");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!((out.is_empty(), err.is_empty()), (status == 2, status != 2), "{words:?}\n{out}\n{err}");
    }
}

#[test]
fn a_script_gets_json_whatever_is_wrong() {
    let folder = tempfile::tempdir().expect("folder");
    for (words, code) in [
        (&["--json", "today"][..], "not_enrolled"),
        (&["--json", "anwser"], "request_malformed"),
        (&["premises", "--limit", "many", "--json"], "request_malformed"),
        (&["--json", "call", "nonsense"], "request_malformed"),
    ] {
        let output = run(folder.path(), words);
        let problem: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(problem["code"], code, "{words:?}");
        assert!(!output.status.success());
    }
}

#[test]
fn what_is_wrong_is_said_in_both_languages_with_what_to_do() {
    let folder = tempfile::tempdir().expect("folder");
    let said = text(&run(folder.path(), &["answer"]).stderr);
    for part in ["Thiếu: <INSPECTION>", "Missing: <INSPECTION>", "Cách dùng · Usage: ancu-field answer", "--help"]
    {
        assert!(said.contains(part), "{said}");
    }
    let help = text(&run(folder.path(), &["--help"]).stdout);
    for part in ["Trao đổi với máy chủ", "Exchange with the server", "Exit status", "Mã thoát", "--pin <PIN>"]
    {
        assert!(help.contains(part), "{help}");
    }
}

#[test]
fn a_file_that_is_missing_or_a_folder_is_no_damaged_photo() {
    let folder = tempfile::tempdir().expect("folder");
    let note = folder.path().join("note.jpg");
    std::fs::write(&note, "no picture").expect("written");
    let missing = folder.path().join("missing.jpg");
    for (file, code, vi) in [
        (missing.as_path(), "file_unusable", "không có tệp này"),
        (folder.path(), "file_unusable", "đây là thư mục"),
        (note.as_path(), "photo_unreadable", "không phải ảnh"),
    ] {
        let name = file.to_str().expect("a path");
        let output = run(&folder.path().join("store"), &["--json", "qr", name]);
        let problem: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((problem["code"].as_str(), output.status.code()), (Some(code), Some(1)), "{problem}");
        assert!(problem["title"].as_str().expect("words").contains(vi), "{problem}");
        assert_eq!(problem["details"]["cause"].is_string(), code == "file_unusable", "{problem}");
    }
}

#[test]
fn a_locked_device_does_not_say_that_nothing_is_unsent() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    device.premises("Nhà trọ", "12 phố Khương Trung");
    device.tell::<Value>(serde_json::json!({ "command": "lock" }));
    let status = device.tell::<Value>(serde_json::json!({ "command": "status" }));
    assert_eq!((&status["unsent_known"], &status["safe_to_wipe"]), (&false.into(), &false.into()), "{status}");
    // Another process looks at the folder.
    let Device { folder, engine, .. } = device;
    drop(engine);
    let said = text(&run(folder.path(), &["status"]).stdout);
    assert!(said.contains("chưa biết khi máy đang khóa") && said.contains("not known while"), "{said}");
    assert!(!said.contains("0 records") && !said.contains("safe to wipe: yes"), "{said}");
    for _ in 0..10 {
        assert!(!run(folder.path(), &["--pin", "975310", "today"]).status.success());
    }
    let said = text(&run(folder.path(), &["status"]).stdout);
    assert!(said.contains("pin_locked") && said.contains("with a new code") && !said.contains("0 records"), "{said}");
    let told: Value = serde_json::from_slice(&run(folder.path(), &["--json", "status"]).stdout).expect("JSON");
    assert_eq!((&told["phase"], &told["unsent_known"]), (&"pin_locked".into(), &false.into()), "{told}");
}
