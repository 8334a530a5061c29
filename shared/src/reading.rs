//! Reads a request's JSON; where one value in it is wrong, says which one and what would be right.
//!
//! Invariants: what is no JSON, no such request or lacks a part stays `request_malformed`: a program is wrong there. A value
//! that a person may have typed (a number, a day, a choice) is `field_invalid`, with the field and the remedy. Reading what
//! is right costs nothing more; looking for what is wrong is bounded.

mod complaint;
pub mod file;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use self::complaint::Complaint;
use crate::error::{ErrorCode, Problem};

/// A larger request is not searched for its mistake, in bytes.
const MOST_SEARCHED_BYTES: usize = 64 * 1024;
/// Values that are looked at in the search.
const MOST_VALUES: usize = 100;
/// What is tried at a place that takes a day, or a record's id.
const A_DAY: &str = "2026-12-31";
const AN_ID: &str = "01a202f7-bf43-71e1-9538-94ab61a26c4b";
/// The kinds that count something.
const COUNTS: [&str; 5] = ["u8", "u16", "u32", "u64", "usize"];

/// Reads JSON text.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(text).map_err(|error| {
        let place = json!({ "line": error.line(), "column": error.column() });
        let searched: Option<Value> =
            (text.len() <= MOST_SEARCHED_BYTES).then(|| serde_json::from_slice(text).ok()).flatten();
        let Some(request) = searched else { return Problem::new(ErrorCode::RequestMalformed).with(place) };
        wrong_value::<T>(&request).unwrap_or_else(|| {
            let mut problem = Problem::new(ErrorCode::RequestMalformed).with(place);
            if let Some(Complaint::Missing(part)) = said::<T>(&request) {
                problem = problem.at(part);
                problem.vi = format!("Yêu cầu thiếu “{part}”. Hãy thêm vào rồi gửi lại.");
                problem.en = format!("The request lacks “{part}”. Add it and send again.");
            }
            problem
        })
    })
}

/// Reads a JSON value.
pub fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    T::deserialize(value).or_else(|_| read(value.to_string().as_bytes()))
}

/// Reads the parameters of a query, each of them text. One that is not known is a slip of who wrote the address.
pub fn read_parameters<T: DeserializeOwned>(parameters: Map<String, Value>) -> Result<T, Problem> {
    let parameters = Value::Object(parameters);
    complaint::read(&parameters).map_err(|complaint| match complaint {
        Complaint::Unknown { said, known } => {
            let known = known.join(", ");
            Problem::field(
                said,
                &format!("Không có tham số này. Các tham số dùng được: {known}."),
                &format!("There is no such parameter. There are: {known}."),
            )
        }
        complaint => {
            let field = if let Complaint::Missing(part) = complaint { part } else { "query" };
            Problem::new(ErrorCode::RequestMalformed).at(field)
        }
    })
}

/// Reads one of a type's codes; where there is no such one, all that there are.
pub fn choice<T: DeserializeOwned>(code: &str) -> Result<T, &'static [&'static str]> {
    complaint::read(&Value::from(code)).map_err(|complaint| match complaint {
        Complaint::Choice { choices, .. } => choices,
        _ => &[],
    })
}

/// The value that keeps a request from being read: the one without which it is read; else one that the complaint names,
/// and of these rather one without which the complaint is another.
fn wrong_value<T: DeserializeOwned>(request: &Value) -> Option<Problem> {
    let complaint = said::<T>(request)?;
    if matches!(complaint, Complaint::Missing(_) | Complaint::Unknown { .. } | Complaint::Twice(_)) {
        return None;
    }
    let mut paths = Vec::new();
    collect(request, &mut Vec::new(), &mut paths);
    let (mut named, mut other) = (None, None);
    // The request's own name is the program's.
    for path in paths.into_iter().filter(|path| path.len() > 1 || path[0] != "command") {
        let mut without = request.clone();
        let Some(value) = at(&mut without, &path).map(std::mem::take) else { continue };
        let next = said::<T>(&without);
        let expected = expected::<T>(request, &path, next.as_ref());
        let told = || problem(&path, &complaint, expected);
        if next.is_none() && !value.is_null() {
            return Some(told());
        }
        if names(&complaint, &value) || (value.is_string() && expected != Expected::Other) {
            let place = if next.as_ref() == Some(&complaint) { &mut other } else { &mut named };
            place.get_or_insert_with(told);
        }
    }
    named.or(other)
}

/// What a place takes whose type has only its own words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// A day.
    Day,
    /// The id of a record.
    Id,
    /// Something else.
    Other,
}

/// Finds it out by putting one of each there: the type's own words are not taken apart.
/// `next`: what is said where the value is not there; no more is said where it is a right one.
fn expected<T: DeserializeOwned>(request: &Value, path: &[String], next: Option<&Complaint>) -> Expected {
    let takes = |sample: &str| {
        let mut tried = request.clone();
        let found = at(&mut tried, path).map(|place| *place = Value::from(sample)).is_some();
        let said = said::<T>(&tried);
        found && (said.is_none() || said.as_ref() == next)
    };
    match (takes("x"), takes(A_DAY), takes(AN_ID)) {
        (false, true, _) => Expected::Day,
        (false, _, true) => Expected::Id,
        _ => Expected::Other,
    }
}

/// Whether a complaint names a value.
fn names(complaint: &Complaint, value: &Value) -> bool {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match complaint {
        _ if value.is_null() => false,
        Complaint::Choice { said, .. } => *said == text,
        Complaint::Kind { said: words, .. } | Complaint::Own(words) => {
            words.contains(&format!("`{text}`")) || words.contains(&format!("\"{text}\""))
        }
        Complaint::Missing(_) | Complaint::Unknown { .. } | Complaint::Twice(_) => false,
    }
}

/// What is said of a request that cannot be read; `None`: it can.
fn said<T: DeserializeOwned>(request: &Value) -> Option<Complaint> {
    complaint::read::<T>(request).err()
}

/// The places of all single values, the deepest part of a request last.
fn collect(value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    if found.len() >= MOST_VALUES {
        return;
    }
    let mut each = |step: String, value: &Value| {
        path.push(step);
        collect(value, path, found);
        path.pop();
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| each(name.clone(), value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(place, value)| each(place.to_string(), value)),
        _ if path.is_empty() => {}
        _ => found.push(path.clone()),
    }
}

fn at<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::Object(members) => members.get_mut(step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The problem, with the field as people know it: the name of the value, or of what it is the content of.
fn problem(path: &[String], complaint: &Complaint, expected: Expected) -> Problem {
    let telling = |step: &&String| *step != "value" && *step != "kind" && step.parse::<usize>().is_err();
    let field = path.iter().rfind(telling).cloned().unwrap_or_else(|| path.join("."));
    let (vi, en) = remedy(complaint, expected);
    Problem::field(field, &vi, &en)
}

fn remedy(complaint: &Complaint, expected: Expected) -> (String, String) {
    let (vi, en) = match (complaint, expected) {
        (Complaint::Choice { choices, .. }, _) => {
            let choices = choices.join(", ");
            return (format!("Hãy chọn một trong: {choices}."), format!("Choose one of: {choices}."));
        }
        (Complaint::Kind { expected, .. }, _) if COUNTS.contains(&expected.as_str()) => {
            ("Hãy nhập số nguyên từ 0, không quá lớn.", "Enter a whole number from 0 that is not too large.")
        }
        (Complaint::Kind { expected, .. }, _) if expected == "f64" || expected == "f32" => {
            ("Hãy nhập một số.", "Enter a number.")
        }
        (_, Expected::Day) => (
            "Không có ngày này trong lịch. Hãy viết năm-tháng-ngày, ví dụ 2026-12-31.",
            "There is no such day. Write year-month-day, for example 2026-12-31.",
        ),
        (_, Expected::Id) => (
            "Đây không phải mã của hồ sơ nào. Hãy chép lại nguyên mã từ danh sách.",
            "This is no record's id. Copy the whole id from the list.",
        ),
        (Complaint::Kind { expected, .. }, _) if expected == "a string" => ("Ô này cần chữ.", "This field needs text."),
        _ => ("Giá trị này không dùng được. Hãy kiểm tra lại.", "This value cannot be used. Check it."),
    };
    (vi.to_owned(), en.to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use serde::Deserialize;

    use super::*;
    use crate::id::DocumentId;
    use crate::record::register::{Answer, Severity};
    use crate::view::Declaration;

    #[derive(Debug, Deserialize)]
    #[serde(tag = "command", rename_all = "snake_case")]
    #[expect(dead_code, reason = "only whether it can be read is looked at")]
    enum Request {
        Save { declaration: Declaration },
        Answer { item: String, answer: Option<Answer> },
        Finding { deadline: Option<Date>, near: Option<(f64, f64)> },
        Open { id: DocumentId },
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parameters {
        q: Option<String>,
        limit: Option<String>,
    }

    #[test]
    fn choices_and_parameters_are_those_that_the_type_declares() {
        assert_eq!(choice::<Severity>("major"), Ok(Severity::Major));
        assert_eq!(choice::<Severity>("grave"), Err(&["info", "minor", "major", "critical"][..]));
        assert_eq!(choice::<u32>("grave"), Err(&[][..]), "a number has no codes");
        let read = |value: Value| read_parameters::<Parameters>(value.as_object().cloned().expect("an object"));
        let good = read(json!({ "q": "hoa" })).expect("known");
        assert_eq!((good.q.as_deref(), good.limit), (Some("hoa"), None));
        let problem = read(json!({ "q": "hoa", "sort": "name" })).expect_err("unknown");
        assert_eq!((problem.known_code(), problem.field.as_deref()), (ErrorCode::FieldInvalid, Some("sort")));
        assert!(problem.vi.ends_with("q, limit.") && problem.en.ends_with("q, limit."), "{problem}");
    }

    #[test]
    fn a_missing_part_is_named() {
        let problem = read::<Request>(br#"{"command":"answer","answer":null}"#).expect_err("incomplete");
        assert_eq!((problem.known_code(), problem.field.as_deref()), (ErrorCode::RequestMalformed, Some("item")));
        assert!(problem.vi.contains("“item”") && problem.en.contains("“item”"), "{problem}");
    }

    fn declaration(name: &str, value: Value) -> Value {
        let mut declaration = serde_json::to_value(Declaration::default()).expect("json");
        declaration[name] = value;
        json!({ "command": "save", "declaration": declaration })
    }

    #[test]
    fn the_wrong_value_is_named_with_what_would_be_right() {
        for (request, field, remedy) in [
            (declaration("storeys", json!(-1)), "storeys", "Hãy nhập số nguyên từ 0, không quá lớn."),
            (declaration("residents", json!(2.5)), "residents", "Hãy nhập số nguyên từ 0, không quá lớn."),
            (declaration("apartments", json!(1e12)), "apartments", "Hãy nhập số nguyên từ 0, không quá lớn."),
            (declaration("elderly", json!("hai")), "elderly", "Hãy nhập số nguyên từ 0, không quá lớn."),
            (declaration("head_name", json!(7)), "head_name", "Ô này cần chữ."),
            (
                json!({ "command": "save", "declaration": { "storeys": -1, "apartments": -1 } }),
                "apartments",
                "Hãy nhập số nguyên từ 0, không quá lớn.",
            ),
            (
                json!({ "command": "answer", "item": "A", "answer": { "kind": "verdict", "value": "maybe" } }),
                "answer",
                "Hãy chọn một trong: pass, fail, not_applicable.",
            ),
            (
                json!({ "command": "finding", "deadline": "2026-02-31" }),
                "deadline",
                "Không có ngày này trong lịch. Hãy viết năm-tháng-ngày, ví dụ 2026-12-31.",
            ),
            (
                json!({ "command": "finding", "deadline": "abc" }),
                "deadline",
                "Không có ngày này trong lịch. Hãy viết năm-tháng-ngày, ví dụ 2026-12-31.",
            ),
            (
                json!({ "command": "finding", "deadline": 5, "near": null }),
                "deadline",
                "Không có ngày này trong lịch. Hãy viết năm-tháng-ngày, ví dụ 2026-12-31.",
            ),
            (
                json!({ "command": "open", "id": "12" }),
                "id",
                "Đây không phải mã của hồ sơ nào. Hãy chép lại nguyên mã từ danh sách.",
            ),
            (json!({ "command": "finding", "near": [1, "east"] }), "near", "Hãy nhập một số."),
        ] {
            let problem = read_value::<Request>(&request).expect_err("wrong");
            assert_eq!(problem.known_code(), ErrorCode::FieldInvalid, "{request}");
            assert_eq!((problem.field.as_deref(), problem.vi.as_str()), (Some(field), remedy), "{request}");
            assert_ne!(problem.vi, problem.en);
        }
    }

    #[test]
    fn what_is_no_such_request_stays_malformed() {
        for request in
            ["", "[]", "7", "{", "{\"command\":\"nonsense\"}", "{\"command\":7}", "{\"command\":\"save\"}", "{}"]
        {
            let problem = read::<Request>(request.as_bytes()).expect_err("wrong");
            assert_eq!(problem.known_code(), ErrorCode::RequestMalformed, "{request}");
        }
        let long = format!("{{\"command\":\"answer\",\"item\":\"{}\",\"answer\":7}}", "x".repeat(MOST_SEARCHED_BYTES));
        assert_eq!(read::<Request>(long.as_bytes()).expect_err("wrong").known_code(), ErrorCode::RequestMalformed);
    }
}
