//! What a supplement carries: late work that waited in quarantine is settled by it.
//!
//! Invariant: nobody settles what another person said, or what is about another inspection.

use ancu_shared::document::statement::carried;
use ancu_shared::envelope::Envelope;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{AuthorKey, DocumentId, PersonId};
use ancu_shared::record::value::Scalar;

use super::Intake;
use crate::store::StoreError;
use crate::store::rows::DocumentRow;

impl Intake<'_> {
    /// A supplement carries what its author's envelopes, of this or an earlier device, said after the seal of what it supplements: these are settled.
    pub(super) fn carry(&self, envelope: &Envelope, value: &Scalar, row: &DocumentRow) -> Result<(), StoreError> {
        let Some(author) = self.transaction.author(&envelope.author)? else { return Ok(()) };
        for id in value.as_text().and_then(carried).unwrap_or_default() {
            if let Some(held) = self.transaction.quarantined_as(&id)?
                && self.is_of(held.author, author.person)?
                && held.code == ErrorCode::RecordSealed
                && self.is_part_of(held.document, row.supplement_of)?
            {
                self.transaction.carry(held.id, envelope.document, author.person, self.service.now())?;
            }
            // The author took it back: it is never to be judged.
            if let Some(waiting) = self.transaction.waiting(&id)?
                && self.is_of(Envelope::decode(&waiting.body).ok().map(|it| it.author), author.person)?
                && self.is_part_of(Some(waiting.document), row.supplement_of)?
            {
                self.transaction.remove_waiting(&id)?;
            }
        }
        Ok(())
    }

    /// Whether an author is this person, on whichever device: work of a store whose PIN was forgotten is carried by the one
    /// that came after it.
    fn is_of(&self, author: Option<AuthorKey>, person: PersonId) -> Result<bool, StoreError> {
        let author = author.map(|key| self.transaction.author(&key)).transpose()?.flatten();
        Ok(author.is_some_and(|author| author.person == person))
    }

    /// Whether a record is the inspection, or a supplement of it.
    fn is_part_of(&self, record: Option<DocumentId>, inspection: Option<DocumentId>) -> Result<bool, StoreError> {
        let (Some(record), Some(inspection)) = (record, inspection) else { return Ok(false) };
        let of = self.transaction.document(record)?.and_then(|row| row.supplement_of);
        Ok(record == inspection || of == Some(inspection))
    }
}
