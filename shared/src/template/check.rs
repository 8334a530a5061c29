//! Judges answers against a template: what may be answered, what counts as failed, what is missing, how far it is.
//!
//! Invariant: pure and total: any answer to any item gets a verdict, never a panic. This module does not read records; it
//! is given answers and item views.

use std::collections::BTreeMap;

use super::fill::FormState;
use super::{Comparison, Group, Input, Item, PhotoRule, Template};
use crate::error::{ErrorCode, Problem};
use crate::record::fields;
use crate::record::measured::check_line;
use crate::record::register::{Answer, Severity, Verdict};
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
        (Input::Verdict, Answer::Verdict(_)) | (Input::Time, Answer::Time(_)) => Ok(()),
        (Input::Date, Answer::Date(day)) => {
            if fields::is_answer(*day) {
                Ok(())
            } else {
                refuse("ngày phải từ năm 1800 đến 2199.".into(), "the day must be from 1800 to 2199.".into())
            }
        }
        (Input::Number { unit, min, max, whole, step, .. }, Answer::Number(number)) => {
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
            if let Some(step) = step.filter(|step| !is_on_scale(*number, min.unwrap_or(0.0), *step)) {
                return refuse(
                    format!(
                        "số trên thang này cách nhau {}. Hãy chọn một số trên thang.",
                        step.to_string().replace('.', ",")
                    ),
                    format!("the numbers of this scale are {step} apart. Choose one of them."),
                );
            }
            Ok(())
        }
        (Input::Rank { options }, Answer::Choices(codes)) => {
            let mut sorted: Vec<_> = codes.iter().collect();
            sorted.sort_unstable();
            sorted.dedup();
            let known = |code: &String| options.iter().any(|option| option.code == *code);
            if sorted.len() == codes.len() && codes.len() == options.len() && codes.iter().all(known) {
                Ok(())
            } else {
                refuse(
                    "hãy xếp thứ tự tất cả các phương án, mỗi phương án một lần.".into(),
                    "put all options in an order, each once.".into(),
                )
            }
        }
        (Input::Moment, Answer::Moment(at)) => {
            if fields::is_instant(*at) {
                Ok(())
            } else {
                refuse("ngày giờ phải từ năm 1970 đến 2199.".into(), "the time must be from 1970 to 2199.".into())
            }
        }
        (Input::Trace, Answer::Trace(line)) => check_line(line, 2).or_else(|problem| refuse(problem.vi, problem.en)),
        (Input::Shape, Answer::Shape(line)) => check_line(line, 3).or_else(|problem| refuse(problem.vi, problem.en)),
        (Input::Choices { options }, Answer::Choices(codes)) => {
            let places: Vec<_> = codes.iter().map(|code| options.iter().position(|it| it.code == *code)).collect();
            // In the template's order and each once, so that the same choice is the same answer.
            if !places.is_empty() && places.iter().all(Option::is_some) && places.is_sorted_by(|one, next| one < next) {
                Ok(())
            } else {
                refuse(
                    "hãy chọn trong các phương án, mỗi phương án một lần.".into(),
                    "choose among the options, each once.".into(),
                )
            }
        }
        (Input::Choice { options, .. }, Answer::Choice(code)) => {
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
            if fields::is_place(position) {
                Ok(())
            } else {
                refuse(
                    "tọa độ không hợp lệ. Hãy lấy lại vị trí hoặc đặt ghim trên bản đồ.".into(),
                    "the position is not valid. Take it again or put the pin by hand.".into(),
                )
            }
        }
        (Input::Note | Input::Calculated, _) => {
            refuse("mục này không cần trả lời.".into(), "there is nothing to answer here.".into())
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
        Input::Choices { .. } => ("các phương án", "some of the options"),
        Input::Photo => ("ảnh", "a photo"),
        Input::Text | Input::Note | Input::Calculated => ("chữ", "text"),
        Input::Date => ("một ngày", "a day"),
        Input::Geo { .. } => ("một vị trí", "a position"),
        Input::Rank { .. } => ("các phương án theo thứ tự", "the options in an order"),
        Input::Time => ("giờ và phút", "a time of day"),
        Input::Moment => ("ngày và giờ", "a day and a time"),
        Input::Trace => ("một đường", "a line"),
        Input::Shape => ("một vùng", "an area"),
    }
}

/// Whether a number is one of a scale's, but for how binary fractions are written.
fn is_on_scale(number: f64, start: f64, step: f64) -> bool {
    let steps = (number - start) / step;
    (steps - steps.round()).abs() < 1e-6
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

/// Whether the answer fails its item: a verdict of "fail", an option that is a shortcoming, or a number on the wrong side of
/// a threshold.
pub fn failed(item: &Item, answer: &Answer) -> bool {
    match (answer, &item.input) {
        (Answer::Verdict(verdict), _) => *verdict == Verdict::Fail,
        (Answer::Number(number), Input::Number { threshold: Some(threshold), .. }) => match threshold.comparison {
            Comparison::AtLeast => *number < threshold.value,
            Comparison::AtMost => *number > threshold.value,
        },
        (Answer::Choice(code), Input::Choice { failing, .. }) => failing.contains(code),
        _ => false,
    }
}

/// Whether any answer can fail its item.
pub fn can_fail(item: &Item) -> bool {
    match &item.input {
        Input::Verdict => true,
        Input::Number { threshold, .. } => threshold.is_some(),
        Input::Choice { failing, .. } => !failing.is_empty(),
        _ => false,
    }
}

/// What keeps an inspection from being finished, in the template's order. A template with rules comes with what they say.
pub fn missing(template: &Template, items: &[ItemView], form: Option<&FormState>) -> Vec<MissingItem> {
    let (seen, template) = (by_code(items), &*template.grown(form));
    let mut missing = Vec::new();
    for (group, item) in template.groups.iter().flat_map(|group| group.items.iter().map(move |item| (group, item))) {
        let is = |codes: fn(&FormState) -> &Vec<String>| form.is_some_and(|form| codes(form).contains(&item.code));
        if is(|form| &form.hidden) {
            continue;
        }
        let mut reasons = missing_at(template, item, seen.get(item.code.as_str()).copied(), is(|form| &form.required));
        if is(|form| &form.invalid) {
            reasons.push(MissingReason::Constraint);
        }
        for reason in reasons {
            missing.push(MissingItem { item: Some(item.code.clone()), group: Some(group.code.clone()), reason });
        }
    }
    missing
}

fn missing_at(template: &Template, item: &Item, view: Option<&ItemView>, required: bool) -> Vec<MissingReason> {
    let mut reasons = Vec::new();
    let required = item.required || required;
    if item.input == Input::Photo && required && view.is_none_or(|view| view.photos.is_empty()) {
        reasons.push(MissingReason::Photo);
    }
    let shown = view.and_then(|view| view.statements.first());
    let answer = shown.and_then(|statement| statement.answer.as_ref());
    let Some(answer) = answer else {
        if required && is_answered_in_words(item) {
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
        PhotoRule::Optional | PhotoRule::Suggested => false,
    };
    if photo_due && view.photos.is_empty() {
        reasons.push(MissingReason::Photo);
    }
    if fails && !item.survey && !template.advisory {
        match &view.finding {
            None => reasons.push(MissingReason::Finding),
            Some(finding) => {
                let remedy = finding.remedy.trim().is_empty().then_some(MissingReason::FindingWithoutRemedy);
                let deadline = finding.deadline.is_none().then_some(MissingReason::FindingWithoutDeadline);
                reasons.extend(remedy.into_iter().chain(deadline));
            }
        }
    }
    if let (Input::Geo { max_accuracy_m }, Answer::Geo(position)) = (&item.input, answer)
        && position.accuracy_m.is_some_and(|metres| metres > *max_accuracy_m)
        && shown.is_some_and(|statement| statement.note.trim().is_empty())
    {
        reasons.push(MissingReason::Accuracy);
    }
    reasons
}

/// Whether an answer can be given other than by a photo.
fn is_answered_in_words(item: &Item) -> bool {
    item.rules.calculate.is_none() && !matches!(item.input, Input::Photo | Input::Note | Input::Calculated)
}

/// Whether it counts when progress is told: something is asked, and nobody calculates the answer.
fn is_asked(item: &Item, form: Option<&FormState>) -> bool {
    let hidden = form.is_some_and(|form| form.hidden.contains(&item.code));
    !hidden && (is_answered_in_words(item) || item.input == Input::Photo)
}

/// How much of the template is answered.
pub fn progress(template: &Template, items: &[ItemView], form: Option<&FormState>) -> Progress {
    sum(group_progress(template, items, form).into_iter().map(|group| group.progress))
}

/// How much of each section is answered, in the template's order.
pub fn group_progress(template: &Template, items: &[ItemView], form: Option<&FormState>) -> Vec<GroupProgress> {
    let (seen, template) = (by_code(items), &*template.grown(form));
    template
        .groups
        .iter()
        .map(|group| GroupProgress { code: group.code.clone(), progress: progress_of(group, &seen, form) })
        .collect()
}

/// The checks that failed, in the template's order: those that [`progress`] counts. Each with its severity: the officer's
/// where a finding was written, otherwise the template's.
pub fn failures(template: &Template, items: &[ItemView], form: Option<&FormState>) -> Vec<(String, Severity)> {
    let (seen, template) = (by_code(items), &*template.grown(form));
    let asked = template.items().filter(|item| !item.survey && is_asked(item, form));
    let answered = asked.filter_map(|item| Some((item, *seen.get(item.code.as_str())?)));
    let failing = answered.filter(|(item, view)| shown_answer(view).is_some_and(|answer| failed(item, answer)));
    let severity = |item: &Item, view: &ItemView| view.finding.as_ref().map_or(item.severity, |it| it.severity);
    failing.map(|(item, view)| (item.code.clone(), severity(item, view))).collect()
}

/// The gravest severity among failed checks.
pub fn gravest(template: &Template, items: &[ItemView], form: Option<&FormState>) -> Option<Severity> {
    if template.advisory {
        return None;
    }
    failures(template, items, form).into_iter().map(|(_, severity)| severity).max()
}

fn by_code(items: &[ItemView]) -> BTreeMap<&str, &ItemView> {
    items.iter().map(|item| (item.code.as_str(), item)).collect()
}

fn shown_answer(view: &ItemView) -> Option<&Answer> {
    view.statements.first().and_then(|statement| statement.answer.as_ref())
}

fn progress_of(group: &Group, seen: &BTreeMap<&str, &ItemView>, form: Option<&FormState>) -> Progress {
    sum(group.items.iter().filter(|item| is_asked(item, form)).map(|item| {
        let Some(view) = seen.get(item.code.as_str()) else { return Progress { total: 1, ..Progress::default() } };
        let answer = shown_answer(view);
        Progress {
            answered: u32::from(answer.is_some() || (item.input == Input::Photo && !view.photos.is_empty())),
            total: 1,
            failed: u32::from(!item.survey && answer.is_some_and(|answer| failed(item, answer))),
            clashes: u32::from(view.statements.len() > 1)
                + u32::from(view.finding_said.as_ref().is_some_and(|said| said.clashes)),
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
