//! The law by date: which regime an event falls under, with which form it is recorded, which checklist premises of a class
//! get, and what the rules say of who is in charge of them.
//!
//! Invariants: everything follows from the data file and the day of the event, never from today; a rule whose facts are not
//! known says which are missing, it does not guess; what no source confirmed is marked so, and what is open stays the
//! officer's to decide. Forms are known by (decree, code): numbers are used again.
//!
//! What it does not do: it decides nothing. It proposes, with its source's standing beside it.

mod standing;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::standing::{Fact, Facts, Needed, Standing};
use crate::record::facility::FacilityClass;
use crate::template::Words;

/// The dated rules as they come with this program.
const DATA: &str = include_str!("../../data/regimes.json");

/// All regimes, oldest first, and the documents that set fines.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Rulebook {
    /// In order, without gaps: each begins the day after the one before ends.
    pub regimes: Vec<Regime>,
    /// Documents that set fines.
    pub fines: Vec<Dated>,
}

/// A document in force for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Dated {
    /// The document.
    pub document: String,
    /// First day in force.
    #[ts(type = "string")]
    pub valid_from: Date,
    /// Last day in force; `None` while it is.
    #[ts(type = "string | null")]
    pub valid_to: Option<Date>,
    /// Whether the source was read.
    pub verified: bool,
}

/// The rules of a time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Regime {
    /// For example `ND105`.
    pub id: String,
    /// The law: its official number, and what it is of.
    pub law: Words,
    /// The decree under it.
    pub decree: Words,
    /// First day.
    pub valid_from: Date,
    /// Last day; `None` while it is in force.
    pub valid_to: Option<Date>,
    /// Whether the source was read.
    pub verified: bool,
    /// The form of the authority's inspection record.
    pub record_form: Form,
    /// The form of self-inspection, where there is one.
    pub self_form: Option<Form>,
    /// The checklist of each class of premises.
    checklists: BTreeMap<FacilityClass, String>,
    /// What the rules say of premises, first fitting first.
    standings: Vec<standing::Rule>,
    /// What the sources leave open.
    open_questions: Vec<standing::OpenQuestion>,
}

/// An official form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Form {
    /// Its code; `None` where no source confirmed it. Means nothing without its decree.
    pub code: Option<String>,
    /// The decree and annex that it stands in.
    pub decree: Words,
    /// Its title.
    pub title: Words,
    /// Whether the source was read.
    pub verified: bool,
}

/// The regime of an event, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct RegimeView {
    /// For example `ND105`.
    pub id: String,
    /// The law: its official number, and what it is of.
    pub law: Words,
    /// The decree under it.
    pub decree: Words,
    /// First day.
    #[ts(type = "string")]
    pub valid_from: Date,
    /// Last day; `None` while it is in force.
    #[ts(type = "string | null")]
    pub valid_to: Option<Date>,
    /// The form of the inspection record.
    pub form: Form,
    /// Documents that set fines on the day.
    pub fines: Vec<Dated>,
    /// Whether the source was read.
    pub verified: bool,
}

/// The rules that come with this program.
pub fn rulebook() -> &'static Rulebook {
    static READ: OnceLock<Rulebook> = OnceLock::new();
    // The file is part of the program, and a test reads it.
    READ.get_or_init(|| serde_json::from_str(DATA).expect("the dated rules"))
}

impl Rulebook {
    /// The regime of a day; `None` before the oldest known.
    pub fn on(&self, day: Date) -> Option<&Regime> {
        self.regimes.iter().find(|regime| is_in_force(regime.valid_from, regime.valid_to, day))
    }

    /// Whether there is a regime of this name.
    pub fn knows(&self, rule_set: &str) -> bool {
        self.regimes.iter().any(|regime| regime.id == rule_set)
    }

    /// The regime of a record: the one that it was begun with, or else that of the visit's day.
    pub fn of_record(&self, rule_set: Option<&str>, day: Date) -> Option<RegimeView> {
        let begun_with = self.regimes.iter().find(|regime| Some(regime.id.as_str()) == rule_set);
        begun_with.or_else(|| self.on(day)).map(|regime| self.view(regime, day))
    }

    /// The regime as people read it.
    pub fn view(&self, regime: &Regime, day: Date) -> RegimeView {
        let fines = self.fines.iter().filter(|fine| is_in_force(fine.valid_from, fine.valid_to, day));
        RegimeView {
            id: regime.id.clone(),
            law: regime.law.clone(),
            decree: regime.decree.clone(),
            valid_from: regime.valid_from,
            valid_to: regime.valid_to,
            form: regime.record_form.clone(),
            fines: fines.cloned().collect(),
            verified: regime.verified,
        }
    }
}

impl Regime {
    /// The checklist of premises of a class; `None` where none was written for it.
    pub fn checklist(&self, class: FacilityClass) -> Option<&str> {
        self.checklists.get(&class).map(String::as_str)
    }
}

fn is_in_force(from: Date, to: Option<Date>, day: Date) -> bool {
    from <= day && to.is_none_or(|to| day <= to)
}

#[cfg(test)]
mod tests;
