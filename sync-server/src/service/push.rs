//! Push: envelopes of a device, taken in batch by batch.

use std::sync::Arc;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DeviceId;
use ancu_shared::sync::wire::{DeviceReport, MAX_PUSH_ENVELOPES, PushAnswer, PushOutcome, PushRequest};
use tokio::task::JoinHandle;

use super::admission::{Incoming, Intake};
use super::{App, Outcome, Refused, authors, life, mark};

/// Envelopes in one transaction: small enough that other writers get their turn.
const BATCH: usize = 100;

/// Takes a push in. Each batch is durable as a whole when its outcomes are known; pushing again changes nothing.
pub async fn push(app: &App, device: DeviceId, request: PushRequest) -> Outcome<PushAnswer> {
    if request.envelopes.len() > MAX_PUSH_ENVELOPES {
        let limit = serde_json::json!({ "limit": MAX_PUSH_ENVELOPES });
        return Err(Problem::new(ErrorCode::TooLarge).at("envelopes").with(limit).into());
    }
    mark::check_number(&request.marks)?;
    let (mut report, marks) = (request.device, Arc::new(request.marks));
    let mut vouched = request.authors;
    let mut outcomes = Vec::with_capacity(request.envelopes.len());
    let mut rest = request.envelopes;
    let mut next = begin(app, &mut rest);
    loop {
        let mut batch = checked(next).await?;
        let last = rest.is_empty();
        // Guarded while the writer is at work on this one.
        next = begin(app, &mut rest);
        let (service, mut told, certificates) = (Arc::clone(app), report.clone(), std::mem::take(&mut vouched));
        let (told_marks, first) = (Arc::clone(&marks), outcomes.is_empty());
        let job = move |transaction: &dyn crate::store::Transaction| -> Outcome<_> {
            let now = service.now();
            if first && mark::was_put_back(&service, transaction, &told_marks)? {
                life::begin_another(&service, transaction, life::Cause::PutBack, Some(device))?;
            }
            authors::take_back(&service, transaction, &certificates, now)?;
            // Before the envelopes: what is projected of them says how far the clock was off.
            transaction.note_clock(device, told.clock.since(now), now)?;
            let mut intake = Intake::new(&service, transaction);
            let mut outcomes = Vec::with_capacity(batch.len());
            for incoming in &mut batch {
                let verdict = intake.take(incoming, Some(device), now)?;
                outcomes.push(PushOutcome { envelope: incoming.id, verdict });
            }
            intake.finish()?;
            if last {
                // What this push settles is no longer unsent, whatever the device could know when it wrote the report.
                settle(&mut told, &outcomes);
                transaction.note_exchange(device, Some(&told), now)?;
            }
            let mark = if last { mark::after(&service, transaction, &told_marks)? } else { None };
            // The batch is let go of elsewhere: the writer has other things to do.
            Ok((outcomes, mark, batch))
        };
        let (settled, mark, _) = app.store.write(job).await?;
        settle(&mut report, &settled);
        outcomes.extend(settled);
        if last {
            return Ok(PushAnswer { outcomes, clock: app.now(), mark });
        }
    }
}

/// Takes the envelopes that the server keeps now off what the device had not sent.
fn settle(report: &mut DeviceReport, outcomes: &[PushOutcome]) {
    report.unsent_envelopes = report.unsent_envelopes.saturating_sub(outcomes.len() as u64);
    if report.unsent_envelopes == 0 && report.unsent_photos == 0 {
        report.oldest_unsent = None;
    }
}

/// A batch on its way through the guard.
type Checking = Vec<JoinHandle<Vec<Incoming>>>;

/// Guards, hashes and signatures of the next batch on the other cores, away from the writer.
fn begin(app: &App, envelopes: &mut Vec<serde_bytes::ByteBuf>) -> Checking {
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let rest = envelopes.split_off(envelopes.len().min(BATCH));
    let batch = std::mem::replace(envelopes, rest);
    let share = batch.len().div_ceil(workers).max(8);
    let mut shares = Vec::new();
    let mut batch = batch.into_iter().peekable();
    while batch.peek().is_some() {
        let part: Vec<_> = batch.by_ref().take(share).collect();
        let service = Arc::clone(app);
        shares.push(tokio::task::spawn_blocking(move || {
            let check = |bytes: serde_bytes::ByteBuf| Incoming::check(bytes.into_vec()).prepare(&service);
            part.into_iter().map(check).collect::<Vec<_>>()
        }));
    }
    shares
}

async fn checked(shares: Checking) -> Outcome<Vec<Incoming>> {
    let mut checked = Vec::new();
    for share in shares {
        checked.extend(share.await.map_err(|error| {
            tracing::error!(%error, "checking envelopes");
            Refused::from(ErrorCode::Internal)
        })?);
    }
    Ok(checked)
}
