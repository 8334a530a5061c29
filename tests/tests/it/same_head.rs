//! A household head whose phone is shut, or whose PIN is forgotten, comes back as the same person by an officer's code.

use serde_json::{Value, json};
use tests::device::{Device, PIN};
use tests::server::Server;
use tests::story::text;

const WRONG_PIN: &str = "270915";
const NEW_PIN: &str = "480913";

fn declare(head: &Device, exits: &str) -> Value {
    let declaration = json!({
        "address": "Số 12 ngõ 29 Khương Hạ", "apartment_code": "P.302", "head_name": "Trần Thị Hoa",
        "head_phone": "0900000000", "house_template": "mini_apartment", "storeys": 6, "apartments": 18, "exits": exits,
        "residents": 4, "elderly": 1, "children_under_6": 1, "need_help": 0, "help_note": "",
    });
    head.call(json!({ "command": "declaration_save", "declaration": declaration }));
    head.call(json!({ "command": "declaration_submit" }))
}

fn invite(officer: &Device, facility: &Value) -> String {
    text(&officer.call(json!({ "command": "invite", "facility": facility }))["link"]).to_owned()
}

#[test]
fn a_head_whose_phone_is_shut_or_whose_pin_is_forgotten_comes_back_as_the_same_person() {
    let mut server = Server::start();
    let officer = Device::new("Máy của cán bộ");
    officer.enrol(&server.link("canbo1"));
    officer.sync();
    let listed = officer.call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 100 }));
    let facility = listed["items"][3]["id"].clone();
    let head = Device::new("Điện thoại của chủ hộ");
    head.enrol(&invite(&officer, &facility));
    let heads_path = format!("/api/v1/facilities/{}/household-heads", text(&facility));
    let console = server.console("canbo1");
    let heads = console.get(&heads_path);
    let [known] = heads.as_array().expect("a list").as_slice() else { panic!("one head: {heads}") };
    assert_eq!((text(&known["name"]), &known["may_renew"]), ("Trần Thị Hoa", &json!(true)), "{known}");
    let id = text(&known["id"]).to_owned();
    assert!(
        server.command(&["user", "list", "--heads"]).expect("a list").contains(&id),
        "the command line tells heads"
    );
    let code = || {
        let made = console.post(&format!("/api/v1/household-heads/{id}/enrolment-codes"), &json!({}));
        text(&made["link"]).to_owned()
    };

    // A declaration that is not sent, and ten wrong PINs.
    server.kill();
    declare(&head, "Một thang bộ.");
    for _ in 0..10 {
        head.run(WRONG_PIN, &["call", &json!({ "command": "declaration" }).to_string()]).expect_err("a wrong PIN");
    }
    server.up();
    let invitation = invite(&officer, &facility);
    let refused = head.try_enrol(&invitation, PIN).expect_err("an invitation is for somebody else");
    assert_eq!(refused.code(), "code_foreign", "{refused:?}");
    assert!(refused.problem.to_string().contains("Chủ hộ đã đăng ký"), "it says the way: {refused:?}");
    assert_eq!(console.get(&heads_path).as_array().map(Vec::len), Some(1), "nobody came into being");
    Device::new("Điện thoại nhà bên").enrol(&invitation);

    head.enrol(&code());
    head.sync();
    officer.sync();
    let sheet = officer.call(json!({ "command": "facility_sheet", "id": facility }));
    let dwellings = sheet["dwellings"].as_array().expect("a list");
    assert_eq!(dwellings.len(), 1, "{sheet}");
    assert_eq!(dwellings[0]["declaration"]["exits"], "Một thang bộ.");

    // Changed, not sent, and the PIN is forgotten.
    server.kill();
    declare(&head, "Một thang bộ, cửa ra mái.");
    head.run(WRONG_PIN, &["aside", "put", "--consequence", "unsent work stays locked"]).expect("set aside");
    server.up();
    let back = head.try_enrol(&code(), NEW_PIN).expect("enrolled anew");
    assert_eq!(back["home"]["facility"], facility, "{back}");
    head.run(NEW_PIN, &["sync"]).expect("an exchange");
    let own = json!({ "command": "declaration" }).to_string();
    let shown = head.run(NEW_PIN, &["call", &own]).expect("the own declaration");
    assert_eq!(shown["declaration"]["exits"], "Một thang bộ.", "what was sent is there again: {shown}");
    let name = text(&back["set_aside"][0]["name"]).to_owned();
    head.run(NEW_PIN, &["aside", "take", &name, "--old-pin", PIN]).expect("taken out with the old PIN");
    head.run(NEW_PIN, &["sync"]).expect("an exchange");
    officer.sync();
    let sheet = officer.call(json!({ "command": "facility_sheet", "id": facility }));
    let dwellings = sheet["dwellings"].as_array().expect("a list");
    assert_eq!(dwellings.len(), 1, "one home, one declaration: {sheet}");
    assert_eq!(dwellings[0]["declaration"]["exits"], "Một thang bộ, cửa ra mái.");
    let heads = console.get(&heads_path);
    let seen =
        heads.as_array().expect("a list").iter().find(|head| head["id"] == id.as_str()).expect("the same person");
    assert!(seen["last_exchange_at"].is_i64(), "{seen}");
}
