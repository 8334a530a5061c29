//! The audit chain: a row for every action, and tampering is found.

use ancu_shared::role::Role;
use ancu_sync_server::service::verify;
use rusqlite::Connection;

use crate::support::{Record, TestServer, ward};

async fn written() -> TestServer {
    let server = TestServer::start()
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await
        .with_user("quantri", Role::SysAdmin, crate::support::city())
        .await;
    let device = server.enrol("canbo1").await;
    for name in ["Nhà trọ", "Chung cư mini", "Nhà ở"] {
        let (_, envelope) = Record::facility(&device, ward(), name);
        device.send(&envelope).await;
    }
    server
}

#[tokio::test]
async fn every_action_has_its_row_and_the_chains_hold() {
    let server = written().await;
    let report = verify::audit(server.running.app()).await.expect("verify");
    assert_eq!((report.chains, report.faults.len()), (2, 0));
    let cookie = server.login("quantri").await;
    let page = server.get(&cookie, "/api/v1/audit?limit=2").await;
    let next = page["next"].as_str().expect("more").to_owned();
    let rest = server.get(&cookie, &format!("/api/v1/audit?cursor={next}")).await;
    let rows: Vec<_> = [&page, &rest].into_iter().flat_map(|page| page["items"].as_array().expect("items")).collect();
    for action in ["envelope.admitted", "device.enrolled", "account.added", "session.opened"] {
        assert!(rows.iter().any(|row| row["action"] == action), "{action}");
    }
    let admitted = rows.iter().find(|row| row["action"] == "envelope.admitted").expect("row");
    assert_eq!(admitted["actor_name"], "Người canbo1");
    assert_eq!(admitted["unit_name"], "Phường Khương Đình");
}

#[tokio::test]
async fn changing_removing_or_moving_a_row_is_found() {
    for tampering in [
        "UPDATE audit SET details = '{}' WHERE number = 2",
        "UPDATE audit SET at = at + 1 WHERE number = 1",
        "DELETE FROM audit WHERE number = 2",
        "UPDATE audit SET person = NULL WHERE action = 'envelope.admitted'",
    ] {
        let server = written().await;
        let database = Connection::open(server.config.database()).expect("open");
        database.execute(tampering, []).expect_err("rows are never changed");
        database
            .execute_batch(&format!("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {tampering};"))
            .expect("tamper");
        let report = verify::audit(server.running.app()).await.expect("verify");
        assert!(!report.faults.is_empty(), "{tampering}");
    }
}

#[tokio::test]
async fn the_doctor_finds_a_lost_photo_and_a_wrong_cell() {
    let server = written().await;
    let sound = verify::doctor(server.running.app()).await.expect("doctor");
    assert!(sound.iter().all(|check| check.good), "{sound:?}");
    let device = server.enrol("canbo1").await;
    let photo = device.upload(b"photo").await;
    std::fs::remove_file(server.running.app().blobs.path(&photo)).expect("lose it");
    let database = Connection::open(server.config.database()).expect("open");
    database.execute("UPDATE cell SET value = '\"khác\"' WHERE key = 'h/name'", []).expect("tamper");
    let found = verify::doctor(server.running.app()).await.expect("doctor");
    let faults: Vec<_> = found.iter().filter(|check| !check.good).map(|check| check.what).collect();
    assert_eq!(faults, ["photos", "records"]);
}
