//! Envelopes that build on something that is not there yet: kept, bounded, found by what they lack.

use ancu_shared::id::{ChangeHash, DocumentId, EnvelopeId};
use ancu_shared::record::RecordKind;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PushVerdict;
use ancu_sync_server::service::Refused;
use ancu_sync_server::store::rows::{WaitingLoad, WaitingRow};
use reqwest::Method;

use crate::support::{Record, TestServer, header, other_ward, team, ward};
use crate::sync::quarantined;

/// The most envelopes that wait in one record.
const MOST: u64 = 512;

async fn waiting_in(server: &TestServer, document: DocumentId) -> WaitingLoad {
    let job = server.running.app().store.read(move |transaction| Ok::<_, Refused>(transaction.waiting_in(document)?));
    job.await.expect("load")
}

#[tokio::test]
async fn what_came_in_reverse_is_all_there_when_its_beginning_comes() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let officer = server.enrol("canbo1").await;
    let (mut record, begun) = Record::facility(&officer, ward(), "Nhà trọ Hoa Sen");
    let mut later: Vec<_> = (1..=60).map(|number| record.write(&[header("storeys", number)])).collect();
    later.reverse();
    let answer = officer.push(&later).await.expect("push");
    assert!(answer.outcomes.iter().all(|it| matches!(it.verdict, PushVerdict::Waiting { .. })));
    assert_eq!(waiting_in(&server, record.id).await.envelopes, 60);
    assert_eq!(officer.send(&begun).await, PushVerdict::Accepted);
    assert_eq!(waiting_in(&server, record.id).await, WaitingLoad::default());
    assert_eq!(officer.pull_all().await.len(), 61);
}

#[tokio::test]
async fn what_waits_is_bounded_and_what_finds_no_room_is_taken_later() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let officer = server.enrol("canbo1").await;
    let (mut record, begun) = Record::facility(&officer, ward(), "Nhà trọ Hoa Sen");
    let later: Vec<_> =
        (0..MOST + 8).map(|number| record.write(&[header("storeys", 1 + number as i64 % 90)])).collect();
    for _ in 0..2 {
        let answer = officer.push(&later).await.expect("push");
        assert!(answer.outcomes.iter().all(|it| matches!(it.verdict, PushVerdict::Waiting { .. })));
        assert_eq!(waiting_in(&server, record.id).await.envelopes, MOST, "offered again it counts once");
    }
    assert_eq!(officer.send(&begun).await, PushVerdict::Accepted);
    assert_eq!(waiting_in(&server, record.id).await, WaitingLoad::default());
    // The device still has what was never receipted.
    let answer = officer.push(&later).await.expect("push");
    let accepted = answer.outcomes.iter().filter(|it| it.verdict == PushVerdict::Accepted).count();
    let known = answer.outcomes.iter().filter(|it| it.verdict == PushVerdict::AlreadyKnown).count();
    assert_eq!((known as u64, accepted), (MOST, 8));
}

#[tokio::test]
async fn only_what_lacks_nothing_more_is_judged_again() {
    let server = TestServer::start().await;
    let document = DocumentId::from_bytes([7; 16]);
    let row = |number: u8| WaitingRow {
        id: EnvelopeId([number; 32]),
        document,
        courier: None,
        received_at: server.now(),
        body: vec![number],
    };
    let [x, y, z] = [1, 2, 3].map(|number| ChangeHash([number; 32]));
    let (one, two) = (row(1), row(2));
    let job = server.running.app().store.write(move |transaction| {
        transaction.put_waiting(&one, &[x, y])?;
        transaction.put_waiting(&two, &[y, z])?;
        let mut arrivals = vec![transaction.arrived(document, &x)?, transaction.arrived(document, &y)?];
        // Judged, it lacks something else.
        transaction.put_waiting(&one, &[z])?;
        arrivals.push(transaction.arrived(DocumentId::from_bytes([8; 16]), &z)?);
        arrivals.push(transaction.arrived(document, &z)?);
        arrivals.push(transaction.arrived(document, &z)?);
        transaction.remove_waiting(&one.id)?;
        Ok::<_, Refused>((arrivals, transaction.waiting_in(document)?))
    });
    let (arrivals, left) = job.await.expect("store");
    let (one, two) = (EnvelopeId([1; 32]), EnvelopeId([2; 32]));
    assert_eq!(arrivals, [vec![], vec![one], vec![], vec![one, two], vec![]]);
    assert_eq!(left, WaitingLoad { envelopes: 1, bytes: 1 });
}

#[tokio::test]
async fn a_supervisors_word_holds_after_the_wait() {
    let server = TestServer::start()
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, other_ward())
        .await
        .with_user("duyet1", Role::AreaTeamReviewer, team())
        .await;
    let officer = server.enrol("canbo1").await;
    let mut record = Record::new(&officer, RecordKind::Facility, ward());
    let first = record.write(&[header("schema", 1), header("name", "Nhà trọ")]);
    let second = record.write(&[header("name", "Nhà trọ Hoa Sen")]);
    let supervisor = server.login("duyet1").await;
    for envelope in [&second, &first] {
        assert!(quarantined(&officer.send(envelope).await).is_some());
        let listed = server.get(&supervisor, "/api/v1/quarantine").await;
        let path = format!("/api/v1/quarantine/{}/release", listed["items"][0]["id"]);
        assert_eq!(server.call(&supervisor, Method::POST, &path, None).await.status(), 200);
    }
    assert_eq!(waiting_in(&server, record.id).await, WaitingLoad::default());
    let found = server.get(&supervisor, &format!("/api/v1/facilities/{}", record.id)).await;
    assert_eq!(found["summary"]["name"], "Nhà trọ Hoa Sen");
}
