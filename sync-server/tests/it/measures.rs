//! Measures against premises at the server: who may note them, what the console lists, and steps noted in a browser.

use ancu_shared::clock::UtcMillis;
use ancu_shared::envelope::Envelope;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::measure::{Instrument, MeasureEvent, MeasureStep, Scope, enforcement_id};
use ancu_shared::record::register::Register as _;
use ancu_shared::record::value::Scalar;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PushVerdict;
use jiff::civil::Date;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Record, START, TestDevice, TestServer, code_of, header, other_ward, team, ward};

const DAY: i64 = 24 * 3_600_000;

fn day(days: i64) -> Date {
    UtcMillis(START).plus_millis(days * DAY).hanoi_date()
}

fn key(measure: u8, step: u8) -> Key {
    let named = |id: u8| DocumentId::from_bytes([id; 16]).0;
    Key::Measure(named(measure), named(step))
}

fn penalty(by: PersonId, until: Date) -> [(Key, Scalar); 2] {
    let mut proposed = MeasureEvent::new(MeasureStep::Proposed, UtcMillis(START), by);
    proposed.instrument = Some(Instrument::TimedSuspension);
    proposed.scope = Some(Scope::Whole);
    proposed.words = "Không duy trì lối thoát nạn.".into();
    let mut decided = MeasureEvent::new(MeasureStep::Decided, UtcMillis(START), by);
    decided.number = "15/QĐ-XPHC".into();
    decided.on = Some(day(0));
    decided.issuer = "Chủ tịch UBND phường".into();
    decided.scope = Some(Scope::Whole);
    decided.instrument = Some(Instrument::TimedSuspension);
    decided.until = Some(until);
    decided.after = vec![DocumentId::from_bytes([2; 16]).0];
    [(key(1, 2), proposed.to_scalar()), (key(1, 3), decided.to_scalar())]
}

/// The beginning of the record of the measures against premises.
fn begun(device: &TestDevice, unit: UnitId, facility: DocumentId, more: &[(Key, Scalar)]) -> (Record, Vec<u8>) {
    let mut record = Record::at(device, enforcement_id(facility), RecordKind::Enforcement, unit);
    let mut puts = vec![header("schema", 1), header("facility", facility.to_string())];
    puts.extend(more.iter().cloned());
    let envelope = record.write(&puts);
    (record, envelope)
}

async fn listed(server: &TestServer, cookie: &str, state: &str) -> Vec<Value> {
    let page = server.get(cookie, &format!("/api/v1/measures?state={state}")).await;
    let items = page["items"].as_array().expect("a list").clone();
    assert_eq!(page["total"], items.len(), "{state}");
    items
}

#[tokio::test]
async fn a_commander_decides_in_a_browser_and_the_officers_device_hears_of_it() {
    let server = TestServer::with_two_officers().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let one = server.enrol("canbo1").await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    one.admitted(&[first]).await;
    let cookie = server.login("duyet1").await;
    let path = format!("/api/v1/facilities/{}/measures", facility.id);
    let nothing = server.get(&cookie, &path).await;
    assert_eq!((&nothing["measures"], &nothing["may_write"]), (&json!([]), &json!(true)));
    let post = |body: Value| server.call(&cookie, Method::POST, &path, Some(body));
    let proposal = json!({ "note": {
        "step": "proposed", "instrument": "temporary_suspension", "scope": "whole", "grounds": ["direct_risk"],
        "words": "Cửa thoát nạn khóa trái.",
    }});
    let view: Value = post(proposal).await.json().await.expect("a view");
    let measure = view["measures"][0]["summary"]["id"].clone();
    let lacking = post(json!({ "measure": measure, "note": { "step": "decided", "number": "15/QĐ-TĐC" } })).await;
    assert_eq!(code_of(lacking).await, ErrorCode::FieldInvalid);
    let decision = json!({ "measure": measure, "note": {
        "step": "decided", "number": "15/QĐ-TĐC", "on": day(0), "issuer": "Trưởng Công an phường", "scope": "whole",
        "grounds": ["direct_risk"], "until": day(10),
    }});
    let view: Value = post(decision.clone()).await.json().await.expect("a view");
    assert_eq!(view["measures"][0]["summary"]["state"], "in_force");
    assert_eq!(view["measures"][0]["events"][1]["by"]["held_by_server"], json!(true));
    let twice = post(json!({ "measure": measure, "note": { "step": "declined", "words": "Không" } })).await;
    assert_eq!(code_of(twice).await, ErrorCode::Conflict, "it is decided");
    // The officer's device has it from its next exchange.
    let pulled = one.pull_all().await;
    let kinds = pulled.iter().map(|body| Envelope::decode(body).expect("an envelope").kind);
    assert_eq!(kinds.filter(|kind| *kind == RecordKind::Enforcement).count(), 2);
    let sheet = server.get(&cookie, &format!("/api/v1/facilities/{}", facility.id)).await;
    assert_eq!(sheet["summary"]["stops"][0]["instrument"], "temporary_suspension");
    let list = server.get(&cookie, "/api/v1/facilities").await;
    assert_eq!(list["items"][0]["stops"][0]["until"], json!(day(10)));
    assert_eq!(listed(&server, &cookie, "due").await.len(), 0);
    server.advance(4 * DAY);
    let cookie = server.login("duyet1").await;
    assert_eq!(listed(&server, &cookie, "due").await[0]["days_left"], 6);
    server.advance(7 * DAY);
    let cookie = server.login("duyet1").await;
    assert_eq!((listed(&server, &cookie, "due").await.len(), listed(&server, &cookie, "over").await.len()), (0, 1));
    let view = server.get(&cookie, &path).await;
    assert_eq!((&view["proposals"][0]["instrument"], &view["proposals"][0]["of"]), (&json!("suspension"), &measure));
}

#[tokio::test]
async fn a_penalty_ends_with_its_term_by_itself() {
    let server = TestServer::with_two_officers().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let one = server.enrol("canbo1").await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (_, second) = begun(&one, ward(), facility.id, &penalty(one.person(), day(3)));
    one.admitted(&[first, second]).await;
    let cookie = server.login("duyet1").await;
    assert_eq!(listed(&server, &cookie, "stopped").await[0]["facility_name"], "Nhà trọ Hoa Sen");
    assert_eq!(listed(&server, &cookie, "open").await.len(), 1);
    let found = server.get(&cookie, "/api/v1/measures?q=hoa sen&instrument=timed_suspension").await;
    assert_eq!(found["total"], 1);
    assert_eq!(server.get(&cookie, "/api/v1/measures?instrument=sanction").await["total"], 0);
    server.advance(4 * DAY);
    let cookie = server.login("duyet1").await;
    for (state, count) in [("stopped", 0), ("open", 0), ("over", 0), ("closed", 1), ("all", 1)] {
        assert_eq!(listed(&server, &cookie, state).await.len(), count, "{state}");
    }
    let sheet = server.get(&cookie, &format!("/api/v1/facilities/{}", facility.id)).await;
    assert_eq!(sheet["summary"]["stops"], json!([]));
    let bad = server.call(&cookie, Method::GET, "/api/v1/measures?state=late", None).await;
    assert_eq!(code_of(bad).await, ErrorCode::FieldInvalid);
}

#[tokio::test]
async fn who_has_no_right_there_notes_nothing_and_sees_nothing() {
    let server = TestServer::with_two_officers().await;
    let server = server.with_user("canbo9", Role::CommuneDataOfficer, other_ward()).await;
    let (one, stranger) = (server.enrol("canbo1").await, server.enrol("canbo9").await);
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    one.admitted(&[first]).await;
    let steps = |device: &TestDevice| penalty(device.person(), day(3));
    for (unit, expected) in [(ward(), ErrorCode::WriteForbidden), (other_ward(), ErrorCode::RecordMismatch)] {
        let (_, envelope) = begun(&stranger, unit, facility.id, &steps(&stranger));
        let verdict = stranger.send(&envelope).await;
        assert!(matches!(&verdict, PushVerdict::Quarantined { code, .. } if *code == expected), "{verdict:?}");
    }
    let head = one.invite(&server, facility.id, ward()).await;
    let (_, forged) = begun(&head, ward(), facility.id, &steps(&head));
    let verdict = head.send(&forged).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::WriteForbidden, .. }), "{verdict:?}");
    // The id follows from the premises: nobody has two records of their measures.
    let mut other = Record::at(&one, enforcement_id(DocumentId::from_bytes([9; 16])), RecordKind::Enforcement, ward());
    let forged = other.write(&[header("schema", 1), header("facility", facility.id.to_string())]);
    let verdict = one.send(&forged).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::RecordMismatch, .. }), "{verdict:?}");
    // A step once noted is neither replaced nor taken away, and a decision names its paper.
    let (mut record, envelope) = begun(&one, ward(), facility.id, &steps(&one));
    one.admitted(&[envelope]).await;
    let other = penalty(one.person(), day(30));
    let again = record.write(&[other[1].clone()]);
    let verdict = one.send(&again).await;
    assert!(!matches!(verdict, PushVerdict::Accepted), "{verdict:?}");
    assert!(head.pull_all().await.is_empty(), "a household head is told nothing of it");
    let cookie = server.login("canbo9").await;
    assert_eq!(listed(&server, &cookie, "all").await, Vec::<Value>::new());
    let path = format!("/api/v1/facilities/{}/measures", facility.id);
    let refused = server.call(&cookie, Method::GET, &path, None).await;
    assert_eq!(code_of(refused).await, ErrorCode::NotFound);
    let body = json!({ "note": { "step": "waived", "instrument": "sanction", "words": "Không" } });
    let refused = server.call(&cookie, Method::POST, &path, Some(body)).await;
    assert_eq!(code_of(refused).await, ErrorCode::NotFound);
}
