//! `doctor` and `verify-audit`: whether everything is in order.

use anyhow::bail;

use super::{open, refused, say};
use crate::config::Config;
use crate::service::verify::{self, ChainFault};

pub(super) async fn verify_audit(config: Config) -> anyhow::Result<()> {
    let app = open(config).await?;
    let report = verify::audit(&app).await.map_err(refused)?;
    for ChainFault { unit, number, reason } in &report.faults {
        say(format_args!("unit {unit}, row {number}: {reason}"))?;
    }
    if !report.faults.is_empty() {
        bail!("{} of {} rows do not hold", report.faults.len(), report.rows);
    }
    say(format_args!("{} rows in {} chains hold", report.rows, report.chains))
}

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let url = config.link_url();
    let app = open(config).await?;
    let mut faults = 0;
    for check in verify::doctor(&app).await.map_err(refused)? {
        faults += u32::from(!check.good);
        say(format_args!("{}\t{}\t{}", if check.good { "ok" } else { "FAULT" }, check.what, check.found))?;
    }
    say(format_args!("links name\t{url}"))?;
    if faults > 0 {
        bail!("{faults} faults");
    }
    Ok(())
}
