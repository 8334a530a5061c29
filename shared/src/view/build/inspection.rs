//! One inspection with its supplements and its review, read as one record.
//!
//! Invariant: what was sealed stays readable ([`super::items`]); what a row counts is the same for every reader: a supplement
//! that is being written, laid over the items where its author writes it, changes no number and is told of beside it. Seals are shown with whether their signature
//! holds, but the state trusts admission, which lets no false seal in.

use std::collections::BTreeMap;

use super::items::progress;
use super::joined::{Joined, Nobody, groups};
use super::late::Cosign;
use super::live::Live;
use super::review::Decided;
use crate::id::{DocumentId, PhotoHash, UnitId};
use crate::record::RecordKind;
use crate::record::facility::field;
use crate::record::given_up;
use crate::record::key::Key;
use crate::record::register::{Answer, Verdict};
use crate::record::value::{Cell, Scalar};
use crate::template::Template;
use crate::template::fill::{FormState, Kept};
use crate::view::{
    Attribution, Authors, Clash, GivenUpEvent, GivenUpView, GroupProgress, InspectionState, InspectionSummary,
    InspectionView, ItemChange, ItemView, LateWork, Progress, Supplementing, remark,
};

/// The item code that stands for the whole record in a review's threads.
pub const WHOLE_RECORD: &str = "_";

/// Where a photo's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PhotoPresence {
    /// Whether they are here.
    pub present: bool,
    /// Whether the server verified them (device: a receipt is held).
    pub verified: bool,
    /// Device only: whether they are this device's to send.
    pub own: bool,
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
    /// Device only: the open supplement that its reader's entries go to; what it says is laid over what is signed. Every other
    /// open one is told of beside the record and covers nothing.
    pub writing: Option<DocumentId>,
    /// The cells of its review, where there is one.
    pub review: Option<&'a [Cell]>,
    /// The decisions in that review's log ([`super::review::decided`]), with those that were replaced.
    pub decided: &'a [Decided],
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
    /// What is known of giving it up: of its log ([`super::given_up`]), and what came after the seal.
    pub given_up: &'a [GivenUpEvent],
    /// Inspections of the same premises, as far as they are known; itself may be among them.
    pub of_facility: &'a [InspectionSummary],
    /// Device only: whether something of it was not yet receipted.
    pub unsent: bool,
}

impl InspectionParts<'_> {
    fn given_up(&self, authors: &dyn Authors) -> Option<GivenUpView> {
        let given_up::Standing { cell, statement, holds } = given_up::standing(self.cells)?;
        let by = authors.attribution(cell.operation.actor, statement.at);
        Some(GivenUpView { reason: statement.reason, words: statement.words, by, holds })
    }

    /// What clashes in a record that is not sealed, but for the answers.
    fn unsettled(&self, authors: &dyn Authors) -> Vec<Clash> {
        let mut found = super::clashes(self.id, RecordKind::Inspection, "", self.template, self.cells, authors);
        found.retain(|clash| !clash.key.starts_with("i/"));
        found
    }

    /// That somebody gave the visit up which is signed: before the seal and it stands there still, or it came after the seal.
    fn given_up_beside_the_seal(&self, course: &[GivenUpEvent], authors: &dyn Authors) -> Vec<remark::Remark> {
        if !given_up::is_signed(self.cells) {
            return Vec::new();
        }
        let within = given_up::told(self.cells).map(|given_up::Standing { cell, statement, .. }| {
            let by = authors.attribution(cell.operation.actor, statement.at);
            (statement.reason, statement.words, by)
        });
        let late = course.iter().filter(|event| event.late);
        let late = late.filter_map(|event| Some((event.reason?, event.words.clone(), event.by.clone())));
        let mut said: Vec<(_, String, Attribution)> = within.into_iter().chain(late).collect();
        said.dedup_by(|one, other| (one.0, one.2.person, one.2.at) == (other.0, other.2.person, other.2.at));
        let each = said.iter().enumerate();
        each.map(|(place, (reason, words, by))| remark::claims::given_up(place, *reason, words, by)).collect()
    }
}

/// The inspection with everything known of it.
pub fn inspection(parts: InspectionParts<'_>, authors: &dyn Authors) -> InspectionView {
    let record = Joined::of(&parts);
    let items = record.items(parts.template, parts.photos, authors);
    let form = record.form(&parts, &items);
    let (summary, groups) = match Joined::without_writing(&parts) {
        Some(everybodys) => {
            let (summary, counted) = everybodys.row(&parts, authors);
            (summary, to_be_settled(counted, &groups(parts.template, &items, form.as_ref())))
        }
        None => (record.summary(&parts, &items, form.as_ref(), authors), groups(parts.template, &items, form.as_ref())),
    };
    let position = record.position(parts.template, &items);
    let place = parts.facility.and_then(|cells| super::live::place(&Live::of(cells)));
    let off = |item: &ItemView| record.finding_off(&item.code, parts.template, authors);
    let signed = record.parts[0].sealed_at;
    let begun_running = record.begun_running();
    let mut remarks = remark::dating::clock_set(begun_running, &items);
    remarks.extend(remark::visit::remarks(&items, position.as_ref(), place, signed, &off));
    remarks.splice(0..0, record.overruled(parts.template, authors));
    let given_up_log = super::given_up::course(parts.given_up);
    remarks.splice(0..0, parts.given_up_beside_the_seal(&given_up_log, authors));
    remarks.splice(0..0, record.dated(authors));
    if parts.template.is_none() {
        remarks.splice(0..0, record.original().template().as_ref().map(remark::claims::template));
    }
    InspectionView {
        supplementing: Supplementing::No,
        open_supplement: record.writing(),
        newest_sealed: record.newest_sealed(),
        sealed_parts: record.sealed_parts(),
        unseen: record.unseen(),
        apart: record.apart(&parts, authors),
        unsettled: parts.unsettled(authors),
        decided_on: record.decision().map(|decision| decision.on),
        position,
        begun_running: begun_running.map(|(_, running, _)| running),
        attendance: record.attendance(authors),
        conclusion: record.conclusion(authors),
        seals: record.seals(parts.cosigned, authors),
        decisions: record.decisions(authors),
        comments: record.comments(WHOLE_RECORD, authors),
        groups,
        late: record.late(&parts),
        also_open: record.also_open(&parts),
        remarks,
        regime: record.regime(),
        purpose: record.original().first_text(field::PURPOSE).map(str::to_owned),
        given_up: parts.given_up(authors),
        given_up_log,
        template_reason: record.original().first_text(field::TEMPLATE_REASON).unwrap_or_default().to_owned(),
        summary,
        form,
        items,
    }
}

/// The inspection as in a list: counts and state, no attributions but the officers' names.
pub fn inspection_summary(parts: &InspectionParts<'_>, authors: &dyn Authors) -> InspectionSummary {
    Joined::without_writing(parts).unwrap_or_else(|| Joined::of(parts)).row(parts, authors).0
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
    let question = parts.template.and_then(|template| template.item(code));
    let item = record.item(code, question, parts.photos, authors);
    let (progress, groups) = match Joined::without_writing(parts) {
        Some(everybodys) => {
            let (row, counted) = everybodys.row(parts, &Nobody);
            (row.progress, to_be_settled(counted, &groups(parts.template, &items, form.as_ref())))
        }
        None => (progress(parts.template, &items, form.as_ref()), groups(parts.template, &items, form.as_ref())),
    };
    (item, groups, progress, form)
}

/// Sections as everybody counts them, with the clashes that this reader is to settle before signing.
fn to_be_settled(mut counted: Vec<GroupProgress>, shown: &[GroupProgress]) -> Vec<GroupProgress> {
    for group in &mut counted {
        let here = shown.iter().find(|it| it.code == group.code).map_or(0, |it| it.progress.clashes);
        group.progress.clashes = group.progress.clashes.max(here);
    }
    counted
}

/// Where an inspection stands, from its parts and its review (cells and decisions) alone.
pub fn inspection_state(
    id: DocumentId,
    cells: &[Cell],
    supplements: &[(DocumentId, &[Cell])],
    review: (Option<&[Cell]>, &[Decided]),
) -> InspectionState {
    Joined::new(id, cells, supplements, review).state()
}

/// Whether a supplement says anything that does not stand already.
pub fn says_news(
    id: DocumentId,
    cells: &[Cell],
    supplements: &[(DocumentId, &[Cell])],
    supplement: DocumentId,
) -> bool {
    let record = Joined::new(id, cells, supplements, (None, &[]));
    let place = record.parts.iter().position(|part| part.id == supplement);
    place.is_some_and(|place| record.says_news(place))
}

/// The newest sealed part of an inspection: what a decision has to be on. The one order of parts for everybody who asks.
pub fn newest_sealed(id: DocumentId, cells: &[Cell], supplements: &[(DocumentId, &[Cell])]) -> Option<DocumentId> {
    Joined::new(id, cells, supplements, (None, &[])).newest_sealed()
}

/// Of what somebody said of an inspection after it was sealed, what the record does not say already.
pub fn news(
    id: DocumentId,
    cells: &[Cell],
    supplements: &[(DocumentId, &[Cell])],
    puts: Vec<(Key, Scalar)>,
) -> Vec<(Key, Scalar)> {
    Joined::new(id, cells, supplements, (None, &[])).standing().news(puts)
}

/// Questions at which an inspection says or shows something that is not in a version of it.
pub fn beyond(
    id: DocumentId,
    cells: &[Cell],
    supplements: &[(DocumentId, &[Cell])],
    version: &[(Key, Scalar)],
) -> Vec<String> {
    Joined::new(id, cells, supplements, (None, &[])).standing().beyond(version)
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
