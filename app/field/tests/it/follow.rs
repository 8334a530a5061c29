//! Findings followed to their end on devices without a network: promised, remedied, looked at, and by two people apart.

use ancu_field::records::finding::ReinspectionPlan;
use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::Verdict;
use ancu_shared::record::remediation::{FindingState, FindingStep};
use ancu_shared::view::{FindingSummary, FindingView, PhotoView};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::office::{Device, template};
use crate::photos::picture;

const DAY: i64 = 24 * 3_600_000;

/// A finished inspection: ESC-02 failed and is to be remedied in three days.
pub(crate) fn found(device: &Device, facility: DocumentId) -> DocumentId {
    found_at(device, facility, NOON)
}

/// The same on another day.
fn found_at(device: &Device, facility: DocumentId, now: UtcMillis) -> DocumentId {
    found_as(device, facility, now, "critical", 3)
}

/// The same, as grave as that, to be remedied in so many days.
fn found_as(device: &Device, facility: DocumentId, now: UtcMillis, severity: &str, days: i64) -> DocumentId {
    let inspection = device.inspect(facility);
    device.verdict(inspection, "ESC-01", Verdict::Pass, "");
    device.verdict(inspection, "ESC-02", Verdict::Fail, "khóa trái");
    let deadline = now.plus_millis(days * DAY).hanoi_date().to_string();
    device.tell::<Value>(json!({
        "command": "finding", "inspection": inspection, "item": "ESC-02",
        "severity": severity, "remedy": "Tháo khóa", "deadline": deadline,
    }));
    device.finish(inspection);
    inspection
}

fn note(device: &Device, inspection: DocumentId, note: Value) -> FindingView {
    device.tell(json!({ "command": "finding_step", "inspection": inspection, "item": "ESC-02", "note": note }))
}

fn open(device: &Device, inspection: DocumentId) -> FindingView {
    device.tell(json!({ "command": "finding_open", "inspection": inspection, "item": "ESC-02" }))
}

fn list(device: &Device, facility: DocumentId) -> Vec<FindingSummary> {
    device.tell(json!({ "command": "findings", "facility": facility }))
}

fn evidence(device: &Device, inspection: DocumentId) -> PhotoView {
    let file = STANDARD.encode(picture(640, 480, ImageFormat::Jpeg));
    device.tell(json!({ "command": "finding_photo", "inspection": inspection, "item": "ESC-02", "data_base64": file }))
}

fn reported(photo: &PhotoView) -> Value {
    json!({ "step": "reported", "name": "Bà Hòa", "photos": [photo.detail.hash] })
}

#[test]
fn a_finding_is_followed_to_its_end_without_a_network() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let facility = device.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    let inspection = found(&device, facility);
    assert_eq!(list(&device, facility)[0].state, FindingState::Open);
    let until = NOON.plus_millis(2 * DAY).hanoi_date().to_string();
    let promised = note(&device, inspection, json!({ "step": "committed", "name": "Bà Hòa", "until": until }));
    assert_eq!(promised.summary.state, FindingState::CommitmentSigned);
    assert_eq!(promised.allowed, [FindingStep::Started, FindingStep::Reported, FindingStep::Verified]);
    // What is saved survives the loss of the process.
    let device = device.crash();
    let photo = evidence(&device, inspection);
    let told = note(&device, inspection, reported(&photo));
    assert_eq!((told.summary.state, told.events.len()), (FindingState::ReportedDone, 2));
    assert_eq!(told.events[1].photos[0].detail.hash, photo.detail.hash);
    let refused = note(&device, inspection, json!({ "step": "rejected", "seen": "by_photo", "words": "Ảnh mờ" }));
    assert_eq!(refused.summary.state, FindingState::Open);
    note(&device, inspection, reported(&photo));
    let done = note(&device, inspection, json!({ "step": "verified", "seen": "on_site" }));
    assert_eq!((done.summary.state, done.allowed.len()), (FindingState::VerifiedDone, 0));
    assert_eq!(done.events.iter().map(|event| event.by.person_name.as_str()).collect::<Vec<_>>(), ["An"; 5]);
    // The colleague reads the same from the exchange, with nothing held back.
    device.sync();
    assert_eq!((device.unsent().quarantined, device.unsent().is_nothing()), (0, true));
    let colleague = Device::officer(&city, "Bình", 2);
    let theirs = open(&colleague, inspection);
    assert_eq!((theirs.summary.state, theirs.events.len()), (FindingState::VerifiedDone, 5));
    assert_eq!(list(&colleague, facility)[0].state, FindingState::VerifiedDone);
}

#[test]
fn a_step_that_lacks_something_or_does_not_follow_is_refused_with_words() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let facility = device.premises("Nhà trọ Hoa Sen", "12 ngõ 3 phố Khương Hạ");
    let inspection = found(&device, facility);
    let refused = |note: Value| {
        device.refused(json!({ "command": "finding_step", "inspection": inspection, "item": "ESC-02", "note": note }))
    };
    assert_eq!(refused(json!({ "step": "committed" })), ErrorCode::FieldInvalid, "nobody promised");
    assert_eq!(refused(json!({ "step": "reported" })), ErrorCode::FieldInvalid, "no photo");
    assert_eq!(refused(json!({ "step": "verified" })), ErrorCode::FieldInvalid, "seen how");
    assert_eq!(refused(json!({ "step": "verified", "seen": "by_photo" })), ErrorCode::FieldInvalid, "which photo");
    let past = json!({ "step": "committed", "name": "Bà Hòa", "until": "2020-01-01" });
    assert_eq!(refused(past), ErrorCode::FieldInvalid, "a day that has passed");
    let foreign = json!({ "step": "reported", "photos": ["ab".repeat(32)] });
    assert_eq!(refused(foreign), ErrorCode::FieldInvalid, "a photo that is not here");
    assert_eq!(refused(json!({ "step": "started" })), ErrorCode::Conflict, "nothing was promised");
    let early = json!({ "step": "escalated", "means": "sanction" });
    assert_eq!(refused(early), ErrorCode::Conflict, "the deadline has not passed");
    let passed = json!({ "command": "finding_open", "inspection": inspection, "item": "ESC-01" });
    assert_eq!(device.refused(passed), ErrorCode::NotFound, "what passed is no finding");
    assert!(open(&device, inspection).events.is_empty(), "nothing was noted");
}

#[test]
fn two_who_look_apart_are_both_told_of_until_one_who_knows_both_says_what_holds() {
    let city = City::new(&template());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer(&city, "Bình", 2));
    let facility = an.premises("Nhà trọ Hoa Sen", "12 ngõ 3 phố Khương Hạ");
    let inspection = found(&an, facility);
    [&an, &binh].into_iter().for_each(Device::sync);
    note(&an, inspection, json!({ "step": "verified", "seen": "on_site" }));
    note(&binh, inspection, json!({ "step": "committed", "name": "Bà Hòa" }));
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let told = open(device, inspection);
        assert_eq!((told.summary.state, told.summary.apart), (FindingState::CommitmentSigned, true));
        assert_eq!(told.events.iter().filter(|event| event.apart).count(), 2);
        assert_eq!(device.unsent().quarantined, 0);
        assert!(device.clashes().is_empty(), "steps are no clash");
    }
    note(&binh, inspection, json!({ "step": "verified", "seen": "on_site" }));
    [&binh, &an].into_iter().for_each(Device::sync);
    let settled = open(&an, inspection).summary;
    assert_eq!((settled.state, settled.apart), (FindingState::VerifiedDone, false));
}

#[test]
fn what_is_due_names_dangers_to_life_first_and_counts_all_of_it() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let [near, soon, far] = ["12", "14", "16"].map(|house| {
        let premises = device.premises(&format!("Nhà trọ số {house}"), &format!("{house} ngõ 3 phố Khương Hạ"));
        let (severity, days) = match house {
            "12" => ("minor", 1),
            "14" => ("critical", 3),
            _ => ("critical", 30),
        };
        found_as(&device, premises, NOON, severity, days)
    });
    let today = device.today();
    assert_eq!(today.findings.iter().map(|finding| finding.inspection).collect::<Vec<_>>(), [soon, near]);
    assert_eq!(today.counts.findings, 2);
    let all: Vec<FindingSummary> = device.tell(json!({ "command": "findings" }));
    assert_eq!(all.iter().map(|finding| finding.inspection).collect::<Vec<_>>(), [near, soon, far]);
}

#[test]
fn a_deadline_that_passes_is_told_of_and_may_be_escalated() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let facility = device.premises("Nhà trọ Hoa Sen", "12 ngõ 3 phố Khương Hạ");
    let inspection = found(&device, facility);
    let due = |device: &Device| device.today().findings;
    assert_eq!(due(&device)[0].days_left, Some(3));
    let device = device.reopen_at(NOON.plus_millis(5 * DAY));
    let late = &due(&device)[0];
    assert_eq!((late.days_left, late.overdue), (Some(-2), true));
    let overdue: Vec<FindingSummary> = device.tell(json!({ "command": "findings", "overdue": true }));
    assert_eq!(overdue.iter().map(|finding| finding.inspection).collect::<Vec<_>>(), [inspection]);
    let escalated = note(&device, inspection, json!({ "step": "escalated", "means": "suspension" }));
    assert_eq!(escalated.summary.state, FindingState::Escalated);
    assert!(escalated.summary.overdue && escalated.allowed.contains(&FindingStep::Verified));
}

#[test]
fn a_reinspection_is_proposed_in_working_days_and_knows_what_was_found() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let facility = device.premises("Nhà trọ Hoa Sen", "12 ngõ 3 phố Khương Hạ");
    let first = found(&device, facility);
    let plan: ReinspectionPlan = device.tell(json!({ "command": "reinspection_plan", "facility": facility }));
    assert_eq!(plan.proposals.iter().map(|it| it.working_days).collect::<Vec<_>>(), [5, 10, 20]);
    assert_eq!((plan.on, plan.findings.len()), (None, 1));
    let on = plan.proposals[0].on;
    let set = json!({ "command": "reinspection_set", "facility": facility, "on": on.to_string() });
    assert_eq!(device.tell::<ReinspectionPlan>(set).on, Some(on));
    let past = json!({ "command": "reinspection_set", "facility": facility, "on": "2020-01-01" });
    assert_eq!(device.refused(past), ErrorCode::FieldInvalid);
    // The later visit finds the same again: that one is followed, and the first is not open any more.
    let later = NOON.plus_millis(7 * DAY);
    let device = device.reopen_at(later);
    let begun: Value =
        device.tell(json!({ "command": "inspection_start", "facility": facility, "purpose": "reinspection" }));
    let second: DocumentId = serde_json::from_value(begun["summary"]["id"].clone()).expect("an id");
    assert_ne!(second, first);
    assert_eq!(list(&device, facility).len(), 1, "what is not sealed is no finding");
    assert_eq!(found_at(&device, facility, later), second);
    let listed = list(&device, facility);
    assert_eq!(
        listed.iter().map(|it| (it.inspection, it.superseded)).collect::<Vec<_>>(),
        [(second, false), (first, true)]
    );
    let history = open(&device, second).visits;
    assert_eq!(history.iter().map(|visit| (visit.inspection, visit.finding)).collect::<Vec<_>>(), [(first, true)]);
    assert_eq!(history[0].note, "khóa trái");
}
