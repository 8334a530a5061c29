//! Finishing: what is missing, and the seal.
//!
//! Invariant: a seal signs exactly the heads that its change builds on, and is one change of two values.

use std::collections::{BTreeMap, HashSet};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, PersonId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::attendance::Conclusion;
use ancu_shared::record::facility::state as states;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{ItemAnswer, Known, Register as _};
use ancu_shared::record::seal;
use ancu_shared::template::{Item, Template, check};
use ancu_shared::view::build::{self, Live, late, live};
use ancu_shared::view::remark::{self, Remark};
use ancu_shared::view::{
    Authors as _, CommentView, InspectionState, InspectionView, MissingItem, MissingReason, Statement,
};
use serde::{Deserialize, Serialize};

use super::attendance::drawn_before;
use super::state;
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::changes::Record;
use crate::store::{changes, drafts, history, profile};

/// What is said of a supplement that says nothing.
const EMPTY: (&str, &str) = (
    "Biên bản bổ sung chưa có nội dung nào. Hãy ghi điều cần bổ sung, hoặc bỏ biên bản bổ sung.",
    "The supplement says nothing yet. Write what is to be corrected, or give the supplement up.",
);

/// What is said of a supplement that only says again what stands.
const REPEATS: (&str, &str) = (
    "Biên bản bổ sung chỉ lặp lại những gì đã ký, không có gì mới. Hãy ghi điều cần bổ sung, hoặc bỏ biên bản bổ sung.",
    "The supplement only repeats what is signed already. Write what is to be corrected, or give the supplement up.",
);
/// What is said where there is nothing to sign any more.
const GONE: (&str, &str) = (
    "Không còn biên bản bổ sung nào đang chờ ký: nó đã được bỏ hoặc đã được ký trên máy khác. Hãy mở lại biên bản để xem.",
    "No supplement waits to be signed any more: it was given up, or signed on another device. Open the record again to see.",
);

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
    /// What colleagues signed in supplements and this one replaces once it is signed.
    #[serde(default)]
    pub replaces: Vec<Replaced>,
    /// The sealed parts that are here: who signs having read this names them.
    #[serde(default)]
    pub sealed_parts: Vec<DocumentId>,
    /// How many changes of others are in what is signed: who signs having read this says so.
    #[serde(default)]
    pub heard: u64,
    /// What the checks lead to; the officer decides.
    pub proposed: Conclusion,
}

/// What is signed at a question and does not stand any more once a supplement is signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Replaced {
    /// The question's code.
    pub item: String,
    /// What colleagues signed there.
    pub said: Vec<Statement>,
}

impl Open {
    /// What keeps an inspection from being finished. A supplement answers for what it says itself: the rest is sealed.
    pub(crate) fn inspection_missing(&mut self, id: DocumentId) -> Outcome<Vec<MissingItem>> {
        let root = self.inspection_root(id)?;
        let template = self.inspection_template(&root)?;
        let view = self.inspection_view(id)?;
        let mut missing = check::missing(&template, &view.items, view.form.as_ref());
        let template = template.grown(view.form.as_ref());
        if !changes::is_sealed(&self.store.main, root.id)? {
            // What is signed says one thing at each place: an answer, what is written of a failed check, where it was made.
            let cells = self.cells_now(root.id)?;
            let clashes = build::clashes(root.id, root.kind, "", Some(&template), &cells, &self.people);
            settle_first(&template, &mut missing, clashes.iter().map(|clash| clash.key.as_str()));
            missing.extend(drawn_before(&view).then_some(MissingItem {
                item: None,
                group: None,
                reason: MissingReason::Hand,
            }));
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
        let apart = view.apart.iter().filter(|apart| apart.settlement.is_none());
        settle_first(&template, &mut missing, apart.map(|apart| apart.key.as_str()));
        let says_anything = late::says_anything(&cells);
        if view.summary.state == InspectionState::Returned && (said.is_empty() || !says_anything) {
            missing.splice(0..0, unanswered(&template, &view));
        } else if let Some(open) = supplement
            && !(says_anything && self.says_news(&root, open.id)?)
        {
            missing.insert(0, MissingItem { item: None, group: None, reason: MissingReason::Nothing });
        }
        Ok(missing)
    }

    /// Whether a supplement says anything that does not stand already.
    fn says_news(&mut self, root: &Record, supplement: DocumentId) -> Outcome<bool> {
        let cells = self.cells_now(root.id)?;
        let parts = changes::children(&self.store.main, root.id, RecordKind::Inspection)?;
        let parts =
            parts.into_iter().map(|part| Ok((part.id, self.cells_now(part.id)?))).collect::<Outcome<Vec<_>>>()?;
        let parts: Vec<_> = parts.iter().map(|(id, cells)| (*id, cells.as_slice())).collect();
        Ok(build::says_news(root.id, &cells, &parts, supplement))
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
        let heard = self.heard_in(&root)?;
        let proposed = Conclusion::proposed(view.summary.gravest);
        let mut remarks = remark::visit::remarks(&view.items, view.position.as_ref(), place, Some(now), &|_| None);
        remarks.splice(0..0, self.clock_remarks(&view)?);
        if changes::is_sealed(&self.store.main, root.id)? {
            let comments = view.items.iter().flat_map(|item| &item.comments);
            let unanswered = comments.filter(|words| words.open && words.answered.is_none()).cloned().collect();
            let colleagues = Vec::new();
            let (apart, replaces, sealed_parts) = (false, self.replaces(&root, &view)?, view.sealed_parts.clone());
            return Ok(FinishCheck {
                missing,
                colleagues,
                exchanged_at,
                apart,
                remarks,
                unanswered,
                replaces,
                sealed_parts,
                heard,
                proposed,
            });
        }
        let mut people: BTreeMap<(Option<PersonId>, String), UtcMillis> = BTreeMap::new();
        for cell in self.cells_now(root.id)? {
            let by = self.people.attribution(cell.operation.actor, cell.at);
            if by.person != Some(self.person()) {
                let last = people.entry((by.person, by.person_name)).or_insert(cell.at);
                *last = cell.at.max(*last);
            }
        }
        let colleagues = people.into_iter().map(|((_, name), heard_at)| Colleague { name, heard_at }).collect();
        let apart = exchanged_at.is_none_or(|at| at < view.summary.started_at);
        let (unanswered, replaces, sealed_parts) = (Vec::new(), Vec::new(), Vec::new());
        Ok(FinishCheck {
            missing,
            colleagues,
            exchanged_at,
            apart,
            remarks,
            unanswered,
            replaces,
            sealed_parts,
            heard,
            proposed,
        })
    }

    /// How many changes of others are in what would be signed: an inspection, or its open supplement.
    fn heard_in(&mut self, root: &Record) -> Outcome<u64> {
        let sealed = changes::is_sealed(&self.store.main, root.id)?;
        let supplement = if sealed { self.open_supplement(root)? } else { None };
        history::of_others(&self.store.main, supplement.map_or(root.id, |open| open.id), &self.me.key)
    }

    /// What colleagues signed in supplements that the open one says otherwise: some of it may have come while it was written.
    fn replaces(&mut self, root: &Record, view: &InspectionView) -> Outcome<Vec<Replaced>> {
        let Some(open) = self.open_supplement(root)? else { return Ok(Vec::new()) };
        let cells = self.cells_now(open.id)?;
        let live = Live::of(&cells);
        let mut replaced = Vec::new();
        for item in &view.items {
            let own = live.register::<ItemAnswer>(&Key::Item(item.code.clone()).to_string());
            let Some((_, own)) = own.filter(|(_, own)| own.answer.is_some()) else { continue };
            let colleagues = item.superseded.iter().filter(|it| it.supplement && it.by.person != Some(self.person()));
            let other = |it: &&Statement| it.answer != own.answer || it.note.trim() != own.note.trim();
            let said: Vec<_> = colleagues.filter(other).cloned().collect();
            if !said.is_empty() {
                replaced.push(Replaced { item: item.code.clone(), said });
            }
        }
        Ok(replaced)
    }

    /// The record if there is nothing to be sealed and the last seal is this person's: a second tap on the same button. `seen`:
    /// the parts that were sealed when it was tapped; where nothing was sealed since, what was to be sealed is gone.
    fn just_finished(&mut self, id: DocumentId, seen: Option<&[DocumentId]>) -> Outcome<Option<InspectionView>> {
        let root = self.inspection_root(id)?;
        if !changes::is_sealed(&self.store.main, root.id)? || self.open_supplement(&root)?.is_some() {
            return Ok(None);
        }
        let view = self.inspection_view(root.id)?;
        if seen.is_some_and(|seen| view.sealed_parts.iter().all(|part| seen.contains(part))) {
            return Err(gone().into());
        }
        let given_up = self.given_up_at(&root)?;
        // Returned, and a part signed since, which leaves words to others.
        let partly = view.summary.state == InspectionState::Returned && !view.unseen.is_empty();
        let waits = partly || matches!(view.summary.state, InspectionState::Completed | InspectionState::Supplemented);
        let last = view.seals.iter().max_by_key(|seal| seal.by.at);
        let own = last.is_some_and(|seal| seal.valid && seal.by.person == Some(self.person()));
        if seen.is_none() && given_up > last.map(|seal| seal.by.at) {
            return Err(gone().into());
        }
        Ok((waits && own).then_some(view))
    }

    /// When this person last gave a supplement up, perhaps on another device.
    fn given_up_at(&self, root: &Record) -> Outcome<Option<UtcMillis>> {
        let (mut last, key) = (None, Key::State(states::STATE.to_owned()).to_string());
        for part in changes::children(&self.store.main, root.id, RecordKind::Inspection)? {
            let cells = self.cells_now(part.id)?;
            if !late::is_discarded(&cells) {
                continue;
            }
            let given_up = Live::of(&cells)
                .winner(&key)
                .filter(|cell| self.people.attribution(cell.operation.actor, cell.at).person == Some(self.person()));
            last = last.max(given_up.map(|cell| cell.at));
        }
        Ok(last)
    }

    /// What this device has of an inspection of which a supplement is to be signed: its other sealed parts, and the decisions
    /// on it. An original knows nothing before it. Part of the caller's transaction: what comes later was not known.
    fn known_to(&self, signed: &Record) -> Outcome<Option<Known>> {
        let Some(root) = signed.parent else { return Ok(None) };
        let parts = changes::children(&self.store.main, root, RecordKind::Inspection)?;
        let mut sealed = Vec::new();
        for part in parts.into_iter().map(|part| part.id).chain([root]).filter(|part| *part != signed.id) {
            if changes::is_sealed(&self.store.main, part)? {
                sealed.push(part);
            }
        }
        let decisions = history::log(&self.store.main, build::review_id(root), RecordKind::Review)?;
        let decisions: Vec<_> = decisions.into_iter().map(|logged| logged.change).collect();
        let decisions = build::decided(&decisions).into_iter().map(|decided| decided.operation);
        Ok(Some(Known::of(sealed, decisions)))
    }

    /// Seals an inspection, or its open supplement. `seen`: the sealed parts that the signer was shown, and `heard`: how many
    /// changes of others were in what is signed; where more came meanwhile it is not signed, because the signature would replace
    /// or cover what nobody looked at.
    pub(crate) fn inspection_finish(
        &mut self,
        id: DocumentId,
        seen: Option<&[DocumentId]>,
        heard: Option<u64>,
    ) -> Outcome<InspectionView> {
        if let Some(sealed) = self.just_finished(id, seen)? {
            return Ok(sealed);
        }
        let root = self.inspection_root(id)?;
        self.may_write(RecordKind::Inspection, root.unit)?;
        self.goes_on(&root)?;
        let drafts = drafts::of(&self.store.main, root.id)?;
        if !drafts.is_empty() {
            // Signed without them, they would be in no record and on no other device.
            let items: Vec<_> = drafts.into_iter().map(|draft| draft.item).collect();
            let said = (items.join(", "), Problem::new(ErrorCode::NotesWaiting));
            let (vi, en) = (format!("{} Mục: {}.", said.1.vi, said.0), format!("{} Questions: {}.", said.1.en, said.0));
            return Err(said.1.said(&vi, &en).with(serde_json::json!({ "items": items })).into());
        }
        let missing = self.inspection_missing(id)?;
        if !missing.is_empty() {
            let mut problem = Problem::new(ErrorCode::RecordIncomplete);
            if missing[0].reason == MissingReason::Nothing {
                let root = self.inspection_root(id)?;
                let open = self.open_supplement(&root)?.map(|open| self.cells_now(open.id)).transpose()?;
                let (vi, en) = if open.is_some_and(|cells| late::says_anything(&cells)) { REPEATS } else { EMPTY };
                (problem.vi, problem.en) = (vi.to_owned(), en.to_owned());
            }
            return Err(problem.with(serde_json::json!({ "missing": missing })).into());
        }
        if let Some(heard) = heard
            && heard != self.heard_in(&root)?
        {
            return Err(Problem::new(ErrorCode::Conflict).at("heard").into());
        }
        // The parts of one record stand in the order of their seals: a clock that was set back must not put this one first.
        let earlier = self.inspection_view(id)?.seals.iter().map(|seal| seal.by.at).max();
        let at = earlier.map_or(self.now(), |earlier| self.now().max(earlier.plus_millis(1)));
        self.atomically(|open| {
            let record = open.writable(id)?;
            open.fold(&record)?;
            open.tell_clock(&record)?;
            let mut document = open.load(record.id)?;
            let (heads, known) = (document.heads()?, open.known_to(&record)?);
            let unseen = |part: &DocumentId| seen.is_some_and(|seen| !seen.contains(part));
            if known.iter().flat_map(|known| &known.parts).any(unseen) {
                return Err(Problem::new(ErrorCode::Conflict).at("seen").into());
            }
            let statement = seal::seal_knowing(record.id, heads, &open.secret, at, open.person(), known);
            document.put(&Key::Seal(open.actor()), &statement.to_scalar())?;
            let (key, completed) = state(states::STATE, "completed");
            document.put(&key, &completed)?;
            let made = document.commit(at)?;
            open.keep(&record, made.as_slice())
        })?;
        self.inspection_view(id)
    }
}

/// Nothing waits to be signed.
fn gone() -> Problem {
    let mut problem = Problem::new(ErrorCode::RecordSealed);
    (problem.vi, problem.en) = (GONE.0.to_owned(), GONE.1.to_owned());
    problem
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

/// Adds the clashes at these keys, once for each item.
fn settle_first<'k>(template: &Template, missing: &mut Vec<MissingItem>, keys: impl Iterator<Item = &'k str>) {
    for key in keys {
        let code = item_of(key).map(str::to_owned);
        if missing.iter().all(|it| (it.reason, &it.item) != (MissingReason::Clash, &code)) {
            let of = |item: &Item| Some(&item.code) == code.as_ref();
            let group = template.groups.iter().find(|group| group.items.iter().any(of)).map(|group| group.code.clone());
            missing.push(MissingItem { item: code, group, reason: MissingReason::Clash });
        }
    }
}

/// The item that a key is about.
fn item_of(key: &str) -> Option<&str> {
    let mut parts = key.split('/');
    matches!(parts.next(), Some("i" | "p" | "f")).then(|| parts.next()).flatten()
}
