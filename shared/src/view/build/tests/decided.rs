//! Seals and decisions: what state they give a record, and how they are shown.

use super::inspections::{decision, finding, photo, sealed, view, with};
use super::*;
use crate::record::register::{Decision, ThreadMessage};
use crate::view::InspectionState;

#[test]
fn the_state_follows_seals_and_decisions() {
    let open = || with([]);
    let original = || with([sealed(20, 1, INSPECTION)]);
    let supplement = |id, at| (id, vec![put(1, 1, "h/supplement_of", INSPECTION.to_string()), sealed(at, 1, id)]);
    let unsealed = (SUPPLEMENT, vec![put(1, 1, "h/supplement_of", INSPECTION.to_string())]);
    let returned = |on| vec![decision(30, 9, Decision::Returned, on, "Chụp lại ảnh")];
    let approved = |on| vec![decision(30, 9, Decision::Approved, on, "")];
    for (name, cells, supplements, review, state) in [
        ("begun", open(), vec![], vec![], InspectionState::InProgress),
        ("sealed", original(), vec![], vec![], InspectionState::Completed),
        ("approved", original(), vec![], approved(INSPECTION), InspectionState::Approved),
        ("returned", original(), vec![], returned(INSPECTION), InspectionState::Returned),
        ("being supplemented", original(), vec![unsealed], returned(INSPECTION), InspectionState::Returned),
        (
            "supplemented",
            original(),
            vec![supplement(SUPPLEMENT, 40)],
            returned(INSPECTION),
            InspectionState::Supplemented,
        ),
        // The officer's clock may be behind: a supplement is later than what it supplements.
        (
            "clock behind",
            original(),
            vec![supplement(SUPPLEMENT, 2)],
            returned(INSPECTION),
            InspectionState::Supplemented,
        ),
        (
            "returned again",
            original(),
            vec![supplement(LATER, 50), supplement(SUPPLEMENT, 40)],
            returned(LATER),
            InspectionState::Returned,
        ),
        (
            "supplemented again",
            original(),
            vec![supplement(LATER, 50), supplement(SUPPLEMENT, 40)],
            returned(SUPPLEMENT),
            InspectionState::Supplemented,
        ),
        (
            "approved supplement",
            original(),
            vec![supplement(SUPPLEMENT, 40)],
            approved(SUPPLEMENT),
            InspectionState::Approved,
        ),
        (
            "sealed after approval",
            original(),
            vec![supplement(SUPPLEMENT, 40)],
            approved(INSPECTION),
            InspectionState::Supplemented,
        ),
        ("decided on what is not here", original(), vec![], returned(LATER), InspectionState::Returned),
    ] {
        let view = view(&cells, &supplements, &review);
        assert_eq!(view.summary.state, state, "{name}");
        let words = (state == InspectionState::Returned).then(|| "Chụp lại ảnh".to_owned());
        assert_eq!(view.summary.words, words, "{name}");
        let parts: Vec<_> = supplements.iter().map(|(id, cells)| (*id, cells.as_slice())).collect();
        assert_eq!(inspection_state(INSPECTION, &cells, &parts, (Some(&review), &[])), state, "{name}");
    }
}

#[test]
fn a_supplement_is_shown_before_what_was_sealed() {
    let cells = with([
        verdict(10, 1, "ESC-01", Verdict::Pass),
        verdict(11, 1, "ESC-02", Verdict::Fail),
        finding(12, 1, "ESC-02", Severity::Critical),
        photo(13, 1, "ESC-02", 1, false),
        sealed(20, 1, INSPECTION),
    ]);
    let supplement = vec![
        put(1, 2, "h/supplement_of", INSPECTION.to_string()),
        answer(2, 2, "ESC-02", Some(Answer::Verdict(Verdict::Pass)), "Đã mở lối"),
        answer(3, 2, "ESC-01", None, ""),
        photo(4, 2, "ESC-02", 2, false),
        photo(5, 2, "ESC-02", 1, true),
    ];
    let (supplements, review) = ([(SUPPLEMENT, supplement)], [decision(30, 9, Decision::Returned, INSPECTION, "x")]);
    let writing = Some(SUPPLEMENT);
    let view =
        read(Reading { cells: &cells, supplements: &supplements, review: &review, writing, ..Reading::default() });
    assert_eq!(view.open_supplement, Some(SUPPLEMENT));
    let escape = &view.items[0];
    assert!(escape.statements[0].supplement && escape.statements[0].note == "Đã mở lối");
    assert_eq!(escape.superseded.len(), 1);
    assert!(!escape.superseded[0].supplement);
    assert_eq!(escape.finding, None, "it no longer fails");
    // What was sealed stays: a supplement adds photos and hides none.
    assert_eq!(escape.photos.iter().map(|it| it.detail.hash.0[0]).collect::<Vec<_>>(), [2, 1]);
    // A correction that was taken back leaves what was sealed.
    assert_eq!(view.items[1].statements[0].answer, Some(Answer::Verdict(Verdict::Pass)));
    assert!(view.items[1].superseded.is_empty());
    assert_eq!(view.summary.progress.failed, 1, "until it is signed it changes no number");
    assert_eq!(view.summary.officers, ["Person 1"]);
}

#[test]
fn words_of_reviewers_stand_at_their_question() {
    let message = |counter, key: &str, words: &str| {
        let at = UtcMillis(counter as i64 * 1000);
        put(counter, 9, key, ThreadMessage { words: words.into(), at, by: person(9) }.to_scalar())
    };
    let review = [
        message(5, "t/ESC-02/018f0000-0000-7000-8000-000000000002", "second"),
        message(4, "t/ESC-02/018f0000-0000-7000-8000-000000000003", "first"),
        message(6, "t/_/018f0000-0000-7000-8000-000000000001", "whole"),
        message(7, "t/NEW-01/018f0000-0000-7000-8000-000000000001", "not in this template"),
    ];
    let view = view(&with([]), &[], &review);
    let said: Vec<_> = view
        .items
        .iter()
        .map(|item| (item.code.as_str(), item.comments.iter().map(|it| it.words.as_str()).collect::<Vec<_>>()))
        .collect();
    assert_eq!(said, [("ESC-02", vec!["first", "second"]), ("NEW-01", vec!["not in this template"])]);
    assert_eq!(view.comments.iter().map(|it| it.words.as_str()).collect::<Vec<_>>(), ["whole"]);
}

#[test]
fn seals_say_whether_they_hold() {
    let mut forged = sealed(21, 2, SUPPLEMENT);
    forged.operation.counter = 21;
    let cells = with([sealed(20, 1, INSPECTION), forged]);
    let view = view(&cells, &[], &[]);
    assert_eq!(
        view.seals.iter().map(|it| (it.by.person_name.as_str(), it.valid)).collect::<Vec<_>>(),
        [("Person 1", true), ("Person 2", false)]
    );
    assert_eq!(view.summary.sealed_at, Some(UtcMillis(20_000)));
}

#[test]
fn two_decisions_are_both_shown_the_one_in_force_last() {
    let review = [
        decision(31, 8, Decision::Approved, INSPECTION, "tốt"),
        decision(30, 9, Decision::Returned, INSPECTION, "thiếu ảnh"),
    ];
    let view = view(&with([sealed(20, 1, INSPECTION)]), &[], &review);
    assert_eq!(view.decisions.iter().map(|it| it.words.as_str()).collect::<Vec<_>>(), ["thiếu ảnh", "tốt"]);
    assert_eq!(view.summary.state, InspectionState::Approved);
}
