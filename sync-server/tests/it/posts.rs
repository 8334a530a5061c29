//! Posts that begin, end and are given again: told, recorded, and nothing is forgiven for the days between.

use ancu_shared::error::ErrorCode;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PushVerdict;
use jiff::civil::date;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{HOUR, PASSWORD, Record, TestServer, city, header, problem, ward};

#[tokio::test]
async fn a_post_is_given_again_and_the_days_between_stay_without() {
    let server = TestServer::with_two_officers().await.with_user("quantri", Role::SysAdmin, city()).await;
    let device = server.enrol("canbo1").await;
    let (mut record, first) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    device.admitted(&[first]).await;
    server.end_posts("canbo1", date(2026, 11, 21)).await;
    let between = device.send(&record.write(&[header("storeys", 4)])).await;
    assert!(matches!(between, PushVerdict::Quarantined { code: ErrorCode::WriteForbidden, .. }), "{between:?}");

    server.advance(48 * HOUR);
    let cookie = server.login("quantri").await;
    let path = format!("/api/v1/users/{}/posts", device.person());
    let again = json!({ "role": "commune_data_officer", "unit": ward(), "valid_from": "2026-11-23" });
    let given = server.call(&cookie, Method::POST, &path, Some(again.clone())).await;
    assert_eq!(given.status(), StatusCode::CREATED);
    let given: serde_json::Value = given.json().await.expect("json");
    assert_eq!(given["posts"].as_array().expect("posts").len(), 2, "history is kept: {given}");
    let (_, after) = Record::facility(&device, ward(), "Nhà trọ Hoa Mai");
    assert_eq!(device.send(&after).await, PushVerdict::Accepted);
    let held = server.get(&cookie, "/api/v1/quarantine").await;
    assert_eq!((&held["total"], &held["items"][0]["released_at"]), (&1.into(), &serde_json::Value::Null));
    let rows = server.get(&cookie, "/api/v1/audit").await;
    let row = rows["items"].as_array().expect("rows").iter().find(|row| row["action"] == "account.post_given");
    let row = row.expect("it is recorded");
    assert_eq!((&row["actor_name"], &row["details"]["from"]), (&"Người quantri".into(), &"2026-11-23".into()));

    let twice = problem(server.call(&cookie, Method::POST, &path, Some(again)).await).await;
    assert_eq!((twice.status, twice.field.as_deref()), (422, Some("valid_from")));
    for words in
        ["Cán bộ cấp xã, Phường Khương Đình, từ ngày 23/11/2026, chưa có ngày kết thúc", "kết thúc nhiệm vụ đó trước"]
    {
        assert!(twice.vi.contains(words), "the post that it overlaps with is named: {}", twice.vi);
    }
    assert!(twice.en.contains("Commune officer, Phường Khương Đình, from 2026-11-23 on"), "{}", twice.en);
    let before =
        json!({ "role": "commune_data_officer", "unit": ward(), "valid_from": "2026-01-05", "valid_to": "2026-11-23" });
    let ended = problem(server.call(&cookie, Method::POST, &path, Some(before)).await).await;
    assert!(ended.vi.contains("từ ngày 01/01/2026 đến hết ngày 20/11/2026"), "{}", ended.vi);
    let backwards =
        json!({ "role": "pc07_manager", "unit": city(), "valid_from": "2026-11-23", "valid_to": "2026-11-23" });
    let backwards = problem(server.call(&cookie, Method::POST, &path, Some(backwards)).await).await;
    assert_eq!((backwards.status, backwards.field.as_deref()), (422, Some("valid_to")));
    let head = json!({ "role": "household_head", "unit": ward() });
    assert_eq!(
        problem(server.call(&cookie, Method::POST, &path, Some(head)).await).await.field.as_deref(),
        Some("role")
    );
    let nobody = format!("/api/v1/users/{}/posts", ancu_shared::id::PersonId::from_bytes([9; 16]));
    let unknown = json!({ "role": "pc07_manager", "unit": city() });
    assert_eq!(server.call(&cookie, Method::POST, &nobody, Some(unknown)).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_post_is_given_only_where_its_role_is_held() {
    let server = TestServer::with_two_officers().await.with_user("quantri", Role::SysAdmin, city()).await;
    let cookie = server.login("quantri").await;
    let of_the_city = json!({ "username": "canbo9", "name": "Chín", "role": "commune_data_officer", "unit": city() });
    let refused = problem(server.call(&cookie, Method::POST, "/api/v1/users", Some(of_the_city)).await).await;
    assert_eq!((refused.status, refused.field.as_deref()), (422, Some("unit")));
    assert!(refused.vi.contains("Hãy chọn một phường hoặc xã"), "{}", refused.vi);
    assert!(refused.en.contains("Choose a ward or a commune"), "{}", refused.en);
    for (role, kinds) in [
        ("commune_data_officer", &["ward", "commune", "township"][..]),
        ("area_team_reviewer", &["ward", "commune", "township", "area_team"]),
        ("pc07_manager", &["city"]),
    ] {
        let page = server.get(&cookie, &format!("/api/v1/units?role={role}")).await;
        let units = page["items"].as_array().expect("units");
        let fits = |unit: &serde_json::Value| unit["kind"].as_str().is_some_and(|kind| kinds.contains(&kind));
        assert!(!units.is_empty() && units.iter().all(fits), "{role}: {page}");
    }
}

#[tokio::test]
async fn a_post_is_ended_on_a_day_and_what_it_was_held_for_stays() {
    let server = TestServer::with_two_officers().await.with_user("quantri", Role::SysAdmin, city()).await;
    let device = server.enrol("canbo1").await;
    let (mut record, first) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    device.admitted(&[first]).await;
    let cookie = server.login("quantri").await;
    let path = format!("/api/v1/users/{}/posts/end", device.person());
    let end = |day: &str| json!({ "role": "commune_data_officer", "unit": ward(), "valid_to": day });
    let ended = server.call(&cookie, Method::POST, &path, Some(end("2026-11-22"))).await;
    assert_eq!(ended.status(), StatusCode::OK);
    let ended: serde_json::Value = ended.json().await.expect("json");
    assert_eq!(
        (&ended["posts"][0]["valid_from"], &ended["posts"][0]["valid_to"]),
        (&json!("2026-01-01"), &json!("2026-11-22"))
    );
    // The day before the first no longer held is its last.
    assert_eq!(device.send(&record.write(&[header("storeys", 4)])).await, PushVerdict::Accepted);
    server.advance(24 * HOUR);
    let late = device.send(&record.write(&[header("storeys", 5)])).await;
    assert!(matches!(late, PushVerdict::Quarantined { code: ErrorCode::WriteForbidden, .. }), "{late:?}");
    let cookie = server.login("quantri").await;
    let rows = server.get(&cookie, "/api/v1/audit").await;
    let row = rows["items"].as_array().expect("rows").iter().find(|row| row["action"] == "account.posts_ended");
    let row = row.expect("it is recorded");
    assert_eq!(
        (&row["actor_name"], &row["details"]["role"], &row["details"]["to"]),
        (&json!("Người quantri"), &json!("commune_data_officer"), &json!("2026-11-22"))
    );
    // An end never moves later, and whoever asks for one that is no end is told.
    let later = problem(server.call(&cookie, Method::POST, &path, Some(end("2026-12-01"))).await).await;
    assert_eq!((later.status, later.field.as_deref()), (422, Some("valid_to")));
    let nobody = format!("/api/v1/users/{}/posts/end", ancu_shared::id::PersonId::from_bytes([9; 16]));
    let unknown = server.call(&cookie, Method::POST, &nobody, Some(end("2026-11-22"))).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_holds_no_post_yet_is_told_when_it_begins() {
    let server = TestServer::start().await.with_user("quantri", Role::SysAdmin, city()).await;
    let cookie = server.login("quantri").await;
    assert_eq!(server.get(&cookie, "/api/v1/me").await["begins"], serde_json::Value::Null);
    let account = json!({
        "username": "canbo9", "name": "Lê Thị Mai", "password": PASSWORD, "role": "commune_data_officer",
        "unit": ward(), "valid_from": "2027-01-05",
    });
    assert_eq!(server.call(&cookie, Method::POST, "/api/v1/users", Some(account)).await.status(), 201);
    let me = server.get(&server.login("canbo9").await, "/api/v1/me").await;
    assert_eq!((&me["posts"], &me["begins"]), (&json!([]), &json!("2027-01-05")));
}
