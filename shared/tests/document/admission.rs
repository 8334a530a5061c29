//! Who may write what, and what becomes of what may not be written.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, PersonId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::register::{PhotoDetail, Register};
use ancu_shared::record::value::Scalar;
use ancu_shared::role::Role;
use ancu_shared::sync::admission::{Cause, Verdict, check_envelope, judge, judge_released};

use crate::chunk;
use crate::world::{OTHER_WARD, PREMISES, Server, VISIT, WARD, Writer, record_id, refusal, visit};

pub(crate) const HOME: DocumentId = record_id(61);

/// An officer with an inspection begun, and the server that knows the officer.
pub(crate) fn officer() -> (Server, Writer) {
    let mut server = Server::default();
    let writer = Writer::at_visit(1, &visit(1));
    assert_eq!(writer.id, VISIT);
    server.enrol(&writer, Role::CommuneDataOfficer);
    (server, writer)
}

/// A second officer at the same inspection, who has what the server has.
pub(crate) fn colleague(server: &mut Server, number: u8) -> Writer {
    let mut writer = Writer::new(number, RecordKind::Inspection, VISIT);
    server.enrol(&writer, Role::CommuneDataOfficer);
    writer.document.apply(server.log(VISIT)).expect("apply");
    writer
}

pub(crate) fn code(verdict: Verdict) -> ErrorCode {
    refusal(verdict).code
}

#[test]
fn honest_work_is_admitted_once_and_again_is_nothing_new() {
    let (mut server, mut writer) = officer();
    let answer = writer.answer("Cửa thoát hiểm bị khóa");
    writer.write(&[("i/ESC-01", answer)]);
    let first = writer.envelope();
    assert_eq!(server.receive(&first), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.receive(&first), Verdict::AlreadyKnown);
    writer.write(&[("f/ESC-01/note", Scalar::from("x"))]);
    writer.finish();
    assert_eq!(server.receive(&writer.envelope()), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.cells(VISIT), writer.document.cells().expect("cells"));
}

#[test]
fn a_log_cut_anew_is_admitted_from_where_it_is_new() {
    let (mut server, mut writer) = officer();
    let first = writer.unsent.clone();
    server.receive(&writer.envelope());
    let second = writer.write(&[("f/ESC-01/note", Scalar::from("x"))]);
    let again = writer.envelope_of(&[first, vec![second]].concat());
    assert_eq!(server.receive(&again), Verdict::Admit { known: 1, unit: WARD });
    assert_eq!(server.cells(VISIT), writer.document.cells().expect("cells"));
}

#[test]
fn what_builds_on_something_unknown_waits_for_it() {
    let (mut server, mut writer) = officer();
    let first = writer.envelope();
    let change = check_envelope(&first).expect("checked").changes[0].hash;
    writer.write(&[("f/ESC-01/note", Scalar::from("x"))]);
    let second = writer.envelope();
    assert_eq!(server.receive(&second), Verdict::Waiting { missing: vec![change] });
    assert_eq!(server.receive(&first), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.receive(&second), Verdict::Admit { known: 0, unit: WARD });
}

#[test]
fn envelopes_may_come_in_any_order() {
    // A seal that builds on an envelope still to come, covered by a colleague's head.
    let (mut server, mut one) = officer();
    server.receive(&one.envelope());
    one.write(&[("f/ESC-01/note", Scalar::from("x"))]);
    let second = one.envelope();
    let mut two = colleague(&mut server, 2);
    two.document.apply(&check_envelope(&second).expect("checked").changes).expect("apply");
    two.write(&[("f/ESC-02/note", Scalar::from("x"))]);
    let others = two.envelope();
    one.document.apply(&check_envelope(&others).expect("checked").changes).expect("apply");
    assert_eq!(one.finish().dependencies.len(), 2);
    let sealed = one.envelope();
    assert!(matches!(server.receive(&sealed), Verdict::Waiting { missing } if missing.len() == 2));
    for envelope in [second, others, sealed] {
        assert_eq!(server.receive(&envelope), Verdict::Admit { known: 0, unit: WARD });
    }
    // The second part of a declaration before the first, which names the premises.
    let mut head = Writer::new(3, RecordKind::Dwelling, HOME);
    server.enrol(&head, Role::HouseholdHead);
    head.create(&[("h/facility", Scalar::from(PREMISES.to_string()))]);
    let first = head.envelope();
    head.write(&[("h/note", Scalar::from("x"))]);
    let second = head.envelope();
    assert!(matches!(server.receive(&second), Verdict::Waiting { .. }));
    assert_eq!(server.receive(&first), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.receive(&second), Verdict::Admit { known: 0, unit: WARD });
    // Who has no right does not get to wait.
    server.posts.remove(&one.person);
    let mut late = Writer::at_visit(1, &visit(2));
    late.envelope();
    late.write(&[("h/note", Scalar::from("x"))]);
    assert_eq!(code(server.receive(&late.envelope())), ErrorCode::WriteForbidden);
}

#[test]
fn clocks_that_are_years_off_lose_nothing() {
    for at in [0, 4_102_444_800_000, 32_503_680_000_000] {
        let (mut server, mut writer) = officer();
        writer.document.put(&"f/ESC-01/note".parse_key(), &Scalar::from("x")).expect("put");
        writer.unsent.extend(writer.document.commit(UtcMillis(at)).expect("commit"));
        assert_eq!(server.receive(&writer.envelope()), Verdict::Admit { known: 0, unit: WARD }, "{at}");
    }
}

#[test]
fn two_devices_at_one_record_both_stay() {
    let (mut server, mut one) = officer();
    server.receive(&one.envelope());
    let mut two = colleague(&mut server, 2);
    let (a, b) = (one.answer("hẹp"), two.answer("khóa"));
    one.write(&[("i/ESC-01", a)]);
    two.write(&[("i/ESC-01", b)]);
    assert_eq!(server.receive(&two.envelope()), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.receive(&one.envelope()), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.cells(VISIT).iter().filter(|cell| cell.key == "i/ESC-01").count(), 2);
}

#[test]
fn envelopes_are_exact() {
    let (mut server, mut writer) = officer();
    let mut stranger = Writer::at_visit(9, &visit(1));
    assert_eq!(code(server.receive(&stranger.envelope())), ErrorCode::AuthorUnknown);

    // Another's change under one's own signature.
    let change = writer.unsent[0].clone();
    assert_eq!(code(server.receive(&stranger.envelope_of(std::slice::from_ref(&change)))), ErrorCode::ChangeInvalid);
    // One's own changes with one left out.
    let changes: Vec<_> = (0..3).map(|n| writer.write(&[("f/ESC-01/note", Scalar::Int(n))])).collect();
    let gap = writer.envelope_of(&[changes[0].clone(), changes[2].clone()]);
    assert_eq!(code(server.receive(&gap)), ErrorCode::ChangeInvalid);
    // A signature over other hashes.
    let forged = writer.envelope_of_bytes(vec![(ancu_shared::id::ChangeHash([0; 32]), change.bytes)]);
    assert_eq!(code(server.receive(&forged)), ErrorCode::SignatureInvalid);
    // A second spelling of one envelope would be a second id.
    let bytes = writer.envelope();
    assert_eq!(bytes[0] & 0xe0, 0xa0, "a CBOR map");
    let longer = [&[0xb8, bytes[0] & 0x1f], &bytes[1..]].concat();
    assert_eq!(code(server.receive(&longer)), ErrorCode::EnvelopeInvalid);
    assert_eq!(code(server.receive(b"nonsense")), ErrorCode::EnvelopeInvalid);
    assert_eq!(code(server.receive(&vec![0; 2_000_000])), ErrorCode::TooLarge);
    assert_eq!(server.receive(&bytes), Verdict::Admit { known: 0, unit: WARD });
}

#[test]
fn a_cloned_device_with_the_same_place_is_kept_apart() {
    let (mut server, mut writer) = officer();
    server.receive(&writer.envelope());
    let mut clone = Writer::new(1, RecordKind::Inspection, VISIT);
    clone.document.apply(server.log(VISIT)).expect("apply");
    writer.write(&[("f/ESC-01/note", Scalar::from("máy thật"))]);
    clone.write(&[("f/ESC-01/note", Scalar::from("bản sao"))]);
    assert_eq!(server.receive(&writer.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let taken = refusal(server.receive(&clone.envelope()));
    assert_eq!(taken.code, ErrorCode::ChangeInvalid);
    assert!(taken.cause == Cause::CopiedStore, "{taken}");
    // What the clone writes next waits for what is kept apart: nothing of it is lost either.
    clone.write(&[("f/ESC-02/note", Scalar::from("bản sao"))]);
    let changes = clone.unsent.clone();
    assert!(matches!(server.receive(&clone.envelope()), Verdict::Waiting { .. }));
    let own = clone.document.heads().expect("heads");
    assert_eq!(own, vec![changes[0].hash]);
}

#[test]
fn rights_are_of_the_post_the_unit_and_the_kind() {
    let (mut server, mut writer) = officer();
    let envelope = writer.envelope();
    server.posts.insert(writer.person, (Role::CommuneDataOfficer, OTHER_WARD));
    assert_eq!(code(server.receive(&envelope)), ErrorCode::WriteForbidden);
    server.posts.insert(writer.person, (Role::SysAdmin, WARD));
    assert_eq!(code(server.receive(&envelope)), ErrorCode::WriteForbidden);
    server.posts.remove(&writer.person);
    assert_eq!(code(server.receive(&envelope)), ErrorCode::WriteForbidden);
    // A supervisor may take in what was done before the post ended; nothing else is forgiven.
    let checked = check_envelope(&envelope).expect("checked");
    assert_eq!(judge_released(&checked, &server), Ok(Verdict::Admit { known: 0, unit: WARD }));
    server.admit(&checked, 0);
    server.posts.insert(writer.person, (Role::CommuneDataOfficer, WARD));
    server.authors.get_mut(&writer.secret.public()).expect("author").revoked = true;
    writer.write(&[("f/ESC-01/note", Scalar::from("x"))]);
    assert_eq!(code(server.receive(&writer.envelope())), ErrorCode::DeviceRevoked);
}

#[test]
fn kind_and_unit_of_a_record_never_change() {
    let (mut server, mut writer) = officer();
    server.receive(&writer.envelope());
    writer.write(&[("h/note", Scalar::from("x"))]);
    let changes = writer.unsent.clone();
    writer.unit = OTHER_WARD;
    assert_eq!(code(server.receive(&writer.envelope_of(&changes))), ErrorCode::RecordMismatch);
    (writer.unit, writer.kind) = (WARD, RecordKind::Facility);
    assert_eq!(code(server.receive(&writer.envelope_of(&changes))), ErrorCode::RecordMismatch);
}

#[test]
fn a_first_change_names_its_schema() {
    let mut server = Server::default();
    let mut writer = Writer::new(1, RecordKind::Facility, PREMISES);
    server.enrol(&writer, Role::CommuneDataOfficer);
    writer.write(&[("h/name", Scalar::from("Nhà trọ"))]);
    assert_eq!(code(server.receive(&writer.envelope())), ErrorCode::ChangeInvalid);
    let mut writer = Writer::new(1, RecordKind::Facility, PREMISES);
    writer.write(&[("h/schema", Scalar::from("1"))]);
    assert_eq!(code(server.receive(&writer.envelope())), ErrorCode::ChangeInvalid);
}

#[test]
fn statements_are_read_and_in_the_authors_name() {
    let (server, writer) = officer();
    let other = Writer::new(2, RecordKind::Inspection, VISIT);
    let photo = PhotoDetail {
        hash: ancu_shared::id::PhotoHash([0xab; 32]),
        bytes: 1,
        width: 1,
        height: 1,
        original_sha256: "00".repeat(32),
        taken_at: None,
        place: None,
        at: UtcMillis(1),
        by: writer.person,
        removed: false,
        marks: Vec::new(),
        origin: None,
    };
    let photo_key = format!("p/ESC-01/{}", photo.hash);
    let wrong_photo_key = format!("p/ESC-01/{}", "cd".repeat(32));
    let person = writer.person;
    for (key, value, admitted) in [
        ("i/ESC-01", writer.answer("đạt"), true),
        ("i/ESC-01", other.answer("đạt"), false),
        ("i/ESC-01", Scalar::from("pass"), false),
        ("i/ESC-01", Scalar::Int(1), false),
        ("i/ESC-01", Scalar::Null, true),
        // A newer version's statement is kept unread, but not in another's name.
        ("i/ESC-01", Scalar::from(format!(r#"{{"v":2,"b":"{person}","x":1}}"#)), true),
        ("i/ESC-01", Scalar::from(format!(r#"{{"v":2,"b":"{}"}}"#, other.person)), false),
        ("i/ESC-01", Scalar::from(r#"{"v":2}"#), false),
        // Text outside NFC, hidden in an escape.
        ("i/ESC-01", Scalar::from(format!(r#"{{"v":1,"a":null,"n":"e\u0302","t":1,"b":"{person}"}}"#)), false),
        (photo_key.as_str(), photo.to_scalar(), true),
        (wrong_photo_key.as_str(), photo.to_scalar(), false),
        ("f/ESC-01/detail", Scalar::from("{}"), false),
        ("h/facility", Scalar::from("Nhà trọ"), false),
        ("h/facility", Scalar::from("AB".repeat(4) + "-abab-abab-abab-" + &"ab".repeat(6)), false),
        ("s/state", Scalar::Int(1), false),
        // Finished without a seal.
        ("s/state", Scalar::from("completed"), false),
    ] {
        let mut server = server.clone();
        let mut writer = officer().1;
        writer.write(&[(key, value.clone())]);
        let verdict = server.receive(&writer.envelope());
        if admitted {
            assert_eq!(verdict, Verdict::Admit { known: 0, unit: WARD }, "{key} {value:?}");
        } else {
            assert_eq!(code(verdict), ErrorCode::ChangeInvalid, "{key} {value:?}");
        }
    }
}

#[test]
fn household_heads_write_their_own_home_only() {
    let premises = || ("h/facility", Scalar::from(PREMISES.to_string()));
    let mut server = Server::default();
    let mut head = Writer::new(3, RecordKind::Dwelling, HOME);
    server.enrol(&head, Role::HouseholdHead);
    head.create(&[premises()]);
    assert_eq!(server.receive(&head.envelope()), Verdict::Admit { known: 0, unit: WARD });

    let mut neighbour = Writer::new(4, RecordKind::Dwelling, HOME);
    server.enrol(&neighbour, Role::HouseholdHead);
    neighbour.document.apply(server.log(HOME)).expect("apply");
    neighbour.write(&[("h/note", Scalar::from("x"))]);
    assert_eq!(code(server.receive(&neighbour.envelope())), ErrorCode::WriteForbidden);

    for (what, unit, puts, expected) in [
        ("another premises", WARD, vec![("h/facility", Scalar::from(VISIT.to_string()))], ErrorCode::WriteForbidden),
        ("another unit", OTHER_WARD, vec![premises()], ErrorCode::WriteForbidden),
        ("no premises", WARD, vec![], ErrorCode::ChangeInvalid),
    ] {
        let mut head = Writer::new(3, RecordKind::Dwelling, record_id(62));
        head.unit = unit;
        head.create(&puts);
        assert_eq!(code(server.receive(&head.envelope())), expected, "{what}");
    }
    // The people of another's home.
    for (number, expected) in [(3, None), (4, Some(ErrorCode::WriteForbidden))] {
        let mut people = Writer::new(number, RecordKind::Residents, record_id(80 + number));
        people.create(&[("h/dwelling", Scalar::from(HOME.to_string()))]);
        match (server.receive(&people.envelope()), expected) {
            (verdict, None) => assert_eq!(verdict, Verdict::Admit { known: 0, unit: WARD }),
            (verdict, Some(expected)) => assert_eq!(code(verdict), expected),
        }
    }
    // People of no home.
    let mut people = Writer::new(3, RecordKind::Residents, record_id(87));
    people.create(&[("h/note", Scalar::from("x"))]);
    assert_eq!(code(server.receive(&people.envelope())), ErrorCode::ChangeInvalid);
    let mut inspection = Writer::at_visit(3, &visit(2));
    assert_eq!(code(server.receive(&inspection.envelope())), ErrorCode::WriteForbidden);
    let mut officer = Writer::new(5, RecordKind::Dwelling, record_id(64));
    server.enrol(&officer, Role::CommuneDataOfficer);
    officer.create(&[premises()]);
    assert_eq!(code(server.receive(&officer.envelope())), ErrorCode::WriteForbidden);
}

#[test]
fn a_failing_store_is_never_taken_for_not_known() {
    struct Failing(Server);
    impl ancu_shared::sync::admission::Facts for Failing {
        type Error = &'static str;
        fn author(
            &self,
            key: &ancu_shared::id::AuthorKey,
        ) -> Result<Option<ancu_shared::sync::admission::AuthorFacts>, &'static str> {
            let Ok(author) = self.0.author(key);
            Ok(author)
        }
        fn document(&self, _: DocumentId) -> Result<Option<ancu_shared::sync::admission::DocumentFacts>, &'static str> {
            Ok(None)
        }
        fn was_in(&self, _: DocumentId, _: ancu_shared::id::UnitId) -> Result<bool, &'static str> {
            Ok(false)
        }
        fn change_max_op(&self, _: DocumentId, _: &ancu_shared::id::ChangeHash) -> Result<Option<u64>, &'static str> {
            Ok(None)
        }
        fn last_change(
            &self,
            _: DocumentId,
            _: &ancu_shared::id::ActorId,
        ) -> Result<Option<ancu_shared::document::position::LastChange>, &'static str> {
            Err("disk")
        }
        fn put_key(
            &self,
            _: DocumentId,
            _: &ancu_shared::record::value::OperationId,
        ) -> Result<Option<String>, &'static str> {
            Ok(None)
        }
        fn put_value(
            &self,
            _: DocumentId,
            _: &ancu_shared::record::value::OperationId,
        ) -> Result<Option<ancu_shared::record::value::Scalar>, &'static str> {
            Ok(None)
        }
        fn is_submitted(&self, _: DocumentId) -> Result<bool, &'static str> {
            Ok(true)
        }
        fn templates(&self, _: DocumentId) -> Result<Vec<ancu_shared::template::TemplateRef>, &'static str> {
            Ok(vec![])
        }
        fn template(
            &self,
            _: &ancu_shared::template::TemplateRef,
        ) -> Result<Option<std::sync::Arc<ancu_shared::template::Template>>, &'static str> {
            Ok(None)
        }
        fn owned(&self, _: PersonId, _: RecordKind) -> Result<Option<DocumentId>, &'static str> {
            Ok(None)
        }
        fn holds(
            &self,
            _: PersonId,
            _: ancu_shared::id::UnitId,
            _: &dyn Fn(Role) -> bool,
        ) -> Result<bool, &'static str> {
            Ok(true)
        }
    }
    let (server, mut writer) = officer();
    let checked = check_envelope(&writer.envelope()).expect("checked");
    assert_eq!(judge(&checked, &Failing(server)), Err("disk"));
}

/// Reads a key; test text is always one.
trait ParseKey {
    fn parse_key(&self) -> ancu_shared::record::key::Key;
}

impl ParseKey for str {
    fn parse_key(&self) -> ancu_shared::record::key::Key {
        ancu_shared::record::key::Key::parse(self).expect("a key")
    }
}

#[test]
fn a_hostile_chunk_in_a_signed_envelope_is_refused_whole() {
    let (mut server, mut writer) = officer();
    let honest = writer.unsent[0].clone();
    let actor = honest.actor;
    let bomb = chunk::Chunk::put(actor, "h/note", "x").with(chunk::ACTION, &[0xc0, 0x84, 0x3d, 1]).bytes();
    let envelope = writer.envelope_of_bytes(vec![(honest.hash, honest.bytes), (honest.hash, bomb)]);
    let refused = refusal(server.receive(&envelope));
    assert_eq!(refused.code, ErrorCode::ChangeInvalid);
    assert!(
        refused.words.en.starts_with("Change 2 of the envelope") && !refused.words.en.contains("operation"),
        "{refused}"
    );
    assert!(server.log(VISIT).is_empty());
    assert_eq!(server.receive(&writer.envelope()), Verdict::Admit { known: 0, unit: WARD });
}
