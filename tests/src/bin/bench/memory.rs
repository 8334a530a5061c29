//! What the server's process keeps in memory: not the records that it holds.

use ancu_shared::sync::wire::{PullRequest, UnitCursor, UnitPage};
use serde_json::json;
use tests::server::Server;

use crate::records::{Officer, PUSH};
use crate::report::{Line, Report, number, part_of, round, say};
use crate::world::{premises, push};

/// Inspections, and as many premises, that the server holds at first (or `RECORDS` of the environment); in the end four times
/// as many.
const FEW: usize = 1_000;
const TIMES: usize = 4;
/// How often the same work is done before memory is looked at: caches are full then.
const ROUNDS: usize = 3;

/// Memory of the server that holds four times the records, after the same work, against its memory before.
///
/// The limit is 1.2 and not 1: the allocator keeps what the greatest batch so far needed, and a page of a feed is of 8 MiB
/// whatever lies behind it. With fewer records (`RECORDS`) the caches of its connections, which are bounded, are
/// not full at the first look, and it is they that grow.
pub(crate) fn server(report: &mut Report) {
    let server = Server::start();
    let mut officer = Officer::enrol(&server, "canbo2", 700);
    let held = number("RECORDS", part_of(FEW));
    hold(&mut officer, 0..held);
    let few = resident(&server, &mut officer);
    hold(&mut officer, held..held * TIMES);
    let many = resident(&server, &mut officer);
    let store = std::fs::metadata(server.folder().join("server.db")).map_or(0, |file| file.len());
    report.line(&Line {
        bench: "server_memory",
        value: many.now,
        unit: "MB",
        limit: few.now,
        target: 1.2,
        held: many.peak <= 1_024.0,
        details: json!({
            "records": [held * 2, held * TIMES * 2], "anonymous_mb": [round(few.own), round(many.own)],
            "peak_mb": round(many.peak), "peak_mb_target": 1_024, "store_mb": round(store as f64 / 1e6),
        }),
    });
}

fn hold(officer: &mut Officer, numbers: std::ops::Range<usize>) {
    say(&format!("making and pushing inspections {numbers:?}"));
    let places = premises(officer, numbers.clone());
    // As they are made: all of them at once are not for this process either.
    for (places, number) in places.chunks(PUSH).zip(numbers.step_by(PUSH)) {
        let visits = places.iter().enumerate().map(|(n, place)| officer.inspection(*place, number + n).envelope);
        let visits: Vec<_> = visits.collect();
        push(officer, &visits, PUSH);
    }
}

/// Memory of a process, in megabytes.
pub(crate) struct Memory {
    /// All of it that is in use.
    pub(crate) now: f64,
    /// Of that, what is no file's.
    pub(crate) own: f64,
    /// The most that it ever was.
    pub(crate) peak: f64,
}

impl Memory {
    /// What the system says of a process.
    pub(crate) fn of(process: u32) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a system that tells");
        let read = |name: &str| {
            let words = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let kib = words.and_then(|words| words.split_whitespace().next()?.parse::<f64>().ok());
            kib.expect("kibibytes") / 1024.0
        };
        Self { now: read("VmRSS"), own: read("RssAnon"), peak: read("VmHWM") }
    }
}

/// Memory after a new device fetched everything, records were changed, and the console looked at its lists: the same work
/// whatever there is, page by page.
fn resident(server: &Server, officer: &mut Officer) -> Memory {
    let console = server.console("duyet1");
    for _ in 0..ROUNDS {
        let mut cursors = Vec::new();
        loop {
            let request = PullRequest { cursors, brief: true, ..PullRequest::default() };
            let answer = officer.peer.pull(&request);
            let next = |page: &UnitPage| UnitCursor { unit: page.unit, cursor: Some(page.cursor.clone()) };
            cursors = answer.units.iter().map(next).collect();
            if !answer.units.iter().any(|page| page.more) {
                break;
            }
        }
        premises(officer, 0..PUSH);
        for list in ["dashboard", "inspections?limit=100", "facilities?q=khuong%20ha&limit=100"] {
            console.get(&format!("/api/v1/{list}"));
        }
    }
    Memory::of(server.process_id())
}
