//! Accounts from the console: a forgotten password, an end, and that somebody is always left who administers.

use ancu_shared::error::ErrorCode;
use ancu_shared::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{HOUR, PASSWORD, TestServer, city, code_of, problem, team};

/// Whether somebody may log in with a password.
async fn logs_in(server: &TestServer, username: &str, password: &str) -> bool {
    let body = json!({ "username": username, "password": password });
    server.call("", Method::POST, "/api/v1/session", Some(body)).await.status() == StatusCode::OK
}

async fn post(server: &TestServer, cookie: &str, path: &str, body: Value) -> reqwest::Response {
    server.call(cookie, Method::POST, path, Some(body)).await
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_one_that_is_shown_once() {
    let server = TestServer::start().await.with_user("quantri", Role::SysAdmin, city()).await;
    let server = server.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let (cookie, theirs) = (server.login("quantri").await, server.login("duyet1").await);
    let path = format!("/api/v1/users/{}/password", server.person("duyet1").await);
    let made = server.call(&cookie, Method::POST, &path, None).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.expect("json");
    let password = made["password"].as_str().expect("a password");
    let me = server.call(&theirs, Method::GET, "/api/v1/me", None).await;
    assert_eq!(code_of(me).await, ErrorCode::LoginRequired, "whoever knew the old one is out");
    assert!(logs_in(&server, "duyet1", password).await);
    assert!(!logs_in(&server, "duyet1", PASSWORD).await);
    let audit = server.get(&cookie, "/api/v1/audit").await;
    assert!(!audit.to_string().contains(password), "it is written down nowhere");
    let row = audit["items"].as_array().expect("rows").iter().find(|row| row["action"] == "account.password");
    assert_eq!(row.expect("it is recorded")["actor_name"], "Người quantri");
}

#[tokio::test]
async fn a_closed_account_is_out_everywhere_and_is_given_nothing_more() {
    let server = TestServer::with_two_officers().await.with_user("quantri", Role::SysAdmin, city()).await;
    let device = server.enrol("canbo1").await;
    let (cookie, theirs) = (server.login("quantri").await, server.login("canbo1").await);
    let path = |what: &str| format!("/api/v1/users/{}/{what}", device.person());
    for _ in 0..2 {
        let closed = server.call(&cookie, Method::POST, &path("close"), None).await;
        assert_eq!(closed.status(), StatusCode::OK);
        let closed: Value = closed.json().await.expect("json");
        assert!(closed["disabled_at"].is_i64(), "{closed}");
    }
    assert_eq!(code_of(server.call(&theirs, Method::GET, "/api/v1/me", None).await).await, ErrorCode::LoginRequired);
    assert!(!logs_in(&server, "canbo1", PASSWORD).await);
    assert!(device.context().await.is_err(), "its device is turned away");
    let devices = server.get(&cookie, "/api/v1/devices").await;
    assert!(devices[0]["closed_at"].is_i64() && devices[0]["person"] == json!(device.person()), "{devices}");
    let give = json!({ "role": "area_team_reviewer", "unit": team() });
    for (what, body) in [("posts", Some(give)), ("enrolment-codes", None), ("password", None)] {
        let refused = problem(server.call(&cookie, Method::POST, &path(what), body).await).await;
        assert_eq!((refused.status, refused.field.as_deref()), (422, Some("id")), "{what}");
    }
    let audit = server.get(&cookie, "/api/v1/audit").await;
    let rows = audit["items"].as_array().expect("rows").iter().filter(|row| row["action"] == "account.disabled");
    assert_eq!(rows.count(), 1, "what is closed stays as it is");
}

#[tokio::test]
async fn somebody_is_always_left_who_administers() {
    let server = TestServer::start().await.with_user("quantri", Role::SysAdmin, city()).await;
    let server = server.with_user("quantri2", Role::AreaTeamReviewer, team()).await;
    let (first, second) = (server.person("quantri").await, server.person("quantri2").await);
    let cookie = server.login("quantri").await;
    let (close, end) = (format!("/api/v1/users/{first}/close"), format!("/api/v1/users/{first}/posts/end"));
    let end_on = |day: &str| json!({ "role": "sys_admin", "unit": city(), "valid_to": day });
    let refused_from = async |path: &str, body: Value, day: &str| {
        let refused = problem(post(&server, &cookie, path, body).await).await;
        assert_eq!((refused.known_code(), refused.status), (ErrorCode::LastAdministrator, 409), "{path}");
        assert_eq!(refused.details.expect("details")["day"], day);
        refused.vi
    };
    assert!(refused_from(&close, json!({}), "2026-11-21").await.contains("từ ngày 21/11/2026"));
    refused_from(&end, end_on("2026-12-24"), "2026-12-24").await;
    // A second one for a time is none for later; one that begins later leaves the days before it.
    let give = format!("/api/v1/users/{second}/posts");
    let until = json!({ "role": "sys_admin", "unit": city(), "valid_from": "2026-12-01", "valid_to": "2027-01-01" });
    assert_eq!(post(&server, &cookie, &give, until).await.status(), StatusCode::CREATED);
    refused_from(&end, end_on("2026-12-24"), "2027-01-01").await;
    let open = json!({ "role": "sys_admin", "unit": city(), "valid_from": "2027-01-01" });
    assert_eq!(post(&server, &cookie, &give, open).await.status(), StatusCode::CREATED);
    refused_from(&close, json!({}), "2026-11-21").await;
    assert_eq!(server.call(&cookie, Method::GET, "/api/v1/users", None).await.status(), StatusCode::OK);
    // From the second one's first day on nobody needs the first.
    assert_eq!(post(&server, &cookie, &end, end_on("2026-12-01")).await.status(), StatusCode::OK);
    server.advance(11 * 24 * HOUR);
    let cookie = server.login("quantri2").await;
    let closed = server.call(&cookie, Method::POST, &close, None).await;
    assert_eq!(closed.status(), StatusCode::OK);
    let own = server.call(&cookie, Method::POST, &format!("/api/v1/users/{second}/close"), None).await;
    assert_eq!(code_of(own).await, ErrorCode::LastAdministrator);
}
