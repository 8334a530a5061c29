//! Takes in what a pull brought: the same guard as the server's, then append, cells, projections. No document is loaded.
//!
//! Invariants: a page and its places in the feeds are one transaction; an envelope that cannot be taken is put aside with
//! its reason and never stops the feed; what was entered here before a foreign change came is folded before it is applied,
//! so that it clashes with what its author had not seen instead of replacing it; what does not stand where it claims to
//! never enters a record.

use std::panic::resume_unwind;
use std::sync::mpsc;

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::cells;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::document::position::PositionError;
use ancu_shared::envelope::Envelope;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, EnvelopeId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{PhotoDetail, Register as _};
use ancu_shared::record::value::Cell;
use ancu_shared::sync::admission::{CheckedEnvelope, check_envelope, check_identity};
use ancu_shared::sync::brief;
use ancu_shared::sync::mark::StoreMark;
use ancu_shared::sync::wire::{Context, PullAnswer, PushVerdict, named};
use serde_bytes::ByteBuf;

use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::records::{Touched, is_home};
use crate::store::changes::{self, NewChange};
use crate::store::{directory, heard, history, moves, outbox, pictures, profile};

/// A pulled envelope, and in which unit's feed it came.
pub(crate) struct Came {
    id: EnvelopeId,
    unit: UnitId,
    bytes: Vec<u8>,
}

/// A pulled envelope after the part of the work that needs no store.
pub(crate) struct Incoming {
    id: EnvelopeId,
    /// Where the server says that its record lies: the feed that it came in. `None`: it did not come in a feed.
    unit: Option<UnitId>,
    bytes: Vec<u8>,
    pub(super) checked: Result<CheckedEnvelope, String>,
    /// Where it may begin a record: the cells of that, and each value as the store keeps it.
    pub(super) begun: Option<(Vec<Cell>, Vec<String>)>,
}

impl Incoming {
    /// Guards bytes: CPU only, done without the store's lock.
    pub(crate) fn check(bytes: Vec<u8>) -> Self {
        Self::check_named(EnvelopeId::of(&bytes), None, bytes)
    }

    fn check_named(id: EnvelopeId, unit: Option<UnitId>, bytes: Vec<u8>) -> Self {
        let checked = check_envelope(&bytes).map_err(|refusal| refusal.to_string());
        let begins = |checked: &&CheckedEnvelope| checked.changes.first().is_some_and(|it| it.dependencies.is_empty());
        let begun = checked.as_ref().ok().filter(begins).map(|checked| {
            let cells = cells::begun(&checked.changes);
            let values = cells.iter().map(|cell| cell.value.to_json()).collect();
            (cells, values)
        });
        Self { id, unit, bytes, checked, begun }
    }

    /// Puts the envelopes of a page together, brief or not, and says which they are.
    pub(crate) fn name_all(came: Vec<(UnitId, ByteBuf)>) -> Vec<Came> {
        on_all_cores(came, |(unit, bytes)| {
            let bytes = brief::expand(&bytes);
            Came { id: EnvelopeId::of(&bytes), unit, bytes }
        })
    }

    /// Guards a page on all cores while those guarded before are handed on, in order: a first exchange has thousands of
    /// envelopes to check, and the store takes them in meanwhile.
    pub(crate) fn check_all<T>(named: Vec<Came>, take_in: impl FnOnce(&mut dyn Iterator<Item = Self>) -> T) -> T {
        let check = |came: Came| Self::check_named(came.id, Some(came.unit), came.bytes);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if named.len() < WORTH_A_THREAD {
            return take_in(&mut named.into_iter().map(check));
        }
        std::thread::scope(|scope| {
            let mut given = Vec::with_capacity(cores);
            for _ in 0..cores {
                let (give, to_check) = mpsc::channel::<Vec<_>>();
                let (done, checked) = mpsc::sync_channel(AHEAD);
                scope.spawn(move || {
                    for some in to_check {
                        let some: Vec<Self> = some.into_iter().map(check).collect();
                        if done.send(some).is_err() {
                            break;
                        }
                    }
                });
                given.push((give, checked));
            }
            // Round about: so they are taken back in order.
            let mut named = named.into_iter().peekable();
            let mut turns = 0;
            while named.peek().is_some() {
                let share = named.by_ref().take(SHARE).collect();
                given[turns % cores].0.send(share).expect("it waits for work");
                turns += 1;
            }
            let checked: Vec<_> = given.into_iter().map(|(_, checked)| checked).collect();
            let mut shares = (0..turns).map(|turn| checked[turn % cores].recv().expect("whoever guards does not fall"));
            take_in(&mut shares.by_ref().flatten())
        })
    }
}

/// Does the same to each, in order, on all cores where that is worth it.
fn on_all_cores<T: Send, R: Send>(mut items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = items.len().div_ceil(cores);
    if share < WORTH_A_THREAD {
        return items.into_iter().map(work).collect();
    }
    let mut shares = Vec::with_capacity(cores);
    while items.len() > share {
        shares.push(items.split_off(items.len() - share));
    }
    shares.push(items);
    let work = &work;
    std::thread::scope(|scope| {
        let working: Vec<_> = shares
            .into_iter()
            .map(|some| scope.spawn(move || some.into_iter().map(work).collect::<Vec<_>>()))
            .collect();
        // The last share was cut off first.
        let done = working.into_iter().rev().map(|one| one.join().unwrap_or_else(|fault| resume_unwind(fault)));
        done.flatten().collect()
    })
}

/// Envelopes that are worth a thread of their own.
const WORTH_A_THREAD: usize = 32;
/// Envelopes that are guarded in one go.
const SHARE: usize = 16;
/// How many such shares a thread is ahead of the store at most.
const AHEAD: usize = 4;

/// Whether an envelope was taken.
pub(super) enum Taken {
    Yes {
        /// Whether the record began with it: then it consists of what the envelope begins.
        begun: bool,
    },
    Aside(String),
}

/// A difference to the server's clock that is not worth a note, in milliseconds.
const CLOCKS_AGREE: u64 = 1_000;

/// How many own records are looked at again when the server tells something new of this device's clock: those sent last.
const MOST_DATED_ANEW: usize = 256;

impl Open {
    /// Keeps the server's context; the template files that are not here yet.
    pub(crate) fn keep_context(&mut self, context: Context) -> Outcome<Vec<String>> {
        let mut marks = profile::marks(&self.store.main)?;
        marks.clock_offset_millis = Some(context.clock.since(self.now()));
        let missing = self.atomically(|open| {
            profile::save_marks(&open.store.main, &marks)?;
            profile::save_context(&open.store.main, &context)?;
            directory::offer_templates(&open.store.main, &context.templates)
        })?;
        let righted = self.context.withdrawn != context.withdrawn;
        let posted = self.context.scope != context.scope || self.context.home != context.home;
        self.context = context;
        if posted {
            self.atomically(Self::stay_where_posted)?;
        }
        if righted {
            self.refresh_directory()?;
            let inspections = changes::of_kind(&self.store.main, RecordKind::Inspection)?;
            self.atomically(|open| open.reindex(inspections.iter().map(|record| record.id)))?;
        }
        Ok(missing)
    }

    /// Notes how far this device's clock is from the server's, where that is news.
    pub(crate) fn keep_clock(&mut self, server: UtcMillis) -> Outcome<()> {
        let mut marks = profile::marks(&self.store.main)?;
        let offset = server.since(self.now());
        if marks.clock_offset_millis.is_some_and(|known| known.abs_diff(offset) < CLOCKS_AGREE) {
            return Ok(());
        }
        marks.clock_offset_millis = Some(offset);
        profile::save_marks(&self.store.main, &marks)
    }

    /// Takes the envelopes that came by their names out of a page: they are here. `false`: one is not, or the server's store
    /// began another life, in which a name is no receipt; nothing of the page is used then.
    pub(crate) fn forget_named(&mut self, answer: &mut PullAnswer) -> Outcome<bool> {
        self.came_again.clear();
        let main = &self.store.main;
        let names: Vec<_> = answer.units.iter().flat_map(|page| &page.envelopes).filter_map(|it| named(it)).collect();
        if names.is_empty() {
            return Ok(true);
        }
        let life = answer.units.first().map(|page| &page.cursor.epoch);
        if profile::marks(main)?.life.as_ref() != life {
            return Ok(false);
        }
        for name in &names {
            if !outbox::is_settled(main, name)? {
                return Ok(false);
            }
        }
        for page in &mut answer.units {
            page.envelopes.retain(|it| named(it).is_none());
        }
        self.came_again.extend(names);
        Ok(true)
    }

    /// Those of a page's envelopes that are not known already. What was made here, is in the log and has its receipt comes back with every
    /// exchange that sent something, and says nothing. Where the server's store began another life all of it counts: it is the
    /// receipt.
    pub(crate) fn unread(&mut self, answer: &PullAnswer, mut named: Vec<Came>) -> Outcome<Vec<Came>> {
        let main = &self.store.main;
        let life = answer.units.first().map(|page| &page.cursor.epoch);
        if named.is_empty() || profile::marks(main)?.life.as_ref() != life {
            return Ok(named);
        }
        let (mut known, again) = (Ok(()), &mut self.came_again);
        named.retain(|Came { id, .. }| match outbox::is_settled(main, id) {
            Ok(settled) => {
                again.extend(Some(*id).filter(|_| settled));
                !settled
            }
            Err(fault) => {
                known = Err(fault);
                true
            }
        });
        known.map(|()| named)
    }

    /// Stores a page of feeds. `told`: the marks that were told when asking for it; `incoming`: its envelopes, guarded, in the
    /// page's order. `true`: it left something that is to
    /// be sent: the server may lack what it had, own work was said again under a new epoch, or was put into a supplement.
    pub(crate) fn receive(
        &mut self,
        answer: &PullAnswer,
        told: &[StoreMark],
        incoming: &mut dyn Iterator<Item = Incoming>,
    ) -> Outcome<bool> {
        let epoch = self.identity.epoch;
        let received = self.atomically(|open| {
            let restored = open.enter_life(answer)?;
            for certificate in &answer.authors {
                if !directory::keep_author(&open.store.main, certificate, &open.identity.certifier)? {
                    tracing::warn!("a certificate is not this server's");
                }
            }
            let mut touched = Touched::new();
            for clock in &answer.clocks {
                let before = directory::clock(&open.store.main, clock.device)?;
                directory::keep_clock(&open.store.main, clock)?;
                // Own work does not come again: what was told of its clock since makes its rows old.
                if clock.device == open.me.device && before.len() != clock.spans.len() {
                    let dated = outbox::lately_taken(&open.store.main, MOST_DATED_ANEW)?;
                    touched.extend(dated.into_iter().map(|document| (document, None)));
                }
            }
            for envelope in incoming {
                open.take_in(envelope, &mut touched)?;
            }
            open.keep_moves(answer, &mut touched)?;
            for (document, cells) in &touched {
                if let Some(record) = changes::find(&open.store.main, *document)? {
                    match cells {
                        Some(cells) => open.link_by(record.id, record.kind, cells)?,
                        None => open.link(record.id, record.kind)?,
                    }
                }
            }
            for page in &answer.units {
                directory::save_cursor(&open.store.main, page.unit, &page.cursor)?;
            }
            profile::stand_on(&open.store.main, told, answer.mark.clone())?;
            open.refresh_directory()?;
            let carried = open.carry_late(&mut touched)?;
            open.reindex_at_hand(touched)?;
            Ok(restored || carried)
        });
        self.came_again.clear();
        if received.is_err() {
            // The store is as it was before the page, and so is who writes.
            self.identity.epoch = epoch;
        }
        received.map(|written| written || self.identity.epoch != epoch)
    }

    /// Whether a page is of the life of the server's store in which the receipts here were given.
    pub(crate) fn knows_life(&self, answer: &PullAnswer) -> Outcome<bool> {
        let Some(page) = answer.units.first() else { return Ok(true) };
        Ok(profile::marks(&self.store.main)?.life.as_ref() == Some(&page.cursor.epoch))
    }

    /// Another life of the server's store (a backup was taken into use) puts every receipt in doubt, in the very transaction
    /// that stores the page: what its feeds bring is there, and the rest is offered again, others' envelopes too.
    fn enter_life(&mut self, answer: &PullAnswer) -> Outcome<bool> {
        let main = &self.store.main;
        let Some(life) = answer.units.first().map(|page| page.cursor.epoch.clone()) else { return Ok(false) };
        let marks = profile::marks(main)?;
        if marks.life.as_ref() == Some(&life) {
            return Ok(false);
        }
        outbox::forget_receipts(main)?;
        heard::doubt_all(main)?;
        moves::forget(main)?;
        profile::save_marks(main, &profile::Marks { life: Some(life), ..marks })?;
        Ok(true)
    }

    /// Takes one envelope and, after it, what waited for it.
    fn take_in(&mut self, first: Incoming, touched: &mut Touched) -> Outcome<()> {
        let mut waiting = vec![first];
        while let Some(mut incoming) = waiting.pop() {
            let checked = match &incoming.checked {
                Ok(checked) => checked,
                Err(reason) => {
                    self.put_aside(&incoming, reason)?;
                    continue;
                }
            };
            let document = checked.envelope.document;
            self.fold_before(document)?;
            match self.try_take(checked, incoming.unit, incoming.begun.as_ref())? {
                Taken::Aside(reason) => self.put_aside(&incoming, &reason)?,
                Taken::Yes { begun } => {
                    let cells = incoming.begun.take().filter(|_| begun).map(|(cells, _)| cells);
                    touched.insert(document, cells);
                    let parked = directory::take_parked(&self.store.main, document)?;
                    waiting.extend(parked.into_iter().rev().map(Incoming::check));
                }
            }
        }
        Ok(())
    }

    /// Folds what was entered here without knowledge of the change that comes.
    pub(super) fn fold_before(&mut self, document: DocumentId) -> Outcome<()> {
        let Some(record) = changes::find(&self.store.main, document)? else { return Ok(()) };
        if is_home(record.kind) {
            // Nobody else writes it, and what is being declared stays here until it is submitted.
            return Ok(());
        }
        match self.nested(|open| open.fold(&record)) {
            Ok(()) => Ok(()),
            // The store itself failed: the whole page comes again.
            Err(fault @ (Fault::Store(_) | Fault::File(_))) => Err(fault),
            Err(fault) => {
                tracing::warn!(%document, %fault, "a journal could not be folded before a colleague's change");
                if fault.code() == ErrorCode::RecordUnreadable {
                    changes::flag(&self.store.main, document, &fault.to_string())?;
                }
                Ok(())
            }
        }
    }

    fn put_aside(&self, incoming: &Incoming, reason: &str) -> Outcome<()> {
        tracing::warn!(envelope = %incoming.id, reason, "an envelope is put aside");
        let document = Envelope::decode(&incoming.bytes).map_or(DocumentId::from_bytes([0; 16]), |it| it.document);
        directory::park(&self.store.main, &incoming.id, document, &incoming.bytes, reason)
    }

    pub(super) fn try_take(
        &mut self,
        checked: &CheckedEnvelope,
        unit: Option<UnitId>,
        begun: Option<&(Vec<Cell>, Vec<String>)>,
    ) -> Outcome<Taken> {
        let main = &self.store.main;
        let envelope = &checked.envelope;
        if !directory::knows_author(main, &envelope.author)? {
            return Ok(Taken::Aside("its author has no certificate of this server".into()));
        }
        let (document, known) = (envelope.document, changes::find(main, envelope.document)?);
        if let Some(known) = &known
            && known.kind != envelope.kind
        {
            return Ok(Taken::Aside(format!("the record is a {}", known.kind.code())));
        }
        if let Err(refusal) = check_identity(document, envelope.kind, &checked.changes) {
            return Ok(Taken::Aside(refusal.words.en));
        }
        let mut new = checked.changes.as_slice();
        while known.is_some()
            && let [first, rest @ ..] = new
            && changes::has_change(main, document, &first.hash)?
        {
            new = rest;
        }
        // What a supervisor released after it was put into a supplement is no news of oneself either.
        let own = envelope.author == self.me.key && !new.is_empty() && !outbox::is_carried(main, &checked.id)?;
        if own {
            directory::keep_actor(main, &envelope.author, envelope.epoch)?;
            if envelope.epoch == self.identity.epoch {
                self.next_epoch()?;
            }
        }
        let mut placed = history::place(&self.store.main, document, envelope.kind, new)?;
        if let (true, Some(known), Err(PositionError::Taken(from))) = (own, &known, &placed) {
            // Whatever was pushed as the present actor and builds on this is refused with it: a place used once is used.
            self.next_epoch()?;
            if self.say_again(known, envelope.actor(), *from)? {
                placed = history::place(&self.store.main, document, envelope.kind, new)?;
            }
        }
        if let Err(error) = placed {
            return Ok(Taken::Aside(error.to_string()));
        }
        let main = &self.store.main;
        let mut sealed = known.is_some() && new.iter().any(CheckedChange::is_seal);
        changes::insert_record(main, envelope.document, envelope.kind, unit.unwrap_or(envelope.unit), false)?;
        if let (Some(unit), Some(_)) = (unit, &known)
            && !moves::lies_in(main, document, unit)?
        {
            moves::lie_in(main, document, unit)?;
        }
        directory::keep_actor(main, &envelope.author, envelope.epoch)?;
        let new: Vec<_> = new
            .iter()
            .map(|change| NewChange {
                hash: change.hash,
                actor: change.actor,
                sequence: change.sequence,
                bytes: &change.bytes,
                at: change.at,
                start_op: change.start_op,
                max_op: change.max_op,
                operations: &change.operations,
                envelope: Some(checked.id),
            })
            .collect();
        let begun = begun.filter(|_| known.is_none() && new.len() == checked.changes.len());
        if let Some((cells, values)) = begun {
            changes::begin(main, envelope.document, &new, cells, values)?;
        }
        let with_photos = matches!(envelope.kind, RecordKind::Inspection | RecordKind::Remediation);
        for new in &new {
            let added = begun.is_some() || changes::append(main, envelope.document, new)?;
            if added && with_photos {
                note_photos(main, envelope.document, new)?;
            }
        }
        // An own envelope that comes back was admitted, perhaps after a supervisor's release.
        if outbox::is_own(main, &checked.id)? {
            sealed |= outbox::is_not_taken(main, &checked.id)?;
            outbox::receipt(main, &checked.id, &PushVerdict::Accepted, self.clock.now())?;
        } else {
            heard::note(main, &checked.id, envelope)?;
        }
        if sealed {
            self.put_beside(document, &checked.id)?;
        }
        Ok(Taken::Yes { begun: begun.is_some() })
    }
}

/// Notes the photos that a change names.
fn note_photos(main: &rusqlite::Connection, document: DocumentId, change: &NewChange<'_>) -> Outcome<()> {
    for operation in change.operations {
        let Some(value) = operation.put.as_ref().filter(|_| operation.key.starts_with("p/")) else { continue };
        if let Ok(Key::Photo(item, hash)) = Key::parse(&operation.key)
            && let Ok(detail) = PhotoDetail::from_scalar(value)
        {
            pictures::note(main, &hash, document, &item, detail.bytes, false, change.at)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guarded_ahead_of_the_store_comes_in_its_order_and_may_be_left() {
        let (id, unit) = (EnvelopeId([0; 32]), UnitId::from_bytes([1; 16]));
        for many in [0, 1, WORTH_A_THREAD, 1_001] {
            let named = || {
                (0..many)
                    .map(|it: usize| it.to_be_bytes().to_vec())
                    .map(|bytes| Came { id, unit, bytes })
                    .collect::<Vec<_>>()
            };
            let expected: Vec<_> = named().into_iter().map(|came| came.bytes).collect();
            assert_eq!(Incoming::check_all(named(), |all| all.map(|it| it.bytes).collect::<Vec<_>>()), expected);
            // A full disk: the rest is not asked for, and nobody waits for ever.
            assert_eq!(Incoming::check_all(named(), |all| all.take(3).count()), many.min(3));
        }
    }

    #[test]
    fn what_is_done_on_all_cores_stays_in_its_order() {
        for many in [0, 1, WORTH_A_THREAD - 1, WORTH_A_THREAD * 3 + 1, 1_001] {
            let expected: Vec<usize> = (0..many).map(|number| number * 2).collect();
            assert_eq!(on_all_cores((0..many).collect(), |number: usize| number * 2), expected);
        }
    }
}
