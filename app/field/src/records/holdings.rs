//! All that a device holds, cell by cell, for comparing it with another device or with the server; and what of its own work
//! the server holds back.
//!
//! What it doesn't do: show it to people ([`ancu_shared::view`] does), or lay the journal over it.

use ancu_shared::error::Problem;
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::Cell;

use crate::engine::{Engine, Open};
use crate::fault::Outcome;
use crate::store::outbox::QuarantinedItem;
use crate::store::{changes, index, outbox};

/// A record as the device holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// The record.
    pub document: DocumentId,
    /// What it is.
    pub kind: RecordKind,
    /// Where it belongs.
    pub unit: UnitId,
    /// Its live puts, by key.
    pub cells: Vec<Cell>,
}

impl Open {
    /// What the server keeps aside of this device's work, with the reason, and which premises it is about.
    pub(crate) fn held_back(&mut self) -> Outcome<Vec<QuarantinedItem>> {
        let main = &self.store.main;
        let mut held = outbox::quarantined(main)?;
        for item in &mut held {
            let mut record = changes::find(main, item.document)?;
            // A supplement, a review or the people of a home name what they belong to.
            let parent = record.as_ref().filter(|it| it.facility.is_none()).and_then(|it| it.parent);
            if let Some(parent) = parent {
                record = changes::find(main, parent)?;
            }
            let facility =
                record.and_then(|it| if it.kind == RecordKind::Facility { Some(it.id) } else { it.facility });
            if let Some(premises) = facility.map(|id| index::facility(main, id)).transpose()?.flatten() {
                item.premises = premises.name;
            }
        }
        Ok(held)
    }
}

impl Engine {
    /// The units whose feeds the device follows, as the server last said.
    pub fn scope(&self) -> Result<Vec<UnitId>, Problem> {
        self.work(|open| Ok(open.context.scope.clone()))
    }

    /// Every record that is here.
    pub fn holdings(&self) -> Result<Vec<Holding>, Problem> {
        self.work(|open| {
            let mut held = Vec::new();
            for kind in RecordKind::ALL {
                for record in changes::of_kind(&open.store.main, kind)? {
                    let cells = changes::cells(&open.store.main, record.id)?;
                    held.push(Holding { document: record.id, kind, unit: record.unit, cells });
                }
            }
            Ok(held)
        })
    }
}
