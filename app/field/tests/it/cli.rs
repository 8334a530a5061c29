//! The command line as a script sees it: what is printed where, and the exit status.

use std::path::Path;
use std::process::{Command, Output};

use ancu_shared::record::register::{Decision, Verdict};
use ancu_shared::template::{Choice, Input, Template, Words};
use serde_json::{Value, json};

use crate::city::City;
use crate::office::{Device, PIN, declaration, template};
use crate::photos::picture;

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
    for part in [
        "request_malformed",
        "Thiếu: <INSPECTION>",
        "Missing: <INSPECTION>",
        "Cách dùng · Usage: ancu-field answer",
        "--help",
    ] {
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
        (Path::new("/dev/zero"), "file_unusable", "đây là thiết bị"), // it has no end
        (note.as_path(), "photo_unreadable", "không phải ảnh"),
    ] {
        let name = file.to_str().expect("a path");
        let output = run(&folder.path().join("store"), &["--json", "qr", name]);
        let problem: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((problem["code"].as_str(), output.status.code()), (Some(code), Some(1)), "{problem}");
        assert!(problem["title"].as_str().expect("words").contains(vi), "{problem}");
        assert_eq!(problem["details"]["file"].is_string(), code == "file_unusable", "{problem}");
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
    assert!(
        said.contains("sai mã PIN nhiều lần") && said.contains("with a new code") && !said.contains("0 records"),
        "{said}"
    );
    let told: Value = serde_json::from_slice(&run(folder.path(), &["--json", "status"]).stdout).expect("JSON");
    assert_eq!((&told["phase"], &told["unsent_known"]), (&"pin_locked".into(), &false.into()), "{told}");
}

#[test]
fn a_declaration_is_saved_and_submitted_in_one_call() {
    let (_, _, Device { folder, engine, .. }) = Device::household(&City::new(&template()));
    drop(engine);
    let declare = |residents: Value| {
        let mut declaration = declaration();
        declaration["residents"] = residents;
        let declaration = declaration.to_string();
        let words = ["--pin", PIN, "--json", "declare", "--declaration", &declaration, "--submit"];
        let output = run(folder.path(), &words);
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), told)
    };
    let shown = || {
        let output = run(folder.path(), &["--pin", PIN, "--json", "declare"]);
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let (status, refused) = declare(Value::Null);
    assert_eq!((status, &refused["code"], &refused["field"]), (Some(1), &json!("field_invalid"), &json!("residents")));
    let kept = shown();
    assert_eq!(kept["declaration"]["head_name"], "Lê Thị Hoa", "what was saved is not lost with the refusal: {kept}");
    assert_eq!(kept["state"], "draft", "{kept}");
    let (status, submitted) = declare(json!(4));
    assert_eq!((status, &submitted["state"]), (Some(0), &json!("submitted")), "{submitted}");
    let shown = shown();
    assert_eq!((&shown["state"], &shown["declaration"]["residents"]), (&json!("submitted"), &json!(4)), "{shown}");
}

/// An officer's device, exchanged and closed; its folder, and premises on it.
fn officer(city: &City) -> (tempfile::TempDir, String) {
    let device = Device::officer(city, "An", 1);
    let facility = device.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    device.sync();
    let Device { folder, engine, .. } = device;
    drop(engine);
    (folder, facility.to_string())
}

#[test]
fn what_is_said_at_a_terminal_is_short_and_in_both_languages() {
    let (folder, facility) = officer(&City::new(&template()));
    let say = |words: &[&str], parts: &[&str]| {
        let output = run(folder.path(), &[&["--pin", PIN][..], words].concat());
        let said = text(&output.stdout);
        assert!(output.status.success(), "{words:?}: {said}");
        assert!(!said.starts_with(['{', '[']) && !said.contains("\":"), "{words:?}: raw JSON: {said}");
        for part in parts {
            assert!(said.contains(part), "{words:?}: no “{part}” in {said}");
        }
        said
    };
    say(&["inspect", "plan", &facility], &["Luật · law", "mini_apartment@", "questions)", "for these premises"]);
    let begun = say(&["inspect", "start", &facility], &["Đang kiểm tra: 0/", " · in progress: 0/"]);
    let id = begun.split_whitespace().next().expect("the id").to_owned();
    say(&["inspect", "missing", &id], &["ESC-01: chưa trả lời · no answer"]);
    say(
        &["answer", &id, "ESC-01", "fail", "--note", "Cửa khóa"],
        &["ESC-01  ESC-01\n  không đạt · fail  Cửa khóa  (An, ", "answered"],
    );
    let file = folder.path().join("photo.jpg");
    std::fs::write(&file, picture(64, 48, image::ImageFormat::Jpeg)).expect("written");
    say(
        &["photo", &id, "ESC-01", file.to_str().expect("a path")],
        &["ESC-01  ESC-01\n  không đạt", "ảnh · photo ", "64×48"],
    );
    say(&["show", &id], &["ESC-01  ESC-01\n  không đạt · fail  Cửa khóa  (An, ", "1 photo, 0 clashes"]);
    say(&["today"], &["Đang kiểm tra · being made: 1", &id, "premises inspected: 0/1"]);
    say(&["invite", &facility], &["ancu://enrol?", "dùng một lần, đến · works once, until ", "/2026 "]);
    say(
        &["premises", "show", &facility],
        &[&facility, "112 ngách 58/24", "Tên · name: Chung cư mini Hòa Bình", "Loại hình · class: Chung cư mini"],
    );
    say(&["reinspect", &facility], &["Ngày phúc tra · re-inspection: chưa đặt · not set"]);
    say(&["clashes"], &["không có mục nào · none"]);
    say(&["quarantine"], &["không có mục nào · none"]);
    say(&["premises", "edit", &facility, "storeys=7"], &["Số tầng · storeys: 7"]);
    say(&["status"], &["phase: đang mở · open", "/2026 "]);
}

#[test]
fn what_is_refused_at_a_terminal_says_what_is_lacking_who_may_and_what_to_do() {
    let (folder, facility) = officer(&City::new(&template()));
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there").success());
    let begun = text(&run(folder.path(), &["--pin", PIN, "inspect", "start", &facility]).stdout);
    let id = begun.split_whitespace().next().expect("the id");
    let pipe = pipe.to_str().expect("a path");
    for (words, parts) in [
        (&["finish", id][..], &["record_incomplete", "ESC-01: chưa trả lời · no answer  (ESC-01)"][..]),
        (
            &["reply", id, "ESC-01", "Đã xem"],
            &["not_found [ESC-01]", "Người duyệt chưa có ý kiến nào", "has said nothing"],
        ),
        (&["follow", "show", id, "ESC-01"], &["not_found [ESC-01]", "không có tồn tại nào", "no finding"]),
        (&["declare"], &["forbidden", "Chỉ chủ hộ khai được", "Only the head of a household"]),
        (&["show", "01a202f7-bf43-71e1-9538-94ab61a26c4b"], &["not_found", "ancu-field today"]),
        (
            &["courier", "carry", "/dev/zero"],
            &["file_unusable", "thiết bị hoặc ống dẫn", "hãy chép nội dung", "put its content"],
        ),
        (&["courier", "receipt", pipe], &["file_unusable", "thiết bị hoặc ống dẫn"]),
        (&["courier", "carry", "/"], &["file_unusable", "đây là thư mục"]),
        (&["photo", id, "ESC-01", pipe], &["file_unusable", "thiết bị hoặc ống dẫn"]),
    ] {
        let output = run(folder.path(), &[&["--pin", PIN][..], words].concat());
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
        assert!(!said.contains(['{', '}']), "{words:?}: raw JSON: {said}");
        for part in parts {
            assert!(said.contains(part), "{words:?}: no “{part}” in {said}");
        }
    }
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").expect("written");
    let said = text(&run(&file, &["status"]).stdout);
    assert!(said.contains("file_unusable [--data]") && said.contains("không phải thư mục"), "{said}");
    // Nobody can make a folder there.
    let output = run(Path::new("/proc/none"), &["status"]);
    let said = text(&output.stdout);
    for part in ["file_unusable [--data]: /proc/none: không tạo", "hãy chọn thư mục khác", "choose another one"]
    {
        assert!(said.contains(part), "no “{part}” in {said}");
    }
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    let export = folder.path().join("out.ancu");
    let said = text(&run(folder.path(), &["--pin", PIN, "courier", "export", export.to_str().expect("a path")]).stdout);
    // The city of these tests has no key for such files.
    assert!(said.contains("courier_key_missing: ") && !said.contains('{'), "{said}");
}

/// The checklist with titles in both languages, and a choice.
fn titled() -> Template {
    let both = |vi: &str, en: &str| Words { vi: vi.into(), en: en.into() };
    let mut checklist = template();
    let items = &mut checklist.groups[0].items;
    items[0].title = both("Lối thoát nạn không bị chặn", "The way out is not blocked");
    items[3].title = both("Chiều rộng lối thoát", "Width of the way out");
    let options = vec![Choice { code: "two".into(), label: both("Hai cầu thang", "Two stairs"), columns: [].into() }];
    let mut choice = items[4].clone();
    (choice.code, choice.title) = ("ESC-C".into(), both("Cầu thang", "Stairs"));
    choice.input = Input::Choice { options, failing: vec![] };
    items.push(choice);
    checklist
}

#[test]
fn a_returned_record_is_shown_with_the_reviewers_words_at_each_question() {
    let city = City::new(&titled());
    let an = Device::officer(&city, "An", 1);
    let inspection = an.inspect(an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ"));
    let answer = |item: &str, answer: Value| {
        an.tell::<Value>(json!({
            "command": "answer", "inspection": inspection, "item": item, "answer": answer, "note": "",
        }));
    };
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    an.verdict(inspection, "ESC-02", Verdict::Pass, "");
    answer("ESC-W", json!({ "kind": "number", "value": 1.2 }));
    answer("ESC-C", json!({ "kind": "choice", "value": "two" }));
    an.finish(inspection);
    an.sync();
    city.decide_at(inspection, inspection, Decision::Returned, "Xem lại tầng 3", &["ESC-01", "ESC-W"]);
    an.sync();
    answer("ESC-W", json!({ "kind": "number", "value": 1.4 }));
    let Device { folder, engine, .. } = an;
    drop(engine);
    let id = inspection.to_string();
    let shown = || text(&run(folder.path(), &["--pin", PIN, "show", &id]).stdout);
    let said = shown();
    let lines: Vec<_> = said.lines().collect();
    let place = |part: &str| {
        lines.iter().position(|line| line.contains(part)).unwrap_or_else(|| panic!("no “{part}” in {said}"))
    };
    // When and by whom, and what on the whole: before any question.
    let decision = lines[place("  Trả lại bổ sung · returned: Xem lại tầng 3  (Trần Thị Duyệt, ")];
    assert!(decision.contains("/2026 "), "the local time: {decision}");
    let first = place("ESC-01  Lối thoát nạn không bị chặn · The way out is not blocked");
    assert!(place("Xem lại tầng 3") < first, "{said}");
    assert!(lines[first + 1].contains("đạt · pass"), "{said}");
    let words = lines[first + 2];
    assert!(words.contains("người duyệt · reviewer: Xem lại tầng 3  (Trần Thị Duyệt, "), "{words}");
    assert!(words.ends_with("chưa trả lời · not answered"), "{words}");
    let width = place("ESC-W  Chiều rộng lối thoát · Width of the way out");
    let at_width = lines[width..].join("\n");
    for part in ["1.4 m  (An, ", "[chưa ký · unsigned]", "đã viết, chưa ký · written, not signed (An, "] {
        assert!(at_width.contains(part), "no “{part}” in {at_width}");
    }
    let stairs = place("ESC-C  Cầu thang · Stairs");
    assert!(lines[stairs + 1].starts_with("  Hai cầu thang · Two stairs  (An, "), "{said}");
    // A failed check: what follows from it, or what of it is missing, under the question's title.
    let done = |words: &[&str]| run(folder.path(), &[&["--pin", PIN][..], words].concat());
    assert!(done(&["answer", &id, "ESC-01", "fail", "--note", "Xe chắn"]).status.success());
    let refused = text(&done(&["finish", &id]).stdout);
    let named = "(Lối thoát nạn không bị chặn · The way out is not blocked)";
    assert!(refused.contains("record_incomplete") && refused.contains(named), "{refused}");
    let missing = text(&done(&["inspect", "missing", &id]).stdout);
    assert!(missing.contains(named), "{missing}");
    let given = ["--severity", "major", "--remedy", "Dời xe", "--deadline", "2026-12-30"];
    let given = done(&[&["finding", &id, "ESC-01"][..], &given].concat());
    assert!(given.status.success(), "{}", text(&given.stdout));
    let said = shown();
    for part in ["không đạt · fail  Xe chắn  (An, ", "Nghiêm trọng · major; Dời xe; hạn · deadline: 2026-12-30  (An, "]
    {
        assert!(said.contains(part), "no “{part}” in {said}");
    }
}

#[test]
fn a_store_whose_pin_is_forgotten_is_set_aside_and_put_back_at_the_terminal() {
    let (folder, _) = officer(&City::new(&template()));
    let said = |words: &[&str]| text(&run(folder.path(), words).stdout);
    assert!(said(&["status"]).contains("ancu-field aside put"), "a locked device says what can be done");
    let refused = said(&["aside", "put"]);
    for words in ["[consequence]", "việc chưa gửi bị khóa lại", "unsent work stays locked"] {
        assert!(refused.contains(words), "{refused}");
    }
    let put = said(&["aside", "put", "--consequence", "unsent work stays locked"]);
    let name = put.split_whitespace().find(|word| word.starts_with("set-aside-")).expect("its name").to_owned();
    assert!(
        put.contains("no device is enrolled in this folder") && put.contains(&format!("ancu-field aside back {name}")),
        "{put}"
    );
    let back = said(&["aside", "back", &name]);
    assert!(back.contains("not known while the device is locked") && !back.contains(&name), "{back}");
    let status = said(&["--pin", PIN, "status"]);
    assert!(status.contains("safe to wipe: được · yes"), "{status}");
}

#[test]
fn premises_that_are_there_already_are_not_added_twice_unasked() {
    let (folder, facility) = officer(&City::new(&template()));
    let add = |more: &[&str]| {
        let words = [
            &["--pin", PIN, "premises", "add", "class=mini_apartment", "name=CHUNG CƯ MINI HÒA BÌNH"][..],
            &["address=112 ngách 58/24 phố Khương Hạ"],
            more,
        ];
        let output = run(folder.path(), &words.concat());
        (output.status.code(), text(&output.stdout))
    };
    let (status, said) = add(&[]);
    assert_eq!(status, Some(1), "{said}");
    for part in ["field_invalid [name]", "Đã có cơ sở cùng tên", "are there already", &*facility, "--anyway"] {
        assert!(said.contains(part), "no “{part}” in {said}");
    }
    let (status, said) = add(&["--anyway"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("[Chung cư mini · mini apartments]") && !said.contains(&facility), "{said}");
}

#[test]
fn a_class_and_a_limit_that_are_wrong_are_told_with_the_right_ones() {
    let (folder, _) = officer(&City::new(&template()));
    for (fields, missing) in
        [(&["name=A"][..], true), (&["name=A", "class=castle"], false), (&["name=A", "class="], true)]
    {
        let output = run(folder.path(), &[&["--json", "--pin", PIN, "premises", "add"], fields].concat());
        let problem: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((&problem["code"], &problem["field"]), (&json!("field_invalid"), &json!("class")), "{problem}");
        for words in [&problem["title"], &problem["title_en"]] {
            assert!(words.as_str().is_some_and(|words| words.contains("mini_apartment, boarding_house")), "{problem}");
        }
        assert_eq!(problem["title"].as_str().is_some_and(|vi| vi.starts_with("Chưa có")), missing, "{problem}");
    }
    for limit in ["0", "501"] {
        let output = run(folder.path(), &["premises", "--limit", limit]);
        let said = text(&output.stderr);
        assert!(
            output.status.code() == Some(2) && said.contains("request_malformed") && said.contains("500"),
            "{said}"
        );
    }
}

#[test]
fn a_log_that_has_no_room_is_no_reason_to_fail() {
    let folder = tempfile::tempdir().expect("folder");
    let full = || std::fs::File::create("/dev/full").expect("the device that is always full");
    let asked = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ancu-field"));
        command.env("ANCU_DATA_DIR", folder.path()).env("ANCU_LOG", "trace").args(words).stderr(full());
        command
    };
    let output = asked(&["--json", "status"]).output().expect("the program starts");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((output.status.code(), &told["phase"]), (Some(0), &json!("fresh")), "{told}");
    assert_eq!(asked(&["anwser"]).status().expect("the program starts").code(), Some(2));
    // An answer that cannot be told is a failure, and no panic.
    let untold = asked(&["--json", "status"]).stdout(full()).status().expect("the program starts");
    assert_eq!(untold.code(), Some(1));
}
