//! `courier`: files that couriers bring, and the word on them.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ancu_shared::courier::MAX_BUNDLE_BYTES;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::BundleId;
use anyhow::Context as _;
use clap::Subcommand;

use super::refusal::refusal;
use super::{counted, open, refused, say};
use crate::config::Config;
use crate::service::App;
use crate::service::courier::{self, Carrier, Imported};

#[derive(Debug, Subcommand)]
pub(super) enum CourierCommand {
    /// Nhập tệp do máy xuất ra · Take in a file that a device exported
    Import {
        /// Tệp · The file
        file: PathBuf,
        /// Ghi biên nhận vào tệp này để mang về máy đó; không ghi đè · Write the receipt here, to be carried back to that device; an existing file is not overwritten
        #[arg(long, value_name = "FILE")]
        receipt: Option<PathBuf>,
    },
    /// Ghi biên nhận của tệp đã nhập trước đó · Write the receipt of a file that was taken in before, as things stand now
    Receipt {
        /// SHA-256 của tệp, như lệnh import đã in · SHA-256 of that file, as `import` printed it
        bundle: BundleId,
        /// Ghi vào đâu; không ghi đè · Where to; an existing file is not overwritten
        file: PathBuf,
    },
}

pub(super) async fn run(command: CourierCommand, config: Config) -> anyhow::Result<()> {
    let app = open(config).await?;
    match command {
        CourierCommand::Import { file, receipt } => {
            // Said before anything is done: the file is the caller's.
            crate::files::open(&file, MAX_BUNDLE_BYTES)?;
            let imported = courier::import(&app, &file, Carrier::default()).await.map_err(refused)?;
            let Imported { bundle, person_name, device_name, admitted, known, waiting, .. } = &imported;
            let Imported { quarantined, refused, photos, photos_refused, .. } = &imported;
            say(format_args!("{bundle}\t{person_name}\t{device_name}"))?;
            say(format_args!(
                "đã nhận {admitted} gói (trong đó {known} có từ trước), {waiting} chờ phần trước đó, {quarantined} bị giữ lại, \
                 {refused} không đủ chỗ; {photos} ảnh, {photos_refused} ảnh không đúng"
            ))?;
            say(format_args!(
                "{admitted} admitted ({known} known before), {waiting} waiting, {quarantined} quarantined, {refused} refused; \
                 {}, {photos_refused} refused",
                counted(*photos, "photo"),
            ))?;
            match receipt {
                Some(to) => write(&app, imported.bundle, &to).await,
                None => Ok(()),
            }
        }
        CourierCommand::Receipt { bundle, file } => write(&app, bundle, &file).await,
    }
}

async fn write(app: &App, bundle: BundleId, to: &Path) -> anyhow::Result<()> {
    let receipt = courier::receipt(app, bundle, None).await.map_err(refused)?;
    let receipt = receipt.ok_or_else(|| {
        refusal(
            ErrorCode::NotFound,
            "chưa nhập tệp nào như vậy. Hãy nhập tệp đó trước: courier import.",
            "no such file was taken in. Take it in first: courier import.",
        )
    })?;
    let written = std::fs::File::create_new(to).and_then(|mut file| {
        file.write_all(&receipt)?;
        file.sync_all()
    });
    written.with_context(|| format!("writing {}", to.display()))
}
