//! What the server says of records that were handed over to another unit.
//!
//! Invariants: where a record lies is the server's word; own work on what left goes out under the unit that its author knew, and the
//! record leaves this device once all of it is at the server ([`super::posts`]).

use ancu_shared::id::UnitId;
use ancu_shared::record::RecordKind;
use ancu_shared::sync::wire::PullAnswer;

use crate::engine::Open;
use crate::fault::Outcome;
use crate::records::Touched;
use crate::store::moves::{self, Departed};
use crate::store::{changes, index};

impl Open {
    /// Keeps where records lie now. Part of the caller's transaction.
    pub(crate) fn keep_moves(&mut self, answer: &PullAnswer, touched: &mut Touched) -> Outcome<()> {
        for moved in answer.units.iter().flat_map(|page| &page.moved) {
            let main = &self.store.main;
            let Some(record) = changes::find(main, moved.document)? else { continue };
            if self.is_mine(moved.unit) {
                if !moves::lies_in(main, record.id, moved.unit)? {
                    moves::lie_in(main, record.id, moved.unit)?;
                    touched.entry(record.id).or_insert(None);
                }
            } else if moves::leave_for(main, record.id, moved.unit)? && record.kind == RecordKind::Facility {
                let name = index::facility(main, record.id)?.map(|summary| summary.name).unwrap_or_default();
                let (document, unit_name, at) = (record.id, moved.unit_name.clone(), self.now());
                moves::note_departed(main, &Departed { document, name, unit_name, at })?;
            }
        }
        Ok(())
    }

    /// What left for a unit in which there is a post meanwhile is at home again. Part of the caller's transaction.
    pub(crate) fn stay_where_posted(&mut self) -> Outcome<()> {
        let back: Vec<_> =
            moves::leaving(&self.store.main)?.into_iter().filter(|(_, unit)| self.is_mine(*unit)).collect();
        for (document, unit) in &back {
            moves::lie_in(&self.store.main, *document, *unit)?;
        }
        self.reindex(back.into_iter().map(|(document, _)| document))
    }

    fn is_mine(&self, unit: UnitId) -> bool {
        self.context.scope.contains(&unit) || self.context.home.as_ref().is_some_and(|home| home.unit == unit)
    }
}
