//! Test vectors of the exchange (`docs/protocol-vectors/`): what another implementation must reproduce byte for byte.
//!
//! Invariant: the same code gives the same files, so a test can tell whether those in the tree are the right ones. Byte strings
//! are hexadecimal; inside a message's `value` they begin with `hex:`, so that they differ from texts.

mod courier;
mod messages;
mod records;

use ciborium::Value;
use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer};

/// Every file: its name, and its content.
pub fn files() -> Vec<(&'static str, String)> {
    vec![
        ("keys.json", text(&records::keys())),
        ("ids.json", text(&records::ids())),
        ("envelopes.json", text(&records::envelopes())),
        ("seals.json", text(&records::seals())),
        ("links.json", text(&messages::links())),
        ("messages.json", text(&messages::messages())),
        ("courier.json", text(&courier::couriers())),
    ]
}

fn text<T: Serialize>(content: &T) -> String {
    let mut text = serde_json::to_string_pretty(content).expect("vectors serialise");
    text.push('\n');
    text
}

/// A CBOR value as JSON, its maps in the order of the encoding.
struct Tree(Value);

impl Tree {
    fn of(cbor: &[u8]) -> Self {
        Self(ciborium::from_reader(cbor).expect("our own CBOR"))
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
            Value::Integer(whole) => i128::from(*whole).serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Bytes(bytes) => serializer.serialize_str(&format!("hex:{}", hex::encode(bytes))),
            Value::Array(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    list.serialize_element(&Self(value.clone()))?;
                }
                list.end()
            }
            Value::Map(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                for (key, value) in pairs {
                    map.serialize_entry(key.as_text().unwrap_or_default(), &Self(value.clone()))?;
                }
                map.end()
            }
            other => Err(serde::ser::Error::custom(format!("no message holds {other:?}"))),
        }
    }
}
