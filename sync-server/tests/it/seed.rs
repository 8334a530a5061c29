//! The demonstration, by the real program: filled once, in order, and handed out again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use ancu_shared::link::EnrolLink;
use ancu_shared::sync::wire::EnrolGrant;
use serde_json::Value;

fn server(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ancu-server"));
    command.args(["--log", "error", "--data"]).arg(folder).args(arguments).output().expect("run")
}

fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn accounts(folder: &Path) -> Value {
    let file = folder.join("demo-accounts.json");
    let mode = std::fs::metadata(&file).expect("file").permissions().mode();
    assert_eq!(mode & 0o077, 0, "passwords are nobody else's to read");
    serde_json::from_slice(&std::fs::read(file).expect("read")).expect("json")
}

#[test]
fn the_demonstration_is_filled_once_and_everything_in_it_holds() {
    let folder = tempfile::tempdir().expect("folder");
    let first = told(&server(folder.path(), &["seed", "--listen", "127.0.0.1:9443"]));
    assert!(first.contains("60 premises") && first.contains("15 past inspections, 4"), "{first}");
    let made = accounts(folder.path());
    assert_eq!(made["server"], "https://127.0.0.1:9443");
    for account in made["accounts"].as_array().expect("accounts") {
        let citizen = account["role"] == "household_head";
        assert_eq!(account["password"].is_null(), citizen, "{account}");
        let Some(link) = account["link"].as_str() else { continue };
        let link = EnrolLink::parse(link).expect("link");
        assert_eq!(link.server, "https://127.0.0.1:9443");
        assert_eq!(matches!(link.grant, EnrolGrant::Invitation { .. }), citizen);
    }
    let second = told(&server(folder.path(), &["seed"]));
    assert!(second.contains("there already"), "{second}");
    assert!(second.contains("works once") && second.contains("ancu-server seed --new-links"), "{second}");
    assert_eq!(accounts(folder.path()), made, "a second run changes nothing");
    let renewed = told(&server(folder.path(), &["seed", "--new-links"]));
    assert!(!renewed.contains("works once"), "{renewed}");
    assert_ne!(accounts(folder.path())["accounts"][0]["link"], made["accounts"][0]["link"]);
    let doctor = told(&server(folder.path(), &["doctor"]));
    assert!(!doctor.contains("FAULT"), "{doctor}");
    assert!(told(&server(folder.path(), &["verify-audit"])).contains("chains hold"));
    let templates = told(&server(folder.path(), &["template", "list"]));
    assert!(templates.contains("mini_apartment") && templates.contains("current"), "{templates}");
    let invited = told(&server(folder.path(), &["user", "invite", "canbo1"]));
    assert!(EnrolLink::parse(invited.lines().next().expect("a line")).is_ok(), "{invited}");
}

#[test]
fn two_at_once_make_one_demonstration_and_tell_the_same_passwords() {
    let folder = tempfile::tempdir().expect("folder");
    let begin = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ancu-server"));
        command.args(["--log", "error", "--data"]).arg(folder.path()).args(["seed", "--without-photos"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("run")
    };
    let outputs = [begin(), begin()].map(|seed| told(&seed.wait_with_output().expect("an end")));
    let [first, second] = outputs.each_ref().map(|said| {
        let lines: Vec<_> = said.lines().filter(|line| line.starts_with("canbo1\t")).collect();
        lines.first().map(|line| (*line).to_owned()).expect("the account")
    });
    assert_eq!(first, second, "two passwords for one account");
    assert_eq!(outputs.iter().filter(|said| said.contains("there already")).count(), 1, "{outputs:?}");
    let kept = accounts(folder.path());
    assert!(first.contains(kept["accounts"][0]["password"].as_str().expect("a password")), "{first} {kept}");
}

#[test]
fn what_is_asked_wrongly_is_said_plainly() {
    let folder = tempfile::tempdir().expect("folder");
    told(&server(folder.path(), &["migrate"]));
    for (arguments, words) in [
        (&["user", "invite", "nobody"][..], "no account"),
        (&["user", "add", "abc", "--name", "A", "--role", "king", "--unit", "01"], "not a role"),
        (&["user", "add", "abc", "--name", "A", "--role", "sys_admin", "--unit", "01"], "no unit"),
        (&["template", "import", "/nowhere.json"], "/nowhere.json"),
        (&["--config", "/nowhere.toml", "doctor"], "nowhere.toml"),
        (&["device", "revoke", "00000000-0000-7000-8000-000000000001"], "no such device"),
    ] {
        let output = server(folder.path(), arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
