//! Vectors of keys, ids, envelopes and seals.

use ancu_shared::author::{AuthorCertificate, AuthorIdentity, AuthorSecret};
use ancu_shared::clock::UtcMillis;
use ancu_shared::document::Document;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, ChangeHash, DeviceId, DocumentId, EnvelopeId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{Known, Register as _};
use ancu_shared::record::seal;
use ancu_shared::record::value::{OperationId, Scalar};
use ancu_shared::record::visit::Visit;
use ancu_shared::sync::admission::check_envelope;
use ancu_shared::sync::brief;
use ancu_shared::sync::wire::{EnrolGrant, EnrolRequest, Invitation, SignedInvitation};
use ancu_shared::view::build::review_id;
use serde::Serialize;

use super::Tree;

/// Whoever writes in the vectors: officer, colleague, server.
pub(super) const OFFICER: [u8; 32] = [1; 32];
const COLLEAGUE: [u8; 32] = [2; 32];
pub(super) const SERVER: [u8; 32] = [3; 32];
/// 2026-11-21T02:30:00Z.
pub(super) const AT: i64 = 1_795_228_200_000;

pub(super) fn secret(seed: [u8; 32]) -> AuthorSecret {
    AuthorSecret::from_seed(&seed)
}

pub(super) fn document() -> DocumentId {
    "019aa4c2-5a00-7000-8000-000000000001".parse().expect("an id")
}

pub(super) fn unit() -> UnitId {
    "019aa4c2-5a00-7000-8000-0000000000aa".parse().expect("an id")
}

pub(super) fn person() -> PersonId {
    "019aa4c2-5a00-7000-8000-0000000000bb".parse().expect("an id")
}

/// A signature over a tag and content.
#[derive(Serialize)]
struct Signed {
    seed: String,
    author: String,
    words: String,
    signature: String,
}

fn signed(seed: [u8; 32], words: &[u8]) -> Signed {
    let secret = secret(seed);
    Signed {
        seed: hex::encode(seed),
        author: secret.public().to_string(),
        words: hex::encode(words),
        signature: hex::encode(secret.sign(words).0),
    }
}

#[derive(Serialize)]
struct Actor {
    epoch: u32,
    actor: String,
}

#[derive(Serialize)]
struct KeyOf {
    seed: String,
    author: String,
    actors: Vec<Actor>,
}

#[derive(Serialize)]
struct Proof {
    grant: String,
    proof: Signed,
}

#[derive(Serialize)]
struct Body {
    value: Tree,
    bytes: String,
    signed: Signed,
}

/// `keys.json`
#[derive(Serialize)]
pub(super) struct Keys {
    authors: Vec<KeyOf>,
    enrolment: Proof,
    certificate: Body,
    invitation: Body,
}

pub(super) fn certificate() -> AuthorCertificate {
    let identity = AuthorIdentity {
        key: secret(OFFICER).public(),
        person: person(),
        person_name: "Nguyễn Thị Hòa".into(),
        device: device(),
        device_name: "Điện thoại của Hòa".into(),
        held_by_server: false,
        certified_at: UtcMillis(AT),
    };
    AuthorCertificate::issue(&identity, &secret(SERVER))
}

pub(super) fn device() -> DeviceId {
    "019aa4c2-5a00-7000-8000-0000000000cc".parse().expect("an id")
}

pub(super) fn invitation() -> SignedInvitation {
    let invitation = Invitation {
        nonce: [9; 16],
        facility: document(),
        unit: unit(),
        place: "Nhà trọ Hoa Sen, 12 ngõ 29 Khương Hạ".into(),
        expires_at: UtcMillis(AT + 86_400_000),
        author: secret(OFFICER).public(),
    };
    SignedInvitation::issue(&invitation, &secret(OFFICER))
}

pub(super) fn keys() -> Keys {
    let authors = [OFFICER, COLLEAGUE, SERVER].map(|seed| KeyOf {
        seed: hex::encode(seed),
        author: secret(seed).public().to_string(),
        actors: [0, 1, 70_000]
            .map(|epoch| Actor { epoch, actor: ActorId::derive(&secret(seed).public(), epoch).to_string() })
            .into(),
    });
    let grant = EnrolGrant::Code { code: "ABCD-2345-EFGH".into() };
    let words = EnrolRequest::signed_bytes(&secret(OFFICER).public(), &grant);
    let body = |tag: &[u8], bytes: &[u8], seed| Body {
        value: Tree::of(bytes),
        bytes: hex::encode(bytes),
        signed: signed(seed, &[tag, bytes].concat()),
    };
    let (certificate, invitation) = (certificate(), invitation());
    let keys = Keys {
        authors: authors.into(),
        enrolment: Proof { grant: "ABCD-2345-EFGH".into(), proof: signed(OFFICER, &words) },
        certificate: body(b"ancu-certificate-v1", &certificate.identity, SERVER),
        invitation: body(b"ancu-invitation-v1", &invitation.body, OFFICER),
    };
    // What is written down is what the code itself signs and believes.
    assert_eq!(keys.certificate.signed.signature, hex::encode(certificate.signature.0));
    assert_eq!(keys.invitation.signed.signature, hex::encode(invitation.signature.0));
    assert!(certificate.verified(&secret(SERVER).public()).is_some() && invitation.verified().is_some());
    keys
}

#[derive(Serialize)]
struct Review {
    subject: String,
    id: String,
}

#[derive(Serialize)]
struct VisitOf {
    facility: String,
    day: String,
    number: u32,
    template: String,
    id: String,
}

/// `ids.json`
#[derive(Serialize)]
pub(super) struct Ids {
    reviews: Vec<Review>,
    visits: Vec<VisitOf>,
}

pub(super) fn ids() -> Ids {
    let other = DocumentId::from_bytes([0xfe; 16]);
    let visits = [(document(), 1, "mini_apartment"), (document(), 2, "mini_apartment"), (other, 1, "boarding_house")];
    Ids {
        reviews: [document(), other]
            .map(|subject| Review { subject: subject.to_string(), id: review_id(subject).to_string() })
            .into(),
        visits: visits
            .map(|(facility, number, template)| {
                let visit = Visit { facility, template: template.into(), day: jiff::civil::date(2026, 11, 21), number };
                let id = visit.id().to_string();
                let day = visit.day.to_string();
                VisitOf { facility: facility.to_string(), day, number, template: visit.template, id }
            })
            .into(),
    }
}

#[derive(Serialize)]
struct Put {
    key: String,
    value: Scalar,
}

#[derive(Serialize)]
struct Change {
    puts: Vec<Put>,
    at: i64,
    dependencies: Vec<String>,
    hash: String,
    bytes: String,
}

#[derive(Serialize)]
struct Sample {
    name: &'static str,
    seed: String,
    document: String,
    kind: &'static str,
    unit: String,
    author: String,
    epoch: u32,
    actor: String,
    changes: Vec<Change>,
    words: String,
    signature: String,
    envelope: String,
    brief: String,
    id: String,
}

#[derive(Serialize)]
struct Refused {
    name: &'static str,
    envelope: String,
    code: &'static str,
}

/// `envelopes.json`
#[derive(Serialize)]
pub(super) struct Envelopes {
    accepted: Vec<Sample>,
    refused: Vec<Refused>,
}

fn commit(record: &mut Document, puts: &[(&str, Scalar)], at: i64) -> CheckedChange {
    for (key, value) in puts {
        record.put(&Key::parse(key).expect("a key"), value).expect("a put");
    }
    record.commit(UtcMillis(at)).expect("a commit").expect("a change")
}

fn sealed(seed: [u8; 32], epoch: u32, changes: &[CheckedChange]) -> Envelope {
    let changes = changes.iter().map(|change| (change.hash, change.bytes.clone())).collect();
    Envelope::seal(document(), RecordKind::Facility, unit(), &secret(seed), epoch, changes)
}

fn sample(name: &'static str, seed: [u8; 32], epoch: u32, changes: &[CheckedChange]) -> Sample {
    let envelope = sealed(seed, epoch, changes);
    let bytes = envelope.encode();
    assert_eq!(check_envelope(&bytes).map(|checked| checked.changes), Ok(changes.to_vec()), "{name}");
    let hashes: Vec<ChangeHash> = changes.iter().map(|change| change.hash).collect();
    Sample {
        name,
        seed: hex::encode(seed),
        document: document().to_string(),
        kind: RecordKind::Facility.code(),
        unit: unit().to_string(),
        author: envelope.author.to_string(),
        epoch,
        actor: envelope.actor().to_string(),
        changes: changes
            .iter()
            .map(|change| Change {
                puts: change
                    .operations
                    .iter()
                    .map(|put| Put { key: put.key.clone(), value: put.put.clone().unwrap_or(Scalar::Null) })
                    .collect(),
                at: change.at.0,
                dependencies: change.dependencies.iter().map(ToString::to_string).collect(),
                hash: change.hash.to_string(),
                bytes: hex::encode(&change.bytes),
            })
            .collect(),
        words: hex::encode(envelope.signed_bytes(&hashes)),
        signature: hex::encode(envelope.signature.0),
        id: EnvelopeId::of(&bytes).to_string(),
        brief: hex::encode(brief::brief(&bytes)),
        envelope: hex::encode(bytes),
    }
}

pub(super) fn envelopes() -> Envelopes {
    let actor = |seed, epoch| ActorId::derive(&secret(seed).public(), epoch);
    let mut record = Document::new(actor(OFFICER, 0));
    let begun = commit(
        &mut record,
        &[
            ("h/schema", Scalar::Int(1)),
            ("h/name", "Nhà trọ Hoa Sen".into()),
            ("h/storeys", Scalar::Int(6)),
            ("h/latitude", Scalar::Number(20.994_5)),
        ],
        AT,
    );
    let edited = commit(&mut record, &[("h/storeys", Scalar::Int(7)), ("h/latitude", Scalar::Null)], AT + 60_000);
    let mut copy = Document::new(actor(COLLEAGUE, 1));
    copy.apply(&[begun.clone(), edited.clone()]).expect("the changes fit");
    let answered = commit(&mut copy, &[("h/note", "Cửa sau khóa ngoài. ".repeat(20).into())], AT + 120_000);

    let whole = [begun.clone(), edited.clone()];
    let good = sealed(OFFICER, 0, &whole).encode();
    let mut tail = good.clone();
    tail.push(0);
    let mut flipped = good.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let mut torn = begun.bytes.clone();
    let last = torn.len() - 1;
    torn[last] ^= 1;
    let refusals = [
        ("bytes after the end", tail),
        ("another signature", flipped),
        ("a version that nobody knows", Envelope { v: 2, ..sealed(OFFICER, 0, &whole) }.encode()),
        ("no change", Envelope { changes: vec![], ..sealed(OFFICER, 0, &whole) }.encode()),
        ("moved to another epoch", Envelope { epoch: 1, ..sealed(OFFICER, 0, &whole) }.encode()),
        ("another author's changes", sealed(COLLEAGUE, 0, &whole).encode()),
        (
            "sequence numbers that do not follow each other",
            sealed(OFFICER, 0, &[begun.clone(), begun.clone()]).encode(),
        ),
        (
            "a change whose checksum is wrong",
            Envelope { changes: vec![serde_bytes::ByteBuf::from(torn)], ..sealed(OFFICER, 0, &whole) }.encode(),
        ),
    ];
    Envelopes {
        accepted: vec![
            sample("two changes of one author", OFFICER, 0, &whole),
            sample("one change of another author, in a later epoch, on top", COLLEAGUE, 1, &[answered]),
        ],
        refused: refusals
            .into_iter()
            .map(|(name, bytes)| {
                let refusal = check_envelope(&bytes).expect_err(name);
                Refused { name, envelope: hex::encode(bytes), code: refusal.code.code() }
            })
            .collect(),
    }
}

#[derive(Serialize)]
struct Seal {
    document: String,
    at: i64,
    by: String,
    heads: Vec<String>,
    /// Of a supplement: the other sealed parts and the decisions that its signer had; absent in the first version.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Known>,
    words: Signed,
    key: String,
    /// The text at that key.
    register: Scalar,
}

/// `seals.json`
#[derive(Serialize)]
pub(super) struct Seals {
    seals: Vec<Seal>,
}

pub(super) fn seals() -> Seals {
    let one = |heads: Vec<ChangeHash>, at: i64, known: Option<Known>| {
        // Named in any order, signed in one.
        let (by, at_instant, named) = (person(), UtcMillis(at), heads.clone());
        let statement = seal::seal_knowing(document(), named, &secret(OFFICER), at_instant, by, known.clone());
        assert!(seal::verify(document(), &statement));
        let words = seal::sealed_bytes(document(), at_instant, by, &statement.heads, known.as_ref());
        Seal {
            document: document().to_string(),
            at,
            by: person().to_string(),
            heads: heads.iter().map(ToString::to_string).collect(),
            known,
            words: signed(OFFICER, &words),
            key: Key::Seal(ActorId::derive(&secret(OFFICER).public(), 0)).to_string(),
            register: statement.to_scalar(),
        }
    };
    Seals {
        seals: vec![
            one(vec![ChangeHash([0x44; 32])], AT, None),
            // A clock set back before 1970 is signed as it stands.
            one(vec![ChangeHash([0xee; 32]), ChangeHash([0x11; 32])], -1, None),
            // A supplement, signed after two other parts and one decision.
            one(
                vec![ChangeHash([0x44; 32])],
                AT,
                Some(Known::of(
                    [DocumentId::from_bytes([0x52; 16]), DocumentId::from_bytes([0x51; 16])],
                    [OperationId { counter: 7, actor: ActorId::derive(&secret(COLLEAGUE).public(), 0) }],
                )),
            ),
            // One whose signer had nothing but what it supplements.
            one(vec![ChangeHash([0xee; 32]), ChangeHash([0x11; 32])], AT, Some(Known::default())),
        ],
    }
}
