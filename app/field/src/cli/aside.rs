//! The verbs and the words for stores that were set aside, because nobody knew their PIN.

use ancu_field::api::Command;
use ancu_field::status::{DeviceStatus, Phase};
use ancu_field::store::aside::{LastKnown, SetAside};
use clap::Subcommand;

use super::words::counted;

/// Stores that were set aside.
#[derive(Debug, Subcommand)]
pub(super) enum Aside {
    /// Cất riêng kho đang khóa mà không ai nhớ mã PIN · Set the locked store aside whose PIN nobody remembers
    Put {
        /// Hậu quả, gõ đúng: "việc chưa gửi bị khóa lại" · What it costs, typed: "unsent work stays locked"
        #[arg(long, default_value = "", value_name = "WORDS")]
        consequence: String,
    },
    /// Đặt kho đã cất về chỗ cũ, khi máy chưa đăng ký lại · Put one back, on a device that is not enrolled anew
    Back {
        /// Tên kho, xem ở status · The store's name, as status tells it
        name: String,
    },
    /// Lấy việc chưa gửi của kho đã cất sang kho đang dùng · Take its unsent work into the store in use
    Take {
        /// Tên kho, xem ở status · The store's name, as status tells it
        name: String,
        /// Mã PIN của kho đã cất; nên đặt trong biến môi trường · That store's PIN; better in the environment
        #[arg(long, env = "ANCU_OLD_PIN", hide_env_values = true, value_name = "PIN")]
        old_pin: String,
    },
}

impl Aside {
    /// The engine command of a verb.
    pub(super) fn asked(self) -> Command {
        match self {
            Self::Put { consequence } => Command::SetAside { consequence },
            Self::Back { name } => Command::PutBack { name },
            Self::Take { name, old_pin } => Command::TakeUnsent { name, pin: old_pin },
        }
    }
}

/// What is known of the unsent work of a store that is locked.
pub(super) fn of_last_known(known: Option<&LastKnown>) -> Vec<String> {
    let Some(LastKnown { at, unsent, safe_to_wipe }) = known else { return Vec::new() };
    let (records, photos, held) = (unsent.records, unsent.photos, unsent.quarantined);
    if unsent.is_nothing() {
        let when = at.hanoi_text();
        let mut said = vec![format!("  lần mở cuối ({when}): đã gửi hết · when it was open last: all was sent")];
        if held > 0 {
            let pieces = counted(held, "piece");
            said.push(format!("  {held} gói bị máy chủ giữ lại · {pieces} held back by the server"));
        } else if !safe_to_wipe {
            said.push("  có thể còn ghi chú nháp, tệp mang giúp · it may hold drafts, files of colleagues".to_owned());
        }
        return said;
    }
    vec![
        format!("  lần mở cuối ({0}): {records} biên bản, {photos} ảnh chưa gửi", at.hanoi_text()),
        format!("  when it was open last: {} and {} unsent", counted(records, "record"), counted(photos, "photo")),
    ]
}

/// The stores that were set aside, in lines of the status.
pub(super) fn of_all(status: &DeviceStatus) -> Vec<String> {
    status.set_aside.iter().flat_map(|store| of(store, status.phase)).collect()
}

fn of(store: &SetAside, phase: Phase) -> Vec<String> {
    let SetAside { name, pin_attempts_left: left, .. } = store;
    let mut lines =
        vec![format!("kho đã cất riêng · set aside: {name} (còn {left} lần thử PIN · {left} PIN tries left)")];
    if let Some(taken) = store.taken {
        let (pieces, photos) = (taken.envelopes, taken.photos);
        let whole = if taken.whole { "đã lấy hết · all of it" } else { "chưa hết · not all of it" };
        lines.push(format!(
            "  đã lấy ra · taken out: {pieces} gói, {photos} ảnh ({whole}) · {}, {}",
            counted(pieces, "piece"),
            counted(photos, "photo")
        ));
        return lines;
    }
    lines.extend(of_last_known(store.last_known.as_ref()));
    lines.push(match phase {
        Phase::Ready if store.safe_to_wipe => return lines,
        Phase::Fresh if *left == 0 => format!(
            "  nhớ lại mã PIN · with its PIN: ancu-field aside back {name}; ancu-field enrol --link <LINK> --pin <PIN>\n  cần mã \
             đăng ký mới và mã PIN cũ · it takes a new enrolment code and the old PIN"
        ),
        _ if *left == 0 => format!(
            "  đã sai mã PIN 10 lần nên chưa lấy ra được; nhớ lại mã PIN thì: cất riêng kho đang dùng (aside put), đặt kho này \
             về (aside back {name}), đăng ký lại bằng mã mới và mã PIN cũ (enrol), rồi sync\n  ten wrong PINs, nothing can be \
             taken out; with its PIN: set aside the store in use (aside put), put this one back (aside back {name}), enrol \
             again with a new code and the old PIN (enrol), then sync"
        ),
        Phase::Fresh => format!("  nhớ lại mã PIN · with its PIN: ancu-field aside back {name}"),
        _ => format!("  nhớ lại mã PIN · with its PIN: ancu-field aside take {name} --old-pin <PIN>"),
    });
    lines
}

#[cfg(test)]
mod tests {
    use ancu_shared::clock::UtcMillis;

    use super::*;

    #[test]
    fn the_way_that_is_told_is_one_that_works() {
        let told = |left: u32, phase: Phase| {
            let name = "set-aside-2026-11-23".to_owned();
            let (at, last_known, taken) = (UtcMillis(0), None, None);
            let store = SetAside { name, at, last_known, pin_attempts_left: left, taken, safe_to_wipe: false };
            of(&store, phase).join("\n")
        };
        assert!(told(10, Phase::Ready).contains("aside take set-aside-2026-11-23 --old-pin"));
        for phase in [Phase::Ready, Phase::Locked, Phase::Fresh] {
            let shut = told(0, phase);
            assert!(!shut.contains("aside take"), "it would be refused: {shut}");
            assert!(shut.contains("aside back set-aside-2026-11-23") && shut.contains("mã PIN cũ"), "{shut}");
        }
    }
}
