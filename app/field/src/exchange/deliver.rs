//! Delivers colleagues' files at the end of an exchange, own work first.
//!
//! Invariant: a file lies here until the server has it or has refused it for good; an upload that breaks off goes on where it
//! ended.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use ancu_shared::error::ErrorCode;
use ancu_shared::id::{BundleId, EnvelopeId};
use ancu_shared::sync::session::Failure;
use ancu_shared::sync::wire::{EnvelopeOffer, MAX_PUSH_ENVELOPES};

use super::run::Driver;
use super::transport::Upload;
use crate::courier::cargo_file;
use crate::store::{courier as rows, outside, profile};

impl Driver<'_> {
    /// Asks what became of envelopes that went out in a file: what the server has is not sent again. And of those that are held
    /// back of units whose feeds do not come here any more: what a supervisor let in is told by nothing else.
    pub(super) fn ask_after_gone(&self) -> Result<(), Failure> {
        let gone = self.quiet(|open| {
            let main = &open.store.main;
            let mut gone = rows::exported_envelopes(main)?;
            gone.extend(outside::held_back(main, &open.context.scope)?);
            Ok(gone)
        })?;
        for some in gone.chunks(MAX_PUSH_ENVELOPES) {
            let offer = EnvelopeOffer { envelopes: some.to_vec() };
            let answer = match self.transport.offer_envelopes(&offer) {
                Ok(answer) => answer,
                // A server from before there were couriers: everything is pushed.
                Err(failure) if failure.problem.known_code() == ErrorCode::NotFound => return Ok(()),
                Err(failure) => return Err(failure),
            };
            let asked = |envelope: &EnvelopeId| some.contains(envelope);
            let outcomes: Vec<_> = answer.outcomes.iter().filter(|outcome| asked(&outcome.envelope)).collect();
            self.work(|open| {
                let now = open.now();
                open.atomically(|open| {
                    outcomes.iter().try_for_each(|outcome| open.note_outcome(outcome, now))?;
                    profile::hold_mark(&open.store.main, answer.mark.clone())
                })
            })?;
        }
        Ok(())
    }

    /// Delivers what is carried here. One file that is refused does not stop another.
    pub(super) fn deliver(&mut self) -> Result<(), Failure> {
        for (bundle, bytes, url) in self.quiet(|open| rows::undelivered(&open.store.main))? {
            let place = cargo_file(&self.inner.folder, &bundle);
            let refused = match self.deliver_one(&bundle, bytes, url) {
                Ok(()) => None,
                Err(failure) if is_final(failure.problem.known_code()) => Some(failure.problem.known_code()),
                Err(failure) => return Err(failure),
            };
            let receipt = match refused {
                Some(_) => None,
                // The word on it can be had later too; the file was taken.
                None => self.transport.cargo_receipt(&bundle).ok(),
            };
            self.work(|open| match refused {
                Some(code) => rows::refused(&open.store.main, &bundle, code, open.now()),
                None => rows::delivered(&open.store.main, &bundle, receipt.as_deref(), open.now()),
            })?;
            if let Err(error) = std::fs::remove_file(&place) {
                tracing::warn!(%error, "a file that was delivered could not be removed");
            }
        }
        Ok(())
    }

    fn deliver_one(&mut self, bundle: &BundleId, bytes: u64, url: Option<String>) -> Result<(), Failure> {
        let gone = |error: std::io::Error| {
            tracing::error!(%error, "a colleague's file cannot be read");
            Failure::new(ErrorCode::CourierDamaged)
        };
        let mut file = File::open(cargo_file(&self.inner.folder, bundle)).map_err(gone)?;
        let mut asked_for_receipt = false;
        let mut upload = self.transport.begin_cargo(bundle, bytes, url.as_deref())?;
        loop {
            let (url, offset) = match upload {
                Upload::Receipted(_) => return Ok(()),
                Upload::GoesOn { url, offset } => (url, offset),
            };
            self.work(|open| rows::save_upload_url(&open.store.main, bundle, Some(&url)))?;
            // Every byte is there and no receipt came: an empty piece asks once more.
            if offset >= bytes && std::mem::replace(&mut asked_for_receipt, true) {
                self.work(|open| rows::save_upload_url(&open.store.main, bundle, None))?;
                return Err(Failure::new(ErrorCode::Unavailable));
            }
            let mut piece = Vec::new();
            file.seek(SeekFrom::Start(offset)).map_err(gone)?;
            file.by_ref().take(self.piece_bytes() as u64).read_to_end(&mut piece).map_err(gone)?;
            if piece.is_empty() && offset < bytes {
                return Err(Failure::new(ErrorCode::CourierDamaged));
            }
            upload = self.transport.send_piece(&url, offset, &piece)?;
        }
    }
}

/// Whether the server would say the same again.
fn is_final(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::CourierUnknown
            | ErrorCode::CourierNewer
            | ErrorCode::CourierForeign
            | ErrorCode::CourierDamaged
            | ErrorCode::SignatureInvalid
            | ErrorCode::AuthorUnknown
            | ErrorCode::TooLarge
    )
}
