//! A household head's device gets its own records and nothing else, whatever it asks for or sends.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, EnvelopeId, PhotoHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::Decision;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::{Cursor, PullRequest, PushVerdict, UnitCursor};
use reqwest::Method;
use serde_json::json;

use crate::support::{Record, TestDevice, TestServer, code_of, header, other_ward, photo_at, review, ward};

struct Scene {
    server: TestServer,
    officer: TestDevice,
    head: TestDevice,
    neighbour: TestDevice,
    facility: DocumentId,
    other_facility: DocumentId,
    photo: PhotoHash,
}

async fn scene() -> Scene {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let officer = server.enrol("canbo1").await;
    let (facility, first) = Record::facility(&officer, ward(), "Chung cư mini An Khang");
    let (other, second) = Record::facility(&officer, ward(), "Nhà trọ bên cạnh");
    let (mut inspection, third) = Record::inspection(&officer, ward(), facility.id);
    let photo = officer.upload(b"photo").await;
    let fourth = inspection.write(&[photo_at("A-1", photo, officer.person())]);
    officer.push(&[first, second, third, fourth]).await.expect("push");
    let head = officer.invite(&server, facility.id, ward()).await;
    let neighbour = officer.invite(&server, facility.id, ward()).await;
    Scene { server, officer, head, neighbour, facility: facility.id, other_facility: other.id, photo }
}

#[tokio::test]
async fn a_head_declares_the_officer_confirms_and_the_neighbour_sees_nothing() {
    let scene = scene().await;
    let (mut home, first) = Record::dwelling(&scene.head, ward(), scene.facility);
    assert_eq!(scene.head.send(&first).await, PushVerdict::Accepted);
    let mut people = Record::new(&scene.head, RecordKind::Residents, ward());
    let second = people.write(&[header("schema", 1), header("dwelling", home.id.to_string()), header("residents", 4)]);
    assert_eq!(scene.head.send(&second).await, PushVerdict::Accepted);

    let cookie = scene.server.login("canbo1").await;
    let sheet = scene.server.get(&cookie, &format!("/api/v1/facilities/{}", scene.facility)).await;
    assert_eq!(sheet["summary"]["declarations_waiting"], 1);
    assert_eq!(sheet["dwellings"][0]["state"], "submitted");
    assert_eq!(sheet["dwellings"][0]["declaration"]["residents"], 4);
    let waiting = scene.server.get(&cookie, "/api/v1/facilities?declarations=waiting").await;
    assert_eq!((&waiting["total"], &waiting["items"][0]["id"]), (&1.into(), &scene.facility.to_string().into()));
    assert_eq!(sheet["dwellings"][0]["by"]["person_name"], "Đỗ Thị Mai");

    let confirmed = review(&scene.officer, ward(), (home.id, RecordKind::Dwelling), Decision::Approved);
    assert_eq!(scene.officer.send(&confirmed).await, PushVerdict::Accepted);
    let sheet = scene.server.get(&cookie, &format!("/api/v1/facilities/{}", scene.facility)).await;
    assert_eq!(sheet["dwellings"][0]["state"], "verified");
    assert_eq!(sheet["summary"]["declarations_waiting"], 0);
    assert_eq!(scene.server.get(&cookie, "/api/v1/facilities?declarations=waiting").await["total"], 0);

    assert_eq!(scene.head.pull_all().await, [first.clone(), second.clone(), confirmed.clone()]);
    // What became of them is told to whom they concern; to the neighbour they are as unknown as any other.
    let sent = [&first, &second, &confirmed].map(|sent| EnvelopeId::of(sent));
    assert_eq!(scene.head.told_of(&sent).await, sent);
    assert_eq!(scene.officer.told_of(&sent).await, sent);
    assert!(scene.neighbour.told_of(&sent).await.is_empty());
    assert!(scene.neighbour.pull_all().await.is_empty());
    // Another's declaration cannot be written, neither as one's own author nor by carrying on.
    let theirs = scene.head.pull_all().await;
    let mut forged = Record::open(&scene.neighbour, &theirs, home.id);
    let verdict = scene.neighbour.send(&forged.write(&[header("address", "Của tôi")])).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::WriteForbidden, .. }), "{verdict:?}");
    assert_eq!(scene.head.send(&home.write(&[header("address", "Phòng 303")])).await, PushVerdict::Accepted);
}

#[tokio::test]
async fn a_declaration_that_is_not_submitted_is_decided_on_by_nobody() {
    let scene = scene().await;
    let mut home = Record::new(&scene.head, RecordKind::Dwelling, ward());
    let begun = home.write(&[
        header("schema", 1),
        header("facility", scene.facility.to_string()),
        header("address", "Phòng 302"),
        (Key::State("state".into()), "draft".into()),
    ]);
    assert_eq!(scene.head.send(&begun).await, PushVerdict::Accepted);
    let hasty = review(&scene.officer, ward(), (home.id, RecordKind::Dwelling), Decision::Approved);
    let verdict = scene.officer.send(&hasty).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::DeclarationUnsubmitted, .. }), "{verdict:?}");
    let cookie = scene.server.login("canbo1").await;
    let path = format!("/api/v1/facilities/{}", scene.facility);
    let sheet = scene.server.get(&cookie, &path).await;
    let told = &sheet["dwellings"][0];
    assert_eq!(
        (&told["state"], &told["declaration"]["address"]),
        (&json!("draft"), &json!("")),
        "that it is begun, only"
    );
    // Mended again after it was submitted, what was submitted can still be decided on.
    for state in ["submitted", "draft"] {
        let next = home.write(&[(Key::State("state".into()), state.into())]);
        assert_eq!(scene.head.send(&next).await, PushVerdict::Accepted);
    }
    let decided = review(&scene.officer, ward(), (home.id, RecordKind::Dwelling), Decision::Returned);
    assert_eq!(scene.officer.send(&decided).await, PushVerdict::Accepted);
}

#[tokio::test]
async fn whatever_a_head_asks_for_it_gets_its_own() {
    let scene = scene().await;
    let epoch = scene.head.pull(&PullRequest::default()).await.expect("pull").units[0].cursor.epoch.clone();
    for cursor in [None, Some(0), Some(1), Some(u64::MAX)] {
        let cursors = [ward(), other_ward(), crate::support::city()]
            .into_iter()
            .map(|unit| UnitCursor { unit, cursor: cursor.map(|sequence| Cursor { epoch: epoch.clone(), sequence }) })
            .collect();
        let answer = scene.head.pull(&PullRequest { cursors, ..PullRequest::default() }).await.expect("pull");
        assert_eq!(answer.units.len(), 1);
        assert!(answer.units[0].envelopes.is_empty() && answer.authors.is_empty());
        assert_eq!(answer.gone.len(), 2);
        if cursor.is_none() {
            assert_eq!(answer.units[0].cursor.sequence, 0, "not even how many others there are");
        }
    }
    // Photos of others: the hash alone gives nothing, not even that it is there.
    let path = format!("/sync/v1/photos/{}", scene.photo);
    assert_eq!(code_of(scene.head.raw(Method::GET, &path, Vec::new()).await).await, ErrorCode::NotFound);
    assert_eq!(scene.officer.raw(Method::GET, &path, Vec::new()).await.status(), 200);
    // The console is closed to devices and to household heads.
    for path in ["/api/v1/facilities", "/api/v1/inspections", "/api/v1/users"] {
        assert_eq!(code_of(scene.head.raw(Method::GET, path, Vec::new()).await).await, ErrorCode::LoginRequired);
    }
    let context = scene.head.context().await.expect("context");
    assert_eq!(context.scope, [ward()]);
    assert!(context.units.iter().all(|unit| unit.id != other_ward()));
}

#[tokio::test]
async fn a_head_writes_nothing_but_its_own_declaration() {
    let scene = scene().await;
    let head = &scene.head;
    let (_, facility) = Record::facility(head, ward(), "Cơ sở giả");
    let (_, inspection) = Record::inspection(head, ward(), scene.facility);
    let (_, other_home) = Record::dwelling(head, ward(), scene.other_facility);
    let (_, other_unit) = Record::dwelling(head, other_ward(), scene.facility);
    let subject = (scene.facility, RecordKind::Facility);
    let own_review = review(head, ward(), subject, Decision::Approved);
    for (what, envelope) in [
        ("facility", facility),
        ("inspection", inspection),
        ("another premises' dwelling", other_home),
        ("another unit's dwelling", other_unit),
        ("review", own_review),
    ] {
        let verdict = head.send(&envelope).await;
        assert!(matches!(verdict, PushVerdict::Quarantined { .. }), "{what}: {verdict:?}");
    }
    // Writing into the officer's premises, with the officer's history in hand.
    let history = scene.officer.pull_all().await;
    let mut forged = Record::open(head, &history, scene.facility);
    let verdict = head.send(&forged.write(&[header("name", "Của tôi")])).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { .. }), "{verdict:?}");
    assert!(head.pull_all().await.is_empty());
}

#[tokio::test]
async fn naming_anothers_photo_does_not_show_it() {
    let scene = scene().await;
    let (mut home, first) = Record::dwelling(&scene.head, ward(), scene.facility);
    scene.head.send(&first).await;
    let claim = home.write(&[photo_at("A-1", scene.photo, scene.head.person())]);
    scene.head.send(&claim).await;
    let path = format!("/sync/v1/photos/{}", scene.photo);
    let response = scene.head.raw(Method::GET, &path, Vec::new()).await;
    assert_eq!(code_of(response).await, ErrorCode::NotFound);
    // An own photo, sent by the own device, is seen.
    let own = scene.head.upload(b"own photo").await;
    scene.head.send(&home.write(&[photo_at("A-2", own, scene.head.person())])).await;
    let response = scene.head.raw(Method::GET, &format!("/sync/v1/photos/{own}"), Vec::new()).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_head_is_not_told_whether_anothers_photo_is_held() {
    let scene = scene().await;
    let hash = scene.photo.to_string();
    for device in [&scene.head, &scene.neighbour] {
        let answer = device.offer(&[scene.photo]).await;
        assert_eq!((answer.missing.len(), answer.held.len()), (1, 0));
        let upload = device.create_upload(5, &hash).await;
        assert_eq!(upload.headers()["upload-offset"], "0");
        assert!(!upload.headers().contains_key("ancu-receipt"));
        let head = device.request(Method::HEAD, &format!("/uploads/held-{hash}")).send().await.expect("head");
        assert_eq!(head.status().as_u16(), 404);
    }
    assert_eq!(scene.officer.offer(&[scene.photo]).await.held, [scene.photo]);
}
