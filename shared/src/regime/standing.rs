//! What a regime says of premises: in which annex they stand and who is in charge, as far as the facts are known.
//!
//! Invariant: a condition over a fact that nobody noted is neither true nor false; a rule that hangs on it names the fact.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Regime;
use crate::record::facility::FacilityClass;
use crate::template::Words;

/// What rules ask of premises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Storeys above ground.
    Storeys,
    /// All floors together, m².
    FloorAreaM2,
    /// m³.
    VolumeM3,
    /// Floor used for business or production, m².
    BusinessAreaM2,
}

/// What is known of premises.
pub type Facts = BTreeMap<Fact, f64>;

/// A limit: the fact is at least this, or below it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Condition {
    fact: Fact,
    #[serde(default)]
    at_least: Option<f64>,
    #[serde(default)]
    below: Option<f64>,
}

impl Condition {
    /// `None` where the fact is not known.
    fn holds(self, facts: &Facts) -> Option<bool> {
        let value = *facts.get(&self.fact)?;
        Some(self.at_least.is_none_or(|limit| value >= limit) && self.below.is_none_or(|limit| value < limit))
    }
}

/// A rule for some classes: where all of `all` hold, and one of `any` if there are some.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Rule {
    classes: Vec<FacilityClass>,
    #[serde(default)]
    all: Vec<Condition>,
    #[serde(default)]
    any: Vec<Condition>,
    annex: Words,
    authority: Words,
    verified: bool,
}

impl Rule {
    fn holds(&self, facts: &Facts) -> Option<bool> {
        let all: Vec<_> = self.all.iter().map(|one| one.holds(facts)).collect();
        let any: Vec<_> = self.any.iter().map(|one| one.holds(facts)).collect();
        if all.contains(&Some(false)) || (!any.is_empty() && any.iter().all(|one| *one == Some(false))) {
            return Some(false);
        }
        let fits = !all.contains(&None) && (any.is_empty() || any.contains(&Some(true)));
        fits.then_some(true)
    }
}

/// What no source settles for some classes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct OpenQuestion {
    classes: Vec<FacilityClass>,
    words: Words,
}

/// What the rules say of premises on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Standing {
    /// A rule fits.
    Ruled {
        /// Where they stand.
        annex: Words,
        /// Who is in charge.
        authority: Words,
        /// Whether the source was read.
        verified: bool,
    },
    /// It hangs on facts that nobody noted.
    Unknown {
        /// Which.
        needs: Vec<Needed>,
    },
    /// The sources leave it open: the officer decides.
    Open {
        /// What is open.
        words: Words,
    },
}

/// A fact that is needed, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Needed {
    /// Which.
    pub fact: Fact,
    /// Its name.
    pub words: Words,
}

impl Fact {
    fn words(self) -> Words {
        let (vi, en) = match self {
            Self::Storeys => ("số tầng", "the number of storeys"),
            Self::FloorAreaM2 => ("tổng diện tích sàn", "the total floor area"),
            Self::VolumeM3 => ("khối tích", "the volume"),
            Self::BusinessAreaM2 => ("diện tích sản xuất, kinh doanh", "the business area"),
        };
        Words { vi: vi.into(), en: en.into() }
    }
}

impl Regime {
    /// What the rules say of premises.
    pub fn standing(&self, class: FacilityClass, facts: &Facts) -> Standing {
        if let Some(open) = self.open_questions.iter().find(|open| open.classes.contains(&class)) {
            return Standing::Open { words: open.words.clone() };
        }
        for rule in self.standings.iter().filter(|rule| rule.classes.contains(&class)) {
            match rule.holds(facts) {
                Some(false) => {}
                Some(true) => {
                    let (annex, authority) = (rule.annex.clone(), rule.authority.clone());
                    return Standing::Ruled { annex, authority, verified: rule.verified };
                }
                // A later rule may only be taken where no earlier one can apply.
                None => {
                    let asked: BTreeSet<Fact> = rule.all.iter().chain(&rule.any).map(|one| one.fact).collect();
                    let needs = asked.into_iter().filter(|fact| !facts.contains_key(fact));
                    let needs = needs.map(|fact| Needed { fact, words: fact.words() }).collect();
                    return Standing::Unknown { needs };
                }
            }
        }
        let words = Words {
            vi: "Chưa có quy tắc cho loại hình này. Cán bộ quyết định.".into(),
            en: "There is no rule for this class. The officer decides.".into(),
        };
        Standing::Open { words }
    }
}
