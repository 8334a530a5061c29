//! Measures against premises in words.

use ancu_shared::record::measure::MeasureState;
use ancu_shared::record::names::codes;
use ancu_shared::view::{MeasureProposal, MeasureSummary, MeasureView, MeasuresView};

/// Where a measure stands.
fn state(state: MeasureState) -> &'static str {
    match state {
        MeasureState::InForce => "đang có hiệu lực · in force",
        MeasureState::ResumptionAsked => "đang đề nghị phục hồi · resumption asked for",
        MeasureState::Appealed => "đang khiếu nại · appealed against",
        MeasureState::DecisionIssued => "đã ra quyết định · decided",
        MeasureState::Served => "đã giao quyết định · handed over",
        MeasureState::ExplanationPeriod => "chờ giải trình · explanation awaited",
        MeasureState::ViolationRecorded => "đã lập biên bản vi phạm · violation record made",
        MeasureState::Proposed => "đã đề nghị · proposed",
        MeasureState::Resumed => "đã phục hồi · resumed",
        MeasureState::Paid => "đã nộp phạt · paid",
        MeasureState::Enforced => "đã cưỡng chế · enforced",
        MeasureState::Cancelled => "đã hủy bỏ · cancelled",
        MeasureState::Declined => "không áp dụng · declined",
        MeasureState::Waived => "cán bộ không đề nghị · not proposed",
    }
}

/// One line of a list.
pub(super) fn line(measure: &MeasureSummary) -> String {
    let what = codes::instrument(measure.instrument);
    let until = measure.until.map_or_else(String::new, |until| format!(", đến hết · until {until}"));
    let over = match (measure.term_over, measure.ended) {
        (true, _) => ", ĐÃ QUÁ HẠN · past its term",
        (_, true) => ", đã hết thời hạn · ended",
        _ => "",
    };
    let place = if measure.facility_name.is_empty() { String::new() } else { format!("{}: ", measure.facility_name) };
    format!("{}  {place}{} · {}: {}{until}{over}", measure.id, what.vi, what.en, state(measure.state))
}

fn followed(view: &MeasureView) -> Vec<String> {
    let mut told = vec![line(&view.summary)];
    for event in &view.events {
        let step = codes::measure_step(event.step);
        let said = [&event.number, &event.issuer, &event.words];
        let said: Vec<_> = said.into_iter().filter(|text| !text.is_empty()).map(String::as_str).collect();
        told.push(format!(
            "    {}  {} · {}{}",
            event.by.at.hanoi_text(),
            step.vi,
            step.en,
            if said.is_empty() { String::new() } else { format!(": {}", said.join("; ")) }
        ));
    }
    told
}

fn proposal(proposal: &MeasureProposal) -> String {
    let what = codes::instrument(proposal.instrument);
    let reasons: Vec<_> = proposal.reasons.iter().map(|reason| format!("{} · {}", reason.vi, reason.en)).collect();
    let acts: Vec<_> = proposal.acts.iter().map(|act| act.code.as_str()).collect();
    let acts = if acts.is_empty() { String::new() } else { format!("\n    --act {}", acts.join(" --act ")) };
    format!("{} · {}\n    {}{acts}", what.vi, what.en, reasons.join("\n    "))
}

/// All measures against premises and what the rules suggest.
pub(super) fn all(view: &MeasuresView) -> String {
    let mut told: Vec<String> = view.measures.iter().flat_map(followed).collect();
    if told.is_empty() {
        told.push("Chưa có biện pháp nào · no measures".to_owned());
    }
    if !view.proposals.is_empty() {
        told.push("Gợi ý theo quy định; cán bộ quyết định · suggested by the rules; the officer decides:".to_owned());
        told.extend(view.proposals.iter().map(|it| format!("  {}", proposal(it))));
    }
    told.join("\n")
}
