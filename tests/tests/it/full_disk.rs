//! A full disk, really full: the store lies on a small memory file system of its own. A device's, then the server's.

mod courier;

use std::path::{Path, PathBuf};
use std::process::Command;

use ancu_shared::id::PhotoHash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::device::{Device, PIN};
use tests::peer::Peer;
use tests::photo;
use tests::server::Server;
use tests::story::{begin, free_mini_apartment, text, verdicts};

const INSIDE: &str = "ANCU_TEST_OWN_MOUNTS";

/// A mounted memory file system; dropping it unmounts.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, megabytes: u32) -> Self {
        std::fs::create_dir_all(at).expect("a folder");
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "ancu-small-disk"]).arg(at).status();
        assert!(
            mounted.expect("mount").success(),
            "no small file system may be mounted here (in a container: start it with --cap-add SYS_ADMIN)"
        );
        Self(at.to_owned())
    }

    fn fill(&self) {
        let file = std::fs::File::create(self.0.join("filler")).expect("a file");
        let mut writer = std::io::BufWriter::with_capacity(4096, file);
        let block = [0_u8; 4096];
        while std::io::Write::write_all(&mut writer, &block).is_ok() {}
        // What is still in the buffer has no room either.
        let _ = writer.into_parts();
    }

    /// Leaves room for so many pages.
    fn fill_but(&self, pages: usize) {
        let hole = self.0.join("hole");
        std::fs::write(&hole, vec![0_u8; pages * 4096]).expect("room for the hole");
        self.fill();
        std::fs::remove_file(hole).expect("the hole");
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("the filler");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
        assert!(std::thread::panicking() || unmounted.is_ok_and(|status| status.success()), "umount");
    }
}

/// Whether a test may mount. Mounting needs root, or a namespace in which one is: then the same test was run once more in
/// there, and nothing is left to do here.
fn may_mount(test: &str) -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if root || std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let own = std::env::current_exe().expect("this program");
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount"])
        .arg(own)
        .args(["--exact", &format!("full_disk::{test}"), "--nocapture"])
        .env(INSIDE, "1")
        .status()
        .expect("unshare (util-linux)");
    assert!(
        status.success(),
        "the test in its own namespace failed, or may not mount there: then run as root, or allow it (Ubuntu 24.04: \
         sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0)"
    );
    false
}

/// A device whose store lies on a small disk, in the middle of a visit.
struct OnSmallDisk {
    server: Server,
    folder: tempfile::TempDir,
    disk: SmallDisk,
    device: Device,
    inspection: String,
    checks: Vec<String>,
}

impl OnSmallDisk {
    fn begin() -> Self {
        let server = Server::start();
        let folder = tempfile::tempdir().expect("a folder");
        let disk = SmallDisk::mount(&folder.path().join("disk"), 64);
        let device = Device::in_folder("Máy đầy bộ nhớ", &disk.0.join("store"));
        device.enrol(&server.link("canbo1"));
        device.sync();
        let (inspection, template) = begin(&device, text(&free_mini_apartment(&device)["id"]));
        let checks = verdicts(&template);
        Self { server, folder, disk, device, inspection, checks }
    }
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    if !may_mount("a_full_disk_is_said_and_loses_nothing") {
        return;
    }
    let OnSmallDisk { server: _server, folder: _folder, disk, device, inspection, checks } = OnSmallDisk::begin();
    let bridge = device.bridge();
    let answer = |item: &str| {
        json!({
            "command": "answer", "inspection": inspection, "item": item,
            "answer": { "kind": "verdict", "value": "pass" }, "note": "một ghi chú dài ".repeat(60),
        })
    };
    bridge.call(&answer(&checks[0]));

    disk.fill();
    // A page or two may still fit into what the store holds already; then it is full, and said so.
    let mut saved = vec![checks[0].clone()];
    let mut refusals = 0;
    for item in &checks[1..] {
        match bridge.try_call(&answer(item)) {
            Ok(_) => saved.push(item.clone()),
            Err(refused) => {
                assert_eq!(refused.code(), "disk_full", "{refused:?}");
                refusals += 1;
                if refusals == 3 {
                    break;
                }
            }
        }
    }
    assert_eq!(refusals, 3, "the disk never became full");
    let picture = STANDARD.encode(photo::camera_jpeg(1600, 1200, 3, 1, None));
    let with_photo = json!({
        "command": "photo_add", "inspection": inspection, "item": checks[0], "file_name": "a.jpg", "data_base64": picture,
    });
    let refused = bridge.try_call(&with_photo).expect_err("no room for a photo");
    assert_eq!(refused.code(), "disk_full", "{refused:?}");

    disk.free();
    bridge.call(&with_photo);
    let small = STANDARD.encode(photo::camera_jpeg(64, 64, 3, 1, None));
    let with_photo = json!({
        "command": "photo_add", "inspection": inspection, "item": checks[0], "file_name": "b.jpg", "data_base64": small,
    });
    let late = checks.last().expect("a check");
    bridge.call(&answer(late));
    saved.push(late.clone());
    bridge.kill();
    // A program that begins where hardly anything is left needs some pages to open the store with.
    for pages in 0..12 {
        disk.fill_but(pages);
        if let Err(refused) = device.try_call(&answer(late)) {
            assert_eq!(refused.code(), "disk_full", "{pages} pages left: {refused:?}");
        }
        disk.free();
    }
    // And where nothing is left at all, after a good end and after a kill: the records are read, and it is said why no more.
    for killed in [false, true] {
        if killed {
            let bridge = device.bridge();
            bridge.call(&answer(late));
            bridge.kill();
        }
        disk.fill();
        // Down to the last try, which the right PIN has all the same.
        for left in (1..10).rev() {
            let wrong = device.run("314159", &["today"]).expect_err("another PIN");
            let told = (wrong.code(), &wrong.problem["details"]["attempts_left"]);
            assert_eq!(told, ("pin_wrong", &json!(left)), "{wrong:?}");
        }
        let view = device.call(json!({ "command": "inspection_open", "id": inspection }));
        assert_eq!(view["summary"]["progress"]["answered"].as_u64(), Some(saved.len() as u64), "killed: {killed}");
        device.verb(&["today"]);
        // Where all of the log found room in the records' file, it is gone by now, and its room is free.
        disk.fill();
        let status = device.verb(&["status"]);
        assert_eq!((&status["phase"], &status["room"]), (&json!("ready"), &json!("full")), "{status}");
        let refused = device.try_call(&with_photo).expect_err("no room for a photo");
        assert_eq!(refused.code(), "disk_full", "{refused:?}");
        disk.free();
    }
    assert_eq!(device.verb(&["status"])["room"], "enough");
    let view = device.call(json!({ "command": "inspection_open", "id": inspection }));
    for item in &saved {
        assert_eq!(tests::story::item_of(&view, item)["statements"][0]["answer"]["value"], "pass", "{item}");
    }
    assert_eq!(view["summary"]["progress"]["answered"].as_u64(), Some(saved.len() as u64));
    let status = device.sync();
    assert_eq!(status["safe_to_wipe"], true, "{status}");
}

/// Announces an upload of these bytes; its address, or the refusal's code.
fn announce(peer: &Peer, bytes: &[u8]) -> Result<String, (StatusCode, String)> {
    let hash = STANDARD.encode(PhotoHash::of(bytes).to_string());
    let asked = peer.request(Method::POST, "/uploads").header("Tus-Resumable", "1.0.0");
    let asked = asked.header("Upload-Length", bytes.len()).header("Upload-Metadata", format!("sha256 {hash}"));
    let answer = asked.send().expect("an answer");
    match answer.headers().get("location") {
        Some(place) => Ok(place.to_str().expect("an address").to_owned()),
        None => Err((answer.status(), code_of(answer))),
    }
}

fn send(peer: &Peer, place: &str, bytes: &[u8]) -> reqwest::blocking::Response {
    let known = peer.request(Method::HEAD, place).header("Tus-Resumable", "1.0.0").send().expect("an answer");
    let offset: usize = known.headers()["upload-offset"].to_str().expect("text").parse().expect("a number");
    let piece = peer.request(Method::PATCH, place).header("Tus-Resumable", "1.0.0").header("Upload-Offset", offset);
    let piece = piece.header("Content-Type", "application/offset+octet-stream").body(bytes[offset..].to_vec());
    piece.send().expect("an answer")
}

fn code_of(answer: reqwest::blocking::Response) -> String {
    let problem: serde_json::Value = answer.json().expect("a problem");
    text(&problem["code"]).to_owned()
}

#[test]
fn a_server_without_room_says_so_and_takes_everything_in_afterwards() {
    if !may_mount("a_server_without_room_says_so_and_takes_everything_in_afterwards") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let disk = SmallDisk::mount(&folder.path().join("disk"), 192);
    let server = Server::start_in(&disk.0);
    let device = Device::new("Máy của An");
    device.enrol(&server.link("canbo1"));
    device.sync();
    let (inspection, template) = begin(&device, text(&free_mini_apartment(&device)["id"]));
    let checks = verdicts(&template);
    let answer = |item: &str| {
        device.call(json!({
            "command": "answer", "inspection": inspection, "item": item,
            "answer": { "kind": "verdict", "value": "pass" }, "note": "một ghi chú dài ".repeat(60),
        }))
    };
    answer(&checks[0]);
    let reader = Device::new("Máy chỉ đọc");
    reader.enrol(&server.link("canbo2"));
    reader.sync();
    let administrator = server.console("quantri");
    let ready = || administrator.try_get("/health/ready");
    ready().expect("ready");
    let peer = Peer::enrol(&server, &server.console_link("canbo2"), 1).expect("enrolled");
    let (first, second) = (vec![7_u8; 300_000], vec![8_u8; 300_000]);
    let begun = announce(&peer, &first).expect("room");

    disk.fill();
    for item in &checks[1..4] {
        answer(item);
    }
    let refused = device.run(PIN, &["sync"]).expect_err("the server has no room");
    assert_eq!(refused.code(), "server_disk_full", "{refused:?}");
    for words in ["Máy chủ đã hết chỗ lưu", "trên máy này vẫn an toàn", "sẽ tự gửi lại"] {
        assert!(text(&refused.problem["title"]).contains(words), "{refused:?}");
    }
    let status = device.call(json!({ "command": "status" }));
    assert_eq!(status["safe_to_wipe"], false, "{status}");
    assert!(status["unsent"]["records"].as_u64() > Some(0), "what was answered is kept: {status}");
    let refused = ready().expect_err("not ready");
    assert_eq!((refused.status.as_u16(), refused.code()), (503, "server_disk_full"), "{refused:?}");
    administrator.get("/health/live");
    let account = server.account("canbo1").username.clone();
    let users = administrator.get("/api/v1/users");
    let id = users["items"].as_array().expect("accounts").iter().find(|it| it["username"] == account.as_str());
    let id = text(&id.expect("the account")["id"]).to_owned();
    let code = format!("/api/v1/users/{id}/enrolment-codes");
    let refused = administrator.try_post(&code, &json!({})).expect_err("no room for a code");
    assert_eq!((refused.status.as_u16(), refused.code()), (507, "server_disk_full"), "{refused:?}");
    assert_eq!(announce(&peer, &second), Err((StatusCode::INSUFFICIENT_STORAGE, "server_disk_full".into())));
    let piece = send(&peer, &begun, &first);
    assert_eq!((piece.status(), code_of(piece).as_str()), (StatusCode::INSUFFICIENT_STORAGE, "server_disk_full"));
    // Who has nothing to say still reads.
    reader.sync();

    disk.free();
    ready().expect("ready again, without a restart");
    let status = device.sync();
    assert_eq!(status["safe_to_wipe"], true, "{status}");
    let view = server.console("duyet1").get(&format!("/api/v1/inspections/{inspection}"));
    assert_eq!(view["summary"]["progress"]["answered"], 4, "{view}");
    let piece = send(&peer, &begun, &first);
    assert!(piece.headers().contains_key("ancu-receipt"), "{piece:?}");
    administrator.post(&code, &json!({}));
    assert!(!server.log().contains("panicked"), "{}", server.log());
    server.command(&["verify-audit"]).expect("the chains hold");
}

#[test]
fn a_server_on_a_full_disk_is_started_read_and_copied() {
    if !may_mount("a_server_on_a_full_disk_is_started_read_and_copied") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let disk = SmallDisk::mount(&folder.path().join("disk"), 192);
    let mut server = Server::start_in(&disk.0);
    let device = Device::new("Máy của An");
    device.enrol(&server.link("canbo1"));
    device.sync();
    let (inspection, template) = begin(&device, text(&free_mini_apartment(&device)["id"]));
    device.sync();
    let record = format!("/api/v1/inspections/{inspection}");
    let answer = json!({
        "command": "answer", "inspection": inspection, "item": verdicts(&template)[0],
        "answer": { "kind": "verdict", "value": "pass" }, "note": "một ghi chú dài ".repeat(60),
    });
    device.call(answer);
    let copies = tempfile::tempdir().expect("another disk");
    // While it runs; after it ended in peace, and there is no log; after a kill, with its log.
    for (round, running) in ["running", "ended", "killed"].into_iter().enumerate() {
        disk.fill();
        match running {
            "ended" => assert!(server.stop().success()),
            "killed" => server.kill(),
            _ => {}
        }
        let looked = server.command(&["doctor"]).expect_err("a full disk is a fault");
        for words in ["FAULT\tdisk", "đừng xóa gì trong thư mục dữ liệu", "delete nothing", "ok\tdatabase", "ok\taudit"]
        {
            assert!(looked.contains(words), "{running}: no “{words}” in {looked}");
        }
        assert!(server.command(&["verify-audit"]).expect("the chains hold").contains("FULL\t"), "{running}");
        assert!(server.command(&["user", "list"]).expect("a list").contains("canbo1"), "{running}");
        let copy = copies.path().join(round.to_string());
        server.command(&["backup", copy.to_str().expect("a name")]).expect("a copy on another disk");
        let refused = server.command(&["user", "invite", "canbo1"]).expect_err("no room for a code");
        assert!(refused.contains("server_disk_full: Lệnh này chưa làm xong vì ổ đĩa đã đầy"), "{running}: {refused}");
        if running != "running" {
            server.up();
        }
        let reviewer = server.console("duyet1");
        assert_eq!(reviewer.get(&record)["summary"]["state"], "in_progress", "{running}");
        let refused = reviewer.try_get("/health/ready").expect_err("not ready");
        assert_eq!((refused.status.as_u16(), refused.code()), (503, "server_disk_full"), "{running}: {refused:?}");
        if round == 0 {
            let refused = device.run(PIN, &["sync"]).expect_err("the server has no room");
            assert_eq!(refused.code(), "server_disk_full", "{refused:?}");
        }
        disk.free();
        // Without a restart, and whoever logged in meanwhile goes on.
        device.sync();
        assert_eq!(reviewer.get(&record)["summary"]["progress"]["answered"], 1, "{running}");
        reviewer.get("/health/ready");
        let rows = server.console("quantri").get("/api/v1/audit");
        let opened = rows["items"].as_array().expect("rows").iter().filter(|row| row["action"] == "session.opened");
        assert!(opened.count() > round, "logins are recorded, if later: {rows}");
    }
    assert_eq!(device.call(json!({ "command": "status" }))["safe_to_wipe"], true);
    let life = server.command(&["doctor"]).expect("sound");
    assert!(life.contains("từ đầu · the first") && life.contains("ok\tdisk"), "no kill made it another life: {life}");
    server.command(&["verify-audit"]).expect("the chains hold");
}

#[test]
fn a_backup_that_finds_no_room_leaves_nothing_and_the_one_before_as_it_was() {
    if !may_mount("a_backup_that_finds_no_room_leaves_nothing_and_the_one_before_as_it_was") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start();
    let disk = SmallDisk::mount(&folder.path().join("disk"), 64);
    let copy = disk.0.join("copy");
    let named = copy.to_str().expect("a name");
    let names = |folder: &Path| {
        let mut names = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path.clone());
                }
                names.push(path);
            }
        }
        names.sort();
        names
    };
    // Not a byte, then room for a part of the database, then for all of it and not for the photos' and certificates' copies.
    for room in [0, 20, 200] {
        disk.fill_but(room);
        let refused = server.command(&["backup", named]).expect_err("no room");
        for words in ["server_disk_full: ", "phần chép dở đã xóa", "Free space on that disk", named] {
            assert!(refused.contains(words), "{room}: no “{words}” in {refused}");
        }
        assert_eq!(names(&disk.0), [disk.0.join("filler")], "{room}: nothing of it is left");
        disk.free();
    }
    server.command(&["backup", named]).expect("there is room");
    let (before, made) = (std::fs::read(copy.join("server.db")).expect("the copy"), names(&copy));
    // Another photo and another row since; and no room for them.
    server.command(&["user", "password", "canbo1"]).expect("a row");
    for room in [0, 20] {
        disk.fill_but(room);
        let refused = server.command(&["backup", named]).expect_err("no room");
        assert!(refused.contains("vẫn nguyên vẹn") && refused.contains("untouched"), "{room}: {refused}");
        assert_eq!(names(&copy), made, "{room}");
        disk.free();
    }
    assert!(std::fs::read(copy.join("server.db")).expect("the copy") == before, "as it was");
    server.command(&["backup", named]).expect("there is room again");
    assert!(std::fs::read(copy.join("server.db")).expect("the copy") != before, "and a newer one");
}
