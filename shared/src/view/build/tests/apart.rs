//! Supplements made apart: what their authors knew decides what they replace and answer, whatever the clocks said.

use super::super::*;
use super::inspections::{decision, finding, photo, sealed, with};
use super::*;
use crate::author::AuthorSecret;
use crate::clock::SeededRandom;
use crate::id::ChangeHash;
use crate::record::register::{Decision, Known, ThreadMessage};
use crate::record::seal;
use crate::view::{InspectionState, InspectionView, Settlement};

const THIRD: DocumentId = DocumentId::from_bytes([4; 16]);

/// What a part says that a person signed at a second, knowing these parts and decisions.
fn signed(
    id: DocumentId,
    (at, by): (i64, u8),
    parts: &[DocumentId],
    decisions: &[OperationId],
    said: impl IntoIterator<Item = Cell>,
) -> late::Supplement {
    let secret = AuthorSecret::generate(&mut SeededRandom::new(u64::from(by)));
    let known = Known::of(parts.iter().copied().chain([INSPECTION]), decisions.iter().copied());
    let heads = vec![ChangeHash([7; 32])];
    let statement = seal::seal_knowing(id, heads, &secret, UtcMillis(at * 1000), person(by), Some(known));
    let seal = put(99, by, &format!("g/{}", actor(by)), statement.to_scalar());
    (id, [put(1, by, "h/supplement_of", INSPECTION.to_string())].into_iter().chain(said).chain([seal]).collect())
}

fn open(id: DocumentId, by: u8, said: impl IntoIterator<Item = Cell>) -> late::Supplement {
    (id, [put(1, by, "h/supplement_of", INSPECTION.to_string())].into_iter().chain(said).collect())
}

/// Both checks pass, sealed by person 1.
fn record() -> Vec<Cell> {
    let answers = [verdict(10, 1, "ESC-01", Verdict::Pass), verdict(11, 1, "ESC-02", Verdict::Pass)];
    with(answers.into_iter().chain([sealed(20, 1, INSPECTION)]))
}

fn read_of(cells: &[Cell], supplements: &[late::Supplement], review: &[Cell]) -> InspectionView {
    read(Reading { cells, supplements, review, decided: &[], ..Reading::default() })
}

fn escape(view: &InspectionView) -> &crate::view::ItemView {
    view.items.iter().find(|item| item.code == "ESC-02").expect("the item")
}

/// Verdicts that stand at ESC-02, the one shown first, with who said them.
fn standing(view: &InspectionView) -> Vec<(Verdict, &str)> {
    let verdict = |answer: &Option<Answer>| match answer {
        Some(Answer::Verdict(verdict)) => *verdict,
        other => panic!("{other:?}"),
    };
    escape(view).statements.iter().map(|it| (verdict(&it.answer), it.by.person_name.as_str())).collect()
}

fn fails(by: u8) -> [Cell; 2] {
    [verdict(2, by, "ESC-02", Verdict::Fail), finding(3, by, "ESC-02", Severity::Critical)]
}

/// Numbers that reviewers and queues go by.
fn counts(view: &InspectionView) -> (u32, Option<Severity>, u32, u32) {
    let summary = &view.summary;
    (summary.progress.failed, summary.gravest, summary.progress.clashes, summary.apart)
}

const APART: (u32, Option<Severity>, u32, u32) = (1, Some(Severity::Critical), 1, 1);

#[test]
fn of_two_supplements_made_apart_the_later_clock_silences_nobody() {
    for (one, other) in [(40, 50), (50, 40), (40, 40)] {
        let supplements = [
            signed(SUPPLEMENT, (one, 2), &[], &[], fails(2)),
            signed(
                LATER,
                (other, 3),
                &[],
                &[],
                [verdict(2, 3, "ESC-02", Verdict::Pass), verdict(4, 3, "ESC-01", Verdict::Pass)],
            ),
        ];
        for supplements in [supplements.clone(), [supplements[1].clone(), supplements[0].clone()]] {
            let view = read_of(&record(), &supplements, &[]);
            assert_eq!(standing(&view), [(Verdict::Fail, "Person 2"), (Verdict::Pass, "Person 3")], "the worst first");
            assert_eq!(escape(&view).finding.as_ref().map(|it| it.severity), Some(Severity::Critical));
            assert_eq!(counts(&view), APART);
            let [clash] = &view.apart[..] else { panic!("{:?}", view.apart) };
            assert_eq!(
                (clash.document, clash.key.as_str(), clash.settlement),
                (INSPECTION, "i/ESC-02", Some(Settlement::Open))
            );
            assert_eq!(clash.title, "Chung cư mini An Phú");
            let by: Vec<_> =
                clash.values.iter().map(|it| (it.by.person_name.as_str(), it.by.device_name.as_str())).collect();
            assert_eq!(by, [("Person 2", "Device 2"), ("Person 3", "Device 3")]);
        }
    }
}

#[test]
fn who_signs_knowing_both_settles_it_and_an_unsigned_choice_does_not_count() {
    let apart = [
        signed(SUPPLEMENT, (40, 2), &[], &[], fails(2)),
        signed(LATER, (50, 3), &[], &[], [verdict(2, 3, "ESC-02", Verdict::Pass)]),
    ];
    let choice = || [answer(2, 4, "ESC-02", Some(Answer::Verdict(Verdict::Pass)), "đã xem lại")];
    let writing = [apart[0].clone(), apart[1].clone(), open(THIRD, 4, choice())];
    let drafted = read(Reading { cells: &record(), supplements: &writing, writing: Some(THIRD), ..Reading::default() });
    assert_eq!(standing(&drafted), [(Verdict::Pass, "Person 4")], "it is shown where it is written");
    let view = read_of(&record(), &writing, &[]);
    assert_eq!(standing(&view), [(Verdict::Fail, "Person 2"), (Verdict::Pass, "Person 3")], "and nowhere else");
    assert_eq!((counts(&drafted), drafted.apart[0].settlement), (APART, Some(Settlement::Unsigned)));
    assert_eq!((counts(&view), view.apart[0].settlement), (APART, Some(Settlement::Unsigned)), "and does not count");
    // By a clock that is behind both.
    let settled = [apart[0].clone(), signed(THIRD, (30, 4), &[SUPPLEMENT, LATER], &[], choice()), apart[1].clone()];
    let view = read_of(&record(), &settled, &[]);
    assert_eq!(standing(&view), [(Verdict::Pass, "Person 4")]);
    assert_eq!((counts(&view), view.apart.len()), ((0, None, 0, 0), 0));
    assert_eq!(view.sealed_parts, [INSPECTION, SUPPLEMENT, LATER, THIRD], "after what it knew");
    assert_eq!(escape(&view).superseded.len(), 3, "nothing is lost");
    // Who knew only one of them settles nothing.
    let half = [apart[0].clone(), apart[1].clone(), signed(THIRD, (60, 4), &[LATER], &[], choice())];
    assert_eq!(standing(&read_of(&record(), &half, &[])), [(Verdict::Fail, "Person 2"), (Verdict::Pass, "Person 4")]);
}

#[test]
fn equal_values_and_what_was_known_are_no_clash() {
    let same = [
        signed(SUPPLEMENT, (40, 2), &[], &[], [verdict(2, 2, "ESC-02", Verdict::Fail)]),
        signed(LATER, (50, 3), &[], &[], [verdict(2, 3, "ESC-02", Verdict::Fail)]),
    ];
    let view = read_of(&record(), &same, &[]);
    assert_eq!((standing(&view).len(), view.apart.len()), (1, 0));
    assert_eq!(escape(&view).superseded.len(), 2, "both signed it");
    // The clock of who knew the other is behind.
    let known = [
        signed(SUPPLEMENT, (50, 2), &[], &[], fails(2)),
        signed(LATER, (40, 3), &[SUPPLEMENT], &[], [verdict(2, 3, "ESC-02", Verdict::Pass)]),
    ];
    let view = read_of(&record(), &known, &[]);
    assert_eq!((standing(&view), view.apart.len()), (vec![(Verdict::Pass, "Person 3")], 0));
    assert_eq!((view.newest_sealed, escape(&view).finding.clone()), (Some(LATER), None));
}

#[test]
fn seals_of_older_programs_know_what_was_sealed_before_them() {
    let older = |id, at, by, what| (id, vec![verdict(2, by, "ESC-02", what), sealed(at, by, id)]);
    let supplements = [older(LATER, 50, 3, Verdict::Pass), older(SUPPLEMENT, 40, 2, Verdict::Fail)];
    let view = read_of(&record(), &supplements, &[]);
    assert_eq!((standing(&view), view.apart.len()), (vec![(Verdict::Pass, "Person 3")], 0));
    // One that names what an older program sealed stands after it, though its clock was behind.
    let newer = signed(THIRD, (30, 4), &[SUPPLEMENT, LATER], &[], fails(4));
    let view = read_of(&record(), &[supplements[0].clone(), newer, supplements[1].clone()], &[]);
    assert_eq!(standing(&view), [(Verdict::Fail, "Person 4")]);
    assert_eq!(view.newest_sealed, Some(THIRD));
}

#[test]
fn a_forged_circle_has_an_order_all_the_same() {
    let supplements = [
        signed(SUPPLEMENT, (40, 2), &[LATER], &[], fails(2)),
        signed(LATER, (50, 3), &[SUPPLEMENT], &[], [verdict(2, 3, "ESC-02", Verdict::Pass)]),
    ];
    let view = read_of(&record(), &supplements, &[]);
    assert_eq!(view.sealed_parts, [INSPECTION, SUPPLEMENT, LATER]);
    assert_eq!(standing(&view), [(Verdict::Pass, "Person 3")]);
}

#[test]
fn a_finding_alone_stands_by_the_answer_that_it_is_about() {
    let failed = with([
        verdict(11, 1, "ESC-02", Verdict::Fail),
        finding(12, 1, "ESC-02", Severity::Minor),
        sealed(20, 1, INSPECTION),
    ]);
    let graver = signed(SUPPLEMENT, (40, 2), &[], &[], [finding(3, 2, "ESC-02", Severity::Critical)]);
    let passes = signed(LATER, (50, 3), &[], &[], [verdict(2, 3, "ESC-02", Verdict::Pass)]);
    let view = read_of(&failed, &[graver.clone(), passes], &[]);
    assert_eq!(standing(&view), [(Verdict::Fail, "Person 1"), (Verdict::Pass, "Person 3")]);
    assert_eq!((counts(&view), view.apart[0].key.as_str()), (APART, "i/ESC-02"));
    // Two that write differently of one failure: the gravest counts, both are told.
    let milder = signed(LATER, (50, 3), &[], &[], [finding(3, 3, "ESC-02", Severity::Major)]);
    let view = read_of(&failed, &[graver, milder], &[]);
    assert_eq!(standing(&view), [(Verdict::Fail, "Person 1")]);
    assert_eq!(view.summary.gravest, Some(Severity::Critical));
    let [clash] = &view.apart[..] else { panic!("{:?}", view.apart) };
    assert_eq!(clash.key, "f/ESC-02/detail");
    let severities: Vec<_> = clash.values.iter().filter_map(|it| Some(it.finding.as_ref()?.severity)).collect();
    assert_eq!(severities, [Severity::Critical, Severity::Major]);
}

#[test]
fn places_that_are_far_apart_clash() {
    let place = |by, latitude: f64| [put(2, by, "h/latitude", latitude), put(3, by, "h/longitude", 105.8156)];
    let at = |latitude| {
        let two = [
            signed(SUPPLEMENT, (40, 2), &[], &[], place(2, 20.987)),
            signed(LATER, (50, 3), &[], &[], place(3, latitude)),
        ];
        read_of(&record(), &two, &[])
    };
    assert_eq!(at(20.9872).apart, [], "what phones err by");
    let view = at(20.997);
    let [clash] = &view.apart[..] else { panic!("{:?}", view.apart) };
    assert!(clash.values.iter().all(|it| matches!(it.answer, Some(Answer::Geo(_)))), "{clash:?}");
    assert_eq!((clash.values.len(), view.summary.apart), (2, 1));
}

#[test]
fn what_was_let_into_a_sealed_record_clashes_until_it_is_settled() {
    let mut cells = record();
    cells.push(verdict(15, 2, "ESC-02", Verdict::Fail));
    cells.retain(|cell| cell.key != "f/ESC-02/detail");
    let view = read_of(&cells, &[], &[]);
    assert_eq!(standing(&view), [(Verdict::Fail, "Person 2"), (Verdict::Pass, "Person 1")]);
    assert_eq!((counts(&view), view.apart.len()), (APART, 1));
    let sides = view.apart[0].values.iter().map(|side| (side.by.person_name.as_str(), side.unsigned));
    assert_eq!(sides.collect::<Vec<_>>(), [("Person 2", true), ("Person 1", false)], "nobody signed what was let in");
    let settles = signed(SUPPLEMENT, (40, 3), &[], &[], [verdict(2, 3, "ESC-02", Verdict::Fail)]);
    assert_eq!(read_of(&cells, &[settles], &[]).apart, []);
}

/// Returned at second 30 with words at ESC-02.
fn returned() -> [Cell; 2] {
    let id = uuid::Builder::from_random_bytes([3; 16]).into_uuid();
    let words = ThreadMessage { words: "Đo lại".into(), at: UtcMillis(30_000), by: person(9) };
    [
        decision(30, 9, Decision::Returned, INSPECTION, "Chưa đủ"),
        put(30, 9, &format!("t/ESC-02/{id}"), words.to_scalar()),
    ]
}

#[test]
fn words_are_answered_by_who_had_them_when_signing() {
    let heard = returned()[0].operation;
    let said = || [photo(3, 2, "ESC-02", 4, false)];
    // Signed away from the network before the decision existed, with a clock that is ahead.
    let unaware = signed(SUPPLEMENT, (90, 2), &[], &[], said());
    let view = read_of(&record(), std::slice::from_ref(&unaware), &returned());
    assert_eq!((view.summary.state, view.summary.unanswered), (InspectionState::Returned, 1));
    assert_eq!(escape(&view).comments[0].answered, None);
    assert_eq!(view.unseen, [SUPPLEMENT], "the reviewer may look at it all the same");
    // With a clock that is behind.
    let aware = signed(SUPPLEMENT, (10, 2), &[], &[heard], said());
    let view = read_of(&record(), &[aware], &returned());
    assert_eq!((view.summary.state, view.summary.unanswered), (InspectionState::Supplemented, 0));
    // It says the same as one that its author did not know: said to the reviewer, it is an answer.
    let apart = signed(LATER, (95, 3), &[], &[heard], [photo(3, 3, "ESC-02", 4, false)]);
    let view = read_of(&record(), &[unaware, apart], &returned());
    assert_eq!((view.summary.state, view.summary.unanswered), (InspectionState::Supplemented, 0));
    // Words on the whole only.
    let whole = &returned()[..1];
    for (decisions, state) in [(vec![], InspectionState::Returned), (vec![heard], InspectionState::Supplemented)] {
        let part = signed(SUPPLEMENT, (90, 2), &[], &decisions, said());
        assert_eq!(read_of(&record(), &[part], whole).summary.state, state);
    }
}

#[test]
fn an_approval_stands_only_for_what_its_reviewer_had() {
    use crate::record::register::DecisionStatement;
    let first = signed(SUPPLEMENT, (60, 2), &[], &[], [verdict(2, 2, "ESC-01", Verdict::Pass)]);
    // Sealed before, by its clock; arrives after the approval.
    let last = signed(LATER, (50, 3), &[], &[], fails(3));
    let approved = decision(70, 9, Decision::Approved, SUPPLEMENT, "");
    let mut statement = DecisionStatement::from_scalar(&approved.value).expect("a decision");
    statement.seen = Some(vec![INSPECTION, SUPPLEMENT]);
    let seen = [Cell { value: statement.to_scalar(), ..approved.clone() }];
    let of = |parts: &[late::Supplement], review: &[Cell]| read_of(&record(), parts, review);
    assert_eq!(of(std::slice::from_ref(&first), &seen).summary.state, InspectionState::Approved);
    let view = of(&[first.clone(), last.clone()], &seen);
    assert_eq!((view.summary.state, view.unseen.clone()), (InspectionState::Supplemented, vec![LATER]));
    assert_eq!(view.summary.gravest, Some(Severity::Critical));
    // A decision of an older program stands for all that comes before what it is on.
    assert_eq!(of(&[first, last], &[approved]).summary.state, InspectionState::Approved);
}
