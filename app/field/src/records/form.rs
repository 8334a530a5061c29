//! The form of premises while it is being written: kept as it was typed, offered again when it is opened, gone when it is
//! saved or given up.
//!
//! Invariant: what is kept here is judged only when it is saved; it is in no record and no exchange.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::fields;
use ancu_shared::record::value::Scalar;
use serde::{Deserialize, Serialize};

use super::facility::Fields;
use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::store::forms::{self, Form};
use crate::store::index;

/// The longest form that is kept, as JSON: far above what its fields may hold.
const MAX_FORM_BYTES: usize = 256 * 1024;

/// A form of premises that was not saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct FacilityDraft {
    /// What was typed, as for creating or editing; null where a field was emptied.
    pub fields: Fields,
    /// When it was kept, by the device's clock.
    pub at: UtcMillis,
}

/// Where a form waits to be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct FacilityDraftPlace {
    /// The premises; null: new ones.
    pub facility: Option<DocumentId>,
    /// What they are called, in the form or else in the record; empty where nobody named them yet.
    pub name: String,
    /// When it was kept, by the device's clock.
    pub at: UtcMillis,
}

fn read(form: &Form) -> Outcome<FacilityDraft> {
    let fields = serde_json::from_str(&form.fields).map_err(|error| Fault::Broken(error.to_string()))?;
    Ok(FacilityDraft { fields, at: form.at })
}

impl Open {
    /// The form that waits, of these premises or of new ones.
    pub(crate) fn facility_draft(&self, facility: Option<DocumentId>) -> Outcome<Option<FacilityDraft>> {
        forms::of(&self.store.main, facility)?.as_ref().map(read).transpose()
    }

    /// Keeps a form as it stands; nothing in it: lets go of it.
    pub(crate) fn facility_draft_keep(&mut self, facility: Option<DocumentId>, typed: &Fields) -> Outcome<()> {
        if typed.is_empty() {
            return forms::drop(&self.store.main, facility);
        }
        if let Some(name) = typed.keys().find(|name| fields::header(RecordKind::Facility, name).is_none()) {
            return Err(Problem::field(
                name,
                "Ô này không có trong hồ sơ cơ sở.",
                "Records of premises have no such field.",
            )
            .into());
        }
        let fields = serde_json::to_string(typed).map_err(|error| Fault::Broken(error.to_string()))?;
        if fields.len() > MAX_FORM_BYTES {
            return Err(ErrorCode::TooLarge.into());
        }
        forms::keep(&self.store.main, &Form { facility, fields, at: self.now() })
    }

    /// Where forms wait.
    pub(crate) fn facility_draft_places(&self) -> Outcome<Vec<FacilityDraftPlace>> {
        let main = &self.store.main;
        let place = |form: Form| {
            let typed = read(&form)?;
            let name = typed.fields.get(field::NAME).and_then(Scalar::as_text).unwrap_or_default().to_owned();
            let known = form.facility.filter(|_| name.is_empty());
            let known = known.map(|id| index::facility(main, id)).transpose()?.flatten();
            Ok(FacilityDraftPlace { facility: form.facility, name: known.map_or(name, |it| it.name), at: form.at })
        };
        forms::all(main)?.into_iter().map(place).collect()
    }
}
