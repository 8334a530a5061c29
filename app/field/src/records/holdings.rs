//! All that a device holds, cell by cell: for comparing it with another device or with the server.
//!
//! What it doesn't do: show it to people ([`ancu_shared::view`] does), or lay the journal over it.

use ancu_shared::error::Problem;
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::Cell;

use crate::engine::Engine;
use crate::store::changes;

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
