//! A device whose clock is years off: nothing it writes is refused or lost, and everybody who reads it is told.

use ancu_shared::clock::UtcMillis;
use ancu_shared::record::register::Verdict;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PullRequest;
use serde_json::Value;

use crate::support::{HOUR, Record, START, TestDevice, TestServer, city, team, visit_of, ward};

const THREE_YEARS: i64 = 3 * 365 * 24 * HOUR;

/// A visit of the day that the device began by this clock.
fn begun_by(device: &TestDevice, facility: &Record, number: u32, clock: UtcMillis) -> (Record, Vec<u8>) {
    Record::visit_by_clock(device, ward(), &visit_of(facility.id, number), clock)
}

fn marked(by: &Value) -> Option<i64> {
    by["clock_off_ms"].as_i64()
}

#[tokio::test]
async fn what_a_clock_three_years_back_wrote_is_marked_until_it_is_set_right() {
    let server = TestServer::with_two_officers()
        .await
        .with_user("duyet1", Role::AreaTeamReviewer, team())
        .await
        .with_user("quantri", Role::SysAdmin, city())
        .await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    one.admitted_by_clock(&[first], UtcMillis(START + 2_000)).await;
    server.advance(HOUR);
    let wrong = UtcMillis(START - THREE_YEARS);
    let (mut inspection, begun) = begun_by(&one, &facility, 1, wrong);
    let answer = inspection.answer("A-1", Verdict::Fail);
    one.admitted_by_clock(&[begun, answer], UtcMillis(START + HOUR - THREE_YEARS)).await;
    // The clock is set right, and the officer goes on.
    server.advance(HOUR);
    inspection.by_clock(UtcMillis(START + HOUR + HOUR / 2));
    let later = inspection.answer("A-2", Verdict::Pass);
    one.admitted_by_clock(&[later], UtcMillis(START + 2 * HOUR)).await;

    let reviewer = server.login("duyet1").await;
    let view = server.get(&reviewer, &format!("/api/v1/inspections/{}", inspection.id)).await;
    assert_eq!(view["summary"]["started_clock_ms"], -THREE_YEARS);
    let statement = |code: &str| {
        let item = view["items"].as_array().expect("items").iter().find(|item| item["code"] == code);
        item.expect("the item")["statements"][0]["by"].clone()
    };
    assert_eq!(marked(&statement("A-1")), Some(-THREE_YEARS));
    assert_eq!(marked(&statement("A-2")), None, "{view}");
    let sheet = server.get(&reviewer, &format!("/api/v1/facilities/{}", facility.id)).await;
    assert!(
        sheet["fields"].as_array().expect("fields").iter().all(|field| marked(&field["values"][0]["by"]).is_none())
    );

    // Colleagues' devices are told with the work itself.
    let page = two.pull(&PullRequest::default()).await.expect("pull");
    let spans: Vec<_> = page.clocks.iter().flat_map(|clock| &clock.spans).map(|span| span.offset_ms).collect();
    assert_eq!(page.clocks.len(), 1);
    assert!(spans.contains(&-THREE_YEARS) && spans.len() == 3, "{spans:?}");

    let administrator = server.login("quantri").await;
    let devices = server.get(&administrator, "/api/v1/devices").await;
    let offsets: Vec<_> = devices.as_array().expect("devices").iter().map(|it| it["clock_offset_ms"].clone()).collect();
    assert!(offsets.contains(&0.into()), "as of the last exchange: {offsets:?}");
}

#[tokio::test]
async fn what_a_clock_ahead_wrote_counts_for_the_day_it_came_although_the_clock_was_put_right_before() {
    const TEN_YEARS: i64 = 3_650 * 24 * HOUR;
    let server = TestServer::with_two_officers().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    one.admitted_by_clock(&[first], UtcMillis(START + 2_000)).await;
    server.advance(HOUR);
    let ahead = UtcMillis(START + TEN_YEARS);
    let (mut inspection, begun) = begun_by(&one, &facility, 1, ahead);
    let answer = inspection.answer("A-1", Verdict::Fail);
    let found = inspection.find("A-1", UtcMillis(ahead.0 + 14 * 24 * HOUR).hanoi_date());
    let sealed = inspection.seal();
    // The clock is put right, and only then the device exchanges.
    one.admitted_by_clock(&[begun, answer, found, sealed], UtcMillis(START + HOUR)).await;

    let arrived = server.now();
    let reviewer = server.login("duyet1").await;
    let view = server.get(&reviewer, &format!("/api/v1/inspections/{}", inspection.id)).await;
    let remarks = view["remarks"].as_array().expect("remarks");
    let said = |field: &str| remarks.iter().find(|it| it["field"] == field).map(|it| it["words"]["vi"].to_string());
    assert!(said("clock").is_some_and(|words| words.contains("đồng hồ của máy nhanh 10 năm")), "{remarks:?}");
    assert!(said("f/A-1/detail").is_some_and(|words| words.contains("được tính là")), "{remarks:?}");
    let sheet = server.get(&reviewer, &format!("/api/v1/facilities/{}", facility.id)).await;
    let last = sheet["summary"]["last_inspected_at"].as_i64().expect("inspected");
    assert!(last <= arrived.0 && last > arrived.0 - HOUR, "{last} is not after {arrived:?}");
    let findings = server.get(&reviewer, "/api/v1/findings").await;
    let finding = &findings["items"][0];
    let due = UtcMillis(last + 14 * 24 * HOUR).hanoi_date().to_string();
    assert_eq!(finding["deadline"], due.as_str(), "as many days from the day of the visit: {finding}");
    assert!(finding["deadline_written"].as_str().is_some_and(|day| day.starts_with("2036")), "{finding}");
    assert!(finding["found_at"].as_i64().is_some_and(|at| at <= arrived.0));

    // A visit that is made after it by a right clock is the last one.
    server.advance(2 * HOUR);
    let (mut later, begun) = begun_by(&one, &facility, 2, server.now());
    let (answer, sealed) = (later.answer("A-1", Verdict::Pass), later.seal());
    one.admitted_by_clock(&[begun, answer, sealed], server.now()).await;
    let sheet = server.get(&reviewer, &format!("/api/v1/facilities/{}", facility.id)).await;
    assert_eq!(sheet["inspections"][0]["id"], later.id.to_string(), "{sheet}");
    assert_eq!(sheet["summary"]["failed_checks"], 0, "{sheet}");

    // Colleagues' devices are told with the work itself, and nothing that a right clock wrote is marked.
    let page = two.pull(&PullRequest::default()).await.expect("pull");
    let spans: Vec<_> = page.clocks.iter().flat_map(|clock| clock.spans.iter().map(|span| span.offset_ms)).collect();
    assert!(spans.iter().any(|offset| *offset > TEN_YEARS - 2 * HOUR), "{spans:?}");
    let view = server.get(&reviewer, &format!("/api/v1/inspections/{}", later.id)).await;
    assert_eq!(marked(&view["items"][0]["statements"][0]["by"]), None, "{view}");
}

#[tokio::test]
async fn clocks_that_agree_are_not_spoken_of() {
    let server = TestServer::with_two_officers().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut inspection, begun) = Record::inspection(&one, ward(), facility.id);
    let answer = inspection.answer("A-1", Verdict::Pass);
    one.admitted_by_clock(&[first, begun, answer], UtcMillis(START + 2 * 60_000)).await;
    assert!(two.pull(&PullRequest::default()).await.expect("pull").clocks.is_empty());
    let cookie = server.login("canbo1").await;
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", inspection.id)).await;
    assert!(view["summary"].get("started_clock_ms").is_none());
    assert!(view["items"][0]["statements"][0]["by"].get("clock_off_ms").is_none());
}

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn a_server_whose_clock_differs_from_all_others_says_so_and_takes_everything_in() {
    let mut server = TestServer::start().await;
    for name in ["canbo1", "canbo2", "canbo3", "canbo4"] {
        server = server.with_user(name, Role::CommuneDataOfficer, ward()).await;
    }
    let server = server
        .with_user("duyet1", Role::AreaTeamReviewer, team())
        .await
        .with_user("quantri", Role::SysAdmin, city())
        .await;
    let honest = [server.enrol("canbo1").await, server.enrol("canbo2").await, server.enrol("canbo3").await];
    let rogue = [server.enrol("canbo4").await, server.enrol("canbo4").await, server.enrol("canbo4").await];
    // What all clocks but the server's show, and how far the server's is ahead of them.
    let (mut passed, mut ahead) = (0, 0);
    let mut wait = |minutes: i64| {
        server.advance(minutes * MINUTE);
        passed += minutes;
        UtcMillis(START + passed * MINUTE)
    };
    let administrator = server.login("quantri").await;
    let told = async || {
        let ready = server.get("", "/health/ready").await;
        let shown = server.get(&administrator, "/api/v1/dashboard").await["clock"].clone();
        assert_eq!(ready["clock"], shown, "{ready}");
        assert_eq!(ready["status"], "ok");
        shown["ahead_ms"].as_i64().map(|ms| (ms / MINUTE, shown["people"].as_u64().expect("how many")))
    };
    let now = wait(1);
    for device in &honest {
        device.push_by_clock(&[], now).await.expect("a push");
    }
    // One person's devices, however many and however often, say nothing of the server's clock.
    for device in &rogue {
        device.push_by_clock(&[], now.plus_millis(-180 * MINUTE)).await.expect("a push");
    }
    wait(2);
    assert_eq!(told().await, None);

    server.advance(20 * MINUTE);
    ahead += 20;
    let now = wait(1);
    for device in &honest[..2] {
        device.push_by_clock(&[], now).await.expect("a push");
    }
    wait(2);
    assert_eq!(told().await, None, "two of four");
    let (_, first) = Record::facility(&honest[2], ward(), "Nhà trọ Hoa Sen");
    let now = wait(1);
    honest[2].admitted_by_clock(&[first], now).await;
    // Nor can one person hide it by agreeing with the server.
    for device in &rogue {
        device.push_by_clock(&[], now.plus_millis(ahead * MINUTE)).await.expect("a push");
    }
    wait(2);
    assert_eq!(told().await, Some((ahead, 3)));
    let reviewer = server.login("duyet1").await;
    assert_eq!(server.get(&reviewer, "/api/v1/dashboard").await["clock"], Value::Null, "an administrator's affair");
    assert_eq!(server.get(&reviewer, "/api/v1/facilities").await["total"], 1, "nothing is refused because of it");

    // Put right: those who exchange since say so.
    server.advance(-20 * MINUTE);
    wait(25);
    let now = wait(1);
    for device in &honest {
        device.push_by_clock(&[], now).await.expect("a push");
    }
    wait(2);
    assert_eq!(told().await, None);
}

#[tokio::test]
async fn who_looks_after_the_server_is_told_of_its_clock_on_the_command_line() {
    let mut server = TestServer::start_by_the_machines_clock().await;
    for name in ["canbo1", "canbo2", "canbo3"] {
        server = server.with_user(name, Role::CommuneDataOfficer, ward()).await;
    }
    let run = |command: &str| {
        let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_ancu-server"));
        let output = run.args(["--log", "error", "--data"]).arg(&server.config.data).arg(command).output();
        let output = output.expect("run");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    assert!(run("doctor").1.contains("ok\tclock\t"), "{:?}", run("doctor"));
    for name in ["canbo1", "canbo2", "canbo3"] {
        let device = server.enrol(name).await;
        device.push_by_clock(&[], server.now().plus_millis(-26 * HOUR)).await.expect("a push");
    }
    let (status, told) = run("doctor");
    assert_eq!(status, Some(1), "{told}");
    let line = told.lines().find(|line| line.starts_with("FAULT\tclock\t")).expect("of the clock");
    for words in ["nhanh hơn 26 giờ so với máy của 3 người", "26 hours ahead of the devices of 3 people"] {
        assert!(line.contains(words), "no “{words}” in {line}");
    }
    let (status, told) = run("clock");
    assert_eq!(status, Some(0), "nothing is refused because of it: {told}");
    assert!(told.contains("nhanh hơn 26 giờ"), "{told}");
}
