//! Every decoder against thousands of mutants of honest inputs, the same ones each time. None panics, none is slow, and what
//! is let in keeps the decoder's law: it reads back, it is spelt in one way, it is within its limits. `ANCU_ROUNDS=100` for a
//! longer hunt.
use ancu_field::photos::{self, Circumstances};
use ancu_shared::author::AuthorSecret;
use ancu_shared::checklist::expression::{Environment, Expression, Name, NoForm, Tree};
use ancu_shared::checklist::xlsform::{self, xform};
use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::document::Document;
use ancu_shared::document::guard::check_change;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, ChangeHash, DocumentId, PhotoHash, UnitId};
use ancu_shared::link::EnrolLink;
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::admission::check_envelope;
use ancu_shared::sync::brief;
use ancu_shared::sync::wire::{
    self, EnrolAnswer, EnrolGrant, EnrolRequest, Invitation, PhotoOffer, PullAnswer, PullRequest, PushAnswer,
    PushRequest, SignedInvitation, UnitCursor,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tests::mutant::{mutate, mutate_content};
use tests::peer::Peer;
use tests::photo;
use tests::server::Server;

/// Mutants of each of these seeds in turn, as many as asked for, to the decoder.
fn hunt(seeds: &[Vec<u8>], mutants: usize, mut decode: impl FnMut(&[u8])) {
    let times = std::env::var("ANCU_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut random = SeededRandom::new(20_261_122);
    for seed in seeds {
        decode(seed);
    }
    for round in 0..mutants * times {
        let mut mutant = seeds[round % seeds.len()].clone();
        mutate(&mut mutant, &mut random);
        decode(&mutant);
    }
}

fn secret() -> AuthorSecret {
    AuthorSecret::from_seed(&[7; 32])
}

/// Three changes of premises: made, changed, a value taken away.
fn changes() -> Vec<(ChangeHash, Vec<u8>)> {
    let mut document = Document::new(ActorId::derive(&secret().public(), 0));
    let sittings = [
        vec![
            ("h/schema", Scalar::Int(1)),
            ("h/name", Scalar::from("Nhà trọ Hoa Sen")),
            ("h/latitude", Scalar::Number(20.99)),
        ],
        vec![("h/name", Scalar::from("Hoa Sen")), ("h/storeys", Scalar::Int(6)), ("h/note", Scalar::Bool(true))],
        vec![("h/storeys", Scalar::Null)],
    ];
    let mut made = Vec::new();
    for (number, puts) in (0..).zip(sittings) {
        for (key, value) in puts {
            document.put(&Key::parse(key).expect("a key"), &value).expect("a value");
        }
        let change = document.commit(UtcMillis(1_795_285_800_000 + number)).expect("a change").expect("something");
        made.push((change.hash, change.bytes));
    }
    made
}

fn envelope() -> Vec<u8> {
    let (document, unit) = (DocumentId::from_bytes([5; 16]), UnitId::from_bytes([6; 16]));
    Envelope::seal(document, RecordKind::Facility, unit, &secret(), 0, changes()).encode()
}

#[test]
fn the_guard_lets_in_what_came_and_nothing_else() {
    let mut random = SeededRandom::new(5);
    let seeds: Vec<_> = changes().into_iter().map(|(_, bytes)| bytes).collect();
    let mut passed = 0;
    hunt(&seeds, 6_000, |bytes| {
        // Once as it is, once with a mutated content under a checksum that holds.
        let mut inside = bytes.to_vec();
        mutate_content(&mut inside, &mut random);
        for bytes in [bytes, &inside] {
            if let Ok(change) = check_change(bytes, RecordKind::Facility) {
                assert_eq!(change.bytes, bytes, "what is let in is what came");
                assert!(change.max_op + 1 >= change.start_op, "operations are numbered upwards");
                passed += 1;
            }
        }
    });
    assert!(passed > seeds.len(), "some mutants are changes too, or the guard was never reached");
}

#[test]
fn what_passed_the_guard_can_be_applied_read_and_saved_in_any_company() {
    let mut random = SeededRandom::new(6);
    let honest: Vec<_> = changes().into_iter().map(|(_, bytes)| bytes).collect();
    let mut applied = 0;
    hunt(&honest, 1_500, |bytes| {
        let mut mutant = bytes.to_vec();
        mutate_content(&mut mutant, &mut random);
        let mut document = Document::new(ActorId([9; 16]));
        for bytes in [&honest[0], &mutant, &honest[1], &honest[2]] {
            if let Ok(change) = check_change(bytes, RecordKind::Facility) {
                // It may not fit what is there: that is said, and the document goes on.
                applied += usize::from(document.apply(&[change]).is_ok());
            }
        }
        if document.cells().is_ok() {
            let saved = document.save().expect("what can be read can be saved");
            let mut again = Document::load(Some(&saved), std::iter::empty(), ActorId([8; 16])).expect("it loads");
            assert_eq!(again.heads(), document.heads());
        }
    });
    assert!(applied > 3_000, "{applied}");
}

#[test]
fn an_envelope_that_holds_is_spelt_in_one_way() {
    let honest = envelope();
    hunt(std::slice::from_ref(&honest), 12_000, |bytes| {
        if let Ok(checked) = check_envelope(bytes) {
            assert_eq!(checked.envelope.encode(), bytes);
            assert_eq!(bytes, honest, "a signature holds for what was signed");
        }
    });
}

#[test]
fn a_brief_envelope_grows_by_what_follows_from_it_at_most() {
    let brief = brief::brief(&envelope());
    hunt(&[brief], 12_000, |bytes| {
        let whole = brief::expand(bytes);
        // A change gives back its magic, checksum, actor and one hash: no more, however often it is said.
        assert!(whole.len() <= bytes.len() * 80 + 256, "{} of {}", whole.len(), bytes.len());
    });
}

fn reads_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> bool {
    let Ok(message) = wire::decode::<T>(bytes) else { return false };
    let again = wire::encode(&message);
    assert_eq!(wire::decode::<T>(&again).ok(), Some(message), "a message reads back");
    true
}

#[test]
fn messages_read_back_or_are_refused() {
    let cursors = vec![UnitCursor { unit: UnitId::from_bytes([6; 16]), cursor: None }];
    let grant = EnrolGrant::Code { code: "ABCD-2345-EFGH".into() };
    let author = secret().public();
    let proof = secret().sign(&EnrolRequest::signed_bytes(&author, &grant));
    let enrol = EnrolRequest { grant, author, proof, device_name: "Máy".into(), person_name: None };
    let seeds = vec![
        wire::encode(&PushRequest { envelopes: vec![envelope().into()], ..PushRequest::default() }),
        wire::encode(&PullRequest { cursors, ..PullRequest::default() }),
        wire::encode(&PhotoOffer { hashes: vec![PhotoHash([3; 32]), PhotoHash([4; 32])] }),
        wire::encode(&enrol),
        // Depth and counts that are only claimed.
        vec![0x81; 5_000],
        vec![0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [&[0xa1, 0x69][..], b"envelopes", &[0x9b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]].concat(),
    ];
    let mut read = 0;
    hunt(&seeds, 8_000, |bytes| {
        read += usize::from(reads_back::<PushRequest>(bytes));
        read += usize::from(reads_back::<PushAnswer>(bytes));
        read += usize::from(reads_back::<PullRequest>(bytes));
        read += usize::from(reads_back::<PullAnswer>(bytes));
        read += usize::from(reads_back::<EnrolRequest>(bytes));
        read += usize::from(reads_back::<EnrolAnswer>(bytes));
        read += usize::from(reads_back::<PhotoOffer>(bytes));
    });
    assert!(read > seeds.len(), "{read}");
}

#[test]
fn a_link_reads_back_or_is_refused() {
    let officer = secret();
    let invitation = Invitation {
        nonce: [2; 16],
        facility: DocumentId::from_bytes([3; 16]),
        unit: UnitId::from_bytes([4; 16]),
        place: "Nhà trọ Hoa Sen, 12 ngõ 29 Khương Hạ".into(),
        expires_at: UtcMillis(9),
        author: officer.public(),
    };
    let signed = SignedInvitation::issue(&invitation, &officer);
    let link = |grant| EnrolLink { server: "https://127.0.0.1:8443".into(), fingerprint: [7; 32], grant }.to_text();
    let texts = [
        link(EnrolGrant::Code { code: "ABCD-2345-EFGH".into() }),
        link(EnrolGrant::Invitation { invitation: signed.clone() }),
    ];
    let judge = |text: &str| {
        if let Ok(link) = EnrolLink::parse(text) {
            assert_eq!(EnrolLink::parse(&link.to_text()).as_ref(), Ok(&link), "a link reads back");
            assert!(link.server.starts_with("https://"), "{text}");
        }
    };
    hunt(&texts.map(String::into_bytes), 12_000, |bytes| judge(&String::from_utf8_lossy(bytes)));
    // What the code carries is base64url: mutants of the invitation itself, wrapped as it should be.
    let fingerprint = URL_SAFE_NO_PAD.encode([7; 32]);
    hunt(&[wire::encode(&signed)], 12_000, |bytes| {
        let payload = URL_SAFE_NO_PAD.encode(bytes);
        judge(&format!("ancu://enrol?s=https://127.0.0.1:8443&f={fingerprint}&i={payload}"));
    });
}

#[test]
fn metadata_of_a_photo_never_makes_it_unreadable_and_never_lies_beyond_the_earth() {
    let whole = photo::camera_jpeg(16, 12, 3, 6, Some(photo::PLACE));
    // The block that the camera wrote: marker and length stay, what it says is mutated.
    let length = usize::from(u16::from_be_bytes([whole[4], whole[5]]));
    let (metadata, picture) = (whole[6..4 + length].to_vec(), &whole[4 + length..]);
    let circumstances = Circumstances { now: UtcMillis(1_795_285_800_000), author: "Cán bộ".into(), position: None };
    let mut placed = 0;
    hunt(&[metadata], 600, |mutant| {
        let length = u16::try_from(mutant.len() + 2).expect("it grows by some bytes");
        let file = [&[0xFF, 0xD8, 0xFF, 0xE1][..], &length.to_be_bytes(), mutant, picture].concat();
        let reduced = photos::reduce(&file, &circumstances).expect("the picture is as it was");
        if let Some(place) = reduced.place {
            assert!(place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0, "a place on the earth");
            placed += 1;
        }
    });
    assert!(placed > 10, "{placed} places read");
}

#[test]
fn a_damaged_photo_is_a_photo_or_is_refused() {
    let file = photo::camera_jpeg(24, 16, 4, 1, None);
    let circumstances = Circumstances { now: UtcMillis(1_795_285_800_000), author: "Cán bộ".into(), position: None };
    let mut refused = 0;
    hunt(&[file], 500, |mutant| match photos::reduce(mutant, &circumstances) {
        Ok(reduced) => assert_eq!(reduced.hash, PhotoHash::of(&reduced.full)),
        Err(problem) => refused += usize::from(!problem.vi.is_empty()),
    });
    assert!(refused > 10, "{refused}");
}

#[test]
fn an_expression_ends_in_bounded_time_with_a_value_or_a_fault() {
    let texts = [
        "/data/a + 2 * -3 div 4 mod 5",
        "if(selected(/data/b, 'two'), concat('x', string-length(/data/b)), once(now()))",
        "count(/data/*[position() < 3 and . != '']) >= 1 or not(true())",
        "regex(../b, '^[a-z]{1,8}(x|y)+$')",
        "format-date-time(date('2026-11-21'), '%Y-%m-%d %H:%M')",
        "sum(/data/b) | //a[@x='1']/ancestor::*",
    ];
    let mut tree = Tree::new();
    let root = tree.add_root();
    let data = tree.add_element(root, Name::plain("data"));
    for (name, value) in [("a", "1"), ("b", "two"), ("b", "2026-11-21")] {
        let node = tree.add_element(data, Name::plain(name));
        tree.add_text(node, value);
    }
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(7));
    let environment = Environment {
        tree: &tree,
        root,
        now: UtcMillis(0),
        zone: &zone,
        language: "vi",
        namespaces: &[],
        form: &NoForm,
    };
    let mut valued = 0;
    hunt(&texts.map(|text| text.as_bytes().to_vec()), 8_000, |bytes| {
        if let Ok(expression) = Expression::parse(&String::from_utf8_lossy(bytes)) {
            valued += usize::from(expression.evaluate(&environment, &mut SeededRandom::new(1), data).is_ok());
        }
    });
    assert!(valued > texts.len(), "{valued}");
}

#[test]
fn a_form_is_read_whole_or_its_faults_are_told() {
    const FORM: &str = "\"survey\"\n,\"type\",\"name\",\"label\",\"relevant\",\"constraint\"\n\
        ,\"text\",\"a\",\"Tên\",,\"string-length(.) < 10\"\n,\"select_one c\",\"b\",\"Chọn\",\"${a} != ''\",\n\
        \"choices\"\n,\"list_name\",\"name\",\"label\"\n,\"c\",\"1\",\"Một\"\n,\"c\",\"2\",\"Hai\"\n";
    let mut read = 0;
    hunt(&[FORM.as_bytes().to_vec()], 3_000, |bytes| {
        let Ok(workbook) = ancu_sync_server::workbook::open(bytes) else { return };
        match xlsform::read(&workbook) {
            Ok(form) => {
                read += 1;
                assert!(xform::write(&form, "form").starts_with('<'));
            }
            Err(faults) => assert!(!faults.is_empty(), "what is refused is told why"),
        }
    });
    assert!(read > 10, "{read}");
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
