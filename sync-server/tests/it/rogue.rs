//! Devices that write what no honest device can: an officer's and a household head's. Nothing of it counts; all of it is
//! kept apart, with its reason, for its author and the supervisors.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::measured::{self, Measured, Vertex};
use ancu_shared::record::register::{
    Answer, FindingDetail, ItemAnswer, PhotoDetail, Position, PositionSource, Register as _, Severity, ThreadMessage,
    Verdict,
};
use ancu_shared::record::value::Scalar;
use ancu_shared::record::visit::Visit;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PushVerdict;
use ancu_shared::view::build::reply_key;
use ancu_sync_server::service::Refused;
use ancu_sync_server::store::rows::TemplateRow;
use jiff::civil::date;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Record, START, TestDevice, TestServer, header, photo_at, team, ward};
use crate::sync::quarantined;

/// A checklist of one verdict and one number from 0 to 20.
fn checklist() -> Value {
    let words = |text: &str| json!({ "vi": text, "en": text });
    let item = |code: &str, input: Value| {
        json!({
            "code": code, "survey": false, "title": words(code), "input": input, "severity": "major",
            "photo": "optional", "required": true, "remedy": words("x"), "citations": []
        })
    };
    let number = json!({ "type": "number", "unit": words("lối"), "min": 0.0, "max": 20.0, "whole": true });
    json!({
        "schema": 1, "code": "measured", "version": "1", "title": words("Đo"), "notice": words(""), "citations": [],
        "groups": [{
            "code": "A", "title": words("A"), "items": [item("V-1", json!({ "type": "verdict" })), item("N-1", number)],
        }]
    })
}

struct Scene {
    server: TestServer,
    officer: TestDevice,
    facility: DocumentId,
    visits: u32,
}

async fn scene() -> Scene {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let server = server.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let job = server.running.app().store.write(|transaction| {
        let body = serde_json::to_vec(&checklist()).expect("template");
        let sha256 = hex::encode(Sha256::digest(&body));
        let template = TemplateRow { code: "measured".into(), version: "1".into(), sha256, current: true };
        transaction.put_template(&template, body.as_slice(), UtcMillis(START))?;
        Ok::<_, Refused>(())
    });
    job.await.expect("template");
    let officer = server.enrol("canbo1").await;
    let (facility, first) = Record::facility(&officer, ward(), "Chung cư mini An Khang");
    assert_eq!(officer.send(&first).await, PushVerdict::Accepted);
    Scene { server, officer, facility: facility.id, visits: 0 }
}

impl Scene {
    /// A visit that is not begun yet, and how it begins.
    fn visit(&mut self, more: &[(Key, Scalar)]) -> (Record, Vec<(Key, Scalar)>) {
        self.visits += 1;
        self.visit_on(date(2026, 11, 21), more)
    }

    fn visit_on(&self, day: jiff::civil::Date, more: &[(Key, Scalar)]) -> (Record, Vec<(Key, Scalar)>) {
        let number = self.visits.max(1);
        let visit = Visit { facility: self.facility, template: "measured".into(), day, number };
        let mut puts = vec![header("schema", 1)];
        puts.extend(visit.header());
        puts.extend([header("template_version", "1"), header("started_at", START), state("in_progress")]);
        for (key, value) in more {
            puts.retain(|(known, _)| known != key);
            puts.push((key.clone(), value.clone()));
        }
        (Record::at(&self.officer, visit.id(), RecordKind::Inspection, ward()), puts)
    }

    fn says(&self, item: &str, answer: Answer) -> (Key, Scalar) {
        let (at, by) = (UtcMillis(START), self.officer.person());
        let said = ItemAnswer::new(Some(answer), String::new(), at, by);
        (Key::Item(item.into()), said.to_scalar())
    }

    /// A finding at a question.
    fn finds(&self, item: &str) -> (Key, Scalar) {
        let (at, by) = (UtcMillis(START), self.officer.person());
        let detail =
            FindingDetail {
                severity: Severity::Critical, remedy: "Sửa".into(), deadline: None, at, by, origin: None
            };
        (Key::Finding(item.into(), "detail".into()), detail.to_scalar())
    }
}

fn state(value: &str) -> (Key, Scalar) {
    (Key::State("state".into()), value.into())
}

#[tokio::test]
async fn an_officers_device_cannot_answer_what_nobody_asked() {
    let mut scene = scene().await;
    let by = scene.officer.person();
    let reply = ThreadMessage { words: "Đã sửa".into(), at: UtcMillis(START), by };
    let reply = (reply_key("NOPE-99", by), reply.to_scalar());
    let cases = [
        ("below the range", scene.says("N-1", Answer::Number(-7.0)), ErrorCode::AnswerInvalid),
        ("half an exit", scene.says("N-1", Answer::Number(1.5)), ErrorCode::AnswerInvalid),
        ("a number for a verdict", scene.says("V-1", Answer::Number(5.0)), ErrorCode::AnswerInvalid),
        ("a verdict for a number", scene.says("N-1", Answer::Verdict(Verdict::Pass)), ErrorCode::AnswerInvalid),
        ("an unknown question", scene.says("NOPE-99", Answer::Verdict(Verdict::Fail)), ErrorCode::ItemUnknown),
        ("a finding at an unknown question", scene.finds("NOPE-99"), ErrorCode::ItemUnknown),
        ("a finding where nothing can fail", scene.finds("N-1"), ErrorCode::AnswerInvalid),
        ("a photo at an unknown question", photo_at("NOPE-99", PhotoHash([7; 32]), by), ErrorCode::ItemUnknown),
        ("a reply at an unknown question", reply, ErrorCode::ItemUnknown),
        ("an answer on the whole record", scene.says("_", Answer::Verdict(Verdict::Fail)), ErrorCode::ItemUnknown),
        ("a finding on the whole record", scene.finds("_"), ErrorCode::ItemUnknown),
        ("a photo on the whole record", photo_at("_", PhotoHash([7; 32]), by), ErrorCode::ItemUnknown),
        ("a review's state", state("approved"), ErrorCode::FieldInvalid),
        ("north of the pole", header("latitude", 91.0), ErrorCode::FieldInvalid),
        ("a purpose of its own", header("purpose", "revenge"), ErrorCode::FieldInvalid),
    ];
    let many = cases.len();
    let whole = ThreadMessage { words: "Nhà không có tầng hầm".into(), at: UtcMillis(START), by };
    let honest = [
        scene.says("N-1", Answer::Number(2.0)),
        scene.says("V-1", Answer::Verdict(Verdict::Pass)),
        (reply_key("_", by), whole.to_scalar()),
    ];
    for (what, wrong, code) in cases {
        // Where the record is there already …
        let (mut record, begun) = scene.visit(&[]);
        assert_eq!(scene.officer.send(&record.write(&begun)).await, PushVerdict::Accepted);
        let wrote = record.write(std::slice::from_ref(&wrong));
        // What a visit is for is said where it begins, and never again.
        let later = if what == "a purpose of its own" { ErrorCode::RecordMismatch } else { code };
        assert_eq!(quarantined(&scene.officer.send(&wrote).await), Some(later), "{what}, later");
        // … and where it begins so.
        let (mut record, begun) = scene.visit(&[honest[0].clone(), wrong]);
        assert_eq!(quarantined(&scene.officer.send(&record.write(&begun)).await), Some(code), "{what}, at once");
    }
    let (mut record, begun) = scene.visit(&honest);
    assert_eq!(scene.officer.send(&record.write(&begun)).await, PushVerdict::Accepted);
    let cookie = scene.server.login("duyet1").await;
    let view = scene.server.get(&cookie, &format!("/api/v1/inspections/{}", record.id)).await;
    assert_eq!(view["summary"]["progress"]["answered"], 2, "{view}");
    let listed = scene.server.get(&cookie, "/api/v1/inspections").await;
    let answered = |it: &Value| it["progress"]["answered"].as_u64().expect("a number");
    let counts: Vec<_> = listed["items"].as_array().expect("items").iter().map(answered).collect();
    assert_eq!((counts.len(), counts.iter().sum::<u64>()), (many + 1, 2), "what is held counts nowhere");
}

#[tokio::test]
async fn what_fits_no_question_is_let_in_by_a_supervisor_alone() {
    let mut scene = scene().await;
    let (mut record, begun) = scene.visit(&[]);
    assert_eq!(scene.officer.send(&record.write(&begun)).await, PushVerdict::Accepted);
    let wrong = record.write(&[scene.says("N-1", Answer::Number(21.0))]);
    assert_eq!(quarantined(&scene.officer.send(&wrong).await), Some(ErrorCode::AnswerInvalid));
    let cookie = scene.server.login("duyet1").await;
    let list = scene.server.get(&cookie, "/api/v1/quarantine").await;
    let held = &list["items"][0];
    assert_eq!((&held["code"], &held["author_name"]), (&json!("answer_invalid"), &json!("Người canbo1")));
    let path = format!("/api/v1/quarantine/{}/release", held["id"]);
    assert_eq!(scene.server.call(&cookie, Method::POST, &path, None).await.status(), 200);
    let view = scene.server.get(&cookie, &format!("/api/v1/inspections/{}", record.id)).await;
    assert_eq!(view["summary"]["progress"]["answered"], 1);

    // What a newer program wrote nobody lets in before the server is as new.
    let (mut newer, begun) = scene.visit(&[header("schema", 2)]);
    assert_eq!(quarantined(&scene.officer.send(&newer.write(&begun)).await), Some(ErrorCode::RecordNewer));
    let list = scene.server.get(&cookie, "/api/v1/quarantine").await;
    let path = format!("/api/v1/quarantine/{}/release", list["items"][0]["id"]);
    assert_eq!(scene.server.call(&cookie, Method::POST, &path, None).await.status(), 409);
}

#[tokio::test]
async fn a_checklist_that_the_server_has_is_not_shaken_off() {
    let mut scene = scene().await;
    let wrong = scene.says("N-1", Answer::Number(-7.0));
    // Of a version that the server does not have nothing is said.
    let (mut unknown, begun) = scene.visit(&[header("template_version", "9"), wrong.clone()]);
    assert_eq!(scene.officer.send(&unknown.write(&begun)).await, PushVerdict::Accepted);

    let (mut record, begun) = scene.visit(&[]);
    assert_eq!(scene.officer.send(&record.write(&begun)).await, PushVerdict::Accepted);
    let renamed = record.write(&[header("template_version", "9")]);
    assert_eq!(quarantined(&scene.officer.send(&renamed).await), Some(ErrorCode::RecordMismatch));

    // A supplement is held against the checklist of what it supplements, whatever it names itself.
    let (mut original, begun) = scene.visit(&[]);
    assert_eq!(scene.officer.send(&original.write(&begun)).await, PushVerdict::Accepted);
    assert_eq!(scene.officer.send(&original.seal()).await, PushVerdict::Accepted);
    let mut supplement = Record::new(&scene.officer, RecordKind::Inspection, ward());
    let begun = supplement.write(&[
        header("schema", 1),
        header("facility", scene.facility.to_string()),
        header("supplement_of", original.id.to_string()),
        header("template", "measured"),
        header("template_version", "9"),
        state("in_progress"),
    ]);
    assert_eq!(scene.officer.send(&begun).await, PushVerdict::Accepted);
    let wrote = supplement.write(&[wrong]);
    assert_eq!(quarantined(&scene.officer.send(&wrote).await), Some(ErrorCode::AnswerInvalid));
}

#[tokio::test]
async fn a_second_beginning_takes_no_checklist_away() {
    let mut scene = scene().await;
    scene.server = scene.server.with_user("canbo2", Role::CommuneDataOfficer, ward()).await;
    let colleague = scene.server.enrol("canbo2").await;
    let failed = scene.says("V-1", Answer::Verdict(Verdict::Fail));
    let (mut record, begun) = scene.visit(&[failed]);
    assert_eq!(scene.officer.send(&record.write(&begun)).await, PushVerdict::Accepted);
    // Apart from the first one, as if it knew of none, by a version of the checklist that nobody has.
    let mut again = Record::at(&colleague, record.id, RecordKind::Inspection, ward());
    let (_, mut puts) = scene.visit_on(date(2026, 11, 21), &[header("template_version", "9")]);
    puts.retain(|(key, _)| *key != header("started_at", 0).0);
    puts.push(header("started_at", START - 60_000));
    assert_eq!(quarantined(&colleague.send(&again.write(&puts)).await), Some(ErrorCode::TemplateUnknown));
    // One by the checklist of the first is a colleague's, and stands beside it.
    let mut beside = Record::at(&colleague, record.id, RecordKind::Inspection, ward());
    let (_, puts) = scene.visit_on(date(2026, 11, 21), &[]);
    assert_eq!(colleague.send(&beside.write(&puts)).await, PushVerdict::Accepted);
    let cookie = scene.server.login("duyet1").await;
    let view = scene.server.get(&cookie, &format!("/api/v1/inspections/{}", record.id)).await;
    assert_eq!(
        (&view["summary"]["template"]["version"], &view["summary"]["progress"]["failed"]),
        (&json!("1"), &json!(1))
    );
}

#[tokio::test]
async fn a_clock_that_is_years_off_refuses_nothing_that_a_clock_can_show() {
    let scene = scene().await;
    for (day, expected) in [
        (date(1970, 1, 1), None),
        (date(2099, 6, 1), None),
        (date(2199, 12, 31), None),
        (date(2200, 1, 1), Some(ErrorCode::FieldInvalid)),
        (date(9999, 12, 31), Some(ErrorCode::FieldInvalid)),
        (date(1900, 1, 1), Some(ErrorCode::FieldInvalid)),
    ] {
        let (mut record, begun) = scene.visit_on(day, &[]);
        assert_eq!(quarantined(&scene.officer.send(&record.write(&begun)).await), expected, "{day}");
    }
    let (mut record, begun) = scene.visit_on(date(2026, 1, 2), &[header("started_at", -2_208_988_800_000_i64)]);
    assert_eq!(quarantined(&scene.officer.send(&record.write(&begun)).await), Some(ErrorCode::FieldInvalid));
}

#[tokio::test]
async fn times_and_places_that_cannot_be_are_never_let_in() {
    let mut scene = scene().await;
    let (at, by) = (UtcMillis(START), scene.officer.person());
    let said = |at: i64| {
        let answer = Some(Answer::Verdict(Verdict::Fail));
        let said = ItemAnswer::new(answer, String::new(), UtcMillis(at), by);
        (Key::Item("V-1".into()), said.to_scalar())
    };
    let due = |day: &str| {
        let deadline = Some(day.parse().expect("a day"));
        let (severity, remedy) = (Severity::Critical, "Sửa".to_owned());
        let detail = FindingDetail { severity, remedy, deadline, at, by, origin: None };
        (Key::Finding("V-1".into(), "detail".into()), detail.to_scalar())
    };
    let (photo, value) = photo_at("V-1", PhotoHash([7; 32]), by);
    let far = PhotoDetail::from_scalar(&value).map(|photo| PhotoDetail {
        place: Some(Position { latitude: 999.0, longitude: 105.8, accuracy_m: None, source: PositionSource::Photo }),
        ..photo
    });
    let far = (photo, far.expect("a photo").to_scalar());
    let cases = [
        (said(9_000_000_000_000_000), "time_impossible", "Mục V-1: lúc ghi là 9000000000000000 ms"),
        (said(-1), "time_impossible", "Mục V-1: lúc ghi là -1 ms"),
        (due("0001-01-01"), "time_impossible", "Tồn tại ở mục V-1: hạn khắc phục là 0001-01-01"),
        (due("9999-12-31"), "time_impossible", "Tồn tại ở mục V-1: hạn khắc phục là 9999-12-31"),
        (far, "place_impossible", "Ảnh ở mục V-1: vị trí là 999; 105.8"),
        (header("clock_off_ms", (1_i64 << 53) - 1), "field", "Ô độ lệch đồng hồ, ghi “9007199254740991”"),
    ];
    let cookie = scene.server.login("duyet1").await;
    for (wrong, cause, words) in cases {
        let (mut record, begun) = scene.visit(&[wrong]);
        let verdict = scene.officer.send(&record.write(&begun)).await;
        assert_eq!(quarantined(&verdict), Some(ErrorCode::FieldInvalid), "{cause}: {verdict:?}");
        let PushVerdict::Quarantined { why: Some(why), .. } = verdict else { panic!("{cause} has its words") };
        assert_eq!(why.cause, cause);
        assert!(why.vi.starts_with(words), "{}", why.vi);
        let held = scene.server.get(&cookie, "/api/v1/quarantine").await["items"][0].clone();
        assert_eq!((&held["cause"], &held["premises"]), (&json!(cause), &json!("Chung cư mini An Khang")));
        assert_eq!(held["reason_vi"], why.vi);
        // Not even on a supervisor's word, and the answer says why.
        let path = format!("/api/v1/quarantine/{}/release", held["id"]);
        let refused = scene.server.call(&cookie, Method::POST, &path, None).await;
        assert_eq!(refused.status(), 409);
        let problem: Value = refused.json().await.expect("a problem");
        assert_eq!(problem["code"], "release_impossible");
        assert_eq!(problem["title"], format!("Không thể cho qua. {}", why.vi));
    }
    // Premises have a day of re-inspection, and a name.
    let mut premises = Record::new(&scene.officer, RecordKind::Facility, ward());
    let nameless = premises.write(&[header("schema", 1)]);
    assert_eq!(quarantined(&scene.officer.send(&nameless).await), Some(ErrorCode::ChangeInvalid));
    let mut premises = Record::new(&scene.officer, RecordKind::Facility, ward());
    let begun = [header("schema", 1), header("name", "Nhà trọ"), header("reinspect_on", "9999-12-31")];
    assert_eq!(quarantined(&scene.officer.send(&premises.write(&begun)).await), Some(ErrorCode::FieldInvalid));
}

#[tokio::test]
async fn a_number_that_its_line_does_not_say_is_never_let_in() {
    let mut scene = scene().await;
    let line = |north: f64| vec![Vertex(21.0, 105.8, Some(4.0)), Vertex(north, 105.8, Some(4.0))];
    let said = |method: measured::Method, line: Vec<Vertex>| {
        let (at, by) = (UtcMillis(START), scene.officer.person());
        let said = ItemAnswer::new(Some(Answer::Number(2.0)), String::new(), at, by);
        let measured = Some(Measured { method, instrument: String::new(), line });
        (Key::Item("N-1".into()), ItemAnswer { measured, ..said }.to_scalar())
    };
    let (counted, walked, nowhere) = (
        said(measured::Method::Counted, Vec::new()),
        said(measured::Method::Walked, line(21.001)),
        said(measured::Method::Map, line(95.0)),
    );
    let (mut record, begun) = scene.visit(&[counted]);
    assert_eq!(scene.officer.send(&record.write(&begun)).await, PushVerdict::Accepted);
    for (wrong, code, cause) in
        [(walked, ErrorCode::AnswerInvalid, "answer_unfit"), (nowhere, ErrorCode::FieldInvalid, "place_impossible")]
    {
        let (mut record, begun) = scene.visit(&[wrong]);
        let verdict = scene.officer.send(&record.write(&begun)).await;
        assert_eq!(quarantined(&verdict), Some(code), "{verdict:?}");
        let PushVerdict::Quarantined { why: Some(why), .. } = verdict else { panic!("it has its words") };
        assert_eq!(why.cause, cause);
    }
}

#[tokio::test]
async fn a_refusal_names_the_question_the_answer_and_the_premises() {
    let mut scene = scene().await;
    let (mut record, begun) = scene.visit(&[scene.says("N-1", Answer::Number(21.0))]);
    assert_eq!(quarantined(&scene.officer.send(&record.write(&begun)).await), Some(ErrorCode::AnswerInvalid));
    let cookie = scene.server.login("duyet1").await;
    let held = scene.server.get(&cookie, "/api/v1/quarantine").await["items"][0].clone();
    assert_eq!(held["premises"], "Chung cư mini An Khang");
    assert_eq!(held["cause"], "answer_unfit");
    let said = held["reason_vi"].as_str().expect("words");
    assert!(said.starts_with("Mục N-1 “N-1”, trả lời “21”: N-1: số phải từ 0 đến 20 lối"), "{said}");
    assert!(held["reason"].as_str().is_some_and(|en| en.starts_with("Question N-1 “N-1”, answered “21”")), "{held}");
}

#[tokio::test]
async fn what_a_beginning_claims_of_days_laws_and_checklists_is_remarked_where_it_cannot_be_right() {
    let mut scene = scene().await;
    let four_years = 4 * 365 * 86_400_000;
    let cases = [
        (header("started_at", START + four_years), "started_at"),
        (header("rule_set", "ND999"), "rule_set"),
        (header("template_version", "9"), "template"),
    ];
    let cookie = scene.server.login("duyet1").await;
    for (claim, field) in cases {
        let (mut record, begun) = scene.visit(&[claim]);
        assert_eq!(scene.officer.send(&record.write(&begun)).await, PushVerdict::Accepted, "{field}");
        let view = scene.server.get(&cookie, &format!("/api/v1/inspections/{}", record.id)).await;
        let remarks = view["remarks"].as_array().expect("remarks");
        assert!(remarks.iter().any(|remark| remark["field"] == field), "{field}: {remarks:?}");
    }
    let (mut record, begun) = scene.visit_on(date(2030, 1, 1), &[]);
    assert_eq!(scene.officer.send(&record.write(&begun)).await, PushVerdict::Accepted);
    let view = scene.server.get(&cookie, &format!("/api/v1/inspections/{}", record.id)).await;
    let words = view["remarks"].to_string();
    assert!(words.contains("đặt tên theo ngày 01/01/2030 nhưng ghi bắt đầu ngày"), "{words}");
    let (mut record, begun) = scene.visit(&[]);
    assert_eq!(scene.officer.send(&record.write(&begun)).await, PushVerdict::Accepted);
    let view = scene.server.get(&cookie, &format!("/api/v1/inspections/{}", record.id)).await;
    assert_eq!(view["remarks"], json!([]), "an honest visit draws none");
}

#[tokio::test]
async fn a_head_has_one_home_however_many_it_declares() {
    let scene = scene().await;
    let head = scene.officer.invite(&scene.server, scene.facility, ward()).await;
    let (mut home, first) = Record::dwelling(&head, ward(), scene.facility);
    assert_eq!(head.send(&first).await, PushVerdict::Accepted);
    let people = |device: &TestDevice| {
        let mut people = Record::new(device, RecordKind::Residents, ward());
        let begun =
            people.write(&[header("schema", 1), header("dwelling", home.id.to_string()), header("residents", 4)]);
        (people, begun)
    };
    let (mut residents, begun) = people(&head);
    assert_eq!(head.send(&begun).await, PushVerdict::Accepted);
    let flood: Vec<_> = (0..60).map(|_| Record::dwelling(&head, ward(), scene.facility).1).collect();
    for outcome in head.push(&flood).await.expect("push").outcomes {
        assert_eq!(quarantined(&outcome.verdict), Some(ErrorCode::HomeSecond));
    }
    assert_eq!(quarantined(&head.send(&people(&head).1).await), Some(ErrorCode::HomeSecond), "people twice");
    // The one home goes on.
    assert_eq!(head.send(&home.write(&[header("address", "Phòng 303")])).await, PushVerdict::Accepted);
    assert_eq!(head.send(&residents.write(&[header("residents", 5)])).await, PushVerdict::Accepted);
    // Its neighbour has another.
    let neighbour = scene.officer.invite(&scene.server, scene.facility, ward()).await;
    let (_, theirs) = Record::dwelling(&neighbour, ward(), scene.facility);
    assert_eq!(neighbour.send(&theirs).await, PushVerdict::Accepted);
    let cookie = scene.server.login("canbo1").await;
    let sheet = scene.server.get(&cookie, &format!("/api/v1/facilities/{}", scene.facility)).await;
    assert_eq!(sheet["dwellings"].as_array().map(Vec::len), Some(2));
    assert_eq!(sheet["summary"]["declarations_waiting"], 2);
}

#[tokio::test]
async fn a_heads_device_declares_nothing_that_its_form_does_not_take() {
    let scene = scene().await;
    for (what, wrong, code) in [
        ("storeys in words", header("storeys", "chín"), ErrorCode::FieldInvalid),
        ("storeys below nothing", header("storeys", -99_999), ErrorCode::FieldInvalid),
        ("a tower", header("storeys", 5_000), ErrorCode::FieldInvalid),
        ("an address that is a number", header("address", 7), ErrorCode::FieldInvalid),
        ("a type of house of its own", header("house_template", "castle"), ErrorCode::FieldInvalid),
        ("begun when no clock could say", header("started_at", 1_i64 << 52), ErrorCode::FieldInvalid),
        ("approved by itself", state("approved"), ErrorCode::FieldInvalid),
        ("of a newer program", header("schema", 2), ErrorCode::RecordNewer),
    ] {
        let head = scene.officer.invite(&scene.server, scene.facility, ward()).await;
        let mut home = Record::new(&head, RecordKind::Dwelling, ward());
        let mut puts = vec![header("schema", 1), header("facility", scene.facility.to_string()), state("draft")];
        puts.retain(|(key, _)| *key != wrong.0);
        puts.push(wrong);
        assert_eq!(quarantined(&head.send(&home.write(&puts)).await), Some(code), "{what}");
    }
    let cookie = scene.server.login("canbo1").await;
    let sheet = scene.server.get(&cookie, &format!("/api/v1/facilities/{}", scene.facility)).await;
    assert_eq!(sheet["dwellings"], json!([]));
}
