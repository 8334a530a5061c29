//! What is unsigned never covers what is signed: it is read where it is written, marked, and counts nowhere.

use super::super::*;
use super::inspections::{decision, finding, photo, sealed, with};
use super::*;
use crate::record::register::{Decision, ThreadMessage};
use crate::view::{InspectionState, InspectionView, ItemView};

const THIRD: DocumentId = DocumentId::from_bytes([4; 16]);

/// ESC-02 fails as critical and ESC-01 passes, sealed by person 1.
fn record() -> Vec<Cell> {
    with([
        verdict(10, 1, "ESC-01", Verdict::Pass),
        verdict(11, 1, "ESC-02", Verdict::Fail),
        finding(12, 1, "ESC-02", Severity::Critical),
        photo(13, 1, "ESC-02", 1, false),
        put(14, 1, "h/latitude", 20.99),
        put(15, 1, "h/longitude", 105.81),
        sealed(20, 1, INSPECTION),
    ])
}

fn part(id: DocumentId, by: u8, said: impl IntoIterator<Item = Cell>) -> late::Supplement {
    (id, [put(1, by, "h/supplement_of", INSPECTION.to_string())].into_iter().chain(said).collect())
}

fn signed(id: DocumentId, (at, by): (u64, u8), said: impl IntoIterator<Item = Cell>) -> late::Supplement {
    part(id, by, said.into_iter().chain([sealed(at, by, id)]))
}

fn returned() -> Vec<Cell> {
    vec![decision(30, 9, Decision::Returned, INSPECTION, "Xem lại")]
}

fn read_by(supplements: &[late::Supplement], writing: Option<DocumentId>) -> InspectionView {
    let review = returned();
    read(Reading { cells: &record(), supplements, review: &review, writing, ..Reading::default() })
}

fn item<'v>(view: &'v InspectionView, code: &str) -> &'v ItemView {
    view.items.iter().find(|item| item.code == code).expect("the item")
}

fn said(view: &InspectionView, code: &str) -> Vec<(Option<Answer>, bool)> {
    item(view, code).statements.iter().map(|it| (it.answer.clone(), it.unsigned)).collect()
}

fn answer_is(verdict: Verdict, unsigned: bool) -> Vec<(Option<Answer>, bool)> {
    vec![(Some(Answer::Verdict(verdict)), unsigned)]
}

/// What everybody goes by.
fn judged(view: &InspectionView) -> (InspectionState, u32, Option<Severity>, Vec<String>) {
    let summary = &view.summary;
    (summary.state, summary.progress.failed, summary.gravest, summary.officers.clone())
}

#[test]
fn a_supplement_that_is_written_changes_nothing_for_who_judges() {
    let milder = [verdict(2, 2, "ESC-02", Verdict::Pass), photo(3, 2, "ESC-01", 2, false)];
    let writing = [part(SUPPLEMENT, 2, milder)];
    let reviewer = read_by(&writing, None);
    assert_eq!(said(&reviewer, "ESC-02"), answer_is(Verdict::Fail, false));
    assert!(item(&reviewer, "ESC-02").finding.is_some() && item(&reviewer, "ESC-01").photos.is_empty());
    assert_eq!(
        judged(&reviewer),
        (InspectionState::Returned, 1, Some(Severity::Critical), vec!["Person 1".to_owned()])
    );
    // It is told of beside the record, as what it is.
    let [waits] = &reviewer.late[..] else { panic!("{:?}", reviewer.late) };
    assert_eq!((waits.asked, waits.own, waits.supplement), (true, false, Some(SUPPLEMENT)));
    assert_eq!((waits.by.person_name.as_str(), waits.items.len(), waits.photos), ("Person 2", 1, 1));
    // Its author reads the working copy, marked, and the same numbers.
    let author = read_by(&writing, Some(SUPPLEMENT));
    assert_eq!(said(&author, "ESC-02"), answer_is(Verdict::Pass, true));
    assert!(item(&author, "ESC-01").photos[0].unsigned && !item(&author, "ESC-02").photos[0].unsigned);
    assert_eq!((judged(&author), author.groups), (judged(&reviewer), reviewer.groups));
    assert_eq!((author.open_supplement, reviewer.open_supplement), (Some(SUPPLEMENT), None));
}

#[test]
fn an_open_supplement_covers_no_signed_one() {
    let passes = answer(2, 1, "ESC-01", Some(Answer::Verdict(Verdict::NotApplicable)), "chưa ký");
    let fails = [verdict(2, 2, "ESC-01", Verdict::Fail), finding(3, 2, "ESC-01", Severity::Major)];
    let both = [part(SUPPLEMENT, 1, [passes]), signed(LATER, (40, 2), fails)];
    for both in [both.clone(), [both[1].clone(), both[0].clone()]] {
        let reviewer = read_by(&both, None);
        assert_eq!(said(&reviewer, "ESC-01"), answer_is(Verdict::Fail, false));
        assert_eq!((reviewer.summary.progress.failed, item(&reviewer, "ESC-01").finding.is_some()), (2, true));
        assert_eq!(reviewer.summary.officers, ["Person 2", "Person 1"]);
        // An officer who writes another one reads it over what is signed, and not over a colleague's draft.
        let third = [both[0].clone(), both[1].clone(), part(THIRD, 3, [verdict(2, 3, "ESC-02", Verdict::Pass)])];
        let author = read_by(&third, Some(THIRD));
        assert_eq!(said(&author, "ESC-01"), answer_is(Verdict::Fail, false));
        assert_eq!(said(&author, "ESC-02"), answer_is(Verdict::Pass, true));
        assert_eq!(author.summary.progress.failed, 2);
    }
}

#[test]
fn each_who_writes_is_told_of_and_what_is_taken_back_is_not() {
    let of = |cells: Vec<Cell>| read_by(&[part(SUPPLEMENT, 2, cells)], None).late;
    let two = of(vec![verdict(2, 2, "ESC-02", Verdict::Pass), verdict(3, 3, "ESC-01", Verdict::Fail)]);
    let names: Vec<_> = two.iter().map(|it| (it.by.person_name.as_str(), it.items[0].code.as_str())).collect();
    assert_eq!(names, [("Person 2", "ESC-02"), ("Person 3", "ESC-01")]);
    assert_eq!(of(vec![answer(2, 2, "ESC-02", None, "")]), []);
    assert_eq!(of(vec![]), []);
    let place = of(vec![put(2, 2, "h/latitude", 20.9), put(3, 2, "h/longitude", 105.8)]);
    assert_eq!(place.len(), 1, "where it was made is something");
}

#[test]
fn what_settles_a_clash_keeps_its_author_names_who_chose_and_answers_the_words() {
    let apart = [
        signed(SUPPLEMENT, (40, 2), [verdict(2, 2, "ESC-01", Verdict::NotApplicable)]),
        signed(LATER, (41, 3), [verdict(2, 3, "ESC-01", Verdict::Pass)]),
    ];
    let id = uuid::Builder::from_random_bytes([3; 16]).into_uuid();
    let words = ThreadMessage { words: "Ai đúng?".into(), at: UtcMillis(50_000), by: person(9) };
    let asked = put(50, 9, &format!("t/ESC-01/{id}"), words.to_scalar());
    let review = [decision(50, 9, Decision::Returned, LATER, ""), asked];
    for (chosen, author) in [(Verdict::NotApplicable, "Person 2"), (Verdict::Pass, "Person 3")] {
        let settles = knowing(THIRD, (60, 4), &[SUPPLEMENT, LATER], &review[..1], [verdict(2, 4, "ESC-01", chosen)]);
        // Neither of the two knew the other: their seals say so.
        let parts = [
            knowing(SUPPLEMENT, (40, 2), &[], &[], apart[0].1[1..2].to_vec()),
            knowing(LATER, (41, 3), &[], &[], apart[1].1[1..2].to_vec()),
            settles,
        ];
        let of = |parts: &[late::Supplement]| {
            read(Reading { cells: &record(), supplements: parts, review: &review, ..Reading::default() })
        };
        assert_eq!(of(&parts[..2]).apart.len(), 1);
        let view = of(&parts);
        let [statement] = &item(&view, "ESC-01").statements[..] else { panic!("one stands") };
        assert_eq!((statement.answer.clone(), view.apart.len()), (Some(Answer::Verdict(chosen)), 0));
        assert_eq!(statement.by.person_name, author);
        assert_eq!(statement.chosen_by.as_ref().map(|by| by.person_name.as_str()), Some("Person 4"));
        assert_eq!((view.summary.state, view.summary.unanswered), (InspectionState::Supplemented, 0), "{chosen:?}");
    }
}

/// A part whose signer knew these parts and decisions.
fn knowing(
    id: DocumentId,
    (at, by): (i64, u8),
    parts: &[DocumentId],
    decisions: &[Cell],
    said: impl IntoIterator<Item = Cell>,
) -> late::Supplement {
    use crate::record::register::Known;
    let secret = crate::author::AuthorSecret::generate(&mut crate::clock::SeededRandom::new(u64::from(by)));
    let decisions = decisions.iter().map(|cell| cell.operation);
    let known = Known::of(parts.iter().copied().chain([INSPECTION]), decisions);
    let heads = vec![crate::id::ChangeHash([7; 32])];
    let statement =
        crate::record::seal::seal_knowing(id, heads, &secret, UtcMillis(at * 1000), person(by), Some(known));
    part(id, by, said.into_iter().chain([put(99, by, &format!("g/{}", actor(by)), statement.to_scalar())]))
}

#[test]
fn a_supplement_that_repeats_what_stands_says_nothing() {
    let says = |cells: Vec<Cell>| {
        let (id, cells) = part(SUPPLEMENT, 2, cells);
        says_news(INSPECTION, &record(), &[(id, &cells)], SUPPLEMENT)
    };
    let place = |latitude: f64| vec![put(2, 2, "h/latitude", latitude), put(3, 2, "h/longitude", 105.81)];
    for (what, news, cells) in [
        ("nothing", false, vec![]),
        ("the answer", false, vec![verdict(2, 2, "ESC-02", Verdict::Fail)]),
        ("another", true, vec![verdict(2, 2, "ESC-02", Verdict::Pass)]),
        ("taken back", false, vec![answer(2, 2, "ESC-02", None, "")]),
        ("the finding", false, vec![finding(2, 2, "ESC-02", Severity::Critical)]),
        ("a milder one", true, vec![finding(2, 2, "ESC-02", Severity::Minor)]),
        ("the photo", false, vec![photo(2, 2, "ESC-02", 1, false)]),
        ("another photo", true, vec![photo(2, 2, "ESC-02", 2, false)]),
        ("the place", false, place(20.9901)),
        ("another place", true, place(20.999)),
    ] {
        assert_eq!(says(cells), news, "{what}");
    }
}

#[test]
fn a_place_that_was_carried_replaces_none_that_is_signed_until_its_author_chose() {
    let place =
        |counter, latitude: f64| [put(counter, 2, "h/latitude", latitude), put(counter + 1, 2, "h/longitude", 105.81)];
    let read_draft = |said: Vec<Cell>| {
        let draft = (SUPPLEMENT, [put(50, 2, "h/carries", "00".repeat(32))].into_iter().chain(said).collect());
        let (reader, writing) = (Some(person(2)), Some(SUPPLEMENT));
        read(Reading { cells: &record(), supplements: &[draft], reader, writing, ..Reading::default() })
    };
    let latitude = |view: &InspectionView| view.position.map(|place| place.latitude);
    let view = read_draft(place(2, 20.995).to_vec());
    let [clash] = &view.apart[..] else { panic!("{:?}", view.apart) };
    assert_eq!((clash.key.as_str(), clash.values.len(), clash.settlement), ("h/latitude", 2, None));
    assert_eq!(latitude(&view), Some(20.99), "what is signed stands until then");
    let chosen = read_draft(place(60, 20.995).to_vec());
    assert_eq!((chosen.apart.len(), latitude(&chosen)), (0, Some(20.995)));
    let near = read_draft(place(2, 20.9901).to_vec());
    assert_eq!(near.apart, [], "what phones err by");
    let other = answer(5, 2, "ESC-01", Some(Answer::Verdict(Verdict::Pass)), "");
    let kept = read_draft(vec![put(60, 2, "h/latitude", Scalar::Null), put(61, 2, "h/longitude", Scalar::Null), other]);
    assert_eq!((kept.apart.len(), latitude(&kept)), (0, Some(20.99)));
}
