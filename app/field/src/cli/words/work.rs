//! The day's work in words: the first screen, plans, answers, what is missing, premises, homes and invitations.
//!
//! Invariant: every line that has words has them in both languages, and every id that a next command needs is there.

use ancu_field::records::answer::Answered;
use ancu_field::records::dwelling::Invited;
use ancu_field::records::facility::Fields;
use ancu_field::records::finding::ReinspectionPlan;
use ancu_field::records::late::LateDraft;
use ancu_field::records::plan::InspectionPlan;
use ancu_field::records::today::Today;
use ancu_field::store::outbox::QuarantinedItem;
use ancu_shared::error::Problem;
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{FacilityClass, field};
use ancu_shared::record::value::Scalar;
use ancu_shared::template::{Item, Template};
use ancu_shared::text::fold;
use ancu_shared::view::{
    Clash, DecisionView, DwellingView, FacilitySheet, FacilitySummary, FieldValue, FieldView, InspectionState,
    InspectionSummary, ItemView, MissingItem, Progress, Saying,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{codes, counted, courier, measure, of_finding, record};

/// The words of a value, if it is one of those.
pub(super) fn of(value: &Value, checklist: Option<&Template>) -> Option<String> {
    match value {
        Value::Null => return Some("chưa có gì · nothing yet".to_owned()),
        Value::Array(items) if items.is_empty() => return Some("không có mục nào · none".to_owned()),
        _ => {}
    }
    read(value, today)
        .or_else(|| read(value, plan))
        .or_else(|| read(value, |invited: &Invited| invitation(invited)))
        .or_else(|| read(value, |answered: &Answered| answer(&answered.item, Some(answered.progress), checklist)))
        .or_else(|| read(value, |one: &ItemView| answer(one, None, checklist)))
        .or_else(|| read(value, sheet))
        .or_else(|| read(value, courier::written))
        .or_else(|| read(value, courier::taken))
        .or_else(|| read(value, |held: &Vec<QuarantinedItem>| courier::held_back(held)))
        .or_else(|| read(value, home))
        .or_else(|| read(value, reinspection))
        .or_else(|| read(value, |missing: &Vec<MissingItem>| lines(missing.iter().map(|it| lacking(it, checklist)))))
        .or_else(|| read(value, |clashes: &Vec<Clash>| lines(clashes.iter().map(clash))))
}

fn read<T: DeserializeOwned>(value: &Value, told: impl FnOnce(&T) -> String) -> Option<String> {
    serde_json::from_value(value.clone()).ok().map(|it| told(&it))
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// Where an inspection stands and how far it is.
pub(super) fn standing(summary: &InspectionSummary) -> String {
    let (vi, en) = codes::state(summary.state);
    let (vi_done, en_done) = done(summary.progress);
    format!("{vi}: {vi_done} · {en}: {en_done}")
}

fn done(progress: Progress) -> (String, String) {
    let Progress { answered, total, failed, clashes, photos } = progress;
    let clash = if clashes == 1 { "1 clash".to_owned() } else { format!("{clashes} clashes") };
    (
        format!("{answered}/{total} mục đã trả lời, {failed} không đạt, {photos} ảnh, {clashes} mâu thuẫn"),
        format!("{answered}/{total} answered, {failed} failed, {}, {clash}", counted(photos.into(), "photo")),
    )
}

fn today(today: &Today) -> String {
    let counts = today.counts;
    let mut told = Vec::new();
    // `all`: how many there are, and the verb that lists them, where only the first are here.
    let mut part_of = |vi: &str, en: &str, rows: Vec<String>, all: Option<(u64, &str)>| {
        let shown = rows.len() as u64;
        let (count, verb) = all.unwrap_or((shown, ""));
        if !rows.is_empty() {
            told.push(format!("{vi} · {en}: {count}"));
            told.extend(rows.into_iter().map(|row| format!("  {row}")));
        }
        if count > shown {
            told.push(format!("  … còn {0} nữa · {0} more: ancu-field {verb}", count - shown));
        }
    };
    let mut part = |vi: &str, en: &str, rows: Vec<String>| part_of(vi, en, rows, None);
    part("Đang kiểm tra", "being made", today.in_progress.iter().map(inspection).collect());
    part("Trả lại bổ sung", "returned", today.returned.iter().map(inspection).collect());
    part("Bổ sung chờ bạn ký", "supplements to be signed", today.late.iter().map(late).collect());
    part("Mâu thuẫn", "clashes", today.clashes.iter().map(clash).collect());
    part("Bản khai chờ xác nhận", "declarations to be confirmed", today.declarations.iter().map(home).collect());
    let findings = today.findings.iter().map(of_finding).collect();
    part_of(
        "Tồn tại quá hạn, đến hạn",
        "findings that are overdue or due",
        findings,
        Some((counts.findings, "findings")),
    );
    part_of("Biện pháp đến hạn", "measures that are due", today.measures.iter().map(measure::line).collect(), None);
    let due = today.due.iter().map(premises).collect();
    part_of("Cơ sở lâu chưa kiểm tra", "premises not seen for long", due, Some((counts.due, "premises --due")));
    told.push(format!(
        "Cơ sở đã kiểm tra · premises inspected: {}/{}; tồn tại quá hạn · findings overdue: {}; đến hạn · due: {}",
        counts.inspected,
        counts.facilities,
        counts.overdue,
        counts.findings.saturating_sub(counts.overdue)
    ));
    told.join("\n")
}

fn inspection(summary: &InspectionSummary) -> String {
    format!("{}  {}  {}", summary.id, summary.facility_name, standing(summary))
}

fn late(draft: &LateDraft) -> String {
    let (id, name) = (draft.inspection.id, &draft.inspection.facility_name);
    let en = format!("{}, {}", counted(draft.answers.into(), "answer"), counted(draft.photos.into(), "photo"));
    let returned = draft.inspection.state == InspectionState::Returned;
    let back = if returned { "trả lại bổ sung · returned; " } else { "" };
    format!("{id}  {name}  {back}{} câu trả lời, {} ảnh · {en}; ancu-field finish {id}", draft.answers, draft.photos)
}

/// A clash: where it is in words, the key that settles it, and who said what.
fn clash(clash: &Clash) -> String {
    let question = clash.question.as_ref();
    let named = clash.key.strip_prefix("h/");
    let name = match (question, named.and_then(codes::facility_field)) {
        (Some(question), _) => record::both(&question.title),
        // A place is one value, not two numbers.
        (None, Some(_)) if named == Some(field::LATITUDE) => "Vị trí · Place".to_owned(),
        (None, Some(label)) => label.to_owned(),
        (None, None) => String::new(),
    };
    let mut told = vec![format!("{}  {}  {name}  {}", clash.document, clash.title, clash.key)];
    for saying in &clash.values {
        let said = said(clash, saying, named, question);
        let note = if saying.note.is_empty() { String::new() } else { format!("  {}", saying.note) };
        let operation = saying.operation;
        told.push(format!("    {}@{}  {said}{note}  {}", operation.counter, operation.actor, record::by(&saying.by)));
    }
    told.push(format!("    → ancu-field settle {} {} <OPERATION>", clash.document, clash.key));
    told.join("\n")
}

/// What one side of a clash says: in words, whatever the key holds.
fn said(clash: &Clash, saying: &Saying, field: Option<&str>, question: Option<&Item>) -> String {
    if let Some(decision) = saying.decision {
        return codes::decision(decision, clash.subject_kind).to_owned();
    }
    if let Some(finding) = &saying.finding {
        return record::finding(finding).trim().to_owned();
    }
    if let Some(photo) = &saying.photo {
        return if photo.removed { "ảnh đã gỡ · photo removed" } else { "ảnh được giữ · photo kept" }.to_owned();
    }
    match (&saying.answer, &saying.value) {
        (Some(answer), _) => record::answer(Some(answer), question),
        (None, Scalar::Null) => "để trống · empty".to_owned(),
        (None, _) if clash.key.starts_with("i/") => codes::answer(None),
        (None, Scalar::Text(code)) if field == Some(field::CLASS) => class(code),
        // Registers are JSON, which is nobody's language.
        (None, Scalar::Text(text)) if text.starts_with('{') => if saying.note.is_empty() {
            "chưa đọc được ở phiên bản này · not readable by this version"
        } else {
            ""
        }
        .to_owned(),
        (None, Scalar::Text(text)) => text.clone(),
        (None, other) => serde_json::to_string(other).unwrap_or_default(),
    }
}

fn class(code: &str) -> String {
    FacilityClass::from_code(code).map_or_else(|| code.to_owned(), |class| codes::class(class).to_owned())
}

/// Premises in one line.
pub(super) fn premises(summary: &FacilitySummary) -> String {
    format!("{}  {}  {}  [{}]", summary.id, summary.name, summary.address, codes::class(summary.class))
}

fn sheet(sheet: &FacilitySheet) -> String {
    let mut told = vec![premises(&sheet.summary), format!("  {}", sheet.summary.unit_name)];
    told.extend(sheet.fields.iter().filter_map(field_of_premises));
    told.extend(sheet.inspections.iter().map(|summary| format!("  {}  {}", summary.id, standing(summary))));
    told.extend(sheet.dwellings.iter().map(|dwelling| format!("  {}", home(dwelling))));
    told.join("\n")
}

/// A field of premises, under the name by which `premises edit` changes it; several values are a clash.
fn field_of_premises(field: &FieldView) -> Option<String> {
    let name = field.key.strip_prefix("h/")?;
    let label = codes::facility_field(name)?;
    let said = |value: &FieldValue| match &value.value {
        Scalar::Null => None,
        Scalar::Text(code) if name == field::CLASS => Some(class(code)),
        Scalar::Text(text) => Some(text.clone()),
        other => serde_json::to_string(other).ok(),
    };
    let values: Vec<_> = field.values.iter().filter_map(said).collect();
    match values.as_slice() {
        [] => None,
        [one] => Some(format!("  {label} · {name}: {one}")),
        several => Some(format!("  {label} · {name}: mâu thuẫn · clash: {}", several.join(" | "))),
    }
}

fn decision(one: &DecisionView) -> String {
    let (decided, by) = (codes::decision(one.decision, Some(RecordKind::Dwelling)), record::by(&one.by));
    let told = [decided, &one.words, &by].into_iter().filter(|part| !part.is_empty());
    told.collect::<Vec<_>>().join("  ")
}

fn home(view: &DwellingView) -> String {
    let told = &view.declaration;
    let place = [told.apartment_code.as_str(), told.address.as_str()].into_iter().filter(|part| !part.is_empty());
    let place = place.collect::<Vec<_>>().join(", ");
    let people = told.residents.map_or_else(|| "-".to_owned(), |count| count.to_string());
    let mut said = format!(
        "{}  {}  {}; {place}; số người · people: {people}",
        view.id,
        codes::declaration(view.state),
        told.head_name
    );
    for one in &view.apart {
        said.push_str("\n  cán bộ quyết định khác nhau · officers decided differently: ");
        said.push_str(&decision(one));
    }
    if let Some(one) = view.decided.as_ref().filter(|_| view.apart.is_empty()) {
        said.push_str("\n  cán bộ · officer: ");
        said.push_str(&decision(one));
    }
    for remark in &view.remarks {
        said.push_str("\n  ! ");
        said.push_str(&[&*remark.field, ": ", &*remark.words.vi, " · ", &*remark.words.en].concat());
    }
    said
}

fn plan(plan: &InspectionPlan) -> String {
    let law = plan.regime.as_ref().map_or_else(
        || "không có quy định nào cho ngày này · no law is known for this day".to_owned(),
        |regime| {
            let (law, decree) = (&regime.law, &regime.decree);
            format!("{}; {} · {}; {}", law.vi, decree.vi, law.en, decree.en)
        },
    );
    let mut told = vec![format!("Ngày · day: {}", plan.day), format!("Luật · law: {law}")];
    if plan.checklists.is_empty() {
        told.push("Chưa có mẫu kiểm tra nào; hãy trao đổi · no checklist is here yet: ancu-field sync".to_owned());
    }
    for checklist in &plan.checklists {
        let proposed =
            if checklist.proposed { "  ← mẫu của loại hình này · for these premises" } else { "" };
        told.push(format!(
            "  {}@{}  {} · {}  ({} mục · {}){proposed}",
            checklist.template.code,
            checklist.template.version,
            checklist.title.vi,
            checklist.title.en,
            checklist.questions,
            counted(checklist.questions.into(), "question")
        ));
    }
    told.join("\n")
}

fn invitation(invited: &Invited) -> String {
    let until = invited.expires_at.hanoi_text();
    format!("{}\ndùng một lần, đến · works once, until {until}", invited.link)
}

/// What an entry left at a question, as `show` tells it, with its photos.
fn answer(item: &ItemView, progress: Option<Progress>, checklist: Option<&Template>) -> String {
    let mut told = record::question(item, checklist);
    for photo in &item.photos {
        let detail = &photo.detail;
        told.push(format!("  ảnh · photo {}  {}×{}, {} B", detail.hash, detail.width, detail.height, detail.bytes));
    }
    if let Some(progress) = progress {
        let (vi, en) = done(progress);
        told.push(format!("  {vi} · {en}"));
    }
    told.join("\n")
}

/// What is missing, from a problem's details.
pub(super) fn of_missing(details: &Value, checklist: Option<&Template>) -> Option<String> {
    read(details.get("missing")?, |missing: &Vec<MissingItem>| lines(missing.iter().map(|it| lacking(it, checklist))))
}

fn lacking(missing: &MissingItem, checklist: Option<&Template>) -> String {
    let place = missing.item.as_deref().unwrap_or("cả biên bản · the whole record");
    let title = missing.item.as_deref().and_then(|item| record::title(checklist, item));
    let title = title.map_or_else(String::new, |title| format!("  ({title})"));
    format!("{place}: {}{title}", codes::missing(missing.reason))
}

fn reinspection(plan: &ReinspectionPlan) -> String {
    let on = plan.on.map_or_else(|| "chưa đặt · not set".to_owned(), |day| day.to_string());
    let days: Vec<_> = plan.proposals.iter().map(|proposal| proposal.on.to_string()).collect();
    let days = if days.is_empty() { "-".to_owned() } else { days.join(", ") };
    let mut told =
        vec![format!("Ngày phúc tra · re-inspection: {on}"), format!("Ngày đề xuất · proposed days: {days}")];
    told.extend(plan.findings.iter().map(|finding| format!("  {}", of_finding(finding))));
    told.join("\n")
}

/// That premises of the same name and address are there already; `alike`: those that may be the same.
pub(in super::super) fn of_same_premises(fields: &Fields, alike: &Value) -> Option<Problem> {
    let text = |name: &str| fold(fields.get(name).and_then(Scalar::as_text).unwrap_or_default());
    let (name, address) = (text(field::NAME), text(field::ADDRESS));
    let alike: Vec<FacilitySummary> = serde_json::from_value(alike.clone()).ok()?;
    let same = alike.iter().find(|it| fold(&it.name) == name && fold(&it.address) == address)?;
    let problem = Problem::field(
        field::NAME,
        &format!(
            "Đã có cơ sở cùng tên và địa chỉ: {0}. Xem: ancu-field premises show {0}. Vẫn muốn thêm: --anyway.",
            same.id
        ),
        &format!(
            "Premises of the same name and address are there already: {0}. See: ancu-field premises show {0}. To add them \
             all the same: --anyway.",
            same.id
        ),
    );
    Some(problem.with(serde_json::json!({ "existing": same.id })))
}
