//! Builds views from cells: pure functions, the same on device and server.
//!
//! Invariant: a view shows only what cells say. Cells may come in any order; of a key's live puts the one with the greatest
//! (counter, actor) is the value shown. A register that is damaged or newer than this program is shown as absent and
//! leaves its neighbours alone. This module knows neither store nor template file: who calls it hands both in.

mod apart;
mod attended;
pub mod clash;
mod dated;
pub mod draft;
pub mod dwelling;
pub mod facility;
pub mod finding;
pub mod given_up;
pub mod history;
pub mod inspection;
mod items;
mod joined;
mod known;
pub mod late;
pub mod live;
pub mod measure;
pub mod place;
pub mod review;
mod stand;
pub mod tally;

use sha2::{Digest, Sha256};

pub use self::clash::clashes;
pub use self::draft::{SummaryDraft, inspection_draft};
pub use self::dwelling::{DwellingParts, declared, dwelling};
pub use self::facility::{FacilityParts, Visits, facility_sheet, facility_summary, fields};
pub use self::finding::{finding, finding_standing, findings, item_visit};
pub use self::history::history;
pub use self::inspection::{
    InspectionParts, PhotoPresence, WHOLE_RECORD, beyond, changes_since, inspection, inspection_state,
    inspection_summary, item_and_progress, newest_sealed, news, says_news,
};
pub use self::live::Live;
pub use self::measure::{MeasureParts, measure_standing, measures};
pub use self::review::{Decided, decided, reply_key};
pub use self::tally::{Tally, tally};
use crate::id::DocumentId;

/// The review of a subject: one record for all reviewers, so its id follows from the subject's (UUIDv8 of the first 16
/// bytes of SHA-256 over a tag and the subject's id).
pub fn review_id(subject: DocumentId) -> DocumentId {
    let digest = Sha256::new().chain_update(b"ancu-review-v1").chain_update(subject.as_bytes()).finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    DocumentId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests;
