//! The main job from the first enrolment to the approval, as one story that proves every step it tells.
//!
//! Two officers and a server process, real TLS, real photos. The integration test runs it silently, `make demo` aloud: there is
//! one story. A step that does not hold panics with what was found instead.

use std::collections::BTreeSet;

use ancu_shared::template::{Comparison, Input, Item, PhotoRule, Template};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::console::Console;
use crate::device::{Bridge, Device};
use crate::photo;
use crate::server::Server;

/// The story's people, machines and the record they share.
pub struct Story<'a> {
    tell: &'a mut dyn FnMut(&str),
    /// The server process.
    pub server: Server,
    /// The first officer's phone.
    pub first: Device,
    /// The second officer's phone.
    pub second: Device,
    /// The premises.
    pub facility: String,
    /// The inspection both work on.
    pub inspection: String,
    template: Template,
}

impl std::fmt::Debug for Story<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Story")
            .field("server", &self.server)
            .field("inspection", &self.inspection)
            .finish_non_exhaustive()
    }
}

/// Tells and proves the whole of it.
pub fn main_job(tell: &mut dyn FnMut(&str)) {
    let mut story = Story::begin(tell);
    story.work_apart();
    let clash = story.meet();
    story.settle(&clash);
    story.finish();
    let asked = story.reviewer_returns();
    story.supplement(&asked);
    story.reviewer_approves();
    story.proofs();
}

impl<'a> Story<'a> {
    /// A server with a ward in it, two enrolled phones, and an inspection that both know.
    pub fn begin(tell: &'a mut dyn FnMut(&str)) -> Self {
        tell(
            "A server starts with a new store: its own certificate authority, Hà Nội's units, one ward with its premises.",
        );
        let server = Server::start();
        let (first, second) = (Device::new("Máy của cán bộ 1"), Device::new("Máy của cán bộ 2"));
        for (device, username) in [(&first, "canbo1"), (&second, "canbo2")] {
            let status = device.enrol(&server.link(username));
            assert_eq!(status["phase"], "ready", "{status}");
            device.sync();
        }
        let listed = first.call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 100 }));
        assert_eq!(listed["total"], 60, "the ward's premises are on the phone");
        tell(&format!(
            "Two officers enrol with one-time links: {} premises and the checklist are now on each phone, encrypted.",
            listed["total"]
        ));

        let facility = free_mini_apartment(&first);
        let name = text(&facility["name"]).to_owned();
        let facility = text(&facility["id"]).to_owned();
        let (inspection, template) = begin(&first, &facility);
        assert_eq!(template.items().filter(|item| !item.survey).count(), 98);
        assert_eq!(template.items().filter(|item| item.survey).count(), 29);
        // Neither has heard of the other: the visit is the same, and so is the record.
        let begun_too = second.call(json!({ "command": "inspection_start", "facility": facility }));
        assert_eq!(begun_too["summary"]["id"], inspection.as_str(), "one visit is one record");
        for device in [&first, &second, &first] {
            device.sync();
        }
        for device in [&first, &second] {
            let seen = device.call(json!({ "command": "inspection_open", "id": inspection }));
            assert_eq!(seen["summary"]["officers"].as_array().map(Vec::len), Some(2), "{}", seen["summary"]);
            assert_eq!(device.call(json!({ "command": "clashes" })), json!([]));
        }
        tell(&format!(
            "Both begin an inspection of “{name}” (98 checks, 29 survey items), neither knowing of the other: it is one record."
        ));
        Self { tell, server, first, second, facility, inspection, template }
    }

    fn say(&mut self, words: &str) {
        (self.tell)(words);
    }

    fn items(&self, from: usize, count: usize) -> Vec<Item> {
        self.template
            .items()
            .filter(|item| !item.survey && item.input == Input::Verdict)
            .skip(from)
            .take(count)
            .cloned()
            .collect()
    }

    fn contested(&self) -> Item {
        self.items(6, 1).remove(0)
    }

    fn open(&self, device: &Device) -> Value {
        device.call(json!({ "command": "inspection_open", "id": self.inspection }))
    }

    /// No signal: the first answers three checks and takes a photo, the second three others, and both answer a seventh.
    pub fn work_apart(&mut self) {
        self.server.kill();
        self.say("The server is gone (kill -9), as the signal is in a basement. Both officers go on working.");
        for (device, from, verdict) in [(&self.first, 0, "pass"), (&self.second, 3, "fail")] {
            for item in self.items(from, 3) {
                let answered = device.call(json!({
                    "command": "answer", "inspection": self.inspection, "item": item.code,
                    "answer": { "kind": "verdict", "value": "pass" }, "note": format!("kiểm tra tại chỗ {}", item.code),
                }));
                assert_eq!(answered["item"]["statements"][0]["answer"]["value"], "pass");
            }
            let contested = self.contested();
            device.call(json!({
                "command": "answer", "inspection": self.inspection, "item": contested.code,
                "answer": { "kind": "verdict", "value": verdict }, "note": "",
            }));
        }
        let picture = photo::camera_jpeg(3000, 2000, 7, 6, Some(photo::PLACE));
        let item = self.items(0, 1).remove(0);
        let with_photo = self.first.add_photo(&self.inspection, &item.code, &picture);
        let taken = &with_photo["photos"][0];
        assert_eq!(
            (taken["width"].as_u64(), taken["height"].as_u64()),
            (Some(1365), Some(2048)),
            "turned and reduced: {taken}"
        );
        let latitude = taken["place"]["latitude"].as_f64().expect("the camera's place");
        assert!((latitude - photo::PLACE.0).abs() < 1e-4, "{latitude}");

        let refused = self.first.run(crate::device::PIN, &["sync"]).expect_err("there is no server");
        assert_eq!(refused.code(), "server_unreachable", "{refused:?}");
        let status = self.first.call(json!({ "command": "status" }));
        assert!(status["unsent"]["records"].as_u64() >= Some(1), "{status}");
        assert_eq!(status["unsent"]["photos"], 1, "{status}");
        assert_eq!(status["safe_to_wipe"], false, "{status}");
        self.say(
            "Apart, one answers three checks and takes a photo (turned, reduced, stamped, hashed), the other three more; \
             both answer a seventh, differently. The phone says what is unsent, and that it is not safe to wipe.",
        );
    }

    /// The server is back: both exchange. Everything stands on both phones; the seventh answer is a clash with both authors.
    /// Returns the clash as the first phone shows it.
    pub fn meet(&mut self) -> Value {
        self.server.up();
        for device in [&self.first, &self.second, &self.first] {
            let status = device.sync();
            assert_eq!(status["unsent"]["records"], 0, "{status}");
        }
        let status = self.first.call(json!({ "command": "status" }));
        assert_eq!(status["unsent"]["photos"], 0, "{status}");
        assert_eq!(status["safe_to_wipe"], true, "{status}");
        let contested = self.contested();
        for device in [&self.first, &self.second] {
            let view = self.open(device);
            for item in self.items(0, 6) {
                let shown = item_of(&view, &item.code);
                assert_eq!(shown["statements"].as_array().map(Vec::len), Some(1), "{shown}");
                assert_eq!(shown["statements"][0]["answer"]["value"], "pass", "{shown}");
            }
            let statements = &item_of(&view, &contested.code)["statements"];
            let authors: BTreeSet<&str> =
                statements.as_array().into_iter().flatten().map(|one| text(&one["by"]["person_name"])).collect();
            let expected: BTreeSet<&str> =
                ["canbo1", "canbo2"].into_iter().map(|name| self.server.account(name).name.as_str()).collect();
            assert_eq!(authors, expected, "both authors are shown");
        }
        let clashes = self.first.call(json!({ "command": "clashes" }));
        let clashes = clashes.as_array().expect("a list").clone();
        assert_eq!(clashes.len(), 1, "{clashes:?}");
        assert_eq!(clashes[0]["key"], format!("i/{}", contested.code));
        self.say(
            "The server is back. Both phones exchange: all six answers stand on both, the photo is verified at the server, \
             and the seventh is shown twice, with author, device and time.",
        );
        clashes[0].clone()
    }

    /// One tap on the second officer's answer; the choice is itself a change that travels.
    pub fn settle(&mut self, clash: &Value) {
        let second = self.server.account("canbo2").name.clone();
        let values = clash["values"].as_array().expect("two values");
        let chosen =
            values.iter().find(|value| value["by"]["person_name"] == second.as_str()).expect("the second's value");
        self.first.call(json!({
            "command": "clash_settle", "document": clash["document"], "key": clash["key"], "operation": chosen["operation"],
        }));
        self.first.sync();
        self.second.sync();
        let contested = self.contested();
        for device in [&self.first, &self.second] {
            assert_eq!(device.call(json!({ "command": "clashes" })), json!([]));
            let view = self.open(device);
            let statements = &item_of(&view, &contested.code)["statements"];
            assert_eq!(statements.as_array().map(Vec::len), Some(1), "{statements}");
            assert_eq!(statements[0]["answer"]["value"], "fail");
        }
        self.say("One tap settles it; after the next exchange both phones show the one answer.");
    }

    /// The first answers what is missing, item by item as the phone lists it, finishes and seals.
    pub fn finish(&mut self) {
        let bridge = self.first.bridge();
        let early = bridge.try_call(&json!({ "command": "inspection_finish", "id": self.inspection }));
        let early = early.expect_err("an inspection with gaps cannot be finished");
        assert_eq!(early.code(), "record_incomplete");
        let missing = bridge.call(&json!({ "command": "inspection_missing", "id": self.inspection }));
        let count = missing.as_array().map_or(0, Vec::len);
        self.say(&format!(
            "Finishing too early is refused: the phone lists the {count} gaps, each with where to jump to."
        ));
        fill(&bridge, &self.template, &self.inspection);
        let sealed = bridge.call(&json!({ "command": "inspection_finish", "id": self.inspection }));
        assert_eq!(sealed["summary"]["state"], "completed", "{}", sealed["summary"]);
        assert_eq!(sealed["seals"][0]["valid"], true, "{}", sealed["seals"]);
        bridge.kill();
        let status = self.first.sync();
        assert_eq!(status["unsent"]["records"], 0, "{status}");
        self.say("All gaps filled, the record is finished: signed over its heads, sealed, sent.");
    }

    fn reviewer(&self) -> Console {
        self.server.console("duyet1")
    }

    /// The reviewer finds it in the queue, sees photos and authors, and returns it with words at one question. Returns that item.
    pub fn reviewer_returns(&mut self) -> String {
        let console = self.reviewer();
        let queue = console.get("/api/v1/inspections?state=completed,supplemented&order=danger");
        let queued = queue["items"].as_array().into_iter().flatten().any(|one| one["id"] == self.inspection.as_str());
        assert!(queued, "{queue}");
        let view = console.get(&format!("/api/v1/inspections/{}", self.inspection));
        let item = self.items(0, 1).remove(0);
        let shown = item_of(&view, &item.code);
        assert_eq!(shown["statements"][0]["by"]["person_name"], self.server.account("canbo1").name.as_str());
        let hash = text(&shown["photos"][0]["hash"]);
        let picture = console.bytes(&format!("/api/v1/photos/{hash}?size=full"));
        assert_eq!(
            hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&picture)),
            hash,
            "the photo is the one that was hashed"
        );
        let returned = console.post(
            &format!("/api/v1/inspections/{}/decision", self.inspection),
            &json!({
                "decision": "returned", "on": view["newest_sealed"], "words": "Cần bổ sung một nội dung.",
                "comments": [{ "item": item.code, "words": "Chụp thêm cửa ra mái và ghi rõ chiều rộng." }],
            }),
        );
        assert_eq!(returned["summary"]["state"], "returned", "{}", returned["summary"]);
        self.say("The reviewer opens the queue in the console, sees every value with its author, and returns the record with words at one question.");
        item.code
    }

    /// The officer sees the words at that question, supplements and sends again.
    pub fn supplement(&mut self, item: &str) {
        self.first.sync();
        let today = self.first.call(json!({ "command": "today" }));
        let returned =
            today["returned"].as_array().into_iter().flatten().any(|one| one["id"] == self.inspection.as_str());
        assert!(returned, "{today}");
        let view = self.open(&self.first);
        let comments = &item_of(&view, item)["comments"];
        assert_eq!(comments[0]["words"], "Chụp thêm cửa ra mái và ghi rõ chiều rộng.", "{comments}");
        self.first.call(json!({
            "command": "answer", "inspection": self.inspection, "item": item,
            "answer": { "kind": "verdict", "value": "pass" }, "note": "Cửa ra mái rộng 0,9 m, mở ra ngoài; đã chụp.",
        }));
        let picture = photo::camera_jpeg(1600, 1200, 11, 1, Some(photo::PLACE));
        self.first.add_photo(&self.inspection, item, &picture);
        let sealed = self.first.call(json!({ "command": "inspection_finish", "id": self.inspection }));
        assert_eq!(sealed["summary"]["state"], "supplemented", "{}", sealed["summary"]);
        let status = self.first.sync();
        assert_eq!(status["unsent"]["records"], 0, "{status}");
        assert_eq!(status["unsent"]["quarantined"], 0, "{status}");
        self.say("The officer's phone shows the words at that question. A supplement answers them; the sealed record itself stays as it was.");
    }

    /// The reviewer approves; both officers' phones say so.
    pub fn reviewer_approves(&mut self) {
        let console = self.reviewer();
        let view = console.get(&format!("/api/v1/inspections/{}", self.inspection));
        assert_eq!(view["summary"]["state"], "supplemented", "{}", view["summary"]);
        let approved = console.post(
            &format!("/api/v1/inspections/{}/decision", self.inspection),
            &json!({ "decision": "approved", "on": view["newest_sealed"], "words": "Đủ.", "comments": [] }),
        );
        assert_eq!(approved["summary"]["state"], "approved", "{}", approved["summary"]);
        for device in [&self.first, &self.second] {
            device.sync();
            assert_eq!(self.open(device)["summary"]["state"], "approved");
        }
        self.say("The reviewer approves. After the next exchange both phones show the approved record.");
    }

    /// What must hold in the end: nothing refused, the chain of audit rows unbroken, the store sound.
    pub fn proofs(&mut self) {
        let quarantine = self.reviewer().get("/api/v1/quarantine");
        assert_eq!(quarantine["total"], 0, "{quarantine}");
        let audit = self.server.command(&["verify-audit"]);
        assert!(audit.is_ok(), "{audit:?}");
        let status = self.server.stop();
        assert!(status.success(), "the server stops in peace: {status}");
        let log = self.server.log();
        assert!(!log.contains("panicked"), "{log}");
        self.say("Nothing was quarantined, the audit chain is unbroken, and the server stops in peace.");
    }
}

/// Answers everything that the engine says is missing, until nothing is.
pub fn fill(bridge: &Bridge, template: &Template, inspection: &str) {
    for round in 0..4_u64 {
        let missing = bridge.call(&json!({ "command": "inspection_missing", "id": inspection }));
        let missing = missing.as_array().expect("a list").clone();
        if missing.is_empty() {
            return;
        }
        for gap in &missing {
            let code = gap["item"].as_str().unwrap_or_else(|| panic!("a gap of the whole record: {gap}"));
            let item = template.item(code).expect("an item of the template");
            match text(&gap["reason"]) {
                "answer" | "accuracy" => {
                    bridge.call(&json!({
                        "command": "answer", "inspection": inspection, "item": code,
                        "answer": good_answer(item), "note": "",
                    }));
                }
                "photo" => {
                    let picture = photo::camera_jpeg(800, 600, round * 1000 + code.len() as u64, 1, None);
                    bridge.call(&json!({
                        "command": "photo_add", "inspection": inspection, "item": code,
                        "file_name": format!("{code}.jpg"), "data_base64": STANDARD.encode(picture),
                    }));
                }
                "finding" => {
                    bridge.call(&json!({
                        "command": "finding", "inspection": inspection, "item": code,
                        "severity": "major", "remedy": "Khắc phục theo hướng dẫn.", "deadline": "2027-01-31",
                    }));
                }
                other => panic!("what to do about {other}: {gap}"),
            }
        }
    }
    let left = bridge.call(&json!({ "command": "inspection_missing", "id": inspection }));
    assert_eq!(left, json!([]), "gaps that an answer does not fill");
}

/// An answer to the item that is acceptable and no fault.
pub fn good_answer(item: &Item) -> Value {
    match &item.input {
        Input::Verdict => {
            json!({ "kind": "verdict", "value": if item.photo == PhotoRule::Always { "not_applicable" } else { "pass" } })
        }
        Input::Number { min, max, whole, threshold, .. } => {
            let good = threshold.as_ref().map(|limit| limit.value);
            let floor = min.unwrap_or(0.0);
            let mut number = good.unwrap_or(floor + 1.0).max(floor).min(max.unwrap_or(f64::MAX));
            if *whole {
                let at_most = threshold.as_ref().is_some_and(|limit| limit.comparison == Comparison::AtMost);
                number = if at_most { number.floor() } else { number.ceil() };
            }
            json!({ "kind": "number", "value": number })
        }
        Input::Choice { options, failing } => {
            let good =
                options.iter().find(|option| !failing.contains(&option.code)).expect("an option that is no fault");
            json!({ "kind": "choice", "value": good.code })
        }
        Input::Choices { options } => json!({ "kind": "choices", "value": [options[0].code] }),
        Input::Rank { options } => {
            json!({ "kind": "choices", "value": options.iter().map(|it| &it.code).collect::<Vec<_>>() })
        }
        Input::Time => json!({ "kind": "time", "value": "08:30" }),
        Input::Moment => json!({ "kind": "moment", "value": 1_790_000_000_000_i64 }),
        Input::Trace => json!({ "kind": "trace", "value": [[21.0, 105.8, null], [21.001, 105.8, null]] }),
        Input::Shape => {
            json!({ "kind": "shape", "value": [[21.0, 105.8, null], [21.001, 105.8, null], [21.001, 105.801, null]] })
        }
        Input::Photo | Input::Note | Input::Calculated => Value::Null,
        Input::Text => json!({ "kind": "text", "value": "Đã kiểm tra." }),
        Input::Date => json!({ "kind": "date", "value": "2026-10-01" }),
        Input::Geo { max_accuracy_m } => json!({ "kind": "geo", "value": {
            "latitude": photo::PLACE.0, "longitude": photo::PLACE.1, "accuracy_m": max_accuracy_m / 2.0, "source": "device",
        } }),
    }
}

/// One item of an inspection's view.
pub fn item_of<'v>(view: &'v Value, code: &str) -> &'v Value {
    let items = view["items"].as_array().expect("items");
    items.iter().find(|item| item["code"] == code).unwrap_or_else(|| panic!("{code} is not shown"))
}

/// A mini-apartment of the ward that nobody is inspecting, as in the device's list.
pub fn free_mini_apartment(device: &Device) -> Value {
    let listed = device.call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 100 }));
    let free = |it: &&Value| it["class"] == "mini_apartment" && it["open_inspection"].is_null();
    listed["items"].as_array().expect("a list").iter().find(free).expect("a mini-apartment").clone()
}

/// Begins an inspection: its id and the template that it is made with.
pub fn begin(device: &Device, facility: &str) -> (String, Template) {
    let started = device.call(json!({ "command": "inspection_start", "facility": facility }));
    let reference = &started["summary"]["template"];
    let template =
        device.call(json!({ "command": "template", "code": reference["code"], "version": reference["version"] }));
    (text(&started["summary"]["id"]).to_owned(), serde_json::from_value(template).expect("a template"))
}

/// The codes of a template's questions that are answered by a verdict.
pub fn verdicts(template: &Template) -> Vec<String> {
    let verdict = |item: &&Item| item.input == Input::Verdict;
    template.items().filter(verdict).map(|item| item.code.clone()).collect()
}

/// A JSON text.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text was expected, not {value}"))
}
