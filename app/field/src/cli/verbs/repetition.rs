//! `repetition`: storeys, rooms, and whatever a checklist asks of each of several.

use ancu_field::api::Command;
use ancu_shared::id::DocumentId;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Repetition {
    /// Thêm một phần, sau những phần đã có · Add one behind those that are there
    Add {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
        /// Nhóm lặp · The repeat, for example storey; in a repetition of another one room.k3f9a2
        place: String,
    },
    /// Bỏ một phần; những gì đã trả lời vẫn được giữ · Take one out; what was answered in it is kept
    Remove {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
        /// Phần lặp · The repetition, for example storey.k3f9a2
        repetition: String,
    },
}

impl Repetition {
    pub(super) fn command(self) -> Command {
        match self {
            Self::Add { inspection, place } => Command::RepetitionAdd { inspection, place },
            Self::Remove { inspection, repetition } => Command::RepetitionRemove { inspection, repetition },
        }
    }
}
