//! Silent and slow clients: each is let go in bounded time and number, and nobody else waits for them. No test sleeps: the
//! time-outs are tiny, and what is awaited is the server's own close.

use std::sync::Arc;
use std::time::Duration;

use ancu_shared::role::Role;
use ancu_sync_server::config::{Config, Traffic};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{TestServer, ward};

/// Far longer than anything here takes; a client that is never let go fails its test.
const LONG: Duration = Duration::from_mins(1);
/// A time-out that a test waits for.
const SHORT_MS: u64 = 300;

/// A server with these limits.
async fn server(traffic: Traffic) -> TestServer {
    let (config, clock, folder) = TestServer::start().await.stop_and_keep().await;
    let server = TestServer::run(Config { traffic, ..config }, clock).await;
    server.keeping(folder).with_user("canbo1", Role::CommuneDataOfficer, ward()).await
}

async fn tcp(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.running.addr).await.expect("connect")
}

/// A TLS connection that speaks this protocol.
async fn tls(server: &TestServer, protocol: &str) -> TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    let ca = std::fs::read(server.config.certificates().join("ca.pem")).expect("ca");
    roots.add(CertificateDer::from_pem_slice(&ca).expect("certificate")).expect("root");
    let mut config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let name = ServerName::try_from("127.0.0.1").expect("name");
    TlsConnector::from(Arc::new(config)).connect(name, tcp(server).await).await.expect("handshake")
}

/// Reads until the server closes; what it said.
async fn until_closed(mut stream: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut said = Vec::new();
    // A reset is a close too.
    let _ = tokio::time::timeout(LONG, stream.read_to_end(&mut said)).await.expect("the server closes it");
    said
}

/// Somebody else is served. With time-outs as tiny as here an honest client on a busy machine may have to try again.
async fn serves(server: &TestServer) {
    let served = async {
        loop {
            if let Ok(live) = server.client.get(server.url("/health/live")).send().await {
                return live.status();
            }
        }
    };
    assert_eq!(tokio::time::timeout(LONG, served).await.expect("served"), 200);
}

#[tokio::test]
async fn who_says_nothing_or_stops_within_the_handshake_is_let_go() {
    let server = server(Traffic { handshake_ms: SHORT_MS, ..Traffic::default() }).await;
    let silent = tcp(&server).await;
    let mut begun = tcp(&server).await;
    // The first bytes of a ClientHello of 512 bytes that never goes on.
    begun.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).await.expect("write");
    serves(&server).await;
    assert_eq!(until_closed(silent).await, Vec::<u8>::new());
    until_closed(begun).await;
    serves(&server).await;
}

#[tokio::test]
async fn who_is_silent_within_tls_or_dribbles_a_request_is_let_go() {
    let server = server(Traffic { head_ms: SHORT_MS, ..Traffic::default() }).await;
    let mut silent = Vec::new();
    for (protocol, words) in [
        ("http/1.1", ""),
        ("h2", ""),
        // It could still become HTTP/2, so nobody knows yet which time-out is meant.
        ("http/1.1", "PRI * HT"),
        ("h2", "PRI * HT"),
        ("http/1.1", "GET /health/live HTTP/1.1\r\nHost: a\r\nX-"),
        // A whole beginning of HTTP/2 that answers no ping.
        ("h2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"),
    ] {
        let mut stream = tls(&server, protocol).await;
        stream.write_all(words.as_bytes()).await.expect("write");
        stream.flush().await.expect("flush");
        silent.push(stream);
    }
    for stream in silent {
        until_closed(stream).await;
    }
    // A byte at a time: the clock of the head does not begin anew with each.
    let (mut reader, mut writer) = tokio::io::split(tls(&server, "http/1.1").await);
    let dribble = async move {
        for byte in "GET / HTTP/1.1\r\nX-Long: ".bytes().chain(std::iter::repeat(b'a')) {
            if writer.write_all(&[byte]).await.is_err() || writer.flush().await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    let mut said = Vec::new();
    let closed = async { tokio::time::timeout(LONG, reader.read_to_end(&mut said)).await.is_ok() };
    tokio::select! {
        closed = closed => assert!(closed, "the server closes it"),
        () = dribble => {}
    }
    serves(&server).await;
}

#[tokio::test]
async fn a_body_that_pauses_is_answered_and_let_go() {
    let server = server(Traffic { pause_ms: SHORT_MS, ..Traffic::default() }).await;
    let mut stream = tls(&server, "http/1.1").await;
    let head = "POST /sync/v1/enrol HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nabc";
    stream.write_all(head.as_bytes()).await.expect("write");
    let said = until_closed(stream).await;
    let said = String::from_utf8_lossy(&said);
    assert!(said.starts_with("HTTP/1.1 400") && said.contains("request_malformed"), "{said}");
    serves(&server).await;
}

#[tokio::test]
async fn a_body_that_dribbles_has_an_end_too() {
    let server = server(Traffic { body_ms: SHORT_MS, ..Traffic::default() }).await;
    let (mut reader, mut writer) = tokio::io::split(tls(&server, "http/1.1").await);
    writer
        .write_all(b"POST /sync/v1/enrol HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await
        .expect("write");
    writer.write_all(b"1\r\na\r\n").await.expect("write");
    writer.flush().await.expect("flush");
    let mut said = [0; 12];
    tokio::time::timeout(LONG, reader.read_exact(&mut said)).await.expect("an answer").expect("read");
    assert_eq!(&said, b"HTTP/1.1 400");
    serves(&server).await;
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_gets_them_back() {
    let server = server(Traffic { connections_per_address: 2, ..Traffic::default() }).await;
    let one = tls(&server, "http/1.1").await;
    let two = tls(&server, "http/1.1").await;
    assert_eq!(server.running.connected(), 2);
    assert_eq!(until_closed(tcp(&server).await).await, Vec::<u8>::new(), "turned away at once");
    drop(one);
    drop(two);
    let gone = async {
        while server.running.connected() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, gone).await.expect("their places come back");
    serves(&server).await;
}
