//! What came after a seal, beside the record: what of it is news, how grave it is, who signed the same apart.

use super::super::late;
use super::super::*;
use super::inspections::{decision, finding, header, photo, sealed};
use super::*;
use crate::author::AuthorSecret;
use crate::clock::SeededRandom;
use crate::id::ChangeHash;
use crate::record::key::Key;
use crate::record::register::{Decision, Position, PositionSource, SealStatement};
use crate::record::seal;
use crate::view::{InspectionState, InspectionSummary, InspectionView};

/// ESC-01 passes, ESC-02 fails as minor, sealed by person 1.
fn record() -> Vec<Cell> {
    let said = [
        verdict(10, 1, "ESC-01", Verdict::Pass),
        verdict(11, 1, "ESC-02", Verdict::Fail),
        finding(12, 1, "ESC-02", Severity::Minor),
        put(13, 1, "h/latitude", 20.99),
        put(14, 1, "h/longitude", 105.81),
        sealed(20, 1, INSPECTION),
    ];
    header().into_iter().chain(said).collect()
}

fn apart(at: i64, by: u8) -> SealStatement {
    let secret = AuthorSecret::generate(&mut SeededRandom::new(u64::from(by)));
    seal::seal(INSPECTION, vec![ChangeHash([8; 32])], &secret, UtcMillis(at), person(by))
}

/// A supplement of person 2 that carries these.
fn carrying(said: impl IntoIterator<Item = Cell>) -> late::Supplement {
    let carries = put(1, 2, "h/carries", "00".repeat(32));
    (SUPPLEMENT, [carries].into_iter().chain(said).collect())
}

/// The record as everybody but the late author reads it.
fn read(supplements: Vec<late::Supplement>, review: &[Cell]) -> InspectionView {
    super::read(Reading { cells: &record(), supplements: &supplements, review, ..Reading::default() })
}

/// The record as the late author reads it.
fn read_by_author(supplement: late::Supplement) -> InspectionView {
    let reader = Some(person(2));
    let writing = Some(supplement.0);
    super::read(Reading { cells: &record(), supplements: &[supplement], reader, writing, ..Reading::default() })
}

#[test]
fn a_check_that_failed_late_makes_the_record_as_grave_as_it_is() {
    let view = read(vec![], &[]);
    assert_eq!((view.summary.gravest, view.summary.late_failed), (Some(Severity::Minor), 0));
    // By the template's severity, then by the officer's.
    let minor = carrying([verdict(3, 2, "ESC-01", Verdict::Fail)]);
    let view = read(vec![minor], &[]);
    assert_eq!((view.summary.gravest, view.summary.late_failed), (Some(Severity::Minor), 1));
    let grave = carrying([verdict(3, 2, "ESC-01", Verdict::Fail), finding(4, 2, "ESC-01", Severity::Critical)]);
    let view = read(vec![grave.clone()], &[]);
    let summary = &view.summary;
    assert_eq!((summary.gravest, summary.late_answers, summary.late_failed), (Some(Severity::Critical), 1, 1));
    let late = &view.late[0].items[0];
    assert_eq!((late.failed, late.severity, late.at), (true, Some(Severity::Critical), UtcMillis(3_000)));
    assert_eq!((summary.progress.failed, view.items.len()), (1, 2), "the sealed record is as it was");
    // A finding alone is about the answer that stands, and counts as well.
    let view = read(vec![carrying([finding(4, 2, "ESC-02", Severity::Critical)])], &[]);
    assert_eq!(view.late[0].items[0].answer, Some(Answer::Verdict(Verdict::Fail)));
    assert_eq!(
        (view.summary.gravest, view.summary.late_failed),
        (Some(Severity::Critical), 0),
        "that check counts once"
    );
    // Until they are settled, the worst counts: a pass takes nothing away. Signed, it is the record.
    let better = carrying([verdict(3, 2, "ESC-02", Verdict::Pass)]);
    assert_eq!(read(vec![better.clone()], &[]).summary.gravest, Some(Severity::Minor));
    let signed = (better.0, [&better.1[..], &[sealed(30, 2, SUPPLEMENT)]].concat());
    assert_eq!(read(vec![signed], &[]).summary.gravest, None);
    let given_up = (grave.0, [&grave.1[..], &[put(9, 2, "s/state", "discarded")]].concat());
    assert_eq!(read(vec![given_up], &[]).summary.gravest, Some(Severity::Minor));
}

#[test]
fn what_says_the_same_is_counted_and_not_listed() {
    let noted = |note: &str| answer(4, 2, "ESC-01", Some(Answer::Verdict(Verdict::Pass)), note);
    let same_fail = [verdict(3, 2, "ESC-02", Verdict::Fail), finding(5, 2, "ESC-02", Severity::Minor)];
    let view = read(vec![carrying(same_fail.iter().cloned().chain([noted("")]))], &[]);
    assert_eq!((view.late[0].items.len(), view.late[0].same), (0, 2));
    assert_eq!((view.summary.late_answers, view.summary.late_failed), (0, 0));
    // A note, or a finding that judges otherwise, is news.
    let view = read(vec![carrying([noted("khóa hỏng"), same_fail[0].clone()])], &[]);
    assert_eq!((view.late[0].items[0].code.as_str(), view.late[0].items.len(), view.late[0].same), ("ESC-01", 1, 1));
    let graver = finding(5, 2, "ESC-02", Severity::Major);
    let view = read(vec![carrying([same_fail[0].clone(), graver])], &[]);
    assert_eq!((view.late[0].items[0].code.as_str(), view.summary.gravest), ("ESC-02", Some(Severity::Major)));
}

#[test]
fn of_late_work_only_the_news_is_said_again() {
    let place = |latitude: f64| [("h/latitude", latitude.into()), ("h/longitude", Scalar::Number(105.81))];
    let value = |cell: Cell| (Key::parse(&cell.key).expect("a key"), cell.value);
    let said = |latitude: f64| {
        let place = place(latitude).map(|(key, value)| (Key::parse(key).expect("a key"), value));
        let cells = [
            verdict(3, 2, "ESC-01", Verdict::Pass),
            verdict(4, 2, "ESC-02", Verdict::Fail),
            finding(5, 2, "ESC-02", Severity::Critical),
            photo(6, 2, "ESC-01", 7, false),
            photo(7, 2, "ESC-01", 8, true),
        ];
        cells.map(value).into_iter().chain(place).collect::<Vec<_>>()
    };
    let keys = |latitude: f64| -> Vec<String> {
        let news = news(INSPECTION, &record(), &[], said(latitude));
        news.into_iter().map(|(key, _)| key.to_string()).collect()
    };
    let news = keys(20.9901);
    assert_eq!(news.len(), 4, "{news:?}");
    assert_eq!(&news[..2], ["i/ESC-02", "f/ESC-02/detail"], "an item is one statement");
    assert!(news[2].starts_with("p/ESC-01/07") && news[3].starts_with("p/ESC-01/08"), "{news:?}");
    assert!(keys(20.999).contains(&"h/latitude".to_owned()), "a kilometre away is another place");
    // Beside a correction that was sealed, what counts is the correction.
    let corrected = [put(1, 1, "h/supplement_of", INSPECTION.to_string()), verdict(9, 1, "ESC-01", Verdict::Fail)];
    let corrected: Vec<_> = corrected.into_iter().chain([sealed(30, 1, LATER)]).collect();
    let late = vec![value(verdict(3, 2, "ESC-01", Verdict::Pass)), value(verdict(4, 2, "ESC-02", Verdict::Fail))];
    let news = super::super::news(INSPECTION, &record(), &[(LATER, &corrected)], late);
    assert_eq!(news.into_iter().map(|(key, _)| key.to_string()).collect::<Vec<_>>(), ["i/ESC-01"]);
}

#[test]
fn who_signed_the_same_apart_stands_beside_who_sealed() {
    let signed = |statement: &SealStatement| put(2, 2, "h/signed_apart", statement.to_scalar());
    let view = read(vec![carrying([signed(&apart(15_000, 2))])], &[]);
    let seals: Vec<_> = view.seals.iter().map(|it| (it.by.person_name.as_str(), it.valid, it.apart)).collect();
    assert_eq!(seals, [("Person 2", true, true), ("Person 1", true, false)], "by time");
    assert_eq!((view.late.len(), view.open_supplement, view.newest_sealed), (0, None, Some(INSPECTION)));
    assert_eq!((view.summary.state, view.summary.officers.len()), (InspectionState::Completed, 2));
    // A photo that was taken away again is nothing to sign.
    let gone = carrying([signed(&apart(15_000, 2)), photo(3, 2, "ESC-01", 7, true)]);
    assert_eq!(read(vec![gone], &[]).seals.len(), 2);
    // A seal over anything else does not hold, and is told of.
    let moved = SealStatement { at: UtcMillis(1), ..apart(15_000, 2) };
    assert!(!read(vec![carrying([signed(&moved)])], &[]).seals[0].valid);
    // Where something differs, that is to be signed first; its reader is told when the author signed the own version.
    let differs = carrying([signed(&apart(15_000, 2)), verdict(3, 2, "ESC-01", Verdict::Fail)]);
    let view = read(vec![differs], &[]);
    assert_eq!((view.seals.len(), view.late[0].signed_at), (1, Some(UtcMillis(15_000))));
}

#[test]
fn an_approved_record_says_that_it_was_approved_when_more_is_sealed() {
    let supplement = |seal: Option<Cell>| {
        let said = [verdict(3, 2, "ESC-01", Verdict::Fail)];
        carrying(said.into_iter().chain(seal))
    };
    let approved = |on| vec![decision(25, 9, Decision::Approved, on, "")];
    let view = read(vec![supplement(None)], &approved(INSPECTION));
    assert_eq!((view.summary.state, view.summary.approved_before), (InspectionState::Approved, None));
    assert_eq!(view.summary.late_failed, 1, "and what waits is told of");
    let signed = || vec![supplement(Some(sealed(30, 2, SUPPLEMENT)))];
    let view = read(signed(), &approved(INSPECTION));
    assert_eq!(view.summary.state, InspectionState::Supplemented, "to be decided on");
    assert_eq!(view.summary.approved_before, Some(UtcMillis(25_000)));
    let view = read(signed(), &approved(SUPPLEMENT));
    assert_eq!((view.summary.state, view.summary.approved_before), (InspectionState::Approved, None));
    let returned = [decision(25, 9, Decision::Returned, INSPECTION, "")];
    assert_eq!(read(signed(), &returned).summary.approved_before, None);
    // Who signs the same apart adds nothing to decide on.
    let cosigned = carrying([put(2, 2, "h/signed_apart", apart(15_000, 2).to_scalar())]);
    assert_eq!(read(vec![cosigned], &approved(INSPECTION)).summary.state, InspectionState::Approved);
}

/// A draft of person 2 into which these were carried, and what was put there since.
fn draft(carried: &[Cell], since: &[Cell]) -> late::Supplement {
    let carries = [put(50, 2, "h/carries", "00".repeat(32))];
    (SUPPLEMENT, carries.iter().chain(carried).chain(since).cloned().collect())
}

#[test]
fn what_was_carried_replaces_nothing_signed_until_its_author_puts_something_there() {
    let carried = [verdict(3, 2, "ESC-01", Verdict::Fail), finding(4, 2, "ESC-01", Severity::Critical)];
    let escape = |view: &InspectionView| {
        let item = view.items.iter().find(|item| item.code == "ESC-01").expect("the item");
        let said: Vec<_> = item.statements.iter().map(|it| it.answer.clone()).collect();
        (said, view.apart.iter().map(|it| (it.key.clone(), it.settlement)).collect::<Vec<_>>())
    };
    let [pass, fail] = [Verdict::Pass, Verdict::Fail].map(|it| Some(Answer::Verdict(it)));
    let clash = vec![("i/ESC-01".to_owned(), None)];
    let view = read_by_author(draft(&carried, &[]));
    assert_eq!(escape(&view), (vec![fail.clone(), pass.clone()], clash.clone()));
    assert_eq!(view.groups.iter().map(|group| group.progress.clashes).sum::<u32>(), 1);
    assert_eq!((view.summary.apart, view.summary.progress.clashes), (0, 0), "a row is the same for every reader");
    // A finding alone does not say which answer holds.
    let written = draft(&carried[..1], &[finding(60, 2, "ESC-01", Severity::Critical)]);
    assert_eq!(escape(&read_by_author(written)), (vec![fail.clone(), pass.clone()], clash));
    let again = draft(&carried[1..], &[verdict(60, 2, "ESC-01", Verdict::Fail)]);
    assert_eq!(escape(&read_by_author(again)), (vec![fail], vec![]));
    let given_up = draft(&[], &[answer(60, 2, "ESC-01", None, "")]);
    let view = read_by_author(given_up);
    assert_eq!(escape(&view), (vec![pass], vec![]));
    assert!(view.late[0].items.is_empty(), "what was given up says nothing");
    // Where the record answers nothing there is nothing to choose.
    let more = draft(&[answer(3, 2, "ACC-04", Some(Answer::Choice("a".into())), "")], &[]);
    assert_eq!(read_by_author(more).apart, []);
}

#[test]
fn own_late_work_is_judged_beside_what_was_sealed() {
    let place = Position { latitude: 1.0, longitude: 2.0, accuracy_m: None, source: PositionSource::Manual };
    let view = read_by_author(carrying([
        verdict(3, 2, "ESC-01", Verdict::Pass),
        answer(4, 2, "ACC-11", Some(Answer::Geo(place)), ""),
        photo(5, 2, "ESC-01", 7, false),
    ]));
    // Laid over on the author's own device, it is still judged beside what was sealed.
    assert_eq!(view.open_supplement, Some(SUPPLEMENT));
    let late = &view.late[0];
    assert_eq!((late.items.len(), late.same, late.photos, late.own), (1, 1, 1, true));
    assert_eq!((late.items[0].code.as_str(), late.items[0].failed), ("ACC-11", false));
}

#[test]
fn everybody_counts_the_same_and_own_late_work_stands_beside_it() {
    let supplement = || {
        carrying([
            verdict(3, 2, "ESC-01", Verdict::Fail),
            finding(4, 2, "ESC-01", Severity::Major),
            verdict(5, 2, "ESC-02", Verdict::Pass),
            photo(6, 2, "ESC-02", 7, false),
        ])
    };
    let (mine, theirs) = (read_by_author(supplement()), read(vec![supplement()], &[]));
    assert!(mine.items.iter().all(|item| item.statements[0].supplement), "the author goes on with it");
    assert_eq!((mine.summary.own_late, theirs.summary.own_late), (2, 0));
    let row = InspectionSummary { own_late: 0, ..mine.summary };
    assert_eq!(row, theirs.summary, "what is counted, who worked on it, how grave it is");
    assert_eq!((row.progress.failed, row.progress.photos, row.late_failed), (1, 0, 1));
    assert_eq!(row.gravest, Some(Severity::Major));
}

#[test]
fn a_check_counts_once_however_often_it_failed() {
    let noted = answer(3, 2, "ESC-02", Some(Answer::Verdict(Verdict::Fail)), "tầng 3 cũng khóa");
    let again = (LATER, carrying([verdict(4, 2, "ESC-01", Verdict::Fail)]).1);
    let view = read(vec![carrying([noted, verdict(4, 2, "ESC-01", Verdict::Fail)]), again], &[]);
    assert_eq!((view.summary.progress.failed, view.summary.late_failed), (1, 1), "ESC-02, and ESC-01 that two say");
    assert_eq!(view.summary.late_answers, 3);
}

#[test]
fn who_signed_a_version_with_less_in_it_did_not_sign_the_same() {
    let signed = |without: Option<&str>| {
        let statement = put(2, 2, "h/signed_apart", apart(15_000, 2).to_scalar());
        carrying([statement].into_iter().chain(without.map(|codes| put(3, 2, "h/signed_without", codes))))
    };
    let without = |codes| read(vec![signed(codes)], &[]).seals[0].without.clone();
    assert_eq!((without(None), without(Some(""))), (None, Some(Vec::new())));
    assert_eq!(without(Some("ESC-01 ESC-02")), Some(vec!["ESC-01".into(), "ESC-02".into()]));
    // A photo that the version lacks counts as much as an answer; what was taken away is nothing.
    let value = |cell: Cell| (Key::parse(&cell.key).expect("a key"), cell.value);
    let record: Vec<_> = record().into_iter().chain([photo(15, 1, "ESC-01", 7, false)]).collect();
    let version = |photo_of: u8| {
        let cells = [
            verdict(3, 2, "ESC-01", Verdict::Pass),
            verdict(4, 2, "ESC-02", Verdict::Fail),
            finding(5, 2, "ESC-02", Severity::Minor),
            photo(6, 2, "ESC-01", photo_of, false),
        ];
        cells.map(value)
    };
    let lacks = |version: &[(Key, Scalar)]| beyond(INSPECTION, &record, &[], version);
    assert_eq!(lacks(&version(7)), Vec::<String>::new());
    assert_eq!(lacks(&version(8)), ["ESC-01"], "another photo is not this one");
    assert_eq!(lacks(&version(7)[1..]), ["ESC-01"]);
}
