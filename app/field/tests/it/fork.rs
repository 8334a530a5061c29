//! Copies of a device: restored, or in use twice. Nothing that anybody wrote is lost, and every record stays readable.

use ancu_shared::record::register::Verdict;
use ancu_shared::view::{InspectionState, InspectionView};
use serde_json::json;

use crate::exchange::two_officers;
use crate::office::Device;

fn all_is_admitted(device: &Device) {
    let status = device.engine.status().expect("status");
    assert!(status.safe_to_wipe, "{:?}", status.unsent);
}

#[test]
fn a_device_restored_from_a_copy_gets_its_work_back_and_keeps_the_new() {
    let (_city, an, binh, inspection) = two_officers();
    let (an, restored) = an.twin();
    an.verdict(inspection, "ESC-01", Verdict::Pass, "trước khi mất máy");
    an.sync();
    drop(an);
    restored.verdict(inspection, "ESC-02", Verdict::Fail, "sau khi khôi phục");
    restored.premises("Nhà trọ mới", "12 phố Khương Trung");
    restored.sync();
    binh.sync();
    for device in [&restored, &binh] {
        let progress = device.open(inspection).summary.progress;
        assert_eq!((progress.answered, progress.clashes), (2, 0));
        assert_eq!(device.item(inspection, "ESC-02").statements[0].by.person_name, "An");
    }
    all_is_admitted(&restored);
    // It goes on as the same device, also after another start.
    let restored = restored.crash();
    restored.verdict(inspection, "ESC-03", Verdict::Pass, "");
    restored.sync();
    binh.sync();
    assert_eq!(binh.open(inspection).summary.progress.answered, 3);
    all_is_admitted(&restored);
}

#[test]
fn a_restored_device_without_new_work_goes_on_where_it_was() {
    let (_city, an, binh, inspection) = two_officers();
    let (an, restored) = an.twin();
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    an.sync();
    drop(an);
    restored.sync();
    restored.verdict(inspection, "ESC-01", Verdict::Fail, "xem lại");
    restored.sync();
    binh.sync();
    let statements = binh.item(inspection, "ESC-01").statements;
    assert_eq!((statements.len(), statements[0].note.as_str()), (1, "xem lại"), "it had seen the first answer");
    all_is_admitted(&restored);
}

#[test]
fn two_copies_in_use_lose_nothing_and_clash_like_two_people() {
    let (_city, an, binh, inspection) = two_officers();
    let (one, other) = an.twin();
    one.verdict(inspection, "ESC-01", Verdict::Pass, "mở được");
    other.verdict(inspection, "ESC-01", Verdict::Fail, "kẹt");
    for device in [&one, &other, &binh] {
        device.sync();
        all_is_admitted(device);
    }
    assert_eq!(binh.clashes().len(), 1);
    // And again, both ways round.
    one.verdict(inspection, "ESC-02", Verdict::Pass, "một");
    other.verdict(inspection, "ESC-03", Verdict::Pass, "hai");
    for device in [&other, &one, &other, &one, &binh] {
        device.sync();
        all_is_admitted(device);
    }
    for device in [&one, &other, &binh] {
        assert_eq!(device.item(inspection, "ESC-01").statements.len(), 2);
        assert_eq!(device.item(inspection, "ESC-02").statements[0].note, "một");
        assert_eq!(device.item(inspection, "ESC-03").statements[0].note, "hai");
    }
}

#[test]
fn a_seal_over_a_history_that_is_gone_opens_the_record_again() {
    let (_city, an, binh, inspection) = two_officers();
    let (one, other) = an.twin();
    one.verdict(inspection, "ESC-03", Verdict::Pass, "");
    one.sync();
    other.pass_required(inspection);
    let finish = json!({ "command": "inspection_finish", "id": inspection });
    other.tell::<InspectionView>(finish.clone());
    other.sync();
    assert_eq!(other.open(inspection).summary.state, InspectionState::InProgress);
    let again: InspectionView = other.tell(finish);
    assert_eq!((again.summary.state, again.summary.progress.answered), (InspectionState::Completed, 3));
    other.sync();
    all_is_admitted(&other);
    binh.sync();
    assert_eq!(binh.open(inspection).summary.state, InspectionState::Completed);
}
