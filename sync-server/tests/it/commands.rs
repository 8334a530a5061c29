//! What the command line says: refusals with their code and in both languages, numbers with the right word.

use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ancu-server"))
        .current_dir(folder)
        .args(["--log", "error", "--data", "var"])
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .expect("run")
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, &[], arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?} {output:?}");
    String::from_utf8(output.stderr).expect("text")
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, &[], arguments);
    assert!(output.status.success(), "{arguments:?} {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn commands_say_what_they_did_and_what_is_wrong_in_both_languages() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    assert!(done(folder, &["unit", "import"]).contains(" đơn vị, "));
    let account = [
        "user",
        "add",
        "canbo9",
        "--name",
        "Bùi Thị Chín",
        "--role",
        "pc07_manager",
        "--unit",
        "01",
        "--password",
        "a long password",
    ];
    done(folder, &account);
    let twice = refused(folder, &account);
    for words in
        ["username_taken [username]", "Tên đăng nhập này đã có người dùng", "Another account has this login name"]
    {
        assert!(twice.contains(words), "{twice}");
    }
    assert!(!twice.contains("Somebody changed"), "{twice}");
    let nobody = refused(folder, &["user", "invite", "khongco"]);
    assert!(
        nobody.contains("không có tài khoản khongco") && nobody.contains("there is no account khongco"),
        "{nobody}"
    );
    let nowhere = refused(folder, &["user", "add", "x1", "--name", "X", "--role", "sys_admin", "--unit", "99999"]);
    assert!(nowhere.contains("không có đơn vị 99999") && nowhere.contains("there is no unit 99999"), "{nowhere}");
    let ended = done(folder, &["user", "end-post", "canbo9", "--on", "2030-01-01"]);
    assert_eq!(ended.trim_end(), "1 chức vụ kết thúc ngày 2030-01-01 · 1 post ends on 2030-01-01");
    let unknown = refused(folder, &["device", "revoke", "0192f0c0-0000-7000-8000-000000000000"]);
    assert!(unknown.contains("không có máy này") && unknown.contains("there is no such device"), "{unknown}");
    for verb in ["user", "unit", "template", "device", "courier"] {
        let help = done(folder, &[verb, "--help"]);
        let lines: Vec<_> = help.lines().skip_while(|line| *line != "Commands:").skip(1).collect();
        let told =
            lines.iter().take_while(|line| !line.is_empty()).filter(|line| !line.trim_start().starts_with("help"));
        assert!(
            told.clone().count() > 0 && told.clone().all(|line| line.contains(" · ") || line.starts_with("       ")),
            "{help}"
        );
    }
}

#[test]
fn the_file_gives_way_to_the_environment_and_that_to_the_flags() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    std::fs::write(folder.join("ancu-server.toml"), "public_url = \"https://file.example.vn\"\n").expect("write");
    done(folder, &["migrate"]);
    let named = |environment: &[(&str, &str)], flags: &[&str]| {
        let output = run(folder, environment, &[flags, &["doctor"]].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().find_map(|line| line.strip_prefix("ok\tlinks\t").map(str::to_owned)).expect("the address")
    };
    let environment = [("ANCU_PUBLIC_URL", "https://environment.example.vn")];
    assert_eq!(named(&[], &[]), "https://file.example.vn");
    assert_eq!(named(&environment, &[]), "https://environment.example.vn");
    assert_eq!(named(&environment, &["--public-url", "https://flag.example.vn"]), "https://flag.example.vn");
    // Certificates of one's own, by the environment alone.
    let given = [("ANCU_TLS_CERTIFICATE", "chain.pem"), ("ANCU_TLS_KEY", "key.pem")];
    let missing = run(folder, &given, &["doctor"]);
    assert!(!missing.status.success());
    assert!(String::from_utf8_lossy(&missing.stderr).contains("chain.pem"), "{missing:?}");
    std::fs::write(folder.join("ancu-server.toml"), "no_such_key = 1\n").expect("write");
    assert!(refused(folder, &["doctor"]).contains("no_such_key"));
}
