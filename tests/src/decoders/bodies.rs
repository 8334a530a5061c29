//! Bodies, links and headers of requests.

use ancu_shared::clock::UtcMillis;
use ancu_shared::courier::MAX_BUNDLE_BYTES;
use ancu_shared::id::{DocumentId, PhotoHash, UnitId};
use ancu_shared::link::EnrolLink;
use ancu_shared::sync::wire::{
    self, EnrolAnswer, EnrolGrant, EnrolRequest, Invitation, PhotoOffer, PullAnswer, PullRequest, PushAnswer,
    PushRequest, SignedInvitation, UnitCursor,
};
use ancu_sync_server::http::uploads::headers::{Creation, Piece};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::records::{honest_envelope, secret};

pub(super) fn messages() -> Vec<Vec<u8>> {
    let cursors = vec![UnitCursor { unit: UnitId::from_bytes([6; 16]), cursor: None }];
    let grant = EnrolGrant::Code { code: "ABCD-2345-EFGH".into() };
    let author = secret().public();
    let proof = secret().sign(&EnrolRequest::signed_bytes(&author, &grant));
    let enrol = EnrolRequest { grant, author, proof, device_name: "Máy".into(), person_name: None, certificate: None };
    vec![
        wire::encode(&PushRequest { envelopes: vec![honest_envelope().into()], ..PushRequest::default() }),
        wire::encode(&PullRequest { cursors, ..PullRequest::default() }),
        wire::encode(&PhotoOffer { hashes: vec![PhotoHash([3; 32]), PhotoHash([4; 32])] }),
        wire::encode(&enrol),
        // Depth and counts that are only claimed.
        vec![0x81; 5_000],
        vec![0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [&[0xa1, 0x69][..], b"envelopes", &[0x9b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]].concat(),
    ]
}

fn reads_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> bool {
    let Ok(message) = wire::decode::<T>(bytes) else { return false };
    let again = wire::encode(&message);
    assert_eq!(wire::decode::<T>(&again).ok(), Some(message), "a message reads back");
    true
}

/// Messages read back or are refused.
pub(super) fn message(bytes: &[u8]) -> bool {
    reads_back::<PushRequest>(bytes)
        | reads_back::<PushAnswer>(bytes)
        | reads_back::<PullRequest>(bytes)
        | reads_back::<PullAnswer>(bytes)
        | reads_back::<EnrolRequest>(bytes)
        | reads_back::<EnrolAnswer>(bytes)
        | reads_back::<PhotoOffer>(bytes)
}

pub(super) fn links() -> Vec<Vec<u8>> {
    let officer = secret();
    let invitation = Invitation {
        nonce: [2; 16],
        facility: DocumentId::from_bytes([3; 16]),
        unit: UnitId::from_bytes([4; 16]),
        place: "Nhà trọ Hoa Sen, 12 ngõ 29 Khương Hạ".into(),
        expires_at: UtcMillis(9),
        author: officer.public(),
    };
    let signed = SignedInvitation::issue(&invitation, &officer);
    let link = |grant| {
        EnrolLink { server: "https://127.0.0.1:8443".into(), fingerprint: [7; 32], grant, citizen: false }.to_text()
    };
    vec![
        link(EnrolGrant::Code { code: "ABCD-2345-EFGH".into() }).into_bytes(),
        link(EnrolGrant::Invitation { invitation: signed.clone() }).into_bytes(),
        wire::encode(&signed),
    ]
}

/// A link reads back or is refused; so does one whose invitation, base64url in a link, is these bytes.
pub(super) fn link(bytes: &[u8]) -> bool {
    let judge = |text: &str| {
        let Ok(link) = EnrolLink::parse(text) else { return false };
        assert_eq!(EnrolLink::parse(&link.to_text()).as_ref(), Ok(&link), "a link reads back");
        assert!(link.server.starts_with("https://"), "{text}");
        true
    };
    let (fingerprint, payload) = (URL_SAFE_NO_PAD.encode([7; 32]), URL_SAFE_NO_PAD.encode(bytes));
    judge(&String::from_utf8_lossy(bytes))
        | judge(&format!("ancu://enrol?s=https://127.0.0.1:8443&f={fingerprint}&i={payload}"))
}

pub(super) fn uploads() -> Vec<Vec<u8>> {
    let metadata = format!("sha256 {}", STANDARD.encode(PhotoHash([3; 32]).to_string()));
    let checksum = STANDARD.encode([0; 20]);
    vec![
        format!("tus-resumable: 1.0.0\nupload-length: 4096\nupload-metadata: {metadata}").into_bytes(),
        format!("tus-resumable: 1.0.0\nupload-length: 9\nupload-metadata: {metadata},kind YnVuZGxl").into_bytes(),
        format!(
            "tus-resumable: 1.0.0\ncontent-type: application/offset+octet-stream\nupload-offset: 12\n\
             upload-checksum: sha1 {checksum}"
        )
        .into_bytes(),
    ]
}

/// Headers of an upload are taken for what they say, within the limits, or refused by a code of the caller's fault.
pub(super) fn upload(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        Some((name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?))
    });
    let headers: HeaderMap = lines.collect();
    let (creation, piece) = (Creation::of(&headers), Piece::of(&headers));
    if let Ok(creation) = &creation {
        assert!(creation.length <= MAX_BUNDLE_BYTES, "{}", creation.length);
    }
    creation.is_ok() | piece.is_ok()
}
