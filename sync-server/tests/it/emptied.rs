//! A store that is gone beside the rest of a server: said in plain words, never begun anew in silence.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use ancu_shared::clock::Clock;
use ancu_shared::role::Role;
use ancu_sync_server::Server;
use ancu_sync_server::clock::SystemRandom;

use crate::support::{TestServer, ward};

fn run(data: &Path, command: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_ancu-server"))
        .args(["--log", "error", "--data"])
        .arg(data)
        .args(command)
        .output()
        .expect("run");
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

#[tokio::test]
async fn a_server_whose_database_was_emptied_or_taken_away_does_not_begin_anew() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let (config, clock, folder) = server.stop_and_keep().await;
    let database = config.database();
    let whole = std::fs::read(&database).expect("the database");
    for gone in [false, true] {
        if gone {
            std::fs::remove_file(&database).expect("taken away");
        } else {
            std::fs::write(&database, b"").expect("emptied");
        }
        let started =
            Server::start_with(config.clone(), Arc::clone(&clock) as Arc<dyn Clock>, Box::new(SystemRandom)).await;
        let refused = started.err().expect("no new server").to_string();
        for words in ["Không khởi động thành máy chủ mới", "not started as a new server", "backup", "--data"]
        {
            assert!(refused.contains(words), "{words}: {refused}");
        }
        for command in [&["doctor"][..], &["migrate"], &["user", "list"], &["serve", "--listen", "127.0.0.1:0"]] {
            let (done, said) = run(&config.data, command);
            assert!(!done && said.contains("not started as a new server"), "{command:?}: {said}");
            assert_eq!(command == ["doctor"], said.contains("FAULT\tdatabase"), "{said}");
        }
        assert_eq!(std::fs::metadata(&database).map(|file| file.len()).ok(), (!gone).then_some(0), "nothing was made");
    }
    // The backup in its place: everything is there again.
    std::fs::write(&database, whole).expect("the backup");
    let server = TestServer::run(config, clock).await.keeping(folder);
    server.login("canbo1").await;
}

#[test]
fn a_new_folder_with_certificates_of_its_own_is_a_new_server() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::create_dir_all(folder.path().join("blobs/ab")).expect("an empty folder of photos");
    std::fs::write(folder.path().join("server.db"), b"").expect("a start that was broken off at its first step");
    let (done, said) = run(folder.path(), &["doctor"]);
    assert!(!done && said.contains("no server kept its store"), "{said}");
    let (done, said) = run(folder.path(), &["migrate"]);
    assert!(done && said.contains("up to date"), "{said}");
    let (done, said) = run(folder.path(), &["doctor"]);
    assert!(done, "{said}");
}

#[test]
fn a_mistyped_folder_is_no_server_and_nothing_is_made_in_it() {
    let folder = tempfile::tempdir().expect("folder");
    let (typo, copy) = (folder.path().join("d-typo"), folder.path().join("copy"));
    for command in [
        &["backup", copy.to_str().expect("a path")][..],
        &["verify-audit"],
        &["doctor"],
        &["user", "list"],
        &["user", "invite", "canbo1"],
        &["device", "list"],
        &["template", "list"],
        &["courier", "import", "/nowhere.ancu"],
    ] {
        let (done, said) = run(&typo, command);
        assert!(!done, "{command:?}: {said}");
        for words in ["chưa phải của máy chủ nào", "no server kept its store", "--data", "d-typo"] {
            assert!(said.contains(words), "{command:?}, {words}: {said}");
        }
        assert!(!typo.exists() && !copy.exists(), "{command:?} made a folder");
    }
}

#[tokio::test]
async fn a_backup_is_replaced_by_one_of_the_same_server_only() {
    let folder = tempfile::tempdir().expect("folder");
    let copy = folder.path().join("copy");
    let to = copy.to_str().expect("a path");
    let (one, other) = (TestServer::start().await, TestServer::start().await);
    let backup = |server: &TestServer, to: &str| run(&server.config.data, &["backup", to]);
    let (done, said) = backup(&one, to);
    assert!(done, "{said}");
    let kept = std::fs::read(copy.join("server.db")).expect("the backup");
    let (done, said) = backup(&other, to);
    assert!(
        !done && said.contains("bản sao lưu của máy chủ khác") && said.contains("another server's backup"),
        "{said}"
    );
    let (done, said) = run(&folder.path().join("d-typo"), &["backup", to]);
    assert!(!done, "{said}");
    assert_eq!(std::fs::read(copy.join("server.db")).expect("the backup"), kept, "it is as it was");
    let names = |folder: &Path| std::fs::read_dir(folder).expect("a folder").count();
    let before = names(&copy);
    assert!(backup(&one, to).0, "its own is replaced");
    assert_eq!(names(&copy), before, "no log is left beside it");
    std::fs::write(copy.join("server.db"), b"something else").expect("write");
    assert!(!backup(&one, to).0, "what cannot be read is not overwritten");
    let own = one.config.data.to_str().expect("a path").to_owned();
    let (done, said) = backup(&one, &own);
    assert!(!done && said.contains("in the server's data folder"), "{said}");
}

#[tokio::test]
async fn a_backup_lies_neither_in_the_store_nor_among_other_files() {
    let folder = tempfile::tempdir().expect("folder");
    let server = TestServer::start().await;
    for inside in [server.config.data.clone(), server.config.data.join("blobs"), server.config.data.join("new/copy")] {
        let (done, said) = run(&server.config.data, &["backup", inside.to_str().expect("a path")]);
        assert!(!done && said.contains("nằm trong thư mục dữ liệu") && said.contains("data folder"), "{said}");
    }
    assert!(!server.config.data.join("new").exists());
    let share = folder.path().join("share");
    std::fs::create_dir(&share).expect("folder");
    std::fs::write(share.join("my.doc"), b"somebody's").expect("a file");
    let mode = || std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&share).expect("there").permissions());
    let before = mode();
    let (done, said) = run(&server.config.data, &["backup", share.to_str().expect("a path")]);
    assert!(!done && said.contains("đã có tệp khác") && said.contains("other files"), "{said}");
    assert_eq!((mode(), std::fs::read_dir(&share).expect("a folder").count()), (before, 1), "it is as it was");
}
