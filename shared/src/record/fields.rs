//! What the fields of a record's header and state may hold: type, range, closed lists.
//!
//! Invariant: one rule for who enters a value (the engine) and for who admits it (the server). A field that is not named here
//! may hold anything: a newer program knows more of them. A tombstone fits everywhere. What clocks say is not judged, but
//! for what no working clock shows: instants and days of records lie from 1970 (a clock that lost its battery) to 2199 (no
//! phone can be set beyond), so that every program can show them. That, and that a place is on Earth, is never forgiven.

use jiff::civil::{Date, date};

use super::RecordKind;
use super::facility::{CORRECTION, FacilityClass, HOUSE_TEMPLATES, field, state};
use super::register::{Position, Register};
use super::told::Told;
use super::value::Scalar;
use super::visit;
use crate::clock::{Running, UtcMillis};
use crate::document::guard::GuardError;
use crate::error::Problem;
use crate::view::remark;

/// The schema version of records that this program writes, and the newest that it reads.
pub const SCHEMA: i64 = 1;

/// What a visit is for.
pub const PURPOSES: [&str; 3] = ["periodic", "unscheduled", "reinspection"];
/// The same, and what a supplement may be for.
const ALL_PURPOSES: &[&str] = &[PURPOSES[0], PURPOSES[1], PURPOSES[2], CORRECTION];

/// The first day that a record can speak of.
const FIRST_DAY: Date = date(1970, 1, 1);
/// The last day that a record can speak of.
const LAST_DAY: Date = date(2199, 12, 31);
/// The last instant of that day in Hà Nội.
const LAST_MILLIS: i64 = 7_258_093_199_999;
/// The first day that can be an answer: houses are older than clocks.
const FIRST_ANSWER: Date = date(1800, 1, 1);
/// More of anything than a form takes.
const MOST: f64 = 100_000.0;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// Text of one line, of at most so many characters.
    Line(usize),
    /// Text of several lines, of at most so many characters.
    Lines(usize),
    /// How many there are of something, as a whole number.
    Count,
    /// A number from one to the other.
    Between(f64, f64),
    /// One of a closed list.
    OneOf(&'static [&'static str]),
    /// A class of premises.
    Class,
    /// An instant.
    Instant,
    /// A day.
    Day,
    /// How far a clock was off, in milliseconds.
    Offset,
    /// A reading of a running clock.
    Running,
}

impl Form {
    /// Whether it speaks of time: what cannot be is never let in then.
    pub const fn is_of_time(self) -> bool {
        matches!(self, Self::Instant | Self::Day | Self::Offset | Self::Running)
    }
}

/// Whether a record can speak of an instant.
pub fn is_instant(at: UtcMillis) -> bool {
    (0..=LAST_MILLIS).contains(&at.0)
}

/// Whether a record can speak of a day.
pub fn is_day(day: Date) -> bool {
    (FIRST_DAY..=LAST_DAY).contains(&day)
}

/// Whether a day can be an answer.
pub fn is_answer(day: Date) -> bool {
    (FIRST_ANSWER..=LAST_DAY).contains(&day)
}

/// Whether a place is on Earth.
pub fn is_place(place: &Position) -> bool {
    place.latitude.abs() <= 90.0
        && place.longitude.abs() <= 180.0
        && place.accuracy_m.is_none_or(|metres| metres.is_finite() && metres >= 0.0)
}

/// Whether every time, day and place of a statement can be.
pub fn check_told(key: &str, register: &impl Register) -> Result<(), GuardError> {
    let mut first = None;
    register.tell(&mut |member, told| {
        let (fits, place) = match told {
            Told::At(at) => (is_instant(at), false),
            Told::Day(day) => (is_day(day), false),
            Told::Answered(day) => (is_answer(day), false),
            Told::Place(place) => (is_place(&place), true),
        };
        if !fits && first.is_none() {
            first = Some((member, told, place));
        }
    });
    let Some((member, told, place)) = first else { return Ok(()) };
    let value = match told {
        Told::At(at) => format!("{} ms", at.0),
        Told::Day(day) | Told::Answered(day) => day.to_string(),
        Told::Place(place) => format!("{}; {}", place.latitude, place.longitude),
    };
    Err(GuardError::Impossible { key: key.to_owned(), member, value, place })
}

/// What a header field of a kind of record holds; `None` where nothing is said of it.
pub fn header(kind: RecordKind, name: &str) -> Option<Form> {
    use RecordKind::{Dwelling, Enforcement, Facility, Inspection, Remediation, Residents, Review};
    Some(match (kind, name) {
        (_, field::STARTED_AT) => Form::Instant,
        (_, field::CLOCK_OFF) => Form::Offset,
        (Inspection, field::STARTED_RUNNING) => Form::Running,
        (
            Facility,
            field::NAME
            | field::ADDRESS
            | field::HOUSE_NUMBER
            | field::LANE
            | field::SUB_LANE
            | field::ALLEY
            | field::STREET
            | field::RESIDENTIAL_GROUP
            | field::HEAD_NAME
            | field::HEAD_PHONE
            | field::POSITION_SOURCE,
        )
        | (Dwelling, field::ADDRESS) => Form::Line(200),
        (Facility, field::NOTE)
        | (Dwelling, field::EXITS)
        | (Residents, field::HELP_NOTE)
        | (Inspection, field::TEMPLATE | field::TEMPLATE_VERSION | field::RULE_SET) => Form::Lines(2_000),
        (Facility, field::CLASS) => Form::Class,
        (Facility, field::STOREYS | field::BASEMENTS | field::APARTMENTS | field::RESIDENTS)
        | (Dwelling, field::STOREYS | field::APARTMENTS)
        | (Residents, field::RESIDENTS | field::ELDERLY | field::CHILDREN_UNDER_6 | field::NEED_HELP) => Form::Count,
        (Facility | Inspection, field::LATITUDE) => Form::Between(-90.0, 90.0),
        (Facility | Inspection, field::LONGITUDE) => Form::Between(-180.0, 180.0),
        (Facility, field::ACCURACY_M) => Form::Between(0.0, 1_000_000.0),
        (Inspection, field::ACCURACY_M) => Form::Between(0.0, f64::MAX),
        (Inspection, field::POSITION_SOURCE) => Form::OneOf(&["device", "photo", "manual"]),
        (Inspection, field::PURPOSE) => Form::OneOf(ALL_PURPOSES),
        (Inspection, field::TEMPLATE_REASON) => Form::Lines(500),
        (Inspection, field::VISIT_DAY) | (Facility, field::REINSPECT_ON) => Form::Day,
        (Dwelling, field::APARTMENT_CODE) => Form::Line(60),
        (Dwelling, field::HOUSE_TEMPLATE) => Form::OneOf(&HOUSE_TEMPLATES),
        (Residents, field::HEAD_NAME) => Form::Line(120),
        (Residents, field::HEAD_PHONE) => Form::Line(40),
        (Facility | Inspection | Dwelling | Residents | Review | Remediation | Enforcement, _) => return None,
    })
}

/// What a state of a kind of record holds; `None` where nothing is said of it. A record's kind is written by one role only,
/// or by several alike ([`crate::role::Role::may_write`]): the list is that of the role.
pub fn state(kind: RecordKind, name: &str) -> Option<Form> {
    if name != state::STATE {
        return None;
    }
    Some(Form::OneOf(match kind {
        RecordKind::Inspection => &["in_progress", "completed", state::DISCARDED],
        RecordKind::Dwelling => &[state::DRAFT, state::SUBMITTED],
        RecordKind::Facility
        | RecordKind::Review
        | RecordKind::Remediation
        | RecordKind::Enforcement
        | RecordKind::Residents => &[],
    }))
}

/// Whether a field that speaks of time says what can be; others are not looked at.
pub fn check_time(kind: RecordKind, key: &str, value: &Scalar) -> Result<(), Problem> {
    let form = key.strip_prefix("h/").and_then(|name| header(kind, name));
    if form.is_some_and(Form::is_of_time) { check(kind, key, value) } else { Ok(()) }
}

/// Whether a value can stand at a key of a record of a kind; the problem names the field and what to do.
pub fn check(kind: RecordKind, key: &str, value: &Scalar) -> Result<(), Problem> {
    can_be_kept(kind, key, value)?;
    let Some(name) = key.strip_prefix("h/").filter(|name| header(kind, name) == Some(Form::Count)) else {
        return Ok(());
    };
    let wrong = value.as_number().and_then(|number| remark::counted(kind, name, number as u32));
    wrong.map_or(Ok(()), |wrong| Err(Problem::field(name, &wrong.words.vi, &wrong.words.en)))
}

/// The same for what is still being written: a number that cannot be is kept, with a remark, and not sent.
pub fn can_be_kept(kind: RecordKind, key: &str, value: &Scalar) -> Result<(), Problem> {
    let (name, form) = match (key.strip_prefix("h/"), key.strip_prefix("s/")) {
        (Some(name), _) => (name, header(kind, name)),
        (_, Some(name)) => (name, state(kind, name)),
        (None, None) => return Ok(()),
    };
    let Some(form) = form.filter(|_| !value.is_tombstone()) else { return Ok(()) };
    let refused = |vi: &str, en: &str| Err(Problem::field(name, vi, en));
    match form {
        Form::Line(most) | Form::Lines(most) => match value.as_text() {
            None => refused("Ô này cần chữ.", "This field needs text."),
            // Bytes are no fewer than characters: mostly nothing is counted.
            Some(text) if text.len() > most && text.chars().count() > most => refused(
                &format!("Nội dung dài quá {most} ký tự. Hãy viết ngắn lại."),
                &format!("The text is longer than {most} characters. Make it shorter."),
            ),
            Some(_) => Ok(()),
        },
        Form::Count => match value.as_number() {
            Some(number) if number.fract() == 0.0 && (0.0..=MOST).contains(&number) => Ok(()),
            Some(number) if number > MOST => {
                refused("Số quá lớn. Hãy kiểm tra lại.", "The number is too large. Check it.")
            }
            _ => refused("Hãy nhập số nguyên từ 0.", "Enter a whole number from 0."),
        },
        Form::Between(least, most) => match value.as_number() {
            Some(number) if (least..=most).contains(&number) => Ok(()),
            _ if most > 1e9 => {
                refused(&format!("Hãy nhập một số từ {least}."), &format!("Enter a number from {least}."))
            }
            _ => refused(
                &format!("Hãy nhập một số từ {least} đến {most}."),
                &format!("Enter a number from {least} to {most}."),
            ),
        },
        Form::Class if value.as_text().and_then(FacilityClass::from_code).is_some() => Ok(()),
        Form::Class => Err(no_such_class()),
        Form::OneOf(list) if value.as_text().is_some_and(|text| list.contains(&text)) => Ok(()),
        Form::OneOf(list) => {
            let known = list.join(", ");
            let refusal = if name == field::HOUSE_TEMPLATE {
                Problem::field(
                    name,
                    &format!("Không có kiểu nhà này. Hãy chọn một trong: {known}."),
                    &format!("There is no such type of house. Choose one of: {known}."),
                )
                .with(serde_json::json!({ "house_templates": list }))
            } else {
                let (vi, en) = (format!("Hãy chọn một trong: {known}."), format!("Choose one of: {known}."));
                Problem::field(name, &vi, &en).with(serde_json::json!({ "known": list }))
            };
            Err(refusal)
        }
        Form::Instant if value.as_int().is_some_and(|millis| is_instant(UtcMillis(millis))) => Ok(()),
        Form::Day if value.as_text().and_then(visit::day).is_some_and(is_day) => Ok(()),
        Form::Offset if value.as_int().is_some_and(|millis| millis.unsigned_abs() <= LAST_MILLIS.unsigned_abs()) => {
            Ok(())
        }
        Form::Running if value.as_text().is_some_and(|it| it.len() <= 32 && it.parse::<Running>().is_ok()) => Ok(()),
        Form::Instant | Form::Day | Form::Offset | Form::Running => refused(
            "Ngày giờ này không thể có. Ngày giờ của hồ sơ nằm trong các năm 1970–2199; hãy xem lại đồng hồ của máy.",
            "This day or time cannot be. Those of records lie from 1970 to 2199; look at the device's clock.",
        ),
    }
}

/// What classes of premises there are.
pub fn no_such_class() -> Problem {
    let codes = FacilityClass::ALL.map(FacilityClass::code).join(", ");
    Problem::field(
        field::CLASS,
        &format!("Ô loại cơ sở (class): hãy chọn một trong: {codes}."),
        &format!("The class of the premises (class): choose one of: {codes}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PersonId;
    use crate::record::register::{Answer, FindingDetail, ItemAnswer, PositionSource, Severity};

    #[test]
    fn every_field_holds_what_a_form_takes_and_nothing_else() {
        use RecordKind::{Dwelling, Facility, Inspection, Residents, Review};
        let text = |text: &str| Scalar::from(text);
        let fits = [
            (Facility, "h/storeys", Scalar::Int(4)),
            (Facility, "h/storeys", Scalar::Number(4.0)),
            (Facility, "h/residents", Scalar::Int(20_000)),
            (Facility, "h/name", text("Nhà trọ")),
            (Facility, "h/name", Scalar::Null),
            (Facility, "h/class", text("boarding_house")),
            (Facility, "h/unheard_of", Scalar::Bool(true)),
            (Dwelling, "h/house_template", text("tube_row")),
            (Dwelling, "s/state", text("submitted")),
            (Residents, "h/residents", Scalar::Int(11)),
            (Inspection, "h/visit_day", text("1970-01-01")),
            (Inspection, "h/visit_day", text("2199-12-31")),
            (Facility, "h/reinspect_on", text("2027-01-04")),
            (Inspection, "h/clock_off_ms", Scalar::Int(-315_360_000_000)),
            (Inspection, "h/started_at", Scalar::Int(0)),
            (Inspection, "h/latitude", Scalar::Number(21.02)),
            (Inspection, "h/purpose", text("correction")),
            (Inspection, "s/state", text("discarded")),
        ];
        for (kind, key, value) in fits {
            assert_eq!(check(kind, key, &value), Ok(()), "{kind:?} {key} {value:?}");
        }
        let strangers = [
            (Facility, "h/storeys", Scalar::Int(-1)),
            (Facility, "h/storeys", Scalar::Number(1.5)),
            (Facility, "h/storeys", Scalar::Int(0)),
            (Facility, "h/storeys", Scalar::Int(101)),
            (Facility, "h/name", Scalar::Int(1)),
            (Facility, "h/name", text(&"ệ".repeat(201))),
            (Facility, "h/class", text("castle")),
            (Facility, "h/latitude", Scalar::Number(90.5)),
            (Facility, "s/state", text("submitted")),
            (Dwelling, "h/storeys", text("chín")),
            (Dwelling, "h/storeys", Scalar::Int(-99_999)),
            (Dwelling, "h/house_template", text("castle")),
            (Dwelling, "h/started_at", Scalar::Int(1 << 52)),
            (Dwelling, "h/started_at", text("hôm qua")),
            (Dwelling, "s/state", text("approved")),
            (Dwelling, "s/state", Scalar::Int(5)),
            (Residents, "h/residents", Scalar::Int(501)),
            (Residents, "h/head_name", Scalar::Bool(true)),
            (Inspection, "h/visit_day", text("1900-01-01")),
            (Inspection, "h/visit_day", text("2200-01-01")),
            (Inspection, "h/clock_off_ms", Scalar::Int((1 << 53) - 1)),
            (Facility, "h/reinspect_on", text("9999-12-31")),
            (Inspection, "h/started_at", Scalar::Int(-1)),
            (Inspection, "h/started_at", Scalar::Int(253_402_275_599_999)),
            (Inspection, "h/position_source", text("guessed")),
            (Inspection, "s/state", text("approved")),
            (Review, "s/state", text("approved")),
        ];
        for (kind, key, value) in strangers {
            assert!(check(kind, key, &value).is_err(), "{kind:?} {key} {value:?}");
        }
    }
    #[test]
    fn what_a_statement_tells_of_time_and_place_can_be() {
        let told = |detail: &FindingDetail| check_told("f/ESC-01/detail", detail).is_ok();
        let by = PersonId::from_bytes([1; 16]);
        let due = |at: i64, deadline: &str| FindingDetail {
            severity: Severity::Major,
            remedy: "Tháo khóa".into(),
            deadline: Some(deadline.parse().expect("a day")),
            at: UtcMillis(at),
            by,
            origin: None,
        };
        assert!(told(&due(0, "1970-01-01")) && told(&due(LAST_MILLIS, "2199-12-31")));
        for (at, deadline) in
            [(9_000_000_000_000_000, "2026-12-01"), (-1, "2026-12-01"), (1, "0001-01-01"), (1, "9999-12-31")]
        {
            assert!(!told(&due(at, deadline)), "{at} {deadline}");
        }
        let answered = |answer: Answer| {
            let said = ItemAnswer::new(Some(answer), String::new(), UtcMillis(1), by);
            check_told("i/ESC-01", &said)
        };
        assert_eq!(answered(Answer::Date(date(1897, 5, 1))), Ok(()), "a house from before its clocks");
        assert!(answered(Answer::Date(date(-1, 5, 1))).is_err());
        let place = |latitude| Position { latitude, longitude: 105.8, accuracy_m: None, source: PositionSource::Photo };
        assert_eq!(answered(Answer::Geo(place(21.0))), Ok(()));
        let nowhere = answered(Answer::Geo(place(999.0))).expect_err("nowhere");
        assert!(matches!(nowhere, GuardError::Impossible { place: true, member: "answer", .. }), "{nowhere}");
    }
}
