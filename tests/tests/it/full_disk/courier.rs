//! A file for a courier, written where there is no room for it.

use std::path::Path;

use serde_json::json;
use tests::device::PIN;
use tests::photo;
use tests::story::text;

use super::{OnSmallDisk, may_mount};

#[test]
fn a_file_for_a_courier_that_finds_no_room_is_refused_and_leaves_nothing() {
    if !may_mount("courier::a_file_for_a_courier_that_finds_no_room_is_refused_and_leaves_nothing") {
        return;
    }
    let OnSmallDisk { server, folder, disk, device, inspection, checks } = OnSmallDisk::begin();
    device.add_photo(&inspection, &checks[0], &photo::camera_jpeg(1600, 1200, 3, 1, None));
    let before = device.call(json!({ "command": "status" }));
    let export = |to: &Path| device.run(PIN, &["courier", "export", to.to_str().expect("a name")]);
    let here = disk.0.join("viec.ancu");
    // Another disk is a way out although nothing was put into envelopes yet and the store has no room for that: it kept some.
    disk.fill();
    let first = folder.path().join("dau-tien.ancu");
    let written = export(&first).expect("there is room elsewhere");
    assert_eq!((&written["photos"], &written["problem"]), (&json!(1), &serde_json::Value::Null), "{written}");
    assert!(written["envelopes"].as_u64() > Some(0), "{written}");
    let told = device.call(json!({ "command": "status" }));
    assert_eq!((&told["unsent"], &told["courier"]["exported"]["photos"]), (&before["unsent"], &json!(1)), "{told}");
    disk.free();
    // Nothing left; room for what was entered, not for the file; room for a part of the file.
    for pages in [0, 60, 300] {
        disk.fill_but(pages);
        let refused = export(&here).expect_err("no room");
        assert_eq!(refused.code(), "disk_full", "{pages}: {refused:?}");
        for words in ["chưa có tệp nào được ghi", "giải phóng bộ nhớ", "ổ USB"] {
            assert!(text(&refused.problem["title"]).contains(words), "{pages}: {refused:?}");
        }
        disk.free();
        let left = std::fs::read_dir(&disk.0).expect("list").map(|it| it.expect("entry").file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["store"], "{pages}: a remnant");
    }
    let after = device.call(json!({ "command": "status" }));
    assert_eq!((&after["unsent"], &after["courier"]), (&told["unsent"], &told["courier"]));
    // Without what is kept the store needs room itself, and says that another place helps nothing.
    device.call(json!({
        "command": "answer", "inspection": inspection, "item": checks[1], "note": "",
        "answer": { "kind": "verdict", "value": "pass" },
    }));
    std::fs::remove_file(device.folder().join("reserve")).expect("the room that is kept");
    disk.fill();
    let refused = export(&folder.path().join("het-cho.ancu")).expect_err("no room for envelopes");
    assert_eq!(refused.code(), "disk_full");
    assert!(text(&refused.problem["title"]).contains("Ghi ra nơi khác không giúp được"), "{refused:?}");
    disk.free();
    assert_eq!(device.call(json!({ "command": "status" }))["room"], "enough", "then some is kept again");
    // The way out that the words name: another disk. The full one is no obstacle, and the server takes the file.
    disk.fill();
    let elsewhere = folder.path().join("viec.ancu");
    let written = export(&elsewhere).expect("there is room elsewhere");
    assert_eq!((&written["photos"], written["envelopes"].as_u64() > Some(0)), (&json!(1), true), "{written}");
    let receipt = folder.path().join("bien-nhan.ancu");
    let names = [&elsewhere, &receipt].map(|it| it.to_str().expect("a name"));
    server.command(&["courier", "import", names[0], "--receipt", names[1]]).expect("import");
    disk.free();
    let told = device.run(PIN, &["courier", "receipt", names[1]]).expect("the server's word");
    assert_eq!(told["photos"], 1, "{told}");
    assert_eq!(device.sync()["safe_to_wipe"], true);
}
