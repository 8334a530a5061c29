//! The command line: each verb is one engine command; `call` takes any of them as JSON.
//!
//! Invariants: one JSON value on stdout with `--json`, a [`Problem`] included; exit status 0 only for what was done, 1 for
//! what was refused or failed, 2 for a command line that cannot be read; the store is unlocked for the one call and closed
//! after it. This module reads arguments and writes words; it knows no records.

mod aside;
mod usage;
mod values;
mod verbs;
mod words;

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use ancu_field::Engine;
use ancu_field::ambient::{SystemClock, SystemRandom};
use ancu_field::api::{Command, dispatch};
use ancu_field::bridge::Bridge;
use ancu_field::files;
use ancu_field::status::Phase;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::reading::file::Unusable;
use ancu_shared::template::{Template, TemplateRef};
use clap::Parser;
use serde_json::Value;

use verbs::{Asked, Verb};

/// An Cư: bộ máy trên thiết bị, dòng lệnh. Làm việc được khi không có mạng; chỉ `enrol` và `sync` cần mạng.
///
/// An Cư: the device engine on the command line. Works without a network; only `enrol` and `sync` need one.
#[derive(Debug, Parser)]
#[command(name = "ancu-field", version, help_template = usage::HELP, after_help = usage::AFTER_HELP)]
#[command(subcommand_help_heading = "Lệnh · Commands")]
#[command(verbatim_doc_comment, disable_help_flag = true, disable_version_flag = true, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// Thư mục dữ liệu của máy · Folder of the device's data
    #[arg(long, env = "ANCU_DATA_DIR", value_name = "DIR", global = true, default_value = "var/field")]
    data: PathBuf,
    /// In một giá trị JSON, kể cả lỗi · One JSON value on stdout, problems included
    #[arg(long, global = true)]
    json: bool,
    /// Mã PIN; nên đặt trong biến môi trường · The PIN; better in the environment, where others cannot read it
    #[arg(long, env = "ANCU_PIN", hide_env_values = true, value_name = "PIN", global = true)]
    pin: Option<String>,
    /// Trợ giúp · Help
    #[arg(short, long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Phiên bản · Version
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
    #[command(subcommand)]
    verb: Verb,
}

/// Reads the command line and does what it asks.
pub(crate) fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => run(arguments),
        Err(error) if !error.use_stderr() => {
            // A broken pipe cannot be told to anybody.
            let _printed = error.print();
            ExitCode::SUCCESS
        }
        Err(error) => {
            let problem = usage::problem(&error);
            // The arguments could not be read, so the wish for JSON is looked for in them as they are.
            let _told = if std::env::args_os().any(|argument| argument == "--json") {
                say(&serde_json::to_string(&problem).unwrap_or_else(|_| problem.to_string()))
            } else {
                writeln!(std::io::stderr().lock(), "{}", usage::words(&error, &problem))
            };
            ExitCode::from(usage::EXIT_STATUS)
        }
    }
}

/// Does what the arguments ask.
fn run(arguments: Arguments) -> ExitCode {
    let json = arguments.json;
    let mut checklist = None;
    let spoken = match act(arguments, &mut checklist) {
        Ok(None) => return ExitCode::SUCCESS,
        Ok(Some(value)) if json => say(&value.to_string()),
        Ok(Some(value)) => say(&words::of(&value, checklist.as_ref())),
        Err(problem) => {
            let text = if json {
                serde_json::to_string(&problem).unwrap_or_else(|_| problem.to_string())
            } else {
                words::of_refusal(&problem, checklist.as_ref())
            };
            // A broken pipe cannot be told to anybody; the exit status still says that it failed.
            let _told = say(&text);
            return ExitCode::FAILURE;
        }
    };
    if spoken.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// No thread of the engine outlives the call.
struct Ending(Engine);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end_exchange();
    }
}

/// Does what is asked. `checklist` becomes that of the record it is about, for the words: once the store is closed, nobody can
/// look it up.
fn act(arguments: Arguments, checklist: &mut Option<Template>) -> Result<Option<Value>, Problem> {
    let Arguments { data, pin, verb, json, .. } = arguments;
    let asked = verb.asked(pin.as_deref())?;
    files::check_folder(&data).map_err(|problem| problem.at("--data"))?;
    let opened = Engine::open(&data, Arc::new(SystemClock), Box::new(SystemRandom));
    let engine = opened.map_err(|problem| match problem.known_code() {
        ErrorCode::FileUnusable => problem.at("--data"),
        _ => problem,
    })?;
    let _ending = Ending(engine.clone());
    match asked {
        Asked::Command(command) => {
            unlock_for(&engine, &command, pin.as_deref())?;
            let lacking = match &command {
                Command::InspectionMissing { id } | Command::InspectionFinish { id, .. } => Some(*id),
                Command::Answer { inspection, .. }
                | Command::RepetitionAdd { inspection, .. }
                | Command::RepetitionRemove { inspection, .. }
                | Command::Finding { inspection, .. }
                | Command::PhotoMark { inspection, .. }
                | Command::PhotoRemove { inspection, .. } => Some(*inspection),
                _ => None,
            };
            let done = match command {
                Command::Status => standing(&engine),
                command => dispatch(&engine, command),
            };
            if !json {
                *checklist = match (lacking, &done) {
                    (Some(id), _) => checklist_at(&engine, id),
                    (None, Ok(value)) => checklist_of(&engine, value),
                    (None, Err(_)) => None,
                };
            }
            let value = done?;
            close(&engine)?;
            Ok(Some(value))
        }
        Asked::Sync => {
            unlock(&engine, pin.as_deref())?;
            exchange(&engine)?;
            let status = engine.status()?;
            match status.exchange.problem {
                Some(problem) => Err(problem),
                None => standing(&engine).map(Some),
            }
        }
        Asked::NearWait => {
            unlock(&engine, pin.as_deref())?;
            let link = engine.near_wait()?.waiting.map(|waiting| waiting.link).unwrap_or_default();
            let _told = writeln!(
                std::io::stderr().lock(),
                "đang chờ đồng nghiệp, nhiều nhất 15 phút; mã của máy này: · waiting for a colleague, 15 minutes at most; this \
                 device's code:\n{link}"
            );
            let met = engine.near_called();
            let met = serde_json::to_value(met?).map_err(|_| Problem::new(ErrorCode::Internal))?;
            close(&engine)?;
            Ok(Some(met))
        }
        Asked::Show(id) => {
            unlock(&engine, pin.as_deref())?;
            let found = dispatch(&engine, Command::InspectionOpen { id });
            match found {
                Err(problem) if problem.known_code() == ErrorCode::NotFound => {
                    dispatch(&engine, Command::FacilitySheet { id }).map(Some)
                }
                other => {
                    let view = other?;
                    *checklist = if json { None } else { checklist_of(&engine, &view) };
                    Ok(Some(view))
                }
            }
        }
        Asked::Items(id) => {
            unlock(&engine, pin.as_deref())?;
            let view = dispatch(&engine, Command::InspectionOpen { id })?;
            let reference = serde_json::from_value::<TemplateRef>(view["summary"]["template"].clone());
            let TemplateRef { code, version } = reference.map_err(|_| Problem::new(ErrorCode::Internal))?;
            dispatch(&engine, Command::Template { code, version }).map(Some)
        }
        Asked::AddPremises(fields) => {
            unlock(&engine, pin.as_deref())?;
            let alike = dispatch(&engine, Command::FacilityDuplicates { fields: fields.clone() })?;
            if let Some(problem) = words::of_same_premises(&fields, &alike) {
                return Err(problem);
            }
            let added = dispatch(&engine, Command::FacilityCreate { fields, draft: false })?;
            close(&engine)?;
            Ok(Some(added))
        }
        Asked::Photo { inspection, item, file } => {
            unlock(&engine, pin.as_deref())?;
            let bytes = read_photo(&file)?;
            let answered = engine.photo_add(inspection, &item, &bytes, false)?;
            *checklist = if json { None } else { checklist_at(&engine, inspection) };
            close(&engine)?;
            serde_json::to_value(answered.item).map(Some).map_err(|_| ErrorCode::Internal.into())
        }
        Asked::Remedy { inspection, item, mut note, photos } => {
            unlock(&engine, pin.as_deref())?;
            for file in photos {
                note.photos.push(engine.finding_photo(inspection, &item, &read_photo(&file)?)?.detail.hash);
            }
            let value = dispatch(&engine, Command::FindingStep { inspection, item, note })?;
            close(&engine)?;
            Ok(Some(value))
        }
        Asked::Declare(declaration) => {
            unlock(&engine, pin.as_deref())?;
            dispatch(&engine, Command::DeclarationSave { declaration })?;
            let submitted = dispatch(&engine, Command::DeclarationSubmit)?;
            close(&engine)?;
            Ok(Some(submitted))
        }
        Asked::Qr(file) => {
            let text = ancu_field::photos::read_qr(&read_photo(&file)?)?;
            Ok(Some(serde_json::json!({ "text": text })))
        }
        Asked::Bridge { ui, port, by_itself } => {
            if by_itself {
                engine.exchange_by_itself();
            }
            let bridge = Bridge::listen(engine, ui, port, &mut SystemRandom).map_err(|error| cannot_listen(&error))?;
            let url = bridge.url().map_err(|error| cannot_listen(&error))?;
            say(&url).map_err(|error| cannot_listen(&error))?;
            bridge.serve().map_err(|error| cannot_listen(&error))?;
            Ok(None)
        }
    }
}

fn cannot_listen(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "the bridge cannot listen");
    Problem::field(
        "port",
        "Máy không mở được cổng này, có thể chương trình khác đang dùng. Hãy chọn cổng khác, hoặc 0 để máy tự chọn.",
        "This port cannot be opened; another program may be using it. Choose another, or 0 for any.",
    )
}

/// The checklist of an inspection.
fn checklist_at(engine: &Engine, inspection: DocumentId) -> Option<Template> {
    let view = dispatch(engine, Command::InspectionOpen { id: inspection }).ok()?;
    checklist_of(engine, &view)
}

/// The checklist of a view of an inspection; `None` of anything else, and where it is not here.
fn checklist_of(engine: &Engine, view: &Value) -> Option<Template> {
    let reference = serde_json::from_value(view.get("summary")?.get("template")?.clone()).ok()?;
    let TemplateRef { code, version } = reference;
    let read = dispatch(engine, Command::Template { code, version }).ok()?;
    serde_json::from_value(read).ok()
}

/// What a call entered becomes a change before the process ends.
fn close(engine: &Engine) -> Result<(), Problem> {
    if engine.status()?.phase != Phase::Ready {
        return Ok(());
    }
    match engine.lock() {
        // What was entered is in the journal, and the next call folds it: whoever only reads is not refused for it.
        Err(full) if full.known_code() == ErrorCode::DiskFull => {
            tracing::warn!(%full, "the store was closed without folding the journal");
            Ok(())
        }
        closed => closed,
    }
}

/// Unlocks for commands that need the store, and for `status`, which says more then.
fn unlock_for(engine: &Engine, command: &Command, pin: Option<&str>) -> Result<(), Problem> {
    match command {
        Command::EnrolPreview { .. }
        | Command::Enrol { .. }
        | Command::Unlock { .. }
        | Command::Lock
        | Command::SetAside { .. }
        | Command::PutBack { .. }
        | Command::QrRead { .. }
        | Command::AddressParse { .. } => Ok(()),
        Command::Status if pin.is_none() || engine.status()?.phase != Phase::Locked => Ok(()),
        _ => unlock(engine, pin),
    }
}

fn unlock(engine: &Engine, pin: Option<&str>) -> Result<(), Problem> {
    match (engine.status()?.phase, pin) {
        (Phase::Fresh, _) => Err(ErrorCode::NotEnrolled.into()),
        (_, Some(pin)) => engine.unlock(pin),
        (_, None) => Err(ErrorCode::Locked.into()),
    }
}

/// Exchanges. While that lasts stderr says so, so that nobody takes a program that waits for a silent server for dead.
fn exchange(engine: &Engine) -> Result<(), Problem> {
    const SAY_EVERY: Duration = Duration::from_secs(5);
    let (running, ended) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut waited = Duration::ZERO;
            while ended.recv_timeout(SAY_EVERY) == Err(RecvTimeoutError::Timeout) {
                waited += SAY_EVERY;
                let seconds = waited.as_secs();
                // Whoever does not listen is told nothing.
                let _told = writeln!(
                    std::io::stderr().lock(),
                    "đang trao đổi với máy chủ, đã {seconds} giây; việc trên máy vẫn an toàn · still exchanging with the server, \
                     {seconds} s; what is on this device is safe"
                );
            }
        });
        let done = engine.exchange_wait();
        drop(running);
        done
    })
}

/// A photo's file; its size is looked at before it is read.
fn read_photo(file: &Path) -> Result<Vec<u8>, Problem> {
    use ancu_field::photos::{MAX_FILE_BYTES, check_size};

    let (opened, size) = files::open(file, u64::MAX)?;
    check_size(size)?;
    let mut bytes = Vec::new();
    let unreadable = |error: std::io::Error| Unusable::from(error).problem(file);
    opened.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    check_size(bytes.len() as u64)?;
    Ok(bytes)
}

/// How the device stands, and, where it is open, on how many inspections own late work waits for a signature.
fn standing(engine: &Engine) -> Result<Value, Problem> {
    let mut status = dispatch(engine, Command::Status)?;
    if engine.status()?.phase == Phase::Ready {
        let today = dispatch(engine, Command::Today)?;
        status["late"] = today["late"].as_array().map_or(0, Vec::len).into();
    }
    Ok(status)
}
