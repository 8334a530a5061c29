//! Own work from elsewhere: this store was restored from a copy, or a copy of it is in use on another device.
//!
//! Two copies write under one actor, and the server takes the first that comes. Invariants: as soon as own changes come that
//! are not here, this device writes under a new epoch; what it wrote at places that are taken is said again under that
//! epoch, on top of what it had seen then, so that it stands beside the other copy's work or clashes with it, and neither is
//! lost. A seal is not said again: it signs a history that is gone, so the record is open again and is finished anew.

use std::collections::BTreeSet;

use ancu_shared::document::guard::CheckedChange;
use ancu_shared::document::statement::is_said_once;
use ancu_shared::id::{ActorId, ChangeHash};
use ancu_shared::record::choice;
use ancu_shared::record::facility::state as states;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;

use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::records::state;
use crate::store::changes::{self, Record};
use crate::store::history::{self, Logged};
use crate::store::{directory, outbox, profile};

impl Open {
    /// From now on this device writes as an actor that nobody was before.
    pub(crate) fn next_epoch(&mut self) -> Outcome<()> {
        let highest = directory::highest_epoch(&self.store.main, &self.me.key)?.max(self.identity.epoch);
        let epoch = highest.checked_add(1).ok_or_else(|| Fault::Broken("no epoch is left".into()))?;
        tracing::warn!(epoch, "own work came from elsewhere: a new epoch begins");
        self.identity.epoch = epoch;
        profile::save_identity(&self.store.main, &self.identity)?;
        directory::keep_actor(&self.store.main, &self.me.key, epoch)?;
        self.refresh_directory()
    }

    /// Says again, as the present actor, what was written here as `actor` from this sequence number on, and what was written
    /// on top of that. `false`: it cannot be, and nothing was touched.
    pub(crate) fn say_again(&mut self, record: &Record, actor: ActorId, from: u64) -> Outcome<bool> {
        let said = self.nested(|open| {
            let gone = open.forked(record, actor, from)?;
            let puts = puts_of(gone.iter().map(|logged| &logged.change))?;
            history::take_out(&open.store.main, record.id, record.kind, &gone, "rewritten")?;
            let puts = open.with_origins_that_stand(record, puts)?;
            let puts = open.without_what_is_said_once(record, puts)?;
            open.write(record, &puts)
        });
        match said {
            Ok(()) => Ok(true),
            Err(fault @ (Fault::Store(_) | Fault::File(_))) => Err(fault),
            Err(fault) => {
                tracing::error!(document = %record.id, %fault, "own work could not be written again");
                Ok(false)
            }
        }
    }

    /// Where another's beginning of the record stands, what only a beginning says is said.
    fn without_what_is_said_once(&self, record: &Record, mut puts: Vec<(Key, Scalar)>) -> Outcome<Vec<(Key, Scalar)>> {
        if !history::log(&self.store.main, record.id, record.kind)?.is_empty() {
            puts.retain(|(key, _)| !is_said_once(record.kind, key));
        }
        Ok(puts)
    }

    /// What was chosen in a clash may be gone with the changes, or settled by another meanwhile: then it is own words now.
    fn with_origins_that_stand(&self, record: &Record, puts: Vec<(Key, Scalar)>) -> Outcome<Vec<(Key, Scalar)>> {
        puts.into_iter()
            .map(|(key, value)| {
                let Some(origin) = choice::origin(&value) else { return Ok((key, value)) };
                let live = changes::cells_at(&self.store.main, record.id, &key.to_string())?;
                let stands = live.iter().any(|cell| cell.operation == origin.operation);
                let value = if stands { value } else { choice::in_own_words(&key, &value, self.person()) };
                Ok((key, value))
            })
            .collect()
    }

    /// The changes to be said again, in their order.
    fn forked(&self, record: &Record, actor: ActorId, from: u64) -> Outcome<Vec<Logged>> {
        let main = &self.store.main;
        let (mut gone, mut hashes) = (Vec::new(), BTreeSet::<ChangeHash>::new());
        for logged in history::log(main, record.id, record.kind)? {
            let change = &logged.change;
            let taken = change.actor == actor && change.sequence >= from;
            if !taken && !change.dependencies.iter().any(|hash| hashes.contains(hash)) {
                continue;
            }
            let own = directory::epoch_of(main, &change.actor, &self.me.key)?.is_some();
            let held = logged.envelope.map_or(Ok(true), |id| outbox::is_not_taken(main, &id))?;
            if !(own && held) {
                return Err(Fault::Document(format!("change {} is not this device's alone", change.hash)));
            }
            hashes.insert(change.hash);
            gone.push(logged);
        }
        Ok(gone)
    }
}

/// What changes put, each key once with its last value. Seals are left out, and so is the state that came with them.
pub(super) fn puts_of<'a>(changes: impl Iterator<Item = &'a CheckedChange>) -> Outcome<Vec<(Key, Scalar)>> {
    let (mut puts, mut sealed) = (Vec::<(Key, Scalar)>::new(), false);
    for operation in changes.flat_map(|change| &change.operations) {
        let Some(value) = &operation.put else { continue };
        let key = Key::parse(&operation.key).map_err(|error| Fault::Document(error.to_string()))?;
        if matches!(key, Key::Seal(_)) {
            sealed = true;
            continue;
        }
        puts.retain(|(known, _)| *known != key);
        puts.push((key, value.clone()));
    }
    if sealed {
        let completed = state(states::STATE, "completed");
        puts.retain(|put| *put != completed);
    }
    Ok(puts)
}
