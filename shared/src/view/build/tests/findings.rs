//! Findings of a sealed inspection, read beside what followed.

use jiff::civil::date;
use uuid::Uuid;

use super::{Everybody, FACILITY, INSPECTION, SUPPLEMENT, UNIT, actor, person, put, template, verdict, words};
use crate::clock::UtcMillis;
use crate::id::{DocumentId, PhotoHash};
use crate::record::register::{FindingDetail, PhotoDetail, Register, SealStatement, Severity, Verdict};
use crate::record::remediation::{FindingEvent, FindingState, FindingStep, Seen};
use crate::record::value::Cell;
use crate::template::Words;
use crate::view::FindingView;
use crate::view::build::{InspectionParts, PhotoPresence, finding, findings};

const PHOTO: PhotoHash = PhotoHash([7; 32]);

fn detail(counter: u64, by: u8, item: &str, deadline: Option<jiff::civil::Date>) -> Cell {
    let at = UtcMillis(counter as i64 * 1000);
    let remedy = "Tháo khóa".to_owned();
    let detail = FindingDetail { severity: Severity::Critical, remedy, deadline, at, by: person(by), origin: None };
    put(counter, by, &format!("f/{item}/detail"), detail.to_scalar())
}

fn seal(counter: u64, by: u8) -> Cell {
    let author = crate::id::AuthorKey([0; 32]);
    let at = UtcMillis(counter as i64 * 1000);
    let statement =
        SealStatement { heads: Vec::new(), author, signature: String::new(), at, by: person(by), known: None };
    put(counter, by, &format!("g/{}", actor(by)), statement.to_scalar())
}

/// ESC-02 failed and is written up; ESC-01 passed.
fn inspection(sealed: bool) -> Vec<Cell> {
    let mut cells = vec![
        put(1, 1, "h/facility", FACILITY.to_string()),
        put(1, 1, "h/started_at", 1000_i64),
        verdict(2, 1, "ESC-02", Verdict::Fail),
        detail(3, 2, "ESC-02", Some(date(2026, 11, 30))),
        verdict(4, 1, "ESC-01", Verdict::Pass),
    ];
    cells.extend(sealed.then(|| seal(9, 1)));
    cells
}

fn step(counter: u64, by: u8, id: u128, step: FindingStep, after: &[u128]) -> Cell {
    let event = FindingEvent {
        step,
        words: "Đã làm".into(),
        name: "Bà Hòa".into(),
        until: (step == FindingStep::Committed).then(|| date(2026, 11, 28)),
        seen: Some(Seen::OnSite),
        visit: None,
        means: None,
        photos: if step == FindingStep::Reported { vec![PHOTO] } else { Vec::new() },
        after: after.iter().copied().map(Uuid::from_u128).collect(),
        // Every clock says the same: it decides nothing.
        at: UtcMillis(77),
        by: person(by),
    };
    put(counter, by, &format!("e/ESC-02/{}", Uuid::from_u128(id)), event.to_scalar())
}

/// A promise for a day of December.
fn promise(counter: u64, by: u8, id: u128, until: jiff::civil::Date, after: &[u128]) -> Cell {
    let event = FindingEvent {
        step: FindingStep::Committed,
        words: String::new(),
        name: format!("Bà {by}"),
        until: Some(until),
        seen: None,
        visit: None,
        means: None,
        photos: Vec::new(),
        after: after.iter().copied().map(Uuid::from_u128).collect(),
        at: UtcMillis(1_795_285_800_000),
        by: person(by),
    };
    put(counter, by, &format!("e/ESC-02/{}", Uuid::from_u128(id)), event.to_scalar())
}

#[test]
fn of_two_promises_made_apart_both_are_told_and_the_earlier_day_counts() {
    let mut cells = inspection(true);
    cells.retain(|cell| !cell.key.starts_with("f/"));
    cells.push(detail(3, 2, "ESC-02", None));
    let told = |remediation: &[Cell]| {
        let parts = parts(&cells, Vec::new());
        finding(&parts, Some(remediation), "ESC-02", date(2026, 12, 3), &Everybody).expect("a finding")
    };
    let mut steps = vec![promise(3, 1, 1, date(2026, 12, 20), &[]), promise(2, 2, 2, date(2026, 12, 1), &[])];
    let both = told(&steps);
    let promised: Vec<_> =
        both.summary.promises.iter().map(|it| (it.until.day(), it.name.as_str(), it.officer.as_str())).collect();
    assert_eq!(promised, [(1, "Bà 2", "Person 2"), (20, "Bà 1", "Person 1")]);
    assert_eq!((both.summary.promised, both.summary.deadline), (Some(date(2026, 12, 1)), Some(date(2026, 12, 1))));
    assert!(both.summary.apart && both.summary.overdue && both.events.iter().all(|event| event.apart));
    assert!(both.allowed.contains(&FindingStep::Committed), "who knows both says which holds");
    steps.push(promise(4, 1, 3, date(2026, 12, 24), &[1, 2]));
    let settled = told(&steps);
    assert_eq!((settled.summary.promises.len(), settled.summary.deadline), (1, Some(date(2026, 12, 24))));
    assert!(!settled.summary.apart && !settled.summary.overdue && settled.events.iter().all(|event| !event.apart));
    assert_eq!(settled.remarks, []);
    steps.push(promise(5, 2, 4, date(9999, 12, 31), &[3]));
    let far = told(&steps);
    assert_eq!(far.summary.promised, Some(date(9999, 12, 31)), "what another program wrote is kept");
    assert_eq!(far.remarks[0].field, format!("e/ESC-02/{}", Uuid::from_u128(4)));
    assert!(far.remarks[0].words.vi.contains("hơn 5 năm"), "{:?}", far.remarks);
}

#[test]
fn a_promise_for_a_day_after_the_deadline_is_remarked_until_another_takes_its_place() {
    let cells = inspection(true);
    let told = |steps: &[Cell]| {
        let parts = parts(&cells, Vec::new());
        finding(&parts, Some(steps), "ESC-02", date(2026, 11, 22), &Everybody).expect("a finding")
    };
    let mut steps = vec![promise(3, 1, 1, date(2026, 12, 20), &[])];
    let late = told(&steps);
    assert_eq!(late.summary.deadline, Some(date(2026, 11, 30)), "the deadline stands");
    assert!(late.remarks[0].words.vi.contains("20/12/2026 muộn hơn hạn khắc phục 30/11/2026"), "{:?}", late.remarks);
    steps.push(promise(4, 1, 2, date(2026, 11, 30), &[1]));
    assert_eq!(told(&steps).remarks, []);
}

#[test]
fn a_remedy_that_is_the_templates_own_is_told_in_both_languages() {
    let told = |remedy: &str| {
        let mut template = template();
        let item = template.groups.iter_mut().flat_map(|group| &mut group.items).find(|item| item.code == "ESC-02");
        item.expect("a question").remedy = Words { vi: "Dọn lối thoát.".into(), en: "Clear the way out.".into() };
        let mut cells = inspection(true);
        for cell in cells.iter_mut().filter(|cell| cell.key.starts_with("f/")) {
            let written = FindingDetail::from_scalar(&cell.value).expect("a finding");
            cell.value = FindingDetail { remedy: remedy.into(), ..written }.to_scalar();
        }
        let parts = InspectionParts { template: Some(&template), ..parts(&cells, Vec::new()) };
        let view = finding(&parts, None, "ESC-02", date(2026, 11, 22), &Everybody).expect("a finding");
        (view.summary.remedy, view.summary.remedy_words.map(|words| words.en))
    };
    assert_eq!(told("Dọn lối thoát."), ("Dọn lối thoát.".into(), Some("Clear the way out.".into())));
    assert_eq!(told("Dọn ngay trong ngày."), ("Dọn ngay trong ngày.".into(), None), "an officer's own words");
}

fn evidence() -> Cell {
    let detail = PhotoDetail {
        hash: PHOTO,
        bytes: 5,
        width: 1,
        height: 1,
        original_sha256: String::new(),
        taken_at: None,
        place: None,
        at: UtcMillis(76),
        by: person(1),
        removed: false,
        marks: Vec::new(),
        origin: None,
    };
    put(2, 1, &format!("p/ESC-02/{PHOTO}"), detail.to_scalar())
}

fn parts<'a>(cells: &'a [Cell], supplements: Vec<(DocumentId, &'a [Cell])>) -> InspectionParts<'a> {
    let template = Box::leak(Box::new(template()));
    InspectionParts {
        id: INSPECTION,
        unit: UNIT,
        unit_name: "",
        cells,
        supplements,
        writing: None,
        review: None,
        decided: &[],
        facility: None,
        template: Some(template),
        kept: None,
        photos: &|_| PhotoPresence { present: true, verified: true, own: false },
        late: &[],
        cosigned: &[],
        given_up: &[],
        of_facility: &[],
        unsent: false,
    }
}

fn view(remediation: &[Cell], today: jiff::civil::Date) -> FindingView {
    finding(&parts(&inspection(true), Vec::new()), Some(remediation), "ESC-02", today, &Everybody).expect("a finding")
}

#[test]
fn what_is_not_sealed_is_no_finding_yet() {
    assert_eq!(findings(&parts(&inspection(false), Vec::new()), None, &Everybody), []);
    let sealed = inspection(true);
    let found = findings(&parts(&sealed, Vec::new()), None, &Everybody);
    assert_eq!(found.iter().map(|it| it.item.as_str()).collect::<Vec<_>>(), ["ESC-02"]);
    assert_eq!((found[0].facility, found[0].officer.as_str()), (FACILITY, "Person 2"));
    assert_eq!((found[0].state, found[0].question.clone()), (FindingState::Open, Some(words("ESC-02"))));
    // A supplement that takes it back counts from its seal on.
    let mut taken_back = vec![verdict(5, 1, "ESC-02", Verdict::Pass)];
    assert_eq!(findings(&parts(&sealed, vec![(SUPPLEMENT, &taken_back)]), None, &Everybody).len(), 1);
    taken_back.push(seal(10, 1));
    assert_eq!(findings(&parts(&sealed, vec![(SUPPLEMENT, &taken_back)]), None, &Everybody), []);
}

#[test]
fn steps_are_told_in_the_order_in_which_they_were_known() {
    let mut cells = vec![
        step(9, 1, 1, FindingStep::Verified, &[3]),
        evidence(),
        step(7, 2, 3, FindingStep::Reported, &[2]),
        step(4, 1, 2, FindingStep::Committed, &[]),
    ];
    let told = view(&cells, date(2026, 11, 29));
    let steps: Vec<_> = told.events.iter().map(|event| event.step).collect();
    assert_eq!(steps, [FindingStep::Committed, FindingStep::Reported, FindingStep::Verified]);
    assert_eq!(told.events[1].photos[0].detail.hash, PHOTO);
    assert_eq!(told.events[1].by.device_name, "Device 2");
    assert_eq!((told.summary.state, told.summary.days_left), (FindingState::VerifiedDone, None));
    assert_eq!((told.summary.steps, told.summary.promised), (3, Some(date(2026, 11, 28))));
    assert!(told.allowed.is_empty());
    cells.reverse();
    assert_eq!(view(&cells, date(2026, 11, 29)), told, "however they come in");
}

#[test]
fn the_deadline_and_the_day_say_what_is_overdue() {
    for (today, left, overdue) in
        [(date(2026, 11, 25), 5, false), (date(2026, 11, 30), 0, false), (date(2026, 12, 3), -3, true)]
    {
        let told = view(&[], today);
        assert_eq!((told.summary.days_left, told.summary.overdue), (Some(left), overdue), "{today}");
        assert_eq!(told.allowed.contains(&FindingStep::Escalated), overdue);
    }
}

#[test]
fn two_who_noted_apart_are_both_told_of() {
    let cells = [
        step(1, 1, 1, FindingStep::Committed, &[]),
        evidence(),
        step(5, 1, 2, FindingStep::Verified, &[1]),
        step(5, 2, 3, FindingStep::Rejected, &[1]),
    ];
    let told = view(&cells, date(2026, 11, 25));
    assert_eq!((told.summary.state, told.summary.apart), (FindingState::Open, true));
    let apart: Vec<_> = told.events.iter().map(|event| event.apart).collect();
    assert_eq!(apart, [false, true, true]);
}
