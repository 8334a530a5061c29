//! Takes in what a pull brought: the same guard as the server's, then append, cells, projections. No document is loaded.
//!
//! Invariants: a page and its places in the feeds are one transaction; an envelope that cannot be taken is put aside with
//! its reason and never stops the feed; what was entered here before a foreign change came is folded before it is applied,
//! so that it clashes with what its author had not seen instead of replacing it; what does not stand where it claims to
//! never enters a record.

use std::collections::BTreeSet;
use std::panic::resume_unwind;

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::position::PositionError;
use ancu_shared::envelope::Envelope;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, EnvelopeId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{PhotoDetail, Register as _};
use ancu_shared::sync::admission::{CheckedEnvelope, check_envelope, check_identity};
use ancu_shared::sync::brief;
use ancu_shared::sync::wire::{Context, PullAnswer, PushVerdict};

use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::store::changes::{self, NewChange};
use crate::store::{directory, heard, history, outbox, pictures, profile};

/// A pulled envelope after the part of the work that needs no store.
pub(crate) struct Incoming {
    id: EnvelopeId,
    bytes: Vec<u8>,
    checked: Result<CheckedEnvelope, String>,
}

impl Incoming {
    /// Guards bytes: CPU only, done without the store's lock.
    pub(crate) fn check(bytes: Vec<u8>) -> Self {
        let checked = check_envelope(&bytes).map_err(|refusal| refusal.to_string());
        Self { id: EnvelopeId::of(&bytes), bytes, checked }
    }

    /// Guards a page, brief or not, on all cores: a first exchange has thousands of envelopes to check.
    pub(crate) fn check_all(came: Vec<serde_bytes::ByteBuf>) -> Vec<Self> {
        let check = |some: &[serde_bytes::ByteBuf]| -> Vec<Self> {
            some.iter().map(|bytes| Self::check(brief::expand(bytes))).collect()
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = came.len().div_ceil(cores);
        if share < WORTH_A_THREAD {
            return check(&came);
        }
        std::thread::scope(|scope| {
            let checking: Vec<_> = came.chunks(share).map(|some| scope.spawn(move || check(some))).collect();
            let checked = checking.into_iter().map(|one| one.join().unwrap_or_else(|fault| resume_unwind(fault)));
            checked.flatten().collect()
        })
    }
}

/// Envelopes that are worth a thread of their own.
const WORTH_A_THREAD: usize = 32;

/// Whether an envelope was taken.
enum Taken {
    Yes,
    Aside(String),
}

/// A difference to the server's clock that is not worth a note, in milliseconds.
const CLOCKS_AGREE: u64 = 1_000;

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
        self.context = context;
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

    /// Stores a page of feeds. `incoming`: its envelopes, guarded, in the page's order. `true`: it left something that is to
    /// be sent: the server may lack what it had, own work was said again under a new epoch, or was put into a supplement.
    pub(crate) fn receive(&mut self, answer: &PullAnswer, incoming: Vec<Incoming>) -> Outcome<bool> {
        let epoch = self.identity.epoch;
        let received = self.atomically(|open| {
            let restored = open.enter_life(answer)?;
            for certificate in &answer.authors {
                if !directory::keep_author(&open.store.main, certificate, &open.identity.certifier)? {
                    tracing::warn!("a certificate is not this server's");
                }
            }
            for clock in &answer.clocks {
                directory::keep_clock(&open.store.main, clock)?;
            }
            let mut touched = BTreeSet::new();
            for envelope in incoming {
                open.take_in(envelope, &mut touched)?;
            }
            for document in &touched {
                if let Some(record) = changes::find(&open.store.main, *document)? {
                    open.link(record.id, record.kind)?;
                }
            }
            for page in &answer.units {
                directory::save_cursor(&open.store.main, page.unit, &page.cursor)?;
            }
            open.refresh_directory()?;
            let carried = open.carry_late()?;
            open.reindex(touched)?;
            Ok(restored || carried)
        });
        if received.is_err() {
            // The store is as it was before the page, and so is who writes.
            self.identity.epoch = epoch;
        }
        received.map(|written| written || self.identity.epoch != epoch)
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
        profile::save_marks(main, &profile::Marks { life: Some(life), ..marks })?;
        Ok(true)
    }

    /// Takes one envelope and, after it, what waited for it.
    fn take_in(&mut self, first: Incoming, touched: &mut BTreeSet<DocumentId>) -> Outcome<()> {
        let mut waiting = vec![first];
        while let Some(incoming) = waiting.pop() {
            let checked = match &incoming.checked {
                Ok(checked) => checked,
                Err(reason) => {
                    self.put_aside(&incoming, reason)?;
                    continue;
                }
            };
            let document = checked.envelope.document;
            self.fold_before(document)?;
            match self.try_take(checked)? {
                Taken::Aside(reason) => self.put_aside(&incoming, &reason)?,
                Taken::Yes => {
                    touched.insert(document);
                    let parked = directory::take_parked(&self.store.main, document)?;
                    waiting.extend(parked.into_iter().rev().map(Incoming::check));
                }
            }
        }
        Ok(())
    }

    /// Folds what was entered here without knowledge of the change that comes.
    fn fold_before(&mut self, document: DocumentId) -> Outcome<()> {
        let Some(record) = changes::find(&self.store.main, document)? else { return Ok(()) };
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

    fn try_take(&mut self, checked: &CheckedEnvelope) -> Outcome<Taken> {
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
            return Ok(Taken::Aside(refusal.reason));
        }
        let mut new = checked.changes.as_slice();
        while let [first, rest @ ..] = new
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
        changes::insert_record(main, envelope.document, envelope.kind, envelope.unit, false)?;
        directory::keep_actor(main, &envelope.author, envelope.epoch)?;
        for change in new {
            let new = NewChange {
                hash: change.hash,
                actor: change.actor,
                sequence: change.sequence,
                bytes: &change.bytes,
                at: change.at,
                start_op: change.start_op,
                max_op: change.max_op,
                operations: &change.operations,
                envelope: Some(checked.id),
            };
            if changes::append(main, envelope.document, &new)? && envelope.kind == RecordKind::Inspection {
                note_photos(main, envelope.document, &new)?;
            }
        }
        // An own envelope that comes back was admitted, perhaps after a supervisor's release.
        if !outbox::is_own(main, &checked.id)? {
            heard::note(main, &checked.id, envelope)?;
        }
        outbox::receipt(main, &checked.id, &PushVerdict::Accepted, self.clock.now())?;
        Ok(Taken::Yes)
    }
}

/// Notes the photos that a change names.
fn note_photos(main: &rusqlite::Connection, document: DocumentId, change: &NewChange<'_>) -> Outcome<()> {
    for operation in change.operations {
        let Some(value) = &operation.put else { continue };
        if let Ok(Key::Photo(item, hash)) = Key::parse(&operation.key)
            && let Ok(detail) = PhotoDetail::from_scalar(value)
        {
            pictures::note(main, &hash, document, &item, detail.bytes, false, change.at)?;
        }
    }
    Ok(())
}
