//! What the command line says: refusals with their code and in both languages, numbers with the right word.

use std::path::Path;
use std::process::{Command, Output};

use ancu_shared::clock::{Clock as _, FixedClock};
use ancu_sync_server::clock::SystemClock;
use ancu_sync_server::config::Config;
use ancu_sync_server::tls;

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
    let above = ["user", "give-post", "canbo9", "--role", "commune_data_officer", "--unit", "01"];
    let above = refused(folder, &above);
    assert!(above.contains("field_invalid [unit]") && above.contains("Hãy chọn một phường hoặc xã"), "{above}");
    let ended = done(folder, &["user", "end-post", "canbo9", "--on", "2030-01-01"]);
    assert_eq!(ended.trim_end(), "1 chức vụ kết thúc ngày 2030-01-01 · 1 post ends on 2030-01-01");
    let given = ["user", "give-post", "canbo9", "--role", "pc07_manager", "--unit", "01", "--from", "2030-06-01"];
    let told = done(folder, &given);
    assert!(told.contains("từ ngày 2030-06-01"), "{told}");
    assert!(refused(folder, &given).contains("field_invalid [valid_from]"), "twice");
    let listed = done(folder, &["user", "list"]);
    for words in ["pc07_manager @ Thành phố Hà Nội [01] (… → 2030-01-01)", "[01] (2030-06-01 → …)"] {
        assert!(listed.contains(words), "no “{words}” in {listed}");
    }
    done(folder, &["user", "end-post", "canbo9", "--on", "2026-01-01"]);
    let early = done(folder, &["user", "invite", "canbo9"]);
    assert!(!early.contains("chức vụ bắt đầu ngày"), "{early}");
    let later = ["user", "give-post", "canbo9", "--role", "pc07_manager", "--unit", "01", "--from", "2999-01-01"];
    assert!(done(folder, &later).contains("chức vụ bắt đầu ngày 2999-01-01"));
    assert!(done(folder, &["user", "invite", "canbo9"]).contains("the post begins on 2999-01-01"));
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

#[test]
fn whatever_is_refused_comes_with_a_code_and_in_both_languages() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    done(folder, &["migrate"]);
    let ask = |status: i32, environment: &[(&str, &str)], arguments: &[&str], words: &[&str]| {
        let output = run(folder, environment, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?} {said}");
        for words in words {
            assert!(said.contains(words), "{arguments:?}: no “{words}” in {said}");
        }
        assert!(output.stdout.is_empty(), "{arguments:?} {output:?}");
    };
    // The same folder served twice.
    let lock = std::fs::File::create(folder.join("var/server.lock")).expect("the lock's file");
    lock.lock().expect("held");
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    ask(1, &[], &serve, &["ancu-server: store_busy: một máy chủ khác", "another server already serves", "--data"]);
    drop(lock);
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("address").to_string();
    let taken = std::net::TcpListener::bind(&port).expect("the port");
    ask(1, &[], &["serve", "--listen", &port], &["address_taken: ", "đang được chương trình khác dùng", "in use"]);
    drop(taken);
    ask(
        1,
        &[],
        &["--config", "nope.toml", "doctor"],
        &["file_unusable [config]: nope.toml: không có tệp này", "no such file"],
    );
    let hours = [("ANCU_SESSION_HOURS", "abc")];
    let words = ["configuration_invalid [session_hours]: Cấu hình", "configuration is not right", "\"abc\""];
    ask(1, &hours, &["doctor"], &words);
    let ui = ["serve", "--listen", "127.0.0.1:0", "--ui", "nowhere"];
    ask(1, &[], &ui, &["configuration_invalid [ui]: nowhere không có trang quản lý", "holds no console", "--ui"]);
    // Command lines.
    ask(2, &[], &[], &["request_malformed: Thiếu lệnh", "Usage: ancu-server"]);
    ask(2, &[], &["srve"], &["request_malformed: Không có lệnh “srve”", "cannot be read", "serve"]);
    ask(2, &[], &["serve", "--prot", "1"], &["request_malformed: Không có tham số “--prot”", "unexpected argument"]);
    ask(2, &[], &["serve", "--listen", "x"], &["request_malformed: --listen", "giá trị “x” không hợp lệ", "invalid"]);
    ask(2, &[], &["user", "add"], &["request_malformed: Thiếu: ", "--role", "required arguments"]);
    // A folder that cannot be made, and a log filter that cannot be read.
    std::fs::write(folder.join("file"), "no folder").expect("write");
    for (arguments, words) in [
        (
            &["--log", "error", "--data", "file/var", "serve", "--listen", "127.0.0.1:0"][..],
            ["file_unusable [data]: file/var: đây không phải thư mục", "hãy chọn một thư mục", "this is no folder"],
        ),
        (
            &["--log", "ancu=loud", "--data", "var", "doctor"],
            ["configuration_invalid [log]: Cấu hình", "configuration is not right", "filter"],
        ),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ancu-server"));
        let output = command.current_dir(folder).args(arguments).output().expect("run");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        for words in words {
            assert!(said.contains(words), "{arguments:?}: no “{words}” in {said}");
        }
    }
}

#[test]
fn what_is_configured_wrongly_is_named_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    for (url, flags) in [("ftp://x", true), ("https://a b", true), ("https://", false), ("https://a/x", false)] {
        let flags: &[&str] = if flags { &["--public-url", url] } else { &[] };
        let environment: &[(&str, &str)] = if flags.is_empty() { &[("ANCU_PUBLIC_URL", url)] } else { &[] };
        let output = run(folder, environment, &[flags, &["serve", "--listen", "127.0.0.1:0"]].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        for words in ["configuration_invalid [public_url]: “", "Hãy ghi https://", "Write https://"] {
            assert!(said.contains(words), "{url}: no “{words}” in {said}");
        }
    }
    assert!(!folder.join("var").exists(), "nothing was begun");
    // An address of nobody's (TEST-NET-1).
    let said = refused(folder, &["serve", "--listen", "192.0.2.1:8443"]);
    for words in
        ["configuration_invalid [listen]: không lắng nghe được ở 192.0.2.1:8443", "nobody can listen", "--listen"]
    {
        assert!(said.contains(words), "no “{words}” in {said}");
    }
    assert!(
        !folder.join("var/tls").exists() && !folder.join("var/server.db").exists(),
        "no certificates of a server that is none"
    );
    for (toml, words) in [
        ("listen = \n", ["configuration_invalid [config]: ancu-server.toml, dòng 1: viết sai TOML", "line 1"]),
        ("data = \"x\"\n[tls\n", ["configuration_invalid [config]: ancu-server.toml, dòng 2: viết sai TOML", "line 2"]),
        ("no_such_key = 1\n", ["configuration_invalid [no_such_key]: Cấu hình không có khóa", "has no key"]),
        ("session_hours = \"x\"\n", ["configuration_invalid [session_hours]: Cấu hình", "not right"]),
    ] {
        std::fs::write(folder.join("ancu-server.toml"), toml).expect("write");
        let said = refused(folder, &["doctor"]);
        for words in words {
            assert!(said.contains(words), "{toml}: no “{words}” in {said}");
        }
    }
}

#[test]
fn the_doctor_tells_of_a_certificate_that_a_wrong_clock_left() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    done(folder, &["migrate"]);
    assert!(done(folder, &["doctor"]).contains("ok\tcertificate\t"));
    let config = Config { data: folder.join("var"), ..Config::default() };
    let ahead = FixedClock(SystemClock.now().plus_millis(3650 * 86_400_000));
    tls::load(&config, &ahead).expect("a start ten years ahead");
    for _ in 0..2 {
        let output = run(folder, &[], &["doctor"]);
        let said = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.code(), Some(1), "{said}");
        for words in ["FAULT\tcertificate\t", "leaf.pem: chưa đến ngày", "khởi động lại máy chủ", "is not valid yet"]
        {
            assert!(said.contains(words), "no “{words}” in {said}");
        }
    }
    tls::load(&config, &SystemClock).expect("a start on the right day");
    assert!(done(folder, &["doctor"]).contains("ok\tcertificate\t"));
}

#[test]
fn a_pipe_or_a_device_in_a_files_place_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    done(folder, &["migrate"]);
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().expect("mkfifo is there").success());
    for file in ["pipe", "/dev/zero"] {
        for arguments in [
            &["courier", "import", file][..],
            &["template", "check", file],
            &["template", "import", file],
            &["unit", "import", "--units", file, "--events", file],
            &["verify-audit", "--expect", file],
            &["--config", file, "doctor"],
        ] {
            let said = refused(folder, arguments);
            for words in ["file_unusable", "thiết bị hoặc ống dẫn", "hãy chép nội dung", "a device or a pipe"]
            {
                assert!(said.contains(words), "{arguments:?}: no “{words}” in {said}");
            }
        }
        let given = run(folder, &[("ANCU_TLS_CERTIFICATE", file), ("ANCU_TLS_KEY", file)], &["doctor"]);
        let said = String::from_utf8_lossy(&given.stderr).into_owned();
        assert!(said.contains("configuration_invalid") && said.contains("không phải tệp chứng thư"), "{said}");
        let data = Command::new(env!("CARGO_BIN_EXE_ancu-server"))
            .args(["--data", file, "doctor"])
            .current_dir(folder)
            .output();
        let said = String::from_utf8_lossy(&data.expect("run").stderr).into_owned();
        assert!(said.contains("file_unusable [data]") && said.contains("không phải thư mục"), "{said}");
    }
    assert!(refused(folder, &["template", "check", "."]).contains("đây là thư mục"));
    let empty = done(folder, &["device", "list"]);
    assert!(empty.contains("chưa có máy nào") && empty.contains("no device is enrolled yet"), "{empty}");
    for verb in ["password", "disable", "end-post"] {
        let nobody = refused(folder, &["user", verb, "khongco"]);
        assert!(
            nobody.contains("không có tài khoản khongco") && nobody.contains("there is no account khongco"),
            "{nobody}"
        );
    }
}

/// Runs a command whose output nobody reads: of a pipe that is closed already.
fn unread(folder: &Path, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    Command::new(env!("CARGO_BIN_EXE_ancu-server"))
        .current_dir(folder)
        .args(["--log", "error", "--data", "var"])
        .args(arguments)
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .output()
        .expect("run")
}

#[test]
fn a_command_whose_output_nobody_reads_does_its_work_and_ends_quietly() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    done(folder, &["unit", "import"]);
    let account = ["user", "add", "canbo9", "--name", "Bùi Thị Chín", "--role", "pc07_manager", "--unit", "01"];
    for arguments in [
        &account[..],
        &["user", "invite", "canbo9"],
        &["user", "list"],
        &["unit", "import"],
        &["device", "list"],
        &["template", "list"],
        &["verify-audit"],
        &["doctor"],
        &["backup", "copy"],
        &["--help"],
        &["user", "--help"],
    ] {
        let output = unread(folder, arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
    assert!(done(folder, &["user", "list"]).contains("canbo9"), "what it was called for is done");
    assert!(folder.join("copy/server.db").is_file());
    // What is wrong is wrong all the same.
    let nobody = unread(folder, &["user", "invite", "khongco"]);
    assert_eq!(nobody.status.code(), Some(1), "{nobody:?}");
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("không có tài khoản khongco"), "{nobody:?}");
}
