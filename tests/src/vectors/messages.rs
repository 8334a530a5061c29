//! Vectors of links and of the messages of `/sync/v1`.

use ancu_shared::clock::{ClockSpan, UtcMillis};
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{ChangeHash, EnvelopeId, PhotoHash};
use ancu_shared::link::EnrolLink;
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::mark::StoreMark;
use ancu_shared::sync::wire::{
    Context, Cursor, DeviceClock, DeviceReport, EnrolAnswer, EnrolGrant, EnrolRequest, Home, Moved, PhotoOffer,
    PhotoOfferAnswer, PullAnswer, PullRequest, PushAnswer, PushOutcome, PushRequest, PushVerdict, TemplateOffer,
    UnitCursor, UnitPage, Why, encode,
};
use ancu_shared::unit::{Unit, UnitKind};
use jiff::civil::date;
use serde::Serialize;
use serde_bytes::ByteBuf;

use super::Tree;
use super::records::{self, AT, OFFICER, SERVER, certificate, document, invitation, person, secret, unit};

#[derive(Serialize)]
struct Link {
    text: String,
    server: String,
    fingerprint: String,
    grant: Tree,
}

#[derive(Serialize)]
struct NoLink {
    name: &'static str,
    text: String,
}

/// `links.json`
#[derive(Serialize)]
pub(super) struct Links {
    links: Vec<Link>,
    refused: Vec<NoLink>,
}

pub(super) fn links() -> Links {
    let link = |grant: EnrolGrant| {
        let link = EnrolLink {
            server: "https://ancu.example.vn:8443".into(),
            fingerprint: [7; 32],
            citizen: matches!(grant, EnrolGrant::Invitation { .. }),
            grant,
        };
        let text = link.to_text();
        assert_eq!(EnrolLink::parse(&text).as_ref(), Ok(&link));
        Link {
            text,
            server: link.server.clone(),
            fingerprint: hex::encode(link.fingerprint),
            grant: Tree::of(&encode(&link.grant)),
        }
    };
    let code = link(EnrolGrant::Code { code: "ABCD-2345-EFGH".into() });
    let text = code.text.clone();
    let refused = [
        ("no link", "https://ancu.example.vn".to_owned()),
        ("not encrypted", text.replace("s=https:", "s=http:")),
        ("a path", text.replace(":8443", ":8443/an-cu")),
        ("a short fingerprint", text.replace("f=BwcH", "f=")),
        ("two servers", format!("{text}&s=https://b.example.vn")),
        ("two rights", format!("{text}&i=AAAA")),
        ("no right", text.replace("&c=ABCD-2345-EFGH", "")),
        ("too long", format!("{text}&x={}", "x".repeat(2_048))),
    ];
    for (name, text) in &refused {
        assert!(EnrolLink::parse(text).is_err(), "{name}");
    }
    Links {
        links: vec![code, link(EnrolGrant::Invitation { invitation: invitation() })],
        refused: refused.into_iter().map(|(name, text)| NoLink { name, text }).collect(),
    }
}

#[derive(Serialize)]
pub(super) struct Message {
    name: &'static str,
    value: Tree,
    cbor: String,
}

fn message<T: Serialize>(name: &'static str, message: &T) -> Message {
    let cbor = encode(message);
    Message { name, value: Tree::of(&cbor), cbor: hex::encode(cbor) }
}

fn context() -> Context {
    let city = "019aa4c2-5a00-7000-8000-0000000000a0".parse().expect("an id");
    let unit_of = |id, name: &str, kind, parent, valid_from| Unit {
        id,
        code: "00364".into(),
        name: name.into(),
        full_name: format!("Phường {name}"),
        kind,
        parent,
        valid_from,
        valid_to: None,
    };
    Context {
        person: person(),
        person_name: "Nguyễn Thị Hòa".into(),
        device: records::device(),
        posts: vec![Post {
            role: Role::CommuneDataOfficer,
            unit: unit(),
            valid_from: Some(date(2025, 7, 1)),
            valid_to: None,
        }],
        units: vec![unit_of(unit(), "Khương Đình", UnitKind::Ward, Some(city), Some(date(2025, 7, 1)))],
        scope: vec![unit()],
        home: Some(Home { facility: document(), unit: unit(), place: "Nhà trọ Hoa Sen".into() }),
        templates: vec![TemplateOffer {
            code: "mini_apartment".into(),
            version: "draft-1".into(),
            sha256: "ab".repeat(32),
            current: true,
        }],
        max_photo_bytes: 64 * 1024 * 1024,
        courier: None,
        withdrawn: Vec::new(),
        pass: None,
        clock: UtcMillis(AT),
    }
}

/// `messages.json`
pub(super) fn messages() -> Vec<Message> {
    let author = secret(OFFICER).public();
    let enrol = |grant: EnrolGrant, person_name: Option<&str>| {
        let proof = secret(OFFICER).sign(&EnrolRequest::signed_bytes(&author, &grant));
        let person_name = person_name.map(str::to_owned);
        EnrolRequest {
            grant, author, proof, device_name: "Điện thoại của Hòa".into(), person_name, certificate: None
        }
    };
    let outcome = |byte: u8, verdict| PushOutcome { envelope: EnvelopeId([byte; 32]), verdict };
    let cursor = |sequence| Cursor { epoch: "1k9x".into(), sequence };
    vec![
        message("POST enrol, with a code", &enrol(EnrolGrant::Code { code: "ABCD-2345-EFGH".into() }, None)),
        message(
            "POST enrol, with an invitation",
            &enrol(EnrolGrant::Invitation { invitation: invitation() }, Some("Trần Văn Thủy")),
        ),
        message(
            "answer to enrol",
            &EnrolAnswer {
                token: "dGhpcyBpcyBhIHRva2VuIG9mIG5vIHNlcnZlciBhdCBhbGw".into(),
                certificate: certificate(),
                server: secret(SERVER).public(),
                context: context(),
            },
        ),
        message("answer to context", &context()),
        message(
            "POST push",
            &PushRequest {
                envelopes: vec![ByteBuf::from(vec![0xa1, 0x61, 0x76, 0x01])],
                device: DeviceReport {
                    app_version: "0.1.0".into(),
                    clock: UtcMillis(AT),
                    unsent_envelopes: 1,
                    unsent_photos: 2,
                    oldest_unsent: Some(UtcMillis(AT - 3_600_000)),
                },
                authors: Vec::new(),
                marks: vec![StoreMark(vec![7; 54])],
            },
        ),
        message(
            "answer to push",
            &PushAnswer {
                outcomes: vec![
                    outcome(1, PushVerdict::Accepted),
                    outcome(2, PushVerdict::AlreadyKnown),
                    outcome(3, PushVerdict::Waiting { missing: vec![ChangeHash([4; 32])] }),
                    outcome(
                        5,
                        PushVerdict::Quarantined {
                            code: ErrorCode::RecordSealed,
                            reason: "This came after the record was sealed.".into(),
                            why: Some(Why {
                                cause: "after_seal".into(),
                                vi: "Nội dung này đến sau khi biên bản đã ký và khóa.".into(),
                            }),
                        },
                    ),
                    outcome(6, PushVerdict::Refused { code: ErrorCode::QuarantineFull, reason: "no room".into() }),
                ],
                clock: UtcMillis(AT),
                mark: Some(StoreMark(vec![8; 54])),
            },
        ),
        message(
            "POST pull",
            &PullRequest {
                cursors: vec![UnitCursor { unit: unit(), cursor: Some(cursor(41)) }],
                context: Some(context().tag()),
                brief: false,
                room: None,
                templates: vec![],
                device: Some(DeviceReport {
                    app_version: "0.1.0".into(),
                    clock: UtcMillis(AT),
                    unsent_envelopes: 0,
                    unsent_photos: 2,
                    oldest_unsent: Some(UtcMillis(AT)),
                }),
                own_by_name: false,
                marks: vec![StoreMark(vec![8; 54])],
            },
        ),
        message(
            "answer to pull",
            &PullAnswer {
                units: vec![UnitPage {
                    unit: unit(),
                    envelopes: vec![ByteBuf::from(vec![0xa1, 0x61, 0x76, 0x01])],
                    cursor: cursor(42),
                    moved: vec![Moved {
                        document: "019aa4c2-5a00-7000-8000-0000000000ad".parse().expect("an id"),
                        unit: "019aa4c2-5a00-7000-8000-0000000000ae".parse().expect("an id"),
                        unit_name: "Phường Khương Đình".into(),
                    }],
                    more: false,
                    restarted: false,
                }],
                gone: vec!["019aa4c2-5a00-7000-8000-0000000000ab".parse().expect("an id")],
                authors: vec![certificate()],
                clock: UtcMillis(AT),
                context: None,
                clocks: vec![DeviceClock {
                    device: "019aa4c2-5a00-7000-8000-0000000000ac".parse().expect("an id"),
                    spans: vec![ClockSpan {
                        from: UtcMillis(AT - 86_400_000),
                        until: UtcMillis(AT),
                        offset_ms: -94_608_000_000,
                    }],
                }],
                templates: vec![],
                mark: Some(StoreMark(vec![9; 54])),
            },
        ),
        message("POST photos/offer", &PhotoOffer { hashes: vec![PhotoHash([1; 32]), PhotoHash([2; 32])] }),
        message(
            "answer to photos/offer",
            &PhotoOfferAnswer {
                missing: vec![PhotoHash([2; 32])],
                held: vec![PhotoHash([1; 32])],
                mark: Some(StoreMark(vec![9; 54])),
            },
        ),
    ]
}
