//! Photos of what is held: seen by whoever reads what is held, and by nobody else, whatever an envelope names.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::PhotoHash;
use ancu_shared::record::register::Verdict;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PushVerdict;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Record, TestDevice, TestServer, code_of, other_ward, photo_at, ward};

/// A visit that a colleague signed, and photos that the other officer says too late: held.
async fn held(one: &TestDevice, two: &TestDevice, photos: &[PhotoHash]) -> Record {
    let (facility, first) = Record::facility(one, ward(), "Nhà trọ Hoa Sen");
    let (mut visit, begun) = Record::inspection(one, ward(), facility.id);
    one.admitted(&[first, begun]).await;
    let mut theirs = Record::open(two, &two.pull_all().await, visit.id);
    one.admitted(&[visit.answer("A-1", Verdict::Pass), visit.seal()]).await;
    let puts: Vec<_> = photos.iter().map(|hash| photo_at("A-1", *hash, two.person())).collect();
    let verdict = two.send(&theirs.write(&puts)).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::RecordSealed, .. }), "{verdict:?}");
    visit
}

#[tokio::test]
async fn a_held_photo_is_seen_by_who_reads_what_is_held_and_by_nobody_else() {
    let (server, one, two) = TestServer::reviewed().await;
    let server = server.with_every_desk().await;
    let (here, underway) = (two.upload(b"a stairwell").await, PhotoHash::of(b"not sent yet"));
    held(&one, &two, &[here, underway]).await;

    let reviewer = server.login("duyet1").await;
    let row = server.get(&reviewer, "/api/v1/quarantine").await["items"][0].clone();
    assert_eq!((&row["photos"][0]["hash"], row["photos"].as_array().map(Vec::len)), (&json!(here), Some(1)), "{row}");
    assert_eq!((&row["photos_absent"], &row["photos_more"]), (&json!(1), &json!(0)));
    assert!(row["photos"][0]["place"]["vi"].as_str().is_some_and(|place| place.starts_with("ảnh ở mục A-1")), "{row}");
    let path = |hash: &PhotoHash| format!("/api/v1/quarantine/{}/photos/{hash}", row["id"]);
    for size in ["", "?size=full", "?size=thumbnail"] {
        let picture = server.call(&reviewer, Method::GET, &format!("{}{size}", path(&here)), None).await;
        assert_eq!(picture.status(), StatusCode::OK);
        assert_eq!(picture.headers()["cache-control"], "private, no-store");
        assert_eq!(picture.bytes().await.expect("bytes").as_ref(), b"a stairwell");
    }
    let plain = format!("/api/v1/photos/{here}");
    assert_eq!(server.call(&reviewer, Method::GET, &plain, None).await.status(), StatusCode::NOT_FOUND, "of no record");
    // What it does not name, what is not here, and other rows.
    let unnamed = one.upload(b"of another work").await;
    for nothing in
        [path(&underway), path(&unnamed), format!("/api/v1/quarantine/9999/photos/{here}"), path(&here) + "0"]
    {
        assert_eq!(
            server.call(&reviewer, Method::GET, &nothing, None).await.status(),
            StatusCode::NOT_FOUND,
            "{nothing}"
        );
    }
    // Who administers, whether also a reviewer of another unit or not; who reviews elsewhere; officers; a household head.
    for (who, code) in [
        ("quantri", ErrorCode::Forbidden),
        ("hai", ErrorCode::NotFound),
        ("duyet2", ErrorCode::NotFound),
        ("canbo1", ErrorCode::Forbidden),
        ("canbo2", ErrorCode::Forbidden),
        ("chuho", ErrorCode::Forbidden),
    ] {
        let cookie = server.login(who).await;
        assert_eq!(code_of(server.call(&cookie, Method::GET, &path(&here), None).await).await, code, "{who}");
        let listed = server.call(&cookie, Method::GET, "/api/v1/quarantine", None).await;
        if listed.status() == StatusCode::OK {
            let listed = listed.text().await.expect("text");
            assert!(!listed.contains(&here.to_string()), "{who} is told of it: {listed}");
        }
    }
    assert_eq!(code_of(server.call("", Method::GET, &path(&here), None).await).await, ErrorCode::LoginRequired);
}

#[tokio::test]
async fn all_that_is_held_is_told_before_anybody_lets_it_in_and_what_is_beyond_measure_is_counted() {
    let (server, one, two) = TestServer::reviewed().await;
    let many: Vec<_> = (0..203_u32).map(|each| PhotoHash::of(&each.to_be_bytes())).collect();
    held(&one, &two, &many[..14]).await;
    let reviewer = server.login("duyet1").await;
    let row = server.get(&reviewer, "/api/v1/quarantine").await["items"][0].clone();
    assert_eq!((row["says"].as_array().map(Vec::len), &row["says_more"]), (Some(14), &json!(0)), "{row}");
    held(&one, &two, &many).await;
    let row = server.get(&reviewer, "/api/v1/quarantine").await["items"][0].clone();
    assert_eq!((row["says"].as_array().map(Vec::len), &row["says_more"]), (Some(200), &json!(3)));
}

#[tokio::test]
async fn naming_anothers_photo_in_what_is_held_shows_nothing() {
    let (server, one, two) = TestServer::reviewed().await;
    let server = server.with_user("canbo3", Role::CommuneDataOfficer, other_ward()).await;
    let elsewhere = server.enrol("canbo3").await;
    // A photo of another ward's record, whose hash the officer came to know.
    let (facility, first) = Record::facility(&elsewhere, other_ward(), "Nhà riêng");
    let secret = elsewhere.upload(b"the inside of a home").await;
    let (mut visit, begun) = Record::inspection(&elsewhere, other_ward(), facility.id);
    let added = visit.write(&[photo_at("A-1", secret, elsewhere.person())]);
    elsewhere.admitted(&[first, begun, added]).await;
    // And one that a colleague sent, which no record names.
    let loose = one.upload(b"of a colleague").await;
    held(&one, &two, &[secret, loose]).await;
    let reviewer = server.login("duyet1").await;
    let row = server.get(&reviewer, "/api/v1/quarantine").await["items"][0].clone();
    assert_eq!((&row["photos"], &row["photos_absent"]), (&json!([]), &json!(2)), "{row}");
    for hash in [secret, loose] {
        let path = format!("/api/v1/quarantine/{}/photos/{hash}", row["id"]);
        assert_eq!(server.call(&reviewer, Method::GET, &path, None).await.status(), StatusCode::NOT_FOUND);
    }
    assert_ne!(row["release"], Value::Null);
}
