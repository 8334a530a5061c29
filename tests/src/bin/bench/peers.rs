//! The same job on PouchDB and express-pouchdb, in the same run: 1,000 records of 120 items pushed by one device and pulled by
//! another (`RECORDS` of the environment: another number). Ours are whole engines on an encrypted store and a server that judges every change; theirs is one process a device on
//! LevelDB, without encryption, without TLS and without anybody's history: whatever favours a side favours theirs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tests::server::Server;
use tests::story::text;

use crate::phone::Phone;
use crate::records::{ANSWERS, NOTES, Officer};
use crate::relay::{Relay, Traffic};
use crate::report::{Line, Report, milliseconds, number, round, say};
use crate::world::{premises, visits};

/// What doing the job cost a side.
struct Cost {
    push_ms: f64,
    pull_ms: f64,
    pushed: Traffic,
    pulled: Traffic,
}

impl Cost {
    /// Bytes of both ways, there and back.
    fn bytes(&self) -> f64 {
        [self.pushed, self.pulled].iter().map(|traffic| (traffic.up + traffic.down) as f64).sum()
    }

    fn told(&self) -> Value {
        json!({
            "push_ms": round(self.push_ms), "push_bytes": self.pushed.up + self.pushed.down,
            "pull_ms": round(self.pull_ms), "pull_bytes": self.pulled.up + self.pulled.down,
        })
    }
}

/// Three lines: the push, the pull, the bytes of both.
pub(crate) fn same_job(report: &mut Report) {
    let wanted = number("RECORDS", visits());
    let (ours, records) = our_job(wanted);
    let theirs = their_job(&records);
    let both = json!({ "ours": ours.told(), "pouchdb": theirs.told(), "records": wanted, "items": ANSWERS });
    let mut line = |bench, unit, value, limit, target| {
        let details = both.clone();
        report.line(&Line { bench, value, unit, limit, target, held: true, details });
    };
    line("peers_push", "ms", ours.push_ms, theirs.push_ms, 1.0 / 3.0);
    line("peers_pull", "ms", ours.pull_ms, theirs.pull_ms, 1.0 / 5.0);
    line("peers_bytes", "bytes", ours.bytes(), theirs.bytes(), 0.5);
}

/// The job on two engines and our server; the records as the first device shows them, for the other side to have the same.
fn our_job(wanted: usize) -> (Cost, Vec<Value>) {
    let server = Server::start();
    let mut officer = Officer::enrol(&server, "canbo2", 300);
    let places = premises(&mut officer, 0..wanted);
    let relay = Relay::to(server.port());
    let link = |username| relay.link(&server.console_link(username), server.port());
    // Its answers are durable one by one, 120,000 times: in memory that is nothing. Then it lies on the disk, as the other's.
    let memory = Path::new("/dev/shm");
    let phone = if memory.is_dir() { Phone::within(memory, &link("canbo1")) } else { Phone::new(&link("canbo1")) };
    phone.exchange();
    let other = Phone::enrolled(&link("canbo2"));
    say(&format!("answering {ANSWERS} questions in each of {wanted} inspections"));
    let records: Vec<Value> =
        places.iter().enumerate().map(|(number, place)| answered(&phone, &json!(place.to_string()), number)).collect();
    let phone = phone.on_disk();

    let before = relay.traffic();
    let push_ms = milliseconds(|| phone.exchange());
    let between = relay.traffic();
    let pull_ms = milliseconds(|| other.exchange());
    let after = relay.traffic();
    // Here is what was there: the last record, answer by answer.
    let last = records.last().expect("a record");
    assert_eq!(as_record(&other, text(&last["_id"]))["items"], last["items"]);
    assert!(other.call(json!({ "command": "today" }))["in_progress"].as_array().is_some_and(|all| all.len() >= wanted));
    (Cost { push_ms, pull_ms, pushed: between.since(before), pulled: after.since(between) }, records)
}

/// An inspection with all its answers, left section by section.
fn answered(phone: &Phone, facility: &Value, number: usize) -> Value {
    let (inspection, sections) = phone.begin_whole(facility);
    let mut left = ANSWERS;
    for section in sections {
        for item in section.iter().filter(|item| item["input"]["type"] != "geo").take(left) {
            left -= 1;
            phone.call(json!({
                "command": "answer", "inspection": inspection, "item": item["code"],
                "answer": answer(&item["input"], number + left), "note": NOTES[(number + left) % NOTES.len()],
            }));
        }
        phone.call(json!({ "command": "section_leave", "inspection": inspection }));
    }
    assert_eq!(left, 0, "the template has fewer than {ANSWERS} questions");
    as_record(phone, &inspection)
}

/// An answer that such a question may have.
fn answer(input: &Value, number: usize) -> Value {
    match text(&input["type"]) {
        "verdict" => json!({ "kind": "verdict", "value": (["pass", "pass", "fail", "not_applicable"][number % 4]) }),
        "number" => {
            json!({ "kind": "number", "value": input["min"].as_f64().unwrap_or(0.0).ceil() + (number % 4) as f64 })
        }
        "choice" => {
            let options = input["options"].as_array().expect("options");
            json!({ "kind": "choice", "value": options[number % options.len()]["code"] })
        }
        "date" => json!({ "kind": "date", "value": format!("2026-01-{:02}", number % 28 + 1) }),
        _ => json!({ "kind": "text", "value": format!("Ghi nhận {}", number % 50) }),
    }
}

/// An inspection as another program would keep it: every item's answer, note, time and author in one object.
fn as_record(phone: &Phone, inspection: &str) -> Value {
    let view = phone.call(json!({ "command": "inspection_open", "id": inspection }));
    let items = view["items"].as_array().expect("items").iter().filter(|item| !item["statements"][0].is_null());
    let items: serde_json::Map<String, Value> = items
        .map(|item| {
            let said = &item["statements"][0];
            let by = json!({ "person": said["by"]["person"], "device": said["by"]["device"], "at": said["by"]["at"] });
            (text(&item["code"]).to_owned(), json!({ "answer": said["answer"], "note": said["note"], "by": by }))
        })
        .collect();
    let summary = &view["summary"];
    json!({
        "_id": inspection, "kind": "inspection", "facility": summary["facility"], "template": summary["template"],
        "state": summary["state"], "items": items,
    })
}

/// The job on PouchDB: the same records, each one document with one revision.
fn their_job(records: &[Value]) -> Cost {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let server = Couch::start(&at("server"));
    let relay = Relay::to(server.port);
    let url = relay.link(&format!("http://127.0.0.1:{}/records", server.port), server.port);
    say("filling PouchDB's store with the same");
    let mut lines = String::new();
    for record in records {
        lines.push_str(&record.to_string());
        lines.push('\n');
    }
    assert_eq!(node(&["fill"], &at("first"), None, &lines)["records"], records.len());

    let before = relay.traffic();
    let pushed = node(&["push"], &at("first"), Some(&url), "");
    let between = relay.traffic();
    let pulled = node(&["pull"], &at("second"), Some(&url), "");
    let after = relay.traffic();
    assert_eq!(pushed["written"], records.len());
    assert_eq!(pulled["records"], records.len());
    let ms = |told: &Value| told["ms"].as_f64().expect("milliseconds");
    Cost { push_ms: ms(&pushed), pull_ms: ms(&pulled), pushed: between.since(before), pulled: after.since(between) }
}

/// A running express-pouchdb; it ends with this value.
struct Couch {
    process: Child,
    port: u16,
}

impl Couch {
    fn start(folder: &Path) -> Self {
        let mut process = Command::new("node")
            .arg(program())
            .arg("serve")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node can be started");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("its first line");
        let port = line.trim().strip_prefix("listening ").and_then(|port| port.parse().ok());
        let port = port.expect("a port: `make bench-peers` installs what it needs");
        Self { process, port }
    }
}

impl Drop for Couch {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> PathBuf {
    tests::workspace().join("tests/peers/pouchdb.mjs")
}

/// Runs one job of the program to its end; what it told.
fn node(job: &[&str], folder: &Path, url: Option<&str>, input: &str) -> Value {
    let mut process = Command::new("node")
        .arg(program())
        .args(job)
        .arg(folder)
        .args(url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node can be started");
    process.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = process.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{job:?} failed: `make bench-peers` installs what it needs");
    serde_json::from_slice(&output.stdout).expect("a line of JSON")
}
