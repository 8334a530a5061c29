//! Quarantine has an end: what one device can make the server keep, what all can, and how long what was settled is kept.

use ancu_shared::error::ErrorCode;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::PushVerdict;
use ancu_sync_server::config::{Config, Retention};
use ancu_sync_server::service::{Refused, upkeep};
use ancu_sync_server::store::rows::HeldLoad;
use reqwest::Method;

use crate::support::{HOUR, Record, TestDevice, TestServer, header, ward};

async fn server(quarantine: Retention) -> (TestServer, TestDevice, TestDevice) {
    let (config, clock, folder) = TestServer::start().await.stop_and_keep().await;
    let server = TestServer::run(Config { quarantine, ..config }, clock).await.keeping(folder);
    let server = server
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await
        .with_user("canbo2", Role::CommuneDataOfficer, ward())
        .await
        .with_user("duyet1", Role::AreaTeamReviewer, ward())
        .await
        .with_user("quantri", Role::SysAdmin, ward())
        .await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    (server, one, two)
}

/// Something that is no envelope; each number another.
fn garbage(number: u8) -> Vec<u8> {
    vec![number; 1_000]
}

fn is_full(verdict: &PushVerdict) -> bool {
    matches!(verdict, PushVerdict::Refused { code: ErrorCode::QuarantineFull, .. })
}

fn is_held(verdict: &PushVerdict) -> bool {
    matches!(verdict, PushVerdict::Quarantined { .. })
}

async fn load(server: &TestServer) -> HeldLoad {
    let load = server.running.app().store.read(|transaction| Ok::<_, Refused>(transaction.quarantine_load(None)?));
    load.await.expect("load").all
}

#[tokio::test]
async fn one_device_cannot_fill_the_disk_nor_take_anothers_room() {
    let (server, one, two) = server(Retention { device_bytes: 3_500, ..Retention::default() }).await;
    for number in 0..3 {
        assert!(is_held(&one.send(&garbage(number)).await));
    }
    for _ in 0..2 {
        assert!(is_full(&one.send(&garbage(3)).await));
    }
    // What is kept already is known by its name, and good work is taken as ever.
    assert!(is_held(&one.send(&garbage(0)).await));
    let (_, envelope) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let answer = one.push(&[garbage(4), envelope]).await.expect("push");
    assert!(is_full(&answer.outcomes[0].verdict));
    assert_eq!(answer.outcomes[1].verdict, PushVerdict::Accepted);
    assert!(is_held(&two.send(&garbage(5)).await));
    assert_eq!(load(&server).await, HeldLoad { envelopes: 4, bytes: 4_000 });
    let audit = ancu_sync_server::service::verify::audit(server.running.app()).await.expect("audit");
    assert!(audit.faults.is_empty());
}

#[tokio::test]
async fn envelopes_and_the_whole_house_are_counted_too() {
    let (_server, one, two) = server(Retention { device_envelopes: 2, envelopes: 3, ..Retention::default() }).await;
    for (number, full) in [(0, false), (1, false), (2, true)] {
        assert_eq!(is_full(&one.send(&garbage(number)).await), full, "{number}");
    }
    for (number, full) in [(10, false), (11, true)] {
        assert_eq!(is_full(&two.send(&garbage(number)).await), full, "{number}");
    }
}

#[tokio::test]
async fn what_was_settled_makes_room_and_its_bytes_go_after_their_days() {
    let limits = Retention { device_envelopes: 1, released_days: 2, ..Retention::default() };
    let (server, one, _) = server(limits).await;
    let person = one.person();
    let (mut record, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    assert_eq!(one.send(&first).await, PushVerdict::Accepted);
    // The officer's post has ended: a supervisor decides.
    let day = server.now().plus_millis(-24 * HOUR).hanoi_date();
    let ended = server
        .running
        .app()
        .store
        .write(move |transaction| Ok::<_, Refused>(transaction.end_posts(person, None, day)?));
    ended.await.expect("ended");
    let late = record.write(&[header("storeys", 7)]);
    assert!(is_held(&one.send(&late).await));
    assert!(is_full(&one.send(&garbage(1)).await));
    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/quarantine").await;
    let id = list["items"][0]["id"].as_i64().expect("id");
    let released = server.call(&cookie, Method::POST, &format!("/api/v1/quarantine/{id}/release"), None).await;
    assert_eq!(released.status(), 200);
    assert_eq!(load(&server).await, HeldLoad::default());
    assert!(is_held(&one.send(&garbage(1)).await), "there is room again");

    let bytes = || async {
        let row = server.running.app().store.read(move |transaction| Ok::<_, Refused>(transaction.quarantined(id)?));
        row.await.expect("read").expect("the row stays").body.len()
    };
    server.advance(47 * HOUR);
    upkeep::once(server.running.app()).await.expect("upkeep");
    assert_eq!(bytes().await, late.len());
    server.advance(2 * HOUR);
    upkeep::once(server.running.app()).await.expect("upkeep");
    assert_eq!(bytes().await, 0);
    // What nobody settled stays, and so does the list.
    assert_eq!(load(&server).await.bytes, 1_000);
    let cookie = server.login("quantri").await;
    assert_eq!(server.get(&cookie, "/api/v1/quarantine").await["total"], 2);
    assert_eq!(one.send(&late).await, PushVerdict::AlreadyKnown, "it was let in");
}
