//! Input that cannot be, or is odd: refused with the field and the remedy, or taken with a remark; never lost, never silent.

use ancu_shared::error::ErrorCode;
use ancu_shared::record::register::Verdict;
use ancu_shared::view::remark::{Remark, Weight};
use ancu_shared::view::{DwellingView, FacilitySummary, InspectionView, Page};
use serde_json::{Value, json};

use crate::city::City;
use crate::office::{self, Device, template};

fn declaration(name: &str, value: Value) -> Value {
    let mut declaration = office::declaration();
    declaration[name] = value;
    json!({ "command": "declaration_save", "declaration": declaration })
}

#[test]
fn what_the_form_refuses_is_not_submitted_by_any_other_way() {
    let city = City::new(&template());
    let head = Device::household(&city).2;
    for (field, text) in [("head_phone", "gọi chị Hoa"), ("head_phone", "113"), ("address", ""), ("address", "...")]
    {
        let kept: DwellingView = head.tell(declaration(field, text.into()));
        let refused = head.ask::<Value>(json!({ "command": "declaration_submit" })).expect_err(text);
        assert_eq!(
            (refused.known_code(), refused.field.as_deref()),
            (ErrorCode::FieldInvalid, Some(field)),
            "{text:?}"
        );
        assert!(text.is_empty() || kept.remarks.iter().any(|it| it.field == field && it.weight == Weight::Impossible));
    }
    // What nobody can see is not even kept as a draft.
    let before: DwellingView = head.tell(declaration("exits", "Mái".into()));
    for (field, text) in [
        ("address", "Số 5\u{202e}gnộC"),
        ("head_name", "Hoa\u{0007}"),
        ("apartment_code", "302\u{200b}"),
        ("exits", "Mái\u{0}"),
    ] {
        let refused = head.ask::<Value>(declaration(field, text.into())).expect_err(text);
        assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some(field)));
    }
    let after: DwellingView = head.tell(json!({ "command": "declaration" }));
    assert_eq!(after.declaration, before.declaration);
    // What rescuers must know is asked for, and kept open until then.
    for (field, nothing) in [("storeys", Value::Null), ("exits", "  ".into()), ("residents", Value::Null)] {
        head.tell::<DwellingView>(declaration(field, nothing));
        let refused = head.ask::<Value>(json!({ "command": "declaration_submit" })).expect_err(field);
        assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some(field)));
    }
    head.tell::<DwellingView>(declaration("head_phone", "".into()));
    head.tell::<DwellingView>(json!({ "command": "declaration_submit" }));
}

#[test]
fn a_wrong_value_in_a_command_is_named_with_the_remedy() {
    let city = City::new(&template());
    let head = Device::household(&city).2;
    for value in [json!(-1), json!(2.5), json!(1e12), json!("sáu")] {
        let refused = head.ask::<Value>(declaration("storeys", value.clone())).expect_err("wrong");
        assert_eq!(
            (refused.known_code(), refused.field.as_deref()),
            (ErrorCode::FieldInvalid, Some("storeys")),
            "{value}"
        );
        assert!(refused.vi.contains("số nguyên từ 0") && refused.en.contains("whole number"), "{refused:?}");
    }
    let officer = Device::officer(&city, "Bình", 7);
    let inspection = officer.inspect(officer.premises("Nhà trọ", "12 phố Khương Trung"));
    let maybe = json!({
        "command": "answer", "inspection": inspection, "item": "ESC-01", "answer": { "kind": "verdict", "value": "maybe" },
    });
    let refused = officer.ask::<Value>(maybe).expect_err("no verdict");
    assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some("answer")));
    assert!(refused.vi.contains("pass, fail, not_applicable"), "{}", refused.vi);
    for never in ["2026-02-31", "abc"] {
        let never = json!({
            "command": "finding", "inspection": inspection, "item": "ESC-01", "severity": "major", "remedy": "Mở khóa",
            "deadline": never,
        });
        let refused = officer.ask::<Value>(never).expect_err("no day");
        assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some("deadline")));
        assert!(refused.vi.contains("Không có ngày này") && refused.vi.contains("2026-12-31"), "{}", refused.vi);
    }
    let nobody = json!({ "command": "inspection_open", "id": "biên bản hôm qua" });
    let refused = officer.ask::<Value>(nobody).expect_err("no id");
    assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some("id")));
    assert!(refused.vi.contains("mã"), "{}", refused.vi);
    let refused = head.ask::<Value>(declaration("house_template", json!("castle"))).expect_err("no such house");
    assert!(refused.vi.contains("tube_row") && refused.en.contains("tube_row"), "the choices are named: {refused:?}");
}

#[test]
fn a_finding_that_cannot_be_met_is_refused_and_a_place_in_another_city_is_remarked_on() {
    let city = City::new(&template());
    let officer = Device::officer(&city, "An", 1);
    let facility = officer.premises("Nhà trọ", "12 phố Khương Trung");
    let place = json!({ "latitude": 20.9931, "longitude": 105.8128 });
    officer.tell::<Value>(json!({ "command": "facility_edit", "id": facility, "fields": place }));
    let inspection = officer.inspect(facility);
    officer.verdict(inspection, "ESC-01", Verdict::Fail, "Cửa khóa");
    let finding = |remedy: &str, deadline: &str| {
        officer.ask::<Value>(json!({
            "command": "finding", "inspection": inspection, "item": "ESC-01", "severity": "major", "remedy": remedy,
            "deadline": deadline,
        }))
    };
    for (remedy, deadline, field) in [
        ("Mở khóa", "2020-01-31", "deadline"),
        ("Mở khóa", "2031-11-23", "deadline"),
        ("Mở khóa", "9999-12-31", "deadline"),
        ("", "2027-01-31", "remedy"),
        (" \n\t", "2027-01-31", "remedy"),
        ("Mở\u{202e}khóa", "2027-01-31", "remedy"),
    ] {
        let refused = finding(remedy, deadline).expect_err("it cannot be met");
        assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some(field)));
        assert_ne!(refused.vi, ErrorCode::FieldInvalid.vi(), "{remedy:?}: it says what to do");
    }
    let view: InspectionView = officer.tell(json!({ "command": "inspection_open", "id": inspection }));
    assert!(view.items.iter().all(|item| item.finding.is_none()), "nothing of it was kept");
    let position = |latitude: f64, longitude: f64| {
        officer.tell::<InspectionView>(json!({
            "command": "position_set", "inspection": inspection,
            "position": { "latitude": latitude, "longitude": longitude, "accuracy_m": 8.0, "source": "device" },
        }))
    };
    let view = position(10.7769, 106.7009);
    let said = |remarks: &[Remark]| remarks.iter().map(|it| (it.field.clone(), it.weight)).collect::<Vec<_>>();
    let expected = [("position".to_owned(), Weight::Unusual)];
    assert_eq!(said(&view.remarks), expected);
    let check = officer.finish_check(inspection);
    assert_eq!(said(&check.remarks), expected, "before signing");
    finding("Mở khóa", "2031-11-21").expect("the last day that is taken");
    finding("Mở khóa", "2027-01-31").expect("it can be met");
    let on = json!({ "command": "reinspection_set", "facility": facility, "on": "2062-11-30" });
    let refused = officer.ask::<Value>(on).expect_err("a slip of the hand");
    assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some("on")));
    assert!(refused.vi.contains("không sau 21/11/2031") && refused.en.contains("not after 21/11/2031"), "{refused:?}");
    assert_eq!(position(20.9932, 105.8129).remarks, []);
    let form = json!({ "command": "facility_check", "fields": { "latitude": 0.0, "longitude": 0.0 } });
    let remarks: Vec<Remark> = officer.tell(form);
    assert_eq!((remarks[0].field.as_str(), remarks[0].weight), ("latitude", Weight::Unusual));
}

#[test]
fn findings_stand_at_failed_checks_only() {
    let city = City::new(&template());
    let officer = Device::officer(&city, "An", 1);
    let inspection = officer.inspect(officer.premises("Nhà trọ", "12 phố Khương Trung"));
    let finding = json!({
        "command": "finding", "inspection": inspection, "item": "ESC-01", "severity": "major", "remedy": "Mở khóa",
        "deadline": "2027-01-31",
    });
    let refused = || officer.ask::<Value>(finding.clone()).expect_err("no failed check");
    for problem in [refused(), {
        officer.verdict(inspection, "ESC-01", Verdict::Pass, "");
        refused()
    }] {
        assert_eq!((problem.known_code(), problem.field.as_deref()), (ErrorCode::FieldInvalid, Some("item")));
        assert!(problem.vi.contains("không đạt") && problem.en.contains("fail first"), "{problem:?}");
    }
    officer.verdict(inspection, "ESC-01", Verdict::Fail, "Cửa khóa");
    officer.tell::<Value>(finding.clone());
    assert!(officer.item(inspection, "ESC-01").finding.is_some());
}

#[test]
fn signs_alone_find_no_premises() {
    let city = City::new(&template());
    let officer = Device::officer(&city, "An", 1);
    officer.premises("Nhà trọ Hoa Sen", "12 phố Khương Trung");
    for (query, total) in [("", 1), (" ", 1), ("%", 0), ("'", 0), ("*", 0), ("\"", 0), ("…", 0), ("hoa", 1)] {
        for near in [Value::Null, json!({ "latitude": 20.99, "longitude": 105.81 })] {
            let ask = json!({ "command": "facility_list", "query": query, "near": near });
            let page: Page<FacilitySummary> = officer.tell(ask);
            assert_eq!((page.total, page.items.len()), (total, total as usize), "{query} {near}");
        }
    }
}

#[test]
fn hidden_characters_are_refused_wherever_somebody_types_and_the_field_is_named() {
    let city = City::new(&template());
    let officer = Device::officer(&city, "An", 1);
    let facility = officer.premises("Nhà trọ", "12 phố Khương Trung");
    let inspection = officer.inspect(facility);
    for hidden in ['\0', '\u{7}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}'] {
        let text = format!("Cửa{hidden}khóa");
        for (command, field) in [
            (
                json!({ "command": "answer", "inspection": inspection, "item": "ESC-01", "note": text,
                    "answer": { "kind": "verdict", "value": "fail" } }),
                "note",
            ),
            (
                json!({ "command": "finding", "inspection": inspection, "item": "ESC-01", "severity": "major",
                    "remedy": text }),
                "remedy",
            ),
            (json!({ "command": "facility_create", "fields": { "name": text, "class": "mini_apartment" } }), "name"),
            (json!({ "command": "facility_edit", "id": facility, "fields": { "note": text } }), "note"),
            (json!({ "command": "facility_edit", "id": facility, "fields": { "street": text } }), "street"),
            (json!({ "command": "facility_edit", "id": facility, "fields": { "head_name": text } }), "head_name"),
        ] {
            let refused = officer.ask::<Value>(command.clone()).expect_err("hidden");
            assert_eq!(
                (refused.known_code(), refused.field.as_deref()),
                (ErrorCode::FieldInvalid, Some(field)),
                "{command}"
            );
            assert!(refused.vi.contains("ký tự ẩn") && !refused.vi.contains(hidden), "{refused:?}");
        }
    }
    // Marks that pile up would cover the lines beside them.
    let piled = json!({ "command": "answer", "inspection": inspection, "item": "ESC-01", "note": format!("Cử{}a",
        "\u{30d}".repeat(300)), "answer": { "kind": "verdict", "value": "fail" } });
    let refused = officer.ask::<Value>(piled).expect_err("piled up");
    assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some("note")));
    assert!(refused.vi.contains("quá nhiều dấu") && refused.en.contains("too many marks"), "{refused:?}");
    let form = json!({ "command": "facility_check", "fields": { "name": format!("Nhà tro{}", "\u{323}".repeat(9)) } });
    let remarks: Vec<Remark> = officer.tell(form);
    assert_eq!((remarks[0].field.as_str(), remarks[0].weight), ("name", Weight::Impossible));
    let long = json!({ "command": "facility_list", "query": "nhà ".repeat(200) });
    let refused = officer.ask::<Value>(long).expect_err("nobody types that");
    assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some("query")));
    // Several lines are fine in a note, and read as they were written.
    officer.verdict(inspection, "ESC-01", Verdict::Fail, "Cửa khóa\nTầng 5");
    assert_eq!(officer.item(inspection, "ESC-01").statements[0].note, "Cửa khóa\nTầng 5");
}
