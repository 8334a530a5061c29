//! One record in words: where it stands, what was decided and said of it, and question by question what was answered, asked
//! and found.
//!
//! Invariant: questions are named by their titles and choices by their labels wherever the checklist is here; where it is not,
//! their codes stand. Whatever is not signed says so.

use ancu_shared::record::attendance::{AttendeeRole, Unsigned};
use ancu_shared::record::names;
use ancu_shared::record::register::{Answer, Decision, FindingDetail};
use ancu_shared::template::{Choice, Input, Item, Template, Words};
use ancu_shared::view::remark::dating::lasting;
use ancu_shared::view::{
    AttendeeView, Attribution, CommentView, ConclusionView, DecisionView, GivenUpView, InspectionView, ItemView,
    ReplyView, Statement, Supplementing,
};

use super::{codes, work};

const UNSIGNED: &str = "  [chưa ký · unsigned]";

/// An inspection with its supplements.
pub(super) fn of(view: &InspectionView, checklist: Option<&Template>) -> String {
    let summary = &view.summary;
    let mut told = vec![format!("{}  {}", summary.id, summary.facility_name), work::standing(summary)];
    if view.supplementing == Supplementing::Own {
        told.push(
            "  biên bản bổ sung chờ bạn ký · a supplement waits for your signature: ancu-field finish".to_owned(),
        );
    }
    told.extend(view.given_up.as_ref().map(given_up));
    told.extend(view.conclusion.as_ref().map(concluded));
    told.extend(view.attendance.iter().map(attended));
    // The last one first: it is what is to be done now.
    told.extend(view.decisions.iter().rev().flat_map(decision));
    told.extend(view.comments.iter().flat_map(|comment| asked(comment, "  ")));
    told.extend(
        view.remarks.iter().map(|remark| format!("  ! {}: {} · {}", remark.field, remark.words.vi, remark.words.en)),
    );
    told.extend(view.items.iter().flat_map(|item| question(item, checklist)));
    told.join("\n")
}

/// That the visit was given up, or was and goes on.
fn given_up(it: &GivenUpView) -> String {
    let words = if it.words.is_empty() { String::new() } else { format!("; {}", it.words) };
    let why = format!("{}{words}  {}", codes::given_up(it.reason), by(&it.by));
    if it.holds {
        return format!("  đã bỏ · given up: {why}");
    }
    format!(
        "  đã bỏ nhưng vẫn mở vì có việc mà người bỏ chưa biết · given up, yet open for work that was not known then: {why}"
    )
}

/// What it comes to.
fn concluded(it: &ConclusionView) -> String {
    let words = if it.words.is_empty() { String::new() } else { format!("; {}", it.words) };
    let unsigned = if it.unsigned { UNSIGNED } else { "" };
    format!(
        "  kết luận · conclusion: {}{words}  {}{unsigned}",
        both(&names::codes::conclusion(it.conclusion)),
        by(&it.by)
    )
}

/// Somebody who attended.
fn attended(it: &AttendeeView) -> String {
    let role = match it.role {
        AttendeeRole::Inspector => "người kiểm tra · inspector",
        AttendeeRole::Representative => "đại diện cơ sở · representative",
        AttendeeRole::Witness => "người chứng kiến · witness",
    };
    let signed = match (&it.hand, it.unsigned) {
        (Some(_), _) if it.covers => "đã ký · signed",
        (Some(_), _) => "đã ký trước khi nội dung được sửa · signed before a change",
        (None, Some(Unsigned::Refused)) => "từ chối ký · refused",
        (None, Some(Unsigned::Absent)) => "vắng mặt · absent",
        (None, Some(Unsigned::Unable)) => "không thể ký · unable",
        (None, None) => "chưa ký · not signed yet",
    };
    let told = [it.name.as_str(), it.position.as_str(), it.words.as_str()];
    let told: Vec<_> = told.into_iter().filter(|text| !text.is_empty()).collect();
    format!("  {role}: {} [{signed}]  {}  {}", told.join(", "), it.id, by(&it.by))
}

/// A question's title, in both languages.
pub(super) fn title(checklist: Option<&Template>, code: &str) -> Option<String> {
    checklist?.item(code).map(|item| both(&item.title))
}

/// Words in both languages.
pub(super) fn both(words: &Words) -> String {
    if words.en.is_empty() || words.en == words.vi { words.vi.clone() } else { format!("{} · {}", words.vi, words.en) }
}

/// Who said it, and when by their clock.
pub(super) fn by(by: &Attribution) -> String {
    let clock = by.clock_off_ms.map_or_else(String::new, |off| {
        let Words { vi, en } = lasting(off);
        format!("; đồng hồ máy lệch {vi} · clock off by {en}")
    });
    format!("({}, {}{clock})", by.person_name, by.at.hanoi_text())
}

fn decision(made: &DecisionView) -> Vec<String> {
    let decided = match made.decision {
        Decision::Approved => "Đã duyệt · approved",
        Decision::Returned => "Trả lại bổ sung · returned",
    };
    let words = if made.words.is_empty() { String::new() } else { format!(": {}", made.words) };
    let mut told = vec![format!("  {decided}{words}  {}", by(&made.by))];
    told.extend(made.replies.iter().map(|said| reply(said, "    ")));
    told
}

/// A question with what was answered, found and said there.
pub(super) fn question(item: &ItemView, checklist: Option<&Template>) -> Vec<String> {
    let known = checklist.and_then(|checklist| checklist.item(&item.code));
    let name = known.map_or_else(String::new, |known| format!("  {}", both(&known.title)));
    let mut told = vec![format!("{}{name}", item.code)];
    told.extend(item.statements.iter().map(|statement| stated(statement, known)));
    if item.statements.is_empty() {
        told.push("  chưa trả lời · no answer".to_owned());
    }
    told.extend(item.finding.as_ref().map(|detail| {
        let said = item.finding_said.as_ref();
        let unsigned = if said.is_some_and(|said| said.unsigned) { UNSIGNED } else { "" };
        format!("{}{}{unsigned}", finding(detail), said.map(|said| format!("  {}", by(&said.by))).unwrap_or_default())
    }));
    told.extend(item.comments.iter().flat_map(|comment| asked(comment, "  ")));
    told
}

fn stated(statement: &Statement, item: Option<&Item>) -> String {
    let unsigned = if statement.unsigned { UNSIGNED } else { "" };
    let said = answer(statement.answer.as_ref(), item);
    let note = if statement.note.is_empty() { String::new() } else { format!("  {}", statement.note) };
    let found = statement.measured.as_ref().map(|it| format!("  ({})", codes::found(it))).unwrap_or_default();
    format!("  {said}{found}{note}  {}{unsigned}", by(&statement.by))
}

/// What follows from a failed check.
pub(super) fn finding(detail: &FindingDetail) -> String {
    let deadline = detail.deadline.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let severity = codes::severity(detail.severity);
    format!("  tồn tại · finding: {severity}; {}; hạn · deadline: {deadline}", detail.remedy)
}

/// A reviewer's words, whether they have an answer, and the replies to them.
fn asked(comment: &CommentView, indent: &str) -> Vec<String> {
    let standing = match (&comment.answered, comment.open) {
        (Some(answered), _) if answered.signed => format!("đã trả lời · answered {}", by(&answered.by)),
        (Some(answered), _) => format!("đã viết, chưa ký · written, not signed {}", by(&answered.by)),
        (None, true) => "chưa trả lời · not answered".to_owned(),
        // Nobody waits for an answer: they were taken over by a later decision.
        (None, false) => "không cần trả lời nữa · no answer is needed any more".to_owned(),
    };
    let mut told = vec![format!("{indent}người duyệt · reviewer: {}  {}: {standing}", comment.words, by(&comment.by))];
    told.extend(comment.replies.iter().map(|said| reply(said, &format!("{indent}  "))));
    told
}

fn reply(said: &ReplyView, indent: &str) -> String {
    let unsigned = if said.signed { "" } else { UNSIGNED };
    format!("{indent}trả lời · reply: {}  {}{unsigned}", said.words, by(&said.by))
}

/// An answer, with the label of a choice and the unit of a number.
pub(super) fn answer(given: Option<&Answer>, item: Option<&Item>) -> String {
    let label = |options: &[Choice], code: &String| {
        options.iter().find(|option| option.code == *code).map_or_else(|| code.clone(), |option| both(&option.label))
    };
    match (given, item.map(|item| &item.input)) {
        (Some(Answer::Number(number)), Some(Input::Number { unit, .. })) if !unit.is_empty() => {
            format!("{number} {}", both(unit))
        }
        (Some(Answer::Choice(code)), Some(input)) => label(input.options(), code),
        (Some(Answer::Choices(chosen)), Some(input)) => {
            chosen.iter().map(|code| label(input.options(), code)).collect::<Vec<_>>().join("; ")
        }
        _ => codes::answer(given),
    }
}
