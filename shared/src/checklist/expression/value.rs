//! What an expression yields, and how one kind of value becomes another: XPath 1.0, sections 3.2–3.5 and 4, with dates.

use jiff::tz::TimeZone;

use super::moment::{Moment, read_date};
use super::tree::{NodeId, Tree};

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nodes; in document order unless `randomize()` made them.
    Nodes(Vec<NodeId>),
    /// A number.
    Number(f64),
    /// Characters.
    Text(String),
    /// True or false.
    Boolean(bool),
    /// A date or an instant.
    Moment(Moment),
}

impl Value {
    /// As characters: of nodes, the first one's.
    pub fn to_text(&self, tree: &Tree, zone: &TimeZone) -> String {
        match self {
            Self::Nodes(nodes) => nodes.first().map(|node| tree.text(*node)).unwrap_or_default(),
            Self::Number(number) => number_to_text(*number),
            Self::Text(text) => text.clone(),
            Self::Boolean(boolean) => boolean.to_string(),
            Self::Moment(moment) => moment.written(zone),
        }
    }

    /// As a number: a date is its days since 1970, what is no number is NaN.
    pub fn to_number(&self, tree: &Tree, zone: &TimeZone) -> f64 {
        match self {
            Self::Nodes(nodes) => nodes.first().map_or(f64::NAN, |node| text_to_number(&tree.text(*node), zone)),
            Self::Number(number) => *number,
            Self::Text(text) => text_to_number(text, zone),
            Self::Boolean(boolean) => f64::from(u8::from(*boolean)),
            Self::Moment(moment) => moment.days(),
        }
    }

    /// As true or false: there are nodes; the number is neither zero nor NaN; there are characters; it is a date.
    pub fn to_boolean(&self) -> bool {
        match self {
            Self::Nodes(nodes) => !nodes.is_empty(),
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Boolean(boolean) => *boolean,
            Self::Moment(moment) => matches!(moment, Moment::At(_)),
        }
    }

    /// As a date.
    pub(super) fn to_moment(&self, tree: &Tree, zone: &TimeZone) -> Moment {
        match self {
            Self::Moment(moment) => *moment,
            Self::Number(days) => Moment::from_days(*days),
            Self::Boolean(_) => Moment::Invalid,
            Self::Nodes(_) | Self::Text(_) => Moment::read(&self.to_text(tree, zone), zone),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// XPath's number to string: no exponent, no `-0`.
pub(super) fn number_to_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

/// XPath's string to number, wider by what forms write: an exponent, a plus sign, a date.
pub(super) fn text_to_number(text: &str, zone: &TimeZone) -> f64 {
    let text = text.trim();
    let digits = text.trim_start_matches(['+', '-']);
    if text.len() - digits.len() <= 1 && digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        if let Ok(number) = text.parse() {
            return number;
        }
        return read_date(text, zone).map_or(f64::NAN, Moment::days);
    }
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_characters() {
        let zone = TimeZone::UTC;
        for (text, number) in
            [("12", 12.0), (" 1.5 ", 1.5), (".5", 0.5), ("5.", 5.0), ("-3", -3.0), ("1e3", 1000.0), ("1970-01-03", 2.0)]
        {
            assert_eq!(text_to_number(text, &zone).to_bits(), f64::to_bits(number), "{text}");
        }
        for text in ["", "a", "1a", "--1", "inf", "NaN", "nan", "infinity", ".", "1 2"] {
            assert!(text_to_number(text, &zone).is_nan(), "{text}");
        }
        for (number, text) in [(0.1, "0.1"), (-0.0, "0"), (1e21, "1000000000000000000000"), (1e-7, "0.0000001")] {
            assert_eq!(number_to_text(number), text);
        }
    }
}
