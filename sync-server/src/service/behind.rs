//! Whether the server's own clock is behind what the server has seen already.
//!
//! On a day that is over, posts and units are not in force that are: what arrives would be held though nothing is wrong with it, and
//! devices would take that day for their own. So nothing is exchanged or decided until the clock is right; devices keep what they have,
//! and send it by themselves.
//!
//! Invariants: what was seen is in the store (the latest rows of the audit log, and a mark that is written now and then), so that
//! neither a restart nor a clock from before the first row hides it. A clock that ran ahead and was put right looks the same from here:
//! a device whose clock agrees with ours and never told a later time settles it, and so does an administrator's word. What was
//! measured of devices' clocks by the one that ran ahead counts no more from then on, here and on every device.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use ancu_shared::clock::{CLOCKS_AGREE_MS, UtcMillis};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DeviceId, PersonId};
use ancu_shared::sync::wire::MAX_CLOCK_SPANS;
use serde_json::json;

use super::{App, Outcome, Refused, Service, project, quarantine};
use crate::store::rows::AuditEntry;
use crate::store::{Store, StoreError, Transaction};

/// A clock is put back by so much without anybody's harm.
pub const BOUND_MILLIS: i64 = 60 * 60_000;
/// Rows of the audit log that are looked at: what is written down in a wrong hour is soon more than one.
const ROWS: u64 = 200;
/// The setting that holds the latest time that was seen, and the one that names the row after which rows count.
const SEEN: &str = "clock_seen";
const SINCE: &str = "clock_since";

/// The latest time that this server knows of.
#[derive(Debug)]
pub struct Seen {
    latest: AtomicI64,
    told: AtomicBool,
    /// Whether what was held for the day's sake is to be judged anew.
    judge_anew: AtomicBool,
}

impl Seen {
    /// What a store has seen.
    pub async fn of(store: &Store) -> Result<Self, StoreError> {
        let latest = store.read(latest).await?;
        Ok(Self { latest: AtomicI64::new(latest.0), told: AtomicBool::new(false), judge_anew: AtomicBool::new(true) })
    }
}

fn number(transaction: &dyn Transaction, key: &str) -> Result<i64, StoreError> {
    let bytes = transaction.setting(key)?.and_then(|bytes| <[u8; 8]>::try_from(&bytes[..]).ok());
    Ok(bytes.map_or(0, i64::from_be_bytes))
}

fn latest(transaction: &dyn Transaction) -> Result<UtcMillis, StoreError> {
    let since = number(transaction, SINCE)?;
    let rows = transaction.audit_before(None, None, ROWS)?;
    let rows = rows.iter().filter(|row| row.id > since).map(|row| row.at.0);
    Ok(UtcMillis(rows.max().unwrap_or(0).max(number(transaction, SEEN)?)))
}

/// The latest time that was seen, where the clock is behind it.
pub fn behind(service: &Service) -> Option<UtcMillis> {
    let (now, latest) = (service.now().0, service.seen.latest.load(Ordering::Relaxed));
    if now.saturating_add(BOUND_MILLIS) < latest {
        return Some(UtcMillis(latest));
    }
    service.seen.latest.fetch_max(now, Ordering::Relaxed);
    if service.seen.told.swap(false, Ordering::Relaxed) {
        service.seen.judge_anew.store(true, Ordering::Relaxed);
        tracing::warn!("the server's clock is right again: the exchange goes on");
    }
    None
}

/// The time that rights are asked for: ours, or the latest that we know where ours is over.
pub fn day(service: &Service) -> UtcMillis {
    behind(service).unwrap_or_else(|| service.now())
}

/// Refuses while the clock is behind.
pub async fn check(app: &App) -> Outcome<()> {
    if behind(app).is_none() {
        return Ok(());
    }
    // A command may have put down that this clock is right.
    let known: Outcome<UtcMillis> = app.store.read(|transaction| Ok(latest(transaction)?)).await;
    app.seen.latest.store(known?.0, Ordering::Relaxed);
    let Some(seen) = behind(app) else { return Ok(()) };
    if !app.seen.told.swap(true, Ordering::Relaxed) {
        let (now, seen) = (app.now().hanoi_text(), seen.hanoi_text());
        tracing::error!(%now, %seen, "the server's clock is behind what it has seen: nothing is exchanged until it is right");
    }
    let details = json!({ "now": app.now(), "seen": seen });
    Err(Problem::new(ErrorCode::ServerClockBehind).with(details).into())
}

/// The same for a device that tells its own clock: one that agrees with ours, and never told a later time, says that ours is right
/// and ran ahead before.
pub async fn check_with(app: &App, device: DeviceId, clock: Option<UtcMillis>) -> Outcome<()> {
    let refused = match check(app).await {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    let now = app.now();
    let Some(clock) = clock.filter(|clock| clock.since(now).unsigned_abs() < CLOCKS_AGREE_MS) else {
        return Err(refused);
    };
    let read: Outcome<bool> = app
        .store
        .read(move |transaction| {
            let spans = transaction.clock_spans(device, MAX_CLOCK_SPANS)?;
            let later = |told: i64| told > clock.0.saturating_add(BOUND_MILLIS);
            Ok(!spans.iter().any(|span| later(span.until.0.saturating_add(span.offset_ms))))
        })
        .await;
    if !read? {
        return Err(refused);
    }
    accept(app, None, Some(device)).await
}

/// Takes the clock as it is for right: what was seen of later times was of a clock that ran ahead.
pub async fn accept(app: &App, by: Option<PersonId>, device: Option<DeviceId>) -> Outcome<()> {
    let service = Arc::clone(app);
    let now = app.now();
    app.store
        .write(move |transaction| {
            let seen = latest(transaction)?;
            let last = transaction.audit_last()?.map_or(0, |(row, _)| i64::try_from(row).unwrap_or(i64::MAX));
            transaction.put_setting(SINCE, &last.to_be_bytes())?;
            transaction.put_setting(SEEN, &now.0.to_be_bytes())?;
            // What devices' clocks were held against was wrong, not they.
            let withdrawn = transaction.withdraw_clocks(now)?;
            if withdrawn > 0 {
                project::begin_anew(transaction)?;
            }
            let details = json!({ "seen": seen, "now": now, "clocks_withdrawn": withdrawn });
            let subject = "server".to_owned();
            let action = "clock.accepted";
            let entry = AuditEntry { unit: None, person: by, device, action, subject, details };
            transaction.audit(&entry, now)?;
            service.seen.latest.store(now.0, Ordering::Relaxed);
            service.seen.judge_anew.store(true, Ordering::Relaxed);
            Ok::<_, Refused>(())
        })
        .await?;
    // The exchange goes on meanwhile. What is cut short is gone on with by upkeep.
    if let Err(error) = project::make_anew(app).await {
        tracing::error!(%error, "the projections are not all made anew yet");
    }
    tracing::warn!(now = %now.hanoi_text(), "the server's clock is taken for right: it ran ahead before");
    Ok(())
}

/// Lets in what was held only because of a wrong day, once after each time that the clock became right.
pub async fn judge_anew(app: &App) -> Outcome<()> {
    if behind(app).is_some() || !app.seen.judge_anew.swap(false, Ordering::Relaxed) {
        return Ok(());
    }
    let let_in = quarantine::misdated::let_in(app).await?;
    if let_in > 0 {
        tracing::info!(let_in, "what was held because of the server's wrong day was let in");
    }
    Ok(())
}

/// Writes down the latest time that was seen. Nothing while the clock is behind: what stands there is later.
pub async fn write_down(app: &App) -> Outcome<()> {
    if behind(app).is_some() {
        return Ok(());
    }
    let latest = app.seen.latest.load(Ordering::Relaxed);
    app.store.write(move |transaction| Ok(transaction.put_setting(SEEN, &latest.to_be_bytes())?)).await
}
