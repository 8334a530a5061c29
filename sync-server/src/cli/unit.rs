//! `unit`: the official lists.

use std::path::{Path, PathBuf};

use ancu_shared::error::ErrorCode;
use ancu_shared::id::UnitId;
use clap::Subcommand;

use super::refusal::{refusal, unreadable};
use super::{counted, open_or_begin, refused, say};
use crate::config::Config;
use crate::service::units::read_lists;
use crate::service::{App, Refused};

#[derive(Debug, Subcommand)]
pub(super) enum UnitCommand {
    /// Nhập danh sách đơn vị · Import units and successions; without files, those of Hà Nội that this program brings along
    Import {
        /// Danh sách đơn vị · List of units (CSV)
        #[arg(long, requires = "events", value_name = "FILE")]
        units: Option<PathBuf>,
        /// Danh sách kế thừa · List of successions (CSV)
        #[arg(long, requires = "units", value_name = "FILE")]
        events: Option<PathBuf>,
    },
}

/// The largest list, in bytes: that of the whole country has a hundredth of it.
const LARGEST_LIST: u64 = 64 * 1024 * 1024;

fn text_of(file: &Path) -> anyhow::Result<String> {
    String::from_utf8(crate::files::read(file, LARGEST_LIST)?).map_err(|error| unreadable(file.display(), &error))
}

pub(super) async fn run(command: UnitCommand, config: Config) -> anyhow::Result<()> {
    let UnitCommand::Import { units, events } = command;
    let read = |file: Option<PathBuf>, own: &str| match file {
        Some(file) => text_of(&file),
        None => Ok(own.to_owned()),
    };
    let (units, events) = (read(units, crate::seed::UNITS)?, read(events, crate::seed::UNIT_EVENTS)?);
    let app = open_or_begin(config).await?;
    let (units, edges) = import(&app, &units, &events).await?;
    let en = format!("{}, {}", counted(units as u64, "unit"), counted(edges as u64, "succession"));
    say(format_args!("{units} đơn vị, {edges} lần kế thừa · {en}"))
}

/// Imports the lists; how many units and successions they have.
pub(crate) async fn import(app: &App, units: &str, events: &str) -> anyhow::Result<(usize, usize)> {
    let lists = read_lists(units, events).map_err(|error| unreadable("unit import", &error))?;
    let counts = (lists.units.len(), lists.successions.len());
    let now = app.now();
    let job = app.store.write(move |transaction| {
        transaction.put_units(&lists.units)?;
        transaction.put_successions(&lists.successions)?;
        let entry = crate::store::rows::AuditEntry {
            unit: None,
            person: None,
            device: None,
            action: "units.imported",
            subject: "units".into(),
            details: serde_json::json!({ "units": counts.0, "successions": counts.1 }),
        };
        transaction.audit(&entry, now)?;
        Ok::<_, Refused>(())
    });
    job.await.map_err(refused)?;
    Ok(counts)
}

/// The unit of an id, or of an official code in force today.
pub(super) async fn find(app: &App, text: &str) -> anyhow::Result<UnitId> {
    let (service, asked, day) = (app.clone(), text.to_owned(), app.now().hanoi_date());
    let found = app.store.read(move |transaction| {
        let directory = service.directory(transaction)?;
        let by_id = asked.parse::<UnitId>().ok().filter(|id| directory.get(*id).is_some());
        Ok::<_, Refused>(by_id.or_else(|| directory.by_code(&asked, day).map(|unit| unit.id)))
    });
    found.await.map_err(refused)?.ok_or_else(|| {
        refusal(
            ErrorCode::NotFound,
            format!("hôm nay không có đơn vị {text}; hãy kiểm tra mã, hoặc nhập danh sách trước (unit import)."),
            format!("there is no unit {text} today; check the code, or import the lists first (unit import)."),
        )
    })
}
