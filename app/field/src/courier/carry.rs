//! In: a colleague's file, to be carried as it is; and the server's word on one's own.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use ancu_shared::courier::{CourierError, FileKind, MAX_BUNDLE_BYTES, Receipt, inspect};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::BundleId;
use serde::{Deserialize, Serialize};

use super::{MAX_PIECE_BYTES, check_room, unusable};
use crate::engine::{Engine, Open};
use crate::fault::Outcome;
use crate::files;
use crate::store::{courier, outbox, pictures, profile};

/// Free space that must be left beside a colleague's file, in bytes: own answers and photos come first.
const SPARE_BYTES: u64 = 256 * 1024 * 1024;
/// Where pieces that a window hands in are gathered.
const INCOMING: &str = "incoming.part";

/// What became of a file that was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "taken", rename_all = "snake_case")]
pub enum Taken {
    /// It goes on: so many bytes are here.
    Piece {
        /// Bytes in all.
        #[ts(type = "number")]
        bytes: u64,
    },
    /// A colleague's file: it goes to the server with the next exchange.
    Cargo {
        /// Its name.
        bundle: BundleId,
        /// Its size.
        #[ts(type = "number")]
        bytes: u64,
    },
    /// The server's word on one's own.
    Receipt {
        /// The file that it is on.
        bundle: BundleId,
        /// Envelopes that count as sent by it.
        #[ts(type = "number")]
        envelopes: u64,
        /// Photos that do.
        #[ts(type = "number")]
        photos: u64,
    },
}

/// Where a colleague's file lies.
pub(crate) fn cargo_file(folder: &Path, bundle: &BundleId) -> PathBuf {
    folder.join("cargo").join(bundle.to_string())
}

impl Engine {
    /// Takes a file in: a colleague's, or the server's word on one's own.
    pub fn courier_take(&self, file: &Path) -> Result<Taken, Problem> {
        self.work(|_| Ok(()))?;
        let (mut source, size) = files::open(file, MAX_BUNDLE_BYTES)?;
        if kind(&mut source)? == FileKind::Receipt {
            return self.take_receipt(&mut source);
        }
        self.make_room(size)?;
        let part = self.incoming()?;
        let copied = File::create(&part).and_then(|mut copy| std::io::copy(&mut source, &mut copy));
        copied.map_err(|error| unusable(&part, &error))?;
        self.take_cargo(&part)
    }

    /// Takes the next piece of a file in, from a window that cannot name files; the last one ends it.
    pub fn courier_take_piece(&self, offset: u64, piece: &[u8], last: bool) -> Result<Taken, Problem> {
        self.work(|_| Ok(()))?;
        if piece.len() > MAX_PIECE_BYTES {
            return Err(Problem::new(ErrorCode::TooLarge).with(serde_json::json!({ "limit": MAX_PIECE_BYTES })));
        }
        let part = self.incoming()?;
        let failed = |error: std::io::Error| unusable(&part, &error);
        let mut gathered =
            File::options().create(true).truncate(offset == 0).write(true).read(true).open(&part).map_err(failed)?;
        if gathered.metadata().map_err(failed)?.len() != offset {
            return Err(ErrorCode::OffsetConflict.into());
        }
        let bytes = offset + piece.len() as u64;
        if bytes > MAX_BUNDLE_BYTES {
            return Err(CourierError::TooLarge(MAX_BUNDLE_BYTES).into());
        }
        self.make_room(piece.len() as u64)?;
        gathered.seek(SeekFrom::End(0)).and_then(|_| gathered.write_all(piece)).map_err(failed)?;
        if !last {
            return Ok(Taken::Piece { bytes });
        }
        gathered.seek(SeekFrom::Start(0)).map_err(failed)?;
        let taken = kind(&mut gathered).map_err(Problem::from).and_then(|kind| match kind {
            FileKind::Receipt => self.take_receipt(&mut gathered),
            FileKind::Bundle => self.take_cargo(&part),
        });
        // Whatever it was, nothing of it is needed here any more.
        let _gone = std::fs::remove_file(&part);
        taken
    }

    fn incoming(&self) -> Result<PathBuf, Problem> {
        let folder = self.inner.folder.join("cargo");
        std::fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
        Ok(folder.join(INCOMING))
    }

    fn make_room(&self, bytes: u64) -> Result<(), Problem> {
        let (free, needed) = (self.work(|open| open.store.free_bytes())?, bytes.saturating_add(SPARE_BYTES));
        if bytes > MAX_BUNDLE_BYTES {
            return Err(CourierError::TooLarge(MAX_BUNDLE_BYTES).into());
        }
        check_room(free, needed)
    }

    /// Keeps a colleague's file, found whole and of the same server, until it is delivered.
    fn take_cargo(&self, part: &Path) -> Result<Taken, Problem> {
        let taken = self.check_cargo(part);
        if taken.is_err() {
            let _gone = std::fs::remove_file(part);
        }
        taken
    }

    fn check_cargo(&self, part: &Path) -> Result<Taken, Problem> {
        let failed = |error: std::io::Error| unusable(part, &error);
        // Open for writing too: without that, not every system makes it durable.
        let opened = File::options().read(true).write(true).open(part).map_err(failed)?;
        let mut reader = BufReader::with_capacity(256 * 1024, opened);
        let seen = inspect(&mut reader)?;
        let key = self.work(|open| Ok(open.context.courier))?.ok_or(ErrorCode::CourierKeyMissing)?;
        if seen.recipient != key {
            return Err(CourierError::Foreign.into());
        }
        if self.work(|open| profile::exports(&open.store.main))?.contains(&seen.id) {
            return Err(ErrorCode::CourierOwn.into());
        }
        reader.get_ref().sync_all().map_err(failed)?;
        std::fs::rename(part, cargo_file(&self.inner.folder, &seen.id)).map_err(failed)?;
        self.write(|open| courier::take(&open.store.main, &seen.id, seen.bytes, open.now()))?;
        Ok(Taken::Cargo { bundle: seen.id, bytes: seen.bytes })
    }

    fn take_receipt(&self, file: &mut File) -> Result<Taken, Problem> {
        let (server, me) = self.work(|open| Ok((open.identity.certifier, open.me.key)))?;
        let receipt = Receipt::open(file, &server, &me)?;
        self.work(|open| open.atomically(|open| open.believe(&receipt)))
    }
}

/// What a file says it is; it is read from its beginning again.
fn kind(file: &mut File) -> Result<FileKind, CourierError> {
    let mut head = Vec::new();
    std::io::Read::by_ref(file).take(8).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    FileKind::of(head.try_into().map_err(|_| CourierError::NotOurs)?)
}

impl Open {
    /// Stores the server's word as if it had come over the network. An older word never takes back a newer one.
    fn believe(&mut self, receipt: &Receipt) -> Outcome<Taken> {
        let main = &self.store.main;
        let marks = profile::marks(main)?;
        match &marks.life {
            Some(life) if *life != receipt.life => return Err(ErrorCode::CourierReceiptStale.into()),
            Some(_) => {}
            // Before the first pull nothing is known; if that is of another life, it puts this in doubt again.
            None => {
                let life = Some(receipt.life.clone());
                profile::save_marks(main, &profile::Marks { life, ..marks })?;
            }
        }
        let now = self.now();
        let mut envelopes = 0;
        for outcome in &receipt.outcomes {
            let own = outbox::is_own(&self.store.main, &outcome.envelope)?;
            if own && !outbox::is_not_taken(&self.store.main, &outcome.envelope)? {
                continue;
            }
            self.note_outcome(outcome, now)?;
            envelopes += u64::from(own && !outbox::is_not_taken(&self.store.main, &outcome.envelope)?);
        }
        let main = &self.store.main;
        let mut photos = 0;
        for hash in &receipt.photos {
            if pictures::is_named(main, hash)? && !pictures::is_receipted(main, hash)? {
                pictures::receipt(main, hash, now)?;
                photos += 1;
            }
        }
        profile::hold_mark(main, receipt.mark.clone())?;
        Ok(Taken::Receipt { bundle: receipt.bundle, envelopes, photos })
    }
}
