//! The verbs about sending by file.

use ancu_field::api::Command;
use ancu_shared::id::BundleId;
use clap::Subcommand;

/// Sending by file.
#[derive(Debug, Subcommand)]
pub(in super::super) enum Courier {
    /// Ghi mọi thứ chưa gửi ra một tệp .ancu đã mã hóa · Write all that is unsent into one encrypted file, ending in .ancu
    Export {
        /// Tệp mới, đuôi .ancu; tệp đã có không bị ghi đè · A new file ending in .ancu; none is overwritten
        file: String,
    },
    /// Nhận tệp của đồng nghiệp để mang đến máy chủ · Take a colleague's file to carry it to the server
    Carry {
        /// Tệp của đồng nghiệp · The colleague's file
        file: String,
    },
    /// Nhận biên nhận của máy chủ · Take the server's receipt for one's own file
    Receipt {
        /// Tệp biên nhận · The receipt's file
        file: String,
    },
    /// Ghi biên nhận cho đồng nghiệp ra tệp .ancu · Write the receipt of a file that was carried here, for that colleague
    HandBack {
        /// Mã tệp đã mang, xem ở status --json · Id of the file that was carried, as status --json tells it
        bundle: BundleId,
        /// Tệp mới, đuôi .ancu · A new file ending in .ancu
        file: String,
    },
}

impl Courier {
    /// The engine command of a verb.
    pub(super) fn asked(self) -> Command {
        match self {
            Self::Export { file } => Command::CourierExport { file: Some(file), folder: None },
            Self::Carry { file } | Self::Receipt { file } => Command::CourierTake { file },
            Self::HandBack { bundle, file } => Command::CourierHandBack { bundle, file: Some(file), folder: None },
        }
    }
}
