//! How a number came about: by what method, with which instrument, along which line. It stands beside the number, in the same
//! statement, so that who reads the record years later knows what the number is worth.
//!
//! Invariants: a number that was walked or drawn keeps the line that it was taken from, and is what that line says; what was
//! measured otherwise has no line. Nothing is assumed: a number without this says nothing of how it was found.

use serde::{Deserialize, Serialize};

use super::register::{Answer, Position, PositionSource};
use crate::error::Problem;
use crate::geometry::{self, Place};
use crate::template::{Input, Item, Words};
use crate::text::free::{self, Shape};

/// The longest name of an instrument, in characters: make, number, day of its last calibration.
pub const MAX_INSTRUMENT_CHARS: usize = 80;
/// The most corners of a line: a statement has to stay small.
pub const MAX_VERTICES: usize = 200;
/// A number that was taken from a line may be rounded so far, in metres or square metres, or by [`ROUNDING`] of it.
const ROUNDED: f64 = 0.51;
/// See [`ROUNDED`].
const ROUNDING: f64 = 0.01;

/// By what method a number was found.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Thước
    Tape,
    /// Máy đo laser
    Laser,
    /// Thiết bị đo khác: áp kế, lưu lượng kế, …
    Instrument,
    /// Đếm tại chỗ
    Counted,
    /// Theo giấy tờ: giấy chứng nhận, giấy phép xây dựng, bản vẽ
    Document,
    /// Theo lời khai của chủ hộ, người đứng đầu cơ sở
    Declared,
    /// Ước lượng bằng mắt
    Estimated,
    /// Chấm trên sơ đồ vị trí
    Map,
    /// Đi bộ theo định vị của máy
    Walked,
}

impl Method {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::Tape,
        Self::Laser,
        Self::Instrument,
        Self::Counted,
        Self::Document,
        Self::Declared,
        Self::Estimated,
        Self::Map,
        Self::Walked,
    ];

    /// Whether the number follows from a line.
    pub fn has_line(self) -> bool {
        matches!(self, Self::Map | Self::Walked)
    }

    /// In words.
    pub fn words(self) -> Words {
        let (vi, en) = match self {
            Self::Tape => ("đo bằng thước", "measured with a tape"),
            Self::Laser => ("đo bằng máy laser", "measured with a laser meter"),
            Self::Instrument => ("đo bằng thiết bị", "measured with an instrument"),
            Self::Counted => ("đếm tại chỗ", "counted on site"),
            Self::Document => ("theo giấy tờ", "from documents"),
            Self::Declared => ("theo lời khai", "as declared"),
            Self::Estimated => ("ước lượng", "estimated"),
            Self::Map => ("chấm trên sơ đồ", "drawn on the plan"),
            Self::Walked => ("đi bộ đo bằng định vị", "walked with the receiver"),
        };
        Words { vi: vi.to_owned(), en: en.to_owned() }
    }
}

/// A corner of a line: degrees north, degrees east, radius of 68 % confidence in metres (`None`: put there by hand). Stored as
/// a list of three, because a line has many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Vertex(pub f64, pub f64, pub Option<f64>);

impl Vertex {
    /// Where it is.
    pub fn place(self) -> Place {
        (self.0, self.1)
    }

    /// As a position.
    pub fn position(self) -> Position {
        let source = if self.2.is_some() { PositionSource::Device } else { PositionSource::Manual };
        Position { latitude: self.0, longitude: self.1, accuracy_m: self.2, source }
    }
}

/// Corners as places.
pub fn places(line: &[Vertex]) -> Vec<Place> {
    line.iter().map(|vertex| vertex.place()).collect()
}

/// How a number came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Measured {
    /// By what method.
    pub method: Method,
    /// Which instrument, NFC: make, number, day of its last calibration; empty if it was not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub instrument: String,
    /// The line that was walked or drawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Vertex>>")]
    pub line: Vec<Vertex>,
}

/// What a line measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// Its length; so many metres are one of the unit.
    Length(f64),
    /// The area inside; so many square metres are one of the unit.
    Area(f64),
}

impl Quantity {
    /// What a line can measure of a question; `None` where it is about something else.
    pub fn of(item: &Item) -> Option<Self> {
        let Input::Number { unit, .. } = &item.input else { return None };
        match unit.vi.trim() {
            "m" => Some(Self::Length(1.0)),
            "km" => Some(Self::Length(1_000.0)),
            "m²" | "m2" => Some(Self::Area(1.0)),
            "ha" => Some(Self::Area(10_000.0)),
            _ => None,
        }
    }

    /// How few corners say anything.
    fn fewest(self) -> usize {
        if matches!(self, Self::Length(_)) { 2 } else { 3 }
    }

    /// What a line measures, in the question's unit.
    fn taken(self, line: &[Vertex]) -> f64 {
        match self {
            Self::Length(unit) => geometry::length_m(&places(line)) / unit,
            Self::Area(unit) => geometry::area_m2(&places(line)) / unit,
        }
    }

    /// Whether a number is what the line says, but for rounding.
    fn fits(self, number: f64, line: &[Vertex]) -> bool {
        let (Self::Length(unit) | Self::Area(unit)) = self;
        let taken = self.taken(line);
        (number - taken).abs() <= (ROUNDED / unit).max(taken * ROUNDING)
    }
}

impl Measured {
    /// Takes what somebody says of a number over, tidied, or says what is wrong with it.
    pub fn checked(mut self, item: &Item, answer: Option<&Answer>) -> Result<Self, Problem> {
        let refuse = |vi: &str, en: &str| Err(Problem::field("measured", vi, en));
        let (Input::Number { .. }, Some(Answer::Number(number))) = (&item.input, answer) else {
            return refuse(
                "Cách đo chỉ ghi kèm một con số. Hãy nhập số trước.",
                "How it was measured stands beside a number only. Enter the number first.",
            );
        };
        self.instrument = free::tidy("instrument", &self.instrument, Shape::Line, MAX_INSTRUMENT_CHARS)?;
        if !self.method.has_line() {
            return if self.line.is_empty() {
                Ok(self)
            } else {
                refuse(
                    "Chỉ số đo bằng đi bộ hoặc trên sơ đồ mới có đường đo kèm theo.",
                    "Only what was walked or drawn on the plan has a line.",
                )
            };
        }
        let Some(quantity) = Quantity::of(item) else {
            return refuse(
                "Mục này không phải khoảng cách hay diện tích nên không đo bằng đi bộ hoặc trên sơ đồ được.",
                "This is neither a distance nor an area, so it cannot be walked or drawn.",
            );
        };
        check_line(&self.line, quantity.fewest())?;
        if self.method == Method::Walked && self.line.iter().any(|vertex| vertex.2.is_none()) {
            return refuse(
                "Đường đi bộ có điểm chấm tay. Hãy ghi cách đo là chấm trên sơ đồ.",
                "A walked line has a corner that was put by hand. Say that it was drawn on the plan.",
            );
        }
        if !quantity.fits(*number, &self.line) {
            return refuse(
                "Con số không khớp với đường đã đo. Hãy lấy lại số từ đường đo, hoặc đổi cách đo.",
                "The number is not what the line says. Take it from the line again, or say how else it was found.",
            );
        }
        Ok(self)
    }
}

/// Refuses a line that is none: too few or too many corners, or a place that is not on Earth.
pub fn check_line(line: &[Vertex], fewest: usize) -> Result<(), Problem> {
    if line.len() < fewest || line.len() > MAX_VERTICES {
        return Err(Problem::field(
            "line",
            &format!("Đường đo cần từ {fewest} đến {MAX_VERTICES} điểm, đang có {}.", line.len()),
            &format!("A line has from {fewest} to {MAX_VERTICES} points; this one has {}.", line.len()),
        ));
    }
    if line.iter().any(|vertex| !super::fields::is_place(&vertex.position())) {
        return Err(Problem::field(
            "line",
            "Đường đo có điểm với tọa độ không hợp lệ. Hãy đo lại.",
            "A point of the line is not valid. Measure again.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::register::Severity;
    use crate::template::{PhotoRule, Rules};

    fn item(unit: &str) -> Item {
        let unit = Words { vi: unit.to_owned(), en: unit.to_owned() };
        Item {
            code: "ACC-01".into(),
            survey: true,
            title: Words::default(),
            hint: Words::default(),
            input: Input::Number { unit, min: None, max: None, whole: false, step: None, threshold: None },
            severity: Severity::Info,
            photo: PhotoRule::Optional,
            required: false,
            remedy: Words::default(),
            citations: Vec::new(),
            rules: Rules::default(),
            suggestion: None,
        }
    }

    fn line() -> Vec<Vertex> {
        // 20 m to the north, 5 m to the east.
        let (north, east) = (20.0 / 111_195.0, 5.0 / (111_195.0 * 21.0_f64.to_radians().cos()));
        let (north, east) = (21.0 + north, 105.8 + east);
        vec![Vertex(21.0, 105.8, Some(4.0)), Vertex(north, 105.8, Some(5.0)), Vertex(north, east, Some(4.0))]
    }

    fn measured(method: Method, line: Vec<Vertex>) -> Measured {
        Measured { method, instrument: "  Thước Laser GLM 50 ".into(), line }
    }

    #[test]
    fn a_number_keeps_how_it_was_found() {
        let answer = Answer::Number(0.8);
        let said = measured(Method::Laser, Vec::new()).checked(&item("m"), Some(&answer)).expect("accepted");
        assert_eq!(said.instrument, "Thước Laser GLM 50");
        let text = serde_json::to_string(&said).expect("JSON");
        assert_eq!(text, r#"{"method":"laser","instrument":"Thước Laser GLM 50"}"#);
        assert!(measured(Method::Tape, Vec::new()).checked(&item("m"), None).is_err(), "nothing was measured");
        let words = Answer::Text("rộng".into());
        assert!(measured(Method::Tape, Vec::new()).checked(&item("m"), Some(&words)).is_err(), "no number");
        assert!(measured(Method::Tape, line()).checked(&item("m"), Some(&answer)).is_err(), "a tape leaves no line");
    }

    #[test]
    fn what_was_walked_is_what_its_line_says() {
        let walked = || measured(Method::Walked, line());
        assert!(walked().checked(&item("m"), Some(&Answer::Number(25.0))).is_ok());
        assert!(walked().checked(&item("m"), Some(&Answer::Number(40.0))).is_err(), "another number");
        assert!(walked().checked(&item("km"), Some(&Answer::Number(0.025))).is_ok());
        assert!(walked().checked(&item("m²"), Some(&Answer::Number(50.0))).is_ok(), "half of 5 m by 20 m");
        assert!(walked().checked(&item("kg"), Some(&Answer::Number(25.0))).is_err(), "nobody walks kilograms");
        let mut by_hand = line();
        by_hand[1].2 = None;
        let said = |method| measured(method, by_hand.clone()).checked(&item("m"), Some(&Answer::Number(25.0)));
        assert!(said(Method::Walked).is_err() && said(Method::Map).is_ok(), "a corner put by hand was not walked");
        let many = vec![Vertex(21.0, 105.8, None); MAX_VERTICES + 1];
        let refused = measured(Method::Map, many).checked(&item("m"), Some(&Answer::Number(0.0)));
        assert!(refused.is_err_and(|problem| problem.vi.contains("200 điểm")));
        let nowhere = vec![Vertex(91.0, 0.0, None), Vertex(21.0, 105.8, None)];
        assert!(measured(Method::Map, nowhere).checked(&item("m"), Some(&Answer::Number(0.0))).is_err());
    }
}
