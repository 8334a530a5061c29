//! `ancu-field`: the device engine on the command line, for scripts, tests and development.

mod cli;

use std::io::IsTerminal as _;
use std::process::ExitCode;

/// Records are many small values: with glibc's allocator an exchange takes a fifth longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A log that has no room is no reason to fail: what cannot be written would be told on the same stream, by a panic.
        .log_internal_errors(false)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("ANCU_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .init();
    cli::main()
}
