//! Forms by tables: what the reference converter says of each stands beside it. Files of others are judged by
//! `make test-doors`.

use std::fmt::Write as _;

use super::*;
use crate::checklist::expression::Expression;

/// A workbook written as CSV.
fn workbook(text: &str) -> Workbook {
    Workbook::from_csv(text).expect("small enough")
}

/// `accept`, or the first fault as sheet, row, column and code.
fn verdict(text: &str) -> String {
    match read(&workbook(text)) {
        Ok(_) => "accept".to_owned(),
        Err(findings) => {
            let place = &findings[0].place;
            let row = place.row.map(|row| row.to_string());
            let words = [place.sheet.clone(), row, place.column.clone(), Some(findings[0].fault.code().to_owned())];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
    }
}

/// A survey of these rows under the headings type, name, label and one more.
fn survey(heading: &str, rows: &str) -> String {
    let mut text = format!("survey,,,,\n,type,name,label,{heading}\n");
    for row in rows.lines() {
        writeln!(text, ",{}", row.trim()).expect("written");
    }
    text + "choices,,,\n,list_name,name,label\n,l,1,a\n,l,2,b\n,s,a b,c\n"
}

#[test]
fn what_the_reference_accepts_and_rejects() {
    for (heading, rows, expected) in [
        ("hint", "text,a,x", "accept"),
        ("hint", "text,a", "survey 2 label no_label"),
        ("hint", "integer,a,,x", "accept"),
        ("guidance_hint", "integer,a,,x", "survey 2 label no_label"),
        ("media::image", "text,a,,a.jpg", "accept"),
        ("media::smell", "text,a,x,a.jpg", "survey 2 media::smell unknown_media"),
        ("big-image", "text,a,x,a.jpg", "survey 2 big-image big_image_alone"),
        ("hint", "  text ,a,x", "accept"),
        ("hint", "Text,a,x", "survey 2 type unknown_type"),
        ("hint", "include,a,x", "survey 2 type include_missing"),
        ("hint", "text,1a,x", "survey 2 name bad_name"),
        ("hint", "text,số_nhà,x", "accept"),
        ("hint", "text,meta,x", "survey 2 name reserved_name"),
        ("hint", "text,,x", "survey 2 name no_name"),
        ("hint", "note,,x", "accept"),
        ("hint", ",b,x", "survey 2 type no_type"),
        ("hint", ",,,only a remark\ntext,a,x", "accept"),
        ("hint", "text,a,x\ntext,a,y", "survey 3 name name_twice"),
        ("hint", "begin group,g,g\ntext,a,x\nend group\ntext,a,y", "accept"),
        ("hint", "begin group,g,g\nend group", "accept"),
        ("hint", "begin group,g,g\ntext,a,x\nend repeat", "survey 4 type end_without_begin"),
        ("hint", "begin_group,g,g\ntext,a,x", "survey 2 begin_without_end"),
        ("hint", "begin repeat,data,g\ntext,a,x\nend repeat", "survey 2 name repeat_named_as_form"),
        ("repeat_count", "begin repeat,r,g,3\ntext,a,x\nend repeat", "accept"),
        ("relevant", "text,a,x\ntext,b,y,${a} = 1", "accept"),
        ("relevant", "text,a,x\ntext,b,y,${z} = 1", "survey 3 relevant unknown_reference"),
        ("relevant", "text,a,x\ntext,b,y,${ a } = 1", "survey 3 relevant bad_reference"),
        ("relevant", "text,a,x\ntext,b,y,${a = 1", "survey 3 relevant bad_reference"),
        (
            "relevance",
            "begin group,g,g\ntext,a,x\nend group\ntext,a,y\ntext,b,z,${a} = 1",
            "survey 6 relevance ambiguous_reference",
        ),
        ("relevant", "text,a,x\ntext,b,y,${a} = ", "survey 3 relevant expression"),
        ("relevant", "text,a,x\ntext,b,y,nonsense(${a})", "survey 3 relevant call"),
        ("relevant", "text,a,x,${b} = 1\ntext,b,y,${a} = 1", "survey definition"),
        ("calculation", "calculate,a,", "survey 2 calculation no_calculation"),
        ("calculation", "calculate,a,,1 + 1", "accept"),
        ("calculation", "text,a,,1 + 1", "accept"),
        ("default", "calculate,a,,now()", "accept"),
        ("required", "text,a,x,yes", "accept"),
        ("parameters", "text,a,x,rows=3", "accept"),
        ("parameters", "text,a,x,rows = three", "survey 2 parameters parameter_value"),
        ("parameters", "text,a,x,foo=1", "survey 2 parameters unknown_parameter"),
        ("parameters", "integer,a,x,foo", "survey 2 parameters parameters_unreadable"),
        ("parameters", "range,a,x,start=1 end=10 step=20", "survey 2 parameters parameter_value"),
        ("parameters", "range,a,x,start=1; end=10; step=0.5", "accept"),
        ("parameters", "image,a,x,max-pixels=1024", "accept"),
        ("hint", "select_one l,a,x", "accept"),
        ("hint", "select_one l or_other,a,x", "accept"),
        ("hint", "select_one nowhere,a,x", "survey 2 type unknown_list"),
        ("hint", "select_one,a,x", "survey 2 type no_list"),
        ("hint", "select_one s,a,x", "accept"),
        ("hint", "select_multiple s,a,x", "survey 2 type choice_with_space"),
        ("hint", "rank l,a,x", "accept"),
        ("hint", "select_one_from_file wards.csv,a,x", "accept"),
        ("hint", "select_one_from_file wards.txt,a,x", "survey 2 type file_extension"),
        ("hint", "begin repeat,r,g\ntext,n,x\nend repeat\nselect_one ${n},a,x", "accept"),
        ("choice_filter", "select_one l or_other,a,x,name = 1", "survey 2 choice_filter other_with_filter"),
        ("choice_filter", "select_one l,a,x,label::en != ''", "survey 2 choice_filter expression"),
        ("trigger", "text,a,x\ntext,b,x,a", "survey 3 trigger bad_reference"),
        ("trigger", "text,a,x\ntext,b,x,${a}", "accept"),
        ("disabled", "nonsense,a,x,yes\ntext,b,y", "accept"),
        ("hint", "osm tags,a,x", "accept"),
        ("hint", "audit,other,", "survey 2 name audit_name"),
        ("hint", "audit,,\nstart,start,\ntext,a,x", "accept"),
        ("name", "text,a,x,b", "survey 1 name column_twice"),
        ("caption", "text,a,x,b", "survey 1 caption column_alias"),
    ] {
        assert_eq!(verdict(&survey(heading, rows)), expected, "{heading}: {rows}");
    }
}

#[test]
fn what_is_wrong_with_a_whole_workbook() {
    for (text, expected) in [
        ("", "no_survey"),
        ("questions,,\n,type,name\nanswers,,\n,a,b\n", "no_survey"),
        ("anything,,,\n,type,name,label\n,text,a,x\n", "accept"),
        ("survey,,,\n,typ,name,label\n,text,a,x\n", "survey column_missing"),
        ("SURVEY,,,\n,TYPE,Name,label::Tiếng Việt (vi)\n,text,a,x\n", "accept"),
        ("survey,,,\n,type,name,label\n,text,a,x\nsettings,,\n,name\n,1 a\n", "settings 2 name bad_name"),
        ("survey,,,\n,type,name,label\n,text,a,x\nchoices,,\n,list_name,label\n,l,a\n", "choices column_missing"),
        (
            "survey,,,\n,type,name,label\n,text,a,x\nchoices,,\n,list_name,name\n,l,\n",
            "choices 2 name choice_without_name",
        ),
        (
            "survey,,,\n,type,name,label\n,text,a,x\nchoices,,\n,list_name,name\n,l,1\n,l,1\n",
            "choices 3 name choice_twice",
        ),
        (
            "survey,,,\n,type,name,label\n,text,a,x\nchoices,,\n,list_name,name\n,l,1\n,l,1\nsettings,\n,allow_choice_duplicates\n,yes\n",
            "accept",
        ),
    ] {
        assert_eq!(verdict(text), expected, "{text}");
    }
}

#[test]
fn a_form_is_read_as_it_is_written() {
    let text = "survey,,,,,\n,type,name,label::Tiếng Việt (vi),label::English (en),relevant,choice_filter,calculation\n\
        ,select_one kind,kind,Loại cơ sở,Kind of premises\n\
        ,begin repeat,storey,Tầng,Storey,${kind} != 'hộ'\n\
        ,integer,apartments,Số căn hộ,Apartments\n\
        ,calculate,double,,,,,${apartments} * 2\n\
        ,end repeat\n\
        ,calculate,total,,,,,sum(${apartments})\n\
        ,calculate,second,,,,,\"indexed-repeat(${apartments}, ${storey}, 2)\"\n\
        choices,,,\n,list_name,name,label::Tiếng Việt (vi),fine\n,kind,mini,Chung cư mini,5\n\
        settings,,\n,form_id,version,form_title\n,kiem-tra,3,Kiểm tra\n";
    let form = read(&workbook(text)).expect("a form");
    assert_eq!(
        (form.id.as_deref(), form.version.as_deref(), form.name.as_str()),
        (Some("kiem-tra"), Some("3"), "data")
    );
    let names: Vec<_> = form.entries.iter().map(|entry| (entry.name.as_str(), entry.row, entry.parent)).collect();
    let expected = [
        ("kind", 2, None),
        ("storey", 3, None),
        ("apartments", 4, Some(1)),
        ("double", 5, Some(1)),
        ("total", 7, None),
        ("second", 8, None),
    ];
    assert_eq!(names, expected);
    assert_eq!(form.entries[0].languages(&["label"])["English (en)"], "Kind of premises");
    assert_eq!(form.choices.lists["kind"][0].columns["fine"], "5");
    let calculate = |path: &str| {
        let item = form.definition.find(path).expect(path);
        form.definition.item(item).rules.calculate.clone().expect(path)
    };
    let same = |text: &str| Expression::parse(text).expect(text);
    let text = "survey,,\n,type,name,label\n,begin loop over l,g,x\n,text,q,x\n,end loop\nchoices,,\n,list_name,name\n,l,a\n,l,b\n";
    let form_of_loop = read(&workbook(text)).expect("a form");
    let paths: Vec<_> = form_of_loop.definition.items().map(|(_, item)| item.path.clone()).collect();
    assert_eq!(paths, ["/data", "/data/g", "/data/g/a", "/data/g/a/q", "/data/g/b", "/data/g/b/q"]);
    assert_eq!(calculate("/data/storey/double"), same("../apartments * 2"));
    assert_eq!(calculate("/data/total"), same("sum(/data/storey/apartments)"));
    assert_eq!(calculate("/data/second"), same("indexed-repeat(/data/storey/apartments, /data/storey, 2)"));
}

#[test]
fn a_form_is_written_as_an_xform() {
    let text = "survey,,,,,\n,type,name,label::Tiếng Việt (vi),label::English (en),relevant,choice_filter,constraint\n\
        ,text,area,Khu vực,Area\n\
        ,select_one kind,kind,Loại cơ sở ở ${area},Kind,,fine > ${area},\n\
        ,begin repeat,storey,Tầng,Storey,${kind} != 'a<b'\n\
        ,integer,rooms,Số phòng,Rooms,${area} != '',,. > 0 and . < 9\n\
        ,end repeat\n\
        choices,,,\n,list_name,name,label::Tiếng Việt (vi),fine\n,kind,mini,Nhà & căn hộ,5\n\
        settings,,\n,form_id,version,default_language\n,kiem-tra,3,Tiếng Việt (vi)\n";
    let xform = xform::write(&read(&workbook(text)).expect("a form"), "unnamed");
    for part in [
        "<h:title>kiem-tra</h:title>",
        "<data id=\"kiem-tra\" version=\"3\">",
        "<storey jr:template=\"\">\n<rooms/>\n</storey>",
        "<translation lang=\"Tiếng Việt (vi)\" default=\"true()\">",
        "<text id=\"/data/kind:label\">\n<value>Loại cơ sở ở <output value=\" /data/area \"/></value>",
        "<value>Nhà &amp; căn hộ</value>",
        "<bind nodeset=\"/data/storey\" relevant=\"/data/kind  != &apos;a&lt;b&apos;\"/>",
        "<bind nodeset=\"/data/storey/rooms\" type=\"int\" relevant=\"/data/area  != &apos;&apos;\" constraint=\". &gt; 0 and . &lt; 9\"/>",
        "<itemset nodeset=\"instance(&apos;kind&apos;)/root/item[fine &gt;  /data/area ]\">",
        "<repeat nodeset=\"/data/storey\">",
    ] {
        assert!(xform.contains(&part.replace("&apos;", "'")), "{part}\n{xform}");
    }
}

#[test]
fn choices_are_filtered_by_answers() {
    let form = |filters: [&str; 2]| {
        let rows = format!(
            "survey,,,,\n,type,name,label,choice_filter\n,begin repeat,r,r,\n,select_one l,a,a,{}\n,select_one l,b,b,{}\n\
            ,end repeat,,,\nchoices,,,\n,list_name,name,label,part\n,l,1,x,p\n,l,2,y,q\n",
            filters[0], filters[1]
        );
        let form = read(&workbook(&rows)).expect("a form");
        ["a", "b"].map(|name| {
            let item = form.definition.find(&format!("/data/r/{name}")).expect(name);
            form.definition.item(item).rules.offered.clone()
        })
    };
    let written = Expression::parse("instance('l')/root/item[part = current()/../a]/name").ok();
    assert_eq!(form(["", "part = ${a}"]), [None, written]);
    assert_eq!(form(["part = ${b}", "part = ${a}"]), [None, None], "by one another: accepted, and never filtered");
}

#[test]
fn a_repeat_in_a_repeat_has_its_template_in_the_outer_one() {
    let text = "survey,,\n,type,name,label\n,begin repeat,storey,Storey\n,begin repeat,flat,Flat\n,text,tenant,Tenant\n\
        ,end repeat\n,end repeat\n,note,end,End\n";
    let form = read(&workbook(text)).expect("a form");
    let xform = xform::write(&form, "x").replace('\n', "");
    let flat = "<flat><tenant/></flat>";
    let template = format!("<storey jr:template=\"\">{}</storey>", flat.replace("<flat>", "<flat jr:template=\"\">"));
    let expected = format!("{template}<storey>{flat}</storey><end/>");
    assert!(xform.contains(&expected), "{expected}\n{xform}");
    let note = form.definition.item(form.definition.find("/data/end").expect("there"));
    assert_eq!(note.rules.read_only, Expression::parse("true()").ok(), "a note is not answered");
}

#[test]
fn hostile_workbooks_end_in_named_errors() {
    let mut book = Workbook::new();
    let sheet = book.add_sheet("survey");
    assert_eq!(book.put(sheet, limits::ROWS, 0, "x"), Err(WorkbookError::TooManyRows("survey".to_owned())));
    assert_eq!(book.put(sheet, 0, limits::COLUMNS, "x"), Err(WorkbookError::TooManyColumns("survey".to_owned())));
    let much = "x".repeat(limits::BYTES);
    assert_eq!(book.put(sheet, 0, 0, &much), Err(WorkbookError::TooMuchText));

    // As many questions as a sheet has rows: too many, said once.
    let mut rows = String::from("survey,,,\n,type,name,label\n");
    for row in 0..30_000 {
        writeln!(rows, ",text,q{row},x").expect("written");
    }
    assert_eq!(verdict(&rows), "survey 20001 definition");

    let mut deep = String::from("survey,,,\n,type,name,label\n");
    for group in 0..2_000 {
        writeln!(deep, ",begin group,g{group},x").expect("written");
    }
    assert!(verdict(&deep).starts_with("survey"));
    let findings = read(&workbook(&deep)).map(|_| ()).expect_err("nothing is closed");
    assert!(findings.len() <= limits::FAULTS);
    // A loop in a loop in a loop: a thousand million questions.
    let mut loops = String::from("survey,,,\n,type,name,label\n");
    for depth in 0..3 {
        writeln!(loops, ",begin loop over l,g{depth},x").expect("written");
    }
    loops.push_str(",text,q,x\n,end loop\n,end loop\n,end loop\nchoices,,\n,list_name,name\n");
    for choice in 0..1_000 {
        writeln!(loops, ",l,c{choice}").expect("written");
    }
    assert!(verdict(&loops).ends_with("definition"), "{}", verdict(&loops));
    let long = format!("survey,,,\n,type,name,label,relevant\n,text,a,x,{}1\n", "1+".repeat(100_000));
    assert_eq!(verdict(&long), "survey 2 relevant expression");
}

mod laws {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever stands in the cells: a form or findings.
        #[test]
        fn any_cells_end(cells in prop::collection::vec(prop::sample::select(vec![
            "", "text", "begin group", "end group", "begin repeat", "end repeat", "select_one l", "select_multiple l or_other",
            "a", "b", "${a}", "${b} + 1", "${", "${a} = ${", "meta", "calculate", "note", "audit", "yes", "start=1 end=", "l",
            "count(${a})", "../a", "range", "begin loop over l", "end loop", "image", "osm", "\u{a0}", "“x”",
        ]), 0..60)) {
            let mut text = String::from("survey,,,,,,\n,type,name,label,relevant,calculation,parameters\n");
            for row in cells.chunks(6) {
                writeln!(text, ",{}", row.join(",")).expect("written");
            }
            text.push_str("choices,,\n,list_name,name\n,l,1\n,l,a\n");
            let _ = read(&workbook(&text));
        }
    }
}
