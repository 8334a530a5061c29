//! Registers: values that are one statement (answer, note, when, by whom), written as compact JSON in one text scalar.
//!
//! Invariant: a statement is never merged field by field: one officer's "pass" is never joined to another's note. Every
//! register carries its schema version `v`; readers keep a newer version's text unread rather than guess.

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::choice::Origin;
use super::marks::Mark;
use super::measured::{Measured, Vertex};
use super::told::Tell;
use super::value::{OperationId, Scalar};
use crate::clock::{Running, TimeOfDay, UtcMillis};
use crate::id::{AuthorKey, DocumentId, PersonId, PhotoHash};
use crate::role::Role;

/// The schema version that this program writes.
pub const REGISTER_VERSION: u32 = 1;
/// How a register of that version begins.
const OURS: &str = r#"{"v":1,"#;

/// A register that could not be read: damaged, or written by a newer version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The cell holds no text, or the text is not of the register's shape.
    #[error("not a register: {0}")]
    Malformed(String),
    /// The text has a version newer than [`REGISTER_VERSION`].
    #[error("register version {0} is newer than this program")]
    Newer(u32),
}

/// A statement that lives in one cell.
pub trait Register: Serialize + DeserializeOwned {
    /// As stored: compact JSON with `v` first.
    fn to_scalar(&self) -> Scalar {
        #[derive(Serialize)]
        struct Versioned<'a, T> {
            v: u32,
            #[serde(flatten)]
            body: &'a T,
        }
        let text = serde_json::to_string(&Versioned { v: REGISTER_VERSION, body: self });
        // Registers hold only strings, finite numbers and options: serialising them cannot fail.
        Scalar::Text(text.expect("a register serialises"))
    }

    /// Reads what [`Register::to_scalar`] wrote.
    fn from_scalar(scalar: &Scalar) -> Result<Self, RegisterError> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let text = scalar.as_text().ok_or_else(|| RegisterError::Malformed("no text".into()))?;
        // Nearly every register: what begins with our version need not be read twice.
        if !text.starts_with(OURS) {
            let version: Version =
                serde_json::from_str(text).map_err(|error| RegisterError::Malformed(error.to_string()))?;
            if version.v > REGISTER_VERSION {
                return Err(RegisterError::Newer(version.v));
            }
        }
        serde_json::from_str(text).map_err(|error| RegisterError::Malformed(error.to_string()))
    }

    /// Names every instant, day and place that the statement holds: each lies where [`fields`](super::fields) says.
    fn tell(&self, tell: Tell<'_>);
}

/// The verdict on one check.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Đạt
    Pass,
    /// Không đạt
    Fail,
    /// Không áp dụng
    NotApplicable,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Answer {
    /// A check's verdict.
    Verdict(Verdict),
    /// A measured or counted number, in the unit that the template names.
    Number(f64),
    /// Free text.
    Text(String),
    /// A calendar day.
    Date(#[ts(type = "string")] Date),
    /// The code of one of the template's options.
    Choice(String),
    /// The codes of several of them, in the template's order.
    Choices(Vec<String>),
    /// A place.
    Geo(Position),
    /// A time of day.
    Time(TimeOfDay),
    /// An instant.
    Moment(UtcMillis),
    /// A line.
    Trace(Vec<Vertex>),
    /// A closed line, the last corner joined to the first.
    Shape(Vec<Vertex>),
}

/// A place on Earth, WGS 84, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Position {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Radius of 68 % confidence in metres; `None` when a person set the pin by hand.
    pub accuracy_m: Option<f64>,
    /// Where it came from.
    pub source: PositionSource,
}

/// How a position was obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PositionSource {
    /// The device's own receiver.
    Device,
    /// Read from a photo's metadata.
    Photo,
    /// Typed, or a pin moved by a person.
    Manual,
}

/// `i/<item>`: one answer with its note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct ItemAnswer {
    /// What was answered; `None` = taken back.
    #[serde(rename = "a")]
    pub answer: Option<Answer>,
    /// The officer's note, NFC; empty if none.
    #[serde(rename = "n", default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The device's clock when it was answered.
    #[serde(rename = "t")]
    pub at: UtcMillis,
    /// Who answered.
    #[serde(rename = "b")]
    pub by: PersonId,
    /// Whose it was, where it was chosen to settle a clash.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub origin: Option<Origin>,
    /// How a number came about, if that was said.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub measured: Option<Measured>,
    /// The device's running clock when it was answered: what nobody can set.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub running: Option<Running>,
}

impl ItemAnswer {
    /// A statement of somebody's own, with no more than an answer and a note.
    pub fn new(answer: Option<Answer>, note: String, at: UtcMillis, by: PersonId) -> Self {
        Self { answer, note, at, by, origin: None, measured: None, running: None }
    }
}

/// `f/<item>/detail`: what follows from a failed check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FindingDetail {
    /// How grave.
    pub severity: Severity,
    /// What must be done, NFC.
    pub remedy: String,
    /// Last day to have it done, in Hà Nội.
    #[ts(type = "string | null")]
    pub deadline: Option<Date>,
    /// When it was written.
    pub at: UtcMillis,
    /// By whom.
    pub by: PersonId,
    /// Whose it was, where it was chosen to settle a clash.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub origin: Option<Origin>,
}

/// How grave a failed check is; see the template's severity scale.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Survey data: no fault in itself.
    Info,
    /// Recommendation with a deadline.
    Minor,
    /// Must be remedied by a deadline.
    Major,
    /// Blocks escape, or direct risk of fire or explosion.
    Critical,
}

/// `p/<item>/<photo>`: a photo's metadata; the bytes travel apart, addressed by their hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct PhotoDetail {
    /// Address of the reduced, stamped photo.
    pub hash: PhotoHash,
    /// Its size in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Pixels across, after orientation.
    pub width: u32,
    /// Pixels down, after orientation.
    pub height: u32,
    /// SHA-256 of the file as it came from the camera, hexadecimal.
    pub original_sha256: String,
    /// When the camera says it was taken; `None` if it doesn't say.
    pub taken_at: Option<UtcMillis>,
    /// Where the camera says it was taken.
    pub place: Option<Position>,
    /// When it was added to the record.
    pub at: UtcMillis,
    /// By whom.
    pub by: PersonId,
    /// Whether it was taken away from the record again (the bytes stay).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// What is drawn on it, by who added it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Mark>>")]
    pub marks: Vec<Mark>,
    /// Whose it was, where it was chosen to settle a clash.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub origin: Option<Origin>,
}

/// `g/<actor>`: an author's signature over the record as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct SealStatement {
    /// Heads of the document that were sealed, sorted.
    #[ts(type = "string[]")]
    pub heads: Vec<crate::id::ChangeHash>,
    /// Whose seal.
    pub author: AuthorKey,
    /// Ed25519 signature over [`super::seal::sealed_bytes`], hexadecimal.
    pub signature: String,
    /// When.
    pub at: UtcMillis,
    /// By whom.
    pub by: PersonId,
    /// Of a supplement: what of the inspection its signer's device had; absent where an older program signed.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub known: Option<Known>,
}

/// What of an inspection a device had when its officer signed a part of it: what the part replaces and answers. Both lists
/// are sorted, name nothing twice and have at most [`MOST_KNOWN`](super::seal::MOST_KNOWN) entries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct Known {
    /// The other parts that it had sealed.
    #[serde(rename = "p", default)]
    pub parts: Vec<DocumentId>,
    /// The decisions on the inspection that it had.
    #[serde(rename = "d", default)]
    pub decisions: Vec<OperationId>,
}

/// What a reviewer decided.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The record stands (for a declaration: confirmed).
    Approved,
    /// To be supplemented: see the words.
    Returned,
}

/// `s/decision` of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct DecisionStatement {
    /// What was decided.
    pub decision: Decision,
    /// Words to the author, NFC.
    pub words: String,
    /// The record that was decided on: the newest supplement, or the inspection itself.
    pub on: DocumentId,
    /// Of an inspection: every sealed part that the reviewer had. What is sealed apart and arrives later is none of them,
    /// whatever its clock says. Absent where an older program decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub seen: Option<Vec<DocumentId>>,
    /// When.
    pub at: UtcMillis,
    /// By whom.
    pub by: PersonId,
    /// In which capacity, as it was on that day; absent where the program that decided did not say.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub capacity: Option<Capacity>,
    /// On a declaration: what it said to whoever decided. A declaration is not sealed, so the decision names its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub declared: Option<Declared>,
}

/// What a declaration said, by two hashes: SHA-256, hexadecimal, of the facts of the home and of its people
/// (`view::build::declared`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Declared {
    /// Of the dwelling record.
    pub home: String,
    /// Of the people's record; absent where whoever decided could not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub people: Option<String>,
}

/// In which capacity somebody decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Capacity {
    /// The post's role.
    pub role: Role,
    /// The post's unit, by its full name on that day.
    pub unit_name: String,
}

/// `t/<item>/<uuid>` of a review: words at one question. `f/<item>/reply_<person>` of a supplement: an officer's answer to
/// such words, where what was found stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct ThreadMessage {
    /// The words, NFC.
    pub words: String,
    /// When.
    pub at: UtcMillis,
    /// By whom.
    pub by: PersonId,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(answer: Option<Answer>) -> ItemAnswer {
        ItemAnswer::new(answer, "Cửa bị khóa".into(), UtcMillis(5), PersonId::from_bytes([3; 16]))
    }

    #[test]
    fn a_statement_is_compact_and_reads_back() {
        for value in [
            None,
            Some(Answer::Verdict(Verdict::NotApplicable)),
            Some(Answer::Number(2.4)),
            Some(Answer::Date(jiff::civil::date(2026, 11, 21))),
            Some(Answer::Geo(Position {
                latitude: 20.99,
                longitude: 105.81,
                accuracy_m: Some(6.0),
                source: PositionSource::Device,
            })),
        ] {
            let register = answer(value);
            assert!(register.to_scalar().as_text().is_some_and(|text| text.starts_with(OURS)));
            assert_eq!(ItemAnswer::from_scalar(&register.to_scalar()), Ok(register));
        }
        assert_eq!(
            answer(Some(Answer::Verdict(Verdict::Fail))).to_scalar().as_text(),
            Some(
                r#"{"v":1,"a":{"kind":"verdict","value":"fail"},"n":"Cửa bị khóa","t":5,"b":"03030303-0303-0303-0303-030303030303"}"#
            )
        );
    }

    #[test]
    fn a_newer_or_damaged_register_is_said_and_not_guessed() {
        assert_eq!(ItemAnswer::from_scalar(&Scalar::from(r#"{"v":2}"#)), Err(RegisterError::Newer(2)));
        assert!(matches!(ItemAnswer::from_scalar(&Scalar::from("{")), Err(RegisterError::Malformed(_))));
        assert!(matches!(ItemAnswer::from_scalar(&Scalar::Int(1)), Err(RegisterError::Malformed(_))));
    }
}
