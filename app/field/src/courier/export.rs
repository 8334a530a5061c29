//! Out: the outbox in one file, encrypted to the server.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use ancu_shared::clock::UtcMillis;
use ancu_shared::courier::{BundleWriter, CourierError, EXTENSION, MAX_BUNDLE_BYTES, MAX_ITEMS, Manifest};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{BundleId, CourierKey, EnvelopeId, PhotoHash};
use ancu_shared::sync::session::Outgoing;
use ancu_shared::sync::wire::DeviceReport;
use ancu_shared::view::PhotoSize;
use serde::{Deserialize, Serialize};

use super::{MAX_PIECE_BYTES, check_room, no_own_room, of_file, place, unusable, write_new};
use crate::engine::{APP_VERSION, Engine, Open};
use crate::fault::Outcome;
use crate::store::{courier, outbox, pictures, profile, reserve};

/// Room in a file for what is not its photos and envelopes.
const SPARE_BYTES: u64 = 16 * 1024 * 1024;

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Written {
    /// Where it is.
    pub file: String,
    /// The bundle that it is, or is the receipt of.
    pub bundle: BundleId,
    /// Whether it is a colleague's receipt, and nothing of this device's own.
    pub receipt: bool,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Envelopes in it.
    #[ts(type = "number")]
    pub envelopes: u64,
    /// Photos in it.
    #[ts(type = "number")]
    pub photos: u64,
    /// Photos and envelopes that found no room in it: for another file, after these have their receipts.
    #[ts(type = "number")]
    pub left_out: u64,
    /// When it was written.
    pub at: UtcMillis,
    /// Why something entered here could not be put into it.
    pub problem: Option<Problem>,
}

/// A piece of a file that was written into the engine's own folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct FilePiece {
    /// Its bytes.
    pub data_base64: String,
    /// The whole file's size.
    #[ts(type = "number")]
    pub total: u64,
}

/// What goes out.
struct Load {
    key: CourierKey,
    envelopes: Vec<Outgoing<EnvelopeId>>,
    photos: Vec<Outgoing<PhotoHash>>,
    left_out: u64,
    manifest: Manifest,
    problem: Option<Problem>,
}

impl Engine {
    /// Writes all that has no receipt into a file: at this place, or under a name of its own in a folder (the engine's own,
    /// without one). Nothing is called sent by that.
    pub fn courier_export(&self, file: Option<&Path>, folder: Option<&Path>) -> Result<Written, Problem> {
        let mut load = self.work(Open::courier_load);
        // The store needs a little room to put what was entered into envelopes.
        let mut given = None;
        if is_short(&load) {
            given = reserve::give(&self.inner.folder);
            if given.is_some() {
                load = self.work(Open::courier_load);
            }
        }
        let load =
            load.map_err(|refused| if refused.known_code() == ErrorCode::DiskFull { no_own_room() } else { refused })?;
        let own = self.inner.folder.join("courier");
        if file.is_none() && folder.is_none() {
            forget_own_files(&own);
        }
        let now = self.inner.clock.now();
        let name = format!("ancu-{}-{:04x}", stamp(now), self.inner.dice() & 0xFFFF);
        let file = place(file, folder.map_or(own, Path::to_owned), &name)?;
        let needed = load.bytes() + SPARE_BYTES / 16;
        let beside = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Where the system shows files of its own there is no room at all, and none can be made.
        if fs4::total_space(beside).map_err(|error| unusable(&file, &error))? == 0 {
            return Err(unusable(&file, &std::io::ErrorKind::Unsupported.into()));
        }
        let free = fs4::available_space(beside).map_err(|error| unusable(&file, &error))?;
        check_room(free, needed)?;
        let (mut seen, mut sent) = (None, Vec::new());
        write_new(&file, |made| {
            let (made, whole, photos) = self.write_load(made, &load)?;
            (seen, sent) = (Some(whole), photos);
            Ok(made)
        })
        .map_err(of_file)?;
        let seen = seen.ok_or(ErrorCode::Internal)?;
        let envelopes: Vec<EnvelopeId> = load.envelopes.iter().map(|one| one.id).collect();
        let marked = self.work(|open| {
            open.atomically(|open| {
                profile::note_export(&open.store.main, seen.id)?;
                courier::mark_exported(&open.store.main, &envelopes, &sent, now)
            })
        });
        match marked {
            // A note for the screen finds no room on a full device: the file is whole, elsewhere.
            Err(problem) if problem.known_code() == ErrorCode::DiskFull => {
                tracing::warn!("that a file was written could not be noted");
            }
            marked => marked?,
        }
        drop(given);
        Ok(Written {
            file: file.display().to_string(),
            bundle: seen.id,
            receipt: false,
            bytes: seen.bytes,
            envelopes: envelopes.len() as u64,
            photos: sent.len() as u64,
            left_out: load.left_out,
            at: now,
            problem: load.problem,
        })
    }

    /// Writes the load; the store is locked for one envelope or photo at a time.
    fn write_load(
        &self,
        file: File,
        load: &Load,
    ) -> Result<(File, ancu_shared::courier::Seen, Vec<PhotoHash>), Problem> {
        let secret = self.work(|open| Ok(open.identity.secret()))?;
        let writer = BufWriter::with_capacity(256 * 1024, file);
        let mut bundle = {
            let mut random = self.inner.random.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            BundleWriter::begin(writer, load.key, &secret, &load.manifest, random.as_mut())?
        };
        let mut certified = BTreeSet::new();
        let own = self.work(|open| Ok(open.identity.certificate.clone()))?;
        bundle.certificate(&own)?;
        certified.insert(own.identity);
        for envelope in &load.envelopes {
            let (bodies, authors) = self.work(|open| open.parcel(&[envelope.id]))?;
            for author in authors {
                if certified.insert(author.identity.clone()) {
                    bundle.certificate(&author)?;
                }
            }
            for body in bodies {
                bundle.envelope(&body)?;
            }
        }
        let mut photos = Vec::new();
        for photo in &load.photos {
            // One whose picture is not here any more is still told of as unsent.
            let picture = self.work(|open| pictures::read(&open.store.photos, &photo.id, PhotoSize::Full))?;
            let Some(picture) = picture else { continue };
            bundle.photo(&photo.id, &picture)?;
            photos.push(photo.id);
        }
        let (writer, seen) = bundle.finish()?;
        let file = writer.into_inner().map_err(|error| Problem::from(CourierError::Io(error.into_error())))?;
        Ok((file, seen, photos))
    }

    /// A piece of a file in the engine's own folder, for a window that cannot read files itself.
    pub fn courier_read(&self, name: &str, offset: u64) -> Result<(Vec<u8>, u64), Problem> {
        self.work(|_| Ok(()))?;
        let name = Path::new(name).file_name().ok_or(ErrorCode::NotFound)?;
        let place = self.inner.folder.join("courier").join(name);
        if place.extension().is_none_or(|extension| extension != EXTENSION) {
            return Err(ErrorCode::NotFound.into());
        }
        let failed = |error: std::io::Error| unusable(&place, &error);
        let mut file = File::open(&place).map_err(failed)?;
        let total = file.metadata().map_err(failed)?.len();
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let mut piece = Vec::new();
        file.take(MAX_PIECE_BYTES as u64).read_to_end(&mut piece).map_err(failed)?;
        Ok((piece, total))
    }

    /// Writes the server's word on a colleague's file, for that colleague.
    pub fn courier_hand_back(
        &self,
        bundle: &BundleId,
        file: Option<&Path>,
        folder: Option<&Path>,
    ) -> Result<Written, Problem> {
        let receipt = self.work(|open| courier::receipt_of(&open.store.main, bundle))?;
        let own: PathBuf = self.inner.folder.join("courier");
        if file.is_none() && folder.is_none() {
            forget_own_files(&own);
        }
        let now = self.inner.clock.now();
        let name = format!("ancu-bien-nhan-{}-{}", super::short(bundle), stamp(now));
        let file = place(file, folder.map_or(own, Path::to_owned), &name)?;
        write_new(&file, |mut made| {
            std::io::Write::write_all(&mut made, &receipt).map_err(|error| unusable(&file, &error))?;
            Ok(made)
        })?;
        let bytes = receipt.len() as u64;
        let file = file.display().to_string();
        let (bundle, receipt, problem) = (*bundle, true, None);
        Ok(Written { file, bundle, receipt, bytes, envelopes: 0, photos: 0, left_out: 0, at: now, problem })
    }
}

/// Whether the store had no room to say all that goes out.
fn is_short(load: &Result<Load, Problem>) -> bool {
    let problem = load.as_ref().map_or_else(Some, |load| load.problem.as_ref());
    problem.is_some_and(|problem| problem.known_code() == ErrorCode::DiskFull)
}

/// Takes away files that a window has fetched before: each export makes another.
fn forget_own_files(own: &Path) {
    for entry in std::fs::read_dir(own).into_iter().flatten().flatten() {
        let _gone = std::fs::remove_file(entry.path());
    }
}

/// Day and time in Hà Nội, for names of files.
fn stamp(at: UtcMillis) -> String {
    let time = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(7))).strftime("%Y%m%d-%H%M%S").to_string()
}

impl Load {
    fn bytes(&self) -> u64 {
        let envelopes: u64 = self.envelopes.iter().map(|one| one.bytes).sum();
        envelopes + self.photos.iter().map(|one| one.bytes).sum::<u64>()
    }
}

impl Open {
    /// Folds, cuts, and says what a file is to hold: envelopes as they would be pushed, then photos, oldest first.
    fn courier_load(&mut self) -> Outcome<Load> {
        let key = self.context.courier.ok_or(ErrorCode::CourierKeyMissing)?;
        let (mut envelopes, problem) = self.outbox()?;
        let mut photos = pictures::unsent(&self.store.main)?;
        let all = envelopes.len() + photos.len();
        if all == 0 {
            return Err(problem.map_or_else(|| ErrorCode::CourierEmpty.into(), Into::into));
        }
        let mut room = MAX_BUNDLE_BYTES - SPARE_BYTES - MAX_BUNDLE_BYTES / 512;
        let mut fits = |bytes: u64| room.checked_sub(bytes + 64).map(|left| room = left).is_some();
        envelopes.truncate(MAX_ITEMS as usize);
        photos.truncate(MAX_ITEMS as usize);
        // In order: what comes later may build on what comes before.
        let first = envelopes.iter().position(|one| !fits(one.bytes)).unwrap_or(envelopes.len());
        envelopes.truncate(first);
        photos.retain(|one| fits(one.bytes));
        let main = &self.store.main;
        let device = DeviceReport {
            app_version: APP_VERSION.to_owned(),
            clock: self.now(),
            unsent_envelopes: outbox::unsent(main)?.len() as u64,
            unsent_photos: outbox::count_unsent(main)?.photos,
            oldest_unsent: outbox::oldest_unsent(main)?,
        };
        let manifest = Manifest {
            author: self.me.key,
            made_at: self.now(),
            device,
            envelopes: envelopes.len() as u64,
            photos: photos.len() as u64,
        };
        let left_out = (all - envelopes.len() - photos.len()) as u64;
        Ok(Load { key, envelopes, photos, left_out, manifest, problem })
    }
}
