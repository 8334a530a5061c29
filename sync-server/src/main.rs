//! `ancu-server`: the sync server and its administration.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match ancu_sync_server::cli::run(ancu_sync_server::cli::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ancu-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}
