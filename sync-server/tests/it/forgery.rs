//! Envelopes that lie: about the record, the author, the place in history, the seal. Each is kept with its reason, and the
//! records that people see stay as they were.

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::UtcMillis;
use ancu_shared::document::Document;
use ancu_shared::document::guard;
use ancu_shared::envelope::Envelope;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{ActorId, ChangeHash, DocumentId, PhotoHash, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{Known, Register as _, SealStatement, Verdict};
use ancu_shared::record::seal;
use ancu_shared::record::value::Scalar;
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::{EnrolGrant, PushVerdict};
use ancu_sync_server::service::{Refused, devices, verify};
use reqwest::Method;

use crate::support::{HOUR, Record, START, TestDevice, TestServer, header, other_ward, photo_at, team, ward};
use crate::sync::quarantined;

/// An officer with posts in both wards, so that only the forgery can be wrong; a colleague; a supervisor.
async fn scene() -> (TestServer, TestDevice, TestDevice) {
    let server = TestServer::start()
        .await
        .with_user("canbo2", Role::CommuneDataOfficer, ward())
        .await
        .with_user("duyet1", Role::AreaTeamReviewer, team())
        .await;
    let officer = server.add_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let elsewhere = Post { role: Role::CommuneDataOfficer, unit: other_ward(), valid_from: None, valid_to: None };
    let job = server.running.app().store.write(move |transaction| {
        transaction.add_post(officer, &elsewhere)?;
        Ok::<_, Refused>(())
    });
    job.await.expect("post");
    let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
    (server, one, two)
}

/// The changes of an envelope, with their hashes.
fn changes(envelope: &[u8]) -> Vec<(ChangeHash, Vec<u8>)> {
    let envelope = Envelope::decode(envelope).expect("envelope");
    let hash = |bytes: &[u8]| guard::check_change(bytes, envelope.kind).expect("change").hash;
    envelope.changes.iter().map(|bytes| (hash(bytes), bytes.to_vec())).collect()
}

/// The same changes, signed anew as something else.
fn resigned(
    envelope: &[u8],
    secret: &AuthorSecret,
    epoch: u32,
    (document, kind, unit): (DocumentId, RecordKind, UnitId),
) -> Vec<u8> {
    Envelope::seal(document, kind, unit, secret, epoch, changes(envelope)).encode()
}

/// What an envelope says, in another CBOR spelling.
fn respelled(envelope: &[u8], edit: impl FnOnce(&mut Vec<(ciborium::Value, ciborium::Value)>)) -> Vec<u8> {
    let ciborium::Value::Map(mut entries) = ciborium::from_reader(envelope).expect("cbor") else {
        panic!("an envelope is a map")
    };
    edit(&mut entries);
    let mut bytes = Vec::new();
    ciborium::into_writer(&ciborium::Value::Map(entries), &mut bytes).expect("cbor");
    bytes
}

#[tokio::test]
async fn what_is_not_what_it_says_is_kept_apart() {
    let (server, one, two) = scene().await;
    let (mut facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (_, begun) = Record::inspection(&one, ward(), facility.id);
    let inspection = Envelope::decode(&begun).expect("envelope").document;
    one.push(&[first.clone(), begun.clone()]).await.expect("push");
    let next = facility.write(&[header("name", "Của kẻ khác")]);
    let own = (facility.id, RecordKind::Facility, ward());
    let in_anothers_name = Record::open(&one, std::slice::from_ref(&begun), inspection).write(&[photo_at(
        "A-1",
        PhotoHash::of(b"photo"),
        two.person(),
    )]);
    let without_schema = Record::new(&one, RecordKind::Facility, ward()).write(&[header("name", "Không phiên bản")]);
    let answer = Record::open(&one, std::slice::from_ref(&begun), inspection).answer("A-1", Verdict::Pass);
    let misplaced = resigned(&answer, &one.secret, 0, own);
    let mut trailing = next.clone();
    trailing.push(0);
    for (what, envelope, expected) in [
        ("another kind", resigned(&next, &one.secret, 0, (own.0, RecordKind::Inspection, own.2)), None),
        (
            "another unit",
            resigned(&next, &one.secret, 0, (own.0, own.1, other_ward())),
            Some(ErrorCode::RecordMismatch),
        ),
        ("a colleague's changes", resigned(&next, &two.secret, 0, own), Some(ErrorCode::ChangeInvalid)),
        ("another epoch", resigned(&next, &one.secret, 1, own), Some(ErrorCode::ChangeInvalid)),
        ("a statement in a colleague's name", in_anothers_name, Some(ErrorCode::ChangeInvalid)),
        ("a first change without a schema", without_schema, Some(ErrorCode::ChangeInvalid)),
        ("an answer in a premises", misplaced, Some(ErrorCode::ChangeInvalid)),
        ("bytes after the end", trailing, Some(ErrorCode::EnvelopeInvalid)),
        ("a second spelling", respelled(&next, |entries| entries.reverse()), Some(ErrorCode::EnvelopeInvalid)),
        (
            "a version to come",
            respelled(&next, |entries| entries[0].1 = ciborium::Value::Integer(2.into())),
            Some(ErrorCode::EnvelopeInvalid),
        ),
        (
            "a signature of nothing",
            respelled(&next, |entries| {
                let ciborium::Value::Bytes(signature) = &mut entries.last_mut().expect("signature").1 else {
                    panic!("a signature is bytes")
                };
                signature.fill(0);
            }),
            Some(ErrorCode::SignatureInvalid),
        ),
    ] {
        let verdict = one.send(&envelope).await;
        let code = quarantined(&verdict).unwrap_or_else(|| panic!("{what}: {verdict:?}"));
        let kind = [ErrorCode::RecordMismatch, ErrorCode::ChangeInvalid];
        assert!(expected.map_or(kind.contains(&code), |expected| code == expected), "{what}: {verdict:?}");
    }
    assert_eq!(two.pull_all().await, [first, begun], "nobody gets any of it");
    let cookie = server.login("duyet1").await;
    let sheet = server.get(&cookie, &format!("/api/v1/facilities/{}", facility.id)).await;
    assert_eq!(sheet["summary"]["name"], "Nhà trọ Hoa Sen");
    // The honest envelope is taken all the same.
    assert_eq!(one.send(&next).await, PushVerdict::Accepted);
    assert!(verify::doctor(server.running.app()).await.expect("doctor").iter().all(|check| check.good));
}

#[tokio::test]
async fn a_phone_restored_from_an_old_copy_does_not_overwrite_its_later_life() {
    let (server, one, two) = scene().await;
    let (mut phone, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let mut copy = Record::open(&one, std::slice::from_ref(&first), phone.id);
    let later = phone.write(&[header("storeys", 5)]);
    let forked = copy.write(&[header("storeys", 9)]);
    one.push(&[first.clone(), later.clone()]).await.expect("push");
    assert_eq!(quarantined(&one.send(&forked).await), Some(ErrorCode::ChangeInvalid));
    // Said again, it is refused again, and listed once.
    assert_eq!(quarantined(&one.send(&forked).await), Some(ErrorCode::ChangeInvalid));
    assert_eq!(two.pull_all().await, [first, later]);
    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/quarantine").await;
    assert_eq!((&list["total"], &list["items"][0]["author_name"]), (&1.into(), &"Người canbo1".into()));
    let found = server.get(&cookie, "/api/v1/facilities").await;
    assert_eq!(found["items"][0]["storeys"], 5);
}

#[tokio::test]
async fn only_the_authors_own_seal_over_this_record_finishes_it() {
    let (server, one, two) = scene().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut record, begun) = Record::inspection(&one, ward(), facility.id);
    let answered = record.answer("A-1", Verdict::Fail);
    one.push(&[first, begun.clone(), answered.clone()]).await.expect("push");
    let heads = vec![changes(&answered)[0].0];
    let older = vec![changes(&begun)[0].0];
    let (at, own) = (UtcMillis(START), ActorId::derive(&one.secret.public(), 0));
    let foreign = ActorId::derive(&two.secret.public(), 0);
    let good = |heads: &Vec<ChangeHash>| seal::seal(record.id, heads.clone(), &one.secret, at, one.person());
    let mut backdated = good(&heads);
    backdated.at = UtcMillis(START - HOUR);
    let knowing = |parts: Vec<DocumentId>| {
        let known = Some(Known { parts, decisions: Vec::new() });
        seal::seal_knowing(record.id, heads.clone(), &one.secret, at, one.person(), known)
    };
    let stripped = SealStatement { known: None, ..knowing(vec![facility.id]) };
    let added = SealStatement { known: Some(Known::default()), ..good(&heads) };
    let many = (0..=seal::MOST_KNOWN as u128).map(|it| DocumentId::from_bytes(it.to_be_bytes())).collect();
    let cases = [
        ("that does not say what was known any more", own, stripped),
        ("that says now what was known", own, added),
        ("that knew something twice", own, knowing(vec![facility.id, facility.id])),
        ("that knew more than anybody", own, knowing(many)),
        ("a colleague's", own, seal::seal(record.id, heads.clone(), &two.secret, at, two.person())),
        ("a colleague's in one's own name", own, seal::seal(record.id, heads.clone(), &two.secret, at, one.person())),
        ("one's own in a colleague's name", own, seal::seal(record.id, heads.clone(), &one.secret, at, two.person())),
        ("at a colleague's place", foreign, good(&heads)),
        ("of another record", own, seal::seal(facility.id, heads.clone(), &one.secret, at, one.person())),
        ("of an older state", own, good(&older)),
        ("of nothing", own, good(&vec![])),
        ("with another time", own, backdated),
    ];
    for (what, actor, statement) in cases {
        let mut forged = Record::open(&one, &[begun.clone(), answered.clone()], record.id);
        let envelope = forged
            .write(&[(Key::Seal(actor), statement.to_scalar()), (Key::State("state".into()), "completed".into())]);
        let verdict = one.send(&envelope).await;
        assert_eq!(quarantined(&verdict), Some(ErrorCode::ChangeInvalid), "{what}: {verdict:?}");
    }
    // Finished without a seal is not finished.
    let mut bare = Record::open(&one, &[begun, answered], record.id);
    let verdict = one.send(&bare.write(&[(Key::State("state".into()), "completed".into())])).await;
    assert_eq!(quarantined(&verdict), Some(ErrorCode::ChangeInvalid), "{verdict:?}");
    let cookie = server.login("duyet1").await;
    let path = format!("/api/v1/inspections/{}", record.id);
    assert_eq!(server.get(&cookie, &path).await["summary"]["state"], "in_progress");
    assert_eq!(one.send(&record.seal()).await, PushVerdict::Accepted);
    assert_eq!(server.get(&cookie, &path).await["summary"]["state"], "completed");
}

#[tokio::test]
async fn what_a_colleague_wrote_before_knowing_of_the_seal_is_kept_for_the_supervisor() {
    let (server, one, two) = scene().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut mine, begun) = Record::inspection(&one, ward(), facility.id);
    one.push(&[first, begun]).await.expect("push");
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    let apart = theirs.answer("A-2", Verdict::Fail);
    one.send(&mine.seal()).await;
    assert_eq!(quarantined(&two.send(&apart).await), Some(ErrorCode::RecordSealed));
    // Who wrote it is told why; the supervisor sees it and lets it in.
    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/quarantine").await;
    assert_eq!(list["items"][0]["code"], "record_sealed");
    assert!(list["items"][0]["title"].as_str().is_some_and(|words| !words.is_empty()));
    let path = format!("/api/v1/quarantine/{}/release", list["items"][0]["id"]);
    assert_eq!(server.call(&cookie, Method::POST, &path, None).await.status(), 200);
    let view = server.get(&cookie, &format!("/api/v1/inspections/{}", mine.id)).await;
    assert_eq!(view["summary"]["state"], "completed");
    assert_eq!(view["items"][0]["code"], "A-2", "{view}");
    assert_eq!(two.send(&apart).await, PushVerdict::AlreadyKnown);
}

#[tokio::test]
async fn what_a_colleague_sent_before_a_seal_that_does_not_cover_it_is_kept_beside_it() {
    let (server, one, two) = scene().await;
    let (facility, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    let (mut mine, begun) = Record::inspection(&one, ward(), facility.id);
    let answered = mine.answer("A-1", Verdict::Pass);
    one.push(&[first, begun, answered]).await.expect("push");
    let mut theirs = Record::open(&two, &two.pull_all().await, mine.id);
    // It replaces an answer of the officer who signs, and it is admitted before the seal comes.
    let apart = [theirs.answer("A-1", Verdict::Fail), theirs.answer("A-2", Verdict::Fail)];
    for envelope in &apart {
        assert_eq!(two.send(envelope).await, PushVerdict::Accepted);
    }
    let cookie = server.login("duyet1").await;
    let path = format!("/api/v1/inspections/{}", mine.id);
    assert_eq!(server.get(&cookie, &path).await["summary"]["progress"]["failed"], 2);
    assert_eq!(one.send(&mine.seal()).await, PushVerdict::Accepted);
    let view = server.get(&cookie, &path).await;
    assert_eq!((&view["summary"]["state"], &view["summary"]["progress"]["failed"]), (&"completed".into(), &0.into()));
    assert_eq!(view["items"][0]["statements"][0]["answer"]["value"], "pass", "what was signed: {view}");
    assert_eq!(
        (&view["summary"]["late_failed"], view["late"][0]["items"].as_array().map(Vec::len)),
        (&2.into(), Some(2))
    );
    // Nothing of it is in the feed, its author is told why, and it is nobody's loss.
    let feed = two.pull_all().await;
    assert!(apart.iter().all(|envelope| !feed.contains(envelope)), "it is beside the record");
    assert_eq!(quarantined(&two.send(&apart[0]).await), Some(ErrorCode::RecordSealed));
    let list = server.get(&cookie, "/api/v1/quarantine").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2), "{list}");
    assert_eq!(list["items"][0]["cause"], "beside_seal");
    // A supervisor lets it in: then it is in the feed and in the record, after the seal.
    for row in list["items"].as_array().expect("items").iter().rev() {
        let path = format!("/api/v1/quarantine/{}/release", row["id"]);
        assert_eq!(server.call(&cookie, Method::POST, &path, None).await.status(), 200);
    }
    let feed = two.pull_all().await;
    assert!(apart.iter().all(|envelope| feed.contains(envelope)), "let in");
    assert_eq!(server.get(&cookie, &path).await["summary"]["progress"]["failed"], 2);
    verify::audit(server.running.app()).await.expect("the audit holds");
}

#[tokio::test]
async fn an_author_that_nobody_certified_is_believed_once_it_enrols() {
    let (server, one, _) = scene().await;
    let (elsewhere, stranger, _) = scene().await;
    let (_, envelope) = Record::facility(&stranger, ward(), "Nhà trọ Hoa Sen");
    assert_eq!(quarantined(&one.send(&envelope).await), Some(ErrorCode::AuthorUnknown));
    elsewhere.running.stop().await;
    let grant = EnrolGrant::Code { code: server.code("canbo1").await };
    TestDevice::try_enrol(&server, &stranger.secret, grant, None).await.expect("enrol");
    assert_eq!(one.send(&envelope).await, PushVerdict::Accepted);
    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/quarantine").await;
    assert!(list["items"].as_array().expect("items").iter().all(|row| row["released_at"].is_i64()), "{list}");
    assert_eq!(server.get(&cookie, "/api/v1/dashboard").await["quarantined"], 0);
}

#[tokio::test]
async fn a_stolen_phones_work_is_held_back_whoever_carries_it() {
    let (server, one, two) = scene().await;
    let (_, envelope) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    assert!(devices::revoke(server.running.app(), None, one.context.device).await.expect("revoke"));
    assert_eq!(
        one.push(std::slice::from_ref(&envelope)).await.expect_err("revoked").known_code(),
        ErrorCode::DeviceRevoked
    );
    assert_eq!(quarantined(&two.send(&envelope).await), Some(ErrorCode::DeviceRevoked));
    // It was the officer's own work after all: a supervisor lets it in.
    let cookie = server.login("duyet1").await;
    let list = server.get(&cookie, "/api/v1/quarantine").await;
    let path = format!("/api/v1/quarantine/{}/release", list["items"][0]["id"]);
    assert_eq!(server.call(&cookie, Method::POST, &path, None).await.status(), 200);
    assert_eq!(two.pull_all().await, [envelope]);
}

#[tokio::test]
async fn a_devices_clock_says_when_it_thinks_it_was_and_gives_no_right() {
    let (server, one, two) = scene().await;
    for (name, at) in [("Năm 1970", 0), ("Năm 2099", 4_070_908_800_000), ("Trước công nguyên", -99_999_999_999_999)]
    {
        let id = Record::new(&one, RecordKind::Facility, ward()).id;
        let mut document = Document::new(ActorId::derive(&one.secret.public(), 0));
        let puts = [header("schema", 1), header("name", name), header("class", "mini_apartment")];
        let changes = document.write_all(puts.iter().map(|(key, value)| (key, value)), UtcMillis(at)).expect("write");
        let changes = changes.into_iter().map(|change| (change.hash, change.bytes)).collect();
        let envelope = Envelope::seal(id, RecordKind::Facility, ward(), &one.secret, 0, changes).encode();
        assert_eq!(one.send(&envelope).await, PushVerdict::Accepted, "{name}");
    }
    let cookie = server.login("canbo1").await;
    assert_eq!(server.get(&cookie, "/api/v1/facilities").await["total"], 3);
    assert_eq!(two.pull_all().await.len(), 3);
    let answer = one.push(&[]).await.expect("push");
    assert_eq!(answer.clock, server.now(), "the device learns what time it is");
}

#[tokio::test]
async fn hostile_values_break_no_screen() {
    let (server, one, _) = scene().await;
    let cookie = server.login("duyet1").await;
    let (good, first) = Record::facility(&one, ward(), "Nhà trọ Hoa Sen");
    one.send(&first).await;
    let values = || {
        [
            Scalar::Int(i64::MAX),
            Scalar::Int(i64::MIN),
            Scalar::Number(1e308),
            Scalar::Number(-0.0),
            Scalar::Bool(true),
            Scalar::Null,
            Scalar::from(""),
            Scalar::from("%_\\'\"<script>alert(1)</script>\u{202e}"),
            Scalar::from("x".repeat(3_000)),
        ]
    };
    let fields = ["name", "class", "address", "latitude", "longitude", "storeys", "residents", "position_source"];
    let mut admitted = 0;
    for name in fields {
        for value in values() {
            let mut record = Record::new(&one, RecordKind::Facility, ward());
            let verdict = one.send(&record.write(&[header("schema", 1), header(name, value.clone())])).await;
            admitted += u32::from(verdict == PushVerdict::Accepted);
            let sheet = server.call(&cookie, Method::GET, &format!("/api/v1/facilities/{}", record.id), None).await;
            assert!(!sheet.status().is_server_error(), "{name} = {value:?}");
        }
    }
    for name in ["template", "template_version", "started_at", "purpose"] {
        for value in values() {
            let (mut record, begun) = Record::inspection(&one, ward(), good.id);
            let odd = record.write(&[header(name, value.clone())]);
            one.send(&begun).await;
            let verdicts = [one.send(&odd).await, one.send(&record.answer("A-9", Verdict::Fail)).await];
            admitted += verdicts.iter().map(|verdict| u32::from(*verdict == PushVerdict::Accepted)).sum::<u32>();
            let view = server.call(&cookie, Method::GET, &format!("/api/v1/inspections/{}", record.id), None).await;
            assert!(!view.status().is_server_error(), "{name} = {value:?}");
        }
    }
    // What fits no field is held; a supervisor lets all of it in, for the screens to meet it.
    loop {
        let list = server.get(&cookie, "/api/v1/quarantine").await;
        let open = list["items"].as_array().expect("items").iter().filter(|row| row["released_at"].is_null());
        let open: Vec<_> = open.map(|row| row["id"].clone()).collect();
        let mut released = 0;
        for id in open {
            let path = format!("/api/v1/quarantine/{id}/release");
            released += u32::from(server.call(&cookie, Method::POST, &path, None).await.status() == 200);
        }
        if released == 0 {
            break;
        }
        admitted += released;
    }
    assert!(admitted > 50, "the odd values came in: {admitted}");
    for kind in ["facilities", "inspections"] {
        let list = server.get(&cookie, &format!("/api/v1/{kind}?limit=200")).await;
        for row in list["items"].as_array().expect("items") {
            let path = format!("/api/v1/{kind}/{}", row["id"].as_str().expect("id"));
            let shown = server.call(&cookie, Method::GET, &path, None).await;
            assert!(!shown.status().is_server_error(), "{path}");
        }
    }
    for path in ["/facilities", "/inspections", "/inspections?order=danger", "/clashes", "/dashboard", "/quarantine"] {
        server.get(&cookie, &format!("/api/v1{path}")).await;
    }
    let sheet = server.get(&cookie, &format!("/api/v1/facilities/{}", good.id)).await;
    assert_eq!(sheet["summary"]["name"], "Nhà trọ Hoa Sen");
}
