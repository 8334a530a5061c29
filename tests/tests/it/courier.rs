//! Work that travels by file: exported where there is no network, carried by a colleague or an administrator, receipted.

use std::path::{Path, PathBuf};

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::courier::{BundleWriter, Manifest};
use ancu_shared::id::PhotoHash;
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::wire::DeviceReport;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::console::Console;
use tests::device::{Device, PIN};
use tests::peer::Peer;
use tests::photo;
use tests::server::Server;
use tests::story::{begin, free_mini_apartment, item_of, text, verdicts};

/// An officer's device in a basement, its work, and where files lie.
struct Basement {
    server: Server,
    first: Device,
    second: Device,
    inspection: String,
    items: Vec<String>,
    photo: String,
    files: tempfile::TempDir,
}

impl Basement {
    /// Two devices that know the server; then the server is gone, and one of them works on.
    fn new() -> Self {
        let mut server = Server::start();
        let (first, second) = (Device::new("Máy trong hầm"), Device::new("Máy của đồng nghiệp"));
        for (device, username) in [(&first, "canbo1"), (&second, "canbo2")] {
            device.enrol(&server.link(username));
            device.sync();
        }
        server.kill();
        let (inspection, template) = begin(&first, text(&free_mini_apartment(&first)["id"]));
        let items = verdicts(&template);
        for item in &items[..5] {
            answer(&first, &inspection, item, "trả lời trong hầm");
        }
        let added = first.add_photo(&inspection, &items[0], &photo::camera_jpeg(1600, 1200, 7, 1, None));
        let photo = text(&added["photos"][0]["hash"]).to_owned();
        let files = tempfile::tempdir().expect("a folder");
        Self { server, first, second, inspection, items, photo, files }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn export(&self, name: &str) -> Value {
        by_file(&self.first, "export", &self.file(name)).expect("an export")
    }

    /// What the second device shows of the first one's work.
    fn seen_by_second(&self) {
        let view = self.second.call(json!({ "command": "inspection_open", "id": self.inspection }));
        for item in &self.items[..5] {
            assert_eq!(item_of(&view, item)["statements"][0]["note"], "trả lời trong hầm", "{item}");
        }
        let picture = self.second.call(json!({ "command": "photo_read", "hash": self.photo, "size": "full" }));
        assert!(picture["data_base64"].as_str().is_some_and(|data| data.len() > 10_000), "the photo came too");
    }

    /// How often devices sent bytes of envelopes or photos.
    fn sendings(&self) -> usize {
        let sends = |line: &&str| {
            line.contains("started processing request")
                && (line.contains("uri=/sync/v1/push") || line.contains("uri=/uploads"))
        };
        self.server.log().lines().filter(sends).count()
    }
}

fn answer(device: &Device, inspection: &str, item: &str, note: &str) {
    device.call(json!({
        "command": "answer", "inspection": inspection, "item": item, "note": note,
        "answer": { "kind": "verdict", "value": "pass" },
    }));
}

fn by_file(device: &Device, verb: &str, file: &Path) -> Result<Value, tests::device::Refused> {
    device.run(PIN, &["courier", verb, &file.to_string_lossy()])
}

fn status(device: &Device) -> Value {
    device.call(json!({ "command": "status" }))
}

fn all_receipted(status: &Value) {
    for what in ["records", "answers", "photos", "waiting", "quarantined"] {
        assert_eq!(status["unsent"][what], 0, "{what}: {status}");
    }
    assert_eq!(status["safe_to_wipe"], true, "{status}");
    assert_eq!(status["courier"]["exported"], Value::Null, "{status}");
}

#[test]
fn work_is_exported_imported_at_the_server_and_not_sent_twice() {
    let mut basement = Basement::new();
    let written = basement.export("viec.ancu");
    assert_eq!((&written["photos"], &written["left_out"]), (&json!(1), &json!(0)), "{written}");
    // A file is no receipt.
    let told = status(&basement.first);
    assert_eq!(told["courier"]["exported"]["photos"], 1, "{told}");
    assert_eq!((&told["unsent"]["answers"], &told["safe_to_wipe"]), (&json!(5), &json!(false)), "{told}");
    let again = by_file(&basement.first, "export", &basement.file("viec.ancu")).expect_err("it is there");
    assert_eq!(again.code(), "file_unusable");
    let other = by_file(&basement.first, "export", &basement.file("viec.txt")).expect_err("no such name");
    assert_eq!(other.code(), "file_unusable");
    assert!(text(&other.problem["title"]).contains("phải có đuôi .ancu"), "{other:?}");
    // The file that went out is not what comes back.
    for verb in ["receipt", "carry"] {
        let own = by_file(&basement.first, verb, &basement.file("viec.ancu")).expect_err("its own");
        assert_eq!(own.code(), "courier_own", "{verb}: {own:?}");
    }
    assert_eq!(status(&basement.first)["courier"]["cargo"], json!([]), "nothing is carried");

    // Beside the serving process, on the same store.
    basement.server.up();
    let (file, receipt) = (basement.file("viec.ancu"), basement.file("bien-nhan.ancu"));
    let (file, receipt) = (file.to_string_lossy().into_owned(), receipt.to_string_lossy().into_owned());
    let imported = basement.server.command(&["courier", "import", &file, "--receipt", &receipt]).expect("import");
    assert!(imported.contains("0 quarantined, 0 refused; 1 photo, 0 refused"), "{imported}");
    assert!(imported.contains("(0 known before)"), "{imported}");
    let repeated = basement.server.command(&["courier", "import", &file]).expect("again");
    assert!(!repeated.contains("(0 known before)") && repeated.contains("1 photo, 0 refused"), "{repeated}");
    basement.second.sync();
    basement.seen_by_second();

    // The next exchange of the origin: everything is receipted, and neither envelope nor photo goes over the line again.
    let before = basement.sendings();
    all_receipted(&basement.first.sync());
    assert_eq!(basement.sendings(), before, "something was sent twice");
    let empty = by_file(&basement.first, "export", &basement.file("nua.ancu")).expect_err("nothing is left");
    assert_eq!(empty.code(), "courier_empty");
    // What is entered later is another matter.
    answer(&basement.first, &basement.inspection, &basement.items[5], "sau đó");
    assert_eq!(status(&basement.first)["courier"]["exported"], Value::Null);
    all_receipted(&basement.first.sync());
    assert!(basement.sendings() > before);
    basement.server.command(&["verify-audit"]).expect("the audit chains hold");
}

#[test]
fn a_receipt_that_is_carried_back_counts_without_any_network() {
    let mut basement = Basement::new();
    basement.export("viec.ancu");
    basement.server.up();
    let (file, receipt) = (basement.file("viec.ancu"), basement.file("bien-nhan.ancu"));
    let (from, to) = (file.to_string_lossy().into_owned(), receipt.to_string_lossy().into_owned());
    basement.server.command(&["courier", "import", &from, "--receipt", &to]).expect("import");
    basement.server.kill();
    // Another device's, a damaged one, another kind of file: said in one word each, and nothing changes.
    assert_eq!(by_file(&basement.second, "receipt", &receipt).expect_err("foreign").code(), "courier_receipt_foreign");
    let bytes = std::fs::read(&receipt).expect("the receipt");
    let damaged = basement.file("hong.ancu");
    for at in [30, bytes.len() / 4, bytes.len() / 2, bytes.len() * 3 / 4, bytes.len() - 50] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        std::fs::write(&damaged, &bytes).expect("a file");
        let refused = by_file(&basement.first, "receipt", &damaged).expect_err("damaged");
        assert_eq!(refused.code(), "courier_damaged", "{at}");
    }
    assert_eq!(status(&basement.first)["unsent"]["answers"], 5);
    // What was answered after the export is not covered by the receipt.
    answer(&basement.first, &basement.inspection, &basement.items[6], "sau khi xuất");
    let taken = by_file(&basement.first, "receipt", &receipt).expect("the receipt");
    assert_eq!((&taken["taken"], &taken["photos"]), (&json!("receipt"), &json!(1)), "{taken}");
    let told = status(&basement.first);
    assert_eq!((&told["unsent"]["answers"], &told["unsent"]["photos"]), (&json!(1), &json!(0)), "{told}");
    // Once more: nothing more.
    let taken = by_file(&basement.first, "receipt", &receipt).expect("the receipt again");
    assert_eq!((&taken["envelopes"], &taken["photos"]), (&json!(0), &json!(0)), "{taken}");
    basement.server.up();
    all_receipted(&basement.first.sync());
}

#[test]
fn a_colleague_carries_it_and_brings_the_receipt_back() {
    let mut basement = Basement::new();
    let written = basement.export("viec.ancu");
    let file = basement.file("viec.ancu");
    // As a window hands it in: piece by piece. The second device has no network either.
    let bytes = std::fs::read(&file).expect("the file");
    let bridge = basement.second.bridge();
    let mut offset = 0;
    for piece in bytes.chunks(100_000) {
        let last = offset + piece.len() == bytes.len();
        let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, piece);
        let taken = bridge.call(&json!({
            "command": "courier_take_piece", "offset": offset, "data_base64": data, "last": last,
        }));
        assert_eq!(taken["taken"], if last { "cargo" } else { "piece" }, "{taken}");
        offset += piece.len();
    }
    let told = bridge.call(&json!({ "command": "status" }));
    assert_eq!(told["courier"]["cargo"][0]["bundle"], written["bundle"], "{told}");
    assert_eq!(told["safe_to_wipe"], false, "somebody else's work is on it: {told}");
    bridge.kill();
    let receipt = basement.file("bien-nhan.ancu");
    let handed = ["courier", "hand-back", text(&written["bundle"]), &receipt.to_string_lossy()];
    let early = basement.second.run(PIN, &handed).expect_err("it was not delivered yet");
    assert_eq!(early.code(), "courier_undelivered", "{early:?}");

    basement.server.up();
    let told = basement.second.sync();
    assert!(told["courier"]["cargo"][0]["ended_at"].is_i64(), "{told}");
    assert_eq!((&told["courier"]["cargo"][0]["refused"], &told["safe_to_wipe"]), (&Value::Null, &json!(true)));
    // It is a record like any other now, with its author's name.
    basement.second.sync();
    basement.seen_by_second();
    let view = basement.server.console("duyet1").get(&format!("/api/v1/inspections/{}", basement.inspection));
    let by = &item_of(&view, &basement.items[0])["statements"][0]["by"];
    assert_eq!(by["person_name"], basement.server.account("canbo1").name.as_str(), "{by}");
    // Taken along a second time, it costs the line nothing.
    let before = basement.sendings();
    by_file(&basement.second, "carry", &file).expect("once more");
    basement.second.sync();
    assert_eq!(basement.sendings(), before, "a file that was delivered is known by its name");

    basement.server.kill();
    let said = basement.second.run(PIN, &handed).expect("the receipt");
    assert_eq!(said["receipt"], true, "it is no work of its own: {said}");
    by_file(&basement.first, "receipt", &receipt).expect("the receipt is taken");
    all_receipted(&status(&basement.first));
}

/// Brings a file as an administrator does in the console.
fn upload(console: &Console, file: Vec<u8>) -> Result<Value, (StatusCode, String)> {
    // A program that was not optimised opens a megabyte a second.
    let patience = std::time::Duration::from_mins(5);
    let request = console.request(Method::POST, "/api/v1/courier").timeout(patience).body(file);
    let answer = request.send().expect("an answer");
    let status = answer.status();
    let body: Value = answer.json().expect("JSON");
    if status.is_success() { Ok(body) } else { Err((status, text(&body["code"]).to_owned())) }
}

#[test]
fn files_that_are_none_are_refused_and_nothing_of_them_counts() {
    let mut basement = Basement::new();
    basement.export("viec.ancu");
    let whole = std::fs::read(basement.file("viec.ancu")).expect("the file");
    let stranger = Server::start();
    let far = Device::new("Máy ở nơi khác");
    far.enrol(&stranger.link("canbo1"));
    far.sync();
    let (inspection, template) = begin(&far, text(&free_mini_apartment(&far)["id"]));
    answer(&far, &inspection, &verdicts(&template)[0], "nơi khác");
    by_file(&far, "export", &basement.file("noi-khac.ancu")).expect("an export");

    basement.server.up();
    let administrator = basement.server.console("quantri");
    let changed = |at: usize, to: &[u8]| {
        let mut bytes = whole.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        bytes
    };
    let attacks: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", Vec::new(), "courier_unknown"),
        ("garbage", b"PK\x03\x04 not what it seems".repeat(500), "courier_unknown"),
        ("cut in its head", whole[..40].to_vec(), "courier_damaged"),
        ("cut in the middle", whole[..whole.len() / 2].to_vec(), "courier_damaged"),
        ("cut at its end", whole[..whole.len() - 1].to_vec(), "courier_damaged"),
        ("longer", [&whole[..], b"x"].concat(), "courier_damaged"),
        ("one bit of a frame", changed(5_000, &[whole[5_000] ^ 1]), "courier_damaged"),
        ("a frame of four gigabytes", changed(73, &u32::MAX.to_be_bytes()), "courier_damaged"),
        ("a newer version", changed(6, &[0, 9]), "courier_newer"),
        ("another server's", std::fs::read(basement.file("noi-khac.ancu")).expect("the file"), "courier_foreign"),
    ];
    for (what, bytes, code) in attacks {
        let refused = upload(&administrator, bytes.clone()).expect_err(what);
        assert_eq!(refused.1, code, "{what} at the server");
        assert!(refused.0.is_client_error(), "{what}: {refused:?}");
        let file = basement.file(&format!("{}.ancu", what.replace(' ', "-")));
        std::fs::write(&file, &bytes).expect("a file");
        let refused = by_file(&basement.second, "carry", &file).expect_err(what);
        assert_eq!(refused.code(), code, "{what} at a colleague's device");
    }
    assert_eq!(status(&basement.second)["courier"]["cargo"], json!([]));
    // Whoever is no administrator does not get that far.
    let reviewer = upload(&basement.server.console("duyet1"), whole.clone()).expect_err("no administrator");
    assert_eq!(reviewer.1, "forbidden");
    let missing = basement.server.command(&["courier", "import", "/nowhere/at-all.ancu"]).expect_err("no file");
    assert!(missing.contains("file_unusable") && missing.contains("không có tệp này"), "{missing}");
    // The whole one is still taken.
    let imported = upload(&administrator, whole).expect("the whole one");
    assert_eq!((&imported["photos"], &imported["quarantined"]), (&json!(1), &json!(0)), "{imported}");
    let receipt = administrator.bytes(&format!("/api/v1/courier/{}/receipt", text(&imported["bundle"])));
    let file = basement.file("bien-nhan.ancu");
    std::fs::write(&file, receipt).expect("a file");
    by_file(&basement.first, "receipt", &file).expect("the receipt is taken");
    all_receipted(&status(&basement.first));
}

/// A bundle by hand, by whoever says to be this author.
fn bundle(peer: &Peer, signed_by: &AuthorSecret, fill: impl FnOnce(&mut BundleWriter<Vec<u8>>)) -> Vec<u8> {
    let key = peer.enrolled.context.courier.expect("the server hands its key out");
    let manifest = Manifest {
        author: peer.secret.public(),
        made_at: UtcMillis(1),
        device: DeviceReport::default(),
        envelopes: 0,
        photos: 0,
    };
    let mut random = SeededRandom::new(99);
    let mut bundle = BundleWriter::begin(Vec::new(), key, signed_by, &manifest, &mut random).expect("begin");
    fill(&mut bundle);
    bundle.finish().expect("finish").0
}

#[test]
fn the_signature_decides_not_the_courier() {
    let server = Server::start();
    let mut peer = Peer::enrol(&server, &server.link("canbo1"), 5).expect("enrolled");
    let administrator = server.console("quantri");
    let unit = peer.enrolled.context.scope[0];
    let puts = [("h/schema", Scalar::Int(1)), ("h/name", Scalar::Text("Nhà trọ trong hầm".into()))];
    let (_, good) = peer.record(RecordKind::Facility, unit, UtcMillis(1_795_000_000_000), &puts);
    let (_, mut forged) = peer.record(RecordKind::Facility, unit, UtcMillis(1_795_000_000_001), &puts);
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let picture = photo::jpeg(&photo::picture(64, 64, 3));

    // A manifest in somebody's name, without that person's key.
    let stranger = AuthorSecret::generate(&mut SeededRandom::new(77));
    let file = bundle(&peer, &stranger, |bundle| bundle.envelope(&good).expect("envelope"));
    assert_eq!(upload(&administrator, file).expect_err("forged").1, "signature_invalid");

    let file = bundle(&peer, &peer.secret, |bundle| {
        bundle.envelope(&forged).expect("envelope");
        bundle.envelope(b"no envelope at all").expect("envelope");
        bundle.photo(&PhotoHash::of(b"another"), &picture).expect("photo");
        bundle.envelope(&good).expect("envelope");
        bundle.photo(&PhotoHash::of(&picture), &picture).expect("photo");
        bundle.photo(&PhotoHash::of(&picture), &picture).expect("photo");
    });
    for round in 0..2 {
        let imported = upload(&administrator, file.clone()).expect("imported");
        assert_eq!((&imported["admitted"], &imported["quarantined"]), (&json!(1), &json!(2)), "{imported}");
        assert_eq!((&imported["photos"], &imported["photos_refused"]), (&json!(2), &json!(1)), "{imported}");
        assert_eq!(imported["known"], round, "{imported}");
    }
    let quarantine = administrator.get("/api/v1/quarantine");
    assert_eq!(quarantine["total"], 2, "{quarantine}");
    server.command(&["verify-audit"]).expect("the audit chains hold");
}

#[test]
fn a_large_file_passes_through_a_little_memory() {
    const MIB: usize = 1024 * 1024;
    let server = Server::start();
    let peer = Peer::enrol(&server, &server.link("canbo1"), 6).expect("enrolled");
    let administrator = server.console("quantri");
    // One photo is half of the file: whoever held either in memory would be seen.
    let file = bundle(&peer, &peer.secret, |bundle| {
        let mut random = SeededRandom::new(3);
        for _ in 0..2 {
            let mut noise = vec![0; 8 * MIB];
            ancu_shared::clock::RandomSource::fill(&mut random, &mut noise);
            bundle.photo(&PhotoHash::of(&noise), &noise).expect("photo");
        }
    });
    let process = PathBuf::from(format!("/proc/{}", server.process_id()));
    let mebibytes = |name: &str| {
        let told = std::fs::read_to_string(process.join("status")).expect("its status");
        let line = told.lines().find(|line| line.starts_with(name)).expect("a line of its status").to_owned();
        line.split_ascii_whitespace().nth(1).and_then(|kib| kib.parse::<usize>().ok()).expect("a number") / 1024
    };
    // The peak is counted from here on: the login took more for a moment.
    std::fs::write(process.join("clear_refs"), "5").expect("the peak can be forgotten");
    let (before, size) = (mebibytes("VmRSS:"), file.len() / MIB);
    let imported = upload(&administrator, file).expect("imported");
    assert_eq!(imported["photos"], 2, "{imported}");
    let grown = mebibytes("VmHWM:").saturating_sub(before);
    assert!(size >= 16 && grown < 8, "{grown} MiB more for a file of {size} MiB");
}
