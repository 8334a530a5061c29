//! Work without a network: what was shown as saved is there, whatever happens.

use ancu_shared::error::ErrorCode;
use ancu_shared::record::register::{Answer, Verdict};
use ancu_shared::view::{FacilitySummary, InspectionState, InspectionView, MissingItem, MissingReason, Page};
use serde_json::{Value, json};

use crate::city::City;
use crate::office::{Device, template};

#[test]
fn answers_survive_a_crash_before_and_after_they_are_folded() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let facility = device.premises("Nhà trọ Hoa Sen", "112 ngách 58/24 phố Khương Hạ");
    let inspection = device.inspect(facility);
    device.verdict(inspection, "ESC-01", Verdict::Pass, "");
    device.verdict(inspection, "ESC-02", Verdict::Fail, "Cửa bị khóa");
    let device = device.crash();
    assert_eq!(device.item(inspection, "ESC-02").statements[0].note, "Cửa bị khóa");
    device.tell::<Value>(json!({ "command": "section_leave", "inspection": inspection }));
    device.verdict(inspection, "ESC-02", Verdict::Pass, "Đã mở");
    let device = device.crash();
    let item = device.item(inspection, "ESC-02");
    assert_eq!(item.statements.len(), 1);
    assert_eq!(item.statements[0].answer, Some(Answer::Verdict(Verdict::Pass)));
    assert_eq!(device.open(inspection).summary.progress.answered, 2);
    let unsent = device.unsent();
    assert_eq!((unsent.records, unsent.answers), (2, 2));
    assert!(!device.engine.status().expect("status").safe_to_wipe);
}

#[test]
fn an_answer_taken_back_is_no_answer() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let inspection = device.inspect(device.premises("Nhà trọ", "12 phố Khương Trung"));
    device.verdict(inspection, "ESC-01", Verdict::Pass, "");
    let back = json!({ "command": "answer", "inspection": inspection, "item": "ESC-01", "answer": null, "note": "" });
    device.tell::<Value>(back);
    assert_eq!(device.open(inspection).summary.progress.answered, 0);
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let facility = device.premises("Nhà trọ", "12 phố Khương Trung");
    let inspection = device.inspect(facility);
    let answer = |item: &str, answer: Value, note: &str| {
        device.refused(
            json!({ "command": "answer", "inspection": inspection, "item": item, "answer": answer, "note": note }),
        )
    };
    assert_eq!(answer("ESC-W", json!({ "kind": "number", "value": 99.0 }), ""), ErrorCode::AnswerInvalid);
    assert_eq!(answer("ESC-01", json!({ "kind": "number", "value": 1.0 }), ""), ErrorCode::AnswerInvalid);
    assert_eq!(answer("NO-SUCH", json!({ "kind": "verdict", "value": "pass" }), ""), ErrorCode::ItemUnknown);
    let long = "dài ".repeat(2_000);
    assert_eq!(answer("ESC-01", json!({ "kind": "verdict", "value": "pass" }), &long), ErrorCode::FieldInvalid);
    let other =
        json!({ "command": "inspection_start", "facility": facility, "template": { "code": "x", "version": "9" } });
    assert_eq!(device.refused(other), ErrorCode::TemplateUnknown);
    assert_eq!(device.refused(json!({ "command": "inspection_open", "id": facility })), ErrorCode::NotFound);
    assert_eq!(device.open(inspection).items, []);
    let no_name = json!({ "command": "facility_create", "fields": { "class": "mini_apartment" } });
    assert_eq!(device.refused(no_name), ErrorCode::FieldInvalid);
}

#[test]
fn an_inspection_is_begun_once_and_finished_when_nothing_is_missing() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let facility = device.premises("Nhà trọ", "12 phố Khương Trung");
    let inspection = device.inspect(facility);
    assert_eq!(device.inspect(facility), inspection, "the one that is being made is opened");
    device.verdict(inspection, "ESC-02", Verdict::Fail, "");
    let missing: Vec<MissingItem> = device.tell(json!({ "command": "inspection_missing", "id": inspection }));
    let reasons: Vec<_> = missing.iter().map(|it| (it.item.as_deref(), it.reason)).collect();
    assert_eq!(reasons, [(Some("ESC-01"), MissingReason::Answer), (Some("ESC-02"), MissingReason::Finding)]);
    let finish = json!({ "command": "inspection_finish", "id": inspection });
    let refused = device.ask::<Value>(finish.clone()).expect_err("incomplete");
    assert_eq!(refused.known_code(), ErrorCode::RecordIncomplete);
    assert_eq!(refused.details.expect("details")["missing"].as_array().map(Vec::len), Some(2));
    device.verdict(inspection, "ESC-01", Verdict::Pass, "");
    device.tell::<Value>(json!({
        "command": "finding", "inspection": inspection, "item": "ESC-02",
        "severity": "major", "remedy": "Tháo khóa", "deadline": "2026-12-01",
    }));
    device.tell::<Value>(json!({
        "command": "position_set", "inspection": inspection,
        "position": { "latitude": 20.99, "longitude": 105.81, "accuracy_m": 6.0, "source": "device" },
    }));
    let sealed: InspectionView = device.tell(finish.clone());
    assert_eq!(sealed.summary.state, InspectionState::Completed);
    assert_eq!(sealed.seals.len(), 1);
    assert!(sealed.seals[0].valid);
    assert_eq!(device.tell::<InspectionView>(finish), sealed, "a second tap seals nothing more");
    assert_eq!(sealed.position.map(|it| it.accuracy_m), Some(Some(6.0)));
    let late = json!({
        "command": "answer", "inspection": inspection, "item": "ESC-01",
        "answer": { "kind": "verdict", "value": "fail" }, "note": "",
    });
    assert_eq!(device.refused(late), ErrorCode::RecordSealed);
    assert_ne!(device.inspect(facility), inspection, "a finished one is not opened again");
}

#[test]
fn premises_are_found_without_diacritics_in_any_order() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let wanted = device.premises("Chung cư mini Hòa Bình", "Số 112, ngách 58/24 phố Khương Hạ");
    device.premises("Nhà trọ Đức Thắng", "12 phố Khương Trung");
    for query in ["112 58/24 khuong ha", "hoa binh", "KHƯƠNG HẠ", "ha khuong 112", ""] {
        let page: Page<FacilitySummary> = device.tell(json!({ "command": "facility_list", "query": query }));
        assert!(page.items.iter().any(|it| it.id == wanted), "{query}");
        assert_eq!(page.total, if query.is_empty() { 2 } else { 1 }, "{query}");
    }
    let page: Page<FacilitySummary> = device.tell(json!({ "command": "facility_list", "query": "duc thang" }));
    assert_eq!(page.items[0].name, "Nhà trọ Đức Thắng");
    let fields = json!({ "name": "Chung cư mini hòa bình", "address": "112 ngách 58/24 Khương Hạ" });
    let alike: Vec<FacilitySummary> = device.tell(json!({ "command": "facility_duplicates", "fields": fields }));
    assert_eq!(alike.first().map(|it| it.id), Some(wanted));
}

#[test]
fn an_edit_touches_only_what_it_names() {
    let city = City::new(&template());
    let device = Device::officer(&city, "An", 1);
    let id = device.premises("Nhà trọ", "12 phố Khương Trung");
    let edit = json!({ "command": "facility_edit", "id": id, "fields": { "name": "Nhà trọ An Lạc", "storeys": null } });
    let sheet: ancu_shared::view::FacilitySheet = device.tell(edit);
    assert_eq!((sheet.summary.name.as_str(), sheet.summary.storeys), ("Nhà trọ An Lạc", None));
    assert_eq!(sheet.summary.address, "12 phố Khương Trung");
}

#[test]
fn clocks_years_off_lose_nothing() {
    for (seed, year) in [(1, 31_000_000_000), (2, 4_000_000_000_000)] {
        let city = City::new(&template());
        let now = ancu_shared::clock::UtcMillis(year);
        let device = Device::officer_at(&city, "An", seed, now);
        let facility = device.premises("Nhà trọ", "12 phố Khương Trung");
        let inspection = device.inspect(facility);
        device.verdict(inspection, "ESC-01", Verdict::Pass, "");
        device.sync();
        let status = device.engine.status().expect("status");
        assert!(status.safe_to_wipe, "{:?}", status.unsent);
        assert_eq!(status.clock_offset_ms, Some(crate::city::NOON.since(now)));
        let device = device.crash();
        assert_eq!(device.open(inspection).summary.progress.answered, 1);
        // The invitation's time is the server's, corrected.
        let invited: ancu_field::records::dwelling::Invited =
            device.tell(json!({ "command": "invite", "facility": facility }));
        assert_eq!(invited.expires_at, crate::city::NOON.plus_millis(24 * 3_600_000));
    }
}
