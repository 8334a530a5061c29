//! A visit that is given up before anybody signed it, as the server admits it and shows it.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::PersonId;
use ancu_shared::record::given_up::{GivenUp, GivenUpReason};
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{Register as _, Verdict};
use ancu_shared::record::value::{OperationId, Scalar};
use ancu_shared::sync::wire::PushVerdict;
use serde_json::{Value, json};

use crate::support::{Record, START, TestDevice, TestServer, header, ward};

/// Gives a visit up, knowing of these puts of others.
fn gives_up(by: PersonId, reason: GivenUpReason, words: &str, seen: Vec<OperationId>) -> (Key, Scalar) {
    let statement = GivenUp { reason, words: words.into(), seen, at: UtcMillis(START + 60_000), by };
    (GivenUp::key(), statement.to_scalar())
}

/// Why an envelope was not admitted.
async fn refused(device: &TestDevice, envelope: &[u8]) -> ErrorCode {
    match device.send(envelope).await {
        PushVerdict::Quarantined { code, .. } => code,
        other => panic!("admitted: {other:?}"),
    }
}

#[tokio::test]
async fn a_visit_that_is_given_up_is_shown_and_counts_nowhere() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut visit, begun) = Record::inspection(&one, ward(), facility.id);
    let answered = visit.answer("A-1", Verdict::Fail);
    one.admitted(&[first, begun, answered]).await;
    let cookie = server.login("duyet1").await;
    let premises = format!("/api/v1/facilities/{}", facility.id);
    assert_eq!(server.get(&cookie, &premises).await["summary"]["open_inspection"], json!(visit.id));
    let mut theirs = Record::open(&two, &two.pull_all().await, visit.id);

    one.admitted(&[visit.write(&[gives_up(one.person(), GivenUpReason::NoEntry, "", Vec::new())])]).await;
    let path = format!("/api/v1/inspections/{}", visit.id);
    let told = server.get(&cookie, &path).await;
    assert_eq!((&told["summary"]["state"], &told["given_up"]["reason"]), (&json!("cancelled"), &json!("no_entry")));
    assert_eq!(
        (&told["given_up"]["by"]["person_name"], &told["given_up"]["holds"]),
        (&json!("Người canbo1"), &json!(true))
    );
    assert_eq!(told["items"].as_array().map(Vec::len), Some(1), "what was answered stays readable");
    let sheet = server.get(&cookie, &premises).await;
    assert_eq!(
        (&sheet["summary"]["open_inspection"], &sheet["summary"]["last_inspected_at"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(sheet["inspections"][0]["state"], "cancelled");
    for (state, count) in [("in_progress", 0), ("cancelled", 1), ("completed", 0)] {
        let listed = server.get(&cookie, &format!("/api/v1/inspections?state={state}")).await;
        assert_eq!(listed["total"], count, "{state}");
    }
    let findings = server.get(&cookie, "/api/v1/findings").await;
    assert_eq!(findings["total"], 0);

    // What a colleague said apart opens it again, and whoever reads it is told.
    two.admitted(&[theirs.answer("A-2", Verdict::Pass)]).await;
    let told = server.get(&cookie, &path).await;
    assert_eq!((&told["summary"]["state"], &told["given_up"]["holds"]), (&json!("in_progress"), &json!(false)));
    assert_eq!(server.get(&cookie, &premises).await["summary"]["open_inspection"], json!(visit.id));
    two.admitted(&[theirs.seal()]).await;
    let told = server.get(&cookie, &path).await;
    assert_eq!(
        (&told["summary"]["state"], &told["given_up"]),
        (&json!("completed"), &Value::Null),
        "a signature stands"
    );
}

#[tokio::test]
async fn only_a_visit_is_given_up_in_ones_own_name_with_a_reason_and_before_it_is_signed() {
    let (_server, one, two) = TestServer::reviewed().await;
    let (mut facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut visit, begun) = Record::inspection(&one, ward(), facility.id);
    one.admitted(&[first, begun, visit.answer("A-1", Verdict::Pass)]).await;
    let all = one.pull_all().await;
    let give_up = |reason, words| gives_up(one.person(), reason, words, Vec::new());
    // Each of a device that knows the record as it is: a refused place is used.
    let mut false_name = Record::open(&two, &all, visit.id);
    let other = false_name.write(&[gives_up(one.person(), GivenUpReason::NoEntry, "", Vec::new())]);
    assert_eq!(refused(&two, &other).await, ErrorCode::ChangeInvalid, "in another's name");
    assert_eq!(
        refused(&one, &facility.write(&[give_up(GivenUpReason::ByMistake, "")])).await,
        ErrorCode::RecordMismatch,
        "premises are not visited"
    );
    let wordless = Record::open(&one, &all, visit.id).write(&[give_up(GivenUpReason::Other, "")]);
    assert_eq!(refused(&one, &wordless).await, ErrorCode::ChangeInvalid, "another reason says which");

    one.admitted(&[visit.seal()]).await;
    let late =
        Record::open(&two, &all, visit.id).write(&[gives_up(two.person(), GivenUpReason::ByMistake, "", Vec::new())]);
    assert_eq!(refused(&two, &late).await, ErrorCode::RecordSealed, "it is signed");

    let (mut supplement, begun) = Record::supplement(&one, &visit, facility.id, UtcMillis(START));
    one.admitted(&[begun]).await;
    let of_supplement = supplement.write(&[give_up(GivenUpReason::ByMistake, "")]);
    assert_eq!(refused(&one, &of_supplement).await, ErrorCode::RecordMismatch, "a supplement is given up otherwise");
}

#[tokio::test]
async fn who_gave_a_visit_up_after_it_was_signed_is_told_beside_the_seal() {
    let (server, one, two) = TestServer::reviewed().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut visit, begun) = Record::inspection(&one, ward(), facility.id);
    one.admitted(&[first, begun, visit.answer("A-1", Verdict::Pass)]).await;
    let mut theirs = Record::open(&two, &two.pull_all().await, visit.id);
    // Given up, and taken up again: what was said of it stays in the record's course.
    let given_up = gives_up(one.person(), GivenUpReason::ByMistake, "", Vec::new());
    one.admitted(&[visit.write(&[given_up])]).await;
    one.admitted(&[visit.write(&[(GivenUp::key(), Scalar::Null)]), visit.seal()]).await;
    let cookie = server.login("duyet1").await;
    let path = format!("/api/v1/inspections/{}", visit.id);
    let told = server.get(&cookie, &path).await;
    let course = told["given_up_log"].as_array().expect("the course").clone();
    assert_eq!((&course[0]["reason"], &course[1]["reason"], course.len()), (&json!("by_mistake"), &Value::Null, 2));
    assert!(course.iter().all(|event| event["late"] == false && event["by"]["person_name"] == "Người canbo1"));
    let remarks = |told: &Value| {
        let remarks = told["remarks"].as_array().expect("remarks").clone();
        remarks.into_iter().filter(|it| it["field"] == "given_up").collect::<Vec<_>>()
    };
    assert_eq!(remarks(&told).len(), 0, "it was taken up again");

    // The colleague gave it up before hearing of the seal.
    let statement = gives_up(two.person(), GivenUpReason::NoEntry, "không ai mở cửa", Vec::new());
    let late = theirs.write(std::slice::from_ref(&statement));
    assert_eq!(refused(&two, &late).await, ErrorCode::RecordSealed);
    let held = |told: &Value| {
        assert_eq!(told["summary"]["state"], "completed", "the seal stands against it");
        let course = told["given_up_log"].as_array().expect("the course");
        let last = course.iter().find(|event| event["late"] == true).expect("what came late");
        assert_eq!((course.len(), &last["reason"], &last["words"]), (3, &json!("no_entry"), &json!("không ai mở cửa")));
        assert_eq!((&last["by"]["person_name"], &last["by"]["at"]), (&json!("Người canbo2"), &json!(START + 60_000)));
        let remarks = remarks(told);
        let words = remarks[0]["words"]["vi"].as_str().expect("words");
        for part in ["Người canbo2 đã bỏ", "không ai mở cửa", "chữ ký vẫn có hiệu lực"] {
            assert!(remarks.len() == 1 && words.contains(part), "no “{part}” in {remarks:?}");
        }
    };
    held(&server.get(&cookie, &path).await);

    // Their device hears of the seal and says it again in a supplement: what was held is settled, and the same is told.
    let (mut supplement, begun) = Record::supplement(&two, &visit, facility.id, UtcMillis(START));
    let carries = header("carries", ancu_shared::id::EnvelopeId::of(&late).to_string());
    let apart = supplement.write(&[header("given_up_apart", statement.1.clone())]);
    two.admitted(&[begun, apart, supplement.write(&[carries])]).await;
    let open = server.get(&cookie, "/api/v1/quarantine").await;
    assert!(open["items"].as_array().expect("rows").iter().all(|row| row["released_at"].is_i64()), "{open}");
    held(&server.get(&cookie, &path).await);
    assert_eq!(server.get(&cookie, &path).await["late"], json!([]), "nothing waits to be signed");

    // Nobody gives up in another's name, nor in a visit itself.
    let in_anothers_name = header("given_up_apart", statement.1.clone());
    let (mut false_name, begun) = Record::supplement(&one, &visit, facility.id, UtcMillis(START));
    one.admitted(&[begun]).await;
    assert_eq!(refused(&one, &false_name.write(&[in_anothers_name])).await, ErrorCode::ChangeInvalid);
}
