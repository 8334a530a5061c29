//! Whether a printed record is what its code says: asked by anybody who holds the paper.
//!
//! Invariant: who cannot name a record's own signature is told nothing of it. What is told is what the paper says and what
//! became of the record since; who lives there, or signed for the premises, is not.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::DocumentId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::proof::Proof;
use ancu_shared::record::register::{Register as _, SealStatement};
use ancu_shared::view::{Attribution, InspectionView};

use super::Service;
use super::views::{InspectionRecord, StoreAuthors};
use crate::store::{StoreError, Transaction};

/// What is known of a record that somebody holds on paper, whose signature holds.
#[derive(Debug)]
pub enum Standing {
    /// The record is here, with this very signature.
    Here(Box<InspectionView>),
    /// It is not, and the key is one of ours: it may be on its way.
    Unsent(Attribution),
    /// Nobody whom this server knows signed it.
    Unknown,
}

/// A code that was asked about.
#[derive(Debug)]
pub struct Asked {
    /// The record that it names.
    pub document: DocumentId,
    /// When it was signed, by the signer's clock.
    pub signed_at: UtcMillis,
    /// What is known of it.
    pub standing: Standing,
}

/// Looks a code up whose signature was verified.
pub fn look_up(service: &Service, transaction: &dyn Transaction, proof: &Proof) -> Result<Asked, StoreError> {
    let Proof { document, seal } = proof;
    let asked = |standing| Asked { document: *document, signed_at: seal.at, standing };
    let row = transaction.document(*document)?.filter(|row| row.kind == RecordKind::Inspection);
    if let Some(row) = row.filter(|row| row.supplement_of.is_none()) {
        let cells = transaction.cells(*document)?;
        let seals = cells.iter().filter(|cell| cell.key.starts_with("g/"));
        let mut seals = seals.filter_map(|cell| SealStatement::from_scalar(&cell.value).ok());
        if seals.any(|known| known.signature == seal.signature && known.author == seal.author) {
            let record = InspectionRecord::load(service, transaction, row)?;
            let view = record.view(transaction, &StoreAuthors::new(transaction));
            return Ok(asked(Standing::Here(Box::new(view))));
        }
    }
    let known = transaction.author(&seal.author)?;
    let identity = known.and_then(|row| ancu_shared::sync::wire::decode(&row.certificate.identity).ok());
    let by = Attribution::of(identity.as_ref(), seal.at);
    Ok(asked(if by.person == Some(seal.by) { Standing::Unsent(by) } else { Standing::Unknown }))
}
