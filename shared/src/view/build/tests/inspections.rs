//! Inspections, their supplements and reviews; clashes.

use super::super::*;
use super::*;
use crate::author::AuthorSecret;
use crate::clock::{Running, SeededRandom};
use crate::id::{ChangeHash, PhotoHash};
use crate::record::RecordKind;
use crate::record::register::{Decision, DecisionStatement, FindingDetail, PhotoDetail, Position, PositionSource};
use crate::record::seal;
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
        marks: Vec::new(),
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

pub(super) fn view(cells: &[Cell], supplements: &[(DocumentId, Vec<Cell>)], review: &[Cell]) -> InspectionView {
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
        given_up: &[],
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
        given_up: &[],
        of_facility: &[],
        unsent: false,
    };
    let drawn = inspection_draft(INSPECTION, UNIT, &cells, &template);
    let row = drawn.named(&Everybody);
    assert_eq!(row.officers, ["Person 2", "Person 1"]);
    assert_eq!(row, inspection_summary(&parts, &Everybody));
}

/// An answer that says what the running clock of its device said.
fn timed(counter: u64, by: u8, item: &str, at: i64, running: Running) -> Cell {
    let answer = Some(Answer::Verdict(Verdict::Pass));
    let said = ItemAnswer::new(answer, String::new(), UtcMillis(at), person(by));
    put(counter, by, &format!("i/{item}"), ItemAnswer { running: Some(running), ..said }.to_scalar())
}

#[test]
fn a_clock_that_is_set_during_a_visit_is_told_of() {
    const MINUTE: i64 = 60_000;
    const NINE: i64 = 1_795_226_400_000; // 09:00 on 21/11/2026 in Hà Nội
    let running = |minutes: i64| Running(7, (minutes * MINUTE) as u64);
    let begun = |at: i64| {
        vec![
            put(1, 1, "h/started_at", Scalar::Int(at)),
            put(2, 1, "h/started_running", running(100).to_string().as_str()),
        ]
    };
    let told = |cells: &[Cell]| -> Vec<(String, String)> {
        let remarks = view(cells, &[], &[]).remarks.into_iter();
        remarks.filter(|it| it.field.starts_with("clock_set")).map(|it| (it.field, it.words.vi)).collect()
    };
    let mut cells = begun(NINE);
    cells.push(timed(3, 1, "A-1", NINE + 10 * MINUTE, running(110)));
    // A colleague's device was switched on at another time: its running clock says nothing about this one.
    cells.push(timed(3, 2, "A-2", NINE + 12 * MINUTE, Running(9, 5)));
    assert!(told(&cells).is_empty(), "the calendar went on as the running clock did");
    let view = view(&cells, &[], &[]);
    assert_eq!(view.begun_running, Some(running(100)));

    cells.push(timed(4, 1, "A-3", NINE + 20 * MINUTE - 26 * 60 * MINUTE, running(120)));
    let set = told(&cells);
    assert_eq!(set.len(), 1);
    assert_eq!(set[0].0, "clock_set");
    assert!(set[0].1.contains("bị chỉnh lùi 1 ngày"), "{}", set[0].1);
    assert!(set[0].1.contains("21/11/2026 09:10") && set[0].1.contains("20/11/2026 07:20"), "{}", set[0].1);

    // Set already between the beginning and the first answer.
    let mut cells = begun(NINE);
    cells.push(timed(3, 1, "A-1", NINE + 190 * MINUTE, running(110)));
    assert!(told(&cells)[0].1.contains("bị chỉnh tới 3 giờ"), "{:?}", told(&cells));
}
