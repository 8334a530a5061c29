//! The first screen: what waits stands once, and how much there is is said where only the first of it is shown.

use ancu_shared::record::register::{Decision, Verdict};
use ancu_shared::view::{FacilitySummary, InspectionState, Page};
use serde_json::json;

use crate::city::City;
use crate::exchange::two_officers;
use crate::office::{Device, template};

#[test]
fn a_returned_record_with_a_late_draft_stands_where_it_is_signed() {
    let (city, an, binh, inspection) = two_officers();
    an.pass_required(inspection);
    an.finish(inspection);
    an.sync();
    binh.verdict(inspection, "ESC-02", Verdict::Fail, "Chưa biết biên bản đã ký");
    city.decide(inspection, inspection, Decision::Returned, "Đo lại chiều rộng", "ESC-W");
    [&binh, &an].into_iter().for_each(Device::sync);
    let today = binh.today();
    let [late] = today.late.as_slice() else { panic!("{:?}", today.late) };
    assert_eq!((late.inspection.id, late.inspection.state), (inspection, InspectionState::Returned), "and says so");
    assert_eq!((today.returned.len(), today.in_progress.len()), (0, 0));
    assert_eq!(an.today().returned.len(), 1, "who has no draft is asked to look again");
}

#[test]
fn premises_not_seen_are_counted_and_can_be_paged_through() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    for number in 0..23 {
        an.premises(&format!("Nhà trọ {number:02}"), "Số 5 Khương Hạ, phường Khương Đình");
    }
    let page = |offset: u64| -> Page<FacilitySummary> {
        an.tell(json!({ "command": "facilities_due", "offset": offset, "limit": 15 }))
    };
    an.inspect(page(22).items[0].id);
    let today = an.today();
    assert_eq!((today.due.len(), today.counts.due, today.counts.facilities), (20, 22, 23));
    let (first, second) = (page(0), page(15));
    assert_eq!((first.items.len(), first.total, first.next.as_deref()), (15, 22, Some("15")));
    assert_eq!((second.items.len(), second.next), (7, None));
    let all: Vec<_> = first.items.iter().chain(&second.items).map(|it| it.id).collect();
    assert_eq!(all[..20], today.due.iter().map(|it| it.id).collect::<Vec<_>>());
}
