//! Every decoder against thousands of mutants of honest inputs, the same ones each time. `ANCU_ROUNDS=100` for a longer hunt,
//! `make fuzz` for one that looks where no mutant has been.
use ancu_shared::clock::SeededRandom;
use ancu_shared::id::PhotoHash;
use base64::Engine as _;
use reqwest::Method;
use reqwest::header::HeaderValue;
use tests::decoders::decoder;
use tests::mutant::mutate;
use tests::peer::Peer;
use tests::photo;
use tests::server::Server;

/// So many mutants of a decoder's honest inputs: none breaks its law, and more than the inputs themselves are let in, or the
/// hunt never got past its door.
fn hunt(name: &str, mutants: usize) {
    let (decoder, times) = (decoder(name), std::env::var("ANCU_ROUNDS").ok().and_then(|text| text.parse().ok()));
    let (seeds, mut random) = ((decoder.seeds)(), SeededRandom::new(20_261_122));
    let honest = seeds.iter().filter(|seed| (decoder.law)(seed)).count();
    assert!(honest > 0, "nothing honest is let in");
    let mut passed = 0;
    for round in 0..mutants * times.unwrap_or(1) {
        let mut mutant = seeds[round % seeds.len()].clone();
        mutate(&mut mutant, &mut random);
        passed += usize::from((decoder.law)(&mutant));
    }
    // A signature lets nothing in but what was signed.
    assert!(passed > 0 || matches!(name, "envelope" | "brief"), "no mutant of {name} was let in");
    assert!(passed < mutants * times.unwrap_or(1), "every mutant of {name} was let in");
}

#[test]
fn the_guard_lets_in_what_came_and_nothing_else() {
    hunt("guard", 6_000);
}

#[test]
fn what_passed_the_guard_can_be_applied_read_and_saved_in_any_company() {
    hunt("apply", 1_500);
}

#[test]
fn an_envelope_that_holds_is_spelt_in_one_way() {
    hunt("envelope", 12_000);
}

#[test]
fn a_brief_envelope_grows_by_what_follows_from_it_at_most() {
    hunt("brief", 12_000);
}

#[test]
fn messages_read_back_or_are_refused() {
    hunt("message", 8_000);
}

#[test]
fn a_link_reads_back_or_is_refused() {
    hunt("link", 24_000);
}

#[test]
fn what_a_device_nearby_says_is_read_or_refused() {
    hunt("near", 24_000);
}

#[test]
fn headers_of_an_upload_are_taken_within_the_limits_or_refused() {
    hunt("tus", 24_000);
}

#[test]
fn metadata_of_a_photo_never_makes_it_unreadable_and_never_lies_beyond_the_earth() {
    hunt("exif", 600);
}

#[test]
fn a_damaged_photo_is_a_photo_or_is_refused() {
    hunt("photo", 500);
}

#[test]
fn an_expression_ends_in_bounded_time_with_a_value_or_a_fault() {
    hunt("expression", 8_000);
}

#[test]
fn a_form_is_read_whole_or_its_faults_are_told() {
    hunt("form", 3_000);
}

/// The headers of uploads at the real server, every part mutated in turn: refused by a code, or taken for what they say.
#[test]
fn headers_of_uploads_are_taken_or_refused_by_a_code_and_honest_uploads_go_on() {
    let server = Server::start();
    let peer = Peer::enrol(&server, &server.link("canbo1"), 9).expect("an enrolled peer");
    let photo = photo::camera_jpeg(16, 12, 3, 1, None);
    let hash = PhotoHash::of(&photo).to_string();
    let metadata = format!("sha256 {}", base64::engine::general_purpose::STANDARD.encode(&hash));
    let send = |method: Method, path: &str, headers: &[(&'static str, &[u8])], body: Vec<u8>| {
        let mut request = peer.request(method, path).body(body);
        for (name, value) in headers {
            request = request.header(*name, HeaderValue::from_bytes(value).ok()?);
        }
        // Where a header's value is none on the wire, the connection is refused: that is an answer too.
        request.send().ok()
    };
    let length = photo.len().to_string();
    let creating: [(&str, &[u8]); 3] =
        [("tus-resumable", b"1.0.0"), ("upload-length", length.as_bytes()), ("upload-metadata", metadata.as_bytes())];
    let created = send(Method::POST, "/uploads", &creating, Vec::new()).expect("an answer");
    assert_eq!(created.status(), 201);
    let location = created.headers()["location"].to_str().expect("text").to_owned();
    let checksum = format!("sha1 {}", base64::engine::general_purpose::STANDARD.encode([0; 20]));
    let sending: [(&str, &[u8]); 4] = [
        ("tus-resumable", b"1.0.0"),
        ("content-type", b"application/offset+octet-stream"),
        ("upload-offset", b"0"),
        ("upload-checksum", checksum.as_bytes()),
    ];
    let (mut random, mut refused) = (SeededRandom::new(10), 0);
    for (method, path, honest) in [(Method::POST, "/uploads", &creating[..]), (Method::PATCH, &location, &sending)] {
        for round in 0..240 {
            let mut value = honest[round % honest.len()].1.to_vec();
            mutate(&mut value, &mut random);
            let mut headers = honest.to_vec();
            headers[round % honest.len()].1 = &value;
            // A checksum that does not fit whatever comes keeps a good PATCH from ending the upload.
            let Some(answer) = send(method.clone(), path, &headers, vec![7; 3]) else { continue };
            let status = answer.status();
            assert!(!status.is_server_error(), "{status}: {}", String::from_utf8_lossy(&value));
            if status.is_client_error() {
                let problem: serde_json::Value = answer.json().expect("a problem");
                assert!(problem["code"].as_str().is_some_and(|code| code != "internal"), "{problem}");
                refused += 1;
            }
        }
    }
    assert!(refused > 200, "{refused}");
    // Whatever they left behind, the photo still gets in.
    let created = send(Method::POST, "/uploads", &creating, Vec::new()).expect("an answer");
    assert_eq!((created.status().as_u16(), &created.headers()["upload-offset"]), (201, &HeaderValue::from_static("0")));
    let location = created.headers()["location"].to_str().expect("text").to_owned();
    let done = send(Method::PATCH, &location, &sending[..3], photo).expect("an answer");
    assert_eq!(done.status(), 204, "{:?}", done.text());
}
