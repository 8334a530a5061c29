//! Records that rest are folded: nobody notices, and nothing that was signed is lost.

use std::process::Command;

use ancu_shared::record::register::Verdict;
use ancu_shared::sync::wire::{PullRequest, PushVerdict, UnitCursor};
use ancu_sync_server::service::compaction::{self, Done};
use ancu_sync_server::service::{Refused, upkeep};
use ancu_sync_server::store::rows::Archived;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Record, TestDevice, TestServer, header, other_ward, ward};

const DAY: i64 = 24 * 3_600_000;

/// A premises with a visit by two, and all envelopes of it.
async fn visited(one: &TestDevice, two: &TestDevice) -> (Record, Record, Record) {
    let (facility, first) = Record::facility(one, ward(), "Nhà trọ Hoa Sen");
    let (mut mine, begun) = Record::inspection(one, ward(), facility.id);
    one.admitted(&[first, begun, mine.answer("A-1", Verdict::Pass), mine.answer("A-1", Verdict::Fail)]).await;
    let mut theirs = Record::open(two, &two.pull_all().await, mine.id);
    two.admitted(&[theirs.answer("A-2", Verdict::Fail)]).await;
    (facility, mine, theirs)
}

async fn fold(server: &TestServer) -> Done {
    compaction::all(server.running.app(), 0).await.expect("folded")
}

async fn archived(server: &TestServer) -> Archived {
    server.running.app().store.read(|transaction| transaction.archived().map_err(Refused::from)).await.expect("read")
}

/// What the console shows of a record and its premises.
async fn shown(server: &TestServer, facility: &Record, inspection: &Record) -> Vec<Value> {
    let cookie = server.login("duyet1").await;
    let mut shown = Vec::new();
    for path in [
        format!("/api/v1/inspections/{}", inspection.id),
        format!("/api/v1/facilities/{}", facility.id),
        "/api/v1/inspections".to_owned(),
        "/api/v1/clashes".to_owned(),
    ] {
        shown.push(server.get(&cookie, &path).await);
    }
    shown
}

fn store(server: &TestServer) -> Connection {
    Connection::open(server.config.database()).expect("the store")
}

fn rows(server: &TestServer, of: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {of}");
    store(server).query_row(&count, [], |row| row.get(0)).expect("rows")
}

#[tokio::test]
async fn a_folded_record_is_read_pulled_and_written_like_any_other() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, mine, mut theirs) = visited(&one, &two).await;
    let envelopes = one.pull_all().await;
    let before = shown(&server, &facility, &mine).await;
    let cursor = two.pull(&PullRequest::default()).await.expect("pull").units[0].cursor.clone();

    let done = fold(&server).await;
    assert_eq!((done.records, done.unfoldable), (2, 0));
    assert_eq!(done.bytes, envelopes.iter().map(Vec::len).sum::<usize>() as u64);
    assert!(done.packed < done.bytes);
    assert_eq!(archived(&server).await, Archived { records: 2, packed: done.packed, bytes: done.bytes });
    assert_eq!((rows(&server, "cell"), rows(&server, "change")), (0, 0), "what follows from it is not kept");
    assert_eq!(rows(&server, "envelope WHERE length(body) > 0"), 0);

    assert_eq!(shown(&server, &facility, &mine).await, before);
    assert_eq!(one.pull_all().await, envelopes, "byte for byte, in the order of before");
    let known = UnitCursor { unit: ward(), cursor: Some(cursor) };
    let news = two.pull(&PullRequest { cursors: vec![known], ..PullRequest::default() }).await.expect("pull");
    assert!(news.units[0].envelopes.is_empty() && !news.units[0].restarted, "a cursor of before is still good");
    for envelope in &envelopes {
        assert_eq!(one.send(envelope).await, PushVerdict::AlreadyKnown);
    }
    assert_eq!(archived(&server).await.records, 2, "asking unfolds nothing");
    assert_eq!(fold(&server).await, Done::default(), "nor is anything folded twice");

    // Work that was made before, and arrives after.
    let late = theirs.answer("A-1", Verdict::Pass);
    two.admitted(std::slice::from_ref(&late)).await;
    assert_eq!(archived(&server).await.records, 1, "the record is at work again");
    let view = &shown(&server, &facility, &mine).await[0];
    assert_eq!(view["items"][0]["statements"][0]["by"]["person_name"], "Người canbo2", "{view}");
    assert_eq!(one.pull_all().await, [envelopes, vec![late]].concat());
    assert_eq!(fold(&server).await.records, 1);
    assert_eq!(&shown(&server, &facility, &mine).await[0], view);
    assert_eq!((rows(&server, "cell"), rows(&server, "unfoldable")), (0, 0));
}

#[tokio::test]
async fn what_clashes_is_not_folded_and_a_seal_puts_beside_what_it_does_not_cover_in_a_folded_record() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, mut mine, mut theirs) = visited(&one, &two).await;
    two.admitted(&[theirs.answer("A-3", Verdict::Pass)]).await;
    assert_eq!(fold(&server).await.records, 2);
    // The first officer signs without having heard of the second.
    one.admitted(&[mine.seal()]).await;
    let view = &shown(&server, &facility, &mine).await[0];
    assert_eq!(view["items"].as_array().map(Vec::len), Some(1), "{view}");
    assert_eq!(view["late"][0]["by"]["person_name"], "Người canbo2", "{view}");
    assert_eq!(fold(&server).await.records, 1);
    assert_eq!(&shown(&server, &facility, &mine).await[0], view);

    let (other, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Cúc");
    let (mut mine, begun) = Record::inspection(&one, ward(), other.id);
    one.admitted(&[first, begun]).await;
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    one.admitted(&[mine.answer("A-1", Verdict::Pass)]).await;
    two.admitted(&[theirs.answer("A-1", Verdict::Fail)]).await;
    assert_eq!(fold(&server).await.records, 1, "the premises; somebody is still to settle what clashes");
    assert_eq!(shown(&server, &other, &mine).await[3]["total"], 1);
}

#[tokio::test]
async fn premises_whose_records_are_folded_are_handed_over_whole() {
    let (server, one, two) = TestServer::reviewed().await;
    let server = server.with_user("canbo9", ancu_shared::role::Role::CommuneDataOfficer, other_ward()).await;
    let (facility, ..) = visited(&one, &two).await;
    let envelopes = one.pull_all().await;
    assert_eq!(fold(&server).await.records, 2);
    server.add_user("pc07", ancu_shared::role::Role::Pc07Manager, crate::support::city()).await;
    let path = format!("/api/v1/facilities/{}/hand-overs", facility.id);
    let body = json!({ "unit": other_ward(), "reason": "Điều chỉnh địa giới" });
    let cookie = server.login("pc07").await;
    assert!(server.call(&cookie, reqwest::Method::POST, &path, Some(body)).await.status().is_success());
    assert_eq!(server.enrol("canbo9").await.pull_all().await, envelopes);
    assert!(one.pull_all().await.is_empty());
}

#[tokio::test]
async fn a_record_that_does_not_prove_stays_as_it_is_and_the_doctor_says_so() {
    let (server, one, two) = TestServer::reviewed().await;
    let (_, mine, _) = visited(&one, &two).await;
    let (envelopes, id) = (one.pull_all().await, mine.id.as_bytes().to_vec());
    let said: String = store(&server)
        .query_row("SELECT value FROM cell WHERE document = ?1 AND key = 'i/A-2'", [&id], |row| row.get(0))
        .expect("a cell");
    let put = |value: &str| {
        let changed = store(&server)
            .execute("UPDATE cell SET value = ?2 WHERE document = ?1 AND key = 'i/A-2'", (&id, value))
            .expect("written");
        assert_eq!(changed, 1);
    };
    put("\"khác\"");
    let command = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_ancu-server"))
            .args(["--log", "off", "--data"])
            .arg(&server.config.data)
            .args(arguments)
            .output()
            .expect("run");
        (output.status.success(), String::from_utf8(output.stdout).expect("text"))
    };
    let (good, told) = command(&["compact", "--days", "0"]);
    assert!(good && told.contains("1 record folded") && told.contains("1 record could not be folded"), "{told}");
    assert_eq!(rows(&server, "envelope WHERE length(body) > 0"), 4, "all of the visit");
    assert_eq!(one.pull_all().await, envelopes);
    let (good, told) = command(&["doctor"]);
    assert!(!good && told.contains("FAULT\tarchives\t1 hồ sơ không xếp gọn được"), "{told}");
    assert!(told.contains(&mine.id.to_string()), "{told}");

    put(&said);
    let (good, told) = command(&["compact", "--days", "0"]);
    assert!(good && told.contains("1 record folded") && !told.contains("could not"), "{told}");
    assert!(command(&["doctor"]).0);
    assert_eq!(one.pull_all().await, envelopes);
}

#[tokio::test]
async fn a_running_server_folds_by_itself_what_was_quiet_for_long_once_a_day() {
    let (server, one, two) = TestServer::reviewed().await;
    let app = server.running.app();
    let (mut facility, ..) = visited(&one, &two).await;
    compaction::daily(app).await.expect("a look");
    assert_eq!(archived(&server).await.records, 0, "nothing is quiet yet");
    server.advance(89 * DAY);
    one.admitted(&[facility.write(&[header("storeys", 5)])]).await;
    server.advance(2 * DAY);
    upkeep::once(app).await.expect("upkeep");
    // Until it came to the end.
    for _ in 0..3 {
        compaction::daily(app).await.expect("a look");
    }
    assert_eq!(archived(&server).await.records, 1, "the visit; not the premises, of which something came");
    server.advance(90 * DAY);
    compaction::daily(app).await.expect("a look");
    assert_eq!(archived(&server).await.records, 2);
}
