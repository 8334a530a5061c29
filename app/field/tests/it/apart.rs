//! Supplements made apart: what neither officer knew of the other's is a clash, and only a signature that knew both settles
//! it; words are answered by who had read them.

use ancu_field::records::finish::FinishCheck;
use ancu_field::records::today::Today;
use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::{Answer, Decision, Severity, Verdict};
use ancu_shared::view::{Clash, FindingSummary, InspectionState, InspectionView, Settlement};
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::office::{Device, template};

const HOUR: i64 = 3_600_000;

/// Finished by An, known to both; the second's clock.
fn sealed(second: UtcMillis) -> (City, Device, Device, DocumentId) {
    let city = City::new(&template());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer_at(&city, "Bình", 2, second));
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    let inspection = an.inspect(facility);
    for item in ["ESC-01", "ESC-02"] {
        an.verdict(inspection, item, Verdict::Pass, "");
    }
    finish(&an, inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    (city, an, binh, inspection)
}

fn finish(device: &Device, inspection: DocumentId) -> InspectionView {
    device.tell(json!({ "command": "inspection_finish", "id": inspection }))
}

fn begin(device: &Device, inspection: DocumentId) {
    device.tell::<Value>(json!({ "command": "supplement_begin", "id": inspection }));
}

/// Begins a supplement in which the width of the escape route fails, and signs it.
fn fail(device: &Device, inspection: DocumentId) {
    begin(device, inspection);
    device.verdict(inspection, "ESC-02", Verdict::Fail, "cửa khóa");
    device.tell::<Value>(json!({
        "command": "finding", "inspection": inspection, "item": "ESC-02", "severity": Severity::Critical,
        "remedy": "Mở lối thoát", "deadline": "2026-12-20",
    }));
    finish(device, inspection);
}

fn pass(device: &Device, inspection: DocumentId, note: &str) {
    begin(device, inspection);
    device.verdict(inspection, "ESC-02", Verdict::Pass, note);
    finish(device, inspection);
}

fn clashes(device: &Device) -> Vec<Clash> {
    device.tell(json!({ "command": "clashes" }))
}

fn findings(device: &Device) -> Vec<FindingSummary> {
    device.tell(json!({ "command": "findings" }))
}

fn standing(device: &Device, inspection: DocumentId) -> Vec<(Option<Answer>, String)> {
    let said = device.item(inspection, "ESC-02").statements.into_iter();
    said.map(|it| (it.answer, it.by.person_name)).collect()
}

fn says(verdict: Verdict, name: &str) -> (Option<Answer>, String) {
    (Some(Answer::Verdict(verdict)), name.to_owned())
}

#[test]
fn a_check_that_failed_in_one_of_two_supplements_made_apart_counts_until_it_is_settled() {
    for clock in [-3 * HOUR, 0, 3 * HOUR] {
        let (city, an, binh, inspection) = sealed(NOON.plus_millis(clock));
        fail(&an, inspection);
        pass(&binh, inspection, "đã mở");
        [&an, &binh, &an].into_iter().for_each(Device::sync);
        let chi = Device::officer(&city, "Chi", 3);
        for device in [&an, &binh, &chi] {
            assert_eq!(
                standing(device, inspection),
                [says(Verdict::Fail, "An"), says(Verdict::Pass, "Bình")],
                "{clock}"
            );
            let summary = device.open(inspection).summary;
            assert_eq!((summary.apart, summary.progress.failed, summary.gravest), (1, 1, Some(Severity::Critical)));
            let listed = device.tell::<Today>(json!({ "command": "today" })).clashes;
            assert_eq!((listed.len(), listed[0].settlement), (1, Some(Settlement::Open)));
            assert_eq!(findings(device).len(), 1, "the finding stays open");
        }
        assert_eq!((an.unsent().quarantined, binh.unsent().quarantined), (0, 0));

        // A third officer looked again: one tap, and a signature.
        let [clash] = <[Clash; 1]>::try_from(clashes(&chi)).expect("one clash");
        let opened = clash.values.iter().find(|it| it.note == "đã mở").expect("Bình's");
        let settle = json!({
            "command": "clash_settle", "document": clash.document, "key": clash.key, "operation": opened.operation,
        });
        let left: Vec<Clash> = chi.tell(settle.clone());
        assert_eq!(left[0].settlement, Some(Settlement::Unsigned));
        assert_eq!(standing(&chi, inspection), [says(Verdict::Pass, "Chi")], "in the words of who answers for it");
        let summary = chi.open(inspection).summary;
        assert_eq!((summary.apart, summary.progress.failed, findings(&chi).len()), (1, 1, 1), "until it is signed");
        let chi = chi.crash();
        [&chi, &an].into_iter().for_each(Device::sync);
        assert_eq!(an.open(inspection).summary.apart, 1, "a draft settles nothing for anybody");
        let check: FinishCheck = chi.tell(json!({ "command": "finish_check", "id": inspection }));
        assert_eq!(check.missing, []);
        let replaced: Vec<_> = check.replaces.iter().map(|it| (it.item.as_str(), it.said.len())).collect();
        assert_eq!(replaced, [("ESC-02", 1)], "it is told whose answer falls");
        let signed = finish(&chi, inspection);
        assert_eq!((signed.summary.apart, clashes(&chi).len()), (0, 0));
        [&chi, &an, &binh].into_iter().for_each(Device::sync);
        for device in [&an, &binh, &chi] {
            assert_eq!(standing(device, inspection), [says(Verdict::Pass, "Chi")]);
            assert_eq!((clashes(device).len(), findings(device).len()), (0, 0));
            assert_eq!(device.item(inspection, "ESC-02").superseded.len(), 3, "nothing is lost");
        }
        assert_eq!(chi.refused(settle), ErrorCode::RecordSealed, "it is settled");
    }
}

#[test]
fn who_knew_the_other_replaces_it_whatever_the_clocks_say() {
    let (_city, an, binh, inspection) = sealed(NOON.plus_millis(-3 * HOUR));
    fail(&an, inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    pass(&binh, inspection, "đã mở");
    [&binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        assert_eq!(standing(device, inspection), [says(Verdict::Pass, "Bình")]);
        assert_eq!((clashes(device).len(), findings(device).len()), (0, 0));
    }
}

#[test]
fn what_came_while_a_supplement_was_written_is_shown_before_it_is_signed() {
    let (_city, an, binh, inspection) = sealed(NOON);
    begin(&binh, inspection);
    binh.verdict(inspection, "ESC-02", Verdict::Pass, "đã mở");
    let check =
        |device: &Device| -> FinishCheck { device.tell(json!({ "command": "finish_check", "id": inspection })) };
    let before = check(&binh);
    assert_eq!((before.replaces, before.sealed_parts.len()), (vec![], 1));
    fail(&an, inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    // The sheet on the screen is of before.
    let sign = |seen: &[DocumentId]| json!({ "command": "inspection_finish", "id": inspection, "seen": seen });
    assert_eq!(binh.refused(sign(&before.sealed_parts)), ErrorCode::Conflict);
    let now = check(&binh);
    assert_eq!((now.replaces[0].item.as_str(), now.replaces[0].said[0].by.person_name.as_str()), ("ESC-02", "An"));
    binh.tell::<Value>(sign(&now.sealed_parts));
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(standing(&an, inspection), [says(Verdict::Pass, "Bình")]);
}

#[test]
fn words_wait_for_who_has_read_them() {
    let (city, an, binh, inspection) = sealed(NOON.plus_millis(HOUR));
    pass(&binh, inspection, "cửa 0,9 m");
    city.decide_at(inspection, inspection, Decision::Returned, "Chưa đủ", &["ESC-02"]);
    an.sync();
    // Bình signed away from the network, before the reviewer wrote.
    [&binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(inspection);
        assert_eq!((view.summary.state, view.summary.unanswered), (InspectionState::Returned, 1));
        assert_eq!((device.item(inspection, "ESC-02").comments[0].answered.clone(), view.unseen.len()), (None, 1));
    }
    pass(&binh, inspection, "đo lại: 0,9 m");
    [&binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(inspection);
        assert_eq!((view.summary.state, view.summary.unanswered), (InspectionState::Supplemented, 0));
    }
}
