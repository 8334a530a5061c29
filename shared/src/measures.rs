//! The rules of measures: which fine an act has on a day, which forms and terms there are, and what open findings suggest.
//!
//! Invariants: everything is data (`shared/data/measures.json`) and follows from the day of the event, never from today; what
//! no source confirmed is marked so. The rules propose, with their reasons; an officer decides and says why, also why not.
//! Amounts are an aid to who is competent: none is worked out here (domain pack, `violations_sanctions.json`, advice).

mod note;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;

use crate::record::attendance::Conclusion;
use crate::record::facility::FacilityClass;
use crate::record::measure::{Ground, Instrument};
use crate::record::register::Severity;
use crate::template::Words;
use crate::view::{
    ActView, FindingSummary, FineView, GroundView, InspectionSummary, MeasureProposal, MeasureSummary, MeasureView,
    MeasuresView,
};

pub use self::note::{MeasureNote, step};

/// The rules as they come with this program.
const DATA: &str = include_str!("../data/measures.json");
/// The act of going on in spite of a stop.
const DISOBEYED: &str = "SUSP_DISOBEY";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    /// Which rules these are.
    #[expect(dead_code, reason = "told to people who read the file")]
    version: String,
    note: Words,
    fines: Vec<FineDocument>,
    organisation_times: u64,
    instruments: BTreeMap<Instrument, InstrumentRules>,
    grounds: BTreeMap<Ground, Words>,
    grounds_article: Words,
    directive19: Directive,
    acts: Vec<Act>,
}

/// A document that sets fines; where several are in force, the last that names the act.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FineDocument {
    id: String,
    document: String,
    valid_from: Date,
    valid_to: Option<Date>,
    verified: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentRules {
    most_days: Option<u32>,
    #[serde(default)]
    most_days_verified: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Directive {
    document: String,
    valid_from: Date,
    classes: BTreeSet<FacilityClass>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    code: String,
    words: Words,
    /// Checks that may be this act where they failed: our proposal.
    items: Vec<String>,
    fines: Vec<Fine>,
    #[serde(default)]
    additional: Option<Words>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fine {
    by: String,
    least: u64,
    most: u64,
    #[serde(default)]
    article: String,
    #[serde(default)]
    only: Option<Words>,
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    // The file is part of the program, and a test reads it.
    RULES.get_or_init(|| serde_json::from_str(DATA).expect("shared/data/measures.json is of its form"))
}

impl Act {
    fn on(&self, day: Date) -> ActView {
        let documents = &rules().fines;
        let in_force =
            |document: &&FineDocument| document.valid_from <= day && document.valid_to.is_none_or(|to| day <= to);
        let fine = documents.iter().rev().filter(in_force).find_map(|document| {
            let fine = self.fines.iter().find(|fine| fine.by == document.id)?;
            let times = rules().organisation_times;
            Some(FineView {
                document: document.document.clone(),
                article: fine.article.clone(),
                least: fine.least,
                most: fine.most,
                organisation_least: fine.least * times,
                organisation_most: fine.most * times,
                only: fine.only.clone(),
                verified: document.verified,
            })
        });
        ActView { code: self.code.clone(), words: self.words.clone(), fine, additional: self.additional.clone() }
    }
}

/// An act with its fine on the day it was done; `None` where there is no such act.
pub fn act(code: &str, day: Date) -> Option<ActView> {
    rules().acts.iter().find(|act| act.code == code).map(|act| act.on(day))
}

/// Every act with its fine on a day.
pub fn acts(day: Date) -> Vec<ActView> {
    rules().acts.iter().map(|act| act.on(day)).collect()
}

/// Whether a term is longer than the longest that is known for the measure.
pub fn is_longer(instrument: Instrument, from: Option<Date>, until: Option<Date>) -> bool {
    let most = rules().instruments.get(&instrument).and_then(|it| it.most_days);
    let days = from.zip(until).map(|(from, until)| from.until(until).map_or(0, |span| span.get_days()));
    // The first day counts.
    most.zip(days).is_some_and(|(most, days)| i64::from(days) + 1 > i64::from(most))
}

/// What the rules look at.
pub struct Facts<'a> {
    /// What the premises are.
    pub class: FacilityClass,
    /// Their findings as they are today.
    pub findings: &'a [FindingSummary],
    /// Their inspections.
    pub inspections: &'a [InspectionSummary],
    /// Their measures as they are today.
    pub measures: &'a [MeasureView],
    /// Today.
    pub today: Date,
}

/// What the rules suggest; nothing where somebody noted since that it is proposed, or why it is not.
pub fn propose(facts: &Facts<'_>) -> Vec<MeasureProposal> {
    let measures = || facts.measures.iter().map(|it| &it.summary);
    let mut proposals: Vec<_> = measures().filter_map(end_of_term).collect();
    let stopped = measures().any(|it| it.instrument.is_stop() && it.is_open());
    if !stopped {
        proposals.extend(temporary_suspension(facts));
        proposals.extend(directive19(facts));
    }
    proposals.extend(sanction(facts));
    proposals
}

/// Whether somebody began a measure of this sort for a finding on a day or later: it is not suggested again for the same reason.
fn is_dealt(facts: &Facts<'_>, instrument: Instrument, finding: &FindingSummary, since: Date) -> bool {
    facts.measures.iter().map(|it| &it.summary).any(|measure| {
        measure.instrument == instrument
            && measure.begun_at >= finding.found_at
            && measure.begun_at.hanoi_date() >= since
            && measure.items.contains(&finding.item)
    })
}

/// Findings that are to be remedied still, and when they were found.
fn open<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = (&'a FindingSummary, Date)> {
    facts.findings.iter().filter(|finding| finding.is_open()).map(|finding| (finding, finding.found_at.hanoi_date()))
}

/// The day after one.
fn after(day: Date) -> Date {
    day.saturating_add(1.day())
}

fn end_of_term(measure: &MeasureSummary) -> Option<MeasureProposal> {
    let until = measure.until.filter(|_| measure.term_over && measure.instrument == Instrument::TemporarySuspension)?;
    let day = until.strftime("%d/%m/%Y");
    Some(MeasureProposal {
        instrument: Instrument::Suspension,
        of: Some(measure.id),
        grounds: measure.grounds.clone(),
        reasons: vec![Words {
            vi: format!(
                "Thời hạn tạm đình chỉ hết ngày {day}, chưa có quyết định tiếp theo: kiểm tra, rồi phục hồi hoặc đình chỉ."
            ),
            en: format!(
                "The term of the temporary suspension ended on {day} and nothing was decided: inspect, then resume or suspend."
            ),
        }],
        items: measure.items.clone(),
        acts: Vec::new(),
        inspection: measure.inspection,
    })
}

fn temporary_suspension(facts: &Facts<'_>) -> Option<MeasureProposal> {
    let mut grounds = BTreeSet::new();
    let (mut reasons, mut found) = (Vec::new(), Vec::new());
    let dealt =
        |finding: &FindingSummary, since: Date| is_dealt(facts, Instrument::TemporarySuspension, finding, since);
    for (finding, day) in open(facts) {
        let direct = finding.severity == Severity::Critical && !dealt(finding, day);
        // Who did not propose it while there was time may think otherwise now that there is none.
        let ignored = finding.deadline.filter(|_| finding.overdue && finding.severity >= Severity::Major);
        let ignored = ignored.is_some_and(|deadline| !dealt(finding, after(deadline)));
        if direct {
            grounds.insert(Ground::DirectRisk);
        }
        if ignored {
            grounds.insert(Ground::NotRemedied);
        }
        if direct || ignored {
            reasons.push(reason(finding));
            found.push(finding);
        }
    }
    let last = facts.inspections.iter().filter(|it| it.state.is_made()).max_by_key(|it| (it.begun(), it.id));
    let concluded = last.filter(|it| it.conclusion == Some(Conclusion::UnsafeSerious));
    if let Some(last) = concluded {
        let day = last.begun().hanoi_date().strftime("%d/%m/%Y");
        reasons.insert(
            0,
            Words {
                vi: format!("Biên bản ngày {day} kết luận đề nghị tạm đình chỉ hoặc đình chỉ."),
                en: format!("The inspection of {day} concluded that suspension is proposed."),
            },
        );
        let noted =
            facts.measures.iter().map(|it| &it.summary).any(|measure| {
                measure.instrument == Instrument::TemporarySuspension && measure.begun_at >= last.begun()
            });
        if found.is_empty() && !noted {
            // The officer knows the ground.
            return Some(MeasureProposal {
                inspection: Some(last.id),
                ..base(Instrument::TemporarySuspension, reasons)
            });
        }
    }
    proposal(Instrument::TemporarySuspension, grounds, reasons, &found, Vec::new())
}

fn directive19(facts: &Facts<'_>) -> Option<MeasureProposal> {
    let directive = &rules().directive19;
    if !directive.classes.contains(&facts.class) || facts.today < directive.valid_from {
        return None;
    }
    let broken = |finding: &FindingSummary| {
        let promised = finding.promised.filter(|day| *day < facts.today);
        promised.is_some_and(|day| !is_dealt(facts, Instrument::StopDirective19, finding, after(day)))
    };
    let found: Vec<_> = open(facts).map(|(finding, _)| finding).filter(|finding| broken(finding)).collect();
    let mut reasons: Vec<_> = found.iter().map(|finding| reason(finding)).collect();
    reasons.insert(
        0,
        Words {
            vi: format!("Cam kết theo {} đã quá hạn mà chưa hoàn thành.", directive.document),
            en: format!("A commitment under {} is past its day and not done.", directive.document),
        },
    );
    proposal(Instrument::StopDirective19, BTreeSet::new(), reasons, &found, Vec::new())
}

fn sanction(facts: &Facts<'_>) -> Option<MeasureProposal> {
    let (mut reasons, mut found, mut acts) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (finding, day) in open(facts).filter(|(finding, day)| !is_dealt(facts, Instrument::Sanction, finding, *day)) {
        for act in rules().acts.iter().filter(|act| act.items.contains(&finding.item)) {
            acts.entry(act.code.as_str()).or_insert_with(|| act.on(day));
            if found.last().is_none_or(|last: &&FindingSummary| last.item != finding.item) {
                reasons.push(reason(finding));
                found.push(finding);
            }
        }
    }
    let disobeyed = facts.measures.iter().map(|it| &it.summary).find(|it| it.disobeyed && it.is_open());
    let dealt =
        |it: &MeasureSummary| it.instrument == Instrument::Sanction && it.acts.iter().any(|act| act == DISOBEYED);
    if disobeyed.is_some() && !facts.measures.iter().any(|it| dealt(&it.summary)) {
        acts.extend(act(DISOBEYED, facts.today).map(|act| (DISOBEYED, act)));
        reasons.insert(
            0,
            Words {
                vi: "Phát hiện hoạt động trong khi đang bị đình chỉ.".into(),
                en: "Found operating in spite of a stop.".into(),
            },
        );
        if found.is_empty() {
            let mut only = base(Instrument::Sanction, reasons);
            only.acts = acts.into_values().collect();
            return Some(only);
        }
    }
    proposal(Instrument::Sanction, BTreeSet::new(), reasons, &found, acts.into_values().collect())
}

fn base(instrument: Instrument, reasons: Vec<Words>) -> MeasureProposal {
    MeasureProposal {
        instrument,
        of: None,
        grounds: Vec::new(),
        reasons,
        items: Vec::new(),
        acts: Vec::new(),
        inspection: None,
    }
}

fn proposal(
    instrument: Instrument,
    grounds: BTreeSet<Ground>,
    reasons: Vec<Words>,
    found: &[&FindingSummary],
    acts: Vec<ActView>,
) -> Option<MeasureProposal> {
    let newest = found.iter().max_by_key(|finding| (finding.found_at, finding.inspection))?;
    let items: BTreeSet<_> = found.iter().map(|finding| finding.item.clone()).collect();
    Some(MeasureProposal {
        grounds: grounds.into_iter().collect(),
        items: items.into_iter().collect(),
        acts,
        inspection: Some(newest.inspection),
        ..base(instrument, reasons)
    })
}

fn reason(finding: &FindingSummary) -> Words {
    let late = |words: &str| match finding.deadline.filter(|_| finding.overdue) {
        Some(day) => format!(" ({words} {})", day.strftime("%d/%m/%Y")),
        None => String::new(),
    };
    let (vi, en) = match &finding.question {
        Some(question) => (question.vi.as_str(), question.en.as_str()),
        None => ("", ""),
    };
    Words {
        vi: format!("{} {vi}", finding.item).trim().to_owned() + &late("hạn khắc phục"),
        en: format!("{} {en}", finding.item).trim().to_owned() + &late("deadline"),
    }
}

/// All measures against premises with what may be noted.
pub fn overview(
    facility: crate::id::DocumentId,
    facts: &Facts<'_>,
    measures: Vec<MeasureView>,
    may_write: bool,
) -> MeasuresView {
    let rules = rules();
    let temporary = &rules.instruments[&Instrument::TemporarySuspension];
    MeasuresView {
        facility,
        today: facts.today,
        measures,
        proposals: if may_write { propose(facts) } else { Vec::new() },
        may_write,
        grounds: rules
            .grounds
            .iter()
            .map(|(ground, words)| GroundView { ground: *ground, words: words.clone() })
            .collect(),
        grounds_article: rules.grounds_article.clone(),
        acts: acts(facts.today),
        most_days: temporary.most_days.unwrap_or_default(),
        most_days_verified: temporary.most_days_verified,
        note: rules.note.clone(),
    }
}

#[cfg(test)]
mod tests;
