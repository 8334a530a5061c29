//! The window: one Tauri command over the field engine.
//!
//! Architecture invariant: parse, engine, map; no logic here. The window opens even when the store cannot be: every command
//! then answers with the reason.

mod display;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ancu_field::ambient::{SystemClock, SystemRandom};
use ancu_field::api::{Command, dispatch};
use ancu_field::engine::Engine;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::reading;
use serde_json::Value;
use tauri::{Manager as _, RunEvent, State};

/// Records are many small values: with glibc's allocator an exchange takes a fifth longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Names the data folder, in place of the platform's own: for tests, and for several devices on one machine.
const DATA_FOLDER: &str = "ANCU_DATA_DIR";

type Opened = Result<Engine, Problem>;

/// Runs one command of the engine away from the UI's thread.
#[tauri::command]
async fn engine(command: Value, opened: State<'_, Opened>) -> Result<Value, Problem> {
    let engine = opened.inner().clone()?;
    let command: Command = reading::read_value(&command)?;
    let ran = tauri::async_runtime::spawn_blocking(move || dispatch(&engine, command)).await;
    ran.unwrap_or_else(|cause| {
        tracing::error!(%cause, "a command broke off");
        Err(Problem::new(ErrorCode::Internal))
    })
}

fn open(folder: &Path) -> Opened {
    let engine = Engine::open(folder, Arc::new(SystemClock), Box::new(SystemRandom))?;
    engine.exchange_by_itself();
    Ok(engine)
}

fn no_folder(error: tauri::Error) -> Problem {
    tracing::error!(%error, "the platform names no folder for the data");
    Problem::new(ErrorCode::FileUnusable)
}

/// Opens the store and the window; returns when the window is closed.
#[cfg_attr(mobile, tauri::mobile_entry_point)]
pub fn run() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ANCU_LOG").unwrap_or_else(|_| "info".into());
    // A log that has no room is no reason to fail: what cannot be written would be told on the same stream, by a panic.
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    logs.log_internal_errors(false).init();
    let builder = tauri::Builder::default()
        .setup(|app| {
            let named = std::env::var_os(DATA_FOLDER).map(PathBuf::from);
            let folder = named.map_or_else(|| app.path().app_local_data_dir(), Ok);
            app.manage(folder.map_err(no_folder).and_then(|folder| open(&folder)));
            Ok(())
        })
        .invoke_handler(tauri::generate_handler![engine]);
    let app = display::opening(|| builder.build(tauri::generate_context!())).unwrap_or_else(|| std::process::exit(1));
    app.run(|app, event| {
        if matches!(event, RunEvent::Exit)
            && let Some(opened) = app.try_state::<Opened>()
            && let Ok(engine) = opened.inner()
            && let Err(problem) = engine.lock()
        {
            // What was saved is in the journal: the next start folds it.
            tracing::warn!(%problem, "the store was closed without folding the journal");
        }
    });
}
