//! Why a JSON value cannot be read as a type: what the type itself says, kept as data.
//!
//! Invariant: the choices and fields that are named are those that the type declares; no library's sentence is taken apart
//! for them. What this module does not know: which of a request's values is to blame ([`super`]).

use std::fmt;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, Deserializer, Error, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

/// Why a value cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Complaint {
    /// None of a type's choices.
    #[error("no such choice: `{said}`")]
    Choice {
        /// What stands there.
        said: String,
        /// What could.
        choices: &'static [&'static str],
    },
    /// A part is missing.
    #[error("missing: `{0}`")]
    Missing(&'static str),
    /// A part that the type does not have.
    #[error("unknown: `{said}`")]
    Unknown {
        /// Its name.
        said: String,
        /// The parts that there are.
        known: &'static [&'static str],
    },
    /// A part that stands there twice.
    #[error("twice: `{0}`")]
    Twice(&'static str),
    /// A value of another kind.
    #[error("{said}, not {expected}")]
    Kind {
        /// What stands there, as serde words it.
        said: String,
        /// The kind, as the type words it.
        expected: String,
    },
    /// A type's own words.
    #[error("{0}")]
    Own(String),
}

impl Complaint {
    fn kind(said: &Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Kind { said: said.to_string(), expected: expected.to_string() }
    }
}

impl Error for Complaint {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Self::Own(words.to_string())
    }

    fn invalid_type(said: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::kind(&said, expected)
    }

    fn invalid_value(said: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::kind(&said, expected)
    }

    fn unknown_variant(said: &str, choices: &'static [&'static str]) -> Self {
        Self::Choice { said: said.to_owned(), choices }
    }

    fn unknown_field(said: &str, known: &'static [&'static str]) -> Self {
        Self::Unknown { said: said.to_owned(), known }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Twice(field)
    }
}

/// Reads a value, or says why not.
pub(super) fn read<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, Complaint> {
    T::deserialize(Told(value))
}

/// A value as serde reads it, with our own complaints.
struct Told<'de>(&'de Value);

impl<'de> Told<'de> {
    fn members(
        map: &'de serde_json::Map<String, Value>,
    ) -> MapDeserializer<'de, impl Iterator<Item = (&'de str, Self)>, Complaint> {
        MapDeserializer::new(map.iter().map(|(name, value)| (name.as_str(), Self(value))))
    }
}

impl<'de> IntoDeserializer<'de, Complaint> for Told<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Told<'de> {
    type Error = Complaint;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(whole), ..) => visitor.visit_u64(whole),
                (_, Some(whole), _) => visitor.visit_i64(whole),
                (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.iter().map(Told));
                let read = visitor.visit_seq(&mut items)?;
                items.end().map(|()| read)
            }
            Value::Object(members) => {
                let mut members = Self::members(members);
                let read = visitor.visit_map(&mut members)?;
                members.end().map(|()| read)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Object(members) if members.len() == 1 => {
                MapAccessDeserializer::new(Self::members(members)).deserialize_enum(name, variants, visitor)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}
