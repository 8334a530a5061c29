//! How likely and how grave a fire would be in premises, as a score with its reasons (requirement R115).
//!
//! Invariants: points, limits and words are data (`shared/data/risk.json`), not code; every point has its reason; a fact that
//! nobody noted adds nothing and is named. The same facts on the same day give the same score on every device and at the
//! server. It orders work and decides nothing; who lives there is not asked.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::record::attendance::Conclusion;
use crate::record::facility::{FacilityClass, field};
use crate::record::register::Severity;
use crate::template::Words;
use crate::view::{FacilitySheet, FindingSummary};

/// The rules as they come with this program.
const DATA: &str = include_str!("../data/risk.json");

/// Something that counts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RiskFact {
    /// Open findings of danger to life.
    OpenCritical,
    /// Open major findings.
    OpenMajor,
    /// Open minor findings.
    OpenMinor,
    /// Open findings whose deadline has passed.
    Overdue,
    /// Signed inspections.
    Inspections,
    /// Days since the last signed inspection was begun.
    DaysSince,
    /// What the last signed inspection concluded: 2 to be suspended, 1 not safe, 0 safe; unknown where it says nothing.
    ConcludedUnsafe,
    /// Storeys.
    Storeys,
    /// Basements.
    Basements,
    /// People who live there.
    Residents,
    /// Apartments or rooms.
    Apartments,
}

impl RiskFact {
    /// Those that an officer notes of the premises: where one lacks, that is said.
    const NOTED: [(Self, &'static str); 4] = [
        (Self::Storeys, field::STOREYS),
        (Self::Basements, field::BASEMENTS),
        (Self::Residents, field::RESIDENTS),
        (Self::Apartments, field::APARTMENTS),
    ];
}

/// How high the risk is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RiskLevel {
    /// Thấp
    Low,
    /// Trung bình
    Medium,
    /// Cao
    High,
    /// Rất cao
    VeryHigh,
}

/// One reason for a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct RiskReason {
    /// Which factor.
    pub id: String,
    /// How many points it adds.
    pub points: u32,
    /// In words.
    pub words: Words,
}

/// A score with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct RiskView {
    /// From 0 to 100.
    pub score: u32,
    /// What that means.
    pub level: RiskLevel,
    /// What it is made of, the most points first.
    pub reasons: Vec<RiskReason>,
    /// Facts that nobody noted: header fields of the premises. With them it may be higher.
    pub unknown: Vec<String>,
    /// Which rules gave it.
    pub version: String,
    /// Whether a document sets these rules.
    pub verified: bool,
    /// What is to be known of the rules.
    pub note: Words,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    version: String,
    verified: bool,
    note: Words,
    most: u32,
    levels: Vec<Level>,
    factors: Vec<Factor>,
    classes: BTreeMap<FacilityClass, Class>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Level {
    level: RiskLevel,
    at_least: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    points: u32,
    words: Words,
}

/// Points for each, up to the most; or those of the first limit that holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Factor {
    id: String,
    fact: RiskFact,
    #[serde(default)]
    each: u32,
    #[serde(default)]
    most: u32,
    #[serde(default)]
    when: Vec<Limit>,
    words: Words,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    at_least: Option<u32>,
    below: Option<u32>,
    points: u32,
}

impl Factor {
    fn points(&self, value: u32) -> u32 {
        let counted = value.saturating_mul(self.each).min(self.most);
        let holds = |limit: &&Limit| {
            limit.at_least.is_none_or(|least| value >= least) && limit.below.is_none_or(|most| value < most)
        };
        counted + self.when.iter().find(holds).map_or(0, |limit| limit.points)
    }
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| serde_json::from_str(DATA).expect("shared/data/risk.json is of its form"))
}

/// The score of premises of a class with these facts; `unknown`: what nobody noted.
pub fn score(class: FacilityClass, facts: &BTreeMap<RiskFact, u32>, unknown: Vec<String>) -> RiskView {
    let rules = rules();
    let of_class = rules.classes.get(&class);
    let mut reasons: Vec<RiskReason> = of_class
        .map(|it| RiskReason { id: "class".to_owned(), points: it.points, words: it.words.clone() })
        .into_iter()
        .collect();
    for factor in &rules.factors {
        let Some(&value) = facts.get(&factor.fact) else { continue };
        let points = factor.points(value);
        if points > 0 {
            let said = |text: &str| text.replace("{n}", &value.to_string());
            let words = Words { vi: said(&factor.words.vi), en: said(&factor.words.en) };
            reasons.push(RiskReason { id: factor.id.clone(), points, words });
        }
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.points));
    let score = reasons.iter().map(|reason| reason.points).sum::<u32>().min(rules.most);
    let level = rules.levels.iter().rev().find(|level| score >= level.at_least).map_or(RiskLevel::Low, |it| it.level);
    let (version, verified, note) = (rules.version.clone(), rules.verified, rules.note.clone());
    RiskView { score, level, reasons, unknown, version, verified, note }
}

/// The score of premises, from their sheet and their findings, on a day.
pub fn assess(sheet: &FacilitySheet, findings: &[FindingSummary], today: Date) -> RiskView {
    let open = |severity: Severity| findings.iter().filter(|it| it.is_open() && it.severity == severity).count() as u32;
    let made = || sheet.inspections.iter().filter(|it| it.state.is_made());
    let mut facts = BTreeMap::from([
        (RiskFact::OpenCritical, open(Severity::Critical)),
        (RiskFact::OpenMajor, open(Severity::Major)),
        (RiskFact::OpenMinor, open(Severity::Minor)),
        (RiskFact::Overdue, findings.iter().filter(|it| it.is_open() && it.overdue).count() as u32),
        (RiskFact::Inspections, made().count() as u32),
    ]);
    if let Some(last) = made().max_by_key(|it| (it.begun(), it.id)) {
        let days = today.since(last.begun().hanoi_date()).map_or(0, |span| span.get_days());
        facts.insert(RiskFact::DaysSince, days.max(0) as u32);
        let concluded = last.conclusion.map(|conclusion| match conclusion {
            Conclusion::UnsafeSerious => 2,
            Conclusion::UnsafeRemediable => 1,
            Conclusion::Safe | Conclusion::SafeWithMinor | Conclusion::NotOperating | Conclusion::NoAccess => 0,
        });
        facts.extend(concluded.map(|it| (RiskFact::ConcludedUnsafe, it)));
    }
    let mut unknown = Vec::new();
    for (fact, name) in RiskFact::NOTED {
        let key = format!("h/{name}");
        let noted = sheet.fields.iter().find(|it| it.key == key).and_then(|it| it.values.first());
        match noted.and_then(|it| it.value.as_number()).filter(|number| *number >= 0.0) {
            Some(number) => drop(facts.insert(fact, number as u32)),
            None => unknown.push(name.to_owned()),
        }
    }
    score(sheet.summary.class, &facts, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(facts: &[(RiskFact, u32)]) -> RiskView {
        score(FacilityClass::MiniApartment, &facts.iter().copied().collect(), Vec::new())
    }

    #[test]
    fn every_point_has_its_reason_and_the_gravest_comes_first() {
        let view = of(&[
            (RiskFact::OpenCritical, 2),
            (RiskFact::Overdue, 1),
            (RiskFact::Storeys, 9),
            (RiskFact::Inspections, 3),
            (RiskFact::DaysSince, 400),
        ]);
        assert_eq!(view.score, view.reasons.iter().map(|it| it.points).sum::<u32>());
        let told: Vec<_> = view.reasons.iter().map(|it| (it.id.as_str(), it.points)).collect();
        assert_eq!(told, [("critical_open", 36), ("seen_long_ago", 12), ("storeys", 10), ("class", 8), ("overdue", 5)]);
        assert_eq!(view.level, RiskLevel::VeryHigh);
        assert_eq!(view.reasons[0].words.vi, "tồn tại nguy hiểm tính mạng chưa khắc phục: 2");
        assert_eq!(view.reasons[1].words.en, "last inspected 400 days ago");
    }

    #[test]
    fn the_score_is_bounded_and_nothing_known_is_no_danger() {
        let all = [
            (RiskFact::OpenCritical, u32::MAX),
            (RiskFact::OpenMajor, 900),
            (RiskFact::Overdue, 900),
            (RiskFact::ConcludedUnsafe, 2),
            (RiskFact::Residents, 100_000),
        ];
        assert_eq!(of(&all).score, 100);
        let nothing = score(FacilityClass::Other, &BTreeMap::new(), vec!["storeys".into()]);
        assert_eq!((nothing.score, nothing.level, nothing.reasons.len()), (0, RiskLevel::Low, 0));
        assert_eq!(nothing.unknown, ["storeys"]);
        assert_eq!(of(&[(RiskFact::Inspections, 0)]).reasons[0].id, "never_seen");
        assert!(of(&[(RiskFact::Inspections, 1)]).reasons.iter().all(|it| it.id != "never_seen"));
    }

    #[test]
    fn a_graver_fact_never_lowers_the_score() {
        for fact in
            [RiskFact::OpenCritical, RiskFact::OpenMajor, RiskFact::Overdue, RiskFact::DaysSince, RiskFact::Storeys]
        {
            let scores: Vec<_> = (0..500).map(|value| of(&[(fact, value)]).score).collect();
            assert!(scores.is_sorted(), "{fact:?}");
        }
        let levels: Vec<_> = rules().levels.iter().map(|it| it.at_least).collect();
        assert!(levels.is_sorted() && levels[0] == 0);
    }
}
