//! Inspections: begun, opened, listed.
//!
//! Invariant: an inspection and its supplements are shown as one record; a supplement's id stands for its inspection.

use std::sync::Arc;

use ancu_shared::document::cells::winner;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{field, state as states};
use ancu_shared::record::value::Cell;
use ancu_shared::template::{Template, TemplateRef};
use ancu_shared::view::build::{self, InspectionParts, Live, PhotoPresence};
use ancu_shared::view::{InspectionState, InspectionSummary, InspectionView};

use super::{header, state};
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::changes::{self, Record};
use crate::store::{directory, index, outbox, pictures};

/// What a visit is for.
const PURPOSES: [&str; 2] = ["periodic", "unscheduled"];

/// The cells of everything that one inspection's view is made of.
struct Gathered {
    root: Record,
    cells: Vec<Cell>,
    supplements: Vec<(DocumentId, Vec<Cell>)>,
    review: Option<Vec<Cell>>,
    facility: Option<Vec<Cell>>,
    template: Option<Arc<Template>>,
    unit_name: String,
    unsent: bool,
}

impl Gathered {
    fn parts<'a>(&'a self, photos: &'a dyn Fn(&PhotoHash) -> PhotoPresence) -> InspectionParts<'a> {
        InspectionParts {
            id: self.root.id,
            unit: self.root.unit,
            unit_name: &self.unit_name,
            cells: &self.cells,
            supplements: self.supplements.iter().map(|(id, cells)| (*id, cells.as_slice())).collect(),
            review: self.review.as_deref(),
            facility: self.facility.as_deref(),
            template: self.template.as_deref(),
            photos,
            unsent: self.unsent,
        }
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

    fn gather(&mut self, root: Record) -> Outcome<Gathered> {
        let cells = self.cells_now(root.id)?;
        let supplements = changes::children(&self.store.main, root.id, RecordKind::Inspection)?
            .into_iter()
            .map(|record| Ok((record.id, self.cells_now(record.id)?)))
            .collect::<Outcome<Vec<_>>>()?;
        let review = self.cells_now(build::review_id(root.id))?;
        let facility = root.facility.map(|id| self.cells_now(id)).transpose()?;
        let template = match Live::of(&cells).template() {
            Some(reference) => self.template(&reference)?,
            None => None,
        };
        let mut unsent = outbox::is_unsent(&self.store.main, root.id)?;
        for (id, _) in &supplements {
            unsent = unsent || outbox::is_unsent(&self.store.main, *id)?;
        }
        let unit_name = self.unit_name(root.unit);
        let review = (!review.is_empty()).then_some(review);
        Ok(Gathered { root, cells, supplements, review, facility, template, unit_name, unsent })
    }

    /// The inspection with everything known of it, the journal laid over.
    pub(crate) fn inspection_view(&mut self, id: DocumentId) -> Outcome<InspectionView> {
        let root = self.inspection_root(id)?;
        let gathered = self.gather(root)?;
        let store = &self.store;
        let presence = |hash: &PhotoHash| PhotoPresence {
            present: pictures::is_here(&store.photos, hash).unwrap_or(false),
            verified: pictures::is_receipted(&store.main, hash).unwrap_or(false),
        };
        Ok(build::inspection(gathered.parts(&presence), &self.people))
    }

    /// The inspection as in a list.
    pub(crate) fn inspection_summary(&mut self, id: DocumentId) -> Outcome<InspectionSummary> {
        let root = self.inspection_root(id)?;
        let gathered = self.gather(root)?;
        Ok(build::inspection_summary(&gathered.parts(&|_| PhotoPresence::default()), &self.people))
    }

    /// Inspections in a state, as they are now.
    pub(crate) fn inspections_in(&mut self, state: InspectionState) -> Outcome<Vec<InspectionSummary>> {
        let ids = index::inspections_in(&self.store.main, state)?;
        ids.into_iter().map(|id| self.inspection_summary(id)).collect()
    }

    /// The template that an inspection was begun with; `template_unknown` if it isn't here.
    pub(crate) fn inspection_template(&mut self, root: &Record) -> Outcome<Arc<Template>> {
        let shown = |name: &str| -> Outcome<String> {
            let cells = changes::cells_at(&self.store.main, root.id, &format!("h/{name}"))?;
            let text = winner(&cells).and_then(|cell| cell.value.as_text());
            Ok(text.ok_or(ErrorCode::TemplateUnknown)?.to_owned())
        };
        let reference = TemplateRef { code: shown(field::TEMPLATE)?, version: shown(field::TEMPLATE_VERSION)? };
        self.template_here(&reference)
    }

    /// A template; `template_unknown` if it isn't here.
    pub(crate) fn template_here(&mut self, reference: &TemplateRef) -> Outcome<Arc<Template>> {
        self.template(reference)?.ok_or_else(|| {
            let details = serde_json::json!({ "code": reference.code, "version": reference.version });
            Problem::new(ErrorCode::TemplateUnknown).with(details).into()
        })
    }

    /// Begins an inspection of premises; where one is being made already, that one is opened.
    pub(crate) fn inspection_start(
        &mut self,
        facility: DocumentId,
        template: Option<TemplateRef>,
        purpose: Option<String>,
    ) -> Outcome<InspectionView> {
        let premises = self.record(facility, RecordKind::Facility)?;
        for known in changes::of_facility(&self.store.main, facility, RecordKind::Inspection)? {
            // The projection knows the state: it changes by changes only, never by the journal.
            let Some(summary) = index::inspection(&self.store.main, known.id)? else { continue };
            let wanted = template.as_ref().is_none_or(|template| *template == summary.template);
            if summary.state == InspectionState::InProgress && wanted {
                return self.inspection_view(known.id);
            }
        }
        let reference = match template {
            Some(reference) => reference,
            None => self.template_for(facility)?,
        };
        self.template_here(&reference)?;
        let purpose = purpose.unwrap_or_else(|| PURPOSES[0].to_owned());
        if !PURPOSES.contains(&purpose.as_str()) {
            return Err(Problem::new(ErrorCode::FieldInvalid).at("purpose").into());
        }
        let id = self.new_id();
        let puts = vec![
            header(field::FACILITY, facility.to_string()),
            header(field::TEMPLATE, reference.code),
            header(field::TEMPLATE_VERSION, reference.version),
            header(field::PURPOSE, purpose),
            header(field::STARTED_AT, self.now().0),
            state(states::STATE, "in_progress"),
        ];
        self.atomically(|open| open.begin(id, RecordKind::Inspection, premises.unit, puts))?;
        self.inspection_view(id)
    }

    /// The template for premises: the one named like their class, or else the only kind there is.
    fn template_for(&mut self, facility: DocumentId) -> Outcome<TemplateRef> {
        let cells = self.cells_now(facility)?;
        let class = Live::of(&cells).text(field::CLASS).unwrap_or_default().to_owned();
        let current = directory::current_templates(&self.store.main)?;
        let (code, version) = current
            .iter()
            .find(|(code, _)| *code == class)
            .or_else(|| current.first())
            .cloned()
            .ok_or(ErrorCode::TemplateUnknown)?;
        Ok(TemplateRef { code, version })
    }

    /// Begins a supplement to a returned inspection, or goes on with the open one.
    pub(crate) fn supplement(&mut self, root: &Record) -> Outcome<Record> {
        let (cells, children) =
            (self.cells_now(root.id)?, changes::children(&self.store.main, root.id, RecordKind::Inspection)?);
        for child in &children {
            if !changes::is_sealed(&self.store.main, child.id)? {
                return Ok(child.clone());
            }
        }
        let live = Live::of(&cells);
        let text = |name| live.text(name).unwrap_or_default().to_owned();
        let puts = vec![
            header(field::FACILITY, text(field::FACILITY)),
            header(field::TEMPLATE, text(field::TEMPLATE)),
            header(field::TEMPLATE_VERSION, text(field::TEMPLATE_VERSION)),
            header(field::SUPPLEMENT_OF, root.id.to_string()),
            header(field::STARTED_AT, self.now().0),
            state(states::STATE, "in_progress"),
        ];
        let id = self.new_id();
        self.begin(id, RecordKind::Inspection, root.unit, puts)
    }

    /// Where an entry goes: the inspection while it is being made, its supplement when it was returned.
    pub(crate) fn writable(&mut self, id: DocumentId) -> Outcome<Record> {
        let root = self.inspection_root(id)?;
        self.may_write(RecordKind::Inspection, root.unit)?;
        if !changes::is_sealed(&self.store.main, root.id)? {
            return Ok(root);
        }
        let gathered = self.gather(root)?;
        let borrowed: Vec<_> = gathered.supplements.iter().map(|(id, cells)| (*id, cells.as_slice())).collect();
        let stands = build::inspection_state(gathered.root.id, &gathered.cells, &borrowed, gathered.review.as_deref());
        match stands {
            InspectionState::Returned => self.supplement(&gathered.root),
            _ => Err(ErrorCode::RecordSealed.into()),
        }
    }

    pub(crate) fn index_inspection(&mut self, id: DocumentId) -> Outcome<()> {
        let mut summary = self.inspection_summary(id)?;
        summary.unsent = false; // asked anew whenever it is shown
        index::save_inspection(&self.store.main, &summary)
    }
}
