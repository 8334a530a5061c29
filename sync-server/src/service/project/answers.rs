//! Amends the row of an inspection by the answers that changed, without reading the rest of the record: most of what comes is
//! one answer to an inspection that is being made.
//!
//! Invariant: the row is the one that reading all cells would make; where that cannot be said from the changed items alone,
//! nothing is done and the record is read.

use ancu_shared::id::DocumentId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::value::Scalar;
use ancu_shared::view::build::{self, Tally, review_id};
use ancu_shared::view::{InspectionState, InspectionSummary, Progress};

use super::Service;
use crate::service::touched::Answers;
use crate::store::rows::{DocumentRow, InspectionRow};
use crate::store::{StoreError, Transaction};

/// Whether the row was amended; if not, the record is to be read.
pub(super) fn amend(
    service: &Service,
    transaction: &dyn Transaction,
    row: &DocumentRow,
    answers: &Answers,
) -> Result<bool, StoreError> {
    if row.kind != RecordKind::Inspection || row.sealed || row.supplement_of.is_some() {
        return Ok(false);
    }
    let Some(InspectionRow { mut summary, danger }) = transaction.inspection(row.id)? else { return Ok(false) };
    if summary.state != InspectionState::InProgress
        || summary.late_answers > 0
        || !is_one_persons(transaction, row.id, answers)?
    {
        return Ok(false);
    }
    let Some(template) = service.template(transaction, &summary.template)? else { return Ok(false) };
    for (item, before) in &answers.before {
        let after = transaction.item_cells(row.id, item)?;
        let tally = |cells| build::tally(&template, item, cells);
        let (Some(was), Some(is)) = (tally(before), tally(&after)) else { return Ok(false) };
        if !take(&mut summary, &was, &is) {
            return Ok(false);
        }
    }
    if super::danger(&summary) == danger {
        transaction.amend_inspection(&summary)?;
    } else {
        transaction.put_inspection(&InspectionRow { danger: super::danger(&summary), summary })?;
    }
    Ok(true)
}

/// Whether nobody else ever wrote in the record, said what it was begun with, or has something held or said of it: then
/// officers, times and words of its row are not for an answer to change.
fn is_one_persons(transaction: &dyn Transaction, document: DocumentId, answers: &Answers) -> Result<bool, StoreError> {
    let begun = transaction.cells_at(document, &format!("h/{}", field::STARTED_AT))?;
    Ok(begun.iter().any(|cell| Scalar::as_int(&cell.value).is_some())
        && !transaction.changed_by_others(document, &answers.actor)?
        && transaction.document(review_id(document))?.is_none()
        && transaction.quarantine_of(document, 1)?.is_empty())
}

/// Counts one item as it is instead of as it was. `false`: what was the gravest may be no more, and which is now, the other
/// items say.
fn take(summary: &mut InspectionSummary, was: &Tally, is: &Tally) -> bool {
    if was.gravest.is_some() && was.gravest == summary.gravest && is.gravest < was.gravest {
        return false;
    }
    let instead = |all: u32, was: u32, is: u32| (all + is).checked_sub(was);
    let counted = |all: Progress| {
        Some(Progress {
            answered: instead(all.answered, was.progress.answered, is.progress.answered)?,
            total: instead(all.total, was.progress.total, is.progress.total)?,
            failed: instead(all.failed, was.progress.failed, is.progress.failed)?,
            clashes: instead(all.clashes, was.progress.clashes, is.progress.clashes)?,
            photos: instead(all.photos, was.progress.photos, is.progress.photos)?,
        })
    };
    let Some(progress) = counted(summary.progress) else { return false };
    summary.progress = progress;
    summary.gravest = summary.gravest.max(is.gravest);
    true
}
