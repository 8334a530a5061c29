//! Bodies that are too large, over HTTP/2: the coded answer reaches the client, though it is still sending.

use std::sync::Arc;
use std::time::Duration;

use ancu_shared::error::ErrorCode;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::MAX_COMPRESSED_BYTES;
use bytes::Bytes;
use reqwest::{Method, Version};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
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
