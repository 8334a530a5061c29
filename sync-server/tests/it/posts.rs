//! Posts that begin, end and are given again: told, recorded, and nothing is forgiven for the days between.

use ancu_shared::error::ErrorCode;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PushVerdict;
use jiff::civil::date;
use reqwest::{Method, StatusCode};
use serde_json::json;

use ancu_sync_server::service::accounts;

use crate::support::{HOUR, Record, TestServer, city, header, problem, ward};

#[tokio::test]
async fn a_post_is_given_again_and_the_days_between_stay_without() {
    let server = TestServer::with_two_officers().await.with_user("quantri", Role::SysAdmin, city()).await;
    let device = server.enrol("canbo1").await;
    let (mut record, first) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    device.admitted(&[first]).await;
    accounts::end_posts(server.running.app(), None, "canbo1", None, date(2026, 11, 21)).await.expect("ended");
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
