//! One inspection with its supplements and its review, read as one record.
//!
//! Invariant: what was sealed stays readable: a supplement's statement is shown first and the sealed one is kept beside it
//! as superseded; a photo of a sealed part is never hidden by a later part. Seals are shown with whether their signature
//! holds, but the state trusts admission, which lets no false seal in.

use std::collections::{BTreeMap, BTreeSet};

use super::clash::{attributed, different};
use super::late::{Cosign, Standing};
use super::live::{Live, registers};
use crate::clock::UtcMillis;
use crate::id::{ActorId, DocumentId, PhotoHash, UnitId};
use crate::record::choice;
use crate::record::facility::{field, state};
use crate::record::key::Key;
use crate::record::register::{
    Answer, Decision, DecisionStatement, FindingDetail, ItemAnswer, PhotoDetail, Position, PositionSource, Register,
    SealStatement, ThreadMessage, Verdict,
};
use crate::record::seal;
use crate::record::value::{Cell, Scalar};
use crate::regime::{RegimeView, rulebook};
use crate::template::fill::{FormState, Kept};
use crate::template::{Item, Template, TemplateRef, check};
use crate::view::{
    Attribution, Authors, CommentView, DecisionView, GroupProgress, InspectionState, InspectionSummary, InspectionView,
    ItemChange, ItemView, LateWork, OtherVisit, PhotoView, Progress, SealView, Statement, remark,
};

/// The item code that stands for the whole record in a review's threads.
const WHOLE_RECORD: &str = "_";

/// Where a photo's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PhotoPresence {
    /// Whether they are here.
    pub present: bool,
    /// Whether the server verified them (device: a receipt is held).
    pub verified: bool,
}

/// What an inspection's view is made of.
pub struct InspectionParts<'a> {
    /// The inspection (the original, not a supplement).
    pub id: DocumentId,
    /// Its unit.
    pub unit: UnitId,
    /// The unit's full name.
    pub unit_name: &'a str,
    /// Its cells.
    pub cells: &'a [Cell],
    /// Its supplements and their cells, in any order.
    pub supplements: Vec<(DocumentId, &'a [Cell])>,
    /// The cells of its review, where there is one.
    pub review: Option<&'a [Cell]>,
    /// The cells of its premises, where they are here.
    pub facility: Option<&'a [Cell]>,
    /// The template version that it was begun with; `None` when it isn't here: then items stand in the order of their
    /// codes and nothing counts as a total.
    pub template: Option<&'a Template>,
    /// Where the template filled last is kept, so that an answer evaluates only what depends on it; otherwise all of it is
    /// evaluated.
    pub kept: Option<&'a Kept>,
    /// Where a photo's bytes are.
    pub photos: &'a dyn Fn(&PhotoHash) -> PhotoPresence,
    /// What came after the seal and waits ([`super::late`]).
    pub late: &'a [LateWork],
    /// Who signed the same apart.
    pub cosigned: &'a [Cosign],
    /// Inspections of the same premises, as far as they are known; itself may be among them.
    pub of_facility: &'a [InspectionSummary],
    /// Device only: whether something of it was not yet receipted.
    pub unsent: bool,
}

/// The inspection with everything known of it.
pub fn inspection(parts: InspectionParts<'_>, authors: &dyn Authors) -> InspectionView {
    let record = Joined::of(&parts);
    let items = record.items(parts.template, parts.photos, authors);
    let form = record.form(&parts, &items);
    let groups =
        parts.template.map_or_else(Vec::new, |template| check::group_progress(template, &items, form.as_ref()));
    let position = record.position(parts.template, &items);
    let place = parts.facility.and_then(|cells| super::live::place(&Live::of(cells)));
    let remarks = remark::visit::remarks(&items, position.as_ref(), place, record.parts[0].sealed_at);
    InspectionView {
        open_supplement: record.parts[1..].iter().find(|part| part.sealed_at.is_none()).map(|part| part.id),
        newest_sealed: record.newest_sealed(),
        position,
        seals: record.seals(parts.cosigned, authors),
        decisions: record.decisions(authors),
        comments: record.comments(WHOLE_RECORD, authors),
        groups,
        late: record.late(&parts),
        also_open: record.also_open(&parts),
        remarks,
        regime: record.regime(),
        template_reason: record.original().text(field::TEMPLATE_REASON).unwrap_or_default().to_owned(),
        summary: record.summary(&parts, &items, form.as_ref(), authors),
        form,
        items,
    }
}

/// The inspection as in a list: counts and state, no attributions but the officers' names.
pub fn inspection_summary(parts: &InspectionParts<'_>, authors: &dyn Authors) -> InspectionSummary {
    let record = Joined::of(parts);
    let items = record.items(parts.template, &|_| PhotoPresence::default(), &Nobody);
    record.summary(parts, &items, record.form(parts, &items).as_ref(), authors)
}

/// One item, how far the whole is and what the rules say: what a screen shows after an entry. Only this item's photos are
/// looked for.
pub fn item_and_progress(
    parts: &InspectionParts<'_>,
    code: &str,
    authors: &dyn Authors,
) -> (ItemView, Vec<GroupProgress>, Progress, Option<FormState>) {
    let record = Joined::of(parts);
    let items = record.items(parts.template, &|_| PhotoPresence::default(), &Nobody);
    let form = record.form(parts, &items);
    let groups =
        parts.template.map_or_else(Vec::new, |template| check::group_progress(template, &items, form.as_ref()));
    let question = parts.template.and_then(|template| template.item(code));
    let item = record.item(code, question, parts.photos, authors);
    (item, groups, progress(parts.template, &items, form.as_ref()), form)
}

/// Where an inspection stands, from the cells of its parts and its review alone.
pub fn inspection_state(
    id: DocumentId,
    cells: &[Cell],
    supplements: &[(DocumentId, &[Cell])],
    review: Option<&[Cell]>,
) -> InspectionState {
    Joined::new(id, cells, supplements, review).state()
}

/// The newest sealed part of an inspection: what a decision has to be on. The one order of parts for everybody who asks.
pub fn newest_sealed(id: DocumentId, cells: &[Cell], supplements: &[(DocumentId, &[Cell])]) -> Option<DocumentId> {
    Joined::new(id, cells, supplements, None).newest_sealed()
}

/// Of what somebody said of an inspection after it was sealed, what the record does not say already.
pub fn news(
    id: DocumentId,
    cells: &[Cell],
    supplements: &[(DocumentId, &[Cell])],
    puts: Vec<(Key, Scalar)>,
) -> Vec<(Key, Scalar)> {
    Joined::new(id, cells, supplements, None).standing().news(puts)
}

/// How verdicts differ between two inspections, in the order of the later one.
pub fn changes_since(before: &InspectionView, after: &InspectionView) -> Vec<ItemChange> {
    let earlier: BTreeMap<&str, Option<Verdict>> =
        before.items.iter().map(|item| (item.code.as_str(), verdict(item))).collect();
    after
        .items
        .iter()
        .filter_map(|item| {
            let after = verdict(item)?;
            let before = earlier.get(item.code.as_str()).copied().flatten();
            (before != Some(after)).then(|| ItemChange { item: item.code.clone(), before, after: Some(after) })
        })
        .collect()
}

fn verdict(item: &ItemView) -> Option<Verdict> {
    match item.statements.first()?.answer {
        Some(Answer::Verdict(verdict)) => Some(verdict),
        _ => None,
    }
}

/// The original or a supplement.
struct Part<'a> {
    id: DocumentId,
    live: Live<'a>,
    sealed_at: Option<UtcMillis>,
}

impl<'a> Part<'a> {
    fn of(id: DocumentId, cells: &'a [Cell]) -> Self {
        let live = Live::of(cells);
        let sealed_at = live
            .under("g/")
            .flat_map(|(_, cells)| registers::<SealStatement>(cells))
            .map(|(_, statement)| statement.at)
            .min();
        Self { id, live, sealed_at }
    }
}

/// The parts of one inspection: the original, then its sealed supplements by the time of sealing, then open ones by id.
pub(super) struct Joined<'a> {
    parts: Vec<Part<'a>>,
    review: Live<'a>,
}

impl<'a> Joined<'a> {
    fn of(parts: &InspectionParts<'a>) -> Self {
        Self::new(parts.id, parts.cells, &parts.supplements, parts.review)
    }

    pub(super) fn new(
        id: DocumentId,
        cells: &'a [Cell],
        supplements: &[(DocumentId, &'a [Cell])],
        review: Option<&'a [Cell]>,
    ) -> Self {
        let mut later: Vec<_> = supplements.iter().map(|(id, cells)| Part::of(*id, cells)).collect();
        later.sort_by_key(|part| (part.sealed_at.is_none(), part.sealed_at, part.id));
        let mut parts = vec![Part::of(id, cells)];
        parts.append(&mut later);
        Self { parts, review: review.map(Live::of).unwrap_or_default() }
    }

    fn original(&self) -> &Live<'a> {
        &self.parts[0].live
    }

    fn decision(&self) -> Option<DecisionStatement> {
        self.review.register(&decision_key()).map(|(_, statement)| statement)
    }

    fn newest_sealed(&self) -> Option<DocumentId> {
        self.parts.iter().rfind(|part| part.sealed_at.is_some()).map(|part| part.id)
    }

    fn state(&self) -> InspectionState {
        if self.parts[0].sealed_at.is_none() {
            return InspectionState::InProgress;
        }
        let Some(decision) = self.decision() else { return InspectionState::Completed };
        // A decision on a part that isn't here (yet) is newer than anything here.
        let stands = Some(decision.on) == self.newest_sealed() || self.parts.iter().all(|part| part.id != decision.on);
        match (decision.decision, stands) {
            (Decision::Approved, true) => InspectionState::Approved,
            (Decision::Returned, true) => InspectionState::Returned,
            (_, false) => InspectionState::Supplemented,
        }
    }

    fn summary(
        &self,
        parts: &InspectionParts<'_>,
        items: &[ItemView],
        form: Option<&FormState>,
        authors: &dyn Authors,
    ) -> InspectionSummary {
        let header = self.original();
        let facility = parts.facility.map(Live::of).unwrap_or_default();
        let state = self.state();
        let words = (state == InspectionState::Returned).then(|| self.decision().map(|it| it.words)).flatten();
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
            started_clock_ms: began.and_then(|cell| authors.attribution(cell.operation.actor, started_at).clock_off_ms),
            sealed_at: self.parts[0].sealed_at,
            officers: self.officers(parts.cosigned, authors),
            progress: progress(parts.template, items, form),
            gravest: late.iter().flat_map(|it| &it.items).map(|item| item.severity).max().flatten().max(standing),
            words,
            late_answers: late.iter().map(|late| late.items.len() as u32).sum(),
            late_failed: late.iter().flat_map(|it| &it.items).filter(|item| item.failed).count() as u32,
            approved_before: approved.map(|decision| decision.at),
            unsent: parts.unsent,
        }
    }

    /// When it was begun, as far as anything tells.
    fn begun(&self) -> UtcMillis {
        let header = self.original();
        header.started_at().or_else(|| header.cells().map(|cell| cell.at).min()).unwrap_or_default()
    }

    /// What the template's rules say.
    fn form(&self, parts: &InspectionParts<'_>, items: &[ItemView]) -> Option<FormState> {
        let template = parts.template?;
        match parts.kept {
            Some(kept) => kept.state(parts.id, template, items, self.begun()),
            None => Kept::default().state(parts.id, template, items, self.begun()),
        }
    }

    /// The law that it was begun under; an older record's is that of its day.
    fn regime(&self) -> Option<RegimeView> {
        let header = self.original();
        let day = header.text(field::VISIT_DAY).and_then(|day| day.parse().ok());
        rulebook().of_record(header.text(field::RULE_SET), day.unwrap_or_else(|| self.begun().hanoi_date()))
    }

    /// What a record says without what waits: what is sealed, or the original while nothing is.
    fn standing(&self) -> Standing<'_, 'a> {
        let stands = |(place, part): &(usize, &Part<'a>)| *place == 0 || part.sealed_at.is_some();
        Standing(self.parts.iter().enumerate().filter(stands).map(|(_, part)| &part.live).collect())
    }

    /// The late work, beside what stands. What says the same and has nothing more is counted, and otherwise nothing.
    fn late(&self, parts: &InspectionParts<'_>) -> Vec<LateWork> {
        let standing = self.standing();
        parts.late.iter().map(|late| standing.judge(late, parts.template)).collect()
    }

    /// Other inspections that are being made at the same premises: people who began apart on different days, or with
    /// different templates, are to know of each other.
    fn also_open(&self, parts: &InspectionParts<'_>) -> Vec<OtherVisit> {
        if self.parts[0].sealed_at.is_some() {
            return Vec::new();
        }
        let others = parts.of_facility.iter().filter(|it| it.id != parts.id && it.state == InspectionState::InProgress);
        let mut others: Vec<_> = others
            .map(|it| OtherVisit { id: it.id, started_at: it.started_at, officers: it.officers.clone() })
            .collect();
        others.sort_by_key(|it| (it.started_at, it.id));
        others
    }

    /// Names of who worked on it, by the time of their first work that still shows; who did the same apart comes last. While
    /// it is being made, who began it is in it too, before the first answer; afterwards only if nobody answered anything.
    fn officers(&self, cosigned: &[Cosign], authors: &dyn Authors) -> Vec<String> {
        let cells = || self.parts.iter().flat_map(|part| part.live.cells());
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
        let (mut people, mut names) = (BTreeSet::new(), Vec::new());
        for (at, actor) in actors {
            let by = authors.attribution(actor, at);
            if people.insert((by.person, by.person.is_none().then(|| by.person_name.clone()))) {
                names.push(by.person_name);
            }
        }
        names
    }

    fn items(
        &self,
        template: Option<&Template>,
        photos: &dyn Fn(&PhotoHash) -> PhotoPresence,
        authors: &dyn Authors,
    ) -> Vec<ItemView> {
        let mut codes: BTreeSet<&str> = BTreeSet::new();
        for part in &self.parts {
            for prefix in ["i/", "p/"] {
                codes.extend(part.live.under(prefix).filter_map(|(key, _)| key.split('/').nth(1)));
            }
        }
        codes.extend(self.review.under("t/").filter_map(|(key, _)| key.split('/').nth(1)));
        codes.remove(WHOLE_RECORD);
        let questions: BTreeMap<&str, (usize, &Item)> = template
            .into_iter()
            .flat_map(Template::items)
            .enumerate()
            .map(|(place, item)| (item.code.as_str(), (place, item)))
            .collect();
        let mut codes: Vec<_> = codes.into_iter().map(|code| (questions.get(code), code)).collect();
        codes.sort_by_key(|(question, code)| (question.map_or(usize::MAX, |(place, _)| *place), *code));
        codes
            .into_iter()
            .map(|(question, code)| self.item(code, question.map(|(_, item)| *item), photos, authors))
            .filter(|item| !(item.statements.is_empty() && item.photos.is_empty() && item.comments.is_empty()))
            .collect()
    }

    pub(super) fn item(
        &self,
        code: &str,
        question: Option<&Item>,
        photos: &dyn Fn(&PhotoHash) -> PhotoPresence,
        authors: &dyn Authors,
    ) -> ItemView {
        let (mut statements, mut superseded) = (Vec::new(), Vec::new());
        let mut finding = None;
        let mut taken: BTreeMap<PhotoHash, PhotoView> = BTreeMap::new();
        for (place, part) in self.parts.iter().enumerate() {
            let said = statements_of(&part.live, code, place > 0, authors);
            if place == 0 {
                statements = said;
            } else if said.iter().any(|statement| statement.answer.is_some()) {
                // A correction that was taken back again leaves what was sealed.
                superseded.append(&mut statements);
                statements = said;
            }
            if let Some((_, detail)) = part.live.register::<FindingDetail>(&format!("f/{code}/detail")) {
                finding = Some(as_first_said(detail, authors));
            }
            for (_, cells) in part.live.under(&format!("p/{code}/")) {
                let Some((cell, detail)) = registers::<PhotoDetail>(cells).next() else { continue };
                if !detail.removed {
                    let presence = photos(&detail.hash);
                    let (author, _) = attributed(cell.operation, detail.at, detail.origin, authors);
                    let (present, verified) = (presence.present, presence.verified);
                    taken.entry(detail.hash).or_insert(PhotoView { detail, author, verified, present });
                }
            }
        }
        let fails = |answer: &Answer| match question {
            Some(question) => check::failed(question, answer),
            None => *answer == Answer::Verdict(Verdict::Fail),
        };
        let finding = finding.filter(|_| statements.iter().filter_map(|it| it.answer.as_ref()).any(fails));
        let mut photos: Vec<_> = taken.into_values().collect();
        photos.sort_by_key(|photo| (photo.detail.at, photo.detail.hash));
        ItemView {
            code: code.to_owned(),
            statements,
            superseded,
            finding,
            photos,
            comments: self.comments(code, authors),
        }
    }

    fn comments(&self, code: &str, authors: &dyn Authors) -> Vec<CommentView> {
        let mut comments: Vec<_> = self
            .review
            .under(&format!("t/{code}/"))
            .filter_map(|(_, cells)| registers::<ThreadMessage>(cells).next())
            .map(|(cell, message)| CommentView {
                words: message.words,
                by: authors.attribution(cell.operation.actor, message.at),
            })
            .collect();
        comments.sort_by_key(|comment| comment.by.at);
        comments
    }

    fn seals(&self, cosigned: &[Cosign], authors: &dyn Authors) -> Vec<SealView> {
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
            })
            .collect();
        seals.extend(cosigned.iter().map(|cosign| SealView {
            by: authors.attribution(cosign.actor, cosign.statement.at),
            valid: self.parts.iter().any(|part| seal::verify(part.id, &cosign.statement)),
            apart: true,
        }));
        seals.sort_by_key(|seal| seal.by.at);
        seals
    }

    fn decisions(&self, authors: &dyn Authors) -> Vec<DecisionView> {
        registers::<DecisionStatement>(self.review.at(&decision_key()))
            .map(|(cell, statement)| DecisionView {
                decision: statement.decision,
                words: statement.words,
                by: authors.attribution(cell.operation.actor, statement.at),
            })
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect()
    }

    /// The header's position; otherwise the first position that was answered.
    fn position(&self, template: Option<&Template>, items: &[ItemView]) -> Option<Position> {
        let header = self.parts.iter().rev().find_map(|part| position(&part.live));
        header.or_else(|| {
            // Items stand in the template's order, those that it doesn't ask last.
            let asked = |view: &&ItemView| template.is_some_and(|template| template.item(&view.code).is_some());
            let answers = items.iter().filter_map(|view| Some((view, view.statements.first()?.answer.as_ref()?)));
            let mut places = answers.filter_map(|(view, answer)| match answer {
                Answer::Geo(position) => Some((view, *position)),
                _ => None,
            });
            places.find(|(view, _)| asked(view)).map(|(_, position)| position)
        })
    }
}

fn decision_key() -> String {
    format!("s/{}", state::DECISION)
}

/// The position in a record's header.
pub(super) fn position(live: &Live<'_>) -> Option<Position> {
    Some(Position {
        latitude: live.number(field::LATITUDE)?,
        longitude: live.number(field::LONGITUDE)?,
        accuracy_m: live.number(field::ACCURACY_M),
        source: match live.text(field::POSITION_SOURCE) {
            Some("device") => PositionSource::Device,
            Some("photo") => PositionSource::Photo,
            _ => PositionSource::Manual,
        },
    })
}

fn statements_of(live: &Live<'_>, code: &str, supplement: bool, authors: &dyn Authors) -> Vec<Statement> {
    different(live.at(&format!("i/{code}")))
        .into_iter()
        .filter_map(|cell| {
            let (answer, note, at) = if cell.value.is_tombstone() {
                (None, String::new(), cell.at)
            } else {
                let register = ItemAnswer::from_scalar(&cell.value).ok()?;
                (register.answer, register.note, register.at)
            };
            let (by, chosen_by) = attributed(cell.operation, at, choice::origin(&cell.value), authors);
            Some(Statement { operation: cell.operation, answer, note, by, chosen_by, supplement })
        })
        .collect()
}

/// A finding that was chosen in a clash is still its writer's.
fn as_first_said(mut detail: FindingDetail, authors: &dyn Authors) -> FindingDetail {
    if let Some(origin) = detail.origin
        && let Some(person) = authors.attribution(origin.actor, origin.at).person
    {
        (detail.by, detail.at) = (person, origin.at);
    }
    detail
}

fn progress(template: Option<&Template>, items: &[ItemView], form: Option<&FormState>) -> Progress {
    template.map_or_else(|| counted(items), |template| check::progress(template, items, form))
}

/// What can be counted without the template.
fn counted(items: &[ItemView]) -> Progress {
    let answers = || items.iter().filter_map(|item| item.statements.first()?.answer.as_ref());
    Progress {
        answered: answers().count() as u32,
        total: 0,
        failed: answers().filter(|answer| **answer == Answer::Verdict(Verdict::Fail)).count() as u32,
        clashes: items.iter().filter(|item| item.statements.len() > 1).count() as u32,
        photos: items.iter().map(|item| item.photos.len() as u32).sum(),
    }
}

/// For counting, where names don't matter.
pub(super) struct Nobody;

impl Authors for Nobody {
    fn attribution(&self, _actor: ActorId, at: UtcMillis) -> Attribution {
        Attribution::of(None, at)
    }
}
