//! Choices: a clash is settled by saying one of its statements again, and what was chosen keeps whose it was.
//!
//! Invariant: who settles signs the choice in their own name, and the register's [`Origin`] names the put that was chosen,
//! who said it first, and when. An origin holds only if its put is one that the choice replaces and says the same: the
//! first is checked from the change alone ([`crate::document::statement`]), the second by admission. So nobody can put words into another's mouth.
//!
//! A review's decision has no origin: whoever settles two decisions decides, and answers for it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::key::Key;
use super::register::{DecisionStatement, FindingDetail, ItemAnswer, PhotoDetail, Register};
use super::value::{OperationId, Scalar};
use crate::clock::UtcMillis;
use crate::id::{ActorId, PersonId};

/// Members of the registers' JSON that say who, when and after whom, not what.
const WHO_AND_WHEN: [&str; 6] = ["t", "b", "at", "by", "o", "e"];

/// Where a statement comes from that was chosen to settle a clash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Origin {
    /// The put that was chosen.
    #[serde(rename = "p")]
    pub operation: OperationId,
    /// Who said it first; another than the put's where that was itself a choice.
    #[serde(rename = "a")]
    pub actor: ActorId,
    /// When it was said first, by that device's clock.
    #[serde(rename = "t")]
    pub at: UtcMillis,
}

/// The origin that a put names. `None` too for what is no register of this version.
pub fn origin(value: &Scalar) -> Option<Origin> {
    #[derive(Deserialize)]
    struct Choice {
        o: Option<Origin>,
    }
    // Nearly every put: no choice, so nothing to read.
    let text = value.as_text().filter(|text| text.starts_with('{') && text.contains("\"o\""))?;
    serde_json::from_str::<Choice>(text).ok()?.o
}

/// The statement of a put, said again by who chose it. What is no register stays as it is: its put says who chose.
pub fn choose(key: &Key, chosen: OperationId, value: &Scalar, by: PersonId, at: UtcMillis) -> Scalar {
    let from = |origin: Option<Origin>, said_at| {
        let first = origin.unwrap_or(Origin { operation: chosen, actor: chosen.actor, at: said_at });
        Some(Origin { operation: chosen, ..first })
    };
    match key {
        Key::Item(_) => mend::<ItemAnswer>(value, |it| {
            it.origin = from(it.origin, it.at);
            // Its first author's device told when that was.
            it.running = None;
            (it.by, it.at) = (by, at);
        }),
        Key::Finding(_, name) if name == "detail" => mend::<FindingDetail>(value, |it| {
            it.origin = from(it.origin, it.at);
            (it.by, it.at) = (by, at);
        }),
        Key::Photo(..) => mend::<PhotoDetail>(value, |it| {
            it.origin = from(it.origin, it.at);
            (it.by, it.at) = (by, at);
        }),
        Key::State(_) => mend::<DecisionStatement>(value, |it| (it.by, it.at) = (by, at)),
        _ => value.clone(),
    }
}

/// The statement as the person's own, without its origin: for saying it again where what was chosen does not stand.
pub fn in_own_words(key: &Key, value: &Scalar, by: PersonId) -> Scalar {
    match key {
        Key::Item(_) => mend::<ItemAnswer>(value, |it| (it.origin, it.by) = (None, by)),
        Key::Finding(_, name) if name == "detail" => mend::<FindingDetail>(value, |it| (it.origin, it.by) = (None, by)),
        Key::Photo(..) => mend::<PhotoDetail>(value, |it| (it.origin, it.by) = (None, by)),
        _ => value.clone(),
    }
}

fn mend<R: Register>(value: &Scalar, change: impl Fn(&mut R)) -> Scalar {
    R::from_scalar(value).map_or_else(
        |_| value.clone(),
        |mut register| {
            change(&mut register);
            register.to_scalar()
        },
    )
}

/// Whether a choice with this origin says what the put at `operation` said, and says truly who said it first and when.
pub fn repeats(key: &str, choice: &Scalar, origin: &Origin, chosen: &Scalar) -> bool {
    let said = Said::of(key, chosen);
    if said == Said::Unreadable || said != Said::of(key, choice) {
        return false;
    }
    let earlier = self::origin(chosen).map_or_else(
        || said_at(chosen).map(|at| (origin.operation.actor, at)),
        |earlier| Some((earlier.actor, earlier.at)),
    );
    earlier == Some((origin.actor, origin.at))
}

/// When a register says that it was said.
fn said_at(value: &Scalar) -> Option<UtcMillis> {
    let json: Value = serde_json::from_str(value.as_text()?).ok()?;
    json.get("t").or_else(|| json.get("at"))?.as_i64().map(UtcMillis)
}

/// What a put says, without who and when.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    /// Damaged, or of a newer program.
    Unreadable,
    /// A plain value.
    Value(Scalar),
    /// A register's content.
    Json(Result<Value, ()>),
}

impl Said {
    pub(crate) fn of(key: &str, value: &Scalar) -> Self {
        if value.is_tombstone() {
            return Self::Value(Scalar::Null);
        }
        match key.split('/').next() {
            Some("i") => Self::register::<ItemAnswer>(value),
            Some("f") => Self::register::<FindingDetail>(value),
            Some("p") => Self::register::<PhotoDetail>(value),
            Some("s") if key.ends_with(super::facility::state::DECISION) => Self::register::<DecisionStatement>(value),
            _ => Self::Value(value.clone()),
        }
    }

    fn register<R: Register>(value: &Scalar) -> Self {
        let Ok(register) = R::from_scalar(value) else { return Self::Unreadable };
        let mut json = serde_json::to_value(register).map_err(|_| ());
        if let Ok(Value::Object(fields)) = &mut json {
            fields.retain(|name, _| !WHO_AND_WHEN.contains(&name.as_str()));
        }
        Self::Json(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::register::{Answer, Verdict};

    fn put(actor: u8, counter: u64) -> OperationId {
        OperationId { counter, actor: ActorId([actor; 16]) }
    }

    fn said(verdict: Verdict, at: i64, by: u8) -> Scalar {
        let answer = Some(Answer::Verdict(verdict));
        let (at, by) = (UtcMillis(at), PersonId::from_bytes([by; 16]));
        ItemAnswer::new(answer, "Cửa khóa".into(), at, by).to_scalar()
    }

    fn key() -> Key {
        Key::Item("ESC-01".into())
    }

    #[test]
    fn a_choice_names_its_chooser_and_keeps_who_said_it_first() {
        let long = said(Verdict::Fail, 5, 1);
        let ha = choose(&key(), put(1, 7), &long, PersonId::from_bytes([2; 16]), UtcMillis(9));
        let register = ItemAnswer::from_scalar(&ha).expect("a register");
        assert_eq!((register.by, register.at), (PersonId::from_bytes([2; 16]), UtcMillis(9)));
        let named = origin(&ha).expect("an origin");
        assert_eq!(named, Origin { operation: put(1, 7), actor: ActorId([1; 16]), at: UtcMillis(5) });
        assert!(repeats("i/ESC-01", &ha, &named, &long));
        // A choice that is chosen again still knows who spoke first.
        let third = choose(&key(), put(2, 9), &ha, PersonId::from_bytes([3; 16]), UtcMillis(11));
        let again = origin(&third).expect("an origin");
        assert_eq!(again, Origin { operation: put(2, 9), ..named });
        assert!(repeats("i/ESC-01", &third, &again, &ha));
        let own = in_own_words(&key(), &third, PersonId::from_bytes([4; 16]));
        assert_eq!(origin(&own), None);
        assert_eq!(ItemAnswer::from_scalar(&own).expect("a register").by, PersonId::from_bytes([4; 16]));
        assert_eq!(Said::of("i/ESC-01", &third), Said::of("i/ESC-01", &long));
    }

    #[test]
    fn words_in_anothers_mouth_do_not_repeat() {
        let long = said(Verdict::Fail, 5, 1);
        let named = Origin { operation: put(1, 7), actor: ActorId([1; 16]), at: UtcMillis(5) };
        let other = said(Verdict::Pass, 9, 2);
        assert!(!repeats("i/ESC-01", &other, &named, &long), "another answer");
        for wrong in [Origin { actor: ActorId([4; 16]), ..named }, Origin { at: UtcMillis(6), ..named }] {
            assert!(!repeats("i/ESC-01", &long, &wrong, &long), "{wrong:?}");
        }
        assert!(!repeats("i/ESC-01", &Scalar::Null, &named, &Scalar::Null), "nothing was said");
    }

    #[test]
    fn an_older_program_reads_a_choice_as_its_choosers_statement() {
        #[derive(Deserialize)]
        struct Older {
            b: PersonId,
            t: UtcMillis,
            n: String,
        }
        let by = PersonId::from_bytes([2; 16]);
        let choice = choose(&key(), put(1, 7), &said(Verdict::Fail, 5, 1), by, UtcMillis(9));
        let text = choice.as_text().expect("text");
        assert!(text.starts_with("{\"v\":1,"), "{text}");
        let older: Older = serde_json::from_str(text).expect("an older program reads it");
        assert_eq!((older.b, older.t, older.n.as_str()), (by, UtcMillis(9), "Cửa khóa"));
    }
}
