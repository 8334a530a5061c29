//! Premises and declarations.

use super::super::*;
use super::*;
use crate::record::RecordKind;
use crate::record::facility::FacilityClass;
use crate::record::register::{Decision, DecisionStatement};
use crate::template::TemplateRef;
use crate::view::{Declaration, DeclarationState, DwellingView, InspectionState, InspectionSummary, Progress};

fn visited(id: u8, state: InspectionState, started_at: i64, failed: u32) -> InspectionSummary {
    InspectionSummary {
        id: DocumentId::from_bytes([id; 16]),
        facility: FACILITY,
        facility_name: String::new(),
        facility_address: String::new(),
        unit: UNIT,
        unit_name: String::new(),
        template: TemplateRef { code: "small".into(), version: "1".into() },
        state,
        started_at: UtcMillis(started_at),
        sealed_at: None,
        officers: Vec::new(),
        progress: Progress { failed, ..Progress::default() },
        gravest: None,
        words: None,
        conclusion: None,
        started_clock_ms: None,
        sealed_clock_ms: None,
        late_answers: 0,
        own_late: 0,
        late_failed: 0,
        unanswered: 0,
        apart: 0,
        approved_before: None,
        unsent: false,
    }
}

fn facility_cells() -> Vec<Cell> {
    vec![
        put(1, 1, "h/name", "Chung cư mini An Phú"),
        put(2, 1, "h/class", "mini_apartment"),
        put(3, 1, "h/house_number", "34"),
        put(4, 1, "h/lane", "29"),
        put(5, 1, "h/sub_lane", "70"),
        put(6, 1, "h/street", "Khương Hạ"),
        put(7, 1, "h/latitude", 20.987),
        put(8, 1, "h/longitude", 105.8156),
        put(9, 1, "h/storeys", 9_i64),
        put(9, 2, "h/storeys", 8_i64),
        put(9, 1, "h/note", "x"),
        put(10, 2, "h/note", "x"),
    ]
}

fn declared(state: DeclarationState) -> DwellingView {
    let cells = [put(1, 3, "h/facility", FACILITY.to_string())];
    let parts = DwellingParts {
        id: INSPECTION,
        cells: &cells,
        residents: None,
        review: None,
        premises: None,
        own: true,
        unsent: false,
    };
    DwellingView { state, ..dwelling(&parts, &Everybody) }
}

#[test]
fn premises_show_their_last_visit_and_the_open_one() {
    let inspections = [
        visited(1, InspectionState::Approved, 100, 4),
        visited(2, InspectionState::InProgress, 300, 9),
        visited(3, InspectionState::Returned, 200, 2),
    ];
    let dwellings = [declared(DeclarationState::Submitted), declared(DeclarationState::Verified)];
    let cells = facility_cells();
    let parts = FacilityParts {
        id: FACILITY,
        unit: UNIT,
        unit_name: "Phường Khương Đình",
        cells: &cells,
        inspections: &inspections,
        dwellings: &dwellings,
        near: Some((20.996, 105.8156)),
        unsent: true,
    };
    let sheet = facility_sheet(&parts, Vec::new(), &Everybody);
    let summary = &sheet.summary;
    assert_eq!(summary.class, FacilityClass::MiniApartment);
    assert_eq!(summary.address, "Số 34, ngách 29/70 Khương Hạ");
    assert_eq!((summary.last_inspected_at, summary.failed_checks), (Some(UtcMillis(200)), Some(2)));
    assert_eq!(summary.open_inspection, Some(DocumentId::from_bytes([2; 16])));
    assert_eq!((summary.declarations_waiting, summary.storeys, summary.unsent), (1, Some(8), true));
    // A hundredth of a degree of latitude is about 1.1 km.
    let distance = summary.distance_m.expect("both places are known");
    assert!((990.0..1012.0).contains(&distance), "{distance}");
    assert_eq!(sheet.inspections.iter().map(|it| it.started_at.0).collect::<Vec<_>>(), [300, 200, 100]);
    assert_eq!(sheet.address_parts.chain(), "29/70");
    let values = |key: &str| sheet.fields.iter().find(|it| it.key == key).map_or(0, |it| it.values.len());
    assert_eq!((values("h/storeys"), values("h/note"), values("h/name")), (2, 1, 1));
}

#[test]
fn premises_with_little_known_still_show() {
    let cells = [put(1, 1, "h/class", "from the future"), put(2, 1, "h/address", "Số 5 ngõ 3 Hạ Đình")];
    let parts = FacilityParts {
        id: FACILITY,
        unit: UNIT,
        unit_name: "",
        cells: &cells,
        inspections: &[],
        dwellings: &[],
        near: Some((20.0, 105.0)),
        unsent: false,
    };
    let sheet = facility_sheet(&parts, Vec::new(), &Everybody);
    assert_eq!(sheet.summary.class, FacilityClass::Other);
    assert_eq!((sheet.summary.name.as_str(), sheet.summary.distance_m), ("", None));
    // Nobody filled in the parts: they are read from the written address.
    assert_eq!((sheet.address_parts.house_number.as_str(), sheet.address_parts.street.as_str()), ("5", "Hạ Đình"));
}

#[test]
fn a_declaration_stands_until_its_head_changes_it() {
    let decide = |at: i64, decision| {
        let statement = DecisionStatement {
            decision,
            words: "Sai số tầng".into(),
            on: INSPECTION,
            at: UtcMillis(at),
            by: person(1),
            capacity: None,
            seen: None,
            declared: None,
        };
        vec![put(1, 1, "s/decision", statement.to_scalar())]
    };
    for (name, state, review, expected) in [
        ("begun", "draft", vec![], DeclarationState::Draft),
        ("sent", "submitted", vec![], DeclarationState::Submitted),
        ("confirmed", "submitted", decide(20_000, Decision::Approved), DeclarationState::Verified),
        ("sent back", "submitted", decide(20_000, Decision::Returned), DeclarationState::NeedsFix),
        ("being mended", "draft", decide(4_000, Decision::Returned), DeclarationState::NeedsFix),
        ("mended and sent", "submitted", decide(4_000, Decision::Returned), DeclarationState::Submitted),
        ("changed after it was confirmed", "submitted", decide(4_000, Decision::Approved), DeclarationState::Submitted),
    ] {
        let home = [
            put(1, 3, "h/facility", FACILITY.to_string()),
            put(2, 3, "h/address", "Số 34, ngách 29/70 Khương Hạ"),
            put(3, 3, "h/storeys", 9_i64),
            put(4, 3, "h/exits", "Cửa chính"),
            put(7, 3, "h/house_template", "mini_apartment"),
            put(9, 3, "s/state", state),
        ];
        let people = [put(5, 3, "h/residents", 4_i64), put(6, 3, "h/head_name", "Nguyễn Văn Bình")];
        let premises = [put(1, 3, "h/storeys", 7_i64)];
        let parts = DwellingParts {
            id: INSPECTION,
            cells: &home,
            residents: Some((SUPPLEMENT, &people)),
            review: Some(&review),
            premises: Some(&premises),
            own: true,
            unsent: false,
        };
        let view = dwelling(&parts, &Everybody);
        assert_eq!(view.state, expected, "{name}");
        let decided = view.decided.map(|it| (it.decision, it.by.at));
        let counts = match expected {
            DeclarationState::NeedsFix => Some(Decision::Returned),
            DeclarationState::Verified => Some(Decision::Approved),
            DeclarationState::Draft | DeclarationState::Submitted => None,
        };
        assert_eq!(decided.map(|it| it.0), counts, "{name}");
        let told = &view.declaration;
        assert_eq!((told.storeys, told.residents, told.head_name.as_str()), (Some(9), Some(4), "Nguyễn Văn Bình"));
        assert_eq!((view.facility, view.residents, view.by.at), (FACILITY, Some(SUPPLEMENT), UtcMillis(9_000)));
        assert_eq!(told.house_template.as_deref(), Some("mini_apartment"));
        let remarks: Vec<_> = view.remarks.iter().map(|remark| remark.words.en.as_str()).collect();
        assert_eq!(remarks, ["The premises' record says 7 storeys, the declaration 9."]);
    }
}

#[test]
fn officers_who_decide_apart_are_both_shown_and_the_correction_counts() {
    let decide = |actor: u8, at: i64, decision, words: &str| {
        let statement = DecisionStatement {
            decision,
            words: words.into(),
            on: INSPECTION,
            at: UtcMillis(at),
            by: person(actor),
            capacity: None,
            seen: None,
            declared: None,
        };
        put(1, actor, "s/decision", statement.to_scalar())
    };
    let home = [put(1, 3, "h/facility", FACILITY.to_string()), put(9, 3, "s/state", "submitted")];
    let shown = |review: &[Cell]| {
        let parts = DwellingParts {
            id: INSPECTION,
            cells: &home,
            residents: None,
            review: Some(review),
            premises: None,
            own: true,
            unsent: false,
        };
        let view = dwelling(&parts, &Everybody);
        let words = view.decided.map(|it| it.words);
        (view.state, words, view.apart.iter().map(|it| (it.decision, it.words.clone())).collect::<Vec<_>>())
    };
    let fix = "Ghi rõ ai cần giúp";
    let (confirms, asks) = ((Decision::Approved, String::new()), (Decision::Returned, fix.to_owned()));
    // Whichever was later.
    for (first, second) in [(20_000, 20_001), (20_001, 20_000)] {
        let review = [decide(1, first, Decision::Approved, ""), decide(2, second, Decision::Returned, fix)];
        let (state, words, mut apart) = shown(&review);
        apart.sort();
        assert_eq!((state, words.as_deref()), (DeclarationState::NeedsFix, Some(fix)));
        assert_eq!(apart, [confirms.clone(), asks.clone()]);
        let said = clashes(SUPPLEMENT, RecordKind::Review, "", None, &review, &Everybody);
        let mut said: Vec<_> = said[0].values.iter().map(|it| (it.decision, it.note.as_str(), it.by.at.0)).collect();
        said.sort();
        let expected = [(Some(Decision::Approved), "", first), (Some(Decision::Returned), fix, second)];
        assert_eq!(said, expected, "what was decided, in which words, when");
    }
    let twice = [decide(1, 20_000, Decision::Approved, ""), decide(2, 20_001, Decision::Approved, "")];
    assert_eq!(shown(&twice), (DeclarationState::Verified, Some(String::new()), vec![]), "they agree");
    let before = [decide(1, 4_000, Decision::Approved, ""), decide(2, 4_001, Decision::Returned, fix)];
    assert_eq!(shown(&before), (DeclarationState::Submitted, None, vec![]), "it was changed since");
}

#[test]
fn an_empty_record_gives_an_empty_view() {
    let parts = DwellingParts {
        id: INSPECTION,
        cells: &[],
        residents: None,
        review: None,
        premises: None,
        own: true,
        unsent: false,
    };
    let view = dwelling(&parts, &Everybody);
    assert_eq!((view.state, view.by.person_name.as_str()), (DeclarationState::Draft, "?"));
}

#[test]
fn what_is_not_submitted_only_its_head_is_shown() {
    let cells = |state: &str| vec![put(1, 1, "h/address", "112 ngách 58/24"), put(2, 1, "s/state", state)];
    let people = [put(1, 1, "h/head_phone", "0900000000"), put(2, 1, "h/residents", 4_i64)];
    let seen = |state: &str, own| {
        let cells = cells(state);
        let residents = Some((SUPPLEMENT, people.as_slice()));
        let parts = DwellingParts {
            id: INSPECTION,
            cells: &cells,
            residents,
            review: None,
            premises: None,
            own,
            unsent: false,
        };
        dwelling(&parts, &Everybody)
    };
    let (mine, theirs) = (seen("draft", true), seen("draft", false));
    assert_eq!((mine.declaration.residents, mine.residents), (Some(4), Some(SUPPLEMENT)));
    assert_eq!(
        (theirs.state, theirs.declaration, theirs.residents),
        (DeclarationState::Draft, Declaration::default(), None)
    );
    assert_eq!(theirs.remarks, []);
    assert_eq!(seen("submitted", false).declaration.head_phone, "0900000000");
}
