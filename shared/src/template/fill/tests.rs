use super::*;
use crate::id::ActorId;
use crate::record::register::Severity;
use crate::record::value::OperationId;
use crate::template::outline::{Container, Repeat};
use crate::template::{Choice, Group, Input, PhotoRule, Rules, Words};
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
    Group { code: code.into(), title: Words::default(), relevant: relevant.map(str::to_owned), within: None, items }
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
        outline: Vec::new(),
        tables: Vec::new(),
        citations: Vec::new(),
    }
}

/// Storeys; for tall houses a section on stairs whose width must be at most their number.
fn house() -> Template {
    let fuel = |code: &str| Choice {
        code: code.into(),
        label: Words { vi: format!("Bếp {code}"), en: code.into() },
        columns: BTreeMap::new(),
    };
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

#[test]
fn what_stands_in_a_counted_repetition_comes_back_with_it() {
    let container = |code: &str, around: Option<&str>, count: Option<&str>| Container {
        code: code.into(),
        within: around.map(str::to_owned),
        title: Words::default(),
        relevant: None,
        repeat: Some(Repeat { count: count.map(str::to_owned) }),
    };
    let within = |code: &str, items| Group { within: Some(code.to_owned()), ..group(code, None, items) };
    let all = Rules { calculate: Some("count-non-empty(${width})".to_owned()), ..Rules::default() };
    let template = Template {
        outline: vec![container("storey", None, Some("${storeys}")), container("door", Some("storey"), None)],
        ..template(vec![
            group("begin", None, vec![item("storeys", number(), Rules::default())]),
            within("door", vec![item("width", number(), Rules::default())]),
            group("end", None, vec![item("all", Input::Calculated, all)]),
        ])
    };
    let said = [place("door.2.k3f9a2", 2.0), place("width.2.k3f9a2", 8.0), place("width.2.1", 4.0)];
    let kept = Kept::default();
    for (storeys, count) in [(2.0, "2"), (1.0, "0"), (2.0, "2"), (0.0, "0"), (3.0, "2")] {
        let items = [&[place("storeys", storeys)], &said[..]].concat();
        let told = kept.state(VISIT, &template, &items, BEGUN).expect("rules");
        assert_eq!(told, state(&template, &items), "kept between answers or afresh: the same");
        assert_eq!(told.values["all"], count, "{storeys}");
        assert_eq!(told.repetitions.get("door.2").map(Vec::len), (storeys > 1.0).then_some(2));
    }
}

/// Storeys that officers add, each with rooms whose number is answered; labels that quote.
fn storeys() -> Template {
    let within = |code: &str, items| Group { within: Some(code.to_owned()), ..group(code, None, items) };
    let container = |code: &str, around: Option<&str>, count: Option<&str>| Container {
        code: code.into(),
        within: around.map(str::to_owned),
        title: Words { vi: code.to_owned(), en: String::new() },
        relevant: None,
        repeat: Some(Repeat { count: count.map(str::to_owned) }),
    };
    let quoting = Words { vi: "Tầng ${at}: mấy lối?".into(), en: "How many?".into() };
    let at = Rules { calculate: Some("position(..)".to_owned()), ..Rules::default() };
    let all = Rules { calculate: Some("sum(${exits})".to_owned()), ..Rules::default() };
    let exits = Item { title: quoting, required: true, ..item("exits", number(), Rules::default()) };
    let own = Rules { constraint: Some(". <= ${exits}".to_owned()), ..Rules::default() };
    Template {
        outline: vec![container("storey", None, None), container("room", Some("storey"), Some("${exits}"))],
        ..template(vec![
            within("storey", vec![item("at", Input::Calculated, at), exits]),
            within("room", vec![item("doors", number(), own)]),
            group("end", None, vec![item("all", Input::Calculated, all)]),
        ])
    }
}

fn place(code: &str, at: f64) -> ItemView {
    said(code, Answer::Number(at))
}

#[test]
fn each_repetition_is_asked_for_itself() {
    let template = storeys();
    let first = state(&template, &[]);
    assert_eq!(first.repetitions["storey"], ["1"], "the first is there from the start");
    let items = [place("storey.k3f9a2", 2.0), place("exits.1", 1.0), place("exits.k3f9a2", 2.0)];
    let told = state(&template, &items);
    assert_eq!(told.repetitions["storey"], ["1", "k3f9a2"]);
    assert_eq!((told.repetitions["room.1"].len(), told.repetitions["room.k3f9a2"].len()), (1, 2));
    assert_eq!((told.values["at.1"].as_str(), told.values["at.k3f9a2"].as_str()), ("1", "2"));
    assert_eq!(told.values["all"], "3");
    assert_eq!(told.texts["exits.k3f9a2"].title.as_ref().map(|it| it.vi.as_str()), Some("Tầng 2: mấy lối?"));
    let grown = template.grown(Some(&told));
    let codes: Vec<_> = grown.groups.iter().map(|group| group.code.as_str()).collect();
    assert_eq!(codes, ["storey.1", "room.1.1", "storey.k3f9a2", "room.k3f9a2.1", "room.k3f9a2.2", "end"]);
    assert_eq!(grown.groups[4].title.vi, "storey 2 › room 2");
    // Each reads its own: two doors are too many where there is one exit.
    let more = [items.to_vec(), vec![place("doors.1.1", 2.0), place("doors.k3f9a2.2", 2.0)]].concat();
    assert_eq!(state(&template, &more).invalid, ["doors.1.1"]);
}

#[test]
fn repetitions_come_and_go_and_lose_nothing() {
    let template = storeys();
    let kept = Kept::default();
    let agree = |items: &[ItemView]| {
        let evaluated = kept.state(VISIT, &template, items, BEGUN).expect("rules");
        assert_eq!(evaluated, state(&template, items), "kept between answers or afresh: the same");
        evaluated
    };
    let out = |code: &str| {
        let mut view = place(code, 1.0);
        view.statements[0].answer = None;
        view
    };
    let answers = vec![place("exits.1", 1.0), place("exits.bbbbbb", 2.0), place("doors.bbbbbb.2", 1.0)];
    let with = |more: &[ItemView]| [answers.clone(), more.to_vec()].concat();
    assert_eq!(agree(&answers).values["all"], "1", "what stands in a repetition that is not there is read by nobody");
    let both = with(&[place("storey.bbbbbb", 2.0)]);
    assert_eq!(agree(&both).values["all"], "3");
    // Another officer's comes in before it.
    let three = with(&[place("storey.bbbbbb", 2.0), place("storey.aaaaaa", 2.0), place("exits.aaaaaa", 4.0)]);
    let told = agree(&three);
    assert_eq!(told.repetitions["storey"], ["1", "aaaaaa", "bbbbbb"]);
    assert_eq!((told.values["all"].as_str(), told.values["at.bbbbbb"].as_str()), ("7", "3"));
    let fewer = with(&[place("storey.bbbbbb", 2.0), out("storey.1")]);
    let told = agree(&fewer);
    assert_eq!((&told.repetitions["storey"][..], told.values["all"].as_str()), (&["bbbbbb".to_owned()][..], "2"));
    assert_eq!(agree(&[out("storey.1")]).repetitions["storey"], Vec::<String>::new());
    assert_eq!(agree(&both).values["all"], "3", "it is there again, with its answers");
    // Where one takes out what another one has, it stays.
    let mut clash = place("storey.bbbbbb", 2.0);
    clash.statements.insert(0, out("storey.bbbbbb").statements.remove(0));
    assert_eq!(agree(&with(&[clash])).repetitions["storey"], ["1", "bbbbbb"]);
}

#[test]
fn only_what_fits_is_offered_and_what_was_chosen_before_is_told() {
    let option = |code: &str, of: &str| Choice {
        code: code.into(),
        label: Words { vi: format!("{code} của ${{district}}"), en: code.into() },
        columns: [("district".to_owned(), of.to_owned())].into(),
    };
    let wards = Input::Choice { options: vec![option("hb", "hk"), option("lh", "dd")], failing: Vec::new() };
    let offered = Rules { offered: Some("district = ${district}".to_owned()), ..Rules::default() };
    let fixed = Rules { read_only: Some("${ward} != ''".to_owned()), ..Rules::default() };
    let template = template(vec![group(
        "A",
        None,
        vec![
            item("district", Input::Text, Rules::default()),
            item("ward", wards, offered),
            item("remark", Input::Text, fixed),
        ],
    )]);
    let of = |district: &str| said("district", Answer::Text(district.into()));
    assert!(state(&template, &[]).offered["ward"].is_empty());
    let chosen = said("ward", Answer::Choice("hb".into()));
    let fits = state(&template, &[of("hk"), chosen.clone()]);
    assert_eq!((&fits.offered["ward"][..], fits.invalid.len()), (&["hb".to_owned()][..], 0));
    assert_eq!(fits.read_only, ["remark"]);
    assert_eq!(fits.texts["ward"].options["hb"], Words { vi: "hb của hk".into(), en: "hb".into() });
    let moved = state(&template, &[of("dd"), chosen]);
    assert_eq!((&moved.offered["ward"][..], &moved.invalid[..]), (&["lh".to_owned()][..], &["ward".to_owned()][..]));
    assert!(moved.read_only.is_empty(), "a choice that is not offered is read by nobody");
}

#[test]
fn what_is_offered_first_may_follow_from_other_answers() {
    let offered = |formula: &str| Rules { default: Some(formula.to_owned()), ..Rules::default() };
    let template = template(vec![group(
        "A",
        None,
        vec![
            item("storeys", number(), Rules::default()),
            item("exits", number(), offered("${storeys} * 2")),
            item("day", Input::Date, offered("today()")),
            item("at", Input::Moment, offered("now()")),
            item("bad", Input::Date, offered("'soon'")),
        ],
    )]);
    let empty = state(&template, &[]);
    let day = Answer::Date(jiff::civil::date(2026, 11, 22));
    let expected = BTreeMap::from([("day".to_owned(), day), ("at".to_owned(), Answer::Moment(BEGUN))]);
    assert_eq!(empty.suggestions, expected, "what is no answer is not offered");
    let told = state(&template, &[said("storeys", Answer::Number(3.0))]);
    assert_eq!(told.suggestions.get("exits"), Some(&Answer::Number(6.0)));
    let grown = template.grown(Some(&told));
    assert_eq!(grown.item("exits").and_then(|item| item.suggestion.clone()), Some(Answer::Number(6.0)));
}
