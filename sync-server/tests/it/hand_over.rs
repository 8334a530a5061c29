//! Premises handed over to another ward while the officers of the former one are offline.

use ancu_shared::error::ErrorCode;
use ancu_shared::record::RecordKind;
use ancu_shared::record::register::{Decision, Verdict};
use ancu_shared::role::Role;
use ancu_shared::sync::wire::{Moved, PullAnswer, PullRequest, PushVerdict, UnitCursor};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Record, TestDevice, TestServer, code_of, header, other_ward, review, visit_of, ward};

/// The ward's officers and reviewer, a manager above all wards (`pc07`), an officer of the other ward (`canbo9`).
async fn two_wards() -> (TestServer, TestDevice, TestDevice, TestDevice) {
    let (server, one, two) = TestServer::reviewed().await;
    let server = server.with_user("canbo9", Role::CommuneDataOfficer, other_ward()).await;
    let server = server.with_user("pc07", Role::Pc07Manager, crate::support::city()).await;
    let nine = server.enrol("canbo9").await;
    (server, one, two, nine)
}

fn path(facility: &Record) -> String {
    format!("/api/v1/facilities/{}/hand-overs", facility.id)
}

async fn hand_over(server: &TestServer, facility: &Record, to: ancu_shared::id::UnitId) -> Value {
    let cookie = server.login("pc07").await;
    let body = json!({ "unit": to, "reason": "Điều chỉnh địa giới" });
    let made = server.call(&cookie, Method::POST, &path(facility), Some(body)).await;
    assert!(made.status().is_success(), "{}", made.status());
    made.json().await.expect("json")
}

/// A device's pull from where it stood.
async fn pull(device: &TestDevice, before: Option<&PullAnswer>) -> PullAnswer {
    let cursors = before.map(|before| {
        let of = |page: &ancu_shared::sync::wire::UnitPage| UnitCursor {
            unit: page.unit,
            cursor: Some(page.cursor.clone()),
        };
        before.units.iter().map(of).collect()
    });
    device.pull(&PullRequest { cursors: cursors.unwrap_or_default(), ..PullRequest::default() }).await.expect("pull")
}

fn moved(answer: &PullAnswer) -> Vec<&Moved> {
    answer.units.iter().flat_map(|page| &page.moved).collect()
}

#[tokio::test]
async fn work_of_the_former_ward_arrives_where_the_premises_are_now() {
    let (server, one, two, nine) = two_wards().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut mine, begun) = Record::inspection(&one, ward(), facility.id);
    one.admitted(&[first, begun, mine.answer("A-1", Verdict::Pass)]).await;
    let known = two.pull_all().await;
    let before = pull(&two, None).await;
    let mut theirs = Record::open(&two, &known, mine.id);

    let told = hand_over(&server, &facility, other_ward()).await;
    assert_eq!(
        (&told["past"][0]["from"], &told["past"][0]["to"]),
        (&json!("Phường Khương Đình"), &json!("Phường Láng"))
    );
    assert_eq!(
        (&told["past"][0]["person_name"], &told["past"][0]["reason"]),
        (&json!("Người pc07"), &json!("Điều chỉnh địa giới"))
    );

    // The other ward's officer gets all of it, in an order in which it can be applied.
    let there = nine.pull_all().await;
    assert_eq!(there, known);
    // The former ward's device hears where it went, once, and gets nothing more of it.
    let answer = pull(&two, Some(&before)).await;
    assert!(answer.units.iter().all(|page| page.envelopes.is_empty() && !page.more), "{answer:?}");
    assert_eq!(moved(&answer).len(), 2, "{answer:?}");
    assert!(moved(&answer).iter().all(|it| it.unit == other_ward() && it.unit_name == "Phường Láng"));
    assert!(moved(&pull(&two, Some(&answer)).await).is_empty());

    // What was made offline names the former ward: an answer, and a visit that began there.
    two.admitted(&[theirs.answer("A-2", Verdict::Fail)]).await;
    let (mut visit, begun) = Record::visit(&two, ward(), &visit_of(facility.id, 2));
    two.admitted(&[begun, visit.answer("A-3", Verdict::Fail), visit.seal()]).await;
    assert_eq!(nine.pull_all().await.len(), known.len() + 4);
    // Where its own new record went, its device hears, too.
    assert_eq!(moved(&pull(&two, Some(&answer)).await).iter().map(|it| it.document).collect::<Vec<_>>(), [visit.id]);
    let cookie = server.login("pc07").await;
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", mine.id)).await;
    let said = view["items"].as_array().expect("items").iter().find(|it| it["code"] == "A-2").expect("it arrived");
    assert_eq!(said["statements"][0]["by"]["person_name"], "Người canbo2", "and is the officer's");
    assert_eq!(view["summary"]["unit_name"], "Phường Láng");
    let sheet = server.get(&cookie, &format!("/api/v1/facilities/{}", facility.id)).await;
    assert_eq!(sheet["inspections"].as_array().map(Vec::len), Some(2));
    // One visit that both wards' officers begin apart is one, and its officer of the former ward hears of it.
    let (_, there) = Record::visit(&nine, other_ward(), &visit_of(facility.id, 3));
    nine.admitted(&[there]).await;
    let (same, here) = Record::visit(&two, ward(), &visit_of(facility.id, 3));
    two.admitted(&[here]).await;
    assert!(moved(&pull(&two, Some(&answer)).await).iter().any(|it| it.document == same.id));
    // The new ward's officer goes on with it, and the former ward's reviewer has no say any more.
    let mut theirs = Record::open(&nine, &nine.pull_all().await, mine.id).named(other_ward());
    nine.admitted(&[theirs.answer("A-3", Verdict::Pass)]).await;
    let former = server.login("duyet1").await;
    let gone = server.call(&former, Method::GET, &format!("/api/v1/facilities/{}", facility.id), None).await;
    assert_eq!(code_of(gone).await, ErrorCode::NotFound);
    assert_eq!(server.get(&former, "/api/v1/inspections").await["total"], 0);

    // Back again: the same devices get it again.
    hand_over(&server, &facility, ward()).await;
    let back = pull(&two, Some(&answer)).await;
    let envelopes: usize = back.units.iter().map(|page| page.envelopes.len()).sum();
    assert_eq!(envelopes, known.len() + 7);
    assert!(moved(&back).iter().all(|it| it.unit == ward()), "{back:?}");
    assert_eq!(server.get(&former, "/api/v1/inspections").await["total"], 3);
    server.running.stop().await;
}

#[tokio::test]
async fn a_head_and_an_invitation_move_with_the_premises() {
    let (server, one, _, nine) = two_wards().await;
    let (facility, first) = Record::facility(&one, ward(), "Chung cư mini An Khang");
    one.admitted(&[first]).await;
    let head = one.invite(&server, facility.id, ward()).await;
    let (mut home, begun) = Record::dwelling(&head, ward(), facility.id);
    let mut people = Record::new(&head, RecordKind::Residents, ward());
    head.admitted(&[begun]).await;
    hand_over(&server, &facility, other_ward()).await;
    // Written before the head's phone heard of it.
    let second = people.write(&[header("schema", 1), header("dwelling", home.id.to_string()), header("residents", 4)]);
    head.admitted(&[home.write(&[header("note", "cửa sau")]), second]).await;
    assert_eq!(head.context().await.expect("context").home.expect("a home").unit, other_ward());
    let own = pull(&head, None).await;
    assert_eq!(own.units.len(), 1);
    assert_eq!((own.units[0].unit, own.units[0].envelopes.len()), (other_ward(), 3));
    // An invitation that an officer gave before still lets a neighbour in, where the premises are now; for that the officer
    // needs no post there.
    let neighbour = one.invite(&server, facility.id, ward()).await;
    assert_eq!(neighbour.context().await.expect("context").home.expect("a home").unit, other_ward());
    let (_, theirs) = Record::dwelling(&neighbour, other_ward(), facility.id);
    neighbour.admitted(&[theirs]).await;
    // The new ward's officer decides.
    let decided = review(&nine, other_ward(), (home.id, RecordKind::Dwelling), Decision::Approved);
    assert_eq!(nine.send(&decided).await, PushVerdict::Accepted);
    let cookie = server.login("canbo9").await;
    let sheet = server.get(&cookie, &format!("/api/v1/facilities/{}", facility.id)).await;
    assert_eq!(sheet["dwellings"].as_array().map(Vec::len), Some(2));
    server.running.stop().await;
}

#[tokio::test]
async fn only_who_looks_after_both_wards_hands_over_and_nobody_takes_premises() {
    let (server, one, _, nine) = two_wards().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    one.admitted(std::slice::from_ref(&first)).await;
    let to_other = || Some(json!({ "unit": other_ward(), "reason": "x" }));
    for (who, code) in
        [("canbo1", ErrorCode::Forbidden), ("canbo9", ErrorCode::Forbidden), ("duyet1", ErrorCode::FieldInvalid)]
    {
        let cookie = server.login(who).await;
        assert_eq!(
            code_of(server.call(&cookie, Method::POST, &path(&facility), to_other()).await).await,
            code,
            "{who}"
        );
    }
    let cookie = server.login("pc07").await;
    let offered = server.get(&cookie, &path(&facility)).await;
    assert_eq!(
        offered["to"],
        json!([{ "id": other_ward(), "full_name": "Phường Láng" }]),
        "not where it is, not the team"
    );
    assert_eq!(server.get(&server.login("duyet1").await, &path(&facility)).await["to"], json!([]));
    for wrong in [
        json!({ "unit": ward(), "reason": "x" }),
        json!({ "unit": crate::support::team(), "reason": "x" }),
        json!({ "unit": other_ward(), "reason": "  " }),
        json!({ "unit": other_ward(), "reason": "x".repeat(501) }),
    ] {
        let refused = server.call(&cookie, Method::POST, &path(&facility), Some(wrong)).await;
        assert_eq!(code_of(refused).await, ErrorCode::FieldInvalid);
    }
    // Whoever names a unit that the premises never lay in is refused, and so is who has a post in neither.
    let mut foreign = Record::open(&nine, &[first], facility.id).named(other_ward());
    let edit = foreign.write(&[header("note", "của tôi")]);
    assert!(matches!(nine.send(&edit).await, PushVerdict::Quarantined { code: ErrorCode::RecordMismatch, .. }));
    // Handed over, what was held for that stands by itself.
    hand_over(&server, &facility, other_ward()).await;
    assert_eq!(nine.send(&edit).await, PushVerdict::AlreadyKnown);
    server.running.stop().await;
}
