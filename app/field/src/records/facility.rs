//! Premises: created, edited, found, shown.
//!
//! Invariant: a field that a person left out is not touched; the written address is kept as written beside its parts.

use std::collections::BTreeMap;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::geometry::distance_m;
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::address::{self, AddressParts};
use ancu_shared::record::facility::{FacilityClass, field};
use ancu_shared::record::fields::{self, Form};
use ancu_shared::record::key::Key;
use ancu_shared::record::search::{self, Query};
use ancu_shared::record::value::Scalar;
use ancu_shared::risk;
use ancu_shared::text::fold;
use ancu_shared::view::build::{self, FacilityParts, Live, Visits};
use ancu_shared::view::remark::{self, Remark, Scale};
use ancu_shared::view::{DwellingView, FacilitySheet, FacilitySummary, InspectionState, InspectionSummary, Page};
use serde::{Deserialize, Serialize};

use super::{line, tidy};
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::changes::{self, Record};
use crate::store::index::{self, Search};
use crate::store::{forms, outbox};

/// Fields of premises as a form gives them: name → text, number or null (to take it away).
pub type Fields = BTreeMap<String, Scalar>;

/// A place to measure from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// Premises nearer than this, or at the same address, may be the same.
const NEAR_M: f64 = 30.0;
/// A little less than a degree of latitude has, so that a box holds its circle.
const METRES_A_DEGREE: f64 = 110_000.0;
const MOST_DUPLICATES: usize = 5;
/// The longest page of a list.
const MAX_PAGE: u64 = 500;

/// Reads a form's fields into puts.
fn puts(form: &Fields) -> Result<Vec<(Key, Scalar)>, Problem> {
    form.iter()
        .filter(|(name, _)| *name != "unit")
        .map(|(name, value)| Ok((Key::Header(name.clone()), judged(name, value)?)))
        .collect()
}

fn judged(name: &str, value: &Scalar) -> Result<Scalar, Problem> {
    let refused = |vi: &str, en: &str| Err(Problem::field(name, vi, en));
    if value.is_tombstone() {
        return if [field::NAME, field::CLASS].contains(&name) { Err(needed(name)) } else { Ok(Scalar::Null) };
    }
    let text = |text: String| if text.is_empty() { Scalar::Null } else { Scalar::Text(text) };
    let judged = match (fields::header(RecordKind::Facility, name), value.as_text(), value.as_number()) {
        (Some(Form::Line(most)), Some(said), _) => text(line(name, said, most)?),
        (Some(Form::Lines(most)), Some(said), _) => text(tidy(name, said, most)?),
        (Some(Form::Count), _, Some(number)) if number.fract() == 0.0 => Scalar::Int(number as i64),
        (Some(Form::Between(..)), _, Some(number)) => Scalar::Number(number),
        (Some(Form::Line(_) | Form::Lines(_) | Form::Count | Form::Between(..) | Form::Class), ..) => value.clone(),
        (Some(Form::OneOf(_) | Form::Instant | Form::Day | Form::Offset | Form::Running) | None, ..) => {
            return refused("Ô này không có trong hồ sơ cơ sở.", "Records of premises have no such field.");
        }
    };
    if name == field::NAME && judged.is_tombstone() {
        return Err(needed(name));
    }
    fields::check(RecordKind::Facility, &Key::Header(name.to_owned()).to_string(), &judged)?;
    Ok(judged)
}

/// What a field that must be there is told where it is not.
fn needed(name: &str) -> Problem {
    if name == field::CLASS {
        let mut problem = fields::no_such_class();
        problem.vi.insert_str(0, "Chưa có loại cơ sở. ");
        problem.en.insert_str(0, "The class of the premises is missing. ");
        return problem;
    }
    Problem::field(
        name,
        "Hãy nhập tên cơ sở; ô này không được để trống.",
        "Enter the name of the premises; this field must not be empty.",
    )
}

/// The scale that a form tells, over what is known already.
fn scale(fields: &Fields, known: Scale) -> Scale {
    let told = |name: &str, known: Option<u32>| match fields.get(name) {
        None => known,
        Some(value) => {
            value.as_number().filter(|number| number.fract() == 0.0 && *number >= 0.0).map(|number| number as u32)
        }
    };
    Scale {
        storeys: told(field::STOREYS, known.storeys),
        basements: told(field::BASEMENTS, known.basements),
        apartments: told(field::APARTMENTS, known.apartments),
        residents: told(field::RESIDENTS, known.residents),
    }
}

/// What is odd about a form: its numbers, its texts, its place.
pub(crate) fn facility_remarks(fields: &Fields) -> Vec<Remark> {
    remarks_over(fields, Scale::default())
}

fn remarks_over(fields: &Fields, known: Scale) -> Vec<Remark> {
    let mut remarks = scale(fields, known).remarks();
    let text = |name: &str| fields.get(name).and_then(Scalar::as_text).unwrap_or_default();
    remarks.extend(remark::text::phone(field::HEAD_PHONE, text(field::HEAD_PHONE)));
    remarks.extend(remark::text::lines(field::NOTE, text(field::NOTE)));
    for name in [field::NAME, field::ADDRESS, field::HEAD_NAME] {
        remarks.extend(remark::text::telling(name, text(name)));
    }
    let number = |name: &str| fields.get(name).and_then(Scalar::as_number);
    remarks.extend(remark::visit::premises(number(field::LATITUDE), number(field::LONGITUDE)));
    remarks
}

/// Refuses what cannot be; a number that stood there before and is not touched is nobody's fault here.
fn possible(fields: &Fields, known: Scale) -> Result<(), Problem> {
    let remarks = remarks_over(fields, known);
    match remark::first_impossible(&remarks).filter(|remark| fields.contains_key(&remark.field)) {
        Some(wrong) => Err(Problem::field(&wrong.field, &wrong.words.vi, &wrong.words.en)),
        None => Ok(()),
    }
}

/// Fills the address parts from the written address where the form gave none.
fn with_parts(mut fields: Fields) -> Fields {
    const PARTS: [&str; 6] =
        [field::HOUSE_NUMBER, field::LANE, field::SUB_LANE, field::ALLEY, field::STREET, field::RESIDENTIAL_GROUP];
    let Some(written) = fields.get(field::ADDRESS).and_then(Scalar::as_text).map(str::to_owned) else { return fields };
    if PARTS.iter().any(|part| fields.contains_key(*part)) {
        return fields;
    }
    let parts = address::parse(&written);
    let found = [parts.house_number, parts.lane, parts.sub_lane, parts.alley, parts.street, parts.residential_group];
    for (name, text) in PARTS.into_iter().zip(found).filter(|(_, text)| !text.is_empty()) {
        fields.insert(name.to_owned(), Scalar::Text(text));
    }
    fields
}

impl Open {
    /// Creates premises in the given unit, or in the own one; `draft`: as the form says, whose draft goes then.
    pub(crate) fn facility_create(&mut self, fields: Fields, draft: bool) -> Outcome<FacilitySheet> {
        let unit = self.unit_of(&fields)?;
        for name in [field::NAME, field::CLASS] {
            if !fields.contains_key(name) {
                return Err(needed(name).into());
            }
        }
        possible(&fields, Scale::default())?;
        let puts = puts(&with_parts(fields))?;
        let id = self.new_id();
        self.atomically(|open| {
            open.begin(id, RecordKind::Facility, unit, puts)?;
            if draft { forms::drop(&open.store.main, None) } else { Ok(()) }
        })?;
        self.facility_sheet(id)
    }

    fn unit_of(&self, fields: &Fields) -> Outcome<UnitId> {
        if let Some(unit) = fields.get("unit") {
            let unit = unit.as_text().and_then(|text| text.parse().ok());
            return unit.ok_or_else(|| {
                Problem::field(
                    "unit",
                    "Ô “unit” cần mã của đơn vị, hoặc bỏ đi để dùng đơn vị của bạn.",
                    "The field “unit” needs the id of a unit; leave it out for your own.",
                )
                .into()
            });
        }
        Ok(self.post().map(|(_, unit)| unit).ok_or(ErrorCode::Forbidden)?)
    }

    /// Changes fields of premises; `draft` as for creating.
    pub(crate) fn facility_edit(&mut self, id: DocumentId, fields: Fields, draft: bool) -> Outcome<FacilitySheet> {
        let record = self.record(id, RecordKind::Facility)?;
        self.may_write(RecordKind::Facility, record.unit)?;
        possible(&fields, Scale::of(&Live::of(&self.cells_now(id)?)))?;
        let puts = puts(&with_parts(fields))?;
        self.atomically(|open| {
            open.write(&record, &puts)?;
            if draft { forms::drop(&open.store.main, Some(id)) } else { Ok(()) }
        })?;
        self.facility_sheet(id)
    }

    /// A page of premises: all words of the query, in any order, with or without diacritics, the best hits first; of equal
    /// ones the nearest where a place is given.
    pub(crate) fn facility_list(
        &mut self,
        query: &str,
        class: Option<FacilityClass>,
        near: Option<Place>,
        offset: u64,
        limit: u64,
    ) -> Outcome<Page<FacilitySummary>> {
        let near = near.map(|place| (place.latitude, place.longitude));
        let search = Search { query: Query::of(query), class, near };
        let limit = limit.clamp(1, MAX_PAGE);
        let (mut items, total) = index::page_of_facilities(&self.store.main, &search, offset, limit)?;
        self.mark_now(&mut items)?;
        let end = offset + items.len() as u64;
        Ok(Page { items, total, next: (end < total).then(|| end.to_string()) })
    }

    /// Premises without an open inspection, never or longest ago inspected first.
    pub(crate) fn facilities_due(&mut self, offset: u64, limit: u64) -> Outcome<Page<FacilitySummary>> {
        let (mut items, total) = index::due(&self.store.main, offset, limit.clamp(1, MAX_PAGE))?;
        self.mark_now(&mut items)?;
        let end = offset + items.len() as u64;
        Ok(Page { items, total, next: (end < total).then(|| end.to_string()) })
    }

    /// Fills in what depends on the moment: whether they are sent, what stops them.
    pub(crate) fn mark_now(&self, items: &mut [FacilitySummary]) -> Outcome<()> {
        for summary in items {
            summary.unsent = outbox::is_unsent(&self.store.main, summary.id)?;
            self.mark_stops(summary)?;
        }
        Ok(())
    }

    /// Premises with everything known of them.
    pub(crate) fn facility_sheet(&mut self, id: DocumentId) -> Outcome<FacilitySheet> {
        let record = self.record(id, RecordKind::Facility)?;
        let (inspections, dwellings) = self.about(&record, true)?;
        let mut sealed: Vec<_> = inspections.iter().filter(|it| it.state.is_made()).collect();
        sealed.sort_by_key(|it| (it.begun(), it.id));
        let changes = match sealed.as_slice() {
            [.., before, after] => {
                let (before, after) = (before.id, after.id);
                build::changes_since(&self.inspection_view(before)?, &self.inspection_view(after)?)
            }
            _ => Vec::new(),
        };
        let cells = self.cells_now(id)?;
        let unit_name = self.unit_name(record.unit);
        let unsent = outbox::is_unsent(&self.store.main, id)?;
        let parts = parts(&record, &unit_name, &cells, &inspections, &dwellings, unsent);
        let mut sheet = build::facility_sheet(&parts, changes, &self.people);
        let open: Vec<_> = inspections.into_iter().filter(|it| it.state == InspectionState::InProgress).collect();
        sheet.summary.open_inspection = self.to_go_on_with(&open)?;
        self.mark_stops(&mut sheet.summary)?;
        let findings = self.finding_list(Some(id), false)?;
        sheet.risk = Some(risk::assess(&sheet, &findings, self.today()));
        Ok(sheet)
    }

    /// Inspections and homes of premises; `fresh`: those being made as they are now, the journal laid over.
    fn about(&mut self, record: &Record, fresh: bool) -> Outcome<(Vec<InspectionSummary>, Vec<DwellingView>)> {
        let inspections = self.inspections_of(record, fresh)?;
        let dwellings = changes::of_facility(&self.store.main, record.id, RecordKind::Dwelling)?
            .into_iter()
            .map(|dwelling| self.dwelling_view(&dwelling))
            .collect::<Outcome<_>>()?;
        Ok((inspections, dwellings))
    }

    pub(crate) fn inspections_of(&mut self, record: &Record, fresh: bool) -> Outcome<Vec<InspectionSummary>> {
        let mut inspections = Vec::new();
        for inspection in changes::of_facility(&self.store.main, record.id, RecordKind::Inspection)? {
            if inspection.parent.is_some() {
                continue;
            }
            let projected = index::inspection(&self.store.main, inspection.id)?;
            inspections.push(match projected {
                Some(mut summary) if !fresh || summary.state != InspectionState::InProgress => {
                    summary.unsent = fresh && outbox::is_unsent(&self.store.main, inspection.id)?;
                    summary
                }
                _ => self.inspection_summary(inspection.id)?,
            });
        }
        Ok(inspections)
    }

    /// Brings the row of premises up to their inspections, of which alone something changed.
    pub(crate) fn recount_facility(&mut self, id: DocumentId) -> Outcome<()> {
        let Some(record) = changes::find(&self.store.main, id)? else { return Ok(()) };
        let Some(mut summary) = index::facility(&self.store.main, id)? else { return self.index_facility(id) };
        let visits = Visits::of(&self.inspections_of(&record, false)?);
        (summary.last_inspected_at, summary.failed_checks, summary.open_inspection) =
            (visits.last_inspected_at, visits.failed_checks, visits.open);
        index::recount_facility(&self.store.main, &summary)
    }

    /// Makes the row of premises.
    pub(crate) fn index_facility(&mut self, id: DocumentId) -> Outcome<()> {
        let Some(record) = changes::find(&self.store.main, id)? else { return Ok(()) };
        if record.kind != RecordKind::Facility {
            return Ok(());
        }
        let (inspections, dwellings) = self.about(&record, false)?;
        let cells = self.cells_now(id)?;
        let unit_name = self.unit_name(record.unit);
        let parts = parts(&record, &unit_name, &cells, &inspections, &dwellings, false);
        let summary = build::facility_summary(&parts);
        let written = written_parts(&Live::of(&cells), &summary.address);
        let key = search::key(&written, &summary.address, &summary.name);
        index::save_facility(&self.store.main, &summary, &key, &plain(&summary.address))
    }

    /// Makes the rows that a search reads, once, in a store that an older version made.
    pub(crate) fn make_searchable(&mut self) -> Outcome<()> {
        if !index::is_unsearchable(&self.store.main)? {
            return Ok(());
        }
        let premises = changes::of_kind(&self.store.main, RecordKind::Facility)?;
        self.atomically(|open| premises.iter().try_for_each(|record| open.index_facility(record.id)))
    }

    /// Premises that may be the same as what a form describes: near, or of the same name or address.
    pub(crate) fn facility_duplicates(&mut self, fields: &Fields) -> Outcome<Vec<FacilitySummary>> {
        let text = |name: &str| fields.get(name).and_then(Scalar::as_text).unwrap_or_default();
        let number = |name: &str| fields.get(name).and_then(Scalar::as_number);
        let place = number(field::LATITUDE)
            .zip(number(field::LONGITUDE))
            .map(|(latitude, longitude)| Place { latitude, longitude });
        let (name, address) = (fold(text(field::NAME)), plain(text(field::ADDRESS)));
        let around = place.map(|place| {
            let (north, east) =
                (NEAR_M / METRES_A_DEGREE, NEAR_M / METRES_A_DEGREE / place.latitude.to_radians().cos().max(0.01));
            ((place.latitude - north, place.longitude - east), (place.latitude + north, place.longitude + east))
        });
        let mut alike = Vec::new();
        for mut summary in index::alike(&self.store.main, &name, &address, around)? {
            summary.distance_m = place.and_then(|place| distance(place, &summary));
            let near = summary.distance_m.is_some_and(|metres| metres <= NEAR_M);
            let same_name = !name.is_empty() && fold(&summary.name) == name;
            let same_address = !address.is_empty() && plain(&summary.address) == address;
            let points = u8::from(near) + u8::from(same_name) + 2 * u8::from(same_address);
            if points > 0 {
                alike.push((points, summary));
            }
        }
        alike.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
        Ok(alike.into_iter().take(MOST_DUPLICATES).map(|(_, summary)| summary).collect())
    }
}

/// An address by its parts, so that two ways of writing it compare equal.
fn plain(address: &str) -> String {
    let parts = address::parse(address);
    fold(&format!("{} {}", parts.chain(), parts.street))
}

fn written_parts(live: &Live<'_>, address: &str) -> AddressParts {
    let part = |name| live.text(name).unwrap_or_default().to_owned();
    let written = AddressParts {
        house_number: part(field::HOUSE_NUMBER),
        alley: part(field::ALLEY),
        sub_lane: part(field::SUB_LANE),
        lane: part(field::LANE),
        street: part(field::STREET),
        residential_group: part(field::RESIDENTIAL_GROUP),
        ..AddressParts::default()
    };
    if written == AddressParts::default() { address::parse(address) } else { written }
}

fn parts<'a>(
    record: &Record,
    unit_name: &'a str,
    cells: &'a [ancu_shared::record::value::Cell],
    inspections: &'a [InspectionSummary],
    dwellings: &'a [DwellingView],
    unsent: bool,
) -> FacilityParts<'a> {
    FacilityParts { id: record.id, unit: record.unit, unit_name, cells, inspections, dwellings, near: None, unsent }
}

fn distance(from: Place, to: &FacilitySummary) -> Option<f64> {
    let to = to.latitude.zip(to.longitude)?;
    Some(distance_m((from.latitude, from.longitude), to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forms_fields_are_judged_one_by_one() {
        for (name, value, good) in [
            ("name", Scalar::from("Nhà trọ Hoa Sen"), true),
            ("name", Scalar::from("  "), false),
            ("name", Scalar::Null, false),
            ("class", Scalar::from("mini_apartment"), true),
            ("class", Scalar::from("castle"), false),
            ("storeys", Scalar::Int(6), true),
            ("storeys", Scalar::Number(6.5), false),
            ("storeys", Scalar::Null, true),
            ("latitude", Scalar::Number(20.99), true),
            ("latitude", Scalar::Number(120.0), false),
            ("password", Scalar::from("x"), false),
        ] {
            assert_eq!(judged(name, &value).is_ok(), good, "{name} {value:?}");
        }
    }
}
