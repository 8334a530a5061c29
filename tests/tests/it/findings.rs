//! A finding followed to its end by the command line, and what the console says of it.

use serde_json::{Value, json};
use tests::device::Device;
use tests::photo;
use tests::server::Server;
use tests::story::{begin, fill, free_mini_apartment, text, verdicts};

/// What a list says of one inspection: the demonstration's premises have findings of earlier ones.
fn of<'v>(list: &'v Value, inspection: &str) -> Vec<(&'v str, &'v str)> {
    let findings = list.as_array().expect("a list").iter().filter(|it| it["inspection"] == inspection);
    findings.map(|it| (text(&it["item"]), text(&it["state"]))).collect()
}

#[test]
fn a_finding_is_promised_remedied_and_seen_by_verbs_of_the_command_line() {
    let mut server = Server::start();
    let device = Device::new("Máy của cán bộ 1");
    device.enrol(&server.link("canbo1"));
    device.sync();
    let facility = text(&free_mini_apartment(&device)["id"]).to_owned();
    let (inspection, template) = begin(&device, &facility);
    let item = verdicts(&template).into_iter().next().expect("a check");
    device.verb(&["answer", &inspection, &item, "fail"]);
    let bridge = device.bridge();
    fill(&bridge, &template, &inspection);
    bridge.kill();
    device.verb(&["finish", &inspection]);
    let listed = device.verb(&["findings", &facility]);
    assert_eq!(of(&listed, &inspection), [(item.as_str(), "open")], "{listed}");

    server.kill();
    let promised =
        device.verb(&["follow", "commit", &inspection, &item, "--name", "Bà Hòa", "--words", "Xong trong tuần"]);
    assert_eq!(promised["summary"]["state"], "commitment_signed");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sau.jpg");
    std::fs::write(&file, photo::camera_jpeg(800, 600, 77, 1, None)).expect("a photo");
    let file = file.to_str().expect("a path");
    let said = device.verb(&["follow", "remedy", &inspection, &item, "--photo", file, "--name", "Bà Hòa"]);
    assert_eq!(
        (&said["summary"]["state"], said["events"][1]["photos"].as_array().map(Vec::len)),
        (&json!("reported_done"), Some(1))
    );
    let refused =
        device.verb(&["follow", "reject", &inspection, &item, "--seen", "by_photo", "--words", "Ảnh không rõ"]);
    assert_eq!(refused["summary"]["state"], "open");
    device.verb(&["follow", "remedy", &inspection, &item, "--photo", file]);
    let done = device.verb(&["follow", "verify", &inspection, &item, "--seen", "on_site"]);
    assert_eq!((&done["summary"]["state"], &done["allowed"]), (&json!("verified_done"), &json!([])));
    let plan = device.verb(&["reinspect", &facility]);
    let days: Vec<&Value> = plan["proposals"].as_array().expect("days").iter().map(|it| &it["working_days"]).collect();
    assert_eq!(days, [5, 10, 20]);

    server.up();
    let status = device.sync();
    assert_eq!((&status["unsent"]["records"], &status["unsent"]["quarantined"]), (&json!(0), &json!(0)), "{status}");
    let console = server.console("duyet1");
    let view = console.get(&format!("/api/v1/inspections/{inspection}/findings/{item}"));
    let steps: Vec<&str> = view["events"].as_array().expect("steps").iter().map(|it| text(&it["step"])).collect();
    assert_eq!(steps, ["committed", "reported", "rejected", "reported", "verified"]);
    assert_eq!(view["events"][1]["photos"][0]["verified"], true, "the evidence arrived");
    assert_eq!(view["events"][0]["by"]["device_name"], "Máy của cán bộ 1");
    let closed = console.get(&format!("/api/v1/findings?state=closed&facility={facility}"));
    assert_eq!(of(&closed["items"], &inspection), [(item.as_str(), "verified_done")], "{closed}");
    assert!(server.stop().success());
}
