//! The server's own clock is behind what it has seen: nothing is judged by a day that is over, and nothing needs anybody's word
//! afterwards.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::record::register::Verdict;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::{PullRequest, PushVerdict};
use ancu_sync_server::service::admission::{Incoming, Intake};
use ancu_sync_server::service::quarantine::misdated;
use ancu_sync_server::service::{Outcome, posts, verify};
use jiff::civil::date;
use reqwest::{Method, StatusCode};

use crate::support::{HOUR, Record, START, TestDevice, TestServer, city, code_of, header, team, visit_of, ward};

const YEARS: i64 = 10 * 365 * 24 * HOUR;

async fn server() -> TestServer {
    let server = TestServer::with_two_officers().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    server.with_user("quantri", Role::SysAdmin, city()).await
}

/// Pushes by the true time; the code of the refusal.
async fn refused(device: &TestDevice, envelope: &[u8]) -> ErrorCode {
    let told = device.push_by_clock(&[envelope.to_vec()], UtcMillis(START)).await.expect_err("not now");
    assert_eq!(told.status, 503);
    assert!(told.vi.contains("vẫn an toàn") && told.en.contains("is safe"), "{told:?}");
    told.known_code()
}

#[tokio::test]
async fn a_clock_years_behind_takes_nothing_in_and_holds_nothing() {
    let server = server().await;
    let mut device = server.enrol("canbo1").await;
    let (mut record, first) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    device.admitted(&[first]).await;
    let unsent = record.write(&[header("storeys", 4)]);
    let code = server.code("canbo2").await;

    server.advance(-YEARS);
    assert_eq!(refused(&device, &unsent).await, ErrorCode::ServerClockBehind);
    // Nor after a start, though nothing but the store remembers.
    let server = server.restart().await;
    device.follow(&server);
    assert_eq!(refused(&device, &unsent).await, ErrorCode::ServerClockBehind);
    let pulled = device.pull(&PullRequest::default()).await.expect_err("no feed of a day without units");
    assert_eq!(pulled.known_code(), ErrorCode::ServerClockBehind);
    assert_eq!(device.context().await.expect_err("nor who one was then").known_code(), ErrorCode::ServerClockBehind);
    let ready = server.call("", Method::GET, "/health/ready", None).await;
    assert_eq!((ready.status(), code_of(ready).await), (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ServerClockBehind));
    // Who reads is let in by the posts of the last day that is known.
    let cookie = server.login("duyet1").await;
    assert_eq!(server.get(&cookie, "/api/v1/facilities").await["total"], 1);
    let administrator = server.login("quantri").await;
    let body = serde_json::json!({ "username": "moi1", "name": "Mới", "role": "pc07_manager", "unit": city() });
    let changed = server.call(&administrator, Method::POST, "/api/v1/users", Some(body)).await;
    assert_eq!(code_of(changed).await, ErrorCode::ServerClockBehind);

    server.advance(YEARS + HOUR / 2);
    assert_eq!(device.send(&unsent).await, PushVerdict::Accepted, "by itself, once the clock is right");
    let grant = ancu_shared::sync::wire::EnrolGrant::Code { code };
    TestDevice::enrol(&server, grant, None).await.expect("the code of before still works");
    let cookie = server.login("duyet1").await;
    assert_eq!(server.get(&cookie, "/api/v1/quarantine").await["total"], 0);
    assert_eq!(server.call("", Method::GET, "/health/ready", None).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_clock_that_ran_ahead_and_is_right_again_is_known_by_a_device() {
    let server = server().await;
    let (mut one, mut two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (mut record, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    server.advance(YEARS);
    one.admitted_by_clock(&[first], UtcMillis(START)).await;
    // This one's clock went along with the server's: that both are back says nothing.
    two.push_by_clock(&[], UtcMillis(START + YEARS)).await.expect("a push");
    server.advance(-YEARS);
    let server = server.restart().await;
    one.follow(&server);
    let second = record.write(&[header("storeys", 4)]);
    two.follow(&server);
    assert_eq!(refused(&two, &second).await, ErrorCode::ServerClockBehind);
    // This one's was right all the time.
    assert_eq!(one.send(&second).await, PushVerdict::Accepted);
    two.push(&[]).await.expect("for all");
    let told = server.get(&server.login("quantri").await, "/api/v1/audit").await;
    let actions: Vec<_> = told["items"].as_array().expect("rows").iter().map(|row| row["action"].clone()).collect();
    assert_eq!(actions.iter().filter(|action| **action == "clock.accepted").count(), 1, "{actions:?}");
}

#[tokio::test]
async fn what_a_wrong_day_held_is_let_in_and_what_a_right_day_held_stays() {
    let server = server().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let app = server.running.app();
    let (mut record, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let second = record.write(&[header("storeys", 4)]);
    // As a server did that knew nothing of its clock.
    let service = std::sync::Arc::clone(app);
    let taken: Outcome<Vec<PushVerdict>> = app
        .store
        .write(move |transaction| {
            let mut intake = Intake::new(&service, transaction);
            let mut verdicts = Vec::new();
            for envelope in [first, second] {
                verdicts.push(intake.take(&mut Incoming::check(envelope), None, UtcMillis(START - YEARS))?);
            }
            intake.finish()?;
            Ok(verdicts)
        })
        .await;
    for verdict in taken.expect("taken") {
        assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::WriteForbidden, .. }), "{verdict:?}");
    }
    // On the right day: a post that has ended, and is given again the day after.
    server.end_posts("canbo2", date(2026, 11, 21)).await;
    let (_, late) = Record::facility(&two, ward(), "Nhà trọ của ca trước");
    let held = two.send(&late).await;
    assert!(matches!(held, PushVerdict::Quarantined { code: ErrorCode::WriteForbidden, .. }), "{held:?}");
    server.advance(24 * HOUR);
    let post = ancu_shared::role::Post {
        role: Role::CommuneDataOfficer,
        unit: ward(),
        valid_from: Some(date(2026, 11, 22)),
        valid_to: None,
    };
    posts::give(app, None, two.person(), post).await.expect("given");

    assert_eq!(misdated::let_in(app).await.expect("judged"), 2);
    assert_eq!(misdated::let_in(app).await.expect("judged"), 0, "once");
    let cookie = server.login("duyet1").await;
    let found = server.get(&cookie, "/api/v1/facilities").await;
    assert_eq!((&found["total"], &found["items"][0]["storeys"]), (&1.into(), &4.into()), "{found}");
    let held = server.get(&cookie, "/api/v1/quarantine").await;
    let open: Vec<_> =
        held["items"].as_array().expect("rows").iter().filter(|row| row["released_at"].is_null()).collect();
    assert_eq!(open.len(), 1, "{held}");
    assert_eq!(open[0]["author_name"], "Người canbo2");
    assert!(verify::audit(app).await.expect("chains").holds());
}

/// Work of a right clock that came in while the server's ran ahead is of its own day again, once the server's clock is right: on
/// the server, and on every device that hears of it.
async fn nothing_stays_of_a_clock_that_ran_ahead(ahead: i64) {
    let server = server().await;
    let one = server.enrol("canbo1").await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    one.admitted_by_clock(&[first], UtcMillis(START)).await;
    server.advance(ahead);
    // Enrolled by a certificate of a day to come.
    let two = server.enrol("canbo2").await;
    one.push_by_clock(&[], UtcMillis(START)).await.expect("told that its clock is behind");
    let mut visits = Vec::new();
    for (number, device, item) in [(1, &one, "A-1"), (2, &two, "A-2")] {
        let visit = visit_of(facility.id, number);
        let (mut visit, begun) = Record::visit_by_clock(device, ward(), &visit, UtcMillis(START));
        // As the device writes that knows its clock by the server's word.
        let told = visit.write(&[header("clock_off_ms", -ahead)]);
        let answer = visit.answer(item, Verdict::Fail);
        let found = visit.find(item, UtcMillis(START + 14 * 24 * HOUR).hanoi_date());
        let sealed = visit.seal();
        device.admitted_by_clock(&[begun, told, answer, found, sealed], UtcMillis(START)).await;
        visits.push(visit.id);
    }
    let cookie = server.login("duyet1").await;
    let (sheet, findings) = (format!("/api/v1/facilities/{}", facility.id), "/api/v1/findings");
    let untrue = server.get(&cookie, &sheet).await["summary"]["last_inspected_at"].as_i64().expect("inspected");
    assert!(untrue > START + ahead - HOUR, "as the server could not but think then");

    server.advance(HOUR - ahead);
    one.push_by_clock(&[], UtcMillis(START + HOUR)).await.expect("its clock agrees, and settles it");
    two.push_by_clock(&[], UtcMillis(START + HOUR)).await.expect("a push");
    let cookie = server.login("duyet1").await;
    let last = server.get(&cookie, &sheet).await["summary"]["last_inspected_at"].as_i64().expect("inspected");
    assert!((START..START + HOUR).contains(&last), "{last}");
    let findings = server.get(&cookie, findings).await;
    let due = UtcMillis(START + 14 * 24 * HOUR).hanoi_date().to_string();
    assert_eq!(findings["total"], 2, "{findings}");
    for finding in findings["items"].as_array().expect("items") {
        assert_eq!(finding["deadline"], due.as_str(), "{finding}");
        assert!(finding["deadline_written"].is_null() && finding["overdue"] == false, "{finding}");
        assert!(finding["found_at"].as_i64().is_some_and(|at| at < START + HOUR), "{finding}");
    }
    for id in visits {
        let view = server.get(&cookie, &format!("/api/v1/inspections/{id}")).await;
        assert!(view["summary"].get("started_clock_ms").is_none(), "{view}");
        assert!(view["summary"].get("sealed_clock_ms").is_none(), "{view}");
        let remarks = view["remarks"].as_array().expect("remarks");
        assert!(remarks.iter().all(|it| !it["words"]["vi"].to_string().contains("đồng hồ")), "{remarks:?}");
    }
    let context = two.context().await.expect("context");
    for device in [&one, &two] {
        assert!(
            context.withdrawn.iter().any(|it| it.device == device.context.device && it.span.offset_ms == -ahead),
            "{context:?}"
        );
    }
    let page = two.pull(&PullRequest::default()).await.expect("pull");
    assert_eq!(page.clocks, [], "nothing is told of clocks that were right");
    let told = server.get(&server.login("quantri").await, "/api/v1/audit").await;
    let mut rows = told["items"].as_array().expect("rows").iter();
    let row = rows.find(|row| row["action"] == "clock.accepted").expect("recorded");
    assert_eq!(row["details"]["clocks_withdrawn"], 2, "{row}");
}

#[tokio::test]
async fn nothing_stays_of_a_clock_that_ran_ahead_by_more_than_a_year() {
    nothing_stays_of_a_clock_that_ran_ahead(400 * 24 * HOUR).await;
}

#[tokio::test]
async fn nothing_stays_of_a_clock_that_ran_ahead_by_hours() {
    nothing_stays_of_a_clock_that_ran_ahead(7 * HOUR).await;
}
