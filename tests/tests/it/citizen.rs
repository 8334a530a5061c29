//! A household head: invited at the door, declares without a signal, is confirmed; and gets nothing else, whatever it asks for.

use ancu_shared::clock::UtcMillis;
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::wire::{Cursor, PhotoOffer, PhotoOfferAnswer, PullRequest, PushVerdict, UnitCursor};
use reqwest::Method;
use serde_json::{Value, json};
use tests::device::Device;
use tests::peer::Peer;
use tests::photo;
use tests::server::Server;
use tests::story::text;

fn facilities(device: &Device) -> Vec<Value> {
    let listed = device.call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 100 }));
    listed["items"].as_array().expect("a list").clone()
}

#[test]
fn a_head_declares_offline_and_an_officer_confirms() {
    let mut server = Server::start();
    let officer = Device::new("Máy của cán bộ");
    officer.enrol(&server.link("canbo1"));
    officer.sync();
    let facility = facilities(&officer).swap_remove(3);
    server.kill(); // at the door there is no signal
    let invitation = officer.call(json!({ "command": "invite", "facility": facility["id"] }));
    server.up();

    let head = Device::new("Điện thoại của chủ hộ");
    let link = text(&invitation["link"]);
    let preview = head.call(json!({ "command": "enrol_preview", "link": link }));
    assert_eq!(preview["citizen"], true, "{preview}");
    let status = head.enrol(link);
    assert_eq!(status["citizen"], true, "{status}");
    assert_eq!(status["home"]["facility"], facility["id"]);
    server.kill();
    let declaration = json!({
        "address": "Số 12 ngõ 29 Khương Hạ", "apartment_code": "P.302", "head_name": "Trần Thị Hoa", "head_phone": "0900000000",
        "house_template": "mini_apartment", "storeys": 6, "apartments": 18, "exits": "Một thang bộ, cửa ra mái.",
        "residents": 4, "elderly": 1, "children_under_6": 1, "need_help": 1, "help_note": "Tầng 3: một người đi xe lăn.",
    });
    head.call(json!({ "command": "declaration_save", "declaration": declaration }));
    let submitted = head.call(json!({ "command": "declaration_submit" }));
    assert_eq!(submitted["state"], "submitted", "{submitted}");
    server.up();
    head.sync();

    officer.sync();
    let sheet = officer.call(json!({ "command": "facility_sheet", "id": facility["id"] }));
    let dwelling = &sheet["dwellings"][0];
    assert_eq!(dwelling["declaration"]["need_help"], 1, "{dwelling}");
    assert_eq!(dwelling["declaration"]["head_name"], "Trần Thị Hoa");
    assert_eq!(dwelling["state"], "submitted");
    let decide = |decision: &str, words: &str| {
        officer.call(json!({
            "command": "declaration_decide", "dwelling": dwelling["id"], "decision": decision, "words": words,
        }))
    };
    let asked = decide("returned", "Xin ghi rõ lối ra mái.");
    assert_eq!(asked["state"], "needs_fix", "{asked}");
    officer.sync();
    head.sync();
    let shown = head.call(json!({ "command": "declaration" }));
    assert_eq!((text(&shown["state"]), text(&shown["decided"]["words"])), ("needs_fix", "Xin ghi rõ lối ra mái."));
    let mut corrected = declaration.clone();
    corrected["exits"] = json!("Một thang bộ; cửa ra mái ở tầng 6, chìa treo cạnh cửa.");
    head.call(json!({ "command": "declaration_save", "declaration": corrected }));
    head.call(json!({ "command": "declaration_submit" }));
    head.sync();
    officer.sync();
    let confirmed = decide("approved", "");
    assert_eq!(confirmed["state"], "verified", "{confirmed}");
    assert_eq!(confirmed["declaration"]["exits"], corrected["exits"]);
    officer.sync();
    head.sync();
    let shown = head.call(json!({ "command": "declaration" }));
    assert_eq!(shown["state"], "verified", "{shown}");
    assert!(facilities(&head).is_empty(), "the ward's premises are not on the head's phone");

    // The invitation was for one phone.
    let second = Device::new("Điện thoại khác");
    let refused = second.try_enrol(link, tests::device::PIN).expect_err("an invitation works once");
    assert_eq!(refused.code(), "code_used", "{refused:?}");
}

/// The head's token in the hands of somebody who writes requests by hand.
#[test]
fn a_citizens_token_opens_nothing_but_its_own_records() {
    let server = Server::start();
    let officer = Device::new("Máy của cán bộ");
    officer.enrol(&server.link("canbo1"));
    officer.sync();
    let premises = facilities(&officer);
    let started = officer.call(json!({ "command": "inspection_start", "facility": premises[0]["id"] }));
    let inspection = text(&started["summary"]["id"]).to_owned();
    let reference = &started["summary"]["template"];
    let template =
        officer.call(json!({ "command": "template", "code": reference["code"], "version": reference["version"] }));
    let item = text(&template["groups"][0]["items"][0]["code"]);
    let with_photo = officer.add_photo(&inspection, item, &photo::camera_jpeg(800, 600, 1, 1, None));
    let officers_photo = text(&with_photo["photos"][0]["hash"]).to_owned();
    officer.sync();
    let invitation = officer.call(json!({ "command": "invite", "facility": premises[1]["id"] }));
    let mut head = Peer::enrol(&server, text(&invitation["link"]), 41).expect("the invitation is good");
    let home = head.enrolled.context.home.clone().expect("a home");

    // Its own unit's feed, from the beginning and from a made-up place: not one record of anybody else.
    let somewhere: Option<Cursor> = "v1:zzzz:0".parse().ok();
    let other_unit = head.enrolled.context.units.iter().map(|unit| unit.id).find(|unit| *unit != home.unit);
    for unit in [Some(home.unit), other_unit].into_iter().flatten() {
        for cursor in [None, somewhere.clone()] {
            let answer =
                head.pull(&PullRequest { cursors: vec![UnitCursor { unit, cursor }], ..PullRequest::default() });
            let envelopes: usize = answer.units.iter().map(|page| page.envelopes.len()).sum();
            assert_eq!(envelopes, 0, "a record that is not the head's");
        }
    }
    let everything = head.pull(&PullRequest::default());
    assert!(everything.units.iter().all(|page| page.envelopes.is_empty()), "an open question gets no more");
    assert!(
        everything
            .authors
            .iter()
            .all(|author| author.verified(&head.enrolled.server).is_some_and(|who| who.key == head.secret.public()))
    );

    // An officer's photo by its hash; whether it is there is not said either.
    let photo = head.request(Method::GET, &format!("/sync/v1/photos/{officers_photo}")).send().expect("an answer");
    assert_eq!(photo.status().as_u16(), 404, "{:?}", photo.text());
    let offer = PhotoOffer { hashes: vec![officers_photo.parse().expect("a hash")] };
    let answer: PhotoOfferAnswer = head.call("/sync/v1/photos/offer", &offer).expect("an answer");
    assert!(answer.held.is_empty(), "the offer tells that the server holds an officer's photo");

    // The console's API does not know device tokens.
    for path in ["/api/v1/facilities", "/api/v1/inspections", "/api/v1/users", "/api/v1/devices", "/api/v1/quarantine"]
    {
        let answer = head.request(Method::GET, path).send().expect("an answer");
        assert_eq!(answer.status().as_u16(), 401, "{path}");
    }

    // Records that a head may not write, or not there, are kept apart and reach nobody.
    let at = UtcMillis(head.enrolled.context.clock.0);
    let facility_text = home.facility.to_string();
    let officers_facility = text(&premises[0]["id"]).to_owned();
    let attacks = [
        (RecordKind::Facility, home.unit, vec![("h/schema", Scalar::Int(1)), ("h/name", Scalar::from("Nhà của tôi"))]),
        (
            RecordKind::Inspection,
            home.unit,
            vec![("h/schema", Scalar::Int(1)), ("h/facility", Scalar::from(facility_text.as_str()))],
        ),
        (
            RecordKind::Review,
            home.unit,
            vec![("h/schema", Scalar::Int(1)), ("h/subject", Scalar::from(inspection.as_str()))],
        ),
        (
            RecordKind::Dwelling,
            home.unit,
            vec![("h/schema", Scalar::Int(1)), ("h/facility", Scalar::from(officers_facility.as_str()))],
        ),
    ];
    for (kind, unit, puts) in attacks {
        let (_, envelope) = head.record(kind, unit, at, &puts);
        let verdicts = head.push(&[envelope]);
        assert!(matches!(verdicts[0], PushVerdict::Quarantined { .. }), "{kind:?}: {verdicts:?}");
    }
    let status = officer.sync();
    assert_eq!(status["unsent"]["quarantined"], 0, "{status}");
    assert_eq!(facilities(&officer).len(), premises.len(), "nothing of it reached the officers");
    let quarantine = server.console("duyet1").get("/api/v1/quarantine");
    assert_eq!(quarantine["total"], 4, "a supervisor sees all four: {quarantine}");
}
