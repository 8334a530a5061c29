//! Two officers at one visit who cannot hear each other: begun apart it is one record, and what is said after a colleague's
//! seal waits in a supplement, on every device as at the server.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::{Answer, Verdict};
use ancu_shared::view::{Clash, FacilitySheet, InspectionState, InspectionView};
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::exchange::two_officers;
use crate::office::{Device, template};

const HOUR: i64 = 3_600_000;

/// Two officers who both have the premises, and the second's clock.
fn both_at(city: &City, now: UtcMillis) -> (Device, Device, DocumentId) {
    let (an, binh) = (Device::officer(city, "An", 1), Device::officer_at(city, "Bình", 2, now));
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    an.sync();
    binh.sync();
    (an, binh, facility)
}

/// Settles so many clashes of own late work with what is signed: the own is kept.
fn keep_own<const N: usize>(device: &Device) {
    let clashes = <[Clash; N]>::try_from(device.clashes()).expect("so many");
    let name = device.engine.status().expect("status").person_name.expect("a name");
    for clash in clashes {
        let own = clash.values.iter().find(|it| it.by.person_name == name).expect("the own");
        device.tell::<Value>(json!({
            "command": "clash_settle", "document": clash.document, "key": clash.key, "operation": own.operation,
        }));
    }
}

/// What the record says, without what each reader is told besides.
fn said(device: &Device, inspection: DocumentId) -> Vec<(String, Vec<Option<Answer>>)> {
    let items = device.open(inspection).items.into_iter();
    items.map(|item| (item.code, item.statements.into_iter().map(|it| it.answer).collect())).collect()
}

#[test]
fn a_visit_that_two_begin_apart_is_one_record() {
    for second_goes_first in [false, true] {
        let city = City::new(&template());
        let (an, binh, facility) = both_at(&city, NOON.plus_millis(-HOUR));
        let inspection = an.inspect(facility);
        assert_eq!(binh.inspect(facility), inspection, "the same visit");
        an.verdict(inspection, "ESC-01", Verdict::Pass, "mở được");
        binh.verdict(inspection, "ESC-02", Verdict::Pass, "tầng 2");
        let (an, binh) = (an.crash(), binh);
        let order = if second_goes_first { [&binh, &an, &binh] } else { [&an, &binh, &an] };
        order.into_iter().for_each(Device::sync);
        for device in [&an, &binh] {
            let view = device.open(inspection);
            assert_eq!((view.summary.progress.answered, view.summary.progress.clashes), (2, 0));
            assert_eq!(view.summary.started_at, NOON.plus_millis(-HOUR), "the earlier start");
            assert_eq!((device.clashes().len(), view.also_open.len()), (0, 0));
            let listed = device.today().in_progress;
            assert_eq!(listed.iter().map(|it| it.id).collect::<Vec<_>>(), [inspection]);
            assert_eq!(listed[0].officers.len(), 2, "both are in it");
            assert_eq!((device.unsent().quarantined, device.unsent().is_nothing()), (0, true));
        }
        // They go on in it: what both say differently clashes as ever, and is settled.
        an.verdict(inspection, "ESC-03", Verdict::Pass, "");
        binh.verdict(inspection, "ESC-03", Verdict::Fail, "kẹt");
        [&an, &binh, &an].into_iter().for_each(Device::sync);
        assert_eq!((an.clashes().len(), binh.clashes().len()), (1, 1));
        assert_eq!(said(&an, inspection), said(&binh, inspection));
        assert_eq!(said(&Device::officer(&city, "Chi", 3), inspection), said(&an, inspection));
    }
}

#[test]
fn who_began_it_and_answered_nothing_is_in_it_too() {
    let city = City::new(&template());
    let (an, binh, facility) = both_at(&city, NOON);
    let inspection = an.inspect(facility);
    binh.inspect(facility);
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(an.open(inspection).summary.officers.len(), 2);
}

#[test]
fn a_second_visit_of_the_day_after_the_seal_is_another_record() {
    let (_city, an, binh, inspection) = two_officers();
    let facility = an.open(inspection).summary.facility;
    assert_eq!(an.inspect(facility), inspection, "it is open: one goes on with it");
    an.pass_required(inspection);
    an.finish(inspection);
    let again = an.inspect(facility);
    assert_ne!(again, inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!(binh.inspect(facility), again, "the one that is open");
    let sheet: FacilitySheet = binh.tell(json!({ "command": "facility_sheet", "id": facility }));
    assert_eq!(sheet.inspections.len(), 2);
    assert_eq!((an.unsent().quarantined, binh.unsent().quarantined), (0, 0));
}

#[test]
fn around_midnight_two_records_stand_and_tell_of_each_other() {
    let city = City::new(&template());
    let (an, binh, facility) = both_at(&city, NOON.plus_millis(24 * HOUR));
    let (first, second) = (an.inspect(facility), binh.inspect(facility));
    assert_ne!(first, second, "another day by that clock");
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        for (one, other, officer) in [(first, second, "Bình"), (second, first, "An")] {
            let also = device.open(one).also_open;
            assert_eq!(also.iter().map(|it| it.id).collect::<Vec<_>>(), [other]);
            assert_eq!(also[0].officers, [officer]);
        }
        assert_eq!(device.today().in_progress.iter().map(|it| it.id).collect::<Vec<_>>(), [second, first]);
        assert_eq!(device.unsent().quarantined, 0);
    }
}

/// Bình answers ESC-03 apart; An finishes and sends first.
fn sealed_meanwhile() -> (City, Device, Device, DocumentId) {
    let city = City::new(&template());
    let (an, binh, facility) = both_at(&city, NOON.plus_millis(-HOUR));
    let inspection = an.inspect(facility);
    an.sync();
    binh.sync();
    binh.verdict(inspection, "ESC-03", Verdict::Pass, "muộn");
    an.pass_required(inspection);
    an.finish(inspection);
    an.sync();
    (city, an, binh, inspection)
}

#[test]
fn an_answer_after_a_seal_waits_in_a_supplement_and_its_officer_is_told() {
    let (city, an, binh, inspection) = sealed_meanwhile();
    binh.sync();
    let unsent = binh.unsent();
    assert!(unsent.is_safe_to_wipe(), "the draft went out in the same exchange: {unsent:?}");
    let binh = binh.crash();
    let late = binh.today().late;
    assert_eq!((late.len(), late[0].inspection.id, late[0].answers), (1, inspection, 1));
    assert_eq!((late[0].sealed_by.as_str(), late[0].sealed_at), ("An", NOON));
    let view = binh.open(inspection);
    assert_eq!((view.summary.state, view.summary.late_answers), (InspectionState::Completed, 1));
    assert!(view.late[0].own && view.late[0].supplement == view.open_supplement);
    let statement = &binh.item(inspection, "ESC-03").statements[0];
    assert!(statement.supplement, "it is not in the sealed record");
    assert_eq!((statement.note.as_str(), statement.by.at), ("muộn", NOON.plus_millis(-HOUR)), "with its own time");
    // Everybody else reads what was sealed, and that something waits.
    let chi = Device::officer(&city, "Chi", 3);
    an.sync();
    for other in [&an, &chi] {
        let view = other.open(inspection);
        assert_eq!(view.items.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["ESC-01", "ESC-02"]);
        assert_eq!((view.late.len(), view.late[0].own, view.late[0].items[0].code.as_str()), (1, false, "ESC-03"));
        assert_eq!((view.late[0].by.person_name.as_str(), view.open_supplement), ("Bình", None));
        assert_eq!(other.refused(json!({ "command": "late_discard", "id": inspection })), ErrorCode::NotFound);
    }
    // Bình looks it over, adds a word, signs and sends.
    binh.verdict(inspection, "ESC-03", Verdict::Pass, "muộn, đã xem lại");
    let signed = binh.finish(inspection);
    assert_eq!((signed.late.len(), signed.newest_sealed), (0, view.open_supplement));
    assert!(binh.today().late.is_empty());
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(an.item(inspection, "ESC-03").statements[0].note, "muộn, đã xem lại");
    assert_eq!(said(&an, inspection), said(&binh, inspection));
    assert!(binh.unsent().is_safe_to_wipe());
}

#[test]
fn late_work_can_be_given_up() {
    let (_city, an, binh, inspection) = sealed_meanwhile();
    binh.sync();
    let view: InspectionView = binh.tell(json!({ "command": "late_discard", "id": inspection }));
    assert_eq!((view.late.len(), view.open_supplement, view.items.len()), (0, None, 2));
    assert!(binh.today().late.is_empty());
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(an.open(inspection).late, []);
    assert_eq!(said(&an, inspection), said(&binh, inspection));
    let answer = json!({ "command": "answer", "inspection": inspection, "item": "ESC-03",
        "answer": { "kind": "verdict", "value": "pass" }, "note": "" });
    assert_eq!(binh.refused(answer), ErrorCode::RecordSealed, "and nothing is begun anew by itself");
    assert!(binh.unsent().is_safe_to_wipe());
}

#[test]
fn an_answer_entered_while_the_seal_comes_in_is_carried_too() {
    let (city, _an, binh, inspection) = sealed_meanwhile();
    let engine = binh.engine.clone();
    city.state().meanwhile = Some(Box::new(move || {
        let answer = json!({
            "command": "answer", "inspection": inspection, "item": "ESC-T",
            "answer": { "kind": "text", "value": "hành lang" }, "note": "",
        });
        engine.dispatch(serde_json::from_value(answer).expect("command")).expect("answer");
    }));
    binh.sync();
    assert_eq!(binh.today().late[0].answers, 2);
    assert!(binh.unsent().is_safe_to_wipe());
}

#[test]
fn who_begins_a_visit_that_is_finished_elsewhere_joins_it_with_a_supplement() {
    let city = City::new(&template());
    let (an, binh, facility) = both_at(&city, NOON);
    let inspection = an.inspect(facility);
    binh.inspect(facility);
    binh.verdict(inspection, "ESC-03", Verdict::Pass, "");
    an.pass_required(inspection);
    an.finish(inspection);
    an.sync();
    binh.sync();
    let view = binh.open(inspection);
    assert_eq!((view.summary.state, view.late[0].items.len()), (InspectionState::Completed, 1));
    assert_eq!(view.seals[0].by.person_name, "An");
    // Who only began it has nothing to carry: the next visit is a new one.
    let chi = Device::officer(&city, "Chi", 3);
    assert_ne!(chi.inspect(facility), inspection);
    assert!(binh.unsent().is_safe_to_wipe());
}

/// Who signed, by name, and whether over their own version.
fn signed(device: &Device, inspection: DocumentId) -> Vec<(String, bool, bool)> {
    let seals = device.open(inspection).seals.into_iter();
    let mut seals: Vec<_> = seals.map(|it| (it.by.person_name, it.apart, it.valid)).collect();
    seals.sort();
    seals
}

#[test]
fn two_who_finish_apart_and_say_the_same_have_both_signed() {
    let (city, an, binh, inspection) = two_officers();
    for device in [&an, &binh] {
        device.pass_required(inspection);
        device.finish(inspection);
    }
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    let binh = binh.crash();
    let chi = Device::officer(&city, "Chi", 3);
    for device in [&an, &binh, &chi] {
        assert_eq!(signed(device, inspection), [("An".into(), false, true), ("Bình".into(), true, true)]);
        let view = device.open(inspection);
        assert_eq!((view.late.len(), view.open_supplement, view.newest_sealed), (0, None, Some(inspection)));
        assert_eq!((view.summary.state, view.summary.late_answers), (InspectionState::Completed, 0));
        assert_eq!(view.summary.officers, ["An", "Bình"]);
        assert!(device.today().late.is_empty());
        assert_eq!(said(device, inspection), said(&an, inspection));
        let unsent = device.unsent();
        assert!(unsent.is_safe_to_wipe() && unsent.quarantined == 0, "nothing is left to do: {unsent:?}");
    }
    assert_eq!(binh.refused(json!({ "command": "late_discard", "id": inspection })), ErrorCode::NotFound);
}

#[test]
fn of_two_who_finish_apart_the_second_signs_what_differs_only() {
    let (_city, an, binh, inspection) = two_officers();
    for (device, note) in [(&an, ""), (&binh, "tầng 2 hẹp")] {
        device.verdict(inspection, "ESC-01", Verdict::Pass, "");
        device.verdict(inspection, "ESC-02", Verdict::Pass, note);
        device.finish(inspection);
    }
    let own = binh.open(inspection).seals[0].by.at;
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    let late = &binh.today().late[0];
    assert_eq!((late.answers, late.signed_at, late.sealed_by.as_str()), (1, Some(own), "An"));
    for device in [&an, &binh] {
        assert_eq!(signed(device, inspection).len(), 1, "who says something else has not signed this");
        let late = &device.open(inspection).late[0];
        assert_eq!((late.items.len(), late.items[0].code.as_str(), late.signed_at), (1, "ESC-02", Some(own)));
    }
    keep_own::<1>(&binh);
    binh.finish(inspection);
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(signed(&an, inspection), [("An".into(), false, true), ("Bình".into(), false, true)]);
    assert_eq!(an.item(inspection, "ESC-02").statements[0].note, "tầng 2 hẹp");
    assert!(an.item(inspection, "ESC-01").superseded.is_empty(), "what is the same was not said again");
    assert_eq!(said(&an, inspection), said(&binh, inspection));
    assert!(binh.unsent().is_safe_to_wipe());
}

#[test]
fn who_signed_an_answer_that_a_colleague_changed_before_sealing_has_not_signed_the_change() {
    let (_city, an, binh, inspection) = two_officers();
    an.pass_required(inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    an.finish(inspection);
    binh.verdict(inspection, "ESC-01", Verdict::NotApplicable, "không có ban công");
    binh.finish(inspection);
    let own = an.open(inspection).seals[0].by.at;
    [&binh, &an, &binh].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        assert_eq!(signed(device, inspection), [("Bình".into(), false, true)], "An signed something else");
        let late = &device.open(inspection).late[0];
        assert_eq!((late.items.len(), late.items[0].code.as_str(), late.signed_at), (1, "ESC-01", Some(own)));
        assert_eq!(late.by.person_name, "An");
    }
    assert_eq!((an.today().late[0].answers, an.unsent().quarantined), (1, 0));
    keep_own::<1>(&an);
    an.finish(inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!(said(&an, inspection), said(&binh, inspection));
    assert_eq!(binh.item(inspection, "ESC-01").superseded[0].note, "không có ban công");
}

/// Bình changes what An had answered, adds an answer, and exchanges; An, who did not hear it, signs; only then An exchanges.
fn signed_without_having_heard() -> (City, Device, Device, Device, DocumentId) {
    let (city, an, binh, inspection) = two_officers();
    an.pass_required(inspection);
    let chi = Device::officer(&city, "Chi", 3);
    [&an, &binh].into_iter().for_each(Device::sync);
    binh.verdict(inspection, "ESC-01", Verdict::Fail, "khóa trái");
    binh.verdict(inspection, "ESC-02", Verdict::NotApplicable, "");
    an.finish(inspection);
    [&binh, &chi].into_iter().for_each(Device::sync);
    assert_eq!((binh.unsent().is_nothing(), chi.open(inspection).summary.progress.failed), (true, 1));
    an.sync();
    (city, an, binh, chi, inspection)
}

#[test]
fn what_a_colleague_sent_before_the_seal_that_had_not_heard_it_is_not_signed() {
    let (city, an, binh, chi, inspection) = signed_without_having_heard();
    [&chi, &binh, &an, &chi].into_iter().for_each(Device::sync);
    let new = Device::officer(&city, "Dũng", 4);
    for device in [&an, &chi, &new] {
        let view = device.open(inspection);
        assert_eq!((view.summary.state, view.summary.progress.failed), (InspectionState::Completed, 0));
        assert_eq!(device.item(inspection, "ESC-01").statements[0].answer, Some(Answer::Verdict(Verdict::Pass)));
        assert_eq!((view.late.len(), view.late[0].by.person_name.as_str()), (1, "Bình"), "and it is not silent");
        assert_eq!((view.summary.late_answers, view.summary.late_failed), (2, 1));
        assert_eq!(said(device, inspection), said(&an, inspection));
    }
    assert_eq!(binh.today().late.len(), 1, "its officer is told");
    keep_own::<2>(&binh);
    binh.verdict(inspection, "ESC-01", Verdict::NotApplicable, "không có cửa");
    binh.finish(inspection);
    [&binh, &an, &chi, &new].into_iter().for_each(Device::sync);
    for device in [&an, &binh, &chi, &new] {
        let item = device.item(inspection, "ESC-01");
        assert_eq!(item.statements[0].note, "không có cửa");
        assert_eq!((item.statements[0].supplement, item.superseded[0].by.person_name.as_str()), (true, "An"));
        assert!(device.open(inspection).late.is_empty() && device.unsent().is_safe_to_wipe());
        assert_eq!(said(device, inspection), said(&an, inspection));
    }
}

#[test]
fn who_signed_while_a_colleagues_answer_was_on_its_way_has_not_signed_it() {
    let (city, an, binh, inspection) = two_officers();
    an.pass_required(inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    binh.verdict(inspection, "ESC-01", Verdict::Fail, "khóa trái");
    binh.sync();
    // An's exchange has pushed what there was; the seal is made before the page with Bình's answer comes.
    let signing = an.engine.clone();
    city.state().meanwhile = Some(Box::new(move || {
        let finish = json!({ "command": "inspection_finish", "id": inspection });
        signing.dispatch(serde_json::from_value(finish).expect("command")).expect("signed");
    }));
    [&an, &an, &binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(inspection);
        assert_eq!((view.summary.late_failed, view.late.len(), view.summary.state), (1, 1, InspectionState::Completed));
    }
    assert_eq!(an.item(inspection, "ESC-01").statements[0].answer, Some(Answer::Verdict(Verdict::Pass)));
}

#[test]
fn what_came_since_the_sheet_was_shown_is_not_signed_unread() {
    let (_city, an, binh, inspection) = two_officers();
    an.pass_required(inspection);
    let shown = an.finish_check(inspection).heard;
    binh.verdict(inspection, "ESC-03", Verdict::Pass, "hơi kẹt");
    [&binh, &an].into_iter().for_each(Device::sync);
    let sign = |heard: u64| json!({ "command": "inspection_finish", "id": inspection, "heard": heard });
    assert_eq!(an.refused(sign(shown)), ErrorCode::Conflict);
    assert!(an.open(inspection).seals.is_empty());
    let now = an.finish_check(inspection).heard;
    assert!(now > shown);
    an.tell::<InspectionView>(sign(now));
}

#[test]
fn what_is_beside_a_seal_stays_beside_it_in_another_life_of_the_server() {
    let (city, an, binh, chi, inspection) = signed_without_having_heard();
    [&binh, &an, &chi].into_iter().for_each(Device::sync);
    city.lose_everything();
    for device in [&chi, &binh, &an, &chi, &binh, &an, &chi] {
        device.sync();
    }
    for device in [&an, &chi] {
        assert_eq!(device.item(inspection, "ESC-01").statements[0].answer, Some(Answer::Verdict(Verdict::Pass)));
        assert_eq!(device.open(inspection).late.len(), 1);
    }
}

#[test]
fn late_answers_that_say_the_same_ask_nothing_of_anybody() {
    let (_city, an, binh, inspection) = two_officers();
    binh.verdict(inspection, "ESC-01", Verdict::Pass, "");
    an.pass_required(inspection);
    an.finish(inspection);
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(inspection);
        assert_eq!((view.late.len(), view.seals.len(), view.open_supplement), (0, 1, None));
        assert!(device.today().late.is_empty() && device.unsent().quarantined == 0);
        assert!(device.unsent().is_safe_to_wipe());
    }
    assert_eq!(said(&an, inspection), said(&binh, inspection));
}

#[test]
fn a_check_that_failed_late_is_what_the_lists_say_of_the_record() {
    let (_city, an, binh, inspection) = two_officers();
    binh.verdict(inspection, "ESC-01", Verdict::Fail, "khóa");
    an.pass_required(inspection);
    an.finish(inspection);
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    let view = an.open(inspection);
    assert_eq!((view.summary.late_answers, view.summary.late_failed), (1, 1));
    assert_eq!(view.summary.gravest, view.late[0].items[0].severity);
    assert!(view.summary.gravest.is_some() && view.summary.progress.failed == 0);
    let sheet: FacilitySheet = an.tell(json!({ "command": "facility_sheet", "id": view.summary.facility }));
    assert_eq!((sheet.inspections[0].gravest, sheet.inspections[0].late_failed), (view.summary.gravest, 1));
}

#[test]
fn before_signing_one_is_told_of_colleagues_who_may_have_more() {
    let city = City::new(&template());
    let (an, binh, facility) = both_at(&city, NOON.plus_millis(-HOUR));
    let late = Device::officer_at(&city, "Chi", 3, NOON.plus_millis(2 * HOUR));
    let inspection = late.inspect(facility);
    let check = |device: &Device| device.finish_check(inspection);
    let alone = check(&late);
    assert_eq!((alone.colleagues.len(), alone.apart, alone.missing.is_empty()), (0, false, false));
    assert_eq!(an.inspect(facility), inspection);
    binh.inspect(facility);
    binh.verdict(inspection, "ESC-01", Verdict::Pass, "");
    [&binh, &an].into_iter().for_each(Device::sync);
    let told = check(&an);
    assert_eq!(told.colleagues.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Bình"]);
    assert_eq!(told.colleagues[0].heard_at, NOON.plus_millis(-HOUR));
    assert!(!told.apart && told.exchanged_at.is_some());
    // Nobody is known and nothing was heard since the start: nobody can be known.
    let other = an.premises("Nhà trọ Hoa Sen", "12 phố Khương Trung");
    let dung = Device::officer_at(&city, "Dũng", 4, NOON);
    an.sync();
    dung.sync();
    let (folder, engine) = (dung.folder, dung.engine);
    drop(engine);
    let later = crate::office::engine_at(folder.path(), &city, NOON.plus_millis(HOUR), 44);
    later.unlock(crate::office::PIN).expect("unlock");
    let begin = json!({ "command": "inspection_start", "facility": other });
    let begun = later.dispatch(serde_json::from_value(begin).expect("command")).expect("begun");
    let ask = json!({ "command": "finish_check", "id": begun["summary"]["id"] });
    let told: Value = later.dispatch(serde_json::from_value(ask).expect("command")).expect("told");
    assert_eq!((&told["apart"], &told["colleagues"]), (&json!(true), &json!([])));
}

#[test]
fn ones_own_visit_is_gone_on_with_before_a_colleagues() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    let binh = Device::officer_at(&city, "Bình", 2, NOON.plus_millis(86_400_000));
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    [&an, &binh].into_iter().for_each(Device::sync);
    let (own, theirs) = (an.inspect(facility), binh.inspect(facility));
    assert_ne!(own, theirs, "by another clock it is another day");
    [&binh, &an, &binh].into_iter().for_each(Device::sync);
    for (device, visit) in [(&an, own), (&binh, theirs)] {
        assert_eq!(device.inspect(facility), visit);
        let sheet: FacilitySheet = device.tell(json!({ "command": "facility_sheet", "id": facility }));
        assert_eq!((sheet.summary.open_inspection, sheet.inspections.len()), (Some(visit), 2));
    }
}
