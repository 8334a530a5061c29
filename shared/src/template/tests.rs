use std::collections::BTreeSet;

use super::check::{check_answer, failed};
use super::*;
use crate::record::key::Key;
use crate::record::register::{Answer, Position, PositionSource, Verdict};

fn shipped() -> Template {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../sync-server/data/templates/mini_apartment-draft-1.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the shipped template")).expect("a template")
}

fn texts(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        serde_json::Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[test]
fn the_shipped_template_is_whole() {
    let template = shipped();
    let (surveys, checks): (Vec<_>, Vec<_>) = template.items().partition(|item| item.survey);
    assert_eq!((checks.len(), surveys.len(), template.groups.len(), template.schema), (98, 29, 19, 1));
    assert_eq!(template.reference(), TemplateRef { code: "mini_apartment".into(), version: "draft-1".into() });
    assert!(!template.notice.vi.is_empty() && !template.notice.en.is_empty(), "a draft says so");

    let codes: BTreeSet<_> = template.items().map(|item| item.code.as_str()).collect();
    assert_eq!(codes.len(), 127);
    let citations: BTreeSet<_> = template.citations.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(citations.len(), template.citations.len());
    for group in &template.groups {
        assert!(!group.items.is_empty() && !group.title.vi.is_empty() && !group.title.en.is_empty(), "{}", group.code);
        for item in &group.items {
            let code = &item.code;
            assert!(code.starts_with(&group.code), "{code} stands in {}", group.code);
            assert!(Key::parse(&format!("i/{code}")).is_ok(), "{code}");
            assert!(!item.title.vi.is_empty() && !item.title.en.is_empty(), "{code}");
            assert!(
                item.citations.iter().all(|id| citations.contains(id.as_str())),
                "{code} cites {:?}",
                item.citations
            );
            assert_eq!(item.remedy.vi.is_empty(), item.remedy.en.is_empty(), "{code}: a remedy in one language");
            // The domain pack names no remedy for this one check.
            assert!(item.survey || !item.remedy.vi.is_empty() || code == "ESC-06", "{code} has no remedy");
            assert_eq!(item.required, !item.survey || matches!(item.input, Input::Geo { .. }), "{code}");
            match &item.input {
                Input::Choice { options, .. } => {
                    let mut seen = BTreeSet::new();
                    for option in options {
                        assert!(seen.insert(&option.code), "{code} {}", option.code);
                        assert!(
                            option.label.vi != option.code && option.label.en != option.code,
                            "{code} {}",
                            option.code
                        );
                        assert!(option.label.vi.starts_with(char::is_uppercase), "{code} {}", option.label.vi);
                    }
                }
                Input::Number { unit, min, max, .. } => {
                    assert!(!unit.vi.is_empty() && min.zip(*max).is_some_and(|(min, max)| min < max), "{code}");
                }
                Input::Verdict => assert!(!item.survey, "{code}"),
                Input::Text | Input::Date | Input::Geo { .. } => assert!(item.survey, "{code}"),
                other => panic!("{code}: {other:?}"),
            }
        }
    }
    let mut found = Vec::new();
    texts(&serde_json::to_value(&template).expect("json"), &mut found);
    for text in found {
        assert!(unicode_normalization::is_nfc(&text), "{text}");
    }
}

#[test]
fn thresholds_say_whether_their_source_was_read() {
    let template = shipped();
    let thresholds: Vec<_> = template
        .items()
        .filter_map(|item| match &item.input {
            Input::Number { threshold: Some(it), .. } => {
                Some((item.code.as_str(), it.comparison, it.value, it.verified))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        thresholds,
        [
            ("ESC-01", Comparison::AtLeast, 1.0, false),
            ("ESC-04", Comparison::AtLeast, 0.7, false),
            ("ESC-05", Comparison::AtLeast, 0.8, false),
            ("ESC-06", Comparison::AtLeast, 1.9, false),
            ("ESC-07", Comparison::AtLeast, 1.0, false),
        ]
    );
}

fn item(input: Input) -> Item {
    Item {
        code: "X-01".into(),
        survey: false,
        title: Words::default(),
        input,
        severity: Severity::Minor,
        photo: PhotoRule::Optional,
        required: true,
        remedy: Words::default(),
        citations: Vec::new(),
        hint: Words::default(),
        rules: Rules::default(),
        suggestion: None,
    }
}

fn number(min: Option<f64>, max: Option<f64>, whole: bool, threshold: Option<(Comparison, f64)>) -> Input {
    Input::Number {
        step: None,
        unit: Words { vi: "lối".into(), en: "exits".into() },
        min,
        max,
        whole,
        threshold: threshold.map(|(comparison, value)| Threshold { comparison, value, verified: false }),
    }
}

#[test]
fn answers_must_fit_their_question() {
    let choice = || Input::Choice {
        options: vec![Choice {
            code: "co".into(),
            label: Words { vi: "Có".into(), en: "Yes".into() },
            columns: BTreeMap::new(),
        }],
        failing: Vec::new(),
    };
    let geo = |latitude, longitude, accuracy_m| {
        Answer::Geo(Position { latitude, longitude, accuracy_m, source: PositionSource::Device })
    };
    let limited = || number(Some(0.0), Some(20.0), true, None);
    for (input, answer, told) in [
        (Input::Verdict, Answer::Verdict(Verdict::NotApplicable), None),
        (Input::Verdict, Answer::Number(1.0), Some("Pass, Fail or Not applicable")),
        (limited(), Answer::Number(20.0), None),
        (limited(), Answer::Number(-1.0), Some("from 0 to 20 exits")),
        (limited(), Answer::Number(21.0), Some("from 0 to 20 exits")),
        (limited(), Answer::Number(2.5), Some("whole number")),
        (limited(), Answer::Number(f64::NAN), Some("enter a number")),
        (limited(), Answer::Number(f64::INFINITY), Some("enter a number")),
        (limited(), Answer::Text("3".into()), Some("a number")),
        (number(Some(0.5), None, false, None), Answer::Number(0.4), Some("at least 0.5 exits")),
        (number(None, Some(3.0), false, None), Answer::Number(3.5), Some("at most 3 exits")),
        (choice(), Answer::Choice("co".into()), None),
        (choice(), Answer::Choice("Có".into()), Some("one of the options")),
        (Input::Text, Answer::Text("Số 12/GPXD".into()), None),
        (Input::Text, Answer::Text("  ".into()), Some("write something")),
        (Input::Text, Answer::Text("ấ".repeat(4001)), Some("4000 characters")),
        (Input::Date, Answer::Date(jiff::civil::date(2026, 11, 21)), None),
        (Input::Date, Answer::Text("2026-11-21".into()), Some("a day")),
        (Input::Geo { max_accuracy_m: 20.0 }, geo(20.99, 105.81, Some(500.0)), None),
        (Input::Geo { max_accuracy_m: 20.0 }, geo(120.0, 105.81, None), Some("position is not valid")),
        (Input::Geo { max_accuracy_m: 20.0 }, geo(f64::NAN, 105.81, None), Some("position is not valid")),
        (Input::Geo { max_accuracy_m: 20.0 }, geo(20.0, 105.81, Some(-1.0)), Some("position is not valid")),
    ] {
        let item = item(input);
        let result = check_answer(&item, &answer);
        match (told, result) {
            (None, result) => assert_eq!(result, Ok(()), "{answer:?}"),
            (Some(told), Ok(())) => panic!("{answer:?} was let in, not told {told}"),
            (Some(told), Err(problem)) => {
                assert!(problem.en.contains(told), "{answer:?}: {}", problem.en);
                assert!(problem.vi.starts_with("X-01: ") && problem.vi != problem.en, "{}", problem.vi);
                assert_eq!(problem.field.as_deref(), Some("X-01"));
                assert_eq!(problem.known_code(), crate::error::ErrorCode::AnswerInvalid);
            }
        }
    }
}

#[test]
fn a_failure_is_a_verdict_or_a_number_past_its_limit() {
    let at_least = || number(None, None, false, Some((Comparison::AtLeast, 0.8)));
    let at_most = || number(None, None, false, Some((Comparison::AtMost, 2.0)));
    for (input, answer, expected) in [
        (Input::Verdict, Answer::Verdict(Verdict::Fail), true),
        (Input::Verdict, Answer::Verdict(Verdict::Pass), false),
        (Input::Verdict, Answer::Verdict(Verdict::NotApplicable), false),
        (at_least(), Answer::Number(0.79), true),
        (at_least(), Answer::Number(0.8), false),
        (at_most(), Answer::Number(2.0), false),
        (at_most(), Answer::Number(2.01), true),
        (number(None, None, false, None), Answer::Number(0.0), false),
        (Input::Text, Answer::Text("fail".into()), false),
    ] {
        assert_eq!(failed(&item(input), &answer), expected, "{answer:?}");
    }
}
