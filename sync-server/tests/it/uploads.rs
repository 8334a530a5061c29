//! Photos by tus: cut, resumed, wrong, twice, too large, another's.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::PhotoHash;
use ancu_shared::role::Role;
use reqwest::Method;

use crate::support::{Record, TestServer, code_of, photo_at, problem, ward};

async fn server() -> TestServer {
    TestServer::start()
        .await
        .with_user("canbo1", Role::CommuneDataOfficer, ward())
        .await
        .with_user("canbo2", Role::CommuneDataOfficer, ward())
        .await
}

fn photo() -> Vec<u8> {
    (0..600_000_u32).flat_map(u32::to_le_bytes).collect()
}

#[tokio::test]
async fn a_cut_upload_goes_on_where_it_was_cut() {
    let server = server().await;
    let device = server.enrol("canbo1").await;
    let bytes = photo();
    let hash = PhotoHash::of(&bytes).to_string();
    let created = device.create_upload(bytes.len(), &hash).await;
    let location = created.headers()["location"].to_str().expect("location").to_owned();
    let first = device.patch_upload(&location, 0, bytes[..1_000_000].to_vec()).await;
    assert_eq!((first.status().as_u16(), &first.headers()["upload-offset"]), (204, &"1000000".parse().expect("n")));
    assert!(!first.headers().contains_key("ancu-receipt"), "no receipt before the end");
    // The connection breaks inside a piece: what came stays.
    let (sender, broken) = broken_body(bytes[1_000_000..1_300_000].to_vec());
    let cut = device
        .request(Method::PATCH, &location)
        .header("tus-resumable", "1.0.0")
        .header("content-type", "application/offset+octet-stream")
        .header("upload-offset", 1_000_000)
        .body(broken)
        .send()
        .await;
    drop(sender);
    assert!(cut.is_err() || !cut.expect("answer").status().is_success());
    // The offset may be asked for at any time; a wrong one is refused and told.
    let wrong = device.patch_upload(&location, 7, vec![0; 10]).await;
    let wrong = problem(wrong).await;
    assert_eq!(wrong.known_code(), ErrorCode::OffsetConflict);
    let head = device.request(Method::HEAD, &location).send().await.expect("head");
    let offset: usize = head.headers()["upload-offset"].to_str().expect("text").parse().expect("offset");
    assert!((1_000_000..=1_300_000).contains(&offset));
    // Creating it again names the same upload.
    let again = device.create_upload(bytes.len(), &hash).await;
    assert_eq!(again.headers()["location"], location.as_str());
    let last = device.patch_upload(&location, offset, bytes[offset..].to_vec()).await;
    assert_eq!(last.status(), 204);
    assert_eq!(last.headers()["ancu-receipt"], hash.as_str());
    let kept = std::fs::read(server.running.app().blobs.path(&PhotoHash::of(&bytes))).expect("kept");
    assert_eq!(kept, bytes);
    assert_eq!(
        code_of(
            device
                .request(Method::PATCH, &location)
                .header("tus-resumable", "1.0.0")
                .header("content-type", "application/offset+octet-stream")
                .header("upload-offset", bytes.len())
                .send()
                .await
                .expect("patch")
        )
        .await,
        ErrorCode::NotFound
    );
}

/// A body that sends its bytes and then fails.
fn broken_body(bytes: Vec<u8>) -> (tokio::sync::mpsc::Sender<()>, reqwest::Body) {
    use futures_util::StreamExt as _;
    let (sender, _) = tokio::sync::mpsc::channel(1);
    let pieces = bytes.chunks(50_000).map(<[u8]>::to_vec).map(Ok::<_, std::io::Error>).collect::<Vec<_>>();
    let end = futures_util::stream::once(async { Err(std::io::Error::other("the signal is gone")) });
    (sender, reqwest::Body::wrap_stream(futures_util::stream::iter(pieces).chain(end)))
}

#[tokio::test]
async fn bytes_that_are_not_the_hashs_are_discarded() {
    let server = server().await;
    let device = server.enrol("canbo1").await;
    let hash = PhotoHash::of(b"the right bytes").to_string();
    let created = device.create_upload(15, &hash).await;
    let location = created.headers()["location"].to_str().expect("location").to_owned();
    let mismatch = device.patch_upload(&location, 0, b"the wrong bytes".to_vec()).await;
    assert_eq!(mismatch.status(), 460);
    assert_eq!(code_of(mismatch).await, ErrorCode::PhotoHashMismatch);
    let gone = device.request(Method::DELETE, &location).send().await.expect("delete");
    assert_eq!(code_of(gone).await, ErrorCode::NotFound);
    assert_eq!(device.upload(b"the right bytes").await.to_string(), hash);
}

#[tokio::test]
async fn a_held_photo_is_receipted_at_once_to_whom_it_concerns() {
    let server = server().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let hash = one.upload(b"photo").await;
    let name = hash.to_string();
    // To others a photo is held only once a record that they may see names it.
    let unknown = two.create_upload(5, &name).await;
    assert_eq!((unknown.status().as_u16(), &unknown.headers()["upload-offset"]), (201, &"0".parse().expect("n")));
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ");
    let (mut inspection, second) = Record::inspection(&one, ward(), facility.id);
    let third = inspection.write(&[photo_at("A-1", hash, one.person())]);
    one.push(&[first, second, third]).await.expect("push");
    for device in [&one, &two] {
        let again = device.create_upload(5, &name).await;
        assert_eq!(again.status(), 201);
        assert_eq!(again.headers()["upload-offset"], "5");
        assert_eq!(again.headers()["ancu-receipt"], name.as_str());
        let location = again.headers()["location"].to_str().expect("location").to_owned();
        let head = device.request(Method::HEAD, &location).send().await.expect("head");
        assert_eq!((head.status().as_u16(), &head.headers()["upload-offset"]), (200, &"5".parse().expect("n")));
    }
}

#[tokio::test]
async fn what_is_not_tus_or_not_ones_own_is_refused() {
    let server = server().await;
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    let hash = PhotoHash::of(b"x").to_string();
    assert_eq!(code_of(one.create_upload(65 * 1024 * 1024, &hash).await).await, ErrorCode::TooLarge);
    assert_eq!(code_of(one.create_upload(5, "no hash").await).await, ErrorCode::RequestMalformed);
    let bare = one.request(Method::POST, "/uploads").send().await.expect("send");
    assert_eq!(code_of(bare).await, ErrorCode::RequestMalformed);
    let created = one.create_upload(1, &hash).await;
    let location = created.headers()["location"].to_str().expect("location").to_owned();
    assert_eq!(code_of(two.patch_upload(&location, 0, b"x".to_vec()).await).await, ErrorCode::NotFound);
    let longer = one.patch_upload(&location, 0, b"xxxx".to_vec()).await;
    assert_eq!(code_of(longer).await, ErrorCode::TooLarge);
    let elsewhere = one.patch_upload("/uploads/..%2f..%2fserver.db", 0, b"x".to_vec()).await;
    assert_eq!(code_of(elsewhere).await, ErrorCode::NotFound);
    let options = server.client.request(Method::OPTIONS, server.url("/uploads")).send().await.expect("options");
    assert_eq!(options.headers()["tus-version"], "1.0.0");
}

#[tokio::test]
async fn an_upload_whose_last_byte_came_before_a_crash_is_finished() {
    let server = server().await;
    let device = server.enrol("canbo1").await;
    let hash = PhotoHash::of(b"photo").to_string();
    let created = device.create_upload(5, &hash).await;
    let location = created.headers()["location"].to_str().expect("location").to_owned();
    let file = server.config.uploads().join(location.rsplit('/').next().expect("id"));
    std::fs::write(&file, b"photo").expect("all bytes, unverified");
    let again = device.create_upload(5, &hash).await;
    assert_eq!(again.headers()["ancu-receipt"], hash.as_str());
    assert!(server.running.app().blobs.path(&PhotoHash::of(b"photo")).is_file() && !file.exists());
}
