//! Answers as words for people at a terminal; what has no form of its own is shown as indented JSON.

use ancu_field::status::DeviceStatus;
use ancu_shared::error::Problem;
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
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A problem for people, in both languages.
pub(super) fn of_problem(problem: &Problem) -> String {
    let place = problem.field.as_ref().map_or_else(String::new, |field| format!(" [{field}]"));
    let details = problem.details.as_ref().map_or_else(String::new, |details| format!("\n{details}"));
    format!("{}{place}: {}\n{}{details}", problem.code, problem.vi, problem.en)
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
            "unsent     {} records, {} answers, {} photos ({} bytes)",
            unsent.records, unsent.answers, unsent.photos, unsent.photo_bytes
        ),
        format!("aside      {} waiting, {} quarantined", unsent.waiting, unsent.quarantined),
        format!(
            "exchanged  {}",
            status.last_exchange_at.map_or_else(|| "never".to_owned(), ancu_shared::clock::UtcMillis::to_rfc3339)
        ),
        format!("safe to wipe: {}", if status.safe_to_wipe { "yes" } else { "no" }),
    ];
    if let Some(problem) = &status.exchange.problem {
        lines.push(of_problem(problem));
    }
    lines.join("\n")
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
            "{}: {}/{} answered, {} failed, {} photos, {} clashes",
            state.as_str().unwrap_or_default(),
            summary.progress.answered,
            summary.progress.total,
            summary.progress.failed,
            summary.progress.photos,
            summary.progress.clashes
        ),
    ];
    for item in &view.items {
        for statement in &item.statements {
            let answer = serde_json::to_string(&statement.answer).unwrap_or_default();
            lines.push(format!("  {}  {answer}  {}  ({})", item.code, statement.note, statement.by.person_name));
        }
    }
    lines.join("\n")
}
