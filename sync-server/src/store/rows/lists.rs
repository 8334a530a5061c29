//! What lists are made of: the projections that stand in them, what is asked for, and numbers of a scope.

use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::record::measure::Instrument;
use ancu_shared::record::search::Query;
use ancu_shared::view::{DeclarationState, FacilitySummary, InspectionState, InspectionSummary};

/// A premises' projection.
#[derive(Debug, Clone)]
pub struct FacilityRow {
    /// As in a list; `unit_name` is filled in when it is read for a person.
    pub summary: FacilitySummary,
    /// Folded name and address.
    pub search: String,
}

/// An inspection's projection: with its supplements and review joined.
#[derive(Debug, Clone)]
pub struct InspectionRow {
    /// As in a list.
    pub summary: InspectionSummary,
    /// For the order: the gravest failed check, 0 for none.
    pub danger: i64,
}

/// A declaration's projection.
#[derive(Debug, Clone)]
pub struct DwellingRow {
    /// The record.
    pub document: DocumentId,
    /// Its unit.
    pub unit: UnitId,
    /// The premises.
    pub facility: Option<DocumentId>,
    /// Where it stands.
    pub state: DeclarationState,
    /// The people's record.
    pub residents: Option<DocumentId>,
}

/// Which premises are asked for.
#[derive(Debug, Clone, Default)]
pub struct FacilityQuery {
    /// Units whose premises are asked for.
    pub units: Vec<UnitId>,
    /// Words of the name or address; all must occur. The best hits come first.
    pub words: Query,
    /// Of this class only.
    pub class: Option<FacilityClass>,
    /// Only where a declaration waits for an officer.
    pub declarations_waiting: bool,
}

/// Which inspections are asked for.
#[derive(Debug, Clone, Default)]
pub struct InspectionQuery {
    /// Units whose inspections are asked for.
    pub units: Vec<UnitId>,
    /// In these states; empty = any.
    pub states: Vec<InspectionState>,
    /// Of this premises only.
    pub facility: Option<DocumentId>,
    /// Words of the premises' name or address; all must occur.
    pub words: Query,
    /// The gravest first and of equal gravity the oldest first, else the newest first.
    pub by_danger: bool,
}

/// Which findings are asked for.
#[derive(Debug, Clone)]
pub struct FindingQuery {
    /// Units whose findings are asked for.
    pub units: Vec<UnitId>,
    /// Which of them.
    pub which: FindingsIn,
    /// Of this premises only.
    pub facility: Option<DocumentId>,
    /// Words of the premises' name or address; all must occur.
    pub words: Query,
}

/// Findings by what is still to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingsIn {
    /// Any.
    All,
    /// Not remedied, and not found again later.
    Open,
    /// Open, and the deadline is before this day.
    Overdue(jiff::civil::Date),
    /// Open, and said to be remedied.
    Reported,
    /// All but the open ones.
    Closed,
}

/// Which measures are asked for.
#[derive(Debug, Clone)]
pub struct MeasureQuery {
    /// Units whose measures are asked for.
    pub units: Vec<UnitId>,
    /// Which of them.
    pub which: MeasuresIn,
    /// The asker's day: terms end with it.
    pub today: jiff::civil::Date,
    /// Of this sort only.
    pub instrument: Option<Instrument>,
    /// Words of the premises' name or address; all must occur.
    pub words: Query,
}

/// Measures by what is still to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasuresIn {
    /// Any.
    All,
    /// Not over.
    Open,
    /// The premises may not operate.
    Stopped,
    /// The same, and the term ends by this day, but has not.
    Due(jiff::civil::Date),
    /// The same, and the term is past without a decision.
    Over,
    /// Proposed and not decided.
    Proposed,
    /// All but the open ones.
    Closed,
}

/// A part of a list, by offset.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    /// How many to leave out.
    pub offset: u64,
    /// How many at most.
    pub limit: u64,
}

/// Numbers of a scope.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Inspections sealed and awaiting review (supplemented ones too).
    pub waiting: u64,
    /// Inspections sent back.
    pub returned: u64,
    /// Inspections approved.
    pub approved: u64,
    /// Inspections being made.
    pub in_progress: u64,
    /// Premises.
    pub facilities: u64,
    /// Premises with a sealed inspection.
    pub inspected_facilities: u64,
    /// Declarations that nobody confirmed.
    pub declarations_waiting: u64,
    /// Envelopes in quarantine.
    pub quarantined: u64,
}
