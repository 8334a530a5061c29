//! The form of premises while it is being written: kept on its device, in the encrypted store only, until it is saved or given up.

use ancu_field::records::form::FacilityDraft;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use serde_json::{Value, json};

use crate::city::City;
use crate::exchange::two_officers;
use crate::office::{Device, template};

fn draft(device: &Device, facility: Option<DocumentId>) -> Option<FacilityDraft> {
    device.tell(json!({ "command": "facility_draft", "facility": facility }))
}

fn keep(device: &Device, facility: Option<DocumentId>, fields: &Value) {
    device.tell::<()>(json!({ "command": "facility_draft_keep", "facility": facility, "fields": fields }));
}

fn typed(device: &Device, facility: Option<DocumentId>) -> Value {
    draft(device, facility).map_or(Value::Null, |draft| serde_json::to_value(draft.fields).expect("fields"))
}

#[test]
fn what_was_typed_survives_a_kill_and_goes_with_the_save_or_when_it_is_given_up() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    an.sync();
    assert!(an.engine.status().expect("status").safe_to_wipe);
    let fresh =
        json!({ "name": "Nhà trọ Bình Mi", "class": "boarding_house", "storeys": 5, "head_name": "Vũ Thị Sáu" });
    let edited = json!({ "head_phone": "0912 345 6", "note": null });
    keep(&an, None, &fresh);
    keep(&an, Some(facility), &edited);
    let an = an.crash();
    assert_eq!((typed(&an, None), typed(&an, Some(facility))), (fresh.clone(), edited));
    let status = an.engine.status().expect("status");
    assert!(status.unsent.is_nothing() && !status.safe_to_wipe, "it is on this device only");
    let mut waits: Vec<_> = status.facility_drafts.iter().map(|it| (it.facility, it.name.as_str())).collect();
    waits.sort_unstable();
    assert_eq!(waits, [(None, "Nhà trọ Bình Mi"), (Some(facility), "Chung cư mini Hòa Bình")]);
    let known = city.admitted();
    an.sync();
    assert_eq!(city.admitted(), known, "it goes to nobody");

    // Others who write on this device, the command line say, leave the form alone; so does a save that is refused.
    an.premises("Nhà trọ khác", "5 phố Khương Hạ");
    let nameless = json!({ "command": "facility_create", "fields": { "class": "boarding_house" }, "draft": true });
    assert_eq!(an.refused(nameless), ErrorCode::FieldInvalid);
    assert_eq!(typed(&an, None), fresh);

    an.tell::<Value>(json!({ "command": "facility_create", "fields": fresh, "draft": true }));
    assert_eq!(draft(&an, None), None);
    let edit = json!({ "command": "facility_edit", "id": facility, "fields": { "note": "Cổng sau" }, "draft": true });
    an.tell::<Value>(edit);
    assert_eq!(draft(&an, Some(facility)), None);
    keep(&an, None, &json!({ "name": "Lại một nhà" }));
    keep(&an, None, &json!({}));
    assert_eq!(draft(&an, None), None, "given up");
    an.sync();
    assert!(an.engine.status().expect("status").safe_to_wipe);
}

#[test]
fn names_and_telephones_in_a_form_are_not_readable_on_the_disk() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    keep(&an, None, &json!({ "head_name": "Vu Thi Sau Khong Ai Doc", "head_phone": "0987 654 321" }));
    let an = an.crash();
    for file in std::fs::read_dir(an.folder.path()).expect("folder") {
        let bytes = std::fs::read(file.expect("file").path()).unwrap_or_default();
        for secret in ["Vu Thi Sau", "0987 654"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
}

#[test]
fn a_form_that_is_no_form_is_refused_and_names_the_field() {
    let (_city, an, _binh, _inspection) = two_officers();
    let ask = |fields: Value| an.ask::<()>(json!({ "command": "facility_draft_keep", "fields": fields }));
    let refused = ask(json!({ "nonsense": "1" })).expect_err("no such field");
    assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some("nonsense")));
    let endless = json!({ "note": "dài ".repeat(100_000) });
    assert_eq!(ask(endless).expect_err("too long").known_code(), ErrorCode::TooLarge);
    // What could not be saved is kept all the same: who typed it shortens it.
    keep(&an, None, &json!({ "name": "x".repeat(5_000) }));
    assert!(draft(&an, None).is_some());
}
