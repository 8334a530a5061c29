//! Functions about characters: XPath 1.0, section 4.2, and the specification's additions.
//!
//! Positions count characters (Unicode scalar values), so a Vietnamese letter in NFC is one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

use super::super::limits;
use super::{EvaluationError, Function, Given, Value};

pub(super) fn call(function: Function, given: &mut Given<'_, '_>) -> Result<Value, EvaluationError> {
    Ok(match function {
        Function::String => given.text(0).into(),
        Function::Concat => joined(given, "", 0)?,
        Function::Join => {
            let separator = given.text(0);
            joined(given, &separator, 1)?
        }
        Function::StartsWith => given.text(0).starts_with(&given.text(1)).into(),
        Function::EndsWith => given.text(0).ends_with(&given.text(1)).into(),
        Function::Contains => given.text(0).contains(&given.text(1)).into(),
        Function::SubstringBefore => {
            let text = given.text(0);
            text.split_once(&given.text(1)).map_or("", |(before, _)| before).into()
        }
        Function::SubstringAfter => {
            let text = given.text(0);
            text.split_once(&given.text(1)).map_or("", |(_, after)| after).into()
        }
        Function::Substring => substring(given),
        Function::Substr => slice(given),
        Function::StringLength => Value::Number(given.text(0).chars().count() as f64),
        Function::NormalizeSpace => {
            let text = given.text(0);
            let words = text.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
            words.collect::<Vec<_>>().join(" ").into()
        }
        Function::Translate => translate(&given.text(0), &given.text(1), &given.text(2)),
        Function::Regex => matches(given)?,
        Function::Digest => digest(given)?,
        _ => {
            let text = given.text(0);
            let bytes = STANDARD.decode(text.trim()).unwrap_or_default();
            String::from_utf8(bytes).unwrap_or_default().into()
        }
    })
}

fn joined(given: &mut Given<'_, '_>, separator: &str, from: usize) -> Result<Value, EvaluationError> {
    let mut text = String::new();
    for (at, value) in given.spread(from).iter().enumerate() {
        if at > 0 {
            text.push_str(separator);
        }
        let part = given.evaluation.text_of(value);
        given.evaluation.budget.spend((separator.len() + part.len()) as u64)?;
        text.push_str(&part);
    }
    Ok(text.into())
}

/// XPath's `substring`: positions from 1, rounded, infinities and NaN as IEEE 754 has them.
fn substring(given: &Given<'_, '_>) -> Value {
    let round = |number: f64| (number + 0.5).floor();
    let start = round(given.number(1));
    let end = if given.len() > 2 { start + round(given.number(2)) } else { f64::INFINITY };
    let text = given.text(0);
    let kept = text.chars().enumerate().filter(|(at, _)| {
        let position = *at as f64 + 1.0;
        position >= start && position < end
    });
    kept.map(|(_, character)| character).collect::<String>().into()
}

/// `substr`: positions from 0, the end left out, negative ones counted from the end.
fn slice(given: &Given<'_, '_>) -> Value {
    let text: Vec<char> = given.text(0).chars().collect();
    let place = |number: f64| {
        let from_start = if number < 0.0 { text.len() as f64 + number } else { number };
        if from_start.is_nan() { 0 } else { from_start.clamp(0.0, text.len() as f64) as usize }
    };
    let start = place(given.number(1));
    let end = if given.len() > 2 { place(given.number(2)) } else { text.len() };
    text.get(start..end).unwrap_or_default().iter().collect::<String>().into()
}

fn translate(text: &str, from: &str, to: &str) -> Value {
    let to: Vec<char> = to.chars().collect();
    let replace = |character: char| match from.chars().position(|wanted| wanted == character) {
        Some(at) => to.get(at).copied(),
        None => Some(character),
    };
    text.chars().filter_map(replace).collect::<String>().into()
}

/// The pattern may match anywhere in the text; linear in the text's length, so no pattern hangs.
fn matches(given: &Given<'_, '_>) -> Result<Value, EvaluationError> {
    let compiled = regex::RegexBuilder::new(&given.text(1)).size_limit(limits::PATTERN_BYTES).build();
    let pattern = compiled.map_err(|error| given.wrong(first_words(&error)))?;
    Ok(pattern.is_match(&given.text(0)).into())
}

fn first_words(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
        other => {
            let text = other.to_string();
            text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    }
}

fn digest(given: &Given<'_, '_>) -> Result<Value, EvaluationError> {
    let text = given.text(0);
    let bytes = match given.text(1).to_ascii_lowercase().as_str() {
        "md5" => md5::Md5::digest(&text).to_vec(),
        "sha-1" => sha1::Sha1::digest(&text).to_vec(),
        "sha-256" => sha2::Sha256::digest(&text).to_vec(),
        "sha-384" => sha2::Sha384::digest(&text).to_vec(),
        "sha-512" => sha2::Sha512::digest(&text).to_vec(),
        other => return Err(given.wrong(format!("no algorithm «{other}»"))),
    };
    let encoding = if given.len() > 2 { given.text(2).to_ascii_lowercase() } else { String::new() };
    match encoding.as_str() {
        "" | "base64" => Ok(STANDARD.encode(bytes).into()),
        "hex" => Ok(hex::encode(bytes).into()),
        other => Err(given.wrong(format!("no encoding «{other}»"))),
    }
}
