//! Inspections: begun, opened, listed.
//!
//! Invariant: an inspection and its supplements are shown as one record; a supplement's id stands for its inspection.

use std::collections::HashSet;
use std::sync::Arc;

use ancu_shared::clock::CLOCKS_AGREE_MS;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{field, state as states};
use ancu_shared::record::fields::PURPOSES;
use ancu_shared::record::value::Cell;
use ancu_shared::record::visit::Visit;
use ancu_shared::regime::rulebook;
use ancu_shared::template::fill::Kept;
use ancu_shared::template::{Template, TemplateRef};
use ancu_shared::view::build::given_up;
use ancu_shared::view::build::late::{self, Cosign, Parted, Supplement};
use ancu_shared::view::build::{self, Decided, InspectionParts, Live, PhotoPresence};
use ancu_shared::view::{Authors as _, GivenUpEvent, InspectionState, InspectionSummary, InspectionView, LateWork};

use super::answer::Answered;
use super::{header, state, tidy};
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::changes::{self, Record};
use crate::store::{history, index, journal, outbox, pictures};

/// The longest reason for another checklist, in characters.
const MAX_REASON_CHARS: usize = 500;

/// The cells of everything that one inspection's view is made of.
pub(super) struct Gathered {
    pub(super) root: Record,
    cells: Vec<Cell>,
    pub(super) supplements: Vec<Supplement>,
    /// The open one that entries go to here.
    writing: Option<DocumentId>,
    late: Vec<LateWork>,
    cosigned: Vec<Cosign>,
    given_up: Vec<GivenUpEvent>,
    of_facility: Vec<InspectionSummary>,
    review: Option<Vec<Cell>>,
    decided: Vec<Decided>,
    facility: Option<Vec<Cell>>,
    template: Option<Arc<Template>>,
    unit_name: String,
    unsent: bool,
}

impl Gathered {
    pub(super) fn parts<'a>(
        &'a self,
        kept: Option<&'a Kept>,
        photos: &'a dyn Fn(&PhotoHash) -> PhotoPresence,
    ) -> InspectionParts<'a> {
        InspectionParts {
            id: self.root.id,
            unit: self.root.unit,
            unit_name: &self.unit_name,
            cells: &self.cells,
            supplements: self.supplements.iter().map(|(id, cells)| (*id, cells.as_slice())).collect(),
            writing: self.writing,
            review: self.review.as_deref(),
            decided: &self.decided,
            facility: self.facility.as_deref(),
            template: self.template.as_deref(),
            kept,
            photos,
            late: &self.late,
            cosigned: &self.cosigned,
            given_up: &self.given_up,
            of_facility: &self.of_facility,
            unsent: self.unsent,
        }
    }
}

impl Gathered {
    pub(super) fn state(&self) -> InspectionState {
        let supplements: Vec<_> = self.supplements.iter().map(|(id, cells)| (*id, cells.as_slice())).collect();
        build::inspection_state(self.root.id, &self.cells, &supplements, (self.review.as_deref(), &self.decided))
    }
}

impl Open {
    /// The inspection itself, given its id or a supplement's.
    pub(crate) fn inspection_root(&self, id: DocumentId) -> Outcome<Record> {
        let record = self.record(id, RecordKind::Inspection)?;
        match record.parent {
            Some(original) => self.record(original, RecordKind::Inspection),
            None => Ok(record),
        }
    }

    /// What was said in an inspection and about it, without what only a whole view shows.
    pub(super) fn gather_work(&mut self, root: Record) -> Outcome<Gathered> {
        let cells = self.cells_now(root.id)?;
        self.gather_work_by(root, cells)
    }

    fn gather_work_by(&mut self, root: Record, cells: Vec<Cell>) -> Outcome<Gathered> {
        let supplements = changes::children(&self.store.main, root.id, RecordKind::Inspection)?
            .into_iter()
            .map(|record| Ok((record.id, self.cells_now(record.id)?)))
            .collect::<Outcome<Vec<_>>>()?;
        let Parted { read: supplements, late, cosigned, mut gave_up } =
            late::split(supplements, Some(self.person()), &self.people);
        if given_up::was_given_up(&cells) {
            let log = history::log(&self.store.main, root.id, RecordKind::Inspection)?;
            let log: Vec<_> = log.into_iter().map(|logged| logged.change).collect();
            gave_up.extend(given_up::told(&log, false, |actor, at| self.people.attribution(actor, at)));
        }
        let review = build::review_id(root.id);
        let decided = history::log(&self.store.main, review, RecordKind::Review)?;
        let decided: Vec<_> = decided.into_iter().map(|logged| logged.change).collect();
        let decided = build::decided(&decided);
        let review = self.cells_now(review)?;
        let template = self.first_here(&Live::of(&cells).templates())?;
        let review = (!review.is_empty()).then_some(review);
        let (facility, of_facility, unit_name, unsent) = (None, Vec::new(), String::new(), false);
        let mut gathered = Gathered {
            root,
            cells,
            supplements,
            writing: None,
            late,
            cosigned,
            given_up: gave_up,
            of_facility,
            review,
            decided,
            facility,
            template,
            unit_name,
            unsent,
        };
        if self.may_write(RecordKind::Inspection, gathered.root.unit).is_ok() {
            gathered.writing = self.supplement_in(&gathered)?.map(|open| open.id);
        }
        Ok(gathered)
    }

    pub(super) fn gather(&mut self, root: Record) -> Outcome<Gathered> {
        let mut gathered = self.gather_by(root, None)?;
        gathered.unsent = outbox::is_unsent(&self.store.main, gathered.root.id)?;
        for (id, _) in &gathered.supplements {
            gathered.unsent = gathered.unsent || outbox::is_unsent(&self.store.main, *id)?;
        }
        Ok(gathered)
    }

    /// The same, `cells` where they are at hand; not whether something of it is unsent.
    fn gather_by(&mut self, root: Record, cells: Option<Vec<Cell>>) -> Outcome<Gathered> {
        let cells = cells.map_or_else(|| self.cells_now(root.id), Ok)?;
        let mut gathered = self.gather_work_by(root, cells)?;
        gathered.facility = gathered.root.facility.map(|id| self.cells_now(id)).transpose()?;
        gathered.unit_name = self.unit_name(gathered.root.unit);
        Ok(gathered)
    }

    pub(super) fn presence(&self, hash: &PhotoHash) -> PhotoPresence {
        PhotoPresence {
            present: pictures::is_here(&self.store.photos, hash).unwrap_or(false),
            verified: pictures::is_receipted(&self.store.main, hash).unwrap_or(false),
            own: pictures::is_own(&self.store.main, hash).unwrap_or(false),
        }
    }

    /// An item as it is now and how far the inspection is: what the screen shows after an entry.
    pub(crate) fn answered(&mut self, id: DocumentId, code: &str) -> Outcome<Answered> {
        let root = self.inspection_root(id)?;
        let gathered = self.gather_work(root)?;
        let presence = |hash: &PhotoHash| self.presence(hash);
        let parts = gathered.parts(Some(&self.kept), &presence);
        let (item, groups, progress, form) = build::item_and_progress(&parts, code, &self.people);
        Ok(Answered { item, groups, progress, form, kept: false })
    }

    /// The inspection with everything known of it, the journal laid over.
    pub(crate) fn inspection_view(&mut self, id: DocumentId) -> Outcome<InspectionView> {
        let root = self.inspection_root(id)?;
        let mut gathered = self.gather(root)?;
        if let Some(facility) = gathered.root.facility {
            gathered.of_facility = self.open_visits(facility)?;
        }
        let presence = |hash: &PhotoHash| self.presence(hash);
        let mut view = build::inspection(gathered.parts(Some(&self.kept), &presence), &self.people);
        view.supplementing = self.supplementing(&gathered)?;
        Ok(view)
    }

    /// The inspection as in a list.
    pub(crate) fn inspection_summary(&mut self, id: DocumentId) -> Outcome<InspectionSummary> {
        let root = self.inspection_root(id)?;
        let gathered = self.gather(root)?;
        Ok(build::inspection_summary(&gathered.parts(None, &|_| PhotoPresence::default()), &self.people))
    }

    /// Inspections in a state, as they are now: as projected, and only those with entries in the journal made anew.
    pub(crate) fn inspections_in(&mut self, state: InspectionState) -> Outcome<Vec<InspectionSummary>> {
        let mut entered = HashSet::new();
        for id in journal::documents(&self.store.main)? {
            let parent = changes::find(&self.store.main, id)?.and_then(|record| record.parent);
            entered.extend([Some(id), parent].into_iter().flatten());
        }
        let mut listed = index::inspections_in(&self.store.main, state)?;
        for summary in &mut listed {
            if entered.contains(&summary.id) {
                *summary = self.inspection_summary(summary.id)?;
                continue;
            }
            summary.unit_name = self.unit_name(summary.unit);
            summary.unsent = outbox::is_unsent(&self.store.main, summary.id)?;
            for part in changes::children(&self.store.main, summary.id, RecordKind::Inspection)? {
                summary.unsent = summary.unsent || outbox::is_unsent(&self.store.main, part.id)?;
            }
        }
        listed.sort_by_key(|summary| std::cmp::Reverse((summary.begun(), summary.id)));
        Ok(listed)
    }

    /// The template that an inspection was begun with; `template_unknown` if it isn't here.
    pub(crate) fn inspection_template(&mut self, root: &Record) -> Outcome<Arc<Template>> {
        let mut cells = Vec::new();
        for name in [field::TEMPLATE, field::TEMPLATE_VERSION, field::STARTED_AT] {
            cells.append(&mut changes::cells_at(&self.store.main, root.id, &format!("h/{name}"))?);
        }
        let named = Live::of(&cells).templates();
        match (self.first_here(&named)?, named.first()) {
            (Some(template), _) => Ok(template),
            (None, Some(first)) => self.template_here(first),
            (None, None) => Err(ErrorCode::TemplateUnknown.into()),
        }
    }

    /// Of the versions that officers began a visit with, the first one's that is here: a colleague's may still be on its way.
    fn first_here(&mut self, named: &[TemplateRef]) -> Outcome<Option<Arc<Template>>> {
        for reference in named {
            if let Some(template) = self.template(reference)? {
                return Ok(Some(template));
            }
        }
        Ok(None)
    }

    /// A template; `template_unknown` if it isn't here.
    pub(crate) fn template_here(&mut self, reference: &TemplateRef) -> Outcome<Arc<Template>> {
        self.template(reference)?.ok_or_else(|| {
            let TemplateRef { code, version } = reference;
            let details = serde_json::json!({ "code": code, "version": version });
            let mut problem = Problem::new(ErrorCode::TemplateUnknown).with(details);
            problem.vi = format!(
                "Máy này chưa có mẫu kiểm tra “{code} {version}”. Hãy trao đổi dữ liệu rồi mở lại; nếu vẫn thiếu, hãy báo quản trị \
                 nhập phiên bản này vào máy chủ."
            );
            problem.en = format!(
                "The checklist “{code} {version}” is not on this device. Exchange with the server, then open again; if it is missing \
                 still, ask an administrator to import this version into the server."
            );
            problem.into()
        })
    }

    /// Inspections that are being made at premises, as projected: the state changes by changes only, never by the journal.
    fn open_visits(&self, facility: DocumentId) -> Outcome<Vec<InspectionSummary>> {
        let mut found = Vec::new();
        for known in changes::of_facility(&self.store.main, facility, RecordKind::Inspection)? {
            let summary = index::inspection(&self.store.main, known.id)?;
            found.extend(summary.filter(|it| it.state == InspectionState::InProgress));
        }
        Ok(found)
    }

    /// The visit of those that are open that one goes on with: one that was begun on this device before a colleague's, and of
    /// these the newest. What is not begun yet by the own clock comes after what is.
    pub(crate) fn to_go_on_with(&self, open: &[InspectionSummary]) -> Outcome<Option<DocumentId>> {
        let by_now = self.now().plus_millis(CLOCKS_AGREE_MS as i64);
        let mut first = None;
        for it in open {
            let own = self.record(it.id, RecordKind::Inspection)?.own;
            first = first.max(Some((own, it.begun() <= by_now, it.begun(), it.id)));
        }
        Ok(first.map(|(.., id)| id))
    }

    /// Begins an inspection of premises; where one is being made already, that one is opened. Its id is that of the visit
    /// ([`Visit`]), so that a colleague who begins it at the same premises on the same day writes the same record.
    pub(crate) fn inspection_start(
        &mut self,
        facility: DocumentId,
        template: Option<TemplateRef>,
        purpose: Option<String>,
        reason: &str,
    ) -> Outcome<InspectionView> {
        let premises = self.record(facility, RecordKind::Facility)?;
        if let Some(named) = &template {
            self.template_here(named)?;
        }
        let mut open = self.open_visits(facility)?;
        open.retain(|it| template.as_ref().is_none_or(|wanted| wanted.code == it.template.code));
        if let Some(known) = self.to_go_on_with(&open)? {
            return self.inspection_view(known);
        }
        let reason = tidy("reason", reason, MAX_REASON_CHARS)?;
        let (reference, reason) = self.checklist_for(facility, template, &reason)?;
        let purpose = purpose.unwrap_or_else(|| PURPOSES[0].to_owned());
        if !PURPOSES.contains(&purpose.as_str()) {
            return Err(Problem::new(ErrorCode::FieldInvalid).at("purpose").into());
        }
        let mut visit = Visit { facility, template: reference.code, day: self.today(), number: 1 };
        while self.is_over(visit.id())? {
            visit.number += 1;
        }
        let mut puts = visit.header();
        puts.extend([
            header(field::TEMPLATE_VERSION, reference.version),
            header(field::PURPOSE, purpose),
            header(field::STARTED_AT, self.now().0),
            state(states::STATE, "in_progress"),
        ]);
        puts.extend(self.running().map(|it| header(field::STARTED_RUNNING, it.to_string())));
        puts.extend(rulebook().on(visit.day).map(|regime| header(field::RULE_SET, regime.id.as_str())));
        puts.extend(reason.map(|reason| header(field::TEMPLATE_REASON, reason)));
        self.atomically(|open| open.begin(visit.id(), RecordKind::Inspection, premises.unit, puts))?;
        self.inspection_view(visit.id())
    }

    /// Whether a visit is signed or given up: the next one is another.
    fn is_over(&self, id: DocumentId) -> Outcome<bool> {
        let Some(known) = changes::find(&self.store.main, id)? else { return Ok(false) };
        Ok(changes::is_sealed(&self.store.main, id)? || self.is_given_up(&known)?)
    }

    /// Makes the rows of an inspection: its own and those of its findings. `cells`: what it consists of, where that is at hand.
    pub(crate) fn index_inspection(&mut self, root: Record, cells: Option<Vec<Cell>>) -> Outcome<()> {
        let gathered = self.gather_by(root, cells)?;
        let parts = gathered.parts(None, &|_| PhotoPresence::default());
        // Whether it is unsent is asked anew whenever it is shown.
        let summary = build::inspection_summary(&parts, &self.people);
        index::save_inspection(&self.store.main, &summary)?;
        if summary.state.is_made() { self.index_findings(&parts, &summary) } else { Ok(()) }
    }
}
