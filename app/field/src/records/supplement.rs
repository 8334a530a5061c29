//! Supplements: what is said of an inspection after it was sealed.
//!
//! Invariants: an officer has one open supplement at a record, late work and corrections in one; it is laid over the record
//! on its author's own device only until it is signed, and everybody else is told that something waits. What a reviewer's
//! words call for is the exception: in that supplement everybody writes who was asked, and it is laid over the record on those
//! devices whose entries go there. One that says nothing new is never signed.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{CORRECTION, field, state as states};
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use ancu_shared::view::build::{Live, late};
use ancu_shared::view::{InspectionState, InspectionView, Supplementing};

use super::inspection::Gathered;
use super::{header, state};
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::changes::{self, Record};

/// What is said to who would give up what others wrote too.
const SHARED: (&str, &str) = (
    "Biên bản bổ sung này có cả phần ghi từ máy khác nên không bỏ được toàn bộ. Hãy xóa từng câu trả lời của bạn.",
    "Another device's answers are in this supplement too, so it cannot be given up as a whole. Clear each of your own answers.",
);

impl Open {
    /// Begins a supplement to a sealed inspection, whether or not somebody asked for it; where one is open that this officer
    /// writes in, that one is given.
    pub(crate) fn supplement_begin(&mut self, id: DocumentId) -> Outcome<InspectionView> {
        let root = self.inspection_root(id)?;
        self.may_write(RecordKind::Inspection, root.unit)?;
        if !changes::is_sealed(&self.store.main, root.id)? {
            return Err(ErrorCode::RecordOpen.into());
        }
        self.atomically(|open| open.supplement_for(&root).map(|_| ()))?;
        self.inspection_view(root.id)
    }

    /// The supplement to a sealed inspection that this officer's entries go to: the open one, or a new one. Part of the
    /// caller's transaction.
    pub(crate) fn supplement_for(&mut self, root: &Record) -> Outcome<Record> {
        let gathered = self.gather_work(root.clone())?;
        if let Some(open) = self.supplement_in(&gathered)? {
            return Ok(open);
        }
        match gathered.state() {
            InspectionState::Returned => self.begin_supplement(root),
            // It carries nothing that came late, yet it waits for its author alone, as late work does.
            _ => self.begin_with(root, [header(field::PURPOSE, CORRECTION), header(field::CARRIES, Scalar::Null)]),
        }
    }

    /// Begins a supplement to a sealed inspection.
    pub(crate) fn begin_supplement(&mut self, root: &Record) -> Outcome<Record> {
        self.begin_with(root, [])
    }

    fn begin_with<const N: usize>(&mut self, root: &Record, more: [(Key, Scalar); N]) -> Outcome<Record> {
        let cells = self.cells_now(root.id)?;
        let live = Live::of(&cells);
        let text = |name| live.text(name).unwrap_or_default().to_owned();
        let mut puts = vec![
            header(field::FACILITY, text(field::FACILITY)),
            header(field::TEMPLATE, text(field::TEMPLATE)),
            header(field::TEMPLATE_VERSION, live.template().map(|it| it.version).unwrap_or_default()),
            header(field::SUPPLEMENT_OF, root.id.to_string()),
            header(field::STARTED_AT, self.now().0),
            state(states::STATE, "in_progress"),
        ];
        puts.extend(more);
        let id = self.new_id();
        self.begin(id, RecordKind::Inspection, root.unit, puts)
    }

    /// The supplement that entries go to now, if there is one.
    pub(crate) fn open_supplement(&mut self, root: &Record) -> Outcome<Option<Record>> {
        let gathered = self.gather_work(root.clone())?;
        self.supplement_in(&gathered)
    }

    /// Of the supplements that are read here, the one that entries go to now: own late work or an own correction first, then
    /// one begun here, then, on a returned inspection, anybody's.
    pub(super) fn supplement_in(&self, gathered: &Gathered) -> Outcome<Option<Record>> {
        let mut open = Vec::new();
        for (id, cells) in &gathered.supplements {
            if !changes::is_sealed(&self.store.main, *id)? {
                open.push((late::is_own(cells), self.record(*id, RecordKind::Inspection)?));
            }
        }
        let first = open.into_iter().min_by_key(|(own, record)| (!own, !record.own, record.id));
        let returned = || gathered.state() == InspectionState::Returned;
        Ok(first.filter(|(own, record)| *own || record.own || returned()).map(|(_, record)| record))
    }

    /// What this person may do about a supplement.
    pub(super) fn supplementing(&self, gathered: &Gathered) -> Outcome<Supplementing> {
        let root = &gathered.root;
        if !changes::is_sealed(&self.store.main, root.id)? || self.may_write(RecordKind::Inspection, root.unit).is_err()
        {
            return Ok(Supplementing::No);
        }
        let Some(open) = self.supplement_in(gathered)? else { return Ok(Supplementing::MayBegin) };
        let own = gathered.supplements.iter().any(|(id, cells)| *id == open.id && late::is_own(cells));
        Ok(if own { Supplementing::Own } else { Supplementing::Open })
    }

    /// Where an entry goes: the inspection while it is being made, otherwise the supplement that is open; on a returned
    /// inspection one is begun.
    pub(crate) fn writable(&mut self, id: DocumentId) -> Outcome<Record> {
        let root = self.inspection_root(id)?;
        self.may_write(RecordKind::Inspection, root.unit)?;
        if !changes::is_sealed(&self.store.main, root.id)? {
            self.goes_on(&root)?;
            return Ok(root);
        }
        let gathered = self.gather_work(root.clone())?;
        if let Some(open) = self.supplement_in(&gathered)? {
            return Ok(open);
        }
        match gathered.state() {
            InspectionState::Returned => self.begin_supplement(&root),
            _ => Err(ErrorCode::RecordSealed.into()),
        }
    }

    /// Gives own late work, an own correction, or a supplement that a reviewer's words called for up: the supplement stays in
    /// the log, and is shown nowhere; the words stay open.
    pub(crate) fn late_discard(&mut self, id: DocumentId) -> Outcome<InspectionView> {
        let root = self.inspection_root(id)?;
        self.may_write(RecordKind::Inspection, root.unit)?;
        let open = self.open_supplement(&root)?.ok_or(ErrorCode::NotFound)?;
        let cells = self.cells_now(open.id)?;
        if !late::is_own(&cells) && !late::says_only(&cells, self.actor()) {
            return Err(Problem::new(ErrorCode::Conflict).said(SHARED.0, SHARED.1).into());
        }
        self.atomically(|inner| {
            inner.fold(&open)?;
            inner.write(&open, &[state(states::STATE, states::DISCARDED)])
        })?;
        self.inspection_view(root.id)
    }
}
