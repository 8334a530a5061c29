//! `make bench`: what the system costs against what the machine can do, both measured in this run, on this disk.
//!
//! Each line of standard output is JSON: `{"bench","value","unit","limit","ratio","target","pass","details"?}`; `ratio` is
//! `value / limit`, `target` the greatest ratio that passes; `details` says what else had to hold. Values are medians where
//! something is repeated. What goes on is said on standard error. Exit status 1 if one does not pass.
//!
//! `bench NAME…` runs only these; with `SMALLER=10` in the environment on a tenth of the records, as a rehearsal whose targets say
//! nothing.

mod admit;
mod cold;
mod devices;
mod exchange;
mod field;
mod forms;
mod growth;
mod memory;
mod peers;
mod phone;
mod records;
mod relay;
mod report;
mod world;

use std::process::ExitCode;

use report::{Report, say};
use world::World;

/// Records are many small values: with glibc's allocator an exchange takes a fifth longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Every bench, in the order in which they run.
const BENCHES: [&str; 17] = [
    "answer_saved",
    "photo_reduced_12mp",
    "paper_40_photos",
    "form_answer_p99",
    "form_import",
    "search_10000_premises",
    "cold_start",
    "exchange_1000_inspections",
    "admit_new",
    "first_exchange",
    "admit_trickle",
    "exchange_idle",
    "exchange_20_of_5000",
    "growth_1000_edits",
    "server_folded",
    "server_memory",
    "devices_2000",
];
/// Runs only when it is named, because it needs another system's packages (`make bench-peers`).
const PEERS: &str = "peers";

fn main() -> ExitCode {
    let only: Vec<String> = std::env::args().skip(1).collect();
    if let [cold::FIRST_LIST, folder] = only.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        cold::first_list(folder.as_ref());
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = only.iter().find(|name| !BENCHES.contains(&name.as_str()) && *name != PEERS) {
        say(&format!("there is no bench {unknown}; there are: {}", BENCHES.join(" ")));
        return ExitCode::from(2);
    }
    let wanted = |name: &str| {
        let wanted = only.is_empty() || only.iter().any(|one| one == name);
        if wanted {
            say(name);
        }
        wanted
    };
    let mut report = Report::default();
    if wanted("answer_saved") {
        field::answer_saved(&mut report);
    }
    if wanted("photo_reduced_12mp") {
        field::photo_reduced(&mut report);
    }
    if wanted("paper_40_photos") {
        field::paper(&mut report);
    }
    if wanted("form_answer_p99") {
        forms::answer(&mut report);
    }
    if wanted("form_import") {
        forms::import(&mut report);
    }
    if wanted("search_10000_premises") {
        field::search(&mut report);
    }
    if wanted("cold_start") {
        cold::start(&mut report);
    }
    if wanted("exchange_1000_inspections") {
        exchange::thousand_inspections(&mut report);
    }
    let mut world: Option<World> = None;
    if wanted("admit_new") {
        admit::admit_new(&mut report, world.get_or_insert_with(World::prepare));
    }
    if wanted("first_exchange") {
        exchange::first_exchange(&mut report, world.get_or_insert_with(World::prepare));
    }
    if wanted("admit_trickle") {
        admit::admit_trickle(&mut report, world.get_or_insert_with(World::prepare));
    }
    let (idle, twenty) = (wanted("exchange_idle"), wanted("exchange_20_of_5000"));
    if idle || twenty {
        exchange::idle_and_twenty(&mut report, world.get_or_insert_with(World::prepare), idle, twenty);
    }
    drop(world);
    if wanted("growth_1000_edits") {
        growth::thousand_edits(&mut report);
    }
    if wanted("server_folded") {
        growth::folded(&mut report);
    }
    if wanted("server_memory") {
        memory::server(&mut report);
    }
    if wanted("devices_2000") {
        devices::reconnect(&mut report);
    }
    if only.iter().any(|name| name == PEERS) {
        peers::same_job(&mut report);
    }
    if report.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
