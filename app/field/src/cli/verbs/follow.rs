//! The verbs that follow a finding to its end.

use std::path::PathBuf;

use ancu_field::api::Command;
use ancu_field::records::finding::StepNote;
use ancu_shared::id::DocumentId;
use ancu_shared::record::remediation::{FindingStep, Means, Seen};
use clap::Subcommand;

use super::super::values::{day, json};
use super::Asked;

/// Which finding.
#[derive(Debug, clap::Args)]
pub(in super::super) struct Found {
    /// Mã biên bản đã ghi tồn tại · Id of the inspection that found it
    inspection: DocumentId,
    /// Mã câu hỏi · Code of the question
    item: String,
}

/// Steps of a finding.
#[derive(Debug, Subcommand)]
pub(in super::super) enum Follow {
    /// Xem tồn tại và mọi bước đã ghi · Show it with every step
    Show {
        #[command(flatten)]
        found: Found,
    },
    /// Đại diện cơ sở cam kết · The premises' representative commits
    Commit {
        #[command(flatten)]
        found: Found,
        /// Tên người đại diện · Name of the representative
        #[arg(long)]
        name: String,
        /// Lời cam kết · The words
        #[arg(long, default_value = "")]
        words: String,
        /// Hẹn xong trước hết ngày này · Promised day, YYYY-MM-DD
        #[arg(long, value_parser = day)]
        until: Option<jiff::civil::Date>,
    },
    /// Đã bắt đầu khắc phục · The work has begun
    Begin {
        #[command(flatten)]
        found: Found,
        /// Ghi chú · The note
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Cơ sở báo đã khắc phục, kèm ảnh · The premises say that it is remedied, with photos
    Remedy {
        #[command(flatten)]
        found: Found,
        /// Tệp ảnh, có thể nhiều lần · A photo's file, may be given several times
        #[arg(long = "photo", required = true)]
        photos: Vec<PathBuf>,
        /// Người báo · Who says so
        #[arg(long, default_value = "")]
        name: String,
        /// Ghi chú · The note
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Cán bộ xác nhận đã khắc phục · An officer saw that it is remedied
    Verify {
        #[command(flatten)]
        found: Found,
        /// on_site (tại chỗ) hoặc by_photo (qua ảnh) · on_site or by_photo
        #[arg(long, value_parser = json::<Seen>)]
        seen: Seen,
        /// Lần kiểm tra sau · The later inspection
        #[arg(long)]
        visit: Option<DocumentId>,
        /// Ghi chú · The note
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Cán bộ chưa chấp nhận, kèm lý do · An officer saw that it is not, with the reason
    Reject {
        #[command(flatten)]
        found: Found,
        /// on_site (tại chỗ) hoặc by_photo (qua ảnh) · on_site or by_photo
        #[arg(long, value_parser = json::<Seen>)]
        seen: Seen,
        /// Lý do · The reason
        #[arg(long)]
        words: String,
        /// Lần kiểm tra sau · The later inspection
        #[arg(long)]
        visit: Option<DocumentId>,
    },
    /// Quá hạn: đề nghị biện pháp · Overdue: propose a means
    Escalate {
        #[command(flatten)]
        found: Found,
        /// recommendation (kiến nghị), sanction (xử phạt), suspension (đình chỉ) · recommendation, sanction or suspension
        #[arg(long, value_parser = json::<Means>)]
        means: Means,
        /// Ghi chú · The note
        #[arg(long, default_value = "")]
        words: String,
    },
}

impl Follow {
    /// What the engine is to do.
    pub(super) fn asked(self) -> Asked {
        match self.noted() {
            (Found { inspection, item }, None, _) => Asked::Command(Command::FindingOpen { inspection, item }),
            (Found { inspection, item }, Some(note), photos) if photos.is_empty() => {
                Asked::Command(Command::FindingStep { inspection, item, note })
            }
            (Found { inspection, item }, Some(note), photos) => Asked::Remedy { inspection, item, note, photos },
        }
    }

    /// The finding, what is noted of it, and files of photos; `None` shows it.
    fn noted(self) -> (Found, Option<StepNote>, Vec<PathBuf>) {
        let note = |step, words| StepNote {
            step,
            words,
            name: String::new(),
            until: None,
            seen: None,
            visit: None,
            means: None,
            photos: Vec::new(),
        };
        match self {
            Self::Show { found } => (found, None, Vec::new()),
            Self::Commit { found, name, words, until } => {
                (found, Some(StepNote { name, until, ..note(FindingStep::Committed, words) }), Vec::new())
            }
            Self::Begin { found, words } => (found, Some(note(FindingStep::Started, words)), Vec::new()),
            Self::Remedy { found, photos, name, words } => {
                (found, Some(StepNote { name, ..note(FindingStep::Reported, words) }), photos)
            }
            Self::Verify { found, seen, visit, words } => {
                (found, Some(StepNote { seen: Some(seen), visit, ..note(FindingStep::Verified, words) }), Vec::new())
            }
            Self::Reject { found, seen, words, visit } => {
                (found, Some(StepNote { seen: Some(seen), visit, ..note(FindingStep::Rejected, words) }), Vec::new())
            }
            Self::Escalate { found, means, words } => {
                (found, Some(StepNote { means: Some(means), ..note(FindingStep::Escalated, words) }), Vec::new())
            }
        }
    }
}
