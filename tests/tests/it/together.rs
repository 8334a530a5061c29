//! Two real devices at one visit with no server between them: both begin, one finishes, the other's answers come after the
//! seal, and nothing of it is lost or unsaid.

use ancu_shared::template::Template;
use serde_json::{Value, json};
use tests::device::Device;
use tests::server::Server;
use tests::story::{fill, item_of, text};

fn open(device: &Device, inspection: &str) -> Value {
    device.call(json!({ "command": "inspection_open", "id": inspection }))
}

#[test]
fn two_devices_begin_apart_and_one_finishes_first() {
    let mut server = Server::start();
    let (first, second) = (Device::new("Máy của cán bộ 1"), Device::new("Máy của cán bộ 2"));
    for (device, username) in [(&first, "canbo1"), (&second, "canbo2")] {
        device.enrol(&server.link(username));
        device.sync();
    }
    let listed = first.call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 100 }));
    let free = |it: &&Value| it["class"] == "mini_apartment" && it["open_inspection"].is_null();
    let facility =
        listed["items"].as_array().expect("a list").iter().find(free).expect("a mini-apartment")["id"].clone();
    server.kill();
    let begin = |device: &Device| device.call(json!({ "command": "inspection_start", "facility": facility }));
    let (one, two) = (begin(&first), begin(&second));
    let inspection = text(&one["summary"]["id"]).to_owned();
    assert_eq!(two["summary"]["id"], one["summary"]["id"], "one visit");
    let reference = &one["summary"]["template"];
    let template =
        first.call(json!({ "command": "template", "code": reference["code"], "version": reference["version"] }));
    let template: Template = serde_json::from_value(template).expect("a template");
    let item =
        template.items().find(|item| item.code == "ESC-01").or_else(|| template.items().next()).expect("an item");
    let note = "ghi tại tầng hầm, trước khi nghe tin";
    second.call(json!({
        "command": "answer", "inspection": inspection, "item": item.code,
        "answer": tests::story::good_answer(item), "note": note,
    }));
    let check = second.call(json!({ "command": "finish_check", "id": inspection }));
    assert_eq!(check["apart"], true, "nobody else can be known: {check}");
    let bridge = first.bridge();
    fill(&bridge, &template, &inspection);
    bridge.call(&json!({ "command": "inspection_finish", "id": inspection }));
    bridge.kill();

    server.up();
    first.sync();
    let status = second.sync();
    assert_eq!((&status["unsent"]["quarantined"], &status["unsent"]["records"]), (&json!(0), &json!(0)), "{status}");
    let today = second.call(json!({ "command": "today" }));
    assert_eq!(second.verb(&["status"])["late"], 1, "a line of the status");
    let late = &today["late"][0];
    assert_eq!((&late["inspection"]["id"], &late["answers"]), (&json!(inspection), &json!(1)), "{today}");
    assert_eq!(late["sealed_by"], server.account("canbo1").name.as_str());
    // The reviewer is told before the officer has signed anything.
    let console = server.console("duyet1");
    let path = format!("/api/v1/inspections/{inspection}");
    let told = console.get(&path);
    assert_eq!(told["late"][0]["by"]["person_name"], server.account("canbo2").name.as_str(), "{}", told["late"]);
    assert_eq!(told["late"][0]["items"][0]["note"], note);
    assert_ne!(item_of(&told, &item.code)["statements"][0]["note"], note, "what was sealed is shown");
    assert_eq!(console.get("/api/v1/quarantine")["items"][0]["carried_by"], told["late"][0]["supplement"]);
    // It was said before the officer knew what is signed there: the officer chooses first.
    let sign = json!({ "command": "inspection_finish", "id": inspection });
    assert_eq!(second.try_call(&sign).expect_err("two answers").code(), "record_incomplete");
    let clash = second.call(json!({ "command": "clashes" }))[0].clone();
    let own = clash["values"].as_array().and_then(|sides| sides.iter().find(|side| side["note"] == note));
    let own = own.unwrap_or_else(|| panic!("{clash}"))["operation"].clone();
    let settle =
        json!({ "command": "clash_settle", "document": clash["document"], "key": clash["key"], "operation": own });
    assert_eq!(second.call(settle), json!([]));
    // The officer signs and sends it: it stands in the record, on every device.
    let signed = second.call(sign);
    assert_eq!(signed["late"], json!([]));
    second.sync();
    first.sync();
    for view in [open(&first, &inspection), open(&second, &inspection), console.get(&path)] {
        assert_eq!(item_of(&view, &item.code)["statements"][0]["note"], note, "{}", view["summary"]);
        assert_eq!(view["late"], json!([]));
    }
    corrected_after_approval(&mut server, &first, &inspection, &item.code);
    let status = server.stop();
    assert!(status.success(), "the server stops in peace: {status}");
}

/// The record is approved; then the officer who finished it corrects an answer, with no network and nobody asking.
fn corrected_after_approval(server: &mut Server, officer: &Device, inspection: &str, item: &str) {
    let console = server.console("duyet1");
    let path = format!("/api/v1/inspections/{inspection}");
    let on = console.get(&path)["newest_sealed"].clone();
    let approve = json!({ "decision": "approved", "on": on, "words": "", "comments": [] });
    console.post(&format!("{path}/decision"), &approve);
    officer.sync();
    server.kill();
    let begun = officer.verb(&["supplement", inspection]);
    assert_eq!((&begun["supplementing"], &begun["summary"]["state"]), (&json!("own"), &json!("approved")), "{begun}");
    let refused = officer.try_call(&json!({ "command": "inspection_finish", "id": inspection }));
    assert_eq!(refused.expect_err("it says nothing").code(), "record_incomplete");
    let note = "đính chính sau khi được duyệt";
    let stands = item_of(&begun, item)["statements"][0]["answer"].clone();
    officer
        .call(json!({ "command": "answer", "inspection": inspection, "item": item, "answer": stands, "note": note }));
    officer.verb(&["finish", inspection]);
    server.up();
    officer.sync();
    let console = server.console("duyet1");
    let told = console.get(&path);
    assert_eq!(item_of(&told, item)["statements"][0]["note"], note);
    let queue = console.get("/api/v1/inspections?state=supplemented");
    let row = queue["items"].as_array().expect("rows").iter().find(|row| row["id"] == inspection);
    let before = row.map(|row| row["approved_before"].clone());
    assert!(before.as_ref().is_some_and(Value::is_i64), "it is in the queue again, which says since when: {queue}");
}
