//! Own work that came after a seal, as its officer meets it on the first screen: the supplement that it waits in, to be
//! signed and sent or given up ([`super::supplement`]).

use ancu_shared::clock::UtcMillis;
use ancu_shared::record::facility::field;
use ancu_shared::view::build::late;
use ancu_shared::view::{Authors as _, InspectionSummary};
use serde::{Deserialize, Serialize};

use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::changes::{self, Record};

/// Own late work or an own correction on one inspection, for the first screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct LateDraft {
    /// The inspection.
    pub inspection: InspectionSummary,
    /// Who sealed it, by name.
    pub sealed_by: String,
    /// When.
    pub sealed_at: UtcMillis,
    /// Own answers that came after that and say something else.
    pub answers: u32,
    /// Own photos.
    pub photos: u32,
    /// When the officer sealed their own version, if so.
    pub signed_at: Option<UtcMillis>,
    /// Whether the officer began it as a correction, knowing of the seal; it may say nothing yet.
    #[serde(default)]
    pub correction: bool,
}

impl Open {
    /// The supplement that own late work on an inspection goes to: the one that carries some already, or a new one.
    pub(crate) fn late_supplement(&mut self, root: &Record) -> Outcome<Record> {
        for record in self.own_carrying()? {
            let cells = changes::cells(&self.store.main, record.id)?;
            if record.parent == Some(root.id) && !late::is_discarded(&cells) {
                return Ok(record);
            }
        }
        self.begin_supplement(root)
    }

    /// This person's supplements that carry what came late, or correct, and are not signed: of this device, and of one that
    /// the same person had before.
    pub(crate) fn own_carrying(&self) -> Outcome<Vec<Record>> {
        let (mut own, key) = (Vec::new(), format!("h/{}", field::CARRIES));
        for record in changes::carrying(&self.store.main)? {
            let carries = changes::cells_at(&self.store.main, record.id, &key)?;
            let by = carries.iter().map(|cell| self.people.attribution(cell.operation.actor, cell.at).person);
            if by.flatten().any(|person| person == self.person()) {
                own.push(record);
            }
        }
        Ok(own)
    }

    /// Own late work and corrections that wait, everywhere.
    pub(crate) fn late_drafts(&mut self) -> Outcome<Vec<LateDraft>> {
        let mut drafts = Vec::new();
        for record in self.own_carrying()? {
            if !late::is_draft(&self.cells_now(record.id)?) {
                continue;
            }
            let view = self.inspection_view(record.id)?;
            let waiting = view.late.iter().find(|late| late.own && late.supplement == Some(record.id));
            let begun = waiting.is_none() && view.open_supplement == Some(record.id);
            let seal = view.seals.iter().find(|seal| !seal.apart);
            let Some(seal) = seal.filter(|_| begun || waiting.is_some()) else { continue };
            drafts.push(LateDraft {
                sealed_by: seal.by.person_name.clone(),
                sealed_at: seal.by.at,
                answers: waiting.map_or(0, |late| late.items.len() as u32),
                photos: waiting.map_or(0, |late| late.photos),
                signed_at: waiting.and_then(|late| late.signed_at),
                correction: waiting.is_none_or(|late| late.correction),
                inspection: view.summary,
            });
        }
        Ok(drafts)
    }
}
