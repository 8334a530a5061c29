//! Answers as words for people at a terminal; what has no form of its own is shown as indented JSON.

use ancu_field::status::DeviceStatus;
use ancu_field::store::salvage::Salvaged;
use ancu_shared::clock::is_clock_off;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::template::Template;
use ancu_shared::view::{FacilitySummary, InspectionView, Page};
use serde_json::Value;

/// An answer for people.
pub(super) fn of(value: &Value) -> String {
    let read = |value: &Value| serde_json::from_value::<DeviceStatus>(value.clone()).ok();
    if let Some(status) = read(value) {
        return of_status(&status);
    }
    if let Ok(page) = serde_json::from_value::<Page<FacilitySummary>>(value.clone()) {
        return of_premises(&page);
    }
    if let Ok(view) = serde_json::from_value::<InspectionView>(value.clone()) {
        return of_inspection(&view);
    }
    if let Ok(template) = serde_json::from_value::<Template>(value.clone()) {
        return of_template(&template);
    }
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A problem for people, in both languages.
pub(super) fn of_problem(problem: &Problem) -> String {
    let place = problem.field.as_ref().map_or_else(String::new, |field| format!(" [{field}]"));
    let details = match (&problem.details, problem.known_code()) {
        // The list is long, and there is a command for it.
        (_, ErrorCode::ItemUnknown) => "\nancu-field inspect items <INSPECTION>".to_owned(),
        (Some(details), _) => format!("\n{details}"),
        (None, _) => String::new(),
    };
    format!("{}{place}: {}\n{}{details}", problem.code, problem.vi, problem.en)
}

/// So many of something.
fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

fn of_status(status: &DeviceStatus) -> String {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let unsent = status.unsent;
    let mut lines = vec![
        format!("phase      {}", serde_json::to_value(status.phase).unwrap_or_default().as_str().unwrap_or_default()),
        format!("person     {} ({})", or_dash(&status.person_name), or_dash(&status.unit_name)),
        format!("device     {}", or_dash(&status.device_name)),
        format!("server     {}", or_dash(&status.server)),
        format!(
            "unsent     {}, {}, {} ({})",
            counted(unsent.records, "record"),
            counted(unsent.answers, "answer"),
            counted(unsent.photos, "photo"),
            counted(unsent.photo_bytes, "byte"),
        ),
        format!("aside      {} waiting, {} quarantined", unsent.waiting, unsent.quarantined),
        format!(
            "exchanged  {}",
            status.last_exchange_at.map_or_else(|| "never".to_owned(), ancu_shared::clock::UtcMillis::to_rfc3339)
        ),
        match status.loading {
            Some(loading) => format!("loading    not complete: {} are here", counted(loading.records, "record")),
            None => "loading    complete".to_owned(),
        },
        format!("safe to wipe: {}", if status.safe_to_wipe { "yes" } else { "no" }),
    ];
    lines.extend(of_clock(status));
    lines.extend(status.salvaged.map(of_salvaged));
    if let Some(exported) = &status.courier.exported {
        lines.push(format!(
            "by file    exported {}, no receipt yet: {}, {}",
            exported.at.to_rfc3339(),
            counted(exported.envelopes, "envelope"),
            counted(exported.photos, "photo"),
        ));
    }
    let carried = status.courier.cargo.iter().filter(|cargo| cargo.ended_at.is_none()).count() as u64;
    if carried > 0 {
        lines.push(format!("carrying   {} for colleagues", counted(carried, "file")));
    }
    if let Some(problem) = &status.exchange.problem {
        lines.push(of_problem(problem));
    }
    lines.join("\n")
}

/// What was saved out of a damaged store.
fn of_salvaged(salvaged: Salvaged) -> String {
    let (pieces, photos) = (salvaged.envelopes, salvaged.photos);
    let (rest_vi, rest_en) = if salvaged.whole {
        ("không mất gì", "nothing is lost")
    } else {
        ("phần chưa gửi khác có thể đã mất", "other unsent work may be lost")
    };
    format!(
        "salvaged   kho dữ liệu cũ bị hỏng: giữ được {pieces} gói và {photos} ảnh chưa gửi; {rest_vi}\n           the old store \
         was damaged: {} and {} that were not sent are kept; {rest_en}",
        counted(pieces, "piece"),
        counted(photos, "photo"),
    )
}

/// What is to be said of the device's clock, if anything.
fn of_clock(status: &DeviceStatus) -> Vec<String> {
    let mut lines = Vec::new();
    // The offset is the server's clock minus this one: negative, and this one is ahead.
    if let Some(offset) = status.clock_offset_ms.filter(|offset| is_clock_off(*offset)) {
        let (vi, en) = span(offset);
        let (way_vi, way_en) = if offset < 0 { ("nhanh", "ahead of") } else { ("chậm", "behind") };
        lines.push(format!("clock      Đồng hồ máy {way_vi} {vi} so với máy chủ; hãy chỉnh lại đồng hồ"));
        lines.push(format!("           this device's clock is {en} {way_en} the server's; set it right"));
    }
    if let Some(back) = status.clock_set_back_ms {
        let (vi, en) = span(back);
        lines.push(format!("clock      Đồng hồ máy bị đặt lùi ít nhất {vi} từ lần trao đổi cuối"));
        lines.push(format!("           the clock was set back by {en} at least since the last exchange"));
    }
    lines
}

/// A difference of clocks in the largest unit that fits, in both languages.
fn span(millis: i64) -> (String, String) {
    const UNITS: [(u64, &str, &str); 4] = [
        (365 * 86_400_000, "năm", "year"),
        (86_400_000, "ngày", "day"),
        (3_600_000, "giờ", "hour"),
        (60_000, "phút", "minute"),
    ];
    let millis = millis.unsigned_abs();
    let (unit, vi, en) = UNITS.into_iter().find(|(unit, ..)| millis >= *unit).unwrap_or(UNITS[3]);
    let count = (millis + unit / 2) / unit;
    (format!("{count} {vi}"), counted(count, en))
}

fn of_premises(page: &Page<FacilitySummary>) -> String {
    let mut lines: Vec<_> =
        page.items.iter().map(|it| format!("{}  {}  {}  [{}]", it.id, it.name, it.address, it.class.code())).collect();
    lines.push(format!("{} of {}", page.items.len(), page.total));
    lines.join("\n")
}

fn of_inspection(view: &InspectionView) -> String {
    let summary = &view.summary;
    let state = serde_json::to_value(summary.state).unwrap_or_default();
    let mut lines = vec![
        format!("{}  {}", summary.id, summary.facility_name),
        format!(
            "{}: {}/{} answered, {} failed, {}, {}",
            state.as_str().unwrap_or_default(),
            summary.progress.answered,
            summary.progress.total,
            summary.progress.failed,
            counted(summary.progress.photos.into(), "photo"),
            match summary.progress.clashes {
                1 => "1 clash".to_owned(),
                count => format!("{count} clashes"),
            }
        ),
    ];
    lines.extend(
        view.remarks.iter().map(|remark| format!("  ! {}: {} · {}", remark.field, remark.words.vi, remark.words.en)),
    );
    for item in &view.items {
        for statement in &item.statements {
            let answer = serde_json::to_string(&statement.answer).unwrap_or_default();
            let clock =
                statement.by.clock_off_ms.map_or_else(String::new, |off| format!("; đồng hồ máy lệch {}", span(off).0));
            lines.push(format!("  {}  {answer}  {}  ({}{clock})", item.code, statement.note, statement.by.person_name));
        }
    }
    lines.join("\n")
}

/// A checklist: the code of each question, and the question.
fn of_template(template: &Template) -> String {
    let mut lines = vec![format!("{}@{}  {}", template.code, template.version, template.title.vi)];
    lines.extend(template.items().map(|item| format!("{:<10}  {}", item.code, item.title.vi)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(0, "record"), "0 records");
        assert_eq!(counted(1, "record"), "1 record");
        assert_eq!(counted(2, "record"), "2 records");
    }

    #[test]
    fn a_difference_of_clocks_is_told_in_its_largest_unit() {
        const DAY: i64 = 86_400_000;
        for (millis, vi, en) in [
            (-6 * 60_000, "6 phút", "6 minutes"),
            (3_600_000, "1 giờ", "1 hour"),
            (40 * DAY, "40 ngày", "40 days"),
            (-3 * 365 * DAY - DAY, "3 năm", "3 years"),
        ] {
            assert_eq!(span(millis), (vi.to_owned(), en.to_owned()));
        }
    }

    #[test]
    fn an_unknown_question_says_how_to_list_them() {
        let told =
            of_problem(&Problem::new(ErrorCode::ItemUnknown).at("NO-1").with(serde_json::json!({ "items": [] })));
        assert!(told.starts_with("item_unknown [NO-1]:") && told.ends_with("inspect items <INSPECTION>"), "{told}");
    }
}
