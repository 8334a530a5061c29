//! Garbage, bombs and oversized bodies on every route: a coded problem, never a fault of ours.

use ancu_shared::error::ErrorCode;
use ancu_shared::record::proof;
use ancu_shared::role::Role;
use ancu_shared::sync::wire;
use reqwest::{Method, StatusCode};

use crate::support::{TestServer, code_of, problem, ward};

/// Bodies that are nothing, or too much.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let bomb = zstd::stream::encode_all(&vec![0_u8; 64 * 1024 * 1024][..], 3).expect("zstd");
    let deep = zstd::stream::encode_all(&vec![0x81_u8; 100_000][..], 3).expect("zstd");
    let mut huge_claim = vec![0xbb];
    huge_claim.extend([0xff; 8]);
    let claim = zstd::stream::encode_all(&huge_claim[..], 3).expect("zstd");
    vec![
        ("empty", Vec::new()),
        ("random", (0..5_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()),
        ("not utf-8", vec![0xff, 0xfe, 0x00, 0x80]),
        ("json of another shape", br#"{"username":[],"decision":7,"words":{"a":null}}"#.to_vec()),
        ("deep json", "[".repeat(200_000).into_bytes()),
        ("a truncated zstd frame", bomb[..bomb.len() / 2].to_vec()),
        ("a zstd bomb", bomb),
        ("deep cbor", deep),
        ("a map of 2^64 entries", claim),
        ("9 MiB", vec![b'a'; 9 * 1024 * 1024]),
    ]
}

#[tokio::test]
async fn no_body_on_any_route_is_a_fault_of_ours() {
    let mut server = TestServer::start().await;
    for role in [Role::CommuneDataOfficer, Role::AreaTeamReviewer, Role::SysAdmin] {
        server = server.with_user(role.code(), role, ward()).await;
    }
    let device = server.enrol(Role::CommuneDataOfficer.code()).await;
    let mut cookies = Vec::new();
    for role in [Role::CommuneDataOfficer, Role::AreaTeamReviewer, Role::SysAdmin] {
        cookies.push(server.login(role.code()).await);
    }
    let bodies = bodies();
    for rule in &server.running.rules {
        // The session is needed to the end.
        if rule.method == Method::HEAD || (rule.method == Method::DELETE && rule.path == "/api/v1/session") {
            continue;
        }
        let places = ["00000000-0000-7000-8000-000000000001", "%00", "..%2F..%2Fetc", "ế", "1"];
        for place in places {
            let path = ["{id}", "{hash}", "{sha256}", "{code}", "{version}"]
                .iter()
                .fold(rule.path.to_owned(), |path, name| path.replace(name, place));
            for (what, body) in &bodies {
                // Each body once a route; then only odd places, with one body.
                if place != places[0] && *what != "random" {
                    continue;
                }
                let cookie = &cookies[usize::from(rule.path.contains("decision") || rule.path.contains("quarantine"))
                    + 2 * usize::from(rule.path.contains("/users") || rule.path.contains("/devices"))];
                let request = server
                    .client
                    .request(rule.method.clone(), format!("{}?cursor=%ff&limit=x&state=&size=%00", server.url(&path)))
                    .header("x-requested-with", "ancu")
                    .header("cookie", cookie)
                    .bearer_auth(&device.token)
                    .header("tus-resumable", "1.0.0")
                    .header("upload-offset", "0")
                    .body(body.clone());
                let upload = rule.path.starts_with("/uploads");
                let request =
                    if upload { request.header("content-type", "application/offset+octet-stream") } else { request };
                let response =
                    request.send().await.unwrap_or_else(|error| panic!("{what} at {rule:?}: no answer: {error}"));
                let status = response.status();
                assert!(!status.is_server_error(), "{what} at {rule:?} {place}: {status}");
                // People read that page, whatever it says.
                if !status.is_success() && !rule.path.starts_with(proof::PATH) {
                    problem(response).await;
                }
            }
        }
    }
    let alive = server.client.get(server.url("/health/ready")).send().await.expect("alive");
    assert_eq!(alive.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_of_another_kind_is_named_as_such() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    let send = |path: &'static str, kind: &'static str, body: &'static [u8]| {
        let request = server.client.post(server.url(path)).bearer_auth(&device.token).header("content-type", kind);
        request.header("x-requested-with", "ancu").body(body).send()
    };
    let login = br#"{"username":"canbo1","password":"a wrong password"}"#;
    for (path, kind, body, expected) in [
        ("/api/v1/session", "text/plain", &login[..], "application/json"),
        ("/api/v1/session", "application/x-www-form-urlencoded", b"username=canbo1", "application/json"),
        ("/api/v1/session", wire::MEDIA_TYPE, login, "application/json"),
        ("/sync/v1/push", "application/json", b"{}", wire::MEDIA_TYPE),
        ("/sync/v1/pull", "application/cbor", &[0xa0], wire::MEDIA_TYPE),
        ("/sync/v1/enrol", "multipart/form-data; boundary=x", b"--x--", wire::MEDIA_TYPE),
    ] {
        let refused = problem(send(path, kind, body).await.expect("an answer")).await;
        assert_eq!(refused.known_code(), ErrorCode::MediaTypeWrong, "{path} {kind}");
        assert_eq!(refused.field.as_deref(), Some("content-type"));
        assert_eq!(refused.details, Some(serde_json::json!({ "expected": expected })));
    }
    let read = send("/api/v1/session", "Application/JSON; charset=utf-8", login).await.expect("an answer");
    assert_eq!(code_of(read).await, ErrorCode::LoginFailed, "it was read");
}

#[tokio::test]
async fn bodies_over_the_limit_are_named_as_such() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    let bomb = zstd::stream::encode_all(&vec![0_u8; 64 * 1024 * 1024][..], 3).expect("zstd");
    let inflated = device.raw(Method::POST, "/sync/v1/push", bomb).await;
    assert_eq!(code_of(inflated).await, ErrorCode::TooLarge);
    let many = wire::PushRequest {
        envelopes: vec![serde_bytes::ByteBuf::from(vec![1]); wire::MAX_PUSH_ENVELOPES + 1],
        ..wire::PushRequest::default()
    };
    let many = zstd::stream::encode_all(&wire::encode(&many)[..], 3).expect("zstd");
    assert_eq!(code_of(device.raw(Method::POST, "/sync/v1/push", many).await).await, ErrorCode::TooLarge);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let server = TestServer::start().await;
    for path in ["/api/v1/nothing", "/sync/v2/push", "/uploads/a/b", "/", "/nothing"] {
        let response = server.call("", Method::GET, path, None).await;
        assert_eq!(code_of(response).await, ErrorCode::NotFound, "{path}");
    }
    for (method, path) in [(Method::PUT, "/api/v1/me"), (Method::GET, "/sync/v1/push"), (Method::PATCH, "/health/live")]
    {
        let response = server.call("", method, path, None).await;
        assert_eq!(code_of(response).await, ErrorCode::MethodNotAllowed, "{path}");
    }
}
