//! Visits: begun apart they are one record; an id that is not its visit's is refused.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::Scalar;
use ancu_shared::record::visit::Visit;
use ancu_shared::role::Role;
use ancu_shared::sync::admission::{Verdict, check_envelope, judge_released};

use crate::world::{Server, VISIT, WARD, Writer, record_id, refusal, visit};

/// Two officers who begin the same visit and say something, each without the other.
fn apart() -> (Server, Writer, Writer) {
    let mut server = Server::default();
    let (mut one, mut two) = (Writer::at_visit(1, &visit(1)), Writer::at_visit(2, &visit(1)));
    for writer in [&mut one, &mut two] {
        server.enrol(writer, Role::CommuneDataOfficer);
        let key = format!("i/ESC-0{}", writer.person.as_bytes()[0]);
        let answer = writer.answer("hẹp");
        writer.write(&[(&key, answer)]);
    }
    (server, one, two)
}

#[test]
fn two_beginnings_of_one_visit_are_one_record_in_either_order() {
    for turned in [false, true] {
        let (mut server, mut one, mut two) = apart();
        let mut envelopes = [one.envelope(), two.envelope()];
        if turned {
            envelopes.reverse();
        }
        for envelope in &envelopes {
            assert_eq!(server.receive(envelope), Verdict::Admit { known: 0, unit: WARD });
            assert_eq!(server.receive(envelope), Verdict::AlreadyKnown);
        }
        // Both devices read what the server reads, to the last live put.
        for writer in [&mut one, &mut two] {
            writer.document.apply(server.log(VISIT)).expect("apply");
            assert_eq!(writer.document.cells().expect("cells"), server.cells(VISIT));
        }
        let cells = server.cells(VISIT);
        assert_eq!(cells.iter().filter(|cell| cell.key.starts_with("i/")).count(), 2);
        assert_eq!(cells.iter().filter(|cell| cell.key == "h/visit_day").count(), 2);
        // One of them signs for both.
        assert_eq!(one.finish().dependencies.len(), 2, "both heads");
        assert_eq!(server.receive(&one.envelope()), Verdict::Admit { known: 0, unit: WARD });
    }
}

#[test]
fn what_builds_on_a_second_beginning_waits_for_it() {
    let (mut server, mut one, mut two) = apart();
    let first = two.unsent.remove(0);
    let rest = two.envelope();
    assert_eq!(server.receive(&one.envelope()), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.receive(&rest), Verdict::Waiting { missing: vec![first.hash] });
    assert_eq!(server.receive(&two.envelope_of(&[first])), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.receive(&rest), Verdict::Admit { known: 0, unit: WARD });
}

#[test]
fn a_beginning_after_the_seal_is_late_work() {
    let (mut server, mut one, mut two) = apart();
    one.finish();
    assert_eq!(server.receive(&one.envelope()), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(refusal(server.receive(&two.envelope())).code, ErrorCode::RecordSealed);
}

/// A first change with these header fields under an id.
fn begun(id: DocumentId, kind: RecordKind, puts: &[(&str, Scalar)]) -> Writer {
    let mut writer = Writer::new(1, kind, id);
    writer.create(puts);
    writer
}

/// What is no beginning of a visit, under its id.
fn false_beginnings() -> Vec<(&'static str, Writer)> {
    let header: Vec<(String, Scalar)> =
        visit(1).header().into_iter().map(|(key, value)| (key.to_string(), value)).collect();
    let with = |name: &str, value: Option<Scalar>| -> Vec<(String, Scalar)> {
        let kept = header.iter().filter(|(key, _)| key != name).cloned();
        kept.chain(value.map(|value| (name.to_owned(), value))).collect()
    };
    let elsewhere = Visit { facility: record_id(90), ..visit(1) };
    let mut cases = Vec::new();
    for (what, puts) in [
        ("other premises", with("h/facility", Some(Scalar::from(elsewhere.facility.to_string())))),
        ("another template", with("h/template", Some(Scalar::from("other")))),
        ("another day", with("h/visit_day", Some(Scalar::from("2026-11-22")))),
        ("another number", with("h/visit_number", Some(Scalar::Int(2)))),
        ("no premises", with("h/facility", None)),
        ("no template", with("h/template", None)),
        ("no day", with("h/visit_day", None)),
        ("no number", with("h/visit_number", None)),
        ("a day in another spelling", with("h/visit_day", Some(Scalar::from("20261121")))),
        ("a number in another spelling", with("h/visit_number", Some(Scalar::Number(1.0)))),
        ("a link to what it supplements", with("h/supplement_of", Some(Scalar::from(record_id(91).to_string())))),
        ("envelopes that it carries", with("h/carries", Some(Scalar::from("00".repeat(32))))),
    ] {
        let puts: Vec<_> = puts.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        cases.push((what, begun(VISIT, RecordKind::Inspection, &puts)));
    }
    let said: Vec<_> = header.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    cases.push(("premises under a visit's id", begun(VISIT, RecordKind::Facility, &[])));
    cases.push(("a visit under an id of its own", begun(record_id(92), RecordKind::Inspection, &said)));
    cases.push(("an inspection of nothing", begun(record_id(93), RecordKind::Inspection, &[])));
    for (what, key, value) in [
        ("another template later", "h/template", Scalar::from("other")),
        ("another day later", "h/visit_day", Scalar::from("2026-11-22")),
        ("the number taken away", "h/visit_number", Scalar::Null),
    ] {
        let mut writer = Writer::at_visit(1, &visit(1));
        writer.write(&[(key, value)]);
        cases.push((what, writer));
    }
    cases
}

#[test]
fn a_record_that_is_not_its_visits_is_refused_also_after_a_release() {
    for (what, mut writer) in false_beginnings() {
        let mut server = Server::default();
        server.enrol(&writer, Role::CommuneDataOfficer);
        let envelope = writer.envelope();
        let code = refusal(server.receive(&envelope)).code;
        assert!(matches!(code, ErrorCode::RecordMismatch | ErrorCode::ChangeInvalid), "{what}: {code:?}");
        let checked = check_envelope(&envelope).expect("checked");
        assert!(matches!(judge_released(&checked, &server), Ok(Verdict::Quarantine(_))), "{what}");
        assert!(server.log(writer.id).is_empty(), "{what}");
    }
}

#[test]
fn a_supplement_names_the_envelopes_that_it_carries_in_one_spelling() {
    let (mut server, mut one, _) = apart();
    one.finish();
    assert_eq!(server.receive(&one.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let (a, b) = ("0a".repeat(32), "0b".repeat(32));
    for (text, admitted) in [
        (Scalar::from(a.as_str()), true),
        (Scalar::from(format!("{a} {b}")), true),
        (Scalar::Null, true),
        (Scalar::from(format!("{a}  {b}")), false),
        (Scalar::from(a.to_uppercase()), false),
        (Scalar::from(""), false),
        (Scalar::Int(1), false),
    ] {
        let mut server = server.clone();
        let of = Scalar::from(VISIT.to_string());
        let mut writer = begun(record_id(94), RecordKind::Inspection, &[("h/supplement_of", of)]);
        writer.write(&[("h/carries", text.clone())]);
        let verdict = server.receive(&writer.envelope());
        if admitted {
            assert_eq!(verdict, Verdict::Admit { known: 0, unit: WARD }, "{text:?}");
        } else {
            assert_eq!(refusal(verdict).code, ErrorCode::ChangeInvalid, "{text:?}");
        }
    }
}
