//! `doctor` and `verify-audit`: whether everything is in order.

use std::path::{Path, PathBuf};

use ancu_shared::clock::Clock as _;
use ancu_shared::error::ErrorCode;
use anyhow::Context as _;

use super::refusal::{FULL, refusal};
use super::{open, refused, say};
use crate::clock::SystemClock;
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
    if !app.store.takes_in() {
        say(format_args!("FULL\t{} · {}", FULL.0, FULL.1))?;
    }
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
        let counts = format!(
            "{} rows there, {} wrong, {} gone, {} known heads missing",
            report.rows,
            report.faults.len(),
            report.gone,
            report.missed.len()
        );
        return Err(refusal(
            ErrorCode::FaultsFound,
            "nhật ký kiểm toán không còn nguyên vẹn. Hãy giữ nguyên thư mục dữ liệu làm bằng chứng và so với bản sao lưu.",
            format!(
                "the audit chains do not hold: {counts}. Keep the data folder as evidence and compare it with a backup."
            ),
        ));
    }
    say(format_args!(
        "{} in {} hold · chuỗi nguyên vẹn",
        super::counted(report.rows as u64, "row"),
        super::counted(report.chains as u64, "chain")
    ))
}

/// The largest file of heads, in bytes: each has some hundred.
const LARGEST_HEADS: u64 = 64 * 1024 * 1024;

fn read_heads(file: &Path) -> anyhow::Result<Vec<ChainHead>> {
    let text = String::from_utf8(crate::files::read(file, LARGEST_HEADS)?).unwrap_or_default();
    let heads = ChainHead::read_all(&text).filter(|heads| !heads.is_empty());
    heads.ok_or_else(|| {
        let file = file.display();
        refusal(
            ErrorCode::FileInvalid,
            format!("{file}: không có đầu chuỗi nào như verify-audit in ra. Hãy chọn đúng tệp đã lưu."),
            format!("{file}: no heads of chains as verify-audit prints them. Choose the file that was kept."),
        )
    })
}

fn faults_found(count: u32) -> anyhow::Error {
    let (code, en) = (ErrorCode::FaultsFound, super::counted(count.into(), "fault"));
    refusal(code, format!("{count} lỗi. {}", code.vi()), format!("{en}. {}", code.en()))
}

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let url = config.link_url();
    if let Some(sign) = crate::unclean::emptied(&config) {
        say(format_args!("FAULT\tdatabase\t{}", StartError::Emptied { database: config.database(), sign }))?;
        return Err(faults_found(1));
    }
    let app = open(config).await?;
    let mut faults = 0;
    if crate::service::room::is_lacking(&app.config) {
        faults += 1;
        say(format_args!(
            "FAULT\tdisk\tổ đĩa của thư mục dữ liệu đã đầy. {} · The data folder's disk is full. {}",
            FULL.0, FULL.1
        ))?;
    } else {
        say(format_args!("ok\tdisk\tcòn chỗ · has room"))?;
    }
    let (right, found) = super::clock::found(&app);
    let apart = if right { super::clock::apart(&app).await? } else { None };
    let good = right && apart.is_none();
    faults += u32::from(!good);
    let found = apart.map_or_else(|| found.clone(), |apart| format!("{found}: {apart}"));
    say(format_args!("{}\tclock\t{found}", if good { "ok" } else { "FAULT" }))?;
    for check in verify::doctor(&app).await.map_err(refused)? {
        faults += u32::from(!check.good);
        say(format_args!("{}\t{}\t{}", if check.good { "ok" } else { "FAULT" }, check.what, check.found))?;
    }
    let untimely = crate::tls::untimely(&app.config, SystemClock.now()).context("looking at the certificates")?;
    for certificate in &untimely {
        faults += 1;
        say(format_args!("FAULT\tcertificate\t{}", certificate.words()))?;
    }
    if untimely.is_empty() {
        say(format_args!("ok\tcertificate\tcòn hiệu lực · valid"))?;
    }
    say(format_args!("ok\tlinks\t{url}"))?;
    if faults > 0 {
        return Err(faults_found(faults));
    }
    Ok(())
}
