//! Measures against premises from the cells of the record that holds them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::live::{Live, registers};
use crate::id::{DocumentId, UnitId};
use crate::measures;
use crate::record::key::Key;
use crate::record::measure::{MeasureEvent, MeasureStep, Standing};
use crate::record::value::{Cell, OperationId};
use crate::view::{Authors, MeasureEventView, MeasureSummary, MeasureView};

type Step = (OperationId, Uuid, MeasureEvent);

/// What a record of measures belongs to.
pub struct MeasureParts<'a> {
    /// The premises.
    pub facility: DocumentId,
    /// Their name.
    pub facility_name: &'a str,
    /// Their address.
    pub facility_address: &'a str,
    /// Their unit.
    pub unit: UnitId,
    /// Its full name.
    pub unit_name: &'a str,
    /// The cells of the record that holds the measures.
    pub cells: &'a [Cell],
}

/// Every measure against premises as on a day: those that are open first, of the same sort the newest first.
pub fn measures(parts: &MeasureParts<'_>, today: Date, authors: &dyn Authors) -> Vec<MeasureView> {
    let mut views: Vec<_> =
        chains(parts.cells).iter().filter_map(|(id, steps)| view(parts, *id, steps, today, authors)).collect();
    views.sort_by_key(|it| {
        let summary = &it.summary;
        (!summary.is_stopped(), !summary.is_open(), std::cmp::Reverse((summary.begun_at, summary.id)))
    });
    views
}

/// How a measure stands; `None` where there is none of this id.
pub fn measure_standing(cells: &[Cell], measure: Uuid) -> Option<Standing> {
    chains(cells).get(&measure).and_then(|steps| standing(steps))
}

fn standing(steps: &[Step]) -> Option<Standing> {
    Standing::of(&steps.iter().map(|(_, id, event)| (*id, event)).collect::<Vec<_>>())
}

/// The steps of each measure, each after those that it builds on.
fn chains(cells: &[Cell]) -> BTreeMap<Uuid, Vec<Step>> {
    let live = Live::of(cells);
    let mut chains: BTreeMap<Uuid, Vec<Step>> = BTreeMap::new();
    for (key, cells) in live.under("m/") {
        let Ok(Key::Measure(measure, id)) = Key::parse(key) else { continue };
        if let Some((cell, event)) = registers::<MeasureEvent>(cells).next() {
            chains.entry(measure).or_default().push((cell.operation, id, event));
        }
    }
    for steps in chains.values_mut() {
        steps.sort_by_key(|(operation, id, _)| (*operation, *id));
    }
    chains
}

fn view(parts: &MeasureParts<'_>, id: Uuid, steps: &[Step], today: Date, authors: &dyn Authors) -> Option<MeasureView> {
    let standing = standing(steps)?;
    let (first_operation, _, first) = steps.first()?;
    let newest = || steps.iter().rev().map(|(.., event)| event);
    let paper = newest().find(|event| event.step == MeasureStep::Decided);
    let named = paper.or_else(|| newest().find(|event| event.step == MeasureStep::ViolationRecorded));
    // What a decision does not say again stays as it was proposed.
    let scoped = newest().find(|event| event.scope.is_some());
    let list = |of: fn(&MeasureEvent) -> usize| newest().find(|event| of(event) > 0);
    let summary = MeasureSummary {
        id,
        facility: parts.facility,
        facility_name: parts.facility_name.to_owned(),
        facility_address: parts.facility_address.to_owned(),
        unit: parts.unit,
        unit_name: parts.unit_name.to_owned(),
        instrument: standing.instrument,
        state: standing.state,
        apart: standing.apart,
        disobeyed: standing.disobeyed,
        scope: scoped.and_then(|event| event.scope),
        part: scoped.map(|event| event.part.clone()).unwrap_or_default(),
        grounds: list(|event| event.grounds.len()).map(|event| event.grounds.clone()).unwrap_or_default(),
        acts: list(|event| event.acts.len()).map(|event| event.acts.clone()).unwrap_or_default(),
        words: first.words.clone(),
        number: named.map(|event| event.number.clone()).unwrap_or_default(),
        on: named.and_then(|event| event.on),
        issuer: paper.map(|event| event.issuer.clone()).unwrap_or_default(),
        from: paper.and_then(|event| event.from.or(event.on)),
        until: paper.and_then(|event| event.until),
        amount_vnd: paper.or(Some(first)).and_then(|event| event.amount_vnd),
        inspection: newest().find_map(|event| event.inspection),
        items: list(|event| event.items.len()).map(|event| event.items.clone()).unwrap_or_default(),
        begun_at: first.at,
        officer: authors.attribution(first_operation.actor, first.at).person_name,
        steps: steps.len() as u32,
        days_left: None,
        term_over: false,
        ended: false,
        unsent: false,
    }
    .on_day(today);
    let allowed = if summary.is_open() { standing.allowed() } else { Vec::new() };
    let long = measures::is_longer(standing.instrument, summary.from, summary.until);
    let events = steps.iter().map(|step| event_view(step, &standing, authors)).collect();
    Some(MeasureView { summary, events, allowed, long })
}

fn event_view((operation, id, event): &Step, standing: &Standing, authors: &dyn Authors) -> MeasureEventView {
    let event = event.clone();
    MeasureEventView {
        id: *id,
        step: event.step,
        instrument: event.instrument,
        grounds: event.grounds,
        acts: event.acts,
        scope: event.scope,
        part: event.part,
        words: event.words,
        number: event.number,
        on: event.on,
        issuer: event.issuer,
        from: event.from,
        until: event.until,
        amount_vnd: event.amount_vnd,
        inspection: event.inspection,
        items: event.items,
        apart: standing.apart && standing.last.contains(id),
        by: authors.attribution(operation.actor, event.at),
    }
}
