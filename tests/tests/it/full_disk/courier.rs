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
    assert_eq!((&after["unsent"], &after["courier"]["exported"]), (&before["unsent"], &serde_json::Value::Null));
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
