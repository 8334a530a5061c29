//! Findings at the server: who may follow them, and what the console lists of them.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{FindingDetail, Register as _, Severity, Verdict};
use ancu_shared::record::remediation::{FindingEvent, FindingStep, Seen, remediation_id};
use ancu_shared::record::value::Scalar;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PushVerdict;
use jiff::civil::Date;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Record, START, TestDevice, TestServer, code_of, header, other_ward, team, ward};

const DAY: i64 = 24 * 3_600_000;

fn step(by: PersonId, id: u8, step: FindingStep, after: &[u8]) -> (Key, Scalar) {
    let named = |id: u8| DocumentId::from_bytes([id; 16]).0;
    let event = FindingEvent {
        step,
        words: "Đã tháo khóa".into(),
        name: "Bà Hòa".into(),
        until: None,
        seen: Some(Seen::OnSite),
        visit: None,
        means: None,
        photos: Vec::new(),
        after: after.iter().copied().map(named).collect(),
        at: UtcMillis(START),
        by,
    };
    (Key::Event("A-1".into(), named(id)), event.to_scalar())
}

/// The beginning of the record that follows an inspection's findings, with a first step.
fn follow(device: &TestDevice, unit: UnitId, of: DocumentId, facility: DocumentId, id: u8) -> (Record, Vec<u8>) {
    let mut record = Record::at(device, remediation_id(of), RecordKind::Remediation, unit);
    let envelope = record.write(&[
        header("schema", 1),
        header("subject", of.to_string()),
        header("facility", facility.to_string()),
        step(device.person(), id, FindingStep::Committed, &[]),
    ]);
    (record, envelope)
}

/// Premises with a finished inspection that found A-1 failing: ids of the premises and of the inspection.
async fn found(device: &TestDevice, name: &str, deadline: Option<Date>) -> (DocumentId, DocumentId) {
    let (facility, first) = Record::facility(device, ward(), name);
    let (mut inspection, second) = Record::inspection(device, ward(), facility.id);
    let third = inspection.answer("A-1", Verdict::Fail);
    let detail = FindingDetail {
        severity: Severity::Major,
        remedy: "Tháo khóa".into(),
        deadline,
        at: UtcMillis(START),
        by: device.person(),
        origin: None,
    };
    let fourth = inspection.write(&[(Key::Finding("A-1".into(), "detail".into()), detail.to_scalar())]);
    let last = inspection.seal();
    device.admitted(&[first, second, third, fourth, last]).await;
    (facility.id, inspection.id)
}

async fn listed(server: &TestServer, cookie: &str, state: &str) -> Vec<Value> {
    let page = server.get(cookie, &format!("/api/v1/findings?state={state}")).await;
    let items = page["items"].as_array().expect("a list").clone();
    assert_eq!(page["total"], items.len());
    items
}

#[tokio::test]
async fn the_list_follows_a_finding_from_open_to_done() {
    let server = TestServer::with_two_officers().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let deadline = UtcMillis(START).plus_millis(2 * DAY).hanoi_date();
    let (facility, inspection) = found(&one, "Nhà trọ Hoa Sen", Some(deadline)).await;
    found(&one, "Nhà trọ An Khang", None).await;
    let cookie = server.login("duyet1").await;
    let open = listed(&server, &cookie, "open").await;
    assert_eq!(
        open.iter().map(|it| it["facility_name"].clone()).collect::<Vec<_>>(),
        ["Nhà trọ Hoa Sen", "Nhà trọ An Khang"]
    );
    assert_eq!(
        (&open[0]["state"], &open[0]["days_left"], &open[0]["question"]["vi"]),
        (&json!("open"), &json!(2), &json!("A-1"))
    );
    assert_eq!(listed(&server, &cookie, "overdue").await, Vec::<Value>::new());
    let found = server.get(&cookie, "/api/v1/findings?q=hoa sen").await;
    assert_eq!(found["total"], 1);

    let (mut record, first) = follow(&two, ward(), inspection, facility, 1);
    assert_eq!(two.send(&first).await, PushVerdict::Accepted);
    let path = format!("/api/v1/inspections/{inspection}/findings/A-1");
    let view = server.get(&cookie, &path).await;
    assert_eq!(
        (&view["summary"]["state"], &view["events"][0]["name"]),
        (&json!("commitment_signed"), &json!("Bà Hòa"))
    );
    let second = record.write(&[step(two.person(), 2, FindingStep::Verified, &[1])]);
    assert_eq!(two.send(&second).await, PushVerdict::Accepted);
    assert_eq!(listed(&server, &cookie, "open").await.len(), 1);
    let closed = listed(&server, &cookie, "closed").await;
    assert_eq!((closed.len(), &closed[0]["state"]), (1, &json!("verified_done")));
    // Somebody who was apart saw that it is not: it is open again until one who knows both says more.
    let (mut other, begun) = follow(&one, ward(), inspection, facility, 3);
    assert_eq!(one.send(&begun).await, PushVerdict::Accepted);
    let rejected = other.write(&[step(one.person(), 4, FindingStep::Rejected, &[3])]);
    assert_eq!(one.send(&rejected).await, PushVerdict::Accepted);
    let view = server.get(&cookie, &path).await;
    assert_eq!((&view["summary"]["apart"], &view["events"].as_array().map(Vec::len)), (&json!(true), &Some(4)));
    assert_eq!(listed(&server, &cookie, "open").await.len(), 2);
    // The day after the deadline.
    server.advance(3 * DAY);
    let cookie = server.login("duyet1").await;
    let overdue = listed(&server, &cookie, "overdue").await;
    assert_eq!((overdue.len(), &overdue[0]["days_left"]), (1, &json!(-1)));
    let bad = server.call(&cookie, Method::GET, "/api/v1/findings?state=late", None).await;
    assert_eq!(code_of(bad).await, ErrorCode::FieldInvalid);
}

#[tokio::test]
async fn who_has_no_right_there_follows_nothing_and_sees_nothing() {
    let server = TestServer::with_two_officers().await;
    let server = server.with_user("canbo9", Role::CommuneDataOfficer, other_ward()).await;
    let server = server.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let (one, stranger) = (server.enrol("canbo1").await, server.enrol("canbo9").await);
    let reviewer = server.enrol("duyet1").await;
    let (facility, inspection) = found(&one, "Nhà trọ Hoa Sen", None).await;
    for (what, device, unit, expected) in [
        ("an officer of another ward", &stranger, ward(), ErrorCode::WriteForbidden),
        ("in a unit where the inspection is not", &stranger, other_ward(), ErrorCode::RecordMismatch),
        ("a reviewer", &reviewer, ward(), ErrorCode::WriteForbidden),
    ] {
        let (_, envelope) = follow(device, unit, inspection, facility, 9);
        let verdict = device.send(&envelope).await;
        assert!(matches!(&verdict, PushVerdict::Quarantined { code, .. } if *code == expected), "{what}: {verdict:?}");
    }
    let head = one.invite(&server, facility, ward()).await;
    let (_, forged) = follow(&head, ward(), inspection, facility, 9);
    let verdict = head.send(&forged).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::WriteForbidden, .. }), "{verdict:?}");
    assert!(head.pull_all().await.is_empty(), "a household head is told nothing of it");
    let cookie = server.login("canbo9").await;
    assert_eq!(listed(&server, &cookie, "all").await, Vec::<Value>::new());
    let path = format!("/api/v1/inspections/{inspection}/findings/A-1");
    let refused = server.call(&cookie, Method::GET, &path, None).await;
    assert_eq!(code_of(refused).await, ErrorCode::NotFound);
    let cookie = server.login("canbo1").await;
    assert_eq!(server.get(&cookie, &path).await["events"], json!([]), "nothing of it was admitted");
}
