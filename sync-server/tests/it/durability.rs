//! What was said to be taken is there after a restart; sessions, codes and devices too.

use ancu_shared::role::Role;
use ancu_shared::sync::wire::{PullRequest, UnitCursor};

use ancu_sync_server::service::accounts;

use crate::support::{Record, TestServer, ward};

#[tokio::test]
async fn a_restart_loses_and_renumbers_nothing() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let mut device = server.enrol("canbo1").await;
    let cookie = server.login("canbo1").await;
    let (_, envelope) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    device.send(&envelope).await;
    let photo = device.upload(b"photo").await;
    let cursor = device.pull(&PullRequest::default()).await.expect("pull").units[0].cursor.clone();
    let fingerprint = server.running.ca_fingerprint;

    let server = server.restart().await;
    device.follow(&server);
    assert_eq!(server.running.ca_fingerprint, fingerprint);
    let request =
        PullRequest { cursors: vec![UnitCursor { unit: ward(), cursor: Some(cursor) }], ..PullRequest::default() };
    let page = device.pull(&request).await.expect("pull");
    assert!(!page.units[0].restarted && page.units[0].envelopes.is_empty());
    assert_eq!(device.pull_all().await, [envelope]);
    assert_eq!(server.get(&cookie, "/api/v1/facilities").await["total"], 1);
    assert!(server.running.app().blobs.path(&photo).is_file());
}

#[tokio::test]
async fn a_session_ends_by_itself_and_by_logging_out() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let cookie = server.login("canbo1").await;
    assert_eq!(server.get(&cookie, "/api/v1/me").await["username"], "canbo1");
    let out = server.call(&cookie, reqwest::Method::DELETE, "/api/v1/session", None).await;
    assert_eq!(out.status(), 204);
    let me = server.call(&cookie, reqwest::Method::GET, "/api/v1/me", None).await;
    assert_eq!(me.status(), 401);
    let cookie = server.login("canbo1").await;
    server.advance(12 * crate::support::HOUR);
    let me = server.call(&cookie, reqwest::Method::GET, "/api/v1/me", None).await;
    assert_eq!(me.status(), 401);
}

#[tokio::test]
async fn guessing_a_password_is_slowed_down() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let guess = |username: &'static str| {
        let body = serde_json::json!({ "username": username, "password": "a wrong password" });
        server.call("", reqwest::Method::POST, "/api/v1/session", Some(body))
    };
    for _ in 0..20 {
        assert_eq!(guess("canbo1").await.status(), 401);
    }
    assert_eq!(guess("canbo1").await.status(), 429);
    assert_eq!(guess("nobody").await.status(), 401);
    server.advance(60_000);
    server.login("canbo1").await;
}

#[tokio::test]
async fn a_new_password_and_a_closed_account_end_what_was_open() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    let app = server.running.app().clone();
    let cookie = server.login("canbo1").await;
    let me = async |cookie: &str| server.call(cookie, reqwest::Method::GET, "/api/v1/me", None).await.status();
    accounts::set_password(&app, None, device.person(), Some(crate::support::PASSWORD.into())).await.expect("password");
    assert_eq!(me(&cookie).await, 401, "whoever knew the old password is out");
    let cookie = server.login("canbo1").await;
    // A post that ended: still logged in, but nothing to see and nothing to write.
    server.end_posts("canbo1", server.now().hanoi_date()).await;
    assert_eq!(server.call(&cookie, reqwest::Method::GET, "/api/v1/facilities", None).await.status(), 403);
    assert!(device.context().await.expect("context").scope.is_empty());
    accounts::close(&app, None, device.person()).await.expect("disable");
    assert_eq!(me(&cookie).await, 401);
    assert!(device.context().await.is_err());
    let body = serde_json::json!({ "username": "canbo1", "password": crate::support::PASSWORD });
    assert_eq!(server.call("", reqwest::Method::POST, "/api/v1/session", Some(body)).await.status(), 401);
}
