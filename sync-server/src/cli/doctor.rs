//! `doctor` and `verify-audit`: whether everything is in order.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{open, refused, say};
use crate::config::Config;
use crate::service::StartError;
use crate::service::verify::{self, ChainFault, ChainHead};

#[derive(Debug, clap::Args)]
pub(super) struct VerifyAudit {
    /// Tệp chứa kết quả lần trước: đầu mỗi chuỗi khi đó phải còn trong chuỗi · A file with what this command printed before: the heads of then must be in the chains still
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
}

pub(super) async fn verify_audit(verify: VerifyAudit, config: Config) -> anyhow::Result<()> {
    let expected = match &verify.expect {
        Some(file) => read_heads(file)?,
        None => Vec::new(),
    };
    let app = open(config).await?;
    let report = verify::audit_expecting(&app, expected).await.map_err(refused)?;
    for head in &report.heads {
        say(head)?;
    }
    for ChainFault { unit, number, reason } in &report.faults {
        say(format_args!("FAULT\tunit {unit}, row {number}: {reason}"))?;
    }
    for head in &report.missed {
        say(format_args!(
            "FAULT\tđầu chuỗi đã biết không còn trong chuỗi · a head that was known is not in its chain: {head}"
        ))?;
    }
    if report.gone > 0 {
        say(format_args!(
            "FAULT\tít nhất {0} dòng đã ghi không còn · at least {0} rows that were written are gone",
            report.gone
        ))?;
    }
    if !report.holds() {
        bail!(
            "nhật ký kiểm toán không còn nguyên vẹn · the audit chains do not hold: {} rows there, {} wrong, {} gone, {} \
             known heads missing",
            report.rows,
            report.faults.len(),
            report.gone,
            report.missed.len()
        );
    }
    say(format_args!(
        "{} in {} hold · chuỗi nguyên vẹn",
        super::counted(report.rows as u64, "row"),
        super::counted(report.chains as u64, "chain")
    ))
}

fn read_heads(file: &Path) -> anyhow::Result<Vec<ChainHead>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let heads = ChainHead::read_all(&text).filter(|heads| !heads.is_empty());
    heads.with_context(|| {
        format!(
            "{}: không có đầu chuỗi nào như verify-audit in ra · no heads of chains as verify-audit prints them",
            file.display()
        )
    })
}

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let url = config.link_url();
    if let Some(sign) = crate::unclean::emptied(&config) {
        say(format_args!("FAULT\tdatabase\t{}", StartError::Emptied { database: config.database(), sign }))?;
        bail!("1 lỗi · 1 fault");
    }
    let app = open(config).await?;
    let mut faults = 0;
    for check in verify::doctor(&app).await.map_err(refused)? {
        faults += u32::from(!check.good);
        say(format_args!("{}\t{}\t{}", if check.good { "ok" } else { "FAULT" }, check.what, check.found))?;
    }
    say(format_args!("ok\tlinks\t{url}"))?;
    if faults > 0 {
        bail!("{faults} lỗi · {}", super::counted(faults.into(), "fault"));
    }
    Ok(())
}
