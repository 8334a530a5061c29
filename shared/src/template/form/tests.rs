use super::Beside;
use crate::checklist::xlsform::{self, Workbook};
use crate::record::register::Answer;
use crate::template::outline::Repeat;
use crate::template::{Input, Template};

fn shipped(code: &str) -> Template {
    let path = format!("{}/../sync-server/data/templates/{code}-draft-1.json", env!("CARGO_MANIFEST_DIR"));
    Template::read(&std::fs::read(path).expect("a shipped template")).expect("a template")
}

fn read(workbook: &Workbook) -> Result<Template, Vec<String>> {
    let told = |findings: Vec<xlsform::Finding>| {
        let told = findings.into_iter().map(|finding| {
            let place = finding.place;
            format!(
                "{} {} {} {}",
                place.sheet.unwrap_or_default(),
                place.row.unwrap_or_default(),
                place.column.unwrap_or_default(),
                finding.fault.code()
            )
        });
        told.collect::<Vec<_>>()
    };
    let form = xlsform::read(workbook).map_err(told)?;
    super::read(&form, workbook, &beside()).map_err(told)
}

fn beside() -> Beside {
    let wards = "name,label,district\nhb,Hàng Bạc,hk\nlh,Láng Hạ,dd\n";
    let file = super::table("wards.csv", wards.as_bytes()).expect("a table");
    Beside { files: [("wards.csv".to_owned(), file)].into(), ..Beside::default() }
}

fn csv(text: &str) -> Result<Template, Vec<String>> {
    read(&Workbook::from_csv(text).expect("a workbook"))
}

const SETTINGS: &str = "settings,,,\n,form_title,form_id,version\n,Kiểm tra,kiem_tra,1\n";

#[test]
fn our_checklists_are_the_same_after_being_written_and_read() {
    for code in ["mini_apartment", "boarding_house", "house_with_business", "household_self"] {
        let template = shipped(code);
        let workbook = super::write(&template).expect("a workbook");
        assert_eq!(read(&workbook), Ok(template), "{code}");
    }
}

#[test]
fn a_strangers_form_becomes_a_checklist() {
    let template = csv(&format!(
        "survey,,,,,,,,\n\
         ,type,name,label,relevant,constraint,required,calculation,default\n\
         ,today,ngay,,,,,,\n\
         ,begin group,nha,Ngôi nhà,,,,,\n\
         ,integer,tang,Số tầng,,. >= 1 and . <= 60,yes,,3\n\
         ,begin group,gas,Gas,${{tang}} > 1,,,,\n\
         ,select_one bep or_other,bep,Bếp gì,,,,,\n\
         ,select_multiple bep,tat_ca,Những bếp nào,\"selected(${{bep}}, 'gas')\",,${{tang}} > 3,,\n\
         ,end group,,,,,,,\n\
         ,image,anh,Ảnh nhà,,,,,\n\
         ,calculate,gap_doi,,,,,${{tang}} * 2,\n\
         ,end group,,,,,,,\n\
         choices,,\n,list_name,name,label\n,bep,gas,Gas\n,bep,dien,Điện\n{SETTINGS}"
    ))
    .expect("a checklist");
    let sections: Vec<_> = template.groups.iter().map(|group| (group.code.as_str(), group.title.vi.as_str())).collect();
    assert_eq!(sections, [("nha", "Ngôi nhà"), ("gas", "Ngôi nhà › Gas"), ("nha-2", "Ngôi nhà")]);
    assert_eq!(template.groups[1].relevant.as_deref(), Some("${tang} > 1"));
    let storeys = template.item("tang").expect("a question");
    assert!(matches!(storeys.input, Input::Number { min: Some(1.0), max: Some(60.0), whole: true, .. }));
    assert!(storeys.required && storeys.rules.constraint.is_none() && storeys.suggestion.is_some());
    let Input::Choice { options, .. } = &template.item("bep").expect("a question").input else { panic!("a choice") };
    assert_eq!(options.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["gas", "dien", "other"]);
    let namely = &template.item("bep_other").expect("a question").rules;
    assert_eq!(namely.relevant.as_deref(), Some("selected(${bep}, 'other')"));
    assert_eq!((template.schema, template.item("ngay")), (2, None), "the day is noted down anyway");
    let again = super::write(&template).expect("a workbook");
    assert_eq!(read(&again), Ok(template));
}

#[test]
fn what_cannot_be_shown_is_refused_with_its_place() {
    let survey = |rows: &str| {
        csv(&format!(
            "survey,,,,,,,\n,type,name,label,relevant,choice_filter,calculation,default\n{rows}\
             choices,,\n,list_name,name,label\n,l,a,A\n{SETTINGS}"
        ))
        .expect_err("it is refused")
    };
    for (rows, expected) in [
        (",begin repeat,r,R,,,,\n,text,a.b,A,,,,\n,end repeat,,,,,,\n", "survey 3 name point_in_name"),
        (",begin repeat,r.x,R,,,,\n,text,a,A,,,,\n,end repeat,,,,,,\n", "survey 2 name point_in_name"),
        (",select_one_from_file streets.csv,a,A,,,,\n", "survey 2 type table_missing"),
        (",calculate,a,,,,\"pulldata('streets', 'a', 'b', '1')\",\n", "survey 2 calculation table_missing"),
        (",calculate,a,,,,count(instance('streets')/root/item),\n", "survey 2 calculation table_missing"),
        (",audio,a,A,,,,\n", "survey 2 type not_shown"),
        (",barcode,a,A,,,,\n", "survey 2 type not_shown"),
        (",select_one l,a,A,,colour = 'x',,\n", "survey 2 choice_filter column_missing"),
        (",text,a,A ${last-saved#b},,,,\n,text,b,B,,,,\n", "survey 2 label not_shown"),
        (",text,a,A,,,,\n,text,b,B,/elsewhere/a = 'x',,,\n", "survey 3 relevant path_in_rule"),
        (",calculate,a,,,,random(),\n", "survey 2 calculation not_shown"),
        (",date,a,A,,,,random()\n", "survey 2 default not_shown"),
        (",date,a,A,,,,hôm nay\n", "survey 2 default cell_value"),
        (",integer,a,A,,,,ba\n", "survey 2 default cell_value"),
        (",text,tên,A,,,,\n", "survey 2 name name_too_far"),
        (
            ",begin group,g,G,,,,\n,text,a,A,,,,\n,end group,,,,,,\n,begin group,h,H,,,,\n,text,a,A,,,,\n,end group,,,,,,\n",
            "survey 6 name name_in_two_groups",
        ),
    ] {
        assert!(survey(rows).contains(&expected.to_owned()), "{rows}: {:?}", survey(rows));
    }
    let nameless = csv("survey,,,\n,type,name,label\n,text,a,A\n").expect_err("it has no version");
    assert_eq!(nameless.len(), 3, "{nameless:?}");
    assert!(nameless.contains(&"settings 2 version no_setting".to_owned()));
}

/// A boarding house: storeys with rooms, a ward of a district.
const HOUSE: &str = "survey,,,,,,,,,\n\
    ,type,name,label,relevant,choice_filter,calculation,repeat_count,read_only,constraint\n\
    ,select_one districts,district,Quận,,,,,,\n\
    ,select_one_from_file wards.csv,ward,\"Phường của ${district}\",,district = ${district},,,,\n\
    ,calculate,ward_name,,,,\"pulldata('wards', 'label', 'name', ${ward})\",,,\n\
    ,begin repeat,storey,Tầng,,,,,,\n\
    ,integer,exits,Số lối ra của tầng,,,,,,\n\
    ,calculate,at,,,,position(..),,,\n\
    ,integer,room_count,Số phòng,../exits > 0,,,,,. < 9\n\
    ,begin repeat,room,Phòng tầng ${at},,,,${room_count},,\n\
    ,decimal,area,Diện tích,,,,,,\n\
    ,end repeat,,,,,,,,\n\
    ,end repeat,,,,,,,,\n\
    ,calculate,all_exits,,,,sum(${exits}),,,\n\
    ,text,remark,Nhận xét,,,,,${all_exits} = 0,\n\
    choices,,\n,list_name,name,label\n,districts,hk,Hoàn Kiếm\n,districts,dd,Đống Đa\n";

#[test]
fn repeats_filters_tables_and_quoted_answers_come_along() {
    let template = csv(&format!("{HOUSE}{SETTINGS}")).expect("a checklist");
    let outline: Vec<_> = template.outline.iter().map(|it| (it.code.as_str(), it.within.as_deref())).collect();
    assert_eq!(outline, [("storey", None), ("room", Some("storey"))]);
    assert_eq!(template.outline[1].repeat, Some(Repeat { count: Some("${room_count}".to_owned()) }));
    let sections: Vec<_> = template.groups.iter().map(|it| (it.code.as_str(), it.within.as_deref())).collect();
    assert_eq!(sections, [("data", None), ("storey", Some("storey")), ("room", Some("room")), ("data-2", None)]);
    let ward = template.item("ward").expect("a question");
    assert_eq!(ward.rules.offered.as_deref(), Some("district = ${district}"));
    assert_eq!(ward.input.options()[1].columns["district"], "dd");
    assert_eq!(template.tables.iter().map(|table| table.id.as_str()).collect::<Vec<_>>(), ["wards"]);
    assert_eq!(template.item("remark").expect("a question").rules.read_only.as_deref(), Some("${all_exits} = 0"));
    assert_eq!(template.schema, 4, "an older app cannot show it");
    // The question of every repetition is found under its code.
    for code in ["exits.1", "exits.k3f9a2", "area.k3f9a2.2"] {
        assert!(template.item(code).is_some(), "{code}");
    }
    for code in ["ward.1", "exits", "exits.1.1", "area.1", "exits.", "exits.K"] {
        assert!(code == "exits" || template.item(code).is_none(), "{code}");
    }
    assert_eq!(read(&super::write(&template).expect("a workbook")), Ok(template));
}

#[test]
fn a_form_without_settings_takes_what_stands_beside_it() {
    let workbook = Workbook::from_csv("survey,,,\n,type,name,label\n,text,a,A\n").expect("a workbook");
    let form = xlsform::read(&workbook).expect("a form");
    let beside = Beside { code: "nha_tro".into(), version: "3f2a".into(), ..Beside::default() };
    let template = super::read(&form, &workbook, &beside).expect("a checklist");
    assert_eq!((template.code.as_str(), template.version.as_str()), ("nha_tro", "3f2a"));
    assert_eq!(template.title.vi, "nha_tro");
}

#[test]
fn a_default_is_an_answer_or_a_formula() {
    let rows = ",text,a,A,Nhà (cũ)\n,date,b,B,today()\n,integer,c,C,${d} * 2\n,integer,d,D,3\n";
    let template = csv(&format!("survey,,,,\n,type,name,label,default\n{rows}{SETTINGS}")).expect("a checklist");
    let default = |code: &str| {
        let item = template.item(code).expect("a question");
        (item.suggestion.clone(), item.rules.default.clone())
    };
    assert_eq!(default("a"), (Some(Answer::Text("Nhà (cũ)".into())), None));
    assert_eq!(default("b"), (None, Some("today()".into())));
    assert_eq!(default("c"), (None, Some("${d} * 2".into())));
    assert_eq!(default("d"), (Some(Answer::Number(3.0)), None));
    assert_eq!(read(&super::write(&template).expect("a workbook")), Ok(template));
}
