//! Quarantine: kept with its reason, shown to whom it concerns, released by a supervisor.

use ancu_shared::error::ErrorCode;
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::PushVerdict;
use ancu_sync_server::service::Refused;
use jiff::civil::date;
use reqwest::Method;

use crate::support::{Record, TestServer, code_of, header, team, ward};

/// A server with an officer whose post ended before today, and a supervisor.
async fn server() -> (TestServer, crate::support::TestDevice) {
    let server = TestServer::start()
        .await
        .with_user("duyet1", Role::AreaTeamReviewer, team())
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await;
    let device = server.enrol("canbo1").await;
    let person = server.add_user("cu1", Role::CommuneDataOfficer, crate::support::other_ward()).await;
    let past = Post {
        role: Role::CommuneDataOfficer,
        unit: ward(),
        valid_from: Some(date(2025, 7, 1)),
        valid_to: Some(date(2026, 11, 1)),
    };
    let job = server.running.app().store.write(move |transaction| {
        transaction.add_post(person, &past)?;
        Ok::<_, Refused>(())
    });
    job.await.expect("post");
    (server, device)
}

#[tokio::test]
async fn late_work_of_an_ended_post_is_kept_and_can_be_let_in() {
    let (server, _) = server().await;
    let late = server.enrol("cu1").await;
    let (mut record, first) = Record::facility(&late, ward(), "Nhà trọ của ca trước");
    let second = record.write(&[header("storeys", 4)]);
    let verdict = late.send(&first).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::WriteForbidden, .. }), "{verdict:?}");
    // What builds on it is refused for the same reason, or waits; nothing is dropped.
    assert!(!matches!(late.send(&second).await, PushVerdict::Accepted | PushVerdict::AlreadyKnown));

    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/quarantine").await;
    let items = list["items"].as_array().expect("items").clone();
    let row = items.last().expect("row");
    assert_eq!(row["code"], "write_forbidden");
    assert_eq!(row["author_name"], "Người cu1");
    assert_eq!(row["unit_name"], "Phường Khương Đình");
    // Oldest first, as they build on each other.
    for row in items.iter().rev() {
        let path = format!("/api/v1/quarantine/{}/release", row["id"]);
        let released = server.call(&cookie, Method::POST, &path, None).await;
        assert_eq!(released.status(), 200);
        let released: serde_json::Value = released.json().await.expect("json");
        assert!(released["released_at"].is_i64());
    }
    let found = server.get(&cookie, "/api/v1/facilities?q=ca%20truoc").await;
    assert_eq!(found["items"][0]["storeys"], 4);
    // Releasing again changes nothing.
    let path = format!("/api/v1/quarantine/{}/release", row["id"]);
    assert_eq!(server.call(&cookie, Method::POST, &path, None).await.status(), 200);
    assert_eq!(server.get(&cookie, "/api/v1/facilities").await["total"], 1);
}

#[tokio::test]
async fn what_is_broken_stays_where_it_is() {
    let (server, device) = server().await;
    let (_, mut envelope) = Record::facility(&device, ward(), "Nhà trọ");
    let last = envelope.len() - 1;
    envelope[last] ^= 1;
    let verdict = device.send(&envelope).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::SignatureInvalid, .. }), "{verdict:?}");
    let garbage = device.send(b"not an envelope at all").await;
    assert!(matches!(garbage, PushVerdict::Quarantined { code: ErrorCode::EnvelopeInvalid, .. }));
    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/quarantine").await;
    // Nobody signed these: they are filed where the device that brought them works, and name no author.
    assert_eq!(list["total"], 2);
    for row in list["items"].as_array().expect("items") {
        assert_eq!((&row["author_name"], &row["unit_name"]), (&"?".into(), &"Phường Khương Đình".into()));
        assert_eq!(row["document"], serde_json::Value::Null);
    }
    let path = format!("/api/v1/quarantine/{}/release", list["items"][0]["id"]);
    let refused = server.call(&cookie, Method::POST, &path, None).await;
    assert_eq!(code_of(refused).await, ErrorCode::ReleaseImpossible);
    assert_eq!(server.get(&cookie, "/api/v1/facilities").await["total"], 0);
    let missing = server.call(&cookie, Method::POST, "/api/v1/quarantine/99/release", None).await;
    assert_eq!(code_of(missing).await, ErrorCode::NotFound);
}
