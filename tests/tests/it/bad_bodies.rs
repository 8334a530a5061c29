//! Garbage and oversized bodies on every endpoint: a coded problem in both languages, no panic, and the server goes on.

use ancu_shared::clock::{RandomSource as _, SeededRandom};
use ancu_shared::sync::wire::MEDIA_TYPE;
use reqwest::Method;
use reqwest::blocking::{RequestBuilder, Response};
use serde_json::{Value, json};
use tests::console::Console;
use tests::device::Device;
use tests::peer::Peer;
use tests::server::Server;

/// Bodies that are nothing anybody asked for.
fn garbage() -> Vec<(&'static str, Vec<u8>)> {
    let mut noise = vec![0_u8; 70_000];
    SeededRandom::new(99).fill(&mut noise);
    let bomb = zstd::encode_all(&vec![0_u8; 64 * 1024 * 1024][..], 19).expect("zstd");
    vec![
        ("nothing", Vec::new()),
        ("noise", noise.clone()),
        ("noise in zstd", zstd::encode_all(&noise[..], 3).expect("zstd")),
        ("64 MiB of nothing in zstd", bomb.clone()),
        ("deep CBOR in zstd", zstd::encode_all(&vec![0x81_u8; 100_000][..], 3).expect("zstd")),
        ("deep JSON", [b"[".repeat(50_000), b"]".repeat(50_000)].concat()),
        ("JSON of another shape", br#"{"a":{"b":[1,2,3]},"username":7,"decision":{},"envelopes":"x"}"#.to_vec()),
        ("JSON that breaks off", br#"{"decision":"approved","on":"0192f0c0-0000-70"#.to_vec()),
        ("CBOR that breaks off", zstd::encode_all(&[0xa2, 0x69, b'e', b'n', b'v'][..], 3).expect("zstd")),
        ("a zstd frame that breaks off", bomb[..bomb.len() / 2].to_vec()),
        ("not UTF-8", vec![0x22, 0xff, 0xfe, 0xfd, 0x22]),
        ("oversized", vec![b'x'; 24 * 1024 * 1024]),
    ]
}

/// A refusal must be a problem with a code and two sentences; a plain success is fine where nothing was asked of the body.
fn judge(what: &str, response: Response) -> u16 {
    let status = response.status();
    assert!(!status.is_server_error(), "{what}: {status} {:?}", response.text());
    if status.is_client_error() {
        let media = response.headers().get("content-type").map(|value| value.to_str().unwrap_or_default().to_owned());
        assert_eq!(media.as_deref(), Some("application/problem+json"), "{what}: {status}");
        let problem: Value = response.json().unwrap_or_else(|error| panic!("{what}: {status}: {error}"));
        for part in ["code", "title", "title_en", "type"] {
            assert!(problem[part].as_str().is_some_and(|text| text.len() > 3), "{what}: {part} in {problem}");
        }
    }
    status.as_u16()
}

fn throw(what: &str, request: RequestBuilder) -> u16 {
    match request.send() {
        Ok(response) => judge(what, response),
        Err(error) => panic!("{what}: no answer: {error}"),
    }
}

fn alive(console: &Console) {
    assert!(console.request(Method::GET, "/health/ready").send().is_ok_and(|answer| answer.status().is_success()));
}

#[test]
fn every_endpoint_refuses_garbage_in_words() {
    let server = Server::start();
    let device = Device::new("Máy thường");
    device.enrol(&server.link("canbo1"));
    let peer = Peer::enrol(&server, &server.link("canbo2"), 5).expect("an enrolled peer");
    let consoles = [server.console("duyet1"), server.console("quantri")];
    let openapi = consoles[0].get("/api/openapi.json");
    let paths = openapi["paths"].as_object().expect("paths");
    assert!(paths.len() >= 15, "the API has more than {} paths", paths.len());

    let garbage = garbage();
    let mut tried = 0;
    for (path, methods) in paths {
        // An id that is none, and one that could be.
        for id in ["%00%ff..%2f", "0192f0c0-0000-7000-8000-000000000000"] {
            let filled: String =
                path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect::<Vec<_>>().join("/");
            for method in methods.as_object().expect("methods").keys() {
                let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
                if path.ends_with("/session") && method == Method::DELETE {
                    continue; // would log this session out
                }
                for (name, body) in &garbage {
                    if body.len() > 1024 * 1024 && id.starts_with('%') {
                        continue; // once a path is enough
                    }
                    let size = body.len();
                    // What is large is thrown once: it is the limit that is tried, not the reader behind it.
                    let (media, callers) = if size > 1024 * 1024 || id.starts_with('%') { (1, 2) } else { (3, 2) };
                    for media in &["application/json", MEDIA_TYPE, "text/plain"][..media] {
                        for console in &consoles[..callers] {
                            let request = console
                                .request(method.clone(), &filled)
                                .header("Content-Type", *media)
                                .body(body.clone());
                            let status = throw(&format!("{method} {filled} with {name} as {media}"), request);
                            if size > 1024 * 1024 && path != "/api/v1/courier" {
                                // Not let in, or too large: never done.
                                assert!([403, 413].contains(&status), "{method} {filled}: {status}");
                            }
                            tried += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(tried > 500, "only {tried} requests");

    let hash = "0".repeat(64);
    for (method, path) in [
        (Method::POST, "/sync/v1/enrol".to_owned()),
        (Method::POST, "/sync/v1/push".to_owned()),
        (Method::POST, "/sync/v1/pull".to_owned()),
        (Method::POST, "/sync/v1/photos/offer".to_owned()),
        (Method::GET, "/sync/v1/context".to_owned()),
        (Method::GET, format!("/sync/v1/templates/{hash}")),
        (Method::GET, "/sync/v1/templates/not-a-hash".to_owned()),
        (Method::GET, format!("/sync/v1/photos/{hash}")),
        (Method::GET, "/sync/v1/photos/not-a-hash".to_owned()),
        (Method::POST, "/uploads".to_owned()),
        (Method::PATCH, "/uploads/none".to_owned()),
        (Method::HEAD, "/uploads/none".to_owned()),
        (Method::DELETE, "/uploads/none".to_owned()),
        (Method::POST, "/sync/v1/nothing-here".to_owned()),
        (Method::PUT, "/sync/v1/push".to_owned()),
    ] {
        for (name, body) in &garbage {
            let what = format!("{method} {path} with {name}");
            let with_token = peer.request(method.clone(), &path).header("Content-Type", MEDIA_TYPE).body(body.clone());
            if method == Method::HEAD {
                let answer = with_token.send().expect("an answer");
                assert!(answer.status().is_client_error(), "{what}: {}", answer.status());
                continue;
            }
            let status = throw(&what, with_token);
            if method != Method::GET {
                assert!((400..500).contains(&status), "{what}: {status}");
            }
        }
    }
    alive(&consoles[0]);

    // Nobody without a token or a session gets further than the door.
    let stranger = tests::console::client(&server);
    for path in ["/sync/v1/context", "/api/v1/me", "/api/v1/users"] {
        let answer = stranger.get(format!("{}{path}", server.url())).bearer_auth("AAAA").send().expect("an answer");
        assert_eq!(judge(path, answer), 401, "{path}");
    }
    // A form of another site cannot send our header: it changes nothing.
    let without =
        consoles[0].request(Method::POST, "/api/v1/users").header("X-Requested-With", "other").json(&json!({})).send();
    assert!(without.expect("an answer").status().is_client_error());

    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
    // And the ones who behave notice nothing.
    let status = device.sync();
    assert_eq!(status["unsent"]["quarantined"], 0, "{status}");
}
