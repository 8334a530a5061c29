//! A device whose person's post ended: what is still on it is read, nothing is offered that would be refused, and what would be
//! asked all the same is refused in words.

use ancu_shared::error::ErrorCode;
use ancu_shared::record::register::Verdict;
use ancu_shared::view::{FindingView, Supplementing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use serde_json::{Value, json};

use crate::city::NOON;
use crate::exchange::two_officers;
use crate::follow::found;
use crate::office::Device;
use crate::photos::picture;

#[test]
fn a_device_whose_post_ended_offers_nothing_that_it_refuses() {
    let (city, an, binh, visit) = two_officers();
    an.verdict(visit, "ESC-01", Verdict::Pass, "mở được");
    binh.verdict(visit, "ESC-01", Verdict::Fail, "kẹt");
    let signed = found(&an, an.premises("Nhà trọ Hoa Sen", "9 phố Khương Trung"));
    let mistaken = an.inspect(an.premises("Nhà trọ Hoa Mai", "11 phố Khương Trung"));
    an.tell::<Value>(json!({ "command": "inspection_give_up", "id": mistaken, "reason": "by_mistake" }));
    an.supplement(signed);
    an.verdict(signed, "ESC-01", Verdict::Fail, "nghĩ lại");
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    let finding =
        || an.tell::<FindingView>(json!({ "command": "finding_open", "inspection": signed, "item": "ESC-02" }));
    let before = an.engine.status().expect("status");
    assert_eq!((before.writes_in.len(), an.open(signed).supplementing), (1, Supplementing::Own));
    assert!(!finding().allowed.is_empty());
    let [clash] = &an.clashes()[..] else { panic!("one clash") };

    // The network is lost between the news and the photo: nothing leaves the device.
    let data_base64 = STANDARD.encode(picture(64, 48, ImageFormat::Jpeg));
    an.tell::<Value>(json!({
        "command": "photo_add", "inspection": visit, "item": "ESC-02", "file_name": "anh.jpg", "data_base64": data_base64,
    }));
    city.state().off_duty = true;
    city.state().pieces_left = Some(0);
    assert_eq!(an.try_sync().map(|it| it.known_code()), Some(ErrorCode::ServerUnreachable));
    let status = an.engine.status().expect("status");
    assert_eq!((status.writes_in.len(), status.role, status.ended), (0, None, Some(NOON.hanoi_date())));
    assert_eq!((an.clashes().len(), an.today().clashes.len(), finding().allowed.len()), (0, 0, 0));
    assert_eq!(an.open(signed).supplementing, Supplementing::No);
    assert_eq!(an.item(visit, "ESC-01").statements.len(), 2, "it is read as it was");
    let until = NOON.hanoi_date().to_string();
    for refused in [
        json!({ "command": "finding_step", "inspection": signed, "item": "ESC-02",
            "note": { "step": "committed", "name": "Bà Hòa", "until": until } }),
        json!({ "command": "clash_settle", "document": clash.document, "key": clash.key,
            "operation": clash.values[0].operation }),
        json!({ "command": "inspection_give_up", "id": visit, "reason": "by_mistake" }),
        json!({ "command": "inspection_take_up", "id": mistaken }),
        json!({ "command": "supplement_begin", "id": signed }),
        json!({ "command": "late_discard", "id": signed }),
        json!({ "command": "inspection_finish", "id": signed }),
        json!({ "command": "inspection_finish", "id": visit }),
        json!({ "command": "position_set", "inspection": visit,
            "position": { "latitude": 20.99, "longitude": 105.81, "accuracy_m": 4.0, "source": "device" } }),
    ] {
        let told = an.ask::<Value>(refused.clone()).expect_err("no post");
        assert_eq!(told.known_code(), ErrorCode::Forbidden, "{refused}");
    }
    // What was made before is sent all the same, and leaves.
    city.state().pieces_left = None;
    an.sync();
    let status = an.engine.status().expect("status");
    assert!(status.unsent.is_nothing() && an.engine.holdings().expect("holdings").is_empty(), "{status:?}");
}
