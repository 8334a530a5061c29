//! The ledger of devices: whoever exchanges is heard of, and what a device has not told is not made up.

use ancu_shared::clock::UtcMillis;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::{DeviceReport, PullRequest};
use serde_json::Value;

use crate::support::{HOUR, Record, START, TestDevice, TestServer, city, ward};

async fn entry(server: &TestServer, device: &TestDevice) -> Value {
    let cookie = server.login("quantri").await;
    let ledger = server.get(&cookie, "/api/v1/devices").await;
    let id = device.context.device.to_string();
    ledger.as_array().expect("devices").iter().find(|it| it["id"] == id).expect("the device").clone()
}

async fn with_administrator() -> TestServer {
    TestServer::start()
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await
        .with_user("quantri", Role::SysAdmin, city())
        .await
}

#[tokio::test]
async fn a_household_head_who_only_pulls_is_heard_of_and_nothing_more_is_known() {
    let server = with_administrator().await;
    let officer = server.enrol("canbo1").await;
    let (facility, envelope) = Record::facility(&officer, ward(), "Nhà trọ Hoa Sen");
    officer.send(&envelope).await;
    let head = officer.invite(&server, facility.id, ward()).await;
    let enrolled = entry(&server, &head).await;
    for unknown in
        ["last_exchange_at", "told_at", "clock_offset_ms", "unsent_envelopes", "unsent_photos", "oldest_unsent"]
    {
        assert_eq!(enrolled[unknown], Value::Null, "{unknown}: {enrolled}");
    }
    server.advance(HOUR);
    head.pull(&PullRequest::default()).await.expect("pull");
    let heard = entry(&server, &head).await;
    assert_eq!(heard["last_exchange_at"], START + HOUR, "{heard}");
    for unknown in ["told_at", "clock_offset_ms", "unsent_envelopes", "unsent_photos"] {
        assert_eq!(heard[unknown], Value::Null, "it told nothing, {unknown}: {heard}");
    }
    // The next pages of the same exchange cost no commit each.
    server.advance(1_000);
    head.pull(&PullRequest::default()).await.expect("pull");
    assert_eq!(entry(&server, &head).await["last_exchange_at"], START + HOUR);
    server.advance(HOUR);
    head.pull(&PullRequest::default()).await.expect("pull");
    assert_eq!(entry(&server, &head).await["last_exchange_at"], START + 2 * HOUR + 1_000);
}

#[tokio::test]
async fn a_pull_tells_of_a_clock_in_1973_and_of_what_is_unsent() {
    let server = with_administrator().await;
    let device = server.enrol("canbo1").await;
    let clock = UtcMillis(100_000_000_000);
    let report = DeviceReport {
        app_version: "0.9.0".into(),
        clock,
        unsent_envelopes: 0,
        unsent_photos: 2,
        oldest_unsent: Some(clock),
    };
    device.pull(&PullRequest { device: Some(report), ..PullRequest::default() }).await.expect("pull");
    let told = entry(&server, &device).await;
    assert_eq!((&told["told_at"], &told["last_exchange_at"]), (&START.into(), &START.into()), "{told}");
    assert_eq!(told["clock_offset_ms"], clock.0 - START, "{told}");
    assert_eq!((&told["unsent_envelopes"], &told["unsent_photos"]), (&0.into(), &2.into()), "{told}");
    assert_eq!((&told["app_version"], &told["oldest_unsent"]), (&"0.9.0".into(), &clock.0.into()), "{told}");
    // A push says it as ever.
    let (_, envelope) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    server.advance(HOUR);
    device.push_by_clock(&[envelope], UtcMillis(START + HOUR)).await.expect("push");
    let told = entry(&server, &device).await;
    assert_eq!((&told["told_at"], &told["clock_offset_ms"]), (&(START + HOUR).into(), &0.into()), "{told}");
}
