//! Limits: what a stranger can make the server spend, and what one device can make it keep.

use ancu_shared::author::AuthorSecret;
use ancu_shared::envelope::MAX_ENVELOPE_BYTES;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{EnvelopeId, PhotoHash};
use ancu_shared::role::Role;
use ancu_shared::sync::wire::{
    self, EnrolGrant, EnrolRequest, MAX_ENROL_BYTES, MAX_OFFERED_PHOTOS, MAX_PULL_UNITS, MAX_PUSH_ENVELOPES,
    PhotoOffer, PullRequest, PushRequest, PushVerdict, UnitCursor,
};
use ancu_sync_server::Config;
use ancu_sync_server::clock::SystemRandom;
use ancu_sync_server::service::Refused;
use ancu_sync_server::store::rows::Slice;
use futures_util::future::join_all;
use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{PASSWORD, TestServer, code_of, packed, problem, ward};

async fn login(server: &TestServer, username: &str, password: &str) -> Response {
    let body = json!({ "username": username, "password": password });
    server.call("", Method::POST, "/api/v1/session", Some(body)).await
}

/// A server with an officer where so many failures a minute are allowed.
async fn server(tries: u32) -> TestServer {
    let (config, clock, folder) = TestServer::start().await.stop_and_keep().await;
    let server = TestServer::run(Config { login_tries_per_minute: tries, ..config }, clock).await;
    server.keeping(folder).with_user("canbo1", Role::CommuneDataOfficer, ward()).await
}

#[tokio::test]
async fn a_stranger_can_send_a_small_request_only() {
    let server = server(20).await;
    let enrol = |body: Vec<u8>| server.client.post(server.url("/sync/v1/enrol")).body(body).send();
    // A few hundred bytes that would become a list of sixteen million numbers.
    let mut list = vec![0xa1, 0x65];
    list.extend(b"grant");
    list.extend([0x9a, 0x00, 0xf0, 0x00, 0x00]);
    list.resize(0x00f0_0000, 0);
    let bomb = zstd::stream::encode_all(&list[..], 19).expect("zstd");
    assert!(bomb.len() < 4_096, "{}", bomb.len());
    let refused = problem(enrol(bomb).await.expect("answer")).await;
    assert_eq!(refused.known_code(), ErrorCode::TooLarge);
    assert_eq!(refused.details, Some(json!({ "limit": MAX_ENROL_BYTES })));

    let secret = AuthorSecret::generate(&mut SystemRandom);
    let grant = EnrolGrant::Code { code: server.code("canbo1").await };
    let mut request = EnrolRequest {
        author: secret.public(),
        proof: secret.sign(&EnrolRequest::signed_bytes(&secret.public(), &grant)),
        grant,
        device_name: "a".repeat(MAX_ENROL_BYTES),
        person_name: None,
        certificate: None,
    };
    assert_eq!(code_of(enrol(packed(&request)).await.expect("answer")).await, ErrorCode::TooLarge);
    let on_the_wire = vec![0x5a; MAX_ENROL_BYTES + 1];
    assert_eq!(code_of(enrol(on_the_wire).await.expect("answer")).await, ErrorCode::TooLarge);
    request.device_name = "Điện thoại".into();
    assert_eq!(enrol(packed(&request)).await.expect("answer").status(), 200);
}

#[test]
fn a_list_that_is_too_long_is_not_built() {
    let push = PushRequest { envelopes: vec![serde_bytes::ByteBuf::new(); 500_000], ..PushRequest::default() };
    let push: PushRequest = wire::decode(&wire::encode(&push)).expect("push");
    assert_eq!(push.envelopes.len(), MAX_PUSH_ENVELOPES + 1);
    let pull =
        PullRequest { cursors: vec![UnitCursor { unit: ward(), cursor: None }; 5_000], ..PullRequest::default() };
    let pull: PullRequest = wire::decode(&wire::encode(&pull)).expect("pull");
    assert_eq!(pull.cursors.len(), MAX_PULL_UNITS + 1);
    let offer = PhotoOffer { hashes: vec![PhotoHash::of(b"photo"); 50_000] };
    let offer: PhotoOffer = wire::decode(&wire::encode(&offer)).expect("offer");
    assert_eq!(offer.hashes.len(), MAX_OFFERED_PHOTOS + 1);
    // What fits is whole, and what follows the list is read.
    let fits = PushRequest {
        envelopes: vec![serde_bytes::ByteBuf::from(vec![7]); MAX_PUSH_ENVELOPES],
        device: wire::DeviceReport { unsent_photos: 3, ..wire::DeviceReport::default() },
        authors: Vec::new(),
        marks: Vec::new(),
    };
    assert_eq!(wire::decode::<PushRequest>(&wire::encode(&fits)).expect("push"), fits);
}

#[tokio::test]
async fn tries_at_the_same_time_do_not_pass_the_limit_together() {
    let server = server(4).await;
    let answers = join_all((0..24).map(|_| login(&server, "canbo1", "a wrong password"))).await;
    let mut failed = 0;
    for answer in answers {
        match code_of(answer).await {
            ErrorCode::LoginFailed => failed += 1,
            code => assert_eq!(code, ErrorCode::TooManyRequests),
        }
    }
    assert_eq!(failed, 4);
    assert_eq!(code_of(login(&server, "canbo1", PASSWORD).await).await, ErrorCode::TooManyRequests);
    server.advance(61_000);
    // Good ones are given back: they never add up.
    for _ in 0..12 {
        assert_eq!(login(&server, "canbo1", PASSWORD).await.status(), 200);
    }
}

#[tokio::test]
async fn one_address_cannot_try_a_password_on_every_account() {
    let server = server(2).await;
    for number in 0..10 {
        let answer = login(&server, &format!("canbo{number}"), "a wrong password").await;
        assert_eq!(code_of(answer).await, ErrorCode::LoginFailed);
    }
    let more = login(&server, "duyet1", "a wrong password").await;
    assert_eq!(code_of(more).await, ErrorCode::TooManyRequests);
    server.advance(61_000);
    assert_eq!(login(&server, "canbo1", PASSWORD).await.status(), 200);
}

#[tokio::test]
async fn passwords_are_judged_a_few_at_a_time() {
    let server = server(20).await;
    let hashing = server.running.app().hashing.clone();
    let mut at_work = Vec::new();
    for _ in 0..2 {
        let (hashing, (go, wait)) = (hashing.clone(), std::sync::mpsc::channel::<()>());
        let (began, beginning) = tokio::sync::oneshot::channel();
        let job = tokio::spawn(async move {
            hashing
                .run(move || {
                    began.send(()).expect("the test listens");
                    wait.recv().expect("the test says when");
                })
                .await
        });
        beginning.await.expect("begins");
        at_work.push((go, job));
    }
    let client = server.client.clone();
    let request = client
        .post(server.url("/api/v1/session"))
        .header("x-requested-with", "ancu")
        .json(&json!({ "username": "canbo1", "password": PASSWORD }));
    let third = tokio::spawn(request.send());
    // The server answers everybody else meanwhile, but judges no third password.
    for _ in 0..200 {
        let live = server.client.get(server.url("/health/live")).send().await.expect("live");
        assert_eq!(live.status(), 200);
    }
    assert!(!third.is_finished(), "it waits for its turn");
    for (go, job) in at_work {
        go.send(()).expect("goes on");
        job.await.expect("task").expect("its turn");
    }
    assert_eq!(third.await.expect("task").expect("answer").status(), 200);
}

#[tokio::test]
async fn of_what_is_too_large_to_be_an_envelope_only_the_beginning_is_kept() {
    let server = server(20).await;
    let device = server.enrol("canbo1").await;
    let noise = |length: usize| -> Vec<u8> {
        (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    };
    let (large, largest) = (noise(3 * MAX_ENVELOPE_BYTES), noise(MAX_ENVELOPE_BYTES));
    for _ in 0..2 {
        // Sent again, it is known by its name, which is that of the whole.
        let verdict = device.send(&large).await;
        assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::TooLarge, .. }), "{verdict:?}");
    }
    let verdict = device.send(&largest).await;
    assert!(matches!(verdict, PushVerdict::Quarantined { code: ErrorCode::EnvelopeInvalid, .. }), "{verdict:?}");
    let kept = server.running.app().store.read(|transaction| {
        let (listed, total) = transaction.quarantine(None, None, Slice { offset: 0, limit: 100 })?;
        let whole = [transaction.quarantined(1)?, transaction.quarantined(2)?];
        Ok::<_, Refused>((listed, total, whole))
    });
    let (listed, total, [one, two]) = kept.await.expect("read");
    assert_eq!((listed.len(), total), (2, 2));
    assert!(listed.iter().all(|row| row.body.is_empty()), "a list carries no bodies");
    let (one, two) = (one.expect("first"), two.expect("second"));
    assert_eq!(one.envelope, EnvelopeId::of(&large));
    assert_eq!(one.body, large[..4_096]);
    assert_eq!(two.body, largest);
}

#[tokio::test]
async fn what_is_too_large_can_never_be_let_in() {
    let server = server(20).await.with_user("duyet1", Role::AreaTeamReviewer, ward()).await;
    let device = server.enrol("canbo1").await;
    device.send(&vec![7; MAX_ENVELOPE_BYTES + 1]).await;
    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/quarantine").await;
    let path = format!("/api/v1/quarantine/{}/release", list["items"][0]["id"]);
    let refused = server.call(&cookie, Method::POST, &path, None).await;
    assert_eq!(code_of(refused).await, ErrorCode::ReleaseImpossible);
}
