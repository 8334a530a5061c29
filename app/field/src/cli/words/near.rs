//! Colleagues nearby in words.

use ancu_field::near::{NearFound, NearMet};

use super::counted;

/// How a meeting went.
pub(super) fn met(met: &NearMet) -> String {
    let NearMet { person_name, device_name, received, records, sent } = met;
    format!(
        "đã trao đổi với {person_name} ({device_name}): nhận {received} gói của {records} hồ sơ, gửi {sent} gói · exchanged with \
         {person_name} ({device_name}): {} of {} came, {} went\nvẫn tính là chưa gửi cho đến khi máy chủ có · it counts as \
         unsent until the server has it",
        counted(*received, "piece"),
        counted(*records, "record"),
        counted(*sent, "piece"),
    )
}

/// Who waits nearby.
pub(super) fn found(found: &[NearFound]) -> String {
    let one = |found: &NearFound| format!("{}  ancu-field near meet {}", found.label, found.address);
    found.iter().map(one).collect::<Vec<_>>().join("\n")
}
