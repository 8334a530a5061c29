//! Switching on: from the start of a process to the first list, with as much on the device as a large commune has.

use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;

use ancu_field::ambient::{SystemClock, SystemRandom};
use ancu_field::api::Command;
use ancu_field::engine::Engine;
use ancu_shared::sync::wire::PushVerdict;
use serde_json::{Value, json};
use tests::device::PIN;
use tests::server::Server;

use crate::phone::Phone;
use crate::records::{Officer, PUSH};
use crate::report::{Line, Report, median, part_of, round, say, timed};

/// The argument with which the program is the device that is switched on.
pub(crate) const FIRST_LIST: &str = "--first-list";
const PHOTOS_EACH: usize = 40;
/// What a person waits for at most, in milliseconds.
const MOST_MS: f64 = 2_000.0;
const MOST_MB: f64 = 300.0;

/// A process is started, unlocks, lists the first premises and today's work: 10,000 premises, 1,000 open inspections and
/// 40,000 photo rows lie on the device. The greatest memory that the process had is told beside.
pub(crate) fn start(report: &mut Report) {
    let server = Server::start();
    let phone = Phone::new(&server.link("canbo1"));
    fill(&server);
    say("the device fetches it");
    phone.exchange();
    assert!(phone.premises() >= premises() as u64, "{}", phone.premises());
    let folder = phone.closed();
    let (mut times, mut peaks, mut told) = (Vec::new(), Vec::new(), Value::Null);
    for _ in 0..5 {
        let (output, took) = timed(|| {
            let program = std::env::current_exe().expect("this program");
            Process::new(program).arg(FIRST_LIST).arg(folder.path()).output().expect("it can be started")
        });
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        told = serde_json::from_slice(&output.stdout).expect("a line of JSON");
        times.push(took);
        peaks.push(told["peak_mb"].as_f64().expect("a number"));
    }
    let peak = median(peaks);
    let details = json!({
        "peak_mb": round(peak), "peak_mb_target": MOST_MB, "pin_ms": told["pin_ms"], "list_ms": told["list_ms"],
        "today_ms": told["today_ms"], "premises": premises(), "photo_rows": inspections() * PHOTOS_EACH,
    });
    let held = peak <= MOST_MB;
    let value = median(times);
    report.line(&Line { bench: "cold_start", value, unit: "ms", limit: MOST_MS, target: 1.0, held, details });
}

fn premises() -> usize {
    part_of(10_000)
}

fn inspections() -> usize {
    part_of(1_000)
}

fn fill(server: &Server) {
    say(&format!("making {} premises and {} inspections of {PHOTOS_EACH} photos", premises(), inspections()));
    let mut officer = Officer::enrol(server, "canbo2", 91);
    let (places, envelopes): (Vec<_>, Vec<_>) = (0..premises()).map(|number| officer.premises(number)).unzip();
    for batch in envelopes.chunks(1_000) {
        admitted(&officer, batch);
    }
    let visits: Vec<_> = places[..inspections()]
        .iter()
        .enumerate()
        .map(|(number, place)| officer.photographed(*place, number, PHOTOS_EACH).1)
        .collect();
    for batch in visits.chunks(PUSH) {
        admitted(&officer, batch);
    }
}

fn admitted(officer: &Officer, envelopes: &[Vec<u8>]) {
    let verdicts = officer.peer.push(envelopes);
    assert!(verdicts.iter().all(|verdict| *verdict == PushVerdict::Accepted), "{verdicts:?}");
}

/// What the started process does: it says how long each part took and how much memory it had at most.
pub(crate) fn first_list(folder: &Path) {
    let engine = Engine::open(folder, Arc::new(SystemClock), Box::new(SystemRandom)).expect("an engine");
    let call = |command: Value| {
        let command: Command = serde_json::from_value(command).expect("a command");
        timed(|| engine.dispatch(command).expect("an answer"))
    };
    let (_, pin) = call(json!({ "command": "unlock", "pin": PIN }));
    let (listed, list) = call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 30 }));
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(30));
    let (today, day) = call(json!({ "command": "today" }));
    assert!(today["in_progress"].as_array().is_some_and(|open| open.len() >= inspections()), "{}", today["counts"]);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|words| words.split_whitespace().next()?.parse::<f64>().ok()).expect("a system that tells");
    println!("{}", json!({ "pin_ms": pin, "list_ms": list, "today_ms": day, "peak_mb": kib / 1024.0 }));
}
