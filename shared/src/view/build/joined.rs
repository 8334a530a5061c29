//! The parts of one inspection read together: where it stands, who worked on it, its row in a list.
//!
//! Invariants: the order of parts is one for everybody who asks ([`super::known`]): the original, then sealed supplements, each
//! after those that its author knew, then open ones. What is unsigned never covers what is signed for anyone who judges: of a
//! sealed inspection rows, counts, findings and the state are of its sealed parts, for every reader; what an open supplement
//! says is laid over them only where its author goes on writing it. A decision stands as long as nothing is sealed that its
//! reviewer did not have.

use std::collections::{BTreeMap, BTreeSet};

use super::inspection::{InspectionParts, PhotoPresence};
use super::items::progress;
use super::known::{Knew, ordered};
use super::late::{Cosign, Standing};
use super::live::{Live, registers};
use super::review::{Decided, decision_key};
use crate::clock::UtcMillis;
use crate::id::{ActorId, DocumentId};
use crate::record::choice;
use crate::record::facility::field;
use crate::record::given_up;
use crate::record::register::{Answer, Decision, DecisionStatement, Known, SealStatement, Verdict};
use crate::record::seal;
use crate::record::value::Cell;
use crate::regime::{RegimeView, rulebook};
use crate::template::fill::{FormState, Kept};
use crate::template::{Template, TemplateRef, check};
use crate::view::remark::dating::Reading;
use crate::view::{
    Attribution, Authors, GroupProgress, InspectionState, InspectionSummary, ItemView, LateWork, OtherVisit, SealView,
};

/// The original or a supplement.
pub(super) struct Part<'a> {
    pub(super) id: DocumentId,
    pub(super) live: Live<'a>,
    pub(super) sealed_at: Option<UtcMillis>,
    /// Whether what it says is read while it is open: the original, and the supplement that the reader writes.
    pub(super) laid: bool,
    /// What its signer's device had of the inspection, where that is said.
    pub(super) known: Option<Known>,
}

impl<'a> Part<'a> {
    fn of(id: DocumentId, cells: &'a [Cell], laid: bool) -> Self {
        let live = Live::of(cells);
        let first = live
            .under("g/")
            .flat_map(|(_, cells)| registers::<SealStatement>(cells))
            .map(|(cell, statement)| (statement.at, cell.operation, statement.known))
            .min_by_key(|(at, operation, _)| (*at, *operation));
        let (sealed_at, known) = first.map_or((None, None), |(at, _, known)| (Some(at), known));
        Self { id, live, sealed_at, laid, known }
    }
}

/// The parts of one inspection: the original, then its sealed supplements, then open ones by id.
pub(super) struct Joined<'a> {
    pub(super) parts: Vec<Part<'a>>,
    knew: Knew,
    /// Whether the visit was given up and nobody signed it.
    given_up: bool,
    pub(super) review: Live<'a>,
    /// Every decision, the one in force last.
    pub(super) decided: Vec<Decided>,
}

impl<'a> Joined<'a> {
    pub(super) fn of(parts: &InspectionParts<'a>) -> Self {
        let mut record = Self::new(parts.id, parts.cells, &parts.supplements, (parts.review, parts.decided));
        for part in &mut record.parts[1..] {
            part.laid = parts.writing == Some(part.id);
        }
        record
    }

    /// What everybody reads where the supplement that the reader writes is laid over the record; `None` where none is.
    pub(super) fn without_writing(parts: &InspectionParts<'a>) -> Option<Self> {
        let mut record = Self::of(parts);
        record.writing()?;
        for part in &mut record.parts[1..] {
            part.laid = false;
        }
        Some(record)
    }

    /// The open supplement that is laid over the record.
    pub(super) fn writing(&self) -> Option<DocumentId> {
        self.parts[1..].iter().find(|part| part.laid && part.sealed_at.is_none()).map(|part| part.id)
    }

    /// Without any open supplement laid over. `review`: its cells and its decisions ([`super::review::decided`]).
    pub(super) fn new(
        id: DocumentId,
        cells: &'a [Cell],
        supplements: &[(DocumentId, &'a [Cell])],
        review: (Option<&'a [Cell]>, &[Decided]),
    ) -> Self {
        let later = supplements.iter().map(|(id, cells)| Part::of(*id, cells, false));
        let given_up = given_up::standing(cells).is_some_and(|it| it.holds);
        let (parts, knew) = ordered(std::iter::once(Part::of(id, cells, true)).chain(later).collect());
        let (review, decided) = (review.0.map(Live::of).unwrap_or_default(), review.1);
        let live = registers::<DecisionStatement>(review.at(&decision_key()));
        let live = live.map(|(cell, statement)| Decided { operation: cell.operation, statement });
        let mut decided: Vec<_> = live.chain(decided.iter().cloned()).collect();
        decided.sort_by_key(|it| it.operation);
        decided.dedup_by_key(|it| it.operation);
        Self { parts, knew, given_up, review, decided }
    }

    pub(super) fn original(&self) -> &Live<'a> {
        &self.parts[0].live
    }

    /// The same without what is not sealed; `None` while nothing is.
    pub(super) fn sealed(mut self) -> Option<Self> {
        self.parts[0].sealed_at?;
        // Open ones come last.
        self.parts.retain(|part| part.sealed_at.is_some());
        Some(self)
    }

    /// The parts that are read, with their places: those that are sealed, and unless it is to be `signed` what is laid over them.
    pub(super) fn read(&self, signed: bool) -> impl Iterator<Item = (usize, &Part<'a>)> {
        self.parts.iter().enumerate().filter(move |(_, part)| part.sealed_at.is_some() || part.laid && !signed)
    }

    /// Whether the author of the part at one place knew the one at another.
    pub(super) fn knew(&self, place: usize, other: usize) -> bool {
        self.knew[place].get(other).copied().unwrap_or(false)
    }

    /// Who wrote what follows from a failed check, as it stands.
    pub(super) fn finding_by(
        &self,
        code: &str,
        template: Option<&Template>,
        authors: &dyn Authors,
    ) -> Option<Attribution> {
        let question = template.and_then(|template| template.item(code));
        self.stands(code, question, true).findings.first().map(|written| written.by(authors))
    }

    pub(super) fn decision(&self) -> Option<&DecisionStatement> {
        self.decided.last().map(|it| &it.statement)
    }

    pub(super) fn newest_sealed(&self) -> Option<DocumentId> {
        self.parts.iter().rfind(|part| part.sealed_at.is_some()).map(|part| part.id)
    }

    pub(super) fn state(&self) -> InspectionState {
        if self.parts[0].sealed_at.is_none() {
            return if self.given_up { InspectionState::Cancelled } else { InspectionState::InProgress };
        }
        let Some(decision) = self.decision() else { return InspectionState::Completed };
        match (decision.decision, self.unseen().is_empty()) {
            (Decision::Approved, true) => InspectionState::Approved,
            (Decision::Returned, true) => InspectionState::Returned,
            // What was signed by who had not read the words is no answer to them.
            (Decision::Returned, false) if self.unanswered() > 0 || !self.was_heard() => InspectionState::Returned,
            (_, false) => InspectionState::Supplemented,
        }
    }

    pub(super) fn sealed_parts(&self) -> Vec<DocumentId> {
        self.read(true).map(|(_, part)| part.id).collect()
    }

    /// Sealed parts that whoever decided last did not have.
    pub(super) fn unseen(&self) -> Vec<DocumentId> {
        let Some(decision) = self.decision() else { return Vec::new() };
        let place = self.place_of(self.decided.len() - 1);
        let seen = |(at, part): &(usize, &Part<'_>)| match &decision.seen {
            Some(seen) => part.id == decision.on || seen.contains(&part.id),
            None => *at <= place,
        };
        self.read(true).filter(|part| !seen(part)).map(|(_, part)| part.id).collect()
    }

    pub(super) fn summary(
        &self,
        parts: &InspectionParts<'_>,
        items: &[ItemView],
        form: Option<&FormState>,
        authors: &dyn Authors,
    ) -> InspectionSummary {
        let header = self.original();
        let facility = parts.facility.map(Live::of).unwrap_or_default();
        let state = self.state();
        let words = (state == InspectionState::Returned).then(|| self.decision().map(|it| it.words.clone())).flatten();
        let approved = self.decision().filter(|it| it.decision == Decision::Approved);
        let approved = approved.filter(|_| state == InspectionState::Supplemented);
        let late = self.late(parts);
        let standing = parts.template.and_then(|template| check::gravest(template, items, form));
        let began = header.beginning();
        let started_at = self.begun();
        InspectionSummary {
            id: parts.id,
            facility: header.document(field::FACILITY).unwrap_or(DocumentId::from_bytes([0; 16])),
            facility_name: facility.text(field::NAME).unwrap_or_default().to_owned(),
            facility_address: super::facility::address(&facility),
            unit: parts.unit,
            unit_name: parts.unit_name.to_owned(),
            template: parts
                .template
                .map(Template::reference)
                .or_else(|| header.template())
                .unwrap_or_else(|| TemplateRef { code: String::new(), version: String::new() }),
            state,
            started_at,
            started_clock_ms: began.and_then(|cell| self.began_off(cell, started_at, authors)),
            sealed_at: self.parts[0].sealed_at,
            sealed_clock_ms: self.sealed_off(authors),
            officers: self.officers(parts.cosigned, authors),
            progress: progress(parts.template, items, form),
            gravest: late
                .iter()
                .flat_map(|it| &it.items)
                .map(|item| item.severity)
                .max()
                .flatten()
                .max(standing)
                .filter(|_| state != InspectionState::Cancelled),
            words,
            conclusion: self.concluded(),
            late_answers: late.iter().map(|late| late.items.len() as u32).sum(),
            own_late: late.iter().filter(|late| late.own).map(|late| late.items.len() as u32).sum(),
            late_failed: failed_besides(&late, parts.template, items, form),
            apart: self.apart(parts, &Nobody).len() as u32,
            unanswered: if state == InspectionState::Returned { self.unanswered() } else { 0 },
            approved_before: approved.map(|decision| decision.at),
            unsent: parts.unsent,
        }
    }

    /// When it was begun, as far as anything tells.
    pub(super) fn begun(&self) -> UtcMillis {
        let header = self.original();
        header.started_at().or_else(|| header.cells().map(|cell| cell.at).min()).unwrap_or_default()
    }

    /// What the running clock of the device that began it said then.
    pub(super) fn begun_running(&self) -> Option<Reading> {
        let header = self.original();
        let running = header.first_text(field::STARTED_RUNNING)?.parse().ok()?;
        let (begun, actor) = (header.started_at()?, header.beginning()?.operation.actor);
        Some((actor, running, begun))
    }

    /// What the template's rules say.
    pub(super) fn form(&self, parts: &InspectionParts<'_>, items: &[ItemView]) -> Option<FormState> {
        let template = parts.template?;
        match parts.kept {
            Some(kept) => kept.state(parts.id, template, items, self.begun()),
            None => Kept::default().state(parts.id, template, items, self.begun()),
        }
    }

    /// The row of a record that a supplement is laid over, counted without it, and how far its sections are.
    pub(super) fn row(
        &self,
        parts: &InspectionParts<'_>,
        authors: &dyn Authors,
    ) -> (InspectionSummary, Vec<GroupProgress>) {
        let items = self.items(parts.template, &|_| PhotoPresence::default(), &Nobody);
        // Not the kept sheet: that one is of what is shown.
        let form = parts.template.and_then(|it| Kept::default().state(parts.id, it, &items, self.begun()));
        (self.summary(parts, &items, form.as_ref(), authors), groups(parts.template, &items, form.as_ref()))
    }

    /// The law that it was begun under; an older record's is that of its day.
    pub(super) fn regime(&self) -> Option<RegimeView> {
        let header = self.original();
        let day = header.text(field::VISIT_DAY).and_then(|day| day.parse().ok());
        rulebook().of_record(header.first_text(field::RULE_SET), day.unwrap_or_else(|| self.begun().hanoi_date()))
    }

    /// What a record says without what waits: what is sealed, or the original while nothing is.
    pub(super) fn standing(&self) -> Standing<'_, 'a> {
        let stands = |(place, part): &(usize, &Part<'a>)| *place == 0 || part.sealed_at.is_some();
        Standing(self.parts.iter().enumerate().filter(stands).map(|(_, part)| &part.live).collect())
    }

    /// The late work, beside what stands. What says the same and has nothing more is counted, and otherwise nothing.
    pub(super) fn late(&self, parts: &InspectionParts<'_>) -> Vec<LateWork> {
        let standing = self.standing();
        let judged = parts.late.iter().map(|late| (late, standing.judge(late, parts.template)));
        // Of what is taken back again while a supplement is written that everybody writes in, nothing waits.
        let nothing = |(late, now): &(&LateWork, LateWork)| {
            late.asked
                && !late.items.is_empty()
                && now.items.is_empty()
                && now.photos == 0
                && now.attended == 0
                && now.same == 0
        };
        judged.filter(|one| !nothing(one)).map(|(_, now)| now).collect()
    }

    /// Other inspections that are being made at the same premises: people who began apart on different days, or with
    /// different templates, are to know of each other.
    pub(super) fn also_open(&self, parts: &InspectionParts<'_>) -> Vec<OtherVisit> {
        if self.parts[0].sealed_at.is_some() || self.given_up {
            return Vec::new();
        }
        let others = parts.of_facility.iter().filter(|it| it.id != parts.id && it.state == InspectionState::InProgress);
        let mut others: Vec<_> =
            others.map(|it| OtherVisit { id: it.id, started_at: it.begun(), officers: it.officers.clone() }).collect();
        others.sort_by_key(|it| (it.started_at, it.id));
        others
    }

    /// Names of who worked on it, by the time of their first work that still shows; who did the same apart comes last. While
    /// it is being made, who began it is in it too, before the first answer; afterwards only if nobody answered anything.
    fn officers(&self, cosigned: &[Cosign], authors: &dyn Authors) -> Vec<String> {
        names(self.workers(cosigned), authors)
    }

    /// Who worked on it, in the order in which [`names`] names them.
    pub(super) fn workers(&self, cosigned: &[Cosign]) -> Vec<(UtcMillis, ActorId)> {
        // Who only writes in a supplement that is not signed has not worked on it yet.
        let signed = |(place, part): &(usize, &Part<'a>)| *place == 0 || part.sealed_at.is_some();
        let cells = || self.parts.iter().enumerate().filter(signed).flat_map(|(_, part)| part.live.cells());
        let mut first: BTreeMap<ActorId, UtcMillis> = BTreeMap::new();
        let (open, began) = (self.parts[0].sealed_at.is_none(), format!("h/{}", field::STARTED_AT));
        let work = |cell: &Cell| !cell.key.starts_with(['h', 's']) || (open && cell.key == began);
        for only_work in [true, false] {
            for cell in cells().filter(|cell| !only_work || work(cell)) {
                let chosen = choice::origin(&cell.value).map(|origin| (origin.actor, origin.at));
                for (actor, worked_at) in std::iter::once((cell.operation.actor, cell.at)).chain(chosen) {
                    let at = first.entry(actor).or_insert(worked_at);
                    *at = worked_at.min(*at);
                }
            }
            if !first.is_empty() {
                break;
            }
        }
        let mut actors: Vec<_> = first.into_iter().map(|(actor, at)| (at, actor)).collect();
        actors.sort_unstable();
        actors.extend(cosigned.iter().map(|cosign| (cosign.statement.at, cosign.actor)));
        actors
    }

    pub(super) fn seals(&self, cosigned: &[Cosign], authors: &dyn Authors) -> Vec<SealView> {
        let mut seals: Vec<_> = self
            .parts
            .iter()
            .flat_map(|part| part.live.under("g/").map(move |(_, cells)| (part.id, cells)))
            .flat_map(|(id, cells)| {
                registers::<SealStatement>(cells).map(move |(cell, statement)| (id, cell, statement))
            })
            .map(|(id, cell, statement)| SealView {
                by: authors.attribution(cell.operation.actor, statement.at),
                valid: seal::verify(id, &statement),
                apart: false,
                without: None,
            })
            .collect();
        seals.extend(cosigned.iter().map(|cosign| SealView {
            by: authors.attribution(cosign.actor, cosign.statement.at),
            valid: self.parts.iter().any(|part| seal::verify(part.id, &cosign.statement)),
            apart: true,
            without: cosign.without.clone(),
        }));
        seals.sort_by_key(|seal| seal.by.at);
        seals
    }
}

/// How far the sections are.
pub(super) fn groups(template: Option<&Template>, items: &[ItemView], form: Option<&FormState>) -> Vec<GroupProgress> {
    template.map_or_else(Vec::new, |template| check::group_progress(template, items, form))
}

/// Checks that fail in late work and do not fail in the record: an item counts once, whoever says it how often.
fn failed_besides(late: &[LateWork], template: Option<&Template>, items: &[ItemView], form: Option<&FormState>) -> u32 {
    let known: BTreeSet<String> = if let Some(template) = template {
        check::failures(template, items, form).into_iter().map(|(code, _)| code).collect()
    } else {
        let fails = |item: &&ItemView| {
            let said = item.statements.first().and_then(|said| said.answer.as_ref());
            said == Some(&Answer::Verdict(Verdict::Fail))
        };
        items.iter().filter(fails).map(|item| item.code.clone()).collect()
    };
    let late: BTreeSet<&String> =
        late.iter().flat_map(|it| &it.items).filter(|item| item.failed).map(|item| &item.code).collect();
    late.into_iter().filter(|code| !known.contains(*code)).count() as u32
}

/// Names of these people, each once.
pub(super) fn names(workers: Vec<(UtcMillis, ActorId)>, authors: &dyn Authors) -> Vec<String> {
    let (mut people, mut names) = (BTreeSet::new(), Vec::new());
    for (at, actor) in workers {
        let by = authors.attribution(actor, at);
        if people.insert((by.person, by.person.is_none().then(|| by.person_name.clone()))) {
            names.push(by.person_name);
        }
    }
    names
}

/// For counting, where names don't matter.
pub(super) struct Nobody;

impl Authors for Nobody {
    fn attribution(&self, _actor: ActorId, at: UtcMillis) -> Attribution {
        Attribution::of(None, at)
    }
}
