//! `make crash`: `kill -9` of the engine and of the server, thousands of times. Exit status 0 only if nothing was lost or
//! invented; a failure says its seed and keeps its stores.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tests::crash::{Options, run};

#[derive(Debug, Parser)]
struct Arguments {
    /// How many kills
    #[arg(long, default_value_t = 1_000)]
    kills: u64,
    /// What everything random comes from
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let Arguments { kills, seed } = Arguments::parse();
    let start = Instant::now();
    let options = Options { kills, seed, keep: tests::workspace().join("target/crash") };
    match run(&options, &mut |words| eprintln!("{words}")) {
        Ok(summary) => {
            println!("crash: seed {seed}, {:.0} s: {summary}", start.elapsed().as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(what) => {
            println!("crash: FAILED: {what}");
            ExitCode::FAILURE
        }
    }
}
