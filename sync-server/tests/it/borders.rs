//! The borders of what one may see and do: units, days, credentials, lists, files.

use ancu_shared::error::ErrorCode;
use ancu_shared::record::register::Verdict;
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::{PullRequest, PushVerdict};
use ancu_sync_server::Config;
use ancu_sync_server::service::Refused;
use jiff::civil::date;
use reqwest::Method;
use serde_json::json;

use crate::support::{HOUR, Record, TestServer, code_of, header, other_ward, photo_at, problem, team, ward};
use crate::sync::quarantined;

#[tokio::test]
async fn another_area_knows_nothing_of_what_is_not_its_own() {
    let server = TestServer::start()
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await
        .with_user("xa2", Role::CommuneDataOfficer, other_ward())
        .await
        .with_user("duyet2", Role::AreaTeamReviewer, other_ward())
        .await;
    let (officer, stranger) = (server.enrol("canbo1").await, server.enrol("xa2").await);
    let photo = officer.upload(b"photo").await;
    let (facility, first) = Record::facility(&officer, ward(), "Nhà trọ Hoa Sen");
    let (mut inspection, begun) = Record::inspection(&officer, ward(), facility.id);
    let pictured = inspection.write(&[photo_at("A-1", photo, officer.person())]);
    let answered = inspection.answer("A-1", Verdict::Fail);
    let sealed = inspection.seal();
    let late = inspection.answer("A-2", Verdict::Pass);
    officer.push(&[first, begun, pictured, answered, sealed]).await.expect("push");
    assert_eq!(quarantined(&officer.send(&late).await), Some(ErrorCode::RecordSealed));

    let cookie = server.login("duyet2").await;
    for path in ["/facilities", "/inspections", "/clashes", "/quarantine"] {
        assert_eq!(server.get(&cookie, &format!("/api/v1{path}")).await["total"], 0, "{path}");
    }
    for (method, path, body) in [
        (Method::GET, format!("/api/v1/facilities/{}", facility.id), None),
        (Method::GET, format!("/api/v1/inspections/{}", inspection.id), None),
        (Method::GET, format!("/api/v1/photos/{photo}"), None),
        (
            Method::POST,
            format!("/api/v1/inspections/{}/decision", inspection.id),
            Some(json!({ "decision": "approved", "on": inspection.id, "words": "" })),
        ),
        (Method::POST, "/api/v1/quarantine/1/release".to_owned(), None),
    ] {
        let refused = server.call(&cookie, method, &path, body).await;
        assert_eq!(code_of(refused).await, ErrorCode::NotFound, "{path}");
    }
    let numbers = server.get(&cookie, "/api/v1/dashboard").await;
    for number in ["waiting", "facilities", "inspected_facilities", "in_progress", "quarantined"] {
        assert_eq!(numbers[number], 0, "{number}");
    }
    // Its devices neither.
    assert!(stranger.pull_all().await.is_empty());
    let path = format!("/sync/v1/photos/{photo}");
    assert_eq!(code_of(stranger.raw(Method::GET, &path, Vec::new()).await).await, ErrorCode::NotFound);
    // Nor by naming the photo in a record of one's own: what it shows is what its own unit's records hold.
    let own = server.login("canbo1").await;
    let view = server.get(&own, &format!("/api/v1/inspections/{}", inspection.id)).await;
    assert_eq!(view["summary"]["state"], "completed");
}

#[tokio::test]
async fn a_post_ends_at_midnight_in_ha_noi() {
    let server = TestServer::start().await.with_user("quantri", Role::SysAdmin, ward()).await;
    let person = server.add_user("canbo1", Role::CommuneDataOfficer, other_ward()).await;
    let until = Post {
        role: Role::CommuneDataOfficer,
        unit: ward(),
        valid_from: Some(date(2026, 11, 1)),
        valid_to: Some(date(2026, 11, 22)),
    };
    let job = server.running.app().store.write(move |transaction| {
        transaction.add_post(person, &until)?;
        Ok::<_, Refused>(())
    });
    job.await.expect("post");
    let device = server.enrol("canbo1").await;
    let cookie = server.login("canbo1").await;
    // 08:00 in Hà Nội; sixteen hours later it is midnight there, and still the day before in London.
    server.advance(8 * HOUR);
    server.advance(8 * HOUR - 1);
    let (mut record, first) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    assert_eq!(device.send(&first).await, PushVerdict::Accepted);
    assert!(device.context().await.expect("context").scope.contains(&ward()));
    let cookie_now = server.login("canbo1").await;
    assert_eq!(server.get(&cookie_now, "/api/v1/facilities").await["total"], 1);
    server.advance(1);
    let late = record.write(&[header("storeys", 5)]);
    assert_eq!(quarantined(&device.send(&late).await), Some(ErrorCode::WriteForbidden));
    let answer = device.pull(&PullRequest::default()).await.expect("pull");
    assert!(answer.units.iter().all(|page| page.unit != ward()));
    assert_eq!(server.get(&cookie_now, "/api/v1/facilities").await["total"], 0);
    let closed = server.call(&cookie, Method::GET, "/api/v1/me", None).await;
    assert_eq!(code_of(closed).await, ErrorCode::LoginRequired, "twelve hours are over");
}

#[tokio::test]
async fn a_closed_account_is_closed_at_once_everywhere() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    let cookie = server.login("canbo1").await;
    let code = server.code("canbo1").await;
    let now = server.now();
    let job = server.running.app().store.write(move |transaction| {
        let mut person = transaction.person_by_username("canbo1")?.expect("account");
        person.disabled_at = Some(now);
        transaction.put_person(&person)?;
        Ok::<_, Refused>(())
    });
    job.await.expect("close");
    assert_eq!(device.context().await.expect_err("closed").known_code(), ErrorCode::DeviceRevoked);
    let me = server.call(&cookie, Method::GET, "/api/v1/me", None).await;
    assert_eq!(code_of(me).await, ErrorCode::LoginRequired);
    let login = json!({ "username": "canbo1", "password": crate::support::PASSWORD });
    let login = server.call("", Method::POST, "/api/v1/session", Some(login)).await;
    assert_eq!(code_of(login).await, ErrorCode::LoginFailed, "no word on whether there is such an account");
    let grant = ancu_shared::sync::wire::EnrolGrant::Code { code };
    let refused = crate::support::TestDevice::enrol(&server, grant, None).await.err().expect("closed");
    assert_eq!(refused.known_code(), ErrorCode::CodeUnknown);
}

#[tokio::test]
async fn made_up_credentials_open_nothing() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    let cookie = server.login("canbo1").await;
    let session = cookie.strip_prefix("ancu_session=").expect("cookie");
    let token = &device.token;
    let shorter = &token[..token.len() - 1];
    for (name, value) in [
        ("cookie", String::new()),
        ("cookie", "ancu_session=".to_owned()),
        ("cookie", format!("ancu_session={token}")),
        ("cookie", format!("ancu_session={}", &session[1..])),
        ("cookie", format!("ANCU_SESSION={session}")),
        ("cookie", "ancu_session=' OR 1=1 --".to_owned()),
        ("authorization", "Bearer".to_owned()),
        ("authorization", "Bearer ".to_owned()),
        ("authorization", format!("Bearer {session}")),
        ("authorization", format!("Bearer {shorter}")),
        ("authorization", format!("Bearer {token}A")),
        ("authorization", format!("Basic {token}")),
        ("authorization", format!("Bearer {}", "A".repeat(8_000))),
    ] {
        for path in ["/api/v1/me", "/sync/v1/context", "/api/v1/facilities"] {
            let response = server.client.get(server.url(path)).header(name, &value).send().await.expect("send");
            assert_eq!(code_of(response).await, ErrorCode::LoginRequired, "{name}: {value} at {path}");
        }
    }
    device.context().await.expect("the real one does");
    assert_eq!(server.get(&cookie, "/api/v1/me").await["username"], "canbo1");
}

#[tokio::test]
async fn lists_take_any_words_and_any_page() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    let mut envelopes = Vec::new();
    for number in 1..=3 {
        envelopes.push(Record::facility(&device, ward(), &format!("Nhà trọ số {number}")).1);
    }
    device.push(&envelopes).await.expect("push");
    let cookie = server.login("canbo1").await;
    for (query, expected) in [
        ("q=", 3),
        ("q=%20%20", 3),
        ("q=nha+tro", 3),
        ("q=NH%C3%80%20TR%E1%BB%8C", 3),
        ("q=so%202", 1),
        ("q=%25", 0),
        ("q=_", 0),
        ("q=%5C", 0),
        ("q='", 0),
        ("q=%22%20OR%201=1", 0),
        ("class=mini_apartment", 3),
        ("limit=1", 3),
        ("limit=200", 3),
        ("cursor=4294967295", 3),
    ] {
        let page = server.get(&cookie, &format!("/api/v1/facilities?{query}")).await;
        // Words of marks only are no words: then the list is whole. Never is it another's, and never a fault.
        let total = page["total"].as_u64().expect("total");
        assert!(total == expected || (expected == 0 && total == 3), "{query}: {total}");
    }
    let beyond = server.get(&cookie, "/api/v1/facilities?cursor=4294967295").await;
    assert_eq!((&beyond["items"], beyond["next"].is_null()), (&json!([]), true));
    let one = server.get(&cookie, "/api/v1/facilities?limit=1").await;
    assert_eq!(one["items"].as_array().map(Vec::len), Some(1));
    let long = format!("facilities?q={}", "a".repeat(401));
    for (query, code, field, remedy) in [
        ("facilities?cursor=-1", ErrorCode::CursorInvalid, "cursor", "“cursor”"),
        ("facilities?cursor=x", ErrorCode::CursorInvalid, "cursor", "“cursor”"),
        ("facilities?cursor=99999999999", ErrorCode::CursorInvalid, "cursor", "“cursor”"),
        ("facilities?limit=0", ErrorCode::FieldInvalid, "limit", "1–200"),
        ("facilities?limit=201", ErrorCode::FieldInvalid, "limit", "1–200"),
        ("units?limit=0", ErrorCode::FieldInvalid, "limit", "1–200"),
        ("facilities?limit=-1", ErrorCode::FieldInvalid, "limit", "1–200"),
        ("facilities?limit=abc", ErrorCode::FieldInvalid, "limit", "1–200"),
        ("facilities?limit=2.5", ErrorCode::FieldInvalid, "limit", "1–200"),
        ("facilities?limit=99999999999999999999999", ErrorCode::FieldInvalid, "limit", "1–200"),
        ("facilities?class=castle", ErrorCode::FieldInvalid, "class", "mini_apartment"),
        ("facilities?unit=everywhere", ErrorCode::FieldInvalid, "unit", "-7000-"),
        ("facilities?declarations=all", ErrorCode::FieldInvalid, "declarations", "waiting"),
        ("facilities?sort=name", ErrorCode::FieldInvalid, "sort", "q, class, unit, declarations, cursor, limit"),
        ("facilities?q=a&q=b", ErrorCode::FieldInvalid, "q", "một lần"),
        (&long, ErrorCode::FieldInvalid, "q", "400"),
        ("inspections?state=lost", ErrorCode::FieldInvalid, "state", "in_progress, completed"),
        ("inspections?order=name", ErrorCode::FieldInvalid, "order", "newest, danger"),
        ("units?day=2026-02-31", ErrorCode::FieldInvalid, "day", "2026-12-31"),
        ("units?scope=all", ErrorCode::FieldInvalid, "scope", "mine"),
        ("clashes?page=2", ErrorCode::FieldInvalid, "page", "cursor, limit"),
    ] {
        let refused = server.call(&cookie, Method::GET, &format!("/api/v1/{query}"), None).await;
        let refused = problem(refused).await;
        assert_eq!((refused.known_code(), refused.field.as_deref()), (code, Some(field)), "{query}");
        assert!(refused.vi.contains(remedy) && refused.vi != refused.en, "{query}: {refused:?}");
    }
    let many = server.get(&cookie, "/api/v1/facilities?limit=200").await;
    assert_eq!(many["items"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn the_consoles_files_are_served_and_no_others() {
    let folder = tempfile::tempdir().expect("folder");
    let ui = folder.path().join("ui");
    std::fs::create_dir_all(ui.join("assets")).expect("folder");
    std::fs::write(ui.join("index.html"), "<!doctype html><title>An Cư</title>").expect("write");
    std::fs::write(ui.join("assets/app-1a2b.js"), "export {}").expect("write");
    std::fs::write(folder.path().join("secret"), "secret").expect("write");
    let TestServer { running, config, clock, .. } = TestServer::start().await;
    running.stop().await;
    let data = folder.path().join("var");
    let server = TestServer::run(Config { ui: Some(ui), data, ..config }, clock).await;
    for path in ["/", "/inspections/0192", "/inspections", "/facilities?q=a", "/audit", "/index.html"] {
        let page = server.client.get(server.url(path)).send().await.expect("get");
        assert_eq!((page.status().as_u16(), &page.headers()["cache-control"]), (200, &"no-cache".parse().expect("v")));
        assert_eq!(page.headers()["content-type"], "text/html", "{path}");
        assert!(page.text().await.expect("text").contains("An Cư"));
    }
    let script = server.client.get(server.url("/assets/app-1a2b.js")).send().await.expect("get");
    assert_eq!(script.status(), 200);
    assert!(script.headers()["cache-control"].to_str().expect("text").contains("immutable"));
    // A file of an older build is gone: a page in its place would be kept for a year.
    let old = server.client.get(server.url("/assets/app-0000.js")).send().await.expect("get");
    assert_eq!(code_of(old).await, ErrorCode::NotFound);
    let strange = [
        "/../secret",
        "/..%2fsecret",
        "/%2e%2e/secret",
        "/assets/..%2f..%2fsecret",
        "//etc/passwd",
        "/%00",
        "/khong-co",
        "/audit/0192",
        "/inspections/0192/x",
        "/login",
        "/assets/nope.js",
        "/assets/",
        "/inspections/..%2f..%2fsecret/x",
    ];
    for path in strange {
        let answer = server.client.get(server.url(path)).send().await.expect("get");
        assert_eq!(code_of(answer).await, ErrorCode::NotFound, "{path}");
        // To a person in a browser the console says it, with the way back.
        let page =
            server.client.get(server.url(path)).header("accept", "text/html,*/*;q=0.8").send().await.expect("get");
        assert_eq!(page.status(), 404, "{path}");
        let text = page.text().await.expect("text");
        assert!(!text.contains("secret"), "{path}");
        assert_eq!(text.contains("An Cư</title>"), !path.starts_with("/assets"), "{path}: {text}");
    }
    // As typed, with the dots still in it: no client of ours sends that.
    let raw = crate::oversized::exchange(&server, "GET /../../etc/passwd HTTP/1.1", 0, false).await;
    assert!(raw.starts_with("HTTP/1.1 404") && raw.contains("not_found") && !raw.contains("root:"), "{raw}");
    for path in ["/api/v1/nothing", "/sync/v1/nothing", "/health", "/uploads/a/b"] {
        assert_eq!(code_of(server.client.get(server.url(path)).send().await.expect("get")).await, ErrorCode::NotFound);
    }
    let written = server.client.post(server.url("/index.html")).body("x").send().await.expect("post");
    assert_eq!(code_of(written).await, ErrorCode::MethodNotAllowed);
}

#[tokio::test]
async fn every_answer_tells_browsers_to_be_careful() {
    let server = TestServer::start().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let cookie = server.login("duyet1").await;
    for (path, status) in [
        ("/api/v1/me", 200),
        ("/api/v1/users", 403),
        ("/api/v1/nothing", 404),
        ("/sync/v1/push", 405),
        ("/sync/v1/context", 401),
        ("/health/live", 200),
        ("/api/openapi.json", 200),
    ] {
        let answer = server.call(&cookie, Method::GET, path, None).await;
        assert_eq!(answer.status(), status, "{path}");
        for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options"] {
            assert!(answer.headers().contains_key(name), "{name} at {path}");
        }
        if !answer.status().is_success() {
            problem(answer).await;
        }
    }
    // Never in clear text.
    let plain = reqwest::get(format!("http://{}/health/live", server.running.addr)).await;
    assert!(plain.is_err() || plain.is_ok_and(|answer| !answer.status().is_success()));
}

#[tokio::test]
async fn texts_that_turn_the_words_beside_them_are_refused_or_shown_with_a_sign() {
    let server = TestServer::start().await.with_user("quantri", Role::SysAdmin, ward()).await;
    let server = server.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    // A device of somebody else's making may send what ours refuses: it is kept as it is, and cannot mislead who reads it.
    let (facility, envelope) = Record::facility(&device, ward(), "Nhà \u{202e}nes aoH\u{2066} trọ\u{0}\u{200b}");
    assert_eq!(device.send(&envelope).await, PushVerdict::Accepted);
    let cookie = server.login("canbo1").await;
    let shown = "Nhà \u{fffd}nes aoH\u{fffd} trọ\u{fffd}\u{fffd}";
    let list = server.get(&cookie, "/api/v1/facilities?q=nha").await;
    assert_eq!(list["items"][0]["name"], shown);
    let sheet = server.get(&cookie, &format!("/api/v1/facilities/{}", facility.id)).await;
    assert_eq!(sheet["summary"]["name"], shown);
    // What is typed into the console is refused, and the field is named.
    let admin = server.login("quantri").await;
    for name in ["Trần \u{202e}Hoa", "Trần\u{0}Hoa", "Trần\nHoa", "Trần\u{200b}Hoa"] {
        let new = json!({ "username": "canbo9", "name": name, "role": "commune_data_officer", "unit": ward() });
        let refused = server.call(&admin, Method::POST, "/api/v1/users", Some(new)).await;
        let refused = problem(refused).await;
        assert_eq!(
            (refused.known_code(), refused.field.as_deref()),
            (ErrorCode::FieldInvalid, Some("name")),
            "{name:?}"
        );
        assert!(refused.vi.contains("ký tự ẩn"), "{refused:?}");
    }
}
