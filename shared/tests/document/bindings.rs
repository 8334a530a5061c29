//! What a record is bound to: links, reviews and their subjects, ids kept for them.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, PersonId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::register::{Decision, DecisionStatement, Register, ThreadMessage};
use ancu_shared::record::remediation::{FindingEvent, FindingStep, remediation_id};
use ancu_shared::record::value::Scalar;
use ancu_shared::role::Role;
use ancu_shared::sync::admission::{Verdict, check_envelope, judge_released};
use ancu_shared::view::build::review_id;

use crate::admission::{HOME, code, colleague, officer};

use crate::world::{OTHER_WARD, PREMISES, Server, VISIT, WARD, Writer, record_id, visit};

/// A server with one sealed inspection.
fn inspected() -> Server {
    let (mut server, mut writer) = officer();
    writer.finish();
    assert_eq!(server.receive(&writer.envelope()), Verdict::Admit { known: 0, unit: WARD });
    server
}

fn decision(on: DocumentId, by: PersonId) -> Scalar {
    DecisionStatement {
        decision: Decision::Returned,
        words: "Chụp lại".into(),
        on,
        at: UtcMillis(1),
        by,
        capacity: None,
        seen: None,
        declared: None,
    }
    .to_scalar()
}

fn review(number: u8, subject: DocumentId, kind: &str) -> Writer {
    let mut reviewer = Writer::new(number, RecordKind::Review, review_id(subject));
    let by = reviewer.person;
    reviewer.create(&[
        ("h/subject", Scalar::from(subject.to_string())),
        ("h/subject_kind", Scalar::from(kind)),
        ("s/decision", decision(subject, by)),
    ]);
    reviewer
}

#[test]
fn reviews_are_bound_to_their_subject_and_to_who_may_decide() {
    let mut server = inspected();
    let mut reviewer = review(6, VISIT, "inspection");
    let envelope = reviewer.envelope();
    server.enrol(&reviewer, Role::CommuneDataOfficer);
    assert_eq!(code(server.receive(&envelope)), ErrorCode::WriteForbidden, "officers do not decide on inspections");
    server.enrol(&reviewer, Role::AreaTeamReviewer);
    assert_eq!(server.receive(&envelope), Verdict::Admit { known: 0, unit: WARD });

    // Two reviewers who began apart write one record.
    let mut second = review(7, VISIT, "inspection");
    server.enrol(&second, Role::AreaTeamReviewer);
    assert_eq!(server.receive(&second.envelope()), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.cells(review_id(VISIT)).iter().filter(|cell| cell.key == "s/decision").count(), 2);

    // Later words need not name the subject again; words once said are not replaced.
    let thread = "t/_/018f0000-0000-7000-8000-000000000001";
    let words = |by| ThreadMessage { words: "Xem lại".into(), at: UtcMillis(2), by }.to_scalar();
    reviewer.write(&[(thread, words(reviewer.person))]);
    assert_eq!(server.receive(&reviewer.envelope()), Verdict::Admit { known: 0, unit: WARD });
    second.document.apply(server.log(review_id(VISIT))).expect("apply");
    second.write(&[(thread, words(second.person))]);
    assert_eq!(code(server.receive(&second.envelope())), ErrorCode::ChangeInvalid);
}

#[test]
fn false_reviews_are_refused() {
    let server = inspected();
    let unknown = record_id(70);
    let mut away = review(6, VISIT, "inspection");
    away.unit = OTHER_WARD;
    let mut elsewhere = review(6, VISIT, "inspection");
    elsewhere.id = review_id(unknown);
    let mut none = Writer::new(6, RecordKind::Review, review_id(VISIT));
    none.create(&[("s/decision", decision(VISIT, none.person))]);
    let mut other_record = Writer::new(6, RecordKind::Review, review_id(VISIT));
    other_record.create(&[
        ("h/subject", Scalar::from(VISIT.to_string())),
        ("s/decision", decision(PREMISES, other_record.person)),
    ]);
    for (what, mut reviewer) in [
        ("of a record that is not known", review(6, unknown, "inspection")),
        ("of another kind", review(6, VISIT, "dwelling")),
        ("in another unit", away),
        ("under another id", elsewhere),
        ("of nothing", none),
        ("that decides on another record", other_record),
    ] {
        let mut server = server.clone();
        server.enrol(&reviewer, Role::AreaTeamReviewer);
        server.posts.insert(reviewer.person, (Role::AreaTeamReviewer, reviewer.unit));
        assert_eq!(code(server.receive(&reviewer.envelope())), ErrorCode::RecordMismatch, "{what}");
    }
}

#[test]
fn a_supplement_may_be_decided_on_in_its_inspections_review() {
    let mut server = inspected();
    let supplement = record_id(65);
    let mut officer = Writer::new(1, RecordKind::Inspection, supplement);
    officer.create(&[("h/supplement_of", Scalar::from(VISIT.to_string()))]);
    officer.finish();
    assert_eq!(server.receive(&officer.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let mut reviewer = review(6, VISIT, "inspection");
    server.enrol(&reviewer, Role::AreaTeamReviewer);
    let by = reviewer.person;
    reviewer.write(&[("s/decision", decision(supplement, by))]);
    assert_eq!(server.receive(&reviewer.envelope()), Verdict::Admit { known: 0, unit: WARD });
}

#[test]
fn an_open_inspection_or_supplement_is_not_decided_on() {
    let (mut server, mut officer) = officer();
    server.receive(&officer.envelope());
    let mut reviewer = review(6, VISIT, "inspection");
    server.enrol(&reviewer, Role::AreaTeamReviewer);
    let early = reviewer.envelope();
    assert_eq!(code(server.receive(&early)), ErrorCode::RecordMismatch);
    officer.finish();
    server.receive(&officer.envelope());
    assert_eq!(server.receive(&early), Verdict::Admit { known: 0, unit: WARD });
    let mut supplement = Writer::new(1, RecordKind::Inspection, record_id(65));
    supplement.create(&[("h/supplement_of", Scalar::from(VISIT.to_string()))]);
    assert_eq!(server.receive(&supplement.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let by = reviewer.person;
    reviewer.write(&[("s/decision", decision(supplement.id, by))]);
    assert_eq!(code(server.receive(&reviewer.envelope())), ErrorCode::RecordMismatch);
}

/// Links as an attacker would write them, one envelope a row: (what, server, writer).
fn twisted_links() -> Vec<(&'static str, Server, Writer)> {
    let (mut server, mut owner) = officer();
    server.receive(&owner.envelope());
    let mut sealed = Writer::at_visit(1, &visit(2));
    sealed.finish();
    assert_eq!(server.receive(&sealed.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let mut part = Writer::new(1, RecordKind::Inspection, record_id(71));
    part.create(&[("h/supplement_of", Scalar::from(sealed.id.to_string()))]);
    part.finish();
    assert_eq!(server.receive(&part.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let mut head = Writer::new(3, RecordKind::Dwelling, HOME);
    server.enrol(&head, Role::HouseholdHead);
    head.create(&[("h/facility", Scalar::from(PREMISES.to_string()))]);
    assert_eq!(server.receive(&head.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let mut people = Writer::new(3, RecordKind::Residents, record_id(72));
    people.create(&[("h/dwelling", Scalar::from(HOME.to_string()))]);
    assert_eq!(server.receive(&people.envelope()), Verdict::Admit { known: 0, unit: WARD });

    let mut cases = Vec::new();
    let (fresh, of) = (record_id(73), |id: DocumentId| Scalar::from(id.to_string()));
    // A colleague makes an open inspection a supplement of an approved one: later, or by a second beginning.
    let mut later = colleague(&mut server, 2);
    later.write(&[("h/supplement_of", of(sealed.id))]);
    cases.push(("a link in a later change", later));
    let mut second = Writer::new(2, RecordKind::Inspection, VISIT);
    second.create(&[("h/supplement_of", of(sealed.id))]);
    cases.push(("a second beginning", second));
    let mut taken = colleague(&mut server, 2);
    taken.write(&[("h/facility", Scalar::Null)]);
    cases.push(("a link taken away", taken));
    for (what, kind, key, target) in [
        ("a supplement of a supplement", RecordKind::Inspection, "h/supplement_of", part.id),
        ("a supplement of what is open", RecordKind::Inspection, "h/supplement_of", VISIT),
        ("a supplement of a dwelling", RecordKind::Inspection, "h/supplement_of", HOME),
        ("a supplement of itself", RecordKind::Inspection, "h/supplement_of", fresh),
        ("a supplement of what is not known", RecordKind::Inspection, "h/supplement_of", record_id(74)),
        ("an inspection of an inspection", RecordKind::Inspection, "h/facility", sealed.id),
        ("an inspection with a home", RecordKind::Inspection, "h/dwelling", HOME),
        ("premises in premises", RecordKind::Facility, "h/facility", PREMISES),
    ] {
        let mut writer = Writer::new(1, kind, fresh);
        writer.create(&[(key, of(target))]);
        cases.push((what, writer));
    }
    let mut twice = Writer::new(1, RecordKind::Inspection, fresh);
    twice.create(&[("h/supplement_of", of(sealed.id)), ("h/supplement_of", of(part.id))]);
    cases.push(("a link written twice", twice));
    for (what, target) in [
        ("people of themselves", fresh),
        ("people of people", people.id),
        ("people of an inspection", sealed.id),
        ("people of a home that is not known", record_id(75)),
    ] {
        let mut writer = Writer::new(3, RecordKind::Residents, fresh);
        writer.create(&[("h/dwelling", of(target))]);
        cases.push((what, writer));
    }
    cases.into_iter().map(|(what, writer)| (what, server.clone(), writer)).collect()
}

#[test]
fn what_a_record_belongs_to_is_said_once_and_is_there() {
    for (what, mut server, mut writer) in twisted_links() {
        let envelope = writer.envelope();
        let before = server.log(writer.id).len();
        let code = code(server.receive(&envelope));
        assert!(matches!(code, ErrorCode::ChangeInvalid | ErrorCode::RecordMismatch), "{what}: {code:?}");
        // Nor may a supervisor let it in: it would twist the record for everybody.
        let checked = check_envelope(&envelope).expect("checked");
        assert!(matches!(judge_released(&checked, &server), Ok(Verdict::Quarantine(_))), "{what}");
        assert_eq!(server.log(writer.id).len(), before, "{what}");
    }
}

#[test]
fn the_ids_of_reviews_are_kept_for_reviews() {
    let mut server = inspected();
    // Whoever takes the id of a review first would keep the record from ever being decided on.
    let mut squatter = Writer::new(1, RecordKind::Facility, review_id(VISIT));
    squatter.create(&[("h/name", Scalar::from("x"))]);
    assert_eq!(code(server.receive(&squatter.envelope())), ErrorCode::RecordMismatch);
    let mut random = Writer::new(6, RecordKind::Review, record_id(76));
    server.enrol(&random, Role::AreaTeamReviewer);
    random.create(&[("h/subject", Scalar::from(VISIT.to_string()))]);
    assert_eq!(code(server.receive(&random.envelope())), ErrorCode::RecordMismatch);
    let mut old = Writer::new(1, RecordKind::Facility, DocumentId::from_bytes([0x44; 16]));
    old.create(&[("h/name", Scalar::from("x"))]);
    assert_eq!(code(server.receive(&old.envelope())), ErrorCode::RecordMismatch);
    let mut reviewer = review(6, VISIT, "inspection");
    assert_eq!(server.receive(&reviewer.envelope()), Verdict::Admit { known: 0, unit: WARD });
}

#[test]
fn officers_confirm_declarations_and_reviewers_do_not() {
    let mut server = Server::default();
    let mut head = Writer::new(3, RecordKind::Dwelling, HOME);
    server.enrol(&head, Role::HouseholdHead);
    head.create(&[("h/facility", Scalar::from(PREMISES.to_string())), ("s/state", Scalar::from("draft"))]);
    server.receive(&head.envelope());
    // Nothing can be decided on what its head has not submitted, by whichever program, nor is it forgiven.
    let mut early = review(5, HOME, "dwelling");
    server.enrol(&early, Role::CommuneDataOfficer);
    let hasty = early.envelope();
    assert_eq!(code(server.receive(&hasty)), ErrorCode::DeclarationUnsubmitted);
    let checked = check_envelope(&hasty).expect("checked");
    let Ok(released) = judge_released(&checked, &server);
    assert_eq!(code(released), ErrorCode::DeclarationUnsubmitted);
    head.write(&[("s/state", Scalar::from("submitted"))]);
    server.receive(&head.envelope());
    let Ok(released) = judge_released(&checked, &server);
    assert_eq!(released, Verdict::Admit { known: 0, unit: WARD }, "afterwards a supervisor can let it in");
    let mut officer = review(5, HOME, "dwelling");
    let envelope = officer.envelope();
    server.enrol(&officer, Role::AreaTeamReviewer);
    assert_eq!(code(server.receive(&envelope)), ErrorCode::WriteForbidden);
    server.enrol(&officer, Role::CommuneDataOfficer);
    assert_eq!(server.receive(&envelope), Verdict::Admit { known: 0, unit: WARD });
}

fn event(by: PersonId) -> Scalar {
    FindingEvent {
        step: FindingStep::Started,
        words: String::new(),
        name: String::new(),
        until: None,
        seen: None,
        visit: None,
        means: None,
        photos: Vec::new(),
        after: Vec::new(),
        at: UtcMillis(5),
        by,
    }
    .to_scalar()
}

const FIRST_STEP: &str = "e/ESC-01/018f0000-0000-7000-8000-000000000001";

/// Begins to follow the findings of an inspection.
fn following(number: u8, inspection: DocumentId) -> Writer {
    let mut writer = Writer::new(number, RecordKind::Remediation, remediation_id(inspection));
    let by = writer.person;
    writer.create(&[
        ("h/subject", Scalar::from(inspection.to_string())),
        ("h/facility", Scalar::from(PREMISES.to_string())),
        (FIRST_STEP, event(by)),
    ]);
    writer
}

#[test]
fn who_follows_findings_writes_one_record_bound_to_its_inspection() {
    let mut server = inspected();
    let mut first = following(1, VISIT);
    assert_eq!(server.receive(&first.envelope()), Verdict::Admit { known: 0, unit: WARD });
    // A colleague who began apart writes the same record; both steps stand.
    let mut second = Writer::new(2, RecordKind::Remediation, remediation_id(VISIT));
    let by = second.person;
    second.create(&[
        ("h/subject", Scalar::from(VISIT.to_string())),
        ("h/facility", Scalar::from(PREMISES.to_string())),
        ("e/ESC-01/018f0000-0000-7000-8000-000000000002", event(by)),
    ]);
    server.enrol(&second, Role::AreaTeamOfficer);
    assert_eq!(server.receive(&second.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let steps =
        |server: &Server| server.cells(remediation_id(VISIT)).iter().filter(|cell| cell.key.starts_with("e/")).count();
    assert_eq!(steps(&server), 2);
    // A step that was noted is not said anew, and not taken away.
    for value in [event(second.person), Scalar::Null] {
        let mut server = server.clone();
        let mut writer = Writer::new(2, RecordKind::Remediation, remediation_id(VISIT));
        writer.document.apply(server.log(remediation_id(VISIT))).expect("apply");
        writer.write(&[(FIRST_STEP, value)]);
        assert_eq!(code(server.receive(&writer.envelope())), ErrorCode::ChangeInvalid);
        assert_eq!(steps(&server), 2);
    }
}

#[test]
fn false_followings_are_refused() {
    let server = inspected();
    let mut elsewhere = following(6, VISIT);
    elsewhere.id = remediation_id(record_id(70));
    let mut away = following(6, VISIT);
    away.unit = OTHER_WARD;
    for (what, mut writer, role, expected) in [
        ("under another id", elsewhere, Role::CommuneDataOfficer, ErrorCode::RecordMismatch),
        ("in another unit", away, Role::CommuneDataOfficer, ErrorCode::RecordMismatch),
        ("by a reviewer", following(6, VISIT), Role::AreaTeamReviewer, ErrorCode::WriteForbidden),
        ("by a household head", following(6, VISIT), Role::HouseholdHead, ErrorCode::WriteForbidden),
    ] {
        let mut server = server.clone();
        server.enrol(&writer, role);
        server.posts.insert(writer.person, (role, writer.unit));
        assert_eq!(code(server.receive(&writer.envelope())), expected, "{what}");
    }
    // One whose inspection is not here yet is kept: that may be on its way.
    let mut early = following(6, visit(9).id());
    let mut server = server;
    server.enrol(&early, Role::CommuneDataOfficer);
    assert_eq!(server.receive(&early.envelope()), Verdict::Admit { known: 0, unit: WARD });
    // A step that lacks what it stands on says nothing.
    let mut empty = Writer::new(7, RecordKind::Remediation, remediation_id(VISIT));
    server.enrol(&empty, Role::CommuneDataOfficer);
    let said = FindingEvent::from_scalar(&event(empty.person)).expect("a step");
    let rejected = FindingEvent { step: FindingStep::Rejected, ..said }.to_scalar();
    empty.create(&[
        ("h/subject", Scalar::from(VISIT.to_string())),
        ("h/facility", Scalar::from(PREMISES.to_string())),
        (FIRST_STEP, rejected),
    ]);
    assert_eq!(code(server.receive(&empty.envelope())), ErrorCode::ChangeInvalid);
}
