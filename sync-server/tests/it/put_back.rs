//! An older copy of the data folder is put back, and nobody tells the server: devices that have receipts do.

use std::path::Path;
use std::sync::Arc;

use ancu_shared::id::PhotoHash;
use ancu_shared::role::Role;
use ancu_shared::sync::mark::StoreMark;
use ancu_shared::sync::wire::{Cursor, PullAnswer, PullRequest, PushAnswer, PushRequest, PushVerdict, UnitCursor};
use ancu_sync_server::service::verify;
use reqwest::Method;

use crate::support::{Record, TestDevice, TestServer, header, packed, unpacked, ward};

/// What a device keeps of its last answers.
#[derive(Default)]
struct Kept {
    cursor: Option<Cursor>,
    marks: Vec<StoreMark>,
}

impl Kept {
    async fn push(&mut self, device: &TestDevice, envelope: &[u8]) -> PushVerdict {
        let envelopes = vec![serde_bytes::ByteBuf::from(envelope.to_vec())];
        let request = PushRequest { envelopes, marks: self.marks.clone(), ..PushRequest::default() };
        let answer: PushAnswer =
            unpacked(device.raw(Method::POST, "/sync/v1/push", packed(&request)).await).await.expect("push");
        self.marks = answer.mark.map_or(std::mem::take(&mut self.marks), |mark| vec![mark]);
        answer.outcomes[0].verdict.clone()
    }

    async fn pull(&mut self, device: &TestDevice) -> PullAnswer {
        let cursors = vec![UnitCursor { unit: ward(), cursor: self.cursor.clone() }];
        let request = PullRequest { cursors, marks: self.marks.clone(), ..PullRequest::default() };
        let answer = device.pull(&request).await.expect("pull");
        self.cursor = Some(answer.units[0].cursor.clone());
        self.marks = answer.mark.clone().map_or(std::mem::take(&mut self.marks), |mark| vec![mark]);
        answer
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("folder") {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("file");
        }
    }
}

/// Copies the folder of a stopped server, and starts it again.
async fn copied(server: TestServer) -> (TestServer, tempfile::TempDir) {
    let (config, clock, folder) = server.stop_and_keep().await;
    let snapshot = tempfile::tempdir().expect("folder");
    copy(&config.data, snapshot.path());
    (TestServer::run(config, clock).await.keeping(folder), snapshot)
}

/// The same of a server with one officer, whose device has pulled before.
async fn copied_with_a_device() -> (TestServer, tempfile::TempDir, TestDevice, Kept) {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let mut device = server.enrol("canbo1").await;
    let mut kept = Kept::default();
    kept.pull(&device).await;
    let (server, snapshot) = copied(server).await;
    device.follow(&server);
    (server, snapshot, device, kept)
}

/// Puts the copy in the place of the server's folder.
async fn put_back(server: TestServer, snapshot: &tempfile::TempDir) -> TestServer {
    let (config, clock, folder) = server.stop_and_keep().await;
    std::fs::remove_dir_all(&config.data).expect("the disk is lost");
    copy(snapshot.path(), &config.data);
    TestServer::run(config, clock).await.keeping(folder)
}

async fn life(server: &TestServer) -> String {
    let checks = verify::doctor(server.running.app()).await.expect("doctor");
    assert!(checks.iter().all(|check| check.good), "{checks:?}");
    checks.into_iter().find(|check| check.what == "life").expect("the life").found
}

#[tokio::test]
async fn who_has_receipts_of_what_is_not_there_makes_another_life_begin() {
    let server = TestServer::with_two_officers().await;
    let (mut one, mut two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let (mut kept_one, mut kept_two) = (Kept::default(), Kept::default());
    let (mut record, before) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    kept_one.push(&one, &before).await;
    kept_one.pull(&one).await;
    kept_two.pull(&two).await;
    let (server, snapshot) = copied(server).await;
    one.follow(&server);
    two.follow(&server);

    let lost = record.write(&[header("storeys", 5)]);
    assert_eq!(kept_one.push(&one, &lost).await, PushVerdict::Accepted);
    kept_one.pull(&one).await;
    let photo = one.upload(b"lost with the disk").await;

    let server = put_back(server, &snapshot).await;
    one.follow(&server);
    two.follow(&server);
    // The other device knows of nothing that was lost: it fills the very places in the feed that the first one has seen.
    for name in ["Nhà trọ An Bình", "Nhà trọ Bình Minh", "Nhà trọ Tường Vi"] {
        let (_, more) = Record::facility(&two, ward(), name);
        assert_eq!(kept_two.push(&two, &more).await, PushVerdict::Accepted);
    }
    assert!(!kept_two.pull(&two).await.units[0].restarted, "nobody has told it yet");
    assert!(life(&server).await.ends_with("the first"));

    let told = kept_one.pull(&one).await;
    assert!(told.units[0].restarted, "in the same answer: everything from the beginning");
    assert_eq!(told.units[0].envelopes.len(), 4);
    assert_eq!(one.offer(&[photo]).await.missing, [photo], "the receipt of the life before holds no more");
    assert_eq!(kept_one.push(&one, &lost).await, PushVerdict::Accepted, "offered again, and taken");
    assert!(kept_two.pull(&two).await.units[0].restarted, "everybody is asked");
    assert!(life(&server).await.contains("an older copy of this folder was put back"));
    assert!(verify::audit(server.running.app()).await.expect("audit").holds());
    let last = Arc::clone(server.running.app());
    let rows = last.store.read(|transaction| transaction.audit_before(None, None, 100)).await.expect("audit");
    assert_eq!(rows.iter().filter(|row| row.action == "store.life_begun").count(), 1);
}

#[tokio::test]
async fn a_push_tells_it_too_and_only_once() {
    let (server, snapshot, mut device, mut kept) = copied_with_a_device().await;
    let (mut record, lost) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    kept.push(&device, &lost).await;
    let of_the_lost = kept.marks.clone();

    let server = put_back(server, &snapshot).await;
    device.follow(&server);
    let next = record.write(&[header("storeys", 5)]);
    assert!(matches!(kept.push(&device, &next).await, PushVerdict::Waiting { .. }), "what it builds on is lost");
    let now = life(&server).await;
    assert!(kept.pull(&device).await.units[0].restarted);
    assert_eq!(kept.push(&device, &lost).await, PushVerdict::Accepted);
    assert_eq!(device.pull_all().await, [lost, next]);
    // A late request, or a copy of the device: what was lost is known.
    kept.marks = of_the_lost;
    assert!(!kept.pull(&device).await.units[0].restarted);
    assert_eq!(life(&server).await, now);
    let server = server.restart().await;
    device.follow(&server);
    assert!(!kept.pull(&device).await.units[0].restarted, "a second start is the same life");
}

#[tokio::test]
async fn a_copy_that_is_put_back_twice_is_noticed_twice() {
    let (mut server, snapshot, mut device, mut kept) = copied_with_a_device().await;
    let (_, lost) = Record::facility(&device, ward(), "Nhà trọ Hoa Sen");
    kept.push(&device, &lost).await;
    let mut lives = Vec::new();
    for _ in 0..2 {
        server = put_back(server, &snapshot).await;
        device.follow(&server);
        // The answer to the pull after it is lost: the mark alone says in which life this was taken.
        assert_eq!(kept.push(&device, &lost).await, PushVerdict::Accepted);
        lives.push(life(&server).await);
    }
    assert!(lives.iter().all(|life| life.contains("was put back")), "{lives:?}");
    assert_ne!(lives[0], lives[1]);
}

#[tokio::test]
async fn nobody_else_can_make_a_life_begin_or_read_a_mark() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let stranger = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let device = server.enrol("canbo1").await;
    let (mut own, mut foreign) = (Kept::default(), Kept::default());
    foreign.pull(&stranger.enrol("canbo1").await).await;
    own.pull(&device).await;
    let cursor = own.cursor.clone();
    let mut changed = own.marks[0].clone();
    changed.0[30] ^= 1;
    let forged = [StoreMark(vec![]), StoreMark(vec![0; 66]), changed, foreign.marks.remove(0)];
    own.marks.extend(forged);
    let again = own.pull(&device).await;
    assert!(!again.units[0].restarted);
    assert_eq!(own.cursor, cursor);
    let (one, other) = (own.marks[0].clone(), device.pull(&PullRequest::default()).await.expect("pull").mark);
    assert_ne!(Some(&one), other.as_ref(), "of one point no two are alike: they tell nobody how much has happened");
    assert_eq!(own.pull(&device).await.mark, None, "nothing has happened: the one that was told still stands");
    own.marks = vec![one; 65];
    let request = PullRequest { marks: own.marks, ..PullRequest::default() };
    let refused = device.pull(&request).await.expect_err("too many");
    assert_eq!(refused.field.as_deref(), Some("marks"));
}

#[tokio::test]
async fn a_photos_receipt_proves_as_much_as_an_envelopes() {
    let (server, snapshot, mut device, mut kept) = copied_with_a_device().await;
    let photo = PhotoHash::of(b"photo");
    let created = device.create_upload(5, &photo.to_string()).await;
    let location = created.headers()["location"].to_str().expect("location").to_owned();
    let done = device.patch_upload(&location, 0, b"photo".to_vec()).await;
    let mark = StoreMark::from_text(done.headers()["ancu-mark"].to_str().expect("text")).expect("mark");
    kept.marks.push(mark);
    let server = put_back(server, &snapshot).await;
    device.follow(&server);
    assert!(kept.pull(&device).await.units[0].restarted, "nothing but a photo came after the copy");
    assert_eq!(device.offer(&[photo]).await.missing, [photo]);
}

#[tokio::test]
async fn a_photo_whose_file_is_gone_is_asked_for_again() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let mut device = server.enrol("canbo1").await;
    let (lost, safe) = (device.upload(b"lost").await, device.upload(b"safe").await);
    let mut kept = Kept::default();
    kept.pull(&device).await;
    let (config, clock, folder) = server.stop_and_keep().await;
    let blobs = ancu_sync_server::blobs::Blobs::open(config.blobs()).expect("blobs");
    std::fs::remove_file(blobs.path(&lost)).expect("the file was there");
    let mut server = TestServer::run(config, clock).await.keeping(folder);
    server.running.photos_looked_for().await;
    device.follow(&server);
    assert!(kept.pull(&device).await.units[0].restarted, "devices look through what they have");
    let answer = device.offer(&[lost, safe]).await;
    assert_eq!((answer.missing, answer.held), (vec![lost], vec![safe]));
    assert!(life(&server).await.contains("photos had lost their files"));
    assert_eq!(device.upload(b"lost").await, lost);
    let server = server.restart().await;
    device.follow(&server);
    assert!(!kept.pull(&device).await.units[0].restarted, "all are there again");
}
