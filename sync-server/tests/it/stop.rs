//! Stopping: what is under way ends well, what was receipted stays, however the server went down.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ancu_shared::id::PhotoHash;
use ancu_shared::role::Role;
use ancu_shared::sync::wire::{PushRequest, PushVerdict};
use ancu_sync_server::service::verify;
use reqwest::{Client, Method};

use crate::support::{Record, TestDevice, TestServer, header, packed, ward};

/// Far longer than anything here takes; a test that would hang fails.
const LONG: Duration = Duration::from_mins(1);

/// Comes back when a condition holds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn a_folder_is_served_by_one_server() {
    let server = TestServer::start().await;
    let address = std::fs::read_to_string(server.config.url_file()).expect("the address");
    let second = ancu_sync_server::server::Server::start(server.config.clone()).await;
    assert!(matches!(second, Err(ancu_sync_server::service::StartError::Busy(folder)) if folder == server.config.data));
    assert_eq!(std::fs::read_to_string(server.config.url_file()).expect("the address"), address, "left alone");
    let TestServer { running, config, .. } = server;
    running.stop().await;
    let next = ancu_sync_server::server::Server::start(config).await.expect("free again");
    next.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_on_its_way_arrives_before_the_server_is_gone() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    let bytes: Vec<u8> = (0..400_000_u32).flat_map(u32::to_le_bytes).collect();
    let hash = PhotoHash::of(&bytes);
    let created = device.create_upload(bytes.len(), &hash.to_string()).await;
    let place = created.headers()["location"].to_str().expect("location").to_owned();
    let (sender, receiver) = futures_channel(bytes.clone());
    let request = device
        .request(Method::PATCH, &place)
        .header("tus-resumable", "1.0.0")
        .header("content-type", "application/offset+octet-stream")
        .header("upload-offset", 0)
        .body(receiver);
    let upload = tokio::spawn(request.send());
    sender.send(0..800_000).expect("first half");
    let unfinished = server.config.uploads().join(place.rsplit('/').next().expect("id"));
    until("the first half arrives", || std::fs::metadata(&unfinished).is_ok_and(|file| file.len() > 0)).await;

    let (address, kept) = (server.running.addr, server.running.app().blobs.path(&hash));
    let TestServer { running, config, clock, .. } = server;
    let stopping = tokio::spawn(running.stop());
    until("no new connections", || std::net::TcpStream::connect(address).is_err()).await;
    assert!(!stopping.is_finished(), "it waits for the photo");
    sender.send(800_000..bytes.len()).expect("second half");
    drop(sender);
    let done = upload.await.expect("task").expect("answer");
    assert_eq!(done.status(), 204);
    assert_eq!(done.headers()["ancu-receipt"], hash.to_string().as_str());
    tokio::time::timeout(LONG, stopping).await.expect("stops").expect("task");
    assert_eq!(std::fs::read(kept).expect("kept"), bytes);
    // Its port and its folder are free for the next one.
    let again = TestServer::run(config, Arc::clone(&clock)).await;
    assert!(again.running.app().blobs.path(&hash).is_file());
}

type Piece = std::ops::Range<usize>;

/// A body whose pieces are sent when the test says so.
fn futures_channel(bytes: Vec<u8>) -> (tokio::sync::mpsc::UnboundedSender<Piece>, reqwest::Body) {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<Piece>();
    let pieces = futures_util::stream::unfold((receiver, bytes), |(mut receiver, bytes)| async move {
        let piece = receiver.recv().await?;
        Some((Ok::<_, std::io::Error>(bytes[piece].to_vec()), (receiver, bytes)))
    });
    (sender, reqwest::Body::wrap_stream(pieces))
}

#[tokio::test]
async fn idle_connections_do_not_hold_the_server_up() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    device.context().await.expect("a connection that stays open");
    let TestServer { running, .. } = server;
    tokio::time::timeout(Duration::from_secs(5), running.stop()).await.expect("stops at once");
}

/// The real program on a folder.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ancu-server"))
            .args(["--log", "error", "--data"])
            .arg(data)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("start");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("line");
        let url = line.trim().strip_prefix("listening ").expect("the line that scripts wait for").to_owned();
        Self { child, url }
    }

    /// `kill -9`.
    fn kill(&mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("gone");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An enrolled device and the folder of a server that is stopped.
async fn stopped() -> (TestServer, TestDevice) {
    let server = TestServer::start_by_the_machines_clock().await;
    let server = server.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    (server, device)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_receipted_survives_a_killed_server() {
    let (server, mut device) = stopped().await;
    let (mut record, first) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    let mut sent = vec![first];
    for residents in 1..200 {
        sent.push(record.write(&[header("residents", residents)]));
    }
    let (config, clock, folder) = server.stop_and_keep().await;
    let mut program = Program::start(&config.data);
    device.call(&program.url, certified(&config.data));
    let mut receipted = Vec::new();
    for envelope in &sent[..60] {
        assert_eq!(device.send(envelope).await, PushVerdict::Accepted);
        receipted.push(envelope.clone());
    }
    // Killed with a push under way: that one is either whole or not there.
    let rest = PushRequest {
        envelopes: sent[60..].iter().map(|bytes| serde_bytes::ByteBuf::from(bytes.clone())).collect(),
        ..PushRequest::default()
    };
    let push = device.request(Method::POST, "/sync/v1/push").body(packed(&rest)).send();
    let (under_way, ()) = tokio::join!(push, async { program.kill() });
    let receipted_all = under_way.is_ok_and(|answer| answer.status() == 200);

    let server = TestServer::run(config, clock).await;
    device.follow(&server);
    let kept = device.pull_all().await;
    assert_eq!(kept[..60], receipted);
    assert!(kept.len() == 60 || kept.len() == 160 || kept.len() == 200, "batches are whole: {}", kept.len());
    assert!(!receipted_all || kept.len() == 200, "{}", kept.len());
    let rest = device.push(&sent).await.expect("again");
    assert!(rest.outcomes.iter().all(|one| matches!(one.verdict, PushVerdict::Accepted | PushVerdict::AlreadyKnown)));
    assert_eq!(device.pull_all().await, sent);
    let checks = verify::doctor(server.running.app()).await.expect("doctor");
    assert!(checks.iter().all(|check| check.good), "{checks:?}");
    assert!(verify::audit(server.running.app()).await.expect("audit").faults.is_empty());
    drop(folder);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_stops_cleanly_when_told_and_starts_where_it_was() {
    let (server, mut device) = stopped().await;
    let fingerprint = server.running.ca_fingerprint;
    let (config, clock, folder) = server.stop_and_keep().await;
    let mut program = Program::start(&config.data);
    device.call(&program.url, certified(&config.data));
    let (_, envelope) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    assert_eq!(device.send(&envelope).await, PushVerdict::Accepted);
    // The shell's own: a bare system has no program of that name.
    let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", program.child.id())]).status();
    assert!(told.expect("a shell").success());
    let ended = tokio::task::spawn_blocking(move || program.child.wait().expect("wait")).await.expect("task");
    assert_eq!(ended.code(), Some(0));
    assert!(
        !config.database().with_extension("db-wal").metadata().is_ok_and(|log| log.len() > 0),
        "the log is folded in"
    );
    let server = TestServer::run(config, clock).await;
    assert_eq!(server.running.ca_fingerprint, fingerprint, "devices still trust it");
    device.follow(&server);
    assert_eq!(device.pull_all().await, [envelope]);
    drop(folder);
}

#[tokio::test]
async fn a_folder_of_a_newer_program_is_refused_untouched_and_said_so() {
    let (server, _) = stopped().await;
    let (config, _, folder) = server.stop_and_keep().await;
    let database = rusqlite::Connection::open(config.database()).expect("open");
    database.execute("INSERT INTO migration VALUES (99, '0099_future', 'x')", []).expect("insert");
    drop(database);
    let before = std::fs::read(config.database()).expect("read");
    let refused = Command::new(env!("CARGO_BIN_EXE_ancu-server"))
        .args(["--log", "error", "--data"])
        .arg(&config.data)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .expect("run");
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("newer version") && !said.contains("panicked"), "{said}");
    assert!(refused.stdout.is_empty(), "it never said that it listens");
    assert_eq!(std::fs::read(config.database()).expect("read"), before);
    drop(folder);
}

/// A client that trusts the server of a folder.
fn certified(data: &Path) -> Client {
    let ca = std::fs::read(data.join("tls").join("ca.pem")).expect("ca");
    let ca = reqwest::Certificate::from_pem(&ca).expect("certificate");
    Client::builder().tls_certs_only([ca]).build().expect("client")
}
