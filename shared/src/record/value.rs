//! The scalar values that a record may hold, and a record's cells.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::UtcMillis;
use crate::id::ActorId;

/// The longest string a record may hold, in bytes.
pub const MAX_STRING_BYTES: usize = 16 * 1024;

/// One scalar at one key. `Null` is a tombstone: the field was taken away.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
#[serde(untagged)]
pub enum Scalar {
    /// Taken away.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(#[ts(type = "number")] i64),
    /// A finite number.
    Number(f64),
    /// Text in NFC of at most [`MAX_STRING_BYTES`].
    Text(String),
}

impl Scalar {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, whole or not, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(whole) => Some(*whole as f64),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(whole) = self { Some(*whole) } else { None }
    }

    /// As stores keep it: JSON. Whole and fractional numbers stay apart (`2` and `2.0`).
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a scalar serialises")
    }

    /// Reads what [`Scalar::to_json`] wrote, to the last digit (serde_json's `float_roundtrip`).
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Whether the field was taken away.
    pub fn is_tombstone(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// By hand: a whole number is a number too, so of one case for each variant two would fit.
impl utoipa::PartialSchema for Scalar {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        let types = SchemaType::Array(vec![Type::Null, Type::Boolean, Type::Number, Type::String]);
        let scalar = ObjectBuilder::new().schema_type(types);
        scalar.description(Some("One scalar at one key. Null: the field was taken away.")).into()
    }
}

impl utoipa::ToSchema for Scalar {}

/// By hand: serde's own reading of an untagged enum tries one variant after the other and words an error, with the whole
/// text in it, for each that does not fit. Every cell that is read would pay for that.
impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a truth value, a number or text")
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_none<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(truth))
    }

    fn visit_i64<E>(self, whole: i64) -> Result<Scalar, E> {
        Ok(Scalar::Int(whole))
    }

    fn visit_u64<E>(self, whole: u64) -> Result<Scalar, E> {
        Ok(i64::try_from(whole).map_or(Scalar::Number(whole as f64), Scalar::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(text))
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Scalar {
    fn from(whole: i64) -> Self {
        Self::Int(whole)
    }
}

impl From<bool> for Scalar {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<f64> for Scalar {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

/// Names one put: Automerge's operation counter and actor. The greatest of a key's live puts is the value shown.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
pub struct OperationId {
    /// Lamport counter, from 1.
    #[ts(type = "number")]
    pub counter: u64,
    /// Who put it.
    pub actor: ActorId,
}

/// One live put of a record: a value that no later put has seen and replaced. Two cells with one key are a clash.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Key of the grammar in [`super::key`].
    pub key: String,
    /// Which put.
    pub operation: OperationId,
    /// What was put.
    pub value: Scalar,
    /// The writer's clock at the change, UTC milliseconds. Says when; never orders anything.
    pub at: UtcMillis,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededRandom;

    #[test]
    fn every_scalar_reads_back_exactly() {
        let mut random = SeededRandom::new(1);
        let fractions = (0..2_000).map(|_| Scalar::Number(20.9 + random.next_u64() as f64 / u64::MAX as f64));
        let others = [
            Scalar::Null,
            Scalar::Bool(false),
            Scalar::Int(i64::MIN),
            Scalar::Number(2.0),
            Scalar::Number(-1.5e300),
            Scalar::Number(5e-324),
            Scalar::from("12"),
            Scalar::from("Số 37 \"Khương Hạ\""),
        ];
        for scalar in fractions.chain(others) {
            assert_eq!(Scalar::from_json(&scalar.to_json()).expect("read"), scalar);
        }
        for bad in ["", "-inf", "1 2", "{}", "nan"] {
            assert!(Scalar::from_json(bad).is_err(), "{bad}");
        }
    }
}
