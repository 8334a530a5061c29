//! Many at once: each thing happens once, nothing is lost, and nobody sees half of it.

use std::collections::BTreeSet;

use ancu_shared::author::AuthorSecret;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::PhotoHash;
use ancu_shared::record::register::Verdict;
use ancu_shared::record::visit::Visit;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::{EnrolGrant, PullRequest, PushVerdict, SignedInvitation};
use ancu_sync_server::clock::SystemRandom;
use ancu_sync_server::service::verify;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::{Record, TestDevice, TestServer, city, code_of, header, team, visit_of, ward};

#[tokio::test]
async fn an_envelope_sent_by_many_connections_is_taken_once() {
    let server = TestServer::with_two_officers().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (_, envelope) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let couriers: Vec<_> = (0..12).map(|number| if number % 2 == 0 { &one } else { &two }).collect();
    let verdicts = join_all(couriers.into_iter().map(|device| device.send(&envelope))).await;
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == PushVerdict::Accepted).count(), 1, "{verdicts:?}");
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == PushVerdict::AlreadyKnown).count(), 11);
    assert_eq!(two.pull_all().await, [envelope]);
}

#[tokio::test]
async fn two_phones_writing_one_inspection_at_once_lose_no_answer() {
    let server = TestServer::with_two_officers().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    // By a checklist that the server does not have: it takes every answer.
    let visit = Visit { template: "elsewhere".into(), ..visit_of(facility.id, 1) };
    let (mut mine, begun) = Record::visit(&one, ward(), &visit);
    one.push(&[first, begun]).await.expect("push");
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for number in 0..25 {
        ours.push(mine.answer(&format!("A-{number}"), Verdict::Pass));
        others.push(theirs.answer(&format!("B-{number}"), Verdict::Fail));
    }
    let sends = ours.iter().map(|envelope| one.send(envelope)).collect::<Vec<_>>();
    let more = others.iter().map(|envelope| two.send(envelope)).collect::<Vec<_>>();
    for verdict in join_all(sends.into_iter().chain(more)).await {
        // One author's envelopes may overtake each other on the way: then they wait.
        assert!(matches!(verdict, PushVerdict::Accepted | PushVerdict::Waiting { .. }), "{verdict:?}");
    }
    let pulled: BTreeSet<_> = one.pull_all().await.into_iter().collect();
    assert!(ours.iter().chain(&others).all(|envelope| pulled.contains(envelope)));
    let page = one.pull(&PullRequest::default()).await.expect("pull");
    assert_eq!(page.units[0].cursor.sequence, 52, "numbered without gaps and without repeats");
    let cookie = server.login("canbo1").await;
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", mine.id)).await;
    assert_eq!(view["items"].as_array().map(Vec::len), Some(50));
    let checks = verify::doctor(server.running.app()).await.expect("doctor");
    assert!(checks.iter().all(|check| check.good), "{checks:?}");
    assert!(verify::audit(server.running.app()).await.expect("audit").faults.is_empty());
}

#[tokio::test]
async fn a_code_and_an_invitation_let_one_in_however_many_try() {
    let server = TestServer::with_two_officers().await;
    let officer = server.enrol("canbo1").await;
    let (facility, envelope) = Record::facility(&officer, ward(), "Nhà trọ Hoa Sen");
    officer.send(&envelope).await;
    let code = EnrolGrant::Code { code: server.code("canbo2").await };
    let invitation = officer.invitation(&server, facility.id, ward());
    let invitation = EnrolGrant::Invitation { invitation: SignedInvitation::issue(&invitation, &officer.secret) };
    for grant in [code, invitation] {
        let keys: Vec<_> = (0..8).map(|_| AuthorSecret::generate(&mut SystemRandom)).collect();
        let tries = keys.iter().map(|key| TestDevice::try_enrol(&server, key, grant.clone(), Some("Đỗ Thị Mai")));
        let answers = join_all(tries).await;
        let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert_eq!(refused.len(), 7);
        assert!(refused.iter().all(|problem| problem.known_code() == ErrorCode::CodeUsed), "{refused:?}");
    }
}

#[tokio::test]
async fn a_photo_sent_by_several_connections_at_once_ends_whole() {
    let server = TestServer::with_two_officers().await;
    let device = server.enrol("canbo1").await;
    let bytes: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    let hash = PhotoHash::of(&bytes);
    let text = hash.to_string();
    let created = join_all((0..4).map(|_| device.create_upload(bytes.len(), &text))).await;
    let places: BTreeSet<_> = created.iter().map(|response| response.headers()["location"].clone()).collect();
    assert_eq!(places.len(), 1, "one upload");
    let place = places.first().expect("place").to_str().expect("text").to_owned();
    let sent = join_all((0..4).map(|_| device.patch_upload(&place, 0, bytes.clone()))).await;
    for response in sent {
        if response.status() != 204 {
            let code = code_of(response).await;
            assert!(matches!(code, ErrorCode::OffsetConflict | ErrorCode::NotFound), "{code:?}");
        }
    }
    // As a device does after a conflict: ask how far it got, and go on from there.
    let head = device.request(Method::HEAD, &place).header("tus-resumable", "1.0.0").send().await.expect("head");
    if head.status() == 200 {
        let reached: usize = head.headers()["upload-offset"].to_str().expect("text").parse().expect("offset");
        let last = device.patch_upload(&place, reached, bytes[reached..].to_vec()).await;
        assert_eq!(last.status(), 204, "what the broken tries left is a beginning of the photo");
    }
    assert_eq!(std::fs::read(server.running.app().blobs.path(&hash)).expect("kept"), bytes);
    assert_eq!(std::fs::read_dir(server.config.uploads()).expect("folder").count(), 0, "nothing is left lying about");
}

#[tokio::test]
async fn of_two_reviewers_deciding_at_once_one_is_told() {
    let server = TestServer::with_two_officers()
        .await
        .with_user("duyet1", Role::AreaTeamReviewer, team())
        .await
        .with_user("duyet2", Role::Pc07Manager, city())
        .await;
    let officer = server.enrol("canbo1").await;
    let (facility, first) = Record::facility(&officer, ward(), "Nhà trọ Hoa Sen");
    let (mut inspection, begun) = Record::inspection(&officer, ward(), facility.id);
    officer.push(&[first, begun, inspection.seal()]).await.expect("push");
    let cookies = [server.login("duyet1").await, server.login("duyet2").await];
    let path = format!("/api/v1/inspections/{}/decision", inspection.id);
    let answers = join_all(["approved", "returned"].iter().zip(&cookies).map(|(decision, cookie)| {
        let body = json!({ "decision": decision, "on": inspection.id, "words": "Đã xem" });
        server.call(cookie, Method::POST, &path, Some(body))
    }))
    .await;
    let mut refused = Vec::new();
    for answer in answers {
        if answer.status() != 200 {
            refused.push(code_of(answer).await);
        }
    }
    assert_eq!(refused, [ErrorCode::Conflict]);
    let view = server.get(&cookies[0], &format!("/api/v1/inspections/{}", inspection.id)).await;
    assert_eq!(view["decisions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn readers_never_see_half_a_push() {
    let server = TestServer::with_two_officers().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (mut record, first) = Record::facility(&one, ward(), "Nhà trọ");
    let mut sent = vec![first];
    for storeys in 1..60 {
        sent.push(record.write(&[header("storeys", storeys)]));
    }
    let reader = async {
        let mut seen = Vec::new();
        while seen.last() != Some(&sent.len()) {
            seen.push(two.pull_all().await.len());
        }
        seen
    };
    let (answer, seen) = tokio::join!(one.push(&sent), reader);
    assert_eq!(answer.expect("push").outcomes.len(), sent.len());
    assert!(seen.iter().all(|count| *count == 0 || *count == sent.len()), "{seen:?}");
}
