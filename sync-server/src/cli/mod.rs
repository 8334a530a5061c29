//! The command line: one binary, a sub-command for each job.
//!
//! Invariant: sub-commands act through the same services as HTTP does, may run beside a serving process on the same data
//! folder, and are recorded in the audit chain without a person. Results go to standard output, logs to standard error.

mod backup;
mod clock;
mod compact;
mod courier;
mod device;
mod doctor;
mod form;
pub mod refusal;
mod serve;
mod template;
mod unit;
mod user;

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ancu_shared::error::{ErrorCode, Problem};
use anyhow::{Context as _, anyhow};
use clap::{Parser, Subcommand};
use figment::error::Kind;

use crate::clock::{SystemClock, SystemRandom};
use crate::config::{Config, FILE, LARGEST_FILE};
use crate::service::{App, Refused, Service, StartError};

pub(crate) use template::import as import_template;
pub(crate) use unit::import as import_units;

/// An Cư: máy chủ đồng bộ và quản trị · the sync server and its administration.
#[derive(Debug, Parser)]
#[command(name = "ancu-server", version, propagate_version = true)]
pub struct Arguments {
    /// Tệp cấu hình · Configuration file [default: ancu-server.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Thư mục dữ liệu, ảnh và chứng thư · Folder of the store, the photos and the certificates [default: ./var]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Địa chỉ ghi trong liên kết đăng ký máy · `https://host[:port]` as enrolment links name this server [default: the address listened on]
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Mức nhật ký · Log filter, for example `debug` or `ancu_sync_server=debug,info`
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Phục vụ các máy và trang quản lý · Serve devices and the console
    Serve(serve::Serve),
    /// Nâng cơ sở dữ liệu lên phiên bản này · Bring the database up to this version, and do nothing else
    Migrate,
    /// Tài khoản · Accounts: add, list, invite, password
    #[command(subcommand)]
    User(user::User),
    /// Đơn vị hành chính · Units: import the official lists
    #[command(subcommand)]
    Unit(unit::UnitCommand),
    /// Mẫu kiểm tra · Checklist templates: import, check, export, release, list
    #[command(subcommand)]
    Template(template::TemplateCommand),
    /// Thiết bị · Devices: list, revoke
    #[command(subcommand)]
    Device(device::DeviceCommand),
    /// Tệp chuyển tay · Files that couriers bring: import, receipt
    #[command(subcommand)]
    Courier(courier::CourierCommand),
    /// Nạp dữ liệu minh họa: một phường, cơ sở, tài khoản · Fill an empty server with a demonstration: one ward, its premises, accounts
    Seed(crate::seed::Seed),
    /// Sao lưu khi máy chủ đang chạy · Copy database and photos into a folder while the server runs
    Backup(backup::Backup),
    /// Xếp gọn hồ sơ lâu không thay đổi, giữ nguyên mọi chữ ký · Fold records that rest into archives, every signature kept
    Compact(compact::Compact),
    /// Kiểm tra chuỗi nhật ký kiểm toán, in đầu mỗi chuỗi · Check every audit chain and print its head, to be kept elsewhere
    VerifyAudit(doctor::VerifyAudit),
    /// Đồng hồ máy chủ so với những gì đã ghi · The server's clock beside what was written: look, or take it for right
    Clock(clock::ClockCommand),
    /// Xem mọi thứ có ổn không · Look whether everything is in order
    Doctor,
}

/// What `serve` and `seed` may say of the address.
#[derive(Debug, clap::Args)]
pub struct Listen {
    /// Địa chỉ lắng nghe, cổng 0 là cổng bất kỳ · Address to listen on; port 0 takes a free one [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

impl Listen {
    /// The address, where one was given.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listen
    }
}

/// Runs what was asked for.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut config = configured(arguments.config.as_deref())?;
    if let Some(data) = arguments.data {
        config.data = data;
    }
    if let Some(url) = arguments.public_url {
        config.public_url = Some(url);
    }
    if let Some(log) = arguments.log {
        config.log = log;
    }
    config.check()?;
    crate::files::check_folder(&config.data).map_err(|problem| problem.at("data"))?;
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log).map_err(|error| wrong_key("log", &error))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A log that has no room is no reason to fail: what cannot be written would be told on the same stream, by a panic.
    let logs = logs.with_ansi(std::io::stderr().is_terminal()).log_internal_errors(false);
    logs.try_init().map_err(|error| anyhow!(error))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(async {
        match arguments.command {
            Command::Serve(serve) => serve::run(serve, config).await,
            Command::Migrate => {
                open_or_begin(config).await?;
                say("cơ sở dữ liệu đã ở phiên bản này · the database is up to date")
            }
            Command::User(user) => user::run(user, config).await,
            Command::Unit(unit) => unit::run(unit, config).await,
            Command::Template(template) => template::run(template, config).await,
            Command::Device(device) => device::run(device, config).await,
            Command::Courier(courier) => courier::run(courier, config).await,
            Command::Seed(seed) => crate::seed::run(seed, config).await,
            Command::Backup(backup) => backup::run(backup, config).await,
            Command::Compact(compact) => compact::run(compact, config).await,
            Command::VerifyAudit(verify) => doctor::verify_audit(verify, config).await,
            Command::Clock(clock) => clock::run(clock, config).await,
            Command::Doctor => doctor::run(config).await,
        }
    })
}

/// The configuration; what is wrong with it is told by the name of the key.
fn configured(file: Option<&Path>) -> anyhow::Result<Config> {
    let there = Path::new(FILE);
    for file in file.into_iter().chain(Some(there).filter(|it| file.is_none() && it.exists())) {
        crate::files::open(file, LARGEST_FILE).map_err(|problem| problem.at("config"))?;
    }
    Config::load(file).map_err(|error| match &error.kind {
        Kind::UnknownField(name, known) => no_key(name, known),
        _ if error.path.is_empty() => unread(file.unwrap_or(there), &error),
        _ => wrong_key(&error.path.join("."), &error),
    })
}

/// That the file names a key that there is not.
fn no_key(name: &str, known: &[&str]) -> anyhow::Error {
    let mut problem = Problem::new(ErrorCode::ConfigurationInvalid).at(name);
    let known = known.join(", ");
    problem.vi = format!("Cấu hình không có khóa “{name}”. Hãy sửa hoặc bỏ đi; các khóa có: {known}.");
    problem.en = format!("The configuration has no key “{name}”. Mend it or leave it out; there are: {known}.");
    anyhow::Error::new(problem)
}

/// That the file cannot be read as TOML.
fn unread(file: &Path, cause: &dyn std::fmt::Display) -> anyhow::Error {
    let cause = cause.to_string();
    // The library says the line, and shows it.
    let line = cause.split_once("at line ").map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect());
    let line: String = line.unwrap_or_default();
    let (at_vi, at_en) = match line.as_str() {
        "" => (String::new(), String::new()),
        line => (format!(", dòng {line}"), format!(", line {line}")),
    };
    let file = file.display();
    let mut problem = Problem::new(ErrorCode::ConfigurationInvalid).at("config");
    problem.vi = format!("{file}{at_vi}: viết sai TOML. Hãy sửa chỗ đó; dạng đúng là khóa = \"giá trị\".");
    problem.en = format!("{file}{at_en}: this is no TOML. Mend it; the right form is key = \"value\".\n{cause}");
    anyhow::Error::new(problem)
}

/// That a key of the configuration is not acceptable.
fn wrong_key(key: &str, cause: &dyn std::fmt::Display) -> anyhow::Error {
    let code = ErrorCode::ConfigurationInvalid;
    let mut problem = Problem::new(code);
    problem.en = format!("{}\n{cause}", code.en());
    anyhow::Error::new(if key.is_empty() { problem } else { problem.at(key) })
}

/// That a folder of the console's files holds no console.
fn no_console(folder: &Path) -> anyhow::Error {
    let (folder, code) = (folder.display(), ErrorCode::ConfigurationInvalid);
    let mut problem = Problem::new(code).at("ui");
    problem.vi = format!(
        "{folder} không có trang quản lý (thiếu index.html). Hãy kiểm tra --ui, hoặc bỏ đi để chạy không có trang quản lý."
    );
    problem.en =
        format!("{folder} holds no console (index.html is missing). Check --ui, or leave it out to run without one.");
    anyhow::Error::new(problem)
}

/// The services on a data folder that has a store. Where there is none, nothing is made: a mistyped folder would pass for an
/// empty server, and its backup for a good one.
pub async fn open(config: Config) -> anyhow::Result<App> {
    if !crate::unclean::has_store(&config) && crate::unclean::emptied(&config).is_none() {
        return Err(StartError::NoStore(config.database()).into());
    }
    open_or_begin(config).await
}

/// The services on the data folder, without listening; a store that is missing is made. Makes the certificate that links pin
/// if there is none.
pub async fn open_or_begin(config: Config) -> anyhow::Result<App> {
    std::fs::create_dir_all(&config.data).context("making the data folder")?;
    let fingerprint = crate::tls::pinned(&config, &SystemClock).context("loading the certificates")?;
    let app = Service::open(config, Arc::new(SystemClock), Box::new(SystemRandom), fingerprint)
        .await
        .context("opening the store")?;
    if app.store.takes_in() {
        crate::unclean::opened_by_command(&app.config);
    }
    Ok(app)
}

/// A refusal as the command line says it, in both languages.
pub fn refused(refused: Refused) -> anyhow::Error {
    anyhow::Error::new(*refused.0)
}

/// That nobody has this login name.
pub(crate) fn no_account(username: &str) -> anyhow::Error {
    refusal::refusal(
        ErrorCode::NotFound,
        format!("không có tài khoản {username}; xem: ancu-server user list"),
        format!("there is no account {username}; see: ancu-server user list"),
    )
}

/// How many, with the word for one or for several.
pub(crate) fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// Writes a line to standard output. Where nobody reads it any more (`| head -1`), that is no fault of the command: what it does
/// is done, and its exit status says how that went.
pub fn say(line: impl std::fmt::Display) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("writing to standard output"),
    }
}
