//! Records: what each kind of document holds, and the grammar of its keys and values.
//!
//! Invariant: a record is flat. Every value is a scalar put at a root key of the grammar in [`key`]; there are no
//! containers, lists, texts or counters, so concurrent work can neither hide a value nor break a document.

pub mod address;
pub mod attendance;
pub mod choice;
pub mod facility;
pub mod fields;
pub mod given_up;
pub mod key;
pub mod marks;
pub mod measure;
pub mod measured;
pub mod names;
pub mod promise;
pub mod proof;
pub mod register;
pub mod remediation;
pub mod seal;
pub mod search;
pub mod told;
pub mod value;
pub mod visit;

use serde::{Deserialize, Serialize};

/// What a record is. Who may write it is decided by kind, never by field: see [`crate::role`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Premises under fire-safety management (cơ sở): written by officers of its unit.
    Facility,
    /// One visit: answers, findings, measurements, photos, signatures; written by the officers of that visit.
    Inspection,
    /// A decision on one inspection or declaration, with words per question; written by reviewers.
    Review,
    /// How the findings of one inspection are followed to their end: commitments, evidence, what an officer saw of it.
    Remediation,
    /// Measures against premises: stops of their operation, sanctions; written by officers and those who decide.
    Enforcement,
    /// A household head's declaration of a home; written by that head.
    Dwelling,
    /// The people of a home: personal data, apart so that its access can be cut; written by that head.
    Residents,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Facility,
        Self::Inspection,
        Self::Review,
        Self::Remediation,
        Self::Enforcement,
        Self::Dwelling,
        Self::Residents,
    ];

    /// The kind's code, as stored and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Facility => "facility",
            Self::Inspection => "inspection",
            Self::Review => "review",
            Self::Remediation => "remediation",
            Self::Enforcement => "enforcement",
            Self::Dwelling => "dwelling",
            Self::Residents => "residents",
        }
    }

    /// The kind of a code, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}
