//! Decisions and words: all of them are told, and a record comes back only when its words have an answer.

use super::super::*;
use super::inspections::{decision, photo, sealed, with};
use super::*;
use crate::record::register::{Capacity, Decision, DecisionStatement, ThreadMessage};
use crate::role::Role;
use crate::view::{CommentView, InspectionState, InspectionView};

/// Words of person 9 at an item, said with the decision of that second.
fn words_at(counter: u64, item: &str, text: &str) -> Cell {
    let id = uuid::Builder::from_random_bytes([counter as u8; 16]).into_uuid();
    message(counter, 9, &format!("t/{item}/{id}"), text)
}

fn message(counter: u64, by: u8, key: &str, text: &str) -> Cell {
    let at = UtcMillis(counter as i64 * 1000);
    put(counter, by, key, ThreadMessage { words: text.into(), at, by: person(by) }.to_scalar())
}

fn reply(counter: u64, by: u8, item: &str, text: &str) -> Cell {
    message(counter, by, &reply_key(item, person(by)).to_string(), text)
}

/// A decision as the log tells it.
fn decided(counter: u64, what: Decision, on: DocumentId, words: &str) -> Decided {
    let cell = decision(counter, 9, what, on, words);
    let statement = DecisionStatement::from_scalar(&cell.value).expect("a decision");
    Decided { operation: cell.operation, statement }
}

/// Both checks pass, sealed by person 1.
fn record() -> Vec<Cell> {
    let answers = [verdict(10, 1, "ESC-01", Verdict::Pass), verdict(11, 1, "ESC-02", Verdict::Pass)];
    with(answers.into_iter().chain([sealed(20, 1, INSPECTION)]))
}

fn supplement(id: DocumentId, seal: Option<u64>, by: u8, said: impl IntoIterator<Item = Cell>) -> late::Supplement {
    let begun = put(1, by, "h/supplement_of", INSPECTION.to_string());
    (id, [begun].into_iter().chain(said).chain(seal.map(|at| sealed(at, by, id))).collect())
}

/// Returned with words at both checks.
fn returned() -> Vec<Cell> {
    let words = [words_at(30, "ESC-01", "Chụp lại cửa"), words_at(30, "ESC-02", "Đo lại")];
    [decision(30, 9, Decision::Returned, INSPECTION, "Chưa đủ")].into_iter().chain(words).collect()
}

fn read(supplements: &[late::Supplement], review: &[Cell], decided: &[Decided]) -> InspectionView {
    super::read(Reading { cells: &record(), supplements, review, decided, ..Reading::default() })
}

/// Codes of the words that wait.
fn open(view: &InspectionView) -> Vec<&str> {
    let comments = view.items.iter().flat_map(|item| &item.comments);
    comments.filter(|words| words.open).map(|words| words.item.as_str()).collect()
}

fn answered(comment: &CommentView) -> Option<(&str, bool)> {
    comment.answered.as_ref().map(|answer| (answer.by.person_name.as_str(), answer.signed))
}

#[test]
fn a_record_is_returned_until_all_words_have_a_signed_answer() {
    let note = |text: &str| answer(3, 1, "ESC-01", Some(Answer::Verdict(Verdict::Pass)), text);
    let other = || answer(4, 2, "ESC-02", Some(Answer::Verdict(Verdict::Pass)), "1,2 m");
    for (name, supplements, waiting) in [
        ("nothing", vec![], vec!["ESC-02", "ESC-01"]),
        ("one item, not signed", vec![supplement(SUPPLEMENT, None, 1, [note("mới")])], vec!["ESC-02", "ESC-01"]),
        ("one item", vec![supplement(SUPPLEMENT, Some(40), 1, [note("mới")])], vec!["ESC-02"]),
        (
            "the same again is no answer",
            vec![supplement(SUPPLEMENT, Some(40), 1, [note("")])],
            vec!["ESC-02", "ESC-01"],
        ),
        ("a photo", vec![supplement(SUPPLEMENT, Some(40), 1, [photo(3, 1, "ESC-01", 4, false)])], vec!["ESC-02"]),
        (
            "a photo that was taken away again",
            vec![supplement(SUPPLEMENT, Some(40), 1, [photo(3, 1, "ESC-01", 4, true)])],
            vec!["ESC-02", "ESC-01"],
        ),
        (
            "a colleague's words are the colleague's",
            vec![supplement(SUPPLEMENT, Some(40), 1, [note("mới")]), supplement(LATER, None, 2, [other()])],
            vec!["ESC-02"],
        ),
        (
            "both",
            vec![supplement(SUPPLEMENT, Some(40), 1, [note("mới")]), supplement(LATER, Some(41), 2, [other()])],
            vec![],
        ),
        (
            "what stands may be said to stand",
            vec![supplement(
                SUPPLEMENT,
                Some(40),
                1,
                [note("mới"), reply(5, 1, "ESC-02", "Đã kiểm tra, giữ nguyên vì cửa mở ra ngoài")],
            )],
            vec![],
        ),
        // The officer's clock may be behind: a supplement is later than what it supplements.
        ("by a slow clock", vec![supplement(SUPPLEMENT, Some(2), 1, [note("mới"), other()])], vec![]),
    ] {
        let view = read(&supplements, &returned(), &[]);
        assert_eq!(open(&view), waiting, "{name}");
        assert_eq!(view.summary.unanswered as usize, waiting.len(), "{name}");
        let state = if waiting.is_empty() { InspectionState::Supplemented } else { InspectionState::Returned };
        assert_eq!(view.summary.state, state, "{name}");
        let parts: Vec<_> = supplements.iter().map(|(id, cells)| (*id, cells.as_slice())).collect();
        assert_eq!(inspection_state(INSPECTION, &record(), &parts, (Some(&returned()), &[])), state, "{name}");
    }
    // Words on the whole only: whatever is signed is an answer.
    let whole = [decision(30, 9, Decision::Returned, INSPECTION, "Chưa đủ")];
    let view = read(&[supplement(SUPPLEMENT, Some(40), 1, [note("mới")])], &whole, &[]);
    assert_eq!(view.summary.state, InspectionState::Supplemented);
}

#[test]
fn words_say_who_answered_them_and_what_is_only_being_written() {
    let said = [photo(3, 1, "ESC-01", 4, false), reply(5, 1, "ESC-02", "Giữ nguyên"), reply(6, 1, "_", "Đã bổ sung")];
    let writing = read(&[supplement(SUPPLEMENT, None, 1, said.clone())], &returned(), &[]);
    let comments: Vec<_> = writing.items.iter().flat_map(|item| &item.comments).collect();
    assert_eq!(comments.iter().map(|it| answered(it)).collect::<Vec<_>>(), [Some(("Person 1", false)); 2]);
    assert!(comments.iter().all(|words| words.open), "what is not signed is no answer");
    let view = read(&[supplement(SUPPLEMENT, Some(40), 1, said)], &returned(), &[]);
    let [measure, door] = [&view.items[0].comments[0], &view.items[1].comments[0]];
    assert_eq!((measure.item.as_str(), answered(measure)), ("ESC-02", Some(("Person 1", true))));
    assert_eq!(measure.replies.iter().map(|it| it.words.as_str()).collect::<Vec<_>>(), ["Giữ nguyên"]);
    assert_eq!((answered(door), door.replies.len(), door.open), (Some(("Person 1", true)), 0, false));
    assert_eq!(view.decisions[0].comments.len(), 2);
    assert_eq!(view.decisions[0].replies[0].words, "Đã bổ sung");
    assert!(view.decisions[0].replies[0].signed);
}

#[test]
fn every_decision_stays_in_the_record() {
    let supplements = [
        supplement(SUPPLEMENT, Some(40), 1, [photo(3, 1, "ESC-01", 4, false), reply(4, 1, "ESC-02", "Giữ nguyên")]),
        supplement(LATER, Some(60), 2, [photo(3, 2, "ESC-01", 5, false), reply(4, 2, "ESC-01", "Chụp ban ngày")]),
    ];
    let log = [
        decided(70, Decision::Approved, LATER, "Đạt"),
        decided(30, Decision::Returned, INSPECTION, "Chưa đủ"),
        decided(50, Decision::Returned, SUPPLEMENT, "Vẫn tối"),
    ];
    let mut review = vec![decision(70, 9, Decision::Approved, LATER, "Đạt")];
    review.extend(returned().into_iter().skip(1).chain([words_at(50, "ESC-01", "Ảnh vẫn tối")]));
    let view = read(&supplements, &review, &log);
    assert_eq!(view.summary.state, InspectionState::Approved);
    let told: Vec<_> = view
        .decisions
        .iter()
        .map(|it| (it.words.as_str(), it.by.person_name.as_str(), it.by.at.0 / 1000, it.comments.len()))
        .collect();
    assert_eq!(told, [("Chưa đủ", "Person 9", 30, 2), ("Vẫn tối", "Person 9", 50, 1), ("Đạt", "Person 9", 70, 0)]);
    let by = |decision: usize| view.decisions[decision].comments.iter().map(answered).collect::<Vec<_>>();
    assert_eq!(by(0), [Some(("Person 1", true)); 2]);
    assert_eq!(by(1), [Some(("Person 2", true))]);
    assert_eq!(view.decisions[1].comments[0].replies[0].words, "Chụp ban ngày");
    let door = view.items.iter().find(|item| item.code == "ESC-01").expect("the door");
    assert_eq!(door.comments.iter().map(|it| it.replies.len()).collect::<Vec<_>>(), [0, 1], "each with its own");
    assert_eq!(open(&view), Vec::<&str>::new());
    // Without the log only what stands is known; the words are there all the same.
    assert_eq!(read(&supplements, &review, &[]).decisions.len(), 1);
}

#[test]
fn an_approval_closes_the_words_before_it_and_a_second_return_does_not() {
    let partly = supplement(SUPPLEMENT, Some(40), 1, [photo(3, 1, "ESC-01", 4, false)]);
    let after = supplement(LATER, Some(60), 2, [answer(3, 2, "ACC-04", Some(Answer::Choice("a".into())), "")]);
    let first = decided(30, Decision::Returned, INSPECTION, "Chưa đủ");
    for (second, state, waiting) in [
        (Decision::Approved, InspectionState::Supplemented, vec![]),
        (Decision::Returned, InspectionState::Returned, vec!["ESC-02"]),
    ] {
        let log = [first.clone(), decided(50, second, SUPPLEMENT, "")];
        let mut review = vec![decision(50, 9, second, SUPPLEMENT, "")];
        review.extend(returned().into_iter().skip(1));
        let view = read(&[partly.clone(), after.clone()], &review, &log);
        assert_eq!((view.summary.state, open(&view)), (state, waiting));
        assert_eq!(answered(&view.decisions[0].comments[1]), None, "and it is told that nobody answered");
    }
}

#[test]
fn a_decision_says_in_which_capacity() {
    let capacity = Capacity { role: Role::AreaTeamReviewer, unit_name: "Đội khu vực số 3".into() };
    let mut one = decided(30, Decision::Returned, INSPECTION, "Chưa đủ");
    one.statement.capacity = Some(capacity.clone());
    let text = one.statement.to_scalar();
    assert_eq!(DecisionStatement::from_scalar(&text), Ok(one.statement.clone()));
    assert_eq!(read(&[], &[], &[one]).decisions[0].capacity, Some(capacity));
}
