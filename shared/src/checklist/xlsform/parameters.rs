//! The column «parameters»: `key=value key=value`.

use std::collections::BTreeMap;

use super::Findings;
use super::fault::{Fault, Place};
use super::kind::{From, Kind};

/// Parameters by name.
pub(super) type Parameters = BTreeMap<String, String>;

/// Reads the cell; None if it cannot be read. Names and values are in lower case, but for the columns of a file.
fn read(text: &str) -> Option<Parameters> {
    let mut parameters = Parameters::new();
    let is_between = |character: char| character.is_whitespace() || matches!(character, ',' | ';');
    // A sign with space around it is still a sign.
    let spaced = text.replace('=', " = ");
    let mut words = spaced.split(is_between).filter(|word| !word.is_empty());
    while let Some(name) = words.next() {
        let (sign, value) = (words.next()?, words.next()?);
        if name == "=" || sign != "=" || value == "=" {
            return None;
        }
        let name = name.to_lowercase();
        let value = if matches!(name.as_str(), "label" | "value") { value.to_owned() } else { value.to_lowercase() };
        parameters.insert(name, value);
    }
    Some(parameters)
}

/// Reads and checks the cell of a question.
pub(super) fn check(text: &str, kind: Option<&Kind>, place: &Place, findings: &mut Findings) -> Parameters {
    let Some(parameters) = read(text) else {
        findings.add(place.clone(), Fault::ParametersUnreadable);
        return Parameters::new();
    };
    let Some(known) = kind.and_then(known) else { return parameters };
    for (name, value) in &parameters {
        if !known.contains(&name.as_str()) {
            let known = known.join(", ");
            findings.add(place.clone(), Fault::UnknownParameter { name: name.clone(), known });
        } else if !is_value(name, value, kind) {
            findings.add(place.clone(), Fault::ParameterValue { name: name.clone(), value: value.clone() });
        }
    }
    let wrong = |name: &str| Fault::ParameterValue {
        name: name.to_owned(),
        value: parameters.get(name).cloned().unwrap_or_default(),
    };
    if parameters.contains_key("seed") && !parameters.contains_key("randomize") {
        findings.add(place.clone(), wrong("seed"));
    }
    if kind == Some(&Kind::Range)
        && let Some(name) = range(&parameters)
    {
        findings.add(place.clone(), wrong(name));
    }
    let located = known.iter().filter(|name| name.starts_with("location-"));
    if located.clone().any(|name| parameters.contains_key(*name)) {
        for missing in located.filter(|name| !parameters.contains_key(**name)) {
            findings.add(place.clone(), wrong(missing));
        }
    }
    parameters
}

/// The parameters of a type; None if it takes any, as the reference converter lets it.
fn known(kind: &Kind) -> Option<&'static [&'static str]> {
    Some(match kind {
        Kind::Text => &["rows"],
        Kind::Image => &["app", "max-pixels"],
        Kind::Audio => &["quality"],
        Kind::Background(name) if name == "background-audio" => &["quality"],
        Kind::Background(name) if name == "audit" => &[
            "identify-user",
            "location-max-age",
            "location-min-interval",
            "location-priority",
            "track-changes",
            "track-changes-reasons",
        ],
        Kind::Geopoint => &["allow-mock-accuracy", "capture-accuracy", "reference-geometry", "warning-accuracy"],
        Kind::Geotrace | Kind::Geoshape => &["allow-mock-accuracy", "incremental", "reference-geometry"],
        Kind::Range => &["end", "placeholder", "start", "step", "tick_interval", "tick_labelset"],
        Kind::SelectOne(source) | Kind::SelectMultiple(source) | Kind::Rank(source) => match source.from {
            From::File => &["label", "randomize", "seed", "value"],
            _ => &["randomize", "seed"],
        },
        _ => return None,
    })
}

fn is_value(name: &str, value: &str, kind: Option<&Kind>) -> bool {
    let number = || value.parse::<f64>().is_ok_and(f64::is_finite);
    match name {
        "randomize" | "allow-mock-accuracy" | "track-changes" | "identify-user" => matches!(value, "true" | "false"),
        "incremental" => matches!(value, "true" | "yes" | "true()"),
        "track-changes-reasons" => value == "on-form-edit",
        "location-priority" => matches!(value, "no-power" | "low-power" | "balanced" | "high-accuracy"),
        "location-min-interval" | "location-max-age" => value.parse::<u64>().is_ok(),
        "rows" | "max-pixels" => value.parse::<i64>().is_ok(),
        "quality" => {
            let external = matches!(kind, Some(Kind::Audio)) && value == "external";
            external || matches!(value, "voice-only" | "low" | "normal")
        }
        "seed" => number() || value.starts_with("${"),
        "start" | "end" | "step" | "tick_interval" | "placeholder" | "capture-accuracy" | "warning-accuracy" => {
            number()
        }
        _ => true,
    }
}

/// The name of a parameter that makes no scale.
fn range(parameters: &Parameters) -> Option<&'static str> {
    let number = |name: &str| parameters.get(name).and_then(|value| value.parse::<f64>().ok());
    let start = number("start").unwrap_or(1.0);
    let end = number("end").unwrap_or(10.0);
    let step = number("step").unwrap_or(1.0);
    let width = (end - start).abs();
    let is_multiple = |value: f64| ((value / step) - (value / step).round()).abs() < 1e-9;
    if step == 0.0 || step > width {
        return Some("step");
    }
    if let Some(tick) = number("tick_interval")
        && (tick == 0.0 || tick > width || !is_multiple(tick))
    {
        return Some("tick_interval");
    }
    if let Some(placeholder) = number("placeholder")
        && (!is_multiple(placeholder - start) || placeholder < start.min(end) || placeholder > start.max(end))
    {
        return Some("placeholder");
    }
    None
}
