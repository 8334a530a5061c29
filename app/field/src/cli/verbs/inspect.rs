//! The verbs about one inspection as a whole.

use ancu_field::api::Command;
use ancu_field::records::attendance::Drawn;
use ancu_shared::id::DocumentId;
use ancu_shared::reading;
use ancu_shared::record::attendance::{AttendeeRole, Conclusion, Unsigned};
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
    /// Ghi người tham gia kiểm tra và chữ ký, hoặc lý do không ký · Note who attended, with a signature or why there is none
    Attend {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
        /// inspector (người kiểm tra), representative (đại diện cơ sở), witness (người chứng kiến) · as what
        #[arg(value_parser = json::<AttendeeRole>)]
        role: AttendeeRole,
        /// Họ và tên · Full name
        #[arg(default_value = "")]
        name: String,
        /// Chức vụ · Position
        #[arg(long, default_value = "")]
        position: String,
        /// Ý kiến, hoặc lý do không ký · Opinion, or why they do not sign
        #[arg(long, default_value = "")]
        words: String,
        /// refused (từ chối ký), absent (vắng mặt), unable (không thể ký) · why there is no signature
        #[arg(long, value_parser = json::<Unsigned>)]
        unsigned: Option<Unsigned>,
        /// Chữ ký, JSON {"strokes":[[x,y,…]],"times":[0]}, khung 900 × 450 · The signature, in a box of 900 by 450
        #[arg(long, value_parser = drawn)]
        drawn: Option<Drawn>,
        /// Mã người đã ghi, để thay · Whose note is replaced
        #[arg(long)]
        attendee: Option<uuid::Uuid>,
        /// Bỏ người này · Take them away again
        #[arg(long, requires = "attendee", conflicts_with_all = ["drawn", "unsigned"])]
        remove: bool,
    },
    /// Ghi kết luận: safe, safe_with_minor, unsafe_remediable, unsafe_serious, not_operating, no_access · The conclusion
    Conclude {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
        /// Kết luận; không có là bỏ · The conclusion; none takes it back
        #[arg(value_parser = json::<Conclusion>)]
        conclusion: Option<Conclusion>,
        /// Kết luận bằng lời · The same in words
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Biên bản ra tệp PDF, không cần mạng · The record as a PDF, without a network
    Print {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
        /// Tệp mới · The new file
        #[arg(long, conflicts_with = "folder")]
        file: Option<String>,
        /// Hoặc thư mục, tệp tự có tên · Or a folder, the file gets a name of its own
        #[arg(long, default_value = ".")]
        folder: String,
    },
    /// Kiểm tra mã trên biên bản giấy · Check the code on a printed record
    Check {
        /// Mã, hoặc cả địa chỉ trong mã QR · The code, or the whole address in the QR code
        code: String,
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
            Self::Attend { id, remove: true, attendee: Some(attendee), .. } => {
                Command::AttendRemove { inspection: id, attendee }
            }
            Self::Attend { id, role, name, position, words, unsigned, drawn, attendee, remove: _ } => {
                Command::Attend { inspection: id, attendee, role, name, position, words, drawn, unsigned }
            }
            Self::Conclude { id, conclusion, words } => Command::Conclude { inspection: id, conclusion, words },
            Self::Print { id, file: Some(file), .. } => Command::Print { id, file: Some(file), folder: None },
            Self::Print { id, file: None, folder } => Command::Print { id, file: None, folder: Some(folder) },
            Self::Check { code } => Command::CheckCode { code },
            Self::Items { id } => return Asked::Items(id),
        })
    }
}

fn drawn(text: &str) -> Result<Drawn, String> {
    reading::read(text.as_bytes()).map_err(|problem| format!("{} · {}", problem.vi, problem.en))
}
