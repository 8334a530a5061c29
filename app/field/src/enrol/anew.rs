//! A device whose store is damaged is enrolled anew: with a code of its own server, for its own person, under its PIN.
//!
//! Invariants: what was receipted comes back from the server; what was not, and can still be read and proved, is put into the
//! new store and sent; that something may be lost is said. The device is another author from then on, and what it wrote
//! before goes out under the signature that it was made with.

use std::path::Path;
use std::sync::Arc;

use ancu_shared::error::ErrorCode;
use ancu_shared::link::EnrolLink;

use super::holder;
use crate::engine::{Engine, Open};
use crate::fault::{Fault, Outcome};
use crate::keyring::{Binding, StoreKey};
use crate::store::profile::{self, Marks};
use crate::store::salvage::{self, Salvaged};
use crate::store::{Store, directory, swap};

impl Engine {
    /// Whether the store of an enrolled device can't be relied on. Needs the PIN while it is locked.
    pub(super) fn is_damaged(&self, pin: &str) -> Outcome<bool> {
        match self.inner.unlock(pin) {
            Ok(()) => self.inner.work(|open| Ok(open.store.is_damaged())),
            Err(fault) if fault.code() == ErrorCode::StoreDamaged => Ok(true),
            Err(fault) => Err(fault),
        }
    }

    pub(super) fn enrol_anew(
        &self,
        link: &EnrolLink,
        pin: &str,
        device_name: String,
        person_name: Option<String>,
    ) -> Outcome<()> {
        self.may_come_back_by(link)?;
        let key = self.inner.keyring.open(pin)?;
        self.inner.doubt_last_known();
        *self.inner.guard() = None;
        // There is room for a new store before the code is used.
        let beside = swap::begin(&self.inner.folder)?;
        let store = Store::open(&beside, &key, self.inner.clock.now())?;
        let (identity, answer) = self.ask(link, pin, device_name, person_name)?;
        let holder = holder(answer.context.person, &answer.server);
        if !self.inner.keyring.is_for(Binding { server: &link.fingerprint, holder: &holder })? {
            return Err(ErrorCode::CodeForeign.into());
        }
        profile::save_identity(&store.main, &identity)?;
        profile::save_context(&store.main, &answer.context)?;
        directory::offer_templates(&store.main, &answer.context.templates)?;
        let salvaged = self.salvage(&key, &store)?;
        tracing::warn!(?salvaged, "a damaged store is replaced");
        profile::save_marks(&store.main, &Marks { salvaged: Some(salvaged), ..Marks::default() })?;
        drop(store);
        swap::commit(&self.inner.folder)?;
        self.inner.unlock(pin)?;
        self.forget_question();
        Ok(())
    }

    /// Takes what is unsent and readable out of the damaged store.
    fn salvage(&self, key: &StoreKey, into: &Store) -> Outcome<Salvaged> {
        let at = self.inner.clock.now();
        let nothing = Salvaged { at, ..Salvaged::default() };
        let Some(copy) = swap::copy_records(&self.inner.folder)? else { return Ok(nothing) };
        let entered = self.cut_torn(&copy, key);
        let torn = match Store::open_torn(&copy, &self.inner.folder, key) {
            Ok(torn) => torn,
            Err(fault) => {
                tracing::warn!(%fault, "nothing of a damaged store can be read");
                return Ok(nothing);
            }
        };
        let (envelopes, every_envelope) = salvage::envelopes(&torn.main, into, at)?;
        let (photos, every_photo) = salvage::photos(&torn, into, at)?;
        Ok(Salvaged { at, envelopes, photos, whole: entered && every_envelope && every_photo })
    }

    /// Folds what was entered and puts it into envelopes, signed as who entered it, as far as the pages needed for that can
    /// be read. `false`: not all of it.
    fn cut_torn(&self, copy: &Path, key: &StoreKey) -> bool {
        let cut = || -> Outcome<()> {
            let torn = Store::open_torn(copy, &self.inner.folder, key)?;
            let mut torn = Open::new(torn, Arc::clone(&self.inner.clock), Arc::clone(&self.inner.random))?;
            // A declaration that is being written too: the server is the only way by which it comes along, and nobody but its
            // head is shown what is not submitted.
            let folded = torn.fold_those(|_| true);
            torn.cut()?;
            folded
        };
        cut().inspect_err(|fault: &Fault| tracing::warn!(%fault, "not all of a damaged store's entries")).is_ok()
    }
}
