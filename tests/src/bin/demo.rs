//! `make demo`: the main job, told step by step. Exit status 0 only if every step held.

use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    println!("An Cư: the main job, with two real devices and a real server process.\n");
    let start = Instant::now();
    let mut number = 0;
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        tests::story::main_job(&mut |words| {
            number += 1;
            println!("{number:>3}. [{:>5.1} s] {words}", start.elapsed().as_secs_f64());
        });
    }));
    if told.is_ok() {
        println!("\nEvery step held.");
        ExitCode::SUCCESS
    } else {
        // What was found instead stands above, on stderr.
        println!("\nA step did not hold.");
        ExitCode::FAILURE
    }
}
