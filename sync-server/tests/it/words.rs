//! What people are told when something does not go: the cause and the remedy, in both languages, once.

use ancu_shared::error::ErrorCode;
use ancu_shared::role::Role;
use ancu_sync_server::service::Refused;
use ancu_sync_server::store::rows::FacilityRow;
use ancu_sync_server::{Config, Server};
use reqwest::Method;
use serde_json::json;

use crate::support::{PASSWORD, Record, TestServer, problem, team, ward};

#[tokio::test]
async fn a_login_from_another_page_says_so() {
    let server = TestServer::with_two_officers().await;
    let login = json!({ "username": "canbo1", "password": PASSWORD });
    let foreign = server.client.post(server.url("/api/v1/session")).json(&login).send().await.expect("send");
    let told = problem(foreign).await;
    assert_eq!((told.known_code(), told.status), (ErrorCode::OriginForeign, 403));
    assert!(!told.vi.contains("đơn vị"), "units have nothing to do with it: {}", told.vi);
}

#[tokio::test]
async fn a_wrong_value_is_named_with_the_remedy() {
    let server = TestServer::with_two_officers().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let cookie = server.login("duyet1").await;
    let path = format!("/api/v1/inspections/{}/decision", "00000000-0000-7000-8000-000000000001");
    let maybe = json!({ "decision": "maybe", "on": "00000000-0000-7000-8000-000000000001", "words": "" });
    let told = problem(server.call(&cookie, Method::POST, &path, Some(maybe)).await).await;
    assert_eq!((told.known_code(), told.field.as_deref()), (ErrorCode::FieldInvalid, Some("decision")));
    assert_eq!(told.vi, "Hãy chọn một trong: approved, returned.");
}

#[tokio::test]
async fn signs_alone_find_nothing() {
    let server = TestServer::with_two_officers().await;
    let device = server.enrol("canbo1").await;
    let (_, envelope) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    device.send(&envelope).await;
    let cookie = server.login("canbo1").await;
    for (query, found) in [("", 1), ("%20", 1), ("%25", 0), ("%27", 0), ("*", 0), ("%E2%80%A6", 0), ("hoa", 1)] {
        let listed = server.get(&cookie, &format!("/api/v1/facilities?q={query}")).await;
        assert_eq!(listed["total"], found, "{query}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_said_once_with_the_remedy() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().expect("folder");
    let config = Config { listen: server.running.addr, data: folder.path().join("var"), ..Config::default() };
    let error = Server::start(config).await.err().expect("the port is taken");
    let told = format!("{:#}", anyhow::Error::from(error));
    assert_eq!(told.matches(&server.running.addr.to_string()).count(), 2, "once a language: {told}");
    assert!(told.contains("--listen") && told.contains("đang được chương trình khác dùng"), "{told}");
    assert!(!told.contains("os error"), "{told}");
}

#[tokio::test]
async fn rows_that_an_older_version_made_are_made_anew_at_the_start() {
    let server = TestServer::with_two_officers().await;
    let device = server.enrol("canbo1").await;
    let (facility, envelope) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    device.send(&envelope).await;
    let old = server.running.app().store.write(move |transaction| {
        let row = transaction.facility(facility.id)?.expect("the row");
        transaction.put_facility(&FacilityRow { search: "nothing that was ever looked for".into(), ..row })?;
        transaction.put_setting("projection_version", &1_u32.to_be_bytes())?;
        Ok::<_, Refused>(())
    });
    old.await.expect("as an older version left it");
    let cookie = server.login("canbo1").await;
    assert_eq!(server.get(&cookie, "/api/v1/facilities?q=hoa%20sen").await["total"], 0);
    let server = server.restart().await;
    let cookie = server.login("canbo1").await;
    assert_eq!(server.get(&cookie, "/api/v1/facilities?q=hoa%20sen").await["total"], 1);
}
