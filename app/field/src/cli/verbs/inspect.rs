//! The verbs about one inspection as a whole.

use ancu_field::api::Command;
use ancu_shared::id::DocumentId;
use ancu_shared::record::given_up::GivenUpReason;
use ancu_shared::template::TemplateRef;
use clap::Subcommand;

use super::super::values::{json, template};
use super::Asked;

/// Inspections.
#[derive(Debug, Subcommand)]
pub(in super::super) enum Inspect {
    /// Bắt đầu, hoặc mở biên bản đang làm · Begin one, or open the one that is being made
    Start {
        /// Mã cơ sở · Id of the premises
        facility: DocumentId,
        /// Mẫu kiểm tra, dạng mã@phiên bản · The checklist, code@version
        #[arg(long, value_parser = template)]
        template: Option<TemplateRef>,
        /// Định kỳ (periodic) hay đột xuất (unscheduled) · periodic or unscheduled
        #[arg(long)]
        purpose: Option<String>,
        /// Lý do chọn mẫu khác mẫu của loại hình · Why another checklist than the proposed one
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Luật, biểu mẫu và mẫu kiểm tra áp dụng hôm nay · The law, form and checklists that apply today
    Plan {
        /// Mã cơ sở · Id of the premises
        facility: DocumentId,
    },
    /// Mở · Open one
    Open {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
    },
    /// Còn thiếu gì · What keeps it from being finished
    Missing {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
    },
    /// Bỏ một lần kiểm tra chưa ký: không xóa gì, không tính là đã kiểm tra · Give up a visit that nobody signed: nothing is deleted
    GiveUp {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
        /// by_mistake (bắt đầu nhầm), another_visit (làm tiếp ở lần khác), no_entry (không vào được), other · why
        #[arg(long, value_parser = json::<GivenUpReason>)]
        reason: GivenUpReason,
        /// Lý do bằng lời; cần khi là other · The reason in words; needed with other
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Mở lại một lần kiểm tra đã bỏ · Take up again a visit that was given up
    TakeUp {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
    },
    /// Các câu hỏi và mã · Its questions and their codes
    Items {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
    },
}

impl Inspect {
    /// What the engine is to do.
    pub(super) fn asked(self) -> Asked {
        Asked::Command(match self {
            Self::Plan { facility } => Command::InspectionPlan { facility },
            Self::Start { facility, template, purpose, reason } => {
                Command::InspectionStart { facility, template, purpose, reason }
            }
            Self::Open { id } => Command::InspectionOpen { id },
            Self::Missing { id } => Command::InspectionMissing { id },
            Self::GiveUp { id, reason, words } => Command::InspectionGiveUp { id, reason, words },
            Self::TakeUp { id } => Command::InspectionTakeUp { id },
            Self::Items { id } => return Asked::Items(id),
        })
    }
}
