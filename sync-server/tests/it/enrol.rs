//! Enrolment: every way in, and every way that is none.

use ancu_shared::author::AuthorSecret;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::{self, EnrolGrant, Invitation, SignedInvitation};
use ancu_sync_server::clock::SystemRandom;

use crate::support::{HOUR, Record, TestDevice, TestServer, other_ward, ward};

fn code(code: &str) -> EnrolGrant {
    EnrolGrant::Code { code: code.into() }
}

async fn refused(server: &TestServer, grant: EnrolGrant) -> ErrorCode {
    let refused = TestDevice::enrol(server, grant, Some("Đỗ Thị Mai")).await;
    refused.err().expect("refused").known_code()
}

#[tokio::test]
async fn a_code_works_once_and_its_faults_are_told_apart() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    assert_eq!(refused(&server, code("AAAA-BBBB-CCCC-DDDD")).await, ErrorCode::CodeUnknown);
    let good = server.code("canbo1").await;
    let device = TestDevice::enrol(&server, code(&good), None).await.expect("enrol");
    assert_eq!(device.context.scope, [ward()]);
    assert_eq!(device.context.person_name, "Người canbo1");
    assert_eq!(device.context.templates.len(), 1);
    assert_eq!(refused(&server, code(&good)).await, ErrorCode::CodeUsed);
    let late = server.code("canbo1").await;
    server.advance(169 * HOUR);
    assert_eq!(refused(&server, code(&late)).await, ErrorCode::CodeExpired);
}

#[tokio::test]
async fn a_key_must_be_owned_and_enrols_once() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let secret = AuthorSecret::generate(&mut SystemRandom);
    let first = code(&server.code("canbo1").await);
    TestDevice::try_enrol(&server, &secret, first, None).await.expect("enrol");
    let second = code(&server.code("canbo1").await);
    let again = TestDevice::try_enrol(&server, &secret, second.clone(), None).await.expect_err("same key");
    assert_eq!(again.known_code(), ErrorCode::AlreadyEnrolled);
    // The refusal took nothing: the code still works with another key.
    TestDevice::enrol(&server, second, None).await.expect("another key");
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    for _ in 0..20 {
        assert_eq!(refused(&server, code("AAAA-BBBB-CCCC-DDDD")).await, ErrorCode::CodeUnknown);
    }
    assert_eq!(refused(&server, code("AAAA-BBBB-CCCC-DDDD")).await, ErrorCode::TooManyRequests);
    server.advance(61_000);
    assert_eq!(refused(&server, code("AAAA-BBBB-CCCC-DDDD")).await, ErrorCode::CodeUnknown);
}

#[tokio::test]
async fn an_invitation_binds_a_household_head_to_one_home() {
    let server = TestServer::start()
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await
        .with_user("duyet1", Role::AreaTeamReviewer, ward())
        .await;
    let officer = server.enrol("canbo1").await;
    let reviewer = server.enrol("duyet1").await;
    let (facility, envelope) = Record::facility(&officer, ward(), "Nhà trọ Hoa Sen");
    officer.send(&envelope).await;

    let invite = |invitation: &Invitation, signer: &TestDevice| EnrolGrant::Invitation {
        invitation: SignedInvitation::issue(invitation, &signer.secret),
    };
    let good = officer.invitation(&server, facility.id, ward());
    let head = TestDevice::enrol(&server, invite(&good, &officer), Some("Đỗ Thị Mai")).await.expect("enrol");
    assert_eq!(head.context.home.as_ref().map(|home| home.facility), Some(facility.id));
    assert_eq!(head.context.scope, [ward()]);
    assert_eq!(refused(&server, invite(&good, &officer)).await, ErrorCode::CodeUsed);

    let fresh = || officer.invitation(&server, facility.id, ward());
    let stranger = AuthorSecret::generate(&mut SystemRandom);
    let by_stranger = Invitation { author: stranger.public(), ..fresh() };
    let cases = [
        (Invitation { expires_at: server.now(), ..fresh() }, &officer, ErrorCode::CodeExpired),
        (Invitation { expires_at: server.now().plus_millis(48 * HOUR), ..fresh() }, &officer, ErrorCode::CodeExpired),
        (Invitation { unit: other_ward(), ..fresh() }, &officer, ErrorCode::Forbidden),
        (fresh(), &reviewer, ErrorCode::SignatureInvalid),
        (Invitation { author: reviewer.secret.public(), ..fresh() }, &reviewer, ErrorCode::Forbidden),
    ];
    for (invitation, signer, expected) in cases {
        assert_eq!(refused(&server, invite(&invitation, signer)).await, expected);
    }
    let unknown = EnrolGrant::Invitation { invitation: SignedInvitation::issue(&by_stranger, &stranger) };
    assert_eq!(refused(&server, unknown).await, ErrorCode::AuthorUnknown);
    let nameless = TestDevice::enrol(&server, invite(&fresh(), &officer), None).await.err().expect("nameless");
    assert_eq!(nameless.field.as_deref(), Some("person_name"));
    // The officer may have made the premises on the way: they are not here yet.
    let elsewhere = officer.invitation(&server, DocumentId::from_bytes([9; 16]), ward());
    TestDevice::enrol(&server, invite(&elsewhere, &officer), Some("Lê Văn Tám")).await.expect("premises to come");
}

#[tokio::test]
async fn a_revoked_device_is_told_so() {
    let server = TestServer::start()
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await
        .with_user("quantri", Role::SysAdmin, ward())
        .await;
    let device = server.enrol("canbo1").await;
    let cookie = server.login("quantri").await;
    let path = format!("/api/v1/devices/{}/revoke", device.context.device);
    let revoked = server.call(&cookie, reqwest::Method::POST, &path, None).await;
    assert_eq!(revoked.status(), 204);
    let refused = device.context().await.expect_err("revoked");
    assert_eq!(refused.known_code(), ErrorCode::DeviceRevoked);
    let ledger = server.get(&cookie, "/api/v1/devices").await;
    assert!(ledger[0]["revoked_at"].is_i64());
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again_until_anything_was_exchanged() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let secret = AuthorSecret::generate(&mut SystemRandom);
    let grant = code(&server.code("canbo1").await);
    let lost = TestDevice::try_enrol(&server, &secret, grant.clone(), None).await.expect("enrol");
    let again = TestDevice::try_enrol(&server, &secret, grant.clone(), None).await.expect("again");
    assert_eq!(again.certificate, lost.certificate);
    assert_eq!(again.context.device, lost.context.device);
    let call = |token: String| {
        let request = server.client.get(server.url("/sync/v1/context")).bearer_auth(token);
        async move { request.send().await.expect("send").status().as_u16() }
    };
    // A late copy of the question must not shut out the device that has the answer already.
    assert_eq!(again.token, lost.token, "the same question has the same answer");
    assert_eq!(call(again.token.clone()).await, 200);
    // Another key with that code, or this key with another code, is no asking again.
    assert_eq!(refused(&server, grant.clone()).await, ErrorCode::CodeUsed);
    let push = wire::encode(&wire::PushRequest::default());
    let push = zstd::stream::encode_all(&push[..], 3).expect("zstd");
    let pushed = server.client.post(server.url("/sync/v1/push")).bearer_auth(&again.token).body(push).send().await;
    assert_eq!(pushed.expect("push").status(), 200);
    let late = TestDevice::try_enrol(&server, &secret, grant, None).await.expect_err("exchanged");
    assert_eq!(late.known_code(), ErrorCode::AlreadyEnrolled);
}

#[tokio::test]
async fn a_lost_answer_to_an_invitation_may_be_asked_for_again() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let officer = server.enrol("canbo1").await;
    let invitation = officer.invitation(&server, DocumentId::from_bytes([9; 16]), ward());
    let invitation = SignedInvitation::issue(&invitation, &officer.secret);
    let grant = EnrolGrant::Invitation { invitation };
    let secret = AuthorSecret::generate(&mut SystemRandom);
    let first = TestDevice::try_enrol(&server, &secret, grant.clone(), Some("Đỗ Thị Mai")).await.expect("enrol");
    let again = TestDevice::try_enrol(&server, &secret, grant.clone(), Some("Đỗ Thị Mai")).await.expect("again");
    assert_eq!(first.context.person, again.context.person);
    assert_eq!(refused(&server, grant).await, ErrorCode::CodeUsed, "another key");
}

#[tokio::test]
async fn a_household_head_comes_back_by_a_code_of_who_decides_on_declarations_there() {
    let server = TestServer::with_two_officers()
        .await
        .with_user("canbo8", Role::CommuneDataOfficer, other_ward())
        .await
        .with_user("duyet1", Role::AreaTeamReviewer, ward())
        .await
        .with_user("quantri", Role::SysAdmin, ward())
        .await;
    let officer = server.enrol("canbo1").await;
    let (facility, envelope) = Record::facility(&officer, ward(), "Nhà trọ Hoa Sen");
    officer.send(&envelope).await;
    let head = officer.invite(&server, facility.id, ward()).await;
    let list = format!("/api/v1/facilities/{}/household-heads", facility.id);
    let renew = |person: ancu_shared::id::PersonId| format!("/api/v1/household-heads/{person}/enrolment-codes");
    for (who, listed, may, made) in [
        ("canbo2", 200, true, 201),
        ("duyet1", 200, false, 403),
        ("canbo8", 404, false, 404),
        ("quantri", 403, false, 201),
    ] {
        let cookie = server.login(who).await;
        let answer = server.call(&cookie, reqwest::Method::GET, &list, None).await;
        assert_eq!(answer.status(), listed, "{who}");
        if listed == 200 {
            let heads: serde_json::Value = answer.json().await.expect("json");
            assert_eq!((&heads[0]["name"], &heads[0]["may_renew"]), (&"Đỗ Thị Mai".into(), &may.into()), "{who}");
        }
        let answer = server.call(&cookie, reqwest::Method::POST, &renew(head.person()), None).await;
        assert_eq!(answer.status(), made, "{who}");
        let nobody = server.call(&cookie, reqwest::Method::POST, &renew(officer.person()), None).await;
        assert!(matches!(nobody.status().as_u16(), 403 | 404), "{who}: who has a login has another way");
        if made == 201 {
            let code_made: serde_json::Value = answer.json().await.expect("json");
            let grant = code(code_made["code"].as_str().expect("a code"));
            let back = TestDevice::enrol(&server, grant, None).await.expect("enrolled");
            assert_eq!(back.person(), head.person(), "the same person");
            assert_eq!(back.context.home, head.context.home);
        }
    }
    let audit = server.get(&server.login("quantri").await, "/api/v1/audit").await;
    let rows = audit["items"].as_array().expect("rows").iter();
    let made = rows.filter(|row| {
        row["action"] == "account.enrolment_code" && row["subject"] == head.person().to_string().as_str()
    });
    assert_eq!(made.count(), 2, "it is recorded who made a code");
}
