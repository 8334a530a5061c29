//! What people see of a home that its head declares.

use serde::{Deserialize, Serialize};

use super::{Attribution, DecisionView, remark};
use crate::id::DocumentId;

/// Where a declaration stands (state_machines.json, household_declaration).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DeclarationState {
    /// Being written.
    Draft,
    /// Sent, awaiting an officer.
    Submitted,
    /// An officer asks for a correction.
    NeedsFix,
    /// Confirmed by an officer.
    Verified,
}

/// A home and its people, as its head declared them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct DwellingView {
    /// The dwelling record.
    pub id: DocumentId,
    /// The people's record, if the reader may see it.
    pub residents: Option<DocumentId>,
    /// The premises it is in.
    pub facility: DocumentId,
    /// Where it stands.
    pub state: DeclarationState,
    /// What was declared.
    pub declaration: Declaration,
    /// The decision by which it is confirmed, or is to be corrected.
    #[serde(default)]
    pub decided: Option<DecisionView>,
    /// Where officers decided apart on what it says, and differently: all their decisions, until somebody chooses one. The
    /// one that asks for more counts.
    #[serde(default)]
    pub apart: Vec<DecisionView>,
    /// What is odd about its numbers, by themselves and beside the premises' record where the reader has that.
    pub remarks: Vec<remark::Remark>,
    /// Who declared it, and when it last changed.
    pub by: Attribution,
    /// Device only: whether something of it was not yet receipted.
    pub unsent: bool,
    /// Only its head: what is shown here was not submitted as it is. It stays on the device until it is.
    pub being_written: bool,
}

/// What a household head declares.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Declaration {
    /// Address as the head writes it.
    pub address: String,
    /// Apartment or room, empty for a whole house.
    pub apartment_code: String,
    /// The head's name.
    pub head_name: String,
    /// The head's telephone.
    pub head_phone: String,
    /// Code of the template house type.
    pub house_template: Option<String>,
    /// Storeys above ground.
    pub storeys: Option<u32>,
    /// Apartments in the house.
    pub apartments: Option<u32>,
    /// Ways out, in words.
    pub exits: String,
    /// People who live here.
    pub residents: Option<u32>,
    /// Of these over 60.
    pub elderly: Option<u32>,
    /// Of these under 6.
    pub children_under_6: Option<u32>,
    /// Of these unable to get out alone.
    pub need_help: Option<u32>,
    /// Which floor, what help.
    pub help_note: String,
}
