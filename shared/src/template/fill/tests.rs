use super::*;
use crate::id::ActorId;
use crate::record::register::Severity;
use crate::record::value::OperationId;
use crate::template::{Choice, Group, PhotoRule, Rules, Words};
use crate::view::{Attribution, Statement};

fn item(code: &str, input: Input, rules: Rules) -> Item {
    Item {
        code: code.into(),
        survey: true,
        title: Words::default(),
        hint: Words::default(),
        input,
        severity: Severity::Info,
        photo: PhotoRule::Optional,
        required: false,
        remedy: Words::default(),
        citations: Vec::new(),
        rules,
        suggestion: None,
    }
}

fn number() -> Input {
    Input::Number { unit: Words::default(), min: None, max: None, whole: true, step: None, threshold: None }
}

fn group(code: &str, relevant: Option<&str>, items: Vec<Item>) -> Group {
    Group { code: code.into(), title: Words::default(), relevant: relevant.map(str::to_owned), items }
}

fn template(groups: Vec<Group>) -> Template {
    Template {
        schema: 2,
        code: "form".into(),
        version: "1".into(),
        title: Words::default(),
        notice: Words::default(),
        advisory: false,
        groups,
        citations: Vec::new(),
    }
}

/// Storeys; for tall houses a section on stairs whose width must be at most their number.
fn house() -> Template {
    let fuel = |code: &str| Choice { code: code.into(), label: Words { vi: format!("Bếp {code}"), en: code.into() } };
    let fuels = Input::Choices { options: vec![fuel("gas"), fuel("wood")] };
    let gas = Rules {
        relevant: Some("selected(${fuel}, 'gas')".to_owned()),
        required: Some("${storeys} > 2".to_owned()),
        ..Rules::default()
    };
    let twice = Rules { calculate: Some("${storeys} * 2".to_owned()), ..Rules::default() };
    let since = Rules { constraint: Some(". <= today()".to_owned()), ..Rules::default() };
    let steps = Rules { constraint: Some(". <= ${twice}".to_owned()), ..Rules::default() };
    template(vec![
        group(
            "A",
            None,
            vec![
                item("storeys", number(), Rules::default()),
                item("fuel", fuels, Rules::default()),
                item("gas", Input::Text, gas),
                item("twice", Input::Calculated, twice),
                item("since", Input::Date, since),
            ],
        ),
        group("B", Some("${storeys} > 4"), vec![item("steps", number(), steps)]),
    ])
}

fn said(code: &str, answer: Answer) -> ItemView {
    let by = Attribution::of(None, UtcMillis(0));
    let operation = OperationId { counter: 1, actor: ActorId([1; 16]) };
    let statement = Statement {
        measured: None,
        running: None,
        operation,
        answer: Some(answer),
        note: String::new(),
        by,
        chosen_by: None,
        supplement: false,
        unsigned: false,
    };
    ItemView {
        code: code.into(),
        statements: vec![statement],
        superseded: vec![],
        finding: None,
        finding_said: None,
        photos: vec![],
        comments: vec![],
    }
}

const VISIT: DocumentId = DocumentId(uuid::Uuid::from_bytes([7; 16]));
/// 2026-11-22 in Hà Nội.
const BEGUN: UtcMillis = UtcMillis(1_795_280_400_000);

fn state(template: &Template, items: &[ItemView]) -> FormState {
    Kept::default().state(VISIT, template, items, BEGUN).expect("a template with rules")
}

#[test]
fn answers_decide_what_is_asked_and_what_must_be() {
    let house = house();
    let empty = state(&house, &[]);
    assert_eq!((empty.hidden, empty.required, empty.broken), (vec!["gas".to_owned(), "steps".into()], vec![], false));
    let storeys = |number: f64| said("storeys", Answer::Number(number));
    let fuel = || said("fuel", Answer::Choices(vec!["gas".into(), "wood".into()]));
    let three = state(&house, &[storeys(3.0), fuel()]);
    assert_eq!((three.hidden, three.required), (vec!["steps".to_owned()], vec!["gas".to_owned()]));
    assert_eq!(three.values["twice"], "6");
    let five = state(&house, &[storeys(5.0), fuel(), said("steps", Answer::Number(11.0))]);
    assert_eq!((five.hidden, five.invalid), (vec![], vec!["steps".to_owned()]));
    let six = state(&house, &[storeys(6.0), fuel(), said("steps", Answer::Number(11.0))]);
    assert!(six.invalid.is_empty());
    // What is not asked is not wrong either.
    let four = state(&house, &[storeys(4.0), fuel(), said("steps", Answer::Number(11.0))]);
    assert_eq!((four.hidden, four.invalid), (vec!["steps".to_owned()], vec![]));
}

#[test]
fn today_is_the_day_of_the_visit() {
    let house = house();
    let on = |day| state(&house, &[said("since", Answer::Date(day))]).invalid;
    assert!(on(jiff::civil::date(2026, 11, 22)).is_empty());
    assert_eq!(on(jiff::civil::date(2026, 11, 23)), ["since"]);
}

#[test]
fn an_answer_evaluates_only_what_depends_on_it_and_says_the_same() {
    let many = |count: usize| {
        let items = (0..count).map(|at| {
            let relevant = (at > 0).then(|| format!("${{q{}}} != 'no'", at - 1));
            item(&format!("q{at}"), Input::Text, Rules { relevant, ..Rules::default() })
        });
        template(vec![group("A", None, items.collect())])
    };
    let template = many(600);
    let mut fill = Fill::new(&template, BEGUN).expect("rules");
    let last = [said("q598", Answer::Text("no".into()))];
    assert_eq!(fill.take(&template, &last), Ok(1), "one question depends on it");
    assert_eq!(fill.take(&template, &last), Ok(0), "nothing has changed");
    assert_eq!(fill.state(&template).hidden, ["q599"]);
    // Kept between answers or evaluated afresh: the same.
    let kept = Kept::default();
    let house = house();
    for items in [vec![], vec![said("storeys", Answer::Number(5.0))], vec![said("storeys", Answer::Number(1.0))]] {
        assert_eq!(kept.state(VISIT, &house, &items, BEGUN), Some(state(&house, &items)));
    }
}

#[test]
fn circles_and_strangers_are_named() {
    let circle = Rules { relevant: Some("${b} = 1".to_owned()), ..Rules::default() };
    let back = Rules { relevant: Some("${a} = 1".to_owned()), ..Rules::default() };
    let items = vec![item("a", number(), circle), item("b", number(), back)];
    let error = definition(&template(vec![group("A", None, items)])).expect_err("a circle");
    assert!(error.to_string().contains("circle"), "{error}");
    let lost = Rules { required: Some("${nobody} = 1".to_owned()), ..Rules::default() };
    let error = definition(&template(vec![group("A", None, vec![item("a", number(), lost)])])).expect_err("nobody");
    assert_eq!(error, RuleError::UnknownReference { item: "a".into(), name: "nobody".into() });
}
