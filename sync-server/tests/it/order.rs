//! What comes before what it is about, as after a restore: it is held, and let in by itself once that is here.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::record::RecordKind;
use ancu_shared::record::register::{Decision, Verdict};
use ancu_shared::role::Role;
use serde_json::{Value, json};

use crate::support::{Record, START, TestServer, review, team, ward};
use crate::sync::quarantined;

/// Causes of what nobody settled, and how much was settled.
async fn held(server: &TestServer, cookie: &str) -> (Vec<Value>, usize) {
    let list = server.get(cookie, "/api/v1/quarantine").await;
    let rows = list["items"].as_array().expect("a list");
    let (open, settled): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["released_at"].is_null());
    (open.iter().map(|row| row["cause"].clone()).collect(), settled.len())
}

#[tokio::test]
async fn a_supplement_that_comes_before_its_record_is_let_in_once_that_is_signed() {
    let (server, one, two) = TestServer::reviewed().await;
    let cookie = server.login("duyet1").await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut record, begun) = Record::inspection(&one, ward(), facility.id);
    let answered = record.answer("A-1", Verdict::Pass);
    let sealed = record.seal();
    let (mut after, opens) = Record::supplement(&two, &record, facility.id, UtcMillis(START));
    assert_eq!(quarantined(&two.send(&opens).await), Some(ErrorCode::RecordMismatch));
    let rest = [after.answer("A-2", Verdict::Fail), after.seal()];
    two.push(&rest).await.expect("push");
    assert_eq!(held(&server, &cookie).await, (vec![json!("supplements_nothing")], 0));

    one.admitted(&[first, begun, answered]).await;
    assert_eq!(held(&server, &cookie).await, (vec![json!("supplements_open")], 0), "it says what it waits for now");
    one.admitted(&[sealed]).await;
    assert_eq!(held(&server, &cookie).await, (vec![], 1));
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", record.id)).await;
    assert_eq!((&view["summary"]["state"], view["seals"].as_array().map(Vec::len)), (&json!("completed"), Some(2)));
    assert_eq!(
        view["items"][1]["statements"][0]["answer"],
        json!({ "kind": "verdict", "value": "fail" }),
        "{}",
        view["items"]
    );
    assert_eq!(two.pull_all().await.len(), 7, "and everybody gets it");
}

#[tokio::test]
async fn a_decision_that_comes_before_its_record_is_let_in_once_that_is_signed_and_no_right_is_given() {
    let (server, one, two) = TestServer::reviewed().await;
    let server = server.with_user("duyet9", Role::AreaTeamReviewer, team()).await;
    let reviewer = server.enrol("duyet9").await;
    let cookie = server.login("duyet1").await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut record, begun) = Record::inspection(&one, ward(), facility.id);
    let sealed = record.seal();
    let subject = (record.id, RecordKind::Inspection);
    let decided = review(&reviewer, ward(), subject, Decision::Approved);
    // An officer does not approve, in whatever order it comes.
    let unlawful = review(&two, ward(), subject, Decision::Approved);
    for envelope in [(&reviewer, &decided), (&two, &unlawful)] {
        assert_eq!(quarantined(&envelope.0.send(envelope.1).await), Some(ErrorCode::RecordMismatch));
    }
    one.admitted(&[first, begun]).await;
    one.admitted(&[sealed]).await;
    assert_eq!(held(&server, &cookie).await, (vec![json!("no_post")], 1));
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", record.id)).await;
    assert_eq!((&view["summary"]["state"], view["decisions"].as_array().map(Vec::len)), (&json!("approved"), Some(1)));
}
