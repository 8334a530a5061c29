//! The verbs about colleagues nearby.

use ancu_field::api::Command;
use clap::Subcommand;

use super::Asked;

/// Colleagues nearby.
#[derive(Debug, Subcommand)]
pub(in super::super) enum Near {
    /// Chờ một đồng nghiệp kết nối; in mã cho họ · Wait for one colleague; prints the code for them
    Wait,
    /// Tìm máy đang chờ ở gần · Find devices that wait nearby
    Find,
    /// Trao đổi với đồng nghiệp đang chờ · Exchange with a colleague who waits
    Meet {
        /// Mã của đồng nghiệp, hoặc địa chỉ tìm thấy · The colleague's code, or the address that was found
        whom: String,
    },
}

impl Near {
    /// What a verb asks for.
    pub(super) fn asked(self) -> Asked {
        match self {
            Self::Wait => Asked::NearWait,
            Self::Find => Asked::Command(Command::NearFind),
            Self::Meet { whom } => Asked::Command(Command::NearMeet { whom }),
        }
    }
}
