//! The verbs of measures against premises.

use ancu_field::api::Command;
use ancu_shared::id::DocumentId;
use ancu_shared::measures::MeasureNote;
use ancu_shared::record::measure::{Ground, Instrument, MeasureStep, Scope};
use clap::Subcommand;
use uuid::Uuid;

use super::super::values::{day, json};

/// Measures against premises.
#[derive(Debug, Subcommand)]
pub(in super::super) enum Measure {
    /// Biện pháp của cơ sở và gợi ý theo quy định; không nêu cơ sở: còn mở ở mọi nơi · Of premises with what the rules suggest, or all that are open
    Show {
        /// Mã cơ sở · Id of the premises
        facility: Option<DocumentId>,
    },
    /// Ghi một bước: đề nghị, quyết định, phục hồi… · Note a step
    Note(Box<Note>),
}

/// A step and what it says.
#[derive(Debug, clap::Args)]
pub(in super::super) struct Note {
    /// Mã cơ sở · Id of the premises
    facility: DocumentId,
    /// proposed, waived, declined, violation_recorded, explaining, decided, served, appealed, paid, enforced, disobeyed, resumption_asked, resumption_refused, resumed, cancelled
    #[arg(value_parser = json::<MeasureStep>)]
    step: MeasureStep,
    /// Của biện pháp này; không nêu: bắt đầu biện pháp mới · Of this measure; without it a measure begins
    #[arg(long)]
    measure: Option<Uuid>,
    /// temporary_suspension, suspension, timed_suspension, stop_directive19, sanction
    #[arg(long, value_parser = json::<Instrument>)]
    instrument: Option<Instrument>,
    /// direct_risk (a), not_remedied (b), especially_grave (c); có thể nhiều lần · may be given several times
    #[arg(long = "ground", value_parser = json::<Ground>)]
    grounds: Vec<Ground>,
    /// Mã hành vi, có thể nhiều lần · Code of an act, may be given several times
    #[arg(long = "act")]
    acts: Vec<String>,
    /// whole (toàn bộ) hoặc part (một phần) · whole or part
    #[arg(long, value_parser = json::<Scope>)]
    scope: Option<Scope>,
    /// Phần nào · Which part
    #[arg(long, default_value = "")]
    part: String,
    /// Lý do, nội dung · The reason, what was decided
    #[arg(long, default_value = "")]
    words: String,
    /// Số văn bản · Number of the paper
    #[arg(long, default_value = "")]
    number: String,
    /// Ngày văn bản · Its day, YYYY-MM-DD
    #[arg(long, value_parser = day)]
    on: Option<jiff::civil::Date>,
    /// Người, cơ quan ký hoặc đề nghị · Who signed it, or asks
    #[arg(long, default_value = "")]
    issuer: String,
    /// Từ ngày · First day, YYYY-MM-DD
    #[arg(long, value_parser = day)]
    from: Option<jiff::civil::Date>,
    /// Đến hết ngày · Last day, YYYY-MM-DD
    #[arg(long, value_parser = day)]
    until: Option<jiff::civil::Date>,
    /// Số tiền phạt, đồng · The fine, in VND
    #[arg(long)]
    amount: Option<u64>,
    /// Biên bản đã ghi · The inspection that found it
    #[arg(long)]
    inspection: Option<DocumentId>,
    /// Mã câu hỏi của tồn tại, có thể nhiều lần · Code of a finding, may be given several times
    #[arg(long = "item")]
    items: Vec<String>,
}

impl Measure {
    /// What the engine is to do.
    pub(super) fn command(self) -> Command {
        match self {
            Self::Show { facility: Some(facility) } => Command::Measures { facility },
            Self::Show { facility: None } => Command::MeasureList,
            Self::Note(note) => {
                let Note {
                    facility,
                    step,
                    measure,
                    instrument,
                    grounds,
                    acts,
                    scope,
                    part,
                    words,
                    number,
                    on,
                    issuer,
                    from,
                    until,
                    amount,
                    inspection,
                    items,
                } = *note;
                let note = MeasureNote {
                    step,
                    instrument,
                    grounds,
                    acts,
                    scope,
                    part,
                    words,
                    number,
                    on,
                    issuer,
                    from,
                    until,
                    amount_vnd: amount,
                    inspection,
                    items,
                };
                Command::MeasureNote { facility, measure, note }
            }
        }
    }
}
