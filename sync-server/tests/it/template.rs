//! `template check` and `template export`: what programs and people are told, without a store.

use std::path::Path;
use std::process::{Command, Output};

const GOOD: &str = "survey,,,,\n,type,name,label,relevant\n,integer,storeys,Số tầng,\n,text,exits,Lối thoát nạn,${storeys} > 1\n\
    settings,,\n,form_id,version\n,kiem-tra,2\n";
const BAD: &str =
    "survey,,,,\n,type,name,label,relevant\n,integer,storeys,Số tầng,\n,text,exits,Lối thoát nạn,${floors} > 1\n";

fn template(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ancu-server"));
    command.current_dir(folder).arg("template").args(arguments).output().expect("the program starts")
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
    assert_eq!(String::from_utf8_lossy(&said.stdout), "survey, row 3, relevant: there is no question «floors»\n");

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
