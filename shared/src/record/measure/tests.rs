use super::*;
use crate::record::register::Register as _;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn event(step: MeasureStep, after: &[u128]) -> MeasureEvent {
    let mut event = MeasureEvent::new(step, UtcMillis(1), PersonId::from_bytes([1; 16]));
    event.after = after.iter().map(|n| id(*n)).collect();
    if step.begins() {
        event.instrument = Some(Instrument::TemporarySuspension);
    }
    event
}

fn standing(events: &[(u128, MeasureEvent)]) -> Standing {
    let events: Vec<_> = events.iter().map(|(n, event)| (id(*n), event)).collect();
    Standing::of(&events).expect("begun")
}

#[test]
fn a_suspension_goes_from_the_proposal_to_the_resumption() {
    let mut events = vec![(1, event(MeasureStep::Proposed, &[]))];
    assert_eq!(standing(&events).allowed(), [MeasureStep::Decided, MeasureStep::Declined]);
    events.push((2, event(MeasureStep::Decided, &[1])));
    let now = standing(&events);
    assert!(now.state.is_stopped() && !now.disobeyed);
    assert!(now.allowed().contains(&MeasureStep::Decided), "it may become a suspension");
    let mut graver = event(MeasureStep::Decided, &[2]);
    graver.instrument = Some(Instrument::Suspension);
    events.push((3, graver));
    assert_eq!(standing(&events).instrument, Instrument::Suspension);
    events.push((4, event(MeasureStep::Disobeyed, &[3])));
    assert!(standing(&events).disobeyed && standing(&events).state == MeasureState::InForce);
    events.push((5, event(MeasureStep::ResumptionAsked, &[4])));
    events.push((6, event(MeasureStep::Resumed, &[5])));
    let end = standing(&events);
    assert_eq!((end.state, end.allowed()), (MeasureState::Resumed, Vec::new()));
}

#[test]
fn who_noted_a_resumption_apart_does_not_undo_a_stop_that_was_not_heard_of() {
    let events = vec![
        (1, event(MeasureStep::Proposed, &[])),
        (2, event(MeasureStep::Decided, &[1])),
        (3, event(MeasureStep::Resumed, &[2])),
        (4, event(MeasureStep::Disobeyed, &[2])),
    ];
    let apart = standing(&events);
    assert_eq!((apart.state, apart.apart), (MeasureState::InForce, true));
    assert_eq!(apart.last, [id(3), id(4)]);
    let settled = [events, vec![(5, event(MeasureStep::Resumed, &[3, 4]))]].concat();
    assert_eq!((standing(&settled).state, standing(&settled).apart), (MeasureState::Resumed, false));
}

#[test]
fn a_sanction_has_its_own_way_and_a_penalty_ends_by_itself() {
    let mut first = event(MeasureStep::Proposed, &[]);
    first.instrument = Some(Instrument::Sanction);
    let mut events = vec![(1, first)];
    for (n, step, state) in [
        (2, MeasureStep::ViolationRecorded, MeasureState::ViolationRecorded),
        (3, MeasureStep::Explaining, MeasureState::ExplanationPeriod),
        (4, MeasureStep::Decided, MeasureState::DecisionIssued),
        (5, MeasureStep::Served, MeasureState::Served),
        (6, MeasureStep::Paid, MeasureState::Paid),
    ] {
        assert!(standing(&events).allowed().contains(&step), "{step:?}");
        events.push((n, event(step, &[n - 1])));
        assert_eq!(standing(&events).state, state);
    }
    let mut penalty = event(MeasureStep::Proposed, &[]);
    penalty.instrument = Some(Instrument::TimedSuspension);
    let events = [(1, penalty), (2, event(MeasureStep::Decided, &[1]))];
    assert!(!standing(&events).allowed().contains(&MeasureStep::Resumed));
}

#[test]
fn steps_say_what_they_must() {
    let day = jiff::civil::date(2026, 11, 23);
    let lacks = |step, change: fn(&mut MeasureEvent)| {
        let mut it = event(step, &[]);
        change(&mut it);
        it.lacking(Instrument::TemporarySuspension)
    };
    assert_eq!(lacks(MeasureStep::Proposed, |_| ()), Some("words"));
    assert_eq!(lacks(MeasureStep::Proposed, |it| it.words = "Khóa lối thoát".into()), Some("scope"));
    let proposed = |it: &mut MeasureEvent| {
        it.words = "Khóa lối thoát".into();
        it.scope = Some(Scope::Part);
    };
    assert_eq!(lacks(MeasureStep::Proposed, proposed), Some("part"));
    assert_eq!(
        lacks(MeasureStep::Proposed, |it| {
            it.words = "Khóa lối thoát".into();
            (it.scope, it.part) = (Some(Scope::Part), "Khu để xe tầng hầm".into());
        }),
        Some("grounds")
    );
    let mut decided = event(MeasureStep::Decided, &[]);
    (decided.number, decided.on) = ("15/QĐ-TĐC".into(), Some(day));
    (decided.issuer, decided.scope) = ("Trưởng Công an phường".into(), Some(Scope::Whole));
    decided.grounds = vec![Ground::DirectRisk];
    assert_eq!(decided.lacking(Instrument::TemporarySuspension), Some("until"));
    assert_eq!(decided.lacking(Instrument::Suspension), None);
    assert_eq!(decided.lacking(Instrument::Sanction), Some("acts"));
    decided.until = Some(jiff::civil::date(2026, 11, 1));
    assert_eq!(decided.lacking(Instrument::TemporarySuspension), Some("until"), "it ends before it begins");
    decided.until = Some(jiff::civil::date(2026, 12, 20));
    assert_eq!(decided.lacking(Instrument::TemporarySuspension), None);
    assert_eq!(MeasureEvent::from_scalar(&decided.to_scalar()), Ok(decided));
}

#[test]
fn the_record_of_premises_is_one() {
    let premises = DocumentId::from_bytes([7; 16]);
    assert_eq!(enforcement_id(premises), enforcement_id(premises));
    assert_eq!(enforcement_id(premises).0.get_version_num(), 8);
    assert_ne!(enforcement_id(premises), crate::record::remediation::remediation_id(premises));
}
