//! The console: decisions, lists, scope, accounts.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::Verdict;
use ancu_shared::role::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Record, START, TestDevice, TestServer, code_of, other_ward, photo_at, problem, team, ward};

async fn server() -> (TestServer, TestDevice) {
    let server = TestServer::start()
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await
        .with_user("duyet1", Role::AreaTeamReviewer, team())
        .await
        .with_user("xa2", Role::CommuneDataOfficer, other_ward())
        .await
        .with_user("quantri", Role::SysAdmin, crate::support::city())
        .await;
    let device = server.enrol("canbo1").await;
    (server, device)
}

/// The premises of the first inspection in a list.
fn facility_of(list: &Value) -> DocumentId {
    list["items"][0]["facility"].as_str().and_then(|id| id.parse().ok()).expect("an inspection of premises")
}

async fn sealed(device: &TestDevice) -> Record {
    let (facility, first) = Record::facility(device, ward(), "Chung cư mini An Khang");
    let (mut inspection, second) = Record::inspection(device, ward(), facility.id);
    let rest = [inspection.answer("A-1", Verdict::Fail), inspection.answer("A-2", Verdict::Pass), inspection.seal()];
    let answer = device.push(&[&[first, second], &rest[..]].concat()).await.expect("push");
    assert!(answer.outcomes.iter().all(|outcome| outcome.verdict == ancu_shared::sync::wire::PushVerdict::Accepted));
    inspection
}

#[tokio::test]
async fn returned_supplemented_approved() {
    let (server, device) = server().await;
    let inspection = sealed(&device).await;
    let cookie = server.login("duyet1").await;
    let queue = server.get(&cookie, "/api/v1/inspections?state=completed,supplemented&order=danger").await;
    assert_eq!(queue["items"][0]["progress"]["failed"], 1);
    assert_eq!(queue["items"][0]["facility_name"], "Chung cư mini An Khang");
    let path = format!("/api/v1/inspections/{}/decision", inspection.id);
    let silent = json!({ "decision": "returned", "on": inspection.id, "words": " ", "comments": [] });
    let refused = problem(server.call(&cookie, Method::POST, &path, Some(silent)).await).await;
    assert_eq!(refused.field.as_deref(), Some("words"));
    let blank = json!({
        "decision": "returned", "on": inspection.id, "words": "", "comments": [{ "item": "A-1", "words": " " }]
    });
    let refused = problem(server.call(&cookie, Method::POST, &path, Some(blank)).await).await;
    assert_eq!(refused.field.as_deref(), Some("words"), "empty words say nothing");
    // Words at a question that the checklist lacks would be shown to nobody.
    let lost = json!({
        "decision": "returned", "on": inspection.id, "words": "Xem lại", "comments": [{ "item": "NOPE", "words": "x" }]
    });
    let answer = server.call(&cookie, Method::POST, &path, Some(lost)).await;
    assert_eq!(answer.status(), 422);
    let refused = problem(answer).await;
    assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::ItemUnknown, Some("NOPE")));
    assert!(refused.vi.contains("“NOPE”"), "{}", refused.vi);
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", inspection.id)).await;
    assert_eq!(view["summary"]["state"], "completed", "nothing was decided");
    let back = json!({
        "decision": "returned", "on": inspection.id, "words": "Chụp lại", "comments": [{ "item": "A-1", "words": "Ảnh mờ" }]
    });
    let view = server.call(&cookie, Method::POST, &path, Some(back.clone())).await;
    assert_eq!(view.status(), 200);
    let view: Value = view.json().await.expect("view");
    assert_eq!(view["summary"]["state"], "returned");
    assert_eq!(view["items"][0]["comments"][0]["words"], "Ảnh mờ");
    assert_eq!(view["decisions"][0]["by"]["held_by_server"], true);
    assert_eq!(view["decisions"][0]["by"]["person_name"], "Người duyet1");
    // Somebody decided meanwhile.
    let late = server.call(&cookie, Method::POST, &path, Some(back)).await;
    let late = problem(late).await;
    assert_eq!((late.known_code(), late.status), (ErrorCode::Conflict, 409));
    assert!(late.vi.contains("đã được trả lại để bổ sung (Người duyet1, "), "{}", late.vi);
    assert!(late.en.contains("was returned and waits for a supplement (Người duyet1, "), "{}", late.en);

    // The officer's device gets the words, and supplements.
    let history = device.pull_all().await;
    assert_eq!(history.len(), 6, "the decision came down the feed");
    let (mut supplement, begun) = Record::supplement(&device, &inspection, facility_of(&queue), UtcMillis(START));
    device.push(&[begun, supplement.answer("A-1", Verdict::Pass), supplement.seal()]).await.expect("push");
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", inspection.id)).await;
    assert_eq!(view["summary"]["state"], "supplemented");
    assert_eq!(view["items"][0]["statements"][0]["supplement"], true);
    assert_eq!(view["items"][0]["superseded"].as_array().map(Vec::len), Some(1));
    let by_part = server.get(&cookie, &format!("/api/v1/inspections/{}", supplement.id)).await;
    assert_eq!(by_part["summary"]["id"], inspection.id.to_string());
    assert_eq!(server.get(&cookie, "/api/v1/inspections").await["total"], 1);

    // Who looks at the record as it was before the supplement has not seen what would be approved.
    let stale = json!({ "decision": "approved", "on": inspection.id, "words": "Đạt", "comments": [] });
    let moved = problem(server.call(&cookie, Method::POST, &path, Some(stale)).await).await;
    assert_eq!((moved.known_code(), moved.field.as_deref()), (ErrorCode::Conflict, Some("on")));
    assert_eq!(moved.details.expect("details")["newest_sealed"], supplement.id.to_string());
    let unsaid = json!({ "decision": "approved", "words": "Đạt" });
    assert_eq!(server.call(&cookie, Method::POST, &path, Some(unsaid)).await.status(), 400);
    assert_eq!(by_part["newest_sealed"], supplement.id.to_string());
    let good = json!({ "decision": "approved", "on": by_part["newest_sealed"], "words": "Đạt", "comments": [] });
    let view = server.call(&cookie, Method::POST, &path, Some(good)).await;
    let view: Value = view.json().await.expect("view");
    assert_eq!(view["summary"]["state"], "approved");
    let numbers = server.get(&cookie, "/api/v1/dashboard").await;
    assert_eq!((&numbers["approved"], &numbers["waiting"], &numbers["facilities"]), (&1.into(), &0.into(), &1.into()));
}

#[tokio::test]
async fn a_record_with_words_unanswered_stays_returned_and_is_approved_knowingly_or_not_at_all() {
    let (server, device) = server().await;
    let inspection = sealed(&device).await;
    let cookie = server.login("duyet1").await;
    let record = format!("/api/v1/inspections/{}", inspection.id);
    let path = format!("{record}/decision");
    let decide = async |body: Value| server.call(&cookie, Method::POST, &path, Some(body)).await;
    let words = json!([{ "item": "A-1", "words": "Ảnh mờ" }, { "item": "A-2", "words": "Đo lại" }]);
    let back = json!({ "decision": "returned", "on": inspection.id, "words": "Chưa đủ", "comments": words });
    assert_eq!(decide(back).await.status(), 200);
    let facility = facility_of(&server.get(&cookie, "/api/v1/inspections").await);
    let supplement = async |item: &str, minutes: i64| {
        let clock = UtcMillis(START + minutes * 60_000);
        let (mut supplement, begun) = Record::supplement(&device, &inspection, facility, clock);
        device.push(&[begun, supplement.answer(item, Verdict::NotApplicable), supplement.seal()]).await.expect("push");
        supplement.id
    };
    let first = supplement("A-1", 10).await;
    let row = server.get(&cookie, "/api/v1/inspections?state=returned").await["items"][0].clone();
    assert_eq!((&row["state"], &row["unanswered"]), (&json!("returned"), &json!(1)), "the queue says so");
    // Approved by somebody who was not told: no. By somebody who was: that is the reviewer's to decide.
    let approve = |unanswered: &[&str]| json!({ "decision": "approved", "on": first, "words": "", "comments": [], "unanswered": unanswered });
    for told in [&[][..], &["A-1"]] {
        let refused = problem(decide(approve(told)).await).await;
        assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::Conflict, Some("unanswered")));
        assert_eq!(refused.details.expect("details")["unanswered"], json!(["A-2"]));
    }
    // Returned once more, the old words wait with the new.
    let again = json!({ "decision": "returned", "on": first, "words": "Còn thiếu", "comments": [] });
    assert_eq!(decide(again).await.status(), 200);
    let view = server.get(&cookie, &record).await;
    assert_eq!((&view["summary"]["state"], &view["summary"]["unanswered"]), (&json!("returned"), &json!(1)));
    let nothing_new = problem(decide(approve(&["A-2"])).await).await;
    assert_eq!(nothing_new.known_code(), ErrorCode::Conflict, "nothing was signed since");
    let second = supplement("A-3", 20).await;
    let told = json!({ "decision": "approved", "on": second, "words": "Đạt", "comments": [], "unanswered": ["A-2"] });
    let view: Value = decide(told).await.json().await.expect("view");
    assert_eq!((&view["summary"]["state"], &view["summary"]["unanswered"]), (&json!("approved"), &json!(0)));
    // All three decisions stand in the record: by whom, in which capacity, what was said to their words and by whom.
    let decisions = view["decisions"].as_array().expect("decisions");
    let told: Vec<_> = decisions.iter().map(|it| it["words"].as_str().expect("words")).collect();
    assert_eq!(told, ["Chưa đủ", "Còn thiếu", "Đạt"]);
    assert!(decisions.iter().all(|it| it["capacity"]["role"] == "area_team_reviewer"), "{decisions:?}");
    assert!(decisions[0]["capacity"]["unit_name"].as_str().is_some_and(|name| !name.is_empty()));
    let asked = decisions[0]["comments"].as_array().expect("words");
    let answered = |item: &str| &asked.iter().find(|it| it["item"] == item).expect("words")["answered"];
    assert_eq!(answered("A-1")["by"]["person_name"], "Người canbo1");
    assert_eq!(answered("A-2"), &Value::Null);
}

#[tokio::test]
async fn another_units_officer_and_the_administrator_see_none_of_it() {
    let (server, device) = server().await;
    let photo = device.upload(b"photo").await;
    let (facility, first) = Record::facility(&device, ward(), "Nhà trọ");
    let (mut inspection, second) = Record::inspection(&device, ward(), facility.id);
    let third = inspection.write(&[photo_at("A-1", photo, device.person())]);
    device.push(&[first, second, third]).await.expect("push");
    let stranger = server.login("xa2").await;
    for path in [
        format!("/api/v1/facilities/{}", facility.id),
        format!("/api/v1/inspections/{}", inspection.id),
        format!("/api/v1/photos/{photo}"),
    ] {
        let refused = server.call(&stranger, Method::GET, &path, None).await;
        assert_eq!(code_of(refused).await, ErrorCode::NotFound, "{path}");
    }
    assert_eq!(server.get(&stranger, "/api/v1/facilities").await["total"], 0);
    assert_eq!(server.get(&stranger, &format!("/api/v1/facilities?unit={}", ward())).await["total"], 0);
    let own = server.login("canbo1").await;
    let picture = server.call(&own, Method::GET, &format!("/api/v1/photos/{photo}?size=thumbnail"), None).await;
    assert_eq!(picture.status(), 200);
    assert_eq!(picture.headers()["cache-control"], "private, max-age=31536000, immutable");
    let administrator = server.login("quantri").await;
    let refused = server.call(&administrator, Method::GET, "/api/v1/facilities", None).await;
    assert_eq!(code_of(refused).await, ErrorCode::Forbidden);
    assert_eq!(server.get(&administrator, "/api/v1/dashboard").await["facilities"], 0);
}

#[tokio::test]
async fn the_best_hit_of_a_search_comes_first() {
    let (server, device) = server().await;
    let names = ["Nhà trọ Phúc An", "Nhà trọ Phụ An", "Nhà trọ An Phú", "Nhà trọ An Khang"];
    let envelopes: Vec<_> = names.iter().map(|name| Record::facility(&device, ward(), name).1).collect();
    device.push(&envelopes).await.expect("push");
    let cookie = server.login("canbo1").await;
    for (query, expected) in [
        ("an%20phu", ["Nhà trọ An Phú", "Nhà trọ Phụ An", "Nhà trọ Phúc An"]),
        ("ph%C3%BA", ["Nhà trọ An Phú", "Nhà trọ Phúc An", "Nhà trọ Phụ An"]),
    ] {
        let found = server.get(&cookie, &format!("/api/v1/facilities?q={query}")).await;
        let found: Vec<_> = found["items"].as_array().expect("items").iter().map(|item| &item["name"]).collect();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn a_search_reads_an_address_between_its_commas_as_a_device_does() {
    let (server, device) = server().await;
    let names = ["79 Hoàng Văn Thái", "79 Hoàng Mai, Khương Đình"];
    let envelopes: Vec<_> = names.iter().map(|name| Record::facility(&device, ward(), name).1).collect();
    device.push(&envelopes).await.expect("push");
    let cookie = server.login("canbo1").await;
    for (query, expected) in [
        ("79 p. hoàng văn thái", &["79 Hoàng Văn Thái"][..]),
        ("79 Hoàng Văn Thái, quận Thanh Xuân, Hà Nội", &["79 Hoàng Văn Thái"]),
        ("79 hoàng mai", &["79 Hoàng Mai, Khương Đình"]),
        ("Khương Đình, TX, HN", &["79 Hoàng Mai, Khương Đình"]),
        ("78 Hoàng Văn Thái, quận Thanh Xuân, Hà Nội", &[]),
    ] {
        let found = server.get(&cookie, &format!("/api/v1/facilities?q={query}")).await;
        let found: Vec<_> = found["items"].as_array().expect("items").iter().map(|item| &item["name"]).collect();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn search_forgets_diacritics_and_pages_do_not_overlap() {
    let (server, device) = server().await;
    let mut envelopes = Vec::new();
    for number in 0..7 {
        envelopes.push(Record::facility(&device, ward(), &format!("Chung cư mini Đại Phát {number}")).1);
    }
    device.push(&envelopes).await.expect("push");
    let cookie = server.login("canbo1").await;
    let found = server.get(&cookie, "/api/v1/facilities?q=dai%20phat%204").await;
    assert_eq!((&found["items"][0]["name"], &found["total"]), (&"Chung cư mini Đại Phát 4".into(), &1.into()));
    let long = "dai%20".repeat(60);
    assert_eq!(server.get(&cookie, &format!("/api/v1/facilities?q={long}")).await["total"], 7);
    assert_eq!(server.get(&cookie, &format!("/api/v1/inspections?q={long}")).await["total"], 0);
    let (mut cursor, mut seen) = (String::new(), std::collections::BTreeSet::new());
    loop {
        let page = server.get(&cookie, &format!("/api/v1/facilities?limit=3&cursor={cursor}")).await;
        for item in page["items"].as_array().expect("items") {
            assert!(seen.insert(item["id"].as_str().expect("id").to_owned()));
        }
        assert_eq!(page["total"], 7);
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 7);
}

#[tokio::test]
async fn an_administrator_makes_accounts_and_codes() {
    let (server, _) = server().await;
    let cookie = server.login("quantri").await;
    let new = json!({ "username": "Can.Bo3", "name": "Ngô Thị Lan", "password": null, "role": "commune_data_officer",
        "unit": ward().to_string(), "valid_from": "2026-01-01" });
    let added = server.call(&cookie, Method::POST, "/api/v1/users", Some(new.clone())).await;
    assert_eq!(added.status(), 201);
    let added: Value = added.json().await.expect("json");
    assert_eq!(added["username"], "can.bo3");
    let password = added["password"].as_str().expect("password").to_owned();
    let twice = server.call(&cookie, Method::POST, "/api/v1/users", Some(new)).await;
    let twice = problem(twice).await;
    assert_eq!((twice.known_code(), twice.field.as_deref()), (ErrorCode::UsernameTaken, Some("username")));
    let login = json!({ "username": "can.bo3", "password": password });
    assert_eq!(server.call("", Method::POST, "/api/v1/session", Some(login)).await.status(), 200);
    let path = format!("/api/v1/users/{}/enrolment-codes", added["id"].as_str().expect("id"));
    let code = server.call(&cookie, Method::POST, &path, None).await;
    assert_eq!(code.status(), 201);
    let code: Value = code.json().await.expect("json");
    let link = ancu_shared::link::EnrolLink::parse(code["link"].as_str().expect("link")).expect("link");
    assert_eq!(link.fingerprint, server.running.ca_fingerprint);
    assert_eq!(link.server, server.running.url());
    assert!(code["qr_svg"].as_str().is_some_and(|svg| svg.contains("<svg")));
    TestDevice::enrol(&server, link.grant, None).await.expect("enrol");
    let users = server.get(&cookie, "/api/v1/users").await;
    let row = users["items"].as_array().expect("items").iter().find(|row| row["username"] == "can.bo3");
    assert_eq!(row.expect("row")["devices"], 1);
    for (field, wrong) in [
        ("username", json!({ "username": "a", "name": "B", "role": "sys_admin", "unit": ward().to_string() })),
        (
            "password",
            json!({ "username": "abc", "name": "B", "password": "short", "role": "sys_admin", "unit": ward().to_string() }),
        ),
        ("unit", json!({ "username": "abc", "name": "B", "role": "sys_admin", "unit": "x" })),
        ("role", json!({ "username": "abc", "name": "B", "role": "household_head", "unit": ward().to_string() })),
    ] {
        let refused = problem(server.call(&cookie, Method::POST, "/api/v1/users", Some(wrong)).await).await;
        assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some(field)));
    }
}

#[tokio::test]
async fn the_queue_has_the_gravest_first_and_of_equal_gravity_the_longest_waiting() {
    let (server, device) = server().await;
    let (mut envelopes, mut made) = (Vec::new(), Vec::new());
    // Sealed one after another: nothing failed, one failed, two failed.
    for fails in [&[][..], &["A-1"], &["A-1", "A-2"]] {
        let (facility, first) = Record::facility(&device, ward(), "Chung cư mini An Khang");
        let (mut inspection, begun) = Record::inspection(&device, ward(), facility.id);
        envelopes.extend([first, begun]);
        envelopes.extend(fails.iter().map(|item| inspection.answer(item, Verdict::Fail)));
        envelopes.push(inspection.answer("A-3", Verdict::Pass));
        envelopes.push(inspection.seal());
        made.push(inspection.id.to_string());
    }
    device.push(&envelopes).await.expect("push");
    let cookie = server.login("duyet1").await;
    let queue = server.get(&cookie, "/api/v1/inspections?state=completed&order=danger").await;
    let order: Vec<_> = queue["items"].as_array().expect("items").iter().map(|each| each["id"].clone()).collect();
    assert_eq!(order, [made[1].as_str(), &made[2], &made[0]]);
    let newest = server.get(&cookie, "/api/v1/inspections?state=completed&order=newest").await;
    assert_eq!(newest["items"][0]["id"], made[2]);
}

#[tokio::test]
async fn units_to_choose_from_are_those_whose_records_one_reads() {
    let (server, _) = server().await;
    let cookie = server.login("xa2").await;
    let mine = server.get(&cookie, "/api/v1/units?scope=mine").await;
    assert_eq!((&mine["total"], &mine["items"][0]["id"]), (&1.into(), &other_ward().to_string().into()));
    let reviewer = server.login("duyet1").await;
    let team = server.get(&reviewer, "/api/v1/units?scope=mine&q=khuong%20dinh").await;
    assert_eq!((&team["total"], &team["items"][0]["id"]), (&1.into(), &ward().to_string().into()));
    let wrong = server.call(&cookie, Method::GET, "/api/v1/units?scope=all", None).await;
    assert_eq!(problem(wrong).await.field.as_deref(), Some("scope"));
}

#[tokio::test]
async fn units_are_those_of_the_day() {
    let (server, _) = server().await;
    let cookie = server.login("quantri").await;
    let now = server.get(&cookie, "/api/v1/units?q=khuong%20dinh").await;
    assert_eq!(now["items"][0]["full_name"], "Phường Khương Đình");
    assert_eq!(now["items"][0]["parent_name"], "Thành phố Hà Nội");
    assert_eq!(server.get(&cookie, "/api/v1/units?day=2025-06-30&q=khuong").await["total"], 0);
    let wrong = server.call(&cookie, Method::GET, "/api/v1/units?day=hôm%20qua", None).await;
    assert_eq!(problem(wrong).await.field.as_deref(), Some("day"));
}
