//! Own work that came after a colleague's seal, as its officer meets it: the supplement that it waits in, to be signed and
//! sent or given up.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::facility::state as states;
use ancu_shared::view::build::late;
use ancu_shared::view::{InspectionSummary, InspectionView};
use serde::{Deserialize, Serialize};

use super::state;
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::changes::{self, Record};

/// Own late work on one inspection, for the first screen.
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
}

impl Open {
    /// The supplement that own late work on an inspection goes to: the one that carries some already, or a new one.
    pub(crate) fn late_supplement(&mut self, root: &Record) -> Outcome<Record> {
        for record in changes::carrying(&self.store.main)? {
            let cells = changes::cells(&self.store.main, record.id)?;
            if record.parent == Some(root.id) && !late::is_discarded(&cells) {
                return Ok(record);
            }
        }
        self.begin_supplement(root)
    }

    /// Own late work that waits, everywhere.
    pub(crate) fn late_drafts(&mut self) -> Outcome<Vec<LateDraft>> {
        let mut drafts = Vec::new();
        for record in changes::carrying(&self.store.main)? {
            if !late::is_draft(&self.cells_now(record.id)?) {
                continue;
            }
            let view = self.inspection_view(record.id)?;
            let waiting = view.late.iter().find(|late| late.own && late.supplement == Some(record.id));
            let seal = view.seals.iter().find(|seal| !seal.apart);
            let (Some(waiting), Some(seal)) = (waiting, seal) else { continue };
            drafts.push(LateDraft {
                sealed_by: seal.by.person_name.clone(),
                sealed_at: seal.by.at,
                answers: waiting.items.len() as u32,
                photos: waiting.photos,
                signed_at: waiting.signed_at,
                inspection: view.summary,
            });
        }
        Ok(drafts)
    }

    /// Gives own late work up: the supplement stays in the log, and is shown nowhere.
    pub(crate) fn late_discard(&mut self, id: DocumentId) -> Outcome<InspectionView> {
        let root = self.inspection_root(id)?;
        let open = self.open_supplement(&root)?;
        let own = self.inspection_view(root.id)?.late.into_iter().filter(|late| late.own).find_map(|it| it.supplement);
        let draft = open.filter(|record| Some(record.id) == own).ok_or(ErrorCode::NotFound)?;
        self.atomically(|open| {
            open.fold(&draft)?;
            open.write(&draft, &[state(states::STATE, states::DISCARDED)])
        })?;
        self.inspection_view(root.id)
    }
}
