//! Courier's files: taking one in, and the word on it.
//!
//! Invariants: a file is read to its end and found whole before anything of it counts; its envelopes are judged as if their
//! authors had pushed them, and its photos count once their bytes were verified, whoever brought it; taking one in again
//! changes nothing; however large it is, little of it is in memory.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ancu_shared::author::AuthorCertificate;
use ancu_shared::courier::{BundleReader, CourierError, Item, Manifest, Receipt, Seen, inspect};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{BundleId, DeviceId, EnvelopeId, PersonId, PhotoHash};
use ancu_shared::sync::wire::{
    EnvelopeOffer, EnvelopeOfferAnswer, MAX_PUSH_ENVELOPES, PushOutcome, PushVerdict, decode, encode,
};
use serde::Serialize;
use serde_json::json;

use super::access::Caller;
use super::admission::{Incoming, Intake};
use super::{App, Outcome, Refused, Service, authors, life, mark, photos};
use crate::clock::random_token;
use crate::store::rows::{AuditEntry, AuthorRow, BundleRow};
use crate::store::{StoreError, Transaction};

/// Envelopes in one transaction, as for a push.
const BATCH: usize = 100;
/// About how many bytes of envelopes are in memory at one time.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// A file of ours that is older is nobody's any more, in milliseconds.
const LEFTOVER_MS: i64 = 24 * 3_600_000;

/// What became of a courier's file, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Imported {
    /// The file's SHA-256: its name.
    pub bundle: BundleId,
    /// Whose work it is.
    pub person_name: String,
    /// On which device it was made.
    pub device_name: String,
    /// Envelopes that are admitted, now or before.
    pub admitted: u64,
    /// Of these, those that were here before.
    pub known: u64,
    /// Envelopes that wait for what they build on.
    pub waiting: u64,
    /// Envelopes that are held back.
    pub quarantined: u64,
    /// Envelopes that found no room.
    pub refused: u64,
    /// Photos that are verified and durable, now or before.
    pub photos: u64,
    /// Photos whose bytes were not those of their name.
    pub photos_refused: u64,
}

impl Imported {
    fn of(receipt: &Receipt, author: &AuthorRow, server: &Service) -> Self {
        let identity = author.certificate.verified(&server.certifier.public());
        let (person_name, device_name) =
            identity.map_or_else(Default::default, |identity| (identity.person_name, identity.device_name));
        let count = |is: fn(&PushVerdict) -> bool| receipt.outcomes.iter().filter(|it| is(&it.verdict)).count() as u64;
        Self {
            bundle: receipt.bundle,
            person_name,
            device_name,
            admitted: count(|it| matches!(it, PushVerdict::Accepted | PushVerdict::AlreadyKnown)),
            known: count(|it| matches!(it, PushVerdict::AlreadyKnown)),
            waiting: count(|it| matches!(it, PushVerdict::Waiting { .. })),
            quarantined: count(|it| matches!(it, PushVerdict::Quarantined { .. })),
            refused: count(|it| matches!(it, PushVerdict::Refused { .. })),
            photos: receipt.photos.len() as u64,
            photos_refused: receipt.photos_refused,
        }
    }
}

/// Who brings a file: a device in its session, an administrator, or whoever works on the server itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Carrier {
    /// The device.
    pub device: Option<DeviceId>,
    /// The person.
    pub person: Option<PersonId>,
}

/// A file of ours that goes when this does.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A place for a file that nobody else knows.
    pub fn new(app: &App) -> Self {
        Self(app.config.uploads().join(format!("courier-{}", app.with_random(random_token))))
    }

    /// The place.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a file that was read could not be removed");
        }
    }
}

/// Takes a file in. It stays where it is.
pub async fn import(app: &App, file: &Path, carrier: Carrier) -> Outcome<Imported> {
    let (seen, unpacking) = begin(app, file).await?;
    let manifest = unpacking.reader.manifest().clone();
    tracing::info!(bundle = %seen.id, bytes = seen.bytes, envelopes = manifest.envelopes, photos = manifest.photos,
        "a courier's file");
    let (mut unpacking, mut author) = (Some(unpacking), None);
    let mut receipt = Receipt {
        bundle: seen.id,
        author: manifest.author,
        life: app.store.read(life::current).await?,
        at: app.now(),
        outcomes: Vec::new(),
        photos: Vec::new(),
        photos_refused: 0,
        mark: None,
    };
    while let Some(reading) = unpacking.take() {
        let (reading, part) = blocking(move || reading.part()).await?;
        match part {
            Part::Batch { certificates, envelopes, last } => {
                let (known, outcomes) = admit(app, &manifest, carrier, certificates, envelopes).await?;
                author = Some(known);
                receipt.outcomes.extend(outcomes);
                unpacking = (!last).then_some(reading);
            }
            Part::Photo { hash, bytes } => {
                // Before it, in any case, came a batch: its author is known.
                let origin = author.as_ref().map(|author: &AuthorRow| author.device);
                let (reading, kept) = photo(app, reading, hash, bytes, origin).await?;
                if kept {
                    receipt.photos.push(hash);
                } else {
                    receipt.photos_refused += 1;
                }
                unpacking = Some(reading);
            }
        }
    }
    let author = author.ok_or(ErrorCode::AuthorUnknown)?;
    receipt.at = app.now();
    note(app, &receipt, &author, seen.bytes, carrier).await?;
    Ok(Imported::of(&receipt, &author, app))
}

/// Finds a file whole and this server's, and opens it.
async fn begin(app: &App, file: &Path) -> Outcome<(Seen, Unpacking)> {
    let (service, file) = (Arc::clone(app), file.to_owned());
    blocking(move || {
        let mut opened = BufReader::with_capacity(256 * 1024, File::open(&file).map_err(CourierError::Io)?);
        let seen = inspect(&mut opened)?;
        if seen.recipient != service.courier.public() {
            return Err(CourierError::Foreign);
        }
        let again = BufReader::with_capacity(256 * 1024, File::open(&file).map_err(CourierError::Io)?);
        let reader = BundleReader::open(again, &service.courier)?;
        Ok((seen, Unpacking { reader, begun: false, ahead: None }))
    })
    .await
}

/// A file that is being read.
struct Unpacking {
    reader: BundleReader<BufReader<File>>,
    /// Whether the first batch was given out.
    begun: bool,
    /// A photo whose name was read behind a batch.
    ahead: Option<(PhotoHash, u64)>,
}

enum Part {
    /// Certificates and envelopes, perhaps none.
    Batch { certificates: Vec<AuthorCertificate>, envelopes: Vec<Incoming>, last: bool },
    /// A photo, whose bytes come next.
    Photo { hash: PhotoHash, bytes: u64 },
}

impl Unpacking {
    /// Reads on: a batch first, so that the author is known before anything else.
    fn part(mut self) -> Result<(Self, Part), CourierError> {
        if let Some((hash, bytes)) = self.ahead.take() {
            return Ok((self, Part::Photo { hash, bytes }));
        }
        let (mut certificates, mut envelopes, mut size) = (Vec::new(), Vec::new(), 0);
        while certificates.len() + envelopes.len() < BATCH && size < BATCH_BYTES {
            match self.reader.next()? {
                None => return Ok((self, Part::Batch { certificates, envelopes, last: true })),
                Some(Item::Certificate(certificate)) => certificates.push(certificate),
                Some(Item::Envelope(bytes)) => {
                    size += bytes.len();
                    envelopes.push(Incoming::check(bytes));
                }
                Some(Item::Photo { hash, bytes }) => {
                    if self.begun && certificates.is_empty() && envelopes.is_empty() {
                        return Ok((self, Part::Photo { hash, bytes }));
                    }
                    self.ahead = Some((hash, bytes));
                    break;
                }
            }
        }
        self.begun = true;
        Ok((self, Part::Batch { certificates, envelopes, last: false }))
    }
}

/// Judges a batch as a push is judged. What is refused counts against the device that brought it, or else its author's.
async fn admit(
    app: &App,
    manifest: &Manifest,
    carrier: Carrier,
    certificates: Vec<AuthorCertificate>,
    mut envelopes: Vec<Incoming>,
) -> Outcome<(AuthorRow, Vec<PushOutcome>)> {
    let (service, maker) = (Arc::clone(app), manifest.author);
    app.store
        .write(move |transaction| {
            let now = service.now();
            authors::take_back(&service, transaction, &certificates, now)?;
            let author = transaction.author(&maker)?.ok_or(ErrorCode::AuthorUnknown)?;
            let mut intake = Intake::new(&service, transaction);
            let mut outcomes = Vec::with_capacity(envelopes.len());
            for incoming in &mut envelopes {
                let verdict = intake.take(incoming, Some(carrier.device.unwrap_or(author.device)), now)?;
                outcomes.push(PushOutcome { envelope: incoming.id, verdict });
            }
            intake.finish()?;
            Ok::<_, Refused>((author, outcomes))
        })
        .await
}

/// Reads a photo's bytes; whether they are those of its name, and so are kept now or were before.
async fn photo(
    app: &App,
    reading: Unpacking,
    hash: PhotoHash,
    bytes: u64,
    origin: Option<DeviceId>,
) -> Outcome<(Unpacking, bool)> {
    let held = app.store.read(move |transaction| Ok::<_, Refused>(transaction.has_photo(&hash)?)).await?;
    let scratch = Scratch::new(app);
    let place = (!held).then(|| scratch.path().to_owned());
    let (reading, real) = blocking(move || {
        let mut reading = reading;
        let real = match place {
            None => reading.reader.photo(&mut std::io::sink())?,
            Some(place) => {
                let mut file = BufWriter::with_capacity(256 * 1024, File::create_new(place).map_err(CourierError::Io)?);
                let real = reading.reader.photo(&mut file)?;
                file.flush()?;
                real
            }
        };
        Ok((reading, real))
    })
    .await?;
    if real != hash {
        tracing::warn!(%hash, "a photo in a courier's file is another than it says");
        return Ok((reading, false));
    }
    if held {
        let service = Arc::clone(app);
        let noted: Outcome<()> =
            app.store.write(move |transaction| Ok(transaction.put_photo(&hash, bytes, origin, service.now())?)).await;
        noted?;
    } else {
        photos::keep(app, scratch.path(), hash, origin).await?;
    }
    Ok((reading, true))
}

async fn note(app: &App, receipt: &Receipt, author: &AuthorRow, bytes: u64, carrier: Carrier) -> Outcome<()> {
    let row = BundleRow {
        id: receipt.bundle,
        author: author.key,
        carrier: carrier.device,
        imported_at: receipt.at,
        bytes,
        receipt: encode(receipt),
    };
    let details = json!({
        "author": author.key, "origin": author.device, "bytes": bytes,
        "envelopes": receipt.outcomes.len(), "photos": receipt.photos.len(), "photos_refused": receipt.photos_refused,
    });
    let (at, subject) = (receipt.at, receipt.bundle.to_string());
    app.store
        .write(move |transaction| {
            transaction.put_bundle(&row)?;
            let entry = AuditEntry {
                unit: None,
                person: carrier.person,
                device: carrier.device,
                action: "courier.imported",
                subject,
                details,
            };
            Ok::<_, Refused>(transaction.audit(&entry, at)?)
        })
        .await
}

/// An upload whose last byte came: found to be what it was announced as, and taken in.
pub async fn arrived(app: &App, file: &Path, announced: BundleId, carrier: Carrier) -> Outcome<()> {
    let path = file.to_owned();
    let really = blocking(move || crate::blobs::hash_of(&path).map_err(CourierError::Io)).await?;
    if really.0 != announced.0 {
        return Err(ErrorCode::CourierDamaged.into());
    }
    import(app, file, carrier).await.map(drop)
}

/// Takes away files that a server left half read when it stopped; how many.
pub async fn forget_leftovers(app: &App) -> Outcome<u64> {
    let (folder, now) = (app.config.uploads(), app.now());
    let removed = tokio::task::spawn_blocking(move || {
        let mut removed = 0;
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let written = entry.metadata()?.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let age = now.0 - i64::try_from(written.as_millis()).unwrap_or(i64::MAX);
            if entry.file_name().to_string_lossy().starts_with("courier-") && age > LEFTOVER_MS {
                std::fs::remove_file(entry.path())?;
                removed += 1;
            }
        }
        Ok::<_, std::io::Error>(removed)
    });
    let removed = removed.await.map_err(|error| Refused::from(StoreError::Panicked(error.to_string())))?;
    removed.map_err(|error| photos::io_refused(&error))
}

/// Whether a file was taken in before, as far as it is the device's to know: who brings it again need not send it.
pub async fn is_known(app: &App, caller: Caller, bundle: BundleId) -> Outcome<bool> {
    Ok(receipt(app, bundle, Some(caller)).await?.is_some())
}

/// The server's word on a file, as it is now, for who made or brought it (`None`: for an administrator).
pub async fn receipt(app: &App, bundle: BundleId, caller: Option<Caller>) -> Outcome<Option<Vec<u8>>> {
    let service = Arc::clone(app);
    app.store
        .read(move |transaction| {
            let Some(row) = transaction.bundle(&bundle)? else { return Ok(None) };
            if let Some(caller) = caller {
                let author = transaction.author(&row.author)?;
                let is_its = caller.device.is_some()
                    && (row.carrier == caller.device || author.map(|author| author.device) == caller.device);
                if !is_its {
                    return Ok(None);
                }
            }
            let damaged = |_| StoreError::Damaged("a receipt".into());
            let mut receipt: Receipt = decode(&row.receipt).map_err(damaged)?;
            // Of a life before: what it says may be lost. The file is read once more.
            if receipt.life != life::current(transaction)? {
                return Ok(None);
            }
            for outcome in &mut receipt.outcomes {
                if let Some(verdict) = settled(transaction, &outcome.envelope)? {
                    outcome.verdict = verdict;
                }
            }
            receipt.at = service.now();
            receipt.mark = Some(mark::now(&service, transaction)?);
            Ok::<_, Refused>(Some(receipt.seal(&service.certifier)))
        })
        .await
}

/// What became of envelopes that a device sent by courier: those that it need not push.
pub async fn offer(app: &App, caller: Caller, offer: EnvelopeOffer) -> Outcome<EnvelopeOfferAnswer> {
    if offer.envelopes.len() > MAX_PUSH_ENVELOPES {
        let limit = json!({ "limit": MAX_PUSH_ENVELOPES });
        return Err(Problem::new(ErrorCode::TooLarge).at("envelopes").with(limit).into());
    }
    let service = Arc::clone(app);
    app.store
        .read(move |transaction| {
            let mark = Some(mark::now(&service, transaction)?);
            let mut answer = EnvelopeOfferAnswer { mark, ..EnvelopeOfferAnswer::default() };
            for envelope in offer.envelopes {
                if caller.may_hear_of(&service, transaction, &envelope)?
                    && let Some(verdict) = settled(transaction, &envelope)?
                {
                    answer.outcomes.push(PushOutcome { envelope, verdict });
                }
            }
            Ok::<_, Refused>(answer)
        })
        .await
}

/// What the server settled of an envelope: that it is admitted, or held back. Who names one has its bytes, or its receipt.
fn settled(transaction: &dyn Transaction, envelope: &EnvelopeId) -> Result<Option<PushVerdict>, StoreError> {
    if transaction.has_envelope(envelope)? {
        return Ok(Some(PushVerdict::AlreadyKnown));
    }
    let held = transaction.quarantined_as(envelope)?.filter(|row| row.released_at.is_none());
    Ok(held.map(|row| PushVerdict::Quarantined { code: row.code, reason: row.reason, why: row.why }))
}

/// Work on files, away from the threads that serve everybody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, CourierError> + Send + 'static) -> Outcome<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Refused::from(StoreError::Panicked(error.to_string())))?.map_err(|error| {
        tracing::info!(%error, "a courier's file is not taken");
        match error {
            // Reading what is on our own disk failed: no fault of the file's.
            CourierError::Io(error) => photos::io_refused(&error),
            error => Problem::from(error).into(),
        }
    })
}
