//! Compaction: records that rest are folded into archives.
//!
//! Invariants: an archive takes the place of a record's envelopes and index only after it was unpacked again and proved
//! ([`ancu_shared::archive::prove`]): every byte with its signatures, the same index, the same heads and cells as Automerge's; a record
//! that does not prove stays as it is and is told of. Nothing that anybody reads or pulls changes by it, nor any number of a feed. One
//! record is in memory at a time, of at most [`ancu_shared::archive::MAX_BYTES`].
//!
//! What it doesn't do: judge what a record says. Whoever changes a folded record finds it unfolded.

use std::sync::{Mutex, PoisonError};

use ancu_shared::archive;
use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{DocumentId, EnvelopeId};
use jiff::civil::Date;
use serde_json::json;

use super::{App, Outcome, Refused};
use crate::store::StoreError;
use crate::store::rows::AuditEntry;

/// Records looked at in one portion.
const LOOKED_AT: u64 = 2_000;
/// Records folded in one portion.
const FOLDED: usize = 100;
/// Records folded in one transaction: others write between two.
const AT_ONCE: usize = 10;
const DAY_MS: i64 = 24 * 3_600_000;

/// What was folded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Records.
    pub records: u64,
    /// Bytes of their envelopes.
    pub bytes: u64,
    /// Bytes of their archives.
    pub packed: u64,
    /// Records that did not prove.
    pub unfoldable: u64,
}

impl Done {
    fn add(&mut self, more: Self) {
        self.records += more.records;
        self.bytes += more.bytes;
        self.packed += more.packed;
        self.unfoldable += more.unfoldable;
    }
}

/// How far a look at all records is.
#[derive(Debug, Clone, Copy)]
struct Walk {
    /// The day of the last look that was begun.
    day: Option<Date>,
    /// The last record looked at; `None`: the look is over.
    after: Option<DocumentId>,
}

const FIRST: DocumentId = DocumentId::from_bytes([0; 16]);

/// Where a running server is in its daily look.
#[derive(Debug)]
pub struct Daily(Mutex<Walk>);

impl Default for Daily {
    fn default() -> Self {
        Self(Mutex::new(Walk { day: None, after: None }))
    }
}

impl Daily {
    fn now(&self) -> Walk {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is(&self, walk: Walk) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = walk;
    }
}

/// The next portion of the daily look at all records, if there is one that is not over.
pub async fn daily(app: &App) -> Outcome<()> {
    let days = app.config.fold_after_days;
    if days == 0 || !app.store.takes_in() {
        return Ok(());
    }
    let (now, mut walk) = (app.now(), app.daily.now());
    let today = now.hanoi_date();
    if walk.day != Some(today) && walk.after.is_none() {
        walk = Walk { day: Some(today), after: Some(FIRST) };
    }
    let Some(after) = walk.after else { return Ok(()) };
    let (done, next) = portion(app, after, rested(now, days)).await?;
    app.daily.is(Walk { after: next, ..walk });
    if done != Done::default() {
        tracing::info!(?done, "records that rest were folded");
    }
    Ok(())
}

/// Folds every record that rests; with those that did not prove before.
pub async fn all(app: &App, days: u32) -> Outcome<Done> {
    app.store.write(|transaction| transaction.forget_unfoldable().map_err(Refused::from)).await?;
    let from = rested(app.now(), days);
    let (mut done, mut after) = (Done::default(), Some(FIRST));
    while let Some(place) = after {
        let (more, next) = portion(app, place, from).await?;
        done.add(more);
        after = next;
    }
    Ok(done)
}

/// From when on a record is not yet at rest.
fn rested(now: UtcMillis, days: u32) -> UtcMillis {
    // None comes in the very instant that is asked.
    UtcMillis(now.0 + 1 - i64::from(days) * DAY_MS)
}

/// Folds some of the records after one; and where to go on, if anywhere.
pub async fn portion(app: &App, after: DocumentId, from: UtcMillis) -> Outcome<(Done, Option<DocumentId>)> {
    let (mut resting, mut next) =
        app.store.read(move |transaction| transaction.resting(after, from, LOOKED_AT).map_err(Refused::from)).await?;
    if resting.len() > FOLDED {
        resting.truncate(FOLDED);
        next = resting.last().copied();
    }
    let mut done = Done::default();
    for some in resting.chunks(AT_ONCE) {
        let mut proved = Vec::with_capacity(some.len());
        for document in some {
            proved.push((*document, prove(app, *document).await?));
        }
        done.add(fold(app, proved).await?);
    }
    Ok((done, next))
}

/// A proved archive of a record.
struct Proved {
    packed: Vec<u8>,
    envelopes: Vec<EnvelopeId>,
    bytes: usize,
}

async fn prove(app: &App, document: DocumentId) -> Outcome<Result<Proved, String>> {
    let read = app.store.read(move |transaction| {
        let envelopes = transaction.envelopes_of(document)?;
        Ok::<_, StoreError>((envelopes, transaction.change_entries(document)?, transaction.cells(document)?))
    });
    let (envelopes, index, cells) = read.await?;
    app.reading
        .run(move || {
            let packed = archive::pack(&envelopes).map_err(|error| error.to_string())?;
            archive::prove(&packed, &envelopes, index, &cells).map_err(|error| error.to_string())?;
            let bytes = envelopes.iter().map(Vec::len).sum();
            let envelopes = envelopes.iter().map(|body| EnvelopeId::of(body)).collect();
            Ok(Proved { packed, envelopes, bytes })
        })
        .await
}

async fn fold(app: &App, proved: Vec<(DocumentId, Result<Proved, String>)>) -> Outcome<Done> {
    let now = app.now();
    app.store
        .write(move |transaction| {
            let mut done = Done::default();
            for (document, proved) in proved {
                match proved {
                    Ok(proved) => {
                        if transaction.fold(document, &proved.packed, &proved.envelopes, now)? {
                            done.records += 1;
                            done.bytes += proved.bytes as u64;
                            done.packed += proved.packed.len() as u64;
                        }
                    }
                    Err(reason) => {
                        tracing::error!(%document, reason, "a record that cannot be folded");
                        transaction.put_unfoldable(document, &reason, now)?;
                        done.unfoldable += 1;
                    }
                }
            }
            if done.records > 0 {
                let entry = AuditEntry {
                    unit: None,
                    person: None,
                    device: None,
                    action: "records.folded",
                    subject: String::new(),
                    details: json!({ "records": done.records, "bytes": done.bytes, "packed": done.packed }),
                };
                transaction.audit(&entry, now)?;
            }
            Ok::<_, Refused>(done)
        })
        .await
}
