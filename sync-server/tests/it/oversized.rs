//! Bodies that are too large, over HTTP/1.1 and HTTP/2, on every route: the coded answer reaches the client, though it is
//! still sending.

use std::sync::Arc;
use std::time::Duration;

use ancu_shared::error::ErrorCode;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::MAX_COMPRESSED_BYTES;
use ancu_sync_server::http::routes::Access;
use bytes::Bytes;
use reqwest::{Method, Version};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use crate::support::{TestServer, problem, ward};

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_mins(2);

/// So many bytes, in pieces, without their length being said before.
fn endless(pieces: usize) -> reqwest::Body {
    let piece = Bytes::from(vec![0x5a; 64 * 1024]);
    reqwest::Body::wrap_stream(futures_util::stream::iter(
        (0..pieces).map(move |_| Ok::<_, std::io::Error>(piece.clone())),
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_oversized_body_is_answered_over_http2_on_every_endpoint() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    let cookie = server.login("canbo1").await;
    // Some MiB more than anything takes, and far more than that.
    for pieces in [MAX_COMPRESSED_BYTES / 65_536 + 32, 640] {
        for (path, code) in [
            ("/sync/v1/push", ErrorCode::TooLarge),
            ("/sync/v1/pull", ErrorCode::TooLarge),
            ("/sync/v1/photos/offer", ErrorCode::TooLarge),
            ("/sync/v1/enrol", ErrorCode::TooLarge),
            // Nobody reads a body here.
            ("/sync/v1/nothing", ErrorCode::NotFound),
        ] {
            let sent = device.request(Method::POST, path).body(endless(pieces)).send();
            let answer = tokio::time::timeout(LONG, sent).await.expect("in time").unwrap_or_else(|error| {
                panic!("{path} with {pieces} pieces: no answer: {error:?}");
            });
            assert_eq!(answer.version(), Version::HTTP_2);
            assert_eq!(problem(answer).await.known_code(), code, "{path}");
        }
        let login = server.client.post(server.url("/api/v1/session")).header("x-requested-with", "ancu");
        let answer = login.body(endless(pieces)).send().await.expect("an answer");
        assert_eq!(problem(answer).await.known_code(), ErrorCode::TooLarge);
        // Who is not let in is told so, however much they bring.
        let refused = server.client.post(server.url("/sync/v1/push")).body(endless(pieces)).send().await;
        assert_eq!(problem(refused.expect("an answer")).await.known_code(), ErrorCode::LoginRequired);
    }
    // The connection goes on.
    let me = server.call(&cookie, Method::GET, "/api/v1/me", None).await;
    assert_eq!((me.status().as_u16(), me.version()), (200, Version::HTTP_2));
}

/// 20 MB: as the reviewers sent it.
const LARGE: usize = 20_000_000;

/// A client that speaks HTTP/1.1 and sends all of a request before it reads a byte; what it was answered.
pub(crate) async fn exchange(server: &TestServer, head: &str, length: usize, chunked: bool) -> String {
    let mut roots = rustls::RootCertStore::empty();
    let ca = std::fs::read(server.config.certificates().join("ca.pem")).expect("ca");
    roots.add(CertificateDer::from_pem_slice(&ca).expect("certificate")).expect("root");
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").expect("name");
    let tcp = tokio::net::TcpStream::connect(server.running.addr).await.expect("connect");
    let mut tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("handshake");
    let framing = if chunked { "transfer-encoding: chunked".to_owned() } else { format!("content-length: {length}") };
    let head = format!("{head}\r\nhost: 127.0.0.1\r\nconnection: close\r\n{framing}\r\n\r\n");
    tls.write_all(head.as_bytes()).await.expect("the head");
    let piece = vec![b'x'; 50_000];
    for _ in 0..length / piece.len() {
        if chunked {
            tls.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.expect("a chunk begins");
        }
        tls.write_all(&piece).await.unwrap_or_else(|error| panic!("{head}: cut while sending: {error}"));
        if chunked {
            tls.write_all(b"\r\n").await.expect("a chunk ends");
        }
    }
    if chunked {
        tls.write_all(b"0\r\n\r\n").await.expect("the end");
    }
    tls.flush().await.expect("sent");
    let mut said = Vec::new();
    let read = tokio::time::timeout(LONG, tls.read_to_end(&mut said)).await.expect("in time");
    assert!(read.is_ok() || !said.is_empty(), "{head}: no answer: {read:?}");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_20_mb_before_it_acts_and_the_answer_arrives() {
    let mut server = TestServer::start().await;
    for role in [Role::CommuneDataOfficer, Role::AreaTeamReviewer, Role::SysAdmin] {
        server = server.with_user(role.code(), role, ward()).await;
    }
    let device = server.enrol(Role::CommuneDataOfficer.code()).await;
    let officer = server.login(Role::CommuneDataOfficer.code()).await;
    let (reviewer, administrator) =
        (server.login(Role::AreaTeamReviewer.code()).await, server.login(Role::SysAdmin.code()).await);
    let devices = server.get(&administrator, "/api/v1/devices").await;
    let mut tried = 0;
    for rule in &server.running.rules {
        let id = if rule.path.starts_with("/api/v1/devices/") {
            devices[0]["id"].as_str().expect("a device").to_owned()
        } else {
            "00000000-0000-7000-8000-000000000001".to_owned()
        };
        let path: Vec<_> =
            rule.path.split('/').map(|part| if part.starts_with('{') { id.as_str() } else { part }).collect();
        let path = path.join("/");
        let cookie = match rule.access {
            Access::Roles(roles) if roles.contains(&Role::CommuneDataOfficer) => &officer,
            Access::Roles(roles) if roles.contains(&Role::AreaTeamReviewer) => &reviewer,
            _ => &administrator,
        };
        let head = format!(
            "{} {path} HTTP/1.1\r\ncookie: {cookie}\r\nauthorization: Bearer {}\r\nx-requested-with: \
             ancu\r\ntus-resumable: 1.0.0\r\nupload-offset: 0",
            rule.method, device.token
        );
        // Said beforehand, and not: the second only where another way of the code is taken by it.
        for chunked in [false, true] {
            if chunked && rule.method != Method::POST {
                continue;
            }
            let said = exchange(&server, &head, LARGE, chunked).await;
            let status = said.split(' ').nth(1).unwrap_or_default().to_owned();
            // A courier's file may be that large, and a piece of a photo belongs to an upload that is not there.
            let expected = match (rule.path, rule.method.as_str()) {
                ("/api/v1/courier", _) => "422",
                ("/uploads/{id}", "PATCH") => "415",
                ("/uploads/{id}", "POST") => "405",
                _ => "413",
            };
            assert_eq!(status, expected, "{head} chunked: {chunked}: {said:.600}");
            if rule.method != Method::HEAD {
                for part in ["application/problem+json", "\"code\"", "\"title\"", "\"title_en\""] {
                    assert!(said.contains(part), "{part}: {head}: {said:.900}");
                }
            }
            assert_eq!(expected == "413" && rule.method != Method::HEAD, said.contains("\"limit\""), "{said:.900}");
            tried += 1;
        }
    }
    assert!(tried > 40, "only {tried}");
    // Nothing was done: the device still has its access, the session goes on, no code was made.
    device.context().await.expect("not revoked");
    assert_eq!(server.call(&administrator, Method::GET, "/api/v1/me", None).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sends_all_before_it_listens_gets_its_answer_frame_by_frame() {
    let server = TestServer::start().await;
    let mut roots = rustls::RootCertStore::empty();
    let ca = std::fs::read(server.config.certificates().join("ca.pem")).expect("ca");
    roots.add(CertificateDer::from_pem_slice(&ca).expect("certificate")).expect("root");
    let mut config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("127.0.0.1").expect("name");
    let tcp = tokio::net::TcpStream::connect(server.running.addr).await.expect("connect");
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("handshake");
    let (mut client, connection) = h2::client::handshake(tls).await.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let request = axum::http::Request::post(server.url("/sync/v1/enrol")).body(()).expect("request");
    let (answer, mut body) = client.send_request(request, false).expect("send");
    // Hundred times what an enrolment may bring, sent to its end before anybody looks at the answer.
    let mut left = 2 * 1024 * 1024_usize;
    while left > 0 {
        body.reserve_capacity(left.min(65_536));
        let room = tokio::time::timeout(LONG, std::future::poll_fn(|context| body.poll_capacity(context)));
        let room = room.await.expect("in time").expect("the stream is open").expect("room").min(left);
        left -= room;
        body.send_data(Bytes::from(vec![0x5a; room]), left == 0).expect("the stream is open");
    }
    let answer = tokio::time::timeout(LONG, answer).await.expect("in time").expect("an answer, no reset");
    assert_eq!(answer.status(), 413);
    let (mut text, mut content) = (Vec::new(), answer.into_body());
    while let Some(data) = content.data().await {
        text.extend_from_slice(&data.expect("data"));
    }
    assert!(String::from_utf8_lossy(&text).contains("too_large"));
    drop((client, body, content));
    connection.abort();
}
