//! Supplements made apart: what neither officer knew of the other's is a clash, and only a signature that knew both settles
//! it; words are answered by who had read them.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::{Answer, Decision, Severity, Verdict};
use ancu_shared::view::{Clash, Fate, FindingSummary, HistoryEntry, InspectionState, MissingReason, Settlement};
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::exchange::{signed_by_an, two_officers};
use crate::office::Device;

const HOUR: i64 = 3_600_000;

/// Begins a supplement in which the width of the escape route fails, and signs it.
fn fail(device: &Device, inspection: DocumentId) {
    device.supplement(inspection);
    device.verdict(inspection, "ESC-02", Verdict::Fail, "cửa khóa");
    device.tell::<Value>(json!({
        "command": "finding", "inspection": inspection, "item": "ESC-02", "severity": Severity::Critical,
        "remedy": "Mở lối thoát", "deadline": "2026-12-20",
    }));
    device.finish(inspection);
}

fn pass(device: &Device, inspection: DocumentId, note: &str) {
    device.supplement(inspection);
    device.verdict(inspection, "ESC-02", Verdict::Pass, note);
    device.finish(inspection);
}

fn findings(device: &Device) -> Vec<FindingSummary> {
    device.tell(json!({ "command": "findings" }))
}

fn standing(device: &Device, inspection: DocumentId) -> Vec<(Option<Answer>, String)> {
    let said = device.item(inspection, "ESC-02").statements.into_iter();
    said.map(|it| (it.answer, it.by.person_name)).collect()
}

fn says(verdict: Verdict, name: &str) -> (Option<Answer>, String) {
    (Some(Answer::Verdict(verdict)), name.to_owned())
}

#[test]
fn a_check_that_failed_in_one_of_two_supplements_made_apart_counts_until_it_is_settled() {
    for clock in [-3 * HOUR, 0, 3 * HOUR] {
        let (city, an, binh, inspection) = signed_by_an(NOON.plus_millis(clock));
        fail(&an, inspection);
        pass(&binh, inspection, "đã mở");
        [&an, &binh, &an].into_iter().for_each(Device::sync);
        let chi = Device::officer(&city, "Chi", 3);
        for device in [&an, &binh, &chi] {
            assert_eq!(
                standing(device, inspection),
                [says(Verdict::Fail, "An"), says(Verdict::Pass, "Bình")],
                "{clock}"
            );
            let summary = device.open(inspection).summary;
            assert_eq!((summary.apart, summary.progress.failed, summary.gravest), (1, 1, Some(Severity::Critical)));
            let listed = device.today().clashes;
            assert_eq!((listed.len(), listed[0].settlement), (1, Some(Settlement::Open)));
            assert_eq!(findings(device).len(), 1, "the finding stays open");
        }
        assert_eq!((an.unsent().quarantined, binh.unsent().quarantined), (0, 0));

        // A third officer looked again: one tap, and a signature.
        let [clash] = <[Clash; 1]>::try_from(chi.clashes()).expect("one clash");
        let opened = clash.values.iter().find(|it| it.note == "đã mở").expect("Bình's");
        let settle = json!({
            "command": "clash_settle", "document": clash.document, "key": clash.key, "operation": opened.operation,
        });
        let left: Vec<Clash> = chi.tell(settle.clone());
        assert_eq!(left[0].settlement, Some(Settlement::Unsigned));
        assert_eq!(standing(&chi, inspection), [says(Verdict::Pass, "Bình")], "it stays its author's");
        let chosen = chi.item(inspection, "ESC-02").statements.remove(0);
        assert_eq!((chosen.chosen_by.map(|by| by.person_name).as_deref(), chosen.unsigned), (Some("Chi"), true));
        let summary = chi.open(inspection).summary;
        assert_eq!((summary.apart, summary.progress.failed, findings(&chi).len()), (1, 1, 1), "until it is signed");
        let chi = chi.crash();
        [&chi, &an].into_iter().for_each(Device::sync);
        assert_eq!(an.open(inspection).summary.apart, 1, "a draft settles nothing for anybody");
        let check = chi.finish_check(inspection);
        assert_eq!(check.missing, []);
        let replaced: Vec<_> = check.replaces.iter().map(|it| (it.item.as_str(), it.said.len())).collect();
        assert_eq!(replaced, [("ESC-02", 1)], "it is told whose answer falls");
        let signed = chi.finish(inspection);
        assert_eq!((signed.summary.apart, chi.clashes().len()), (0, 0));
        [&chi, &an, &binh].into_iter().for_each(Device::sync);
        for device in [&an, &binh, &chi] {
            assert_eq!(standing(device, inspection), [says(Verdict::Pass, "Bình")]);
            assert_eq!((device.clashes().len(), findings(device).len()), (0, 0));
            assert_eq!(device.item(inspection, "ESC-02").superseded.len(), 3, "nothing is lost");
        }
        assert_eq!(chi.refused(settle), ErrorCode::RecordSealed, "it is settled");
    }
}

#[test]
fn who_knew_the_other_replaces_it_whatever_the_clocks_say() {
    let (_city, an, binh, inspection) = signed_by_an(NOON.plus_millis(-3 * HOUR));
    fail(&an, inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    pass(&binh, inspection, "đã mở");
    [&binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        assert_eq!(standing(device, inspection), [says(Verdict::Pass, "Bình")]);
        assert_eq!((device.clashes().len(), findings(device).len()), (0, 0));
    }
}

#[test]
fn what_came_while_a_supplement_was_written_is_shown_before_it_is_signed() {
    let (_city, an, binh, inspection) = signed_by_an(NOON);
    binh.supplement(inspection);
    binh.verdict(inspection, "ESC-02", Verdict::Pass, "đã mở");
    let check = |device: &Device| device.finish_check(inspection);
    let before = check(&binh);
    assert_eq!((before.replaces, before.sealed_parts.len()), (vec![], 1));
    fail(&an, inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    // The sheet on the screen is of before.
    let sign = |seen: &[DocumentId]| json!({ "command": "inspection_finish", "id": inspection, "seen": seen });
    assert_eq!(binh.refused(sign(&before.sealed_parts)), ErrorCode::Conflict);
    let now = check(&binh);
    assert_eq!((now.replaces[0].item.as_str(), now.replaces[0].said[0].by.person_name.as_str()), ("ESC-02", "An"));
    binh.tell::<Value>(sign(&now.sealed_parts));
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(standing(&an, inspection), [says(Verdict::Pass, "Bình")]);
}

#[test]
fn words_wait_for_who_has_read_them() {
    let (city, an, binh, inspection) = signed_by_an(NOON.plus_millis(HOUR));
    pass(&binh, inspection, "cửa 0,9 m");
    city.decide_at(inspection, inspection, Decision::Returned, "Chưa đủ", &["ESC-02"]);
    an.sync();
    // Bình signed away from the network, before the reviewer wrote.
    [&binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(inspection);
        assert_eq!((view.summary.state, view.summary.unanswered), (InspectionState::Returned, 1));
        assert_eq!((device.item(inspection, "ESC-02").comments[0].answered.clone(), view.unseen.len()), (None, 1));
    }
    pass(&binh, inspection, "đo lại: 0,9 m");
    [&binh, &an].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(inspection);
        assert_eq!((view.summary.state, view.summary.unanswered), (InspectionState::Supplemented, 0));
    }
}

/// Two who answer the width of the escape route apart and offline, and sign or do not; the first one's exchange is first.
fn apart_offline(first: Verdict, second: Verdict, second_signs: bool) -> (City, Device, Device, DocumentId) {
    let (city, an, binh, inspection) = two_officers();
    for (device, verdict, signs) in [(&an, first, true), (&binh, second, second_signs)] {
        device.verdict(inspection, "ESC-01", Verdict::Pass, "");
        device.verdict(inspection, "ESC-02", verdict, "");
        if verdict == Verdict::Fail {
            require(device, inspection, Severity::Critical, "Mở lối thoát");
        }
        if signs {
            device.finish(inspection);
        }
    }
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    (city, an, binh, inspection)
}

fn require(device: &Device, inspection: DocumentId, severity: Severity, remedy: &str) {
    device.tell::<Value>(json!({
        "command": "finding", "inspection": inspection, "item": "ESC-02", "severity": severity,
        "remedy": remedy, "deadline": "2026-12-20",
    }));
}

/// The one clash of own late work, after what it keeps from being signed.
fn to_settle(device: &Device, inspection: DocumentId, key: &str) -> Clash {
    let check = device.finish_check(inspection);
    let missing: Vec<_> = check.missing.iter().map(|it| (it.item.as_deref(), it.reason)).collect();
    assert_eq!(missing, [(Some("ESC-02"), MissingReason::Clash)]);
    let sign = json!({ "command": "inspection_finish", "id": inspection });
    assert_eq!(device.refused(sign), ErrorCode::RecordIncomplete);
    let [clash] = <[Clash; 1]>::try_from(device.clashes()).expect("one clash");
    assert_eq!((clash.key.as_str(), clash.settlement, clash.values.len()), (key, None, 2));
    assert!(clash.values.iter().all(|it| !it.by.device_name.is_empty()));
    clash
}

/// One tap: the value that this officer said is kept.
fn keep(device: &Device, clash: &Clash, name: &str) -> Vec<Clash> {
    let kept = clash.values.iter().find(|it| it.by.person_name == name).expect("a side");
    device.tell(json!({
        "command": "clash_settle", "document": clash.document, "key": clash.key, "operation": kept.operation,
    }))
}

#[test]
fn what_two_write_of_a_failed_check_and_where_they_stood_is_settled_before_anybody_signs() {
    let (_city, an, binh, inspection) = two_officers();
    an.pass_required(inspection);
    an.verdict(inspection, "ESC-02", Verdict::Fail, "");
    [&an, &binh].into_iter().for_each(Device::sync);
    for (device, severity, remedy, latitude, longitude) in [
        (&an, Severity::Critical, "Mở lối thoát", 20.992, 105.8137),
        (&binh, Severity::Minor, "Dán biển báo", 20.995, 105.816),
    ] {
        require(device, inspection, severity, remedy);
        let position = json!({ "latitude": latitude, "longitude": longitude, "accuracy_m": 8.0, "source": "device" });
        device.tell::<Value>(json!({ "command": "position_set", "inspection": inspection, "position": position }));
    }
    [&an, &binh, &an].into_iter().for_each(Device::sync);
    let waiting = |device: &Device| -> Vec<_> {
        device.finish_check(inspection).missing.into_iter().map(|it| (it.item, it.reason)).collect()
    };
    let clash = MissingReason::Clash;
    assert_eq!(waiting(&an), [(Some("ESC-02".to_owned()), clash), (None, clash)]);
    let sign = json!({ "command": "inspection_finish", "id": inspection });
    assert_eq!(an.refused(sign), ErrorCode::RecordIncomplete);
    let shown = an.item(inspection, "ESC-02").finding.map(|it| it.severity);
    assert_eq!(shown, Some(Severity::Critical), "until then the gravest is shown");
    assert_eq!(an.open(inspection).summary.progress.clashes, 1, "counted as clashes of answers are");
    let [written, place] = <[Clash; 2]>::try_from(an.clashes()).expect("two clashes");
    assert_eq!((written.key.as_str(), place.key.as_str()), ("f/ESC-02/detail", "h/latitude"));
    assert_eq!(keep(&an, &place, "An").len(), 1, "a place is one value, not three");
    assert_eq!(waiting(&an), [(Some("ESC-02".to_owned()), clash)]);
    assert_eq!(keep(&an, &written, "Bình"), []);
    assert_eq!(waiting(&an), []);
    an.finish(inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    for device in [&an, &binh] {
        let view = device.open(inspection);
        assert_eq!((view.summary.state, view.summary.gravest), (InspectionState::Completed, Some(Severity::Minor)));
        assert_eq!(view.position.map(|it| (it.latitude, it.longitude)), Some((20.992, 105.8137)), "as An measured it");
        assert_eq!((view.apart, view.unsettled, view.summary.progress.clashes), (vec![], vec![], 0));
        // Whose it is, who chose it, and what was not chosen: at the item, and in its history.
        let said = device.item(inspection, "ESC-02").finding_said.expect("written");
        let chooser = said.chosen_by.expect("a chooser");
        assert_eq!((said.by.person_name.as_str(), chooser.person_name.as_str()), ("Bình", "An"));
        let history: Vec<HistoryEntry> =
            device.tell(json!({ "command": "history", "document": inspection, "key": "i/ESC-02" }));
        let told: Vec<_> = history
            .iter()
            .filter_map(|it| Some((it.fate, it.saying.finding.as_ref()?.remedy.as_str(), &*it.saying.by.person_name)))
            .collect();
        let expected = [
            (Fate::Standing, "Dán biển báo", "Bình"),
            (Fate::Chosen, "Dán biển báo", "Bình"),
            (Fate::PassedOver, "Mở lối thoát", "An"),
        ];
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(expected.iter().all(|it| told.contains(it)), "{told:?}");
    }
}

#[test]
fn what_came_late_replaces_nothing_signed_until_its_author_chose_it() {
    for (first, second) in [(Verdict::Fail, Verdict::Pass), (Verdict::Pass, Verdict::Fail)] {
        for signs in [true, false] {
            let (city, an, binh, inspection) = apart_offline(first, second, signs);
            let binh = binh.crash();
            let worst = if first == Verdict::Fail { "An" } else { "Bình" };
            assert_eq!(standing(&binh, inspection).len(), 2);
            assert_eq!(standing(&binh, inspection)[0], says(Verdict::Fail, worst), "both are shown, the worst first");
            assert_eq!((standing(&an, inspection), an.clashes().len()), (vec![says(first, "An")], 0));
            let clash = to_settle(&binh, inspection, "i/ESC-02");
            assert_eq!(
                (keep(&binh, &clash, "Bình"), keep(&binh, &clash, "Bình")),
                (vec![], vec![]),
                "a second tap too"
            );
            assert_eq!(standing(&binh, inspection), [says(second, "Bình")]);
            let said = binh.item(inspection, "ESC-02").statements.remove(0);
            assert_eq!(said.chosen_by.map(|by| by.person_name).as_deref(), Some("Bình"), "knowing the other");
            binh.finish(inspection);
            [&binh, &an].into_iter().for_each(Device::sync);
            for device in [&an, &binh, &Device::officer(&city, "Chi", 3)] {
                assert_eq!(standing(device, inspection), [says(second, "Bình")]);
                let before = device.item(inspection, "ESC-02").superseded;
                assert_eq!((before.len(), &before[0].answer), (1, &Some(Answer::Verdict(first))), "nothing is lost");
                assert_eq!(findings(device).len(), usize::from(second == Verdict::Fail));
                let remarks = device.open(inspection).remarks;
                let told = remarks.iter().filter(|it| it.field == "i/ESC-02").count();
                assert_eq!(
                    told,
                    usize::from(first == Verdict::Fail),
                    "who reviews is told that a failure was replaced"
                );
            }
            assert_eq!((an.unsent().quarantined, binh.unsent().quarantined), (0, 0));
        }
    }
}

#[test]
fn who_keeps_what_is_signed_gives_the_own_up() {
    for (first, second) in [(Verdict::Fail, Verdict::Pass), (Verdict::Pass, Verdict::Fail)] {
        let (_city, an, binh, inspection) = apart_offline(first, second, true);
        let clash = to_settle(&binh, inspection, "i/ESC-02");
        assert_eq!(keep(&binh, &clash, "An"), []);
        [&binh, &an].into_iter().for_each(Device::sync);
        for device in [&an, &binh] {
            assert_eq!(standing(device, inspection), [says(first, "An")]);
            let view = device.open(inspection);
            assert_eq!(
                (view.late.len(), view.open_supplement, view.seals.len()),
                (0, None, 1),
                "nothing is left of it"
            );
            assert_eq!(findings(device).len(), usize::from(first == Verdict::Fail));
        }
        assert!(device_is_done(&binh) && device_is_done(&an));
    }
}

fn device_is_done(device: &Device) -> bool {
    device.today().late.is_empty() && device.unsent().is_safe_to_wipe()
}

#[test]
fn of_late_work_only_what_is_given_up_falls() {
    let (_city, an, binh, inspection) = two_officers();
    for (device, verdict) in [(&an, Verdict::Pass), (&binh, Verdict::Fail)] {
        device.verdict(inspection, "ESC-01", Verdict::Pass, "");
        device.verdict(inspection, "ESC-02", verdict, "");
    }
    require(&binh, inspection, Severity::Major, "Mở lối thoát");
    binh.verdict(inspection, "ESC-03", Verdict::Pass, "tầng 3");
    an.finish(inspection);
    [&an, &binh].into_iter().for_each(Device::sync);
    keep(&binh, &to_settle(&binh, inspection, "i/ESC-02"), "An");
    let late = &binh.today().late[0];
    assert_eq!(late.answers, 1, "the other answer waits");
    binh.finish(inspection);
    [&binh, &an].into_iter().for_each(Device::sync);
    assert_eq!(standing(&an, inspection), [says(Verdict::Pass, "An")]);
    assert_eq!(an.item(inspection, "ESC-03").statements[0].note, "tầng 3");
    assert_eq!(findings(&an).len(), 0);
}

#[test]
fn findings_that_differ_are_settled_and_a_new_answer_settles_too() {
    for anew in [false, true] {
        let (_city, an, binh, inspection) = two_officers();
        for (device, severity, remedy) in
            [(&an, Severity::Critical, "Mở lối thoát"), (&binh, Severity::Minor, "Dán biển")]
        {
            device.verdict(inspection, "ESC-01", Verdict::Pass, "");
            device.verdict(inspection, "ESC-02", Verdict::Fail, "");
            require(device, inspection, severity, remedy);
            device.finish(inspection);
        }
        [&an, &binh].into_iter().for_each(Device::sync);
        let clash = to_settle(&binh, inspection, "f/ESC-02/detail");
        assert_eq!(
            binh.item(inspection, "ESC-02").finding.map(|it| it.severity),
            Some(Severity::Critical),
            "the graver"
        );
        if anew {
            binh.verdict(inspection, "ESC-02", Verdict::Fail, "");
        } else {
            keep(&binh, &clash, "Bình");
        }
        assert_eq!(binh.clashes(), []);
        binh.finish(inspection);
        [&binh, &an].into_iter().for_each(Device::sync);
        assert_eq!(an.item(inspection, "ESC-02").finding.map(|it| it.severity), Some(Severity::Minor));
    }
}

#[test]
fn a_place_from_far_away_stands_only_where_its_author_chose_it() {
    for keeps in ["An", "Bình"] {
        let (_city, an, binh, inspection) = two_officers();
        for (device, latitude) in [(&an, 20.99), (&binh, 21.02)] {
            device.pass_required(inspection);
            device.tell::<Value>(json!({
                "command": "position_set", "inspection": inspection,
                "position": { "latitude": latitude, "longitude": 105.81, "accuracy_m": 6.0, "source": "device" },
            }));
        }
        an.finish(inspection);
        [&an, &binh].into_iter().for_each(Device::sync);
        let sign = json!({ "command": "inspection_finish", "id": inspection });
        assert_eq!(binh.refused(sign.clone()), ErrorCode::RecordIncomplete);
        let [clash] = <[Clash; 1]>::try_from(binh.clashes()).expect("one clash: where it was made");
        assert_eq!(clash.values.len(), 2);
        assert_eq!(keep(&binh, &clash, keeps), []);
        let (late, latitude) = if keeps == "An" { (0, 20.99) } else { (1, 21.02) };
        assert_eq!(binh.today().late.len(), late);
        if late == 1 {
            binh.tell::<Value>(sign);
        }
        [&binh, &an].into_iter().for_each(Device::sync);
        for device in [&an, &binh] {
            assert_eq!(device.open(inspection).position.map(|it| it.latitude), Some(latitude), "{keeps}");
        }
        assert!(device_is_done(&an) && device_is_done(&binh));
    }
}
