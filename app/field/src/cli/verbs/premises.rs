//! The verbs about premises.

use ancu_field::api::Command;
use ancu_shared::id::DocumentId;
use ancu_shared::record::value::Scalar;
use clap::Subcommand;

use super::super::values::pair;
use super::Asked;

/// Premises in detail.
#[derive(Debug, Subcommand)]
pub(in super::super) enum Premises {
    /// Xem phiếu cơ sở · Show the sheet
    Show {
        /// Mã cơ sở · Id of the premises
        id: DocumentId,
    },
    /// Thêm cơ sở: name=… class=… address=… · Add premises: name=… class=… address=… and other fields
    Add {
        /// Các ô, dạng tên=giá trị · Fields as name=value
        #[arg(value_parser = pair)]
        fields: Vec<(String, Scalar)>,
        /// Vẫn thêm dù đã có cơ sở cùng tên và địa chỉ · Add them although some of the same name and address are there
        #[arg(long)]
        anyway: bool,
    },
    /// Sửa; tên= để bỏ một ô · Change fields; field= takes one away
    Edit {
        /// Mã cơ sở · Id of the premises
        id: DocumentId,
        /// Các ô, dạng tên=giá trị · Fields as name=value
        #[arg(value_parser = pair)]
        fields: Vec<(String, Scalar)>,
    },
}

impl Premises {
    /// What the engine is to do.
    pub(super) fn asked(self) -> Asked {
        Asked::Command(match self {
            Self::Show { id } => Command::FacilitySheet { id },
            Self::Add { fields, anyway: true } => {
                Command::FacilityCreate { fields: fields.into_iter().collect(), draft: false }
            }
            Self::Add { fields, anyway: false } => return Asked::AddPremises(fields.into_iter().collect()),
            Self::Edit { id, fields } => {
                Command::FacilityEdit { id, fields: fields.into_iter().collect(), draft: false }
            }
        })
    }
}
