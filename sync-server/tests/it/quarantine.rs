//! Quarantine: kept with its reason, shown to whom it concerns, released by a supervisor.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::PhotoHash;
use ancu_shared::record::RecordKind;
use ancu_shared::record::given_up::{GivenUp, GivenUpReason};
use ancu_shared::record::register::{Register as _, Verdict};
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::PushVerdict;
use ancu_sync_server::service::Refused;
use jiff::civil::date;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Record, START, TestDevice, TestServer, code_of, header, other_ward, photo_at, team, ward};

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
async fn questions_of_a_record_that_is_held_from_its_beginning_are_told_with_their_titles() {
    let (server, _) = server().await;
    let late = server.enrol("cu1").await;
    let (facility, first) = Record::facility(&late, ward(), "Nhà trọ của ca trước");
    let (mut visit, begun) = Record::inspection(&late, ward(), facility.id);
    let answered = visit.answer("A-1", Verdict::Fail);
    for envelope in [first, begun, answered] {
        late.send(&envelope).await;
    }
    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/quarantine").await;
    let said = list["items"].as_array().expect("items").iter().filter_map(|row| row["says"].as_array()).flatten();
    let places: Vec<_> = said.filter(|said| said["item"] == "A-1").map(|said| said["place"]["vi"].clone()).collect();
    assert!(places.len() == 1 && places[0].as_str().is_some_and(|place| place.contains('“')), "{places:?}");
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
    assert_eq!((&row["release"], &row["about"]), (&"joins".into(), &serde_json::Value::Null));
    let says = row["says"].as_array().expect("what it says");
    let name = says.iter().find(|said| said["place"]["vi"] == "ô tên cơ sở").expect("its name");
    assert_eq!(name["value"]["vi"], "Nhà trọ của ca trước");
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
        assert_eq!((&row["author_name"], &row["unit_name"]), (&Value::Null, &"Phường Khương Đình".into()));
        assert_eq!((&row["device_name"], &row["device_owner"]), (&json!("Điện thoại"), &json!("Người canbo1")));
        assert_eq!(row["document"], serde_json::Value::Null);
        assert_eq!((&row["release"], &row["says"]), (&"unreadable".into(), &serde_json::json!([])));
    }
    let path = format!("/api/v1/quarantine/{}/release", list["items"][0]["id"]);
    let refused = server.call(&cookie, Method::POST, &path, None).await;
    assert_eq!(code_of(refused).await, ErrorCode::ReleaseImpossible);
    assert_eq!(server.get(&cookie, "/api/v1/facilities").await["total"], 0);
    let missing = server.call(&cookie, Method::POST, "/api/v1/quarantine/99/release", None).await;
    assert_eq!(code_of(missing).await, ErrorCode::NotFound);
}

/// Gives somebody another post.
/// A second declaration of one home, and an officer's answer of after the post: both held. What they say.
async fn held_business(server: &TestServer, officer: &TestDevice) -> [&'static str; 3] {
    let (facility, first) = Record::facility(officer, ward(), "Nhà trọ Hoa Sen");
    let (mut visit, begun) = Record::inspection(officer, ward(), facility.id);
    officer.admitted(&[first, begun]).await;
    let head = officer.invite(server, facility.id, ward()).await;
    let (home, declared) = Record::dwelling(&head, ward(), facility.id);
    head.admitted(&[declared]).await;
    let twice = || {
        let mut people = Record::new(&head, RecordKind::Residents, ward());
        let dwelling = header("dwelling", home.id.to_string());
        people.write(&[header("schema", 1), dwelling, header("help_note", "Bà Tư tầng 3 cần cõng")])
    };
    let (once, again) = (twice(), twice());
    head.admitted(&[once]).await;
    assert!(matches!(head.send(&again).await, PushVerdict::Quarantined { code: ErrorCode::HomeSecond, .. }));
    server.end_posts("canbo1", date(2026, 11, 21)).await;
    let late = officer.send(&visit.answer("A-1", Verdict::Fail)).await;
    assert!(matches!(late, PushVerdict::Quarantined { code: ErrorCode::WriteForbidden, .. }), "{late:?}");
    ["Bà Tư", "Hoa Sen", "Không đạt"]
}

#[tokio::test]
async fn what_is_held_is_read_and_let_in_only_where_the_record_is_read() {
    let server = TestServer::with_two_officers().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let server = server.with_every_desk().await;
    let officer = server.enrol("canbo1").await;
    let secrets = held_business(&server, &officer).await;
    // The officer's post is over: nobody knows where this belongs.
    officer.send(b"not an envelope at all").await;

    let reviewer = server.login("duyet1").await;
    let open = server.get(&reviewer, "/api/v1/quarantine").await;
    assert_eq!(open["total"], 2);
    for secret in secrets {
        assert!(open.to_string().contains(secret), "the unit's reviewer reads “{secret}”: {open}");
    }
    for who in ["quantri", "hai"] {
        let cookie = server.login(who).await;
        let told = server.get(&cookie, "/api/v1/quarantine").await;
        assert_eq!(told["total"], 3, "{who} sees that it is held");
        assert_eq!(server.get(&cookie, "/api/v1/dashboard").await["quarantined"], 3);
        let audit = server.get(&cookie, "/api/v1/audit").await;
        for text in [told.to_string(), audit.to_string()] {
            for secret in secrets {
                assert!(!text.contains(secret), "{who} reads “{secret}”: {text}");
            }
        }
        for row in told["items"].as_array().expect("items") {
            let unreadable = row["unit"].is_null();
            assert_eq!(
                (&row["release"], &row["document"], &row["about"]),
                (&json!(if unreadable { "unreadable" } else { "withheld" }), &Value::Null, &Value::Null)
            );
            if !unreadable {
                let path = format!("/api/v1/quarantine/{}/set-aside", row["id"]);
                let refused = server.call(&cookie, Method::POST, &path, None).await;
                assert_eq!(code_of(refused).await, ErrorCode::Forbidden, "a unit's business is not {who}'s to settle");
            }
            assert_eq!((&row["says"], &row["reason_vi"]), (&json!([]), &row["title"]));
            assert_eq!((&row["kind"], &row["premises"]), (&Value::Null, &json!("")));
            assert!(row["cause"].is_string() && row["received_at"].is_i64() && row["device_name"].is_string(), "{row}");
            let path = format!("/api/v1/quarantine/{}/release", row["id"]);
            let refused = server.call(&cookie, Method::POST, &path, None).await;
            assert_eq!(
                (refused.status(), code_of(refused).await),
                (StatusCode::FORBIDDEN, ErrorCode::Forbidden),
                "{who}"
            );
        }
    }
    // An officer, of the unit or not, and a household head decide on nothing; a reviewer of another unit is told nothing.
    let path = format!("/api/v1/quarantine/{}/release", open["items"][0]["id"]);
    for (who, code) in
        [("canbo2", ErrorCode::Forbidden), ("chuho", ErrorCode::Forbidden), ("duyet2", ErrorCode::NotFound)]
    {
        let cookie = server.login(who).await;
        assert_eq!(code_of(server.call(&cookie, Method::POST, &path, None).await).await, code, "{who}");
        let listed = server.call(&cookie, Method::GET, "/api/v1/quarantine", None).await;
        if who == "duyet2" {
            assert_eq!(listed.json::<Value>().await.expect("json")["total"], 0);
        } else {
            assert_eq!(code_of(listed).await, ErrorCode::Forbidden, "{who}");
        }
    }
    assert!(
        server.get(&reviewer, "/api/v1/quarantine").await["items"]
            .as_array()
            .expect("items")
            .iter()
            .all(|row| { row["released_at"].is_null() }),
        "nothing was let in"
    );
}

#[tokio::test]
async fn an_envelope_that_names_another_unit_shows_nothing_there() {
    let server = TestServer::start().await.with_user("duyet2", Role::AreaTeamReviewer, other_ward()).await;
    let person = server.add_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    server.add_post(person, Role::CommuneDataOfficer, other_ward()).await;
    let officer = server.enrol("canbo1").await;
    let (mut facility, first) = Record::facility(&officer, ward(), "Nhà trọ Hoa Sen");
    officer.admitted(&[first]).await;
    facility.unit = other_ward();
    let moved = officer.send(&facility.write(&[header("head_phone", "0000 000 026")])).await;
    assert!(matches!(moved, PushVerdict::Quarantined { code: ErrorCode::RecordMismatch, .. }), "{moved:?}");
    let cookie = server.login("duyet2").await;
    let told = server.get(&cookie, "/api/v1/quarantine").await;
    assert_eq!((&told["total"], &told["items"][0]["release"]), (&json!(1), &json!("never")));
    assert!(!told.to_string().contains("0000 000") && !told.to_string().contains("Hoa Sen"), "{told}");
    let path = format!("/api/v1/quarantine/{}/release", told["items"][0]["id"]);
    assert_eq!(code_of(server.call(&cookie, Method::POST, &path, None).await).await, ErrorCode::Forbidden);
}

#[tokio::test]
async fn what_is_held_is_said_in_words() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut visit, begun) = Record::inspection(&one, ward(), facility.id);
    one.admitted(&[first, begun]).await;
    let mut theirs = Record::open(&two, &two.pull_all().await, visit.id);
    one.admitted(&[visit.answer("A-1", Verdict::Pass), visit.seal()]).await;
    let statement = GivenUp {
        reason: GivenUpReason::NoEntry,
        words: "không ai mở cửa suốt buổi".into(),
        seen: Vec::new(),
        at: UtcMillis(START + 60_000),
        by: two.person(),
    };
    let photo = photo_at("A-1", PhotoHash::of(b"photo"), two.person());
    let late = [(GivenUp::key(), statement.to_scalar()), photo];
    let held = two.send(&theirs.write(&late)).await;
    assert!(matches!(held, PushVerdict::Quarantined { code: ErrorCode::RecordSealed, .. }), "{held:?}");
    let cookie = server.login("duyet1").await;
    let row = server.get(&cookie, "/api/v1/quarantine").await["items"][0].clone();
    let says = row["says"].as_array().expect("what it says");
    let at =
        |place: &str| says.iter().find(|said| said["place"]["vi"].as_str().is_some_and(|it| it.starts_with(place)));
    let given_up = at("việc bỏ lần kiểm tra").expect("that it is given up");
    assert_eq!(
        (&given_up["value"]["vi"], &given_up["note"]),
        (&json!("Không vào được cơ sở"), &json!("không ai mở cửa suốt buổi"))
    );
    let photo = at("ảnh ở mục A-1").expect("the photo");
    assert_eq!((&photo["value"]["vi"], &row["photos_absent"]), (&json!("một ảnh"), &json!(1)), "it has not come yet");
}

#[tokio::test]
async fn what_a_release_would_refuse_is_not_offered() {
    let (server, device) = server().await;
    let nothing = Record::new(&device, RecordKind::Inspection, ward()).write(&[header("schema", 1)]);
    let verdict = device.send(&nothing).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::RecordMismatch, .. }), "{verdict:?}");
    let cookie = server.login("duyet1").await;
    let row = server.get(&cookie, "/api/v1/quarantine").await["items"][0].clone();
    assert_eq!((&row["release"], &row["may_set_aside"]), (&json!("never"), &json!(true)));
    let path = format!("/api/v1/quarantine/{}/release", row["id"]);
    let refused = server.call(&cookie, Method::POST, &path, None).await;
    assert_eq!(code_of(refused).await, ErrorCode::ReleaseImpossible);
}
