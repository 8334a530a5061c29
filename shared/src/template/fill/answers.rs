//! Answers as formulas read and write them.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::clock::UtcMillis;
use crate::record::measured::Vertex;
use crate::record::register::{Answer, Verdict};
use crate::template::check::check_answer;
use crate::template::{Choice, Input, Item};
use crate::view::ItemView;

/// An answer as formulas read it.
pub(super) fn text_of(item: &Item, view: &ItemView) -> String {
    if item.input == Input::Photo {
        return view.photos.first().map(|photo| photo.detail.hash.to_string()).unwrap_or_default();
    }
    match view.statements.first().and_then(|statement| statement.answer.as_ref()) {
        None => String::new(),
        Some(Answer::Verdict(Verdict::Pass)) => "pass".to_owned(),
        Some(Answer::Verdict(Verdict::Fail)) => "fail".to_owned(),
        Some(Answer::Verdict(Verdict::NotApplicable)) => "not_applicable".to_owned(),
        Some(Answer::Number(number)) => number.to_string(),
        Some(Answer::Text(text) | Answer::Choice(text)) => text.clone(),
        Some(Answer::Date(day)) => day.to_string(),
        Some(Answer::Choices(codes)) => codes.join(" "),
        Some(Answer::Geo(place)) => corner(&Vertex(place.latitude, place.longitude, place.accuracy_m)),
        Some(Answer::Time(time)) => format!("{time}:00.000+07:00"),
        Some(Answer::Moment(at)) => {
            format!("{}+07:00", at.plus_millis(7 * 3_600_000).to_rfc3339().trim_end_matches('Z'))
        }
        Some(Answer::Trace(line)) => corners(line),
        Some(Answer::Shape(line)) => {
            // A closed line ends where it began.
            let closed: Vec<Vertex> = line.iter().chain(line.first()).copied().collect();
            corners(&closed)
        }
    }
}

/// A place as formulas read it: latitude, longitude, altitude and accuracy, each with a fraction as ODK writes them.
fn corner(Vertex(latitude, longitude, accuracy): &Vertex) -> String {
    format!("{latitude:?} {longitude:?} 0.0 {:?}", accuracy.unwrap_or_default())
}

/// A line as formulas read it.
fn corners(line: &[Vertex]) -> String {
    line.iter().map(corner).collect::<Vec<_>>().join(";")
}

/// What a formula, or the author of a form, writes as an answer to a question; none if it is none that may be given.
pub(in crate::template) fn answer_of(item: &Item, text: &str) -> Option<Answer> {
    let known = |options: &[Choice], code: &str| options.iter().any(|option| option.code == code);
    let answer = match &item.input {
        Input::Number { .. } => Answer::Number(text.parse().ok()?),
        Input::Text => Answer::Text(text.to_owned()),
        Input::Date => Answer::Date(text.get(..10)?.parse::<Date>().ok()?),
        Input::Time => Answer::Time(text.get(..5)?.parse().ok()?),
        Input::Moment => {
            // A day alone begins at midnight.
            let whole = if text.len() == 10 { format!("{text}T00:00+07:00") } else { text.to_owned() };
            Answer::Moment(UtcMillis(whole.parse::<Timestamp>().ok()?.as_millisecond()))
        }
        Input::Choice { .. } => Answer::Choice(text.to_owned()),
        Input::Choices { options } => {
            let codes: Vec<&str> = text.split_whitespace().collect();
            if !codes.iter().all(|code| known(options, code)) {
                return None;
            }
            let ordered = options.iter().filter(|option| codes.contains(&option.code.as_str()));
            Answer::Choices(ordered.map(|option| option.code.clone()).collect())
        }
        // Nobody suggests a verdict, an order, a photo or a place.
        _ => return None,
    };
    check_answer(item, &answer).is_ok().then_some(answer)
}
