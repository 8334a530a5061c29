//! Findings followed to their end: promised, remedied, looked at; and the day on which premises are seen again.
//!
//! Invariants: the sealed inspection is not touched: what follows is added to a record of its own, whose id follows from the
//! inspection's; a step names the steps that this device knows, so that two who noted something apart are told apart.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::Register as _;
use ancu_shared::record::remediation::{FindingEvent, FindingStep, Means, Seen, remediation_id};
use ancu_shared::record::value::Scalar;
use ancu_shared::view::build::{self, InspectionParts, Live};
use ancu_shared::view::{FindingSummary, FindingView, InspectionState, InspectionSummary, ItemVisit, PhotoView};
use ancu_shared::workday::{self, Proposal};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{header, tidy};
use crate::engine::Open;
use crate::fault::Outcome;
use crate::photos::Reduced;
use crate::store::changes::{self, Record};
use crate::store::{findings, index, outbox, pictures};

/// The longest words of a step, in characters.
const MAX_WORDS: usize = 2_000;
/// The longest name, in characters.
const MAX_NAME: usize = 120;
/// The most photos of one step.
const MAX_PHOTOS: usize = 20;
/// The most findings of a list over all premises.
const MOST_FINDINGS: u64 = 500;
/// How many the first screen names.
const MOST_TODAY: u64 = 20;
/// How many days ahead the first screen looks.
const DAYS_AHEAD: i64 = 7;

/// What is noted of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct StepNote {
    /// What happened.
    pub step: FindingStep,
    /// The words: of the representative, what was done, what was seen, why it was refused.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub words: String,
    /// Who of the premises said it.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub name: String,
    /// By which day they promise.
    #[serde(default)]
    #[ts(type = "string | null", optional)]
    pub until: Option<Date>,
    /// How it was seen.
    #[serde(default)]
    #[ts(optional)]
    pub seen: Option<Seen>,
    /// At which later inspection.
    #[serde(default)]
    #[ts(optional)]
    pub visit: Option<DocumentId>,
    /// What is proposed.
    #[serde(default)]
    #[ts(optional)]
    pub means: Option<Means>,
    /// Evidence, added before.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<PhotoHash>>")]
    pub photos: Vec<PhotoHash>,
}

/// When premises are to be seen again, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct ReinspectionPlan {
    /// The premises.
    pub facility: DocumentId,
    /// The day from which is counted.
    #[ts(type = "string")]
    pub today: Date,
    /// The day that was set, if any.
    #[ts(type = "string | null")]
    pub on: Option<Date>,
    /// Days to choose from.
    pub proposals: Vec<Proposal>,
    /// What is open.
    pub findings: Vec<FindingSummary>,
}

impl Open {
    /// Makes the rows of a finished inspection's findings.
    pub(crate) fn index_findings(&self, parts: &InspectionParts<'_>, summary: &InspectionSummary) -> Outcome<()> {
        let mut made = Vec::new();
        if summary.progress.failed > 0 {
            let remediation = self.cells_now(remediation_id(parts.id))?;
            made = build::findings(parts, Some(&remediation), &self.people);
        }
        findings::save(&self.store.main, parts.id, &made)
    }

    /// Makes the rows of findings, once, in a store that an older version made.
    pub(crate) fn make_findings(&mut self) -> Outcome<()> {
        if !findings::is_unmade(&self.store.main)? {
            return Ok(());
        }
        let inspections = changes::of_kind(&self.store.main, RecordKind::Inspection)?;
        self.atomically(|open| {
            for root in inspections.into_iter().filter(|record| record.parent.is_none()) {
                open.index_inspection(root, None)?;
            }
            findings::mark_made(&open.store.main)
        })
    }

    /// Findings as they are today: all of premises, or the open ones everywhere.
    pub(crate) fn finding_list(&mut self, facility: Option<DocumentId>, overdue: bool) -> Outcome<Vec<FindingSummary>> {
        let today = self.today();
        let found = match facility {
            Some(facility) => {
                self.record(facility, RecordKind::Facility)?;
                findings::of_facility(&self.store.main, facility)?
            }
            None => findings::open(&self.store.main, overdue.then_some(today), MOST_FINDINGS)?,
        };
        let mut shown = self.shown(found)?;
        shown.retain(|finding| !overdue || finding.overdue);
        Ok(shown)
    }

    /// What the first screen names: overdue, or due within a week.
    pub(crate) fn findings_due(&mut self) -> Outcome<(Vec<FindingSummary>, u64)> {
        let until = self.today().saturating_add((DAYS_AHEAD + 1).days());
        let (found, all) = findings::due(&self.store.main, until, MOST_TODAY)?;
        Ok((self.shown(found)?, all))
    }

    fn shown(&mut self, found: Vec<FindingSummary>) -> Outcome<Vec<FindingSummary>> {
        let today = self.today();
        let mut shown = Vec::with_capacity(found.len());
        for finding in found {
            let mut finding = finding.on(today);
            finding.unit_name = self.unit_name(finding.unit);
            // Their name may have changed without the inspection.
            if let Some(premises) = index::facility(&self.store.main, finding.facility)? {
                (finding.facility_name, finding.facility_address) = (premises.name, premises.address);
            }
            finding.unsent = outbox::is_unsent(&self.store.main, remediation_id(finding.inspection))?;
            shown.push(finding);
        }
        Ok(shown)
    }

    /// A finding with everything that followed.
    pub(crate) fn finding_view(&mut self, inspection: DocumentId, item: &str) -> Outcome<FindingView> {
        let root = self.inspection_root(inspection)?;
        let facility = root.facility;
        let remediation = self.cells_now(remediation_id(root.id))?;
        let (id, today) = (root.id, self.today());
        let gathered = self.gather(root)?;
        let presence = |hash: &PhotoHash| self.presence(hash);
        let parts = gathered.parts(None, &presence);
        let view = build::finding(&parts, Some(&remediation), item, today, &self.people);
        let mut view = view.ok_or_else(|| {
            Problem::new(ErrorCode::NotFound).at(item).said(
                "Biên bản này không có tồn tại nào ở mục đó; chỉ mục không đạt, đã ký và khóa, mới theo dõi được. Hãy \
                          chọn trong danh sách tồn tại.",
                "This record has no finding at that question: only what failed and is signed is followed. Choose in the \
                          list of findings.",
            )
        })?;
        if let Some(row) = findings::one(&self.store.main, id, item)? {
            view.summary.superseded = row.superseded;
        }
        view.summary = view.summary.on(today);
        view.summary.unsent = outbox::is_unsent(&self.store.main, remediation_id(id))?;
        view.visits = self.visits(facility, id, item)?;
        if self.may_write(RecordKind::Remediation, view.summary.unit).is_err() {
            view.allowed.clear();
        }
        Ok(view)
    }

    /// What other finished inspections of premises said at a question, newest first.
    fn visits(&mut self, facility: Option<DocumentId>, but: DocumentId, item: &str) -> Outcome<Vec<ItemVisit>> {
        let mut visits = Vec::new();
        let Some(facility) = facility else { return Ok(visits) };
        for known in changes::of_facility(&self.store.main, facility, RecordKind::Inspection)? {
            if known.parent.is_some() || known.id == but {
                continue;
            }
            let state = index::inspection(&self.store.main, known.id)?.map(|summary| summary.state);
            if state.is_some_and(InspectionState::is_made) {
                visits.extend(build::item_visit(&self.inspection_view(known.id)?, item));
            }
        }
        visits.sort_by_key(|visit| std::cmp::Reverse((visit.at, visit.inspection)));
        Ok(visits)
    }

    /// The record that follows an inspection's findings; begun where there is none. Part of the caller's transaction.
    fn remediation(&mut self, root: &Record) -> Outcome<Record> {
        let id = remediation_id(root.id);
        if let Some(known) = changes::find(&self.store.main, id)? {
            return Ok(known);
        }
        let facility = root.facility.ok_or(ErrorCode::NotFound)?;
        let puts = vec![header(field::SUBJECT, root.id.to_string()), header(field::FACILITY, facility.to_string())];
        self.begin(id, RecordKind::Remediation, root.unit, puts)
    }

    /// Adds a photo as evidence; a step names it afterwards.
    pub(crate) fn finding_photo(&mut self, inspection: DocumentId, item: &str, photo: &Reduced) -> Outcome<PhotoView> {
        let root = self.inspection_root(inspection)?;
        self.may_write(RecordKind::Remediation, root.unit)?;
        self.finding_view(root.id, item)?;
        self.photo_fits(photo)?;
        let now = self.now();
        let detail = self.keep_photo(photo, now)?;
        self.atomically(|open| {
            let record = open.remediation(&root)?;
            pictures::note(&open.store.main, &photo.hash, record.id, item, detail.bytes, true, now)?;
            open.write(&record, &[(Key::Photo(item.to_owned(), photo.hash), detail.to_scalar())])
        })?;
        let presence = self.presence(&photo.hash);
        let author = ancu_shared::view::Authors::attribution(&self.people, self.actor(), now);
        let build::PhotoPresence { present, verified, own } = presence;
        Ok(PhotoView { detail, author, verified, present, own, unsigned: false })
    }

    /// Notes a step.
    pub(crate) fn finding_step(&mut self, inspection: DocumentId, item: &str, note: StepNote) -> Outcome<FindingView> {
        let root = self.inspection_root(inspection)?;
        self.may_write(RecordKind::Remediation, root.unit)?;
        let before = self.finding_view(root.id, item)?;
        if !before.allowed.contains(&note.step) {
            return Err(not_now(&before).into());
        }
        let remediation = self.cells_now(remediation_id(root.id))?;
        let event = FindingEvent {
            step: note.step,
            words: tidy("words", &note.words, MAX_WORDS)?,
            name: tidy("name", &note.name, MAX_NAME)?,
            until: note.until,
            seen: note.seen,
            visit: note.visit,
            means: note.means,
            photos: note.photos,
            after: build::finding_standing(&remediation, item).last,
            at: self.now(),
            by: self.person(),
        };
        self.judge_step(&root, item, &event, &before)?;
        let id = self.new_id().0;
        self.atomically(|open| {
            let record = open.remediation(&root)?;
            open.write(&record, &[(Key::Event(item.to_owned(), id), event.to_scalar())])
        })?;
        self.finding_view(root.id, item)
    }

    fn judge_step(&mut self, root: &Record, item: &str, event: &FindingEvent, before: &FindingView) -> Outcome<()> {
        if let Some(field) = event.lacking() {
            return Err(lacking(field).into());
        }
        if event.until.is_some_and(|until| until < self.today()) {
            return Err(Problem::field(
                "until",
                "Ngày cam kết đã qua. Hãy chọn hôm nay hoặc một ngày sau.",
                "The promised day has passed. Choose today or a later day.",
            )
            .into());
        }
        if let Some(until) = event.until {
            self.check_term("until", until, self.today())?;
        }
        let cells = changes::cells(&self.store.main, remediation_id(root.id))?;
        let live = Live::of(&cells);
        let here = |hash: &PhotoHash| !live.at(&Key::Photo(item.to_owned(), *hash).to_string()).is_empty();
        if event.photos.len() > MAX_PHOTOS || !event.photos.iter().all(here) {
            return Err(Problem::field(
                "photos",
                "Ảnh chưa được thêm vào tồn tại này, hoặc quá 20 ảnh. Hãy thêm lại ảnh.",
                "A photo was not added to this finding, or there are more than 20. Add the photos again.",
            )
            .into());
        }
        let evidence = || before.events.iter().any(|event| !event.photos.is_empty());
        if event.seen == Some(Seen::ByPhoto) && !evidence() {
            return Err(Problem::field(
                "seen",
                "Chưa có ảnh chứng minh nào. Hãy xác nhận tại chỗ, hoặc đợi cơ sở gửi ảnh.",
                "There are no photos as evidence. Confirm it on site, or wait for the premises' photos.",
            )
            .into());
        }
        let Some(visit) = event.visit else { return Ok(()) };
        let visit = self.inspection_root(visit)?;
        if visit.facility == root.facility && visit.id != root.id { Ok(()) } else { Err(ErrorCode::NotFound.into()) }
    }

    /// When premises are to be seen again: the day that was set, days to choose from, what is open.
    pub(crate) fn reinspection_plan(&mut self, facility: DocumentId) -> Outcome<ReinspectionPlan> {
        self.record(facility, RecordKind::Facility)?;
        let today = self.today();
        let cells = self.cells_now(facility)?;
        let on = Live::of(&cells).text(field::REINSPECT_ON).and_then(|day| day.parse().ok());
        let mut findings = self.finding_list(Some(facility), false)?;
        findings.retain(FindingSummary::is_open);
        let proposals = workday::TERMS.into_iter().map(|days| workday::after(today, days)).collect();
        Ok(ReinspectionPlan { facility, today, on, proposals, findings })
    }

    /// Sets the day on which premises are to be seen again, or takes it away.
    pub(crate) fn reinspection_set(&mut self, facility: DocumentId, on: Option<Date>) -> Outcome<ReinspectionPlan> {
        let record = self.record(facility, RecordKind::Facility)?;
        self.may_write(RecordKind::Facility, record.unit)?;
        if on.is_some_and(|on| on < self.today()) {
            return Err(Problem::field(
                "on",
                "Ngày phúc tra đã qua. Hãy chọn hôm nay hoặc một ngày sau.",
                "The day has passed. Choose today or a later day.",
            )
            .into());
        }
        if let Some(on) = on {
            self.check_term("on", on, self.today())?;
        }
        let value = on.map_or(Scalar::Null, |on| Scalar::from(on.to_string()));
        self.atomically(|open| open.write(&record, &[header(field::REINSPECT_ON, value)]))?;
        self.reinspection_plan(facility)
    }
}

/// Why a step cannot be noted as a finding stands.
fn not_now(view: &FindingView) -> Problem {
    let mut problem = Problem::new(ErrorCode::Conflict)
        .at("step")
        .with(serde_json::json!({ "state": view.summary.state, "allowed": view.allowed }));
    "Không ghi được bước này khi tồn tại đang ở trạng thái hiện tại. Hãy mở lại và chọn một bước trong danh sách."
        .clone_into(&mut problem.vi);
    "This step does not follow from where the finding stands. Open it again and choose one of the steps."
        .clone_into(&mut problem.en);
    problem
}

fn lacking(field: &str) -> Problem {
    let (vi, en) = match field {
        "name" => ("Hãy ghi tên người đại diện cam kết.", "Write the name of the representative who commits."),
        "photos" => ("Hãy thêm ít nhất một ảnh chứng minh.", "Add at least one photo as evidence."),
        "seen" => ("Hãy chọn cách xác nhận: tại chỗ hoặc qua ảnh.", "Choose how it was seen: on site or by photo."),
        "means" => ("Hãy chọn biện pháp đề nghị.", "Choose what is proposed."),
        _ => ("Hãy ghi lý do.", "Write the reason."),
    };
    Problem::field(field, vi, en)
}
