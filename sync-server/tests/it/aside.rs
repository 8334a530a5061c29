//! What can never be let in: set aside by who answers for it, so that it makes room.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::UnitId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::register::Verdict;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PushVerdict;
use ancu_sync_server::service::Refused;
use jiff::civil::date;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Record, TestServer, city, code_of, header, other_ward, team, ward};
use crate::sync::quarantined;

/// Two officers, a reviewer of their ward, and an administrator.
async fn desks() -> TestServer {
    let server = TestServer::with_two_officers().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    server.with_user("quantri", Role::SysAdmin, city()).await
}

#[tokio::test]
async fn what_names_no_unit_is_set_aside_by_an_administrator_and_let_in_by_nobody() {
    let server = desks().await;
    let device = server.enrol("canbo1").await;
    server.end_posts("canbo1", date(2026, 11, 21)).await;
    let garbage = b"not an envelope at all";
    let invalid =
        |verdict: &PushVerdict| matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::EnvelopeInvalid, .. });
    assert!(invalid(&device.send(garbage).await));
    let (admin, reviewer) = (server.login("quantri").await, server.login("duyet1").await);
    assert_eq!(server.get(&reviewer, "/api/v1/quarantine").await["total"], 0, "no unit's reviewer hears of it");
    let held = server.get(&admin, "/api/v1/quarantine").await["items"][0].clone();
    assert_eq!(
        (&held["release"], &held["released_at"], &held["set_aside"]),
        (&json!("unreadable"), &Value::Null, &json!(false))
    );
    let envelope = ancu_shared::id::EnvelopeId::of(garbage);
    assert_eq!(held["envelope"], json!(envelope), "whoever has the device can tell which it is");
    let path = format!("/api/v1/quarantine/{}/set-aside", held["id"]);
    assert_eq!(code_of(server.call(&reviewer, Method::POST, &path, None).await).await, ErrorCode::NotFound);
    for count in [1, 0] {
        let settled = server.call(&admin, Method::POST, &path, None).await;
        assert_eq!(settled.status(), StatusCode::OK);
        let settled: Value = settled.json().await.expect("json");
        let row = &settled["envelope"];
        assert!(row["released_at"].is_i64() && row["set_aside"] == true && settled["count"] == count, "{settled}");
    }
    let audit = server.get(&admin, "/api/v1/audit").await;
    let rows: Vec<_> =
        audit["items"].as_array().expect("rows").iter().filter(|row| row["action"] == "quarantine.set_aside").collect();
    assert_eq!((rows.len(), &rows[0]["subject"]), (1, &json!(envelope)));
    // It takes no room of what is held, and is no supervisor's word that would let it in.
    let told = server.running.app().store.read(move |transaction| {
        let load = transaction.quarantine_load(None)?.all;
        Ok::<_, Refused>((load.envelopes, transaction.was_released(&envelope)?))
    });
    assert_eq!(told.await.expect("read"), (0, false));
    // What comes again is held anew.
    assert!(invalid(&device.send(garbage).await));
    let again = server.get(&admin, "/api/v1/quarantine").await;
    assert_eq!((&again["total"], &again["items"][0]["released_at"]), (&json!(1), &Value::Null));
}

#[tokio::test]
async fn what_can_never_be_let_in_is_set_aside_all_of_a_device_at_once() {
    let server = desks().await;
    let (rogue, other) = (server.enrol("canbo1").await, server.enrol("canbo1").await);
    for garbage in ["one", "two", "three"] {
        rogue.send(garbage.as_bytes()).await;
    }
    // A record of no known form, well signed; and premises with a number that no house has, which a reviewer may forgive.
    let nothing = Record::new(&rogue, RecordKind::Inspection, ward()).write(&[header("schema", 1)]);
    assert_eq!(quarantined(&rogue.send(&nothing).await), Some(ErrorCode::RecordMismatch));
    let (mut premises, begun) = Record::facility(&rogue, ward(), "Nhà trọ Hoa Sen");
    rogue.admitted(&[begun]).await;
    let odd = premises.write(&[header("storeys", -7)]);
    assert_eq!(quarantined(&rogue.send(&odd).await), Some(ErrorCode::FieldInvalid));
    for garbage in ["four", "five"] {
        other.send(garbage.as_bytes()).await;
    }
    let (admin, reviewer) = (server.login("quantri").await, server.login("duyet1").await);
    let open = async |cookie: &str| {
        let counts = server.get(cookie, "/api/v1/dashboard").await["quarantined"].clone();
        let list = server.get(cookie, "/api/v1/quarantine").await["items"].as_array().expect("items").clone();
        let open: Vec<Value> = list.into_iter().filter(|row| row["released_at"].is_null()).collect();
        assert_eq!(counts, json!(open.len()), "what is settled counts no more");
        open
    };
    let (theirs, held) = (open(&admin).await, open(&reviewer).await);
    // Newest first: of the other device, what is to be decided on, what can never be let in, and what cannot be read.
    for (cookie, rows, expected) in
        [(&reviewer, &held, [2, 2, 0, 4, 4, 4, 4]), (&admin, &theirs, [2, 2, 0, 0, 3, 3, 3])]
    {
        for (row, expected) in rows.iter().zip(expected) {
            let path = format!("/api/v1/quarantine/{}/set-aside", row["id"]);
            assert_eq!(
                server.get(cookie, &path).await["count"],
                expected,
                "how many go at once is known before: {row}"
            );
            assert_eq!(row["may_set_aside"], expected > 0, "{row}");
        }
    }
    let aside = async |cookie: &str, row: &Value, query: &str| {
        let path = format!("/api/v1/quarantine/{}/set-aside{query}", row["id"]);
        let answer = server.call(cookie, Method::POST, &path, None).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json::<Value>().await.expect("json")["count"].clone()
    };
    assert_eq!(aside(&reviewer, &held[3], "?extent=device").await, 4);
    assert_eq!((open(&reviewer).await.len(), open(&admin).await.len()), (3, 3), "nothing of another device");
    assert_eq!(aside(&admin, &held[0], "").await, 1, "an administrator does so where there is a unit, too");
    let left = open(&admin).await;
    assert_eq!((left.len(), open(&reviewer).await.len()), (2, 2));
    assert_eq!(left[1]["release"], "withheld");
    let path = format!("/api/v1/quarantine/{}/set-aside?extent=device", left[1]["id"]);
    for cookie in [&admin, &reviewer] {
        let refused = server.call(cookie, Method::POST, &path, None).await;
        assert_eq!(code_of(refused).await, ErrorCode::Forbidden, "what may be let in is decided on");
    }
    // What is set aside is still shown, and one that comes again is held anew.
    let all = server.get(&reviewer, "/api/v1/quarantine").await["items"].as_array().expect("items").clone();
    let kept = all.iter().find(|row| row["id"] == held[3]["id"]).expect("it stays in the list");
    assert_eq!(
        (&kept["set_aside"], &kept["release"], &kept["code"]),
        (&json!(true), &json!("never"), &held[3]["code"])
    );
    assert_eq!(quarantined(&rogue.send(&nothing).await), Some(ErrorCode::RecordMismatch));
    assert_eq!(open(&reviewer).await[0]["envelope"], held[3]["envelope"]);
    // Of which device it is, is asked by the list of devices too.
    let devices = server.get(&admin, "/api/v1/devices").await;
    let holds = |device: &Value| (device["held"].clone(), device["id"].as_str().expect("id").to_owned());
    let mut counts: Vec<_> = devices.as_array().expect("devices").iter().map(holds).collect();
    counts.sort_by_key(|(held, _)| held.as_u64());
    let [(one, other), (two, rogue)] = &counts[..] else { panic!("two devices: {counts:?}") };
    assert_eq!((one, two), (&json!(1), &json!(2)));
    for (device, total) in [(other, 2), (rogue, 5)] {
        let list = server.get(&admin, &format!("/api/v1/quarantine?device={device}")).await;
        assert_eq!((&list["total"], list["items"].as_array().map(Vec::len)), (&json!(total), Some(total)));
    }
    let unread = server.call(&admin, Method::GET, "/api/v1/quarantine?device=x", None).await;
    assert_eq!(unread.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let audit = server.get(&admin, "/api/v1/audit").await;
    let rows = audit["items"].as_array().expect("rows").iter().filter(|row| row["action"] == "quarantine.set_aside");
    let counts: Vec<_> = rows.map(|row| row["details"]["count"].clone()).collect();
    assert_eq!(counts, [1, 4], "one row for each time, newest first");
}

#[tokio::test]
async fn what_names_another_unit_than_its_record_is_set_aside_unread_and_its_record_tells_of_it_no_more() {
    let server = desks().await.with_user("duyet2", Role::AreaTeamReviewer, other_ward()).await;
    server.add_post(server.person("canbo2").await, Role::CommuneDataOfficer, other_ward()).await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut visit, begun) = Record::inspection(&one, ward(), facility.id);
    one.admitted(&[first, begun]).await;
    let mut theirs = Record::open(&two, &two.pull_all().await, visit.id);
    one.admitted(&[visit.answer("A-1", Verdict::Pass), visit.seal()]).await;
    theirs.unit = other_ward();
    assert_eq!(quarantined(&two.send(&theirs.answer("A-2", Verdict::Fail)).await), Some(ErrorCode::RecordMismatch));
    let reviewer = server.login("duyet1").await;
    let told = async || server.get(&reviewer, "/api/v1/inspections").await["items"][0]["late_answers"].clone();
    assert_eq!(told().await, 1);
    let elsewhere = server.login("duyet2").await;
    let row = server.get(&elsewhere, "/api/v1/quarantine").await["items"][0].clone();
    assert_eq!((&row["release"], &row["says"], &row["document"]), (&json!("never"), &json!([]), &Value::Null));
    let path = format!("/api/v1/quarantine/{}/set-aside", row["id"]);
    assert_eq!(server.call(&elsewhere, Method::POST, &path, None).await.status(), StatusCode::OK);
    assert_eq!(told().await, 0, "it is held no more");
}

#[tokio::test]
async fn what_waits_for_a_unit_or_for_a_newer_server_goes_along_with_nothing_else() {
    let server = desks().await;
    let device = server.enrol("canbo1").await;
    let nowhere = UnitId::from_bytes([9; 16]);
    let stray = || Record::facility(&device, nowhere, "Nhà trọ của phường mới").1;
    let newer =
        Record::new(&device, RecordKind::Facility, ward()).write(&[header("schema", 99), header("name", "Mới")]);
    assert_eq!(quarantined(&device.send(&newer).await), Some(ErrorCode::RecordNewer));
    for envelope in [stray(), stray()] {
        assert_eq!(quarantined(&device.send(&envelope).await), Some(ErrorCode::WriteForbidden));
    }
    device.send(b"not an envelope at all").await;
    let (admin, reviewer) = (server.login("quantri").await, server.login("duyet1").await);
    let rows = server.get(&admin, "/api/v1/quarantine").await["items"].as_array().expect("items").clone();
    let counts = async |cookie: &str| {
        let mut counts = Vec::new();
        for row in &rows {
            let path = format!("/api/v1/quarantine/{}/set-aside", row["id"]);
            let answer = server.call(cookie, Method::GET, &path, None).await;
            counts.push(answer.json::<Value>().await.expect("json")["count"].clone());
        }
        counts
    };
    // Newest first: garbage, two that name a unit which may yet be imported, one for a newer server.
    assert_eq!(counts(&admin).await, [json!(1), json!(3), json!(3), json!(0)]);
    assert_eq!(counts(&reviewer).await, [json!(1), Value::Null, Value::Null, json!(2)], "a stray one is unknown here");
    let path = format!("/api/v1/quarantine/{}/set-aside?extent=device", rows[1]["id"]);
    let answer = server.call(&admin, Method::POST, &path, None).await.json::<Value>().await.expect("json");
    assert_eq!(answer["count"], 3);
}
