//! What goes to a colleague nearby, and what comes from one: ordinary envelopes, guarded as those of a pull.
//!
//! Invariants: nothing goes or is taken but of the units that both may read; what came is offered to the server by this device, too,
//! and counts as unsent until the server has it; what builds on something that is not here waits for it within the meeting and
//! is not taken otherwise; nothing is put into a sealed record, and no record is sealed by it.

use std::collections::{BTreeMap, BTreeSet};

use ancu_shared::author::AuthorCertificate;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::id::{ChangeHash, DocumentId, EnvelopeId, UnitId};
use ancu_shared::near::{Lack, Turn};
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::sync::admission::CheckedEnvelope;

use super::receive::{Incoming, Taken};
use crate::engine::Open;
use crate::fault::Outcome;
use crate::records::Touched;
use crate::store::{changes, directory, heard, history, outbox};

/// Envelopes that came and wait for what they build on.
#[derive(Default)]
pub(crate) struct Arriving(Vec<Incoming>);

/// What a turn brought.
pub(crate) struct Brought {
    /// Envelopes that were not here.
    pub(crate) envelopes: u64,
    /// Records that they are of.
    pub(crate) records: BTreeSet<DocumentId>,
    /// What they build on and is not here.
    pub(crate) lacks: Vec<Lack>,
}

impl Open {
    /// What the server may lack of these units, in the order of making. `colleague` is whoever it is offered to.
    pub(crate) fn near_offers(
        &mut self,
        units: &BTreeSet<UnitId>,
        colleague: &AuthorCertificate,
    ) -> Outcome<Vec<EnvelopeId>> {
        directory::keep_author(&self.store.main, colleague, &self.identity.certifier)?;
        let (unsent, _) = self.outbox()?;
        let mut offers = Vec::new();
        for envelope in unsent {
            if self.is_near(&envelope.id, units)? {
                offers.push(envelope.id);
            }
        }
        Ok(offers)
    }

    /// Whether an envelope is of these units.
    fn is_near(&self, envelope: &EnvelopeId, units: &BTreeSet<UnitId>) -> Outcome<bool> {
        let Some(document) = history::document_of(&self.store.main, envelope)? else { return Ok(false) };
        Ok(changes::find(&self.store.main, document)?.is_some_and(|record| units.contains(&record.unit)))
    }

    /// Whether an envelope is here.
    pub(crate) fn near_knows(&self, envelope: &EnvelopeId) -> Outcome<bool> {
        let main = &self.store.main;
        Ok(outbox::is_own(main, envelope)? || heard::is_here(main, envelope)?)
    }

    /// The envelopes that hold these changes.
    pub(crate) fn near_holding(&self, lack: &Lack, units: &BTreeSet<UnitId>) -> Outcome<Vec<EnvelopeId>> {
        let main = &self.store.main;
        if !changes::find(main, lack.document)?.is_some_and(|record| units.contains(&record.unit)) {
            return Ok(Vec::new());
        }
        let mut holding = Vec::new();
        for change in &lack.changes {
            holding.extend(history::envelope_of(main, lack.document, change)?.filter(|id| !holding.contains(id)));
        }
        Ok(holding)
    }

    /// An envelope and its author's certificate, if it is of these units.
    pub(crate) fn near_parcel(
        &self,
        envelope: &EnvelopeId,
        units: &BTreeSet<UnitId>,
    ) -> Outcome<Option<(Vec<u8>, Option<AuthorCertificate>)>> {
        if !self.is_near(envelope, units)? {
            return Ok(None);
        }
        let (mut bodies, mut authors) = self.parcel(&[*envelope])?;
        Ok(bodies.pop().map(|body| (body.into_vec(), authors.pop())))
    }

    /// Takes what a turn brought.
    pub(crate) fn near_take(
        &mut self,
        turn: &Turn,
        units: &BTreeSet<UnitId>,
        arriving: &mut Arriving,
    ) -> Outcome<Brought> {
        let mut waiting = std::mem::take(&mut arriving.0);
        waiting.extend(turn.envelopes.iter().map(|bytes| Incoming::check(bytes.to_vec())));
        let mut brought = Brought { envelopes: 0, records: BTreeSet::new(), lacks: Vec::new() };
        if waiting.is_empty() {
            return Ok(brought);
        }
        let epoch = self.identity.epoch;
        let taken = self.atomically(|open| {
            for certificate in &turn.authors {
                directory::keep_author(&open.store.main, certificate, &open.identity.certifier)?;
            }
            let (mut touched, mut lacks) = (Touched::new(), BTreeMap::new());
            // What waits for another of them stands once that one does.
            loop {
                let (before, mut left) = (waiting.len(), Vec::new());
                lacks.clear();
                for incoming in waiting {
                    let Ok(checked) = &incoming.checked else { continue };
                    let lacking = open.lacking_of(checked)?;
                    if !lacking.is_empty() {
                        let of: &mut BTreeSet<ChangeHash> = lacks.entry(checked.envelope.document).or_default();
                        of.extend(lacking);
                        left.push(incoming);
                    } else if open.near_take_one(checked, &incoming, units, &mut touched)? {
                        brought.envelopes += 1;
                        brought.records.insert(checked.envelope.document);
                    }
                }
                let moved = left.len() < before;
                waiting = left;
                if !moved || waiting.is_empty() {
                    break;
                }
            }
            for document in touched.keys() {
                if let Some(record) = changes::find(&open.store.main, *document)? {
                    open.link(record.id, record.kind)?;
                }
            }
            open.refresh_directory()?;
            open.reindex_at_hand(touched)?;
            Ok((waiting, lacks))
        });
        if taken.is_err() {
            self.identity.epoch = epoch;
        }
        let (waiting, lacks) = taken?;
        arriving.0 = waiting;
        let lack = |(document, changes): (_, BTreeSet<_>)| Lack { document, changes: changes.into_iter().collect() };
        brought.lacks = lacks.into_iter().map(lack).collect();
        Ok(brought)
    }

    /// Takes one; whether it was news.
    fn near_take_one(
        &mut self,
        checked: &CheckedEnvelope,
        incoming: &Incoming,
        units: &BTreeSet<UnitId>,
        touched: &mut Touched,
    ) -> Outcome<bool> {
        let (main, document) = (&self.store.main, checked.envelope.document);
        let record = changes::find(main, document)?;
        let unit = record.as_ref().map_or(checked.envelope.unit, |record| record.unit);
        if !units.contains(&unit) || self.near_knows(&checked.id)? || changes::is_sealed(main, document)? {
            return Ok(false);
        }
        // Whether a seal stands is the server's word, and what supplements a record comes after its seal.
        if checked.changes.iter().any(CheckedChange::is_seal) || self.supplements_open(checked)? {
            return Ok(false);
        }
        self.fold_before(document)?;
        match self.try_take(checked, Some(unit), incoming.begun.as_ref())? {
            Taken::Yes { .. } => {
                heard::doubt(&self.store.main, &checked.id)?;
                touched.insert(document, None);
                Ok(true)
            }
            Taken::Aside(reason) => {
                tracing::warn!(envelope = %checked.id, reason, "a colleague's envelope is not taken");
                Ok(false)
            }
        }
    }

    /// Whether an envelope begins a supplement of a record that is not sealed here.
    fn supplements_open(&self, checked: &CheckedEnvelope) -> Outcome<bool> {
        let key = Key::Header(field::SUPPLEMENT_OF.to_owned()).to_string();
        let named = checked.changes.iter().flat_map(|change| &change.operations).filter(|it| it.key == key);
        for original in named.filter_map(|it| it.put.as_ref()?.as_text()?.parse::<DocumentId>().ok()) {
            if !changes::is_sealed(&self.store.main, original)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The changes that an envelope builds on and that are not here.
    fn lacking_of(&self, checked: &CheckedEnvelope) -> Outcome<Vec<ChangeHash>> {
        let (main, document) = (&self.store.main, checked.envelope.document);
        let own: BTreeSet<_> = checked.changes.iter().map(|change| change.hash).collect();
        let mut lacking = Vec::new();
        for hash in checked.changes.iter().flat_map(|change| &change.dependencies) {
            if !own.contains(hash) && !lacking.contains(hash) && !changes::has_change(main, document, hash)? {
                lacking.push(*hash);
            }
        }
        Ok(lacking)
    }
}
