//! The command line as a script sees it: what is printed where, and the exit status.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn run(data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ancu-field"));
    command.env_remove("ANCU_PIN").env("ANCU_DATA_DIR", data).args(words);
    command.output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn exit_status_and_streams_say_how_it_went() {
    let folder = tempfile::tempdir().expect("folder");
    for (words, status) in [
        (&["status"][..], 0),
        (&["--help"], 0),
        (&["answer", "--help"], 0),
        (&["--version"], 0),
        (&["today"], 1),
        (&["--pin", "123456", "today"], 1),
        (&[], 2),
        (&["anwser"], 2),
        (&["answer"], 2),
        (&["today", "--nonsense"], 2),
        (&["premises", "--limit", "many"], 2),
    ] {
        let output = run(folder.path(), words);
        assert_eq!(output.status.code(), Some(status), "{words:?}");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!((out.is_empty(), err.is_empty()), (status == 2, status != 2), "{words:?}\n{out}\n{err}");
    }
}

#[test]
fn a_script_gets_json_whatever_is_wrong() {
    let folder = tempfile::tempdir().expect("folder");
    for (words, code) in [
        (&["--json", "today"][..], "not_enrolled"),
        (&["--json", "anwser"], "request_malformed"),
        (&["premises", "--limit", "many", "--json"], "request_malformed"),
        (&["--json", "call", "nonsense"], "request_malformed"),
    ] {
        let output = run(folder.path(), words);
        let problem: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(problem["code"], code, "{words:?}");
        assert!(!output.status.success());
    }
}

#[test]
fn what_is_wrong_is_said_in_both_languages_with_what_to_do() {
    let folder = tempfile::tempdir().expect("folder");
    let said = text(&run(folder.path(), &["answer"]).stderr);
    for part in ["Thiếu: <INSPECTION>", "Missing: <INSPECTION>", "Cách dùng · Usage: ancu-field answer", "--help"]
    {
        assert!(said.contains(part), "{said}");
    }
    let help = text(&run(folder.path(), &["--help"]).stdout);
    for part in ["Trao đổi với máy chủ", "Exchange with the server", "Exit status", "Mã thoát", "--pin <PIN>"]
    {
        assert!(help.contains(part), "{help}");
    }
}
