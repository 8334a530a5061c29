//! A supplement that nobody asked for: its officer's alone until it is signed, given up without a trace, never empty.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::{Decision, Verdict};
use ancu_shared::view::{InspectionState, InspectionView, MissingItem, MissingReason, Supplementing};
use serde_json::{Value, json};

use crate::city::NOON;
use crate::exchange::{signed_by_an, two_officers};
use crate::office::Device;

fn discard(device: &Device, inspection: DocumentId) -> InspectionView {
    device.tell(json!({ "command": "late_discard", "id": inspection }))
}

fn note(device: &Device, inspection: DocumentId, item: &str) -> String {
    device.item(inspection, item).statements[0].note.clone()
}

#[test]
fn a_sealed_record_is_supplemented_unasked_and_waits_for_a_decision_again() {
    let (city, an, binh, inspection) = signed_by_an(NOON);
    city.decide_at(inspection, inspection, Decision::Approved, "", &[]);
    [&an, &binh].into_iter().for_each(Device::sync);
    let view = binh.open(inspection);
    assert_eq!((view.summary.state, view.supplementing), (InspectionState::Approved, Supplementing::MayBegin));
    let answer = json!({ "command": "answer", "inspection": inspection, "item": "ESC-02",
        "answer": { "kind": "verdict", "value": "fail" }, "note": "" });
    assert_eq!(binh.refused(answer), ErrorCode::RecordSealed, "an answer alone begins none");
    city.state().down = true;
    let begun = binh.supplement(inspection);
    assert_eq!((begun.supplementing, begun.summary.state), (Supplementing::Own, InspectionState::Approved));
    assert_eq!(binh.supplement(inspection).open_supplement, begun.open_supplement, "one at a time");
    let binh = binh.crash();
    binh.verdict(inspection, "ESC-03", Verdict::Pass, "xem lại");
    let checked = binh.finish_check(inspection);
    assert_eq!(checked.missing, [], "only what it touches");
    binh.verdict(inspection, "ESC-01", Verdict::Fail, "");
    let checked = binh.finish_check(inspection);
    assert!(!checked.missing.is_empty() && checked.missing.iter().all(|it| it.item.as_deref() == Some("ESC-01")));
    binh.verdict(inspection, "ESC-01", Verdict::Pass, "nhìn nhầm");
    let drafts = binh.today().late;
    assert_eq!((drafts.len(), drafts[0].answers, drafts[0].correction), (1, 2, true));

    // Sent before it is signed, it is nobody else's to read, and they are told.
    city.state().down = false;
    [&binh, &an].into_iter().for_each(Device::sync);
    let told = an.open(inspection);
    assert_eq!((told.summary.state, told.supplementing), (InspectionState::Approved, Supplementing::MayBegin));
    assert_eq!((told.late.len(), told.late[0].correction, told.late[0].items.len()), (1, true, 2));
    assert_eq!(note(&an, inspection, "ESC-01"), "", "the sealed answer stands");

    // An begins another beside it: each has one.
    let other = an.supplement(inspection);
    assert_ne!(other.open_supplement, begun.open_supplement);
    discard(&an, inspection);
    let signed = binh.finish(inspection);
    assert_eq!((signed.summary.state, signed.supplementing), (InspectionState::Supplemented, Supplementing::MayBegin));
    [&binh, &an].into_iter().for_each(Device::sync);
    let view = an.open(inspection);
    assert_eq!((view.summary.state, view.late.len()), (InspectionState::Supplemented, 0));
    assert!(view.summary.approved_before.is_some(), "what was approved is said");
    assert_eq!(note(&an, inspection, "ESC-01"), "nhìn nhầm");
    assert_eq!(an.item(inspection, "ESC-01").superseded.len(), 1);
    assert_eq!((an.unsent().quarantined, binh.unsent().quarantined), (0, 0));
}

#[test]
fn one_that_says_nothing_is_not_signed_and_one_that_is_given_up_is_gone() {
    let (_city, an, binh, inspection) = signed_by_an(NOON);
    let empty = [MissingItem { item: None, group: None, reason: MissingReason::Nothing }];
    an.supplement(inspection);
    let waits = an.today().late;
    assert_eq!((waits.len(), waits[0].answers, waits[0].correction), (1, 0, true), "it is found again");
    let refused = || {
        let problem = an.ask::<Value>(json!({ "command": "inspection_finish", "id": inspection })).expect_err("empty");
        assert_eq!(problem.known_code(), ErrorCode::RecordIncomplete);
        assert!(problem.vi.contains("bỏ biên bản bổ sung") && problem.en.contains("give the supplement up"));
        an.tell::<Vec<MissingItem>>(json!({ "command": "inspection_missing", "id": inspection }))
    };
    assert_eq!(refused(), empty);
    an.verdict(inspection, "ESC-02", Verdict::Fail, "nhầm");
    an.tell::<Value>(json!({ "command": "answer", "inspection": inspection, "item": "ESC-02", "answer": null }));
    assert!(refused().starts_with(&empty), "what was taken back again says nothing");
    an.sync();
    let an = an.crash();
    let view = discard(&an, inspection);
    assert_eq!((view.supplementing, view.open_supplement, view.late.len()), (Supplementing::MayBegin, None, 0));
    assert!(an.today().late.is_empty());
    assert_eq!(an.refused(json!({ "command": "late_discard", "id": inspection })), ErrorCode::NotFound);
    [&an, &binh].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(inspection);
        assert_eq!((view.summary.state, view.late.len(), view.seals.len()), (InspectionState::Completed, 0, 1));
        assert_eq!((view.summary.late_answers, view.open_supplement), (0, None));
    }
    assert!(an.unsent().is_safe_to_wipe());
}

#[test]
fn one_that_the_words_called_for_is_given_up_while_nobody_else_wrote_in_it() {
    let (city, an, binh, inspection) = signed_by_an(NOON);
    city.decide_at(inspection, inspection, Decision::Returned, "Chưa đủ", &["ESC-03"]);
    [&an, &binh].into_iter().for_each(Device::sync);
    an.verdict(inspection, "ESC-03", Verdict::Fail, "ghi nhầm cơ sở");
    [&an, &binh].into_iter().for_each(Device::sync);
    // Bình writes in it while An, who has not heard of that, gives it up.
    city.state().down = true;
    binh.verdict(inspection, "ESC-02", Verdict::Fail, "của Bình");
    assert_eq!(discard(&an, inspection).open_supplement, None);
    city.state().down = false;
    [&binh, &an, &binh].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        assert!(device.open(inspection).open_supplement.is_some(), "what Bình wrote is not lost");
        assert_eq!(note(device, inspection, "ESC-02"), "của Bình");
    }
    let refused = an.ask::<Value>(json!({ "command": "late_discard", "id": inspection })).expect_err("shared");
    assert_eq!(refused.known_code(), ErrorCode::Conflict);
    assert!(refused.vi.contains("máy khác") && refused.en.contains("Another device"), "{refused:?}");
    assert_eq!((an.unsent().quarantined, binh.unsent().quarantined), (0, 0));
}

#[test]
fn one_that_the_words_called_for_begins_anew_after_it_was_given_up() {
    let (city, an, binh, inspection) = signed_by_an(NOON);
    city.decide_at(inspection, inspection, Decision::Returned, "Chưa đủ", &["ESC-03"]);
    [&an, &binh].into_iter().for_each(Device::sync);
    an.verdict(inspection, "ESC-03", Verdict::Fail, "ghi nhầm cơ sở");
    an.sync();
    discard(&an, inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(inspection);
        assert_eq!(
            (view.summary.state, view.summary.unanswered),
            (InspectionState::Returned, 1),
            "the words stay open"
        );
        assert_eq!((view.open_supplement, view.late.len()), (None, 0));
        assert!(device.item(inspection, "ESC-03").statements.is_empty());
    }
    binh.verdict(inspection, "ESC-03", Verdict::Pass, "đã xem lại");
    assert_eq!(binh.finish(inspection).summary.state, InspectionState::Supplemented);
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(note(&an, inspection, "ESC-03"), "đã xem lại");
    assert_eq!((an.unsent().quarantined, binh.unsent().quarantined), (0, 0));
}

#[test]
fn one_that_repeats_what_stands_or_was_given_up_elsewhere_is_not_signed() {
    let (city, an, _binh, inspection) = signed_by_an(NOON);
    an.supplement(inspection);
    an.verdict(inspection, "ESC-02", Verdict::Pass, "");
    let finish = json!({ "command": "inspection_finish", "id": inspection });
    let problem = an.ask::<Value>(finish.clone()).expect_err("nothing new");
    assert_eq!(problem.known_code(), ErrorCode::RecordIncomplete);
    assert!(problem.vi.contains("lặp lại") && problem.en.contains("repeats"), "{problem:?}");
    an.verdict(inspection, "ESC-02", Verdict::Pass, "cửa đã thay");
    an.sync();
    let other = Device::officer_at(&city, "An", 7, NOON.plus_millis(60_000));
    discard(&other, inspection);
    [&other, &an].into_iter().for_each(Device::sync);
    let problem = an.ask::<Value>(finish).expect_err("nothing is there to be signed");
    assert_eq!(problem.known_code(), ErrorCode::RecordSealed);
    assert!(problem.vi.contains("đã được bỏ") && problem.en.contains("given up"), "{problem:?}");
    assert_eq!((an.open(inspection).seals.len(), note(&an, inspection, "ESC-02")), (1, String::new()));
}

#[test]
fn what_is_open_or_returned_has_its_own_way() {
    let (city, an, binh, inspection) = two_officers();
    let supplement = json!({ "command": "supplement_begin", "id": inspection });
    assert_eq!(an.refused(supplement.clone()), ErrorCode::RecordOpen);
    assert_eq!(an.open(inspection).supplementing, Supplementing::No);
    an.pass_required(inspection);
    an.finish(inspection);
    an.sync();
    // A correction that was begun before the reviewer's words answers them too.
    an.supplement(inspection);
    city.decide_at(inspection, inspection, Decision::Returned, "Chưa đủ", &["ESC-03"]);
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!(an.open(inspection).supplementing, Supplementing::Own);
    // Who is asked begins the one that is everybody's.
    let shared: InspectionView = binh.tell(supplement);
    assert_eq!((shared.supplementing, shared.summary.state), (Supplementing::Open, InspectionState::Returned));
    an.verdict(inspection, "ESC-03", Verdict::Pass, "đã xem");
    assert_eq!(an.finish(inspection).summary.state, InspectionState::Supplemented);
    assert_eq!((an.unsent().quarantined, binh.unsent().quarantined), (0, 0));
}
