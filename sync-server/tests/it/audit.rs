//! The audit chain: a row for every action, and tampering is found.

use std::process::Command;

use ancu_shared::role::{Post, Role};
use ancu_sync_server::service::{posts, verify};
use reqwest::{Method, StatusCode};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Record, TestServer, city, photo_at, ward};

async fn written() -> TestServer {
    let server = TestServer::start()
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await
        .with_user("quantri", Role::SysAdmin, city())
        .await;
    let device = server.enrol("canbo1").await;
    for name in ["Nhà trọ", "Chung cư mini", "Nhà ở"] {
        let (_, envelope) = Record::facility(&device, ward(), name);
        device.send(&envelope).await;
    }
    server
}

#[tokio::test]
async fn actions_are_found_by_their_kind_and_each_is_of_one() {
    let server = written().await;
    let cookie = server.login("quantri").await;
    let all = server.get(&cookie, "/api/v1/audit").await;
    let mut counted = 0;
    for (kind, actions) in [
        ("session", &["session.opened"][..]),
        ("account", &["account.added", "account.post_given", "account.enrolment_code"]),
        ("device", &["device.enrolled"]),
        ("record", &["envelope.admitted"]),
        ("photo", &[]),
        ("held", &[]),
        ("other", &["store.life_begun", "template.imported", "template.released", "units.imported"]),
    ] {
        let page = server.get(&cookie, &format!("/api/v1/audit?kind={kind}")).await;
        let rows = page["items"].as_array().expect("items");
        for row in rows {
            assert!(actions.contains(&row["action"].as_str().expect("an action")), "{kind}: {row}");
        }
        assert_eq!(page["total"].as_u64(), Some(rows.len() as u64), "{kind}");
        counted += rows.len();
    }
    assert_eq!(Some(counted), all["items"].as_array().map(Vec::len));
    // In pages, newest first.
    let first = server.get(&cookie, "/api/v1/audit?kind=record&limit=2").await;
    let next = first["next"].as_str().expect("more").to_owned();
    let rest = server.get(&cookie, &format!("/api/v1/audit?kind=record&limit=2&cursor={next}")).await;
    let pages = [&first, &rest].map(|page| page["items"].as_array().expect("items").clone());
    let numbers: Vec<_> = pages.concat().iter().map(|row| row["sequence"].as_i64().expect("a number")).collect();
    assert!(numbers.len() == 3 && numbers.is_sorted_by(|newer, older| newer > older), "{numbers:?}");
    assert_eq!((&first["total"], &rest["total"], &rest["next"]), (&json!(3), &json!(3), &Value::Null));
    let refused = server.call(&cookie, Method::GET, "/api/v1/audit?kind=nonsense", None).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().await.expect("text").contains("session, account, device, record, photo, held, other"));
}

#[tokio::test]
async fn a_photo_that_arrived_names_whose_device_sent_it_and_the_unit_and_its_premises_only_to_who_reads_them() {
    let server = written().await.with_user("canbo2", Role::CommuneDataOfficer, ward()).await;
    let both = server.add_user("hai", Role::SysAdmin, city()).await;
    server.add_post(both, Role::AreaTeamReviewer, ward()).await;
    let device = server.enrol("canbo2").await;
    let (facility, first) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    let photo = device.upload(b"a stairwell").await;
    let (mut visit, begun) = Record::inspection(&device, ward(), facility.id);
    let added = visit.write(&[photo_at("A-1", photo, device.person())]);
    device.admitted(&[first, begun, added]).await;
    let names = async |who: &str| {
        let cookie = server.login(who).await;
        server.get(&cookie, "/api/v1/audit?kind=photo").await["items"][0]["names"].clone()
    };
    let told = names("quantri").await;
    assert_eq!((&told["person"], &told["units"]), (&json!("Người canbo2"), &json!(["Phường Khương Đình"])), "{told}");
    assert!(told["device"].as_str().is_some_and(|name| !name.is_empty()), "{told}");
    assert_eq!(told["premises"], "", "an administrator reads no records");
    assert_eq!(names("hai").await["premises"], "Nhà trọ Hoa Sen");
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
        assert!(!report.faults.is_empty() && !report.holds(), "{tampering}");
    }
}

/// Opens the store and does to its audit rows what their triggers forbid.
fn tamper(server: &TestServer, tampering: &str) {
    let database = Connection::open(server.config.database()).expect("open");
    database
        .execute_batch(&format!("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {tampering};"))
        .expect("tamper");
}

#[tokio::test]
async fn rows_cut_off_the_end_and_whole_chains_are_missed() {
    for tampering in [
        "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)",
        "DELETE FROM audit WHERE unit = x'00000000000000000000000000000000'",
        "DELETE FROM audit",
        "DELETE FROM audit; DELETE FROM sqlite_sequence",
        "DELETE FROM sqlite_sequence",
    ] {
        let server = written().await;
        tamper(&server, tampering);
        let report = verify::audit(server.running.app()).await.expect("verify");
        assert!(report.faults.is_empty() && report.gone > 0 && !report.holds(), "{tampering}: {report:?}");
        let checks = verify::doctor(server.running.app()).await.expect("doctor");
        assert!(checks.iter().any(|check| check.what == "audit" && !check.good), "{tampering}");
        let (done, said) = verify_audit(&server, &[]);
        assert!(!done && said.contains("rows that were written are gone"), "{tampering}: {said}");
    }
}

#[tokio::test]
async fn heads_kept_elsewhere_find_a_chain_that_was_written_anew() {
    let server = written().await;
    let (done, before) = verify_audit(&server, &[]);
    assert!(done && before.lines().filter(|line| line.starts_with("head\t")).count() == 2, "{before}");
    let folder = tempfile::tempdir().expect("folder");
    let kept = folder.path().join("heads.txt");
    std::fs::write(&kept, &before).expect("kept elsewhere");
    let expect = ["--expect", kept.to_str().expect("a path")];
    server.login("quantri").await;
    let (done, said) = verify_audit(&server, &expect);
    assert!(done && said != before, "the chains went on: {said}");
    // Whoever knows how rows are hashed, and how they are counted, leaves nothing in the store that says so.
    tamper(
        &server,
        "DELETE FROM audit WHERE id > 3; UPDATE sqlite_sequence SET seq = (SELECT count(*) FROM audit) WHERE name = 'audit'",
    );
    assert!(
        verify::audit(server.running.app()).await.expect("verify").holds(),
        "the limit of what the store says of itself"
    );
    let (done, said) = verify_audit(&server, &expect);
    assert!(!done && said.contains("a head that was known is not in its chain"), "{said}");
    std::fs::write(&kept, "something else").expect("write");
    let (done, said) = verify_audit(&server, &expect);
    assert!(!done && said.contains("no heads of chains"), "{said}");
}

/// The command; whether it is content, and what it says.
fn verify_audit(server: &TestServer, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ancu-server"))
        .args(["--log", "error", "--data"])
        .arg(&server.config.data)
        .arg("verify-audit")
        .args(arguments)
        .output()
        .expect("run");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), format!("{}{}", text(&output.stdout), text(&output.stderr)))
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

/// The rows of an action, newest first.
fn of<'p>(page: &'p Value, action: &str) -> Vec<&'p Value> {
    page["items"].as_array().expect("items").iter().filter(|row| row["action"] == action).collect()
}

#[tokio::test]
async fn rows_name_people_devices_and_units_and_premises_only_for_who_reads_their_records() {
    let server = written().await.with_user("duyet1", Role::AreaTeamReviewer, ward()).await;
    // A reviewer who administers too.
    let app = server.running.app();
    let both =
        app.store.read(|transaction| transaction.person_by_username("duyet1")).await.expect("read").expect("duyet1");
    let post = Post { role: Role::SysAdmin, unit: city(), valid_from: None, valid_to: None };
    posts::give(app, None, both.id, post).await.expect("a post");

    let cookie = server.login("quantri").await;
    let page = server.get(&cookie, "/api/v1/audit").await;
    let admitted = of(&page, "envelope.admitted");
    assert_eq!((admitted.len(), &admitted[0]["names"]["kind"]), (3, &json!("facility")));
    assert!(admitted.iter().all(|row| row["names"]["premises"] == "" && row["device_name"] == "Điện thoại"));
    let enrolled = of(&page, "device.enrolled")[0];
    assert_eq!(
        (&enrolled["names"]["device"], &enrolled["names"]["person"]),
        (&json!("Điện thoại"), &json!("Người canbo1"))
    );
    let added = of(&page, "account.added");
    let officer = added.iter().find(|row| row["details"]["username"] == "canbo1").expect("row");
    assert_eq!(officer["names"]["person"], "Người canbo1");
    assert_eq!(officer["names"]["units"], json!(["Phường Khương Đình"]));

    let cookie = server.login("duyet1").await;
    let page = server.get(&cookie, "/api/v1/audit").await;
    let named: Vec<_> =
        of(&page, "envelope.admitted").into_iter().map(|row| row["names"]["premises"].clone()).collect();
    assert_eq!(named, ["Nhà ở", "Chung cư mini", "Nhà trọ"]);
}

#[tokio::test]
async fn log_ins_that_were_refused_are_recorded_without_what_was_typed() {
    let server = written().await;
    let try_in = async |name: &str| {
        let asked = server.client.post(server.url("/api/v1/session")).header("x-requested-with", "ancu");
        let answer = asked.json(&json!({ "username": name, "password": "Sai-mat-khau-1" })).send().await;
        answer.expect("an answer").status().as_u16()
    };
    let cookie = server.login("quantri").await;
    assert_eq!(try_in("canbo1").await, 401);
    assert_eq!(try_in("mat-khau-go-nham-o-ten").await, 401);
    for _ in 0..19 {
        assert_eq!(try_in("CANBO1 ").await, 401);
    }
    for _ in 0..20 {
        assert_eq!(try_in("canbo1").await, 429);
    }
    let page = server.get(&cookie, "/api/v1/audit?limit=100").await;
    assert!(!page.to_string().contains("mat-khau"), "what was typed may be a password: {page}");
    let refused = of(&page, "session.refused");
    assert_eq!(refused.len(), 21);
    let (known, unknown): (Vec<_>, Vec<_>) = refused.into_iter().partition(|row| row["subject"] != "");
    assert_eq!((known.len(), unknown.len()), (20, 1));
    assert_eq!(
        (&known[0]["names"]["person"], &known[0]["details"]["username"]),
        (&json!("Người canbo1"), &json!("canbo1"))
    );
    assert_eq!((&known[0]["actor_name"], &known[0]["details"]["from"]), (&json!(""), &json!("127.0.0.1")));
    assert_eq!(unknown[0]["details"], json!({ "from": "127.0.0.1" }));
    // Who tries on does not fill the store: one row a minute and address.
    assert_eq!(of(&page, "session.throttled").len(), 1);
    server.advance(61_000);
    assert_eq!(try_in("canbo1").await, 401);
    let report = verify::audit(server.running.app()).await.expect("verify");
    assert!(report.holds());
}
