//! Sending by file in words, and what the server holds back.

use ancu_field::courier::{Taken, Written};
use ancu_field::store::outbox::QuarantinedItem;

use super::{codes, counted, of_problem};

/// A file that was written.
pub(super) fn written(file: &Written) -> String {
    let Written { file: place, bundle, receipt, bytes, envelopes, photos, left_out, .. } = file;
    if *receipt {
        return format!(
            "đã ghi biên nhận · receipt written: {place} ({bytes} byte)\nlà biên nhận của tệp · it is the receipt of the file: \
             {bundle}\nhãy đưa tệp này cho đồng nghiệp · give it to the colleague: ancu-field courier receipt <FILE>"
        );
    }
    let mut told = vec![
        format!("đã ghi · written: {place} ({bytes} byte)"),
        format!("mã tệp · id of the file: {bundle}"),
        format!(
            "trong tệp · in it: {envelopes} gói, {photos} ảnh · {}, {}",
            counted(*envelopes, "piece"),
            counted(*photos, "photo")
        ),
    ];
    if *left_out > 0 {
        told.push(format!(
            "còn lại · left out: {left_out}; xuất tiếp một tệp nữa sau khi nhận biên nhận · for another file, after the receipt"
        ));
    }
    told.push(
        "vẫn tính là chưa gửi cho đến khi có biên nhận của máy chủ · it counts as unsent until the server's receipt is here"
            .to_owned(),
    );
    told.extend(file.problem.as_ref().map(of_problem));
    told.join("\n")
}

/// What became of a file that was handed in.
pub(super) fn taken(taken: &Taken) -> String {
    match taken {
        Taken::Piece { bytes } => format!("đã nhận {bytes} byte · {bytes} bytes are here"),
        Taken::Cargo { bundle, bytes } => format!(
            "đã nhận tệp của đồng nghiệp ({bytes} byte); máy này chuyển đến máy chủ ở lần trao đổi tới · a colleague's file is \
             here ({bytes} bytes); it goes to the server with the next exchange\nmã tệp · id of the file: {bundle}\nbiên nhận \
             cho đồng nghiệp · the colleague's receipt: ancu-field courier hand-back {bundle} <FILE>"
        ),
        Taken::Receipt { bundle, envelopes, photos } => format!(
            "đã nhận biên nhận của máy chủ: {envelopes} gói, {photos} ảnh nay tính là đã gửi · the server's receipt is here: {}, \
             {} count as sent now\nmã tệp · id of the file: {bundle}",
            counted(*envelopes, "piece"),
            counted(*photos, "photo")
        ),
    }
}

/// What the server holds back, each with its reason.
pub(super) fn held_back(items: &[QuarantinedItem]) -> String {
    let one = |item: &QuarantinedItem| {
        let (vi, en) = codes::kind(item.kind);
        let place = if item.premises.is_empty() { String::new() } else { format!("  {}", item.premises) };
        let mut told = vec![
            format!("{}  {vi} · {en}{place}  {}", item.document, item.at.hanoi_text()),
            format!("  {}", item.title),
            format!("  {}", item.title_en),
        ];
        let reasons = [&item.reason_vi, &item.reason].into_iter().filter(|reason| !reason.is_empty());
        told.extend(reasons.map(|reason| format!("    {reason}")));
        told.join("\n")
    };
    items.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use ancu_shared::clock::UtcMillis;
    use ancu_shared::id::BundleId;

    use super::*;

    #[test]
    fn a_receipt_that_is_handed_back_is_not_told_as_work_that_is_unsent() {
        let file = Written {
            file: "/usb/bien-nhan.ancu".into(),
            bundle: BundleId([1; 32]),
            receipt: true,
            bytes: 454,
            envelopes: 0,
            photos: 0,
            left_out: 0,
            at: UtcMillis(0),
            problem: None,
        };
        let told = written(&file);
        assert!(told.contains("đã ghi biên nhận") && told.contains("give it to the colleague"), "{told}");
        assert!(!told.contains("chưa gửi") && !told.contains("0 gói"), "{told}");
        let own = written(&Written { receipt: false, ..file });
        assert!(own.contains("vẫn tính là chưa gửi"), "{own}");
    }
}
