//! Rows amended by the answers that changed are the rows that all cells make.

use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{FindingDetail, Register as _, Severity, Verdict};
use ancu_shared::sync::wire::PushVerdict;
use ancu_sync_server::service::{Refused, project};
use ancu_sync_server::store::Transaction;
use ancu_sync_server::store::rows::{FacilityQuery, Slice};
use serde_json::{Value, json};

use crate::support::{Record, START, TestDevice, TestServer, photo_at, visit_of, ward};

/// The row as it stands, and as it is once everything was read again.
async fn rows(server: &TestServer, id: DocumentId) -> (Value, Value) {
    let app = server.running.app();
    let row = move |transaction: &dyn Transaction| {
        let row = transaction.inspection(id)?.expect("an inspection's row");
        Ok::<_, Refused>(json!({ "summary": row.summary, "danger": row.danger }))
    };
    let kept = app.store.read(row).await.expect("a row");
    let begun: Result<(), Refused> = app.store.write(|transaction| Ok(project::begin_anew(transaction)?)).await;
    begun.expect("begun");
    project::make_anew(app).await.expect("made anew");
    (kept, app.store.read(row).await.expect("a row"))
}

fn finding(device: &TestDevice, severity: Severity, at: UtcMillis) -> (Key, ancu_shared::record::value::Scalar) {
    let detail =
        FindingDetail { severity, remedy: "Tháo khóa".into(), deadline: None, at, by: device.person(), origin: None };
    (Key::Finding("A-1".into(), "detail".into()), detail.to_scalar())
}

#[tokio::test]
async fn any_answers_leave_the_row_that_reading_the_record_would_make() {
    let server = TestServer::with_two_officers().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (facility, envelope) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    assert_eq!(one.send(&envelope).await, PushVerdict::Accepted);
    let visit = visit_of(facility.id, 1);
    let (mut record, begun) = Record::visit(&one, ward(), &visit);
    assert_eq!(one.send(&begun).await, PushVerdict::Accepted);
    let mut random = SeededRandom::new(9);
    let (mut seen, mut gravest) = (Vec::new(), Vec::new());
    for round in 0..60_u64 {
        let item = ["A-1", "A-2", "A-3"][random.next_u64() as usize % 3];
        let verdict = [Verdict::Pass, Verdict::Fail, Verdict::NotApplicable][random.next_u64() as usize % 3];
        let severity = [Severity::Minor, Severity::Critical][random.next_u64() as usize % 2];
        let at = UtcMillis(START).plus_millis(round as i64 * 1_000);
        record.by_clock(at);
        let envelope = match round % 5 {
            3 => record.write(&[finding(&one, severity, at)]),
            4 => record.write(&[photo_at(item, PhotoHash([round as u8; 32]), one.person())]),
            _ => record.answer(item, verdict),
        };
        assert_eq!(one.send(&envelope).await, PushVerdict::Accepted);
        let (kept, made) = rows(&server, record.id).await;
        assert_eq!(kept, made, "round {round}");
        seen.push(kept["summary"]["progress"].to_string());
        gravest.push(kept["summary"]["gravest"].to_string());
    }
    seen.sort_unstable();
    seen.dedup();
    gravest.sort_unstable();
    gravest.dedup();
    assert!(seen.len() > 10 && gravest.len() >= 3, "{seen:?} {gravest:?}");
    // A colleague who began the visit too: names and clashes are not for one answer to say.
    let (mut theirs, begun) = Record::visit(&two, ward(), &visit);
    assert_eq!(theirs.kind, RecordKind::Inspection);
    for envelope in [begun, theirs.answer("A-1", Verdict::Fail), record.answer("A-1", Verdict::Pass)] {
        one.send(&envelope).await;
        let (kept, made) = rows(&server, record.id).await;
        assert_eq!(kept, made);
    }
}

#[tokio::test]
async fn rows_are_made_anew_in_portions_and_what_was_cut_short_goes_on() {
    let server = TestServer::with_two_officers().await;
    let device = server.enrol("canbo1").await;
    let mut envelopes = Vec::new();
    for number in 0..120 {
        envelopes.push(Record::facility(&device, ward(), &format!("Nhà trọ {number}")).1);
    }
    device.admitted(&envelopes).await;
    let app = server.running.app();
    let wrong = |transaction: &dyn Transaction| -> Result<(usize, u64), Refused> {
        let query = FacilityQuery { units: vec![ward()], ..FacilityQuery::default() };
        let (rows, total) = transaction.facilities(&query, Slice { offset: 0, limit: 200 })?;
        Ok((rows.iter().filter(|row| row.summary.name == "sai").count(), total))
    };
    let service = app.clone();
    // In one transaction, so that nobody else goes on with it meanwhile.
    let job = app.store.write(move |transaction| {
        for id in transaction.documents_of_kind(RecordKind::Facility)? {
            let mut row = transaction.facility(id)?.expect("a row");
            row.summary.name = "sai".into();
            transaction.put_facility(&row)?;
        }
        let all = wrong(transaction)?;
        project::begin_anew(transaction)?;
        let read = project::portion(&service, transaction)?;
        Ok::<_, Refused>((all, read, wrong(transaction)?))
    });
    assert_eq!(job.await.expect("a portion"), ((120, 120), Some(100), (20, 120)), "readers find every row, old or new");
    let server = server.restart().await;
    let app = server.running.app();
    project::make_anew(app).await.expect("the rest");
    assert_eq!(app.store.read(wrong).await.expect("rows"), (0, 120));
    assert_eq!(project::make_anew(app).await.expect("nothing is left"), 0);
}
