//! Findings and how they were followed: a sealed inspection read beside the record of what came after.
//!
//! Invariant: what is a finding, the sealed parts of an inspection say; what became of it, the steps say, in whatever order
//! they came. What depends on the day is worked out when it is asked for and never stored.

use std::collections::BTreeMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::inspection::{InspectionParts, PhotoPresence};
use super::joined::Joined;
use super::live::{Live, registers};
use crate::id::{DocumentId, PhotoHash};
use crate::record::facility::field;
use crate::record::key::Key;
use crate::record::promise;
use crate::record::register::{FindingDetail, PhotoDetail};
use crate::record::remediation::{self, FindingEvent, Standing};
use crate::record::value::{Cell, OperationId};
use crate::template::{Item, Template, Words};
use crate::view::{
    Attribution, Authors, FindingEventView, FindingSummary, FindingView, InspectionView, ItemView, ItemVisit,
    PhotoView, PromiseView, remark,
};

/// The steps of an item in an order in which each comes after those that its author knew: counters grow with what is known.
type Followed = Vec<(OperationId, Uuid, FindingEvent)>;
/// The steps of every item.
type Steps = BTreeMap<String, Followed>;

/// The findings of an inspection as in a list, in the template's order; none before it is sealed.
/// `remediation`: the cells of the record that follows them, where there is one.
pub fn findings(
    parts: &InspectionParts<'_>,
    remediation: Option<&[Cell]>,
    authors: &dyn Authors,
) -> Vec<FindingSummary> {
    let Some(record) = Joined::of(parts).sealed() else { return Vec::new() };
    let steps = remediation.map(steps).unwrap_or_default();
    let items = record.items(parts.template, &|_| PhotoPresence::default(), authors);
    let of = |item: ItemView| {
        let detail = item.finding?;
        let followed = steps.get(&item.code).map_or(&[][..], Vec::as_slice);
        Some(summary(parts, &record, (&item.code, &detail), followed, authors))
    };
    items.into_iter().filter_map(of).collect()
}

/// One finding with everything that followed, as it is on a day; `None` if the inspection has no such finding.
pub fn finding(
    parts: &InspectionParts<'_>,
    remediation: Option<&[Cell]>,
    code: &str,
    today: Date,
    authors: &dyn Authors,
) -> Option<FindingView> {
    let record = Joined::of(parts).sealed()?;
    let question = question(parts.template, code);
    let item = record.item(code, question, parts.photos, authors);
    let detail = item.finding?;
    let followed = remediation.and_then(|cells| steps(cells).remove(code)).unwrap_or_default();
    let standing = standing(&followed);
    let summary = summary(parts, &record, (code, &detail), &followed, authors).on(today);
    let stands = |id: &Uuid| standing.promises.standing.iter().any(|(_, step)| step == id);
    let remarks = followed.iter().filter_map(|(_, id, event)| {
        let key = Key::Event(code.to_owned(), *id).to_string();
        let until = event.until?;
        let deadline = detail.deadline.and(summary.deadline).filter(|_| stands(id));
        let after = || remark::visit::promise_after(&key, until, deadline?);
        remark::visit::promise(&key, until, event.at.hanoi_date()).or_else(after)
    });
    let mut remarks: Vec<_> = remarks.collect();
    if let (Some(written), Some(counts)) = (summary.deadline_written, summary.deadline) {
        let off = record.finding_off(code, parts.template, authors).unwrap_or(0);
        remarks.insert(0, remark::visit::counted_anew(&format!("f/{code}/detail"), written, counts, off));
    }
    let evidence = remediation.map(|cells| evidence(cells, code, parts.photos, authors)).unwrap_or_default();
    Some(FindingView {
        note: item.statements.first().map(|statement| statement.note.clone()).unwrap_or_default(),
        by: record.finding_by(code, parts.template, authors).unwrap_or_else(|| Attribution::of(None, detail.at)),
        photos: item.photos,
        events: event_views(followed, &standing, &evidence, authors),
        allowed: remediation::allowed(&standing, summary.overdue),
        visits: Vec::new(),
        remarks,
        summary,
    })
}

/// How a finding stands, from the cells of the record that follows it.
pub fn finding_standing(remediation: &[Cell], code: &str) -> Standing {
    standing(steps(remediation).get(code).map_or(&[][..], Vec::as_slice))
}

/// What an inspection says at an item; `None` if nothing.
pub fn item_visit(view: &InspectionView, code: &str) -> Option<ItemVisit> {
    let item = view.items.iter().find(|item| item.code == code)?;
    let statement = item.statements.first()?;
    Some(ItemVisit {
        inspection: view.summary.id,
        at: view.summary.begun(),
        answer: statement.answer.clone(),
        note: statement.note.clone(),
        finding: item.finding.is_some(),
    })
}

fn question<'t>(template: Option<&'t Template>, code: &str) -> Option<&'t Item> {
    template.and_then(|template| template.item(code))
}

fn steps(cells: &[Cell]) -> Steps {
    let live = Live::of(cells);
    let mut steps = Steps::new();
    for (key, cells) in live.under("e/") {
        let Ok(Key::Event(item, id)) = Key::parse(key) else { continue };
        if let Some((cell, event)) = registers::<FindingEvent>(cells).next() {
            steps.entry(item).or_default().push((cell.operation, id, event));
        }
    }
    for followed in steps.values_mut() {
        followed.sort_by_key(|(operation, id, _)| (*operation, *id));
    }
    steps
}

fn standing(followed: &[(OperationId, Uuid, FindingEvent)]) -> Standing {
    remediation::standing(&followed.iter().map(|(_, id, event)| (*id, event.clone())).collect())
}

fn summary(
    parts: &InspectionParts<'_>,
    record: &Joined<'_>,
    (code, detail): (&str, &FindingDetail),
    followed: &[(OperationId, Uuid, FindingEvent)],
    authors: &dyn Authors,
) -> FindingSummary {
    let question = question(parts.template, code);
    let standing = standing(followed);
    let newest = || followed.iter().rev().map(|(.., event)| event);
    let promises: Vec<_> =
        standing.promises.standing.iter().filter_map(|(until, id)| promise((*until, *id), followed, authors)).collect();
    let facility = parts.facility.map(Live::of).unwrap_or_default();
    let off = record.finding_off(code, parts.template, authors);
    let counts = detail.deadline.map(|deadline| promise::counted(deadline, detail.at, off));
    FindingSummary {
        inspection: parts.id,
        item: code.to_owned(),
        question: question.map(|item| item.title.clone()),
        citations: question.map(|item| item.citations.clone()).unwrap_or_default(),
        facility: record.original().document(field::FACILITY).unwrap_or(DocumentId::from_bytes([0; 16])),
        facility_name: facility.text(field::NAME).unwrap_or_default().to_owned(),
        facility_address: super::facility::address(&facility),
        unit: parts.unit,
        unit_name: parts.unit_name.to_owned(),
        severity: detail.severity,
        remedy: detail.remedy.clone(),
        remedy_words: question.map(|item| &item.remedy).filter(|words| is_unchanged(&detail.remedy, words)).cloned(),
        found_at: record.truly_begun(authors),
        officer: record.finding_by(code, parts.template, authors).map(|by| by.person_name).unwrap_or_default(),
        deadline: counts.or(standing.promises.day()),
        deadline_written: detail.deadline.filter(|written| counts != Some(*written)),
        promised: standing.promises.day(),
        promises,
        state: standing.state,
        apart: standing.apart || standing.promised_apart(),
        means: newest().find_map(|event| event.means),
        steps: followed.len() as u32,
        superseded: false,
        days_left: None,
        overdue: false,
        unsent: false,
    }
}

/// Whether a remedy is what the template offers, in one of its languages.
fn is_unchanged(remedy: &str, offered: &Words) -> bool {
    let remedy = remedy.trim();
    !remedy.is_empty() && [&offered.vi, &offered.en].into_iter().any(|words| words.trim() == remedy)
}

/// A promise as people read it.
fn promise(
    (until, step): (Date, Uuid),
    followed: &[(OperationId, Uuid, FindingEvent)],
    authors: &dyn Authors,
) -> Option<PromiseView> {
    let (operation, _, event) = followed.iter().find(|(_, id, _)| *id == step)?;
    let officer = authors.attribution(operation.actor, event.at).person_name;
    Some(PromiseView { until, name: event.name.clone(), officer, at: event.at })
}

/// Photos of the record that follows, at an item.
fn evidence(
    cells: &[Cell],
    code: &str,
    presence: &dyn Fn(&PhotoHash) -> PhotoPresence,
    authors: &dyn Authors,
) -> BTreeMap<PhotoHash, PhotoView> {
    let live = Live::of(cells);
    let prefix = format!("p/{code}/");
    let mut photos = BTreeMap::new();
    for (_, cells) in live.under(&prefix) {
        let Some((cell, detail)) = registers::<PhotoDetail>(cells).next() else { continue };
        let PhotoPresence { present, verified, own } = presence(&detail.hash);
        let author = authors.attribution(cell.operation.actor, detail.at);
        photos.insert(detail.hash, PhotoView { detail, author, verified, present, own, unsigned: false });
    }
    photos
}

fn event_views(
    followed: Followed,
    standing: &Standing,
    evidence: &BTreeMap<PhotoHash, PhotoView>,
    authors: &dyn Authors,
) -> Vec<FindingEventView> {
    let view = |(operation, id, event): (OperationId, Uuid, FindingEvent)| FindingEventView {
        id,
        step: event.step,
        words: event.words,
        name: event.name,
        until: event.until,
        seen: event.seen,
        visit: event.visit,
        means: event.means,
        photos: event.photos.iter().filter_map(|hash| evidence.get(hash).cloned()).collect(),
        apart: standing.apart && standing.last.contains(&id)
            || standing.promised_apart() && standing.promises.standing.iter().any(|(_, promise)| *promise == id),
        by: authors.attribution(operation.actor, event.at),
    };
    followed.into_iter().map(view).collect()
}
