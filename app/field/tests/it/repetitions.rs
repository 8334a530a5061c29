//! What a checklist asks of each of several: officers add storeys and take them out, alone and apart.

use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::register::Answer;
use ancu_shared::template::outline::{Container, Repeat};
use ancu_shared::template::{Group, Input, PhotoRule, Template};
use serde_json::{Value, json};

use crate::city::City;
use crate::office::{Device, item, template, words};

/// The checklist with storeys, of which each has a number of exits.
fn storeys() -> Template {
    let number = Input::Number { unit: words(""), min: None, max: None, whole: true, step: None, threshold: None };
    let repeat = Some(Repeat::default());
    let storey = Container { code: "storey".into(), within: None, title: words("Tầng"), relevant: None, repeat };
    let mut template = template();
    template.schema = 4;
    template.groups.push(Group {
        code: "storey".into(),
        title: words("Tầng"),
        relevant: None,
        within: Some("storey".into()),
        items: vec![item("exits", number, PhotoRule::Optional, true)],
    });
    template.outline.push(storey);
    template
}

fn two() -> (City, Device, Device, DocumentId) {
    let city = City::new(&storeys());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer(&city, "Bình", 2));
    let facility = an.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
    let inspection = an.inspect(facility);
    an.sync();
    binh.sync();
    (city, an, binh, inspection)
}

fn add(device: &Device, inspection: DocumentId) -> String {
    let added: Value = device.tell(json!({ "command": "repetition_add", "inspection": inspection, "place": "storey" }));
    added["item"]["code"].as_str().and_then(|code| code.strip_prefix("storey.")).expect("a name").to_owned()
}

fn remove(device: &Device, inspection: DocumentId, name: &str) {
    let repetition = format!("storey.{name}");
    device.tell::<Value>(json!({ "command": "repetition_remove", "inspection": inspection, "repetition": repetition }));
}

fn exits(device: &Device, inspection: DocumentId, name: &str, number: f64) {
    let item = format!("exits.{name}");
    let answer = Answer::Number(number);
    device.tell::<Value>(json!({ "command": "answer", "inspection": inspection, "item": item, "answer": answer }));
}

fn there(device: &Device, inspection: DocumentId) -> Vec<String> {
    device.open(inspection).form.expect("rules").repetitions["storey"].clone()
}

#[test]
fn storeys_are_added_and_taken_out_and_both_officers_agree() {
    let (_city, an, binh, inspection) = two();
    assert_eq!(there(&an, inspection), ["1"]);
    let before = an.open(inspection).summary.progress.total;
    exits(&an, inspection, "1", 2.0);
    let (ans, binhs) = (add(&an, inspection), add(&binh, inspection));
    exits(&an, inspection, &ans, 1.0);
    exits(&binh, inspection, &binhs, 3.0);
    let an = an.crash();
    for device in [&an, &binh, &an] {
        device.sync();
    }
    for device in [&an, &binh] {
        assert!(device.engine.status().expect("status").safe_to_wipe, "the server took all of it");
    }
    assert_eq!(there(&an, inspection), there(&binh, inspection));
    let all = there(&an, inspection);
    assert!(all.len() == 3 && all[0] == "1" && all.contains(&ans) && all.contains(&binhs), "{all:?}");
    let view = an.open(inspection);
    assert_eq!((view.summary.progress.total, view.summary.progress.clashes), (before + 2, 0));
    let sections: Vec<_> = view.groups.iter().map(|group| group.code.clone()).collect();
    assert_eq!(sections[1..], all.iter().map(|name| format!("storey.{name}")).collect::<Vec<_>>());

    // One takes out what the other goes on with: it stays, and nobody is asked which it is.
    remove(&an, inspection, &binhs);
    exits(&binh, inspection, &binhs, 4.0);
    for device in [&an, &binh, &an] {
        device.sync();
    }
    assert_eq!(there(&an, inspection).len(), 2, "Bình said nothing of whether it is there");
    assert_eq!(there(&an, inspection), there(&binh, inspection));
    assert!(an.clashes().is_empty() && binh.clashes().is_empty());
    let kept = an.open(inspection).items.into_iter().find(|item| item.code == format!("exits.{binhs}"));
    assert_eq!(kept.expect("kept").statements[0].answer, Some(Answer::Number(4.0)));
    // The first is taken out like any other.
    remove(&an, inspection, "1");
    assert_eq!(there(&an, inspection), [ans]);
}

#[test]
fn what_is_no_storey_is_refused_in_words() {
    let (_city, an, _binh, inspection) = two();
    let ask = |command: Value| an.ask::<Value>(command).expect_err("it is refused");
    for place in ["storey.1", "exits", "cellar", ""] {
        let refused = ask(json!({ "command": "repetition_add", "inspection": inspection, "place": place }));
        assert_eq!(refused.known_code(), ErrorCode::ItemUnknown, "{place}");
        assert_eq!(refused.details.expect("places")["places"], json!(["storey"]));
    }
    for repetition in ["storey.zzzzzz", "storey", "exits.1"] {
        let refused =
            ask(json!({ "command": "repetition_remove", "inspection": inspection, "repetition": repetition }));
        assert!(matches!(refused.known_code(), ErrorCode::NotFound | ErrorCode::ItemUnknown), "{repetition}");
    }
    // Where a repetition is told is no question.
    let answer = json!({ "command": "answer", "inspection": inspection, "item": "storey.1", "answer": null });
    assert_eq!(ask(answer).known_code(), ErrorCode::ItemUnknown);
    assert_eq!(there(&an, inspection), ["1"]);
}
