//! Answers as words for people at a terminal; what has no form of its own is shown as indented JSON.

use ancu_field::status::DeviceStatus;
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
    for item in &view.items {
        for statement in &item.statements {
            let answer = serde_json::to_string(&statement.answer).unwrap_or_default();
            lines.push(format!("  {}  {answer}  {}  ({})", item.code, statement.note, statement.by.person_name));
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
    fn an_unknown_question_says_how_to_list_them() {
        let told =
            of_problem(&Problem::new(ErrorCode::ItemUnknown).at("NO-1").with(serde_json::json!({ "items": [] })));
        assert!(told.starts_with("item_unknown [NO-1]:") && told.ends_with("inspect items <INSPECTION>"), "{told}");
    }
}
