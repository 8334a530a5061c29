//! `compact`: records that rest are folded now.

use super::{open, refused, say};
use crate::config::Config;
use crate::service::compaction;

#[derive(Debug, clap::Args)]
pub(super) struct Compact {
    /// Số ngày không có gì mới [mặc định: như cấu hình] · Days without anything new [default: as configured]
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
}

pub(super) async fn run(compact: Compact, config: Config) -> anyhow::Result<()> {
    let days = compact.days.unwrap_or(config.fold_after_days);
    let app = open(config).await?;
    let done = compaction::all(&app, days).await.map_err(refused)?;
    say(format_args!(
        "xếp gọn {0} hồ sơ, {1} byte thành {2} · {3} folded, {1} bytes in {2}",
        done.records,
        done.bytes,
        done.packed,
        super::counted(done.records, "record")
    ))?;
    if done.unfoldable > 0 {
        say(format_args!(
            "giữ nguyên {0} hồ sơ không xếp gọn được; xem: ancu-server doctor · {1} could not be folded and stay as they were; see: \
             ancu-server doctor",
            done.unfoldable,
            super::counted(done.unfoldable, "record")
        ))?;
    }
    Ok(())
}
