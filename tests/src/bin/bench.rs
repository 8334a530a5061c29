//! `make bench`: what the system costs against what the machine can do, both measured in this run, on this disk.
//!
//! Each line is JSON: `{"bench","value","unit","limit","ratio","target","pass"}`; `ratio` is `value / limit`, `target` the greatest ratio
//! that passes. Values are medians where something is repeated. Exit status 1 if one does not pass.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use ancu_field::ambient::{SystemClock, SystemRandom};
use ancu_field::api::{Command, dispatch};
use ancu_field::engine::Engine;
use ancu_shared::clock::UtcMillis;
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::Scalar;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use rusqlite::Connection;
use serde_json::{Value, json};
use tests::device::PIN;
use tests::peer::Peer;
use tests::photo;
use tests::server::Server;
use tests::story::text;

/// An engine in this process, enrolled.
struct Phone {
    engine: Engine,
    folder: tempfile::TempDir,
}

impl Phone {
    fn enrolled(link: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Engine::open(folder.path(), Arc::new(SystemClock), Box::new(SystemRandom)).expect("an engine");
        let phone = Self { engine, folder };
        phone.call(json!({ "command": "enrol", "link": link, "pin": PIN, "device_name": "Máy đo" }));
        phone.exchange();
        phone
    }

    fn call(&self, command: Value) -> Value {
        let told = format!("{command:.200}");
        let command: Command = serde_json::from_value(command).expect("a command");
        dispatch(&self.engine, command).unwrap_or_else(|problem| panic!("{told}: {problem:?}"))
    }

    fn exchange(&self) -> Value {
        self.call(json!({ "command": "exchange" }));
        let status = self.call(json!({ "command": "exchange_wait" }));
        assert_eq!(status["unsent"]["records"], 0, "{status}");
        status
    }
}

struct Report {
    passed: bool,
}

impl Report {
    fn line(&mut self, bench: &str, value: f64, limit: f64, target: f64) {
        let ratio = value / limit;
        let pass = ratio <= target;
        self.passed &= pass;
        let round = |number: f64| (number * 1000.0).round() / 1000.0;
        println!(
            "{}",
            json!({
                "bench": bench, "value": round(value), "unit": "ms", "limit": round(limit),
                "ratio": round(ratio), "target": target, "pass": pass,
            })
        );
    }
}

fn main() -> ExitCode {
    let mut report = Report { passed: true };
    let server = Server::start();
    let phone = Phone::enrolled(&server.link("canbo1"));
    answer_saved(&mut report, &phone);
    photo_reduced(&mut report, &phone);
    thousand_inspections(&mut report, &server, &phone);
    search(&mut report, &server, &phone);
    if report.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn bare_sqlite(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("limit.db")).expect("a database");
    connection.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    connection.pragma_update(None, "synchronous", "FULL").expect("FULL");
    connection
        .execute_batch("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        .expect("a table");
    connection
}

fn begin(phone: &Phone, facility: &Value) -> (String, Vec<String>) {
    let started = phone.call(json!({ "command": "inspection_start", "facility": facility }));
    let reference = &started["summary"]["template"];
    let template =
        phone.call(json!({ "command": "template", "code": reference["code"], "version": reference["version"] }));
    let groups = template["groups"].as_array().expect("groups").iter();
    let checks = groups
        .flat_map(|group| group["items"].as_array().expect("items"))
        .filter(|item| item["input"]["type"] == "verdict")
        .map(|item| text(&item["code"]).to_owned())
        .collect();
    (text(&started["summary"]["id"]).to_owned(), checks)
}

fn first_facility(phone: &Phone) -> Value {
    let listed = phone.call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 100 }));
    let items = listed["items"].as_array().expect("a list");
    items.iter().find(|one| one["class"] == "mini_apartment").expect("a mini-apartment")["id"].clone()
}

/// One answer, from the command to the durable row, against one bare commit of as many bytes; taken in turns.
fn answer_saved(report: &mut Report, phone: &Phone) {
    let (inspection, checks) = begin(phone, &first_facility(phone));
    let connection = bare_sqlite(phone.folder.path());
    let (mut answers, mut commits) = (Vec::new(), Vec::new());
    for round in 0..300 {
        let command = json!({
            "command": "answer", "inspection": inspection, "item": checks[round % checks.len()],
            "answer": { "kind": "verdict", "value": if round % 2 == 0 { "pass" } else { "not_applicable" } },
            "note": format!("lần {round}"),
        });
        let bytes = command.to_string().into_bytes();
        answers.push(milliseconds(|| drop(phone.call(command))));
        commits.push(milliseconds(|| {
            connection.execute("INSERT INTO row (body) VALUES (?1)", [&bytes]).expect("a row");
        }));
    }
    report.line("answer_saved", median(answers), median(commits), 3.0);
}

/// A 12-megapixel photo through the engine (decoded, turned, reduced, stamped, hashed, stored), against decoding and encoding it.
fn photo_reduced(report: &mut Report, phone: &Phone) {
    let (inspection, checks) = begin(phone, &first_facility(phone));
    let original = photo::camera_jpeg(4000, 3000, 12, 6, Some(photo::PLACE));
    let (mut reduced, mut bare) = (Vec::new(), Vec::new());
    for round in 0..5 {
        // Other bytes each time, so that nothing can be recognised.
        let mut original = original.clone();
        original.extend_from_slice(&[0, round]);
        let data = STANDARD.encode(&original);
        let item = &checks[usize::from(round)];
        reduced.push(milliseconds(|| {
            drop(phone.call(json!({
                "command": "photo_add", "inspection": inspection, "item": item, "file_name": "a.jpg", "data_base64": data,
            })));
        }));
        bare.push(milliseconds(|| {
            let picture = image::load_from_memory(&original).expect("a photo").into_rgb8();
            let mut encoded = Vec::new();
            JpegEncoder::new_with_quality(&mut encoded, 85).encode_image(&picture).expect("a JPEG");
            assert!(encoded.len() > 10_000);
        }));
    }
    report.line("photo_reduced_12mp", median(reduced), median(bare), 1.5);
}

/// 1,000 inspections of 12 answers pushed by one phone and pulled by another, against writing the same bytes to SQLite once.
fn thousand_inspections(report: &mut Report, server: &Server, phone: &Phone) {
    phone.exchange();
    let other = Phone::enrolled(&server.link("canbo2"));
    let facility = first_facility(phone);
    for _ in 0..1000 {
        let (inspection, checks) = begin(phone, &facility);
        for item in &checks[..12] {
            phone.call(json!({
                "command": "answer", "inspection": inspection, "item": item,
                "answer": { "kind": "verdict", "value": "pass" }, "note": "",
            }));
        }
        phone.call(json!({ "command": "section_leave", "inspection": inspection }));
    }
    let moved = milliseconds(|| drop(phone.exchange())) + milliseconds(|| drop(other.exchange()));

    // The same envelopes as the server keeps them, each a row, in one bare store as durable as ours: once.
    let kept =
        Connection::open_with_flags(server.folder().join("server.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
            .expect("the server's store");
    let mut query = kept.prepare("SELECT body FROM envelope ORDER BY rowid DESC LIMIT 2000").expect("envelopes");
    let envelopes: Vec<Vec<u8>> =
        query.query_map([], |row| row.get(0)).expect("rows").collect::<Result<_, _>>().expect("bytes");
    let mut connection = bare_sqlite(server.folder());
    let limit = milliseconds(|| {
        for batch in envelopes.chunks(200) {
            let transaction = connection.transaction().expect("a transaction");
            for bytes in batch {
                transaction.execute("INSERT INTO row (body) VALUES (?1)", [bytes]).expect("a row");
            }
            transaction.commit().expect("a commit");
        }
    });
    report.line("exchange_1000_inspections", moved, limit, 100.0);
}

/// One search without diacritics among 10,000 premises, against one scan of as many short texts in bare SQLite.
fn search(report: &mut Report, server: &Server, phone: &Phone) {
    let mut peer = Peer::enrol(server, &server.console_link("canbo2"), 77).expect("an enrolled peer");
    let unit = peer.enrolled.context.scope[0];
    let at = UtcMillis(peer.enrolled.context.clock.0);
    let streets = ["Khương Hạ", "Khương Đình", "Vũ Tông Phan", "Hạ Đình", "Bùi Xương Trạch"];
    let mut envelopes = Vec::new();
    for number in 0..10_000_usize {
        let street = streets[number % streets.len()];
        let address = format!("Số {} ngõ {} phố {street}", number % 211 + 1, number / 211 + 1);
        let puts = [
            ("h/schema", Scalar::Int(1)),
            ("h/name", Scalar::from(format!("Nhà trọ {number}"))),
            ("h/class", Scalar::from("mini_apartment")),
            ("h/address", Scalar::from(address)),
            ("h/street", Scalar::from(street)),
        ];
        envelopes.push(peer.record(RecordKind::Facility, unit, at, &puts).1);
    }
    for batch in envelopes.chunks(1000) {
        peer.push(batch);
    }
    phone.exchange();
    let listed = phone.call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 1 }));
    assert!(listed["total"].as_u64() >= Some(10_000), "{}", listed["total"]);

    let connection = bare_sqlite(server.folder());
    connection.execute_batch("CREATE TABLE premises (key TEXT NOT NULL)").expect("a table");
    for number in 0..10_000 {
        connection
            .execute(
                "INSERT INTO premises VALUES (?1)",
                [format!("nha tro {number} so {} ngo {} pho khuong ha", number % 211, number / 211)],
            )
            .expect("a row");
    }
    let (mut searches, mut scans) = (Vec::new(), Vec::new());
    for number in 0..50 {
        let query = format!("{} ngo {} khuong ha", number * 5 + 1, number + 1);
        searches.push(milliseconds(|| {
            drop(phone.call(json!({ "command": "facility_list", "query": query, "offset": 0, "limit": 30 })));
        }));
        scans.push(milliseconds(|| {
            let pattern = format!("%{}%ngo {}%khuong%ha%", number * 5 + 1, number + 1);
            let found: i64 = connection
                .query_row("SELECT count(*) FROM premises WHERE key LIKE ?1", [pattern], |row| row.get(0))
                .expect("a count");
            assert!(found <= 10_000);
        }));
    }
    report.line("search_10000_premises", median(searches), median(scans), 5.0);
}
