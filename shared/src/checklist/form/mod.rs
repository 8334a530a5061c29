//! A form: what it asks ([`Definition`]), and one filled sheet of it ([`Sheet`]).
//!
//! Invariants: a definition that cannot be evaluated (its calculations go round in a circle) is refused with a named error
//! before any sheet of it exists; an answer evaluates again only what depends on it; every pass ends in bounded time.
//!
//! What it does not do: it shows nothing, keeps nothing and knows no file format.

mod definition;
mod graph;
mod outcome;
mod sheet;

#[cfg(test)]
mod tests;

pub use definition::{Definition, DefinitionBuilder, DefinitionError, Item, ItemId, ItemKind, Rules, Table};
pub use outcome::{Outcome, Problem, Rule, SheetError, State, Surroundings};
pub use sheet::Sheet;

/// How large a form and its sheets may be. Real forms stay far below.
pub mod limits {
    /// Questions and groups of one form.
    pub const ITEMS: usize = 20_000;
    /// Groups inside one another.
    pub const DEPTH: usize = 64;
    /// «This reads that» in one form.
    pub const REFERENCES: usize = 500_000;
    /// Repetitions of one group at one place.
    pub const REPETITIONS: usize = 1_000;
    /// Nodes of one sheet.
    pub const NODES: usize = 200_000;
    /// The work of one answer, in the unit of [`super::super::expression::limits::WORK`].
    pub const WORK: u64 = 40_000_000;
}
