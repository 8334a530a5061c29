//! Following findings: what was promised, done, seen and refused after an inspection, as steps that are only ever added.
//!
//! Invariants: the sealed inspection is never touched; the record that follows its findings has an id that follows from the
//! inspection's ([`remediation_id`]), so that everybody writes the same one. A step (`e/<item>/<uuid>`) is never replaced and
//! never taken away: two that were noted apart both stand. A step names the steps its author knew, so what happened apart is
//! known as such and no clock decides about it ([`standing`]).
//!
//! States and transitions: `state_machines.json`, finding. *Overdue* is no step: it follows from the deadline and the day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::promise::Promises;
use crate::clock::UtcMillis;
use crate::id::{DocumentId, PersonId, PhotoHash};

/// The record that follows the findings of an inspection: UUIDv8 of the first 16 bytes of SHA-256 over `ancu-remediation-v1`
/// and the inspection's id.
pub fn remediation_id(inspection: DocumentId) -> DocumentId {
    let digest = Sha256::new().chain_update(b"ancu-remediation-v1").chain_update(inspection.as_bytes()).finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    DocumentId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// What happened to a finding.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FindingStep {
    /// The premises' representative committed to remedy it.
    Committed,
    /// The work has begun.
    Started,
    /// The premises say that it is remedied, with photos.
    Reported,
    /// An officer saw that it is.
    Verified,
    /// An officer saw that it is not, and says why.
    Rejected,
    /// The deadline passed, and a graver means was proposed.
    Escalated,
}

/// How an officer saw it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// At the premises.
    OnSite,
    /// On the photos that were brought as evidence.
    ByPhoto,
}

/// What is proposed when a deadline passed. The competent person decides on it; nothing follows by itself.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// Văn bản kiến nghị.
    Recommendation,
    /// Đề nghị xử phạt vi phạm hành chính.
    Sanction,
    /// Đề nghị tạm đình chỉ, đình chỉ hoạt động.
    Suspension,
}

/// `e/<item>/<uuid>`: one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct FindingEvent {
    /// What happened.
    pub step: FindingStep,
    /// The representative's words, what was done, what was seen, or why it was refused; NFC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Committed, reported: who of the premises said it; NFC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Committed: by which day they promise to have it done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "string | null")]
    pub until: Option<Date>,
    /// Verified, rejected: how it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// Verified, rejected: at which later inspection it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<DocumentId>,
    /// Escalated: what is proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<Means>,
    /// Evidence; each is at `p/<item>/<photo>` of the same record too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<PhotoHash>,
    /// The last steps at this item that its author knew, sorted; none at the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(type = "string[]")]
    pub after: Vec<Uuid>,
    /// The device's clock.
    pub at: UtcMillis,
    /// Who noted it.
    pub by: PersonId,
}

impl FindingEvent {
    /// What a step of this sort cannot be without.
    pub fn lacking(&self) -> Option<&'static str> {
        match self.step {
            FindingStep::Committed if self.name.is_empty() => Some("name"),
            FindingStep::Reported if self.photos.is_empty() => Some("photos"),
            FindingStep::Verified | FindingStep::Rejected if self.seen.is_none() => Some("seen"),
            FindingStep::Rejected if self.words.is_empty() => Some("words"),
            FindingStep::Escalated if self.means.is_none() => Some("means"),
            _ => None,
        }
    }
}

/// Where a finding stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    ts_rs::TS,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// Nothing happened yet, or what was reported was refused.
    #[default]
    Open,
    /// A graver means was proposed.
    Escalated,
    /// They say that it is remedied: an officer is to look.
    ReportedDone,
    /// The work has begun.
    InRemediation,
    /// They promised.
    CommitmentSigned,
    /// It is remedied, as an officer saw.
    VerifiedDone,
}

impl FindingState {
    /// The state's code, as stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Escalated => "escalated",
            Self::ReportedDone => "reported_done",
            Self::InRemediation => "in_remediation",
            Self::CommitmentSigned => "commitment_signed",
            Self::VerifiedDone => "verified_done",
        }
    }

    /// Whether nothing more is to happen.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::VerifiedDone)
    }

    /// What a step leads to.
    pub const fn after(step: FindingStep) -> Self {
        match step {
            FindingStep::Committed => Self::CommitmentSigned,
            FindingStep::Started => Self::InRemediation,
            FindingStep::Reported => Self::ReportedDone,
            FindingStep::Verified => Self::VerifiedDone,
            FindingStep::Rejected => Self::Open,
            FindingStep::Escalated => Self::Escalated,
        }
    }
}

/// How a finding stands after all its steps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Where it stands; of steps that were noted apart the one that asks for more: until somebody knew both and said more, it
    /// is not closed.
    pub state: FindingState,
    /// Whether steps that were noted apart say different things.
    pub apart: bool,
    /// The last steps, sorted: what the next one comes after.
    pub last: Vec<Uuid>,
    /// By when it was promised.
    pub promises: Promises,
}

impl Standing {
    /// Whether promises that were made apart name different days, and it still matters which.
    pub fn promised_apart(&self) -> bool {
        !self.state.is_closed() && self.promises.is_apart()
    }
}

/// How a finding stands after these steps, which may come in any order.
pub fn standing(events: &BTreeMap<Uuid, FindingEvent>) -> Standing {
    let known: BTreeSet<Uuid> = events.values().flat_map(|event| event.after.iter().copied()).collect();
    let last: Vec<Uuid> = events.keys().copied().filter(|id| !known.contains(id)).collect();
    let states: BTreeSet<FindingState> = last.iter().map(|id| FindingState::after(events[id].step)).collect();
    // Steps that name each other in a circle are forged: nothing is taken from them.
    let state = states.first().copied().unwrap_or_default();
    Standing { state, apart: states.len() > 1, last, promises: Promises::of(events) }
}

/// The steps that may follow; `overdue`: whether its day has passed.
pub fn allowed(standing: &Standing, overdue: bool) -> Vec<FindingStep> {
    use FindingState::{CommitmentSigned, Escalated, InRemediation, Open, ReportedDone, VerifiedDone};
    let mut steps = match standing.state {
        Open | Escalated => vec![FindingStep::Committed, FindingStep::Reported, FindingStep::Verified],
        CommitmentSigned => vec![FindingStep::Started, FindingStep::Reported, FindingStep::Verified],
        InRemediation => vec![FindingStep::Reported, FindingStep::Verified],
        ReportedDone => vec![FindingStep::Verified, FindingStep::Rejected],
        VerifiedDone => Vec::new(),
    };
    if standing.promised_apart() && !steps.contains(&FindingStep::Committed) {
        // Who knows both days notes the one that holds.
        steps.insert(0, FindingStep::Committed);
    }
    if standing.apart && !steps.contains(&FindingStep::Rejected) {
        steps.push(FindingStep::Rejected);
    }
    if overdue && !matches!(standing.state, Escalated | VerifiedDone) {
        steps.push(FindingStep::Escalated);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::register::Register as _;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn event(step: FindingStep, after: &[u128]) -> FindingEvent {
        FindingEvent {
            step,
            words: "Đã tháo khóa".into(),
            name: "Bà Hòa".into(),
            until: None,
            seen: Some(Seen::OnSite),
            visit: None,
            means: Some(Means::Recommendation),
            photos: vec![PhotoHash([7; 32])],
            after: after.iter().copied().map(id).collect(),
            at: UtcMillis(1),
            by: PersonId::from_bytes([1; 16]),
        }
    }

    fn standing_of(events: &[(u128, FindingStep, &[u128])]) -> Standing {
        standing(&events.iter().map(|(number, step, after)| (id(*number), event(*step, after))).collect())
    }

    #[test]
    fn a_finding_goes_from_promise_to_proof() {
        let steps: [(u128, FindingStep, &[u128], FindingState); 7] = [
            (9, FindingStep::Committed, &[], FindingState::CommitmentSigned),
            (8, FindingStep::Started, &[9], FindingState::InRemediation),
            (7, FindingStep::Reported, &[8], FindingState::ReportedDone),
            (6, FindingStep::Rejected, &[7], FindingState::Open),
            (5, FindingStep::Escalated, &[6], FindingState::Escalated),
            (4, FindingStep::Reported, &[5], FindingState::ReportedDone),
            (3, FindingStep::Verified, &[4], FindingState::VerifiedDone),
        ];
        let mut events = BTreeMap::new();
        for (number, step, after, expected) in steps {
            let before = standing(&events);
            // Numbers fall, so the order of the keys is not the order of the steps.
            assert!(allowed(&before, true).contains(&step), "{step:?} after {before:?}");
            events.insert(id(number), event(step, after));
            let expected = Standing { state: expected, last: vec![id(number)], ..Standing::default() };
            assert_eq!(standing(&events), expected);
        }
        assert_eq!(allowed(&standing(&events), true), []);
    }

    #[test]
    fn steps_noted_apart_both_stand_and_what_asks_for_more_counts() {
        let reported = (1, FindingStep::Reported, &[] as &[u128]);
        let seen = standing_of(&[reported, (2, FindingStep::Verified, &[1]), (3, FindingStep::Rejected, &[1])]);
        assert_eq!(seen, Standing { apart: true, last: vec![id(2), id(3)], ..Standing::default() });
        assert!(
            allowed(&seen, false).contains(&FindingStep::Verified)
                && allowed(&seen, false).contains(&FindingStep::Rejected)
        );
        // Who knew both says what holds.
        let settled = standing_of(&[
            reported,
            (2, FindingStep::Verified, &[1]),
            (3, FindingStep::Rejected, &[1]),
            (4, FindingStep::Verified, &[2, 3]),
        ]);
        let done = Standing { state: FindingState::VerifiedDone, last: vec![id(4)], ..Standing::default() };
        assert_eq!(settled, done);
        // Who knew one of them settles nothing.
        let half = standing_of(&[
            reported,
            (2, FindingStep::Verified, &[1]),
            (3, FindingStep::Rejected, &[1]),
            (4, FindingStep::Verified, &[2]),
        ]);
        assert_eq!((half.state, half.apart), (FindingState::Open, true));
        // Two who saw the same are of one mind.
        let same = standing_of(&[reported, (2, FindingStep::Verified, &[1]), (3, FindingStep::Verified, &[1])]);
        assert_eq!((same.state, same.apart), (FindingState::VerifiedDone, false));
        // A promise that was noted after somebody saw it done, without knowing that, does not open it unseen.
        let late = standing_of(&[(1, FindingStep::Verified, &[]), (2, FindingStep::Committed, &[])]);
        assert_eq!((late.state, late.apart), (FindingState::CommitmentSigned, true));
    }

    #[test]
    fn a_circle_or_an_unknown_predecessor_closes_nothing() {
        assert_eq!(
            standing_of(&[(1, FindingStep::Verified, &[2]), (2, FindingStep::Verified, &[1])]).state,
            FindingState::Open
        );
        let gap = standing_of(&[(1, FindingStep::Reported, &[77])]);
        assert_eq!((gap.state, gap.last), (FindingState::ReportedDone, vec![id(1)]));
    }

    #[test]
    fn only_what_is_overdue_is_escalated() {
        let open = Standing::default();
        assert!(!allowed(&open, false).contains(&FindingStep::Escalated));
        assert!(allowed(&open, true).contains(&FindingStep::Escalated));
    }

    #[test]
    fn a_step_says_what_it_lacks() {
        let whole = event(FindingStep::Committed, &[]);
        assert_eq!(FindingEvent { name: String::new(), ..whole.clone() }.lacking(), Some("name"));
        for (step, without, lacking) in [
            (FindingStep::Reported, FindingEvent { photos: Vec::new(), ..whole.clone() }, "photos"),
            (FindingStep::Verified, FindingEvent { seen: None, ..whole.clone() }, "seen"),
            (FindingStep::Rejected, FindingEvent { words: String::new(), ..whole.clone() }, "words"),
            (FindingStep::Escalated, FindingEvent { means: None, ..whole.clone() }, "means"),
        ] {
            assert_eq!(FindingEvent { step, ..without }.lacking(), Some(lacking));
            assert_eq!(FindingEvent { step, ..whole.clone() }.lacking(), None);
        }
        assert_eq!(FindingEvent::from_scalar(&whole.to_scalar()), Ok(whole));
    }

    #[test]
    fn everybody_who_follows_an_inspection_writes_one_record() {
        let inspection = DocumentId::from_bytes([1; 16]);
        assert_eq!(remediation_id(inspection).0.get_version_num(), 8);
        assert_ne!(remediation_id(inspection), remediation_id(DocumentId::from_bytes([2; 16])));
    }
}
