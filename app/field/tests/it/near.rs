//! Two officers in a basement: their devices exchange without the server, over this machine's own network.

use std::io::Write as _;

use ancu_field::near::{NearMet, NearStatus};
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::near::PASS_MILLIS;
use ancu_shared::record::register::Verdict;
use serde_json::json;

use crate::city::{City, NOON};
use crate::office::{Device, template};

/// Two officers who both have the premises, and the visit that both began; the server is gone since.
fn in_the_basement(city: &City) -> (Device, Device, DocumentId) {
    let (an, binh) = (Device::officer(city, "An", 1), Device::officer(city, "Bình", 2));
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    an.sync();
    binh.sync();
    let inspection = an.inspect(facility);
    assert_eq!(binh.inspect(facility), inspection, "the same visit");
    city.state().down = true;
    (an, binh, inspection)
}

/// One waits, the other calls by the code.
fn meet(waits: &Device, calls: &Device) -> (NearMet, NearMet) {
    let status: NearStatus = waits.tell(json!({ "command": "near_wait" }));
    let link = status.waiting.expect("it waits").link;
    let engine = waits.engine.clone();
    let called = std::thread::spawn(move || engine.near_called());
    let met: NearMet = calls.tell(json!({ "command": "near_meet", "whom": link }));
    let told = called.join().expect("it ends").expect("it was called");
    waits.tell::<NearStatus>(json!({ "command": "near_stop" }));
    (told, met)
}

fn note(device: &Device, inspection: DocumentId, item: &str) -> Option<String> {
    let view = device.open(inspection);
    let item = view.items.into_iter().find(|it| it.code == item)?;
    item.statements.first().map(|said| said.note.clone())
}

#[test]
fn each_sees_what_the_other_wrote_and_either_brings_it_to_the_server() {
    let city = City::new(&template());
    let (an, binh, inspection) = in_the_basement(&city);
    an.verdict(inspection, "ESC-01", Verdict::Fail, "cửa khóa");
    binh.verdict(inspection, "ESC-02", Verdict::Pass, "mở được");
    let (waited, called) = meet(&an, &binh);
    assert_eq!((&*called.person_name, &*waited.person_name), ("An", "Bình"));
    assert_eq!((waited.received, waited.sent), (called.sent, called.received));
    assert!(called.received > 0 && called.records == 1, "{called:?}");
    for device in [&an, &binh] {
        assert_eq!(note(device, inspection, "ESC-01").as_deref(), Some("cửa khóa"));
        assert_eq!(note(device, inspection, "ESC-02").as_deref(), Some("mở được"));
        let status = device.engine.status().expect("status");
        assert!(!status.safe_to_wipe && !status.unsent.is_nothing(), "a colleague's word is no receipt: {status:?}");
    }
    // What builds on that goes over alone; nothing else does twice.
    an.verdict(inspection, "ESC-02", Verdict::Fail, "kẹt ở tầng 2");
    let (_, again) = meet(&an, &binh);
    assert_eq!((again.received, again.sent), (1, 0), "{again:?}");
    assert_eq!(note(&binh, inspection, "ESC-02").as_deref(), Some("kẹt ở tầng 2"), "replaced, no clash: it was seen");
    assert!(binh.clashes().is_empty());
    let (_, idle) = meet(&binh, &an);
    assert_eq!((idle.received, idle.sent), (0, 0));
    // Only one of them finds a signal.
    city.state().down = false;
    binh.sync();
    let status = binh.engine.status().expect("status");
    assert!(status.unsent.is_nothing() && status.safe_to_wipe, "{status:?}");
    let third = Device::officer(&city, "Chi", 3);
    third.sync();
    let view = third.open(inspection);
    let said = view.items.iter().find(|it| it.code == "ESC-01").expect("it is at the server");
    assert_eq!(said.statements[0].by.person_name, "An", "and is An's");
    an.sync();
    assert!(an.engine.status().expect("status").safe_to_wipe);
}

#[test]
fn a_signature_waits_for_the_server_and_what_was_answered_does_not() {
    let city = City::new(&template());
    let (an, binh, inspection) = in_the_basement(&city);
    an.pass_required(inspection);
    binh.verdict(inspection, "ESC-03", Verdict::Pass, "có đèn");
    // An had begun to send before signing: the answers are in envelopes of their own.
    assert!(an.try_sync().is_some(), "there is no server");
    an.finish(inspection);
    let (_, called) = meet(&an, &binh);
    assert!(called.received > 0, "{called:?}");
    let view = binh.open(inspection);
    assert!(view.summary.sealed_at.is_none(), "not by a colleague's word");
    assert!(note(&binh, inspection, "ESC-01").is_some(), "what was answered is here");
    // What Bình answered meanwhile came to a sealed record: it waits as ever, and everybody reads the same.
    city.state().down = false;
    for device in [&an, &binh, &an, &binh] {
        device.sync();
    }
    for device in [&an, &binh] {
        assert!(device.open(inspection).summary.sealed_at.is_some());
        let status = device.engine.status().expect("status");
        assert_eq!((status.of_colleagues, status.unsent.waiting), (0, 0), "{status:?}");
    }
    assert_eq!(binh.today().late.len(), 1, "Bình's own late answer, for a supplement");
}

#[test]
fn two_answers_to_one_question_clash_on_both_without_the_server() {
    let city = City::new(&template());
    let (an, binh, inspection) = in_the_basement(&city);
    an.verdict(inspection, "ESC-01", Verdict::Fail, "cửa khóa");
    binh.verdict(inspection, "ESC-01", Verdict::Pass, "mở được");
    meet(&an, &binh);
    for device in [&an, &binh] {
        assert_eq!(device.clashes().len(), 1);
    }
    city.state().down = false;
    for device in [&an, &binh, &an] {
        device.sync();
    }
    assert_eq!((an.clashes().len(), binh.clashes().len()), (1, 1), "one clash, however it came");
}

#[test]
fn strangers_and_old_passes_are_told_nothing() {
    let (city, elsewhere) = (City::new(&template()), City::elsewhere(&template()));
    let (an, binh, inspection) = in_the_basement(&city);
    an.verdict(inspection, "ESC-01", Verdict::Fail, "cửa khóa");
    let stranger = Device::officer(&elsewhere, "Lạ", 4);
    let waiting = |device: &Device| {
        let status: NearStatus = device.tell(json!({ "command": "near_wait" }));
        status.waiting.expect("it waits").link
    };
    let link = waiting(&an);
    let refused = |device: &Device, whom: &str| device.engine.near_meet(whom).expect_err("refused").known_code();
    assert_eq!(refused(&stranger, &link), ErrorCode::NearForeign);
    // Somebody else answers at the address of the code.
    let mut other = link.clone();
    let key = other.split_off(other.find("k=").expect("a key") + 2);
    let theirs = waiting(&stranger);
    let swapped = format!("{}{key}", &theirs[..theirs.find("k=").expect("a key") + 2]);
    assert_eq!(refused(&binh, &swapped), ErrorCode::NearForeign);
    assert_eq!(refused(&binh, "ancu://enrol?x=1"), ErrorCode::NearLinkUnreadable);
    let open = json!({ "command": "inspection_open", "id": inspection });
    assert_eq!(stranger.refused(open), ErrorCode::NotFound);
    // Who says nothing that can be read, or nothing at all, costs a moment, and the next is met.
    let at = link.split(['=', '&']).nth(1).expect("an address");
    for said in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x16, 3, 1, 0xff, 0xff, 1, 0, 0xff]] {
        let mut caller = std::net::TcpStream::connect(at).expect("it waits");
        caller.write_all(said).expect("said");
    }
    assert_eq!(binh.engine.near_meet(&link).expect("met").received, 1);
    // A locked device waits for nobody.
    an.engine.lock().expect("lock");
    assert_eq!(refused(&binh, &link), ErrorCode::NearUnreachable);
    // Weeks without the server.
    let binh = binh.reopen_at(NOON.plus_millis(PASS_MILLIS));
    assert_eq!(refused(&binh, &link), ErrorCode::NearPassExpired);
}
