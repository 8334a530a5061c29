//! A full disk, really full: the store lies on a small memory file system of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tests::device::Device;
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
        assert!(mounted.expect("mount").success(), "mounting a small file system failed");
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

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !root && std::env::var_os(INSIDE).is_none() {
        // Mounting needs root, or a namespace in which one is: the same test once more, in there.
        let own = std::env::current_exe().expect("this program");
        let status = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount"])
            .arg(own)
            .args(["--exact", "full_disk::a_full_disk_is_said_and_loses_nothing", "--nocapture"])
            .env(INSIDE, "1")
            .status()
            .expect("unshare (util-linux)");
        assert!(
            status.success(),
            "the test in its own namespace failed, or user namespaces are not allowed here (run as root)"
        );
        return;
    }

    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let disk = SmallDisk::mount(&folder.path().join("disk"), 64);
    let device = Device::in_folder("Máy đầy bộ nhớ", &disk.0.join("store"));
    device.enrol(&server.link("canbo1"));
    device.sync();
    let (inspection, template) = begin(&device, text(&free_mini_apartment(&device)["id"]));
    let checks = verdicts(&template);
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
    let late = checks.last().expect("a check");
    bridge.call(&answer(late));
    saved.push(late.clone());
    bridge.kill();
    let view = device.call(json!({ "command": "inspection_open", "id": inspection }));
    for item in &saved {
        assert_eq!(tests::story::item_of(&view, item)["statements"][0]["answer"]["value"], "pass", "{item}");
    }
    assert_eq!(view["summary"]["progress"]["answered"].as_u64(), Some(saved.len() as u64));
    let status = device.sync();
    assert_eq!(status["safe_to_wipe"], true, "{status}");
}
