//! Records as people see them: gathers cells from the store for the pure builders of `ancu_shared::view::build`.
//!
//! Invariant: a record is joined only with records of its own unit; a supplement, premises or home that somebody in another
//! unit named shows nothing here. Who may see a view was asked before ([`super::access`]).

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use ancu_shared::author::AuthorIdentity;
use ancu_shared::clock::withdrawn::{WithdrawnSpan, enrolled_at, is_withdrawn};
use ancu_shared::clock::{ClockSpan, UtcMillis, clock_off};
use ancu_shared::document::guard::{self, CheckedChange};
use ancu_shared::envelope::Envelope;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{ActorId, AuthorKey, DocumentId, PhotoHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::search::Query;
use ancu_shared::record::value::Cell;
use ancu_shared::risk;
use ancu_shared::template::Template;
use ancu_shared::view::build::late::Cosign;
use ancu_shared::view::build::{
    self, Decided, DwellingParts, FacilityParts, InspectionParts, Live, PhotoPresence, review_id,
};
use ancu_shared::view::remark::dating;
use ancu_shared::view::{
    Attribution, Authors, DwellingView, FacilitySheet, FacilitySummary, FindingSummary, FindingView, GivenUpEvent,
    InspectionState, InspectionSummary, InspectionView, ItemChange, LateWork,
};
use jiff::civil::Date;

use super::Service;
use super::facts::changes_of;
use super::measures::mark_stops;
use crate::store::rows::{DocumentRow, FindingQuery, FindingsIn, InspectionQuery, InspectionRow, Slice};
use crate::store::{StoreError, Transaction};

/// The most held envelopes of one record that are told of.
const MOST_HELD: u64 = 50;
/// The most inspections of one premises that are read at once.
const MOST_INSPECTIONS: u64 = 500;
/// The most findings of one premises that are counted.
const MOST_FINDINGS: u64 = 5_000;
/// The most records of people that are looked through for those of one home.
const MOST_RESIDENTS: u64 = 8;

/// Finds authors in the store. An actor that cannot be found, or a store that fails, reads as `?`.
pub struct StoreAuthors<'t> {
    transaction: &'t dyn Transaction,
    known: RefCell<HashMap<ActorId, Known>>,
}

/// Who an actor is, what was seen of the clock of that author's device, and what is taken back of that.
type Known = (Option<AuthorIdentity>, Vec<ClockSpan>, Vec<WithdrawnSpan>);

impl<'t> StoreAuthors<'t> {
    /// Authors of this transaction.
    pub fn new(transaction: &'t dyn Transaction) -> Self {
        Self { transaction, known: RefCell::new(HashMap::new()) }
    }

    fn look_up(&self, actor: ActorId) -> Known {
        let Some(row) = self.transaction.author_of_actor(&actor).ok().flatten() else { return Known::default() };
        // The server's own store: what it certified needs no second proof.
        let identity = ancu_shared::sync::wire::decode(&row.certificate.identity).ok();
        let spans = self.transaction.clock_spans(row.device, usize::MAX).unwrap_or_default();
        let withdrawn = self.transaction.withdrawn_clocks(Some(row.device), usize::MAX).unwrap_or_default();
        (identity, spans, withdrawn)
    }
}

impl Authors for StoreAuthors<'_> {
    fn attribution(&self, actor: ActorId, at: UtcMillis) -> Attribution {
        let mut known = self.known.borrow_mut();
        let (identity, spans, _) = known.entry(actor).or_insert_with(|| self.look_up(actor));
        Attribution { clock_off_ms: clock_off(spans, at), ..Attribution::of(identity.as_ref(), at) }
    }

    fn enrolled_at(&self, actor: ActorId) -> Option<UtcMillis> {
        let mut known = self.known.borrow_mut();
        let (identity, _, withdrawn) = known.entry(actor).or_insert_with(|| self.look_up(actor));
        let identity = identity.as_ref()?;
        enrolled_at(withdrawn, identity.device, identity.enrolled_at()?)
    }

    fn is_withdrawn(&self, actor: ActorId, written: UtcMillis, offset_ms: i64) -> bool {
        let mut known = self.known.borrow_mut();
        let (identity, _, withdrawn) = known.entry(actor).or_insert_with(|| self.look_up(actor));
        identity.as_ref().is_some_and(|identity| is_withdrawn(withdrawn, identity.device, written, offset_ms))
    }
}

/// The inspection that a supplement belongs to, or the inspection itself.
pub fn original_of(transaction: &dyn Transaction, row: &DocumentRow) -> Result<DocumentRow, StoreError> {
    let Some(original) = row.supplement_of else { return Ok(row.clone()) };
    let found = transaction.document(original)?;
    let fits = |found: &DocumentRow| {
        found.kind == RecordKind::Inspection && found.unit == row.unit && found.supplement_of.is_none()
    };
    Ok(found.filter(fits).unwrap_or_else(|| row.clone()))
}

/// The supplements of an inspection that lie in its unit, oldest first.
pub fn supplements(transaction: &dyn Transaction, row: &DocumentRow) -> Result<Vec<DocumentId>, StoreError> {
    let mut found = Vec::new();
    for id in transaction.supplements_of(row.id)? {
        let part = transaction.document(id)?;
        if part.is_some_and(|part| part.kind == RecordKind::Inspection && part.unit == row.unit) {
            found.push(id);
        }
    }
    Ok(found)
}

/// What is held of a record and not settled, as far as it can be read: of one author and reason it is one piece of work; and who
/// gave the visit up after it was sealed.
fn held(transaction: &dyn Transaction, document: DocumentId) -> Result<(Vec<LateWork>, Vec<GivenUpEvent>), StoreError> {
    let mut said: Vec<(AuthorKey, ErrorCode, Vec<CheckedChange>)> = Vec::new();
    for row in transaction.quarantine_of(document, MOST_HELD)? {
        let (Some(author), Ok(envelope)) = (row.author, Envelope::decode(&row.body)) else { continue };
        let changes: Result<Vec<_>, _> =
            envelope.changes.iter().map(|bytes| guard::check_change(bytes, envelope.kind)).collect();
        let Ok(mut changes) = changes else { continue };
        match said.iter_mut().find(|(by, code, _)| (*by, *code) == (author, row.code)) {
            Some((.., known)) => known.append(&mut changes),
            None => said.push((author, row.code, changes)),
        }
    }
    let (mut found, mut gave_up) = (Vec::new(), Vec::new());
    for (author, code, changes) in said {
        let author = transaction.author(&author)?;
        let identity = author.and_then(|author| ancu_shared::sync::wire::decode(&author.certificate.identity).ok());
        let by = |at| Attribution::of(identity.as_ref(), at);
        found.extend(build::late::held(code.code(), &changes, by));
        if code == ErrorCode::RecordSealed {
            gave_up.append(&mut build::given_up::told(&changes, true, |_, at| by(at)));
        }
    }
    Ok((found, gave_up))
}

/// Everything that one inspection's view is made of.
pub struct InspectionRecord {
    row: DocumentRow,
    unit_name: String,
    cells: Vec<Cell>,
    supplements: Vec<(DocumentId, Vec<Cell>)>,
    late: Vec<LateWork>,
    cosigned: Vec<Cosign>,
    gave_up: Vec<GivenUpEvent>,
    of_facility: Vec<InspectionSummary>,
    review: Option<Vec<Cell>>,
    decided: Vec<Decided>,
    facility: Option<Vec<Cell>>,
    template: Option<Arc<Template>>,
}

impl InspectionRecord {
    /// Reads it from the store; `row` is an original.
    pub fn load(service: &Service, transaction: &dyn Transaction, row: DocumentRow) -> Result<Self, StoreError> {
        let facility = match row.facility {
            Some(id) if transaction.document(id)?.is_some_and(|found| found.unit == row.unit) => {
                Some(transaction.cells(id)?)
            }
            _ => None,
        };
        let unit_name = unit_name(service, transaction, &row)?;
        let open = InspectionQuery {
            units: vec![row.unit],
            facility: row.facility,
            states: vec![InspectionState::InProgress],
            ..InspectionQuery::default()
        };
        let of_facility = match row.facility.filter(|_| !row.sealed) {
            Some(_) => transaction.inspections(&open, Slice { offset: 0, limit: MOST_INSPECTIONS })?.0,
            None => Vec::new(),
        };
        let of_facility = of_facility.into_iter().map(|row| row.summary).collect();
        let mut record = Self::load_for_list(service, transaction, row, None)?;
        if build::given_up::was_given_up(&record.cells) {
            let authors = StoreAuthors::new(transaction);
            let mut changes = Vec::new();
            for body in transaction.envelopes_of(record.row.id)? {
                changes.append(&mut changes_of(record.row.id, &body)?);
            }
            let told = build::given_up::told(&changes, false, |actor, at| authors.attribution(actor, at));
            record.gave_up.extend(told);
        }
        Ok(Self { unit_name, of_facility, facility, ..record })
    }

    /// The same without the names of premises and unit. `cells`: those of the inspection, where they are at hand.
    pub fn load_for_list(
        service: &Service,
        transaction: &dyn Transaction,
        row: DocumentRow,
        cells: Option<Vec<Cell>>,
    ) -> Result<Self, StoreError> {
        let cells = match cells {
            Some(cells) => cells,
            None => transaction.cells(row.id)?,
        };
        let mut supplements = Vec::new();
        for id in self::supplements(transaction, &row)? {
            supplements.push((id, transaction.cells(id)?));
        }
        let (mut late, mut gave_up) = held(transaction, row.id)?;
        for (id, _) in &supplements {
            late.append(&mut held(transaction, *id)?.0);
        }
        let parted = build::late::split(supplements, None, &StoreAuthors::new(transaction));
        let (supplements, cosigned) = (parted.read, parted.cosigned);
        late.extend(parted.late);
        gave_up.extend(parted.gave_up);
        let review = review_of(transaction, row.id)?;
        let mut decided = Vec::new();
        if review.is_some() {
            for body in transaction.envelopes_of(review_id(row.id))? {
                decided.extend(build::decided(&changes_of(review_id(row.id), &body)?));
            }
        }
        let template = template_of(service, transaction, &cells)?;
        let (unit_name, of_facility, facility) = (String::new(), Vec::new(), None);
        Ok(Self {
            row,
            unit_name,
            cells,
            supplements,
            late,
            cosigned,
            gave_up,
            of_facility,
            review,
            decided,
            facility,
            template,
        })
    }

    fn parts<'a>(&'a self, photos: &'a dyn Fn(&PhotoHash) -> PhotoPresence) -> InspectionParts<'a> {
        InspectionParts {
            id: self.row.id,
            unit: self.row.unit,
            unit_name: &self.unit_name,
            cells: &self.cells,
            supplements: self.supplements.iter().map(|(id, cells)| (*id, cells.as_slice())).collect(),
            writing: None,
            review: self.review.as_deref(),
            decided: &self.decided,
            facility: self.facility.as_deref(),
            template: self.template.as_deref(),
            kept: None,
            photos,
            late: &self.late,
            cosigned: &self.cosigned,
            given_up: &self.gave_up,
            of_facility: &self.of_facility,
            unsent: false,
        }
    }

    /// As in a list.
    pub fn summary(&self, authors: &dyn Authors) -> InspectionSummary {
        build::inspection_summary(&self.parts(&|_| PhotoPresence::default()), authors)
    }

    /// In full.
    pub fn view(&self, transaction: &dyn Transaction, authors: &dyn Authors) -> InspectionView {
        let photos = |hash: &PhotoHash| {
            let held = transaction.has_photo(hash).unwrap_or(false);
            PhotoPresence { present: held, verified: held, own: false }
        };
        let mut view = build::inspection(self.parts(&photos), authors);
        if view.remarks.iter().all(|remark| remark.field != dating::FIELD) {
            let (at, lawful) = (view.summary.started_at, view.regime.is_some());
            view.remarks.splice(0..0, dating::arrived(at, self.row.created_at, lawful));
        }
        view
    }

    /// What it found, with how that was followed.
    pub fn findings(&self, remediation: Option<&[Cell]>, authors: &dyn Authors) -> Vec<FindingSummary> {
        build::findings(&self.parts(&|_| PhotoPresence::default()), remediation, authors)
    }

    /// One finding with everything that followed.
    pub fn finding(
        &self,
        transaction: &dyn Transaction,
        remediation: Option<&[Cell]>,
        item: &str,
        today: jiff::civil::Date,
        authors: &dyn Authors,
    ) -> Option<FindingView> {
        let photos = |hash: &PhotoHash| {
            let held = transaction.has_photo(hash).unwrap_or(false);
            PhotoPresence { present: held, verified: held, own: false }
        };
        build::finding(&self.parts(&photos), remediation, item, today, authors)
    }

    /// The checklist that it was made with, where the server has it.
    pub fn template(&self) -> Option<&Template> {
        self.template.as_deref()
    }

    /// The newest sealed part: what a decision is on.
    pub fn newest_sealed(&self) -> Option<DocumentId> {
        let supplements: Vec<_> = self.supplements.iter().map(|(id, cells)| (*id, cells.as_slice())).collect();
        build::newest_sealed(self.row.id, &self.cells, &supplements)
    }
}

/// The checklist that an inspection was begun with first, of those that the server has.
pub fn template_of(
    service: &Service,
    transaction: &dyn Transaction,
    cells: &[Cell],
) -> Result<Option<Arc<Template>>, StoreError> {
    for reference in Live::of(cells).templates() {
        if let Some(template) = service.template(transaction, &reference)? {
            return Ok(Some(template));
        }
    }
    Ok(None)
}

/// The cells of a subject's review.
pub fn review_of(transaction: &dyn Transaction, subject: DocumentId) -> Result<Option<Vec<Cell>>, StoreError> {
    let review = review_id(subject);
    let known = transaction.document(review)?.is_some_and(|row| row.kind == RecordKind::Review);
    Ok(if known { Some(transaction.cells(review)?) } else { None })
}

fn unit_name(service: &Service, transaction: &dyn Transaction, row: &DocumentRow) -> Result<String, StoreError> {
    let directory = service.directory(transaction)?;
    Ok(directory.get(row.unit).map(|unit| unit.full_name.clone()).unwrap_or_default())
}

/// A declaration; with its people only where the reader may see them.
pub fn dwelling_view(
    transaction: &dyn Transaction,
    row: &DocumentRow,
    with_residents: bool,
    authors: &dyn Authors,
) -> Result<DwellingView, StoreError> {
    let cells = transaction.cells(row.id)?;
    let mut residents = None;
    if with_residents {
        // A head has one; an older server admitted more.
        for own in transaction.documents_of_owner(row.owner, RecordKind::Residents, MOST_RESIDENTS)? {
            if own.unit == row.unit {
                let people = transaction.cells(own.id)?;
                if Live::of(&people).document(field::DWELLING) == Some(row.id) {
                    residents = Some((own.id, people));
                }
            }
        }
    }
    let review = review_of(transaction, row.id)?;
    let premises = match row.facility {
        Some(facility) => transaction.document(facility)?.filter(|facility| facility.unit == row.unit),
        None => None,
    };
    let premises = premises.map(|facility| transaction.cells(facility.id)).transpose()?;
    let parts = DwellingParts {
        id: row.id,
        cells: &cells,
        residents: residents.as_ref().map(|(id, cells)| (*id, cells.as_slice())),
        review: review.as_deref(),
        premises: premises.as_deref(),
        own: false,
        unsent: false,
    };
    Ok(build::dwelling(&parts, authors))
}

/// Fills in the names of premises and unit.
pub fn name_inspection(
    service: &Service,
    transaction: &dyn Transaction,
    row: InspectionRow,
) -> Result<InspectionSummary, StoreError> {
    let mut summary = row.summary;
    let directory = service.directory(transaction)?;
    if let Some(unit) = directory.get(summary.unit) {
        summary.unit_name.clone_from(&unit.full_name);
    }
    if let Some(facility) = transaction.facility(summary.facility)?
        && facility.summary.unit == summary.unit
    {
        summary.facility_name = facility.summary.name;
        summary.facility_address = facility.summary.address;
    }
    Ok(summary)
}

/// Fills in the name of the unit, and what stops them today.
pub fn name_facility(
    service: &Service,
    transaction: &dyn Transaction,
    mut summary: FacilitySummary,
) -> Result<FacilitySummary, StoreError> {
    let directory = service.directory(transaction)?;
    if let Some(unit) = directory.get(summary.unit) {
        summary.unit_name.clone_from(&unit.full_name);
    }
    mark_stops(transaction, &mut summary, service.now().hanoi_date())?;
    Ok(summary)
}

/// A premises with everything known of it.
pub fn facility_sheet(
    service: &Service,
    transaction: &dyn Transaction,
    row: &DocumentRow,
) -> Result<FacilitySheet, StoreError> {
    let authors = StoreAuthors::new(transaction);
    let cells = transaction.cells(row.id)?;
    let mut inspections = Vec::new();
    for summary in transaction.inspections_of(row.id, row.unit)? {
        inspections.push(name_inspection(service, transaction, InspectionRow { summary, danger: 0 })?);
    }
    let mut dwellings = Vec::new();
    for home in transaction.dwellings_of(row.id)? {
        if let Some(home) = transaction.document(home.document)?.filter(|home| home.unit == row.unit) {
            dwellings.push(dwelling_view(transaction, &home, true, &authors)?);
        }
    }
    let changes = changes_since_last(service, transaction, &inspections, &authors)?;
    let unit_name = unit_name(service, transaction, row)?;
    let parts = FacilityParts {
        id: row.id,
        unit: row.unit,
        unit_name: &unit_name,
        cells: &cells,
        inspections: &inspections,
        dwellings: &dwellings,
        near: None,
        unsent: false,
    };
    let mut sheet = build::facility_sheet(&parts, changes, &authors);
    let today = service.now().hanoi_date();
    sheet.risk = Some(risk::assess(&sheet, &findings_of(transaction, row, today)?, today));
    mark_stops(transaction, &mut sheet.summary, today)?;
    Ok(sheet)
}

/// The findings of premises as on a day.
pub fn findings_of(
    transaction: &dyn Transaction,
    premises: &DocumentRow,
    today: Date,
) -> Result<Vec<FindingSummary>, StoreError> {
    let query = FindingQuery {
        units: vec![premises.unit],
        which: FindingsIn::All,
        facility: Some(premises.id),
        words: Query::default(),
    };
    let (findings, _) = transaction.findings(&query, Slice { offset: 0, limit: MOST_FINDINGS })?;
    Ok(findings.into_iter().map(|finding| finding.on(today)).collect())
}

fn changes_since_last(
    service: &Service,
    transaction: &dyn Transaction,
    inspections: &[InspectionSummary],
    authors: &dyn Authors,
) -> Result<Vec<ItemChange>, StoreError> {
    let mut sealed: Vec<_> = inspections.iter().filter(|it| it.sealed_at.is_some()).collect();
    sealed.sort_by_key(|it| std::cmp::Reverse((it.begun(), it.id)));
    let [newest, before, ..] = sealed.as_slice() else { return Ok(Vec::new()) };
    let view = |id: DocumentId| -> Result<Option<InspectionView>, StoreError> {
        let Some(row) = transaction.document(id)? else { return Ok(None) };
        Ok(Some(InspectionRecord::load(service, transaction, row)?.view(transaction, authors)))
    };
    match (view(before.id)?, view(newest.id)?) {
        (Some(before), Some(newest)) => Ok(build::changes_since(&before, &newest)),
        _ => Ok(Vec::new()),
    }
}
