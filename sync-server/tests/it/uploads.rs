//! Photos by tus: cut, resumed, wrong, twice, too large, another's.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::PhotoHash;
use ancu_shared::role::Role;
use ancu_sync_server::service::upkeep;
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
    // Whoever lost the last answer asks again, or sends the nothing that is left again.
    let head = device.request(Method::HEAD, &location).send().await.expect("head");
    let nothing = device.patch_upload(&location, bytes.len(), vec![]).await;
    for answer in [head, nothing] {
        assert!(answer.status().is_success());
        assert_eq!(answer.headers()["upload-offset"], bytes.len().to_string().as_str());
        assert_eq!(answer.headers()["ancu-receipt"], hash.as_str());
    }
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

#[tokio::test]
async fn a_piece_that_is_not_its_checksum_leaves_no_trace() {
    use base64::Engine as _;
    use sha1::Digest as _;
    let server = server().await;
    let device = server.enrol("canbo1").await;
    let bytes = b"a photo in two pieces".to_vec();
    let hash = PhotoHash::of(&bytes).to_string();
    let created = device.create_upload(bytes.len(), &hash).await;
    let location = created.headers()["location"].to_str().expect("location").to_owned();
    let piece = |from: usize, bytes: &[u8], checksum: String| {
        device
            .request(Method::PATCH, &location)
            .header("tus-resumable", "1.0.0")
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", from)
            .header("upload-checksum", checksum)
            .body(bytes.to_vec())
            .send()
    };
    let base64 = |sum: &[u8]| base64::engine::general_purpose::STANDARD.encode(sum);
    let sha1 = |bytes: &[u8]| format!("sha1 {}", base64(&sha1::Sha1::digest(bytes)));
    let wrong = piece(0, &bytes[..7], sha1(b"other")).await.expect("patch");
    assert_eq!(wrong.status(), 460);
    assert_eq!(code_of(wrong).await, ErrorCode::ChecksumMismatch);
    for unknown in ["crc32 AAAA", "sha1", "sha1 %%", "sha256 AAAA"] {
        let refused = piece(0, &bytes[..7], unknown.to_owned()).await.expect("patch");
        assert_eq!(code_of(refused).await, ErrorCode::RequestMalformed, "{unknown}");
    }
    let head = device.request(Method::HEAD, &location).send().await.expect("head");
    assert_eq!(head.headers()["upload-offset"], "0", "nothing of these pieces stayed");
    assert_eq!(piece(0, &bytes[..7], sha1(&bytes[..7])).await.expect("patch").status(), 204);
    let sum = format!("sha256 {}", base64(PhotoHash::of(&bytes[7..]).as_bytes()));
    let last = piece(7, &bytes[7..], sum).await.expect("patch");
    assert_eq!(last.headers()["ancu-receipt"], hash.as_str());
}

#[tokio::test]
async fn unfinished_uploads_expire_and_their_bytes_with_them() {
    let server = server().await;
    let device = server.enrol("canbo1").await;
    let hash = PhotoHash::of(b"photo").to_string();
    let created = device.create_upload(5, &hash).await;
    let until = created.headers()["upload-expires"].to_str().expect("text").to_owned();
    let until = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(&until).expect("a date");
    let hours = i64::from(server.config.upload_hours);
    // The header counts in seconds.
    assert_eq!(until.as_second(), server.now().plus_millis(hours * 3_600_000).0 / 1_000);
    let location = created.headers()["location"].to_str().expect("location").to_owned();
    let piece = device.patch_upload(&location, 0, b"pho".to_vec()).await;
    assert!(piece.headers().contains_key("upload-expires"));
    let file = server.config.uploads().join(location.rsplit('/').next().expect("id"));
    server.advance(hours * 3_600_000 - 1);
    upkeep::once(server.running.app()).await.expect("upkeep");
    assert!(file.is_file(), "its time is not over");
    server.advance(1);
    assert_eq!(code_of(device.patch_upload(&location, 3, b"to".to_vec()).await).await, ErrorCode::NotFound);
    upkeep::once(server.running.app()).await.expect("upkeep");
    assert!(!file.exists());
    assert_eq!(device.upload(b"photo").await.to_string(), hash, "and it can begin again");
}

#[tokio::test]
async fn the_words_of_tus_are_kept() {
    let server = server().await;
    let device = server.enrol("canbo1").await;
    let options = server.client.request(Method::OPTIONS, server.url("/uploads")).send().await.expect("options");
    assert_eq!(options.headers()["tus-extension"], "creation,checksum,termination,expiration");
    assert_eq!(options.headers()["tus-checksum-algorithm"], "sha1,sha256");
    assert!(!options.headers().contains_key("tus-resumable"));
    let hash = PhotoHash::of(b"photo").to_string();
    let created = device.create_upload(5, &hash).await;
    let location = created.headers()["location"].to_str().expect("location").to_owned();
    let other = device.request(Method::HEAD, &location).header("tus-resumable", "2.0.0").send().await.expect("head");
    assert_eq!((other.status().as_u16(), &other.headers()["tus-version"]), (412, &"1.0.0".parse().expect("text")));
    let kind = device.request(Method::PATCH, &location).header("tus-resumable", "1.0.0").header("upload-offset", 0);
    let kind = kind.header("content-type", "image/jpeg").body("photo").send().await.expect("patch");
    assert_eq!((kind.status().as_u16(), &kind.headers()["tus-resumable"]), (415, &"1.0.0".parse().expect("text")));
    // Through a network that knows GET and POST only.
    let by_post = |method: &'static str| {
        let request = device.request(Method::POST, &location).header("x-http-method-override", method);
        request.header("tus-resumable", "1.0.0")
    };
    let piece = by_post("PATCH").header("content-type", "application/offset+octet-stream").header("upload-offset", 0);
    assert_eq!(piece.body("pho").send().await.expect("patch").headers()["upload-offset"], "3");
    assert_eq!(by_post("HEAD").send().await.expect("head").headers()["upload-offset"], "3");
    assert_eq!(by_post("DELETE").send().await.expect("delete").status(), 204);
    assert_eq!(code_of(by_post("DELETE").send().await.expect("delete")).await, ErrorCode::NotFound);
    assert_eq!(code_of(by_post("PUT").send().await.expect("put")).await, ErrorCode::MethodNotAllowed);
}

#[tokio::test]
async fn all_bytes_there_but_unverified_is_no_success_yet() {
    let server = server().await;
    let device = server.enrol("canbo1").await;
    for (bytes, expected) in [(b"photo", Ok(())), (b"wrong", Err(460))] {
        let hash = PhotoHash::of(b"photo").to_string();
        let created = device.create_upload(5, if expected.is_ok() { &hash } else { OTHER }).await;
        let location = created.headers()["location"].to_str().expect("location").to_owned();
        let file = server.config.uploads().join(location.rsplit('/').next().expect("id"));
        std::fs::write(&file, bytes).expect("all bytes, as a crash leaves them");
        let head = device.request(Method::HEAD, &location).send().await.expect("head");
        match expected {
            Ok(()) => assert_eq!(head.headers()["ancu-receipt"], hash.as_str()),
            Err(status) => assert_eq!(head.status(), status),
        }
        assert!(!file.exists());
    }
}

/// The hash of some other photo.
const OTHER: &str = "0000000000000000000000000000000000000000000000000000000000000001";
