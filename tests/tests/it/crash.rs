//! `kill -9` of the device and of the server, at the worst moments: what was said to be saved is there.

use std::sync::mpsc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::crash::{self, Options};
use tests::device::{Bridge, Device};
use tests::photo;
use tests::server::Server;
use tests::story::{begin, free_mini_apartment, item_of, text, verdicts};

/// An enrolled device with a begun inspection, and the codes of its checks.
fn begun(server: &Server, device: &Device) -> (String, Vec<String>) {
    device.enrol(&server.link("canbo1"));
    device.sync();
    let (inspection, template) = begin(device, text(&free_mini_apartment(device)["id"]));
    (inspection, verdicts(&template))
}

fn answer(inspection: &str, item: &str) -> Value {
    json!({
        "command": "answer", "inspection": inspection, "item": item,
        "answer": { "kind": "verdict", "value": "pass" }, "note": format!("ghi tại chỗ {item}"),
    })
}

fn add_photos(bridge: &Bridge, inspection: &str, items: &[String]) {
    for (number, item) in items.iter().enumerate() {
        let picture = photo::camera_jpeg(1200, 900, number as u64, 1, None);
        bridge.call(&json!({
            "command": "photo_add", "inspection": inspection, "item": item,
            "file_name": "anh.jpg", "data_base64": STANDARD.encode(picture),
        }));
    }
}

/// Waits until an exchange that runs by itself has got as far as a step, or has ended. Each look is a request: no clock.
fn until_step(bridge: &Bridge, step: &str) {
    loop {
        let status = bridge.call(&json!({ "command": "status" }));
        if status["exchange"]["running"] == false || status["exchange"]["step"] == step {
            return;
        }
    }
}

/// The engine is killed while answers stream in: each one that was answered for is there again, with its note.
#[test]
fn no_answer_that_was_shown_as_saved_is_lost_by_a_kill() {
    let server = Server::start();
    let device = Device::new("Máy hay hết pin");
    let (inspection, checks) = begun(&server, &device);

    let bridge = device.bridge();
    let (saved, seen) = mpsc::channel();
    let commands: Vec<_> = checks.iter().map(|item| (item.clone(), answer(&inspection, item))).collect();
    let sender = bridge.sender();
    let writer = std::thread::spawn(move || {
        for (item, command) in commands {
            // The kill breaks the request that is under way: that answer may be there or not.
            if sender.send(&command).is_none() {
                return;
            }
            if saved.send(item).is_err() {
                return;
            }
        }
    });
    let mut acknowledged: Vec<String> = seen.iter().take(25).collect();
    bridge.kill();
    writer.join().expect("the writer ends");
    acknowledged.extend(seen.try_iter());

    let view = device.call(json!({ "command": "inspection_open", "id": inspection }));
    for item in &acknowledged {
        let statement = &item_of(&view, item)["statements"][0];
        assert_eq!(statement["answer"]["value"], "pass", "{item}");
        assert_eq!(statement["note"], format!("ghi tại chỗ {item}"));
    }
    let answered = view["summary"]["progress"]["answered"].as_u64().expect("a count");
    let saved = acknowledged.len() as u64;
    assert!((saved..=saved + 1).contains(&answered), "{saved} were saved, {answered} are there");

    device.sync();
    let shown = server.console("duyet1").get(&format!("/api/v1/inspections/{inspection}"));
    assert_eq!(shown["summary"]["progress"]["answered"].as_u64(), Some(answered), "the server has them all, each once");
}

/// The device is killed in the middle of an exchange; the next one goes on where it broke off.
#[test]
fn an_exchange_broken_off_by_a_kill_of_the_device_goes_on() {
    let server = Server::start();
    let device = Device::new("Máy rơi xuống nước");
    let (inspection, checks) = begun(&server, &device);
    let bridge = device.bridge();
    for item in &checks[..12] {
        bridge.call(&answer(&inspection, item));
    }
    add_photos(&bridge, &inspection, &checks[..6]);
    bridge.call(&json!({ "command": "exchange" }));
    until_step(&bridge, "photos");
    bridge.kill();

    let status = device.sync();
    all_arrived(&server, &status, &inspection, 12, 6);
}

/// The server is killed in the middle of an exchange and started again; the same exchange goes on.
#[test]
fn an_exchange_broken_off_by_a_kill_of_the_server_goes_on() {
    let mut server = Server::start();
    let device = Device::new("Máy ở vùng sóng yếu");
    let (inspection, checks) = begun(&server, &device);
    let bridge = device.bridge();
    for item in &checks[..12] {
        bridge.call(&answer(&inspection, item));
    }
    add_photos(&bridge, &inspection, &checks[..6]);
    bridge.call(&json!({ "command": "exchange" }));
    until_step(&bridge, "photos");
    server.kill();
    // The exchange ends with a problem, or it was through already: both are honest.
    let status = match bridge.try_call(&json!({ "command": "exchange_wait" })) {
        Ok(status) => status,
        Err(refused) => {
            assert!(["server_unreachable", "unavailable"].contains(&refused.code()), "{refused:?}");
            bridge.call(&json!({ "command": "status" }))
        }
    };
    let view = bridge.call(&json!({ "command": "inspection_open", "id": inspection }));
    assert_eq!(view["summary"]["progress"]["answered"], 12, "{status}");
    bridge.kill();
    server.up();

    let status = device.sync();
    all_arrived(&server, &status, &inspection, 12, 6);
}

/// What the server acknowledged is on its disk: it is killed the moment the device says that all is sent.
#[test]
fn what_the_server_acknowledged_survives_its_kill() {
    let mut server = Server::start();
    let device = Device::new("Máy thường");
    let (inspection, checks) = begun(&server, &device);
    let bridge = device.bridge();
    for item in &checks[..5] {
        bridge.call(&answer(&inspection, item));
    }
    add_photos(&bridge, &inspection, &checks[..2]);
    bridge.kill();
    let status = device.sync();
    server.kill();
    server.up();
    all_arrived(&server, &status, &inspection, 5, 2);
    assert!(server.command(&["verify-audit"]).is_ok());
}

fn all_arrived(server: &Server, status: &Value, inspection: &str, answers: u64, photos: u64) {
    assert_eq!(status["unsent"]["records"], 0, "{status}");
    assert_eq!(status["unsent"]["photos"], 0, "{status}");
    assert_eq!(status["unsent"]["quarantined"], 0, "{status}");
    assert_eq!(status["safe_to_wipe"], true, "{status}");
    let console = server.console("duyet1");
    let shown = console.get(&format!("/api/v1/inspections/{inspection}"));
    assert_eq!(shown["summary"]["progress"]["answered"].as_u64(), Some(answers));
    assert_eq!(shown["summary"]["progress"]["photos"].as_u64(), Some(photos));
    assert_eq!(shown["summary"]["progress"]["clashes"], 0);
    for photo in
        shown["items"].as_array().expect("items").iter().flat_map(|item| item["photos"].as_array().expect("photos"))
    {
        let hash = text(&photo["hash"]);
        let bytes = console.bytes(&format!("/api/v1/photos/{hash}?size=full"));
        assert_eq!(hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes)), hash);
    }
}

/// A few of the kills that `make crash` does by the thousand: at random instants, everything compared after each.
#[test]
fn nothing_is_lost_or_invented_by_kills_at_random_instants() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (kills, seed) = (number("KILLS").unwrap_or(40), number("SEED").unwrap_or(1));
    let options = Options { kills, seed, keep: tests::workspace().join("target/crash") };
    match crash::run(&options, &mut |words| println!("{words}")) {
        Ok(summary) => {
            println!("{summary}");
            assert_eq!(summary.engine + summary.opening + summary.server + summary.both, kills);
            assert!(summary.saved > 0 && summary.envelopes > 0, "nobody worked: {summary}");
        }
        Err(what) => panic!("{what}"),
    }
}
