//! Photos on their way: offered by their hashes, sent in pieces that a break costs one of, and a colleague's fetched.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::PhotoHash;
use ancu_shared::sync::session::{Event, Failure};
use ancu_shared::sync::wire::PhotoOffer;
use ancu_shared::view::PhotoSize;

use super::run::Driver;
use super::transport::{Address, Upload};
use crate::engine::Engine;
use crate::store::{pictures, profile};

/// Bytes in one piece of an upload.
const PIECE_BYTES: usize = 256 * 1024;
/// The same on the slowest way.
const LEAST_PIECE_BYTES: u64 = 16 * 1024;
/// How long one piece should take at most.
const PIECE_SECONDS: u64 = 10;

impl Driver<'_> {
    pub(super) fn offer_photos(&mut self, hashes: Vec<PhotoHash>) -> Result<Event, Failure> {
        let answer = self.transport.offer_photos(&PhotoOffer { hashes: hashes.clone() })?;
        self.work(|open| {
            let now = open.now();
            open.atomically(|open| {
                answer
                    .held
                    .iter()
                    .filter(|hash| hashes.contains(hash))
                    .try_for_each(|hash| pictures::receipt(&open.store.main, hash, now))?;
                let mark = answer.mark.clone().filter(|_| !answer.held.is_empty());
                profile::hold_mark(&open.store.main, mark)
            })
        })?;
        let missing = hashes.into_iter().filter(|hash| !answer.held.contains(hash)).collect();
        Ok(Event::PhotosOffered { missing })
    }

    /// Bytes in the next piece, at the pace of the way.
    pub(super) fn piece_bytes(&self) -> usize {
        let most = PIECE_BYTES as u64;
        let bytes = self.transport.pace().map_or(most, |pace| pace.saturating_mul(PIECE_SECONDS));
        bytes.clamp(LEAST_PIECE_BYTES, most) as usize
    }

    pub(super) fn send_photo(&mut self, hash: &PhotoHash) -> Result<(), Failure> {
        let mut asked_for_receipt = false;
        let (picture, url) = self.work(|open| {
            // A record names it and its bytes are gone.
            let picture = pictures::read(&open.store.photos, hash, PhotoSize::Full)?.ok_or(ErrorCode::StoreDamaged)?;
            Ok((picture, pictures::upload_url(&open.store.main, hash)?))
        })?;
        let mut upload = self.transport.begin_upload(hash, picture.len() as u64, url.as_deref())?;
        let mark = loop {
            match upload {
                Upload::Receipted(mark) => break mark,
                Upload::GoesOn { url, offset } => {
                    self.work(|open| pictures::save_upload_url(&open.store.main, hash, Some(&url)))?;
                    let from = usize::try_from(offset).unwrap_or(usize::MAX);
                    // Every byte is there and no receipt came: the server could not finish it then. An empty piece asks
                    // once more.
                    let whole = from == picture.len() && !std::mem::replace(&mut asked_for_receipt, true);
                    if from >= picture.len() && !whole {
                        self.work(|open| pictures::save_upload_url(&open.store.main, hash, None))?;
                        return Err(Failure::new(ErrorCode::PhotoHashMismatch));
                    }
                    let piece = &picture[from..picture.len().min(from + self.piece_bytes())];
                    upload = match self.transport.send_piece(&url, offset, piece) {
                        Ok(next) => next,
                        Err(failure) => {
                            if failure.problem.known_code() == ErrorCode::PhotoHashMismatch {
                                self.work(|open| pictures::save_upload_url(&open.store.main, hash, None))?;
                            }
                            return Err(failure);
                        }
                    };
                    self.session.bytes_sent(piece.len() as u64);
                    self.show();
                }
            }
        };
        self.work(|open| {
            let now = open.now();
            open.atomically(|open| {
                pictures::receipt(&open.store.main, hash, now)?;
                profile::hold_mark(&open.store.main, mark)
            })
        })
    }
}

impl Engine {
    /// Fetches a colleague's picture that a record here names, and keeps it.
    pub(crate) fn fetch_photo(&self, hash: &PhotoHash, size: PhotoSize) -> Result<Vec<u8>, Problem> {
        let address = self.work(|open| {
            if !pictures::is_named(&open.store.main, hash)? {
                return Err(ErrorCode::NotFound.into());
            }
            let (server, fingerprint) = (open.identity.server.clone(), open.identity.fingerprint);
            Ok(Address { server, fingerprint, token: Some(open.identity.token.clone()) })
        })?;
        let fetched = self.inner.connect.connect(&address).and_then(|transport| transport.photo(hash));
        let full = fetched.map_err(|failure| failure.problem)?;
        let thumbnail = crate::photos::thumbnail(&full)?;
        self.work(|open| pictures::keep(&open.store.photos, hash, &full, &thumbnail, open.now()))?;
        Ok(if size == PhotoSize::Full { full } else { thumbnail })
    }
}
