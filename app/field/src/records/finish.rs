//! Finishing: what is missing, and the seal.
//!
//! Invariant: a seal signs exactly the heads that its change builds on, and is one change of two values.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::record::facility::state as states;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::Register as _;
use ancu_shared::record::seal;
use ancu_shared::template::check;
use ancu_shared::view::{InspectionView, MissingItem};

use super::state;
use crate::engine::Open;
use crate::fault::Outcome;

impl Open {
    /// What keeps an inspection from being finished.
    pub(crate) fn inspection_missing(&mut self, id: DocumentId) -> Outcome<Vec<MissingItem>> {
        let root = self.inspection_root(id)?;
        let template = self.inspection_template(&root)?;
        let view = self.inspection_view(id)?;
        Ok(check::missing(&template, &view.items))
    }

    /// Seals an inspection, or its open supplement.
    pub(crate) fn inspection_finish(&mut self, id: DocumentId) -> Outcome<InspectionView> {
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
