//! `serve`

use std::path::PathBuf;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::{Listen, say};
use crate::config::Config;
use crate::server::Server;

#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    #[command(flatten)]
    listen: Listen,
    /// Thư mục trang quản lý · Folder of the console's files
    #[arg(long, value_name = "DIR")]
    ui: Option<PathBuf>,
    /// Số lần đăng nhập, đăng ký máy sai cho phép mỗi phút · Failed logins and enrolments allowed a minute, per account and address
    #[arg(long, value_name = "N")]
    login_tries_per_minute: Option<u32>,
}

pub(super) async fn run(serve: Serve, mut config: Config) -> anyhow::Result<()> {
    if let Some(listen) = serve.listen.address() {
        config.listen = listen;
    }
    if let Some(ui) = serve.ui {
        config.ui = Some(ui);
    }
    if let Some(tries) = serve.login_tries_per_minute {
        config.login_tries_per_minute = tries;
    }
    // Without it every page would be "not found", and nobody would know why.
    if let Some(ui) = config.ui.as_deref().filter(|ui| !ui.join("index.html").is_file()) {
        return Err(super::no_console(ui));
    }
    let mut terminate = signal(SignalKind::terminate()).context("listening for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for signals")?;
    let running = Server::start(config).await?;
    // Tests and scripts wait for exactly this line.
    say(format_args!("listening https://{}", running.addr))?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}
