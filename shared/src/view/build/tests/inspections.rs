//! Inspections, their supplements and reviews; clashes.

use super::super::*;
use super::*;
use crate::author::AuthorSecret;
use crate::clock::SeededRandom;
use crate::id::{ChangeHash, PhotoHash};
use crate::record::RecordKind;
use crate::record::register::{
    Decision, DecisionStatement, FindingDetail, PhotoDetail, Position, PositionSource, ThreadMessage,
};
use crate::record::seal;
use crate::template::check;
use crate::view::MissingReason::{
    Accuracy, Answer as NoAnswer, Clash, Finding, FindingWithoutDeadline, FindingWithoutRemedy, Photo,
};
use crate::view::{InspectionState, InspectionView};

pub(super) fn sealed(counter: u64, by: u8, document: DocumentId) -> Cell {
    let secret = AuthorSecret::generate(&mut SeededRandom::new(u64::from(by)));
    let at = UtcMillis(counter as i64 * 1000);
    let statement = seal::seal(document, vec![ChangeHash([7; 32])], &secret, at, person(by));
    put(counter, by, &format!("g/{}", actor(by)), statement.to_scalar())
}

pub(super) fn decision(counter: u64, by: u8, decision: Decision, on: DocumentId, words: &str) -> Cell {
    let at = UtcMillis(counter as i64 * 1000);
    put(
        counter,
        by,
        "s/decision",
        DecisionStatement {
            decision,
            words: words.into(),
            on,
            at,
            by: person(by),
            capacity: None,
            seen: None,
            declared: None,
        }
        .to_scalar(),
    )
}

pub(super) fn photo(counter: u64, by: u8, item: &str, hash: u8, removed: bool) -> Cell {
    let hash = PhotoHash([hash; 32]);
    let detail = PhotoDetail {
        hash,
        bytes: 9,
        width: 4,
        height: 3,
        original_sha256: "0".repeat(64),
        taken_at: None,
        place: None,
        at: UtcMillis(counter as i64 * 1000),
        by: person(by),
        removed,
        origin: None,
    };
    put(counter, by, &format!("p/{item}/{hash}"), detail.to_scalar())
}

pub(super) fn finding(counter: u64, by: u8, item: &str, severity: Severity) -> Cell {
    let detail = FindingDetail {
        severity,
        remedy: "Mở lối thoát".into(),
        deadline: Some(jiff::civil::date(2026, 12, 31)),
        at: UtcMillis(counter as i64 * 1000),
        by: person(by),
        origin: None,
    };
    put(counter, by, &format!("f/{item}/detail"), detail.to_scalar())
}

pub(super) fn header() -> Vec<Cell> {
    vec![
        put(1, 1, "h/schema", 1_i64),
        put(2, 1, "h/facility", FACILITY.to_string()),
        put(3, 1, "h/template", "small"),
        put(4, 1, "h/template_version", "1"),
        put(5, 1, "h/started_at", 4_500_i64),
        put(6, 1, "s/state", "in_progress"),
    ]
}

pub(super) fn with(more: impl IntoIterator<Item = Cell>) -> Vec<Cell> {
    header().into_iter().chain(more).collect()
}

fn view(cells: &[Cell], supplements: &[(DocumentId, Vec<Cell>)], review: &[Cell]) -> InspectionView {
    read(Reading { cells, supplements, review, ..Reading::default() })
}

#[test]
fn two_officers_answers_all_stand_in_the_templates_order() {
    let cells = with([
        verdict(10, 1, "ESC-01", Verdict::Pass),
        verdict(11, 2, "ESC-02", Verdict::Fail),
        finding(12, 2, "ESC-02", Severity::Major),
        photo(14, 2, "ESC-02", 2, false),
        photo(13, 2, "ESC-02", 1, false),
        photo(15, 2, "ESC-02", 3, true),
    ]);
    let view = view(&cells, &[], &[]);
    assert_eq!(view.items.iter().map(|item| item.code.as_str()).collect::<Vec<_>>(), ["ESC-02", "ESC-01"]);
    let escape = &view.items[0];
    assert_eq!(escape.statements[0].by.person_name, "Person 2");
    assert_eq!(escape.finding.as_ref().map(|it| it.severity), Some(Severity::Major));
    assert_eq!(
        escape.photos.iter().map(|it| (it.detail.hash.0[0], it.present)).collect::<Vec<_>>(),
        [(1, true), (2, false)]
    );
    let summary = &view.summary;
    assert_eq!(summary.officers, ["Person 1", "Person 2"]);
    assert_eq!((summary.facility, summary.started_at), (FACILITY, UtcMillis(4_500)));
    assert_eq!(summary.facility_name, "Chung cư mini An Phú");
    assert_eq!(summary.state, InspectionState::InProgress);
    assert_eq!(summary.gravest, Some(Severity::Major));
    let progress = summary.progress;
    assert_eq!((progress.answered, progress.total, progress.failed, progress.photos), (2, 4, 1, 2));
    assert_eq!(view.groups.iter().map(|it| it.progress.answered).collect::<Vec<_>>(), [2, 0]);
}

#[test]
fn the_order_of_cells_never_shows() {
    let mut cells = with([
        verdict(10, 1, "ESC-01", Verdict::Pass),
        verdict(10, 2, "ESC-01", Verdict::Fail),
        photo(11, 2, "ESC-01", 1, false),
        sealed(20, 1, INSPECTION),
    ]);
    let first = view(&cells, &[], &[]);
    cells.reverse();
    assert_eq!(view(&cells, &[], &[]), first);
    let clash = &first.items[0];
    // Equal counters: the greater actor is shown; both stay.
    assert_eq!(clash.statements.iter().map(|it| it.operation.actor).collect::<Vec<_>>(), [actor(2), actor(1)]);
    assert_eq!(first.summary.progress.clashes, 1);
}

#[test]
fn the_same_answer_twice_is_no_clash() {
    for (second, clashes) in [
        (verdict(11, 2, "ESC-01", Verdict::Pass), 0),
        (verdict(11, 2, "ESC-01", Verdict::Fail), 1),
        (answer(11, 2, "ESC-01", Some(Answer::Verdict(Verdict::Pass)), "Cửa mở"), 1),
        (answer(11, 2, "ESC-01", None, ""), 1),
        (put(11, 2, "i/ESC-01", Scalar::Null), 1),
        (put(11, 2, "i/ESC-01", r#"{"v":99,"later":true}"#), 0),
    ] {
        let cells = with([verdict(10, 1, "ESC-01", Verdict::Pass), second.clone()]);
        let view = view(&cells, &[], &[]);
        assert_eq!(view.summary.progress.clashes, clashes, "{second:?}");
        let found =
            super::super::clashes(INSPECTION, RecordKind::Inspection, "An Phú", Some(&template()), &cells, &Everybody);
        assert_eq!(found.len() as u32, clashes, "{second:?}");
    }
}

#[test]
fn clashes_name_both_sides_and_stop_at_the_seal() {
    let mut cells = with([
        verdict(10, 1, "ESC-01", Verdict::Pass),
        answer(11, 2, "ESC-01", Some(Answer::Verdict(Verdict::Fail)), "Cửa khóa"),
        put(12, 1, "h/note", "tầng 1"),
        put(12, 2, "h/note", "tầng 2"),
        put(13, 1, "s/state", "completed"),
    ]);
    let found = clashes(INSPECTION, RecordKind::Inspection, "An Phú", Some(&template()), &cells, &Everybody);
    assert_eq!(found.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["h/note", "i/ESC-01"]);
    let titles: Vec<_> = found.iter().map(|it| it.question.as_ref().map(|asked| asked.title.vi.as_str())).collect();
    assert_eq!(titles, [None, Some("ESC-01")], "its question's title is the code here");
    let sides = &found[1].values;
    assert_eq!((sides[0].note.as_str(), sides[0].by.person_name.as_str()), ("Cửa khóa", "Person 2"));
    assert_eq!(sides[1].answer, Some(Answer::Verdict(Verdict::Pass)));
    cells.push(sealed(20, 1, INSPECTION));
    assert!(clashes(INSPECTION, RecordKind::Inspection, "An Phú", Some(&template()), &cells, &Everybody).is_empty());
}

#[test]
fn unreadable_registers_are_absent_and_leave_the_others_alone() {
    let cells = with([
        verdict(10, 1, "ESC-01", Verdict::Pass),
        put(11, 1, "i/ESC-02", r#"{"v":2,"a":"from the future"}"#),
        put(12, 1, "i/ACC-04", 5_i64),
        put(13, 1, &format!("p/ESC-01/{}", PhotoHash([4; 32])), "{"),
        put(14, 1, "f/ESC-01/detail", "no json"),
        put(15, 1, &format!("g/{}", actor(1)), "{}"),
        put(16, 1, "not a key", 1_i64),
        put(17, 1, "h/facility", "not an id"),
    ]);
    let review = [put(1, 9, "s/decision", "{}"), put(2, 9, "t/ESC-01/x", "{}")];
    let view = view(&cells, &[], &review);
    assert_eq!(view.items.iter().map(|item| item.code.as_str()).collect::<Vec<_>>(), ["ESC-01"]);
    assert_eq!(view.summary.state, InspectionState::InProgress);
    assert!(view.seals.is_empty() && view.decisions.is_empty() && view.items[0].photos.is_empty());
}

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

#[test]
fn the_position_is_the_headers_or_the_first_answered() {
    let place =
        |latitude| Position { latitude, longitude: 105.81, accuracy_m: Some(6.0), source: PositionSource::Device };
    let answered = answer(10, 1, "ACC-11", Some(Answer::Geo(place(20.99))), "");
    assert_eq!(view(&with([answered.clone()]), &[], &[]).position, Some(place(20.99)));
    let cells = with([
        answered,
        put(11, 1, "h/latitude", 20.98),
        put(12, 1, "h/longitude", 105.81),
        put(13, 1, "h/accuracy_m", 6.0),
        put(14, 1, "h/position_source", "device"),
    ]);
    assert_eq!(view(&cells, &[], &[]).position, Some(place(20.98)));
}

#[test]
fn without_its_template_a_record_still_shows() {
    let cells = with([verdict(10, 1, "ESC-01", Verdict::Fail), verdict(11, 1, "ESC-02", Verdict::Pass)]);
    let parts = InspectionParts {
        id: INSPECTION,
        unit: UNIT,
        unit_name: "",
        cells: &cells,
        supplements: Vec::new(),
        writing: None,
        review: None,
        decided: &[],
        facility: None,
        template: None,
        kept: None,
        photos: &|_| PhotoPresence::default(),
        late: &[],
        cosigned: &[],
        of_facility: &[],
        unsent: true,
    };
    let view = inspection(parts, &Everybody);
    assert_eq!(view.items.iter().map(|item| item.code.as_str()).collect::<Vec<_>>(), ["ESC-01", "ESC-02"]);
    assert_eq!((view.summary.progress.answered, view.summary.progress.failed, view.summary.progress.total), (2, 1, 0));
    assert_eq!(view.summary.template.version, "1");
    assert!(view.summary.unsent);
}

#[test]
fn unknown_authors_show_as_a_question_mark_and_count_once() {
    let cells = with([verdict(10, 0, "ESC-01", Verdict::Pass), verdict(11, 0, "ESC-02", Verdict::Pass)]);
    let view = view(&cells, &[], &[]);
    assert_eq!(view.summary.officers, ["Person 1", "?"], "who began it, and two of whom nobody knows the device");
    assert_eq!(view.items[0].statements[0].by.person, None);
}

#[test]
fn what_changed_since_the_visit_before() {
    let before =
        view(&with([verdict(10, 1, "ESC-01", Verdict::Pass), verdict(11, 1, "ESC-02", Verdict::Fail)]), &[], &[]);
    let after = view(
        &with([
            verdict(10, 1, "ESC-01", Verdict::Fail),
            verdict(11, 1, "ESC-02", Verdict::Fail),
            verdict(12, 1, "NEW-01", Verdict::Pass),
        ]),
        &[],
        &[],
    );
    let changes: Vec<_> = changes_since(&before, &after).into_iter().map(|it| (it.item, it.before, it.after)).collect();
    assert_eq!(
        changes,
        [
            ("ESC-01".to_owned(), Some(Verdict::Pass), Some(Verdict::Fail)),
            ("NEW-01".to_owned(), None, Some(Verdict::Pass)),
        ]
    );
    assert!(changes_since(&after, &after).is_empty());
}

#[test]
fn what_is_missing_is_listed_in_order() {
    let geo = |accuracy_m, note: &str| {
        let place = Position { latitude: 20.99, longitude: 105.81, accuracy_m, source: PositionSource::Device };
        answer(12, 1, "ACC-11", Some(Answer::Geo(place)), note)
    };
    let part_told = |counter, remedy: &str, deadline| {
        let (at, by) = (UtcMillis(counter as i64 * 1000), person(1));
        let detail = FindingDetail { severity: Severity::Major, remedy: remedy.into(), deadline, at, by, origin: None };
        put(counter, 1, "f/ESC-01/detail", detail.to_scalar())
    };
    for (name, cells, expected) in [
        ("nothing answered", vec![], vec![("ESC-02", NoAnswer), ("ESC-01", NoAnswer)]),
        (
            "failed without words and photo",
            vec![verdict(10, 1, "ESC-02", Verdict::Fail), verdict(11, 1, "ESC-01", Verdict::Fail)],
            vec![("ESC-02", Photo), ("ESC-02", Finding), ("ESC-01", Finding)],
        ),
        (
            "failed and told",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Fail),
                finding(11, 1, "ESC-02", Severity::Major),
                photo(12, 1, "ESC-02", 1, false),
                verdict(13, 1, "ESC-01", Verdict::NotApplicable),
            ],
            vec![],
        ),
        (
            "told in part",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                verdict(11, 1, "ESC-01", Verdict::Fail),
                part_told(12, "Mở lối thoát", None),
            ],
            vec![("ESC-01", FindingWithoutDeadline)],
        ),
        (
            "told nothing but how grave",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                verdict(11, 1, "ESC-01", Verdict::Fail),
                part_told(12, " ", None),
            ],
            vec![("ESC-01", FindingWithoutRemedy), ("ESC-01", FindingWithoutDeadline)],
        ),
        (
            "two answers",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                verdict(10, 2, "ESC-02", Verdict::NotApplicable),
                verdict(11, 1, "ESC-01", Verdict::Pass),
            ],
            vec![("ESC-02", Clash)],
        ),
        (
            "taken back against an answer",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                answer(11, 2, "ESC-02", None, ""),
                verdict(11, 1, "ESC-01", Verdict::Pass),
            ],
            vec![("ESC-02", NoAnswer), ("ESC-02", Clash)],
        ),
        (
            "a vague position",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                verdict(11, 1, "ESC-01", Verdict::Pass),
                geo(Some(80.0), " "),
            ],
            vec![("ACC-11", Accuracy)],
        ),
        (
            "a vague position with its reason",
            vec![
                verdict(10, 1, "ESC-02", Verdict::Pass),
                verdict(11, 1, "ESC-01", Verdict::Pass),
                geo(Some(80.0), "Trong ngõ hẹp"),
            ],
            vec![],
        ),
        (
            "a pin set by hand",
            vec![verdict(10, 1, "ESC-02", Verdict::Pass), verdict(11, 1, "ESC-01", Verdict::Pass), geo(None, "")],
            vec![],
        ),
    ] {
        let view = view(&with(cells), &[], &[]);
        let missing = check::missing(&template(), &view.items, None);
        let found: Vec<_> = missing.iter().map(|it| (it.item.as_deref().unwrap_or(""), it.reason)).collect();
        assert_eq!(found, expected, "{name}");
        assert!(missing.iter().all(|it| it.group.is_some()));
    }
}

#[test]
fn a_visit_that_was_begun_apart_is_one_inspection_and_its_header_no_clash() {
    let mut cells = with([verdict(10, 1, "ESC-01", Verdict::Pass)]);
    cells.extend([
        put(1, 2, "h/schema", 1_i64),
        put(2, 2, "h/facility", FACILITY.to_string()),
        put(3, 2, "h/template", "small"),
        put(4, 2, "h/template_version", "10"),
        put(5, 2, "h/started_at", 4_200_i64),
        put(5, 1, "h/purpose", "periodic"),
        put(6, 2, "h/purpose", "unscheduled"),
        put(6, 2, "s/state", "in_progress"),
    ]);
    assert_eq!(clashes(INSPECTION, RecordKind::Inspection, "", None, &cells, &Everybody), []);
    let live = Live::of(&cells);
    assert_eq!(live.template().map(|it| it.version), Some("10".into()), "of who began it first");
    let versions: Vec<_> = live.templates().into_iter().map(|it| it.version).collect();
    assert_eq!(versions, ["10", "1"], "whoever has not got it takes the other");
    assert_eq!((live.first_text("purpose"), live.text("purpose")), (Some("unscheduled"), Some("unscheduled")));
    assert_eq!(live.started_at(), Some(UtcMillis(4_200)), "the earliest");
    // A beginning that comes later takes nothing over, however new it calls its checklist.
    let later = [put(90, 3, "h/template_version", "99"), put(91, 3, "h/started_at", 9_000_i64)];
    let later: Vec<_> = cells.iter().cloned().chain(later).chain([put(92, 3, "h/purpose", "periodic")]).collect();
    let live = Live::of(&later);
    assert_eq!(live.template().map(|it| it.version), Some("10".into()));
    assert_eq!((live.first_text("purpose"), live.text("purpose")), (Some("unscheduled"), Some("periodic")));
    let view = view(&cells, &[], &[]);
    assert_eq!(view.summary.started_at, UtcMillis(4_200));
    assert_eq!(view.summary.officers, ["Person 1", "Person 2"], "who began it and did not answer yet is in it");
    // The same answered differently is a clash as ever.
    cells.push(verdict(10, 2, "ESC-01", Verdict::Fail));
    assert_eq!(clashes(INSPECTION, RecordKind::Inspection, "", None, &cells, &Everybody).len(), 1);
}

#[test]
fn late_work_waits_beside_the_sealed_record_and_is_laid_over_by_its_author_only() {
    let carried = vec![
        put(1, 2, "h/carries", "00".repeat(32)),
        put(2, 2, "s/state", "in_progress"),
        verdict(3, 2, "ESC-01", Verdict::Fail),
        photo(4, 2, "ESC-01", 7, false),
    ];
    let returned = vec![verdict(3, 1, "ESC-02", Verdict::Pass)];
    let supplements = || vec![(SUPPLEMENT, carried.clone()), (LATER, returned.clone())];
    let ids = |read: &[late::Supplement]| read.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    let parted = |supplements, reader| {
        let late::Parted { read, late, .. } = late::split(supplements, reader, &Everybody);
        (read, late)
    };
    let (read, waiting) = parted(supplements(), None);
    assert_eq!(ids(&read), [LATER]);
    let whose: Vec<_> = waiting.iter().map(|it| (it.supplement, it.own, it.asked)).collect();
    assert_eq!(whose, [(Some(SUPPLEMENT), false, false), (Some(LATER), false, true)]);
    assert_eq!((waiting[0].by.person_name.as_str(), waiting[0].by.at), ("Person 2", UtcMillis(3_000)));
    assert_eq!(waiting[0].items[0].answer, Some(Answer::Verdict(Verdict::Fail)));
    assert_eq!(waiting[0].photos, 1);
    assert_eq!(ids(&parted(supplements(), Some(person(1))).0), [LATER], "a colleague's");
    let (read, waiting) = parted(supplements(), Some(person(2)));
    assert_eq!((ids(&read), waiting[0].own), (vec![SUPPLEMENT, LATER], true));
    // Given up: nowhere. Sealed: a supplement like any other.
    let given_up = [&carried[..1], &[put(5, 2, "s/state", "discarded")], &carried[2..]].concat();
    assert_eq!(parted(vec![(SUPPLEMENT, given_up)], Some(person(2))), (vec![], vec![]));
    let done = [&carried[..], &[sealed(9, 2, SUPPLEMENT)]].concat();
    let (read, waiting) = parted(vec![(SUPPLEMENT, done)], None);
    assert_eq!((ids(&read), waiting.len()), (vec![SUPPLEMENT], 0));
}

#[test]
fn a_row_that_was_drawn_beforehand_is_the_row() {
    let cells = [
        put(1, 2, "h/started_at", 1_000_i64),
        put(2, 2, "h/facility", FACILITY.to_string()),
        verdict(3, 2, "ESC-01", Verdict::Fail),
        verdict(4, 1, "ESC-02", Verdict::Pass),
        verdict(5, 2, "ESC-02", Verdict::Fail),
        photo(6, 2, "ESC-01", 7, false),
    ];
    let template = template();
    let parts = InspectionParts {
        id: INSPECTION,
        unit: UNIT,
        unit_name: "",
        cells: &cells,
        supplements: Vec::new(),
        writing: None,
        review: None,
        decided: &[],
        facility: None,
        template: Some(&template),
        kept: None,
        photos: &|_| PhotoPresence::default(),
        late: &[],
        cosigned: &[],
        of_facility: &[],
        unsent: false,
    };
    let drawn = inspection_draft(INSPECTION, UNIT, &cells, &template);
    let row = drawn.named(&Everybody);
    assert_eq!(row.officers, ["Person 2", "Person 1"]);
    assert_eq!(row, inspection_summary(&parts, &Everybody));
}
