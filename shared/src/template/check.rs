//! Judges answers against a template: what may be answered, what counts as failed, what is missing, how far it is.
//!
//! Invariant: pure and total: any answer to any item gets a verdict, never a panic. This module does not read records; it
//! is given answers and item views.

use std::collections::BTreeMap;

use super::{Comparison, Group, Input, Item, PhotoRule, Template};
use crate::error::{ErrorCode, Problem};
use crate::record::register::{Answer, Position, Severity, Verdict};
use crate::view::{GroupProgress, ItemView, MissingItem, MissingReason, Progress};

/// The longest text that may be answered, in characters: it must fit its register in any script.
pub const MAX_TEXT_CHARS: usize = 4000;

/// Whether the answer fits the question; the problem names the item and what to do.
pub fn check_answer(item: &Item, answer: &Answer) -> Result<(), Problem> {
    let refuse = |vi: String, en: String| {
        let mut problem = Problem::new(ErrorCode::AnswerInvalid).at(item.code.clone());
        problem.vi = format!("{}: {vi}", item.code);
        problem.en = format!("{}: {en}", item.code);
        Err(problem)
    };
    match (&item.input, answer) {
        (Input::Verdict, Answer::Verdict(_)) | (Input::Date, Answer::Date(_)) => Ok(()),
        (Input::Number { unit, min, max, whole, .. }, Answer::Number(number)) => {
            if !number.is_finite() {
                return refuse("hãy nhập một số.".into(), "enter a number.".into());
            }
            if *whole && number.fract() != 0.0 {
                return refuse(
                    "hãy nhập số nguyên, không có phần lẻ.".into(),
                    "enter a whole number, without a fraction.".into(),
                );
            }
            if min.is_some_and(|min| *number < min) || max.is_some_and(|max| *number > max) {
                return refuse(
                    format!(
                        "số phải {}. Hãy đo hoặc đếm lại.",
                        range(*min, *max, &unit.vi, ["từ", "đến", "ít nhất là", "nhiều nhất là"]).replace('.', ",")
                    ),
                    format!(
                        "the number must be {}. Measure or count again.",
                        range(*min, *max, &unit.en, ["from", "to", "at least", "at most"])
                    ),
                );
            }
            Ok(())
        }
        (Input::Choice { options }, Answer::Choice(code)) => {
            if options.iter().any(|option| option.code == *code) {
                Ok(())
            } else {
                refuse("hãy chọn một trong các phương án.".into(), "choose one of the options.".into())
            }
        }
        (Input::Text, Answer::Text(text)) => {
            if text.trim().is_empty() {
                refuse(
                    "hãy viết nội dung, hoặc xóa câu trả lời.".into(),
                    "write something, or take the answer back.".into(),
                )
            } else if text.chars().count() > MAX_TEXT_CHARS {
                refuse(
                    format!("nội dung dài quá {MAX_TEXT_CHARS} ký tự. Hãy viết ngắn lại."),
                    format!("the text is longer than {MAX_TEXT_CHARS} characters. Make it shorter."),
                )
            } else {
                Ok(())
            }
        }
        (Input::Geo { .. }, Answer::Geo(position)) => {
            if position_is_sane(position) {
                Ok(())
            } else {
                refuse(
                    "tọa độ không hợp lệ. Hãy lấy lại vị trí hoặc đặt ghim trên bản đồ.".into(),
                    "the position is not valid. Take it again or put the pin by hand.".into(),
                )
            }
        }
        (input, _) => {
            let (vi, en) = expected(input);
            refuse(format!("cần trả lời bằng {vi}."), format!("answer with {en}."))
        }
    }
}

fn expected(input: &Input) -> (&'static str, &'static str) {
    match input {
        Input::Verdict => ("Đạt, Không đạt hoặc Không áp dụng", "Pass, Fail or Not applicable"),
        Input::Number { .. } => ("một con số", "a number"),
        Input::Choice { .. } => ("một trong các phương án", "one of the options"),
        Input::Text => ("chữ", "text"),
        Input::Date => ("một ngày", "a day"),
        Input::Geo { .. } => ("một vị trí", "a position"),
    }
}

fn range(min: Option<f64>, max: Option<f64>, unit: &str, [from, to, at_least, at_most]: [&str; 4]) -> String {
    let words = match (min, max) {
        (Some(min), Some(max)) => format!("{from} {min} {to} {max} {unit}"),
        (Some(min), None) => format!("{at_least} {min} {unit}"),
        (None, Some(max)) => format!("{at_most} {max} {unit}"),
        (None, None) => String::new(),
    };
    words.trim_end().to_owned()
}

fn position_is_sane(position: &Position) -> bool {
    position.latitude.abs() <= 90.0
        && position.longitude.abs() <= 180.0
        && position.accuracy_m.is_none_or(|metres| metres.is_finite() && metres >= 0.0)
}

/// Whether the answer fails its item: a verdict of "fail", or a number on the wrong side of a threshold.
pub fn failed(item: &Item, answer: &Answer) -> bool {
    match (answer, &item.input) {
        (Answer::Verdict(verdict), _) => *verdict == Verdict::Fail,
        (Answer::Number(number), Input::Number { threshold: Some(threshold), .. }) => match threshold.comparison {
            Comparison::AtLeast => *number < threshold.value,
            Comparison::AtMost => *number > threshold.value,
        },
        _ => false,
    }
}

/// What keeps an inspection from being finished, in the template's order.
pub fn missing(template: &Template, items: &[ItemView]) -> Vec<MissingItem> {
    let seen = by_code(items);
    let mut missing = Vec::new();
    for (group, item) in template.groups.iter().flat_map(|group| group.items.iter().map(move |item| (group, item))) {
        for reason in missing_at(item, seen.get(item.code.as_str()).copied()) {
            missing.push(MissingItem { item: Some(item.code.clone()), group: Some(group.code.clone()), reason });
        }
    }
    missing
}

fn missing_at(item: &Item, view: Option<&ItemView>) -> Vec<MissingReason> {
    let mut reasons = Vec::new();
    let shown = view.and_then(|view| view.statements.first());
    let answer = shown.and_then(|statement| statement.answer.as_ref());
    let Some(answer) = answer else {
        if item.required {
            reasons.push(MissingReason::Answer);
        }
        if view.is_some_and(|view| view.statements.len() > 1) {
            reasons.push(MissingReason::Clash);
        }
        return reasons;
    };
    let Some(view) = view else { return reasons };
    if view.statements.len() > 1 {
        reasons.push(MissingReason::Clash);
    }
    let fails = failed(item, answer);
    let photo_due = match item.photo {
        // Nothing can be photographed where the question does not apply.
        PhotoRule::Always => *answer != Answer::Verdict(Verdict::NotApplicable),
        PhotoRule::OnFail => fails,
        PhotoRule::Optional => false,
    };
    if photo_due && view.photos.is_empty() {
        reasons.push(MissingReason::Photo);
    }
    let told = view.finding.as_ref().is_some_and(|it| !it.remedy.trim().is_empty() && it.deadline.is_some());
    if fails && !item.survey && !told {
        reasons.push(MissingReason::Finding);
    }
    if let (Input::Geo { max_accuracy_m }, Answer::Geo(position)) = (&item.input, answer)
        && position.accuracy_m.is_some_and(|metres| metres > *max_accuracy_m)
        && shown.is_some_and(|statement| statement.note.trim().is_empty())
    {
        reasons.push(MissingReason::Accuracy);
    }
    reasons
}

/// How much of the template is answered.
pub fn progress(template: &Template, items: &[ItemView]) -> Progress {
    sum(group_progress(template, items).into_iter().map(|group| group.progress))
}

/// How much of each section is answered, in the template's order.
pub fn group_progress(template: &Template, items: &[ItemView]) -> Vec<GroupProgress> {
    let seen = by_code(items);
    template
        .groups
        .iter()
        .map(|group| GroupProgress { code: group.code.clone(), progress: progress_of(group, &seen) })
        .collect()
}

/// The gravest severity among failed checks: the officer's where a finding was written, otherwise the template's.
pub fn gravest(template: &Template, items: &[ItemView]) -> Option<Severity> {
    let seen = by_code(items);
    template
        .items()
        .filter(|item| !item.survey)
        .filter_map(|item| Some((item, *seen.get(item.code.as_str())?)))
        .filter(|(item, view)| shown_answer(view).is_some_and(|answer| failed(item, answer)))
        .map(|(item, view)| view.finding.as_ref().map_or(item.severity, |finding| finding.severity))
        .max()
}

fn by_code(items: &[ItemView]) -> BTreeMap<&str, &ItemView> {
    items.iter().map(|item| (item.code.as_str(), item)).collect()
}

fn shown_answer(view: &ItemView) -> Option<&Answer> {
    view.statements.first().and_then(|statement| statement.answer.as_ref())
}

fn progress_of(group: &Group, seen: &BTreeMap<&str, &ItemView>) -> Progress {
    sum(group.items.iter().map(|item| {
        let Some(view) = seen.get(item.code.as_str()) else { return Progress { total: 1, ..Progress::default() } };
        let answer = shown_answer(view);
        Progress {
            answered: u32::from(answer.is_some()),
            total: 1,
            failed: u32::from(!item.survey && answer.is_some_and(|answer| failed(item, answer))),
            clashes: u32::from(view.statements.len() > 1),
            photos: view.photos.len() as u32,
        }
    }))
}

fn sum(parts: impl Iterator<Item = Progress>) -> Progress {
    parts.fold(Progress::default(), |all, part| Progress {
        answered: all.answered + part.answered,
        total: all.total + part.total,
        failed: all.failed + part.failed,
        clashes: all.clashes + part.clashes,
        photos: all.photos + part.photos,
    })
}
