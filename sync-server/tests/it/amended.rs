//! Rows amended by the answers that changed are the rows that all cells make.

use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{FindingDetail, Register as _, Severity, Verdict};
use ancu_shared::sync::wire::PushVerdict;
use ancu_sync_server::service::{Refused, project};
use serde_json::{Value, json};

use crate::support::{Record, START, TestDevice, TestServer, photo_at, visit_of, ward};

/// The row as it stands, and as it is once everything was read again.
async fn rows(server: &TestServer, id: DocumentId) -> (Value, Value) {
    let app = server.running.app().clone();
    let job = server.running.app().store.write(move |transaction| {
        let row = || {
            let row = transaction.inspection(id)?.expect("an inspection's row");
            Ok::<_, Refused>(json!({ "summary": row.summary, "danger": row.danger }))
        };
        let kept = row()?;
        project::rebuild(&app, transaction)?;
        Ok::<_, Refused>((kept, row()?))
    });
    job.await.expect("rows")
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
