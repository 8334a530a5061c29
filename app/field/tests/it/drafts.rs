//! A note that would be written over a colleague's newer one waits on its writer's device for a choice.

use ancu_field::records::answer::Answered;
use ancu_field::store::drafts::NoteDraft;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::Verdict;
use serde_json::json;

use crate::exchange::two_officers;
use crate::office::Device;

const ITEM: &str = "ESC-01";

fn write(device: &Device, inspection: DocumentId, note: &str, over: Option<&str>) -> Answered {
    device.tell(json!({
        "command": "answer", "inspection": inspection, "item": ITEM, "answer": { "kind": "verdict", "value": "pass" },
        "note": note, "over": over,
    }))
}

fn drafts(device: &Device, inspection: DocumentId) -> Vec<String> {
    let kept: Vec<NoteDraft> = device.tell(json!({ "command": "note_drafts", "inspection": inspection }));
    kept.into_iter().map(|draft| format!("{}: {}", draft.item, draft.words)).collect()
}

fn stands(device: &Device, inspection: DocumentId) -> (String, String) {
    let said = device.item(inspection, ITEM).statements[0].clone();
    (said.note, said.by.person_name)
}

#[test]
fn a_note_begun_on_an_older_one_is_not_written_over_a_colleagues() {
    let (_city, an, binh, inspection) = two_officers();
    let begun = write(&an, inspection, "Đủ nội quy", Some(""));
    assert!(!begun.kept, "nobody else wrote there");
    [&an, &binh].into_iter().for_each(Device::sync);
    binh.verdict(inspection, ITEM, Verdict::Fail, "Nội quy tầng 5 bị xé");
    [&binh, &an].into_iter().for_each(Device::sync);

    // What An writes was begun on her own older note.
    let kept = write(&an, inspection, "Đủ nội quy ở tầng 1", Some("Đủ nội quy"));
    assert!(kept.kept && kept.item.statements[0].note == "Nội quy tầng 5 bị xé");
    assert_eq!(stands(&an, inspection), ("Nội quy tầng 5 bị xé".into(), "Bình".into()));
    assert_eq!(drafts(&an, inspection), ["ESC-01: Đủ nội quy ở tầng 1"]);
    let status = an.engine.status().expect("status");
    assert!(status.unsent.is_nothing() && !status.safe_to_wipe, "it is on this device only");
    let waits: Vec<_> = status.note_drafts.iter().map(|it| (it.inspection, it.item.as_str())).collect();
    assert_eq!(waits, [(inspection, ITEM)]);
    assert_eq!(status.note_drafts[0].premises, "Chung cư mini Hòa Bình");
    let finish = json!({ "command": "inspection_finish", "id": inspection });
    assert_eq!(an.refused(finish), ErrorCode::NotesWaiting, "it would be signed without them");
    // A kill takes nothing; what is typed on replaces what was kept; a verdict does not touch it.
    let an = an.crash();
    assert!(write(&an, inspection, "Đủ nội quy ở tầng 1, 2", Some("")).kept);
    an.verdict(inspection, ITEM, Verdict::NotApplicable, "Nội quy tầng 5 bị xé");
    assert_eq!(drafts(&an, inspection), ["ESC-01: Đủ nội quy ở tầng 1, 2"]);

    assert!(write(&an, inspection, "Đủ nội quy ở tầng 1, 2 và 3", Some("")).kept, "the verdict chose no words");
    assert!(write(&an, inspection, "Đủ nội quy ở tầng 1, 2", Some("")).kept);

    // She chooses her own: nothing waits any more, and it goes to everybody.
    assert!(!write(&an, inspection, "Đủ nội quy ở tầng 1, 2", None).kept);
    assert_eq!(drafts(&an, inspection), Vec::<String>::new());
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!(stands(&binh, inspection), ("Đủ nội quy ở tầng 1, 2".into(), "An".into()));
    assert!(an.engine.status().expect("status").safe_to_wipe);
}

#[test]
fn a_draft_can_be_given_up_and_what_says_the_same_is_none() {
    let (_city, an, binh, inspection) = two_officers();
    binh.verdict(inspection, ITEM, Verdict::Fail, "Tầng 5");
    [&binh, &an].into_iter().for_each(Device::sync);
    assert!(!write(&an, inspection, "Tầng 5", Some("")).kept, "the same words are no other note");
    [&an, &binh].into_iter().for_each(Device::sync);
    binh.verdict(inspection, ITEM, Verdict::Fail, "Tầng 6");
    [&binh, &an].into_iter().for_each(Device::sync);
    assert!(write(&an, inspection, "Tầng 7", Some("Tầng 5")).kept);
    let left: Vec<NoteDraft> = an.tell(json!({ "command": "note_draft_drop", "inspection": inspection, "item": ITEM }));
    assert_eq!(left, []);
    assert_eq!(stands(&an, inspection).0, "Tầng 6");
    assert!(!write(&an, inspection, "Tầng 7", Some("Tầng 6")).kept, "begun on what stands");
}
