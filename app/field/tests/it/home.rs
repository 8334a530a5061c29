//! A household head: invited at the door, declares offline, is confirmed.

use ancu_field::records::dwelling::Invited;
use ancu_shared::error::ErrorCode;
use ancu_shared::record::RecordKind;
use ancu_shared::record::register::Decision;
use ancu_shared::view::remark::{Remark, Weight};
use ancu_shared::view::{
    Clash, Declaration, DeclarationState, DwellingView, FacilitySheet, FacilitySummary, HistoryEntry, Page,
};
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::office::{Device, PIN, template};

fn declaration(residents: u32) -> Value {
    json!({
        "address": "112 ngách 58/24 Khương Hạ", "apartment_code": "P.302", "head_name": "Lê Thị Hoa", "head_phone": "0900000000",
        "house_template": "mini_apartment", "storeys": 6, "apartments": 12, "exits": "Cầu thang bộ, mái", "residents": residents,
        "elderly": 1, "children_under_6": 0, "need_help": 1, "help_note": "Tầng 3, xe lăn",
    })
}

#[test]
fn a_home_is_declared_offline_corrected_and_confirmed() {
    let city = City::new(&template());
    let officer = Device::officer(&city, "An", 1);
    let facility = officer.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    officer.premises("Nhà trọ khác", "12 phố Khương Trung");
    officer.sync();
    let invited: Invited = officer.tell(json!({ "command": "invite", "facility": facility }));
    assert!(invited.qr_svg.contains("<svg"));

    let head = Device::fresh(&city, 5, NOON);
    let preview: Value = head.tell(json!({ "command": "enrol_preview", "link": invited.link }));
    assert_eq!((preview["citizen"].as_bool(), preview["place"].as_str().is_some()), (Some(true), true));
    let mut enrol =
        json!({ "command": "enrol", "link": invited.link, "pin": PIN, "device_name": "Điện thoại chị Hoa" });
    assert_eq!(head.refused(enrol.clone()), ErrorCode::FieldInvalid, "a head gives a name");
    enrol["person_name"] = "Lê Thị Hoa".into();
    head.tell::<Value>(enrol);
    assert_eq!(head.tell::<Option<DwellingView>>(json!({ "command": "declaration" })), None);

    city.state().down = true;
    let saved: DwellingView = head.tell(json!({ "command": "declaration_save", "declaration": declaration(4) }));
    assert_eq!(saved.state, DeclarationState::Draft);
    let head = head.crash();
    let kept: Option<DwellingView> = head.tell(json!({ "command": "declaration" }));
    assert_eq!(kept.expect("kept").declaration.residents, Some(4));
    // What cannot be is kept as it was typed, said at its field, and not sent.
    let odd = declaration(9_999);
    let remarks: Vec<Remark> = head.tell(json!({ "command": "declaration_check", "declaration": odd }));
    assert_eq!((remarks.len(), remarks[0].field.as_str(), remarks[0].weight), (1, "residents", Weight::Impossible));
    let kept: DwellingView = head.tell(json!({ "command": "declaration_save", "declaration": odd }));
    assert_eq!(kept.remarks, remarks);
    assert_eq!(head.refused(json!({ "command": "declaration_submit" })), ErrorCode::FieldInvalid);
    head.tell::<Value>(json!({ "command": "declaration_save", "declaration": declaration(4) }));
    let sent: DwellingView = head.tell(json!({ "command": "declaration_submit" }));
    assert_eq!((sent.state, sent.remarks.as_slice()), (DeclarationState::Submitted, &[][..]));
    city.state().down = false;
    head.sync();
    assert!(head.engine.status().expect("status").safe_to_wipe);
    let page: Page<FacilitySummary> = head.tell(json!({ "command": "facility_list" }));
    assert_eq!(page.total, 0, "a head sees no premises");
    assert_eq!(head.refused(json!({ "command": "invite", "facility": facility })), ErrorCode::NotFound);

    officer.sync();
    let today = officer.today();
    assert_eq!(today.declarations.len(), 1);
    let sheet: FacilitySheet = officer.tell(json!({ "command": "facility_sheet", "id": facility }));
    assert_eq!((sheet.dwellings.len(), sheet.summary.declarations_waiting), (1, 1));
    assert_eq!(sheet.dwellings[0].declaration.need_help, Some(1));
    // Impossible numbers are refused in the officer's form too, by the same rules; what is known is set beside the home.
    let edit = |storeys: u32| json!({ "command": "facility_edit", "id": facility, "fields": { "storeys": storeys } });
    assert_eq!(officer.refused(edit(101)), ErrorCode::FieldInvalid);
    let sheet: FacilitySheet = officer.tell(edit(7));
    let told: Vec<_> = sheet.dwellings[0].remarks.iter().map(|remark| remark.words.en.as_str()).collect();
    assert_eq!(told, ["The premises' record says 7 storeys, the declaration 6."]);
    let form = json!({ "command": "facility_check", "fields": { "storeys": 2, "basements": 3 } });
    let remarks: Vec<Remark> = officer.tell(form);
    assert_eq!((remarks.len(), remarks[0].field.as_str(), remarks[0].weight), (1, "basements", Weight::Unusual));
    let dwelling = sheet.dwellings[0].id;
    let decide = |decision: &str, words: &str| json!({ "command": "declaration_decide", "dwelling": dwelling, "decision": decision, "words": words });
    assert_eq!(officer.refused(decide("returned", "")), ErrorCode::FieldInvalid);
    officer.tell::<Value>(decide("returned", "Ghi đủ số người"));
    officer.sync();

    head.sync();
    let back: Option<DwellingView> = head.tell(json!({ "command": "declaration" }));
    let back = back.expect("there");
    assert_eq!((back.state, words(&back)), (DeclarationState::NeedsFix, Some("Ghi đủ số người")));
    head.tell::<Value>(json!({ "command": "lock" }));
    // The clocks of the tests stand still: a correction must be later than what it answers.
    let later = Device::crash(head);
    let mended: DwellingView = later.tell(json!({ "command": "declaration_save", "declaration": declaration(5) }));
    assert_eq!(mended.declaration.residents, Some(5));
    later.tell::<DwellingView>(json!({ "command": "declaration_submit" }));
    later.sync();
    officer.sync();
    officer.tell::<Value>(decide("approved", ""));
    officer.sync();
    later.sync();
    let confirmed: Option<DwellingView> = later.tell(json!({ "command": "declaration" }));
    assert_eq!(confirmed.expect("there").state, DeclarationState::Verified);
    assert_eq!(officer.unsent().quarantined + later.unsent().quarantined, 0);
    let twice: DwellingView = officer.tell(decide("approved", ""));
    assert_eq!(twice.state, DeclarationState::Verified);
    assert_eq!(officer.unsent().records, 0, "a second tap says nothing more");
    let more: DwellingView = officer.tell(decide("approved", "Nhớ thay bình chữa cháy"));
    assert_eq!((words(&more), officer.unsent().records), (Some("Nhớ thay bình chữa cháy"), 1), "other words are said");

    // Who stands by what was returned sends it again as it is, and the officer sees it waiting.
    officer.tell::<Value>(decide("returned", "Xem lại số người"));
    [&officer, &later].into_iter().for_each(Device::sync);
    let later = later.reopen_at(NOON.plus_millis(3_600_000));
    later.tell::<DwellingView>(json!({ "command": "declaration_save", "declaration": declaration(5) }));
    let again: DwellingView = later.tell(json!({ "command": "declaration_submit" }));
    assert_eq!((again.state, again.unsent), (DeclarationState::Submitted, true));
    [&later, &officer].into_iter().for_each(Device::sync);
    assert_eq!(officer.today().declarations.len(), 1);
    officer.tell::<Value>(decide("approved", ""));
    [&officer, &later].into_iter().for_each(Device::sync);

    // What an officer confirms is what the officer saw, not what the head sent meanwhile.
    let declare = |residents: u32| {
        later.tell::<DwellingView>(json!({ "command": "declaration_save", "declaration": declaration(residents) }))
    };
    declare(6);
    later.tell::<DwellingView>(json!({ "command": "declaration_submit" }));
    later.sync();
    officer.sync();
    declare(7);
    later.tell::<DwellingView>(json!({ "command": "declaration_submit" }));
    later.sync();
    officer.tell::<Value>(decide("approved", ""));
    officer.sync();
    officer.sync();
    let sheet: FacilitySheet = officer.tell(json!({ "command": "facility_sheet", "id": facility }));
    let seen = &sheet.dwellings[0];
    assert_eq!((seen.state, seen.declaration.residents), (DeclarationState::Submitted, Some(7)));
    assert_eq!(officer.today().declarations.len(), 1, "it waits for a look");
    later.sync();
    let told = || later.tell::<Option<DwellingView>>(json!({ "command": "declaration" })).expect("there");
    assert_eq!(told().state, DeclarationState::Submitted);
    // A draft over it is no part of what is confirmed, and its head is told that it is not sent.
    let draft = declare(8);
    assert!(draft.being_written);
    officer.tell::<Value>(decide("approved", ""));
    officer.sync();
    later.sync();
    let kept = told();
    assert_eq!((kept.state, kept.being_written), (DeclarationState::Draft, true));
    assert_eq!(kept.declaration.residents, Some(8));
    assert!(!declare(7).being_written, "taken back to what was confirmed");
    assert_eq!(told().state, DeclarationState::Verified);
}

#[test]
fn nothing_is_decided_on_a_home_before_its_head_submits_it() {
    let city = City::new(&template());
    let (officer, facility, head) = Device::household(&city);
    // A type of house that nobody knows is not kept.
    let mut castle = declaration(4);
    castle["house_template"] = "castle".into();
    let refused = head.ask::<Value>(json!({ "command": "declaration_save", "declaration": castle }));
    let refused = refused.expect_err("no such type");
    assert_eq!((refused.known_code(), refused.field.as_deref()), (ErrorCode::FieldInvalid, Some("house_template")));
    assert_eq!(head.tell::<Option<DwellingView>>(json!({ "command": "declaration" })), None);

    let mut impossible = declaration(9_999);
    impossible["house_template"] = "mini_apartment".into();
    let draft: DwellingView = head.tell(json!({ "command": "declaration_save", "declaration": impossible }));
    assert_eq!(draft.declaration.house_template.as_deref(), Some("mini_apartment"));
    head.sync();
    officer.sync();
    for decision in ["approved", "returned"] {
        let refused = officer.ask::<Value>(json!({
            "command": "declaration_decide", "dwelling": draft.id, "decision": decision, "words": "Được",
        }));
        let refused = refused.expect_err("a draft");
        assert_eq!(refused.known_code(), ErrorCode::Conflict);
        assert!(refused.vi.contains("chưa gửi"), "{}", refused.vi);
        assert_eq!(refused.details.expect("details")["state"], "draft");
    }
    let sheet: FacilitySheet = officer.tell(json!({ "command": "facility_sheet", "id": facility }));
    // That it is being written is told; what is written stays with who writes it, in a history too.
    let told = &sheet.dwellings[0];
    assert_eq!(
        (told.state, &told.declaration, told.residents),
        (DeclarationState::Draft, &Declaration::default(), None)
    );
    let held = format!("{:?}", officer.engine.holdings().expect("held"));
    assert!(!held.contains("0900000000") && !held.contains("P.302"), "{held}");
    assert!(!head.engine.status().expect("status").safe_to_wipe, "it is nowhere else");
    let head = head.crash();
    let mut last = declaration(4);
    last["head_phone"] = "0911111111".into();
    last["address"] = "112 ngách 58/24 phố Khương Hạ".into();
    head.tell::<Value>(json!({ "command": "declaration_save", "declaration": last }));
    let sent: DwellingView = head.tell(json!({ "command": "declaration_submit" }));
    assert_eq!(sent.state, DeclarationState::Submitted);
    [&head, &officer].into_iter().for_each(Device::sync);
    let sheet: FacilitySheet = officer.tell(json!({ "command": "facility_sheet", "id": facility }));
    assert_eq!(sheet.dwellings[0].declaration.head_phone, "0911111111");
    let said: Vec<HistoryEntry> =
        officer.tell(json!({ "command": "history", "document": draft.id, "key": "h/address" }));
    assert_eq!(said.len(), 1, "what was typed before is nobody's to read");
    // Being mended, it stands as it was submitted until it is submitted again.
    last["head_phone"] = "0922222222".into();
    let mended: DwellingView = head.tell(json!({ "command": "declaration_save", "declaration": last }));
    assert_eq!(mended.state, DeclarationState::Draft);
    [&head, &officer].into_iter().for_each(Device::sync);
    let sheet: FacilitySheet = officer.tell(json!({ "command": "facility_sheet", "id": facility }));
    assert_eq!(sheet.dwellings[0].state, DeclarationState::Submitted);
    assert_eq!(sheet.dwellings[0].declaration.head_phone, "0911111111");
}

#[test]
fn officers_who_decide_apart_are_both_shown_to_the_head_and_named_where_it_is_settled() {
    let city = City::new(&template());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer(&city, "Bình", 2));
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    an.sync();
    let invited: Invited = an.tell(json!({ "command": "invite", "facility": facility }));
    let head = Device::fresh(&city, 5, NOON);
    head.tell::<Value>(json!({
        "command": "enrol", "link": invited.link, "pin": PIN, "device_name": "Máy chị Hoa", "person_name": "Lê Thị Hoa",
    }));
    head.tell::<Value>(json!({ "command": "declaration_save", "declaration": declaration(4) }));
    let home: DwellingView = head.tell(json!({ "command": "declaration_submit" }));
    [&head, &an, &binh].into_iter().for_each(Device::sync);

    let fix = "Chị ghi rõ ai cần giúp";
    let decide = |decision: &str, words: &str| json!({ "command": "declaration_decide", "dwelling": home.id, "decision": decision, "words": words });
    binh.tell::<Value>(decide("returned", fix));
    an.tell::<Value>(decide("approved", ""));
    [&an, &binh, &an, &head].into_iter().for_each(Device::sync);
    let sheet =
        |officer: &Device| -> FacilitySheet { officer.tell(json!({ "command": "facility_sheet", "id": facility })) };
    let told: Option<DwellingView> = head.tell(json!({ "command": "declaration" }));
    for view in [&told.expect("there"), &sheet(&an).dwellings[0], &sheet(&binh).dwellings[0]] {
        assert_eq!((view.state, words(view)), (DeclarationState::NeedsFix, Some(fix)));
        let mut both: Vec<_> = view.apart.iter().map(|it| (it.by.person_name.as_str(), it.decision)).collect();
        both.sort_unstable();
        assert_eq!(both, [("An", Decision::Approved), ("Bình", Decision::Returned)]);
    }
    let clashes: Vec<Clash> = an.tell(json!({ "command": "clashes" }));
    let [clash] = clashes.as_slice() else { panic!("{clashes:?}") };
    assert_eq!(clash.title, "Lê Thị Hoa · Chung cư mini Hòa Bình", "whose home it is");
    assert_eq!(clash.subject_kind, Some(RecordKind::Dwelling));
    let kept = clash.values.iter().find(|side| side.decision == Some(Decision::Returned)).expect("both");
    assert_eq!((kept.note.as_str(), kept.by.person_name.as_str()), (fix, "Bình"));
    let settle = json!({
        "command": "clash_settle", "document": clash.document, "key": clash.key, "operation": kept.operation,
    });
    an.tell::<Value>(settle);
    [&an, &head].into_iter().for_each(Device::sync);
    let told: DwellingView = head.tell::<Option<DwellingView>>(json!({ "command": "declaration" })).expect("there");
    assert_eq!((told.state, told.apart.len(), words(&told)), (DeclarationState::NeedsFix, 0, Some(fix)));
}

/// The officer's words by which it counts.
fn words(view: &DwellingView) -> Option<&str> {
    view.decided.as_ref().map(|it| it.words.as_str())
}
