//! A reviewer's words that are two officers' to answer: what one of them signs answers the own words only.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::Decision;
use ancu_shared::view::{CommentView, InspectionState, InspectionView};
use serde_json::{Value, json};

use crate::city::City;
use crate::exchange::two_officers;
use crate::office::Device;

/// Finished by An, and returned with words at two questions.
fn returned() -> (City, Device, Device, DocumentId) {
    let (city, an, binh, inspection) = two_officers();
    an.pass_required(inspection);
    an.finish(inspection);
    an.sync();
    city.decide_at(inspection, inspection, Decision::Returned, "Chưa đủ", &["ESC-W", "ESC-03"]);
    [&an, &binh].into_iter().for_each(Device::sync);
    (city, an, binh, inspection)
}

fn reply(item: &str, inspection: DocumentId, words: &str) -> Value {
    json!({ "command": "reply", "inspection": inspection, "item": item, "words": words })
}

fn words_at(device: &Device, inspection: DocumentId, item: &str) -> CommentView {
    device.item(inspection, item).comments[0].clone()
}

#[test]
fn a_supplement_answers_the_words_that_it_answers_and_no_others() {
    let (_city, an, binh, inspection) = returned();
    assert_eq!(an.open(inspection).summary.unanswered, 2);
    an.tell::<Value>(json!({
        "command": "answer", "inspection": inspection, "item": "ESC-W",
        "answer": { "kind": "number", "value": 1.2 }, "note": "",
    }));
    let told = an.finish_check(inspection);
    assert_eq!(told.missing, [], "the other words keep nobody from signing");
    assert_eq!(told.unanswered.iter().map(|it| it.item.as_str()).collect::<Vec<_>>(), ["ESC-03"]);
    let drafted = words_at(&an, inspection, "ESC-W");
    assert!(drafted.open && drafted.answered.is_some_and(|it| !it.signed));
    for _ in 0..2 {
        let signed = an.finish(inspection); // and a second tap changes nothing
        assert_eq!((signed.summary.state, signed.summary.unanswered), (InspectionState::Returned, 1));
    }
    [&an, &binh].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let listed = device.today().returned;
        assert_eq!((listed.len(), listed[0].unanswered), (1, 1), "it says how many words wait");
        let [width, door] = ["ESC-W", "ESC-03"].map(|item| words_at(device, inspection, item));
        let answered = width.answered.map(|it| (it.by.person_name, it.signed));
        assert_eq!((answered, width.open), (Some(("An".into(), true)), false));
        assert_eq!((door.answered, door.open), (None, true));
    }
    // Bình looked again and leaves it: to say so is an answer, once it is signed.
    assert_eq!(binh.refused(reply("ESC-01", inspection, "Không ai hỏi")), ErrorCode::NotFound);
    let why = "Đã kiểm tra, giữ nguyên vì cửa mở ra ngoài";
    binh.tell::<Value>(reply("ESC-03", inspection, "Đã kiểm tra"));
    binh.tell::<Value>(reply("ESC-03", inspection, why));
    let binh = binh.crash();
    let door = words_at(&binh, inspection, "ESC-03");
    assert_eq!(door.replies.iter().map(|it| (it.words.as_str(), it.signed)).collect::<Vec<_>>(), [(why, false)]);
    assert_eq!(binh.open(inspection).summary.unanswered, 1);
    let signed = binh.finish(inspection);
    assert_eq!((signed.summary.state, signed.summary.unanswered), (InspectionState::Supplemented, 0));
    [&binh, &an].into_iter().for_each(Device::sync);
    let door = words_at(&an, inspection, "ESC-03");
    let [said] = door.replies.as_slice() else { panic!("{door:?}") };
    assert_eq!((said.words.as_str(), said.by.person_name.as_str(), said.signed), (why, "Bình", true));
    assert_eq!((an.unsent().quarantined, binh.unsent().quarantined), (0, 0));
}

#[test]
fn words_on_the_whole_can_be_replied_to_and_a_reply_taken_back() {
    let (city, an, binh, inspection) = two_officers();
    an.pass_required(inspection);
    an.finish(inspection);
    an.sync();
    city.decide_at(inspection, inspection, Decision::Returned, "Vì sao không xem tầng hầm?", &[]);
    an.sync();
    an.tell::<Value>(reply("_", inspection, "Nhà không có tầng hầm"));
    let view: InspectionView = an.tell(reply("_", inspection, ""));
    assert_eq!(view.decisions[0].replies, []);
    let refused = an.refused(json!({ "command": "inspection_finish", "id": inspection }));
    assert_eq!(refused, ErrorCode::RecordIncomplete, "a reply that was taken back says nothing");
    an.tell::<Value>(reply("_", inspection, "Nhà không có tầng hầm"));
    let signed = an.finish(inspection);
    assert_eq!(signed.summary.state, InspectionState::Supplemented);
    assert_eq!(signed.decisions[0].replies[0].words, "Nhà không có tầng hầm");
    // The server takes it, so that the reviewer reads it.
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!((an.unsent().quarantined, an.unsent().records), (0, 0));
    let [ref said] = binh.open(inspection).decisions[0].replies[..] else { panic!("the reply came to nobody") };
    assert_eq!((said.words.as_str(), said.signed), ("Nhà không có tầng hầm", true));
}
