//! The language by tables: what the foreign tables of `make test-doors` leave out, and what a hostile text may cost.

use jiff::tz::TimeZone;

use super::*;
use crate::clock::{SeededRandom, UtcMillis};

/// 2026-11-21T10:00:00+07:00.
const NOW: UtcMillis = UtcMillis(1_795_230_000_000);

struct House {
    tree: Tree,
    root: NodeId,
    table: NodeId,
}

impl FormFacts for House {
    fn instance(&self, id: &str) -> Option<NodeId> {
        (id == "exits").then_some(self.table)
    }
    fn choice_label(&self, value: &str, question: &str) -> Option<String> {
        (question == "/house/kind" && value == "mini").then(|| "Chung cư mini".to_owned())
    }
    fn text(&self, id: &str) -> Option<String> {
        (id == "greeting").then(|| "Xin chào".to_owned())
    }
    fn property(&self, name: &str) -> Option<String> {
        (name == "deviceid").then(|| "d-1".to_owned())
    }
    fn version(&self) -> Option<String> {
        Some("3".to_owned())
    }
}

/// A house of three storeys (2, 3 and no apartments), and a table of exits by kind of premises.
fn house() -> House {
    let mut tree = Tree::new();
    let root = tree.add_root();
    let house = tree.add_element(root, Name::plain("house"));
    let leaf = |tree: &mut Tree, parent, name: &str, text: &str| {
        let leaf = tree.add_element(parent, Name::plain(name));
        tree.set_text(leaf, text);
        leaf
    };
    leaf(&mut tree, house, "kind", "mini");
    leaf(&mut tree, house, "built", "2019-05-20");
    leaf(&mut tree, house, "equipment", "alarm hose ladder");
    for (name, apartments) in [("first", "2"), ("second", "3"), ("third", "")] {
        let storey = tree.add_element(house, Name::plain("storey"));
        leaf(&mut tree, storey, "name", name);
        leaf(&mut tree, storey, "apartments", apartments);
    }
    let second = tree.add_root();
    let rows = tree.add_element(second, Name::plain("root"));
    for (kind, exits) in [("mini", "2"), ("house", "1")] {
        let item = tree.add_element(rows, Name::plain("item"));
        leaf(&mut tree, item, "name", kind);
        leaf(&mut tree, item, "exits", exits);
    }
    House { tree, root, table: second }
}

fn evaluate(house: &House, text: &str, node: NodeId) -> Result<Value, String> {
    let zone = TimeZone::fixed(jiff::tz::offset(7));
    let environment = Environment {
        tree: &house.tree,
        root: house.root,
        now: NOW,
        zone: &zone,
        language: "vi",
        namespaces: &[],
        form: house,
    };
    let expression = Expression::parse(text).map_err(|error| error.to_string())?;
    let value = expression.evaluate(&environment, &mut SeededRandom::new(7), node);
    value.map_err(|error| error.to_string())
}

fn text_of(house: &House, text: &str) -> String {
    let zone = TimeZone::fixed(jiff::tz::offset(7));
    match evaluate(house, text, house.root) {
        Ok(value) => value.to_text(&house.tree, &zone),
        Err(error) => format!("! {error}"),
    }
}

#[test]
fn what_forms_ask() {
    let house = house();
    for (text, expected) in [
        ("sum(/house/storey/apartments[. != ''])", "5"),
        ("count(/house/storey)", "3"),
        ("count-non-empty(/house/storey/apartments)", "2"),
        ("/house/storey[2]/name", "second"),
        ("/house/storey[name = 'second']/apartments + 1", "4"),
        ("indexed-repeat(/house/storey/name, /house/storey, 3)", "third"),
        ("indexed-repeat(/house/storey/name, /house/storey, 4)", ""),
        ("position(/house/storey[3])", "3"),
        ("instance('exits')/root/item[name = /house/kind]/exits", "2"),
        ("instance('exits')/item", ""),
        ("instance('none')/item", "! the form has no instance «none»"),
        ("pulldata('exits', 'exits', 'name', 'house')", "1"),
        ("pulldata('exits.csv', 'exits', 'name', 'barn')", ""),
        ("jr:choice-name(/house/kind, '/house/kind')", "Chung cư mini"),
        ("jr:itext('greeting')", "Xin chào"),
        ("property('deviceid')", "d-1"),
        ("version()", "3"),
        ("selected(/house/equipment, 'hose')", "true"),
        ("selected(/house/equipment, 'hos')", "false"),
        ("selected-at(/house/equipment, 2)", "ladder"),
        ("count-selected(/house/equipment)", "3"),
        ("coalesce(/house/nothing, '', /house/kind)", "mini"),
        ("if(/house/kind = 'mini', 'a', nonsense())", "a"),
        ("today()", "2026-11-21"),
        ("now()", "2026-11-21T10:00:00.000+07:00"),
        ("int((today() - date(/house/built)) div 365.25)", "7"),
        ("date(today() + 5)", "2026-11-26"),
        ("/house/built < today()", "true"),
        ("format-date(/house/built, '%d/%m/%Y %a %b')", "20/05/2019 Th 2 thg 5"),
        ("decimal-time('06:00:00.000+07:00')", "0.25"),
        ("date('2026-02-30')", "Invalid Date"),
        ("string-length('Hà Nội')", "6"),
        ("substr('Hà Nội', 3)", "Nội"),
        ("regex('0912345678', '^0[0-9]{9}$')", "true"),
        ("digest('abc', 'SHA-1', 'hex')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("base64-decode('SMOgIE7hu5lp')", "Hà Nội"),
        ("round(distance('21.0285 105.8542 0 0', '21.0245 105.8412 0 0'))", "1422"),
        ("geofence('21.5 105.5', '21 105;22 105;22 106;21 106;21 105')", "true"),
        ("geofence('20.5 105.5', '21 105;22 105;22 106;21 106;21 105')", "false"),
        ("checklist(1, 2, true(), false(), true())", "true"),
        ("2 + 3 * 4 - 1", "13"),
        ("-2 * -3", "6"),
        ("- - 3", "3"),
        ("7 mod 4 div 2", "1.5"),
        ("'a' = 'a' = true()", "true"),
        ("1 < 2 < 2", "true"),
        ("count(/house/kind | /house/built | /house/kind)", "2"),
        ("count(//*[apartments][last()]/preceding-sibling::storey)", "2"),
    ] {
        assert_eq!(text_of(&house, text), expected, "{text}");
    }
}

#[test]
fn a_question_that_is_not_relevant_reads_as_empty() {
    let mut house = house();
    let element = house.tree.children(house.root)[0];
    let storey = house.tree.children_named(element, "storey")[0];
    house.tree.set_hidden(storey, true);
    assert_eq!(text_of(&house, "/house/storey[1]/apartments"), "");
    assert_eq!(text_of(&house, "sum(/house/storey[apartments != '']/apartments)"), "3");
    let apartments = house.tree.children_named(storey, "apartments")[0];
    assert_eq!(house.tree.hidden_text(apartments), "2");
    house.tree.set_hidden(storey, false);
    assert_eq!(text_of(&house, "/house/storey[1]/apartments"), "2");
}

#[test]
fn repeats_come_and_go() {
    let mut house = house();
    let element = house.tree.children(house.root)[0];
    let second = house.tree.children_named(element, "storey")[1];
    house.tree.detach(second);
    assert_eq!(text_of(&house, "join(' ', /house/storey/name)"), "first third");
    let between = house.tree.insert_element(element, 4, Name::plain("storey"));
    let name = house.tree.add_element(between, Name::plain("name"));
    house.tree.set_text(name, "loft");
    assert_eq!(text_of(&house, "join(' ', /house/storey/name)"), "first loft third");
    assert_eq!(text_of(&house, "join(' ', //name)"), "first loft third");
    assert_eq!(text_of(&house, "join(' ', //name | //kind)"), "mini first loft third");
}

#[test]
fn errors_name_the_place() {
    for (text, expected) in [
        ("", "character 1: the expression is empty"),
        ("  ", "character 1: the expression is empty"),
        ("1 +", "character 4: the expression ends where a value had to follow"),
        ("1 2", "character 3: unexpected «2»"),
        ("concat('Hà', ) ", "character 14: unexpected «)»"),
        ("concat('Hà'", "character 12: the bracket opened at character 1 is not closed"),
        ("'Hà", "character 1: the quotation is not closed"),
        ("/a[1", "character 5: the bracket opened at character 3 is not closed"),
        ("/a/sideways::b", "character 4: «sideways» is no axis"),
        ("$x", "character 1: a form has no variables: «$x»"),
        ("a # b", "character 3: unexpected character «#»"),
        ("1 OR 1", "character 3: unexpected «OR»"),
        ("a =! b", "character 4: unexpected character «!»"),
    ] {
        let error = Expression::parse(text).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(error, Err(expected.to_owned()), "{text}");
    }
    let house = house();
    for (text, expected) in [
        ("nonsense(1)", "! there is no function «nonsense»"),
        ("round()", "! «round» does not take 0 arguments"),
        ("count(1)", "! «count» needs a path to nodes"),
        ("jr:x", "! the prefix «jr» is not declared"),
        ("regex('a', '(')", "! «regex»: unclosed group"),
        ("regex('a', '(?=a)')", "! «regex»: look-around, including look-ahead and look-behind, is not supported"),
        ("regex('a', '((a{1000}){1000}){1000}')", "! «regex»: the pattern is too large"),
        ("uuid(100000000)", "! «uuid»: no length of a token"),
    ] {
        assert_eq!(text_of(&house, text), expected, "{text}");
    }
    let expression = Expression::parse("if(true(), round(), nonsense(count()))").expect("reads");
    let wrong: Vec<String> = expression.wrong_calls().iter().map(ToString::to_string).collect();
    let expected =
        ["«round» does not take 0 arguments", "there is no function «nonsense»", "«count» does not take 0 arguments"];
    assert_eq!(wrong, expected);
}

#[test]
fn hostile_texts_end_in_named_errors() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Expression::parse(&nested(limits::DEPTH - 1)).is_ok());
    let fault = |text: &str| Expression::parse(text).map(|_| ()).map_err(|error| error.fault);
    assert_eq!(fault(&nested(limits::DEPTH)), Err(ParseFault::TooDeep));
    assert_eq!(fault(&"(".repeat(60_000)), Err(ParseFault::TooDeep));
    assert_eq!(fault(&"a[".repeat(30_000)), Err(ParseFault::TooDeep));
    assert_eq!(fault(&"f(".repeat(30_000)), Err(ParseFault::TooDeep));
    assert_eq!(fault(&"1+".repeat(40_000)), Err(ParseFault::TooLong));

    // Long is not deep: these are read and have a value.
    let house = house();
    assert_eq!(text_of(&house, &format!("{}1", "1+".repeat(20_000))), "20001");
    assert_eq!(text_of(&house, &format!("{}1", "-".repeat(40_001))), "-1");
    assert_eq!(text_of(&house, &format!("{}1", "1=1 or ".repeat(5_000))), "true");
    let ifs = format!("{}1{}", "if(1=1,".repeat(limits::DEPTH - 2), ",0)".repeat(limits::DEPTH - 2));
    assert_eq!(text_of(&house, &ifs), "1");

    // Each step multiplies the work; the budget ends it.
    let heavy = "//*[//*[//*[//*[//*[//*[//*[//*[count(//*) > 99]]]]]]]]";
    assert_eq!(text_of(&house, heavy), "! the expression takes too much work");
}

#[test]
fn what_an_expression_reads() {
    let read = |text: &str| -> Vec<String> {
        let references = Expression::parse(text).expect(text).references();
        references.iter().map(write_reference).collect()
    };
    assert_eq!(read("../a + /d/b"), ["../a", "/d/b"]);
    assert_eq!(read("/d/r[name = current()/../k]/v"), ["/d/r/name", "../k", "/d/r/v"]);
    assert_eq!(read("instance('t')/item[k = /d/x]/v"), ["t:/item/k", "/d/x", "t:/item/v"]);
    assert_eq!(read("sum(/d/r/v) > count(../*)"), ["/d/r/v", "../*"]);
    assert_eq!(read("//x"), ["/**/x"]);
    assert_eq!(read("../r[2]/preceding-sibling::r/x"), ["../r/x"]);
    assert_eq!(read(". > 1 and once(1)"), ["", ""]);
    assert_eq!(read("/d/r/../s"), ["/d/s"]);
    assert_eq!(read("following::x"), ["/**"]);
}

fn write_reference(reference: &Reference) -> String {
    let steps = reference.steps.iter().map(|step| match step {
        ReferenceStep::Up => "..".to_owned(),
        ReferenceStep::Child(name) => name.clone(),
        ReferenceStep::AnyChild => "*".to_owned(),
        ReferenceStep::Anywhere => "**".to_owned(),
    });
    let path = steps.collect::<Vec<_>>().join("/");
    let instance = reference.instance.as_ref().map(|id| format!("{id}:")).unwrap_or_default();
    format!("{instance}{}{path}", if reference.absolute { "/" } else { "" })
}

mod laws {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever stands in a cell of a workbook: a value or a named error.
        #[test]
        fn any_text_ends(text in "\\PC{0,60}") {
            let house = house();
            let _ = evaluate(&house, &text, house.root);
        }

        /// Words of the language in any order reach deeper than characters do.
        #[test]
        fn any_words_end(words in prop::collection::vec(prop::sample::select(vec![
            "(", ")", "[", "]", "/", "//", "..", ".", "@", "*", "::", "|", ",", "and", "or", "div", "mod", "=", "!=", "<",
            ">=", "+", "-", "1", "0.5", "'a'", "house", "storey", "child", "ancestor", "count", "sum", "concat", "not",
            "position", "last", "substring", "randomize", "today", "node", "text", "if", "true", "indexed-repeat",
        ]), 0..24)) {
            let house = house();
            let _ = evaluate(&house, &words.join(" "), house.root);
        }

        /// A date read and written again is the same date.
        #[test]
        fn dates_come_back(year in 1i16..9999, month in 1i8..=12, day in 1i8..=28) {
            let house = house();
            let date = format!("{year:04}-{month:02}-{day:02}");
            prop_assert_eq!(text_of(&house, &format!("string(date('{date}'))")), date.clone());
            prop_assert_eq!(text_of(&house, &format!("date(date('{date}') + 0)")), date);
        }
    }
}
