//! Words of a command line as values: codes, places, days, answers, fields.
//!
//! Invariant: what cannot be read is answered with the right form, which [`super::usage`] says in both languages.

use ancu_field::records::facility::Place;
use ancu_shared::reading;
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::record::measured::Vertex;
use ancu_shared::record::register::{Answer, Verdict};
use ancu_shared::record::value::{OperationId, Scalar};
use ancu_shared::template::TemplateRef;

/// An answer, or taking it back.
#[derive(Debug, Clone)]
pub(super) struct Given(pub(super) Option<Answer>);

pub(super) fn class(text: &str) -> Result<FacilityClass, String> {
    let codes = || FacilityClass::ALL.map(FacilityClass::code).join(", ");
    FacilityClass::from_code(text).ok_or_else(codes)
}

pub(super) fn place(text: &str) -> Result<Place, String> {
    let (north, east) = text.split_once(',').ok_or("latitude,longitude")?;
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| "latitude,longitude");
    Ok(Place { latitude: number(north)?, longitude: number(east)? })
}

/// A word that is a code: `major`, `approved`; where it is none, those that there are.
pub(super) fn json<T: serde::de::DeserializeOwned>(code: &str) -> Result<T, String> {
    reading::choice(code).map_err(|choices| choices.join(", "))
}

pub(super) fn day(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse().map_err(|_| "YYYY-MM-DD, 2026-12-31".to_owned())
}

pub(super) fn json_text<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

const ANSWER: &str = r#"pass, fail, na, none, 2.4, {"kind":"text","value":"…"}"#;

pub(super) fn answer(text: &str) -> Result<Given, String> {
    let answer = match text {
        "pass" => Answer::Verdict(Verdict::Pass),
        "fail" => Answer::Verdict(Verdict::Fail),
        "na" | "not_applicable" => Answer::Verdict(Verdict::NotApplicable),
        "none" | "null" => return Ok(Given(None)),
        number if number.parse::<f64>().is_ok_and(f64::is_finite) => {
            Answer::Number(number.parse().map_err(|_| ANSWER)?)
        }
        other => json_text(other).map_err(|_| ANSWER)?,
    };
    Ok(Given(Some(answer)))
}

/// The corners of a line.
#[derive(Debug, Clone)]
pub(super) struct Vertices(pub(super) Vec<Vertex>);

pub(super) fn vertices(text: &str) -> Result<Vertices, String> {
    json_text(text).map(Vertices).map_err(|_| "[[21.01, 105.82, 4], [21.02, 105.82, null]]".to_owned())
}

pub(super) fn pair(text: &str) -> Result<(String, Scalar), String> {
    const WORDS: [&str; 3] = ["house_number", "lane", "head_phone"];
    let (name, value) = text.split_once('=').ok_or("field=value")?;
    let scalar = match (value, value.parse::<i64>(), value.parse::<f64>()) {
        ("", ..) => Scalar::Null,
        _ if WORDS.contains(&name) || ["sub_lane", "alley", "residential_group", "street", "name"].contains(&name) => {
            Scalar::from(value)
        }
        (_, Ok(whole), _) => Scalar::Int(whole),
        (_, _, Ok(number)) => Scalar::Number(number),
        _ => Scalar::from(value),
    };
    Ok((name.to_owned(), scalar))
}

pub(super) fn template(text: &str) -> Result<TemplateRef, String> {
    let (code, version) = text.split_once('@').ok_or("code@version")?;
    Ok(TemplateRef { code: code.to_owned(), version: version.to_owned() })
}

pub(super) fn operation(text: &str) -> Result<OperationId, String> {
    let (counter, actor) = text.split_once('@').ok_or("counter@actor")?;
    let counter = counter.parse().map_err(|_| "counter@actor")?;
    Ok(OperationId { counter, actor: actor.parse().map_err(|_| "counter@actor")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_answers_are_read() {
        for (text, expected) in [
            ("pass", Some(Answer::Verdict(Verdict::Pass))),
            ("na", Some(Answer::Verdict(Verdict::NotApplicable))),
            ("2.4", Some(Answer::Number(2.4))),
            ("-1", Some(Answer::Number(-1.0))),
            ("none", None),
            (r#"{"kind":"text","value":"Cửa khóa"}"#, Some(Answer::Text("Cửa khóa".into()))),
        ] {
            assert_eq!(answer(text).map(|given| given.0), Ok(expected), "{text}");
        }
        assert!(answer("maybe").is_err());
    }

    #[test]
    fn fields_are_numbers_where_they_look_so_and_house_numbers_never() {
        assert_eq!(pair("storeys=6"), Ok(("storeys".into(), Scalar::Int(6))));
        assert_eq!(pair("latitude=20.99"), Ok(("latitude".into(), Scalar::Number(20.99))));
        assert_eq!(pair("house_number=37"), Ok(("house_number".into(), Scalar::from("37"))));
        assert_eq!(pair("note="), Ok(("note".into(), Scalar::Null)));
        assert!(pair("name").is_err());
    }
}
