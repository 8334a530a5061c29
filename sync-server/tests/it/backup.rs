//! A backup can be taken into use; it begins a life of its own.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::Arc;

use ancu_shared::role::Role;
use ancu_shared::sync::wire::{PullRequest, PushVerdict, UnitCursor};
use ancu_sync_server::Config;
use rusqlite::Connection;

use crate::support::{Record, TestServer, header, ward};

#[tokio::test]
async fn a_backup_of_a_running_server_serves_again() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let mut device = server.enrol("canbo1").await;
    let (mut record, before) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    device.send(&before).await;
    let photo = device.upload(b"photo").await;
    let folder = tempfile::tempdir().expect("folder");
    let copy = folder.path().join("copy");
    let status = Command::new(env!("CARGO_BIN_EXE_ancu-server"))
        .args(["--log", "error", "--data"])
        .arg(&server.config.data)
        .arg("backup")
        .arg(&copy)
        .status();
    assert!(status.expect("run").success());
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o077;
    assert_eq!((mode(&copy), mode(&copy.join("server.db"))), (0, 0), "keys and names are nobody else's to read");
    let after = record.write(&[header("storeys", 5)]);
    assert_eq!(device.send(&after).await, PushVerdict::Accepted);
    let cursor = device.pull(&PullRequest::default()).await.expect("pull").units[0].cursor.clone();

    let config = Config { data: copy, ..server.config.clone() };
    let restored = TestServer::run(config, Arc::clone(&server.clock)).await;
    assert_eq!(restored.running.ca_fingerprint, server.running.ca_fingerprint, "devices still find it");
    device.follow(&restored);
    let request =
        PullRequest { cursors: vec![UnitCursor { unit: ward(), cursor: Some(cursor) }], ..PullRequest::default() };
    let page = device.pull(&request).await.expect("pull");
    assert!(page.units[0].restarted, "another life: start over and offer again");
    assert_eq!(device.pull_all().await, std::slice::from_ref(&before));
    assert_eq!(device.send(&after).await, PushVerdict::Accepted, "what the backup lacks is offered again");
    assert!(restored.running.app().blobs.path(&photo).is_file());
    let again = restored.restart().await;
    device.follow(&again);
    let own = device.pull(&PullRequest::default()).await.expect("pull").units[0].cursor.clone();
    assert_eq!(own.epoch, page.units[0].cursor.epoch, "a second start is the same life");
}

#[tokio::test]
async fn a_newer_database_is_refused_with_a_plain_sentence() {
    let folder = tempfile::tempdir().expect("folder");
    let run = |command: &str| {
        Command::new(env!("CARGO_BIN_EXE_ancu-server"))
            .args(["--log", "error", "--data"])
            .arg(folder.path())
            .arg(command)
            .output()
            .expect("run")
    };
    assert!(run("migrate").status.success());
    let database = Connection::open(folder.path().join("server.db")).expect("open");
    database.execute("INSERT INTO migration VALUES (99, '0099_future', 'x')", []).expect("insert");
    let refused = run("migrate");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("newer version"), "{refused:?}");
}
