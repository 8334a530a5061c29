//! `template check` and `template export`: what programs and people are told, without a store.

use std::path::Path;
use std::process::{Command, Output};

const GOOD: &str = "survey,,,,\n,type,name,label,relevant\n,integer,storeys,Số tầng,\n,text,exits,Lối thoát nạn,${storeys} > 1\n\
    settings,,\n,form_id,version\n,kiem-tra,2\n";
const BAD: &str =
    "survey,,,,\n,type,name,label,relevant\n,integer,storeys,Số tầng,\n,text,exits,Lối thoát nạn,${floors} > 1\n";

fn server(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ancu-server"));
    command.current_dir(folder).args(arguments).output().expect("the program starts")
}

fn template(folder: &Path, arguments: &[&str]) -> Output {
    server(folder, &[&["template"], arguments].concat())
}

#[test]
fn a_form_is_checked_and_exported_without_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    // The bytes say what a file is, not its name.
    std::fs::write(folder.path().join("good.xlsx"), GOOD).expect("written");
    std::fs::write(folder.path().join("bad.csv"), BAD).expect("written");
    std::fs::write(folder.path().join("broken.xlsx"), b"PK\x03\x04 and nothing more").expect("written");

    let checked = template(folder.path(), &["check", "good.xlsx", "--json"]);
    assert!(checked.status.success(), "{checked:?}");
    let report: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    assert_eq!((&report["accepted"], &report["form"]["id"]), (&true.into(), &"kiem-tra".into()));

    let checked = template(folder.path(), &["check", "bad.csv", "--json"]);
    assert_eq!(checked.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let finding = &report["findings"][0];
    assert_eq!(report["accepted"], false);
    assert_eq!(
        (&finding["sheet"], &finding["row"], &finding["column"]),
        (&"survey".into(), &3.into(), &"relevant".into())
    );
    assert_eq!((&finding["code"], &finding["vi"]), (&"unknown_reference".into(), &"không có câu hỏi «floors»".into()));

    let said = template(folder.path(), &["check", "bad.csv"]);
    assert_eq!(said.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&said.stdout),
        "survey, row 3, relevant: không có câu hỏi «floors» · there is no question «floors»\n"
    );

    let checked = template(folder.path(), &["check", "broken.xlsx", "--json"]);
    assert_eq!(checked.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    assert_eq!(report["findings"][0]["code"], "unreadable");

    let exported = template(folder.path(), &["export", "good.xlsx"]);
    assert!(exported.status.success(), "{exported:?}");
    let xform = String::from_utf8(exported.stdout).expect("UTF-8");
    assert!(xform.contains("<data id=\"kiem-tra\" version=\"2\">"), "{xform}");
    assert!(!folder.path().join("var").exists(), "a store was made");
}

fn told(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const FORM: &str = "survey,,,,,\n,type,name,label,relevant,required\n,integer,tang,Số tầng,,yes\n\
    ,text,thang,Thang thứ hai ở đâu?,${tang} > 4,\nsettings,,,\n,form_title,form_id,version\n,Kiểm tra nhanh,kiem_tra_nhanh,";

#[test]
fn a_form_becomes_a_checklist_and_one_version_follows_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    for version in ["1", "2"] {
        put(&format!("{version}.csv"), &format!("{FORM}{version}\n"));
    }
    put("changed.csv", &format!("{FORM}1\n").replace("Số tầng", "Số tầng nổi"));
    put("sound.csv", &format!("{FORM}3\n").replace(",text,thang", ",audio,thang"));

    let refused = template(folder.path(), &["import", "sound.csv"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&refused.stdout),
        "survey, row 3, type: ứng dụng chưa hiển thị được «audio» · the app cannot show «audio»\n"
    );
    assert!(!folder.path().join("var").exists(), "a wrong form made a store");

    let refused = template(folder.path(), &["import", "1.csv"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no server kept its store"), "{refused:?}");
    assert!(!folder.path().join("var").exists(), "only who sets up a server makes a store");
    told(&server(folder.path(), &["migrate"]));

    assert_eq!(told(&template(folder.path(), &["import", "1.csv"])), "kiem_tra_nhanh 1\tđã nhập · imported\n");
    assert_eq!(
        told(&template(folder.path(), &["import", "1.csv"])),
        "kiem_tra_nhanh 1\tđã có từ trước · was there already\n"
    );
    let changed = template(folder.path(), &["import", "changed.csv"]);
    assert!(String::from_utf8_lossy(&changed.stderr).contains("another version"), "{changed:?}");

    let current = || {
        let listed = told(&template(folder.path(), &["list"]));
        let lines: Vec<_> = listed.lines().map(|line| line.split('\t').collect::<Vec<_>>()).collect();
        lines.iter().filter(|line| line[3] == "đang dùng · current").map(|line| line[1].to_owned()).collect::<Vec<_>>()
    };
    told(&template(folder.path(), &["import", "2.csv"]));
    assert_eq!(current(), ["2"]);
    told(&template(folder.path(), &["release", "kiem_tra_nhanh@1"]));
    assert_eq!(current(), ["1"], "the newer version was taken back");
    assert_eq!(template(folder.path(), &["release", "kiem_tra_nhanh@9"]).status.code(), Some(1));
}

#[test]
fn a_shipped_checklist_goes_out_as_a_workbook_and_comes_back_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    told(&server(folder.path(), &["migrate"]));
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/data/templates/mini_apartment-draft-1.json");
    told(&template(folder.path(), &["export", shipped, "--to", "out.xlsx"]));
    assert_eq!(told(&template(folder.path(), &["import", "out.xlsx"])), "mini_apartment draft-1\tđã nhập · imported\n");
    told(&template(folder.path(), &["export", "mini_apartment", "--to", "back.json"]));
    let read = |path: std::path::PathBuf| {
        let value: serde_json::Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
        value
    };
    assert_eq!(read(folder.path().join("back.json")), read(shipped.into()));
    let xform = told(&template(folder.path(), &["export", "mini_apartment@draft-1"]));
    assert!(xform.contains("Có hồ sơ về PCCC, CNCH của cơ sở"), "{}", &xform[..200]);
}

#[test]
fn a_form_brings_its_files_and_takes_its_name_from_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    let survey = "survey,,,\n,type,name,label,choice_filter\n,text,quan,Quận,\n\
        ,select_one_from_file phuong.csv,phuong,Phường,quan = ${quan}\n\
        ,select_one_from_file tram.geojson,tram,Trụ nước,\n";
    put("nhà trọ.csv", survey.as_bytes());
    let lacking = template(folder.path(), &["import", "nhà trọ.csv"]);
    let said = String::from_utf8_lossy(&lacking.stdout).into_owned();
    assert!(said.contains("survey, row 3, type: không có bảng «phuong.csv»"), "{said}");
    assert!(said.contains("survey, row 4, type: không có bảng «tram.geojson»"), "{said}");
    // The reference converter does not ask for them.
    assert_eq!(template(folder.path(), &["check", "nhà trọ.csv"]).status.code(), Some(0));

    put("phuong.csv", b"\xFF\xFE\x00");
    let tram = serde_json::json!({ "type": "FeatureCollection", "features": [{
        "type": "Feature",
        "geometry": { "type": "Point", "coordinates": [105.8, 21.0] },
        "properties": { "id": "t1", "title": "Trụ 1" },
    }] });
    put("tram.geojson", tram.to_string().as_bytes());
    let damaged = template(folder.path(), &["import", "nhà trọ.csv"]);
    assert!(String::from_utf8_lossy(&damaged.stdout).contains("không đọc được «phuong.csv»"), "{damaged:?}");

    put("phuong.csv", "\u{feff}name,label,quan\nhb,\"Hàng Bạc\",hk\nlh,Láng Hạ\n".as_bytes());
    told(&server(folder.path(), &["migrate"]));
    let imported = told(&template(folder.path(), &["import", "nhà trọ.csv"]));
    let (name, version) = imported.split('\t').next().and_then(|name| name.split_once(' ')).expect("a name");
    assert_eq!((name, version.len()), ("nh__tr_", 8), "{imported}");
    told(&template(folder.path(), &["export", name, "--to", "back.json"]));
    let back = std::fs::read(folder.path().join("back.json")).expect("a file");
    let back: serde_json::Value = serde_json::from_slice(&back).expect("JSON");
    let options = |at: usize| back["groups"][0]["items"][at]["input"]["options"].clone();
    assert_eq!(options(1)[0]["label"]["vi"], "Hàng Bạc");
    assert_eq!(options(1)[0]["columns"]["quan"], "hk");
    assert_eq!(options(2)[0], serde_json::json!({ "code": "t1", "label": { "vi": "Trụ 1", "en": "Trụ 1" } }));
    // Other content is another version.
    put("nhà trọ.csv", survey.replace("Quận", "Quận, huyện").as_bytes());
    assert_ne!(told(&template(folder.path(), &["import", "nhà trọ.csv"])), imported);
}
