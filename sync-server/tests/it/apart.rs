//! Supplements that were signed apart: what their authors did not know of each other clashes, is told of, and keeps the
//! record from being approved until somebody who knew both has signed.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::{Known, Verdict};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{HOUR, Record, START, TestDevice, TestServer, code_of, problem, ward};

/// Both checks pass, sealed.
async fn sealed(device: &TestDevice) -> (Record, Record) {
    let (facility, first) = Record::facility(device, ward(), "Nhà trọ Hoa Sen");
    let (mut record, begun) = Record::inspection(device, ward(), facility.id);
    let rest = [record.answer("A-1", Verdict::Pass), record.answer("A-2", Verdict::Pass), record.seal()];
    device.admitted(&[&[first, begun], &rest[..]].concat()).await;
    (facility, record)
}

/// A supplement that answers A-2, signed at an hour by somebody who knew these parts besides the original.
fn supplement(
    device: &TestDevice,
    (facility, of): (&Record, &Record),
    (hour, verdict): (i64, Verdict),
    parts: &[DocumentId],
) -> (Record, Vec<Vec<u8>>) {
    let (mut record, begun) = Record::supplement(device, of, facility.id, UtcMillis(START + hour * HOUR));
    let known = Known::of(parts.iter().copied().chain([of.id]), []);
    let envelopes = vec![begun, record.answer("A-2", verdict), record.seal_knowing(Some(known))];
    (record, envelopes)
}

fn decision(view: &Value, decision: &str) -> Value {
    let (on, seen) = (&view["newest_sealed"], &view["sealed_parts"]);
    json!({ "decision": decision, "on": on, "seen": seen, "words": "Xem lại", "comments": [] })
}

#[tokio::test]
async fn nobody_approves_what_signed_parts_clash_on() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, record) = sealed(&one).await;
    let cookie = server.login("duyet1").await;
    let path = format!("/api/v1/inspections/{}", record.id);
    let decide = format!("{path}/decision");
    let (failed, envelopes) = supplement(&one, (&facility, &record), (2, Verdict::Fail), &[]);
    one.admitted(&envelopes).await;
    let alone = server.get(&cookie, &path).await;
    assert_eq!((&alone["summary"]["apart"], &alone["summary"]["progress"]["failed"]), (&json!(0), &json!(1)));
    let (passed, envelopes) = supplement(&two, (&facility, &record), (3, Verdict::Pass), &[]);
    two.admitted(&envelopes).await;

    let view = server.get(&cookie, &path).await;
    let said = |view: &Value| -> Vec<Value> {
        let statements = view["items"][1]["statements"].as_array().expect("statements").iter();
        statements.map(|it| it["answer"]["value"].clone()).collect()
    };
    assert_eq!(said(&view), [json!("fail"), json!("pass")], "the worst first, whoever was last");
    assert_eq!((&view["apart"][0]["key"], &view["apart"][0]["settlement"]), (&json!("i/A-2"), &json!("open")));
    let queue = server.get(&cookie, "/api/v1/inspections?state=completed&order=danger").await;
    assert_eq!((&queue["items"][0]["apart"], &queue["items"][0]["progress"]["failed"]), (&json!(1), &json!(1)));
    let clashes = server.get(&cookie, "/api/v1/clashes").await;
    assert_eq!((&clashes["total"], &clashes["items"][0]["document"]), (&json!(1), &json!(record.id)));
    assert_eq!(clashes["items"][0]["title"], "Nhà trọ Hoa Sen");

    let refused = server.call(&cookie, Method::POST, &decide, Some(decision(&view, "approved"))).await;
    assert_eq!(refused.status(), 409);
    let refused = problem(refused).await;
    assert_eq!(
        (refused.known_code(), refused.details),
        (ErrorCode::ClashUnsettled, Some(json!({ "clashes": ["i/A-2"] })))
    );
    // Who read the record before the second supplement came is told that it moved, wherever that one stands.
    let stale = server.call(&cookie, Method::POST, &decide, Some(decision(&alone, "returned"))).await;
    assert_eq!(code_of(stale).await, ErrorCode::Conflict);
    let returned = server.call(&cookie, Method::POST, &decide, Some(decision(&view, "returned"))).await;
    assert_eq!(returned.status(), 200);

    let known = [failed.id, passed.id];
    let (_, envelopes) = supplement(&two, (&facility, &record), (1, Verdict::Pass), &known);
    two.admitted(&envelopes).await;
    let view = server.get(&cookie, &path).await;
    assert_eq!((said(&view), &view["apart"]), (vec![json!("pass")], &json!([])));
    assert_eq!(server.get(&cookie, "/api/v1/clashes").await["total"], 0);
    let approved = server.call(&cookie, Method::POST, &decide, Some(decision(&view, "approved"))).await;
    assert_eq!(approved.status(), 200);
    let approved: Value = approved.json().await.expect("view");
    assert_eq!(approved["summary"]["state"], "approved");
}

#[tokio::test]
async fn what_arrives_after_an_approval_is_decided_on_though_its_clock_says_before() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, record) = sealed(&one).await;
    let cookie = server.login("duyet1").await;
    let path = format!("/api/v1/inspections/{}", record.id);
    let (_, envelopes) = supplement(&one, (&facility, &record), (5, Verdict::Pass), &[]);
    one.admitted(&envelopes).await;
    let view = server.get(&cookie, &path).await;
    let approve = decision(&view, "approved");
    let decide = format!("{path}/decision");
    assert_eq!(server.call(&cookie, Method::POST, &decide, Some(approve.clone())).await.status(), 200);
    let (late, envelopes) = supplement(&two, (&facility, &record), (2, Verdict::Fail), &[]);
    two.admitted(&envelopes).await;
    let view = server.get(&cookie, &path).await;
    assert_eq!((&view["summary"]["state"], &view["unseen"]), (&json!("supplemented"), &json!([late.id])));
    assert_eq!(view["newest_sealed"], approve["on"], "it stands before what was approved");
    // Named as it was seen before, the decision is not made on what nobody looked at.
    let stale = server.call(&cookie, Method::POST, &decide, Some(approve)).await;
    assert_eq!(code_of(stale).await, ErrorCode::Conflict);
}
