//! The bridge: commands need the token, files come from one folder, nothing oversized is read.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use ancu_field::bridge::Bridge;
use ancu_shared::clock::SeededRandom;

use crate::city::{City, NOON};
use crate::office::{Device, template};

/// A running bridge: its address and token.
fn bridge(files: &std::path::Path) -> (String, String, Device) {
    let device = Device::fresh(&City::new(&template()), 1, NOON);
    let bridge = Bridge::listen(device.engine.clone(), Some(files.to_owned()), 0, &mut SeededRandom::new(1));
    let bridge = bridge.expect("listen");
    let url = bridge.url().expect("url");
    let (address, token) = url.strip_prefix("http://").and_then(|url| url.split_once("/?bridge=")).expect("url");
    let (address, token) = (address.to_owned(), token.to_owned());
    std::thread::spawn(move || bridge.serve());
    (address, token, device)
}

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connect");
    stream.write_all(request.as_bytes()).expect("write");
    stream.shutdown(std::net::Shutdown::Write).expect("done");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("read");
    answer
}

fn post(address: &str, token: &str, body: &str) -> String {
    let length = body.len();
    ask(
        address,
        &format!("POST /command HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n{body}"),
    )
}

#[test]
fn commands_need_the_token_and_files_stay_below_their_folder() {
    let files = tempfile::tempdir().expect("folder");
    std::fs::write(files.path().join("index.html"), "<p>An Cư</p>").expect("write");
    let (address, token, _device) = bridge(files.path());
    let status = r#"{"command":"status"}"#;
    let answer = post(&address, &token, status);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""phase":"fresh""#), "{answer}");
    assert!(post(&address, "guess", status).starts_with("HTTP/1.1 403"));
    let refused = post(&address, &token, r#"{"command":"today"}"#);
    assert!(refused.starts_with("HTTP/1.1 409") && refused.contains("not_enrolled"), "{refused}");
    assert!(post(&address, &token, "{").starts_with("HTTP/1.1 400"));
    for path in ["/", "/facilities/1"] {
        let page = ask(&address, &format!("GET {path} HTTP/1.1\r\n\r\n"));
        assert!(page.contains("An Cư") && page.contains("text/html"), "{page}");
    }
    for path in ["/../keyring.json", "/missing.js"] {
        assert!(ask(&address, &format!("GET {path} HTTP/1.1\r\n\r\n")).starts_with("HTTP/1.1 404"), "{path}");
    }
    let huge = "POST /command HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n";
    assert!(ask(&address, huge).starts_with("HTTP/1.1 413"));
    assert_eq!(ask(&address, "nonsense\r\n\r\n"), "");
}
