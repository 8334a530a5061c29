//! Answers as words for people at a terminal, in both languages; what has no form of its own is shown as indented JSON.

mod codes;
mod courier;
mod measure;
mod near;
mod record;
mod work;

use ancu_field::near::{NearFound, NearMet};
use ancu_field::status::{DeviceStatus, Phase, Room};
use ancu_field::store::salvage::Salvaged;
use ancu_shared::clock::is_clock_off;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::template::{Template, Words};
use ancu_shared::view::remark::dating::lasting;
use ancu_shared::view::{
    FacilitySummary, FindingSummary, FindingView, InspectionView, MeasureSummary, MeasuresView, Page,
};
use serde_json::Value;

use super::aside;
pub(super) use work::of_same_premises;

/// An answer for people; `checklist`: that of the record it is about, where it is about one.
pub(super) fn of(value: &Value, checklist: Option<&Template>) -> String {
    let read = |value: &Value| serde_json::from_value::<DeviceStatus>(value.clone()).ok();
    if let Some(status) = read(value) {
        return of_status(&status, value["late"].as_u64().unwrap_or(0));
    }
    if let Ok(page) = serde_json::from_value::<Page<FacilitySummary>>(value.clone()) {
        return of_premises(&page);
    }
    if let Ok(view) = serde_json::from_value::<InspectionView>(value.clone()) {
        return record::of(&view, checklist);
    }
    if let Some(told) = work::of(value, checklist) {
        return told;
    }
    if let Ok(found) = serde_json::from_value::<Vec<FindingSummary>>(value.clone())
        && !found.is_empty()
    {
        return found.iter().map(of_finding).collect::<Vec<_>>().join("\n");
    }
    if let Ok(view) = serde_json::from_value::<MeasuresView>(value.clone()) {
        return measure::all(&view);
    }
    if let Ok(found) = serde_json::from_value::<Vec<MeasureSummary>>(value.clone())
        && !found.is_empty()
    {
        return found.iter().map(measure::line).collect::<Vec<_>>().join("\n");
    }
    if let Ok(view) = serde_json::from_value::<FindingView>(value.clone()) {
        return of_followed(&view);
    }
    if let Ok(met) = serde_json::from_value::<NearMet>(value.clone()) {
        return near::met(&met);
    }
    if let Ok(found) = serde_json::from_value::<Vec<NearFound>>(value.clone())
        && !found.is_empty()
    {
        return near::found(&found);
    }
    if let Ok(template) = serde_json::from_value::<Template>(value.clone()) {
        return of_template(&template);
    }
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A problem for people, in both languages.
fn of_problem(problem: &Problem) -> String {
    of_refusal(problem, None)
}

/// The same; `checklist`: that of the record it is about, where it is about one.
pub(super) fn of_refusal(problem: &Problem, checklist: Option<&Template>) -> String {
    let place = problem.field.as_ref().map_or_else(String::new, |field| format!(" [{field}]"));
    let details = match (&problem.details, problem.known_code()) {
        // The list is long, and there is a command for it.
        (_, ErrorCode::ItemUnknown) => "\nancu-field inspect items <INSPECTION>".to_owned(),
        (_, ErrorCode::RecordSealed) => "\nancu-field supplement <INSPECTION>".to_owned(),
        (_, ErrorCode::VisitGivenUp) => "\nancu-field inspect take-up <INSPECTION>".to_owned(),
        (Some(details), ErrorCode::RecordIncomplete) if work::of_missing(details, checklist).is_some() => {
            work::of_missing(details, checklist).map_or_else(String::new, |missing| format!("\n{missing}"))
        }
        // Its name stands in the words.
        (Some(_), ErrorCode::FileUnusable) => String::new(),
        (Some(details), _) => of_details(details),
        // An id that is not known may be another list's.
        (None, ErrorCode::NotFound) => "\nancu-field today · premises · findings".to_owned(),
        (None, _) => String::new(),
    };
    format!("{}{place}: {}\n{}{details}", problem.code, problem.vi, problem.en)
}

/// What a problem says beside its words: a line for each part.
fn of_details(details: &Value) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let Some(parts) = details.as_object() else { return format!("\n  {}", plain(details)) };
    let lines: Vec<_> = parts.iter().map(|(name, value)| format!("\n  {name}: {}", plain(value))).collect();
    lines.concat()
}

/// So many of something.
pub(super) fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

fn of_status(status: &DeviceStatus, late: u64) -> String {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let unsent = status.unsent;
    let phase = format!("trạng thái · phase: {}", codes::phase(status.phase));
    if status.phase == Phase::Fresh {
        return of_fresh(phase, status);
    }
    if !status.unsent_known {
        return of_locked(phase, status);
    }
    let mut lines = vec![
        phase,
        format!("người dùng · person: {} ({})", or_dash(&status.person_name), or_dash(&status.unit_name)),
        format!("máy · device: {}", or_dash(&status.device_name)),
        format!("máy chủ · server: {}", or_dash(&status.server)),
        format!(
            "chưa gửi · unsent: {} biên bản, {} câu trả lời, {} ảnh · {}, {}, {} ({})",
            unsent.records,
            unsent.answers,
            unsent.photos,
            counted(unsent.records, "record"),
            counted(unsent.answers, "answer"),
            counted(unsent.photos, "photo"),
            counted(unsent.photo_bytes, "byte"),
        ),
        format!(
            "để riêng · aside: {0} chờ, {1} bị giữ lại · {0} waiting, {1} quarantined",
            unsent.waiting, unsent.quarantined
        ),
        format!(
            "trao đổi lần cuối · exchanged: {}",
            status
                .last_exchange_at
                .map_or_else(|| "chưa lần nào · never".to_owned(), ancu_shared::clock::UtcMillis::hanoi_text)
        ),
        match status.loading {
            Some(loading) => {
                let records = loading.records;
                format!("tải về · loading: chưa đủ, có {records} · not complete: {} here", counted(records, "record"))
            }
            None => "tải về · loading: đã đủ · complete".to_owned(),
        },
        format!("có thể xóa · safe to wipe: {}", if status.safe_to_wipe { "được · yes" } else { "đừng xóa · no" }),
    ];
    if let Some(day) = status.begins {
        lines.push(format!("nhiệm vụ bắt đầu ngày · the post begins on: {day}"));
    }
    if late > 0 {
        lines.push(format!(
            "bổ sung chờ ký · late: {late} biên bản có phần bổ sung sau khi khóa, chờ bạn ký; xem: ancu-field today"
        ));
        lines.push(format!("  {} with work of yours after the sealing, to be signed", counted(late, "inspection")));
    }
    lines.extend(of_clock(status));
    lines.extend(of_room(status));
    lines.extend(aside::of_all(status));
    lines.extend(status.salvaged.map(of_salvaged));
    if let Some(exported) = &status.courier.exported {
        lines.push(format!(
            "bằng tệp · by file: đã xuất, chưa có biên nhận · exported {}, no receipt yet: {}, {}",
            exported.at.hanoi_text(),
            counted(exported.envelopes, "envelope"),
            counted(exported.photos, "photo"),
        ));
    }
    let carried = status.courier.cargo.iter().filter(|cargo| cargo.ended_at.is_none()).count() as u64;
    if carried > 0 {
        lines.push(format!("mang hộ đồng nghiệp · carrying: {}", counted(carried, "file")));
    }
    if let Some(problem) = &status.exchange.problem {
        lines.push(of_problem(problem));
    }
    lines.join("\n")
}

/// Where no device is, there is nothing to send and nothing to wipe: the folder may be mistyped.
fn of_fresh(phase: String, status: &DeviceStatus) -> String {
    let mut lines = vec![
        phase,
        "thư mục này chưa có máy nào được đăng ký; kiểm tra lại --data, hoặc đăng ký bằng: ancu-field enrol".to_owned(),
        "  no device is enrolled in this folder; look at --data, or enrol one: ancu-field enrol".to_owned(),
    ];
    lines.extend(aside::of_all(status));
    lines.join("\n")
}

/// A locked device knows nothing of what is in its store, and says so.
fn of_locked(phase: String, status: &DeviceStatus) -> String {
    let (vi, en) = match status.phase {
        Phase::PinLocked => {
            ("đăng ký lại máy này bằng mã đăng ký mới để xem", "enrol this device again with a new code to see it")
        }
        _ => ("mở khóa bằng mã PIN (--pin hoặc ANCU_PIN) để xem", "unlock with the PIN (--pin or ANCU_PIN) to see it"),
    };
    let mut lines = vec![phase];
    lines.extend(status.pin_attempts_left.map(|left| format!("số lần thử PIN còn lại · PIN tries left: {left}")));
    lines.push(format!("chưa gửi · unsent: chưa biết khi máy đang khóa; {vi}"));
    lines.push(format!("  not known while the device is locked; {en}"));
    lines.extend(aside::of_last_known(status.last_known.as_ref()));
    lines.push("có thể xóa · safe to wipe: chưa biết, đừng xóa · not known, do not wipe it".to_owned());
    lines.push("quên mã PIN · PIN forgotten: ancu-field aside put --help".to_owned());
    lines.extend(aside::of_all(status));
    lines.extend(of_room(status));
    lines.join("\n")
}

/// That the disk is full, and what to do about it.
fn of_room(status: &DeviceStatus) -> Option<String> {
    let (vi, en) = match status.room {
        Room::Enough => return None,
        Room::Low => {
            ("sắp đầy: trả lời được, chưa thêm ảnh được", "nearly full: answers are saved, photos are refused")
        }
        Room::Full => {
            ("đã đầy: xem được hồ sơ, chưa ghi thêm được", "full: records can be read, nothing more can be saved")
        }
    };
    Some(format!(
        "bộ nhớ máy · storage: {vi}; hãy xóa bớt tệp ngoài An Cư, đừng xóa thư mục dữ liệu này\n  {en}; delete files of \
         other programs, not this data folder"
    ))
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
        "cứu được · salvaged: kho dữ liệu cũ bị hỏng: giữ được {pieces} gói và {photos} ảnh chưa gửi; {rest_vi}\n  the old store \
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
        let Words { vi, en } = lasting(offset);
        let (way_vi, way_en) = if offset < 0 { ("nhanh", "ahead of") } else { ("chậm", "behind") };
        lines.push(format!("đồng hồ · clock: Đồng hồ máy {way_vi} {vi} so với máy chủ; hãy chỉnh lại đồng hồ"));
        lines.push(format!("  this device's clock is {en} {way_en} the server's; set it right"));
    }
    if let Some(back) = status.clock_set_back_ms {
        let Words { vi, en } = lasting(back);
        lines.push(format!("đồng hồ · clock: Đồng hồ máy bị đặt lùi ít nhất {vi} từ lần trao đổi cuối"));
        lines.push(format!("  the clock was set back by {en} at least since the last exchange"));
    }
    lines
}

fn of_premises(page: &Page<FacilitySummary>) -> String {
    let mut lines: Vec<_> = page.items.iter().map(work::premises).collect();
    lines.push(format!("{0} trong {1} · {0} of {1}", page.items.len(), page.total));
    lines.join("\n")
}

/// A finding in one line.
fn of_finding(finding: &FindingSummary) -> String {
    let days = match finding.days_left {
        Some(days) if days < 0 => {
            format!("quá hạn {} ngày · {} overdue", -days, counted(days.unsigned_abs().into(), "day"))
        }
        Some(days) => format!("còn {days} ngày · {} left", counted(days.unsigned_abs().into(), "day")),
        None => String::new(),
    };
    let deadline = finding.deadline.map_or_else(|| "-".to_owned(), |deadline| deadline.to_string());
    format!(
        "{}  {}  {}  [{}] {}  {deadline} {days}  {}",
        finding.inspection,
        finding.item,
        finding.facility_name,
        codes::severity(finding.severity),
        codes::finding_state(finding.state),
        finding.remedy
    )
}

/// A finding with its steps, and the steps that may follow.
fn of_followed(view: &FindingView) -> String {
    let mut lines = vec![of_finding(&view.summary)];
    for event in &view.events {
        let apart = if event.apart { "  ! ghi riêng · noted apart" } else { "" };
        let photos = match event.photos.len() {
            0 => String::new(),
            count => format!("  {}", counted(count as u64, "photo")),
        };
        let at = event.by.at.hanoi_text();
        lines.push(format!(
            "  {at}  {}  {} {}{photos}  ({}, {}){apart}",
            codes::step(event.step).0,
            event.name,
            event.words,
            event.by.person_name,
            event.by.device_name
        ));
    }
    let allowed: Vec<_> = view.allowed.iter().map(|step| codes::step(*step).1).collect();
    let found = format!("{} {}", view.summary.inspection, view.summary.item);
    if !allowed.is_empty() {
        lines.push(format!("  → ancu-field follow {} {found}", allowed.join("|")));
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
    use ancu_field::ambient::{SystemClock, SystemRandom};

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
            let told = lasting(millis);
            assert_eq!((told.vi.as_str(), told.en.as_str()), (vi, en));
        }
    }

    #[test]
    fn late_work_that_waits_for_a_signature_is_a_line_of_the_status() {
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, random) = (std::sync::Arc::new(SystemClock), Box::new(SystemRandom));
        let engine = ancu_field::Engine::open(folder.path(), clock, random).expect("an engine");
        let mut status = serde_json::to_value(engine.status().expect("status")).expect("json");
        assert!(of(&status, None).contains("no device is enrolled in this folder"), "{}", of(&status, None));
        assert!(!of(&status, None).contains("safe to wipe"), "a mistyped folder is no device: {}", of(&status, None));
        status["phase"] = "ready".into();
        assert!(!of(&status, None).contains("late:"), "{}", of(&status, None));
        status["late"] = 1.into();
        let told = of(&status, None);
        for words in ["late: 1 biên bản", "chờ bạn ký", "1 inspection with work of yours"] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }

    #[test]
    fn an_unknown_question_says_how_to_list_them() {
        let told =
            of_problem(&Problem::new(ErrorCode::ItemUnknown).at("NO-1").with(serde_json::json!({ "items": [] })));
        assert!(told.starts_with("item_unknown [NO-1]:") && told.ends_with("inspect items <INSPECTION>"), "{told}");
    }
}
