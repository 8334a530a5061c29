//! `ancu-server`: the sync server and its administration.

use std::io::Write as _;
use std::process::ExitCode;

use ancu_sync_server::cli::{self, refusal};
use clap::Parser as _;

/// Records are many small values: with glibc's allocator an exchange takes a fifth longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (told, status) = match cli::Arguments::try_parse() {
        Ok(arguments) => match cli::run(arguments) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => (refusal::told(&error), ExitCode::FAILURE),
        },
        Err(help) if !help.use_stderr() => {
            // A broken pipe cannot be told to anybody.
            let _printed = help.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => (refusal::unread(&error), ExitCode::from(refusal::EXIT_STATUS)),
    };
    // A stream that has no room is no reason to panic: the exit status still says that it failed.
    let _told = writeln!(std::io::stderr().lock(), "ancu-server: {told}");
    status
}
