//! Push and pull: round trips, idempotence, order, clashes, seals.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::EnvelopeId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::register::{Decision, Verdict};
use ancu_shared::role::Role;
use ancu_shared::sync::wire::{Cursor, MAX_PULL_TEMPLATES, PullRequest, PushVerdict, UnitCursor};
use reqwest::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::support::{Record, TestServer, code_of, header, other_ward, review, team, ward};

pub(crate) fn quarantined(verdict: &PushVerdict) -> Option<ErrorCode> {
    match verdict {
        PushVerdict::Quarantined { code, .. } => Some(*code),
        _ => None,
    }
}

#[tokio::test]
async fn what_one_pushes_the_other_pulls_byte_for_byte() {
    let server = TestServer::with_two_officers().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (facility, first) = Record::facility(&one, ward(), "Chung cư mini An Khang");
    let (mut inspection, second) = Record::inspection(&one, ward(), facility.id);
    let third = inspection.answer("A-1", Verdict::Pass);
    let sent = [first, second, third];
    let answer = one.push(&sent).await.expect("push");
    assert!(answer.outcomes.iter().all(|outcome| outcome.verdict == PushVerdict::Accepted), "{answer:?}");
    assert_eq!(answer.outcomes[0].envelope, EnvelopeId::of(&sent[0]));
    assert_eq!(two.pull_all().await, sent);
    // Again: nothing changes, and everything is said to be known.
    let again = one.push(&sent).await.expect("push");
    assert!(again.outcomes.iter().all(|outcome| outcome.verdict == PushVerdict::AlreadyKnown));
    assert_eq!(two.pull_all().await.len(), 3);
    // A pull from where one stands brings nothing, and the author is certified with the first page.
    let page = two.pull(&PullRequest::default()).await.expect("pull");
    assert_eq!(page.authors.len(), 1);
    let cursors = vec![UnitCursor { unit: ward(), cursor: Some(page.units[0].cursor.clone()) }];
    let nothing = two.pull(&PullRequest { cursors, ..PullRequest::default() }).await.expect("pull");
    assert!(nothing.units[0].envelopes.is_empty() && !nothing.units[0].restarted && nothing.authors.is_empty());
}

#[tokio::test]
async fn what_a_device_made_and_brought_itself_comes_by_its_name_where_it_asks_for_that() {
    let server = TestServer::with_two_officers().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let beginning = one.pull(&PullRequest::default()).await.expect("pull").units;
    let beginning = beginning.into_iter().find(|page| page.unit == ward()).expect("the ward").cursor;
    let (_, own) = Record::facility(&one, ward(), "Nhà trọ");
    let (_, others) = Record::facility(&two, ward(), "Nhà nghỉ");
    let (_, carried) = Record::facility(&one, ward(), "Ký túc xá");
    for (device, envelope) in [(&one, &own), (&two, &others), (&two, &carried)] {
        assert_eq!(device.send(envelope).await, PushVerdict::Accepted);
    }
    let ask = |cursor: Option<Cursor>, own_by_name| PullRequest {
        cursors: vec![UnitCursor { unit: ward(), cursor }],
        own_by_name,
        ..PullRequest::default()
    };
    let whole = [own.clone(), others.clone(), carried.clone()];
    let mut named = whole.clone();
    named[0] = EnvelopeId::of(&own).0.to_vec();
    let foreign = Cursor { epoch: "another".into(), ..beginning.clone() };
    for (asked, expected) in [
        (ask(Some(beginning.clone()), true), &named),
        (ask(Some(beginning.clone()), false), &whole),
        (ask(None, true), &whole),
        (ask(Some(foreign), true), &whole),
    ] {
        let page = one.pull(&asked).await.expect("pull").units.into_iter().find(|page| page.unit == ward());
        assert_eq!(page.expect("the ward").envelopes, *expected, "{asked:?}");
    }
    named = whole;
    named[1] = EnvelopeId::of(&others).0.to_vec();
    let page =
        two.pull(&ask(Some(beginning), true)).await.expect("pull").units.into_iter().find(|it| it.unit == ward());
    assert_eq!(page.expect("the ward").envelopes, named, "what it carried for a colleague comes whole");
}

#[tokio::test]
async fn a_pull_brings_the_templates_that_a_device_lacks() {
    let server = TestServer::with_two_officers().await;
    let one = server.enrol("canbo1").await;
    let (_, sent) = Record::facility(&one, ward(), "Nhà trọ");
    one.send(&sent).await;
    let offered = one.context.templates[0].sha256.clone();
    let ask = |templates: Vec<String>| PullRequest { templates, room: Some(1), ..PullRequest::default() };
    let page = one.pull(&ask(vec!["0".repeat(64), offered.clone()])).await.expect("pull");
    let named = page.templates.iter().map(|body| hex::encode(Sha256::digest(body))).collect::<Vec<_>>();
    assert_eq!(named, std::slice::from_ref(&offered));
    assert_eq!(page.units[0].envelopes.len(), 1, "room is left for envelopes");
    assert!(one.pull(&ask(vec![])).await.expect("pull").templates.is_empty());
    let refused = one.pull(&ask(vec![offered; MAX_PULL_TEMPLATES + 1])).await.expect_err("too many");
    assert_eq!(refused.known_code(), ErrorCode::TooLarge);
}

#[tokio::test]
async fn envelopes_wait_for_what_they_build_on() {
    let server = TestServer::with_two_officers().await;
    let one = server.enrol("canbo1").await;
    let (mut record, first) = Record::facility(&one, ward(), "Nhà trọ");
    let second = record.write(&[header("name", "Nhà trọ Hoa Sen")]);
    let third = record.write(&[header("storeys", 5)]);
    assert!(matches!(one.send(&third).await, PushVerdict::Waiting { missing } if missing.len() == 1));
    assert!(matches!(one.send(&second).await, PushVerdict::Waiting { .. }));
    assert!(one.pull_all().await.is_empty());
    assert_eq!(one.send(&first).await, PushVerdict::Accepted);
    assert_eq!(one.pull_all().await, [first, second, third]);
}

#[tokio::test]
async fn a_foreign_or_future_cursor_starts_over() {
    let server = TestServer::with_two_officers().await;
    let one = server.enrol("canbo1").await;
    let (_, first) = Record::facility(&one, ward(), "Nhà trọ");
    one.send(&first).await;
    let own = one.pull(&PullRequest::default()).await.expect("pull").units[0].cursor.clone();
    for cursor in [
        Cursor { epoch: "another".into(), sequence: 1 },
        Cursor { epoch: own.epoch.clone(), sequence: 99 },
        Cursor { epoch: own.epoch.clone(), sequence: u64::MAX },
    ] {
        let request =
            PullRequest { cursors: vec![UnitCursor { unit: ward(), cursor: Some(cursor) }], ..PullRequest::default() };
        let page = one.pull(&request).await.expect("pull");
        assert!(page.units[0].restarted && page.units[0].envelopes.len() == 1);
    }
    let elsewhere =
        PullRequest { cursors: vec![UnitCursor { unit: other_ward(), cursor: None }], ..PullRequest::default() };
    let answer = one.pull(&elsewhere).await.expect("pull");
    assert_eq!(answer.gone, [other_ward()]);
    assert_eq!(answer.units.len(), 1);
}

#[tokio::test]
async fn two_officers_answers_stand_and_a_clash_is_shown_until_settled() {
    let server = TestServer::with_two_officers().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (facility, first) = Record::facility(&one, ward(), "Chung cư mini An Khang");
    let (mut mine, second) = Record::inspection(&one, ward(), facility.id);
    one.push(&[first, second]).await.expect("push");
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    let apart =
        [mine.answer("A-1", Verdict::Pass), mine.answer("A-2", Verdict::Pass), theirs.answer("A-2", Verdict::Fail)];
    for envelope in &apart {
        assert_eq!(one.send(envelope).await, PushVerdict::Accepted, "anyone may carry an envelope");
    }
    let cookie = server.login("canbo1").await;
    let clashes = server.get(&cookie, "/api/v1/clashes").await;
    assert_eq!(clashes["items"][0]["key"], "i/A-2");
    assert_eq!(clashes["items"][0]["title"], "Chung cư mini An Khang");
    assert_eq!(clashes["items"][0]["values"].as_array().map(Vec::len), Some(2));
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", mine.id)).await;
    assert_eq!(view["summary"]["progress"]["answered"], 2);
    let mut settled = Record::open(&two, &two.pull_all().await, mine.id);
    assert_eq!(two.send(&settled.choose("A-2", Verdict::Pass)).await, PushVerdict::Accepted);
    assert_eq!(server.get(&cookie, "/api/v1/clashes").await["total"], 0);
    // The console shows whose answer was chosen, by whom, and keeps the other one.
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", mine.id)).await;
    let items = view["items"].as_array().expect("items");
    let shown = &items.iter().find(|item| item["code"] == "A-2").expect("A-2")["statements"];
    assert_eq!(shown.as_array().map(Vec::len), Some(1));
    let (first, second) = (one.person().to_string(), two.person().to_string());
    assert_eq!((&shown[0]["by"]["person"], &shown[0]["chosen_by"]["person"]), (&json!(first), &json!(second)));
    let history = server.get(&cookie, &format!("/api/v1/inspections/{}/items/A-2/history", mine.id)).await;
    let told: Vec<_> =
        history.as_array().expect("entries").iter().map(|it| (&it["fate"], &it["by"]["person"])).collect();
    assert_eq!(told[0], (&json!("standing"), &json!(first)));
    assert!(told.contains(&(&json!("passed_over"), &json!(second))), "{history}");
    assert!(told.contains(&(&json!("chosen"), &json!(first))), "{history}");
}

#[tokio::test]
async fn the_history_of_a_question_is_for_those_who_may_read_the_inspection() {
    let server = TestServer::with_two_officers().await;
    let one = server.enrol("canbo1").await;
    let (facility, first) = Record::facility(&one, ward(), "Chung cư mini An Khang");
    let (inspection, second) = Record::inspection(&one, ward(), facility.id);
    one.push(&[first, second]).await.expect("push");
    let cookie = server.login("canbo1").await;
    let of = |id: String| format!("/api/v1/inspections/{id}/items/A-2/history");
    assert_eq!(server.get(&cookie, &of(inspection.id.to_string())).await, json!([]));
    for stranger in [facility.id.to_string(), "x".to_owned()] {
        let refused = server.call(&cookie, Method::GET, &of(stranger.clone()), None).await;
        assert_eq!(code_of(refused).await, ErrorCode::NotFound, "{stranger}");
    }
}

#[tokio::test]
async fn nothing_follows_a_seal_and_a_false_seal_is_none() {
    let server = TestServer::with_two_officers().await;
    let one = server.enrol("canbo1").await;
    let (facility, first) = Record::facility(&one, ward(), "Chung cư mini An Khang");
    let (mut falsely, begun) = Record::inspection(&one, ward(), facility.id);
    one.push(&[first, begun]).await.expect("push");
    let verdict = one.send(&falsely.seal_falsely()).await;
    assert_eq!(quarantined(&verdict), Some(ErrorCode::ChangeInvalid), "{verdict:?}");

    let (mut record, begun) = Record::inspection(&one, ward(), facility.id);
    let answer = record.answer("A-1", Verdict::Fail);
    let seal = record.seal();
    let after = record.answer("A-2", Verdict::Pass);
    for envelope in [&begun, &answer, &seal] {
        assert_eq!(one.send(envelope).await, PushVerdict::Accepted);
    }
    assert_eq!(quarantined(&one.send(&after).await), Some(ErrorCode::RecordSealed));
    let cookie = server.login("canbo1").await;
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", record.id)).await;
    assert_eq!(view["summary"]["state"], "completed");
    assert_eq!(view["seals"][0]["valid"], true);
    assert_eq!(view["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn rights_follow_role_unit_and_day() {
    let server = TestServer::with_two_officers().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
    let (officer, reviewer) = (server.enrol("canbo1").await, server.enrol("duyet1").await);
    let (_, elsewhere) = Record::facility(&officer, other_ward(), "Ngoài phường");
    assert_eq!(quarantined(&officer.send(&elsewhere).await), Some(ErrorCode::WriteForbidden));
    let (_, by_reviewer) = Record::facility(&reviewer, ward(), "Không được tạo");
    assert_eq!(quarantined(&reviewer.send(&by_reviewer).await), Some(ErrorCode::WriteForbidden));

    let (facility, first) = Record::facility(&officer, ward(), "Chung cư mini");
    let (mut inspection, begun) = Record::inspection(&officer, ward(), facility.id);
    officer.push(&[first, begun, inspection.seal()]).await.expect("push");
    let subject = (inspection.id, RecordKind::Inspection);
    let by_officer = review(&officer, ward(), subject, Decision::Approved);
    assert_eq!(quarantined(&officer.send(&by_officer).await), Some(ErrorCode::WriteForbidden));
    assert_eq!(reviewer.send(&review(&reviewer, ward(), subject, Decision::Approved)).await, PushVerdict::Accepted);
    let cookie = server.login("duyet1").await;
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", inspection.id)).await;
    assert_eq!(view["summary"]["state"], "approved");
}

#[tokio::test]
async fn a_long_feed_comes_in_pages_without_gaps() {
    let server = TestServer::with_two_officers().await;
    let one = server.enrol("canbo1").await;
    let (mut record, first) = Record::facility(&one, ward(), "Nhà trọ");
    let mut sent = vec![first];
    let note = "g".repeat(15_000);
    for number in 0..600 {
        sent.push(record.write(&[header("padding", format!("{number} {note}"))]));
    }
    let answer = one.push(&sent).await.expect("push");
    assert!(answer.outcomes.iter().all(|outcome| outcome.verdict == PushVerdict::Accepted));
    let page = one.pull(&PullRequest::default()).await.expect("pull");
    assert!(page.units[0].more && page.units[0].envelopes.len() < sent.len());
    assert_eq!(one.pull_all().await, sent);
}
