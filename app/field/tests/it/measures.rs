//! Measures against premises on devices without a network: suggested by the rules, decided by people, told of everywhere.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::measure::{Instrument, MeasureState, MeasureStep};
use ancu_shared::view::{FacilitySheet, MeasureSummary, MeasuresView};
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::follow::found;
use crate::office::{Device, template};

const DAY: i64 = 24 * 3_600_000;

fn all(device: &Device, facility: DocumentId) -> MeasuresView {
    device.tell(json!({ "command": "measures", "facility": facility }))
}

fn note(device: &Device, facility: DocumentId, measure: Option<uuid::Uuid>, note: Value) -> MeasuresView {
    device.tell(json!({ "command": "measure_note", "facility": facility, "measure": measure, "note": note }))
}

fn sheet(device: &Device, facility: DocumentId) -> FacilitySheet {
    device.tell(json!({ "command": "facility_sheet", "id": facility }))
}

/// As the rules suggest it.
fn proposed(view: &MeasuresView) -> Value {
    let suggested =
        view.proposals.iter().find(|it| it.instrument == Instrument::TemporarySuspension).expect("suggested");
    json!({
        "step": "proposed", "instrument": "temporary_suspension", "grounds": suggested.grounds, "items": suggested.items,
        "inspection": suggested.inspection, "scope": "part", "part": "Khu để xe tầng hầm",
        "words": "Cửa thoát nạn khóa trái, không ai mở được.",
    })
}

fn decided(days: i64) -> Value {
    let day = |days: i64| NOON.plus_millis(days * DAY).hanoi_date().to_string();
    json!({
        "step": "decided", "number": "15/QĐ-TĐC", "on": day(0), "issuer": "Trưởng Công an phường", "from": day(0),
        "until": day(days), "scope": "part", "part": "Khu để xe tầng hầm", "grounds": ["direct_risk"],
    })
}

#[test]
fn a_stop_is_proposed_decided_and_ended_and_the_colleague_reads_it() {
    let city = City::new(&template());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer(&city, "Bình", 2));
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    assert!(all(&an, facility).proposals.is_empty(), "nothing was found");
    found(&an, facility);
    let view = all(&an, facility);
    let suggested: Vec<_> = view.proposals.iter().map(|it| it.instrument).collect();
    assert_eq!(suggested, [Instrument::TemporarySuspension, Instrument::Sanction]);
    assert_eq!(view.proposals[1].acts[0].code, "ESC_BUILDING");
    assert!(sheet(&an, facility).summary.stops.is_empty(), "nothing follows by itself");

    let view = note(&an, facility, None, proposed(&view));
    assert_eq!(view.measures[0].summary.state, MeasureState::Proposed);
    assert_eq!(view.proposals.iter().map(|it| it.instrument).collect::<Vec<_>>(), [Instrument::Sanction]);
    let measure = view.measures[0].summary.id;
    assert_eq!(view.measures[0].allowed, [MeasureStep::Decided, MeasureStep::Declined]);
    // What is saved survives the loss of the process.
    let an = an.crash();
    note(&an, facility, Some(measure), decided(20));
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!((an.unsent().quarantined, an.unsent().is_nothing()), (0, true));
    let stop = sheet(&binh, facility).summary.stops[0];
    assert_eq!((stop.instrument, stop.whole, stop.term_over), (Instrument::TemporarySuspension, false, false));
    let theirs = all(&binh, facility).measures;
    assert_eq!((theirs[0].events.len(), theirs[0].summary.days_left), (2, Some(20)));
    assert_eq!(theirs[0].events[0].by.person_name, "An");

    let over = note(&binh, facility, Some(measure), json!({ "step": "resumption_asked", "issuer": "Nguyễn Thị Hoa" }));
    assert_eq!(over.measures[0].summary.state, MeasureState::ResumptionAsked);
    assert_eq!(binh.today().measures.len(), 1, "it waits for somebody");
    let resumed = json!({
        "step": "resumed", "number": "21/QĐ-PHHĐ", "on": NOON.hanoi_date().to_string(), "issuer": "Trưởng Công an phường",
    });
    let ended = note(&binh, facility, Some(measure), resumed);
    assert_eq!(ended.measures[0].summary.state, MeasureState::Resumed);
    [&binh, &an].into_iter().for_each(Device::sync);
    assert!(sheet(&an, facility).summary.stops.is_empty());
    assert!(an.tell::<Vec<MeasureSummary>>(json!({ "command": "measure_list" })).is_empty());
}

#[test]
fn a_term_that_is_past_is_told_of_and_only_a_decision_ends_it() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let facility = device.premises("Nhà trọ Hoa Sen", "12 ngõ 3 phố Khương Hạ");
    found(&device, facility);
    let view = note(&device, facility, None, proposed(&all(&device, facility)));
    let measure = view.measures[0].summary.id;
    note(&device, facility, Some(measure), decided(10));
    assert!(device.today().measures.is_empty(), "more than a week is left");
    let device = device.reopen_at(NOON.plus_millis(5 * DAY));
    assert_eq!(device.today().measures[0].days_left, Some(5));
    let device = device.reopen_at(NOON.plus_millis(12 * DAY));
    let due = &device.today().measures[0];
    assert_eq!((due.days_left, due.term_over, due.facility_name.as_str()), (Some(-2), true, "Nhà trọ Hoa Sen"));
    assert!(sheet(&device, facility).summary.stops[0].term_over);
    let next = all(&device, facility);
    assert_eq!((next.proposals[0].instrument, next.proposals[0].of), (Instrument::Suspension, Some(measure)));
    let mut graver = decided(0);
    graver["instrument"] = json!("suspension");
    graver.as_object_mut().expect("an object").remove("until");
    let view = note(&device, facility, Some(measure), graver);
    let summary = &view.measures[0].summary;
    assert_eq!((summary.instrument, summary.until, summary.term_over), (Instrument::Suspension, None, false));
}

#[test]
fn what_lacks_or_does_not_follow_is_refused_and_who_does_not_propose_says_why() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let facility = device.premises("Nhà trọ Hoa Sen", "12 ngõ 3 phố Khương Hạ");
    found(&device, facility);
    let refused = |measure: Option<uuid::Uuid>, note: Value| {
        device.refused(json!({ "command": "measure_note", "facility": facility, "measure": measure, "note": note }))
    };
    let suggested = all(&device, facility).proposals[0].clone();
    let waive = |words: &str| json!({ "step": "waived", "instrument": "temporary_suspension", "items": suggested.items, "words": words });
    assert_eq!(refused(None, waive("")), ErrorCode::FieldInvalid, "why not");
    assert_eq!(refused(None, decided(5)), ErrorCode::Conflict, "nothing begins with a decision");
    assert_eq!(refused(Some(uuid::Uuid::from_u128(7)), decided(5)), ErrorCode::NotFound);
    let unknown = json!({ "step": "proposed", "instrument": "sanction", "words": "x", "acts": ["NO_SUCH_ACT"] });
    assert_eq!(refused(None, unknown), ErrorCode::FieldInvalid);
    assert!(all(&device, facility).measures.is_empty(), "nothing was noted");
    let view = note(&device, facility, None, waive("Đã mở khóa ngay trước mặt đoàn."));
    assert_eq!(view.proposals.iter().map(|it| it.instrument).collect::<Vec<_>>(), [Instrument::Sanction]);
    assert_eq!(view.measures[0].summary.state, MeasureState::Waived);
}

#[test]
fn two_who_note_apart_leave_the_stop_standing_until_one_knows_both() {
    let city = City::new(&template());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer(&city, "Bình", 2));
    let facility = an.premises("Nhà trọ Hoa Sen", "12 ngõ 3 phố Khương Hạ");
    found(&an, facility);
    let measure = note(&an, facility, None, proposed(&all(&an, facility))).measures[0].summary.id;
    note(&an, facility, Some(measure), decided(20));
    [&an, &binh].into_iter().for_each(Device::sync);
    let resumed = json!({
        "step": "resumed", "number": "21/QĐ-PHHĐ", "on": NOON.hanoi_date().to_string(), "issuer": "Trưởng Công an phường",
    });
    note(&an, facility, Some(measure), resumed.clone());
    note(&binh, facility, Some(measure), json!({ "step": "disobeyed", "words": "22 giờ vẫn cho gửi xe dưới hầm." }));
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let told = &all(device, facility).measures[0];
        assert_eq!(
            (told.summary.state, told.summary.apart, told.summary.disobeyed),
            (MeasureState::InForce, true, true)
        );
        assert!(sheet(device, facility).summary.stops[0].disobeyed);
        assert_eq!((device.unsent().quarantined, device.clashes().len()), (0, 0));
        let acts: Vec<_> =
            all(device, facility).proposals.into_iter().flat_map(|it| it.acts).map(|it| it.code).collect();
        assert!(acts.contains(&"SUSP_DISOBEY".to_owned()));
    }
    // Two who begin apart write one record.
    let sanction =
        |words: &str| json!({ "step": "proposed", "instrument": "sanction", "acts": ["ESC_LOCK"], "words": words });
    note(&an, facility, None, sanction("An ghi"));
    note(&binh, facility, None, sanction("Bình ghi"));
    note(&an, facility, Some(measure), resumed);
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = all(device, facility);
        assert_eq!(view.measures.len(), 3);
        assert!(sheet(device, facility).summary.stops.is_empty());
    }
}
