//! Two officers at one visit: begun apart it is one record; what came after the seal is told of until its author's
//! supplement carries it.

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::guard::{CheckedChange, check_change};
use ancu_shared::envelope::Envelope;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::EnvelopeId;
use ancu_shared::record::register::Verdict;
use ancu_shared::sync::wire::PushVerdict;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Record, START, TestDevice, TestServer, header, visit_of, ward};

/// A supplement that carries these envelopes and answers an item, not sealed.
fn supplement(device: &TestDevice, of: &Record, facility: &Record, carries: &[Vec<u8>]) -> (Record, Vec<Vec<u8>>) {
    let ids: Vec<String> = carries.iter().map(|envelope| EnvelopeId::of(envelope).to_string()).collect();
    let (mut record, begun) = Record::supplement(device, of, facility.id, UtcMillis(START));
    let carries = record.write(&[header("carries", ids.join(" "))]);
    let answer = record.answer("A-2", Verdict::Fail);
    (record, vec![begun, carries, answer])
}

#[tokio::test]
async fn a_visit_that_two_begin_apart_is_one_record_and_no_clash() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let visit = visit_of(facility.id, 1);
    let ((mut mine, begun), (mut theirs, begun_too)) =
        (Record::visit(&one, ward(), &visit), Record::visit(&two, ward(), &visit));
    two.admitted(&[first, begun_too, theirs.answer("A-2", Verdict::Fail)]).await;
    one.admitted(&[begun, mine.answer("A-1", Verdict::Pass)]).await;
    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/inspections").await;
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &json!(visit.id())));
    assert_eq!(list["items"][0]["officers"].as_array().map(Vec::len), Some(2));
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", visit.id())).await;
    assert_eq!((view["items"].as_array().map(Vec::len), &view["also_open"]), (Some(2), &json!([])));
    assert_eq!(server.get(&cookie, "/api/v1/clashes").await["total"], 0);
    assert_eq!(two.pull_all().await.len(), 5, "everybody gets both beginnings");
    // The same item differently is a clash as ever.
    one.admitted(&[mine.answer("A-2", Verdict::Pass)]).await;
    assert_eq!(server.get(&cookie, "/api/v1/clashes").await["total"], 1);
    // Another number is another record, and each tells of the other.
    let (_, again) = Record::visit(&two, ward(), &visit_of(facility.id, 2));
    two.admitted(&[again]).await;
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", visit.id())).await;
    assert_eq!(view["also_open"][0]["id"], json!(visit_of(facility.id, 2).id()));
}

#[tokio::test]
async fn late_answers_are_told_of_until_their_supplement_is_signed() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut mine, begun) = Record::inspection(&one, ward(), facility.id);
    one.admitted(&[first, begun]).await;
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    let late = vec![theirs.answer("A-2", Verdict::Fail), theirs.answer("A-3", Verdict::Pass)];
    one.admitted(&[mine.answer("A-1", Verdict::Pass), mine.seal()]).await;
    for envelope in &late {
        let verdict = two.send(envelope).await;
        assert!(
            matches!(
                verdict,
                PushVerdict::Quarantined { code: ErrorCode::RecordSealed, .. } | PushVerdict::Waiting { .. }
            ),
            "{verdict:?}"
        );
    }
    let cookie = server.login("duyet1").await;
    let path = format!("/api/v1/inspections/{}", mine.id);
    let told = server.get(&cookie, &path).await;
    let held = &told["late"][0];
    assert_eq!((&held["code"], &held["supplement"]), (&json!("record_sealed"), &Value::Null));
    assert_eq!((&held["by"]["person_name"], &held["items"][0]["code"]), (&json!("Người canbo2"), &json!("A-2")));
    assert_eq!(held["items"][0]["answer"]["value"], "fail");
    assert_eq!(told["items"].as_array().map(Vec::len), Some(1), "the sealed record is as it was");
    let queue = server.get(&cookie, "/api/v1/inspections?state=completed&order=danger").await;
    assert!(queue["items"][0]["late_answers"].as_u64() >= Some(1), "the queue says so: {queue}");
    assert_eq!(queue["items"][0]["late_failed"], 1);
    assert_eq!(queue["items"][0]["gravest"], held["items"][0]["severity"], "and how grave it may be");
    assert!(queue["items"][0]["gravest"].is_string());
    let before = server.get(&cookie, "/api/v1/quarantine").await;
    // Whoever decides on it sees what it says, of which record, and what letting it in would do.
    let rows = before["items"].as_array().expect("items");
    let row = rows.iter().find(|row| row["says"][0]["item"] == "A-2").expect("the first late answer");
    let said = &row["says"][0];
    assert_eq!((&said["value"]["vi"], &said["value"]["en"]), (&json!("Không đạt"), &json!("Fail")));
    assert!(said["place"]["vi"].as_str().is_some_and(|place| place.starts_with("mục A-2")), "{said}");
    assert!(said["at"].is_i64());
    assert_eq!((&row["author_name"], &row["release"]), (&json!("Người canbo2"), &json!("after_seal")));
    assert_eq!(row["about"], json!({ "kind": "inspection", "id": mine.id }));

    // A supplement of somebody else's settles nothing, whatever it says.
    let (_, false_one) = supplement(&one, &mine, &facility, &late);
    one.admitted(&false_one).await;
    let after = server.get(&cookie, "/api/v1/quarantine").await;
    assert_eq!((&after["total"], &after["items"][0]["released_at"]), (&before["total"], &Value::Null));

    // The author's own settles all of it, and what it says waits beside the record until it is signed.
    let (mut own, envelopes) = supplement(&two, &mine, &facility, &late);
    two.admitted(&envelopes).await;
    for row in server.get(&cookie, "/api/v1/quarantine").await["items"].as_array().expect("items") {
        assert_eq!(row["carried_by"], json!(own.id));
        assert!(row["released_at"].is_i64());
    }
    let told = server.get(&cookie, &path).await;
    let waiting = told["late"].as_array().expect("late");
    assert!(waiting.iter().all(|late| late["code"] == Value::Null), "{waiting:?}");
    assert!(waiting.iter().any(|late| late["supplement"] == json!(own.id)), "{waiting:?}");
    assert_eq!((told["items"].as_array().map(Vec::len), &told["open_supplement"]), (Some(1), &Value::Null));
    two.admitted(&[own.seal()]).await;
    let told = server.get(&cookie, &path).await;
    assert!(!told["late"].as_array().expect("late").iter().any(|late| late["supplement"] == json!(own.id)));
    assert_eq!(told["items"][1]["statements"][0]["supplement"], true);
    assert_eq!(told["newest_sealed"], json!(own.id));
    // Sent once more, what was carried changes nothing.
    assert!(!matches!(two.send(&late[0]).await, PushVerdict::Accepted));
    assert_eq!(server.get(&cookie, &path).await["late"], told["late"]);
}

#[tokio::test]
async fn a_check_that_failed_late_comes_first_in_the_queue_and_an_approval_is_not_forgotten() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut clean, begun) = Record::inspection(&one, ward(), facility.id);
    clean.by_clock(UtcMillis(START - 3_600_000));
    one.admitted(&[first, begun, clean.answer("A-1", Verdict::Pass), clean.seal()]).await;
    let (other, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Cúc");
    let (mut mine, begun) = Record::inspection(&one, ward(), other.id);
    one.admitted(&[first, begun]).await;
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    let parts = [theirs.answer("A-1", Verdict::Pass), theirs.answer("A-2", Verdict::Fail)];
    let late = vec![theirs.envelope(parts.iter().flat_map(|part| changes_of(part)).collect())];
    one.admitted(&[mine.answer("A-1", Verdict::Pass), mine.seal()]).await;
    let cookie = server.login("duyet1").await;
    let queue = async || server.get(&cookie, "/api/v1/inspections?state=completed,supplemented&order=danger").await;
    assert_eq!(queue().await["items"][0]["id"], json!(clean.id), "the older");
    for envelope in &late {
        two.send(envelope).await;
    }
    let told = queue().await;
    assert_eq!((&told["items"][0]["id"], &told["items"][0]["late_failed"]), (&json!(mine.id), &json!(1)));
    let path = format!("/api/v1/inspections/{}", mine.id);
    let held = &server.get(&cookie, &path).await["late"];
    assert_eq!((held.as_array().map(Vec::len), &held[0]["same"]), (Some(1), &json!(1)), "one officer's, once: {held}");
    assert_eq!((held[0]["items"].as_array().map(Vec::len), &held[0]["items"][0]["failed"]), (Some(1), &json!(true)));

    // Approved all the same; then the late part is signed.
    let approve = json!({ "decision": "approved", "on": mine.id, "words": "", "comments": [] });
    let answer = server.call(&cookie, Method::POST, &format!("{path}/decision"), Some(approve)).await;
    assert_eq!(answer.status(), 200);
    let (mut own, envelopes) = supplement(&two, &mine, &other, &late);
    two.admitted(&envelopes).await;
    let before = server.get(&cookie, &path).await;
    assert_eq!((&before["summary"]["state"], &before["summary"]["late_failed"]), (&json!("approved"), &json!(1)));
    two.admitted(&[own.seal()]).await;
    let row = queue().await["items"][0].clone();
    assert_eq!((&row["id"], &row["state"]), (&json!(mine.id), &json!("supplemented")));
    assert_eq!(row["approved_before"], before["decisions"][0]["by"]["at"], "the queue says so: {row}");
    let again = json!({ "decision": "approved", "on": own.id, "words": "", "comments": [] });
    let answer = server.call(&cookie, Method::POST, &format!("{path}/decision"), Some(again)).await;
    assert_eq!(answer.status(), 200);
    let view = server.get(&cookie, &path).await;
    assert_eq!((&view["summary"]["state"], &view["summary"]["approved_before"]), (&json!("approved"), &Value::Null));
}

#[tokio::test]
async fn who_signed_the_same_apart_is_shown_as_a_signer_and_in_no_other_name() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut mine, begun) = Record::inspection(&one, ward(), facility.id);
    one.admitted(&[first, begun]).await;
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    let late = vec![theirs.answer("A-1", Verdict::Pass), theirs.seal()];
    one.admitted(&[mine.answer("A-1", Verdict::Pass), mine.seal()]).await;
    for envelope in &late {
        two.send(envelope).await;
    }
    let statement = seal_in(&late[1]);
    let ids: Vec<String> = late.iter().map(|envelope| EnvelopeId::of(envelope).to_string()).collect();
    let beside = |device: &TestDevice| {
        let (mut record, begun) = Record::supplement(device, &mine, facility.id, UtcMillis(START));
        vec![
            begun,
            record.write(&[header("carries", ids.join(" "))]),
            record.write(&[header("signed_apart", statement.clone())]),
        ]
    };
    let answer = one.push(&beside(&one)).await.expect("push");
    let refused = answer.outcomes.iter().any(|it| matches!(it.verdict, PushVerdict::Quarantined { .. }));
    assert!(refused, "a colleague's seal is nobody else's to bring: {:?}", answer.outcomes);
    two.admitted(&beside(&two)).await;
    let cookie = server.login("duyet1").await;
    let path = format!("/api/v1/inspections/{}", mine.id);
    let view = server.get(&cookie, &path).await;
    let seals = view["seals"].as_array().expect("seals");
    assert_eq!(seals.iter().map(|it| it["valid"].as_bool()).collect::<Vec<_>>(), [Some(true); 2]);
    let apart = seals.iter().find(|it| it["apart"] == true).expect("a seal made apart");
    assert_eq!(apart["by"]["person_name"], "Người canbo2");
    assert_eq!((&view["late"], &view["newest_sealed"]), (&json!([]), &json!(mine.id)));
    assert_eq!(view["summary"]["officers"], json!(["Người canbo1", "Người canbo2"]));
    let held = server.get(&cookie, "/api/v1/quarantine").await;
    let of_two = held["items"].as_array().expect("items").iter().filter(|it| it["author_name"] == "Người canbo2");
    assert!(
        of_two.clone().count() > 0 && of_two.clone().all(|it| it["released_at"].is_i64()),
        "kept, and settled: {held}"
    );
}

fn changes_of(envelope: &[u8]) -> Vec<CheckedChange> {
    let envelope = Envelope::decode(envelope).expect("an envelope");
    envelope.changes.iter().map(|bytes| check_change(bytes, envelope.kind).expect("a change")).collect()
}

/// The seal in an envelope, as text.
fn seal_in(envelope: &[u8]) -> String {
    let operations: Vec<_> = changes_of(envelope).into_iter().flat_map(|change| change.operations).collect();
    let seal = operations.iter().find(|operation| operation.key.starts_with("g/")).expect("a seal");
    seal.put.as_ref().and_then(|put| put.as_text()).expect("a statement").to_owned()
}

#[tokio::test]
async fn what_came_late_is_not_let_into_an_approved_record() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut mine, begun) = Record::inspection(&one, ward(), facility.id);
    one.admitted(&[first, begun]).await;
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    let late = theirs.answer("A-1", Verdict::Fail);
    one.admitted(&[mine.answer("A-1", Verdict::Pass), mine.seal()]).await;
    two.send(&late).await;
    let cookie = server.login("duyet1").await;
    let path = format!("/api/v1/inspections/{}", mine.id);
    let decision = json!({ "decision": "approved", "on": mine.id });
    let decided = server.call(&cookie, Method::POST, &format!("{path}/decision"), Some(decision)).await;
    assert_eq!(decided.status(), 200);
    let held = server.get(&cookie, "/api/v1/quarantine").await;
    let release = format!("/api/v1/quarantine/{}/release", held["items"][0]["id"]);
    let refused = server.call(&cookie, Method::POST, &release, None).await;
    assert_eq!(refused.status(), 409);
    let problem: Value = refused.json().await.expect("a problem");
    assert_eq!(problem["code"], "release_impossible");
    assert!(problem.to_string().contains("đã được duyệt"), "{problem}");
    let view = server.get(&cookie, &path).await;
    assert_eq!((&view["summary"]["state"], &view["summary"]["progress"]["failed"]), (&json!("approved"), &json!(0)));
}

#[tokio::test]
async fn work_of_a_persons_earlier_device_is_settled_by_the_supplement_of_the_next_one() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut mine, begun) = Record::inspection(&one, ward(), facility.id);
    one.admitted(&[first, begun]).await;
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    let late = vec![theirs.answer("A-2", Verdict::Fail)];
    one.admitted(&[mine.answer("A-1", Verdict::Pass), mine.seal()]).await;
    // The PIN is forgotten, the device enrolled anew, the unsent work taken out: it is sent as it was signed.
    let anew = server.enrol("canbo2").await;
    let verdict = anew.send(&late[0]).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::RecordSealed, .. }), "{verdict:?}");
    let cookie = server.login("duyet1").await;
    let (own, envelopes) = supplement(&anew, &mine, &facility, &late);
    anew.admitted(&envelopes).await;
    let held = server.get(&cookie, "/api/v1/quarantine").await;
    assert_eq!((&held["total"], &held["items"][0]["carried_by"]), (&json!(1), &json!(own.id)));
    // Carried, it is not let in beside the supplement that says it.
    let path = format!("/api/v1/quarantine/{}/release", held["items"][0]["id"]);
    server.call(&cookie, Method::POST, &path, None).await;
    let told = server.get(&cookie, &format!("/api/v1/inspections/{}", mine.id)).await;
    assert_eq!(told["items"].as_array().map(Vec::len), Some(1), "the sealed record says what it said");
}
