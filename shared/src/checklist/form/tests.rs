//! Sheets: what follows from an answer, and nothing else; circles and floods named.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::*;
use crate::checklist::expression::{Expression, NoForm};
use crate::clock::{SeededRandom, UtcMillis};

/// A rule as it is written in a form.
fn rule(text: &str) -> Option<Expression> {
    (!text.is_empty()).then(|| Expression::parse(text).expect(text))
}

fn relevant(text: &str) -> Rules {
    Rules { relevant: rule(text), ..Rules::default() }
}

fn calculate(text: &str) -> Rules {
    Rules { calculate: rule(text), ..Rules::default() }
}

fn with<T>(work: impl FnOnce(&mut Surroundings<'_>) -> T) -> T {
    let zone = TimeZone::fixed(jiff::tz::offset(7));
    let mut random = SeededRandom::new(1);
    work(&mut Surroundings {
        now: UtcMillis(1_795_230_000_000),
        zone: &zone,
        language: "vi",
        facts: &NoForm,
        random: &mut random,
    })
}

fn start(definition: Definition) -> (Sheet, Outcome) {
    with(|surroundings| Sheet::start(Arc::new(definition), surroundings)).expect("starts")
}

fn answer(sheet: &mut Sheet, path: &str, text: &str) -> Outcome {
    let node = sheet.node_at(path).expect(path);
    with(|surroundings| sheet.answer(node, text, surroundings)).expect(path)
}

fn read(sheet: &Sheet, path: &str) -> String {
    sheet.node_at(path).map(|node| sheet.text(node)).expect(path)
}

/// A house: storeys repeat, each with a number of apartments; totals; a group asked only of large houses.
fn house() -> DefinitionBuilder {
    let mut form = DefinitionBuilder::new("house");
    let root = form.root();
    let mut add = |parent, name: &str, kind, rules| form.add(parent, name, kind, "", rules).expect(name);
    let constraint = Rules { constraint: rule(". >= 1 and . <= 60"), required: rule("true()"), ..Rules::default() };
    add(root, "storeys", ItemKind::Question, constraint);
    let storey = add(root, "storey", ItemKind::Repeat { count: rule("storeys") }, Rules::default());
    add(storey, "number", ItemKind::Question, calculate("position(..)"));
    add(storey, "apartments", ItemKind::Question, Rules::default());
    add(
        storey,
        "so_far",
        ItemKind::Question,
        calculate("sum(../preceding-sibling::storey/apartments[. != '']) + ../apartments"),
    );
    add(root, "apartments", ItemKind::Question, calculate("sum(/house/storey/apartments[. != ''])"));
    let large = add(root, "large", ItemKind::Group, relevant("/house/apartments > 4"));
    add(large, "second_exit", ItemKind::Question, Rules::default());
    add(large, "reached", ItemKind::Question, calculate("if(../second_exit = 'yes', 'safe', 'unsafe')"));
    add(root, "verdict", ItemKind::Question, calculate("coalesce(/house/large/reached, 'small')"));
    form
}

#[test]
fn an_answer_is_followed_to_its_end() {
    let (mut sheet, _) = start(house().build().expect("a form"));
    assert_eq!(read(&sheet, "/house/verdict"), "small");
    answer(&mut sheet, "/house/storeys", "3");
    let storeys = sheet.nodes_of(sheet.definition().find("/house/storey/apartments").expect("there"));
    assert_eq!(storeys.len(), 3);
    for (node, apartments) in storeys.iter().zip(["2", "1", "2"]) {
        with(|surroundings| sheet.answer(*node, apartments, surroundings)).expect("an answer");
    }
    let of = |sheet: &Sheet, path: &str| -> Vec<String> {
        let item = sheet.definition().find(path).expect(path);
        sheet.nodes_of(item).into_iter().map(|node| sheet.text(node)).collect()
    };
    assert_eq!(of(&sheet, "/house/storey/number"), ["1", "2", "3"]);
    assert_eq!(of(&sheet, "/house/storey/so_far"), ["2", "3", "5"]);
    assert_eq!(read(&sheet, "/house/apartments"), "5");
    assert_eq!(read(&sheet, "/house/verdict"), "unsafe");
    answer(&mut sheet, "/house/large/second_exit", "yes");
    assert_eq!(read(&sheet, "/house/verdict"), "safe");

    // Not relevant any more: kept, read by nobody, and back when it is asked again.
    let first = storeys[0];
    with(|surroundings| sheet.answer(first, "1", surroundings)).expect("an answer");
    assert_eq!(read(&sheet, "/house/verdict"), "small");
    assert!(!sheet.is_relevant(sheet.node_at("/house/large/second_exit").expect("there")));
    with(|surroundings| sheet.answer(first, "9", surroundings)).expect("an answer");
    assert_eq!(read(&sheet, "/house/verdict"), "safe");
    assert_eq!(of(&sheet, "/house/storey/so_far"), ["9", "10", "12"]);

    // Fewer storeys: the last ones go, with their answers.
    answer(&mut sheet, "/house/storeys", "1");
    assert_eq!(read(&sheet, "/house/apartments"), "9");
    assert_eq!(of(&sheet, "/house/storey/number"), ["1"]);
}

#[test]
fn checks_follow_too() {
    let (mut sheet, _) = start(house().build().expect("a form"));
    let node = sheet.node_at("/house/storeys").expect("there");
    assert_eq!(sheet.state(node), State { valid: true, required: true, read_only: false });
    answer(&mut sheet, "/house/storeys", "0");
    assert!(!sheet.state(node).valid);
    answer(&mut sheet, "/house/storeys", "");
    assert!(sheet.state(node).valid, "nothing was answered, so nothing is wrong");
    answer(&mut sheet, "/house/storeys", "2");
    assert!(sheet.state(node).valid);
}

#[test]
fn repetitions_are_added_and_taken_out() {
    let mut form = DefinitionBuilder::new("data");
    let root = form.root();
    let repeat = ItemKind::Repeat { count: None };
    let person = form.add(root, "person", repeat, "", Rules::default()).expect("added");
    form.add(person, "name", ItemKind::Question, "", Rules::default()).expect("added");
    form.add(person, "place", ItemKind::Question, "", calculate("position(..)")).expect("added");
    let names = calculate("join(', ', /data/person/name)");
    form.add(root, "names", ItemKind::Question, "", names).expect("added");
    let (mut sheet, _) = start(form.build().expect("a form"));
    let data = sheet.node_at("/data").expect("there");
    let mut people = sheet.nodes_of(person);
    for _ in 0..2 {
        let (node, _) = with(|surroundings| sheet.add_repetition(data, person, surroundings)).expect("added");
        people.push(node);
    }
    for (person, name) in people.iter().zip(["An", "Bình", "Chi"]) {
        let node = sheet.tree().children_named(*person, "name")[0];
        with(|surroundings| sheet.answer(node, name, surroundings)).expect("an answer");
    }
    assert_eq!(read(&sheet, "/data/names"), "An, Bình, Chi");
    with(|surroundings| sheet.remove_repetition(people[0], surroundings)).expect("removed");
    assert_eq!(read(&sheet, "/data/names"), "Bình, Chi");
    assert_eq!(read(&sheet, "/data/person/place"), "1");
    let wrong = with(|surroundings| sheet.remove_repetition(people[0], surroundings));
    assert_eq!(wrong, Err(SheetError::NotARepetition));
    let wrong = with(|surroundings| sheet.answer(people[0], "x", surroundings));
    assert_eq!(wrong, Err(SheetError::NotAQuestion));
}

#[test]
fn an_answer_evaluates_only_what_depends_on_it() {
    // 600 questions in chains of six, each reading five before it: 3,000 references.
    let mut form = DefinitionBuilder::new("data");
    let root = form.root();
    for chain in 0..100 {
        for link in 0..6 {
            let reads: Vec<String> = (0..link).map(|before| format!("/data/q{chain}_{before}")).collect();
            let rules = if link == 0 { Rules::default() } else { calculate(&format!("{} + 1", reads.join(" + "))) };
            form.add(root, &format!("q{chain}_{link}"), ItemKind::Question, "0", rules).expect("added");
        }
        let other = format!("/data/q{chain}_0 > 0 and /data/q{chain}_5 > 0 or /data/q{}_0 = 9", (chain + 1) % 100);
        form.add(root, &format!("seen{chain}"), ItemKind::Question, "", relevant(&other)).expect("added");
    }
    let definition = form.build().expect("a form");
    assert_eq!((definition.items().count(), definition.references()), (701, 1_800));
    let (mut sheet, outcome) = start(definition);
    assert_eq!(outcome.evaluated, 600);
    let outcome = answer(&mut sheet, "/data/q40_0", "1");
    // Five calculations of its own chain, its own relevance and its neighbour's.
    assert_eq!(outcome.evaluated, 7);
    assert_eq!(read(&sheet, "/data/q40_5"), "32");
    assert_eq!(answer(&mut sheet, "/data/q40_0", "1").evaluated, 0);
}

#[test]
fn circles_are_named() {
    let circle = |rules: &[(&str, Rules)]| {
        let mut form = DefinitionBuilder::new("d");
        let root = form.root();
        for (name, rules) in rules {
            form.add(root, name, ItemKind::Question, "", rules.clone()).expect("added");
        }
        form.build().map(|_| ()).map_err(|error| error.to_string())
    };
    let three = [("a", calculate("/d/b + 1")), ("b", calculate("../c")), ("c", relevant("/d/a > 1"))];
    assert_eq!(circle(&three), Err("the rules go round in a circle: /d/a → /d/b → /d/c".to_owned()));
    assert_eq!(circle(&[("a", relevant(". = ''"))]), Err("the rules go round in a circle: /d/a".to_owned()));
    assert_eq!(circle(&[("a", calculate("once(random())")), ("b", calculate("/d/a"))]), Ok(()));
    assert_eq!(circle(&[("a", calculate("count(//a)"))]), Ok(()));

    let mut form = DefinitionBuilder::new("d");
    let repeat = ItemKind::Repeat { count: rule("/d/r/x") };
    let item = form.add(form.root(), "r", repeat, "", Rules::default()).expect("added");
    form.add(item, "x", ItemKind::Question, "", Rules::default()).expect("added");
    let error = form.build().map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(error, Err("the rules go round in a circle: /d/r → /d/r/x".to_owned()));
}

#[test]
fn floods_are_named() {
    let mut form = DefinitionBuilder::new("d");
    let root = form.root();
    form.add(root, "n", ItemKind::Question, "", Rules::default()).expect("added");
    let outer = form.add(root, "o", ItemKind::Repeat { count: rule("n") }, "", Rules::default()).expect("added");
    let inner = form.add(outer, "i", ItemKind::Repeat { count: rule("/d/n") }, "", Rules::default()).expect("added");
    form.add(inner, "q", ItemKind::Question, "", Rules::default()).expect("added");
    let (sheet, _) = start(form.build().expect("a form"));
    let flood = |text: &str| {
        let mut sheet = sheet.clone();
        let node = sheet.node_at("/d/n").expect("there");
        with(|surroundings| sheet.answer(node, text, surroundings)).map(|outcome| outcome.changed.len())
    };
    assert_eq!(flood("1001"), Err(SheetError::TooManyRepetitions("/d/o".to_owned())));
    assert_eq!(flood("1 div 0"), Ok(1));
    assert_eq!(flood("-3"), Ok(1));
    assert_eq!(flood("10"), Ok(211));

    let mut form = DefinitionBuilder::new("d");
    let mut group = form.root();
    let error = loop {
        match form.add(group, "g", ItemKind::Group, "", Rules::default()) {
            Ok(next) => group = next,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, DefinitionError::TooDeep(_)));

    let mut form = DefinitionBuilder::new("d");
    let root = form.root();
    form.add(root, "a", ItemKind::Question, "", Rules::default()).expect("added");
    form.add(root, "a", ItemKind::Question, "", Rules::default()).expect("added");
    assert_eq!(form.build().map(|_| ()), Err(DefinitionError::NameTwice("/d/a".to_owned())));
}

#[test]
fn a_rule_that_fails_is_reported_and_stops_nothing() {
    let mut form = DefinitionBuilder::new("d");
    let root = form.root();
    form.add(root, "a", ItemKind::Question, "x", Rules::default()).expect("added");
    form.add(root, "b", ItemKind::Question, "", calculate("regex(/d/a, '(')")).expect("added");
    form.add(root, "c", ItemKind::Question, "", relevant("nonsense(/d/a)")).expect("added");
    form.add(root, "d", ItemKind::Question, "", calculate("concat(/d/a, '!')")).expect("added");
    let (sheet, outcome) = start(form.build().expect("a form"));
    let said: Vec<String> = outcome.problems.iter().map(|problem| problem.error.to_string()).collect();
    assert_eq!(said, ["«regex»: unclosed group", "there is no function «nonsense»"]);
    assert_eq!(read(&sheet, "/d/d"), "x!");
    assert!(sheet.is_relevant(sheet.node_at("/d/c").expect("there")));
}

#[test]
fn a_repeat_in_an_added_repetition_begins_empty() {
    let mut form = DefinitionBuilder::new("d");
    let root = form.root();
    let repeat = |count: &str| ItemKind::Repeat { count: rule(count) };
    form.add(root, "n", ItemKind::Question, "", Rules::default()).expect("added");
    let storey = form.add(root, "storey", repeat(""), "", Rules::default()).expect("added");
    form.add(storey, "flat", repeat(""), "", Rules::default()).expect("added");
    let counted = form.add(root, "counted", repeat("/d/n"), "", Rules::default()).expect("added");
    form.add(counted, "flat", repeat(""), "", Rules::default()).expect("added");
    let (mut sheet, _) = start(form.build().expect("a form"));
    let flats = |sheet: &Sheet, path: &str| {
        let storeys = sheet.nodes_of(sheet.definition().find(path).expect(path)).into_iter();
        storeys.map(|storey| sheet.tree().children_named(storey, "flat").len()).collect::<Vec<_>>()
    };
    let data = sheet.node_at("/d").expect("there");
    with(|surroundings| sheet.add_repetition(data, storey, surroundings)).expect("added");
    assert_eq!(flats(&sheet, "/d/storey"), [1, 0]);
    answer(&mut sheet, "/d/n", "3");
    assert_eq!(flats(&sheet, "/d/counted"), [1, 0, 0]);
}

#[test]
fn what_is_no_number_is_no_answer() {
    let mut form = DefinitionBuilder::new("d");
    let root = form.root();
    form.add(root, "a", ItemKind::Question, "", Rules::default()).expect("added");
    form.add(root, "double", ItemKind::Question, "", calculate("/d/a * 2")).expect("added");
    form.add(root, "told", ItemKind::Question, "", calculate("coalesce(/d/double, 'unknown')")).expect("added");
    form.add(root, "kept", ItemKind::Question, "", calculate("once(/d/a * 3)")).expect("added");
    form.add(root, "or", ItemKind::Question, "", calculate("coalesce(/d/a * 2, 'none')")).expect("added");
    form.add(root, "wide", ItemKind::Question, "", relevant("/d/double != ''")).expect("added");
    let (mut sheet, _) = start(form.build().expect("a form"));
    let wide = sheet.node_at("/d/wide").expect("there");
    assert_eq!((read(&sheet, "/d/double").as_str(), read(&sheet, "/d/told").as_str()), ("", "unknown"));
    assert_eq!((read(&sheet, "/d/kept").as_str(), read(&sheet, "/d/or").as_str()), ("", "none"));
    assert!(!sheet.is_relevant(wide));
    answer(&mut sheet, "/d/a", "4");
    assert_eq!((read(&sheet, "/d/kept").as_str(), read(&sheet, "/d/or").as_str()), ("12", "8"));
    assert_eq!((read(&sheet, "/d/double").as_str(), read(&sheet, "/d/told").as_str()), ("8", "8"));
    assert!(sheet.is_relevant(wide));
    answer(&mut sheet, "/d/a", "nhiều");
    assert_eq!((read(&sheet, "/d/double").as_str(), read(&sheet, "/d/kept").as_str()), ("", "12"));
}

#[test]
fn a_choice_that_is_not_offered_is_kept_and_read_by_nobody() {
    let mut form = DefinitionBuilder::new("d");
    let root = form.root();
    form.add(root, "city", ItemKind::Question, "", Rules::default()).expect("added");
    let offered = |filter: &str| Rules {
        offered: rule(&format!("instance('wards')/root/item[{filter}]/name")),
        ..Rules::default()
    };
    form.add(root, "ward", ItemKind::Question, "", offered("city = /d/city")).expect("added");
    form.add(root, "near", ItemKind::Question, "", offered("city = /d/city or name = 'kim_long'")).expect("added");
    form.add(root, "told", ItemKind::Question, "", calculate("concat(/d/ward, '|', /d/near)")).expect("added");
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    form.add_table(Table {
        id: "wards".to_owned(),
        columns: row(["name", "city"]),
        rows: vec![row(["lang", "ha_noi"]), row(["cua_nam", "ha_noi"]), row(["kim_long", "hue"])],
    });
    let (mut sheet, _) = start(form.build().expect("a form"));
    answer(&mut sheet, "/d/ward", "lang");
    assert_eq!(read(&sheet, "/d/told"), "|", "no city, no ward");
    answer(&mut sheet, "/d/city", "ha_noi");
    answer(&mut sheet, "/d/near", "cua_nam kim_long");
    assert_eq!(read(&sheet, "/d/told"), "lang|cua_nam kim_long");
    answer(&mut sheet, "/d/city", "hue");
    assert_eq!(read(&sheet, "/d/told"), "|kim_long");
    answer(&mut sheet, "/d/city", "ha_noi");
    assert_eq!(read(&sheet, "/d/told"), "lang|cua_nam kim_long");
    answer(&mut sheet, "/d/ward", "");
    answer(&mut sheet, "/d/city", "hue");
    answer(&mut sheet, "/d/city", "ha_noi");
    assert_eq!(read(&sheet, "/d/ward"), "", "what was taken back does not return");
}

#[test]
fn tables_come_with_the_form() {
    let mut form = DefinitionBuilder::new("d");
    let root = form.root();
    form.add(root, "ward", ItemKind::Question, "", Rules::default()).expect("added");
    let team = calculate("instance('teams')/root/item[name = /d/ward]/team");
    form.add(root, "team", ItemKind::Question, "", team).expect("added");
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    form.add_table(Table {
        id: "teams".to_owned(),
        columns: row(["name", "team"]),
        rows: vec![row(["khuong_dinh", "31"]), row(["lang", "8"])],
    });
    let (mut sheet, _) = start(form.build().expect("a form"));
    answer(&mut sheet, "/d/ward", "lang");
    assert_eq!(read(&sheet, "/d/team"), "8");
}

mod laws {
    use proptest::prelude::*;

    use super::*;

    /// Rules over five questions, each reading earlier ones only.
    fn rules() -> impl Strategy<Value = Vec<(bool, Vec<usize>)>> {
        prop::collection::vec((any::<bool>(), prop::collection::vec(0_usize..5, 0..3)), 8)
    }

    fn form(rules: &[(bool, Vec<usize>)], initial: &[String]) -> Definition {
        let mut form = DefinitionBuilder::new("d");
        let root = form.root();
        let groups = [
            form.add(root, "g", ItemKind::Group, "", relevant("/d/a0 != 3")).expect("added"),
            form.add(root, "h", ItemKind::Group, "", relevant("/d/a1 > 2")).expect("added"),
        ];
        for (at, initial) in initial.iter().enumerate() {
            form.add(root, &format!("a{at}"), ItemKind::Question, initial, Rules::default()).expect("added");
        }
        for (at, (is_relevance, reads)) in rules.iter().enumerate() {
            let paths: Vec<String> = reads.iter().map(|read| format!("//a{read}")).collect();
            let earlier = if at > 1 { format!(" + number(//c{} = '')", at - 2) } else { String::new() };
            let sum = format!("{}{earlier}", if paths.is_empty() { "1".to_owned() } else { paths.join(" + ") });
            let rules = if *is_relevance { relevant(&format!("{sum} > 4")) } else { calculate(&sum) };
            form.add(groups[at % 2], &format!("c{at}"), ItemKind::Question, "", rules).expect("added");
        }
        form.build().expect("a form")
    }

    fn seen(sheet: &Sheet) -> Vec<(String, String)> {
        let items = sheet.definition().items();
        items
            .flat_map(|(id, item)| sheet.nodes_of(id).into_iter().map(|node| (item.path.clone(), sheet.text(node))))
            .collect()
    }

    proptest! {
        /// Answer by answer, or all at once: the same sheet.
        #[test]
        fn step_by_step_is_all_at_once(
            rules in rules(),
            answers in prop::collection::vec((0_usize..5, 0_u8..6), 1..12),
        ) {
            let mut last = vec!["0".to_owned(); 5];
            let (mut sheet, _) = start(form(&rules, &last));
            for (at, number) in answers {
                last[at] = number.to_string();
                answer(&mut sheet, &format!("/d/a{at}"), &last[at]);
            }
            let (fresh, _) = start(form(&rules, &last));
            prop_assert_eq!(seen(&sheet), seen(&fresh));
        }
    }
}
