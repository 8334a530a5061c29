//! Exchange: all answers stand, clashes are shown and settled, and no fault on the way loses or doubles anything.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::{Answer, Decision, Verdict};
use ancu_shared::view::{Clash, Fate, HistoryEntry, InspectionState, MissingItem, MissingReason};
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::office::{Device, template};

/// Two officers with one inspection on both devices.
pub(crate) fn two_officers() -> (City, Device, Device, DocumentId) {
    two_officers_at(NOON)
}

/// The same, with the second's clock.
pub(crate) fn two_officers_at(second: UtcMillis) -> (City, Device, Device, DocumentId) {
    let city = City::new(&template());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer_at(&city, "Bình", 2, second));
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    let inspection = an.inspect(facility);
    an.sync();
    binh.sync();
    (city, an, binh, inspection)
}

/// The same, signed by An and known to both.
pub(crate) fn signed_by_an(second: UtcMillis) -> (City, Device, Device, DocumentId) {
    let (city, an, binh, inspection) = two_officers_at(second);
    an.pass_required(inspection);
    an.finish(inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    (city, an, binh, inspection)
}

#[test]
fn a_post_that_begins_later_is_heard_of_with_the_next_exchange() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    an.sync();
    city.state().off_duty = true;
    let binh = Device::officer(&city, "Bình", 2);
    let premises = |device: &Device| {
        let list = json!({ "command": "facility_list", "query": "", "class": null, "offset": 0, "limit": 9 });
        device.tell::<serde_json::Value>(list)["total"].clone()
    };
    for device in [&an, &binh] {
        device.sync();
    }
    assert_eq!(premises(&binh), 0);
    city.state().off_duty = false;
    for device in [&an, &binh] {
        device.sync();
        assert_eq!(premises(device), 1, "in one exchange");
        device.premises("Nhà trọ Hoa Sen", "9 phố Khương Trung");
    }
}

#[test]
fn records_leave_a_device_whose_post_ended_and_come_again_with_another() {
    let (city, an, binh, inspection) = two_officers();
    let held = |device: &Device| device.engine.holdings().expect("holdings").len();
    let premises = binh.premises("Nhà trọ Hoa Sen", "9 phố Khương Trung");
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(held(&an), 3);
    city.state().off_duty = true;
    binh.verdict(inspection, "ESC-01", Verdict::Fail, "kẹt");
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!((held(&an), held(&binh)), (0, 0), "all of it was receipted");
    let status = an.engine.status().expect("status");
    assert!(status.safe_to_wipe && status.role.is_none(), "{status:?}");
    assert_eq!((status.ended, status.begins), (Some(NOON.hanoi_date()), None));
    city.state().off_duty = false;
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!((held(&an), held(&binh)), (3, 3), "in one exchange, from the beginning");
    assert_eq!(an.item(inspection, "ESC-01").statements[0].note, "kẹt");
    // Work goes on where it ended.
    an.verdict(inspection, "ESC-02", Verdict::Pass, "");
    binh.verdict(inspection, "ESC-03", Verdict::Pass, "");
    let _next = binh.inspect(premises);
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    assert_eq!((an.open(inspection).summary.progress.answered, an.unsent().quarantined), (3, 0));
}

#[test]
fn answers_to_different_items_all_stand() {
    let (city, an, binh, inspection) = two_officers();
    an.verdict(inspection, "ESC-01", Verdict::Pass, "tầng 1");
    binh.verdict(inspection, "ESC-02", Verdict::Pass, "tầng 2");
    assert!(!an.engine.status().expect("status").safe_to_wipe);
    an.sync();
    binh.sync();
    an.sync();
    for device in [&an, &binh] {
        let view = device.open(inspection);
        assert_eq!((view.summary.progress.answered, view.summary.progress.clashes), (2, 0));
        assert_eq!(view.summary.officers.len(), 2);
        assert!(!view.summary.unsent);
        let status = device.engine.status().expect("status");
        assert!(status.safe_to_wipe && status.unsent.answers == 0);
        assert_eq!(device.item(inspection, "ESC-02").statements[0].by.device_name, "Máy Bình");
    }
    assert!(city.admitted() >= 3);
}

#[test]
fn one_item_answered_twice_shows_both_and_one_choice_settles_it() {
    let (_city, an, binh, inspection) = two_officers();
    an.verdict(inspection, "ESC-01", Verdict::Pass, "mở được");
    binh.verdict(inspection, "ESC-01", Verdict::Fail, "kẹt");
    an.sync();
    binh.sync();
    an.sync();
    for device in [&an, &binh] {
        let clashes = device.clashes();
        assert_eq!(clashes.len(), 1);
        let notes: std::collections::BTreeSet<_> = clashes[0].values.iter().map(|it| it.note.as_str()).collect();
        assert_eq!(notes, ["kẹt", "mở được"].into());
        assert_eq!(clashes[0].title, "Chung cư mini Hòa Bình");
        let today = device.today();
        assert_eq!(today.clashes.len(), 1);
    }
    let clash = an.clashes();
    let stuck = clash[0].values.iter().find(|it| it.note == "kẹt").expect("Bình's");
    let settle = json!({
        "command": "clash_settle", "document": clash[0].document, "key": clash[0].key, "operation": stuck.operation,
    });
    assert_eq!(an.tell::<Vec<Clash>>(settle.clone()), []);
    assert_eq!(an.tell::<Vec<Clash>>(settle.clone()), [], "a second tap finds it done");
    let mut otherwise = settle.clone();
    let open = clash[0].values.iter().find(|it| it.note == "mở được").expect("An's");
    otherwise["operation"] = json!(open.operation);
    assert_eq!(an.refused(otherwise), ErrorCode::Conflict, "it is settled, and otherwise");
    an.sync();
    binh.sync();
    assert_eq!(binh.refused(settle), ErrorCode::Conflict, "somebody else settled it");
    for device in [&an, &binh] {
        let item = device.item(inspection, "ESC-01");
        assert_eq!(item.statements.len(), 1);
        assert_eq!(item.statements[0].answer, Some(Answer::Verdict(Verdict::Fail)));
        let statement = &item.statements[0];
        assert_eq!((statement.by.person_name.as_str(), statement.by.device_name.as_str()), ("Bình", "Máy Bình"));
        let chooser = statement.chosen_by.as_ref().expect("a chooser");
        assert_eq!((chooser.person_name.as_str(), chooser.at >= statement.by.at), ("An", true));
        assert_eq!(device.open(inspection).summary.officers.len(), 2, "Bình worked on it too");
        // What was not chosen is still there, with who said it, on which device, and when.
        let history: Vec<HistoryEntry> =
            device.tell(json!({ "command": "history", "document": inspection, "key": "i/ESC-01" }));
        let told: Vec<_> = history
            .iter()
            .map(|it| {
                (
                    it.fate,
                    it.saying.note.as_str(),
                    it.saying.by.device_name.as_str(),
                    it.saying.by.at > ancu_shared::clock::UtcMillis(0),
                )
            })
            .collect();
        assert_eq!(told[0], (Fate::Standing, "kẹt", "Máy Bình", true));
        assert!(told.contains(&(Fate::PassedOver, "mở được", "Máy An", true)), "{told:?}");
        assert_eq!(told.len(), 3);
    }
}

#[test]
fn the_same_answer_twice_is_no_clash() {
    let (_city, an, binh, inspection) = two_officers();
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    binh.verdict(inspection, "ESC-01", Verdict::Pass, "");
    an.sync();
    binh.sync();
    assert_eq!(binh.clashes(), []);
}

#[test]
fn a_server_that_is_down_loses_nothing() {
    let (city, an, binh, inspection) = two_officers();
    city.state().down = true;
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    assert_eq!(an.try_sync().map(|it| it.known_code()), Some(ErrorCode::ServerUnreachable));
    let before = an.unsent();
    assert_eq!((before.records, before.answers), (1, 1));
    let an = an.crash();
    assert_eq!(an.unsent(), before);
    city.state().down = false;
    an.sync();
    assert!(an.unsent().is_nothing());
    binh.sync();
    assert_eq!(binh.open(inspection).summary.progress.answered, 1);
}

#[test]
fn a_lost_answer_to_a_push_doubles_nothing() {
    let (city, an, binh, inspection) = two_officers();
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    city.state().lose_next_answer = true;
    assert!(an.try_sync().is_some());
    let admitted = city.admitted();
    assert!(!an.unsent().is_nothing(), "without a receipt it counts as unsent");
    let an = an.crash();
    an.sync();
    assert_eq!(city.admitted(), admitted);
    assert!(an.unsent().is_nothing());
    binh.sync();
    assert_eq!(binh.item(inspection, "ESC-01").statements.len(), 1);
}

#[test]
fn a_server_that_lost_everything_gets_it_back() {
    let (city, an, binh, inspection) = two_officers();
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    binh.verdict(inspection, "ESC-02", Verdict::Fail, "kẹt");
    for device in [&an, &binh, &an] {
        device.sync();
    }
    city.lose_everything();
    assert_eq!(city.admitted(), 0);
    // Bình's work builds on An's: it waits at the server until An comes.
    for device in [&binh, &an, &binh] {
        device.sync();
    }
    let an_view = an.open(inspection);
    assert_eq!(an_view.summary.progress.answered, 2);
    assert!(an.unsent().is_nothing() && binh.unsent().is_nothing());
    let fresh = Device::officer(&city, "Chi", 3);
    assert_eq!(fresh.open(inspection).summary.progress.answered, 2);
    assert_eq!(fresh.item(inspection, "ESC-02").statements[0].by.person_name, "Bình");
}

#[test]
fn a_returned_inspection_is_supplemented() {
    let (city, an, binh, inspection) = two_officers();
    an.pass_required(inspection);
    an.finish(inspection);
    an.sync();
    city.decide(inspection, inspection, Decision::Returned, "Đo lại chiều rộng", "ESC-W");
    an.sync();
    let today = an.today();
    assert_eq!(today.returned.len(), 1);
    assert_eq!(today.returned[0].words.as_deref(), Some("Đo lại chiều rộng"));
    let width = an.item(inspection, "ESC-W");
    assert_eq!(width.comments[0].words, "Đo lại chiều rộng");
    // A tap by mistake does not send it back as it was.
    let unanswered: Vec<MissingItem> = an.tell(json!({ "command": "inspection_missing", "id": inspection }));
    assert_eq!(unanswered.len(), 1);
    assert_eq!((unanswered[0].item.as_deref(), unanswered[0].reason), (Some("ESC-W"), MissingReason::Words));
    let refused = an.refused(json!({ "command": "inspection_finish", "id": inspection }));
    assert_eq!(refused, ErrorCode::RecordIncomplete);
    an.tell::<Value>(json!({
        "command": "answer", "inspection": inspection, "item": "ESC-W",
        "answer": { "kind": "number", "value": 1.2 }, "note": "đo lại",
    }));
    let view = an.open(inspection);
    let supplement = view.open_supplement.expect("begun by the answer");
    assert!(an.item(inspection, "ESC-W").statements[0].supplement);
    assert_eq!(an.open(supplement).summary.id, inspection, "a supplement's id stands for its inspection");
    let finished = an.finish(inspection);
    assert_eq!(finished.summary.state, InspectionState::Supplemented);
    an.sync();
    assert_eq!(an.unsent().quarantined, 0);
    assert_eq!(finished.newest_sealed, Some(supplement));
    // Returned once more: the second supplement is the newest part, though its device's clock stands still.
    city.decide(inspection, supplement, Decision::Returned, "Ghi rõ cách đo", "ESC-W");
    an.sync();
    an.tell::<Value>(json!({
        "command": "answer", "inspection": inspection, "item": "ESC-W",
        "answer": { "kind": "number", "value": 1.2 }, "note": "đo bằng thước dây",
    }));
    let second = an.open(inspection).open_supplement.expect("a second one");
    let finished = an.finish(inspection);
    assert_eq!(finished.newest_sealed, Some(second));
    assert_eq!(finished.summary.state, InspectionState::Supplemented);
    an.sync();
    // A console of somebody else's making may sign what ours refuses: it is shown with a sign.
    city.decide(inspection, second, Decision::Approved, "Được\u{202e}", "_");
    for device in [&an, &binh] {
        device.sync();
        let view = device.open(inspection);
        assert_eq!(view.summary.state, InspectionState::Approved);
        // Every decision stays in the record, with its words and who answered them.
        let told: Vec<_> = view.decisions.iter().map(|it| (it.decision, it.words.as_str())).collect();
        let expected = [
            (Decision::Returned, "Đo lại chiều rộng"),
            (Decision::Returned, "Ghi rõ cách đo"),
            (Decision::Approved, "Được\u{fffd}"),
        ];
        assert_eq!(told, expected);
        assert!(view.decisions.iter().all(|it| it.by.person_name == "Trần Thị Duyệt"));
        for returned in &view.decisions[..2] {
            let [words] = returned.comments.as_slice() else { panic!("{:?}", returned.comments) };
            let answered = words.answered.as_ref().map(|it| (it.by.person_name.as_str(), it.signed));
            assert_eq!((answered, words.open), (Some(("An", true)), false));
        }
    }
}

#[test]
fn garbage_in_a_feed_stops_nothing() {
    let (city, an, binh, inspection) = two_officers();
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    an.sync();
    for garbage in [b"nonsense".to_vec(), vec![0xA0; 5_000], Vec::new()] {
        city.state().garbage = Some(garbage);
        binh.sync();
    }
    assert_eq!(binh.open(inspection).summary.progress.answered, 1);
}

#[test]
fn an_exchange_in_the_background_tells_where_it_is() {
    let (_city, an, _binh, inspection) = two_officers();
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    an.tell::<Value>(json!({ "command": "exchange" }));
    let status: ancu_field::status::DeviceStatus = an.tell(json!({ "command": "exchange_wait" }));
    assert!(!status.exchange.running && status.exchange.problem.is_none());
    assert!(status.safe_to_wipe && status.last_exchange_at.is_some());
}

#[test]
fn an_exchange_that_panics_is_told_and_the_next_one_runs() {
    let (city, an, _binh, inspection) = two_officers();
    an.verdict(inspection, "ESC-01", Verdict::Pass, "");
    city.state().panic_once = true;
    assert_eq!(an.try_sync().map(|it| it.known_code()), Some(ErrorCode::Internal));
    assert!(!an.engine.status().expect("status").exchange.running);
    an.sync();
    assert!(an.unsent().is_nothing());
}

#[test]
fn an_answer_given_during_a_pull_clashes_and_replaces_nothing() {
    let (city, an, binh, inspection) = two_officers();
    binh.verdict(inspection, "ESC-01", Verdict::Fail, "kẹt");
    binh.sync();
    let engine = an.engine.clone();
    city.state().meanwhile = Some(Box::new(move || {
        // The store's lock is free while the network is waited for: an officer goes on working.
        let answer = json!({
            "command": "answer", "inspection": inspection, "item": "ESC-01",
            "answer": { "kind": "verdict", "value": "pass" }, "note": "mở được",
        });
        engine.dispatch(serde_json::from_value(answer).expect("command")).expect("answer");
    }));
    an.sync();
    assert_eq!(an.item(inspection, "ESC-01").statements.len(), 2, "both values survive");
    an.sync();
    binh.sync();
    assert_eq!(binh.clashes().len(), 1);
}

#[test]
fn an_exchange_that_begins_by_itself_comes_back_after_a_failure() {
    let (city, an, _binh, _inspection) = two_officers();
    city.state().down = true;
    an.engine.exchange_by_itself();
    assert!(an.try_sync().is_some());
    // The worker sets its next try right after the waiters were told; the next wish comes after that.
    assert!(an.try_sync().is_some());
    city.state().down = false;
    an.sync();
    let status = an.engine.status().expect("status");
    assert!(status.exchange.problem.is_none());
}
