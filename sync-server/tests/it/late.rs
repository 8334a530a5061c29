//! Two officers at one visit: begun apart it is one record; what came after the seal is told of until its author's
//! supplement carries it.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::EnvelopeId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::Verdict;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PushVerdict;
use serde_json::{Value, json};

use crate::support::{Record, START, TestDevice, TestServer, header, team, visit_of, ward};

async fn server() -> (TestServer, TestDevice, TestDevice) {
    let server = TestServer::start()
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await
        .with_user("canbo2", Role::CommuneDataOfficer, ward())
        .await
        .with_user("duyet1", Role::AreaTeamReviewer, team())
        .await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    (server, one, two)
}

/// A supplement that carries these envelopes and answers an item, not sealed.
fn supplement(device: &TestDevice, of: &Record, facility: &Record, carries: &[Vec<u8>]) -> (Record, Vec<Vec<u8>>) {
    let ids: Vec<String> = carries.iter().map(|envelope| EnvelopeId::of(envelope).to_string()).collect();
    let mut record = Record::new(device, RecordKind::Inspection, ward());
    let begun = record.write(&[
        header("schema", 1),
        header("supplement_of", of.id.to_string()),
        header("facility", facility.id.to_string()),
        header("template", "test"),
        header("template_version", "1"),
        header("started_at", START),
        (Key::State("state".into()), "in_progress".into()),
    ]);
    let carries = record.write(&[header("carries", ids.join(" "))]);
    let answer = record.answer("A-2", Verdict::Fail);
    (record, vec![begun, carries, answer])
}

async fn accepted(device: &TestDevice, envelopes: &[Vec<u8>]) {
    let answer = device.push(envelopes).await.expect("push");
    assert!(answer.outcomes.iter().all(|it| it.verdict == PushVerdict::Accepted), "{:?}", answer.outcomes);
}

#[tokio::test]
async fn a_visit_that_two_begin_apart_is_one_record_and_no_clash() {
    let (server, one, two) = server().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let visit = visit_of(facility.id, 1);
    let ((mut mine, begun), (mut theirs, begun_too)) =
        (Record::visit(&one, ward(), &visit), Record::visit(&two, ward(), &visit));
    accepted(&two, &[first, begun_too, theirs.answer("A-2", Verdict::Fail)]).await;
    accepted(&one, &[begun, mine.answer("A-1", Verdict::Pass)]).await;
    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/inspections").await;
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &json!(visit.id())));
    assert_eq!(list["items"][0]["officers"].as_array().map(Vec::len), Some(2));
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", visit.id())).await;
    assert_eq!((view["items"].as_array().map(Vec::len), &view["also_open"]), (Some(2), &json!([])));
    assert_eq!(server.get(&cookie, "/api/v1/clashes").await["total"], 0);
    assert_eq!(two.pull_all().await.len(), 5, "everybody gets both beginnings");
    // The same item differently is a clash as ever.
    accepted(&one, &[mine.answer("A-2", Verdict::Pass)]).await;
    assert_eq!(server.get(&cookie, "/api/v1/clashes").await["total"], 1);
    // Another number is another record, and each tells of the other.
    let (_, again) = Record::visit(&two, ward(), &visit_of(facility.id, 2));
    accepted(&two, &[again]).await;
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", visit.id())).await;
    assert_eq!(view["also_open"][0]["id"], json!(visit_of(facility.id, 2).id()));
}

#[tokio::test]
async fn late_answers_are_told_of_until_their_supplement_is_signed() {
    let (server, one, two) = server().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut mine, begun) = Record::inspection(&one, ward(), facility.id);
    accepted(&one, &[first, begun]).await;
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    let late = vec![theirs.answer("A-2", Verdict::Fail), theirs.answer("A-3", Verdict::Pass)];
    accepted(&one, &[mine.answer("A-1", Verdict::Pass), mine.seal()]).await;
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
    let before = server.get(&cookie, "/api/v1/quarantine").await;

    // A supplement of somebody else's settles nothing, whatever it says.
    let (_, false_one) = supplement(&one, &mine, &facility, &late);
    accepted(&one, &false_one).await;
    let after = server.get(&cookie, "/api/v1/quarantine").await;
    assert_eq!((&after["total"], &after["items"][0]["released_at"]), (&before["total"], &Value::Null));

    // The author's own settles all of it, and what it says waits beside the record until it is signed.
    let (mut own, envelopes) = supplement(&two, &mine, &facility, &late);
    accepted(&two, &envelopes).await;
    for row in server.get(&cookie, "/api/v1/quarantine").await["items"].as_array().expect("items") {
        assert_eq!(row["carried_by"], json!(own.id));
        assert!(row["released_at"].is_i64());
    }
    let told = server.get(&cookie, &path).await;
    let waiting = told["late"].as_array().expect("late");
    assert!(waiting.iter().all(|late| late["code"] == Value::Null), "{waiting:?}");
    assert!(waiting.iter().any(|late| late["supplement"] == json!(own.id)), "{waiting:?}");
    assert_eq!((told["items"].as_array().map(Vec::len), &told["open_supplement"]), (Some(1), &Value::Null));
    accepted(&two, &[own.seal()]).await;
    let told = server.get(&cookie, &path).await;
    assert!(!told["late"].as_array().expect("late").iter().any(|late| late["supplement"] == json!(own.id)));
    assert_eq!(told["items"][1]["statements"][0]["supplement"], true);
    assert_eq!(told["newest_sealed"], json!(own.id));
    // Sent once more, what was carried changes nothing.
    assert!(!matches!(two.send(&late[0]).await, PushVerdict::Accepted));
    assert_eq!(server.get(&cookie, &path).await["late"], told["late"]);
}
