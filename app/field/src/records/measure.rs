//! Measures against premises: proposed, decided, ended; and what the rules suggest.
//!
//! Invariant: the rules suggest and an officer notes; what is noted is added to the one record of the premises' measures and
//! names the steps that this device knows.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::measures::{self, Facts, MeasureNote};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::measure::enforcement_id;
use ancu_shared::record::register::Register as _;
use ancu_shared::view::build::{self, MeasureParts};
use ancu_shared::view::{FacilitySummary, MeasureSummary, MeasureView, MeasuresView};
use uuid::Uuid;

use super::header;
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::changes::{self, Record};
use crate::store::{self, index, outbox};

/// The most measures of a list over all premises.
const MOST: u64 = 500;
/// How many days before the end of its term a measure is named on the first screen.
pub(crate) const DAYS_AHEAD: i32 = 7;

impl Open {
    /// Makes the rows of the measures against premises.
    pub(crate) fn index_measures(&mut self, facility: DocumentId, unit: ancu_shared::id::UnitId) -> Outcome<()> {
        let views = self.measures_as_noted(facility, unit)?;
        store::measures::save(&self.store.main, facility, views.iter().map(|view| &view.summary))
    }

    /// Measures without the names of what they belong to.
    fn measures_as_noted(&mut self, facility: DocumentId, unit: ancu_shared::id::UnitId) -> Outcome<Vec<MeasureView>> {
        let id = enforcement_id(facility);
        if changes::find(&self.store.main, id)?.is_none() {
            return Ok(Vec::new());
        }
        let cells = self.cells_now(id)?;
        let parts =
            MeasureParts { facility, facility_name: "", facility_address: "", unit, unit_name: "", cells: &cells };
        Ok(build::measures(&parts, self.today(), &self.people))
    }

    /// With names, and whether something of them is unsent.
    fn named(&self, mut measure: MeasureSummary) -> Outcome<MeasureSummary> {
        if let Some(premises) = index::facility(&self.store.main, measure.facility)? {
            (measure.facility_name, measure.facility_address) = (premises.name, premises.address);
        }
        measure.unit_name = self.unit_name(measure.unit);
        measure.unsent = outbox::is_unsent(&self.store.main, enforcement_id(measure.facility))?;
        Ok(measure)
    }

    /// Fills in what stops premises today.
    pub(crate) fn mark_stops(&self, premises: &mut FacilitySummary) -> Outcome<()> {
        let today = self.today();
        let noted = store::measures::stops(&self.store.main, premises.id)?;
        premises.stops = noted.into_iter().filter_map(|measure| measure.on_day(today).stop()).collect();
        premises.stops.sort_by_key(|stop| (!stop.whole, stop.until));
        Ok(())
    }

    /// Measures that are not over, everywhere; those whose term ends first come first.
    pub(crate) fn measure_list(&mut self) -> Outcome<Vec<MeasureSummary>> {
        let today = self.today();
        let noted = store::measures::open(&self.store.main, MOST)?;
        let open = noted.into_iter().map(|measure| measure.on_day(today)).filter(MeasureSummary::is_open);
        open.map(|measure| self.named(measure)).collect()
    }

    /// What the first screen names: a term that is past or ends within a week, a resumption that is asked for.
    pub(crate) fn measures_due(&mut self) -> Outcome<Vec<MeasureSummary>> {
        let mut due = self.measure_list()?;
        due.retain(|it| {
            it.days_left.is_some_and(|days| days <= DAYS_AHEAD)
                || it.state == ancu_shared::record::measure::MeasureState::ResumptionAsked
                || it.apart
        });
        Ok(due)
    }

    /// All measures against premises, and what the rules suggest.
    pub(crate) fn measures(&mut self, facility: DocumentId) -> Outcome<MeasuresView> {
        let record = self.record(facility, RecordKind::Facility)?;
        let mut views = self.measures_as_noted(facility, record.unit)?;
        let may_write = self.may_write(RecordKind::Enforcement, record.unit).is_ok();
        for view in &mut views {
            view.summary = self.named(view.summary.clone())?;
            if !may_write {
                view.allowed.clear();
            }
        }
        let findings = self.finding_list(Some(facility), false)?;
        let inspections = self.inspections_of(&record, false)?;
        let class = index::facility(&self.store.main, facility)?
            .map_or(ancu_shared::record::facility::FacilityClass::Other, |premises| premises.class);
        let facts =
            Facts { class, findings: &findings, inspections: &inspections, measures: &views, today: self.today() };
        Ok(measures::overview(facility, &facts, views.clone(), may_write))
    }

    /// Notes a step: of a measure, or where `measure` is absent the beginning of one.
    pub(crate) fn measure_note(
        &mut self,
        facility: DocumentId,
        measure: Option<Uuid>,
        note: MeasureNote,
    ) -> Outcome<MeasuresView> {
        let record = self.record(facility, RecordKind::Facility)?;
        self.may_write(RecordKind::Enforcement, record.unit)?;
        let standing = match measure {
            None => None,
            Some(measure) => {
                let cells = self.cells_now(enforcement_id(facility))?;
                Some(build::measure_standing(&cells, measure).ok_or_else(no_such_measure)?)
            }
        };
        if let Some(inspection) = note.inspection
            && self.inspection_root(inspection)?.facility != Some(facility)
        {
            return Err(ErrorCode::NotFound.into());
        }
        let event = measures::step(note, standing.as_ref(), self.now(), self.person())?;
        let measure = measure.unwrap_or_else(|| self.new_id().0);
        let id = self.new_id().0;
        self.atomically(|open| {
            let enforcement = open.enforcement(&record)?;
            open.write(&enforcement, &[(Key::Measure(measure, id), event.to_scalar())])
        })?;
        self.measures(facility)
    }

    /// The record of the measures against premises; begun where there is none. Part of the caller's transaction.
    fn enforcement(&mut self, premises: &Record) -> Outcome<Record> {
        let id = enforcement_id(premises.id);
        if let Some(known) = changes::find(&self.store.main, id)? {
            return Ok(known);
        }
        let puts = vec![header(field::FACILITY, premises.id.to_string())];
        self.begin(id, RecordKind::Enforcement, premises.unit, puts)
    }
}

fn no_such_measure() -> Problem {
    Problem::new(ErrorCode::NotFound).at("measure").said(
        "Không có biện pháp này ở cơ sở. Hãy mở lại danh sách.",
        "These premises have no such measure. Open the list again.",
    )
}
