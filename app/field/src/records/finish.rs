//! Finishing: what is missing, and the seal.
//!
//! Invariant: a seal signs exactly the heads that its change builds on, and is one change of two values.

use std::collections::{BTreeMap, HashSet};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, PersonId};
use ancu_shared::record::facility::state as states;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::Register as _;
use ancu_shared::record::seal;
use ancu_shared::template::{Template, check};
use ancu_shared::view::build::{Live, live};
use ancu_shared::view::remark::{self, Remark};
use ancu_shared::view::{Authors as _, CommentView, InspectionState, InspectionView, MissingItem, MissingReason};
use serde::{Deserialize, Serialize};

use super::state;
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::{changes, profile};

/// Somebody else whose work is in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Colleague {
    /// By name.
    pub name: String,
    /// When the last of their work that is here was done, by their clock.
    pub heard_at: UtcMillis,
}

/// What an officer should know before signing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct FinishCheck {
    /// What keeps the record from being finished.
    pub missing: Vec<MissingItem>,
    /// Who else works in this record, as far as is known here: more of theirs may be on its way.
    pub colleagues: Vec<Colleague>,
    /// When this device last exchanged.
    pub exchanged_at: Option<UtcMillis>,
    /// Whether it has not exchanged since the inspection was begun: then nobody else can be known.
    pub apart: bool,
    /// What is odd about deadlines and places, as of now.
    pub remarks: Vec<Remark>,
    /// A reviewer's words to which nothing is said yet: while they have no answer, the record stays returned.
    #[serde(default)]
    pub unanswered: Vec<CommentView>,
}

impl Open {
    /// What keeps an inspection from being finished. A supplement answers for what it says itself: the rest is sealed.
    pub(crate) fn inspection_missing(&mut self, id: DocumentId) -> Outcome<Vec<MissingItem>> {
        let root = self.inspection_root(id)?;
        let template = self.inspection_template(&root)?;
        let view = self.inspection_view(id)?;
        let mut missing = check::missing(&template, &view.items, view.form.as_ref());
        if !changes::is_sealed(&self.store.main, root.id)? {
            return Ok(missing);
        }
        let supplement = self.open_supplement(&root)?;
        let cells = supplement.as_ref().map(|it| self.cells_now(it.id)).transpose()?.unwrap_or_default();
        // What was taken back again says nothing.
        let standing = cells.iter().filter(|cell| !cell.value.is_tombstone());
        let said: HashSet<&str> = standing.filter_map(|cell| item_of(&cell.key)).collect();
        if supplement.is_some() {
            missing.retain(|it| it.item.as_deref().is_none_or(|code| said.contains(code)));
        }
        if view.summary.state == InspectionState::Returned && said.is_empty() {
            missing.splice(0..0, unanswered(&template, &view));
        }
        Ok(missing)
    }

    /// What an officer should know before signing.
    pub(crate) fn finish_check(&mut self, id: DocumentId) -> Outcome<FinishCheck> {
        let root = self.inspection_root(id)?;
        let missing = self.inspection_missing(id)?;
        let marks = profile::marks(&self.store.main)?;
        let exchanged_at = marks.last_exchange_at;
        let view = self.inspection_view(id)?;
        let premises = self.cells_now(view.summary.facility)?;
        let place = live::place(&Live::of(&premises));
        // By the server's clock where it is known: a deadline has passed or not, whatever this device's says.
        let now = self.now().plus_millis(marks.clock_offset_millis.unwrap_or(0));
        let remarks = remark::visit::remarks(&view.items, view.position.as_ref(), place, Some(now));
        if changes::is_sealed(&self.store.main, root.id)? {
            let comments = view.items.iter().flat_map(|item| &item.comments);
            let unanswered = comments.filter(|words| words.open && words.answered.is_none()).cloned().collect();
            let colleagues = Vec::new();
            return Ok(FinishCheck { missing, colleagues, exchanged_at, apart: false, remarks, unanswered });
        }
        let mut heard: BTreeMap<(Option<PersonId>, String), UtcMillis> = BTreeMap::new();
        for cell in self.cells_now(root.id)? {
            let by = self.people.attribution(cell.operation.actor, cell.at);
            if by.person != Some(self.person()) {
                let last = heard.entry((by.person, by.person_name)).or_insert(cell.at);
                *last = cell.at.max(*last);
            }
        }
        let colleagues = heard.into_iter().map(|((_, name), heard_at)| Colleague { name, heard_at }).collect();
        let apart = exchanged_at.is_none_or(|at| at < view.summary.started_at);
        Ok(FinishCheck { missing, colleagues, exchanged_at, apart, remarks, unanswered: Vec::new() })
    }

    /// The record if there is nothing to be sealed and the last seal is this person's: a second tap on the same button.
    fn just_finished(&mut self, id: DocumentId) -> Outcome<Option<InspectionView>> {
        let root = self.inspection_root(id)?;
        if !changes::is_sealed(&self.store.main, root.id)? || self.open_supplement(&root)?.is_some() {
            return Ok(None);
        }
        let view = self.inspection_view(root.id)?;
        // Returned, and a part signed since, which leaves words to others.
        let partly = view.summary.state == InspectionState::Returned && view.newest_sealed != view.decided_on;
        let waits = partly || matches!(view.summary.state, InspectionState::Completed | InspectionState::Supplemented);
        let last = view.seals.iter().max_by_key(|seal| seal.by.at);
        let own = last.is_some_and(|seal| seal.valid && seal.by.person == Some(self.person()));
        Ok((waits && own).then_some(view))
    }

    /// Seals an inspection, or its open supplement.
    pub(crate) fn inspection_finish(&mut self, id: DocumentId) -> Outcome<InspectionView> {
        if let Some(sealed) = self.just_finished(id)? {
            return Ok(sealed);
        }
        let missing = self.inspection_missing(id)?;
        if !missing.is_empty() {
            let details = serde_json::json!({ "missing": missing });
            return Err(Problem::new(ErrorCode::RecordIncomplete).with(details).into());
        }
        // The parts of one record stand in the order of their seals: a clock that was set back must not put this one first.
        let earlier = self.inspection_view(id)?.seals.iter().map(|seal| seal.by.at).max();
        let at = earlier.map_or(self.now(), |earlier| self.now().max(earlier.plus_millis(1)));
        self.atomically(|open| {
            let record = open.writable(id)?;
            open.fold(&record)?;
            let mut document = open.load(record.id)?;
            let statement = seal::seal(record.id, document.heads()?, &open.secret, at, open.person());
            document.put(&Key::Seal(open.actor()), &statement.to_scalar())?;
            let (key, completed) = state(states::STATE, "completed");
            document.put(&key, &completed)?;
            let made = document.commit(at)?;
            open.keep(&record, made.as_slice())
        })?;
        self.inspection_view(id)
    }
}

/// The questions with words that wait for an answer; with words on the whole record only, the record itself. A supplement
/// that says nothing is not signed; one that leaves words without an answer is, and the record stays returned: they may be
/// a colleague's to answer.
fn unanswered(template: &Template, view: &InspectionView) -> Vec<MissingItem> {
    let reason = MissingReason::Words;
    let mut missing = Vec::new();
    for item in view.items.iter().filter(|item| item.comments.iter().any(|words| words.open)) {
        let group = template.groups.iter().find(|group| group.items.iter().any(|it| it.code == item.code));
        let group = group.map(|group| group.code.clone());
        missing.push(MissingItem { item: Some(item.code.clone()), group, reason });
    }
    if missing.is_empty() {
        missing.push(MissingItem { item: None, group: None, reason });
    }
    missing
}

/// The item that a key is about.
fn item_of(key: &str) -> Option<&str> {
    let mut parts = key.split('/');
    matches!(parts.next(), Some("i" | "p" | "f")).then(|| parts.next()).flatten()
}
