use jiff::civil::date;
use uuid::Uuid;

use super::*;
use crate::clock::UtcMillis;
use crate::id::{DocumentId, UnitId};
use crate::record::measure::{MeasureState, Scope};
use crate::record::remediation::FindingState;

const TODAY: Date = date(2026, 11, 23);

fn finding(item: &str, severity: Severity) -> FindingSummary {
    FindingSummary {
        inspection: DocumentId::from_bytes([1; 16]),
        item: item.into(),
        question: None,
        citations: Vec::new(),
        facility: DocumentId::from_bytes([2; 16]),
        facility_name: String::new(),
        facility_address: String::new(),
        unit: UnitId::from_bytes([3; 16]),
        unit_name: String::new(),
        severity,
        remedy: String::new(),
        remedy_words: None,
        found_at: UtcMillis(1_762_000_000_000),
        officer: String::new(),
        deadline: None,
        deadline_written: None,
        promised: None,
        promises: Vec::new(),
        state: FindingState::Open,
        apart: false,
        means: None,
        steps: 0,
        superseded: false,
        days_left: None,
        overdue: false,
        unsent: false,
    }
}

fn measure(instrument: Instrument, state: MeasureState, items: &[&str]) -> MeasureView {
    let summary = MeasureSummary {
        id: Uuid::from_u128(9),
        facility: DocumentId::from_bytes([2; 16]),
        facility_name: String::new(),
        facility_address: String::new(),
        unit: UnitId::from_bytes([3; 16]),
        unit_name: String::new(),
        instrument,
        state,
        apart: false,
        disobeyed: false,
        scope: Some(Scope::Whole),
        part: String::new(),
        grounds: Vec::new(),
        acts: Vec::new(),
        words: String::new(),
        number: String::new(),
        on: None,
        issuer: String::new(),
        from: None,
        until: None,
        amount_vnd: None,
        inspection: None,
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        begun_at: UtcMillis(1_763_000_000_000),
        officer: String::new(),
        steps: 1,
        days_left: None,
        term_over: false,
        ended: false,
        unsent: false,
    };
    MeasureView { summary, events: Vec::new(), allowed: Vec::new(), long: false }
}

fn proposed(class: FacilityClass, findings: &[FindingSummary], measures: &[MeasureView]) -> Vec<MeasureProposal> {
    propose(&Facts { class, findings, inspections: &[], measures, today: TODAY })
}

fn instruments(proposals: &[MeasureProposal]) -> Vec<Instrument> {
    proposals.iter().map(|it| it.instrument).collect()
}

#[test]
fn a_fine_is_that_of_the_day_of_the_act() {
    let fine = |code: &str, day: Date| act(code, day).expect("known").fine.map(|it| (it.least, it.most, it.article));
    let mirror = |day| fine("ESC_MIRROR", day).expect("a fine");
    assert_eq!(mirror(date(2025, 6, 30)), (500_000, 1_000_000, "k1 Điều 40".into()));
    assert_eq!(mirror(date(2025, 7, 1)), (1_000_000, 3_000_000, "điểm a k1 Điều 24".into()));
    assert_eq!(mirror(date(2025, 11, 26)).1, 3_000_000);
    assert_eq!(mirror(date(2025, 11, 27)), (1_500_000, 4_500_000, String::new()), "Hà Nội's own");
    assert_eq!(fine("ESC_OBSTRUCT", TODAY).map(|it| it.1), Some(10_000_000), "Hà Nội set none for it");
    assert_eq!(fine("ESC_MIRROR", date(2021, 12, 31)), None, "before any document that was read");
    assert_eq!(fine("EQUIP_NONE", date(2025, 8, 1)), None, "no source that was read names it");
    let organisation = act("ESC_MIRROR", TODAY).and_then(|it| it.fine).expect("a fine");
    assert_eq!((organisation.organisation_least, organisation.organisation_most), (3_000_000, 9_000_000));
}

#[test]
fn the_rules_name_what_there_is() {
    let rules = rules();
    let documents: BTreeSet<_> = rules.fines.iter().map(|it| it.id.as_str()).collect();
    for act in &rules.acts {
        assert!(act.fines.iter().all(|fine| documents.contains(fine.by.as_str()) && fine.least <= fine.most));
        assert!(!act.words.vi.is_empty() && !act.words.en.is_empty());
    }
    assert_eq!(rules.acts.iter().map(|act| &act.code).collect::<BTreeSet<_>>().len(), 27);
    assert!(Instrument::ALL.iter().all(|it| rules.instruments.contains_key(it)));
    assert_eq!(rules.grounds.len(), 3);
    // A failed check suggests something that the checklists ask.
    let checklist = include_str!("../../../sync-server/data/templates/mini_apartment-draft-1.json");
    let business = include_str!("../../../sync-server/data/templates/house_with_business-draft-1.json");
    for item in rules.acts.iter().flat_map(|act| &act.items) {
        let code = format!("\"{item}\"");
        assert!(checklist.contains(&code) || business.contains(&code), "{item}");
    }
}

#[test]
fn danger_to_life_suggests_a_stop_and_what_is_noted_since_ends_that() {
    let locked = finding("ESC-09", Severity::Critical);
    let found = std::slice::from_ref(&locked);
    let of = |measures: &[MeasureView]| instruments(&proposed(FacilityClass::MiniApartment, found, measures));
    assert_eq!(of(&[]), [Instrument::TemporarySuspension, Instrument::Sanction]);
    let proposal = &proposed(FacilityClass::MiniApartment, found, &[])[0];
    assert_eq!((&proposal.grounds[..], &proposal.items[..]), (&[Ground::DirectRisk][..], &["ESC-09".to_owned()][..]));
    let waived = measure(Instrument::TemporarySuspension, MeasureState::Waived, &["ESC-09"]);
    assert_eq!(of(std::slice::from_ref(&waived)), [Instrument::Sanction], "the officer said why not");
    let mut earlier = waived;
    earlier.summary.begun_at = UtcMillis(1);
    assert_eq!(of(&[earlier]).len(), 2, "that was before it was found");
    let stop = measure(Instrument::Suspension, MeasureState::InForce, &[]);
    assert_eq!(of(&[stop]), [Instrument::Sanction], "it is stopped already");
    let fined = measure(Instrument::Sanction, MeasureState::Paid, &["ESC-09"]);
    assert_eq!(of(&[fined]), [Instrument::TemporarySuspension]);
    let mut done = locked.clone();
    done.state = FindingState::VerifiedDone;
    assert!(proposed(FacilityClass::MiniApartment, &[done], &[]).is_empty());
}

#[test]
fn what_was_asked_for_and_not_done_is_another_ground() {
    let mut late = finding("ELE-03", Severity::Major);
    assert_eq!(instruments(&proposed(FacilityClass::Other, &[late.clone()], &[])), [Instrument::Sanction]);
    (late.deadline, late.overdue) = (Some(date(2026, 11, 1)), true);
    let proposal = &proposed(FacilityClass::Other, &[late.clone()], &[])[0];
    assert_eq!(proposal.grounds, [Ground::NotRemedied]);
    assert_eq!(proposal.reasons[0].vi, "ELE-03 (hạn khắc phục 01/11/2026)");
    // Who did not propose it before the deadline is asked again after it, and who did after it is not.
    let waived = |day: Date| {
        let mut it = measure(Instrument::TemporarySuspension, MeasureState::Waived, &["ELE-03"]);
        it.summary.begun_at = UtcMillis(
            day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).expect("a day").timestamp().as_millisecond(),
        );
        instruments(&proposed(FacilityClass::Other, &[late.clone()], &[it]))
    };
    assert!(waived(date(2026, 11, 1)).contains(&Instrument::TemporarySuspension));
    assert!(!waived(date(2026, 11, 2)).contains(&Instrument::TemporarySuspension));
    late.promised = Some(date(2026, 11, 10));
    let of = |class| instruments(&proposed(class, &[late.clone()], &[]));
    assert!(of(FacilityClass::BoardingHouse).contains(&Instrument::StopDirective19));
    assert!(!of(FacilityClass::HouseWithBusiness).contains(&Instrument::StopDirective19));
}

#[test]
fn terms_end_with_the_day() {
    let on = |instrument, until| {
        let mut it = measure(instrument, MeasureState::InForce, &[]);
        it.summary.until = Some(until);
        it.summary.on_day(TODAY)
    };
    let running = on(Instrument::TemporarySuspension, date(2026, 11, 30));
    assert_eq!((running.days_left, running.term_over, running.is_stopped()), (Some(7), false, true));
    let last_day = on(Instrument::TemporarySuspension, TODAY);
    assert_eq!((last_day.days_left, last_day.term_over), (Some(0), false));
    let over = on(Instrument::TemporarySuspension, date(2026, 11, 22));
    assert!(over.term_over && over.is_stopped(), "only a decision ends it");
    let penalty = on(Instrument::TimedSuspension, date(2026, 11, 22));
    assert!(penalty.ended && !penalty.is_stopped() && !penalty.is_open() && penalty.stop().is_none());
    let mut view = measure(Instrument::TemporarySuspension, MeasureState::InForce, &[]);
    view.summary = over;
    let next = proposed(FacilityClass::Other, &[], &[view]);
    assert_eq!((next[0].instrument, next[0].of), (Instrument::Suspension, Some(Uuid::from_u128(9))));
    assert!(is_longer(Instrument::TemporarySuspension, Some(date(2026, 11, 1)), Some(date(2026, 12, 1))));
    assert!(!is_longer(Instrument::TemporarySuspension, Some(date(2026, 11, 1)), Some(date(2026, 11, 30))));
    assert!(!is_longer(Instrument::TimedSuspension, Some(date(2026, 1, 1)), Some(date(2026, 12, 30))));
}

#[test]
fn who_goes_on_in_spite_of_a_stop_is_to_be_fined() {
    let mut stop = measure(Instrument::TemporarySuspension, MeasureState::InForce, &[]);
    stop.summary.disobeyed = true;
    let proposals = proposed(FacilityClass::Other, &[], &[stop.clone()]);
    assert_eq!(instruments(&proposals), [Instrument::Sanction]);
    assert_eq!(proposals[0].acts[0].code, "SUSP_DISOBEY");
    let mut fined = measure(Instrument::Sanction, MeasureState::Proposed, &[]);
    fined.summary.acts = vec!["SUSP_DISOBEY".into()];
    assert!(proposed(FacilityClass::Other, &[], &[stop, fined]).is_empty());
}
