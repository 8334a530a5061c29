//! What the operations of one change may say in a record of a kind, in whose name.
//!
//! Invariant: a statement names its author truthfully (`by` is the person who signs the envelope), reads as its type, and a
//! seal stands in a change of its own. The device runs this before it commits, the server before it admits: an honest
//! device is never refused.
//!
//! What this module does not know: templates, rights, history.

use serde_json::Value;
use unicode_normalization::is_nfc;

use super::guard::{self, GuardError, Operation};
use crate::id::{DocumentId, EnvelopeId, PersonId};
use crate::record::RecordKind;
use crate::record::attendance::{Attendee, ConclusionStatement};
use crate::record::choice;
use crate::record::facility::{field, state};
use crate::record::fields;
use crate::record::given_up::GivenUp;
use crate::record::key::Key;
use crate::record::measure::MeasureEvent;
use crate::record::register::{
    DecisionStatement, FindingDetail, ItemAnswer, PhotoDetail, Register, RegisterError, SealStatement, ThreadMessage,
};
use crate::record::remediation::FindingEvent;
use crate::record::value::Scalar;
use crate::record::visit;
use crate::view::build::review::{REPLY, reply_key};

/// The finding's field that holds a [`FindingDetail`].
pub const FINDING_DETAIL: &str = "detail";
/// The state of a finished inspection.
pub const COMPLETED: &str = "completed";

/// Checks what one change's operations say: keys of the kind, statements of their types in this person's name, seals whole.
pub fn validate_operations(kind: RecordKind, operations: &[Operation], person: PersonId) -> Result<(), GuardError> {
    guard::check_keys(operations, kind)?;
    for operation in operations {
        let key = Key::parse(&operation.key).map_err(|error| GuardError::Key(error.0))?;
        match &operation.put {
            Some(value) => validate_put(&key, value, person)?,
            None if matches!(key, Key::Seal(_) | Key::Thread(..) | Key::Event(..) | Key::Measure(..)) => {
                return Err(wrong(&key, "cannot be taken away"));
            }
            None => {}
        }
        let origin = operation.put.as_ref().and_then(choice::origin);
        if origin.is_some_and(|origin| !operation.replaces.contains(&origin.operation)) {
            return Err(wrong(&key, "an origin that the put does not replace"));
        }
        if matches!(key, Key::Thread(..) | Key::Event(..) | Key::Measure(..)) && !operation.replaces.is_empty() {
            return Err(wrong(&key, "words once said are not replaced"));
        }
    }
    validate_seal(kind, operations)
}

/// The links of a kind of record: header fields that name another record.
const fn links(kind: RecordKind) -> &'static [&'static str] {
    match kind {
        RecordKind::Facility => &[],
        RecordKind::Inspection => &[field::FACILITY, field::SUPPLEMENT_OF],
        RecordKind::Dwelling | RecordKind::Enforcement => &[field::FACILITY],
        RecordKind::Residents => &[field::FACILITY, field::DWELLING],
        RecordKind::Review => &[field::SUBJECT],
        RecordKind::Remediation => &[field::SUBJECT, field::FACILITY],
    }
}

/// Header fields that only a beginning of an inspection says, besides which visit it is: when, why, by which checklist and
/// law it is made. Who could say them again could take a colleague's checklist away.
pub const BEGUN_WITH: [&str; 6] = [
    field::STARTED_AT,
    field::STARTED_RUNNING,
    field::TEMPLATE_VERSION,
    field::TEMPLATE_REASON,
    field::RULE_SET,
    field::PURPOSE,
];

/// Whether a key is said where a record begins and never again: its links and, of an inspection, which visit it is and what
/// it is begun with.
pub fn is_said_once(kind: RecordKind, key: &Key) -> bool {
    let Key::Header(name) = key else { return false };
    let begun = kind == RecordKind::Inspection
        && (visit::BOUND.contains(&name.as_str()) || BEGUN_WITH.contains(&name.as_str()));
    begun || links(kind).contains(&name.as_str())
}

/// Checks that links stand only where a record begins (`first`: the change builds on nothing), each once, and are never
/// taken away: what a record belongs to never changes. Without that, whoever may write in a record could hang it under
/// another, or two under each other.
pub fn validate_links(kind: RecordKind, operations: &[Operation], first: bool) -> Result<(), GuardError> {
    let mut seen: Vec<&str> = Vec::new();
    // Only a header's field is a link.
    for operation in operations.iter().filter(|operation| operation.key.starts_with("h/")) {
        let key = Key::parse(&operation.key).map_err(|error| GuardError::Key(error.0))?;
        let Key::Header(name) = &key else { continue };
        if !matches!(name.as_str(), field::FACILITY | field::SUPPLEMENT_OF | field::SUBJECT | field::DWELLING) {
            continue;
        }
        if !links(kind).contains(&name.as_str()) {
            return Err(wrong(&key, "a record of this kind has no such link"));
        }
        if !first || seen.contains(&operation.key.as_str()) {
            return Err(wrong(&key, "a link is written once, in the first change"));
        }
        if operation.put.as_ref().is_none_or(Scalar::is_tombstone) {
            return Err(wrong(&key, "a link names a record"));
        }
        seen.push(&operation.key);
    }
    Ok(())
}

/// Checks one value for its key, as [`validate_operations`] does.
pub fn validate_put(key: &Key, value: &Scalar, person: PersonId) -> Result<(), GuardError> {
    guard::check_scalar(&key.to_string(), value)?;
    if value.is_tombstone() {
        return match key {
            Key::Seal(_) | Key::Thread(..) | Key::Event(..) | Key::Measure(..) => {
                Err(wrong(key, "cannot be taken away"))
            }
            _ => Ok(()),
        };
    }
    match key {
        Key::Item(_) => register::<ItemAnswer>(key, value, person, |register| register.by),
        Key::Photo(_, photo) => {
            register::<PhotoDetail>(key, value, person, |register| register.by)?;
            match PhotoDetail::from_scalar(value) {
                Ok(detail) if detail.hash != *photo => Err(wrong(key, "the photo of another key")),
                Ok(detail) if !detail.is_drawn_well() => Err(wrong(key, "marks beside the photo, or too many")),
                _ => Ok(()),
            }
        }
        Key::Finding(_, name) if name == FINDING_DETAIL => {
            register::<FindingDetail>(key, value, person, |register| register.by)
        }
        Key::Finding(item, name) if name.starts_with(REPLY) => {
            if *key != reply_key(item, person) {
                return Err(GuardError::Person(key.to_string()));
            }
            register::<ThreadMessage>(key, value, person, |register| register.by)
        }
        Key::Seal(_) => register::<SealStatement>(key, value, person, |register| register.by),
        Key::Thread(..) => register::<ThreadMessage>(key, value, person, |register| register.by),
        Key::Event(..) => {
            register::<FindingEvent>(key, value, person, |register| register.by)?;
            // A newer version's is kept unread.
            let lacking = FindingEvent::from_scalar(value).ok().and_then(|event| event.lacking());
            lacking.map_or(Ok(()), |lacking| Err(wrong(key, &format!("a step without its {lacking}"))))
        }
        Key::Measure(..) => {
            register::<MeasureEvent>(key, value, person, |register| register.by)?;
            // A newer version's is kept unread.
            let lacking = MeasureEvent::from_scalar(value).ok().and_then(|event| {
                // What needs to know the measure is asked where it is known: by who notes the step.
                event.instrument.and_then(|instrument| event.lacking(instrument))
            });
            lacking.map_or(Ok(()), |lacking| Err(wrong(key, &format!("a step without a right {lacking}"))))
        }
        Key::State(name) if name == state::DECISION => {
            register::<DecisionStatement>(key, value, person, |register| register.by)
        }
        Key::Attendee(_) => {
            register::<Attendee>(key, value, person, |register| register.by)?;
            // A newer version's is kept unread.
            let lacking = Attendee::from_scalar(value).ok().and_then(|attendee| attendee.lacking());
            lacking
                .map_or(Ok(()), |lacking| Err(wrong(key, &format!("somebody who attended, without a right {lacking}"))))
        }
        Key::State(name) if name == state::CONCLUSION => {
            register::<ConclusionStatement>(key, value, person, |register| register.by)
        }
        Key::State(name) if name == state::GIVEN_UP => given_up(key, value, person),
        Key::State(_) => text(key, value, |_| true),
        Key::Header(name) => match name.as_str() {
            field::SCHEMA if value.as_int().is_none_or(|version| version < 1) => {
                Err(wrong(key, "a schema version is a whole number from 1"))
            }
            field::FACILITY | field::SUPPLEMENT_OF | field::SUBJECT | field::DWELLING => {
                text(key, value, |id| id.parse::<DocumentId>().is_ok_and(|parsed| parsed.to_string() == id))
            }
            field::SUBJECT_KIND => text(key, value, |code| RecordKind::from_code(code).is_some()),
            field::VISIT_DAY | field::REINSPECT_ON => text(key, value, |day| visit::day(day).is_some()),
            field::VISIT_NUMBER if value.as_int().and_then(visit::number).is_none() => {
                Err(wrong(key, "a visit's number is a whole number from 1"))
            }
            field::CLOCK_OFF if value.as_int().is_none() => {
                Err(wrong(key, "how far a clock was off is a whole number of milliseconds"))
            }
            field::CARRIES => text(key, value, |ids| carried(ids).is_some()),
            field::SIGNED_APART => register::<SealStatement>(key, value, person, |register| register.by),
            field::GIVEN_UP_APART => given_up(key, value, person),
            _ => Ok(()),
        },
        Key::Finding(..) | Key::Repeat(..) => Ok(()),
    }
}

fn given_up(key: &Key, value: &Scalar, person: PersonId) -> Result<(), GuardError> {
    register::<GivenUp>(key, value, person, |register| register.by)?;
    // A newer version's is kept unread.
    let lacking = GivenUp::from_scalar(value).ok().and_then(|given_up| given_up.lacking());
    lacking.map_or(Ok(()), |lacking| Err(wrong(key, &format!("a reason without its {lacking}"))))
}

/// The envelopes that a supplement's `h/carries` names; `None` where the text is not of its form.
pub fn carried(ids: &str) -> Option<Vec<EnvelopeId>> {
    let id = |text: &str| text.parse::<EnvelopeId>().ok().filter(|id| id.to_string() == text);
    ids.split(' ').map(id).collect()
}

/// A seal and the state `completed` stand together, alone, in one change.
fn validate_seal(kind: RecordKind, operations: &[Operation]) -> Result<(), GuardError> {
    let seals = operations.iter().filter(|operation| operation.key.starts_with("g/")).count();
    let state_key = Key::State(state::STATE.to_owned());
    let completed = kind == RecordKind::Inspection
        && operations.iter().any(|operation| {
            operation.key == state_key.to_string()
                && operation.put.as_ref().and_then(Scalar::as_text) == Some(COMPLETED)
        });
    match (seals, completed) {
        (0, false) => Ok(()),
        (1, true) if operations.len() == 2 => Ok(()),
        _ => Err(wrong(&state_key, "finishing is one change of a seal and the state, and nothing else")),
    }
}

fn wrong(key: &Key, reason: &str) -> GuardError {
    GuardError::Value { key: key.to_string(), reason: reason.to_owned() }
}

fn text(key: &Key, value: &Scalar, fits: impl Fn(&str) -> bool) -> Result<(), GuardError> {
    match value.as_text() {
        Some(text) if fits(text) => Ok(()),
        Some(_) => Err(wrong(key, "the text is not of its form")),
        None => Err(wrong(key, "not a text")),
    }
}

/// Checks that a value reads as its register, or is a newer version's, and is in this person's name.
fn register<T: Register>(
    key: &Key,
    value: &Scalar,
    person: PersonId,
    by: impl Fn(&T) -> PersonId,
) -> Result<(), GuardError> {
    let named = match T::from_scalar(value) {
        Ok(register) => {
            fields::check_told(&key.to_string(), &register)?;
            by(&register) == person
        }
        // A newer version is kept unread, but not in another's name: every version names its writer as `by` or `b`.
        Err(RegisterError::Newer(_)) => {
            let json: Value = serde_json::from_str(value.as_text().unwrap_or_default()).unwrap_or_default();
            let named = [json.get("by"), json.get("b")];
            let person = person.to_string();
            named.iter().any(Option::is_some)
                && named.into_iter().flatten().all(|name| name.as_str() == Some(person.as_str()))
        }
        Err(RegisterError::Malformed(reason)) => return Err(wrong(key, &reason)),
    };
    if !named {
        return Err(GuardError::Person(key.to_string()));
    }
    // Only an escape can hide text outside NFC from the check of the whole.
    let escaped = value.as_text().filter(|text| text.contains("\\u"));
    if escaped.is_some_and(|text| serde_json::from_str(text).is_ok_and(|json: Value| !all_nfc(&json))) {
        return Err(wrong(key, "the text is not in NFC"));
    }
    Ok(())
}

fn all_nfc(json: &Value) -> bool {
    match json {
        Value::String(text) => is_nfc(text),
        Value::Array(values) => values.iter().all(all_nfc),
        Value::Object(members) => members.iter().all(|(name, value)| is_nfc(name) && all_nfc(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}
