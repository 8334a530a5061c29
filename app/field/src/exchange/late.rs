//! Own work that came after a colleague's seal: the server keeps it apart, so it is taken out of the copy of the record here
//! and put into a supplement of it, to be signed by who said it. What says the same as the record is not said again; who had
//! sealed their own version and said nothing else stands beside the colleague as having signed, without signing again.
//! Work that was taken out of a store that was set aside goes the same way.
//!
//! Invariants: afterwards the record reads here as at the server; nothing that was said is lost, because taking out and
//! saying again are one transaction, and what is not said again is in the record and in the envelopes that the server keeps;
//! every statement keeps the time at which it was said. What cannot be carried now (the
//! officer's post ended, say) stays where it is, counted as kept aside, and is tried again at the next exchange.

use std::collections::{BTreeSet, HashSet};

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{DocumentId, EnvelopeId};
use ancu_shared::record::facility::field;
use ancu_shared::record::given_up::GivenUp;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{FindingDetail, ItemAnswer, PhotoDetail, Register as _, SealStatement};
use ancu_shared::record::value::{Cell, Scalar};
use ancu_shared::record::{RecordKind, choice};
use ancu_shared::sync::admission::{CheckedEnvelope, check_envelope};
use ancu_shared::view::build::{self, late};

use super::fork::puts_of;
use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::records::{Touched, header};
use crate::store::changes::{self, Record};
use crate::store::history::{self, Logged};
use crate::store::{directory, outbox, pictures};

/// Envelopes that one `h/carries` names: their text must fit into a value.
const MOST_CARRIED: usize = 200;

impl Open {
    /// Puts own work that came after a seal into supplements. Part of the caller's transaction. `true`: something was
    /// written. `touched`: of what is taken out of a record, the cells at hand say nothing.
    pub(crate) fn carry_late(&mut self, touched: &mut Touched) -> Outcome<bool> {
        let mut written = false;
        for id in outbox::beside_seals(&self.store.main)? {
            touched.entry(id).and_modify(|cells| *cells = None);
            let record = changes::find(&self.store.main, id)?.filter(|it| it.kind == RecordKind::Inspection);
            let Some(record) = record else { continue };
            match self.nested(|open| open.carry(&record)) {
                Ok(carried) => written |= carried,
                Err(fault @ (Fault::Store(_) | Fault::File(_))) => return Err(fault),
                Err(fault) => {
                    tracing::warn!(document = %id, %fault, "late work could not be put into a supplement yet");
                }
            }
        }
        Ok(written)
    }

    fn carry(&mut self, record: &Record) -> Outcome<bool> {
        self.fold(record)?;
        let Some(gone) = self.came_late(record)? else { return Ok(false) };
        let taken = self.taken_late(record)?;
        if gone.is_empty() && taken.is_empty() {
            return Ok(false);
        }
        let of_taken = taken.iter().map(|checked| checked.id);
        let envelopes: BTreeSet<EnvelopeId> = gone.iter().filter_map(|it| it.envelope).chain(of_taken).collect();
        // What was said in this store is the later word.
        let changes = taken.iter().flat_map(|it| &it.changes).chain(gone.iter().map(|it| &it.change));
        let puts = puts_of(changes)?;
        // What is taken up again in the same work was not given up.
        let gave_up = puts.iter().find(|(key, value)| *key == GivenUp::key() && !value.is_tombstone());
        let gave_up = gave_up.map(|(_, value)| value.clone());
        let mut said: Vec<_> = puts.into_iter().filter(|(key, _)| late::is_content(key)).collect();
        let version = self.signed_version(record, &gone)?;
        let answers =
            version.iter().flatten().filter(|(key, _)| matches!(key, Key::Item(_) | Key::Finding(..))).cloned();
        for (key, value) in answers.filter(|(_, value)| !value.is_tombstone()) {
            if said.iter().all(|(known, _)| *known != key) {
                said.push((key, value));
            }
        }
        let seal = self.own_seal(&gone);
        history::take_out(&self.store.main, record.id, record.kind, &gone, "carried")?;
        taken.iter().try_for_each(|checked| outbox::note_carried(&self.store.main, &checked.id))?;
        self.link(record.id, record.kind)?;
        let root = self.inspection_root(record.id)?;
        let puts = self.unsaid(&root, said)?;
        let without =
            version.map(|version| self.beside(&root, |id, cells, sealed| build::beyond(id, cells, sealed, &version)));
        let without = without.transpose()?;
        if puts.is_empty() && envelopes.is_empty() && seal.is_none() && gave_up.is_none() {
            // Nothing that the record does not say, and the server never heard of it.
            self.reindex([record.id])?;
            return Ok(false);
        }
        let supplement = self.late_supplement(&root)?;
        self.fold(&supplement)?;
        let puts = self.without_what_was_said_since(&supplement, puts, gone.is_empty())?;
        let own = |(key, value): &(Key, Scalar)| (key.clone(), choice::in_own_words(key, value, self.person()));
        let said: Vec<_> = puts.iter().map(own).collect();
        self.write(&supplement, &said)?;
        if let Some(seal) = seal {
            self.write(&supplement, &[header(field::SIGNED_APART, seal.to_scalar())])?;
            let without = without.unwrap_or_default().join(" ");
            self.write(&supplement, &[header(field::SIGNED_WITHOUT, without)])?;
        }
        if let Some(gave_up) = gave_up {
            self.write(&supplement, &[header(field::GIVEN_UP_APART, gave_up)])?;
        }
        let names: Vec<String> = envelopes.iter().map(EnvelopeId::to_string).collect();
        for some in names.chunks(MOST_CARRIED) {
            self.write(&supplement, &[header(field::CARRIES, some.join(" "))])?;
        }
        if names.is_empty() {
            // Nothing of it went out before: only that it is late is said.
            self.write(&supplement, &[header(field::CARRIES, Scalar::Null)])?;
        }
        for (key, _) in &puts {
            if let Key::Photo(_, hash) = key {
                pictures::move_to(&self.store.main, hash, supplement.id)?;
            }
        }
        tracing::info!(document = %record.id, supplement = %supplement.id, "late work waits in a supplement");
        self.reindex([record.id])?;
        Ok(true)
    }

    /// Work of a store of the same person that was set aside and was taken out of it: the server has it and did not admit it.
    /// Its changes were never in the log here, and they bear another key of theirs.
    fn taken_late(&self, record: &Record) -> Outcome<Vec<CheckedEnvelope>> {
        let taken = outbox::taken_and_held(&self.store.main, record.id)?;
        let checked = taken.into_iter().map(|(_, bytes)| check_envelope(&bytes));
        checked.map(|checked| checked.map_err(|refusal| Fault::Document(refusal.to_string()))).collect()
    }

    /// What the draft says already and was said later stays: late work may come out of a store long after a correction was
    /// begun. `out_of_a_store`: nothing of it was said here.
    fn without_what_was_said_since(
        &self,
        supplement: &Record,
        mut puts: Vec<(Key, Scalar)>,
        out_of_a_store: bool,
    ) -> Outcome<Vec<(Key, Scalar)>> {
        let since = changes::cells(&self.store.main, supplement.id)?;
        let placed = since.iter().any(|cell| Key::parse(&cell.key).is_ok_and(|key| is_of_place(&key)));
        puts.retain(|(key, value)| {
            let named = key.to_string();
            let later = |cell: &Cell| said_at(key, &cell.value) >= said_at(key, value).max(Some(UtcMillis(0)));
            let stands = out_of_a_store && placed && is_of_place(key);
            !stands && !since.iter().any(|cell| cell.key == named && later(cell))
        });
        Ok(puts)
    }

    /// Of what was said late, what the inspection does not say already.
    fn unsaid(&mut self, root: &Record, said: Vec<(Key, Scalar)>) -> Outcome<Vec<(Key, Scalar)>> {
        self.beside(root, |id, cells, sealed| build::news(id, cells, sealed, said))
    }

    /// Compares something with an inspection and its sealed supplements.
    fn beside<T>(
        &mut self,
        root: &Record,
        compare: impl FnOnce(DocumentId, &[Cell], &[(DocumentId, &[Cell])]) -> T,
    ) -> Outcome<T> {
        let mut supplements = Vec::new();
        for part in changes::children(&self.store.main, root.id, RecordKind::Inspection)? {
            supplements.push((part.id, changes::cells(&self.store.main, part.id)?));
        }
        let sealed = late::split(supplements, None, &self.people).read;
        let sealed: Vec<_> = sealed.iter().map(|(id, cells)| (*id, cells.as_slice())).collect();
        let cells = changes::cells(&self.store.main, root.id)?;
        Ok(compare(root.id, &cells, &sealed))
    }

    /// The version under the officer's own late seal, whoever said it and however long ago; `None` without such a seal. Its
    /// answers are compared with the record: a colleague may have changed one since, before sealing, and nobody is said to
    /// have signed what they did not read.
    fn signed_version(&self, record: &Record, gone: &[Logged]) -> Outcome<Option<Vec<(Key, Scalar)>>> {
        let Some(seal) = gone.iter().rfind(|logged| logged.change.is_seal()) else {
            return Ok(None);
        };
        let mut under = HashSet::from([seal.change.hash]);
        let mut version = Vec::new();
        // A log is in causal order: backwards, what builds on a change comes before it.
        for logged in history::log(&self.store.main, record.id, record.kind)?.into_iter().rev() {
            if under.contains(&logged.change.hash) {
                under.extend(logged.change.dependencies.iter().copied());
                version.push(logged);
            }
        }
        version.reverse();
        puts_of(version.iter().map(|logged| &logged.change)).map(Some)
    }

    /// The seal that stood on the officer's own version.
    fn own_seal(&self, gone: &[Logged]) -> Option<SealStatement> {
        let operations = gone.iter().flat_map(|logged| &logged.change.operations).filter(|it| it.is_seal());
        let seals = operations.filter_map(|seal| SealStatement::from_scalar(seal.put.as_ref()?).ok());
        seals.filter(|seal| seal.author == self.me.key && seal.by == self.person()).last()
    }

    /// Own changes that were never sent, or that the server has and did not admit, and nothing that stands builds on, where
    /// somebody's admitted seal stands. What was sent and has no answer is asked again first: it may have come before the
    /// seal. `None` where no such seal stands.
    fn came_late(&self, record: &Record) -> Outcome<Option<Vec<Logged>>> {
        let main = &self.store.main;
        let (mut gone, mut built_on, mut sealed) = (Vec::new(), HashSet::new(), false);
        // A log is in causal order: backwards, what builds on a change comes before it.
        for logged in history::log(main, record.id, record.kind)?.into_iter().rev() {
            let change = &logged.change;
            let own = directory::epoch_of(main, &change.actor, &self.me.key)?.is_some();
            let late = own && logged.envelope.map_or(Ok(true), |id| outbox::is_held(main, &id))?;
            if late && !built_on.contains(&change.hash) {
                gone.push(logged);
            } else {
                built_on.extend(change.dependencies.iter().copied());
                sealed |= change.is_seal();
            }
        }
        gone.reverse();
        Ok(sealed.then_some(gone))
    }
}

fn is_of_place(key: &Key) -> bool {
    matches!(key, Key::Header(_)) && late::is_content(key)
}

/// When a statement was made; `None` of what bears no time.
fn said_at(key: &Key, value: &Scalar) -> Option<UtcMillis> {
    match key {
        Key::Item(_) => ItemAnswer::from_scalar(value).ok().map(|it| it.at),
        Key::Finding(..) => FindingDetail::from_scalar(value).ok().map(|it| it.at),
        Key::Photo(..) => PhotoDetail::from_scalar(value).ok().map(|it| it.at),
        _ => None,
    }
}
