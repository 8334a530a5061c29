//! Who attended and signed by hand, the conclusion, the record on paper and its code.

use ancu_field::print::{Checked, Here, Paper};
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::attendance::{AttendeeRole, Conclusion, Unsigned};
use ancu_shared::record::register::Verdict;
use ancu_shared::view::{InspectionState, InspectionView, MissingReason};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::city::City;
use crate::office::{Device, template};

fn drawn() -> Value {
    json!({ "strokes": [[100, 200, 160, 90, 240, 210], [300, 150]], "times": [0, 420] })
}

fn signs(visit: DocumentId, role: &str, name: &str) -> Value {
    json!({ "command": "attend", "inspection": visit, "role": role, "name": name, "position": "Chủ nhà", "drawn": drawn() })
}

fn concludes(visit: DocumentId, conclusion: &str) -> Value {
    json!({ "command": "conclude", "inspection": visit, "conclusion": conclusion, "words": "Khóa cửa thoát nạn tầng 1." })
}

fn print(device: &Device, visit: DocumentId) -> (Paper, Vec<u8>) {
    let paper: Paper = device.tell(json!({ "command": "print", "id": visit }));
    let pdf = STANDARD.decode(paper.data_base64.as_deref().expect("bytes")).expect("base64");
    assert_eq!(paper.bytes, pdf.len() as u64);
    (paper, pdf)
}

fn check(device: &Device, code: &str) -> Checked {
    device.tell(json!({ "command": "check_code", "code": code }))
}

fn begun(city: &City) -> (Device, Device, DocumentId) {
    let (an, binh) = (Device::officer(city, "An", 1), Device::officer(city, "Bình", 2));
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    let visit = an.inspect(facility);
    an.pass_required(visit);
    [&an, &binh].into_iter().for_each(Device::sync);
    (an, binh, visit)
}

#[test]
fn a_hand_is_on_what_its_owner_saw_and_everybody_reads_that() {
    let city = City::new(&template());
    let (an, binh, visit) = begun(&city);
    an.tell::<Value>(concludes(visit, "safe"));
    let view: InspectionView = an.tell(signs(visit, "representative", "Nguyễn Thị Hoa"));
    assert!(view.attendance[0].covers && an.finish_check(visit).missing.is_empty());
    // Saying the same again changes nothing that was signed.
    an.tell::<Value>(concludes(visit, "safe"));
    assert!(an.open(visit).attendance[0].covers);
    // Nobody writes another opinion over a signature: without drawing anew it is gone.
    let hoa = an.open(visit).attendance[0].id;
    let mut other = signs(visit, "representative", "Nguyễn Thị Hoa");
    (other["attendee"], other["words"]) = (json!(hoa), json!("Nhất trí"));
    let drawn = other.as_object_mut().expect("an object").remove("drawn");
    let view: InspectionView = an.tell(other.clone());
    assert_eq!(view.attendance[0].hand, None);
    other["drawn"] = drawn.expect("a signature");
    let view: InspectionView = an.tell(other);
    assert!(view.attendance[0].covers && view.attendance[0].words == "Nhất trí");
    // Another witness changes nothing of what the first saw.
    an.tell::<Value>(signs(visit, "witness", "Trần Văn Tổ"));
    assert!(an.open(visit).attendance.iter().all(|it| it.covers));

    an.verdict(visit, "ESC-02", Verdict::Pass, "ghi thêm sau khi ký");
    assert!(an.open(visit).attendance.iter().all(|it| !it.covers), "what they signed was changed");
    let reasons: Vec<_> = an.finish_check(visit).missing.iter().map(|it| it.reason).collect();
    assert_eq!(reasons, [MissingReason::Hand]);
    assert_eq!(an.refused(json!({ "command": "inspection_finish", "id": visit })), ErrorCode::RecordIncomplete);

    let (hoa, to) = (an.open(visit).attendance[0].id, an.open(visit).attendance[1].id);
    let mut again = signs(visit, "representative", "Nguyễn Thị Hoa");
    again["attendee"] = json!(hoa);
    an.tell::<Value>(again);
    an.tell::<Value>(json!({ "command": "attend_remove", "inspection": visit, "attendee": to }));
    let sealed = an.finish(visit);
    assert_eq!((sealed.summary.state, sealed.attendance.len()), (InspectionState::Completed, 1));
    [&an, &binh].into_iter().for_each(Device::sync);
    let read = binh.open(visit);
    let attendee = &read.attendance[0];
    assert_eq!(
        (attendee.name.as_str(), attendee.role, attendee.open),
        ("Nguyễn Thị Hoa", AttendeeRole::Representative, false)
    );
    assert!(attendee.covers && attendee.hand.is_some() && attendee.by.person_name == "An");
    let conclusion = read.conclusion.expect("a conclusion");
    assert_eq!((conclusion.conclusion, conclusion.unsigned), (Conclusion::Safe, false));
    assert_eq!(
        an.refused(json!({ "command": "attend_remove", "inspection": visit, "attendee": hoa })),
        ErrorCode::RecordSealed
    );
}

#[test]
fn who_does_not_sign_says_why_and_what_is_no_signature_is_refused() {
    let city = City::new(&template());
    let (an, _, visit) = begun(&city);
    let attend = |with: Value| {
        let mut command = json!({ "command": "attend", "inspection": visit, "role": "representative", "name": "Hoa" });
        command.as_object_mut().expect("an object").extend(with.as_object().expect("an object").clone());
        command
    };
    for bad in [
        json!({ "unsigned": "refused" }),
        json!({ "unsigned": "refused", "words": "Không nhất trí", "drawn": drawn() }),
        json!({ "name": "  " }),
        json!({ "name": "a".repeat(121) }),
        json!({ "drawn": { "strokes": [], "times": [] } }),
        json!({ "drawn": { "strokes": [[901, 1]], "times": [0] } }),
        json!({ "drawn": { "strokes": [vec![1; 3_000]], "times": [0] } }),
    ] {
        assert_eq!(an.refused(attend(bad.clone())), ErrorCode::FieldInvalid, "{bad}");
    }
    assert_eq!(an.open(visit).attendance, []);
    let view: InspectionView = an.tell(attend(json!({ "unsigned": "refused", "words": "Không nhất trí mục ESC-01" })));
    assert_eq!(view.attendance[0].unsigned, Some(Unsigned::Refused));
    let nobody = json!({ "name": "", "unsigned": "absent", "words": "Đi vắng, đã báo qua điện thoại" });
    an.tell::<Value>(attend(nobody));
    let foreign = json!({ "attendee": "018f0000-0000-7000-8000-000000000001" });
    assert_eq!(an.refused(attend(foreign)), ErrorCode::NotFound);
    assert_eq!(an.finish(visit).summary.state, InspectionState::Completed);
}

#[test]
fn a_signature_that_was_collected_beside_a_seal_waits_in_a_supplement() {
    let city = City::new(&template());
    let (an, binh, visit) = begun(&city);
    binh.tell::<Value>(signs(visit, "witness", "Trần Văn Tổ"));
    an.tell::<Value>(signs(visit, "representative", "Nguyễn Thị Hoa"));
    an.finish(visit);
    an.sync();
    for _ in 0..2 {
        [&binh, &an].into_iter().for_each(Device::sync);
    }
    let here = binh.open(visit);
    assert_eq!(here.late.iter().map(|late| late.attended).collect::<Vec<_>>(), [1], "it waits to be signed");
    binh.finish(visit);
    [&binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let names: Vec<_> = device.open(visit).attendance.into_iter().map(|it| (it.name, it.open)).collect();
        assert_eq!(names, [("Nguyễn Thị Hoa".to_owned(), false), ("Trần Văn Tổ".to_owned(), false)]);
    }
}

#[test]
fn a_record_is_printed_offline_and_its_code_is_checked_offline() {
    let city = City::new(&template());
    let (an, binh, visit) = begun(&city);
    let (draft, pdf) = print(&an, visit);
    assert!(draft.check.is_none() && draft.file.starts_with("bien-ban-"), "{draft:?}");
    assert!(pdf.starts_with(b"%PDF-1.7") && pdf.windows(10).any(|part| part == b"pdfaid:par"), "a PDF/A");
    an.tell::<Value>(signs(visit, "representative", "Nguyễn Thị Hoa"));
    an.finish(visit);
    let (paper, pdf) = print(&an, visit);
    assert_eq!(print(&an, visit).1, pdf, "the same record is the same document");
    let code = paper.check.expect("a code");
    let own = check(&an, &code);
    assert_eq!(
        (own.document, own.here, own.facility_name.as_deref()),
        (visit, Here::Signed, Some("Chung cư mini Hòa Bình"))
    );
    assert_eq!(own.by.map(|by| by.person_name).as_deref(), Some("An"));
    // A colleague who has not heard of the seal: the signature holds, the record here is older.
    let theirs = check(&binh, &code);
    assert_eq!((theirs.here, theirs.by.map(|by| by.person_name).as_deref()), (Here::Otherwise, Some("An")));
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!(check(&binh, &code).here, Here::Signed);
    let damaged = code[..code.len() - 4].to_owned();
    for wrong in [damaged.as_str(), "https://example.vn/", ""] {
        assert_eq!(an.refused(json!({ "command": "check_code", "code": wrong })), ErrorCode::FieldInvalid, "{wrong}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let into = json!({ "command": "print", "id": visit, "folder": folder.path() });
    let names: Vec<Paper> = (0..2).map(|_| an.tell(into.clone())).collect();
    assert_ne!(names[0].file, names[1].file, "nothing is overwritten");
    assert_eq!(std::fs::read(&names[0].file).expect("written"), pdf);
    let taken = json!({ "command": "print", "id": visit, "file": names[0].file });
    assert_eq!(an.refused(taken), ErrorCode::FileUnusable);
}
