//! The whole system under test: a real server process, real devices, a browser user's session, photos made on the spot.
//!
//! Invariant: every server has a folder and a port of its own, so tests share nothing; nothing here sleeps: a start is awaited by
//! reading the line that the server prints, an end by waiting for the process.

pub mod console;
pub mod crash;
pub mod decoders;
pub mod device;
pub mod mutant;
pub mod peer;
pub mod photo;
pub mod relay;
pub mod server;
pub mod story;
pub mod vectors;

use std::path::PathBuf;

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).unwrap_or_default()
}

/// A program of the workspace: the one named by the environment variable, else the one beside this test's own program.
///
/// Cargo builds programs of other packages only when asked to (`cargo build --workspace`): a missing one is a failure that says so.
pub fn program(variable: &str, name: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return PathBuf::from(path);
    }
    let own = std::env::current_exe().unwrap_or_default();
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    beside.unwrap_or_else(|| panic!("{name} is not built: run `cargo build --workspace` first, or set {variable}"))
}
